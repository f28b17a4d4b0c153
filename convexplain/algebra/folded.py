"""What a layer became when others were folded into it, and how that is checked.

A folded array is a statement over its own indices: its formula and its exact numbers are both read from it. This module
knows the records of a statement and exact numbers; what may be folded into what is the business of
:mod:`convexplain.algebra.fold`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from sympy import Eq, Expr, Symbol

from convexplain.algebra import symbols
from convexplain.algebra.closed_form import ClosedForms
from convexplain.algebra.printing import text
from convexplain.algebra.written import written
from convexplain.graph import Graph, as_cell
from convexplain.layers import Array, Layer, Stated, stated
from convexplain.layers import statement as st
from convexplain.layers.index import as_index
from convexplain.network import Levels, Network

if TYPE_CHECKING:
    import numpy as np

    from convexplain.numbers.enclosure import Enclosed


@dataclass(frozen=True, eq=False)
class FoldedArray:
    """``array[k, c, f]`` is the formula of one entry, ``equation`` that of all, in index notation.

    With known weights, ``numbers`` are its exact numbers (enclosed, where there is a root in them), ``values`` the same
    in float64 and ``weights`` in float32, in the shape of Keras's array; each is rounded once.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 1), [cx.Conv1D(1, 2, use_bias=False), cx.BatchNormalization(epsilon=0.0)])
    >>> weights = [[[[[1]], [[2]]]], [[3], [1], [5], [4]]]          # kernel; gamma, beta, mean, variance
    >>> kernel = cx.explain(stack, weights=weights).fold()[0].kernel
    >>> kernel.name, kernel.symbol, kernel.shape
    ('kernel', 'W1', (2, 1, 1))
    >>> kernel[1, 0, 0]
    gamma2[0]*w1[1, 0, 0]/sqrt(var2[0])
    >>> kernel.equation
    Eq(W1[k, c, f], gamma2[f]*w1[k, c, f]/sqrt(var2[f]))
    >>> kernel.values.ravel(), kernel.weights.ravel()              # 1 * 3/2 and 2 * 3/2
    (array([1.5, 3. ]), array([1.5, 3. ], dtype=float32))
    >>> kernel.numbers.to_float32().shape
    (2, 1, 1)
    """

    array: Array
    """The array of the folded layer."""
    level: int
    """The number of its layer."""
    stated: Stated
    """An entry over its own indices; each array in it is named with the number of its layer."""
    given: Mapping[str, np.ndarray] | None
    """The arrays that it is made of."""

    @property
    def symbol(self) -> str:
        """A capital and the number of the layer: ``W1``."""
        return f"{self.array.letter.capitalize()}{self.level}"

    @property
    def name(self) -> str:
        """Keras's name of the array."""
        return self.array.name

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape by which it is indexed."""
        return self.array.indexed

    def __getitem__(self, index: Any) -> Expr:
        """The formula of one entry, by tap, channel and filter. ``IndexError`` outside the array."""
        given = index if isinstance(index, tuple) else (index,)
        numbers = symbols.check_index(f"the folded {self.name}", given, self.shape)
        return self.at(numbers)

    def at(self, index: Sequence[int]) -> Expr:
        """The formula of one entry, whose indices may be symbols.

        >>> import convexplain as cx
            >>> stack = cx.Stack((4, 1), [cx.Conv1D(1, 2, use_bias=False), cx.BatchNormalization(epsilon=0.0)])
            >>> cx.explain(stack).fold()[0].bias.at((0,))
            beta2[0] - gamma2[0]*mean2[0]/sqrt(var2[0])
        """
        point = dict(zip((r.name for r in self.stated.axes), index, strict=True))
        value = st.ground(self.stated.value, point, self.stated.sizes) or st.ZERO
        return _written(value, lambda entry: symbols.entries(symbols.base(entry.array))[entry.indices])

    @property
    def equation(self) -> Eq:
        """The formula of every entry, in index notation."""
        names = {r.name: Symbol(r.name) for r in self.stated.axes}

        def entry(leaf: st.Entry) -> Expr:
            return symbols.base(leaf.array)[tuple(as_index(index).at(names) for index in leaf.indices)]

        left = symbols.base(self.symbol)[tuple(names.values())]
        return Eq(left, _written(self.stated.value, entry), evaluate=False)

    @cached_property
    def numbers(self) -> Enclosed:
        """The exact numbers, or enclosures of them. ``ValueError`` without weights."""
        from convexplain.numbers.evaluation import of_statement

        if self.given is None:
            raise ValueError("numbers need weights. Received: a network without weights")
        return of_statement(self.stated, self.given)

    @property
    def values(self) -> np.ndarray:
        """The numbers in float64, each rounded once."""
        import numpy as np

        middles = self.numbers.settled()[0].fractions()
        return np.array([float(number) for number in middles.ravel()]).reshape(self.array.shape)

    @property
    def weights(self) -> np.ndarray:
        """The numbers in float32, each rounded once: what a folded Keras layer is given. ``ValueError`` where one
        overflows, and without weights.
        """
        import numpy as np

        array = self.numbers.to_float32().reshape(self.array.shape)
        if not np.isfinite(array).all():
            raise ValueError(f"the folded {self.name} must be finite in float32. Received: {self.symbol} overflows")
        return array

    def _repr_latex_(self) -> str | None:
        from convexplain.display.forms import shown

        return shown(self.equation)

    def __repr__(self) -> str:
        return f"<folded {self.name} {self.shape}: {text(self.equation)}>"


@dataclass(frozen=True, eq=False)
class Fold:
    """One layer with what was folded into it.

    ``kernel`` and ``bias`` are :class:`FoldedArray`, indexed as Keras indexes them; ``kernel`` is the array that
    carries the factors (of a separable convolution the pointwise one).

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 1), [cx.Conv1D(1, 2, use_bias=False), cx.BatchNormalization(epsilon=0.0)])
    >>> fold = cx.explain(stack).fold()[0]
    >>> fold.level, fold.norms, list(fold.arrays), len(fold.equations)
    (1, (2,), ['w', 'b'], 2)
    """

    level: int
    """The level that the layer makes, by whose number its arrays are called."""
    norms: tuple[int, ...]
    """The levels that were folded into it, the first one first."""
    layer: Layer
    """The layer that makes what the last of them made."""
    kernel: FoldedArray
    bias: FoldedArray

    @property
    def arrays(self) -> dict[str, FoldedArray]:
        """Both by the letters of the arrays that they stand for."""
        return {folded.array.letter: folded for folded in (self.kernel, self.bias)}

    @property
    def equations(self) -> tuple[Eq, Eq]:
        """The folded kernel and the folded bias in index notation."""
        return self.kernel.equation, self.bias.equation

    def _repr_latex_(self) -> str | None:
        from convexplain.display.forms import shown

        return shown(*self.equations)

    def __repr__(self) -> str:
        return "\n".join(map(text, self.equations))


class Check(NamedTuple):
    """One level of the folded network held against the level it stands for.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 1), [cx.Conv1D(1, 2, use_bias=False), cx.BatchNormalization(epsilon=0.0)])
    >>> check = cx.explain(stack).fold().checks[0]
    >>> check.level, check.cells, check.ok
    (2, 3, True)
    """

    level: int
    """The level of the original network."""
    cells: int
    """How many cells were equal, symbol by symbol."""
    same: bool
    """Whether all cells that were compared are the same formula."""
    error: Fraction | None
    """How far the level of the folded float32 weights lies from the original one, both exact; None without weights."""
    bound: Fraction | None
    """How far it may lie there: every folded weight is rounded once."""
    within: bool
    """Whether each number lies within its own bound."""

    @property
    def ok(self) -> bool:
        """Whether nothing was refuted."""
        return self.same and self.within

    def __str__(self) -> str:
        said = f"y{self.level}: {'the same formula' if self.same else 'ANOTHER FORMULA'} at {self.cells} cells"
        if self.error is not None and self.bound is not None:
            within = "within" if self.within else "OUTSIDE"
            said += f"; float32 weights: off by {float(self.error):.2g}, {within} the bound {float(self.bound):.2g}"
        return said


@dataclass(frozen=True, eq=False)
class Folded:
    """A network without the normalisations that could be folded, layer by layer, and how that was checked.

    ``folds`` say what became of each layer; ``network`` is the network that is left, with folded weights in float32 if
    weights are known, and ``kept`` the level of it for each level of the original that is still there.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 1), [cx.Conv1D(1, 2, use_bias=False), cx.BatchNormalization(epsilon=0.0)])
    >>> folded = cx.explain(stack).fold()
    >>> len(folded), folded.ok, len(folded.checks), len(folded.equations)
    (1, True, 1, 2)
    >>> folded[0].layer, folded.kept
    (Conv1D(1, 2), {0: 0, 1: 1})
    """

    original: Network
    folds: tuple[Fold, ...]
    network: Network
    kept: dict[int, int]

    def __iter__(self) -> Iterator[Fold]:
        return iter(self.folds)

    def __len__(self) -> int:
        return len(self.folds)

    def __getitem__(self, index: int) -> Fold:
        """One layer that others were folded into, from 0; ``IndexError`` where there is none."""
        return self.folds[index]

    @property
    def equations(self) -> tuple[Eq, ...]:
        """All folded kernels and biases in index notation."""
        return tuple(equation for fold in self.folds for equation in fold.equations)

    @cached_property
    def checks(self) -> tuple[Check, ...]:
        """Each folded level against the original one: as formulas, and in numbers where weights are known."""
        from convexplain.numbers.ledger import evaluate

        levels = None if self.original.weights is None else evaluate(self.original)
        forms = ClosedForms(self.original.stack)
        return tuple(_checked(self.original, forms, fold, levels, self.network, self.kept) for fold in self.folds)

    @property
    def ok(self) -> bool:
        """Whether the folded network equals the original one, as far as float32 can hold its weights."""
        return all(check.ok for check in self.checks)

    def _repr_latex_(self) -> str | None:
        from convexplain.display.forms import shown

        return shown(*self.equations)

    def __repr__(self) -> str:
        count = sum(len(fold.norms) for fold in self.folds)
        left = len(self.network.stack.layers)
        head = f"<{count} layer{'s' * (count != 1)} folded, {left} left>"
        return "\n".join([head, *map(repr, self.folds), *map(str, self.checks)])


def _written(value: st.Value, entry: Callable[[st.Entry], Expr]) -> Expr:
    def write(part: st.Value) -> Expr:
        return entry(part) if isinstance(part, st.Entry) else written(part, write)

    return write(value)


def _checked(
    network: Network, forms: ClosedForms, fold: Fold, levels: Levels | None, left: Network, kept: Mapping[int, int]
) -> Check:
    """The last level that was folded, and the level that the folded layer makes."""
    stack, last = network.stack, fold.norms[-1]
    shape = stack.shapes[last]
    cells = {tuple(0 for _ in shape), tuple(size // 2 for size in shape), tuple(size - 1 for size in shape)}
    same = all(
        (forms.at(last, as_cell(cell), 1 + len(fold.norms)) - _form(stack, fold, cell)).expand() == 0 for cell in cells
    )
    if levels is None:
        return Check(last, len(cells), same, None, None, True)
    error, bound, within = _apart(network, fold, levels, left.arrays(kept[fold.level]))
    return Check(last, len(cells), same, error, bound, within)


def _form(stack: Graph, fold: Fold, cell: tuple[int, ...]) -> Expr:
    """One cell of the folded layer, in the symbols of the original network."""
    told = stated(fold.layer, *stack.source_shapes(fold.level))
    point = dict(zip((r.name for r in told.axes), cell, strict=True))
    folded = fold.arrays
    sources = [symbols.base(stack.symbol(source)) for source in stack.sources(fold.level)]

    def write(part: st.Value) -> Expr:
        if isinstance(part, st.Read):
            return symbols.entries(sources[part.source])[part.indices]
        if isinstance(part, st.Entry):
            if part.array in folded:
                return folded[part.array].at(part.indices)
            return symbols.entries(symbols.base(f"{part.array}{fold.level}"))[part.indices]
        return written(part, write)

    return write(st.ground(told.value, point, told.sizes) or st.ZERO)


def _apart(
    network: Network, fold: Fold, levels: Levels, weights: Sequence[np.ndarray]
) -> tuple[Fraction, Fraction, bool]:
    """How far the level that the folded float32 weights make lies from the original one, both exact, on the same
    numbers below; how far it may lie; and whether each number lies within its own bound.

    A folded weight A is rounded once, by at most ``2**-24 * |A| + 2**-150``. The layer is a sum of products with one
    such weight in each, so what it makes moves by no more than the same layer makes of these, of the sizes of the
    other weights, and of the sizes of the numbers below.
    """
    import numpy as np

    from convexplain.numbers.enclosure import add, each
    from convexplain.numbers.evaluation import evaluate
    from convexplain.numbers.exact import Scaled

    stack = network.stack
    below = [levels.values[source] for source in stack.sources(fold.level)]
    before = evaluate(stack.layer(fold.level), network.arrays(fold.level), below)
    for norm in fold.norms:
        before = evaluate(stack.layer(norm), network.arrays(norm), [before])
    after = evaluate(fold.layer, weights, below)
    moved, radius = add(after, each(lambda integers: -integers, before)).settled()
    shapes = stack.source_shapes(fold.level)
    letters = [array.letter for array in fold.layer.arrays(*shapes)]
    # A little more than half a unit in the last place, for it is taken from the rounded weight.
    sizes = [
        np.abs(array.astype(np.float64)) * (2.0**-24 * (1 + 2.0**-20)) + 2.0**-149
        if letter in fold.arrays
        else np.abs(array)
        for letter, array in zip(letters, weights, strict=True)
    ]
    bound, _ = evaluate(fold.layer, sizes, [np.abs(x) for x in below]).settled()
    most = bound if radius is None else bound + radius
    return abs(moved).largest(), bound.largest(), not abs(moved).exceeds(Scaled(most.integers, most.exponent)).any()
