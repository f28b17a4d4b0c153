"""The gradient of a chain of convolutions in index notation, layer by layer from the last one down.

This module knows sympy and the index rule of a Conv1D, which it solves for the output step or the tap. The kernel that
is slid unflipped over the input is met again here, flipped: the gradient with respect to the input is a true
convolution.
"""

from __future__ import annotations

from sympy import Eq, Expr, Heaviside, IndexedBase, Integer, Max, Min, Mod, S, Sum, Symbol, ceiling, floor

from convexplain.algebra import symbols
from convexplain.graph import Graph, describe
from convexplain.layers import Conv1D
from convexplain.stack import Stack

_i = Symbol("i")


def chain(stack: Graph, letter: str, level: int) -> tuple[Eq, ...]:
    """The gradients from the last level down to an array of ``level``, or to the input where there is no letter.

    ``ValueError`` where the network is no chain of Conv1D layers with relu or no activation.
    """
    for number, layer in enumerate(stack.layers, stack.input_count):
        if not isinstance(layer, Conv1D) or layer.activation not in ("linear", "relu"):
            raise ValueError(
                "a gradient in index notation needs Conv1D layers, one after another, with relu or no activation. "
                f"Received: {describe(layer, number)}, {layer!r}. gradient(symbol)[...] gives it at one index"
            )
    if not isinstance(stack, Stack):
        raise ValueError(
            "a gradient in index notation needs a stack. Received: a graph. gradient(symbol)[...] gives it at one index"
        )
    found = [
        input_equation(stack.layers[n - 1], n, stack.shapes[n - 1], stack.depth) for n in range(stack.depth, 0, -1)
    ]
    if not letter:
        return tuple(found)
    write = kernel_equation if letter == "w" else bias_equation
    own = write(stack.layers[level - 1], level, stack.shapes[level - 1], stack.depth)
    return (*found[: stack.depth - level], own)


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
