"""What stands beside a field: its kernels, large, before they are used; what each row gives, what that is multiplied
with, and what the products add up to.

This module knows a field and pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from convexplain import style
from convexplain.board import pieces, tiles
from convexplain.board.marks import CARD, CONTEXT, FULL, HERO, PARTIAL, SMALL, TEXT, Draft, Key, Role, line, plate
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.cone import is_whole
from convexplain.stories.field import FEW_ROWS, Field, Row, write
from convexplain.stories.ways import Joined


def opening(field: Field, draft: Draft) -> None:
    """All kernels, large: those of the rows at the left; at the right the taps that the rows' numbers meet."""
    form, narrow = field.form, field.form.is_narrow
    names = 190.0 if not narrow else 170.0
    middle = 0.56 * form.width if field.is_deep else form.width - form.margin
    left = (form.margin + names, middle - 40 if field.is_deep else middle)
    right = (middle + 40, form.width - form.margin)
    top, bottom = field.top + (20 if not narrow else 10), form.height - (160.0 if not narrow else 152.0)
    high = (bottom - top) / max(1, len(field.channels))
    lower = [number for channel in field.channels for *_, number in field.entries(channel)]
    upper = [row.weight for row in field.rows if row.weight is not None]
    units = _units(field, high - field.pad - 24, lower, upper)
    _titles(field, draft, left[0], right[0], _head_line(field))
    for place, channel in enumerate(field.channels):
        y, role = top + place * high, field.role(channel)
        if len(field.channels) > 1:
            pieces.note(draft, ("channel", channel), f"channel {channel}", form.margin, y + high / 2, -1, role)
        taps = list(field.entries(channel))
        ends = left[0], min(left[1], left[0] + 190.0 * len(taps))
        foot = y + field.pad + 6 + units[0] * benches.extent(number.value for number in lower)[0]
        card = plate(role, ends[0], y, ends[1], y + high - 12, light=CARD, z=-3, radius=10.0)
        draft.put("kernels", ("kernel", channel, "card"), card)
        field.taps_of(draft, channel, ends, foot, units[0])
        rows = [row for row in field.of(channel) if row.weight is not None]
        if rows:
            ends = right[0], min(right[1], right[0] + 190.0 * len(rows))
            foot = y + field.pad + 6 + units[1] * benches.extent(number.value for number in upper)[0]
            card = plate(role, ends[0], y, ends[1], y + high - 12, light=CARD, z=-3, radius=10.0)
            draft.put("kernels", ("upper", channel, "card"), card)
            _upright(field, draft, rows, ends, foot, units[1])


def _upright(
    field: Field, draft: Draft, rows: list[Row], ends: tuple[float, float], foot: float, unit: float, meant: bool = True
) -> None:
    pitch = (ends[1] - ends[0]) / len(rows)
    for n, row in enumerate(rows):
        assert row.weight is not None
        key, x, role = ("tap", *row.at), ends[0] + (n + 0.5) * pitch, field.role(row.channel)
        weight = row.weight._replace(about=_about(row))
        whole, light = is_whole(weight) and unit > 8, FULL if meant else CONTEXT
        pieces.column(draft, key, weight, x, foot, min(84.0, 0.56 * pitch), unit, role, True, whole, light=light)
        if field.is_written:
            pieces.digits(draft, key, weight.text, field.size, "ink" if meant else "context")


def waiting(field: Field, draft: Draft) -> None:
    """The taps that the rows' numbers will meet, faint at the right until they are needed."""
    right = field.form.width - field.form.margin
    left = right - (field.room.card - field.form.margin)
    pieces.note(draft, ("tap",), upper_name(field), left, _head_line(field), -1)
    reach = {
        channel: benches.extent(row.weight.value for row in field.of(channel) if row.weight is not None)
        for channel in field.channels
    }
    rooms = [
        (bottom - top - field.pad - field.apart - 8) / sum(reach[channel])
        for place, channel in enumerate(field.channels)
        if any(reach[channel])
        for top, bottom in [field.zone(place, channel)]
    ]
    unit = min([90 / (max(map(sum, reach.values())) or 1), *rooms])
    for place, channel in enumerate(field.channels):
        (top, bottom), (up, down), role = field.zone(place, channel), reach[channel], field.role(channel)
        tall = field.pad + (up + down) * unit + field.apart
        y = (top + bottom - tall) / 2
        card = plate(role, left, y, right, y + tall, light=0.5 * CARD, z=-3, radius=10.0)
        draft.put("waiting", ("upper", channel, "card"), card)
        _upright(field, draft, field.of(channel), (left, right), y + field.pad + up * unit, unit, False)


def _units(field: Field, room: float, lower: list[Number], upper: list[Number]) -> tuple[float, float]:
    """The units of both sides: one where all can be counted."""

    def unit(numbers: list[Number]) -> float:
        values = [number.value for number in numbers]
        return benches.unit_of(room, sum(benches.extent(values)), values, 60.0)

    if is_whole(*lower, *upper):
        one = min(unit(lower), unit(upper))
        return one, one
    return unit(lower), unit(upper)


def _titles(field: Field, draft: Draft, left: float, right: float, y: float) -> None:
    kernels, taps = len(field.channels), len(list(field.entries(field.channels[0]))) if field.channels else 0
    low = field.base + 1
    every = field.script.source.stack.shapes[low][1]
    said = f"layer {low}: {phrases.count(kernels, 'kernel')}, {'a channel each' if kernels > 1 else 'one channel'}"
    if kernels < every:
        said = f"layer {low}: {phrases.spelled(kernels)} of its {every:,} kernels"
    if not field.is_deep:
        said = f"layer {low}: {phrases.count(taps, 'tap')} for each channel"
    pieces.note(draft, ("title", "lower"), said if not field.form.is_narrow else f"layer {low}", left, y, -1)
    if field.is_deep:
        each = max(len(field.of(channel)) for channel in field.channels)
        size = field.script.layer.kernel_size
        of = f"{phrases.spelled(each)} of " if each < size else ""
        said = f"layer {field.level}: one kernel, {of}{phrases.count(size, 'tap')} a channel"
        if field.level - low > 1:
            said = f"the layers above: {phrases.count(each, 'product')} of taps"
        pieces.note(draft, ("title", "upper"), said if not field.form.is_narrow else upper_name(field), right, y, -1)


def upper_name(field: Field) -> str:
    """The layers that read the rows' numbers."""
    first = field.base + 2
    return f"layer {first}" if first == field.level else f"layers {first}–{field.level}"


def heads(
    field: Field,
    draft: Draft,
    numbers: bool = True,
    taps: bool = False,
    products: bool = False,
    multiplied: Collection[Row] = (),
    symbols: bool = True,
) -> None:
    """What stands in the columns of the field and beside them, with the formula's letters for them; and how much larger
    rows are drawn that are ``multiplied``.
    """
    y, room, low, narrow = _head_line(field), field.room, field.base + 1, field.form.is_narrow
    said, above = "kernels" if narrow else f"kernels of layer {low}", y - (56 if not narrow else 36)
    pieces.note(draft, ("lower",), said, field.form.margin, y, -1)
    if symbols:
        x = field.form.margin + (112 if not field.base else 150)
        _letters(field, draft, "read", [("y", field.base) if field.base else ("x", 0)], x, field.foot - 14)
    if symbols and not multiplied:
        _letters(field, draft, "lower", [("w", low)], room.card + (2 if not narrow else -30), y - 4)
    if numbers:
        x = _middle(field) if _is_told(field) else room.inner
        said = f"layer {low}" if taps or narrow else f"layer {low} gives"
        pieces.note(draft, ("inner",), said if field.is_deep else "sums", x, y, 0)
        if symbols and field.is_deep:
            _letters(field, draft, "inner", [("y", low)], x, above)
    if taps:
        pieces.note(draft, ("tap",), "taps" if narrow and field.level - low > 1 else upper_name(field), room.tap, y, 0)
        if symbols:
            above_low = range(field.level, low, -1)
            _letters(field, draft, "tap", [("w", layer) for layer in above_low], room.tap, above)
    if products and field.is_deep:
        x, align = (room.end, 1) if field.is_written else (room.product, -1)
        pieces.note(draft, ("products",), "products", x, y, align)
    if len(multiplied) == len(field.rows):
        letters = [("w", layer) for layer in range(field.level, field.base, -1)]
        after = f"drawn {style.number(field.grown, 1)} times as tall" if field.grown != 1 else ""
        _letters(field, draft, "multiplied", letters, (room.left + room.right) / 2, y - 4, after)


def _head_line(field: Field) -> float:
    """The y of what stands over the columns."""
    return field.top - (24 if not field.form.is_narrow else 16)


def _letters(
    field: Field, draft: Draft, name: str, letters: list[tuple[str, int]], x: float, y: float, after: str = ""
) -> None:
    """Letters of the formula with their layers' numbers, and what is said ``after`` them, about x."""
    parts: list[tuple[str, float]] = []
    for letter, number in letters:
        is_numbered = letter == "y" or (letter == "w" and field.is_deep)
        parts += [(f"*{letter}*", 0.0), *([(f"{number} ", 12.0)] if is_numbered else [])]
    parts += [(f"  {after}", 4.0)] if after else []
    sizes = [TEXT * 0.86 if text.startswith("*") else SMALL for text, _ in parts]
    marks = [words(text, 0, y + drop, size, "formula") for (text, drop), size in zip(parts, sizes, strict=True)]
    left = x - sum(mark.width for mark in marks) / 2
    for place, mark in enumerate(marks):
        draft.put("letters", ("letter", name, place), mark.at(x=left + mark.width / 2))
        left += mark.width


def numbers(field: Field, draft: Draft, rows: Collection[Row], lit: Collection[Row] | None = None) -> None:
    """What each row gives: a number of the layer below."""
    largest = max((abs(row.inner.value) for row in field.rows), default=Fraction(0))
    for place, row in enumerate(field.rows):
        if row not in rows:
            continue
        made = tuple((*piece.key, "bar") for piece in row.pieces)
        meant = lit is None or row in lit
        if _is_told(field):
            more = dict(about=row.inner.about, made_of=made, role="ink" if meant else "context")
            size = field.size
            if field.is_apart and field.is_written:
                size = PARTIAL if size == TEXT else TEXT
            write(draft, row.key, row.inner.text, _middle(field), field.y(place), size, 0, **more)
        else:
            half = 50.0 if not field.form.is_narrow else 40.0
            unit = half / float(largest) if largest else 1.0
            _lying(field, draft, row.key, row.inner, field.role(row.channel), (field.room.inner, place), unit, meant)
            draft.change([(*row.key, "bar")], made_of=made)
    if not _is_told(field) and rows:
        _zero(field, draft, "inner", field.room.inner)


def _is_told(field: Field) -> bool:
    """Whether what rows give is written: of few rows, and of few that are told apart."""
    seen = any(number.value for *_, number in field.entries(field.channels[0]))
    return field.is_written or (field.is_apart and seen and len(field.rows) <= FEW_ROWS)


def _middle(field: Field) -> float:
    """Where what rows give is written: long numbers need room."""
    return field.room.inner if field.is_written else field.room.tap


def taps(field: Field, draft: Draft, gone: Collection[Row] = ()) -> None:
    """What the number of each row is multiplied with; nothing where it is ``gone``."""
    largest = max((abs(row.weight.value) for row in field.rows if row.weight is not None), default=Fraction(0))
    half = 62.0 if not field.form.is_narrow else 40.0
    unit = half / float(largest) if largest else 1.0
    left = [row for row in field.rows if row.weight is not None and row not in gone]
    for place, row in enumerate(field.rows):
        if row not in left or row.weight is None:
            continue
        key, into = ("tap", *row.at), (*row.key, "edge") if row.pieces else None
        if field.is_written:
            more = dict(about=_about(row), goes_into=into)
            write(draft, key, benches.factor(row.weight), field.room.tap, field.y(place), field.size, 0, **more)
        else:
            weight = row.weight._replace(about=_about(row))
            _lying(field, draft, key, weight, field.role(row.channel), (field.room.tap, place), unit)
            draft.change([(*key, "bar")], goes_into=into)
    for channel in dict.fromkeys(row.channel for row in left):
        (top, bottom), x, wide = field.group(channel), field.room.tap, half + 14
        card = plate(field.role(channel), x - wide, top, x + wide, bottom, light=CARD, z=-3, radius=10.0)
        draft.put("taps", ("upper", channel, "card"), card)
    if not field.is_written and left:
        _zero(field, draft, "tap", field.room.tap)


def _zero(field: Field, draft: Draft, name: str, x: float) -> None:
    last = len(field.rows) - 1
    mark = line("line", x, field.feet[0][0], x, field.feet[last][2], z=-1)
    draft.put("beside", ("zero", name), mark)


def _lying(
    field: Field, draft: Draft, key: Key, number: Number, role: Role, at: tuple[float, int], unit: float,
    meant: bool = True,
) -> float:  # fmt: skip
    """A number as a bar that lies beside a row, from a place to the right or, when negative, to the left; its end."""
    x, place = at
    end, height = x + float(number.value) * unit, max(3.0, min(30.0, 0.5 * _pitch(field)))
    light = FULL if meant else CONTEXT
    tiles.tile(draft, key, number, role, (x + end) / 2, field.y(place), abs(end - x), height, light=light)
    return end


def _pitch(field: Field) -> float:
    return (field.feet[-1][2] - field.feet[0][0]) / len(field.feet)


def products(field: Field, draft: Draft) -> None:
    """What each row is worth to the output, and the output: their sum."""
    every = [(("product", *row.at), row.product, field.role(row.channel)) for row in field.rows] + field.rest
    made: dict[Key, tuple[Key, ...]] = {
        ("product", *row.at): ((*row.key, "digits" if field.is_written else "bar"),) for row in field.rows
    }
    for place, (key, *_) in enumerate(field.rest, len(field.rows)):
        more = f"{field.count - len(field.rows):,} more" if key == ("rest",) else "bias"
        pieces.note(draft, ("row", *key), more, field.room.right, field.y(place), 1)
    (_written if field.is_written else _staircase)(field, draft, every, made)


def _written(
    field: Field, draft: Draft, every: list[tuple[Key, Number, Role]], made: dict[Key, tuple[Key, ...]]
) -> None:
    for place, (key, number, _) in enumerate(every):
        more = dict(about=number.about, made_of=made.get(key, ()))
        write(draft, key, addend(number), field.room.end, field.y(place), field.size, 1, **more)
    x, top, bottom = field.room.end + 24, field.feet[0][0] + 12, field.feet[-1][2] - 12
    draft.put("beside", ("products", "brace"), line("quiet", x - 10, top, x, top, x, bottom, x - 10, bottom, size=3))
    right = field.form.width - field.form.margin
    sizes = (HERO, PARTIAL, TEXT, SMALL) if not field.form.is_narrow else (PARTIAL, TEXT, SMALL)
    size = benches.fitting(right - x - 20, [field.total.text], sizes)
    key, parents = field.cone.key(field.level, field.script.cell), tuple((*key, "digits") for key, *_ in every)
    more = dict(about=field.total.about, made_of=parents)
    middle = (x + 20 + right) / 2
    write(draft, key, field.total.text, middle, (top + bottom) / 2, size, 0, **more)
    _letters(field, draft, "output", [("y", field.level)], middle, (top + bottom) / 2 - 0.36 * size - 44)


def _staircase(
    field: Field, draft: Draft, every: list[tuple[Key, Number, Role]], made: dict[Key, tuple[Key, ...]]
) -> None:
    """Head to tail from the top down, to the output below."""
    reached = benches.levels(number.value for _, number, _ in every)
    low, high = float(min(reached)), float(max(reached))
    start, room = field.room.product, field.form.width - field.form.margin - field.room.product
    unit = room / (high - low) if high > low else 1.0
    zero, thick = start - low * unit, 0.25 * _pitch(field)
    for place, (key, number, role) in enumerate(every):
        _lying(field, draft, key, number, role, (zero + float(reached[place]) * unit, place), unit)
        draft.change([(*key, "bar")], made_of=made.get(key, ()))
        end = zero + float(reached[place + 1]) * unit
        below = field.y(place + 1) - thick if place + 1 < len(every) else field.feet[-1][2] + 30
        link = line("quiet", end, field.y(place) + thick, end, below, dash=5, size=2, z=-1)
        draft.put("products", (*key, "link"), link.at(rides=(*key, "bar")))
    key, y = field.cone.key(field.level, field.script.cell), field.bottom + (54 if not field.form.is_narrow else 38)
    end = zero + float(field.total.value) * unit
    parents = tuple((*key, "bar") for key, *_ in every)
    tiles.tile(draft, key, field.total, "output", (zero + end) / 2, y, abs(end - zero), 40.0, light=FULL)
    draft.change([(*key, "bar")], made_of=parents)
    draft.put("products", ("zero", "products"), line("line", zero, field.feet[0][0], zero, y + 26, z=-2))
    more = dict(about=field.total.about, rides=(*key, "bar"))
    write(draft, key, field.total.text, min(zero, end) - 20, y, PARTIAL, 1, **more)


def joined(field: Field, draft: Draft, own: Joined) -> None:
    """What the column of one sample adds up to, large, beside the rows."""
    x, top, bottom = field.room.right + 40, field.feet[0][0] + 12, field.feet[-1 - len(field.rest)][2] - 12
    draft.put("beside", ("joined", "brace"), line("quiet", x - 10, top, x, top, x, bottom, x - 10, bottom, size=3))
    room = field.form.width - field.form.margin - x - 30
    size = benches.fitting(room, [own.weight.text], (HERO, PARTIAL, TEXT, SMALL))
    more = dict(about=own.weight.about, role="kernel")
    write(draft, ("joined", *own.cell), own.weight.text, x + 30, (top + bottom) / 2, size, -1, **more)


def addend(number: Number) -> str:
    """A number as an addend; a zero has no sign."""
    return style.signed(number.text) if number.value else number.text


def _about(row: Row) -> tuple[object, ...] | None:
    """What a row is multiplied with: one tap, or several."""
    assert row.weight is not None
    assert row.weight.about is not None
    _kind, level, _step, filter, *rest = row.weight.about
    return ("weight", level, *rest, filter) if len(rest) == 2 else row.weight.about
