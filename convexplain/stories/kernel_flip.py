"""kernel_flip: one signal, one kernel, three calls, and who turns the kernel over how often.

``Conv1D`` slides the kernel as it is. ``scipy.signal.convolve`` turns it over first, so that its ends meet other
samples and its answers differ; in the formula the turn is a minus. Handed ``w[::-1]`` it turns back what was turned,
and the numbers are Keras's again. It answers "does Conv1D flip the kernel?" and "why does convolve give other
numbers?".
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, HERO, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Format
from convexplain.board.pieces import Number, Part
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.one_channel import calls, places, sliding
from convexplain.stories.one_channel.calls import CONVOLVE, KERAS, REVERSED, Call
from convexplain.stories.one_channel.places import RIG, Place, W, X, Y
from convexplain.stories.one_channel.turning import Turns
from convexplain.stories.one_channel.workbench import PRODUCTS, Workbench
from convexplain.stories.script import Script

FIGURE = ("output", "meets", "differ", "along")
"""The boards of the composed figure."""
RESTS = 6
"""The most places at each of which a kernel rests."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    turns = Turns(script, form)
    return (*_made(turns), *_home(turns), *_turned(turns), *_twice(turns))


class _Window(Workbench):
    """The told window, and what a call makes of it: what the formula calls its output, is said when this has its place.
    Beside ``convolve``'s sum stands that of ``Conv1D``.
    """

    def __init__(self, turns: Turns, call: Call = KERAS, turned: bool = False) -> None:
        super().__init__(turns, told=turns.met if turned else None)
        self.turns, self.call, self.turned = turns, call, turned
        if call.is_hollow:
            self.total, self.look, self.room, self.more = (*call.row, self.told.step), call.look, 1.0, 1.0

    def asked(self, said: str, taps: int = 0) -> Draft:
        """The window with its first products; their sum is not known yet."""
        draft, size = self.made(said, taps), PARTIAL if self.form.is_narrow else HERO
        draft.put("ask", ("ask",), words("?", self.beside, self.bench.floor - 0.5 * size, size, "ink"))
        return draft

    def made(self, said: str, taps: int, lit: int | None = None, until: float | None = None) -> Draft:
        draft, pitch, ours = super().made(said, taps, lit, until), self.near.pitch, self.turns.told.output
        self.turns.sign(draft, self.bench, KERAS, CONVOLVE)
        self._part(draft)
        if self.call.is_hollow and places.size_on(self.near, [ours.text, self.turns.met.output.text]):
            x = self.beside + math.copysign(pitch, self.beside - self.near.x(self.told.home))
            key, at = ("first", *Y), (x, self.bench.floor, self.near.bar, self.bench.lowest, "output")
            home, bricks = (*Y, self.told.step, "bar"), places.whole([ours.value])
            pieces.column(draft, key, ours, *at, bricks=bricks, copy_of=home)
            pieces.digits(draft, key, ours.text, benches.fitting(0.96 * pitch, [ours.text], (PARTIAL, TEXT, SMALL)))
        return draft

    def _part(self, draft: Draft) -> None:
        """The sum stands under no step: those outside the window step back, and the line under the products ends."""
        covered, floor, half = [tap.step for tap in self.taps], self.bench.floor, self.near.pitch / 2
        self.turns.recede(draft, covered)
        for step in set(self.near.shown) - {*covered}:
            draft.marks.pop(("ruler", step), None)
        left, right = benches.columns(self.taps, self.near)
        pieces.baseline(draft, ("products",), left, right, floor)
        draft.marks["baseline", *Y] = draft.marks.pop(("baseline", "products"))
        ends = self.beside, self.beside + math.copysign(2 * half * self.call.is_hollow, self.beside - left)
        pieces.baseline(draft, ("sum",), min(ends) - half, max(ends) + half, floor)

    def formula(self, draft: Draft, lit: tuple[str, ...], shown: tuple[str, ...] | None = None) -> None:
        if self.call is KERAS:
            super().formula(draft, lit, shown or ("sum k", "k of sum", *PRODUCTS))


def _made(turns: Turns) -> Iterator[Board]:
    """The question, and one window of ``Conv1D``: what it covers, its products, and their sum."""
    bench, left, many = _Window(turns), turns.wide.left, phrases.count(len(turns.told.taps), "sample")
    asked = "One signal, one kernel, two functions: do they give the same numbers?"
    framed = f"`Conv1D` frames {many} over the kernel: its window."
    for name, said in (("question", asked), ("window", framed)):
        draft = bench.opened(said, turns.opened, laid=name == "window")
        turns.introduce(draft, KERAS, left)
        turns.introduce(draft, CONVOLVE, (left + turns.form.width) / 2)
        yield draft.board(name, said, 3)
    yield from (bench.product(), bench.products(), bench.output())


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
    those of another ``call``. A kernel that is yet to be turned back stands back.
    """
    bench, lit = turns.on(turns.wide), () if turned and call is REVERSED else None
    draft = turns.draft(said, lit=[place.home])
    turns.lay(draft, bench, place.taps, lit, turned)
    turns.lay_pairs(draft, bench, ((KERAS, known), (call, others)))
    turns.sign(draft, bench, KERAS, call)
    return draft


def _home(turns: Turns) -> Iterator[Board]:
    """The sum goes to the step of its window; then the kernel slides along the signal."""
    told = turns.told
    said = "It is written under its own step, *t*."
    if told.home == told.taps[0].step:
        said = f"It is written where its window starts: at *t* = {told.home}."
    draft = _at(turns, said, told, [told])
    _formula(turns, draft, told, KERAS)
    yield draft.board("home", said, 2.4)
    many, worked = turns.script.shape[0], _worked(turns.places[-1])
    said = "It slides to the right: each window gives one output."
    if turns.has_rest:
        full, outputs = phrases.count(many, "full window"), phrases.count(many, "output")
        said = f"It slides to the right: {full}, so {outputs}."
        said = f"{phrases.sentence(outputs)}; the last is {worked}." if worked else said
    yield from _slides(turns, "slid", KERAS, said)


def _formula(turns: Turns, draft: Draft, at: Place, call: Call, every: bool = False) -> None:
    """What a call makes of a window: of that of one output, or of ``every`` one."""
    last = len(at.taps) - 1
    if call is KERAS:
        turns.formula(draft, ("t", "t of x"), None if every else at.step)
    elif last:
        pieces.formula(draft, phrases.turned_formula(turns.layer, turns.length), ("t", "last"), key=("turned",))
    if call is KERAS or last:
        turns.tell_steps(draft, turns.wide, at, [last] if call.is_turned else [])


def _slides(turns: Turns, name: str, call: Call, said: str) -> Iterator[Board]:
    """The kernel slides to the last place, of which is ``said`` what there is to say. Where places are few it rests at
    each until its output stands; where they are many, at the first.
    """
    made, old = turns.theirs if call.is_turned else turns.places, turns.told.step
    first, last, known = made[0], made[-1], [place for place in made if place.step <= old]
    start, stops = known[-1], list[tuple[str, str, Place]]()
    if first.step < old:
        back = "The first place is at the start …" if first.step == 0 else "Back to the first place that is shown …"
        stops.append((f"{name} first", back, first))
    for number, place in enumerate(made[1:-1] if len(made) <= RESTS else made[1:2], 1) if not stops else ():
        step = phrases.sentence(phrases.count(place.taps[0].step - made[number - 1].taps[0].step, "step"))
        stops.append((f"{name} {number}", f"{step} on: {_worked(place) or 'the next window'}.", place))
    for board, words_, place in [*stops, (name, said, last)] if first.step < last.step else ():
        cues = [Cue((*RIG, X), motion.MOVE, 0.7)]
        if place in (first, last):
            cues, start = sliding.passing(made, start, place, call.row), place
        known = [other for other in made if other.step <= max(old, place.step)]
        ours, theirs = (turns.places, known) if call.is_turned else (known, [])
        draft = _at(turns, words_, place, ours, theirs, call.is_turned)
        _formula(turns, draft, place, call, place is last)
        yield draft.board(board, words_, 2.4 if place is last else 1.0, cues)


def _worked(place: Place) -> str:
    """The sum of a place, where it is short."""
    is_short = len(place.taps) <= 3 and places.whole(tap.product.value for tap in place.taps)
    return phrases.worked(place.taps, place.output.text) if is_short else ""


def _turned(turns: Turns) -> Iterator[Board]:
    """``convolve`` gets the same window, turns its kernel over, and makes another number of it; then it slides, too."""
    told, met, bench = turns.told, turns.met, _Window(turns, CONVOLVE, turned=True)
    code = [Part("code", f"`{calls.code_of(turns.layer, 'w')}`")]
    said, valid = "`convolve` gets the same window.", 'Now `convolve` (`mode="valid"`: full windows only).'
    said = valid if "valid" in code[0].markup else said
    draft = _Window(turns, CONVOLVE).asked(said)
    pieces.formula(draft, code, key=("code",))
    yield draft.board("back", said, 2.4, [Cue((("first", *Y, "bar"),), motion.MOVE)])
    said = "A convolution first turns the kernel over, like a card."
    draft = bench.asked(said)
    pieces.formula(draft, code, key=("code",))
    yield draft.board("turn", said, 2.4, turns.turning(draft))
    said = calls.crossing(told, met)
    yield bench.asked(said, len(bench.taps)).board("crossed", said, 3, bench.falling())
    yield bench.output(calls.meeting(told, met), "meets")
    if len(met.taps) > 1:
        parts = phrases.turned_formula(turns.layer, turns.length)
        last = next(part.markup for part in parts if part.name == "last")
        paired = f"Tap 0 now meets the last sample, {last}: *k* counts back."
        if len(met.taps) == 3:
            read = [phrases.sample_at(turns.layer, turns.length, place) for place in (2, 1, 0)]
            paired = f"Three taps: *k* = 0, 1, 2 meet {', '.join(f'*x*[{at}]' for at in read)}."
        named = "Later taps meet earlier samples: that is a convolution."
        for name, said, lit in (("last", paired, ["last"]), ("named", named, list[str]())):
            draft = bench.summed(said)
            pieces.formula(draft, parts, [*lit, "sign", "k of x"], key=("turned",))
            turns.tell_steps(draft, bench.near, met, range(len(met.taps)))
            draft.change([key for tap in met.taps if (key := (*W, tap.k, "index")) in draft.marks], role="lit")
            yield draft.board(name, said, 3)
    said = f"It is written beside `Conv1D`’s {told.output.text}."
    draft = _at(turns, said, met, turns.places, [met], turned=True)
    yield draft.board("beside", said, 2)
    worked = _worked(turns.theirs[-1])
    said = f"In the last window: {worked}." if worked else "It slides to the right, too."
    yield from _slides(turns, "turned", CONVOLVE, said)
    pairs = list(zip(turns.places, turns.theirs, strict=True))
    said = calls.comparison(pairs, turns.script.shape[0])
    if any(ours.output.value != theirs.output.value for ours, theirs in pairs):
        said = f"{said[:-1]}: {_apart(turns)}."
    draft = _at(turns, said, turns.theirs[-1], turns.places, turns.theirs, turned=True)
    turns.lay_gaps(draft, turns.stage, pairs)
    yield draft.board("differ", said, 2.6)


def _apart(turns: Turns) -> str:
    """By what the two calls differ: what each reads, where that is short, and what mathematics calls it."""
    layer, last = turns.layer, turns.layer.kernel_size - 1
    if layer.strides > 1 or layer.dilation_rate > 1 or layer.left_pad(turns.length):
        return "`Conv1D` does not convolve, it cross-correlates"
    return f"*x*[*t* + *k*] cross-correlates, *x*[*t* + {last} {style.MINUS} *k*] convolves"


def _twice(turns: Turns) -> Iterator[Board]:
    """Handed the kernel that was turned over by hand, ``convolve`` turns it back, and its numbers are those of
    ``Conv1D``: as SciPy gives them, beside Keras's, both at full precision.
    """
    first, last, turned = turns.places[0], turns.places[-1], turns.theirs[0]
    code, bench = [Part("code", f"`{calls.code_of(turns.layer)}`")], turns.on(turns.wide)
    for name, said, at in (
        ("yours", f"Again, with the kernel handed over turned: `{calls.BACKWARDS}` is *w* read backwards.", turned),
        ("theirs", "`convolve` turns it over again: back to *w*.", first),
    ):
        draft = turns.draft(said, lit=[at.home])
        turns.lay(draft, turns.handing, at.taps, () if at is turned else None, at is turned)
        turns.hand(draft, turns.handing, turned.taps, at is first)
        if at is turned:
            del draft.marks["name", *W]
        pieces.formula(draft, code if at is first else (), key=("code",))
        way = Cue((("handed", "way"), ("note", "handed")), motion.MOVE)
        yield draft.board(name, said, 2.4, () if at is turned else [way, *turns.turning(draft)])
    worked = _worked(first)
    again = f"Again {worked}, as `Conv1D`’s." if worked else "The same pairs, the same sum as `Conv1D`’s."
    along = f"The same pairs, the same sum{'s' * (first is not last)}: `Conv1D`’s numbers."
    for name, said, at in (("again", again, first), ("along", along, last))[first is last :]:
        done = [first] if at is first else turns.places
        cues = [Cue(tuple((*Y, place.step, "bar") for place in turns.places), motion.LEAVE + 0.5)]
        cues += sliding.passing(turns.places, first, last, REVERSED.row, 2.0) if at is last else []
        draft = _at(turns, said, at, turns.places, done, call=REVERSED)
        pieces.formula(draft, code, key=("code",))
        yield draft.board(name, said, 3, cues)
    found, note = calls.agreement(turns.script), turns.script.shown.note
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
