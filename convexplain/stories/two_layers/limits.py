"""Where two layers are not one: a relu between them, and padding between them.

Both do the same to the picture of the copies: two layers read a 0 where the one kernel goes on adding. This module
knows copies of a kernel; it computes none.
"""

from __future__ import annotations

import math
from fractions import Fraction

from convexplain import style
from convexplain.board import motion
from convexplain.board.marks import SMALL, TEXT, Board, Cue, Draft
from convexplain.board.text import words
from convexplain.stories import bench, phrases
from convexplain.stories.two_layers.copies import Copies
from convexplain.stories.two_layers.sheet import TOP, Sheet


def relu(told: Copies) -> list[Board]:
    """With a relu in between: an output that reads a number which it cuts."""
    chain = told.chain.with_settings(activation="relu")
    steps = [t for t in told.whole if told.chain.one(t) == told.chain.two(t) != chain.two(t)]
    if not steps:
        return []
    copies = told.at(min(steps, key=lambda t: (len(chain.lost(t)), abs(t - told.step), t)), chain)
    said = f"A relu in between makes 0 of {_seen(copies)}. Two layers give {_two(copies)}, the one kernel"
    return [_cut(copies, said)]


def padding(told: Copies) -> list[Board]:
    """With padding in between: an output that reads beyond the end of the level between. When the layers themselves
    have none, it is shown of the same kernels where the second layer has padding "same".
    """
    chain = told.chain if told.chain.differing else told.chain.with_settings("same")
    if not chain.differing:
        return []
    copies = told.at(max(chain.differing, key=lambda t: abs(chain.one(t) - chain.two(t))), chain)
    lost = _seen(copies)
    side = "in front of" if chain.lost(copies.step)[0] == 0 and copies.reads(0) < 0 else "behind"
    zeros = "a 0" if sum(not 0 <= step < chain.middle for step in chain.window(copies.step)) == 1 else "zeros"
    write, read, one = copies.pair.output, copies.second(), copies.total()
    totals = [write(sum((n.value for n in (band.products or {}).values()), Fraction(0))).text for band in (one, read)]
    said = f"Padding puts {zeros} {side} *h*, where kernel 1 would make {lost}: so {totals[1]}, not {totals[0]}."
    draft, form = copies.draft(said), copies.form
    halves = [(copies.samples(), one), (copies.middle(), read)]
    bottom, sheets = bench.bottom_of(form, 26.0), list[Sheet]()
    middle = (TOP + bottom) / 2
    for most in (math.inf, 0.0):
        most = most or min(sheet.unit for sheet in sheets)
        sheets = [
            Sheet.fit(form, copies.axis, half, below, most, top)
            for half, below, top in zip(halves, (bottom - middle, 0.0), (TOP, middle), strict=True)
        ]
    for n, (sheet, total) in enumerate(zip(sheets, totals, strict=True)):
        kernel = sheet.bands[1]
        sheet.lay_signal(draft, 0)
        sheet.lay_zeros(draft)
        sheet.lay_kernel(draft, 1)
        sheet.lay_name(draft, ("card", *kernel.key), kernel.name, sheet.feet[1], kernel.role)
        sheet.lay_bands(draft, 0, kernel.bars, 1)
        if sheet.lay_products(draft, 1) and not copies.several:
            x, y = sheet.axis.left - 14, sheet.line(1)
            draft.put("name", ("name", "sum", n), words(f"*y*[{copies.step}] =", x, y, sheet.size, "ink", align=1))
        sheet.lay_values(draft, {1: total})
    beyond = [at for at in read.bars if at not in halves[1][0].bars]
    zeros_ = [("product", *read.bars[at][0]) for at in beyond] + [("value", *read.key)]
    zeros_ += [("beyond", "row", 1, at, part) for at in beyond for part in ("place", "zero")]
    draft.change([key for key in zeros_ if key in draft.marks], role="differs")
    if beyond and (zero := draft.marks.get(("beyond", "row", 1, max(beyond), "zero"))):
        name = words("padding", zero.x + copies.axis.pitch / 2, zero.y, zero.size, "differs", align=-1)
        if name.right < form.width - 16 and max(beyond) > max(halves[1][0].bars):
            draft.put("padded", ("padded",), name)
    return [
        draft.board(
            "padding",
            said,
            4,
            [Cue((("value", *one.key),), beat=motion.MOVE), Cue((("value", *read.key),), beat=motion.ENTER + 1)],
        )
    ]


def _seen(copies: Copies) -> str:
    """The number between that is told: one read as 0 instead of what it is, of those whose copies are shown."""
    lost = copies.chain.lost(copies.step)
    own = [k for k in lost if k in copies.rows and copies.made(k).value != copies.made(k, True).value]
    step = str(copies.reads([*own, *lost][0])).replace("-", style.MINUS)
    return f"*h*[{step}] = {copies.made(own[0]).text}" if own else f"*h*[{step}]"


def _two(copies: Copies) -> str:
    """What two layers give, as a sum where that is short."""
    given = copies.pair.output(copies.chain.two(copies.step)).text
    if copies.several or len(copies.rows) > 3:
        return given
    return phrases.added([copies.scaled(after, True).text for after in copies.rows], given)


def _cut(copies: Copies, said: str) -> Board:
    """The copies of an output as the one kernel adds them, with the 0 that a relu makes of some; and what two layers
    give.
    """
    form, low = copies.form, bench.is_low(copies.form)
    said = f"{said} {copies.pair.output(copies.chain.one(copies.step)).text}."
    draft, sheet = copies.draft(said), copies.sheet(True, True, 40.0 if low else 84.0)
    copies.lay(draft, sheet, True, True)
    _lay_lost(draft, copies)
    y, text = bench.bottom_of(form, 34.0 if low else 60.0), f"two layers: *y*[{copies.step}] = {_two(copies)}"
    draft.put("two", ("two",), words(text, form.width - form.margin, y, SMALL if low else TEXT, "differs", align=1))
    column = Cue((("kernel", 2),), motion.MOVE, 0.5, "down first", after=0.4)  # of a row, when there is room
    cues = [column, column._replace(keys=(("card", "kernel", 2),), how="")]
    cues += [Cue((("lost",),), beat=motion.ENTER + 1), Cue((("two",),), beat=motion.ENTER + 2)]
    return draft.board("relu", said, 4, cues)


def _lay_lost(draft: Draft, copies: Copies) -> None:
    """Beside what copies make, or under it, the 0 that a relu makes of it; where there is no room, what they make is
    coloured.
    """
    lost, form = copies.chain.lost(copies.step), copies.form
    values = {key: mark for key, mark in draft.marks.items() if key[0] == "value"}
    size, edge = SMALL if bench.is_low(form) else TEXT, form.width - 16
    for key, value in values.items():
        if key[1] == "copy" and key[2] in lost:
            said = words("relu: 0", value.right + 32, value.y, size, "differs", align=-1)
            low = said.at(x=value.left + said.width / 2, y=value.y + 0.62 * (value.size + size))
            near = any(value.y < other.y < low.y + 0.62 * (other.size + size) for other in values.values())
            if said.right <= edge or (low.right <= edge and not near):
                draft.put("lost", ("lost", "relu", key[2]), said if said.right <= edge else low)
                draft.change([key], role="context")
            else:
                draft.change([key], role="differs")
