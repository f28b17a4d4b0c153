"""Numbers that are known exactly, or to within a radius: the arithmetic of the records of a statement.

This module knows numpy and exact integers; it knows nothing of layers. Sums, products, maxima, quotients by a few whole
numbers and steps are exact: integers times a power of two, over one whole divisor. Other powers are enclosed by integer
arithmetic, rigorously. A function is enclosed by :func:`enclose`, from float64, which the accuracy of the C library
decides: that is the one place where rigour has a stated assumption (:data:`LIBRARY_BITS`), and the one seam for whoever
has a better enclosure.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from convexplain.numbers.exact import Scaled, scaled

LIBRARY_BITS = 46
"""A function of float64 numbers is taken to be right to so many bits: the C libraries state errors of a few ulp."""
GUARD_BITS = 96
"""The bits kept of a quotient or a root."""
_NOTHING = Fraction(0)
_WHOLE_DIVISOR_BITS = 256


@dataclass(frozen=True, eq=False)
class Enclosed:
    """Numbers known exactly, ``value / divisor``, or to within ``radius / divisor`` where there is a radius."""

    value: Scaled
    radius: Scaled | None = None
    divisor: int = 1

    @property
    def is_exact(self) -> bool:
        """Whether the numbers are known exactly."""
        return self.radius is None

    def settled(self) -> tuple[Scaled, Scaled | None]:
        """The numbers without a divisor, and how far they may lie from the exact ones (None: not at all)."""
        if self.divisor == 1:
            return self.value, self.radius
        integers = self.value.integers
        if self.radius is None and not np.any(integers % self.divisor):
            return Scaled(integers // self.divisor, self.value.exponent), None
        shift = 2 * self.divisor.bit_length() + GUARD_BITS
        quotients = Scaled((integers << shift) // self.divisor, self.value.exponent - shift)
        error = Scaled(np.ones_like(integers), quotients.exponent)
        if self.radius is not None:
            carried = -((-self.radius.integers << shift) // self.divisor)
            error += Scaled(carried, self.radius.exponent - shift)
        return quotients, error

    def to_float32(self) -> np.ndarray:
        """Each number rounded once, to the nearest float32 of the middle of its enclosure."""
        return self.settled()[0].to_float32()

    def fraction(self, index: Any) -> Fraction:
        """One number, the middle of its enclosure."""
        return Fraction(int(self.value.integers[index])) * Fraction(2) ** self.value.exponent / self.divisor


def enclose(function: str, low: np.ndarray, high: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float64 arrays between which a function's values on [low, high] lie; all of :data:`FUNCTIONS` grow."""
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        return _around(_FLOAT[function](low))[0], _around(_FLOAT[function](high))[1]


def _erf(x: np.ndarray) -> np.ndarray:
    from scipy.special import erf

    return erf(x)


_FLOAT: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "exp": np.exp,
    "log": np.log,
    "tanh": np.tanh,
    "erf": _erf,
    "sigmoid": lambda x: np.where(x < 0, np.exp(np.minimum(x, 0)), 1) / (1 + np.exp(-np.abs(x))),
    "softplus": lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))),
}


def _around(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Bounds on numbers of which float64 gives LIBRARY_BITS, and no better than 2**-300."""
    error = np.abs(values) * 2.0**-LIBRARY_BITS + 2.0**-300
    return values - error, values + error


def applied(function: str, inner: Enclosed) -> Enclosed:
    """A function of numbers; a step is exact, the others are enclosed."""
    value, radius = inner.settled()
    if function == "heaviside":
        if radius is not None and not abs(value).exceeds(radius).all():
            raise ValueError("a step is decided by the sign of a number that is known exactly")
        return Enclosed(Scaled((value.integers > 0).astype(int).astype(object), 0))
    low, high = (value, value) if radius is None else (value - radius, value + radius)
    below = np.nextafter(_to_float64(low), -np.inf)
    above = np.nextafter(_to_float64(high), np.inf)
    if function == "log" and (below <= 0).any():
        raise ValueError("a logarithm needs a positive number")
    found = enclose(function, below, above)
    if not all(np.isfinite(bound).all() for bound in found):
        raise ValueError(f"{function} must stay within float64's range")
    return _between(*found)


def _between(low: np.ndarray, high: np.ndarray) -> Enclosed:
    bottom, top = scaled(np.asarray(low, dtype=np.float64)), scaled(np.asarray(high, dtype=np.float64))
    both, apart = bottom + top, top - bottom
    return Enclosed(Scaled(both.integers, both.exponent - 1), Scaled(apart.integers, apart.exponent - 1))


def _to_float64(numbers: Scaled) -> np.ndarray:
    """Each number to within an ulp of float64."""

    def one(integer: int) -> float:
        drop = max(abs(integer).bit_length() - 60, 0)
        return math.ldexp(integer >> drop, numbers.exponent + drop)

    return np.array([one(n) for n in numbers.integers.ravel().tolist()], dtype=np.float64).reshape(
        numbers.integers.shape
    )


def constant(number: Fraction, radius: Fraction = _NOTHING) -> Enclosed:
    """One number, known to within ``radius``."""
    common = math.lcm(number.denominator, radius.denominator)
    twos = (common & -common).bit_length() - 1

    def whole(part: Fraction) -> Scaled:
        return Scaled(np.array(part.numerator * (common // part.denominator), dtype=object), -twos)

    return Enclosed(whole(number), whole(radius) if radius else None, common >> twos)


def named(name: str) -> Enclosed:
    """A constant that is no fraction."""
    return _between(*_around(np.array(getattr(math, name))))


def power(base: Enclosed, exponent: Fraction) -> Enclosed:
    """Numbers to a power: exact for a whole one from 1 up, and for quotients by a few whole numbers."""
    if exponent.denominator == 1 and exponent > 0:
        result = base
        for _ in range(int(exponent) - 1):
            result = multiply(result, base)
        return result
    if exponent == -1 and base.is_exact and base.value.integers.size:
        # Quotients by a few whole numbers, as the counts of a mean, stay exact: over their least common multiple.
        whole = base.value.on_grid(0) if base.value.exponent >= 0 else base.value.integers
        distinct = {int(n) for n in whole.ravel().tolist()}
        common = math.lcm(*distinct) if 0 not in distinct and len(distinct) <= 64 else 0
        if common and common.bit_length() <= _WHOLE_DIVISOR_BITS:
            scale = 0 if base.value.exponent >= 0 else -base.value.exponent
            return Enclosed(Scaled(base.divisor * (common // whole), scale), None, common)
    value, radius = base.settled()
    middle, error = _root(value, exponent)
    if radius is None:
        return Enclosed(middle, error)
    ends = [_root(end, exponent) for end in (value - radius, value + radius)]
    for end, end_error in ends:
        error = _larger(error, abs(end - middle) + end_error)
    return Enclosed(middle, error)


def _root(value: Scaled, exponent: Fraction) -> tuple[Scaled, Scaled]:
    """A power -1, 1/2 or -1/2 of positive numbers (of any but zero for -1), and a bound on its error."""
    integers, power = value.integers, value.exponent
    flat = integers.ravel().tolist()
    if any(n == 0 for n in flat) or (exponent != -1 and any(n < 0 for n in flat)):
        raise ValueError("a quotient needs a number that is not zero, a root a positive one")
    most = max(abs(n).bit_length() for n in flat)
    if exponent == -1:
        shift = most + GUARD_BITS
        found, result = [(1 << shift) // n for n in flat], -shift - power
    elif exponent == Fraction(1, 2):
        shift = 2 * GUARD_BITS + (power & 1)
        found, result = [math.isqrt(n << shift) for n in flat], (power - shift) // 2
    elif exponent == Fraction(-1, 2):
        shift = 2 * (most + GUARD_BITS) + (power & 1)
        found, result = [math.isqrt((1 << shift) // n) for n in flat], -(shift + power) // 2
    else:
        raise ValueError(f"the exponent must be whole, 1/2, -1/2 or -1. Received: {exponent}")
    middle = Scaled(np.array(found, dtype=object).reshape(integers.shape), result)
    return middle, Scaled(np.full(integers.shape, 2, dtype=object), result)


def _larger(a: Scaled, b: Scaled) -> Scaled:
    low = min(a.exponent, b.exponent)
    return Scaled(np.maximum(a.on_grid(low), b.on_grid(low)), low)


def _one_divisor(a: Enclosed, b: Enclosed) -> tuple[Enclosed, Enclosed]:
    if a.divisor == b.divisor:
        return a, b
    common = math.lcm(a.divisor, b.divisor)
    return _over(a, common), _over(b, common)


def _over(a: Enclosed, divisor: int) -> Enclosed:
    factor = divisor // a.divisor
    grown = each(lambda array: array * factor, a)
    return Enclosed(grown.value, grown.radius, divisor)


def add(a: Enclosed, b: Enclosed) -> Enclosed:
    """The sums."""
    a, b = _one_divisor(a, b)
    radius = a.radius + b.radius if a.radius is not None and b.radius is not None else a.radius or b.radius
    return Enclosed(a.value + b.value, radius, a.divisor)


def multiply(a: Enclosed, b: Enclosed) -> Enclosed:
    """The products."""

    def times(one: Scaled, two: Scaled) -> Scaled:
        return Scaled(one.integers * two.integers, one.exponent + two.exponent)

    radius = None if a.radius is None else times(a.radius, abs(b.value))
    if b.radius is not None:
        size = abs(a.value) + a.radius if a.radius is not None else abs(a.value)
        more = times(size, b.radius)
        radius = more if radius is None else radius + more
    return Enclosed(times(a.value, b.value), radius, a.divisor * b.divisor)


def each(change: Callable[[np.ndarray], np.ndarray], numbers: Enclosed) -> Enclosed:
    """The numbers with their arrays laid out anew."""
    value = Scaled(change(numbers.value.integers), numbers.value.exponent)
    radius = numbers.radius and Scaled(change(numbers.radius.integers), numbers.radius.exponent)
    return Enclosed(value, radius, numbers.divisor)


def extreme(choose: Callable[[np.ndarray, np.ndarray], np.ndarray], a: Enclosed, b: Enclosed) -> Enclosed:
    """The larger or the smaller of each two numbers; ``choose`` is ``np.maximum`` or ``np.minimum``."""
    a, b = _one_divisor(a, b)
    low = min(a.value.exponent, b.value.exponent)
    value = Scaled(choose(a.value.on_grid(low), b.value.on_grid(low)), low)
    radius = a.radius or b.radius
    if a.radius is not None and b.radius is not None:
        radius = _larger(a.radius, b.radius)
    elif radius is not None:
        radius = Scaled(np.broadcast_to(radius.integers, value.integers.shape), radius.exponent)
    return Enclosed(value, radius, a.divisor)


def chosen(mask: np.ndarray, a: Enclosed, b: Enclosed) -> Enclosed:
    """The numbers of ``a`` where the mask holds, of ``b`` elsewhere."""
    a, b = _one_divisor(a, b)

    def either(one: Scaled, other: Scaled) -> Scaled:
        low = min(one.exponent, other.exponent)
        return Scaled(np.where(mask, one.on_grid(low), other.on_grid(low)), low)

    nothing = Scaled(np.zeros((1,) * mask.ndim, dtype=object), 0)
    radius = None
    if a.radius is not None or b.radius is not None:
        radius = either(a.radius or nothing, b.radius or nothing)
    return Enclosed(either(a.value, b.value), radius, a.divisor)
