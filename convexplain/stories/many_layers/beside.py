"""What stands beside a field: the names of its rows, what each row gives, what that is multiplied with, and what these
products add up to, below them.

Where numbers are written they are words, else tiles. This module knows a field and pieces; which of it stands on which
board a story says.
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import Any

from convexplain import style
from convexplain.board import pieces
from convexplain.board.marks import DIGIT, HERO, PARTIAL, SMALL, TEXT, Draft, Key, Mark, Role, line
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.many_layers.field import LIE, Field, addend
from convexplain.stories.many_layers.rows import Row
from convexplain.stories.many_layers.ways import Joined

GAP, OUT = 14.0, 36.0
"""Between a sign and its number, and between a row and what stands before it."""
UP, DOWN = 19.0, 22.0
"""How far the lines of a number and its index stand from the middle of its row."""


def spell(
    draft: Draft, key: Key, said: str, x: float, y: float, size: float = SMALL, role: Role = "quiet", align: float = 0
) -> Mark:
    """A name, or a letter of the formula with what it is."""
    return draft.put("letters", ("letter", *key), words(said, x, y, size, role, align))


def names(field: Field, draft: Draft, rows: Collection[Row], steps: bool = False, read: bool = False) -> None:
    """Which rows are which, at the left: the channel ``c`` of a group, and of each row the tap ``k`` of the next layer
    that it meets, or, of ``steps``, the step ``t`` that it gives; both, where it is ``read`` by that tap.
    """
    k, c = (field.k, field.c) if field.is_deep else ("", "")
    size = field.size if field.row > 60 else SMALL
    for channel in field.channels if len(field.channels) > 1 else ():
        own = [y for y, row in zip(field.places, field.rows, strict=False) if row.channel == channel and row in rows]
        if own and field.row * len(field.of(channel)) > 28:
            said = f"{c} = {channel}" if c else f"channel {channel}"
            role = field.role(channel)
            spell(draft, ("channel", channel), said, field.form.margin, sum(own) / len(own), size, role, -1)
    x = field.form.margin + (130 if not field.form.is_narrow else 76)
    for place, row in enumerate(field.rows if k else ()):
        if row in rows and field.row > 34:
            y, key, said = field.places[place], ("k", *row.at), f"{k} = {row.at[0]}"
            if steps:
                spell(draft, ("t", *row.at), f"*t* = {row.step}", x, y, size, "ink", -1)
            elif field.has_second:  # below the tap that it is the index of
                spell(draft, key, said, field.span(row)[0] - OUT, y + DOWN, field.form.small, align=1)
                start, index = field.formula.start(field.base + 1), field.formula.index(field.base + 1)
                if read and not field.form.is_narrow and index == f"{start} + {k}":
                    spell(draft, ("t", *row.at), f"*t* = {start} + {row.at[0]}", x - 26, y, field.form.small, "ink", -1)
            else:
                spell(draft, key, said, x, y, size, "ink", -1)


def head(field: Field, draft: Draft, key: str, said: str, x: float, align: float = 0) -> None:
    """The name of a column of tiles, over it; of numbers that are written the formula says what they are."""
    if field.is_written:
        return
    y, size = field.top - (30 if not field.form.is_narrow else 18), field.form.small
    spell(draft, ("head", key), said, x, y, size, "ink", align)


def taps(field: Field, draft: Draft, *layers: int) -> None:
    """Whose taps stand in the rows."""
    said = " · ".join(f"*w*{layer}" for layer in layers) if field.is_deep else "*w*"
    if field.is_deep and len(layers) == 1:
        said = f"layer {layers[0]}: {'taps ' * (not field.form.is_narrow)}{said}"
    head(field, draft, "taps", said, field.form.margin, -1)


def given(field: Field, draft: Draft, rows: Collection[Row], lit: Collection[Row]) -> None:
    """What each row gives, after how it is worked out."""
    head(field, draft, "given", f"*y*{field.base + 1}" if field.is_deep else "sums", _y(field), 1)
    met = {own.cell: own.sample for own in field.cone.shown}
    works = {row.at: f"{_dot(field, row, met)} =" for row in field.rows}
    numbers = max((words(row.inner.text, 0, 0, field.size).width for row in field.rows), default=0.0)
    room = field.end - field.right - numbers - 2 * GAP
    size = benches.fitting(room, works.values(), (TEXT, SMALL, 0.0))
    for place, row in enumerate(field.rows):
        if row in rows:
            number = _inner(field, draft, row, _y(field), row in lit)
            if size and field.is_written:
                role, x = "ink" if row in lit else "quiet", number.left - GAP
                draft.put("beside", (*row.key, "work"), words(works[row.at], x, field.places[place], size, role, 1))


def _y(field: Field) -> float:
    """Where the numbers of the layer below stand."""
    return field.end if field.is_written else field.end - 0.42 * (field.end - field.right)


def _dot(field: Field, row: Row, met: dict[Cell, Number]) -> str:
    """A row as it is worked out: ``−1·1 + 1·1 + 1·2``."""
    said = ""
    for piece in row.pieces:
        sample, minus = met[piece.source], piece.inner.value < 0
        sign = (f" {style.MINUS} " if minus else " + ") if said else (style.MINUS if minus else "")
        factor = f"({sample.text})" if sample.value < 0 else sample.text
        said += f"{sign}{piece.inner.text.removeprefix(style.MINUS)}·{factor}"
    bias = field.bias(row.channel)
    if bias is not None:
        said += f" {style.MINUS if bias.value < 0 else '+'} {bias.text.removeprefix(style.MINUS)}"
    return said


def _number(
    field: Field, draft: Draft, key: Key, number: Number, role: Role, place: int, end: float, every: list[Number],
    said: str = "", meant: bool = True, **more: Any,
) -> Mark:  # fmt: skip
    """A number beside a row, one of ``every`` in its column: written, it ends at an x, else a tile that does."""
    y, wide = field.places[place], 0.2 * (field.end - field.right)
    if field.is_written:
        mark = words(said or number.text, end, y, field.size, "ink" if meant else "quiet", 1, about=number.about)
        return draft.put("beside", (*key, "digits"), mark.at(**more))
    largest = max((abs(own.value) for own in every), default=Fraction(1))
    box = (end - wide / 2, y, wide, min(LIE, 0.9 * field.row))
    return field.tile(draft, key, number, role, box, largest, meant, **more)


def _inner(field: Field, draft: Draft, row: Row, end: float, meant: bool = True) -> Mark:
    """What a row gives."""
    more: dict[str, Any] = {"made_of": tuple((*piece.key, "bar") for piece in row.pieces)}
    if row.pieces and not field.is_written:
        more["goes_into"] = (*row.key, "card")
    place, every = field.rows.index(row), [own.inner for own in field.rows]
    return _number(field, draft, row.key, row.inner, field.role(row.channel), place, end, every, meant=meant, **more)


def factors(field: Field, draft: Draft, rows: Collection[Row]) -> None:
    """What the numbers of rows are multiplied with, each before its row."""
    out = OUT if not field.form.is_narrow else OUT / 2
    largest = max((abs(row.weight.value) for row in field.rows if row.weight is not None), default=Fraction(1))
    for place, row in enumerate(field.rows):
        if row not in rows:
            continue
        assert row.weight is not None
        assert row.weight.about is not None
        _kind, level, _step, filter, *rest = row.weight.about
        about = ("weight", level, *rest, filter) if len(rest) == 2 else row.weight.about
        key, x, role = ("tap", *row.at), field.span(row)[0] - out, field.role(row.channel)
        if field.is_written:
            y = field.places[place] - (UP if field.has_second else 0.0)
            mark = words(f"{row.weight.text} ×", x, y, field.size, role, 1, about=about)
            draft.put("beside", (*key, "digits"), mark)
        else:
            wide = 0.5 * field.slot
            box = (x - wide / 2, field.places[place], wide, 0.9 * field.row)
            number, into = row.weight._replace(about=about), (*row.key, "card") if row.pieces else None
            field.tile(draft, key, number, role, box, largest, goes_into=into)
    head(field, draft, "factor", upper(field), field.span(field.rows[0])[0] - out - 0.25 * field.slot)


def upper(field: Field) -> str:
    """The taps of the layers that read the rows' numbers."""
    return " · ".join(f"*w*{layer}" for layer in range(field.level, field.base + 1, -1))


def products(field: Field, draft: Draft, worked: bool = False) -> None:
    """What each row is worth to the output, ``worked`` out from what the row gives, and below them the output: their
    sum.
    """
    kind, low = "digits" if field.is_written else "bar", field.base + 1
    every: list[tuple[Key, Number, Role]] = [(("product", *r.at), r.product, field.role(r.channel)) for r in field.rows]
    every += field.rest
    numbers = [number for _, number, _ in every]
    wide = max(words(addend(number), 0, 0, field.size).width for number in numbers) + 2 * GAP
    for place, (key, number, role) in enumerate(every):
        mark = _number(field, draft, key, number, role, place, field.end, numbers, addend(number))
        x = field.end - wide if field.is_written else mark.x - 0.12 * (field.end - field.right)
        if place >= len(field.rows):
            more = f"{field.count - len(field.rows):,} more" if key == ("rest",) else "bias"
            pieces.note(draft, ("row", *key), more, x, mark.y, 1, "ink")
            continue
        row = field.rows[place]
        draft.change([(*key, kind)], made_of=((*row.key, kind),))
        if worked and row.weight is not None:
            given = _inner(field, draft, row, x - 2 * GAP if field.is_written else _y(field))
            if field.is_written:
                draft.put("beside", (*row.key, "equals"), words("=", x, mark.y, field.size))
                before = words(f"{row.weight.text} ·", given.left - GAP, mark.y, field.size, role, 1)
                draft.put("beside", (*row.key, "times"), before)
    if field.is_deep:
        texts = [f"{upper(field)} · *y*{low}", "products"]
        head(field, draft, "products", benches.longest(0.4 * (field.end - field.right), texts), field.end, 1)
        if worked and not field.is_written:
            head(field, draft, "given", f"*y*{low}", _y(field), 1)
    total(field, draft, field.low, field.larger)


def total(field: Field, draft: Draft, y: float, size: float, name: str = "") -> None:
    """The output, at the right, after its ``name`` where there is room for that."""
    key, number = field.cone.key(field.level, field.script.cell), field.total
    sizes = [own for own in (HERO, PARTIAL, TEXT, SMALL) if own <= size]
    said = f"*y*{field.level}[{field.script.cell.step}] ="
    small = min(TEXT, field.size)
    room = field.end - field.right - words(said, 0, 0, small).width - 2 * GAP
    own = benches.fitting(room, [number.text], sizes)
    mark = words(number.text, field.end, y, own, align=1, about=number.about)
    made = tuple(("product", *row.at, "digits") for row in field.rows) if field.is_written else ()
    draft.put("beside", (*key, "digits"), mark.at(made_of=made))
    down = DIGIT * (own - small) / 2  # both stand on one line
    said = benches.longest((mark.left - GAP - field.right) * SMALL / small, [f"{name} {said}".strip(), said])
    spell(draft, ("output",), said, mark.left - GAP, y + down, small, "formula", 1)


def rule(field: Field, draft: Draft) -> None:
    """The line that products are added up under."""
    y = field.last + field.apart / 2
    draft.put("beside", ("products", "rule"), line("quiet", field.right + 30, y, field.end, y, size=3))


def worked(field: Field, draft: Draft, own: Joined, said: str) -> None:
    """What one sample's column adds up to, beside the place of its tap."""
    name, said = f"*w*[{field.index(own.cell)}] = ", said if field.is_written else own.weight.text
    room = (field.end - field.right - GAP) * SMALL / field.size
    shown = benches.longest(room, [name + said, said, name + own.weight.text])
    spell(draft, ("merged", *own.cell), shown, field.end, field.low, field.size, "kernel", 1)
    if field.is_written:
        x, y, half = field.x(own.cell), field.last + field.apart / 2, field.slot / 2
        draft.put("beside", ("sum", "rule"), line("quiet", x - half, y, x + half, y, size=3))


def met(field: Field, draft: Draft, cells: Collection[Cell]) -> None:
    """Over the columns of some samples which taps meet there: their indices add up to that of the one kernel's tap."""
    said = {cell: f"{field.formula.met} = {field.index(cell).partition(',')[0]}" for cell in cells}
    room = field.slot * (1.9 if len(said) == 1 else 1.0)
    if field.is_seen and benches.fitting(room, said.values(), (field.form.small, 0.0)):
        for place, (cell, text) in enumerate(said.items()):
            y = field.top - (30 if not field.form.is_narrow else 18)
            spell(draft, ("met", place), text, field.x(cell), y, field.form.small, "lit")
