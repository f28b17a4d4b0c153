"""What the boards of kernel_flip are laid out with: a kernel that may be turned over, what a call makes of it, two
calls side by side, and two rows of outputs.

This module knows the places of each call and the pieces of the board; what happens, in which order, the story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from types import MappingProxyType
from typing import Any

from convexplain.board import motion, pieces
from convexplain.board.marks import COLUMN, DIGIT, SMALL, Cue, Draft, Format, Key, bar
from convexplain.board.pieces import Axis
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import calls, places
from convexplain.stories.bench import Bench
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
        apart = [place.output.text for place in (*self.places, *self.theirs)]
        self.size = places.size_on(self.wide, apart, 0.46)
        self.factors = {tap.k: benches.factor(tap.weight) for tap in self.told.taps}
        self.worked = [*self.factors.values(), *(number.text for number in self.signal.values())]
        self.beside = places.size_on(self.wide, [*self.worked, *apart])
        """The size of the numbers of samples and taps where all outputs are seen; 0 where they have no room."""

    def taps(self, turned: bool) -> tuple[Tap, ...]:
        """The told window's taps that a picture has room for."""
        return calls.elided(self.script, (self.met if turned else self.told).taps)

    @cached_property
    def count(self) -> int:
        """How many taps are drawn."""
        return len(self.taps(False))

    # benches

    def _outputs(self, others: Iterable[Place]) -> list[Fraction]:
        return [place.output.value for place in (*self.places, *others)]

    def _weights(self) -> list[Fraction]:
        return [tap.weight.value for tap in self.told.taps]

    @property
    def under(self) -> float:
        """The room under a row of outputs of two calls: where the names have none at the margin, they stand there."""
        return 44.0 if self.form.is_narrow else 0.0

    def weights(self, narrow: float, is_factor: bool) -> dict[int, str]:
        """How the taps are written: as factors, or bare where they stand alone or have no room; the ends alone, or not
        at all, where that has none either. ``narrow`` is their pitch in a column of a page.
        """
        taps = [tap for tap in self.taps(False) if not tap.more]
        bare = {tap.k: tap.weight.text for tap in taps}
        factors = {tap.k: benches.factor(tap.weight) for tap in taps}
        ends = {k: bare[k] for k in (taps[0].k, taps[-1].k)}
        for texts, room in ((factors, 0.88 * is_factor), (bare, 0.88), (ends, 1.2 * is_factor)):
            if fits(texts.values(), narrow - 16 * (texts is ends), room):
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

    def rows(self, share: float = 1.0, others: Iterable[Place] = (), below: float = places.BELOW) -> Rows:
        """The rows of all places, with room for the numbers of samples and taps where columns are wide enough."""
        if not self.beside:
            return super().rows(share, others, below)
        form, values = replace(self.form, height=self.form.height - below), self._outputs(others)
        bench = Bench.fit(form, self.wide, self.samples(self.wide), self._weights(), values, self.beside)
        return Rows(**vars(bench), low=bench.unit)

    def lone_row(self, numbers: Iterable[Fraction], size: float, below: float) -> Rows:
        """One row of outputs, as high as the board lets it be, with numbers of a size over them."""
        values = list(numbers)
        up, down = benches.extent(values)
        first, last = benches.TOP + size + 40, self.form.height - BELOW - below
        unit = benches.unit_of(last - first, up + down, values, 88.0)
        floor = (first + last + (up - down) * unit) / 2
        return Rows(self.wide, unit, first, floor, floor, floor, floor, floor, size, unit)

    # marks

    def lay(
        self,
        draft: Draft,
        rows: Bench,
        taps: Sequence[Tap],
        numbers: bool = True,
        lit: Collection[int] | None = None,
        every: bool = False,
    ) -> None:
        """The signal and the kernel on its card, which is clipped on the side of w[0] wherever it is seen."""
        sees_all = isinstance(rows, Rows) and self.beside > 0
        super().lay(draft, rows, taps, numbers or sees_all, lit, every)
        draft.change([("rig", *W, "card"), ("rig", *W, "frame")], corner="left")
        if sees_all:
            self.write_signal(draft, rows, taps)

    def write_signal(self, draft: Draft, bench: Bench, taps: Sequence[Tap]) -> None:
        """The numbers of all samples that stand; those that no tap reads are quiet."""
        for step in bench.axis.shown:
            at = (*X, step)
            if step in self.signal and (*at, "bar") in draft.marks and (*at, "digits") not in draft.marks:
                role = "ink" if any(tap.step == step for tap in taps) else "quiet"
                pieces.digits(draft, at, self.signal[step].text, size=bench.size, role=role)

    def bare(self, said: str) -> Draft:
        """A board with its caption alone."""
        draft = Draft(self.form)
        pieces.caption(draft, said)
        return draft

    def brick(self, draft: Draft, key: Key, call: Call, x: float, middle: float, size: float = SMALL) -> None:
        """The sign of a call: a brick as high as digits, filled or hollow."""
        high = DIGIT * size
        draft.put("sign", (*key, "bar"), bar("output", x + high / 2, middle + high / 2, high, high, **look(call)))

    def title(self, draft: Draft, call: Call, x: float, middle: float, size: float = SMALL) -> float:
        """A call's name behind its sign, inside the board. Returns where it ends."""
        key, said = ("sign" if size == SMALL else "title", call.name), f"`{call.code}`"
        name = words(said, x + 1.7 * DIGIT * size, middle, size, "ink", -1)
        over = max(0.0, name.right - (self.form.width - self.form.margin))
        self.brick(draft, key, call, x - over, middle, size)
        return draft.put("sign", key, name.at(x=name.x - over)).right

    def signs(self, rows: Rows, below: float) -> tuple[tuple[float, float], tuple[float, float]]:
        """Where the names of two calls stand: at the margin of their row, or where that has no room below it."""
        margin, middle = self.form.margin, rows.floor - DIGIT * SMALL / 2
        if self.form.is_narrow:
            y = self.form.height - BELOW - below + self.under
            return (margin, y), (margin + 240, y)
        return (margin, middle - 22), (margin, middle + 22)

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
        corner, (left, right) = "right" if back else "left", benches.columns(taps, bench.axis)
        benches.lay_kernel(draft, bench, at, taps, "kernel", self.tints, False, None, corner, back)
        for tap in taps:
            if tap.k in written and not tap.more:
                mark = pieces.digits(draft, (*at, tap.k), written[tap.k], size=bench.size)
                reach = mark.width / 2 + (12 if mark.width > 0.88 * bench.axis.pitch else 0)
                inside = min(max(mark.x, left + reach), right - reach)
                draft.change([(*at, tap.k, "digits")], x=inside)
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
        """The outputs of ``Conv1D``, and beside them those of ``convolve`` that are ``known``, under their names."""
        self.two(draft, rows, ((KERAS, self.places), (CONVOLVE, [at for at in self.theirs if at.step in known])))
        for call, at in zip((KERAS, CONVOLVE), self.signs(rows, self.under), strict=True):
            self.title(draft, call, *at)

    def two(self, draft: Draft, rows: Rows, outputs: Iterable[tuple[Call, Sequence[Place]]]) -> None:
        """The outputs of two calls, side by side under their steps, with numbers of the row's size."""
        pitch = self.wide.pitch
        pieces.baseline(draft, Y, self.wide.left, self.wide.right, rows.floor)
        for side, (call, wheres) in zip((-1, 1), outputs, strict=True):
            for place in wheres:
                x = self.wide.x(place.home) + 0.23 * side * pitch
                key = self.answer(draft, call, place, rows, x, min(pieces.WIDEST, 0.34 * pitch), rows.low)
                if rows.size:
                    pieces.digits(draft, key, place.output.text, size=rows.size)

    # a kernel that moves

    def write_kernel(self, draft: Draft, y: float) -> None:
        """The kernel as it is written, at the left margin below its name, where it has room."""
        pieces.name(draft, W, "kernel *w*", y)
        said = ", ".join(tap.weight.text for tap in self.told.taps)
        room = self.form.names - self.form.margin - 12
        if benches.fitting(COLUMN.names - COLUMN.margin - 12, [said], (SMALL, 0.0)):
            size = benches.fitting(room, [said])
            mark = words(said, self.form.margin, y + 24 + DIGIT * size / 2, size, "ink", -1)
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
