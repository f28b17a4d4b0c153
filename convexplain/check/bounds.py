"""How far any correct float32 computation of a layer may lie from the exact numbers, from the layer's own statement.

This module knows how float32 rounds and how accurately a library's functions are stated to be; it knows no kind of
layer, and not who computes. It is the analysis of Higham, Accuracy and Stability of Numerical Algorithms, chapter 3,
over every record of a statement. A number that is computed is a sum of products of what was given, each product off by
at most n factors of 1 + d, abs(d) <= u = 2**-24: whatever the order of the sums, with FMA or without, and with products
of sums multiplied out or not, for n counts the most roundings that one product can meet. So it lies within
``gamma_n * size`` of the exact number, gamma_n = n*u/(1 - n*u), where ``size`` is the same sum of absolute values. A
quotient, a root or a function of a number that is known to within its bound is known to within the image of that bound,
and to within the library's accuracy.

Where all numbers lie on a grid of whole multiples of a power of two, and float32 holds 24 bits above it, nothing is
rounded: the bound is zero, and the answer must be equal bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from convexplain.layers.layer import Layer, Stated, stated
from convexplain.layers.statement import Apply, Power, Shape
from convexplain.layers.statement import walk as parts_of
from convexplain.numbers import walk
from convexplain.numbers.enclosure import LIBRARY_BITS, enclose
from convexplain.numbers.exact import ROUNDOFF_BITS, SMALLEST_NORMAL

FUNCTION_ULPS = {"exp": 8, "log": 8, "tanh": 12, "erf": 14, "sigmoid": 12, "softplus": 16}
"""How many units in the last place a library's float32 functions may be off; a result below the smallest normal number
may be zero. No less than what is documented, and about twice what was met: see :data:`ACCURACY`."""
QUOTIENT_ULPS, ROOT_ULPS, RECIPROCAL_ROOT_ULPS = 2, 2, 6
"""The same for 1/z, the root of z and its reciprocal."""
ACCURACY = {
    "exp": "1.3 met on all float32 numbers in TensorFlow 2.21 on a CPU; JAX's page on numerical accuracy states 1.5",
    "log": "3.1 met on all float32 numbers in TensorFlow 2.21 on a CPU; JAX's page on numerical accuracy states 1.5",
    "tanh": "5.6 met on all float32 numbers in TensorFlow 2.21 on a CPU; JAX's page on numerical accuracy states 5",
    "erf": "5.3 met on all float32 numbers in TensorFlow 2.21 on a CPU; JAX's page on numerical accuracy states 7",
    "sigmoid": "6.1 met on all float32 numbers in TensorFlow 2.21 on a CPU; Eigen's headers state 4.5",
    "softplus": "6.9 met on all float32 numbers in TensorFlow 2.21 on a CPU; JAX's page states 3 for log1p",
    "1/z": "Eigen's headers state 2, by a step of Newton's method",
    "sqrt": "Eigen's headers state 2, by a step of Newton's method",
    "1/sqrt": "3.4 met of rsqrt in TensorFlow 2.21 on a CPU; Eigen's headers state 2",
}
"""Where the accuracy of each function is stated, in units in the last place."""
_ULPS = {**FUNCTION_ULPS, "1/z": QUOTIENT_ULPS, "sqrt": ROOT_ULPS, "1/sqrt": RECIPROCAL_ROOT_ULPS}

_U = 2.0**-ROUNDOFF_BITS
_TINY = 2.0**SMALLEST_NORMAL
_LARGEST = float(np.finfo(np.float32).max)
# float64 rounds too: per rounding of float32 there is one of float64, of 2**-53, when the values here are worked out.
_OWN_ROUNDING = 2.0**-50
_HIGHEST_GRID = 100
_SLACK = 1 + 2.0**-40


def functions(whole: Stated) -> set[str]:
    """The functions, quotients and roots in a statement whose float32 values a library gives: names of
    :data:`ACCURACY`.
    """
    found = set()
    for part in parts_of(whole.value):
        if isinstance(part, Apply) and part.function in FUNCTION_ULPS:
            found.add(part.function)
        elif isinstance(part, Power) and not (part.exponent.denominator == 1 and part.exponent > 0):
            names = {Fraction(-1): "1/z", Fraction(1, 2): "sqrt", Fraction(-1, 2): "1/sqrt"}
            found.add(names[part.exponent])
    return found


def assumptions(used: set[str]) -> tuple[str, ...]:
    """What is taken for granted of some functions, a sentence each: their accuracy, and where it is stated."""
    told = [
        f"{name} in float32 is right to {_ULPS[name]} units in the last place ({ACCURACY[name]})"
        for name in ACCURACY
        if name in used
    ]
    if used & set(FUNCTION_ULPS):
        told.append(
            f"the C library's float64 functions, which enclose the exact values, are right to {LIBRARY_BITS} bits: it "
            "states errors of a few units in the last place of 53"
        )
    return tuple(told)


class Form(NamedTuple):
    """A statement and the numbers it is of: its arrays by letter, as they are indexed, and the levels it reads."""

    stated: Stated
    arrays: Mapping[str, np.ndarray]
    inputs: tuple[np.ndarray, ...]


class Outcome(NamedTuple):
    """What a form gives: the exact numbers, to within float64's own rounding where they are not on a grid, and how far
    a float32 computation may lie from them. The bound is infinite where it may leave float32's range, or divide by
    zero.
    """

    value: np.ndarray
    bound: np.ndarray


def form(layer: Layer, weights: Sequence[Any], inputs: Sequence[np.ndarray], shapes: Sequence[Shape]) -> Form:
    """A layer with ``weights`` as in Keras's ``layer.get_weights()``, on ``inputs`` of ``shapes``, each with a batch
    before it or none.
    """
    arrays = {
        array.letter: np.asarray(values).reshape(array.indexed)
        for array, values in zip(layer.arrays(*shapes), weights, strict=True)
    }
    return Form(stated(layer, *shapes), arrays, tuple(map(np.asarray, inputs)))


def outcome(form: Form, apart: Sequence[np.ndarray | None] | None = None) -> Outcome:
    """What a form gives. ``apart`` says how far the numbers that a library reads may lie from the inputs."""
    numbers = _Float32()
    shapes = form.stated.sizes.reads
    sizes = [x.shape[0] for x, shape in zip(form.inputs, shapes, strict=True) if x.ndim > len(shape)]
    given = [
        _given(x) if away is None else _off(x, away)
        for x, away in zip(form.inputs, apart or [None] * len(form.inputs), strict=True)
    ]
    arrays = {letter: _given(array) for letter, array in form.arrays.items()}
    with np.errstate(over="ignore", under="ignore", invalid="ignore", divide="ignore"):
        made = walk.level(numbers, form.stated, arrays, given, max(sizes, default=None), body=False)
        error = made.error()
    bound = np.zeros(made.value.shape) if error is None else np.where(np.isnan(error), np.inf, error)
    return Outcome(made.value, bound)


@dataclass(frozen=True, eq=False)
class _Rounded:
    """Numbers, and what is known of a float32 computation of them."""

    value: np.ndarray
    """The exact numbers, to within float64's own rounding."""
    size: np.ndarray
    """The same with absolute values: what roundings are relative to."""
    apart: np.ndarray | None = None
    """How far off they are beside those roundings; None: not at all."""
    terms: int = 1
    """How many products are added."""
    roundings: int = 0
    """How many roundings one of these products has met."""
    grid: int | None = None
    """All partial results are whole multiples of 2**grid; None: not known."""

    @property
    def is_size(self) -> bool:
        """Whether no number is negative, and none was on the way: then nothing is summed twice."""
        return self.size is self.value

    @property
    def is_power_of_two(self) -> bool:
        """Whether it is one number by which a product is not rounded."""
        return self.value.size == 1 and abs(math.frexp(float(self.value.ravel()[0]))[0]) == 0.5

    @property
    def can_flush(self) -> bool:
        """Whether a result may be so small that it is flushed to zero."""
        return self.grid is None or self.grid < SMALLEST_NORMAL

    def error(self) -> np.ndarray | None:
        """How far a computation may be off in all; None: not at all."""
        n = self.roundings + self.terms - 1
        if n >= 1 << ROUNDOFF_BITS:
            raise ValueError(f"an error bound needs fewer than 2**24 roundings behind an output. Received: {n:,}")
        error = self.apart
        if n:
            gamma = n * _U / (1 - n * _U)
            rounded = (gamma + n * _OWN_ROUNDING) * _SLACK * self.size
            if self.grid is not None and self.grid >= SMALLEST_NORMAL:
                rounded = np.where(self.size <= 2.0 ** (ROUNDOFF_BITS + self.grid), 0.0, rounded)
            error = rounded if error is None else rounded + (1 + gamma) * _SLACK * error
        # Where an order of evaluation may overflow, nothing is said.
        if float(self.size.max(initial=0)) > _LARGEST / 2:
            reach = self.size if error is None else self.size + error
            error = np.where(reach > _LARGEST, np.inf, 0.0 if error is None else error)
        return error if error is not None and error.any() else None

    def collapsed(self) -> _Rounded:
        """The same numbers as one term."""
        return replace(self, terms=1, roundings=self.roundings + self.terms - 1)

    def with_apart(self, more: np.ndarray | float) -> _Rounded:
        """The same, off by more."""
        own = np.broadcast_to(np.asarray(more, dtype=np.float64), self.value.shape)
        return replace(self, apart=own if self.apart is None else self.apart + own, grid=None)


class _Float32:
    """The arithmetic of :class:`_Rounded`, for a walk over a statement."""

    def constant(self, number: Fraction) -> _Rounded:
        value = np.asarray(float(number))
        held = Fraction(float(np.float32(value))) == number
        return _Rounded(value, _size(value), roundings=0 if held else 1, grid=_grid(value) if held else None)

    def named(self, name: str) -> _Rounded:
        value = np.asarray(float(getattr(math, name)))
        return _Rounded(value, _size(value), roundings=1)

    def whole(self, integers: np.ndarray) -> _Rounded:
        value = integers.astype(np.float64)
        return _Rounded(value, _size(value), grid=0)

    def each(self, change: walk.Change, numbers: _Rounded) -> _Rounded:
        value = change(numbers.value)
        size = value if numbers.is_size else change(numbers.size)
        apart = None if numbers.apart is None else change(numbers.apart)
        return replace(numbers, value=value, size=size, apart=apart)

    def add(self, a: _Rounded, b: _Rounded) -> _Rounded:
        value, apart = a.value + b.value, _sum_of(a.apart, b.apart)
        made = _Rounded(
            value,
            value if a.is_size and b.is_size else a.size + b.size,
            None if apart is None else np.broadcast_to(apart, value.shape),
            a.terms + b.terms,
            max(a.roundings, b.roundings),
            _both(min, a.grid, b.grid),
        )
        return made.with_apart(_TINY) if made.can_flush else made

    def multiply(self, factors: Sequence[_Rounded]) -> _Rounded:
        made = reduce(self._times, factors)
        if not made.can_flush or len(factors) == 1:
            return made
        # Some of the factors, multiplied first, may have been flushed: any of them, in any order.
        return made.with_apart(_TINY * reduce(np.multiply, (1 + one.size for one in factors)))

    def _times(self, a: _Rounded, b: _Rounded) -> _Rounded:
        value, apart = a.value * b.value, _spread(a, b, np.multiply)
        rounds = not any(one.is_power_of_two and not one.roundings and one.terms == 1 for one in (a, b))
        return _Rounded(
            value,
            value if a.is_size and b.is_size else a.size * b.size,
            None if apart is None else np.broadcast_to(apart, value.shape),
            a.terms * b.terms,
            a.roundings + b.roundings + rounds,
            _both(int.__add__, a.grid, b.grid),
        )

    def power(self, base: _Rounded, exponent: Fraction) -> _Rounded:
        if exponent.denominator == 1 and exponent > 0:
            one = base.collapsed()
            return self.multiply([one] * int(exponent))
        error, value = base.error(), base.value
        off = np.zeros(value.shape) if error is None else error
        least = np.abs(value) - off
        if exponent == -1:
            made, ulps = 1 / value, QUOTIENT_ULPS
            spread = off / (np.abs(value) * least)
        elif exponent == Fraction(1, 2):
            made, ulps = np.sqrt(value), ROOT_ULPS
            spread = off / made
        else:
            made, ulps = 1 / np.sqrt(value), RECIPROCAL_ROOT_ULPS
            spread = 1 / np.sqrt(least) - made
        undefined = (least <= 0) | (value < 0 if exponent != -1 else False)
        apart = np.where(undefined, np.inf, spread * _SLACK + _TINY)
        made = np.where(undefined, 0.0, made)
        return _Rounded(made, np.abs(made), apart, roundings=2 * ulps)

    def applied(self, function: str, argument: _Rounded) -> _Rounded:
        error, value = argument.error(), argument.value
        off = np.zeros(value.shape) if error is None else error
        if function == "heaviside":
            decided = np.abs(value) > off if error is not None else True
            step = (value > 0).astype(np.float64)
            apart = None if np.all(decided) else np.where(decided, 0.0, 1.0)
            return _Rounded(step, step, apart, grid=None if apart is not None else 0)
        low, high = np.nextafter(value - off, -np.inf), np.nextafter(value + off, np.inf)
        undefined = ~np.isfinite(off) | ((low <= 0) if function == "log" else False)
        low, high, middle = (np.where(undefined, 1.0, bound) for bound in (low, high, value))
        made = sum(enclose(function, middle, middle)) / 2
        below, above = enclose(function, low, high)
        spread = np.maximum(above - made, made - below) * _SLACK + _TINY
        apart = np.where(undefined | ~np.isfinite(spread), np.inf, spread)
        made = np.where(np.isfinite(apart), made, 0.0)
        return _Rounded(made, np.abs(made), apart, roundings=2 * FUNCTION_ULPS[function])

    def extreme(self, choose: np.ufunc, a: _Rounded, b: _Rounded) -> _Rounded:
        """No two numbers are further apart after a maximum than the furthest of what it is taken of."""
        first, second = a.error(), b.error()
        value = choose(a.value, b.value)
        if first is None and second is None:
            return _Rounded(value, _size(value), grid=_both(min, a.grid, b.grid))
        apart = np.maximum(0.0 if first is None else first, 0.0 if second is None else second)
        return _Rounded(value, _size(value), np.broadcast_to(apart, value.shape))

    def reduced(self, choose: np.ufunc, numbers: _Rounded, axes: tuple[int, ...]) -> _Rounded:
        error, value = numbers.error(), choose.reduce(numbers.value, axis=axes)
        if error is None:
            return _Rounded(value, _size(value), grid=numbers.grid)
        return _Rounded(value, _size(value), np.maximum.reduce(error, axis=axes))

    def chosen(self, mask: np.ndarray, a: _Rounded, b: _Rounded) -> _Rounded:
        apart = None
        if a.apart is not None or b.apart is not None:
            apart = np.where(mask, 0.0 if a.apart is None else a.apart, 0.0 if b.apart is None else b.apart)
        value = np.where(mask, a.value, b.value)
        return _Rounded(
            value,
            value if a.is_size and b.is_size else np.where(mask, a.size, b.size),
            apart,
            max(a.terms, b.terms),
            max(a.roundings, b.roundings),
            _both(min, a.grid, b.grid),
        )

    def summed(self, numbers: _Rounded, axes: tuple[int, ...], times: int) -> _Rounded:
        # Zeros are added without rounding.
        most = int(np.count_nonzero(numbers.size, axis=axes).max(initial=1)) * times
        apart = None if numbers.apart is None else numbers.apart.sum(axis=axes) * times
        value = numbers.value.sum(axis=axes) * times
        size = value if numbers.is_size else numbers.size.sum(axis=axes) * times
        made = _Rounded(value, size, apart, numbers.terms * max(most, 1), numbers.roundings, numbers.grid)
        return made.with_apart(most * _TINY) if made.can_flush else made

    def contracted(self, a: _Rounded, b: _Rounded, products: int, dot: walk.Dot) -> _Rounded:
        def sums(left: np.ndarray, right: np.ndarray) -> np.ndarray:
            return dot([left], [right], _the_one)

        value = sums(a.value, b.value)
        made = _Rounded(
            value,
            value if a.is_size and b.is_size else sums(a.size, b.size),
            _spread(a, b, sums),
            a.terms * b.terms * products,
            a.roundings + b.roundings + 1,
            _both(int.__add__, a.grid, b.grid),
        )
        if not made.can_flush:
            return made
        # A product may be flushed, and a sum; where a factor is a product itself, so may others of its order be.
        largest = max((float(one.size.max(initial=0)) for one in (a, b)), default=0.0)
        return made.with_apart(2 * products * _TINY * (1 + largest * bool(a.roundings or b.roundings)))


def _given(array: np.ndarray) -> _Rounded:
    """Numbers as they are given, float32; what is subnormal may be read as zero, and compared as zero."""
    value = np.asarray(array, dtype=np.float64)
    size = _size(value)
    small = (size < _TINY) & (size > 0)
    return _Rounded(value, size, np.where(small, 2 * _TINY, 0.0) if small.any() else None, grid=_grid(array))


def _off(value: np.ndarray, apart: np.ndarray) -> _Rounded:
    """Numbers of which others are read, that lie so far from them."""
    return _Rounded(value, _size(value), apart) if apart.any() else _given(value)


def _size(value: np.ndarray) -> np.ndarray:
    """The absolute values: the same object where nothing is negative, so that nothing is summed twice."""
    return np.abs(value) if (value < 0).any() else value


def _grid(array: np.ndarray) -> int:
    """The exponent of the lowest bit that is set in any of some numbers."""
    held = np.asarray(array, dtype=np.float64)
    held = held[held != 0]
    if (np.abs(held) < 1 << 53).all() and np.array_equal(integers := held.astype(np.int64), held):
        every = int(np.bitwise_or.reduce(integers, axis=None))
        return min((every & -every).bit_length() - 1, _HIGHEST_GRID) if every else _HIGHEST_GRID
    mantissa, exponent = np.frexp(held)
    digits = np.ldexp(mantissa, 53).astype(np.int64)
    lowest = np.frexp((digits & -digits).astype(np.float64))[1] - 1
    return int((exponent - 53 + lowest).min(initial=_HIGHEST_GRID))


def _both(choose: Any, first: int | None, second: int | None) -> int | None:
    return None if first is None or second is None else choose(first, second)


def _sum_of(first: np.ndarray | None, second: np.ndarray | None) -> np.ndarray | None:
    if first is None or second is None:
        return second if first is None else first
    return first + second


def _spread(a: _Rounded, b: _Rounded, times: Any) -> np.ndarray | None:
    """How far products are off, whose factors are off."""
    apart = None if b.apart is None else times(a.size, b.apart)
    if a.apart is not None:
        apart = _sum_of(apart, times(a.apart, b.size if b.apart is None else b.size + b.apart))
    return apart


def _the_one(parts: Iterator[tuple[int, int, np.ndarray]]) -> np.ndarray:
    ((_, _, part),) = parts
    return part
