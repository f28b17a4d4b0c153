"""kernel_flip: one signal, one kernel, three calls, and who turns the kernel over how often.

``Conv1D`` slides the kernel as it is. ``scipy.signal.convolve`` turns it over first, so that its ends meet other
samples and its answers differ; in the formula the turn is a minus. Handed ``w[::-1]`` it turns back what was turned,
and the numbers are Keras's again. It answers "does Conv1D flip the kernel?" and "why does convolve give other
numbers?".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from convexplain.board import motion, pieces
from convexplain.board.marks import (
    COLUMN,
    DIGIT,
    FILM,
    PARTIAL,
    SMALL,
    TEXT,
    Board,
    Cue,
    Draft,
    Format,
    line,
)
from convexplain.board.pieces import Axis, Number, Part
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import calls, echo, minus, panels, phrases, places, sliding
from convexplain.stories.calls import CONVOLVE, HANDED, KERAS, REVERSED, Call
from convexplain.stories.minus import scene
from convexplain.stories.places import Place, W, X, Y, whole
from convexplain.stories.script import Script
from convexplain.stories.turning import BELOW, Turns, answers, kernel, rig
from convexplain.stories.workbench import Workbench

FIGURE = ("output", "meets", "differ", "twice")
"""The boards of the composed figure."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    turns, several = Turns(script, form), script.layer.kernel_size > 1
    told = [_question(turns), *_made(turns)]
    told += [*sliding.slides(turns), _apart(turns, False), _apart(turns, True), _meets(turns)]
    told += [_landed(turns), *_slid(turns), _differ(turns), *(minus.boards(turns) if several else ())]
    return (*told, *_cards(turns), _reverse(turns), *echo.boards(turns), _check(turns))


def _question(turns: Turns) -> Board:
    said = "One signal, one kernel, two functions: do they give the same numbers?"
    draft, form, axis = turns.draft(said), turns.form, turns.wide
    texts = [tap.weight.text for tap in turns.told.taps] + [n.text for n in turns.signal.values()]
    size = places.size_on(axis, texts)
    bench = turns.stage(axis, size or SMALL, below=100 - benches.GAP)
    bench = replace(bench, top=bench.middle, bottom=bench.bottom - 100 + benches.GAP)
    steps = [step for step in axis.shown if step in turns.signal]
    bricks, said_of = whole([turns.signal[step].value for step in steps]), steps if size else []
    pieces.signal(draft, X, turns.signal, axis, bench.foot, bench.unit, "sample", None, said_of, size, bricks)
    written = {tap.k: tap.weight.text for tap in turns.told.taps} if size else {}
    turns.lay_kernel(draft, bench, KERAS, turns.told.taps, written)
    turns.names(draft, bench)
    middle = form.height - BELOW - 30
    for call, x, whose, bars in (
        (KERAS, form.margin, "of Keras", "filled bars"),
        (CONVOLVE, form.width / 2, "of SciPy", "hollow bars"),
    ):
        end = turns.title(draft, call, x, middle, TEXT)
        note = benches.longest(form.width / 2 - (end - x) - 40, (f"{whose}: {bars}", whose))
        pieces.note(draft, ("call", call.name), note, end + 20, middle + DIGIT * (TEXT - SMALL) / 2)
    return draft.board("question", said, 3)


def _made(turns: Turns) -> Iterator[Board]:
    """One window of ``Conv1D``: what it covers, its products, and their sum."""
    bench = Workbench(turns)
    large = turns.stage(bench.near, bench.bench.size)
    yield bench.window("`Conv1D` lays the kernel on the signal as it is.", large)
    yield bench.copy()
    first, *others = bench.taps[bench.lead :]
    yield bench.product(f"The tap multiplies it: {phrases.multiplied(first)}.")
    if len(others) == 2 and not bench.lead:
        second, third = map(phrases.multiplied, others)
        yield bench.products(f"Then {second} and {third}, head to tail.")
    else:
        yield bench.products()
    yield bench.output("Where the last one ends: the output.")


def _apart(turns: Turns, turned: bool) -> Board:
    said = "`convolve` gets the same signal and the same kernel."
    if turned:
        said = "But first it turns the kernel over, like a card."
    draft = turns.bare(said)
    for panel in panels.pair(turns, 0.5, CONVOLVE, turned, False):
        bench = replace(panel.bench, top=panel.bench.middle)
        panels.lay(turns, draft, replace(panel, bench=bench), turned and panel.call is CONVOLVE, False)
    if turned:
        panels.recede(draft)
        return draft.board("turn", said, 2.5, [turns.turning(draft, kernel(CONVOLVE))])
    turns.copied(draft, W, kernel(CONVOLVE))
    turns.copied(draft, X, (CONVOLVE.name, *X))
    return draft.board("same", said, 2)


def _both(turns: Turns, name: str, said: str, call: Call, other: Place, cues: Sequence[Cue]) -> Board:
    """What ``Conv1D`` and another call make of one window; their sums stand side by side."""
    draft = turns.bare(said)
    for panel, place in zip(panels.pair(turns, 0.5, call, call.is_turned, True), (turns.told, other), strict=True):
        panels.lay(turns, draft, panel, panel.call.is_turned, True)
        panels.multiply(turns, draft, panel, place, (turns.told.output.text, other.output.text))
    return draft.board(name, said, 3, cues)


def _meets(turns: Turns) -> Board:
    at = motion.ENTER
    cues = [*panels.falling(turns, KERAS, at, 0), *panels.falling(turns, CONVOLVE, at + 2)]
    return _both(turns, "meets", calls.meeting(turns.told, turns.met), CONVOLVE, turns.met, cues)


def _second(
    turns: Turns, name: str, said: str, place: Place, known: Sequence[Place], cues: Sequence[Cue] = ()
) -> Board:
    """The turned kernel at one place, and under it the outputs of both calls."""
    draft = turns.draft(said, lit=[place.home])
    rows = turns.rows(others=turns.theirs, below=turns.under)
    benches.lay_signal(draft, rows, X, turns.signal, place.taps, "sample", False)
    turns.lay_kernel(draft, rows, CONVOLVE, place.taps, turns.factors if turns.beside else {})
    if turns.beside:
        turns.write_signal(draft, rows, place.taps)
    turns.names(draft, rows)
    turns.pairs(draft, replace(rows, size=turns.size), [other.step for other in known])
    if code := calls.code_of(turns.layer):
        pieces.formula(draft, [Part("code", f"`{code}`")], key=("code",))
    return draft.board(name, said, 1.5, cues)


def _landed(turns: Turns) -> Board:
    return _second(turns, "landed", "Both answers stand under the same *t*.", turns.met, [turns.met])


def _slid(turns: Turns) -> Iterator[Board]:
    last, answers = turns.theirs[-1], (CONVOLVE.name, *Y)
    if len(turns.theirs) > 1:
        said = "Turned over, it slides along the same signal."
        cues = sliding.passing(turns, turns.met, last, rig(CONVOLVE), answers)
        yield _second(turns, "turned", said, last, turns.theirs, cues)


def _differ(turns: Turns) -> Board:
    pairs = list(zip(turns.places, turns.theirs, strict=True))
    both = [place.output for pair in pairs for place in pair]
    said = calls.comparison(pairs, turns.script.shape[0])
    draft, texts = turns.draft(said), [output.text for output in both]
    size = benches.fitting(0.44 * turns.wide.pitch, texts, (PARTIAL, TEXT, SMALL)) if turns.size else 0.0
    rows = turns.lone_row([output.value for output in both], size, size + 40 + turns.under)
    turns.pairs(draft, rows, [place.step for place in turns.theirs])
    for one, other in pairs:
        if one.output.value == other.output.value:
            continue
        x, ends = turns.wide.x(one.home), [rows.floor - float(at.output.value) * rows.low for at in (one, other)]
        size = min(6.0, 0.06 * turns.wide.pitch)
        draft.put("gap", ("gap", one.step, "line"), line("differs", x, ends[0], x, ends[1], size=size))
        if turns.size:
            text = turns.script.written(abs(one.output.value - other.output.value)).text
            size = benches.fitting(0.9 * turns.wide.pitch, [text], (PARTIAL, TEXT, SMALL))
            mark = words(text, x, turns.form.height - BELOW - turns.under - DIGIT * size / 2, size, "differs")
            draft.put("gap", ("gap", one.step), mark)
    if any(key[0] == "gap" for key in draft.marks):
        x, y = turns.form.margin, turns.form.height - BELOW - turns.under - DIGIT * SMALL / 2
        if not turns.size:
            (_, above), (right, below) = turns.signs(rows, turns.under)
            x, y = (right + 240, below) if turns.form.is_narrow else (right, 2 * below - above)
        name = words("difference", x, y, SMALL, "differs", -1)
        draft.put("gap", ("gap", "name"), name)
    return draft.board("differ", said, 3)


CARDS = (
    (KERAS, "`w`", "`w`"),
    (HANDED, "`w[::-1]`: turned by you", "turned by you"),
    (REVERSED, "turned back by `convolve`", "turned back"),
)
"""The kernel in time, with a title and a shorter one."""


def _cards(turns: Turns) -> Iterator[Board]:
    """Three cards: the kernel, turned by you, turned back by ``convolve``."""
    for name, said, turned, titles, hold in (
        ("hand", "Turn the kernel over before `convolve` does …", (False, False), 1, 0.5),
        ("yours", "… and it is turned once.", (False, True), 2, 1.5),
        ("theirs", "`convolve` takes it and turns it over again …", (False, True, True), 2, 0.5),
        ("twice", "… so that it slides as it was written.", (False, True, False), 3, 3.0),
    ):
        draft = turns.bare(said)
        for slot, back in enumerate(turned):
            _card(turns, draft, slot, back, slot < titles)
        old = (X, ("baseline", *X), ("ghost",), ("ruler",), ("name",), *rig(CONVOLVE))
        cues = scene(draft, old, rig(KERAS)) if name == "hand" else []
        if name in ("hand", "theirs"):
            turns.copied(draft, *(kernel(call) for call, _, _ in CARDS[len(turned) - 2 : len(turned)]))
        else:
            cues = [turns.turning(draft, kernel(CARDS[len(turned) - 1][0]))]
        yield draft.board(name, said, hold, cues)


def _card(turns: Turns, draft: Draft, slot: int, back: bool, is_titled: bool) -> None:
    form, (call, *titles) = turns.form, CARDS[slot]
    width, narrow = ((of.width - 2 * of.margin - 0.08 * of.width) / 3 for of in (form, COLUMN))
    pitch, written = width / turns.count, turns.weights(narrow / turns.count, False)
    left = form.margin + slot * (width + 0.04 * form.width)
    axis = Axis(tuple(range(turns.count)), left, pitch, turns.count)
    bench = turns.alone(axis, turns.sized(pitch, written.values()))
    taps = [tap._replace(step=column) for column, tap in enumerate(turns.taps(back))]
    turns.lay_kernel(draft, bench, call, taps, written, back, True)
    if is_titled:
        size = SMALL if form.is_narrow else benches.fitting(width, [title for _, title, _ in CARDS])
        title = titles[0] if size > SMALL else benches.longest(width, titles)
        draft.put("title", ("card", slot), words(title, left + 0.05 * pitch, bench.middle - 44, size, "ink", -1))


def _reverse(turns: Turns) -> Board:
    said = "The same pairs, added from the other end: the same sum."
    cues = [*panels.falling(turns, KERAS, motion.ENTER, 0), *panels.falling(turns, REVERSED, motion.ENTER + 2)]
    return _both(turns, "reverse", said, REVERSED, turns.told, cues)


def _check(turns: Turns) -> Board:
    """The third call's numbers, as SciPy gives them, beside Keras's; both at full precision."""
    found, form, note = calls.agreement(turns.script), turns.form, turns.script.shown.note
    draft = turns.draft(found.words)
    if note:
        pieces.remark(draft, ("check",), phrases.sentence(note.partition("; ")[0]) + ".")
    highest = min([form.height, *(mark.top for key, mark in draft.marks.items() if key[0] == "remark")])
    below = turns.under + max(20.0, form.height - BELOW + 30 - highest)
    ours, theirs = (
        [place._replace(output=Number(answer[place.step], place.output.text)) for place in turns.places]
        for answer in (found.other, found.scipy)
    )
    size = 0.0 if note or ours != theirs else turns.size
    rows = turns.lone_row([place.output.value for place in (*ours, *theirs)], size, below)
    turns.two(draft, rows, ((KERAS, ours), (REVERSED, theirs)))
    for at, party, call in zip(turns.signs(rows, below), found.parties, (KERAS, REVERSED), strict=True):
        turns.brick(draft, ("sign", call.name), call, *at)
        draft.put("party", ("party", party), words(party, at[0] + 36, at[1], SMALL, "ink", -1))
    fall = [
        Cue(((*answers(REVERSED), place.step, "bar"),), motion.ENTER, after=0.15 * number)
        for number, place in enumerate(theirs)
    ]
    old = (X, ("echo",), ("rig", "echo"), ("baseline", "rig", "echo"), ("response",), ("thread",), ("written",))
    return draft.board("check", found.words, 4, [*scene(draft, (*old, ("name",)), [Y]), *fall])
