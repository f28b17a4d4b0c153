"""The field behind one output: a row for each number of the layer below that it reads, a column for each sample.

A row is the kernel of a channel under the samples that it meets. A tap is a tile: where numbers are written it holds
its number, else its height is its size, and it is dim where it takes away. Below the rows is the place of the one
kernel that their columns add up to. This module knows a cone, the formula's letters, and where rows and columns stand;
which state stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import copy
from fractions import Fraction
from typing import Any, NamedTuple, Self

from convexplain.board import pieces
from convexplain.board.marks import CARD, CONTEXT, DIGIT, PARTIAL, SMALL, TEXT, Draft, Key, Mark, Role, bar, dot, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.many_layers.cone import Cone, is_whole
from convexplain.stories.many_layers.formulas import StackFormula
from convexplain.stories.many_layers.walked import addend, times
from convexplain.stories.many_layers.ways import Joined, Way, others, walk

MOST_ROWS, FEW_ROWS, FEW_STEPS = 24, 7, 7
"""How many rows a board has room for, with how many their numbers are written, and how many outputs it has room for."""
NARROWEST, NARROW_TAP, WIDEST = 532.0, 48.0, 780.0
"""The width of the columns in the narrowest format, of a tap beside them, and of the columns of all inputs."""
LARGEST, TALLEST, LIE = 36.0, 0.15, 36.0
"""The height of a brick and of a row (a share of the picture's) at most, of a row without taps."""
DARK, IDLE = 0.4, (0.2, 0.45)
"""The light of a tile below zero whose number is not written; what is left to one that is not meant, without a number
and with one.
"""


def fits(room: float, texts: Iterable[str], size: float = SMALL) -> bool:
    """Whether some texts have room in a size."""
    return benches.fitting(room, texts, (size, 0.0)) > 0


class Row(NamedTuple):
    """One number of the layer below. ``weight`` is what it is multiplied with: a tap, or the product of several."""

    at: tuple[int, ...]
    step: int
    channel: int
    """Which kernel it is made with, and so its hue."""
    weight: Number
    inner: Number
    pieces: tuple[Way, ...]
    """The paths that it is on, a tile each: its tap, and that with what stands beside the row multiplied in."""
    product: Number

    @property
    def key(self) -> Key:
        return ("row", *self.at)

    def times(self) -> str:
        """What stands before it times what it gives: ``2·2``."""
        return times(self.weight, self.inner)


class Sum(NamedTuple):
    """What the one kernel gives at a step: the output, and its taps with the samples that they meet."""

    step: int
    output: Number
    joined: tuple[Joined, ...]

    @property
    def terms(self) -> list[str]:
        """Each tap times its sample, as a sum is written: ``−4·3``, ``+4·1``."""
        terms = [times(own.weight, own.sample) for own in self.joined]
        return [*terms[:1], *map(pieces.signed, terms[1:])]


class Field:
    """The rows of one output, in one format; there are none where a single layer is told."""

    def __init__(self, cone: Cone) -> None:
        self.cone, self.script, self.form = cone, cone.script, cone.form
        self.base, self.level = cone.base, cone.script.level
        self.key, self.seen = cone.key(self.level, self.script.cell), cone.shown
        """That of the output, and the samples that stand over the rows."""
        self.total, self.output = self.script.total(self.script.cell), f"*y*{self.level}[{self.script.cell.step}]"
        self.rows, self.rest, self.count = list[Row](), list[tuple[Key, Number, Role]](), 0
        """Those that are shown, what the output is the sum of besides them, and how many there are."""
        if self.level - self.base > 1:
            to, ways = self.script.cell, self.script.ways(self.script.cell, self.base + 1)
            paths = walk(self.script, to, self.base + 1, cone.is_shown)
            self.rows = sorted(map(self._row, paths), key=lambda row: row.channel)[:MOST_ROWS]
            self.count, self.rest = ways.count, others(self.script, ways, [row.product for row in self.rows])
        self.channels = list(dict.fromkeys(row.channel for row in self.rows))
        """Those whose kernels are seen."""
        self.room = NARROWEST / (len(cone.places) * len(cone.channels[self.base])) - 16
        """That of a number in the narrowest format."""
        self.is_written, self.formula = self._is_short(), StackFormula(self.script, self.base)
        self.idle = IDLE[self.is_written]
        self.upper = [f"*w*{number}" for number in self.formula.numbers[:-1]]
        """The taps of the layers that read the rows' numbers."""
        self.kernels = "kernel" if cone.shapes[self.base][1] == 1 else "filter"
        """What a channel is made with."""
        self.is_everywhere = all(layer.padding == "valid" for layer in cone.layers.values())
        """Whether every step has the same kernel: none meets added zeros."""
        self.every = self._every() if self.is_written and self.is_everywhere and self.script.layer.is_linear else []
        self._spread()
        self._measure(12.0 if len(self.rows) + len(self.rest) <= FEW_ROWS else 2.0)

    # numbers

    def _row(self, way: Way) -> Row:
        """The number that a way starts at, with the taps that give it."""
        found = tuple(path for path in self.cone.paths if path.at[: len(way.at)] == way.at)
        weight = way.taps[0] if len(way.taps) == 1 else way.weight
        return Row(way.at, *way.cells[0], weight, way.sample, found, way.product)

    def _is_short(self) -> bool:
        """Whether numbers are written, in every format: few short ones, of samples and taps that have one unit."""
        shown, rows = self.cone.shown, self.rows
        taps = [n for row in rows for piece in row.pieces for n in (piece.taps[0], piece.weight)]
        taps = taps if rows else [own.weight for own in shown]
        texts = [text for own in shown for text in (own.sample.text, own.weight.text)]
        texts += [text for row in rows for text in (row.inner.text, row.product.text)]
        texts += [f"+{number.text}" for number in taps]
        few = self.count == len(rows) <= FEW_ROWS - len(self.rest) and len(shown) == len(self.cone.ways.joined)
        samples = [own.sample for own in shown]
        largest, tap = (max((abs(n.value) for n in numbers), default=Fraction(0)) for numbers in (samples, taps))
        short = fits(self.room, texts) and fits(NARROW_TAP, [row.weight.text for row in rows])
        return few and is_whole(*samples) and largest <= 4 * tap and short

    def _every(self) -> list[Sum]:
        """The sums of all steps, where these are few, short, and Keras's own numbers."""
        (steps, _), (inputs, channels) = self.script.shape, self.cone.shapes[self.base]
        if not 1 < steps <= FEW_STEPS or self.rest:
            return []
        cells = [Cell(step, self.script.cell.channel) for step in range(steps)]
        sums = [Sum(c.step, self.script.output(*c), self.script.ways(c, self.base).joined) for c in cells]
        same = all(self.script.asked(*c) == own.output.value for c, own in zip(cells, sums, strict=True))
        room = WIDEST / (inputs * channels) - 12
        return sums if same and fits(room, [text for own in sums for text in own.terms]) else []

    def of(self, channel: int) -> list[Row]:
        """The rows made with a channel's kernel."""
        return [row for row in self.rows if row.channel == channel]

    def index(self, cell: Cell) -> str:
        """Which tap of the merged kernel meets a cell: counted from the first one that the formula reads."""
        return self.cone.index(self.base, cell.step - self.formula.start(), cell.channel)

    def worked(self, row: Row, multiplied: bool) -> str:
        """A row as it is worked out: ``−1·1 + 1·1 + 1·2``, or with what stands before it ``multiplied`` in."""
        met = {own.cell: own.sample for own in self.cone.shown}
        said = [times(piece.weight if multiplied else piece.taps[0], met[piece.cells[0]]) for piece in row.pieces]
        if self.cone.layers[self.base + 1].use_bias:
            bias = self.script.number(("bias", self.base + 1, row.channel))
            said.append(times(bias, row.weight) if multiplied else bias.text)
        return phrases.added(said, "").removesuffix(" = ") if said else "0"

    # places

    def _spread(self) -> None:
        """Where everything stands from left to right."""
        narrow, margin, self.end = self.form.is_narrow, self.form.margin, self.form.width - self.form.margin
        self.left, self.right = margin + (262.0 if narrow else 384.0), self.end - (344.0 if narrow else 500.0)
        self.right -= 140.0 if self.is_written and not narrow else 0.0
        self.tap = NARROW_TAP + 8 if narrow else 90.0
        self.beside = self.left - (60.0 if narrow else 92.0) - self.tap / 2
        """How wide a tap of the layers above is, and where it stands."""
        pitch = min(330.0, (self.right - self.left) / len(self.cone.places))
        self.axis = Axis(tuple(self.cone.places), self.left, pitch, self.cone.steps)
        self.slot = 0.92 * pitch / max(1, len(self.cone.channels[self.base]))
        """The width of a sample's column."""
        self.size, self.larger = (SMALL, TEXT) if narrow else (TEXT, PARTIAL)

    def _measure(self, gap: float) -> None:
        """Where everything stands from above to below, with a gap between two rows."""
        narrow, met = self.form.is_narrow, [*self.cone.shown, *(own for every in self.every for own in every.joined)]
        values = [own.sample.value for own in met]
        self.above = 24.0 + self.form.small * self.is_written
        self.below, self.bottom = self.above + self.size, self.form.height - 176.0
        """What a staircase needs above it and below it for numbers and names; and the end."""
        height, gap = self.bottom - benches.TOP, gap / (1 + narrow)
        self.pad, self.over = DIGIT * self.size + 20 if self.is_written else 16.0, 28.0
        """What bars need above them for their numbers, and how far over the rows the names of columns stand."""
        stairs = [own.product.value for own in self.cone.shown] + [number.value for _, number, _ in self.cone.rest]
        self.high = benches.extent(values)
        self.climbed = benches.extent(benches.levels(stairs))
        """How far the samples reach above and below zero, and so the staircase to the output."""
        self.unit = benches.unit_of(0.15 * height, sum(self.high), values, LARGEST)
        """The height of a number 1 of the samples; of the output as well where both are seen in one scale."""
        self.apart = 36.0 if self.is_written and not narrow else 24.0
        above, self.is_one_scale = self.pad + 2.6 * self.over, False
        if self.is_written:
            room = height - above - TALLEST * height - self.apart - self.above - self.below
            shared = room / (sum(self.high) + sum(self.climbed) or 1.0)
            self.is_one_scale = shared > 0.4 * self.unit
            self.unit = min(self.unit, shared) if self.is_one_scale else 0.7 * self.unit
        self.foot = benches.TOP + self.pad + self.high[0] * self.unit
        self.top = benches.TOP + above + sum(self.high) * self.unit
        """The baseline of the samples, and where the rows begin."""
        count = max(1, len(self.rows))
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
        self.low = self.bottom - self.kernel / 2
        self.last = self.low - self.kernel / 2 - self.apart
        """The middle of the place of the one kernel, and where what is above it ends."""

    def x(self, cell: Cell) -> float:
        """Where a sample stands: its channel has a part of its step's column."""
        channels = self.cone.channels[self.base]
        return self.axis.x(cell.step) + (channels.index(cell.channel) - (len(channels) - 1) / 2) * self.slot

    def span(self, row: Row) -> tuple[float, float]:
        """The left and the right edge of the columns that a row reads."""
        xs, half = [self.x(piece.cells[0]) for piece in row.pieces], self.slot / 2
        return (min(xs) - half, max(xs) + half) if xs else (self.left, self.left)

    def y(self, row: Row) -> float:
        """The middle of a row."""
        return self.places[self.rows.index(row)]

    def role(self, channel: int) -> Role:
        """The hue of a channel."""
        role = self.cone.role(self.base + 1, channel)
        return "kernel" if role == "sample" else role

    def name(self, draft: Draft, key: Key, said: str, x: float, y: float, align: float = -1, **look: Any) -> Mark:
        """The name of what stands at a height."""
        return draft.put("name", ("name", *key), words(said, x, y, look.pop("size", self.size), align=align, **look))

    @property
    def inside(self) -> float:
        """How wide a tile is in its column."""
        return self.slot - min(12.0, 0.2 * self.slot)

    def samples(self, draft: Draft, lit: Collection[Cell] | None = None) -> None:
        """The samples over their columns; those that are not ``lit`` recede."""
        has_room = self.axis.pitch > 1.25 * SMALL * len(str(self.axis.length))
        pieces.ruler(draft, self.axis, "step", lit=[cell.step for cell in lit or ()] if has_room else ())
        for own in self.seen:
            meant, role = lit is None or own.cell in lit, self.cone.role(self.base, own.cell.channel)
            key, wide = self.cone.key(self.base, own.cell), min(140.0, 0.56 * self.slot)
            bricks, light = is_whole(own.sample) and self.unit > 8, 1.0 if meant else CONTEXT
            place = (self.x(own.cell), self.foot, wide, self.unit)
            pieces.column(draft, key, own.sample, *place, role, True, bricks, light)
            if self.is_written:
                pieces.digits(draft, key, own.sample.text, self.size, "ink" if meant else "quiet")
        pieces.baseline(draft, ("level", self.base), self.axis.left, self.axis.right, self.foot)
        name = f"layer {self.base}: *y*{self.base}" if self.base else "input *x*"
        self.name(draft, ("level", self.base), name, self.form.margin, self.foot - DIGIT * self.size / 2)

    def whole(self, left: float) -> Self:
        """The same field over all samples from an x on, where every step is summed up."""
        field, (steps, _) = copy(self), self.cone.shapes[self.base]
        met = {own.cell: own for every in self.every for own in every.joined}
        field.seen = [met[cell] for cell in sorted(met)]
        room = self.end - (180.0 if self.form.is_narrow else 390.0) - left
        field.axis = Axis(tuple(range(steps)), left, room / steps, steps)
        field.slot = 0.92 * field.axis.pitch / len(self.cone.channels[self.base])
        return field

    def tile(
        self, draft: Draft, key: Key, number: Number, role: Role, box: tuple[float, float, float, float],
        largest: Fraction, meant: bool = True, said: str = "", size: float = SMALL, **more: Any,
    ) -> Mark:  # fmt: skip
        """A number as a tile in a box (x, y, width, height), as high as it is large, and what is ``said`` in it."""
        x, y, wide, high = box
        value, share, written = number.value, 1.0 if meant else self.idle, self.is_written
        more |= {"about": number.about, "light": share * (1.0 if value > 0 or (value and written) else DARK)}
        tall = high if written else max(1.5, high * float(abs(value) / (largest or 1)))
        mark = bar(role, x, y + tall / 2, wide, tall, **more).at(radius=min(8.0, tall / 4))
        mark = mark if value or written else dot(role, x, y, min(10.0, high / 2, wide), **more)
        mark = draft.put("tile", (*key, "bar"), mark if value or not written else mark.at(light=CARD * share))
        # The hues of channels are bright in every theme.
        look: dict[str, Any] = {"light": 0.6 if not meant else 0.0 if value else 1.0}
        look = {"role": "dark"} if value and str(role).startswith("channel") else look
        if written and said:
            text = words(said, x, y, size, z=3, **look).at(rides=(*key, "bar"), about=number.about)
            draft.put("digits", (*key, "digits"), text)
        return mark

    def sized(self, texts: Collection[str]) -> float:
        """The size of what the tiles of rows say."""
        sizes = [size for size in (PARTIAL, TEXT, 40.0, SMALL) if size <= self.larger and 1.3 * size < self.row]
        return benches.fitting(self.slot - 24, texts, sizes or [SMALL])

    def strips(self, draft: Draft, multiplied: Collection[Row], only: Collection[Cell] | None, opened: bool) -> None:
        """Rows of tiles, some ``multiplied`` by the tap beside, which is seen in those of a bracket just ``opened``;
        what meets not ``only`` some samples recedes.
        """
        parents = {row.channel: row for row in reversed(self.rows)}
        taps = [piece.weight if row in multiplied else piece.taps[0] for row in self.rows for piece in row.pieces]
        largest = max((abs(number.value) for number in taps), default=Fraction(1))
        texts = [f"+{own.text}" if multiplied else own.text for own in taps]
        factors = [times(row.weight, piece.taps[0]) for row in multiplied for piece in row.pieces] if opened else []
        opened = opened and fits(self.room - 16, factors)
        size, smaller = self.sized(texts), self.sized([*texts, *(f" {text} " for text in factors)])
        for row in self.rows:
            (left, right), y, role = self.span(row), self.y(row), self.role(row.channel)
            parent = parents[row.channel] if row is not parents[row.channel] else None
            half, whence = self.row / 2, (*parent.key, "card") if parent else None
            face = plate(role, left, y - half, right, y + half, light=CARD * (1 if only is None else 0.5), z=-3)
            draft.put("rows", (*row.key, "card"), face.at(radius=min(10.0, 0.4 * half), copy_of=whence))
            for piece in row.pieces:
                more: dict[str, Any] = {"copy_of": ("way", *parent.at, *piece.key[-2:], "bar")} if parent else {}
                number = piece.weight if row in multiplied else piece.taps[0]
                said = (number.text, size)
                if row in multiplied:
                    said = (times(row.weight, piece.taps[0]), smaller) if opened else (addend(number), size)
                box, is_lit = (self.x(piece.cells[0]), y, self.inside, self.thick), not only or piece.cells[0] in only
                self.tile(draft, piece.key, number, role, box, largest, is_lit, *said, **more)
                if parent and self.is_written:
                    draft.change([(*piece.key, "digits")], copy_of=("way", *parent.at, *piece.key[-2:], "digits"))
