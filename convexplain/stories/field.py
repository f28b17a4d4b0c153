"""The field behind one output: a row for each number of the layer below that it reads, a column for each sample.

A row is the kernel of a channel, its taps as bars under the samples that they meet; slid by a step it is the same taps
again. What stands beside a row multiplies into it, and the columns add up to one kernel. This module knows a cone and
pieces, and where rows stand; which state stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

from convexplain import style
from convexplain.board import pieces
from convexplain.board.marks import CARD, CONTEXT, FULL, SMALL, TEXT, Draft, Key, Mark, Role, line, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.cone import Cone, is_whole
from convexplain.stories.ways import Way, walk, weight_form

MOST_ROWS, FEW_ROWS, MOST_TAPS, NARROWEST = 24, 7, 32, 520.0
"""How many rows a board has room for, with how many their numbers are written, how many taps a kernel at the side
shows, and the width of the columns in the narrowest format.
"""

STEP = "step *t*"
"""The ruler's name."""


class Piece(NamedTuple):
    """One tap of a row, before and after what stands beside the row is multiplied in."""

    key: Key
    source: Cell
    inner: Number
    product: Number


class Row(NamedTuple):
    """One number of the layer below. ``weight`` is what it is multiplied with: a tap, or the product of several."""

    at: tuple[int, ...]
    channel: int
    """Which kernel it is made with, and so its hue."""
    weight: Number | None
    inner: Number
    pieces: tuple[Piece, ...]
    product: Number

    @property
    def key(self) -> Key:
        return ("row", *self.at)


class Room(NamedTuple):
    """What a format gives to the columns of a board."""

    card: float
    """Where the kernels at the left end."""
    left: float
    right: float
    """The columns of the samples."""
    inner: float
    tap: float
    """The middles of the numbers of the layer below, and of what they are multiplied with."""
    product: float
    """Where products begin; numbers end at ``end``."""
    end: float


WIDE, SLIM = Room(376, 424, 1190, 1270, 1412, 1500, 1630), Room(180, 200, 690, 745, 845, 924, 1010)


class Field:
    """The rows of one output, in one format; those of the first channel alone where they are told ``apart``."""

    def __init__(self, cone: Cone, apart: bool = False) -> None:
        self.cone, self.script, self.form = cone, cone.script, cone.form
        self.base, self.level = cone.base, cone.script.level
        self.total = self.script.total(self.script.cell)
        every = sorted(self._rows(), key=lambda row: row.channel)
        self.rows = self.every = every[:MOST_ROWS]
        self.rest, self.is_apart = self._others(), apart
        self.is_written = self._is_short()
        if apart:
            self.rows, self.rest = self.of(self.channels[0]), []
        self.room = SLIM if self.form.is_narrow else WIDE
        pitch = min(330.0, (self.room.right - self.room.left) / len(cone.places))
        self.axis = Axis(tuple(cone.places), self.room.left, pitch, cone.steps)

    # what there is

    def _rows(self) -> Iterator[Row]:
        if not self.is_deep:
            yield from self._channels()
            return
        for way in walk(self.script, self.script.cell, self.base + 1, self.cone.is_shown):
            yield Row(way.at, way.cells[0].channel, way.weight, way.sample, self._pieces(way), way.product)

    @property
    def is_deep(self) -> bool:
        """Whether a layer reads the rows' numbers: of a single layer they are what its channels give."""
        return self.level - self.base > 1

    def _pieces(self, way: Way) -> tuple[Piece, ...]:
        """The taps that give the number that a way ends at."""
        level, cell, found, form = self.base + 1, way.cells[0], [], weight_form(self.script, self.base)
        for term in self.script.source.stack.terms(level, cell):
            if not term.padded and self.cone.is_shown(self.base, term.source):
                k, c, _ = term.weight
                inner = self.script.number(("weight", level, *term.weight))
                value = way.weight.value * inner.value
                product = Number(value, form.text(value), ("way", self.level, *self.script.cell, *way.at, k, c))
                found.append(Piece(("way", *way.at, k, c), term.source, inner, product))
        return tuple(found)

    def _channels(self) -> Iterator[Row]:
        """Of a single layer: a row for each channel, with nothing beside it."""
        for part in self.script.correlations(self.script.cell):
            if part.source in self.cone.channels[self.base]:
                found = [
                    Piece(("way", tap.k, part.channel), Cell(tap.step, part.source), tap.weight, tap.weight)
                    for tap in part.taps
                    if not tap.padded and self.cone.is_shown(self.base, Cell(tap.step, part.source))
                ]
                yield Row((part.channel,), part.source, None, part.partial, tuple(found), part.partial)

    @property
    def count(self) -> int:
        """How many rows there are, those that are not shown included."""
        if not self.is_deep:
            return len(self.script.correlations(self.script.cell))
        return self.script.ways(self.script.cell, self.base + 1).count

    @property
    def channels(self) -> list[int]:
        """The channels whose kernels are seen."""
        return list(dict.fromkeys(row.channel for row in self.every))

    def of(self, channel: int) -> list[Row]:
        """The rows made with a channel's kernel."""
        return [row for row in self.every if row.channel == channel]

    def _others(self) -> list[tuple[Key, Number, Role]]:
        """What the output is the sum of besides the rows: those that are not shown, and the bias."""
        bias = self.script.bias(self.script.cell) if not self.is_deep else self._bias
        found: list[tuple[Key, Number, Role]] = []
        shown = sum((row.product.value for row in self.rows), Fraction(0))
        others = self.total.value - shown - (bias.value if bias is not None else 0)
        if others:
            found.append((("rest",), self.script.written(others), "bias"))
        if bias is not None:
            found.append((("bias",), bias, "bias"))
        return found

    @property
    def _bias(self) -> Number | None:
        """What the biases give of the layers that read the rows' numbers."""
        given = self.script.ways(self.script.cell, self.base + 1).bias
        return None if given is None else self.script.written(given)

    def bias(self, channel: int) -> Number | None:
        """What is added to every row of a channel."""
        has = self.is_deep and self.script.source.stack.layers[self.base].use_bias
        return self.script.number(("bias", self.base + 1, channel)) if has else None

    def entries(self, channel: int) -> Iterator[tuple[int, int, Number]]:
        """The kernel of a channel: tap, channel that is read, and weight."""
        rows, layer = self.of(channel), self.script.source.stack.layers[self.base]
        met = sorted({piece.key[-2:] for row in rows for piece in row.pieces})
        taps = range(layer.kernel_size) if layer.kernel_size <= MOST_TAPS else sorted({k for k, _ in met})
        filter = channel if self.is_deep else self.script.cell.channel
        for k in taps:
            for c in sorted({c for _, c in met}):
                yield k, c, self.script.number(("weight", self.base + 1, k, c, filter))

    # where it stands

    def _is_short(self) -> bool:
        """Whether the numbers of rows and samples are written, in every format."""
        texts = [text for row in self.rows for piece in row.pieces for text in (piece.inner.text, piece.product.text)]
        texts += [own.sample.text for own in self.cone.shown] + [row.inner.text for row in self.rows]
        few = len(self.rows) + len(self.rest) <= FEW_ROWS and self.is_one_step
        short = max(map(len, texts), default=0) <= 4
        return few and short and len(self.cone.places) * len(self.cone.channels[self.base]) <= 6

    @property
    def is_one_step(self) -> bool:
        """Whether the samples are whole numbers in the range of the taps, so that all have one unit."""
        values = [own.sample for own in self.cone.shown]
        largest = max((abs(p.inner.value) for row in self.rows for p in row.pieces), default=Fraction(0))
        return is_whole(*values) and max((abs(n.value) for n in values), default=Fraction(0)) <= 4 * largest

    @property
    def size(self) -> float:
        """Of written numbers."""
        return SMALL if self.form.is_narrow or len(self.rows) > 5 else TEXT

    @property
    def pad(self) -> float:
        """What a row needs above its bars."""
        return 0.676 * self.size + 14 + (12 if not self.form.is_narrow else 4) if self.is_written else 3.0

    @property
    def gap(self) -> float:
        """Between the rows of two channels."""
        return 20.0 if not self.form.is_narrow else 8.0

    @property
    def bottom(self) -> float:
        """Where rows end; below them stands the output, where it does not stand beside them."""
        foot = self.form.height - (148.0 if not self.form.is_narrow else 152.0)
        return foot if self.is_written else foot - (96.0 if not self.form.is_narrow else 64.0)

    @property
    def head(self) -> float:
        """Between the samples and the rows: what the columns are is written there."""
        return 62.0 if not self.form.is_narrow else 40.0

    def extent(self, row: Row) -> tuple[float, float]:
        """How far a row reaches above and below its line, before and after it is multiplied, in units of its taps."""
        if self.is_apart:  # these are never multiplied, and equally high
            return benches.extent(piece.inner.value for own in self.rows for piece in own.pieces)
        values = [(piece.inner.value, piece.product.value * self.grown) for piece in row.pieces]
        return benches.extent(value for both in values for value in both)

    @cached_property
    def grown(self) -> Fraction:
        """How much larger products are drawn than the taps they are made of: where nothing is written, so much that
        they can be seen as well.
        """
        if self.is_written or self.is_apart:
            return Fraction(1)
        found = [(abs(piece.inner.value), abs(piece.product.value)) for row in self.rows for piece in row.pieces]
        before, after = (max((own[n] for own in found), default=Fraction(0)) for n in (0, 1))
        if not before or not after or Fraction(2, 3) < before / after < Fraction(3, 2):
            return Fraction(1)
        return style.rounded(before / after, 1) if before > after else 1 / style.rounded(after / before, 1)

    @cached_property
    def unit(self) -> float:
        """The height of a number 1 of the rows."""
        reach = sum(sum(self.extent(row)) for row in self.rows)
        room = self.bottom - benches.TOP - self.head - len(self.rows) * (self.pad + self.apart) - self.below
        room -= self.gap * (len({row.channel for row in self.rows}) - 1) + self.lie * len(self.rest)
        up, down = benches.extent(own.sample.value for own in self.cone.shown)
        if self.is_written:
            reach, room = reach + up + down, room - self.pad
        else:
            room -= self._own_head
        values = [number.value for row in self.rows for piece in row.pieces for number in (piece.inner, piece.product)]
        return benches.unit_of(room, reach, values, 56.0 if self.is_apart else 30.0)

    @property
    def apart(self) -> float:
        """What a row needs below its bars."""
        return (16.0 if not self.form.is_narrow else 6.0) if self.is_written else 4.0

    below = 10.0
    """What samples keep below them."""

    @property
    def lie(self) -> float:
        """The height of a row that has no taps."""
        return (64.0 if not self.form.is_narrow else 36.0) if self.is_written else 30.0

    @property
    def _own_head(self) -> float:
        return 100.0 if not self.form.is_narrow else 76.0

    @property
    def sample_unit(self) -> float:
        """The height of a number 1 of the samples."""
        if self.is_written:
            return self.unit
        values = [own.sample.value for own in self.cone.shown]
        return benches.unit_of(self._own_head - 40, sum(benches.extent(values)), values, 30.0)

    @cached_property
    def foot(self) -> float:
        """The baseline of the samples."""
        up, _ = benches.extent(own.sample.value for own in self.cone.shown)
        return benches.TOP + (self.pad if self.is_written else 36.0) + up * self.sample_unit

    @property
    def top(self) -> float:
        """Where the rows begin."""
        _, down = benches.extent(own.sample.value for own in self.cone.shown)
        return self.foot + down * self.sample_unit + self.below + self.head

    @cached_property
    def feet(self) -> list[tuple[float, float, float]]:
        """Of each row its top, the line that its bars stand on, and its bottom; those after the rows are the rest."""
        found, y, before = [], self.top, self.rows[0].channel if self.rows else 0
        for row in self.rows:
            y += self.gap * (row.channel != before)
            up, down = self.extent(row)
            top, foot = y, y + self.pad + up * self.unit
            y, before = foot + down * self.unit + self.apart, row.channel
            found.append((top, foot, y - 0.3 * self.apart))
        for place in range(len(self.rest)):
            found.append((y + self.lie * place, y + self.lie * (place + 0.5), y + self.lie * (place + 1)))
        return found

    def y(self, place: int) -> float:
        """The middle of a row, by its number."""
        top, _, bottom = self.feet[place]
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
        return min(84.0, 0.56 * self.slot)

    def role(self, channel: int) -> Role:
        """The hue of a channel."""
        role = self.cone.role(self.base + 1 if self.is_deep else self.base, channel)
        return "kernel" if role in ("sample", "output") else role

    # what is laid

    def samples(self, draft: Draft, lit: Collection[Cell] | None = None) -> None:
        """The samples over their columns; the numbers of all where there is room for them, else of the ``lit`` ones."""
        fits = self.axis.pitch > 1.25 * SMALL * advance(runs_of(str(self.cone.steps)))
        pieces.ruler(draft, self.axis, STEP, lit={cell.step for cell in lit or ()} if fits else ())
        columns = len(self.cone.places) * len(self.cone.channels[self.base])
        texts = [own.sample.text for own in self.cone.shown if lit is not None and own.cell in lit]
        fitting = benches.fitting(NARROWEST / columns - 6, texts, (SMALL, 0.0)) > 0
        for own in self.cone.shown:
            key, meant = self.cone.key(self.base, own.cell), lit is None or own.cell in lit
            role, bricks = self.cone.role(self.base, own.cell.channel), is_whole(own.sample)
            role = "sample" if role == "output" else role
            at = self.x(own.cell), self.foot
            pieces.column(draft, key, own.sample, *at, self.width, self.sample_unit, role, True, bricks)
            if not meant:
                draft.change([(*key, "bar")], light=CONTEXT)
            if self.is_written:
                pieces.digits(draft, key, own.sample.text, self.size, "ink" if meant else "context")
            elif lit is not None and meant and fitting:
                pieces.digits(draft, key, own.sample.text, SMALL)
        pieces.baseline(draft, ("level", self.base), self.axis.left, self.axis.right, self.foot)
        pieces.name(draft, ("level", self.base), f"layer {self.base}" if self.base else "input", self.foot)

    def lines(
        self,
        draft: Draft,
        rows: Collection[Row],
        multiplied: Collection[Row] = (),
        lit: Collection[Row] | None = None,
        column: Cell | None = None,
    ) -> None:
        """Rows: a kernel each, its taps under the samples that they meet; of those ``multiplied`` what stood beside is
        multiplied in. Those not ``lit``, or outside the ``column``, recede.
        """
        first = {row.channel: row for row in reversed(self.rows)}
        before: dict[int, Row] = {}
        for place, row in enumerate(self.rows):
            if row not in rows:
                continue
            top, foot, bottom = self.feet[place]
            meant, role = lit is None or row in lit, self.role(row.channel)
            parent = before.get(row.channel) if row != first[row.channel] else None
            card = (*parent.key, "card") if parent else None
            if row.pieces:
                left, right = self.span(row)
                light = CARD if meant and column is None else 0.5 * CARD
                face = plate(role, left, top, right, bottom, light=light, z=-3, radius=min(10.0, (bottom - top) / 5))
                draft.put("rows", (*row.key, "card"), face.at(copy_of=card))
                edge = line(role, right, top + 6, right, bottom - 6, size=2, light=light, z=-3)
                draft.put("rows", (*row.key, "edge"), edge.at(rides=(*row.key, "card")))
            for piece in row.pieces:
                number = piece.product if row in multiplied else piece.inner
                scale = self.unit * float(self.grown if row in multiplied else 1)
                own = ("way", *parent.at) if parent else ("kernel", row.channel)
                light = FULL if meant and column in (None, piece.source) else CONTEXT
                self._tap(
                    draft, piece.key, number, role, self.x(piece.source), foot, (*own, *piece.key[-2:]), light, scale
                )
            before[row.channel] = row

    def _tap(
        self,
        draft: Draft,
        key: Key,
        number: Number,
        role: Role,
        x: float,
        foot: float,
        parent: Key,
        light: float,
        unit: float,
    ) -> None:
        whole = is_whole(number) and unit > 8
        more: dict[str, Any] = dict(copy_of=(*parent, "bar"))
        pieces.column(draft, key, number, x, foot, self.width, unit, role, True, whole, light=light, **more)
        if not number.value:
            draft.change([(*key, "bar")], width=8.0, height=8.0)
        if self.is_written:
            pieces.digits(draft, key, number.text, self.size, "ink" if light == FULL else "context")
            own, other = draft.marks[(*key, "digits")], draft.marks.get((*parent, "digits"))
            if other is not None and abs(own.y - other.y) > 0.73 * self.size:  # else it would fly over its neighbours
                draft.change([(*key, "digits")], copy_of=(*parent, "digits"))

    def span(self, row: Row) -> tuple[float, float]:
        """The left and the right edge of the columns that a row reads."""
        xs, half = [self.x(piece.source) for piece in row.pieces], self.slot / 2
        return min(xs) - half, max(xs) + half

    def kernels(self, draft: Draft, lit: Collection[int] | None = None) -> None:
        """Every channel's kernel at the left, beside its rows; one below the other where one channel's are apart."""
        left, right, label = self.form.margin, self.room.card, 44.0
        reach = {channel: benches.extent(n.value for *_, n in self.entries(channel)) for channel in self.channels}
        roomy = self.is_written or not self.form.is_narrow
        named = roomy and len(self.cone.channels[self.base + self.is_deep]) > 1
        zones = {channel: self.zone(place, channel) for place, channel in enumerate(self.channels)}
        fits = [
            (bottom - top - label * named - self.pad - self.apart) / sum(reach[channel])
            for channel, (top, bottom) in zones.items()
            if any(reach[channel])
        ]
        unit = (
            self.unit
            if self.is_written and not self.is_apart
            else min([90 / (max(map(sum, reach.values())) or 1), *fits])
        )
        for channel, (top, bottom) in zones.items():
            (up, down), role, meant = reach[channel], self.role(channel), lit is None or channel in lit
            tall = self.pad + (up + down) * unit + self.apart
            fitting = named and bottom - top > tall + 0.9 * label
            y = (top + bottom - tall - label * fitting) / 2
            card = plate(role, left, y, right, y + tall, light=CARD if meant else 0.5 * CARD, z=-3, radius=10.0)
            draft.put("kernels", ("kernel", channel, "card"), card)
            if fitting:
                pieces.note(draft, ("channel", channel), f"channel {channel}", left, y + tall + 26, -1, role)
            self.taps_of(draft, channel, (left, right), y + self.pad + up * unit, unit, meant)

    def zone(self, place: int, channel: int) -> tuple[float, float]:
        """The top and the bottom of where a channel's kernels stand beside the rows."""
        if not self.is_apart:
            return self.group(channel)
        high = (self.bottom - self.top) / len(self.channels)
        return self.top + place * high, self.top + (place + 1) * high

    def taps_of(
        self, draft: Draft, channel: int, ends: tuple[float, float], foot: float, unit: float, meant: bool = True
    ) -> None:
        """The taps of a channel's kernel, side by side on a card."""
        entries, role = list(self.entries(channel)), self.role(channel)
        pitch = (ends[1] - ends[0]) / max(1, len(entries))
        for place, (k, c, number) in enumerate(entries):
            x, whole = ends[0] + (place + 0.5) * pitch, is_whole(number) and unit > 8
            key = ("kernel", channel, k, c)
            light = FULL if meant else CONTEXT
            pieces.column(draft, key, number, x, foot, min(84.0, 0.56 * pitch), unit, role, True, whole, light=light)
            if not number.value:
                draft.change([(*key, "bar")], width=8.0, height=8.0)
            if self.is_written:
                pieces.digits(draft, key, number.text, self.size, "ink" if meant else "context")


def write(draft: Draft, key: Key, markup: str, x: float, y: float, size: float, align: float, **more: Any) -> Mark:
    """A number beside a row."""
    return draft.put("beside", (*key, "digits"), words(markup, x, y, size, align=align, **more))
