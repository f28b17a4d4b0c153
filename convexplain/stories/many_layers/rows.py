"""The rows behind one output as numbers: one for each number of the layer below that it reads.

A row is the kernel of a channel under the samples that it meets, what that gives, and what it is multiplied with. This
module knows a cone and the formula's letters; it lays nothing out.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import NamedTuple

from convexplain import style
from convexplain.board.marks import SMALL, Key, Role
from convexplain.board.pieces import Number
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.many_layers.cone import Cone, is_whole
from convexplain.stories.many_layers.formulas import StackFormula
from convexplain.stories.many_layers.walked import bracketed
from convexplain.stories.many_layers.ways import Joined, Way, walk, weight_form

MOST_ROWS, FEW_ROWS, FEW_STEPS = 24, 7, 7
"""How many rows a board has room for, with how many their numbers are written, and how many outputs it has room for."""
NARROWEST, NARROW_TAP, WIDEST = 564.0, 48.0, 780.0
"""The width of the columns in the narrowest format, of a tap beside them, and of the columns of all inputs."""


class Piece(NamedTuple):
    """One tap of a row, before and after what stands beside the row is multiplied in."""

    key: Key
    source: Cell
    inner: Number
    product: Number


class Row(NamedTuple):
    """One number of the layer below. ``weight`` is what it is multiplied with: a tap, or the product of several."""

    at: tuple[int, ...]
    step: int
    channel: int
    """Which kernel it is made with, and so its hue."""
    weight: Number
    inner: Number
    pieces: tuple[Piece, ...]
    product: Number

    @property
    def key(self) -> Key:
        return ("row", *self.at)


class Sum(NamedTuple):
    """What the one kernel gives at a step: the output, and its taps with the samples that they meet."""

    step: int
    output: Number
    joined: tuple[Joined, ...]

    @property
    def terms(self) -> list[str]:
        """Each tap times its sample, as a sum is written: ``−4·3``, ``+4·1``."""
        return [
            f"{'+' * (place > 0 and own.weight.value >= 0)}{own.weight.text}·{bracketed(own.sample)}"
            for place, own in enumerate(self.joined)
        ]


class Rows:
    """The rows of one output; there are none where a single layer is told."""

    def __init__(self, cone: Cone) -> None:
        self.cone, self.script, self.form = cone, cone.script, cone.form
        self.base, self.level = cone.base, cone.script.level
        self.total = self.script.total(self.script.cell)
        self.rows, self.rest, self.count = list[Row](), list[tuple[Key, Number, Role]](), 0
        """Those that are shown, what the output is the sum of besides them, and how many there are."""
        if self.level - self.base > 1:
            ways = self.script.ways(self.script.cell, self.base + 1)
            self.count = ways.count
            self.rows = sorted(self._rows(), key=lambda row: row.channel)[:MOST_ROWS]
            others = self.total.value - sum((row.product.value for row in self.rows), ways.bias or Fraction(0))
            self.rest += [(("rest",), self.script.written(others), "bias")] if others else []
            self.rest += [(("bias",), self.script.written(ways.bias), "bias")] if ways.bias is not None else []
        self.channels = list(dict.fromkeys(row.channel for row in self.rows))
        """Those whose kernels are seen."""
        self.room = NARROWEST / (len(cone.places) * len(cone.channels[self.base])) - 16
        """That of a number in the narrowest format."""
        self.is_written = self._is_short()
        self.formula = StackFormula(self.script, self.base)
        """That of the output."""
        self.upper = [f"*w*{number}" for number in self.formula.numbers[:-1]]
        """The taps of the layers that read the rows' numbers."""
        layers = [self.script.source.stack.layers[number - 1] for number in self.formula.numbers]
        self.is_indexed = self.is_written and self.formula.is_indexed and len(layers) == 2
        """Whether columns have the letters of the formula."""
        self.kernels = "kernel" if self.script.source.stack.shapes[self.base][1] == 1 else "filter"
        """What a channel is made with."""
        self.is_everywhere = all(layer.padding == "valid" for layer in layers)
        """Whether every step has the same kernel: none meets added zeros."""
        self.every = self._every() if self.is_written and self.is_everywhere and self.script.layer.is_linear else []

    def _every(self) -> list[Sum]:
        """The sums of all steps, where these are few, short, and Keras's own numbers."""
        cells = [(step, self.script.cell.channel) for step in range(self.script.shape[0])][: FEW_STEPS + 1]
        numbers = [self.script.output(*cell) for cell in cells]
        same = all(self.script.asked(*cell) == own.value for cell, own in zip(cells, numbers, strict=True))
        if not same or not 1 < len(cells) <= FEW_STEPS or self.rest:
            return []
        joined = [tuple(self.script.ways(Cell(*cell), self.base).joined) for cell in cells]
        taps = [own.weight.value for own in self.cone.shown]
        if any([own.weight.value for own in ways] != taps for ways in joined):
            return []
        sums = [Sum(step, own, ways) for (step, _), own, ways in zip(cells, numbers, joined, strict=True)]
        steps, channels = self.script.source.stack.shapes[self.base]
        room = WIDEST / (steps * channels) - 12
        return sums if benches.fitting(room, [text for own in sums for text in own.terms], (SMALL, 0.0)) else []

    def _rows(self) -> Iterator[Row]:
        for way in walk(self.script, self.script.cell, self.base + 1, self.cone.is_shown):
            yield Row(way.at, *way.cells[0], way.weight, way.sample, self._pieces(way), way.product)

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

    def of(self, channel: int) -> list[Row]:
        """The rows made with a channel's kernel."""
        return [row for row in self.rows if row.channel == channel]

    def given(self, row: Row) -> str:
        """The number that a row gives, as code names it: ``y1[2, 0]``."""
        channel = f", {row.channel}" if self.script.source.stack.shapes[self.base + 1][1] > 1 else ""
        return f"*y*{self.base + 1}[{row.step}{channel}]"

    def index(self, cell: Cell) -> str:
        """Which tap of the merged kernel meets a cell: counted from the first one that the formula reads."""
        channel = f", {cell.channel}" if self.script.source.stack.shapes[self.base][1] > 1 else ""
        return f"{cell.step - self.formula.start(self.base)}{channel}"

    def factors(self, row: Row, piece: Piece) -> str:
        """A tap with what stands before its row: ``2·(−1)``."""
        return f"{row.weight.text}·{bracketed(piece.inner)}"

    def multiplied(self, row: Row) -> str:
        """What stands before a row times what it gives: ``2·2``."""
        return f"{row.weight.text}·{bracketed(row.inner)}"

    def worked(self, row: Row, multiplied: bool) -> str:
        """A row as it is worked out: ``−1·1 + 1·1 + 1·2``, or with what stands before it ``multiplied`` in."""
        met, said = {own.cell: own.sample for own in self.cone.shown}, ""
        addends = [(piece.product if multiplied else piece.inner, met[piece.source]) for piece in row.pieces]
        if self.script.source.stack.layers[self.base].use_bias:
            bias = self.script.number(("bias", self.base + 1, row.channel))
            addends.append((bias, row.weight if multiplied else Number(Fraction(1), "")))
        for first, second in addends:
            minus = first.value < 0
            said += f" {style.MINUS if minus else '+'} " if said else style.MINUS * minus
            said += first.text.removeprefix(style.MINUS) + f"·{bracketed(second)}" * bool(second.text)
        return said or "0"

    def _is_short(self) -> bool:
        """Whether numbers are written, in every format: few short ones, of samples and taps that have one unit."""
        shown, taps = self.cone.shown, [number for row in self.rows for piece in row.pieces for number in piece[2:]]
        if not self.rows:
            taps = [own.weight for own in shown]
        texts = [text for own in shown for text in (own.sample.text, benches.factor(own.weight))]
        texts += [text for row in self.rows for text in (row.inner.text, row.product.text)]
        texts += [f"+{number.text}" for number in taps]
        few = self.count == len(self.rows) <= FEW_ROWS - len(self.rest) and len(shown) == len(self.cone.ways.joined)
        samples = [own.sample for own in shown]
        largest, tap = (max((abs(n.value) for n in numbers), default=Fraction(0)) for numbers in (samples, taps))
        one_unit, factors = is_whole(*samples) and largest <= 4 * tap, [row.weight.text for row in self.rows]
        short = benches.fitting(self.room, texts, (SMALL, 0.0)) * benches.fitting(NARROW_TAP, factors, (SMALL, 0.0))
        return few and one_unit and short > 0
