"""The stack in one rule: the taps that make a sum lie crosswise, and with kernel 1 turned over one above the other. It
slides along kernel 2, and each place makes the tap of the one kernel under its first tap.

This module knows copies of a kernel and where they stand; it computes none.
"""

from __future__ import annotations

from collections.abc import Mapping

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, Board, Cue, Draft, Key, Mark, line
from convexplain.board.pieces import Part
from convexplain.board.text import words
from convexplain.stories import bench, phrases
from convexplain.stories.two_layers.copies import Copies, first_role
from convexplain.stories.two_layers.sheet import Sheet, keys_of


def boards(copies: Copies) -> list[Board]:
    """Kernel 1 over kernel 2 where most taps meet: as it is, and turned over; then slid as far as may be seen."""
    columns, back = copies.columns(), [copies.start - copies.chain.offset(0, k) for k in copies.taps]
    seen = [j for j, column in enumerate(columns) if column and all(copies.axis.has(j + at) for at in back)]
    if not seen or len(copies.rows) < 2 or len(copies.taps) < 2:
        return []
    whole, told = max(seen, key=lambda j: (len(columns[j]), -j)), list[Board]()
    places = {"rule": whole, "turn": whole, "back": seen[0], "along": seen[-1]}
    for name, j in places.items():
        if name in ("back", "along") and j == whole:
            continue
        said = {
            "rule": f"A sum of the stack: {_worked(copies, j)}." + " Its pairs of taps cross." * (len(columns[j]) > 1),
            "turn": f"Turn kernel 1 over, and each pair stands in one column: *w*[{j}] = {_made(copies, j)}.",
            "back": f"It slides. Here {phrases.count(len(columns[j]), 'pair')}: {_worked(copies, j)}.",
            "along": f"{_worked(copies, j)}. A convolution: *k* runs along kernel 2.",
        }[name]
        draft, sheet = copies.draft(said), copies.rule(j, name != "rule")
        sheet.lay(draft)
        _lay(draft, copies, sheet, j)
        if name == "along":
            lay_formula(draft, copies)
        cues = [Cue(keys_of(draft, ("value",)), motion.ENTER + 1)]
        if name == "rule":  # the numbers of the column come first
            cues.append(Cue(keys_of(draft, ("product",)), motion.MOVE - 0.5))
            for key in keys_of(draft, ("product",)):
                draft.change([key], copy_of=("copy", copies.m, key[4], dict(columns[j])[key[4]], "digits"))
        if name == "turn":
            cues += [over(told[-1].marks, draft.marks, copies), Cue((("pair",),), motion.MOVE, motion.LASTS["turn"])]
        told.append(draft.board(name, said, 3.5, cues))
    return told


def over(before: Mapping[Key, Mark], after: Mapping[Key, Mark], copies: Copies) -> Cue:
    """How kernel 1 turns over."""
    card = ("card", "copy", copies.told)
    keys: tuple[Key, ...] = (card, ("baseline", *card), ("copy", copies.m, copies.told), ("names", 1))
    at = after[card].x, after[card].y, after[card].x - before[card].x
    return Cue(keys, motion.MOVE, how="turn", at=at)


def _made(copies: Copies, j: int) -> str:
    """What the pairs of a column add up to."""
    return copies.pair.part(copies.m, j).text


def _worked(copies: Copies, j: int) -> str:
    """What the pairs of a column add up to, as a sum of products where that is short."""
    pair, m, column, total = copies.pair, copies.m, copies.columns()[j], _made(copies, j)
    terms = [f"{pair.second(m, k).text} {bench.factor(pair.first(m, at), spaced=True)}" for k, at in column]
    worked = f"{' + '.join(terms)} = {total}"
    return f"*w*[{j}] = {worked if len(worked) < 26 else total}"


def _lay(draft: Draft, copies: Copies, sheet: Sheet, j: int) -> None:
    """The names of taps; those that meet are lit with what they make, and a line joins each pair."""
    m, start, met = copies.m, copies.start, {at: k for k, at in copies.columns()[j]}
    above, total = sheet.bands[1].bars, sheet.bands[3].bars
    sheet.lay_values(draft, {2: _made(copies, j)})
    if sheet.is_worked:
        copies.lay_before(draft, sheet, 2, ("made", "tap", j), f"*w*[{j}]")
    role = first_role(copies.pair, m)
    named = [(at, 1, f"*a*[{key[-1]}]", key[-1] in met, role) for at, (key, _) in above.items()]
    named += [(at, 3, f"*w*[{at - start}]", at - start == j, "ink") for at in total]
    for at, n, said, is_lit, hue in named if sheet.is_worked else ():
        if copies.axis.has(at):
            mark = words(said, copies.axis.x(at), sheet.line(n), sheet.em, "lit" if is_lit else hue)
            draft.put("names", ("names", n, said), mark)
    begin = sheet.line(1) + DIGIT * sheet.em / 2 + 16 if sheet.is_worked else sheet.bottom(1) + 6
    for at, (key, _) in above.items():
        if key[-1] in met:
            ends = copies.axis.x(at), begin, copies.axis.x(start + copies.chain.offset(met[key[-1]], 0))
            draft.put("pair", ("pair", met[key[-1]]), line("lit", *ends, sheet.top(2) - 8, size=4.0, z=-1))
    lit: list[Key] = [("copy", m, copies.told, at, "digits") for at in met]
    lit += [(*total[start + j][0], "digits"), *(("kernel", 2, m, k, "digits") for k in met.values())]
    draft.change(keys_of(draft, ("product",), *lit), role="lit")


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
