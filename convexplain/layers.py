"""The layers a stack is made of, and the one rule that says which sample meets which tap.

This module knows integers and Keras's arguments; it knows nothing of weights, arrays, formulas or pictures. A layer
tells, for one output cell, which terms are added: everything else in the package multiplies symbols, multiplies numbers
or lights cells over those same terms. Where a size may be a sympy symbol (see :func:`convexplain.equation`), the same
lines of arithmetic serve it.
"""

from __future__ import annotations

import operator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

ACTIVATIONS = ("linear", "relu")
PADDINGS = ("valid", "same", "causal")


class Cell(NamedTuple):
    """One number of a feature map: its step (time) and its channel."""

    step: Any
    channel: Any


class Term(NamedTuple):
    """One product of an output cell: which entry of the kernel array meets which cell of the level below.

    ``weight`` is (tap, channel within the group, filter), Keras's own index into ``kernel``. ``padded`` says that the
    source step lies outside the input, where Keras reads a zero: such a term is drawn, and drops out of the formula.
    """

    weight: tuple[Any, Any, Any]
    source: Cell
    padded: bool


@dataclass(frozen=True, init=False, repr=False)
class Conv1D:
    """A Keras ``Conv1D`` layer: what decides its result, with Keras's argument names, order and defaults.

    ``y[t, f] = act(b[f] + sum over k, c of w[k, c, f] * x[t*strides + k*dilation_rate - left_pad, c])``, a
    cross-correlation: the kernel is not flipped. Kernel shape (taps, channels // groups, filters), bias shape
    (filters,), input (steps, channels), output (steps, filters).

    Arguments that do not change the result (initializers, regularizers, constraints, ``trainable``, ...) are accepted
    and dropped, so that a Keras definition becomes a record by changing the prefix. What Keras refuses raises a
    ``ValueError`` that says what is required and what was received.

    >>> Conv1D(4, 5, use_bias=False).output_shape((20, 1))     # (steps, channels)
    (16, 4)
    >>> Conv1D(8, 3, strides=2, padding="same").output_shape((20, 4))
    (10, 8)

    Source: ``keras/src/layers/convolutional/base_conv.py`` and ``keras/src/ops/operation_utils.py``.
    """

    filters: Any
    kernel_size: Any
    strides: Any
    padding: str
    data_format: str
    dilation_rate: Any
    groups: int
    activation: str
    use_bias: bool
    name: str | None = field(compare=False)
    """For messages and tables only; two layers that differ in it are equal."""

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        groups: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        *,
        name: str | None = None,
        trainable: Any = None,
        dtype: Any = None,
        autocast: Any = None,
        input_shape: Any = None,
        batch_input_shape: Any = None,
    ) -> None:
        settings = {
            "filters": check_size("filters", filters),
            "kernel_size": check_size("kernel_size", kernel_size),
            "strides": check_size("strides", strides),
            "padding": _choice("padding", padding, PADDINGS),
            "data_format": _choice(
                "data_format",
                "channels_last" if data_format is None else data_format,
                ("channels_last", "channels_first"),
            ),
            "dilation_rate": check_size("dilation_rate", dilation_rate),
            "groups": check_size("groups", groups),
            "activation": activation_name(activation),
            "use_bias": bool(use_bias),
            "name": name if name is None else str(name),
        }
        for key, value in settings.items():
            object.__setattr__(self, key, value)
        if dtype is not None and _dtype_name(dtype) != "float32":
            raise ValueError(
                f"dtype must be float32, the only one that is explained. Received: dtype={quoted(_dtype_name(dtype))}"
            )
        integers = all(isinstance(value, int) for value in (self.strides, self.dilation_rate))
        if integers and self.strides > 1 and self.dilation_rate > 1:
            raise ValueError(
                "strides > 1 together with dilation_rate > 1 is refused by Keras: at least one of them must be 1. "
                f"Received: strides={self.strides}, dilation_rate={self.dilation_rate}"
            )
        if is_symbolic(self.groups):
            raise ValueError(f"groups must be a number, not a symbol. Received: groups={self.groups}")
        if not is_symbolic(self.filters) and self.filters % self.groups:
            raise ValueError(
                f"filters must be a multiple of groups. Received: filters={self.filters}, groups={self.groups}"
            )

    def __repr__(self) -> str:
        defaults = {"strides": 1, "padding": "valid", "data_format": "channels_last", "dilation_rate": 1, "groups": 1}
        defaults |= {"activation": "linear", "use_bias": True}
        changed = [f"{key}={getattr(self, key)!r}" for key, value in defaults.items() if getattr(self, key) != value]
        return f"Conv1D({', '.join([str(self.filters), str(self.kernel_size), *changed])})"

    @property
    def span(self) -> Any:
        """Steps from the first sample a window reads to the last, both included: ``(kernel_size - 1) * dilation_rate
        + 1``.
        """
        return (self.kernel_size - 1) * self.dilation_rate + 1

    @property
    def is_linear(self) -> bool:
        """Whether the layer is an affine map, that is, has no activation."""
        return self.activation == "linear"

    def output_steps(self, steps: Any) -> Any:
        """The number of output steps for ``steps`` input steps; not positive when a valid window does not fit."""
        if self.padding == "same":
            return _ceil_div(steps, self.strides)
        if self.padding == "causal":
            return (steps - 1) // self.strides + 1
        return (steps - self.span) // self.strides + 1

    def left_pad(self, steps: Any) -> Any:
        """How many zeros stand before the first sample. The odd zero of ``same`` goes to the right."""
        if self.padding == "same":
            total = (self.output_steps(steps) - 1) * self.strides + self.span - steps
            # With stride 1 the total is span - 1, which needs no clamp even when it is a symbol.
            return (total if self.strides == 1 else _largest(total, 0)) // 2
        return self.span - 1 if self.padding == "causal" else 0

    def source_step(self, steps: Any, step: Any, tap: Any) -> Any:
        """The input step that ``tap`` reads for output ``step``: the index rule, for integers, arrays and symbols
        alike.
        """
        return step * self.strides - self.left_pad(steps) + tap * self.dilation_rate

    def source_channel(self, channels: Any, channel: Any, filter: Any) -> Any:
        """The input channel that ``channel`` of a filter's own kernel reads: the filters of a group share that
        group's channels.
        """
        if self.groups == 1:
            return channel
        return filter // (self.filters // self.groups) * (channels // self.groups) + channel

    def output_shape(self, shape: tuple[int, int]) -> tuple[int, int]:
        """(steps, channels) of the output for an input of ``shape`` (steps, channels). ``ValueError`` where Keras
        refuses to build.
        """
        steps, channels = shape
        if channels % self.groups:
            raise ValueError(
                "the number of input channels must be a multiple of groups. "
                f"Received: channels={channels}, groups={self.groups}"
            )
        if self.output_steps(steps) <= 0:
            raise ValueError(
                f"the input must be at least as long as the span of the kernel, {self.span} steps, when padding is "
                f"'valid'. Received: steps={steps}, kernel_size={self.kernel_size}, dilation_rate={self.dilation_rate}"
            )
        return self.output_steps(steps), self.filters

    def weight_shapes(self, channels: int) -> tuple[tuple[int, ...], ...]:
        """The shapes of Keras's ``layer.get_weights()``: kernel (taps, channels // groups, filters), then bias
        (filters,) if any.
        """
        kernel = (self.kernel_size, channels // self.groups, self.filters)
        return (kernel, (self.filters,)) if self.use_bias else (kernel,)

    def terms(self, shape: tuple[int, int], cell: Cell) -> tuple[Term, ...]:
        """The products that are added for output ``cell``, channel by channel, tap by tap. ``shape`` is the input's."""
        steps, channels = shape
        step, filter = cell
        sources = [self.source_step(steps, step, tap) for tap in range(self.kernel_size)]
        return tuple(
            Term(
                (tap, channel, filter),
                Cell(source, self.source_channel(channels, channel, filter)),
                not 0 <= source < steps,
            )
            for channel in range(channels // self.groups)
            for tap, source in enumerate(sources)
        )


def is_symbolic(value: Any) -> bool:
    """Whether a size is a sympy expression with symbols in it."""
    return bool(getattr(value, "free_symbols", None))


def check_size(argument: str, value: Any) -> Any:
    """A positive integer, from an integer or a tuple of one as Keras takes it, or a symbol that may stand for one."""
    received = value
    if isinstance(value, (tuple, list)) and len(value) == 1:
        (value,) = value
    if is_symbolic(value):
        if value.is_integer is False or value.is_positive is False:
            raise ValueError(
                f"{argument} must be a positive integer. Received: {argument}={quoted(received)}, which cannot be one"
            )
        return value
    try:
        number = None if isinstance(value, bool) or type(value).__name__ == "bool" else operator.index(value)
    except TypeError:
        number = None
    if number is None or number <= 0:
        raise ValueError(f"{argument} must be a positive integer. Received: {argument}={quoted(repr(received))}")
    return number


def quoted(text: Any, limit: int = 40) -> str:
    """A name from outside, for an error message: escaped, in quotes, and no longer than ``limit`` characters."""
    text = str(text)
    short = text if len(text) <= limit else text[: limit - 3] + "..."
    return ascii(short)


def activation_name(activation: Any) -> str:
    """The name of a supported activation, from Keras's ``None``, string or function. ``ValueError`` for every other."""
    name = activation
    if activation is None:
        name = "linear"
    elif callable(activation) and str(getattr(activation, "__module__", "")).split(".")[0] == "keras":
        name = getattr(activation, "__name__", activation)
    if not isinstance(name, str) or name not in ACTIVATIONS:
        shown = name if isinstance(name, str) else getattr(name, "__name__", type(name).__name__)
        raise ValueError(f"activation must be one of None, 'linear', 'relu'. Received: activation={quoted(shown)}")
    return name


def _dtype_name(dtype: Any) -> str:
    """Keras's name of a dtype or dtype policy."""
    return str(getattr(dtype, "name", dtype))


def _choice(argument: str, value: Any, choices: tuple[str, ...]) -> str:
    """One of Keras's words, which it takes in any case."""
    if not isinstance(value, str) or value.lower() not in choices:
        raise ValueError(
            f"{argument} must be one of {', '.join(map(repr, choices))}. Received: {argument}={quoted(value)}"
        )
    return value.lower()


def _ceil_div(dividend: Any, divisor: Any) -> Any:
    """The quotient rounded up, of integers or symbols."""
    if divisor == 1:
        return dividend
    if is_symbolic(dividend) or is_symbolic(divisor):
        from sympy import ceiling

        return ceiling(dividend / divisor)
    return -(-dividend // divisor)


def _largest(value: Any, bound: int) -> Any:
    """The larger of an integer or symbolic value and an integer."""
    if is_symbolic(value):
        from sympy import Max

        return Max(value, bound)
    return max(value, bound)
