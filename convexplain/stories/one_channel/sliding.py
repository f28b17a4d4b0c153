"""The rig slides along the signal, on one stage of four rows for a whole story: signal, kernel, the products of the
window, and the outputs, all in one unit.

The boards from the first product to all outputs, and their count. This module knows places; what the outputs are for, a
story says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, SMALL, Board, Cue, Draft, Key, Role
from convexplain.board.pieces import Axis
from convexplain.board.text import advance, runs_of
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import INDEX, Bench
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import RIG, UNEVEN, Place, Track, W, X, Y
from convexplain.stories.script import Tap

SLIDE = 0.4
"""Seconds for each step that the window slides, once it is known."""
CLEAR = 12.0
"""Between numbers and the edges and lines around them."""
LISTED = 4
"""The most products that a caption adds up."""
PRODUCTS = ("w", "k", "w ]", "x", "stride", "t of x", "sign", "dilation", "k of x", "pad", "x ]")
"""The parts of the formula that write one product."""
BRICKS = 4
"""How many times as wide as high a brick may be."""


def joined(numbers: Iterable[str]) -> str:
    """A sum before its result: ``6 − 2 − 1``."""
    return phrases.added(list(numbers), "").removesuffix(" = ")


def added(place: Place) -> str:
    """An output as it adds up; nothing where that is too long to be written."""
    sum_ = f"{joined(tap.product.text for tap in place.taps)} = {place.output.text}"
    return sum_ if len(place.taps) <= LISTED else ""


def join(draft: Draft, bench: Bench, product: Key, tap: Tap, tint: Role) -> None:
    """A sample, its tap and their product belong together."""
    end = draft.marks[*product, "bar"].bottom
    pieces.band(draft, product, bench.axis.x(tap.step), bench.foot, end, bench.axis.bar, tint)


def falling(key: Key, taps: Iterable[Tap]) -> Iterator[Cue]:
    """A product comes from its sample: first down through its tap, one after the other."""
    for number, tap in enumerate(taps):
        own, lasts = (*key, tap.k), max(0.6, 1.3 - 0.2 * number)
        yield Cue(((*own, "bar"), (*own, "band")), motion.ENTER + number, lasts, "down first")


class Stage(Track):
    """The places of a layer on one stage."""

    others: Sequence[Place] = ()
    """Places of another layer that come to stand on it."""
    outlined: Sequence[Fraction] = ()
    """How high and how deep reaches what is laid over the samples."""

    @property
    def under(self) -> float:
        """The room under the outputs, besides that of a line of numbers: for what is said of all numbers."""
        return 28.0 if self.form.is_narrow else 44.0 if self.script.shown.note else 12.0

    @cached_property
    def stage(self) -> Bench:
        """The heights of all rows. Products and outputs of a column stand clear of each other, whatever others do."""
        every, rises, high, deep = [*self.places, *self.others], defaultdict[int, Fraction](Fraction), [], []
        for place in every:
            rises[place.home] = max(rises[place.home], place.output.value)
        for place in every:
            levels = benches.levels(tap.product.value for tap in place.taps)
            high += levels
            deep += [rises[t.step] - min(ends) for t, ends in zip(place.taps, pairwise(levels), strict=True)]
        sums = [max(high), min(Fraction(0), max(rises.values()) - max(deep))]
        return self.rows(sums, [place.output.value for place in every], self.under)

    def rows(self, sums: Sequence[Fraction], outputs: Sequence[Fraction], under: float, **room: Any) -> Bench:
        """Rows that fill the height, with room for what is outlined on the samples and for the numbers of all rows."""
        samples = [*self.samples(self.wide), *self.samples(self.near), *self.outlined]
        weights, size = [tap.weight.value for tap in self.told.taps], DIGIT * self.size(self.near) + pieces.ABOVE - 6
        room |= {"outputs": outputs, "below": INDEX - 6, "between": 16.0, "hanging": 16.0, "under": under, "gap": CLEAR}
        return Bench.fit(self.form, self.wide, samples, weights, sums, size, top=92.0, uneven=UNEVEN, **room)

    def on(self, shown: Axis, bench: Bench | None = None) -> Bench:
        """The stage, or another bench, with an axis; what can be counted is of bricks that are not too wide."""
        rows = super().on(shown, bench)
        is_whole = places.whole([*self.samples(self.wide), *(tap.weight.value for tap in self.told.taps)])
        widest = max(BRICKS * rows.unit, 44.0) if is_whole else rows.axis.widest
        return replace(rows, axis=replace(rows.axis, widest=min(widest, rows.axis.widest)))

    def lay(self, draft: Draft, bench: Bench, taps: Sequence[Tap], *args: Any, **more: Any) -> None:
        """The signal and the kernel in its rig; the indices of the taps are a row with a name as the others."""
        super().lay(draft, bench, taps, *args, **more)
        draft.marks.pop((*W, "k"), None)
        if index := draft.marks.get((*W, taps[0].k, "index")):
            pieces.name(draft, (*W, "k"), "tap *k*", index.y + DIGIT * self.form.small / 2, "formula")

    def at(
        self, said: str, place: Place, shown: Sequence[Place] = (), lit: Collection[int] | None = None,
        axis: Axis | None = None, first: int = 0, t: str = "*t*",
    ) -> tuple[Draft, Bench]:  # fmt: skip
        """The rig over one place with its products, or the ``first`` ones, of which the last is meant; and the outputs
        that are there, those ``lit`` in the light (all when None). ``t`` is what the formula calls the place's step.
        """
        draft, rows = self.draft(said, axis, [place.home]), self.on(axis or self.wide)
        taps = place.taps if axis in (None, self.wide) else self.taps
        if place.home == place.step:
            self.tell_step(draft, place.home, t)
        self.lay(draft, rows, taps, [taps[first - 1].k] if first else None)
        pieces.baseline(draft, ("products",), rows.axis.left, rows.axis.right, rows.floor)
        pieces.name(draft, ("products",), "products", rows.floor, "formula")
        self._lay_products(draft, rows, place, taps[: first or None], place in shown)
        rows, output = replace(rows, floor=rows.base), (*Y, place.step, "bar")
        places.lay_outputs(draft, rows, Y, shown, lit)
        if place in shown:
            made = [key for key in draft.marks if key[0] in ("product", "total") and key[-1] == "bar"]
            draft.change(made, goes_into=output)
            draft.change([output], copy_of=("total", place.step, "bar"))
        return draft, rows

    def _lay_products(self, draft: Draft, bench: Bench, place: Place, taps: Sequence[Tap], is_told: bool) -> None:
        """The staircase below the kernel, with how high it ends where this ``is_told``."""
        key, axis = ("product", 0, place.step), bench.axis
        end = axis.x(taps[-1].step) + 0.38 * axis.pitch if is_told else None
        benches.lay_products(draft, bench, key, W, X, taps, "kernel", self.tints, end, bool(bench.size))
        del draft.marks["baseline", *key, "floor"]
        if end is not None:
            at, total, width = ("total", place.step), place.output._replace(about=None), axis.bar / 10
            pieces.column(draft, at, total, end, bench.floor, width, bench.lowest, "output", bricks=False)
        for tap in taps:
            own = (*key, tap.k)
            if (digits := draft.marks.get((*own, "digits"))) and abs(digits.y - bench.floor) < digits.size / 2:
                draft.change([(*own, "digits")], y=bench.floor - DIGIT * digits.size / 2 - 8)  # free of the line
            join(draft, bench, own, tap, self.tints.get(tap.k, "kernel"))

    def making(self, place: Place, slow: bool = False) -> Iterator[Cue]:
        """The products come from their samples, one after the other when ``slow``; then their sum, and the output from
        it. The products that were there fly into their own output while the rig slides as one.
        """
        yield Cue(() if slow else (*RIG, X), motion.MOVE, 1.4)
        old = [("product", 0, at.step) for at in self.places if at.step != place.step]
        yield Cue(tuple(old), motion.MOVE, 0.5)
        bars = [(*key, tap.k, "bar") for key in old for tap in place.taps]
        yield Cue((*bars, *(("total", step) for *_, step in old)), motion.MOVE, 1.0, after=0.4)
        for cue in falling(("product", 0, place.step), place.taps):
            yield cue if slow else cue._replace(beat=motion.ENTER, lasts=0.8)
        summed = motion.ENTER + (len(place.taps) if slow else 1)
        yield Cue((("total", place.step),), summed, 0.5)
        yield Cue(((*Y, place.step, "bar"),), summed + 1)

    @property
    def line(self) -> float:
        """The y of the line of numbers under the outputs."""
        return self.form.height - 164.0 - self.under + CLEAR + 8 + DIGIT * self.form.small / 2

    def notes(self, draft: Draft, name: str, title: str, texts: Mapping[int, str], lit: int | None) -> None:
        """Words in the line under the outputs, by the step they stand under, and its title, where all have room."""
        longest = max(advance(runs_of(text)) for text in texts.values()) * self.form.small
        apart = min((later - step for step, later in pairwise(texts)), default=1)
        if longest >= apart * self.wide.pitch - 14:
            return
        pieces.name(draft, (name,), title, self.line + DIGIT * self.form.small / 2, "formula")
        for step, text in texts.items():
            pieces.note(draft, (name, step), text, self.wide.x(step), self.line, 0, "lit" if step == lit else "quiet")

    def sums(self, draft: Draft, shown: Sequence[Place], lit: int | None = None) -> None:
        """How each output adds up, below it."""
        texts = {place.home: joined(tap.product.text for tap in place.taps).replace(" ", "") for place in shown}
        if self.near is self.wide:
            self.notes(draft, "sums", "sums", texts, lit)


def begins(track: Stage, said: str) -> Iterator[Board]:
    """The boards of the told place: the kernel, its window, a product, and all products with their sum."""
    told, taps = track.told, track.taps
    yield _opened(track, "kernel", said)
    many = phrases.count(len(told.taps), "sample")
    yield _opened(track, "window", f"It lies on {many}, its window. A tap is one number of the kernel.")
    large = max(abs(tap.product.value) for tap in taps) / 10
    lead = next((n for n, tap in enumerate(taps) if abs(tap.product.value) > large and not tap.more), 0)
    said = f"Tap {taps[lead].k} multiplies its sample: {phrases.multiplied(taps[lead])}, a product."
    draft, _ = track.at(said, told, axis=track.near, first=lead + 1)
    track.formula(draft, ("k", "k of x"), told.step, PRODUCTS)
    yield draft.board("product", said, 2.5, track.making(told, slow=True))
    sum_ = added(told)
    said = f"Each product begins where the last ends{f': {sum_},' if sum_ else ', up to'} the output."
    yield _at(track, "output", said, told, [told])


def _opened(track: Stage, name: str, said: str) -> Board:
    """The signal and the kernel alone, larger: the ``kernel`` below the signal, or on its ``window``."""
    draft, bench = track.draft(said, track.near), track.on(track.near, track.rows([], [], 40.0, largest=72.0))
    track.lay(draft, bench, track.taps)
    if name == "kernel":
        high = bench.bottom - bench.middle
        draft.change([("rig", *W, "frame")], y=bench.middle + high / 2, height=high)
    else:
        last, (_, right) = track.taps[-1], benches.columns(track.taps, track.near)
        y = bench.bottom - INDEX / 2 - 2
        pieces.callout(draft, ("tap",), f"tap {last.k}", right + 40, y, (track.near.x(last.step) + SMALL, y))
    return draft.board(name, said, 3)


def slides(track: Stage) -> Iterator[Board]:
    """The boards from the told output to all outputs, and their count."""
    told, first, last, many = track.told, track.places[0], track.places[-1], track.script.shape[0]
    if track.near is not track.wide:
        yield _at(track, "whole", f"{'The whole' if track.sees_all else 'More of the'} signal.", told, [told])
    if first is not last:
        at = first if first.step < told.step else track.places[1]
        sum_, steps = added(at), phrases.count(at.taps[0].step - told.taps[0].step, "step")
        said = f"{phrases.sentence(steps)} on, the next window: {sum_ or 'the next output'}."
        said = "Back to the first place that is shown." if at is first else said
        yield _at(track, "slide", said, at, sorted([told, at]), *passing([], told, at))
        said, counted = phrases.places(track.layer, track.length, many, "window"), phrases.count(many, "output")
        said = f"Why {counted}? {said.partition(':')[0]}." if track.sees_all and track.layer.strides == 1 else said
        yield _at(track, "slid", said, last, track.places, *passing(track.places[:-1], at, last))


def _at(track: Stage, name: str, said: str, at: Place, shown: Sequence[Place], *cues: Cue) -> Board:
    """The rig over one place with its products, and the outputs that are there; of all of them, the sums."""
    is_first = name == "output"
    draft, _ = track.at(said, at, shown, axis=track.near if is_first else None)
    track.formula(draft, ("t", "t of x"), None if name == "slid" else at.step)
    track.sums(draft, shown, at.home)
    made = () if name == "whole" else track.making(at, slow=is_first)
    sum_ = Cue((("note", "sums", at.home),), motion.ENTER + 1 + (len(at.taps) if is_first else 1))
    return draft.board(name, said, 3, [*made, *cues, sum_])


def passing(places: Sequence[Place], start: Place, end: Place, output: Key = Y, least: float = 1.2) -> list[Cue]:
    """The rig slides from one place to another, for so many seconds at ``least``; the output of each of ``places``
    stands when the rig passes.
    """
    count = max(1, abs(end.step - start.step))
    lasts = max(least, SLIDE * count)
    cues = [Cue((*RIG, X), beat=motion.MOVE, lasts=lasts)]
    for place in places:
        at = motion.passes(min(1.0, abs(place.step - start.step) / count)) * lasts
        cues.append(Cue(((*output, place.step, "bar"),), beat=motion.MOVE, lasts=0.3, after=max(0.0, at - 0.15)))
    return cues
