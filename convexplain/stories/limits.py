"""Where two layers are not one: a relu between them, and the ends that padding makes.

Both do the same to the picture of the copies: two layers read a 0 where the one kernel goes on adding. This module
knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import SMALL, TEXT, Board, Cue, Draft
from convexplain.board.text import words
from convexplain.stories import bench
from convexplain.stories.copies import Copies


def relu(told: Copies, most: float) -> list[Board]:
    """With a relu in between: an output that reads a number which it cuts."""
    chain = told.chain.with_settings(activation="relu")
    steps = [t for t in told.whole if told.chain.one(t) == told.chain.two(t) != chain.two(t)]
    if not steps:
        return []
    copies = told.at(min(steps, key=lambda t: (len(chain.lost(t)), abs(t - told.step), t)), chain)
    lost = _seen(copies)
    at, h = _at(copies, lost), copies.made(lost).text
    first = f"*y*[{copies.step}] reads *h*[{at}] = {h}. And if there were a relu between the layers?"
    said = (
        f"A relu makes 0 of what is below 0: *h*[{at}] is 0. Two layers give {_two(copies)}, one kernel {_one(copies)}."
    )
    return _told(copies, most, ("cut", first), ("relu", said))


def edge(told: Copies, most: float) -> list[Board]:
    """With padding: an output that reads beyond the end of the level between. When the layers themselves have none, it
    is shown of the same kernels with padding "same".
    """
    chain = told.chain if told.chain.differing else told.chain.with_settings("same")
    if not chain.differing:
        return []
    t = max(chain.differing, key=lambda t: abs(chain.one(t) - chain.two(t)))
    copies = told.at(t, chain)
    lost = _seen(copies)
    at = _at(copies, lost)
    mode = chain.layers[0].padding if chain.layers[0].padding != "valid" else chain.layers[1].padding
    where = "in front" if mode == "causal" else "at the ends"
    first = f'`padding="{mode}"` adds zeros {where} of *x*. The one kernel makes *y*[{copies.step}] = {_one(copies)}.'
    said = f"It adds zeros to *h*, too: *h*[{at}] is 0. Two layers give {_two(copies)}, one kernel {_one(copies)}."
    return _told(copies, most, ("same", first), ("differs", said))


def _seen(copies: Copies) -> int:
    """The tap of the second kernel that is told: one that reads a 0, of those whose copies are shown."""
    lost = copies.chain.lost(copies.step)
    own = [k for k in lost if k in copies.rows and copies.made(k).value != copies.made(k, True).value]
    return next(iter([*own, *lost]), 0)


def _at(copies: Copies, after: int) -> str:
    return str(copies.reads(after)).replace("-", style.MINUS)


def _two(copies: Copies) -> str:
    return copies.pair.output(copies.chain.two(copies.step)).text


def _one(copies: Copies) -> str:
    return copies.pair.output(copies.chain.one(copies.step)).text


def _told(copies: Copies, most: float, before: tuple[str, str], after: tuple[str, str]) -> list[Board]:
    """The copies of an output, as the one kernel adds them; then without those that two layers read a 0 for."""
    sheet, boards = copies.sheet(True, most, 40.0 if bench.is_low(copies.form) else 64.0), list[Board]()
    for name, said in (before, after):
        draft, cues = Draft(copies.form), list[Cue]()
        pieces.caption(draft, said)
        copies.lay(draft, sheet, copies.rows, True, True)
        if name == after[0]:
            copies.lay_lost(draft, sheet, copies.chain.lost(copies.step))
            _lay_two(draft, copies)
            cues = [Cue((("value",),), beat=motion.ENTER), Cue((("two",),), beat=motion.ENTER + 1)]
        elif name == "same":
            cues = [Cue((("product",), ("name", "reads"), ("name", "made"), ("kernel",)), beat=motion.ENTER)]
            cues.append(Cue((("value",),), beat=motion.ENTER + 1))
        boards.append(draft.board(name, said, 4, cues))
    return boards


def _lay_two(draft: Draft, copies: Copies) -> None:
    """What two layers give, under what the one kernel gives."""
    form, y = copies.form, bench.bottom_of(copies.form, 34.0 if bench.is_low(copies.form) else 56.0)
    size = SMALL if bench.is_low(form) else TEXT
    addends = [copies.scaled(after, True).text for after in copies.rows]
    worked = not copies.several and not copies.left_out
    sum_ = f"{' + '.join(addends)} = " if worked and len(addends) < 4 else ""
    said = f"two layers: *y*[{copies.step}] = {sum_}{_two(copies)}"
    draft.put("two", ("two",), words(said, form.width - form.margin, y, size, "differs", align=1))
