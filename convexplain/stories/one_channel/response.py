"""What a filter responds to: the kernel's outline is lifted out of the rig and laid over the window of the largest
output, over one that it fits in part, and upside down over that of the most negative one.

This module knows places and their numbers. It says that the kernel fits only where every sample of a window stands as
high over its tap as the others; of any other data it says what holds for all.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

from convexplain.board import motion, pieces
from convexplain.board.marks import CONTEXT, DIGIT, FULL, Board, Cue, Draft, line
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import RIG, Place, W, X
from convexplain.stories.one_channel.sliding import Stage, added, joined
from convexplain.stories.one_channel.workbench import LISTED
from convexplain.stories.script import Tap

KERNEL, SHAPE = ("outline",), ("shape",)
"""The outline of the kernel where it lies, and lifted onto a window."""


def offset(place: Place, sign: int) -> Fraction | None:
    """How much higher than a kernel, or than its opposite, the samples of a window stand; None when not all as much."""
    apart = {tap.sample.value - sign * tap.weight.value for tap in place.taps}
    return None if len(apart) > 1 or any(tap.padded for tap in place.taps) else apart.pop()


def ends(track: Stage) -> tuple[Place, Place]:
    """The places of the largest and of the most negative output of those shown."""
    ordered = sorted(track.places, key=lambda place: place.output.value)
    return ordered[-1], ordered[0]


def fits(track: Stage) -> bool:
    """Whether the largest output comes from a window that has exactly the kernel's shape."""
    best, _ = ends(track)
    return len(best.taps) > 1 and best.output.value > 0 and offset(best, 1) is not None


def meant(track: Stage) -> Place | None:
    """The place that answers most; None where there is no shape, or all outputs are alike."""
    best, worst = ends(track)
    if len(best.taps) == 1 or best.output.value == worst.output.value:
        return None
    return best if fits(track) or abs(best.output.value) > abs(worst.output.value) else worst


def boards(track: Stage) -> Iterator[Board]:
    """What the largest output responds to, and others; nothing where all outputs are alike."""
    (best, worst), at, among = ends(track), meant(track), "" if track.sees_all else " of those shown"
    if at is None:
        return
    if not fits(track):
        sign, alike = (1, "alike than opposed") if at.output.value > 0 else (-1, "opposed than alike")
        said = f"Farthest from 0{among}, {at.output.text}: here window and kernel are more {alike}."
        yield _shown(track, "fit", said, at, sign)
        return
    said = f"The largest output{among}, {_sum(best)}: there the signal has the kernel’s shape."
    yield _shown(track, "fit", said, best)
    level, is_level = offset(best, 1), not sum(tap.weight.value for tap in best.taps)
    if level and is_level and len(best.taps) <= LISTED and track.near is track.wide:
        mean, samples = track.script.written(level), joined(tap.sample.text for tap in best.taps)
        sum_ = f"({samples}) / {len(best.taps)} = {mean.text}"
        said = f"The mean of this window is {sum_}: each sample is {mean.text} and a rest."
        yield _shown(track, "mean", said, best, mean=mean)
        none = phrases.worked([tap._replace(sample=mean) for tap in best.taps], "0")
        yield _shown(track, "level", f"The mean adds nothing, as the taps add up to 0: {none}.", best, mean=mean)
        all_ = phrases.worked([tap._replace(sample=tap.weight) for tap in best.taps], best.output.text)
        yield _shown(track, "rest", f"The rest is the kernel, and gives all: {all_}.", best, mean=mean)
    part = [place for place in track.places if 0 < place.output.value < best.output.value] if is_level else []
    if part:
        at = min(part, key=lambda place: (abs(2 * place.output.value - best.output.value), -place.step))
        twice = track.script.written(2 * best.output.value).text
        said = f"Twice as tall, this shape gives {twice}. One that fits in part gives less: {_sum(at)}."
        yield _shown(track, "between", said, at)
    if worst.output.value < 0 and offset(worst, -1) is not None:
        said = f"The most negative output{among}, {_sum(worst)}: there the shape is upside down."
        yield _shown(track, "opposite", said, worst, -1, camera=not part)


def _sum(place: Place) -> str:
    """An output, and how it adds up where that is short."""
    return added(place.taps, place.output.text) or place.output.text


def _outlined(place: Place, sign: int) -> list[Fraction]:
    """How high the outline of the kernel is on a window's samples, and then its baseline: where its highest place meets
    its sample.
    """
    highest = max(place.taps, key=lambda tap: sign * tap.weight.value)
    level = highest.sample.value - sign * highest.weight.value
    return [*(level + sign * tap.weight.value for tap in place.taps), level]


def outline(draft: Draft, bench: Bench, place: Place, sign: int = 1, new: bool = True) -> list[Cue]:
    """The kernel's outline, and a copy of it lifted with its baseline onto the samples of a window; -1 turns it upside
    down. One that is not ``new`` slides with the rig.
    """
    *tips, level = (bench.foot - float(high) * bench.unit for high in _outlined(place, sign))
    left, right = benches.columns(place.taps, bench.axis)
    places.silhouette(draft, bench, KERNEL, place.taps, bench.kernel)
    places.silhouette(draft, bench, SHAPE, place.taps, level, sign)
    draft.change([KERNEL, SHAPE], size=max(4.0, min(7.0, bench.unit / 4)))
    draft.change([SHAPE], copy_of=KERNEL)
    base = line("kernel", left + 16, level, right - 16, level, size=3, z=1, copy_of=("baseline", "rig", *W))
    draft.put("silhouette", (*SHAPE, "base"), base)
    for tap, tip in zip(place.taps, tips, strict=True):
        own, half = (*X, tap.step, "digits"), DIGIT * bench.size / 2
        for y in sorted((level, tip), reverse=True):
            if own in draft.marks and abs(draft.marks[own].y - y) < half + 8:  # no line crosses a number
                draft.change([own], y=y - half - pieces.ABOVE)
    lift = [Cue((KERNEL,), motion.ENTER, 0.8), Cue((SHAPE,), motion.ENTER + 1, 1.4)] if new else []
    return [Cue((*RIG, KERNEL, SHAPE), motion.MOVE, 1.4), *lift]


def _shown(
    track: Stage, name: str, said: str, at: Place, sign: int = 1, camera: bool = True, mean: Number | None = None
) -> Board:
    """The rig over a place, and the outline of the kernel on its samples; on the stage with its products, or in a large
    unit, where each sample may be two, the ``mean`` and the rest. Where the ``camera`` moves, all rows do together.
    """
    is_large = name == "fit" or mean is not None
    bench = track.large(_outlined(at, sign)) if is_large else None
    draft, rows = track.at(said, at, track.places, [at.step], bench=bench)
    track.recede(draft, () if mean else {tap.step for tap in at.taps})
    cues = [*track.making(at), *outline(draft, rows, at, sign, name == "fit")]
    cues += [Cue((X,), motion.MOVE, 1.4) if camera else Cue((X,), motion.MOVE + 0.5, 0.4)]
    if mean is not None:
        for tap in at.taps:
            _split(draft, rows, name, tap, mean)
    return draft.board(name, said, 3, cues)


def _split(draft: Draft, bench: Bench, name: str, tap: Tap, mean: Number) -> None:
    """A sample as two parts, the mean and on top of it the rest, which is the tap; what is meant is in the light."""
    rest, sample, own = tap.weight._replace(about=None), (*X, tap.step, "bar"), (*X, tap.step, "digits")
    level = bench.foot - float(mean.value) * bench.unit
    stacked = (("mean", mean, bench.foot), ("rest", rest, level))[: 1 + (name == "rest")]
    for part, number, foot in stacked:
        look: dict[str, Any] = {"copy_of": sample, "goes_into": sample, "z": 0.5}
        look |= {"bricks": places.whole([number.value]), "light": FULL if part == stacked[-1][0] else CONTEXT}
        place = (bench.axis.x(tap.step), foot, bench.axis.bar, bench.unit, "sample")
        pieces.column(draft, (part, tap.step), number, *place, **look)
    text = {"mean": joined([mean.text, rest.text]), "level": mean.text, "rest": rest.text}[name]
    old, about = draft.marks[own], tap.sample.about if name == "mean" else None
    draft.marks[own] = words(text, old.x, old.y, old.size, about=about, rides=old.rides)
