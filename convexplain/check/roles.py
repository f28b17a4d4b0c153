"""What probes need to know of a statement: what part each array has in it, and which samples meet in one output.

This module knows the records of a statement and numpy; it knows no kind of layer, asks nobody, and compares nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from convexplain.layers.index import Range, as_index
from convexplain.layers.layer import Array, Layer, Stated, stated
from convexplain.layers.statement import (
    Add,
    Apply,
    Entry,
    Largest,
    Power,
    Present,
    Read,
    Shape,
    Smallest,
    Times,
    Total,
    Value,
    children,
    ranges,
    total,
    walk,
)

PASSING = ("linear", "relu", "leaky_relu")
"""Activations that let positive numbers pass as they are."""


def without_activation(layer: Layer) -> Layer:
    """The layer with its sum as its output."""
    other: Any = layer
    return replace(other, activation="linear")


def reads(value: Value) -> Iterator[Read]:
    """Every read of a number: what is only counted is not read."""
    if isinstance(value, Read):
        yield value
    elif not isinstance(value, Present):
        for part in children(value):
            yield from reads(part)


def _is_read(value: Value) -> bool:
    return next(reads(value), None) is not None


def roles(value: Value) -> dict[str, str]:
    """The part of each array, by its letter: a "factor" of what is read, an "addend", or "within" a root."""
    found: dict[str, str] = {}

    def look(part: Value, role: str) -> None:
        if isinstance(part, Entry):
            found.setdefault(part.array, role)
        elif isinstance(part, Power) and not (part.exponent.denominator == 1 and part.exponent > 0):
            look(part.base, "within")
        elif isinstance(part, Times):
            for place, factor in enumerate(part.parts):
                others = (*part.parts[:place], *part.parts[place + 1 :])
                multiplies = role == "addend" and not _is_read(factor) and any(map(_is_read, others))
                look(factor, "factor" if multiplies else role)
        else:
            for inner in children(part):
                look(inner, role)

    look(value, "addend")
    return found


def is_polynomial(value: Value) -> bool:
    """Whether a value is made by sums, products, maxima and steps alone, and quotients by counts."""
    for part in walk(value):
        if isinstance(part, Apply) and part.function != "heaviside":
            return False
        is_whole = not isinstance(part, Power) or (part.exponent.denominator == 1 and part.exponent > 0)
        if not is_whole and (_is_read(part) or any(isinstance(inner, (Entry, Apply)) for inner in walk(part))):
            return False
    return True


def degree(value: Value) -> int:
    """How many numbers that are given one product of a polynomial has at most."""
    match value:
        case Entry() | Read():
            return 1
        case Times(parts):
            return sum(map(degree, parts))
        case Power(base, exponent):
            return degree(base) * int(exponent) if exponent > 0 else 0
        case Apply() | Present():
            return 0
    return max(map(degree, children(value)), default=0)


def sums_products(value: Value) -> bool:
    """Whether products of an entry and a sample are summed."""
    return any(
        isinstance(part, Total) and _is_read(part) and any(isinstance(inner, Entry) for inner in walk(part))
        for part in walk(value)
    )


def takes_cells(value: Value) -> bool:
    """Whether nothing but single cells, weighted sums and extremes of them goes into a function."""
    return not any(
        isinstance(part, (Apply, Power)) and any(isinstance(inner, Total) and _is_read(inner) for inner in walk(part))
        for part in walk(value)
    )


def apart_by(value: Value) -> list[tuple[str, int]]:
    """The axes of arrays along which products of the same sample are summed: (letter of the array, axis)."""
    found = []
    for part in walk(value):
        if isinstance(part, Total):
            sampled = frozenset().union(*(ranges(read) for read in reads(part.body)))
            own = [r for r in part.over if r not in sampled]
            for entry in walk(part.body):
                if isinstance(entry, Entry):
                    places = [(r, place) for r in own for place, at in enumerate(entry.indices) if at is r or at == r]
                    found += [(entry.array, place) for _, place in places]
    return list(dict.fromkeys(found))


def reading(whole: Stated) -> Stated:
    """The statement whose outputs are the sums of all cells that each output reads."""
    own = frozenset(whole.axes)
    parts: list[Value] = []
    for read in dict.fromkeys(reads(whole.value)):
        over = tuple(sorted(ranges(read) - own, key=lambda r: r.name))
        parts.append(total(over, read) if over else read)
    value = parts[0] if len(parts) == 1 else Add(tuple(parts))
    return Stated(whole.axes, value, value, whole.sizes)


class Pairs(NamedTuple):
    """Which output reads which sample, by their places row by row, the samples of all levels one after the other:
    sorted by the sample, each pair once.
    """

    cells: np.ndarray
    outputs: np.ndarray


def pairs(whole: Stated) -> Pairs:
    """Every pair of a sample and an output that reads it."""
    starts = np.cumsum([0, *map(math.prod, whole.sizes.reads)])
    count, found = math.prod(r.size for r in whole.axes), []
    for read in dict.fromkeys(reads(whole.value)):
        shape = whole.sizes.reads[read.source]
        inner = sorted(ranges(read) - frozenset(whole.axes), key=lambda r: r.name)
        places = [_grid(as_index(index), list(whole.axes), inner).reshape(count, -1) for index in read.indices]
        there = np.logical_and.reduce([(at >= 0) & (at < size) for at, size in zip(places, shape, strict=True)])
        cells = starts[read.source] + np.ravel_multi_index([at[there] for at in places], shape)
        outputs = np.broadcast_to(np.arange(count)[:, None], there.shape)[there]
        found.append(cells * count + outputs)
    both = np.sort(np.concatenate(found))
    both = both[np.diff(both, prepend=-1) > 0]
    return Pairs(both // count, both % count)


class Row(NamedTuple):
    """Cells of one of the levels that are read, of which no output reads two."""

    source: int
    cells: tuple[np.ndarray, ...]
    """An array for each axis."""


def rows(whole: Stated, most: int) -> list[Row]:
    """All cells of all levels that are read, in rows of at most so many cells, of which no output may read two."""
    found = []
    for source, shape in enumerate(whole.sizes.reads):
        colours = [_colours(whole, source, axis, size) for axis, size in enumerate(shape)]
        kinds = np.ravel_multi_index(
            np.meshgrid(*colours, indexing="ij"), [int(colour.max()) + 1 for colour in colours]
        ).ravel()
        order = np.argsort(kinds, kind="stable")
        starts = np.flatnonzero(np.diff(kinds[order], prepend=-1))
        for group in np.split(order, starts[1:]):
            for start in range(0, len(group), most):
                found.append(Row(source, np.unravel_index(group[start : start + most], shape)))
    return found


def _colours(whole: Stated, source: int, axis: int, size: int) -> np.ndarray:
    """Numbers for the positions along an axis: no output reads two different positions of the same number.

    What one output reads along an axis lies some multiples of a distance apart, and within some span: so blocks of that
    distance are numbered in turn, as many as the span holds.
    """
    own = {r.name for r in whole.axes}
    columns: list[np.ndarray] = []
    indices = [as_index(read.indices[axis]) for read in dict.fromkeys(reads(whole.value)) if read.source == source]
    if not indices:
        return np.zeros(size, dtype=int)
    outer = sorted({r for index in indices for r in index.ranges() if r.name in own}, key=lambda r: r.name)
    for index in indices:
        inner = sorted((r for r in index.ranges() if r.name not in own), key=lambda r: r.name)
        places = _grid(index, outer, inner)
        columns.append(places.reshape(math.prod(r.size for r in outer), -1))
    read = np.sort(np.concatenate(columns, axis=1), axis=1)
    there = (read >= 0) & (read < size)
    both = there[:, 1:] & there[:, :-1]
    steps = np.where(both, np.diff(read, axis=1), 0)
    distance = int(np.gcd.reduce(steps, axis=None)) if steps.size else 0
    if not distance:
        return np.zeros(size, dtype=int)
    low = np.where(there, read, size).min(axis=1)
    high = np.where(there, read, -1).max(axis=1)
    span = int(np.maximum(high - low, 0).max()) // distance + 1
    return np.arange(size) // distance % span


def _grid(index: Any, outer: list[Range], inner: list[Range]) -> np.ndarray:
    """The values of an index over ranges, an axis for each."""
    over = [*outer, *inner]
    values = {
        r.name: np.arange(r.size).reshape([-1 if place == own else 1 for place in range(len(over))])
        for own, r in enumerate(over)
    }
    return np.broadcast_to(np.asarray(index.at(values)), [r.size for r in over])


def windows(whole: Stated) -> int:
    """How many numbers are laid out at most to compute one row: what a library gathers before it multiplies."""
    return max((math.prod(r.size for r in ranges(read)) for read in reads(whole.value)), default=0)


def is_smallest(value: Value) -> bool:
    """Whether an output is the smallest of what it reads."""
    return isinstance(value, Smallest) and not any(isinstance(part, Largest) for part in walk(value))


def multiplies_levels(value: Value) -> bool:
    """Whether samples are multiplied with each other."""
    return any(isinstance(part, Times) and sum(map(_is_read, part.parts)) > 1 for part in walk(value))


def arrays(layer: Layer, shapes: tuple[Shape, ...]) -> list[tuple[Array, str]]:
    """The arrays of a layer, each with its part; one that is not named has none."""
    known = roles(stated(layer, *shapes).value)
    return [(array, known.get(array.letter, "addend")) for array in layer.arrays(*shapes)]
