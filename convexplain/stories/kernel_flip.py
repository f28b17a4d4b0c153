"""kernel_flip: one signal, one kernel, three calls, and who turns the kernel over how often.

``Conv1D`` slides the kernel as it is. ``scipy.signal.convolve`` turns it over first, so that its ends meet other
samples and its answers differ; in the formula the turn is a minus. Handed ``w[::-1]`` it turns back what was turned,
and the numbers are Keras's again. It answers "does Conv1D flip the kernel?" and "why does convolve give other
numbers?".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, FILM, HERO, PARTIAL, SMALL, Board, Cue, Draft, Format
from convexplain.board.pieces import Number, Part
from convexplain.board.text import words
from convexplain.stories import calls, phrases, places, sliding
from convexplain.stories.calls import CONVOLVE, KERAS, REVERSED, Call
from convexplain.stories.places import Place, W
from convexplain.stories.script import Script
from convexplain.stories.turning import Turns
from convexplain.stories.workbench import Sum, Workbench

FIGURE = ("output", "meets", "differ", "twice")
"""The boards of the composed figure."""
SLIDE = 2.0
"""How many seconds a kernel slides at least, so that every output is seen to come."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    turns = Turns(script, form)
    return (*_made(turns), *_turned(turns), *_slid(turns), *_twice(turns), *_along(turns))


class _Window(Workbench):
    """What a call makes of the told window, beside what ``known`` calls have made of it, under their names."""

    def __init__(self, turns: Turns, call: Call, turned: bool, *known: Call) -> None:
        made = Sum(turns.met if turned else turns.told, call.row, call.look)
        super().__init__(turns, made, [Sum(turns.told, each.row, each.look) for each in known], turned)
        self.turns, self.calls = turns, (*known, call)

    def made(self, said: str, taps: int, lit: int | None = None, until: float | None = None) -> Draft:
        draft = super().made(said, taps, lit, until)
        self.turns.sign(draft, self.bench, *self.calls)
        if not taps:
            size = PARTIAL if self.form.is_narrow else HERO
            y = self.bench.floor - DIGIT * size / 2
            draft.put("ask", ("ask",), words("?", self.beside(len(self.known)), y, size, "quiet"))
        return draft


def _made(turns: Turns) -> Iterator[Board]:
    """The question, and one window of ``Conv1D``: what it covers, its products, and their sum."""
    bench, left = _Window(turns, KERAS, False), turns.wide.left
    said = "One signal, one kernel, two functions: do they give the same numbers?"
    draft = bench.opened(said, turns.opened, laid=False)
    turns.introduce(draft, KERAS, left)
    turns.introduce(draft, CONVOLVE, (left + turns.form.width) / 2)
    yield draft.board("question", said, 3)
    said = f"`Conv1D` lays the kernel on {phrases.count(len(turns.told.taps), 'sample')}, its window."
    draft = bench.opened(said, turns.opened)
    turns.introduce(draft, KERAS, left)
    yield draft.board("window", said, 3)
    yield from (bench.product(), bench.products(), bench.output())


def _turned(turns: Turns) -> Iterator[Board]:
    """``convolve`` gets the same window, turns its kernel over, and makes another number of it."""
    said = "`convolve` gets the same samples, but first it turns the kernel over, like a card."
    bench = _Window(turns, CONVOLVE, True, KERAS)
    draft = bench.made(said, 0)
    asked = Cue((("title", CONVOLVE.name), ("ask",)), motion.LEAVE + 0.5)
    yield draft.board("turn", said, 2.4, [turns.turning(draft), asked])
    yield bench.output(calls.meeting(turns.told, turns.met), "meets", False)


def _at(turns: Turns, said: str, call: Call, place: Place, known: Sequence[Place], others: Sequence[Place]) -> Draft:
    """The kernel of a call over one place of the whole signal, and the outputs that are there."""
    other, bench = call if call.is_hollow else CONVOLVE, turns.on(turns.wide)
    draft = turns.draft(said, lit=[place.home])
    turns.lay(draft, bench, place.taps, turned=call.is_turned)
    turns.lay_pairs(draft, bench, ((KERAS, known), (other, others)))
    turns.sign(draft, bench, KERAS, other)
    places.thread(draft, bench, [KERAS.row, other.row], place)
    return draft


def _slid(turns: Turns) -> Iterator[Board]:
    """Both answers under their step; then the kernel slides along the signal, and back again turned over."""
    told, met, first, last = turns.told, turns.met, turns.places[0], turns.places[-1]
    starts = told.home == told.taps[0].step
    said = "Both stand where their window starts." if starts else "Both stand under the same *t*."
    said += " Now `Conv1D`’s kernel again." if len(told.taps) > 1 else ""
    draft = _at(turns, said, KERAS, told, [told], [met])
    turns.formula(draft, ("t", "t of x"), told.step)
    yield draft.board("home", said, 2, [turns.turning(draft)])
    if first.step < told.step:
        said = "The first place is at the start …" if first.step == 0 else "Back to the first place that is shown …"
        known = turns.places[: turns.places.index(told) + 1]
        draft = _at(turns, said, KERAS, first, known, [met])
        turns.formula(draft, ("t", "t of x"), first.step)
        yield draft.board("first", said, 1, sliding.passing(turns.places, told, first))
    if first.step < last.step:
        said = "`Conv1D` slides: each window gives one output."
        draft = _at(turns, said, KERAS, last, turns.places, [met])
        turns.formula(draft, ("t", "t of x"))
        yield draft.board("slid", said, 2, sliding.passing(turns.places, first, last, least=SLIDE))
    first, last = turns.theirs[0], turns.theirs[-1]
    draft = _at(turns, _counting(last), CONVOLVE, last, turns.places, list({met.step: met, last.step: last}.values()))
    _minus(turns, draft, last, ("k", "sign", "k of x"), f"{last.step}")
    draft.change([key for key in draft.marks if key[-1] == "index"], role="lit")
    yield draft.board("again", _counting(last), 3.2, [turns.turning(draft)])
    if first.step < last.step:
        several = len(told.taps) > 1
        said = "So *k* counts back from the last sample." if several else "It slides along the same signal."
        draft = _at(turns, said, CONVOLVE, first, turns.places, turns.theirs)
        _minus(turns, draft, first, ("t", "last"))
        cues = sliding.passing(turns.places, last, first, CONVOLVE.row, SLIDE)
        there = Cue((("said",),), motion.MOVE, 0.4, after=cues[0].lasts or SLIDE)
        yield draft.board("turned", said, 2.4, [*cues, there])
    pairs = list(zip(turns.places, turns.theirs, strict=True))
    said = calls.comparison(pairs, turns.script.shape[0])
    draft = _at(turns, said, CONVOLVE, first, turns.places, turns.theirs)
    del draft.marks[places.THREAD], draft.marks["ruler", "at"]
    turns.lay_gaps(draft, turns.stage, pairs)
    yield draft.board("differ", said, 2.6)


def _counting(place: Place) -> str:
    """Which samples the first taps of the turned kernel meet."""
    meets = [f"tap {tap.k} meets *x*[{tap.step}]" for tap in reversed(place.taps) if not tap.padded][:2]
    if len(place.taps) == 1 or len(meets) < 2:
        return "`convolve` slides its kernel along the same signal."
    return f"Turned over, {meets[0]}, {meets[1]} …"


def _minus(turns: Turns, draft: Draft, at: Place, lit: tuple[str, ...], t: str = "*t*") -> None:
    """The formula of the turned kernel, and over the ends of its window what ``lit`` signs stand for."""
    if len(at.taps) == 1:
        return
    parts = phrases.turned_formula(turns.layer, turns.length, t)
    pieces.formula(draft, parts, lit, key=("turned", t))
    ends = {"last": (at.taps[-1].step, phrases.last_sample(turns.layer, turns.length))}
    if at.home == at.step != at.taps[-1].step:
        ends["t"] = (at.home, "*t*")
    for name, (step, said) in ends.items():
        mark, axis = words(f"= {said}", 0, pieces.RULER, SMALL, "lit", -1), turns.wide
        x = axis.x(step) + 20 if axis.has(step) else turns.form.width
        if name in lit and mark.width + 40 < 0.8 * axis.pitch and x + mark.width < turns.form.width - 20:
            draft.put("ruler", ("said", name), mark.at(x=x + mark.width / 2))


def _twice(turns: Turns) -> Iterator[Board]:
    """``convolve`` is handed the kernel turned over, and turns it back."""
    many, same = turns.script.shape[0], turns.told.output.value == turns.met.output.value
    wanted = f"{phrases.spelled(many)} numbers" if many > 1 else turns.told.output.text
    said = f"Now turn the kernel over yourself: `{calls.BACKWARDS}` is *w* read backwards."
    if not same:
        said = f"To get `Conv1D`’s {wanted}, hand over `{calls.BACKWARDS}`: *w* read backwards, turned once."
    draft = _Window(turns, REVERSED, True, KERAS).made(said, 0)
    name = f"`{calls.BACKWARDS}`" if turns.form.is_narrow else f"kernel `{calls.BACKWARDS}`"
    draft.marks["name", *W] = words(name, turns.form.margin, draft.marks["name", *W].y, SMALL, "formula", -1)
    yield draft.board("yours", said, 2.6)
    said = "`convolve` turns it over again: that is *w*, as it was written."
    bench = _Window(turns, REVERSED, False, KERAS)
    draft = bench.made(said, 0)
    yield draft.board("theirs", said, 2.4, [turns.turning(draft), Cue((("name", *W),), motion.ENTER)])
    yield bench.output(f"The same pairs, the same sum: {turns.told.output.text}.", "twice", False)


def _along(turns: Turns) -> Iterator[Board]:
    """The kernel that was turned twice slides through all windows; its numbers as SciPy gives them, beside Keras's,
    both at full precision.
    """
    last, told, code = turns.places[-1], turns.told, calls.code_of(turns.layer)
    ask = '`mode="valid"`: only windows full of samples.' if "valid" in code else "Is it so in every window?"
    for name, said, at, known in (
        ("back", ask, told, [told]),
        ("along", "In each window both sums are the same.", last, turns.places),
    ):
        draft = _at(turns, said, REVERSED, at, known, known)
        pieces.formula(draft, [Part("code", f"`{code}`")], key=("code",))
        cues = [cue for call in (KERAS, REVERSED) for cue in sliding.passing(turns.places, told, at, call.row, SLIDE)]
        if name == "back" or told.step < last.step:
            yield draft.board(name, said, 3, cues if name == "along" else ())
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
