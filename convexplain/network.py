"""A network's numbers: its weights, one input, and the values of every level.

This module knows shapes and, when numbers come, numpy; it knows nothing of where numbers come from (see ``reader`` and
``examples``) and nothing of formulas. All arrays are float32, as Keras computes, but for short numbers, which are exact
Fractions (see ``shown``); features are (steps, channels) also for a channels_first layer.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from convexplain.layers import quoted
from convexplain.stack import Stack, describe

if TYPE_CHECKING:
    import numpy as np

Weights: TypeAlias = "tuple[tuple[np.ndarray, ...], ...]"
"""Per layer, first layer first, what Keras's ``layer.get_weights()`` gives: kernel, then bias if there is one."""


@dataclass(frozen=True)
class Recorded:
    """What Keras answered once: the output of every layer, each fed with Keras's own output of the layer before."""

    outputs: tuple[np.ndarray, ...]
    source: str
    """Which Keras, which backend, which call."""


@dataclass(frozen=True, eq=False)
class Network:
    """A stack with as many of its numbers as are known."""

    stack: Stack
    weights: Weights | None = None
    x: np.ndarray | None = None
    recorded: Recorded | None = None
    live: tuple[Any, ...] | None = None
    """The Keras layers this was read from, one per layer of the stack, when it was read from objects."""
    path: str | None = None
    """The file this was read from."""


def check_weights(stack: Stack, weights: Sequence[Sequence[Any]]) -> Weights:
    """Weights as float32 arrays, or a ``ValueError`` that names the layer and the shapes required and received."""
    try:
        given = list(weights)
    except TypeError:
        raise ValueError(f"weights must hold one list per layer. Received: {quoted(type(weights).__name__)}") from None
    if len(given) != stack.depth:
        raise ValueError(f"weights must hold one list per layer, {stack.depth} in all. Received: {len(given)}")
    checked = []
    for number, (layer, shape, arrays) in enumerate(zip(stack.layers, stack.shapes, given, strict=False), 1):
        what = describe(layer, number)
        required = layer.weight_shapes(shape[1])
        arrays = list(arrays) if isinstance(arrays, (list, tuple)) else [arrays]
        if len(arrays) != len(required):
            wanted = " and ".join(f"{name} {size}" for name, size in zip(("kernel", "bias"), required, strict=False))
            raise ValueError(f"{what} must have {len(required)} weight arrays: {wanted}. Received: {len(arrays)}")
        names = ("the kernel", "the bias")
        checked.append(tuple(_array(f"{names[i]} of {what}", a, required[i]) for i, a in enumerate(arrays)))
    return tuple(checked)


def check_input(stack: Stack, x: Any) -> np.ndarray:
    """One input as a float32 array (steps, channels); (1, steps, channels) is taken too. ``ValueError`` for any
    other shape.
    """

    array = _as_array("the input x", x)
    if array.ndim == 3 and array.shape[0] == 1:
        array = array[0]
    return _array("the input x", array, stack.input_shape)


@dataclass(frozen=True, eq=False)
class Levels:
    """The values of every level: the input, then each layer's output, (steps, channels) each."""

    values: tuple[np.ndarray, ...]
    source: str
    """Who computed them."""


def sample_input(stack: Stack, seed: int = 0) -> np.ndarray:
    """A seeded input, uniform in [0, 1), for when none is given."""
    import numpy as np

    return np.random.default_rng(seed).random(stack.input_shape, dtype=np.float32)


def _as_array(what: str, value: Any) -> np.ndarray:
    """numpy's reading of a value; a ragged one is refused."""
    import numpy as np

    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(f"{what} must be an array. Received: rows of different lengths") from None


def _array(what: str, value: Any, shape: tuple[int, ...]) -> np.ndarray:
    import numpy as np

    array = _as_array(what, value)
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{what} must hold real numbers. Received: dtype {quoted(array.dtype)}")
    if array.shape != tuple(shape):
        raise ValueError(f"{what} must have the shape {tuple(shape)}. Received: {array.shape}")
    with np.errstate(over="ignore"):
        array = array.astype(np.float32)
    if not np.isfinite(array).all():
        bad = int(array.size - np.isfinite(array).sum())
        raise ValueError(f"{what} must be finite in float32. Received: {bad} of {array.size} entries NaN or infinite")
    array.setflags(write=False)
    return array
