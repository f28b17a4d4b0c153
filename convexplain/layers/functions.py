"""Activations as functions: what ``activation=`` of any layer names.

Each is one function from the value before it to the value after it. This module knows Keras's names and constants;
settings given as floats stand in the formulas as the float32 that Keras computes with. Where two parts of a maximum or
a minimum are equal the first one decides the slope: they are ordered so that slopes at corners are Keras's. Source:
``keras/src/activations/activations.py``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from fractions import Fraction
from typing import Any, TypeAlias

from convexplain.layers.index import Range
from convexplain.layers.statement import (
    Apply,
    Constant,
    Value,
    as_value,
    largest,
    single,
    smallest,
    substitute,
    total,
)
from convexplain.names import nearest, quoted

Function: TypeAlias = "Callable[[Value, Range], Value]"

_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772, 1.0507009873554805
_HALF, _TWO = as_value(Fraction(1, 2)), as_value(2)


def relu(z: Value, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Value:
    """z above the threshold, at most ``max_value``; below the threshold ``negative_slope * (z - threshold)``."""
    if threshold:
        above = z * Apply("heaviside", z - single(threshold))
        if max_value is not None:
            above = smallest(largest(0, above), single(max_value))
    elif max_value == 6:
        above = relu6(z)
    else:
        above = largest(0, z) if max_value is None else smallest(largest(0, z), single(max_value))
    if not negative_slope:
        return above
    bent = z - single(threshold) if threshold else z
    below = smallest(bent, 0) if max_value is None and not threshold else smallest(0, bent)
    return above + single(negative_slope) * below


def relu6(z: Value) -> Value:
    """z, but at least 0 and at most 6."""
    return smallest(6, largest(0, z))


def hard_sigmoid(z: Value) -> Value:
    """``relu6(z + 3) / 6``."""
    return relu6(z + 3) / 6


def elu(z: Value, alpha: float = 1.0) -> Value:
    """z where it is positive, else ``alpha * (exp(z) - 1)``."""
    bent = Apply("exp", smallest(z, 0)) - 1
    return largest(0, z) + (bent if alpha == 1 else single(alpha) * bent)


def selu(z: Value) -> Value:
    """elu, scaled; at 0 it has the slope of the part above."""
    bent = Apply("exp", smallest(0, z)) - 1
    return single(_SELU_SCALE) * (largest(z, 0) + single(_SELU_ALPHA) * bent)


def gelu(z: Value) -> Value:
    """z times the share of a normal distribution that lies below z."""
    return _HALF * z * (1 + Apply("erf", z * _TWO ** Fraction(-1, 2)))


def gelu_tanh(z: Value) -> Value:
    """The approximation of gelu by tanh."""
    inner = z + single(0.044715) * z**3
    return _HALF * z * (1 + Apply("tanh", (_TWO * Constant("pi") ** -1) ** Fraction(1, 2) * inner))


def softmax(z: Value, axis: Range) -> Value:
    """``exp(z)`` as a share of its sum along an axis."""
    return Apply("exp", z) / _exponentials(z, axis)


def log_softmax(z: Value, axis: Range) -> Value:
    """The logarithm of softmax."""
    return z - Apply("log", _exponentials(z, axis))


def _exponentials(z: Value, axis: Range) -> Value:
    other = Range("j", axis.size)
    return total((other,), Apply("exp", substitute(z, {axis.name: other})))


ACTIVATIONS: dict[str, Function] = {
    "linear": lambda z, axis: z,
    "relu": lambda z, axis: relu(z),
    "relu6": lambda z, axis: relu6(z),
    "leaky_relu": lambda z, axis: relu(z, negative_slope=0.2),
    "elu": lambda z, axis: elu(z),
    "selu": lambda z, axis: selu(z),
    "sigmoid": lambda z, axis: Apply("sigmoid", z),
    "tanh": lambda z, axis: Apply("tanh", z),
    "softplus": lambda z, axis: Apply("softplus", z),
    "softsign": lambda z, axis: z / (1 + largest(z, -z)),
    "silu": lambda z, axis: z * Apply("sigmoid", z),
    "gelu": lambda z, axis: gelu(z),
    "gelu_tanh": lambda z, axis: gelu_tanh(z),
    "hard_sigmoid": lambda z, axis: hard_sigmoid(z),
    "hard_silu": lambda z, axis: z * hard_sigmoid(z),
    "exponential": lambda z, axis: Apply("exp", z),
    "softmax": softmax,
    "log_softmax": log_softmax,
}
"""By Keras's name; ``gelu_tanh`` is Keras's ``gelu`` with ``approximate=True``. Each is given the value and the last
axis of the output."""

_ALIASES = {"swish": "silu", "hard_swish": "hard_silu"}


ALONG_AN_AXIS = frozenset({"softmax", "log_softmax"})
"""The activations for which one number is not enough: they read all numbers along an axis."""


def activated(name: str, z: Value, axis: Range) -> Value:
    """The activation of this name, applied to a value over an output whose last axis is ``axis``."""
    return ACTIVATIONS[name](z, axis)


def activation_name(activation: Any) -> str:
    """The name of a supported activation, from Keras's ``None``, string or function. ``ValueError`` for every other."""
    name = activation
    if activation is None:
        name = "linear"
    elif isinstance(activation, functools.partial) and activation.keywords == {"approximate": True}:
        name = "gelu_tanh" if not activation.args and activation_name(activation.func) == "gelu" else activation
    elif callable(activation) and str(getattr(activation, "__module__", "")).split(".")[0] == "keras":
        name = getattr(activation, "__name__", activation)
    if isinstance(name, str):
        name = _ALIASES.get(name, name)
    if not isinstance(name, str) or name not in ACTIVATIONS:
        shown = name if isinstance(name, str) else getattr(name, "__name__", type(name).__name__)
        raise ValueError(
            f"activation must be one of None, {', '.join(map(repr, ACTIVATIONS))}. Received: activation={quoted(shown)}"
            + nearest(shown, ACTIVATIONS)
        )
    return name
