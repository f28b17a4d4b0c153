"""The one kernel without a stack: kernel 1 turned over and slid along kernel 2.

This module knows two kernels with their names and what meets; of the copies it knows where they stood.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import CONTEXT, Board, Cue, Draft
from convexplain.board.pieces import Axis, Number, Part
from convexplain.board.text import words
from convexplain.stories import bench, phrases
from convexplain.stories.copies import Copies, first_role
from convexplain.stories.sheet import Band, Sheet, ruled

TURNING = (("turned",), ("names", "turned"), ("card", "turned"), ("baseline", "card", "turned"))
"""The keys of what turns over with kernel 1."""


def meeting(copies: Copies) -> int:
    """The first column where copies meet under a sample that is not 0; 0 where they never do."""
    met = [j for j, column in enumerate(copies.columns()) if len(column) > 1]
    first = copies.chain.start(copies.step)
    return next((j for j in met if copies.chain.sample(first + j)), met[0] if met else 0)


def boards(copies: Copies) -> list[Board]:
    """The kernels as they stood in the stack, kernel 1 turned over, and slid: the first tap of the one kernel, a
    column of the stack, and the last.
    """
    met, last = meeting(copies), copies.chain.span - 1
    told = [kernels(copies, met)] if met else []
    for name, j in [("start", 0)] * (last > 0) + [("next", met)] * (met > 0) + [("last", last)]:
        sheet = slid(copies, j)
        worked = f"*w*[{j}] = {_worked(copies, sheet.bands[1])}"
        count = phrases.count(len(sheet.bands[1].products or {}), "pair")
        said = {
            "start": f"Turn kernel 1 over. At first one pair meets: {worked}.",
            "next": f"Slide it {phrases.count(met, 'step')}, and {count} meet: {worked}.",
            "last": f"At the end {count}: {worked}. This is a convolution.",
        }[name]
        draft = copies.draft(said, False)
        _lay_kernels(draft, copies, sheet, j)
        pairs = sheet.bands[1].products or {}
        sheet.lay_products(draft, 1)
        sheet.lay_bands(draft, 0, pairs, 1)
        sheet.lay_fan(draft, copies.chain.start(copies.step) + j, f"column {j}")
        lay_formula(draft, copies, name)
        made = sheet.bands[2].bars[copies.chain.start(copies.step) + j][0]
        held = tuple(key for key in draft.marks if key[0] == "product" and key in told[-1].marks) if told else ()
        cues = [Cue((made,), beat=motion.ENTER + 2), Cue((("edge", f"column {j}"),), beat=motion.ENTER + 1)]
        cues.append(Cue(held, beat=motion.MOVE))
        if name == "start":
            x = sheet.axis.x(copies.chain.start(copies.step))
            cues.append(Cue(TURNING, beat=motion.MOVE, how="turn", at=(x, sheet.feet[1])))
        told.append(draft.board(name, said, 3, cues))
    return told


def _worked(copies: Copies, kernel: Band) -> str:
    """What meets the taps of kernel 1, as a sum where that is short."""
    addends = list((kernel.products or {}).values())
    total = copies.pair.tap(sum((number.value for number in addends), Fraction(0)))
    worked = phrases.added([number.text for number in addends], total)
    return worked if len(worked) < 30 and len(addends) > 1 else total


def slid(copies: Copies, j: int, turned: bool = True) -> Sheet:
    """Kernel 2 as a signal, kernel 1 where it makes tap ``j`` of the one kernel when it is ``turned`` over, and that
    kernel: in the columns of the stack where there is room.
    """
    chain, pair, m, first = copies.chain, copies.pair, copies.m, copies.chain.start(copies.step)
    step, slide = chain.offset(0, 1) if len(copies.taps) > 1 else 1, chain.offset(1, 0) if len(copies.rows) > 1 else 1
    needed, axis = range(first - step * (len(copies.taps) - 1), first + chain.span), copies.axis
    if not all(map(axis.has, needed)):
        axis = ruled(copies.form, Axis.over(Draft(copies.form), needed, 0))
    second = {first + k * slide: (("kernel", 2, m, k), pair.second(m, k)) for k in range(chain.layers[1].kernel_size)}
    names = {p: f"*b*[{key[-1]}]" for p, (key, _) in second.items()}
    upper = Band(("kernel", 2), "kernel 2 *b*", "kernel", second, names=names)
    bars = {first + j + (-k if turned else k) * step: (("turned", m, k), pair.first(m, k)) for k in copies.taps}
    bars = dict(sorted(bars.items()))
    products = {}
    for place, (key, tap) in bars.items():
        if place in second:
            k, value = second[place][0][-1], second[place][1].value * tap.value
            products[place] = Number(value, pair.copy(m, k, key[-1]).text)
    names = {place: f"*a*[{key[-1]}]" for place, (key, _) in bars.items()}
    kernel = Band(("turned",), "kernel 1 *a*", first_role(pair, m), bars, products, names=names)
    total = copies.total()
    names = {p: f"*w*[{p - first}]" for p in total.bars}
    lower = replace(total, name=f"{total.name} *w*", role="ink", products=None, names=names)
    return Sheet.fit(copies.form, axis, (upper, kernel, lower), top=24.0)


def kernels(copies: Copies, j: int) -> Board:
    """Both kernels as they are, and the one kernel; in yellow what made its tap ``j``."""
    m, column, pair = copies.m, copies.columns()[j], copies.pair
    pairs = [f"{pair.second(m, k).text} {bench.factor(pair.first(m, at), spaced=True)}" for k, at in column]
    said = f"In the stack, {phrases.added([' + '.join(pairs)], pair.effective(j).text)}: first tap with last, last with first."
    if len(copies.taps) != 2 or len(column) != 2 or len(said) > 80 or copies.several:
        said = f"Column {j} of the stack pairs taps crosswise: the later that of kernel 2, the earlier that of kernel 1."
    draft, sheet = copies.draft(said, False), slid(copies, 0, False)
    _lay_kernels(draft, copies, sheet, -1)
    lit = [(*kernel, *at) for k, at in column for kernel, at in ((("kernel", 2, m), (k,)), (("turned", m), (at,)))]
    lit = [(*key, "digits") for key in (*lit, sheet.bands[2].bars[copies.chain.start(copies.step) + j][0])]
    draft.change([key for key in lit if key in draft.marks], role="lit")
    whole = copies.rows[0]
    for k in copies.taps:
        for part in ("bar", "digits"):
            if ("turned", m, k, part) in draft.marks:
                draft.change([("turned", m, k, part)], copy_of=("copy", m, whole, k, part))
    draft.change([("card", "turned")], copy_of=("card", "copy", whole))
    cues = [Cue((("kernel", 2), ("card", "kernel", 2), ("baseline", "card", "kernel", 2)), beat=motion.ENTER)]
    cues.append(Cue((("names",), ("name", "card", "kernel", 2)), beat=motion.ENTER + 1))
    return draft.board("kernels", said, 4, cues)


def _lay_kernels(draft: Draft, copies: Copies, sheet: Sheet, j: int) -> None:
    """Both kernels and the one kernel, its taps after ``j`` dim; what makes tap ``j`` is named in yellow."""
    upper, kernel, made = sheet.bands
    first, pairs = copies.chain.start(copies.step), kernel.products or {}
    sheet.lay_signal(draft, 0, card=True)
    sheet.lay_kernel(draft, 1)
    sheet.lay_name(draft, ("card", "turned"), kernel.name, sheet.feet[1], kernel.role)
    sheet.lay_signal(draft, 2, told=[first + j], card=True)
    for n, lit in enumerate((pairs, pairs, [first + j])):
        sheet.lay_names(draft, n, lit if j >= 0 else [])
    if j < 0:
        return
    rest = [(*key, "bar") for place, (key, _) in made.bars.items() if place > first + j]
    draft.change(rest, light=CONTEXT)
    draft.change([key for bar in rest if (key := (*bar[:-1], "digits")) in draft.marks], role="quiet")
    seen = [str(upper.bars[place][0][-1]) for place in upper.bars if place in pairs]
    told = ", ".join(seen) if len(seen) < 4 else f"{seen[0]} … {seen[-1]}"
    for n, said, role in ((0, f"*k* = {told}", "lit"), (1, "turned over", kernel.role), (2, f"*j* = {j}", "lit")):
        sheet.lay_name(draft, ("card", "under", n), said, sheet.feet[n] + 60, role)


def lay_formula(draft: Draft, copies: Copies, name: str) -> None:
    """The taps of the one kernel by those of the two, each kernel in its hue: a pair, then the sum of all."""
    chain = copies.chain
    slide = chain.offset(1, 0) if len(copies.rows) > 1 else 1
    if len(copies.taps) > 1 and chain.offset(0, 1) > 1:
        return
    parts = [Part("w", "*w*["), Part("j", "*j*"), Part("equals", "] = "), Part("sum", "∑"), Part("k of sum", "*k* ", 1)]
    parts += [Part("b", "*b*["), Part("k", "*k*"), Part("close", "] "), Part("a", "*a*["), Part("j of a", "*j*")]
    parts += [Part("minus", f" {style.MINUS} {slide if slide != 1 else ''}"), Part("k of a", "*k*"), Part("end", "]")]
    sums = ("sum", "k of sum") if name == "start" else ()
    pieces.formula(draft, parts, ("j", "j of a", "k", "k of a"), [part.name for part in parts if part.name not in sums])
    draft.change([("formula", part) for part in ("b", "close")], role="kernel")
    draft.change([("formula", part) for part in ("a", "end")], role=first_role(copies.pair, copies.m))
