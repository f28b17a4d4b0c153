"""The rows behind one output as numbers: one for each number of the layer below that it reads.

A row is the kernel of a channel under the samples that it meets, what that gives, and what it is multiplied with. This
module knows a cone and the formula's letters; it lays nothing out.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from convexplain.board.marks import SMALL, Key, Role
from convexplain.board.pieces import Number
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.many_layers.cone import Cone, is_whole
from convexplain.stories.many_layers.formulas import StackFormula
from convexplain.stories.many_layers.ways import Way, walk, weight_form

MOST_ROWS, FEW_ROWS = 24, 7
"""How many rows a board has room for, and with how many their numbers are written."""
NARROWEST = 536.0
"""The width of the columns in the narrowest format."""


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

    @property
    def step(self) -> int:
        """The step of the number that it gives."""
        assert self.inner.about is not None
        return int(self.inner.about[2])


class Rows:
    """The rows of one output."""

    def __init__(self, cone: Cone) -> None:
        self.cone, self.script, self.form = cone, cone.script, cone.form
        self.base, self.level = cone.base, cone.script.level
        self.total = self.script.total(self.script.cell)
        self.rows = sorted(self._rows(), key=lambda row: row.channel)[:MOST_ROWS]
        self.rest = self._others()
        self.is_written = self._is_short()

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
        return list(dict.fromkeys(row.channel for row in self.rows))

    def of(self, channel: int) -> list[Row]:
        """The rows made with a channel's kernel."""
        return [row for row in self.rows if row.channel == channel]

    @property
    def firsts(self) -> list[Row]:
        """The first row of each channel."""
        return [self.of(channel)[0] for channel in self.channels]

    @property
    def is_seen(self) -> bool:
        """Whether every tap of two layers is seen as a number."""
        return self.is_written and self.level - self.base == 2

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

    @cached_property
    def formula(self) -> StackFormula:
        """The formula of the output."""
        return StackFormula(self.script, self.base)

    @property
    def k(self) -> str:
        """The formula's letter for the taps that rows meet; nothing where several layers read them."""
        return self.formula.k(self.level) if self.level - self.base == 2 else ""

    @property
    def c(self) -> str:
        """Its letter for the channels that rows are made with."""
        return self.formula.c(self.level) if self.level - self.base == 2 else ""

    def index(self, cell: Cell) -> str:
        """Which tap of the merged kernel meets a cell: counted from the first one that the formula reads."""
        channel = f", {cell.channel}" if self.script.source.stack.shapes[self.base][1] > 1 else ""
        return f"{cell.step - self.formula.start(self.base)}{channel}"

    @property
    def own_k(self) -> str:
        """Its letter for the taps of a row."""
        return self.formula.k(self.base + 1)

    def bias(self, channel: int) -> Number | None:
        """What is added to every row of a channel."""
        has = self.is_deep and self.script.source.stack.layers[self.base].use_bias
        return self.script.number(("bias", self.base + 1, channel)) if has else None

    def _is_short(self) -> bool:
        """Whether the numbers of rows and samples are written, in every format."""
        texts = [text for own in self.cone.shown for text in (own.sample.text, benches.factor(own.weight))]
        texts += [text for row in self.rows for text in (row.inner.text, row.product.text)]
        texts += [
            text for row in self.rows for piece in row.pieces for text in (piece.inner.text, self.product(row, piece))
        ]
        room = NARROWEST / (len(self.cone.places) * len(self.cone.channels[self.base])) - 16
        few = self.count == len(self.rows) <= FEW_ROWS - len(self.rest) and self.is_one_step
        return few and benches.fitting(room, texts, (SMALL, 0.0)) > 0

    def product(self, row: Row, piece: Piece) -> str:
        """A tap with what stands before its row: ``2·(−1)``."""
        tap = f"({piece.inner.text})" if piece.inner.value < 0 else piece.inner.text
        return f"{row.weight.text}·{tap}" if row.weight is not None else piece.inner.text

    @property
    def is_one_step(self) -> bool:
        """Whether the samples are whole numbers in the range of the taps, so that all have one unit."""
        values = [own.sample for own in self.cone.shown]
        taps = (abs(n.value) for row in self.rows for piece in row.pieces for n in (piece.inner, piece.product))
        largest = max(taps, default=Fraction(0))
        return is_whole(*values) and max((abs(n.value) for n in values), default=Fraction(0)) <= 4 * largest
