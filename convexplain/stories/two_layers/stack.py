"""How two kernels become one: copies of the first are slid to where they make what the second reads, scaled by its taps
and stacked; where the second one is turned over and slid along the first, they make the same.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import DIGIT, SMALL, Board, Cue, Draft, line
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.two_layers.bands import Band
from convexplain.stories.two_layers.copies import Copies, shown, worked
from convexplain.stories.two_layers.sheet import Sheet, keys_of
from convexplain.stories.two_layers.turned import NAME, SECOND, Turned, lay_upright


def stacked(copies: Copies) -> list[Board]:
    """The copies slid, then scaled and added up, then the same by a convolution where that is seen."""
    turned, slid = Turned(copies), _slid(copies)
    stacked = _stacked(copies, turned.is_told, slid)
    return [slid, stacked, *(turned.boards(stacked) if turned.is_told else ())]


def _slid(copies: Copies) -> Board:
    """The second kernel is on end at the margin, then the copies come down on their cards."""
    needs = (" and " if len(rows := copies.rows) == 2 else " to ").join(map(copies.between, shown(rows, 2)))
    said = f"The output at step {copies.step}, *y*[{copies.step}], needs {needs}, which kernel *u* makes from *x*."
    draft, told = copies.draft(said, sheet := copies.stack()), ("card", "copy", copies.told)
    draft.change([card for card in keys_of(draft, told[:2]) if card != told], copy_of=told)
    lay_upright(draft, copies, sheet, sheet.bands[1:-1])
    _, *own, total = sheet.bands
    for after, band in zip(copies.rows, own, strict=False):
        copies.lay_before(draft, sheet, band, ("reads", after), copies.between(after))
        sheet.lay_total(draft, band)
    _lay_names(draft, copies, sheet)
    _lay_output(draft, copies, sheet, total)
    cues = [Cue((("upright",), SECOND, *keys_of(draft, NAME)), staging.LEAVE + 0.5, 0.9, "fade")]
    come = (("value", "copy"), ("name", "reads")), (("name", "made"), ("sum", "output"))
    cues += [Cue(keys, staging.ENTER + 0.5 * nth) for nth, keys in enumerate(come, 1)]
    cues.append(Cue((("copy",), ("card", "copy")), staging.MOVE, 0.8, "down first"))
    cues.append(Cue((("copy", copies.m, copies.told), told), staging.LEAVE + 0.5, 0.9, "move"))
    gone = (bar.key for band in (copies.middle(), copies.results()) for bar in band.bars.values())
    cues.append(Cue((*gone, ("baseline", "row"), ("name", "row")), staging.LEAVE, 0.9))
    return draft.board("slide" if rows[1:] else "copy", said, 2.5, cues)


def _stacked(copies: Copies, is_turned: bool, before: Board) -> Board:
    """The copies times their taps, then the sums of all columns; lit is one whose taps read the same sample."""
    at, is_sum = copies.start + copies.fullest, len(copies.rows) > 1
    said = "*v* may as well multiply the copies first. Columns add up to *w*."
    if not is_sum:
        said = "Kernel *u* times the number of *v*: this is one kernel, *w*."
    elif copies.chain.gaps == (1, 1) and (not is_turned or copies.stage.form.points):  # a panel is read by itself
        said = "Each copy of *u* times its number of *v*, added up: *w*, their convolution."
    elif ("sum", "output") in before.marks:
        said = f"{said[:-1]}: {copies.output} is {copies.total().total} again."
    draft = copies.draft(said, sheet := copies.stack(at))
    total = sheet.bands[len(copies.rows) + 1]
    lay_upright(draft, copies, sheet, sheet.bands[1:-1])
    _lay_names(draft, copies, sheet, scaled=True)
    sheet.lay_total(draft, total)
    if sheet.size:
        copies.lay_before(draft, sheet, total, ("made", *total.key), copies.output)
    if is_sum:
        (left, right), y = sheet.ends(total), total.top - 22
        draft.put("sum", ("sum", "rule"), line("ink", left - 4, y, right + 4, y, size=3))
    pieces.band(draft, ("band", at), copies.axis.x(at), sheet.bands[0].top, total.under, 2 * sheet.half, "ink")
    _lay_sums(draft, copies, sheet)
    own, late = [bar.key for bar in total.bars.values()], staging.ENTER + 1
    cues = [Cue((("copy",), ("name", "copy")), staging.MOVE), Cue((("band",),), staging.ENTER)]
    cues.append(Cue((*keys_of(draft, ("sum",)), ("card", *total.key), ("name", "card", *total.key)), late - 0.5))
    cues += [Cue((key,), late, how="fade", after=0.3 * n) for n, key in enumerate(own)]
    made = keys_of(draft, *(("product", *key) for key in own), ("value",), ("name", "made"))
    cues.append(Cue(made, late + 1))
    gone = (key for key in before.marks if "output" in key)  # what is worked out stands until it is made anew
    cues.append(Cue((*gone,), staging.MOVE + 0.9))
    return draft.board("stack", said, 3, cues)


def _lay_sums(draft: Draft, copies: Copies, sheet: Sheet) -> None:
    """What adds up to the numbers of the one kernel, over them, where there is room and all of it is seen."""
    *_, above, total = sheet.bands
    for j, column in enumerate(copies.columns):
        texts = [copies.pair.weight("copy", copies.m, *met).text for met in column]
        is_sum = style.is_sum(texts, total.bars[copies.start + j].number.text)
        if sheet.size and copies.rows[1:] and not copies.left_out and texts and is_sum:
            added, y = phrases.added(texts, "").removesuffix(" = "), total.top - 22 - 0.7 * sheet.size
            mark = words(added, copies.axis.x(copies.start + j), y, sheet.size)
            if mark.width < 2 * sheet.half - 8 and mark.top > above.under - 8:
                draft.put("sum", ("sum", "column", j), mark)


def _lay_output(draft: Draft, copies: Copies, sheet: Sheet, total: Band) -> None:
    """The output as the second kernel makes it of what is made above, where all of that is seen."""
    chain, size, (left, right) = copies.chain, sheet.size, sheet.ends(total)
    between = [copies.pair.hidden(chain.hidden(step, copies.m)) for step in chain.window(copies.step)]
    said = worked(zip(map(copies.pair.second, copies.after), between, strict=True), total.total)
    lifted = replace(total, key=("output",), line=total.foot - DIGIT * size / 2)
    mark = words(said, left + 20, lifted.line, size, align=-1)
    if size and said and not copies.left_out and mark.right <= right:
        copies.lay_before(draft, sheet, lifted, ("made", *lifted.key), copies.output)
        draft.put("sum", ("sum", "output"), mark)


def _lay_names(draft: Draft, copies: Copies, sheet: Sheet, scaled: bool = False) -> None:
    """Behind each copy what it is, and how many are left out before the last one."""
    size, end = sheet.em, sheet.form.width - sheet.form.margin if sheet.size else copies.axis.right
    for after, band in zip(copies.rows, sheet.bands[1:], strict=False):
        tap, card = f"{copies.pair.second(after).text} × " * scaled, draft.marks["card", "copy", after]
        y = band.foot - DIGIT * (sheet.size or size) / 2
        name = words(f"{tap}kernel *u*", card.right + 20, y, size, copies.role, align=-1)
        if name.right < end:
            draft.put("name", ("name", "copy", after), name)
    above, foot = (band.foot for band in sheet.bands[len(copies.rows) - 1 :][:2])
    if copies.left_out and foot - above > 100:
        y = (above + foot) / 2 - DIGIT * SMALL / 2
        pieces.note(draft, ("rest",), f"⋯ {copies.left_out} more", draft.marks[SECOND].right + 12, y)
