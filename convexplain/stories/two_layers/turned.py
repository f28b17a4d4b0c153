"""The stack in one rule: kernel 1 turned over slides along kernel 2. The taps that meet are multiplied, and what they
add up to is the tap of the one kernel under the first tap of kernel 1.

This module knows copies of a kernel and where they stand; it computes none.
"""

from __future__ import annotations

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import Board, Cue, Draft
from convexplain.board.pieces import Part
from convexplain.board.text import words
from convexplain.stories import bench, phrases
from convexplain.stories.two_layers.copies import Copies, first_role
from convexplain.stories.two_layers.sheet import Sheet, keys_of


def boards(copies: Copies) -> list[Board]:
    """Kernel 1 over kernel 2; turned over, where as few taps meet as may be seen; then where most meet."""
    columns, offset = copies.columns(), copies.chain.offset
    seen = [
        j
        for j, column in enumerate(columns)
        if column and all(copies.axis.has(copies.start + j - offset(0, k)) for k in copies.taps)
    ]
    whole = max(seen, key=lambda j: (len(columns[j]), -j), default=0)
    if not seen or len(copies.rows) < 2 or len(copies.taps) < 2:
        return []
    told, places = list[Board](), [None, seen[0], *[j for j in seen if j > seen[0] and j >= whole][:1]]
    for name, j in zip(("rule", "turn", "along"), places, strict=False):
        said = "The same sums in one rule: lay kernel 1 on kernel 2, the other way round."
        if j is not None:
            pairs = phrases.count(len(columns[j]), "pair")
            said = f"Turn kernel 1 over. {phrases.sentence(pairs)} of taps: {_worked(copies, j)}."
        if name == "along":
            said = f"It slides: {_worked(copies, j or 0)}. This is a convolution."
        draft, sheet = copies.draft(said), copies.rule(j)
        sheet.lay(draft)
        _lay(draft, copies, sheet, j)
        if name == "along":
            lay_formula(draft, copies)
        cues = copies.turning(back=True) if name == "rule" else []
        if name == "turn":
            card, kernel = ("card", "copy", copies.told), ("copy", copies.m, copies.told)
            came = draft.marks[card].x - told[-1].marks[card].x
            keys = (card, ("baseline", *card), kernel, ("names", 1))
            cues.append(Cue(keys, motion.MOVE, how="turn", at=(draft.marks[card].x, draft.marks[card].y, came)))
        cues.append(Cue(keys_of(draft, ("value",), ("name", "made")), motion.ENTER + 1))
        told.append(draft.board(name, said, 3.5, cues))
    return told


def _worked(copies: Copies, j: int) -> str:
    """What the pairs of a column add up to, as a sum of products where that is short."""
    pair, m, column = copies.pair, copies.m, copies.columns()[j]
    total = pair.part(m, j).text
    terms = [f"{pair.second(m, k).text} {bench.factor(pair.first(m, at), spaced=True)}" for k, at in column]
    worked = f"{' + '.join(terms)} = {total}"
    return f"*w*[{j}] = {worked if len(worked) < 26 else total}"


def _lay(draft: Draft, copies: Copies, sheet: Sheet, j: int | None) -> None:
    """The names of taps; those that meet are lit with what they make, and their columns joined."""
    m, start = copies.m, copies.start
    role, total = first_role(copies.pair, m), sheet.bands[3]
    met = {} if j is None else {at: k for k, at in copies.columns()[j]}
    if j is not None:
        sheet.lay_columns(draft, 1, 2, [start + copies.chain.offset(k, 0) for k in met.values()])
        sheet.lay_values(draft, {2: copies.pair.part(m, j).text})
        if sheet.is_worked:
            copies.lay_before(draft, sheet, 2, ("made", "tap"), f"*w*[{j}]")
    named = [(at, 1, f"*a*[{key[-1]}]", key[-1] in met, role) for at, (key, _) in sheet.bands[1].bars.items()]
    named += [(at, 3, f"*j* = {at - start}", at - start == j, "ink") for at in total.bars]
    for at, n, said, is_lit, hue in named if sheet.is_worked else ():
        if copies.axis.has(at):
            mark = words(said, copies.axis.x(at), sheet.line(n), sheet.em, "lit" if is_lit else hue)
            draft.put("names", ("names", n, said), mark)
    lit = [("copy", m, copies.told, at) for at in met] + [("kernel", 2, m, k) for k in met.values()]
    lit += [] if j is None else [total.bars[start + j][0]]
    draft.change(keys_of(draft, *((*key, "digits") for key in lit)), role="lit")


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
