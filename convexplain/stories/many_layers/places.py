"""Where the cells of all levels stand on one axis: on the whole input, or from close by.

A step holds the cells of its channels side by side. On the whole input a cell stands on its own step; from close by, or
where a layer has strides, about under the middle of what it reads, with its level's steps evenly apart. This module
knows what a cone reads, and its axis; it puts no mark.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from convexplain.board.marks import COLUMN, SMALL, Draft, Format
from convexplain.board.pieces import Axis, Number
from convexplain.layers import Cell
from convexplain.stories import bench as benches

if TYPE_CHECKING:
    from convexplain.stories.many_layers.cone import Cone

SPREAD = 1.8
"""So many samples apart are steps with their kernels."""


class Places:
    """The places of the cells that an axis of some steps shows."""

    def __init__(self, cone: Cone, form: Format, steps: Sequence[int | None], is_close: bool = False) -> None:
        self.cone, self.is_close = cone, is_close
        self.axis = Axis.over(Draft(form), steps, cone.steps, math.inf)
        self._steps = dict[int, dict[int, float]]()

    def is_on_ruler(self, level: int) -> bool:
        """Whether the steps of a level stand where the ruler has them."""
        return level == self.cone.base or (self.cone.is_aligned and not self.is_close)

    def steps(self, level: int) -> dict[int, float]:
        """Where the steps of a level stand that are shown."""
        if level not in self._steps:
            ruler = {step: self.axis.x(step) for step in self.axis.shown}
            self._steps[level] = ruler if self.is_on_ruler(level) else self._evenly(level)
        return self._steps[level]

    def _evenly(self, level: int) -> dict[int, float]:
        """The steps of a level evenly apart, under the middles of what they read."""
        cone, axis = self.cone, self.axis
        steps = sorted({cell.step for cell in cone.read[level]}) if self.is_close else range(cone.shapes[level][0])
        found = {step: self.middles(level - 1, cone.reads(level, step)) for step in steps}
        seen = {step: sum(xs) / len(xs) for step, xs in found.items() if xs}
        if not seen:
            return {}
        first, last, many = min(seen.values()), max(seen.values()), len(seen) - 1
        room = min(self.spread * axis.pitch, axis.right - axis.left)
        least = (room if self.spread > 1 else 0.5 * axis.pitch) * many
        wide = min(max(last - first, least), axis.right - axis.left - room)
        start = max(axis.left + room / 2, min((first + last) / 2 - wide / 2, axis.right - room / 2 - wide))
        return {step: start + wide * n / max(1, many) for n, step in enumerate(seen)}

    @property
    def spread(self) -> float:
        """How many samples apart steps are at most: more where kernels lie at the dots."""
        return SPREAD if self.is_close and self.cone.is_striped else 1.0

    def middles(self, level: int, steps: Iterable[int]) -> list[float]:
        """Where those of some steps stand that are shown."""
        return [self.steps(level)[step] for step in steps if step in self.steps(level)]

    def has(self, level: int, cell: Cell) -> bool:
        """Whether a cell has a place."""
        return cell.channel in self.cone.channels[level] and cell.step in self.steps(level)

    def x(self, level: int, cell: Cell) -> float:
        """Where a cell that is shown stands."""
        own = self.cone.channels[level]
        return self.steps(level)[cell.step] + (own.index(cell.channel) - (len(own) - 1) / 2) * self.slot(level)

    def pitch(self, level: int) -> float:
        """How far the steps of a level are apart."""
        xs = [] if self.is_on_ruler(level) else [*self.steps(level).values()]
        most = self.spread if len(xs) > 1 else 1.0
        return min([most * self.axis.pitch, *(after - x for x, after in pairwise(xs))])

    def slot(self, level: int) -> float:
        """How wide the place of a cell is."""
        return 0.84 * self.pitch(level) / max(1, len(self.cone.channels[level]))

    def size(self, level: int, numbers: Iterable[Number], parts: float = 1) -> float:
        """The size of numbers in the places of a level, or in ``parts`` of these; 0 where some format has no room for
        each of them.
        """
        axis, form, texts = self.axis, self.cone.form, [number.text for number in numbers]
        share = self.slot(level) / axis.pitch / parts
        narrow = share * (COLUMN.width - COLUMN.margin - COLUMN.names) * axis.pitch / (axis.right - axis.left)
        if not benches.fitting(narrow - 4, texts, (SMALL, 0.0)):
            return 0.0
        return SMALL if form.is_narrow else benches.fitting(share * axis.pitch - 8, texts)
