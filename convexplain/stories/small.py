"""A layer of few short numbers, of which channel_summation tells everything: what its boards have in common.

Keys, names, the ruler with the place of the window on it, and rows of a channel over its kernel in one unit. This
module knows the channels of a script's cell and pieces; which of it stands on which board the boards' modules say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction

from convexplain.board import pieces
from convexplain.board.marks import COLUMN, DIGIT, SMALL, TEXT, Draft, Key, Role, line
from convexplain.board.pieces import ABOVE, Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench
from convexplain.stories.channels import Channels, hue, is_whole
from convexplain.stories.script import Correlation, Tap

TOP = 90.0
"""Where the picture begins, below the ruler."""
GAP = 10.0
"""Between a frame and what stands in it, between signal and kernel, and between two rigs."""
PALE, OUTSIDE = 0.5, 0.4
"""How far a tap's colour is on its way to ink, and the light of a sample that no window covers."""


def is_small(row: Channels) -> bool:
    """Whether the whole signal, every number and every filter have room, in every format."""
    script = row.script
    every = [part for cell in cells(row) for part in script.correlations(cell)]
    taps = [tap for part in every for tap in part.taps]
    few = len(row.parts) <= 2 and not row.rest and row.filters <= 2 and row.read <= 6 and len(every[0].taps) <= 4
    plain = script.layer.activation == "linear" and script.layer.groups == 1 and not script.shown.is_rounded
    if not few or not plain or any(tap.padded for tap in taps):
        return False
    texts = [benches.factor(tap.weight) for tap in taps] + [f"+{part.partial.text}" for part in every]
    texts += [f"+{tap.product.text}" for tap in taps]
    room = (COLUMN.width - COLUMN.names - COLUMN.margin) / 8
    return max(advance(runs_of(text)) for text in texts) * SMALL <= room and is_whole(*(t.product for t in taps))


def cells(row: Channels) -> list[Cell]:
    """All outputs of the layer."""
    return [Cell(step, f) for f in range(row.filters) for step in range(row.steps)]


class Small:
    """What all boards of a small layer share."""

    def __init__(self, row: Channels) -> None:
        self.row, self.form, self.script, self.cell = row, row.form, row.script, row.cell
        self.parts, self.at, self.f = row.parts, row.cell.step, row.cell.channel
        self.bias = row.bias
        self.is_film = not row.form.is_narrow
        self.size = TEXT if self.is_film else SMALL
        self.above = above(self.size)
        self.bottom = row.form.height - 156.0
        """Where a picture ends."""

    # numbers

    def correlations(self, step: int, f: int | None = None) -> tuple[Correlation, ...]:
        """What each channel gives to an output."""
        return self.script.correlations(Cell(step, self.f if f is None else f))

    def addends(self, step: int) -> list[tuple[Key, Number, Role]]:
        """What an output of the told filter is the sum of."""
        found: list[tuple[Key, Number, Role]] = [
            (self.partial(step, part), part.partial, hue(part)) for part in self.correlations(step)
        ]
        return [*found, (("bias", step), self.bias, "bias")] if self.bias else found

    def reached(self, step: int) -> list[Fraction]:
        """Where the staircase of an output stands after each addend."""
        return benches.levels(number.value for _, number, _ in self.addends(step))

    def sum(self, step: int, f: int | None = None) -> str:
        """An output as it is worked out: ``9 − 3 + 2 = 8``."""
        at = Cell(step, self.f if f is None else f)
        numbers, bias = [part.partial.text for part in self.correlations(step, f)], self.script.bias(at)
        return phrases.added([*numbers, *([bias.text] if bias else [])], self.script.output(*at).text)

    @staticmethod
    def worked(part: Correlation) -> str:
        """The products of a channel and their sum in a line; a single product with its factors."""
        if len(part.taps) == 1:
            return phrases.multiplied(part.taps[0])
        return phrases.added([tap.product.text for tap in part.taps], part.partial.text)

    # keys

    @staticmethod
    def partial(step: int, part: Correlation) -> Key:
        """A channel's partial sum for an output."""
        return ("partial", step, part.channel)

    # boards

    def draft(
        self,
        said: str,
        shown: Iterable[str] | None = (),
        lit: Iterable[str] = (),
        channels: bool = True,
        filters: bool = False,
    ) -> Draft:
        """A board with its caption and its formula, of which ``shown`` parts are there (all when None); before there
        are several ``channels`` no sign counts them.
        """
        draft, row = Draft(self.form), self.row
        pieces.caption(draft, said)
        output = phrases.array(self.script.level, self.script.source.stack.depth)
        array = phrases.array(self.script.level - 1)
        own = phrases.layer_formula(
            self.script.layer, row.read, channels=channels, filters=filters, output=output, array=array
        )
        pieces.formula(draft, own, lit, shown, row.formula(True))
        return draft

    def ruler(self, draft: Draft, axis: Axis, step: int | None = None) -> None:
        """The steps, and over the one where the window of an output starts its t."""
        pieces.ruler(draft, axis, "step")
        if step is not None:
            start, scale = self.script.start(step), self.script.layer.strides
            written = f"{scale if scale > 1 else ''}*t* = {start}"
            draft.marks["ruler", start] = words(written, axis.x(start), pieces.RULER, SMALL, "lit")

    def label(self, draft: Draft, key: Key, markup: str, foot: float, role: Role, room: float | None = None) -> None:
        """The name of a row on its baseline, as large as its room at the left allows."""
        room = (self.form.names if room is None else room) - self.form.margin - 8
        size = benches.fitting(room, [markup], (self.size, SMALL))
        mark = words(markup, self.form.margin, foot - DIGIT * size / 2, size, role, align=-1)
        draft.put("name", ("name", *key), mark)

    def name(
        self,
        draft: Draft,
        part: Correlation,
        bench: Bench,
        c: bool = False,
        lit: bool = False,
        apart: float = 0.0,
    ) -> None:
        """The names of a channel and its kernel, on their baselines or so far ``apart``; the channel by its ``c`` if a
        formula has it.
        """
        array = phrases.array(self.script.level - 1)
        said = f"*c* = {part.source}" if c else f"channel {part.source}"
        if self.script.level > 1:
            said = f"{array}, *c* = {part.source}"
        self.label(draft, self.row.x(part), said, bench.foot, "lit" if lit else hue(part))
        below = max(bench.kernel, bench.foot + max(apart, 0.8 * self.size))
        self.label(draft, self.row.w(part), "kernel", below, hue(part))

    def rows(
        self,
        axis: Axis,
        part: Correlation,
        taps: Sequence[Tap],
        unit: float,
        top: float,
        over: float,
        size: float = 0.0,
        below: float = 0.0,
        under: float = 0.0,
    ) -> Bench:
        """The rows of a channel and its kernel from ``top`` on, ``over`` being the room over their bars, ``below`` that
        under the taps, ``under`` that under bars that hang.
        """
        s_up, s_down = benches.extent(number.value for number in self.row.signals[part.channel].values())
        w_up, w_down = benches.extent(tap.weight.value for tap in taps)
        foot = top + over + s_up * unit
        middle = foot + s_down * unit + under * (s_down > 0) + GAP
        kernel = middle + over + w_up * unit
        return Bench(
            axis,
            unit,
            top,
            foot,
            middle,
            kernel,
            kernel + w_down * unit + under * (w_down > 0) + GAP + below,
            0.0,
            size,
        )

    def channel(
        self,
        draft: Draft,
        part: Correlation,
        bench: Bench,
        taps: Sequence[Tap],
        lit: Sequence[int] | None = None,
        beside: bool = False,
        whole: bool = True,
    ) -> None:
        """A channel under its window, and its kernel; their numbers, where the rows have a size for them, over the bars
        or ``beside`` them. Samples that the window does not cover are out of the light; gone, if the signal is not
        ``whole``.
        """
        row, axis = self.row, bench.axis
        signal = {step: number for step, number in row.signals[part.channel].items() if axis.has(step)}
        covered, pale = {tap.step for tap in taps}, (str(hue(part)), "ink", PALE)
        signal = {step: number for step, number in signal.items() if whole or step in covered}
        pieces.signal(draft, row.x(part), signal, axis, bench.foot, bench.unit, hue(part))
        end = axis.x(max(signal)) + 0.5 * axis.pitch
        draft.marks["baseline", *row.x(part)] = line("line", axis.left, bench.foot, end, bench.foot, z=-1)
        draft.change([(*row.x(part), step, "bar") for step in signal if step not in covered], light=OUTSIDE)
        benches.lay_kernel(draft, bench, row.w(part), taps, hue(part), {tap.k: pale for tap in taps}, False, lit)
        if not bench.size:
            return
        side = "beside" if beside else "above"
        for step, number in signal.items():
            role: Role = "ink" if step in covered else "quiet"
            pieces.digits(draft, (*row.x(part), step), number.text, bench.size, role, side)
        for tap in taps:
            said, at = tap.weight.text if beside else benches.factor(tap.weight), (*row.w(part), tap.k)
            pieces.digits(draft, at, said, bench.size, "ink" if lit is None or tap.k in lit else "quiet", side)
        if beside:  # no number lies on a baseline
            rows = [(bench.foot, (*row.x(part), step), number) for step, number in signal.items()]
            rows += [(bench.kernel, (*row.w(part), tap.k), tap.weight) for tap in taps]
            for y, key, number in rows:
                mark, lower = draft.marks[(*key, "digits")], 1 if number.value < 0 else -1
                x = draft.marks[(*key, "bar")].right + 6 + mark.width / 2
                draft.change([(*key, "digits")], x=x, y=y + lower * (DIGIT * bench.size / 2 + 5))

    def repeated(self, draft: Draft, part: Correlation) -> None:
        """The numbers of a channel repeat what was written before: they are no marks of their own, for a column has no
        room for them.
        """
        own = (self.row.x(part), self.row.w(part))
        draft.change([key for key in draft.marks if key[: len(key) - 2] in own and key[-1] == "digits"], about=None)

    def indices(
        self, draft: Draft, axis: Axis, part: Correlation, y: float, lit: Sequence[int] = (), named: bool = True
    ) -> None:
        """The index of each tap of a channel's kernel, and before them what it is."""
        if named:
            said = words("tap *k*", self.form.margin, y, SMALL, "lit" if lit else "quiet", align=-1)
            draft.put("index", ("index", "name"), said)
        for tap in part.taps:
            mark = words(str(tap.k), axis.x(tap.step), y, SMALL, "lit" if tap.k in lit else "quiet")
            draft.put("index", ("index", part.channel, tap.k), mark)

    def point(
        self,
        draft: Draft,
        key: Key,
        word: str,
        meaning: str,
        x: float,
        y: float,
        brace: tuple[float, float] | None = None,
        thing: float | None = None,
    ) -> None:
        """A word defined by pointing: right of x, at the ``thing`` that ends there or before; at a stretch of it by a
        bracket.
        """
        size, begin = self.size, x + 16
        if brace is not None:
            top, bottom = brace
            ends = (begin - 6, top, begin + 8, top, begin + 8, bottom, begin - 6, bottom)
            draft.put("callout", ("callout", *key, "brace"), line("quiet", *ends, size=3))
            begin += 8
        start = begin + 44
        room = self.form.width - self.form.margin - start
        said = next((text for text in (f"{word}: {meaning}", word) if advance(runs_of(text)) * size <= room), word)
        draft.put(
            "callout",
            ("callout", *key, "line"),
            line("quiet", begin if thing is None else thing + 8, y, start - 14, y, size=3),
        )
        draft.put("callout", ("callout", *key), words(said, start, y, size, "ink", align=-1))

    def foot(self, draft: Draft, left: float, right: float, top: float, height: float, named: bool = True) -> None:
        """The foot of a filter: its name, and its bias."""
        if self.bias is None:
            return
        key = (f"b{self.script.level}", self.f)
        pieces.foot(draft, key, self.bias, left, right, top, height)
        said = draft.marks[*key, "digits"]
        draft.marks[*key, "name"] = words("bias", said.left - 12, said.y, SMALL, "ink", align=1)
        if named:
            own = words(f"filter {self.f}", left + 18, said.y, SMALL, "ink", align=-1)
            if own.right + 12 < draft.marks[*key, "name"].left:
                draft.put("foot", (*key, "filter"), own)


def above(size: float) -> float:
    """The room of a number over its bar."""
    return ABOVE + DIGIT * size + GAP


def fitted(room: Callable[[float], float], least: float = 1e-9, most: float = 44.0) -> float:
    """The largest unit, at most ``most``, at which ``room(unit)``, what is left of the height, is not negative; heights
    grow evenly with the unit.
    """
    fixed = room(0.0)
    reach = fixed - room(1.0)
    return max(least, min(most, fixed / reach)) if reach > 0 else most


def broad(axis: Axis) -> Axis:
    """An axis whose bars are half as wide as its steps, however wide those are."""
    return replace(axis, widest=400.0)
