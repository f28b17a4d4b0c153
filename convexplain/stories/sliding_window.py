"""sliding_window: what one filter does, and what it responds to.

A window of the signal, a tap for each of its samples, their products head to tail, one output; then it slides. The
output is large where the signal has the shape of the kernel. It answers "what does one filter do?", "why so many
outputs?", "what do strides and dilation_rate change?".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Format
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.one_channel import places, response
from convexplain.stories.one_channel.places import RIG, Place, W, X, Y
from convexplain.stories.one_channel.sliding import Stage, begins, slides
from convexplain.stories.one_channel.workbench import Workbench
from convexplain.stories.script import Script

SLIDES = (Cue((*RIG, X), motion.MOVE, 1.4),)
"""The rig slides as one."""
FIGURE = ("output", "slid", "fit", "dilation")
WIDER = (*Y, "dilation 2")
"""The row of a layer's outputs whose taps lie two steps apart."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    track, layer = Stage(script, form), script.layer
    is_plain = layer.kernel_size > 1 and layer.strides == layer.dilation_rate == 1
    strided, dilated = (script.sibling(**{name: 2}) if is_plain else None for name in ("strides", "dilation_rate"))
    others = {name: other for name, other in (("strides", strided), ("dilation", dilated)) if other}
    wider = _wider(track, dilated) if dilated else []
    made = [place.taps for place in track.places] + [*response.parts(track).values()]
    track.more += [level for taps in made for level in benches.levels(tap.product.value for tap in taps)]
    track.more += [place.output.value for place in wider]
    said = f"What does this kernel, {phrases.count(script.layer.kernel_size, 'number')}, make of the signal above it?"
    if response.fits(track):
        said = "Where does the signal look like this small shape, the kernel?"
    boards = [Workbench(track).kernel(said), *begins(track), *slides(track), *response.boards(track)]
    last = boards[-1].marks[*W, 0, "bar"].x
    near = partial(min, key=lambda place: abs(track.wide.x(place.taps[0].step) - last))
    boards += _strided(track, strided, near) if strided else ()
    boards += [_dilated(track, dilated, wider, near(wider))] if dilated and wider else []
    said = "One filter, one sum for each window. Does `convolve` give the same sums?"
    if response.meant(track):
        said = "A filter finds where a signal has its shape. Does `convolve` say the same?"
    return (*boards, _end(track, "check", places.agreed([script], others)), _end(track, "answer", said))


def _wider(track: Stage, other: Script) -> list[Place]:
    """The places of a layer with gaps between its taps, as far as they are in view."""
    found = [places.place(other, place.step).unnamed for place in track.places if place.step < other.shape[0]]
    return [place for place in found if all(map(track.wide.has, (place.home, *(tap.step for tap in place.taps))))]


def _strided(track: Stage, other: Script, near: Callable[..., Place]) -> Iterator[Board]:
    """The outputs that a layer with gaps between its windows has too; nothing where that tells none apart."""
    steps = {other.start(step): step for step in range(other.shape[0])}
    kept = {place: steps[start] for place in track.places if (start := place.taps[0].step) in steps}
    if 0 < len(kept) < len(track.places):
        at, counted = near(kept), phrases.count(other.shape[0], "output")
        said = f"Strides 2 skip every second place: {counted}, less work."
        draft, _ = track.at(said, at, track.places, [place.step for place in kept])
        track.notes(draft, "strides 2", {place.home: f"*y*[{step}]" for place, step in kept.items()}, at.home)
        pieces.formula(draft, phrases.layer_formula(other.layer, track.length, channels=False), ("stride", "t of x"))
        yield draft.board("strides", said, 3.4, SLIDES)


def _dilated(track: Stage, other: Script, wider: Sequence[Place], at: Place) -> Board:
    """The window with gaps between its taps, and its outputs beside those without."""
    taps, span = phrases.count(len(at.taps), "tap"), phrases.count(other.layer.span, "step")
    said = f"Dilation 2: the same {taps} see {span}."
    draft, bench = track.at(said, at, track.places, ())
    track.recede(draft, {tap.step for tap in at.taps})
    for place in track.places if not track.low else ():
        draft.marks.pop((*Y, place.step, "digits"), None)
    track.outputs(draft, bench, WIDER, wider, name="dilation 2", side=1)
    draft.change([("name", *WIDER)], y=bench.floor + track.form.small)
    places.thread(draft, track.half(bench, 1), [WIDER], at)
    track.sums(draft, wider, at.home, 1)
    pieces.formula(draft, phrases.layer_formula(other.layer, track.length, channels=False), ("dilation", "k of x"))
    return draft.board("dilation", said, 3.4, [*SLIDES, Cue((WIDER,), motion.ENTER + 0.5)])


def _end(track: Stage, name: str, said: str) -> Board:
    """The signal with all its outputs and Keras's numbers below them."""
    meant = response.meant(track)
    at = meant or track.told
    draft, bench = track.at(said, at, track.places)
    bars = [(place, (*Y, place.step)) for place in track.places]
    places.compare(draft, track.script, track.half(bench, -1).axis, bench.floor, bench.lowest, bars)
    cues = [*SLIDES, Cue((("keras",),), beat=motion.ENTER + 1)]
    if name == "answer" and meant:
        cues += response.outline(draft, bench, at, -1 if at.output.value < 0 else 1)
    if name == "check" and track.script.shown.note:
        pieces.remark(draft, ("numbers",), phrases.sentence(track.script.shown.note) + ".")
    return draft.board(name, said, 3.5, cues)
