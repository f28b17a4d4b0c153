"""kernel_flip: one signal, one kernel, two functions, and who turns the kernel over how often.

``Conv1D`` slides the kernel as it is. ``scipy.signal.convolve`` turns it over first, so that its ends meet other
samples and its answers differ; in the formula the turn is a minus. Handed ``w[::-1]`` it turns back what was turned,
and the numbers are Keras's again. A single 1 shows what the turn is for. It answers "does Conv1D flip the kernel?" and
"why does convolve give other numbers?".
"""

from __future__ import annotations

from collections.abc import Iterator

from convexplain.board import pieces
from convexplain.board.marks import FILM, Board, Draft, Format
from convexplain.stories import phrases
from convexplain.stories.one_channel import calls
from convexplain.stories.one_channel.calls import BACKWARDS, CONVOLVE, KERAS, REVERSED
from convexplain.stories.one_channel.places import W
from convexplain.stories.one_channel.turning import Turns
from convexplain.stories.script import Script

FIGURE = {1: ("output", "meets"), 2: ("output", "meets", "differ", "check")}
"""The boards of the composed figure, by how many panels stand side by side."""
ANSWER = "`convolve` turns the kernel: a convolution. `Conv1D` learns it and need not: a cross-correlation."
MINUS = ("last", "sign", "dilation", "k of x")
"""The signs in which the formulas of the two functions differ."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    turns = Turns(script, form)
    return (*_ours(turns), *_theirs(turns), *_twice(turns.far), *_reason(turns.far))


def _ours(turns: Turns) -> Iterator[Board]:
    """The question, one window of ``Conv1D``, another one, and its slide along the signal."""
    told, many, last = turns.told, len(turns.told.taps), turns.places[-1]
    said = "One signal, one kernel, two functions: do they give the same numbers?"
    draft = turns.stand(said, told, ours=(), made=False, large=True)
    card = draft.marks["rig", *W, "card"]
    draft.change([("rig", *W, "frame")], y=card.y, height=card.height)
    if turns.script.shown.note:
        pieces.remark(draft, ("numbers",), phrases.rounding(turns.script))
    else:
        _point(turns, draft, f"tap {many - 1}", f"the kernel’s number at *k* = {many - 1}")
    yield draft.board("question", said, 2.4)
    total = calls.total(told)
    said = f"`Conv1D` multiplies each sample by its tap, and adds up{':' if '=' in total else ' to'} {total}."
    draft = turns.stand(said, told, ours=[told])
    _point(turns, draft, "window", "the samples in the frame")
    yield draft.board("output", said, 3, turns.falling(KERAS, told, slow=True))
    if (other := turns.places[turns.another]) != told:
        said = f"Another window: {calls.total(other)}."
        draft = turns.stand(said, other, ours=[told, other])
        yield draft.board("slid 1", said, 2.4, turns.passing(KERAS, told, other))
    if len(turns.places) > 1:
        said = "It slides to the right: each window gives one output."
        yield turns.stand(said, last).board("slid", said, 2, turns.passing(KERAS, other, last))


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
    valid = "full windows only (`valid`)" if "valid" in code[0].markup else "on the same samples"
    said = f"Now SciPy’s `convolve`, {valid}: it first turns the kernel over."
    draft = turns.stand(said, met, CONVOLVE, says=code, made=False)
    yield draft.board("turn", said, 2, turns.turning(draft, turns.places[-1], met))
    found = "the same sum" if met.output.value == told.output.value else f"not {told.output.text}"
    said = f"The kernel’s ends meet other samples: {calls.total(met)}, {found}."
    draft = turns.stand(said, met, CONVOLVE, None, [met], code)
    yield draft.board("meets", said, 3, turns.falling(CONVOLVE, met))
    other, final = turns.theirs[turns.another], len(told.taps) - 1
    if final:
        index = "".join(part.markup for part in parts[[part.name for part in parts].index("last") : -1])
        said = f"At *t* = {other.step}, {calls.pairing(other)}: always *x*[{index}]."
        draft = turns.stand(said, other, CONVOLVE, None, {met.step: met, other.step: other}.values(), parts, MINUS)
        for tap in turns.read(other):
            turns.tell_step(draft, tap.step, phrases.sample_at(turns.layer, turns.length, final - tap.k))
        draft.change([key for key in draft.marks if key[:3] == W and key[-1] == "index"], role="lit")
        yield draft.board("last", said, 3, turns.passing(CONVOLVE, met, other))
    first, last = far.theirs[0], far.theirs[-1]
    if far is not turns:
        ours, theirs = ([at for at in row if at.step in (told.step, first.step)] for row in (far.places, far.theirs))
        steps, outputs = phrases.count(turns.length, "sample"), phrases.count(turns.script.shape[0], "output")
        said, other = f"The whole signal: {steps}. Both functions slide on, to {outputs} each.", first
        yield far.stand(said, first, CONVOLVE, ours, theirs, parts).board("whole", said, 2.4)
    said = calls.comparison(turns.script, list(zip(far.places, far.theirs, strict=True)))
    draft = far.stand(said, last, CONVOLVE, None, far.theirs, parts)
    far.lay_gaps(draft)
    yield draft.board("differ", said, 2.4, far.passing(CONVOLVE, other, last))


def _twice(turns: Turns) -> Iterator[Board]:
    """Handed the kernel turned over, ``convolve`` turns it back, and its numbers are those of ``Conv1D``: as SciPy
    gives them at full precision, compared with Keras's.
    """
    first, last, code = turns.places[0], turns.places[-1], calls.code(turns.layer)
    said = f"Hand over `{BACKWARDS}`: `convolve` turns it back to *w*. Again {calls.total(first)}."
    draft = turns.stand(said, first, REVERSED, None, [first], code)
    yield draft.board("theirs", said, 2.4, [*turns.turning(draft, last, first), *turns.falling(REVERSED, first)])
    said = calls.agreement(turns.script)
    draft = turns.stand(said, last, REVERSED, None, turns.places, code)
    yield draft.board("check", said, 3, turns.passing(REVERSED, first, last))


def _reason(turns: Turns) -> Iterator[Board]:
    """What the turn is for: a single 1 gives the kernel itself. Then the answer in words."""
    parts, last = phrases.turned_formula(turns.layer, turns.length), turns.theirs[-1]
    if turns.single is not None:
        alone = turns.alone(turns.single)
        ours, theirs = alone.places, alone.theirs
        said = "Why turn it? Ask both with a single 1."
        yield alone.stand(said, ours[0], ours=(), made=False).board("single", said, 2)
        said = f"The last tap meets the 1 first: `Conv1D` gives the kernel backwards{calls.given(ours, alone.one)}."
        draft = alone.stand(said, ours[-1])
        yield draft.board("backwards", said, 2.4, alone.passing(KERAS, ours[0], ours[-1]))
        said = "`convolve` turns the kernel first, so that tap 0 meets the 1 first."
        draft = alone.stand(said, theirs[0], CONVOLVE, None, (), parts, made=False)
        yield draft.board("again", said, 1.6, alone.turning(draft, ours[-1], ours[0]))
        said = "Any signal is a sum of 1s, its answer a sum of kernels."
        said = f"The 1 gives the kernel as it is{calls.given(theirs, alone.one)}. {said}"
        draft = alone.stand(said, theirs[-1], CONVOLVE, None, theirs, parts)
        yield draft.board("kernel", said, 3, alone.passing(CONVOLVE, theirs[0], theirs[-1]))
    draft = turns.stand(ANSWER, last, CONVOLVE, None, turns.theirs, parts, MINUS)
    yield draft.board("answer", ANSWER, 3, () if turns.single else turns.turning(draft, last, last))
