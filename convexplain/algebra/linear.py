"""Any network of layers that add up: its paths, its outputs multiplied out, the whole of it as one affine map.

This module knows the products that a cell is a sum of, and which level they read; it knows no kind of layer. A chain of
convolutions has quicker ways to the same answers, see :mod:`convexplain.algebra.expansion`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from sympy import Add, Expr, ImmutableSparseMatrix, Mul, S

from convexplain.algebra import counting, symbols
from convexplain.algebra.budget import DEPTH_BUDGET, SIZE_BUDGET, counted
from convexplain.algebra.closed_form import ClosedForms
from convexplain.algebra.written import written
from convexplain.graph import Graph, as_cell, describe
from convexplain.layers import statement as st
from convexplain.network import Network
from convexplain.numbers.measure import Product, products

if TYPE_CHECKING:
    from convexplain.numbers.enclosure import Enclosed

MOST_NUMBERS = 2**22
"""The most numbers of a level at all impulses together, for the numbers of an affine map."""


def refuse_nonlinear(stack: Graph, what: str) -> None:
    """``ValueError`` that says at which layer linearity ends, unless every layer behind the output is linear."""
    for level in sorted(behind(stack)):
        layer = stack.layer(level)
        if not layer.is_linear:
            why = f"activation={layer.activation!r}" if layer.activation != "linear" else repr(layer)
            raise ValueError(
                f"{what} needs a linear network: layers that add up multiples, without activation. "
                f"Received: linearity ends at {describe(layer, level)}, {why}. gradient(symbol)[...] gives the slopes"
            )


def behind(stack: Graph) -> set[int]:
    """The levels that layers make on the way to the first output."""
    found: set[int] = set()
    waiting = [stack.outputs[0]]
    while waiting:
        level = waiting.pop()
        if level >= stack.input_count and level not in found:
            found.add(level)
            waiting += stack.sources(level)
    return found


class Route(NamedTuple):
    """A path through a network of any layers: ``weights``, for each layer the index of the last entry it multiplies by,
    or () where it multiplies by none; the ``cells`` passed, from the input to the output; and the level of each.

    >>> import convexplain as cx
    >>> ex = cx.explain(cx.Stack((4, 1), [cx.Conv1D(1, 2), cx.AveragePooling1D(2)]))
    >>> next(iter(ex.paths(0, 0)))
    Route(weights=((0, 0, 0), ()), cells=(Cell(step=0, channel=0), ..., Cell(step=0, channel=0)), levels=(0, 1, 2))
    """

    weights: tuple[tuple[int, ...], ...]
    cells: tuple[Any, ...]
    levels: tuple[int, ...]


class Ways:
    """The products of every cell of a network, each found when it is asked for."""

    def __init__(self, forms: ClosedForms) -> None:
        self.forms = forms
        self.stack: Graph = forms.stack
        self._products: dict[tuple[int, Any], list[Product]] = {}
        self._counts: dict[tuple[int, bool], counting.Counts] = {}
        self._needed = behind(self.stack) | set(range(self.stack.input_count))

    def products(self, level: int, cell: Any) -> list[Product]:
        """What a cell adds up, before its activation. Through a function of one cell there is one way."""
        key = (level, cell)
        if key not in self._products:
            body = self.forms.grounded(level, cell, body=True)
            found = products(body)
            if found is None:
                reads = {part for part in st.walk(body) if isinstance(part, st.Read)}
                if len(reads) > 1:
                    layer = self.stack.layer(level)
                    raise ValueError(
                        "a path needs layers that add up, or take one cell each. "
                        f"Received: {describe(layer, level)}, {layer!r}"
                    )
                found = [Product((), read) for read in reads]
            self._products[key] = found
        return self._products[key]

    def reads(self, level: int, cell: Any) -> Iterator[tuple[Product, int, Any]]:
        """The products that read a cell, with its level and the cell."""
        for product in self.products(level, cell):
            if product.read is not None:
                yield product, self.stack.sources(level)[product.read.source], as_cell(product.read.indices)

    def counts(self, level: int, cell: Any) -> tuple[int, int]:
        """How many paths from an input end in a cell, and how many from anywhere: a bias too is where one starts."""
        return counting.at(self._counted(level, False), cell), counting.at(self._counted(level, True), cell)

    def _counted(self, level: int, lone: bool) -> counting.Counts:
        """The paths that end in every cell of a level."""
        for number in range(level + 1):
            if (number, lone) in self._counts or (number != level and number not in self._needed):
                continue
            if number < self.stack.input_count:
                counts = counting.of_input(self.stack.shapes[number])
            else:
                below = [self._counts[source, lone] for source in self.stack.sources(number)]
                counts = counting.of_level(self.stack.stated(number), below, lone)
            self._counts[number, lone] = counts
        return self._counts[level, lone]

    def check(self) -> None:
        """``ValueError`` for the first layer behind the output through which no paths lead."""
        for level in sorted(behind(self.stack)):
            self.products(level, as_cell((0,) * len(self.stack.shapes[level])))

    def paths(self, level: int, cell: Any) -> Iterator[Route]:
        """Every path from an input to a cell, with the index of the last entry that each product holds."""
        if level < self.stack.input_count:
            yield Route((), (cell,), (level,))
            return
        for product, source, read in self.reads(level, cell):
            entries = [factor.indices for factor in product.factors if isinstance(factor, st.Entry)]
            weight = entries[-1] if entries else ()
            for path in self.paths(source, read):
                yield Route((*path.weights, weight), (*path.cells, cell), (*path.levels, level))

    def coefficient(self, level: int, product: Product) -> Expr:
        """What a product multiplies its cell by."""
        factors = [self._written(level, factor) for factor in product.factors]
        found = Mul(*factors)
        return found.expand() if any(factor.is_Add for factor in factors) else found

    def _written(self, level: int, factor: st.Value) -> Expr:
        def write(part: st.Value) -> Expr:
            leaf = self.forms.leaf(part, level, 0) if isinstance(part, st.Entry) else None
            return written(part, write) if leaf is None else leaf

        return write(factor)

    def monomials(self, level: int, cell: Any) -> list[tuple[Expr, tuple[int, Any] | None]]:
        """The products along all paths: what is multiplied, and the input's cell at which it starts, if at one."""
        if level < self.stack.input_count:
            return [(S.One, (level, cell))]
        found: list[tuple[Expr, tuple[int, Any] | None]] = []
        for product in self.products(level, cell):
            own = self.coefficient(level, product)
            if product.read is None:
                found.append((own, None))
            else:
                source = self.stack.sources(level)[product.read.source]
                below = self.monomials(source, as_cell(product.read.indices))
                found += [(Mul(own, factor), start) for factor, start in below]
        return found


def expanded(forms: ClosedForms, cell: Any) -> Expr:
    """The sum over all paths that end in a cell of the first output, equal to ``sympy.expand`` of its closed form.

    ``ValueError`` where a layer behind it is not linear, and above the size budget.
    """
    stack, level = forms.stack, forms.stack.outputs[0]
    refuse_nonlinear(stack, "an expansion into paths")
    ways, place = Ways(forms), ", ".join(map(str, cell))
    _refuse_depth(forms.height(level))
    _, count = ways.counts(level, cell)
    if count > SIZE_BUDGET:
        raise ValueError(
            f"this output is the sum of {counted(count)} monomials; at most {SIZE_BUDGET:,} are written out. "
            f"Use equation({level}) for index notation, ledger({place}) for its numbers, path_count({place}) for the "
            f"count and paths for one path after another"
        )
    return Add(*(_times(forms, factor, start) for factor, start in ways.monomials(level, cell)))


def _times(forms: ClosedForms, factor: Expr, start: tuple[int, Any] | None) -> Expr:
    if start is None:
        return factor
    product = Mul(factor, _sample(forms.stack, *start))
    return product.expand() if factor.is_Add else product


def _sample(stack: Graph, level: int, cell: Any) -> Expr:
    return symbols.entries(symbols.base(stack.symbol(level)))[tuple(cell)]


def _refuse_depth(depth: int) -> None:
    if depth > DEPTH_BUDGET:
        raise ValueError(
            f"a path through this network passes {depth} layers; paths through at most {DEPTH_BUDGET} layers are "
            "written out. Use equation(l) for index notation, or ledger for its numbers"
        )


@dataclass(frozen=True, eq=False)
class Affine:
    """``y = constant + sum of coefficient * x``: a linear network as one affine map.

    ``affine[t, f]`` is an output in the inputs and the network's own weights, the multiples of each sample together;
    ``coefficient(cell, source)`` is what one sample is multiplied by, ``constant(cell)`` the rest: sums over paths.
    With known weights, ``matrix`` holds all coefficients in float64, a row for each output and a column for each
    sample, in the order of ``ravel()``, and ``constants`` the rest.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 1), [cx.AveragePooling1D(2), cx.Flatten(), cx.Dense(1)])
    >>> one = cx.explain(stack, weights=[[], [], [[[6], [2]], [5]]]).collapse()
    >>> one[0]
    b3[0] + w3[0, 0]*x[0, 0]/2 + w3[0, 0]*x[1, 0]/2 + w3[1, 0]*x[2, 0]/2 + w3[1, 0]*x[3, 0]/2
    >>> one.coefficient((0,), (2, 0)), one.constant((0,))
    (w3[1, 0]/2, b3[0])
    >>> one.matrix, one.constants
    (array([[3., 3., 1., 1.]]), array([5.]))
    >>> one.level, one.shapes, one.numbers.is_exact
    (3, ((1,), (4, 1)), True)

    ``IndexError`` for a cell out of range, ``ValueError`` above the size budget, and for numbers without weights.
    """

    network: Network
    forms: Any
    """The closed forms of the network, as its explanation holds them."""

    @property
    def level(self) -> int:
        """The output."""
        return self.network.stack.outputs[0]

    @property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shape of the output, and those of the inputs."""
        stack = self.network.stack
        return (stack.shapes[self.level], *stack.shapes[: stack.input_count])

    def _collected(self, cell: Any) -> dict[tuple[int, Any] | None, Expr]:
        ways, at = Ways(self.forms), self.network.stack.check_cell(self.level, *cell)
        _refuse_depth(self.forms.height(self.level))
        _, count = ways.counts(self.level, at)
        if count > SIZE_BUDGET:
            raise ValueError(
                f"this output is the sum of {counted(count)} products; at most {SIZE_BUDGET:,} are written out. "
                "With known weights, matrix has the numbers"
            )
        found: dict[tuple[int, Any] | None, list[Expr]] = defaultdict(list)
        for factor, start in ways.monomials(self.level, at):
            found[start].append(factor)
        return {start: Add(*factors) for start, factors in found.items()}

    def coefficient(self, cell: Any, source: Any, level: int = 0) -> Expr:
        """What sample ``source`` of an input is multiplied by in output ``cell``. ``IndexError`` for a cell out of
        range."""
        at = self.network.stack.check_cell(level, *source)
        return self._collected(cell).get((level, at), S.Zero)

    def constant(self, cell: Any) -> Expr:
        """What output ``cell`` is where all samples are 0."""
        return self._collected(cell).get(None, S.Zero)

    def __getitem__(self, cell: Any) -> Expr:
        """An output in the inputs and the weights, the multiples of each sample together."""
        found = self._collected(cell if isinstance(cell, tuple) else (cell,))
        stack = self.network.stack
        return Add(*(f if start is None else Mul(f, _sample(stack, *start)) for start, f in found.items()))

    @cached_property
    def numbers(self) -> Enclosed:
        """The exact numbers, or enclosures of them: a row of constants, then one for each sample of each input, each
        over the output's cells. ``ValueError`` without weights.
        """
        return _impulses(self.network, self.level)

    @property
    def matrix(self) -> np.ndarray:
        """The coefficients in float64, (outputs, samples); of several inputs one after the other."""
        return _in_float64(self.numbers)[1:].T

    @property
    def constants(self) -> np.ndarray:
        """The constants in float64, in the shape of the output."""
        return _in_float64(self.numbers)[0].reshape(self.shapes[0])

    def __repr__(self) -> str:
        outputs, *inputs = self.shapes
        samples = sum(map(prod, inputs))
        return f"<one affine map: {prod(outputs)} outputs {outputs} of {samples} samples {', '.join(map(str, inputs))}>"


def collapse(network: Network, forms: ClosedForms) -> Affine:
    """A linear network as one affine map. ``ValueError`` that says where linearity ends, if it does."""
    refuse_nonlinear(network.stack, "a collapse into one map")
    return Affine(network, forms)


def matrix(forms: ClosedForms, level: int) -> ImmutableSparseMatrix:
    """The layer of ``level`` without its constant and activation as a matrix: a row for each output, a column for each
    cell that it may read, in the order of ``ravel()``; of several levels one after the other.

    ``ValueError`` for a layer that does not add up, and above the size budget.
    """
    stack, ways = forms.stack, Ways(forms)
    _refuse_other(stack, level)
    starts = [sum(map(prod, stack.source_shapes(level)[:place])) for place in range(len(stack.sources(level)) + 1)]
    entries: dict[tuple[int, int], Expr] = {}
    for row, cell in enumerate(_cells(stack.shapes[level])):
        for product in ways.products(level, cell):
            if product.read is not None:
                shape, indices = stack.source_shapes(level)[product.read.source], product.read.indices
                place = indices[0] * shape[1] + indices[1] if len(shape) == 2 else indices[0]
                at = row, starts[product.read.source] + place
                entries[at] = entries.get(at, S.Zero) + ways.coefficient(level, product)
        if len(entries) > SIZE_BUDGET:
            raise ValueError(
                f"this matrix has too many entries that are not 0; at most {SIZE_BUDGET:,} are written out as symbols. "
                "matrix(l, numeric=True) gives it as numbers"
            )
    return ImmutableSparseMatrix(prod(stack.shapes[level]), starts[-1], entries)


def numeric_matrix(network: Network, level: int) -> Any:
    """The same with the network's weights, a ``scipy.sparse.csr_array`` of float64. ``ValueError`` without weights."""
    from scipy.sparse import csr_array

    stack = network.stack
    _refuse_other(stack, level)
    layer = stack.layer(level)
    calls = [(layer, tuple(range(len(stack.sources(level)))))]
    alone = Network(Graph(stack.source_shapes(level), calls), (network.arrays(level),))
    return csr_array(_in_float64(_impulses(alone, alone.stack.depth, body=True))[1:].T)


def _refuse_other(stack: Graph, level: int) -> None:
    layer = stack.layer(level)
    if not layer.is_affine:
        raise ValueError(f"a matrix needs a layer that adds up. Received: {describe(layer, level)}, {layer!r}")


def _cells(shape: tuple[int, ...]) -> Iterator[Any]:
    if len(shape) == 1:
        return ((feature,) for feature in range(shape[0]))
    return (as_cell((step, channel)) for step in range(shape[0]) for channel in range(shape[1]))


def _impulses(network: Network, level: int, body: bool = False) -> Enclosed:
    """A level where all inputs are 0, and by how much a 1 at each sample changes it, one sample after another: exact,
    or enclosed where a root is in the weights.
    """
    from convexplain.numbers.enclosure import Enclosed, add, each
    from convexplain.numbers.evaluation import evaluate
    from convexplain.numbers.exact import Scaled

    stack = network.stack
    if network.weights is None:
        raise ValueError("numbers need weights. Received: a network without weights")
    sizes = [prod(shape) for shape in stack.shapes]
    count = 1 + sum(sizes[: stack.input_count])
    if count * max(sizes) > MOST_NUMBERS:
        raise ValueError(
            f"an affine map in numbers needs every level at each of {count - 1:,} impulses, at most {MOST_NUMBERS:,} "
            f"numbers each. Received: {count * max(sizes):,}"
        )
    values: list[Any] = []
    start = 1
    for shape, size in zip(stack.shapes[: stack.input_count], sizes, strict=False):
        rows = np.zeros((count, size), dtype=object)
        rows[range(start, start + size), range(size)] = 1
        values.append(Scaled(rows.reshape(count, *shape), 0))
        start += size
    for number in range(stack.input_count, level + 1):
        below = [values[source] for source in stack.sources(number)]
        values.append(evaluate(stack.layer(number), network.arrays(number), below, stack.source_shapes(number), body))

    def flat(array: np.ndarray) -> np.ndarray:
        return np.broadcast_to(array, (count, *stack.shapes[level])).reshape(count, -1)

    found = each(flat, values[level])
    zero = each(lambda array: np.where(np.arange(count)[:, None] > 0, array[:1], 0), found)
    return add(found, Enclosed(Scaled(-zero.value.integers, zero.value.exponent), zero.radius, zero.divisor))


def _in_float64(numbers: Enclosed) -> np.ndarray:
    middles = numbers.settled()[0].fractions()
    return np.array([float(number) for number in middles.ravel()]).reshape(middles.shape)
