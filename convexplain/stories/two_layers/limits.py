"""Where two layers are no longer one kernel: by padding or a relu between them.

In both the second layer reads a 0 where the one kernel goes on with what the first kernel makes there. What two layers
give stands over what the one kernel gives. This module knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain.board import pieces, staging
from convexplain.board.marks import Board, Cue
from convexplain.board.text import words
from convexplain.stories.two_layers.copies import Copies
from convexplain.stories.two_layers.sheet import keys_of, together


def limits(told: Copies) -> list[Board]:
    """What padding does, and what a relu does, where there is an output that they change."""
    return [_cut(own, act) for act, own in (("padding", told.padded), ("relu", told.rectified)) if own]


def _cut(own: Copies, act: str) -> Board:
    """An output that the second layer makes with a zero where the one kernel has a number."""
    lost, is_relu = own.chain.lost(own.step), act == "relu"
    sheet = own.cut("after relu" if is_relu else "with padding")
    _, first, middle, second = sheet.bands
    zeros = "a 0" if len(lost) == 1 else "zeros"
    why = "A relu makes each number below 0 a 0." if is_relu else f"Padding makes layer 2 read {zeros} outside *h*."
    made = f"the {first.total}" if len(lost) == 1 else "the numbers"
    said = f"{why} One kernel adds up as with {made} of kernel *a*."
    draft, size = own.draft(said, sheet), sheet.size or sheet.em
    one = replace(own.second(ends=False), name="one kernel", role="ink", line=second.line + 1.5 * size)
    given = replace(second, name="two layers", role="differs"), one
    for band in given:
        result = band.name if sheet.size else f"{band.name}: {band.total}"
        mark = words(result, sheet.form.margin, band.line, sheet.em, band.role, align=-1)
        draft.put("name", ("name", "given", *band.key), mark)
    if sheet.size:
        sheet.lay_products(draft, one)
        sheet.lay_totals(draft, first, *given)
    for at in map(own.chain.middle_place, map(own.reads, lost)):
        pieces.band(draft, ("lost", at), own.axis.x(at), middle.top, second.under, 2 * sheet.half, "differs")
        draft.change(keys_of(draft, ("product", *second.bars[at].key), middle.bars[at].key), role="differs")
    draft.change(keys_of(draft, ("name", *middle.key), ("value", *second.key)), role="differs")
    cues = [together(draft, *sheet.bands)]
    for beat, band in enumerate((first, *given), int(staging.ENTER)):
        products = [("product", *bar.key) for bar in band.bars.values()]
        cues.append(Cue(keys_of(draft, *products, ("value", *band.key), ("name", "given", *band.key)), beat))
    return draft.board(act, said, 3.5, cues)
