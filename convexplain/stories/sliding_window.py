"""sliding_window: what one filter does, and what it responds to.

A window of the signal, a tap for each of its samples, their products head to tail, one output; then it slides. The
output is large where the signal has the shape of the kernel. It answers "what does one filter do?", "why so many
outputs?", "what do strides and dilation_rate change?".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, FILM, SMALL, Board, Cue, Draft, Format
from convexplain.stories import phrases
from convexplain.stories.one_channel import places, response, sliding
from convexplain.stories.one_channel.places import RIG, Place, Track, X, Y
from convexplain.stories.one_channel.workbench import Workbench
from convexplain.stories.script import Script

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
    """A layer with gaps: its outputs in place of the told ones, those of the first place and then those of all."""
    other, shown = siblings[name], [place.unnamed for place in siblings[name].places]
    first, last, steps = shown[0], shown[-1], phrases.count(other.script.shape[0], "output")
    if name == "strides 2":
        said = "Strides 2: every second window, with its output, is left out."
        windows = {tuple(tap.step for tap in place.taps): place.step for place in track.places}
        same = {place.step: windows.get(tuple(tap.step for tap in place.taps), -1) for place in shown}
        if -1 in same.values():  # the told outputs are those of another stretch
            same = {}
            yield _gapped(track, other, "strides", "Strides 2: the window moves two steps at a time.", first, [first])
        else:
            yield _skipping(track, other, said, first, same)
        said = f"Every second window: {steps}."
        if len(shown) == other.script.shape[0] <= 6:
            starts = ", ".join(str(place.taps[0].step) for place in shown)
            said = f"Its windows start at {starts}: {steps}."
        yield _gapped(track, other, "strided", said, last, shown, same)
        return
    said = "Dilation 2: the window stretches, its taps lie two steps apart."
    if len(first.taps) <= 3 and places.whole(tap.product.value for tap in first.taps):
        said = f"Dilation 2: taps two steps apart: {phrases.worked(first.taps, first.output.text)}."
    yield _gapped(track, other, name, said, first, [first])
    if len(shown) > 1:
        said = phrases.places(other.layer, other.length, other.script.shape[0], "wider window")
        said = f"{said.partition(':')[0]}." if other.sees_all else said
        yield _gapped(track, other, "dilated", said, last, shown)


def _skipping(track: Track, other: Track, said: str, at: Place, same: Mapping[int, int]) -> Board:
    """The told outputs, those that a layer with gaps between its windows has too in the light."""
    draft, bench = track.draft(said, other.wide, [at.taps[0].step]), track.on(other.wide)
    other.lay(draft, bench, at.taps)
    places.lay_outputs(draft, bench, Y, track.places, same.values())
    places.thread(draft, bench, [Y], at)
    other.formula(draft, ("t", "stride", "t of x"), at.step)
    return draft.board("strides", said, 3, response.together(True))


def _gapped(
    track: Track, other: Track, name: str, said: str, at: Place, shown: Sequence[Place],
    same: Mapping[int, int] = MappingProxyType({}),
) -> Board:  # fmt: skip
    """The window of a layer with gaps over one place, and the outputs that are ``shown``, which a layer with gaps
    between its windows has from the told one: each is the ``same`` as one of its steps.
    """
    strided = other.layer.strides > 1
    draft, bench = track.draft(said, other.wide, [at.taps[0].step]), track.on(other.wide)
    other.lay(draft, bench, at.taps)
    if not strided:
        other.recede(draft, {tap.step for tap in at.taps})
    row = "strides 2" if strided else "dilation 2"
    key = (*Y, row)
    places.lay_outputs(draft, bench, key, shown, name=row, row=Y)
    for step, told in same.items():
        for part in ("bar", "digits"):
            draft.change([k for k in ((*key, step, part),) if k in draft.marks], copy_of=(*Y, told, part))
    named, number = draft.marks["name", *key], draft.marks.get((*key, shown[0].step, "digits"))
    if number and number.left < named.right + 8 and abs(number.y - named.y) < named.size:
        draft.marks["name", *key] = named.at(y=bench.floor + named.size / 2)  # below its line, where a number is beside
    places.thread(draft, bench, [key], at)
    for place in shown if strided else ():
        foot = draft.marks[*key, place.step, "bar"].bottom if place.output.value < 0 else bench.floor
        y, role = foot + 12 + DIGIT * SMALL / 2, "lit" if place is at else "quiet"
        pieces.note(draft, (row, place.step), f"*y*[{place.step}]", other.wide.x(place.home), y, 0, role)
    lit = ("t", "stride", "t of x") if strided else ("dilation", "k of x")
    other.formula(draft, lit, at.step if strided or len(shown) == 1 else None)
    cues = sliding.passing(shown, shown[0], at, key, 3.6)
    if len(shown) == 1:  # not before the told outputs are gone
        late = (key, ("name", *key), *((*X, tap.step) for tap in at.taps if tap.padded))
        cues = [Cue(RIG, motion.MOVE, 1.8), Cue((X,), motion.MOVE + 0.5), Cue(late, motion.ENTER)]
    return draft.board(name.partition(" ")[0], said, 3, cues)
