"""The usual mistakes in layers that normalise samples.

This module knows what is done wrong in them, as changes of their statements; the words stand beside each.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from math import prod
from typing import Any

import numpy as np

from convexplain.check import altered, bounds, roles
from convexplain.check.altered import Change, Question
from convexplain.layers.index import Range
from convexplain.layers.layer import axis_of
from convexplain.layers.statement import (
    Add,
    Entry,
    Number,
    Power,
    Read,
    Sizes,
    Times,
    Total,
    Value,
    single,
)

_NORMALISED = ("BatchNormalization", "LayerNormalization")

Row = tuple[str, tuple[str, ...], Change]


def _is_root(value: Value) -> bool:
    return isinstance(value, Power) and value.exponent == Fraction(-1, 2)


def _root(make: Any) -> Change:
    """Another quotient by the root of a variance plus epsilon: ``make(variance, epsilon)``."""

    def edit(value: Value) -> Value:
        if isinstance(value, Power) and _is_root(value) and isinstance(value.base, Add):
            *variance, epsilon = value.base.parts
            return make(variance[0] if len(variance) == 1 else Add(tuple(variance)), epsilon)
        return value

    return altered.edits(edit)


def _unbiased(variance: Value, epsilon: Value) -> Value:
    """The variance over one number less."""
    if isinstance(variance, Times) and isinstance(variance.parts[0], Number) and variance.parts[0].value < 1:
        count = 1 / variance.parts[0].value
        variance = Number(1 / (count - 1)) * Times(variance.parts[1:])
    return Power(variance + epsilon, Fraction(-1, 2))


def _kept_mean(value: Value) -> Value:
    """What a mean of samples is subtracted from, without that."""
    if isinstance(value, Add) and isinstance(value.parts[0], Read) and any(roles.reads(Add(value.parts[1:]))):
        return value.parts[0]
    return value


def _exchanged(given: dict[str, np.ndarray]) -> dict[str, np.ndarray] | None:
    return {"gamma": given["beta"], "beta": given["gamma"]} if {"gamma", "beta"} <= set(given) else None


def other_axis(question: Question) -> dict[str, Any] | None:
    """The other of two axes."""
    if len(question.shape) != 2:
        return None
    axis = question.layer.axis
    if isinstance(axis, tuple):
        return None if len(axis) == 2 else {"axis": (1 if axis[0] in (-1, 2) else 2,)}
    return {"axis": 1 if axis in (-1, 2) else 2}


def _scaled_and_shifted(layer: Any, value: Value, at: tuple[Range, ...]) -> Value:
    value = Entry("gamma", at) * value if layer.scale else value
    return value + Entry("beta", at) if layer.center else value


def _by_statistics(of_batch: bool) -> Change:
    """Normalised by the mean and the variance of the numbers at hand, of the whole batch or of each sample alone,
    instead of those that were learnt.
    """

    def change(question: Question) -> bounds.Form | None:
        layer, axes, batch = question.layer, question.axes, question.inputs[0]
        place = axis_of("axis", layer.axis, question.shape)
        if len(axes) == 1 and not of_batch:
            return None

        def mean(make: Any, names: str) -> Value:
            ranges = [Range(name, size) for name, size in zip(names, batch.shape, strict=False)]
            over = tuple(r for at, r in enumerate(ranges) if at != place + 1 and (at or of_batch))
            cell = (*ranges[1 : place + 1], axes[place], *ranges[place + 2 :])
            read = Read(1, (ranges[0], *cell)) if of_batch else Read(0, cell)
            return Number(Fraction(1, prod(r.size for r in over))) * Total(over, make(read))

        middle = mean(lambda read: read, "nij")
        variance = mean(lambda read: (read - middle) ** 2, "mcd")
        apart = (Read(0, axes) - middle) * Power(variance + single(layer.epsilon), Fraction(-1, 2))
        value = _scaled_and_shifted(layer, apart, (axes[place],))
        form = question.form()
        sizes = Sizes((*form.stated.sizes.reads, batch.shape), form.stated.sizes.arrays)
        return form._replace(
            stated=form.stated._replace(body=value, value=value, sizes=sizes), inputs=(*form.inputs, batch[None])
        )

    return change


def _all_axes(question: Question) -> Value | None:
    """Normalised over both axes together, then scaled and shifted as it should be."""
    layer, axes = question.layer, question.axes
    if len(axes) != 2 or len(layer.axis) == 2:
        return None
    at = (axes[axis_of("axis", layer.axis[0], question.shape)],)
    value: Value = replace(layer, axis=(1, 2), center=False, scale=False).body(question.shape)
    return _scaled_and_shifted(layer, value, at)


ROWS: list[Row] = [
    ("epsilon is forgotten", _NORMALISED, _root(lambda variance, epsilon: Power(variance, Fraction(-1, 2)))),
    (
        "epsilon is added to the standard deviation instead of the variance",
        _NORMALISED,
        _root(lambda variance, epsilon: Power(Power(variance, Fraction(1, 2)) + epsilon, Fraction(-1))),
    ),
    (
        "the variance is taken for the standard deviation",
        _NORMALISED,
        _root(lambda variance, epsilon: Power(variance + epsilon, Fraction(-1))),
    ),
    (
        "epsilon is 0.00001, as in other libraries",
        _NORMALISED,
        _root(lambda variance, epsilon: Power(variance + single(1e-5), Fraction(-1, 2))),
    ),
    (
        "epsilon is 0.000001, as in other libraries",
        _NORMALISED,
        _root(lambda variance, epsilon: Power(variance + single(1e-6), Fraction(-1, 2))),
    ),
    (
        "the mean and the variance are those of the batch, as in training",
        ("BatchNormalization",),
        _by_statistics(of_batch=True),
    ),
    ("the mean and the variance are those of each sample", ("BatchNormalization",), _by_statistics(of_batch=False)),
    ("gamma and beta are exchanged", _NORMALISED, altered.arrays(_exchanged)),
    ("gamma is forgotten", _NORMALISED, altered.one_array("gamma", np.ones_like)),
    ("beta is forgotten", _NORMALISED, altered.one_array("beta", np.zeros_like)),
    ("the mean is not subtracted", ("BatchNormalization",), altered.one_array("mean", np.zeros_like)),
    ("the mean is not subtracted", ("LayerNormalization",), altered.edits(_kept_mean)),
    ("the variance is divided by one number less", ("LayerNormalization",), _root(_unbiased)),
    ("it is normalised along the other axis", _NORMALISED, altered.settings(other_axis)),
    ("it is normalised over all steps and channels together", ("LayerNormalization",), altered.values(_all_axes)),
]
"""What went wrong, in words, in which kinds of layers, and what it changes."""
