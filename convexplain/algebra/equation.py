"""One layer in index notation: the equation a paper would print.

This module knows sympy and a layer's index rule, which it applies to symbols instead of numbers; it knows nothing of stacks or weights.
Padding enters as limits of the tap sum, never as a Piecewise, which sympy leaves unevaluated in long sums.
"""

from __future__ import annotations

from typing import Any

from sympy import Eq, Expr, Max, Min, Sum, Symbol, ceiling, floor, sympify

from convexplain.algebra import symbols
from convexplain.layers import Conv1D, is_symbolic

_t, _f, _k, _c = symbols.t, symbols.f, symbols.k, symbols.c


def layer_equation(layer: Conv1D, number: int, steps: Any, channels: Any) -> Eq:
    """``Eq(y[t, f], act(Sum(w[k, c, f]*x[..., ...], (c, ...), (k, ...)) + b[f]))`` for layer ``number`` on (steps, channels)."""
    source = symbols.output(number - 1)[
        layer.source_step(steps, _t, _k), layer.source_channel(channels, _c, _f)
    ]
    kernel = symbols.kernel(number)[_k, _c, _f]
    value: Expr = Sum(
        kernel * source,
        (_c, 0, channels // layer.groups - 1),
        (_k, *tap_limits(layer, steps)),
    )
    if layer.use_bias:
        value += symbols.bias(number)[_f]
    return Eq(symbols.output(number)[_t, _f], symbols.activate(layer.activation, value), evaluate=False)


def tap_limits(layer: Conv1D, steps: Any) -> tuple[Expr, Expr]:
    """The first and last tap that read a real sample for output step t: all of them where no window reaches into the padding.

    They are the index rule solved for the tap, 0 <= source_step <= steps - 1, and clamped so that an empty range reads from k to
    k - 1: sympy gives reversed limits the opposite sign.
    """
    first, last = sympify(0), sympify(layer.kernel_size) - 1
    origin = layer.source_step(steps, _t, 0)
    if _may_be_positive(layer.left_pad(steps)):
        first = Max(0, ceiling(-origin / sympify(layer.dilation_rate)))
    if layer.padding != "valid" and _reaches_past_the_end(layer, steps):
        last = Min(last, floor((steps - 1 - origin) / sympify(layer.dilation_rate)))
    if first != 0:
        first = Min(first, layer.kernel_size)
    if last != layer.kernel_size - 1:
        last = Max(last, first - 1)
    return first, last


def _may_be_positive(size: Any) -> bool:
    return size != 0


def _reaches_past_the_end(layer: Conv1D, steps: Any) -> bool:
    """Whether some window reads a step after the last sample; taken for granted where sizes are symbols."""
    sizes = (steps, layer.kernel_size, layer.strides, layer.dilation_rate)
    if any(is_symbolic(size) for size in sizes):
        return layer.padding == "same"
    return layer.source_step(steps, layer.output_steps(steps) - 1, layer.kernel_size - 1) > steps - 1
