"""Layers in order: the shape of every level, the receptive field, and the paths from a sample to an output.

This module knows the layers' terms and integers; it knows nothing of weights, formulas or pictures. Level 0 is the
input, level l the output of layer l; layers count from 1.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from convexplain.layers import Cell, Conv1D, Term, is_symbolic, quoted

MOST_NUMBERS = 2**24
"""The most numbers in a level, steps times channels: 64 MB. More is a mistake, or an attack on memory."""


class Path(NamedTuple):
    """One tap per layer, from one input sample to one output cell.

    ``weights`` holds an index (tap, channel, filter) into each layer's kernel, first layer first; ``cells`` the cells
    passed, from the sample (level 0) to the output.
    """

    weights: tuple[tuple[int, int, int], ...]
    cells: tuple[Cell, ...]


class Stack:
    """A stack of layers on an input of ``input_shape`` (steps, channels).

    >>> stack = Stack((20, 1), [Conv1D(4, 5, use_bias=False), Conv1D(8, 5, use_bias=False)])
    >>> stack.shapes                       # level 0 is the input
    ((20, 1), (16, 4), (12, 8))
    >>> stack.receptive_field()            # steps of the input behind one output
    9
    >>> stack.path_count(2, Cell(0, 3))    # 5 taps, 4 channels, 5 taps
    100

    Raises ``ValueError`` where Keras would refuse to build, naming the layer.
    """

    __slots__ = ("_path_counts", "_product_counts", "input_shape", "layers", "shapes")

    input_shape: tuple[int, int]
    layers: tuple[Conv1D, ...]
    shapes: tuple[tuple[int, int], ...]

    def __init__(self, input_shape: Sequence[int], layers: Sequence[Conv1D]) -> None:
        self.input_shape = _input_shape(input_shape)
        try:
            self.layers = tuple(layers)
        except TypeError:
            raise ValueError(f"the layers must be a list. Received: {quoted(type(layers).__name__)}") from None
        if not self.layers:
            raise ValueError("a stack needs at least one layer. Received: no layers")
        shapes = [self.input_shape]
        for number, layer in enumerate(self.layers, 1):
            if not isinstance(layer, Conv1D):
                raise ValueError(
                    f"layer {number} must be a convexplain.Conv1D. Received: {quoted(type(layer).__name__)} "
                    "(a whole Keras model goes to convexplain.explain)"
                )
            if any(
                is_symbolic(size) for size in (layer.filters, layer.kernel_size, layer.strides, layer.dilation_rate)
            ):
                raise ValueError(
                    f"layer {number} must have numbers as sizes; symbols serve convexplain.equation. "
                    f"Received: {layer!r}"
                )
            try:
                shapes.append(layer.output_shape(shapes[-1]))
            except ValueError as error:
                raise ValueError(f"{describe(layer, number)}: {error}") from None
        if len({layer.data_format for layer in self.layers}) > 1:
            raise ValueError(
                "all layers must have the same data_format, or Keras would take channels for steps. "
                f"Received: {', '.join(layer.data_format for layer in self.layers[:6])}"
            )
        for level, (steps, channels) in enumerate(shapes):
            if steps * channels > MOST_NUMBERS:
                raise ValueError(
                    f"a level may hold at most {MOST_NUMBERS} numbers. Received: level {level}, {steps:,} steps and "
                    f"{channels:,} channels"
                )
        self.shapes = tuple(shapes)
        self._path_counts: dict[tuple[int, bool], list[int]] = {}
        self._product_counts: dict[tuple[int, int], list[int]] = {}

    def __repr__(self) -> str:
        return f"Stack({self.input_shape}, [{', '.join(map(repr, self.layers))}])"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Stack):
            return NotImplemented
        return (self.input_shape, self.layers) == (other.input_shape, other.layers)

    def __hash__(self) -> int:
        return hash((self.input_shape, self.layers))

    @property
    def depth(self) -> int:
        """The number of layers, and so of the last level."""
        return len(self.layers)

    @property
    def is_linear(self) -> bool:
        """Whether no layer has an activation."""
        return all(layer.is_linear for layer in self.layers)

    def layer(self, number: int) -> Conv1D:
        """The layer with this number, counting from 1. ``IndexError`` when there is none."""
        return self.layers[self.check_level(number, lowest=1) - 1]

    def check_level(self, level: Any, lowest: int = 0) -> int:
        """``level`` as an integer from ``lowest`` to the depth, or an ``IndexError``."""
        number = _index("a level", level)
        if not lowest <= number <= self.depth:
            what = "level" if lowest == 0 else "layer"
            raise IndexError(f"the {what} must be from {lowest} to {self.depth}. Received: {what} {number}")
        return number

    def check_cell(self, level: int, step: Any, channel: Any) -> Cell:
        """(step, channel) as a cell of ``level``, or an ``IndexError`` that gives the level's shape."""
        steps, channels = self.shapes[level]
        cell = Cell(_index("a step", step), _index("a channel", channel))
        if not (0 <= cell.step < steps and 0 <= cell.channel < channels):
            raise IndexError(
                f"level {level} has steps 0 to {steps - 1} and channels 0 to {channels - 1}. "
                f"Received: [{cell.step}, {cell.channel}]"
            )
        return cell

    def terms(self, level: int, cell: Cell) -> tuple[Term, ...]:
        """The products that are added for ``cell`` of ``level`` (1 or more)."""
        return self.layers[level - 1].terms(self.shapes[level - 1], cell)

    def receptive_field(self, level: int | None = None) -> int:
        """Steps of the input, padding included, from the first to the last that one cell of ``level`` can depend on."""
        reach, jump = 1, 1
        for layer in self.layers[: self.depth if level is None else level]:
            reach += (layer.span - 1) * jump
            jump *= layer.strides
        return reach

    def paths(self, level: int, cell: Cell) -> Iterator[Path]:
        """Every path that ends in ``cell`` of ``level``; paths that start in the padding of any level count as none."""
        if level == 0:
            yield Path((), (cell,))
            return
        for term in self.terms(level, cell):
            if not term.padded:
                for path in self.paths(level - 1, term.source):
                    yield Path((*path.weights, term.weight), (*path.cells, cell))

    def path_count(self, level: int, cell: Cell) -> int:
        """How many paths end in ``cell`` of ``level``, without listing them."""
        return self._counts(level, biases=False)[cell.step]

    def monomial_count(self, level: int, cell: Cell) -> int:
        """How many monomials the fully expanded cell has: its paths, and one for each path that starts at a bias."""
        return self._counts(level, biases=True)[cell.step]

    def product_count(self, level: int, cell: Cell, depth: int) -> int:
        """How many products the nested closed form of ``cell`` has, its last ``depth`` layers written out, shared
        parts counted each time.
        """
        return self._products(level, depth)[cell.step]

    def _products(self, level: int, depth: int) -> list[int]:
        """The products of every step of ``level``, from the level that stays a symbol upwards."""
        if (level, depth) not in self._product_counts:
            lowest = level - depth
            sizes = [0] * self.shapes[lowest][0]
            for number in range(lowest + 1, level + 1):
                sizes = self._gather(number, [1 + size for size in sizes])
                self._product_counts[number, number - lowest] = sizes
            self._product_counts[level, depth] = sizes
        return self._product_counts[level, depth]

    def _counts(self, level: int, biases: bool) -> list[int]:
        """The count of every step of ``level``. Channels need no distinction: each filter reads equally many."""
        if (level, biases) not in self._path_counts:
            counts = self._path_counts[0, biases] = [1] * self.shapes[0][0]
            for number in range(1, level + 1):
                own = int(biases and self.layers[number - 1].use_bias)
                counts = self._path_counts[number, biases] = [own + met for met in self._gather(number, counts)]
        return self._path_counts[level, biases]

    def _gather(self, level: int, below: list[int]) -> list[int]:
        """For every step of ``level``, the sum of ``below`` (a number for each step of the level below) over its
        unpadded terms.
        """
        layer, (steps, channels) = self.layers[level - 1], self.shapes[level - 1]
        gathered = []
        for step in range(self.shapes[level][0]):
            sources = [layer.source_step(steps, step, tap) for tap in range(layer.kernel_size)]
            gathered.append(channels // layer.groups * sum(below[source] for source in sources if 0 <= source < steps))
        return gathered


def describe(layer: Conv1D, number: int) -> str:
    """A layer's place and name for an error message."""
    return f"layer {number}" + (f" ({quoted(layer.name)})" if layer.name else "")


def _input_shape(shape: Any) -> tuple[int, int]:
    """(steps, channels) as two positive integers."""
    try:
        sizes = tuple(shape)
    except TypeError:
        sizes = ()
    if len(sizes) == 2:
        numbers = [None if isinstance(size, bool) else _as_integer(size) for size in sizes]
        if all(number is not None and number > 0 for number in numbers):
            return numbers[0], numbers[1]  # type: ignore[return-value]
    raise ValueError(
        f"the input shape must be two positive integers, (steps, channels). Received: {quoted(repr(shape), 60)}"
    )


def _as_integer(value: Any) -> int | None:
    try:
        return operator.index(value)
    except TypeError:
        return None


def _index(what: str, value: Any) -> int:
    number = None if isinstance(value, bool) else _as_integer(value)
    if number is None:
        raise IndexError(f"{what} must be an integer. Received: {quoted(repr(value))}")
    return number
