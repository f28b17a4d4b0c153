"""The named examples: one table that figures, films, checks and tests draw from.

This module knows each example's layers, weights and input, and what Keras answered when it was asked once;
``data/record.py`` asks it again. The small ones hold integers with an asymmetric kernel, for a symmetric one hides the
flip, and no zero in the first window, for a zero hides the product. The notebook's weights and input are one recorded
draw: its seed fixes the input, but under Keras 3 not the kernels.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from convexplain.layers import Conv1D, quoted
from convexplain.numbers import Network, Recorded, check_input, check_weights
from convexplain.stack import Stack

NOTEBOOK_SEED = 5061983


def _kernel_flip() -> tuple[Stack, list[list[Any]] | None, Any]:
    stack = Stack((6, 1), [Conv1D(1, 3, use_bias=False)])
    kernel = np.array([1, 2, -1]).reshape(3, 1, 1)
    return stack, [[kernel]], np.array([[2], [4], [1], [0], [3], [1]])


def _channel_summation() -> tuple[Stack, list[list[Any]] | None, Any]:
    stack = Stack((6, 2), [Conv1D(2, 3)])
    rows = [[(1, 2, -1), (-1, 0, 2)], [(-1, 3, -2), (2, 1, -1)]]  # channel, filter, tap
    x = np.array([(2, 4, 3, 1, 0, 2), (3, 1, 2, 4, 2, 1)]).T
    return stack, [[np.array(rows).transpose(2, 0, 1), np.array([2, -3])]], x


def _notebook() -> tuple[Stack, list[list[Any]] | None, Any]:
    layers = [Conv1D(4, 5, use_bias=False, name="conv_1"), Conv1D(8, 5, use_bias=False, name="conv_2")]
    return Stack((20, 1), layers), None, None


EXAMPLES: dict[str, Callable[[], tuple[Stack, list[list[Any]] | None, Any]]] = {
    "kernel_flip": _kernel_flip,
    "channel_summation": _channel_summation,
    "notebook": _notebook,
}
"""Every example by name: its stack, its weights and its input; None where they are recorded data."""


@cache
def network(name: str) -> Network:
    """The example ``name`` with its weights, its input and Keras's recorded outputs. ``ValueError`` for an unknown
    name.
    """
    if name not in EXAMPLES:
        raise ValueError(f"the example must be one of {', '.join(EXAMPLES)}. Received: {quoted(name)}")
    stack, weights, x = EXAMPLES[name]()
    with (files("convexplain") / "data" / f"{name}.npz").open("rb") as file, np.load(file, allow_pickle=False) as data:
        if weights is None:
            weights = [
                [data[f"{kind}{number}"] for kind in ("w", "b")[: 1 + layer.use_bias]]
                for number, layer in enumerate(stack.layers, 1)
            ]
            x = data["x"]
        outputs = tuple(data[f"y{number}"] for number in range(1, stack.depth + 1))
        source = str(data["source"])
    return Network(stack, check_weights(stack, weights), check_input(stack, x), Recorded(outputs, source))
