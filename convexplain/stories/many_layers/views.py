"""A view of the levels on one axis, the whole input or from close by: where cells stand, and rows of them as bars.

A step holds the cells of its channels side by side. On the whole input a cell stands on its own step; from close by, or
where a layer has strides, about under the middle of what it reads, with its level's steps evenly apart. This module
knows what a cone reads, and pieces; on which board a row stands a story says.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from convexplain.board import pieces
from convexplain.board.marks import COLUMN, CONTEXT, DIGIT, FULL, SMALL, SUPPORT, Draft, Format
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of
from convexplain.layers import Cell
from convexplain.stories import bench

if TYPE_CHECKING:
    from convexplain.stories.many_layers.cone import Cone

SPREAD, BROAD = 1.8, 140.0
"""So many samples apart are steps with their kernels; and a sample from close by is at most so wide."""


def wide(text: str, size: float = SMALL) -> float:
    """How wide words are."""
    return advance(runs_of(text)) * size


class View:
    """The cells that an axis of some steps shows."""

    def __init__(self, cone: Cone, form: Format, steps: Sequence[int | None], is_close: bool = False) -> None:
        self.cone, self.is_close = cone, is_close
        self.axis = Axis.over(Draft(form), steps, cone.steps, math.inf)
        self._steps = dict[int, dict[int, float]]()

    @property
    def is_ruled(self) -> bool:
        """Whether its steps are numbered: not on paper from close by, where none is left out."""
        return not self.is_close or None in self.axis.steps or (self.cone.is_striped and not self.cone.form.points)

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
        if not bench.fitting(narrow - 4, texts, (SMALL, 0.0)):
            return 0.0
        return SMALL if form.is_narrow else bench.fitting(share * axis.pitch - 8, texts)

    # marks

    def draft(self, said: str) -> Draft:
        """A board with its caption and its ruler."""
        draft = Draft(self.cone.form)
        pieces.caption(draft, said)
        if self.is_ruled:
            pieces.ruler(draft, self.axis, "step")
        return draft

    def lay_name(self, draft: Draft, level: int, foot: float, before: float = math.inf) -> None:
        """A level's name; where the row ``before`` leaves room, below its channels, or its layer and filter."""
        last, channels, form = level == self.cone.script.level, self.cone.shapes[level][1], self.cone.form
        name = "samples" if level == 0 else "output" if last else f"layer {level}"
        room = (form.names - form.margin) * SMALL / form.small
        short = bench.longest(room, [f"{channels} channels", f"{channels} ch."])
        own = f"layer {level}, filter {self.cone.script.cell.channel}"
        named = bench.longest(room, [*[own] * (channels > 1), f"layer {level}"])
        more = named if last else short if channels > 1 else ""
        more *= foot - before > 80
        over = min(40.0 * bool(more), foot - pieces.RULER - 52.0)
        pieces.name(draft, ("level", level), name, foot - over, "ink" if last else "quiet")
        if more:
            pieces.note(draft, ("level", level), more, form.margin, foot - over + 40 - DIGIT * SMALL / 2)

    def lay_row(
        self, draft: Draft, level: int, numbers: Mapping[Cell, Number], foot: float, unit: float, size: float,
        lit: Collection[Cell] | None,
    ) -> None:  # fmt: skip
        """Cells of a level as bars; those that are not ``lit`` (all when None) recede."""
        pieces.baseline(draft, ("level", level), self.axis.left, self.axis.right, foot)
        widest, aside = (BROAD, CONTEXT) if self.is_close else (pieces.WIDEST, SUPPORT)
        width = min(widest, 0.75 * self.slot(level))
        for cell, number in numbers.items():
            meant, key, x = lit is None or cell in lit, self.cone.key(level, cell), self.x(level, cell)
            bricks, role = number.value.denominator == 1 and unit > 14, self.cone.role(level, cell.channel)
            pieces.column(draft, key, number, x, foot, width, unit, role, bricks, light=FULL if meant else aside)
            if size:
                pieces.digits(draft, key, number.text, size=size, role="ink" if meant else "quiet")
