"""Numbers that tell what they belong to: symbols for weights, sizes for samples.

This module knows which products tell their factors; it asks nobody. All products of a symbol and a size lie in [P, 2P),
so one product is never a sum of two, and zero is no product at all; the symbols are primes that divide no size, so
every product tells its factors.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from convexplain.check import roles
from convexplain.layers import Layer, stated
from convexplain.layers.statement import Shape


def _primes(low: int, high: int) -> np.ndarray:
    return np.array([p for p in range(low, high) if all(p % d for d in range(2, math.isqrt(p) + 1))], dtype=np.int64)


SYMBOLS = {1: (_primes(1 << 11, 3276),), 2: (_primes(47, 60), _primes(61, 74))}
"""For layers in which so many weights are multiplied with a sample, the numbers that each may be. A single one has 12
bits: an oracle that rounds its factors to fewer is found out too."""
_LEAST_AMPLITUDE = {1: 1 << 12, 2: 1 << 11}


def _amplitudes(factors: int) -> np.ndarray:
    """The sizes of impulses: a quarter apart at most, and no multiples of a symbol."""
    low = _LEAST_AMPLITUDE[factors]
    sizes = np.arange(low, low * 5 // 4, dtype=np.int64)
    return sizes[np.all([sizes % symbol for some in SYMBOLS[factors] for symbol in some], axis=0)]


AMPLITUDES = {factors: _amplitudes(factors) for factors in SYMBOLS}


def neutral(array: Any, part: str) -> np.ndarray:
    """An array that changes nothing, or as little as it can."""
    return np.full(array.shape, 0.0 if part == "addend" else 1.0, dtype=np.float32)


def symbols(layer: Layer, shapes: Sequence[Shape]) -> Iterator[list[np.ndarray]]:
    """Weights of symbols: the first digit of each weight's number, then the next, until no two weights agree in all;
    where products of the same sample are summed, one of them at a time.
    """
    every = roles.arrays(layer, tuple(shapes))
    factors = [array for array, part in every if part == "factor"]
    sets = dict(zip((array.letter for array in factors), SYMBOLS[len(factors)], strict=True))
    masks = roles.apart_by(stated(layer, *shapes).body)
    lengths = {array.letter: array.indexed for array in factors}
    for at in np.ndindex(*(lengths[letter][axis] for letter, axis in masks)):
        digit = 0
        while True:
            weights, left = [], False
            for array, part in every:
                if part != "factor":
                    weights.append(neutral(array, "addend"))
                    continue
                known = sets[array.letter]
                number = np.arange(math.prod(array.shape)) // len(known) ** digit
                left |= bool((number // len(known)).any())
                made = known[number % len(known)].reshape(array.indexed)
                for (letter, axis), kept in zip(masks, at, strict=True):
                    if letter == array.letter:
                        one = np.arange(made.shape[axis]) == kept
                        made = made * one.reshape([-1 if place == axis else 1 for place in range(made.ndim)])
                weights.append(made.reshape(array.shape).astype(np.float32))
            yield weights
            if not left:
                break
            digit += 1


def lit(shapes: Sequence[Shape], rows: Any, sizes: Any = None, background: float = 0.0) -> list[np.ndarray]:
    """A batch of each level, with impulses of some sizes in the cells of each row; ones when None."""
    inputs = [np.full((len(rows), *shape), background, dtype=np.float32) for shape in shapes]
    for place, row in enumerate(rows):
        inputs[row.source][(place, *row.cells)] = 1 if sizes is None else sizes[: len(row.cells[0])]
    return inputs
