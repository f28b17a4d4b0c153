"""sliding_window: what one filter does, and what it responds to.

A window of the signal, a tap for each of its samples, their products head to tail, one output; then it slides. The
output is large where the signal has the shape of the kernel. It answers "what does one filter do?", "why so many
outputs?", "what do strides and dilation_rate change?".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Format
from convexplain.stories import phrases
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import Place
from convexplain.stories.one_channel.response import Response, outline
from convexplain.stories.one_channel.sliding import Stage, begins, slides
from convexplain.stories.one_channel.track import Y, compare
from convexplain.stories.script import Script

FIGURE = {1: ("output", "fit"), 2: ("output", "slid", "fit", "opposite", "dilation")}
"""The boards of the composed figure, by how many panels stand side by side, and one that takes the place of another."""
CHECKED = "check"
"""The board whose caption is what was checked."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    track, layer = Stage(script, form), script.layer
    is_plain = layer.kernel_size > 1 and layer.strides == layer.dilation_rate == 1
    found = {"strides": {"strides": 2}, "dilation": {"dilation_rate": 2}} if is_plain else {}
    others = {name: other for name, changes in found.items() if (other := script.sibling(**changes)) is not None}
    wider = _wider(track, others["dilation"]) if "dilation" in others else []
    response = Response(track)
    track.arrange(wider, response.outlined())
    said = f"What does this kernel, {phrases.count(layer.kernel_size, 'number')}, make of the signal above it?"
    if response.fits:
        said = "A filter finds a shape, say a heartbeat. Where is this one, the kernel’s?"
    boards = [*begins(track, said), *slides(track), *response.boards()]
    boards += _strided(track, others["strides"]) if "strides" in others else ()
    boards += [_dilated(track, others["dilation"], wider)] if wider else []
    said = f"What the kernel makes of the signal: for each window one sum, {phrases.count(script.shape[0], 'output')}."
    if response.fits:
        step = response.best.start
        said = f"Where is the kernel’s shape? At step {step}, where the output is largest."
    told = {board.name: others[board.name] for board in boards if board.name in others}
    return (*boards, _end(response, "check", places.agreed([script], told)), _end(response, "answer", said))


def _wider(track: Stage, other: Script) -> list[Place]:
    """The places of a layer with gaps between its taps, as far as they are in view."""
    found = [places.place(other, place.step).unnamed for place in track.places if place.step < other.shape[0]]
    return [place for place in found if place.is_on(track.wide)]


def _strided(track: Stage, other: Script) -> Iterator[Board]:
    """The outputs that a layer with strides has too, and its second window; nothing where that tells none apart."""
    steps = {other.start(step): step for step in range(other.shape[0])}
    kept = {place: steps[start] for place in track.places if (start := place.start) in steps}
    if not 0 < len(kept) < len(track.places):
        return
    at = list(kept)[min(1, len(kept) - 1)]
    said = f"Strides 2 leave out every second window: {phrases.count(other.shape[0], 'output')}, less work."
    t = phrases.sample_at(other.layer, track.length, 0)
    draft, _ = track.at(said, at, track.places, [place.step for place in kept], t=t)
    track.notes(draft, "strides", "strides 2", {p.home: f"*y*[{step}]" for p, step in kept.items()}, at.home)
    parts = phrases.layer_formula(other.layer, track.length, channels=False)
    pieces.formula(draft, parts, ("stride", "t of x"))
    yield draft.board("strides", said, 3.4, track.making(at))


def _dilated(track: Stage, other: Script, wider: Sequence[Place]) -> Board:
    """The window with gaps between its taps, and its outputs."""
    at, span = wider[-1], phrases.count(other.layer.span, "step")
    many = phrases.places(other.layer, track.length, other.shape[0], "").partition(":")[0]
    many = many if many[0].isdigit() else phrases.count(other.shape[0], "output")
    said = f"Dilation 2: taps two steps apart reach over {span}; {many}."
    draft, _ = track.at(said, at, wider)
    track.recede(draft, {tap.step for tap in at.taps})
    track.sums(draft, wider, at.home)
    parts = phrases.layer_formula(other.layer, track.length, channels=False)
    pieces.formula(draft, parts, ("dilation", "k of x"))
    outputs = Cue((Y, ("note", "sums")), motion.ENTER + 2)
    return draft.board("dilation", said, 3.4, [*track.making(at), outputs])


def _end(response: Response, name: str, said: str) -> Board:
    """The signal with all its outputs and Keras's numbers below them."""
    track, at = response.track, response.meant or response.track.told
    draft, bench = track.at(said, at, track.places)
    compare(draft, track.script, bench, Y, track.places, track.line)
    cues = [*track.making(at), Cue((Y,), motion.MOVE), Cue((("keras", *Y),), motion.ENTER + 1)]
    if name == "answer" and response.meant:
        cues += outline(draft, bench, at, response.sign)
    if name == "check" and track.script.shown.note and not track.form.points:  # on paper it stands below all panels
        pieces.remark(draft, ("numbers",), phrases.sentence(track.script.shown.note) + ".")
    return draft.board(name, said, 3.5, cues)
