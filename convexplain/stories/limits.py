"""Where two layers are not one: a relu between them, and the ends that padding makes.

Both do the same to the picture of the copies: two layers read a 0 where the one kernel goes on adding. This module
knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from convexplain import style
from convexplain.board import motion
from convexplain.board.marks import SMALL, TEXT, Board, Cue, Draft
from convexplain.board.text import words
from convexplain.stories import bench, phrases
from convexplain.stories.copies import Copies
from convexplain.stories.sheet import Band, Sheet


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
    return [_copies(copies, most, "cut", first, None), _copies(copies, most, "relu", said, gone=True)]


def edge(told: Copies, most: float, unit: float) -> list[Board]:
    """With padding: an output that reads beyond the end of the level between. When the layers themselves have none, it
    is shown of the same kernels with padding "same". ``unit`` is the height of a 1 where one row is made of another.
    """
    chain = told.chain if told.chain.differing else told.chain.with_settings("same")
    if not chain.differing:
        return []
    t = max(chain.differing, key=lambda t: abs(chain.one(t) - chain.two(t)))
    copies = told.at(t, chain)
    lost, boards = _seen(copies), list[Board]()
    at, inside = _at(copies, lost), [k for k in copies.rows if 0 <= copies.reads(k) < chain.middle]
    mode = chain.layers[0].padding
    if mode != "valid" and inside and lost not in inside:
        rows, made = copies.wide(), copies.reads(inside[-1])
        said = f'`padding="{mode}"` adds zeros {"in front" if mode == "causal" else "at the ends"} of *x*'
        said += ": *h* is as long as *x*" if chain.middle == len(chain.x) else ""
        ends = chain.reads(0, made, 0), chain.reads(0, made, len(copies.taps) - 1)
        said += ", each under the middle of its window." if sum(ends) == 2 * chain.middle_place(made) else "."
        boards.append(_made(rows, (rows.samples(), rows.bare(inside[-1]), rows.middle()), made, "same", said, unit))
    if lost not in inside:
        rows, addends = copies.wide(), [copies.scaled(k, True).text for k in copies.rows]
        worked = phrases.added(addends, _two(copies)) if _is_worked(copies) else _two(copies)
        said = f"Kernel 2 needs *h*[{at}], but there padding puts a 0, too: *y*[{t}] = {worked}."
        result = rows.given([t])
        boards.append(_made(rows, (rows.middle(), rows.second(), result), t, "beyond", said, unit))
    said = f"The one kernel has no 0 there: it makes {_one(copies)}, not {_two(copies)}."
    if _is_worked(copies):
        more = copies.scaled(lost).text
        said = f"The one kernel has no 0 there. Its copy for *h*[{at}] adds {more}: {_one(copies)}, not {_two(copies)}."
    return [*boards, _copies(copies, most, "differs", said, gone=False)]


def _made(rows: Copies, bands: tuple[Band, Band, Band], step: int, name: str, said: str, unit: float) -> Board:
    """A row that a kernel makes of another, told at one step."""
    draft, chain = rows.draft(said), rows.chain
    place = chain.middle_place(step) if name == "same" else chain.output_place(step)
    zeros = [i for i in rows.axis.shown if not 0 <= i < len(chain.x)] if name == "same" else []
    cues = Sheet.fit(rows.form, rows.axis, bands, most=unit).lay_making(draft, place, name, zeros=zeros)
    cues.append(Cue((("product", "copy"),), beat=motion.MOVE))  # with their taps
    return draft.board(name, said, 4, cues)


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


def _is_worked(copies: Copies) -> bool:
    return not copies.several and len(copies.rows) < 4


def _copies(copies: Copies, most: float, name: str, said: str, gone: bool | None) -> Board:
    """The copies of an output as the one kernel adds them; those that two layers read a 0 for are ``gone``, or meant;
    with None nothing is said of them.
    """
    draft, cues = copies.draft(said), list[Cue]()
    sheet = copies.sheet(True, most, 40.0 if bench.is_low(copies.form) else 84.0)
    copies.lay(draft, sheet, copies.rows, True, True)
    if gone is not None:
        copies.lay_lost(draft, copies.chain.lost(copies.step), gone)
        _lay_two(draft, copies)
        cues = [Cue((("two",),), beat=motion.ENTER + 1)]
        cues += [Cue((("value",),), beat=motion.ENTER)] if gone else []
    return draft.board(name, said, 4, cues)


def _lay_two(draft: Draft, copies: Copies) -> None:
    """What two layers give, under what the one kernel gives."""
    form, y = copies.form, bench.bottom_of(copies.form, 34.0 if bench.is_low(copies.form) else 60.0)
    size = SMALL if bench.is_low(form) else TEXT
    addends = [copies.scaled(after, True).text for after in copies.rows]
    sum_ = f"{' + '.join(addends)} = " if _is_worked(copies) else ""
    said = f"two layers: *y*[{copies.step}] = {sum_}{_two(copies)}"
    draft.put("two", ("two",), words(said, form.width - form.margin, y, size, "differs", align=1))
