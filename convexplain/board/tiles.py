"""Tiles: numbers that are many, each one thing that can be told apart, counted, sorted and stacked.

A tile is one number, a thread leads from cell to cell. This module knows numbers, places and roles; what a tile stands
for it is told.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from convexplain.board import shapes
from convexplain.board.marks import CONTEXT, FULL, MINUS, SUPPORT, Draft, Key, Mark, Role, bar, dot, line
from convexplain.board.pieces import Number

JOINT = 3.0
"""Between two tiles of a stack that are high enough to spare it; thin ones of a hue lie as one."""


class Brick(NamedTuple):
    """One number of a stack."""

    key: Key
    number: Number
    role: Role


def tile(
    draft: Draft, key: Key, number: Number, role: Role, x: float, y: float, width: float, height: float, **more: Any
) -> Mark:
    """A number as a tile about (x, y); a zero is a dot."""
    light = more.setdefault("light", FULL)
    if not number.value:
        mark = dot(role, x, y, min(12.0, height), **(more | {"light": SUPPORT if light >= MINUS else CONTEXT}))
    else:
        mark = bar(role, x, y + height / 2, width, height, **more).at(radius=min(6.0, height / 4))
    return draft.put("tile", (*key, "bar"), mark.at(about=number.about))


def thread(
    draft: Draft,
    key: Key,
    start: tuple[float, float],
    end: tuple[float, float],
    role: Role,
    late: float = 0.0,
    upright: tuple[float, float] = (0.0, 0.0),
    **more: Any,
) -> Mark:
    """A curve from a cell to one that reads it: it leaves and arrives upright, longer by what is given. ``late`` is the
    share by which it crosses over later than halfway, so that threads of several channels lie beside each other.
    """
    (x, y), (to_x, to_y) = start, end
    across = to_y - y - sum(upright)
    before, after = upright[0] + (0.36 + late) * across, upright[1] + (0.36 - late) * across
    points = (x, y, x, y + before, to_x, to_y - after, to_x, to_y)
    return draft.put("thread", key, line(role, *points, curve=True, **more))


def along(mark: Mark) -> list[tuple[float, float]]:
    """Points along a thread, evenly by its share; the middle one is halfway."""
    return [(x, y) for x, y in shapes.along(np.array(mark.corners), np.arange(33) / 32).tolist()]
