"""Where two layers are not one: padding between them, and a relu between them.

Both do the same to the stack of copies: two layers read a 0 where the one kernel goes on adding. This module knows
copies of a kernel; it computes none.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import Board, Cue, Draft, Key, Mark, line
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
    if not chain.differing:
        return []
    copies = told.at(worst(chain), chain)
    return [_cut(copies, told.chain, "padding", "Padding in between makes {} a 0, not {}: ")]


def relu(told: Copies) -> list[Board]:
    """With a relu in between: an output that reads a number which it cuts."""
    chain = told.chain.with_settings(activation="relu")
    steps = [t for t in told.whole if told.chain.one(t) == told.chain.two(t) != chain.two(t)]
    if not steps:
        return []
    copies = told.at(min(steps, key=lambda t: (len(chain.lost(t)), abs(t - told.step), t)), chain)
    return [_cut(copies, told.chain, "relu", "A relu in between makes a 0 of {} = {}: ")]


def _cut(copies: Copies, linear: Chain, name: str, said: str) -> Board:
    """The copies of an output as the one kernel adds them, with the 0 that the layers read instead; and what they
    give, beside what ``linear`` layers gave.
    """
    chain, pair = copies.chain, copies.pair
    lost = [k for k in chain.lost(copies.step) if k in copies.rows] or chain.lost(copies.step)
    cut = next((k for k in lost if copies.made(k).value != copies.made(k, True).value), lost[0])
    step, one = str(copies.reads(cut)).replace("-", style.MINUS), pair.output(chain.one(copies.step)).text
    said = said.format(f"*h*[{step}]", copies.made(cut).text)
    said += f"{_two(copies, lost)}, where one kernel gives {one}."
    draft = copies.draft(said)
    given, before = copies.bottom().bars, replace(copies, chain=linear).bottom()
    others = {at: bar for at, bar in given.items() if at not in before.bars or before.bars[at][1].value != bar[1].value}
    sheet = copies.stack(bottom=replace(before, lit=others, hollow=[at for at in others if at in before.bars]))
    copies.lay(draft, sheet)
    for n, after in enumerate(copies.rows, 1):
        if after in lost and copies.made(after).value:
            _strike(draft, copies, sheet, n, after)
    for at, (key, number) in others.items() if not copies.stage.low else ():
        draft.marks.pop((*key, "digits"), None)
        x, axis = copies.axis.x(at), copies.axis
        pieces.column(
            draft, ("cut", *key), number, x, sheet.feet[-1], axis.bar, sheet.unit, "differs", bricks=sheet.bricks
        )
        if copies.stage.size:
            pieces.digits(draft, ("cut", *key), number.text, copies.stage.size, "differs")
    order = ("struck", "zero", "cut")
    cues = [
        Cue(tuple(own for own in draft.marks if own[0] == kind), motion.ENTER + n) for n, kind in enumerate(order, 1)
    ]
    return draft.board(name, said, 4.5, cues)


def _two(copies: Copies, lost: Iterable[int]) -> str:
    """What two layers give, as a sum where that is short: ``1 + 2 × 0 = 1``."""
    given = copies.pair.output(copies.chain.two(copies.step)).text
    if copies.several or len(copies.rows) > 3 or copies.left_out:
        return given
    terms = [
        f"{copies.pair.second(copies.m, after).text} × 0" if after in lost else copies.scaled(after, True).text
        for after in copies.rows
    ]
    return phrases.added(terms, given)


def _strike(draft: Draft, copies: Copies, sheet: Sheet, n: int, after: int) -> None:
    """What a copy makes, struck out, with the 0 that is read instead; over it the number between, where it has room."""
    edge = copies.form.width - 16
    if (value := draft.marks.get(("value", "copy", after, copies.step))) is not None:
        _out(draft, ("value", after, copies.step), value, edge)
        draft.change([("value", "copy", after, copies.step)], role="quiet")
    if value is None or not copies.stage.is_worked or copies.stage.low:
        return
    step = str(copies.reads(after)).replace("-", style.MINUS)
    small = copies.form.small
    said = words(f"*h*[{step}] = {copies.made(after).text}", value.left, sheet.feet[n] - 12, small, "quiet", align=-1)
    name = draft.marks.get(("name", "copies"))
    if said.right + 40 < edge and (name is None or n > 1):
        draft.put("value", ("value", "between", after, copies.step), said)
        _out(draft, ("between", after, copies.step), said, edge)


def _out(draft: Draft, key: Key, mark: Mark, edge: float) -> None:
    """A line through the number that a text ends with, and a 0 beside it, or over it where there is no room."""
    number = (mark.text or "").split()[-1]
    left = mark.right - advance(runs_of(number)) * mark.size
    stroke = line("differs", left - 5, mark.y + 0.2 * mark.size, mark.right + 5, mark.y - 0.2 * mark.size, size=4, z=1)
    draft.put("struck", ("struck", *key), stroke)
    zero = words("0", mark.right + 14, mark.y, mark.size, "differs", align=-1)
    if zero.right > edge:
        zero = zero.at(x=(left + mark.right) / 2, y=mark.y - 0.95 * mark.size)
        if any(abs(zero.y - other.y) < 0.75 * mark.size for key, other in draft.marks.items() if key[0] == "value"):
            return
    draft.put("zero", ("zero", *key), zero)
