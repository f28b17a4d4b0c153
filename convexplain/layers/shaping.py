"""Layers that only move numbers: padding, cropping, upsampling, reshaping, and those that do nothing at inference.

Source: ``keras/src/layers/reshaping/`` and ``keras/src/layers/regularization/``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import Any

from convexplain.layers.layer import (
    Layer,
    axes,
    check_float,
    check_pair,
    check_size,
    data_format_of,
    settle,
    timed,
    told,
)
from convexplain.layers.statement import Read, Shape, Value
from convexplain.names import quoted


class _Moved(Layer):
    """A layer each of whose numbers is one of the level below."""


@dataclass(frozen=True, init=False, repr=False)
class ZeroPadding1D(_Moved):
    """A Keras ``ZeroPadding1D`` layer: zeros before and after the steps; ``padding`` is how many, or (before, after).

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 1), [cx.ZeroPadding1D((2, 1))])
    >>> stack.shapes[1]
    (7, 1)
    >>> cx.explain(stack)[2, 0]      # the first sample; outputs 0 and 1 are 0
    x[0, 0]

    ``ValueError`` for an argument that Keras refuses.
    """

    padding: tuple[int, int]
    data_format: str
    name: str | None = field(compare=False)

    def __init__(self, padding: Any = 1, data_format: str | None = None, **ignored: Any) -> None:
        settle(self, ignored, padding=check_pair("padding", padding), data_format=data_format_of(data_format))

    def __repr__(self) -> str:
        return told(self, ("padding",), data_format="channels_last")

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        steps, channels = timed("ZeroPadding1D", shape)
        return steps + sum(self.padding), channels

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        t, f = axes(self.output_shape(shape))
        return Read(0, (t - self.padding[0], f))


@dataclass(frozen=True, init=False, repr=False)
class Cropping1D(_Moved):
    """A Keras ``Cropping1D`` layer: steps left out at both ends; ``cropping`` is how many, or (before, after).

    >>> import convexplain as cx
    >>> stack = cx.Stack((6, 1), [cx.Cropping1D((2, 1))])
    >>> stack.shapes[1]
    (3, 1)
    >>> cx.explain(stack)[0, 0]
    x[2, 0]

    ``ValueError`` for an argument that Keras refuses, and where no step would be left.
    """

    cropping: tuple[int, int]
    name: str | None = field(compare=False)
    knows_order = True

    def __init__(self, cropping: Any = (1, 1), **ignored: Any) -> None:
        settle(self, ignored, cropping=check_pair("cropping", cropping))

    def __repr__(self) -> str:
        return told(self, ("cropping",))

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        steps, channels = timed("Cropping1D", shape)
        if sum(self.cropping) >= steps:
            raise ValueError(
                f"cropping must leave a step of the input. Received: steps={steps}, cropping={self.cropping}"
            )
        return steps - sum(self.cropping), channels

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        t, f = axes(self.output_shape(shape))
        return Read(0, (t + self.cropping[0], f))


@dataclass(frozen=True, init=False, repr=False)
class UpSampling1D(_Moved):
    """A Keras ``UpSampling1D`` layer: every step ``size`` times.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 1), [cx.UpSampling1D(2)])
    >>> stack.shapes[1]
    (8, 1)
    >>> cx.explain(stack)[3, 0]
    x[1, 0]

    ``ValueError`` for an argument that Keras refuses.
    """

    size: int
    name: str | None = field(compare=False)
    knows_order = True

    def __init__(self, size: Any = 2, **ignored: Any) -> None:
        settle(self, ignored, size=check_size("size", size))

    def __repr__(self) -> str:
        return told(self, ("size",))

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        steps, channels = timed("UpSampling1D", shape)
        return steps * self.size, channels

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        t, f = axes(self.output_shape(shape))
        return Read(0, (t // self.size, f))


class _Reshaped(_Moved):
    """The same numbers in the same order, in another shape."""

    knows_order = True

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        *leading, f = axes(self.output_shape(shape))
        place = leading[0] * f.size + f if leading else f
        return Read(0, (place // shape[-1], place % shape[-1]) if len(shape) == 2 else (place,))


@dataclass(frozen=True, init=False, repr=False)
class Flatten(_Reshaped):
    """A Keras ``Flatten`` layer: step after step in one row; (steps, channels) to (steps * channels,). With
    ``data_format="channels_first"`` it is the same, for Keras puts the channels last before it flattens.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.Flatten()])
    >>> stack.shapes[1]
    (8,)
    >>> cx.explain(stack)[3]
    x[1, 1]

    ``ValueError`` for an unknown ``data_format``.
    """

    data_format: str
    name: str | None = field(compare=False)
    knows_order = False

    def __init__(self, data_format: str | None = None, **ignored: Any) -> None:
        settle(self, ignored, data_format=data_format_of(data_format))

    def __repr__(self) -> str:
        return told(self, data_format="channels_last")

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        return (prod(shape),)


@dataclass(frozen=True, init=False, repr=False)
class Reshape(_Reshaped):
    """A Keras ``Reshape`` layer, to (steps, channels) or (features,); one of them may be -1: what is left.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.Reshape((2, -1))])
    >>> stack.shapes[1]
    (2, 4)
    >>> cx.explain(stack)[1, 0]
    x[2, 0]

    ``ValueError`` for a ``target_shape`` of other numbers, or of another size than the input.
    """

    target_shape: tuple[int, ...]
    name: str | None = field(compare=False)

    def __init__(self, target_shape: Any, **ignored: Any) -> None:
        sizes = tuple(target_shape) if isinstance(target_shape, (list, tuple)) else ()
        if len(sizes) not in (1, 2) or not all(type(size) is int and (size > 0 or size == -1) for size in sizes):
            raise ValueError(
                "target_shape must be (steps, channels) or (features,), one of them -1 at most. "
                f"Received: target_shape={quoted(target_shape)}"
            )
        if sizes.count(-1) > 1:
            raise ValueError(f"target_shape must hold -1 once at most. Received: target_shape={sizes}")
        settle(self, ignored, target_shape=sizes)

    def __repr__(self) -> str:
        return told(self, ("target_shape",))

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        known = prod(size for size in self.target_shape if size != -1)
        numbers = prod(shape)
        if numbers % known or (-1 not in self.target_shape and numbers != known):
            raise ValueError(
                f"target_shape must hold as many numbers as the input. Received: target_shape={self.target_shape}, "
                f"an input of {shape}"
            )
        return tuple(numbers // known if size == -1 else size for size in self.target_shape)


@dataclass(frozen=True, init=False, repr=False)
class Permute(_Moved):
    """A Keras ``Permute`` layer: steps and channels exchanged, for ``dims=(2, 1)``.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.Permute((2, 1))])
    >>> stack.shapes[1]
    (2, 4)
    >>> cx.explain(stack)[1, 3]
    x[3, 1]

    ``ValueError`` for ``dims`` that are not the axes of the input, counted from 1.
    """

    dims: tuple[int, ...]
    name: str | None = field(compare=False)
    knows_order = True

    def __init__(self, dims: Any, **ignored: Any) -> None:
        given = tuple(dims) if isinstance(dims, (list, tuple)) else ()
        whole = all(type(axis) is int for axis in given)
        if not given or not whole or sorted(given) != list(range(1, len(given) + 1)):
            raise ValueError(f"dims must hold 1, 2, ... once each. Received: dims={quoted(dims)}")
        settle(self, ignored, dims=given)

    def __repr__(self) -> str:
        return told(self, ("dims",))

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        if len(self.dims) != len(shape):
            raise ValueError(f"dims must hold one number per axis of the input. Received: {self.dims} for {shape}")
        return tuple(shape[axis - 1] for axis in self.dims)

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        output = axes(self.output_shape(shape))
        return Read(0, tuple(output[self.dims.index(axis + 1)] for axis in range(len(shape))))


@dataclass(frozen=True, init=False, repr=False)
class RepeatVector(_Moved):
    """A Keras ``RepeatVector`` layer: the same features at each of ``n`` steps; (features,) to (n, features).

    >>> import convexplain as cx
    >>> stack = cx.Stack((4,), [cx.RepeatVector(3)])
    >>> stack.shapes[1]
    (3, 4)
    >>> cx.explain(stack)[2, 1]
    x[1]

    ``ValueError`` for an ``n`` that is no positive integer, and for an input with a time axis.
    """

    n: int
    name: str | None = field(compare=False)
    knows_order = True

    def __init__(self, n: Any, **ignored: Any) -> None:
        settle(self, ignored, n=check_size("n", n))

    def __repr__(self) -> str:
        return told(self, ("n",))

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        if len(shape) != 1:
            raise ValueError(f"RepeatVector needs an input of (features,). Received: {shape}")
        return self.n, shape[0]

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        return Read(0, axes(self.output_shape(shape))[1:])


class _Unchanged(Layer):
    """A layer that does nothing at inference."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        return Read(0, axes(shape))


def _rate(argument: str, value: Any) -> None:
    if not 0 <= check_float(argument, value) <= 1:
        raise ValueError(f"{argument} must be from 0 to 1. Received: {argument}={quoted(value)}")


@dataclass(frozen=True, init=False, repr=False)
class Identity(_Unchanged):
    """A Keras ``Identity`` layer: what comes in goes out.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.Identity()])
    >>> stack.shapes[1]
    (4, 2)
    >>> cx.explain(stack)[0, 1]
    x[0, 1]
    """

    name: str | None = field(compare=False)

    def __init__(self, **ignored: Any) -> None:
        settle(self, ignored)


@dataclass(frozen=True, init=False, repr=False)
class Dropout(_Unchanged):
    """A Keras ``Dropout`` layer: nothing at inference.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.Dropout(0.5)])
    >>> stack.shapes[1]
    (4, 2)
    >>> cx.explain(stack)[0, 1]
    x[0, 1]

    ``ValueError`` for a ``rate`` outside 0 to 1.
    """

    name: str | None = field(compare=False)

    def __init__(self, rate: Any, noise_shape: Any = None, seed: Any = None, **ignored: Any) -> None:
        _rate("rate", rate)
        settle(self, ignored)


@dataclass(frozen=True, init=False, repr=False)
class SpatialDropout1D(_Unchanged):
    """A Keras ``SpatialDropout1D`` layer: nothing at inference.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.SpatialDropout1D(0.5)])
    >>> stack.shapes[1]
    (4, 2)
    >>> cx.explain(stack)[0, 1]
    x[0, 1]

    ``ValueError`` for a ``rate`` outside 0 to 1.
    """

    name: str | None = field(compare=False)

    def __init__(self, rate: Any, seed: Any = None, name: str | None = None, dtype: Any = None, **ignored: Any) -> None:
        _rate("rate", rate)
        settle(self, {**ignored, "name": name, "dtype": dtype})


@dataclass(frozen=True, init=False, repr=False)
class AlphaDropout(_Unchanged):
    """A Keras ``AlphaDropout`` layer: nothing at inference.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.AlphaDropout(0.5)])
    >>> stack.shapes[1]
    (4, 2)
    >>> cx.explain(stack)[0, 1]
    x[0, 1]

    ``ValueError`` for a ``rate`` outside 0 to 1.
    """

    name: str | None = field(compare=False)

    def __init__(self, rate: Any, noise_shape: Any = None, seed: Any = None, **ignored: Any) -> None:
        _rate("rate", rate)
        settle(self, ignored)


@dataclass(frozen=True, init=False, repr=False)
class GaussianDropout(_Unchanged):
    """A Keras ``GaussianDropout`` layer: nothing at inference.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.GaussianDropout(0.5)])
    >>> stack.shapes[1]
    (4, 2)
    >>> cx.explain(stack)[0, 1]
    x[0, 1]

    ``ValueError`` for a ``rate`` outside 0 to 1.
    """

    name: str | None = field(compare=False)

    def __init__(self, rate: Any, seed: Any = None, **ignored: Any) -> None:
        _rate("rate", rate)
        settle(self, ignored)


@dataclass(frozen=True, init=False, repr=False)
class GaussianNoise(_Unchanged):
    """A Keras ``GaussianNoise`` layer: nothing at inference.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.GaussianNoise(0.5)])
    >>> stack.shapes[1]
    (4, 2)
    >>> cx.explain(stack)[0, 1]
    x[0, 1]

    ``ValueError`` for a ``stddev`` outside 0 to 1.
    """

    name: str | None = field(compare=False)

    def __init__(self, stddev: Any, seed: Any = None, **ignored: Any) -> None:
        _rate("stddev", stddev)
        settle(self, ignored)


@dataclass(frozen=True, init=False, repr=False)
class ActivityRegularization(_Unchanged):
    """A Keras ``ActivityRegularization`` layer: nothing at inference.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.ActivityRegularization(l2=0.1)])
    >>> stack.shapes[1]
    (4, 2)
    >>> cx.explain(stack)[0, 1]
    x[0, 1]

    ``ValueError`` for a number that is not finite.
    """

    name: str | None = field(compare=False)

    def __init__(self, l1: Any = 0.0, l2: Any = 0.0, **ignored: Any) -> None:
        check_float("l1", l1)
        check_float("l2", l2)
        settle(self, ignored)
