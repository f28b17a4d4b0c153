"""sliding_window: what one filter does, and what it responds to.

A window of the signal, a tap for each of its samples, their products head to tail, one output; then it slides. The
output is large where the signal has the shape of the kernel. It answers "what does one filter do?", "why so many
outputs?", "what do strides and dilation_rate change?".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.stories import phrases
from convexplain.stories.one_channel import places, response
from convexplain.stories.one_channel.places import RIG, Place, W, X, Y
from convexplain.stories.one_channel.sliding import Stage, added, begins, passing, slides
from convexplain.stories.one_channel.workbench import Workbench
from convexplain.stories.script import Script

SLIDES = (Cue((*RIG, X), motion.MOVE, 1.4),)
"""The rig slides as one."""
FIGURE = {1: ("output", "fit"), 2: ("output", "slid", "fit", "dilation")}
"""The boards of the composed figure, by how many panels stand side by side."""
WIDER = (*Y, "dilation 2")
"""The row of a layer's outputs whose taps lie two steps apart."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    track, layer = Stage(script, form), script.layer
    is_plain = layer.kernel_size > 1 and layer.strides == layer.dilation_rate == 1
    strided, dilated = (script.sibling(**{name: 2}) if is_plain else None for name in ("strides", "dilation_rate"))
    track.others = _wider(track, dilated) if dilated else []
    said = f"What does this kernel, {phrases.count(script.layer.kernel_size, 'number')}, make of the signal above it?"
    if response.fits(track):
        said = "Where does the signal look like this small shape, the kernel?"
    boards = [Workbench(track).kernel(said), *begins(track), *slides(track), *response.boards(track)]
    boards += _strided(track, strided) if strided else ()
    boards += [_dilated(track, dilated, boards[-1])] if dilated and track.others else []
    said = "One filter, one sum for each window. Does SciPy’s `convolve` give the same sums?"
    if response.fits(track):
        step = response.ends(track)[0].taps[0].step
        said = f"At step {step}. So a filter finds a shape, say a heartbeat. Does SciPy’s `convolve` too?"
    return (*boards, _end(track, "check", places.agreed([script])), _end(track, "answer", said))


def _wider(track: Stage, other: Script) -> list[Place]:
    """The places of a layer with gaps between its taps, as far as they are in view."""
    found = [places.place(other, place.step).unnamed for place in track.places if place.step < other.shape[0]]
    return [place for place in found if all(map(track.wide.has, (place.home, *(tap.step for tap in place.taps))))]


def _strided(track: Stage, other: Script) -> Iterator[Board]:
    """The outputs that a layer with gaps between its windows has too: what its second one reads, and all of them beside
    Keras's; nothing where that tells none apart.
    """
    steps = {other.start(step): step for step in range(other.shape[0])}
    kept = {place: steps[start] for place in track.places if (start := place.taps[0].step) in steps}
    if not 0 < len(kept) < len(track.places):
        return
    second, last = list(kept)[min(1, len(kept) - 1)], list(kept)[-1]
    begins = f"*y*[{kept[second]}] begins at step {second.taps[0].step}"
    many = phrases.count(other.shape[0], "output")
    for name, at, said in (
        ("stride", second, f"Strides 2: the window moves two steps at a time; {begins}."),
        ("strides", last, f"Every second place is left out: {many}, less work."),
    )[: len(kept)]:
        draft, bench = track.at(said, at, track.places, [place.step for place in kept if place.step <= at.step])
        if name == "stride":
            track.notes(draft, name, {place.home: f"*y*[{step}]" for place, step in kept.items()}, at.home)
        else:
            bars = [(place._replace(step=step), (*Y, place.step)) for place, step in kept.items()]
            track.compare(draft, bench, other, bars)
        cues = [*passing(list(kept), second, at), *track.making(at)]
        yield _with(draft, track, other, name, said, ("stride", "t of x"), cues)


def _dilated(track: Stage, other: Script, last: Board) -> Board:
    """The window with gaps between its taps, and its outputs beside those without, and Keras's."""
    x, wider = last.marks[*W, 0, "bar"].x, track.others
    at = min(wider, key=lambda place: abs(track.wide.x(place.taps[0].step) - x))
    taps, span = phrases.count(len(at.taps), "tap"), phrases.count(other.layer.span, "step")
    sum_ = added(at.taps, at.output.text)
    said = f"Dilation 2, a wider view: {taps} over {span}{f', {sum_}' if sum_ else ''}."
    draft, bench = track.at(said, at, track.places, (), side=-1)
    track.recede(draft, {tap.step for tap in at.taps})
    track.outputs(draft, bench, WIDER, wider, None, at, 1, "dilation 2")
    del draft.marks["name", *Y]  # what is named are those in the light
    if not places.size_on(bench.axis, [place.output.text for place in (*track.places, *wider)], 0.5):
        for key in [key for key in draft.marks if key[0] == "y" and key[-1] == "digits"]:
            del draft.marks[key]
    track.compare(draft, bench, other, [(place, (*WIDER, place.step)) for place in wider])
    cues = [*SLIDES, *track.making(at), Cue((WIDER,), motion.ENTER + 1), Cue((("keras", *WIDER),), motion.ENTER + 2)]
    return _with(draft, track, other, "dilation", said, ("dilation", "k of x"), cues)


def _with(
    draft: Draft, track: Stage, other: Script, name: str, said: str, lit: Sequence[str], cues: Sequence[Cue]
) -> Board:
    """A board with the formula of another layer."""
    pieces.formula(draft, phrases.layer_formula(other.layer, track.length, channels=False), lit)
    return draft.board(name, said, 3.4, cues)


def _end(track: Stage, name: str, said: str) -> Board:
    """The signal with all its outputs and Keras's numbers below them."""
    at = (meant := response.meant(track)) or track.told
    draft, bench = track.at(said, at, track.places)
    track.compare(draft, bench, track.script, [(place, (*Y, place.step)) for place in track.places])
    keras = [Cue((("keras", *Y),), motion.ENTER + 1), Cue((("keras", *WIDER),), motion.LEAVE)]
    cues = [*SLIDES, *track.making(at), *keras]
    if name == "answer" and meant:
        cues += response.outline(draft, bench, at, -1 if at.output.value < 0 else 1)
    if name == "check" and track.script.shown.note:
        pieces.remark(draft, ("numbers",), phrases.sentence(track.script.shown.note) + ".")
    return draft.board(name, said, 3.5, cues)
