"""Layers that do the same at every step: which channels they read, how many steps ahead, multiplied by what.

This module knows the statements of layers and where a step stands in them; it knows no kind of layer. What such a layer
does is a sum of shifted channels, far from both ends of the signal: padding is left out, as is what is added to the
sum. A route through the network is such a sum again, and so are all of them together.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np
from sympy import Expr, S

from convexplain.algebra import adjoint
from convexplain.algebra.linear import Ways, behind
from convexplain.graph import Graph, describe
from convexplain.layers import Stated
from convexplain.layers import statement as st
from convexplain.layers.index import Index, Range, as_index
from convexplain.numbers.measure import Product

if TYPE_CHECKING:
    from collections.abc import Iterator

Monomials = dict[tuple[int, int], list[Expr]]
"""What is multiplied along the routes to one channel, by the channel they start at and the steps ahead."""


@dataclass(frozen=True, eq=False)
class Tap:
    """One product of a layer, over the output's channel and the ranges of its sum: ``coefficient`` times ``channel`` of
    level ``source``, ``ahead`` steps ahead of the output's step times the strides."""

    source: int
    over: tuple[Range, ...]
    ahead: Index
    channel: Index
    coefficient: st.Value
    strides: int

    @cached_property
    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """The steps ahead and the channel, over ``over``."""
        grid = np.ogrid[tuple(slice(r.size) for r in self.over)]
        values = {r.name: place for r, place in zip(self.over, grid, strict=True)}
        sizes = [r.size for r in self.over]
        ahead, channel = (np.broadcast_to(np.asarray(index.at(values)), sizes) for index in (self.ahead, self.channel))
        return ahead, channel


def taps(stack: Graph, level: int) -> tuple[Tap, ...]:
    """The products of the layer of ``level`` before its activation. ``ValueError`` where it does not do the same at
    every step."""
    layer, sources, shapes = stack.layer(level), stack.sources(level), stack.source_shapes(level)
    if not layer.is_affine:
        raise ValueError("it is not linear")
    if any(len(shape) != 2 for shape in (stack.shapes[level], *shapes)):
        raise ValueError("there is no time axis on both of its sides")
    stated = stack.stated(level)
    t, f = stated.axes
    found = []
    for place in adjoint.occurrences(stated._replace(value=stated.body)):
        if isinstance(place.leaf, st.Entry):
            continue
        time, channel = map(as_index, place.leaf.indices)
        factors = [factor({}, lambda value, point: value) for factor in place.factors]
        coefficient = st.product([_endless(factor) for factor in factors if factor is not None])
        strides = dict(time.terms).get(t, 0)
        ahead = time - t * strides
        if strides < 1 or t in ahead.ranges() | channel.ranges() | st.ranges(coefficient):
            raise ValueError("it does not do the same at every step")
        found.append(Tap(sources[place.leaf.source], (f, *place.over), ahead, channel, coefficient, int(strides)))
    return tuple(found)


def _endless(value: st.Value) -> st.Value:
    """A coefficient far from both ends, where all that is counted is there."""
    if isinstance(value, st.Present):
        return st.ONE
    return st.rebuilt(value, lambda part: _endless(part) if isinstance(part, st.Value) else part)


class Routes:
    """All routes through a network of layers that do the same at every step, from the inputs' channels, one input after
    the other, to the channels of a level; or, of a layer alone, from the channels of the levels that it reads.

    ``ValueError`` that names the layer which is in the way.
    """

    def __init__(self, ways: Ways, what: str, alone: int | None = None) -> None:
        stack = self._stack = ways.stack
        self._ways = ways
        self.level = stack.outputs[0] if alone is None else alone
        starts = range(stack.input_count) if alone is None else dict.fromkeys(stack.sources(alone))
        wide = [stack.shapes[level][-1] for level in starts]
        self._rows = dict(zip(starts, accumulate(wide, initial=0), strict=False))
        self.channels, self.filters = sum(wide), stack.shapes[self.level][-1]
        self._made = sorted(behind(stack)) if alone is None else [alone]
        self._taps: dict[int, tuple[Tap, ...]] = {}
        self._strides = dict.fromkeys(starts, 1)
        for level in self._made:
            try:
                if alone is None and stack.layer(level).activation != "linear":
                    raise ValueError(f"its activation is {stack.layer(level).activation!r}")
                self._taps[level] = taps(stack, level)
                found = {tap.strides * self._strides[tap.source] for tap in self._taps[level]}
                if len(found) > 1:
                    steps = " and ".join(map(str, sorted(found)))
                    raise ValueError(f"the branches that meet there move by {steps} input steps")
            except ValueError as why:
                raise ValueError(self._refusal(what, level, str(why), alone is None)) from None
            (self._strides[level],) = found or {1}

    @property
    def strides(self) -> int:
        """Input steps from one step of the level to the next."""
        return self._strides[self.level]

    def _refusal(self, what: str, level: int, why: str, whole: bool) -> str:
        """Which layer is in the way, and what can be asked instead."""
        stack, layer = self._stack, self._stack.layer(level)
        ends = "" if layer.is_linear else "linearity ends at "
        said = (
            f"{what} needs layers that do the same at every step, without activation. "
            f"Received: {ends}{describe(layer, level)}, {layer!r}: {why}. "
        )
        if not whole:
            return said + (f"matrix({level}) has its coefficients" if layer.is_affine else f"Use equation({level})")
        before = max(stack.sources(level))
        until = f"explain(source, until={before}) ends the network before it; " if before >= stack.input_count else ""
        if all(stack.layer(number).is_linear for number in behind(stack)):
            return f"{said}{until}collapse() has the coefficients at every step"
        return f"{said}{until}active_form has the coefficients at one input, where layers add up or choose"

    def count(self) -> int:
        """How many products all polynomials have together."""
        counts = {level: np.ones(self._stack.shapes[level][-1], dtype=object) for level in self._rows}
        for level in self._made:
            total: Any = np.zeros(self._stack.shapes[level][-1], dtype=object)
            for tap in self._taps[level]:
                _, channel = tap.places
                own = counts[tap.source]
                met = np.where((channel >= 0) & (channel < len(own)), own[channel.clip(0, len(own) - 1)], 0)
                total = total + met.reshape(len(met), -1).sum(axis=1)
            counts[level] = total
        return int(counts[self.level].sum())

    def monomials(self) -> list[Monomials]:
        """For each channel of the level, the products along the routes to it."""
        made: dict[int, list[Monomials]] = {
            level: [{(row + channel, 0): [S.One]} for channel in range(self._stack.shapes[level][-1])]
            for level, row in self._rows.items()
        }
        for level in self._made:
            rows: list[Monomials] = [defaultdict(list) for _ in range(self._stack.shapes[level][-1])]
            for f, ahead, channel, tap, own in self._written(level):
                for (row, below), factors in made[tap.source][channel].items():
                    rows[f][row, below + ahead * self._strides[tap.source]] += [own * factor for factor in factors]
            made[level] = rows
        return made[self.level]

    def _written(self, level: int) -> Iterator[tuple[int, int, int, Tap, Expr]]:
        """The products of a layer, one after another: output channel, steps ahead, channel read, coefficient."""
        sizes = self._stack.stated(level).sizes
        for tap in self._taps[level]:
            for point in st.points(tap.over, {}):
                value = st.ground(tap.coefficient, point, sizes)
                if value is not None and value != st.ZERO:
                    own = self._ways.coefficient(level, Product((value,), None))
                    yield point[tap.over[0].name], tap.ahead.at(point), tap.channel.at(point), tap, own

    def response(self, arrays: dict[int, dict[str, np.ndarray]], frequencies: np.ndarray) -> np.ndarray:
        """What waves of angular ``frequencies``, radians per input step, are multiplied by: complex, (frequencies,
        channels, filters). ``arrays`` are those of each level's layer, by their letters.
        """
        made = {}
        for level, row in self._rows.items():
            own = np.eye(self.channels, dtype=complex)[:, row : row + self._stack.shapes[level][-1]]
            made[level] = own[None].repeat(len(frequencies), axis=0)
        for level in self._made:
            total: Any = np.zeros((len(frequencies), self.channels, self._stack.shapes[level][-1]), dtype=complex)
            for tap in self._taps[level]:
                steps, kernel = self._kernel(level, tap, arrays[level])
                waves = np.exp(1j * np.multiply.outer(frequencies * self._strides[tap.source], steps))
                total = total + made[tap.source] @ np.tensordot(waves, kernel, axes=1)
            made[level] = total
        return made[self.level]

    def _kernel(self, level: int, tap: Tap, arrays: dict[str, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
        """The coefficients of a product in float64: the steps ahead, and (steps ahead, channels, filters)."""
        from convexplain.numbers.evaluation import of_statement

        sizes = self._stack.stated(level).sizes
        numbers = of_statement(Stated(tap.over, tap.coefficient, tap.coefficient, sizes), arrays).settled()[0]
        values = np.array([float(number) for number in numbers.fractions().ravel()]).reshape(numbers.integers.shape)
        ahead, channel = tap.places
        steps = np.unique(ahead)
        kernel = np.zeros((len(steps), self._stack.shapes[tap.source][-1], self._stack.shapes[level][-1]))
        filter = np.arange(kernel.shape[-1]).reshape(-1, *[1] * (ahead.ndim - 1))
        # A channel that there is not has a coefficient of 0, or would be read from another level.
        there = (channel >= 0) & (channel < kernel.shape[1])
        places = np.broadcast_arrays(np.searchsorted(steps, ahead), channel, filter)
        np.add.at(kernel, tuple(place[there] for place in places), np.broadcast_to(values, ahead.shape)[there])
        return steps, kernel
