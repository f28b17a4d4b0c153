"""A linear stack as one layer: the effective kernel, the effective bias, and the steps at which that is exact.

This module knows the ways through a stack and sympy's sums, and how to multiply exact numbers along them. Padding is
what can make the single layer inexact: an inner level pads with zeros where an endless input would have gone on. On
which steps this happens is found by counting paths, never assumed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from math import prod
from typing import TYPE_CHECKING, Any

from sympy import Add, Eq, Expr, IndexedBase, S, Sum, Symbol

from convexplain.algebra import symbols
from convexplain.algebra.budget import SIZE_BUDGET, counted
from convexplain.algebra.expansion import bias_monomials, kernel_products, lone_bias, refuse_nonlinear, ways_down
from convexplain.layers import PADDINGS, Cell, Conv1D
from convexplain.stack import Stack

if TYPE_CHECKING:
    import numpy as np

    from convexplain.network import Network
    from convexplain.numbers.exact import Scaled

W, B, j = IndexedBase("W"), IndexedBase("B"), Symbol("j")


@dataclass(frozen=True, eq=False)
class Collapsed:
    """``y[t, f] = B[f] + sum over j, c of W[j, c, f] * x[t*strides + j - left_pad, c]``, x = 0 outside its steps.

    ``kernel[j, c, f]`` and ``bias[f]`` are sympy sums over the ways through the stack; ``kernel.shape`` is (span,
    channels, filters). Taps that no way uses, as dilation leaves them, are 0. ``exact_steps`` are the output steps at
    which this equals the stack, for all weights and samples. ``layer`` is the same as a Conv1D record, or None where
    its left padding is none of Keras's. With known weights, ``kernel_numbers`` and ``bias_numbers`` hold the same as
    exact numbers (integers times a power of two), ``kernel_values`` and ``bias_values`` as float64.

    >>> import convexplain as cx
    >>> one = cx.example("collapse").collapse()
    >>> one.span, one.strides, one.left_pad, one.use_bias, one.is_exact, one.exact_steps
    (4, 1, 0, False, True, (0, 1, 2))
    >>> one.stack.depth, one.layer
    (2, Conv1D(1, 4, use_bias=False))
    >>> one.bias[0]
    0
    >>> one.kernel[1, 0, 0]                    # tap 1: two ways lead there
    w1[0, 0, 0]*w2[1, 0, 0] + w1[1, 0, 0]*w2[0, 0, 0]
    >>> one.equation
    Eq(y2[t, f], Sum(W[j, c, f]*x[j + t, c], (c, 0, 0), (j, 0, 3)))
    >>> one.kernel_values.ravel(), one.bias_values
    (array([ 1.,  4.,  2., -4.]), array([0.]))
    """

    network: Network
    span: int
    """Taps of the effective kernel, the receptive field of the stack."""
    strides: int
    """The product of the layers' strides."""
    left_pad: int
    exact_steps: tuple[int, ...]

    @property
    def stack(self) -> Stack:
        """The stack that was collapsed."""
        return self.network.stack

    @property
    def is_exact(self) -> bool:
        """Whether this equals the stack at every output step."""
        return len(self.exact_steps) == self.stack.shapes[-1][0]

    @property
    def use_bias(self) -> bool:
        """Whether any layer has a bias."""
        return any(layer.use_bias for layer in self.stack.layers)

    @cached_property
    def kernel(self) -> EffectiveKernel:
        """The effective kernel, ``kernel[j, c, f]``."""
        return EffectiveKernel(self.stack, self.span)

    @cached_property
    def bias(self) -> EffectiveBias:
        """The effective bias, ``bias[f]``; 0 when no layer has one."""
        return EffectiveBias(self.stack)

    @property
    def layer(self) -> Conv1D | None:
        """This as a Conv1D record, if one of Keras's paddings has its left padding and its output steps."""
        steps, filters = self.stack.input_shape[0], self.stack.shapes[-1][1]
        for padding in PADDINGS:
            layer = Conv1D(filters, self.span, self.strides, padding, use_bias=self.use_bias)
            if layer.left_pad(steps) == self.left_pad and layer.output_steps(steps) == self.stack.shapes[-1][0]:
                return layer
        return None

    @property
    def equation(self) -> Eq:
        """The collapsed stack in index notation; x counts as 0 outside its steps."""
        t, f, c = symbols.t, symbols.f, symbols.c
        source = symbols.x[first_source(self.stack, t) + j, c]
        value: Expr = Sum(W[j, c, f] * source, (c, 0, self.stack.input_shape[1] - 1), (j, 0, self.span - 1))
        return Eq(symbols.output(self.stack.depth)[t, f], value + B[f] if self.use_bias else value, evaluate=False)

    def __getitem__(self, cell: tuple[int, int]) -> Expr:
        """Output step t, channel f, of the single layer, in x and the stack's own weights.

        >>> import convexplain as cx
        >>> ex = cx.example("collapse")
        >>> ex.collapse()[0, 0].expand() == ex.expanded(0, 0)
        True

        ``IndexError`` for a cell outside the output.
        """
        step, filter = self.stack.check_cell(self.stack.depth, *cell)
        steps, channels = self.stack.input_shape
        sources = [(tap, first_source(self.stack, step) + tap) for tap in range(self.span)]
        return Add(
            self.bias[filter],
            *(
                self.kernel[tap, channel, filter] * symbols.x[source, channel]
                for tap, source in sources
                if 0 <= source < steps
                for channel in range(channels)
            ),
        )

    @cached_property
    def _numbers(self) -> tuple[Scaled, Scaled]:
        return _compose(self.network)

    @property
    def kernel_numbers(self) -> Scaled:
        """The effective kernel as exact numbers, (span, channels, filters).

        >>> import convexplain as cx
        >>> cx.example("collapse").collapse().kernel_numbers.fractions().ravel()[1]
        Fraction(4, 1)

        ``ValueError`` without weights.
        """
        return self._numbers[0]

    @property
    def bias_numbers(self) -> Scaled:
        """The effective bias as exact numbers, (filters,).

        >>> import convexplain as cx
        >>> cx.example("collapse").collapse().bias_numbers.fractions()
        array([Fraction(0, 1)], dtype=object)

        ``ValueError`` without weights.
        """
        return self._numbers[1]

    @property
    def kernel_values(self) -> np.ndarray:
        """The effective kernel, (span, channels, filters) float64, each number rounded once."""
        return _to_float64(self.kernel_numbers)

    @property
    def bias_values(self) -> np.ndarray:
        """The effective bias, (filters,) float64, each number rounded once."""
        return _to_float64(self.bias_numbers)

    def _repr_latex_(self) -> str | None:
        from convexplain.display.forms import shown

        return shown(self.equation)

    def __repr__(self) -> str:
        channels, filters = self.stack.input_shape[1], self.stack.shapes[-1][1]
        steps = self.stack.shapes[-1][0]
        where = "every output step" if self.is_exact else f"output steps {_spans(self.exact_steps)} of 0 to {steps - 1}"
        return (
            f"<one layer: kernel ({self.span}, {channels}, {filters}), strides {self.strides}, left padding "
            f"{self.left_pad}, {'with' if self.use_bias else 'no'} bias; exact at {where}>"
        )


def collapse(network: Network) -> Collapsed:
    """The linear stack of ``network`` as one layer. ``ValueError`` that says where linearity ends, if it does."""
    stack = network.stack
    refuse_nonlinear(stack, "a collapse into one layer")
    origin = first_source(stack, 0)
    strides = first_source(stack, 1) - origin
    choices = _tap_choices(stack)
    return Collapsed(
        network,
        span=max(choices) + 1,
        strides=strides,
        left_pad=-origin,
        exact_steps=tuple(_exact_steps(stack, choices, origin, strides)),
    )


class EffectiveKernel:
    """The effective kernel of a stack, ``kernel[j, c, f]``: each entry is a sum over the ways with the same offset.

    >>> import convexplain as cx
    >>> kernel = cx.example("collapse").collapse().kernel
    >>> kernel.shape                           # (taps, channels, filters)
    (4, 1, 1)
    >>> kernel[3, 0, 0]
    w1[2, 0, 0]*w2[1, 0, 0]
    """

    def __init__(self, stack: Stack, span: int) -> None:
        self._stack = stack
        self.shape = (span, stack.input_shape[1], stack.shapes[-1][1])
        self._written: dict[int, dict[Cell, Expr]] = {}

    def __getitem__(self, index: tuple[int, int, int]) -> Expr:
        """One entry, by tap, channel and filter. ``IndexError`` outside the kernel, ``ValueError`` above the budget."""
        tap, channel, filter = symbols.check_index("the effective kernel", index, self.shape)
        if filter not in self._written:
            self._written[filter] = self._write(filter)
        return self._written[filter].get(Cell(tap, channel), S.Zero)

    def _write(self, filter: int) -> dict[Cell, Expr]:
        """The entries of one filter that are not 0, by offset and channel."""
        count = way_count(self._stack, 0)
        if count > SIZE_BUDGET:
            raise ValueError(
                f"the effective kernel of one filter is a sum over {counted(count)} ways through the stack; at most "
                f"{SIZE_BUDGET:,} are written out. With known weights, kernel_numbers has its values"
            )
        *_, (_, ways) = ways_down(self._stack, Cell(0, filter), endless=True)
        origin = first_source(self._stack, 0)
        return {
            Cell(source.step - origin, source.channel): symbols.total(kernel_products(self._stack, met))
            for source, met in ways.items()
        }

    def __repr__(self) -> str:
        return f"<effective kernel {self.shape}, (taps, channels, filters); [j, c, f] gives a sum over ways>"


class EffectiveBias:
    """The effective bias of a stack, ``bias[f]``: each layer's bias, carried through the layers after it.

    >>> import convexplain as cx
    >>> bias = cx.explain(cx.Stack((6, 1), [cx.Conv1D(1, 3), cx.Conv1D(1, 2)])).collapse().bias
    >>> bias.shape                             # (filters,)
    (1,)
    >>> bias[0]
    b1[0]*w2[0, 0, 0] + b1[0]*w2[1, 0, 0] + b2[0]
    """

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self.shape = (stack.shapes[-1][1],)

    def __getitem__(self, filter: int) -> Expr:
        """The bias of one filter. ``IndexError`` for another filter, ``ValueError`` above the budget."""
        (filter,) = symbols.check_index("the effective bias", (filter,), self.shape)
        count = _bias_way_count(self._stack)
        if count > SIZE_BUDGET:
            raise ValueError(
                f"the effective bias of one filter is a sum over {counted(count)} ways through the stack; at most "
                f"{SIZE_BUDGET:,} are written out. With known weights, bias_numbers has its values"
            )
        monomials: list[Expr] = []
        for number, ways in ways_down(self._stack, Cell(0, filter), endless=True):
            if number > 1:
                monomials += bias_monomials(self._stack, number - 1, ways)
        return symbols.total([*monomials, *lone_bias(self._stack, filter)])

    def __repr__(self) -> str:
        return f"<effective bias {self.shape}, (filters,); [f] gives a sum over ways>"


def first_source(stack: Stack, step: Any) -> Any:
    """The input step that the first taps of all layers read for output ``step``, a number or a symbol."""
    for layer, (steps, _) in zip(reversed(stack.layers), reversed(stack.shapes[:-1]), strict=True):
        step = layer.source_step(steps, step, 0)
    return step


def _tap_choices(stack: Stack) -> Counter[int]:
    """For each offset from the first source, how many choices of one tap per layer lead there, padding or not."""
    sources: Counter[int] = Counter([0])
    for layer, (steps, _) in zip(reversed(stack.layers), reversed(stack.shapes[:-1]), strict=True):
        below: Counter[int] = Counter()
        for step, count in sources.items():
            for tap in range(layer.kernel_size):
                below[layer.source_step(steps, step, tap)] += count
        sources = below
    origin = first_source(stack, 0)
    return Counter({source - origin: count for source, count in sources.items()})


def _exact_steps(stack: Stack, choices: Counter[int], origin: int, strides: int) -> Iterator[int]:
    """The steps at which every way of the single layer that starts at a sample, or at a bias, is a path of the stack.

    The stack's paths are among those ways, and different ways are different monomials: equal counts decide it.
    """
    channels, bias_ways = _channel_choices(stack, 0), _bias_way_count(stack)
    offsets = sorted(choices)
    sums = list(accumulate((choices[offset] for offset in offsets), initial=0))
    for step in range(stack.shapes[-1][0]):
        first = origin + step * strides
        met = slice(bisect_left(offsets, -first), bisect_left(offsets, stack.input_shape[0] - first))
        from_samples = channels * (sums[met.stop] - sums[met.start])
        cell = Cell(step, 0)
        paths = stack.path_count(stack.depth, cell)
        from_biases = stack.monomial_count(stack.depth, cell) - paths
        if (paths, from_biases) == (from_samples, bias_ways):
            yield step


def _channel_choices(stack: Stack, level: int) -> int:
    """How many choices of channels there are on a way from ``level`` up, for one choice of taps."""
    return prod(shape[1] // layer.groups for layer, shape in _layers_above(stack, level))


def way_count(stack: Stack, level: int) -> int:
    """How many ways lead from ``level`` to one output of an endless stack."""
    return _channel_choices(stack, level) * prod(layer.kernel_size for layer, _ in _layers_above(stack, level))


def _bias_way_count(stack: Stack) -> int:
    """How many ways lead from a bias to one output of an endless stack."""
    return sum(way_count(stack, level) for level, layer in enumerate(stack.layers, 1) if layer.use_bias)


def _layers_above(stack: Stack, level: int) -> list[tuple[Conv1D, tuple[int, int]]]:
    return list(zip(stack.layers, stack.shapes[:-1], strict=True))[level:]


def _compose(network: Network) -> tuple[Scaled, Scaled]:
    """The effective kernel and bias as exact numbers, layer after layer from the last one down."""
    import numpy as np

    from convexplain.numbers.exact import Scaled, scaled

    stack, weights = network.stack, network.weights
    if weights is None:
        raise ValueError("numbers need weights. Received: a network without weights")
    filters = stack.shapes[-1][1]
    # What one output reads of a level: {step: (channels, filters)}, of the last level itself at first.
    reads: dict[int, np.ndarray] = {0: np.eye(filters, dtype=int).astype(object)}
    exponent = 0
    bias = Scaled(np.zeros(filters, dtype=object), 0)
    for layer, (steps, channels), arrays in zip(
        reversed(stack.layers), reversed(stack.shapes[:-1]), reversed(weights), strict=True
    ):
        if layer.use_bias:
            own = scaled(arrays[1])
            bias += Scaled(own.integers @ sum(reads.values()), own.exponent + exponent)
        kernel = scaled(arrays[0])
        spread = _over_all_channels(layer, kernel.integers, channels)
        below: dict[int, Any] = defaultdict(int)
        for step, coefficients in reads.items():
            for tap in range(layer.kernel_size):
                below[layer.source_step(steps, step, tap)] += spread[tap] @ coefficients
        reads, exponent = below, exponent + kernel.exponent
    first, last = min(reads), max(reads)
    nothing = np.zeros((stack.input_shape[1], filters), dtype=object)
    return Scaled(np.array([reads.get(step, nothing) for step in range(first, last + 1)]), exponent), bias


def _over_all_channels(layer: Conv1D, kernel: np.ndarray, channels: int) -> np.ndarray:
    """A grouped kernel as one over all ``channels``, with zeros where a filter does not read."""
    import numpy as np

    spread = np.zeros((layer.kernel_size, channels, layer.filters), dtype=object)
    filters = np.arange(layer.filters)
    for channel in range(channels // layer.groups):
        spread[:, layer.source_channel(channels, channel, filters), filters] = kernel[:, channel, :]
    return spread


def _to_float64(numbers: Scaled) -> np.ndarray:
    """Each exact number rounded once."""
    import numpy as np

    from convexplain.numbers.exact import as_fraction

    values = [float(as_fraction(integer, numbers.exponent)) for integer in numbers.integers.ravel().tolist()]
    return np.array(values).reshape(numbers.integers.shape)


def _spans(steps: tuple[int, ...]) -> str:
    """Steps in words: ``2 to 9``, ``none``."""
    runs: list[list[int]] = []
    for step in steps:
        if runs and step == runs[-1][1] + 1:
            runs[-1][1] = step
        else:
            runs.append([step, step])
    return ", ".join(str(first) if first == last else f"{first} to {last}" for first, last in runs) or "none"
