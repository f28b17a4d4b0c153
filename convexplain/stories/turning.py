"""What the boards of kernel_flip are laid out with: one stage for all of them, a kernel that may be turned over, what
a call makes of it, and the outputs of two calls in one row.

The stage has one unit and one height for every row, so that a board changes only what it speaks of. This module knows
the places of each call and the pieces of the board; what happens, in which order, the story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, HERO, PARTIAL, SMALL, TEXT, Cue, Draft, Format, Key, bar, line
from convexplain.board.pieces import Axis
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import calls, places
from convexplain.stories.bench import Bench
from convexplain.stories.calls import CONVOLVE, KERAS, REVERSED, Call
from convexplain.stories.places import THREAD, Place, Track, W, X, Y, whole
from convexplain.stories.script import Script, Tap
from convexplain.stories.workbench import PRODUCT

UNLIT = 0.45
"""The light of taps that are not meant, on their card."""
TOP, BELOW = 92.0, 136.0
"""From the upper edge of the board to the first frame, and from the lowest row to the lower edge."""
UNEVEN = 8.0
"""How many times as high as the other the two halves of a picture may be, where one unit serves both."""
ON_TOP = motion.LIFT + 1
"""The layer of a kernel's factors: a copy of a sample passes below the number that it is multiplied with."""
NAMED = 100.0
"""The narrowest columns in which taps without numbers have their indices."""


def kernel(call: Call) -> Key:
    """What the keys of a kernel begin with, as a call slides it."""
    return W if call is KERAS else (call.name, *W)


def answers(call: Call) -> Key:
    """What the keys of a call's outputs begin with."""
    return Y if call is KERAS else (call.name, *Y)


def products(call: Call) -> Key:
    """What the keys of a call's products begin with."""
    return PRODUCT if call is KERAS else ("product", call.name)


def rig(call: Call) -> tuple[Key, ...]:
    """What moves as one with a kernel."""
    at = kernel(call)
    return ("rig", *at), at, ("baseline", "rig", *at)


def look(call: Call) -> dict[str, Any]:
    """How the bars of a call are drawn."""
    return {"hollow": True, "size": 3.0} if call.is_hollow else {}


def fits(texts: Iterable[str], narrow: float, share: float = 0.88) -> bool:
    """Whether numbers have room in columns, ``narrow`` ones as in a column of a page, so that the same stand in every
    format.
    """
    return benches.fitting(share * narrow, texts, (SMALL, 0.0)) > 0


class Turns(Track):
    """The script's places, and those of the turned kernel, in one format."""

    def __init__(self, script: Script, form: Format) -> None:
        super().__init__(script, form)
        self.theirs = [calls.place(script, CONVOLVE, place.step) for place in self.places]
        self.met = calls.place(script, CONVOLVE, self.told.step)
        self.whole = whole([tap.weight.value for tap in self.told.taps])
        self.factors = {tap.k: benches.factor(tap.weight) for tap in self.told.taps}
        self.worked = [*self.factors.values(), *(number.text for number in self.signal.values())]
        apart = [place.output.text for place in (*self.places, *self.theirs)]
        self.size = places.size_on(self.wide, apart, 0.37)
        """The size of the numbers of two outputs under one step; 0 where they have no room."""

    def taps(self, turned: bool) -> tuple[Tap, ...]:
        """The told window's taps that a picture has room for."""
        return calls.elided(self.script, (self.met if turned else self.told).taps)

    @cached_property
    def count(self) -> int:
        """How many taps are drawn."""
        return len(self.taps(False))

    @cached_property
    def touched(self) -> list[Place]:
        """Every place where the turned kernel touches the signal, where all of them are told."""
        return calls.touching(self.script) if self.sees_all else []

    # the stage

    @property
    def results(self) -> tuple[float, ...]:
        """The sizes in which the one result may be written."""
        return (PARTIAL, TEXT) if self.form.is_narrow else (HERO, PARTIAL, TEXT)

    @property
    def under(self) -> float:
        """The room under the lowest row: for differences, brackets, and the names that have none at the margin."""
        return 84.0 if self.form.is_narrow else 76.0

    @property
    def low(self) -> float:
        """Where the lowest row ends, its numbers below zero included."""
        return self.form.height - BELOW - self.under

    @cached_property
    def _stage(self) -> tuple[Bench, float]:
        """The heights of all rows, with the unit of products and outputs; and the unit of samples and taps, which is
        the same one unless that would leave one of the two no height.
        """
        size, pad, head = (SMALL, 10.0, 60.0) if self.form.is_narrow else (TEXT, 18.0, 84.0)
        sums = [place.output.value for place in (*self.places, *self.theirs, *self.touched)]
        for taps in (self.taps(False), self.taps(True)):
            sums += benches.levels(tap.product.value for tap in taps)
        rows = (self.samples(self.wide), [tap.weight.value for tap in self.told.taps], sums)
        (s_up, s_down), (w_up, w_down), (t_up, t_down) = map(benches.extent, rows)
        above, index = DIGIT * size + pieces.ABOVE + pad, benches.INDEX + pad - 6
        room = self.low - TOP - 2 * above - pad - index - head
        given, made, numbers = s_up + s_down + w_up + w_down, t_up + t_down, [n for row in rows for n in row]
        unit = low = benches.unit_of(room, given + made, numbers)
        if made and not given / UNEVEN <= made <= given * UNEVEN:
            unit, low = benches.unit_of(room / 2, given, numbers), benches.unit_of(room / 2, made, numbers)
        foot = TOP + above + s_up * unit
        middle = foot + s_down * unit + pad
        base = middle + above + w_up * unit
        end = base + w_down * unit + index
        return Bench(self.wide, low, TOP, foot, middle, base, end, self.low - t_down * low, size), unit

    def on(self, axis: Axis, size: float | None = None) -> Bench:
        """The stage with another axis; without a ``size`` its numbers are as large as the columns let them be, 0 where
        there is no room.
        """
        size = places.size_on(axis, self.worked) if size is None else size
        stage, _ = self._stage
        return replace(stage, axis=axis, size=min(size, stage.size))

    def weights(self, narrow: float) -> dict[int, str]:
        """How the taps are written: as factors, or bare where those have no room; the ends alone, or not at all, where
        that has none either. ``narrow`` is their pitch in a column of a page.
        """
        taps = [tap for tap in self.taps(False) if not tap.more]
        bare = {tap.k: tap.weight.text for tap in taps}
        factors = {tap.k: benches.factor(tap.weight) for tap in taps}
        ends = {k: bare[k] for k in (taps[0].k, taps[-1].k)}
        for texts, room in ((factors, 0.88), (bare, 0.88), (ends, 1.2)):
            if fits(texts.values(), narrow - 16 * (texts is ends), room):
                return texts
        return {}

    # marks

    def draft(self, said: str, axis: Axis | None = None, lit: Iterable[int] = (), call: Call = KERAS) -> Draft:
        """A board with its caption and its ruler. What marks the ``lit`` step is a stroke under it, yellow as the
        formula's t, which slides with the window of a call.
        """
        axis = axis or self.wide
        draft = super().draft(said, axis)
        draft.change([key for key in draft.marks if key[0] == "ruler"], role="formula")
        for step in filter(axis.has, lit):
            x, y = axis.x(step), pieces.RULER + 0.8 * SMALL
            draft.put("ruler", ("ruler", "at", call.name), line("lit", x - 20, y, x + 20, y, size=5))
        return draft

    def bare(self, said: str) -> Draft:
        """A board with its caption alone."""
        draft = Draft(self.form)
        pieces.caption(draft, said)
        return draft

    def lay(
        self,
        draft: Draft,
        rows: Bench,
        taps: Sequence[Tap],
        numbers: bool = True,
        lit: Collection[int] | None = None,
        every: bool = False,
    ) -> None:
        """The signal, every sample of it a bar with its number, and the kernel on its card, which is clipped on the
        side of w[0] wherever it is seen.
        """
        super().lay(draft, replace(rows, unit=self._stage[1]), taps, numbers, lit, True)
        draft.change([("rig", *W, "card"), ("rig", *W, "frame")], corner="left")
        draft.change([key for tap in taps if (key := (*W, tap.k, "digits")) in draft.marks], z=ON_TOP)
        self._write(draft, rows, X, taps)
        self.name(draft, rows)

    def stand(
        self,
        draft: Draft,
        bench: Bench,
        call: Call,
        taps: Sequence[Tap],
        written: Mapping[int, str] = MappingProxyType({}),
        x: Key = X,
        turned: bool | None = None,
    ) -> None:
        """The signal and the kernel of a call over the columns that taps read: hatched where it is turned once, clipped
        on the side of w[0], so that it is seen which way it lies.
        """
        bench = replace(bench, unit=self._stage[1])
        benches.lay_signal(draft, bench, x, self.signal, taps, "sample", False, True)
        self._write(draft, bench, x, taps)
        back, at = call.is_turned if turned is None else turned, kernel(call)
        corner, (left, right) = "right" if back else "left", benches.columns(taps, bench.axis)
        benches.lay_kernel(draft, bench, at, taps, "kernel", self.tints, False, None, corner, back)
        for tap in taps:
            if tap.k in written and not tap.more:
                mark = pieces.digits(draft, (*at, tap.k), written[tap.k], size=bench.size or SMALL)
                reach = mark.width / 2 + (12 if mark.width > 0.88 * bench.axis.pitch else 0)
                middle = min(max(mark.x, left + reach), right - reach)
                draft.change([(*at, tap.k, "digits")], x=middle, z=ON_TOP)
        if bench.size or bench.axis.pitch >= NAMED:
            benches.number_taps(draft, bench, at, taps, named=not self.form.is_narrow)
            draft.change([(*at, tap.k, "index") for tap in taps], role="formula")
            for tap in taps:
                draft.change([(*at, tap.k, "index")], rides=(*at, tap.k, "bar"))

    def _write(self, draft: Draft, bench: Bench, x: Key, taps: Sequence[Tap]) -> None:
        """The numbers of all samples where they have room; those of padding are quiet."""
        read = {tap.step: tap for tap in taps}
        for step in bench.axis.shown if bench.size else ():
            at, tap = (*x, step), read.get(step)
            if (*at, "bar") in draft.marks and (*at, "digits") not in draft.marks:
                number = self.signal[step] if tap is None else tap.sample
                role = "quiet" if tap is not None and (tap.padded or tap.more) else "ink"
                pieces.digits(draft, at, number.text, size=bench.size, role=role)

    def gaps(self, draft: Draft, bench: Bench, pairs: Sequence[tuple[Place, Place]], name: tuple[float, float]) -> None:
        """How far apart two outputs of each step are: a line between their ends, and a number in a row of their own
        under its ``name``, which stands there where the numbers have no room.
        """
        y, margin = self.low + 26, self.form.margin
        if not self.form.is_narrow:
            y = max(y + 10, self.signs(bench)[1][1] + 42)
        for one, other in pairs:
            apart = abs(one.output.value - other.output.value)
            x, ends = self.wide.x(one.home), [bench.floor - float(at.output.value) * bench.unit for at in (one, other)]
            if apart:
                size = min(7.0, 0.6 * self.gap)
                draft.put("gap", ("gap", one.step, "line"), line("differs", x, ends[0], x, ends[1], size=size))
            if self.size:
                text = self.script.written(apart).text
                size = benches.fitting(0.9 * self.wide.pitch, [text])
                draft.put("gap", ("gap", one.step), words(text, x, y, size, "differs"))
        if any(key[0] == "gap" for key in draft.marks):
            at = (margin, y) if self.size else name
            draft.put("gap", ("gap", "name"), words("difference", *at, SMALL, "differs", -1))

    def name(self, draft: Draft, bench: Bench, *others: str) -> None:
        """The names of the rows; ``others`` is that of the lowest."""
        rows = [(X, "signal *x*", bench.foot), (W, "kernel *w*", bench.kernel)]
        rows += [(PRODUCT, said, bench.floor) for said in others]
        for key, said, foot in rows:
            draft.marks.pop(("name", *key), None)
            pieces.name(draft, key, said, foot, "formula")

    def brick(self, draft: Draft, key: Key, call: Call, x: float, middle: float, size: float = SMALL) -> None:
        """The sign of a call: a brick as high as digits, filled or hollow."""
        high = DIGIT * size
        draft.put("sign", (*key, "bar"), bar("output", x + high / 2, middle + high / 2, high, high, **look(call)))

    def title(self, draft: Draft, call: Call, x: float, middle: float, size: float = SMALL, said: str = "") -> float:
        """What a call is typed as, or its name alone, behind its sign, inside the board. Returns where it ends."""
        key = ("sign" if size == SMALL and not said else "title", call.name)
        name = words(f"`{said or call.function}`", x + 1.7 * DIGIT * size, middle, size, "ink", -1)
        over = max(0.0, name.right - (self.form.width - max(20.0, self.form.margin)))
        self.brick(draft, key, call, x - over, middle, size)
        return draft.put("sign", key, name.at(x=name.x - over)).right

    def answer(
        self, draft: Draft, call: Call, place: Place, bench: Bench, x: float, width: float, key: Key = ()
    ) -> Key:
        """An output of a call as a bar, made of the products that stand."""
        key, number = key or (*answers(call), place.step), place.output
        made = tuple(other for tap in place.taps if (other := (*products(call), tap.k, "bar")) in draft.marks)
        more: dict[str, Any] = {"made_of": made, **look(call)}
        bricks = whole([number.value])
        pieces.column(draft, key, number, x, bench.floor, width, bench.unit, "output", bricks=bricks, **more)
        return key

    # two calls in one row

    @property
    def gap(self) -> float:
        """Between the two outputs of one step."""
        return max(4.0, 0.13 * self.wide.pitch)

    def signs(self, bench: Bench) -> tuple[tuple[float, float], tuple[float, float]]:
        """Where the names of two calls stand: at the margin of their row, or where that has no room below it."""
        margin, middle = self.form.margin, bench.floor - DIGIT * SMALL / 2
        if self.form.is_narrow:
            y = self.form.height - BELOW - 14
            return (margin, y), (margin + 240, y)
        return (margin, middle - 26), (margin, middle + 26)

    def pairs(self, draft: Draft, known: Sequence[Place], others: Sequence[Place], other: Call = CONVOLVE) -> None:
        """The outputs of ``Conv1D`` and those of the ``other`` call that are there, under the names of the two."""
        bench = self.on(self.wide, self.size)
        self.two(draft, bench, ((KERAS, known), (other, others)))
        for call, at in zip((KERAS, other), self.signs(bench), strict=True):
            self.title(draft, call, *at)

    def two(self, draft: Draft, bench: Bench, outputs: Iterable[tuple[Call, Sequence[Place]]]) -> None:
        """The outputs of two calls, side by side under their steps, closer to each other than to the next pair."""
        width = min(pieces.WIDEST, 0.28 * self.wide.pitch)
        pieces.baseline(draft, Y, self.wide.left, self.wide.right, bench.floor)
        for side, (call, wheres) in zip((-1, 1), outputs, strict=True):
            for place in wheres:
                x = self.wide.x(place.home) + side * (width + self.gap) / 2
                key = self.answer(draft, call, place, bench, x, width)
                if bench.size:
                    pieces.digits(draft, key, place.output.text, size=bench.size)

    def thread(self, draft: Draft, bench: Bench, call: Call, place: Place) -> None:
        """A thin line from the window of a call down to its outputs, between the two: what they speak of."""
        x, keys = bench.axis.x(place.home), [(*answers(of), place.step) for of in (KERAS, CONVOLVE, REVERSED)]
        marks = [draft.marks[*key, part] for key in keys for part in ("bar", "digits") if (*key, part) in draft.marks]
        end = max(bench.bottom, min(mark.top for mark in marks) - 10)
        draft.put("thread", (*THREAD, call.name), line("kernel", x, bench.bottom, x, end, size=3, z=-1))

    # a kernel that moves

    def turning(self, draft: Draft, at: Key) -> Cue:
        """A kernel turns over about its middle, with everything on its card."""
        card = draft.marks["rig", *at, "card"]
        return Cue((at, ("rig", *at), ("baseline", "rig", *at)), motion.MOVE, how="turn", at=(card.x, card.y))
