"""The stack read by columns: before it stands kernel 1 turned over, on end, and slides along kernel 2. The taps that
meet in a row make the tap of this row of the stack; the pairs of one place are a column.

This module knows copies of a kernel and where they stand; it computes none.
"""

from __future__ import annotations

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import CARD, DIGIT, SMALL, TEXT, Board, Cue, Draft, Key, Role, line, plate
from convexplain.board.pieces import Part
from convexplain.board.text import words
from convexplain.stories import bench, phrases
from convexplain.stories.two_layers.copies import Copies, first_role
from convexplain.stories.two_layers.sheet import Sheet, keys_of

FLAP = 50.0
"""The height of what of a kernel on end stands over, and meets nothing."""


def boards(copies: Copies) -> list[Board]:
    """Kernel 1 turned over at the first tap of kernel 2, then where most taps meet, then further on."""
    columns, told = copies.columns(), list[Board]()
    whole = max(range(len(columns)), key=lambda j: (len(columns[j]), -j))
    later = next((j for j in range(whole + 1, len(columns)) if columns[j]), whole)
    if len(columns[whole]) < 2:
        return []
    met = [j for j in sorted({0, whole, later}) if any(k in copies.rows for k, _ in columns[j])]
    for name, j in zip(("turn", "slid", "last"), met, strict=False):
        pairs, worked = phrases.count(len(columns[j]), "pair"), _worked(copies, j)
        said = {
            "turn": f"The same sums in one rule: turn kernel 1 over. {phrases.sentence(pairs)}: {worked}.",
            "slid": f"It slides along kernel 2: {pairs}, {worked}.",
            "last": f"Then {pairs}, {worked}. This is a convolution.",
        }[name]
        draft, sheet = copies.draft(said), copies.stack()
        copies.lay(draft, sheet)
        for key in keys_of(draft, ("product",), ("value",), ("note",), ("name",)):
            if key[1] not in ("row", "card"):
                del draft.marks[key]  # what is said of the rows, which are read by columns here
        sheet.lay_columns(draft, 0, len(copies.rows) + 1, [copies.start + j], 0.14)
        _lay(draft, copies, sheet, j, not told)
        if told:
            lay_formula(draft, copies)
        turned = keys_of(draft, ("turned",), ("card", "turned"), ("names", "turned"))
        held = [key for key in turned if (key in told[-1].marks if told else (*key[:-1], "bar") in draft.marks)]
        late = [key for key in keys_of(draft, ("names",), ("turned",)) if key not in held]
        cues = [Cue((*held,), motion.MOVE if told else motion.ENTER, 1.2), Cue((*late,), motion.ENTER + 1)]
        told.append(draft.board(name, said, 3.5, cues))
    return told


def _worked(copies: Copies, j: int) -> str:
    """What the pairs of a column add up to, as a sum of products where that is short."""
    pair, m, column = copies.pair, copies.m, copies.columns()[j]
    total = pair.part(m, j).text
    terms = [f"{pair.second(m, k).text} {bench.factor(pair.first(m, at), spaced=True)}" for k, at in column]
    worked = f"{' + '.join(terms)} = {total}"
    return f"*w*[{j}] = {worked if len(worked) < 26 else total}"


def _lay(draft: Draft, copies: Copies, sheet: Sheet, j: int, is_new: bool) -> None:
    """Kernel 1 on end between kernel 2 and the stack, its taps in the rows of the taps that they meet, lit with these
    and what they make. Where it stands over there is its number alone.
    """
    m, last, first, role = copies.m, len(copies.rows) + 1, copies.start, first_role(copies.pair, copies.m)
    left = draft.marks["card", "kernel", 2].right + 0.02 * sheet.form.width
    half = min(sheet.half, (draft.marks["card", "copy", copies.rows[0]].left - left - 12) / 2)
    x, rows = left + half, {1 + copies.rows.index(k): at for k, at in copies.columns()[j] if k in copies.rows}
    lit: list[Key] = [sheet.bands[last].bars[first + j][0]]

    def name(key: Key, said: str, x: float, n: int, is_met: bool, hue: Role) -> None:
        if sheet.is_worked:
            mark = words(said, x, sheet.line(n), SMALL if sheet.low else TEXT, "lit" if is_met else hue)
            draft.put("names", ("names", *key), mark)

    for at in sheet.bands[last].bars:
        name(("w", at), f"*j* = {at - first}", sheet.axis.x(at), last, at == first + j, "ink")
    for n, own in enumerate(copies.rows, 1):
        begin, foot = draft.marks["thread", own].left, sheet.feet[n]
        draft.marks["thread", own] = line("kernel", begin, foot, left - 8, foot, size=4, z=-2)
        name(("b", own), f"*k* = {own}", draft.marks["kernel", 2, m, own, "bar"].x, n, n in rows, "kernel")
    for n, k in rows.items():
        key, number = ("turned", m, k), copies.pair.first(m, k)
        wide, look = min(sheet.axis.bar, 1.6 * half), {"bricks": sheet.bricks}
        pieces.column(draft, key, number, x, sheet.feet[n], wide, sheet.unit, role, **look)
        if sheet.size:
            pieces.digits(draft, key, bench.factor(number), sheet.size)
        for part in ("bar", "digits"):
            if is_new and (*key, part) in draft.marks:
                draft.change([(*key, part)], copy_of=("copy", m, copies.told, k, part))
        lit += [key, ("copy", m, copies.rows[n - 1], k), ("kernel", 2, m, copies.rows[n - 1])]
        name(("turned", k), f"*a*[{k}]", x, n, True, role)
    top, bottom = sheet.top(min(rows)), sheet.line(max(rows)) + 25 if sheet.is_worked else sheet.bottom(max(rows))
    above = [k for k in copies.taps if k > max(rows.values())]
    for over, flap in (above, top - FLAP), ([k for k in copies.taps if k < min(rows.values())], bottom):
        if over and sheet.is_worked and not sheet.low and flap + FLAP < sheet.feet[last] - DIGIT * TEXT:
            top, bottom = min(top, flap), max(bottom, flap + FLAP)
            said = bench.factor(copies.pair.first(m, over[0])) if len(over) == 1 else "⋯"
            mark = words(said, x, flap + FLAP / 2, sheet.form.small, "quiet")
            draft.put("digits", ("turned", m, over[0] if len(over) == 1 else flap < bottom - FLAP, "digits"), mark)
    draft.put("card", ("card", "turned"), plate(role, x - half, top, x + half, bottom, light=CARD, z=-3))
    draft.change(keys_of(draft, *((*own, "digits") for own in lit)), role="lit")


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
