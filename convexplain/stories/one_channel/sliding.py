"""The rig slides along the signal, on one stage of four rows for a whole story: signal, kernel, the products of the
window, and the outputs, all in one unit.

The boards from the first product to all outputs, and their count. This module knows places; what the outputs are for, a
story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, Board, Cue, Draft, Format, Key
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
ROW = 64.0
"""The room over a row of outputs, for their numbers."""


def joined(numbers: Iterable[str]) -> str:
    """A sum before its result: ``6 − 2 − 1``."""
    return phrases.added(list(numbers), "").removesuffix(" = ")


def added(taps: Sequence[Tap], total: str) -> str:
    """The sum of some products as it is worked out; nothing where it is too long to be written."""
    return f"{joined(tap.product.text for tap in taps)} = {total}" if len(taps) <= LISTED else ""


class Stage(Track):
    """The places of a layer on one stage, and those of ``others`` that come to stand on it."""

    def __init__(self, script: Script, form: Format) -> None:
        super().__init__(script, form)
        self.others = list[Place]()

    def _has_room(self) -> bool:
        """Whether the told window can be worked out on the wide axis."""
        is_whole = len(self.taps) == len(self.told.taps) and all(self.wide.has(tap.step) for tap in self.taps)
        return is_whole and bool(self.size(self.wide))

    @property
    def under(self) -> float:
        """The room under the outputs, for a line of words."""
        return 20.0 if self.form.is_narrow else 34.0

    @cached_property
    def stage(self) -> Bench:
        """The heights of all rows. Products and outputs of the same column stand clear of each other, whatever the
        others do.
        """
        every, heights, deep, high = [*self.places, *self.others], dict[int, Fraction](), Fraction(0), Fraction(0)
        for place in every:
            heights[place.home] = max(heights.get(place.home, Fraction(0)), place.output.value)
        for place in every:
            levels = benches.levels(tap.product.value for tap in place.taps)
            high = max(high, *levels)
            for tap, ends in zip(place.taps, pairwise(levels), strict=True):
                deep = max(deep, heights.get(tap.step, Fraction(0)) - min(Fraction(0), *ends))
        samples, weights = self.samples(self.wide) + self.samples(self.near), [t.weight.value for t in self.told.taps]
        outputs, size = [place.output.value for place in every], HIGH * self.size(self.near)
        sums = [high, min(Fraction(0), max(heights.values()) - deep)]
        return Bench.fit(
            self.form, self.wide, samples, weights, sums, size, below=INDEX, between=4.0, under=self.under,
            uneven=UNEVEN, outputs=outputs,
        )  # fmt: skip

    def large(self, outlined: Sequence[Fraction]) -> Bench:
        """The rows of signal and kernel as high as the picture over the outputs, which stay; with room for what is
        ``outlined`` on the samples.
        """
        high = max(place.output.value for place in [*self.places, *self.others])
        top = self.stage.base - max(0.0, float(high)) * self.stage.lowest - ROW
        samples, weights = [*self.samples(self.wide), *outlined], [tap.weight.value for tap in self.told.taps]
        size, under = HIGH * self.size(self.wide), self.form.height - 156.0 - top
        bench = Bench.fit(
            self.form, self.wide, samples, weights, [], size, largest=120.0, below=INDEX, under=under
        )  # fmt: skip
        return replace(bench, base=self.stage.base, low=self.stage.lowest)

    def at(
        self, said: str, place: Place, shown: Sequence[Place] = (), lit: Collection[int] | None = None,
        made: Sequence[Tap] = (), axis: Axis | None = None, tap: int | None = None, bench: Bench | None = None,
    ) -> tuple[Draft, Bench]:  # fmt: skip
        """The rig over one place with the products that are ``made`` there, and the outputs that are there, those
        ``lit`` in the light (all when None); of the kernel one ``tap`` alone, or all. On a ``bench`` of its own there
        is no row of products.
        """
        draft, lower = self.draft(said, axis, [place.home]), self.on(axis or self.wide, bench)
        self.lay(draft, lower, place.taps if lower.axis == self.wide else self.taps, None if tap is None else [tap])
        if bench is None:
            pieces.baseline(draft, ("products",), lower.axis.left, lower.axis.right, lower.floor)
            pieces.name(draft, ("products",), "products", lower.floor, "formula")
            self._lay_products(draft, lower, place, made)
        lower = replace(lower, floor=lower.base)
        places.lay_outputs(draft, lower, Y, shown, lit)
        if place in shown:
            self.thread(draft, lower, Y, place)
        return draft, lower

    def _lay_products(self, draft: Draft, bench: Bench, place: Place, taps: Sequence[Tap]) -> None:
        """The staircase below the kernel, which flies into the place's output when the window leaves."""
        key = ("product", 0, place.step)
        benches.lay_products(draft, bench, key, W, X, taps, "kernel", self.tints, None, bool(bench.size))
        del draft.marks["baseline", *key, "floor"]
        for tap in taps:
            own = (*key, tap.k)
            draft.change([(*own, "bar")], goes_into=(*Y, place.step, "bar"))
            if (digits := draft.marks.get((*own, "digits"))) and abs(digits.y - bench.floor) < digits.size / 2:
                draft.change([(*own, "digits")], y=bench.floor - DIGIT * digits.size / 2 - 8)  # free of the line
            workbench.join(draft, bench, own, tap, self.tints.get(tap.k, "kernel"))

    def thread(self, draft: Draft, bench: Bench, row: Key, place: Place) -> None:
        """A line from the window, or from the product in its column, to its output."""
        x = bench.axis.x(place.home)
        ends = [
            m.bottom + 8
            for k, m in draft.marks.items()
            if k[0] == "product" and k[-1] == "bar" and m.left < x < m.right
        ]
        places.thread(draft, replace(bench, bottom=max([bench.bottom, *ends])), [row], place)

    def making(self, place: Place, taps: Sequence[Tap], slow: bool = False) -> Iterator[Cue]:
        """The products come from their samples, one after the other when ``slow``; then their sum."""
        yield Cue(((*Y, place.step, "bar"),), motion.ENTER + (len(taps) if slow else 1))
        for cue in workbench.falling(("product", 0, place.step), taps):
            yield cue if slow else cue._replace(beat=motion.ENTER, lasts=1.0)

    def notes(self, draft: Draft, name: str, texts: Mapping[int, str], lit: int) -> None:
        """A line of words under the outputs, by the step they stand under, where all have room."""
        longest = max(advance(runs_of(text)) for text in texts.values()) * self.form.small
        y = self.form.height - 160 - self.under + self.form.small
        apart = min((later - step for step, later in pairwise(texts)), default=1)
        for step, text in texts.items() if longest < apart * self.wide.pitch - 14 else ():
            pieces.note(draft, (name, step), text, self.wide.x(step), y, 0, "lit" if step == lit else "quiet")


def begins(track: Stage) -> Iterator[Board]:
    """The boards of the told place: its window, a product, and all products with their sum."""
    bench, told = Workbench(track), track.told
    yield bench.window()
    lead = 0 if bench.taps[bench.lead].more else bench.lead
    tap, made = bench.taps[lead], bench.taps[: lead + 1]
    said = f"Tap {tap.k} multiplies its sample: {phrases.multiplied(tap)}, a product."
    draft, _ = track.at(said, told, made=made, axis=track.near, tap=tap.k)
    track.formula(draft, ("k", "k of x"), told.step, PRODUCTS)
    yield draft.board("product", said, 2.5, track.making(told, made, slow=True))
    sum_ = added(bench.taps, told.output.text)
    said = f"Each begins where the last one ends{f': {sum_},' if sum_ else ', up to'} the output."
    yield _at(track, "output", said, told, [told], 3, axis=track.near, slow=True)


def slides(track: Stage) -> Iterator[Board]:
    """The boards from the told output to all outputs, and their count."""
    told, first, last, at, done = track.told, track.places[0], track.places[-1], track.told, [track.told]
    if track.near is not track.wide:
        yield _at(track, "whole", f"{'The whole' if track.sees_all else 'More of the'} signal.", at, done, 2)
    for next_ in [place for place in track.places if place.step == told.step + 1]:
        at, done, sum_ = next_, [told, next_], added(next_.taps, next_.output.text)
        said = phrases.sentence(phrases.count(next_.taps[0].step - told.taps[0].step, "step"))
        said += f" on, the next window: {sum_ or 'the next output'}."
        yield _at(track, "slide", said, at, done, 3, [Cue(RIG, motion.MOVE, 1.2)])
    if first.step < told.step:
        said, done, cues = "Back to the first place that is shown.", [first, *done], passing([], at, first)
        at = first
        yield _at(track, "first", said, at, done, 1, cues)
    if len(track.places) > 1:
        steps = track.script.shape[0]
        said, counted = phrases.places(track.layer, track.length, steps, "window"), phrases.count(steps, "output")
        said = f"Why {counted}? {said.partition(':')[0]}." if track.sees_all and track.layer.strides == 1 else said
        cues = passing(track.places[:-1], at, last) if at is not last else ()
        yield _at(track, "slid", said, last, track.places, 3.5, cues)


def _at(
    track: Stage, name: str, said: str, at: Place, shown: Sequence[Place], hold: float, cues: Sequence[Cue] = (),
    axis: Axis | None = None, slow: bool = False,
) -> Board:  # fmt: skip
    """The rig over one place with its products, and the outputs that are there."""
    made = at.taps if axis in (None, track.wide) else track.taps
    draft, bench = track.at(said, at, shown, None, made, axis)
    track.formula(draft, ("t", "t of x"), None if name == "slid" else at.step)
    if name == "slid":
        texts = {place.home: joined(tap.product.text for tap in place.taps).replace(" ", "") for place in shown}
        track.notes(draft, "sums", texts, at.home)
        end, half = track.length - 1, track.wide.pitch / 2 - 8
        if at.home == at.taps[0].step < end == at.taps[-1].step:
            left, right, small = track.wide.x(at.home + 1) - half, track.wide.x(end) + half, track.form.small
            if advance(runs_of(text := "no full window starts here")) * small < right - left:
                pieces.note(draft, ("without",), text, (left + right) / 2, bench.floor - DIGIT * small / 2 - 10, 0)
    return draft.board(name, said, hold, [*cues, *track.making(at, made, slow)])


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
