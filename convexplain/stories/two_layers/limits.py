"""Where two layers are no longer one kernel: padding or a relu puts a zero between them.

What two layers and the one kernel make stands beside each other: one number where they are equal, two where not. This
module knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace
from typing import Any

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import SMALL, Board, Cue, Draft, Key, Mark
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
    first, samples, steps = sheet.bands[1], len(chain.x), chain.steps
    zeros = {at: len(chain.padded(n)) for n, at in enumerate("xh")}
    adds = [f"layer {n} {phrases.spelled(many)} to *{at}*" for n, (at, many) in enumerate(zeros.items(), 1) if many]
    kept = f" {phrases.sentence(phrases.count(samples, 'number'))} in, {phrases.spelled(steps)} out."
    said = f"Padding adds zeros: {', '.join(adds)}.{kept * (samples == steps)}"
    lit = {*chain.padded(0), *first.bars}, None, [*map(chain.middle_place, chain.window(own.step))], None, [own.place]
    draft = _draft(own, said, _lit(sheet, lit, also=()))
    return draft.board("padding", said, 3.7, _cues(draft, own, sheet, before))


def _missing(own: Copies, before: Board) -> Board:
    """The first kernel where layer 2 has a zero of its own, and what the one kernel counts there."""
    sheet, chain, pair = own.compared("missing"), own.chain, own.pair
    _, kernel, middle, second, outputs = sheet.bands
    two, single = (pair.output(give(own.step)) for give in (chain.two, chain.one))
    read = {k: step for k in own.after if (step := own.reads(k)) in own.missed}
    missed = [(pair.second(k), pair.hidden(chain.made(step, own.m))) for k, step in read.items()]
    first, *more = [number.text for _, number in missed]
    w = "This channel's *w*" if own.several else "*w*"
    said = f"Here *u* would make {first}, but layer 2 reads a 0. {w} counts the {first}"
    if more or not middle.size:
        said = f"Here layer 2 reads {'zeros' if more else 'a 0'}. {w} counts what *u* would make"
    said += f": {single.text}, not {two.text}." if outputs.size else "."
    places = [*map(chain.middle_place, read.values())]
    draft = _draft(own, said, sheet := _lit(sheet, (kernel.bars, None, places, places, [own.place])))
    if middle.size and places == [max(middle.bars)]:
        box = draft.marks[*middle.bars[places[0]].key, "bar"]
        _lay_beside(draft, ("note", "instead"), f"not {first}", box.at(size=middle.size))
    less, card = pair.output(single.value - two.value).text, draft.marks["card", *second.key]
    if sheet.size and (products := worked(missed, less)) and style.is_sum([two.text, less], single.text):
        text = f"{two.text} + {products} = {single.text}"
        _lay_beside(draft, ("sum", "missing"), text, card.at(size=sheet.em))
    cues = [*_cues(draft, own, sheet, before), Cue((("sum", "missing"),), staging.ENTER + 1.5)]
    return draft.board("missing", said, 3.3, cues)


def _lit(sheet: Sheet, lit: Iterable[Collection[int] | None], **outputs: Any) -> Sheet:
    """The same with what is meant of each row, and other ``outputs``."""
    *above, last = (replace(band, lit=meant) for band, meant in zip(sheet.bands, lit, strict=True))
    return replace(sheet, bands=(*above, replace(last, **outputs)))


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
    differ = "*w* fails: two layers are more than one kernel" if is_proven else "*w* no longer makes the same outputs"
    said = f"A relu turns numbers below 0 into 0. So {differ}."
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
        draft.change([key for key in draft.marks if "cut" in key], role="differs")
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
    late = 0.0 if there else 0.3  # what stands below the signal makes way for that first
    cues = [Cue((*gone,), lasts=0.6 + late, after=late), Cue((("remark",),), staging.LEAVE, 0.3)]
    cues.append(Cue((*(key for key in gone if key[0] in {"single", *outputs}),), lasts=0.6, after=0.7))
    cues.append(together(draft, read, *there, replace(two, bars={}), after=0.3 - late))
    beyond = {bar.key for bar in read.bars.values() if bar.is_beyond}
    cues.append(Cue((*(key for key in fresh if key[:-1] in beyond),), staging.LEAVE, after=0.7))
    for n, band in enumerate(band for band in between if band not in there):  # where others have made way
        cues.append(Cue(row_of(draft, band), staging.LEAVE, how="fade", after=0.7 + 0.2 * n))
    differ = {own.chain.output_place(t) for t in own.chain.differing}
    for at in two.bars:
        pair = keys_of(draft, two.bars[at].key, one.bars[at].key)
        new = (key for key in pair if key in fresh and key[-1] == "bar")
        cues.append(Cue((*new,), staging.ENTER + 0.5 if at in differ else staging.MOVE))
        cues.append(Cue((*(key for key in pair if key in before.marks),), staging.LEAVE, after=0.3))
    cues.append(Cue(keys_of(draft, ("band",)), staging.LEAVE, after=0.4 + late))
    return [*cues, Cue(keys_of(draft, ("edge",)), staging.ENTER + 0.5, how="fade")]
