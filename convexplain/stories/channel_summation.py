"""channel_summation: how several channels become one number, and what a filter is.

Each channel is correlated with its own kernel: taps times samples, stacked head to tail, end at the channel's partial
sum. The partial sums and the bias, stacked the same way, end at the output. Then the filter slides, and then there are
several filters. It answers "how do several channels become one number?", "what is a filter?" and "why so many
outputs?".
"""

from __future__ import annotations

from collections.abc import Sequence

from convexplain.board import motion, pieces
from convexplain.board.marks import (
    FILM,
    PARTIAL,
    Board,
    Cue,
    Draft,
    Format,
    Key,
)
from convexplain.board.pieces import Axis, Number
from convexplain.stories import bench as benches
from convexplain.stories.bench import Bench, levels
from convexplain.stories.script import Correlation, Script

CLOSE, WIDE = 9, 24
"""The most places of an axis where numbers stand, and where only bars do."""


def hue(channel: int) -> str:
    """The role of a channel."""
    return f"channel {channel}"


def pale(channel: int) -> tuple[str, str, float]:
    """The role of a kernel's weights: its channel's hue, lighter."""
    return (hue(channel), "ink", 0.5)


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling:
    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.cell = script, form, script.cell
        self.parts = script.correlations(script.cell)
        self.steps, self.filters = script.shape
        self.read, self.channels = script.read_shape
        self.bias, self.total = script.bias(script.cell), script.total(script.cell)
        self.signals = {part.channel: script.signal(part.source) for part in self.parts}
        self.axis = Axis.over(Draft(form), tuple(range(self.read)), self.read)

    # names of keys

    def x(self, part: Correlation) -> Key:
        return (f"y{self.script.level - 1}" if self.script.level > 1 else "x", part.source)

    def w(self, part: Correlation) -> Key:
        return (f"w{self.script.level}", part.channel, self.cell.channel)

    def product(self, part: Correlation) -> Key:
        return ("product", part.channel)

    # boards

    def boards(self) -> tuple[Board, ...]:
        first = self.parts[0]
        told = [
            self.input(),
            self.kernel(first),
            self.copy(first),
            self.one(first),
            self.products(first),
            self.partial(first),
        ]
        for place in range(1, len(self.parts)):
            told.append(self.next_channel(place))
        told += [self.output()]
        return tuple(told)

    def draft(self, caption: str, lit: Sequence[int] = (), ruler: bool = True) -> Draft:
        draft = Draft(self.form)
        pieces.caption(draft, caption)
        if ruler:
            pieces.ruler(draft, self.axis, lit=lit)
        return draft

    def input(self) -> Board:
        said = f"The input: {len(self.parts)} channels, signals over the same {self.read} steps."
        draft = self.draft(said)
        height = (self.form.height - 156 - 100) / len(self.parts)
        up, down = benches.extent(n.value for s in self.signals.values() for n in s.values())
        unit = min(66.0, (height - 100) / (up + down))
        for place, part in enumerate(self.parts):
            foot = 100 + height * (place + 1) - down * unit - 20
            steps = range(self.read)
            pieces.signal(
                draft, self.x(part), self.signals[part.channel], self.axis, foot, unit, hue(part.source), written=steps
            )
            pieces.name(draft, self.x(part), f"channel {part.source}", foot, hue(part.source))
        return draft.board("input", said, 3)

    def bench(self, part: Correlation) -> Bench:
        samples = [number.value for number in self.signals[part.channel].values()]
        weights = [tap.weight.value for tap in part.taps]
        sums = levels(tap.product.value for tap in part.taps)
        return Bench.fit(self.form, self.axis, samples, weights, sums)

    def rows(self, draft: Draft, part: Correlation, taps: int, lit: Sequence[int] | None = None) -> Bench:
        bench = self.bench(part)
        benches.lay_signal(draft, bench, self.x(part), self.signals[part.channel], part.taps, hue(part.source))
        benches.lay_kernel(
            draft,
            bench,
            self.w(part),
            part.taps,
            hue(part.source),
            {t.k: pale(part.source) for t in part.taps},
            lit=lit,
        )
        pieces.name(draft, self.x(part), f"channel {part.source}", bench.foot, hue(part.source))
        pieces.name(draft, self.w(part), f"kernel {part.channel}", bench.kernel, hue(part.source))
        if taps:
            until = None
            if taps > len(part.taps):
                until = benches.beside(self.axis, part.taps, self.form) - self.axis.bar / 2
            benches.lay_products(
                draft,
                bench,
                self.product(part),
                self.w(part),
                self.x(part),
                part.taps[:taps],
                hue(part.source),
                until=until,
            )
        return bench

    def kernel(self, part: Correlation) -> Board:
        said = "A kernel lies on one channel; the samples it covers are its window."
        draft = self.draft(said, [self.cell.step])
        bench = self.rows(draft, part, 0)
        _, right = benches.columns(part.taps, self.axis)
        last = part.taps[-1]
        x = self.axis.x(last.step)
        pieces.callout(
            draft, ("window",), "window: the samples in the frame", right + 90, bench.top + 60, (right, bench.top + 60)
        )
        y = draft.marks[(*self.w(part), last.k, "bar")].y
        pieces.callout(draft, ("tap",), "tap: one number of the kernel", right + 90, y, (x + self.axis.bar / 2, y))
        return draft.board("kernel", said, 3)

    def copy(self, part: Correlation) -> Board:
        said = "Each tap takes a copy of its sample …"
        draft = self.draft(said, [self.cell.step])
        bench = self.rows(draft, part, 0, lit=[part.taps[0].k])
        tap = part.taps[0]
        own = (*self.product(part), tap.k)
        pieces.baseline(draft, (*self.product(part), "floor"), self.axis.left, self.axis.right, bench.floor)
        pieces.column(
            draft,
            own,
            tap.sample,
            self.axis.x(tap.step),
            bench.floor,
            self.axis.bar,
            bench.unit,
            hue(part.source),
            copy_of=(*self.x(part), tap.step, "bar"),
        )
        return draft.board("copy", said, 1)

    def one(self, part: Correlation) -> Board:
        said = "… and stretches it: a product."
        draft = self.draft(said, [self.cell.step])
        self.rows(draft, part, 1, lit=[part.taps[0].k])
        return draft.board("product", said, 1)

    def products(self, part: Correlation) -> Board:
        said = "Each product begins where the one before ended."
        draft = self.draft(said, [self.cell.step])
        self.rows(draft, part, len(part.taps))
        cues = tuple(
            Cue(((*self.product(part), tap.k),), beat=motion.ENTER + n, how="down first")
            for n, tap in enumerate(part.taps)
        )
        return draft.board("products", said, 2, cues)

    def partial(self, part: Correlation) -> Board:
        said = "Where the last one ends: the channel's partial sum."
        draft = self.draft(said, [self.cell.step])
        bench = self.rows(draft, part, len(part.taps) + 1)
        x = benches.beside(self.axis, part.taps, self.form)
        made = tuple((*self.product(part), tap.k, "bar") for tap in part.taps)
        pieces.result(
            draft,
            ("partial", part.channel),
            part.partial,
            x,
            bench.floor,
            bench.unit,
            self.axis.bar,
            hue(part.source),
            PARTIAL,
            made_of=made,
        )
        return draft.board("partial 0", said, 2)

    def next_channel(self, place: int) -> Board:
        part = self.parts[place]
        said = f"Channel {part.source} likewise: its own kernel, its own partial sum."
        draft = self.draft(said, [self.cell.step])
        bench = self.rows(draft, part, len(part.taps) + 1)
        x = benches.beside(self.axis, part.taps, self.form)
        made = tuple((*self.product(part), tap.k, "bar") for tap in part.taps)
        pieces.result(
            draft,
            ("partial", part.channel),
            part.partial,
            x,
            bench.floor,
            bench.unit,
            self.axis.bar,
            hue(part.source),
            PARTIAL,
            made_of=made,
        )
        return draft.board(f"channel {place}", said, 2)

    def output(self) -> Board:
        said = "One output: the channels, then the bias."
        draft = self.draft(said, ruler=False)
        addends: list[tuple[Key, Number, str]] = [
            (("partial", p.channel), p.partial, hue(p.source)) for p in self.parts
        ]
        if self.bias is not None:
            addends.append((("bias",), self.bias, "bias"))
        up, down = benches.extent(levels(a[1].value for a in addends))
        top, bottom = 200.0, self.form.height - 220
        unit = min(88.0, (bottom - top) / (up + down))
        foot = bottom - down * unit
        left, right = (620.0, 1800.0) if not self.form.is_narrow else (300.0, 1100.0)
        pitch = (right - left) / (len(addends) + 1)
        xs = [left + pitch * (i + 0.5) for i in range(len(addends) + 1)]
        width = min(190.0, 0.66 * pitch)
        pieces.baseline(draft, ("output",), left, right, foot)
        steps = [(key, number, role, x) for (key, number, role), x in zip(addends, xs, strict=False)]
        pieces.staircase(draft, ("output",), steps, foot, unit, width, size=PARTIAL, until=xs[-1] - width / 2)
        pieces.result(
            draft,
            ("output", self.cell.step),
            self.total,
            xs[-1],
            foot,
            unit,
            width,
            made_of=tuple((*a[0], "bar") for a in addends),
        )
        return draft.board("output", said, 3)
