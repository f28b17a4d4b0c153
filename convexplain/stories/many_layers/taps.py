"""The kernels of two layers as tiles: in a strip that lies where its kernel reads and slides with the window.

This module knows a cone's taps and tiles; where a strip lies it is told.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from convexplain.board import pieces, tiles
from convexplain.board.marks import CARD, FULL, SMALL, TEXT, Draft, Format, Key, Role, plate
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.many_layers.cone import Cone, Place

ASIDE, BETWEEN, PARKED = 0.06, 6.0, 62.0
"""The light of a tap that is not meant; what is between two strips; and how wide a tap is where its kernel lies on
nothing.
"""


def height(form: Format) -> float:
    """How high a strip is."""
    return 44.0 if benches.is_low(form) else 58.0


def lay_strip(
    draft: Draft, taps: Sequence[Place], xs: Sequence[float], y: float, width: float, lit: Collection[Key] | None = None
) -> None:
    """One kernel about a height, its taps under the cells they read; only those ``lit`` are meant, all when None."""
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
    draft: Draft, key: Key, number: Number, role: Role, at: tuple[float, float], room: tuple[float, float], size: float,
    meant: bool = True, **more: Any,
) -> None:  # fmt: skip
    """A weight as a tile with its number in it, about a point; a zero is its number alone."""
    look, rides = dict[str, Any](role="ink" if meant else "quiet"), None
    if number.value:
        tiles.tile(draft, key, number, role, *at, *room, light=FULL if meant else ASIDE, z=2, **more)
        look, rides = inscribed(role) if meant else look, (*key, "bar")
    written = words(number.text, *at, size, z=3, about=number.about, rides=rides)
    draft.put("tap", (*key, "digits"), written.at(**look))


def inscribed(role: Role) -> dict[str, Any]:
    """How words look on a tile of a role: dark on the hue of a channel, like the ground on what is darker on paper."""
    return dict(role="dark") if str(role).startswith("channel") else dict(role="ink", light=0.0)


def park(cone: Cone, draft: Draft, meant: bool = True) -> None:
    """The kernels that lie on nothing, at the left, each above the level that it gives, where there is room."""
    if not cone.is_striped or benches.is_low(cone.form):
        return
    high, heights = height(cone.form) + BETWEEN, cone.heights
    for level in cone.layers:
        every = cone.channels[level]
        y = (heights[level] + heights[level - 1] - high * (len(every) - 1)) / 2 + 4
        if ("name", "kernel", level) not in draft.marks:
            pieces.name(draft, ("kernel", level), f"kernel{'s' * (len(every) > 1)}", y - high / 2 - 12)
        for line, filter in enumerate(every):
            if ("strip", level, filter, "card") not in draft.marks:
                kernel = cone.taps(level, Cell(0, filter))
                # Where they have no room they are left out: they are about nothing.
                unnamed = [tap._replace(number=tap.number._replace(about=None)) for tap in kernel]
                xs = [cone.form.margin + 6 + PARKED * (n + 0.5) for n in range(len(kernel))]
                lay_strip(draft, unnamed, xs, y + high * line, PARKED, None if meant else ())
