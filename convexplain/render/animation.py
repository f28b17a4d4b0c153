"""Animated images: boards as GIF or WebP, byte for byte the same each time.

This module knows time, colours in a palette and Pillow. All pictures share one palette, so that nothing flickers; one
that does not change is a longer one, and of one that changes only the changed pixels are kept.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from convexplain.board.marks import Board
from convexplain.board.motion import Transition, at, sample
from convexplain.board.staging import RATE
from convexplain.render.pixels import WIDTH, Painter, rgb
from convexplain.render.settings import Step, course
from convexplain.system import files

SUFFIXES = (".gif", ".webp")
COLOURS = 255
"""Colours of the palette; one place of a GIF's 256 means that a pixel stays as it is."""
BETWEEN = (0.3, 0.5, 0.7)
"""The shares of a transition at which the palette is looked for."""


class Shot(NamedTuple):
    """What changes at a moment: the second, the box of the picture (rows, columns), and in it the places of the palette
    (height, width).
    """

    begin: float
    box: tuple[slice, slice]
    places: np.ndarray


def write(
    boards: Sequence[Board],
    path: str | os.PathLike[str],
    *,
    pacing: str = "normal",
    theme: str = "dark",
    width: int = WIDTH,
    on_board: Callable[[Board], None] | None = None,
    subject: str = "",
) -> str:
    """Write boards as an animated image and return the path written.

    ``path`` ends in .gif or .webp; ``pacing`` is teach, normal or fast; ``width`` is in pixels; ``subject`` is the
    comment in a GIF. ``on_board`` is called when a board has been painted. ``ValueError`` for anything else; what was
    at ``path`` before stays until the new file is whole.
    """
    target = files.check_target(path, SUFFIXES)
    steps = course(boards, pacing)
    painter = Painter(boards[0].format, theme, width)
    palette = Palette(painter, steps)
    shots = list(_shots(steps, painter, palette, on_board))
    # GIF counts in hundredths of a second; rounded where they stand, pictures do not drift.
    times = [round(100 * second) for second in (*(shot.begin for shot in shots), sum(step.lasts for step in steps))]
    durations = [10 * (after - before) for before, after in pairwise(times)]
    with files.replacing(target) as draft:
        save = _save_gif if target.suffix.lower() == ".gif" else _save_webp
        save(draft, shots, durations, palette, subject)
    return str(target)


class Palette:
    """The commonest colours of a course, and the place of the nearest of them to any other."""

    def __init__(self, painter: Painter, steps: Sequence[Step]) -> None:
        counts = Counter[int]()
        for step in steps:
            for marks in (step.board.marks, *(sample(step.way, share) for share in BETWEEN if step.way)):
                painter.clear()
                painter.paint(marks.values())
                # A quarter of the pixels has all colours that matter.
                found, times = np.unique(painter.canvas[::2, ::2] & 0xFFFFFF, return_counts=True)
                counts.update(dict(zip(found.tolist(), times.tolist(), strict=True)))
        # Equal counts are ordered by colour, so that the palette is the same each time.
        common = sorted(counts, key=lambda colour: (-counts[colour], colour))[:COLOURS]
        self.colours = rgb(np.array(common, np.uint32))
        self._places = np.full(1 << 24, COLOURS, np.uint8)

    def places(self, pixels: np.ndarray) -> np.ndarray:
        """For each pixel the place of the nearest colour."""
        colours = pixels & 0xFFFFFF
        found = self._places[colours]
        missing = found == COLOURS
        if missing.any():
            new = np.unique(colours[missing])
            for part in np.array_split(new, len(new) // 4096 + 1):
                apart = rgb(part)[:, np.newaxis].astype(np.int32) - self.colours
                self._places[part] = (apart * apart).sum(axis=2).argmin(axis=1)
            found = self._places[colours]
        return found

    def image(self, picture: np.ndarray) -> Any:
        """A picture with its palette, for Pillow."""
        from PIL import Image

        image = Image.fromarray(picture)
        image.putpalette([*self.colours.ravel().tolist(), *[0, 0, 0] * (256 - len(self.colours))])
        return image


def _shots(
    steps: Sequence[Step], painter: Painter, palette: Palette, on_board: Callable[[Board], None] | None
) -> Iterator[Shot]:
    """The pictures in order: those of the way at a film's lowest rate, then the board itself."""
    clock, canvas, shown = 0.0, np.zeros_like(painter.canvas), np.full(painter.canvas.shape, COLOURS, np.uint8)

    def changes(second: float) -> Iterator[Shot]:
        """The shot of what is on the canvas, unless it looks like the one before."""
        changed = painter.canvas != canvas
        box = _extent(changed.any(axis=1)), _extent(changed.any(axis=0))
        canvas[box] = painter.canvas[box]
        places = palette.places(canvas[box])
        if not np.array_equal(places, shown[box]):
            shown[box] = places
            yield Shot(second, box, places)

    for step in steps:
        if step.way is not None:
            for number in _paint_way(step.way, painter):
                yield from changes(clock + number / RATE)
            clock += step.way.duration
        painter.clear()
        painter.paint(step.board.marks.values())
        yield from changes(clock)
        clock += step.hold
        if on_board is not None:
            on_board(step.board)


def _paint_way(way: Transition, painter: Painter) -> Iterator[int]:
    """Paint the pictures between two boards, and number them. What lies below all that changes is painted once."""
    order = sorted(way.acts, key=lambda act: act.lowest)
    below = {act.key: act.before for act in takewhile(lambda act: act.how == "still", order)}
    painter.clear()
    painter.paint(mark for mark in below.values() if mark is not None)
    ground = painter.canvas.copy()
    above = [act for act in way.acts if act.key not in below]
    for number in range(1, round(way.duration * RATE)):
        marks = (at(act, number / RATE) for act in above)
        painter.canvas[:] = ground
        painter.paint(mark for mark in marks if mark is not None)
        yield number


def _extent(changed: np.ndarray) -> slice:
    """From the first to the last place that is changed."""
    places = np.flatnonzero(changed)
    return slice(places[0], places[-1] + 1) if len(places) else slice(0, 0)


def _save_gif(path: Path, shots: Sequence[Shot], durations: list[int], palette: Palette, subject: str) -> None:
    """Each picture after the first holds only the pixels that change: a tenth of the size."""
    shown = shots[0].places.copy()

    def changes() -> Iterator[Any]:
        for _, box, places in shots[1:]:
            change = np.full_like(shown, COLOURS)
            change[box] = np.where(places == shown[box], np.uint8(COLOURS), places)
            shown[box] = places
            yield palette.image(change)

    palette.image(shots[0].places).save(
        path,
        "GIF",
        save_all=True,
        append_images=changes(),
        duration=durations,
        loop=0,
        disposal=1,
        transparency=COLOURS,
        optimize=False,
        comment=subject.encode("ascii", "replace")[:255],
    )


def _save_webp(path: Path, shots: Sequence[Shot], durations: list[int], palette: Palette, subject: str) -> None:
    """Whole pictures: the format finds by itself what changes. It has no room for a comment."""
    shown = shots[0].places.copy()
    pictures = []
    for _, box, places in shots:
        shown[box] = places
        pictures.append(palette.image(shown.copy()))
    first, *rest = pictures
    first.save(path, "WEBP", save_all=True, append_images=rest, duration=durations, loop=0, lossless=True, method=4)
