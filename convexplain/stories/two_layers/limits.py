"""Where two layers are no longer one kernel: padding or a relu puts a zero between them.

What two layers and the one kernel make stands beside each other: one number where they are equal, two where not. This
module knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import DIGIT, SMALL, Board, Cue, Draft
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import phrases
from convexplain.stories.two_layers.bands import Band
from convexplain.stories.two_layers.copies import Copies, worked
from convexplain.stories.two_layers.sheet import Sheet, keys_of, row_of, together

GAP, WIDE = 6.0, 0.65
"""Between the two bars of an output, and how wide each is, in bars."""


def limits(told: Copies, answer: Board) -> list[Board]:
    """After the ``answer`` what padding does, and why, and what a relu does, where they change an output."""
    boards = [answer]
    for act, own in told.altered.items():
        for tell in (_padded, _missing) if act == "padding" else (_bent,):
            boards.append(tell(own, boards[-1]))
    return boards


def _padded(own: Copies, before: Board) -> Board:
    """The one kernel goes on to the zeros at the signal's ends; what is missed between is told next."""
    sheet, chain = own.compared(is_one=True), own.chain
    read, one, outputs = sheet.bands
    samples, steps = len(chain.x), chain.steps
    kept = f": {phrases.count(samples, 'sample')}, {phrases.count(steps, 'output')}" * (samples == steps)
    two, made = (own.pair.output(give(own.step)).text for give in (chain.two, chain.one))
    differ = f"*w* makes {made}, two layers {two}" if outputs.size else "*w* and two layers then differ"
    said = f"Padding adds zeros{kept}. {'Through this channel' if own.several else 'At the edge'} {differ}."
    draft = _draft(own, said, sheet, [replace(read, lit=one.bars), one, replace(outputs, lit=[own.place])])
    sheet.lay_light(draft, 1)
    return draft.board("padding", said, 4, _cues(draft, own, sheet, before))


def _missing(own: Copies, before: Board) -> Board:
    """What layer 2 reads where padding is 0, and the number that the one kernel counts there."""
    sheet, chain, pair = own.compared(), own.chain, own.pair
    read, middle, second, outputs = sheet.bands
    steps = [*map(own.reads, own.missed)]
    made = [pair.hidden(chain.made(step, own.m)) for step in steps]
    side = "Before *h* starts" if max(steps) < 0 else "Past *h*'s end" if min(steps) >= 0 else "Beyond *h*'s ends"
    first, *more = [bar.missed for bar in middle.bars.values() if bar.missed]
    counts = f"make {first.text}" if middle.size and not more else "not make 0"
    said = f"{side} layer 2 reads 0. There *u* would {counts}, and *w* counts it."
    lit = [at for k in own.missed for at in own.kernel(own.reads(k), k).bars]
    middle = replace(middle, lit=[*map(chain.middle_place, chain.window(own.step))])
    bands = [replace(read, lit=lit), middle, second, replace(outputs, lit=[own.place])]
    draft = _draft(own, said, sheet, bands)
    two, one = (pair.output(give(own.step)) for give in (chain.two, chain.one))
    less = pair.output(one.value - two.value).text
    products = worked([*zip(map(pair.second, own.missed), made, strict=True)], less)
    if sheet.size and products and style.is_sum([two.text, less], one.text):
        x, y = sheet.axis.x(max(outputs.bars)) + sheet.half + 24, outputs.foot - DIGIT * sheet.em / 2
        reason = f"{one.text} {style.MINUS} {phrases.times(two)} = {less} = {products}"
        if (mark := words(reason, x, y, sheet.em, align=-1)).right < sheet.form.width - 8:
            draft.put("sum", ("sum", "missing"), mark)
    cues = [*_cues(draft, own, sheet, before), Cue((("sum", "missing"),), staging.ENTER + 1)]
    return draft.board("missing", said, 3.5, cues)


def _bent(own: Copies, before: Board) -> Board:
    """What a relu makes of the numbers between, and all outputs of both: the one kernel is none for two layers."""
    read, middle, *more = (sheet := own.compared()).bands
    said = "With a relu, numbers below 0 become 0. Then *w* no longer makes the same outputs."
    draft = _draft(own, said, sheet, [replace(read, lit=()), replace(middle, name="*h* after relu"), *more])
    return draft.board("relu", said, 4, _cues(draft, own, sheet, before))


def _draft(own: Copies, said: str, sheet: Sheet, bands: Sequence[Band]) -> Draft:
    """The rows, and every output twice, by two layers and by the one kernel; zeros that make them differ are told."""
    *_, two = bands
    draft, one = own.draft(said, sheet := replace(sheet, bands=(*bands,))), two.also[0]
    for step in (step for step, bar in bands[0].bars.items() if bar.is_beyond and sheet.size):  # outputs stand there
        mark = words(str(step).replace("-", style.MINUS), sheet.axis.x(step), pieces.RULER, sheet.form.small, "quiet")
        draft.put("ruler", ("ruler", step), mark)
    line, names = 1.3 * sheet.em, [mark for key, mark in draft.marks.items() if key[0] == "name"]
    foot = two.foot + line * any(mark.bottom > two.foot - line - sheet.em for mark in names)  # where outputs hang
    sheet.lay_name(draft, ("row", 2), "two layers", foot - line, "output")
    sheet.lay_name(draft, ("row", 2, "single"), one.name, foot, one.role)
    for at in two.bars:
        _lay_pair(draft, sheet, at, (two, one))
    sheet.lay_fan(draft, len(bands) - 2, own.place)
    if bands[3:]:
        _lay_missed(draft, sheet)
    draft.change([key for key in draft.marks if "cut" in key and key[-1] != "missed"], role="differs")
    return draft


def _lay_missed(draft: Draft, sheet: Sheet) -> None:
    """What is missed, in words: under its outline where that hangs, else beside the zero where nothing follows."""
    for at, bar in (middle := sheet.bands[1]).bars.items():
        if not bar.missed or not middle.size:
            continue
        zero, outline = draft.marks[*bar.key, "digits"], draft.marks[*bar.key, "missed"]
        text = words(f"not {bar.missed.text}", zero.x, zero.y, zero.size, "quiet")
        beside = text.at(x=zero.right + 14 + text.width / 2)
        if bar.missed.value < 0 and text.width < 2 * sheet.half:
            draft.put("note", ("note", "missed", at), text.at(y=outline.bottom + pieces.ABOVE + text.height / 2))
        elif at == max(middle.bars) and beside.right < sheet.form.width - 4:
            draft.put("note", ("note", "missed", at), beside)


def _lay_pair(draft: Draft, sheet: Sheet, at: int, rows: tuple[Band, Band]) -> None:
    """Two bars beside each other: one number where they are equal, two where they differ, as far as there is room."""
    two, x, wide = rows[0], sheet.axis.x(at), WIDE * sheet.axis.bar
    is_lit, texts = two.lit is None or at in two.lit, list(dict.fromkeys(row.bars[at].number.text for row in rows))
    room, ems = 2 * sheet.half - 10 * len(texts), len(texts) * max(advance(runs_of(text)) for text in texts)
    size = next((em for em in (two.size, SMALL) if em * ems <= room), 0.0)
    role = "quiet" if not is_lit else "differs" if texts[1:] else "ink"
    for side, row in zip((-1, 1), rows, strict=True):
        key, number, *_ = bar = row.bars[at]
        sheet.lay_number(draft, row, bar, (x + side * (wide + GAP) / 2, two.foot), wide, is_lit)
        if size and (texts[1:] or side < 0):
            mark = pieces.digits(draft, key, number.text, size, role)
            off = max(wide + GAP, mark.width + 10) / 2 * len(texts[1:])
            draft.change([(*key, "digits")], x=x + side * off)


def _cues(draft: Draft, own: Copies, sheet: Sheet, before: Board) -> list[Cue]:
    """The view moves while what stood there goes; then a zero between comes, then outputs: those that differ last."""
    (read, *between, two), one = sheet.bands, sheet.bands[-1].also[0]
    gone = (key for key in before.marks if key not in draft.marks and key[0] != "ruler")
    there = [band for band in between if before.marks.keys() & row_of(draft, band)]
    cues = [Cue((*gone,), lasts=1.0), Cue((("remark",),), lasts=0.3)]
    cues.append(together(draft, read, *there, two, after=0.15))
    beyond = keys_of(draft, *(bar.key for bar in read.bars.values() if bar.is_beyond))
    cues.append(Cue((*(key for key in beyond if key not in before.marks),), staging.LEAVE, after=0.7))
    for late, band in enumerate(band for band in between if band not in there):
        cues.append(Cue(row_of(draft, band), staging.LEAVE, how="fade", after=0.6 + 0.4 * late))
    cues.append(Cue((*(key for key in draft.marks if "cut" in key),), staging.LEAVE, how="fade", after=0.7))
    differ = {own.chain.output_place(t) for t in own.chain.differing}
    for at in two.bars:
        pair = keys_of(draft, two.bars[at].key, one.bars[at].key)
        stood = [key for key in pair if key in before.marks]
        beat = staging.LEAVE if stood else staging.MOVE + (at in differ)
        cues += [Cue(pair, beat, how="grow", after=0.7 * bool(stood)), Cue((*stood,), staging.LEAVE, after=0.15)]
    return cues
