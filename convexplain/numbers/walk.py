"""A whole level at once, from the statement of its layer, in whatever numbers are asked for.

This module knows numpy and the records of a statement; it knows no kind of layer, and not what numbers are: exact ones
are the business of ``evaluation``, float32 ones with their rounding of :mod:`convexplain.check.bounds`.
Each entry and each read depends on some of the statement's ranges: it is gathered to an array over those, and sums of
products of two such arrays become matrix products.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import partial, reduce
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

import numpy as np

from convexplain.layers.index import Index, Quotient, Range, Remainder, as_index
from convexplain.layers.layer import Stated
from convexplain.layers.statement import (
    Add,
    Apply,
    Case,
    Constant,
    Entry,
    Largest,
    Number,
    Power,
    Present,
    Read,
    Shape,
    Smallest,
    Times,
    Total,
    Value,
    rebuilt,
    substitute,
    walk,
)

_BLOCK_BYTES = 16 << 20

N = TypeVar("N")
Change = Callable[[np.ndarray], np.ndarray]
Limbs = Sequence[np.ndarray]
Merge = Callable[[Iterator[tuple[int, int, np.ndarray]]], np.ndarray]
Dot = Callable[[Limbs, Limbs, Merge], np.ndarray]
"""The sums of products of each of some float64 arrays with each of some others, laid out alike: ``merge`` makes one
array of them all, block by block."""


class Numbers(Protocol[N]):
    """Arrays of numbers of one kind, and the arithmetic that the records of a statement ask of them."""

    def constant(self, number: Fraction) -> N: ...
    def named(self, name: str) -> N: ...
    def whole(self, integers: np.ndarray) -> N: ...
    def each(self, change: Change, numbers: N) -> N: ...
    def add(self, a: N, b: N) -> N: ...
    def multiply(self, factors: Sequence[N]) -> N: ...
    def power(self, base: N, exponent: Fraction) -> N: ...
    def applied(self, function: str, argument: N) -> N: ...
    def extreme(self, choose: np.ufunc, a: N, b: N) -> N: ...
    def reduced(self, choose: np.ufunc, numbers: N, axes: tuple[int, ...]) -> N: ...
    def chosen(self, mask: np.ndarray, a: N, b: N) -> N: ...
    def summed(self, numbers: N, axes: tuple[int, ...], times: int) -> N: ...
    def contracted(self, a: N, b: N, products: int, dot: Dot) -> N: ...


class Part(NamedTuple, Generic[N]):
    """A value over some ranges: an axis for each name."""

    names: tuple[str, ...]
    value: N


class _Operand(NamedTuple, Generic[N]):
    """A factor of a sum: numbers, and how an array of them is laid out over some ranges."""

    names: tuple[str, ...]
    value: N
    laid: Callable[[np.ndarray, Mapping[str, np.ndarray]], np.ndarray]


def level(
    numbers: Numbers[N], stated: Stated, arrays: Mapping[str, N], inputs: Sequence[N], batch: int | None, body: bool
) -> N:
    """The output cells of a statement over its axes, the batch first if there is one.

    ``arrays`` are the weights by letter, as they are indexed; ``inputs`` the levels that are read, with an axis of size
    ``batch`` before their shape unless it is None. With ``body`` it is the level before the activation.
    """
    axes, value = stated.axes, stable(stated.body if body else stated.value)
    splits = {r.name: split for r in axes if (split := divided(r, value))}
    value = substitute(value, {name: split.joined for name, split in splits.items()})
    walked = _Walk(numbers, arrays, inputs, stated.sizes.reads, batch)
    names = [] if batch is None else [_BATCH]
    first = len(names)
    for r in axes:
        for own in splits[r.name].parts if r.name in splits else (r,):
            walked.values[own.name] = np.arange(own.size)
            names.append(own.name)
    part = walked.part(value)
    shape = [len(walked.values[name]) for name in names]

    def joined(array: np.ndarray) -> np.ndarray:
        array = np.broadcast_to(array, shape)
        for place, r in enumerate(axes, first):
            if r.name in splits:
                split, sizes = splits[r.name], array.shape
                array = array.reshape(*sizes[:place], -1, *sizes[place + 2 :])
                array = array[(slice(None),) * place + (slice(split.start, split.start + r.size),)]
        return array

    return numbers.each(joined, _aligned(numbers, part, names))


def stable(value: Value) -> Value:
    """The same number, with exponentials that are held against their sum shifted by the largest, as every library
    shifts them: none of them overflows.
    """
    if not any(isinstance(part, Total) and _is_exponential(part.body) for part in walk(value)):
        return value  # the same object, so that what stands in several places is still one
    held = rebuilt(value, lambda part: stable(part) if isinstance(part, Value) else part)
    match held:
        case Apply("log", Total(over, Apply("exp", z))):
            most = Largest(over, (z,))
            return Add((most, Apply("log", Total(over, Apply("exp", z - most)))))
        case Times(parts):
            sums = [
                part
                for part in parts
                if isinstance(part, Power)
                and part.exponent == -1
                and isinstance(part.base, Total)
                and _is_exponential(part.base.body)
            ]
            shares = [part for part in parts if _is_exponential(part)]
            if len(sums) == len(shares) == 1:
                total: Any = sums[0].base
                share: Any = shares[0]
                most = Largest(total.over, (total.body.argument,))
                shifted = Total(total.over, Apply("exp", total.body.argument - most))
                others = tuple(part for part in parts if part is not sums[0] and part is not share)
                return Times((*others, Apply("exp", share.argument - most), Power(shifted, Fraction(-1))))
    return held


def _is_exponential(value: Value) -> bool:
    return isinstance(value, Apply) and value.function == "exp"


_BATCH = "batch"


class Split(NamedTuple):
    """An axis as two, for a layer that divides it: r = parts[0] * divisor + parts[1] - start."""

    parts: tuple[Range, Range]
    start: int
    joined: Index


def divided(r: Range, value: Value) -> Split | None:
    """How ``r`` is divided throughout a value, when it is always in the same way: groups, flattening, strides."""
    found = set()
    for leaf in walk(value):
        for index in (*getattr(leaf, "indices", ()), *([leaf.index] if isinstance(leaf, Case) else [])):
            for atom, _ in as_index(index).terms:
                if isinstance(atom, (Quotient, Remainder)) and r in atom.dividend.ranges():
                    found.add((atom.dividend.terms, atom.dividend.constant, atom.divisor))
    if len(found) != 1:
        return None
    ((terms, start, divisor),) = found
    if terms != ((r, 1),) or start < 0:
        return None
    parts = Range(f"{r.name}//", -(-(start + r.size) // divisor)), Range(f"{r.name}%", divisor)
    return Split(parts, start, parts[0] * divisor + parts[1] - start)


class _Walk(Generic[N]):
    """Evaluates values over the ranges whose numbers it holds."""

    def __init__(
        self,
        numbers: Numbers[N],
        arrays: Mapping[str, N],
        inputs: Sequence[N],
        shapes: Sequence[Shape],
        batch: int | None,
    ) -> None:
        self.numbers, self.arrays, self.inputs, self.shapes = numbers, arrays, inputs, shapes
        self.values: dict[str, np.ndarray] = {} if batch is None else {_BATCH: np.arange(batch)}
        self._known: dict[int, tuple[Value, Part[N]]] = {}

    def part(self, value: Value) -> Part[N]:
        """The numbers of a value; one that stands in several places is evaluated once."""
        if id(value) not in self._known:
            self._known[id(value)] = value, self._evaluated(value)
        return self._known[id(value)][1]

    def _evaluated(self, value: Value) -> Part[N]:
        numbers = self.numbers
        match value:
            case Number(number):
                return Part((), numbers.constant(number))
            case Constant(name):
                return Part((), numbers.named(name))
            case Entry() | Read():
                leaf = self.leaf(value)
                return Part(leaf.names, numbers.each(lambda array: leaf.laid(array, self.values), leaf.value))
            case Present(read):
                return self._present(read)
            case Add(parts):
                return self._together(lambda aligned: reduce(numbers.add, aligned), map(self.part, parts))
            case Times(parts):
                return self._together(numbers.multiply, map(self.part, parts))
            case Power(base, exponent):
                inner = self.part(base)
                return Part(inner.names, numbers.power(inner.value, exponent))
            case Total(over, body):
                return self._total(over, body)
            case Largest(over, parts):
                return self._extreme(over, parts, np.maximum)
            case Smallest(over, parts):
                return self._extreme(over, parts, np.minimum)
            case Apply(function, argument):
                inner = self.part(argument)
                return Part(inner.names, numbers.applied(function, inner.value))
            case Case():
                return self._case(value)
        raise TypeError(f"no record of a statement: {type(value).__name__}")

    def leaf(self, leaf: Entry | Read, fill: bool = False) -> _Operand[N]:
        """An entry or a read as an operand; where it is absent it is zero, or with ``fill`` a number that is there."""
        base: N
        if isinstance(leaf, Entry):
            base, shape = self.arrays[leaf.array], None
            batch: tuple[str, ...] = ()
        else:
            base, shape = self.inputs[leaf.source], self.shapes[leaf.source]
            batch = (_BATCH,) if _BATCH in self.values else ()
        indices = [as_index(index) for index in leaf.indices]
        own = [tuple(sorted(r.name for r in index.ranges())) for index in indices]
        apart = sum(map(len, own)) == len({name for names in own for name in names})
        names = (
            tuple(name for some in own for name in some) if apart else tuple(sorted({n for some in own for n in some}))
        )

        def laid(array: np.ndarray, values: Mapping[str, np.ndarray]) -> np.ndarray:
            sizes = array.shape if shape is None else shape
            places = []
            for index, some in zip(indices, own, strict=True):
                over = some if apart else names
                place = np.asarray(index.at(_opened(over, values)))
                places.append(np.broadcast_to(place, [len(values[name]) for name in over]))
            there = [(place >= 0) & (place < size) for place, size in zip(places, sizes, strict=True)]
            safe = [np.clip(place, 0, size - 1) for place, size in zip(places, sizes, strict=True)]
            lead = len(batch)
            if batch:
                array = _taken(array, values[_BATCH], 0)
            if apart:
                result = array
                for axis in reversed(range(len(sizes))):
                    result = _taken(result, safe[axis], lead + axis)
            else:
                result = array[(slice(None),) * lead + tuple(safe)]
            if not fill:
                position = lead
                for mask in there:
                    if not mask.all():
                        tail = result.ndim - position - mask.ndim if apart else 0
                        result = np.where(mask.reshape(mask.shape + (1,) * tail), result, 0)
                    position += mask.ndim if apart else 0
            return result

        return _Operand((*batch, *names), base, laid)

    def _present(self, read: Read) -> Part[N]:
        names: tuple[str, ...] = tuple(sorted({r.name for index in read.indices for r in as_index(index).ranges()}))
        there: Any = True
        for index, size in zip(read.indices, self.shapes[read.source], strict=True):
            place = np.broadcast_to(index.at(_opened(names, self.values)), [len(self.values[name]) for name in names])
            there = there & (place >= 0) & (place < size)
        return Part(names, self.numbers.whole(np.asarray(there).astype(int)))

    def _within(self, over: Sequence[Range]) -> None:
        for r in over:
            self.values[r.name] = np.arange(r.size)

    def _together(self, operation: Callable[[list[N]], N], parts: Iterable[Part[N]]) -> Part[N]:
        """An operation on some values, over all ranges that any of them depends on."""
        given = list(parts)
        names = tuple(dict.fromkeys(name for part in sorted(given, key=_most_axes) for name in part.names))
        return Part(names, operation([_aligned(self.numbers, part, names) for part in given]))

    def _total(self, over: tuple[Range, ...], body: Value) -> Part[N]:
        self._within(over)
        summed = {r.name: r.size for r in over}
        factors = list(body.parts) if isinstance(body, Times) else [body]
        if len(factors) == 2:
            left, right = map(self._operand, factors)
            if all(name in left.names and name in right.names for name in summed):
                return self._contracted(left, right, summed)
        whole = self.part(body)
        kept = tuple(name for name in whole.names if name not in summed)
        missing = math.prod(size for name, size in summed.items() if name not in whole.names)
        axes = tuple(place for place, name in enumerate(whole.names) if name in summed)
        return Part(kept, self.numbers.summed(whole.value, axes, missing))

    def _operand(self, value: Value) -> _Operand[N]:
        if isinstance(value, (Entry, Read)):
            return self.leaf(value)
        part = self.part(value)

        def laid(array: np.ndarray, values: Mapping[str, np.ndarray]) -> np.ndarray:
            for axis, name in enumerate(part.names):
                if len(values[name]) != array.shape[axis]:
                    array = array.take(values[name], axis=axis)
            return array

        return _Operand(part.names, part.value, laid)

    def _contracted(self, left: _Operand[N], right: _Operand[N], summed: Mapping[str, int]) -> Part[N]:
        """The sum of products of two operands over ranges that both depend on."""
        both = [name for name in left.names if name in right.names and name not in summed]
        ours = [name for name in left.names if name not in right.names]
        theirs = [name for name in right.names if name not in left.names]
        kept = [*both, *ours, *theirs]
        along, blocks = self._blocks(left, right, kept)

        def dot(lefts: Limbs, rights: Limbs, merge: Merge) -> np.ndarray:
            found = [merge(products(values, lefts, rights)) for values in blocks]
            return found[0] if len(found) == 1 else np.concatenate(found, axis=along)

        def products(
            values: Mapping[str, np.ndarray], lefts: Limbs, rights: Limbs
        ) -> Iterator[tuple[int, int, np.ndarray]]:
            """A matrix product for each pair of arrays, over one block."""
            sizes = {name: len(values[name]) for name in (*kept, *summed)}

            def matrix(operand: _Operand[N], array: np.ndarray, groups: tuple[list[str], ...]) -> np.ndarray:
                laid = operand.laid(array, values)
                wanted = [name for group in groups for name in group]
                turned = laid.transpose([operand.names.index(name) for name in wanted])
                lengths = [math.prod(sizes[name] for name in group) for group in groups]
                return np.ascontiguousarray(turned).reshape(lengths)

            columns = [matrix(right, array, (both, list(summed), theirs)) for array in rights]
            for i, array in enumerate(lefts):
                rows = matrix(left, array, (both, ours, list(summed)))
                for j, column in enumerate(columns):
                    yield i, j, (rows @ column).reshape([sizes[name] for name in kept])

        count = math.prod(summed.values())
        return Part(tuple(kept), self.numbers.contracted(left.value, right.value, count, dot))

    def _blocks(
        self, left: _Operand[N], right: _Operand[N], kept: list[str]
    ) -> tuple[int, list[Mapping[str, np.ndarray]]]:
        """The ranges, cut along the longest axis that the larger operand keeps, so that what is laid out at once stays
        within bounds.
        """
        larger = max((left, right), key=lambda operand: math.prod(len(self.values[name]) for name in operand.names))
        numbers = math.prod(len(self.values[name]) for name in larger.names)
        candidates = [name for name in kept if name in larger.names]
        if numbers * 8 <= _BLOCK_BYTES or not candidates:
            return 0, [self.values]
        along = max(candidates, key=lambda name: len(self.values[name]))
        whole = self.values[along]
        step = max(1, len(whole) * _BLOCK_BYTES // (numbers * 8))
        return kept.index(along), [
            {**self.values, along: whole[start : start + step]} for start in range(0, len(whole), step)
        ]

    def _candidate(self, value: Value) -> Part[N]:
        """A candidate of a maximum. Where a cell is absent, the nearest one that is there stands in: it is in the
        window itself, so it decides nothing that it does not decide anyhow.
        """
        if not isinstance(value, Read):
            return self.part(value)
        leaf = self.leaf(value, fill=True)
        return Part(leaf.names, self.numbers.each(lambda array: leaf.laid(array, self.values), leaf.value))

    def _extreme(self, over: tuple[Range, ...], parts: tuple[Value, ...], choose: np.ufunc) -> Part[N]:
        self._within(over)
        summed = {r.name for r in over}
        reduced = []
        for part in map(self._candidate, parts):
            axes = tuple(place for place, name in enumerate(part.names) if name in summed)
            inner = self.numbers.reduced(choose, part.value, axes) if axes else part.value
            reduced.append(Part(tuple(name for name in part.names if name not in summed), inner))
        return self._together(lambda found: reduce(partial(self.numbers.extreme, choose), found), reduced)

    def _case(self, value: Case) -> Part[N]:
        below, otherwise = self.part(value.below), self.part(value.otherwise)
        index = as_index(value.index)
        own = tuple(sorted(r.name for r in index.ranges()))
        names = tuple(dict.fromkeys((*below.names, *otherwise.names, *own)))
        mask = np.asarray(index.at(_opened(names, self.values)) < value.bound)
        return Part(
            names, self.numbers.chosen(mask, *(_aligned(self.numbers, part, names) for part in (below, otherwise)))
        )


def _most_axes(part: Part[Any]) -> int:
    return -len(part.names)


def _aligned(numbers: Numbers[N], part: Part[N], names: Sequence[str]) -> N:
    """The numbers with an axis for each of some names, of size 1 where they do not depend on it."""
    order = [part.names.index(name) for name in names if name in part.names]
    places = [name in part.names for name in names]

    def change(array: np.ndarray) -> np.ndarray:
        sizes = iter(np.asarray(array).transpose(order).shape)
        return np.asarray(array).transpose(order).reshape([next(sizes) if there else 1 for there in places])

    return numbers.each(change, part.value)


def _opened(names: Sequence[str], values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The numbers of each range, along an axis of its own."""
    return {
        name: values[name].reshape([-1 if place == own else 1 for place in range(len(names))])
        for own, name in enumerate(names)
    }


def _taken(array: np.ndarray, places: np.ndarray, axis: int) -> np.ndarray:
    """``array.take(places, axis)``, without a copy where the places follow each other."""
    if places.ndim == 1 and (np.diff(places) == 1).all():
        return array[(slice(None),) * axis + (slice(places[0], places[0] + len(places)),)]
    return array.take(places, axis=axis)
