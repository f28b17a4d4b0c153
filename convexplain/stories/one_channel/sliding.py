"""The rig slides along the signal: from the told place home, one step on, to every place, and why there are that many.

The boards that follow the workbench in stories about one channel. This module knows places; what its outputs are for, a
story says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board import motion, pieces
from convexplain.board.marks import Board, Cue, Key
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.one_channel.places import RIG, Place, Track, X, Y

SLIDE = 0.4
"""Seconds for each step that the window slides, once it is known."""


def slides(track: Track) -> Iterator[Board]:
    """The boards from the told output at its own place to all outputs, and their count."""
    told, first, last = track.told, track.places[0], track.places[-1]
    starts = told.home == told.taps[0].step
    said = "It is written where its window starts." if starts else "It is written under its own step."
    yield _at(track, "home", said, told, [told], 2)
    at, until = told, told.step
    for next_ in [place for place in track.places if place.step == told.step + 1]:
        steps = phrases.sentence(phrases.count(next_.taps[0].step - told.taps[0].step, "step"))
        said, at, until = f"{steps} on, the next window: the next output.", next_, next_.step
        if len(next_.taps) == 3 and track.near is track.wide:
            said = f"{steps} on: {phrases.worked(next_.taps, next_.output.text)}."
        yield _at(track, "slide", said, next_, [told, next_], 3, [Cue(RIG, beat=motion.MOVE, lasts=1.2)])
    if first.step < told.step:
        done = [place for place in track.places if place.step <= until]
        said = "The first place is at the start …" if first.step == 0 else "Back to the first place that is shown …"
        yield _at(track, "first", said, first, done, 1, passing(track.places, at, first))
        at = first
    if until < last.step:
        said = "Every place of the window gives one output."
        yield _at(track, "slid", said, last, track.places, 2.5, passing(track.places, at, last))
    if len(track.places) > 1:
        yield _count(track)


def _at(
    track: Track, name: str, said: str, at: Place, shown: Sequence[Place], hold: float, cues: Sequence[Cue] = ()
) -> Board:
    """The rig over one place, and the outputs that are there."""
    draft = track.draft(said, lit=[at.home])
    track.lay_all(draft, at, shown)
    track.formula(draft, ("t", "t of x"), None if name == "slid" else at.step)
    return draft.board(name, said, hold, cues)


def passing(places: Sequence[Place], start: Place, end: Place, output: Key = Y, least: float = 1.2) -> list[Cue]:
    """The rig slides from one place to another, for so many seconds at ``least``; the output of each of ``places``
    stands when the rig passes.
    """
    count = max(1, abs(end.step - start.step))
    lasts = max(least, SLIDE * count)
    cues = [Cue((*RIG, X), beat=motion.MOVE, lasts=lasts)]
    for place in places:
        at = motion.passes(min(1.0, abs(place.step - start.step) / count)) * lasts
        cues.append(Cue(((*output, place.step, "bar"),), beat=motion.MOVE, lasts=0.3, after=max(0.0, at - 0.15)))
    return cues


def _count(track: Track) -> Board:
    steps = track.script.shape[0]
    said = phrases.places(track.layer, track.length, steps, "window")
    said = f"{said.partition(':')[0]}." if track.sees_all and track.layer.strides == 1 else said
    draft, last = track.draft(said), track.places[-1]
    bench = track.lay_all(draft, last, track.places)
    if track.sees_all:
        half, y = track.wide.pitch / 2 - 8, track.form.height - 156 - track.under + 12
        left, right = track.wide.x(track.places[0].home) - half, track.wide.x(last.home) + half
        pieces.brace(draft, ("outputs",), left, right, y, phrases.count(steps, "output"))
        without = track.length - steps
        if without and last.home == last.taps[0].step and track.layer.strides == 1:
            left, right, none = right + 16, bench.axis.x(track.length - 1) + half, ("no window fits", "no room")
            name = benches.longest(2 * (track.form.width - 8 - (left + right) / 2), none)
            pieces.brace(draft, ("without",), left, right, y, name)
    return draft.board("count", said, 3)
