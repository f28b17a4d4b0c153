"""kernel_flip: one signal, one kernel, two functions, and who turns the kernel over how often.

``Conv1D`` slides the kernel as it is. ``scipy.signal.convolve`` turns it over first, so that its ends meet other
samples and its answers differ; in the formula the turn is a minus. A single 1 shows what the turn is for. Handed
``w[::-1]`` it turns back what was turned, and the numbers are Keras's again. It answers "does Conv1D flip the kernel?"
and "why does convolve give other numbers?".
"""

from __future__ import annotations

from collections.abc import Iterator

from convexplain.board import pieces
from convexplain.board.marks import FILM, Board, Draft, Format
from convexplain.board.pieces import Part
from convexplain.stories import phrases
from convexplain.stories.one_channel import calls
from convexplain.stories.one_channel.calls import BACKWARDS, CONVOLVE, KERAS, REVERSED
from convexplain.stories.one_channel.track import W
from convexplain.stories.one_channel.turning import Turns, staged
from convexplain.stories.script import Script

FIGURE = {1: ("slid", "differ", "output"), 2: ("slid", "differ", "backwards", "check", "output", "meets")}
"""The boards of the composed figure, by how many panels stand side by side, and those that take the place of others."""
ANSWER = "Only `convolve` turns a kernel over. What `Conv1D` computes is a cross-correlation."


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    turns = staged(script, form)
    return (*_ours(turns), *_theirs(turns), *_reason(turns.far), *_twice(turns.far))


def _ours(turns: Turns) -> Iterator[Board]:
    """The question, one window of ``Conv1D``, another one, and its slide along the signal."""
    told, last = turns.told, turns.places[-1]
    said = "Do `Conv1D` and `convolve` give the same numbers? Who turns the kernel over?"
    draft = turns.opened(said)
    if turns.script.shown.note:
        pieces.remark(draft, ("numbers",), phrases.rounding(turns.script))
    else:
        final = len(told.taps) - 1
        _point(turns, draft, f"tap {final}", f"the kernel’s number at *k* = {final}")
    yield draft.board("question", said, 2.4)
    said = f"`Conv1D` multiplies each sample by its tap, and adds up: {calls.total(told)}."
    draft = turns.stand(said, told, ours=[told])
    _point(turns, draft, "window", "the samples in the frame")
    yield draft.board("output", said, 3, turns.falling(KERAS, told, slow=True))
    if (other := turns.places[turns.another]) != told:
        said = f"Another window: {calls.total(other)}."
        cues = turns.passing(KERAS, told, other)
        yield turns.stand(said, other, ours=[told, other]).board("slid 1", said, 2.4, cues)
    if len(turns.places) > 1:
        said = f"`Conv1D` of Keras slides the kernel: {_windows(turns)}. The last: {calls.total(last)}."
        yield turns.stand(said, last).board("slid", said, 2, turns.passing(KERAS, other, last))


def _windows(turns: Turns) -> str:
    """How many windows there are, and why."""
    said = phrases.places(turns.layer, turns.length, turns.script.shape[0], "").partition(":")[0]
    return said[0].lower() + said[1:].replace("places", "windows")


def _point(turns: Turns, draft: Draft, word: str, meaning: str) -> None:
    """A word for what is at the lower right of the kernel's card, where there is room beside it."""
    card = draft.marks["rig", *W, "card"]
    if turns.wide.right - card.right > 4 * turns.form.small:
        y = card.bottom - 25
        pieces.callout(draft, ("word",), word, card.right + 40, y, (card.right - 60 * ("tap" in word), y), meaning)


def _theirs(turns: Turns) -> Iterator[Board]:
    """``convolve`` turns its kernel over, and makes other numbers of the same windows."""
    told, met, far, code = turns.told, turns.met, turns.far, calls.code(turns.layer, "w")
    parts = phrases.turned_formula(turns.layer, turns.length)
    valid = "full windows only (`valid`)" if "valid" in code[-1].markup else "on the same samples"
    said = f"Now SciPy’s `convolve`, {valid}: it first turns the kernel over."
    cues = turns.turning(turns.places[-1], met)
    yield turns.stand(said, met, CONVOLVE, says=code, made=False).board("turn", said, 2, cues)
    found = "the same sum" if met.output.value == told.output.value else f"not {told.output.text}"
    said = f"Other samples meet the kernel’s ends{calls.steps(met)}: {calls.total(met)}, {found}."
    draft = turns.stand(said, met, CONVOLVE, None, [met], code)
    yield draft.board("meets", said, 3, turns.falling(CONVOLVE, met))
    other, final = turns.theirs[turns.another], len(told.taps) - 1
    if final:
        index = "".join(part.markup for part in parts[[part.name for part in parts].index("x") + 1 : -1])
        end = phrases.sample_at(turns.layer, turns.length, final)
        why = f"*t* + {final + 1} − 1 = " * (end == f"*t* + {final}")
        said = f"The window’s {final + 1} taps end at {why}{end}. Tap *k* counts back: *x*[{index}]."
        draft = turns.stand(said, other, CONVOLVE, None, {met.step: met, other.step: other}.values(), parts)
        yield draft.board("last", said, 3, turns.passing(CONVOLVE, met, other))
    first, last = far.theirs[0], far.theirs[-1]
    if far is not turns:
        ours, theirs = ([at for at in row if at.step in (told.step, first.step)] for row in (far.places, far.theirs))
        said, other = f"The whole signal, {_windows(turns)}. Both functions slide on.", first
        yield far.stand(said, first, CONVOLVE, ours, theirs, parts).board("whole", said, 2.4)
    said = calls.comparison(turns.script, list(zip(far.places, far.theirs, strict=True)))
    draft = far.stand(said, last, CONVOLVE, None, far.theirs, parts)
    yield draft.board("differ", said, 2.4, far.passing(CONVOLVE, other, last))


def _reason(turns: Turns) -> Iterator[Board]:
    """What the turn is for: a single 1 gives the kernel as it is written; unturned it comes backwards."""
    if turns.single is None:
        return
    alone, end = turns.alone(turns.single), turns.theirs[-1]
    ours, theirs = alone.places, alone.theirs
    parts, order = phrases.turned_formula(turns.layer, turns.length), [Part("made", " makes *w*")]
    said = "What is the turn for? Give `convolve` a single 1."
    draft = alone.stand(said, theirs[0], CONVOLVE, (), (), parts, made=False)
    yield draft.board("single", said, 2)
    said = "It meets tap 0 first, then the next ones: *w* comes out as it is written."
    draft = alone.stand(said, theirs[-1], CONVOLVE, (), theirs, order)
    yield draft.board("kernel", said, 3, alone.passing(CONVOLVE, theirs[0], theirs[-1]))
    first = next(at for at in ours if alone.one in [tap.step for tap in at.taps])
    said = "`Conv1D` does not turn: a single 1 gives *w* backwards. Training fits *w* to that."
    draft = alone.stand(said, first, KERAS, None, theirs, order, [Part("made", " makes *w* backwards")])
    yield draft.board("backwards", said, 3, [*alone.turning(end, first), *alone.falling(KERAS, first)])


def _twice(turns: Turns) -> Iterator[Board]:
    """Handed the kernel turned over, ``convolve`` turns it back, and its numbers are those of ``Conv1D``: as SciPy
    gives them at full precision, compared with Keras's. Then the answer in words.
    """
    first, last, code = turns.places[0], turns.places[-1], calls.code(turns.layer)
    said = "How to get the numbers of `Conv1D` from `convolve`? Begin with *w* as it is."
    draft = turns.stand(said, first, made=False)
    yield draft.board("unturned", said, 2, () if turns.single else turns.turning(last, first))
    said = f"First you turn it over yourself: `{BACKWARDS}`. This is what you hand to `convolve`."
    draft = turns.stand(said, turns.theirs[0], CONVOLVE, None, (), code, made=False)
    yield draft.board("handed", said, 2.4, turns.turning(first, first))
    said = f"Then `convolve` turns it over too, back to *w*: again {calls.total(first)}."
    draft = turns.stand(said, first, REVERSED, None, [first], code)
    yield draft.board("theirs", said, 2.4, [*turns.turning(first, first), *turns.falling(REVERSED, first)])
    said = calls.agreement(turns.script)
    draft = turns.stand(said, last, REVERSED, None, turns.places, code)
    yield draft.board("check", said, 3, turns.passing(REVERSED, first, last))
    yield turns.stand(ANSWER, last, REVERSED, None, turns.places, code).board("answer", ANSWER, 3)
