"""Pooling: the largest number or the mean of a window, or of all steps.

Keras pads a maximum with minus infinity and divides a mean by the number of real samples: what is absent is left out.
Source: ``keras/src/layers/pooling/``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from convexplain.layers.index import Range
from convexplain.layers.layer import Layer, axes, check_size, choice, data_format_of, settle, timed, told
from convexplain.layers.statement import Largest, Present, Read, Shape, Value, as_value, total
from convexplain.layers.window import Window


class _Pooling(Window):
    pool_size: int
    data_format: str
    taps_argument = "pool_size"

    @property
    def kernel_size(self) -> int:
        """The taps of the window: ``pool_size``."""
        return self.pool_size

    def _settle(self, pool_size: Any, strides: Any, padding: Any, data_format: Any, given: dict[str, Any]) -> None:
        size = check_size("pool_size", pool_size)
        settle(
            self,
            given,
            pool_size=size,
            strides=size if strides is None else check_size("strides", strides),
            padding=choice("padding", padding, ("valid", "same")),
            data_format=data_format_of(data_format),
        )

    def __repr__(self) -> str:
        return told(self, ("pool_size",), strides=self.pool_size, padding="valid", data_format="channels_last")

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        timed(type(self).__name__, shape)
        return self.steps_that_fit(shape), shape[1]

    def _window(self, shape: Shape) -> tuple[Range, Read]:
        t, f = axes(self.output_shape(shape))
        k = Range("k", self.pool_size)
        return k, Read(0, (self.source_step(shape[0], t, k), f))


@dataclass(frozen=True, init=False, repr=False)
class MaxPooling1D(_Pooling):
    """A Keras ``MaxPooling1D`` layer: the largest number of each window, padding left out; (steps, channels) to (steps,
    channels). ``strides`` is ``pool_size`` when not given.

    >>> import convexplain as cx
    >>> stack = cx.Stack((5, 1), [cx.MaxPooling1D(2)])
    >>> stack.shapes[1]
    (2, 1)
    >>> cx.explain(stack)[1, 0]
    Max(x[2, 0], x[3, 0])

    ``ValueError`` for an argument that Keras refuses, and where the window is longer than the input.
    """

    pool_size: int
    strides: int
    padding: str
    data_format: str
    name: str | None = field(compare=False)
    is_affine = False

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **ignored: Any,
    ) -> None:
        self._settle(pool_size, strides, padding, data_format, {**ignored, "name": name})

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        k, source = self._window(shape)
        return Largest((k,), (source,))


@dataclass(frozen=True, init=False, repr=False)
class AveragePooling1D(_Pooling):
    """A Keras ``AveragePooling1D`` layer: the mean of the real samples of each window; (steps, channels) to (steps,
    channels). ``strides`` is ``pool_size`` when not given.

    >>> import convexplain as cx
    >>> stack = cx.Stack((5, 1), [cx.AveragePooling1D(2, padding='same')])
    >>> stack.shapes[1]
    (3, 1)
    >>> cx.explain(stack)[2, 0]      # the last window holds one sample
    x[4, 0]

    ``ValueError`` for an argument that Keras refuses, and where the window is longer than the input.
    """

    pool_size: int
    strides: int
    padding: str
    data_format: str
    name: str | None = field(compare=False)

    def __init__(
        self,
        pool_size: Any,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **ignored: Any,
    ) -> None:
        self._settle(pool_size, strides, padding, data_format, {**ignored, "name": name})

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        k, source = self._window(shape)
        if any(self.pads(shape[0])):
            return total((k,), source) / total((k,), Present(source))
        return as_value(Fraction(1, self.pool_size)) * total((k,), source)


class _Global(Layer):
    data_format: str
    keepdims: bool

    def _settle(self, data_format: Any, keepdims: Any, given: dict[str, Any]) -> None:
        settle(self, given, data_format=data_format_of(data_format), keepdims=bool(keepdims))

    def __repr__(self) -> str:
        return told(self, data_format="channels_last", keepdims=False)

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        _, channels = timed(type(self).__name__, shape)
        return (1, channels) if self.keepdims else (channels,)

    def _all(self, shape: Shape) -> tuple[Range, Read]:
        k = Range("k", shape[0])
        return k, Read(0, (k, axes(self.output_shape(shape))[-1]))


@dataclass(frozen=True, init=False, repr=False)
class GlobalMaxPooling1D(_Global):
    """A Keras ``GlobalMaxPooling1D`` layer: the largest number of each channel; (steps, channels) to (channels,), or
    with ``keepdims`` to (1, channels). Where several are the largest, its gradient here goes to the first one;
    TensorFlow shares it equally among them. (With MaxPooling1D it goes to the first one in both.)

    >>> import convexplain as cx
    >>> stack = cx.Stack((3, 2), [cx.GlobalMaxPooling1D()])
    >>> stack.shapes[1]
    (2,)
    >>> cx.explain(stack)[1]
    Max(x[0, 1], x[1, 1], x[2, 1])

    ``ValueError`` for an input without a time axis.
    """

    data_format: str
    keepdims: bool
    name: str | None = field(compare=False)
    is_affine = False

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **ignored: Any) -> None:
        self._settle(data_format, keepdims, ignored)

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        k, source = self._all(shape)
        return Largest((k,), (source,))


@dataclass(frozen=True, init=False, repr=False)
class GlobalAveragePooling1D(_Global):
    """A Keras ``GlobalAveragePooling1D`` layer: the mean of each channel; (steps, channels) to (channels,), or with
    ``keepdims`` to (1, channels).

    >>> import convexplain as cx
    >>> stack = cx.Stack((3, 2), [cx.GlobalAveragePooling1D()])
    >>> stack.shapes[1]
    (2,)
    >>> cx.explain(stack)[1]
    x[0, 1]/3 + x[1, 1]/3 + x[2, 1]/3

    ``ValueError`` for an input without a time axis.
    """

    data_format: str
    keepdims: bool
    name: str | None = field(compare=False)

    def __init__(self, data_format: str | None = None, keepdims: bool = False, **ignored: Any) -> None:
        self._settle(data_format, keepdims, ignored)

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        k, source = self._all(shape)
        return as_value(Fraction(1, shape[0])) * total((k,), source)
