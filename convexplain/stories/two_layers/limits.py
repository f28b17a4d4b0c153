"""Where two layers are no longer one kernel: padding or a relu puts a zero between them.

What two layers and the one kernel make stands beside each other: one number where they are equal, two where not. This
module knows copies of a kernel; it computes none.
"""

from __future__ import annotations

import math
from dataclasses import replace

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import DIGIT, SMALL, Board, Cue, Draft, bar
from convexplain.board.text import words
from convexplain.stories import bench
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
    """An output at the edge that two layers make with zeros of padding, worked out from the samples on."""
    sheet, chain = own.compared("padding"), own.chain
    read, first, middle, second, two = sheet.bands
    two = replace(two, name=f"output *y*[{own.step}]")  # it stands where its window begins
    sheet = replace(sheet, bands=(read, first, middle, second, two))
    end = "before the start" if min(own.missed) < 0 else "past the end"
    zeros = " and ".join(f"*{row.kind}*" for row in (read, middle) if any(bar.is_beyond for bar in row.bars.values()))
    made = {0: "the first output", chain.steps - 1: "the last output"}.get(own.step, "this output")
    made = f": {'this part of *y*' if own.several else made} is {two.bars[own.place].number.text}" * (two.size > 0)
    said = f"Padding puts zeros {end} of {zeros}{made}."
    draft = _draft(own, said, sheet)
    sheet.lay_light(draft, 1)
    sheet.lay_fan(draft, 1, middle.bars[chain.middle_place(chain.ended(own.step))].key)
    cues, begin = _cues(draft, sheet, before), staging.ENTER
    cues.append(Cue((*row_of(draft, first), ("product", "copy")), staging.LEAVE, how="fade", after=0.7))
    for n, row in enumerate((middle, second, two)):
        keys = [("product", *bar.key) if row.is_kernel else bar.key for bar in row.bars.values()]
        cues.append(Cue((*keys, ("edge", ("copy", "", "kernel")[n])), begin + 0.5 * (n + 1)))
    return [draft.board("padding", said, 3.7, cues)]


def _missing(own: Copies, before: Board) -> list[Board]:
    """What the first kernel would make where layer 2 reads a zero of its own; below it the one kernel counts that."""
    sheet, chain, pair = own.compared("missing"), own.chain, own.pair
    _, kernel, one, outputs = sheet.bands
    two, single = (pair.output(give(own.step)).text for give in (chain.two, chain.one))
    read = {k: step for k in own.after if (step := own.reads(k)) in own.missed}
    missed = [(pair.second(k), pair.hidden(chain.made(step, own.m))) for k, step in read.items()]
    made, added = " and ".join(number.text for _, number in missed), worked(missed, single, two) if outputs.size else ""
    zero, others, them = ("zeros", "other numbers", "them") if missed[1:] else ("a 0", "another number", "it")
    said, times = f"Where padding gives *h* {zero}, *u* would make", "numbers" if missed[1:] else missed[0][0].text
    full = [f"{said} {made}. *w* counts {way}: {added}." for way in (f"{them} times *v*'s {times}", them) if added]
    draft = _draft(own, said := bench.fullest(*full, f"{said} {others}. *w* counts {them}."), sheet)
    for row in (kernel, one):
        sheet.lay_total(draft, row)
    bar, end = draft.marks["single", *outputs.bars[own.place].key, "bar"], sheet.form.width - sheet.form.margin
    if added and (size := bench.fitting(end - bar.right - 60, [added], (1.5 * sheet.em, sheet.em, 0.0))):
        draft.put("sum", ("sum", "missing"), words(added, bar.right + 60, bar.y, size, align=-1))
    worked_out = ("product", "effective"), ("value", *one.key)
    come = worked_out, keys_of(draft, ("single",), ("edge",)), (("sum", "missing"),)
    cues = [Cue((*keys,), staging.ENTER + 0.5 * n) for n, keys in enumerate(come, 1)]
    return [draft.board("missing", said, 3.3, [*_cues(draft, sheet, before), *cues])]


def _bent(own: Copies, before: Board) -> list[Board]:
    """What a relu makes of the numbers between, and the outputs, beside those that the one kernel makes."""
    said = "A relu between the layers turns numbers below 0 into 0. Then *w* no longer fits."
    draft = _draft(own, said, sheet := own.compared("relu"))
    return [draft.board("relu", said, 3.5, _cues(draft, sheet, before))]


def _unlike(own: Copies, before: Board) -> list[Board]:
    """All signs turned: any kernel makes the opposite then, and two layers do not."""
    sheet, chain = _opposed(own), own.chain
    two, one, other = map(own.pair.output, (made := chain.two(own.step), -made, chain.opposite.two(own.step)))
    if not (made and sheet.size and one != other):
        return []
    draft, (first, turned) = Draft(sheet.form), sheet.bands
    said = f"Any kernel that makes {two.text} of *x* makes {one.text} of {style.MINUS}*x*."
    pieces.caption(draft, said := f"{said} Two layers with relu make {other.text}: none fits.")
    sheet.lay(draft)
    for n, name, role in ((-2, "two layers", "output"), (-1, "a kernel", "kernel")):
        at, keys = [*first.bars][n], [[*band.bars.values()][n].key for band in sheet.bands]
        draft.put("name", ("name", role), words(name, sheet.axis.x(at), pieces.RULER, sheet.form.small, role))
        draft.change([(*key, "bar") for key in keys], role=role)
        draft.change([(*keys[1], "digits")], role="differs")
    _lay_worked(draft, own, sheet)
    cues, bars = _cues(draft, sheet, before), [bar.key for bar in turned.bars.values()]
    cues.append(Cue((("name", "output"), ("name", "kernel")), staging.LEAVE, how="fade", after=0.5))
    come = bars[:-2], (("sum", "opposite"),), bars[-2:]
    cues += [Cue((*keys,), staging.ENTER + n) for n, keys in enumerate(come, 1)]
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
        bars = {at: Bar((*turned, *key), write(value, of)) for at, (key, value, of) in values.items()}
        name = f"input {style.MINUS * len(turned)}*x*"
        rows.append(replace(row, key=("row", *turned, 0), name=name, bars=bars, leads=2))
    axis = ruled(own.stage.form, replace(own.axis, steps=(*range(read[0], max(bars) + 1),)))
    size = own.stage.size and fitting(own.stage.form, axis, [t for row in rows for t in row.texts], spare=30.0)
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
    made = next(row for row in (two, *two.also) if row.role == above[n].role)
    sheet.lay_light(draft, n)
    for other in two.also:
        for at in two.bars:
            _lay_pair(draft, sheet, at, (two, other), made)
        for nth, (name, row) in enumerate((("two layers", two), (other.name, other))):  # a key to the bars
            key, high, foot = (*two.key, nth), DIGIT * sheet.em, two.foot - 1.3 * sheet.em * (1 - nth)
            sheet.lay_name(draft, key, name, foot, row.role)
            draft.change([("name", *key)], x=draft.marks["name", *key].x + 1.5 * high)
            draft.put("name", ("name", *key, "sign"), bar(row.role, sheet.form.margin + high / 2, foot, high, high))
        draft.change([key for key in draft.marks if "cut" in key], role="differs")
    sheet.lay_fan(draft, n, made.bars[own.place].key)
    return draft


def _lay_pair(draft: Draft, sheet: Sheet, at: int, rows: tuple[Band, Band], made: Band) -> None:
    """Two bars, that which is made in its column: one number where they are equal."""
    two, x = rows[0], sheet.axis.x(at)
    texts = list(dict.fromkeys(row.bars[at].number.text for row in rows))
    wide, is_lit = WIDE * sheet.axis.bar, two.lit is None or at in two.lit
    size = bench.fitting(2 * sheet.half / len(texts) - 10, texts, (two.size, SMALL, 0.0))
    role, x = "quiet" if not is_lit else "differs" if texts[1:] else "ink", x - (made is not two) * (wide + GAP)
    for side, row in enumerate(rows):
        key, number, *_ = bar = row.bars[at]
        sheet.lay_number(draft, row, bar, (x + side * (wide + GAP), two.foot), wide, is_lit)
        if size and (texts[1:] or not side):
            mark = pieces.digits(draft, key, number.text, size, role)
            apart = (2 * side - 1) * max(wide + GAP, mark.width + 10) / 2 * len(texts[1:])
            draft.change([(*key, "digits")], x=x + (wide + GAP) / 2 + apart)


def _cues(draft: Draft, sheet: Sheet, before: Board) -> list[Cue]:
    """The view moves while what stood there goes; or where little stays, what stood there goes, then another comes.
    Then what is new comes, outputs last.
    """
    *above, two = sheet.bands
    gone = (key for key in before.marks if key not in draft.marks and key[0] != "caption")
    outputs = keys_of(draft, *(bar.key for row in (two, *two.also) for bar in row.bars.values()))
    kept, made = [key for key in outputs if key in before.marks], [key for key in outputs if key not in before.marks]
    rows, late = together(draft, *above, replace(two, bars={}), after=0.35)._replace(lasts=0.6), 0.0
    if staging.is_scene(before.marks, draft.marks):
        rows, late = rows._replace(keys=(*rows.keys, ("band",)), lasts=1.2, how="anew", after=0.3), 0.5
    cues = [Cue((*kept, ("band",)), staging.LEAVE, after=0.4 + late), rows]
    cues += [Cue((("ruler",),), staging.LEAVE, 1.2, "anew", after=0.3), Cue((*gone,), lasts=0.6, after=0.3)]
    cues.append(Cue(keys_of(draft, ("product",)), staging.LEAVE, after=0.5 + late))
    bars = (key for key in made if key[-1] == "bar")
    return [*cues, Cue((*bars, *keys_of(draft, ("edge",))), staging.ENTER)]
