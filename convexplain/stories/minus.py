"""The turn as a minus: where ``convolve`` begins, how its formula counts, and which of its numbers ``valid`` keeps.

Left to itself ``convolve`` answers wherever the kernel touches a sample; the layer's windows begin later. This module
knows the first window of both and pieces; it says nothing of the numbers that come after.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board import motion, pieces
from convexplain.board.marks import SMALL, Board, Cue, Draft, Key
from convexplain.board.pieces import Part
from convexplain.stories import bench as benches
from convexplain.stories import calls, phrases, places
from convexplain.stories.calls import CONVOLVE
from convexplain.stories.places import X, Y
from convexplain.stories.script import Tap
from convexplain.stories.turning import CLOSE, Turns, rig


def boards(turns: Turns) -> Iterator[Board]:
    """The turned kernel where it first touches the signal, and where the layer's first window is."""
    layer, later = turns.layer, turns.layer.span - 1 - turns.layer.left_pad(turns.length)
    first = calls.place(turns.script, CONVOLVE, 0).taps
    taps = calls.elided(turns.script, first)
    hanging = [tap._replace(step=tap.step - later, padded=False) for tap in taps]
    said = 'The default, `mode="full"`, starts where the two first touch.'
    draft = _draft(turns, said, (*hanging, *taps), hanging)
    pieces.formula(draft, [Part("code", "`convolve(x, w)`")], key=("code", "full"))
    old = (Y, (CONVOLVE.name, *Y), ("gap",), ("sign",), ("baseline", *Y))
    yield draft.board("touch", said, 2.5, scene(draft, old, (X, ("baseline", *X), *rig(CONVOLVE))))
    said = "The minus is the turn: *k* counts back from *t*."
    draft = _draft(turns, said, (*hanging, *taps), hanging)
    pieces.formula(draft, phrases.full_formula(layer), ["sign"], key=("full",))
    yield draft.board("back", said, 3)
    said = '`mode="valid"` keeps only windows full of samples.'
    if layer.padding != "valid":
        said = f"`Conv1D` begins {phrases.count(later, 'step')} later." if later else "`Conv1D` begins there, too."
    draft = _draft(turns, said, (*hanging, *taps), taps)
    pieces.formula(draft, phrases.kept_formula(layer, turns.length), ["later"], key=("kept",))
    yield draft.board("start", said, 3)


def _draft(turns: Turns, said: str, seen: Sequence[Tap], taps: Sequence[Tap]) -> Draft:
    """The turned kernel over the samples that ``taps`` read, on an axis where all the ``seen`` ones have room."""
    columns = sorted({tap.step: tap for tap in seen}.values(), key=lambda tap: tap.step)
    axis = benches.window_axis(Draft(turns.form), columns, turns.length, CLOSE, 0)
    found = [tap for tap in taps if tap.step in turns.signal]
    size = places.size_on(axis, turns.worked)
    draft, bench = turns.draft(said, axis, [taps[-1].step]), turns.stage(axis, size or SMALL)
    benches.lay_signal(draft, bench, X, turns.signal, found, "sample", False)
    if size:
        turns.write_signal(draft, bench, found)
    turns.lay_kernel(draft, bench, CONVOLVE, taps, turns.factors if size else {}, indices=True)
    turns.names(draft, bench)
    missing = [axis.x(tap.step) for tap in taps if tap.step not in turns.signal]
    if missing:
        pieces.note(draft, ("missing",), "no sample", sum(missing) / len(missing), bench.foot - 40, 0, "ink")
    return draft


def scene(draft: Draft, old: Sequence[Key], new: Sequence[Key]) -> list[Cue]:
    """One picture gives way to another, after the caption was read; numbers come after their bars."""
    entering = (key for key, mark in draft.marks.items() if mark.kind != "words")
    shapes = tuple(key for key in entering if any(key[: len(start)] == start for start in new))
    return [Cue(tuple(old), motion.MOVE), Cue(shapes, motion.MOVE, after=0.4)]
