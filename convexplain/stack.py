"""Layers in order: the shape of every level, the receptive field, and the paths from a sample to an output.

This module knows the layers' terms and integers; it knows nothing of weights, formulas or pictures. Level 0 is the
input, level l the output of layer l; layers count from 1.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from convexplain import graph
from convexplain.graph import MOST_NUMBERS, Graph, describe
from convexplain.layers import Cell, Conv1D, Layer, Term
from convexplain.names import quoted

__all__ = ["MOST_NUMBERS", "Path", "Stack", "describe"]


class Path(NamedTuple):
    """One tap per layer, from one input sample to one output cell.

    ``weights`` holds an index (tap, channel, filter) into each layer's kernel, first layer first; ``cells`` the cells
    passed, from the sample (level 0) to the output.

    >>> stack = Stack((6, 1), [Conv1D(1, 3), Conv1D(1, 2)])
    >>> *_, last = stack.paths(2, Cell(0, 0))
    >>> last.weights
    ((2, 0, 0), (1, 0, 0))
    >>> last.cells
    (Cell(step=3, channel=0), Cell(step=1, channel=0), Cell(step=0, channel=0))
    """

    weights: tuple[tuple[int, int, int], ...]
    cells: tuple[Cell, ...]


class Stack(Graph):
    """A stack of layers on an input of ``input_shape`` (steps, channels), which may be given by its ``input_name``.

    >>> stack = Stack((20, 1), [Conv1D(4, 5, use_bias=False), Conv1D(8, 5, use_bias=False)])
    >>> stack.shapes                       # level 0 is the input
    ((20, 1), (16, 4), (12, 8))
    >>> stack.receptive_field()            # steps of the input behind one output
    9
    >>> stack.path_count(2, Cell(0, 3))    # 5 taps, 4 channels, 5 taps
    100

    Raises ``ValueError`` where Keras would refuse to build, naming the layer.
    """

    input_shape: tuple[int, ...]
    """The shape of level 0."""

    def __init__(self, input_shape: Sequence[int], layers: Sequence[Layer], input_name: str = "x") -> None:
        try:
            given = tuple(layers)
        except TypeError:
            raise ValueError(f"the layers must be a list. Received: {quoted(type(layers).__name__)}") from None
        self.input_shape = graph.input_shape(input_shape)
        self._build([self.input_shape], given, [(level,) for level in range(len(given))])
        self.input_names = (input_name,)
        self._counted: dict[tuple[_Count, int, int], dict[int, int]] = {}

    def __repr__(self) -> str:
        return f"Stack({self.input_shape}, [{', '.join(map(repr, self.layers))}])"

    def owner(self, level: int) -> int:
        """The level itself: in a stack, each layer has weights of its own.

        >>> Stack((6, 1), [Conv1D(1, 3), Conv1D(1, 2)]).owner(2)
        2
        """
        return level

    def up_to(self, level: int) -> Stack:
        """The layers up to the one that makes ``level``.

        >>> Stack((6, 1), [Conv1D(1, 3), Conv1D(1, 2)]).up_to(1)
        Stack((6, 1), [Conv1D(1, 3)])
        """
        return Stack(self.input_shape, self.layers[:level], *self.input_names)

    def terms(self, level: int, cell: Cell) -> tuple[Term, ...]:
        """The products that are added for ``cell`` of ``level`` (1 or more), channel by channel, tap by tap.

        >>> stack = Stack((6, 1), [Conv1D(1, 3, padding="same")])
        >>> [(term.weight, term.source.step, term.padded) for term in stack.terms(1, Cell(0, 0))]
        [((0, 0, 0), -1, True), ((1, 0, 0), 0, False), ((2, 0, 0), 1, False)]

        ``ValueError`` where the layer is not a Conv1D.
        """
        return self._convolution(level).terms(self.shapes[level - 1], cell)

    def _convolution(self, level: int) -> Conv1D:
        """The layer of ``level``, which must be a Conv1D: of others, paths are not followed."""
        layer = self.layers[level - 1]
        if not isinstance(layer, Conv1D):
            raise ValueError(
                f"{describe(layer, level)} must be a Conv1D to be followed term by term. Received: {layer!r}"
            )
        return layer

    def paths(self, level: int, cell: Cell) -> Iterator[Path]:
        """Every path that ends in ``cell`` of ``level``; paths that start in the padding of any level count as none.

        >>> stack = Stack((6, 1), [Conv1D(1, 3), Conv1D(1, 2)])
        >>> [path.cells[0].step for path in stack.paths(2, Cell(0, 0))]
        [0, 1, 2, 1, 2, 3]

        ``ValueError`` where a layer is not a Conv1D.
        """
        if level == 0:
            yield Path((), (cell,))
            return
        for term in self.terms(level, cell):
            if not term.padded:
                for path in self.paths(level - 1, term.source):
                    yield Path((*path.weights, term.weight), (*path.cells, cell))

    def path_count(self, level: int, cell: Cell) -> int:
        """How many paths end in ``cell`` of ``level``, without listing them.

        >>> Stack((6, 1), [Conv1D(4, 3), Conv1D(1, 2)]).path_count(2, Cell(0, 0))      # 3 taps, 4 channels, 2 taps
        24

        ``ValueError`` where a layer is not a Conv1D.
        """
        return self._count(_PATHS, level, cell.step)

    def monomial_count(self, level: int, cell: Cell) -> int:
        """How many monomials the fully expanded cell has: its paths, and one for each path that starts at a bias.

        >>> Stack((6, 1), [Conv1D(1, 3), Conv1D(1, 2)]).monomial_count(2, Cell(0, 0))  # 6 paths, 2 from b1, and b2
        9

        ``ValueError`` where a layer is not a Conv1D.
        """
        return self._count(_MONOMIALS, level, cell.step)

    def product_count(self, level: int, cell: Cell, depth: int) -> int:
        """How many products the nested closed form of ``cell`` has, its last ``depth`` layers written out, shared
        parts counted each time.

        >>> Stack((6, 1), [Conv1D(1, 3), Conv1D(1, 2)]).product_count(2, Cell(0, 0), depth=2)
        8

        ``ValueError`` where a layer is not a Conv1D.
        """
        return self._count(_PRODUCTS, level, cell.step, level - depth)

    def _count(self, kind: _Count, level: int, step: int, lowest: int = 0) -> int:
        """A count at a step of ``level``, of what begins at the level ``lowest``, gathered from the steps that this one
        sees on each level between. Channels need no distinction: each filter reads equally many.
        """
        wanted, reads = {step}, []
        for number in range(level, lowest, -1):
            known = self._counted.setdefault((kind, lowest, number), {})
            reads.append({step: self._steps_read(number, step) for step in wanted if step not in known})
            wanted = set().union(*reads[-1].values())
        below = dict.fromkeys(wanted if reads else {step}, kind.start)
        for number, read in enumerate(reversed(reads), lowest + 1):
            layer, known = self._convolution(number), self._counted[kind, lowest, number]
            channels, own = self.shapes[number - 1][1] // layer.groups, int(kind.biases and layer.use_bias)
            for step, sources in read.items():
                known[step] = own + channels * sum(kind.each + below[source] for source in sources)
            below = known
        return below[step]

    def _steps_read(self, level: int, step: int) -> list[int]:
        """The steps of the level below that a step of ``level`` reads, tap by tap, without the padding."""
        layer, steps = self._convolution(level), self.shapes[level - 1][0]
        sources = [layer.source_step(steps, step, tap) for tap in range(layer.kernel_size)]
        return [source for source in sources if 0 <= source < steps]


class _Count(NamedTuple):
    """What is counted: how many stand at the lowest level, how many each read cell adds, and whether biases count."""

    start: int
    each: int
    biases: bool


_PATHS = _Count(start=1, each=0, biases=False)
_MONOMIALS = _Count(start=1, each=0, biases=True)
_PRODUCTS = _Count(start=0, each=1, biases=False)
