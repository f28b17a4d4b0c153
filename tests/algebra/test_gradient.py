"""Gradients: equal to sympy's derivatives and, on integer data, to TensorFlow's."""

import os

import numpy as np
import pytest
import sympy
from stacks import evaluated, exact_values, integer_data, random_stack
from sympy import Heaviside, IndexedBase

import convexplain as cx

g = IndexedBase("g")


def symbols_of(stack):
    numbered = list(enumerate(stack.layers, 1))
    return ["x", *(f"w{n}" for n, _ in numbered), *(f"b{n}" for n, layer in numbered if layer.use_bias)]


def loss(ex):
    steps, filters = ex.stack.shapes[-1]
    return sum(g[t, f] * ex[t, f] for t in range(steps) for f in range(filters))


def with_kerass_slope(expression):
    """sympy takes 1/2 as the slope of Max(0, z) at 0; Keras takes 0."""
    return sympy.sympify(expression).replace(
        lambda part: isinstance(part, Heaviside), lambda part: Heaviside(part.args[0], 0)
    )


def some_index(shape, seed):
    return tuple(np.random.default_rng(seed).integers(0, shape).tolist())


def upstream(stack, seed):
    return np.random.default_rng(seed + 1).integers(-3, 4, stack.shapes[-1]).astype(np.float32)


@pytest.mark.parametrize("seed", range(40))
def test_equal_to_sympys_derivative(seed):
    stack = random_stack(seed, longest=5)
    ex = cx.explain(stack)
    weights, x = integer_data(stack, seed)
    values = exact_values(weights, x, g=upstream(stack, seed))
    for symbol in symbols_of(stack):
        gradient = ex.gradient(symbol)
        index = some_index(gradient.shape, seed)
        written = gradient[index]
        derivative = with_kerass_slope(sympy.diff(loss(ex), IndexedBase(symbol)[index]))
        assert not written.has(sympy.Sum, sympy.Derivative)
        assert evaluated(written, values) == evaluated(derivative, values)
        if stack.is_linear:
            assert sympy.expand(written) == sympy.expand(derivative)
        assert written == written.func(*written.args)


@pytest.mark.parametrize("seed", range(25))
def test_index_notation_in_numbers_is_the_closed_form(seed):
    stack = random_stack(seed, longest=5)
    ex = cx.explain(stack)
    weights, x = integer_data(stack, seed)
    values = exact_values(weights, x, g=upstream(stack, seed))
    backward = ex._backward

    def closed(entry):
        name, index = str(entry.base), tuple(map(int, entry.indices))
        if name[0] == "y":
            return ex.level(int(name[1:]))[index]
        if name[0] == "g" and name != "g":
            return backward.at(int(name[1:]), cx.Cell(*index))
        return entry

    for symbol in symbols_of(stack):
        gradient = ex.gradient(symbol)
        for index in np.ndindex(gradient.shape):
            letters = {"x": "ic", "w": "kcf", "b": "f"}[symbol[0]]
            in_numbers = gradient.equation.rhs.subs(dict(zip(letters, index, strict=True))).doit()
            written = sympy.sympify(in_numbers).replace(lambda part: part.is_Indexed, closed)
            assert evaluated(written, values) == evaluated(gradient[index], values)


def test_the_chain_goes_down_level_by_level():
    ex = cx.explain(cx.Stack((9, 1), [cx.Conv1D(2, 2), cx.Conv1D(2, 2), cx.Conv1D(2, 2)]))
    heads = {symbol: [str(equation.lhs) for equation in ex.gradient(symbol).equations] for symbol in ("x", "w2", "b3")}
    assert heads == {
        "x": ["g2[i, c]", "g1[i, c]", "dx[i, c]"],
        "w2": ["g2[i, c]", "dw2[k, c, f]"],
        "b3": ["db3[f]"],
    }


def test_the_gradient_of_the_input_is_a_convolution():
    gradient = cx.explain(cx.Stack((9, 1), [cx.Conv1D(2, 3)])).gradient("x")
    i, c, f, k = sympy.symbols("i c f k")
    w1 = IndexedBase("w1")
    assert gradient.equation.rhs.function == g[i - k, f] * w1[k, c, f]
    assert "true convolution" in gradient.statement
    assert "cross-correlation" in cx.notebook().gradient("w1").statement


def test_the_slope_of_relu():
    ex = cx.explain(cx.Stack((3, 1), [cx.Conv1D(1, 2, activation="relu", use_bias=False)]))
    w1, x = IndexedBase("w1"), IndexedBase("x")
    first = w1[0, 0, 0] * x[0, 0] + w1[1, 0, 0] * x[1, 0]
    assert ex.gradient("x")[0, 0] == g[0, 0] * w1[0, 0, 0] * Heaviside(first, 0)
    dead = cx.explain(
        cx.Stack((2, 1), [cx.Conv1D(1, 2, padding="same", dilation_rate=5, use_bias=False, activation="relu")])
    )
    assert dead.gradient("w1")[0, 0, 0] == 0
    assert dead.gradient("x")[0, 0] == 0


def test_samples_that_are_never_read_have_no_gradient():
    ex = cx.explain(cx.Stack((6, 1), [cx.Conv1D(1, 1, strides=4)]))
    assert [ex.gradient("x")[step, 0] != 0 for step in range(6)] == [True, False, False, False, True, False]


@pytest.mark.parametrize("symbol", ["w3", "b1", "y1", "", "x; import os", 7, None])
def test_an_unknown_symbol_is_refused(symbol):
    with pytest.raises(ValueError, match=r"must be one of x, w1, w2\. Received"):
        cx.notebook().gradient(symbol)


@pytest.mark.parametrize("index", [(20, 0), (0, 1), (-1, 0), (0,), 0, (0, 0, 0), (0.0, 0)])
def test_an_index_out_of_range_is_refused(index):
    with pytest.raises(IndexError, match=r"gradient of x has the shape \(20, 1\)"):
        cx.notebook().gradient("x")[index]


def test_above_the_budget_the_size_is_said():
    gradient = cx.explain(cx.Stack((20, 64), [cx.Conv1D(64, 3)] * 3)).gradient("x")
    with pytest.raises(ValueError, match=r"products; at most 100,000.*index notation"):
        gradient[10, 0]
    assert len(gradient.equations) == 3


@pytest.mark.keras
def test_equal_to_tensorflows_on_integer_data():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import tensorflow as tf

    for seed in (0, 3, 5, 8, 11, 17):
        stack = random_stack(seed)
        weights, x = integer_data(stack, seed)
        g_values = upstream(stack, seed)
        model = keras.Sequential([keras.Input(stack.input_shape)])
        for layer, arrays in zip(stack.layers, weights, strict=True):
            arguments = ("filters", "kernel_size", "strides", "padding", "dilation_rate", "groups", "activation")
            named = {name: getattr(layer, name) for name in arguments}
            model.add(keras.layers.Conv1D(**named, use_bias=layer.use_bias))
            model.layers[-1].set_weights(arrays)
        batch = tf.constant(x[None])
        with tf.GradientTape() as tape:
            tape.watch(batch)
            value = tf.reduce_sum(model(batch)[0] * g_values)
        variables = [variable for layer in model.layers for variable in layer.trainable_variables]
        d_x, *d_variables = tape.gradient(value, [batch, *(v.value for v in variables)])
        ex = cx.explain(stack)
        names = [f"{letter}{n}" for n, arrays in enumerate(weights, 1) for letter in "wb"[: len(arrays)]]
        values = exact_values(weights, x, g=g_values)
        for name, found in [("x", d_x[0]), *zip(names, d_variables, strict=True)]:
            gradient = ex.gradient(name)
            for index in np.ndindex(gradient.shape):
                assert evaluated(gradient[index], values) == int(found.numpy()[index]), (stack, name, index)
