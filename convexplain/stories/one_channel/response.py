"""What a filter responds to: the kernel's outline is lifted out of the rig and laid over the window of the largest
output, over one that it fits in part, and upside down over that of the most negative one.

This module knows places and their numbers. It says that the kernel fits only where every sample of a window stands as
high over its tap as the others; of any other data it says what holds for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from fractions import Fraction
from statistics import median_low

from convexplain.board import pieces, staging
from convexplain.board.marks import DIGIT, Board, Cue, Draft, bar, line
from convexplain.stories.one_channel.places import LISTED, Place, joined
from convexplain.stories.one_channel.sliding import Stage, point
from convexplain.stories.one_channel.track import NONE, Bench, W, X, Y
from convexplain.stories.script import Tap

KERNEL, SHAPE = ("outline",), ("shape",)
"""The outline of the kernel where it lies, and lifted onto a window."""


def rises(place: Place, sign: int) -> dict[int, Fraction]:
    """How much higher than a kernel, or than its opposite for -1, each sample of a window stands, by its step."""
    return {tap.step: tap.sample.value - sign * tap.weight.value for tap in place.taps}


def level_of(place: Place, sign: int) -> Fraction:
    """How much higher than a kernel, or its opposite, most samples of a window stand."""
    return median_low(rises(place, sign).values())


def is_like(place: Place, sign: int) -> bool:
    """Whether all samples of a window stand as much higher than the kernel, or its opposite."""
    return not place.reads_zero and len({*rises(place, sign).values()}) == 1


class Response:
    """The places of the ``best`` and of the ``worst`` output in view, whether the best ``fits`` the kernel's shape, and
    which of them is ``meant`` to answer; None where there is no shape, or all outputs are alike: the told one is
    ``shown``. ``outlined`` is how high the kernel's outline reaches on its samples.
    """

    def __init__(self, track: Stage) -> None:
        self.track, ordered = track, sorted(track.places, key=lambda place: place.output.value)
        self.best, self.worst = best, worst = ordered[-1], ordered[0]
        self.fits = len(best.taps) > 1 and best.output.value > 0 and is_like(best, 1)
        higher = best if self.fits or abs(best.output.value) > abs(worst.output.value) else worst
        self.meant = None if len(best.taps) == 1 or best.output.value == worst.output.value else higher
        self.shown = self.meant or track.told
        self.sign = -1 if higher.output.value < 0 else 1
        level, taps = level_of(higher, self.sign), higher.taps if self.meant else ()
        self.outlined = [level + self.sign * weight for tap in taps for weight in (tap.weight.value, 0)]

    def boards(self) -> Iterator[Board]:
        """What the largest output responds to, and others; nothing where all outputs are alike."""
        track, best, worst, at = self.track, self.best, self.worst, self.meant
        among, is_level = "" if track.sees_all else " of those shown", not sum(tap.weight.value for tap in best.taps)
        if at is None:
            return
        if not self.fits:
            alike = "alike than opposed" if self.sign > 0 else "opposed than alike"
            said = f"Farthest from 0{among}, {at.output.text}: here window and kernel are more {alike}."
            yield self._shown("fit", said, at)
            return
        level = level_of(best, 1) if is_level and not any(place.reads_zero for place in track.places) else None
        lowered = level if best.added and not track.is_near else None
        said = f"The largest{among} is {best.output.text}. Here the kernel fits: {self._raised(best, 1, 'the kernel')}."
        yield self._shown("fit", said, best, why=bool(level and track.form.points))
        if lowered:
            yield self._lowered(lowered)
        part = [place for place in track.places if 0 < place.output.value < best.output.value] if is_level else []
        if part:
            at = max(part, key=lambda p: (-abs(2 * p.output.value - best.output.value), p.step))
            said = f"Here it fits in part, and gives less: {at.added or at.output.text}."
            if len(misfits := self.misfits(at)) == 1:
                ((tap, much, way),) = misfits
                less, full = track.script.written(-much * tap.weight.value).text, best.output.text
                times = f"Times its tap {tap.weight.text}, that is {less} less than the {full} of a full fit."
                said = f"One sample is {way}. {times}"
            yield self._shown("between", said, at, bool(lowered))
        if worst.output.value < 0 and is_like(worst, -1):
            upside = self._raised(worst, -1, "the kernel upside down")
            said = f"The lowest{among} is {worst.output.text}. Here it fits upside down: {upside}."
            yield self._shown("opposite", said, worst)

    def _raised(self, place: Place, sign: int, shape: str) -> str:
        """That a window is a ``shape``, and how much higher it stands, in numbers where they are few."""
        level, written = level_of(place, sign), self.track.script.written
        if len(place.taps) > LISTED or not level:
            return f"the signal is {shape}"
        samples = ", ".join(tap.sample.text for tap in place.taps)
        taps = ", ".join(written(sign * tap.weight.value).text for tap in place.taps)
        return f"{samples} is {taps} {'raised' if level > 0 else 'lowered'} by {written(abs(level)).text}"

    def _shown(self, name: str, said: str, at: Place, restored: bool = False, why: bool = False) -> Board:
        """The rig over a place, the kernel's outline, which is first lifted onto its samples, what of them is too high
        for it, and the sum. The signal may be ``restored`` before.
        """
        track, sign = self.track, -1 if at.output.value < 0 else 1
        draft, bench = track.at(said, at, track.places, [at.step], rows=track.grown)
        if why:
            pieces.remark(draft, ("why",), "The taps add up to 0, so raising alone adds nothing.")
        track.recede(draft, {tap.step for tap in at.taps})
        outline(draft, bench, at, sign)
        misfits, terms = self.misfits(at, sign) if name == "between" else [], list[str]()
        for tap, much, _ in misfits if len(misfits) == 1 else []:  # where that is nothing to be seen, all of its bar
            terms = [self.best.output.text, track.script.written(much * tap.weight.value).text]
            own, value = draft.marks[*X, tap.step, "bar"], tap.sample.value
            up = float(median_low((NONE, much, value)) or value) * bench.unit
            part = bar("differs", own.x, own.tip + up, own.width, up, unit=own.unit)
            draft.put("misfit", ("misfit", tap.step), part)
        track.sums(draft, [at], at, terms)
        cues = [Cue((SHAPE,), staging.ENTER + 1)] * (name == "fit")
        named = Cue((("name", *X),), staging.MOVE)
        cues += self._changed(staging.LEAVE + 0.5) if restored else [named]
        return draft.board(name, said, 3, cues)

    def _changed(self, beat: float) -> list[Cue]:
        """Signal and outputs become others at once; no number of an output floats over a bar that is not there."""
        numbers = tuple((*Y, place.step, "digits") for place in self.track.places)
        return [Cue((X, Y, ("baseline", *X), ("name", *X), ("note",)), beat, 0.9), Cue(numbers, how="anew")]

    def misfits(self, place: Place, sign: int = 1) -> list[tuple[Tap, Fraction, str]]:
        """The taps of a window whose samples stand higher over them, or lower, than most; how much, and in words."""
        level, over, written = level_of(place, sign), rises(place, sign), self.track.script.written
        found = [(tap, much) for tap in place.taps if (much := over[tap.step] - level)]
        return [(tap, much, f"{written(abs(much)).text} too {'high' if much > 0 else 'low'}") for tap, much in found]

    def _lowered(self, level: Fraction) -> Board:
        """The signal without its level: the best window is the kernel itself, and no output is another."""
        track, written = copy(self.track), self.track.script.written
        track.signal = {at: written(own.value - level) for at, own in track.signal.items()}
        pairs = [(tap, track.signal[tap.step]) for tap in self.best.taps]
        taps = tuple(tap._replace(sample=x, product=written(x.value * tap.weight.value)) for tap, x in pairs)
        at, rows = self.best._replace(taps=taps), track.grown
        track.called = joined(["*x*", written(-level).text])
        changed = f"{written(abs(level)).text} {'taken from' if level > 0 else 'added to'} *x*"
        said = f"Height alone does not count: the taps add up to 0, so {changed} changes no sum."
        draft, bench = track.at(said, at, track.places, rows=replace(rows, foot=rows.foot - float(level) * rows.unit))
        track.sums(draft, [at], at)
        outline(draft, replace(bench, foot=rows.foot), self.best)
        added = f"{joined(tap.weight.text for tap in taps)} = 0"
        point(draft, added, "", draft.marks["rig", *W, "frame"].right, bench.kernel)
        return draft.board("rest", said, 3, self._changed(staging.MOVE))


def outline(draft: Draft, bench: Bench, place: Place, sign: int = 1) -> None:
    """The kernel's outline, and a copy of it lifted onto a window, upside down for -1."""
    level, half = bench.foot - float(level_of(place, sign)) * bench.unit, bench.axis.pitch / 2
    weights = {tap.step: float(tap.weight.value) for tap in place.taps}
    steps = range(place.start, place.taps[-1].step + 1)
    size = max(4.0, min(8.0, bench.unit / 6, bench.axis.pitch / 16))
    for key, foot, turned, of in ((KERNEL, bench.kernel, 1, None), (SHAPE, level, sign, KERNEL)):
        tips = [(bench.axis.x(step), foot - turned * weights.get(step, 0.0) * bench.unit) for step in steps]
        ends = [end for x, y in tips for end in (x - half, y, x + half, y)]
        ends[0], ends[-2] = ends[0] + 0.3 * half, ends[-2] - 0.3 * half
        draft.put("silhouette", key, line(("kernel", "ink", 0.35), *ends, size=size, z=0.5, copy_of=of))
    clear = DIGIT * bench.size / 2 + size / 2 + 2
    for step, (_, tip) in zip(steps, tips, strict=True):
        own = (*X, step, "digits")
        if own in draft.marks and abs(draft.marks[own].y - tip) < clear:  # no line crosses a number: it stands over it
            draft.change([own], y=tip - clear - 8)
