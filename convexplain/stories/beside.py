"""What stands beside a field: the names of its rows, what each row gives, what that is multiplied with, and what the
products add up to.

This module knows a field and pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fractions import Fraction

from convexplain import style
from convexplain.board import pieces, tiles
from convexplain.board.marks import CONTEXT, FULL, HERO, PARTIAL, SMALL, TEXT, Draft, Key, Mark, Role, line, plate
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories.field import Field, write
from convexplain.stories.formulas import parts_of
from convexplain.stories.rows import Row
from convexplain.stories.ways import Joined

BAND, BRACKET = 0.07, 5.0
"""The light of a band that joins a sample to its tap; the thickness of a row's bracket."""


def spell(
    draft: Draft,
    key: Key,
    text: str,
    x: float,
    y: float,
    size: float = SMALL,
    role: Role = "formula",
    align: float = -1,
    z: float = 0.0,
) -> float:
    """Letters of the formula with their numbers below the line, as ``*k*_2 = 0``, from x on, about it or up to it.
    Returns the right edge.
    """  # fmt: skip
    parts = parts_of("", text)
    sizes = [SMALL if part.small else size for part in parts]
    marks = [words(part.markup, 0, y + 10.0 * part.small, own, role) for part, own in zip(parts, sizes, strict=True)]
    left = x - sum(mark.width for mark in marks) * (align + 1) / 2
    for place, mark in enumerate(marks):
        draft.put("letters", (*key, place), mark.at(x=left + mark.width / 2, z=z))
        left += mark.width
    return left


def head_line(field: Field) -> float:
    """The y of what stands over the columns."""
    return field.top - (26 if not field.form.is_narrow else 18)


def asked(field: Field, draft: Draft, output: Number) -> None:
    """A place for a factor under each sample, and the output that they should give."""
    top, bottom = field.top + 40, field.bottom - (160 if not field.form.is_narrow else 60)
    middle, half = (top + bottom) / 2, 0.44 * field.slot
    size = next(size for size in (HERO, PARTIAL, TEXT, SMALL) if size <= max(SMALL, 0.6 * field.slot))
    wanted = "× ?" if field.is_written else "?"
    size = benches.fitting(1.7 * half, [wanted], [own for own in (HERO, PARTIAL, TEXT, SMALL) if own <= size])
    for own in field.cone.shown:
        x = field.x(own.cell)
        box = plate("kernel", x - half, top, x + half, bottom, edge=1.0, light=0.0, hollow=True, size=3, dash=14.0)
        draft.put("asked", ("asked", *own.cell, "box"), box.at(radius=10.0))
        if words(wanted, x, middle, size).width < 2 * half:
            draft.put("asked", ("asked", *own.cell, "digits"), words(wanted, x, middle, size, "kernel"))
    mark = total(field, draft, output)
    equals = words("=", field.room.right + 40, mark.y, mark.size, "quiet")
    if equals.right < mark.left - 12:
        draft.put("asked", ("asked", "equals"), equals.at(x=(field.room.right + mark.left) / 2))


def names(field: Field, draft: Draft, rows: Collection[Row], taps: bool = True, meant: str = "") -> None:
    """Which numbers rows are: the channel ``c`` of a group, and of a row its step ``t``, then the tap ``k`` of the next
    layer that it meets; of those where rows are large only what is ``meant``.
    """
    roomy = is_roomy(field)
    size = TEXT if field.is_written and not field.form.is_narrow else SMALL
    k, c = (field.k, field.c) if field.is_deep else ("", "")
    for channel in dict.fromkeys(row.channel for row in rows):
        own = [place for place, row in enumerate(field.rows) if row.channel == channel and row in rows]
        if len(field.channels) > 1 and (not roomy or "c" in meant):
            said = f"{c} = {channel}" if c else f"channel {channel}"
            every = [place for place, row in enumerate(field.rows) if row.channel == channel]
            y = sum(map(field.y, every)) / len(every)
            role = field.role(channel)
            if len(rows) / len(field.channels) * (field.feet[0][2] - field.feet[0][0]) > 12:
                spell(draft, ("letter", "channel", channel), said, field.form.margin, y, size if c else SMALL, role)
        pitch = field.y(own[1]) - field.y(own[0]) if len(own) > 1 else 100.0
        crowded = len(own) > 2 and pitch < 40
        if not k or (len(own) - 1) * pitch < 34 or pitch + field.gap < 30 or (crowded and field.form.is_narrow):
            continue
        for place in [own[0], own[-1]] if crowded else own:
            row, x, y = field.rows[place], field.room.name, field.y(place)
            if "t" in meant if roomy else not taps:
                spell(draft, ("letter", "t", *row.at), f"*t* = {row.step}", x, y, SMALL, "quiet")
            if "k" in meant if roomy else taps:
                spell(draft, ("letter", "k", *row.at), f"{k} = {row.at[0]}", x, y, SMALL, "quiet")


def is_roomy(field: Field) -> bool:
    """Whether rows are so large that names stand in them."""
    return field.is_inside and field.slot > 90


def tap_named(field: Field, draft: Draft, key: Key, said: str, tap: Number, x: float, foot: float) -> None:
    """Which tap a bar is, on the free side of its line."""
    side = 1 if tap.value >= 0 else -1
    spell(draft, ("letter", "tap", *key, side), said, x, foot + 22.0 * side - 3, SMALL, "quiet", 0, -2)


def taps_named(field: Field, draft: Draft, rows: Collection[Row], multiplied: Collection[Row] = ()) -> None:
    """Which tap is which: in each row, on the free side of its line; without room there over the columns of one row."""
    if is_roomy(field):
        for place, row in enumerate(field.rows):
            for piece in row.pieces if row in rows else ():
                number = piece.product if row in multiplied else piece.inner
                said = f"{field.own_k} = {piece.key[-2]}"
                tap_named(field, draft, piece.key[1:], said, number, field.x(piece.source), field.y(place))
        return
    (row, *more), wide = rows, field.slot > 112 or (field.form.is_narrow and field.slot > 98)
    first = [piece for piece in row.pieces if piece.key[-1] == row.pieces[0].key[-1]]
    for place, piece in enumerate(first if field.slot > 46 and not more else ()):
        k = piece.key[-2]
        said = f"{field.own_k} = {k}" if wide or not place else str(k)
        spell(draft, ("letter", "tap", k), said, field.x(piece.source), head_line(field), SMALL, "quiet", 0)


def bands(field: Field, draft: Draft, row: Row) -> None:
    """From each sample that a row reads down to the tap that it meets."""
    top, half = benches.TOP - 16.0, field.slot / 2 - 4
    bottom = field.card(field.rows.index(row))[3]
    for piece in row.pieces:
        x = field.x(piece.source)
        face = plate(field.role(row.channel), x - half, top, x + half, bottom, light=BAND, z=-5, radius=10.0)
        draft.put("band", ("band", *piece.source), face)


def heads(field: Field, draft: Draft, lower: bool = True, inner: bool = False, factor: bool = False) -> None:
    """The formula's letters over the columns: which taps stand in the rows, ``inner`` where their numbers stand, and
    ``factor`` where what these are multiplied with is not in the rows yet.
    """
    y, low = head_line(field), field.base + 1
    if lower:
        said = f"layer {low}: *w*_{low}" if field.is_deep else "taps *w*"
    else:
        said = "".join(f"*w*_{layer} " for layer in range(field.level, field.base, -1))
    right, place = field.span(field.rows[0])[1] if field.rows[0].pieces else field.room.left, field.y(0)
    if field.room.right - right > 150 and (field.feet[0][2] - field.feet[0][0] > 40 or len(field.rows) == 1):
        spell(draft, ("letter", "lower" if lower else "both"), said, right + 44, place, SMALL, "quiet")
        end = field.form.margin - 24
    else:
        end = spell(draft, ("letter", "lower" if lower else "both"), said, field.form.margin, y, SMALL, "quiet")
    if not lower and field.grown != 1:
        said = f"drawn {style.number(field.grown, 1)} times as tall"
        pieces.note(draft, ("grown",), said, end + 24, y)
    if factor:
        said = "".join(f"*w*_{layer} " for layer in range(field.level, low, -1)).strip()
        x = field.room.factor if not field.is_written else field.room.left - 46
        spell(draft, ("letter", "factor"), said, x, y, SMALL, "formula", 0)
    if inner:
        spell(draft, ("letter", "inner"), f"*y*_{low}", field.room.inner, y, SMALL, "formula", 0)


def works(field: Field, rows: Iterable[Row]) -> dict[tuple[int, ...], str]:
    """How rows are worked out, without what they give."""
    met = {own.cell: own.sample for own in field.cone.shown}
    found = {}
    for row in rows:
        said, bias = dot((piece.inner, met[piece.source]) for piece in row.pieces), field.bias(row.channel)
        if bias is not None:
            said += f" {style.MINUS if bias.value < 0 else '+'} {bias.text.removeprefix(style.MINUS)}"
        found[row.at] = f"{said} ="
    return found


def dot(taps: Iterable[tuple[Number, Number]]) -> str:
    """Products as a sum is written: ``−1·1 + 1·1 + 1·2``."""
    said = ""
    for tap, sample in taps:
        text, minus = tap.text, tap.value < 0
        sign = (f" {style.MINUS} " if minus else " + ") if said else (style.MINUS if minus else "")
        factor = f"({sample.text})" if sample.value < 0 else sample.text
        said += f"{sign}{text.removeprefix(style.MINUS)}·{factor}"
    return said


def worked(field: Field, draft: Draft, rows: Collection[Row], lit: Collection[Row]) -> None:
    """What each row gives, at the right, after how it is worked out where there is room for that."""
    right, every = field.form.width - field.form.margin, works(field, field.rows)
    size = 0.0
    if field.is_written and not field.form.is_narrow:
        widest = max(words(row.inner.text, 0, 0, TEXT).width for row in field.rows)
        size = benches.fitting(right - widest - 28 - field.room.right, every.values(), (TEXT, SMALL, 0.0))
    low = field.base + 1
    said = f"layer {low} gives *y*_{low}" if field.is_deep else "sums"
    if not is_roomy(field):
        spell(draft, ("letter", "given"), said, right, head_line(field), SMALL, "quiet", 1)
    for place, row in enumerate(field.rows):
        if row not in rows:
            continue
        made, role = tuple((*piece.key, "bar") for piece in row.pieces), "ink" if row in lit else "quiet"
        more = dict(about=row.inner.about, made_of=made, role=role)
        mark = write(draft, row.key, row.inner.text, right, field.y(place), size or field.size, 1, **more)
        if size:
            work = words(every[row.at], mark.left - 14, field.y(place), size, role, align=1)
            draft.put("beside", (*row.key, "work"), work)


def numbers(field: Field, draft: Draft, rows: Collection[Row], lit: Collection[Row] | None = None) -> None:
    """What each row gives: a number of the layer below."""
    largest = max((abs(row.inner.value) for row in field.rows), default=Fraction(0))
    for place, row in enumerate(field.rows):
        if row not in rows:
            continue
        made = tuple((*piece.key, "bar") for piece in row.pieces)
        meant, into = lit is None or row in lit, (*row.key, "after") if row.pieces else None
        if field.is_written:
            more = dict(about=row.inner.about, made_of=made, goes_into=into, role="ink" if meant else "context")
            write(draft, row.key, row.inner.text, field.room.inner, field.y(place), field.size, 0, **more)
        else:
            half = 46.0 if not field.form.is_narrow else 30.0
            unit = half / float(largest) if largest else 1.0
            _lying(field, draft, row.key, row.inner, field.role(row.channel), (field.room.inner, place), unit, meant)
            draft.change([(*row.key, "bar")], made_of=made, goes_into=into)
    if not field.is_written and rows:
        _zero(field, draft, "inner", field.room.inner)


def factors(field: Field, draft: Draft, gone: Collection[Row] = ()) -> None:
    """What the number of each row is multiplied with, before its row; nothing where it is ``gone``."""
    largest = max((abs(row.weight.value) for row in field.rows if row.weight is not None), default=Fraction(0))
    half = 50.0 if not field.form.is_narrow else 34.0
    unit = half / float(largest) if largest else 1.0
    left = [row for row in field.rows if row.weight is not None and row not in gone]
    for place, row in enumerate(field.rows):
        if row not in left or row.weight is None:
            continue
        key, into = ("tap", *row.at), (*row.key, "before") if row.pieces else None
        weight = row.weight._replace(about=_about(row))
        if field.is_written:
            x = (field.span(row)[0] if row.pieces else field.room.left) - (30 if not field.form.is_narrow else 14)
            more = dict(about=weight.about, goes_into=into, role=field.role(row.channel))
            write(draft, key, f"{weight.text} ×", x, field.y(place), field.size, 1, **more)
        else:
            _lying(field, draft, key, weight, field.role(row.channel), (field.room.factor, place), unit)
            draft.change([(*key, "bar")], goes_into=into)
    if not field.is_written and left:
        _zero(field, draft, "tap", field.room.factor)


def brackets(field: Field, draft: Draft, rows: Collection[Row]) -> None:
    """Brackets around rows, as the formula has them."""
    for place, row in enumerate(field.rows):
        if row in rows and row.pieces:
            left, top, right, bottom = field.card(place)
            for side, x, out in (("before", left, -1.0), ("after", right, 1.0)):
                bend = out * min(16.0, 0.16 * (bottom - top))
                x, high = x + out * (3.0 if field.form.is_narrow else 5.0), bottom - top
                points = (x, top, x + bend, top + 0.3 * high, x + bend, bottom - 0.3 * high, x, bottom)
                thick = BRACKET if high > 50 else 3.0
                mark = line("lit", *points, size=thick, curve=True, z=1)
                draft.put("bracket", ("bracket", *row.at, side), mark)


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
    every = _addends(field)
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
    total(field, draft, field.total, tuple((*key, "digits") for key, *_ in every))
    if field.is_deep and not is_roomy(field):
        product = "".join(f"*w*_{layer} " for layer in range(field.level, field.base + 1, -1))
        said = f"{product}*y*_{field.base + 1}"
        spell(draft, ("letter", "products"), said, field.room.end, head_line(field), SMALL, "formula", 1)


def _staircase(
    field: Field, draft: Draft, every: list[tuple[Key, Number, Role]], made: dict[Key, tuple[Key, ...]]
) -> None:
    """Head to tail from the top down, to the output below."""
    reached = benches.levels(number.value for _, number, _ in every)
    (zero, unit), thick = _scale(field, every), 0.25 * _pitch(field)
    for place, (key, number, role) in enumerate(every):
        _lying(field, draft, key, number, role, (zero + float(reached[place]) * unit, place), unit)
        draft.change([(*key, "bar")], made_of=made.get(key, ()))
        end = zero + float(reached[place + 1]) * unit
        below = field.y(place + 1) - thick if place + 1 < len(every) else field.feet[-1][2] + 30
        link = line("quiet", end, field.y(place) + thick, end, below, dash=5, size=2, z=-1)
        draft.put("products", (*key, "link"), link.at(rides=(*key, "bar")))
    y = _lying_total(field, draft, zero, unit, tuple((*key, "bar") for key, *_ in every))
    draft.put("products", ("zero", "products"), line("line", zero, field.feet[0][0], zero, y + 26, z=-2))


def _scale(field: Field, every: list[tuple[Key, Number, Role]]) -> tuple[float, float]:
    """Where zero is of bars that lie head to tail, and their unit."""
    reached = benches.levels(number.value for _, number, _ in every)
    low, high = float(min(reached)), float(max(reached))
    room = field.form.width - field.form.margin - field.room.product
    unit = room / (high - low) if high > low else 1.0
    return field.room.product - low * unit, unit


def _lying_total(field: Field, draft: Draft, zero: float, unit: float, made_of: tuple[Key, ...] = ()) -> float:
    """The output as a bar that lies below the products; its y."""
    key, y = field.cone.key(field.level, field.script.cell), field.bottom + (54 if not field.form.is_narrow else 38)
    end = zero + float(field.total.value) * unit
    tiles.tile(draft, key, field.total, "output", (zero + end) / 2, y, abs(end - zero), 40.0, light=FULL)
    draft.change([(*key, "bar")], made_of=made_of)
    more = dict(about=field.total.about, rides=(*key, "bar"))
    write(draft, key, field.total.text, min(zero, end) - 20, y, PARTIAL, 1, **more)
    return y


def kept(field: Field, draft: Draft) -> None:
    """The output alone, where it stood."""
    if field.is_written:
        total(field, draft, field.total)
    else:
        _lying_total(field, draft, *_scale(field, _addends(field)))


def _addends(field: Field) -> list[tuple[Key, Number, Role]]:
    return [(("product", *row.at), row.product, field.role(row.channel)) for row in field.rows] + field.rest


def total(field: Field, draft: Draft, number: Number, made_of: tuple[Key, ...] = ()) -> Mark:
    """The output, large, at the right of the rows."""
    key, right = field.cone.key(field.level, field.script.cell), field.form.width - field.form.margin
    x = field.room.total if field.is_written else 0.45 * field.room.right + 0.55 * right
    y = (field.top + field.bottom) / 2
    sizes = (HERO, PARTIAL, TEXT, SMALL) if not field.form.is_narrow else (PARTIAL, TEXT, SMALL)
    size = benches.fitting(
        2 * min(right - x, x - (field.room.end + 30 if field.is_written else field.room.right + 60)),
        [number.text],
        sizes,
    )
    more = dict(about=number.about, made_of=made_of)
    mark = write(draft, key, number.text, x, y, size, 0, **more)
    said = f"*y*_{field.level}[{field.script.cell.step}]"
    spell(draft, ("letter", "output"), said, x, y - 0.36 * size - 40, TEXT if size == HERO else SMALL, "formula", 0)
    return mark


def upper(field: Field, draft: Draft, named: bool = False) -> None:
    """The kernel of the layer that reads the rows' numbers, at the upper right: a tap for each of them; where rows are
    large it is said which one that is only if they are ``named``.
    """
    named = named or not is_roomy(field)
    narrow, right, top = field.form.is_narrow, field.form.width - field.form.margin, benches.TOP
    ks, cs = (sorted({row.at[n] for row in field.rows}) for n in (0, 1))
    column = 130.0 if not narrow else 104.0
    x, y = right - 0.5 * column, top - 22 if not narrow else top - 36
    left = right - column * len(ks) - (116 if not narrow else 88)
    title = f"layer {field.level}: *w*_{field.level}" if not narrow else f"*w*_{field.level}"
    spell(draft, ("letter", "upper"), title, left, y - (22 if not narrow else 0), SMALL, "quiet")
    head = y + (30 if not narrow else 0)
    pitch = min(60.0 if not narrow else 38.0, (head_line(field) - 38 - head) / (len(cs) - 0.15))
    size = TEXT if pitch > 40 else SMALL
    for place, k in enumerate(reversed(ks) if named else ()):
        at = x - place * column
        spell(draft, ("letter", "upper", "k", k), f"{field.k} = {k}", at, head, SMALL, "quiet", 0)
    for line_, c in enumerate(cs):
        low = head + pitch * (line_ + 0.85)
        if field.c and named:
            spell(draft, ("letter", "upper", "c", c), f"{field.c} = {c}", left, low, SMALL, field.role(c))
        for row in field.rows:
            if row.at[1] == c and row.weight is not None:
                at = x - column * (len(ks) - 1 - ks.index(row.at[0]))
                shown = words(row.weight.text, at, low, size, field.role(row.channel), about=_about(row))
                draft.put("beside", ("upper", *row.at, "digits"), shown)


def shares(field: Field, draft: Draft, own: Joined) -> None:
    """What each row gives to one column, worked out, and their sum: a tap of the merged kernel."""
    met = [(place, row, p) for place, row in enumerate(field.rows) for p in row.pieces if p.source == own.cell]
    for place, row, piece in met:
        assert row.weight is not None
        said = f"{dot([(row.weight, piece.inner)])} = {addend(piece.product)}"
        size = TEXT if not field.form.is_narrow else SMALL
        draft.put("beside", ("met", *row.at), words(said, field.room.end, field.y(place), size, align=1))
        if is_roomy(field):
            said, y = f"{field.k} = {row.at[0]}, {field.own_k} = {piece.key[-2]}", field.y(place) + 44
            spell(draft, ("letter", "met", *row.at), said, field.room.end, y, SMALL, "quiet", 1)
    x, top, bottom = field.room.end + 24, field.feet[0][0] + 12, field.feet[len(field.rows) - 1][2] - 12
    draft.put("beside", ("products", "brace"), line("quiet", x - 10, top, x, top, x, bottom, x - 10, bottom, size=3))
    x, y = field.room.total + 20, (field.top + field.bottom) / 2
    size = HERO if not field.form.is_narrow else PARTIAL
    draft.put("beside", ("met", "sum"), words(own.weight.text, x, y, size, "kernel"))
    name, start = field.index(own.cell), field.formula.start(field.base)
    spell(draft, ("letter", "merged"), f"*w*[{name}]", x, y - 0.36 * size - 40, TEXT, "kernel", 0)
    if len(field.cone.channels[field.base]) == 1:
        low, at = y + 0.36 * size + 44, f"= {start} + {name}".replace("-", style.MINUS)
        spell(draft, ("letter", "meets", "step"), f"step {own.cell.step}", x, low, SMALL, "ink", 0)
        spell(draft, ("letter", "meets", "at"), at, x, low + 40, SMALL, "ink", 0)


def upper_name(field: Field) -> str:
    """The layers that read the rows' numbers."""
    first = field.base + 2
    return f"Layer {first}" if first == field.level else f"Layers {first}–{field.level}"


def addend(number: Number) -> str:
    """A number as an addend; a zero has no sign."""
    return style.signed(number.text) if number.value else number.text


def _about(row: Row) -> tuple[object, ...] | None:
    """What a row is multiplied with: one tap, or several."""
    assert row.weight is not None
    assert row.weight.about is not None
    _kind, level, _step, filter, *rest = row.weight.about
    return ("weight", level, *rest, filter) if len(rest) == 2 else row.weight.about
