"""Where two layers are not one: padding between them, and a relu between them.

Both do the same to the stack of copies: two layers read a 0 where the one kernel goes on adding. This module knows
copies of a kernel; it computes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from convexplain.board import motion, pieces
from convexplain.board.marks import Board, Cue, Draft, Mark, line
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import phrases
from convexplain.stories.two_layers.copies import Copies, padded, worst
from convexplain.stories.two_layers.pair import Chain
from convexplain.stories.two_layers.sheet import Sheet


def padding(told: Copies) -> list[Board]:
    """With padding in between: an output that reads beyond the end of the level between. When the layers themselves
    have none, it is shown of the same kernels where the second layer has padding "same".
    """
    chain = padded(told.chain)
    step, said = worst(chain, told.m), "Padding adds zeros at the ends: {} is 0, not {}: "
    return [_cut(told.at(step, chain), told.chain, "padding", said)] if chain.missing(step, told.m) else []


def relu(told: Copies) -> list[Board]:
    """With a relu in between: an output that reads a number which it cuts."""
    chain, linear = told.chain.with_settings(activation="relu"), told.chain
    steps = [t for t in told.whole if chain.missing(t, told.m) and t not in linear.differing]
    step = min(steps, key=lambda t: (len(chain.lost(t)), abs(t - told.step), t), default=0)
    return (
        [_cut(told.at(step, chain), linear, "relu", "A relu makes negative numbers 0, here {} = {}: ")] if steps else []
    )


def _cut(copies: Copies, linear: Chain, name: str, said: str) -> Board:
    """The copies of an output as the one kernel adds them, with the 0 that the layers read instead; and what they
    give, beside what ``linear`` layers gave.
    """
    lost = [k for k in copies.chain.lost(copies.step) if copies.made(k).value != copies.made(k, True).value]
    cut, rest = min(lost, key=lambda k: k not in copies.rows), "the sum" if copies.several else "one kernel"
    one = copies.pair.output(copies.chain.one(copies.step, copies.m)).text
    said = said.format(copies.between(cut), copies.made(cut).text) + f"{_two(copies, lost)}, {rest} gives {one}."
    given, before = copies.bottom().bars, replace(copies, chain=linear).bottom()
    others = {at: bar for at, bar in given.items() if at not in before.bars or before.bars[at][1].value != bar[1].value}
    hollow = [at for at in others if at in before.bars]
    draft, sheet = copies.draft(said), copies.stack(bottom=replace(before, lit=others, hollow=hollow))
    copies.lay(draft, sheet)
    for n, after in enumerate(copies.rows, 1):
        if after in lost:
            _strike(draft, copies, sheet, n, after, name)
    for at, (key, number) in others.items() if not sheet.low else ():
        draft.marks.pop((*key, "digits"), None)
        look = (copies.axis.x(at), sheet.feet[-1], copies.axis.bar, sheet.unit, "differs", True, sheet.bricks)
        pieces.column(draft, ("cut", *key), number, *look)
        if sheet.size:
            pieces.digits(draft, ("cut", *key), number.text, sheet.size, "differs")
    order = {"struck": 1, "zero": 1, "cut": 2}
    cues = [Cue(tuple(own for own in draft.marks if own[0] == kind), motion.ENTER + n) for kind, n in order.items()]
    return draft.board(name, said, 3.5, cues)


def _two(copies: Copies, lost: Sequence[int]) -> str:
    """What two layers give, as a sum where that is short: ``1 + 2 × 0 = 1``."""
    given = copies.pair.output(copies.chain.two(copies.step, [copies.m])).text
    if copies.left_out:
        return given
    taps = {after: copies.pair.second(copies.m, after).text for after in copies.rows}
    terms = [f"{tap} × 0" if at in lost else copies.scaled(at, True).text for at, tap in taps.items()]
    return phrases.added(terms, given)


def _strike(draft: Draft, copies: Copies, sheet: Sheet, n: int, after: int, by: str) -> None:
    """What a copy makes, struck out, with the 0 that is read instead; over it the number between, where it has room."""
    value = draft.marks.get(("value", "copy", after, copies.start))
    if value is None:
        return
    struck, small = {("value", "copy", after, copies.start): value.at(role="quiet")}, sheet.form.small
    text, y = f"{copies.between(after)} = {copies.made(after).text}", sheet.feet[n] - 12
    said = words(text, value.left, y, small, "quiet", align=-1)
    is_free = n > 1 or ("name", "copies") not in draft.marks
    if sheet.is_worked and not sheet.low and is_free and said.right + 40 < sheet.form.width - 16:
        struck["value", "between", after, copies.step] = said
    for key, mark in struck.items():
        draft.marks.pop(key, None)
        draft.put("value", key, mark)
        _out(draft, (by, *key), mark)


def _out(draft: Draft, key: tuple[object, ...], mark: Mark) -> None:
    """A line through the number that a text ends with, and a 0 beside it where there is room."""
    left, rise = mark.right - advance(runs_of((mark.text or "").split()[-1])) * mark.size, 0.3 * mark.size
    stroke = line("differs", left - 5, mark.y + rise, mark.right + 5, mark.y - rise, size=4, z=1)
    draft.put("struck", ("struck", *key), stroke)
    zero = words("0", mark.right + 14, mark.y, mark.size, "differs", align=-1)
    if zero.right <= draft.format.width - 4:
        draft.put("zero", ("zero", *key), zero)
