"""Where two layers are no longer one kernel: by padding or a relu between them.

In both the second layer reads a 0 where the one kernel goes on. What the one kernel makes stands under the signal, what
two layers give at the bottom. This module knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from convexplain.board import pieces, staging
from convexplain.board.marks import Board, Cue
from convexplain.stories import phrases
from convexplain.stories.two_layers.copies import Copies
from convexplain.stories.two_layers.sheet import keys_of, together


def limits(told: Copies) -> list[Board]:
    """What padding does, and what a relu does, where there is an output that they change."""
    acts = {"padding": told.padded, "relu": told.rectified}
    return [_cut(own, act) for act, own in acts.items() if own]


def _cut(own: Copies, act: str) -> Board:
    """An output that the second layer makes with a zero where the one kernel has a number."""
    lost = sorted(own.chain.lost(own.step), key=lambda k: k not in own.rows)
    zeros = "a 0" if len(lost) == 1 else phrases.count(len(lost), "zero")
    why = f"With padding, layer 2 reads {zeros} outside *h*."
    if act == "relu":
        uncut = own.pair.hidden(own.chain.hidden(own.reads(lost[0]), own.m, ends=False))
        what = uncut.text if len(lost) == 1 else phrases.count(len(lost), "number")
        why = f"A relu between the layers turns {what} in *h* into {zeros}."
    sheet = own.cut("after relu" if act == "relu" else "with padding")
    _, one, middle, second, results = sheet.bands
    said = f"{why} The layers then give {second.total}, but *w* gives {one.total}."
    draft = own.draft(said, sheet)
    own.lay_made(draft, sheet, one)
    sheet.lay_fan(draft, 3, own.place)
    for at in map(own.chain.middle_place, map(own.reads, lost)):
        if own.axis.has(at):
            pieces.band(draft, ("lost", at), own.axis.x(at), middle.top, second.under, 2 * sheet.half, "differs")
            draft.change(keys_of(draft, ("product", *second.bars[at].key), middle.bars[at].key), role="differs")
    draft.change(keys_of(draft, ("name", *middle.key), results.bars[own.place].key), role="differs")
    made = keys_of(draft, ("product",), ("value",), ("edge",), results.bars[own.place].key)
    return draft.board(act, said, 3.5, [together(draft, *sheet.bands), Cue(made, staging.ENTER + 1)])
