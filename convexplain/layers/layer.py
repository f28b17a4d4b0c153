"""What every layer has: Keras's arguments, the shape of its output, its arrays, and its statement.

This module knows integers and how an argument is checked; it knows no kind of layer. A family's module states its
layers in :mod:`convexplain.layers.statement`, once; everything else in the package reads that statement.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from functools import lru_cache
from typing import Any, ClassVar, NamedTuple, TypeVar

from convexplain.layers.index import Range
from convexplain.layers.statement import Shape, Sizes, Value
from convexplain.names import nearest, quoted

PADDINGS = ("valid", "same", "causal")
DATA_FORMATS = ("channels_last", "channels_first")

_IGNORED = ("initializer", "regularizer", "constraint")
_DROPPED = {"trainable", "autocast", "input_shape", "batch_input_shape", "dtype"}


class Cell(NamedTuple):
    """One number of a feature map: its step (time) and its channel, both from 0.

    >>> import convexplain as cx
    >>> cx.Cell(2, 1).step
    2
    """

    step: Any
    channel: Any


class Term(NamedTuple):
    """One product of an output cell: which entry of the kernel array meets which cell of the level below.

    ``weight`` is (tap, channel within the group, filter), Keras's own index into ``kernel``. ``padded`` says that the
    source step lies outside the input, where Keras reads a zero: such a term is drawn, and drops out of the formula.

    >>> import convexplain as cx
    >>> for term in cx.Conv1D(1, 3, padding="same").terms((4, 1), cx.Cell(0, 0)):
    ...     print(term)
    Term(weight=(0, 0, 0), source=Cell(step=-1, channel=0), padded=True)
    Term(weight=(1, 0, 0), source=Cell(step=0, channel=0), padded=False)
    Term(weight=(2, 0, 0), source=Cell(step=1, channel=0), padded=False)
    """

    weight: tuple[Any, ...]
    source: Any
    padded: bool


class Array(NamedTuple):
    """One array of a layer's weights: the letter of its symbol, Keras's name for it, its shape in Keras, and the shape
    by which its symbol is indexed, which leaves out axes of a single entry.

    >>> import convexplain as cx
    >>> for array in cx.SeparableConv1D(3, 5).arrays((20, 2)):
    ...     print(array.letter, array.name, array.shape, array.indexed)
    d depthwise kernel (5, 2, 1) (5, 2, 1)
    p pointwise kernel (1, 2, 3) (2, 3)
    b bias (3,) (3,)
    """

    letter: str
    name: str
    shape: Shape
    indexed: Shape


def array(letter: str, name: str, *shape: Any, indexed: Shape | None = None) -> Array:
    """An array that is indexed as Keras indexes it, unless ``indexed`` says otherwise."""
    return Array(letter, name, shape, shape if indexed is None else indexed)


class Layer:
    """A layer: what decides its result, with Keras's argument names, order and defaults.

    A subclass is a frozen dataclass without an ``__init__`` of its own, or with one that calls :func:`settle`. It has

    - ``output_shape(*shapes)``: the shape of the output, ``ValueError`` where Keras refuses to build;
    - ``arrays(*shapes)``: its weights, in the order of Keras's ``layer.get_weights()``;
    - ``body(*shapes)``: what one output cell is, before the activation, over the ranges of :func:`axes`.

    A level is (steps, channels), or (features,) where there is no time axis.

    >>> import convexplain as cx
    >>> cx.Conv1D(4, 5, activation="relu").is_linear, cx.AveragePooling1D(2).is_linear
    (False, True)
    """

    name: str | None = None
    activation: Any = "linear"
    sources: ClassVar[tuple[int, int | None]] = (1, 1)
    """How many levels it reads: at least, and at most (None: any number)."""
    knows_order: ClassVar[bool] = False
    """Whether its result depends on where Keras keeps the channels, without a ``data_format`` that says so."""
    is_affine: ClassVar[bool] = True
    """Whether it is an affine map before its activation."""

    def output_shape(self, *shapes: Shape) -> Shape:
        """The shape of the output for inputs of these shapes, each (steps, channels) or (features,).

        >>> import convexplain as cx
        >>> cx.GlobalMaxPooling1D().output_shape((20, 4))
        (4,)

        ``ValueError`` where Keras refuses to build.
        """
        return shapes[0]

    def arrays(self, *shapes: Shape) -> tuple[Array, ...]:
        """The weights for inputs of these shapes, in the order of Keras's ``layer.get_weights()``.

        >>> import convexplain as cx
        >>> [(array.name, array.shape) for array in cx.Dense(3).arrays((20, 4))]
        [('kernel', (4, 3)), ('bias', (3,))]
        """
        return ()

    def body(self, *shapes: Shape) -> Value:
        """What one output cell is, before the activation."""
        raise NotImplementedError

    def weight_shapes(self, channels: Any) -> tuple[Shape, ...]:
        """The shapes of Keras's ``layer.get_weights()`` on so many channels, for layers whose arrays depend on these
        alone.

        >>> import convexplain as cx
        >>> cx.Conv1D(8, 5).weight_shapes(4)           # kernel (taps, channels, filters), bias (filters,)
        ((5, 4, 8), (8,))
        """
        return tuple(array.shape for array in self.arrays((1, channels)))

    @property
    def is_linear(self) -> bool:
        """Whether the layer is an affine map: of its reads it takes sums and multiples only."""
        return self.activation == "linear" and self.is_affine


class Stated(NamedTuple):
    """A layer on inputs of some shapes: its axes, what an output cell is before and after the activation, its sizes."""

    axes: tuple[Range, ...]
    body: Value
    value: Value
    sizes: Sizes


@lru_cache(maxsize=1024)
def stated(layer: Layer, *shapes: Shape) -> Stated:
    """The statement of ``layer`` on inputs of these shapes."""
    from convexplain.layers.functions import activated

    output = axes(layer.output_shape(*shapes))
    body = layer.body(*shapes)
    sizes = Sizes(shapes, {array.letter: array.indexed for array in layer.arrays(*shapes)})
    return Stated(output, body, activated(layer.activation, body, output[-1]), sizes)


def axes(shape: Shape) -> tuple[Range, ...]:
    """The ranges of an output's axes: t and f, or f alone."""
    return tuple(Range(name, size) for name, size in zip("tf"[-len(shape) :], shape, strict=True))


L = TypeVar("L", bound=Layer)


def settle(layer: Layer, given: dict[str, Any], **settings: Any) -> None:
    """Set the fields of a frozen layer; ``given`` are the keyword arguments that do not change the result.

    Initializers, regularizers, constraints, ``trainable`` and the like are accepted and dropped, so that a Keras
    definition becomes a record by changing the prefix. Anything else is a ``TypeError``, as in Keras.
    """
    name = given.pop("name", None)
    dtype = given.pop("dtype", None)
    unknown = [key for key in given if key not in _DROPPED and key.rsplit("_", 1)[-1] not in _IGNORED]
    if unknown:
        raise TypeError(f"{type(layer).__name__} has no argument {quoted(unknown[0])}")
    if dtype is not None and dtype_name(dtype) != "float32":
        raise ValueError(
            f"dtype must be float32, the only one that is explained. Received: dtype={quoted(dtype_name(dtype))}"
        )
    for key, value in {**settings, "name": name if name is None else str(name)}.items():
        object.__setattr__(layer, key, value)


def told(layer: Layer, required: Iterable[str] = (), **defaults: Any) -> str:
    """A layer as Python text: its required arguments, and those that are not as by default."""
    changed = [f"{key}={getattr(layer, key)!r}" for key, value in defaults.items() if getattr(layer, key) != value]
    return f"{type(layer).__name__}({', '.join([*(str(getattr(layer, key)) for key in required), *changed])})"


def is_symbolic(value: Any) -> bool:
    """Whether a size is a sympy expression with symbols in it."""
    return bool(getattr(value, "free_symbols", None))


def check_size(argument: str, value: Any, least: int = 1) -> Any:
    """A positive integer, from an integer or a tuple of one as Keras takes it, or a symbol that may stand for one."""
    received = value
    wanted = "a positive integer" if least == 1 else f"an integer from {least} up"
    if isinstance(value, (tuple, list)) and len(value) == 1:
        (value,) = value
    if is_symbolic(value):
        if value.is_integer is False or value.is_positive is False:
            raise ValueError(
                f"{argument} must be {wanted}. Received: {argument}={quoted(received)}, which cannot be one"
            )
        return value
    try:
        number = None if isinstance(value, bool) or type(value).__name__ == "bool" else operator.index(value)
    except TypeError:
        number = None
    if number is None or number < least:
        raise ValueError(f"{argument} must be {wanted}. Received: {argument}={quoted(received)}")
    return number


def check_pair(argument: str, value: Any) -> tuple[int, int]:
    """Two integers from 0 up, from an integer for both or a tuple of two, as Keras takes it."""
    pair = value if isinstance(value, (tuple, list)) else (value, value)
    if len(pair) != 2:
        raise ValueError(f"{argument} must be an integer or two of them. Received: {argument}={quoted(value)}")
    return check_size(argument, pair[0], 0), check_size(argument, pair[1], 0)


def check_float(argument: str, value: Any, least: float | None = None) -> float:
    """A finite number, not below ``least``."""
    try:
        number = math.nan if isinstance(value, (str, bool)) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not math.isfinite(number) or abs(number) >= 2.0**128 - 2.0**103 or (least is not None and number < least):
        wanted = "a finite number" if least is None else f"a finite number from {least:g} up"
        raise ValueError(f"{argument} must be {wanted}. Received: {argument}={quoted(value)}")
    return number


def choice(argument: str, value: Any, choices: tuple[str, ...]) -> str:
    """One of Keras's words, which it takes in any case."""
    if not isinstance(value, str) or value.lower() not in choices:
        raise ValueError(
            f"{argument} must be one of {', '.join(map(repr, choices))}. Received: {argument}={quoted(value)}"
            + nearest(value, choices)
        )
    return value.lower()


def data_format_of(value: Any) -> str:
    """Keras's word for where the channels stand; last when it is not given."""
    return choice("data_format", "channels_last" if value is None else value, DATA_FORMATS)


def timed(what: str, shape: Shape) -> Shape:
    """(steps, channels), or a ``ValueError`` for a level without a time axis."""
    if len(shape) != 2:
        raise ValueError(f"{what} needs an input of (steps, channels). Received: {shape}")
    return shape


def axis_of(argument: str, axis: Any, shape: Shape) -> int:
    """The axis of a level, 0 or 1, from Keras's number, which counts the batch as 0 and may count from the end."""
    try:
        number = -99 if isinstance(axis, bool) else operator.index(axis)
    except TypeError:
        number = -99
    place = number - 1 if number > 0 else number + len(shape)
    if number == 0 or not 0 <= place < len(shape):
        raise ValueError(
            f"{argument} must be an axis of the input, from 1 to {len(shape)} or counted from the end. "
            f"Received: {argument}={quoted(axis)}"
        )
    return place


def dtype_name(dtype: Any) -> str:
    """Keras's name of a dtype or dtype policy."""
    return str(getattr(dtype, "name", dtype))


def ceil_div(dividend: Any, divisor: Any) -> Any:
    """The quotient rounded up, of integers or symbols."""
    if divisor == 1:
        return dividend
    if is_symbolic(dividend) or is_symbolic(divisor):
        from sympy import ceiling

        return ceiling(dividend / divisor)
    return -(-dividend // divisor)


def larger(value: Any, bound: int) -> Any:
    """The larger of an integer or symbolic value and an integer."""
    if is_symbolic(value):
        from sympy import Max

        return Max(value, bound)
    return max(value, bound)
