"""A statement the other way round: which output cells a cell or an entry takes part in, and by what factor.

This module knows the records of a statement; it knows no kind of layer, no weights and no sympy. The factor is the
derivative of the output cell, as records at numbers again. Of equal candidates of a maximum or a minimum the first one
counts: layers write them so that the slope of relu at 0 is 0 and that of elu is 1, as in Keras.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TypeAlias

import numpy as np

from convexplain.layers import Stated
from convexplain.layers import statement as st
from convexplain.layers.index import Index, Range, as_index

Point: TypeAlias = "Mapping[str, int]"
Ground: TypeAlias = "Callable[[st.Value, Point], st.Value | None]"
Factor: TypeAlias = "Callable[[Point, Ground], st.Value | None]"
"""A factor of the derivative at a point, None where it is nothing; grounded by the given function."""

_PI, _HALF = st.Constant("pi"), Fraction(-1, 2)


@dataclass(frozen=True, eq=False)
class Occurrence:
    """One place in a statement at which a cell or an entry stands, and the derivative by what stands there."""

    leaf: st.Read | st.Entry
    over: tuple[Range, ...]
    """The ranges that are summed on the way, after the axes of the output."""
    factors: tuple[Factor, ...]

    def points(self, indices: Sequence[int], axes: Sequence[Range]) -> Iterator[dict[str, int]]:
        """All values of the axes and of the ranges at which the leaf has these indices."""
        found: list[dict[str, int]] = [{}]
        for index, wanted in zip(self.leaf.indices, indices, strict=True):
            met = _table(as_index(index)).points(wanted)
            found = [
                {**one, **other}
                for one in found
                for other in met
                if all(one.get(name, value) == value for name, value in other.items())
            ]
        for point in found:
            free = [r for r in (*axes, *self.over) if r.name not in point]
            for values in st.points(free, point):
                yield dict(values)


@dataclass(frozen=True, eq=False)
class _Table:
    """The values of an index over its ranges, sorted."""

    over: tuple[Range, ...]
    values: np.ndarray
    order: np.ndarray

    def points(self, wanted: int) -> list[dict[str, int]]:
        """The values of the ranges at which the index has this value."""
        first, last = np.searchsorted(self.values, [wanted, wanted + 1])
        places = np.unravel_index(self.order[first:last], [r.size for r in self.over]) if self.over else ()
        names = [r.name for r in self.over]
        if not names:
            return [{}] * int(last - first)
        return [dict(zip(names, map(int, point), strict=True)) for point in zip(*places, strict=True)]


@lru_cache(maxsize=1024)
def _table(index: Index) -> _Table:
    over = tuple(sorted(index.ranges(), key=lambda r: r.name))
    sizes = [r.size for r in over]
    places = np.ogrid[tuple(slice(size) for size in sizes)] if over else ()
    grid = {r.name: place for r, place in zip(over, places, strict=True)}
    values = np.broadcast_to(np.asarray(index.at(grid)), sizes).ravel()
    order = np.argsort(values, kind="stable")
    return _Table(over, values[order], order)


def occurrences(stated: Stated) -> tuple[Occurrence, ...]:
    """Every place of a statement at which a cell or an entry stands."""
    return tuple(_found(stated.value))


def _found(value: st.Value) -> Iterator[Occurrence]:
    match value:
        case st.Read() | st.Entry():
            yield Occurrence(value, (), ())
        case st.Add(parts):
            for part in parts:
                yield from _found(part)
        case st.Times(parts):
            for place, part in enumerate(parts):
                others = tuple(_plain(other) for at, other in enumerate(parts) if at != place)
                yield from _within(part, others)
        case st.Total(over, body):
            yield from _within(body, (), over)
        case st.Power(base, exponent):
            yield from _within(base, (_plain(st.product((st.Number(exponent), st.Power(base, exponent - 1)))),))
        case st.Apply(function, argument) if function != "heaviside":
            yield from _within(argument, (_plain(_SLOPES[function](argument)),))
        case st.Largest(over, parts) | st.Smallest(over, parts):
            for place, part in enumerate(parts):
                yield from _within(part, (_first_of(value, place),), over)
        case st.Case(index, bound, below, otherwise):
            yield from _within(below, (_plain(st.Case(index, bound, st.ONE, st.ZERO)),))
            yield from _within(otherwise, (_plain(st.Case(index, bound, st.ZERO, st.ONE)),))


def _within(value: st.Value, factors: tuple[Factor, ...], over: tuple[Range, ...] = ()) -> Iterator[Occurrence]:
    for inner in _found(value):
        yield Occurrence(inner.leaf, (*over, *inner.over), (*factors, *inner.factors))


def _plain(value: st.Value) -> Factor:
    return lambda point, ground: ground(value, point)


_SLOPES: dict[str, Callable[[st.Value], st.Value]] = {
    "exp": lambda z: st.Apply("exp", z),
    "log": lambda z: st.Power(z, Fraction(-1)),
    "tanh": lambda z: 1 - st.Apply("tanh", z) ** 2,
    "erf": lambda z: 2 * _PI**_HALF * st.Apply("exp", -(z**2)),
    "sigmoid": lambda z: st.Apply("sigmoid", z) * (1 - st.Apply("sigmoid", z)),
    "softplus": lambda z: st.Apply("sigmoid", z),
}


def _first_of(value: st.Largest | st.Smallest, place: int) -> Factor:
    """1 where the candidate is the one that decides, else 0."""
    smallest = isinstance(value, st.Smallest)

    def decides(point: Point, ground: Ground) -> st.Value | None:
        own = ground(value.parts[place], point)
        if own is None:
            return None
        before: list[st.Value] = []
        after: list[st.Value] = []
        here = (*(point[r.name] for r in value.over), place)
        for at in st.points(value.over, point):
            for rank, other in enumerate(value.parts):
                candidate = ground(other, at)
                there = (*(at[r.name] for r in value.over), rank)
                if candidate is not None and there != here:
                    (before if there < here else after).append(candidate)
        won = [st.Apply("heaviside", _apart(own, _most(value, before), smallest))] if before else []
        kept = [1 - st.Apply("heaviside", _apart(_most(value, after), own, smallest))] if after else []
        return st.product([*won, *kept])

    return decides


def _most(value: st.Largest | st.Smallest, candidates: list[st.Value]) -> st.Value:
    return candidates[0] if len(candidates) == 1 else type(value)((), tuple(candidates))


def _apart(one: st.Value, other: st.Value, reverse: bool) -> st.Value:
    """How much the one is larger than the other, or smaller."""
    if reverse:
        one, other = other, one
    return one if other == st.ZERO else -1 * other if one == st.ZERO else one - other
