"""The kernels of a stack as tiles: in a strip that lies where its kernel reads and slides with the window.

This module knows the numbers of a script and tiles; where a strip lies it is told.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from convexplain.board import tiles
from convexplain.board.marks import CARD, FULL, SMALL, TEXT, Draft, Format, Key, Role, plate
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.layers import Cell

if TYPE_CHECKING:
    from convexplain.stories.many_layers.cone import Cone

MOST_LINES, ASIDE, BETWEEN = 3, 0.06, 6.0
"""How many strips have room below a row; the light of a tap that is not meant; and what is between two strips."""


class Place(NamedTuple):
    """A tap, and the cell that it stands under."""

    key: Key
    k: int
    source: Cell
    number: Number
    role: Role


def height(form: Format) -> float:
    """How high a strip is."""
    return 38.0 if form.is_narrow else 58.0


def places(cone: Cone, level: int, step: int, filter: int) -> list[Place]:
    """The taps of one filter where it makes a step of a level."""
    found = []
    for term in cone.script.source.stack.terms(level, Cell(step, filter)):
        k, c, f = term.weight
        if term.padded:
            continue
        number = cone.script.number(("weight", level, k, c, f))
        role = cone.thread_role(level, Cell(step, filter), term.source)
        found.append(Place(("tap", level, k, c, f), k, term.source, number, role))
    return found


def is_striped(cone: Cone) -> bool:
    """Whether every format has room for the kernels of all layers as strips with their numbers."""
    stack = cone.script.source.stack
    if cone.base or len(cone.levels) < 3 or not cone.is_aligned or cone.steps > 12:
        return False
    for level, layer in cone.layers.items():
        told = {cell.channel for cell in cone.read[level]}
        if len(told) > MOST_LINES or (level < cone.script.level and len(told) < stack.shapes[level][1]):
            return False
        if layer.padding != "valid" or len(cone.channels[level - 1]) < stack.shapes[level - 1][1]:
            return False
        numbers = [place.number for f in told for place in places(cone, level, cone.read[level][0].step, f)]
        if not cone.size(cone.wide, level - 1, numbers):
            return False
    return True


def lay_strip(
    draft: Draft,
    form: Format,
    taps: Sequence[Place],
    xs: Sequence[float],
    y: float,
    width: float,
    lit: Key | None = None,
) -> None:
    """One kernel, its taps at ``xs`` about the height ``y``, under the cells they read; only ``lit`` is meant, all when
    None.
    """
    high, key = height(form), ("strip", *taps[0].key[1:2], *taps[0].key[-1:])
    left, right = min(xs) - width / 2 - 6, max(xs) + width / 2 + 6
    role = taps[0].role if len({tap.role for tap in taps}) == 1 else "sample"
    face = plate(role, left, y - high / 2, right, y + high / 2, light=CARD, z=-2, radius=8.0)
    draft.put("strip", (*key, "card"), face)
    size = SMALL if form.is_narrow or width < 70 else TEXT
    for tap, x in zip(taps, xs, strict=True):
        meant = lit in (None, tap.key)
        lay_tap(draft, tap.key, tap.number, tap.role, (x, y), (width - 4, high - 8), size, meant)


def lay_tap(
    draft: Draft,
    key: Key,
    number: Number,
    role: Role,
    at: tuple[float, float],
    room: tuple[float, float],
    size: float,
    meant: bool = True,
) -> None:
    """A weight as a tile with its number in it, about a point; a zero is its number alone."""
    (x, y), seen = at, bool(number.value)
    if seen:
        mark = tiles.tile(draft, key, number, role, x, y, *room, light=FULL if meant else ASIDE)
        draft.marks[(*key, "bar")] = mark.at(z=2)
    bright = meant and seen
    written = words(number.text, x, y, size, "ink" if meant else "quiet", light=0.0 if bright else FULL, z=3)
    draft.put("tap", (*key, "digits"), written.at(about=number.about, rides=(*key, "bar") if seen else None))
