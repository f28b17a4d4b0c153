"""Networks that stories are told of: the examples, and odd ones."""

from dataclasses import replace

import numpy as np

from convexplain.layers import Conv1D
from convexplain.network import Network, Recorded, check_input, check_weights
from convexplain.numbers import evaluation
from convexplain.stack import Stack


def network(shape, *layers, seed=0, whole=True, scale=1.0, times=1.0):
    """A stack with small whole numbers, the weights a number of ``times`` as large, or with real ones of a size."""
    stack, random = Stack(shape, layers), np.random.default_rng(seed)

    def some(size):
        if whole:
            return random.integers(-3, 4, size).astype(np.float32)
        return (scale * random.standard_normal(size)).astype(np.float32)

    weights = [
        [np.float32(times) * some(size) for size in layer.weight_shapes(below[1])]
        for layer, below in zip(stack.layers, stack.shapes, strict=False)
    ]
    return Network(stack, check_weights(stack, weights), check_input(stack, some(shape)))


def known(network):
    """The network with its own exact outputs on record, so that nobody has to be asked for them."""
    outputs = evaluation.level_values(network.stack, network.weights, network.x)
    return replace(network, recorded=Recorded(outputs, "exact sums"))


ODD = {
    "same, strides 2": lambda: network((7, 2), Conv1D(2, 3, strides=2, padding="same")),
    "causal, dilation 3": lambda: network((9, 2), Conv1D(3, 3, padding="causal", dilation_rate=3)),
    "groups and relu": lambda: network((6, 4), Conv1D(4, 2, groups=2, activation="relu"), seed=3),
    "64 channels": lambda: network((30, 64), Conv1D(12, 3), whole=False, scale=0.1),
    "500 steps, 31 taps": lambda: network((500, 1), Conv1D(2, 31), whole=False, scale=30.0),
    "one tap": lambda: network((5, 3), Conv1D(1, 1)),
    "one step": lambda: network((3, 2), Conv1D(2, 3)),
    "kernel longer than its input": lambda: network((3, 1), Conv1D(1, 9, padding="same")),
    "tiny numbers": lambda: network((8, 2), Conv1D(2, 3, use_bias=False), whole=False, scale=1e-7),
    "mixed sizes": lambda: network((8, 2), Conv1D(2, 3), whole=False, scale=1e-5),
    "zero kernel": lambda: zeros(),
}


def zeros():
    """A layer that multiplies by nothing but zeros."""
    stack = Stack((6, 2), [Conv1D(2, 3)])
    kernel, bias = np.zeros((3, 2, 2), np.float32), np.zeros(2, np.float32)
    return Network(stack, check_weights(stack, [[kernel, bias]]), check_input(stack, np.ones((6, 2), np.float32)))


CHAIN = (Conv1D(1, 2, use_bias=False), Conv1D(1, 2, use_bias=False))
DEEP = {
    "three layers": lambda: network(
        (8, 1), Conv1D(2, 2, use_bias=False), Conv1D(2, 2, use_bias=False), Conv1D(1, 2), seed=2
    ),
    "relu between and after": lambda: network(
        (12, 1), Conv1D(3, 3, activation="relu"), Conv1D(2, 3, activation="relu"), seed=5
    ),
    "same, two channels": lambda: network((10, 2), Conv1D(2, 3, padding="same"), Conv1D(1, 3, padding="same"), seed=7),
    "causal, dilated": lambda: network(
        (16, 1),
        Conv1D(2, 2, padding="causal", dilation_rate=2),
        Conv1D(1, 2, padding="causal", dilation_rate=4),
        seed=8,
    ),
    "strides": lambda: network((30, 1), Conv1D(3, 4, strides=2), Conv1D(2, 3, strides=2), whole=False, scale=0.5),
    "groups": lambda: network((12, 4), Conv1D(4, 3, groups=2), Conv1D(4, 2, groups=4), seed=10),
    "wide": lambda: network((12, 2), Conv1D(8, 3), Conv1D(4, 2), whole=False, scale=0.4),
    "many steps": lambda: network((60, 1), Conv1D(2, 20), Conv1D(1, 10), whole=False, scale=0.3),
    "sums of 1e14": lambda: network((5, 1), *CHAIN, seed=4, times=1e7),
    "sums of 1e-12": lambda: network((5, 1), *CHAIN, seed=4, times=1e-6),
    "nothing but zeros": lambda: Network(
        Stack((9, 1), [Conv1D(2, 3), Conv1D(1, 2)]),
        tuple((np.zeros(k, np.float32), np.zeros(k[2], np.float32)) for k in ((3, 1, 2), (2, 2, 1))),
        np.ones((9, 1), np.float32),
    ),
}
"""Stacks of several layers."""
