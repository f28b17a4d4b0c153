"""What a filter responds to: the kernel's outline is lifted out of the rig and laid over the window of the largest
output, over one that it fits in part, and upside down over that of the most negative one.

This module knows places and their numbers. It says that the kernel fits only where every sample of a window stands as
high over its tap as the others; of any other data it says what holds for all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from fractions import Fraction
from statistics import median_low

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, PARTIAL, TEXT, Board, Cue, Draft, Key, line
from convexplain.board.text import words
from convexplain.stories.bench import fitting
from convexplain.stories.one_channel.places import LISTED, Place, joined, levels
from convexplain.stories.one_channel.sliding import Stage
from convexplain.stories.one_channel.track import Bench, W, X
from convexplain.stories.script import Tap

KERNEL, SHAPE = ("outline",), ("shape",)
"""The outline of the kernel where it lies, and lifted onto a window."""


def offset(place: Place, sign: int) -> Fraction | None:
    """How much higher than a kernel, or than its opposite, the samples of a window stand; None when not all as much."""
    apart = {tap.sample.value - sign * tap.weight.value for tap in place.taps}
    return None if len(apart) > 1 or place.reads_zero else apart.pop()


class Response:
    """The places of the ``best`` and of the ``worst`` output in view, whether the best ``fits`` the kernel's shape, and
    which of them is ``meant`` to answer; None where there is no shape, or all outputs are alike. ``outlined`` is how
    high the kernel's outline reaches on its samples.
    """

    def __init__(self, track: Stage) -> None:
        ordered = sorted(track.places, key=lambda place: place.output.value)
        self.track, best, worst = track, ordered[-1], ordered[0]
        self.best, self.worst = best, worst
        self.fits = len(best.taps) > 1 and best.output.value > 0 and offset(best, 1) is not None
        higher = best if self.fits or abs(best.output.value) > abs(worst.output.value) else worst
        self.meant = None if len(best.taps) == 1 or best.output.value == worst.output.value else higher
        self.sign = -1 if higher.output.value < 0 else 1
        self.outlined = _outlined(self.meant, self.sign) if self.meant else []

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
        level = offset(best, 1) if is_level and not any(place.reads_zero for place in track.places) else None
        said = f"The largest{among} is {best.output.text}: {self._raised(best, 1, 'has the kernel’s shape')}."
        yield self._shown("fit", said, best, "the kernel fits", bool(level and track.form.points))
        if level and best.added and not track.is_near:
            raised, taps = track.script.written(level).text, joined(tap.weight.text for tap in best.taps)
            said = f"A flat signal of {raised} gives {{}}: the taps {taps} add up to 0."
            yield self._counted("level", said, lambda sample: level)
            said = f"Take {raised} from every sample: the window is the kernel, and still gives {{}}."
            yield self._counted("rest", said, lambda sample: sample - level, float(level))
        part = [place for place in track.places if 0 < place.output.value < best.output.value] if is_level else []
        if part:
            half = best.output.value / 2
            at = max(part, key=lambda place: (_size(place) > _size(best), -abs(place.output.value - half), place.step))
            said = "Here it fits in part, and gives less"
            if _size(at) > _size(best):
                said = f"This window holds more, {joined(tap.sample.text for tap in at.taps)}, but in another shape"
            yield self._shown("between", f"{said}: {at.added or at.output.text}.", at, "fits in part")
        if worst.output.value < 0 and offset(worst, -1) is not None:
            said = self._raised(worst, -1, "is the kernel upside down")
            said = f"The lowest{among} is {worst.output.text}: {said}."
            yield self._shown("opposite", said, worst, "fits upside down")

    def _raised(self, place: Place, sign: int, said: str) -> str:
        """That a window is the kernel or its opposite, and how much higher it stands, in numbers where they are few."""
        apart, written = offset(place, sign), self.track.script.written
        samples = ", ".join(tap.sample.text for tap in place.taps)
        if len(place.taps) > LISTED or not apart:
            return f"there the signal {said}"
        shape = ", ".join(written(sign * tap.weight.value).text for tap in place.taps)
        return f"{samples} {said}, {shape} {self._level(place, sign)}"

    def _level(self, place: Place, sign: int) -> str:
        """How much higher than a kernel, or its opposite, a window stands; nothing where that is nothing."""
        level = _outlined(place, sign)[-1]
        text = self.track.script.written(abs(level)).text
        return f"{'raised' if level > 0 else 'lowered'} by {text}" if level else ""

    def _shown(self, name: str, said: str, at: Place, verdict: str = "", why: bool = False) -> Board:
        """The rig over a place, the outline of the kernel on its samples with a ``verdict``, and how its output adds
        up.
        """
        track, sign = self.track, -1 if at.output.value < 0 else 1
        draft, bench = track.at(said, at, track.places, [at.step], rows=track.upper)
        if why:
            pieces.remark(draft, ("why",), "The taps add up to 0, so raising alone adds nothing.")
        track.recede(draft, {tap.step for tap in at.taps})
        track.sums(draft, [at], at.home)
        shape = outline(draft, bench, at, sign, self._level(at, sign) if verdict else "")
        cues = [*shape, Cue((("count", "fits", name),), motion.ENTER + 2, 0.4)]
        _judge(draft, bench, name, verdict)
        return draft.board(name, said, 3, cues)

    def _counted(self, name: str, said: str, sample: Callable[[Fraction], Fraction], zero: float = 0.0) -> Board:
        """What the kernel makes of another signal, with its line where ``zero`` was; its best sum is ``said``. The
        outline stays where it was.
        """
        track, written = copy(self.track), self.track.script.written
        track.signal = {step: written(sample(number.value)) for step, number in track.signal.items()}
        rows = replace(track.upper, foot=track.upper.foot - zero * track.upper.unit)
        shown = []
        for place in track.places:
            taps = [tap._replace(sample=track.signal[tap.step]) for tap in place.taps]
            taps = [tap._replace(product=written(tap.sample.value * tap.weight.value)) for tap in taps]
            shown.append(place._replace(taps=tuple(taps), output=written(levels(taps)[-1])))
        at = shown[track.places.index(self.best)]
        said = said.format(at.added)
        draft, bench = track.at(said, at, shown, rows=rows)
        track.sums(draft, [at], at.home)
        place, foot = track.places[shown.index(at)], track.upper.foot
        outline(draft, replace(bench, foot=foot), place, 1, "" if zero else self._level(place, 1))
        return draft.board(name, said, 3, [Cue((("note", "sums"),), motion.MOVE, 0.9)])


def _judge(draft: Draft, bench: Bench, name: str, verdict: str) -> None:
    """A verdict, large, beside the kernel where there is more room; nothing where that is too little."""
    card, axis = draft.marks["rig", *W, "card"], bench.axis
    sides = (axis.left, card.left), (card.right, axis.right)
    left, right = max(sides, key=lambda side: side[1] - side[0])
    sizes = (TEXT if draft.format.points else PARTIAL, TEXT, 0.0)
    if verdict and (size := fitting(right - left - 60, [verdict], sizes)):
        pieces.counted(draft, ("fits", name), verdict, (left + right) / 2, card.y, size)


def _size(place: Place) -> Fraction:
    """All that is in a window."""
    return sum((tap.sample.value for tap in place.taps), Fraction(0))


def _profile(taps: Sequence[Tap]) -> dict[int, Fraction]:
    """A kernel by step: between taps with gaps it is 0."""
    weights = {tap.step: tap.weight.value for tap in taps}
    return {step: weights.get(step, Fraction(0)) for step in range(min(weights), max(weights) + 1)}


def _outlined(place: Place, sign: int) -> list[Fraction]:
    """How high the outline of the kernel is on a window's samples, where it meets as many as it can in the middle."""
    level = median_low(tap.sample.value - sign * tap.weight.value for tap in place.taps)
    return [*(level + sign * tap.weight.value for tap in place.taps), level]


def outline(draft: Draft, bench: Bench, place: Place, sign: int = 1, said: str = "") -> list[Cue]:
    """The kernel's outline, and a copy of it lifted onto a window, upside down for -1, with the line it is based on
    where that has a name that is ``said``. The numbers of the taps come back when it has risen.
    """
    level = bench.foot - float(_outlined(place, sign)[-1]) * bench.unit
    shape, size = (*SHAPE, place.step), max(4.0, min(8.0, bench.unit / 6, bench.axis.pitch / 16))
    _silhouette(draft, bench, KERNEL, place.taps, bench.kernel, 1, size)
    _silhouette(draft, bench, shape, place.taps, level, sign, size)
    draft.change([shape], copy_of=KERNEL)
    for tap in place.taps:
        if number := draft.marks.pop((*W, tap.k, "digits"), None):
            draft.put("digits", (*W, tap.k, place.step, "digits"), number)
    clear = DIGIT * bench.size / 2 + size / 2 + 2
    for step, weight in _profile(place.taps).items():
        own, tip = (*X, step, "digits"), level - sign * float(weight) * bench.unit
        if own in draft.marks and abs(draft.marks[own].y - tip) < clear:  # no line crosses a number: it stands over it
            draft.change([own], y=tip - clear - 8)
    _base(draft, bench, shape, level, said)
    factors = tuple((*W, tap.k, place.step) for tap in place.taps)
    return [Cue((shape, ("name", *shape)), motion.ENTER + 1, 1.6), Cue(factors, motion.ENTER + 2, 0.4)]


def _base(draft: Draft, bench: Bench, shape: Key, level: float, said: str) -> None:
    """The line that a lifted outline is based on, from its name at the left, broken where a number stands in its way;
    nothing where the name has no room.
    """
    form, y = draft.format, level - DIGIT * draft.format.small / 2
    named = words(said, form.margin, y, form.small, "formula", align=-1)
    beside = [mark for mark in draft.marks.values() if mark.left == form.margin and abs(mark.y - y) < 1.2 * form.small]
    if not said or beside or named.right > bench.axis.left:
        return
    draft.put("name", ("name", *shape, "level"), named)
    near, ends = DIGIT * bench.size / 2 + 12, [named.right + 14]
    for key, mark in draft.marks.items():
        if key[:2] == X and key[-1] == "digits" and abs(mark.y - level) < near and mark.x < draft.marks[shape].right:
            ends += [mark.left - 12, mark.right + 12]
    for n, (left, right) in enumerate(zip(ends[::2], [*ends[1::2], draft.marks[shape].right], strict=True)):
        if left < right:
            lies = line("kernel", left, level, right, level, dash=8, size=3, z=-1, copy_of=("baseline", "rig", *W))
            draft.put("silhouette", (*shape, "level", n), lies)


def _silhouette(
    draft: Draft, bench: Bench, key: Key, taps: Sequence[Tap], level: float, sign: int, size: float
) -> None:
    """The outline of a kernel, from tip to tip over the y ``level``."""
    half, points = bench.axis.pitch / 2, []
    for step, weight in _profile(taps).items():
        x, y = bench.axis.x(step), level - sign * float(weight) * bench.unit
        points += [x - half, y, x + half, y]
    points[0], points[-2] = points[0] + 0.3 * half, points[-2] - 0.3 * half
    draft.put("silhouette", key, line(("kernel", "ink", 0.35), *points, size=size, z=2))
