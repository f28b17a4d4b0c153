"""Printed NumPy code: it runs, and gives what the layers give."""

import json
import os
from pathlib import Path

import numpy as np
import pytest
from any_layer import SETTINGS, any_layer, real_numbers
from layer_table import IDS, TABLE
from stacks import integer_data, random_stack

import convexplain as cx
from convexplain.numbers.evaluation import evaluate, level_values
from convexplain.numbers.exact import error_bounds, exact_values, scaled

pytestmark = pytest.mark.long

FILES = sorted((Path(__file__).parent.parent / "networks" / "data").glob("*.keras"))


def run(source):
    names = {}
    exec(source, names)
    return names


@pytest.mark.parametrize("seed", range(60))
def test_equal_to_the_layers_on_integer_data(seed):
    stack = random_stack(seed)
    weights, x = integer_data(stack, seed)
    ex = cx.explain(stack)
    levels = [x, *level_values(stack, weights, x)]
    for number, arrays in enumerate(weights, 1):
        function = run(ex.code(number))[f"layer{number}"]
        assert np.array_equal(function(levels[number - 1], *arrays), levels[number])
    result = run(ex.code())["network"](x, *(array for arrays in weights for array in arrays))
    assert result.dtype == np.float32
    assert np.array_equal(result, levels[-1])


def test_within_the_bound_on_the_notebooks_data():
    ex = cx.notebook()
    x = ex.network.x
    for number, arrays in enumerate(ex.network.weights, 1):
        y = run(ex.code(number))[f"layer{number}"](x, *arrays)
        layer = ex.layers[number - 1]
        error = abs(scaled(y) - exact_values(layer, arrays, scaled(x)))
        assert not error.exceeds(error_bounds(layer, arrays, scaled(x))).any()
        x = y


def gives_what_the_layer_gives(ex, level, weights, inputs):
    """Whether a layer's function, in float64, gives the exact level to within a rounding of 2**-53 here and there."""
    function = run(ex.code(level))[f"layer{level}"]
    got = function(*(array.astype(np.float64) for array in [*inputs, *weights]))
    exact = evaluate(ex.layers[level - ex.stack.input_count], weights, inputs).settled()[0].fractions()
    assert got.shape == exact.shape
    return np.allclose(got, exact.astype(np.float64), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize(("layer", "shapes"), TABLE, ids=IDS)
def test_every_layer_runs_and_gives_the_level(layer, shapes):
    ex = cx.explain(cx.Graph(shapes, [(layer, tuple(range(len(shapes))))]))
    weights, inputs = real_numbers(np.random.default_rng(1), layer, shapes)
    assert gives_what_the_layer_gives(ex, len(shapes), weights, inputs)


@pytest.mark.parametrize("kind", SETTINGS)
def test_any_settings_of_every_kind(kind):
    rng = np.random.default_rng(7)
    for _ in range(4):
        layer, shapes = any_layer(rng, kind)
        ex = cx.explain(cx.Graph(shapes, [(layer, tuple(range(len(shapes))))]))
        weights, inputs = real_numbers(rng, layer, shapes)
        assert gives_what_the_layer_gives(ex, len(shapes), weights, inputs), (layer, shapes)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_whole_network_runs_and_gives_what_keras_gave(path):
    said = json.loads(path.with_suffix(".json").read_text())
    x = [np.array(array, dtype=np.float32) for array in said["x"]]
    ex = cx.explain(path)
    owners = [level for level in range(ex.stack.input_count, ex.stack.depth + 1) if ex.stack.owner(level) == level]
    given = [array for level in owners for array in ex.network.arrays(level)]
    outputs = run(ex.code())["network"](*x, *given)
    answers = [np.array(answer) for answer in said["answers"]]
    for output, answer in zip(outputs if len(answers) > 1 else [outputs], answers, strict=True):
        assert np.allclose(output, answer, rtol=1e-4, atol=1e-5)


def test_a_layer_that_is_called_twice_has_one_function_unless_its_shapes_differ():
    conv = cx.Conv1D(2, 3)
    same = cx.Graph([(9, 2), (9, 2)], [(conv, 0), (conv, 1), (cx.Add(), (2, 3))])
    assert cx.explain(same).code().count("def layer") == 2
    assert "y3 = layer2(x2, w2, b2)" in cx.explain(same).code()
    apart = cx.Graph([(9, 2), (5, 2)], [(conv, 0), (conv, 1)], outputs=(2, 3))
    source = cx.explain(apart).code()
    assert "y3 = layer3(x2, w2, b2)" in source
    assert "return y2, y3" in source


def test_a_program_reads_like_one_that_a_person_wrote():
    layers = [cx.Conv1D(4, 3, padding="same", activation="relu"), cx.BatchNormalization(), cx.MaxPooling1D(2)]
    source = cx.explain(cx.Stack((9, 2), [*layers, cx.Flatten(), cx.Dense(3, activation="softmax")])).code()
    lines = [line.strip() for line in source.splitlines() if '"""' not in line]
    assert "t, k = np.arange(9), np.arange(3)" in lines
    assert 's2 = np.einsum("tkc,kcf->tf", s1[t[:, None] + k], w)' in lines
    assert "return gamma*(x - mean)/np.sqrt(var + np.float32(0.001)) + beta" in lines
    assert "return x.reshape(16)" in lines
    assert "y5 = layer5(y4, w5, b5)" in lines


def test_it_is_short_and_holds_no_name_from_outside():
    name = 'evil"""; import os'
    source = cx.explain(cx.Stack((9, 2), [cx.Conv1D(2, 3, name=name, padding="same", groups=2)])).code()
    assert "evil" not in source
    assert len(source.splitlines()) < 20
    assert max(map(len, source.splitlines())) < 140


def test_a_layer_that_does_not_exist_is_refused():
    with pytest.raises(IndexError, match="Received: layer 3"):
        cx.notebook().code(3)


@pytest.mark.keras
def test_equal_to_keras_on_integer_data():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from convexplain.check import oracles

    for seed in (1, 4, 9, 12):
        stack = random_stack(seed)
        weights, x = integer_data(stack, seed)
        y = x
        for number, (layer, arrays) in enumerate(zip(stack.layers, weights, strict=True), 1):
            expected = np.asarray(oracles.keras(layer, arrays, y[None]))[0]
            y = run(cx.explain(stack).code(number))[f"layer{number}"](y, *arrays)
            assert np.array_equal(y, expected)
