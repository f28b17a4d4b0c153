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
from convexplain.board.marks import SUPPORT, Board, Cue, Draft
from convexplain.stories import phrases, places
from convexplain.stories.places import RIG, Place, Track, X, Y
from convexplain.stories.workbench import LISTED, Sum, Workbench


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
        yield _lifted(track, "largest", said, [(far, 0, 1)])
        said = "An output says how much of the kernel’s shape a window has."
        if below:
            said = "An output says how much of the shape a window has: below 0, upside down."
        yield _lifted(track, "fit", said, [(far, 1, -1 if below else 1)])
        return
    yield _lifted(
        track, "largest", f"The largest output{among}: {best.output.text}, at *t* = {best.step}.", [(best, 0, 1)]
    )
    apart, opposite = offset(best, 1), offset(worst, -1)
    said = f"There the signal has the shape of the kernel{_higher(track, best, 1)}."
    yield _lifted(track, "fit", said, [(best, 1, 1)])
    if apart is not None and not sum(tap.weight.value for tap in best.taps):
        if apart and track.near is track.wide:
            high, products = track.script.written(apart).text, [apart * tap.weight.value for tap in best.taps]
            said = f"That {high}, times each tap: {_sum(track, products)}. The height adds nothing."
            yield _part(track, "level", said, best, products)
        squares = [tap.weight.value**2 for tap in best.taps]
        said = f"What is left is each tap times itself: {_sum(track, squares)}. A taller such shape gives more."
        if track.near is track.wide:
            yield _part(track, "squares", said, best, squares)
    if worst.output.value < 0 and opposite is not None:
        said = f"The most negative output{among}: {worst.output.text}, at *t* = {worst.step}."
        yield _lifted(track, "least", said, [(worst, 0, 1), (best, 1, 1)])
        squares = [-(tap.weight.value**2) for tap in worst.taps]
        if sum(tap.weight.value for tap in worst.taps) or len(squares) > LISTED:
            said = f"There the signal has the shape upside down{_higher(track, worst, -1)}."
        else:
            said = f"There the signal has the shape upside down: {_sum(track, squares)}."
        yield _lifted(track, "opposite", said, [(worst, 1, -1), (best, 1, 1)])


def check(track: Track, others: Mapping[str, Track]) -> Board:
    """The signal with all its outputs and Keras's numbers below them; where the kernel fits, its outline there and
    upside down at its opposite. The outputs of ``others`` were compared too.
    """
    said = places.agreed([[track.script], *([other.script] for other in others.values())])
    at, shapes, draft = track.told, [], track.draft(said)
    if is_told(track):
        best, worst = ends(track)
        at = best if fits(track) else _farthest(track)
        shapes = [(place, sign) for place, sign in ((best, 1), (worst, -1)) if offset(place, sign) is not None]
    bench = track.lay_all(draft, at, track.places)
    for place, sign in shapes if fits(track) else ():
        _outline(draft, track, place, sign)
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
    said = f", {track.script.written(abs(apart), 0).text} {'higher' if apart > 0 else 'lower'}"
    if not sums:
        return said
    told = list(dict.fromkeys(f"{tap.sample.text} = {text}" for tap, text in zip(place.taps, sums, strict=True)))
    return f"{said}: {', '.join(told[:2])}"


def _lifted(track: Track, name: str, said: str, shapes: Sequence[tuple[Place, int, int]]) -> Board:
    """The rig over the first of some places, and the outline of the kernel for each (place, 1 when it is lifted, -1
    when it is upside down).
    """
    at, draft = shapes[0][0], track.draft(said, lit=[shapes[0][0].home])
    track.lay_all(draft, at, track.places, [place.step for place, _, _ in shapes])
    if len(shapes) > 1 or shapes[0][1]:  # not before the rig is there
        track.recede(draft, {tap.step for place, _, _ in shapes for tap in place.taps})
    for place, lifted, sign in shapes:
        if place is not at:
            draft.change([(*X, tap.step, "bar") for tap in place.taps if not tap.padded], light=SUPPORT)
        _outline(draft, track, place, sign, bool(lifted))
        if lifted and place is at:
            _write(draft, track, place, sign)
    slow = 1.8 if shapes[0][1] else 0.9
    cues = [Cue(RIG, beat=motion.MOVE, lasts=1.2), Cue((("shape",),), beat=motion.ENTER, lasts=slow)]
    if len(shapes) > 1:  # the signal stands as it did: its light follows the rig
        cues.append(Cue((X,), beat=motion.MOVE + 0.5))
    return draft.board(name, said, 3.4, cues)


def _write(draft: Draft, track: Track, place: Place, sign: int) -> None:
    """What the samples of a window are made of, in place of their numbers."""
    texts = _split(track, place, sign)
    size = places.size_on(track.wide, texts)
    for tap, text in zip(place.taps, texts if size else (), strict=False):
        del draft.marks[*X, tap.step, "digits"]
        pieces.digits(draft, (*X, tap.step), text, size)
        draft.change([(*X, tap.step, "digits")], about=None)


def _sum(track: Track, addends: Sequence[Fraction]) -> str:
    """Addends and what they add up to."""
    *texts, total = (track.script.written(value).text for value in (*addends, sum(addends, Fraction(0))))
    return phrases.added(texts, total)


def _part(track: Track, name: str, said: str, place: Place, products: Sequence[Fraction]) -> Board:
    """One part of the products of a window that has the kernel's shape, head to tail; beside it the output."""
    bench = Workbench(track, Sum(place))
    draft, key, stage = bench.made(said, 0), ("part", name), bench.bench
    track.recede(draft, {tap.step for tap in place.taps})
    _outline(draft, track, place, 1)
    _write(draft, track, place, 1)
    steps = [
        ((*key, tap.k), track.script.written(value), track.tints[tap.k], track.wide.x(tap.step))
        for tap, value in zip(place.taps, products, strict=True)
    ]
    copies = {own: (*X, tap.step, "bar") for (own, *_), tap in zip(steps, place.taps, strict=True)}
    bricks, width, size = places.whole(products), track.wide.bar, stage.size
    pieces.staircase(draft, key, steps, stage.floor, stage.lowest, width, None, copies, None, size, bricks)
    bench.lay_sum(draft, bench.sum, 0)
    fall = [Cue(((*own, "bar"),), motion.ENTER + n, 0.8, "down first") for n, (own, *_) in enumerate(steps)]
    return draft.board(name, said, 3.4, fall)
