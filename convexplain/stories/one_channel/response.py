"""What a filter responds to: the kernel's outline is lifted out of the rig and laid over the window of the largest
output, and upside down over that of the most negative one.

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
from convexplain.board.marks import DIGIT, Board, Cue, Draft, line
from convexplain.stories.one_channel.places import Place, joined
from convexplain.stories.one_channel.sliding import Stage, point
from convexplain.stories.one_channel.track import Bench, W, X, Y

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

    @property
    def falls(self) -> tuple[str, str] | None:
        """What the kernel does and its opposite, in words, where it only falls or only rises."""
        weights, ways = [tap.weight.value for tap in self.best.taps], ("fall", "rise")
        if not self.fits or weights[0] == weights[-1] or sorted(weights) not in (weights, weights[::-1]):
            return None
        return ways if weights[0] > weights[-1] else ways[::-1]

    @property
    def level(self) -> Fraction:
        """How much higher than the kernel the best window stands, where that changes no output; else 0."""
        taps, places = self.best.taps, self.track.places
        is_level = not sum(tap.weight.value for tap in taps) and not any(place.reads_zero for place in places)
        return level_of(self.best, 1) * (self.fits and is_level and bool(self.best.added) and not self.track.is_near)

    def boards(self) -> Iterator[Board]:
        """What the largest output responds to, and the lowest; nothing where all outputs are alike."""
        track, best, worst, at, level = self.track, self.best, self.worst, self.meant, self.level
        among = "" if track.sees_all else " of those shown"
        if at is None:
            return
        if not self.fits:
            alike = "alike than opposed" if self.sign > 0 else "opposed than alike"
            said = f"Farthest from 0{among} is {at.output.text}. Here window and kernel are more {alike}."
            yield self._shown("fit", said, at)
            return
        falls, other = self.falls or ("", "")
        like = f"{falls}s just as the kernel does" if falls else "has the shape of the kernel"
        opposed = f"{other}s where the kernel {falls}s" if falls else "has its shape upside down"
        said = f"The largest output{among} is {best.output.text}. Here the signal {like}."
        yield self._shown("fit", said, best, why=bool(level and track.form.points))
        if worst.output.value < 0 and is_like(worst, -1):
            said = f"The lowest output{among} is {worst.output.text}. Here the signal {opposed}."
            yield self._shown("opposite", said, worst)
        if level:
            yield self._lowered(level)

    def _shown(self, name: str, said: str, at: Place, why: bool = False) -> Board:
        """The rig over a place, the kernel's outline, which is first lifted onto its samples, and the sum."""
        track, sign = self.track, -1 if at.output.value < 0 else 1
        draft, bench = track.at(said, at, track.places, [at.step])
        if why:
            pieces.remark(draft, ("why",), "The taps add up to 0, so raising alone adds nothing.")
        track.recede(draft, {tap.step for tap in at.taps})
        outline(draft, bench, at, sign)
        track.add(draft, at)
        return draft.board(name, said, 3, [Cue((SHAPE,), staging.ENTER + 1)] * (name == "fit"))

    def _lowered(self, level: Fraction) -> Board:
        """The signal without its level: the best window is the kernel itself, and no output is another."""
        track, written = copy(self.track), self.track.script.written
        track.signal = {at: written(own.value - level) for at, own in track.signal.items()}
        taps = tuple(tap._replace(sample=track.signal[tap.step]) for tap in self.best.taps)
        at, rows = self.best._replace(taps=taps), track.stage
        track.called, track.stage = (
            joined(["*x*", written(-level).text]),
            replace(rows, foot=rows.foot - float(level) * rows.unit),
        )
        changed = f"{'Lowered' if level > 0 else 'Raised'} by {written(abs(level)).text}"
        said = f"{changed}, the signal gives the same outputs, since the taps add up to 0."
        draft, bench = track.at(said, at, track.places)
        outline(draft, replace(bench, foot=rows.foot), self.best)
        added = f"{joined(tap.weight.text for tap in taps)} = 0"
        point(draft, added, "", draft.marks["rig", *W, "frame"].right, bench.kernel)
        return draft.board("rest", said, 3, self.changed(staging.ENTER))

    def changed(self, beat: float) -> list[Cue]:
        """The whole signal becomes another, and what is seen of the outputs."""
        return [Cue((X, Y, ("baseline", *X), ("name", *X)), beat, 0.9)]


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
