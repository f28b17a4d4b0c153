"""Activations as layers of their own.

This module knows Keras's arguments; the functions stand in :mod:`convexplain.layers.functions`. Source:
``keras/src/layers/activations/``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from convexplain.layers.functions import activation_name, elu, relu, softmax
from convexplain.layers.index import Index
from convexplain.layers.layer import Array, Layer, array, axes, axis_of, check_float, settle, told
from convexplain.layers.statement import Entry, Read, Shape, Value, largest, smallest
from convexplain.names import quoted


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
                f"shared_axes must be axes of the input, 1 or 2. Received: shared_axes={quoted(shared_axes)}"
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
            raise ValueError(f"axis must be one axis of the input. Received: axis={quoted(axis)}")
        settle(self, ignored, axis=one)

    def __repr__(self) -> str:
        return told(self, axis=-1)

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        axis_of("axis", self.axis, shape)
        return shape

    def function(self, z: Value, shape: Shape) -> Value:
        return softmax(z, axes(shape)[axis_of("axis", self.axis, shape)])
