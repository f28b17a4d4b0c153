"""Which stories are told of a network, and of which of its levels.

This module knows the layers' settings alone; whether the numbers pass the check, and what a story makes of them, is
found when it is told.
"""

from __future__ import annotations

from convexplain.graph import Graph
from convexplain.stories.within import convolutions, is_told_whole, run


def programme(stack: Graph) -> dict[str, int]:
    """Every story that makes sense of a network, with the level it is told of: one filter's stories of the first
    convolution, the sum of channels of the last one that has channels to sum, those of several layers of the last.

    Of a network that is no chain of convolutions the first and the widest convolution are told, each by itself.

    >>> from convexplain.layers import Conv1D, Flatten
    >>> from convexplain.stack import Stack
    >>> programme(Stack((20, 1), [Conv1D(4, 5), Conv1D(8, 5)]))["channel_summation"]
    2
    >>> programme(Stack((20, 1), [Conv1D(4, 5), Conv1D(8, 5), Conv1D(2, 1), Flatten()]))["channel_summation"]
    2
    """
    made = convolutions(stack)
    if not made:
        return {}
    first = made[0]
    summing = [level for level in made if stack.source_shapes(level)[0][1] > stack.layer(level).groups] or made
    whole = is_told_whole(stack)
    widest = summing[-1] if whole else max(summing, key=stack.term_count)
    told = {"sliding_window": first, "kernel_flip": first, "channel_summation": widest, "padding_modes": first}
    last = stack.depth if whole else widest
    if len(run(stack, last, 2)) > 1:
        told |= {"paths": last, "closed_form": last, "collapse": last}
    elif not whole:
        told |= {"closed_form": last}
    return told | {"gradient_flip": first}
