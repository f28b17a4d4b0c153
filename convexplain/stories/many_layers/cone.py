"""The cone of one output: the cells of every level that it sees, the paths through them, and which of these have room.

It has two views: ``wide``, the whole input, and ``close``, what the output sees. This module knows a script's paths; it
puts no mark.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple

from convexplain.board.marks import Format, Key, Role
from convexplain.board.pieces import Number
from convexplain.layers import Cell
from convexplain.stories import bench
from convexplain.stories.many_layers import ways
from convexplain.stories.many_layers.views import View
from convexplain.stories.many_layers.ways import Joined, Way
from convexplain.stories.script import Script

MOST_CHANNELS, MOST_STEPS, MOST_STRIPS = 4, 24, 3
"""What a picture has room for; the rest is counted and summed."""
NAMES = 430.0
"""In a film, where what is seen from close by begins, right of the names of kernels that lie there."""


class Edge(NamedTuple):
    """A tap of the kernel that makes a cell of a level: the thread of all paths that lead there from one cell below."""

    level: int
    cell: Cell
    source: Cell
    """The cell that the tap is multiplied with."""
    at: tuple[int, ...]
    """Tap and channel in the kernel."""
    number: Number
    role: Role

    @property
    def key(self) -> Key:
        """That of the thread."""
        return ("edge", self.level, *self.cell, *self.at)

    @property
    def tap(self) -> Key:
        """The key of the tap."""
        return ("tap", self.level, *self.at, self.cell.channel)


class Cone:
    """What one output sees, in one format."""

    def __init__(self, script: Script, form: Format, base: int) -> None:
        self.script, self.form, self.cell, self.base = script, form, script.cell, base
        self.ways = script.ways(script.cell, base)
        self.levels, self.shapes = tuple(range(base, script.level + 1)), script.source.stack.shapes
        self.layers = {level: script.source.stack.layers[level - 1] for level in self.levels[1:]}
        self.read = dict(zip(self.levels, self.ways.cone, strict=True))
        every = {level: sorted({cell.channel for cell in cells}) for level, cells in self.read.items()}
        self.channels = {level: channels[:MOST_CHANNELS] for level, channels in every.items()}
        """Those that are shown."""
        self.is_aligned = all(layer.strides == 1 for layer in self.layers.values())
        self.next = ways.following(script, base)
        """The output beside."""
        self.strip = 44.0 if bench.is_low(form) else 58.0 if len(self.layers) < 3 else 52.0
        """How high a kernel is as a strip."""
        beside = self.joined(self.next or self.cell)
        self._spread(beside)
        self.shown = [own for own in self.ways.joined if self.close.has(base, own.cell)]
        self.near = {own.cell: own.sample for own in self.shown}
        self.then = {own.cell: own.sample for own in beside if self.beside.has(base, own.cell)}
        self.samples = self.near | self.then
        """What is seen of the output, of the one beside, in the same places, and of both."""
        self.paths = list(ways.walk(script, script.cell, base, self.close.has))
        self.told = max(self.paths, key=self._telling, default=None)

    def _spread(self, beside: Sequence[Joined]) -> None:
        """The views: what the output sees, and the one ``beside``, from close by, and the whole input."""
        form, self.steps = self.form, self.shapes[self.base][0]
        needed = {cell.step for n in self.levels if self.is_aligned or n == self.base for cell in self.read[n]}
        kept = {step for pick in (min, max) for step in self._outermost(pick)} if self.is_aligned else set()
        self.places = bench.columns(needed, MOST_STEPS - 1, kept)
        also = {own.cell.step for own in beside}
        everything: Iterable[int] = range(self.steps) if self.steps <= MOST_STEPS else needed | also
        self.wide = View(self, form, bench.columns(everything, MOST_STEPS, kept))
        near = replace(form, names=NAMES) if self.is_striped and not form.points else form
        self.close = View(self, near, self.places, is_close=True)
        far = min(also, default=0) - min((own.cell.step for own in self.ways.joined), default=0)
        self.beside = View(self, near, [None if n is None else n + far for n in self.places], is_close=True)

    def _outermost(self, pick: Callable[[Iterable[int]], int]) -> list[int]:
        """The steps of the path that is farthest to a side, and the output's own."""
        steps = [pick(cell.step for cell in self.read[self.base])]
        for level in self.layers:
            steps.append(pick(c.step for c in self.read[level] if steps[-1] in self.reads(level, c.step)))
        return steps

    @property
    def rest(self) -> list[tuple[Key, Number, Role]]:
        """What the output is the sum of besides the samples that are shown."""
        return ways.others(self.script, self.ways, [own.product for own in self.shown])

    @property
    def noun(self) -> str:
        """What paths start at."""
        return "number" if self.base else "sample"

    def kernels(self, level: int) -> str:
        """What the numbers of a level's filters are called: each filter has a kernel for each channel that it reads."""
        return "kernels" if len(self.channels[level]) * len(self.channels[level - 1]) > 1 else "kernel"

    def joined(self, cell: Cell) -> tuple[Joined, ...]:
        """The paths to any output of the level, by the sample they start at."""
        return self.script.ways(cell, self.base).joined

    def is_told(self, own: Joined) -> bool:
        """Whether paths are those of the told sample."""
        return self.told is not None and own.cell == self.told.cells[0]

    def _telling(self, way: Way) -> tuple[Any, ...]:
        """Which path is told: one that is on, of a sample that starts many, with a large product and few factors 1."""
        many = {own.cell: own.paths for own in self.shown}
        is_telling = way.is_on and way.product.value != 0
        factors = sum(tap.value != 1 for tap in way.taps)
        return is_telling, 2 * many[way.cells[0]] > max(many.values()), abs(way.product.value), factors

    # names of keys, and roles

    def key(self, level: int, cell: Cell) -> Key:
        """A cell's key."""
        return (f"y{level}" if level else "x", *cell)

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

    # what layers read

    def is_on(self, level: int, cell: Cell) -> bool:
        """Whether a cell passes on what it is given; what is not between always does."""
        return level in (self.base, self.script.level) or ways.is_on(self.script, level, cell)

    def reads(self, level: int, step: int) -> set[int]:
        """The steps below that a step of a level reads."""
        terms = self.layers[level].terms(self.shapes[level - 1], Cell(step, 0))
        return {term.source.step for term in terms if not term.padded}

    def taps(self, level: int, cell: Cell) -> list[Edge]:
        """The kernel that makes a cell of a level, as its taps stand."""
        terms = [term for term in self.script.source.stack.terms(level, cell) if not term.padded]
        found = (self._edge(level, cell, term.source, term.weight[:2]) for term in terms)
        return sorted(found, key=lambda edge: edge.source)

    def edges(self, paths: Iterable[Way]) -> list[Edge]:
        """The threads of some paths, each once."""
        return list(dict.fromkeys(edge for way in paths for edge in self._along(way)))

    def _along(self, way: Way) -> Iterator[Edge]:
        for n, level in enumerate(self.layers):
            end = 2 * (len(way.taps) - n)
            yield self._edge(level, way.cells[n + 1], way.cells[n], way.at[end - 2 : end])

    def _edge(self, level: int, cell: Cell, source: Cell, at: tuple[int, ...]) -> Edge:
        number = self.script.number(("weight", level, *at, cell.channel))
        return Edge(level, cell, source, at, number, self.thread_role(level, cell, source))

    @cached_property
    def is_striped(self) -> bool:
        """Whether every format has room for the kernels of two layers as strips with their numbers."""
        if self.base or len(self.levels) != 3 or not self.is_aligned or self.steps > 12:
            return False
        for level, layer in self.layers.items():
            numbers = [tap.number for f in self.channels[level] for tap in self.taps(level, Cell(0, f))]
            has_all = layer.padding == "valid" and len(self.channels[level - 1]) == self.shapes[level - 1][1]
            if not has_all or not self.wide.size(level - 1, numbers):
                return False
        return sum(len(self.channels[level]) for level in self.layers) <= MOST_STRIPS
