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

GAP, WIDE, THIN = 6.0, 0.65, 0.3
"""Between the two bars of an output, and how wide each is, in bars; where it is not meant."""


def limits(told: Copies, answer: Board) -> list[Board]:
    """After the ``answer`` what padding does, and why, and what a relu does, where they change an output."""
    boards = [answer]
    for act, own in told.altered.items():
        for tell in (_padded, _missing) if act == "padding" else (_bent,):
            boards.append(tell(own, boards[-1]))
    return boards


def _padded(own: Copies, before: Board) -> Board:
    """Whose zeros stand where, and an output that two layers make with one of them."""
    sheet, chain = own.compared("padding"), own.chain
    read, middle, second, outputs = sheet.bands
    samples, steps, zeros = len(chain.x), chain.steps, [len(chain.padded(level)) for level in range(2)]
    adds = [f"layer {n} {phrases.spelled(many)} to *{at}*" for n, (many, at) in enumerate(zip(zeros, "xh"), 1) if many]
    kept = f" {phrases.sentence(phrases.count(samples, 'sample'))}, {phrases.count(steps, 'output')}."
    said = f"Padding adds zeros: {', '.join(adds)}.{kept * (samples == steps)}"
    middle = replace(middle, lit=[*map(chain.middle_place, chain.window(own.step))])
    bands = replace(read, lit=chain.padded(0)), middle, second, replace(outputs, lit=[own.place], also=())
    draft = _draft(own, said, replace(sheet, bands=bands))
    return draft.board("padding", said, 4, _cues(draft, own, sheet, before))


def _missing(own: Copies, before: Board) -> Board:
    """The one kernel, which reads on where a 0 stands between, and what it counts there."""
    sheet, chain, pair = own.compared("missing"), own.chain, own.pair
    read, one, middle, second, outputs = sheet.bands
    steps = [*map(own.reads, own.missed)]
    made = [pair.hidden(chain.made(step, own.m)) for step in steps]
    two, single = (pair.output(give(own.step)) for give in (chain.two, chain.one))
    first, *more = [bar.missed for bar in middle.bars.values() if bar.missed]
    counts = f"*u*'s {first.text}" if middle.size and not more else "what *u* makes"
    differ = f": {single.text}, not {two.text}" if outputs.size else ""
    zeros = phrases.count(len(chain.read - {*range(len(chain.x))}), "zero")
    said = f"Kernel *w* adds {zeros} to *x* alone. Where *h* has a 0 it counts {counts}{differ}."
    middle = replace(middle, lit=[*map(chain.middle_place, steps)])
    bands = replace(read, lit=one.bars), one, middle, replace(second, lit=()), replace(outputs, lit=[own.place])
    draft = _draft(own, said, sheet := replace(sheet, bands=bands))
    if sheet.size and style.is_sum([product.text for product in one.at_work.values()], single.text):
        own.lay_before(draft, sheet, one, ("made", *one.key), single.text)
    less = pair.output(single.value - two.value).text
    products = worked([*zip(map(pair.second, own.missed), made, strict=True)], less)
    if sheet.size and products and style.is_sum([two.text, less], single.text):
        ends = (draft.marks[key].right for key in keys_of(draft, ("single",)))
        x, y = max(sheet.axis.x(max(outputs.bars)) + sheet.half, *ends) + 24, outputs.foot - DIGIT * sheet.em / 2
        reason = f"{single.text} {style.MINUS} {phrases.times(two)} = {less} = {products}"
        if (mark := words(reason, x, y, sheet.em, align=-1)).right < sheet.form.width - 8:
            draft.put("sum", ("sum", "missing"), mark)
    cues = [*_cues(draft, own, sheet, before), Cue((("sum", "missing"),), staging.ENTER + 2)]
    return draft.board("missing", said, 3.5, cues)


def _bent(own: Copies, before: Board) -> Board:
    """What a relu makes of the numbers between, and all outputs of both: the one kernel is none for two layers."""
    sheet, chain = own.compared("relu"), own.chain
    # What two layers make of the opposite of all samples is less by what the one kernel makes: no kernel does that.
    unpadded = {*chain.differing} - {*own.pair.ways[own.m].differing}
    is_proven = any(2 * chain.two(step) != chain.one(step) for step in unpadded)
    differ = "two layers do what no single kernel can" if is_proven else "*w* no longer makes the same outputs"
    said = f"A relu turns numbers below 0 into 0: now {differ}."
    draft = _draft(own, said, sheet)
    return draft.board("relu", said, 4, _cues(draft, own, sheet, before))


def _draft(own: Copies, said: str, sheet: Sheet) -> Draft:
    """The rows, and every output twice, by two layers and by the one kernel where that is told; zeros between that make
    them differ are told.
    """
    *above, two = sheet.bands
    draft = Draft(sheet.form)
    pieces.caption(draft, said)
    sheet.lay(draft)
    (n,) = (n for n, band in enumerate(above) if band.at_work)
    sheet.lay_light(draft, n)
    line, names = 1.3 * sheet.em, [mark for key, mark in draft.marks.items() if key[0] == "name"]
    foot = two.foot + line * any(mark.bottom > two.foot - line - sheet.em for mark in names)  # where outputs hang
    sheet.lay_name(draft, ("row", 2), "two layers", foot - line * bool(two.also), "output")
    for one in two.also:
        sheet.lay_name(draft, ("row", 2, "single"), one.name, foot, one.role)
        draft.change([key for key in draft.marks if "cut" in key and key[-1] != "missed"], role="differs")
    for at in two.bars:
        _lay_pair(draft, sheet, at, (two, *two.also))
    if above[n] is above[-1]:
        sheet.lay_fan(draft, n, own.place)
    for band in above:
        _lay_missed(draft, sheet, band)
    return draft


def _lay_missed(draft: Draft, sheet: Sheet, middle: Band) -> None:
    """What is missed, in words: under its outline where that hangs, else beside the zero where nothing follows."""
    for at, bar in middle.bars.items():
        if not bar.missed or not middle.size:
            continue
        zero, outline = draft.marks[*bar.key, "digits"], draft.marks[*bar.key, "missed"]
        text = words(f"not {bar.missed.text}", zero.x, zero.y, zero.size, "quiet")
        beside = text.at(x=zero.right + 14 + text.width / 2)
        if bar.missed.value < 0 and text.width < 2 * sheet.half:
            draft.put("note", ("note", "missed", at), text.at(y=outline.bottom + pieces.ABOVE + text.height / 2))
        elif at == max(middle.bars) and beside.right < sheet.form.width - 4:
            draft.put("note", ("note", "missed", at), beside)


def _lay_pair(draft: Draft, sheet: Sheet, at: int, rows: tuple[Band, ...]) -> None:
    """What two layers make in its column, and the one kernel beside it: one number where they are equal, two where they
    differ, as far as there is room. What is not meant is thin.
    """
    two, x, is_lit = rows[0], sheet.axis.x(at), rows[0].lit is None or at in rows[0].lit
    wide, texts = (WIDE if is_lit else THIN) * sheet.axis.bar, list(dict.fromkeys(row.bars[at].number.text for row in rows))
    room, ems = 2 * sheet.half - 10 * len(texts), len(texts) * max(advance(runs_of(text)) for text in texts)
    size = next((em for em in (two.size, SMALL) if em * ems <= room), 0.0)
    role = "quiet" if not is_lit else "differs" if texts[1:] else "ink"
    for side, row in enumerate(rows):
        key, number, *_ = bar = row.bars[at]
        sheet.lay_number(draft, row, bar, (x + side * (wide + GAP), two.foot), wide, is_lit)
        if size and (texts[1:] or not side):
            mark = pieces.digits(draft, key, number.text, size, role)
            middle, apart = (rows[0] is not rows[-1]) * (wide + GAP) / 2, max(wide + GAP, mark.width + 10) / 2
            draft.change([(*key, "digits")], x=x + middle + (2 * side - 1) * apart * len(texts[1:]))


def _cues(draft: Draft, own: Copies, sheet: Sheet, before: Board) -> list[Cue]:
    """The view moves while what stood there goes; then a zero between comes, then outputs: those that differ last."""
    (read, *between, two), one = sheet.bands, sheet.bands[-1].also[0]
    fresh = [key for key in draft.marks if key not in before.marks]
    there = [band for band in between if before.marks.keys() & row_of(draft, band)]
    gone, outputs = [key for key in before.marks if key not in draft.marks], {"single", [*two.bars.values()][0].key[0]}
    cues = [Cue((*gone,), lasts=0.7), Cue((*(key for key in gone if key[0] in outputs),), lasts=0.6, after=0.7)]
    cues.append(together(draft, read, *there, replace(two, bars={}), after=0.3))
    beyond = {bar.key for bar in read.bars.values() if bar.is_beyond}
    cues.append(Cue((*(key for key in fresh if key[:-1] in beyond),), staging.LEAVE, after=0.7))
    late = 0.7 if there else 0.3  # where those have made way
    for n, band in enumerate(band for band in between if band not in there):
        cues.append(Cue(row_of(draft, band), staging.LEAVE, how="fade", after=late + 0.3 * n))
    cues.append(Cue((*(key for key in fresh if "cut" in key),), staging.LEAVE, how="fade", after=late))
    differ = {own.chain.output_place(t) for t in own.chain.differing}
    for at in two.bars:
        pair = keys_of(draft, two.bars[at].key, one.bars[at].key)
        new = (key for key in pair if key in fresh and key[-1] == "bar")
        cues.append(Cue((*new,), staging.ENTER + 1 if at in differ else staging.MOVE))
        cues.append(Cue((*(key for key in pair if key in before.marks),), staging.LEAVE, after=0.3))
    cues.append(Cue(keys_of(draft, ("band",)), staging.LEAVE, after=0.6))
    return [*cues, Cue(keys_of(draft, ("edge",)), staging.ENTER + 0.5, how="fade")]
