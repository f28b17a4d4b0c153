"""A single 1 as input: the kernel itself comes out, in mirror image, or, turned over first, as it was written.

Every output is the tap that lies on the 1. This module knows the places of two calls, and pieces; it says of a kernel
that it comes out only where every tap of it does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from convexplain.board import motion, pieces
from convexplain.board.marks import CARD, DIGIT, PARTIAL, SMALL, TEXT, Board, Cue, Draft, line, plate
from convexplain.board.pieces import Axis, Number
from convexplain.stories import bench as benches
from convexplain.stories import calls
from convexplain.stories.calls import CONVOLVE, KERAS, Call, Echo
from convexplain.stories.places import WIDE, W, X, Y
from convexplain.stories.turning import BELOW, CLOSE, UNLIT, Turns, look


def boards(turns: Turns) -> Iterator[Board]:
    """A single 1 as input, for ``Conv1D`` and for ``convolve``; nothing where it is read by one output only."""
    one = calls.place_of_one(turns.places)
    straight, turned = calls.echoes(turns.places, one), calls.echoes(turns.theirs, one)
    steps = [tap.step for echo in straight for tap in echo.place.taps]
    if len(straight) < 2 or max(steps) - min(steps) >= WIDE:
        return
    said = (
        "A single 1: the taps that reach it come out in reverse.",
        "Turned over, they come out in the order written.",
    )
    if len(straight) == len(turns.told.taps):
        said = (
            "A single 1: the last tap reaches it first, so the kernel comes out mirrored.",
            "Turned over, the first tap reaches it first: it comes out as written.",
        )
        if calls.is_mirror(turns.told.taps):
            said = (
                "A single 1: this kernel, its own mirror image, comes out as it is.",
                "Turned over, it comes out the same.",
            )
    yield _impulse(turns, "impulse", said[0], KERAS, one, straight)
    yield _impulse(turns, "impulse convolve", said[1], CONVOLVE, one, turned)


def _impulse(turns: Turns, name: str, said: str, call: Call, one: int, found: Sequence[Echo]) -> Board:
    rows = found if len(found) <= 5 else (*found[:2], *found[-2:])
    reads = sorted({tap.step for echo in found for tap in echo.place.taps} | {echo.place.home for echo in found})
    axis = Axis.near(Draft(turns.form), reads, turns.length, CLOSE if turns.wide.pitch < 150 else len(turns.wide.steps))
    draft, weights = turns.draft(said, axis), [tap.weight.value for tap in turns.told.taps]
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
    pulse = {step: Number(Fraction(step == one), str(int(step == one))) for step in turns.signal}
    pieces.signal(draft, X, pulse, axis, foot, unit, "sample", [one], [one], SMALL)
    pieces.name(draft, X, "signal *x*", foot)
    turns.write_kernel(draft, foot + max(56.0, gap + pad + up * unit))
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
        key = ("response", call.name, place.step)
        row = next((number for number, echo in enumerate(rows) if echo.place is place), None)
        parent = None if row is None else ("echo", row, lit.k, "bar")
        x, tint, more = axis.x(place.home), turns.tints[lit.k], {"copy_of": parent, **look(call)}
        pieces.column(draft, key, lit.weight, x, floor, axis.bar, unit, tint, bricks=turns.whole, **more)
        pieces.digits(draft, key, lit.weight.text, size=size)
    none, wheres = Number(Fraction(0), "0"), turns.theirs if call.is_turned else turns.places
    for place in wheres:
        if axis.has(place.home) and all(echo.place is not place for echo in found):
            key = ("response", call.name, place.step)
            pieces.column(draft, key, none, axis.x(place.home), floor, axis.bar, unit, "output", **look(call))
            pieces.digits(draft, key, none.text, size=size)
    cues = [
        Cue((("thread", call.name, number), ("response", call.name, echo.place.step, "bar")), motion.ENTER + 1 + number)
        for number, echo in enumerate(rows)
    ]
    for number in range(len(rows)):
        if call.is_turned:
            cues.append(turns.turning(draft, ("echo", number)))
        else:
            turns.copied(draft, W, ("echo", number))
    return draft.board(name, said, 3, cues)
