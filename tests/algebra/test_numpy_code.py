"""Printed NumPy code: it runs, and gives what the layers give."""

import os

import numpy as np
import pytest
from stacks import integer_data, random_stack

import convexplain as cx
from convexplain.evaluation import level_values
from convexplain.exact import error_bounds, exact_values, scaled


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
