"""Layers that read several levels: sums, products, maxima, and one beside the other.

Levels of size 1 along an axis, and levels without a time axis, are repeated, as in Keras. Source:
``keras/src/layers/merging/``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, ClassVar

from convexplain.layers import statement
from convexplain.layers.index import Index, Range
from convexplain.layers.layer import Layer, axes, axis_of, settle, told
from convexplain.layers.statement import Case, Read, Shape, Value, as_value
from convexplain.names import quoted


@dataclass(frozen=True, init=False, repr=False)
class _Merge(Layer):
    name: str | None = field(compare=False)
    sources: ClassVar[tuple[int, int | None]] = (1, None)

    def __init__(self, **ignored: Any) -> None:
        settle(self, ignored)

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def output_shape(self, *shapes: Shape) -> Shape:
        longest = max(map(len, shapes))
        merged = [1] * longest
        for shape in shapes:
            for place, size in enumerate(shape, longest - len(shape)):
                if merged[place] != 1 and size not in (1, merged[place]):
                    raise ValueError(
                        f"what is merged must have the same shape, or the size 1 where it differs. Received: "
                        f"{', '.join(map(str, shapes[:6]))}"
                    )
                merged[place] = max(merged[place], size)
        return tuple(merged)

    def body(self, *shapes: Shape) -> Value:
        output = axes(self.output_shape(*shapes))
        return self.merged(tuple(_spread(number, shape, output) for number, shape in enumerate(shapes)))

    def merged(self, values: tuple[Value, ...]) -> Value:
        """One cell of the output from the cells of the inputs."""
        raise NotImplementedError


def _spread(source: int, shape: Shape, output: tuple[Range, ...]) -> Value:
    """The cell of one input that belongs to an output cell."""
    places = zip(shape, output[len(output) - len(shape) :], strict=True)
    return Read(source, tuple(Index(0) if size == 1 else place for size, place in places))


class Add(_Merge):
    """A Keras ``Add`` layer: the sum of its inputs, cell by cell.

    >>> import convexplain as cx
    >>> graph = cx.Graph([(4, 2), (4, 2)], [(cx.Add(), (0, 1))])
    >>> graph.shapes[2]
    (4, 2)
    >>> cx.explain(graph)[3, 1]
    x1[3, 1] + x2[3, 1]

    ``ValueError`` for inputs of different shapes, unless a size is 1.
    """

    def merged(self, values: tuple[Value, ...]) -> Value:
        return statement.Add(values) if len(values) > 1 else values[0]


class Subtract(_Merge):
    """A Keras ``Subtract`` layer: the first input minus the second, cell by cell.

    >>> import convexplain as cx
    >>> graph = cx.Graph([(4, 2), (4, 2)], [(cx.Subtract(), (0, 1))])
    >>> graph.shapes[2]
    (4, 2)
    >>> cx.explain(graph)[3, 1]
    x1[3, 1] - x2[3, 1]

    ``ValueError`` for inputs of different shapes, unless a size is 1, and for more or fewer than two.
    """

    sources = (2, 2)

    def merged(self, values: tuple[Value, ...]) -> Value:
        return values[0] - values[1]


class Multiply(_Merge):
    """A Keras ``Multiply`` layer: the product of its inputs, cell by cell.

    >>> import convexplain as cx
    >>> graph = cx.Graph([(4, 2), (4, 2)], [(cx.Multiply(), (0, 1))])
    >>> graph.shapes[2]
    (4, 2)
    >>> cx.explain(graph)[3, 1]
    x1[3, 1]*x2[3, 1]

    ``ValueError`` for inputs of different shapes, unless a size is 1.
    """

    is_affine = False

    def merged(self, values: tuple[Value, ...]) -> Value:
        return statement.Times(values) if len(values) > 1 else values[0]


class Average(_Merge):
    """A Keras ``Average`` layer: the mean of its inputs, cell by cell.

    >>> import convexplain as cx
    >>> graph = cx.Graph([(4, 2), (4, 2)], [(cx.Average(), (0, 1))])
    >>> graph.shapes[2]
    (4, 2)
    >>> cx.explain(graph)[3, 1]
    x1[3, 1]/2 + x2[3, 1]/2

    ``ValueError`` for inputs of different shapes, unless a size is 1.
    """

    def merged(self, values: tuple[Value, ...]) -> Value:
        return as_value(Fraction(1, len(values))) * statement.Add(values) if len(values) > 1 else values[0]


class Maximum(_Merge):
    """A Keras ``Maximum`` layer: the largest of its inputs, cell by cell.

    >>> import convexplain as cx
    >>> graph = cx.Graph([(4, 2), (4, 2)], [(cx.Maximum(), (0, 1))])
    >>> graph.shapes[2]
    (4, 2)
    >>> cx.explain(graph)[3, 1]
    Max(x1[3, 1], x2[3, 1])

    ``ValueError`` for inputs of different shapes, unless a size is 1.
    """

    is_affine = False

    def merged(self, values: tuple[Value, ...]) -> Value:
        return statement.largest(*values)


class Minimum(_Merge):
    """A Keras ``Minimum`` layer: the smallest of its inputs, cell by cell.

    >>> import convexplain as cx
    >>> graph = cx.Graph([(4, 2), (4, 2)], [(cx.Minimum(), (0, 1))])
    >>> graph.shapes[2]
    (4, 2)
    >>> cx.explain(graph)[3, 1]
    Min(x1[3, 1], x2[3, 1])

    ``ValueError`` for inputs of different shapes, unless a size is 1.
    """

    is_affine = False

    def merged(self, values: tuple[Value, ...]) -> Value:
        return statement.smallest(*values)


@dataclass(frozen=True, init=False, repr=False)
class Concatenate(Layer):
    """A Keras ``Concatenate`` layer: one level after another, along the channels or the steps.

    >>> import convexplain as cx
    >>> graph = cx.Graph([(4, 2), (4, 2)], [(cx.Concatenate(), (0, 1))])
    >>> graph.shapes[2]
    (4, 4)
    >>> cx.explain(graph)[3, 2]      # channel 2 is the first one of the second input
    x2[3, 0]

    ``ValueError`` for inputs that differ in another axis than the joined one, and for an ``axis`` that they have not.
    """

    axis: int
    name: str | None = field(compare=False)
    sources: ClassVar[tuple[int, int | None]] = (1, None)
    knows_order = True

    def __init__(self, axis: Any = -1, **ignored: Any) -> None:
        if isinstance(axis, bool) or not isinstance(axis, int):
            raise ValueError(f"axis must be an axis of the inputs. Received: axis={quoted(axis)}")
        settle(self, ignored, axis=axis)

    def __repr__(self) -> str:
        return told(self, axis=-1)

    def output_shape(self, *shapes: Shape) -> Shape:
        place = axis_of("axis", self.axis, shapes[0])
        rest = {(len(shape), *(size for at, size in enumerate(shape) if at != place)) for shape in shapes}
        if len(rest) != 1:
            raise ValueError(
                "what is concatenated must have the same shape except along the axis. "
                f"Received: {', '.join(map(str, shapes[:6]))}"
            )
        joined = list(shapes[0])
        joined[place] = sum(shape[place] for shape in shapes)
        return tuple(joined)

    def body(self, *shapes: Shape) -> Value:
        output = axes(self.output_shape(*shapes))
        place = axis_of("axis", self.axis, shapes[0])
        along, start, parts = output[place], 0, []
        for source, shape in enumerate(shapes):
            indices = tuple(along - start if at == place else r for at, r in enumerate(output))
            start += shape[place]
            parts.append((start, Read(source, indices)))
        value: Value = parts[-1][1]
        for bound, part in reversed(parts[:-1]):
            value = Case(along, bound, part, value)
        return value
