"""The field behind one output: a row for each number of the layer below that it reads, a column for each sample.

A row's taps are bars under the samples that they meet; slid by a step it is the same taps again. What stands beside a
row multiplies into it, and the columns add up to one kernel. This module knows rows and pieces, and where they stand;
which state stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from convexplain import style
from convexplain.board import pieces
from convexplain.board.marks import CARD, CONTEXT, DIGIT, FULL, SMALL, TEXT, Draft, Key, Mark, Role, line, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.cone import Cone, is_whole
from convexplain.stories.gathered import addends
from convexplain.stories.rows import Row, Rows

NARROWEST = 510.0
"""The width of the columns in the narrowest format."""
COUNTED, LARGEST, INSIDE = 28.0, 44.0, 12.0
"""The height of a brick that has room for a number, and of the largest one; what rows keep above and below bars whose
numbers are in their bricks.
"""

STEP = "step *t*"
"""The ruler's name."""


class Room(NamedTuple):
    """What a format gives to the parts of a board."""

    name: float
    """Where the names of rows begin."""
    factor: float
    """The middle of what rows are multiplied with, where that is not written."""
    left: float
    right: float
    """The columns of the samples."""
    inner: float
    """The middle of the numbers of the layer below."""
    product: float
    """Where products begin; numbers end at ``end``."""
    end: float
    total: float
    """The middle of the output."""


WIDE = Room(216, 366, 448, 1360, 1424, 1520, 1584, 1684)
SLIM = Room(96, 214, 270, 792, 836, 896, 944, 1050)


class Field(Rows):
    """The rows of one output, in one format."""

    def __init__(self, cone: Cone, alone: bool = False, turned: bool = False) -> None:
        super().__init__(cone, alone)
        self.has_turned = turned
        """Whether rows have the places that they need once a minus has turned them over."""
        self.room = SLIM if self.form.is_narrow else WIDE
        pitch = min(330.0, (self.room.right - self.room.left) / len(cone.places))
        self.axis = Axis(tuple(cone.places), self.room.left, pitch, cone.steps)

    # where it stands

    @property
    def size(self) -> float:
        """Of the numbers of samples, and of what stands beside rows."""
        return SMALL if self.form.is_narrow else TEXT

    @cached_property
    def is_inside(self) -> bool:
        """Whether the numbers of bars are written in their bricks, which are large enough for that."""
        numbers = [number for row in self.rows for piece in row.pieces for number in (piece.inner, piece.product)]
        if not self.is_written or self.form.is_narrow or not is_whole(*numbers):
            return False
        return self._unit(INSIDE) >= COUNTED

    @property
    def pad(self) -> float:
        """What a row needs above its bars."""
        return INSIDE if self.is_inside else self._above if self.is_written else 3.0

    @property
    def _above(self) -> float:
        return DIGIT * SMALL + 14 + (8 if not self.form.is_narrow else 4)

    @property
    def sample_pad(self) -> float:
        """What samples need above their bars."""
        return DIGIT * self.size + 22 if self.is_written else 36.0

    @property
    def gap(self) -> float:
        """Between the rows of two channels."""
        return 20.0 if not self.form.is_narrow else 8.0

    @property
    def bottom(self) -> float:
        """Where the picture ends; with bars that lie, the output has its place below the rows."""
        foot = self.form.height - (156.0 if not self.form.is_narrow else 152.0)
        return foot if self.is_written else foot - (96.0 if not self.form.is_narrow else 64.0)

    @property
    def head(self) -> float:
        """Between the samples and the rows: what the columns are is written there."""
        return 52.0 if not self.form.is_narrow else 40.0

    def extent(self, row: Row) -> tuple[float, float]:
        """How far a row reaches above and below its line, in units of its taps: before and after it is multiplied, but
        one whose numbers are written gets the room for what a minus makes of it only when that is done.
        """
        if self.is_written and not self.has_turned and row.weight is not None and row.weight.value < 0:
            return benches.extent(piece.inner.value for piece in row.pieces)
        return self._reach(row)

    def _reach(self, row: Row) -> tuple[float, float]:
        if self.is_alone:  # these are never multiplied, and equally high
            return benches.extent(piece.inner.value for own in self.rows for piece in own.pieces)
        values = [(piece.inner.value, piece.product.value * self.grown) for piece in row.pieces]
        return benches.extent(value for both in values for value in both)

    @cached_property
    def grown(self) -> Fraction:
        """How much larger products are drawn than the taps they are made of: where nothing is written, so much that
        they can be seen as well.
        """
        if self.is_written:
            return Fraction(1)
        found = [(abs(piece.inner.value), abs(piece.product.value)) for row in self.rows for piece in row.pieces]
        before, after = (max((own[n] for own in found), default=Fraction(0)) for n in (0, 1))
        if not before or not after or Fraction(2, 3) < before / after < Fraction(3, 2):
            return Fraction(1)
        return style.rounded(before / after, 1) if before > after else 1 / style.rounded(after / before, 1)

    @cached_property
    def unit(self) -> float:
        """The height of a number 1 of the rows; where numbers are written, of everything on every board."""
        return self._unit(self.pad) if self.is_written else self._row_unit(self.pad)

    def _row_unit(self, pad: float) -> float:
        reach = sum(sum(self._reach(row)) for row in self.rows)
        room = self.bottom - benches.TOP - self.head - len(self.rows) * (pad + self.apart) - self.below
        room -= self.gap * (len(self.channels) - 1) + self.lie * len(self.rest)
        if self.is_written:
            reach, room = reach + sum(self.high), room - self.sample_pad
        else:
            room -= self._own_head
        values = [number.value for row in self.rows for piece in row.pieces for number in (piece.inner, piece.product)]
        return benches.unit_of(room, reach, values, LARGEST)

    def _unit(self, pad: float) -> float:
        """The unit at which rows, stacks, and kernel with staircase all have room, with so much above bars."""
        room = self.bottom - benches.TOP - self.below - self.sample_pad
        stacks = sum(self.stacked) + sum(self.high)
        found = [self._row_unit(pad), self.last_unit(pad)]
        found += [(room - self.head - self.sums) / stacks] if stacks else []
        return min(found)

    def last_unit(self, pad: float) -> float:
        """The unit at which kernel and staircase fill the room, when rows are gone."""
        room = self.bottom - benches.TOP - self.below - self.sample_pad - 2 * pad - self.between
        reach = sum(self.high) + sum(self.joined) + sum(self.climbed)
        return min(LARGEST, room / reach) if reach else LARGEST

    @property
    def high(self) -> tuple[float, float]:
        """How far the samples reach."""
        return benches.extent(own.sample.value for own in self.cone.shown)

    @property
    def stacked(self) -> tuple[float, float]:
        """How far the columns reach once they are stacks."""
        up, down = [own.plus for own in self.cone.shown], [own.plus + own.minus for own in self.cone.shown]
        return benches.extent([*up, *down])

    @property
    def joined(self) -> tuple[float, float]:
        """How far the taps of the one kernel reach."""
        return benches.extent(own.weight.value for own in self.cone.shown)

    @property
    def climbed(self) -> tuple[float, float]:
        """How far the staircase reaches that gives the output."""
        stairs = [own.product.value for own in self.cone.shown]
        return benches.extent(benches.levels([*stairs, *(number.value for _, number, _ in addends(self.cone))]))

    @property
    def sums(self) -> float:
        """The height of the sums below stacks."""
        return 166.0 if not self.form.is_narrow else 60.0

    @property
    def between(self) -> float:
        """What keeps samples, kernel and staircase apart."""
        return 84.0 if not self.form.is_narrow else 70.0

    @property
    def apart(self) -> float:
        """What a row needs below its bars."""
        return (INSIDE + 8.0 if not self.form.is_narrow else 6.0) if self.is_written else 4.0

    below = 10.0
    """What samples keep below them."""

    @property
    def lie(self) -> float:
        """The height of a row that has no taps."""
        return (64.0 if not self.form.is_narrow else 36.0) if self.is_written else 30.0

    @property
    def _own_head(self) -> float:
        return 130.0 if not self.form.is_narrow else 84.0

    @property
    def sample_unit(self) -> float:
        """The height of a number 1 of the samples."""
        if self.is_written:
            return self.unit
        values = [own.sample.value for own in self.cone.shown]
        return benches.unit_of(self._own_head - 40, sum(self.high), values, 30.0)

    @cached_property
    def foot(self) -> float:
        """The baseline of the samples."""
        return benches.TOP + self.sample_pad + self.high[0] * self.sample_unit

    @property
    def top(self) -> float:
        """Where the rows begin."""
        return self.foot + self.high[1] * self.sample_unit + self.below + self.head

    @cached_property
    def feet(self) -> list[tuple[float, float, float]]:
        """Of each row its top, the line that its bars stand on, and its bottom; those after the rows are the rest."""
        found, y, before = [], self.top, self.rows[0].channel if self.rows else 0
        if self.is_written and self.rows:
            found = self._even()
            y = found[-1][2]
        for row in self.rows if not found else ():
            y += self.gap * (row.channel != before)
            up, down = self.extent(row)
            top, foot = y, y + self.pad + up * self.unit
            y, before = foot + down * self.unit + self.apart, row.channel
            found.append((top, foot, y - 0.3 * self.apart))
        for place in range(len(self.rest)):
            found.append((y + self.lie * place, y + self.lie * (place + 0.5), y + self.lie * (place + 1)))
        return found

    def _even(self) -> list[tuple[float, float, float]]:
        """Rows with the same gap between them, as large as it can be once those of a minus are turned over."""
        full, now = ([own(row) for row in self.rows] for own in (self._reach, self.extent))

        def needs(of: list[tuple[float, float]]) -> list[float]:
            return [(a[1] + b[0]) * self.unit + self.pad + self.apart for a, b in pairwise(of)]

        y, apart = self.top + self.pad + full[0][0] * self.unit, self.apart
        end = self.bottom - self.lie * len(self.rest) - apart - full[-1][1] * self.unit
        spare = (end - y - sum(needs(full))) / max(1, len(full) - 1)
        found = []
        for (up, down), need in zip(now, [*needs(now), 0.0], strict=True):
            found.append((y - up * self.unit - self.pad, y, y + down * self.unit + 0.7 * apart))
            y += need + spare
        return found

    def y(self, place: int) -> float:
        """The middle of a row, by its number."""
        top, foot, bottom = self.feet[place]
        if self.is_written and place < len(self.rows):
            return foot
        return (top + bottom) / 2

    def group(self, channel: int) -> tuple[float, float]:
        """The top and the bottom of a channel's rows."""
        places = [place for place, row in enumerate(self.rows) if row.channel == channel]
        return self.feet[places[0]][0], self.feet[places[-1]][2]

    def x(self, cell: Cell) -> float:
        """Where a sample stands: its channel has a part of its step's column."""
        channels = self.cone.channels[self.base]
        part = self.axis.pitch * 0.92 / len(channels)
        return self.axis.x(cell.step) + (channels.index(cell.channel) - (len(channels) - 1) / 2) * part

    @property
    def slot(self) -> float:
        """The width of a sample's column."""
        return 0.92 * self.axis.pitch / max(1, len(self.cone.channels[self.base]))

    @property
    def width(self) -> float:
        """The width of a bar."""
        return min(120.0, 0.56 * self.slot)

    def role(self, channel: int) -> Role:
        """The hue of a channel."""
        role = self.cone.role(self.base + 1 if self.is_deep else self.base, channel)
        return "kernel" if role in ("sample", "output") else role

    # what is laid

    def samples(self, draft: Draft, lit: Collection[Cell] | None = None, unit: float = 0.0) -> float:
        """The samples over their columns; the numbers of all where there is room for them, else of the ``lit`` ones.
        Returns their lower end; ``unit`` is the height of a number 1, where it is not that of the rows.
        """
        unit = unit or self.sample_unit
        foot = benches.TOP + self.sample_pad + self.high[0] * unit
        fits = self.axis.pitch > 1.25 * SMALL * advance(runs_of(str(self.cone.steps)))
        pieces.ruler(draft, self.axis, STEP, lit={cell.step for cell in lit or ()} if fits else ())
        columns = len(self.cone.places) * len(self.cone.channels[self.base])
        texts = [own.sample.text for own in self.cone.shown if lit is not None and own.cell in lit]
        fitting = benches.fitting(NARROWEST / columns - 6, texts, (SMALL, 0.0)) > 0
        for own in self.cone.shown:
            key, meant = self.cone.key(self.base, own.cell), lit is None or own.cell in lit
            role, bricks = self.cone.role(self.base, own.cell.channel), is_whole(own.sample)
            role = "sample" if role == "output" else role
            at = self.x(own.cell), foot
            pieces.column(draft, key, own.sample, *at, self.width, unit, role, True, bricks)
            if not meant:
                draft.change([(*key, "bar")], light=CONTEXT)
            if self.is_written:
                pieces.digits(draft, key, own.sample.text, self.size, "ink" if meant else "context")
            elif lit is not None and meant and fitting:
                pieces.digits(draft, key, own.sample.text, SMALL)
        pieces.baseline(draft, ("level", self.base), self.axis.left, self.axis.right, foot)
        name = f"layer {self.base}: *y*{self.base}" if self.base else "input *x*"
        pieces.name(draft, ("level", self.base), name, foot)
        return foot + self.high[1] * unit + self.below

    def card(self, place: int) -> tuple[float, float, float, float]:
        """The left, upper, right and lower edge of a row that has pieces."""
        (top, foot, bottom), row = self.feet[place], self.rows[place]
        if self.is_written:
            up, down = self.extent(row)
            top, bottom = foot - up * self.unit - self.pad, foot + down * self.unit + self.pad
            bottom = min(bottom, self.feet[place][2]) if not self.is_inside else bottom
        left, right = self.span(row)
        return left, top, right, bottom

    def lines(
        self,
        draft: Draft,
        rows: Collection[Row],
        multiplied: Collection[Row] = (),
        lit: Collection[Row] | None = None,
        gone: Collection[Cell] = (),
        only: Cell | None = None,
    ) -> None:
        """Rows: a kernel each, its taps under the samples that they meet; of those ``multiplied`` what stood beside is
        multiplied in. Those not ``lit`` recede. Where columns are ``gone`` rows have come apart: no card holds them.
        The taps that meet ``only`` one cell are meant in any case.
        """
        first = {row.channel: row for row in reversed(self.rows)}
        before: dict[int, Row] = {}
        for place, row in enumerate(self.rows):
            if row not in rows:
                continue
            foot = self.feet[place][1]
            meant, role = lit is None or row in lit, self.role(row.channel)
            parent = before.get(row.channel) if row != first[row.channel] else None
            card = (*parent.key, "card") if parent else None
            if row.pieces and not gone:
                left, top, right, bottom = self.card(place)
                light = CARD if meant else 0.5 * CARD
                face = plate(role, left, top, right, bottom, light=light, z=-3, radius=min(10.0, (bottom - top) / 5))
                draft.put("rows", (*row.key, "card"), face.at(copy_of=card))
                for side, x in (("before", left), ("after", right)):
                    edge = line(role, x, top + 6, x, bottom - 6, size=2, light=light, z=-3)
                    draft.put("rows", (*row.key, side), edge.at(rides=(*row.key, "card")))
            for piece in row.pieces:
                if piece.source in gone:
                    continue
                number = piece.product if row in multiplied else piece.inner
                scale = self.unit * float(self.grown if row in multiplied else 1)
                own = ("way", *parent.at, *piece.key[-2:]) if parent else None
                light = FULL if meant or piece.source == only else CONTEXT
                self._tap(draft, piece.key, number, role, self.x(piece.source), foot, own, light, scale)
            before[row.channel] = row

    def _tap(
        self,
        draft: Draft,
        key: Key,
        number: Number,
        role: Role,
        x: float,
        foot: float,
        parent: Key | None,
        light: float,
        unit: float,
    ) -> None:
        whole = is_whole(number) and unit > 8
        more: dict[str, Any] = dict(copy_of=(*parent, "bar")) if parent else {}
        pieces.column(draft, key, number, x, foot, self.width, unit, role, True, whole, light=light, **more)
        if not number.value:
            draft.change([(*key, "bar")], width=8.0, height=8.0)
        if self.is_written:
            self.digits(draft, key, number.text, light == FULL)
            if self.is_inside:  # they come when the bar is in its place
                return
            own, other = draft.marks[(*key, "digits")], draft.marks.get((*parent, "digits")) if parent else None
            if parent and other is not None and abs(own.y - other.y) > 0.73 * SMALL:  # else it would fly over others
                draft.change([(*key, "digits")], copy_of=(*parent, "digits"))

    def digits(self, draft: Draft, key: Key, text: str, meant: bool = True) -> None:
        """The number of a bar: in its last brick, or over it."""
        mark = draft.marks[(*key, "bar")]
        if self.is_inside and mark.kind == "bar":
            y = mark.tip + mark.base * (mark.unit or self.unit) / 2
            light = (0.0 if mark.light > 0.5 else FULL) if meant else 2 * CONTEXT
            shown = words(text, mark.x, y, SMALL, light=light, about=mark.about, rides=(*key, "bar"), z=3)
            draft.put("digits", (*key, "digits"), shown)
        elif self.is_inside:
            look: dict[str, Any] = dict(about=mark.about, rides=(*key, "bar"))
            role = "ink" if meant else "context"
            draft.put("digits", (*key, "digits"), words(text, mark.x + 24, mark.y, SMALL, role, **look))
        else:
            pieces.digits(draft, key, text, SMALL, "ink" if meant else "context")

    def span(self, row: Row) -> tuple[float, float]:
        """The left and the right edge of the columns that a row reads."""
        xs, half = [self.x(piece.source) for piece in row.pieces], self.slot / 2
        return min(xs) - half, max(xs) + half


def write(draft: Draft, key: Key, markup: str, x: float, y: float, size: float, align: float, **more: Any) -> Mark:
    """A number beside a row."""
    return draft.put("beside", (*key, "digits"), words(markup, x, y, size, align=align, **more))
