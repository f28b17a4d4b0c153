"""The symbols every formula is written in.

This module knows sympy and the naming law, and nothing of layers: plain ``IndexedBase`` entries without shape or assumptions, named by
position (``x``, ``w1``, ``b1``, ``y1``, ...; layers count from 1), never by a layer's own name. Entries are built once and kept, for
a formula mentions the same few again and again.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sympy import Expr, IndexedBase, Integer, Max, Mul, S, Symbol
from sympy.core.add import Add
from sympy.tensor.indexed import Indexed

t, f, k, c = (Symbol(name) for name in "tfkc")
x = IndexedBase("x")
g = IndexedBase("g")


@lru_cache(maxsize=None)
def output(level: int) -> IndexedBase:
    """``x`` for level 0, the output ``y<level>[t, f]`` of a layer for the others."""
    return x if level == 0 else IndexedBase(f"y{level}")


@lru_cache(maxsize=None)
def kernel(layer: int) -> IndexedBase:
    """``w<layer>[k, c, f]``, indexed as Keras's own kernel array."""
    return IndexedBase(f"w{layer}")


@lru_cache(maxsize=None)
def bias(layer: int) -> IndexedBase:
    """``b<layer>[f]``."""
    return IndexedBase(f"b{layer}")


@lru_cache(maxsize=1 << 17)
def entry(base: IndexedBase, *indices: Any) -> Indexed:
    """``base[indices]``; kept, since one entry stands in many terms."""
    return base[indices if len(indices) > 1 else indices[0]]


def product(*factors: Expr) -> Mul:
    """The product of distinct entries that already stand in sympy's order (fewest indices first, then by name, then by index)."""
    return Mul._from_args(factors, is_commutative=True)


def total(terms: Iterable[Expr]) -> Expr:
    """The sum of distinct products that already stand in sympy's order (shortest first, then factor by factor, lone entries last)."""
    return Add._from_args(tuple(terms), is_commutative=True)


def activate(activation: str, value: Expr) -> Expr:
    """The activation applied to a sum: ``Max(0, z)`` for relu. Written down directly, for sympy's own ``Max`` walks all of ``z``."""
    if activation == "linear":
        return value
    if value.is_Number:
        return max(value, S.Zero)
    written = Expr.__new__(Max, S.Zero, value)
    written._argset = frozenset((S.Zero, value))
    return written


def number(value: Any) -> Expr:
    """A sympy number from an exact integer or fraction."""
    return Integer(value) if isinstance(value, int) else S(value)
