"""Where two layers are no longer one kernel: padding or a relu puts a zero between them.

There a tap of the second kernel counts nothing, but the one kernel goes on counting it: it gives another number, and
the two stand below each other. This module knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from convexplain.board import pieces, staging
from convexplain.board.marks import Board, Cue, Key
from convexplain.board.text import words
from convexplain.stories.two_layers.copies import Copies
from convexplain.stories.two_layers.sheet import keys_of, together


def limits(told: Copies) -> list[Board]:
    """What padding does, and what a relu does, where there is an output that they change."""
    return [_cut(own, act) for act, own in told.altered.items()]


def _cut(own: Copies, act: str) -> Board:
    """The one kernel at an output, and below it the same output as two layers make it with a zero between."""
    said, sheet = _said(own, act), own.altered_way("after relu" if act == "relu" else "with padding")
    _, one, middle, second = sheet.bands
    draft = own.draft(said, sheet)
    own.lay_made(draft, sheet, second, one)
    cues = [together(draft, *sheet.bands)]
    for beat, band in enumerate((second, one), int(staging.ENTER)):
        key: Key = ("value", *band.key, sheet.where)
        if key not in draft.marks:  # it has no room at the right
            name = draft.marks["name", "card", *band.key]
            total = words(f"gives {band.total}", sheet.form.margin, name.y + 1.1 * sheet.em, sheet.em, align=-1)
            draft.put("value", key, total)
        products = keys_of(draft, *(("product", *bar.key) for bar in band.bars.values()))
        cues.append(Cue((*products, key, ("name", "made", *band.key, own.start)), beat))
    for at in map(own.chain.middle_place, map(own.reads, own.chain.lost(own.step))):
        pieces.band(draft, ("lost", at), own.axis.x(at), middle.top, second.under, 2 * sheet.half, "differs")
        draft.change(keys_of(draft, ("product", *second.bars[at].key), middle.bars[at].key), role="differs")
    draft.change([("name", *middle.key), ("value", *one.key, sheet.where)], role="differs")
    return draft.board(act, said, 3.5, [*cues, Cue(keys_of(draft, ("lost",)), staging.ENTER)])


def _said(own: Copies, act: str) -> str:
    """Where the second kernel reads a zero, and that the one kernel fails there."""
    steps = [*map(own.reads, own.chain.lost(own.step))]
    if act == "relu":
        like = "" if steps[1:] else f", like {own.kernel(steps[0]).total},"
        return f"A relu turns numbers below 0{like} into 0. There *w* gives another number."
    side = "around" if min(steps) < 0 <= max(steps) else "before" if min(steps) < 0 else "after"
    zeros = "zeros" if steps[1:] else "a 0"
    is_inside = {*own.chain.covered(own.step)} <= {*range(len(own.chain.x))}
    there = "There" if is_inside else "Even with 0 beyond *x*,"
    return f"For a longer *y*, padding puts {zeros} {side} *h*. {there} *w* gives another number."
