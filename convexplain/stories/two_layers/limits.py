"""Where two layers are no longer one kernel: padding or a relu puts a zero between them.

What two layers and the one kernel make stands beside each other: one number where they are equal, two where not. This
module knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TypeAlias

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import DIGIT, SMALL, Board, Cue, Draft
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import phrases
from convexplain.stories.two_layers.bands import Band, Bar
from convexplain.stories.two_layers.copies import Copies, worked
from convexplain.stories.two_layers.sheet import Sheet, keys_of, row_of, together

Pair: TypeAlias = "tuple[tuple[Band, Bar], tuple[Band, Bar]]"
GAP, WIDE = 6.0, 0.65
"""Between the two bars of an output, and how wide each is, in bars."""


def limits(told: Copies, answer: Board) -> list[Board]:
    """After the ``answer`` what padding does, and why, and what a relu does, where they change an output."""
    tell = {"padding": (_padded, _missing), "relu": (_bent,)}
    boards = [answer]
    for act, own in told.altered.items():
        for board in tell[act]:
            boards.append(board(own, own.compared(), boards[-1]))
    return boards


def _padded(own: Copies, sheet: Sheet, before: Board) -> Board:
    """The signal with zeros at its ends, and all outputs of both: what is missed is told next."""
    read, middle, second, outputs = sheet.bands
    bars = {at: bar._replace(missed=None) for at, bar in middle.bars.items()}
    sheet = replace(sheet, bands=(read, replace(middle, bars=bars), replace(second, made=()), outputs))
    draft = _draft(own, said := _differing(own), sheet)
    return draft.board("padding", said, 3.5, _cues(draft, own, sheet, before))


def _missing(own: Copies, sheet: Sheet, _: Board) -> Board:
    """What layer 2 reads where padding is 0, and the number that the one kernel counts there."""
    read, middle, second, outputs = sheet.bands
    lit = [*map(own.chain.middle_place, own.chain.window(own.step))]
    outputs = replace(outputs, lit=[own.place])
    sheet = replace(sheet, bands=(replace(read, lit=()), replace(middle, lit=lit), second, outputs))
    draft = _draft(own, said := _counted(own), sheet)
    x, y = sheet.axis.x(max(outputs.bars)) + sheet.half + 24, outputs.foot - DIGIT * sheet.em / 2
    reason = words(_reason(own), x, y, sheet.em, align=-1)
    if sheet.size and reason.runs and reason.right < sheet.form.width - min(30, sheet.form.margin):
        draft.put("sum", ("sum", "missing"), reason)
    cues = [
        Cue(keys_of(draft, ("product",), ("edge",)), staging.ENTER + 1),
        Cue((("sum", "missing"),), staging.ENTER + 2),
    ]
    return draft.board("missing", said, 3.5, cues)


def _bent(own: Copies, sheet: Sheet, before: Board) -> Board:
    """What a relu makes of the numbers between, and all outputs of both."""
    read, middle, *more = sheet.bands
    sheet = replace(sheet, bands=(replace(read, lit=()), replace(middle, name="*h* after relu"), *more))
    said = "With a relu between, numbers below 0 become 0. Then two layers can do more than one."
    draft = _draft(own, said, sheet)
    return draft.board("relu", said, 4.5, _cues(draft, own, sheet, before))


def _draft(own: Copies, said: str, sheet: Sheet) -> Draft:
    """The rows, and every output twice, by two layers and by the one kernel; zeros that make them differ are told."""
    draft, (_, middle, second, two), one = own.draft(said, sheet), sheet.bands, own.ones()
    sheet.lay_name(draft, ("row", 2), "two layers", two.foot - 1.3 * sheet.em, "output")
    sheet.lay_name(draft, ("card", *one.key), one.name, two.foot, one.role)
    for at, bar in two.bars.items():
        _lay_pair(draft, sheet, at, ((two, bar), (one, one.bars[at])))
    if second.made is None:
        sheet.lay_fan(draft, 2, own.place)
        _lay_missed(draft, sheet)
    zeros = (middle.bars[at].key for at in _cut(own) & middle.bars.keys())
    draft.change((key for key in keys_of(draft, *zeros) if key[-1] != "missed"), role="differs")
    return draft


def _cut(own: Copies) -> set[int]:
    """The places where layer 2 reads 0 and the first kernel makes another number."""
    read = {*range(own.chain.middle), *own.chain.window(own.step)}
    return {own.chain.middle_place(s) for s in read if own.chain.is_missed(s, own.m)}


def _lay_missed(draft: Draft, sheet: Sheet) -> None:
    """What is missed, in words: under its outline where that hangs, else beside the zero where nothing follows."""
    middle = sheet.bands[1]
    for at, bar in middle.bars.items() if middle.size else ():
        if not bar.missed:
            continue
        zero, outline = draft.marks[*bar.key, "digits"], draft.marks[*bar.key, "missed"]
        text = words(f"not {bar.missed.text}", zero.x, zero.y, zero.size, "quiet")
        if bar.missed.value < 0 and text.width < 2 * sheet.half:
            draft.put("note", ("note", "missed", at), text.at(y=outline.bottom + pieces.ABOVE + text.height / 2))
        elif (
            at == max(middle.bars)
            and (beside := text.at(x=zero.right + 14 + text.width / 2)).right < sheet.form.width - 4
        ):
            draft.put("note", ("note", "missed", at), beside)


def _lay_pair(draft: Draft, sheet: Sheet, at: int, pair: Pair) -> None:
    """Two bars beside each other: one number where they are equal, two where they differ, as far as there is room."""
    x, wide, (two, _) = sheet.axis.x(at), WIDE * sheet.axis.bar, pair[0]
    is_lit, texts = two.lit is None or at in two.lit, list(dict.fromkeys(bar.number.text for _, bar in pair))
    room, ems = 2 * sheet.half - 10 * len(texts), sum(advance(runs_of(text)) for text in texts)
    size = next((em for em in (two.size, SMALL) if em * ems <= room), 0.0)
    role = "quiet" if not is_lit else "differs" if texts[1:] else "ink"
    for side, (band, bar) in zip((-1, 1), pair, strict=True):
        sheet.lay_number(draft, band, bar, (x + side * (wide + GAP) / 2, two.foot), wide, is_lit)
        if size and (texts[1:] or side < 0):
            mark = pieces.digits(draft, bar.key, bar.number.text, size, role)
            off = max(wide + GAP, mark.width + 10) / 2 * len(texts[1:])
            draft.change([(*bar.key, "digits")], x=x + side * off)


def _cues(draft: Draft, own: Copies, sheet: Sheet, before: Board) -> list[Cue]:
    """The view moves while what stood there goes; then a zero between comes, then outputs: those that differ last."""
    gone, (read, middle, *_, two), one = before.marks.keys() - draft.marks.keys(), sheet.bands, own.ones()
    beyond = [bar.key for bar in read.bars.values() if bar.is_beyond]
    new = (key for key in (*row_of(draft, middle), *keys_of(draft, *beyond)) if key not in before.marks)
    zeros = keys_of(draft, *(middle.bars[at].key for at in _cut(own) & middle.bars.keys()))
    cues = [Cue((*gone,), lasts=0.9), Cue((("remark",),), lasts=0.3), together(draft, read, middle, two, after=0.15)]
    cues += [Cue(keys_of(draft, ("name", "card", *one.key)), staging.LEAVE, how="fade", after=0.3)]
    cues += [Cue((*new,), staging.LEAVE, after=0.7), Cue(zeros, staging.MOVE)]
    differ = {own.chain.output_place(t) for t in own.chain.differing}
    for at in two.bars:
        pair = keys_of(draft, two.bars[at].key, one.bars[at].key)
        there = [key for key in pair if key in before.marks]
        beat = staging.LEAVE if there else staging.MOVE + (at in differ)
        cues += [Cue(pair, beat, after=0.7 * bool(there)), Cue((*there,), staging.LEAVE, after=0.15)]
    return [*cues, Cue(keys_of(draft, ("edge",)), staging.ENTER)]


def _reason(own: Copies) -> str:
    """What both make of an output, and the products by which they differ: nothing where that is not exact."""
    chain, pair = own.chain, own.pair
    two, one = (pair.output(made(own.step)) for made in (chain.two, chain.one))
    less = pair.output(one.value - two.value).text
    products = worked([(pair.second(k), pair.hidden(chain.made(own.reads(k), own.m))) for k in own.missed], less)
    is_exact = products and style.is_sum([two.text, less], one.text)
    return f"{one.text} {style.MINUS} {phrases.times(two)} = {less} = {products}" if is_exact else ""


def _differing(own: Copies) -> str:
    """Where padding puts zeros, and what follows."""
    chain, pair = own.chain, own.pair
    read = [(i, len(chain.x)) for i in chain.read]
    read += [(s, chain.middle) for t in range(chain.steps) for s in chain.window(t)]
    before, after = any(i < 0 for i, _ in read), any(i >= end for i, end in read)
    side = "both ends" if before and after else "the start" if before else "the end"
    two, one = (pair.output(made(own.step)).text for made in (chain.two, chain.one))
    through = " through this channel" * own.several
    return f"Padding puts zeros at {side}. At the edge two layers then give {two}{through}, kernel *w* {one}."


def _counted(own: Copies) -> str:
    """What layer 2 reads of padding, and what the one kernel counts instead."""
    steps, made = [*map(own.reads, own.missed)], own.chain.made
    side = "Before *h* starts" if max(steps) < 0 else "Past *h*'s end" if min(steps) >= 0 else "Beyond *h*'s ends"
    counts = "what" if steps[1:] else f"the {own.pair.hidden(made(steps[0], own.m)).text} that"
    return f"{side} layer 2 reads a 0 of padding. *w* counts {counts} *u* would make there."
