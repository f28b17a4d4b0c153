"""What the boards of kernel_flip are laid out with: a kernel that may be turned over, what a call makes of it, two
calls side by side, and two rows of outputs.

This module knows the places of each call and the pieces of the board; what happens, in which order, the story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import Any

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import COLUMN, DIGIT, HERO, PARTIAL, SMALL, TEXT, Cue, Draft, Format, Key, bar, line
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import calls, places
from convexplain.stories.bench import Bench, levels
from convexplain.stories.calls import CONVOLVE, KERAS, Call
from convexplain.stories.places import Place, Rows, Track, W, X, Y, whole
from convexplain.stories.script import Script, Tap

UNLIT = 0.45
"""The light of taps that are not meant, on their card."""
BELOW = 156.0
"""From the picture's lower end to the lower edge of the board."""
CLOSE = 9
"""The most places of an axis where the taps have names."""


def kernel(call: Call) -> Key:
    """What the keys of a kernel begin with, as a call slides it."""
    return W if call is KERAS else (call.name, *W)


def answers(call: Call) -> Key:
    """What the keys of a call's outputs begin with."""
    return Y if call is KERAS else (call.name, *Y)


def products(call: Call) -> Key:
    """What the keys of a call's products begin with."""
    return ("product", call.name)


def rig(call: Call) -> tuple[Key, ...]:
    """What moves as one with a kernel."""
    at = kernel(call)
    return ("rig", *at), at, ("baseline", "rig", *at)


def look(call: Call) -> dict[str, Any]:
    """How the bars of a call are drawn."""
    return {"hollow": True, "size": 3.0} if call.is_hollow else {}


@dataclass(frozen=True)
class Panel:
    """One call's window: its bench, its taps by the steps they read, and where its result stands."""

    call: Call
    x: Key
    bench: Bench
    taps: tuple[Tap, ...]
    result: float

    @property
    def inward(self) -> int:
        """On which side the result stands: between the two panels."""
        return 1 if self.call is KERAS else -1


class Turns(Track):
    """The script's places, and those of the turned kernel, in one format."""

    def __init__(self, script: Script, form: Format) -> None:
        super().__init__(script, form)
        self.theirs = [calls.place(script, CONVOLVE, place.step) for place in self.places]
        self.met = calls.place(script, CONVOLVE, self.told.step)
        self.whole = whole([tap.weight.value for tap in self.told.taps])
        apart = [place.output.text for place in (*self.places, *self.theirs)]
        self.size = places.size_on(self.wide, apart, 0.46)

    def taps(self, turned: bool) -> tuple[Tap, ...]:
        """The told window's taps that a picture has room for."""
        return calls.elided(self.script, (self.met if turned else self.told).taps)

    @cached_property
    def count(self) -> int:
        """How many taps are drawn."""
        return len(self.taps(False))

    # benches

    def _weights(self) -> list[Fraction]:
        return [tap.weight.value for tap in self.told.taps]

    @property
    def under(self) -> float:
        """The room under a row of outputs of two calls: where the names have none at the margin, they stand there."""
        return 44.0 if self.form.is_narrow else 0.0

    def fits(self, texts: Iterable[str], pitch: float, share: float = 0.88) -> bool:
        """Whether numbers have room in columns, in a column of a page too, so that the same stand in every format."""
        return benches.fitting(share * pitch * COLUMN.width / self.form.width, texts, (SMALL, 0.0)) > 0

    def weights(self, pitch: float, is_factor: bool) -> dict[int, str]:
        """How the taps are written: as factors, or bare where they stand alone or have no room; not at all where that
        has none either.
        """
        taps = [tap for tap in self.taps(False) if not tap.more]
        for write in (benches.factor, lambda number: number.text) if is_factor else (lambda number: number.text,):
            texts = {tap.k: write(tap.weight) for tap in taps}
            if self.fits(texts.values(), pitch):
                return texts
        return {}

    def sized(self, pitch: float, texts: Iterable[str]) -> float:
        """Of worked numbers, as large as their columns let them be."""
        return SMALL if self.form.is_narrow else benches.fitting(0.88 * pitch, texts)

    def stage(self, axis: Axis, size: float, below: float = benches.INDEX) -> Bench:
        """Signal and kernel alone, larger, with names under the taps."""
        samples = self.samples(self.wide)
        return Bench.fit(self.form, axis, samples, self._weights(), [], size, largest=88, below=below)

    def alone(self, axis: Axis, size: float) -> Bench:
        """A kernel without a signal, in the middle of the room below a title."""
        first, last = benches.TOP + SMALL, self.form.height - BELOW
        up, down = benches.extent(self._weights())
        above, under = benches.GAP + size + 6, benches.GAP + benches.INDEX
        unit = benches.unit_of(last - first - above - under, up + down, self._weights(), 132.0)
        top = (first + last - (up + down) * unit - above - under) / 2
        foot = top + above + up * unit
        return Bench(axis, unit, top, top, top, foot, foot + down * unit + under, 0.0, size)

    def lone_row(self, numbers: Iterable[Fraction], size: float, below: float) -> Rows:
        """One row of outputs, as high as the board lets it be, with numbers of a size over them."""
        values = list(numbers)
        up, down = benches.extent(values)
        first, last = benches.TOP + size + 40, self.form.height - BELOW - below
        unit = benches.unit_of(last - first, up + down, values, 88.0)
        floor = (first + last + (up - down) * unit) / 2
        return Rows(self.wide, unit, first, floor, floor, floor, floor, floor, size, unit)

    # marks

    def bare(self, said: str) -> Draft:
        """A board with its caption alone."""
        draft = Draft(self.form)
        pieces.caption(draft, said)
        return draft

    def title(self, draft: Draft, call: Call, x: float, middle: float, size: float = SMALL) -> float:
        """A call's name behind its sign: a brick, filled or hollow. Returns where it ends."""
        brick, key = DIGIT * size, ("sign" if size == SMALL else "title", call.name)
        mark = bar("output", x + brick / 2, middle + brick / 2, brick, brick, **look(call))
        draft.put("sign", (*key, "bar"), mark)
        said = words(f"`{call.code}`", x + 1.7 * brick, middle, size, "ink", -1)
        over = max(0.0, said.right - (self.form.width - self.form.margin))
        draft.marks[(*key, "bar")] = mark.at(x=mark.x - over)
        return draft.put("sign", key, said.at(x=said.x - over)).right

    def lay_kernel(
        self,
        draft: Draft,
        bench: Bench,
        call: Call,
        taps: Sequence[Tap],
        written: Mapping[int, str] = MappingProxyType({}),
        turned: bool | None = None,
        indices: bool = False,
    ) -> None:
        """A kernel on its card: hatched and clipped on the side of w[0], so that it is seen which way it lies."""
        back, at = call.is_turned if turned is None else turned, kernel(call)
        corner = "right" if back else "left"
        benches.lay_kernel(draft, bench, at, taps, "kernel", self.tints, False, None, corner, back)
        for tap in taps:
            if tap.k in written and not tap.more:
                pieces.digits(draft, (*at, tap.k), written[tap.k], size=bench.size)
        if indices:
            benches.number_taps(draft, bench, at, taps)
            for tap in taps:
                draft.change([(*at, tap.k, "index")], rides=(*at, tap.k, "bar"))

    def names(self, draft: Draft, bench: Bench) -> None:
        """The names of the rows."""
        pieces.name(draft, X, "signal *x*", bench.foot)
        pieces.name(draft, W, "kernel *w*", bench.kernel)

    def answer(self, draft: Draft, call: Call, place: Place, bench: Bench, x: float, width: float, unit: float) -> Key:
        """An output of a call as a bar, made of the products that stand."""
        key, number = (*answers(call), place.step), place.output
        made = tuple(other for tap in place.taps if (other := (*products(call), tap.k, "bar")) in draft.marks)
        bricks = whole([number.value])
        more: dict[str, Any] = {"made_of": made, **look(call)}
        pieces.column(draft, key, number, x, bench.floor, width, unit, "output", bricks=bricks, **more)
        return key

    def pairs(self, draft: Draft, rows: Rows, known: Collection[int]) -> None:
        """The outputs of ``Conv1D``, and beside them those of ``convolve`` that are ``known``, with numbers of the
        row's size.
        """
        pitch, form = self.wide.pitch, self.form
        pieces.baseline(draft, Y, self.wide.left, self.wide.right, rows.floor)
        for call, wheres, side in ((KERAS, self.places, -1), (CONVOLVE, self.theirs, 1)):
            for place in wheres:
                if call is KERAS or place.step in known:
                    x = self.wide.x(place.home) + 0.23 * side * pitch
                    key = self.answer(draft, call, place, rows, x, min(pieces.WIDEST, 0.34 * pitch), rows.low)
                    if rows.size:
                        pieces.digits(draft, key, place.output.text, size=rows.size)
        y, right = rows.floor - DIGIT * SMALL / 2 - 22, form.margin
        for call in (KERAS, CONVOLVE):
            if form.is_narrow:
                right = self.title(draft, call, right, form.height - BELOW) + 48
            else:
                y = self.title(draft, call, form.margin, y) and y + 44

    # two windows side by side

    def panels(self, share: float, other: Call, turned: bool, results: bool) -> tuple[Panel, Panel]:
        """The told window of ``Conv1D``, with this share of the width, and that of another call; their results stand
        between them, so that the eye compares.
        """
        margin, room = self.form.margin, 0.95 * self.form.width - 2 * self.form.margin
        places_ = self.count + (1.6 if results else 0.0)
        left, right = (min(290.0, width / places_) for width in (room * share, room * (1 - share)))
        straight, met = self.taps(False), self.taps(turned)
        one = Axis(tuple(tap.step for tap in straight), margin, left, self.length)
        start = self.form.width - margin - right * self.count
        two = Axis(tuple(tap.step for tap in met), start, right, self.length)
        ends = one.right + 0.8 * left, two.left - 0.8 * right
        sums = [level for call, taps in ((KERAS, straight), (other, met)) for level in _climb(call, taps)]
        made = []
        for call, x, axis, taps, end in (
            (KERAS, X, one, straight, ends[0]),
            (other, (other.name, *X), two, met, ends[1]),
        ):
            texts = [*self.weights(axis.pitch, results).values(), *self.summands(axis.pitch)]
            size = self.sized(axis.pitch, texts)
            bench = self.stage(axis, self.sized(right, texts))
            if results:
                bench = Bench.fit(self.form, axis, [tap.sample.value for tap in taps], self._weights(), sums, size)
            made.append(Panel(call, x, replace(bench, size=size), taps, end))
        return made[0], made[1]

    def summands(self, pitch: float) -> list[str]:
        """The products of both calls with their signs, where they have room; else none."""
        texts = [style.signed(tap.product.text) for turned in (False, True) for tap in self.taps(turned)]
        return texts if self.fits(texts, pitch, 0.95) else []

    def lay_panel(self, draft: Draft, panel: Panel, turned: bool, results: bool) -> None:
        """One call's window under its title; the baseline of its samples ends at the frame. Where there are no results
        it has the indices of its taps.
        """
        bench, pitch = panel.bench, panel.bench.axis.pitch
        benches.lay_signal(draft, bench, panel.x, self.signal, panel.taps, "sample", False)
        if self.fits([tap.sample.text for tap in panel.taps], pitch):
            for tap in panel.taps:
                role = "quiet" if tap.padded or tap.more else "ink"
                pieces.digits(draft, (*panel.x, tap.step), tap.sample.text, size=bench.size, role=role)
        self.lay_kernel(draft, bench, panel.call, panel.taps, self.weights(pitch, results), turned, not results)
        left, right = benches.columns(panel.taps, bench.axis)
        draft.marks["baseline", *panel.x] = line("line", left + 16, bench.foot, right - 16, bench.foot, z=-1)
        self.title(draft, panel.call, left, pieces.RULER - 8, TEXT)

    def multiply(self, draft: Draft, panel: Panel, place: Place) -> None:
        """The products of a panel head to tail, in the order in which its call counts k, and their sum."""
        bench, call, inward = panel.bench, panel.call, panel.inward
        at, half, taps = products(call), bench.axis.bar / 2, calls.in_order(call, panel.taps)
        until, written = panel.result - inward * half, self.summands(bench.axis.pitch)
        benches.lay_products(draft, bench, at, kernel(call), panel.x, taps, "kernel", self.tints, until, False)
        for tap in taps:
            draft.change([(*at, tap.k, "bar")], goes_into=(*answers(call), place.step, "bar"))
            if written:
                pieces.digits(draft, (*at, tap.k), style.signed(tap.product.text), size=bench.size)
        outer = bench.axis.left if inward > 0 else bench.axis.right
        floor = line("line", outer, bench.floor, panel.result + inward * half, bench.floor, z=-1)
        draft.marks["baseline", *at, "floor"] = floor
        key = self.answer(draft, call, place, bench, panel.result, 2 * half, bench.unit)
        room = min(1.5 * bench.axis.pitch, 2 * abs(self.form.width / 2 - panel.result) - 20)
        size = benches.fitting(room, [place.output.text], (HERO, PARTIAL, TEXT, SMALL))
        pieces.digits(draft, key, place.output.text, size=size)

    def falling(self, call: Call, beat: float) -> list[Cue]:
        """A call's products come one after the other, each from its sample, then their sum."""
        taps = calls.in_order(call, self.taps(call.is_turned))
        fall = [Cue(((*products(call), tap.k),), beat + place) for place, tap in enumerate(taps)]
        return [*fall, Cue((answers(call),), beat + len(taps))]

    def recede(self, draft: Draft, call: Call) -> None:
        """A panel that is not spoken of falls back."""
        for key, mark in list(draft.marks.items()):
            own = key if key[0] not in ("rig", "baseline", "title") else key[1 + (key[1] == "rig") :]
            if own[: len(W)] == kernel(call) or own[: len(X)] == X or own[0] == call.name:
                draft.change([key], light=mark.light * UNLIT, edge=mark.edge * UNLIT)

    def write_kernel(self, draft: Draft, y: float) -> None:
        """The kernel as it is written, at the left margin below its name, where it has room."""
        pieces.name(draft, W, "kernel *w*", y)
        said = ", ".join(tap.weight.text for tap in self.told.taps)
        room = self.form.names - self.form.margin - 12
        if benches.fitting(COLUMN.names - COLUMN.margin - 12, [said], (SMALL, 0.0)):
            size = benches.fitting(room, [said])
            mark = words(said, self.form.margin, y + 12 + DIGIT * size / 2, size, "ink", -1)
            draft.put("written", ("written",), mark)

    def copied(self, draft: Draft, parent: Key, child: Key) -> None:
        """All marks whose keys hold ``child`` are copies of those that hold ``parent`` instead; numbers come after."""
        for key, mark in list(draft.marks.items()):
            start = next((i for i in range(len(key)) if key[i : i + len(child)] == child), None)
            if start is not None and mark.kind != "words":
                draft.change([key], copy_of=(*key[:start], *parent, *key[start + len(child) :]))

    def turning(self, draft: Draft, at: Key) -> Cue:
        """A kernel turns over about its middle, with everything on its card."""
        card = draft.marks["rig", *at, "card"]
        return Cue((at, ("rig", *at), ("baseline", "rig", *at)), motion.MOVE, how="turn", at=(card.x, card.y))


def _climb(call: Call, taps: Sequence[Tap]) -> list[Fraction]:
    """The levels that a staircase reaches."""
    return levels(tap.product.value for tap in calls.in_order(call, taps))


def pulse(signal: Collection[int], one: int) -> dict[int, Number]:
    """A signal of zeros with a single 1."""
    return {step: Number(Fraction(int(step == one)), str(int(step == one))) for step in signal}
