"""The two layers beside the one kernel: where they give the same, and where not, by padding or a relu between them.

In both the second layer reads a 0 where the one kernel goes on with what the first kernel makes. This module knows
copies of a kernel; it computes none.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, Board, Cue, Draft, Key
from convexplain.board.text import words
from convexplain.stories.two_layers.copies import Copies, summed
from convexplain.stories.two_layers.sheet import Sheet, keys_of


def padding(told: Copies) -> list[Board]:
    """With padding in between: an output that reads beyond the end of the level between; then what the one kernel
    counts there. When the layers themselves have none, it is shown of the same kernels where the second layer has
    padding "same".
    """
    chain = told.chain.padded
    own = told.at(chain.worst, chain)
    if not chain.missing(own.step):
        return []
    (cut, *more), (two, one) = _lost(own), _given(own)
    zeros, where = "zeros" if more else "a 0", "behind" if own.reads(cut) > 0 else "before"
    read, makes = f"kernel 2 reads {own.between(cut)}", "make" if more else "makes"
    said = f"Padding in Keras puts {zeros} {where} *h*, where {read}: *y*[{own.step}] = {two}."
    then = (
        f"But {zeros} {where} *x* {makes} {own.made(cut).text} {where} *h*, not 0: the {own.total().name} gives {one}."
    )
    return [beside(own, "padding", said, "b"), beside(own, "beyond", then, "abw", cut)]


def relu(told: Copies) -> list[Board]:
    """With a relu in between: an output that reads a number which it cuts."""
    chain = told.chain.with_settings(activation="relu")
    steps = [t for t in range(chain.steps) if chain.missing(t) and t not in told.chain.differing]
    if not steps:
        return []
    own = told.at(min(steps, key=lambda t: (t not in told.whole, len(chain.lost(t)), abs(t - told.step), t)), chain)
    said = f"A relu on *h*: what is below zero becomes 0. The {own.total().name} no longer fits."
    return [beside(own, "relu", said, "bw")]


def _lost(own: Copies) -> list[int]:
    """The taps of the second kernel that read a 0 instead of what the first kernel makes, those in view first."""
    return sorted(own.chain.lost(own.step), key=lambda k: k not in own.rows)


def _given(own: Copies) -> tuple[str, str]:
    """What the two layers give, and what the one kernel gives."""
    return own.pair.output(own.chain.two(own.step)).text, own.pair.output(own.chain.one(own.step)).text


def beside(own: Copies, name: str, said: str, meant: str, beyond: int | None = None) -> Board:
    """The second layer and the one kernel at an output. The second kernel reads the level between as it is, or, at its
    tap ``beyond``, what the first kernel would make there.
    """
    chain = own.chain
    sheet = own.sides(meant, replace(own.bottom(), lit=(own.place,)), beyond, name)
    draft = own.draft(said, sheet)
    _lay_sums(draft, own, sheet, beyond)
    if "w" in meant:
        own.lay_made(draft, sheet, sheet.bands[4])
    _lay_given(draft, own, sheet, meant != "b")
    read = [bar.key for bar in sheet.bands[2].bars.values()]
    cut = [key for key in read if chain.hidden(key[-1], own.m) != chain.hidden(key[-1], own.m, ends=False)]
    cut += [bar.key for bar in sheet.bands[-1].bars.values() if chain.missing(bar.key[-1])]
    draft.change(keys_of(draft, *((*key, part) for key in cut for part in ("bar", "digits"))), role="differs")
    _lay_lost(draft, own, sheet)
    first: list[Key] = [("value", "first"), ("value", "second")]
    order = first, [("product",), ("name", "made")], [("value", "one"), ("value", "sum"), ("name", "given")]
    cues = [Cue(keys_of(draft, *keys), motion.ENTER + n) for n, keys in enumerate(order)]
    cues += [Cue(tuple(cut), motion.ENTER)] * (beyond is not None)  # a zero stays until the first kernel is there
    cues.append(Cue(tuple(key for key in keys_of(draft, ("cut",)) if key[-1] == "bar"), motion.MOVE))
    return draft.board(name, said, 3.5, cues)


def _lay_lost(draft: Draft, own: Copies, sheet: Sheet) -> None:
    """The outline of what a relu takes away, with its number before the 0 that it becomes; beside what is made beyond
    the ends, that it is no 0.
    """
    row = sheet.bands[2]
    written = {bar.key: draft.marks[(*bar.key, "digits")] for bar in row.bars.values() if row.size}
    others = [*written.values(), draft.marks["name", *row.key]]
    for key, _, _, _, is_beyond in row.bars.values():
        mark, made = draft.marks[(*key, "bar")], own.pair.hidden(own.chain.hidden(key[-1], own.m, ends=False))
        side, wide, said = 1 if key[-1] < 0 else -1, mark.width / 2 + 14, "not 0"
        if not is_beyond and mark.kind == "dot" and made.value:
            pieces.column(draft, ("cut", *key), made, mark.x, row.foot, own.axis.bar, sheet.unit, "differs")
            draft.change([("cut", *key, "bar")], hollow=True, unit=0.0, light=mark.light)
            side, wide, said = 1, 10.0, f"{made.text} →"
        elif not (is_beyond and mark.kind == "bar"):
            continue
        if number := written.get(key):
            x, y = mark.x - side * max(wide, number.width / 2 + 10), row.foot - 8 - DIGIT * row.size / 2
            note = words(said, x, y if is_beyond else number.y, row.size, "differs", align=side)
            if all(note.right < other.left - 4 or note.left > other.right + 4 for other in others):
                draft.put("cut", ("cut", *key, "digits"), note)


def _lay_sums(draft: Draft, own: Copies, sheet: Sheet, beyond: int | None) -> None:
    """Beside the cards of the two kernels what they make, as a sum: of the first what it would make ``beyond``."""
    pair, sums, (two, one) = own.pair, dict[str, tuple[int, str]](), _given(own)
    if not own.left_out:
        read = [(pair.second(k), own.made(k, beyond is None)) for k in own.rows]
        sums["second"] = 3, summed(read, two if beyond is None else one)
    if beyond is not None and len(own.taps) <= 3:
        bars = sheet.bands[0].bars
        read = [(pair.first(k), bars[i].number) for k, i in enumerate(own.met(beyond)) if i in bars]
        sums["first"] = 1, f"{own.between(beyond)} = {summed(read, own.made(beyond).text)}"
    for name, (n, said) in sums.items():
        mark = sheet.beside(draft, sheet.bands[n], said)
        if mark.left > draft.marks["name", "card", *sheet.bands[n].key].right:
            draft.put("value", ("value", name, sheet.where), mark)


def _lay_given(draft: Draft, own: Copies, sheet: Sheet, both: bool) -> None:
    """At the end of the last row what two layers give, and what the one kernel gives when ``both`` are told."""
    size, row, (two, one) = sheet.em, sheet.bands[-1], _given(own)
    under = row.extent[1] * sheet.unit > 1.6 * size  # where bars hang
    y = row.foot + (12 + (DIGIT / 2 + 1.1) * size if under else -12 - DIGIT / 2 * size)
    x = own.axis.x(max(row.bars)) + own.axis.pitch / 2 + 14
    differ = "differs" if own.chain.missing(own.step) else "ink"
    marks = [words(f"two layers: {two}", x, y - 1.1 * size, size, differ, align=-1)]
    marks += [words(f"{own.total().name}: {one}", x, y, size, align=-1)] * both
    for n, mark in enumerate(marks):
        if all(mark.right < draft.format.width - 40 for mark in marks):
            draft.put("name", ("name", "given", sheet.where, n), mark)
