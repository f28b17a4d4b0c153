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
from convexplain.board.marks import SMALL, TEXT, Draft, Key, Mark, Role, line
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories.many_layers.field import LIE, Field, addend
from convexplain.stories.many_layers.rows import Row

GAP = 14.0
"""Between a sign and its number."""


def names(field: Field, draft: Draft, rows: Collection[Row], indexed: bool = False) -> None:
    """Which channel's kernel rows are made with, and, where they are ``indexed``, which tap of the next layer each
    meets.
    """
    is_pair = indexed and field.level - field.base == 2
    k, c = (field.formula.k(field.level), field.formula.c(field.level)) if is_pair else ("", "")
    size = field.size if field.row > 60 else field.form.small
    for channel in field.channels if len(field.channels) > 1 else ():
        own = [y for y, row in zip(field.places, field.rows, strict=False) if row.channel == channel and row in rows]
        if own and field.row * len(field.of(channel)) > 28:
            said, y = f"{c} = {channel}" if c else f"channel {channel}", sum(own) / len(own)
            field.name(draft, ("channel", channel), said, field.form.margin, y, size=size, role=field.role(channel))
    for y, row in zip(field.places, field.rows if k and field.row > 34 else (), strict=False):
        field.name(draft, ("k", *row.at), f"{k} = {row.at[0]}", _before(field, row), y, 1, size=size)


def _before(field: Field, row: Row) -> float:
    """Where ends what stands before a row."""
    return field.span(row)[0] - (26.0 if field.form.is_narrow else 36.0)


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


def factors(field: Field, draft: Draft, rows: Collection[Row]) -> None:
    """What the numbers of rows are multiplied with, each before its row."""
    largest = max(abs(row.weight.value) for row in field.rows)
    for place, row in enumerate(field.rows):
        if row not in rows:
            continue
        _kind, level, _step, filter, *rest = about = row.weight.about or ()
        about = ("weight", level, *rest, filter) if len(rest) == 2 else about
        key, x, role, y = ("tap", *row.at), _before(field, row), field.role(row.channel), field.places[place]
        if field.is_written:
            draft.put("beside", (*key, "digits"), words(f"{row.weight.text} ×", x, y, field.size, role, 1, about=about))
        else:
            box = (x - 0.25 * field.slot, y, 0.5 * field.slot, 0.9 * field.row)
            number, into = row.weight._replace(about=about), (*row.key, "card") if row.pieces else None
            field.tile(draft, key, number, role, box, largest, goes_into=into)
    if rows:
        head(field, draft, "factor", upper(field), _before(field, field.rows[0]))


def upper(field: Field) -> str:
    """The taps of the layers that read the rows' numbers."""
    return " · ".join(f"*w*{layer}" for layer in range(field.level, field.base + 1, -1))


def products(field: Field, draft: Draft, given: Collection[Row] = (), meant: bool = True) -> None:
    """What each row is worth to the output, and below them the output: their sum. Those that are ``given`` are worked
    out from what the row gives, the others from its products.
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
            _work(field, draft, row, (*key, "work"), True, mark, meant)
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


def total(field: Field, draft: Draft) -> None:
    """The output, at the right of the one kernel's place; before its activation it is a sum."""
    key, number = field.cone.key(field.level, field.script.cell), field.total
    said = f"*y*{field.level}[{field.script.cell.step}] =" if field.script.layer.is_linear else "sum ="
    room = field.end - field.right - words(said, 0, 0, field.size).width - 2 * GAP
    own = benches.fitting(room, [number.text], [size for size in (field.larger, TEXT, SMALL) if size <= field.larger])
    mark = words(number.text, field.end, field.low, own, align=1, about=number.about)
    made = tuple(("product", *row.at, "digits") for row in field.rows) if field.is_written else ()
    mark = draft.put("beside", (*key, "digits"), mark.at(made_of=made))
    field.name(draft, ("output",), said, mark.left - GAP, field.low, 1, role="formula")
