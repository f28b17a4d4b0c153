"""How two kernels become one. The copies of the first are slid to where they make what the second reads, scaled by its
taps, which stand at the margin, and stacked. Then the stack in one rule: the taps that make a sum lie crosswise, and
with kernel 1 turned over one above the other. It slides along kernel 2, and each place makes the tap of the one kernel
under its first tap.

This module knows copies of a kernel and where they stand; it computes none.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import CARD, DIGIT, SMALL, SUPPORT, Board, Cue, Draft, Key, line, plate
from convexplain.board.pieces import Part
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers.formulas import lit, parts_of
from convexplain.stories.two_layers.copies import Copies, shown
from convexplain.stories.two_layers.sheet import Sheet, keys_of

NOTE = 45.0
"""From the name of a tap to its index."""
_TAPS: tuple[Key, Key] = ("card", "taps"), ("name", "card", "kernel", 2)
"""The card of the second kernel on end, and its name."""


def stacked(copies: Copies) -> list[Board]:
    """The copies slid, then scaled, then what they add up to."""
    return [_slid(copies), _scaled(copies), _stacked(copies)]


def _slid(copies: Copies) -> Board:
    """The second kernel goes to the margin, then the copies come down on their cards."""
    rows = copies.rows
    needs = (" and " if len(rows) == 2 else " to ").join(map(copies.between, shown(rows, 2)))
    each = "A row for each: kernel *a* makes it" if len(rows) > 1 else "Kernel *a* makes it"
    said = f"*y*[{copies.step}] needs {needs}. {each}, one tap of kernel *b* reads it."
    draft, _ = _draft(copies, said, scaled=False)
    cues = [Cue((("kernel", 2),), staging.MOVE, how="down first"), Cue(_TAPS[:1], staging.MOVE + 0.5)]
    first = keys_of(draft, ("card", "copy", copies.told), ("copy", copies.m, copies.told))
    cues.append(Cue(first, staging.MOVE, after=0.3))
    for after in rows:  # what the rows make was there
        origin = (f"y{copies.pair.level - 1}", copies.m, copies.reads(after), "digits")
        draft.change(keys_of(draft, ("value", "copy", after)), copy_of=origin)
    cues += [Cue((("value",),), staging.MOVE), Cue((("name", "reads"),), staging.MOVE, after=0.7)]
    others = tuple(key for key in keys_of(draft, ("copy",), ("card", "copy")) if key not in first)
    cues.append(Cue(others, staging.MOVE + 0.5, 0.8, "down first"))
    return draft.board("slide" if others else "copy", said, 2.5, cues)


def _scaled(copies: Copies) -> Board:
    """Taps, products and sums at once: no sum is wrong on the way."""
    terms = [f"{copies.pair.second(after).text} × {copies.between(after)}" for after in copies.rows]
    whole = f" = {' + '.join(terms)}".replace("+ −", "− ") if len(terms) < 3 and not copies.several else ""
    each = "Each row times its tap" if len(copies.rows) > 1 else "The row times the one tap"
    said = f"Scale: kernel *b* makes *y*[{copies.step}]{whole}. {each} of kernel *b*."
    draft, _ = _draft(copies, said)
    return draft.board("scale", said, 2.5, [Cue((("copy",), ("product",), ("value",)), staging.MOVE)])


def _stacked(copies: Copies) -> Board:
    """The sums of all columns; lit is one whose taps read the same sample."""
    pair, m, j = copies.pair, copies.m, copies.fullest
    column, at = copies.columns[j], copies.start + j
    added = "columns add up to" if len(column) > 1 else "together they are"
    said = f"Kernel *a* times each number of kernel *b*; {added} one kernel, *w*."
    if 1 < len(column) < 4 and not copies.left_out and not copies.several:
        taps = [pair.weight("copy", m, *met).text for met in column]
        same, both = f"*x*[{at}]".replace("-", style.MINUS), phrases.sentence(phrases.count(len(column), "tap"))
        added = phrases.added(taps, pair.weight("effective", j).text)
        said = f"{both} read {same}. One of {added} does their work"
        rows = map(copies.stack(meant=at).products, copies.stack(meant=at).bands[1:])
        *products, whole = (row[at].text for row in rows if at in row)
        is_seen = copies.stage.size > 0 and style.is_sum(products, whole)
        said += f": {phrases.added(products, whole)}" * is_seen + "."
    draft, sheet = _draft(copies, said, meant=at)
    total = sheet.bands[len(copies.rows) + 1]
    pieces.band(draft, ("band", at), copies.axis.x(at), sheet.bands[0].top, total.under, 2 * sheet.half, "ink")
    cues, own = [Cue((("band",),), staging.ENTER - 0.5)], [bar.key for bar in total.bars.values()]
    cues += [Cue((key,), staging.ENTER + 1, how="fade", after=0.3 * n) for n, key in enumerate(own)]
    made = keys_of(draft, *(("product", *key) for key in own), ("name", "made"), ("value", *total.key))
    return draft.board("stack", said, 3, [*cues, Cue(made, staging.ENTER + 2)])


def _draft(copies: Copies, said: str, scaled: bool = True, meant: int | None = None) -> tuple[Draft, Sheet]:
    """The copies below each other, ``scaled`` or not, and what they add up to where one place of it is ``meant``."""
    sheet, last = copies.stack(scaled, meant), len(copies.rows) + 1
    draft = copies.draft(said, sheet)
    cards, told = keys_of(draft, ("card", "copy")), ("card", "copy", copies.told)
    draft.change([card for card in cards if card != told], copy_of=told)
    _lay_taps(draft, copies, sheet)
    _lay_names(draft, copies, sheet, scaled)
    if scaled:  # framed by what has scaled them
        draft.change(cards, role="kernel", edge=SUPPORT, size=4.0)
    sheet.lay_totals(draft, *sheet.bands[1:last])
    if meant is None:
        return draft, sheet
    total, card = sheet.bands[last], draft.marks["card", *sheet.bands[last].key]
    if last > 2:  # a line as over a sum
        y = total.top - 22
        draft.put("sum", ("sum", "rule"), line("ink", card.left, y, card.right, y, size=3))
        draft.put("sum", ("sum", "sign"), words("+", card.left - 32, y, max(sheet.em, sheet.size)))
    copies.lay_made(draft, sheet, total)
    return draft, sheet


def _lay_taps(draft: Draft, copies: Copies, sheet: Sheet) -> None:
    """At the margin the second kernel on end: a thread leads from each tap to its copy."""
    form, pad = sheet.form, min(10.0, sheet.form.margin - 2)
    second = replace(copies.second(), size=sheet.size)
    taps = [bar for bar in second.bars.values() if bar.key[-1] in copies.rows]
    texts = [words(bench.factor(tap.number), 0, 0, sheet.size) for tap in taps]
    wide = max(0.25 * (sheet.left - form.margin), *(text.width + 40 for text in texts))
    x, right = form.margin + wide / 2, form.margin + wide + pad
    for tap, after, band in zip(taps, copies.rows, sheet.bands[1:], strict=False):
        card = draft.marks["card", "copy", after]
        sheet.lay_number(draft, second, tap, (x, band.foot), wide)
        draft.put("thread", ("thread", after), line("kernel", right, card.y, card.left, card.y, size=4, z=-2))
    box = form.margin - pad, sheet.bands[1].top + 8, right, band.bottom
    draft.put("card", _TAPS[0], plate("kernel", *box, light=CARD, z=-3))
    if sheet.size:
        name = words("kernel *b*", form.margin, box[-1] + 0.7 * form.small, form.small, "kernel", align=-1)
        draft.put("name", _TAPS[1], name)


def _lay_names(draft: Draft, copies: Copies, sheet: Sheet, scaled: bool) -> None:
    """Before each copy what it makes, times its tap of the second kernel when ``scaled``; behind it what it is."""
    small, taps = sheet.form.small, draft.marks[_TAPS[0]].right
    end = sheet.form.width - sheet.form.margin if sheet.size else copies.axis.right
    for after, band in zip(copies.rows, sheet.bands[1:], strict=False):
        tap, card = f"{copies.pair.second(after).text} ×", draft.marks["card", "copy", after]
        named = copies.lay_before(draft, sheet, band, ("reads", after), copies.between(after))
        factor = words(tap, named.left - 0.25 * named.size, named.y, named.size, "kernel", align=1)
        if scaled and factor.left >= taps + 8:
            draft.put("name", ("name", "factor", after, copies.start), factor)
        scale = words(tap if scaled else "", card.right + 20, band.foot - DIGIT * small / 2, small, "kernel", align=-1)
        said, x = ("*a*", scale.right + 0.25 * small) if scaled else ("kernel *a*", scale.left)
        name = words(said, x, scale.y, small, copies.hue, align=-1)
        if name.right < end:
            draft.put("name", ("name", "copy", after, scaled), name)
            if scaled:
                draft.put("name", ("name", "scale", after), scale)
    above, foot = (band.foot for band in sheet.bands[len(copies.rows) - 1 :][:2])
    y = foot - 0.75 * small if sheet.size else (above + foot) / 2 - DIGIT * SMALL / 2
    if copies.left_out and (sheet.size or foot - above > 100):
        pieces.note(draft, ("rest",), f"⋯ {copies.left_out} more", taps + 12, y)


def turned(copies: Copies) -> list[Board]:
    """Kernel 1 over kernel 2 where most taps meet: as it is, and turned over, then as a formula where the kernels have
    no gaps; at last slid to the last tap.
    """
    whole, last, is_plain = copies.fullest, copies.chain.span - 1, copies.chain.offset(0, 1) == 1
    if len(copies.columns[whole]) < 2:
        return []
    pair, total, slide = copies.pair, copies.pair.weight("part", copies.m, whole).text, copies.chain.offset(1, 0)
    terms = (phrases.times(pair.second(k), pair.first(at)) for k, at in copies.columns[whole])
    worked, read = f"{' + '.join(terms)} = {total}", f"*j* {style.MINUS} {slide if slide != 1 else ''}*k*"
    worked = worked if len(worked) < 26 else total
    told, first = list[Board](), [("first", 0)] * bool(copies.ahead)
    for name, j in [("rule", whole), ("turn", whole), *[("formula", whole)] * is_plain, *first, ("along", last)]:
        sheet = copies.rule(j, name != "rule")
        said = {
            "rule": f"*w*[{whole}] = {worked}: as *b*'s index counts up, *a*'s counts down, so pairs cross.",
            "turn": "Turn kernel *a* over: each pair now stands in one column.",
            "formula": f"In letters: tap *k* of *b* meets tap {read} of *a*.",
            "first": "Slid left, one pair meets: it makes *w*[0].",
            "along": f"Slid right: *w*[{last}]. Turned and slid, that is convolution: *w* = *a* ∗ *b*.",
        }[name]
        draft = copies.draft(said, sheet)
        in_letters = is_plain and name not in ("rule", "turn")
        _lay_pairs(draft, copies, sheet, j, joined=not in_letters)
        if in_letters:
            _lay_formula(draft, copies, sheet, j, read)
        come = (("product",), staging.ENTER + 0.5), (("value",), staging.ENTER + 1)
        cues = [Cue(keys_of(draft, key), beat) for key, beat in come]
        if name == "turn":
            card = ("card", "copy", copies.told)
            own, before = draft.marks[card], told[-1].marks[card]
            keys: tuple[Key, ...] = (card, ("baseline", *card), ("copy", copies.m, copies.told), ("names", "a"))
            cues.append(Cue(keys, staging.MOVE, how="turn", at=(own.x, own.y, own.x - before.x)))
            cues.append(Cue((("name", "card"),), staging.ENTER))
        if name == "rule":
            cues.append(Cue((("ruler",), ("baseline", "row", 0), ("name", "row", 0)), staging.LEAVE, after=0.5))
            cues.append(Cue((("kernel", 2), _TAPS[1]), staging.MOVE, how="across first", after=0.4))
            cues.append(Cue((("name", "card", "copy"),), staging.MOVE))
            cues.append(Cue(keys_of(draft, ("card", "kernel"), ("names",)), staging.MOVE, after=1.0))
        if name in ("first", "along"):
            cues.append(Cue((("names", "w"), ("names", "b")), staging.ENTER, 0.2))  # lit when it is there
        told.append(draft.board(name, said, {"turn": 2, "first": 2}.get(name, 2.5), cues))
    return told


def _lay_pairs(draft: Draft, copies: Copies, sheet: Sheet, j: int, joined: bool) -> None:
    """The names of taps; those that meet are lit with what they make. A line joins each pair, from name to name, when
    they are ``joined``.
    """
    axis, pair, column = sheet.axis, copies.pair, copies.columns[j]
    met = {at: k for k, at in column}
    first, second, total = sheet.bands
    lit_of = {"b": second.products or {}, "w": total.lit or ()}
    lit_of["a"] = [at for at, bar in first.bars.items() if bar.key[-1] in met]
    sheet.lay_totals(draft, second)
    if sheet.size:
        copies.lay_before(draft, sheet, second, ("made", "tap", j), f"*w*[{j}]")
        named = [("a", copies.hue, first, first.line), ("w", "ink", total, total.line)]
        named.append(("b", "kernel", second, second.top - 20 - DIGIT * sheet.em / 2))
        for letter, hue, band, y in named:
            for at in filter(axis.has, band.bars):
                said = f"*{letter}*[{band.bars[at].key[-1]}]"
                mark = words(said, axis.x(at), y, sheet.em, "lit" if at in lit_of[letter] else hue)
                draft.put("names", ("names", letter, said), mark)
    begin, end, high = first.under + 2, second.top - 20, DIGIT * sheet.em
    if sheet.size:
        begin, end = first.line + high / 2 + 14, end - high - 14
    for at, bar in first.bars.items():
        if joined and (k := met.get(bar.key[-1])) is not None:
            way = axis.x(at), begin, axis.x(copies.start + copies.chain.offset(k, 0)), end
            draft.put("pair", ("pair", k, bar.key[-1], at, first.name), line("lit", *way, size=4.0, z=-1))
    terms = ["+ " * (n > 0) + phrases.times(pair.second(k), pair.first(at)) for n, (k, at) in enumerate(column)]
    if not sheet.size or sheet.size * max(advance(runs_of(text)) for text in terms) >= axis.pitch - 24:
        draft.change(keys_of(draft, ("product",)), role="lit")
        return
    for text, (k, _) in zip(terms, column, strict=True):  # each product as the two taps that it is of
        key: Key = ("product", "kernel", 2, copies.m, k, sheet.where)
        x, half, factors = draft.marks.pop(key).x, sheet.size * advance(runs_of(text)) / 2, text.rsplit(" ", 1)
        for factor, role, side in zip(factors, ("kernel", copies.hue), (-1, 1), strict=True):
            draft.marks[*key, side] = words(factor, x + side * half, second.line, sheet.size, role, align=side)


def _lay_formula(draft: Draft, copies: Copies, sheet: Sheet, j: int, read: str) -> None:
    """The taps of the one kernel by those of the two, in their hues: tap k meets tap ``read``. Each has its index."""
    parts = [*parts_of("w", "*w*[*j*] = ∑"), Part("k of sum", "*k* ", 1), *parts_of("b", "*b*[*k*] ")]
    parts += parts_of("a", f"*a*[{read}]")
    pieces.formula(draft, parts, lit(parts, "*j*", "*k*"))
    draft.change([("formula", "a")], role=copies.hue)
    draft.change([("formula", "b")], role="kernel")
    if made := draft.marks.get(("name", "made", "tap", j, copies.start)):  # over the numbers, as large
        begin, scale = draft.marks["formula", "w"], max(1.0, sheet.size / draft.marks["formula", "w"].size)
        for key, sign in ((key, draft.marks[key]) for key in keys_of(draft, ("formula",))):
            x, y = made.left + scale * (sign.x - begin.left), made.y - 1.25 * sheet.size + scale * (sign.y - begin.y)
            draft.marks[key] = sign.shrunk(scale).at(x=x, y=y)
    for k, at in copies.columns[j] if sheet.size else ():
        for letter, tap, said, side in (("a", at, read, 1), ("b", k, "*k*", -1), ("w", j, "*j*", 1)):
            named = draft.marks["names", letter, f"*{letter}*[{tap}]"]
            index = words(f"{said} = {tap}", named.x, named.y + side * NOTE, sheet.em, "lit")
            if index.width < sheet.axis.pitch - 24:
                draft.marks["index", letter, tap, j] = index
