"""sliding_window: what one filter does, and what it responds to.

A window of the signal, a tap for each of its samples, their products head to tail, one output; then it slides. The
output is large where the signal has the shape of the kernel. It answers "what does one filter do?", "why so many
outputs?", "what do strides and dilation_rate change?".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from convexplain.board import motion, pieces
from convexplain.board.marks import CONTEXT, FILM, SMALL, Board, Cue, Format
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import phrases, places, response, sliding
from convexplain.stories.places import BELOW, Track, X, Y
from convexplain.stories.script import Script
from convexplain.stories.workbench import Workbench

FIGURE = ("output", "slid", "fit", "dilation")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    track = Track(script, form)
    siblings = _siblings(track)
    bench, taps = Workbench(track), phrases.count(len(track.told.taps), "number")
    asks = "Where does the signal look like this small shape?"
    kernel = bench.kernel(asks if response.fits(track) else f"A kernel: {taps}, a small shape.", True)
    boards = [_input(track), kernel, *bench.boards(), *sliding.slides(track)]
    boards += [*response.boards(track), *(_gaps(track, name, siblings) for name in siblings)]
    return (*boards, places.check(track, siblings), _landed(track))


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


def _siblings(track: Track) -> dict[str, Track]:
    """The layers with the same kernel that have gaps between its places, or between its taps."""
    layer, found = track.layer, {}
    if len(track.told.taps) > 1 and layer.dilation_rate == 1:
        if layer.strides == 1 and (other := track.script.sibling(strides=2)):
            found["strides 2"] = Track(other, track.form, 0)
        if other := track.script.sibling(strides=1, dilation_rate=2):
            found["dilation 2"] = Track(other, track.form, 0)
    return found


def _gaps(track: Track, name: str, siblings: Mapping[str, Track]) -> Board:
    """A layer with gaps: its outputs in place of the told ones. An output of the same window is the same, and those
    that are skipped stand back.
    """
    other, strided = siblings[name], name == "strides 2"
    steps = phrases.count(other.script.shape[0], "output")
    said = f"Strides 2: the window moves two steps at a time, so {steps}."
    if not strided:
        said = f"Dilation 2: the taps lie two steps apart, so {steps}."
    shown = [place.unnamed for place in other.places]
    at, size = shown[min(1, len(shown) - 1)], places.size_on(other.wide, [place.output.text for place in shown])
    rows = track.rows(others=[place for sibling in siblings.values() for place in sibling.places])
    rows = replace(rows, axis=other.wide, size=size)
    draft, windows = track.draft(said, other.wide, [at.home]), {}
    other.lay(draft, rows, at.taps, False, every=True)
    if not strided:
        other.recede(draft, {tap.step for tap in at.taps})
    for place in track.places:
        windows[tuple(tap.step for tap in place.taps)] = (*Y, place.step, "bar")
    copies = {place.step: windows.get(tuple(tap.step for tap in place.taps)) for place in shown}
    key = (*Y, name)
    places.lay_outputs(draft, rows, key, shown, None, [place.step for place in shown], copy_of=copies, name=name, row=Y)
    places.thread(draft, rows, key, at)
    if all(copies.values()):
        skipped = [place for place in track.places if (*Y, place.step, "bar") not in copies.values()]
        for place in skipped:
            x, number = other.wide.x(place.home), place.output
            pieces.column(
                draft, (*Y, place.step), number, x, rows.floor, other.wide.bar, rows.low, "output", light=CONTEXT
            )
    if strided:
        stands = f"{at.home} = 2·{at.step}"
        mark = words(stands, other.wide.x(at.home), pieces.RULER, SMALL, "lit")
        if ("ruler", at.home) in draft.marks and mark.width + 24 < other.wide.pitch and at.home == 2 * at.step:
            draft.marks["ruler", at.home] = mark
        y = track.form.height - 156 - BELOW / 2
        for place in shown:
            x, role = other.wide.x(place.home), "lit" if place is at else "quiet"
            pieces.note(draft, (name, place.step), f"*y*[{place.step}]", x, y, 0, role)
    other.formula(draft, ("stride", "t", "t of x") if strided else ("dilation", "k of x"))
    cues = [Cue((key,), beat=motion.MOVE)]
    if not strided:  # the signal stands as it did: its light follows the rig, and then one row takes another's place
        cues = [Cue((X,), beat=motion.MOVE + 0.5), Cue((Y,), beat=motion.ENTER)]
    return draft.board(name.partition(" ")[0], said, 3, cues)


def _landed(track: Track) -> Board:
    """What was shown, in one picture: the signal, the outputs, and the shape where there is most and least of it."""
    best, worst = response.ends(track)
    if len(best.taps) == 1 or best.output.value == worst.output.value:
        said = "The same kernel at every place: one output for each."
        draft = track.draft(said)
        track.lay_all(draft, track.rows(), best, track.places)
        return draft.board("landed", said, 4)
    return response.landed(track)
