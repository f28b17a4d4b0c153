"""Where two layers are no longer one kernel: by padding or a relu between them.

In both the second layer reads a 0 where the one kernel goes on with what the first kernel makes. The two layers stand
above, and below them, in the columns that it reads of the signal, the one kernel: each with what it gives. This module
knows copies of a kernel; it computes none.
"""

from __future__ import annotations

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, SMALL, Board, Cue, Draft, Role
from convexplain.board.text import words
from convexplain.stories.two_layers.bands import Band, summed
from convexplain.stories.two_layers.copies import Copies
from convexplain.stories.two_layers.sheet import Sheet, keys_of, replacing


def padding(told: Copies) -> list[Board]:
    """With padding in between: an output that reads beyond the end of the level between; then what the one kernel
    counts there. When the layers themselves have none, it is shown of the same kernels where the second layer has
    padding "same".
    """
    chain = told.chain.padded
    own = told.at(chain.worst, chain)
    if not chain.missing(own.step):
        return []
    cut, *more = _lost(own)
    zero, read = ("zeros", "*h*") if more else ("a 0", own.between(cut))
    why = "keeps *y* as long as *h*" if chain.steps == chain.middle else "lets kernel 2 reach beyond *h*"
    said = f"Padding {why}: layer 2 reads {zero} {'beyond the ends' if more else 'in place'} of {read}."
    would = f"{read} would {'go on' if more else f'be {own.made(cut).text}'}"
    then = f"{_given(own)}: layer 2 reads {zero} where {would}."
    inside = [k for k in own.rows if 0 <= own.reads(k) < chain.middle]
    first = min(inside, key=lambda k: abs(k - cut), default=cut)
    return [_beside(own, "padding", said, first, False), _beside(own, "beyond", then, cut)]


def relu(told: Copies) -> list[Board]:
    """With a relu in between: an output that reads a number which it cuts."""
    chain = told.chain.with_settings(activation="relu")
    steps = [t for t in range(chain.steps) if chain.missing(t) and t not in told.chain.differing]
    if not steps:
        return []
    own = told.at(min(steps, key=lambda t: (t not in told.whole, len(chain.lost(t)), abs(t - told.step), t)), chain)
    cut, *more = _lost(own)
    what = "what is below 0" if more else f"{own.between(cut)} = {own.made(cut).text}"
    said = f"A relu turns {what} into 0. {_given(own)}: it fits no longer."
    return [_beside(own, "relu", said)]


def _lost(own: Copies) -> list[int]:
    """The taps of the second kernel that read a 0 instead of what the first kernel makes, those in view first."""
    return sorted(own.chain.lost(own.step), key=lambda k: k not in own.rows)


def _given(own: Copies) -> str:
    """What the one kernel gives and what two layers give."""
    one, two = (own.pair.output(number).text for number in (own.chain.one(own.step), own.chain.two(own.step)))
    return f"{'The sum *w*' if own.several else 'One kernel'} gives {one}, two layers {two}"


def _beside(own: Copies, name: str, said: str, after: int | None = None, is_one: bool = True) -> Board:
    """Two layers, with what the second kernel makes of the level between, and the one kernel when it ``is_one`` that is
    told. The first kernel makes what tap ``after`` of the second reads; without, there is a relu.
    """
    sheet, by_relu = own.beside(after, is_one), after is None
    draft, (*_, second, one) = own.draft(said, sheet), sheet.bands
    rows = sheet.bands[1 if by_relu else 2 : -2]
    lost = [(k, at) for k in own.chain.lost(own.step) if own.axis.has(at := own.chain.middle_place(own.reads(k)))]
    cut = [row.bars[at].key for row in rows for _, at in lost]
    cut += [("product", *second.bars[at].key) for _, at in lost]
    draft.change(keys_of(draft, *cut, *(("place", *key) for key in cut)), role="differs")
    for _, at in lost:
        box = own.axis.x(at), rows[0].top, second.under, 2 * sheet.half
        pieces.band(draft, ("band", name, at), *box, "differs")
    _lay_given(draft, own, sheet, second, "differs")
    if is_one:
        _lay_given(draft, own, sheet, one, "ink")
    if is_one and after is not None:
        _lay_first(draft, own, sheet, after)
    cues = list[Cue]()
    for n, band in enumerate((second, one)):
        sums = (("product", *bar.key) for bar in band.bars.values())
        given = keys_of(draft, *sums, ("name", "who", band.key), ("name", "made", band.key), ("value", *band.key))
        cues.append(Cue(given, motion.ENTER + 2 + n))
    if not is_one:
        cues.append(replacing(draft, ("card",), ("copy",), ("kernel",), ("baseline", "card")))
    for row in rows[1:]:
        for at, bar in row.bars.items():
            for key in keys_of(draft, bar.key):
                draft.change([key], copy_of=(*rows[0].bars[at].key, key[-1]))
        cues.append(Cue(tuple(bar.key for bar in row.bars.values()), motion.ENTER + 1))
    return draft.board(name, said, 3.5, cues)


def _lay_first(draft: Draft, own: Copies, sheet: Sheet, after: int) -> None:
    """Beside the first kernel what it would make for tap ``after`` of the second, as a sum of products."""
    if len(own.taps) > 3 or not sheet.size:
        return
    bars = sheet.bands[0].bars
    read = [(own.pair.first(k), bars[at].number) for k, at in enumerate(own.met(after)) if at in bars]
    mark = sheet.beside(draft, sheet.bands[1], f"{own.between(after)} = {summed(read, own.made(after).text)}")
    if mark.left > draft.marks["name", "card", *sheet.bands[1].key].right:
        draft.put("value", ("value", "first"), mark)


def _lay_given(draft: Draft, own: Copies, sheet: Sheet, kernel: Band, role: Role) -> None:
    """Under a kernel what its products add up to: an output, of two layers or of one."""
    end = 0.0
    if kernel.key == ("kernel", 2):
        foot = kernel.line + DIGIT * (sheet.em if sheet.size else 2 * sheet.em - SMALL) / 2
        sheet.lay_name(draft, ("who", kernel.key), "two layers", foot, role)
        end = draft.marks["name", "who", kernel.key].right
    if sheet.size:
        sheet.lay_totals(draft, kernel)
        made = ("made", kernel.key)
        named = own.lay_before(draft, sheet, kernel, made, f"*y*[{own.step}]")
        if own.several or named.left < end + 12:  # of several channels it is a part of the output
            del draft.marks["name", *made, own.start]
    else:
        y = kernel.line + DIGIT * (sheet.em - SMALL) / 2
        value = words(f"= {kernel.total}", sheet.left, y, sheet.em, role, align=-1)
        draft.put("value", ("value", *kernel.key, sheet.where), value)
    draft.change(keys_of(draft, ("value", *kernel.key)), role=role)
