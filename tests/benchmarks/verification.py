"""How long checking takes: exact sums of a large layer, its whole verdict, that of a network, and the notebook's.

``python tests/benchmarks/verification.py`` prints a table and fails when a figure is beyond its limit. The layer is
(500, 64) -> 64 filters of 3 taps: 6.1 million products. The network is of ten kinds of layers, 8.1 million products.
Times are the best of several runs; ratios are taken within one run.
"""

import resource
import sys
import time

import numpy as np

import convexplain as cx
from convexplain.check import oracles, verify
from convexplain.examples import network
from convexplain.layers import Conv1D
from convexplain.network import Network, check_weights
from convexplain.numbers import exact
from convexplain.stack import Stack
from convexplain.system import parts
from figures import Figure, show, status

LAYER = Conv1D(64, 3, padding="same")
SHAPE = (500, 64)


def best(call, runs=5):
    """The shortest time of some runs, in seconds."""
    times = []
    for _ in range(runs):
        started = time.perf_counter()
        call()
        times.append(time.perf_counter() - started)
    return min(times)


def large_layer():
    """The large layer with random weights and a random input."""
    rng = np.random.default_rng(0)
    stack = Stack(SHAPE, [LAYER])
    weights = check_weights(stack, [[rng.normal(size=shape) for shape in LAYER.weight_shapes(SHAPE[1])]])
    return Network(stack, weights, rng.normal(size=SHAPE).astype(np.float32))


def large_network():
    """A network of convolutions, normalisations, pools and functions, with random weights and a random input."""
    same = {"padding": "same"}
    layers = [
        *(cx.Conv1D(32, 7, use_bias=False, **same), cx.BatchNormalization(), cx.ReLU(), cx.MaxPooling1D(2)),
        *(cx.Conv1D(64, 3, **same), cx.BatchNormalization(), cx.ReLU(), cx.Conv1D(64, 3, activation="tanh", **same)),
        *(cx.SeparableConv1D(64, 3, depth_multiplier=2, **same), cx.GlobalAveragePooling1D()),
        cx.Dense(10, activation="softmax"),
    ]
    rng = np.random.default_rng(0)
    stack = Stack((500, 4), layers)
    weights = [
        [np.abs(rng.normal(size=array.shape)) / 4 + 0.01 for array in layer.arrays(*stack.source_shapes(level))]
        for level, layer in enumerate(layers, 1)
    ]
    return Network(stack, check_weights(stack, weights), rng.normal(size=(500, 4)).astype(np.float32))


def against_keras(told):
    """How long a whole verdict takes, in passes of Keras itself over the same questions: those of the probes, and the
    network's own input.
    """
    asked = []

    def listening(layer, weights, x):
        asked.append((layer, weights, x))
        return oracles.keras(layer, weights, x)

    verify.verify(told, listening)
    forward = best(lambda: [oracles.keras(*question) for question in asked], runs=3)
    return best(lambda: verify.verify(told), runs=2) / forward


def with_object_integers(told):
    """The exact sums as numpy would make them of arrays of Python integers, tap by tap."""
    x, kernel = exact.scaled(told.x), exact.scaled(told.weights[0][0])
    windows = exact.windows(LAYER, x.integers)
    return windows.reshape(len(windows), -1) @ kernel.integers.reshape(-1, LAYER.filters)


def measure():
    """All figures."""
    parts.require("keras")
    started = time.perf_counter()
    assert verify.verify(network("notebook")).ok
    notebook = time.perf_counter() - started

    told = large_layer()
    (weights,) = told.weights

    def values_and_bounds():
        samples = exact.scaled(told.x)
        return exact.exact_values(LAYER, weights, samples), exact.error_bounds(LAYER, weights, samples)

    seconds = best(values_and_bounds)
    sums = best(lambda: exact.exact_sums(LAYER, exact.scaled(told.x), exact.scaled(weights[0])))
    objects = best(lambda: with_object_integers(told), runs=1)

    network_ratio = against_keras(large_network())
    # In kilobytes on Linux; TensorFlow is a third of it.
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    layer_ratio = against_keras(told)

    return [
        Figure("exact values and bounds of 6.1 million products", seconds, 1, "s"),
        Figure("exact sums, against arrays of Python integers", sums / objects, 1 / 4, "times"),
        Figure("the whole verdict on the layer, against Keras's own pass over the same data", layer_ratio, 20, "times"),
        Figure("that on a network of 8.1 million products, against the same", network_ratio, 20, "times"),
        Figure("the most memory until then, TensorFlow and all", memory, 1.5, "GB"),
        Figure("the notebook's verdict, once Keras is imported", notebook, 3, "s"),
    ]


if __name__ == "__main__":
    sys.exit(status(show(measure)))
