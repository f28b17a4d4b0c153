"""Normalisations at inference: BatchNormalization, LayerNormalization, and Rescaling.

Source: ``keras/src/layers/normalization/`` and ``keras/src/layers/preprocessing/rescaling.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from typing import Any

from convexplain.layers.index import Range
from convexplain.layers.layer import Array, Layer, array, axes, axis_of, check_float, settle, told
from convexplain.layers.statement import Entry, Read, Shape, Value, as_value, single, substitute, total
from convexplain.names import quoted

_ROOT = Fraction(-1, 2)


@dataclass(frozen=True, init=False, repr=False)
class BatchNormalization(Layer):
    """A Keras ``BatchNormalization`` layer at inference: with the mean and the variance it has learnt.

    ``y[t, c] = gamma[c] * (x[t, c] - mean[c]) / sqrt(var[c] + epsilon) + beta[c]``; the shape stays. Weights: gamma,
    beta, mean and variance, (channels,) each, or as many as ``axis`` has places.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.BatchNormalization(epsilon=0.5)])
    >>> stack.shapes[1]
    (4, 2)
    >>> cx.explain(stack)[0, 1]
    (-mean1[1] + x[0, 1])*gamma1[1]/sqrt(var1[1] + 1/2) + beta1[1]

    ``ValueError`` for an ``axis`` that the input has not, an ``epsilon`` that is negative or not finite, and
    ``renorm=True``.
    """

    axis: int
    epsilon: float
    center: bool
    scale: bool
    name: str | None = field(compare=False)
    knows_order = True

    def __init__(
        self,
        axis: Any = -1,
        momentum: Any = 0.99,
        epsilon: Any = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        renorm: bool = False,
        renorm_clipping: Any = None,
        renorm_momentum: Any = 0.99,
        synchronized: bool = False,
        **ignored: Any,
    ) -> None:
        if renorm:
            raise ValueError(f"renorm must be False: it is not explained. Received: renorm={quoted(renorm)}")
        settle(
            self,
            ignored,
            axis=_axis(axis),
            epsilon=check_float("epsilon", epsilon, least=0),
            center=bool(center),
            scale=bool(scale),
        )

    def __repr__(self) -> str:
        return told(self, axis=-1, epsilon=0.001, center=True, scale=True)

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        axis_of("axis", self.axis, shape)
        return shape

    def arrays(self, shape: Shape) -> tuple[Array, ...]:  # type: ignore[override]
        size = shape[axis_of("axis", self.axis, shape)]
        return (
            *((array("gamma", "gamma", size),) if self.scale else ()),
            *((array("beta", "beta", size),) if self.center else ()),
            array("mean", "moving mean", size),
            array("var", "moving variance", size),
        )

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        places = axes(shape)
        at = (places[axis_of("axis", self.axis, shape)],)
        apart = Read(0, places) - Entry("mean", at)
        return _scaled_and_shifted(self, apart * (Entry("var", at) + single(self.epsilon)) ** _ROOT, at)


@dataclass(frozen=True, init=False, repr=False)
class LayerNormalization(Layer):
    """A Keras ``LayerNormalization`` layer: each step with the mean and the variance of its own numbers.

    ``y[t, c] = gamma[c] * (x[t, c] - m[t]) / sqrt(v[t] + epsilon) + beta[c]``, m the mean of x[t, j] over j, v that of
    ``(x[t, j] - m[t])**2``; the shape stays. Weights: gamma and beta, (channels,) each, or of the shape of ``axis``.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.LayerNormalization(epsilon=0.5, scale=False)])
    >>> stack.shapes[1]
    (4, 2)
    >>> cx.explain(stack)[0, 1]
    (-x[0, 0]/2 + x[0, 1]/2)/sqrt((-x[0, 0]/2 + x[0, 1]/2)**2/2 + (x[0, 0]/2 - x[0, 1]/2)**2/2 + 1/2) + beta1[1]

    ``ValueError`` for an ``axis`` that the input has not, an ``epsilon`` that is negative or not finite, and
    ``rms_scaling=True``.
    """

    axis: tuple[int, ...]
    epsilon: float
    center: bool
    scale: bool
    name: str | None = field(compare=False)
    knows_order = True
    is_affine = False

    def __init__(
        self,
        axis: Any = -1,
        epsilon: Any = 0.001,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        *,
        rms_scaling: bool = False,
        **ignored: Any,
    ) -> None:
        if rms_scaling:
            raise ValueError(f"rms_scaling must be False: it is not explained. Received: rms_scaling={rms_scaling!r}")
        settle(
            self,
            ignored,
            axis=tuple(map(_axis, axis)) if isinstance(axis, (list, tuple)) else (_axis(axis),),
            epsilon=check_float("epsilon", epsilon, least=0),
            center=bool(center),
            scale=bool(scale),
        )

    def __repr__(self) -> str:
        return told(self, axis=(-1,), epsilon=0.001, center=True, scale=True)

    def _places(self, shape: Shape) -> list[int]:
        places = sorted(axis_of("axis", axis, shape) for axis in self.axis)
        if not places or len(set(places)) != len(places):
            raise ValueError(f"axis must be distinct axes of the input. Received: axis={list(self.axis)}")
        return places

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        self._places(shape)
        return shape

    def arrays(self, shape: Shape) -> tuple[Array, ...]:  # type: ignore[override]
        sizes = tuple(shape[place] for place in self._places(shape))
        return (
            *((array("gamma", "gamma", *sizes),) if self.scale else ()),
            *((array("beta", "beta", *sizes),) if self.center else ()),
        )

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        own, at = axes(shape), tuple(axes(shape)[place] for place in self._places(shape))
        share = as_value(Fraction(1, prod(r.size for r in at)))
        x = Read(0, own)

        def mean(value: Value, names: str) -> Value:
            over = tuple(Range(name, r.size) for name, r in zip(names, at, strict=False))
            inside = substitute(value, {r.name: other for r, other in zip(at, over, strict=True)})
            return share * total(over, inside)

        apart = x - mean(x, "ji")
        return _scaled_and_shifted(self, apart * (mean(apart**2, "cd") + single(self.epsilon)) ** _ROOT, at)


@dataclass(frozen=True, init=False, repr=False)
class Rescaling(Layer):
    """A Keras ``Rescaling`` layer: ``scale * x + offset``; the shape stays.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.Rescaling(0.5, offset=1)])
    >>> stack.shapes[1]
    (4, 2)
    >>> cx.explain(stack)[0, 1]
    x[0, 1]/2 + 1

    ``ValueError`` for a number that is not finite.
    """

    scale: float
    offset: float
    name: str | None = field(compare=False)

    def __init__(self, scale: Any, offset: Any = 0.0, **ignored: Any) -> None:
        settle(self, ignored, scale=check_float("scale", scale), offset=check_float("offset", offset))

    def __repr__(self) -> str:
        return told(self, ("scale",), offset=0.0)

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        scaled = single(self.scale) * Read(0, axes(shape))
        return scaled + single(self.offset) if self.offset else scaled


def _axis(axis: Any) -> int:
    if isinstance(axis, bool) or not isinstance(axis, int):
        raise ValueError(f"axis must be an axis of the input. Received: axis={quoted(axis)}")
    return axis


def _scaled_and_shifted(layer: Any, value: Value, at: tuple[Range, ...]) -> Value:
    scaled = Entry("gamma", at) * value if layer.scale else value
    return scaled + Entry("beta", at) if layer.center else scaled
