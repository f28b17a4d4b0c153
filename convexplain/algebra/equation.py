"""One layer in index notation: the equation a paper would print.

This module knows sympy and a layer's statement, in which it puts symbols for the indices; it knows nothing of weights.
What is absent from a sum enters as its limits, never as a Piecewise, which sympy leaves unevaluated in long sums.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Any

import numpy as np
from sympy import And, Eq, Expr, Max, Min, Piecewise, S, Sum, Symbol, ceiling, floor, sympify

from convexplain.algebra import symbols
from convexplain.algebra.written import extreme, weight, written
from convexplain.graph import Graph
from convexplain.layers import Conv1D, Layer, Stated, check_size, is_symbolic, stated
from convexplain.layers import statement as st
from convexplain.layers.index import Index, Range, as_index
from convexplain.layers.window import Window

INDICES = {"t": "the output step", "f": "the filter", "k": "the tap", "c": "the channel"}


def equation(layer: Conv1D, steps: Any, channels: Any) -> Eq:
    """One layer on an input of (``steps``, ``channels``) in index notation; any size may be a sympy symbol.

    >>> import convexplain as cx
    >>> from sympy.abc import n, C, F, K
    >>> cx.equation(cx.Conv1D(F, K), steps=n, channels=C)
    Eq(y1[t, f], b1[f] + Sum(w1[k, c, f]*x[k + t, c], (c, 0, C - 1), (k, 0, K - 1)))

    ``ValueError`` for a size that is neither a positive integer nor a symbol that may be one, for one that is named as
    an index (t, f, k, c), and where Keras refuses the layer on this input.
    """
    if not isinstance(layer, Conv1D):
        raise ValueError(f"an equation needs a convexplain.Conv1D. Received: {type(layer).__name__}")
    steps, channels = check_size("steps", steps), check_size("channels", channels)
    named = {"filters": layer.filters, "kernel_size": layer.kernel_size, "strides": layer.strides}
    named |= {"dilation_rate": layer.dilation_rate, "steps": steps, "channels": channels}
    symbolic = {argument: size for argument, size in named.items() if is_symbolic(size)}
    for argument, size in symbolic.items():
        for taken in sorted(INDICES.keys() & {symbol.name for symbol in size.free_symbols}):
            raise ValueError(
                f"{argument} must not be written with the symbol {taken}, which is {INDICES[taken]}. "
                f"Received: {argument}={size}"
            )
    if not symbolic:
        layer.output_shape((steps, channels))
    return layer_equation(layer, 1, steps, channels)


def layer_equation(layer: Layer, number: int, steps: Any, channels: Any) -> Eq:
    """``Eq(y[t, f], act(Sum(w[k, c, f]*x[..., ...], (c, ...), (k, ...)) + b[f]))`` for layer ``number`` of a chain, on
    (steps, channels)."""
    below = "x" if number == 1 else f"y{number - 1}"
    return Written(stated(layer, (steps, channels)), [below], number, layer=layer).equation(f"y{number}")


def level_equation(network: Graph, level: int, body: bool = False) -> Eq:
    """The layer that makes ``level`` in index notation, in the symbols of the levels it reads; with ``body`` before its
    activation."""
    return _spoken(network, level, body=body).equation(network.symbol(level))


def cell_equation(network: Graph, level: int, cell: Sequence[int]) -> Eq:
    """One cell of ``level`` in the symbols of the levels it reads, its sums in index notation."""
    return _spoken(network, level, cell).equation(network.symbol(level))


def _spoken(network: Graph, level: int, cell: Sequence[int] | None = None, body: bool = False) -> Written:
    names = [network.symbol(source) for source in network.sources(level)]
    whole = network.stated(level)
    if body:
        whole = whole._replace(value=whole.body)
    return Written(whole, names, network.owner(level), cell, network.layer(level))


class Written:
    """A statement with symbols for its indices, but for those of a cell."""

    def __init__(
        self,
        stated: Stated,
        sources: Sequence[str],
        owner: int,
        cell: Sequence[int] | None = None,
        layer: Layer | None = None,
    ) -> None:
        """``layer`` is asked where sizes are symbols."""
        self.layer, self.owner = layer, owner
        self.sources = [symbols.base(name) for name in sources]
        self.stated, self.shapes = stated, stated.sizes.reads
        names = [r.name for r in self.stated.axes]
        self._values = _Symbols(zip(names, cell, strict=True) if cell is not None else ())
        self._summed: list[str] = []

    def equation(self, output: str) -> Eq:
        """The output's symbol equal to the statement."""
        left = symbols.base(output)[tuple(r.at(self._values) for r in self.stated.axes)]
        return Eq(left, self.write(self.stated.value), evaluate=False)

    def write(self, value: st.Value) -> Expr:
        match value:
            case st.Entry(_, indices):
                return weight(value, self.owner)[self._at(indices)]
            case st.Read(source, indices):
                return self._read(value, self.sources[source][self._at(indices)])
            case st.Present():
                return S.One
            case st.Total(over, body) if over:
                return self._sum(over, body)
            case st.Largest(over, parts) if over:
                return self._extreme(Max, over, parts)
            case st.Smallest(over, parts) if over:
                return self._extreme(Min, over, parts)
            case st.Case():
                return self._cases(value)
        return written(value, self.write)

    def _at(self, indices: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(as_index(index).at(self._values) for index in indices)

    def _cases(self, value: st.Value) -> Expr:
        """One of several, each with the condition under which it comes; the last one otherwise."""
        pieces = []
        while isinstance(value, st.Case):
            condition = sympify(as_index(value.index).at(self._values)) < value.bound
            pieces.append((self._inside(value.below), condition))
            value = value.otherwise
        return Piecewise(*pieces, (self._inside(value), True))

    def _inside(self, value: st.Value) -> Expr:
        """A value of a case: the condition has decided that its cell is there."""
        if isinstance(value, st.Read):
            return self.sources[value.source][self._at(value.indices)]
        return self.write(value)

    def _read(self, read: st.Read, cell: Expr) -> Expr:
        """A cell that no sum runs over, zero where it is absent."""
        conditions = []
        for index, size in zip(map(as_index, read.indices), self.shapes[read.source], strict=True):
            if any(r.name in self._summed for r in index.ranges()) or _symbolic(index, size):
                continue
            low, high = index.bounds()
            place = sympify(index.at(self._values))
            conditions += [place >= 0] if low < 0 else []
            conditions += [place <= size - 1] if high > size - 1 else []
        return Piecewise((cell, And(*conditions)), (S.Zero, True)) if conditions else cell

    def _sum(self, over: tuple[Range, ...], body: st.Value) -> Expr:
        self._summed += [r.name for r in over]
        limits = [(Symbol(r.name), *self.limits(r, body)) for r in over]
        terms = self.write(body)
        del self._summed[-len(over) :]
        return Sum(terms, *limits)

    def _extreme(self, kind: type, over: tuple[Range, ...], parts: tuple[st.Value, ...]) -> Expr:
        """The maximum written out; an absent candidate is replaced by the nearest one inside, which is one too."""
        found = []
        for place in itertools.product(*(range(r.size) for r in over)):
            point = {r.name: number for r, number in zip(over, place, strict=True)}
            for part in parts:
                at = st.substitute(part, point)
                found.append(self._nearest(at) if isinstance(at, st.Read) else self.write(at))
        return extreme(kind, found)

    def _nearest(self, read: st.Read) -> Expr:
        places = []
        for index, size in zip(read.indices, self.shapes[read.source], strict=True):
            low, high = index.bounds()
            place = sympify(index.at(self._values))
            place = Max(0, place) if low < 0 else place
            places.append(Min(size - 1, place) if high > size - 1 else place)
        return self.sources[read.source][tuple(places)]

    def limits(self, r: Range, body: st.Value) -> tuple[Expr, Expr]:
        """The first and last number of a range at which all of ``body`` is there: 0 and size - 1 where nothing is ever
        absent.

        They are the indices solved for the range. Where everything is absent the range reads from k to k - 1, which
        sympy sums to zero; it is never left reversed further, or the sum would count backwards.
        """
        firsts: list[Expr] = [S.Zero]
        lasts: list[Expr] = [sympify(r.size) - 1]
        starts, stops = [Index(0)], [Index(r.size - 1)]
        for leaf, inner in _leaves(body):
            for axis, (index, size) in enumerate(zip(leaf.indices, self.stated.sizes.of(leaf), strict=True)):
                whole = as_index(index)
                factor = dict(whole.terms).get(r)
                # What a sum inside runs over is limited there.
                if factor is None or inner & whole.ranges():
                    continue
                below, above = self._leaves(leaf, axis, whole, size)
                rest = whole - factor * r
                positive = is_symbolic(factor) or factor > 0
                step = factor if positive else -factor
                # r is at least low/step rounded up, and at most high/step rounded down.
                low, high = (-rest, size - 1 - rest) if positive else (rest - (size - 1), rest)
                if below if positive else above:
                    firsts.append(self._over(ceiling, low, step))
                    starts.append(as_index(low + (step - 1)) // step if isinstance(step, int) else Index(0))
                if above if positive else below:
                    lasts.append(self._over(floor, high, step))
                    stops.append(as_index(high) // step if isinstance(step, int) else Index(r.size - 1))
        first, last = _outermost(Max, firsts), _outermost(Min, lasts)
        return first, Max(last, first - 1) if _crosses(starts, stops) else last

    def _over(self, rounded: Any, index: Any, step: Any) -> Expr:
        """An index over a step, rounded."""
        whole = sympify(as_index(index).at(self._values))
        return whole.expand() if step == 1 else rounded((whole / step).expand())

    def _leaves(self, leaf: st.Entry | st.Read, axis: int, index: Index, size: Any) -> tuple[bool, bool]:
        """Whether an index may lie before the first and after the last number of its axis."""
        if _symbolic(index, size):
            if isinstance(leaf, st.Read) and axis == 0 and isinstance(self.layer, Window):
                return self.layer.pads(size)
            return False, False
        low, high = index.bounds()
        return low < 0, high > size - 1


class _Symbols(dict[str, Any]):
    """Every name's number, or its symbol where it has none."""

    def get(self, name: str, default: Any = None) -> Any:
        return self[name] if name in self else Symbol(name)


def _leaves(
    value: st.Value, inner: frozenset[Range] = frozenset()
) -> Iterator[tuple[st.Entry | st.Read, frozenset[Range]]]:
    """Every entry and read, with the ranges of the sums inside the value that it stands in."""
    if isinstance(value, (st.Entry, st.Read)):
        yield value, inner
    for part in st.children(value):
        yield from _leaves(part, inner | frozenset(getattr(value, "over", ())))


def _crosses(starts: Sequence[Index], stops: Sequence[Index]) -> bool:
    """Whether the last number lies more than one before the first for some values of the indices."""
    every = sorted(frozenset().union(*(index.ranges() for index in (*starts, *stops))), key=lambda r: r.name)
    if any(is_symbolic(r.size) for r in every) or any(_symbolic(index, 0) for index in (*starts, *stops)):
        return False
    grid = np.ogrid[tuple(slice(r.size) for r in every)]
    values = {r.name: place for r, place in zip(every, grid, strict=True)}
    first = reduce(np.maximum, [np.asarray(index.at(values)) for index in starts])
    last = reduce(np.minimum, [np.asarray(index.at(values)) for index in stops])
    return bool((last < first - 1).any())


def _outermost(kind: type, bounds: list[Expr]) -> Expr:
    distinct = list(dict.fromkeys(bounds))
    return distinct[0] if len(distinct) == 1 else kind(*distinct)


def _symbolic(index: Index, size: Any) -> bool:
    """Whether a size is a symbol, so that bounds are not known."""
    sizes = [size, index.constant, *(r.size for r in index.ranges()), *(factor for _, factor in index.terms)]
    return any(map(is_symbolic, sizes))
