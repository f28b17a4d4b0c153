"""What a filter responds to: the kernel's outline is lifted out of the rig and laid over the window of the largest
output, and upside down over that of the most negative one.

This module knows places and their numbers. It says that the kernel fits only where every sample of a window stands as
high over its tap as the others; of any other data it says what holds for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import PARTIAL, Board, Cue, Draft
from convexplain.stories import bench as benches
from convexplain.stories import phrases, places
from convexplain.stories.places import RIG, Place, Track, X, Y
from convexplain.stories.workbench import LISTED


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
        yield _lifted(track, "largest", said, (far, 0, 1))
        said = "An output says how much of the kernel’s shape a window has."
        if below:
            said = "An output says how much of the shape a window has: below 0, upside down."
        yield _lifted(track, "fit", said, (far, 1, -1 if below else 1))
        return
    yield _lifted(
        track, "largest", f"The largest output{among}: {best.output.text}, at *t* = {best.step}.", (best, 0, 1)
    )
    yield _lifted(track, "fit", f"There the signal has the kernel’s shape{_higher(track, best, 1)}.", (best, 1, 1))
    yield from _parted(track, best, 1, ("level", "squares"))
    if worst.output.value < 0 and offset(worst, -1) is not None:
        said = f"The most negative output{among}: {worst.output.text}, at *t* = {worst.step}."
        yield _lifted(track, "least", said, (worst, 0, 1))
        said = f"There the shape is upside down{_higher(track, worst, -1)}."
        yield _lifted(track, "opposite", said, (worst, 1, -1))
        yield from _parted(track, worst, -1, ("opposite level", "opposite squares"))


def _parts(place: Place, sign: int) -> tuple[list[Fraction], list[Fraction]]:
    """The products of a window that has the kernel's shape, or its opposite: of the height, and of the shape."""
    taps, apart = [tap.weight.value for tap in place.taps], offset(place, sign)
    return [(apart or 0) * tap for tap in taps], [sign * tap * tap for tap in taps]


def levels(track: Track) -> list[Fraction]:
    """What the lowest row must have room for where the products are taken apart."""
    parts = [part for place, sign in zip(ends(track), (1, -1), strict=True) for part in _parts(place, sign)]
    return [level for part in parts for level in benches.levels(part)] if fits(track) else []


def _parted(track: Track, place: Place, sign: int, names: tuple[str, str]) -> Iterator[Board]:
    """Why an output is so far from 0: what the height gives, which is nothing where the taps add up to 0, and what the
    shape gives.
    """
    (level, squares), apart = _parts(place, sign), offset(place, sign)
    if apart is None or sum(level, Fraction(0)) or len(level) > LISTED or track.near is not track.wide:
        return
    if apart:
        high, why = track.script.written(apart).text, ", because the taps add up to 0" if sign > 0 else " again"
        said = f"The height {high}, times each tap: {_sum(track, level)}{why}."
        yield _part(track, names[0], said, place, sign, level)
    said = f"The shape, times each tap: {_sum(track, squares)}, the output."
    if sign < 0:
        said = f"The shape upside down, times each tap: {_sum(track, squares)}."
    yield _part(track, names[1], said, place, sign, squares)


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


def _outline(draft: Draft, track: Track, place: Place, sign: int, lifted: bool = True) -> None:
    """The kernel's outline over its own taps or, lifted, over the samples of a window; -1 turns it upside down."""
    apart = sum((tap.sample.value - sign * tap.weight.value for tap in place.taps), Fraction(0)) / len(place.taps)
    bench = track.on(track.wide)
    level = bench.foot - float(apart) * bench.unit if lifted else bench.kernel
    places.silhouette(draft, bench, ("shape", place.step), place.taps, level, sign)


def _split(track: Track, place: Place, sign: int) -> list[str]:
    """Each sample of a window that has the kernel's shape as the height and its tap: ``2 − 1``."""
    apart = offset(place, sign)
    if not apart or track.near is not track.wide:
        return []
    taps = [style.signed(track.script.written(sign * tap.weight.value).text) for tap in place.taps]
    return [f"{track.script.written(apart).text} {tap[0]} {tap[1:]}" for tap in taps]


def _higher(track: Track, place: Place, sign: int) -> str:
    """How high a shape stands over its kernel, in words and in numbers."""
    apart, sums = offset(place, sign), _split(track, place, sign)
    if not apart:
        return ""
    if not sums:
        return f", {track.script.written(abs(apart), 0).text} {'higher' if apart > 0 else 'lower'}"
    told = list(dict.fromkeys(f"{tap.sample.text} = {text}" for tap, text in zip(place.taps, sums, strict=True)))
    return f", on a height of {track.script.written(apart).text}: {', '.join(told[:2])}"


def _lifted(track: Track, name: str, said: str, shape: tuple[Place, int, int]) -> Board:
    """The rig over a place, and the outline of the kernel: 1 when it is lifted, -1 when it is upside down."""
    (at, lifted, sign), draft = shape, track.draft(said, lit=[shape[0].home])
    track.lay_all(draft, at, track.places, [at.step])
    _outline(draft, track, at, sign, bool(lifted))
    if lifted:  # not before the rig is there
        track.recede(draft, {tap.step for tap in at.taps})
        _write(draft, track, at, sign)
    slow = 1.8 if lifted else 0.9
    cues = [Cue(RIG, beat=motion.MOVE, lasts=1.2), Cue((("shape",),), beat=motion.ENTER, lasts=slow)]
    return draft.board(name, said, 3.4, cues)


def _write(draft: Draft, track: Track, place: Place, sign: int) -> None:
    """What the samples of a window are made of, in place of their numbers."""
    texts = _split(track, place, sign)
    size = places.size_on(track.wide, texts) and benches.fitting(0.75 * track.wide.pitch, texts)
    for tap, text in zip(place.taps, texts if size else (), strict=False):
        del draft.marks[*X, tap.step, "digits"]
        pieces.digits(draft, (*X, tap.step), text, size)
        draft.change([(*X, tap.step, "digits")], about=None)


def _sum(track: Track, addends: Sequence[Fraction]) -> str:
    """Addends and what they add up to."""
    *texts, total = (track.script.written(value).text for value in (*addends, sum(addends, Fraction(0))))
    return phrases.added(texts, total)


def _part(track: Track, name: str, said: str, place: Place, sign: int, products: Sequence[Fraction]) -> Board:
    """One part of the products of a window that has the kernel's shape, head to tail, and what it ends at. The outputs
    that stand where it is drawn make room.
    """
    draft, key, bench = track.draft(said, lit=[place.home]), ("part", name), track.on(track.wide)
    steps, stand, total = [tap.step for tap in place.taps], track.wide, sum(products, Fraction(0))
    end = next(step for step in (max(steps) + 1, min(steps) - 1) if stand.has(step))
    shown = [p for p in track.places if p.home not in (*steps, end) and p != place]
    track.lay(draft, bench, place.taps)
    places.lay_outputs(draft, bench, Y, shown, [])
    track.recede(draft, set(steps))
    _outline(draft, track, place, sign)
    _write(draft, track, place, sign)
    addends = [
        ((*key, tap.k), track.script.written(value), track.tints[tap.k], stand.x(tap.step))
        for tap, value in zip(place.taps, products, strict=True)
    ]
    copies = {own: (*X, tap.step, "bar") for (own, *_), tap in zip(addends, place.taps, strict=True)}
    whole, x, half = places.whole(products), stand.x(end), stand.bar / 2
    until = x - half if end > steps[0] else x + half
    pieces.staircase(draft, addends, bench.floor, bench.lowest, stand.bar, None, copies, None, bench.size, whole, until)
    del draft.marks["name", *Y]
    pieces.name(draft, ("part",), "products", bench.floor, "formula")
    own = (*Y, place.step) if total == place.output.value else (*key, "end")
    number = place.output if total == place.output.value else track.script.written(total)
    pieces.column(draft, own, number, x, bench.floor, stand.bar, bench.lowest, "output", bricks=whole)
    pieces.digits(draft, own, number.text, size=PARTIAL)
    cues = [Cue(((*added, "bar"),), motion.ENTER + n, 0.8, "down first") for n, (added, *_) in enumerate(addends)]
    return draft.board(name, said, 3.4, [*cues, Cue(((*own, "bar"),), motion.ENTER + len(addends))])
