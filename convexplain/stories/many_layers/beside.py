"""What stands beside a field and around it: the names of rows and layers, the taps that rows are multiplied with, the
brackets of rows, the bands of columns, what each row gives, and what these products add up to, below them.

Where numbers are written they are words, else tiles. This module knows a field and pieces; which of it stands on which
board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction

from convexplain.board import pieces
from convexplain.board.marks import CARD, PARTIAL, SMALL, TEXT, Draft, Key, Mark, Role, line, plate
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.many_layers.field import LIE, Field, Row, fits
from convexplain.stories.many_layers.walked import addend, bracketed, wide
from convexplain.stories.many_layers.ways import Joined, Way

GAP = 14.0
"""Between a sign and its number."""


def names(field: Field, draft: Draft) -> None:
    """The channels that kernels make, before their rows, where they are several."""
    for channel in field.channels if len(field.channels) > 1 else ():
        y, text = sum(ys := [field.y(row) for row in field.of(channel)]) / len(ys), f"channel {channel}"
        room = field.beside - field.tap / 2 - 6 - GAP - field.form.margin
        size = benches.fitting(room, [text], [field.form.small, SMALL, 0.0])
        if size and field.row * len(ys) > 28:
            role = field.role(channel)
            field.name(draft, ("channel", channel), text, field.form.margin, y, size=size, role=role)


def layers(field: Field, draft: Draft, taps: Collection[Row], nested: bool) -> None:
    """The layers' names over what they are, the one that is told lit: the box of the first, until ``nested`` brackets
    come, the card for the ``taps`` of the next, and both over rows where no taps are left.
    """
    low, half, y = field.base + 1, field.tap / 2 + 6, field.top - field.over
    small, upper, top, bottom = field.form.small, low + 1, field.top - 2, field.y(field.rows[-1]) + field.row / 2 + 2
    middle, room = (field.axis.left + field.axis.right) / 2, field.axis.right - field.axis.left
    if nested and not taps:
        said = f"{field.formula.above} times layer {low}: {' · '.join([*field.upper, f'*w*{low}'])}"
        if fits(room, [said], small):
            draft.put("layers", ("layer", "both", "name"), words(said, middle, y, small, "lit"))
        return
    role = "quiet" if taps else "lit"
    draft.put("layers", ("layer", low, "name"), words(f"layer {low}, *w*{low}", middle, y, small, role))
    if not nested:
        face = plate("sample", field.axis.left, top, field.axis.right, bottom, light=0.5 * CARD, z=-4)
        draft.put("layers", ("layer", low, "card"), face)
    texts = [f"{field.formula.above}, *w*{field.level}", f"*w*{field.level}"] * (field.level == upper)
    own = benches.longest(2 * (field.left - field.beside) * SMALL / small, [*texts, field.formula.above])
    role = "lit" if taps and not nested else "quiet"
    draft.put("layers", ("layer", upper, "name"), words(own, field.beside, y, small, role))
    face = plate("sample", field.beside - half, top, field.beside + half, bottom, light=CARD / (2 - bool(taps)), z=-3)
    draft.put("layers", ("layer", upper, "card"), face)
    _taps(field, draft, taps, nested)


def _taps(field: Field, draft: Draft, taps: Collection[Row], nested: bool) -> None:
    """The taps of the next layer on their card, and a sign before the brackets that they are multiplied with."""
    largest = max(abs(row.weight.value) for row in field.rows)
    texts = [row.weight.text for row in field.rows]
    size = benches.fitting(field.tap - 8, texts, [min(field.sized(texts), own) for own in (PARTIAL, 60.0, TEXT, SMALL)])
    for row in taps:
        number, box, key = row.weight, (field.beside, field.y(row), field.tap, field.thick), ("tap", *row.at)
        into = (*row.pieces[0].key, "bar") if field.is_written and row.pieces else (*row.key, "card")
        field.tile(draft, key, number, field.role(row.channel), box, largest, True, number.text, size, goes_into=into)
        if field.is_written:
            draft.change([(*key, "digits")], goes_into=(*row.pieces[0].key, "digits") if row.pieces else into)
        if field.is_written and nested:
            at = (field.beside + field.tap / 2 + field.left) / 2 - 9  # amid what is between card and bracket
            draft.put("beside", (*key, "times"), words("×", at, field.y(row), field.size, "quiet"))


def brackets(field: Field, draft: Draft, rows: Collection[Row]) -> None:
    """Brackets around rows, as the formula has them."""
    for row in rows:
        (left, right), half = field.span(row), field.row / 2
        y, bend = field.y(row), min(14.0, 0.3 * field.row)
        for side, x, out in (("before", left - 10, -1.0), ("after", right + 10, 1.0)):
            points = (x, y - half, x + out * bend, y - 0.4 * half, x + out * bend, y + 0.4 * half, x, y + half)
            mark = line("lit", *points, size=5.0 if half > 25 else 3.0, curve=True, z=1)
            draft.put("bracket", ("bracket", *row.at, side), mark)


def header(field: Field, draft: Draft, is_lit: bool) -> None:
    """Over columns the index of their tap."""
    small, single, y = field.form.small, field.cone.shapes[field.base][1] == 1, field.top - field.over
    cells = {own.cell: (field.x(own.cell), field.index(own.cell)) for own in field.cone.shown}
    steps = {cell[:1]: (field.axis.x(cell.step), text.partition(",")[0]) for cell, (_, text) in cells.items()}
    for room, every in ((field.slot, cells), (field.axis.pitch, steps))[: 2 - single]:  # of a step once
        if fits(room - 0.4 * small, [text for _, text in every.values()], small):
            break
    else:
        return
    role = "lit" if is_lit else "quiet"
    own = "*j* =" if single or every is steps else "*j*, *c* ="
    field.name(draft, ("met",), own, field.form.margin, y, size=small, role=role)
    for key, (x, text) in every.items():
        field.name(draft, ("met", *key), text, x, y, 0, size=small, role=role)


def bands(field: Field, draft: Draft, cells: Collection[Cell], bottom: float) -> None:
    """From samples down to what stands in their columns."""
    for cell in cells:
        x, half = field.x(cell), field.slot / 2
        face = plate("kernel", x - half, benches.TOP - 16, x + half, bottom, light=0.07, z=-5, radius=10.0)
        draft.put("band", ("band", *cell), face)


def given(field: Field, draft: Draft) -> None:
    """What each row gives, after its name and how it is worked out, where these have room."""
    largest, named = max(abs(row.inner.value) for row in field.rows), dict[Key, Mark]()
    for row in field.rows:
        made, into = tuple((*piece.key, "bar") for piece in row.pieces), ("product", *row.at, "bar")
        mark = words(row.inner.text, field.end, field.y(row), field.size, align=1, made_of=made, goes_into=into)
        _number(field, draft, row.key, row.inner, field.role(row.channel), mark, largest)
        _work(field, draft, row, mark)
        if work := draft.marks.get((*row.key, "work")):
            said = f"*y*{field.base + 1}[{field.cone.index(field.base + 1, row.step, row.channel)}] ="
            named[*row.key, "called"] = words(said, work.left - GAP, mark.y, field.form.small, "quiet", 1)
    if named and min(mark.left for mark in named.values()) > field.right + GAP:
        draft.marks |= named
    else:
        _head(field, draft, f"*y*{field.base + 1}", 0.6)


def _head(field: Field, draft: Draft, said: str, share: float) -> None:
    """The name of what stands at the right, over it, as far as a share of the room there is enough."""
    if fits(share * (field.end - field.right), [said], field.form.small):
        field.name(draft, ("head",), said, field.end, field.top - field.over, 1, size=field.form.small, role="quiet")


def _work(field: Field, draft: Draft, row: Row, mark: Mark, nested: Collection[Row] = (), done: bool = False) -> None:
    """How a number at the right is worked out, as a ``nested`` bracket or ``done``, where all such have room."""
    room = field.end - field.right - 2 * GAP - max(words("−88", 0, 0, field.size).width, mark.width)
    sizes = (field.size, field.form.small, SMALL, 0.0)
    works = [lambda own: field.worked(own, done)]
    if row in nested:
        works = [lambda own: f"{own.weight.text}·({field.worked(own, False)})", Row.times]
    for work in works if field.is_written else ():
        if size := benches.fitting(room, [f"{work(own)} =" for own in field.rows], sizes):
            text = words(f"{work(row)} =", mark.left - GAP, mark.y, size, mark.role, 1)
            draft.put("beside", (*row.key, "work"), text)
            return


def _number(field: Field, draft: Draft, key: Key, number: Number, role: Role, mark: Mark, largest: Fraction) -> Mark:
    """A number at the right as these words, or else as a tile, which ends there as well."""
    if field.is_written:
        return draft.put("beside", (*key, "digits"), mark.at(about=number.about))
    width, high = 0.2 * (field.end - field.right), min(LIE, 0.9 * field.row)
    box, into = (field.end - width / 2, mark.y, width, high), mark.goes_into
    return field.tile(draft, key, number, role, box, largest, made_of=mark.made_of, goes_into=into)


def products(field: Field, draft: Draft, nested: Collection[Row] = ()) -> None:
    """What each row is worth, worked out from a ``nested`` bracket or its products, and the rule over their sum."""
    every: list[tuple[Key, Number, Role]] = [(("product", *r.at), r.product, field.role(r.channel)) for r in field.rows]
    every, kind = every + field.rest, "digits" if field.is_written else "bar"
    largest = max(abs(number.value) for _, number, _ in every)
    for place, (key, number, role) in enumerate(every):
        row = field.rows[place] if place < len(field.rows) else None
        at, made = (field.end, field.places[place], field.size), ((*row.key, kind),) if row else ()
        text = words(addend(number), *at, align=1, made_of=made)
        mark = _number(field, draft, key, number, role, text, largest)
        if row is None:
            more = f"{field.count - len(field.rows):,} more" if key == ("rest",) else "bias"
            pieces.note(draft, ("row", *key), more, mark.left - GAP, mark.y, 1, "ink")
        else:
            _work(field, draft, row, mark, nested, True)
    if not field.is_written:
        _head(field, draft, f"{' · '.join(field.upper)} · *y*{field.base + 1}", 0.4)
    y = field.last + field.apart / 2
    draft.put("beside", ("products", "rule"), line("quiet", field.right + 30, y, field.end, y, size=3))


def taken(field: Field, draft: Draft, own: Joined, column: Sequence[tuple[Row, Way]]) -> None:
    """The products that have one sample, each at the height of its tile, and how it is taken out of their sum, where
    that has room.
    """
    texts, sample = [f"{addend(piece.weight)}·{bracketed(own.sample)}" for _, piece in column], bracketed(own.sample)
    gap, space = (GAP, "") if field.form.is_narrow else (1.7 * GAP, " ")
    taps = f"({phrases.added([piece.weight.text for _, piece in column], '')[:-3]})".replace(" ", space)
    term, both = max(texts, key=wide), field.end - field.right - 4 * gap
    size = benches.fitting(both, [f"{term}= {taps}·{sample}"], (field.size, field.form.small, SMALL, 0.0))
    if not size:
        return
    x, ys = field.right + gap + wide(term, size), [field.y(row) for row, _ in column]
    for (row, piece), text, y in zip(column, texts, ys, strict=True):
        made = (*piece.key, "bar"), (*field.cone.key(field.base, own.cell), "bar")
        draft.put("beside", ("taken", *row.at), words(text, x, y, size, align=1, made_of=made))
    x, y = x + gap, (ys[0] + ys[-1]) / 2
    points = (x, ys[0] - size / 2, x + gap / 2, ys[0], x + gap / 2, ys[-1], x, ys[-1] + size / 2)
    draft.put("beside", ("taken", "bracket"), line("quiet", *points, size=3, curve=True))
    for place, tap in enumerate((taps, own.weight.text)):  # the tap in the hue of its tile
        at, line_of = x + 1.5 * gap, y + (place - 0.5) * 1.7 * size
        for said, role in (("= ", "ink"), (tap, "kernel"), (f"·{sample}", "ink")):
            draft.put("beside", ("taken", "sum", place, said), words(said, at, line_of, size, role, align=-1))
            at += wide(said, size)


def total(field: Field, draft: Draft, is_output: bool = False) -> float:
    """The output beside the one kernel's place; before its activation it is a sum. Where its name begins."""
    is_output |= field.script.layer.is_linear
    number = field.script.output(*field.script.cell) if is_output else field.total
    room = field.end - field.right - wide(f"{field.output} =", field.size) - 2 * GAP
    size = benches.fitting(room, [number.text], [size for size in (field.larger, TEXT, SMALL) if size <= field.larger])
    made = tuple(("product", *row.at, "digits") for row in field.rows) if field.is_written else ()
    mark = words(number.text, field.end, field.low, size, align=1, about=number.about, made_of=made)
    draft.put("beside", (*field.key, "digits"), mark)
    said = f"{field.output if is_output else 'sum'} ="
    return field.name(draft, ("output",), said, mark.left - GAP, field.low, 1, role="formula").left
