"""The cone of one output: the cells of every level that it sees, on one ruler, and these as dots with threads.

A step holds the cells of its channels side by side; a cell stands on its own step, or, where a layer has strides, over
the middle of what it reads. This module knows a script's paths and pieces; which of it stands on which board a story
says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from copy import copy
from dataclasses import replace
from typing import Any

from convexplain.board import pieces, tiles
from convexplain.board.marks import COLUMN, CONTEXT, DIGIT, FULL, SMALL, TEXT, Draft, Format, Key, Mark, Role
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.many_layers import taps, ways
from convexplain.stories.many_layers.ways import Way
from convexplain.stories.script import Script

MOST_CHANNELS, MOST_STEPS, MOST_TILES = 4, 24, 240
"""What a picture has room for; the rest is counted and summed."""
NARROWEST = 990.0
"""The width of the time axis in the narrowest format."""
DOT, MOST_SAID = 40.0, 48.0
"""The dot of a cell between is at most so wide, and in the smallest size a number that is written into the output's."""
FEW = 40
"""Fewer paths than these are drawn with thicker threads."""
STEP = "step *t*"
"""What the ruler counts."""


def is_whole(*numbers: Number) -> bool:
    """Whether numbers can be counted in bricks."""
    return all(number.value.denominator == 1 for number in numbers)


class Cone:
    """What one output sees, in one format."""

    def __init__(self, script: Script, form: Format, base: int = 0) -> None:
        self.script, self.form, self.cell, self.base = script, form, script.cell, base
        self.ways, self.result = script.ways(script.cell, base), script.output(*script.cell)
        self.levels = tuple(range(base, script.level + 1))
        self.read = dict(zip(self.levels, self.ways.cone, strict=True))
        self.channels = {
            level: tuple(sorted({cell.channel for cell in cells}))[:MOST_CHANNELS] for level, cells in self.read.items()
        }
        self.layers = {level: script.source.stack.layers[level - 1] for level in self.levels[1:]}
        self.is_aligned = all(layer.strides == 1 for layer in self.layers.values())
        self.steps = script.source.stack.shapes[base][0]
        needed = {cell.step for level in self.levels if self.is_aligned or level == base for cell in self.read[level]}
        self.places, self.next = columns(needed, MOST_STEPS - 1), ways.following(script, base)
        # in a film with room for what the output beside sees: there the weights slide on
        seen = script.ways(self.next, base).joined if self.next and not form.points and None not in self.places else ()
        more = {own.cell.step for own in seen}.difference(self.places)
        self.extra = len(more) if len(more) < 3 else 0
        places = tuple(sorted([*self.places, *more])) if self.extra else tuple(self.places)
        close, room = Axis(places, form.names, 1.0, self.steps), form.width - form.margin
        self.close = replace(close, pitch=min(380.0, (room - form.names) / (close.right - close.left)))
        everything: Iterable[int] = range(self.steps) if self.steps <= MOST_STEPS else needed
        wide = Axis(tuple(columns(everything, MOST_STEPS)), form.names, 1.0, self.steps)
        self.wide = replace(wide, pitch=(room - form.names) / (wide.right - wide.left))
        self.shown = [own for own in self.ways.joined if self.is_shown(base, own.cell)]
        self.paths = list(ways.walk(script, script.cell, base, self.is_shown))
        self.told = max(self.paths, key=self._telling, default=None)
        self.is_striped = taps.is_striped(self)
        is_said = advance(runs_of(self.result.text)) * SMALL < MOST_SAID
        self.bead = 92.0 if is_said else 60.0
        # the rows from close by, with room for the samples of the output beside
        self.near = {own.cell: own.sample for own in [*self.shown, *(self.beside().shown if self.next else ())]}
        values = [number.value for number in self.near.values()]
        up, down = benches.extent(values)
        self.unit = benches.unit_of(0.13 * form.height, up + down, values, 44.0)
        self.foot = benches.TOP + 48.0 + up * self.unit
        self.top = self.foot + down * self.unit + 6
        x, start = self.at(script.level, self.cell), self.close.x(self.places[0] or 0) - self.close.pitch / 2
        self.is_left = len(self.levels) < 5 and start < x < start + 0.3 * self.across(self.close)
        below = 54.0 if self.is_left else 172.0  # a calculation beside the output, or under it
        bottom, count = form.height - 156.0 - below, len(self.levels) - 1
        self.work = bottom if self.is_left else form.height - 214.0  # its middle
        share = (bottom - self.top - 14) / (count + 0.1)
        self.heights = {level: self.top + 14 + share * (n + 0.1 * (n > 0)) for n, level in enumerate(self.levels)}

    def beside(self, relu: bool = False) -> Cone:
        """The same picture for the output beside, as if each layer below were followed by a ``relu``. Where it has no
        room every sample stands where the one stood that has its weight.
        """
        assert self.next is not None
        seen, cone = self.script.ways(self.next, self.base, relu), copy(self)
        if not self.extra:
            by = seen.joined[0].cell.step - self.ways.joined[0].cell.step
            steps = tuple(None if step is None else step + by for step in self.close.steps)
            cone.close = replace(self.close, steps=steps)
        cone.cell, cone.ways = self.next, seen
        cone.result = self.script.written(seen.total) if relu else self.script.output(*self.next)
        cone.shown = [own for own in seen.joined if cone.is_shown(self.base, own.cell)]
        return cone

    @property
    def aside(self) -> float:
        """Where a calculation begins: beside the output, or at the left."""
        return self.at(self.script.level, self.cell) + self.bead / 2 + 56.0 if self.is_left else self.form.names

    def _telling(self, way: Way) -> tuple[Any, ...]:
        """Which path is told: one that is on, of a sample that starts many, with a large product and few factors 1."""
        many = {own.cell: own.paths for own in self.shown}
        is_telling = way.is_on and way.product.value != 0
        factors = sum(tap.value != 1 for tap in way.taps)
        return is_telling, 2 * many[way.cells[0]] > max(many.values()), abs(way.product.value), factors

    def size(self, axis: Axis, level: int, numbers: Iterable[Number]) -> float:
        """The size of numbers in the places of a level; 0 where some format has no room for each of them."""
        texts, share = [number.text for number in numbers], self.slot(axis, level) / axis.pitch
        narrow = share * (COLUMN.width - COLUMN.margin - COLUMN.names) * axis.pitch / self.across(axis)
        if not benches.fitting(narrow - 4, texts, (SMALL, 0.0)):
            return 0.0
        return SMALL if self.form.is_narrow else benches.fitting(share * axis.pitch - 8, texts)

    # names of keys, and roles

    def key(self, level: int, cell: Cell) -> Key:
        """A cell's key."""
        return (f"y{level}" if level else "x", *cell)

    def role(self, level: int, channel: int) -> Role:
        """The hue of a channel; one channel alone is a plain signal, the output ink."""
        if level == self.script.level:
            return "output"
        return f"channel {channel}" if self.script.source.stack.shapes[level][1] > 1 else "sample"

    def thread_role(self, level: int, cell: Cell, source: Cell) -> Role:
        """A thread has the hue of the cell it leads to; the last one that of the cell it comes from."""
        last = level == self.script.level
        role = self.role(level - 1, source.channel) if last else self.role(level, cell.channel)
        return "kernel" if role == "sample" else role

    def hue(self, way: Way) -> Role:
        """The hue of a path: of the channel it passes last."""
        return self.thread_role(self.script.level, way.cells[-1], way.cells[-2])

    # places

    def x(self, axis: Axis, level: int, cell: Cell) -> float:
        """Where a cell stands; 0 where its step is not shown."""
        middle, own = self.middle(axis, level, cell.step), self.channels[level]
        if middle is None or cell.channel not in own:
            return 0.0
        return middle + (own.index(cell.channel) - (len(own) - 1) / 2) * self.slot(axis, level)

    def at(self, level: int, cell: Cell) -> float:
        """Where a cell stands from close by."""
        return self.x(self.close, level, cell)

    def across(self, axis: Axis) -> float:
        """How wide an axis is, without the room for the output beside."""
        return axis.right - axis.left - self.extra * axis.pitch * (axis is self.close)

    def slot(self, axis: Axis, level: int) -> float:
        """The width that a channel has in its step."""
        return 0.84 * axis.pitch / max(1, len(self.channels[level]))

    def middle(self, axis: Axis, level: int, step: int) -> float | None:
        """Where the middle of a step stands; None where it is not shown."""
        if self.is_aligned or level == self.base:
            return axis.x(step) if axis.has(step) else None
        xs = [x for x in (self.middle(axis, level - 1, source) for source in self.reads(level, step)) if x is not None]
        return sum(xs) / len(xs) if xs else None

    def is_shown(self, level: int, cell: Cell) -> bool:
        """Whether a cell has a place."""
        return cell.channel in self.channels[level] and self.middle(self.close, level, cell.step) is not None

    # levels

    def row(
        self,
        draft: Draft,
        axis: Axis,
        level: int,
        numbers: Mapping[Cell, Number],
        foot: float,
        unit: float,
        size: float = 0.0,
        lit: Collection[Cell] | None = None,
        aside: float = 0.0,
    ) -> None:
        """Cells of a level as bars, written in a ``size``. Those ``lit`` (all when None) are meant; the others are
        stems, or bars of a light ``aside``.
        """
        pieces.baseline(draft, ("level", level), axis.left, axis.right, foot)
        width = min(pieces.WIDEST, 0.75 * self.slot(axis, level))
        for cell, number in numbers.items():
            meant, key = lit is None or cell in lit, self.key(level, cell)
            x, role, bricks = self.x(axis, level, cell), self.role(level, cell.channel), is_whole(number)
            bar = meant or aside > 0
            pieces.column(draft, key, number, x, foot, width, unit, role, bar, bricks and unit > 14)
            if bar and not meant:
                draft.change([(*key, "bar")], light=aside)
            if size and bar:
                pieces.digits(draft, key, number.text, size=size, role="ink" if meant else "quiet")

    def numbers(self, axis: Axis, level: int) -> dict[Cell, Number]:
        """The cells of a level that have a place on an axis, with their numbers."""
        steps = [n for n in range(self.script.source.stack.shapes[level][0]) if self.middle(axis, level, n) is not None]
        cells = [Cell(step, channel) for step in steps for channel in self.channels[level]]
        return {cell: self.script.number(("cell", level, *cell)) for cell in cells}

    def named(self, draft: Draft, level: int, foot: float) -> None:
        """A level's name, and below it how many channels it has, each with its hue; of the output, its layer."""
        last, channels = level == self.script.level, self.script.source.stack.shapes[level][1]
        name = "input *x*" if level == 0 else "output" if last else f"layer {level}"
        more = f"layer {level}" if last else f"{channels} channels" if channels > 1 else ""
        over = min(40.0 * bool(more), foot - pieces.RULER - 52.0)
        pieces.name(draft, ("level", level), name, foot - over, "ink" if last else "quiet")
        if more:
            pieces.note(draft, ("level", level), more, self.form.margin, foot - over + 40 - DIGIT * SMALL / 2)

    def reads(self, level: int, step: int) -> set[int]:
        """The steps below that a step of a level reads."""
        layer, shape = self.layers[level], self.script.source.stack.shapes[level - 1]
        return {term.source.step for term in layer.terms(shape, Cell(step, 0)) if not term.padded}

    # levels as dots

    def samples(self, draft: Draft, lit: Collection[Cell] | None = None) -> None:
        """The samples that paths start at, with their numbers where every format has room for them; those that are not
        ``lit`` recede, and with them those that the output beside sees, where they have room.
        """
        numbers = {cell: number for cell, number in self.near.items() if self.is_shown(self.base, cell)}
        size, seen = self.size(self.close, self.base, self.near.values()), [own.cell for own in self.shown]
        meant = seen if lit is None else lit
        self.named(draft, self.base, self.foot)
        self.row(draft, self.close, self.base, numbers, self.foot, self.unit, size, meant, CONTEXT)
        for cell in lit or () if not size else ():
            said = SMALL if self.form.is_narrow else TEXT
            pieces.digits(draft, self.key(self.base, cell), numbers[cell].text, size=said)
        others = {self.key(self.base, cell) for cell in numbers if cell not in seen}
        draft.change([key for key in draft.marks if key[:-1] in others], about=None)

    def dots(self, draft: Draft, lit: Collection[tuple[int, Cell]] | None = None, off: bool = False) -> None:
        """The cells between base and output as dots, and the output. With ``off``, what a relu switches off is
        hollow.
        """
        for level in self.levels[1:-1]:
            self.named(draft, level, self.heights[level] + 11)
            for cell in (cell for cell in self.read[level] if self.is_shown(level, cell)):
                mark = self._dot(draft, level, cell, FULL if lit is None or (level, cell) in lit else CONTEXT)
                if off and not ways.is_on(self.script, level, cell):
                    draft.marks[(*self.key(level, cell), "bar")] = mark.at(hollow=True, size=3.0)
        self.output(draft)

    def output(self, draft: Draft) -> None:
        """The output as a dot, with its number where that fits in every format."""
        level, number, key = self.script.level, self.result, self.key(self.script.level, self.cell)
        self.named(draft, level, self.heights[level] + 11)
        mark = self._dot(draft, level, self.cell, FULL)
        if advance(runs_of(number.text)) * SMALL < MOST_SAID:
            shown = words(number.text, mark.x, mark.y, TEXT if self.bead > 80 else SMALL, light=0.0, z=3)
            draft.put("dot", (*key, "digits"), shown.at(about=number.about, rides=(*key, "bar")))

    def _dot(self, draft: Draft, level: int, cell: Cell, light: float) -> Mark:
        at, look = (self.at(level, cell), self.heights[level], self.disc(level)), dict[str, Any](light=light, z=2)
        role, about = self.role(level, cell.channel), ("cell", level, *cell)
        return tiles.disc(draft, self.key(level, cell), role, *at, about=about, **look)

    def disc(self, level: int) -> float:
        """How wide the dot of a cell is."""
        return self.bead if level == self.script.level else min(DOT, 0.7 * self.slot(self.close, level))

    def edges(self, paths: Iterable[Way]) -> Iterator[tuple[Key, int, Cell, Cell]]:
        """The threads of some paths, each once: (key, level, the cell it leads to, the cell it comes from)."""
        seen = set()
        for way in paths:
            for place, level in enumerate(self.levels[1:]):
                k, c = way.at[2 * (len(way.taps) - 1 - place) : 2 * (len(way.taps) - place)]
                key = ("edge", level, *way.cells[place + 1], k, c)
                if key not in seen:
                    seen.add(key)
                    yield key, level, way.cells[place + 1], way.cells[place]

    @property
    def thickness(self) -> float:
        """The thickness of a thread where all are drawn."""
        return tiles.THREAD if len(self.paths) > FEW else tiles.MEANT

    def threads(self, draft: Draft, paths: Iterable[Way], size: float = tiles.THREAD, fade: bool = False) -> None:
        """The threads of some paths. With ``fade`` those to and from a cell that a relu switches off recede."""
        below, x = self.levels[-2], self.at(self.script.level, self.cell)
        reach = max([1.0, *(abs(self.at(below, cell) - x) for cell in self.read[below] if self.is_shown(below, cell))])
        for key, level, cell, source in self.edges(paths):
            last = level == self.script.level
            start = (self.at(level - 1, source), self.heights[level - 1])
            end = (self.at(level, cell), self.heights[level] - (self.disc(level) / 2 if last else 0))
            met = [(level - 1, source)] * (level - 1 > self.base) + [(level, cell)] * (not last)
            meant = not fade or all(ways.is_on(self.script, *own) for own in met)
            own = self.channels[level]
            share = own.index(cell.channel) / (len(own) - 1) if len(own) > 1 else 0.5
            # at the output the farther one comes the later it crosses over, past those that are nearer
            late = 0.36 * ((abs(start[0] - end[0]) / reach if last else share) - 0.5)
            role, about = self.thread_role(level, cell, source), ("term", level, *cell, *key[-2:])
            more: dict[str, Any] = dict(light=FULL if meant else CONTEXT, z=1 if meant else 0, about=about)
            tiles.thread(draft, key, start, end, role, size, late, **more)


def columns(steps: Iterable[int], most: int) -> list[int | None]:
    """The places of an axis that shows some steps: the whole stretch where it fits, else the steps with a gap between
    those that are no neighbours, else the first and the last of them.
    """
    wanted = sorted(set(steps))
    if wanted[-1] - wanted[0] < most:
        return list(range(wanted[0], wanted[-1] + 1))
    spaced: list[int | None] = []
    for step in wanted:
        if spaced and step - (spaced[-1] or 0) > 1:
            spaced.append(None)
        spaced.append(step)
    if len(spaced) > most:
        half = min(6, (most - 1) // 2)
        first, last = spaced[:half], spaced[-half:]
        spaced = [*first, *last] if None in (first[-1], last[0]) else [*first, None, *last]
    return spaced
