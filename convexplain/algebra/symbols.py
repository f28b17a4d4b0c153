"""The symbols every formula is written in, and the few ways to write a formula down at once.

This module knows sympy and the naming law, and nothing of layers: plain ``IndexedBase`` entries without shape or
assumptions, named by position (``x``, ``w1``, ``b1``, ``y1``, ...; layers count from 1), never by a layer's own name.
What is written here is equal, structure and hash included, to what sympy would build; it is the caller's part to hand
it over in sympy's order.
"""

from __future__ import annotations

import gc
import operator
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache, cmp_to_key, lru_cache
from typing import Any

from sympy import Add, Basic, Expr, Heaviside, IndexedBase, Integer, Max, Mul, S, Symbol
from sympy.tensor.indexed import Indexed

from convexplain.names import quoted

t, f, k, c = (Symbol(name) for name in "tfkc")
x = IndexedBase("x")
g = IndexedBase("g")

ENTRIES_KEPT = 1 << 17
"""How many entries of one base are kept; one entry stands in many terms."""

_integer = lru_cache(maxsize=1 << 14)(Integer)
"""sympy's integers, of which a closed form has as many as it has indices."""

sympy_order = cmp_to_key(Basic.compare)
"""The sort key of sympy's canonical order of factors and addends."""


@cache
def base(name: str) -> IndexedBase:
    """The symbol of a level or of an array: ``x``, ``y2``, ``gamma3``."""
    return IndexedBase(name)


@cache
def output(level: int) -> IndexedBase:
    """``x`` for level 0, the output ``y<level>[t, f]`` of a layer for the others."""
    return x if level == 0 else IndexedBase(f"y{level}")


@cache
def kernel(layer: int) -> IndexedBase:
    """``w<layer>[k, c, f]``, indexed as Keras's own kernel array."""
    return IndexedBase(f"w{layer}")


@cache
def bias(layer: int) -> IndexedBase:
    """``b<layer>[f]``."""
    return IndexedBase(f"b{layer}")


class Entries(dict[tuple[int, ...], Indexed]):
    """``entries[t, c]`` is ``base[t, c]`` for integer indices, built when it is first asked for.

    sympy checks and derives anew for every entry what holds for all entries of a plain base; that takes most of the
    time of a closed form. Here the first entry is built by sympy, and the others take over what it derived.
    """

    def __init__(self, base: IndexedBase) -> None:
        super().__init__()
        self._base = base
        self._assumptions = base[0]._assumptions

    def __missing__(self, indices: tuple[int, ...]) -> Indexed:
        if len(self) >= ENTRIES_KEPT:
            self.clear()
        written = Expr.__new__(Indexed, self._base, *map(_integer, indices))
        written._assumptions = self._assumptions
        self[indices] = written
        return written


@cache
def entries(base: IndexedBase) -> Entries:
    """The entries of ``base``, by tuples of integers."""
    return Entries(base)


@contextmanager
def uncollected() -> Iterator[None]:
    """In this block Python looks for no cycles to free: a formula has none, and each few thousand of its parts would
    have all of sympy searched again.
    """
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collects:
            gc.enable()


def product(*factors: Expr) -> Expr:
    """The product of one or more distinct factors in sympy's order: of entries, fewest indices first, then by name,
    then by index."""
    if len(factors) == 1:
        return factors[0]
    written = Basic.__new__(Mul, *factors)
    written.is_commutative = True
    return written


def times(*parts: Expr) -> Expr:
    """The product of parts that share no factor, each an entry, a sum, a function or itself a product, sorted here."""
    if S.Zero in parts:
        return S.Zero
    factors = [factor for part in parts if part is not S.One for factor in (part.args if part.is_Mul else (part,))]
    return product(*sorted(factors, key=sympy_order))


def total(terms: Iterable[Expr]) -> Expr:
    """The sum of distinct products in sympy's order: shortest first, then factor by factor, lone entries last."""
    return Add._from_args(tuple(terms), is_commutative=True)


def add(parts: Iterable[Expr]) -> Expr:
    """The sum of parts that share no term, each a product or itself a sum, sorted here."""
    terms = [term for part in parts if part is not S.Zero for term in (part.args if part.is_Add else (part,))]
    return total(sorted(terms, key=sympy_order))


def activate(activation: str, value: Expr) -> Expr:
    """The activation applied to a sum: ``Max(0, z)`` for relu. Written down directly, for sympy's own ``Max`` walks all
    of ``z``."""
    if activation == "linear":
        return value
    if value.is_Number:
        return max(value, S.Zero)
    written = Expr.__new__(Max, S.Zero, value)
    written._argset = frozenset((S.Zero, value))
    return written


def slope(activation: str, value: Expr) -> Expr:
    """The derivative of the activation at a sum: ``Heaviside(z, 0)`` for relu, whose slope at 0 Keras takes as 0."""
    if activation == "linear":
        return S.One
    # Unevaluated, for sympy would ask all of z for its sign; of a sum with symbols it can know none.
    return Heaviside(value, 0, evaluate=value.is_Number)


def check_index(what: str, index: Any, shape: tuple[int, ...]) -> tuple[int, ...]:
    """``index`` as integers within ``shape``, or an ``IndexError`` that gives the shape."""
    try:
        numbers = tuple(operator.index(number) for number in index)
    except TypeError:
        numbers = ()
    if len(numbers) != len(shape) or not all(0 <= number < size for number, size in zip(numbers, shape, strict=True)):
        raise IndexError(f"{what} has the shape {shape}. Received: {quoted(index)}")
    return numbers
