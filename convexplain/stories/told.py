"""A story that is told: its boards in one format, and any moment between two of them.

This module joins script, boards and motion; it knows no medium.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from convexplain.board import motion, staging
from convexplain.board.marks import FILM, PAGE, WIDTHS, Board, Format, Key, Mark, paper
from convexplain.board.motion import Transition
from convexplain.board.text import plain
from convexplain.names import check_name, nearest, quoted
from convexplain.stories import STORIES, phrases, script


@dataclass(frozen=True, eq=False)
class Story:
    """The boards of one story in one format: what every medium paints.

    >>> import convexplain as cx
    >>> story = cx.example("channel_summation").story("channel_summation", cell=(0, 1))
    >>> story.name, story.title, story.format.name
    ('channel_summation', 'How do several channels become one number?', 'film')
    >>> print(story.note)                      # what was checked
    Checked: run with the same layer, the library Keras 3.15.1 computes exactly the same outputs: 8 compared.
    >>> "channel_summation" in story.subject, len(story.transitions) == len(story.boards) - 1
    (True, True)
    """

    name: str
    format: Format
    boards: tuple[Board, ...]
    script: script.Script
    figure: Mapping[int, tuple[str, ...]]
    """The names of the boards of the composed figure, by how many panels stand side by side."""

    @property
    def title(self) -> str:
        """What people ask."""
        return STORIES[self.name].question

    @property
    def subject(self) -> str:
        """What it shows, of which layer and kernel, and how that was checked."""
        told = self.script
        kernel = f"w{told.level} of shape {told.source.weights[told.level - 1][0].shape}"  # type: ignore[index]
        about, which = STORIES[self.name].about, f"{told.within}: " if told.within else ""
        return f"{self.name}: {about}. {which}{told.layer!r} on {told.read_shape}, kernel {kernel}, {told.check}"

    @property
    def note(self) -> str:
        """Which layer it is of a larger network, what was checked, and what the numbers shown are, a sentence each.

        >>> import convexplain as cx
        >>> print(cx.notebook().story("kernel_flip", level=1).note)
        Checked: run with the same layer, the library Keras ... 16 compared, ... The numbers shown are ...
        """
        told, kind = self.script, STORIES[self.name]
        captions = {board.name: plain(board.caption).rstrip(".") for board in self.boards}
        checked, found = (captions.get(kind.has(constant)) for constant in ("CHECKED", "FOUND"))
        run = phrases.run(told.check_words(), told.level if kind.levels > 1 else 1)
        said = (told.within, checked or run, found, told.shown.note)
        return " ".join(f"{phrases.sentence(clause)}." for clause in said if clause)

    @cached_property
    def transitions(self) -> tuple[Transition, ...]:
        """The way from each board to the next, at teaching pace."""
        return tuple(staging.transition(before, after) for before, after in pairwise(self.boards))

    def sample(self, n: int, s: float) -> dict[Key, Mark]:
        """The marks on the way from board n to board n + 1 at share ``s``, 0 to 1, by their keys.

        >>> import convexplain as cx
        >>> story = cx.example("kernel_flip").story("kernel_flip")
        >>> story.sample(0, 1.0).keys() == story.boards[1].marks.keys()
        True

        ``IndexError`` for another n, ``ValueError`` for another share.
        """
        if not 0 <= n < len(self.transitions):
            raise IndexError(f"n must be from 0 to {len(self.transitions) - 1}, a way between boards. Received: {n}")
        if not 0 <= s <= 1:
            raise ValueError(f"the share must be from 0 to 1. Received: {s}")
        return motion.sample(self.transitions[n], s)


def tell(told: script.Script, form: Format = FILM) -> Story:
    """The story of a script, laid out for one format."""
    kind = STORIES[told.name]
    boards = tuple((kind.own or kind.module.tell)(told, form))
    names = tuple(board.name for board in boards)
    return Story(told.name, form, boards, told, kind.has("FIGURE") or {1: names[:2], 2: names[:4], 3: names[:6]})


def format_of(name: str | float) -> Format:
    """A format by name: "film", "page", a publisher's column ("ieee", "neurips", ...), or a width in inches.

    ``ValueError`` for another name, and as :func:`panels`.
    """
    if not isinstance(name, str):
        return panels(name)[0]
    check_name("format, if it is no width in inches,", name, ["film", "page", *WIDTHS])
    return {"film": FILM, "page": PAGE}.get(name) or panels(name)[0]


def panels(width: str | float) -> tuple[Format, float, int]:
    """The format of the panels of a figure, its width in inches, and how many panels stand side by side.

    ``ValueError`` for a width that is neither a publisher's nor a number of inches from 2.5 to 20.
    """
    inches = _inches(width)
    columns = 1 if inches < 6.5 else 2 if inches < 11 else 3
    return paper((inches - GUTTER * (columns - 1)) / columns), inches, columns


def whole_width(width: str | float) -> tuple[Format, float]:
    """The format of a picture that takes all of a width, and the width in inches. ``ValueError`` as :func:`panels`."""
    inches = _inches(width)
    return paper(inches), inches


def _inches(width: str | float) -> float:
    inches = WIDTHS.get(width) if isinstance(width, str) else width
    if isinstance(inches, bool) or not isinstance(inches, (int, float)) or not 2.5 <= inches <= 20:
        known, said = ", ".join(map(repr, WIDTHS)), quoted(width) + nearest(width, WIDTHS)
        raise ValueError(f"width must be one of {known}, or inches from 2.5 to 20. Received: width={said}")
    return float(inches)


GUTTER = 0.16
"""Inches between two columns of panels."""


def chosen(story: Story, frames: Iterable[int | str] | None, columns: int = 1) -> list[Board]:
    """The boards of a figure: those asked for, by number or name, or as many of the composed figure's as have room.
    Where the story has not all of these, those that are named after them take their places.

    ``ValueError`` for a frame the story does not have.
    """
    by_name = {board.name: board for board in story.boards}
    if frames is None:
        most = max(number for number in story.figure if number <= columns)
        wanted = [name for name in story.figure[most] if name in by_name][: 2 * most]
        return [board for board in story.boards if board.name in wanted] or list(story.boards[: 2 * columns])
    count = len(story.boards)
    known = by_name | dict(enumerate(story.boards)) | dict(enumerate(story.boards, -count))
    asked = [frames] if isinstance(frames, (int, str)) else [*frames]
    for frame in asked:
        if frame not in known:
            names, near = ", ".join(map(repr, by_name)), nearest(frame, by_name)
            raise ValueError(
                f"a frame must be a number from 0 to {count - 1} or one of {names}. Received: {quoted(frame)}{near}"
            )
    return [known[frame] for frame in asked]
