"""The stack in one rule: the taps that make a sum lie crosswise, and with kernel 1 turned over one above the other. It
slides along kernel 2, and each place makes the tap of the one kernel under its first tap.

This module knows copies of a kernel and where they stand; it computes none.
"""

from __future__ import annotations

from collections.abc import Mapping

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import Board, Cue, Draft, Key, Mark, line
from convexplain.board.pieces import Part
from convexplain.board.text import words
from convexplain.stories import bench, phrases
from convexplain.stories.two_layers.copies import Copies
from convexplain.stories.two_layers.sheet import Sheet, keys_of


def boards(copies: Copies) -> list[Board]:
    """Kernel 1 over kernel 2 where most taps meet: as it is, and turned over; then slid as far as may be seen."""
    columns, back = copies.columns, [copies.start - copies.chain.offset(0, k) for k in copies.taps]
    seen = [j for j, column in enumerate(columns) if column and all(copies.axis.has(j + at) for at in back)]
    if not seen or len(copies.rows) < 2 or len(copies.taps) < 2:
        return []
    whole, told = max(seen, key=lambda j: (len(columns[j]), -j)), list[Board]()
    for name, j in {"rule": whole, "turn": whole, "back": seen[0], "along": seen[-1]}.items():
        if name in ("back", "along") and j == whole:
            continue
        sheet, worked = copies.rule(j, name != "rule"), _worked(copies, j)
        said = {
            "rule": f"A sum of the stack: {worked}." + " Its pairs of taps cross." * (len(columns[j]) > 1),
            "turn": f"Turn kernel 1 over, and each pair stands in one column: *w*[{j}] = {sheet.bands[2].total}.",
            "back": f"It slides. Here {phrases.count(len(columns[j]), 'pair')}: {worked}.",
            "along": f"{worked}. A convolution: *k* runs along kernel 2.",
        }[name]
        draft = copies.draft(said, sheet)
        _lay(draft, copies, sheet, j)
        if name == "along":
            _lay_formula(draft, copies)
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


def _worked(copies: Copies, j: int) -> str:
    """What the pairs of a column add up to, as a sum of products where that is short."""
    pair, total = copies.pair, copies.pair.weight("part", copies.m, j).text
    terms = [f"{pair.second(k).text} {bench.factor(pair.first(at), spaced=True)}" for k, at in copies.columns[j]]
    worked = f"{' + '.join(terms)} = {total}"
    return f"*w*[{j}] = {worked if len(worked) < 26 else total}"


def _lay(draft: Draft, copies: Copies, sheet: Sheet, j: int) -> None:
    """The names of taps; those that meet are lit with what they make, and a line joins each pair."""
    axis, met = copies.axis, {at: k for k, at in copies.columns[j]}
    above, total = sheet.bands[1].bars, sheet.bands[3].bars
    sheet.lay_totals(draft, 2)
    if sheet.is_worked:
        copies.lay_before(draft, sheet, 2, ("made", "tap", j), f"*w*[{j}]")
        named = [(at, 1, f"*a*[{bar.key[-1]}]", bar.key[-1] in met, copies.hue) for at, bar in above.items()]
        named += [(at, 3, f"*w*[{bar.key[-1]}]", bar.key[-1] == j, "ink") for at, bar in total.items()]
        for at, n, said, is_lit, hue in named:
            if axis.has(at):
                mark = words(said, axis.x(at), sheet.line(n), sheet.em, "lit" if is_lit else hue)
                draft.put("names", ("names", n, said), mark)
    for at, bar in above.items():
        if (k := met.get(bar.key[-1])) is not None:
            ends = axis.x(at), sheet.under(1) + 8, axis.x(copies.start + copies.chain.offset(k, 0)), sheet.top(2) - 8
            draft.put("pair", ("pair", k), line("lit", *ends, size=4.0, z=-1))
            draft.change(keys_of(draft, (*bar.key, "digits"), ("kernel", 2, copies.m, k, "digits")), role="lit")
    draft.change(keys_of(draft, ("product",), (*total[copies.start + j].key, "digits")), role="lit")


def _lay_formula(draft: Draft, copies: Copies) -> None:
    """The taps of the one kernel by those of the two, each kernel in its hue."""
    slide = copies.chain.offset(1, 0)
    if copies.chain.offset(0, 1) > 1:
        return
    parts = [Part("w", "*w*["), Part("j", "*j*"), Part("equals", "] = "), Part("sum", "∑"), Part("k of sum", "*k* ", 1)]
    parts += [Part("b", "*b*["), Part("k", "*k*"), Part("close", "] "), Part("a", "*a*["), Part("j of a", "*j*")]
    parts += [Part("minus", f" {style.MINUS} {slide if slide != 1 else ''}"), Part("k of a", "*k*"), Part("end", "]")]
    pieces.formula(draft, parts, ("j", "j of a", "k", "k of a"))
    draft.change([("formula", part) for part in ("b", "close")], role="kernel")
    draft.change([("formula", part) for part in ("a", "end")], role=copies.hue)
