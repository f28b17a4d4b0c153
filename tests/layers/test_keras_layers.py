"""Every row of the table, and a graph, against Keras itself: shapes, and on small integers every number."""

import dataclasses
import functools

import numpy as np
import pytest
from layer_table import IDS, REFUSED, TABLE, tried

import convexplain as cx
from convexplain import Add, Concatenate, Conv1D, Dense, Flatten, Graph, MaxPooling1D, Subtract, UpSampling1D
from convexplain.layers import LAYERS
from convexplain.network import check_weights
from convexplain.numbers.evaluation import evaluate, level_values

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
    if kind == "GetItem":  # operations in Keras, no layers
        return keras.layers.Lambda(lambda level: level[(slice(None), *layer.slices)])
    if kind == "TrueDivide":
        return keras.layers.Lambda(lambda level: level / layer.divisor)
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


def test_a_graph_with_branches_a_shared_layer_and_two_inputs_is_keras_functional_model():
    keras = pytest.importorskip("keras")
    layers = keras.layers
    inputs = [keras.Input((12, 3)), keras.Input((12, 3))]
    shared, pool = layers.Conv1D(4, 3, padding="same", activation="relu"), layers.MaxPooling1D(2)
    left, right = shared(inputs[0]), shared(inputs[1])
    sum_of_both = layers.Add()([left, right])
    pooled = pool(sum_of_both)
    up = layers.UpSampling1D(2)(pooled)
    joined = layers.Concatenate()([up, left])
    apart = layers.Subtract()([joined, layers.Concatenate(axis=-1)([right, up])])
    ends = layers.Dense(2)(layers.Flatten()(apart))
    made = [left, right, sum_of_both, pooled, up, joined, apart, ends]
    model = keras.Model(inputs, made)

    conv, dense = Conv1D(4, 3, padding="same", activation="relu"), Dense(2)
    calls = [(conv, 0), (conv, 1), (Add(), (2, 3)), (MaxPooling1D(2), 4), (UpSampling1D(2), 5), (Concatenate(), (6, 2))]
    calls += [(Concatenate(), (3, 6)), (Subtract(), (7, 8)), (Flatten(), 9), (dense, 10)]
    graph = Graph([(12, 3), (12, 3)], calls)
    rng = np.random.default_rng(0)
    kernels = [rng.integers(-2, 3, weight.shape).astype("float32") for weight in model.get_weights()]
    model.set_weights(kernels)
    x = [rng.integers(-3, 4, (12, 3)).astype("float32") for _ in inputs]
    theirs = [np.asarray(level)[0] for level in model([array[None] for array in x])]
    weights = check_weights(graph, [kernels[:2], *([[]] * 7), kernels[2:]])
    levels = [*x, *level_values(graph, weights, *x)]
    for level, answer in zip([2, 3, 4, 5, 6, 7, 9, 11], theirs, strict=True):
        assert np.array_equal(levels[level], answer)


@pytest.mark.parametrize(("kind", "valid", "invalid"), REFUSED, ids=str)
def test_keras_refuses_it_too(kind, valid, invalid):
    theirs = getattr(pytest.importorskip("keras").layers, kind.__name__)
    theirs(**valid)
    with pytest.raises((ValueError, TypeError)):
        theirs(**valid | invalid)


def test_keras_cannot_compute_a_transposed_layer_whose_output_is_too_short():
    keras = pytest.importorskip("keras")
    layer = keras.layers.Conv1DTranspose(1, 2, strides=2, padding="same", output_padding=0)
    with pytest.raises(Exception, match=r"."):
        layer(np.zeros((1, 4, 1), np.float32))


def test_keras_other_names_of_layers_are_ours_too():
    keras = pytest.importorskip("keras")
    theirs = {name: getattr(keras.layers, name).__name__ for name in dir(keras.layers) if name[0].isupper()}
    others = {name: kind for name, kind in theirs.items() if kind in LAYERS and name != kind}
    assert {name: getattr(cx, name).__name__ for name in others} == others
    assert set(others) <= set(dir(cx))
