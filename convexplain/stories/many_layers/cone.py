"""The cone of one output: the cells of every level that it sees, on one ruler, and these as dots with threads.

A step holds the cells of its channels side by side; on the whole input a cell stands on its own step, from close by, or
where a layer has strides, about under the middle of what it reads, with its level's steps evenly apart. This module
knows a script's paths and where their cells have room; it puts no mark.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from convexplain.board.marks import COLUMN, SMALL, Draft, Format, Key, Role
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.many_layers import ways
from convexplain.stories.many_layers.ways import Joined, Way
from convexplain.stories.script import Script

MOST_CHANNELS, MOST_STEPS, MOST_TILES, MOST_STRIPS = 4, 24, 240, 3
"""What a picture has room for; the rest is counted and summed."""
DOT, MOST_SAID, APART, SPREAD, RIGHT = 56.0, 48.0, 56.0, 1.8, 280.0
"""Dots with less room stand below each other; a number that is written into the output's dot is at most so wide, in the
smallest size; so far from that is a calculation beside it; so many samples apart are steps with their kernels; and in a
film there is so much room for calculations at the right of all.
"""


def is_whole(*numbers: Number) -> bool:
    """Whether numbers can be counted in bricks."""
    return all(number.value.denominator == 1 for number in numbers)


class Place(NamedTuple):
    """A tap in its kernel, and the cell that it stands under."""

    key: Key
    source: Cell
    number: Number
    role: Role


class Cone:
    """What one output sees, in one format."""

    def __init__(self, script: Script, form: Format, base: int = 0) -> None:
        self.script, self.form, self.cell, self.base = script, form, script.cell, base
        self.ways, self.result = script.ways(script.cell, base), script.output(*script.cell)
        self.levels, self.shapes = tuple(range(base, script.level + 1)), script.source.stack.shapes
        self.layers = {level: script.source.stack.layers[level - 1] for level in self.levels[1:]}
        self.read = dict(zip(self.levels, self.ways.cone, strict=True))
        every = {level: sorted({cell.channel for cell in cells}) for level, cells in self.read.items()}
        self.channels = {level: channels[:MOST_CHANNELS] for level, channels in every.items()}
        """Those that are shown."""
        self.is_aligned = all(layer.strides == 1 for layer in self.layers.values())
        self._places = dict[tuple[Axis, bool, int], dict[int, float]]()
        self.next = ways.following(script, base)
        """The output beside."""
        self.strip = 44.0 if benches.is_low(form) else 58.0 if len(self.layers) < 3 else 52.0
        """How high a kernel is as a strip."""
        self._spread()
        self.shown = self._seen(self.ways.joined)
        self.paths = list(ways.walk(script, script.cell, base, self.is_shown))
        self.told = max(self.paths, key=self._telling, default=None)
        self._stack()

    def _spread(self) -> None:
        """The axes: of what the output sees, from close by, and of the whole input."""
        form, self.steps = self.form, self.shapes[self.base][0]
        needed = {cell.step for n in self.levels if self.is_aligned or n == self.base for cell in self.read[n]}
        kept = {step for pick in (min, max) for step in self._outermost(pick)} if self.is_aligned else set()
        self.places = benches.columns(needed, MOST_STEPS - 1, kept)
        near = form if form.points else replace(form, width=form.width - RIGHT)
        self.close = Axis.over(Draft(near), self.places, self.steps, math.inf)
        beside = {own.cell.step for own in self.script.ways(self.next, self.base).joined} if self.next else set()
        everything: Iterable[int] = range(self.steps) if self.steps <= MOST_STEPS else needed | beside
        self.wide = Axis.over(Draft(form), benches.columns(everything, MOST_STEPS, kept), self.steps, math.inf)

    def _outermost(self, pick: Callable[[Iterable[int]], int]) -> list[int]:
        """The steps of the path that is farthest to a side, and the output's own."""
        steps = [pick(cell.step for cell in self.read[self.base])]
        for level in self.layers:
            steps.append(pick(c.step for c in self.read[level] if steps[-1] in self.reads(level, c.step)))
        return steps

    def _stack(self) -> None:
        """The heights from close by."""
        form, count = self.form, len(self.levels) - 1
        self.near = {own.cell: own.sample for own in self._seen(self.ways.joined)}
        up, down = benches.extent(values := [number.value for number in self.near.values()])
        high, more = (0.13, 0.1) if benches.is_low(form) else (0.15, 0.25)
        self.unit = benches.unit_of(high * form.height, up + down, values, 50.0)
        self.foot = benches.TOP + 48.0 * (None in self.close.steps) + up * self.unit
        self.top = self.foot + down * self.unit + 6
        self.bead = 92.0 if self.is_said else 60.0
        for under in (80.0 if form.points else 104.0, 172.0)[not self.has_aside(form) :]:
            bottom = form.height - 156.0 - under
            self.share = (bottom - self.top - 14) / (count + more)
            self.heights = {n: self.top + 14 + self.share * (at + more * (at > 0)) for at, n in enumerate(self.levels)}
            if bottom - self.tapped(self.levels[-1]) > 80:
                break
        self.is_left = under < 172  # whether a calculation stands beside the output, or under it
        self.work = bottom if self.is_left else form.height - 214.0  # its middle

    def _seen(self, joined: Iterable[Joined]) -> list[Joined]:
        return [own for own in joined if self.is_shown(self.base, own.cell)]

    @property
    def rest(self) -> list[tuple[Key, Number, Role]]:
        """What the output is the sum of besides the samples that are shown."""
        return ways.others(self.script, self.ways, [own.product for own in self.shown])

    @property
    def is_said(self) -> bool:
        """Whether the output's number has room in its dot."""
        return advance(runs_of(self.result.text)) * SMALL < MOST_SAID

    def is_told(self, own: Joined) -> bool:
        """Whether paths are those of the told sample."""
        return self.told is not None and own.cell == self.told.cells[0]

    def has_aside(self, form: Format) -> bool:
        """Whether a format has room for the told path's products beside the output."""
        told, share = (
            self.told,
            (self.at(self.levels[-1], self.cell) - self.close.left) / (self.close.right - self.close.left),
        )
        widest = advance(runs_of(f"{phrases.times(*told.taps)} = {told.weight.text}")) if told else 0
        room = (1 - share) * (form.width - form.margin - form.names) - self.bead / 2 - APART
        return len(self.layers) < 4 and widest * SMALL < room

    @property
    def aside(self) -> float:
        """Where a calculation begins: beside the output, or at the left."""
        return self.at(self.script.level, self.cell) + self.bead / 2 + APART if self.is_left else self.form.names

    def _telling(self, way: Way) -> tuple[Any, ...]:
        """Which path is told: one that is on, of a sample that starts many, with a large product and few factors 1."""
        many = {own.cell: own.paths for own in self.shown}
        is_telling = way.is_on and way.product.value != 0
        factors = sum(tap.value != 1 for tap in way.taps)
        return is_telling, 2 * many[way.cells[0]] > max(many.values()), abs(way.product.value), factors

    def size(self, axis: Axis, level: int, numbers: Iterable[Number], parts: float = 1) -> float:
        """The size of numbers in the places of a level, or in ``parts`` of these; 0 where some format has no room for
        each of them.
        """
        texts, share = [number.text for number in numbers], self.slot(axis, level) / axis.pitch / parts
        narrow = share * (COLUMN.width - COLUMN.margin - COLUMN.names) * axis.pitch / (axis.right - axis.left)
        if not benches.fitting(narrow - 4, texts, (SMALL, 0.0)):
            return 0.0
        return SMALL if self.form.is_narrow else benches.fitting(share * axis.pitch - 8, texts)

    # names of keys, and roles

    def key(self, level: int, cell: Cell) -> Key:
        """A cell's key."""
        return (f"y{level}" if level else "x", *cell)

    def index(self, level: int, step: object, channel: int) -> str:
        """The index of a cell, as code writes it: ``2, 0``, or ``2`` where its level has one channel."""
        return f"{step}, {channel}" if self.shapes[level][1] > 1 else f"{step}"

    def called(self, sample: Cell, step: object = None) -> str:
        """A sample, or the one of its channel at a ``step``, as code names it: ``x[1]``."""
        at = sample.step if step is None else step
        return f"{phrases.array(self.base)}[{self.index(self.base, at, sample.channel)}]"

    def role(self, level: int, channel: int) -> Role:
        """The hue of a channel; one channel alone is a plain signal, the output ink."""
        if level == self.script.level:
            return "output"
        return f"channel {channel}" if self.shapes[level][1] > 1 else "sample"

    def thread_role(self, level: int, cell: Cell, source: Cell) -> Role:
        """A thread has the hue of the cell it leads to; the last one that of the cell it comes from."""
        last = level == self.script.level
        role = self.role(level - 1, source.channel) if last else self.role(level, cell.channel)
        return "kernel" if role == "sample" else role

    def hue(self, way: Way) -> Role:
        return self.thread_role(self.script.level, way.cells[-1], way.cells[-2])

    # places

    def x(self, axis: Axis, level: int, cell: Cell) -> float:
        """Where a cell that is shown stands."""
        middle, own = self.middle(axis, level, cell.step), self.channels[level]
        assert middle is not None
        return middle + (own.index(cell.channel) - (len(own) - 1) / 2) * self.slot(axis, level)

    def at(self, level: int, cell: Cell) -> float:
        """Where a cell stands from close by."""
        return self.x(self.close, level, cell)

    def pitch(self, axis: Axis, level: int) -> float:
        """How far the steps of a level are apart."""
        xs = [] if self.is_on_ruler(axis, level) else [*self._placed(axis, level).values()]
        most = SPREAD if len(xs) > 1 and self.is_striped else 1.0
        return min([most * axis.pitch, *(after - x for x, after in pairwise(xs))])

    def slot(self, axis: Axis, level: int) -> float:
        return 0.84 * self.pitch(axis, level) / max(1, len(self.channels[level]))

    def is_on_ruler(self, axis: Axis, level: int) -> bool:
        """Whether the steps of a level stand where the ruler has them."""
        return level == self.base or (self.is_aligned and axis is not self.close)

    def _placed(self, axis: Axis, level: int) -> dict[int, float]:
        """Where the steps of a level stand that are not on the ruler: evenly, under the middles of what they read."""
        key = (axis, axis is self.close, level)
        if key not in self._places:
            steps = {cell.step for cell in self.read[level]} if axis is self.close else range(self.shapes[level][0])
            found = {step: self.middles(axis, level - 1, self.reads(level, step)) for step in sorted(steps)}
            seen = {step: sum(xs) / len(xs) for step, xs in found.items() if xs}
            middle, many = (min(seen.values()) + max(seen.values())) / 2 if seen else 0.0, len(seen) - 1
            room = (SPREAD if self.is_striped else 1.0) * axis.pitch  # kernels lie at the dots
            room = min(room, axis.right - axis.left)
            least = (room if self.is_striped else 0.5 * axis.pitch) * many
            wide = max(max(seen.values()) - min(seen.values()), least) if seen else 0.0
            wide = min(wide, axis.right - axis.left - room)
            start = max(axis.left + room / 2, min(middle - wide / 2, axis.right - room / 2 - wide))
            self._places[key] = {step: start + wide * n / max(1, many) for n, step in enumerate(seen)}
        return self._places[key]

    def middle(self, axis: Axis, level: int, step: int) -> float | None:
        """Where the middle of a step stands; None where it is not shown."""
        if self.is_on_ruler(axis, level):
            return axis.x(step) if axis.has(step) else None
        return self._placed(axis, level).get(step)

    def middles(self, axis: Axis, level: int, steps: Iterable[int]) -> list[float]:
        """Where those of some steps stand that are shown."""
        return [x for x in (self.middle(axis, level, step) for step in steps) if x is not None]

    def is_shown(self, level: int, cell: Cell) -> bool:
        """Whether a cell has a place."""
        return cell.channel in self.channels[level] and self.middle(self.close, level, cell.step) is not None

    def is_far(self, cell: Cell) -> bool:
        """Whether a cell of the base has a place on the whole input."""
        return cell.channel in self.channels[self.base] and self.wide.has(cell.step)

    def is_on(self, level: int, cell: Cell) -> bool:
        """Whether a cell passes on what it is given; what is not between always does."""
        return level in (self.base, self.script.level) or ways.is_on(self.script, level, cell)

    def numbers(self, axis: Axis, level: int) -> dict[Cell, Number]:
        """The cells of a level that have a place on an axis, with their numbers."""
        steps = [n for n in range(self.shapes[level][0]) if self.middle(axis, level, n) is not None]
        cells = [Cell(step, channel) for step in steps for channel in self.channels[level]]
        return {cell: self.script.number(("cell", level, *cell)) for cell in cells}

    # what layers read

    def reads(self, level: int, step: int) -> set[int]:
        """The steps below that a step of a level reads."""
        terms = self.layers[level].terms(self.shapes[level - 1], Cell(step, 0))
        return {term.source.step for term in terms if not term.padded}

    def taps(self, level: int, cell: Cell) -> list[Place]:
        """The kernel that makes a cell of a level, as its taps stand."""
        found = []
        for term in self.script.source.stack.terms(level, cell):
            if not term.padded:
                number, role = ("weight", level, *term.weight), self.thread_role(level, cell, term.source)
                found.append(Place(("tap", *number[1:]), term.source, self.script.number(number), role))
        return sorted(found, key=lambda place: place.source)

    @cached_property
    def is_striped(self) -> bool:
        """Whether every format has room for the kernels of two layers as strips with their numbers."""
        if self.base or len(self.levels) != 3 or not self.is_aligned or self.steps > 12:
            return False
        for level, layer in self.layers.items():
            numbers = [tap.number for f in self.channels[level] for tap in self.taps(level, Cell(0, f))]
            has_all = layer.padding == "valid" and len(self.channels[level - 1]) == self.shapes[level - 1][1]
            if not has_all or not self.size(self.wide, level - 1, numbers):
                return False
        return sum(len(self.channels[level]) for level in self.layers) <= MOST_STRIPS

    def lane(self, level: int) -> float:
        """How far the channels of a level between stand below each other: not at all where dots have room abreast."""
        many = len(self.channels[level]) - 1
        if not self.base < level < self.script.level or many < 2 or self.slot(self.close, level) >= DOT:
            return 0.0
        return max(6.0, min(0.14 * self.share, 2 * (self.share - self.strip - self.bead / 2 - 30.0) / many, DOT))

    def over(self, level: int, cell: Cell) -> float:
        """How far a cell stands below the first of its channels."""
        return self.lane(level) * self.channels[level].index(cell.channel)

    def under(self, level: int) -> float:
        """How far the last channel of a level stands below the first."""
        return self.lane(level) * (len(self.channels[level]) - 1)

    def height(self, level: int, cell: Cell) -> float:
        """Where a dot stands from close by, or a sample ends."""
        if level == self.base:
            return self.foot + 3 + max(0.0, -float(self.near[cell].value)) * self.unit
        return self.heights[level] + self.over(level, cell) - self.under(level) / 2

    def tapped(self, level: int) -> float:
        """Where the tap of a path lies that leads to a level: below the cell that it is multiplied with."""
        free = -4.0 if level - 1 == self.base else (self.under(level - 1) + self.disc(level - 1)) / 2 + 16
        return self.heights[level - 1] + free + self.strip / 2

    def disc(self, level: int) -> float:
        """How wide the dot of a cell is."""
        share, most = 1.1 if self.lane(level) else 0.7, self.form.height / 15
        return self.bead if level == self.script.level else min(most, share * self.slot(self.close, level))
