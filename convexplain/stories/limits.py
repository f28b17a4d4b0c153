"""Where two layers are not one: a relu between them, and padding between them.

Both do the same to the picture of the copies: two layers read a 0 where the one kernel goes on adding. This module
knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from convexplain import style
from convexplain.board import motion
from convexplain.board.marks import SMALL, TEXT, Board, Cue, Key
from convexplain.board.text import words
from convexplain.stories import bench, phrases
from convexplain.stories.copies import Copies


def relu(told: Copies, most: float) -> list[Board]:
    """With a relu in between: an output that reads a number which it cuts."""
    chain = told.chain.with_settings(activation="relu")
    steps = [t for t in told.whole if told.chain.one(t) == told.chain.two(t) != chain.two(t)]
    if not steps:
        return []
    copies = told.at(min(steps, key=lambda t: (len(chain.lost(t)), abs(t - told.step), t)), chain)
    said = f"A relu in between makes 0 of *h*[{_seen(copies)}]{'' if copies.several else ' < 0'}."
    return [_copies(copies, most, "relu", said)]


def padding(told: Copies, most: float) -> list[Board]:
    """With padding in between: an output that reads beyond the end of the level between. When the layers themselves
    have none, it is shown of the same kernels where the second layer has padding "same".
    """
    chain = told.chain if told.chain.differing else told.chain.with_settings("same")
    if not chain.differing:
        return []
    copies = told.at(max(chain.differing, key=lambda t: abs(chain.one(t) - chain.two(t))), chain)
    side = "in front of" if chain.lost(copies.step)[0] == 0 and copies.reads(0) < 0 else "behind"
    said = f"Padding puts a 0 {side} *h*, in place of *h*[{_seen(copies)}]."
    return [_copies(copies, most, "padding", said)]


def _seen(copies: Copies) -> str:
    """The step between that is told: one read as 0 instead of its number, of those whose copies are shown."""
    lost = copies.chain.lost(copies.step)
    own = [k for k in lost if k in copies.rows and copies.made(k).value != copies.made(k, True).value]
    return str(copies.reads([*own, *lost][0])).replace("-", style.MINUS)


def _two(copies: Copies) -> str:
    """What two layers give, as a sum where that is short."""
    given = copies.pair.output(copies.chain.two(copies.step)).text
    if copies.several or len(copies.rows) > 3:
        return given
    return phrases.added([copies.scaled(after, True).text for after in copies.rows], given)


def _copies(copies: Copies, most: float, who: str, why: str) -> Board:
    """The copies of an output as the one kernel adds them, with the 0 that two layers read for some, and ``who`` puts
    it there; and what two layers give.
    """
    form, low = copies.form, bench.is_low(copies.form)
    one = copies.pair.output(copies.chain.one(copies.step)).text
    said = f"{why} Two layers give {_two(copies)}, the one kernel {one}."
    draft = copies.draft(said)
    copies.lay(draft, copies.sheet(True, most, 40.0 if low else 84.0), copies.rows, True, True)
    copies.lay_lost(draft, copies.chain.lost(copies.step), who)
    y, text = bench.bottom_of(form, 34.0 if low else 60.0), f"two layers: *y*[{copies.step}] = {_two(copies)}"
    draft.put("two", ("two", who), words(text, form.width - form.margin, y, SMALL if low else TEXT, "differs", align=1))
    moving: list[Key] = [("product", "effective")]
    if who == "padding":
        moving += [("product", "copy"), ("value",), ("name", "reads"), ("kernel",)]
    cues = [Cue(tuple(moving), beat=motion.MOVE), Cue((("lost", who),), beat=motion.ENTER + 1)]
    return draft.board(who, said, 4.5, [*cues, Cue((("two", who),), beat=motion.ENTER + 2)])
