"""sliding_window: what one filter does, and what it responds to.

A window of the signal, a tap for each of its samples, their products head to tail, one output; then it slides. The
output is large where the signal has the shape of the kernel. It answers "what does one filter do?", "why so many
outputs?", "what do strides and dilation_rate change?".
"""

from __future__ import annotations

from collections.abc import Mapping

from convexplain.board import motion, pieces
from convexplain.board.marks import CONTEXT, DIGIT, FILM, SMALL, Board, Cue, Format
from convexplain.stories import phrases, places, response, sliding
from convexplain.stories.places import Track, X, Y
from convexplain.stories.script import Script
from convexplain.stories.workbench import Workbench

FIGURE = ("output", "slid", "fit", "dilation")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    siblings = _siblings(script, form)
    others = [place.output.value for sibling in siblings.values() for place in sibling.places]
    track = Track(script, form, more=others)
    taps = phrases.count(len(track.told.taps), "number")
    said = f"A signal, one number per step, and a kernel: {taps}, a small shape."
    if response.fits(track):
        said = "A signal, one number per step. Where does it look like this small shape, the kernel?"
    bench = Workbench(track)
    boards = [bench.kernel(said), *bench.boards(), *sliding.slides(track), *response.boards(track)]
    return (*boards, *(_gaps(track, name, siblings) for name in siblings), response.check(track, siblings))


def _siblings(script: Script, form: Format) -> dict[str, Track]:
    """The layers with the same kernel that have gaps between its places, or between its taps."""
    layer, found = script.layer, {}
    if layer.kernel_size > 1 and layer.dilation_rate == 1:
        if layer.strides == 1 and (other := script.sibling(strides=2)):
            found["strides 2"] = Track(other, form, 0)
        if other := script.sibling(strides=1, dilation_rate=2):
            found["dilation 2"] = Track(other, form, 0)
    return found


def _gaps(track: Track, name: str, siblings: Mapping[str, Track]) -> Board:
    """A layer with gaps: its outputs in place of the told ones. An output of the same window is the same, and those
    that are skipped stand back.
    """
    other, strided = siblings[name], name == "strides 2"
    steps, shown = phrases.count(other.script.shape[0], "output"), [place.unnamed for place in other.places]
    at = shown[min(1, len(shown) - 1)]
    said = f"Strides 2: the window moves two steps at a time, so {steps}."
    if strided and len(shown) == other.script.shape[0] <= 6:
        starts = ", ".join(str(place.taps[0].step) for place in shown)
        said = f"Strides 2: windows start at {starts}: {steps}."
    if not strided:
        said = f"Dilation 2: the taps lie two steps apart, so {steps}."
        if len(at.taps) <= 3 and places.whole(tap.product.value for tap in at.taps):
            said = f"Dilation 2: taps two steps apart: {phrases.worked(at.taps, at.output.text)}."
    draft, bench = track.draft(said, other.wide, [at.home]), track.on(other.wide)
    other.lay(draft, bench, at.taps)
    if not strided:
        other.recede(draft, {tap.step for tap in at.taps})
    key, windows = (*Y, name), {tuple(tap.step for tap in place.taps): place for place in track.places}
    places.lay_outputs(draft, bench, key, shown, name=name, row=Y)
    same = {place.step: windows.get(tuple(tap.step for tap in place.taps)) for place in shown}
    for step, told in same.items():
        if told is not None:
            draft.change([(*key, step, "bar")], copy_of=(*Y, told.step, "bar"))
    if all(same.values()):
        for place in track.places:
            if place not in same.values():
                x, own = other.wide.x(place.home), (*Y, place.step)
                bar = other.wide.bar
                pieces.column(draft, own, place.output, x, bench.floor, bar, bench.lowest, "output", light=CONTEXT)
    places.thread(draft, bench, [key], at)
    if strided:
        for place in shown:
            foot = draft.marks[*key, place.step, "bar"].bottom if place.output.value < 0 else bench.floor
            y, role = foot + 12 + DIGIT * SMALL / 2, "lit" if place is at else "quiet"
            pieces.note(draft, (name, place.step), f"*y*[{place.step}]", other.wide.x(place.home), y, 0, role)
    other.formula(draft, ("stride", "t", "t of x") if strided else ("dilation", "k of x"))
    cues = [Cue((key,), beat=motion.MOVE)]
    if not strided:  # the signal stands as it did: its light follows the rig, and then one row takes another's place
        cues = [Cue((X,), beat=motion.MOVE + 0.5), Cue((Y,), beat=motion.ENTER)]
    return draft.board(name.partition(" ")[0], said, 3, cues)
