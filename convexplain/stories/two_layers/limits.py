"""Where two layers are not one: padding between them, and a relu between them.

In both the second layer reads a 0 where the one kernel goes on with what the first kernel makes. This module knows
copies of a kernel; it computes none.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain import style
from convexplain.board import motion
from convexplain.board.marks import DIGIT, SMALL, TEXT, Board, Cue, Draft, Key
from convexplain.board.text import words
from convexplain.stories.two_layers.copies import Copies, padded, worst
from convexplain.stories.two_layers.pair import Chain
from convexplain.stories.two_layers.sheet import Sheet, keys_of


def boards(told: Copies) -> list[Board]:
    """Where padding and where a relu makes a difference."""
    found = [*padding(told), *relu(told)]
    if found and not told.several:
        found[0] = replace(found[0], cues=(*found[0].cues, *told.turning(back=True)))
    return found


def padding(told: Copies) -> list[Board]:
    """With padding in between: an output that reads beyond the end of the level between; then what the one kernel
    counts there. When the layers themselves have none, it is shown of the same kernels where the second layer has
    padding "same".
    """
    chain = padded(told.chain)
    step = worst(chain, told.m)
    if not chain.missing(step, told.m):
        return []
    own = told.at(step, chain)
    (cut, *more), (two, one) = _lost(own), _given(own)
    where, name = "behind" if own.reads(cut) > 0 else "before", own.between(cut)
    said = f"Padding puts {'zeros' if more else 'a 0'} {where} *h*, where kernel 2 reads {name}: *y*[{step}] = {two}."
    then = f"One kernel counts what kernel 1 would make there, {name} = {own.made(cut).text}, and gives {one}."
    return [_cut(own, told.chain, "padding", said, "b"), _cut(own, told.chain, "beyond", then, "abw", cut)]


def relu(told: Copies) -> list[Board]:
    """With a relu in between: an output that reads a number which it cuts."""
    chain, linear = told.chain.with_settings(activation="relu"), told.chain
    steps = [t for t in told.whole if chain.missing(t, told.m) and t not in linear.differing]
    if not steps:
        return []
    own = told.at(min(steps, key=lambda t: (len(chain.lost(t)), abs(t - told.step), t)), chain)
    cut, (two, one) = _lost(own)[0], _given(own)
    said = f"A relu makes negative numbers 0, as {own.between(cut)} = {own.made(cut).text}: "
    return [_cut(own, linear, "relu", f"{said}two layers give {two}, not {one}.", "bw")]


def _lost(copies: Copies) -> list[int]:
    """The taps of the second kernel that read a 0 instead of what the first kernel makes, those in view first."""
    return sorted(copies.chain.lost(copies.step, [copies.m]), key=lambda k: k not in copies.rows)


def _given(own: Copies) -> tuple[str, str]:
    """What the two layers give, and what the one kernel gives."""
    two, one = own.chain.two(own.step, [own.m]), own.chain.one(own.step, own.m)
    return own.pair.output(two).text, own.pair.output(one).text


def _cut(own: Copies, linear: Chain, name: str, said: str, meant: str, beyond: int | None = None) -> Board:
    """The two layers and the one kernel at an output where they give two numbers, beside what ``linear`` layers gave
    elsewhere: the second kernel reads zeros, or, at its tap ``beyond``, what the first one would make there.
    """
    place, before = own.chain.output_place(own.step), replace(own, chain=linear).bottom()
    told, draft = own.bottom().bars[place], own.draft(said)
    sheet = own.sides(meant, replace(before, bars={**before.bars, place: told}, lit=(place,)), beyond)
    sheet.lay(draft)
    _lay_sums(draft, own, sheet, beyond, meant)
    cut = [key for at, (key, _) in sheet.bands[2].bars.items() if at in sheet.bands[2].hollow]
    changed = [(*key, part) for key in (told[0], *cut) for part in ("bar", "digits")]
    draft.change(keys_of(draft, ("beyond", "row", 1), *changed), role="differs")
    order: list[list[Key]] = [[("value", "first"), ("value", "second")], [("product",), ("value", "one")]]
    order.append([("name", "given")])
    return draft.board(name, said, 3.5, [Cue(keys_of(draft, *keys), motion.ENTER + n) for n, keys in enumerate(order)])


def _lay_sums(draft: Draft, own: Copies, sheet: Sheet, beyond: int | None, meant: str) -> None:
    """Beside the kernels that are ``meant`` what they make, as a sum; at the end of the last row what two layers give,
    and what the one kernel gives.
    """
    pair, chain, (two, one) = own.pair, own.chain, _given(own)
    if not own.left_out:
        read = [(pair.second(own.m, k).text, own.made(k, beyond is None).text) for k in own.rows]
        sheet.lay_beside(draft, ("second", own.step), 3, _sum(read, two if beyond is None else one))
    if beyond is not None and len(own.taps) <= 3:
        at = [chain.reads(0, own.reads(beyond), k) for k in own.taps]
        read = [(pair.first(own.m, k).text, pair.x(i).text if 0 <= i < len(chain.x) else "0") for k, i in enumerate(at)]
        said = _sum(read, own.made(beyond).text)
        sheet.lay_beside(draft, ("first", own.step), 1, f"{own.between(beyond)} = {said}")
    if "w" in meant and not sheet.low:
        own.lay_made(draft, sheet, 4)
    size = SMALL if sheet.low else TEXT
    y, bars = sheet.feet[-1] - 8, [draft.marks[(*key, "bar")] for key, _ in sheet.bands[-1].bars.values()]
    beside = [
        mark for key, mark in draft.marks.items() if key[0] in ("product", "value") and mark.bottom > y - 2.4 * size
    ]
    x = max(mark.right for mark in (*bars, *beside)) + 60
    whose = f"{'its kernel' if own.several else 'one kernel'}: {one}"
    marks = [words(f"two layers: {two}", x, y - (DIGIT / 2 + 1.2) * size, size, "differs", align=-1)]
    marks += [words(whose, x, y - DIGIT / 2 * size, size, align=-1)] * ("w" in meant)
    for n, mark in enumerate(marks):
        if all(mark.right < draft.format.width - 16 for mark in marks):
            draft.put("name", ("name", "given", own.step, n), mark)


def _sum(factors: list[tuple[str, str]], total: str) -> str:
    """A sum of products: ``2 × 3 + (−1) × 0 = 6``."""
    terms = [" × ".join(f"({text})" if text.startswith(style.MINUS) else text for text in pair) for pair in factors]
    return f"{' + '.join(terms)} = {total}"
