"""Where two layers are no longer one kernel: padding or a relu puts a zero between them.

There a tap of the second kernel counts nothing, but the one kernel goes on counting it: it gives another number, and
the two stand below each other. This module knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from convexplain.board import pieces, staging
from convexplain.board.marks import CONTEXT, DIGIT, PARTIAL, TEXT, Board, Cue, Key
from convexplain.board.text import words
from convexplain.stories.two_layers.copies import Copies
from convexplain.stories.two_layers.sheet import keys_of, row_of, together


def limits(told: Copies) -> list[Board]:
    """What padding does, first where nothing is cut yet, and what a relu does, where they change an output."""
    among, boards = [*told.altered.values()], list[Board]()
    for act, own in told.altered.items():
        has_room = own.stage.size > 0 and not own.stage.scales  # for a row of numbers more, in one unit
        if opened := act == "padding" and has_room and len(own.chain.lost(own.step)) == 1:
            boards.append(_cut(own, among, "beyond", not boards))
        boards.append(_cut(own, among, act, not boards, opened))
    return boards


def _cut(own: Copies, among: list[Copies], act: str, is_first: bool, opened: bool = False) -> Board:
    """The one kernel at an output, and below it the same as two layers make it: with a zero between, or just before."""
    is_open, names = act == "beyond", {"beyond": "middle *h*", "padding": "*h* with padding", "relu": "*h* after relu"}
    sheet = own.altered_way(among, names[act], is_open)
    (_, one), middle, second = sheet.bands[:2], *sheet.bands[-2:]
    said = _said(own, act, opened, second.total, one.total)
    draft = own.draft(said, sheet)
    sheet.lay_totals(draft, second, one)
    values: list[Key] = [("value", *band.key, sheet.where) for band in (second, one)]
    large = {key: draft.marks[key].shrunk(PARTIAL / TEXT) for key in values if key in draft.marks}
    if sheet.size and len(large) == 2:
        sheet.lay_name(draft, ("two layers",), "two layers", second.line + DIGIT * sheet.em / 2, "ink")
    if all(mark.right <= sheet.form.width - 24 for mark in large.values()):
        draft.marks |= large
    cues = [] if opened else [together(draft, *sheet.bands, after=0.6 if is_open else 0.3)]
    if is_first:  # the one kernel goes to the signal, while the others go and come
        cues.append(Cue(row_of(draft, middle), staging.MOVE, how="fade"))
        cues.append(Cue((*(key for key in row_of(draft, sheet.bands[0]) if key[-1] == "digits"),), staging.MOVE))
        others = (band for band in sheet.bands[2:] if band.is_kernel and is_open)
        cues += [Cue(row_of(draft, band), staging.LEAVE, 2.4, "anew") for band in others]
    for beat, band, value in zip((staging.ENTER, staging.ENTER + 1), (second, one), values, strict=True):
        if value not in large:  # it has no room at the right
            name = draft.marks["name", "card", *band.key]
            total = words(f"gives {band.total}", sheet.form.margin, name.y + 1.1 * sheet.em, sheet.em, align=-1)
            draft.put("value", value, total)
        products = keys_of(draft, *(("product", *bar.key) for bar in band.bars.values()))
        cues.append(Cue((*products, value, *[("name", "two layers")] * (band is second)), beat))
    lost = [*map(own.chain.middle_place, map(own.reads, own.chain.lost(own.step)))]
    if is_open:
        sheet.lay_fan(draft, 2, *lost)
    if opened:  # the zero that is spoken of is the other one
        beyond = (bar.key for bar in sheet.bands[0].bars.values() if bar.is_beyond)
        draft.change(keys_of(draft, *beyond), alpha=CONTEXT)
    for at in lost if not is_open else ():
        pieces.band(draft, ("lost", at), own.axis.x(at), middle.top, second.under, 2 * sheet.half, "ink")
        draft.change(keys_of(draft, middle.bars[at].key), role="differs")
    return draft.board(act, said, 3.5, [*cues, Cue(keys_of(draft, ("lost",)), staging.ENTER)])


def _said(own: Copies, act: str, opened: bool, two: str, one: str) -> str:
    """Where the second kernel reads a zero, and what follows."""
    steps = [*map(own.reads, own.chain.lost(own.step))]
    side = "around" if min(steps) < 0 <= max(steps) else "before" if min(steps) < 0 else "behind"
    gives = f"{'Through this channel two' if own.several else 'The two'} layers give {two}, not {one}."
    if act == "beyond":
        made = own.kernel(steps[0])
        zeros = "zeros are" if sum(not 0 <= at < len(own.chain.x) for at in made.bars) > 1 else "a 0 is"
        past = {"before": "Before *x*", "behind": "Past the end of *x*"}.get(side, "Around *x*")
        return f"{past} {zeros} read. There kernel *a* makes {made.total}: both ways give {one}."
    if act == "relu":
        return f"A relu, often between layers, turns numbers below 0 into 0. {gives}"
    zeros, instead = "zeros" if steps[1:] else "a 0", " instead" * opened
    return f"Padding of layer 2 puts {zeros} {side} *h*{instead}. {gives}"
