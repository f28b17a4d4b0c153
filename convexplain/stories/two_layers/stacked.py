"""The copies of the first kernel: slid to where they make what the second kernel reads, scaled by its taps, stacked.

The second kernel stands on end at the margin, each tap before its copy. This module knows copies of a kernel and where
they stand; it computes none.
"""

from __future__ import annotations

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import CARD, DIGIT, FULL, SMALL, Board, Cue, Draft, Key, line, plate
from convexplain.board.text import words
from convexplain.stories import bench, phrases
from convexplain.stories.two_layers.copies import Copies, shown
from convexplain.stories.two_layers.sheet import Sheet, keys_of


def boards(copies: Copies) -> list[Board]:
    """The copies slid, then scaled, then what they add up to."""
    return [_slid(copies), _scaled(copies), _stacked(copies)]


def _slid(copies: Copies) -> Board:
    """One by one the copies come down on their cards."""
    rows = copies.rows
    needs = (" and " if len(rows) == 2 else " to ").join(map(copies.between, shown(rows, 2)))
    said = f"*y*[{copies.step}] needs {needs}."
    if len(rows) > 1:
        each, apart = "the second" if len(rows) == 2 else "each", phrases.count(copies.chain.offset(1, 0), "step")
        said += f" As kernel 1 slides, it makes {each} {apart} later."
    draft, _ = _draft(copies, said, scaled=False, made=False)
    beats = [motion.ENTER + 0.1 * n for n in range(len(rows))]
    others = [after for after in rows if after != copies.told]
    cues = [
        Cue((("copy", copies.m, after), ("card", "copy", after)), beat, 1.4, "down first")
        for beat, after in zip(beats, others, strict=False)
    ]
    named: list[Key] = [("thread",), ("name", "taps"), ("name", "copy"), ("baseline", "card")]
    for n, keys in enumerate((named, [("product",), ("name", "reads")], [("value",)])):
        cues.append(Cue(keys_of(draft, *keys), beats[-1] + n))
    return draft.board("slide" if others else "copy", said, 3, cues)


def _scaled(copies: Copies) -> Board:
    """Taps, products and sums at once: no sum is wrong on the way."""
    terms = [f"{copies.pair.second(after).text} × {copies.between(after)}" for after in copies.rows]
    whole = f" = {' + '.join(terms)}".replace("+ −", "− ") if len(terms) < 3 and not copies.several else ""
    said = f"Scale: kernel 2 makes *y*[{copies.step}]{whole}. Each row times its tap of kernel 2."
    draft, _ = _draft(copies, said, made=False)
    cues = [Cue(keys_of(draft, ("copy",), ("product",), ("value",)), motion.MOVE)]
    return draft.board("scale", said, 3, [*cues, Cue((("name", "factor"),), motion.MOVE, after=0.45)])


def _stacked(copies: Copies) -> Board:
    """The sums of all columns; lit is one whose taps read the same sample."""
    pair, columns, m = copies.pair, copies.columns, copies.m
    j = max(range(len(columns)), key=lambda j: (len(columns[j]), -j))
    column, at = columns[j], copies.start + j
    said = "Kernel 1 times each number of kernel 2; columns add up to one kernel, *w*."
    if 1 < len(column) < 4 and not copies.left_out and not copies.several:
        taps = [pair.weight("copy", m, *met).text for met in column]
        same = f"*x*[{at}]".replace("-", style.MINUS)
        apart = phrases.sentence(phrases.count(copies.chain.offset(1, 0), "step"))
        said = f"{apart} apart, {phrases.count(len(column), 'tap')} read the same {same} and add up in *w*: "
        said += f"{phrases.added(taps, pair.weight('effective', j).text)}."
    draft, sheet = _draft(copies, said)
    total = sheet.bands[len(copies.rows) + 1]
    box = (
        copies.axis.x(at) - sheet.half,
        sheet.top(0),
        copies.axis.x(at) + sheet.half,
        sheet.under(len(copies.rows) + 1),
    )
    draft.put("band", ("band",), plate("lit", *box, light=0.0, edge=FULL, size=3, hollow=True, z=-2))
    taps_of: list[Key] = [*(("copy", m, *met) for met in column), total.bars[at].key]
    lit: list[Key] = [(*key, "digits") for key in (*taps_of, pair.sample_key(at))]
    draft.change(keys_of(draft, *lit, *(("product", *key, copies.start) for key in taps_of)), role="lit")
    cues = [Cue((("band",),), motion.ENTER - 0.5), Cue(keys_of(draft, ("sum",)), motion.ENTER)]
    cues += [Cue(((*bar.key, "bar"),), motion.ENTER + 0.1 * n) for n, bar in enumerate(total.bars.values(), 1)]
    cues.append(Cue((("product", *taps_of[-1][:-1]), ("name", "made")), motion.ENTER + 2))
    return draft.board("stack", said, 3.5, [*cues, Cue((("value", *total.key),), motion.ENTER + 3)])


def _draft(copies: Copies, said: str, scaled: bool = True, made: bool = True) -> tuple[Draft, Sheet]:
    """The copies below each other, ``scaled`` or not, and what they add up to when that is ``made``."""
    sheet, last = copies.stack(scaled, made), len(copies.rows) + 1
    draft = copies.draft(said, sheet)
    cards = [("card", "copy", after) for after in copies.rows if after != copies.told]
    draft.change(cards, copy_of=("card", "copy", copies.told))
    _lay_taps(draft, copies, sheet)
    _lay_names(draft, copies, sheet, scaled)
    sheet.lay_totals(draft, *range(1, last))
    if made and last > 2:
        card, y = draft.marks["card", *sheet.bands[last].key], sheet.top(last) - 14
        draft.put("sum", ("sum", "rule"), line("ink", card.left, y, card.right, y, size=3))
        draft.put("sum", ("sum", "plus"), words("+", card.left - 28, y, sheet.em))
    if made:
        copies.lay_made(draft, sheet, last)
    return draft, sheet


def _lay_taps(draft: Draft, copies: Copies, sheet: Sheet) -> None:
    """At the margin the second kernel on end: a thread leads from each tap to its copy."""
    form, pad = sheet.form, min(10.0, sheet.form.margin - 2)
    wide = 0.32 * (copies.axis.left - form.margin)
    x, right = form.margin + wide / 2, form.margin + wide + pad
    for n, after in enumerate(copies.rows, 1):
        key, foot, number = ("kernel", 2, copies.m, after), sheet.feet[n], copies.pair.second(after)
        end, bar = draft.marks["card", "copy", after].left, min(wide, copies.axis.bar)
        pieces.column(draft, key, number, x, foot, bar, sheet.unit, "kernel", bricks=sheet.bricks)
        if sheet.size:
            pieces.digits(draft, key, bench.factor(number), size=sheet.size)
        draft.put("thread", ("thread", after), line("kernel", min(right, end - 8), foot, end, foot, size=4, z=-2))
    box = form.margin - pad, sheet.top(1) + 8, right, sheet.bottom(len(copies.rows))
    draft.put("card", ("card", "kernel", 2), plate("kernel", *box, light=CARD, z=-3))
    if sheet.size:
        y = box[-1] + 0.7 * form.small
        draft.put("name", ("name", "taps"), words("kernel 2 *b*", form.margin, y, form.small, "kernel", align=-1))


def _lay_names(draft: Draft, copies: Copies, sheet: Sheet, scaled: bool) -> None:
    """Before each copy what it makes, with its tap of the second kernel as a factor when ``scaled``; behind it what it
    is.
    """
    small, taps = sheet.form.small, draft.marks["card", "kernel", 2].right
    end = sheet.form.width - sheet.form.margin if sheet.is_worked else copies.axis.right
    for n, after in enumerate(copies.rows, 1):
        tap, card = f"{copies.pair.second(after).text} ×", draft.marks["card", "copy", after]
        named = copies.lay_before(draft, sheet, n, ("reads", after), copies.between(after))
        factor = words(tap, named.left - 10, named.y, named.size, "kernel", align=1)
        if scaled and factor.left >= taps + 8:
            draft.put("name", ("name", "factor", after, copies.start), factor)
        y, said = sheet.feet[n] - DIGIT * small / 2, f"{tap} *a*" if scaled else "kernel 1 *a*"
        name = words(said, card.right + 20, y, small, copies.hue, align=-1)
        if name.right < end:
            draft.put("name", ("name", "copy", after), name)
    above, foot = sheet.feet[len(copies.rows) - 1 :][:2]
    y = foot - 0.75 * small if sheet.is_worked else (above + foot) / 2 - DIGIT * SMALL / 2
    if copies.left_out and (sheet.is_worked or foot - above > 100):
        pieces.note(draft, ("rest",), f"⋯ {copies.left_out} more", taps + 12, y)
