"""kernel_flip: one signal, one kernel, two functions, and who turns the kernel over how often.

``Conv1D`` slides the kernel as it is. ``scipy.signal.convolve`` turns it over first, so that its ends meet other
samples and its answers differ; in the index the turn is a minus. A single 1, as a clap, shows what it is for: what
comes back is the kernel in order, without it backwards. Handed ``w[::-1]`` it turns back what was turned, and the
numbers are Keras's again. It answers "does Conv1D flip the kernel?" and "why does convolve give other numbers?".
"""

from __future__ import annotations

from collections.abc import Iterator

from convexplain.board import pieces
from convexplain.board.marks import FILM, SMALL, Board, Format
from convexplain.stories import phrases
from convexplain.stories.one_channel import calls, signs, sliding
from convexplain.stories.one_channel.calls import BACKWARDS, CONVOLVE, KERAS, REVERSED
from convexplain.stories.one_channel.impulse import Clap, anew, staged
from convexplain.stories.one_channel.track import W
from convexplain.stories.one_channel.turning import Turns
from convexplain.stories.script import Script

FIGURE = {1: ("slid", "differ", "output"), 2: ("slid", "differ", "check", "kernel", "output", "meets")}
"""The boards of the composed figure, by how many panels stand side by side, and those that take the place of others."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    turns, alone = staged(script, form)
    boards = [*_ours(turns), *_theirs(turns)]
    boards += _reason(alone) if alone else ()
    boards += _twice(turns.far) if len(turns.told.taps) > 1 else ()
    return tuple(boards)


def _ours(turns: Turns) -> Iterator[Board]:
    """The question, one window of ``Conv1D``, and its slide along the signal."""
    told, last = turns.told, turns.places[turns.end]
    said = "One signal, one kernel, two functions: do they give the same numbers?"
    draft = turns.opened(said)
    if about := _numbers(turns):
        pieces.remark(draft, ("numbers",), about)
    else:
        *_, before, tap = (told.taps[0], *told.taps)
        if tap.weight.value == tap.k and before.weight.value < 0:
            tap = before  # what is a number of the kernel, and what its place, is seen
        at = draft.marks[*W, tap.k, "bar"]
        sliding.point(draft, "tap", "number *k* of the kernel", at.right, at.y)
    yield draft.board("question", said, 2.3)
    said = f"`Conv1D` multiplies each sample of *x* by its tap and adds up: {calls.total(told)}."
    draft = turns.stand(said, told, ours=[told])
    card, meaning = draft.marks["rig", *W, "card"], phrases.window(turns.layer, turns.length)
    sliding.point(draft, "window", meaning, card.right - 10, card.bottom - 25)
    yield draft.board("output", said, 2.8, turns.falling(KERAS, told, slow=True))
    if len(turns.places) > 1:
        said = "The kernel slides along as it is. That is called cross-correlation."
        rule = calls.met(phrases.index(turns.layer, turns.length)) if len(told.taps) > 1 else ()
        draft = turns.stand(said, last, met=rule)
        yield draft.board("slid", said, 3, turns.passing(KERAS, told, last))


def _numbers(turns: Turns) -> str:
    """How the numbers are rounded, and in which units they are; the units alone where both have no room."""
    form, units = turns.form, turns.script.shown.units
    texts = [phrases.rounding(turns.script), *([f"{phrases.sentence(', '.join(units))}."] if units else [])]
    both = " ".join(filter(None, texts))
    lines = pieces.wrapped(both, (form.width - 2 * form.margin) / SMALL)
    return both if len(lines) < 3 - bool(turns.aside) else texts[-1]


def _theirs(turns: Turns) -> Iterator[Board]:
    """``convolve`` turns its kernel over, and makes other numbers of the same windows."""
    told, met, far, last = turns.told, turns.met, turns.far, turns.theirs[turns.end]
    said = "`convolve` first turns the kernel, then slides it. That is called convolution."
    draft = turns.stand(said, last, CONVOLVE, says=())
    yield draft.board("turn", said, 2, [turns.copying(), *turns.turning(last)])
    found = "the same sum" if met.output.value == told.output.value else f"not {told.output.text}"
    ends, one = "The kernel’s ends now meet other samples", "A single tap, turned over, meets the same sample"
    said = f"{ends if len(told.taps) > 1 else one}: {calls.total(met)}, {found}."
    draft = turns.stand(said, met, CONVOLVE, None, [met], ())
    yield draft.board("meets", said, 3, turns.passing(CONVOLVE, last, met))
    taps = [calls.met(index(turns.layer, turns.length)) for index in (phrases.turned_index, phrases.index)]
    if len(told.taps) > 1:
        last_k = told.taps[-1].k
        reads = [phrases.sample_at(turns.layer, turns.length, k) for k in (last_k, 0)]
        said = f"Turned over, the taps count back: tap 0 meets step {reads[0]}, tap {last_k} meets step {reads[1]}."
        draft = turns.stand(said, met, CONVOLVE, None, [met], *taps)
        draft.change([key for key in draft.marks if key[0] in ("product", "sum")], alpha=0.4)  # known, and not meant
        yield draft.board("last", said, 3)
    if far is not turns:
        first, last = far.theirs[0], far.theirs[-1]
        ours, theirs = ([at for at in row if at.step in (told.step, first.step)] for row in (far.places, far.theirs))
        starts = phrases.windows([turns.script.start(step) for step in range(turns.script.shape[0])])
        seen = f"The whole signal: {starts}" if far.sees_all else "More of the signal"
        said, cues = f"{seen}. Both functions slide on.", far.passing(CONVOLVE, met, first)
        yield far.stand(said, first, CONVOLVE, ours, theirs, ()).board("whole", said, 2.4, cues)
        met = first
    said = calls.comparison(turns.script, list(zip(far.places, far.theirs, strict=True)))
    draft = far.stand(said, last, CONVOLVE, None, far.theirs, *(taps if turns.form.points else [()]))  # in a panel
    yield draft.board("differ", said, 2.4, far.passing(CONVOLVE, met, last))


def _reason(alone: Clap) -> Iterator[Board]:
    """What the turn is for: with it the outputs of a single 1 are the kernel in order, without it backwards."""
    (first, *_, last), (mine, *_, end) = alone.theirs, alone.places
    said = f"Why turn it? Let *x* be a single 1. Tap 0 meets it first: the output is {first.output.text}."
    yield alone.heard(said, first, CONVOLVE, [], [first]).board("single", said, 3, alone.comes(first))
    said = "The outputs are *w*, in order, like the echo of a clap. That is what the turn is for."
    draft = alone.heard(said, last, CONVOLVE, [], alone.theirs)
    yield draft.board("kernel", said, 3, alone.passing(CONVOLVE, first, last))
    said = f"`Conv1D` does not turn it: tap {mine.taps[-1].k} meets the 1 first."
    draft, cues = alone.heard(said, mine, KERAS, [mine], alone.theirs), alone.turning(mine, last)
    yield draft.board("straight", said, 2.4, [*cues, *alone.falling(KERAS, mine)])
    said = "`Conv1D` gives *w* backwards. No harm: training, which chooses *w*, can choose it mirrored."
    draft = alone.heard(said, end, KERAS, alone.places, alone.theirs)
    yield draft.board("backwards", said, 3, alone.passing(KERAS, mine, end))


def _twice(turns: Turns) -> Iterator[Board]:
    """Handed the kernel turned over, ``convolve`` turns it back, and its numbers are those of ``Conv1D``: as SciPy
    gives them at full precision, compared with Keras's.
    """
    rest, says = turns.places[0], calls.handed(REVERSED)
    said = "How can `convolve` give the same numbers as `Conv1D`?"
    if all(one.output.value == other.output.value for one, other in zip(turns.places, turns.theirs, strict=True)):
        others = "kernels" if calls.is_mirror(rest) else "signals"
        said = f"Other {others} make a difference. How can `convolve` give the numbers of `Conv1D`?"
    yield turns.stand(said, rest).board("again", said, 1.6, anew(turns))
    said = f"We turn *w* first: `convolve` is handed `{BACKWARDS}`, *w* read backwards."
    draft = turns.stand(said, turns.theirs[0], CONVOLVE, says=says)
    yield draft.board("handed", said, 2.4, [turns.copying(), *turns.turning(rest, lasts=2.0)])
    said = f"`convolve` turns it back, and *w* slides as it is: again {calls.total(rest)}."
    draft = turns.stand(said, rest, REVERSED, None, [rest], says)
    yield draft.board("theirs", said, 2.2, [*turns.turning(rest, lasts=2.0), *turns.falling(REVERSED, rest)])
    said, last = calls.agreement(turns.script), turns.places[-1]
    draft = turns.stand(said, last, REVERSED, None, turns.places, says)
    if typed := calls.typed(turns.layer):
        signs.conclude(draft, *typed, turns.stage.bottom, turns.stage.floor)
    yield draft.board("check", said, 3.5, turns.passing(REVERSED, rest, last))
