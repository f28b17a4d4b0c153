"""A whole level at once in exact numbers, or in enclosures of them.

This module knows how exact numbers are arrays (see ``enclosure``), and how they are multiplied and summed in limbs (see
``exact``); what is to be computed is the business of ``walk``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np

from convexplain.graph import Graph, describe
from convexplain.layers.layer import Layer, Stated, stated
from convexplain.numbers import enclosure, walk
from convexplain.numbers.enclosure import Enclosed
from convexplain.numbers.exact import Scaled, limbs, scaled

_EXACT_BITS = 53


def evaluate(
    layer: Layer, weights: Sequence[Any], inputs: Sequence[Any], shapes: Sequence[Any] | None = None, body: bool = False
) -> Enclosed:
    """The level that ``layer`` makes of ``inputs``, each (..., shape) or :class:`Enclosed`, with ``weights`` as in
    Keras's ``layer.get_weights()``.

    An input may have one axis before its shape, the batch; ``shapes`` says then what the shapes are. With ``body`` it
    is the level before the activation.
    """
    given = [x if isinstance(x, Enclosed) else Enclosed(x if isinstance(x, Scaled) else scaled(x)) for x in inputs]
    sizes = [x.value.integers.shape for x in given]
    known = sizes if shapes is None else [tuple(shape) for shape in shapes]
    batches = [size[0] for size, shape in zip(sizes, known, strict=True) if len(size) > len(shape)]
    arrays = {
        array.letter: Enclosed(_reshaped(scaled(np.asarray(values)), array.indexed))
        for array, values in zip(layer.arrays(*known), weights, strict=True)
    }
    return walk.level(_Exact(), stated(layer, *known), arrays, given, max(batches, default=None), body)


def of_statement(stated: Stated, arrays: Mapping[str, Any], inputs: Sequence[Enclosed] = ()) -> Enclosed:
    """The numbers of a statement over its axes, from arrays by the names it uses, and the levels that it reads."""
    given = {name: Enclosed(scaled(np.asarray(array))) for name, array in arrays.items()}
    return walk.level(_Exact(), stated, given, inputs, None, False)


def level_values(network: Graph, weights: Sequence[Sequence[Any]], *known: Any) -> tuple[np.ndarray, ...]:
    """The output of every layer, float32: exact or enclosed, rounded once, and fed to the layers that read it.

    ``known`` are the inputs, and as many of the first outputs as need not be computed.
    """
    levels = [np.asarray(x) for x in known]
    for level in range(len(levels), network.depth + 1):
        layer, arrays = network.layer(level), weights[level - network.input_count]
        try:
            made = evaluate(layer, arrays, [levels[source] for source in network.sources(level)]).to_float32()
        except ValueError as error:
            raise ValueError(f"{describe(layer, level)}: {error}") from None
        levels.append(made)
    return tuple(levels[network.input_count :])


class _Exact:
    """Exact numbers, for a walk over a statement."""

    constant = staticmethod(enclosure.constant)
    named = staticmethod(enclosure.named)
    add = staticmethod(enclosure.add)
    power = staticmethod(enclosure.power)
    applied = staticmethod(enclosure.applied)
    extreme = staticmethod(enclosure.extreme)
    chosen = staticmethod(enclosure.chosen)
    each = staticmethod(enclosure.each)

    def multiply(self, factors: Sequence[Enclosed]) -> Enclosed:
        return reduce(enclosure.multiply, factors)

    def whole(self, integers: np.ndarray) -> Enclosed:
        return Enclosed(Scaled(integers.astype(object), 0))

    def reduced(self, choose: np.ufunc, numbers: Enclosed, axes: tuple[int, ...]) -> Enclosed:
        value, radius = numbers.value, numbers.radius
        middle = Scaled(choose.reduce(value.integers, axis=axes), value.exponent)
        around = radius and Scaled(np.maximum.reduce(radius.integers, axis=axes), radius.exponent)
        return Enclosed(middle, around, numbers.divisor)

    def summed(self, numbers: Enclosed, axes: tuple[int, ...], times: int) -> Enclosed:
        return enclosure.each(lambda array: array.sum(axis=axes) * times, numbers)

    def contracted(self, a: Enclosed, b: Enclosed, products: int, dot: walk.Dot) -> Enclosed:
        value, radius = _sums(a.value, b.value, products, dot), None
        if b.radius is not None:
            radius = _sums(abs(a.value), b.radius, products, dot)
        if a.radius is not None:
            size = abs(b.value) + b.radius if b.radius is not None else abs(b.value)
            more = _sums(a.radius, size, products, dot)
            radius = more if radius is None else radius + more
        return Enclosed(value, radius, a.divisor * b.divisor)


def _sums(a: Scaled, b: Scaled, products: int, dot: walk.Dot) -> Scaled:
    """Exact sums of products: the numbers are cut into limbs of which float64 sums the products exactly."""
    bits = (_EXACT_BITS - products.bit_length()) // 2
    lefts, rights = list(limbs(a.integers, bits)), list(limbs(b.integers, bits))
    # Numbers that are all zero have no limb.
    lefts, rights = lefts or [(0, np.zeros(a.integers.shape))], rights or [(0, np.zeros(b.integers.shape))]

    def merge(parts: Iterator[tuple[int, int, np.ndarray]]) -> np.ndarray:
        by_place: dict[int, np.ndarray] = {}
        for i, j, part in parts:
            place, whole = lefts[i][0] + rights[j][0], part.astype(np.int64)
            by_place[place] = by_place[place] + whole if place in by_place else whole
        total: Any = 0
        for place, whole in by_place.items():
            total = total + (whole.astype(object) << (bits * place))
        return np.asarray(total, dtype=object)

    return Scaled(dot([array for _, array in lefts], [array for _, array in rights], merge), a.exponent + b.exponent)


def _reshaped(numbers: Scaled, shape: Sequence[int]) -> Scaled:
    return Scaled(numbers.integers.reshape(shape), numbers.exponent)
