"""Where two layers are no longer one kernel: padding or a relu between them cuts it.

In both the second layer reads a 0, and its tap there counts nothing. What is left of the one kernel, the copies of the
first for the other taps, gives what the two layers give. This module knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from convexplain.board import pieces, staging
from convexplain.board.marks import Board, Cue, Key
from convexplain.board.text import words
from convexplain.stories import bench, phrases
from convexplain.stories.two_layers.copies import Copies
from convexplain.stories.two_layers.sheet import keys_of, together


def limits(told: Copies) -> list[Board]:
    """What padding does, and what a relu does, where there is an output that they change."""
    return [_cut(own, act) for act, own in told.altered.items()]


def _cut(own: Copies, act: str) -> Board:
    """What is left of the one kernel, and the same number as two layers make it with a zero between."""
    said, sheet = _said(own, act), own.cut("after relu" if act == "relu" else "with padding")
    _, one, middle, second = sheet.bands
    draft = own.draft(said, sheet)
    if sheet.size:
        sheet.lay_totals(draft, one, second)
    cues = [together(draft, *sheet.bands)]
    for beat, (band, name) in enumerate([(second, "two layers"), (one, "this kernel")], int(staging.ENTER)):
        value = keys_of(draft, ("value", *band.key))
        y = max(band.line, draft.marks["name", "card", *band.key].y + 1.1 * sheet.em)
        text = name if value else f"{name}: {band.total}"
        key: Key = ("name", "given", *band.key, text)  # what another says leaves
        draft.put("name", key, words(text, sheet.form.margin, y, sheet.em, align=-1))
        products = keys_of(draft, *(("product", *bar.key) for bar in band.bars.values()))
        cues.append(Cue((*products, *value, key), beat))
    for at in map(own.chain.middle_place, map(own.reads, own.chain.lost(own.step))):
        pieces.band(draft, ("lost", at), own.axis.x(at), middle.top, second.under, 2 * sheet.half, "differs")
        draft.change(keys_of(draft, ("product", *second.bars[at].key), middle.bars[at].key), role="differs")
    draft.change(keys_of(draft, ("name", *middle.key)), role="differs")
    return draft.board(act, said, 3.5, [*cues, Cue(keys_of(draft, ("lost",)), staging.ENTER)])


def _said(own: Copies, act: str) -> str:
    """Which numbers of the second kernel count nothing, and why."""
    lost = own.chain.lost(own.step)
    steps, several = [*map(own.reads, lost)], len(lost) > 1
    zeros, idle = "a 0", f"*b*'s {bench.factor(own.pair.second(lost[0]))} counts"
    if several:
        zeros, idle = "zeros", f"{phrases.spelled(len(lost))} numbers of *b* count"
    kept = [f"What is left is {own.pair.second(k).text} × *a*, not *w*" for k in own.chain.kept(own.step)]
    rest = "What is left is not *w*" if kept[1:] else (*kept, "No kernel is left")[0]
    if act == "relu":
        like = "" if several else f", like {own.kernel(steps[0]).total},"
        return f"A relu turns numbers below 0{like} into 0: {idle} nothing here. {rest}."
    side = "around" if min(steps) < 0 <= max(steps) else "before" if min(steps) < 0 else "behind"
    return f"Padding puts {zeros} {side} *h*, so {idle} nothing there. {rest}."
