"""The affine form of one output that is active at one input: what is left of a network when every relu has been
decided.

This module knows a stack's terms, exact numbers and their error bounds, and writes one sympy sum in the samples x. All
its numbers are exact, integers times a power of two. Whether a unit's sign is certain is a question to float32: a unit
whose exact sum lies further from 0 than any order of summation can err has the same sign in every correct computation.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from sympy import Add, Expr, Mul, Rational

from convexplain.algebra import symbols
from convexplain.layers import Cell

if TYPE_CHECKING:
    from convexplain.network import Network
    from convexplain.numbers.exact import Scaled


@dataclass(frozen=True)
class Unit:
    """One relu unit behind the output: its exact sum before the activation, and how far a float32 one may lie from
    it.

    >>> unit = Unit(level=1, cell=Cell(0, 0), value=Fraction(1, 2), bound=Fraction(1, 10**6))
    >>> unit.is_active, unit.is_certain
    (True, True)
    """

    level: int
    cell: Cell
    value: Fraction
    bound: Fraction

    @property
    def is_active(self) -> bool:
        """Whether the unit passes its sum on: only when it is positive, as in Keras."""
        return self.value > 0

    @property
    def is_certain(self) -> bool:
        """Whether every float32 computation, whatever its order, decides as the exact one does."""
        return abs(self.value) > self.bound or self.bound == 0


@dataclass(frozen=True, eq=False)
class ActiveForm:
    """``expression`` is the sum of ``coefficients[i, c] * x[i, c]`` and ``constant``: the output as long as no unit
    changes sign.

    ``coefficients`` hold exact numbers by cell of the input, those that are not 0. ``value`` is the exact output at the
    input. ``units`` are the relu units that the output depends on, the last layer's first.

    >>> import convexplain as cx
    >>> stack = cx.Stack((3, 1), [cx.Conv1D(1, 2, activation="relu"), cx.Conv1D(1, 2)])
    >>> ex = cx.explain(stack, [[1], [2], [-3]], weights=[[[[[1]], [[1]]], [0]], [[[[2]], [[5]]], [1]]])
    >>> form = ex.active_form(0, 0)
    >>> form.expression, form.value
    (2*x[0, 0] + 2*x[1, 0] + 1, Fraction(7, 1))
    >>> [unit.is_active for unit in form.units], form.is_certain, form.uncertain
    ([True, False], True, ())
    """

    cell: Cell
    coefficients: dict[Cell, Fraction]
    constant: Fraction
    value: Fraction
    units: tuple[Unit, ...]

    @property
    def expression(self) -> Expr:
        """The affine form as a sympy sum with exact rational numbers."""
        samples = symbols.entries(symbols.x)
        terms = [Mul(_rational(number), samples[cell]) for cell, number in sorted(self.coefficients.items())]
        return Add(*terms, _rational(self.constant))

    @property
    def is_certain(self) -> bool:
        """Whether the sign of every unit is certain, and with them this form."""
        return all(unit.is_certain for unit in self.units)

    @property
    def uncertain(self) -> tuple[Unit, ...]:
        """The units whose sign depends on rounding."""
        return tuple(unit for unit in self.units if not unit.is_certain)

    def __str__(self) -> str:
        active, doubts = sum(unit.is_active for unit in self.units), len(self.uncertain)
        doubt = "1 sign depends" if doubts == 1 else f"{doubts} signs depend"
        lines = [
            f"output [{self.cell.step}, {self.cell.channel}] = {float(self.value):.9g} at this input, "
            f"an affine form in {len(self.coefficients)} samples",
            f"{active} of {len(self.units)} relu units behind it are active; "
            + (f"{doubt} on rounding" if doubts else "every sign is certain"),
        ]
        for unit in self.uncertain[:5]:
            lines.append(
                f"  y{unit.level}[{unit.cell.step}, {unit.cell.channel}]: sum {float(unit.value):.3g}, "
                f"bound {float(unit.bound):.3g}"
            )
        if len(self.uncertain) > 5:
            lines.append(f"  ... ({len(self.uncertain) - 5} more)")
        return "\n".join(lines)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        from convexplain.display.operators import active

        return active(self)


def active_form(network: Network, cell: Cell) -> ActiveForm:
    """The affine form of output ``cell`` at the network's input; a seeded sample is drawn when it has none.

    ``ValueError`` without weights.
    """
    from convexplain.network import sample_input
    from convexplain.numbers.exact import scaled

    stack, weights = network.stack, network.weights
    if weights is None:
        raise ValueError("an active form needs weights. Received: a network without weights")
    x = sample_input(stack) if network.x is None else network.x
    sums, bounds = _sums_and_bounds(network, scaled(x))

    coefficients: dict[Cell, int] = {cell: 1}
    exponent, constant, units = 0, Fraction(0), []
    for number in range(stack.depth, 0, -1):
        layer, arrays = stack.layers[number - 1], weights[number - 1]
        if not layer.is_linear:
            sum_at, bound_at = _numbers(sums[number - 1]), _numbers(bounds[number - 1])
            met = [Unit(number, unit, sum_at(unit), bound_at(unit)) for unit in sorted(coefficients)]
            units += met
            coefficients = {unit.cell: coefficients[unit.cell] for unit in met if unit.is_active}
        if layer.use_bias:
            bias_at = _numbers(scaled(arrays[1]))
            carried = sum(factor * bias_at(unit.channel) for unit, factor in coefficients.items())
            constant += carried * Fraction(2) ** exponent
        kernel = scaled(arrays[0])
        below: dict[Cell, int] = defaultdict(int)
        for unit, factor in coefficients.items():
            for term in stack.terms(number, unit):
                if not term.padded:
                    below[term.source] += factor * kernel.integers[term.weight]
        coefficients, exponent = below, exponent + kernel.exponent

    scale = Fraction(2) ** exponent
    exact = {source: factor * scale for source, factor in coefficients.items() if factor}
    last = _numbers(sums[-1])(cell)
    value = last if stack.layers[-1].is_linear else max(last, Fraction(0))
    return ActiveForm(cell, exact, constant, value, tuple(units))


def _sums_and_bounds(network: Network, x: Scaled) -> tuple[list[Scaled], list[Scaled]]:
    """For every layer its exact sums before the activation, (steps, filters), and how far float32 ones may lie from
    them.

    The errors of the layers below are carried along: a layer fed with values that are off by ``error`` is off by at
    most ``sum |w| * error`` before it rounds itself, and rounds values that are larger by as much.
    """
    import numpy as np

    from convexplain.numbers.exact import Scaled, error_bounds, exact_sums, scaled

    sums, bounds = [], []
    error = Scaled(np.zeros_like(x.integers), x.exponent)
    for layer, arrays in zip(network.stack.layers, network.weights or (), strict=True):
        value = exact_sums(layer, x, scaled(arrays[0]))
        if layer.use_bias:
            value += scaled(arrays[1])
        size, weight = abs(x) + error, abs(scaled(arrays[0]))
        bound = (exact_sums(layer, error, weight) + error_bounds(layer, arrays, size)).coarsened()
        # A sum of nothing but zeros, as in the padding, is 0 in every computation.
        magnitude = exact_sums(layer, size, weight)
        if layer.use_bias:
            magnitude += abs(scaled(arrays[1]))
        error = Scaled(np.where(magnitude.integers == 0, 0, bound.integers), bound.exponent)
        sums.append(value)
        bounds.append(error)
        x = value if layer.is_linear else Scaled(np.maximum(value.integers, 0), value.exponent)
    return sums, bounds


def _numbers(numbers: Scaled) -> Callable[[Any], Fraction]:
    """Exact numbers as fractions, by index."""
    from convexplain.numbers.exact import as_fraction

    return lambda index: as_fraction(int(numbers.integers[index]), numbers.exponent)


def _rational(number: Fraction) -> Rational:
    return Rational(number.numerator, number.denominator)
