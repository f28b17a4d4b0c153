"""Where two layers are no longer one kernel: by padding or a relu between them.

In both the second layer reads a 0 where the one kernel counts what the first layer would make. This module knows copies
of a kernel; it computes none.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain.board import pieces, staging
from convexplain.board.marks import DIGIT, SMALL, Board, Cue, Draft
from convexplain.board.text import words
from convexplain.stories import bench, phrases
from convexplain.stories.two_layers.copies import Copies
from convexplain.stories.two_layers.sheet import Sheet, keys_of, together


def limits(told: Copies) -> list[Board]:
    """What padding does, and what a relu does, where there is an output that they change."""
    return [_cut(own, act) for act, own in (("padding", told.padded), ("relu", told.rectified)) if own]


def _cut(own: Copies, act: str) -> Board:
    """An output that the second layer makes with a zero, and what the one kernel makes there."""
    lost, is_relu = own.chain.lost(own.step), act == "relu"
    sheet = own.cut("after relu" if is_relu else "with padding")
    _, one, middle, second = sheet.bands
    zeros, counted = ("zeros", "what") if lost[1:] else ("a 0", f"the {own.kernel(own.reads(lost[0])).total} that")
    said = f"Padding adds {zeros} for more outputs. One kernel counts {counted} layer 1 would make."
    if is_relu:
        counted = "them" if lost[1:] else counted.removesuffix(" that")
        said = f"A relu makes each number below 0 a 0. One kernel still counts {counted}."
    draft = own.draft(said, sheet)
    given = replace(one, name="one kernel", role="ink"), replace(second, name="two layers", role="differs")
    if sheet.size:
        sheet.lay_totals(draft, *given)
    for band in given:
        is_written = keys_of(draft, ("value", *band.key))
        result = band.name if is_written else f"{band.name}: {band.total}"
        draft.change(is_written, role=band.role)
        y = max(band.line, draft.marks["name", "card", *band.key].y + 1.1 * sheet.em)
        mark = words(result, sheet.form.margin, y, sheet.em, band.role, align=-1)
        draft.put("name", ("name", "given", *band.key), mark)
    for at in map(own.chain.middle_place, map(own.reads, lost)):
        pieces.band(draft, ("lost", at), own.axis.x(at), middle.top, second.under, 2 * sheet.half, "differs")
        draft.change(keys_of(draft, ("product", *second.bars[at].key), middle.bars[at].key), role="differs")
    draft.change(keys_of(draft, ("name", *middle.key)), role="differs")
    if sheet.size and not lost[1:]:
        _lay_instead(draft, own, sheet, own.reads(lost[0]))
    cues = [together(draft, *sheet.bands)]
    for beat, band in enumerate(given, int(staging.ENTER)):
        products = [("product", *bar.key) for bar in band.bars.values()]
        cues.append(Cue(keys_of(draft, *products, ("value", *band.key), ("name", "given", *band.key)), beat))
    cues.append(Cue(keys_of(draft, ("note",), ("lost",)), staging.ENTER + 1))
    return draft.board(act, said, 3.5, cues)


def _lay_instead(draft: Draft, own: Copies, sheet: Sheet, step: int) -> None:
    """Over a zero between the layers what layer 1 would make instead of it."""
    samples, _, middle, _ = sheet.bands
    first, form = own.kernel(step), sheet.form
    terms = [phrases.times(bar.number, samples.bars[at].number) for at, bar in first.bars.items()]
    texts = [f"0, not {' + '.join(terms)} = {first.total}", f"0, not {first.total}"]
    said = bench.longest((form.width - 2 * form.margin) * SMALL / form.small, texts)
    mark = words(said, 0, middle.top - DIGIT * form.small / 2 - 14, form.small, "differs")
    x = bench.within(form, own.axis.x(own.chain.middle_place(step)), mark.width, form.margin)
    draft.put("note", ("note", "instead", own.step), mark.at(x=x))
