"""Activations: as the ``activation=`` of any layer, and as layers of their own.

Each is one function from the value before it to the value after it. This module knows Keras's names and constants;
settings given as floats stand in the formulas as the float32 that Keras computes with. Where two parts of a maximum or
a minimum are equal the first one decides the slope: they are ordered so that slopes at corners are Keras's. Source:
``keras/src/activations/activations.py`` and ``keras/src/layers/activations/``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

from convexplain.layers.index import Index, Range
from convexplain.layers.layer import Array, Layer, array, axes, axis_of, check_float, quoted, settle, told
from convexplain.layers.statement import (
    Apply,
    Constant,
    Entry,
    Read,
    Shape,
    Value,
    as_value,
    largest,
    single,
    smallest,
    substitute,
    total,
)

Function: TypeAlias = "Callable[[Value, Range], Value]"

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805
_HALF, _TWO = as_value(Fraction(1, 2)), as_value(2)


def relu(z: Value, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Value:
    """z above the threshold, at most ``max_value``; below the threshold ``negative_slope * (z - threshold)``."""
    if threshold:
        above = z * Apply("heaviside", z - single(threshold))
        if max_value is not None:
            above = smallest(largest(0, above), single(max_value))
    elif max_value == 6:
        above = relu6(z)
    else:
        above = largest(0, z) if max_value is None else smallest(largest(0, z), single(max_value))
    if not negative_slope:
        return above
    bent = z - single(threshold) if threshold else z
    below = smallest(bent, 0) if max_value is None and not threshold else smallest(0, bent)
    return above + single(negative_slope) * below


def relu6(z: Value) -> Value:
    """z, but at least 0 and at most 6."""
    return smallest(6, largest(0, z))


def hard_sigmoid(z: Value) -> Value:
    """``relu6(z + 3) / 6``."""
    return relu6(z + 3) / 6


def elu(z: Value, alpha: float = 1.0) -> Value:
    """z where it is positive, else ``alpha * (exp(z) - 1)``."""
    bent = Apply("exp", smallest(z, 0)) - 1
    return largest(0, z) + (bent if alpha == 1 else single(alpha) * bent)


def selu(z: Value) -> Value:
    """elu, scaled; at 0 it has the slope of the part above."""
    bent = Apply("exp", smallest(0, z)) - 1
    return single(_SELU_SCALE) * (largest(z, 0) + single(_SELU_ALPHA) * bent)


def gelu(z: Value) -> Value:
    """z times the share of a normal distribution that lies below z."""
    return _HALF * z * (1 + Apply("erf", z * _TWO ** Fraction(-1, 2)))


def gelu_tanh(z: Value) -> Value:
    """The approximation of gelu by tanh."""
    inner = z + single(0.044715) * z**3
    return _HALF * z * (1 + Apply("tanh", (_TWO * Constant("pi") ** -1) ** Fraction(1, 2) * inner))


def softmax(z: Value, axis: Range) -> Value:
    """``exp(z)`` as a share of its sum along an axis."""
    return Apply("exp", z) / _exponentials(z, axis)


def log_softmax(z: Value, axis: Range) -> Value:
    """The logarithm of softmax."""
    return z - Apply("log", _exponentials(z, axis))


def _exponentials(z: Value, axis: Range) -> Value:
    other = Range("j", axis.size)
    return total((other,), Apply("exp", substitute(z, {axis.name: other})))


ACTIVATIONS: dict[str, Function] = {
    "linear": lambda z, axis: z,
    "relu": lambda z, axis: relu(z),
    "relu6": lambda z, axis: relu6(z),
    "leaky_relu": lambda z, axis: relu(z, negative_slope=0.2),
    "elu": lambda z, axis: elu(z),
    "selu": lambda z, axis: selu(z),
    "sigmoid": lambda z, axis: Apply("sigmoid", z),
    "tanh": lambda z, axis: Apply("tanh", z),
    "softplus": lambda z, axis: Apply("softplus", z),
    "softsign": lambda z, axis: z / (1 + largest(z, -z)),
    "silu": lambda z, axis: z * Apply("sigmoid", z),
    "gelu": lambda z, axis: gelu(z),
    "gelu_tanh": lambda z, axis: gelu_tanh(z),
    "hard_sigmoid": lambda z, axis: hard_sigmoid(z),
    "hard_silu": lambda z, axis: z * hard_sigmoid(z),
    "exponential": lambda z, axis: Apply("exp", z),
    "softmax": softmax,
    "log_softmax": log_softmax,
}
"""By Keras's name; ``gelu_tanh`` is Keras's ``gelu`` with ``approximate=True``. Each is given the value and the last
axis of the output."""

_ALIASES = {"swish": "silu", "hard_swish": "hard_silu"}


ALONG_AN_AXIS = frozenset({"softmax", "log_softmax"})
"""The activations for which one number is not enough: they read all numbers along an axis."""


def activated(name: str, z: Value, axis: Range) -> Value:
    """The activation of this name, applied to a value over an output whose last axis is ``axis``."""
    return ACTIVATIONS[name](z, axis)


def activation_name(activation: Any) -> str:
    """The name of a supported activation, from Keras's ``None``, string or function. ``ValueError`` for every other."""
    name = activation
    if activation is None:
        name = "linear"
    elif isinstance(activation, functools.partial) and activation.keywords == {"approximate": True}:
        name = "gelu_tanh" if not activation.args and activation_name(activation.func) == "gelu" else activation
    elif callable(activation) and str(getattr(activation, "__module__", "")).split(".")[0] == "keras":
        name = getattr(activation, "__name__", activation)
    if isinstance(name, str):
        name = _ALIASES.get(name, name)
    if not isinstance(name, str) or name not in ACTIVATIONS:
        shown = name if isinstance(name, str) else getattr(name, "__name__", type(name).__name__)
        from convexplain.names import nearest

        raise ValueError(
            f"activation must be one of None, {', '.join(map(repr, ACTIVATIONS))}. Received: activation={quoted(shown)}"
            + nearest(shown, ACTIVATIONS)
        )
    return name


class _Pointwise(Layer):
    """A layer that takes each number to a function of it."""

    is_affine = False

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        return self.function(Read(0, axes(shape)), shape)

    def function(self, z: Value, shape: Shape) -> Value:
        """The function, applied to the number it is asked for."""
        raise NotImplementedError


@dataclass(frozen=True, init=False, repr=False)
class Activation(Layer):
    """A Keras ``Activation`` layer: the activation of each number of the level below; the shape stays.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.Activation("tanh")])
    >>> stack.shapes[1]
    (4, 2)
    >>> cx.explain(stack)[0, 1]
    tanh(x[0, 1])

    ``ValueError`` for an unknown activation; it lists those that are known.
    """

    activation: str
    name: str | None = field(compare=False)

    def __init__(self, activation: Any, **ignored: Any) -> None:
        settle(self, ignored, activation=activation_name(activation))

    def __repr__(self) -> str:
        return f"Activation({self.activation!r})"

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        return Read(0, axes(shape))


@dataclass(frozen=True, init=False, repr=False)
class ReLU(_Pointwise):
    """A Keras ``ReLU`` layer: the number where it is positive, else 0; with ``max_value``, at most that. Below
    ``threshold`` it is ``negative_slope * (x - threshold)``. The shape stays.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.ReLU(max_value=6)])
    >>> stack.shapes[1]
    (4, 2)
    >>> cx.explain(stack)[0, 1]
    Min(6, Max(0, x[0, 1]))

    ``ValueError`` for a setting that is negative or not finite.
    """

    max_value: float | None
    negative_slope: float
    threshold: float
    name: str | None = field(compare=False)

    def __init__(self, max_value: Any = None, negative_slope: Any = 0.0, threshold: Any = 0.0, **ignored: Any) -> None:
        settle(
            self,
            ignored,
            max_value=None if max_value is None else check_float("max_value", max_value, 0),
            negative_slope=check_float("negative_slope", negative_slope, 0),
            threshold=check_float("threshold", threshold, 0),
        )

    def __repr__(self) -> str:
        return told(self, max_value=None, negative_slope=0.0, threshold=0.0)

    def function(self, z: Value, shape: Shape) -> Value:
        return relu(z, self.negative_slope, self.max_value, self.threshold)


@dataclass(frozen=True, init=False, repr=False)
class LeakyReLU(_Pointwise):
    """A Keras ``LeakyReLU`` layer: the number where it is positive, else ``negative_slope`` times it; the shape stays.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.LeakyReLU(0.25)])
    >>> stack.shapes[1]
    (4, 2)
    >>> cx.explain(stack)[0, 1]
    Max(0, x[0, 1]) + Min(0, x[0, 1])/4

    ``ValueError`` for a slope that is negative or not finite.
    """

    negative_slope: float
    name: str | None = field(compare=False)

    def __init__(self, negative_slope: Any = 0.3, **ignored: Any) -> None:
        settle(self, ignored, negative_slope=check_float("negative_slope", negative_slope, 0))

    def __repr__(self) -> str:
        return told(self, negative_slope=0.3)

    def function(self, z: Value, shape: Shape) -> Value:
        return relu(z, self.negative_slope)


@dataclass(frozen=True, init=False, repr=False)
class PReLU(_Pointwise):
    """A Keras ``PReLU`` layer: a slope of its own, ``alpha``, for what is negative, shared along ``shared_axes``.
    Weights: alpha, the shape of the input, 1 along the shared axes; the shape stays.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.PReLU(shared_axes=[1])])
    >>> stack.shapes[1]
    (4, 2)
    >>> cx.explain(stack)[0, 1]      # one slope per channel
    alpha1[1]*Min(0, x[0, 1]) + Max(0, x[0, 1])

    ``ValueError`` for ``shared_axes`` that the input has not.
    """

    shared_axes: tuple[int, ...] | None
    name: str | None = field(compare=False)
    knows_order = True

    def __init__(
        self,
        alpha_initializer: Any = "Zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **ignored: Any,
    ) -> None:
        given = shared_axes if isinstance(shared_axes, (list, tuple)) else [shared_axes]
        if shared_axes is not None and not all(type(axis) is int and axis > 0 for axis in given):
            raise ValueError(
                f"shared_axes must be axes of the input, 1 or 2. Received: shared_axes={quoted(repr(shared_axes))}"
            )
        settle(self, ignored, shared_axes=None if shared_axes is None else tuple(given))

    def __repr__(self) -> str:
        return told(self, shared_axes=None)

    def _own(self, shape: Shape) -> list[int]:
        """The axes along which the slopes are not shared."""
        shared = {axis_of("shared_axes", axis, shape) for axis in self.shared_axes or ()}
        return [place for place in range(len(shape)) if place not in shared]

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        self._own(shape)
        return shape

    def arrays(self, shape: Shape) -> tuple[Array, ...]:  # type: ignore[override]
        own = self._own(shape)
        sizes = tuple(size if place in own else 1 for place, size in enumerate(shape))
        return (array("alpha", "alpha", *sizes, indexed=tuple(shape[place] for place in own) or (1,)),)

    def function(self, z: Value, shape: Shape) -> Value:
        places = axes(shape)
        indices = tuple(places[place] for place in self._own(shape)) or (Index(0),)
        return largest(0, z) + Entry("alpha", indices) * smallest(0, z)


@dataclass(frozen=True, init=False, repr=False)
class ELU(_Pointwise):
    """A Keras ``ELU`` layer: the number where it is positive, else ``alpha * (exp(x) - 1)``; the shape stays.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.ELU()])
    >>> stack.shapes[1]
    (4, 2)
    >>> cx.explain(stack)[0, 1]
    exp(Min(0, x[0, 1])) + Max(0, x[0, 1]) - 1

    ``ValueError`` for an ``alpha`` that is not finite.
    """

    alpha: float
    name: str | None = field(compare=False)

    def __init__(self, alpha: Any = 1.0, **ignored: Any) -> None:
        settle(self, ignored, alpha=check_float("alpha", alpha))

    def __repr__(self) -> str:
        return told(self, alpha=1.0)

    def function(self, z: Value, shape: Shape) -> Value:
        return elu(z, self.alpha)


@dataclass(frozen=True, init=False, repr=False)
class Softmax(_Pointwise):
    """A Keras ``Softmax`` layer: ``exp(x)`` as a share of its sum along one axis; the shape stays.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.Softmax()])
    >>> stack.shapes[1]
    (4, 2)
    >>> cx.explain(stack)[0, 1]
    exp(x[0, 1])/(exp(x[0, 0]) + exp(x[0, 1]))

    ``ValueError`` for an ``axis`` that the input has not, and for several axes.
    """

    axis: int
    name: str | None = field(compare=False)
    knows_order = True

    def __init__(self, axis: Any = -1, **ignored: Any) -> None:
        one = axis[0] if isinstance(axis, (list, tuple)) and len(axis) == 1 else axis
        if isinstance(one, bool) or not isinstance(one, int):
            raise ValueError(f"axis must be one axis of the input. Received: axis={quoted(repr(axis))}")
        settle(self, ignored, axis=one)

    def __repr__(self) -> str:
        return told(self, axis=-1)

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        axis_of("axis", self.axis, shape)
        return shape

    def function(self, z: Value, shape: Shape) -> Value:
        return softmax(z, axes(shape)[axis_of("axis", self.axis, shape)])
