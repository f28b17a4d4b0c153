"""The cone of one output: the cells of every level that it sees, on one ruler, as signals or as dots with threads.

A step holds the cells of its channels side by side; a cell stands on its own step, or, where a layer has strides, over
the middle of what it reads. This module knows a script's paths and pieces; which of it stands on which board a story
says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any

from convexplain.board import pieces, tiles
from convexplain.board.marks import COLUMN, CONTEXT, DIGIT, FULL, SMALL, TEXT, Draft, Format, Key, Role, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import taps, ways
from convexplain.stories.script import Script
from convexplain.stories.ways import Way

MOST_CHANNELS, MOST_STEPS, MOST_TILES = 4, 24, 240
"""What a picture has room for; the rest is counted and summed."""
NARROWEST = 990.0
"""The width of the time axis in the narrowest format."""
BEAD, DOT = 64.0, 24.0
"""The largest disc with a number in it, and without."""
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
        self.close = self.axis(1.0)
        room = form.width - form.margin
        everything: Iterable[int] = range(self.steps) if self.steps <= MOST_STEPS else needed
        wide = Axis(tuple(columns(everything, MOST_STEPS)), form.names, 1.0, self.steps)
        self.wide = replace(wide, pitch=(room - form.names) / (wide.right - wide.left))
        self.shown = [own for own in self.ways.joined if self.is_shown(base, own.cell)]
        self.paths = list(ways.walk(script, script.cell, base, self.is_shown))
        self.told = max(self.paths, key=self._telling, default=None)
        self.close = self.open()
        self.is_striped = taps.is_striped(self)

    def _telling(self, way: Way) -> tuple[Any, ...]:
        """Which path is told: one that is on, of a sample that starts many, with a large product of factors that are not 1."""
        many = {own.cell: own.paths for own in self.shown}
        is_telling = way.is_on and way.product.value != 0
        factors = sum(tap.value != 1 for tap in way.taps)
        return is_telling, 2 * many[way.cells[0]] > max(many.values()), abs(way.product.value), factors

    def axis(self, extra: float) -> Axis:
        """The steps that the output sees, with room for ``extra`` more places after them."""
        whole = Axis(tuple(self.places), self.form.names, 1.0, self.steps)
        room = self.form.width - self.form.margin - self.form.names
        return replace(whole, pitch=min(380.0, room / (whole.right - whole.left + extra)))

    @property
    def narrowest_pitch(self) -> float:
        """How wide a step of the whole input is in the narrowest format."""
        return (COLUMN.width - COLUMN.margin - COLUMN.names) * self.wide.pitch / (self.wide.right - self.wide.left)

    def open(self) -> Axis:
        """The steps that the output sees; where the kernel does not slide on, with room for what the output is the sum
        of besides, and for the output.
        """
        if self.is_sliding:
            return self.axis(0)
        return self.axis(1 + (len(self.shown) < len(self.ways.joined)) + (self.ways.bias is not None))

    @cached_property
    def is_sliding(self) -> bool:
        """Whether every output is made by the told one's joined kernel, and has a place."""
        steps, own = self.script.shape[0], self.ways.joined
        if not self.is_aligned or not self.shown or self.steps > MOST_STEPS or not 1 < steps <= MOST_STEPS:
            return False
        if len(self.shown) < len(own):
            return False
        every = (self.script.ways(Cell(step, self.cell.channel), self.base) for step in range(steps))
        weights = [joined.weight.value for joined in own]
        return all([j.weight.value for j in w.joined] == weights and w.bias == self.ways.bias for w in every)

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
        middle = self._middle(axis, level, cell.step)
        if middle is None or level == self.script.level:
            return middle
        own = self.channels[level]
        return middle + (own.index(cell.channel) - (len(own) - 1) / 2) * self.slot(axis, level)

    def slot(self, axis: Axis, level: int) -> float:
        """The width that a channel has in its step."""
        return 0.84 * axis.pitch / max(1, len(self.channels[level])) if level < self.script.level else axis.bar

    def _middle(self, axis: Axis, level: int, step: int) -> float | None:
        if self.is_aligned or level == self.base:
            return axis.x(step) if axis.has(step) else None
        xs = [
            x for x in (self._middle(axis, level - 1, source) for source in self._reads(level, step)) if x is not None
        ]
        return sum(xs) / len(xs) if xs else None

    def is_shown(self, level: int, cell: Cell) -> bool:
        """Whether a cell has a place."""
        return cell.channel in self.channels[level] and self._middle(self.close, level, cell.step) is not None

    # levels as signals

    def signals(
        self,
        draft: Draft,
        lit: dict[int, Collection[Cell]] | None = None,
        made: dict[int, Collection[int]] | None = None,
    ) -> dict[int, tuple[float, float]]:
        """Every level as a row of bars, the told filter alone of the last one. ``lit`` cells, by level, are meant; all
        when None. Of the levels in ``made`` only these steps are there; one without steps has no row yet, and the
        others have its room. Returns the top and the foot of each row.
        """
        axis, made = self.wide, made or {}
        levels = [level for level in self.levels if level not in made or made[level]]
        size = self._written({level: self._numbers(axis, level) for level in self.levels})
        numbers = {level: self._numbers(axis, level) for level in levels}
        extents = {level: benches.extent(n.value for n in numbers[level].values()) for level in levels}
        above = 0.7 * size + 14.0
        scales, heights = self._scales(extents, numbers, above)
        rows, top = {}, benches.TOP - 4.0
        for level in levels:
            scale, (up, down) = scales[level], extents[level]
            foot = top + above + max(30.0, up * scale)
            rows[level] = (top, foot + down * scale)
            top += heights[level]
            last = level == self.script.level
            name = "input" if level == 0 else "output" if last else f"layer {level}"
            lines = 40.0 if last or self.script.source.stack.shapes[level][1] > 1 else 0.0
            pieces.name(draft, ("level", level), name, foot - lines, "ink" if last else "quiet")
            self.counted(draft, level, foot)
            if last:
                pieces.note(draft, ("level", level), f"layer {level}", self.form.margin, foot - DIGIT * SMALL / 2)
            pieces.baseline(draft, ("level", level), axis.left, axis.right, foot)
            width = min(90.0, 0.8 * self.slot(axis, level))
            for cell, number in numbers[level].items():
                if level in made and cell.step not in made[level]:
                    continue
                meant = lit is None or cell in lit.get(level, ())
                whole = number.value.denominator == 1 and scale > 14
                x, role, key = self.x(axis, level, cell) or 0.0, self.role(level, cell.channel), self.key(level, cell)
                pieces.column(draft, key, number, x, foot, width, scale, role, meant, whole)
                if size and meant:
                    pieces.digits(draft, key, number.text, size=size)
        return rows

    def _written(self, numbers: dict[int, dict[Cell, Number]]) -> float:
        """The size at which every cell of every level is written; 0 where some format has no room for that."""
        size = 2 * SMALL
        for level, own in numbers.items():
            texts = [number.text for number in own.values()]
            share = 0.84 / len(self.channels[level]) if level < self.script.level else 0.84
            if not benches.fitting(share * self.narrowest_pitch, texts, (SMALL, 0.0)):
                return 0.0
            size = min(size, benches.fitting(share * self.wide.pitch - 8, texts, (TEXT, SMALL)))
        return size

    def zone(self, level: int, last: int) -> float:
        """The room below a row where ``last`` is the lowest: for the kernels that make that, or for beams."""
        low = self.form.is_narrow
        if level == last:
            return 8.0
        if not self.is_striped or level < last - 1:
            return 28.0 if low else 84.0
        return self.lines(level + 1) * (taps.height(self.form) + taps.BETWEEN) + (16.0 if low else 84.0)

    def lines(self, level: int) -> int:
        """How many filters of a level are told."""
        return len({cell.channel for cell in self.read[level]})

    def _scales(
        self, extents: dict[int, tuple[float, float]], numbers: dict[int, dict[Cell, Number]], above: float
    ) -> tuple[dict[int, float], dict[int, float]]:
        """The unit of each level's row, the same for all where their numbers are of a size, and the rows' heights, with
        room ``above`` the bars for their numbers and below them for what is computed.
        """
        reach = {level: up + down for level, (up, down) in extents.items()}
        zones = sum(self.zone(level, max(reach)) for level in reach)
        room = self.form.height - 156 - benches.TOP + 8.0
        same = all(max(reach.values()) < 6 * own for own in reach.values() if own)
        values = [number.value for own in numbers.values() for number in own.values()]
        free = max(40.0, room - above * len(reach) - zones)
        unit = benches.unit_of(free, sum(reach.values()), values, 56.0)
        scales = {level: unit if same or not own else free / len(reach) / own for level, own in reach.items()}

        def height(level: int) -> float:
            up, down = (part * scales[level] for part in extents[level])
            least = 0.0 if self.is_striped else 104.0
            return max(least, above + self.zone(level, max(reach)) + max(30.0, up) + down)

        while sum(heights := [height(level) for level in reach]) > room + 1 and max(scales.values()) > 1e-12:
            scales = {level: 0.95 * scale for level, scale in scales.items()}
            if not self.is_striped and all(height(level) <= 104.0 for level in reach):
                break
        return scales, dict(zip(reach, heights, strict=True))

    def _numbers(self, axis: Axis, level: int) -> dict[Cell, Number]:
        """The cells of a level that are shown, with their numbers."""
        steps, channels = self.script.source.stack.shapes[level], self.channels[level]
        cells = [Cell(step, channel) for step in range(steps[0]) for channel in channels]
        shown = [cell for cell in cells if self._middle(axis, level, cell.step) is not None]
        return {cell: self.script.number(("cell", level, *cell)) for cell in shown}

    def counted(self, draft: Draft, level: int, y: float) -> None:
        """How many channels a level has, under its name: each has its hue."""
        channels = self.script.source.stack.shapes[level][1]
        if channels > 1 and level < self.script.level:
            pieces.note(draft, ("channels", level), f"{channels} channels", self.form.margin, y - DIGIT * SMALL / 2)

    def beams(self, draft: Draft, level: int, rows: dict[int, tuple[float, float]], axis: Axis) -> None:
        """From each step above that the output sees a beam to the cells of a level that it reads, and over these: where
        two overlap it is brighter, and few have an outline each. ``rows`` are the top and the foot of each row.
        """
        (top, bottom), to = rows[level], rows[level + 1][0] - 18.0
        top -= 8.0
        steps = sorted({cell.step for cell in self.read[level + 1]})
        for step in steps:
            x = self._middle(axis, level + 1, step)
            xs = [
                m for m in (self._middle(axis, level, read) for read in self._reads(level + 1, step)) if m is not None
            ]
            if not xs or x is None:
                continue
            left, right = min(xs) - 0.48 * axis.pitch, max(xs) + 0.48 * axis.pitch
            half = (0.4 if level + 1 < self.script.level else 0.3) * axis.pitch
            points = (left, top, right, top, right, bottom, x + half, to, x - half, to, left, bottom)
            mark = plate("sample", left, top, right, to, light=0.5, alpha=BEAM, z=-4, radius=0.0)
            mark = mark.at(edge=1.0, size=3.0) if len(steps) <= 4 else mark
            draft.put("beam", ("beam", level, step), mark.at(points=points))

    def close_beams(self, draft: Draft) -> None:
        """The beams of all levels where these are dots."""
        rows = {self.base: (benches.TOP - 2, self.top + 4)}
        for level, y in list(self.heights().items())[1:]:
            half = self.disc(level) / 2 + 8
            rows[level] = (y - half, y + half)
        for level in self.levels[:-1]:
            self.beams(draft, level, rows, self.close)

    def _reads(self, level: int, step: int) -> set[int]:
        """The steps below that a step of a level reads."""
        layer, shape = self.layers[level], self.script.source.stack.shapes[level - 1]
        return {term.source.step for term in layer.terms(shape, Cell(step, 0)) if not term.padded}

    # levels as dots

    @property
    def is_left(self) -> bool:
        """Whether the output stands so far left that there is room beside it."""
        x = self._middle(self.close, self.script.level, self.cell.step)
        return (
            len(self.levels) < 4 and x is not None and x < self.close.left + 0.3 * (self.close.right - self.close.left)
        )

    def aside(self) -> float:
        """Where a calculation begins: right of the output, or below it."""
        x = self._middle(self.close, self.script.level, self.cell.step) or 0.0
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
    def top(self) -> float:
        """The lower end of the bars of the base, where tiles begin."""
        up, down = benches.extent(own.sample.value for own in self.shown)
        return benches.TOP + 58 + (up + down) * self.unit

    @property
    def narrow_room(self) -> float:
        """The height that is left below the bars of the base in the narrowest format."""
        values = [own.sample.value for own in self.shown]
        up, down = benches.extent(values)
        unit = benches.unit_of(0.13 * COLUMN.height, up + down, values, 40.0)
        return COLUMN.height - 156.0 - benches.TOP - 58 - (up + down) * unit

    @property
    def unit(self) -> float:
        """The height of a number 1 of the base."""
        values = [own.sample.value for own in self.shown]
        up, down = benches.extent(values)
        return benches.unit_of(0.13 * self.form.height, up + down, values, 40.0)

    def samples(
        self,
        draft: Draft,
        lit: Collection[Cell] | None = None,
        written: Iterable[Cell] = (),
        size: float = TEXT,
        axis: Axis | None = None,
        unit: float = 0.0,
    ) -> float:
        """The samples that paths start at, as bars; those that are not ``lit`` recede. Returns their foot."""
        axis, unit, base, said = axis or self.close, unit or self.unit, self.base, set(written)
        up, _ = benches.extent(own.sample.value for own in self.shown)
        foot = benches.TOP + 52 + up * unit
        pieces.name(draft, ("level", base), "input" if base == 0 else f"layer {base}", foot)
        pieces.baseline(draft, ("level", base), axis.left, axis.right, foot)
        for own in self.shown:
            meant = lit is None or own.cell in lit
            key, width = self.key(base, own.cell), self.width(axis)
            role, x = self.role(base, own.cell.channel), self.at(axis, own.cell)
            pieces.column(draft, key, own.sample, x, foot, width, unit, role, True, is_whole(own.sample))
            if not meant:
                draft.change([(*key, "bar")], light=CONTEXT)
            if own.cell in said:
                pieces.digits(draft, key, own.sample.text, size=size)
        return foot

    def every_sample(self, draft: Draft) -> None:
        """All samples that paths start at, with their numbers where every format has room for them."""
        texts = [own.sample.text for own in self.shown]
        size = benches.fitting(0.9 * self.slot(self.close, self.base), texts, (TEXT, SMALL))
        written = [own.cell for own in self.shown] if self.is_written(texts) else []
        self.samples(draft, None, written, SMALL if self.form.is_narrow else size)

    def at(self, axis: Axis, cell: Cell) -> float:
        """Where a shown cell of the base stands."""
        return self.x(axis, self.base, cell) or 0.0

    def width(self, axis: Axis) -> float:
        """The width of a bar of the base."""
        return min(pieces.WIDEST, 0.6 * self.slot(axis, self.base))

    def is_written(self, texts: Iterable[str]) -> bool:
        """Whether there is room for a number in every column, in every format."""
        room = 0.88 * NARROWEST / (len(self.places) + 1) / len(self.channels[self.base])
        return benches.fitting(room - 8, texts, (SMALL, 0.0)) > 0

    def dots(
        self,
        draft: Draft,
        lit: Collection[tuple[int, Cell]] | None = None,
        off: bool = False,
    ) -> None:
        """The cells between base and output, and the output, as dots, or as discs with their numbers where these
        have room. With ``off``, what a relu switches off is hollow.
        """
        heights = self.heights()
        for level in self.levels[1:]:
            named = level == self.script.level
            name = "output" if named else f"layer {level}"
            several = not named and self.script.source.stack.shapes[level][1] > 1
            foot = heights[level] + (-9 if several else 11)
            pieces.name(draft, ("level", level), name, foot, "ink" if named else "quiet")
            self.counted(draft, level, foot + 40)
            for cell in self.read[level]:
                if self.is_shown(level, cell):
                    meant = lit is None or (level, cell) in lit
                    hollow = off and not named and not ways.is_on(self.script, level, cell)
                    width = self.disc(level)
                    x, role = self.x(self.close, level, cell) or 0.0, self.role(level, cell.channel)
                    more: dict[str, Any] = dict(about=("cell", level, *cell), light=FULL if meant else CONTEXT, z=2)
                    more |= dict(hollow=True, size=3.0) if hollow else {}
                    key = self.key(level, cell)
                    tiles.disc(draft, key, role, x, heights[level], width, **more)
                    if self.has_values:
                        number, dark = self.script.number(("cell", level, *cell)), meant and not hollow
                        sizes = (SMALL,) if self.form.is_narrow else (TEXT, SMALL)
                        size = benches.fitting(0.8 * width, [number.text], sizes)
                        shown = words(number.text, x, heights[level], size, "ink" if dark else "quiet", z=3)
                        shown = shown.at(about=number.about, light=0.0 if dark else FULL, rides=(*key, "bar"))
                        draft.put("dot", (*key, "digits"), shown)

    def disc(self, level: int) -> float:
        """How wide the disc of a cell is: as wide as its number, where that is written in it."""
        if self.has_values:
            return min(0.7 * BEAD if self.form.is_narrow else BEAD, 0.88 * self.slot(self.close, self.levels[-2]))
        return 34.0 if level == self.script.level else min(DOT, 0.7 * self.slot(self.close, level))

    @property
    def has_values(self) -> bool:
        """Whether every cell between has room for its number in its disc, in every format."""
        between = self.levels[1:-1]
        cells = [(level, cell) for level in self.levels[1:] for cell in self.read[level]]
        if not between or not all(self.is_shown(level, cell) for level, cell in cells):
            return False
        below = 34.0 if self.is_left else 96.0
        if (self.narrow_room - 14 - below) / (len(between) + 1.1) < 84:
            return False
        most = max(len(self.channels[level]) for level in between)
        room = 0.84 * NARROWEST / (len(self.places) + 1) / most
        texts = [self.script.number(("cell", level, *cell)).text for level, cell in cells]
        return benches.fitting(0.9 * min(room, 0.7 * BEAD), texts, (SMALL, 0.0)) > 0

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
            late = (0.1 if self.has_values else 0.36) * (hue / beside - 0.5) if beside else 0.0
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
