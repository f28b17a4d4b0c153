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
    Key,
    dot,
    line,
    plate,
)
from convexplain.board.pieces import Axis, Number, Part
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import calls, echo, panels, phrases, places, sliding
from convexplain.stories.calls import CONVOLVE, HANDED, KERAS, REVERSED, Call
from convexplain.stories.places import Place, W, X, Y, whole
from convexplain.stories.script import Script
from convexplain.stories.turning import BELOW, CLOSE, Turns, kernel, rig
from convexplain.stories.workbench import Workbench

FIGURE = ("output", "meets", "differ", "twice")
"""The boards of the composed figure."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    turns, several = Turns(script, form), script.layer.kernel_size > 1
    bench = Workbench(turns)
    told = [_question(turns), bench.window("`Conv1D` lays the kernel on the signal as it is."), *bench.boards()[1:]]
    told += [*sliding.slides(turns), _apart(turns, False), _apart(turns, True), _meets(turns)]
    told += [_landed(turns), *_slid(turns), _differ(turns), *((_back(turns), _start(turns)) if several else ())]
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


def _apart(turns: Turns, turned: bool) -> Board:
    said = "`convolve` gets the same signal and the same kernel."
    if turned:
        said = "But first it turns the kernel over, like a card."
    draft = turns.bare(said)
    for panel in panels.pair(turns, 0.36, CONVOLVE, turned, False):
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
    rows = replace(turns.rows(others=turns.theirs, below=turns.under), size=turns.size)
    benches.lay_signal(draft, rows, X, turns.signal, place.taps, "sample", False)
    turns.lay_kernel(draft, rows, CONVOLVE, place.taps)
    turns.names(draft, rows)
    turns.pairs(draft, rows, [other.step for other in known])
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
    return draft.board("differ", said, 3)


def _counting(turns: Turns, name: str, said: str, back: bool) -> Board:
    """The turned kernel with the indices of its taps, where a formula counts them from: back from the window's first
    sample, or from its last.
    """
    straight, first = turns.taps(False), turns.told.taps[0].step
    hanging = [tap._replace(step=2 * first - tap.step) for tap in reversed(straight)]
    taps = hanging if back else turns.taps(True)
    union = sorted({tap.step: tap for tap in (*hanging, *straight)}.values(), key=lambda tap: tap.step)
    axis = benches.window_axis(Draft(turns.form), union, turns.length, CLOSE, 0)
    draft, bench = turns.draft(said, axis, [first]), turns.stage(axis, SMALL)
    found = [tap for tap in taps if tap.step in turns.signal]
    benches.lay_signal(draft, bench, X, turns.signal, found, "sample", False)
    turns.lay_kernel(draft, bench, CONVOLVE, taps, indices=True)
    turns.names(draft, bench)
    missing = [axis.x(tap.step) for tap in taps if tap.step not in turns.signal]
    if missing:
        pieces.note(draft, ("missing",), "no sample", sum(missing) / len(missing), bench.foot - 40, 0, "ink")
    if not back:
        left, right = benches.columns(hanging, axis)
        ghost = plate("quiet", left, bench.top, right, bench.bottom, light=0.0, edge=0.5, size=2, hollow=True, z=-4)
        draft.put("ghost", ("ghost",), ghost.at(dash=10.0))
    parts = phrases.turned_formula(turns.layer, turns.length, start=not back)
    longest = phrases.turned_formula(turns.layer, turns.length)
    pieces.formula(draft, parts, ["sign" if back else "start"], None, longest, ("convolve", name))
    old = (Y, (CONVOLVE.name, *Y), ("gap",), ("sign",), ("baseline", *Y))
    cues = _scene(draft, old, (X, ("baseline", *X), *rig(CONVOLVE))) if back else ()
    return draft.board(name, said, 3, cues)


def _scene(draft: Draft, old: Sequence[Key], new: Sequence[Key]) -> list[Cue]:
    """One picture gives way to another, after the caption was read; numbers come after their bars."""
    entering = (key for key, mark in draft.marks.items() if mark.kind != "words")
    shapes = tuple(key for key in entering if any(key[: len(start)] == start for start in new))
    return [Cue(tuple(old), motion.MOVE), Cue(shapes, motion.MOVE, after=0.4)]


def _back(turns: Turns) -> Board:
    first = turns.told.taps[0].step
    missing = sum(2 * first - tap.step not in turns.signal for tap in turns.told.taps)
    found = f"{phrases.spelled(missing)} {'tap finds' if missing == 1 else 'taps find'} no sample"
    return _counting(turns, "back", f"The minus counts back: {found}." if missing else "The minus counts back.", True)


def _start(turns: Turns) -> Board:
    return _counting(turns, "start", f"*K* = {turns.layer.kernel_size} taps: *K* − 1 only moves the start.", False)


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
        cues = _scene(draft, old, rig(KERAS)) if name == "hand" else []
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
    """The third call's numbers, as SciPy gives them, beside the tips of Keras's; both at full precision."""
    found, script, form = calls.agreement(turns.script), turns.script, turns.form
    draft, note = turns.draft(found.words), script.shown.note
    rounded = f" {phrases.sentence(note.partition('; ')[0])}." if note else ""
    pieces.remark(draft, ("check",), found.how + rounded)
    highest = min(mark.top for key, mark in draft.marks.items() if key[0] == "remark")
    below = turns.under + max(20.0, form.height - BELOW + 30 - highest)
    size = 0.0 if note else places.size_on(turns.wide, [place.output.text for place in turns.places])
    wheres = [place._replace(output=Number(found.other[place.step], place.output.text)) for place in turns.places]
    rows = turns.lone_row([place.output.value for place in wheres], size, below)
    pieces.baseline(draft, Y, turns.wide.left, turns.wide.right, rows.floor)
    for place in wheres:
        x, bar = turns.wide.x(place.home), turns.wide.bar
        key = turns.answer(draft, KERAS, place, rows, x, bar, rows.low)
        if size:
            pieces.digits(draft, key, place.output.text, size=size)
        tip, beside = rows.floor - float(found.scipy[place.step]) * rows.low, min(20.0, 0.2 * turns.wide.pitch)
        ring = dot("output", min(x + bar / 2 + beside, form.width - 12), tip, 20.0, hollow=True, size=3.0)
        draft.put("ring", ("ring", place.step), ring.at(copy_of=("ring",)))
    for (x, y), party, made in zip(turns.signs(rows, below), found.parties, (KERAS, None), strict=True):
        if made is None:
            draft.put("ring", ("ring",), dot("output", x + 11, y, 20.0, hollow=True, size=3.0))
        else:
            turns.brick(draft, ("sign", made.name), made, x, y)
        draft.put("ring", ("party", party), words(party, x + 36, y, SMALL, "ink", -1))
    fall = [Cue((("ring", place.step),), motion.ENTER, after=0.15 * number) for number, place in enumerate(wheres)]
    old = (
        X,
        ("echo",),
        ("rig", "echo"),
        ("baseline", "rig", "echo"),
        ("response",),
        ("thread",),
        ("written",),
        ("name",),
    )
    return draft.board("check", found.words, 4, [*_scene(draft, (*old, ("name",)), [Y]), *fall])
