"""The one kernel by its formula: the names of what meets in its columns, and kernel 1 turned over, sliding along
kernel 2.

This module knows two kernels with their names; the words of a board a story says.
"""

from __future__ import annotations

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


def meeting(copies: Copies) -> list[int]:
    """The columns where copies meet; the first one where they never do."""
    return [j for j, column in enumerate(copies.columns()) if len(column) > 1] or [0]


def boards(copies: Copies, unit: float) -> list[Board]:
    """The columns by kernel 1 turned over; ``unit`` is the height of a 1."""
    met = meeting(copies)[:2]
    j, column = met[0], copies.columns()[met[0]]
    sheets = {j: turned(copies, j, 1.8 * unit) for j in met}
    names = " + ".join(f"*b*[{after}]·*a*[{k}]" for after, k in column[:2])
    said = f"Call the taps *a* and *b*. Crosswise they make *w*[{j}] = {names}{' + …' * (len(column) > 2)}."
    draft = copies.draft(said, False)
    lay_upright(draft, copies, sheets[j], j)
    told = [draft.board("upright", said, 4, [Cue((("meets",),), beat=motion.ENTER + 1)])]
    last = copies.chain.span - 1
    for name, j in [*zip(("turned", "next"), met, strict=False), ("convolution", last)]:
        sheet = sheets[j] if j in sheets else turned(copies, j, 1.8 * unit)
        addends = list((sheet.bands[1].products or {}).values())
        total = sum((number.value for number in addends), Fraction(0))
        worked = phrases.added([number.text for number in addends], copies.pair.tap(total))
        worked = worked if len(worked) < 30 and len(addends) > 1 else copies.pair.tap(total)
        said = {
            "turned": f"Turned over, each tap is under its partner: *w*[{j}] is {worked}.",
            "next": f"One step on, *w*[{j}] is {worked}. *k* runs forward in *b*, backward in *a*.",
            "convolution": f"Slid on, it makes every tap *w*[*j*]; here the last, {worked}. That is a convolution.",
        }[name]
        draft = copies.draft(said, False)
        lay_turned(draft, sheet, j)
        lay_formula(draft, copies, "*j*" if name == "convolution" else str(j))
        made, _ = sheet.bands[2].bars[j]
        with_taps = tuple(key for key in draft.marks if key[0] == "product" and key in told[-1].marks)
        cues = [
            Cue(with_taps, beat=motion.MOVE),
            Cue((("edge", f"column {j}"),), beat=motion.ENTER + 1),
            Cue((made,), beat=motion.ENTER + 2),
        ]
        if name == "turned":
            axis = sheet.axis
            middle = ((axis.x(0) + axis.x(j)) / 2, draft.marks["card", "turned"].y)
            cues.append(Cue(TURNING, beat=motion.MOVE, how="turn", at=middle))
            cues += [Cue((("band",),), beat=motion.ENTER), Cue((("formula",),), beat=motion.ENTER + 3)]
        told.append(draft.board(name, said, 4.5, cues))
    return told


def turned(copies: Copies, j: int, most: float) -> Sheet:
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
    _lay_worked(draft, sheet, j, named=True)
    sheet = Sheet(sheet.form, sheet.axis, bands, sheet.unit, sheet.feet)
    sheet.lay_signal(draft, 0)
    draft.change([("name", "row", 3)], role="kernel")
    whole = ("copy", copies.m, copies.rows[0])
    sheet.lay_kernel(draft, 1, {("turned", copies.m, k): {"copy_of": (*whole, k, "bar")} for k in copies.taps})
    draft.change([("card", "turned")], copy_of=("card", "copy", copies.rows[0]))
    sheet.lay_name(draft, ("card", "turned"), kernel.name, sheet.feet[1] - 30, kernel.role)
    sheet.lay_signal(draft, 2)
    for n, lit in enumerate((kernel.products or {}, [places[p] for p in kernel.products or {}], [j])):
        sheet.lay_names(draft, n, lit)
    links = []
    for place in kernel.products or {}:
        below = sheet.feet[0] + sheet.bands[0].extent[1] * sheet.unit + (40.0 if bench.is_low(copies.form) else 58.0)
        start, end = (sheet.axis.x(place), below), (sheet.axis.x(places[place]), sheet.top(1))
        links.append(Edge(("meets", place), "lit", start, end))
    edges.lay(draft, links, gap=6)


def lay_turned(draft: Draft, sheet: Sheet, j: int) -> None:
    """Kernel 1 under kernel 2, its products, and the taps of the one kernel."""
    sheet.lay_signal(draft, 0)
    draft.change([("name", "row", 3)], role="kernel")
    sheet.lay_kernel(draft, 1)
    sheet.lay_signal(draft, 2)
    for n in range(3):
        sheet.lay_names(draft, n, [j] if n == 2 else (sheet.bands[1].products or {}))
    sheet.lay_products(draft, 1)
    sheet.lay_bands(draft, 0, sheet.bands[1].products or (), 1)
    sheet.lay_fan(draft, j, f"column {j}")
    _lay_worked(draft, sheet, j)
    kernel = sheet.bands[1]
    sheet.lay_name(draft, ("card", "turned"), kernel.name, sheet.feet[1] - 30, kernel.role)
    sheet.lay_name(draft, ("card", "turned", "over"), "turned over", sheet.feet[1] + 24, kernel.role)


def _lay_worked(draft: Draft, sheet: Sheet, j: int, named: bool = False) -> None:
    """The products of a column, each with its *k* or by the names of its taps, at the right where there is room."""
    form, (upper, kernel, _) = sheet.form, sheet.bands
    said = []
    for k, place in enumerate(upper.bars):
        if product := (kernel.products or {}).get(place):
            factors = [bars[place][1] for bars in (upper.bars, kernel.bars)]
            by_name = "·".join((band.names or {})[place] for band in (upper, kernel))
            by_number = f"*k* = {k}: {factors[0].text} {bench.factor(factors[1], spaced=True)}"
            said.append(f"{by_name if named else by_number} = {product.text}")
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
    parts += [("sum", "∑", "ink"), ("k of sum", "*k* ", "ink"), ("b", "*b*[", "kernel"), ("k", "*k*", "ink")]
    parts += [("close", "] ", "kernel"), ("a", "*a*[", first), ("j of a", j, "lit")]
    parts += [("minus", minus, "ink"), ("k of a", "*k*", "ink"), ("end", "]", first)]
    slot = max(advance(runs_of(text)) for text in ("*j*", str(copies.chain.span - 1)))
    sizes = {name: TEXT if low and name == "k of sum" else size for name, _, _ in parts}
    reach = {name: sizes[name] * (slot if role == "lit" else advance(runs_of(text))) for name, text, role in parts}
    y = form.height - 36.0 if form.is_narrow else bench.bottom_of(form, 22.0 if bench.is_low(form) else 60.0)
    x = form.width - form.margin - sum(reach.values())
    for name, text, role in parts:
        mark = words(text, x, y + low * (name == "k of sum"), sizes[name], role, align=-1)
        draft.put("formula", ("formula", name), mark.at(x=x + reach[name] / 2))
        x += reach[name]
