"""Figures for papers and notebooks: boards painted by matplotlib, one or several as lettered panels.

This module knows matplotlib, panels and the sizes of paper; what stands on a board it is given. Words are text in the
file, with fonts embedded; everything else is the outline that all media share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from convexplain import style
from convexplain.board.marks import Board, Key, Mark
from convexplain.board.shapes import Shape, shapes
from convexplain.board.text import advance, baseline, font_path, scale

SETTINGS: Any = {
    "svg.hashsalt": "convexplain",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "savefig.bbox": None,
    "savefig.transparent": False,
    "savefig.facecolor": "auto",
    "text.hinting": "none",
    "text.antialiased": True,
    "path.sketch": None,
    "path.effects": [],
}
"""What a user's own settings must not change."""


def paint(axes: Any, marks: Mapping[Key, Mark], palette: style.Palette, points: float) -> None:
    """Paint marks into axes whose data coordinates are the board's; ``points`` is what a unit is on paper."""
    for order, mark in enumerate(sorted(marks.values(), key=lambda mark: mark.z)):
        if mark.alpha <= 0:
            continue
        if mark.kind == "words" and mark.squeeze == 1:
            _write(axes, mark, palette, points, order)
        else:
            for shape in shapes(mark):
                axes.add_artist(_patch(shape, mark.alpha, palette, points, order))


def path_of(shape: Shape) -> Path:
    """The outlines of a shape as one matplotlib path."""
    vertices: list[Any] = []
    codes: list[Any] = []
    for curve in shape.curves:
        vertices.extend(curve)
        codes += [Path.MOVETO] + [Path.CURVE4] * (len(curve) - 1)
    return Path(vertices, codes)


def _patch(shape: Shape, alpha: float, palette: style.Palette, points: float, order: int) -> PathPatch:
    colour = palette.colour(shape.role, shape.light)
    look: dict[str, Any]
    if shape.stroke:
        dashes = (0, (shape.dash / shape.stroke, shape.dash / shape.stroke)) if shape.dash else "solid"
        look = dict(fill=False, edgecolor=colour, linewidth=shape.stroke * points, linestyle=dashes)
    else:
        look = dict(facecolor=colour, edgecolor="none", linewidth=0)
    return PathPatch(path_of(shape), alpha=alpha, zorder=order, capstyle="round", joinstyle="round", **look)


def _write(axes: Any, mark: Mark, palette: style.Palette, points: float, order: int) -> None:
    x = mark.left
    for text, font in mark.runs:
        size = mark.size * scale(font) * points
        look = FontProperties(fname=font_path(font), size=size)
        colour = palette.colour(mark.role, mark.light)
        axes.text(
            x,
            baseline(mark),
            text,
            color=colour,
            alpha=mark.alpha,
            fontproperties=look,
            zorder=order,
            verticalalignment="baseline",
            parse_math=False,
            clip_on=False,
        )
        x += advance(((text, font),)) * mark.size


def still(board: Board, theme: str = "dark", dpi: float = 100) -> Figure:
    """One board as it is, on a canvas of its format."""
    palette = style.PALETTES[theme]
    size = board.format
    with matplotlib.rc_context(SETTINGS):
        figure = Figure((size.width / 100, size.height / 100), dpi=dpi, facecolor=palette.ground)
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, size.width)
        axes.set_ylim(size.height, 0)
        paint(axes, board.marks, palette, 72 / 100)
    return figure


def stills(boards: Sequence[Board], theme: str = "dark") -> list[Figure]:
    """All boards, each on a canvas of its own."""
    return [still(board, theme) for board in boards]
