"""The usual mistakes in layers that take, move, compare, average or bend samples, and in those that merge.

This module knows what is done wrong in them, as changes of their statements; the words stand beside each.
"""

from __future__ import annotations

from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from convexplain.check import altered, roles
from convexplain.check.altered import Change, Question, substitute_reads
from convexplain.check.mistaken_norms import Row, other_axis
from convexplain.layers.index import Range, as_index
from convexplain.layers.statement import (
    ZERO,
    Add,
    Apply,
    Case,
    Largest,
    Power,
    Read,
    Smallest,
    Times,
    Total,
    Value,
    as_value,
    largest,
    single,
    smallest,
    substitute,
    walk,
)

_TIMED = ("Flatten", "Reshape", "Permute", "UpSampling1D", "Cropping1D", "ZeroPadding1D")
_MOVED = (*_TIMED, "RepeatVector", "GetItem")
_GLOBAL = ("GlobalMaxPooling1D", "GlobalAveragePooling1D")
_EXTREMES = ("Maximum", "Minimum")


def _function(make: Any) -> Change:
    """Another function of one cell: ``make(z, layer)``."""
    return altered.values(lambda question: make(question.reads[0], question.layer))


def _over_channels(question: Question, value: Any) -> Value | None:
    """A value over the channels, where it stood over as many steps."""
    steps, channels = question.shape
    if steps != channels:
        return None
    return substitute_reads(value, lambda read: Read(read.source, (read.indices[1], read.indices[0])))


def _pooled(question: Question) -> tuple[Any, Read]:
    """What a pool runs over, and the cell it reads."""
    for part in walk(question.whole.body):
        if isinstance(part, (Total, Largest)) and part.over:
            (read,) = roles.reads(part)
            return part.over, read
    raise TypeError(f"no pool: {question.layer!r}")


def _pool(make: Any) -> Change:
    """Another way to pool: ``make(question, over, read)``."""
    return altered.values(lambda question: make(question, *_pooled(question)))


def _share(question: Question, over: Any, read: Any, count: int | None = None) -> Value:
    sizes = [r.size for r in over] if count is None else [count]
    return as_value(Fraction(1, prod(sizes))) * Total(over, read)


def softmax_of_all(z: Value, axes: Any) -> Value | None:
    """softmax over both axes together."""
    if len(axes) != 2:
        return None
    others = (Range("i", axes[0].size), Range("j", axes[1].size))
    inside = substitute(z, {axis.name: other for axis, other in zip(axes, others, strict=True)})
    return Apply("exp", z) / Total(others, Apply("exp", inside))


def _place(question: Question, *axes: Any) -> Any:
    """An output's place when its level is read row by row."""
    return axes[0] if len(axes) == 1 else axes[0] * axes[1].size + axes[1]


def _at(question: Question, place: Any) -> Any:
    """The input's cell in a place, row by row."""
    shape = question.shape
    return (place,) if len(shape) == 1 else (place // shape[1], place % shape[1])


def _column(question: Question, *axes: Any) -> Any:
    """The input's cell of an output when the input is read column by column."""
    shape, place = question.shape, _place(question, *axes)
    return None if len(shape) == 1 else (place % shape[0], place // shape[0])


def _reshaped(question: Question, *axes: Any) -> Any:
    return _at(question, _place(question, *axes))


def _reversed(question: Question, *axes: Any) -> Any:
    return _at(question, -1 * _place(question, *axes) + (prod(question.shape) - 1))


def _channels_reversed(question: Question, *axes: Any) -> Any:
    own = question.reads[0].indices
    return (*own[:-1], -1 * own[-1] + (question.shape[-1] - 1))


def _steps_reversed(question: Question, *axes: Any) -> Any:
    own = question.reads[0].indices
    return None if len(own) == 1 else (-1 * own[0] + (question.shape[0] - 1), own[1])


def _one_late(question: Question, *axes: Any) -> Any:
    """Every place of the axis that is cut, one further, and the first one for the last."""
    own, shape = question.reads[0].indices, question.shape
    place = next((n for n, index in enumerate(own) if index not in tuple(map(as_index, axes))), None)
    if place is None:
        return None
    return tuple((index + 1) % shape[n] if n == place else index for n, index in enumerate(own))


def _without_step(question: Question) -> dict[str, Any] | None:
    """As many places from the first on, one after the other, where the steps' slice leaves some out."""
    (first, step, count), *others = question.layer.places(question.shape)
    if count is None or step in (1, -1) or first + count > question.shape[0]:
        return None
    kept = list[Any]()
    for place, by, many in others:
        stop = place + (many or 0) * by
        kept.append(place if many is None else (place, stop if stop >= 0 else None, by))
    return {"index": ((first, first + count, 1), *kept)}


def _from_the_start(question: Question) -> dict[str, Any] | None:
    other = tuple(-1 - one if isinstance(one, int) and one < 0 else one for one in question.layer.index)
    return None if other == question.layer.index else {"index": other}


def _padded(make: Any) -> Change:
    """What stands around the input instead of zeros: ``make(read, steps)``."""
    return altered.values(lambda question: make(question.reads[0], question.shape[0]))


def _reflected(read: Read, size: int) -> Value | None:
    at, rest = read.indices
    mirrored = [Read(0, (place, rest)) for place in (-1 * at, -1 * at + 2 * (size - 1))]
    return Case(at, 0, mirrored[0], Case(at, size, read, mirrored[1])) if size > 1 else None


def _merged(make: Any) -> Change:
    """Another way to merge: ``make(reads)``."""
    return altered.values(lambda question: make(question.reads) if len(question.reads) > 1 else None)


def _interleaved(question: Question) -> Value | None:
    """The inputs in turn, one number of each."""
    count = len(question.shapes)
    if len(set(question.shapes)) > 1 or count == 1:
        return None
    place = -1 if question.layer.axis == -1 or len(question.shape) == 1 else question.layer.axis - 1
    along = question.axes[place]

    def cell(source: int) -> Read:
        indices = list(question.axes)
        indices[place] = along // count  # type: ignore[call-overload]
        return Read(source, tuple(indices))

    value: Value = cell(count - 1)
    for source in reversed(range(count - 1)):
        value = Case(along % count, source + 1, cell(source), value)
    return value


def _filled(question: Question, *axes: Any) -> Any:
    """The input's cell of an output when the output is filled column by column."""
    return None if len(axes) == 1 else _at(question, axes[1] * axes[0].size + axes[0])


def _left_out(question: Question) -> Value | None:
    """All inputs but the last."""
    *kept, _ = question.reads
    if not kept:
        return None
    body: Any = question.whole.body
    if len(kept) == 1:
        return kept[0]
    return type(body)((), tuple(kept)) if isinstance(body, (Largest, Smallest)) else type(body)(tuple(kept))


ROWS: list[Row] = [
    # rescaling
    (
        "the offset is added before the scale",
        ("Rescaling",),
        _function(lambda z, layer: single(layer.scale) * (z + single(layer.offset))),
    ),
    ("the division is forgotten", ("TrueDivide",), altered.settings(lambda question: {"divisor": 1.0})),
    ("it subtracts instead of dividing", ("TrueDivide",), _function(lambda z, layer: z - single(layer.divisor))),
    (
        "it multiplies instead of dividing",
        ("TrueDivide",),
        altered.settings(lambda q: {"divisor": 1 / q.layer.divisor}),
    ),
    ("the offset is forgotten", ("Rescaling",), altered.settings(lambda question: {"offset": 0.0})),
    (
        "the offset is subtracted",
        ("Rescaling",),
        altered.settings(lambda question: {"offset": -question.layer.offset}),
    ),
    (
        "the scale divides instead of multiplying",
        ("Rescaling",),
        _function(
            lambda z, layer: (
                z * Power(single(layer.scale), Fraction(-1)) + single(layer.offset) if layer.scale else None
            )
        ),
    ),
    # pooling
    (
        "the padding counts as zeros",
        ("MaxPooling1D",),
        _pool(lambda q, over, read: Largest(over, (Add((read, ZERO)),)) if any(q.layer.pads(q.shape[0])) else None),
    ),
    (
        "the padding is counted in the mean",
        ("AveragePooling1D",),
        _pool(lambda q, over, read: _share(q, over, read) if any(q.layer.pads(q.shape[0])) else None),
    ),
    (
        "the mean is taken instead of the largest",
        ("MaxPooling1D", "GlobalMaxPooling1D"),
        _pool(lambda q, over, read: _share(q, over, read)),
    ),
    (
        "the smallest is taken instead of the largest",
        ("MaxPooling1D", "GlobalMaxPooling1D"),
        _pool(lambda q, over, read: Smallest(over, (read,))),
    ),
    (
        "the largest is taken instead of the mean",
        ("AveragePooling1D", "GlobalAveragePooling1D"),
        _pool(lambda q, over, read: Largest(over, (read,))),
    ),
    (
        "the sum is not divided",
        ("AveragePooling1D", "GlobalAveragePooling1D"),
        _pool(lambda q, over, read: Total(over, read)),
    ),
    (
        "the largest in size is taken",
        ("MaxPooling1D", "GlobalMaxPooling1D"),
        _pool(lambda q, over, read: Largest(over, (read, -1 * read))),
    ),
    (
        "the channels are pooled instead of the steps",
        _GLOBAL,
        altered.values(lambda q: None if q.layer.keepdims else _over_channels(q, q.whole.value)),
    ),
    (
        "only the last step is read",
        _GLOBAL,
        _pool(lambda q, over, read: Read(0, (as_index(q.shape[0] - 1), read.indices[1]))),
    ),
    (
        "the sum is divided by the number of channels",
        ("GlobalAveragePooling1D",),
        _pool(lambda q, over, read: _share(q, over, read, q.shape[1])),
    ),
    # moving
    (
        "the two sides are exchanged",
        ("ZeroPadding1D",),
        altered.settings(lambda question: {"padding": question.layer.padding[::-1]}),
    ),
    (
        "the two sides are exchanged",
        ("Cropping1D",),
        altered.settings(lambda question: {"cropping": question.layer.cropping[::-1]}),
    ),
    ("the edge is repeated instead of zeros", ("ZeroPadding1D",), _padded(altered.clamped)),
    (
        "the other end stands in place of the zeros",
        ("ZeroPadding1D",),
        _padded(lambda read, size: Read(0, (read.indices[0] % size, read.indices[1]))),
    ),
    ("the input is reflected instead of zeros", ("ZeroPadding1D",), _padded(_reflected)),
    (
        "all is cut off at the start",
        ("Cropping1D",),
        altered.settings(lambda question: {"cropping": (sum(question.layer.cropping), 0)}),
    ),
    (
        "all is cut off at the end",
        ("Cropping1D",),
        altered.settings(lambda question: {"cropping": (0, sum(question.layer.cropping))}),
    ),
    (
        "the whole input is repeated instead of each step",
        ("UpSampling1D",),
        altered.reading(lambda q, t, f: (t % q.shape[0], f)),
    ),
    (
        "zeros stand between the steps instead of copies",
        ("UpSampling1D",),
        altered.values(lambda q: Case(q.axes[0] % q.layer.size, 1, q.reads[0], ZERO) if q.layer.size > 1 else None),
    ),
    (
        "each number is repeated instead of each step",
        ("UpSampling1D",),
        altered.reading(lambda q, *axes: _at(q, _place(q, *axes) // q.layer.size)),
    ),
    (
        "each number is repeated instead of the row",
        ("RepeatVector",),
        altered.reading(lambda q, *axes: _at(q, _place(q, *axes) // q.layer.n)),
    ),
    (
        "only the first step holds the row, the others are zero",
        ("RepeatVector",),
        altered.values(lambda q: Case(q.axes[0], 1, q.reads[0], ZERO) if q.layer.n > 1 else None),
    ),
    ("the input is read column by column", ("Flatten", "Reshape"), altered.reading(_column)),
    ("the output is filled column by column", ("Reshape",), altered.reading(_filled)),
    ("the input is reshaped instead of transposed", ("Permute",), altered.reading(lambda q, *a: _at(q, _place(q, *a)))),
    ("all numbers are in reverse order", ("Flatten", "Reshape", "Permute"), altered.reading(_reversed)),
    ("the channels are in reverse order", _MOVED, altered.reading(_channels_reversed)),
    ("the steps are in reverse order", (*_TIMED, "GetItem"), altered.reading(_steps_reversed)),
    ("the slice begins one place late", ("GetItem",), altered.reading(_one_late)),
    ("every place is taken, whatever the slice's step", ("GetItem",), altered.settings(_without_step)),
    ("what counts from the end counts from the start", ("GetItem",), altered.settings(_from_the_start)),
    # functions of one number
    ("the slope is ignored", ("ReLU", "LeakyReLU"), altered.settings(lambda q: {"negative_slope": 0.0})),
    (
        "the slope is 0.01, as in other libraries",
        ("ReLU", "LeakyReLU"),
        altered.settings(lambda q: {"negative_slope": 0.01} if q.layer.negative_slope else None),
    ),
    ("the largest value is ignored", ("ReLU",), altered.settings(lambda q: {"max_value": None})),
    ("the threshold is ignored", ("ReLU",), altered.settings(lambda q: {"threshold": 0.0})),
    ("negative numbers pass", ("ReLU",), _function(lambda z, layer: z)),
    ("negative numbers lose their sign", ("ReLU",), _function(lambda z, layer: largest(z, -z))),
    (
        "the sign is turned first",
        ("ReLU", "LeakyReLU", "ELU"),
        altered.values(lambda q: substitute_reads(q.whole.value, lambda read: -1 * read)),
    ),
    (
        "the slope belongs to the positive numbers",
        ("LeakyReLU",),
        _function(lambda z, layer: smallest(0, z) + single(layer.negative_slope) * largest(0, z)),
    ),
    ("the slopes are ignored", ("PReLU",), altered.one_array("alpha", np.zeros_like)),
    (
        "the slopes belong to the positive numbers",
        ("PReLU",),
        altered.values(lambda q: substitute_reads(-1 * q.whole.value, lambda read: -1 * read)),
    ),
    (
        "the slopes are in reverse order",
        ("PReLU",),
        altered.one_array("alpha", lambda alpha: alpha[::-1, ::-1] if alpha.ndim == 2 else alpha[::-1]),
    ),
    (
        "the slopes are read in the order of their transpose",
        ("PReLU",),
        altered.one_array(
            "alpha", lambda alpha: np.ascontiguousarray(alpha).reshape(alpha.shape[::-1]).T if alpha.ndim == 2 else None
        ),
    ),
    (
        "one slope is shared by all",
        ("PReLU",),
        altered.one_array("alpha", lambda alpha: np.full_like(alpha, alpha.ravel()[0])),
    ),
    ("alpha is ignored", ("ELU",), altered.settings(lambda q: {"alpha": 1.0})),
    (
        "one is not subtracted from the exponential",
        ("ELU",),
        _function(lambda z, layer: largest(0, z) + single(layer.alpha) * Apply("exp", smallest(0, z))),
    ),
    ("negative numbers become zero", ("ELU",), _function(lambda z, layer: largest(0, z))),
    ("it is taken along the other axis", ("Softmax",), altered.settings(other_axis)),
    (
        "it is taken over all steps and channels together",
        ("Softmax",),
        altered.values(lambda q: softmax_of_all(q.reads[0], q.axes)),
    ),
    ("the exponentials are not divided by their sum", ("Softmax",), _function(lambda z, layer: Apply("exp", z))),
    ("each number alone is bent, by a sigmoid", ("Softmax",), _function(lambda z, layer: Apply("sigmoid", z))),
    # merging
    ("the last input is left out", ("Add", "Multiply", *_EXTREMES), altered.values(_left_out)),
    ("the inputs are added", ("Subtract", "Multiply", "Average", *_EXTREMES), _merged(lambda reads: Add(tuple(reads)))),
    ("the inputs are multiplied", ("Add",), _merged(lambda reads: Times(tuple(reads)))),
    (
        "the sum is divided by the number of inputs",
        ("Add",),
        _merged(lambda reads: as_value(Fraction(1, len(reads))) * Add(tuple(reads))),
    ),
    ("the inputs are exchanged", ("Subtract",), _merged(lambda reads: reads[1] - reads[0])),
    (
        "the difference loses its sign",
        ("Subtract",),
        _merged(lambda reads: largest(reads[0] - reads[1], reads[1] - reads[0])),
    ),
    (
        "the sum is divided by two, whatever the number of inputs",
        ("Average",),
        _merged(lambda reads: as_value(Fraction(1, 2)) * Add(tuple(reads)) if len(reads) != 2 else None),
    ),
    ("the largest is taken", ("Add", "Average", "Minimum", "Multiply"), _merged(lambda reads: largest(*reads))),
    ("the smallest is taken", ("Maximum",), _merged(lambda reads: smallest(*reads))),
    ("the inputs are in reverse order", ("Concatenate",), altered.levels(lambda q: range(len(q.inputs))[::-1])),
    (
        "the last input stands first",
        ("Concatenate",),
        altered.levels(lambda q: [len(q.inputs) - 1, *range(len(q.inputs) - 1)]),
    ),
    ("the inputs take turns, one number of each", ("Concatenate",), altered.values(_interleaved)),
    (
        "the first input stands in place of all",
        ("Concatenate",),
        altered.levels(lambda q: [0] * len(q.inputs) if len(set(q.shapes)) == 1 else None),
    ),
]
"""What went wrong, in words, in which kinds of layers, and what it changes."""
