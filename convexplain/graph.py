"""Layers that read each other's levels: the shape of every level, who reads whom, and how far a cell can see.

This module knows the layers' statements and integers; it knows nothing of weights, formulas or pictures. Levels are
numbered in order: the inputs first, from 0, then the output of each layer. A network with one input calls it x, one
with several x1, x2, ...; a chain of layers is a :class:`~convexplain.stack.Stack`, which is such a network too.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from math import prod
from typing import Any

from convexplain.layers import Cell, Layer, Stated, is_symbolic, stated
from convexplain.layers.index import Range, as_index
from convexplain.layers.statement import Case, Read, Value, children, ranges, walk
from convexplain.names import quoted

MOST_NUMBERS = 2**24
"""The most numbers in a level, steps times channels: 64 MB. More is a mistake, or an attack on memory."""

Shape = tuple[int, ...]


class Graph:
    """Layers, each with the levels it reads, on one or several inputs.

    ``inputs`` are the shapes of the inputs, (steps, channels) or (features,); ``calls`` are pairs of a layer and the
    number of the level it reads, or a tuple of such numbers. A layer object that is called twice is shared: both calls
    have the same weights. ``outputs`` are level numbers, the last level when None; ``names`` those of the inputs.

    >>> from convexplain.layers import Add, Conv1D
    >>> graph = Graph([(20, 4)], [(Conv1D(4, 3, padding="same"), 0), (Add(), (0, 1))])
    >>> graph.shapes
    ((20, 4), (20, 4), (20, 4))
    >>> graph.sources(2)
    (0, 1)
    >>> graph.depth, graph.is_chain, graph.is_linear
    (2, False, True)

    ``ValueError`` where Keras would refuse to build, naming the layer; ``IndexError`` for an output that is no level.
    """

    layers: tuple[Any, ...]
    """The layers in the order of their levels; a shared one stands at each of its calls."""
    shapes: tuple[Any, ...]
    """The shape of every level."""
    outputs: tuple[int, ...]
    """The levels that are the network's outputs."""
    input_count: int
    """How many levels are inputs: the first ones."""
    input_names: tuple[str, ...]
    """What the inputs are called where they are given by name."""

    def __init__(
        self,
        inputs: Sequence[Sequence[int]],
        calls: Sequence[tuple[Layer, int | Sequence[int]]],
        outputs: Sequence[int] | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        shapes = [input_shape(shape) for shape in _list("inputs", inputs)]
        pairs = [_call(pair) for pair in _list("calls", calls)]
        if not shapes:
            raise ValueError("a network needs at least one input. Received: none")
        self._build(shapes, [layer for layer, _ in pairs], [reads for _, reads in pairs])
        self.outputs = (self.depth,) if outputs is None else tuple(self.check_level(level) for level in outputs)
        if not self.outputs:
            raise ValueError("a network needs at least one output. Received: none")
        if names is not None:
            self.input_names = tuple(map(str, names))
            if len(set(self.input_names)) != len(shapes):
                raise ValueError(f"the inputs need a name each, {len(shapes)} in all. Received: {quoted(names)}")

    def _build(self, inputs: list[Shape], layers: Sequence[Layer], reads: Sequence[tuple[int, ...]]) -> None:
        """Take over the layers, and find the shape of every level."""
        self.layers = tuple(layers)
        self.input_count = len(inputs)
        self.input_names = tuple(f"x{n}" for n in range(1, len(inputs) + 1)) if inputs[1:] else ("x",)
        self._reads = tuple(reads)
        self._owners: dict[int, int] = {}
        self._read: dict[int, tuple[Read, ...]] = {}
        if not self.layers:
            raise ValueError(f"a {type(self).__name__.lower()} needs at least one layer. Received: no layers")
        shapes = list(inputs)
        for number, (layer, sources) in enumerate(zip(self.layers, self._reads, strict=True), len(inputs)):
            check_layer(layer, number)
            low, high = layer.sources
            if len(sources) < low or (high is not None and len(sources) > high):
                wanted = "at least one level" if high is None else f"{low} level{'s' * (low > 1)}"
                raise ValueError(f"{describe(layer, number)} must read {wanted}. Received: {len(sources)}")
            if not all(0 <= source < number for source in sources):
                raise ValueError(
                    f"{describe(layer, number)} must read levels before its own, from 0 to {number - 1}. "
                    f"Received: {', '.join(map(str, sources[:6]))}"
                )
            try:
                shapes.append(layer.output_shape(*(shapes[source] for source in sources)))
            except ValueError as error:
                raise ValueError(f"{describe(layer, number)}: {error}") from None
        _check_data_format(self.layers, shapes, self._reads)
        for level, shape in enumerate(shapes):
            numbers = shape[0] * shape[-1] if len(shape) == 2 else shape[0]
            if numbers > MOST_NUMBERS:
                raise ValueError(
                    f"a level may hold at most {MOST_NUMBERS} numbers. Received: level {level}, "
                    + (f"{shape[0]:,} steps and {shape[1]:,} channels" if len(shape) == 2 else f"{shape[0]:,} features")
                )
        self.shapes = tuple(shapes)
        self.outputs = (len(shapes) - 1,)

    def __repr__(self) -> str:
        calls = ", ".join(f"({layer!r}, {reads})" for layer, reads in zip(self.layers, self._reads, strict=True))
        return f"Graph({list(self.shapes[: self.input_count])}, [{calls}], outputs={self.outputs})"

    def _identity(self) -> tuple[Any, ...]:
        owners = tuple(self.owner(level) for level in range(self.input_count, self.depth + 1))
        return self.shapes, self.layers, self._reads, self.outputs, owners

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Graph):
            return NotImplemented
        return self._identity() == other._identity()

    def __hash__(self) -> int:
        return hash(self._identity())

    @property
    def depth(self) -> int:
        """The number of the last level."""
        return self.input_count + len(self.layers) - 1

    @property
    def is_chain(self) -> bool:
        """Whether each layer reads the level before it, and nothing else."""
        return self.input_count == 1 and all(reads == (n,) for n, reads in enumerate(self._reads))

    @property
    def is_linear(self) -> bool:
        """Whether every layer is an affine map."""
        return all(layer.is_linear for layer in self.layers)

    def layer(self, number: int) -> Any:
        """The layer that makes level ``number``.

        >>> from convexplain.layers import Add, Conv1D
        >>> graph = Graph([(20, 4)], [(Conv1D(4, 3, padding="same"), 0), (Add(), (0, 1))])
        >>> graph.layer(2)
        Add()

        ``IndexError`` for an input and when there is none.
        """
        return self.layers[self.check_level(number, lowest=self.input_count) - self.input_count]

    def sources(self, level: int) -> tuple[int, ...]:
        """The levels that the layer of ``level`` reads; none for an input.

        >>> from convexplain.layers import Add, Conv1D
        >>> graph = Graph([(20, 4)], [(Conv1D(4, 3, padding="same"), 0), (Add(), (0, 1))])
        >>> graph.sources(2)
        (0, 1)
        """
        return () if level < self.input_count else self._reads[level - self.input_count]

    def source_shapes(self, level: int) -> tuple[Shape, ...]:
        """The shapes of the levels that the layer of ``level`` reads.

        >>> from convexplain.layers import Add, Conv1D
        >>> graph = Graph([(20, 4)], [(Conv1D(4, 3, padding="same"), 0), (Add(), (0, 1))])
        >>> graph.source_shapes(2)
        ((20, 4), (20, 4))
        """
        return tuple(self.shapes[source] for source in self.sources(level))

    def owner(self, level: int) -> int:
        """The level whose number the weights of this level's layer carry: the first one that the same layer makes.

        >>> from convexplain.layers import Conv1D
        >>> shared = Conv1D(1, 3)
        >>> Graph([(20, 1)], [(shared, 0), (shared, 1)]).owner(2)          # w1 in both equations
        1
        """
        if not self._owners:
            first: dict[int, int] = {}
            for number, layer in enumerate(self.layers, self.input_count):
                self._owners[number] = first.setdefault(id(layer), number)
        return self._owners[level]

    def stated(self, level: int) -> Stated:
        """The statement of the layer that makes ``level``, on the shapes it reads."""
        return stated(self.layers[level - self.input_count], *self.source_shapes(level))

    def symbol(self, level: int) -> str:
        """What a level is called in formulas: x or x1, x2, ... for inputs, y and its number for the others.

        >>> from convexplain.layers import Add, Conv1D
        >>> graph = Graph([(20, 4)], [(Conv1D(4, 3, padding="same"), 0), (Add(), (0, 1))])
        >>> graph.symbol(0), graph.symbol(2)
        ('x', 'y2')
        """
        if level >= self.input_count:
            return f"y{level}"
        return "x" if self.input_count == 1 else f"x{level + 1}"

    def check_level(self, level: Any, lowest: int = 0) -> int:
        """``level`` as an integer from ``lowest`` to the depth, or an ``IndexError``.

        >>> from convexplain.layers import Add, Conv1D
        >>> graph = Graph([(20, 4)], [(Conv1D(4, 3, padding="same"), 0), (Add(), (0, 1))])
        >>> graph.check_level(3)
        Traceback (most recent call last):
            ...
        IndexError: the level must be from 0 to 2. Received: level 3
        """
        number = _index("a level", level)
        if not lowest <= number <= self.depth:
            what = "level" if lowest == 0 else "layer"
            raise IndexError(f"the {what} must be from {lowest} to {self.depth}. Received: {what} {number}")
        return number

    def check_cell(self, level: int, *indices: Any) -> Any:
        """(step, channel), or (feature,) on a level without a time axis, as a cell of ``level``; otherwise an
        ``IndexError`` that gives the level's shape.

        >>> from convexplain.layers import Add, Conv1D
        >>> graph = Graph([(20, 4)], [(Conv1D(4, 3, padding="same"), 0), (Add(), (0, 1))])
        >>> graph.check_cell(1, 19, 4)
        Traceback (most recent call last):
            ...
        IndexError: level 1 has steps 0 to 19 and channels 0 to 3. Received: [19, 4]
        """
        shape = self.shapes[level]
        if len(indices) != len(shape):
            wanted = "[step, channel]" if len(shape) == 2 else "[feature]"
            received = quoted(list(indices)) if indices else "no index"
            raise IndexError(f"a cell of level {level} is addressed by {wanted}. Received: {received}")
        names = ("a step", "a channel") if len(shape) == 2 else ("a feature",)
        numbers = tuple(_index(name, value) for name, value in zip(names, indices, strict=True))
        if not all(0 <= number < size for number, size in zip(numbers, shape, strict=True)):
            what = ("steps", "channels") if len(shape) == 2 else ("features",)
            held = " and ".join(f"{name} 0 to {size - 1}" for name, size in zip(what, shape, strict=True))
            raise IndexError(f"level {level} has {held}. Received: {list(numbers)}")
        return as_cell(numbers)

    def up_to(self, level: int) -> Graph:
        """The levels from the inputs to ``level``, which is the output.

        >>> from convexplain.layers import Add, Conv1D
        >>> graph = Graph([(20, 4)], [(Conv1D(4, 3, padding="same"), 0), (Add(), (0, 1))])
        >>> graph.up_to(1).shapes
        ((20, 4), (20, 4))
        """
        count = level - self.input_count + 1
        calls = list(zip(self.layers[:count], self._reads[:count], strict=True))
        return Graph(self.shapes[: self.input_count], calls, names=self.input_names)

    def receptive_field(self, level: int | None = None) -> int:
        """Steps of the input, from the first to the last that one cell of ``level`` can depend on: the cell in the
        middle, padding counted up to as many steps as there are. Of several inputs, the one it sees most of.

        >>> from convexplain.layers import Conv1D
        >>> Graph([(20, 1)], [(Conv1D(1, 3), 0), (Conv1D(1, 3, dilation_rate=4), 1)]).receptive_field()
        11
        """
        seen = self.sight(self.depth if level is None else level)
        inputs = zip(range(self.input_count), self.shapes, strict=False)
        steps = {source: shape[0] if len(shape) == 2 else 1 for source, shape in inputs}
        return max(min(high - low + 1, steps[source]) for source, (low, high) in seen.items() if source in steps)

    def sight(self, level: int) -> dict[int, tuple[int, int]]:
        """The first and the last step of each level that the cell in the middle of ``level`` can depend on, padding
        included; levels that it does not depend on are left out.

        >>> from convexplain.layers import Conv1D
        >>> Graph([(20, 1)], [(Conv1D(1, 3), 0), (Conv1D(1, 3, dilation_rate=4), 1)]).sight(2)       # by level
        {2: (5, 5), 1: (5, 13), 0: (5, 15)}
        """
        seen: dict[int, tuple[int, int]] = {level: _middle(self.shapes[level])}
        for upper in range(level, self.input_count - 1, -1):
            if upper not in seen:
                continue
            for source, first, last in self._windows(upper, seen[upper]):
                low, high = seen.get(source, (first, last))
                seen[source] = min(low, first), max(high, last)
        return seen

    def parameter_count(self, level: int) -> int:
        """How many numbers the weights of the layer of ``level`` are; none for an input.

        >>> from convexplain.layers import Add, Conv1D
        >>> graph = Graph([(20, 4)], [(Conv1D(4, 3, padding="same"), 0), (Add(), (0, 1))])
        >>> graph.parameter_count(1)          # 3*4*4 and 4 biases
        52
        """
        if level < self.input_count:
            return 0
        return sum(prod(array.shape) for array in self.layer(level).arrays(*self.source_shapes(level)))

    def term_count(self, level: int) -> int:
        """How many cells one cell of ``level`` is made of, padding counted too; none for an input.

        >>> from convexplain.layers import Add, Conv1D
        >>> graph = Graph([(20, 4)], [(Conv1D(4, 3, padding="same"), 0), (Add(), (0, 1))])
        >>> graph.term_count(1)               # 3 taps, 4 channels
        12
        """
        if level < self.input_count:
            return 0
        whole = self.stated(level)
        return sum(_cells(whole.value, frozenset(whole.axes)).values())

    def _windows(self, level: int, steps: tuple[int, int]) -> Iterator[tuple[int, int, int]]:
        """Each level read by steps ``steps`` of ``level``: its number, and the first and last step read."""
        timed = len(self.shapes[level]) == 2
        for read in self._read_at(level):
            source = self.sources(level)[read.source]
            if len(self.shapes[source]) == 1:
                yield source, 0, 0
                continue
            at = [as_index(read.indices[0].at({"t": step} if timed else {})).bounds() for step in steps]
            yield source, min(low for low, _ in at), max(high for _, high in at)

    def _read_at(self, level: int) -> tuple[Read, ...]:
        """The different cells that the statement of a level's layer reads."""
        if level not in self._read:
            parts = walk(self.stated(level).value)
            self._read[level] = tuple(dict.fromkeys(part for part in parts if isinstance(part, Read)))
        return self._read[level]


def _cells(value: Value, axes: frozenset[Range]) -> dict[int, int]:
    """How many cells of each level a value is made of, where its own indices are given."""
    if isinstance(value, Read):
        return {value.source: prod(r.size for r in ranges(value) - axes)}
    parts = [_cells(part, axes) for part in children(value)]
    if isinstance(value, Case):
        return max(parts, key=lambda counts: sum(counts.values()))
    return {source: max(counts.get(source, 0) for counts in parts) for counts in parts for source in counts}


def _middle(shape: Shape) -> tuple[int, int]:
    return (shape[0] // 2, shape[0] // 2) if len(shape) == 2 else (0, 0)


def as_cell(indices: tuple[int, ...]) -> Any:
    """Indices of a level as a cell: with names where there are a step and a channel."""
    return Cell(*indices) if len(indices) == 2 else indices


def describe(layer: Layer, number: int) -> str:
    """A layer's place and name for an error message."""
    return f"layer {number}" + (f" ({quoted(layer.name)})" if layer.name else "")


def check_layer(layer: Any, number: int) -> None:
    """``ValueError`` for what is not a layer with numbers as sizes."""
    if not isinstance(layer, Layer):
        raise ValueError(
            f"layer {number} must be a layer of convexplain, such as convexplain.Conv1D. "
            f"Received: {quoted(type(layer).__name__)} (a whole Keras model goes to convexplain.explain)"
        )
    if any(is_symbolic(size) for size in vars(layer).values()):
        raise ValueError(
            f"layer {number} must have numbers as sizes; symbols serve convexplain.equation. Received: {layer!r}"
        )


def input_shape(shape: Any) -> Shape:
    """(steps, channels) or (features,) as positive integers."""
    try:
        sizes = tuple(shape)
    except TypeError:
        sizes = ()
    if len(sizes) in (1, 2):
        numbers = [None if isinstance(size, bool) else _as_integer(size) for size in sizes]
        if all(number is not None and number > 0 for number in numbers):
            return tuple(numbers)  # type: ignore[arg-type]
    raise ValueError(
        f"the input shape must be positive integers, (features,) or (steps, channels). Received: {quoted(shape, 60)}"
    )


def is_channels_first(layers: Sequence[Layer], first: int) -> bool:
    """Whether Keras keeps the channels of a network before its steps; ``ValueError`` where layers do not agree."""
    known = None
    for number, layer in enumerate(layers, first):
        own = getattr(layer, "data_format", known)
        if known not in (None, own):
            raise ValueError(
                f"{describe(layer, number)}: all layers must have the same data_format, or Keras would take channels "
                f"for steps. Received: {own} after {known}; {_ended_before(number, first)}"
            )
        known = own
    return known == "channels_first"


def _check_data_format(layers: Sequence[Layer], shapes: Sequence[Shape], reads: Sequence[tuple[int, ...]]) -> None:
    """With channels first, no layer that counts the axes of a level otherwise."""
    first = len(shapes) - len(layers)
    if not is_channels_first(layers, first):
        return
    for number, layer in enumerate(layers, first):
        has_steps = any(len(shapes[level]) > 1 for level in (number, *reads[number - first]))
        if has_steps and (layer.knows_order or layer.activation in ("softmax", "log_softmax")):
            raise ValueError(
                f"{describe(layer, number)}: with data_format='channels_first' it must not ask where the channels are. "
                f"Received: {layer!r}; {_ended_before(number, first)}"
            )


def _ended_before(number: int, first: int) -> str:
    """What can be explained of a network that has a layer which cannot."""
    other = "build it with data_format='channels_last', which takes the same kernels"
    return f"explain(..., until={number - 1}) ends before it, or {other}" if number > first else other


def _call(pair: Any) -> tuple[Any, tuple[int, ...]]:
    """A layer and the levels it reads."""
    if not isinstance(pair, (tuple, list)) or len(pair) != 2:
        raise ValueError(f"a call must be a layer and the levels it reads. Received: {quoted(pair)}")
    layer, reads = pair
    numbers = list(reads) if isinstance(reads, (tuple, list)) else [reads]
    if any(isinstance(number, bool) or _as_integer(number) is None for number in numbers):
        raise ValueError(f"the levels that a layer reads must be integers. Received: {quoted(reads)}")
    return layer, tuple(int(number) for number in numbers)


def _list(what: str, values: Any) -> list[Any]:
    try:
        return list(values)
    except TypeError:
        raise ValueError(f"the {what} must be a list. Received: {quoted(type(values).__name__)}") from None


def _as_integer(value: Any) -> int | None:
    try:
        return operator.index(value)
    except TypeError:
        return None


def _index(what: str, value: Any) -> int:
    number = None if isinstance(value, bool) else _as_integer(value)
    if number is None:
        raise IndexError(f"{what} must be an integer. Received: {quoted(value)}")
    return number
