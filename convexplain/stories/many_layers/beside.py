"""What stands beside a field: the names of its rows, what each row gives, what that is multiplied with, and what these
products add up to, below them.

Where numbers are written they are words, else tiles. This module knows a field and pieces; which of it stands on which
board a story says.
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import Any

from convexplain.board import pieces
from convexplain.board.marks import CARD, SMALL, TEXT, Draft, Key, Mark, Role, line, plate
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.many_layers.field import LIE, Field, addend
from convexplain.stories.many_layers.rows import Row

GAP = 14.0
"""Between a sign and its number."""


def names(field: Field, draft: Draft, rows: Collection[Row], indexed: bool = False) -> None:
    """Which channel's kernel rows are made with, and of which step they are, or, where they are ``indexed``, which tap
    of the next layer each meets.
    """
    is_pair, size = indexed and field.level - field.base == 2, field.form.small
    k, c = (field.formula.k(field.level), field.formula.c(field.level)) if is_pair else ("", "")
    middles: dict[int, float] = {}
    for channel in dict.fromkeys(row.channel for row in rows) if len(field.channels) > 1 else ():
        places = [y for y, row in zip(field.places, field.rows, strict=False) if row.channel == channel]
        if field.row * len(places) > 28:
            said, middles[channel] = f"{c} = {channel}" if c else f"channel {channel}", sum(places) / len(places)
            look: dict[str, Any] = {"size": size, "role": field.role(channel)}
            field.name(draft, ("channel", channel), said, field.form.margin, middles[channel], **look)
    for y, row in zip(field.places, field.rows if field.row > 34 and (k or not indexed) else (), strict=False):
        said, x = f"{k} = {row.at[0]}" if k else f"step {row.step}", field.beside + field.tap / 2
        x -= 0 if k else field.tap + 16
        beyond = field.form.margin + words(f"channel {row.channel}", 0, 0, size).width + 10
        free = abs(y - middles.get(row.channel, 0.0)) > 0.9 * size or x - words(said, 0, 0, size).width > beyond
        if row in rows and free:
            field.name(draft, ("k", *row.at), said, x, y, 1, size=size, role="ink" if k else "quiet")


def layers(field: Field, draft: Draft, taps: Collection[Row] = ()) -> None:
    """The names of the layers over what they multiply with: over the rows, and over the card of those that read the
    rows' numbers, which has the ``taps`` of some rows.
    """
    low, x, half = field.base + 1, field.beside, field.tap / 2 + 6
    scale = f"layer {low}{' (taller: larger, dim: below zero)' * (not field.is_written)}"
    upper = f"layer {field.level}" if field.level == low + 1 else f"layers {low + 1} to {field.level}"
    for layer, said, at in ((low, scale, (field.axis.left + field.axis.right) / 2), (low + 1, upper, x)):
        name = words(said, at, field.top - field.over, field.form.small, "quiet")
        draft.put("layers", ("layer", layer, "name"), name)
    bottom = field.places[len(field.rows) - 1] + field.row / 2 + 2
    face = plate("sample", x - half, field.top - 2, x + half, bottom, light=CARD, z=-3)
    draft.put("layers", ("layer", low + 1, "card"), face)
    largest = max(abs(row.weight.value) for row in field.rows)
    size = benches.fitting(field.tap - 8, [row.weight.text for row in field.rows])
    for row in taps:
        _kind, level, _step, filter, *rest = about = row.weight.about or ()
        number = row.weight._replace(about=("weight", level, *rest, filter) if len(rest) == 2 else about)
        y, key = field.places[field.rows.index(row)], ("tap", *row.at)
        box = (field.beside, y, field.tap, field.thick)
        more: dict[str, Any] = {"goes_into": (*row.key, "card")} if row.pieces else {}
        field.tile(draft, key, number, field.role(row.channel), box, largest, True, ((number.text, size),), **more)
        if field.is_written:
            x = 0.6 * (field.beside + field.tap / 2) + 0.4 * field.left
            draft.put("beside", (*key, "times"), words("×", x, y, field.size, "quiet"))


def brackets(field: Field, draft: Draft, rows: Collection[Row]) -> None:
    """Brackets around rows, as the formula has them."""
    for row in rows:
        (left, right), half = field.span(row), field.row / 2
        y, bend = field.places[field.rows.index(row)], min(18.0, 0.3 * field.row)
        for side, x, out in (("before", left - 6, -1.0), ("after", right + 6, 1.0)):
            points = (x, y - half, x + out * bend, y - 0.4 * half, x + out * bend, y + 0.4 * half, x, y + half)
            mark = line("lit", *points, size=5.0 if half > 25 else 3.0, curve=True, z=1)
            draft.put("bracket", ("bracket", *row.at, side), mark)


def bands(field: Field, draft: Draft, cells: Collection[Cell], bottom: float) -> None:
    """From samples down to what stands in their columns."""
    for cell in cells:
        x, half = field.x(cell), field.slot / 2
        face = plate("kernel", x - half, benches.TOP - 16, x + half, bottom, light=0.07, z=-5, radius=10.0)
        draft.put("band", ("band", *cell), face)


def head(field: Field, draft: Draft, key: str, said: str, x: float, align: float = 1) -> None:
    """The name of a column of tiles, over it; of numbers that are written the formula says what they are."""
    if not field.is_written:
        field.name(draft, ("head", key), said, x, field.top - field.over, align, size=field.form.small)


def given(field: Field, draft: Draft, rows: Collection[Row], lit: Collection[Row]) -> None:
    """What each row gives, after how it is worked out."""
    head(field, draft, "given", f"*y*{field.base + 1}", _y(field))
    for row in rows:
        mark = _inner(field, draft, row, _y(field), row in lit)
        _work(field, draft, row, (*row.key, "work"), False, mark, row in lit)


def _work(field: Field, draft: Draft, row: Row, key: Key, multiplied: bool, mark: Mark, meant: bool = True) -> None:
    """How a number at the right is worked out from a row and the samples, where there is room for all such."""
    if field.is_written:
        works, room = {own.at: field.worked(own, multiplied) for own in field.rows}, field.end - field.right - 2 * GAP
        room -= max(words("−88", 0, 0, field.size).width, mark.width)
        if size := benches.fitting(room, works.values(), (field.size, field.form.small, SMALL, 0.0)):
            role = "ink" if meant else "quiet"
            draft.put("beside", key, words(works[row.at], mark.left - GAP, mark.y, size, role, 1))


def _y(field: Field) -> float:
    """Where the numbers of the layer below stand."""
    return field.end if field.is_written else field.end - 0.42 * (field.end - field.right)


def _number(
    field: Field, draft: Draft, key: Key, number: Number, role: Role, place: int, end: float, largest: Fraction,
    said: str, meant: bool = True, **more: Any,
) -> Mark:  # fmt: skip
    """A number beside a row: written, it ends at an x, else a tile that does."""
    y, wide = field.places[place], 0.2 * (field.end - field.right)
    if field.is_written:
        mark = words(said, end, y, field.size, "ink" if meant else "quiet", 1, about=number.about)
        return draft.put("beside", (*key, "digits"), mark.at(**more))
    return field.tile(
        draft, key, number, role, (end - wide / 2, y, wide, min(LIE, 0.9 * field.row)), largest, meant, **more
    )


def _inner(field: Field, draft: Draft, row: Row, end: float, meant: bool = True) -> Mark:
    """What a row gives."""
    more: dict[str, Any] = {"made_of": tuple((*piece.key, "bar") for piece in row.pieces)}
    if row.pieces and not field.is_written:
        more["goes_into"] = (*row.key, "card")
    place, largest = field.rows.index(row), max(abs(own.inner.value) for own in field.rows)
    role, said = field.role(row.channel), row.inner.text
    return _number(field, draft, row.key, row.inner, role, place, end, largest, said, meant, **more)


def upper(field: Field) -> str:
    """The taps of the layers that read the rows' numbers."""
    return " · ".join(f"*w*{layer}" for layer in range(field.level, field.base + 1, -1))


def products(field: Field, draft: Draft, given: Collection[Row] = (), meant: bool = True) -> None:
    """What each row is worth to the output, and below them the output: their sum. Those that are ``given`` are worked
    out from what the row gives, the others, where they are ``meant``, from its products.
    """
    kind, low = "digits" if field.is_written else "bar", field.base + 1
    every: list[tuple[Key, Number, Role]] = [(("product", *r.at), r.product, field.role(r.channel)) for r in field.rows]
    every += field.rest
    wide = max(words(addend(number), 0, 0, field.size).width for _, number, _ in every) + 2 * GAP
    largest = max(abs(number.value) for _, number, _ in every)
    for place, (key, number, role) in enumerate(every):
        mark = _number(field, draft, key, number, role, place, field.end, largest, addend(number), meant)
        x = field.end - wide if field.is_written else mark.x - 0.12 * (field.end - field.right)
        if place >= len(field.rows):
            more = f"{field.count - len(field.rows):,} more" if key == ("rest",) else "bias"
            pieces.note(draft, ("row", *key), more, x, mark.y, 1, "ink")
            continue
        row = field.rows[place]
        draft.change([(*key, kind)], made_of=((*row.key, kind),))
        if row not in given:
            if meant:
                _work(field, draft, row, (*key, "work"), True, mark)
        else:
            before = _inner(field, draft, row, x - 2 * GAP if field.is_written else _y(field))
            if field.is_written:
                draft.put("beside", (*row.key, "equals"), words("=", x, mark.y, field.size))
                times = words(f"{row.weight.text} ·", before.left - GAP, mark.y, field.size, role, 1)
                draft.put("beside", (*row.key, "times"), times)
    texts = [f"{upper(field)} · *y*{low}", "products"]
    head(field, draft, "products", benches.longest(0.4 * (field.end - field.right), texts), field.end)
    if given:
        head(field, draft, "given", f"*y*{low}", _y(field))
    y = field.last + field.apart / 2
    draft.put("beside", ("products", "rule"), line("quiet", field.right + 30, y, field.end, y, size=3))


def named(field: Field, draft: Draft, x: float, y: float, size: float, tail: str = "", is_lit: bool = False) -> float:
    """The name of the output, which ends at an x, its step lit or not; where it begins."""
    parts = {"": f"*y*{field.level}[", "step": str(field.script.cell.step), "end": "]", "tail": tail}
    for key, text in reversed([part for part in parts.items() if part[1]]):
        role = "lit" if is_lit and key == "step" else "formula"
        x = field.name(draft, ("output", key), text, x, y, 1, size=size, role=role).left
    return x


def total(field: Field, draft: Draft, is_lit: bool = False) -> float:
    """The output, at the right of the one kernel's place; before its activation it is a sum. Where its name begins."""
    key, number = field.cone.key(field.level, field.script.cell), field.total
    said = f"*y*{field.level}[{field.script.cell.step}] =" if field.script.layer.is_linear else "sum ="
    room = field.end - field.right - words(said, 0, 0, field.size).width - 2 * GAP
    own = benches.fitting(room, [number.text], [size for size in (field.larger, TEXT, SMALL) if size <= field.larger])
    mark = words(number.text, field.end, field.low, own, align=1, about=number.about)
    made = tuple(("product", *row.at, "digits") for row in field.rows) if field.is_written else ()
    mark = draft.put("beside", (*key, "digits"), mark.at(made_of=made))
    if field.script.layer.is_linear:
        return named(field, draft, mark.left - GAP, field.low, field.size, " =", is_lit)
    return field.name(draft, ("sum",), said, mark.left - GAP, field.low, 1, role="formula").left
