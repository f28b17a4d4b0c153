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
from convexplain.board.marks import DIGIT, Board, Cue, Draft, Key
from convexplain.board.pieces import Axis
from convexplain.board.text import advance, runs_of
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import INDEX, Bench
from convexplain.stories.one_channel import places, workbench
from convexplain.stories.one_channel.places import HIGH, RIG, UNEVEN, Place, Track, W, X, Y
from convexplain.stories.one_channel.workbench import LISTED, PRODUCTS, Workbench
from convexplain.stories.script import Script, Tap

SLIDE = 0.4
"""Seconds for each step that the window slides, once it is known."""
ROW = 84.0
"""The room over a row of outputs, for their numbers."""
SIDE, SLOT = 0.2, 0.36
"""How far from the middle of a column the outputs of two layers stand, and how wide, in steps."""


def joined(numbers: Iterable[str]) -> str:
    """A sum before its result: ``6 − 2 − 1``."""
    return phrases.added(list(numbers), "").removesuffix(" = ")


def added(taps: Sequence[Tap], total: str) -> str:
    """The sum of some products as it is worked out; nothing where it is too long to be written."""
    return f"{joined(tap.product.text for tap in taps)} = {total}" if len(taps) <= LISTED else ""


class Stage(Track):
    """The places of a layer on one stage."""

    others: Sequence[Place] = ()
    """Places of another layer that come to stand on it."""

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
        outputs = [place.output.value for place in every]
        room = {"sums": sums, "outputs": outputs, "under": self.under, "uneven": UNEVEN}
        return self._rows(self.samples(self.near), self.near, **room)

    def large(self, outlined: Sequence[Fraction]) -> Bench:
        """The rows of signal and kernel as high as the picture over the outputs, which stay, with room for what is
        ``outlined`` on the samples.
        """
        stage, highest = self.stage, max(0.0, *(float(place.output.value) for place in (*self.places, *self.others)))
        under = self.form.height - 156.0 - (stage.base - highest * stage.lowest - ROW)
        rows = self._rows(outlined, self.wide, sums=(), largest=120.0, under=under)
        return replace(rows, base=stage.base, low=stage.lowest)

    def _rows(self, more: Sequence[Fraction], axis: Axis, **room: Any) -> Bench:
        """Rows for all samples, and ``more`` of them, with numbers as they stand on an axis."""
        samples, weights = [*self.samples(self.wide), *more], [tap.weight.value for tap in self.told.taps]
        room |= {"size": HIGH * self.size(axis), "below": INDEX, "between": 8.0}
        return Bench.fit(self.form, self.wide, samples, weights, **room)

    def at(
        self, said: str, place: Place, shown: Sequence[Place] = (), lit: Collection[int] | None = None,
        axis: Axis | None = None, first: int = 0, bench: Bench | None = None, side: int = 0,
    ) -> tuple[Draft, Bench]:  # fmt: skip
        """The rig over one place with its products, or the ``first`` ones, of which the last is meant; and the outputs
        that are there, those ``lit`` in the light (all when None), or at one ``side`` of their columns. On a ``bench``
        of its own there is no row of products.
        """
        draft, rows = self.draft(said, axis, [place.home]), self.on(axis or self.wide, bench)
        taps = place.taps if rows.axis == self.wide else self.taps
        self.lay(draft, rows, taps, [taps[first - 1].k] if first else None)
        if bench is None:
            pieces.baseline(draft, ("products",), rows.axis.left, rows.axis.right, rows.floor)
            pieces.name(draft, ("products",), "products", rows.floor, "formula")
            self._lay_products(draft, rows, place, taps[: first or None])
        self.outputs(draft, rows, Y, shown, lit, place, side)
        return draft, replace(rows, floor=rows.base)

    def outputs(
        self, draft: Draft, rows: Bench, row: Key, shown: Sequence[Place], lit: Collection[int] | None, at: Place,
        side: int = 0, name: str = "output *y*",
    ) -> None:  # fmt: skip
        """A row of outputs; those of a place are made of the products above it, to which a line leads."""
        axis, aside = replace(rows.axis, share=SLOT if side else rows.axis.share), side * SIDE * rows.axis.pitch
        places.lay_outputs(draft, replace(rows, axis=axis, floor=rows.base), row, shown, lit, name)
        for key in [(*row, place.step, part) for place in shown for part in ("bar", "digits")]:
            if key in draft.marks:
                draft.change([key], x=draft.marks[key].x + aside)
        if at in shown:
            made = {k: m for k, m in draft.marks.items() if k[0] == "product" and k[-1] == "bar"}
            draft.change(made, goes_into=(*row, at.step, "bar"))
            x, axis = axis.x(at.home) + aside, replace(axis, left=axis.left + aside)
            start = max([rows.bottom, *(mark.bottom + 8 for mark in made.values() if mark.left < x < mark.right)])
            places.thread(draft, replace(rows, axis=axis, floor=rows.base, bottom=start), [row], at)

    def _lay_products(self, draft: Draft, bench: Bench, place: Place, taps: Sequence[Tap]) -> None:
        """The staircase below the kernel."""
        key = ("product", 0, place.step)
        benches.lay_products(draft, bench, key, W, X, taps, "kernel", self.tints, None, bool(bench.size))
        del draft.marks["baseline", *key, "floor"]
        for tap in taps:
            own = (*key, tap.k)
            if (digits := draft.marks.get((*own, "digits"))) and abs(digits.y - bench.floor) < digits.size / 2:
                draft.change([(*own, "digits")], y=bench.floor - DIGIT * digits.size / 2 - 8)  # free of the line
            workbench.join(draft, bench, own, tap, self.tints.get(tap.k, "kernel"))

    def making(self, place: Place, slow: bool = False) -> Iterator[Cue]:
        """The products come from their samples, one after the other when ``slow``."""
        for cue in workbench.falling(("product", 0, place.step), place.taps):
            yield cue if slow else cue._replace(beat=motion.ENTER, lasts=0.8)

    @property
    def line(self) -> float:
        """The y of the line under the outputs."""
        return self.form.height - 160 - self.under + self.form.small

    def notes(self, draft: Draft, name: str, texts: Mapping[int, str], lit: int) -> None:
        """Words in the line under the outputs, by the step they stand under, where all have room."""
        longest = max(advance(runs_of(text)) for text in texts.values()) * self.form.small
        apart = min((later - step for step, later in pairwise(texts)), default=1)
        for step, text in texts.items() if longest < apart * self.wide.pitch - 14 else ():
            pieces.note(draft, (name, step), text, self.wide.x(step), self.line, 0, "lit" if step == lit else "quiet")

    def compare(self, draft: Draft, bench: Bench, script: Script, bars: Sequence[tuple[Place, Key]]) -> None:
        """Keras's own numbers of a layer in the line under the outputs."""
        places.compare(draft, script, bench.axis, bench.floor, bench.lowest, bars)
        words = [key for key, mark in draft.marks.items() if key[0] == "keras" and mark.kind == "words"]
        if len(words) > 1:  # besides the name: numbers, and no dots
            draft.change(words, y=self.line)


def begins(track: Stage) -> Iterator[Board]:
    """The boards of the told place: its window, a product, and all products with their sum."""
    bench, told = Workbench(track), track.told
    yield bench.window()
    lead = 0 if bench.taps[bench.lead].more else bench.lead
    said = f"Tap {bench.taps[lead].k} multiplies its sample: {phrases.multiplied(bench.taps[lead])}, a product."
    draft, _ = track.at(said, told, axis=track.near, first=lead + 1)
    track.formula(draft, ("k", "k of x"), told.step, PRODUCTS)
    yield draft.board("product", said, 2.5, track.making(told, slow=True))
    sum_ = added(bench.taps, told.output.text)
    said = f"Each begins where the last one ends{f': {sum_},' if sum_ else ', up to'} the output."
    yield _at(track, "output", said, told, [told])


def slides(track: Stage) -> Iterator[Board]:
    """The boards from the told output to all outputs, and their count."""
    told, first, last, many = track.told, track.places[0], track.places[-1], track.script.shape[0]
    if track.near is not track.wide:
        yield _at(track, "whole", f"{'The whole' if track.sees_all else 'More of the'} signal.", told, [told])
    if first is not last:
        at = first if first.step < told.step else track.places[1]
        sum_, steps = added(at.taps, at.output.text), phrases.count(at.taps[0].step - told.taps[0].step, "step")
        said = f"{phrases.sentence(steps)} on, the next window: {sum_ or 'the next output'}."
        said = "Back to the first place that is shown." if at is first else said
        yield _at(track, "slide", said, at, [told, at], *passing([], told, at))
        said, counted = phrases.places(track.layer, track.length, many, "window"), phrases.count(many, "output")
        said = f"Why {counted}? {said.partition(':')[0]}." if track.sees_all and track.layer.strides == 1 else said
        yield _at(track, "slid", said, last, track.places, *passing(track.places[:-1], at, last))


def _at(track: Stage, name: str, said: str, at: Place, shown: Sequence[Place], *cues: Cue) -> Board:
    """The rig over one place with its products, and the outputs that are there; of all of them, the sums."""
    is_first = name == "output"
    draft, _ = track.at(said, at, shown, axis=track.near if is_first else None)
    track.formula(draft, ("t", "t of x"), None if name == "slid" else at.step)
    if name == "slid":
        texts = {place.home: joined(tap.product.text for tap in place.taps).replace(" ", "") for place in shown}
        track.notes(draft, "sums", texts, at.home)
    made = () if name == "whole" else track.making(at, slow=is_first)
    sum_ = Cue(((*Y, at.step, "bar"),), motion.ENTER + (len(track.taps) if is_first else 1))
    return draft.board(name, said, 3, [*cues, *made, sum_])


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
