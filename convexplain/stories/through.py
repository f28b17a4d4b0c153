"""The kernels through several channels between two layers, below each other, and the one kernel that they add up to.

This module knows the columns of a story and kernels as numbers; which of them stand on which board a story says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convexplain.board import pieces
from convexplain.board.marks import CARD, Draft, Key, Role, plate
from convexplain.board.pieces import Number
from convexplain.stories import bench
from convexplain.stories.cascade import TOP
from convexplain.stories.slabs import Slabs


def lay(draft: Draft, slabs: Slabs, kernels: Sequence[tuple[str, Role, Mapping[int, tuple[Key, Number]]]]) -> None:
    """Kernels (name, role, taps by column), each on a card; one in ink is what the others add up to."""
    slabs.count_columns(draft)
    numbers = [number for _, _, taps in kernels for _, number in taps.values()]
    size, axis = slabs.fits([number.text for number in numbers]), slabs.signal.axis
    above, extents = (size or 12) + 30, [bench.extent(n.value for _, n in taps.values()) for _, _, taps in kernels]
    room = bench.bottom_of(draft.format, 32.0) - TOP - (above + 46) * len(kernels)
    total = sum(map(sum, extents))
    unit = bench.unit_of(room, total, [number.value for number in numbers], 72.0)
    spare = max(0.0, room - unit * total) / len(kernels)
    bricks, y, half = all(number.value.denominator == 1 for number in numbers), TOP, 0.48 * axis.pitch
    for (said, role, taps), (up, down) in zip(kernels, extents, strict=True):
        foot = y + above + up * unit + spare / 2
        y = foot + down * unit + 46 + spare / 2
        left, right = slabs.x(0) - half, slabs.x(slabs.chain.span - 1) + half
        card = plate(role, left, foot - up * unit - above + 10, right, foot + down * unit + 26, light=CARD, z=-3)
        own: Key = ("card", "one" if role == "ink" else said)
        draft.put("card", own, card)
        pieces.baseline(draft, own, left + 16, right - 16, foot, role)
        pieces.name(draft, own, said, foot, role)
        for j, (key, number) in taps.items():
            into: Key | None = (*kernels[-1][2][j][0], "bar") if role != "ink" and kernels[-1][1] == "ink" else None
            pieces.column(draft, key, number, slabs.x(j), foot, axis.bar, unit, role, True, bricks, goes_into=into)
            if size:
                pieces.digits(draft, key, number.text, size=size)
