"""What stands beside a field and around it: the names of rows and layers, the taps that rows are multiplied with, the
brackets of rows, the bands of columns, what each row gives, and what these products add up to, below them.

Where numbers are written they are words, else tiles. This module knows a field and pieces; which of it stands on which
board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction

from convexplain.board import pieces
from convexplain.board.marks import CARD, SMALL, TEXT, Draft, Key, Mark, Role, line, plate
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.many_layers.field import LIE, Field, Row, fits
from convexplain.stories.many_layers.walked import addend, wide
from convexplain.stories.many_layers.ways import Way

GAP = 14.0
"""Between a sign and its number."""


def names(field: Field, draft: Draft, given: Collection[Row], taps: Collection[Row]) -> None:
    """What rows give, ``y1[2, 0]``, as far as they are ``given``, or, where those have their names at the right, the
    ``taps``, ``w2[0, 1]``. Of thin rows only the channel.
    """
    x, said = field.beside + field.tap / 2 + field.times, {row: field.given(row) for row in field.rows}
    if _is_tap_named(field):
        x, given = x + GAP - field.times, taps
        said = {row: f"*w*{field.level}[{field.cone.index(field.base + 1, *row.at)}]" for row in taps}
    sizes = [size for size in (field.size, field.form.small, SMALL) if size < field.row]
    size = benches.fitting(field.left - x - 24, said.values(), [*sizes, 0.0])
    for channel in field.channels if len(field.channels) > 1 and not size else ():
        if field.row * len(own := field.of(channel)) > 28:
            text, y, small = f"channel {channel}", sum(map(field.y, own)) / len(own), field.form.small
            field.name(draft, ("channel", channel), text, field.left - GAP, y, 1, size=small, role="quiet")
    for row in given if size else ():
        field.name(draft, ("k", *row.at), said[row], x, field.y(row), size=size, role="quiet")


def _is_tap_named(field: Field) -> bool:
    """Whether the taps of the next layer have names, ``w2[0, 1]``, and what rows give has its own at the right."""
    return field.is_indexed and not field.form.is_narrow


def layers(field: Field, draft: Draft, taps: Collection[Row], nested: bool) -> None:
    """The layers' names over what they are, the one that is told lit: the box of the first, until ``nested`` brackets
    come, the card with the ``taps`` of the next, and both over rows where no taps are left.
    """
    low, half, y = field.base + 1, field.tap / 2 + 6, field.top - field.over
    small, upper, top, bottom = field.form.small, low + 1, field.top - 2, field.y(field.rows[-1]) + field.row / 2 + 2
    if nested and not taps:
        said = f"{field.formula.above} times layer {low}: {' · '.join([*field.upper, f'*w*{low}'])}"
        if fits(field.axis.right - field.axis.left, [said], small):
            middle = (field.axis.left + field.axis.right) / 2
            draft.put("layers", ("layer", "both", "name"), words(said, middle, y, small, "lit"))
        return
    steps, count = len({row.step for row in field.rows}), len(field.channels)
    kernels = f"{phrases.count(count, field.kernels)}{', each' * (count > 1)}"
    texts = [f"layer {low}, *w*{low}: {kernels} at {phrases.count(steps, 'step')}"] * (field.count == count * steps)
    x, align, room = (field.axis.left + field.axis.right) / 2, 0, field.axis.right - field.axis.left
    if field.is_indexed:
        x, align, texts = field.axis.right + GAP, -1, [f"layer {low}, *w*{low}"]
        field.name(draft, ("k1",), f"{field.formula.k(low)} =", field.left - GAP, y, 1, size=small, role="quiet")
        for piece in field.rows[0].pieces:
            key, at = ("k1", piece.key[-2]), field.axis.x(piece.cells[0].step)
            if ("name", *key) not in draft.marks:  # a tap of several channels once
                field.name(draft, key, f"{piece.key[-2]}", at, y, 0, size=small, role="quiet")
    text = benches.longest(room * SMALL / small, [*texts, f"layer {low}"])
    draft.put("layers", ("layer", low, "name"), words(text, x, y, small, "quiet" if taps else "lit", align))
    if not nested:
        face = plate("sample", field.axis.left, top, field.axis.right, bottom, light=0.5 * CARD, z=-4)
        draft.put("layers", ("layer", low, "card"), face)
    texts = [f"{field.formula.above}, *w*{field.level}", f"*w*{field.level}"] * (field.level == upper and bool(taps))
    room = field.left - field.form.margin - 3 * GAP - wide(f"{field.formula.k(low)} =", small) * field.is_indexed
    own = benches.longest(room * SMALL / small, [*texts, field.formula.above])
    name = words(own, field.form.margin, y, small, "lit" if taps and not nested else "quiet", -1)
    draft.put("layers", ("layer", upper, "name"), name)
    face = plate("sample", field.beside - half, top, field.beside + half, bottom, light=CARD, z=-3)
    draft.put("layers", ("layer", upper, "card"), face)
    if taps:
        _taps(field, draft, taps, nested)


def _taps(field: Field, draft: Draft, taps: Collection[Row], nested: bool) -> None:
    """The taps of the next layer on their card, and a sign before what they are multiplied with."""
    largest = max(abs(row.weight.value) for row in field.rows)
    size = benches.fitting(field.tap - 8, [row.weight.text for row in field.rows])
    for row in taps:
        number, box, key = row.weight, (field.beside, field.y(row), field.tap, field.thick), ("tap", *row.at)
        into = (*row.pieces[0].key, "bar") if field.is_written and row.pieces else (*row.key, "card")
        field.tile(draft, key, number, field.role(row.channel), box, largest, True, number.text, size, goes_into=into)
        if field.is_written:
            draft.change([(*key, "digits")], goes_into=(*row.pieces[0].key, "digits") if row.pieces else into)
        if field.is_written and (nested or not _is_tap_named(field)):
            at = field.span(row)[0] - 52 if nested else field.beside + (field.tap + field.times) / 2
            draft.put("beside", (*key, "times"), words("×", at, field.y(row), field.size, "quiet"))


def brackets(field: Field, draft: Draft, rows: Collection[Row]) -> None:
    """Brackets around rows, as the formula has them."""
    for row in rows:
        (left, right), half = field.span(row), field.row / 2
        y, bend = field.y(row), min(18.0, 0.3 * field.row)
        for side, x, out in (("before", left - 6, -1.0), ("after", right + 6, 1.0)):
            points = (x, y - half, x + out * bend, y - 0.4 * half, x + out * bend, y + 0.4 * half, x, y + half)
            mark = line("lit", *points, size=5.0 if half > 25 else 3.0, curve=True, z=1)
            draft.put("bracket", ("bracket", *row.at, side), mark)


def header(field: Field, draft: Draft, lit: Collection[Cell], is_sum: bool = False, is_later: bool = False) -> None:
    """Over columns the index of their tap, or where it ``is_later`` than t their step; before them its name, or what it
    ``is_sum`` of.
    """
    small, single, y = field.form.small, field.cone.shapes[field.base][1] == 1, field.top - field.over
    cells = {own.cell: (field.x(own.cell), field.index(own.cell)) for own in field.cone.shown}
    if is_later and single:
        cells = {cell: (x, field.formula.later(cell.step)) for cell, (x, _) in cells.items()}
    steps = {cell[:1]: (field.axis.x(cell.step), text.partition(",")[0]) for cell, (_, text) in cells.items()}
    for room, every in ((field.slot, cells), (field.axis.pitch, steps))[: 2 - single]:  # of a step once
        if fits(room - 0.4 * small, [text for _, text in every.values()], small):
            break
    else:
        return
    x, role, met = field.form.margin, "lit" if lit else "quiet", field.formula.met
    if is_sum and single and fits(field.left - x - 30, [f"{met} ="], small):
        _summed(field, draft, ("met",), field.formula.steps(field.base), "=", x, y, "quiet")
    else:
        own = "*j* =" if single or every is steps else "*j*, *c* ="
        own = f"*t* = {field.script.cell.step}:" if is_later and single else own
        field.name(draft, ("met",), own, x, y, size=small, role=role)
    for key, (x, text) in every.items():
        role = "lit" if any(cell[: len(key)] == key for cell in lit) else "quiet"
        field.name(draft, ("met", *key), text, x, y, 0, size=small, role=role)


def pairs(field: Field, draft: Draft, column: Sequence[tuple[Row, Way]], total: str) -> None:
    """Before each row the steps that bring its tile into a column: they add up to the column's index."""
    for row, piece in column:
        worked = field.formula.steps(field.base, row.at[0], piece.key[-2])
        _summed(field, draft, ("pair", *row.at), worked, f"= {total}", field.form.margin, field.y(row), "lit")


def _summed(
    field: Field, draft: Draft, key: Key, steps: Sequence[str], total: str, x: float, y: float, role: Role
) -> None:
    """The steps of layers as a sum from an x on, in their layers' hues, and what they add up to."""
    said = [(text, field.hue(layer)) for text, layer in zip(steps, field.formula.numbers, strict=True)]
    plus = [part for own in said for part in (("+", "quiet"), own)][1:]
    for place, (text, look) in enumerate([*plus, (total, role)]):
        own = (*key, place) if place else key
        mark = field.name(draft, own, text, x, y, size=field.form.small, role=look)
        x = mark.right + wide(" ", field.form.small)


def bands(field: Field, draft: Draft, cells: Collection[Cell], bottom: float) -> None:
    """From samples down to what stands in their columns."""
    for cell in cells:
        x, half = field.x(cell), field.slot / 2
        face = plate("kernel", x - half, benches.TOP - 16, x + half, bottom, light=0.07, z=-5, radius=10.0)
        draft.put("band", ("band", *cell), face)


def given(field: Field, draft: Draft, is_meant: bool) -> None:
    """What each row gives, after how it is worked out; lit where that ``is_meant``."""
    is_first = all(piece.cells[0].step == row.step for row in field.rows for piece in row.pieces[:1])
    at = f"[{'first ' * is_first}step, channel]" * (_is_tap_named(field) and len(field.channels) > 1)
    if at or not field.is_written:
        _head(field, draft, f"*y*{field.base + 1}{at}", 0.6)
    largest = max(abs(row.inner.value) for row in field.rows)
    for row in field.rows:
        made, into = tuple((*piece.key, "bar") for piece in row.pieces), ("product", *row.at, "bar")
        mark = words(row.inner.text, field.end, field.y(row), field.size, align=1, made_of=made, goes_into=into)
        number, work = (mark.at(role=role) for role in (("lit", "quiet") if is_meant else ("ink", "ink")))
        _number(field, draft, row.key, row.inner, field.role(row.channel), number, largest)
        _work(field, draft, row, work)


def _head(field: Field, draft: Draft, said: str, share: float) -> None:
    """The name of what stands at the right, over it, as far as a share of the room there is enough."""
    if fits(share * (field.end - field.right), [said], field.form.small):
        field.name(draft, ("head",), said, field.end, field.top - field.over, 1, size=field.form.small, role="quiet")


def _work(field: Field, draft: Draft, row: Row, mark: Mark, nested: Collection[Row] = (), done: bool = False) -> None:
    """How a number at the right is worked out, as a ``nested`` bracket or ``done``, where all such have room."""
    room = field.end - field.right - 2 * GAP - max(words("−88", 0, 0, field.size).width, mark.width)
    sizes = (field.size, field.form.small, SMALL, 0.0)
    works = [lambda own: field.worked(own, done)]
    if not done and _is_tap_named(field):
        works = [lambda own: f"{field.given(own)} = {field.worked(own, done)}", field.given]
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


def total(field: Field, draft: Draft, is_meant: bool = True) -> float:
    """The output beside the one kernel's place; before its activation it is a sum. Where its name begins."""
    number = field.total
    room = field.end - field.right - wide(f"{field.output} =", field.size) - 2 * GAP
    size = benches.fitting(room, [number.text], [size for size in (field.larger, TEXT, SMALL) if size <= field.larger])
    made = tuple(("product", *row.at, "digits") for row in field.rows) if field.is_written else ()
    at, role = (field.end, field.low, size), "ink" if is_meant else "quiet"
    mark = words(number.text, *at, role, 1, about=number.about, made_of=made)
    draft.put("beside", (*field.key, "digits"), mark)
    said = f"{field.output if field.script.layer.is_linear else 'sum'} ="
    return field.name(draft, ("output",), said, mark.left - GAP, field.low, 1, role="formula").left
