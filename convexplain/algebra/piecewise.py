"""The affine form of one output that holds at one input, for any network of sums, choices and steps.

This module knows the records of a statement and exact numbers; it knows no kind of layer. Each maximum and each step is
decided at the input, and what is left adds up. A chain of convolutions has more to say of its signs, see
:mod:`convexplain.algebra.activity`.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, NamedTuple

from sympy import Add, Expr, Mul

from convexplain.algebra import symbols
from convexplain.algebra.closed_form import ClosedForms
from convexplain.algebra.written import rational
from convexplain.graph import Graph, as_cell, describe
from convexplain.layers import statement as st
from convexplain.network import Network, sample_inputs
from convexplain.numbers.measure import Lookup, measure, reads

if TYPE_CHECKING:
    from convexplain.numbers.enclosure import Enclosed

Slopes = dict[st.Read, Fraction]


class Choice(NamedTuple):
    """A maximum, a minimum or a step behind the output, and how far the input is from another decision of it.

    >>> import convexplain as cx
    >>> cx.explain(cx.Stack((2, 1), [cx.MaxPooling1D(2)]), [[1], [3]], weights=[[]]).active_form(0, 0).choices
    (Choice(level=1, cell=Cell(step=0, channel=0), margin=Fraction(2, 1)),)
    """

    level: int
    cell: Any
    margin: Fraction


@dataclass(frozen=True, eq=False)
class PiecewiseForm:
    """``expression`` is the sum of ``coefficients[level, cell] * x[cell]`` over the inputs and ``constant``: the output
    as long as no choice is made otherwise.

    ``value`` is the output at the input; where there is a root in the weights, it and the coefficients are the middles
    of tight enclosures, else they are exact. ``choices`` are the maxima and steps that the output depends on.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 1), [cx.MaxPooling1D(2), cx.Flatten(), cx.Dense(1, activation="relu")])
    >>> form = cx.explain(stack, [[1], [3], [2], [0]], weights=[[], [], [[[5], [7]], [1]]]).active_form(0)
    >>> form.expression
    5*x[1, 0] + 7*x[2, 0] + 1
    >>> form.value, [choice.margin for choice in form.choices]
    (Fraction(30, 1), [Fraction(30, 1), Fraction(2, 1), Fraction(2, 1)])
    """

    stack: Graph
    cell: Any
    coefficients: dict[tuple[int, Any], Fraction]
    constant: Fraction
    value: Fraction
    choices: tuple[Choice, ...]

    @property
    def expression(self) -> Expr:
        """The affine form as a sympy sum with rational numbers."""
        terms = [
            Mul(rational(number), symbols.entries(symbols.base(self.stack.symbol(level)))[tuple(cell)])
            for (level, cell), number in sorted(self.coefficients.items())
        ]
        return Add(*terms, rational(self.constant))

    def _repr_html_(self) -> str:
        from convexplain.display.operators import piecewise

        return piecewise(self)

    def __repr__(self) -> str:
        nearest = min((choice.margin for choice in self.choices), default=None)
        place = ", ".join(map(str, self.cell))
        said = f"output [{place}] = {float(self.value):.9g} at this input, an affine form in "
        said += f"{len(self.coefficients)} samples"
        if nearest is None:
            return said
        return f"{said}\n{len(self.choices)} choices behind it; the nearest is {float(nearest):.3g} from another"


def active_form(network: Network, forms: ClosedForms, level: int, cell: Any) -> PiecewiseForm:
    """The affine form of ``cell`` of ``level`` at the network's input; a seeded one is drawn when it has none.

    ``ValueError`` without weights, and for a layer that is neither a sum nor a choice.
    """
    stack = network.stack
    if network.weights is None:
        raise ValueError("an active form needs weights. Received: a network without weights")
    values = _values(network, level)
    needed: dict[int, dict[Any, Fraction]] = defaultdict(lambda: defaultdict(Fraction))
    needed[level][cell] = Fraction(1)
    constant, choices = Fraction(0), []
    for number in range(level, stack.input_count - 1, -1):
        for place, factor in needed[number].items():
            if not factor:
                continue
            local = _Local(network, values, number, place)
            value, slopes = local.of(forms.grounded(number, place))
            choices += local.choices
            for read, slope in slopes.items():
                source, below = stack.sources(number)[read.source], as_cell(read.indices)
                needed[source][below] += factor * slope
                value -= slope * values[source].fraction(tuple(below))
            constant += factor * value
    coefficients = {
        (number, place): factor
        for number in range(stack.input_count)
        for place, factor in needed[number].items()
        if factor
    }
    return PiecewiseForm(stack, cell, coefficients, constant, values[level].fraction(tuple(cell)), tuple(choices))


def _values(network: Network, last: int) -> list[Enclosed]:
    """Every level up to the last one, exact or enclosed, from the exact values of the levels below."""
    from convexplain.numbers.enclosure import Enclosed
    from convexplain.numbers.evaluation import evaluate
    from convexplain.numbers.exact import scaled

    stack = network.stack
    inputs = sample_inputs(stack) if network.inputs is None else network.inputs
    values = [Enclosed(scaled(x)) for x in inputs]
    for level in range(stack.input_count, last + 1):
        below = [values[source] for source in stack.sources(level)]
        values.append(evaluate(stack.layer(level), network.arrays(level), below))
    return values


class _Local:
    """One cell as an affine form in the cells that it reads."""

    def __init__(self, network: Network, values: list[Enclosed], level: int, cell: Any) -> None:
        stack = network.stack
        self._layer, self._level, self._cell = stack.layer(level), level, cell
        self.choices: list[Choice] = []
        arrays = {
            array.letter: given.reshape(array.indexed)
            for array, given in zip(self._layer.arrays(*stack.source_shapes(level)), network.arrays(level), strict=True)
        }

        def lookup(leaf: st.Entry | st.Read) -> Fraction:
            if isinstance(leaf, st.Entry):
                return Fraction(float(arrays[leaf.array][leaf.indices]))
            return values[stack.sources(level)[leaf.source]].fraction(leaf.indices)

        self._lookup: Lookup = lookup

    def of(self, value: st.Value) -> tuple[Fraction, Slopes]:
        """The number that a value is worth, and its slopes."""
        if not reads(value):
            return measure(value, self._lookup).value, {}
        match value:
            case st.Read():
                return self._lookup(value), {value: Fraction(1)}
            case st.Total(_, body):
                return self.of(body)
            case st.Add(parts):
                found = [self.of(part) for part in parts]
                return sum((number for number, _ in found), Fraction(0)), _added(slopes for _, slopes in found)
            case st.Times(parts):
                return self._product([self.of(part) for part in parts])
            case st.Largest(_, parts):
                return self._chosen([self.of(part) for part in parts], 1)
            case st.Smallest(_, parts):
                return self._chosen([self.of(part) for part in parts], -1)
            case st.Apply("heaviside", argument):
                number, _ = self.of(argument)
                self.choices.append(Choice(self._level, self._cell, abs(number)))
                return Fraction(int(number > 0)), {}
        raise self._refused()

    def _product(self, found: list[tuple[Fraction, Slopes]]) -> tuple[Fraction, Slopes]:
        sloping = [place for place, (_, slopes) in enumerate(found) if slopes]
        if len(sloping) > 1:
            raise self._refused()
        whole, others = Fraction(1), Fraction(1)
        for place, (number, _) in enumerate(found):
            whole *= number
            others *= 1 if place in sloping else number
        slopes = found[sloping[0]][1] if sloping else {}
        return whole, {read: others * slope for read, slope in slopes.items()}

    def _chosen(self, found: list[tuple[Fraction, Slopes]], sign: int) -> tuple[Fraction, Slopes]:
        """The first of the largest, or of the smallest."""
        best = max(range(len(found)), key=lambda place: (sign * found[place][0], -place))
        margin = min(
            (abs(found[best][0] - other) for place, (other, _) in enumerate(found) if place != best), default=0
        )
        self.choices.append(Choice(self._level, self._cell, Fraction(margin)))
        return found[best]

    def _refused(self) -> ValueError:
        return ValueError(
            "an active form needs layers of sums, maxima, minima and steps. "
            f"Received: {describe(self._layer, self._level)}, {self._layer!r}. gradient(symbol)[...] gives the slopes"
        )


def _added(found: Any) -> Slopes:
    total: Slopes = defaultdict(Fraction)
    for slopes in found:
        for read, slope in slopes.items():
            total[read] += slope
    return dict(total)
