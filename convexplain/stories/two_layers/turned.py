"""The stack read by columns: beside it stands kernel 1 turned over, and each of its taps meets the tap of kernel 2 in
its row. The pairs are the taps of one column; slid by a row, kernel 1 makes the next.

This module knows copies of a kernel and where they stand; it computes none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import CARD, CONTEXT, FULL, SMALL, TEXT, Board, Cue, Draft, Key, Role, plate
from convexplain.board.pieces import Part
from convexplain.board.text import words
from convexplain.stories import bench, phrases
from convexplain.stories.two_layers.copies import Copies, first_role
from convexplain.stories.two_layers.sheet import Sheet

SUMS = (("name", "reads"), ("name", "factor"), ("name", "made"))
"""The names of what the rows of the stack make of the samples, which are not spoken of."""


def boards(copies: Copies) -> list[Board]:
    """Kernel 1 turned over beside the column where most taps meet, then slid to the next one."""
    columns, told = copies.columns(), list[Board]()
    whole = max(range(len(columns)), key=lambda j: (len(columns[j]), -j))
    later = next((j for j in range(whole + 1, len(columns)) if columns[j]), whole)
    if len(columns[whole]) < 2:
        return []
    rows = phrases.sentence(phrases.count(later - whole, "row"))
    lit = (copies.chain.output_place(copies.step),)
    for name, j in (("turn", whole), ("slid", later)):
        said = f"Kernel 1 turned over meets kernel 2: {_worked(copies, j)}."
        if name == "slid":
            said = f"{rows} down: {_worked(copies, j)}. This is a convolution."
        draft, sheet = copies.draft(said), copies.stack(bottom=replace(copies.bottom(), lit=lit))
        copies.lay(draft, sheet)
        for key in [key for key in draft.marks if key[0] in ("product", "value") or key[:2] in SUMS]:
            del draft.marks[key]
        met = [(*own, "digits") for own in _lay(draft, copies, sheet, j)]
        draft.change([key for key in met if key in draft.marks], role="lit")
        draft.change([("band", 0, j)], light=0.14)
        lay_formula(draft, copies)
        cues = [Cue((("turned",), ("card", "turned")), motion.ENTER, lasts=1.2), Cue((("names",),), motion.ENTER + 1)]
        if told:
            held = tuple(key for key in draft.marks if key in told[-1].marks and "turned" in key)
            cues = [Cue(held, motion.MOVE, lasts=1.2)]
        told.append(draft.board(name, said, 3.5, cues))
    return told


def _worked(copies: Copies, j: int) -> str:
    """What the pairs of a column add up to, as a sum where that is short."""
    pair, m, column = copies.pair, copies.m, copies.columns()[j]
    total = pair.part(m, j).text
    worked = phrases.added([pair.copy(m, *at).text for at in column], total)
    if len(column) == 1:
        (after, k) = column[0]
        worked = f"{pair.second(m, after).text} {bench.factor(pair.first(m, k), spaced=True)} = {total}"
    return f"*w*[{j}] = {worked if len(worked) < 26 else total}"


def _lay(draft: Draft, copies: Copies, sheet: Sheet, j: int) -> list[Key]:
    """Kernel 1 on end in the free column before the stack, its taps in the rows of the taps that they meet; the keys of
    what belongs together are returned.
    """
    m, last, first = copies.m, len(copies.rows) + 1, copies.start
    role = first_role(copies.pair, m)
    x, made, left = sheet.axis.x(first - 1), sheet.bands[last], draft.marks["kernel", 2, m, copies.rows[0], "bar"].x
    rows = {1 + copies.rows.index(after): k for after, k in copies.columns()[j] if after in copies.rows}
    # Below the stack kernel 1 goes on, and meets nothing.
    below = [k for k in copies.taps if copies.chain.offset(copies.rows[-1] + 1, k) == j]
    rows |= {last: below[0]} if below else {}
    lit: list[Key] = [made.bars[first + j][0]]
    letters: list[tuple[int, Key, str, float, bool, Role]]
    letters = [(last, ("w", at), f"*w*[{at - first}]", sheet.axis.x(at), at == first + j, "ink") for at in made.bars]
    letters += [(n, ("b", own), f"*b*[{own}]", left, n in rows, "kernel") for n, own in enumerate(copies.rows, 1)]
    letters += [(n, ("turned", k), f"*a*[{k}]", x, n < last, role) for n, k in rows.items()]
    for n, k in rows.items():
        key, is_met, number = ("turned", m, k), n < last, copies.pair.first(m, k)
        look: dict[str, Any] = {"light": FULL if is_met else CONTEXT, "copy_of": ("copy", m, copies.told, k, "bar")}
        pieces.column(
            draft, key, number, x, sheet.feet[n], sheet.axis.bar, sheet.unit, role, bricks=sheet.bricks, **look
        )
        if sheet.size:
            pieces.digits(draft, key, bench.factor(number), sheet.size, "ink" if is_met else "quiet")
        if is_met:
            lit += [key, ("copy", m, copies.rows[n - 1], k), ("kernel", 2, m, copies.rows[n - 1])]
    size = SMALL if sheet.low else TEXT
    for n, letter, said, at, is_met, hue in letters if sheet.is_worked else ():
        draft.put("names", ("names", *letter), words(said, at, sheet.line(n), size, "lit" if is_met else hue))
    box = (x - sheet.half, sheet.top(min(rows)), x + sheet.half, sheet.bottom(max(rows)))
    card = plate(role, *box, light=CARD, z=-3, copy_of=("card", "copy", copies.told))
    draft.put("card", ("card", "turned"), card)
    return lit


def lay_formula(draft: Draft, copies: Copies) -> None:
    """The taps of the one kernel by those of the two, each kernel in its hue."""
    chain = copies.chain
    slide = chain.offset(1, 0) if len(copies.rows) > 1 else 1
    if len(copies.taps) > 1 and chain.offset(0, 1) > 1:
        return
    parts = [Part("w", "*w*["), Part("j", "*j*"), Part("equals", "] = "), Part("sum", "∑"), Part("k of sum", "*k* ", 1)]
    parts += [Part("b", "*b*["), Part("k", "*k*"), Part("close", "] "), Part("a", "*a*["), Part("j of a", "*j*")]
    parts += [Part("minus", f" {style.MINUS} {slide if slide != 1 else ''}"), Part("k of a", "*k*"), Part("end", "]")]
    pieces.formula(draft, parts, ("j", "j of a", "k", "k of a"))
    draft.change([("formula", part) for part in ("b", "close")], role="kernel")
    draft.change([("formula", part) for part in ("a", "end")], role=first_role(copies.pair, copies.m))
