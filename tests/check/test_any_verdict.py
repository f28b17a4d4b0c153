"""Verdicts on every kind of layer and on graphs: right oracles are accepted, and each check refuses what it is for."""

import dataclasses
import json

import numpy as np
import pytest
from any_layer import SETTINGS, any_layer, real_numbers
from layer_table import IDS, TABLE, tried

import convexplain as cx
from convexplain import reader
from convexplain.check import bounds, oracles, probes, verify
from convexplain.layers import stated
from convexplain.network import Network, check_weights

ROWS = [pytest.param(layer, shapes, id=name) for (layer, shapes), name in zip(TABLE, IDS, strict=True)]
FIRST = {type(layer).__name__: pytest.param(layer, shapes, id=type(layer).__name__) for layer, shapes in TABLE[::-1]}
KINDS = [*FIRST.values(), *(row for row in ROWS if "Activation('" in row.id)]
"""A row of each kind of layer, and all functions."""


def alone(layer, shapes, weights=None, x=None):
    """A network of one layer on its inputs."""
    graph = cx.Graph(shapes, [(layer, tuple(range(len(shapes))))])
    return Network(graph, None if weights is None else check_weights(graph, [weights]), x)


def judge(layer, shapes, oracle, **options):
    (level,) = verify.verify(alone(layer, shapes), oracle, **options).levels
    return level


@pytest.mark.parametrize(("layer", "shapes"), ROWS)
def test_a_right_oracle_is_accepted_and_the_index_map_proved(layer, shapes):
    level = judge(layer, shapes, oracles.scipy)
    assert level.ok, level.faults
    assert (level.cells_equal, level.cells_within) == (level.cells, level.cells_bounded)
    assert level.cells + level.cells_bounded >= 256
    normalises = type(layer).__name__ in ("LayerNormalization", "Softmax") or "softmax" in repr(layer)
    assert level.index_map == ("probed" if normalises and "Dense" not in repr(layer) else "proved")
    assert level.bias in ("proved", "none")
    if level.layer.startswith(("MaxPooling", "Add(", "Flatten", "Concatenate", "Maximum")):
        assert level.cells_bounded == 0


@pytest.mark.parametrize("kind", SETTINGS)
def test_a_right_oracle_is_accepted_in_any_setting(kind):
    layer, shapes = any_layer(np.random.default_rng(7), kind)
    level = judge(layer, shapes, oracles.scipy)
    assert level.ok, (layer, shapes, level.faults)


@pytest.mark.parametrize(("layer", "shapes"), KINDS)
def test_one_output_that_is_off_by_more_than_its_bound_is_refused(layer, shapes):
    """On real numbers of a network's own: right in every probe, and off by half of one bound, or by one and a half."""
    weights, inputs = tried(layer, shapes, np.random.default_rng(5))
    inputs = [(x + np.float32(0.1)).astype(np.float32) for x in inputs]
    told = alone(layer, shapes, weights, tuple(inputs) if len(inputs) > 1 else inputs[0])
    value, bound = bounds.outcome(bounds.form(layer, weights, inputs, shapes))
    cell = tuple(size // 2 for size in value.shape)

    def off(factor):
        def oracle(layer, weights, x):
            given = oracles.levels_of(x)
            if all(len(one) == 1 and np.array_equal(one[0], own) for one, own in zip(given, inputs, strict=True)):
                answer = value[None].copy()
                answer[(0, *cell)] += factor * max(bound[cell], 2.0**-22 * abs(value[cell]), 2.0**-149)
                return answer
            return oracles.exact(layer, weights, x)

        return oracle

    assert verify.verify(told, off(0.0)).ok
    (level,) = verify.verify(told, off(1.5)).levels
    assert (level.ok, level.local.beyond) == (False, 1)


def mistaken(change):
    """The right oracle with its answer changed by ``change(y, x)``."""
    return lambda layer, weights, x: change(oracles.exact(layer, weights, x), x)


@pytest.mark.parametrize(("layer", "shapes"), KINDS)
def test_outputs_in_another_place_are_refused(layer, shapes):
    shape = layer.output_shape(*shapes)
    if shape[-1] > 1:
        assert not judge(layer, shapes, mistaken(lambda y, x: y[..., ::-1])).ok
    if len(shape) == 2 and shape[0] > 1 and type(layer).__name__ != "RepeatVector":
        assert not judge(layer, shapes, mistaken(lambda y, x: np.roll(y, 1, axis=1))).ok


@pytest.mark.parametrize(("layer", "shapes"), KINDS)
def test_a_relative_error_of_a_thousandth_is_refused_by_the_probes(layer, shapes):
    assert not judge(layer, shapes, mistaken(lambda y, x: y * np.float32(1.001))).ok


@pytest.mark.parametrize("kind", SETTINGS)
def test_two_samples_exchanged_for_one_output_alone_are_refused(kind):
    """The smallest fault there is: one output reads two samples in each other's place."""
    rng = np.random.default_rng(4)
    layer, shapes = next(row for row in TABLE if type(row[0]).__name__ == kind)
    output = (slice(None), *(int(rng.integers(size)) for size in layer.output_shape(*shapes)))
    one, other = ((slice(None), *(int(rng.integers(size)) for size in shapes[0])) for _ in range(2))

    def wrong(layer, weights, x):
        levels = [np.array(level) for level in oracles.levels_of(x)]
        y = np.array(oracles.exact(layer, weights, x))
        levels[0][one], levels[0][other] = levels[0][other].copy(), levels[0][one].copy()
        y[output] = oracles.exact(layer, weights, levels if isinstance(x, list) else levels[0])[output]
        return y

    weights, inputs = real_numbers(rng, layer, shapes)
    batch = [x[None] for x in inputs]
    given = batch if layer.sources != (1, 1) else batch[0]
    right, made = oracles.exact(layer, weights, given), wrong(layer, weights, given)
    assert judge(layer, shapes, wrong).ok is bool((np.abs(right - made) <= 1e-4 * np.abs(right).max()).all())


def test_beyond_a_budget_probes_take_the_place_of_the_proof():
    for layer in (cx.MaxPooling1D(3), cx.SeparableConv1D(4, 3, depth_multiplier=2)):
        for limit in ({"seconds": 0.0}, {"memory": 3000}):
            level = judge(layer, [(60, 4)], oracles.scipy, **limit)
            assert level.ok
            if level.index_map == "proved":  # it was done before the clock was looked at
                assert "seconds" in limit
            else:
                assert "no proof, since" in level.index_map_how


@pytest.mark.parametrize(("layer", "shapes"), [row for row in ROWS if row.values[0].arrays(*row.values[1])])
def test_an_array_whose_entries_are_exchanged_is_refused(layer, shapes):
    for place, array in enumerate(layer.arrays(*shapes)):
        if max(array.shape) < 2:
            continue

        def exchanged(layer, weights, x, place=place):
            changed = list(weights)
            axis = int(np.argmax(weights[place].shape))
            changed[place] = np.roll(weights[place], 1, axis)
            return oracles.exact(layer, changed, x)

        assert not judge(layer, shapes, exchanged).ok, array


def residual(rng):
    conv = cx.Conv1D(4, 3, padding="same", activation="tanh")
    calls = [(conv, 0), (cx.BatchNormalization(), 1), (cx.Conv1D(4, 1), 0), (cx.Add(), (2, 3)), (cx.ReLU(), 4)]
    calls += [(cx.GlobalAveragePooling1D(), 5), (cx.Dense(3, activation="softmax"), 6)]
    graph = cx.Graph([(12, 2)], calls)
    weights = [
        [np.abs(rng.normal(size=array.shape)) + 0.1 for array in graph.layer(n).arrays(*graph.source_shapes(n))]
        for n in range(1, graph.depth + 1)
    ]
    return cx.explain(graph, rng.normal(size=(12, 2)).astype(np.float32), weights=weights)


def test_a_graph_is_followed_from_its_inputs_on():
    ex = residual(np.random.default_rng(0))
    verdict = ex.verify(oracles.scipy)
    assert verdict.ok
    assert [level.number for level in verdict.levels] == list(range(1, 8))
    assert all(level.total.error <= level.total.bound for level in verdict.levels)
    assert verdict.levels[4].total.bound > verdict.levels[4].local.bound
    exact = verify.verify(ex.network, oracles.exact)
    assert all(0 <= level.local.error <= level.local.bound for level in exact.levels)
    told = verdict.to_dict()
    assert json.loads(json.dumps(told)) == told
    assert max(map(len, str(verdict).splitlines())) <= 100


def test_functions_are_named_in_the_assumptions_with_their_accuracy_and_its_source():
    assumptions = residual(np.random.default_rng(0)).verify(oracles.scipy).assumptions
    for name, ulps in (("tanh", 12), ("exp", 8), ("1/sqrt", 6), ("1/z", 2)):
        (told,) = [one for one in assumptions if one.startswith(f"{name} in float32")]
        assert f"right to {ulps} units in the last place" in told
        assert "TensorFlow" in told or "Eigen" in told
    assert probes.APART in assumptions
    assert not any("float32 is right" in one for one in judge_all(cx.Add(), [(3, 2), (3, 2)]).assumptions)
    used = {name for layer, shapes in TABLE for name in bounds.functions(stated(layer, *shapes))}
    assert used <= set(bounds.ACCURACY)


def judge_all(layer, shapes):
    return verify.verify(alone(layer, shapes), oracles.scipy)


def test_a_wrong_level_does_not_refute_those_above_it():
    ex = residual(np.random.default_rng(1))

    def wrong(layer, weights, x):
        y = oracles.exact(layer, weights, x)
        return y + np.float32(0.01) if isinstance(layer, cx.BatchNormalization) else y

    verdict = verify.verify(ex.network, wrong)
    assert [level.ok for level in verdict.levels] == [True, False, True, True, True, True, True]


@pytest.mark.keras
def test_a_misread_setting_or_array_of_a_live_graph_is_found_out():
    keras = pytest.importorskip("keras")
    layers = keras.layers
    inputs = keras.Input((6, 2))
    x = layers.BatchNormalization(epsilon=0.01)(inputs) + 0.5
    network = reader.read(keras.Model(inputs, layers.AveragePooling1D(3, strides=2, padding="same")(x)))
    stack = network.stack
    made = [(layer, stack.sources(number)) for number, layer in enumerate(stack.layers, 1)]
    made[0] = (dataclasses.replace(made[0][0], epsilon=0.02), 0)
    made[2] = (dataclasses.replace(made[2][0], pool_size=4), 2)
    weights = [list(arrays) for arrays in network.weights]
    weights[0][2] = weights[0][2] + np.float32(0.01)
    wrong = dataclasses.replace(network, stack=cx.Graph([(6, 2)], made), weights=tuple(map(tuple, weights)))
    verdict = verify.verify(wrong)
    assert [level.ok for level in verdict.levels] == [False, True, False]
    assert any("the moving mean must be what was read" in fault for fault in verdict.levels[0].faults)
    assert verify.OPERATIONS in verdict.assumptions
    assert verify.verify(network).ok


@pytest.mark.keras
@pytest.mark.parametrize("kind", SETTINGS)
def test_keras_is_accepted_for_every_kind_of_layer(kind):
    layer, shapes = next(row for row in TABLE if type(row[0]).__name__ == kind)
    level = judge(layer, shapes, None)
    assert level.ok, level.faults


@pytest.mark.keras
def test_what_keras_predicts_is_accepted_too():
    ex = cx.explain(cx.Graph([(6, 2), (6, 1)], [(cx.Concatenate(), (0, 1)), (cx.Dense(2, activation="tanh"), 2)]))
    assert ex.verify(call="predict").ok
