"""kernel_flip: one signal, one kernel, three calls, and who turns the kernel over how often.

``Conv1D`` slides the kernel as it is. ``scipy.signal.convolve`` turns it over first, so that its ends meet other
samples and its answers differ; in the formula the turn is a minus. Handed ``w[::-1]`` it turns back what was turned,
and the numbers are Keras's again. It answers "does Conv1D flip the kernel?" and "why does convolve give other
numbers?".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.board.pieces import Number, Part
from convexplain.stories import calls, phrases, sliding
from convexplain.stories.calls import CONVOLVE, KERAS, REVERSED, Call
from convexplain.stories.places import Place, W, Y
from convexplain.stories.script import Script
from convexplain.stories.turning import Turns
from convexplain.stories.workbench import PRODUCTS, Workbench

FIGURE = ("output", "meets", "differ", "along")
"""The boards of the composed figure."""
SLIDE = 2.0
"""How many seconds a kernel slides at least, so that every output is seen to come."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    turns = Turns(script, form)
    return (*_made(turns), *_slid(turns), *_turned(turns), *_minus(turns), *_twice(turns), *_along(turns))


class _Window(Workbench):
    """One window of ``Conv1D``. What the formula calls its output, is said when this has its place."""

    def __init__(self, turns: Turns) -> None:
        super().__init__(turns)
        self.turns = turns

    def made(self, said: str, taps: int, lit: int | None = None, until: float | None = None) -> Draft:
        draft = super().made(said, taps, lit, until)
        self.turns.sign(draft, self.bench, KERAS, CONVOLVE)
        return draft

    def formula(self, draft: Draft, lit: tuple[str, ...], shown: tuple[str, ...] | None = None) -> None:
        super().formula(draft, lit, shown or ("sum k", "k of sum", *PRODUCTS))


def _made(turns: Turns) -> Iterator[Board]:
    """The question, and one window of ``Conv1D``: what it covers, its products, and their sum."""
    bench = _Window(turns)
    said = "One signal, one kernel, two functions: do they give the same numbers?"
    yield _opened(turns, bench, said, False).board("question", said, 3)
    said = f"`Conv1D` frames {phrases.count(len(turns.told.taps), 'sample')} over the kernel: its window."
    yield _opened(turns, bench, said, True).board("window", said, 3)
    yield from (bench.product(), bench.products(), bench.output())


def _opened(turns: Turns, bench: Workbench, said: str, laid: bool) -> Draft:
    """Signal and kernel, as high as the picture, and the two functions."""
    draft, left = bench.opened(said, turns.opened, laid), turns.wide.left
    turns.introduce(draft, KERAS, left)
    turns.introduce(draft, CONVOLVE, (left + turns.form.width) / 2)
    return draft


def _at(
    turns: Turns,
    said: str,
    place: Place,
    known: Sequence[Place],
    others: Sequence[Place] = (),
    turned: bool = False,
    call: Call = CONVOLVE,
) -> Draft:
    """The kernel over one place of the whole signal, and the outputs that are there: those ``known`` of ``Conv1D``, and
    those of another ``call``.
    """
    bench = turns.on(turns.wide)
    draft = turns.draft(said, lit=[place.home])
    turns.lay(draft, bench, place.taps, turned=turned)
    turns.lay_pairs(draft, bench, ((KERAS, known), (call, others)))
    turns.sign(draft, bench, KERAS, call)
    return draft


def _slide(turns: Turns, start: Place, end: Place, *made: Call) -> list[Cue]:
    """The kernel slides from one place to another, and what calls have ``made`` comes on its way."""
    cues = [cue for call in made or (KERAS,) for cue in sliding.passing(turns.places, start, end, call.row, SLIDE)]
    there = tuple(("ruler", "said", step) for step in (end.home, end.taps[-1].step))
    return [*cues, Cue(there, motion.MOVE, 0.4, after=cues[0].lasts or SLIDE)]


def _slid(turns: Turns) -> Iterator[Board]:
    """The sum goes to the step of its window; then the kernel slides along the signal."""
    told, first, last = turns.told, turns.places[0], turns.places[-1]
    said = "It is written under its own step, *t*."
    if told.home == told.taps[0].step:
        said = f"It is written where its window starts: at *t* = {told.home}."
    draft = _at(turns, said, told, [told])
    turns.formula(draft, ("t", "t of x"), told.step)
    turns.tell_steps(draft, told)
    number = (*Y, told.step, "digits")
    gone = [] if number in draft.marks else [Cue((number,), motion.LEAVE)]
    yield draft.board("home", said, 2.4, [Cue((Y,), motion.MOVE, 1.2), *gone])
    if first.step < told.step:
        said = "The first place is at the start …" if first.step == 0 else "Back to the first place that is shown …"
        draft = _at(turns, said, first, turns.places[: turns.places.index(told) + 1])
        turns.formula(draft, ("t", "t of x"), first.step)
        turns.tell_steps(draft, first)
        yield draft.board("first", said, 1, _slide(turns, told, first))
    if first.step < last.step:
        many = turns.script.shape[0]
        said = "It slides to the right: each window gives one output."
        if turns.has_rest:
            full, outputs = phrases.count(many, "full window"), phrases.count(many, "output")
            said = f"It slides to the right: {full}, so {outputs}."
        draft = _at(turns, said, last, turns.places)
        turns.formula(draft, ("t", "t of x"))
        turns.tell_steps(draft, last)
        yield draft.board("slid", said, 2.4, _slide(turns, first, last))


def _turned(turns: Turns) -> Iterator[Board]:
    """``convolve`` gets the same window, turns its kernel over, and makes another number of it."""
    first, last, theirs = turns.places[0], turns.places[-1], turns.theirs[0]
    code = [Part("code", f"`{calls.code_of(turns.layer, 'w')}`")]
    valid = "valid" in code[0].markup
    said = 'Now `convolve`; `mode="valid"`: full windows only.' if valid else "`convolve` gets the same signal."
    draft = _at(turns, said, first, turns.places)
    pieces.formula(draft, code, key=("code",))
    turns.ask(draft, first)
    yield draft.board("back", said, 3, sliding.passing(turns.places, last, first))
    said = "First, it turns the kernel over, like a card."
    draft = _at(turns, said, theirs, turns.places, turned=True)
    pieces.formula(draft, code, key=("code",))
    turns.ask(draft, first)
    yield draft.board("turn", said, 2.4, turns.turning(draft))
    said = calls.meeting(first, theirs)
    draft = _at(turns, said, theirs, turns.places, [theirs], turned=True)
    yield draft.board("meets", said, 4)


def _minus(turns: Turns) -> Iterator[Board]:
    """The formula of the turned kernel; then it slides, too, and all answers are compared."""
    first, last = turns.theirs[0], turns.theirs[-1]
    several = len(first.taps) > 1
    if several:
        for name, said, lit, meant in (
            ("last", calls.last_met(turns.layer, first, turns.length), ("last",), [0]),
            ("again", "From there *k* counts back: tap 1 meets the sample before.", ("sign", "k of x"), [0, 1]),
        ):
            draft = _at(turns, said, first, turns.places, [first], turned=True)
            pieces.formula(draft, phrases.turned_formula(turns.layer, turns.length), lit, key=("turned",))
            turns.tell_steps(draft, first, phrases.last_sample(turns.layer, turns.length), name == "again")
            draft.change([key for k in meant if (key := (*W, k, "index")) in draft.marks], role="lit")
            yield draft.board(name, said, 4)
    if first.step < last.step:
        said = "It slides to the right, too." if several else "It slides along the same signal."
        draft = _at(turns, said, last, turns.places, turns.theirs, turned=True)
        if several:
            parts = phrases.turned_formula(turns.layer, turns.length)
            pieces.formula(draft, parts, ("t", "last"), key=("turned",))
            turns.tell_steps(draft, last, phrases.last_sample(turns.layer, turns.length))
        yield draft.board("turned", said, 2.4, _slide(turns, first, last, CONVOLVE))
    pairs = list(zip(turns.places, turns.theirs, strict=True))
    said = calls.comparison(pairs, turns.script.shape[0])
    draft = _at(turns, said, last, turns.places, turns.theirs, turned=True)
    turns.lay_gaps(draft, turns.stage, pairs)
    yield draft.board("differ", said, 2.6)


def _twice(turns: Turns) -> Iterator[Board]:
    """From the kernel as it is: turned over by hand, it is handed to ``convolve``, which turns it back."""
    plain, turned = turns.places[-1], turns.theirs[-1]
    code = [Part("code", f"`{calls.code_of(turns.layer)}`")]
    for name, said, at in (
        ("given", "To get `Conv1D`’s numbers, start from *w*, not turned.", plain),
        ("yours", f"Turn it over yourself: `{calls.BACKWARDS}` is *w* read backwards.", turned),
        ("theirs", "Hand this over: `convolve` turns it back to *w*.", plain),
    ):
        draft = _at(turns, said, at, turns.places, turned=at is turned, call=REVERSED)
        if at is turned:
            turns.name(draft, f"`{calls.BACKWARDS}`")
        if name == "theirs":
            pieces.formula(draft, code, key=("code",))
        yield draft.board(name, said, 3, turns.turning(draft))
    first, last = turns.places[0], turns.places[-1]
    said = f"Back at the start: the same pairs, the same sum: {first.output.text}."
    if first.step == last.step:
        said = f"The same pairs, the same sum: {first.output.text}."
    draft = _at(turns, said, first, turns.places, [first], call=REVERSED)
    pieces.formula(draft, code, key=("code",))
    yield draft.board("twice", said, 3, sliding.passing(turns.places, last, first))


def _along(turns: Turns) -> Iterator[Board]:
    """The kernel that was turned twice slides through all windows; its numbers as SciPy gives them, beside Keras's,
    both at full precision.
    """
    first, last = turns.places[0], turns.places[-1]
    if first.step < last.step:
        said = "In each window both sums are the same."
        draft = _at(turns, said, last, turns.places, turns.places, call=REVERSED)
        pieces.formula(draft, [Part("code", f"`{calls.code_of(turns.layer)}`")], key=("code",))
        yield draft.board("along", said, 3, _slide(turns, first, last, REVERSED))
    found, note, bench = calls.agreement(turns.script), turns.script.shown.note, turns.on(turns.wide)
    ours, theirs = (
        [place._replace(output=Number(answer[place.step], place.output.text)) for place in turns.places]
        for answer in (found.other, found.scipy)
    )
    draft = turns.draft(found.words)
    turns.lay(draft, bench, last.taps)
    turns.pairs = 0.0 if note or ours != theirs else turns.pairs
    turns.lay_pairs(draft, bench, ((KERAS, ours), (REVERSED, theirs)))
    turns.sign(draft, bench, KERAS, REVERSED)
    if turns.pairs:
        turns.lay_gaps(draft, bench, list(zip(ours, theirs, strict=True)))
    if note:
        pieces.remark(draft, ("check",), phrases.sentence(note.partition("; ")[0]) + ".")
    yield draft.board("check", found.words, 4)
