"""The named examples: one table that figures, films, checks and tests draw from.

This module knows each example's layers, weights and input, and what Keras answered when it was asked once;
``data/record.py`` asks it again. The small ones hold integers with an asymmetric kernel, for a symmetric one hides the
flip, and no zero in the first window, for a zero hides the product. The notebook's weights and input are one recorded
draw: its seed fixes the input, but under Keras 3 not the kernels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from itertools import product
from typing import Any

from convexplain.layers import PADDINGS, Conv1D
from convexplain.names import check_name
from convexplain.network import Network, Recorded, RecordedGradient, check_input, check_weights
from convexplain.stack import Stack

__all__ = ["EXAMPLES", "NOTEBOOK_SEED", "Example", "find", "network"]

NOTEBOOK_SEED = 5061983


@dataclass(frozen=True)
class Example:
    """A stack with its numbers: ``numbers()`` gives weights and input; None where they are recorded data.

    >>> EXAMPLES["kernel_flip"].stack
    Stack((5, 1), [Conv1D(1, 3, use_bias=False)])
    """

    stack: Stack
    numbers: Callable[[], tuple[list[list[Any]], Any]] | None = None


def _kernel_flip() -> tuple[list[list[Any]], Any]:
    """All sums of both functions stay above zero, on the way too, and differ at every step."""
    kernel = [[[1]], [[-1]], [[2]]]  # tap, channel, filter
    return [[kernel]], [[2], [2], [1], [1], [2]]


def _channel_summation() -> tuple[list[list[Any]], Any]:
    kernel = [[[1, -1], [1, 2]], [[2, 0], [-1, -1]], [[-1, 1], [-2, 1]]]  # tap, channel, filter
    return [[kernel, [1, -2]]], [[2, 3], [3, 1], [1, 2], [2, 1], [3, 0], [3, 1]]


def _sliding_window() -> tuple[list[list[Any]], Any]:
    """A signal of which one window is the kernel plus 2, another its opposite plus 3, and the highest is flat; from its
    first sample on it falls as the kernel does with gaps.
    """
    kernel = [[[2]], [[-1]], [[-1]]]  # tap, channel, filter
    return [[kernel]], [[4], [4], [1], [1], [1], [4], [4], [4], [2], [2]]


def _padding_modes() -> tuple[list[list[Any]], Any]:
    """With strides 2 every output changes where a zero is moved from the front to the end."""
    kernel = [[[-1]], [[1]], [[1]]]  # tap, channel, filter
    return [[kernel]], [[2], [1], [2], [3], [1], [3]]


def _gradient_flip() -> tuple[list[list[Any]], Any]:
    """What kernel_flip shows, and one sample more."""
    weights, samples = _kernel_flip()
    return weights, [*samples, [1]]


def _collapse() -> tuple[list[list[Any]], Any]:
    """The last output of both layers with padding is not that of the one kernel, nor are the first two with a relu."""
    first, second = [[[1]], [[2]], [[-2]]], [[[1]], [[2]]]  # tap, channel, filter
    return [[first], [second]], [[3], [2], [1], [3], [2], [3]]


def _two_layers() -> tuple[list[list[Any]], Any]:
    first = [[[-1, 1]], [[1, -1]], [[1, 2]]]  # tap, channel, filter
    second = [[[2], [-2]], [[1], [1]]]
    return [[first], [second]], [[1], [2], [3], [1], [1], [2], [2], [1]]


EXAMPLES = {
    "sliding_window": Example(Stack((10, 1), [Conv1D(1, 3, use_bias=False)]), _sliding_window),
    "kernel_flip": Example(Stack((5, 1), [Conv1D(1, 3, use_bias=False)]), _kernel_flip),
    "channel_summation": Example(Stack((6, 2), [Conv1D(2, 3)]), _channel_summation),
    "padding_modes": Example(Stack((6, 1), [Conv1D(1, 3, padding="same", use_bias=False)]), _padding_modes),
    "collapse": Example(Stack((6, 1), [Conv1D(1, 3, use_bias=False), Conv1D(1, 2, use_bias=False)]), _collapse),
    "gradient_flip": Example(Stack((6, 1), [Conv1D(1, 3, use_bias=False)]), _gradient_flip),
    "two_layers": Example(Stack((8, 1), [Conv1D(2, 3, use_bias=False), Conv1D(1, 2, use_bias=False)]), _two_layers),
    "notebook": Example(
        Stack((20, 1), [Conv1D(4, 5, use_bias=False, name="conv_1"), Conv1D(8, 5, use_bias=False, name="conv_2")])
    ),
}
"""Every example by name."""


def find(name: str) -> Example:
    """The example ``name``.

    >>> find("two_layers").stack.shapes
    ((8, 1), (6, 2), (5, 1))

    ``ValueError`` for an unknown name.
    """
    return EXAMPLES[check_name("the example", name, EXAMPLES)]


def siblings(layer: Conv1D) -> Iterator[Conv1D]:
    """The layers with the same weights that pad, move or stretch in another way: every padding with strides 1 and 2 and
    with dilation 2.
    """
    for padding, (strides, dilation) in product(PADDINGS, ((1, 1), (2, 1), (1, 2))):
        other = replace(layer, padding=padding, strides=strides, dilation_rate=dilation)
        if other != layer:
            yield other


@cache
def network(name: str) -> Network:
    """The example ``name`` with weights, input and Keras's recorded outputs.

    >>> network("kernel_flip").x.ravel()
    array([2., 2., 1., 1., 2.], dtype=float32)

    ``ValueError`` for an unknown name.
    """
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
        others = {layer: data[repr(layer)] for layer in siblings(stack.layers[0])}
        source = str(data["source"])
        gradient = RecordedGradient(data["g"], data["gradient"]) if "gradient" in data else None
    checked = check_weights(stack, [[np.asarray(array) for array in arrays] for arrays in weights])
    return Network(stack, checked, check_input(stack, x), Recorded(outputs, source, others, gradient))
