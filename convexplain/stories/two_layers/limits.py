"""Where two layers are no longer one kernel: padding or a relu puts a zero between them.

What two layers and the one kernel make stands beside each other: one number where they are equal, two where not. This
module knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import DIGIT, SMALL, Board, Cue, Draft, Key, Mark
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
    samples, steps, zeros = len(chain.x), chain.steps, {at: len(chain.padded(n)) for n, at in enumerate("xh")}
    adds = [f"layer {n} {phrases.spelled(many)} to *{at}*" for n, (at, many) in enumerate(zeros.items(), 1) if many]
    kept = f" {phrases.sentence(phrases.count(samples, 'sample'))}, {phrases.count(steps, 'output')}."
    said = f"Padding adds zeros: {', '.join(adds)}.{kept * (samples == steps)}"
    middle = replace(middle, lit=[*map(chain.middle_place, chain.window(own.step))])
    bands = replace(read, lit=chain.padded(0)), middle, second, replace(outputs, lit=[own.place], also=())
    draft = _draft(own, said, replace(sheet, bands=bands))
    return draft.board("padding", said, 4, _cues(draft, own, sheet, before))


def _missing(own: Copies, before: Board) -> Board:
    """The one kernel, which reads on where a 0 stands between, and what it counts there."""
    sheet, chain, pair = own.compared("missing"), own.chain, own.pair
    _, one, middle, _, outputs = sheet.bands
    two, single = (pair.output(give(own.step)) for give in (chain.two, chain.one))
    first, *more = [bar.missed for bar in middle.bars.values() if bar.missed]
    counts = f"*u*'s {first.text}" if middle.size and not more else "what *u* makes"
    differ = f": {single.text}, not {two.text}" if outputs.size else ""
    kernel, zeros = "This channel's" if own.several else "Kernel", len(chain.read - {*range(len(chain.x))})
    said = f"{kernel} *w* adds {phrases.count(zeros, 'zero')} to *x* alone."
    said += f" Where *h* has a 0, *w* counts {counts}{differ}."
    lit = one.bars, None, [at for at, bar in middle.bars.items() if bar.missed], (), [own.place]
    bands = [replace(band, lit=meant) for band, meant in zip(sheet.bands, lit, strict=True)]
    draft = _draft(own, said, sheet := replace(sheet, bands=(*bands,)))
    last = middle.bars[max(middle.bars)]
    if middle.size and last.missed:
        _lay_beside(draft, ("note", "instead"), f"not {last.missed.text}", draft.marks[*last.key, "digits"])
    if sheet.size and style.is_sum([product.text for product in one.at_work.values()], single.text):
        own.lay_before(draft, sheet, one, ("made", *one.key), single.text)
    less = pair.output(single.value - two.value).text
    products = worked([(pair.second(k), pair.hidden(chain.made(own.reads(k), own.m))) for k in own.missed], less)
    if sheet.size and products and style.is_sum([two.text, less], single.text):
        reason = f"{single.text} {style.MINUS} {phrases.times(two)} = {less} = {products}"
        ends = max((draft.marks[key] for key in keys_of(draft, ("single",))), key=lambda mark: mark.right)
        _lay_beside(draft, ("sum", "missing"), reason, ends.at(y=outputs.foot - DIGIT * sheet.em / 2, size=sheet.em))
    cues = [*_cues(draft, own, sheet, before), Cue((("sum", "missing"),), staging.ENTER + 1.5)]
    return draft.board("missing", said, 3.5, cues)


def _lay_beside(draft: Draft, key: Key, said: str, mark: Mark) -> None:
    """Words at the right of a mark, where they have room."""
    text = words(said, mark.right + 24, mark.y, mark.size, "ink" if key[0] == "sum" else "quiet", align=-1)
    if text.right < draft.format.width - 8:
        draft.put(key[0], key, text)


def _bent(own: Copies, before: Board) -> Board:
    """What a relu makes of the numbers between, and all outputs of both: the one kernel is none for two layers."""
    sheet, chain = own.compared("relu"), own.chain
    # What two layers make of the opposite of all samples is less by what the one kernel makes: no kernel does that.
    unpadded = {*chain.differing} - {*own.pair.ways[own.m].differing}
    is_proven = any(2 * chain.two(step) != chain.one(step) for step in unpadded)
    differ = "two layers do what no single kernel can" if is_proven else "*w* no longer makes the same outputs"
    said = f"A relu turns numbers below 0 into 0: now {differ}."
    draft = _draft(own, said, sheet)
    return draft.board("relu", said, 3.5, _cues(draft, own, sheet, before))


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
    if not above[n + 1 :]:
        sheet.lay_fan(draft, n, own.place)
    return draft


def _lay_pair(draft: Draft, sheet: Sheet, at: int, rows: tuple[Band, ...]) -> None:
    """What two layers make in its column, and the one kernel beside it: one number where they are equal, two where they
    differ, as far as there is room. What is not meant is thin.
    """
    two, x, texts = rows[0], sheet.axis.x(at), list(dict.fromkeys(row.bars[at].number.text for row in rows))
    wide = (WIDE if (is_lit := two.lit is None or at in two.lit) else THIN) * sheet.axis.bar
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
    gone, outputs = [key for key in before.marks if key not in draft.marks], {bar.key[0] for bar in two.bars.values()}
    cues = [Cue((*gone,), lasts=0.7)]
    cues.append(Cue((*(key for key in gone if key[0] in {"single", *outputs}),), lasts=0.6, after=0.7))
    cues.append(together(draft, read, *there, replace(two, bars={}), after=0.3))
    beyond = {bar.key for bar in read.bars.values() if bar.is_beyond}
    cues.append(Cue((*(key for key in fresh if key[:-1] in beyond),), staging.LEAVE, after=0.7))
    late = 0.7 if there else 0.3  # where those have made way
    for n, band in enumerate(band for band in between if band not in there):
        cues.append(Cue(row_of(draft, band), staging.LEAVE, how="fade", after=late + 0.3 * n))
    differ = {own.chain.output_place(t) for t in own.chain.differing}
    for at in two.bars:
        pair = keys_of(draft, two.bars[at].key, one.bars[at].key)
        new = (key for key in pair if key in fresh and key[-1] == "bar")
        cues.append(Cue((*new,), staging.ENTER + 0.5 if at in differ else staging.MOVE))
        cues.append(Cue((*(key for key in pair if key in before.marks),), staging.LEAVE, after=0.3))
    cues.append(Cue(keys_of(draft, ("band",)), staging.LEAVE, after=0.4))
    return [*cues, Cue(keys_of(draft, ("edge",)), staging.ENTER + 0.5, how="fade")]
