"""kernel_flip: one signal, one kernel, two functions, and who turns the kernel over how often.

``Conv1D`` slides the kernel as it is. ``scipy.signal.convolve`` turns it over first, so that its ends meet other
samples and its answers differ; in the formula the turn is a minus. Handed ``w[::-1]`` it turns back what was turned,
and the numbers are Keras's again. A single 1 shows what the turn is for. It answers "does Conv1D flip the kernel?" and
"why does convolve give other numbers?".
"""

from __future__ import annotations

from collections.abc import Iterator

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.board.pieces import Number
from convexplain.stories import phrases
from convexplain.stories.one_channel import calls, places
from convexplain.stories.one_channel.calls import BACKWARDS, CONVOLVE, KERAS, LISTED, REVERSED, Call
from convexplain.stories.one_channel.places import Place, W, X
from convexplain.stories.one_channel.turning import Turns
from convexplain.stories.script import Script

FIGURE = ("output", "meets", "differ", "answer")
"""The boards of the composed figure."""
RESTS = 6
"""The most places at each of which a kernel rests."""
ANSWER = "`Conv1D` does not turn the kernel: it cross-correlates. `convolve` turns it: it convolves."


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    turns = Turns(script, form)
    return (*_ours(turns), *_theirs(turns), *_twice(turns), *_reason(turns))


def _ours(turns: Turns) -> Iterator[Board]:
    """The question, one window of ``Conv1D``, and its slide along the signal."""
    told, many = turns.told, len(turns.told.taps)
    said = "One signal, one kernel, two functions: do they give the same numbers?"
    draft = turns.opened(said, laid=False)
    if turns.script.shown.note:
        pieces.note(draft, ("numbers",), phrases.rounding(turns.script), turns.form.margin, turns.line)
    yield draft.board("question", said, 3)
    said = f"`Conv1D` lays the kernel on {phrases.count(many, 'sample')}: they are its window."
    yield turns.opened(said, laid=True).board("window", said, 3)
    said, products = (
        "Each tap multiplies its sample; the products add up to one output.",
        [t.product for t in told.taps],
    )
    if 1 < many <= LISTED and sum(product.value for product in products) == told.output.value:
        total = phrases.added([product.text for product in products], told.output.text)
        said = f"Each tap multiplies its sample; the products add up: {total}."
    draft = turns.stand(said, told, ours=[told])
    turns.sign(draft, lit=["t", "t of x"])
    turns.tell_steps(draft, told)
    yield draft.board("output", said, 3, turns.falling(KERAS, told))
    said = "It slides to the right: each window gives one output."
    if turns.has_rest:
        outputs = phrases.count(turns.script.shape[0], "output")
        samples, windows = phrases.count(turns.length, "sample"), outputs.replace("output", "full window")
        said = f"{phrases.sentence(samples)}, {phrases.count(many, 'tap')}: {windows}, {outputs}."
    yield from _slides(turns, KERAS, said)


def _slides(turns: Turns, call: Call, said: str) -> Iterator[Board]:
    """The kernel slides to the last place, of which is ``said`` what there is to say. Where places are few it rests at
    each until its output stands; where they are many, at the first.
    """
    made, old = turns.theirs if call.is_turned else turns.places, turns.told.step
    name, end = ("turned", "differ") if call.is_turned else ("slid", "slid")
    first, last, stops = made[0], made[-1], list[tuple[str, str, Place]]()
    start = next(place for place in made if place.step == old)
    if first.step < old:
        back = "The first place is at the start …" if first.step == 0 else "Back to the first place that is shown …"
        stops.append((f"{name} first", back, first))
    for number, place in enumerate(made[1:-1] if len(made) <= RESTS else made[1:2], 1) if not stops else ():
        step = phrases.sentence(phrases.count(place.taps[0].step - made[number - 1].taps[0].step, "step"))
        stops.append((f"{name} {number}", f"{step} on: {_worked(place) or 'the next window'}.", place))
    if last is not first or call.is_turned:
        stops.append((end, said, last))
    for board, words, place in stops:
        known = [other for other in made if other.step <= max(old, place.step)]
        ours, theirs = (turns.places, known) if call.is_turned else (known, [])
        draft = turns.stand(words, place, call, ours, theirs)
        turns.sign(draft, turns.counting_back if call.is_turned else (), ["t", "t of x"])
        turns.tell_steps(draft, place)
        if board == "differ":
            turns.lay_gaps(draft)
        cues = turns.passing(call, start, place) if place is not start else []
        yield draft.board(board, words, 2.4, cues)
        start = place


def _worked(place: Place) -> str:
    """The sum of a place, where it is short."""
    is_short = len(place.taps) <= 3 and places.whole(tap.product.value for tap in place.taps)
    return phrases.worked(place.taps, place.output.text) if is_short else ""


def _theirs(turns: Turns) -> Iterator[Board]:
    """``convolve`` gets the same window, turns its kernel over, and makes another number of it; then it slides, too."""
    told, met, last = turns.told, turns.met, len(turns.told.taps) - 1
    code = turns.code("w")
    said = "Now `convolve`, on the same samples; `valid` means: full windows only."
    said = said if "valid" in code[0].markup else "Now `convolve`, on the same samples."
    draft = turns.stand(said, told, made=False)
    turns.sign(draft, code)
    if turns.places[-1] is not told:
        yield draft.board("back", said, 2.4, turns.passing(KERAS, turns.places[-1], told))
    said = "A convolution first turns the kernel over, like a card."
    draft = turns.stand(said, met, CONVOLVE, made=False)
    turns.sign(draft, code)
    yield draft.board("turn", said, 2.4, turns.turning(draft))
    said = calls.meeting(told, met)
    draft = turns.stand(said, met, CONVOLVE, theirs=[met])
    turns.sign(draft, code)
    yield draft.board("meets", said, 3, turns.falling(CONVOLVE, met))
    if last:
        parts = turns.counting_back
        names = [part.name for part in parts]
        index = "".join(part.markup for part in parts[names.index("x") : names.index("x ]") + 1])
        first = phrases.sample_at(turns.layer, turns.length, 0)
        said = f"{phrases.sentence(phrases.count(last + 1, 'tap'))}: the last, *k* = {last + 1} {style.MINUS} 1 = {last}, now meets *x*[{first}]"
        said = f"{said}; tap *k* meets {index}."
        draft = turns.stand(said, met, CONVOLVE, theirs=[met])
        turns.sign(draft, parts, ["last", "sign", "dilation", "k of x"])
        turns.tell_steps(draft, met, range(last + 1))
        draft.change([key for tap in met.taps if (key := (*W, tap.k, "index")) in draft.marks], role="lit")
        yield draft.board("last", said, 3)
    pairs = list(zip(turns.places, turns.theirs, strict=True))
    said = calls.comparison(pairs, turns.script.shape[0])
    if any(ours.output.value != theirs.output.value for ours, theirs in pairs):
        said = f"{said[:-1]}{calls.gaps(pairs, turns.script)}: `Conv1D` does not turn the kernel."
    yield from _slides(turns, CONVOLVE, said)


def _twice(turns: Turns) -> Iterator[Board]:
    """Handed the kernel turned over, ``convolve`` turns it back, and its numbers are those of ``Conv1D``: as SciPy
    gives them, beside Keras's, both at full precision.
    """
    first, last, code = turns.places[0], turns.places[-1], turns.code()
    said = f"Hand over the turned kernel, `{BACKWARDS}`: `convolve` turns it back to *w*."
    draft = turns.stand(said, last, REVERSED, theirs=[*turns.theirs[:-1], last], stale=True)
    turns.sign(draft, code)
    yield draft.board("theirs", said, 3, [*turns.turning(draft), *turns.falling(REVERSED, last)])
    found = calls.agreement(turns.script)
    draft = _checked(turns, found, found.words)
    yield draft.board("check", found.words, 4, turns.passing(REVERSED, last, first) if first is not last else ())
    if turns.single is None:
        yield _checked(turns, found, ANSWER).board("answer", ANSWER, 4)


def _checked(turns: Turns, found: calls.Agreement, said: str) -> Draft:
    """Keras's numbers and SciPy's, in figures where those are the ones that are shown."""
    ours, theirs = (
        [place._replace(output=Number(answer[place.step], place.output.text)) for place in turns.places]
        for answer in (found.other, found.scipy)
    )
    written = not turns.script.shown.note and ours == theirs
    draft = turns.stand(said, turns.places[0], REVERSED, ours, theirs, written=written)
    turns.sign(draft, turns.code())
    return draft


def _reason(turns: Turns) -> Iterator[Board]:
    """What the turn is for: a single 1 gives the kernel itself. Then the answer in words."""
    if turns.single is None:
        return
    alone, parts = turns.alone(turns.single), turns.counting_back
    first, last, turned = alone.places[0], alone.places[-1], alone.theirs[-1]
    backwards, straight = (_listed(row) for row in (alone.places, alone.theirs))
    said = f"Why turn it? For a single 1, `Conv1D` gives the kernel backwards{backwards}."
    draft = alone.stand(said, last)
    turns.sign(draft)
    cues = [*alone.passing(KERAS, first, last), Cue((X,), motion.LEAVE + 0.5, 0.9), *alone.falling(KERAS, last)[1:]]
    yield draft.board("single", said, 3, cues)
    said = "`convolve` turns it first, and slides it in the same way."
    draft = alone.stand(said, turned, CONVOLVE, theirs=[turned])
    turns.sign(draft, parts)
    yield draft.board("again", said, 2.4, [*alone.turning(draft), *alone.falling(CONVOLVE, turned)])
    said = f"Turned first, a single 1 gives the kernel as it is{straight}. That is why."
    draft = alone.stand(said, alone.theirs[0], CONVOLVE, theirs=alone.theirs)
    turns.sign(draft, parts)
    yield draft.board("kernel", said, 3, alone.passing(CONVOLVE, turned, alone.theirs[0]))
    draft = alone.stand(ANSWER, alone.theirs[0], CONVOLVE, theirs=alone.theirs)
    turns.sign(draft, parts, ["sign", "k of x", "last"])
    yield draft.board("answer", ANSWER, 4)


def _listed(row: list[Place]) -> str:
    """The outputs of a few places."""
    texts = [place.output.text for place in row if place.output.value]
    return f": {', '.join(texts)}" if len(texts) <= LISTED else ""
