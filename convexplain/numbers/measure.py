"""One output cell's numbers from its grounded statement: what its parts are worth, and the products that make it.

This module knows fractions and the records of a statement; it knows no kind of layer. What is a fraction is exact; a
root or a function comes with a radius, from :mod:`convexplain.numbers.enclosure`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from typing import NamedTuple

from convexplain.layers import statement as st
from convexplain.numbers.enclosure import Enclosed, applied, constant, named, power

_ZERO = Fraction(0)


class Measure(NamedTuple):
    """A number, and how far it may lie from the exact one: 0 when it is exact."""

    value: Fraction
    radius: Fraction = _ZERO

    def __add__(self, other: Measure) -> Measure:  # type: ignore[override]
        if not self.radius and not other.radius:
            return Measure(self.value + other.value)
        return Measure(self.value + other.value, self.radius + other.radius)

    def __mul__(self, other: Measure) -> Measure:  # type: ignore[override]
        if not self.radius and not other.radius:
            return Measure(self.value * other.value)
        radius = abs(self.value) * other.radius + self.radius * (abs(other.value) + other.radius)
        return Measure(self.value * other.value, radius)


Lookup = Callable[["st.Entry | st.Read"], Fraction]


def measure(value: st.Value, lookup: Lookup) -> Measure:
    """What a grounded value is worth, when ``lookup`` gives its entries and reads."""

    if isinstance(value, (st.Entry, st.Read)):
        return Measure(lookup(value))

    known: dict[int, Measure] = {}

    def inner(value: st.Value) -> Measure:
        match value:
            case st.Entry() | st.Read():
                return Measure(lookup(value))
            case st.Number(number):
                return Measure(number)
            case st.Constant(name):
                return _enclosed(named(name))
            case st.Add(parts):
                return _folded(Measure.__add__, parts)
            case st.Times(parts):
                return _folded(Measure.__mul__, parts)
            case st.Total(_, body):
                if id(value) not in known:  # the same sum may stand in many places
                    known[id(value)] = inner(body)
                return known[id(value)]
            case st.Largest(_, parts):
                return _extreme(max, [inner(part) for part in parts])
            case st.Smallest(_, parts):
                return _extreme(min, [inner(part) for part in parts])
            case st.Power(base, exponent):
                met = inner(base)
                if exponent.denominator == 1 and met.radius == 0 and (met.value or exponent > 0):
                    return Measure(met.value**exponent.numerator)
                return _enclosed(power(constant(*met), exponent))
            case st.Apply(function, argument):
                return _enclosed(applied(function, constant(*inner(argument))))
        raise TypeError(f"no record of a grounded statement: {type(value).__name__}")

    def _folded(operation: Callable[[Measure, Measure], Measure], parts: Iterable[st.Value]) -> Measure:
        first, *rest = map(inner, parts)
        for part in rest:
            first = operation(first, part)
        return first

    return inner(value)


def _extreme(choose: Callable[..., Fraction], found: list[Measure]) -> Measure:
    return Measure(choose(part.value for part in found), max(part.radius for part in found))


def _enclosed(numbers: Enclosed) -> Measure:
    radius = _ZERO if numbers.radius is None else Fraction(int(numbers.radius.integers[()]))
    exponent = 0 if numbers.radius is None else numbers.radius.exponent
    return Measure(numbers.fraction(()), radius * Fraction(2) ** exponent / numbers.divisor)


class Product(NamedTuple):
    """A part of a sum: what it is multiplied by, and the cell (None: a constant)."""

    factors: tuple[st.Value, ...]
    read: st.Read | None


def products(value: st.Value) -> list[Product] | None:
    """A grounded value as a sum of products of a coefficient and a cell; None where it is no such sum."""
    match value:
        case st.Read():
            return [Product((), value)]
        case st.Total(_, body):
            return products(body)
        case st.Add(parts):
            found = [products(part) for part in parts]
            return None if any(some is None for some in found) else [p for some in found for p in some or ()]
        case st.Times(parts):
            reading = [part for part in parts if reads(part)]
            if len(reading) == 1:
                within = products(reading[0])
                others = tuple(part for part in parts if part is not reading[0])
                return within and [Product((*others, *p.factors), p.read) for p in within]
    return None if reads(value) else [Product((value,), None)]


def reads(value: st.Value) -> bool:
    """Whether any cell is read."""
    return any(isinstance(part, st.Read) for part in st.walk(value))


def coefficient(product: Product, lookup: Lookup) -> Measure:
    """What the cell of a product is multiplied by."""
    if len(product.factors) == 1:
        return measure(product.factors[0], lookup)
    value = Measure(Fraction(1))
    for factor in product.factors:
        value *= measure(factor, lookup)
    return value
