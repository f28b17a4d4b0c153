"""What a filter responds to: the kernel's outline is lifted out of the rig and laid over the window of the largest
output, over one that it fits in part, and upside down over that of the most negative one.

This module knows places and their numbers. It says that the kernel fits only where every sample of a window stands as
high over its tap as the others; of any other data it says what holds for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from statistics import median_low
from typing import Any

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, Board, Cue, Draft, Key, line
from convexplain.board.pieces import Number
from convexplain.stories.bench import whole
from convexplain.stories.one_channel.places import LISTED, Place, joined
from convexplain.stories.one_channel.sliding import Stage
from convexplain.stories.one_channel.track import Bench, W, X, Y
from convexplain.stories.script import Tap

KERNEL, SHAPE = ("outline",), ("shape",)
"""The outline of the kernel where it lies, and lifted onto a window."""


def offset(place: Place, sign: int) -> Fraction | None:
    """How much higher than a kernel, or than its opposite, the samples of a window stand; None when not all as much."""
    apart = {tap.sample.value - sign * tap.weight.value for tap in place.taps}
    return None if len(apart) > 1 or place.reads_zero else apart.pop()


class Response:
    """The places of the ``best`` and of the ``worst`` output in view, whether the best ``fits`` the kernel's shape, and
    which of them is ``meant`` to answer; None where there is no shape, or all outputs are alike.
    """

    def __init__(self, track: Stage) -> None:
        ordered = sorted(track.places, key=lambda place: place.output.value)
        self.track, best, worst = track, ordered[-1], ordered[0]
        self.best, self.worst = best, worst
        self.fits = len(best.taps) > 1 and best.output.value > 0 and offset(best, 1) is not None
        higher = best if self.fits or abs(best.output.value) > abs(worst.output.value) else worst
        self.meant = None if len(best.taps) == 1 or best.output.value == worst.output.value else higher
        self.sign = -1 if higher.output.value < 0 else 1

    def outlined(self) -> list[Fraction]:
        """How high and how deep the outline of the kernel reaches where it lies on samples."""
        return _outlined(self.meant, self.sign) if self.meant else []

    def boards(self) -> Iterator[Board]:
        """What the largest output responds to, and others; nothing where all outputs are alike."""
        track, best, worst, at = self.track, self.best, self.worst, self.meant
        among, is_level = "" if track.sees_all else " of those shown", not sum(tap.weight.value for tap in best.taps)
        if at is None:
            return
        if not self.fits:
            alike = "alike than opposed" if self.sign > 0 else "opposed than alike"
            said = f"Farthest from 0{among}, {at.output.text}: here window and kernel are more {alike}."
            yield self._shown("fit", said, at, self.sign)
            return
        level = offset(best, 1) if is_level else None
        said = f"The largest{among} is {best.output.text}: {self._raised(best, 1, 'has the kernel’s shape')}."
        yield self._shown("fit", said, best, why=bool(level and track.form.points))
        if level and best.added and not track.is_near:
            mean, samples = track.script.written(level), joined(tap.sample.text for tap in best.taps)
            alone = self._reading(lambda tap: mean)
            why = f"Why? The mean, ({samples}) / {len(best.taps)} = {mean.text}"
            yield self._split("level", f"{why}, gives {alone.added}: the taps add up to 0.", alone, mean)
            rest = self._reading(lambda tap: tap.weight)
            said = f"The rest is the kernel itself, so no product is negative: {rest.added}."
            yield self._split("rest", said, rest, mean)
        part = [place for place in track.places if 0 < place.output.value < best.output.value] if is_level else []
        if part:
            half = best.output.value / 2
            at = max(part, key=lambda place: (_size(place) > _size(best), -abs(place.output.value - half), place.step))
            said = "Here it fits in part, and gives less"
            if _size(at) > _size(best):
                said = f"This window holds more, {joined(tap.sample.text for tap in at.taps)}, but in another shape"
            yield self._shown("between", f"{said}: {at.added or at.output.text}.", at)
        if worst.output.value < 0 and offset(worst, -1) is not None:
            said = self._raised(worst, -1, "is the kernel upside down")
            yield self._shown("opposite", f"The lowest{among} is {worst.output.text}: {said}.", worst, -1)

    def _raised(self, place: Place, sign: int, said: str) -> str:
        """That a window is the kernel or its opposite, and how much higher it stands, in numbers where they are few."""
        apart, written = offset(place, sign), self.track.script.written
        samples = ", ".join(tap.sample.text for tap in place.taps)
        if len(place.taps) > LISTED or not apart:
            return f"there the signal {said}"
        shape = ", ".join(written(sign * tap.weight.value).text for tap in place.taps)
        return f"here {samples} {said}, {shape} {'raised' if apart > 0 else 'lowered'} by {written(abs(apart)).text}"

    def _reading(self, sample: Callable[[Tap], Number]) -> Place:
        """The best place with other samples in its window, their products and the sum of these."""
        written = self.track.script.written
        taps = [tap._replace(sample=sample(tap)._replace(about=None)) for tap in self.best.taps]
        taps = [tap._replace(product=written(tap.sample.value * tap.weight.value)) for tap in taps]
        total = written(sum((tap.product.value for tap in taps), Fraction(0)))
        return self.best._replace(taps=tuple(taps), output=total)

    def _shown(self, name: str, said: str, at: Place, sign: int = 1, why: bool = False) -> Board:
        """The rig over a place, the outline of the kernel on its samples, and how all outputs add up."""
        track = self.track
        draft, bench = track.at(said, at, track.places, [at.step])
        if why:
            pieces.remark(draft, ("why",), "The taps add up to 0, so raising alone adds nothing.")
        track.recede(draft, {tap.step for tap in at.taps})
        track.sums(draft, track.places, at.home)
        cues = [*track.making(at), *outline(draft, bench, at, sign, name == "fit")]
        if name != "fit":  # the parts of the window that stood apart are one again before the rig leaves
            cues.append(Cue((("rest",), *((*X, tap.step, "digits") for tap in self.best.taps)), motion.LEAVE, 0.6))
        return draft.board(name, said, 3, cues)

    def _split(self, name: str, said: str, at: Place, mean: Number) -> Board:
        """One part of the best window, the ``mean`` or the ``rest``, with what the place ``at`` makes of it."""
        track, shown = self.track, [at if place.step == at.step else place for place in self.track.places]
        draft, bench = track.at(said, at, shown, [at.step])
        track.recede(draft, ())
        track.sums(draft, shown, at.home)
        cues = outline(draft, bench, self.best, new=False)
        level, apart = bench.foot - float(mean.value) * bench.unit, 1.1 * track.form.small  # from the signal's name
        part, foot = ("rest", level) if name == "rest" else ("mean", bench.foot)
        pieces.baseline(draft, ("mean",), bench.axis.left, draft.marks["rig", *W, "frame"].right, level, "formula")
        y = min(level, bench.foot - apart) if mean.value > 0 else max(level, bench.foot + apart)
        pieces.name(draft, ("mean",), f"mean {mean.text}", y, "formula")
        for tap in at.taps:
            sample, own = (*X, tap.step, "bar"), (*X, tap.step, "digits")
            look: dict[str, Any] = {"bricks": whole([tap.sample.value]), "goes_into": sample, "z": 0.5}
            look["copy_of"] = ("mean", tap.step, "bar") if part == "rest" else sample
            where = (bench.axis.x(tap.step), foot, bench.axis.bar, bench.unit, "sample")
            pieces.column(draft, (part, tap.step), tap.sample, *where, **look)
            top = level - DIGIT * bench.size / 2 - pieces.ABOVE  # the number says the part
            draft.change([own], y=min(draft.marks[own].y, top), about=None, role="ink")
            cues.append(Cue(((part, tap.step), own), motion.ENTER, 0.9))
        cues.append(Cue((("product", 0, at.step), ("total", at.step)), motion.ENTER + 1, 0.8))
        cues.append(Cue(((*Y, at.step), ("note", "sums", at.home)), motion.ENTER + 2, 0.6))
        return draft.board(name, said, 3, cues)


def _size(place: Place) -> Fraction:
    """All that is in a window."""
    return sum((tap.sample.value for tap in place.taps), Fraction(0))


def _outlined(place: Place, sign: int) -> list[Fraction]:
    """How high the outline of the kernel is on a window's samples, where it meets as many as it can in the middle."""
    level = median_low(tap.sample.value - sign * tap.weight.value for tap in place.taps)
    return [*(level + sign * tap.weight.value for tap in place.taps), level]


def outline(draft: Draft, bench: Bench, place: Place, sign: int = 1, new: bool = True) -> list[Cue]:
    """The kernel's outline, and a copy of it on a window, upside down for -1; one not ``new`` slides with the rig."""
    *tips, level = (bench.foot - float(high) * bench.unit for high in _outlined(place, sign))
    _silhouette(draft, bench, KERNEL, place.taps, bench.kernel, 1)
    _silhouette(draft, bench, SHAPE, place.taps, level, sign)
    draft.change([SHAPE], copy_of=KERNEL)
    for tap, tip in zip(place.taps, tips, strict=True):
        own, half = (*X, tap.step, "digits"), DIGIT * bench.size / 2
        if own in draft.marks and abs(draft.marks[own].y - tip) < half + 8:  # no line crosses a number
            draft.change([own], y=tip - half - pieces.ABOVE)
    lift = [Cue((KERNEL,), motion.ENTER, 0.8, "fade"), Cue((SHAPE,), motion.ENTER + 1, 1.4)] if new else []
    return [Cue((KERNEL, SHAPE), motion.MOVE, 1.4), *lift, Cue((X,), motion.ENTER, 0.4)]


def _silhouette(draft: Draft, bench: Bench, key: Key, taps: Sequence[Tap], level: float, sign: int) -> None:
    """The outline of a kernel's taps, from tip to tip over the y ``level``."""
    half, points = bench.axis.pitch / 2, []
    for tap in taps:
        x, y = bench.axis.x(tap.step), level - sign * float(tap.weight.value) * bench.unit
        points += [x - half, y, x + half, y]
    points[0], points[-2] = points[0] + 0.3 * half, points[-2] - 0.3 * half
    size = max(3.0, min(5.0, bench.unit / 5))
    draft.put("silhouette", key, line(("kernel", "ink", 0.35), *points, size=size, z=2))
