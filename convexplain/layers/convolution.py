"""Convolutions: Conv1D, depthwise and separable.

This module knows integers and Keras's arguments; it knows nothing of weights, formulas or pictures. Keras's
convolutions are cross-correlations: no kernel is flipped. Source: ``keras/src/layers/convolutional/`` and
``keras/src/ops/operation_utils.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from convexplain.layers.functions import activation_name
from convexplain.layers.index import Range
from convexplain.layers.layer import (
    Array,
    Cell,
    Term,
    array,
    axes,
    check_size,
    choice,
    data_format_of,
    is_symbolic,
    settle,
    timed,
    told,
)
from convexplain.layers.statement import Entry, Read, Shape, Value, total
from convexplain.layers.window import Window


class Convolution(Window):
    """A window with weights: each of its settings is checked, and told, in one way for all of these layers."""

    paddings: ClassVar[tuple[str, ...]] = ("valid", "same")

    def _settle(self, given: dict[str, Any], **settings: Any) -> None:
        checked = {key: _CHECKS[key](key, value) for key, value in settings.items() if key != "padding"}
        settle(self, given, padding=choice("padding", settings["padding"], self.paddings), **checked)

    def __repr__(self) -> str:
        required = [key for key in ("filters", "kernel_size") if hasattr(self, key)]
        return told(self, required, **{key: value for key, value in _DEFAULTS.items() if hasattr(self, key)})


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    **dict.fromkeys(("filters", "kernel_size", "strides", "dilation_rate", "groups", "depth_multiplier"), check_size),
    "output_padding": lambda key, value: None if value is None else check_size(key, value, 0),
    "data_format": lambda _, value: data_format_of(value),
    "activation": lambda _, value: activation_name(value),
    "use_bias": lambda _, value: bool(value),
}
_DEFAULTS = {
    "strides": 1,
    "padding": "valid",
    "output_padding": None,
    "data_format": "channels_last",
    "dilation_rate": 1,
    "groups": 1,
    "depth_multiplier": 1,
    "activation": "linear",
    "use_bias": True,
}


@dataclass(frozen=True, init=False, repr=False)
class Conv1D(Convolution):
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
    paddings = ("valid", "same", "causal")

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
        self._settle(
            {"name": name, "dtype": dtype},
            filters=filters,
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            groups=groups,
            activation=activation,
            use_bias=use_bias,
        )
        refuse_strides_with_dilation(self)
        if is_symbolic(self.groups):
            raise ValueError(f"groups must be a number, not a symbol. Received: groups={self.groups}")
        if not is_symbolic(self.filters) and self.filters % self.groups:
            raise ValueError(
                f"filters must be a multiple of groups. Received: filters={self.filters}, groups={self.groups}"
            )

    def source_channel(self, channels: Any, channel: Any, filter: Any) -> Any:
        """The input channel that ``channel`` of a filter's own kernel reads, of ``channels`` in all: the filters of a
        group share that group's channels.

        >>> Conv1D(6, 3, groups=2).source_channel(4, 1, filter=5)      # filters 3 to 5 read channels 2 and 3
        3
        """
        if self.groups == 1:
            return channel
        return filter // (self.filters // self.groups) * (channels // self.groups) + channel

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        """(steps, filters) of the output for an input of ``shape`` (steps, channels).

        >>> Conv1D(8, 5, strides=2).output_shape((20, 4))
        (8, 8)

        ``ValueError`` where the window does not fit, and where groups do not divide the channels.
        """
        _, channels = timed("Conv1D", shape)
        if not is_symbolic(channels) and channels % self.groups:
            raise ValueError(
                "the number of input channels must be a multiple of groups. "
                f"Received: channels={channels}, groups={self.groups}"
            )
        return self.steps_that_fit(shape), self.filters

    def arrays(self, shape: Shape) -> tuple[Array, ...]:  # type: ignore[override]
        """Kernel (taps, channels // groups, filters), then bias (filters,) if any.

        >>> [array.shape for array in Conv1D(6, 3, groups=2).arrays((20, 4))]
        [(3, 2, 6), (6,)]
        """
        # sympy would write floor(C) for the channels of a single group.
        own = shape[-1] if self.groups == 1 else shape[-1] // self.groups
        return with_bias(self, self.filters, array("w", "kernel", self.kernel_size, own, self.filters))

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        steps, channels = shape
        t, f = Range("t", self.output_steps(steps)), Range("f", self.filters)
        c, k = Range("c", self.arrays(shape)[0].shape[1]), Range("k", self.kernel_size)
        source = Read(0, (self.source_step(steps, t, k), self.source_channel(channels, c, f)))
        return biased(self, total((c, k), Entry("w", (k, c, f)) * source), f)

    def terms(self, shape: tuple[int, int], cell: Cell) -> tuple[Term, ...]:
        """The products that are added for output ``cell``, channel by channel, tap by tap. ``shape`` is the input's.

        >>> [term.weight for term in Conv1D(8, 2).terms((20, 2), Cell(0, 5))]          # (tap, channel, filter)
        [(0, 0, 5), (1, 0, 5), (0, 1, 5), (1, 1, 5)]
        """
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


@dataclass(frozen=True, init=False, repr=False)
class DepthwiseConv1D(Convolution):
    """A Keras ``DepthwiseConv1D`` layer: each channel has ``depth_multiplier`` kernels of its own.

    ``y[t, c*M + m] = act(b[c*M + m] + sum over k of d[k, c, m] * x[t*strides + k*dilation_rate - left_pad, c])``, M the
    ``depth_multiplier``. Kernel (taps, channels, M), bias (channels * M,), input (steps, channels), output (steps,
    channels * M).

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.DepthwiseConv1D(2, use_bias=False)])
    >>> stack.shapes[1]
    (3, 2)
    >>> cx.explain(stack)[0, 1]      # channel 1 meets its own kernel alone
    d1[0, 1, 0]*x[0, 1] + d1[1, 1, 0]*x[1, 1]

    ``ValueError`` for an argument that Keras refuses, and where the window is longer than the input.
    """

    kernel_size: int
    strides: int
    padding: str
    depth_multiplier: int
    data_format: str
    dilation_rate: int
    activation: str
    use_bias: bool
    name: str | None = field(compare=False)

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        depth_multiplier: Any = 1,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **ignored: Any,
    ) -> None:
        self._settle(
            ignored,
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            depth_multiplier=depth_multiplier,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            use_bias=use_bias,
        )

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        _, channels = timed("DepthwiseConv1D", shape)
        return self.steps_that_fit(shape), channels * self.depth_multiplier

    def arrays(self, shape: Shape) -> tuple[Array, ...]:  # type: ignore[override]
        channels, multiplier = shape[-1], self.depth_multiplier
        kernel = array("d", "kernel", self.kernel_size, channels, multiplier)
        return with_bias(self, channels * multiplier, kernel)

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        t, f = axes(self.output_shape(shape))
        channel, copy = f // self.depth_multiplier, f % self.depth_multiplier
        return biased(self, _depthwise(self, shape[0], t, channel, copy), f)


@dataclass(frozen=True, init=False, repr=False)
class SeparableConv1D(Convolution):
    """A Keras ``SeparableConv1D`` layer: a depthwise convolution, then a pointwise one, with one bias at the end.

    ``y[t, f] = act(b[f] + sum over c, m of p[c*M + m, f] * (sum over k of d[k, c, m] * x[..., c]))``. Depthwise kernel
    (taps, channels, M), pointwise kernel (1, channels * M, filters), bias (filters,), output (steps, filters).

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.SeparableConv1D(1, 2, use_bias=False)])
    >>> stack.shapes[1]
    (3, 1)
    >>> cx.explain(stack)[0, 0]
    (d1[0, 0, 0]*x[0, 0] + d1[1, 0, 0]*x[1, 0])*p1[0, 0] + (d1[0, 1, 0]*x[0, 1] + d1[1, 1, 0]*x[1, 1])*p1[1, 0]

    ``ValueError`` for an argument that Keras refuses, and where the window is longer than the input.
    """

    filters: int
    kernel_size: int
    strides: int
    padding: str
    data_format: str
    dilation_rate: int
    depth_multiplier: int
    activation: str
    use_bias: bool
    name: str | None = field(compare=False)

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **ignored: Any,
    ) -> None:
        self._settle(
            ignored,
            filters=filters,
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            depth_multiplier=depth_multiplier,
            activation=activation,
            use_bias=use_bias,
        )

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        timed("SeparableConv1D", shape)
        return self.steps_that_fit(shape), self.filters

    def arrays(self, shape: Shape) -> tuple[Array, ...]:  # type: ignore[override]
        channels, multiplier = shape[-1], self.depth_multiplier
        pointwise = (channels * multiplier, self.filters)
        return with_bias(
            self,
            self.filters,
            array("d", "depthwise kernel", self.kernel_size, channels, multiplier),
            array("p", "pointwise kernel", 1, *pointwise, indexed=pointwise),
        )

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        t, f = axes(self.output_shape(shape))
        c, m = Range("c", shape[1]), Range("m", self.depth_multiplier)
        pointwise = Entry("p", (c * self.depth_multiplier + m, f))
        return biased(self, total((c, m), pointwise * _depthwise(self, shape[0], t, c, m)), f)


def _depthwise(layer: DepthwiseConv1D | SeparableConv1D, steps: int, t: Range, channel: Any, copy: Any) -> Value:
    """One channel met by one of its own kernels."""
    k = Range("k", layer.kernel_size)
    return total((k,), Entry("d", (k, channel, copy)) * Read(0, (layer.source_step(steps, t, k), channel)))


def with_bias(layer: Any, filters: Any, *arrays: Array) -> tuple[Array, ...]:
    """The arrays of a layer, its bias at the end if it has one."""
    return (*arrays, array("b", "bias", filters)) if layer.use_bias else arrays


def biased(layer: Any, sums: Value, f: Range) -> Value:
    """The sums of a layer with its bias, if it has one."""
    return Entry("b", (f,)) + sums if layer.use_bias else sums


def refuse_strides_with_dilation(layer: Any) -> None:
    """``ValueError`` for what only some of Keras's layers can do at once."""
    integers = all(isinstance(value, int) for value in (layer.strides, layer.dilation_rate))
    if integers and layer.strides > 1 and layer.dilation_rate > 1:
        raise ValueError(
            "strides > 1 together with dilation_rate > 1 is refused by Keras: at least one of them must be 1. "
            f"Received: strides={layer.strides}, dilation_rate={layer.dilation_rate}"
        )
