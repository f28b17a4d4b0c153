"""The terms of a whole level at once, as numbers: exact sums, their correct rounding, and how far any float32 order
may lie from them.

This module knows numpy and a layer's terms, which it gathers with index arrays; it knows nothing of who else computes
a layer. Every float32 is an integer times a power of two, so a level is an array of integers with one exponent. The
integers are cut into limbs small enough that a float64 matrix product of two of them is exact in any order, and put
together again only in the output cells.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from convexplain.layers import Conv1D

ROUNDOFF_BITS = 24
"""float32 rounds with a relative error of at most 2**-24."""
SMALLEST_NORMAL = -126
"""Below 2**-126 a processor may flush to zero, and TensorFlow asks it to."""
_LARGEST_EXPONENT = 128
_SMALLEST_SUBNORMAL = -149
_EXACT_BITS = 53
_SAFE_EXPONENT = 900
_BLOCK_BYTES = 16 << 20


@dataclass(frozen=True, eq=False)
class Scaled:
    """Exact numbers: ``integers * 2**exponent``, an object array of Python integers and one exponent for all.

    >>> numbers = scaled(np.array([0.75, -2.0], dtype=np.float32))
    >>> numbers.fractions().tolist()
    [Fraction(3, 4), Fraction(-2, 1)]
    >>> (numbers + numbers).to_float32()
    array([ 1.5, -4. ], dtype=float32)
    """

    integers: np.ndarray
    exponent: int

    def __post_init__(self) -> None:
        if not isinstance(self.integers, np.ndarray):  # numpy makes a lone number of an array without axes
            object.__setattr__(self, "integers", np.asarray(self.integers, dtype=object))

    def __getitem__(self, index: Any) -> Scaled:
        return Scaled(self.integers[index], self.exponent)

    def __add__(self, other: Scaled) -> Scaled:
        low = min(self.exponent, other.exponent)
        return Scaled(self.on_grid(low) + other.on_grid(low), low)

    def __sub__(self, other: Scaled) -> Scaled:
        return self + Scaled(-other.integers, other.exponent)

    def __abs__(self) -> Scaled:
        return Scaled(np.abs(self.integers), self.exponent)

    def on_grid(self, exponent: int) -> np.ndarray:
        """The integers that give the same numbers with a lower or equal ``exponent``."""
        return self.integers << (self.exponent - exponent) if exponent != self.exponent else self.integers

    def exceeds(self, other: Scaled) -> np.ndarray:
        """For each number whether it is larger than the one of ``other``: decided in integers, nothing is rounded."""
        low = min(self.exponent, other.exponent)
        return np.asarray(self.on_grid(low) > other.on_grid(low), dtype=bool)

    def coarsened(self, bits: int = 64) -> Scaled:
        """Upper bounds of the same numbers, rounded up to a grid on which the largest has ``bits`` bits."""
        drop = _bit_length(self.integers) - bits
        return self if drop <= 0 else Scaled(-(-self.integers >> drop), self.exponent + drop)

    def finest(self) -> Scaled:
        """The same numbers with the largest exponent that they allow."""
        bits = int(np.bitwise_or.reduce(self.integers, axis=None, initial=0))
        drop = (bits & -bits).bit_length() - 1 if bits else 0
        return Scaled(self.integers >> drop, self.exponent + drop)

    def largest(self) -> Fraction:
        """The largest of the numbers."""
        return as_fraction(int(self.integers.max()), self.exponent)

    def fractions(self) -> np.ndarray:
        """The numbers as an object array of Fractions."""
        return fractions(self.integers, Fraction(2) ** self.exponent)

    def to_float32(self) -> np.ndarray:
        """Each number rounded once, to the nearest float32 (ties to even)."""
        if _bit_length(self.integers) <= _EXACT_BITS and abs(self.exponent) < _SAFE_EXPONENT:
            # Each is a float64 exactly, so the conversion is the only rounding.
            with np.errstate(over="ignore", under="ignore"):
                return np.ldexp(self.integers.astype(np.float64), self.exponent).astype(np.float32)
        rounded = [_nearest(integer, self.exponent) for integer in self.integers.ravel().tolist()]
        return np.array(rounded, dtype=np.float32).reshape(self.integers.shape)


def scaled(array: Any) -> Scaled:
    """A float32 or float64 array as exact numbers; it must be finite."""
    array = np.asarray(array)
    if array.dtype.kind != "f":
        return Scaled(array.astype(object), 0)
    digits = np.finfo(array.dtype).nmant + 1
    mantissa, exponent = np.frexp(array)
    integers = np.ldexp(mantissa.astype(np.float64), digits).astype(np.int64).astype(object)
    used = mantissa != 0
    low = int(exponent[used].min()) if used.any() else digits
    shifts = np.where(used, exponent - low, 0).astype(object)
    return Scaled(np.asarray(integers << shifts, dtype=object), low - digits)


def windows(layer: Conv1D, x: np.ndarray, steps: slice | None = None) -> np.ndarray:
    """The samples that meet the taps: (..., steps, channels) -> (..., output steps, taps, channels), zero where padded.

    ``steps`` chooses the output steps; all of them when None.
    """
    length = x.shape[-2]
    step = np.arange(layer.output_steps(length))[steps or slice(None)]
    source = layer.source_step(length, step[:, None], np.arange(layer.kernel_size))
    padded = (source < 0) | (source >= length)
    gathered = np.take(x, np.where(padded, 0, source), axis=-2)
    if padded.any():
        gathered[..., padded, :] = 0
    return gathered


def contract(layer: Conv1D, windows: np.ndarray, kernel: np.ndarray, held: np.ndarray | None = None) -> np.ndarray:
    """The sums of products: windows (..., output steps, taps, channels), kernel (taps, channels // groups, filters)
    -> (..., output steps, filters).

    ``held`` are the input channels that the windows hold, in ascending order, when it is not all of them.
    """
    leading, own_channels = windows.shape[:-2], kernel.shape[1]
    channels = own_channels * layer.groups
    held = np.arange(channels) if held is None else held
    summed = np.empty((*leading, layer.filters), dtype=np.result_type(windows, kernel))
    for read, filters in _filters_by_source(layer, channels):
        met = np.isin(read, held)
        columns = np.searchsorted(held, read[met])
        samples = windows if np.array_equal(columns, np.arange(len(held))) else windows[..., columns]
        products = kernel.shape[0] * len(columns)
        weights = kernel[:, met][..., filters].reshape(products, len(filters))
        sums = samples.reshape(math.prod(leading), products) @ weights
        summed[..., filters] = sums.reshape(*leading, len(filters))
    return summed


def correlate(layer: Conv1D, x: np.ndarray, kernel: np.ndarray) -> np.ndarray:
    """``contract`` of ``windows`` for x (..., steps, channels), a block of output steps at a time so that memory
    stays bounded; channels that hold only zeros are left out.

    The arithmetic is that of the arrays' dtype: exact whenever they hold integers whose sums it can hold.
    """
    steps = layer.output_steps(x.shape[-2])
    held = np.flatnonzero(x.any(axis=tuple(range(x.ndim - 1))))
    if not len(held):
        return np.zeros((*x.shape[:-2], steps, layer.filters), dtype=np.result_type(x, kernel))
    x = x[..., held] if len(held) < x.shape[-1] else x
    row = x.itemsize * layer.kernel_size * math.prod(x.shape) // x.shape[-2]
    block = max(1, _BLOCK_BYTES // row)
    parts = [
        contract(layer, windows(layer, x, slice(start, start + block)), kernel, held)
        for start in range(0, steps, block)
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=-2)


def exact_sums(layer: Conv1D, x: Scaled, kernel: Scaled) -> Scaled:
    """The exact sums of products of a layer, x (..., steps, channels) -> (..., output steps, filters)."""
    products = kernel.integers.shape[0] * kernel.integers.shape[1]
    bits = (_EXACT_BITS - products.bit_length()) // 2
    kernel_limbs = list(limbs(kernel.integers, bits))
    shape = (*x.integers.shape[:-2], layer.output_steps(x.integers.shape[-2]), layer.filters)
    by_place: dict[int, np.ndarray] = {}
    for i, samples in limbs(x.integers, bits):
        for j, weights in kernel_limbs:
            part = correlate(layer, samples, weights).astype(np.int64)
            by_place[i + j] = by_place[i + j] + part if i + j in by_place else part
    total = np.zeros(shape, dtype=object)
    for place, part in by_place.items():
        total += part.astype(object) << (bits * place)
    return Scaled(total, x.exponent + kernel.exponent)


def exact_values(layer: Conv1D, weights: Sequence[Any], x: Scaled) -> Scaled:
    """What the layer's formula gives, exactly: the sums of products, the bias, the activation."""
    value = exact_sums(layer, x, scaled(weights[0]))
    if layer.use_bias:
        value += scaled(weights[1])
    if layer.activation not in ("linear", "relu"):
        raise ValueError(
            f"{layer.activation} gives no binary fraction; convexplain.numbers.evaluation encloses what it gives"
        )
    return value if layer.is_linear else Scaled(np.maximum(value.integers, 0), value.exponent)


def error_bounds(layer: Conv1D, weights: Sequence[Any], x: Scaled) -> Scaled:
    """For every output, how far a float32 evaluation may lie from the exact value, whatever its order, blocks or use
    of FMA.

    ``(n*S + 2**24*U) / (2**24 - n)`` with n = N + 1, N products, ``S = sum |w||x| + |b|`` and, for flushed
    subnormals, ``U = 2**-126 * (sum |w| + sum |x| + N + 1)``: that is ``gamma_n * S + (1 + gamma_n) * U`` with
    ``gamma_n = n*u/(1 - n*u)``, u = 2**-24. The quotient is rounded up. It holds while nothing overflows, and through
    relu, which brings no two numbers further apart. Source: Higham, Accuracy and Stability of Numerical Algorithms,
    chapter 3.
    """
    kernel, size = abs(scaled(weights[0])), abs(x)
    products = kernel.integers.shape[0] * kernel.integers.shape[1]
    n, one = _roundings(products), 1 << ROUNDOFF_BITS
    magnitude = exact_sums(layer, size, kernel)
    if layer.use_bias:
        magnitude += abs(scaled(weights[1]))
    ones = Scaled(np.ones_like(kernel.integers), 0)
    factors = exact_sums(layer, size, ones) + Scaled(kernel.integers.sum(axis=(0, 1)), kernel.exponent)
    flushed = factors + Scaled(np.full(layer.filters, products + 1, dtype=object), 0)
    total = Scaled(n * magnitude.integers, magnitude.exponent)
    total += Scaled(one * flushed.integers, flushed.exponent + SMALLEST_NORMAL)
    # The quotient is rounded up on a grid far below the last digit of anything it is compared with.
    fine = total.exponent - 2 * ROUNDOFF_BITS
    return Scaled(-(-total.on_grid(fine) // (one - n)), fine)


def is_held(layer: Conv1D, weights: Sequence[Any], x: Scaled) -> np.ndarray:
    """For each output whether float32 holds every product and every partial sum exactly, so that nothing is rounded,
    whatever the order: all are multiples of one power of two, and together no more than ``2**24`` times that.

    >>> layer, kernel = Conv1D(1, 2, use_bias=False), np.ones((2, 1, 1), np.float32)
    >>> is_held(layer, [kernel], scaled(np.array([[3.0], [2.0], [1e8]], np.float32))).ravel()
    array([ True, False])
    """
    magnitude = exact_sums(layer, abs(x.finest()), abs(scaled(weights[0]).finest()))
    if layer.use_bias:
        magnitude += abs(scaled(weights[1]).finest())
    if not SMALLEST_NORMAL <= magnitude.exponent < _LARGEST_EXPONENT - ROUNDOFF_BITS:
        return np.zeros(magnitude.integers.shape, dtype=bool)
    return np.asarray(magnitude.integers <= 1 << ROUNDOFF_BITS, dtype=bool)


def error_bound(products: int, magnitude: Fraction, factors: Fraction) -> Fraction:
    """The bound of ``error_bounds`` for one output, not rounded: ``magnitude`` is S, ``factors`` is ``sum |w| + sum
    |x|``.
    """
    n, one = _roundings(products), 1 << ROUNDOFF_BITS
    flushed = (factors + products + 1) / (1 << -SMALLEST_NORMAL)
    return (n * magnitude + one * flushed) / (one - n)


def floats_between(low: Fraction, high: Fraction, most: int) -> list[Fraction]:
    """The float32 numbers from ``low`` to ``high``, in order; none when there are more than ``most``."""
    found: list[Fraction] = []
    at = np.nextafter(np.float32(float(low)), np.float32(-np.inf))
    while (value := Fraction(float(at))) <= high:
        if value >= low:
            if len(found) == most:
                return []
            found.append(value)
        at = np.nextafter(at, np.float32(np.inf))
    return found


def spacing(value: Fraction) -> Fraction:
    """From the float32 number nearest to a number to the next larger one in size."""
    at = np.float32(abs(float(value)))
    return Fraction(float(np.nextafter(at, np.float32(np.inf)))) - Fraction(float(at))


def round_up(value: Fraction) -> float:
    """The smallest float that is not below ``value``: for showing a bound."""
    try:
        nearest = float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
    return nearest if nearest >= value else math.nextafter(nearest, math.inf)


def fraction(value: Any) -> Fraction:
    """A number of an array, exactly: a float, an integer, or a Fraction as it is."""
    return value if isinstance(value, Fraction) else Fraction(float(value))


def fractions(integers: np.ndarray, unit: Fraction) -> np.ndarray:
    """Integers times a unit, as an object array of Fractions."""
    different, places = np.unique(integers, return_inverse=True)  # on a short grid most numbers are met many times
    array = np.empty(different.size, dtype=object)
    array[:] = [integer * unit for integer in different.tolist()]
    return array[places].reshape(integers.shape)


def as_fraction(integer: int, exponent: int) -> Fraction:
    """``integer * 2**exponent``."""
    return Fraction(integer << exponent) if exponent >= 0 else Fraction(integer, 1 << -exponent)


def _roundings(products: int) -> int:
    """The roundings that one product may meet on its way into an output, or a ``ValueError`` where float32 has no
    bound for so many.
    """
    if products + 1 >= 1 << ROUNDOFF_BITS:
        raise ValueError(f"an error bound needs fewer than 2**24 - 1 products behind an output. Received: {products:,}")
    return products + 1


@lru_cache(maxsize=64)
def _filters_by_source(layer: Conv1D, channels: int) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    """The filters that read the same input channels: (channels read, filters) for each such set."""
    own = channels // layer.groups
    sources = layer.source_channel(channels, np.arange(own), np.arange(layer.filters)[:, None])
    rows, which = np.unique(np.broadcast_to(sources, (layer.filters, own)), axis=0, return_inverse=True)
    return tuple((row, np.flatnonzero(which.ravel() == number)) for number, row in enumerate(rows))


def limbs(integers: np.ndarray, bits: int) -> Iterator[tuple[int, np.ndarray]]:
    """The digits in base 2**bits that are not all zero, with their place, as float64 arrays that carry the number's
    sign.
    """
    size, length = np.abs(integers), _bit_length(integers)
    sign = np.sign(integers).astype(np.float64)
    if length < 63:
        size = size.astype(np.int64)
    for place in range(-(-length // bits)):
        digit = ((size >> (bits * place)) & ((1 << bits) - 1)).astype(np.float64)
        if digit.any():
            yield place, digit * sign


def _bit_length(integers: np.ndarray) -> int:
    return int(np.abs(integers).max()).bit_length()


def _nearest(integer: int, exponent: int) -> float:
    """The float32 nearest to ``integer * 2**exponent``, ties to even, as a Python float."""
    size = abs(integer)
    dropped = max(size.bit_length() - ROUNDOFF_BITS, _SMALLEST_SUBNORMAL - exponent, 0)
    kept, rest = size >> dropped, size & ((1 << dropped) - 1)
    half = 1 << dropped >> 1
    if dropped and (rest > half or (rest == half and kept & 1)):
        kept += 1
    if kept and kept.bit_length() + exponent + dropped > _LARGEST_EXPONENT:
        return math.copysign(math.inf, integer)
    return math.copysign(math.ldexp(kept, exponent + dropped), integer)
