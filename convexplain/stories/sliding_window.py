"""sliding_window: what one filter does, and what it responds to.

A window of the signal, a tap for each of its samples, their products head to tail, one output; then it slides. The
output is large where the signal has the shape of the kernel. It answers "what does one filter do?", "why so many
outputs?", "what do strides and dilation_rate change?".
"""

from __future__ import annotations

from collections.abc import Iterator
from copy import copy
from dataclasses import replace
from itertools import pairwise

from convexplain.board import pieces, staging
from convexplain.board.marks import FILM, HERO, SUPPORT, Board, Cue, Format, bar
from convexplain.board.text import advance, runs_of
from convexplain.stories import phrases
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import Place
from convexplain.stories.one_channel.response import Response, outline
from convexplain.stories.one_channel.sliding import APART, Stage, begins, passing, point, slides
from convexplain.stories.one_channel.track import W, Y, columns, compare
from convexplain.stories.script import Script

FIGURE = {1: ("output", "fit"), 2: ("output", "slid", "fit", "opposite", "dilation")}
"""The boards of the composed figure, by how many panels stand side by side, and one that takes the place of another."""
CHECKED = "check"
"""The board whose caption is what was checked."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    track, layer = Stage(script, form), script.layer
    is_plain = layer.kernel_size > 1 and layer.strides == layer.dilation_rate == 1
    found = {"strides": {"strides": 2}, "dilation": {"dilation_rate": 2}} if is_plain else {}
    others = {name: other for name, changes in found.items() if (other := script.sibling(**changes)) is not None}
    gaps = others.get("dilation")
    wider = [places.place(gaps, at.step).unnamed for at in track.places if gaps and at.step < gaps.shape[0]]
    wider, response = [place for place in wider if place.is_on(track.wide)], Response(track)
    track.arrange(wider, response.outlined)
    said = "A filter of the layer slides one kernel along the signal. What for?"
    if response.fits:
        weights = [tap.weight.value for tap in track.told.taps]
        fall = ", here a fall" * (weights == sorted(weights, reverse=True))
        said = f"A filter of the layer looks for the shape of its kernel{fall}. Where is it?"
    boards = [_opened(track, "layer", "A layer is one part of a neural network: from numbers it makes others.")]
    boards += [_opened(track, "kernel", said), *begins(track), *slides(track), *response.boards(), *_answer(response)]
    boards += _strided(track, others["strides"], response.shown.start) if "strides" in others else ()
    boards += [_dilated(track, gaps, places.nearest(wider, response.shown.start))] if gaps and wider else []
    told = {board.name: others[board.name] for board in boards if board.name in others}
    return (*boards, _check(response, places.agreed([script], told).removeprefix("The library ")))


def _opened(track: Stage, name: str, said: str) -> Board:
    """The signal and below it, apart, the ``layer``, or its ``kernel``."""
    draft, bench, small = track.draft(said, track.near), track.on(track.near, track.opened), track.form.small
    left, right, low = bench.axis.left, bench.axis.right, (bench.base + APART - bench.bottom) / 2
    bench = replace(bench, middle=bench.middle + low, kernel=bench.kernel + low, bottom=bench.bottom + low)
    track.lay(draft, bench, track.taps)
    (card, frame), x = (("rig", *W, part) for part in ("card", "frame")), (left + right) / 2
    y, high = (bench.middle + bench.bottom) / 2, bench.bottom - bench.middle
    draft.change([frame], y=y, height=high)
    if name == "layer":
        draft.marks = {key: mark for key, mark in draft.marks.items() if W[0] not in key or key[0] == "rig"}
        draft.change([card, frame], x=x, width=right - left, height=high + low)
        pieces.counted(draft, ("layer",), "`Conv1D`", x, y - 30, HERO)
        pieces.counted(draft, ("library",), "a layer of Keras, a library for neural networks", x, y + 70, small)
    else:
        known = "found by training; here they are given"
        end = track.form.width - track.form.margin - advance(runs_of(known)) * small
        pieces.note(draft, ("given",), known, min(draft.marks[card].left, end), bench.bottom + 1.2 * small, role="ink")
        lowest, y = draft.marks[*W, track.taps[-1].k, "bar"], bench.middle + 0.7 * small
        numbers, one = ("numbers", "one of them") if track.layer.kernel_size > 1 else ("number", "this number")
        point(draft, "kernel", f"the {numbers} of the filter", draft.marks[card].right, y)
        point(draft, "tap", one, lowest.right, max(lowest.y, y + 1.5 * small))
    return draft.board(name, said, 3)


def _strided(track: Stage, other: Script, near: int) -> Iterator[Board]:
    """Windows of a layer with strides, from one ``near`` a step on; nothing where that tells no outputs apart."""
    steps = {other.start(step): step for step in range(other.shape[0])}
    kept = {place: steps[start] for place in track.places if (start := place.start) in steps}
    if not 0 < len(kept) < len(track.places):
        return
    t, lit = phrases.sample_at(other.layer, track.length, 0), [place.step for place in kept]
    first, last = places.nearest([*kept][:-1] or kept, near), [*kept][-1]
    every = f"every second window, {phrases.count(other.shape[0], 'output')} to pass on"
    told = ("jump", first, "the window jumps two steps at a time"), ("strides", last, every)
    for name, at, what in told[first is last :]:
        said, passed = f"A setting, strides 2: {what}.", [step for step in lit if step <= at.step]
        draft, _ = track.at(said, at, track.places, passed, t=t)
        track.notes(draft, "strides", "strides 2", {p.home: f"*t* = {step}" for p, step in kept.items()}, at.home)
        track.formula(draft, ("t", "stride", "t of x"), None, layer=other.layer)
        slid = [Cue((Y,), staging.MOVE)] if at is first else passing(passed[:-1], first, at)
        yield draft.board(name, said, 3, [*track.making(at), *slid])


def _dilated(track: Stage, other: Script, at: Place) -> Board:
    """The window with gaps between its taps, and its output."""
    layer, track = other.layer, copy(track)
    fitting = phrases.places(layer, track.length, other.shape[0], "").partition(":")[0]
    many = fitting if layer.padding == "valid" else "as many taps"
    said = f"A setting, dilation 2: a window of {layer.span} steps; {many}."
    track.row = (*Y, "dilation")
    draft, bench = track.at(said, at, [at])
    track.recede(draft, {tap.step for tap in at.taps})
    for tap, following in pairwise(at.taps):
        left, right = columns([tap], track.wide)[1], columns([following], track.wide)[0]
        look = (bench.bottom - 3, right - left, bench.bottom - bench.middle - 6)
        draft.put("gap", ("gap", tap.k), bar("kernel", (left + right) / 2, *look, light=0.0, z=-2.5))
    track.sums(draft, [at], at.home)
    track.formula(draft, ("t", "t of x", "dilation", "k of x"), None, layer=layer)
    gaps, outputs = ("gap",), (track.row, ("note", "sums"))
    cues = [*track.making(at), Cue((gaps,), staging.MOVE, 0.3, "fade", after=0.6), Cue(outputs, staging.ENTER + 2)]
    return draft.board("dilation", said, 3.4, cues)


def _answer(response: Response) -> Iterator[Board]:
    """The outputs, large, and the shape on the signal where it was found; nothing where the outputs tell of none."""
    track, at = response.track, response.shown
    many, (first, *others) = phrases.count(track.script.shape[0], "output"), at.taps
    said = f"For each window one sum, {many}: above 0 where it is like the kernel, below 0 where opposed."
    if response.fits:
        said = f"In this signal the shape is at step {at.start}: there the output is largest."
    elif not response.meant:
        if others:
            return
        said = f"With one tap each output is its sample times {first.weight.text}."
    draft, bench = track.at(said, at, track.places, [at.step] if response.fits else None, rows=track.grown)
    shape = outline(draft, bench, at, response.sign) if response.meant else []
    track.recede(draft, {tap.step for tap in at.taps})
    yield draft.board("answer", said, 3.5, shape)


def _check(response: Response, said: str) -> Board:
    """The outputs, large, and then Keras's numbers below them."""
    track, at = response.track, response.shown
    draft, bench = track.at(said, at, track.places, rows=track.grown)
    compare(draft, track.script, bench, Y, track.places, track.line)
    track.recede(draft, ())
    draft.change([(*W, tap.k, "bar") for tap in at.taps], light=SUPPORT)
    draft.change([key for key in draft.marks if key[:3] == W and key[-1] == "digits"], role="quiet")
    if track.script.shown.note and not track.form.points:  # on paper it stands below all panels
        pieces.remark(draft, ("numbers",), phrases.sentence(track.script.shown.note) + ".")
    return draft.board("check", said, 3.5, [Cue((("keras",),), staging.ENTER + 1)])
