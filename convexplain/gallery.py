"""The gallery: every story in every medium, on its small example and on the notebook's model.

This module knows which pictures there are and what their files are called; an explanation draws each. Drawings are
tasks of their own, so that they can be done side by side, on one machine or on a cluster
(:mod:`convexplain.system.together`).
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from convexplain.stories import STORIES
from convexplain.stories.programme import programme

MEDIA = ("figure", "strip", "page", "animation", "film")
SUFFIX = {"figure": ".png", "strip": ".pdf", "page": ".html", "animation": ".webp", "film": ".mp4"}


class Picture(NamedTuple):
    """One file of the gallery."""

    story: str
    example: str
    medium: str

    @property
    def file(self) -> str:
        """The name of the file."""
        name = (
            self.story if self.example in (self.story, STORIES[self.story].example) else f"{self.story}_{self.example}"
        )
        return f"{name}{'_strip' if self.medium == 'strip' else ''}{SUFFIX[self.medium]}"


def pictures(media: tuple[str, ...] = MEDIA) -> Iterator[Picture]:
    """All pictures of some media, the quick media first."""
    from convexplain import examples

    for medium in media:
        for name, kind in STORIES.items():
            if kind.own is not None:
                continue
            for example in (kind.example or name, "notebook"):
                if name in programme(examples.find(example).stack):
                    yield Picture(name, example, medium)


def draw(picture: Picture, folder: str) -> str:
    """Draw one picture into a folder; the path is returned."""
    import convexplain as cx

    explanation, target = cx.example(picture.example), Path(folder) / picture.file
    name, level = picture.story, programme(explanation.stack)[picture.story]
    if picture.medium == "page":
        return explanation.page(name, target, level=level)
    if picture.medium == "animation":
        return explanation.animate(name, target, level=level)
    if picture.medium == "film":
        return explanation.film(name, target, level=level)
    if picture.medium == "figure":
        return cx.save(explanation.figure(name, level=level), target)
    boards = len(explanation.story(name, level=level).boards)
    return cx.save(explanation.figure(name, level=level, frames=range(boards)), target)


POSTERS = {
    "sliding_window": ("sliding_window", "fit"),
    "kernel_flip": ("kernel_flip", "meets"),
    "channel_summation": ("channel_summation", "output"),
    "padding_modes": ("padding_modes", "all"),
    "paths": ("notebook", "all"),
    "closed_form": ("two_layers", "combined"),
    "collapse": ("collapse", "stack"),
    "gradient_flip": ("gradient_flip", "answer"),
}
"""The board that stands for each story in the README, and the example it is told of."""
MOVING = ("kernel_flip", ("slid", "turn", "meets"))
"""What moves in the README: a story, and some of its boards one after the other."""
SMALL = 720
"""The width of a picture in the README, in pixels."""


def renew(folder: str) -> Iterator[str]:
    """Draw the README's small pictures into a folder, the same bytes each time; the path of each is given."""
    from PIL import Image

    import convexplain as cx
    from convexplain.render import animation
    from convexplain.render.pixels import picture
    from convexplain.system.files import replacing

    for name, (example, board) in POSTERS.items():
        explanation = cx.example(example)
        story = explanation.story(name, level=programme(explanation.stack)[name])
        (chosen,) = (found for found in story.boards if found.name == board)
        image = Image.fromarray(picture(chosen, "dark", SMALL))
        target = Path(folder) / f"{name}.png"
        with replacing(target) as draft:
            image.quantize(128, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(draft, optimize=True)
        yield str(target)
    name, names = MOVING
    boards = [board for board in cx.example(name).story(name).boards if board.name in names]
    yield animation.write(boards, Path(folder) / f"{name}.webp", pacing="normal", width=SMALL)


if __name__ == "__main__":
    import sys

    for path in renew(sys.argv[1]):
        print(path)
