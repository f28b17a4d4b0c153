"""How many paths end in the cells of a level: what the level would be if each factor were 1.

This module knows statements and arrays of Python's integers, which are exact at any size; it knows no symbols. Counts
are kept once along an axis on which all are the same, as most are along channels: then a level is counted step by step
and tap by tap, however many channels it has.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from functools import reduce
from math import prod
from typing import Any, TypeAlias

import numpy as np

from convexplain.layers import Stated
from convexplain.layers import statement as st
from convexplain.layers.index import Range, as_index

Counts: TypeAlias = np.ndarray
"""A count for every cell of a level, Python's integers; an axis on which all are the same has length 1."""


def of_input(shape: Sequence[int]) -> Counts:
    """At each sample of an input one path starts."""
    return np.ones((1,) * len(shape), dtype=int).astype(object)


def at(counts: Counts, cell: Sequence[int]) -> int:
    """The count of a cell."""
    return int(counts[tuple(min(index, size - 1) for index, size in zip(cell, counts.shape, strict=True))])


def of_level(stated: Stated, below: Sequence[Counts], lone: bool) -> Counts:
    """The paths that end in every cell of a level, from those of the levels it reads; with ``lone`` also those that
    start at a product without a cell, as at a bias. Through a function of one cell there is one way.
    """
    level = _Level(stated, below)
    if _adds_up(stated.body):
        return level.counts(_counting(stated.body, lone), stated.axes)
    read = next(part for part in st.walk(stated.body) if isinstance(part, st.Read))
    inner = st.ranges(read) - frozenset(stated.axes)  # such as of a maximum over a single step
    return level.counts(st.Total(tuple(inner), read), stated.axes)


def _reads(value: st.Value) -> bool:
    """Whether any cell is read; to count those that are there reads none."""
    if isinstance(value, (st.Read, st.Present)):
        return isinstance(value, st.Read)
    return any(map(_reads, st.children(value)))


def _adds_up(value: st.Value) -> bool:
    """Whether a value is a sum of products with one cell in each."""
    match value:
        case st.Total(_, body):
            return _adds_up(body)
        case st.Add(parts):
            return all(map(_adds_up, parts))
        case st.Case(_, _, below, otherwise):
            return _adds_up(below) and _adds_up(otherwise)
        case st.Times(parts):
            reading = [part for part in parts if _reads(part)]
            return len(reading) <= 1 and all(map(_adds_up, reading))
    return isinstance(value, st.Read) or not _reads(value)


def _counting(value: st.Value, lone: bool) -> st.Value:
    """A sum of products with 1 for every factor, and 1 or 0 for what reads no cell. A factor that is an entry stays,
    for it may be absent."""
    if not _reads(value):
        return st.ONE if lone else st.ZERO
    match value:
        case st.Total(over, body):
            return st.Total(over, _counting(body, lone))
        case st.Add(parts):
            return st.Add(tuple(_counting(part, lone) for part in parts))
        case st.Case(index, bound, below, otherwise):
            return st.Case(index, bound, _counting(below, lone), _counting(otherwise, lone))
        case st.Times(parts):
            kept = [part for part in parts if isinstance(part, st.Entry)]
            return st.Times((*kept, *(_counting(part, lone) for part in parts if _reads(part))))
    return value


class _Level:
    """One level: counts are arrays with an axis for each range in scope, of length 1 where nothing depends on it."""

    def __init__(self, stated: Stated, below: Sequence[Counts]) -> None:
        self.sizes, self.below = stated.sizes, below

    def counts(self, value: st.Value, scope: tuple[Range, ...]) -> np.ndarray:
        """The counts of a sum of products at every point of the scope."""
        match value:
            case st.Number(number):
                return np.full((1,) * len(scope), int(number), dtype=object)
            case st.Add(parts):
                return reduce(operator.add, [self.counts(part, scope) for part in parts])
            case st.Times(parts):
                return reduce(operator.mul, [self.counts(part, scope) for part in parts])
            case st.Case(index, bound, below, otherwise):
                is_below = _values(index, scope) < bound
                return np.where(is_below, self.counts(below, scope), self.counts(otherwise, scope))
            case st.Total(over, body):
                return self._total(over, body, scope)
            case st.Entry(_, indices):
                there = map(_inside, indices, self.sizes.of(value), [scope] * len(indices))
                return reduce(operator.and_, there).astype(int).astype(object)
            case st.Read():
                return self._read(value, scope, ())
        raise TypeError(f"no sum of products: {type(value).__name__}")

    def _total(self, over: tuple[Range, ...], body: st.Value, scope: tuple[Range, ...]) -> np.ndarray:
        """A sum over ranges. Where each product is a cell and entries that are all there, the cells are summed."""
        within = (*scope, *over)
        factors = body.parts if isinstance(body, st.Times) else (body,)
        cells = [part for part in factors if isinstance(part, st.Read)]
        entries = [part for part in factors if part not in cells]
        if len(cells) == 1 and all((self.counts(entry, within) == 1).all() for entry in entries):
            return self._read(cells[0], scope, over)
        found, left = _summed(self.counts(body, within), 0, _places(scope, over))
        return found.reshape(found.shape[: len(scope)]) * prod(left.values())

    def _read(self, read: st.Read, scope: tuple[Range, ...], over: tuple[Range, ...]) -> np.ndarray:
        """The counts of the cells that are read at every point of the scope, summed over ranges: one axis of the level
        after the other, unless a range moves along both.
        """
        counts, within, left = self.below[read.source], (*scope, *over), _places(scope, over)
        masks = list(map(_inside, read.indices, self.sizes.of(read), [within] * counts.ndim))
        places = list(map(_kept, read.indices, counts.shape, masks, [within] * counts.ndim))
        moving = [r for index in read.indices for r in as_index(index).ranges()]
        if len(set(moving)) < len(moving):
            found, left = _summed(counts[tuple(places)] * reduce(operator.and_, masks), 0, left)
        else:
            found = counts.reshape(counts.shape + (1,) * len(within))
            for axis in reversed(range(counts.ndim)):
                taken = found[(slice(None),) * axis + (places[axis],)]
                found, left = _summed(_merged(taken, axis) * masks[axis], axis, left)
        return found.reshape(found.shape[: len(scope)]) * prod(left.values())


def _values(index: Any, scope: tuple[Range, ...]) -> np.ndarray:
    """An index at every point of the scope."""
    count = len(scope)
    values = {
        r.name: np.arange(r.size).reshape((1,) * place + (-1,) + (1,) * (count - place - 1))
        for place, r in enumerate(scope)
    }
    found = np.asarray(as_index(index).at(values))
    return found if found.ndim else found.reshape((1,) * count)


def _inside(index: Any, size: int, scope: tuple[Range, ...]) -> np.ndarray:
    """Whether an index lies within an axis, at every point of the scope; at one where it always does."""
    low, high = as_index(index).bounds()
    if low >= 0 and high < size:
        return np.ones((1,) * len(scope), dtype=bool)
    values = _values(index, scope)
    return (values >= 0) & (values < size)


def _kept(index: Any, size: int, mask: np.ndarray, scope: tuple[Range, ...]) -> np.ndarray:
    """Where the count of an index stands, outside too; of an axis of equal counts, of which one is kept, at its
    beginning.
    """
    return np.zeros(mask.shape, dtype=int) if size == 1 else np.clip(_values(index, scope), 0, size - 1)


def _places(scope: tuple[Range, ...], over: tuple[Range, ...]) -> dict[int, int]:
    """The sizes of the ranges of a sum, by the axes that they have within the scope."""
    return {place: r.size for place, r in enumerate(over, len(scope))}


def _summed(counts: np.ndarray, first: int, left: dict[int, int]) -> tuple[np.ndarray, dict[int, int]]:
    """The counts summed over the ranges that they depend on, whose axes stand from ``first`` on; and the others."""
    moving = [place for place in left if counts.shape[first + place] > 1]
    summed = counts.sum(axis=tuple(first + place for place in moving), keepdims=True) if moving else counts
    return summed, {place: size for place, size in left.items() if place not in moving}


def _merged(taken: np.ndarray, first: int) -> np.ndarray:
    """Two sets of the same axes from ``first`` on as one: each axis is of length 1 in one of them."""
    count = (taken.ndim - first) // 2
    pairs = [first + place + half for place in range(count) for half in (0, count)]
    shape = [taken.shape[first + place] * taken.shape[first + count + place] for place in range(count)]
    return taken.transpose(*range(first), *pairs).reshape(*taken.shape[:first], *shape)
