"""One column of stacked copies, with the names of what meets in it, and the formula of all columns.

This module knows the rows of a story without numbers; it lays no row out.
"""

from __future__ import annotations

from convexplain import style
from convexplain.board import pieces
from convexplain.board.marks import CONTEXT, DIGIT, SMALL, TEXT, Draft, Role
from convexplain.board.pieces import Part
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench
from convexplain.stories.cascade import first_role, narrowest, second_role
from convexplain.stories.slabs import Slabs


def lay_column(draft: Draft, slabs: Slabs) -> None:
    """One column is meant: its number, the names of the products that meet in it, and that of their sum."""
    j, through = slabs.meeting
    sums = slabs.total[j][0]
    meant = {("copy", slabs.m, *at) for at in through} | {sums}
    for own in [own for own in draft.marks if own[0] in ("copy", sums[0]) and own[:-1] not in meant]:
        draft.change([own], light=CONTEXT)
    draft.change([("taps", "name"), ("taps", j)], role="lit")
    if ("band", j) in draft.marks:
        draft.change([("band", j)], width=0.92 * slabs.signal.axis.pitch, light=0.2)
    names = {("copy", slabs.m, after, k): product(after, k) for after, k in through}
    if not slabs.several:
        names[sums] = f"*w*[{j}]"
    pitch, widest = slabs.signal.axis.pitch, max(advance(runs_of(text)) for text in names.values())
    if widest * SMALL > 1.3 * narrowest(slabs.signal.axis):
        return
    size = TEXT if widest * TEXT <= 1.15 * pitch and not bench.is_low(draft.format) else SMALL
    for own, text in names.items():
        if (*own, "bar") in draft.marks:
            bar = draft.marks[(*own, "bar")]
            y = min(bar.top, bar.foot) - 12 - DIGIT * size / 2
            draft.put("names", (*own, "name"), words(text, bar.x, y, size, "lit", rides=(*own, "bar")))


def product(after: int, k: int) -> str:
    """A tap of the second kernel times one of the first, by their names."""
    return f"*w*2[{after}]·*w*1[{k}]"


def lay_formula(draft: Draft, slabs: Slabs) -> None:
    """The one kernel's taps by those of the two kernels, each in its hue, the indices as they are lit."""
    step = _stride(slabs)
    parts = [Part("W", "*w*["), Part("j", "*j*"), Part("equals", "] = "), Part("sum k", "∑")]
    parts += [Part("k of sum", "*k* ", small=True), Part("w2", "*w*"), Part("2", "2["), Part("k of w2", "*k*")]
    parts += [Part("close", "] "), Part("w1", "*w*"), Part("1", "1["), Part("j of w1", "*j*")]
    parts += [Part("sign", f" {style.MINUS} {step if step != 1 else ''}"), Part("k of w1", "*k*"), Part("end", "]")]
    pieces.formula(draft, parts)
    for key in [("name", "k", after) for after in slabs.rows if ("name", "k", after) in draft.marks]:
        named = draft.marks[key]
        draft.marks[key] = words(f"*k* = {key[-1]}", named.right, named.y, named.size, "lit", align=1)
    first, second = first_role(slabs.pair, slabs.m), second_role(slabs.pair, slabs.m, 0)
    hues: dict[str, Role] = {"w2": second, "2": second, "close": second, "w1": first, "1": first, "sign": first}
    hues |= {"end": first, "W": "ink", "equals": "ink"}
    hues |= dict.fromkeys(("j", "k of sum", "k of w2", "j of w1", "k of w1"), "lit")
    for name, role in hues.items():
        draft.change([("formula", name)], role=role)


def _stride(slabs: Slabs) -> int:
    """How many columns a copy is later than the one before it."""
    chain = slabs.chain
    return chain.offset(1, 0) if chain.layers[1].kernel_size > 1 else 1
