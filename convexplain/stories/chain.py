"""All products behind one output sorted by sample: two-lane stacks that go on from each other, up to the output.

The layout of the board that a field of products ends in. This module knows a field and pieces; on which board it stands
a story says.
"""

from __future__ import annotations

from fractions import Fraction

from convexplain.board import pieces, tiles
from convexplain.board.marks import FULL, HERO, PARTIAL, SMALL, TEXT, Draft, Key, Role, line
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.board.tiles import Brick
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.cone import is_whole
from convexplain.stories.field import NARROWEST, Field, addend
from convexplain.stories.gathered import addends
from convexplain.stories.ways import Joined


def lay(field: Field, draft: Draft, result: Number | None = None) -> None:
    """The stacks of every sample, then what they do not give, then the output: the sum, or the ``result`` of its
    activation.
    """
    cone, result = field.cone, result or field.total
    stacks, rest = {own.cell: _bricks(field, own) for own in cone.shown}, addends(cone)
    reached = _reached(stacks, rest)
    up, down = benches.extent(reached)
    top, bottom = field.foot + field.down + 40, field.form.height - 156.0 - 66
    values = [brick.number.value for bricks in stacks.values() for brick in bricks]
    unit = benches.unit_of(bottom - top, up + down, values, 72.0)
    floor, right = bottom - down * unit, field.form.width - field.form.margin
    draft.put("chain", ("floor",), line("line", field.axis.left, floor, right, floor, z=-2))
    pitch = (right - field.axis.right) / (len(rest) + 1)
    ends = [field.axis.right + (place + 0.5) * pitch for place in range(len(rest) + 1)]
    width, wide = 0.4 * field.tile_width(), min(110.0, 0.66 * pitch)
    y, xs, following = floor, [field.x(cell) for cell in stacks], iter([*stacks.values()][1:])
    for (cell, bricks), x, after in zip(stacks.items(), xs, [*xs[1:], ends[0]], strict=True):
        _, y = tiles.lanes(draft, bricks, x, y, unit, width)
        start = x + tiles.reach(bricks, width) + 2
        end = after - (tiles.reach(next(following), width) if after in xs else wide / 2) - 2
        if end - start > 6 and bricks:
            made = tuple((*brick.key, "bar") for brick in bricks)
            draft.put("chain", ("link", *cell), line("quiet", start, y, end, y, dash=5, size=2, z=-1, made_of=made))
    for (key, number, role), x in zip(rest, ends, strict=False):
        pieces.column(draft, key, number, x, y, wide, unit, role, True, is_whole(number) and unit > 14)
        y -= float(number.value) * unit
        pieces.note(draft, key, key[0], x, bottom + 40, 0)
    if unit > 34 and field.is_written():
        _write(draft, [brick for bricks in stacks.values() for brick in bricks])
    _write_shares(field, draft, bottom + 40)
    key, parents = cone.key(field.level, field.script.cell), tuple((*key, "bar") for key, *_ in rest)
    pieces.column(draft, key, result, ends[-1], floor, wide, unit, "output", True, False, made_of=parents)
    size = benches.fitting(right - field.axis.right - 10, [result.text], (HERO, PARTIAL, TEXT, SMALL))
    mark = pieces.digits(draft, key, result.text, size=size)
    draft.change([(*key, "digits")], x=min(mark.x, right - mark.width / 2))


def _bricks(field: Field, own: Joined) -> list[Brick]:
    """The bricks of a sample: its products that are shown, and what the others add up to. What climbs begins with the
    lowest row, what comes down with the highest: none passes another on its way.
    """
    found = [
        Brick(piece.key, piece.product, field.role(row))
        for row in field.rows
        for piece in row.pieces
        if piece.source == own.cell and piece.product.value
    ]
    found = [*(b for b in found[::-1] if b.number.value > 0), *(b for b in found if b.number.value < 0)]
    rest = own.product.value - sum((brick.number.value for brick in found), Fraction(0))
    if rest:
        found.append(Brick(("way", "rest", *own.cell), field.script.written(rest), "bias"))
    return found


def _reached(stacks: dict[Cell, list[Brick]], rest: list[tuple[Key, Number, Role]]) -> list[Fraction]:
    """The levels that the stacks reach: each sample's highest and last, then those of the other addends."""
    level, reached = Fraction(0), [Fraction(0)]
    for bricks in stacks.values():
        reached.append(level + sum((b.number.value for b in bricks if b.number.value > 0), Fraction(0)))
        level += sum((brick.number.value for brick in bricks), Fraction(0))
        reached.append(level)
    for _, number, _ in rest:
        level += number.value
        reached.append(level)
    return reached


def _write(draft: Draft, bricks: list[Brick]) -> None:
    """The numbers of bricks, in those that have room for them."""
    for brick in bricks:
        mark = draft.marks[(*brick.key, "bar")]
        if mark.height > 26:
            light = 0.0 if brick.number.value > 0 else FULL
            size = benches.fitting(mark.width - 14, [addend(brick.number)]) if mark.height > 38 else SMALL
            text = words(addend(brick.number), mark.x, mark.y, size, light=light, rides=(*brick.key, "bar"))
            draft.put("chain", (*brick.key, "digits"), text)


def _write_shares(field: Field, draft: Draft, y: float) -> None:
    """What each sample gives, under its column, where there is room."""
    cone = field.cone
    columns, texts = len(cone.places) * len(cone.channels[cone.base]), [addend(own.product) for own in cone.shown]
    if benches.fitting(NARROWEST / columns - 14, texts, (SMALL, 0.0)):
        size = benches.fitting(field.axis.pitch / len(cone.channels[cone.base]) - 14, texts)
        pieces.note(draft, ("shares",), "sums", cone.form.margin, y)
        for own in cone.shown:
            text = words(addend(own.product), field.x(own.cell), y, size, about=own.product.about)
            draft.put("chain", ("share", *own.cell, "digits"), text)
