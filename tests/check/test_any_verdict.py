"""Verdicts on every kind of layer and on graphs: right oracles are accepted, and each check refuses what it is for."""

import dataclasses
import json

import numpy as np
import pytest
from any_layer import SETTINGS, any_layer, real_numbers
from layer_table import IDS, TABLE, tried

import convexplain as cx
from convexplain import reader
from convexplain.check import bounds, groups, mistakes, oracles, probes, roles, verify
from convexplain.layers import stated
from convexplain.layers.statement import ground
from convexplain.network import Network, check_weights

pytestmark = pytest.mark.long

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
    assert level.index_map == "proved"
    assert level.bias in ("proved", "none")
    if level.layer.startswith(("MaxPooling", "Add(", "Flatten", "Concatenate", "Maximum")):
        assert level.cells_bounded == 0


@pytest.mark.parametrize("first", [cx.Flatten(), cx.GlobalMaxPooling1D(), cx.GlobalAveragePooling1D()], ids=repr)
def test_a_graph_on_a_long_input_is_accepted_and_proved(first):
    graph = cx.Graph([(750, 2)], [(first, 0), (cx.Dense(1), 1), (cx.Dense(1, use_bias=False), 1), (cx.Add(), (2, 3))])
    verdict = verify.verify(Network(graph), oracles.scipy)
    assert verdict.ok
    assert {level.index_map for level in verdict.levels} == {"proved"}


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


NORMALISED = [
    (cx.Softmax(), (4, 3)),
    (cx.Softmax(axis=1), (4, 3)),
    (cx.Activation("log_softmax"), (4, 3)),
    (cx.LayerNormalization(), (4, 3)),
    (cx.LayerNormalization(axis=1), (4, 3)),
    (cx.LayerNormalization(axis=[1, 2]), (3, 2)),
]


@pytest.mark.parametrize(("layer", "shape"), NORMALISED, ids=repr)
def test_what_is_normalised_together_is_proved_by_independence_and_says_so(layer, shape):
    verdict = verify.verify(alone(layer, [shape]), oracles.scipy)
    assert verdict.levels[0].index_map == "proved"
    assert "by independence: " in verdict.levels[0].index_map_how
    assert ("bit for bit" in verdict.levels[0].index_map_how) is ("in 1 group," not in verdict.levels[0].index_map_how)
    assert any("does not depend on them" in one for one in verdict.assumptions)
    assert groups.GROUPS not in verify.verify(alone(cx.Dense(2), [shape]), oracles.scipy).assumptions


@pytest.mark.parametrize(("layer", "shape"), NORMALISED, ids=repr)
@pytest.mark.parametrize("leak", [2.0**-23, 2.0**-20])
def test_a_sample_of_another_group_that_leaks_in_below_every_bound_is_found(layer, shape, leak):
    """One output feels one sample that is none of its own, by no more than rounding: only equality finds that."""
    one = stated(layer, shape)
    own = {tuple(read.indices) for read in roles.reads(ground(one.value, {"t": 1, "f": 1}, one.sizes))}
    others = [at for at in np.ndindex(*shape) if at not in own]
    if not others:
        return

    def leaking(layer, weights, x):
        y = np.array(oracles.scipy(layer, weights, x))
        y[:, 1, 1] *= (1 + leak * (np.asarray(x)[(slice(None), *others[-1])] > 0.5)).astype(np.float32)
        return y

    level = judge(layer, [shape], leaking)
    assert not level.ok
    assert any("must stay as it is, bit for bit" in fault or "must be within" in fault for fault in level.faults)


@pytest.mark.parametrize(("layer", "shape"), NORMALISED[:4], ids=repr)
def test_a_sample_that_is_left_out_of_its_group_is_found(layer, shape):
    def deaf(layer, weights, x):
        x = np.array(x)
        x[:, 2, 1] = x[:, 2, 0]
        return oracles.scipy(layer, weights, x)

    level = judge(layer, [shape], deaf)
    assert (level.ok, level.index_map) == (False, "refuted")


@pytest.mark.parametrize(("layer", "shape"), [(cx.LayerNormalization(), (100, 12)), (cx.Softmax(axis=1), (12, 100))])
def test_groups_that_do_not_meet_share_rows(layer, shape):
    """As many rows as a group has samples, and a few for each digit of the number of groups."""
    asked = []

    def counting(layer, weights, x):
        asked.append(len(x))
        return oracles.scipy(layer, weights, x)

    assert judge(layer, [shape], counting).index_map == "proved"
    assert sum(asked) < 300


def test_a_group_of_one_sample_is_not_said_to_be_proved():
    level = judge(cx.Softmax(), [(4, 1)], oracles.scipy)
    assert (level.ok, level.index_map) == (True, "probed")
    assert "no proof, since a changed sample gives answers that float32 may not tell" in level.index_map_how
    level = judge(cx.LayerNormalization(), [(9, 40)], oracles.scipy, seconds=0.0)
    assert (level.ok, level.index_map) == (True, "probed")
    assert "rows of changed samples would take" in level.index_map_how


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (cx.LayerNormalization(), "epsilon is forgotten"),
        (cx.LayerNormalization(), "the mean is not subtracted"),
        (cx.LayerNormalization(), "it is normalised along the other axis"),
        (cx.LayerNormalization(), "it is normalised over all steps and channels together"),
        (cx.Softmax(), "it is taken along the other axis"),
        (cx.Softmax(), "it is taken over all steps and channels together"),
        (cx.Activation("softmax"), "the softmax is taken over steps and channels together"),
    ],
    ids=lambda value: value if isinstance(value, str) else repr(value),
)
def test_the_usual_mistakes_of_normalising_together_are_named(layer, name):
    level = judge(layer, [(3, 3)], mistakes.MISTAKES[name])
    assert not level.ok
    assert name in level.discrepancy


@pytest.mark.keras
@pytest.mark.parametrize("call", ["eager", "predict"])
def test_keras_normalises_together_what_the_statement_says(call):
    for layer, shape in [*NORMALISED, (cx.LayerNormalization(), (33, 19)), (cx.Softmax(), (17, 5))]:
        level = judge(layer, [shape], None, call=call)
        assert (level.ok, level.index_map) == (True, "proved"), (layer, level.faults)


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
