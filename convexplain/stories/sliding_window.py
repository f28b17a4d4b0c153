"""sliding_window: what one filter does, and what it responds to.

A window of the signal, a tap for each of its samples, their products head to tail, one output; then it slides. The
output is large where the signal has the shape of the kernel. It answers "what does one filter do?", "why so many
outputs?", "what do strides and dilation_rate change?".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from convexplain.board import pieces, staging
from convexplain.board.marks import DIGIT, FILM, FULL, HERO, Board, Cue, Format, line
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import Place
from convexplain.stories.one_channel.response import KERNEL, SHAPE, Response, fits, lay_sum, outline
from convexplain.stories.one_channel.sliding import APART, CLEAR, Stage, begins, passing, point, slides
from convexplain.stories.one_channel.track import W, Y, compare
from convexplain.stories.script import Script

FIGURE = {1: ("output", "fit"), 2: ("output", "slid", "fit", "compared", "dilation")}
"""The boards of the composed figure, by how many panels stand side by side, and one that takes the place of another."""

DILATED = ("dilated",)
"""What the keys of the outputs of the window with gaps begin with."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    track, layer = Stage(script, form), script.layer
    is_plain = layer.kernel_size > 1 and layer.strides == layer.dilation_rate == 1
    strided, gaps = (script.sibling(**{name: 2}) if is_plain else None for name in ("strides", "dilation_rate"))
    wider, response = _wider(track, gaps) if gaps else [], Response(track)
    track.arrange(wider, response.outlined)
    said = "It slides a kernel along the signal. What for?"
    if response.fits:
        said = "It slides a kernel along the signal, to find where both have the same shape."
    boards = [_opened(track, "layer", "A layer is one part of a neural network. It makes numbers from numbers.")]
    boards += [_opened(track, "kernel", said), *begins(track), *slides(track), *response.boards()]
    boards += _answer(response, boards[-1])
    boards += _strided(response, strided, boards[-1]) if strided else ()
    boards += _dilated(track, gaps, wider) if gaps and wider else ()
    named, kinds = {board.name for board in boards}, (("strides", "strided", strided), ("gaps", "dilated", gaps))
    others = {kind: other for name, kind, other in kinds if other and name in named}
    these = f"the same outputs: {', '.join(f'{{}} {kind}' for kind in ('plain', *others))}"
    said = places.agreed([[layer] for layer in (script, *others.values())], these=these)
    return (*boards, _check(response, said, boards[-1]))


def _opened(track: Stage, name: str, said: str) -> Board:
    """The signal and below it, apart, the ``layer``, or its ``kernel``."""
    draft, bench, small = track.draft(said, track.near), track.on(track.near, track.opened), track.form.small
    left, right, low = bench.axis.left, bench.axis.right, (bench.base + APART - bench.bottom) / 2
    bench = replace(bench, middle=bench.middle + low, kernel=bench.kernel + low, bottom=bench.bottom + low)
    track.lay(draft, bench, track.taps)
    card, x = ("rig", *W, "card"), (left + right) / 2
    del draft.marks["rig", *W, "frame"]  # there is no window yet
    draft.change([card], edge=FULL, size=3)
    if name == "layer":
        draft.marks = {key: mark for key, mark in draft.marks.items() if W[0] not in key or key[0] == "rig"}
        top, end = bench.middle - low, track.line - APART / 2
        far, y = min(APART / 2, (end - top - 1.75 * HERO) / 2), (top + end - small) / 2
        draft.change([card], x=x, y=y, width=right - left, height=end - small - top - 2 * far)
        draft.put("count", ("count", "layer"), words("`Conv1D`", x, y - 30, HERO))
        of = "a layer of Keras, a library for neural networks"
        draft.put("count", ("count", "library"), words(of, x, y + 70, small))
        for way, begin in (("in", top), ("out", end - small - far + CLEAR)) if far > 30 else ():
            draft.put("arrow", ("arrow", way), line("quiet", x, begin, x, begin + far - CLEAR, size=4, head=16))
        made = [at for at in track.places if bench.axis.has(at.home)] if far > 30 and bench.size else []
        for at in made:
            draft.put("made", ("made", at.step), words(at.output.text, bench.axis.x(at.home), end, bench.size))
        if made:
            pieces.name(draft, Y, "output *y*", end + DIGIT * small / 2, "formula")
    else:
        lowest, y = draft.marks[*W, track.taps[-1].k, "bar"], bench.middle + 0.7 * small
        numbers = "numbers" if track.layer.kernel_size > 1 else "a number"
        point(draft, "kernel", f"{numbers} that the network learns", draft.marks[card].right, y)
        point(draft, "tap", "one number of the kernel, counted by *k*", lowest.right, max(lowest.y, y + 1.5 * small))
    held = Cue((("count", "layer"),), staging.MOVE, 0.5)  # the card says what it is until it is the kernel's
    return draft.board(name, said, 3, [held, Cue((W, ("baseline", "rig")), staging.MOVE, 0.5, after=0.1)])


def _strided(response: Response, other: Script, before: Board) -> Iterator[Board]:
    """Every second window is left out, and its output is gone; nothing where none is."""
    track, new = response.track, other.layer
    starts = {other.start(step): step for step in range(other.shape[0])}
    shown = [place for place in track.places if place.start in starts]
    if 0 < len(shown) < len(track.places):
        start = phrases.sample_at(new, track.length, 0)
        said = f"With strides 2 window *t* starts at {start}: fewer outputs, less work."
        draft, _ = track.at(said, shown[-1], shown, t=start * (shown[-1].home == shown[-1].start))
        track.recede(draft, {tap.step for tap in shown[-1].taps})
        draft.change([key for place in shown if (key := ("ruler", place.home)) in draft.marks], role="lit")
        track.formula(draft, ("stride", "t of x"), None, layer=new)
        for place in shown if track.size(track.wide) else ():  # they are counted anew
            x, role = track.wide.x(place.home), "lit" if place is shown[-1] else "quiet"
            index = words(f"*y*[{starts[place.start]}]", x, track.line, track.form.small, role)
            draft.put("index", ("index", *Y, place.step), index)
        yield draft.board("strides", said, 3.4, [*passing([], shown[0], shown[-1]), *response.back(before)])


def _wider(track: Stage, gaps: Script) -> list[Place]:
    """The places in view of the window with gaps, from the other end where the first one fits."""
    found = [places.place(gaps, at.step).unnamed for at in track.places if at.step < gaps.shape[0]]
    found = [place for place in found if place.is_on(track.wide)]
    return found[::-1] if found and fits(found[0]) and not fits(found[-1]) else found


def _dilated(track: Stage, new: Script, wider: list[Place]) -> Iterator[Board]:
    """The window with gaps between its taps, first where it opens, then as it slides, and where it fits in the end the
    kernel's outline over it; outputs become others.
    """
    taps, reach = phrases.count(new.layer.kernel_size, "tap"), phrases.count(new.layer.span, "step")
    stretched, last = f"Dilation 2 spreads {taps} over {reach}, for longer shapes.", wider[-1]
    counted = phrases.count(new.shape[0], "output")
    slid = f"{phrases.places(new.layer, track.length, new.shape[0])}: {counted}."
    if is_found := fits(last) and [at for at in wider if at.output.value >= last.output.value] == [last]:
        less = [at for at in track.places if at.start == last.start and at.output.value < last.output.value]
        slid = f"With gaps the kernel fits a longer shape here, and gives {last.output.text}."
        slid += "".join(f" Without gaps it gave {at.output.text}." for at in less)
    for name, said, shown in [("gaps", stretched, wider[:1]), ("dilation", slid, wider)][: len(wider)]:
        at, cues = shown[-1], passing([place.step for place in shown[1:]], wider[0], shown[-1], row=DILATED)
        draft, bench = track.at(said, at, sorted(shown), [at.step] if is_found else None, row=DILATED)
        track.recede(draft, {tap.step for tap in at.taps})
        if at is wider[0]:
            lay_sum(draft, (*DILATED, at.step), at, bench.axis.right)
        if is_found and at is last:
            outline(draft, bench, at)
            cues += [Cue((KERNEL,), staging.ENTER), Cue((SHAPE,), staging.ENTER + 1)]
        else:
            track.formula(draft, ("dilation", "k of x"), None, layer=new.layer)
        yield draft.board(name, said, 3.4, cues)


def _answer(response: Response, before: Board) -> Iterator[Board]:
    """All outputs, where none of them fits the kernel; nothing where they tell of no shape."""
    track, at, (first, *others) = response.track, response.shown, response.shown.taps
    if response.fits or (others and not response.meant):
        return
    said = "One sum for each window: above 0 where it is like the kernel, below 0 where opposed."
    said = said if others else f"With one tap each output is its sample times {first.weight.text}."
    draft, bench = track.at(said, at, track.places)
    if response.meant:
        outline(draft, bench, at)
    track.recede(draft, {tap.step for tap in at.taps})
    yield draft.board("answer", said, 3.5, response.back(before, KERNEL, SHAPE))


def _check(response: Response, said: str, before: Board) -> Board:
    """Signal and kernel, which lies where the signal answers it, all outputs, and Keras's numbers below them."""
    track, at = response.track, response.shown
    draft, bench = track.at(said, at, track.places, t="")
    if response.fits:
        outline(draft, bench, at)
    compare(draft, track.script, replace(bench, floor=bench.base), track.places, track.line)
    if track.script.shown.note and not track.form.points:  # on paper it stands below all panels
        pieces.remark(draft, ("numbers",), phrases.sentence(track.script.shown.note) + ".")
    others = Cue((DILATED,), staging.MOVE, 0.4), Cue((Y,), staging.MOVE, 0.6, after=0.2)
    return draft.board("check", said, 3.5, response.back(before, KERNEL, SHAPE) or others)
