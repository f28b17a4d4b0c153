"""The whole film: what a stack of Conv1D computes, from the question to the check, in four to six minutes.

One section a story, cut to what the whole needs: what was seen once is left out the next time. Sections are rendered
side by side and joined without encoding again. This module knows which boards of which story the film takes, and in
which order; what is on them the stories know.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence, Set
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from convexplain import compared, files
from convexplain.board.marks import CARD, FILM, FULL, HERO, SUPPORT, TEXT, Board, Draft, dot
from convexplain.board.text import words
from convexplain.stories import STORIES
from convexplain.stories.programme import programme

if TYPE_CHECKING:
    from convexplain.explanation import Explanation


class Section(NamedTuple):
    """A part of the film: a story of an example, and the boards that are left out (or alone kept, of ``only``)."""

    story: str
    example: str | None = None
    without: Set[str] = frozenset()
    only: Set[str] = frozenset()
    titled: bool = True
    asks: str = ""
    """Another question than the story's own, where the film has already answered that."""

    def takes(self, board: Board) -> bool:
        """Whether a board is part of the film."""
        return board.name not in self.without and (not self.only or board.name in self.only)


SECTIONS = (
    Section(
        "sliding_window",
        only={"layer", "kernel", "product", "output", "slid", "largest", "fit"},
        asks="What does Conv1D do?",
    ),
    Section("kernel_flip", without={"slid 1", "last", "single", "backwards", "kernel"}),
    Section("channel_summation", without={"slide 1", "slide 2"}),
    Section("paths"),
    Section("paths", "notebook", only={"levels", "all"}, asks="And with more channels, longer kernels?"),
    Section("closed_form", "notebook", only={"combined", "full", "keras"}, titled=False),
    Section("collapse", without={"answer"}, asks="Is there a convolution anywhere?"),
    Section("gradient_flip", without={"output", "lines"}, asks="What does one sample change?"),
)
"""The film that is told when nothing else is named: small examples, and the notebook's model."""
ASKED = "To convolve: turn a kernel over, slide it along a signal, multiply, add up."
FOUND = "It slides kernels as they are. Stacked kernels convolve, and so does the gradient."
MADE = "formulas by sympy, checked with Keras and SciPy, drawn with manim"


def boards(explanation: Explanation | None = None) -> list[tuple[Board, ...]]:
    """The boards of every section: of the film above, or of the stories of a network of one's own."""
    import convexplain as cx

    sections = SECTIONS if explanation is None else [Section(name) for name in programme(explanation.stack)]
    count = 1 + sum(section.titled for section in sections)
    told: list[tuple[Board, ...]] = [(_title("Does Conv1D convolve?", ASKED),)]
    known, place = "", 0
    for section in sections:
        kind = STORIES[section.story]
        network = explanation or cx.example(section.example or kind.example or section.story)
        story = network.story(section.story, level=programme(network.stack)[section.story])
        title = [_title(section.asks or kind.question, known, place, count)] if section.titled else []
        told.append((*title, *filter(section.takes, story.boards)))
        known, place = kind.answer and f"So far: {kind.answer}.", place + section.titled
    checked = compared.boards(explanation or cx.notebook())
    told.append((_title("Is all of it what Keras computes?", known, place, count), *checked))
    told.append((_title("Conv1D does not convolve.", FOUND), _title("convexplain", MADE)))
    return told


def _title(large: str, small: str, place: int = 0, count: int = 0) -> Board:
    """A question with what is known before it, or its answer; below, a dot for each of ``count`` questions."""
    draft = Draft(FILM)
    size = min(HERO, 1500 / max(1.0, words(large, 0, 0, 1.0).width))
    draft.put("title", ("title", large), words(large, FILM.margin, 500, size, align=-1))
    if small:
        draft.put("title", ("subtitle", small), words(small, FILM.margin, 630, TEXT, "quiet", align=-1))
    for number in range(count):
        light, width = (FULL, 26.0) if number == place else (SUPPORT if number < place else CARD, 18.0)
        x = FILM.margin + 13 + 56 * number
        draft.put("title", ("question", number), dot("kernel", x, 940, width, light=light))
    return draft.board(f"title {large}", f"{large} {small}".strip(), 2.5)


def render(
    explanation: Explanation | None,
    path: str | os.PathLike[str],
    *,
    quality: str = "medium",
    pacing: str = "normal",
    theme: str = "dark",
    workers: int | None = None,
    on_section: Callable[[int, int], None] | None = None,
) -> str:
    """Render the whole film; beside it its captions (``.vtt``) and a poster (``.png``). The path is returned.

    ``explanation`` is a network of one's own, None for the examples and the notebook's model. ``workers`` are processes
    side by side, one a core when None. ``on_section`` is told how many sections are done, and of how many.
    """
    from convexplain.render import film
    from convexplain.together import each

    target = files.check_target(path, film.SUFFIXES)
    told = boards(explanation)
    with files.scratch_folder() as folder:
        parts = [folder / f"{number:02d}{target.suffix.lower()}" for number in range(len(told))]
        tasks = [(section, str(part), quality, pacing, theme) for section, part in zip(told, parts, strict=True)]
        said = on_section or (lambda done, count: None)
        said(0, len(tasks))
        for done, _ in enumerate(each(_section, tasks, workers), 1):
            said(done, len(tasks))
        with files.replacing(target) as draft:
            film.join(parts, draft, "convexplain: what a stack of Keras Conv1D layers computes")
    files.write_text(target.with_suffix(".vtt"), film.captions(told, pacing))
    _poster(told, target.with_suffix(".png"), theme)
    return str(target)


def _section(section: Sequence[Board], path: str, quality: str, pacing: str, theme: str) -> str:
    from convexplain.render import film

    return film.render(section, Path(path), quality=quality, pacing=pacing, theme=theme)


def _poster(told: Sequence[Sequence[Board]], path: Path, theme: str) -> None:
    """The board of a large sum, where there is one, as a picture."""
    from PIL import Image

    from convexplain.render.pixels import picture

    every = [board for section in told for board in section]
    chosen = next((board for board in every if board.name == "output"), every[0])
    files.check_target(path, (".png",))
    with files.replacing(path) as draft:
        Image.fromarray(picture(chosen, theme, 1920)).save(draft)
