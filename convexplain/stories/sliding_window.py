"""sliding_window: what one filter does, and what it responds to.

A window of the signal, a tap for each of its samples, their products head to tail, one output; then it slides. The
output is large where the signal has the shape of the kernel. It answers "what does one filter do?", "why so many
outputs?", "what do strides and dilation_rate change?".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from convexplain.board import pieces, staging
from convexplain.board.marks import FILM, HERO, Board, Cue, Format, line
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import Place
from convexplain.stories.one_channel.response import KERNEL, SHAPE, Response, outline
from convexplain.stories.one_channel.sliding import APART, Stage, begins, passing, point, slides
from convexplain.stories.one_channel.track import W, Y, compare
from convexplain.stories.script import Script

FIGURE = {1: ("output", "fit"), 2: ("output", "slid", "fit", "opposite", "dilation")}
"""The boards of the composed figure, by how many panels stand side by side, and one that takes the place of another."""

LINE = 56.0
"""From a line of numbers to the next."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    track, layer = Stage(script, form), script.layer
    is_plain = layer.kernel_size > 1 and layer.strides == layer.dilation_rate == 1
    strided, gaps = (script.sibling(**{name: 2}) if is_plain else None for name in ("strides", "dilation_rate"))
    wider = [places.place(gaps, at.step).unnamed for at in track.places if gaps and at.step < gaps.shape[0]]
    wider, response = [place for place in wider if place.is_on(track.wide)], Response(track)
    track.arrange(wider, response.outlined)
    said = "It slides a kernel along the signal. What for?"
    if response.fits:
        said = "It slides a kernel along the signal. Where do they have the same shape?"
    boards = [_opened(track, "layer", "A layer is one part of a neural network. It makes numbers from numbers.")]
    boards += [_opened(track, "kernel", said), *begins(track), *slides(track), *response.boards()]
    boards += _answer(response, boards[-1])
    boards += _strided(response, strided, boards[-1]) if strided else ()
    boards += _dilated(track, gaps, wider) if gaps else ()
    named, others = {board.name for board in boards}, (("strides", "strided", strided), ("gaps", "dilated", gaps))
    told = {kind: other for name, kind, other in others if other and name in named}
    *most, last = [("plain", script), *told.items()]
    where = f"{', '.join(kind for kind, _ in most)} and {last[0]}" * bool(most)
    said = places.agreed([[layer] for _, layer in (*most, last)], where)
    return (*boards, _check(response, said, boards[-1], told))


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
        draft.put("count", ("count", "layer"), words("`Conv1D`", x, y - 30, HERO))
        of = "a layer of Keras, a library for neural networks"
        draft.put("count", ("count", "library"), words(of, x, y + 70, small))
        for way, begin in (("in", y - high / 2 - low), ("out", y + (high + low) / 2 + 12)) if low > 60 else ():
            draft.put("arrow", ("arrow", way), line("quiet", x, begin, x, begin + low / 2 - 12, size=4, head=16))
    else:
        lowest, y = draft.marks[*W, track.taps[-1].k, "bar"], bench.middle + 0.7 * small
        numbers = "numbers" if track.layer.kernel_size > 1 else "a number"
        point(draft, "kernel", f"{numbers} that the network learns", draft.marks[card].right, y)
        point(draft, "tap", "number *k* of the kernel", lowest.right, max(lowest.y, y + 1.5 * small))
    held = Cue((("count", "layer"),), staging.MOVE, 0.5)  # the card says what it is until it is the kernel's
    return draft.board(name, said, 3, [held, Cue((W, ("baseline", "rig")), staging.MOVE, 0.5, after=0.1)])


def _strided(response: Response, other: Script, before: Board) -> Iterator[Board]:
    """Every second window is left out, and its output falls back; nothing where none is."""
    track = response.track
    starts = {other.start(step): step for step in range(other.shape[0])}
    shown = [place for place in track.places if place.start in starts]
    if 0 < len(shown) < len(track.places):
        counts = f"{other.shape[0]:,} of {track.script.shape[0]:,}"
        said = f"Strides 2 make only every second output, {counts}, for less work."
        is_even = other.layer.left_pad(track.length) == track.layer.left_pad(track.length)
        t = phrases.sample_at(other.layer, track.length, 0) if is_even else ""
        draft, _ = track.at(said, shown[-1], track.places, [place.step for place in shown], t=t)
        track.recede(draft, {tap.step for tap in shown[-1].taps})
        homes = [key for place in shown if (key := ("ruler", place.home)) in draft.marks]
        draft.change(homes, role="lit")
        track.formula(draft, ("stride", "t of x"), None, layer=other.layer)
        for place in shown if track.size(track.wide) else ():  # they are counted anew
            x, role = track.wide.x(place.home), "lit" if place is shown[-1] else "quiet"
            index = words(f"*y*[{starts[place.start]}]", x, track.line, track.form.small, role)
            draft.put("index", ("index", *Y, place.step), index)
        yield draft.board("strides", said, 3.4, [*passing([], shown[0], shown[-1]), *response.back(before)])


def _dilated(track: Stage, new: Script, wider: list[Place]) -> Iterator[Board]:
    """The window with gaps between its taps, first where it opens, then as it slides; outputs become others."""
    taps, reach = phrases.count(new.layer.kernel_size, "tap"), phrases.count(new.layer.span, "step")
    stretched = f"With dilation 2 {taps} reach over {reach}, to see farther."
    counted = phrases.count(new.shape[0], "output")
    slid = f"{phrases.places(new.layer, track.length, new.shape[0])}: {counted}."
    for name, said, shown in [("gaps", stretched, wider[:1]), ("dilation", slid, wider)][: len(wider)]:
        draft, _ = track.at(said, shown[-1], shown)
        track.recede(draft, {tap.step for tap in shown[-1].taps})
        track.add(draft, shown[-1])
        track.formula(draft, ("dilation", "k of x"), None, layer=new.layer)
        first, kept = wider[0], {place.step for place in shown}
        gone = Cue(tuple((*Y, place.step) for place in track.places if place.step not in kept), staging.MOVE, 0.9)
        slides = passing(sorted(kept - {first.step}), first, shown[-1])
        becomes = Cue(((*Y, first.step),), staging.ENTER), Cue((("note",),), staging.ENTER + 1)
        yield draft.board(name, said, 3.4, [gone, *becomes, *slides])


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


def _rows(track: Stage, others: dict[str, Script]) -> dict[str, list[Place]]:
    """The places of other layers, where Keras gives the same outputs and these have room below those of the told."""
    rows = {kind: [places.place(other, t) for t in range(other.shape[0])] for kind, other in others.items()}
    homes = {at.start: at.home for at in track.places}  # a strided output stands under that of the same window
    rows |= {kind: [at._replace(home=homes[at.start]) for at in row] for kind, row in rows.items() if kind == "strided"}
    is_same = all(at.output.value == others[kind].asked(at.step, 0) for kind, row in rows.items() for at in row)
    outputs = [at.output for row in (track.places, *rows.values()) for at in row]
    texts, rise = [f"{n.text} = {n.text}" for n in outputs], max(float(n.value) for n in outputs) * track.stage.lowest
    fits = benches.fitting(track.wide.pitch - 14, texts, (track.form.small, 0.0))
    return rows if is_same and fits and track.stage.base - rise - 80 - LINE * len(rows) > track.stage.bottom else {}


def _check(response: Response, said: str, before: Board, others: dict[str, Script]) -> Board:
    """The outputs, large, and then Keras's numbers below them, and there those of ``others``, too; the kernel lies
    where the signal answers it.
    """
    track, at = response.track, response.shown
    rows = _rows(track, others) if track.sees_all and not track.script.shown.note else {}
    draft, bench = track.at(said, at, track.places, t="", lift=LINE * len(rows))
    if response.fits:
        outline(draft, bench, at)
    compare(draft, track.script, replace(bench, floor=bench.base), track.places, track.line - LINE * len(rows))
    for y, (kind, row) in zip((track.line - LINE, track.line)[-len(rows) :], rows.items(), strict=False):
        look = (y, track.form.small)
        draft.put("party", ("keras", "name", kind), words(kind, track.form.margin, *look, "formula", align=-1))
        for other in row:
            text = f"{other.output.text} = {other.output.text}"
            draft.put("compared", ("keras", kind, other.home), words(text, track.wide.x(other.home), *look))
    if track.script.shown.note and not track.form.points:  # on paper it stands below all panels
        pieces.remark(draft, ("numbers",), phrases.sentence(track.script.shown.note) + ".")
    return draft.board("check", said, 3.5, response.back(before, KERNEL, SHAPE))
