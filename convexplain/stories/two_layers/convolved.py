"""The one kernel as the sums of the stack, and without a stack: kernel 1 turned over and slid along kernel 2.

This module knows two kernels with their names and what meets; of the copies it knows where they stood.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import CONTEXT, Board, Cue, Draft, Key
from convexplain.board.pieces import Axis, Number, Part
from convexplain.stories import bench, phrases
from convexplain.stories.two_layers.copies import Copies, first_role
from convexplain.stories.two_layers.sheet import Band, Sheet, ruled

TURNING = (("turned",), ("names", "turned"), ("card", "turned"), ("baseline", "card", "turned"))
"""The keys of what turns over with kernel 1."""


def meeting(copies: Copies) -> int:
    """The first column where copies meet under a sample that is not 0; 0 where they never do."""
    met = [j for j, column in enumerate(copies.columns()) if len(column) > 1]
    first = copies.chain.start(copies.step)
    return next((j for j in met if copies.chain.sample(first + j)), met[0] if met else 0)


def stack(copies: Copies) -> list[Board]:
    """A column of the stack, whose taps read the same sample, and the sums of all columns."""
    pair, j, total = copies.pair, meeting(copies), copies.total()
    column, sums = copies.columns()[j], [key for key, _ in total.bars.values()]
    place = copies.chain.start(copies.step) + j
    same, number = f"*x*[{place}]".replace("-", style.MINUS), pair.output(copies.chain.sample(place))
    meet = f"The taps of a column read the same sample, as {same}: so they add up."
    said = f"Each column gives a tap of one kernel{' for all of these' * copies.several}: the sum."
    if 1 < len(column) < 4 and not copies.left_out and not copies.several:
        taps, made = [pair.copy(copies.m, *at) for at in column], pair.output(number.value * pair.effective(j).value)
        worked = phrases.added([pair.output(tap.value * number.value).text for tap in taps], made.text)
        count = phrases.sentence(phrases.count(len(column), "tap"))
        meet = f"{count} read the same {same} = {number.text}, and give together {worked}."
        one = phrases.added([tap.text for tap in taps], pair.effective(j).text)
        factors = f"{number.text} {bench.factor(pair.effective(j), spaced=True)}"
        said = f"One tap, {one}, does both: {factors} = {made.text}. Each column gives a tap of one kernel."
    lit = [key for at in column for key in (("copy", copies.m, *at, "digits"), ("product", "copy", copies.m, *at))]
    lit += [(*pair.sample_key(place), "digits"), (*sums[j], "digits"), ("product", *sums[j])]
    card, made_of = ("card", *total.key), (("product", *sums[0][:-1]), ("name", "made"), ("value", *total.key))
    cues = [Cue((card, ("baseline", *card)), beat=motion.MOVE, lasts=0.5), Cue((("name", *card),), beat=motion.ENTER)]
    cues += [Cue(((*key, "bar"),), beat=motion.ENTER + (at != j), lasts=0.7) for at, key in enumerate(sums)]
    cues.append(Cue(made_of, beat=motion.ENTER + 1, after=0.7))
    told = []
    for name, text, hold in [("meet", meet, 3.0)] * (len(column) > 1) + [("stack", said, 4.0)]:
        draft = copies.draft(text)
        copies.lay(draft, copies.sheet(True, True), True, True, name == "stack")
        rest = [key for key in draft.marks if name == "meet" and key[0] in ("product", "value")]
        draft.change(rest, role="quiet")
        draft.change([key for key in lit if key in draft.marks], role="lit")
        draft.change([("band", j)], light=0.14)
        told.append(draft.board(name, text, hold, cues if name == "stack" else ()))
    return told


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
            "start": f"Turn kernel 1 over: now pairs stand in columns. First, {worked}.",
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
    upper = Band(("row", 3), "kernel 2 *b*", "kernel", second, names=names)
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
    said = f"In the stack, {' + '.join(pairs)} = {pair.effective(j).text}: first tap with last, last with first."
    if len(copies.taps) != 2 or len(column) != 2 or len(said) > 80 or copies.several:
        said = f"Column {j} of the stack pairs taps crosswise: the later of kernel 2, the earlier of kernel 1."
    draft, sheet = copies.draft(said, False), slid(copies, 0, False)
    _lay_kernels(draft, copies, sheet, -1)
    lit = [key for k, at in column for key in (("kernel", 2, m, k), ("turned", m, at))]
    lit.append(sheet.bands[2].bars[copies.chain.start(copies.step) + j][0])
    draft.change([key for own in lit if (key := (*own, "digits")) in draft.marks], role="lit")
    whole = copies.rows[0]
    for k in copies.taps:
        for part in ("bar", "digits"):
            if ("turned", m, k, part) in draft.marks:
                draft.change([("turned", m, k, part)], copy_of=("copy", m, whole, k, part))
    draft.change([("card", "turned")], copy_of=("card", "copy", whole))
    cues = [Cue((("turned",), ("card", "turned"), ("baseline", "card", "turned")), beat=motion.MOVE)]
    *others, lowest = (key for key, _ in sheet.bands[0].bars.values())
    cues += [Cue((*others,), beat=motion.ENTER), Cue((lowest,), beat=motion.ENTER, how="arc")]  # over kernel 1
    cues.append(Cue((("card", "row", 3), ("baseline", "card", "row", 3)), beat=motion.ENTER, after=0.5))
    cues.append(Cue((("names",), ("name", "card", "row", 3), ("name", "card", "turned")), beat=motion.ENTER + 1))
    return draft.board("kernels", said, 4, cues)


def _lay_kernels(draft: Draft, copies: Copies, sheet: Sheet, j: int) -> None:
    """Both kernels and the one kernel, its taps after ``j`` dim; what makes tap ``j`` is named in yellow."""
    upper, kernel, made = sheet.bands
    first, pairs = copies.chain.start(copies.step), kernel.products or {}
    for n, (band, lit) in enumerate(zip(sheet.bands, (pairs, pairs, [first + j]), strict=True)):
        sheet.lay_name(draft, ("card", *band.key), band.name, sheet.feet[n], band.role)
        if n == 1:
            sheet.lay_kernel(draft, n)
        else:
            sheet.lay_card(draft, n)
            sheet.lay_signal(draft, n, told=[first + j] * (n == 2))
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


# kernels below each other


def two(copies: Copies, after: int) -> list[Band]:
    """The kernels of the layers, where the first tap of the one kernel stands."""
    chain, first, kernel, second = copies.chain, copies.chain.start(copies.step), copies.bare(after), copies.second()
    lower = {first + p - min(kernel.bars): bar for p, bar in kernel.bars.items()}
    upper = {first + chain.offset(k, 0): bar for k, bar in enumerate(second.bars.values())}
    return [replace(kernel, bars=lower), replace(second, bars=upper)]


def lay_parts(draft: Draft, copies: Copies, seen: Sequence[int], total: bool) -> None:
    """The kernels through the middle channels that are ``seen``, and their ``total``, an empty place without."""
    columns = range(copies.chain.span)
    above = {("effective", j): {"made_of": tuple(("part", m, j, "bar") for m in seen)} for j in columns}
    lay_below(draft, copies, [copies.one(m, f"channel {m}") for m in seen], total, above)


def lay_below(
    draft: Draft,
    copies: Copies,
    kernels: Sequence[Band],
    total: bool,
    origin: Mapping[Key, Mapping[str, object]] | None = None,
) -> None:
    """Kernels below each other, and the one kernel under them, an empty place without ``total``."""
    bands = [replace(band, products={}) for band in (*kernels, copies.one())]
    most = 0.85 * Sheet.fit(copies.form, copies.axis, bands).unit  # cards stand apart
    sheet = Sheet.fit(copies.form, copies.axis, bands, most=most)
    for n, band in enumerate(bands):
        sheet.lay_name(draft, ("card", *band.key), band.name, sheet.feet[n], band.role)
        if n < len(kernels) or total:
            sheet.lay_kernel(draft, n, origin)
        else:
            sheet.lay_card(draft, n, empty=True)


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
