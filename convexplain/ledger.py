"""The products behind one output, as exact numbers.

This module multiplies a network's weights and samples over a layer's own terms; it holds no index rule of its own.
Every number that is printed, drawn or filmed comes from here. All arithmetic is exact: a float32 is an integer times a
power of two, and so is every sum of products of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from convexplain import exact, style
from convexplain.layers import Cell, Term
from convexplain.network import Levels, Network, sample_input
from convexplain.stack import describe


class Row(NamedTuple):
    """One product: the term, its two factors, and what they make."""

    term: Term
    weight: Fraction
    sample: Fraction
    product: Fraction


@dataclass(frozen=True)
class PartialSum:
    """One channel's correlation at one output: its products and their sum."""

    channel: int
    rows: tuple[Row, ...]
    total: Fraction


@dataclass(frozen=True)
class Ledger:
    """Everything that makes one output: per channel the products and their sum, then the bias, the total and the
    activation.

    ``keras`` is Keras's own number where it was asked for one (see ``source``), and ``bound`` how far any correct
    float32 computation may lie from the exact total, whatever its order of summation.
    """

    level: int
    cell: Cell
    partial_sums: tuple[PartialSum, ...]
    bias: Fraction | None
    total: Fraction
    """The sum before the activation."""
    output: Fraction
    """The activation of the total: this layer's exact output."""
    activation: str
    bound: Fraction
    keras: Fraction | None
    source: str
    """Where the samples, and Keras's number, come from."""

    @property
    def rows(self) -> tuple[Row, ...]:
        """All products, channel by channel, tap by tap."""
        return tuple(row for partial in self.partial_sums for row in partial.rows)

    @property
    def error(self) -> Fraction | None:
        """How far Keras's number lies from the exact one."""
        return None if self.keras is None else abs(self.keras - self.output)

    def __str__(self) -> str:
        return table(self)

    def __repr__(self) -> str:
        return table(self)


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


def evaluate(network: Network) -> Levels:
    """The values of every level of ``network``: Keras's own where it was asked, else exact sums rounded to float32 once
    a level.

    Each layer is fed the values of the level below, as in the notebook. ``ValueError`` when the weights are not known.
    """
    if network.weights is None:
        raise ValueError(
            "numbers need weights: pass explain(stack, weights=[[kernel, bias], ...]), one list per layer. "
            "Received: a stack alone"
        )
    x = sample_input(network.stack) if network.x is None else network.x
    if network.recorded is not None:
        return Levels((x, *network.recorded.outputs), network.recorded.source)
    outputs = exact.level_values(network.stack, network.weights, x)
    for number, (layer, output) in enumerate(zip(network.stack.layers, outputs, strict=True), 1):
        if not np.isfinite(output).all():
            raise ValueError(
                f"{describe(layer, number)}: the outputs must be finite in float32. "
                f"Received: {int((~np.isfinite(output)).sum())} of {output.size} that overflow"
            )
    return Levels((x, *outputs), "exact sums, each level rounded to float32")


def ledger(network: Network, levels: Levels, level: int, cell: Cell) -> Ledger:
    """The ledger of ``cell`` of ``level``, from the values of the level below it."""
    values = levels.values
    layer, weights = network.stack.layers[level - 1], network.weights[level - 1]  # type: ignore[index]
    by_channel: dict[int, list[Term]] = {}
    for term in network.stack.terms(level, cell):
        by_channel.setdefault(term.source.channel, []).append(term)
    partial_sums = []
    for channel, terms in by_channel.items():
        rows = multiply(terms, weights[0], values[level - 1])
        partial_sums.append(PartialSum(channel, rows, add_up(rows)))
    bias = exact.fraction(weights[1][cell.channel]) if layer.use_bias else None
    total = sum((partial.total for partial in partial_sums), bias or Fraction(0))
    rows = tuple(row for partial in partial_sums for row in partial.rows)
    return Ledger(
        level=level,
        cell=cell,
        partial_sums=tuple(partial_sums),
        bias=bias,
        total=total,
        output=total if layer.is_linear else max(total, Fraction(0)),
        activation=layer.activation,
        bound=bound_of(rows, bias),
        keras=None if network.recorded is None else exact.fraction(network.recorded.outputs[level - 1][cell]),
        source=levels.source,
    )


def bound_of(rows: Iterable[Row], bias: Fraction | None) -> Fraction:
    """The bound on the rounding error of one output, from the products that make it."""
    rows = tuple(rows)
    return exact.error_bound(
        len(rows),
        sum((abs(row.product) for row in rows), abs(bias or Fraction(0))),
        sum((abs(row.weight) for row in rows), Fraction(0)) + sum((abs(row.sample) for row in rows), Fraction(0)),
    )


def table(ledger: Ledger) -> str:
    """The ledger as a table for a terminal, its sums written so that they add up as shown, or with ≈."""
    below, here = style.feature(ledger.level - 1), style.feature(ledger.level)
    step, channel = ledger.cell
    names = [
        (style.entry(style.kernel(ledger.level), *row.term.weight), style.entry(below, *row.term.source))
        for row in ledger.rows
    ]
    form = _form(ledger)
    wide = [max((len(name[i]) for name in names), default=0) for i in (0, 1)]
    lines = [f"{here}[{step}, {channel}], one product a line, {ledger.source}"]
    position = 0
    for partial in ledger.partial_sums:
        for row in partial.rows:
            weight_name, source_name = names[position]
            position += 1
            padded = "  (padding)" if row.term.padded else ""
            lines.append(
                f"  {weight_name:<{wide[0]}} * {source_name:<{wide[1]}} = "
                f"{form.text(row.weight):>11} * {form.text(row.sample):>11} = "
                f"{form.text(row.product):>12}{padded}"
            )
        sign = form.relation([row.product for row in partial.rows], partial.total)
        lines.append(f"  channel {partial.channel} {sign} {form.text(partial.total)}")
    if ledger.bias is not None:
        lines.append(f"  {style.entry(style.bias(ledger.level), channel)} = {form.text(ledger.bias)}")
    addends = [partial.total for partial in ledger.partial_sums] + ([] if ledger.bias is None else [ledger.bias])
    sign = form.relation(addends, ledger.total)
    lines.append(f"  total {sign} {form.text(ledger.total)}")
    if ledger.activation != "linear":
        lines.append(f"  {ledger.activation}(total) = {form.text(ledger.output)}")
    if ledger.keras is None:
        lines.append("  Keras: not asked yet, verify() asks it")
    else:
        lines.append(
            f"  Keras {form.text(ledger.keras)}, off by {style.magnitude(ledger.error)}, "
            f"bound {style.magnitude(ledger.bound)}"
        )
    return "\n".join(lines)


def _form(ledger: Ledger) -> style.Format | style.Scientific:
    """Integers as they are, real numbers with seven decimals, or with seven digits where decimals would lose one."""
    numbers = [value for row in ledger.rows for value in row[1:]]
    numbers += [partial.total for partial in ledger.partial_sums]
    numbers += [value for value in (ledger.bias, ledger.total, ledger.keras) if value is not None]
    plain = style.Format(style.decimals(numbers, most=7))
    fits = all(
        abs(value) < style.LONGEST**2 and bool(style.rounded(value, plain.decimals)) for value in numbers if value
    )
    return plain if fits else style.Scientific(7)
