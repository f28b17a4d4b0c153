"""kernel_flip: one signal, one kernel, two functions, and who turns the kernel over how often.

``Conv1D`` slides the kernel as it is. ``scipy.signal.convolve`` turns it over first, so that its ends meet other
samples and its answers differ; in the formula the turn is a minus. Handed ``w[::-1]`` it turns back what was turned,
and the numbers are Keras's again. A single 1 shows what the turn is for. It answers "does Conv1D flip the kernel?" and
"why does convolve give other numbers?".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Format
from convexplain.stories import phrases
from convexplain.stories.one_channel import calls, places
from convexplain.stories.one_channel.calls import BACKWARDS, CONVOLVE, KERAS, LISTED, REVERSED
from convexplain.stories.one_channel.places import Place, W, X
from convexplain.stories.one_channel.turning import Turns
from convexplain.stories.script import Script

FIGURE = ("output", "meets", "differ", "answer")
"""The boards of the composed figure."""
RESTS = 6
"""The most places at each of which a kernel rests."""
ANSWER = "`Conv1D` does not turn the kernel: it cross-correlates. `convolve` turns it: it convolves."
MINUS = ("last", "sign", "dilation", "k of x")
"""The signs in which the formulas of the two functions differ."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    turns = Turns(script, form)
    return (*_ours(turns), *_theirs(turns), *_twice(turns.far), *_reason(turns.far))


def _ours(turns: Turns) -> Iterator[Board]:
    """The question, one window of ``Conv1D``, and its slide along the signal."""
    told, many = turns.told, len(turns.told.taps)
    asked = "One signal, one kernel, two functions: do they give the same numbers?"
    framed = f"`Conv1D` lays the kernel on {phrases.count(many, 'sample')}: they are its window."
    for name, said in (("question", asked), ("window", framed)):
        draft = turns.stand(said, told, ours=(), made=False, large=True)
        card = draft.marks["rig", *W, "card"]
        if name == "question":
            draft.change([("rig", *W, "frame")], y=card.y, height=card.height)
            if turns.script.shown.note:
                pieces.remark(draft, ("numbers",), phrases.rounding(turns.script))
        elif (turns.wide.right - card.right) > 4 * turns.form.small:
            begin, meaning = (card.right - 60, card.bottom - 25), f"the kernel’s number at *k* = {many - 1}"
            pieces.callout(draft, ("tap",), f"tap {many - 1}", card.right + 40, begin[1], begin, meaning)
        yield draft.board(name, said, 3)
    total = calls.total(told)
    said = f"Each tap multiplies its sample; the products add up{':' if '=' in total else ' to'} {total}."
    yield turns.stand(said, told, ours=[told]).board("output", said, 3, turns.falling(KERAS, told))
    said = "It slides to the right: each window gives one output."
    if turns.is_over:
        outputs = phrases.count(turns.script.shape[0], "output")
        samples, windows = phrases.count(turns.length, "sample"), outputs.replace("output", "full window")
        said = f"{phrases.sentence(samples)}, {phrases.count(many, 'tap')}: {windows}, {outputs}."
    yield from _slides(turns, KERAS, said)


def _slides(turns: Turns, call: int, said: str, done: Sequence[Place] = ()) -> Iterator[Board]:
    """The kernel slides to the last place, of which is ``said`` what there is to say. Where places are few it rests at
    each until its output stands; where they are many, at the first. The outputs of ``Conv1D`` are ``done`` by then, or
    come with those of ``convolve``.
    """
    made, old, name = (turns.theirs, turns.told.step, "turned") if call else (turns.places, turns.told.step, "slid")
    first, last, stops = made[0], made[-1], list[tuple[str, str, Place]]()
    start = next(place for place in made if place.step == old)
    if first is not start:
        back = "The first place is at the start …" if first.step == 0 else "Back to the first place that is shown …"
        stops.append((f"{name} first", back, first))
    else:
        for number, place in enumerate(made[1:-1] if len(made) <= RESTS else made[1:2], 1):
            step = phrases.sentence(phrases.count(place.taps[0].step - made[number - 1].taps[0].step, "step"))
            is_short = len(place.taps) <= 3 and places.whole(tap.product.value for tap in place.taps)
            worked = phrases.worked(place.taps, place.output.text) if is_short else "the next window"
            stops.append((f"{name} {number}", f"{step} on: {worked}.", place))
    if call or last is not first:
        stops.append(("differ" if call else name, said, last))
    for board, words, place in stops:
        known = [other for other in made if other.step <= max(old, place.step)]
        ours = done or [other for other in turns.places if other.step <= max(old, place.step)]
        draft = turns.stand(words, place, call, ours, known if call else (), turns.counting_back if call else ())
        if board == "differ":
            turns.lay_gaps(draft)
        yield draft.board(board, words, 2.4, turns.passing(call, start, place) if place is not start else ())
        start = place


def _theirs(turns: Turns) -> Iterator[Board]:
    """``convolve`` gets the same window, turns its kernel over, and makes another number of it; then it slides, too."""
    told, met, far, code, parts = turns.told, turns.met, turns.far, turns.code("w"), turns.counting_back
    if turns.places[-1] is not told:
        valid = "; `valid` means: full windows only" * ("valid" in code[0].markup)
        said = f"Now `convolve`, on the same samples{valid}."
        draft = turns.stand(said, told, says=code, made=False)
        yield draft.board("back", said, 1.6, turns.passing(KERAS, turns.places[-1], told))
    said = "A convolution first turns the kernel over, like a card."
    draft = turns.stand(said, met, CONVOLVE, says=code, made=False)
    yield draft.board("turn", said, 2, turns.turning(draft))
    said = calls.meeting(told, met)
    draft = turns.stand(said, met, CONVOLVE, None, [met], code)
    yield draft.board("meets", said, 3, turns.falling(CONVOLVE, met))
    if last := len(told.taps) - 1:
        reads = [phrases.sample_at(turns.layer, turns.length, k) for k in range(last + 1)]
        many, x = phrases.sentence(phrases.count(last + 1, "tap")), [part.name for part in parts].index("x")
        index = "".join(part.markup for part in parts[x:])
        said = f"{many}: the last, *k* = {last + 1} {style.MINUS} 1 = {last}, now meets *x*[{reads[0]}]"
        said = f"{said}; tap *k* meets {index}."
        draft = turns.stand(said, met, CONVOLVE, None, [met], parts, MINUS)
        for tap, read in zip(met.taps, reads, strict=True):
            if ("ruler", "said", tap.step) not in draft.marks:
                turns.tell_step(draft, tap.step, read)
        draft.change([key for tap in met.taps if (key := (*W, tap.k, "index")) in draft.marks], role="lit")
        yield draft.board("last", said, 3)
    if far is not turns:
        steps, outputs = phrases.count(turns.length, "sample"), phrases.count(turns.script.shape[0], "output")
        said = f"The whole signal: {steps}. Both functions slide on, to {outputs} each."
        yield far.stand(said, far.met, CONVOLVE, [told], [met], parts).board("whole", said, 2.4)
    said = calls.comparison(turns.script, list(zip(far.places, far.theirs, strict=True)))
    yield from _slides(far, CONVOLVE, said, far.places if far is turns else ())


def _twice(turns: Turns) -> Iterator[Board]:
    """Handed the kernel turned over, ``convolve`` turns it back, and its numbers are those of ``Conv1D``: as SciPy
    gives them at full precision, compared with Keras's.
    """
    first, last, code = turns.places[0], turns.places[-1], turns.code()
    said = f"Hand over the turned kernel, `{BACKWARDS}`: `convolve` turns it back to *w*."
    draft = turns.stand(said, last, REVERSED, None, [*turns.theirs[:-1], last], code, stale=True)
    yield draft.board("theirs", said, 3, [*turns.turning(draft), *turns.falling(REVERSED, last)])
    for name, said in (("check", calls.agreement(turns.script)), ("answer", ANSWER))[: 2 - bool(turns.single)]:
        draft = turns.stand(said, first, REVERSED, None, turns.places, code)
        yield draft.board(name, said, 3, turns.passing(REVERSED, last, first) if first is not last else ())


def _reason(turns: Turns) -> Iterator[Board]:
    """What the turn is for: a single 1 gives the kernel itself. Then the answer in words."""
    if turns.single is None:
        return
    alone, parts = turns.alone(turns.single), turns.counting_back
    ours, theirs = ([place for place in row if alone.meets(place)] for row in (alone.places, alone.theirs))
    backwards, straight = (
        f": {', '.join(at.output.text for at in row)}" * (len(row) <= LISTED) for row in (ours, theirs)
    )
    said = f"Why turn it? For a single 1, `Conv1D` gives the kernel backwards{backwards}."
    cues = [*alone.passing(KERAS, alone.places[0], ours[-1]), Cue((X,), motion.LEAVE + 0.5, 0.9)]
    yield alone.stand(said, ours[-1]).board("single", said, 3, cues)
    said = "`convolve` turns it first, and slides it in the same way."
    draft = alone.stand(said, theirs[-1], CONVOLVE, None, theirs[-1:], parts)
    yield draft.board("again", said, 1.6, alone.turning(draft))
    said = f"Turned first, a single 1 gives the kernel as it is{straight}. That is why."
    for name, words, lit in (("kernel", said, ()), ("answer", ANSWER, MINUS)):
        draft = alone.stand(words, theirs[0], CONVOLVE, None, alone.theirs, parts, lit)
        yield draft.board(name, words, 3, alone.passing(CONVOLVE, theirs[-1], theirs[0]))
