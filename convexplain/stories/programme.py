"""Which stories are told of a network, and of which of its levels.

This module knows the layers' settings alone; whether the numbers pass the check, and what a story makes of them, is
found when it is told.
"""

from __future__ import annotations

from convexplain.layers import Conv1D
from convexplain.stack import Stack


def programme(stack: Stack) -> dict[str, int]:
    """Every story that makes sense of a network, with the level it is told of: one filter's stories of the first
    convolution, the sum of channels of the last one that has channels to sum, those of several layers of the last.

    >>> programme(Stack((20, 1), [Conv1D(4, 5), Conv1D(8, 5)]))["channel_summation"]
    2
    """
    convolutions = [level for level, layer in enumerate(stack.layers, 1) if isinstance(layer, Conv1D)]
    if not convolutions:
        return {}
    first = convolutions[0]
    summing = [level for level in convolutions if stack.shapes[level - 1][1] > stack.layers[level - 1].groups]
    told = {"sliding_window": first, "kernel_flip": first, "channel_summation": (summing or convolutions)[-1]}
    told["padding_modes"] = first
    if stack.depth > 1:
        told |= {"paths": stack.depth, "closed_form": stack.depth, "collapse": stack.depth}
    return told | {"gradient_flip": first}
