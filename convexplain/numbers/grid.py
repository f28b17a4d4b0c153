"""Short grids: numbers on powers of ten, and the shortest ones on which a layer still gives what it gave.

A product of two short decimals is a decimal again, and so is every sum of such products: a layer on a grid is a layer
of integers times a power of ten. This module knows numpy, exact integers and how a layer adds up; it knows nothing of
how numbers are written. Rounding and the layer on the grid are exact; only the search measures in float64.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from typing import TypeAlias

import numpy as np

from convexplain.layers import Conv1D
from convexplain.numbers import exact
from convexplain.style import LONGEST, exponent_of

MOST_MOVED = 1 / 20
"""By which share of the largest output a shorter grid may move an output."""
CANCELLED = 2.0**-20
"""Where all outputs are a smaller share of what they are summed from, float32's own rounding may have left them: they
are measured by that share, for what cancels to nothing would else need all its digits.
"""
FEW_DECIMALS, FEW_DIGITS = 2, 2
"""Numbers with so many decimals, or so many digits, are short as they are."""


@dataclass(frozen=True, eq=False)
class Decimals:
    """Exact numbers on a grid: ``integers * 10**exponent``, an object array of Python integers."""

    integers: np.ndarray
    exponent: int

    def on(self, exponent: int) -> np.ndarray:
        """The integers that give the same numbers on a finer grid, or on the same one."""
        return self.integers * 10 ** (self.exponent - exponent)

    def floats(self) -> np.ndarray:
        """The numbers in float64."""
        size = float(f"1e{abs(self.exponent)}")
        integers = self.integers.astype(np.float64)
        return integers / size if self.exponent < 0 else integers * size

    def fractions(self) -> np.ndarray:
        """The numbers as an object array of Fractions."""
        return exact.fractions(self.integers, Fraction(10) ** self.exponent)

    def largest(self) -> Fraction:
        """The largest size."""
        return int(np.abs(self.integers).max()) * Fraction(10) ** self.exponent

    def coarsest(self) -> int:
        """The exponent of the coarsest grid that holds all the numbers; 0 when they are all zero."""
        common = int(np.gcd.reduce(self.integers.ravel()))
        digits = str(common)
        return self.exponent + len(digits) - len(digits.rstrip("0")) if common else 0

    def apart(self, array: np.ndarray) -> Fraction:
        """How far the numbers lie from those of a float array, at most."""
        other = exact.scaled(array)
        ten, two = 10 ** max(-self.exponent, 0), 1 << max(-other.exponent, 0)
        own = self.integers * (10 ** max(self.exponent, 0) * two)
        theirs = (other.integers << max(other.exponent, 0)) * ten
        return Fraction(int(np.abs(own - theirs).max()), ten * two)


Grids: TypeAlias = "tuple[tuple[Decimals, ...], ...]"
"""Per layer its kernel, and its bias if it has one, on their grids."""


def rounded(array: np.ndarray, exponent: int) -> Decimals:
    """A float array on the grid ``10**exponent``; what lies in the middle goes away from zero, as taught at school."""
    exactly = exact.scaled(array)
    over = (np.abs(exactly.integers) << max(exactly.exponent, 0)) * 10 ** max(-exponent, 0)
    under = (1 << max(-exactly.exponent, 0)) * 10 ** max(exponent, 0)
    integers = np.sign(exactly.integers) * ((2 * over + under) // (2 * under))
    return Decimals(np.asarray(integers, dtype=object), exponent)


def own_grid(array: np.ndarray) -> int | None:
    """The exponent of the coarsest grid that a float32 array lies on, when it is short there as it is: at most two
    decimals below 10,000, or at most two digits. A number lies on a grid when float32 has none nearer to the decimal.

    >>> own_grid(np.array([0.25, 3], dtype=np.float32)), own_grid(np.array([1.5e-7, 0.1e-7], dtype=np.float32))
    (-2, -8)
    >>> own_grid(np.array([0.123], dtype=np.float32)) is None
    True
    """
    largest = exact.fraction(np.abs(array).max())
    if not largest:
        return 0
    first = exponent_of(largest)
    finest = first - FEW_DIGITS + 1
    if largest < LONGEST:
        finest = min(finest, -FEW_DECIMALS)
    return next((exponent for exponent in range(first, finest - 1, -1) if _holds(array, exponent)), None)


def shortest(layers: Sequence[Conv1D], weights: Sequence[Sequence[np.ndarray]], levels: Sequence[np.ndarray]) -> Grids:
    """The input and the weights of ``layers``, one after the other, on the shortest grids on which no sum of any of
    them moves by more than a twentieth of its level's largest output: ``((input,), (kernel, bias), ...)``.

    ``levels`` are the input and the outputs, (steps, channels) each, as they are without rounding. What is short
    already is left as it is. All others first get the fewest digits that will do, counted from the largest number of
    each array, then each as many less as it can spare.
    """
    arrays = [levels[0], *(array for own in weights for array in own)]
    kept = [own_grid(array) for array in arrays]
    first = [exponent_of(exact.fraction(np.abs(array).max()) or Fraction(1)) for array in arrays]

    @cache
    def on_grid(which: int, exponent: int) -> Decimals:
        return rounded(arrays[which], exponent)

    def at(exponents: Sequence[int]) -> Grids:
        made = iter([on_grid(which, exponent) for which, exponent in enumerate(exponents)])
        return ((next(made),), *(tuple(next(made) for _ in own) for own in weights))

    moves = _Moves(layers, weights, levels)
    digits, enough = 0, False
    while not enough:
        digits += 1
        exponents = [start - digits + 1 if own is None else own for own, start in zip(kept, first, strict=True)]
        share = moves.share(at(exponents))
        # Beyond what float32 itself can tell, a finer grid says nothing more.
        enough = share <= MOST_MOVED or all(map(_holds, arrays, exponents))
    while share <= MOST_MOVED:
        coarser = [
            [*exponents[:which], exponent + 1, *exponents[which + 1 :]]
            for which, exponent in enumerate(exponents)
            if kept[which] is None and exponent < first[which]
        ]
        share, chosen = min(((moves.share(at(one)), one) for one in coarser), default=(2 * MOST_MOVED, exponents))
        if share <= MOST_MOVED:
            exponents = chosen
    return at(exponents)


def evaluate(layers: Sequence[Conv1D], grids: Grids) -> tuple[Decimals, ...]:
    """The input, then what each layer makes of it, exactly: every product and sum of decimals is one."""
    (below,), *rest = grids
    levels = [below]
    for layer, own in zip(layers, rest, strict=True):
        integers, exponent = in_integers(below, own)
        below = Decimals(exact.exact_values(layer, integers, exact.Scaled(below.integers, 0)).integers, exponent)
        levels.append(below)
    return tuple(levels)


def in_integers(below: Decimals, own: Sequence[Decimals]) -> tuple[list[np.ndarray], int]:
    """A layer's weights as integers that make integers of the integers below, and the exponent of what they make."""
    exponent = min([below.exponent + own[0].exponent, *(bias.exponent for bias in own[1:])])
    return [own[0].on(exponent - below.exponent), *(bias.on(exponent) for bias in own[1:])], exponent


class _Moves:
    """How far layers move when they are computed on a grid."""

    def __init__(
        self, layers: Sequence[Conv1D], weights: Sequence[Sequence[np.ndarray]], levels: Sequence[np.ndarray]
    ) -> None:
        self._layers = layers
        self._totals, self._sizes = [], []
        for layer, own, below in zip(layers, weights, levels, strict=False):
            samples, arrays = below.astype(np.float64), [array.astype(np.float64) for array in own]
            totals = _totals(layer, samples, arrays)
            summed = _totals(layer, np.abs(samples), [np.abs(array) for array in arrays])
            # The largest output; of a relu that passes nothing on, the largest sum.
            largest = float(np.abs(_activated(layer, totals)).max() or np.abs(totals).max())
            self._totals.append(totals)
            self._sizes.append(max(largest, CANCELLED * float(summed.max())))

    def share(self, grids: Grids) -> float:
        """The largest move of a sum, as a share of its level's largest output; the worst of all levels."""
        (samples,), *rest = grids
        below, worst = samples.floats(), 0.0
        for layer, own, before, size in zip(self._layers, rest, self._totals, self._sizes, strict=True):
            totals = _totals(layer, below, [array.floats() for array in own])
            moved = float(np.abs(totals - before).max())
            worst = max(worst, moved / size if size else float(bool(moved)))
            below = _activated(layer, totals)
        # What differs only by the order in which a machine adds up is alike.
        return round(worst, 9)


def _totals(layer: Conv1D, below: np.ndarray, arrays: Sequence[np.ndarray]) -> np.ndarray:
    """The sums of a layer before its activation, in float64."""
    sums = exact.correlate(layer, below, arrays[0])
    return sums + arrays[1] if layer.use_bias else sums


def _activated(layer: Conv1D, totals: np.ndarray) -> np.ndarray:
    return totals if layer.is_linear else np.maximum(totals, 0)


def _holds(array: np.ndarray, exponent: int) -> bool:
    """Whether the numbers of a float32 array are the nearest ones to decimals of a grid."""
    with np.errstate(over="ignore"):
        return np.array_equal(rounded(array, exponent).floats().astype(np.float32), array)
