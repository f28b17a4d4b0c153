"""Where two layers are no longer one kernel: padding or a relu puts a zero between them.

There a tap of the second kernel counts nothing, but the one kernel goes on counting what the first would make: it gives
another number, and the two stand below each other. This module knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain.board import pieces, staging
from convexplain.board.marks import CONTEXT, DIGIT, FULL, PARTIAL, TEXT, Board, Cue, Draft
from convexplain.board.text import words
from convexplain.stories.two_layers.bands import Band
from convexplain.stories.two_layers.copies import Copies
from convexplain.stories.two_layers.sheet import Sheet, keys_of, row_of, together


def limits(told: Copies) -> list[Board]:
    """What padding does, where there is room before what is missed with it, and what a relu does, where they change an
    output.
    """
    among, boards = [*told.altered.values()], list[Board]()
    for act, own in told.altered.items():
        is_parted = act == "padding" and len(own.altered_way().bands) > 3  # the first kernel is seen
        for name in ("past", act) if is_parted else (act,):
            boards.append(_cut(own, among, name, not boards, is_parted))
    return boards


def _cut(own: Copies, among: list[Copies], act: str, is_first: bool, is_parted: bool) -> Board:
    """What two layers make with a zero between, and below it what one kernel makes, unless that is told ``past`` it."""
    is_missed = act != "past"
    sheet = own.altered_way(among, "*h* after relu" if act == "relu" else "*h* with padding", is_missed)
    *above, middle, second = sheet.bands
    one = own.second(is_open=True)
    one = replace(one, line=second.line + 2 * sheet.size, under=second.under + 2 * sheet.size)
    said = _said(own, act, is_parted, second.total, one.total)
    draft = own.draft(said, sheet)
    gives = [second, one] if is_missed and sheet.size else [second]
    _lay_given(draft, sheet, gives, "without relu" if act == "relu" else "without the 0")
    cues = [] if is_parted and is_missed else [together(draft, *sheet.bands, after=0.15)]
    if is_first and not own.several:  # it stood on end, and lies
        cues.append(Cue(row_of(draft, second), staging.LEAVE, 1.6, "anew"))
    lost = [*map(own.chain.middle_place, map(own.reads, own.chain.lost(own.step)))]
    for first in above[1:] if is_missed else ():
        sheet.lay_fan(draft, 1, lost[0])
        beyond = (bar.key for at, bar in first.bars.items() if at not in sheet.products(first))
        for key in keys_of(draft, *beyond):
            draft.change([key], **({"light": CONTEXT} if key[-1] == "bar" else {"light": FULL, "role": "quiet"}))
    for n, band in enumerate(gives):
        name = ("name", "given", *band.key)
        products = keys_of(draft, *(("product", *bar.key) for bar in band.bars.values()))
        cues.append(Cue((*products, ("value", *band.key, sheet.where), name), staging.ENTER + n))
    for at in lost:
        pieces.band(draft, ("lost", at), own.axis.x(at), middle.top, gives[-1].under, 2 * sheet.half, "ink")
        draft.change(keys_of(draft, middle.bars[at].key), role="differs")
    return draft.board(act, said, 3.5, [*cues, Cue(keys_of(draft, ("lost",)), staging.ENTER)])


def _lay_given(draft: Draft, sheet: Sheet, kernels: list[Band], other: str) -> None:
    """What two layers give, and what without a zero, large where there is room: products and what they add up to."""
    sheet.lay_totals(draft, *kernels)
    for band, name in zip(kernels, ("two layers", other), strict=False):
        key = ("value", *band.key, sheet.where)
        if band is not kernels[0]:
            sheet.lay_products(draft, band)
        if sheet.size:
            sheet.lay_name(draft, ("given", *band.key), name, band.line + DIGIT * sheet.em / 2, "ink")
        if key not in draft.marks:  # it has no room at the right
            named = draft.marks["name", "given" if sheet.size else "card", *band.key]
            total = words(f"gives {band.total}", sheet.form.margin, named.y + 1.1 * sheet.em, sheet.em, align=-1)
            draft.put("value", key, total)
        elif (large := draft.marks[key].shrunk(PARTIAL / TEXT)).right <= sheet.form.width - 24:
            draft.marks[key] = large


def _said(own: Copies, act: str, is_parted: bool, two: str, one: str) -> str:
    """Where the second kernel reads a zero, and what follows."""
    steps = [*map(own.reads, own.chain.lost(own.step))]
    side = (
        "past both ends" if min(steps) < 0 <= max(steps) else "before the start" if min(steps) < 0 else "past the end"
    )
    zeros, through = "zeros" if steps[1:] else "a 0", "Through this channel" * own.several
    missed = own.pair.hidden(own.chain.made(steps[0], own.m)).text
    gives = f"{through or 'The'} two layers give {two}, one kernel {one}."
    if act == "past":
        why = "So that *y* is as long as *h*, padding" if own.chain.steps == own.chain.middle else "Padding"
        return f"{why} puts {zeros} {side} of *h*."
    if act == "relu":
        if steps[1:] or not own.stage.size:
            return f"A relu sets numbers below 0 to 0. {gives}"
        return f"A relu, common between layers, sets numbers below 0 to 0. One kernel gives {one}."
    if is_parted:
        that = f"{through} that" if through else "That"
        return f"Kernel *a* would make {missed} there. {that} would give {one}, as the one kernel does."
    return f"Padding puts {zeros} {side} of *h*. {gives}"
