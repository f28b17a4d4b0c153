"""The gradient of a loss L: closed forms in the upstream gradient ``g[t, f]``, and the same in index notation.

This module knows sympy and which cells read a cell, layer by layer from the last one down; it knows nothing of numbers.
The kernel that is slid unflipped over the input is met again here, flipped: the gradient with respect to the input is a
true convolution. Through relu the slope is ``Heaviside(z, 0)``: 1 where the unit is active and 0 elsewhere, at 0 too,
as in Keras.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cached_property
from typing import Any

from sympy import Eq, Expr, Heaviside, IndexedBase, Integer, Max, Min, Mod, S, Sum, Symbol, ceiling, floor

from convexplain.algebra import symbols
from convexplain.algebra.budget import DEPTH_BUDGET, SIZE_BUDGET, counted
from convexplain.algebra.closed_form import ClosedForms
from convexplain.layers import Cell, Conv1D, quoted
from convexplain.names import nearest

Readers = dict[int, list[tuple[int, int]]]
"""For a step, who reads it: (output step, tap); for a channel: (filter, channel within its kernel)."""

_i = Symbol("i")


class Gradient:
    """``gradient[...]`` is the closed form of dL/d(symbol) at an index, for x, w1, b1, w2, ...

    The indices are those of the symbol itself: ``[i, c]`` for x, ``[k, c, f]`` for a kernel, ``[f]`` for a bias. The
    upstream gradient dL/dy of the last level is ``g[t, f]``. ``equation`` and ``equations`` say it in index notation.

    >>> import convexplain as cx
    >>> gradient = cx.example("kernel_flip").gradient("w1")
    >>> gradient.symbol, gradient.shape
    ('w1', (3, 1, 1))
    >>> gradient.equation
    Eq(dw1[k, c, f], Sum(g[t, f]*x[k + t, c], (t, 0, 3)))
    >>> print(gradient.statement)
    dL/dw1 is a cross-correlation of the layer's input with the upstream gradient: along t both indices rise.
    >>> len(cx.notebook().gradient("x").equations)      # one for each layer, from the last down
    2

    ``ValueError`` for another symbol.
    """

    def __init__(self, backward: Backward, symbol: str) -> None:
        self._backward = backward
        stack = backward.stack
        known = {"x": ("x", 0)}
        for number, layer in enumerate(stack.layers, 1):
            known |= {f"w{number}": ("w", number)} | ({f"b{number}": ("b", number)} if layer.use_bias else {})
        if str(symbol) not in known:
            shown = list(known) if len(known) <= 7 else [*list(known)[:5], "...", list(known)[-1]]
            raise ValueError(
                f"the symbol must be one of {', '.join(shown)}. Received: {quoted(symbol)}{nearest(symbol, known)}"
            )
        self.symbol = str(symbol)
        self._letter, self._number = known[self.symbol]
        if self._letter == "x":
            self.shape: tuple[int, ...] = stack.input_shape
        else:
            shapes = stack.layers[self._number - 1].weight_shapes(stack.shapes[self._number - 1][1])
            self.shape = shapes["wb".index(self._letter)]

    def __getitem__(self, index: Any) -> Expr:
        """The closed form at an index of the symbol, without unevaluated sums.

        >>> import convexplain as cx
        >>> cx.example("kernel_flip").gradient("w1")[1, 0, 0]
        g[0, 0]*x[1, 0] + g[1, 0]*x[2, 0] + g[2, 0]*x[3, 0] + g[3, 0]*x[4, 0]

        ``IndexError`` for an index out of range, ``ValueError`` above the size budget.
        """
        given = index if isinstance(index, tuple) else (index,)
        numbers = symbols.check_index(f"the gradient of {self.symbol}", given, self.shape)
        if self._backward.stack.depth > DEPTH_BUDGET:
            raise ValueError(
                f"this gradient is nested {self._backward.stack.depth} layers deep; at most {DEPTH_BUDGET} are written "
                "out. Its equations say the same in index notation"
            )
        size = self._size(numbers)
        if size > SIZE_BUDGET:
            raise ValueError(
                f"this gradient has {counted(size)} products; at most {SIZE_BUDGET:,} are written out. "
                "Its equations say the same in index notation"
            )
        if self._letter == "x":
            return self._backward.at(0, Cell(*numbers))
        return symbols.add(
            symbols.times(self._backward.before_activation(self._number, Cell(step, numbers[-1])), sample)
            for step, sample in self._samples(numbers)
        )

    def _samples(self, index: tuple[int, ...]) -> list[tuple[int, Expr]]:
        """The output steps in which the weight takes part, each with what it is multiplied by there."""
        stack, forms, number = self._backward.stack, self._backward.forms, self._number
        steps = range(stack.shapes[number][0])
        if self._letter == "b":
            return [(step, S.One) for step in steps]
        met = [(step, self._source(step, index)) for step in steps]
        return [
            (step, forms.at(number - 1, source))
            for step, source in met
            if 0 <= source.step < stack.shapes[number - 1][0]
        ]

    def _source(self, step: int, index: tuple[int, ...]) -> Cell:
        """The cell that the kernel entry at ``index`` meets for output ``step``."""
        (steps, channels), layer = self._backward.stack.shapes[self._number - 1], self._layer
        tap, channel, filter = index
        return Cell(layer.source_step(steps, step, tap), layer.source_channel(channels, channel, filter))

    def _size(self, index: tuple[int, ...]) -> int:
        """How many products the closed form has, shared parts counted each time."""
        stack, number = self._backward.stack, self._number
        if self._letter == "x":
            return self._backward.sizes(0)[index[0]]
        above = self._backward.sizes_before_activation(number)
        if self._letter == "b":
            return sum(above)
        sources = [self._source(step, index) for step in range(stack.shapes[number][0])]
        return sum(
            1 + above[step] + stack.product_count(number - 1, source, number - 1)
            for step, source in enumerate(sources)
            if 0 <= source.step < stack.shapes[number - 1][0]
        )

    @property
    def _layer(self) -> Conv1D:
        return self._backward.stack.layers[max(self._number, 1) - 1]

    @property
    def equation(self) -> Eq:
        """The gradient in index notation: for a stack, in the gradient of the level that its layer writes."""
        return self.equations[-1]

    @cached_property
    def equations(self) -> tuple[Eq, ...]:
        """The whole chain in index notation, from the last level down: ``g2`` stands for dL/dy2, ``dx`` for dL/dx."""
        stack = self._backward.stack
        chain = [
            input_equation(stack.layers[n - 1], n, stack.shapes[n - 1], stack.depth) for n in range(stack.depth, 0, -1)
        ]
        if self._letter == "x":
            return tuple(chain)
        write = kernel_equation if self._letter == "w" else bias_equation
        own = write(self._layer, self._number, stack.shapes[self._number - 1], stack.depth)
        return (*chain[: stack.depth - self._number], own)

    @property
    def statement(self) -> str:
        """What kind of sum this is, in words."""
        if self._letter == "b":
            return f"dL/d{self.symbol} is the upstream gradient, summed over the steps."
        if self._letter == "w":
            return (
                f"dL/d{self.symbol} is a cross-correlation of the layer's input with the upstream gradient: "
                "along t both indices rise."
            )
        strided = any(layer.strides != 1 for layer in self._backward.stack.layers)
        return (
            "dL/dx is a true convolution of the upstream gradient with the kernel, layer by layer: "
            "what one index gains, the other loses. In the layer itself both rise, a cross-correlation."
            + (" For strides s, s - 1 zeros count as standing after each step of the gradient." if strided else "")
        )

    def _repr_latex_(self) -> str:
        from convexplain.algebra.printing import aligned

        return f"$\\displaystyle {aligned(self.equations, most=12)}$"

    def __repr__(self) -> str:
        from convexplain.algebra.printing import text

        return "\n".join(
            [f"<gradient of {self.symbol}, shape {self.shape}>", *map(text, self.equations), self.statement]
        )


class Backward:
    """The closed forms of dL/dy of every cell, each built when it is asked for and kept."""

    def __init__(self, forms: ClosedForms) -> None:
        self.forms = forms
        self.stack = forms.stack
        self._built: dict[tuple[int, Cell], Expr] = {}
        self._readers: dict[int, tuple[Readers, Readers]] = {}
        self._sizes: dict[int, list[int]] = {}

    def at(self, level: int, cell: Cell) -> Expr:
        """dL/dy of ``cell`` of ``level``; dL/dx at level 0."""
        if level == self.stack.depth:
            return symbols.entries(symbols.g)[cell]
        built = self._built.get((level, cell))
        if built is None:
            kernel = symbols.entries(symbols.kernel(level + 1))
            steps, channels = self._reading(level)
            built = self._built[level, cell] = symbols.add(
                symbols.times(self.before_activation(level + 1, Cell(step, filter)), kernel[tap, channel, filter])
                for step, tap in steps[cell.step]
                for filter, channel in channels[cell.channel]
            )
        return built

    def before_activation(self, level: int, cell: Cell) -> Expr:
        """The derivative of L by the sum in ``cell``, before the layer's activation."""
        layer, above = self.stack.layers[level - 1], self.at(level, cell)
        if layer.is_linear:
            return above
        return symbols.times(above, symbols.slope(layer.activation, self.forms.sum_at(level, cell, level)))

    def sizes(self, level: int) -> list[int]:
        """The products in dL/dy of each step of ``level``, shared parts counted each time."""
        if level == self.stack.depth:
            return [0] * self.stack.shapes[level][0]
        if level not in self._sizes:
            steps, channels = self._reading(level)
            above = self.sizes_before_activation(level + 1)
            self._sizes[level] = [
                len(channels[0]) * sum(1 + above[step] for step, _ in steps[source])
                for source in range(self.stack.shapes[level][0])
            ]
        return self._sizes[level]

    def sizes_before_activation(self, level: int) -> list[int]:
        """The same as ``sizes``, with the closed form of the unit whose sign the slope asks for."""
        sizes = self.sizes(level)
        if self.stack.layers[level - 1].is_linear:
            return sizes
        return [size + self.stack.product_count(level, Cell(step, 0), level) for step, size in enumerate(sizes)]

    def _reading(self, level: int) -> tuple[Readers, Readers]:
        """Who reads the steps and who reads the channels of ``level``: the layer's terms, the other way round."""
        if level not in self._readers:
            layer, (steps, channels) = self.stack.layers[level], self.stack.shapes[level]
            by_step, by_channel = defaultdict(list), defaultdict(list)
            for step in range(self.stack.shapes[level + 1][0]):
                for tap in range(layer.kernel_size):
                    by_step[layer.source_step(steps, step, tap)].append((step, tap))
            for filter in range(layer.filters):
                for channel in range(channels // layer.groups):
                    by_channel[layer.source_channel(channels, channel, filter)].append((filter, channel))
            self._readers[level] = by_step, by_channel
        return self._readers[level]


def input_equation(layer: Conv1D, number: int, shape: tuple[int, int], depth: int) -> Eq:
    """``dL/d(input)[i, c]`` of layer ``number`` of ``depth``, whose input has ``shape`` (steps, channels)."""
    (steps, channels), i, c, f = shape, _i, symbols.c, symbols.f
    own, filters = channels // layer.groups, layer.filters // layer.groups
    first_filter, channel = (0, c) if layer.groups == 1 else (floor(c / own) * filters, Mod(c, own))
    count, index = layer.output_steps(steps), symbols.k
    if layer.strides == 1:
        # The rule solved for the output step, in terms of the tap.
        step, tap = i - layer.source_step(steps, 0, index), index
        limits = _limits(step, index, layer.kernel_size, count, i, steps)
    else:
        # The rule solved for the tap, in terms of the output step; strides come without dilation.
        index = symbols.t
        step, tap = index, i - layer.source_step(steps, index, 0)
        limits = _limits(tap, index, count, layer.kernel_size, i, steps)
    value = Sum(
        _upstream(layer, number, step, f, depth) * symbols.kernel(number)[tap, channel, f],
        (f, first_filter, first_filter + filters - 1),
        (index, *limits),
    )
    return Eq(_derivative(number - 1, depth)[i, c], value, evaluate=False)


def kernel_equation(layer: Conv1D, number: int, shape: tuple[int, int], depth: int) -> Eq:
    """``dL/dw[k, c, f]`` of layer ``number`` of ``depth``, whose input has ``shape`` (steps, channels)."""
    (steps, channels), t, f, k, c = shape, symbols.t, symbols.f, symbols.k, symbols.c
    source = layer.source_step(steps, t, k)
    sample = symbols.output(number - 1)[source, layer.source_channel(channels, c, f)]
    limits = _limits(source, t, layer.output_steps(steps), steps, k, layer.kernel_size)
    value = Sum(_upstream(layer, number, t, f, depth) * sample, (t, *limits))
    return Eq(IndexedBase(f"dw{number}")[k, c, f], value, evaluate=False)


def bias_equation(layer: Conv1D, number: int, shape: tuple[int, int], depth: int) -> Eq:
    """``dL/db[f]`` of layer ``number`` of ``depth``, whose input has ``shape`` (steps, channels)."""
    t, f = symbols.t, symbols.f
    value = Sum(_upstream(layer, number, t, f, depth), (t, 0, layer.output_steps(shape[0]) - 1))
    return Eq(IndexedBase(f"db{number}")[f], value, evaluate=False)


def _derivative(level: int, depth: int) -> IndexedBase:
    """dL/dy of a level: ``g`` for the last, ``g<level>`` between, ``dx`` for the input."""
    if level == depth:
        return symbols.g
    return IndexedBase(f"g{level}" if level else "dx")


def _upstream(layer: Conv1D, number: int, step: Expr, filter: Expr, depth: int) -> Expr:
    """The gradient before the activation of a layer: a relu's output is positive where its sum is."""
    gradient = _derivative(number, depth)[step, filter]
    if layer.is_linear:
        return gradient
    return gradient * Heaviside(symbols.output(number)[step, filter], 0)


def _limits(position: Expr, index: Symbol, count: int, size: int, free: Symbol, free_count: int) -> tuple[Expr, Expr]:
    """The first and last ``index`` of 0 to count - 1 for which ``position`` lies within 0 to size - 1.

    ``position`` is linear in ``index`` and in ``free``, which runs from 0 to free_count - 1; a limit is clamped only
    where one of these needs it.
    """
    slope = int(position.expand().coeff(index))
    rest = (position - slope * index).expand()
    low, high = (-rest, size - 1 - rest) if slope > 0 else (rest - size + 1, rest)
    first, last = low / abs(slope), high / abs(slope)
    if abs(slope) != 1:
        first, last = ceiling(first), floor(last)
    starts = [-(-value // abs(slope)) for value in _values(low, free, free_count)]
    stops = [value // abs(slope) for value in _values(high, free, free_count)]
    if min(starts) < 0:
        first = Max(0, first) if max(starts) > 0 else S.Zero
    if max(stops) > count - 1:
        last = Min(count - 1, last) if min(stops) < count - 1 else Integer(count - 1)
    if any(min(stop, count - 1) < max(start, 0) - 1 for start, stop in zip(starts, stops, strict=True)):
        # sympy gives a sum whose limits are reversed by more than one the opposite sign instead of 0.
        last = Max(last, first - 1)
    return first, last


def _values(linear: Expr, free: Symbol, free_count: int) -> list[int]:
    """The values of a linear expression with integer coefficients, for ``free`` from 0 to free_count - 1."""
    at_zero, slope = int(linear.subs(free, 0)), int(linear.coeff(free))
    return [at_zero + slope * value for value in range(free_count)]
