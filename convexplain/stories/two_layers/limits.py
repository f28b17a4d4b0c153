"""Where two layers are no longer one kernel: padding or a relu puts a zero between them.

What two layers and the one kernel make stands beside each other: one number where they are equal, two where not. This
module knows copies of a kernel; it computes none.
"""

from __future__ import annotations

import math
from dataclasses import replace

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import SMALL, Board, Cue, Draft
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench, phrases
from convexplain.stories.two_layers.bands import Band, Bar
from convexplain.stories.two_layers.copies import Copies, worked
from convexplain.stories.two_layers.sheet import GROUND, Sheet, fitting, keys_of, row_of, ruled, together

GAP, WIDE = 6.0, 0.6
"""Between the two bars of an output, and how wide each is, in bars."""


def limits(told: Copies, answer: Board) -> list[Board]:
    """After the ``answer`` what padding does, and why, and what a relu does, where they change an output."""
    boards = [answer]
    for act, own in told.altered.items():
        for tell in (_padded, _missing) if act == "padding" else (_bent, _unlike):
            boards += tell(own, boards[-1])
    return boards


def _padded(own: Copies, before: Board) -> list[Board]:
    """Whose zeros stand where, and an output that two layers make with one of them."""
    sheet, chain = own.compared("padding"), own.chain
    samples, steps, zeros = len(chain.x), chain.steps, {at: len(chain.padded(n)) for n, at in enumerate("xh")}
    adds = [f"layer {n} {phrases.spelled(many)} to *{at}*" for n, (at, many) in enumerate(zeros.items(), 1) if many]
    kept = f" {phrases.sentence(phrases.count(samples, 'number'))} in, {phrases.spelled(steps)} out."
    said = f"Padding adds zeros: {', '.join(adds)}.{kept * (samples == steps)}"
    *above, two = sheet.bands
    sheet = replace(sheet, bands=(*above, replace(two, also=(), made=None, name=own.results().name)))
    draft = _draft(own, said, sheet)
    return [draft.board("padding", said, 3.7, _cues(draft, own, sheet, before))]


def _missing(own: Copies, before: Board) -> list[Board]:
    """What the one kernel makes there, and above it what the first one would where layer 2 has a zero of its own."""
    sheet, chain, pair = own.compared("missing"), own.chain, own.pair
    _, kernel, one, outputs = sheet.bands
    two, single = (pair.output(give(own.step)) for give in (chain.two, chain.one))
    read = {k: step for k in own.after if (step := own.reads(k)) in own.missed}
    missed = [(pair.second(k), pair.hidden(chain.made(step, own.m))) for k, step in read.items()]
    first, *more = [number.text for _, number in missed]
    where = "Before the start" if min(own.missed) < 0 else "Past the end"
    w = "this channel's *w*" if own.several else "*w*"
    less = pair.output(single.value - two.value).text
    products = worked(missed, less) if outputs.size else ""
    said = f"{where}, *u* would make {first}. Layer 2 reads a 0 there; {w} still adds *v*'s {products}."
    if more or not products:
        said = f"{where}, layer 2 reads {'zeros' if more else 'a 0'}; {w} still adds what *u* would make there."
    draft = _draft(own, said, sheet)
    if sheet.size:
        own.lay_before(draft, sheet, replace(one, line=kernel.line), ("instead",), first)
    cues = _cues(draft, own, sheet, before)
    return [draft.board("missing", said, 3.3, cues)]


def _bent(own: Copies, before: Board) -> list[Board]:
    """What a relu makes of the numbers between, and the outputs, beside those that the one kernel makes."""
    said = "A relu between the layers turns numbers below 0 into 0. Then *w* no longer fits."
    draft = _draft(own, said, sheet := own.compared("relu"))
    return [draft.board("relu", said, 3.5, _cues(draft, own, sheet, before))]


def _unlike(own: Copies, before: Board) -> list[Board]:
    """All signs turned: any kernel makes the opposite then, and two layers do not."""
    sheet, chain = _opposed(own), own.chain
    two, one, other = map(own.pair.output, (made := chain.two(own.step), -made, chain.opposite.two(own.step)))
    if not (made and sheet.size and one != other):
        return []
    said = f"Turn all signs of *x*: any kernel that made {two.text} makes {one.text}."
    draft, (first, turned) = Draft(sheet.form), sheet.bands
    pieces.caption(draft, said := f"{said} Two layers make {other.text}: none fits.")
    sheet.lay(draft)
    for n, name, role in ((-2, "two layers", "output"), (-1, "any kernel", "kernel")):
        at, keys = [*first.bars][n], [[*band.bars.values()][n].key for band in sheet.bands]
        draft.put("name", ("name", role), words(name, sheet.axis.x(at), pieces.RULER, sheet.form.small, role))
        draft.change([(*key, "bar") for key in keys], role=role)
        draft.change([(*keys[1], "digits")], role="differs")
    _lay_worked(draft, own, sheet)
    outputs = (bar.key for bar in [*turned.bars.values()][-2:])
    gone = (key for key in before.marks if key not in draft.marks)
    cues = [Cue((*gone,), lasts=0.8), together(draft, first, after=0.2), Cue(row_of(draft, turned), staging.ENTER + 1)]
    cues.append(Cue((("name", "output"), ("name", "kernel")), staging.LEAVE, how="fade", after=0.5))
    cues += [Cue((("sum", "opposite"),), staging.ENTER + 2), Cue((*outputs,), staging.ENTER + 2.5)]
    return [draft.board("none", said, 4, cues)]


def _opposed(own: Copies) -> Sheet:
    """What an output reads, and below it the same with all signs turned; at their right what two layers make of it,
    then what a kernel does that makes the same of the first.
    """
    write, level, read, rows = own.pair.script.written, own.pair.level, [*own.chain.covered(own.step)], list[Band]()
    apart, output = 1 + max(1, len(read) // 3), own.results().bars[own.place].key
    for sign, way in ((1, own.chain), (-1, own.chain.opposite)):
        row, turned = own.samples(read), ("turned",) * (sign < 0)
        values = {at: (row.bars[at].key, sign * row.bars[at].number.value, level - 2) for at in read}
        values[read[-1] + apart] = output, way.two(own.step), level
        values[read[-1] + 2 * apart] = ("any",), sign * own.chain.two(own.step), level
        bars = {
            at: Bar((*turned, *key), write(value, of), (), (*key, "bar") if turned and key != output else None)
            for at, (key, value, of) in values.items()
        }
        name = f"input {style.MINUS * len(turned)}*x*"
        rows.append(replace(row, key=("row", *turned, 0), name=name, bars=bars, leads=2))
    axis = ruled(own.stage.form, replace(own.axis, steps=(*range(read[0], max(bars) + 1),)))
    texts = [text for row in rows for text in row.texts]
    size = own.stage.size and fitting(own.stage.form, axis, texts, spare=30.0)
    return replace(own.stage, axis=axis, unit=math.inf, size=size).of(rows, "none")


def _lay_worked(draft: Draft, own: Copies, sheet: Sheet) -> None:
    """Below the opposite samples how two layers make their number, where that has room."""
    pair, other, read = own.pair, own.chain.opposite, own.chain.window(own.step)
    plain, bent = ([pair.hidden(give(step, own.m)) for step in read] for give in (other.made, other.hidden))
    h, relu = (", ".join(number.text for number in numbers) for numbers in (plain, bent))
    taps, total = map(pair.second, own.after), pair.output(other.two(own.step)).text
    told = worked(zip(taps, bent, strict=True), total)
    *samples, given, _ = (m for key, m in draft.marks.items() if key[0] == "turned" and key[-1] == "bar")
    y = (max(bar.bottom for bar in samples) + bench.bottom_of(sheet.form, GROUND)) / 2
    mark = words(f"*h* is {h}. After relu {relu}: {told}", sheet.form.margin, y, sheet.em, align=-1)
    if told and mark.right + 24 < given.left:
        draft.put("sum", ("sum", "opposite"), mark)


def _draft(own: Copies, said: str, sheet: Sheet) -> Draft:
    """The rows, and beside each number of some another one; zeros between that make them differ are told."""
    draft, (*above, two) = own.draft(said, sheet), sheet.bands
    n = max(n for n, band in enumerate(above) if band.at_work)
    sheet.lay_light(draft, n)
    for other in two.also:
        for at in two.bars:
            _lay_pair(draft, sheet, at, (two, other))
        draft.change([name := ("name", *two.key)], y=draft.marks[name].y - 1.3 * sheet.em)
        sheet.lay_name(draft, (*two.key, "single"), other.name, two.foot, other.role)
        draft.change([key for key in draft.marks if "cut" in key], role="differs")
    made = next(row for row in (two, *two.also) if row.role == above[n].role)
    sheet.lay_fan(draft, n, made.bars[own.place].key)
    return draft


def _lay_pair(draft: Draft, sheet: Sheet, at: int, rows: tuple[Band, Band]) -> None:
    """A bar in its column, and another beside it: one number where they are equal."""
    two, x = rows[0], sheet.axis.x(at)
    texts = list(dict.fromkeys(row.bars[at].number.text for row in rows))
    wide, is_lit = WIDE * sheet.axis.bar, two.lit is None or at in two.lit
    room, ems = 2 * sheet.half - 10 * len(texts), len(texts) * max(advance(runs_of(text)) for text in texts)
    size = next((em for em in (two.size, SMALL) if em * ems <= room), 0.0)
    role = "quiet" if not is_lit else "differs" if texts[1:] else "ink"
    for side, row in enumerate(rows):
        key, number, *_ = bar = row.bars[at]
        sheet.lay_number(draft, row, bar, (x + side * (wide + GAP), two.foot), wide, is_lit)
        if size and (texts[1:] or not side):
            mark = pieces.digits(draft, key, number.text, size, role)
            apart = (2 * side - 1) * max(wide + GAP, mark.width + 10) / 2 * len(texts[1:])
            draft.change([(*key, "digits")], x=x + (wide + GAP) / 2 + apart)


def _cues(draft: Draft, own: Copies, sheet: Sheet, before: Board) -> list[Cue]:
    """The view moves while what stood there goes; then a zero between comes, then outputs: those that differ last."""
    read, *between, two = sheet.bands
    fresh = [key for key in draft.marks if key not in before.marks]
    there = [band for band in between if before.marks.keys() & row_of(draft, band)]
    gone = (key for key in before.marks if key not in draft.marks)
    cues = [Cue((*gone,), lasts=0.9), together(draft, read, *there, replace(two, bars={}), after=0.3)]
    beyond = {bar.key for bar in read.bars.values() if bar.is_beyond}
    cues.append(Cue((*(key for key in fresh if key[:-1] in beyond),), staging.LEAVE, after=0.6))
    for n, band in enumerate(band for band in between if band not in there):  # where others have made way
        cues.append(Cue(row_of(draft, band), staging.LEAVE, how="fade", after=0.4 + 0.1 * n))
    differ = {own.chain.output_place(t) for t in own.chain.differing}
    for at in two.bars:
        pair = keys_of(draft, *(row.bars[at].key for row in (two, *two.also)))
        new = (key for key in pair if key in fresh and key[-1] == "bar")
        cues.append(Cue((*new,), staging.ENTER + 0.5 if at in differ else staging.MOVE))
        cues.append(Cue((*(key for key in pair if key in before.marks),), staging.LEAVE, after=0.3))
    cues.append(Cue(keys_of(draft, ("band",)), staging.LEAVE, after=0.5))
    return [*cues, Cue(keys_of(draft, ("edge",)), staging.ENTER + 0.5, how="fade")]
