"""The products behind one output, as exact numbers.

This module multiplies a network's weights and samples over a layer's own terms; it holds no index rule of its own.
Every number that is printed, drawn or filmed comes from here. All arithmetic is exact: a float32 is an integer times a
power of two, and so is every sum of products of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np

from convexplain import style
from convexplain.graph import as_cell, describe
from convexplain.layers import Cell, Term
from convexplain.layers import statement as st
from convexplain.layers.functions import ALONG_AN_AXIS, activated
from convexplain.network import Levels, Network, sample_inputs
from convexplain.numbers import evaluation, exact
from convexplain.numbers.labels import Name, label
from convexplain.numbers.measure import Lookup, Measure, Product, coefficient, measure, products

_FEW, _LONGEST = 8, 72
"""The numbers, and the letters, of a function that is written as a formula."""


class Row(NamedTuple):
    """One product: the term, its two factors, and what they make, exactly.

    >>> import convexplain as cx
    >>> row = cx.example("kernel_flip").ledger(0, 0).rows[1]
    >>> row.term.weight, row.term.source
    ((1, 0, 0), Cell(step=1, channel=0))
    >>> row.weight * row.sample == row.product
    True
    """

    term: Term
    weight: Fraction
    sample: Fraction
    product: Fraction


@dataclass(frozen=True)
class PartialSum:
    """One channel's correlation at one output: its products and their sum. Without a channel, all rows of a cell.

    >>> import convexplain as cx
    >>> sums = cx.example("channel_summation").ledger(0, 0).partial_sums
    >>> [(part.channel, len(part.rows), part.total) for part in sums]
    [(0, 3, Fraction(7, 1)), (1, 3, Fraction(-2, 1))]
    """

    channel: Any
    rows: tuple[Row, ...]
    total: Fraction


@dataclass(frozen=True)
class Ledger:
    """Everything that makes one output: per channel the products and their sum, then the bias, the total and the
    activation.

    ``keras`` is Keras's own number where it was asked for one (see ``source``), and ``bound`` how far any correct
    float32 computation may lie from the exact total, whatever its order of summation (Higham, Accuracy and Stability
    of Numerical Algorithms, chapter 3). All numbers are exact fractions; printed, it is a table.

    >>> import convexplain as cx
    >>> ledger = cx.example("channel_summation").ledger(0, 0)
    >>> len(ledger.rows), ledger.bias, ledger.total, ledger.output, ledger.keras
    (6, Fraction(1, 1), Fraction(6, 1), Fraction(6, 1), Fraction(6, 1))
    >>> ledger.error <= ledger.bound
    True
    """

    level: int
    cell: Any
    """(step, channel), or (feature,) on a level without a time axis."""
    partial_sums: tuple[PartialSum, ...]
    bias: Fraction | None
    total: Fraction
    """The sum before the activation."""
    output: Fraction
    """The activation of the total: this layer's exact output."""
    activation: str
    bound: Fraction | None
    """None where the layer is not one sum of products."""
    keras: Fraction | None
    source: str
    """Where the samples, and Keras's number, come from."""
    operation: str = "sum"
    """What the rows are: products of a "sum", candidates for the "largest" or "smallest", or, with "function", the
    cells that a formula is made of."""
    radius: Fraction = Fraction(0)
    """How far ``output`` may lie from the exact number: 0 unless there is a root or a function in it."""
    names: tuple[tuple[str, str], ...] = ()
    """What the weight and the cell of each row are called in formulas: ``gamma1[0] / sqrt(var1[0] + 0.001)``."""
    bias_name: str = "constant"
    """What the bias is called; "constant" where no array has a part in it."""
    entries: tuple[tuple[str, Fraction], ...] = ()
    """The entries of arrays that stand in a quotient, a root or a function, each by its name."""
    function: str = ""
    """With the operation "function" its formula, or the layer where that would be long."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """All products, channel by channel, tap by tap."""
        return tuple(row for partial in self.partial_sums for row in partial.rows)

    @property
    def error(self) -> Fraction | None:
        """How far Keras's number lies from the exact one."""
        return None if self.keras is None else abs(self.keras - self.output)

    def to_dict(self) -> dict[str, Any]:
        """The ledger in plain types, for JSON: numbers as floats, and exactly, as fractions in words.

        >>> import convexplain as cx
        >>> cx.example("kernel_flip").ledger(0, 0).to_dict()["total"]
        {'value': 2.0, 'exact': '2'}
        """

        def plain(value: Fraction | None) -> dict[str, Any] | None:
            return None if value is None else {"value": float(value), "exact": str(value)}

        rows = [
            {
                "names": [name for name in names if name],
                "weight": list(row.term.weight),
                "source": list(row.term.source),
                "padded": row.term.padded,
                "factors": [plain(row.weight), plain(row.sample)],
                "product": plain(row.product),
            }
            for row, names in zip(self.rows, self.names, strict=True)
        ]
        sums = [{"channel": partial.channel, "total": plain(partial.total)} for partial in self.partial_sums]
        told = {"level": self.level, "cell": list(self.cell), "operation": self.operation, "source": self.source}
        numbers = {name: plain(getattr(self, name)) for name in ("bias", "total", "output", "bound", "keras", "error")}
        told |= {"function": self.function, "bias_name": None if self.bias is None else self.bias_name}
        entries = {name: plain(value) for name, value in self.entries}
        named = {"rows": rows, "entries": entries, "partial_sums": sums, "activation": self.activation}
        return {**told, **named, **numbers}

    def __str__(self) -> str:
        from convexplain.display.ledger import table

        return table(self)

    def __repr__(self) -> str:
        from convexplain.display.ledger import shown

        return shown(self)

    def _repr_html_(self) -> str:
        from convexplain.display.ledger import html

        return html(self)


def multiply(terms: Iterable[Term], kernel: np.ndarray, samples: np.ndarray) -> tuple[Row, ...]:
    """The rows of some terms: ``kernel`` (taps, channels, filters), ``samples`` (steps, channels), zero where a term
    is padded.
    """
    rows = []
    for term in terms:
        weight = exact.fraction(kernel[term.weight])
        sample = Fraction(0) if term.padded else exact.fraction(samples[term.source])
        rows.append(Row(term, weight, sample, weight * sample))
    return tuple(rows)


def add_up(rows: Iterable[Row]) -> Fraction:
    """The sum of some products."""
    return sum((row.product for row in rows), Fraction(0))


def evaluate(network: Network, known: Levels | None = None) -> Levels:
    """The values of every level of ``network``: Keras's own where it was asked, else exact sums rounded to float32 once
    a level.

    Each layer is fed the values of the level below, as in the notebook; ``known`` are those of the first levels, where
    they were computed before. ``ValueError`` when the weights are not known.
    """
    if network.weights is None:
        raise ValueError(
            "numbers need weights: pass explain(stack, weights=[[kernel, bias], ...]), one list per layer. "
            "Received: a stack alone"
        )
    inputs = sample_inputs(network.stack) if network.inputs is None else network.inputs
    if network.recorded is not None:
        return Levels((*inputs, *network.recorded.outputs), network.recorded.source)
    outputs = evaluation.level_values(network.stack, network.weights, *(inputs if known is None else known.values))
    first = network.stack.input_count
    for number, (layer, output) in enumerate(zip(network.stack.layers, outputs, strict=True), first):
        if not np.isfinite(output).all():
            raise ValueError(
                f"{describe(layer, number)}: the outputs must be finite in float32. "
                f"Received: {int((~np.isfinite(output)).sum())} of {output.size} that overflow"
            )
    return Levels((*inputs, *outputs), "exact sums, each level rounded to float32")


def ledger(network: Network, levels: Levels, level: int, cell: Any) -> Ledger:
    """The ledger of ``cell`` of ``level``, from the values of the levels that its layer reads."""
    stack = network.stack
    layer, weights, sources = stack.layer(level), network.arrays(level), stack.sources(level)
    stated = stack.stated(level)
    arrays = {
        array.letter: values.reshape(array.indexed)
        for array, values in zip(layer.arrays(*stack.source_shapes(level)), weights, strict=True)
    }

    def lookup(leaf: st.Entry | st.Read) -> Fraction:
        values = arrays[leaf.array] if isinstance(leaf, st.Entry) else levels.values[sources[leaf.source]]
        return exact.fraction(values[leaf.indices]) if stated.sizes.holds(leaf) else Fraction(0)

    def name(leaf: st.Entry | st.Read) -> str:
        if isinstance(leaf, st.Entry):
            return style.entry(f"{leaf.array}{stack.owner(level)}", *leaf.indices)
        return style.entry(stack.symbol(sources[leaf.source]), *leaf.indices)

    def place(entry: st.Entry) -> tuple[int, tuple[int, ...]]:
        return list(arrays).index(entry.array), entry.indices

    point = dict(zip((r.name for r in stated.axes), cell, strict=True))
    body = st.ground(stated.body, point, stated.sizes) or st.ZERO
    entries = _Entries(st.ground(stated.body, point, stated.sizes, keep=True) or st.ZERO, lookup, name, stated.sizes)
    total = entries.total or measure(body, lookup)
    output = total
    if layer.activation in ALONG_AN_AXIS or total.radius:
        output = measure(st.ground(stated.value, point, stated.sizes) or st.ZERO, lookup)
    elif layer.activation != "linear":
        output = measure(activated(layer.activation, st.Number(total.value), stated.axes[-1]), lookup)
    recorded = None if network.recorded is None else network.recorded.outputs[level - stack.input_count]
    return Ledger(
        level=level,
        cell=cell,
        partial_sums=entries.partial_sums(),
        bias=entries.constant,
        total=total.value,
        output=output.value,
        activation=layer.activation,
        bound=bound_of(entries.rows, entries.constant) if entries.is_plain else None,
        keras=None if recorded is None else exact.fraction(recorded[cell]),
        source=levels.source,
        operation=entries.operation,
        radius=output.radius,
        names=tuple(entries.names),
        bias_name=entries.constant_name,
        entries=tuple((name(entry), lookup(entry)) for entry in sorted(entries.entries, key=place)),
        function=entries.function(body, repr(layer)),
    )


class _Entries:
    """The rows of one cell: the products of a sum, the candidates of a maximum, or what a function is made of."""

    def __init__(self, body: st.Value, lookup: Lookup, name: Name, sizes: st.Sizes) -> None:
        self.rows: list[Row] = []
        self.names: list[tuple[str, str]] = []
        """What the weight and the cell of each row are called; no weight where no array has a part in it."""
        self.operation = "sum"
        self.constant: Fraction | None = None
        self.total: Measure | None = None
        """What the rows and the constant make, where they are products of a sum."""
        self.is_plain = True
        """Whether each product is one weight, or none, times one cell: what the bound on the rounding is stated for."""
        self._name = name
        self._constants: list[tuple[st.Value, ...]] = []
        self._composed: list[st.Value] = []
        found = products(body)
        if found is None:
            self.operation = {st.Largest: "largest", st.Smallest: "smallest"}.get(type(body), "function")
            reading = [part for part in st.walk(body) if isinstance(part, st.Read)]
            found = [Product((), read) for read in dict.fromkeys(reading)]
            self.is_plain = False
            self._composed.append(body)
        total = Measure(Fraction(0))
        for product in found:
            weight = coefficient(product, lookup)
            if product.read is None:
                self.constant = (self.constant or Fraction(0)) + weight.value
                self._constants.append(product.factors)
                total += weight
                continue
            own = _lone_entry(product.factors)
            self.is_plain &= own is not None or not product.factors
            if not all(isinstance(factor, st.Entry) for factor in product.factors):
                self._composed += product.factors
            sample = lookup(product.read)
            source = as_cell(product.read.indices)
            term = Term(own.indices if own else (), source, not sizes.holds(product.read))
            self.rows.append(Row(term, weight.value, sample, weight.value * sample))
            weight_name = label(st.Times(product.factors), name) if any(map(_entries_of, product.factors)) else ""
            self.names.append((weight_name, name(product.read)))
            total += weight * Measure(sample)
        sums = any(isinstance(part, st.Total) for part in st.walk(body))
        self._windowed = sums and all(isinstance(row.term.source, Cell) for row in self.rows)
        first = {channel: place for place, channel in enumerate(dict.fromkeys(map(self._channel, self.rows)))}
        named = sorted(zip(self.rows, self.names, strict=True), key=lambda pair: first[self._channel(pair[0])])
        self.rows, self.names = [row for row, _ in named], [names for _, names in named]
        self.total = total if self.operation == "sum" else None
        if self._constants and (len(self._constants) > 1 or _lone_entry(self._constants[0]) is None):
            self.is_plain = False
            self._composed += [factor for factors in self._constants for factor in factors]

    @property
    def entries(self) -> set[st.Entry]:
        """The entries that stand in what is more than a product of entries."""
        return {entry for value in self._composed for entry in _entries_of(value)}

    @property
    def constant_name(self) -> str:
        """What the constant is called."""
        parts = [st.Times(factors) for factors in sorted(self._constants, key=len)]
        return label(st.Add(tuple(parts)), self._name) if any(map(_entries_of, parts)) else "constant"

    def function(self, body: st.Value, layer: str) -> str:
        """What a function of the rows is called: by its formula, or as ``layer`` where that would be long."""
        if self.operation != "function":
            return ""
        few = len(self.rows) + len(self.entries) <= _FEW
        text = label(body, self._name) if few else layer
        return text if len(text) <= _LONGEST else layer

    def _channel(self, row: Row) -> Any:
        """What rows are summed by: their channel where a sum runs over steps."""
        return row.term.source.channel if self._windowed else None

    def partial_sums(self) -> tuple[PartialSum, ...]:
        """The rows of each channel together, where a sum runs over steps; all of them together elsewhere."""
        by_channel: dict[Any, list[Row]] = {}
        for row in self.rows:
            by_channel.setdefault(self._channel(row), []).append(row)
        return tuple(
            PartialSum(channel, tuple(rows), _total(self.operation, rows)) for channel, rows in by_channel.items()
        )


def _lone_entry(factors: tuple[st.Value, ...]) -> st.Entry | None:
    """The entry that some factors are, where they are no more than one."""
    return factors[0] if len(factors) == 1 and isinstance(factors[0], st.Entry) else None


def _entries_of(value: st.Value) -> list[st.Entry]:
    return [part for part in st.walk(value) if isinstance(part, st.Entry)]


def _total(operation: str, rows: list[Row]) -> Fraction:
    """What the rows of one channel make together."""
    if operation in ("largest", "smallest"):
        there = [row.product for row in rows if not row.term.padded]
        return (max if operation == "largest" else min)(there, default=Fraction(0))
    return add_up(rows)


def bound_of(rows: Iterable[Row], bias: Fraction | None) -> Fraction:
    """The bound on the rounding error of one output, from the products that make it."""
    rows = tuple(rows)
    return exact.error_bound(
        len(rows),
        sum((abs(row.product) for row in rows), abs(bias or Fraction(0))),
        sum((abs(row.weight) for row in rows), Fraction(0)) + sum((abs(row.sample) for row in rows), Fraction(0)),
    )
