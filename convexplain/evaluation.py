"""A whole level at once, from the statement of its layer: exact numbers, or enclosures of them.

This module knows numpy and the records of a statement; it knows no kind of layer. Each entry and each read depends on
some of the statement's ranges: it is gathered to an array over those, and sums of products are contracted in limbs, as
in :mod:`convexplain.exact`; what numbers are, and how certain, is the business of :mod:`convexplain.enclosure`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from convexplain.enclosure import Enclosed, add, applied, constant, each, extreme, multiply, named, power
from convexplain.exact import Scaled, limbs, scaled
from convexplain.graph import Graph, describe
from convexplain.layers.index import Index, Quotient, Range, Remainder, as_index
from convexplain.layers.layer import Layer, stated
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
    Smallest,
    Times,
    Total,
    Value,
    substitute,
    walk,
)

_EXACT_BITS = 53
_BLOCK_BYTES = 16 << 20


def evaluate(
    layer: Layer, weights: Sequence[Any], inputs: Sequence[Any], shapes: Sequence[Any] | None = None, body: bool = False
) -> Enclosed:
    """The level that ``layer`` makes of ``inputs``, each (..., shape) or :class:`Enclosed`, with ``weights`` as in
    Keras's ``layer.get_weights()``.

    An input may have one axis before its shape, the batch; ``shapes`` says then what the shapes are. With ``body`` it
    is the level before the activation.
    """
    given = [x if isinstance(x, Enclosed) else Enclosed(x if isinstance(x, Scaled) else scaled(x)) for x in inputs]
    known = [tuple(shape) for shape in shapes] if shapes is not None else [x.value.integers.shape for x in given]
    statement = stated(layer, *known)
    arrays = {
        array.letter: Enclosed(_reshaped(scaled(np.asarray(values)), array.indexed))
        for array, values in zip(layer.arrays(*known), weights, strict=True)
    }
    axes, value = statement.axes, statement.body if body else statement.value
    splits = {r.name: split for r in axes if (split := _divided(r, value))}
    value = substitute(value, {name: split.joined for name, split in splits.items()})
    names = [name for r in axes for name in (splits[r.name].names if r.name in splits else (r.name,))]
    walked = _Walk(arrays, given, known)
    for r in axes:
        for own in splits[r.name].parts if r.name in splits else (r,):
            walked.values[own.name] = np.arange(own.size)
    part = walked.part(value)
    batch = [_BATCH] if any(x.value.integers.ndim > len(shape) for x, shape in zip(given, known, strict=True)) else []
    whole = _spread(part, [*batch, *names], walked)

    def joined(array: np.ndarray) -> np.ndarray:
        place = len(batch)
        for r in axes:
            if r.name in splits:
                split = splits[r.name]
                shape = array.shape
                array = array.reshape(*shape[:place], -1, *shape[place + 2 :])
                array = array[(slice(None),) * place + (slice(split.start, split.start + r.size),)]
            place += 1
        return array

    return each(joined, whole)


def level_values(network: Graph, weights: Sequence[Sequence[Any]], *inputs: Any) -> tuple[np.ndarray, ...]:
    """The output of every layer, float32: exact or enclosed, rounded once, and fed to the layers that read it."""
    levels = [np.asarray(x) for x in inputs]
    for level in range(network.input_count, network.depth + 1):
        layer, arrays = network.layer(level), weights[level - network.input_count]
        try:
            made = evaluate(layer, arrays, [levels[source] for source in network.sources(level)]).to_float32()
        except ValueError as error:
            raise ValueError(f"{describe(layer, level)}: {error}") from None
        levels.append(made)
    return tuple(levels[network.input_count :])


_BATCH = "batch"


class _Split(NamedTuple):
    """An axis as two, for a layer that divides it: r = parts[0] * divisor + parts[1] - start."""

    parts: tuple[Range, Range]
    start: int
    joined: Index

    @property
    def names(self) -> tuple[str, str]:
        return self.parts[0].name, self.parts[1].name


def _divided(r: Range, value: Value) -> _Split | None:
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
    return _Split(parts, start, parts[0] * divisor + parts[1] - start)


class _Part(NamedTuple):
    """A value over some ranges: an axis for each name."""

    names: tuple[str, ...]
    value: Enclosed


class _Operand(NamedTuple):
    """A factor of a sum: numbers, and how an array of them is laid out over some ranges."""

    names: tuple[str, ...]
    value: Enclosed
    laid: Callable[[np.ndarray, Mapping[str, np.ndarray]], np.ndarray]


class _Walk:
    """Evaluates values over the ranges whose numbers it holds."""

    def __init__(self, arrays: Mapping[str, Enclosed], inputs: Sequence[Enclosed], shapes: Sequence[Any]) -> None:
        self.arrays, self.inputs, self.shapes = arrays, inputs, shapes
        self.values: dict[str, np.ndarray] = {}
        for x, shape in zip(inputs, shapes, strict=True):
            if x.value.integers.ndim > len(shape):
                self.values[_BATCH] = np.arange(x.value.integers.shape[0])
        self._known: dict[int, tuple[Value, _Part]] = {}

    def part(self, value: Value) -> _Part:
        """The numbers of a value; one that stands in several places is evaluated once."""
        if id(value) not in self._known:
            self._known[id(value)] = value, self._evaluated(value)
        return self._known[id(value)][1]

    def _evaluated(self, value: Value) -> _Part:
        match value:
            case Number(number):
                return _Part((), constant(number))
            case Constant(name):
                return _Part((), named(name))
            case Entry() | Read():
                leaf = self.leaf(value)
                return _Part(leaf.names, each(lambda array: leaf.laid(array, self.values), leaf.value))
            case Present(read):
                return self._present(read)
            case Add(parts):
                return self._folded(add, [self.part(part) for part in parts])
            case Times(parts):
                return self._folded(multiply, [self.part(part) for part in parts])
            case Power(base, exponent):
                inner = self.part(base)
                return _Part(inner.names, power(inner.value, exponent))
            case Total(over, body):
                return self._total(over, body)
            case Largest(over, parts):
                return self._extreme(over, parts, largest=True)
            case Smallest(over, parts):
                return self._extreme(over, parts, largest=False)
            case Apply(function, argument):
                inner = self.part(argument)
                return _Part(inner.names, applied(function, inner.value))
            case Case():
                return self._case(value)
        raise TypeError(f"no record of a statement: {type(value).__name__}")

    def leaf(self, leaf: Entry | Read, fill: bool = False) -> _Operand:
        """An entry or a read as an operand; where it is absent it is zero, or with ``fill`` a number that is there."""
        if isinstance(leaf, Entry):
            base, shape = self.arrays[leaf.array], self.arrays[leaf.array].value.integers.shape
        else:
            base, shape = self.inputs[leaf.source], self.shapes[leaf.source]
        batch = (_BATCH,) * (base.value.integers.ndim - len(shape))
        indices = [as_index(index) for index in leaf.indices]
        own = [tuple(sorted(r.name for r in index.ranges())) for index in indices]
        apart = sum(map(len, own)) == len({name for names in own for name in names})
        names = (
            tuple(name for some in own for name in some) if apart else tuple(sorted({n for some in own for n in some}))
        )

        def laid(array: np.ndarray, values: Mapping[str, np.ndarray]) -> np.ndarray:
            places = []
            for index, some in zip(indices, own, strict=True):
                over = some if apart else names
                place = np.asarray(index.at(_opened(over, values)))
                places.append(np.broadcast_to(place, [len(values[name]) for name in over]))
            there = [(place >= 0) & (place < size) for place, size in zip(places, shape, strict=True)]
            safe = [np.clip(place, 0, size - 1) for place, size in zip(places, shape, strict=True)]
            lead = len(batch)
            if apart:
                result = array
                for axis in reversed(range(len(shape))):
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

    def _present(self, read: Read) -> _Part:
        names: tuple[str, ...] = tuple(sorted({r.name for index in read.indices for r in as_index(index).ranges()}))
        there: Any = True
        for index, size in zip(read.indices, self.shapes[read.source], strict=True):
            place = np.broadcast_to(index.at(_opened(names, self.values)), [len(self.values[name]) for name in names])
            there = there & (place >= 0) & (place < size)
        return _Part(names, Enclosed(Scaled(np.asarray(there).astype(int).astype(object), 0)))

    def _within(self, over: Sequence[Range]) -> None:
        for r in over:
            self.values[r.name] = np.arange(r.size)

    def _folded(self, operation: Callable[[Enclosed, Enclosed], Enclosed], parts: list[_Part]) -> _Part:
        names = tuple(dict.fromkeys(name for part in sorted(parts, key=_most_axes) for name in part.names))
        result = None
        for part in parts:
            aligned = _aligned(part, names)
            result = aligned if result is None else operation(result, aligned)
        assert result is not None
        return _Part(names, result)

    def _total(self, over: tuple[Range, ...], body: Value) -> _Part:
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
        added = each(lambda array: array.sum(axis=axes) * missing, whole.value)
        return _Part(kept, added)

    def _operand(self, value: Value) -> _Operand:
        if isinstance(value, (Entry, Read)):
            return self.leaf(value)
        part = self.part(value)

        def laid(array: np.ndarray, values: Mapping[str, np.ndarray]) -> np.ndarray:
            for axis, name in enumerate(part.names):
                if len(values[name]) != array.shape[axis]:
                    array = array.take(values[name], axis=axis)
            return array

        return _Operand(part.names, part.value, laid)

    def _contracted(self, left: _Operand, right: _Operand, summed: Mapping[str, int]) -> _Part:
        """The sum of products of two operands over ranges that both depend on."""
        both = [name for name in left.names if name in right.names and name not in summed]
        ours = [name for name in left.names if name not in right.names]
        theirs = [name for name in right.names if name not in left.names]
        names = (*both, *ours, *theirs)
        blocks = self._blocks(left, right, both, ours, theirs)

        def dot(a: Scaled, b: Scaled) -> Scaled:
            products = math.prod(summed.values())
            bits = (_EXACT_BITS - products.bit_length()) // 2
            lefts, rights = list(limbs(a.integers, bits)), list(limbs(b.integers, bits))
            found = [
                self._block(values, left, right, lefts, rights, bits, both, ours, theirs, summed) for values in blocks
            ]
            whole = found[0] if len(found) == 1 else np.concatenate(found, axis=self._block_axis)
            return Scaled(whole, a.exponent + b.exponent)

        a, b = left.value, right.value
        value, radius = dot(a.value, b.value), None
        if b.radius is not None:
            radius = dot(abs(a.value), b.radius)
        if a.radius is not None:
            size = abs(b.value) + b.radius if b.radius is not None else abs(b.value)
            more = dot(a.radius, size)
            radius = more if radius is None else radius + more
        return _Part(names, Enclosed(value, radius, a.divisor * b.divisor))

    _block_axis = 0

    def _blocks(
        self, left: _Operand, right: _Operand, both: list[str], ours: list[str], theirs: list[str]
    ) -> list[Mapping[str, np.ndarray]]:
        """The ranges, cut along one of the result's axes so that what is laid out at once stays within bounds."""
        larger = max((left, right), key=lambda operand: math.prod(len(self.values[name]) for name in operand.names))
        numbers = math.prod(len(self.values[name]) for name in larger.names)
        kept = [*both, *ours, *theirs]
        candidates = [name for name in kept if name in larger.names and name != _BATCH] or kept
        if numbers * 8 <= _BLOCK_BYTES or not candidates:
            return [self.values]
        along = max(candidates, key=lambda name: len(self.values[name]))
        self._block_axis = kept.index(along)
        whole = self.values[along]
        step = max(1, len(whole) * _BLOCK_BYTES // (numbers * 8))
        return [{**self.values, along: whole[start : start + step]} for start in range(0, len(whole), step)]

    def _block(
        self,
        values: Mapping[str, np.ndarray],
        left: _Operand,
        right: _Operand,
        lefts: list[tuple[int, np.ndarray]],
        rights: list[tuple[int, np.ndarray]],
        bits: int,
        both: list[str],
        ours: list[str],
        theirs: list[str],
        summed: Mapping[str, int],
    ) -> np.ndarray:
        """The exact sums over one block: a matrix product for each pair of limbs."""
        sizes = {name: len(values[name]) for name in (*both, *ours, *theirs, *summed)}
        shape = [sizes[name] for name in (*both, *ours, *theirs)]
        order = list(summed)

        def matrix(operand: _Operand, array: np.ndarray, groups: tuple[list[str], ...]) -> np.ndarray:
            laid = operand.laid(array, values)
            wanted = [name for group in groups for name in group]
            turned = laid.transpose([operand.names.index(name) for name in wanted])
            return np.ascontiguousarray(turned).reshape([math.prod(sizes[name] for name in group) for group in groups])

        columns = [(place, matrix(right, limb, (both, order, theirs))) for place, limb in rights]
        by_place: dict[int, np.ndarray] = {}
        for i, limb in lefts:
            rows = matrix(left, limb, (both, ours, order))
            for j, column in columns:
                part = (rows @ column).astype(np.int64)
                by_place[i + j] = by_place[i + j] + part if i + j in by_place else part
        total = np.zeros(shape, dtype=object)
        for place, part in by_place.items():
            total += part.reshape(shape).astype(object) << (bits * place)
        return total

    def _candidate(self, value: Value) -> _Part:
        """A candidate of a maximum. Where a cell is absent, the nearest one that is there stands in: it is in the
        window itself, so it decides nothing that it does not decide anyhow.
        """
        if not isinstance(value, Read):
            return self.part(value)
        leaf = self.leaf(value, fill=True)
        return _Part(leaf.names, each(lambda array: leaf.laid(array, self.values), leaf.value))

    def _extreme(self, over: tuple[Range, ...], parts: tuple[Value, ...], largest: bool) -> _Part:
        self._within(over)
        choose = np.maximum if largest else np.minimum
        summed = {r.name for r in over}
        reduced = []
        for part in map(self._candidate, parts):
            axes = tuple(place for place, name in enumerate(part.names) if name in summed)
            inner = part.value
            if axes:
                middle = Scaled(choose.reduce(inner.value.integers, axis=axes), inner.value.exponent)
                around = inner.radius
                if around is not None:
                    around = Scaled(np.maximum.reduce(around.integers, axis=axes), around.exponent)
                inner = Enclosed(middle, around, inner.divisor)
            reduced.append(_Part(tuple(name for name in part.names if name not in summed), inner))

        return self._folded(lambda a, b: extreme(choose, a, b), reduced)

    def _case(self, value: Case) -> _Part:
        below, otherwise = self.part(value.below), self.part(value.otherwise)
        index = as_index(value.index)
        own = tuple(sorted(r.name for r in index.ranges()))
        mask = np.broadcast_to(
            np.asarray(index.at(_opened(own, self.values)) < value.bound), [len(self.values[n]) for n in own]
        )
        chosen = _Part(own, Enclosed(Scaled(mask.astype(int).astype(object), 0)))
        other = _Part(own, Enclosed(Scaled((~mask).astype(int).astype(object), 0)))
        first = self._folded(multiply, [below, chosen])
        return self._folded(add, [first, self._folded(multiply, [otherwise, other])])


def _reshaped(numbers: Scaled, shape: Sequence[int]) -> Scaled:
    return Scaled(numbers.integers.reshape(shape), numbers.exponent)


def _most_axes(part: _Part) -> int:
    return -len(part.names)


def _aligned(part: _Part, names: Sequence[str]) -> Enclosed:
    """The numbers with an axis for each of some names, of size 1 where they do not depend on it."""
    order = [part.names.index(name) for name in names if name in part.names]
    places = [name in part.names for name in names]

    def change(array: np.ndarray) -> np.ndarray:
        sizes = iter(np.asarray(array).transpose(order).shape)
        return np.asarray(array).transpose(order).reshape([next(sizes) if there else 1 for there in places])

    return each(change, part.value)


def _spread(part: _Part, names: Sequence[str], walked: _Walk) -> Enclosed:
    """The numbers over all of some ranges."""
    shape = [len(walked.values[name]) for name in names]
    return each(lambda array: np.broadcast_to(array, shape), _Part(tuple(names), _aligned(part, names)).value)


def _opened(names: Sequence[str], values: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The numbers of each range, along an axis of its own."""
    return {
        name: values[name].reshape([-1 if place == own else 1 for place in range(len(names))])
        for own, name in enumerate(names)
    }


def _taken(array: np.ndarray, places: np.ndarray, axis: int) -> np.ndarray:
    """``array.take(places, axis)``, without a copy where it takes all."""
    size = array.shape[axis]
    if places.ndim == 1 and len(places) == size and np.array_equal(places, np.arange(size)):
        return array
    return array.take(places, axis=axis)
