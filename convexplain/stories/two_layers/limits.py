"""Where two layers are no longer one kernel: padding or a relu puts a zero between them.

There a tap of the second kernel counts nothing, but the one kernel goes on counting it: it gives another number, and
the two stand below each other. This module knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from convexplain.board import pieces, staging
from convexplain.board.marks import DIGIT, PARTIAL, TEXT, Board, Cue, Key
from convexplain.board.text import words
from convexplain.stories.two_layers.copies import Copies
from convexplain.stories.two_layers.sheet import keys_of, row_of, together


def limits(told: Copies) -> list[Board]:
    """What padding does, and what a relu does, where there is an output that they change."""
    return [_cut(own, act, nth > 0) for nth, (act, own) in enumerate(told.altered.items())]


def _cut(own: Copies, act: str, again: bool) -> Board:
    """The one kernel at an output, and below it the same output as two layers make it with a zero between."""
    sheet = own.altered_way("after relu" if act == "relu" else "with padding")
    _, one, middle, second = sheet.bands
    by = "Through this channel two" if own.several else "The two"
    said = f"{_said(own, act)} {by} layers give {second.total}, one kernel {one.total}."
    draft = own.draft(said, sheet)
    sheet.lay_totals(draft, second, one)
    values: list[Key] = [("value", *band.key, sheet.where) for band in (second, one)]
    large = {key: draft.marks[key].shrunk(PARTIAL / TEXT) for key in values if key in draft.marks}
    if sheet.size and len(large) == 2:
        sheet.lay_name(draft, ("two layers",), "two layers", second.line + DIGIT * sheet.em / 2, "ink")
    if all(mark.right <= sheet.form.width - 24 for mark in large.values()):
        draft.marks |= large
    gone = Cue(
        (("copy",), ("turned",), ("factor",), ("card", "a"), ("card", "b"), ("band",), ("sum",)), staging.LEAVE, 0.9
    )
    cues = [gone, together(draft, *sheet.bands, after=0.3)]
    if not again:  # the one kernel goes to the signal, then the level between comes
        cues.append(Cue(row_of(draft, middle), staging.MOVE, how="fade"))
    for beat, band, value in zip((staging.ENTER, staging.ENTER + 1), (second, one), values, strict=True):
        if value not in large:  # it has no room at the right
            name = draft.marks["name", "card", *band.key]
            total = words(f"gives {band.total}", sheet.form.margin, name.y + 1.1 * sheet.em, sheet.em, align=-1)
            draft.put("value", value, total)
        products = keys_of(draft, *(("product", *bar.key) for bar in band.bars.values()))
        cues.append(Cue((*products, value, *[("name", "two layers")] * (band is second)), beat))
    for at in map(own.chain.middle_place, map(own.reads, own.chain.lost(own.step))):
        pieces.band(draft, ("lost", at), own.axis.x(at), middle.top, second.under, 2 * sheet.half, "ink")
        draft.change(keys_of(draft, middle.bars[at].key), role="differs")
    return draft.board(act, said, 3.5, [*cues, Cue(keys_of(draft, ("lost",)), staging.ENTER)])


def _said(own: Copies, act: str) -> str:
    """Where the second kernel reads a zero."""
    steps = [*map(own.reads, own.chain.lost(own.step))]
    if act == "relu":
        one = "" if steps[1:] else f", here {own.kernel(steps[0]).total}"
        return f"A relu turns numbers below 0 into 0{one}."
    side = "around" if min(steps) < 0 <= max(steps) else "before" if min(steps) < 0 else "after"
    made = "" if steps[1:] or own.several else own.kernel(steps[0]).total
    where = f"where kernel *a* would make {made}" if made else f"{side} *h*"
    return f"Padding puts {'zeros' if steps[1:] else 'a 0'} {where}."
