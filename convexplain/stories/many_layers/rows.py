"""Levels as they are drawn: rows of bars with their names and the ruler over them, and from close by dots.

This module knows a cone and pieces; on which board a level stands a story says.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from typing import Any

from convexplain.board import pieces
from convexplain.board.marks import CONTEXT, DIGIT, FULL, SMALL, SUPPORT, TEXT, Draft, Mark, bar
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.many_layers.cone import Cone, is_whole
from convexplain.stories.many_layers.places import Places

BROAD = 140.0
"""A sample from close by is at most so wide."""


def draft(view: Places, said: str) -> Draft:
    """A board with its caption and, on the whole input or where steps are left out, its ruler."""
    draft = Draft(view.cone.form)
    pieces.caption(draft, said)
    if not view.is_close or None in view.axis.steps:
        pieces.ruler(draft, view.axis, "step")
    return draft


def named(cone: Cone, draft: Draft, level: int, foot: float, before: float = math.inf) -> None:
    """A level's name; where the row ``before`` leaves room, how many channels it has below, or its layer."""
    last, channels = level == cone.script.level, cone.shapes[level][1]
    name = "samples" if level == 0 else "output" if last else f"layer {level}"
    room = (cone.form.names - cone.form.margin) * SMALL / cone.form.small
    short = benches.longest(room, [f"{channels} channels", f"{channels} ch."])
    more = f"layer {level}" if last else short if channels > 1 else ""
    more *= foot - before > 80
    over = min(40.0 * bool(more), foot - pieces.RULER - 52.0)
    pieces.name(draft, ("level", level), name, foot - over, "ink" if last else "quiet")
    if more:
        pieces.note(draft, ("level", level), more, cone.form.margin, foot - over + 40 - DIGIT * SMALL / 2)


def row(
    draft: Draft, view: Places, level: int, numbers: Mapping[Cell, Number], foot: float, unit: float, size: float,
    lit: Collection[Cell] | None,
) -> None:  # fmt: skip
    """Cells of a level as bars; those that are not ``lit`` (all when None) recede."""
    pieces.baseline(draft, ("level", level), view.axis.left, view.axis.right, foot)
    widest, aside = (BROAD, CONTEXT) if view.is_close else (pieces.WIDEST, SUPPORT)
    width = min(widest, 0.75 * view.slot(level))
    for cell, number in numbers.items():
        meant, key, role = lit is None or cell in lit, view.cone.key(level, cell), view.cone.role(level, cell.channel)
        bricks, light = is_whole(number) and unit > 14, FULL if meant else aside
        pieces.column(draft, key, number, view.x(level, cell), foot, width, unit, role, bricks, light=light)
        if size:
            pieces.digits(draft, key, number.text, size=size, role="ink" if meant else "quiet")


def samples(cone: Cone, draft: Draft, lit: Collection[Cell] | None = None) -> None:
    """The samples that paths start at, with numbers where these fit in every format; others than ``lit`` recede."""
    size = cone.close.size(cone.base, cone.near.values())
    named(cone, draft, cone.base, cone.foot)
    row(draft, cone.close, cone.base, cone.near, cone.foot, cone.unit, size, lit)
    if not size and lit is not None and len(lit) == 1:
        (cell,), said = lit, SMALL if cone.form.is_narrow else TEXT
        pieces.digits(draft, cone.key(cone.base, cell), cone.near[cell].text, size=said)
        pieces.lift(draft, [cone.key(cone.base, cell) for cell in cone.near])


def dots(cone: Cone, draft: Draft, lit: Collection[tuple[int, Cell]] = (), off: bool = False) -> None:
    """The output, and the cells between as dots; where some are ``lit``, others are faint. With ``off``, what a relu
    switches off is hollow.
    """
    for level in cone.levels[1:-1]:
        named(cone, draft, level, cone.heights[level] + 11)
        for cell in (cell for cell in cone.read[level] if cone.is_shown(level, cell)):
            light = FULL if not lit or (level, cell) in lit else CONTEXT
            is_hollow = off and not cone.is_on(level, cell)
            _dot(cone, draft, level, cell, light=light, hollow=is_hollow, size=3.0 * is_hollow)
    output(cone, draft)


def output(cone: Cone, draft: Draft) -> None:
    """The output as a dot, with its number where that fits in every format."""
    level, number = cone.levels[-1], cone.result
    named(cone, draft, level, cone.heights[level] + 11)
    mark, key = _dot(cone, draft, level, cone.cell, about=number.about), cone.key(level, cone.cell)
    if cone.is_said:
        shown = words(number.text, mark.x, mark.y, TEXT, light=0.0, z=3)
        draft.put("dot", (*key, "digits"), shown.at(about=number.about, rides=(*key, "bar")))


def _dot(cone: Cone, draft: Draft, level: int, cell: Cell, **look: Any) -> Mark:
    """A cell that threads pass through: a bar to a renderer, so that the bar that it was becomes it."""
    x, y, width = cone.at(level, cell), cone.height(level, cell), cone.disc(level)
    look = {"about": ("cell", level, *cell), "z": 2} | look
    mark = bar(cone.role(level, cell.channel), x, y + width / 2, width, width, **look)
    return draft.put("dot", (*cone.key(level, cell), "bar"), mark.at(radius=width / 2))
