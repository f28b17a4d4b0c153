"""The two layers beside the one kernel: where they give the same, and where not, by padding or a relu between them.

In both the second layer reads a 0 where the one kernel goes on with what the first kernel makes. This module knows
copies of a kernel; it computes none.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain.board import motion
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
    zeros, name = "zeros" if more else "a 0", own.between(cut)
    where = "behind" if own.reads(cut) > 0 else "before"
    said = f"Padding in Keras puts {zeros} {where} *h*, where kernel 2 reads {name}: *y*[{own.step}] = {two}."
    then = f"One kernel has no *h* to pad: it gives {one}, as if {name} were {own.made(cut).text}."
    return [beside(own, "padding", said, "b"), beside(own, "beyond", then, "abw", cut)]


def relu(told: Copies) -> list[Board]:
    """With a relu in between: an output that reads a number which it cuts."""
    chain = told.chain.with_settings(activation="relu")
    steps = [t for t in told.whole if chain.missing(t) and t not in told.chain.differing]
    if not steps:
        return []
    own = told.at(min(steps, key=lambda t: (len(chain.lost(t)), abs(t - told.step), t)), chain)
    cut, *_ = _lost(own)
    known = f", as {own.between(cut)} = {own.made(cut).text},"
    said = f"To do more, a relu goes between: negative numbers{known * (len(known) < 20)} become 0."
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
    chain, bottom = own.chain, own.bottom()
    told = {at: bar for at, bar in bottom.bars.items() if at == own.place or not chain.missing(bar.key[-1])}
    sheet = own.sides(meant, replace(bottom, bars=told, lit=(own.place,)), beyond, name)
    draft = own.draft(said, sheet)
    _lay_sums(draft, own, sheet, beyond)
    if "w" in meant:
        own.lay_made(draft, sheet, sheet.bands[4])
    _lay_given(draft, own, sheet, meant != "b")
    read = [bar.key for bar in sheet.bands[2].bars.values()]
    cut = [key for key in read if chain.hidden(key[-1], own.m) != chain.hidden(key[-1], own.m, ends=False)]
    cut += [told[own.place].key] if chain.missing(own.step) else []
    draft.change(keys_of(draft, *((*key, part) for key in cut for part in ("bar", "digits"))), role="differs")
    first: list[Key] = [("value", "first"), ("value", "second")]
    order = first, [("product",), ("name", "made")], [("value", "one"), ("value", "sum"), ("name", "given")]
    cues = [Cue(keys_of(draft, *keys), motion.ENTER + n) for n, keys in enumerate(order)]
    cues += [Cue(tuple(cut), motion.ENTER)] * (beyond is not None)  # a zero stays until the first kernel is there
    return draft.board(name, said, 3.5, cues)


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
        card, named = draft.marks["card", *sheet.bands[n].key], draft.marks["name", "card", *sheet.bands[n].key]
        mark = words(said, card.right + 24, card.y, sheet.em, align=-1)
        if mark.right > sheet.form.width - sheet.form.margin:
            mark = words(said, card.left - 24, card.y, sheet.em, align=1)
        if mark.left > named.right:
            draft.put("value", ("value", name, sheet.where), mark)


def _lay_given(draft: Draft, own: Copies, sheet: Sheet, both: bool) -> None:
    """At the end of the last row what two layers give, and what the one kernel gives when ``both`` are told."""
    size, y, (two, one) = sheet.em, sheet.bands[-1].foot - 12, _given(own)
    x = 60 + own.axis.x(max(sheet.bands[-1].bars)) + own.axis.bar / 2
    whose = "its" if own.several else "one"  # of several kernels that of the told channel
    differ = "differs" if own.chain.missing(own.step) else "ink"
    marks = [words(f"two layers: {two}", x, y - (DIGIT / 2 + 1.1) * size, size, differ, align=-1)]
    marks += [words(f"{whose} kernel: {one}", x, y - DIGIT / 2 * size, size, align=-1)] * both
    for n, mark in enumerate(marks):
        if all(mark.right < draft.format.width - 16 for mark in marks):
            draft.put("name", ("name", "given", sheet.where, n), mark)
