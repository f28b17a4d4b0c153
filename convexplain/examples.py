"""The named examples: one table that figures, films, checks and tests draw from.

This module knows each example's layers, weights and input, and what Keras answered when it was asked once;
``data/record.py`` asks it again. The small ones hold integers with an asymmetric kernel, for a symmetric one hides the
flip, and no zero in the first window, for a zero hides the product. The notebook's weights and input are one recorded
draw: its seed fixes the input, but under Keras 3 not the kernels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from convexplain.layers import Conv1D, quoted
from convexplain.network import Network, Recorded, check_input, check_weights
from convexplain.stack import Stack

NOTEBOOK_SEED = 5061983


@dataclass(frozen=True)
class Example:
    """A stack with its numbers: ``numbers()`` gives weights and input; None where they are recorded data."""

    stack: Stack
    numbers: Callable[[], tuple[list[list[Any]], Any]] | None = None


def _kernel_flip() -> tuple[list[list[Any]], Any]:
    kernel = [[[1]], [[2]], [[-1]]]  # tap, channel, filter
    return [[kernel]], [[2], [4], [1], [0], [3], [1]]


def _channel_summation() -> tuple[list[list[Any]], Any]:
    kernel = [[[1, -1], [-1, 2]], [[2, 0], [3, 1]], [[-1, 2], [-2, -1]]]  # tap, channel, filter
    return [[kernel, [2, -3]]], [[2, 3], [4, 1], [3, 2], [1, 4], [0, 2], [2, 1]]


def _two_layers() -> tuple[list[list[Any]], Any]:
    first = [[[-1, 1]], [[1, -1]], [[1, 2]]]  # tap, channel, filter
    second = [[[2], [-2]], [[1], [1]]]
    return [[first], [second]], [[3], [3], [1], [1], [2], [3], [2], [2]]


EXAMPLES = {
    "kernel_flip": Example(Stack((6, 1), [Conv1D(1, 3, use_bias=False)]), _kernel_flip),
    "channel_summation": Example(Stack((6, 2), [Conv1D(2, 3)]), _channel_summation),
    "two_layers": Example(Stack((8, 1), [Conv1D(2, 3, use_bias=False), Conv1D(1, 2, use_bias=False)]), _two_layers),
    "notebook": Example(
        Stack((20, 1), [Conv1D(4, 5, use_bias=False, name="conv_1"), Conv1D(8, 5, use_bias=False, name="conv_2")])
    ),
}
"""Every example by name."""


def find(name: str) -> Example:
    """The example ``name``. ``ValueError`` for an unknown one."""
    if name not in EXAMPLES:
        raise ValueError(f"the example must be one of {', '.join(EXAMPLES)}. Received: {quoted(name)}")
    return EXAMPLES[name]


@cache
def network(name: str) -> Network:
    """The example ``name`` with weights, input and Keras's recorded outputs. ``ValueError`` for an unknown one."""
    import numpy as np

    example = find(name)
    stack = example.stack
    with (files("convexplain") / "data" / f"{name}.npz").open("rb") as file, np.load(file, allow_pickle=False) as data:
        if example.numbers is None:
            weights = [
                [data[f"{kind}{number}"] for kind in ("w", "b")[: 1 + layer.use_bias]]
                for number, layer in enumerate(stack.layers, 1)
            ]
            x = data["x"]
        else:
            weights, x = example.numbers()
        outputs = tuple(data[f"y{number}"] for number in range(1, stack.depth + 1))
        source = str(data["source"])
    checked = check_weights(stack, [[np.asarray(array) for array in arrays] for arrays in weights])
    return Network(stack, checked, check_input(stack, x), Recorded(outputs, source))
