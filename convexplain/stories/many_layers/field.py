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

LARGEST, TALLEST, LIE = 36.0, 0.15, 36.0
"""The height of a brick at most, of a row as a share of the picture's, and that of a row without taps."""
DARK, IDLE = 0.4, 0.14
"""The light of a tile below zero whose number is not written, and the share that is left to one that is not meant."""
LINE = 11.0
"""What is between two lines in a tile."""


class Field(Rows):
    """The rows of one output, in one format."""

    def __init__(self, cone: Cone) -> None:
        super().__init__(cone)
        narrow, self.end = self.form.is_narrow, self.form.width - self.form.margin
        self.left, self.right = self.form.margin + (250.0 if narrow else 410.0), self.end - (350.0 if narrow else 500.0)
        pitch = min(330.0, (self.right - self.left) / len(cone.places))
        self.axis = Axis(tuple(cone.places), self.left, pitch, cone.steps)
        self.slot = 0.92 * pitch / max(1, len(cone.channels[self.base]))
        """The width of a sample's column."""
        self.size, self.larger, largest = (SMALL, TEXT, PARTIAL) if narrow else (TEXT, PARTIAL, HERO)
        self.foot_room = DIGIT * largest + 60.0 + self.size
        """What a kernel and a staircase need between them and above the output, and below it for names."""
        self._measure(12.0 if len(self.rows) + len(self.rest) <= FEW_ROWS else 2.0)

    def _measure(self, gap: float) -> None:
        """Where everything stands from above to below, with a gap between two rows."""
        narrow, values = self.form.is_narrow, [own.sample.value for own in self.cone.shown]
        self.bottom = self.form.height - 156.0
        """Where the picture ends."""
        height, gap, group = self.bottom - benches.TOP, gap / (1 + narrow), 6.0 if narrow else 14.0
        self.pad = DIGIT * self.size + 20 if self.is_written else 16.0
        """What bars need above them for their numbers."""
        self.over = 18.0 if narrow else 30.0
        """How far over the rows the names of columns stand."""
        self.high, stairs = benches.extent(values), [own.product.value for own in self.cone.shown]
        """How far the samples reach, above and below zero."""
        stairs += [number.value for _, number, _ in addends(self.cone)]
        self.climbed = benches.extent(benches.levels(stairs))
        """How far the staircase reaches that gives the output."""
        self.unit = benches.unit_of(0.18 * height, sum(self.high), values, LARGEST)
        """The height of a number 1 of the samples; where numbers are written, of the output as well."""
        above = self.pad + 2.8 * self.over
        if self.is_written:
            room = height - above - TALLEST * height - self.foot_room
            self.unit = min(self.unit, room / (sum(self.high) + sum(self.climbed)))
        self.foot = benches.TOP + self.pad + self.high[0] * self.unit
        """The baseline of the samples."""
        self.top = benches.TOP + above + sum(self.high) * self.unit
        """Where the rows begin."""
        self.apart, count = 20.0 if narrow else 36.0, max(1, len(self.rows))
        room = self.bottom - self.top - self.apart - group * (len(self.channels) - 1)
        room -= gap * (count + len(self.rest) - 1) + LIE * len(self.rest)
        written, kernel = self.is_written, 0.13 * height
        self.row = min(TALLEST * height, room / (count + 1) if written else (room - kernel) / count)
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
        self.last = self.places[-1] + (LIE if self.rest else self.row) / 2 if self.places else self.top + 2 * self.row
        """Where the rows end."""
        self.low = self.last + self.apart + self.kernel / 2
        """The middle of the place of the one kernel below the rows."""

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
        role = self.cone.role(self.base + 1, channel)
        return "kernel" if role in ("sample", "output") else role

    # what is laid

    def name(self, draft: Draft, key: Key, said: str, x: float, y: float, align: float = -1, **look: Any) -> Mark:
        """The name of what stands at a height."""
        return draft.put("name", ("name", *key), words(said, x, y, look.pop("size", self.size), align=align, **look))

    def samples(self, draft: Draft, lit: Collection[Cell] | None = None) -> None:
        """The samples over their columns; those that are not ``lit`` recede."""
        fits = self.axis.pitch > 1.25 * SMALL * len(str(self.axis.length))
        pieces.ruler(draft, self.axis, "step", lit=[cell.step for cell in lit or ()] if fits else ())
        for own in self.cone.shown:
            meant, role = lit is None or own.cell in lit, self.cone.role(self.base, own.cell.channel)
            key, wide = self.cone.key(self.base, own.cell), min(140.0, 0.56 * self.slot)
            role, bricks = "sample" if role == "output" else role, is_whole(own.sample) and self.unit > 8
            look: dict[str, Any] = {"light": FULL if meant else CONTEXT}
            pieces.column(
                draft, key, own.sample, self.x(own.cell), self.foot, wide, self.unit, role, True, bricks, **look
            )
            if self.is_written:
                pieces.digits(draft, key, own.sample.text, self.size, "ink" if meant else "context")
        pieces.baseline(draft, ("level", self.base), self.axis.left, self.axis.right, self.foot)
        name = f"layer {self.base}: *y*{self.base}" if self.base else "input *x*"
        self.name(draft, ("level", self.base), name, self.form.margin, self.foot - DIGIT * self.size / 2)

    def header(self, draft: Draft, lit: Collection[Cell], *names: str) -> None:
        """Over the columns, which tap of the one kernel meets them, and what that index is: the first of some names
        that has room.
        """
        texts, y, small = (
            {own.cell: self.index(own.cell) for own in self.cone.shown},
            self.top - self.over,
            self.form.small,
        )
        if benches.fitting(self.slot, texts.values(), (small, 0.0)):
            single = self.script.source.stack.shapes[self.base][1] == 1
            room = (self.left - self.form.margin - 30) * SMALL / small
            said = benches.longest(room, [*(names if single else ()), "*j* =" if single else "*j*, *c* ="])
            self.name(draft, ("met",), said, self.form.margin, y, size=small, role="lit" if lit else "quiet")
            for cell, text in texts.items():
                role = "lit" if cell in lit else "quiet"
                self.name(draft, ("met", *cell), text, self.x(cell), y, 0, size=small, role=role)

    def tile(
        self, draft: Draft, key: Key, number: Number, role: Role, box: tuple[float, float, float, float],
        largest: Fraction, meant: bool = True, said: tuple[tuple[str, float], ...] = (), **more: Any,
    ) -> Mark:  # fmt: skip
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
        self, draft: Draft, rows: Collection[Row], lit: Collection[Row] | None = None,
        multiplied: Collection[Row] = (), only: Collection[Cell] | None = None, indexed: bool = False,
    ) -> None:  # fmt: skip
        """Rows: a kernel each, its taps under the samples that they meet, with what stands beside ``multiplied`` in.
        Those not ``lit`` recede, and of all rows what does not meet ``only`` these samples. Products say how they are
        made, or, where they are ``indexed``, of which tap.
        """
        parents = {row.channel: row for row in reversed(self.rows)}
        taps = [piece.product if row in multiplied else piece.inner for row in self.rows for piece in row.pieces]
        largest = max((abs(number.value) for number in taps), default=Fraction(1))
        texts = [f"+{own.text}" if multiplied else own.text for own in taps]
        sizes = [size for size in (PARTIAL, TEXT, SMALL) if size <= self.larger and 1.3 * size < self.row]
        size = benches.fitting(self.slot - 24, texts, sizes or [SMALL])
        for place, row in enumerate(self.rows):
            if row not in rows:
                continue
            (left, right), y, role = self.span(row), self.places[place], self.role(row.channel)
            parent = parents[row.channel] if row is not parents[row.channel] else None
            high, meant = self.row, (lit is None or row in lit) and only is None
            face = plate(role, left, y - high / 2, right, y + high / 2, light=CARD * (1 if meant else 0.5), z=-3)
            copy = (*parent.key, "card") if parent else ("layer", self.base + 1, "card") if not place else None
            draft.put("rows", (*row.key, "card"), face.at(radius=min(10.0, high / 5), copy_of=copy))
            for piece in row.pieces:
                more: dict[str, Any] = {"copy_of": ("way", *parent.at, *piece.key[-2:], "bar")} if parent else {}
                number = piece.product if row in multiplied else piece.inner
                said = self._product(row, piece, size, indexed) if row in multiplied else ((number.text, size),)
                box = (self.x(piece.source), y, self.slot - 12, high - 10 if high > 40 else 0.9 * high)
                self.tile(
                    draft, piece.key, number, role, box, largest, meant or piece.source in (only or ()), said, **more
                )

    def _product(self, row: Row, piece: Piece, size: float, indexed: bool) -> tuple[tuple[str, float], ...]:
        """What is written in the tile of a product: an addend, and below it, where there is room, its factors or the
        index of its tap.
        """
        second = f"{self.formula.k(self.base + 1)} = {piece.key[-2]}" if indexed else self.factors(row, piece)
        if self.row > 80 and benches.fitting(self.slot - 24, [second], (self.form.small, 0.0)):
            return (addend(piece.product), min(size, TEXT)), (second, self.form.small)
        return ((addend(piece.product), size),)

    def brackets(self, draft: Draft, rows: Iterable[Row]) -> None:
        """Brackets around rows, as the formula has them."""
        for row in rows:
            (left, right), half = self.span(row), self.row / 2
            y, bend = self.places[self.rows.index(row)], min(18.0, 0.3 * self.row)
            for side, x, out in (("before", left - 6, -1.0), ("after", right + 6, 1.0)):
                points = (x, y - half, x + out * bend, y - 0.4 * half, x + out * bend, y + 0.4 * half, x, y + half)
                mark = line("lit", *points, size=5.0 if half > 25 else 3.0, curve=True, z=1)
                draft.put("bracket", ("bracket", *row.at, side), mark)

    def bands(self, draft: Draft, cells: Iterable[Cell], bottom: float) -> None:
        """From samples down to what stands in their columns."""
        for cell in cells:
            x, half = self.x(cell), self.slot / 2
            face = plate("kernel", x - half, benches.TOP - 16, x + half, bottom, light=0.07, z=-5, radius=10.0)
            draft.put("band", ("band", *cell), face)


def addend(number: Number) -> str:
    """A number as an addend; a zero has no sign."""
    return f"+{number.text}" if number.value > 0 else number.text
