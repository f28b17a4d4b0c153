"""How two kernels become one: copies of the first are slid to where they make what the second reads, scaled by its taps
and stacked; where the second one is turned over and slid along the first, they make the same.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import CARD, DIGIT, SMALL, Board, Cue, Draft, Key, line, plate
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import phrases
from convexplain.stories.two_layers.bands import Band
from convexplain.stories.two_layers.copies import Copies, shown, worked
from convexplain.stories.two_layers.sheet import Sheet, keys_of
from convexplain.stories.two_layers.turned import NAME, SECOND, Turned


def stacked(copies: Copies) -> list[Board]:
    """The copies slid, then scaled and added up, then the same by a convolution where that is seen."""
    turned = Turned.of(copies)
    slid = _slid(copies)
    stacked = _stacked(copies, turned, slid)
    return [slid, stacked, *(turned.boards(stacked) if turned else ())]


def _slid(copies: Copies) -> Board:
    """The second kernel is on end at the margin, then the copies come down on their cards."""
    needs = (" and " if len(rows := copies.rows) == 2 else " to ").join(map(copies.between, shown(rows, 2)))
    made = "each of them" if rows[1:] else "that"
    said = f"The output at step {copies.step}, *y*[{copies.step}], needs {needs}. Kernel *u* makes {made} from *x*."
    draft, sheet = _draft(copies, said)
    _lay_taps(draft, copies, sheet)
    _, *own, total = sheet.bands
    for after, band in zip(copies.rows, own, strict=False):
        copies.lay_before(draft, sheet, band, ("reads", after), copies.between(after))
    _lay_names(draft, copies, sheet)
    sheet.lay_totals(draft, *own)
    _lay_output(draft, copies, sheet, total)
    origin: dict[Key, Key] = {key: ("kernel", 2, *key[1:]) for key in keys_of(draft, ("upright",))}
    origin[SECOND] = ("card", "kernel", 2)  # it rises from where it lay
    middle, results = copies.middle().bars, copies.results().bars
    given = {("copy", k): middle.get(copies.chain.middle_place(copies.reads(k))) for k in copies.rows}
    for key, bar in (given | {total.key: results.get(copies.place)}).items():  # what they make was made before
        origin |= {("value", *key, sheet.where): (*bar.key, "digits")} if bar else {}
    for key in origin.keys() & draft.marks.keys():
        draft.change([key], copy_of=origin[key])
    cues = [Cue((("upright",), SECOND, *keys_of(draft, NAME)), staging.LEAVE + 0.5, 0.9)]
    cues += [Cue((("value",),), staging.LEAVE, 0.9), Cue((("name", "reads"), ("name", "made")), staging.MOVE)]
    gone = (bar.key[:-1] for bars in (middle, results) for bar in bars.values())
    cues.append(Cue((*gone, ("baseline", "row"), ("name", "row")), staging.LEAVE, 0.9))
    cues.append(Cue((("copy",), ("card", "copy")), staging.MOVE + 0.5, 0.8, "down first"))
    cues.append(Cue((("copy", copies.m, copies.told), ("card", "copy", copies.told)), staging.MOVE, 0.9, "move"))
    return draft.board("slide" if rows[1:] else "copy", said, 2.5, cues)


def _stacked(copies: Copies, turned: Turned | None, before: Board) -> Board:
    """The copies times their taps, then the sums of all columns; lit is one whose taps read the same sample."""
    at, is_sum = copies.start + copies.fullest, len(copies.rows) > 1
    said = "*v* may as well multiply the copies first. Columns add up to *w*."
    if not is_sum:
        said = "Kernel *u* times the number of *v*: this is one kernel, *w*."
    elif copies.chain.gaps == (1, 1) and (turned is None or copies.stage.form.points):  # a panel is read by itself
        said = "Each copy of *u* times its number of *v*, added up: *w*, their convolution."
    elif ("sum", "output") in before.marks and not copies.several:
        said = f"{said[:-1]}: *y*[{copies.step}] is {copies.total().total} again."
    draft, sheet = _draft(copies, said, at)
    total = sheet.bands[len(copies.rows) + 1]
    _lay_taps(draft, copies, sheet)
    _lay_names(draft, copies, sheet, scaled=True)
    sheet.lay_totals(draft, total)
    if sheet.size and not copies.several:
        copies.lay_before(draft, sheet, total, ("made", *total.key), f"*y*[{copies.step}]")
    if is_sum:
        (left, right), y = sheet.ends(total), total.top - 22
        draft.put("sum", ("sum", "rule"), line("ink", left - 4, y, right + 4, y, size=3))
    pieces.band(draft, ("band", at), copies.axis.x(at), sheet.bands[0].top, total.under, 2 * sheet.half, "ink")
    _lay_sums(draft, copies, sheet)
    for key in (key for key in keys_of(draft, ("copy",)) if key[2] != copies.told):  # they become one again
        draft.change([key], goes_into=(*key[:2], copies.told, *key[3:]))
    own, late = [bar.key for bar in total.bars.values()], staging.ENTER + 1
    cues = [Cue((("copy",), ("name", "copy")), staging.MOVE), Cue((("band",),), staging.ENTER)]
    cues.append(Cue((*keys_of(draft, ("sum",)), ("card", *total.key), ("name", "card", *total.key)), late - 0.5))
    cues += [Cue((key,), late, how="fade", after=0.3 * n) for n, key in enumerate(own)]
    made = keys_of(draft, *(("product", *key) for key in own), ("value", *total.key), ("name", "made"))
    cues.append(Cue((*(key for key in made if key not in before.marks),), late + 1))
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


def _draft(copies: Copies, said: str, meant: int | None = None) -> tuple[Draft, Sheet]:
    """The copies below each other; scaled, over what they add up to, where one place of that is ``meant``."""
    draft, told = copies.draft(said, sheet := copies.stack(meant)), ("card", "copy", copies.told)
    draft.change([card for card in keys_of(draft, told[:2]) if card != told], copy_of=told)
    return draft, sheet


def _lay_output(draft: Draft, copies: Copies, sheet: Sheet, total: Band) -> None:
    """The output as the second kernel makes it of what is made above, where all of that is seen."""
    chain, size, (left, right) = copies.chain, sheet.size, sheet.ends(total)
    between = [copies.pair.hidden(chain.hidden(step, copies.m)) for step in chain.window(copies.step)]
    said = worked([*zip(map(copies.pair.second, copies.after), between, strict=True)], total.total)
    lifted = replace(total, line=total.foot - DIGIT * size / 2)
    mark = words(said, (left + right) / 2, lifted.line, size)
    if size and said and not copies.left_out and mark.width <= right - left:
        if copies.several:
            sheet.lay_name(draft, ("part", copies.step), f"part of *y*[{copies.step}]", total.foot, "ink")
        else:
            copies.lay_before(draft, sheet, lifted, ("made", *total.key), f"*y*[{copies.step}]")
        draft.put("sum", ("sum", "output"), mark)
        sheet.lay_totals(draft, lifted)


def _lay_taps(draft: Draft, copies: Copies, sheet: Sheet) -> None:
    """The second kernel on end, by its name or over it: a thread leads from each tap to its copy."""
    form, pad = sheet.form, min(10.0, sheet.form.margin - 2)
    second = replace(copies.second(), size=sheet.size, tile=sheet.tile)
    taps = [bar for bar in second.bars.values() if bar.key[-1] in copies.rows]
    widest = max(advance(runs_of(phrases.factor(tap.number))) for tap in taps)
    wide = max(0.25 * (sheet.left - form.margin), widest * sheet.size + 40)
    begin, y = form.margin, (sheet.bands[1].foot + sheet.bands[len(taps)].foot - DIGIT * sheet.size) / 2
    name = words("kernel *v*", begin, y, sheet.em, "output", align=-1)
    made = wide + sheet.size * advance(runs_of(copies.between(copies.rows[-1])))  # what stands before a copy
    room = sheet.ends(sheet.bands[1])[0] - name.right - wide - made - pad - 60
    if is_beside := sheet.size > 0 and not copies.left_out and room >= 0:
        begin = name.right + pad + 24
    x, right = begin + wide / 2, begin + wide + pad
    for tap, after, band in zip(taps, copies.rows, sheet.bands[1:], strict=False):
        card, own = draft.marks["card", "copy", after], tap._replace(key=("upright", copies.m, after))
        sheet.lay_number(draft, second, own, (x, band.foot), wide)
        thread = line("output", right, card.y, card.left, card.y, size=4, z=card.z - 1)
        draft.put("thread", ("thread", after), thread)
    box = begin - pad, sheet.bands[1].top, right, band.bottom
    draft.put("card", SECOND, plate("output", *box, light=CARD, z=-3))
    if sheet.size:
        under = words("kernel *v*", begin, box[-1] + 0.7 * form.small, form.small, "output", align=-1)
        draft.put("name", NAME, name if is_beside else under)


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
