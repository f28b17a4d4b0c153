"""What a story is told from: one network, one output cell, its ledgers, and every number with its text.

This module joins the shown numbers and the check; it lays nothing out. Nothing is told of numbers that were refuted:
making a script raises first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import product
from typing import Any, NamedTuple

from convexplain.board.marks import About
from convexplain.board.pieces import Number
from convexplain.check import oracles, verify
from convexplain.check.verdict import Check
from convexplain.layers import Cell
from convexplain.names import quoted
from convexplain.network import Levels, Network, Recorded
from convexplain.numbers.ledger import evaluate
from convexplain.stack import Stack
from convexplain.stories import find, phrases
from convexplain.stories import shown as showing
from convexplain.stories import within as inside
from convexplain.stories.both_ways.backward import Backward
from convexplain.stories.many_layers import ways as paths
from convexplain.stories.many_layers.ways import Ways
from convexplain.stories.shown import Form, Shown
from convexplain.stories.telling import telling_cell
from convexplain.stories.two_layers.pair import Pair


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
    source: Network
    """The network itself, at full precision."""
    known: Levels
    """The values of all its levels."""
    shown: Shown
    """The numbers that are printed."""
    level: int
    cell: Cell
    check: Check
    within: str = ""
    """Which layer of which network is told, where it is not the network itself."""

    @property
    def network(self) -> Network:
        """What the ledger reads."""
        return self.shown.network

    @property
    def layer(self) -> Any:
        """The told layer."""
        return self.source.stack.layers[self.level - 1]

    @property
    def read_shape(self) -> tuple[int, int]:
        """(steps, channels) of the level that is read."""
        return self.source.stack.shapes[self.level - 1]

    @property
    def shape(self) -> tuple[int, int]:
        """(steps, channels) of the level that is told."""
        return self.source.stack.shapes[self.level]

    @cached_property
    def backward(self) -> Backward:
        """The told layer read from its other end."""
        return Backward(self)

    @cached_property
    def pair(self) -> Pair:
        """The told layer with the one before it, as two that become one. ``ValueError`` where there is none."""
        return Pair(self)

    def value(self, about: About) -> Fraction:
        """The exact number that something stands for; see :data:`convexplain.board.marks.About`."""
        if about[0] in ("upstream", "slope"):
            return self.backward.value(about)
        if about[0] in ("copy", "part", "effective"):
            return self.pair.value(about)
        return paths.value(self, about) if about[0] in paths.KINDS else self.shown.value(about)

    def number(self, about: About) -> Number:
        """The number of something, with its text as it is printed."""
        value = self.shown.value(about)
        return Number(value, self.form(about).text(value), about)

    def form(self, about: About) -> Form:
        """How the number of something is written."""
        if about[0] in ("copy", "part", "effective"):
            return self.pair.form
        return paths.form(self, about) if about[0] in paths.KINDS else self.shown.form(about)

    def written(self, value: Fraction, level: int | None = None, about: About | None = None) -> Number:
        """A number that is no cell, weight or sum of the ledger, written beside the cells of a level."""
        return Number(value, self.shown.write(self.level if level is None else level, value), about)

    @cached_property
    def _ways(self) -> dict[tuple[Cell, int], Ways]:
        return {}

    def ways(self, cell: Cell, base: int) -> Ways:
        """The paths from the samples of level ``base`` to an output cell of the told level."""
        if (cell, base) not in self._ways:
            self._ways[cell, base] = paths.ways(self, cell, base)
        return self._ways[cell, base]

    def sample(self, step: int, channel: int) -> Number:
        """One cell of the level that is read."""
        return self.number(("cell", self.level - 1, step, channel))

    def signal(self, channel: int) -> dict[int, Number]:
        """One channel of the level that is read, by step."""
        return {step: self.sample(step, channel) for step in range(self.read_shape[0])}

    def correlations(self, cell: Cell, places: Iterable[int] | None = None) -> tuple[Correlation, ...]:
        """What each channel gives to an output cell, or those at the ``places`` alone, in their order."""
        parts = self.shown.ledger(self.level, cell).partial_sums
        return tuple(self._correlation(cell, place, parts[place]) for place in places or range(len(parts)))

    def _correlation(self, cell: Cell, place: int, part: Any) -> Correlation:
        taps = []
        for row in part.rows:
            k, c, f = row.term.weight
            source = row.term.source
            sample = Number(Fraction(0), "0") if row.term.padded else self.sample(*source)
            weight, product = self.number(("weight", self.level, k, c, f)), ("term", self.level, *cell, k, c)
            taps.append(Tap(k, source.step, row.term.padded, weight, sample, self.written(row.product, about=product)))
        partial = self.written(part.total, about=("partial", self.level, *cell, part.channel))
        return Correlation(place, part.channel, tuple(taps), partial)

    def reads(self, step: int) -> tuple[int, ...]:
        """The steps that the taps of a channel read for an output step, those outside the signal included."""
        terms = self.source.stack.terms(self.level, Cell(step, self.cell.channel))
        return tuple(term.source.step for term in terms[: self.layer.kernel_size])

    def start(self, step: int) -> int:
        """The step that the first tap reads for an output step."""
        return int(self.layer.source_step(self.read_shape[0], step, 0))

    def home(self, step: int) -> int:
        """The step that an output stands under: where its window starts or, with padding, as many steps later as zeros
        stand before the first sample.
        """
        return int(self.start(step) + self.layer.left_pad(self.read_shape[0]))

    def elide(self, taps: Sequence[Tap], front: int, rear: int, home: int | None = None) -> tuple[Tap, ...]:
        """The taps that a picture has room for, so many at either end; those between them are one, summed, in the
        column of the step ``home`` where that is one of theirs.
        """
        if len(taps) <= front + rear + 1:
            return tuple(taps)
        between, none = taps[front:-rear], Number(Fraction(0), "⋯")
        total, steps = sum((tap.product.value for tap in between), Fraction(0)), [tap.step for tap in between]
        middle = between[len(between) // 2]
        step = home if home is not None and min(steps) <= home <= max(steps) else middle.step
        rest = Tap(middle.k, step, False, none, none, self.written(total), len(between) - 1)
        return (*taps[:front], rest, *taps[-rear:])

    def bias(self, cell: Cell) -> Number | None:
        """The bias of a cell's filter."""
        return self.number(("bias", self.level, cell.channel)) if self.layer.use_bias else None

    def total(self, cell: Cell) -> Number:
        """The sum behind a cell, before the activation."""
        return self.number(("total", self.level, *cell))

    def output(self, step: int, filter: int) -> Number:
        """One cell of the told level."""
        return self.number(("cell", self.level, step, filter))

    # other layers

    def sibling(self, **changes: Any) -> Script | None:
        """The same kernel on the same samples in a layer with other arguments (``strides=2``, ``padding="same"``), for
        a story about one layer; None where Keras refuses to build it.

        It is compared with what Keras answered when that is recorded; else with Keras when the told layer was, else
        with SciPy. Raises :class:`Refuted` as :func:`write` does.
        """
        try:
            layer = replace(self.layer, **changes)
            stack = Stack(self.read_shape, [layer])
        except ValueError:
            return None
        told = self.source.recorded
        answer = None if told is None else told.siblings.get(layer)
        recorded = None if told is None or answer is None else Recorded((answer,), told.source)
        network = Network(stack, self.source.weights, self.source.x, recorded)
        asked = told is None and self.check.library.startswith("Keras")
        check = verify.check(network, None if recorded is not None or asked else oracles.scipy)
        known = evaluate(_passed(network, check))
        return Script(self.name, network, known, showing.in_layer(self.shown, network, known), 1, Cell(0, 0), check)

    def turned(self, cell: Cell) -> Number:
        """What a cell that reads one channel would be with the kernel turned over: ``scipy.signal.convolve`` there."""
        taps = self.correlations(cell)[0].taps
        products = (own.weight.value * met.sample.value for own, met in zip(reversed(taps), taps, strict=True))
        return self.written(sum(products, Fraction(0)))

    # the check

    @cached_property
    def _full(self) -> Shown:
        return showing.show(self.source, self.level, "full", known=self.known)

    def full(self, step: int, filter: int) -> Fraction:
        """One cell of the told level of the network itself: the exact sum of its full numbers."""
        return self._full.value(("cell", self.level, step, filter))

    def asked(self, step: int, filter: int) -> Fraction | None:
        """Keras's own number for that cell, where it was asked."""
        recorded = self.source.recorded
        return None if recorded is None else Fraction(float(recorded.outputs[self.level - 1][step, filter]))

    def check_words(self) -> str:
        """What was compared with whom, and how well, in one clause."""
        return phrases.named(self.check.of([self.level]).line)


class Refuted(ValueError):
    """A network's numbers are not those of the layers it is said to be made of: nothing is drawn of it.

    >>> import convexplain as cx
    >>> issubclass(cx.Refuted, ValueError)
    True
    """


def write(
    name: str,
    network: Network,
    cell: tuple[int, int] | None = None,
    level: int | None = None,
    numbers: str = "short",
    levels: Levels | None = None,
) -> Script:
    """The script of story ``name`` for one output cell (step, channel) of ``level``, the last one when None; without a
    cell, of the one that is easiest to follow. ``levels`` are the values of all levels, where they are known already.

    Raises ``ValueError`` for an unknown story or a network without weights, ``IndexError`` for a cell or level out of
    range, :class:`Refuted` when the numbers do not pass the check.
    """
    kind = find(name)
    network, level, within = inside.told(network, level, kind.levels, levels)
    told = tuple(range(max(1, level - kind.levels + 1), level + 1))
    known, check = evaluate(network), verify.check(network)
    _passed(network, check)
    if cell is None:
        seen = showing.show(network, told, numbers, known=known)
        cells = _first(seen, level, kind.first)
        if kind.one_channel:
            cells = _turning(seen, level, cells) or cells
        at = telling_cell(seen, cells=cells)
    else:
        at = network.stack.check_cell(level, *_pair(cell))
    if kind.one_channel:
        network = narrow(network, level, at.channel)
        level, told, at = 1, (1,), Cell(at.step, 0)
        known, check = evaluate(network), verify.check(network)
    shown = showing.show(network, told, numbers, at, known, check)
    return Script(name, network, known, shown, level, at, check, within)


def _turning(seen: Shown, level: int, cells: list[tuple[int, int]] | None) -> list[tuple[int, int]]:
    """Of some outputs, or of all, those of filters whose kernel is another one turned over, as it is shown."""
    kernel: Any = seen.network.weights[level - 1][0]  # type: ignore[index]
    steps, filters = seen.network.stack.shapes[level]
    apart = {f for f in range(filters) if (kernel[:, 0, f] != kernel[::-1, 0, f]).any()}
    return [cell for cell in cells or product(range(steps), range(filters)) if cell[1] in apart]


def _first(seen: Shown, level: int, wanted: bool) -> list[tuple[int, int]] | None:
    """The outputs that read the beginning of the signal, of all filters; None where that is padding, or all are 0."""
    stack = seen.network.stack
    padded = stack.layers[level - 1].left_pad(stack.shapes[level - 1][0]) > 0
    if not wanted or padded or not seen.levels.values[level][0].any():
        return None
    return [(0, f) for f in range(stack.shapes[level][1])]


def _passed(network: Network, check: Check) -> Network:
    """The network, when its numbers passed the check."""
    if not check.ok:
        raise Refuted(f"the numbers must pass the check before they are drawn. Received: {check}")
    return network


def _pair(cell: Any) -> tuple[Any, Any]:
    """(step, channel), or an ``IndexError``."""
    if isinstance(cell, str) or not hasattr(cell, "__len__") or len(cell) != 2:
        raise IndexError(f"a cell must be two numbers, (step, channel). Received: {quoted(repr(cell))}")
    return cell[0], cell[1]


def narrow(network: Network, level: int, filter: int) -> Network:
    """One filter of one layer reading the first channel of those its group reads, as a network of its own: no bias, no
    activation.
    """
    values = evaluate(network).values[level - 1]
    layer, (steps, channels) = network.stack.layers[level - 1], network.stack.shapes[level - 1]
    source = layer.source_channel(channels, 0, filter)
    kernel = network.weights[level - 1][0][:, :1, filter : filter + 1]  # type: ignore[index]
    recorded = None
    if network.recorded is not None and channels == layer.groups and not layer.use_bias and layer.is_linear:
        told, own = network.recorded, slice(filter, filter + 1)
        others = {_alone(other): answer[:, own] for other, answer in told.siblings.items() if level == 1}
        gradient = told.gradient if level == 1 else None
        if gradient is not None:
            gradient = gradient._replace(slopes=gradient.slopes[:, source : source + 1, own])
        recorded = Recorded((told.outputs[level - 1][:, own],), told.source, others, gradient)
    return Network(Stack((steps, 1), [_alone(layer)]), ((kernel,),), values[:, source : source + 1], recorded)


def _alone(layer: Any) -> Any:
    """The layer with one filter, one group, no bias and no activation."""
    return replace(layer, filters=1, groups=1, use_bias=False, activation="linear")
