"""The one kernel by its formula: the names of what meets in its columns, and kernel 1 turned over, sliding along
kernel 2.

This module knows two kernels with their names; the words of a board a story says.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from fractions import Fraction

from convexplain import style
from convexplain.board import edges, motion
from convexplain.board.edges import Edge
from convexplain.board.marks import CONTEXT, DIGIT, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Key, Role
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench, phrases
from convexplain.stories.copies import Copies, first_role
from convexplain.stories.sheet import Band, Sheet, ruled


def meeting(copies: Copies) -> list[int]:
    """The columns where copies meet; the first one where they never do."""
    return [j for j, column in enumerate(copies.columns()) if len(column) > 1] or [0]


def boards(copies: Copies, close: float, unit: float) -> list[Board]:
    """A column by its names, and columns by kernel 1 turned over; ``close`` and ``unit`` are the heights of a 1."""
    met = meeting(copies)[:2]
    j, column = met[0], copies.columns()[met[0]]
    names = " + ".join(f"*w*2[{after}]·*w*1[{k}]" for after, k in column[:2])
    said = f"By name: *w*[{j}] = {names}{' + …' * (len(column) > 2)}. Down the column, one index grows, one falls."
    draft = copies.draft(said)
    lay_column(draft, copies, copies.sheet(True, close), j)
    told = [draft.board("named", said, 4)]
    sheets = {j: turned(copies, j, unit) for j in met}
    after, k = column[-1]
    said = f"The same two kernels by themselves: for *w*[{j}], *w*2[{after}] must meet *w*1[{k}]."
    draft = copies.draft(said, False)
    lay_upright(draft, copies, sheets[j], j)
    told.append(draft.board("upright", said, 4, [Cue((("meets",),), beat=motion.ENTER)]))
    last = copies.chain.span - 1
    for name, j in [*zip(("turned", "next"), met, strict=False), ("convolution", last)]:
        sheet = sheets[j] if j in sheets else turned(copies, j, unit)
        addends = list((sheet.bands[1].products or {}).values())
        total = sum((number.value for number in addends), Fraction(0))
        worked = phrases.added([number.text for number in addends], copies.pair.tap(total))
        worked = worked if len(worked) < 30 else copies.pair.tap(total)
        said = {
            "turned": f"Turned over, each tap is under its partner: *w*[{j}] is {worked}.",
            "next": f"One step on, *w*[{j}] is {worked}. *k* runs forward in *w*2, backward in *w*1.",
            "convolution": "Slid along kernel 2, past its ends, it makes every tap *w*[*j*]. That is a convolution.",
        }[name]
        draft = copies.draft(said, False)
        lay_turned(draft, copies, sheet, j, range(last + 1) if j == last else [i for i in met if i <= j])
        lay_formula(draft, copies, "*j*" if name == "convolution" else str(j))
        made, _ = sheet.bands[2].bars[j]
        products = tuple(key for key in draft.marks if key[0] == "product")
        cues = [Cue(keys, beat=motion.ENTER + n) for n, keys in enumerate((products, (("edge",),), (made,)))]
        if name == "turned":
            axis = sheet.axis
            middle = ((axis.x(0) + axis.x(j)) / 2, draft.marks["card", "turned"].y)
            cues.append(Cue(TURNING, beat=motion.MOVE, how="turn", at=middle))
            cues += [Cue((("band",),), beat=motion.ENTER), Cue((("formula",),), beat=motion.ENTER + 3)]
        told.append(draft.board(name, said, 4.5, cues))
    return told


def lay_column(draft: Draft, copies: Copies, sheet: Sheet, j: int) -> None:
    """The scaled copies and their sum with names in the place of numbers: those of one column are meant, and what they
    add up to stands at the right.
    """
    sheet = replace(sheet, bands=copies.sheet().bands)  # a bar is what its name says, before it is multiplied
    copies.lay(draft, sheet, copies.rows, True, True)
    gone = ("product", "value"), ("reads", "made", "copy")
    for key in [key for key in draft.marks if key[0] in gone[0] or (key[0] == "name" and key[1] in gone[1])]:
        del draft.marks[key]
    last, meant = len(sheet.bands) - 1, dict(copies.columns()[j])
    small = SMALL if bench.is_low(copies.form) else TEXT
    for n, after in enumerate(copies.rows, 1):
        for k in copies.taps:
            _rename(draft, ("copy", copies.m, after, k), f"*w*1[{k}]", meant.get(after) == k)
        draft.marks.pop(("kernel", 2, copies.m, after, "digits"), None)
        y, role = sheet.feet[n] - DIGIT * small / 2, "lit" if after in meant else "kernel"
        named = words(f"*w*2[{after}] ×", copies.axis.left - 14, y, small, role, align=1)
        draft.put("name", ("name", "k", after), named)
        if after in meant:
            number = copies.pair.copy(copies.m, after, meant[after]).text
            _lay_at_right(draft, copies, sheet, n, f"*w*2[{after}]·*w*1[{meant[after]}] = {number}")
    for column, (key, _) in enumerate(sheet.bands[last].bars.values()):
        _rename(draft, key, f"*w*[{column}]", column == j)
    if not copies.several:
        _lay_at_right(draft, copies, sheet, last, f"*w*[{j}] = {copies.pair.effective(j).text}")
    for key in [key for key in draft.marks if key[0] == "band"]:
        draft.change([key], light=0.14 if key[1] == j else 0.0)


def _rename(draft: Draft, key: Key, text: str, lit: bool) -> None:
    """A name over a bar in the place of its number; bars that are not meant fade."""
    digits = draft.marks.pop((*key, "digits"), None)
    if not lit:
        draft.change([(*key, "bar")], light=0.45)
    if digits is not None:
        named = words(text, digits.x, digits.y, digits.size, "lit" if lit else "quiet", rides=(*key, "bar"))
        draft.put("names", (*key, "name"), named)


def _lay_at_right(draft: Draft, copies: Copies, sheet: Sheet, n: int, said: str) -> None:
    """What stands in the told column of a row, worked out, where there is room."""
    size = SMALL if bench.is_low(copies.form) else TEXT
    y, card = sheet.feet[n] - DIGIT * size / 2, draft.marks["card", *sheet.bands[n].key]
    mark = words(said, copies.form.width - copies.form.margin, y, size, "lit", align=1)
    if mark.left > card.right + 14 and sheet.size:
        draft.put("name", ("name", "worked", n), mark)


def turned(copies: Copies, j: int, most: float) -> Sheet:
    """Kernel 2 as a signal, kernel 1 turned over where it makes tap ``j`` of the one kernel, and that kernel."""
    chain, pair, m = copies.chain, copies.pair, copies.m
    step, slide = chain.offset(0, 1) if len(copies.taps) > 1 else 1, chain.offset(1, 0) if len(copies.rows) > 1 else 1
    reach = step * (len(copies.taps) - 1)
    axis = ruled(copies.form, Axis.over(Draft(copies.form), [*range(-reach, chain.span)], 0))
    second = {k * slide: (("kernel", 2, m, k), pair.second(m, k)) for k in range(chain.layers[1].kernel_size)}
    upper = Band(("row", 3), "kernel 2", "kernel", second, names={p: f"*w*2[{p // slide}]" for p in second})
    first = {j - k * step: (("turned", m, k), pair.first(m, k)) for k in reversed(copies.taps)}
    products = {}
    for place, (_, tap) in first.items():
        if place in second:
            k, value = place // slide, second[place][1].value * tap.value
            products[place] = Number(value, pair.copy(m, k, (j - place) // step).text)
    names = {place: f"*w*1[{key[-1]}]" for place, (key, _) in first.items()}
    kernel = Band(("turned",), "kernel 1", first_role(pair, m), first, products, names=names)
    taps = copies.total().bars
    made = {place - chain.start(copies.step): bar for place, bar in taps.items()}
    lower = Band(("row", 4), copies.total().name, "ink", made, names={p: f"*w*[{p}]" for p in made})
    below = 0.0 if copies.form.is_narrow else 40.0 if bench.is_low(copies.form) else 104.0  # the formula stands there
    return Sheet.fit(copies.form, axis, (upper, kernel, lower), below, most, top=32.0)


TURNING = (("turned",), ("names", "turned"), ("card", "turned"), ("baseline", "card", "turned"))
"""The keys of what turns over with kernel 1."""


def lay_upright(draft: Draft, copies: Copies, sheet: Sheet, j: int) -> None:
    """Kernel 1 as it stands, under kernel 2, and which of their taps make tap ``j`` of the one kernel."""
    kernel = sheet.bands[1]
    places = {place: j - place for place in kernel.bars}
    bars = {j - place: bar for place, bar in kernel.bars.items()}
    names = {j - place: name for place, name in (kernel.names or {}).items()}
    bands = (sheet.bands[0], replace(kernel, bars=bars, names=names), sheet.bands[2])
    sheet = Sheet(sheet.form, sheet.axis, bands, sheet.unit, sheet.feet)
    sheet.lay_signal(draft, 0)
    draft.change([("name", "row", 3)], role="kernel")
    whole = ("copy", copies.m, copies.rows[0])
    sheet.lay_kernel(draft, 1, {("turned", copies.m, k): {"copy_of": (*whole, k, "bar")} for k in copies.taps})
    draft.change([("card", "turned")], copy_of=("card", "copy", copies.rows[0]))
    sheet.lay_name(draft, ("card", "turned"), kernel.name, sheet.feet[1] - 30, kernel.role)
    sheet.lay_signal(draft, 2, hollow=[*sheet.bands[2].bars])
    for n, lit in enumerate((kernel.products or {}, [places[p] for p in kernel.products or {}], [j])):
        sheet.lay_names(draft, n, lit)
    links = []
    for place in kernel.products or {}:
        below = sheet.feet[0] + sheet.bands[0].extent[1] * sheet.unit + (40.0 if bench.is_low(copies.form) else 58.0)
        start, end = (sheet.axis.x(place), below), (sheet.axis.x(places[place]), sheet.top(1))
        links.append(Edge(("meets", place), "lit", start, end))
    edges.lay(draft, links, gap=6)


def lay_turned(draft: Draft, copies: Copies, sheet: Sheet, j: int, told: Collection[int]) -> None:
    """Kernel 1 under kernel 2, its products, and the taps of the one kernel: those ``told``, outlines of the others."""
    lower = sheet.bands[2].bars
    sheet.lay_signal(draft, 0)
    draft.change([("name", "row", 3)], role="kernel")
    sheet.lay_kernel(draft, 1)
    sheet.lay_signal(draft, 2, hollow=[place for place in lower if place not in told])
    untold = [(*key, "digits") for place, (key, _) in lower.items() if place not in told]
    draft.change([key for key in untold if key in draft.marks], light=CONTEXT)
    for n in range(3):
        sheet.lay_names(draft, n, [j] if n == 2 else (sheet.bands[1].products or {}))
    sheet.lay_products(draft, 1)
    sheet.lay_bands(draft, 0, sheet.bands[1].products or (), 1)
    sheet.lay_fan(draft, j, "column")
    _lay_worked(draft, sheet, j)
    sheet.lay_name(draft, ("card", "turned"), "kernel 1", sheet.feet[1] - 30, first_role(copies.pair, copies.m))
    sheet.lay_name(
        draft, ("card", "turned", "over"), "turned over", sheet.feet[1] + 24, first_role(copies.pair, copies.m)
    )


def _lay_worked(draft: Draft, sheet: Sheet, j: int) -> None:
    """The products of a column, each with its *k*, at the right where there is room."""
    form, (upper, kernel, _) = sheet.form, sheet.bands
    said = []
    for k, place in enumerate(upper.bars):
        if product := (kernel.products or {}).get(place):
            factors = [bars[place][1] for bars in (upper.bars, kernel.bars)]
            said.append(f"*k* = {k}: {factors[0].text} {bench.factor(factors[1], spaced=True)} = {product.text}")
    lines = [words(text, form.width - form.margin, 0, TEXT, "lit", align=1) for text in said]
    taken = max([sheet.axis.x(j), *(mark.right for key, mark in draft.marks.items() if key[0] == "product")])
    free = min((line.left for line in lines), default=0.0) > taken + 40
    if free and sheet.is_worked and len(lines) < 3 and not bench.is_low(form):
        for n, line in enumerate(lines):
            draft.put("name", ("name", "worked", n), line.at(y=sheet.bottom(1) + 40 + 66.0 * n))


def lay_formula(draft: Draft, copies: Copies, j: str) -> None:
    """The taps of the one kernel by those of the two, on a line of its own over the text line: each kernel in its hue,
    the column that is meant in yellow, in a slot as wide as the widest.
    """
    form, slide = copies.form, copies.chain.offset(1, 0) if len(copies.rows) > 1 else 1
    size, low = (SMALL, 0.0) if bench.is_low(form) else (PARTIAL, 18.0)
    first, minus = first_role(copies.pair, copies.m), f" {style.MINUS} {slide if slide != 1 else ''}"
    parts: list[tuple[str, str, Role]] = [("W", "*w*[", "ink"), ("j", j, "lit"), ("equals", "] = ", "ink")]
    parts += [("sum", "∑", "ink"), ("k of sum", "*k* ", "ink"), ("w2", "*w*2[", "kernel"), ("k", "*k*", "ink")]
    parts += [("close", "] ", "kernel"), ("w1", "*w*1[", first), ("j of w1", j, "lit")]
    parts += [("minus", minus, "ink"), ("k of w1", "*k*", "ink"), ("end", "]", first)]
    slot = max(advance(runs_of(text)) for text in ("*j*", str(copies.chain.span - 1)))
    sizes = {name: TEXT if low and name == "k of sum" else size for name, _, _ in parts}
    reach = {name: sizes[name] * (slot if role == "lit" else advance(runs_of(text))) for name, text, role in parts}
    y = form.height - 36.0 if form.is_narrow else bench.bottom_of(form, 22.0 if bench.is_low(form) else 60.0)
    x = form.width - form.margin - sum(reach.values())
    for name, text, role in parts:
        mark = words(text, x, y + low * (name == "k of sum"), sizes[name], role, align=-1)
        draft.put("formula", ("formula", name), mark.at(x=x + reach[name] / 2))
        x += reach[name]
