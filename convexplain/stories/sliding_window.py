"""sliding_window: what one filter does, and what it responds to.

A window of the signal, a tap for each of its samples, their products head to tail, one output; then it slides. The
output is large where the signal has the shape of the kernel. It answers "what does one filter do?", "why so many
outputs?", "what do strides and dilation_rate change?".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace

from convexplain.board import pieces, staging
from convexplain.board.marks import FILM, HERO, Board, Cue, Format
from convexplain.stories import phrases
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import Place
from convexplain.stories.one_channel.response import Response, outline
from convexplain.stories.one_channel.sliding import APART, Stage, begins, passing, point, slides
from convexplain.stories.one_channel.track import W, Y, compare
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
    said = "The layer slides a kernel along the signal. What for?"
    if response.fits:
        weights = [tap.weight.value for tap in track.told.taps]
        fall = ", here a fall" * (weights == sorted(weights, reverse=True))
        said = f"The layer looks for the shape of a kernel{fall}. Where is it?"
    boards = [_opened(track, "layer", "A layer is one part of a neural network: from numbers it makes others.")]
    boards += [_opened(track, "kernel", said), *begins(track), *slides(track), *response.boards(), *_answer(response)]
    boards += _strided(track, others["strides"], response.shown.start) if "strides" in others else ()
    boards += _dilated(track, gaps, wider) if gaps and wider else ()
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
        lowest, y = draft.marks[*W, track.taps[-1].k, "bar"], bench.middle + 0.7 * small
        numbers, one = ("numbers", "one of them") if track.layer.kernel_size > 1 else ("a number", "this number")
        point(draft, "kernel", f"{numbers} that the network learns", draft.marks[card].right, y)
        point(draft, "tap", one, lowest.right, max(lowest.y, y + 1.5 * small))
    held = Cue((("count", "layer"),), staging.MOVE, 0.5)  # the card says what it is until it is the kernel's
    return draft.board(name, said, 3, [held, Cue((W, ("baseline", "rig")), staging.MOVE, 0.5, after=0.1)])


def _strided(track: Stage, other: Script, near: int) -> Iterator[Board]:
    """Windows of a layer with strides, from one ``near`` a step on, and at last its outputs alone, as the row they are;
    nothing where that tells no outputs apart.
    """
    steps = {other.start(step): step for step in range(other.shape[0])}
    kept = {place: steps[start] for place in track.places if (start := place.start) in steps}
    if not 0 < len(kept) < len(track.places):
        return
    t, last = phrases.sample_at(other.layer, track.length, 0), [*kept][-1]
    first, every = places.nearest([*kept][:-1] or kept, near), phrases.count(other.shape[0], "output")
    row = [place._replace(home=at.home) for place, at in zip(kept, track.places, strict=False)]
    jump = "jump", first, track.places, kept, "the window jumps two steps at a time"
    closed = "strides", last, row, row, f"every second window, {every} to pass on"
    for name, at, shown, counted, what in [jump, closed][first is last :]:
        said, passed = f"A setting, strides 2: {what}.", [place.step for place in kept if place.step <= at.step]
        draft, _ = track.at(said, at, shown, passed, t=t, rows=track.grown)
        texts = {place.home: f"*t* = {step}" for place, step in zip(counted, kept.values(), strict=True)}
        track.notes(draft, "strides", "strides 2", texts, [*texts][len(passed) - 1])
        track.formula(draft, ("t", "stride", "t of x"), None, layer=other.layer)
        kept_rows = (("note", "strides"), *((*Y, place.step) for place in kept))
        closes = [Cue((Y,), staging.ENTER), Cue(kept_rows, staging.ENTER + 1)]
        yield draft.board(name, said, 3, closes if at is last else [Cue((Y,), staging.MOVE)])


def _dilated(track: Stage, other: Script, wider: Sequence[Place]) -> Iterator[Board]:
    """The window with gaps between its taps slides through all of its places."""
    track, layer, first = copy(track), other.layer, wider[0]
    track.row = (*Y, "dilation")
    fitting = phrases.places(layer, track.length, other.shape[0], "window")
    gaps = "gaps", first, [first], f"A setting, dilation 2: a window of {layer.span} steps, for its taps lie two apart."
    for name, at, shown, said in [gaps, ("dilation", wider[-1], wider, fitting)][len(wider) == 1 :]:
        draft, _ = track.at(said, at, shown, rows=track.grown)
        track.recede(draft, {tap.step for tap in at.taps})
        track.sums(draft, shown, at.home)
        track.formula(draft, ("t", "t of x", "dilation", "k of x"), None, layer=layer)
        slid = passing([place.step for place in wider[1:-1]], first, at, track.row)
        yield draft.board(name, said, 3.4, slid if at is not first else [Cue((("note", "sums"),), staging.ENTER + 1)])


def _answer(response: Response) -> Iterator[Board]:
    """The outputs, large, and the shape on the signal where it was found; nothing where the outputs tell of none."""
    track, at = response.track, response.shown
    many, (first, *others) = phrases.count(track.script.shape[0], "output"), at.taps
    said = f"For each window one sum, {many}: above 0 where it is like the kernel, below 0 where opposed."
    if response.fits:
        said = f"The shape is at step {at.start}: the largest output. A larger copy would give more."
    elif not response.meant:
        if others:
            return
        said = f"With one tap each output is its sample times {first.weight.text}."
    draft, bench = track.at(said, at, track.places, [at.step] if response.fits else None, rows=track.grown)
    if response.meant:
        outline(draft, bench, at, response.sign)
    track.recede(draft, {tap.step for tap in at.taps})
    yield draft.board("answer", said, 3.5)


def _check(response: Response, said: str) -> Board:
    """The outputs, large, and then Keras's numbers below them."""
    track, at = response.track, response.shown
    draft, bench = track.at(said, at, track.places, rows=track.grown)
    compare(draft, track.script, bench, Y, track.places, track.line)
    track.recede(draft, ())
    draft.marks = {key: mark for key, mark in draft.marks.items() if not {W[0], "at", "said"} & {*key}}
    if track.script.shown.note and not track.form.points:  # on paper it stands below all panels
        pieces.remark(draft, ("numbers",), phrases.sentence(track.script.shown.note) + ".")
    outputs = tuple((*Y, place.step) for place in track.places)
    return draft.board("check", said, 3.5, [Cue(outputs, staging.LEAVE + 0.5), Cue((("keras",),), staging.ENTER)])
