"""The rig slides along the signal, on one stage for a whole story: signal, kernel, and a lowest row in whose columns
outputs stand at the left and the products of the window at the right, all in one unit.

The boards from the first product to all outputs, and their count. This module knows places; what the outputs are for, a
story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, Board, Cue, Draft, Key
from convexplain.board.pieces import Axis
from convexplain.board.text import advance, runs_of
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import RIG, Place, Track, W, X, Y
from convexplain.stories.one_channel.workbench import LISTED, PRODUCTS, Workbench
from convexplain.stories.script import Tap

SLIDE = 0.4
"""Seconds for each step that the window slides, once it is known."""
SIDE, SLOT = 0.235, 0.42
"""How far from the middle of a column its outputs and its products stand, and how wide, in steps."""


def joined(numbers: Iterable[str]) -> str:
    """A sum before its result: ``6 − 2 − 1``."""
    return phrases.added(list(numbers), "").removesuffix(" = ")


def added(taps: Sequence[Tap], total: str) -> str:
    """The sum of some products as it is worked out; nothing where it is too long to be written."""
    return f"{joined(tap.product.text for tap in taps)} = {total}" if len(taps) <= LISTED else ""


class Stage(Track):
    """The places of a layer on one stage."""

    @cached_property
    def low(self) -> float:
        """The size of products on the wide axis; 0 where they have no room beside the outputs."""
        numbers = [*(place.output for place in self.places), *(tap.product for tap in self.taps)]
        return places.size_on(self.wide, [f"+{number.text}".replace("+−", "−") for number in numbers], 0.5)

    def _has_room(self) -> bool:
        """Whether the told window can be worked out on the wide axis."""
        is_whole = len(self.taps) == len(self.told.taps) and all(self.wide.has(tap.step) for tap in self.taps)
        return is_whole and bool(self.low and self.size(self.wide))

    def half(self, bench: Bench, side: int) -> Bench:
        """The lowest row's places at the left of each column (-1), or at its right (1)."""
        axis, size = bench.axis, self.low if bench.axis == self.wide else bench.size
        return replace(bench, size=size, axis=replace(axis, left=axis.left + side * SIDE * axis.pitch, share=SLOT))

    def at(
        self, said: str, place: Place, shown: Sequence[Place] = (), lit: Collection[int] | None = None,
        axis: Axis | None = None, tap: int | None = None,
    ) -> tuple[Draft, Bench]:  # fmt: skip
        """The rig over one place, and the outputs that are there, those ``lit`` in the light (all when None); of the
        kernel one ``tap`` alone, or all.
        """
        draft, bench = self.draft(said, axis, [place.home]), self.on(axis or self.wide)
        self.lay(draft, bench, place.taps if bench.axis == self.wide else self.taps, None if tap is None else [tap])
        self.outputs(draft, bench, Y, shown, lit)
        own, bar = (draft.marks.get((*Y, place.step, part)) for part in ("digits", "bar"))
        if own and bar and bench.axis != self.wide:  # where products have long numbers, it stands below its bar
            draft.change([(*Y, place.step, "digits")], y=bar.bottom + pieces.ABOVE + DIGIT * own.size / 2)
        if place in shown:
            places.thread(draft, self.half(bench, -1), [Y], place)
        return draft, bench

    def outputs(
        self, draft: Draft, bench: Bench, key: Key, shown: Sequence[Place], lit: Collection[int] | None = None,
        name: str = "output *y*", side: int = -1,
    ) -> None:  # fmt: skip
        """A row of outputs at one side of their columns."""
        places.lay_outputs(draft, self.half(bench, 0), key, shown, lit, name)
        for own in [(*key, place.step, part) for place in shown for part in ("bar", "digits")]:
            if own in draft.marks:
                draft.change([own], x=draft.marks[own].x + side * SIDE * bench.axis.pitch)

    def make(
        self, draft: Draft, bench: Bench, place: Place, taps: Sequence[Tap], part: str = "", slow: bool = False
    ) -> list[Cue]:
        """Products below their columns, of a ``part`` of the samples or of all, and a dotted line from where they end
        to the place's output; and how they come, one after the other when ``slow``. They fly into the output when the
        window leaves.
        """
        key, signal = (("part", part), (part,)) if part else (("product", 0, place.step), X)
        output, right = (*Y, place.step), self.half(bench, 1)
        bar = draft.marks.get((*output, "bar"))
        until = bar.right if bar and len(taps) > 1 else None
        benches.lay_products(draft, right, key, W, signal, taps, "kernel", self.tints, until, bool(right.size))
        del draft.marks["baseline", *key, "floor"]
        draft.change([(*key, tap.k, "bar") for tap in taps], goes_into=(*output, "bar"))
        for said in [said for tap in taps if (said := (*key, tap.k, "digits")) in draft.marks]:
            text = draft.marks[said]
            if bar and text.left < bar.right < text.right and bar.top - 8 < text.bottom < bar.foot:
                draft.change([said], y=bar.top - 8 - DIGIT * text.size / 2)  # no number lies on a bar
        cues = []
        for n, tap in enumerate(taps):
            beat, lasts, after = (motion.ENTER + n, 1.1, 0.0) if slow else (motion.ENTER, 0.8, 0.25 * n)
            cues.append(Cue(((*key, tap.k, "bar"),), beat, lasts, "down first", after=after))
        return [*cues, Cue(((*output, "bar"),), motion.ENTER + (len(taps) if slow else 1))]

    def notes(self, draft: Draft, name: str, texts: Mapping[int, str], lit: int, side: int = -1) -> None:
        """A line of words under the lowest row, by the step they stand under, where all have room."""
        longest = max(advance(runs_of(text)) for text in texts.values()) * self.form.small
        axis, y = self.half(self.on(self.wide), side).axis, self.form.height - 160 - self.under + self.form.small
        apart = min((later - step for step, later in pairwise(texts)), default=1)
        for step, text in texts.items() if longest < apart * axis.pitch - 14 else ():
            pieces.note(draft, (name, step), text, axis.x(step), y, 0, "lit" if step == lit else "quiet")

    def sums(self, draft: Draft, shown: Sequence[Place], lit: int, side: int = -1) -> None:
        """How outputs add up, in a line under them."""
        texts = {place.home: joined(tap.product.text for tap in place.taps).replace(" ", "") for place in shown}
        self.notes(draft, "sums", texts, lit, side)


def begins(track: Stage) -> Iterator[Board]:
    """The boards of the told place: its window, a product, and all products with their sum."""
    bench, told = Workbench(track), track.told
    yield bench.window()
    lead = 0 if bench.taps[bench.lead].more else bench.lead
    tap = bench.taps[lead]
    said = f"Tap {tap.k} multiplies its sample: {phrases.multiplied(tap)}, a product."
    draft, near = track.at(said, told, axis=track.near, tap=tap.k)
    cues = track.make(draft, near, told, bench.taps[: lead + 1], slow=True)
    track.formula(draft, ("k", "k of x"), told.step, PRODUCTS)
    yield draft.board("product", said, 2.5, cues)
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
    if len(done) < len(track.places):
        said, cues = "Every place of the window gives one output.", passing(track.places[:-1], at, last)
        yield _at(track, "slid", said, last, track.places, 2.5, cues)
    if len(track.places) > 1:
        steps = track.script.shape[0]
        said, counted = phrases.places(track.layer, track.length, steps, "window"), phrases.count(steps, "output")
        said = f"Why {counted}? {said.partition(':')[0]}." if track.sees_all and track.layer.strides == 1 else said
        yield _at(track, "count", said, last, track.places, 3)


def _at(
    track: Stage, name: str, said: str, at: Place, shown: Sequence[Place], hold: float, cues: Sequence[Cue] = (),
    axis: Axis | None = None, slow: bool = False,
) -> Board:  # fmt: skip
    """The rig over one place with its products, and the outputs that are there."""
    draft, bench = track.at(said, at, shown, axis=axis)
    made = track.make(draft, bench, at, at.taps if bench.axis == track.wide else track.taps, slow=slow)
    track.formula(draft, ("t", "t of x"), None if shown == track.places else at.step)
    if name == "slid":
        track.sums(draft, shown, at.home)
    end, half = track.length - 1, track.wide.pitch / 2 - 8
    if name == "count" and at.home == at.taps[0].step < end == at.taps[-1].step:
        left, right = track.wide.x(at.home + 1) - half, track.wide.x(end) + half
        fitting = benches.longest(2 * (track.form.width - 8) - left - right, ("no window fits", "no room"))
        pieces.brace(draft, ("without",), left, right, track.form.height - 144 - track.under, fitting)
    return draft.board(name, said, hold, [*cues, *made])


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
