"""Where two layers are not one: a relu between them, and padding between them.

Both do the same to the picture of the copies: two layers read a 0 where the one kernel goes on adding. This module
knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from convexplain import style
from convexplain.board import motion
from convexplain.board.marks import SMALL, TEXT, Board, Cue
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
    lost = _seen(copies)
    first = f"A relu between the layers makes 0 of any sum below 0: *h*[{_at(copies, lost)}] becomes 0."
    products = [product.text for product in (copies.first(lost, True).products or {}).values()]
    added = phrases.added(products, copies.scaled(lost).text)
    kept = added if len(added) < 24 else copies.scaled(lost).text
    said = f"Two layers now give {_two(copies)}. The one kernel still adds {kept}: {_one(copies)}."
    return [_copies(copies, most, "cut", first, "relu", False), _copies(copies, most, "relu", said, "relu", True)]


def padding(told: Copies, most: float) -> list[Board]:
    """With padding in between: an output that reads beyond the end of the level between. When the layers themselves
    have none, it is shown of the same kernels where the second layer has padding "same".
    """
    chain = told.chain if told.chain.differing else told.chain.with_settings("same")
    if not chain.differing:
        return []
    copies = told.at(max(chain.differing, key=lambda t: abs(chain.one(t) - chain.two(t))), chain)
    lost = _seen(copies)
    side = "in front of" if copies.reads(lost) < 0 else "behind"
    first = f"Padding puts a 0 {side} *h*, where kernel 1 would make *h*[{_at(copies, lost)}]."
    said = f"Two layers give *y*[{copies.step}] = {_two(copies)}. The one kernel goes on adding: {_one(copies)}."
    return [_copies(copies, most, "ends", first, "padding", False), _copies(copies, most, "differs", said, "padding")]


def _seen(copies: Copies) -> int:
    """The tap of the second kernel that is told: one that reads a 0, of those whose copies are shown."""
    lost = copies.chain.lost(copies.step)
    own = [k for k in lost if k in copies.rows and copies.made(k).value != copies.made(k, True).value]
    return next(iter([*own, *lost]), 0)


def _at(copies: Copies, after: int) -> str:
    return str(copies.reads(after)).replace("-", style.MINUS)


def _two(copies: Copies) -> str:
    """What two layers give, as a sum where that is short."""
    given = copies.pair.output(copies.chain.two(copies.step)).text
    if copies.several or len(copies.rows) > 3:
        return given
    return phrases.added([copies.scaled(after, True).text for after in copies.rows], given)


def _one(copies: Copies) -> str:
    return copies.pair.output(copies.chain.one(copies.step)).text


def _copies(copies: Copies, most: float, name: str, said: str, who: str, two: bool = True) -> Board:
    """The copies of an output as the one kernel adds them, with the 0 that two layers read for some, and ``who`` puts
    it there; and what ``two`` layers give.
    """
    draft, form = copies.draft(said), copies.form
    copies.lay(draft, copies.sheet(True, most, 40.0 if bench.is_low(form) else 84.0), copies.rows, True, True)
    copies.lay_lost(draft, copies.chain.lost(copies.step), who)
    together = (("product", "copy"), ("product", "effective"), ("value",), ("name", "reads"), ("kernel",))
    moving = together if name == "ends" else (("product", "effective"),)
    cues = [Cue(moving, beat=motion.MOVE), Cue((("lost", who),), beat=motion.ENTER + 1)]
    if two:
        y = bench.bottom_of(form, 34.0 if bench.is_low(form) else 60.0)
        text = f"two layers: *y*[{copies.step}] = {_two(copies)}"
        size = SMALL if bench.is_low(form) else TEXT
        draft.put("two", ("two",), words(text, form.width - form.margin, y, size, "differs", align=1))
    return draft.board(name, said, 4, cues)
