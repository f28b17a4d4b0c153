"""The field behind one output: a row for each number of the layer below that it reads, a column for each sample.

A sample is a bar, a tap a tile under the sample that it meets. Where numbers are written a tile fills its place and
holds its number, else its height is its size, and it is dim where it takes away. Below the rows is the place of the one
kernel that their columns add up to. This module knows rows and pieces, and where they stand; which state stands on
which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from fractions import Fraction
from typing import Any

from convexplain.board import pieces
from convexplain.board.marks import CARD, CONTEXT, DIGIT, PARTIAL, SMALL, TEXT, Draft, Key, Mark, Role, bar, dot, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.many_layers.cone import Cone, is_whole
from convexplain.stories.many_layers.gathered import addends
from convexplain.stories.many_layers.rows import FEW_ROWS, NARROW_TAP, Row, Rows

LARGEST, TALLEST, LIE = 36.0, 0.15, 36.0
"""The height of a brick and of a row (a share of the picture's) at most, of a row without taps."""
DARK, IDLE = 0.4, 0.2
"""The light of a tile below zero whose number is not written, and the share that is left to one that is not meant."""


class Field(Rows):
    """The rows of one output, in one format."""

    def __init__(self, cone: Cone) -> None:
        super().__init__(cone)
        narrow, self.end = self.form.is_narrow, self.form.width - self.form.margin
        self.left, self.right = self.form.margin + (228.0 if narrow else 384.0), self.end - (344.0 if narrow else 500.0)
        self.tap = NARROW_TAP + 8 if narrow else 90.0
        self.beside, self.times = self.form.margin + 6 + self.tap / 2, 40.0 if narrow else 66.0
        """How wide a tap of the layers above is, where the column of such taps stands, and how far from it names."""
        pitch = min(330.0, (self.right - self.left) / len(cone.places))
        self.axis = Axis(tuple(cone.places), self.left, pitch, cone.steps)
        self.slot = 0.92 * pitch / max(1, len(cone.channels[self.base]))
        """The width of a sample's column."""
        self.size, self.larger = (SMALL, TEXT) if narrow else (TEXT, PARTIAL)
        self.above, self.below = 80.0 if narrow else 116.0, self.size + 24.0
        """What a kernel and a staircase need between them and above the output, and below it for names."""
        self._measure(12.0 if len(self.rows) + len(self.rest) <= FEW_ROWS else 2.0)

    def _measure(self, gap: float) -> None:
        """Where everything stands from above to below, with a gap between two rows."""
        narrow, met = self.form.is_narrow, [*self.cone.shown, *(own for every in self.every for own in every.joined)]
        values = [own.sample.value for own in met]
        self.bottom = self.form.height - 156.0
        """Where the picture ends."""
        height, gap = self.bottom - benches.TOP, gap / (1 + narrow)
        self.pad, self.over = DIGIT * self.size + 20 if self.is_written else 16.0, 28.0
        """What bars need above them for their numbers, and how far over the rows the names of columns stand."""
        stairs = [own.product.value for own in self.cone.shown] + [number.value for _, number, _ in addends(self.cone)]
        self.high = benches.extent(values)
        self.climbed = benches.extent(benches.levels(stairs))
        """How far the samples reach above and below zero, and so the staircase to the output."""
        self.unit = benches.unit_of(0.15 * height, sum(self.high), values, LARGEST)
        """The height of a number 1 of the samples; where numbers are written, of the output as well."""
        above = self.pad + 2.6 * self.over
        if self.is_written:
            room = height - above - TALLEST * height - self.above - self.below
            self.unit = min(self.unit, room / (sum(self.high) + sum(self.climbed)))
        self.foot = benches.TOP + self.pad + self.high[0] * self.unit
        self.top = benches.TOP + above + sum(self.high) * self.unit
        """The baseline of the samples, and where the rows begin."""
        self.apart, count = 54.0 if self.is_written and not narrow else 24.0, max(1, len(self.rows))
        room = self.bottom - self.top - self.apart - LIE * len(self.rest)
        room -= gap * (count + len(self.channels) + len(self.rest) - 2)
        written, kernel = self.is_written, 0.13 * height
        self.row = min(TALLEST * height, room / (count + 1) if written else (room - kernel) / count)
        self.kernel = self.row if written else kernel
        self.thick = self.row - 10 if self.row > 40 else 0.9 * self.row
        """The height of a row, of the one kernel, and of a tile in a row."""
        y, self.places, before = self.top, list[float](), None
        """The middle of each row, of the numbers that have no taps as well."""
        for row in self.rows:
            y += gap * (before is not None and row.channel != before)
            self.places.append(y + self.row / 2)
            y, before = y + self.row + gap, row.channel
        self.places += [y + LIE * (place + 0.5) + gap * place for place in range(len(self.rest))]
        self.last = self.places[-1] + (LIE if self.rest else self.row) / 2 if self.places else self.top + 2 * self.row
        self.low = self.last + self.apart + self.kernel / 2
        """Where the rows end, and the middle of the place of the one kernel below them."""

    def x(self, cell: Cell) -> float:
        """Where a sample stands: its channel has a part of its step's column."""
        channels = self.cone.channels[self.base]
        return self.axis.x(cell.step) + (channels.index(cell.channel) - (len(channels) - 1) / 2) * self.slot

    def span(self, row: Row) -> tuple[float, float]:
        """The left and the right edge of the columns that a row reads."""
        xs, half = [self.x(piece.source) for piece in row.pieces], self.slot / 2
        return (min(xs) - half, max(xs) + half) if xs else (self.left, self.left)

    def y(self, row: Row) -> float:
        """The middle of a row."""
        return self.places[self.rows.index(row)]

    def role(self, channel: int) -> Role:
        """The hue of a channel."""
        role = self.cone.role(self.base + 1, channel)
        return "kernel" if role in ("sample", "output") else role

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
            place, light = (self.x(own.cell), self.foot, wide, self.unit), 1.0 if meant else CONTEXT
            pieces.column(draft, key, own.sample, *place, role, True, bricks, light)
            if self.is_written:
                pieces.digits(draft, key, own.sample.text, self.size, "ink" if meant else "context")
        pieces.baseline(draft, ("level", self.base), self.axis.left, self.axis.right, self.foot)
        name = f"layer {self.base}: *y*{self.base}" if self.base else "input *x*"
        self.name(draft, ("level", self.base), name, self.form.margin, self.foot - DIGIT * self.size / 2)

    def whole(self, left: float) -> Field:
        """The same field over all samples from an x on, where every step is summed up."""
        field, (steps, _) = copy(self), self.script.source.stack.shapes[self.base]
        met = {own.cell: own for every in self.every for own in every.joined}
        field.cone = copy(self.cone)
        field.cone.shown = [met[cell] for cell in sorted(met)]
        room = self.end - (180.0 if self.form.is_narrow else 320.0) - left
        field.axis = Axis(tuple(range(steps)), left, room / steps, steps)
        field.slot = 0.92 * field.axis.pitch / len(self.cone.channels[self.base])
        return field

    def header(self, draft: Draft, lit: Collection[Cell], is_sum: bool = False, worked: str = "") -> None:
        """Over the columns the tap of the one kernel that meets them, as it is ``worked`` out; before them the name of
        that index, or the sum that it ``is_sum`` of.
        """
        texts, small = {own.cell: self.index(own.cell) for own in self.cone.shown}, self.form.small
        y = self.top - self.over
        if benches.fitting(self.slot, texts.values(), (small, 0.0)):
            single = self.script.source.stack.shapes[self.base][1] == 1
            room = (self.left - self.form.margin - 30) * SMALL / small
            names = [f"{self.formula.met} ="] * (is_sum and single)
            said = benches.longest(room, [*names, "*j* =" if single else "*j*, *c* ="])
            self.name(draft, ("met",), said, self.form.margin, y, size=small, role="lit" if lit else "quiet")
            for cell, text in texts.items():
                role, is_sum = "lit" if cell in lit else "quiet", single and worked != "" and cell in lit
                said = benches.longest(self.slot * SMALL / small, [*[f"{worked} = {text}"] * is_sum, text])
                self.name(draft, ("met", *cell), said, self.x(cell), y, 0, size=small, role=role)

    def tile(
        self, draft: Draft, key: Key, number: Number, role: Role, box: tuple[float, float, float, float],
        largest: Fraction, meant: bool = True, said: str = "", size: float = SMALL, **more: Any,
    ) -> Mark:  # fmt: skip
        """A number as a tile in a box (x, y, width, height), as high as it is large, and what is ``said`` in it."""
        x, y, wide, high = box
        value, share, written = number.value, 1.0 if meant else IDLE, self.is_written
        more |= {"about": number.about, "light": share * (1.0 if value > 0 or (value and written) else DARK)}
        tall = high if written else max(1.5, high * float(abs(value) / (largest or 1)))
        mark = bar(role, x, y + tall / 2, wide, tall, **more).at(radius=min(8.0, tall / 4))
        mark = mark if value or written else dot(role, x, y, min(10.0, high / 2), **more)
        mark = draft.put("tile", (*key, "bar"), mark if value or not written else mark.at(light=CARD * share))
        # The hues of channels are bright in every theme.
        look: dict[str, Any] = {"light": (0.0 if value else 1.0) if meant else 0.6}
        look = {"role": "dark"} if meant and value and str(role).startswith("channel") else look
        if written and said:
            text = words(said, x, y, size, z=3, **look).at(rides=(*key, "bar"), about=number.about)
            draft.put("digits", (*key, "digits"), text)
        return mark

    def sized(self, texts: Collection[str]) -> float:
        """The size of what the tiles of rows say."""
        sizes = [size for size in (PARTIAL, TEXT, SMALL) if size <= self.larger and 1.3 * size < self.row]
        return benches.fitting(self.slot - 24, texts, sizes or [SMALL])

    def strips(self, draft: Draft, multiplied: Collection[Row], only: Collection[Cell] | None, opened: bool) -> None:
        """Rows: a kernel each under the samples that it meets, some ``multiplied`` by the tap beside: a bracket that is
        just ``opened`` shows that tap before each of its own. What does not meet ``only`` some samples recedes.
        """
        parents = {row.channel: row for row in reversed(self.rows)}
        taps = [piece.product if row in multiplied else piece.inner for row in self.rows for piece in row.pieces]
        largest = max((abs(number.value) for number in taps), default=Fraction(1))
        texts = [f"+{own.text}" if multiplied else own.text for own in taps]
        factors = [self.factors(row, piece) for row in multiplied for piece in row.pieces] if opened else []
        opened = opened and benches.fitting(self.room - 16, factors, (SMALL, 0.0)) > 0
        size, smaller = self.sized(texts), self.sized([*texts, *factors])
        for row in self.rows:
            (left, right), y, role = self.span(row), self.y(row), self.role(row.channel)
            parent = parents[row.channel] if row is not parents[row.channel] else None
            half, copy = self.row / 2, (*parent.key, "card") if parent else None
            copy = ("layer", self.base + 1, "card") if row is self.rows[0] else copy
            face = plate(role, left, y - half, right, y + half, light=CARD * (1 if only is None else 0.5), z=-3)
            draft.put("rows", (*row.key, "card"), face.at(radius=min(10.0, 0.4 * half), copy_of=copy))
            for piece in row.pieces:
                more: dict[str, Any] = {"copy_of": ("way", *parent.at, *piece.key[-2:], "bar")} if parent else {}
                number = piece.product if row in multiplied else piece.inner
                said = (number.text, size)
                if row in multiplied:
                    said = (self.factors(row, piece), smaller) if opened else (addend(number), size)
                box, is_lit = (self.x(piece.source), y, self.slot - 12, self.thick), not only or piece.source in only
                self.tile(draft, piece.key, number, role, box, largest, is_lit, *said, **more)
                if parent and self.is_written:
                    parted = ("way", *parent.at, *piece.key[-2:], "digits")
                    draft.change([(*piece.key, "digits")], copy_of=parted)


def addend(number: Number) -> str:
    """A number as an addend; a zero has no sign."""
    return f"+{number.text}" if number.value > 0 else number.text
