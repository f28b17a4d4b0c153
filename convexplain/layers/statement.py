"""What one output cell is, as data: the small closed set of records that every layer states itself in.

A layer's statement is one expression over named ranges: the axes of its own output (t and f) and the ranges of its sums
(k, c, ...). It holds integers, fractions and names; it knows no library and no kind of layer. Indices are those of
:mod:`convexplain.layers.index`.

An :class:`Entry` or a :class:`Read` outside its array is absent: it adds nothing to a sum, is no candidate of a maximum
and takes every factor beside it along; where nothing of this is around it, it is zero. That is all there is to padding.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from math import prod
from typing import Any, TypeAlias

from convexplain.layers.index import Arithmetic, Range, as_index

Shape: TypeAlias = "tuple[Any, ...]"


class Value:
    """One number of the statement. Values are written with the operators of arithmetic."""

    def __add__(self, other: Value | int | Fraction) -> Value:
        return Add((*_parts(Add, self), *_parts(Add, as_value(other))))

    def __radd__(self, other: int | Fraction) -> Value:
        return as_value(other) + self

    def __mul__(self, other: Value | int | Fraction) -> Value:
        return Times((*_parts(Times, self), *_parts(Times, as_value(other))))

    def __rmul__(self, other: int | Fraction) -> Value:
        return as_value(other) * self

    def __neg__(self) -> Value:
        return -1 * self

    def __sub__(self, other: Value | int | Fraction) -> Value:
        return self + -as_value(other)

    def __rsub__(self, other: int | Fraction) -> Value:
        return as_value(other) - self

    def __truediv__(self, other: Value | int | Fraction) -> Value:
        divisor = as_value(other)
        if isinstance(divisor, Number):
            return self * Number(1 / divisor.value)
        return self * Power(divisor, Fraction(-1))

    def __pow__(self, exponent: int | Fraction) -> Value:
        return Power(self, Fraction(exponent))


@dataclass(frozen=True)
class Entry(Value):
    """An entry of a weight array, named by the letter of its symbol: ``w``, ``b``, ``gamma``."""

    array: str
    indices: tuple[Any, ...]


@dataclass(frozen=True)
class Read(Value):
    """A cell of one of the levels that the layer reads: of the first (``source`` 0), the second, ..."""

    source: int
    indices: tuple[Any, ...]


@dataclass(frozen=True)
class Present(Value):
    """One where the cell is there; absent where it is absent. Summed, it counts the cells that are there."""

    read: Read


@dataclass(frozen=True)
class Number(Value):
    """An exact constant."""

    value: Fraction


@dataclass(frozen=True)
class Constant(Value):
    """A constant that is no fraction, by name: ``pi``."""

    name: str


@dataclass(frozen=True)
class Add(Value):
    """The sum of its parts."""

    parts: tuple[Value, ...]


@dataclass(frozen=True)
class Times(Value):
    """The product of its parts."""

    parts: tuple[Value, ...]


@dataclass(frozen=True)
class Power(Value):
    """``base ** exponent``: a reciprocal, a root, a square."""

    base: Value
    exponent: Fraction


@dataclass(frozen=True)
class Total(Value):
    """The sum of ``body`` over ranges, the first one outermost: channel by channel, tap by tap."""

    over: tuple[Range, ...]
    body: Value


@dataclass(frozen=True)
class Largest(Value):
    """The largest of its parts, each over ranges (there may be none). Of equal ones the first has the slope."""

    over: tuple[Range, ...]
    parts: tuple[Value, ...]


@dataclass(frozen=True)
class Smallest(Value):
    """The smallest of its parts, each over ranges (there may be none). Of equal ones the first has the slope."""

    over: tuple[Range, ...]
    parts: tuple[Value, ...]


@dataclass(frozen=True)
class Apply(Value):
    """A named function of one number; :data:`FUNCTIONS` are the names."""

    function: str
    argument: Value


@dataclass(frozen=True)
class Case(Value):
    """``below`` where ``index < bound``, else ``otherwise``."""

    index: Any
    bound: Any
    below: Value
    otherwise: Value


FUNCTIONS = ("exp", "log", "tanh", "erf", "sigmoid", "softplus", "heaviside")
"""What may be applied. sigmoid is 1/(1 + exp(-z)), softplus log(1 + exp(z)), heaviside 1 where z > 0 and else 0."""

ZERO, ONE = Number(Fraction(0)), Number(Fraction(1))


def as_value(value: Value | int | Fraction) -> Value:
    """A number as a value; a value as it is."""
    return value if isinstance(value, Value) else Number(Fraction(value))


def single(number: float) -> Number:
    """The number that float32 arithmetic uses for a setting given as a float."""
    import struct

    return Number(Fraction(struct.unpack("f", struct.pack("f", number))[0]))


def total(over: Sequence[Range], body: Value) -> Value:
    """A sum over ranges; a sum of sums is one sum."""
    return Total((*over, *body.over), body.body) if isinstance(body, Total) else Total(tuple(over), body)


def largest(*parts: Value | int | Fraction) -> Value:
    """The largest of some values."""
    return Largest((), tuple(map(as_value, parts)))


def smallest(*parts: Value | int | Fraction) -> Value:
    """The smallest of some values."""
    return Smallest((), tuple(map(as_value, parts)))


def children(value: Value) -> tuple[Value, ...]:
    """The values that a value is directly made of."""
    match value:
        case Add(parts) | Times(parts) | Largest(_, parts) | Smallest(_, parts):
            return parts
        case Power(base, _):
            return (base,)
        case Total(_, body):
            return (body,)
        case Apply(_, argument):
            return (argument,)
        case Case(_, _, below, otherwise):
            return below, otherwise
        case Present(read):
            return (read,)
    return ()


def walk(value: Value) -> Iterator[Value]:
    """The value and everything it is made of."""
    yield value
    for part in children(value):
        yield from walk(part)


def cells_read(value: Value) -> dict[Read, int]:
    """The cells that a grounded value reads, and how often each stands in it. A sum that stands in many places is
    searched once.
    """
    known: dict[int, dict[Read, int]] = {}

    def inner(value: Value) -> dict[Read, int]:
        if isinstance(value, Read):
            return {value: 1}
        if id(value) not in known:
            first, *others = sorted(filter(None, map(inner, children(value))), key=len, reverse=True) or [{}]
            found = known[id(value)] = dict(first) if others else first
            for other in others:
                for read, times in other.items():
                    found[read] = found.get(read, 0) + times
        return known[id(value)]

    return inner(value)


def most(value: Value, worth: Callable[[int], int]) -> int:
    """The most that the cells which a value reads are worth together, wherever it is: ``worth`` tells it of a cell of
    each source. What a sum, a maximum or a minimum runs over counts as often, what is absent too.
    """
    if isinstance(value, Read):
        return worth(value.source)
    parts = [most(part, worth) for part in children(value)] if not isinstance(value, Present) else []
    found = max(parts) if isinstance(value, Case) else sum(parts)
    return found * prod(r.size for r in getattr(value, "over", ()))


def rebuilt(value: Value, change: Callable[[Any], Any]) -> Value:
    """The value with ``change`` made to each index and each value it is directly made of; what its sums run over
    stays."""

    def changed(held: Any) -> Any:
        if isinstance(held, (Value, Arithmetic)):
            return change(held)
        if isinstance(held, tuple):
            return tuple(change(item) if isinstance(item, (Value, Arithmetic)) else item for item in held)
        return held

    record: Any = value
    named = [field.name for field in fields(record) if field.name != "over"]
    return replace(record, **{name: changed(getattr(record, name)) for name in named})


def substitute(value: Value, values: Mapping[str, Any]) -> Value:
    """The value with indices in place of the ranges of these names; the ranges of its own sums are other ranges."""
    own = {r.name for r in getattr(value, "over", ())}
    free = {name: index for name, index in values.items() if name not in own}

    def change(part: Any) -> Any:
        return as_index(part.at(free)) if isinstance(part, Arithmetic) else substitute(part, free)

    return rebuilt(value, change) if free else value


def ranges(value: Value) -> frozenset[Range]:
    """The ranges a value depends on: those of its indices, without the ones its sums and maxima run over."""
    match value:
        case Entry(_, indices) | Read(_, indices):
            return frozenset().union(*(as_index(index).ranges() for index in indices))
        case Case(index, _, below, otherwise):
            return as_index(index).ranges() | ranges(below) | ranges(otherwise)
    inside: frozenset[Range] = frozenset().union(*map(ranges, children(value)))
    return inside - frozenset(getattr(value, "over", ()))


@dataclass(frozen=True)
class Sizes:
    """How large what a statement names is: the shape of each level it reads, of each array by its letter."""

    reads: tuple[Shape, ...]
    arrays: Mapping[str, Shape]

    def of(self, leaf: Entry | Read) -> Shape:
        """The shape of what an entry or a read is taken from."""
        return self.arrays[leaf.array] if isinstance(leaf, Entry) else self.reads[leaf.source]

    def holds(self, leaf: Entry | Read) -> bool:
        """Whether a leaf with numbers as indices is there."""
        return all(0 <= index < size for index, size in zip(leaf.indices, self.of(leaf), strict=True))


def ground(value: Value, point: Mapping[str, int], sizes: Sizes, keep: bool = False) -> Value | None:
    """The value at one point: indices are integers, sums are written out (as ``Total`` of no ranges over an ``Add``),
    cases decided, counts counted.

    What is absent drops out; the value is None when all of it is absent. With ``keep`` absent reads stay where they
    stand in a sum or a maximum, for whoever shows padding. A sum that stands in several places is grounded once for
    each point it depends on, and is then the same object.
    """
    known: dict[tuple[int, tuple[int, ...]], Value] = {}
    free: dict[int, tuple[str, ...]] = {}

    def summed(value: Total, point: Mapping[str, int]) -> Value:
        if id(value) not in free:
            free[id(value)] = tuple(r.name for r in ranges(value))
        key = id(value), tuple(point[name] for name in free[id(value)])
        if key not in known:
            terms = [term for at in points(value.over, point) if (term := inner(value.body, at)) is not None]
            if all(isinstance(term, Number) for term in terms):
                known[key] = Number(sum((term.value for term in terms), Fraction(0)))  # type: ignore[attr-defined]
            else:
                known[key] = Total((), Add(tuple(terms)))
        return known[key]

    def inner(value: Value, point: Mapping[str, int]) -> Value | None:
        match value:
            case Entry(array, indices):
                entry = Entry(array, tuple(index.at(point) for index in indices))
                return entry if sizes.holds(entry) else None
            case Read(source, indices):
                read = Read(source, tuple(index.at(point) for index in indices))
                return read if keep or sizes.holds(read) else None
            case Present(read):
                cell = Read(read.source, tuple(index.at(point) for index in read.indices))
                return ONE if sizes.holds(cell) else None
            case Number() | Constant():
                return value
            case Times(parts):
                met = [inner(part, point) for part in parts]
                return None if any(part is None for part in met) else product(met)  # type: ignore[arg-type]
            case Add(parts):
                return _gathered(Add, [inner(part, point) for part in parts])
            case Total():
                return summed(value, point)
            case Largest(over, parts) | Smallest(over, parts):
                found = [inner(part, at) for at in points(over, point) for part in parts]
                return _gathered(type(value), found, ())
            case Power(base, exponent):
                inside = inner(base, point) or ZERO
                if isinstance(inside, Number) and exponent.denominator == 1 and (inside.value or exponent > 0):
                    return Number(inside.value**exponent.numerator)
                return Power(inside, exponent)
            case Apply(function, argument):
                return Apply(function, inner(argument, point) or ZERO)
            case Case(index, bound, below, otherwise):
                return inner(below if index.at(point) < bound else otherwise, point)
        raise TypeError(f"no record of a statement: {type(value).__name__}")

    return inner(value, point)


def points(over: Sequence[Range], point: Mapping[str, int]) -> Iterator[Mapping[str, int]]:
    """The point with every value of some ranges, the first range outermost: one dictionary, changed from one to the
    next.
    """
    names, at = [r.name for r in over], dict(point)
    for values in itertools.product(*(range(r.size) for r in over)):
        at.update(zip(names, values, strict=True))
        yield at


def product(parts: Iterable[Value]) -> Value:
    """The product of some values, its numbers taken together and ones left out."""
    constant, others = Fraction(1), []
    for part in parts:
        for factor in _parts(Times, part):
            if isinstance(factor, Number):
                constant *= factor.value
            else:
                others.append(factor)
    factors = others if constant == 1 and others else [Number(constant), *others]
    return factors[0] if len(factors) == 1 else Times(tuple(factors))


def _gathered(kind: type, found: list[Value | None], *leading: Any) -> Value | None:
    """What is there of some values, in one record; None when nothing is."""
    there = tuple(value for value in found if value is not None)
    if len(there) <= 1:
        return there[0] if there else None
    return kind(*leading, there)


def _parts(kind: type, value: Value) -> tuple[Value, ...]:
    """The parts of a sum of sums, or a product of products."""
    return value.parts if isinstance(value, kind) else (value,)  # type: ignore[attr-defined]
