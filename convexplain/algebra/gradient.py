"""The gradient of a loss L: closed forms in the upstream gradient ``g[t, f]``.

This module knows sympy and which cells read a cell, level by level from the outputs down; it knows nothing of numbers,
and no kind of layer. Through relu the slope is ``Heaviside(z, 0)``: 1 where the unit is active and 0 elsewhere, at 0
too, as in Keras; :mod:`convexplain.algebra.adjoint` says what holds where candidates are equal.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from functools import cached_property
from typing import Any, NamedTuple

from sympy import Add, Eq, Expr, Mul

from convexplain.algebra import adjoint, symbols
from convexplain.algebra.budget import DEPTH_BUDGET, SIZE_BUDGET
from convexplain.algebra.closed_form import ClosedForms
from convexplain.algebra.written import written
from convexplain.graph import Graph, as_cell
from convexplain.layers import Conv1D
from convexplain.layers import statement as st
from convexplain.names import nearest, quoted

_MOST_SHOWN = 10
"""Equations of a chain that are shown in a REPL."""


class Gradient:
    """``gradient[...]`` is the closed form of dL/d(symbol) at an index, for x, w1, b1, gamma2, ...

    The indices are those of the symbol itself: ``[i, c]`` for x, ``[k, c, f]`` for a kernel, ``[f]`` for a bias. The
    upstream gradient dL/dy of the output is ``g[t, f]``; of several outputs, ``g`` with the number of the level.
    ``equation`` and ``equations`` say it in index notation, for layers of sums, products and functions.
    ``IndexError`` for an index out of range, ``ValueError`` above the size budget.

    >>> import convexplain as cx
    >>> gradient = cx.example("kernel_flip").gradient("w1")
    >>> gradient.symbol, gradient.shape
    ('w1', (3, 1, 1))
    >>> gradient.equation
    Eq(dw1[k, c, f], Sum(g[t, f]*x[k + t, c], (t, 0, 2)))
    >>> print(gradient.statement)
    dL/dw1 is a cross-correlation of the layer's input with the upstream gradient: along t both indices rise.
    >>> len(cx.notebook().gradient("x").equations)      # one for each layer, from the last down
    2

    ``ValueError`` for another symbol.
    """

    def __init__(self, backward: Backward, symbol: str) -> None:
        self._backward = backward
        known = _shapes(backward.stack)
        if str(symbol) not in known:
            shown = list(known) if len(known) <= 7 else [*list(known)[:5], "...", list(known)[-1]]
            raise ValueError(
                f"the symbol must be one of {', '.join(shown)}. Received: {quoted(symbol)}{nearest(symbol, known)}"
            )
        self.symbol = str(symbol)
        self._letter, self._level, self.shape = known[self.symbol]

    def __getitem__(self, index: Any) -> Expr:
        """The closed form at an index of the symbol, without unevaluated sums.

        >>> import convexplain as cx
        >>> cx.example("kernel_flip").gradient("w1")[1, 0, 0]
        g[0, 0]*x[1, 0] + g[1, 0]*x[2, 0] + g[2, 0]*x[3, 0]

        ``IndexError`` for an index out of range, ``ValueError`` above the size budget.
        """
        given = index if isinstance(index, tuple) else (index,)
        numbers = symbols.check_index(f"the gradient of {self.symbol}", given, self.shape)
        depth = self._backward.depth
        if depth > DEPTH_BUDGET:
            raise ValueError(
                f"this gradient is nested {depth} layers deep; at most {DEPTH_BUDGET} are written out. "
                f"{self._otherwise}"
            )
        met = self._backward.uses(self._letter, self._level, numbers)
        try:
            self._backward.check(met)
        except _TooMany:
            raise ValueError(
                f"this gradient has too many products; at most {SIZE_BUDGET:,} are written out. {self._otherwise}"
            ) from None
        return self._backward.summed(met)

    @property
    def _otherwise(self) -> str:
        """What can be asked instead."""
        if self._found:
            return "Its equations say the same in index notation"
        return "explain(source, until=...) ends the network earlier; active_form gives the slopes at one input"

    @property
    def equation(self) -> Eq:
        """The gradient in index notation, in the gradients of the levels that its layer makes, or that read it.

        >>> import convexplain as cx
        >>> from convexplain.algebra.printing import text
        >>> stack = cx.Stack((9, 2), [cx.DepthwiseConv1D(3), cx.Flatten(), cx.Dense(4)])
        >>> for equation in cx.explain(stack).gradient("x").equations:
        ...     print(text(equation))
        g2[c] = sum(f=0..3) g[f]*w3[c, f]
        g1[i, c] = g2[2*i + c]
        dL/dx[i, c] = sum(k=max(0, i - 6)..min(2, i)) g1[i - k, c]*d1[k, c, 0]

        ``ValueError`` as for ``equations``.
        """
        return self.equations[-1]

    @cached_property
    def equations(self) -> tuple[Eq, ...]:
        """All of it in index notation, from the last level down: ``g2`` stands for dL/dy2, ``dx`` for dL/dx. Of a layer
        whose activation is neither relu nor linear, ``z2`` is what goes into it and ``dz2`` the gradient there; an
        output that is read again has ``dy2``, what comes from outside being ``g2``.

        ``ValueError`` that names the layer which is in the way: one that compares the numbers of a window, or has
        strides and a dilation at once.
        """
        from convexplain.algebra.gradient_equations import chain

        return chain(self._backward.stack, self._letter, self._level)

    @property
    def _found(self) -> tuple[Eq, ...]:
        """The equations; none where a layer is in the way of them."""
        with suppress(ValueError):
            return self.equations
        return ()

    @property
    def statement(self) -> str:
        """What kind of sum this is, in words."""
        layers = self._backward.stack.layers
        if self._letter == "b" and len(self._backward.stack.shapes[self._level]) == 2:
            return f"dL/d{self.symbol} is the upstream gradient, summed over the steps."
        if not all(isinstance(layer, Conv1D) for layer in layers):
            return (
                f"dL/d{self.symbol} is a sum over the cells in which {self.symbol} takes part: the gradient of each "
                "times its derivative."
            )
        if self._letter == "w":
            return (
                f"dL/d{self.symbol} is a cross-correlation of the layer's input with the upstream gradient: "
                "along t both indices rise."
            )
        return (
            "dL/dx is a true convolution of the upstream gradient with the kernel, layer by layer: "
            "what one index gains, the other loses. In the layer itself both rise, a cross-correlation."
            + (
                " For strides s, s - 1 zeros count as standing after each step of the gradient."
                if any(layer.strides != 1 for layer in layers)
                else ""
            )
        )

    def _repr_latex_(self) -> str | None:
        from convexplain.display.forms import shown

        return shown(*self._found) if self._found else None

    def __repr__(self) -> str:
        from convexplain.algebra.printing import text

        lines = list(map(text, self._found))
        if len(lines) > _MOST_SHOWN:
            left = len(lines) - _MOST_SHOWN
            lines = [*lines[: _MOST_SHOWN - 3], f"... ({left} more equations)", *lines[-3:]]
        return "\n".join([f"<gradient of {self.symbol}, shape {self.shape}>", *lines, self.statement])


class Use(NamedTuple):
    """A cell in which something takes part, and the place and the point at which it does."""

    level: int
    cell: Any
    occurrence: adjoint.Occurrence
    point: dict[str, int]


class Backward:
    """The closed forms of dL/dy of every cell, each built when it is asked for and kept."""

    def __init__(self, forms: ClosedForms) -> None:
        self.forms = forms
        self.stack: Graph = forms.stack
        self._built: dict[tuple[int, Any], Expr] = {}
        self._sums: dict[tuple[int, Any], Expr] = {}
        self._sizes: dict[tuple[int, Any], int] = {}
        self._places: dict[int, tuple[adjoint.Occurrence, ...]] = {}
        self._readers: dict[int, list[int]] = defaultdict(list)
        self._calls: dict[int, list[int]] = defaultdict(list)
        for level in range(self.stack.input_count, self.stack.depth + 1):
            self._calls[self.stack.owner(level)].append(level)
            for source in dict.fromkeys(self.stack.sources(level)):
                self._readers[source].append(level)

    @property
    def depth(self) -> int:
        """The most layers on a way through the network."""
        return self.forms.height(self.stack.depth)

    def at(self, level: int, cell: Any) -> Expr:
        """dL/dy of ``cell`` of ``level``; dL/dx for an input."""
        key = (level, tuple(cell))
        if key not in self._built:
            own = [symbols.entries(self._upstream(level))[tuple(cell)]] if level in self.stack.outputs else []
            self._built[key] = self.summed(self._uses_of_cell(level, cell), own)
        return self._built[key]

    def uses(self, letter: str, level: int, index: tuple[int, ...]) -> list[Use]:
        """Where a cell of an input, or an entry of a layer's array, takes part."""
        if not letter:
            return self._uses_of_cell(level, index)
        return [
            use
            for call in self._calls[level]
            for place in self._found(call)
            if isinstance(place.leaf, st.Entry) and place.leaf.array == letter
            for use in self._at(call, place, index)
        ]

    def _uses_of_cell(self, level: int, cell: Any) -> list[Use]:
        return [
            use
            for reader in self._readers[level]
            for place in self._found(reader)
            if isinstance(place.leaf, st.Read) and self.stack.sources(reader)[place.leaf.source] == level
            for use in self._at(reader, place, cell)
        ]

    def _at(self, level: int, place: adjoint.Occurrence, indices: Any) -> Iterator[Use]:
        axes = self.stack.stated(level).axes
        for point in place.points(indices, axes):
            yield Use(level, as_cell(tuple(point[r.name] for r in axes)), place, point)

    def _found(self, level: int) -> tuple[adjoint.Occurrence, ...]:
        if level not in self._places:
            self._places[level] = adjoint.occurrences(self.stack.stated(level))
        return self._places[level]

    def _upstream(self, level: int) -> symbols.IndexedBase:
        return symbols.g if len(self.stack.outputs) == 1 else symbols.base(f"g{level}")

    def summed(self, uses: list[Use], own: list[Expr] | None = None) -> Expr:
        """The sum over uses of the gradient there times the derivative of the cell."""
        terms = list(own or [])
        for use in uses:
            factors = self._factors(use)
            if factors is not None:
                terms.append(Mul(self.at(use.level, use.cell), *[self._written(use, factor) for factor in factors]))
        return Add(*terms)

    def _factors(self, use: Use) -> list[st.Value] | None:
        """The factors of the derivative, at numbers; None where it is 0."""
        sizes, body = self.stack.stated(use.level).sizes, self.stack.stated(use.level).body

        def ground(value: st.Value, point: adjoint.Point) -> st.Value | None:
            if value is body:
                return self.forms.grounded(use.level, use.cell, body=True)
            return st.ground(value, point, sizes)

        found = []
        for factor in use.occurrence.factors:
            value = factor(use.point, ground)
            if value is None or value == st.ZERO:
                return None
            found.append(value)
        return found

    def _written(self, use: Use, value: st.Value) -> Expr:
        body = self.forms.grounded(use.level, use.cell, body=True)
        depth = self.forms.height(use.level)
        known: dict[int, Expr] = {}

        def write(part: st.Value) -> Expr:
            if part is body and not isinstance(part, (st.Read, st.Entry)):
                key = (use.level, tuple(use.cell))
                if key not in self._sums:
                    self._sums[key] = self.forms.sum_at(use.level, use.cell, depth)
                return self._sums[key]
            if isinstance(part, st.Total):  # the same sum may stand in many places
                if id(part) not in known:
                    known[id(part)] = write(part.body)
                return known[id(part)]
            leaf = self.forms.leaf(part, use.level, depth)
            return written(part, write) if leaf is None else leaf

        return write(value)

    def check(self, uses: list[Use]) -> int:
        """How many products the sum over uses has, shared parts counted each time."""
        size = 0
        for use in uses:
            size += 1 + self._size(use.level, use.cell)
            for factor in self._factors(use) or ():
                for read, times in st.cells_read(factor).items():
                    source = self.stack.sources(use.level)[read.source]
                    size += times * (1 + self.forms.size(source, as_cell(read.indices)))
            if size > SIZE_BUDGET:
                raise _TooMany
        return size

    def _size(self, level: int, cell: Any) -> int:
        key = (level, tuple(cell))
        if key not in self._sizes:
            self._sizes[key] = self.check(self._uses_of_cell(level, cell))
        return self._sizes[key]


class _TooMany(Exception):
    """More products than are written out."""


def _shapes(stack: Graph) -> dict[str, tuple[str, int, tuple[int, ...]]]:
    """Every symbol that there is a gradient of: its letter (none for an input), its level, its shape."""
    known: dict[str, tuple[str, int, tuple[int, ...]]] = {
        stack.symbol(level): ("", level, stack.shapes[level]) for level in range(stack.input_count)
    }
    for level in range(stack.input_count, stack.depth + 1):
        if stack.owner(level) == level:
            arrays = stack.layer(level).arrays(*stack.source_shapes(level))
            known |= {f"{array.letter}{level}": (array.letter, level, array.indexed) for array in arrays}
    return known
