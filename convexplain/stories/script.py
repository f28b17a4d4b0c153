"""What a story is told from: one network, one output cell, its ledgers, and every number with its text.

This module joins the ledger and the check; it lays nothing out. Nothing is told of numbers that were refuted: making a
script raises first.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any, NamedTuple

from convexplain import ledger as ledgers
from convexplain import style
from convexplain.board.marks import About
from convexplain.board.pieces import Number
from convexplain.check import verify
from convexplain.layers import Cell, quoted
from convexplain.ledger import Ledger
from convexplain.network import Levels, Network, Recorded
from convexplain.stack import Stack
from convexplain.stories import STORIES
from convexplain.stories import ways as paths
from convexplain.stories.ways import Ways


class Tap(NamedTuple):
    """One product of an output cell, with its parts. ``step`` is the step that is read, outside the signal when
    ``padded``.
    """

    k: int
    step: int
    padded: bool
    weight: Number
    sample: Number
    product: Number
    more: int = 0
    """How many products this one stands for, besides itself: they are left out of the picture, and summed here."""


class Correlation(NamedTuple):
    """What one channel gives to an output cell. ``channel`` counts in the filter's own kernel, ``source`` in the level
    that is read.
    """

    channel: int
    source: int
    taps: tuple[Tap, ...]
    partial: Number


@dataclass(frozen=True, eq=False)
class Script:
    """The numbers of a story."""

    name: str
    network: Network
    level: int
    cell: Cell
    levels: Levels
    check: Any

    @property
    def layer(self) -> Any:
        return self.network.stack.layers[self.level - 1]

    @property
    def read_shape(self) -> tuple[int, int]:
        """(steps, channels) of the level that is read."""
        return self.network.stack.shapes[self.level - 1]

    @property
    def shape(self) -> tuple[int, int]:
        """(steps, channels) of the level that is told."""
        return self.network.stack.shapes[self.level]

    @cached_property
    def _ledgers(self) -> dict[tuple[int, Cell], Ledger]:
        return {}

    def ledger(self, cell: Cell) -> Ledger:
        """The products behind an output cell of the told level."""
        return self.ledger_at(self.level, cell)

    def ledger_at(self, level: int, cell: Cell) -> Ledger:
        """The products behind a cell of any level but the input."""
        if (level, cell) not in self._ledgers:
            self._ledgers[level, cell] = ledgers.ledger(self.network, self.levels, level, cell)
        return self._ledgers[level, cell]

    @cached_property
    def _ways(self) -> dict[tuple[Cell, int], Ways]:
        return {}

    def ways(self, cell: Cell, base: int) -> Ways:
        """The paths from the samples of level ``base`` to an output cell of the told level."""
        if (cell, base) not in self._ways:
            self._ways[cell, base] = paths.ways(self, cell, base)
        return self._ways[cell, base]

    def text(self, value: Fraction) -> str:
        return style.number(value, 0 if value.denominator == 1 else 2)

    def number(self, value: Fraction, about: About | None = None) -> Number:
        """A number with its text."""
        return Number(value, self.text(value), about)

    def sample(self, step: int, channel: int) -> Number:
        """One cell of the level that is read."""
        value = Fraction(float(self.levels.values[self.level - 1][step, channel]))
        return self.number(value, ("cell", self.level - 1, step, channel))

    def signal(self, channel: int) -> dict[int, Number]:
        """One channel of the level that is read, by step."""
        return {step: self.sample(step, channel) for step in range(self.read_shape[0])}

    def correlations(self, cell: Cell) -> tuple[Correlation, ...]:
        """What each channel gives to an output cell."""
        return tuple(self._correlation(cell, place, part) for place, part in enumerate(self.ledger(cell).partial_sums))

    def _correlation(self, cell: Cell, place: int, part: Any) -> Correlation:
        taps = []
        for row in part.rows:
            k, c, f = row.term.weight
            source = None if row.term.padded else ("cell", self.level - 1, *row.term.source)
            weight = self.number(row.weight, ("weight", self.level, k, c, f))
            product = self.number(row.product, ("term", self.level, *cell, k, c))
            taps.append(Tap(k, row.term.source.step, row.term.padded, weight, self.number(row.sample, source), product))
        partial = self.number(part.total, ("partial", self.level, *cell, place))
        return Correlation(place, part.channel, tuple(taps), partial)

    def start(self, step: int) -> int:
        """The step that the first tap reads for an output step."""
        return self.network.stack.terms(self.level, Cell(step, self.cell.channel))[0].source.step

    def elide(self, part: Correlation, most: int = 7) -> tuple[Tap, ...]:
        """The taps of a channel that a picture has room for; those between the first and the last are one, summed."""
        if len(part.taps) <= most:
            return part.taps
        first, last = part.taps[: (most - 1) // 2], part.taps[-((most - 2) // 2) :]
        left_out = part.taps[len(first) : -len(last)]
        total = sum((tap.product.value for tap in left_out), Fraction(0))
        none = Number(Fraction(0), "⋯")
        middle = left_out[len(left_out) // 2]
        rest = Tap(middle.k, middle.step, False, none, none, self.number(total), len(left_out) - 1)
        return (*first, rest, *last)

    def bias(self, cell: Cell) -> Number | None:
        """The bias of a cell's filter."""
        value = self.ledger(cell).bias
        return None if value is None else self.number(value, ("bias", self.level, cell.channel))

    def total(self, cell: Cell) -> Number:
        """The sum behind a cell, before the activation."""
        return self.number(self.ledger(cell).total, ("total", self.level, *cell))

    def output(self, step: int, filter: int) -> Number:
        """One cell of the told level."""
        return self.number(self.ledger(Cell(step, filter)).output, ("cell", self.level, step, filter))

    def asked(self, step: int, filter: int) -> Fraction | None:
        """Keras's own number for a cell of the told level, where it was asked."""
        recorded = self.network.recorded
        return None if recorded is None else Fraction(float(recorded.outputs[self.level - 1][step, filter]))

    def check_words(self) -> str:
        """What was compared with whom, and how well, in one clause."""
        return str(self.check)

    def value(self, about: About) -> Fraction:
        """The exact number that something stands for; see :data:`convexplain.board.marks.About`."""
        kind, level, *at = about
        if kind in paths.KINDS:
            return paths.value(self, about)
        if kind == "weight":
            return Fraction(float(self.network.weights[level - 1][0][tuple(at)]))  # type: ignore[index]
        if kind == "bias":
            return Fraction(float(self.network.weights[level - 1][1][at[0]]))  # type: ignore[index]
        if kind == "cell" and level < self.level:
            return Fraction(float(self.levels.values[level][at[0], at[1]]))
        found = self.ledger_at(level, Cell(at[0], at[1]))
        if kind == "term":
            return next(row.product for row in found.rows if row.term.weight[:2] == tuple(at[2:]))
        if kind == "partial":
            return found.partial_sums[at[2]].total
        return found.total if kind == "total" else found.output


class Refuted(ValueError):
    """A network's numbers are not those of the layers it is said to be made of."""


def write(name: str, network: Network, cell: tuple[int, int] | None = None, level: int | None = None) -> Script:
    """The script of story ``name`` for one output cell (step, channel) of ``level``, the last one when None.

    Raises ``ValueError`` for an unknown story or a network without weights, ``IndexError`` for a cell or level out of
    range, :class:`Refuted` when the numbers do not pass the check.
    """
    if name not in STORIES:
        raise ValueError(f"the story must be one of {', '.join(STORIES)}. Received: {quoted(name)}")
    stack = network.stack
    level = stack.check_level(stack.depth if level is None else level, lowest=1)
    at = stack.check_cell(level, *((0, 0) if cell is None else _pair(cell)))
    if STORIES[name].one_channel:
        network = narrow(network, level, at.channel)
        level, at = 1, Cell(at.step, 0)
    levels = ledgers.evaluate(network)
    check = verify.check(network)
    if not check.ok:
        raise Refuted(f"the numbers must pass the check before they are drawn. Received: {check}")
    return Script(name, network, level, at, levels, check)


def _pair(cell: Any) -> tuple[Any, Any]:
    """(step, channel), or an ``IndexError``."""
    if isinstance(cell, str) or not hasattr(cell, "__len__") or len(cell) != 2:
        raise IndexError(f"a cell must be two numbers, (step, channel). Received: {quoted(repr(cell))}")
    return cell[0], cell[1]


def narrow(network: Network, level: int, filter: int, channel: int = 0) -> Network:
    """One filter of one layer reading one channel of those its group reads, as a network of its own: no bias, no
    activation.
    """
    values = ledgers.evaluate(network).values[level - 1]
    layer, (steps, channels) = network.stack.layers[level - 1], network.stack.shapes[level - 1]
    source = layer.source_channel(channels, channel, filter)
    kernel = network.weights[level - 1][0][:, channel : channel + 1, filter : filter + 1]  # type: ignore[index]
    recorded = None
    if network.recorded is not None and channels == layer.groups and not layer.use_bias and layer.is_linear:
        recorded = Recorded((network.recorded.outputs[level - 1][:, filter : filter + 1],), network.recorded.source)
    alone = _alone(layer)
    return Network(Stack((steps, 1), [alone]), ((kernel,),), values[:, source : source + 1], recorded)


def _alone(layer: Any) -> Any:
    """The layer with one filter, one group, no bias and no activation."""
    size, moves = layer.kernel_size, layer.strides
    return type(layer)(
        1, size, moves, layer.padding, dilation_rate=layer.dilation_rate, use_bias=False, name=layer.name
    )
