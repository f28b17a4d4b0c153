"""sliding_window: what one filter does, and what it responds to.

A window of the signal, a tap for each of its samples, their products head to tail, one output; then it slides. The
output is large where the signal has the shape of the kernel. It answers "what does one filter do?", "why so many
outputs?", "what do strides and dilation_rate change?", and leads on to "does Conv1D flip the kernel?".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from convexplain.board import pieces
from convexplain.board.marks import FILM, SMALL, Board, Format
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases, places, response, sliding
from convexplain.stories.bench import Bench
from convexplain.stories.places import BELOW, Rows, Track, W, X, Y
from convexplain.stories.script import Script
from convexplain.stories.workbench import Workbench

FIGURE = ("output", "slid", "fit", "dilation")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    track = Track(script, form)
    boards = [_input(track), _kernel(track), *Workbench(track).boards(), *sliding.slides(track), *_siblings(track)]
    return (*boards, *response.boards(track), places.check(track), _question(track))


def _input(track: Track) -> Board:
    shown, form = track.samples(track.wide), track.form
    left_out = "" if len(shown) == track.length else f", {len(shown)} of {track.length} shown"
    said = f"A signal: one number per step, together a shape{left_out}."
    draft = track.draft(said)
    up, down = benches.extent(shown)
    unit = benches.unit_of(form.height - 356, up + down, shown, 88.0)
    foot, texts = 180 + up * unit, [number.text for step, number in track.signal.items() if track.wide.has(step)]
    size = places.size_on(track.wide, texts)
    written = track.wide.shown if size else ()
    pieces.signal(draft, X, track.signal, track.wide, foot, unit, "sample", None, written, size, places.whole(shown))
    pieces.name(draft, X, "signal *x*", foot)
    return draft.board("signal", said, 3)


def _kernel(track: Track) -> Board:
    taps, texts = track.told.taps, [tap.weight.text for tap in track.told.taps]
    said = f"A kernel: {phrases.count(len(taps), 'number')}, a small shape."
    if response.fits(track):
        said = "Where does the signal look like this small shape?"
    draft, size = track.draft(said), places.size_on(track.wide, texts)
    weights = [tap.weight.value for tap in taps]
    bench = Bench.fit(track.form, track.wide, track.samples(track.wide), weights, [], size or SMALL, largest=60.0)
    track.lay(draft, replace(bench, top=bench.middle), taps, False, covered=())
    for tap in taps if size else ():
        pieces.digits(draft, (*W, tap.k), tap.weight.text, size=size)
    return draft.board("kernel", said, 2.5)


def _siblings(track: Track) -> Iterator[Board]:
    """The same kernel with gaps between its places, and with gaps between its taps."""
    if len(track.told.taps) == 1 or track.layer.dilation_rate > 1:
        return
    if track.layer.strides == 1 and (other := track.script.sibling(strides=2)):
        yield _gaps(track, other, "strides", "Strides 2: gaps between the places", "stride")
    if other := track.script.sibling(strides=1, dilation_rate=2):
        yield _gaps(track, other, "dilation", "Dilation 2: gaps between the taps", "dilation")


def _gaps(track: Track, script: Script, name: str, said: str, lit: str) -> Board:
    """A layer with gaps: its outputs in place of the told ones. An output of the same window is the same, and those
    that are skipped stay as stems.
    """
    said = f"{said}, so {phrases.count(script.shape[0], 'output')}."
    other = Track(script, track.form, 0)
    shown = [place.unnamed for place in other.places]
    at, size = shown[min(1, len(shown) - 1)], places.size_on(other.wide, [place.output.text for place in shown])
    rows = replace(track.rows(others=shown), axis=other.wide, size=size)
    draft, windows = track.draft(said, other.wide, [at.home]), {}
    other.lay(draft, rows, at.taps, False)
    for place in track.places:
        windows[tuple(tap.step for tap in place.taps)] = (*Y, place.step, "bar")
    copies = {place.step: windows.get(tuple(tap.step for tap in place.taps)) for place in shown}
    places.lay_outputs(draft, rows, (*Y, name), shown, None, [place.step for place in shown], copy_of=copies)
    places.thread(draft, rows, (*Y, name), at)
    if all(copies.values()):
        skipped = [place for place in track.places if (*Y, place.step, "bar") not in copies.values()]
        for place in skipped:
            x, number = other.wide.x(place.home), place.output
            pieces.column(draft, (*Y, place.step), number, x, rows.floor, other.wide.bar, rows.low, "output", False)
    if script.layer.strides > 1:
        y = track.form.height - 156 - BELOW / 2
        pieces.note(draft, (name,), "*t*", track.form.margin, y)
        for place in shown:
            x, role = other.wide.x(place.home), "lit" if place is at else "quiet"
            pieces.note(draft, (name, place.step), str(place.step), x, y, 0, role)
    other.formula(draft, (lit, "t") if script.layer.strides > 1 else (lit,))
    return draft.board(name, said, 3)


def _question(track: Track) -> Board:
    """Where ``convolve`` answers otherwise, its numbers beside the told ones; elsewhere the sign that decides."""
    layer, script = track.layer, track.script
    turned = {place.step: script.turned(Cell(place.step, 0)) for place in track.places}
    plain = layer.padding == "valid" and layer.strides == layer.dilation_rate == 1
    if not plain or all(turned[place.step].value == place.output.value for place in track.places):
        said = "Keras calls this a convolution. Does it flip the kernel?"
        draft = track.draft(said, lit=[track.told.home])
        track.lay_all(draft, track.rows(), track.told, track.places)
        track.formula(draft, ("sign",))
        return draft.board("question", said, 3)
    said = "`convolve` gives other numbers: does `Conv1D` flip the kernel?"
    draft, half = track.draft(said), track.wide.pitch / 4
    numbers = [*turned.values(), *(place.output for place in track.places)]
    size = places.size_on(track.wide, [number.text for number in numbers])
    rows = Rows.alone(track.form, track.wide, [number.value for number in numbers], size)
    pieces.baseline(draft, Y, track.wide.left, track.wide.right, rows.floor)
    bricks, width = places.whole([number.value for number in numbers]), track.wide.bar * 0.72
    for place in track.places:
        other, x = turned[place.step], track.wide.x(place.home)
        own, key = (*Y, place.step), ("convolve", place.step)
        pieces.column(draft, own, place.output, x - half, rows.floor, width, rows.low, "output", bricks=bricks)
        role = "output" if other.value == place.output.value else "differs"
        pieces.column(draft, key, other, x + half, rows.floor, width, rows.low, role, bricks=False)
        draft.change([(*key, "bar")], hollow=bool(other.value), size=3.0)
        if size:
            pieces.digits(draft, own, place.output.text, size)
            pieces.digits(draft, key, other.text, size, role, "below")
    pieces.name(draft, Y, "`Conv1D`", rows.floor, "ink")
    pieces.name(draft, ("convolve",), "`convolve`", rows.floor + 44, "differs")
    return draft.board("question", said, 3)
