"""The kernels of two layers as tiles: in a strip that lies where its kernel reads and slides with the window.

This module knows the numbers of a script and tiles; where a strip lies it is told.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from convexplain.board import pieces, tiles
from convexplain.board.marks import CARD, FULL, SMALL, TEXT, Draft, Format, Key, Role, plate
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches

if TYPE_CHECKING:
    from convexplain.stories.many_layers.cone import Cone

MOST_LINES, ASIDE, BETWEEN, PARKED = 3, 0.06, 6.0, 62.0
"""How many strips have room below both rows; the light of a tap that is not meant; what is between two strips; and how
wide a tap is where its kernel lies on nothing.
"""


class Place(NamedTuple):
    """A tap, and the cell that it stands under."""

    key: Key
    source: Cell
    number: Number
    role: Role


def height(form: Format) -> float:
    """How high a strip is."""
    return 44.0 if benches.is_low(form) else 58.0


def filters(cone: Cone, level: int) -> list[int]:
    """The filters of a level that are told."""
    return sorted({cell.channel for cell in cone.read[level]})


def places(cone: Cone, level: int, cell: Cell) -> list[Place]:
    """The taps that make a cell of a level, as they stand."""
    found = []
    for term in cone.script.source.stack.terms(level, cell):
        k, c, f = term.weight
        if not term.padded:
            number, role = cone.script.number(("weight", level, k, c, f)), cone.thread_role(level, cell, term.source)
            found.append(Place(("tap", level, k, c, f), term.source, number, role))
    return sorted(found, key=lambda place: place.source)


def is_striped(cone: Cone) -> bool:
    """Whether every format has room for the kernels of two layers as strips with their numbers."""
    stack = cone.script.source.stack
    if cone.base or len(cone.levels) != 3 or not cone.is_aligned or cone.steps > 12:
        return False
    if sum(len(filters(cone, level)) for level in cone.layers) > MOST_LINES:
        return False
    for level, layer in cone.layers.items():
        if layer.padding != "valid" or len(cone.channels[level - 1]) < stack.shapes[level - 1][1]:
            return False
        numbers = [tap.number for f in filters(cone, level) for tap in places(cone, level, Cell(0, f))]
        if not cone.size(cone.wide, level - 1, numbers):
            return False
    return True


def lay_strip(
    draft: Draft, taps: Sequence[Place], xs: Sequence[float], y: float, width: float, lit: Collection[Key] | None = None
) -> None:
    """One kernel, its taps at ``xs`` about the height ``y``, under the cells they read; only those ``lit`` are meant,
    all when None.
    """
    high, key = height(draft.format), ("strip", taps[0].key[1], taps[0].key[-1])
    left, right = min(xs) - width / 2 - 6, max(xs) + width / 2 + 6
    role = taps[0].role if len({tap.role for tap in taps}) == 1 else "sample"
    face = plate(role, left, y - high / 2, right, y + high / 2, light=CARD, z=-2, radius=8.0)
    draft.put("strip", (*key, "card"), face)
    size = SMALL if high < TEXT or width < 70 else TEXT
    for tap, x in zip(taps, xs, strict=True):
        meant = lit is None or tap.key in lit
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
    look = inscribed(role) if meant and seen else dict(role="ink" if meant else "quiet")
    written = words(number.text, x, y, size, z=3).at(about=number.about, rides=(*key, "bar") if seen else None, **look)
    draft.put("tap", (*key, "digits"), written)


def inscribed(role: Role) -> dict[str, Any]:
    """How words look on a tile of a role: dark on the hue of a channel, like the ground on what is darker on paper."""
    return dict(role="dark") if str(role).startswith("channel") else dict(role="ink", light=0.0)


def park(cone: Cone, draft: Draft, meant: bool = True) -> None:
    """The kernels that lie on nothing, by their names at the left, each above the level that it gives, where there is
    room.
    """
    if not cone.is_striped or benches.is_low(cone.form):
        return
    high, heights = height(cone.form) + BETWEEN, cone.heights
    for level in cone.layers:
        every = filters(cone, level)
        y = (heights[level] + heights[level - 1] - high * (len(every) - 1)) / 2 + 4
        if ("name", "kernel", level) not in draft.marks:
            pieces.name(draft, ("kernel", level), "kernel" if len(every) == 1 else "kernels", y - high / 2 - 12)
        for line, filter in enumerate(every):
            if ("strip", level, filter, "card") not in draft.marks:
                # Where they have no room they are left out: they are about nothing.
                kernel = [
                    t._replace(number=t.number._replace(about=None)) for t in places(cone, level, Cell(0, filter))
                ]
                xs = [cone.form.margin + 6 + PARKED * (n + 0.5) for n in range(len(kernel))]
                lay_strip(draft, kernel, xs, y + high * line, PARKED, None if meant else ())
