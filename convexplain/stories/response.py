"""What a filter responds to: the kernel's outline is lifted out of the rig and laid over the window of the largest
output, and upside down over that of the most negative one.

This module knows places and their numbers. It says that the kernel fits only where every sample of a window stands as
high over its tap as the others; of any other data it says what holds for all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import SMALL, SUPPORT, TEXT, Board, Cue, Draft
from convexplain.stories import bench as benches
from convexplain.stories import places
from convexplain.stories.places import RIG, Place, Rows, Track, W, X

SHARE = 0.3
"""Of the height for the outputs: here the signal is meant."""


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


def boards(track: Track) -> Iterator[Board]:
    """What the largest output responds to, and the most negative one; nothing where all outputs are alike."""
    best, worst = ends(track)
    if len(best.taps) == 1 or best.output.value == worst.output.value:
        return
    among = "" if track.sees_all else " of those shown"
    if not fits(track):
        far = max(track.places, key=lambda place: abs(place.output.value))
        yield _lifted(
            track,
            "largest",
            f"The output farthest from 0{among} stands at *t* = {far.step}.",
            [(far, 0, 1)],
        )
        said = "An output says how much of the kernel’s shape a window has."
        if far.output.value < 0:
            said = "An output says how much of the shape a window has: below 0, upside down."
        yield _lifted(track, "fit", said, [(far, 1, 1 if far.output.value > 0 else -1)])
        return
    yield _lifted(track, "largest", f"The largest output{among} stands at *t* = {best.step}.", [(best, 0, 1)])
    apart, opposite = offset(best, 1), offset(worst, -1)
    said = f"There the signal has the shape of the kernel{_higher(track, apart)}."
    yield _lifted(track, "fit", said, [(best, 1, 1)])
    if not sum(tap.weight.value for tap in best.taps):
        if apart:
            high = track.script.written(abs(apart), 0).text
            said = f"The taps add up to 0, so {high} times each adds 0 too: the height does not count."
            texts = [style.signed(tap.weight.text) for tap in best.taps]
            yield _lifted(track, "level", said, [(best, 1, 1)], texts, "= 0")
        said = "What is left is each tap times itself, and that is never negative."
        texts = [f"({tap.weight.text})²" if tap.weight.value < 0 else f"{tap.weight.text}²" for tap in best.taps]
        texts = [texts[0], *(f"+{text}" for text in texts[1:])]
        yield _lifted(track, "squares", said, [(best, 1, 1)], texts, f"= {best.output.text}")
    if worst.output.value < 0 and opposite is not None:
        said = f"The most negative output{among} stands at *t* = {worst.step}."
        yield _lifted(track, "least", said, [(worst, 0, 1), (best, 1, 1)])
        said = f"There the signal has the shape upside down{_higher(track, opposite)}."
        yield _lifted(track, "opposite", said, [(worst, 1, -1), (best, 1, 1)])


def landed(track: Track) -> Board:
    """The signal with all its outputs; where the kernel fits, its outline there and upside down at its opposite."""
    said = "The kernel asks at every place: how much of my shape is here?"
    (best, worst), shapes = ends(track), []
    at = best if fits(track) else max(track.places, key=lambda place: abs(place.output.value))
    if fits(track):
        shapes = [(best, 1)] if offset(worst, -1) is None else [(best, 1), (worst, -1)]
    rows = track.rows(SHARE, below=0)
    draft = track.draft(said, lit=[place.home for place, _ in shapes])
    track.lay_all(draft, rows, at, track.places)
    for place, sign in shapes:
        _outline(draft, rows, place, sign)
    return draft.board("landed", said, 4, [Cue((X, *RIG), beat=motion.MOVE, after=0.6)])


def _outline(draft: Draft, rows: Rows, place: Place, sign: int, lifted: bool = True) -> None:
    """The kernel's outline over its own taps or, lifted, over the samples of a window; -1 turns it upside down."""
    apart = sum((tap.sample.value - sign * tap.weight.value for tap in place.taps), Fraction(0)) / len(place.taps)
    level = rows.foot - float(apart) * rows.unit if lifted else rows.kernel
    places.silhouette(draft, rows, ("shape", place.step), place.taps, level, sign)


def _higher(track: Track, apart: Fraction | None) -> str:
    """How high a shape stands over its kernel, in words."""
    if not apart:
        return ""
    return f", {track.script.written(abs(apart), 0).text} {'higher' if apart > 0 else 'lower'}"


def _lifted(
    track: Track,
    name: str,
    said: str,
    shapes: Sequence[tuple[Place, int, int]],
    texts: Sequence[str] = (),
    result: str = "",
) -> Board:
    """The rig over the first of some places, and the outline of the kernel for each (place, 1 when it is lifted, -1
    when it is upside down); over the taps what they add up to.
    """
    at, rows = shapes[0][0], track.rows(SHARE, below=0)
    draft = track.draft(said, lit=[place.home for place, _, _ in shapes])
    track.lay_all(draft, rows, at, track.places, [place.step for place, _, _ in shapes])
    if len(shapes) > 1 or shapes[0][1]:  # not before the rig is there
        track.recede(draft, {tap.step for place, _, _ in shapes for tap in place.taps})
    for place, lifted, sign in shapes:
        if place is not at:
            draft.change([(*X, tap.step, "bar") for tap in place.taps if not tap.padded], light=SUPPORT)
        _outline(draft, rows, place, sign, bool(lifted))
    for tap, text in zip(at.taps, texts, strict=False):
        pieces.digits(draft, (*W, tap.k), text, size=SMALL)
    if result:
        _, right = benches.columns(at.taps, rows.axis)
        pieces.counted(draft, (name,), result, right + 20, rows.kernel, TEXT, -1)
    slow = 1.8 if shapes[0][1] else 0.9
    cues = [Cue(RIG, beat=motion.MOVE, lasts=1.2), Cue((("shape",),), beat=motion.ENTER, lasts=slow)]
    if len(shapes) > 1:  # the signal stands as it did: its light follows the rig
        cues.append(Cue((X,), beat=motion.MOVE + 0.5))
    return draft.board(name, said, 3, cues)
