"""The channels that one output is made of, and how a channel stands over its kernel: what all boards of
channel_summation have in common.

It knows the numbers and keys of a script's cell, the formula, the ruler, and rows of a channel over its kernel in one
unit, of any network: what has no room is elided or counted. Which of it stands where the boards' modules say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property

from convexplain.board import pieces
from convexplain.board.marks import COLUMN, DIGIT, SMALL, TEXT, Draft, Format, Key, Role, line
from convexplain.board.pieces import ABOVE, Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench
from convexplain.stories.script import Correlation, Script, Tap

MOST_CHANNELS, MOST_TAPS, MOST_STEPS = 4, 6, 24
"""What a picture has room for; the rest is counted and summed."""
TOP = 92.0
"""Where the picture begins, below the ruler."""
GAP = 10.0
"""Between a frame and what stands in it, between signal and kernel, and between two rigs."""
PALE, OUTSIDE = 0.5, 0.4
"""How far a tap's colour is on its way to ink, and the light of a sample that no window covers."""


def hue(part: Correlation) -> Role:
    """The role of a channel."""
    return f"channel {part.source}"


def is_whole(*numbers: Number) -> bool:
    """Whether numbers can be counted in bricks."""
    return all(number.value.denominator == 1 for number in numbers)


def width(text: str, size: float = SMALL) -> float:
    """How wide a text is."""
    return advance(runs_of(text)) * size


def above(size: float) -> float:
    """The room of a number over its bar."""
    return ABOVE + DIGIT * size + GAP


def fitted(room: Callable[[float], float], most: float) -> float:
    """The largest unit, at most ``most``, at which ``room(unit)``, what is left of the height, is not negative; heights
    grow evenly with the unit.
    """
    fixed = room(0.0)
    reach = fixed - room(1.0)
    return max(1e-9, min(most, fixed / reach)) if reach > 0 else most


class Channels:
    """The channels of a script's cell, in one format."""

    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.cell = script, form, script.cell
        self.at, self.f = script.cell
        self.steps, self.filters = script.shape
        self.read = script.read_shape[0]
        self.is_film = not form.is_narrow
        self.size = TEXT if self.is_film else SMALL
        self.bottom = form.height - 156.0
        """Where a picture ends."""
        every = script.correlations(script.cell)
        kept = {part.channel for part in every}
        if len(every) > MOST_CHANNELS:
            ranked = sorted(every, key=lambda part: -abs(part.partial.value))
            kept = {part.channel for part in ranked[: MOST_CHANNELS - 1]}
        self.kept, self.rest = sorted(kept), len(every) - len(kept)
        self.parts = self.correlations(self.at)
        self.taps = self.parts[0].taps
        self.bias = script.bias(script.cell)
        self.signals = {part.channel: script.signal(part.source) for part in self.parts}
        shown = [tap.product for part in self.parts for tap in part.taps]
        samples = [number for signal in self.signals.values() for number in signal.values()]
        self.whole = is_whole(*shown, *samples, *(tap.weight for part in self.parts for tap in part.taps))

    def most(self, brick: float) -> float:
        """The largest unit where a brick may be so high: bars of numbers that are not whole fill their room."""
        return brick if self.whole else 1e30

    # numbers

    def correlations(self, step: int, f: int | None = None) -> tuple[Correlation, ...]:
        """What each shown channel gives to an output."""
        parts = self.script.correlations(Cell(step, self.f if f is None else f), self.kept)
        return tuple(part._replace(taps=self.script.elide(part, MOST_TAPS)) for part in parts)

    def addends(self, step: int, f: int | None = None) -> list[tuple[Key, Number, Role, str]]:
        """What an output is the sum of: key, number, role and name."""
        at = Cell(step, self.f if f is None else f)
        parts, bias = self.correlations(step, f), self.script.bias(at)
        found = [(self.partial(step, part), part.partial, hue(part), f"channel {part.source}") for part in parts]
        if self.rest:
            value = self.script.total(at).value - sum((part.partial.value for part in parts), Fraction(0))
            left = self.script.written(value - (bias.value if bias else 0))
            found.append((("partial", step, "rest"), left, "quiet", f"{self.rest} more"))
        return [*found, (("bias", step), bias, "bias", "bias")] if bias else found

    def final(self, step: int) -> Number:
        """An output as it is given on."""
        return self.script.output(step, self.f)

    def sum(self, step: int, f: int | None = None) -> str:
        """An output as it is worked out: ``9 − 3 + 2 = 8``."""
        total = self.script.total(Cell(step, self.f if f is None else f))
        return phrases.added([addend[1].text for addend in self.addends(step, f)], total.text)

    @staticmethod
    def worked(part: Correlation) -> str:
        """The products of a channel and their sum in a line; a single product with its factors."""
        if len(part.taps) == 1:
            return phrases.multiplied(part.taps[0])
        return phrases.added([tap.product.text for tap in part.taps], part.partial.text)

    # keys: the data's own

    def x(self, part: Correlation) -> Key:
        """A channel of the signal that is read."""
        return ("x" if self.script.level == 1 else f"y{self.script.level - 1}", part.source)

    def w(self, part: Correlation, f: int | None = None) -> Key:
        """A channel's kernel."""
        return (f"w{self.script.level}", part.channel, self.f if f is None else f)

    def y(self, step: int, f: int | None = None) -> Key:
        """An output."""
        return (f"y{self.script.level}", step, self.f if f is None else f)

    @staticmethod
    def partial(step: int, part: Correlation) -> Key:
        """A channel's partial sum for an output."""
        return ("partial", step, part.channel)

    @staticmethod
    def products(part: Correlation) -> tuple[Key, ...]:
        """The products of a channel."""
        return tuple(("product", part.channel, tap.k, "bar") for tap in part.taps)

    def rig(self, part: Correlation) -> tuple[Key, ...]:
        """A channel with its kernel, its numbers and indices: what travels as one."""
        x, w = self.x(part), self.w(part)
        covered = tuple((*x, tap.step) for tap in part.taps)
        return (*covered, w, ("rig", *w), ("index", part.channel), ("baseline", *x), ("baseline", "rig", *w))

    def frames(self, f: int) -> tuple[Key, ...]:
        """What the kernels of a filter stand in."""
        return tuple((*kind, *self.w(part, f)) for part in self.parts for kind in (("rig",), ("baseline", "rig")))

    # names

    @property
    def array(self) -> str:
        """The name of what is read."""
        return phrases.array(self.script.level - 1)

    @property
    def output(self) -> str:
        """The name of what is told."""
        return phrases.array(self.script.level, self.script.source.stack.depth)

    def formula(self, channels: bool = True, filters: bool = False) -> list[pieces.Part]:
        """The formula of the told layer."""
        named = dict(output=self.output, array=self.array)
        return phrases.layer_formula(self.script.layer, self.read, channels=channels, filters=filters, **named)

    # axes

    @cached_property
    def close(self) -> Axis:
        """The axis where products stand: the window and what is beside it, with three places for sums after it."""
        return replace(benches.window_axis(Draft(self.form), self.taps, self.read, 8, 3), widest=400.0)

    @cached_property
    def wide(self) -> Axis:
        """The axis where all outputs stand, or as many as there is room for."""
        draft, columns = Draft(self.form), [self.script.home(step) for step in range(self.steps)]
        if self.read <= MOST_STEPS:
            every = Axis.over(draft, range(max(self.read, max(columns) + 1)), self.read)
        else:
            near = [tap.step for tap in self.taps if not tap.padded] or [0]
            every = Axis.near(draft, near, self.read, MOST_STEPS)
        return replace(every, widest=160.0)

    @cached_property
    def shown(self) -> list[int]:
        """The output steps that have a place on the wide axis."""
        return [step for step in range(self.steps) if self.wide.has(self.script.home(step))]

    def home(self, step: int) -> float:
        """Where an output stands on the wide axis."""
        return self.wide.x(self.script.home(step))

    def fits(self, texts: Iterable[str]) -> bool:
        """Whether numbers have room over the bars of a row on the wide axis, in every format."""
        longest = max(map(width, texts), default=0.0)
        return len(self.wide.steps) * (longest + 10) <= COLUMN.width - COLUMN.names

    @cached_property
    def is_written(self) -> bool:
        """Whether samples and taps have room for their numbers on the wide axis."""
        taps = [tap for part in self.parts for tap in part.taps]
        return self.fits([benches.factor(tap.weight) for tap in taps] + [tap.sample.text for tap in taps])

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
        draft = Draft(self.form)
        pieces.caption(draft, said)
        pieces.formula(draft, self.formula(channels, filters), lit, shown, self.formula(filters=True))
        return draft

    def ruler(self, draft: Draft, axis: Axis, at: int | None = None, tap: Tap | None = None) -> None:
        """The steps; over the one where the window of an output starts its t, over a tap's sample its index."""
        start = None if at is None else self.script.start(at)
        lit = [step for step in (start, tap.step if tap else None) if step is not None]
        pieces.ruler(draft, axis, "step", lit=lit)
        strides = self.script.layer.strides
        said = dict[int, str]()
        if start is not None and start == strides * (at or 0):
            said[start] = f"{strides if strides > 1 else ''}*t* = {start}"
        if tap is not None and tap.step != start:
            parts = self.formula(channels=False)
            begin = [part.name for part in parts].index("x") + 1
            read = "".join(part.markup for part in parts[begin:] if part.name != "x ]")
            said[tap.step] = f"{read} = {tap.step}"
        for step, text in said.items():
            if ("ruler", step) in draft.marks and width(text) + 30 <= axis.pitch:
                draft.marks["ruler", step] = words(text, axis.x(step), pieces.RULER, self.form.small, "lit")

    def label(self, draft: Draft, key: Key, markup: str, foot: float, role: Role) -> None:
        """The name of a row on its baseline, as large as its room at the left allows."""
        size = benches.fitting(self.form.names - self.form.margin - 8, [markup], (self.size, SMALL))
        y = max(foot - DIGIT * size / 2, pieces.RULER + 0.5 * (SMALL + size))
        draft.put("name", ("name", *key, markup), words(markup, self.form.margin, y, size, role, align=-1))

    def name(self, draft: Draft, part: Correlation, bench: Bench, c: bool = True, lit: bool = False) -> None:
        """The names of a channel, by its ``c`` if a formula has it, and, where it has room, of its kernel."""
        said = f"*c* = {part.source}" if c else f"channel {part.source}"
        said = said if self.script.level == 1 else f"{self.array}, *c* = {part.source}"
        self.label(draft, self.x(part), said, bench.foot, "lit" if lit else hue(part))
        if bench.kernel - bench.foot >= 1.1 * self.size and bench.bottom - bench.top >= 2.4 * self.size:
            self.label(draft, self.w(part), "kernel", bench.kernel, hue(part))

    def rows(
        self, axis: Axis, part: Correlation, unit: float, top: float, size: float = 0.0, below: float = 0.0
    ) -> Bench:
        """The rows of a channel and its kernel from ``top`` on, with numbers of ``size`` and room ``below``."""
        s_up, s_down = benches.extent(number.value for number in self.signals[part.channel].values())
        w_up, w_down = benches.extent(tap.weight.value for tap in part.taps)
        over = above(size) if size else 0.6 * GAP
        foot = top + over + s_up * unit
        middle = foot + s_down * unit + GAP
        kernel = middle + over + w_up * unit
        return Bench(axis, unit, top, foot, middle, kernel, kernel + w_down * unit + GAP + below, 0.0, size)

    def lay(
        self,
        draft: Draft,
        part: Correlation,
        bench: Bench,
        lit: Sequence[int] | None = None,
        repeated: bool = False,
    ) -> None:
        """A channel under its window, and its kernel, with their numbers where the rows have a size for them. Samples
        that the window does not cover are out of the light. Numbers that are ``repeated`` are no marks of their own: a
        column may have no room for them.
        """
        x, w, axis, role = self.x(part), self.w(part), bench.axis, hue(part)
        taps = [tap for tap in part.taps if axis.has(tap.step)]
        covered, left_out = {tap.step for tap in taps}, {tap.step for tap in taps if tap.more}
        signal = {step: n for step, n in self.signals[part.channel].items() if axis.has(step) and step not in left_out}
        pieces.signal(draft, x, signal, axis, bench.foot, bench.unit, role, bricks=self.whole and bench.unit > 6)
        end = axis.x(max([*signal, *covered])) + 0.5 * axis.pitch
        draft.marks["baseline", *x] = line("line", axis.left, bench.foot, end, bench.foot, z=-1)
        draft.change([(*x, step, "bar") for step in signal if step not in covered], light=OUTSIDE)
        for tap in taps:
            if tap.padded or tap.more:
                at, end = (*x, tap.step), axis.x(tap.step)
                pieces.column(draft, at, tap.sample, end, bench.foot, 12, bench.unit, "context")
        benches.lay_kernel(draft, bench, w, taps, role, {tap.k: (str(role), "ink", PALE) for tap in taps}, False, lit)
        if not bench.size:
            return
        for step in sorted({*signal, *covered}):
            text = next((tap.sample.text for tap in taps if tap.step == step), None) or signal[step].text
            if step in covered or self.is_written:
                pieces.digits(draft, (*x, step), text, bench.size, "ink" if step in {*signal} & covered else "quiet")
        for tap in taps:
            said = tap.weight.text if tap.more else benches.factor(tap.weight)
            meant = lit is None or tap.k in lit
            pieces.digits(draft, (*w, tap.k), said, bench.size, "ink" if meant else "quiet")
        if repeated:
            draft.change([k for k in draft.marks if k[: len(k) - 2] in (x, w) and k[-1] == "digits"], about=None)

    def indices(
        self, draft: Draft, part: Correlation, bench: Bench, lit: Sequence[int] = (), named: bool = True
    ) -> None:
        """The index of each tap of a channel's kernel, and at the margin what it is."""
        small = self.form.small
        y = bench.bottom - small / 2 - 6
        if named:
            name = words("tap *k*", self.form.margin, y, small, "lit" if lit else "quiet", align=-1)
            draft.put("index", ("index", "name"), name)
        for tap in part.taps:
            if bench.axis.has(tap.step):
                said, role = "⋯" if tap.more else str(tap.k), "lit" if tap.k in lit else "quiet"
                mark = words(said, bench.axis.x(tap.step), y, small, role)
                draft.put("index", ("index", part.channel, tap.k), mark)
                if tap.k in lit:
                    mark = words("*k* =", mark.left - 8, y, small, "lit", align=1)
                    draft.put("index", ("index", part.channel, tap.k, "lit"), mark)

    def foot(self, draft: Draft, left: float, right: float, top: float, height: float, f: int | None = None) -> None:
        """The foot of a filter: its name, and its bias."""
        f = self.f if f is None else f
        bias = self.script.bias(Cell(self.at, f))
        if bias is None:
            return
        key = (f"b{self.script.level}", f)
        pieces.foot(draft, key, bias, left, right, top, height)
        draft.marks.pop((*key, "name"), None)
        said = draft.marks[*key, "digits"]
        name = words("bias *b* =", said.left - 12, said.y, said.size, "ink", align=1)
        if name.left > left + 10:
            draft.marks[*key, "name"] = name


def terms(
    draft: Draft,
    key: Key,
    addends: Sequence[tuple[str, Role]],
    total: str,
    x: float,
    y: float,
    room: float,
    size: float,
    many: int = 0,
) -> None:
    """The first ``many`` of some addends, each in its role, and then their total, in a line about x, each where it
    stays; nothing where the whole line has no room.
    """
    (first, role), *others = addends
    every = [(first, role), *((f" {t[0]} {t[1:]}" if t[:1] in "−+" else f" + {t}", own) for t, own in others)]
    every.append((f" = {total}", "ink"))
    line_ = "".join(text for text, _ in every)
    size = benches.fitting(room, [line_], [own for own in (size, TEXT, 40.0, SMALL) if own <= size])
    if width(line_, size) > room or not others:
        return
    left = x - width(line_, size) / 2
    for place, (text, own) in enumerate(every):
        if place < many:
            draft.put("count", ("count", *key, place), words(text, left, y, size, own, align=-1))
        left += width(text, size)
