"""sliding_window: what one filter does, and what it responds to.

A window of the signal, a tap for each of its samples, their products head to tail, one output; then it slides. The
output is large where the signal has the shape of the kernel; strides and dilation_rate change which windows there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import DIGIT, FILM, FULL, HERO, SMALL, Board, Cue, Format, Key, line
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import Place
from convexplain.stories.one_channel.response import SHAPE, Response, fits, lay_lower, lay_sum, outline
from convexplain.stories.one_channel.sliding import APART, CLEAR, OPENED, Stage, begins, passing, point, slides
from convexplain.stories.one_channel.track import W, Y, compare, lay_outputs
from convexplain.stories.script import Script

FIGURE = {1: ("output", "fit"), 2: ("output", "slid", "fit", "compared", "gaps")}
"""The boards of the composed figure, by how many panels stand side by side, and one that takes the place of another."""

DILATED = ("dilation 2",)
"""What the keys of the outputs of the window with gaps begin with."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    track, layer = Stage(script, form), script.layer
    is_plain = layer.kernel_size > 1 and layer.strides == layer.dilation_rate == 1
    strided, gaps = (script.sibling(**{name: 2}) if is_plain else None for name in ("strides", "dilation_rate"))
    starts = {strided.start(step): step for step in range(strided.shape[0])} if strided else {}
    kept = {at: starts[at.start] for at in track.places if at.start in starts}
    found = [places.place(gaps, at.step).unnamed for at in track.places if at.step < gaps.shape[0]] if gaps else []
    wider, response = [at for at in found if at.is_on(track.wide)], Response(track)
    track.arrange(wider, response.outlined)
    for_ = ", to find where both have the same shape." if response.fits else ". What for?"
    boards = [
        _opened(track, "layer", "A layer is one part of a neural network. It makes outputs *y* from samples *x*.")
    ]
    boards += [_opened(track, "kernel", f"It slides a kernel along the signal{for_}"), *begins(track), *slides(track)]
    boards += response.boards()
    rows: dict[Key, tuple[Script, Sequence[Place]]] = {Y: (script, track.places)}
    if strided and 0 < len(kept) < len(track.places):  # some windows are left out
        rows["strides 2",] = strided, [at.unnamed._replace(step=step) for at, step in kept.items()]
        boards.append(_strided(response, strided, kept, boards[-1]))
    if gaps and wider:
        rows[DILATED] = gaps, wider
        boards += _dilated(response, gaps, wider, boards[-1])
    return (*boards, _check(track, rows))


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


def _strided(response: Response, other: Script, kept: Mapping[Place, int], before: Board) -> Board:
    """Every second window is left out, and its output is gone; the others are counted anew."""
    track, shown = response.track, [*kept]
    last, start = shown[-1], phrases.sample_at(other.layer, track.length, 0).replace("*t*", f" × {kept[shown[-1]]}")
    said = f"*y*[{kept[last]}] starts at {start} = {last.start}".replace("-", style.MINUS)
    said = f"Strides of 2: fewer outputs, less work. {said}."
    draft, bench = track.at(said, last, shown, t="")
    track.formula(draft, ("stride",), None, layer=other.layer)
    track.recede(draft, {tap.step for tap in last.taps})
    track.count(draft, bench, kept, last)
    draft.change([key for at in shown if (key := ("ruler", at.start)) in draft.marks], role="lit")
    return draft.board("strides", said, 3.4, response.back(before, last) or passing([], shown[0], last))


def _dilated(response: Response, new: Script, wider: list[Place], before: Board) -> Iterator[Board]:
    """The window with gaps between its taps, where it opens, over the shape that it fits; then as it slides."""
    track, first, last = response.track, wider[0], wider[-1]
    reach = phrases.count(new.layer.span, "step")
    what = "where they fit a longer shape" if fits(first) else "for longer shapes"
    said = f"With dilation 2 taps lie two steps apart, {what}."
    draft, bench = track.at(said, first, [first], row=DILATED)
    track.recede(draft, {tap.step for tap in first.taps})
    lay_sum(draft, (*DILATED, first.step), first, bench.axis.right)
    alike = [at for at in track.places if at.start == first.start]
    draft.change([(*DILATED, first.step, "bar")] * len(alike), copy_of=(*Y, alike[0].step, "bar") if alike else None)
    if fits(first):
        outline(draft, bench, first)
        for at in alike:
            lay_lower(draft, bench, at, first)
    slide = response.back(before, first) or passing([], first, first)
    yield draft.board("gaps", said, 3.4, [*slide, Cue((SHAPE,), staging.ENTER + 1)])
    if last is first:
        return
    starts = phrases.places(new.layer, track.length, new.shape[0]).removeprefix("The window")
    said = f"{phrases.sentence(reach)} wide, it{starts}: {phrases.count(new.shape[0], 'output')}."
    draft, _ = track.at(said, last, wider, row=DILATED)
    track.recede(draft, {tap.step for tap in last.taps})
    track.formula(draft, ("dilation", "k of x"), None, layer=new.layer)
    yield draft.board("dilation", said, 3.4, passing([place.step for place in wider[1:]], first, last, row=DILATED))


def _check(track: Stage, rows: Mapping[Key, tuple[Script, Sequence[Place]]]) -> Board:
    """The outputs of all layers, a row for each by what its keys begin with, and Keras's numbers below them."""
    said, clear = places.agreed([[script] for script, _ in rows.values()]), 2 * CLEAR
    text, y, apart, axis = DIGIT * (track.size(track.wide) or SMALL), 92.0, 36.0, track.wide
    if is_counted := len(rows) > 1 and track.sees_all:  # outputs stand below their own numbers
        axis = replace(axis, steps=axis.steps[: axis.steps.index(track.places[-1].step) + 1])
    draft = track.draft(said, axis, name="*t*" if is_counted else "step")
    made = [[own.full(at.step, 0) for at in shown] for own, shown in rows.values()]  # its bars are as high as these
    room = track.line - y - len(rows) * (2 * text + pieces.ABOVE + clear + apart)
    if track.script.shown.note and not track.form.points:  # on paper it stands below all panels
        pieces.remark(draft, ("numbers",), phrases.sentence(track.script.shown.note) + ".")
        room -= 68.0
    high = sum(sum(benches.extent(values)) for values in made)
    unit, cues = benches.unit_of(room, high, [n for values in made for n in values], OPENED), []
    apart += (room - unit * high) / len(rows)
    for n, (key, (script, found)) in enumerate(rows.items()):
        found = [at._replace(home=at.step) for at in found] if is_counted else found
        shown = [at._replace(output=at.output._replace(value=full)) for at, full in zip(found, made[n], strict=True)]
        up, down = benches.extent(made[n])
        floor = y + text + pieces.ABOVE + up * unit
        line_, own = floor + down * unit + clear + text / 2, Y if n == len(rows) - 1 else (*key, "row")
        bench = replace(track.on(track.wide, track.settled), floor=floor, lowest=unit)
        pieces.baseline(draft, own, bench.axis.left, bench.axis.right, floor)
        kind = f"{'*y*, ' * (not track.form.is_narrow)}{'strides 1' if key == Y else key[0]}"
        pieces.name(draft, own, kind if len(rows) > 1 else "output *y*", floor, "formula")
        lay_outputs(draft, bench, key, shown, None)
        pieces.clear_of_name(draft, own, [(*key, at.step, "digits") for at in shown])
        compare(draft, script, bench, key, shown, line_)
        y = line_ + text / 2 + apart
        moves = key, ("baseline", *own), ("name", *own)
        cues.append(Cue(moves, staging.LEAVE, 0.7, after=0.2 + 0.2 * n))
    return draft.board("check", said, 3.5, [*cues, Cue((("index",),), staging.LEAVE, 0.4, after=0.6)])
