"""A filter's channels on one ruler: the one that is worked on open, the others as low rigs, their sums standing beside.

The layout of every board in which several channels become one number. This module knows correlations and pieces; which
of it stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property

from convexplain.board import pieces
from convexplain.board.marks import (
    COLUMN,
    CONTEXT,
    DIGIT,
    FULL,
    PARTIAL,
    SMALL,
    SUPPORT,
    TEXT,
    Draft,
    Format,
    Key,
    Role,
    line,
)
from convexplain.board.pieces import Axis, Number, Part
from convexplain.board.text import advance, runs_of, words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench, levels
from convexplain.stories.script import Correlation, Script, Tap
from convexplain.style import MINUS

MOST_CHANNELS, MOST_TAPS, MOST_STEPS = 4, 6, 24
"""What a picture has room for; the rest is counted and summed."""
SPARE = 3
"""How many places after a short signal are left to sums."""
CLOSED, LOW, BETWEEN = 96.0, 62.0, 10.0
"""The height of a channel that is not worked on, that where there are many, and from one rig to the next."""


def _next_size(size: float) -> float:
    """The size of type above another one."""
    return {SMALL: TEXT, TEXT: PARTIAL}[size]


def hue(part: Correlation) -> Role:
    """The role of a channel."""
    return f"channel {part.source}"


def is_whole(*numbers: Number) -> bool:
    """Whether numbers can be counted in bricks."""
    return all(number.value.denominator == 1 for number in numbers)


class Channels:
    """The channels of a script's cell, in one format."""

    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.cell = script, form, script.cell
        self.steps, self.filters = script.shape
        self.read = script.read_shape[0]
        self.here, self.below = f"y{script.level}", "x" if script.level == 1 else f"y{script.level - 1}"
        every = script.correlations(script.cell)
        kept = {part.channel for part in every}
        if len(every) > MOST_CHANNELS:
            ranked = sorted(every, key=lambda part: -abs(part.partial.value))
            kept = {part.channel for part in ranked[: MOST_CHANNELS - 1]}
        self.parts = tuple(p._replace(taps=script.elide(p, MOST_TAPS)) for p in every if p.channel in kept)
        self.rest = len(every) - len(self.parts)
        self.bias, self.total = script.bias(script.cell), script.total(script.cell)
        self.signals = {part.channel: script.signal(part.source) for part in self.parts}

    @property
    def closed(self) -> float:
        """The height of a channel that is not worked on."""
        return CLOSED if len(self.parts) <= 2 else LOW

    @cached_property
    def is_held(self) -> bool:
        """Whether the whole signal, every number and the sums beside them have room on one axis, in every format: then
        all boards share it.
        """
        parts = [part for cell in self._cells for part in self.script.correlations(cell)]
        taps = [tap for part in parts for tap in part.taps]
        if len(self.parts) > 2 or self.read > 6 or len(self.parts[0].taps) > 4 or any(tap.padded for tap in taps):
            return False
        room = (COLUMN.width - COLUMN.names - COLUMN.margin) / (self.read + SPARE) - 10
        texts = [benches.factor(tap.weight) for tap in taps] + [f"+{part.partial.text}" for part in parts]
        sums = max(advance(runs_of(self.worked(part))) for part in parts) * SMALL
        longest = max(advance(runs_of(text)) for text in texts) * SMALL
        return self.script.layer.activation == "linear" and longest <= room and sums <= SPARE * room

    @property
    def _cells(self) -> list[Cell]:
        return [Cell(step, f) for f in range(self.filters) for step in range(self.steps)]

    def worked(self, part: Correlation) -> str:
        """The products of a channel and their sum, in a line."""
        first, *others = (tap.product for tap in part.taps)
        line = [first.text]
        for number in others:
            line.append(f"{MINUS if number.value < 0 else '+'} {number.text.lstrip(MINUS)}")
        return f"{' '.join(line)} = {part.partial.text}"

    # keys: the data's own

    def x(self, part: Correlation) -> Key:
        """A channel of the signal that is read."""
        return (self.below, part.source)

    def w(self, part: Correlation) -> Key:
        """A channel's kernel."""
        return (f"w{self.script.level}", part.channel, self.cell.channel)

    def y(self, step: int, filter: int | None = None) -> Key:
        """An output."""
        return (self.here, step, self.cell.channel if filter is None else filter)

    def products(self, part: Correlation) -> tuple[Key, ...]:
        """The products of a channel."""
        return tuple(("product", part.channel, tap.k, "bar") for tap in part.taps)

    def weights(self) -> tuple[Key, ...]:
        """All weights that are shown."""
        return tuple((*self.w(part), tap.k, "bar") for part in self.parts for tap in part.taps)

    # axes

    @cached_property
    def close(self) -> Axis:
        """The axis where numbers stand: the window and what is before it, and room for the sums, which have no step."""
        if self.is_held:
            return Axis.over(Draft(self.form), range(self.read + SPARE), self.read)
        taps = self.parts[0].taps
        whole = benches.window_axis(Draft(self.form), taps, self.read, 8, 3)
        last = whole.steps.index(max(tap.step for tap in taps))
        more = whole.steps[last + 1] if last + 1 < len(whole.steps) else None
        apart: list[int | None] = [None] if more is not None and more < self.read and last < 5 else []
        beyond = max(self.read, taps[-1].step + 1)
        steps = [*whole.steps[: last + 1], *apart, *range(beyond, beyond + 3)]
        return Axis.over(Draft(self.form), steps, self.read)

    @cached_property
    def size(self) -> float:
        """The size of worked numbers."""
        if self.form.is_narrow:
            return SMALL
        taps = [tap for part in self.parts for tap in part.taps]
        texts = [benches.factor(tap.weight) for tap in taps] + [f"+{tap.product.text}" for tap in taps]
        return benches.fitting(self.close.pitch - 16, texts)

    @cached_property
    def wide(self) -> Axis:
        """The axis where all outputs stand, or as many as there is room for."""
        if self.is_held:
            return self.close
        columns = {self.column(step) for step in range(self.steps)}
        if self.read <= MOST_STEPS:
            return Axis.over(Draft(self.form), range(max(self.read, max(columns) + 1)), self.read)
        near = [tap.step for tap in self.parts[0].taps if not tap.padded] or [0]
        return Axis.near(Draft(self.form), near, self.read, MOST_STEPS)

    def column(self, step: int) -> int:
        """The input step over which an output stands: where its window would begin without padding."""
        return self.script.start(step) - self.script.start(0)

    @cached_property
    def telling(self) -> Tap:
        """The tap whose product is shown first: one that does more than copy, where there is one."""
        taps = [tap for tap in self.parts[0].taps if not tap.more and not tap.padded and tap.sample.value]
        return max(taps or self.parts[0].taps, key=lambda tap: (tap.weight.value > 1, abs(tap.weight.value)))

    @cached_property
    def writes_taps(self) -> bool:
        """Whether samples and taps have room for their numbers on the wide axis."""
        taps = [tap for part in self.parts for tap in part.taps]
        return self.writes([benches.factor(tap.weight) for tap in taps] + [tap.sample.text for tap in taps])

    @cached_property
    def shown(self) -> list[int]:
        """The output steps that have a place on the wide axis."""
        return [step for step in range(self.steps) if self.wide.has(self.column(step))]

    # rows

    def draft(
        self, said: str, shown: Iterable[str] | None = (), lit: Iterable[str] = (), filters: bool = False
    ) -> Draft:
        """A board with its caption and its formula, of which ``shown`` parts are there (all when None)."""
        draft = Draft(self.form)
        pieces.caption(draft, said)
        pieces.formula(draft, self.formula(filters), lit, shown, self.formula(True), ("filters",) if filters else ())
        return draft

    def formula(self, filters: bool = False) -> list[Part]:
        """The formula of the told layer."""
        output, array = (
            phrases.array(self.script.level, self.script.source.stack.depth),
            phrases.array(self.script.level - 1),
        )
        return phrases.layer_formula(self.script.layer, self.read, filters=filters, output=output, array=array)

    def rows(
        self,
        draft: Draft,
        part: Correlation,
        bench: Bench,
        taps: Sequence[Tap],
        written: bool = True,
        lit: Sequence[int] | None = None,
    ) -> None:
        """A channel's signal under its window, and its kernel."""
        pale: Role = (str(hue(part)), "ink", 0.5)
        signal, held = self.signals[part.channel], self.is_held
        benches.lay_signal(draft, bench, self.x(part), signal, taps, hue(part), written, every=held)
        if held:
            self._beside(draft, part, bench, {tap.step for tap in taps}, written)
        elif bench.axis is self.close:  # where the sums will stand there is no step
            end = max(bench.axis.x(tap.step) for tap in taps) + 0.5 * bench.axis.pitch
            draft.marks["baseline", *self.x(part)] = line("line", bench.axis.left, bench.foot, end, bench.foot, z=-1)
        benches.lay_kernel(draft, bench, self.w(part), taps, hue(part), {tap.k: pale for tap in taps}, written, lit)

    def _beside(self, draft: Draft, part: Correlation, bench: Bench, covered: set[int], written: bool) -> None:
        """The samples that a window does not cover stay as they were, out of the light; their row ends with them."""
        outside = [step for step in self.signals[part.channel] if step not in covered]
        draft.change([(*self.x(part), step, "bar") for step in outside], light=2 * CONTEXT - 0.16)
        for step in outside if written else ():
            size = min(bench.size, TEXT)
            pieces.digits(draft, (*self.x(part), step), self.signals[part.channel][step].text, size, "quiet")
        end = self.beside
        draft.marks["baseline", *self.x(part)] = line("line", bench.axis.left, bench.foot, end, bench.foot, z=-1)

    @cached_property
    def held(self) -> tuple[list[Bench], float]:
        """The rows of two channels and of what is made of them, the same on all boards, in one unit; and where the bias
        is.
        """
        every = [self.script.correlations(cell) for cell in self._cells]
        reach = [self.script.output(*cell).value for cell in self._cells]
        for cell, parts in zip(self._cells, every, strict=True):
            bias = self.script.bias(cell)
            reach += levels([*(part.partial.value for part in parts), *([bias.value] if bias else [])])
            reach += [value for part in parts for value in (part.partial.value, *levels(self._products(part)))]
        (t_up, t_down), wide, rows = benches.extent(reach), not self.form.is_narrow, []
        above, space, foot = (48.0, 10.0, 48.0) if wide else (10.0, 8.0, 44.0)
        for part in self.parts:
            weights = [tap.weight.value for parts in every for tap in parts[part.channel].taps]
            samples = [number.value for number in self.signals[part.channel].values()]
            rows.append((benches.extent(samples), benches.extent(weights)))
        fixed = len(rows) * (2 * above + 2 * space + BETWEEN) + (foot if self.bias else 0) + (74 if wide else 48) + 56
        total = t_up + t_down + sum(sum(samples) + sum(weights) for samples, weights in rows)
        top, bottom = benches.TOP - 8, self.form.height - (126.0 if wide else 150.0)
        unit, found = benches.unit_of(bottom - top - fixed, total, reach), list[Bench]()
        floor = bottom - 56 - t_down * unit
        for (s_up, s_down), (w_up, w_down) in rows:
            zero = top + above + s_up * unit
            middle = zero + s_down * unit + space
            kernel = middle + above + w_up * unit
            end = kernel + w_down * unit + space
            found.append(Bench(self.close, unit, top, zero, middle, kernel, end, floor, SMALL))
            top = end + BETWEEN
        return found, top

    def _products(self, part: Correlation) -> list[Fraction]:
        return [tap.product.value for tap in part.taps]

    def lay(self, draft: Draft, windows: Sequence[Sequence[Tap]], named: bool = True) -> Bench:
        """The first channels on the rows that all boards share, each under its window, with their names; numbers where
        they have room. They repeat what was written, so they are no marks of their own.
        """
        rows, wide = self.held[0], not self.form.is_narrow
        for part, bench, taps in zip(self.parts, rows, windows, strict=False):
            self.rows(draft, part, bench, taps, wide)
            self.names(draft, part, bench, wide)
        arrays = (self.below, f"w{self.script.level}")
        draft.change([key for key in draft.marks if key[0] in arrays and key[-1] == "digits"], about=None)
        return rows[0]

    def works_out(self, draft: Draft, at: int) -> None:
        """Beside each channel its products for output ``at`` and their sum, in a line."""
        parts, x = self.script.correlations(Cell(at, self.cell.channel)), self.beside + 24
        room, sizes = self.form.width - self.form.margin - x, (SMALL,) if self.form.is_narrow else (TEXT, SMALL)
        size = benches.fitting(room, [self.worked(part) for part in parts], sizes)
        for part, bench in zip(parts, self.held[0], strict=True):
            own = words(self.worked(part), x, (bench.top + bench.bottom) / 2, size, hue(part), align=-1)
            draft.put("worked", ("worked", *self.y(at), part.channel), own)

    @property
    def beside(self) -> float:
        """Where a short signal ends, and sums begin."""
        return self.close.x(self.read - 1) + 0.5 * self.close.pitch

    def lower(self, draft: Draft, keys: Iterable[Key]) -> None:
        """What is taken away is darker, and its number stands at the end where it has come to."""
        for key in keys if self.is_held else ():
            mark = draft.marks[(*key, "bar")]
            if mark.kind == "dot" or mark.base < 0:  # a zero, too, may lie just below the baseline
                draft.change([(*key, "bar")], light=FULL if mark.kind == "dot" else SUPPORT)
                if (said := draft.marks.get((*key, "digits"))) is not None:
                    y = mark.bottom + (14 if said.size <= TEXT else 22) + DIGIT * said.size / 2
                    draft.change([(*key, "digits")], y=y)

    def shut(
        self,
        draft: Draft,
        part: Correlation,
        axis: Axis,
        top: float,
        taps: Sequence[Tap],
        height: float,
        size: float = 0.0,
    ) -> Bench:
        """A channel as a rig of a given height, in the same unit as the others; with numbers of ``size`` when it is not
        0.
        """
        samples = [number.value for signal in self.signals.values() for number in signal.values()]
        weights = [tap.weight.value for other in self.parts for tap in other.taps]
        bench = Bench.closed(axis, samples, weights, top, height, size)
        self.rows(draft, part, bench, taps, bool(size))
        return bench

    def names(self, draft: Draft, part: Correlation, bench: Bench, kernel: bool = True) -> None:
        """The names of a channel and its kernel at the left margin."""
        x = phrases.array(self.script.level - 1)
        pieces.name(draft, self.x(part), f"{x}, channel {part.source}", bench.foot, hue(part))
        if kernel:
            pieces.name(draft, self.w(part), f"*w*, kernel {part.channel}", bench.kernel, hue(part))

    @cached_property
    def _benches(self) -> list[Bench]:
        """The rows of each channel when it is worked on, below those that were. The first has the room for itself; the
        others share one unit, so that sums that stand beside each other are measured alike.
        """
        fitted = []
        for place, part in enumerate(self.parts):
            samples = [number.value for number in self.signals[part.channel].values()]
            sums = levels(tap.product.value for tap in part.taps)
            sums += [other.partial.value for other in self.parts[: place + 1]]
            if place == 0:  # the first product and, before it, its copy stand there alone
                sums += [max(Fraction(0), self.telling.sample.value), self.telling.product.value]
            weights, top = [tap.weight.value for tap in part.taps], benches.TOP + place * (self.closed + BETWEEN)
            fitted.append((samples, weights, sums, top))
        index, size = benches.INDEX, self.size
        form = replace(self.form, height=self.form.height - 36) if self.is_held else self.form
        if self.is_held and not self.form.is_narrow:
            return [
                Bench.fit(form, self.close, *fitted[0][:3], size, fitted[0][3], below=index),
                *self.held[0][1:],
            ]
        units = [Bench.fit(form, self.close, *rows[:3], size, rows[3], below=index).unit for rows in fitted]
        shared = min(units[1:], default=0.0)
        return [
            Bench.fit(form, self.close, *rows[:3], size, rows[3], shared if place else units[0], index)
            for place, rows in enumerate(fitted)
        ]

    def work(
        self,
        draft: Draft,
        place: int,
        products: Sequence[Tap] = (),
        summed: bool = False,
        lit: Sequence[int] | None = None,
        alone: bool = False,
    ) -> Bench:
        """Channel ``place`` worked on, with the ``products`` of some taps, and its sum; those before it closed, their
        sums standing. ``alone``: the rig fills the height, for nothing is multiplied yet.
        """
        pieces.ruler(draft, self.close, lit=[self.script.start(self.cell.step)])
        shared = self.is_held and place > 0 and not self.form.is_narrow
        if shared:
            self.lay(draft, [part.taps for part in self.parts[:place]])
        for number, part in enumerate(self.parts[:place] if not shared else ()):
            self.shut(draft, part, self.close, benches.TOP + number * (self.closed + BETWEEN), part.taps, self.closed)
        part, bench = self.parts[place], self._benches[place]
        if alone and not self.is_held:
            samples = [number.value for number in self.signals[part.channel].values()]
            weights = [tap.weight.value for tap in part.taps]
            bench = Bench.fit(self.form, self.close, samples, weights, [], self.size, largest=66.0, below=benches.INDEX)
        self.rows(draft, part, bench, part.taps, lit=lit)
        self.names(draft, part, bench)
        if not shared:
            benches.number_taps(draft, bench, self.w(part), part.taps, lit or (), named=False)
            y = bench.bottom - benches.INDEX / 2 - 2
            said = words("*k*", self.form.margin, y, SMALL, "lit" if lit else "quiet", align=-1)
            draft.put("index", (*self.w(part), "index"), said)
        if alone:
            return bench
        if products:
            until = self.slot(place) - self.close.bar / 2 if summed else None
            own, kernel, signal = ("product", part.channel), self.w(part), self.x(part)
            benches.lay_products(draft, bench, own, kernel, signal, products, hue(part), until=until)
            self.lower(draft, [(*own, tap.k) for tap in products])
        left, right = benches.columns(part.taps, self.close)
        pieces.baseline(draft, ("floor",), left, right, bench.floor)
        self.sums(draft, place + summed, bench, place if summed else -1)
        return bench

    def sums(self, draft: Draft, many: int, bench: Bench, meant: int = -1) -> None:
        """The partial sums of the first channels, side by side; the meant one is larger, and of many alone written."""
        if many:
            half = self.close.bar / 2 + 16
            pieces.baseline(draft, ("sums",), self.slot(0) - half, self.slot(many - 1) + half, bench.floor)
        for number, part in enumerate(self.parts[:many]):
            key, whole = ("partial", part.channel), is_whole(part.partial)
            width, x, made = self.close.bar, self.slot(number), self.products(part)
            pieces.column(
                draft, key, part.partial, x, bench.floor, width, bench.unit, hue(part), bricks=whole, made_of=made
            )
            if number == meant or len(self.parts) <= 2:
                room = self.slot(1) - self.slot(0) - 16
                sizes = (
                    (_next_size(self.size), self.size, SMALL)
                    if number == meant and not (self.is_held and meant)
                    else (self.size, SMALL)
                )
                pieces.digits(draft, key, part.partial.text, size=benches.fitting(room, [part.partial.text], sizes))
            self.lower(draft, [key])

    def slot(self, number: int) -> float:
        """Where the partial sum of a channel stands, right of the window."""
        if self.is_held:
            start, many = self.beside, len(self.addends()) + 1
            return start + (self.form.width - self.form.margin / 2 - start) * (number + 0.5) / many
        start = max(self.close.x(tap.step) for tap in self.parts[0].taps) + 1.4 * self.close.pitch
        room = self.form.width - self.form.margin - max(64.0, self.close.bar / 2) - start
        return start + number * min(0.9 * self.close.pitch, room / max(1, len(self.parts) - 1))

    def label(self, draft: Draft, height: float) -> None:
        """The channels of a stack of rigs of a height are named at the left margin."""
        for number, part in enumerate(self.parts):
            y, said = benches.TOP + number * (height + BETWEEN) + height / 2, phrases.array(self.script.level - 1)
            pieces.name(draft, self.x(part), f"{said}, channel {part.source}", y + DIGIT * SMALL / 2, hue(part))

    def stack(
        self, draft: Draft, axis: Axis, taps: Sequence[Sequence[Tap]], top: float, height: float, size: float = 0.0
    ) -> float:
        """All channels as rigs below each other; returns where the next one would begin."""
        for part, own in zip(self.parts, taps, strict=True):
            self.shut(draft, part, axis, top, own, height, size)
            top += height + BETWEEN
        return top

    def addends(self) -> list[tuple[Key, Number, Role, str]]:
        """What the output is the sum of, with names."""
        found: list[tuple[Key, Number, Role, str]] = [
            (("partial", part.channel), part.partial, hue(part), f"channel {part.source}") for part in self.parts
        ]
        if self.rest:
            value = self.total.value - sum((part.partial.value for part in self.parts), Fraction(0))
            value -= self.bias.value if self.bias else 0
            found.append((("partial", "rest"), self.script.written(value), "quiet", f"{self.rest} more"))
        if self.bias:
            found.append((("bias",), self.bias, "bias", "bias"))
        return found

    def writes(self, texts: Sequence[str], share: float = 1.0) -> bool:
        """Whether numbers have room over the bars of a row on the wide axis, each in a share of a place, in every
        format.
        """
        longest = max((advance(runs_of(text)) for text in texts), default=0.0)
        return len(self.wide.steps) * (longest * SMALL + 10) <= share * (COLUMN.width - COLUMN.names)

    def window(self, step: int) -> list[list[Tap]]:
        """The taps of every shown channel at another output step, those that have a place on the wide axis."""
        every = self.script.correlations(Cell(step, self.cell.channel))
        return [[tap for tap in every[part.channel].taps if self.wide.has(tap.step)] for part in self.parts]

    @property
    def last(self) -> Bench:
        """The rows of the channel that is worked on last."""
        return self._benches[-1]

    def foot(self, draft: Draft, left: float, right: float, top: float, height: float, place: str = "rig") -> None:
        """The bias, at the foot of the filter: one number for all channels."""
        if self.bias is None:
            return
        key = (f"b{self.script.level}", self.cell.channel, place)
        pieces.foot(draft, key, self.bias, left, right, top, height)
