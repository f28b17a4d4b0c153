"""The two layers beside the one kernel: where they give the same, and where not, by padding or a relu between them.

In both the second layer reads a 0 where the one kernel goes on with what the first kernel makes. This module knows
copies of a kernel; it computes none.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain import style
from convexplain.board import motion
from convexplain.board.marks import DIGIT, Board, Cue, Draft, Key
from convexplain.board.text import words
from convexplain.stories.two_layers.copies import Copies, padded, worst
from convexplain.stories.two_layers.sheet import Sheet, keys_of


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
    zeros, name = "zeros" if more else "a 0", own.between(cut)
    where = "behind" if own.reads(cut) > 0 else "before"
    said = f"Padding in Keras puts {zeros} {where} *h*, where kernel 2 reads {name}: *y*[{step}] = {two}."
    then = f"One kernel has no *h* to pad: it gives {one}, as if {name} were {own.made(cut).text}."
    return [beside(own, "padding", said, "b"), beside(own, "beyond", then, "abw", cut)]


def relu(told: Copies) -> list[Board]:
    """With a relu in between: an output that reads a number which it cuts."""
    chain = told.chain.with_settings(activation="relu")
    steps = [t for t in told.whole if chain.missing(t, told.m) and t not in told.chain.differing]
    if not steps:
        return []
    own = told.at(min(steps, key=lambda t: (len(chain.lost(t)), abs(t - told.step), t)), chain)
    cut, *_ = _lost(own)
    known = f", as {own.between(cut)} = {own.made(cut, False).text},"
    said = f"To do more, a relu goes between: negative numbers{known * (len(known) < 20)} become 0."
    return [beside(own, "relu", said, "bw")]


def _lost(copies: Copies) -> list[int]:
    """The taps of the second kernel that read a 0 instead of what the first kernel makes, those in view first."""
    return sorted(copies.chain.lost(copies.step, [copies.m]), key=lambda k: k not in copies.rows)


def _given(own: Copies) -> tuple[str, str]:
    """What the two layers give, and what the one kernel gives."""
    two, one = own.chain.two(own.step, [own.m]), own.chain.one(own.step, own.m)
    return own.pair.output(two).text, own.pair.output(one).text


def beside(own: Copies, name: str, said: str, meant: str, beyond: int | None = None) -> Board:
    """The second layer and the one kernel at an output. The second kernel reads the level between as it is, or, at its
    tap ``beyond``, what the first kernel would make there.
    """
    draft, place, bottom = own.draft(said), own.place, own.bottom()
    same = {at: bar for at, bar in bottom.bars.items() if at == place or not own.chain.missing(bar[0][-1], own.m)}
    sheet = own.sides(meant, replace(bottom, bars=same, lit=(place,)), beyond)
    sheet = replace(sheet, bands=tuple(replace(band, start=name) for band in sheet.bands))  # its products are its own
    sheet.lay(draft)
    _lay_sums(draft, own, sheet, beyond, meant)
    read = [key for key, _ in sheet.bands[2].bars.values()]
    cut = [key for key in read if own.chain.hidden(key[-1], own.m) != own.chain.hidden(key[-1], own.m, ends=False)]
    if own.chain.missing(own.step, own.m):
        cut.append(sheet.bands[-1].bars[place][0])
    changed = [(*key, part) for key in cut for part in ("bar", "digits")]
    draft.change(keys_of(draft, ("beyond", "row", 1), *changed), role="differs")
    first: list[Key] = [("value", "first"), ("value", "second")]
    order = first, [("product",), ("name", "made")], [("value", "one"), ("value", "sum"), ("name", "given")]
    cues = [Cue(keys_of(draft, *keys), motion.ENTER + n) for n, keys in enumerate(order)]
    return draft.board(name, said, 3.5, cues)


def _lay_sums(draft: Draft, own: Copies, sheet: Sheet, beyond: int | None, meant: str) -> None:
    """Beside the kernels that are ``meant`` what they make, as a sum; at the end of the last row what two layers give,
    and what the one kernel gives.
    """
    pair, chain, start, (two, one) = own.pair, own.chain, sheet.bands[1].start, _given(own)
    if not own.left_out:
        read = [(pair.second(own.m, k).text, own.made(k, beyond is None).text) for k in own.rows]
        sheet.lay_beside(draft, ("second", start), 3, _sum(read, two if beyond is None else one))
    if beyond is not None and len(own.taps) <= 3:
        at = [chain.reads(0, own.reads(beyond), k) for k in own.taps]
        read = [(pair.first(own.m, k).text, pair.x(i).text if 0 <= i < len(chain.x) else "0") for k, i in enumerate(at)]
        said = _sum(read, own.made(beyond).text)
        sheet.lay_beside(draft, ("first", start), 1, f"{own.between(beyond)} = {said}")
    if "w" in meant:
        own.lay_made(draft, sheet, 4)
    size, y = sheet.em, sheet.feet[-1] - 12
    x = 60 + max(
        mark.right
        for mark in draft.marks.values()
        if mark.kind != "line" and mark.top < y + size and y - 2 * size < mark.bottom
    )
    whose = "its" if own.several else "one"  # of several kernels that of the shown channel
    differ = "differs" if own.chain.missing(own.step, own.m) else "ink"
    marks = [words(f"two layers: {two}", x, y - (DIGIT / 2 + 1.1) * size, size, differ, align=-1)]
    marks += [words(f"{whose} kernel: {one}", x, y - DIGIT / 2 * size, size, align=-1)] * (meant != "b")
    for n, mark in enumerate(marks):
        if all(mark.right < draft.format.width - 16 for mark in marks):
            draft.put("name", ("name", "given", start, n), mark)


def _sum(factors: list[tuple[str, str]], total: str) -> str:
    """A sum of products: ``2 × 3 + (−1) × 0 = 6``."""
    terms = [" × ".join(f"({text})" if text.startswith(style.MINUS) else text for text in pair) for pair in factors]
    return f"{' + '.join(terms)} = {total}"
