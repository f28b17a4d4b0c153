"""Where two layers are no longer one kernel: padding or a relu puts a zero between them.

What two layers and the one kernel make stands beside each other: one number where they are equal, two where not. This
module knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import DIGIT, SMALL, Board, Cue, Draft, Key
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
    samples, steps, zeros = len(chain.x), chain.steps, {at: len(chain.padded(n)) for n, at in enumerate("xh")}
    adds = [f"layer {n} {phrases.spelled(many)} to *{at}*" for n, (at, many) in enumerate(zeros.items(), 1) if many]
    kept = f" {phrases.sentence(phrases.count(samples, 'number'))} in, {phrases.spelled(steps)} out."
    said = f"Padding adds zeros: {', '.join(adds)}.{kept * (samples == steps)}"
    sheet = replace(sheet, bands=(*sheet.bands[:-1], replace(sheet.bands[-1], also=())))
    draft = _draft(own, said, sheet)
    return draft.board("padding", said, 3.7, _cues(draft, own, sheet, before))


def _missing(own: Copies, before: Board) -> Board:
    """What the one kernel makes there, and above it what the first one would where layer 2 has a zero of its own."""
    sheet, chain, pair = own.compared("missing"), own.chain, own.pair
    _, kernel, one, outputs = sheet.bands
    two, single = (pair.output(give(own.step)) for give in (chain.two, chain.one))
    read = {k: step for k in own.after if (step := own.reads(k)) in own.missed}
    missed = [(pair.second(k), pair.hidden(chain.made(step, own.m))) for k, step in read.items()]
    first, *more = [number.text for _, number in missed]
    where = "Before the start" if min(own.missed) < 0 else "Past the end"
    w = "This channel's *w*" if own.several else "*w*"
    said = f"{where} *u* would make {first}, but layer 2 reads a 0. {w} counts the {first}"
    if more or not outputs.size:
        said = f"{where} layer 2 reads {'zeros' if more else 'a 0'}. {w} counts what *u* would make"
    said += f": {single.text}, not {two.text}." if outputs.size else "."
    draft = _draft(own, said, sheet)
    if sheet.size:
        own.lay_before(draft, sheet, replace(one, line=kernel.line), ("instead",), f"not 0 but {first}")
    less, end = pair.output(single.value - two.value).text, draft.marks["baseline", *outputs.key]
    if sheet.size and (products := worked(missed, less)) and style.is_sum([two.text, less], single.text):
        text = f"{two.text} + {products} = {single.text}"
        _lay_beside(draft, ("sum", "missing"), text, end.right, outputs.foot - DIGIT * sheet.em / 2, sheet.em)
    cues = [*_cues(draft, own, sheet, before), Cue((("sum", "missing"),), staging.ENTER + 1.5)]
    return draft.board("missing", said, 3.3, cues)


def _lay_beside(draft: Draft, key: Key, said: str, left: float, y: float, size: float) -> None:
    """Words at the right of something, where they have room."""
    text = words(said, left + 24, y, size, align=-1)
    if text.right < draft.format.width - 8:
        draft.put(key[0], key, text)


def _bent(own: Copies, before: Board) -> Board:
    """What a relu makes of the numbers between; and for the opposite samples, whose outputs a kernel makes opposite."""
    sheet, pair, other = own.compared("relu"), own.pair, own.chain.opposite
    two, opposite = (pair.output(way.two(own.step)) for way in (own.chain, other))
    differ = f"*x* gives {two.text}, −*x* gives {opposite.text}. Any kernel would give {pair.output(-two.value).text}"
    if not sheet.bands[-1].size:
        differ = "−*x* does not give the opposite of *x*, as with any kernel"
    if opposite.value == -two.value:
        differ = "*w* no longer makes the same outputs"
    said = f"A relu makes 0 of numbers below 0: {differ}."
    draft = _draft(own, said, sheet)
    read = [pair.hidden(other.hidden(step, own.m)) for step in other.window(own.step)]
    text = worked(zip(map(pair.second, own.after), read, strict=True), opposite.text, is_whole=True)
    if sheet.size and text:
        card = draft.marks["card", *sheet.bands[2].key]
        _lay_beside(draft, ("sum", "opposite"), f"of −*x*: {text}", card.right, card.y, sheet.em)
    cues = [*_cues(draft, own, sheet, before), Cue(keys_of(draft, ("single",)), staging.ENTER + 1)]
    return draft.board("relu", said, 3.5, [*cues, Cue((("sum", "opposite"),), staging.ENTER + 1.5)])


def _draft(own: Copies, said: str, sheet: Sheet) -> Draft:
    """The rows, and beside each number of some another one; zeros between that make them differ are told."""
    above, draft = sheet.bands[:-1], Draft(sheet.form)
    pieces.caption(draft, said)
    sheet.lay(draft)
    n = max(n for n, band in enumerate(above) if band.at_work)
    sheet.lay_light(draft, n)
    for band in (band for band in sheet.bands if band.made is not None):
        for at in band.bars:
            _lay_pair(draft, sheet, at, [row for row in (band, *band.also) if at in row.bars])
        for other in (other for other in band.also if other.name):
            name = draft.marks["name", *band.key]
            draft.change([("name", *band.key)], y=name.y - 1.3 * sheet.em)
            sheet.lay_name(draft, (*band.key, "single"), other.name, band.foot, other.role)
    if sheet.bands[-1].also:
        draft.change([key for key in draft.marks if "cut" in key], role="differs")
    made = next(row for row in (sheet.bands[-1], *sheet.bands[-1].also) if row.role == above[n].role)
    sheet.lay_fan(draft, n, made.bars[own.place].key)
    return draft


def _lay_pair(draft: Draft, sheet: Sheet, at: int, rows: list[Band]) -> None:
    """A bar in its column, and another beside it: one number where they are equal. What is not meant is thin."""
    two, x = rows[0], sheet.axis.x(at)
    texts = list(dict.fromkeys(row.bars[at].number.text for row in rows))
    wide = (WIDE if (is_lit := two.lit is None or at in two.lit) else THIN) * sheet.axis.bar
    room, ems = 2 * sheet.half - 10 * len(texts), len(texts) * max(advance(runs_of(text)) for text in texts)
    size = next((em for em in (two.size, SMALL) if em * ems <= room), 0.0)
    is_other = rows[-1].role != two.role  # what another kernel makes, or what is made of other samples
    role = "quiet" if not is_lit else "differs" if texts[1:] and is_other else "ink"
    for side, row in enumerate(rows):
        key, number, *_ = bar = row.bars[at]
        sheet.lay_number(draft, row, bar, (x + side * (wide + GAP), two.foot), wide, is_lit)
        if side and not is_other:
            draft.change([(*key, "bar")], hollow=True)
        if size and (texts[1:] or not side):
            mark = pieces.digits(draft, key, number.text, size, role)
            middle, apart = (rows[0] is not rows[-1]) * (wide + GAP) / 2, max(wide + GAP, mark.width + 10) / 2
            draft.change([(*key, "digits")], x=x + middle + (2 * side - 1) * apart * len(texts[1:]))


def _cues(draft: Draft, own: Copies, sheet: Sheet, before: Board) -> list[Cue]:
    """The view moves while what stood there goes; then a zero between comes, then outputs: those that differ last."""
    read, *between, two = sheet.bands
    fresh = [key for key in draft.marks if key not in before.marks]
    there = [band for band in between if before.marks.keys() & row_of(draft, band)]
    gone, late = (key for key in before.marks if key not in draft.marks), 0.3
    late += 0.2 * (("baseline", *read.key) in before.marks)
    cues = [Cue((*gone,), lasts=0.9), together(draft, read, *there, replace(two, bars={}), after=0.2)]
    beyond = {bar.key for bar in read.bars.values() if bar.is_beyond}
    cues.append(Cue((*(key for key in fresh if key[:-1] in beyond),), staging.LEAVE, after=0.6))
    for n, band in enumerate(band for band in between if band not in there):  # where others have made way
        cues.append(Cue(row_of(draft, band), staging.LEAVE, how="fade", after=late + 0.1 * n))
    differ = {own.chain.output_place(t) for t in own.chain.differing}
    for at in two.bars:
        pair = keys_of(draft, *(row.bars[at].key for row in (two, *two.also) if at in row.bars))
        new = (key for key in pair if key in fresh and key[-1] == "bar")
        cues.append(Cue((*new,), staging.ENTER + 0.5 if at in differ else staging.MOVE))
        cues.append(Cue((*(key for key in pair if key in before.marks),), staging.LEAVE, after=0.3))
    cues.append(Cue(keys_of(draft, ("band",)), staging.LEAVE, after=0.5))
    return [*cues, Cue(keys_of(draft, ("edge",)), staging.ENTER + 0.5, how="fade")]
