"""What the boards of kernel_flip are laid out with: a kernel on its signal, turned over or not, what a call makes of
them, and rows of two calls side by side.

This module knows the numbers of each call and the pieces of the board; what happens, in which order, the story says.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from fractions import Fraction

from convexplain.board import motion, pieces
from convexplain.board.marks import (
    COLUMN,
    DIGIT,
    PARTIAL,
    SMALL,
    TEXT,
    Cue,
    Draft,
    Format,
    Key,
    Mark,
    bar,
    line,
)
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench as benches
from convexplain.stories import calls
from convexplain.stories.bench import Bench, levels
from convexplain.stories.calls import CONVOLVE, KERAS, Call
from convexplain.stories.script import Script, Tap

CLOSE, WIDE = 9, 24
"""The most places of an axis where numbers stand, and where only bars do."""
LABELS = 50.0
"""Room for the names of taps at the foot of a card."""
UNLIT = 0.45
"""The light of taps that are not meant, on their card."""
BELOW = 156.0
"""From the picture's lower end to the lower edge of the board."""
X: Key = ("x", 0)
"""What the keys of the signal begin with."""


def kernel(call: Call) -> Key:
    """What the keys of a kernel begin with, as a call slides it."""
    return ("w1", 0, 0) if call is KERAS else (call.name, "w1", 0, 0)


def answer(call: Call, step: int) -> Key:
    """The key of an output."""
    return ("y1", step, 0) if call is KERAS else (call.name, "y1", step, 0)


def product(call: Call, step: int) -> Key:
    """What the keys of an output's products begin with."""
    return ("product", call.name, step)


def style_of(call: Call) -> dict:
    """How the bars of a call are drawn."""
    return {"hollow": True, "size": 3.0} if call.hollow else {}


def in_order(call: Call, placed: Sequence[Tap]) -> Sequence[Tap]:
    """Products in the order in which a call counts k: ``convolve`` begins at the window's last sample."""
    return placed[::-1] if call.hollow else placed


def is_whole(numbers: Collection[Number]) -> bool:
    """Whether numbers can be drawn as bricks."""
    return all(number.value.denominator == 1 for number in numbers)


def largest(text: str, room: float, sizes: Sequence[float] = (PARTIAL, TEXT, SMALL)) -> float:
    """The largest size in which a number fits its room, or the smallest there is."""
    return next((size for size in sizes if advance(runs_of(text)) * size <= room), SMALL)


class Layout:
    """The script's numbers of every call, and where they stand in one format."""

    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.told = script, form, script.cell.step
        self.signal = script.signal(0)
        self.straight = self.taps(KERAS, self.told)
        self.count, self.outputs = len(self.straight), range(script.shape[0])
        self.tints = {tap.k: f"tap {tap.k / max(1, self.count - 1):.3f}" for tap in self.straight}
        self.whole = is_whole([*self.signal.values(), *(tap.weight for tap in self.straight)])
        self.em = max(advance(runs_of(text)) for text in self._texts())
        places = min(CLOSE, int((COLUMN.width - COLUMN.margin - COLUMN.names) / (self.em * SMALL + 14)))
        reads = self.steps(self.told)
        self.close = self.around([*reads, reads[-1] + 1], places)
        self.written = len(self.close.steps) <= places
        every = [step for t in self.outputs[: WIDE + 1] for step in self.steps(t)]
        self.wide = self.around(every if max(every) - min(every) < WIDE else reads, WIDE)
        if len(self.wide.steps) <= places:
            self.close = self.wide
        self.is_short = self.wide is self.close and self.written
        self.shown = [t for t in self.outputs if all(self.wide.has(step) for step in self.steps(t))]
        self.next = [t for t in self.shown if t > self.told and all(self.close.has(s) for s in self.steps(t))][:3]
        self.rows = {(call, t): calls.output(script, call, t) for call in (KERAS, CONVOLVE) for t in self.shown}
        sums = [number.value for number in self.rows.values()]
        for t in (self.told, *self.next):
            sums += levels(tap.product.value for tap in self.taps(KERAS, t))
        self.bench = self.fit(self.close, sums)

    def _texts(self) -> list[str]:
        """Everything that is written in a column."""
        texts = [benches.factor(tap.weight) for tap in self.straight] + [n.text for n in self.signal.values()]
        return texts + [f"+{tap.product.text}" for call in (KERAS, CONVOLVE) for tap in self.taps(call, self.told)]

    # numbers and places

    def taps(self, call: Call, t: int) -> tuple[Tap, ...]:
        return calls.taps(self.script, call, t)

    def steps(self, t: int) -> list[int]:
        """The steps that output ``t`` reads; it stands under the first of them."""
        return [tap.step for tap in self.taps(KERAS, t)]

    def around(self, needed: Sequence[int], most: int) -> Axis:
        """An axis around the needed steps; where they lie far apart, what is between them is left out."""
        draft, wanted = Draft(self.form), sorted(set(needed))
        if wanted[-1] - wanted[0] < most:
            return Axis.near(draft, wanted, len(self.signal), most)
        places: list[int | None] = []
        for step in wanted:
            if places and step - (places[-1] or 0) > 1:
                places.append(None)
            places.append(step)
        return Axis.over(draft, places, len(self.signal))

    def fit(self, axis: Axis, sums: Sequence[Fraction]) -> Bench:
        """A workbench: signal, kernel and a staircase that reaches ``sums``, in one unit."""
        return self.sized(Bench.fit(self.form, axis, *self._rows(), sums, widest=self.cap(44)))

    def stage(self, axis: Axis, below: float = 0.0, labels: float = LABELS) -> Bench:
        """Signal and kernel alone, larger, with names under the taps and ``below`` them some room."""
        spare = benches.GAP + TEXT + 6 + 40 - labels - below
        bench = Bench.fit(
            self.form, axis, *self._rows(), (), bottom=self.form.height - BELOW + spare, widest=self.cap(88)
        )
        return self.sized(replace(bench, bottom=bench.bottom + labels))

    def lone(self, axis: Axis) -> Bench:
        """A kernel alone, under the room for a title."""
        bench, (up, down) = self.stage(axis), benches.extent(tap.weight.value for tap in self.straight)
        top, bottom, above = 180.0, self.form.height - BELOW, benches.GAP + bench.size + 6
        unit = min(self.cap(130), (bottom - top - above - benches.GAP - LABELS) / max(1e-9, up + down))
        foot = top + above + up * unit
        return replace(
            bench, unit=unit, top=top, middle=top, kernel=foot, bottom=foot + down * unit + benches.GAP + LABELS
        )

    def sized(self, bench: Bench) -> Bench:
        """Worked numbers as large as their columns let them be."""
        return replace(bench, size=TEXT if self.em * TEXT + 14 <= bench.axis.pitch else SMALL)

    def cap(self, brick: float) -> float:
        """The most that 1 may be high: a brick's height; where there are no bricks, all the room there is."""
        return brick if self.whole else float("inf")

    def _rows(self) -> tuple[list[Fraction], list[Fraction]]:
        samples = [self.signal[step].value for step in self.wide.shown if step in self.signal]
        return samples, [tap.weight.value for tap in self.straight]

    def ends(self, em: float, pitch: float) -> set[int]:
        """The taps over which a text of this width is written: all, or the first and the last; chosen for a column of
        a page, so that it is the same in every format.
        """
        ks, narrow = [tap.k for tap in self.straight], pitch * COLUMN.width / self.form.width
        if em * SMALL + 14 <= narrow:
            return set(ks)
        return {ks[0], ks[-1]} if em * SMALL + 14 <= narrow * (self.count - 1) else set()

    # what stands on a board

    def draft(self, caption: str, axis: Axis | None = None, lit: Sequence[int] = ()) -> Draft:
        draft = Draft(self.form)
        pieces.caption(draft, caption)
        if axis is not None:
            pieces.ruler(draft, axis, lit=lit)
        return draft

    def sign(self, draft: Draft, call: Call, x: float, middle: float, size: float = SMALL) -> Mark:
        """A call's name behind its sign: a brick, filled or hollow."""
        brick, key = DIGIT * size, ("sign" if size == SMALL else "title", call.name)
        mark = bar("output", x + brick / 2, middle + brick / 2, brick, brick, **style_of(call))
        draft.put("sign", (*key, "bar"), mark)
        return draft.put("sign", key, words(f"`{call.code}`", x + 1.7 * brick, middle, size, "ink", -1))

    def names(self, draft: Draft, bench: Bench, call: Call | None = None) -> None:
        """The names of the rows; the output's is its call."""
        pieces.name(draft, X, "signal *x*", bench.foot)
        pieces.name(draft, ("w",), "kernel *w*", bench.kernel)
        if call is not None:
            self.sign(draft, call, self.form.margin, bench.floor - DIGIT * SMALL / 2)

    def lay(
        self,
        draft: Draft,
        bench: Bench,
        call: Call,
        placed: Sequence[Tap],
        x: Key | None = X,
        said: Collection[int] | None = None,
        lit: Collection[int] | None = None,
        turns: int | None = None,
        labels: bool = False,
    ) -> None:
        """A kernel, on the signal ``x`` if there is one, with the numbers of the taps ``said`` (all when None)."""
        said = {tap.k for tap in placed} if said is None else said
        back = (call.turns if turns is None else turns) % 2 == 1
        at = kernel(call)
        if x is not None:
            benches.lay_signal(draft, bench, x, self.signal, placed, "sample", written=False)
        corner = "right" if back else "left"
        benches.lay_kernel(draft, bench, at, placed, "kernel", self.tints, False, None, corner, back)
        for tap in placed:
            meant = lit is None or tap.k in lit
            if not meant:
                draft.change([(*at, tap.k, "bar")], role="kernel", light=UNLIT)
            if tap.k in said and meant:
                pieces.digits(draft, (*at, tap.k), benches.factor(tap.weight), size=bench.size)
            if tap.k in said and x is not None:
                role = "quiet" if tap.padded else "ink"
                pieces.digits(draft, (*x, tap.step), tap.sample.text, size=bench.size, role=role)
        for tap in placed if labels else ():
            if tap.k in self.ends(2.1, bench.axis.pitch):
                foot = bench.bottom - benches.GAP - DIGIT * SMALL / 2
                label = words(f"`w[{tap.k}]`", bench.axis.x(tap.step), foot, SMALL, "quiet", rides=(*at, tap.k, "bar"))
                draft.put("label", (*at, tap.k, "name"), label)

    def multiply(
        self,
        draft: Draft,
        bench: Bench,
        call: Call,
        t: int,
        x: Key = X,
        said: Collection[int] | None = None,
        until: float | None = None,
        taps: Collection[int] | None = None,
    ) -> None:
        """The products of an output head to tail, with the numbers of the taps ``said`` (all when None); of all its
        ``taps`` when None.
        """
        own, ordered = product(call, t), in_order(call, self.taps(call, t))
        ordered = [tap for tap in ordered if taps is None or tap.k in taps]
        benches.lay_products(draft, bench, own, kernel(call), x, ordered, "kernel", self.tints, until, False)
        for tap in ordered:
            draft.change([(*own, tap.k, "bar")], goes_into=(*answer(call, t), "bar"))
            if said is None or tap.k in said:
                text = tap.product.text
                signed = text if text[:1] in "−+" else f"+{text}"
                pieces.digits(draft, (*own, tap.k), signed, size=bench.size)

    def result(
        self,
        draft: Draft,
        bench: Bench,
        call: Call,
        t: int,
        x: float,
        width: float,
        size: float = 0.0,
    ) -> None:
        """An output as a bar, made of the products that stand; its number over it in ``size``."""
        number = self.rows[call, t] if (call, t) in self.rows else calls.output(self.script, call, t)
        made = tuple((*product(call, t), tap.k, "bar") for tap in self.straight)
        pieces.column(
            draft,
            answer(call, t),
            number,
            x,
            bench.floor,
            width,
            bench.unit,
            "output",
            bricks=is_whole([number]),
            made_of=tuple(key for key in made if key in draft.marks),
            **style_of(call),
        )
        if size:
            pieces.digits(draft, answer(call, t), number.text, size=size)

    def row(
        self, draft: Draft, bench: Bench, call: Call, ts: Sequence[int], beside: int = 0, said: bool = True
    ) -> None:
        """Outputs, each under the first sample of its window, or ``beside`` another call's, left (-1) or right (1)."""
        pitch = bench.axis.pitch
        width, room = (min(pieces.WIDEST, 0.34 * pitch), 0.44 * pitch) if beside else (bench.axis.bar, 0.9 * pitch)
        if ("baseline", "y") not in draft.marks:
            pieces.baseline(draft, ("y",), bench.axis.left, bench.axis.right, bench.floor)
        for t in ts:
            size = largest(self.rows[call, t].text, room) if said else 0.0
            self.result(draft, bench, call, t, bench.axis.x(self.steps(t)[0]) + 0.21 * beside * pitch, width, size)

    def pairs(self, draft: Draft, bench: Bench, ts: Sequence[int]) -> None:
        """The outputs of ``Conv1D``, and beside them those of ``convolve`` that are known, ``ts``."""
        middle = bench.floor - DIGIT * SMALL / 2
        for call, side, known in ((KERAS, -1, self.shown), (CONVOLVE, 1, ts)):
            self.row(draft, bench, call, known, side, self.is_short)
            self.sign(draft, call, self.form.margin, middle + (0 if side < 0 else 46))

    def scaled(self, numbers: Sequence[Number], top: float, below: float) -> Bench:
        """One row of outputs, as high as the board lets it be, on the wide axis."""
        up, down = benches.extent(number.value for number in numbers)
        unit = min(self.cap(88), (self.form.height - below - top) / max(1e-9, up + down))
        return replace(self.bench, axis=self.wide, unit=unit, floor=top + up * unit)

    def panels(self, share: float, results: bool) -> tuple[Axis, Axis, float, float]:
        """Two windows side by side, the left one with this share of the width, and where their results stand: between
        them, so that the eye compares.
        """
        margin, room = self.form.margin, 0.95 * self.form.width - 2 * self.form.margin
        places = self.count + (1.3 if results else 0.0)
        left, right = (min(290.0, width / places) for width in (room * share, room * (1 - share)))
        steps, length = tuple(self.steps(self.told)), len(self.signal)
        one = Axis(steps, margin + left / 2, left, length)
        two = Axis(steps, self.form.width - margin - right * (self.count - 0.5), right, length)
        return one, two, one.right + 0.65 * left, two.left - 0.65 * right

    def panel(self, draft: Draft, bench: Bench, call: Call, turns: int, x: Key, labels: bool = False) -> None:
        """One call's window under its sign; the baseline of its samples ends at the frame."""
        placed = self.taps(CONVOLVE if turns % 2 else KERAS, self.told)
        said = self.ends(self.em, bench.axis.pitch)
        self.lay(draft, bench, call, placed, x, said, turns=turns, labels=labels)
        left, right = benches.columns(placed, bench.axis)
        draft.marks[("baseline", *x)] = line("line", left + 16, bench.foot, right - 16, bench.foot, z=-1)
        wide = 1.7 * DIGIT * TEXT + advance(runs_of(f"`{call.code}`")) * TEXT
        self.sign(draft, call, min(left, self.form.width - self.form.margin - wide), pieces.RULER - 8, TEXT)

    def copied(self, draft: Draft, parent: Key, child: Key) -> None:
        """All marks whose keys hold ``child`` are copies of those that hold ``parent`` instead; numbers come after."""
        for key, mark in list(draft.marks.items()):
            place = next((i for i in range(len(key)) if key[i : i + len(child)] == child), None)
            if place is not None and mark.kind != "words":
                draft.change([key], copy_of=(*key[:place], *parent, *key[place + len(child) :]))

    def turning(self, draft: Draft, at: Key) -> Cue:
        """A kernel turns over about its middle, with everything on its card."""
        card = draft.marks[("rig", *at, "card")]
        keys = (at, ("rig", *at), ("baseline", "rig", *at))
        return Cue(keys, motion.MOVE, how="turn", at=(card.x, card.y))
