"""One column of stacked copies, with the indices of what meets in it, and the formula of all columns.

This module knows the rows of a story in symbols; it lays no row out.
"""

from __future__ import annotations

from convexplain import style
from convexplain.board import pieces
from convexplain.board.marks import CONTEXT, Draft, Role
from convexplain.board.pieces import Part
from convexplain.board.text import words
from convexplain.stories.cascade import first_role, second_role
from convexplain.stories.slabs import Slabs


def lay_column(draft: Draft, slabs: Slabs) -> None:
    """Of rows in symbols one column is meant: its number, what meets in it with its indices, and its sum."""
    j, through = slabs.meeting
    key, size = (*slabs.total[j][0], "digits"), slabs.fits([f"*w*1[{j} {style.MINUS} {j}]"])
    meant = {("copy", slabs.m, *at) for at in through} | {key[:-1]}
    for own in [own for own in draft.marks if own[0] in ("copy", key[0]) and own[:-1] not in meant]:
        if own[-1] == "digits":
            del draft.marks[own]
        else:
            draft.change([own], light=CONTEXT)
    draft.change([("taps", "name"), ("taps", j)], role="lit")
    frame = {"light": 0.0, "edge": 1.0, "size": 4, "hollow": True, "role": "lit", "z": -1}
    draft.change([("band", j)], width=slabs.signal.axis.pitch + 20, **frame)
    if not slabs.several and key in draft.marks:
        mark, said = draft.marks[key], f"*w*[{j}] = {slabs.total[j][1].text}"
        draft.marks[key] = words(said, mark.x, mark.y, mark.size, "lit", rides=mark.rides)
    step = "" if _stride(slabs) == 1 else f"{_stride(slabs)}·"
    for after, k in through:
        tap, name = ("copy", slabs.m, after, k, "digits"), ("name", "k", after)
        if tap in draft.marks:
            mark, said = draft.marks[tap], f"*w*1[{j} {style.MINUS} {step}{after}]" if size else f"*w*1[{k}]"
            draft.marks[tap] = words(said, mark.x, mark.y, mark.size, "lit", rides=mark.rides)
        if name in draft.marks:
            draft.change([name], role="lit")


def lay_formula(draft: Draft, slabs: Slabs) -> None:
    """The one kernel's taps by those of the two kernels, each in its hue, the indices as they are lit."""
    step = _stride(slabs)
    parts = [Part("W", "*w*["), Part("j", "*j*"), Part("equals", "] = "), Part("sum k", "∑")]
    parts += [Part("k of sum", "*k* ", small=True), Part("w2", "*w*"), Part("2", "2["), Part("k of w2", "*k*")]
    parts += [Part("close", "] "), Part("w1", "*w*"), Part("1", "1["), Part("j of w1", "*j*")]
    parts += [Part("sign", f" {style.MINUS} {step if step != 1 else ''}"), Part("k of w1", "*k*"), Part("end", "]")]
    pieces.formula(draft, parts)
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
