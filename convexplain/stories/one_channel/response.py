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
from convexplain.board.marks import DIGIT, Board, Cue, Draft, line
from convexplain.board.text import words
from convexplain.stories import bench as benches
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


def parts(track: Stage) -> dict[str, list[Tap]]:
    """The taps of the largest output as they read the mean of their samples, and as they read the rest: the kernel.
    None where the mean is 0 or adds something, or there is no room to work that out.
    """
    (best, _), written, found = ends(track), track.script.written, {}
    mean = sum((tap.sample.value for tap in best.taps), Fraction(0)) / len(best.taps)
    is_short = len(best.taps) <= LISTED and track.near is track.wide
    if mean and is_short and fits(track) and not sum(tap.weight.value for tap in best.taps):
        for name, part in (("mean", lambda tap: mean), ("rest", lambda tap: tap.sample.value - mean)):
            read = [(tap, part(tap)) for tap in best.taps]
            found[name] = [t._replace(sample=written(x), product=written(t.weight.value * x)) for t, x in read]
    return found


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
    said = f"The largest output{among}, {best.output.text}: there the signal has the kernel’s shape."
    yield _shown(track, "fit", said, best)
    for name, taps in parts(track).items():
        mean = f"({joined(tap.sample.text for tap in best.taps)}) / {len(taps)} = {taps[0].sample.text}"
        said = f"Its mean, {mean}, adds {added(taps, '0')}: the taps add up to 0."
        if name == "rest":
            said = f"The rest is the kernel: minus times minus is plus, {added(taps, best.output.text)}."
        yield _shown(track, name, said, best)
    part = [place for place in track.places if 0 < place.output.value < best.output.value]
    if part and not sum(tap.weight.value for tap in best.taps):
        at = min(part, key=lambda place: (abs(2 * place.output.value - best.output.value), -place.step))
        said = f"Where it fits in part, the output lies between: {at.output.text} at *t* = {at.step}."
        yield _shown(track, "between", said, at)
    if worst.output.value < 0 and offset(worst, -1) is not None:
        said = f"The most negative output{among}, {worst.output.text}: there the shape is upside down."
        yield _shown(track, "opposite", said, worst, -1)


def outline(draft: Draft, bench: Bench, place: Place, sign: int = 1) -> list[Cue]:
    """The kernel's outline, and a copy of it lifted with its baseline onto the samples of a window, where its highest
    place meets its sample; -1 turns it upside down.
    """
    highest = max(place.taps, key=lambda tap: sign * tap.weight.value)
    level = bench.foot - float(highest.sample.value - sign * highest.weight.value) * bench.unit
    left, right = benches.columns(place.taps, bench.axis)
    places.silhouette(draft, bench, KERNEL, place.taps, bench.kernel)
    places.silhouette(draft, bench, SHAPE, place.taps, level, sign)
    draft.change([SHAPE], copy_of=KERNEL)
    base = line("kernel", left + 16, level, right - 16, level, size=3, z=1, copy_of=("baseline", "rig", *W))
    draft.put("silhouette", (*SHAPE, "base"), base)
    for tap in place.taps:
        own, half = (*X, tap.step, "digits"), DIGIT * bench.size / 2
        for y in sorted((level, level - sign * float(tap.weight.value) * bench.unit), reverse=True):
            if own in draft.marks and abs(draft.marks[own].y - y) < half + 8:  # no line crosses a number
                draft.change([own], y=y - half - pieces.ABOVE)
    return [Cue((*RIG, KERNEL, SHAPE), motion.MOVE, 1.4), Cue((X,), motion.MOVE + 0.5, 0.4), Cue((SHAPE,), lasts=1.4)]


def _shown(track: Stage, name: str, said: str, at: Place, sign: int = 1) -> Board:
    """The rig over a place with its products, and the outline of the kernel on its samples. Of these a part may be
    meant, the mean or the rest, which stands in their columns with its own products.
    """
    draft, bench = track.at(said, at, track.places, [at.step])
    found = parts(track) if name in ("mean", "rest") else {}
    cues = track.make(draft, bench, at, found.get(name, at.taps), name if found else "")
    cues += outline(draft, bench, at, sign)
    track.recede(draft, () if found else {tap.step for tap in at.taps})
    texts = [joined(tap.sample.text for tap in taps) for taps in zip(*found.values(), strict=True)]
    for tap, text in zip(found.get(name, ()), texts, strict=True):
        own, read = (*X, tap.step, "digits"), draft.marks[*X, tap.step, "bar"]
        foot = bench.foot - float(found["mean"][0].sample.value) * bench.unit * (name == "rest")
        look: dict[str, Any] = {"bricks": places.whole([tap.sample.value]), "z": 0.5, "copy_of": (*X, tap.step, "bar")}
        pieces.column(draft, (name, tap.step), tap.sample, read.x, foot, bench.axis.bar, bench.unit, "sample", **look)
        if places.size_on(bench.axis, texts):
            old = draft.marks[own]
            draft.marks[own] = words(text, old.x, old.y, old.size, about=old.about, rides=old.rides)
    return draft.board(name, said, 3, cues)
