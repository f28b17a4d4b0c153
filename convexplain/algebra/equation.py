"""One layer in index notation: the equation a paper would print.

This module knows sympy and a layer's index rule, which it applies to symbols instead of numbers; it knows nothing of
stacks or weights. Padding enters as limits of the tap sum, never as a Piecewise, which sympy leaves unevaluated in long
sums.
"""

from __future__ import annotations

from typing import Any

from sympy import Eq, Expr, Max, Min, Sum, ceiling, floor, sympify

from convexplain.algebra import symbols
from convexplain.layers import Conv1D, check_size, is_symbolic

INDICES = {"t": "the output step", "f": "the filter", "k": "the tap", "c": "the channel"}


def equation(layer: Conv1D, steps: Any, channels: Any) -> Eq:
    """One layer on an input of (``steps``, ``channels``) in index notation; any size may be a sympy symbol.

    >>> import convexplain as cx
    >>> from sympy.abc import n, C, F, K
    >>> cx.equation(cx.Conv1D(F, K), steps=n, channels=C)
    Eq(y1[t, f], b1[f] + Sum(w1[k, c, f]*x[k + t, c], (c, 0, C - 1), (k, 0, K - 1)))

    ``ValueError`` for a size that is neither a positive integer nor a symbol that may be one, for one that is named as
    an index (t, f, k, c), and where Keras refuses the layer on this input.
    """
    if not isinstance(layer, Conv1D):
        raise ValueError(f"an equation needs a convexplain.Conv1D. Received: {type(layer).__name__}")
    steps, channels = check_size("steps", steps), check_size("channels", channels)
    named = {"filters": layer.filters, "kernel_size": layer.kernel_size, "strides": layer.strides}
    named |= {"dilation_rate": layer.dilation_rate, "steps": steps, "channels": channels}
    symbolic = {argument: size for argument, size in named.items() if is_symbolic(size)}
    for argument, size in symbolic.items():
        for taken in sorted(INDICES.keys() & {symbol.name for symbol in size.free_symbols}):
            raise ValueError(
                f"{argument} must not be written with the symbol {taken}, which is {INDICES[taken]}. "
                f"Received: {argument}={size}"
            )
    if not symbolic:
        layer.output_shape((steps, channels))
    return layer_equation(layer, 1, steps, channels)


def layer_equation(layer: Conv1D, number: int, steps: Any, channels: Any) -> Eq:
    """``Eq(y[t, f], act(Sum(w[k, c, f]*x[..., ...], (c, ...), (k, ...)) + b[f]))`` for layer ``number`` on (steps,
    channels)."""
    t, f, k, c = symbols.t, symbols.f, symbols.k, symbols.c
    source = symbols.output(number - 1)[layer.source_step(steps, t, k), layer.source_channel(channels, c, f)]
    # sympy would write floor(C) for the channels of a single group.
    own_channels = channels if layer.groups == 1 else channels // layer.groups
    value: Expr = Sum(
        symbols.kernel(number)[k, c, f] * source, (c, 0, own_channels - 1), (k, *tap_limits(layer, steps))
    )
    if layer.use_bias:
        value += symbols.bias(number)[f]
    return Eq(symbols.output(number)[t, f], symbols.activate(layer.activation, value), evaluate=False)


def tap_limits(layer: Conv1D, steps: Any) -> tuple[Expr, Expr]:
    """The first and last tap that read a real sample for output step t: 0 and K - 1 where no window reaches into the
    padding.

    They are the index rule solved for the tap, ``0 <= source_step <= steps - 1``. Where a window jumps over all of the
    samples the range reads from k to k - 1, which sympy sums to zero; it is never reversed further, as the first tap of
    a window stands at most at the last sample and its last tap at least at the first one.
    """
    last = sympify(layer.kernel_size) - 1
    origin = layer.source_step(steps, symbols.t, 0)
    dilation = sympify(layer.dilation_rate)
    # The quotients are whole when there is no dilation, and a step is written without assumptions: no rounding then.
    up, down = (ceiling, floor) if dilation != 1 else (sympify, sympify)
    first = Max(0, up((-origin / dilation).expand())) if layer.left_pad(steps) else sympify(0)
    if _reaches_past_the_end(layer, steps):
        last = Min(last, down(((steps - 1 - origin) / dilation).expand()))
    return first, last


def _reaches_past_the_end(layer: Conv1D, steps: Any) -> bool:
    """Whether some window reads a step after the last sample; taken for granted for ``same`` with symbols as sizes."""
    if any(is_symbolic(size) for size in (steps, layer.kernel_size, layer.strides, layer.dilation_rate)):
        return layer.padding == "same"
    return layer.source_step(steps, layer.output_steps(steps) - 1, layer.kernel_size - 1) > steps - 1
