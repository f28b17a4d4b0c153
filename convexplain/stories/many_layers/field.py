"""The field behind one output: a row for each number of the layer below that it reads, a column for each sample.

A sample is a bar, a tap a tile under the sample that it meets. Where numbers are written a tile fills its place and
holds its number, else its height is its size, and it is dim where it takes away. Below the rows is the place of the one
kernel that their columns add up to. This module knows rows and pieces, and where they stand; which state stands on
which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fractions import Fraction
from typing import Any

from convexplain.board import pieces
from convexplain.board.marks import (
    CARD,
    CONTEXT,
    DIGIT,
    FULL,
    HERO,
    PARTIAL,
    SMALL,
    SUPPORT,
    TEXT,
    Draft,
    Key,
    Mark,
    Role,
    bar,
    dot,
    line,
    plate,
)
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.many_layers.cone import Cone, is_whole
from convexplain.stories.many_layers.gathered import addends
from convexplain.stories.many_layers.rows import FEW_ROWS, Piece, Row, Rows

LARGEST, TALLEST, LIE = 36.0, 124.0, 36.0
"""The height of a brick, and of a row, at most, and of a row without taps."""
DARK, IDLE = 0.4, 0.14
"""The light of a tile below zero whose number is not written, and the share that is left to one that is not meant."""
BRACKET, LINE = 5.0, 11.0
"""The thickness of a row's bracket; what is between two lines in a tile."""
STEP = "step"
"""The ruler's name."""


class Field(Rows):
    """The rows of one output, in one format."""

    def __init__(self, cone: Cone) -> None:
        super().__init__(cone)
        narrow, self.end = self.form.is_narrow, self.form.width - self.form.margin
        self.left, self.right = self.form.margin + (250.0 if narrow else 410.0), self.end - (350.0 if narrow else 464.0)
        pitch = min(330.0, (self.right - self.left) / len(cone.places))
        self.axis = Axis(tuple(cone.places), self.left, pitch, cone.steps)
        self.slot = 0.92 * pitch / max(1, len(cone.channels[self.base]))
        """The width of a sample's column."""
        self.size, self.larger, largest = (SMALL, TEXT, PARTIAL) if narrow else (TEXT, PARTIAL, HERO)
        self.foot_room = DIGIT * largest + 60.0
        """What a kernel and a staircase need between them and above the output."""
        self._measure(12.0 if len(self.rows) + len(self.rest) <= FEW_ROWS else 2.0)

    def _measure(self, gap: float) -> None:
        """Where everything stands from above to below, with a gap between two rows."""
        narrow, shown, rest = self.form.is_narrow, self.cone.shown, addends(self.cone)
        self.bottom = self.form.height - 156.0
        """Where the picture ends."""
        height, gap, group = self.bottom - benches.TOP, gap / (1 + narrow), 6.0 if narrow else 14.0
        self.pad = DIGIT * self.size + 20 if self.is_written else 16.0
        """What bars need above them for their numbers."""
        values = [own.sample.value for own in shown]
        self.high = benches.extent(values)
        """How far the samples reach, above and below zero."""
        stairs = [*(own.product.value for own in shown), *(number.value for _, number, _ in rest)]
        self.climbed = benches.extent(benches.levels(stairs))
        """How far the staircase reaches that gives the output."""
        unit = benches.unit_of(0.18 * height, sum(self.high), values, LARGEST)
        self.top = benches.TOP + self.pad + sum(self.high) * unit + (42.0 if narrow else 66.0)
        """Where the rows begin: what the columns are is written above them."""
        self.apart, count = 20.0 if narrow else 36.0, max(1, len(self.rows))
        room = self.bottom - self.top - self.apart - group * (len(self.channels) - 1)
        room -= gap * (count + len(self.rest) - 1) + LIE * len(self.rest)
        written, kernel = self.is_written, 0.13 * height
        self.row = min(TALLEST, room / (count + 1) if written else (room - kernel) / count)
        """The height of a row."""
        self.kernel = self.row if written else kernel
        """The height of the one kernel."""
        y, self.places, before = self.top, list[float](), None
        """The middle of each row, of the numbers that have no taps as well."""
        for row in self.rows:
            y += group * (before is not None and row.channel != before)
            self.places.append(y + self.row / 2)
            y, before = y + self.row + gap, row.channel
        self.places += [y + LIE * (place + 0.5) + gap * place for place in range(len(self.rest))]
        self.last = self.places[-1] + (LIE if self.rest else self.row) / 2 if self.places else self.top
        """Where the rows end."""
        self.low = self.last + self.apart + self.kernel / 2
        """The middle of the place of the one kernel below the rows."""
        room = self.bottom - self.top - self.kernel - self.foot_room + unit * sum(self.high)
        self.unit = min(unit, room / (sum(self.high) + sum(self.climbed))) if written else unit
        """The height of a number 1 of the samples; where numbers are written, of the output as well."""
        self.foot = benches.TOP + self.pad + self.high[0] * self.unit
        """The baseline of the samples."""
        self.beneath = self.foot + self.high[1] * self.unit + 24.0 + self.kernel / 2
        """The middle of the one kernel where it lies under the samples."""

    def x(self, cell: Cell) -> float:
        """Where a sample stands: its channel has a part of its step's column."""
        channels = self.cone.channels[self.base]
        return self.axis.x(cell.step) + (channels.index(cell.channel) - (len(channels) - 1) / 2) * self.slot

    def span(self, row: Row) -> tuple[float, float]:
        """The left and the right edge of the columns that a row reads."""
        xs, half = [self.x(piece.source) for piece in row.pieces], self.slot / 2
        return (min(xs) - half, max(xs) + half) if xs else (self.left, self.left)

    def role(self, channel: int) -> Role:
        """The hue of a channel."""
        role = self.cone.role(self.base + 1 if self.is_deep else self.base, channel)
        return "kernel" if role in ("sample", "output") else role

    # what is laid

    def samples(self, draft: Draft, lit: Collection[Cell] | None = None) -> None:
        """The samples over their columns; those that are not ``lit`` recede."""
        self.ruler(draft, self.axis, [cell.step for cell in lit or ()])
        for own in self.cone.shown:
            meant, role = lit is None or own.cell in lit, self.cone.role(self.base, own.cell.channel)
            at, wide = (self.x(own.cell), self.foot), min(140.0, 0.56 * self.slot)
            role = "sample" if role == "output" else role
            self.bar(draft, self.cone.key(self.base, own.cell), own.sample, at, wide, self.unit, role, meant)
        self.line(draft, self.base, self.axis.right, self.foot)

    def bar(
        self, draft: Draft, key: Key, number: Number, at: tuple[float, float], wide: float, unit: float, role: Role,
        meant: bool = True, side: str = "above", **more: Any,
    ) -> None:  # fmt: skip
        """A sample or an output, its number above it or below."""
        light, bricks = FULL if meant else CONTEXT, is_whole(number) and unit > 8
        pieces.column(draft, key, number, *at, wide, unit, role, True, bricks, light=light, **more)
        if self.is_written:
            pieces.digits(draft, key, number.text, self.size, "ink" if meant else "context", side)

    def line(self, draft: Draft, level: int, right: float, foot: float, left: float = 0.0) -> None:
        """What the bars of a level stand on, with its name."""
        pieces.baseline(draft, ("level", level), left or self.axis.left, right, foot)
        name = f"layer {level}: *y*{level}" if level else "input *x*"
        if level == self.level:
            name = f"output *y*{level}" + ("" if self.form.is_narrow else "[*t*]")
        self.name(draft, ("level", level), name, foot - DIGIT * self.size / 2)

    def name(self, draft: Draft, key: Key, said: str, y: float, role: Role = "ink") -> None:
        """The name of what stands at a height, at the left."""
        draft.put("name", ("name", *key), words(said, self.form.margin, y, self.size, role, -1))

    def ruler(self, draft: Draft, axis: Axis, lit: Iterable[int]) -> None:
        """The steps over the columns."""
        fits = axis.pitch > 1.25 * SMALL * len(str(axis.length))
        pieces.ruler(draft, axis, STEP, lit=lit if fits else ())

    def tile(
        self,
        draft: Draft,
        key: Key,
        number: Number,
        role: Role,
        box: tuple[float, float, float, float],
        largest: Fraction,
        meant: bool = True,
        said: tuple[tuple[str, float], ...] = (),
        **more: Any,
    ) -> Mark:
        """A number as a tile in a box (x, y, width, height); the ``largest`` one has all of its height. What is
        ``said`` in it are lines with their sizes.
        """
        x, y, wide, high = box
        value, share = number.value, FULL if meant else IDLE
        light = FULL if value > 0 or (value and self.is_written) else DARK if value else CARD
        if not self.is_written and not value:
            mark = dot(role, x, y, min(10.0, high / 2), light=SUPPORT * share, about=number.about, **more)
            return draft.put("tile", (*key, "bar"), mark)
        tall = high if self.is_written else max(1.5, high * float(abs(value) / (largest or 1)))
        mark = bar(role, x, y + tall / 2, wide, tall, light=light * share, about=number.about, **more)
        mark = draft.put("tile", (*key, "bar"), mark.at(radius=min(8.0, tall / 4)))
        if self.is_written:
            shade = (0.0 if value else FULL) if meant else 0.4
            on_hue = meant and value and str(role).startswith("channel")  # these hues are bright in every theme
            look: dict[str, Any] = {"role": "dark"} if on_hue else {"light": shade}
            lines = said or ((number.text, self.larger),)
            y -= (sum(DIGIT * size for _, size in lines) + LINE * (len(lines) - 1)) / 2
            for (markup, size), own in zip(lines, ("digits", "second"), strict=False):
                y += DIGIT * size / 2
                text = words(markup, x, y, size, z=3, rides=(*key, "bar"), **look)
                draft.put("digits", (*key, own), text.at(about=number.about) if own == "digits" else text.at(alpha=0.7))
                y += DIGIT * size / 2 + LINE
        return mark

    def strips(
        self,
        draft: Draft,
        rows: Collection[Row],
        lit: Collection[Row] | None = None,
        multiplied: Collection[Row] = (),
        only: Collection[Cell] | None = None,
        named: bool = False,
    ) -> None:
        """Rows: a kernel each, its taps under the samples that they meet, with what stands beside ``multiplied`` in.
        Those not ``lit`` recede. Taps may be ``named`` by their index. Where columns are added up, each tile is an
        addend, and those that do not meet ``only`` these samples recede.
        """
        parents = {row.channel: row for row in reversed(self.rows)}
        taps = [piece.product if row in multiplied else piece.inner for row in self.rows for piece in row.pieces]
        largest = max((abs(number.value) for number in taps), default=Fraction(1))
        size = self._tap_size(multiplied if only is None else ())
        for place, row in enumerate(self.rows):
            if row not in rows:
                continue
            (left, right), y, role = self.span(row), self.places[place], self.role(row.channel)
            parent = parents[row.channel] if row is not parents[row.channel] else None
            meant = (lit is None or row in lit) and only is None
            high, copy = self.row, (*parent.key, "card") if parent else None
            face = plate(role, left, y - high / 2, right, y + high / 2, light=CARD * (1 if meant else 0.5), z=-3)
            draft.put("rows", (*row.key, "card"), face.at(radius=min(10.0, high / 5), copy_of=copy))
            for piece in row.pieces:
                more: dict[str, Any] = {"copy_of": ("way", *parent.at, *piece.key[-2:], "bar")} if parent else {}
                number = piece.product if row in multiplied else piece.inner
                shown = meant or piece.source in (only or ())
                box = (self.x(piece.source), y, self.slot - 12, high - 10 if high > 40 else 0.9 * high)
                said = self._said(row, piece, size, row in multiplied, named)
                if only is not None:
                    said = self._addend(row, piece, size, shown)
                self.tile(draft, piece.key, number, role, box, largest, shown, said, **more)

    def _said(
        self, row: Row, piece: Piece, size: float, multiplied: bool, named: bool
    ) -> tuple[tuple[str, float], ...]:
        """What is written in a tile: a tap, or that times what stands before its row; and, where there is room for it,
        which tap it is.
        """
        said = self.product(row, piece) if multiplied else piece.inner.text
        if named and self.has_second:
            return (said, min(size, TEXT)), (f"{self.own_k} = {piece.key[-2]}", self.form.small)
        return ((said, size),)

    def _addend(self, row: Row, piece: Piece, size: float, shown: bool) -> tuple[tuple[str, float], ...]:
        """What is written in a tile of a column: an addend; where it is ``shown``, also the taps that add up to the
        column's, where there is room for them.
        """
        if shown and self.is_seen and self.has_second and len(self.cone.levels) == 3:
            return (addend(piece.product), min(size, TEXT)), (f"{row.at[0]} + {piece.key[-2]}", self.form.small)
        return ((addend(piece.product), size),)

    @property
    def has_second(self) -> bool:
        """Whether a row has room for a second line: which tap a number is."""
        return self.is_written and self.row > 80

    def _tap_size(self, multiplied: Collection[Row]) -> float:
        """The size of the numbers in tiles."""
        texts = [self.product(r, p) if r in multiplied else p.inner.text for r in self.rows for p in r.pieces]
        sizes = [size for size in (PARTIAL, TEXT, SMALL) if size <= self.larger and 1.3 * size < self.row]
        return benches.fitting(self.slot - 24, texts, sizes or [SMALL])

    def brackets(self, draft: Draft, rows: Collection[Row]) -> None:
        """Brackets around rows, as the formula has them."""
        for row in rows:
            (left, right), half = self.span(row), self.row / 2
            y, bend = self.places[self.rows.index(row)], min(18.0, 0.3 * self.row)
            for side, x, out in (("before", left - 6, -1.0), ("after", right + 6, 1.0)):
                points = (x, y - half, x + out * bend, y - 0.4 * half, x + out * bend, y + 0.4 * half, x, y + half)
                mark = line("lit", *points, size=BRACKET if half > 25 else 3.0, curve=True, z=1)
                draft.put("bracket", ("bracket", *row.at, side), mark)

    def bands(
        self, draft: Draft, cells: Iterable[Cell], bottom: float, role: Role = "kernel", slides: bool = False
    ) -> None:
        """From samples down to what stands in their columns; one that ``slides`` goes from column to column."""
        half = self.slot / 2
        for cell in cells:
            x = self.x(cell)
            face = plate(role, x - half, benches.TOP - 16, x + half, bottom, light=0.07, z=-5, radius=10.0)
            draft.put("band", ("band",) if slides else ("band", *cell), face)


def addend(number: Number) -> str:
    """A number as an addend; a zero has no sign."""
    return f"+{number.text}" if number.value > 0 else number.text
