"""The kernels through several channels between two layers, below each other, and the one kernel that they add up to.

This module knows the columns of a story and kernels as numbers; which of them stand on which board a story says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from convexplain.board import pieces
from convexplain.board.marks import CARD, Draft, Key, Role, plate
from convexplain.board.pieces import Number
from convexplain.stories import bench
from convexplain.stories.cascade import TOP
from convexplain.stories.slabs import Slabs

Kernel = tuple[str, Role, Mapping[int, tuple[Key, Number]]]
"""A name, a role, and taps by column."""


def lay(draft: Draft, slabs: Slabs, kernels: Sequence[Kernel], total: Kernel | None) -> None:
    """Kernels on cards, the last of them what the others add up to: an empty place until that is the ``total``."""
    slabs.count_columns(draft)
    numbers = [number for _, _, taps in kernels for _, number in taps.values()]
    size, axis = slabs.fits([number.text for number in numbers]), slabs.signal.axis
    above, extents = (size or 12) + 30, [bench.extent(n.value for _, n in taps.values()) for _, _, taps in kernels]
    room = bench.bottom_of(draft.format, 32.0) - TOP - (above + 46) * len(kernels)
    bricks, reach = all(number.value.denominator == 1 for number in numbers), sum(map(sum, extents))
    unit = bench.unit_of(room, reach, [number.value for number in numbers])
    unit = min(unit, slabs.unit) if bricks else unit
    spare, y, half = max(0.0, room - unit * reach) / len(kernels), TOP, 0.48 * axis.pitch
    for kernel, (up, down) in zip(kernels, extents, strict=True):
        said, role, taps = kernel
        foot = y + above + up * unit + spare / 2
        y = foot + down * unit + 46 + spare / 2
        left, right = slabs.x(0) - half, slabs.x(slabs.chain.span - 1) + half
        box = (left, foot - up * unit - above + 10, right, foot + down * unit + 26)
        if kernel is kernels[-1] and kernel is not total:
            empty = plate("quiet", *box, light=0.0, edge=0.5, size=3, hollow=True, dash=14, z=-3)
            draft.put("card", ("card", "place", "one"), empty)
            continue
        own: Key = ("card", "one" if kernel is total else said)
        draft.put("card", own, plate(role, *box, light=CARD, z=-3))
        pieces.baseline(draft, own, left + 16, right - 16, foot, role)
        pieces.name(draft, own, said, foot, role)
        for j, (key, number) in taps.items():
            above_it = tuple((*others[j][0], "bar") for _, _, others in kernels[:-1]) if kernel is total else ()
            look: dict[str, Any] = {"made_of": above_it, "copy_of": above_it[-1] if above_it else None}
            pieces.column(draft, key, number, slabs.x(j), foot, axis.bar, unit, role, True, bricks, **look)
            if size:
                pieces.digits(draft, key, number.text, size=size)
