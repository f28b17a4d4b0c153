"""Indices of a statement: ordinary arithmetic over named ranges, kept as data.

An index is a constant and multiples of ranges, of whole quotients and of remainders. Asked for its value it does the
same arithmetic with whatever stands for the ranges: integers, numpy arrays, sympy symbols, or other indices. Its
factors may be symbols too, where the sizes of a layer are. This module knows no library.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class Arithmetic:
    """Index arithmetic for whatever has ``_index()``: a range, or an expression of ranges."""

    __slots__ = ()

    def _index(self) -> Index:
        raise NotImplementedError

    def at(self, values: Mapping[str, Any]) -> Any:
        raise NotImplementedError

    def __add__(self, other: Any) -> Index:
        mine, more = self._index(), as_index(other)
        terms = dict(mine.terms)
        for atom, factor in more.terms:
            terms[atom] = terms[atom] + factor if atom in terms else factor
        return Index(mine.constant + more.constant, tuple((a, n) for a, n in terms.items() if n != 0))

    __radd__ = __add__

    def __neg__(self) -> Index:
        return self * -1

    def __sub__(self, other: Any) -> Index:
        return self + -as_index(other)

    def __rsub__(self, other: Any) -> Index:
        return -self + other

    def __mul__(self, factor: Any) -> Index:
        mine = self._index()
        if factor == 0:
            return Index(0)
        return Index(mine.constant * factor, tuple((atom, n * factor) for atom, n in mine.terms))

    __rmul__ = __mul__

    def __floordiv__(self, divisor: Any) -> Index:
        whole, rest = _split(self._index(), divisor)
        if not rest.terms and not rest.constant:
            return whole
        return whole if _fits(rest, divisor) else whole + Index(0, ((Quotient(rest, divisor), 1),))

    def __mod__(self, divisor: Any) -> Index:
        _, rest = _split(self._index(), divisor)
        return rest if _fits(rest, divisor) else Index(0, ((Remainder(rest, divisor), 1),))


@dataclass(frozen=True)
class Range(Arithmetic):
    """A name that runs from 0 to ``size - 1``: an axis of the output, or what a sum or a maximum runs over."""

    name: str
    size: Any

    def _index(self) -> Index:
        return Index(0, ((self, 1),))

    def at(self, values: Mapping[str, Any]) -> Any:
        """The value given for the name; the range itself when there is none."""
        return values.get(self.name, self)

    def ranges(self) -> frozenset[Range]:
        """The ranges it is made of: itself."""
        return frozenset((self,))


@dataclass(frozen=True)
class Index(Arithmetic):
    """``constant`` plus a sum of factors times atoms; an atom is a range, a whole quotient or a remainder."""

    constant: Any
    terms: tuple[tuple[Range | Quotient | Remainder, Any], ...] = ()

    def _index(self) -> Index:
        return self

    def at(self, values: Mapping[str, Any]) -> Any:
        """The index where the ranges have these values: integers, arrays, symbols, or other indices."""
        total = self.constant
        for atom, factor in self.terms:
            value = atom.at(values)
            total = total + (value if factor == 1 else factor * value)
        return total

    def ranges(self) -> frozenset[Range]:
        """The ranges it is made of."""
        return frozenset().union(*(atom.ranges() for atom, _ in self.terms))

    def bounds(self) -> tuple[Any, Any]:
        """The smallest and the largest value it may have, each range taken alone; sizes must be numbers."""
        low = high = self.constant
        for atom, factor in self.terms:
            first, last = (0, atom.size - 1) if isinstance(atom, Range) else atom.bounds()
            low, high = low + min(factor * first, factor * last), high + max(factor * first, factor * last)
        return low, high


@dataclass(frozen=True)
class Quotient:
    """``dividend // divisor``."""

    dividend: Index
    divisor: Any

    def at(self, values: Mapping[str, Any]) -> Any:
        return self.dividend.at(values) // self.divisor

    def ranges(self) -> frozenset[Range]:
        return self.dividend.ranges()

    def bounds(self) -> tuple[Any, Any]:
        low, high = self.dividend.bounds()
        return low // self.divisor, high // self.divisor


@dataclass(frozen=True)
class Remainder:
    """``dividend % divisor``."""

    dividend: Index
    divisor: Any

    def at(self, values: Mapping[str, Any]) -> Any:
        return self.dividend.at(values) % self.divisor

    def ranges(self) -> frozenset[Range]:
        return self.dividend.ranges()

    def bounds(self) -> tuple[Any, Any]:
        return 0, self.divisor - 1


def as_index(value: Any) -> Index:
    """A range, an index or a number as an index."""
    return value._index() if isinstance(value, Arithmetic) else Index(value)


def _split(index: Index, divisor: Any) -> tuple[Index, Index]:
    """What can be divided without a remainder, divided, and the rest."""
    if divisor == 1:
        return index, Index(0)
    if not isinstance(divisor, int):
        return Index(0), index
    parted = {True: [], False: []}  # type: dict[bool, list[Any]]
    for atom, factor in index.terms:
        parted[isinstance(factor, int) and factor % divisor == 0].append((atom, factor))
    constant = isinstance(index.constant, int) and index.constant % divisor == 0 and not parted[False]
    whole = Index(
        index.constant // divisor if constant else 0, tuple((atom, factor // divisor) for atom, factor in parted[True])
    )
    return whole, Index(0 if constant else index.constant, tuple(parted[False]))


def _fits(rest: Index, divisor: Any) -> bool:
    """Whether an index is known to lie from 0 to ``divisor - 1``."""
    sizes = [*(r.size for r in rest.ranges()), rest.constant, divisor, *(factor for _, factor in rest.terms)]
    if not all(isinstance(size, int) for size in sizes):
        return False
    low, high = rest.bounds()
    return low >= 0 and high < divisor
