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

FIGURE = {1: ("slid", "differ", "output"), 2: ("slid", "differ", "check", "kernel", "output", "meets")}
"""The boards of the composed figure, by how many panels stand side by side, and those that take the place of others."""
ANSWER = "`convolve` turns the kernel: a convolution. `Conv1D` does not: a cross-correlation."
INDEX = ("stride", "t of x", "last", "sign", "dilation", "k of x", "pad")
"""The signs of the index in which the formulas of the two functions differ."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    turns = Turns(script, form)
    return (*_ours(turns), *_theirs(turns), *_twice(turns.far), *_reason(turns.far))


def _ours(turns: Turns) -> Iterator[Board]:
    """The question, one window of ``Conv1D``, another one, and its slide along the signal."""
    told, many, last = turns.told, len(turns.told.taps), turns.places[-1]
    said = "A kernel learned in Keras: does SciPy’s `convolve` give the same numbers?"
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
        said = f"`Conv1D` slides the kernel, multiplies and adds up: here {calls.total(last)}."
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
    valid = "full windows only (`valid`)" if "valid" in code[-1].markup else "on the same samples"
    said = f"Now SciPy’s `convolve`, {valid}: it first turns the kernel over."
    draft = turns.stand(said, met, CONVOLVE, says=code, made=False)
    yield draft.board("turn", said, 2, turns.turning(draft, turns.places[-1], met))
    found = "the same sum" if met.output.value == told.output.value else f"not {told.output.text}"
    said = f"The kernel’s ends meet other samples: {calls.total(met)}, {found}."
    draft = turns.stand(said, met, CONVOLVE, None, [met], code)
    yield draft.board("meets", said, 3, turns.falling(CONVOLVE, met))
    other, final = turns.theirs[turns.another], len(told.taps) - 1
    if final:
        index = "".join(part.markup for part in parts[[part.name for part in parts].index("x") + 1 : -1])
        ends = (phrases.sample_at(turns.layer, turns.length, place) for place in (0, final))
        said = "Tap {} now meets *x*[{}], tap 0 *x*[{}]: tap *k* meets *x*[{}].".format(final, *ends, index)
        draft = turns.stand(said, other, CONVOLVE, None, {met.step: met, other.step: other}.values(), parts, INDEX)
        yield draft.board("last", said, 3, turns.passing(CONVOLVE, met, other))
    first, last = far.theirs[0], far.theirs[-1]
    if far is not turns:
        ours, theirs = ([at for at in row if at.step in (told.step, first.step)] for row in (far.places, far.theirs))
        steps, outputs = phrases.count(turns.length, "sample"), phrases.count(turns.script.shape[0], "output")
        said, other = f"The whole signal: {steps}. Both functions slide on, to {outputs} each.", first
        yield far.stand(said, first, CONVOLVE, ours, theirs, parts).board("whole", said, 2.4)
    said = calls.comparison(turns.script, list(zip(far.places, far.theirs, strict=True)))
    draft = far.stand(said, last, CONVOLVE, None, far.theirs, parts, INDEX)
    far.lay_gaps(draft)
    yield draft.board("differ", said, 2.4, far.passing(CONVOLVE, other, last))


def _twice(turns: Turns) -> Iterator[Board]:
    """Handed the kernel turned over, ``convolve`` turns it back, and its numbers are those of ``Conv1D``: as SciPy
    gives them at full precision, compared with Keras's.
    """
    first, last, code = turns.places[0], turns.places[-1], calls.code(turns.layer)
    said = f"The remedy: hand over `{BACKWARDS}`, the kernel that you have turned over yourself."
    draft = turns.stand(said, turns.theirs[0], CONVOLVE, None, (), code, ("handed",), made=False)
    draft.change([("name", *W, "code")], role="lit")
    yield draft.board("handed", said, 2.4, turns.passing(REVERSED, last, first))
    said = f"`convolve` turns it over, back to *w*: again {calls.total(first)}."
    draft = turns.stand(said, first, REVERSED, None, [first], code)
    yield draft.board("theirs", said, 2.4, [*turns.turning(draft, first, first), *turns.falling(REVERSED, first)])
    said = calls.agreement(turns.script)
    draft = turns.stand(said, last, REVERSED, None, turns.places, code)
    yield draft.board("check", said, 3, turns.passing(REVERSED, first, last))


def _reason(turns: Turns) -> Iterator[Board]:
    """What the turn is for: a single 1 gives the kernel itself. Then the answer in words."""
    parts, last = phrases.turned_formula(turns.layer, turns.length), turns.theirs[-1]
    if turns.single is not None:
        alone = turns.alone(turns.single)
        ours, theirs = alone.places, alone.theirs
        said = "What is the turn for? Ask both functions with a single 1."
        yield alone.stand(said, ours[0], ours=(), made=False).board("single", said, 2)
        said = f"`Conv1D` gives the kernel backwards{calls.given(ours, alone.one)}. No harm: Keras learns it that way."
        draft = alone.stand(said, ours[-1])
        yield draft.board("backwards", said, 2.4, alone.passing(KERAS, ours[0], ours[-1]))
        said = "`convolve` turns the kernel first, so that tap 0 meets the 1 first."
        draft = alone.stand(said, theirs[0], CONVOLVE, None, (), parts, made=False)
        yield draft.board("again", said, 1.6, alone.turning(draft, ours[-1], ours[0]))
        said = f"What the turn is for: from a 1 `convolve` makes the kernel itself{calls.given(theirs, alone.one)}."
        draft = alone.stand(said, theirs[-1], CONVOLVE, None, theirs, parts)
        yield draft.board("kernel", said, 3, alone.passing(CONVOLVE, theirs[0], theirs[-1]))
    draft = turns.stand(ANSWER, last, CONVOLVE, None, turns.theirs, parts, INDEX)
    yield draft.board("answer", ANSWER, 3, () if turns.single else turns.turning(draft, last, last))
