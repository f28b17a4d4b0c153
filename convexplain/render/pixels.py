"""Pictures: marks painted into pixels by matplotlib's Agg, without a figure and without artists.

This module knows marks, a palette and one rasterizer; it knows no time and no files.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

import numpy as np
from matplotlib.backends.backend_agg import RendererAgg
from matplotlib.colors import to_rgb
from matplotlib.path import Path
from matplotlib.transforms import Affine2D

from convexplain.board.marks import FILM, Board, Format, Key, Mark
from convexplain.board.shapes import Shape, shapes
from convexplain.render.settings import palette

WIDTH = 900
"""Pixels of a picture that is not told another width."""


def picture(
    board: Board | Mapping[Key, Mark], theme: str = "dark", width: int = WIDTH, format: Format = FILM
) -> np.ndarray:
    """The pixels of a board, (height, width, 3), 8 bits each; or of any marks, in a format."""
    marks, format = (board.marks, board.format) if isinstance(board, Board) else (board, format)
    painter = Painter(format, theme, width)
    painter.paint(marks.values())
    return rgb(painter.canvas)


class Painter:
    """A canvas of one format, theme and width, for many pictures."""

    def __init__(self, format: Format, theme: str, width: int) -> None:
        self.colours = palette(theme)
        scale = width / format.width
        height = round(format.height * scale)
        # At 72 dots an inch Agg's points are pixels; its y grows upwards.
        self.renderer = RendererAgg(width, height, 72)
        self.transform = Affine2D.from_values(scale, 0, 0, -scale, 0, height)
        self.scale = scale
        self.canvas = np.asarray(self.renderer.buffer_rgba()).view("<u4")[..., 0]
        """The picture as it is now, (height, width): red + 256 green + 65536 blue, and full alpha above."""
        self.clear()

    def clear(self) -> None:
        """Begin anew on the ground."""
        self.canvas[:] = int.from_bytes(bytes.fromhex(f"{self.colours.ground[1:]}FF"), "little")

    def paint(self, marks: Iterable[Mark]) -> None:
        """Paint marks over what is there: by their z, those of one z in the order they come."""
        for mark in sorted(marks, key=lambda mark: mark.z):
            if mark.alpha > 0:
                for shape in shapes(mark):
                    self._paint(shape, mark.alpha)

    def _paint(self, shape: Shape, alpha: float) -> None:
        colour = to_rgb(self.colours.colour(shape.role, shape.light))
        context = self.renderer.new_gc()
        context.set_snap(False)
        context.set_linewidth(shape.stroke * self.scale)
        context.set_joinstyle("miter")
        context.set_foreground(colour, isRGBA=True)
        context.set_alpha(alpha)
        self.renderer.draw_path(context, path_of(shape), self.transform, None if shape.stroke else colour)


def path_of(shape: Shape) -> Path:
    """The outlines of a shape as one path."""
    return Path(shape.points, _codes(shape.sizes))


@lru_cache(maxsize=5000)
def _codes(sizes: tuple[int, ...]) -> np.ndarray:
    """What each point of chains is: a beginning, or part of a cubic curve."""
    codes = np.full(sum(sizes), Path.CURVE4, Path.code_type)
    codes[np.cumsum((0, *sizes[:-1]))] = Path.MOVETO
    return codes


def rgb(colours: np.ndarray) -> np.ndarray:
    """Red, green and blue, 8 bits each, of colours as a canvas has them, (..., 3)."""
    return np.stack([colours & 255, colours >> 8 & 255, colours >> 16 & 255], axis=-1).astype(np.uint8)
