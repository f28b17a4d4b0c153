"""Operations on levels for which Keras has no layer, as layers: slices, and quotients by a number.

Source: ``keras/src/ops/numpy.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from convexplain.layers.index import as_index
from convexplain.layers.layer import Layer, axes, check_float, settle, told
from convexplain.layers.statement import Number, Read, Shape, Value, single
from convexplain.names import quoted


@dataclass(frozen=True, init=False, repr=False)
class GetItem(Layer):
    """What Keras makes of ``y[:, 2:8:2, 0]``: some steps, some channels, or one of them, which leaves its axis out.

    ``index`` holds a slice or a number for each axis after the batch; ``...`` stands for those that are not named, as
    the end does.

    >>> import convexplain as cx
    >>> stack = cx.Stack((6, 2), [cx.GetItem((slice(1, None, 2), -1))])    # y[:, 1::2, -1]
    >>> stack.shapes[1]
    (3,)
    >>> cx.explain(stack)[2]
    x[5, 1]

    ``ValueError`` for an index of anything else, or that leaves nothing of the input.
    """

    index: tuple[Any, ...]
    """A slice is kept as (start, stop, step)."""
    name: str | None = field(compare=False)
    knows_order = True

    def __init__(self, index: Any, **ignored: Any) -> None:
        given = index if isinstance(index, (tuple, list)) else (index,)
        if list(given).count(...) > 1:
            raise ValueError(f"index must hold ... once at most. Received: index={quoted(index)}")
        settle(self, ignored, index=tuple(_index(one, index) for one in given))

    @property
    def slices(self) -> tuple[Any, ...]:
        """The index as Python has it.

        >>> import convexplain as cx
        >>> cx.GetItem((slice(2), -1)).slices
        (slice(None, 2, None), -1)
        """
        return tuple(slice(*one) if isinstance(one, tuple) else one for one in self.index)

    def __repr__(self) -> str:
        said = ", ".join(
            "..." if one is ... else _slice(one) if isinstance(one, tuple) else f"{one}" for one in self.index
        )
        return f"GetItem(({said}{',' * (len(self.index) == 1)}))"

    def places(self, shape: Shape) -> list[tuple[int, int, int | None]]:
        """Of each axis of the input: the first place, the step, and how many; None where the axis is left out.

        >>> import convexplain as cx
        >>> cx.GetItem((slice(1, None, 2), -1)).places((6, 3))
        [(1, 2, 3), (2, 1, None)]

        ``ValueError`` for an index that does not fit the input, or leaves nothing of it.
        """
        named = list(self.slices if ... in self.index else (*self.slices, ...))
        left = len(shape) + 1 - len(named)
        if left < 0:
            raise ValueError(f"index must not name more axes than the input has. Received: {self!r} for {shape}")
        place = named.index(...)
        named[place : place + 1] = [slice(None)] * left
        found = list[tuple[int, int, int | None]]()
        for one, size in zip(named, shape, strict=True):
            if isinstance(one, int):
                if not -size <= one < size:
                    raise ValueError(f"index must be within the input. Received: {self!r} for {shape}")
                found.append((one % size, 1, None))
                continue
            kept = range(*one.indices(size))
            if not kept:
                raise ValueError(f"index must leave something of the input. Received: {self!r} for {shape}")
            found.append((kept.start, kept.step, len(kept)))
        return found

    def output_shape(self, shape: Shape) -> Shape:  # type: ignore[override]
        kept = tuple(count for *_, count in self.places(shape) if count is not None)
        if not kept:
            raise ValueError(f"index must leave an axis of the input. Received: {self!r} for {shape}")
        return kept

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        output = iter(axes(self.output_shape(shape)))
        chosen = [start if count is None else next(output) * step + start for start, step, count in self.places(shape)]
        return Read(0, tuple(map(as_index, chosen)))


def _slice(parts: tuple[Any, ...]) -> str:
    """A slice as it is written."""
    start, stop, step = parts
    told = parts if step is not None else parts[:2] if start is not None else (stop,)
    return f"slice({', '.join(map(str, told))})"


def _index(one: Any, index: Any) -> Any:
    """A number, a slice as (start, stop, step), or an ellipsis."""
    if type(one) is int or one is ...:
        return one
    parts = (one.start, one.stop, one.step) if isinstance(one, slice) else one
    whole = isinstance(parts, tuple) and all(part is None or type(part) is int for part in parts)
    if whole and len(parts) == 3 and parts[2] != 0:
        return parts
    raise ValueError(f"index must hold a slice or an integer for each axis after the batch. Received: {quoted(index)}")


@dataclass(frozen=True, init=False, repr=False)
class TrueDivide(Layer):
    """What Keras makes of ``y / 255``: every number divided by one; the shape stays.

    >>> import convexplain as cx
    >>> stack = cx.Stack((4, 2), [cx.TrueDivide(3)])
    >>> stack.shapes[1]
    (4, 2)
    >>> cx.explain(stack)[0, 1]
    x[0, 1]/3

    ``ValueError`` for a number that is not finite, or that is 0 in float32.
    """

    divisor: float
    name: str | None = field(compare=False)

    def __init__(self, divisor: Any, **ignored: Any) -> None:
        number = check_float("divisor", divisor)
        if not single(number).value:
            raise ValueError(f"divisor must not be 0 in float32. Received: divisor={quoted(divisor)}")
        settle(self, ignored, divisor=number)

    def __repr__(self) -> str:
        return told(self, ("divisor",))

    def body(self, shape: Shape) -> Value:  # type: ignore[override]
        return Number(1 / single(self.divisor).value) * Read(0, axes(shape))
