"""Where two layers are no longer one kernel: by padding or a relu between them.

In both the second layer reads a 0 where the one kernel goes on with what the first kernel makes: the two rows stand one
above the other, and under the second kernel what it makes of each. This module knows copies of a kernel; it computes
none.
"""

from __future__ import annotations

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, Board, Cue, Draft, Key
from convexplain.board.text import words
from convexplain.stories.two_layers.copies import Copies, summed
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
    zero, read = "zeros" if more else "a 0", own.between(cut)
    said = f"Layer 1 does not make {read}: padding puts {zero} there, and kernel 2 reads {'them' if more else 'it'}."
    its = "zeros" if len([at for at in own.met(cut) if not 0 <= at < len(chain.x)]) > 1 else "zero"
    then = f"One kernel needs {read} as kernel 1 makes it of *x* and its {its}: {own.made(cut).text}, not 0."
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
    said = f"A relu turns what is below 0 into 0: the {own.total().name} no longer fits."
    return [_beside(own, "relu", said)]


def _lost(own: Copies) -> list[int]:
    """The taps of the second kernel that read a 0 instead of what the first kernel makes, those in view first."""
    return sorted(own.chain.lost(own.step), key=lambda k: k not in own.rows)


def _beside(own: Copies, name: str, said: str, after: int | None = None, both: bool = True) -> Board:
    """The level between as the second layer reads it, under that as the one kernel has it when ``both`` are told, and
    what the second kernel makes of them. The first kernel makes what tap ``after`` of the second reads.
    """
    sheet, by_relu = own.beside(after, both), after is None
    draft, rows = own.draft(said, sheet), sheet.bands[2:-1]
    lost = [at for k in own.chain.lost(own.step) if own.axis.has(at := own.chain.middle_place(own.reads(k)))]
    cut = [row.bars[at].key for row in rows for at in lost]
    draft.change(keys_of(draft, *cut, *(("place", *key) for key in cut)), role="differs")
    made = [_lay_sum(draft, own, sheet, is_cut, n, len(rows)) for n, is_cut in enumerate((False, True)[-len(rows) :])]
    for at in lost:
        under = sheet.bands[-1].under + own.line * (len(rows) - 1) * (sheet.size > 0)
        pieces.band(draft, ("band", name, at), own.axis.x(at), rows[0].top, under, 2 * sheet.half, "differs")
    _lay_first(draft, own, sheet, after if both else None)
    old, new = rows[:: 1 if by_relu else -1] if both else rows * 2
    cues = [Cue(keys, motion.ENTER + 2, after=0.3 * n) for n, keys in enumerate(made[: 1 + by_relu])]
    if by_relu or not both:
        row = [bar.key for bar in old.bars.values() if not by_relu]
        cues.append(replacing(draft, *row, ("card",), ("copy",), ("kernel",), ("baseline", "card")))
    if both:
        copies = [at for at in new.bars if by_relu or at not in lost]
        for key in keys_of(draft, *(new.bars[at].key for at in copies)):
            draft.change([key], copy_of=(*old.bars[own.chain.middle_place(key[2])].key, key[-1]))
        cues.append(Cue(tuple(bar.key for bar in new.bars.values()), motion.ENTER + 1))
    return draft.board(name, said, 3.5, cues)


def _lay_first(draft: Draft, own: Copies, sheet: Sheet, after: int | None) -> None:
    """Beside the first kernel what it makes for tap ``after`` of the second, as a sum of products."""
    if after is None or len(own.taps) > 3 or not sheet.size:
        return
    bars = sheet.bands[0].bars
    read = [(own.pair.first(k), bars[at].number) for k, at in enumerate(own.met(after)) if at in bars]
    mark = sheet.beside(draft, sheet.bands[1], f"{own.between(after)} = {summed(read, own.made(after).text)}")
    if mark.left > draft.marks["name", "card", *sheet.bands[1].key].right:
        draft.put("value", ("value", "first"), mark)


def _lay_sum(draft: Draft, own: Copies, sheet: Sheet, is_cut: bool, n: int, count: int) -> tuple[Key, ...]:
    """Under the second kernel, in line ``n`` of a ``count``, the products that make what two layers give, or, not cut,
    what the one kernel gives; where they have no room, that alone. What is put is returned.
    """
    pair, kernel, size, before = own.pair, sheet.bands[-1], sheet.size, set(draft.marks)
    total = pair.output((own.chain.two if is_cut else own.chain.one)(own.step)).text
    who, role, key = "two layers" if is_cut else own.total().name, "differs" if is_cut else "ink", (is_cut, own.step)
    y, texts = kernel.line + n * own.line, list[str]()
    for k, bar in enumerate(kernel.bars.values()):
        texts.append(pair.output(own.made(k, is_cut).value * bar.number.value).text)
        if size and own.axis.has(at := own.chain.middle_place(own.reads(k))):
            hue = role if k in own.chain.lost(own.step) else "ink"
            draft.put("product", ("product", *key, k), words(style.signed(texts[-1]), own.axis.x(at), y, size, hue))
    said = f"{'=' if style.is_sum(texts, total) or not size else '≈'} {total}"
    (left, right), gap = sheet.ends(kernel), 20 + 0.08 * own.axis.pitch
    value = words(said, right + gap if size else sheet.left, y, size or sheet.em, role, align=-1)
    if value.right > draft.format.width - 8:
        value = words(f"{total} =", left - gap, y, size, role, align=1)
    draft.put("value", ("value", *key), value)
    sheet.lay_name(draft, ("made", *key), who, y + DIGIT * sheet.em / 2, role)
    return tuple(key for key in draft.marks if key not in before)
