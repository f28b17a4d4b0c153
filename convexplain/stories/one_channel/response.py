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
from convexplain.stories.one_channel.sliding import Stage, joined
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


def parts(track: Stage) -> tuple[list[Tap], list[Tap]] | None:
    """The taps of the largest output as they read the mean of their samples, and as they read the rest: the kernel.
    None where the mean is 0 or adds something, or there is no room to work that out.
    """
    (best, _), written = ends(track), track.script.written
    mean = sum((tap.sample.value for tap in best.taps), Fraction(0)) / len(best.taps)
    is_short = len(best.taps) <= LISTED and track.near is track.wide
    if not (mean and is_short and fits(track)) or sum(tap.weight.value for tap in best.taps):
        return None

    def read(tap: Tap, sample: Fraction) -> Tap:
        return tap._replace(sample=written(sample), product=written(tap.weight.value * sample))

    return [read(tap, mean) for tap in best.taps], [read(tap, tap.sample.value - mean) for tap in best.taps]


def boards(track: Stage) -> Iterator[Board]:
    """What the largest output responds to, and others; nothing where all outputs are alike."""
    (best, worst), at, among = ends(track), meant(track), "" if track.sees_all else " of those shown"
    if at is None:
        return
    if not fits(track):
        sign, alike = (1, "alike than opposed") if at.output.value > 0 else (-1, "opposed than alike")
        said = f"Farthest from 0{among}, {at.output.text}: here window and kernel are more {alike}."
        yield _large(track, "fit", said, at, sign)
        return
    said = f"The largest output{among}, {best.output.text}: there the signal has the kernel’s shape."
    yield _large(track, "fit", said, best)
    if found := parts(track):
        mean, rest = found
        sum_ = f"({joined(tap.sample.text for tap in best.taps)}) / {len(mean)} = {mean[0].sample.text}"
        yield _large(track, "mean", f"The mean of the window is {sum_}: a sample is that and a rest.", best)
        said = f"The mean adds nothing, as the taps add up to 0: {phrases.worked(mean, '0')}."
        yield _large(track, "level", said, best)
        said = f"The rest is the kernel, and gives all: {phrases.worked(rest, best.output.text)}."
        yield _large(track, "rest", said, best)
    part = [place for place in track.places if 0 < place.output.value < best.output.value]
    if part and not sum(tap.weight.value for tap in best.taps):
        at = min(part, key=lambda place: (abs(2 * place.output.value - best.output.value), -place.step))
        twice = track.script.written(2 * best.output.value).text
        said = f"Twice as tall it would give {twice}. A window that fits in part gives less: {at.output.text}."
        yield _low(track, "between", said, at)
    if worst.output.value < 0 and offset(worst, -1) is not None:
        said = f"The most negative output{among}, {worst.output.text}: there the shape is upside down."
        yield _low(track, "opposite", said, worst, -1)


def _level(place: Place, sign: int) -> Fraction:
    """Where the baseline of the outline lies on the samples: its highest place meets its sample."""
    highest = max(place.taps, key=lambda tap: sign * tap.weight.value)
    return highest.sample.value - sign * highest.weight.value


def outline(draft: Draft, bench: Bench, place: Place, sign: int = 1) -> list[Cue]:
    """The kernel's outline, and a copy of it lifted with its baseline onto the samples of a window; -1 turns it upside
    down.
    """
    level = bench.foot - float(_level(place, sign)) * bench.unit
    left, right = benches.columns(place.taps, bench.axis)
    places.silhouette(draft, bench, KERNEL, place.taps, bench.kernel)
    places.silhouette(draft, bench, SHAPE, place.taps, level, sign)
    draft.change([KERNEL, SHAPE], size=max(4.0, min(7.0, bench.unit / 4)))
    draft.change([SHAPE], copy_of=KERNEL)
    base = line("kernel", left + 16, level, right - 16, level, size=3, z=1, copy_of=("baseline", "rig", *W))
    draft.put("silhouette", (*SHAPE, "base"), base)
    for tap in place.taps:
        own, half = (*X, tap.step, "digits"), DIGIT * bench.size / 2
        for y in sorted((level, level - sign * float(tap.weight.value) * bench.unit), reverse=True):
            if own in draft.marks and abs(draft.marks[own].y - y) < half + 8:  # no line crosses a number
                draft.change([own], y=y - half - pieces.ABOVE)
    slide, rest = Cue((*RIG, KERNEL, SHAPE), motion.MOVE, 1.4), Cue((X,), motion.MOVE + 0.5, 0.4)
    return [slide, rest, Cue((KERNEL,), lasts=0.8), Cue((SHAPE,), motion.ENTER + 1, 1.4)]


def _large(track: Stage, name: str, said: str, at: Place, sign: int = 1) -> Board:
    """The window and its kernel in a large unit, and the outline of the kernel on its samples; of these a part may be
    meant, the mean or the rest on top of it.
    """
    high = [_level(at, sign) + sign * tap.weight.value for tap in at.taps]
    draft, bench = track.at(said, at, track.places, [at.step], bench=track.large([*high, _level(at, sign)]))
    cues = [Cue((X,), motion.MOVE, 1.4), *outline(draft, bench, at, sign)]
    track.recede(draft, {tap.step for tap in at.taps} if name == "fit" else ())
    found = parts(track) if name != "fit" else None
    for mean, rest in zip(*found, strict=True) if found else ():
        _split(draft, bench, name, mean, rest)
    return draft.board(name, said, 3, cues)


def _split(draft: Draft, bench: Bench, name: str, mean: Tap, rest: Tap) -> None:
    """A sample as two parts, the mean and on top of it the rest; the one that is meant in the light."""
    own, level = (*X, mean.step), bench.foot - float(mean.sample.value) * bench.unit
    shown: list[tuple[str, Number, float]] = [("mean", mean.sample, bench.foot)]
    shown += [("rest", rest.sample, level)] * (name == "rest")
    for part, number, foot in shown:
        light = CONTEXT if part != shown[-1][0] else FULL
        look: dict[str, Any] = {"copy_of": (*own, "bar"), "goes_into": (*own, "bar"), "z": 0.5, "light": light}
        look["bricks"] = places.whole([number.value])
        pieces.column(
            draft,
            (part, mean.step),
            number,
            bench.axis.x(mean.step),
            foot,
            bench.axis.bar,
            bench.unit,
            "sample",
            **look,
        )
    texts = {"mean": joined([mean.sample.text, rest.sample.text]), "level": mean.sample.text, "rest": rest.sample.text}
    old = draft.marks[*own, "digits"]
    about = old.about if name == "mean" else None
    draft.marks[*own, "digits"] = words(texts[name], old.x, old.y, old.size, about=about, rides=old.rides)


def _low(track: Stage, name: str, said: str, at: Place, sign: int = 1) -> Board:
    """The rig over a place of the stage with its products, and the outline of the kernel on its samples."""
    draft, bench = track.at(said, at, track.places, [at.step], at.taps)
    cues = [*track.making(at, at.taps), *outline(draft, bench, at, sign)]
    track.recede(draft, {tap.step for tap in at.taps})
    return draft.board(name, said, 3, cues)
