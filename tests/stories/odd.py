"""Networks that are unlike the examples, each with the outputs that exact sums give, so that nobody is asked."""

from functools import cache

import numpy as np

import convexplain as cx
from convexplain import exact
from convexplain.network import Network, Recorded, check_input, check_weights

_RNG = np.random.default_rng(7)


def _whole(*shape, low=-3, high=4):
    return _RNG.integers(low, high, shape).astype(float)


def _real(*shape):
    return _RNG.normal(size=shape)


ODD = {
    "same, strides 2": (cx.Conv1D(1, 3, strides=2, padding="same", use_bias=False), _whole(9, 1), _whole(3, 1, 1)),
    "causal, dilation 2": (cx.Conv1D(1, 3, dilation_rate=2, padding="causal", use_bias=False), _real(12, 1), _real(3, 1, 1)),
    "one tap, one step": (cx.Conv1D(1, 1, use_bias=False), [[2.0]], [[[3.0]]]),
    "a zero kernel": (cx.Conv1D(1, 3, use_bias=False), _whole(7, 1), np.zeros((3, 1, 1))),
    "longer than the signal": (cx.Conv1D(1, 7, padding="same", use_bias=False), _whole(3, 1), _whole(7, 1, 1)),
    "a palindrome": (cx.Conv1D(1, 3, use_bias=False), _whole(8, 1), [[[1.0]], [[2.0]], [[1.0]]]),
    "all negative": (cx.Conv1D(1, 4, strides=3, use_bias=False), -np.abs(_real(20, 1)), -np.abs(_real(4, 1, 1))),
    "long": (cx.Conv1D(1, 40, padding="same", use_bias=False), _real(300, 1), _real(40, 1, 1)),
    "groups, bias and relu": (
        cx.Conv1D(4, 2, groups=2, activation="relu", padding="causal"), _real(10, 4), _real(2, 2, 4), _real(4)
    ),
}


@cache
def network(name):
    """One of them by name."""
    layer, x, *weights = ODD[name]
    stack = cx.Stack(np.shape(x), [layer])
    weights, x = check_weights(stack, [[np.asarray(array) for array in weights]]), check_input(stack, np.asarray(x))
    return Network(stack, weights, x, Recorded(exact.level_values(stack, weights, x), "exact sums"))
