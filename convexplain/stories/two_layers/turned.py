"""The stack read by columns: beside it stands kernel 1 turned over, and each of its taps meets the tap of kernel 2 in
its row. The pairs are the taps of one column; slid by a row, kernel 1 makes the next.

This module knows copies of a kernel and where they stand; it computes none.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

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
    whole = next((j for j, column in enumerate(columns) if len(column) == max(map(len, columns))), 0)
    later = next((j for j in range(whole + 1, len(columns)) if columns[j]), None)
    if len(columns[whole]) < 2:
        return []
    for name, j in (("turn", whole), ("slid", later)):
        if j is None:
            continue
        worked = f"*w*[{j}] = {_worked(copies, j)}".replace("-", style.MINUS)
        said = f"Kernel 1 turned over meets kernel 2: {worked}."
        if name == "slid":
            said = f"{phrases.sentence(phrases.count(later - whole, 'row'))} down: {worked}. This is a convolution."
        draft, place = copies.draft(said), copies.chain.output_place(copies.step)
        sheet = copies.stack(bottom=replace(copies.bottom(), lit=(place,)))
        copies.lay(draft, sheet)
        for key in [key for key in draft.marks if key[0] in ("product", "value") or key[:2] in SUMS]:
            del draft.marks[key]
        lit = _lay(draft, copies, sheet, j)
        draft.change([key for own in lit if (key := (*own, "digits")) in draft.marks], role="lit")
        draft.change([("band", 0, j)], light=0.14)
        lay_formula(draft, copies)
        cues = [
            Cue((("turned",), ("card", "turned")), beat=motion.ENTER, lasts=1.6),
            Cue((("names",),), motion.ENTER + 1),
        ]
        if name == "slid":
            held = tuple(key for key in draft.marks if key in told[-1].marks and "turned" in key)
            cues = [Cue(held, beat=motion.MOVE, lasts=1.6)]
        told.append(draft.board(name, said, 4, cues))
    return told


def _worked(copies: Copies, j: int) -> str:
    """What the pairs of a column add up to, as a sum where that is short."""
    pair, column = copies.pair, copies.columns()[j]
    total = pair.tap(sum((pair.copy(copies.m, *at).value for at in column), Fraction(0)))
    if len(column) == 1:
        (after, k) = column[0]
        worked = f"{pair.second(copies.m, after).text} {bench.factor(pair.first(copies.m, k), spaced=True)} = {total}"
    else:
        worked = phrases.added([pair.copy(copies.m, *at).text for at in column], total)
    return worked if len(worked) < 26 else total


def _lay(draft: Draft, copies: Copies, sheet: Sheet, j: int) -> list[Key]:
    """Kernel 1 on end in the free column before the stack, its taps in the rows of the taps that they meet; the keys of
    what belongs together are returned.
    """
    stage, m, role = copies.stage, copies.m, first_role(copies.pair, copies.m)
    place = copies.chain.start(copies.step) - 1
    form, x, made = stage.form, stage.axis.x(place), sheet.bands[-1 if stage.low else -2]
    first, columns = copies.chain.start(copies.step), copies.columns()
    rows = {1 + copies.rows.index(after): k for after, k in columns[j] if after in copies.rows}
    after = copies.rows[-1] + 1  # below the stack kernel 1 goes on, and meets nothing
    rows |= {len(copies.rows) + 1: k for k in copies.taps if copies.chain.offset(after, k) == j}
    lit: list[Key] = [made.bars[first + j][0]]
    for n, k in rows.items():
        key, is_met = ("turned", m, k), n <= len(copies.rows)
        look = dict(bricks=sheet.bricks, light=FULL if is_met else CONTEXT, copy_of=("copy", m, copies.told, k, "bar"))
        number = copies.pair.first(m, k)
        pieces.column(draft, key, number, x, sheet.feet[n], stage.axis.bar, sheet.unit, role, **look)
        if stage.size:
            pieces.digits(draft, key, bench.factor(number), size=stage.size, role="ink" if is_met else "quiet")
        if is_met:
            lit += [key, ("copy", m, copies.rows[n - 1], k), ("kernel", 2, m, copies.rows[n - 1])]
        _lay_name(draft, sheet, n, ("turned", m, k), f"*a*[{k}]", x, is_met, role)
    for n, own in enumerate(copies.rows, 1):
        _lay_name(draft, sheet, n, ("kernel", 2, own), f"*b*[{own}]", form.margin + 40, n in rows, "kernel")
    for place, (key, _) in made.bars.items():
        at = place - first
        _lay_name(draft, sheet, len(copies.rows) + 1, key, f"*w*[{at}]", stage.axis.x(place), at == j, "ink")
    top, bottom = min(rows), max(rows)
    box = (x - stage.half, sheet.top(top), x + stage.half, sheet.bottom(bottom))
    card = plate(role, *box, light=CARD, z=-3, copy_of=("card", "copy", copies.told))
    draft.put("card", ("card", "turned"), card)
    return lit


def _lay_name(draft: Draft, sheet: Sheet, n: int, key: Key, said: str, x: float, lit: bool, role: Role) -> None:
    """The letter of a tap, under it on the line of products."""
    if sheet.stage.is_worked:
        size = TEXT if not sheet.stage.low else SMALL
        draft.put("names", ("names", *key), words(said, x, sheet.line(n), size, "lit" if lit else role))


def lay_formula(draft: Draft, copies: Copies) -> None:
    """The taps of the one kernel by those of the two, each kernel in its hue."""
    chain = copies.chain
    slide = chain.offset(1, 0) if len(copies.rows) > 1 else 1
    if len(copies.taps) > 1 and chain.offset(0, 1) > 1:
        return
    parts = [Part("w", "*w*["), Part("j", "*j*"), Part("equals", "] = "), Part("sum", "∑"), Part("k of sum", "*k* ", 1)]
    parts += [Part("b", "*b*["), Part("k", "*k*"), Part("close", "] "), Part("a", "*a*["), Part("j of a", "*j*")]
    parts += [Part("minus", f" − {slide if slide != 1 else ''}"), Part("k of a", "*k*"), Part("end", "]")]
    pieces.formula(draft, parts, ("j", "j of a", "k", "k of a"))
    draft.change([("formula", part) for part in ("b", "close")], role="kernel")
    draft.change([("formula", part) for part in ("a", "end")], role=first_role(copies.pair, copies.m))
