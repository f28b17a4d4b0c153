"""kernel_flip: one signal, one kernel, three calls, and who turns the kernel over how often.

``Conv1D`` slides the kernel as it is. ``scipy.signal.convolve`` turns it over first, so that its ends meet other
samples and its answers differ; in the formula the turn is a minus. Handed ``w[::-1]`` it turns back what was turned,
and the numbers are Keras's again. It answers "does Conv1D flip the kernel?" and "why does convolve give other
numbers?".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Format
from convexplain.board.pieces import Number, Part
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import calls, panels, phrases, sliding, touching
from convexplain.stories.bench import Bench
from convexplain.stories.calls import CONVOLVE, KERAS, REVERSED, Call
from convexplain.stories.places import THREAD, Place, W, X, Y
from convexplain.stories.script import Script
from convexplain.stories.turning import BELOW, Turns, answers, kernel, rig
from convexplain.stories.workbench import PRODUCT, Workbench

FIGURE = ("output", "meets", "differ", "twice")
"""The boards of the composed figure."""
SLIDE = 2.0
"""How many seconds a kernel slides at least, so that every output is seen to come."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    turns = Turns(script, form)
    told = [_question(turns), *_made(turns), *_turned(turns), *_slid(turns), _differ(turns)]
    return (*told, *touching.boards(turns), *_twice(turns), *_along(turns), _check(turns))


def _question(turns: Turns) -> Board:
    said = "One signal, one kernel, two functions: do they give the same numbers?"
    draft, form, axis = turns.draft(said), turns.form, turns.wide
    bench = turns.on(axis)
    bench = Bench(**{**vars(bench), "top": bench.middle})
    turns.stand(draft, bench, KERAS, turns.told.taps, turns.factors if bench.size else {})
    turns.name(draft, bench)
    draft.change([key for key in draft.marks if key[-1] == "digits"], role="ink")
    _call(turns, draft, KERAS, axis.left, "of Keras")
    _call(turns, draft, CONVOLVE, (axis.left + form.width) / 2, "of SciPy")
    return draft.board("question", said, 3)


def _call(turns: Turns, draft: Draft, call: Call, x: float, whose: str) -> None:
    """The name of a function, large, and how its bars are drawn."""
    bench, form = turns.on(turns.wide), turns.form
    y, size = (bench.bottom + form.height - BELOW) / 2, TEXT if form.is_narrow else PARTIAL
    turns.title(draft, call, x, y - 0.3 * size, size, call.name)
    left, bars = draft.marks["title", call.name].left, "hollow bars" if call.is_hollow else "filled bars"
    note = benches.longest(form.width - left, (f"{whose}: {bars}", whose))
    pieces.note(draft, ("call", call.name), note, left, y + 0.55 * size + 12, -1, "formula")


class _Window(Workbench):
    """The workbench on the story's one stage, whose blocks have no joints."""

    def __init__(self, turns: Turns) -> None:
        super().__init__(turns)
        self.turns = turns
        self.results, self.bench = turns.results, turns.on(self.near, self.bench.size)

    def made(self, said: str, taps: int, lit: int | None, until: float | None = None) -> Draft:
        draft = super().made(said, taps, lit, until)
        draft.change([(*PRODUCT, tap.k, "bar") for tap in self.taps[:taps]], seam=0)
        self.turns.name(draft, self.bench, "products")
        return draft

    def laid(self) -> Board:
        """The kernel on its window, and what a tap is."""
        said = f"`Conv1D` lays the kernel on {phrases.count(len(self.track.told.taps), 'sample')}: a window."
        draft, bench = self.turns.draft(said, self.near), self.bench
        self.turns.lay(draft, bench, self.taps)
        benches.number_taps(draft, bench, W, self.taps)
        _, right = benches.columns(self.taps, self.near)
        room, last = self.form.width - self.form.margin - right - 40, (*W, self.taps[-1].k)
        word = benches.longest(room, ("tap *k*: a number of the kernel", "tap *k*"))
        number = draft.marks.get((*last, "digits"), draft.marks[*last, "bar"])
        pieces.callout(draft, ("tap",), word, right + 70, number.y, (number.right + 6, number.y))
        _call(self.turns, draft, KERAS, self.turns.wide.left, "of Keras")
        return draft.board("window", said, 3)


def _made(turns: Turns) -> Iterator[Board]:
    """One window of ``Conv1D``: what it covers, its products, and their sum."""
    bench = _Window(turns)
    yield bench.laid()
    first, *others = bench.taps[bench.lead :]
    yield bench.product(f"Tap {first.k} multiplies its sample: {phrases.multiplied(first)}.")
    if len(others) == 2 and not bench.lead:
        second, third = map(phrases.multiplied, others)
        yield bench.products(f"Then {second} and {third}, each from where the one before ended.")
    else:
        yield bench.products()
    yield bench.output()


def _panels(turns: Turns, said: str, call: Call, turned: bool, other: Place | None = None) -> Draft:
    """What ``Conv1D`` has made of one window, and the same window of another call; what that makes of it where it is
    told as an ``other`` place.
    """
    draft, sums = turns.bare(said), [place.output.text for place in (turns.told, turns.met)]
    one, two = panels.pair(turns, call, turned)
    panels.lay(turns, draft, one, False)
    panels.multiply(turns, draft, one, turns.told, sums)
    panels.lay(turns, draft, two, turned, other is not None)
    if other is not None:
        panels.multiply(turns, draft, two, other, sums)
    else:
        panels.ask(turns, draft, two)
    turns.name(draft, one.bench, "products")
    return draft


def _turned(turns: Turns) -> Iterator[Board]:
    """``convolve`` gets the same window, turns its kernel over, and makes another number of it."""
    said = "`convolve` gets the same signal and the same kernel."
    draft = _panels(turns, said, CONVOLVE, False)
    yield draft.board("same", said, 2)
    said = "But first it turns the kernel over, like a card."
    draft = _panels(turns, said, CONVOLVE, True)
    panels.recede(draft)
    yield draft.board("turn", said, 2.5, [turns.turning(draft, kernel(CONVOLVE))])
    said = calls.meeting(turns.told, turns.met)
    draft = _panels(turns, said, CONVOLVE, True, turns.met)
    yield draft.board("meets", said, 3, panels.falling(turns, CONVOLVE, motion.ENTER))


def _at(turns: Turns, said: str, call: Call, place: Place, known: Sequence[Place], others: Sequence[Place]) -> Draft:
    """The kernel of a call over one place of the whole signal, and the outputs that are there."""
    draft, bench = turns.draft(said, lit=[place.home], call=call), turns.on(turns.wide)
    turns.stand(draft, bench, call, place.taps, turns.factors if bench.size else {})
    turns.name(draft, bench)
    turns.pairs(draft, known, others, call if call.is_hollow else CONVOLVE)
    turns.thread(draft, bench, call, place)
    return draft


def _slid(turns: Turns) -> Iterator[Board]:
    """Both answers under their step; then one kernel slides along the signal, and the other."""
    told, met, first, last = turns.told, turns.met, turns.places[0], turns.places[-1]
    starts = told.home == told.taps[0].step
    said = "Both answers stand where their window starts." if starts else "Both answers stand under the same *t*."
    draft = _at(turns, said, KERAS, told, [told], [met])
    turns.formula(draft, ("t", "t of x"), told.step)
    yield draft.board("home", said, 2)
    if first.step < told.step:
        said = "The first place is at the start …" if first.step == 0 else "Back to the first place that is shown …"
        known = turns.places[: turns.places.index(told) + 1]
        draft = _at(turns, said, KERAS, first, known, [met])
        turns.formula(draft, ("t", "t of x"), first.step)
        yield draft.board("first", said, 1, sliding.passing(turns, told, first))
    if first.step < last.step:
        said = "`Conv1D` slides: each window gives one output."
        draft = _at(turns, said, KERAS, last, turns.places, [met])
        turns.formula(draft, ("t", "t of x"))
        yield draft.board("slid", said, 2, sliding.passing(turns, first, last, least=SLIDE))
    first, last = turns.theirs[0], turns.theirs[-1]
    several = len(told.taps) > 1
    said = _counting(first)
    draft = _at(turns, said, CONVOLVE, first, turns.places, [met])
    _minus(turns, draft, first, ("k", "sign", "k of x"), f"{first.step}")
    draft.change([key for key in draft.marks if key[-1] == "index"], role="lit")
    coming = (*rig(CONVOLVE), (*THREAD, CONVOLVE.name), ("ruler", "at", CONVOLVE.name))
    shapes = [key for key, mark in draft.marks.items() if any(key[: len(of)] == of for of in coming) and not mark.text]
    yield draft.board("again", said, 3.2, [Cue(tuple(shapes), motion.MOVE)])
    if first.step < last.step:
        several = len(told.taps) > 1
        said = "So *k* counts back from the last sample." if several else "It slides along the same signal."
        draft = _at(turns, said, CONVOLVE, last, turns.places, turns.theirs)
        _minus(turns, draft, last, ("t", "last"))
        cues = sliding.passing(turns, first, last, (*rig(CONVOLVE), THREAD), answers(CONVOLVE), SLIDE)
        there = Cue((("said",),), motion.MOVE, 0.4, after=cues[0].lasts or SLIDE)
        yield draft.board("turned", said, 2.4, [*cues, there])


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


def _differ(turns: Turns) -> Board:
    """The two rows, and how far apart they are."""
    pairs = list(zip(turns.places, turns.theirs, strict=True))
    said = calls.comparison(pairs, turns.script.shape[0])
    draft, bench = _at(turns, said, CONVOLVE, turns.theirs[-1], turns.places, turns.theirs), turns.on(turns.wide)
    del draft.marks[*THREAD, CONVOLVE.name], draft.marks["ruler", "at", CONVOLVE.name]
    form = turns.form
    (_, y), (x, _) = turns.signs(bench)
    name = (x + 240, y) if form.is_narrow else (form.margin, y + 104)
    turns.gaps(draft, bench, pairs, name)
    return draft.board("differ", said, 2.6)


def _scene(draft: Draft) -> Cue:
    """What was seen in the making comes back at once, when what stays has come to its place."""
    entering = [key for key, mark in draft.marks.items() if mark.kind != "words" and key[0] not in (X[0], Y[0])]
    draft.change([key for key in entering if draft.marks[key].copy_of is not None], copy_of=None)
    return Cue(tuple(entering), motion.MOVE, how="fade")


def _twice(turns: Turns) -> Iterator[Board]:
    """``convolve`` is handed the kernel turned over, and turns it back."""
    many, same = turns.script.shape[0], turns.told.output.value == turns.met.output.value
    wanted = f"{phrases.spelled(many)} numbers" if many > 1 else turns.told.output.text
    ask = "Now turn the kernel over yourself …" if same else f"To get `Conv1D`’s {wanted}, turn the kernel over first …"
    for name, said, turned, other, hold in (
        ("hand", ask, False, None, 1.5),
        ("yours", "… `w[::-1]` is *w* read backwards: turned once.", True, None, 2.0),
        ("theirs", "`convolve` turns it over again: back as it was written.", False, None, 2.0),
        ("twice", f"The same pairs, the same sum: {turns.told.output.text}.", False, turns.told, 3.0),
    ):
        draft = _panels(turns, said, REVERSED, turned, other)
        if name == "twice":
            panels.join(draft, REVERSED)
            cues = panels.falling(turns, REVERSED, motion.ENTER)
        else:
            panels.recede(draft)
            cues = [_scene(draft)] if name == "hand" else [turns.turning(draft, kernel(REVERSED))]
        yield draft.board(name, said, hold, cues)


def _along(turns: Turns) -> Iterator[Board]:
    """The kernel that was turned twice slides through all windows."""
    first, last, told = turns.places[0], turns.places[-1], turns.told
    starts = [place for place in turns.places if place.step in (first.step, told.step)]
    cues = sliding.passing(turns, first, last, (*rig(REVERSED), THREAD), answers(REVERSED), SLIDE)
    boards: list[tuple[str, str, Place, list[Place], list[Cue]]] = []
    boards.append(("back", "Is it so in every window?", first, starts, []))
    if first.step < last.step:
        boards.append(("along", "In each window both sums are the same.", last, turns.places, cues))
    for name, said, at, others, coming in boards:
        draft = _at(turns, said, REVERSED, at, turns.places, others)
        pieces.formula(draft, [Part("code", f"`{calls.code_of(REVERSED, turns.layer)}`")], key=("code",))
        yield draft.board(name, said, 2, coming)


def _check(turns: Turns) -> Board:
    """The third call's numbers, as SciPy gives them, beside Keras's; both at full precision."""
    found, note = calls.agreement(turns.script), turns.script.shown.note
    draft, bench = turns.draft(found.words), turns.on(turns.wide)
    if note:
        pieces.remark(draft, ("check",), phrases.sentence(note.partition("; ")[0]) + ".")
    ours, theirs = (
        [place._replace(output=Number(answer[place.step], place.output.text)) for place in turns.places]
        for answer in (found.other, found.scipy)
    )
    turns.stand(draft, bench, REVERSED, turns.places[-1].taps, turns.factors if bench.size else {})
    turns.name(draft, bench)
    size = 0.0 if note or ours != theirs else turns.size
    turns.two(draft, turns.on(turns.wide, size), ((KERAS, ours), (REVERSED, theirs)))
    for at, party, call in zip(turns.signs(bench), found.parties, (KERAS, REVERSED), strict=True):
        turns.brick(draft, ("sign", call.name), call, *at)
        draft.put("party", ("party", party), words(party, at[0] + 36, at[1], SMALL, "ink", -1))
    if size:
        turns.gaps(draft, bench, list(zip(ours, theirs, strict=True)), (0.0, 0.0))
    return draft.board("check", found.words, 4)
