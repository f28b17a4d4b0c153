"""Dense: every output reads every channel, step by step where there is a time axis."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from convexplain.layers.functions import activation_name
from convexplain.layers.index import Range
from convexplain.layers.layer import Array, Layer, array, axes, check_size, settle, told
from convexplain.layers.statement import Entry, Read, Shape, Value, total


@dataclass(frozen=True, init=False, repr=False)
class Dense(Layer):
    """A Keras ``Dense`` layer, ``y[t, f] = act(b[f] + sum over c of w[c, f] * x[t, c])``; without t where the level
    below has no time axis. Kernel (channels, units), bias (units,), output (steps, units) or (units,).

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.Dense(3)])
    >>> stack.shapes[1]
    (4, 3)
    >>> cx.explain(stack)[0, 2]
    b1[2] + w1[0, 2]*x[0, 0] + w1[1, 2]*x[0, 1]

    ``ValueError`` for an argument that Keras refuses.
    """

    units: int
    activation: str
    use_bias: bool
    name: str | None = field(compare=False)
    knows_order = True

    def __init__(
        self,
        units: Any,
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
        settle(
            self,
            ignored,
            units=check_size("units", units),
            activation=activation_name(activation),
            use_bias=bool(use_bias),
        )

    def __repr__(self) -> str:
        return told(self, ("units",), activation="linear", use_bias=True)

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        return (*shape[:-1], self.units)

    def arrays(self, shape: Shape) -> tuple[Array, ...]:  # type: ignore[override]
        kernel = array("w", "kernel", shape[-1], self.units)
        return (kernel, array("b", "bias", self.units)) if self.use_bias else (kernel,)

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        *steps, f = axes(self.output_shape(shape))
        c = Range("c", shape[-1])
        sums = total((c,), Entry("w", (c, f)) * Read(0, (*steps, c)))
        return Entry("b", (f,)) + sums if self.use_bias else sums
