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
        said, bands = (_padded if act == "padding" else _bent)(own, sheet := own.compared())
        draft = _draft(own, said, sheet, bands)
        boards.append(draft.board(act, said, 4, _cues(draft, own, sheet, boards[-1])))
        if act == "padding":
            boards.append(_missing(own, sheet))
    return boards


def _padded(own: Copies, sheet: Sheet) -> tuple[str, list[Band]]:
    """The signal with zeros at its ends, and all outputs of both: what is missed is told next."""
    read, middle, _, outputs = sheet.bands
    zeros = {at: bar._replace(missed=None, is_beyond=True) for at, bar in middle.bars.items() if bar.missed}
    two, one = (own.pair.output(give(own.step)).text for give in (own.chain.two, own.chain.one))
    added = "the dashed zeros" if any(bar.is_beyond for bar in read.bars.values()) else "zeros"
    through = " through this channel" * own.several
    differ = f"then give {two}{through}, kernel *w* {one}" if outputs.size else "and kernel *w* then differ"
    said = f"Padding adds {added}. At the edge two layers {differ}."
    return said, [read, replace(middle, bars={**middle.bars, **zeros}), outputs]


def _bent(_: Copies, sheet: Sheet) -> tuple[str, list[Band]]:
    """What a relu makes of the numbers between, and all outputs of both: this is what two layers are for."""
    read, middle, *more = sheet.bands
    said = "With a relu, numbers below 0 become 0. Then two layers can do more than one."
    return said, [replace(read, lit=()), replace(middle, name="*h* after relu"), *more]


def _missing(own: Copies, sheet: Sheet) -> Board:
    """What layer 2 reads where padding is 0, and the number that the one kernel counts there."""
    (read, middle, second, outputs), chain, pair = sheet.bands, own.chain, own.pair
    steps = [*map(own.reads, own.missed)]
    made = [pair.hidden(chain.made(step, own.m)) for step in steps]
    side = "Before *h* starts" if max(steps) < 0 else "Past *h*'s end" if min(steps) >= 0 else "Beyond *h*'s ends"
    counts = "what" if steps[1:] or not middle.size else f"the {made[0].text} that"
    said = f"{side} layer 2 reads a 0 of padding. *w* counts {counts} *u* would make there."
    middle = replace(middle, lit=[*map(chain.middle_place, chain.window(own.step))])
    draft = _draft(own, said, sheet, [replace(read, lit=()), middle, second, replace(outputs, lit=[own.place])])
    two, one = (pair.output(give(own.step)) for give in (chain.two, chain.one))
    less = pair.output(one.value - two.value).text
    products = worked([*zip(map(pair.second, own.missed), made, strict=True)], less)
    if sheet.size and products and style.is_sum([two.text, less], one.text):
        x, y = sheet.axis.x(max(outputs.bars)) + sheet.half + 24, outputs.foot - DIGIT * sheet.em / 2
        reason = f"{one.text} {style.MINUS} {phrases.times(two)} = {less} = {products}"
        if (mark := words(reason, x, y, sheet.em, align=-1)).right < sheet.form.width - 8:
            draft.put("sum", ("sum", "missing"), mark)
    cues = [Cue(row_of(draft, second), staging.MOVE), Cue((("sum", "missing"),), staging.ENTER + 1)]
    return draft.board("missing", said, 3.5, cues)


def _draft(own: Copies, said: str, sheet: Sheet, bands: Sequence[Band]) -> Draft:
    """The rows, and every output twice, by two layers and by the one kernel; zeros that make them differ are told."""
    _, _, *second, two = bands
    draft, one = own.draft(said, sheet := replace(sheet, bands=(*bands,))), two.also[0]
    sheet.lay_name(draft, ("row", 2), "two layers", two.foot - 1.3 * sheet.em, "output")
    sheet.lay_name(draft, ("card", *one.key), one.name, two.foot, one.role)
    for at in two.bars:
        _lay_pair(draft, sheet, at, (two, one))
    if second:
        sheet.lay_fan(draft, 2, own.place)
        _lay_missed(draft, sheet)
    zeros = (bar.key for at, bar in own.middle(own.chain.window(own.step)).bars.items() if bar.missed)
    draft.change((key for key in keys_of(draft, *zeros) if key[-1] != "missed"), role="differs")
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
    room, ems = 2 * sheet.half - 10 * len(texts), sum(advance(runs_of(text)) for text in texts)
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
    (read, middle, second, two), one = sheet.bands, sheet.bands[-1].also[0]
    zeros = keys_of(draft, *(bar.key for bar in middle.bars.values() if bar.missed))
    gone = (key for key in before.marks if key not in draft.marks and key[0] != "ruler")
    beyond = [bar.key for bar in read.bars.values() if bar.is_beyond]
    new = [key for key in keys_of(draft, *beyond) if key not in before.marks]
    late = 0.15 if ("baseline", *middle.key) in before.marks else 0.7
    cues = [Cue((*gone,), lasts=1.0), Cue((("remark",),), lasts=0.3), together(draft, read, two, after=0.15)]
    cues += [Cue((*new,), staging.LEAVE, after=0.7), Cue(row_of(draft, middle), staging.LEAVE, how="fade", after=late)]
    cues += [Cue(keys_of(draft, ("name", "card", *one.key)), staging.LEAVE, how="fade", after=0.3)]
    cues += [Cue((*zeros, *row_of(draft, second)), staging.MOVE)]
    differ = {own.chain.output_place(t) for t in own.chain.differing}
    for at in two.bars:
        pair = keys_of(draft, two.bars[at].key, one.bars[at].key)
        there = [key for key in pair if key in before.marks]
        beat = staging.LEAVE if there else staging.MOVE + (at in differ)
        cues += [Cue(pair, beat, after=0.7 * bool(there)), Cue((*there,), staging.LEAVE, after=0.15)]
    return cues
