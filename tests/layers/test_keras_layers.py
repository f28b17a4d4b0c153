"""Every row of the table against Keras itself: shapes, and on small integers every number."""

import dataclasses
import functools

import numpy as np
import pytest
from layer_table import IDS, TABLE, tried

from convexplain.evaluation import evaluate

pytestmark = pytest.mark.keras

_UNSTATED = {
    "Dropout": {"rate": 0.5},
    "SpatialDropout1D": {"rate": 0.5},
    "AlphaDropout": {"rate": 0.5},
    "GaussianDropout": {"rate": 0.5},
    "GaussianNoise": {"stddev": 0.5},
}


def made_by_keras(layer):
    """The Keras layer with a record's arguments."""
    keras = pytest.importorskip("keras")
    settings = {item.name: getattr(layer, item.name) for item in dataclasses.fields(layer) if item.name != "name"}
    if settings.get("activation") == "gelu_tanh":
        settings["activation"] = functools.partial(keras.activations.gelu, approximate=True)
    kind = type(layer).__name__
    return getattr(keras.layers, kind)(**settings, **_UNSTATED.get(kind, {}))


@pytest.mark.parametrize(
    ("layer", "shapes"), [pytest.param(*row, id=name) for row, name in zip(TABLE, IDS, strict=True)]
)
def test_a_level_is_what_keras_computes(layer, shapes):
    for seed in range(3):
        weights, inputs = tried(layer, shapes, np.random.default_rng(seed))
        theirs = made_by_keras(layer)
        batch = [x[None] for x in inputs]
        theirs.build([x.shape for x in batch] if len(batch) > 1 else batch[0].shape)
        theirs.set_weights(weights)
        answer = np.asarray(theirs(batch if len(batch) > 1 else batch[0]))[0]
        level = evaluate(layer, weights, inputs)
        assert answer.shape == layer.output_shape(*shapes)
        if level.is_exact:
            assert np.array_equal(answer, level.to_float32())
        else:
            # Roots and functions are rounded by the library, a few times each.
            size = np.abs(level.to_float32()).max() + 1
            assert np.abs(answer - level.to_float32()).max() <= 64 * np.finfo(np.float32).eps * size
