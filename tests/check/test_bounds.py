"""Bounds from the statements: every right computation stays within them, and where they are zero it is equal."""

import numpy as np
import pytest
from any_layer import SETTINGS, any_layer, real_numbers

from convexplain.check import bounds, oracles, reference
from convexplain.numbers.evaluation import evaluate


def asked(layer, shapes, weights, inputs, oracle):
    batch = [x[None] for x in inputs]
    with np.errstate(all="ignore"):
        return np.asarray(oracle(layer, weights, batch if layer.sources != (1, 1) else batch[0]))[0]


def check(kind, oracle, seeds, sizes):
    for seed in seeds:
        rng = np.random.default_rng(seed)
        layer, shapes = any_layer(rng, kind)
        if oracle is oracles.keras and kind == "Conv1DTranspose" and layer.dilation_rate > 1:
            continue  # TensorFlow cannot compute it on a CPU
        for size in sizes:
            weights, inputs = real_numbers(rng, layer, shapes, size)
            answer = asked(layer, shapes, weights, inputs, oracle).astype(np.float64)
            value, bound = bounds.outcome(bounds.form(layer, weights, inputs, shapes))
            assert answer.shape == value.shape == layer.output_shape(*shapes)
            held = np.isfinite(bound)
            with np.errstate(invalid="ignore"):
                off = np.where(held, np.abs(answer - value), 0)
            assert (off <= np.where(held, bound, 0)).all(), (layer, shapes, size, (off - bound).max())


@pytest.mark.parametrize("kind", SETTINGS)
def test_numpy_stays_within_the_bounds(kind):
    check(
        kind,
        reference.answer if kind != "Conv1D" else oracles.scipy,
        range(12),
        ("usual", "tiny", "small", "large", "all"),
    )


@pytest.mark.parametrize("kind", SETTINGS)
def test_the_value_is_the_exact_one(kind):
    for seed in range(3):
        rng = np.random.default_rng(seed)
        layer, shapes = any_layer(rng, kind)
        weights, inputs = real_numbers(rng, layer, shapes)
        value, bound = bounds.outcome(bounds.form(layer, weights, inputs, shapes))
        middle, _ = evaluate(layer, weights, inputs).settled()
        exact = middle.integers.astype(float) * 2.0**middle.exponent
        if not (np.isfinite(bound).all() and np.isfinite(exact).all()):
            continue
        assert (np.abs(exact - value) <= bound * 2**-20 + np.abs(exact) * 2.0**-45).all(), layer


@pytest.mark.keras
@pytest.mark.parametrize("kind", SETTINGS)
def test_keras_stays_within_the_bounds(kind):
    check(kind, oracles.keras, range(2), ("usual", "all"))
