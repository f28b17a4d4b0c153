"""The cone of one output: the cells of every level that it sees, on one ruler, and these as dots with threads.

A step holds the cells of its channels side by side; a cell stands on its own step, or, where a layer has strides, over
the middle of what it reads. This module knows a script's paths and pieces; which of it stands on which board a story
says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from convexplain.board import pieces, tiles
from convexplain.board.marks import COLUMN, CONTEXT, DIGIT, FULL, SMALL, TEXT, Draft, Format, Key, Role
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.many_layers import taps, ways
from convexplain.stories.many_layers.ways import Way
from convexplain.stories.script import Script

MOST_CHANNELS, MOST_STEPS, MOST_TILES = 4, 24, 240
"""What a picture has room for; the rest is counted and summed."""
NARROWEST = 990.0
"""The width of the time axis in the narrowest format."""
BEAD, DOT = 48.0, 40.0
"""How wide the dot of the output is, and at most that of a cell between."""
FEW = 40
"""Fewer paths than these are drawn with thicker threads."""
STEP = "step *t*"
"""What the ruler counts."""
BEAM = 0.3
"""How much of the ground a beam covers."""


def is_whole(*numbers: Number) -> bool:
    """Whether numbers can be counted in bricks."""
    return all(number.value.denominator == 1 for number in numbers)


class Cone:
    """What one output sees, in one format."""

    def __init__(self, script: Script, form: Format, base: int = 0) -> None:
        self.script, self.form, self.cell, self.base = script, form, script.cell, base
        self.ways = script.ways(script.cell, base)
        self.levels = tuple(range(base, script.level + 1))
        self.read = dict(zip(self.levels, self.ways.cone, strict=True))
        self.channels = {
            level: tuple(sorted({cell.channel for cell in cells}))[:MOST_CHANNELS] for level, cells in self.read.items()
        }
        self.layers = {level: script.source.stack.layers[level - 1] for level in self.levels[1:]}
        self.is_aligned = all(layer.strides == 1 for layer in self.layers.values())
        self.steps = script.source.stack.shapes[base][0]
        needed = {cell.step for level in self.levels if self.is_aligned or level == base for cell in self.read[level]}
        self.places = columns(needed, MOST_STEPS - 1)
        close, room = Axis(tuple(self.places), form.names, 1.0, self.steps), form.width - form.margin
        self.close = replace(close, pitch=min(380.0, (room - form.names) / (close.right - close.left)))
        everything: Iterable[int] = range(self.steps) if self.steps <= MOST_STEPS else needed
        wide = Axis(tuple(columns(everything, MOST_STEPS)), form.names, 1.0, self.steps)
        self.wide = replace(wide, pitch=(room - form.names) / (wide.right - wide.left))
        self.shown = [own for own in self.ways.joined if self.is_shown(base, own.cell)]
        self.paths = list(ways.walk(script, script.cell, base, self.is_shown))
        self.told = max(self.paths, key=self._telling, default=None)
        self.is_striped = taps.is_striped(self)

    def _telling(self, way: Way) -> tuple[Any, ...]:
        """Which path is told: one that is on, of a sample that starts many, with a large product and few factors 1."""
        many = {own.cell: own.paths for own in self.shown}
        is_telling = way.is_on and way.product.value != 0
        factors = sum(tap.value != 1 for tap in way.taps)
        return is_telling, 2 * many[way.cells[0]] > max(many.values()), abs(way.product.value), factors

    def size(self, axis: Axis, level: int, numbers: Iterable[Number], largest: float = TEXT) -> float:
        """The size of numbers in the places of a level; 0 where some format has no room for each of them."""
        texts, share = [number.text for number in numbers], self.slot(axis, level) / axis.pitch
        narrow = share * (COLUMN.width - COLUMN.margin - COLUMN.names) * axis.pitch / (axis.right - axis.left)
        if not benches.fitting(narrow - 4, texts, (SMALL, 0.0)):
            return 0.0
        return SMALL if self.form.is_narrow else benches.fitting(share * axis.pitch - 8, texts, (largest, TEXT, SMALL))

    # names of keys, and roles

    def key(self, level: int, cell: Cell) -> Key:
        """A cell's key."""
        return (f"y{level}" if level else "x", *cell)

    def edge(self, level: int, cell: Cell, k: int, c: int) -> Key:
        """The key of the thread that a tap is, into a cell."""
        return ("edge", level, *cell, k, c)

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

    # places

    def x(self, axis: Axis, level: int, cell: Cell) -> float | None:
        """Where a cell stands; None where its step is not shown."""
        middle = self.middle(axis, level, cell.step)
        if middle is None:
            return None
        own = self.channels[level]
        return middle + (own.index(cell.channel) - (len(own) - 1) / 2) * self.slot(axis, level)

    def slot(self, axis: Axis, level: int) -> float:
        """The width that a channel has in its step."""
        return 0.84 * axis.pitch / max(1, len(self.channels[level]))

    def middle(self, axis: Axis, level: int, step: int) -> float | None:
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
            x, role, bricks = self.x(axis, level, cell) or 0.0, self.role(level, cell.channel), is_whole(number)
            bar = meant or aside > 0
            pieces.column(draft, key, number, x, foot, width, unit, role, bar, bricks and unit > 14)
            if bar and not meant:
                draft.change([(*key, "bar")], light=aside)
            if size and bar:
                pieces.digits(draft, key, number.text, size=size, role="ink" if meant else "quiet")

    def numbers(self, axis: Axis, level: int) -> dict[Cell, Number]:
        """The cells of a level that have a place on an axis, with their numbers."""
        steps, channels = self.script.source.stack.shapes[level][0], self.channels[level]
        cells = (Cell(step, channel) for step in range(steps) for channel in channels)
        shown = [cell for cell in cells if self.middle(axis, level, cell.step) is not None]
        return {cell: self.script.number(("cell", level, *cell)) for cell in shown}

    def named(self, draft: Draft, level: int, foot: float, centred: bool = False) -> None:
        """A level's name, and below it how many channels it has, each with its hue; of the output, its layer."""
        last, channels = level == self.script.level, self.script.source.stack.shapes[level][1]
        name = "input" if level == 0 else "output" if last else f"layer {level}"
        more = f"layer {level}" if last else f"{channels} channels" if channels > 1 else ""
        over = 40.0 * bool(more) * (0.5 if centred else 1.0)
        pieces.name(draft, ("level", level), name, foot - over, "ink" if last else "quiet")
        if more:
            pieces.note(draft, ("level", level), more, self.form.margin, foot - over + 40 - DIGIT * SMALL / 2)

    def reads(self, level: int, step: int) -> set[int]:
        """The steps below that a step of a level reads."""
        layer, shape = self.layers[level], self.script.source.stack.shapes[level - 1]
        return {term.source.step for term in layer.terms(shape, Cell(step, 0)) if not term.padded}

    # levels as dots

    @property
    def is_left(self) -> bool:
        """Whether the output stands so far left that there is room beside it."""
        x = self.middle(self.close, self.script.level, self.cell.step)
        return (
            len(self.levels) < 4 and x is not None and x < self.close.left + 0.3 * (self.close.right - self.close.left)
        )

    def aside(self) -> float:
        """Where a calculation begins: right of the output, or below it."""
        x = self.middle(self.close, self.script.level, self.cell.step) or 0.0
        return x + (70.0 if self.form.is_narrow else 150.0) if self.is_left else self.form.names

    def heights(self) -> dict[int, float]:
        """The y of each level's dots; that of the base is where its threads begin."""
        below = (
            34.0 if self.is_left else 96.0 if self.form.is_narrow else 172.0
        )  # a calculation stands under the output
        top, bottom = self.top + 14, self.form.height - 156.0 - below
        count, first = len(self.levels) - 1, 1.1
        share = (bottom - top) / (count - 1 + first)
        places = [0.0, *(first + place for place in range(count))]
        return {level: top + share * place for level, place in zip(self.levels, places, strict=True)}

    @property
    def _above(self) -> float:
        """The room for the numbers of the samples."""
        return 40.0 if self.form.is_narrow else 52.0

    @property
    def top(self) -> float:
        """The lower end of the bars of the base."""
        return benches.TOP + self._above + 6 + sum(self._extent) * self.unit

    @property
    def _extent(self) -> tuple[float, float]:
        return benches.extent(own.sample.value for own in self.shown)

    @property
    def unit(self) -> float:
        """The height of a number 1 of the base."""
        values = [own.sample.value for own in self.shown]
        return benches.unit_of(0.13 * self.form.height, sum(self._extent), values, 44.0)

    def samples(self, draft: Draft, lit: Collection[Cell] | None = None) -> None:
        """The samples that paths start at, with their numbers where every format has room for them; those that are not
        ``lit`` recede.
        """
        foot, numbers = benches.TOP + self._above + self._extent[0] * self.unit, {o.cell: o.sample for o in self.shown}
        size = self.size(self.close, self.base, numbers.values())
        self.named(draft, self.base, foot)
        self.row(draft, self.close, self.base, numbers, foot, self.unit, size, lit, CONTEXT)
        for cell in lit or () if not size else ():
            said = SMALL if self.form.is_narrow else TEXT
            pieces.digits(draft, self.key(self.base, cell), numbers[cell].text, size=said)

    def at(self, axis: Axis, cell: Cell) -> float:
        """Where a shown cell of the base stands."""
        return self.x(axis, self.base, cell) or 0.0

    def dots(self, draft: Draft, lit: Collection[tuple[int, Cell]] | None = None, off: bool = False) -> None:
        """The cells between base and output as dots, and the output. With ``off``, what a relu switches off is
        hollow.
        """
        heights = self.heights()
        for level in self.levels[1:-1]:
            self.named(draft, level, heights[level] + 11, True)
            for cell in self.read[level]:
                if self.is_shown(level, cell):
                    hollow = off and not ways.is_on(self.script, level, cell)
                    x, role = self.x(self.close, level, cell) or 0.0, self.role(level, cell.channel)
                    light = FULL if lit is None or (level, cell) in lit else CONTEXT
                    more: dict[str, Any] = dict(hollow=True, size=3.0) if hollow else {}
                    more |= dict(about=("cell", level, *cell), light=light, z=2)
                    tiles.disc(draft, self.key(level, cell), role, x, heights[level], self.disc(level), **more)
        self.output(draft)

    def output(self, draft: Draft) -> None:
        """The output as a dot, with its number where that fits."""
        level, height = self.script.level, self.heights()[self.script.level]
        self.named(draft, level, height + 11, True)
        number, key = self.script.output(*self.cell), self.key(level, self.cell)
        x = self.x(self.close, level, self.cell) or 0.0
        role, about = self.role(level, self.cell.channel), ("cell", level, *self.cell)
        tiles.disc(draft, key, role, x, height, self.disc(level), about=about, z=2)
        shown = words(number.text, x, height, SMALL, light=0.0, z=3)
        if shown.width < BEAD - 10:
            draft.put("dot", (*key, "digits"), shown.at(about=number.about, rides=(*key, "bar")))

    def disc(self, level: int) -> float:
        """How wide the dot of a cell is."""
        return BEAD if level == self.script.level else min(DOT, 0.7 * self.slot(self.close, level))

    def edges(self, paths: Iterable[Way]) -> Iterator[tuple[Key, int, Cell, Cell]]:
        """The threads of some paths, each once: (key, level, the cell it leads to, the cell it comes from)."""
        seen = set()
        for way in paths:
            for place, level in enumerate(self.levels[1:]):
                k, c = way.at[2 * (len(way.taps) - 1 - place) : 2 * (len(way.taps) - place)]
                key = self.edge(level, way.cells[place + 1], k, c)
                if key not in seen:
                    seen.add(key)
                    yield key, level, way.cells[place + 1], way.cells[place]

    @property
    def thickness(self) -> float:
        """The thickness of a thread where all are drawn."""
        return tiles.THREAD if len(self.paths) > FEW else tiles.MEANT

    def threads(self, draft: Draft, paths: Iterable[Way], size: float = tiles.THREAD, fade: bool = False) -> None:
        """The threads of some paths. With ``fade`` those to and from a cell that a relu switches off recede."""
        heights = self.heights()
        for key, level, cell, source in self.edges(paths):
            last = level == self.script.level
            start = (self.x(self.close, level - 1, source) or 0.0, heights[level - 1])
            end = (self.x(self.close, level, cell) or 0.0, heights[level] - (self.disc(level) / 2 if last else 0))
            met = [(level - 1, source)] if level - 1 > self.base else []
            met += [] if last else [(level, cell)]
            meant = not fade or all(ways.is_on(self.script, *own) for own in met)
            hue = self.channels[level - 1].index(source.channel) if last else self.channels[level].index(cell.channel)
            beside = len(self.channels[level - 1 if last else level]) - 1
            late = 0.36 * (hue / beside - 0.5) if beside else 0.0
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
