"""The one kernel without a stack: which taps meet in a column, then kernel 1 turned over and slid along kernel 2.

This module knows two kernels with their names and what meets; of the copies it knows where they stood.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from fractions import Fraction

from convexplain import style
from convexplain.board import edges, motion
from convexplain.board.edges import Edge
from convexplain.board.marks import PARTIAL, SMALL, TEXT, Board, Cue, Draft, Role
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench, phrases
from convexplain.stories.copies import Copies, first_role
from convexplain.stories.sheet import Band, Sheet, ruled


def meeting(copies: Copies) -> int:
    """The first column where copies meet; 0 where they never do."""
    return next((j for j, column in enumerate(copies.columns()) if len(column) > 1), 0)


def boards(copies: Copies) -> list[Board]:
    """A column by its pairs of taps, kernel 1 turned over, and slid: the first tap of the one kernel, that column, and
    the last.
    """
    met, last = meeting(copies), copies.chain.span - 1
    told = pairs(copies, turned(copies, met), met) if met else []
    for name, j in [("start", 0)] * (last > 0) + [("next", met)] * (met > 0) + [("last", last), ("convolution", last)]:
        sheet = turned(copies, j)
        worked = f"*w*[{j}] is {_worked(copies, sheet.bands[1])}"
        said = {
            "start": f"Slide kernel 1 along kernel 2. At first one pair meets: {worked}.",
            "next": f"{phrases.sentence(phrases.count(met, 'step'))} on, {worked}: the same column as in the stack.",
            "last": f"At the end one pair is left: {worked}. These are the sums of the stack.",
            "convolution": "Keras slides kernels as they are. Two combine with one turned over: a true convolution.",
        }[name]
        draft = copies.draft(said, False)
        lay_slid(draft, sheet, j)
        if name == "convolution":
            lay_formula(draft, copies, sheet)
        made, _ = sheet.bands[2].bars[j]
        with_taps = tuple(key for key in draft.marks if key[0] == "product" and told and key in told[-1].marks)
        cues = [Cue(with_taps, beat=motion.MOVE), Cue((made,), beat=motion.ENTER + 2)]
        cues.append(Cue((("edge", f"column {j}"),), beat=motion.ENTER + 1))
        told.append(draft.board(name, said, 5 if name == "convolution" else 3, cues))
    return told


def _worked(copies: Copies, kernel: Band) -> str:
    """What meets the taps of kernel 1, as a sum where that is short."""
    addends = list((kernel.products or {}).values())
    total = copies.pair.tap(sum((number.value for number in addends), Fraction(0)))
    worked = phrases.added([number.text for number in addends], total)
    return worked if len(worked) < 30 and len(addends) > 1 else total


def turned(copies: Copies, j: int) -> Sheet:
    """Kernel 2 as a signal, kernel 1 turned over where it makes tap ``j`` of the one kernel, and that kernel."""
    chain, pair, m = copies.chain, copies.pair, copies.m
    step, slide = chain.offset(0, 1) if len(copies.taps) > 1 else 1, chain.offset(1, 0) if len(copies.rows) > 1 else 1
    reach = step * (len(copies.taps) - 1)
    axis = ruled(copies.form, Axis.over(Draft(copies.form), [*range(-reach, chain.span)], 0))
    second = {k * slide: (("kernel", 2, m, k), pair.second(m, k)) for k in range(chain.layers[1].kernel_size)}
    upper = Band(("row", 3), "kernel 2 *b*", "kernel", second, names={p: f"*b*[{p // slide}]" for p in second})
    first = {j - k * step: (("turned", m, k), pair.first(m, k)) for k in reversed(copies.taps)}
    products = {}
    for place, (_, tap) in first.items():
        if place in second:
            k, value = place // slide, second[place][1].value * tap.value
            products[place] = Number(value, pair.copy(m, k, (j - place) // step).text)
    names = {place: f"*a*[{key[-1]}]" for place, (key, _) in first.items()}
    kernel = Band(("turned",), "kernel 1 *a*", first_role(pair, m), first, products, names=names)
    taps = copies.total().bars
    made = {place - chain.start(copies.step): bar for place, bar in taps.items()}
    lower = Band(("row", 4), f"{copies.total().name} *w*", "ink", made, names={p: f"*w*[{p}]" for p in made})
    return Sheet.fit(copies.form, replace(axis, widest=170.0), (upper, kernel, lower), top=24.0)


# a pair of taps for each addend

TURNING = (("turned",), ("names", "turned"), ("card", "turned"), ("baseline", "card", "turned"))
"""The keys of what turns over with kernel 1."""


def pairs(copies: Copies, sheet: Sheet, j: int) -> list[Board]:
    """Kernel 1 below kernel 2, as it is and turned over, with the pairs of taps that make column ``j``."""
    upper, kernel, _ = sheet.bands
    two = Sheet.fit(copies.form, sheet.axis, (upper, replace(kernel, products={})), most=sheet.unit, top=24.0)
    addends = [number.text for number in (kernel.products or {}).values()]
    column = phrases.added(addends, "").removesuffix(" = ")
    column = f"In the stack, {column}" if len(column) < 24 else f"Column {j} of the stack"
    middle = ((sheet.axis.x(0) + sheet.axis.x(j)) / 2, two.feet[1])
    laid = []
    for name, said in (
        ("upright", f"{column} was made crosswise: taps of kernel 2 times taps of kernel 1."),
        ("turned", "Turn kernel 1 over: now the taps that are multiplied stand below each other."),
    ):
        draft = copies.draft(said, False)
        places = {place: place if name == "turned" else j - place for place in kernel.bars}
        _lay_pairs(draft, copies, two, kernel, places)
        links = tuple(key for key in draft.marks if key[0] == "meets")
        cues = [Cue(TURNING, beat=motion.MOVE, how="turn", at=middle), Cue(links, beat=motion.MOVE, lasts=2.4)]
        if name == "upright":
            cues = [Cue(tuple(key for key in draft.marks if key[0] == "copy"), beat=motion.ENTER)]
            cues.append(Cue(links, beat=motion.ENTER + 1))
        laid.append(draft.board(name, said, 4, cues))
    return laid


def _lay_pairs(draft: Draft, copies: Copies, sheet: Sheet, kernel: Band, places: Mapping[int, int]) -> None:
    """Both kernels, kernel 1 at its ``places``, with a link for each of its products."""
    upper, products = sheet.bands[0], kernel.products or {}
    bars = {places[place]: bar for place, bar in kernel.bars.items()}
    names = {places[place]: name for place, name in (kernel.names or {}).items()}
    sheet = replace(sheet, bands=(upper, replace(sheet.bands[1], bars=bars, names=names)))
    _lay_kernels(draft, sheet, {0: products, 1: [places[place] for place in products]})
    whole = ("copy", copies.m, copies.rows[0])
    for key, _ in kernel.bars.values():
        draft.change([(*key, "bar")], copy_of=(*whole, key[-1], "bar"))
    draft.change([("card", "turned")], copy_of=("card", "copy", copies.rows[0]))
    start = sheet.feet[0] + upper.extent[1] * sheet.unit + (44.0 if bench.is_low(copies.form) else 62.0)
    ends = {place: (sheet.axis.x(places[place]), sheet.top(1)) for place in products}
    edges.lay(draft, [Edge(("meets", p), "lit", (sheet.axis.x(p), start), end) for p, end in ends.items()], gap=6)
    for n, (place, product) in enumerate(products.items()):
        factors = upper.bars[place][1].text, bench.factor(kernel.bars[place][1], spaced=True)
        side = 1 if n == 0 else -1  # outside of the links
        x, y, form = sheet.axis.x(place) - 36 * side, start + 0.25 * (sheet.top(1) - start), copies.form
        mark = words(
            f"{' '.join(factors)} = {product.text}", x, y, SMALL if bench.is_low(form) else TEXT, "lit", align=side
        )
        if len(products) == 2 and form.margin <= mark.left and mark.right <= form.width - form.margin:
            pair = upper.bars[place][0][-1], kernel.bars[place][0][-1]
            draft.put("pair", ("copy", copies.m, *pair, "digits"), mark)  # the number of the column


def _lay_kernels(draft: Draft, sheet: Sheet, lit: Mapping[int, Collection[int]]) -> None:
    """Kernel 2 as a signal and kernel 1 on its card, the names of taps that are ``lit``, by row, in yellow."""
    kernel = sheet.bands[1]
    sheet.lay_signal(draft, 0)
    draft.change([("name", "row", 3)], role="kernel")
    sheet.lay_kernel(draft, 1)
    sheet.lay_name(draft, ("card", "turned"), kernel.name, sheet.feet[1], kernel.role)
    for n in (0, 1):
        sheet.lay_names(draft, n, lit[n])


# kernel 1 slides


def lay_slid(draft: Draft, sheet: Sheet, j: int) -> None:
    """Kernel 1 under kernel 2, its products, and the taps of the one kernel up to ``j``."""
    _, kernel, made = sheet.bands
    products = kernel.products or {}
    _lay_kernels(draft, sheet, {0: products, 1: products})
    sheet.lay_name(draft, ("card", "turned", "over"), "turned over", sheet.feet[1] + 60, kernel.role)
    sheet.lay_products(draft, 1)
    sheet.lay_bands(draft, 0, products, 1)
    bars = {place: bar for place, bar in made.bars.items() if place <= j}
    reach = tuple(number.value for _, number in made.bars.values())
    names = {place: f"*w*[{place}]" for place in bars}
    sheet = replace(sheet, bands=(*sheet.bands[:2], replace(made, bars=bars, also=reach, names=names)))
    sheet.lay_names(draft, 2, [j])
    sheet.lay_signal(draft, 2, told=[j])
    sheet.lay_fan(draft, j, f"column {j}")


def lay_formula(draft: Draft, copies: Copies, sheet: Sheet) -> None:
    """The taps of the one kernel by those of the two, each kernel in its hue, the column in yellow: left of kernel 1
    at the end of its slide; in a column of a page below the picture.
    """
    form, slide = copies.form, copies.chain.offset(1, 0) if len(copies.rows) > 1 else 1
    first, minus = first_role(copies.pair, copies.m), f" {style.MINUS} {slide if slide != 1 else ''}"
    parts: list[tuple[str, str, Role]] = [("W", "*w*[", "ink"), ("j", "*j*", "lit"), ("equals", "] = ", "ink")]
    parts += [("sum", "∑", "ink"), ("k of sum", "*k* ", "ink"), ("b", "*b*[", "kernel"), ("k", "*k*", "ink")]
    parts += [("close", "] ", "kernel"), ("a", "*a*[", first), ("j of a", "*j*", "lit")]
    parts += [("minus", minus, "ink"), ("k of a", "*k*", "ink"), ("end", "]", first)]
    ems = sum(advance(runs_of(text)) for _, text, _ in parts)
    room = draft.marks["card", "turned"].left - form.margin - 40
    size = next((size for size in (PARTIAL, TEXT) if ems * size <= room and not bench.is_low(form)), SMALL)
    x, y = form.margin, sheet.line(1) + (0.0 if bench.is_low(form) else 40.0)
    if form.is_narrow or ems * size > room:
        x, y = form.width - form.margin - ems * size, form.height - 36.0
    for name, text, role in parts:
        em = TEXT if name == "k of sum" and size > TEXT else size
        mark = words(text, x, y + 18.0 * (em < size), em, role, align=-1)
        draft.put("formula", ("formula", name), mark)
        x = mark.right
