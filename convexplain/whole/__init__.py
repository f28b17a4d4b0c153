"""The whole film: what a stack of Conv1D computes, from the question to the check, in four to six minutes.

One section a story, cut to what the whole needs: what was seen once is left out the next time. Sections are rendered
side by side and joined without encoding again. This module knows which boards of which story the film takes, and in
which order; what is on them the stories know.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence, Set
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from convexplain.board.marks import Board
from convexplain.stories import STORIES
from convexplain.stories.programme import programme
from convexplain.system import files
from convexplain.whole import compared
from convexplain.whole.titles import answer, into, opening, title

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
    found: str = ""
    """What is known after it, where that is not the story's own answer."""
    remark: str = ""
    """What is said at its title besides what is known."""
    picture: str = ""
    """The board that stays in sight when the section has ended, the last one when not named."""

    def takes(self, board: Board) -> bool:
        """Whether a board is part of the film."""
        return board.name not in self.without and (not self.only or board.name in self.only)


SECTIONS = (
    Section(
        "sliding_window",
        only={"layer", "kernel", "product", "output", "slid", "largest", "fit", "compared", "strides"},
        asks="What does Conv1D do?",
        picture="compared",
    ),
    Section("kernel_flip", without={"last", "single", "kernel", "straight", "backwards"}, picture="slid"),
    Section("channel_summation", without={"slide 1", "slide 2"}, picture="filters"),
    Section("paths", found="the weights of a sample's paths add up", remark="Now without bias, kernels as numbers."),
    Section(
        "paths",
        "notebook",
        only={"all", "joined"},
        asks="And with more channels, longer kernels?",
        remark="Now 20 samples, layers of 4 and 8 filters, kernels of 5 numbers.",
    ),
    Section("closed_form", "notebook", only={"combined"}, titled=False, found="100 paths, too, add up to one kernel"),
    Section(
        "collapse",
        without={"answer", "padding", "missing", "none"},
        found="two layers are one kernel, their convolution, if no relu is between",
        asks="Is there a convolution anywhere?",
        remark="How is it made?",
        picture="convolve",
    ),
    Section(
        "gradient_flip",
        without={"ask"},
        asks="What does one sample change?",
    ),
)
"""The film that is told when nothing else is named: small examples, and the notebook's model."""
ASKED = "To convolve: turn a kernel over, slide it along a signal, multiply, add up."
OPENING = "turn"
"""The board whose picture the film opens with: a kernel that is turned over."""
CHECKED = "Back to the 100 paths."
"""Which network the check is of."""
FOUND = {
    "kernel_flip": "Sliding: no convolution.",
    "collapse": "Merging: a convolution.",
    "gradient_flip": "Gradient: a convolution.",
}
"""What the pictures say that answer it."""
MADE = "convexplain: formulas by sympy, checked with Keras and SciPy, drawn with manim"


def boards(explanation: Explanation | None = None) -> list[tuple[Board, ...]]:
    """The boards of every section: of the film above, or of the stories of a network of one's own. A section begins
    with its title, and ends where its last picture has become a part of the next one's.
    """
    import convexplain as cx

    sections = SECTIONS if explanation is None else [Section(name) for name in programme(explanation.stack)]
    parts, known = list[_Part](), ""
    for section in sections:
        kind = STORIES[section.story]
        network = explanation or cx.example(section.example or kind.example or section.story)
        story = network.story(section.story, level=programme(network.stack)[section.story])
        shown = list(filter(section.takes, story.boards))
        picture = next((board for board in shown if board.name == section.picture), shown[-1])
        if section.titled:
            said = f"{known}\n{section.remark}".strip()
            parts.append(_Part(section.asks or kind.question, said, shown, picture, FOUND.get(section.story, "")))
        else:
            parts[-1].boards.extend(shown)
        found = section.found or kind.answer
        known = found and f"So far: {found}."
    checked = list(compared.boards(explanation or cx.notebook()))
    said = f"{known}\n{CHECKED * (explanation is None)}".strip()
    parts.append(_Part("Is all of it what Keras computes?", said, checked, checked[-1], ""))
    turned = next((board for part in parts for board in part.boards if board.name == OPENING), None)
    return [(opening("Does Conv1D convolve?", ASKED, turned),), *_joined(parts)]


class _Part(NamedTuple):
    """A section of the film: its question, what is known before it, its boards, the one that stays, what that says."""

    asks: str
    known: str
    boards: list[Board]
    picture: Board
    found: str


def _joined(parts: Sequence[_Part]) -> Iterator[tuple[Board, ...]]:
    """Sections from title to title. The same title ends one, with the marks that came to it, and begins the next."""
    count, pictures = len(parts), [part.picture for part in parts]
    titles = [
        title(part.asks, part.known, [*pictures[:place], *[None] * (count - place)]) for place, part in enumerate(parts)
    ]
    titles.append(title("So does Conv1D convolve?", "", pictures))
    begin = titles[0]
    for place, (part, end) in enumerate(zip(parts, titles[1:], strict=True)):
        yield begin, *part.boards, into(part.boards[-1], part.picture, end, place, count)
        begin = replace(end, caption="", hold=0.1)  # it has been read
    seen = {place: (part.picture, part.found) for place, part in enumerate(parts) if part.found}
    yield begin, answer("Conv1D does not convolve.", seen, MADE)


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
    from convexplain.system.together import each

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
