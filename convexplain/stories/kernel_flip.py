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
from convexplain.board.marks import CARD, DIGIT, FILM, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Format, dot, line, plate
from convexplain.board.pieces import Axis, Number, Part
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import calls, phrases, places, sliding
from convexplain.stories.calls import CONVOLVE, HANDED, KERAS, REVERSED, Call, Echo
from convexplain.stories.places import WIDE, Place, W, X, Y, whole
from convexplain.stories.script import Script
from convexplain.stories.turning import BELOW, CLOSE, UNLIT, Turns, kernel, look, pulse, rig
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
    told += [_cards(turns, number) for number in range(4)]
    return (*told, _reverse(turns), *_impulses(turns), _check(turns))


def _question(turns: Turns) -> Board:
    said = "One signal, one kernel, two functions: do they give the same numbers?"
    draft, form, axis = turns.draft(said), turns.form, turns.wide
    texts = [tap.weight.text for tap in turns.told.taps] + [n.text for n in turns.signal.values()]
    size = places.size_on(axis, texts)
    bench = turns.stage(axis, size or SMALL, below=100 - benches.GAP)
    bench = replace(bench, top=bench.middle, bottom=bench.bottom - 100 + benches.GAP)
    steps = [step for step in axis.shown if step in turns.signal]
    bricks, written = whole([turns.signal[step].value for step in steps]), steps if size else ()
    pieces.signal(draft, X, turns.signal, axis, bench.foot, bench.unit, "sample", None, written, size, bricks)
    written = {tap.k: tap.weight.text for tap in turns.told.taps} if size else {}
    turns.lay_kernel(draft, bench, KERAS, turns.told.taps, written)
    turns.names(draft, bench)
    middle = form.height - BELOW - 30
    for call, x, note in ((KERAS, form.margin, "of Keras: filled bars"), (CONVOLVE, form.width / 2, "of SciPy: hollow bars")):
        end = turns.title(draft, call, x, middle, TEXT)
        pieces.note(draft, ("call", call.name), note, end + 24, middle + DIGIT * (TEXT - SMALL) / 2)
    return draft.board("question", said, 3)


def _apart(turns: Turns, turned: bool) -> Board:
    said = "`convolve` gets the same signal and the same kernel."
    if turned:
        said = "But first it turns the kernel over, like a card."
    draft = turns.bare(said)
    for panel in turns.panels(0.36, CONVOLVE, turned, False):
        bench = replace(panel.bench, top=panel.bench.middle)
        turns.lay_panel(draft, replace(panel, bench=bench), turned and panel.call is CONVOLVE, False)
    if turned:
        turns.recede(draft, KERAS)
        return draft.board("turn", said, 2.5, [turns.turning(draft, kernel(CONVOLVE))])
    turns.copied(draft, W, kernel(CONVOLVE))
    turns.copied(draft, X, (CONVOLVE.name, *X))
    return draft.board("same", said, 2)


def _both(turns: Turns, name: str, said: str, call: Call, other: Place, cues: Sequence[Cue]) -> Board:
    """What ``Conv1D`` and another call make of one window; their sums stand side by side."""
    draft = turns.bare(said)
    for panel, place in zip(turns.panels(0.5, call, call.is_turned, True), (turns.told, other), strict=True):
        turns.lay_panel(draft, panel, panel.call.is_turned, True)
        turns.multiply(draft, panel, place)
    return draft.board(name, said, 3, cues)


def _meets(turns: Turns) -> Board:
    at = motion.ENTER
    cues = [Cue((("product", KERAS.name),), at), Cue((Y,), at + 1), *turns.falling(CONVOLVE, at + 2)]
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
    pieces.formula(draft, [Part("code", '`convolve(x, w, mode="valid")`')], key=("code",))
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
    return draft.board(name, said, 3)


def _back(turns: Turns) -> Board:
    first = turns.told.taps[0].step
    missing = sum(2 * first - tap.step not in turns.signal for tap in turns.told.taps)
    found = f"{phrases.spelled(missing)} {'tap finds' if missing == 1 else 'taps find'} no sample"
    return _counting(turns, "back", f"The minus counts back: {found}." if missing else "The minus counts back.", True)


def _start(turns: Turns) -> Board:
    return _counting(turns, "start", f"*K* = {turns.layer.kernel_size} taps: *K* − 1 only moves the start.", False)


def _cards(turns: Turns, number: int) -> Board:
    """Three cards in time: the kernel, turned by you, turned back by ``convolve``."""
    said = (
        "Turn the kernel over before `convolve` does …",
        "… and it is turned once.",
        "`convolve` takes it and turns it over again …",
        "… so that it slides as it was written.",
    )[number]
    draft, form = turns.bare(said), turns.form
    gap = 0.04 * form.width
    width = (form.width - 2 * form.margin - 2 * gap) / 3
    pitch = width / turns.count
    titles = ("`w`", "`w[::-1]`: turned by you", "turned back by `convolve`")
    turned = ((False, False), (False, True), (False, True, True), (False, True, False))[number]
    for slot, (call, back) in enumerate(zip((KERAS, HANDED, REVERSED), turned, strict=False)):
        left = form.margin + slot * (width + gap)
        written = turns.weights(pitch, False)
        axis = Axis(tuple(range(turns.count)), left, pitch, turns.count)
        bench = turns.alone(axis, turns.sized(pitch, written.values()))
        taps = [tap._replace(step=column) for column, tap in enumerate(turns.taps(back))]
        turns.lay_kernel(draft, bench, call, taps, written, back, True)
        if slot == 0 or (slot == 1 and number) or number == 3:
            size = benches.fitting(width, titles, (SMALL,) if form.is_narrow else (TEXT, SMALL))
            mark = words(titles[slot], left + 0.05 * pitch, bench.middle - 44, size, "ink", -1)
            draft.put("title", ("card", slot), mark)
    cues = [turns.turning(draft, kernel((HANDED, REVERSED)[number // 2]))] if number % 2 else ()
    if not number % 2:
        turns.copied(draft, *((W, kernel(HANDED)) if number == 0 else (kernel(HANDED), kernel(REVERSED))))
    return draft.board(("hand", "yours", "theirs", "twice")[number], said, (0.5, 1.5, 0.5, 3)[number], cues)


def _reverse(turns: Turns) -> Board:
    said = "The same pairs, added from the other end: the same sum."
    cues = [Cue((("product", KERAS.name), Y), motion.ENTER), *turns.falling(REVERSED, motion.ENTER + 1)]
    return _both(turns, "reverse", said, REVERSED, turns.told, cues)


def _impulses(turns: Turns) -> Iterator[Board]:
    """A single 1 as input, for ``Conv1D`` and for ``convolve``; nothing where it is read by one output only."""
    one = calls.place_of_one(turns.places)
    straight, turned = calls.echoes(turns.places, one), calls.echoes(turns.theirs, one)
    steps = [tap.step for echo in straight for tap in echo.place.taps]
    if len(straight) < 2 or max(steps) - min(steps) >= WIDE:
        return
    said = ("Slid over a single 1, its taps come out in reverse order.", "Turned over first, in the order written.")
    if len(straight) == len(turns.told.taps):
        said = (
            "Slid over a single 1, the kernel comes out in mirror image.",
            "Turned over first, it comes out as it was written.",
        )
        if calls.is_mirror(turns.told.taps):
            said = (
                "Slid over a single 1, this kernel comes out as it is.",
                "Turned over first, it comes out the same.",
            )
    yield _impulse(turns, "impulse", said[0], KERAS, one, straight)
    yield _impulse(turns, "impulse convolve", said[1], CONVOLVE, one, turned)


def _impulse(turns: Turns, name: str, said: str, call: Call, one: int, found: Sequence[Echo]) -> Board:
    rows = found if len(found) <= 5 else (*found[:2], *found[-2:])
    reads = sorted({tap.step for echo in found for tap in echo.place.taps} | {echo.place.home for echo in found})
    axis = Axis.near(Draft(turns.form), reads, turns.length, CLOSE if turns.wide.pitch < 150 else len(turns.wide.steps))
    draft, weights = turns.draft(said, axis, [one]), [tap.weight.value for tap in turns.told.taps]
    up, down = benches.extent(weights)
    top, bottom, pad, gap = benches.TOP, turns.form.height - BELOW + 6, 12.0, 20.0
    if turns.form.is_narrow:
        pad, gap = 6.0, 12.0
    texts = [echo.tap.weight.text for echo in found]
    size = benches.fitting(
        0.9 * axis.pitch, texts, (PARTIAL, TEXT, SMALL) if not turns.form.is_narrow else (TEXT, SMALL)
    )
    over, head = SMALL + 20, DIGIT * size + 40
    room = bottom - top - over - head - len(rows) * (2 * pad + gap)
    unit = benches.unit_of(room, 1 + (len(rows) + 1) * (up + down), weights, 60.0)
    foot, floor = top + over + unit, bottom - down * unit
    pieces.signal(draft, X, pulse(turns.signal, one), axis, foot, unit, "sample", [one], [one], SMALL)
    pieces.name(draft, X, "signal *x*", foot)
    turns.write_kernel(draft, foot + gap + pad + up * unit)
    pieces.baseline(draft, Y, axis.left, axis.right, floor)
    turns.title(draft, call, turns.form.margin, floor - DIGIT * SMALL / 2)
    below = foot + gap
    for number, (lit, place) in enumerate(rows):
        at, base = ("echo", number), below + pad + up * unit
        end = base + down * unit + pad
        left, right = benches.columns(place.taps, axis)
        corner, hatch = ("right", pieces.HATCHED) if call.is_turned else ("left", 0.0)
        face = plate("kernel", left, below, right, end, light=CARD, z=-3, corner=corner, hatch=hatch)
        draft.put("echo", ("rig", *at, "card"), face)
        pieces.baseline(draft, ("rig", *at), left + 16, right - 16, base, "kernel")
        for tap in place.taps:
            tint, light = (turns.tints[tap.k], 1.0) if tap.k == lit.k else ("kernel", UNLIT)
            x, own = axis.x(tap.step), (*at, tap.k)
            pieces.column(draft, own, tap.weight, x, base, axis.bar, unit, tint, bricks=turns.whole, light=light)
        mark, home = draft.marks[*at, lit.k, "bar"], axis.x(place.home)
        tip = floor - max(0.0, float(lit.weight.value)) * unit - 36 - DIGIT * size
        way = (mark.x, mark.bottom + 6, mark.x, end + gap / 2, home, end + gap / 2, home, tip)
        draft.put("thread", ("thread", call.name, number), line(turns.tints[lit.k], *way, size=6, z=2))
        below = end + gap
    for lit, place in found:
        own = ("response", call.name, place.step)
        row = next((number for number, echo in enumerate(rows) if echo.place is place), None)
        parent = None if row is None else ("echo", row, lit.k, "bar")
        x, tint, more = axis.x(place.home), turns.tints[lit.k], {"copy_of": parent, **look(call)}
        pieces.column(draft, own, lit.weight, x, floor, axis.bar, unit, tint, bricks=turns.whole, **more)
        pieces.digits(draft, own, lit.weight.text, size=size)
    cues = [
        Cue((("thread", call.name, number), ("response", call.name, echo.place.step)), motion.ENTER + 1 + number)
        for number, echo in enumerate(rows)
    ]
    for number in range(len(rows)):
        if call.is_turned:
            cues.append(turns.turning(draft, ("echo", number)))
        else:
            turns.copied(draft, W, ("echo", number))
    return draft.board(name, said, 3, cues)


def _check(turns: Turns) -> Board:
    found, script, form = calls.agreement(turns.script), turns.script, turns.form
    said = f"Handed the kernel turned, `convolve` gives {'Keras’s' if found.is_keras else 'the same'} numbers."
    draft = turns.draft(said)
    rounded = f" {phrases.sentence(script.shown.note.partition('; ')[0])}." if script.shown.note else ""
    pieces.remark(draft, ("check",), f"{found.words}.{rounded}")
    below = form.height - BELOW - min(mark.top for key, mark in draft.marks.items() if key[0] == "remark")
    wheres = [place._replace(output=Number(found.other[place.step], place.output.text)) for place in turns.places]
    size = places.size_on(turns.wide, [place.output.text for place in turns.places]) if script.shown.note is None else 0
    rows = turns.lone_row([place.output.value for place in wheres], size, max(20.0, below + 30))
    pieces.baseline(draft, Y, turns.wide.left, turns.wide.right, rows.floor)
    for place in wheres:
        x = turns.wide.x(place.home)
        key = turns.answer(draft, KERAS, place, rows, x, turns.wide.bar, rows.low)
        if size:
            pieces.digits(draft, key, place.output.text, size=size)
        tip, beside = rows.floor - float(found.scipy[place.step]) * rows.low, turns.wide.bar / 2 + 18
        ring = dot("output", x + beside, tip, 20.0, hollow=True, size=3.0, copy_of=("ring",))
        draft.put("ring", ("ring", place.step), ring)
    middle = rows.floor - DIGIT * SMALL / 2
    turns.title(draft, KERAS, form.margin, middle - 22)
    draft.put("ring", ("ring",), dot("output", form.margin + 11, middle + 22, 20.0, hollow=True, size=3.0))
    code = words(f"`{CONVOLVE.code}`", form.margin + 1.7 * DIGIT * SMALL, middle + 22, SMALL, "ink", -1)
    draft.put("ring", ("ring", "name"), code)
    fall = [Cue((("ring", place.step),), motion.ENTER, after=0.15 * number) for number, place in enumerate(wheres)]
    return draft.board("check", said, 4, [Cue((Y,), motion.MOVE), *fall])
