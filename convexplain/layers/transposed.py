"""The transposed convolution: the one layer of Keras in which the kernel is met flipped.

This module knows integers and Keras's arguments; it knows nothing of weights, formulas or pictures. Source:
``keras/src/layers/convolutional/base_conv_transpose.py`` and ``keras/src/backend/common/backend_utils.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from convexplain.layers.convolution import Convolution, biased, refuse_strides_with_dilation, with_bias
from convexplain.layers.index import Range
from convexplain.layers.layer import Array, array, axes, ceil_div, timed
from convexplain.layers.statement import Entry, Read, Shape, Value, total


@dataclass(frozen=True, init=False, repr=False)
class Conv1DTranspose(Convolution):
    """A Keras ``Conv1DTranspose`` layer: each input step adds its kernel, scaled, to the output.

    ``y[u, f] = act(b[f] + sum over t, k with t*strides + k*dilation_rate - left_pad = u, and c, of w[k, f, c] * x[t,
    c])``. Kernel (taps, filters, channels), bias (filters,), input (steps, channels), output (steps, filters). Written
    here by the taps that meet output step u: with strides s, those are ``(u + left_pad) % s``, that plus s, and so on.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 1), [cx.Conv1DTranspose(1, 3, strides=2, use_bias=False)])
    >>> stack.shapes[1]
    (9, 1)
    >>> cx.explain(stack)[2, 0]      # taps count down while steps count up: a true convolution
    w1[0, 0, 0]*x[1, 0] + w1[2, 0, 0]*x[0, 0]

    ``ValueError`` for an argument that Keras refuses, and with padding "same" where the span of the kernel is even and
    no ``output_padding`` is given.
    """

    filters: int
    kernel_size: int
    strides: int
    padding: str
    output_padding: int | None
    data_format: str
    dilation_rate: int
    activation: str
    use_bias: bool
    name: str | None = field(compare=False)

    def __init__(
        self,
        filters: Any,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        output_padding: Any = None,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **ignored: Any,
    ) -> None:
        self._settle(
            ignored,
            filters=filters,
            kernel_size=kernel_size,
            strides=strides,
            padding=padding,
            output_padding=output_padding,
            data_format=data_format,
            dilation_rate=dilation_rate,
            activation=activation,
            use_bias=use_bias,
        )
        refuse_strides_with_dilation(self)
        if self.output_padding is not None and self.output_padding >= self.strides:
            raise ValueError(
                "output_padding must be less than strides. "
                f"Received: output_padding={self.output_padding}, strides={self.strides}"
            )

    def output_steps(self, steps: Any) -> Any:
        """The number of output steps for ``steps`` input steps.

        >>> Conv1DTranspose(1, 3, strides=2).output_steps(4)
        9
        """
        if self.padding == "valid":
            extra = max(self.strides - self.span, 0) if self.output_padding is None else self.output_padding
            return (steps - 1) * self.strides + self.span + extra
        if self.output_padding is None:
            return steps * self.strides
        return (steps - 1) * self.strides + self.span % 2 + self.output_padding

    def left_pad(self, steps: Any) -> Any:
        """How many steps of the full result stand before the first output.

        >>> Conv1DTranspose(1, 4, strides=2, padding="same").left_pad(4)
        1
        """
        if self.padding == "valid":
            return 0
        outputs = self.output_steps(steps)
        return max((ceil_div(outputs, self.strides) - 1) * self.strides + self.span - outputs, 0) // 2

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        steps, _ = timed("Conv1DTranspose", shape)
        outputs = self.output_steps(steps)
        if self.padding == "same" and ceil_div(outputs, self.strides) != steps:
            raise ValueError(
                "with padding 'same', a span of the kernel that is even needs an output_padding of at least 1. "
                f"Received: kernel_size={self.kernel_size}, output_padding={self.output_padding}"
            )
        return outputs, self.filters

    def arrays(self, shape: Shape) -> tuple[Array, ...]:  # type: ignore[override]
        return with_bias(self, self.filters, array("w", "kernel", self.kernel_size, self.filters, shape[-1]))

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        t, f = axes(self.output_shape(shape))
        # Output t takes from input step (t + left_pad - k*dilation_rate) / strides, where that is whole.
        c, k = Range("c", shape[1]), Range("k", ceil_div(self.kernel_size, self.strides))
        place = t + self.left_pad(shape[0])
        tap = place % self.strides + k * self.strides
        source = Read(0, (place // self.strides - k * self.dilation_rate, c))
        return biased(self, total((c, k), Entry("w", (tap, f, c)) * source), f)
