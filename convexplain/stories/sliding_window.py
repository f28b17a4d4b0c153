"""sliding_window: what one filter does, and what it responds to.

A window of the signal, a tap for each of its samples, their products head to tail, one output; then it slides. The
output is large where the signal has the shape of the kernel. It answers "what does one filter do?", "why so many
outputs?", "what do strides and dilation_rate change?".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from convexplain.board import motion, pieces
from convexplain.board.marks import CONTEXT, DIGIT, FILM, SMALL, Board, Cue, Draft, Format
from convexplain.stories import phrases, places, response, sliding
from convexplain.stories.places import RIG, Place, Track, X, Y
from convexplain.stories.script import Script
from convexplain.stories.workbench import Workbench

FIGURE = ("output", "slid", "fit", "dilated")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    siblings = _siblings(script, form)
    others = [place.output.value for sibling in siblings.values() for place in sibling.places]
    track = _track(script, form)
    track.more += others
    taps = phrases.count(len(track.told.taps), "number")
    said = f"A signal, one sample per step, and a kernel: {taps}, a small shape."
    if response.fits(track):
        said = "A signal, one sample per step. Where does it look like this small shape, the kernel?"
    bench = Workbench(track, close=True)
    boards = [bench.kernel(said), *bench.boards(), *sliding.slides(track), *response.boards(track)]
    gaps = [board for name in siblings for board in _gaps(track, name, siblings)]
    return (*boards, *gaps, response.check(track, siblings))


def _track(script: Script, form: Format, step: int | None = None) -> Track:
    """The places of a layer, with an empty one after them for a sum."""
    told = script.cell.step if step is None else step
    return Track(script, form, step, places.axis(Draft(form), script, told, places.WIDE, 1))


def _siblings(script: Script, form: Format) -> dict[str, Track]:
    """The layers with the same kernel that have gaps between its places, or between its taps."""
    layer, found = script.layer, {}
    if layer.kernel_size > 1 and layer.dilation_rate == 1:
        if layer.strides == 1 and (other := script.sibling(strides=2)):
            found["strides 2"] = _track(other, form, 0)
        if other := script.sibling(strides=1, dilation_rate=2):
            found["dilation 2"] = _track(other, form, 0)
    return found


def _gaps(track: Track, name: str, siblings: Mapping[str, Track]) -> Iterator[Board]:
    """A layer with gaps: its outputs in place of the told ones, those of one place and then those of all. Gaps between
    places are told from the first one on, gaps between taps from the last one back.
    """
    other, shown = siblings[name], [place.unnamed for place in siblings[name].places]
    first, last, steps = shown[0], shown[-1], phrases.count(other.script.shape[0], "output")
    if name == "strides 2":
        said = "Strides 2: the window moves two steps at a time."
        if len(shown) > 1:
            yield _gapped(track, other, name, said, first, [first])
            said = f"Every second window: {steps}."
            if len(shown) == other.script.shape[0] <= 6:
                starts = ", ".join(str(place.taps[0].step) for place in shown)
                said = f"Its windows start at {starts}: {steps}."
        yield _gapped(track, other, "strided", said, last, shown)
        return
    said = "Dilation 2: the window stretches, its taps lie two steps apart."
    if len(last.taps) <= 3 and places.whole(tap.product.value for tap in last.taps):
        said = f"Dilation 2: taps two steps apart: {phrases.worked(last.taps, last.output.text)}."
    yield _gapped(track, other, name, said, last, [last])
    if len(shown) > 1:
        said = phrases.places(other.layer, other.length, other.script.shape[0], "wider window")
        said = f"{said.partition(':')[0]}." if other.sees_all else said
        yield _gapped(track, other, "dilated", said, first, shown)


def _gapped(track: Track, other: Track, name: str, said: str, at: Place, shown: Sequence[Place]) -> Board:
    """The window of a layer with gaps over one place, and the outputs that are ``shown``. One of the same window is the
    told one, and those that are skipped stand back.
    """
    strided = other.layer.strides > 1
    draft, bench = track.draft(said, other.wide, [at.taps[0].step]), track.on(other.wide)
    other.lay(draft, bench, at.taps)
    if not strided:
        other.recede(draft, {tap.step for tap in at.taps})
    row = "strides 2" if strided else "dilation 2"
    key, windows = (*Y, row), {tuple(tap.step for tap in place.taps): place for place in track.places}
    places.lay_outputs(draft, bench, key, shown, name=row, row=Y)
    same = {place.step: windows.get(tuple(tap.step for tap in place.taps)) for place in shown}
    if all(same.values()):
        for step, told in same.items():
            if told is not None:
                for part in ("bar", "digits"):
                    draft.change([k for k in ((*key, step, part),) if k in draft.marks], copy_of=(*Y, told.step, part))
        skipped = [place for place in track.places if place not in same.values()]
        for place in skipped:
            x, own, bar = other.wide.x(place.home), (*Y, place.step), other.wide.bar
            pieces.column(draft, own, place.output, x, bench.floor, bar, bench.lowest, "output", light=CONTEXT)
            if size := places.size_on(other.wide, [place.output.text for place in track.places]):
                pieces.digits(draft, own, place.output.text, size, "quiet")
    places.thread(draft, bench, [key], at)
    if len(shown) > 1 and not strided and other.sees_all:
        left, right = (other.wide.x(place.home) for place in (shown[0], shown[-1]))
        half, y = other.wide.pitch / 2 - 8, other.form.height - 156 - other.under + 12
        pieces.brace(draft, ("outputs",), left - half, right + half, y, phrases.count(len(shown), "output"))
    for place in shown if strided else ():
        foot = draft.marks[*key, place.step, "bar"].bottom if place.output.value < 0 else bench.floor
        y, role = foot + 12 + DIGIT * SMALL / 2, "lit" if place is at else "quiet"
        pieces.note(draft, (row, place.step), f"*y*[{place.step}]", other.wide.x(place.home), y, 0, role)
    lit = ("t", "stride", "t of x") if strided else ("dilation", "k of x")
    other.formula(draft, lit, at.step if strided or len(shown) == 1 else None)
    cues = [Cue((key,), beat=motion.MOVE)]
    if len(shown) > 1:
        cues = sliding.passing(shown, shown[0] if strided else shown[-1], at, key, 3.6)
    elif not strided:  # not before the told outputs are gone
        cues = [Cue(RIG, motion.MOVE, 1.8), Cue((X,), motion.MOVE + 0.5), Cue((key, ("name", *key)), motion.ENTER)]
    return draft.board(name.partition(" ")[0], said, 3, cues)
