"""A filter's channels on one ruler: the one that is worked on open, the others as low rigs, their sums standing beside.

The layout of every board in which several channels become one number. This module knows correlations and pieces; which
of it stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property

from convexplain.board import pieces
from convexplain.board.marks import (
    COLUMN,
    DIGIT,
    PARTIAL,
    SMALL,
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

MOST_CHANNELS, MOST_TAPS, MOST_STEPS = 4, 6, 24
"""What a picture has room for; the rest is counted and summed."""
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
        """The tap whose product is shown first: the first one that has a sample that is not 0."""
        taps = [tap for tap in self.parts[0].taps if not tap.more and not tap.padded and tap.product.value]
        return (taps or self.parts[0].taps)[0]

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

    def ruler(self, draft: Draft, axis: Axis, step: int) -> None:
        """The steps, and over the one where the window of an output starts its t, where there is room."""
        start, layer = self.script.start(step), self.script.layer
        pieces.ruler(draft, axis, "step", lit=[start])
        if ("ruler", start) in draft.marks and axis.pitch > 110 and layer.strides == 1 and start == step:
            del draft.marks["ruler", start]
            draft.put(
                "ruler", ("ruler", "t", start), words(f"*t* = {start}", axis.x(start), pieces.RULER, SMALL, "lit")
            )

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
        benches.lay_signal(draft, bench, self.x(part), self.signals[part.channel], taps, hue(part), written)
        if bench.axis is self.close:  # where the sums will stand there is no step
            end = max(bench.axis.x(tap.step) for tap in taps) + 0.5 * bench.axis.pitch
            draft.marks["baseline", *self.x(part)] = line("line", bench.axis.left, bench.foot, end, bench.foot, z=-1)
        benches.lay_kernel(draft, bench, self.w(part), taps, hue(part), {tap.k: pale for tap in taps}, written, lit)

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
        pieces.name(draft, self.x(part), f"{x}, *c* = {part.source}", bench.foot, hue(part))
        if kernel:
            pieces.name(draft, self.w(part), "its kernel", bench.kernel, hue(part))

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
        units = [Bench.fit(self.form, self.close, *rows[:3], size, rows[3], below=index).unit for rows in fitted]
        shared = min(units[1:], default=0.0)
        return [
            Bench.fit(self.form, self.close, *rows[:3], size, rows[3], shared if place else units[0], index)
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
        self.ruler(draft, self.close, self.cell.step)
        for number, part in enumerate(self.parts[:place]):
            self.shut(draft, part, self.close, benches.TOP + number * (self.closed + BETWEEN), part.taps, self.closed)
        part, bench = self.parts[place], self._benches[place]
        if alone:
            samples = [number.value for number in self.signals[part.channel].values()]
            weights = [tap.weight.value for tap in part.taps]
            bench = Bench.fit(self.form, self.close, samples, weights, [], self.size, largest=66.0, below=benches.INDEX)
        self.rows(draft, part, bench, part.taps, lit=lit)
        self.names(draft, part, bench)
        benches.number_taps(draft, bench, self.w(part), part.taps, lit or (), named=False)
        y = bench.bottom - benches.INDEX / 2 - 2
        said = words("tap *k*", self.form.margin, y, SMALL, "lit" if lit else "quiet", align=-1)
        draft.put("index", (*self.w(part), "index"), said)
        if alone:
            return bench
        if products:
            until = self.slot(place) - self.close.bar / 2 if summed else None
            own, kernel, signal = ("product", part.channel), self.w(part), self.x(part)
            benches.lay_products(draft, bench, own, kernel, signal, products, hue(part), until=until)
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
                larger = (_next_size(self.size),) if number == meant else ()
                sizes = (*larger, self.size, SMALL)
                pieces.digits(draft, key, part.partial.text, size=benches.fitting(room, [part.partial.text], sizes))

    def slot(self, number: int) -> float:
        """Where the partial sum of a channel stands, right of the window."""
        start = max(self.close.x(tap.step) for tap in self.parts[0].taps) + 1.4 * self.close.pitch
        room = self.form.width - self.form.margin - max(64.0, self.close.bar / 2) - start
        return start + number * min(0.9 * self.close.pitch, room / max(1, len(self.parts) - 1))

    def label(self, draft: Draft, height: float) -> None:
        """The channels of a stack of rigs of a height are named at the left margin."""
        for number, part in enumerate(self.parts):
            y, said = benches.TOP + number * (height + BETWEEN) + height / 2, phrases.array(self.script.level - 1)
            pieces.name(draft, self.x(part), f"{said}, *c* = {part.source}", y + DIGIT * SMALL / 2, hue(part))

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
