"""What a filter responds to: the kernel's outline is lifted out of the rig and laid over the window of the largest
output, and upside down over that of the most negative one.

This module knows places and their numbers. It says that the kernel fits only where every sample of a window stands as
high over its tap as the others; of any other data it says what holds for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from convexplain.board import motion, pieces
from convexplain.board.marks import CONTEXT, DIGIT, FULL, Board, Cue, Draft, Key, line
from convexplain.board.pieces import Number
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import Bench
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import RIG, THREAD, Place, Track, W, X, Y
from convexplain.stories.one_channel.workbench import LISTED, Workbench
from convexplain.stories.script import Tap

KERNEL = ("outline",)
"""The outline of the kernel where it lies."""
NOTHING = ("part", "mean", "end")
"""What a mean adds."""


def offset(place: Place, sign: int) -> Fraction | None:
    """How much higher than a kernel, or than its opposite, the samples of a window stand; None when not all as much."""
    apart = {tap.sample.value - sign * tap.weight.value for tap in place.taps}
    return None if len(apart) > 1 or any(tap.padded for tap in place.taps) else apart.pop()


def ends(track: Track) -> tuple[Place, Place]:
    """The places of the largest and of the most negative output of those shown."""
    ordered = sorted(track.places, key=lambda place: place.output.value)
    return ordered[-1], ordered[0]


def fits(track: Track) -> bool:
    """Whether the largest output comes from a window that has exactly the kernel's shape."""
    best, _ = ends(track)
    return len(best.taps) > 1 and best.output.value > 0 and offset(best, 1) is not None


def is_told(track: Track) -> bool:
    """Whether there is a shape, and outputs that answer to it in different ways."""
    best, worst = ends(track)
    return len(best.taps) > 1 and best.output.value != worst.output.value


def _farthest(track: Track) -> Place:
    return max(track.places, key=lambda place: abs(place.output.value))


def boards(track: Track) -> Iterator[Board]:
    """What the largest output responds to, and the most negative one; nothing where all outputs are alike."""
    if not is_told(track):
        return
    (best, worst), among = ends(track), "" if track.sees_all else " of those shown"
    if not fits(track):
        far = _farthest(track)
        below = far.output.value < 0
        said = f"The output farthest from 0{among} stands at *t* = {far.step}."
        yield _lifted(track, "largest", said, far)
        said = "An output says how much of the kernel’s shape a window has."
        if below:
            said = "An output says how much of the shape a window has: below 0, upside down."
        yield _lifted(track, "fit", said, far, -1 if below else 1)
        return
    yield _lifted(track, "largest", f"The largest output{among}: {best.output.text}, at *t* = {best.step}.", best)
    yield _lifted(
        track, "fit", f"At *t* = {best.step} the signal has the kernel’s shape{_around(track, best)}.", best, 1
    )
    yield from _explained(track, best, 1)
    if worst.output.value < 0 and offset(worst, -1) is not None:
        said = f"The most negative output{among}: {worst.output.text}, at *t* = {worst.step}."
        yield _lifted(track, "least", said, worst)
        said = f"At *t* = {worst.step} the shape is upside down{_around(track, worst)}."
        yield _lifted(track, "opposite", said, worst, -1)
        yield from _explained(track, worst, -1)


def _mean(track: Track, place: Place) -> Number:
    """The mean of a window's samples."""
    samples = [tap.sample.value for tap in place.taps]
    return track.script.written(sum(samples, Fraction(0)) / len(samples))


def _has_mean(track: Track, place: Place) -> bool:
    """Whether the mean of a window adds nothing to its output, and there is room to work that out."""
    taps = [tap.weight.value for tap in place.taps]
    return not sum(taps, Fraction(0)) and len(taps) <= LISTED and track.near is track.wide


def _around(track: Track, place: Place) -> str:
    """Where a shape stands that is that of the kernel, in words and in numbers."""
    mean = _mean(track, place)
    if not mean.value or not _has_mean(track, place):
        return ""
    sum_ = phrases.added([tap.sample.text for tap in place.taps], "").removesuffix(" = ")
    return f" around its mean, ({sum_}) / {len(place.taps)} = {mean.text}"


def _explained(track: Track, place: Place, sign: int) -> Iterator[Board]:
    """Why an output is so far from 0: its window is a mean, which adds nothing where the taps add up to 0, and the
    kernel or its opposite, whose products all have one sign.
    """
    if not _has_mean(track, place):
        return
    mean = _mean(track, place)
    level = [_read(track, tap, mean.value) for tap in place.taps]
    shape = [_read(track, tap, tap.sample.value - mean.value) for tap in place.taps]
    has_level = sign > 0 and mean.value
    parts = (level, shape) if has_level else (shape,)
    bench = track.close([total for taps in parts for total in benches.levels(tap.product.value for tap in taps)])
    if has_level:
        yield _split(track, place, level, shape)
        said = f"The mean alone adds {phrases.worked(level, '0')}: the taps add up to 0."
        yield _part(track, bench, ("mean", said), place, sign, level, shape)
    worked = phrases.worked(shape, place.output.text)
    said = f"The mean again adds 0; the rest is upside down: {worked}."
    if sign > 0:
        said = f"From 0 on, the rest only climbs: {worked}."
    yield _part(track, bench, ("shape" if sign > 0 else "opposite shape", said), place, sign, shape, level)


def _read(track: Track, tap: Tap, part: Fraction) -> Tap:
    """A tap that reads a part of its sample."""
    sample, product = track.script.written(part), track.script.written(part * tap.weight.value)
    return tap._replace(sample=sample, product=product)


def check(track: Track, others: Mapping[str, Track]) -> Board:
    """The signal with all its outputs and Keras's numbers below them. The outputs of ``others`` were compared too."""
    said = places.agreed([track.script], {name.partition(" ")[0]: other.script for name, other in others.items()})
    at, draft = track.told, track.draft(said)
    if is_told(track):
        at = ends(track)[0] if fits(track) else _farthest(track)
    bench = track.lay_all(draft, at, track.places)
    places.compare(
        draft, track.script, track.wide, bench.floor, bench.lowest, [(p, (*Y, p.step)) for p in track.places]
    )
    if track.script.shown.note:
        pieces.remark(draft, ("numbers",), phrases.sentence(track.script.shown.note) + ".")
    new = tuple((*Y, place.step) for place in track.places)
    return draft.board("check", said, 4, [Cue(new, motion.MOVE, after=0.4), Cue((("keras",),), beat=motion.ENTER + 1)])


def _outline(draft: Draft, bench: Bench, place: Place, sign: int, origin: Key | None = None) -> None:
    """The kernel's outline with its baseline over the samples of a window, lifted from its ``origin``; -1 turns it
    upside down.
    """
    apart = sum((tap.sample.value - sign * tap.weight.value for tap in place.taps), Fraction(0)) / len(place.taps)
    key, (left, right) = ("shape", place.step), benches.columns(place.taps, bench.axis)
    level = bench.foot - float(apart) * bench.unit
    places.silhouette(draft, bench, key, place.taps, level, sign)
    draft.change([key], copy_of=origin)
    base = line("kernel", left + 16, level, right - 16, level, size=3, z=1, copy_of=("baseline", "rig", *W))
    draft.put("silhouette", (*key, "base"), base)
    half = DIGIT * bench.size / 2
    for own in [own for tap in place.taps if (own := (*X, tap.step, "digits")) in draft.marks]:
        if abs(draft.marks[own].y - level) < half + 8:  # no line crosses a number
            draft.change([own], y=level - half - pieces.ABOVE)


def _lifted(track: Track, name: str, said: str, at: Place, sign: int = 0) -> Board:
    """The rig over a place and, for a ``sign``, the outline of the kernel, and a copy of it lifted onto the samples;
    -1 turns that upside down.
    """
    draft, alone = track.draft(said, lit=[at.home]), bool(sign) and fits(track)
    bench = track.on(track.wide, track.opening() if alone else None)
    if alone:
        track.lay(draft, bench, at.taps)
    else:
        track.lay_all(draft, at, track.places, [at.step])
    if sign:
        places.silhouette(draft, bench, KERNEL, at.taps, bench.kernel)
        _outline(draft, bench, at, sign, KERNEL)
        track.recede(draft, {tap.step for tap in at.taps})
    cues = [*together(not alone), Cue((("shape", at.step),), beat=motion.ENTER + 1, lasts=1.8)]
    # A thread that stood slides with the rig; a new one comes last.
    cues += [Cue((THREAD,), motion.MOVE, 1.2)] * (name == "largest")
    return draft.board(name, said, 3.4 if sign else 2.8, cues)


def together(outputs: bool) -> Iterator[Cue]:
    """What belongs together travels together: the rig, the signal, and the outputs where the board has them."""
    yield Cue((*RIG[:3], RIG[-1], X, ("name", *X), ("name", *W), ("baseline", *X)), motion.MOVE, 1.2)
    if outputs:
        yield Cue((Y, ("name", *Y), ("baseline", *Y)), lasts=1.2)


def _lay_parts(
    draft: Draft, bench: Bench, mean: Sequence[Tap], rest: Sequence[Tap], meant: Sequence[Tap], alone: bool = False
) -> Cue:
    """A window's samples in two parts in place of the signal, and how these come out of them: the mean, which may stand
    ``alone``, and on its level the rest, up or down to the sample's tip; what is not ``meant`` is dim.
    """
    draft.marks = {key: mark for key, mark in draft.marks.items() if key[: len(X)] != X and key != ("name", *X)}
    level = bench.foot - float(mean[0].sample.value) * bench.unit
    for part, taps, foot in (("mean", mean, bench.foot), ("rest", rest, level))[: 1 if alone else 2]:
        for tap in taps:
            own, bricks = (part, tap.step), places.whole([tap.sample.value])
            at = (bench.axis.x(tap.step), foot, bench.axis.bar, bench.unit, "sample", True, bricks)
            light, from_ = FULL if taps is meant else CONTEXT, (*X, tap.step, "bar")
            pieces.column(draft, own, tap.sample, *at, light, z=0.5 * (part == "rest"), copy_of=from_)
            if taps is meant:
                pieces.digits(draft, own, tap.sample.text, bench.size)
        if abs(level - bench.foot) > draft.format.small or taps is meant:
            pieces.name(draft, (part,), part, foot, "formula")
    return Cue(tuple((part, tap.step, "bar") for part in ("mean", "rest") for tap in mean), motion.MOVE, 1.2)


def _split(track: Track, place: Place, mean: Sequence[Tap], rest: Sequence[Tap]) -> Board:
    """The samples of a window as their mean and the rest, which is the kernel."""
    texts = [", ".join(tap.sample.text for tap in taps) for taps in (place.taps, mean, rest)]
    said = f"{texts[0]} is a mean of {texts[1]} and a rest of {texts[2]}, which is the kernel."
    draft, bench = track.draft(said), track.on(track.wide, track.opening())
    track.lay(draft, bench, place.taps)
    parted = _lay_parts(draft, bench, mean, rest, rest)
    for tap, level in zip(rest, mean, strict=True):
        del draft.marks["rest", tap.step, "digits"]
        text = phrases.added([level.sample.text, tap.sample.text], "").removesuffix(" = ")
        pieces.digits(draft, ("rest", tap.step), text, bench.size)
    places.silhouette(draft, bench, KERNEL, place.taps, bench.kernel)
    _outline(draft, bench, place, 1)
    return draft.board("split", said, 3.4, [parted])


def _part(
    track: Track, bench: Bench, told: tuple[str, str], place: Place, sign: int, taps: Sequence[Tap],
    other: Sequence[Tap],
) -> Board:  # fmt: skip
    """One part of a window, and what its products add up to; those of the rest go on from the mean’s, at 0."""
    name, said = told
    total = sum((tap.product.value for tap in taps), Fraction(0))
    part, is_all = place._replace(taps=tuple(taps)), total == place.output.value
    work = Workbench(track, False, told=part if is_all else part._replace(output=track.script.written(total)))
    work.bench, work.key = bench, ("part", name)
    work.total = work.total if is_all else NOTHING
    draft = work.made(said, len(taps), None, work.beside - track.near.bar / 2)
    work.lay_sum(draft)
    row, mean, rest = ("rest", other, taps) if is_all else ("mean", taps, other)
    parted = _lay_parts(draft, bench, mean, rest, taps, alone=not is_all)
    if is_all:
        _outline(draft, bench, place, sign)
        _lay_nothing(draft, bench, taps)
    for tap in taps:
        draft.change([(*work.key, tap.k, "bar")], copy_of=(row, tap.step, "bar"), made_of=())
    cues = [parted, *work.falling(), Cue(((*work.total, "bar"),), motion.ENTER + len(taps))]
    return draft.board(name, said, 3.4, cues)


def _lay_nothing(draft: Draft, bench: Bench, taps: Sequence[Tap]) -> None:
    """What the mean has added: the 0 that the staircase of the rest begins at, left of it."""
    before = min(tap.step for tap in taps) - 1
    if not bench.axis.has(before):
        return
    x, end = bench.axis.x(before), bench.axis.x(before + 1) - bench.axis.bar / 2
    pieces.result(draft, NOTHING, Number(Fraction(0), "0"), x, bench.floor, 1, 1, size=bench.size)
    link = line("quiet", x + 18, bench.floor, end - 6, bench.floor, dash=5, size=2, z=-1)
    draft.put("staircase", (*NOTHING, "link"), link)
