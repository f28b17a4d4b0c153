"""Gradients: equal to sympy's derivatives and, on integer data, to TensorFlow's."""

import os

import mpmath
import numpy as np
import pytest
import sympy
from layer_table import IDS, TABLE
from stacks import evaluated, exact_values, in_mpmath, integer_data, random_stack
from sympy import Heaviside, Indexed, IndexedBase

import convexplain as cx

pytestmark = pytest.mark.long

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


def is_the_slope_of_the_closed_form(ex, symbol, index, seed=0):
    """Whether the gradient is the slope of the closed forms of a few outputs: their change over a tiny step, in 60
    digits, of which a step of 1e-20 to both sides leaves 40."""
    level = ex.level(ex.stack.outputs[0])
    drawn = np.random.default_rng(seed).permutation(int(np.prod(level.shape)))[:3]
    cells = [tuple(map(int, np.unravel_index(one, level.shape))) for one in drawn]
    total = sympy.Add(*(g[cell] * level[cell] for cell in cells))
    gradient, entry = sympy.sympify(ex.gradient(symbol)[index]), IndexedBase(symbol)[index]
    entries = sorted(total.atoms(Indexed) | gradient.atoms(Indexed) | {entry}, key=str)
    order = np.random.default_rng(seed).permutation(len(entries)).tolist()
    with mpmath.workdps(60):
        numbers = {}
        for one, place in zip(entries, order, strict=True):
            least = 0 if str(one).startswith("var") else len(entries) // 2
            numbers[one] = mpmath.mpf(7 * (place - least) + 2) / 97
            if one.base == g and tuple(one.indices) not in cells:
                numbers[one] = mpmath.mpf(0)
        step = mpmath.mpf(10) ** -20
        sides = [in_mpmath(total, {**numbers, entry: numbers[entry] + side * step}) for side in (1, -1)]
        return abs(in_mpmath(gradient, numbers) - (sides[0] - sides[1]) / (2 * step)) < 1e-30


def of_one(layer, shapes):
    return cx.explain(cx.Graph(shapes, [(layer, tuple(range(len(shapes))))]))


@pytest.mark.parametrize(("layer", "shapes"), TABLE, ids=IDS)
def test_every_layer_has_the_gradient_of_its_closed_form(layer, shapes):
    ex = of_one(layer, shapes)
    arrays = layer.arrays(*shapes)
    for symbol in [ex.stack.symbol(0), *(f"{array.letter}{len(shapes)}" for array in arrays)]:
        assert is_the_slope_of_the_closed_form(ex, symbol, some_index(ex.gradient(symbol).shape, 3)), symbol


@pytest.mark.parametrize("activations", [["tanh"], [None], ["relu", None]])
def test_a_chain_without_a_time_axis_has_the_gradient_of_its_closed_form(activations):
    ex = cx.explain(cx.Stack((4,), [cx.Dense(3, activation=name) for name in activations]))
    for symbol in ("x", "w1", "b1"):
        assert is_the_slope_of_the_closed_form(ex, symbol, some_index(ex.gradient(symbol).shape, 2)), symbol


NETWORK = cx.Graph(
    [(6, 2), (6, 2)],
    [
        *[(SHARED := cx.Conv1D(2, 3, padding="same", activation="tanh"), 0), (SHARED, 1), (cx.BatchNormalization(), 2)],
        *[(cx.Add(), (3, 4)), (cx.MaxPooling1D(2), 5), (cx.Multiply(), (6, 6)), (cx.Concatenate(), (6, 7))],
        *[(cx.GlobalAveragePooling1D(), 8), (cx.Dense(2, activation="sigmoid"), 9)],
    ],
)


@pytest.mark.parametrize("symbol", ["x1", "x2", "w2", "b2", "gamma4", "var4", "w10", "b10"])
def test_a_graph_with_a_shared_layer_has_the_gradient_of_its_closed_form(symbol):
    ex = cx.explain(NETWORK)
    assert is_the_slope_of_the_closed_form(ex, symbol, some_index(ex.gradient(symbol).shape, 1))


def test_several_outputs_have_an_upstream_gradient_each():
    ex = cx.explain(cx.Graph([(3, 1)], [(cx.Conv1D(1, 1, use_bias=False), 0), (cx.Rescaling(2), 1)], outputs=(1, 2)))
    w1, g1, g2 = map(IndexedBase, ("w1", "g1", "g2"))
    assert ex.gradient("x")[1, 0].expand() == (w1[0, 0, 0] * (g1[1, 0] + 2 * g2[1, 0])).expand()


CORNERS = [
    *[(cx.Activation("relu"), 0, 0), (cx.Activation("relu6"), 0, 0), (cx.Activation("relu6"), 6, 0)],
    *[(cx.Activation("leaky_relu"), 0, 0.2), (cx.Activation("elu"), 0, 1), (cx.Activation("selu"), 0, 1.050701)],
    *[(cx.Activation("hard_sigmoid"), -3, 0), (cx.Activation("hard_sigmoid"), 3, 0), (cx.Activation("softsign"), 0, 1)],
    *[(cx.Activation("hard_silu"), -3, 0), (cx.Activation("hard_silu"), 3, 1)],
    *[(cx.ReLU(), 0, 0), (cx.ReLU(max_value=6), 0, 0), (cx.ReLU(max_value=6), 6, 0), (cx.ReLU(max_value=2), 2, 1)],
    *[(cx.ReLU(threshold=1), 1, 0), (cx.ReLU(negative_slope=0.25), 0, 0.25)],
    *[(cx.ReLU(6, 0.25), 0, 0), (cx.ReLU(6, 0.25), 6, 0), (cx.ReLU(3, 0.5, 1), 1, 0), (cx.ReLU(3, 0.5, 1), 3, 1)],
    *[(cx.ReLU(3, 0.5), 0, 0), (cx.ReLU(negative_slope=0.5, threshold=1), 1, 0)],
    *[(cx.LeakyReLU(0.5), 0, 0.5), (cx.ELU(), 0, 1), (cx.ELU(0.5), 0, 0.5), (cx.PReLU(), 0, 0)],
]
"""A layer, a number at which two of its pieces meet, and the slope that TensorFlow has there."""


@pytest.mark.parametrize(("layer", "at", "slope"), CORNERS, ids=[f"{layer!r} at {at}" for layer, at, _ in CORNERS])
def test_the_slope_at_a_corner_is_kerass(layer, at, slope):
    numbers = {IndexedBase("x")[0]: mpmath.mpf(at), g[0]: mpmath.mpf(1), IndexedBase("alpha1")[0]: mpmath.mpf(0.25)}
    assert float(in_mpmath(of_one(layer, [(1,)]).gradient("x")[0], numbers)) == pytest.approx(slope, abs=1e-6)
    if all(name not in repr(layer) for name in ("elu'", "ELU(", "softsign", "hard_silu")) or "LeakyReLU" in repr(layer):
        ex = cx.explain(cx.Graph([(1,)], [(layer, 0)]), [[at]], weights=[[[0.25]] if "PReLU" in repr(layer) else []])
        assert float(dict(ex.active_form(0).coefficients).get((0, (0,)), 0)) == pytest.approx(slope, abs=1e-6)


@pytest.mark.keras
def test_the_slopes_at_corners_are_tensorflows():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import tensorflow as tf

    for layer, at, slope in CORNERS:
        arguments = {"max_value": None, "negative_slope": None, "threshold": None, "alpha": None, "activation": None}
        given = {name: getattr(layer, name, None) for name in arguments}
        if not isinstance(layer, cx.Activation):
            del given["activation"]
        made = getattr(keras.layers, type(layer).__name__)(**{k: v for k, v in given.items() if v is not None})
        x = tf.constant([[float(at)]])
        made(x)
        made.set_weights([np.full(array.shape, 0.25) for array in made.get_weights()])
        with tf.GradientTape() as tape:
            tape.watch(x)
            y = made(x)
        assert float(tape.gradient(y, x)[0, 0]) == pytest.approx(slope, abs=1e-6), layer


@pytest.mark.keras
def test_what_the_largest_of_equal_samples_get_in_tensorflow():
    """The first one all of it, but of all steps each its share: said of GlobalMaxPooling1D, which we give to the
    first."""
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import tensorflow as tf

    x = np.array([4, 4, 1, 4, 4, 4], np.float32).reshape(6, 1)
    shared = {"GlobalMaxPooling1D": [0.2, 0.2, 0, 0.2, 0.2, 0.2]}
    for layer, made in (
        (cx.MaxPooling1D(3, strides=1), keras.layers.MaxPooling1D(3, strides=1)),
        (cx.MaxPooling1D(3, strides=2, padding="same"), keras.layers.MaxPooling1D(3, strides=2, padding="same")),
        (cx.GlobalMaxPooling1D(), keras.layers.GlobalMaxPooling1D()),
    ):
        batch = tf.constant(x[None])
        with tf.GradientTape() as tape:
            tape.watch(batch)
            y = tf.reduce_sum(made(batch))
        found = tape.gradient(y, batch).numpy().ravel()
        ex = of_one(layer, [(6, 1)])
        numbers = {g[index]: 1 for index in np.ndindex(ex.stack.shapes[1])}
        numbers |= {IndexedBase("x")[index]: int(x[index]) for index in np.ndindex(6, 1)}
        ours = [int(ex.gradient("x")[step, 0].subs(numbers)) for step in range(6)]
        assert found == pytest.approx(shared.get(type(layer).__name__, ours))
        assert sum(ours) == pytest.approx(sum(found))
    for name in ("Maximum", "Minimum"):
        levels = [tf.constant([[4.0]]) for _ in range(3)]
        with tf.GradientTape() as tape:
            tape.watch(levels)
            y = getattr(keras.layers, name)()(levels)
        ex = of_one(getattr(cx, name)(), [(1,)] * 3)
        equal = {IndexedBase(f"x{n}")[0]: 4 for n in (1, 2, 3)} | {g[0]: 1}
        ours = [int(ex.gradient(f"x{n}")[0].subs(equal)) for n in (1, 2, 3)]
        assert [float(one[0, 0]) for one in tape.gradient(y, levels)] == ours == [1, 0, 0]


def test_of_equal_samples_the_first_one_is_the_largest():
    gradient = of_one(cx.MaxPooling1D(3), [(3, 1)]).gradient("x")
    equal = {IndexedBase("x")[step, 0]: 4 for step in range(3)} | {g[0, 0]: 1}
    assert [gradient[step, 0].subs(equal) for step in range(3)] == [1, 0, 0]


def test_where_a_window_is_compared_there_is_no_index_notation():
    ex = cx.explain(cx.Stack((4, 1), [cx.MaxPooling1D(2), cx.Flatten(), cx.Dense(2)]))
    with pytest.raises(ValueError, match=r"Received: layer 1, MaxPooling1D\(2\): it compares.*at one index"):
        str(ex.gradient("x").equations)
    assert "a sum over the cells in which x takes part" in repr(ex.gradient("x"))
    assert ex.gradient("x")._repr_latex_() is None  # a notebook shows the words
    assert "dL/dw3[c, f] = g[f]*y2[c]" in repr(ex.gradient("w3"))


def test_a_long_chain_of_equations_is_cut_where_it_is_shown():
    said = repr(cx.explain(cx.Stack((40, 1), [cx.Conv1D(1, 1)] * 30)).gradient("x"))
    assert "... (20 more equations)" in said
    assert len(said.splitlines()) == 13


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


@pytest.mark.parametrize(("shape", "axis"), [((20, 64), -1), ((20, 256), -1), ((12, 4), [1, 2])])
def test_what_a_normalisation_reads_counts_each_time(shape, axis):
    """Its variance holds the mean once for each of its numbers, and stands in the derivative of each."""
    gradient = cx.explain(cx.Stack(shape, [cx.LayerNormalization(axis=axis)])).gradient("x")
    with pytest.raises(ValueError, match=r"products; at most 100,000.*index notation"):
        gradient[6, 2]


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


@pytest.mark.keras
def test_equal_to_tensorflows_for_other_layers_and_where_candidates_are_equal():
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras
    import tensorflow as tf

    layers = keras.layers
    x = np.array([[0, 1, -2], [3, 3, -1], [0, -4, 3], [1, 3, 0], [2, 2, 2]], dtype=np.float32) / 4
    for made in (
        [layers.ReLU(), layers.MaxPooling1D(2)],
        [layers.LeakyReLU(negative_slope=0.5), layers.ELU(), layers.AveragePooling1D(3, strides=1, padding="same")],
        [layers.DepthwiseConv1D(2, depth_multiplier=2, activation="gelu"), layers.BatchNormalization()],
        [layers.LayerNormalization(), layers.Conv1DTranspose(2, 3, strides=2, activation="silu")],
        [layers.SeparableConv1D(2, 2, activation="softplus"), layers.Flatten(), layers.Dense(3, activation="softmax")],
    ):
        model = keras.Sequential([keras.Input(x.shape), *made])
        chance = np.random.default_rng(3)
        for variable in model.variables:
            variable.assign(chance.uniform(0.25, 1, variable.shape))
        ex = cx.explain(model, x)
        g_values = chance.integers(-3, 4, ex.stack.shapes[-1]).astype(np.float32)
        batch = tf.constant(x[None])
        with tf.GradientTape() as tape:
            tape.watch(batch)
            value = tf.reduce_sum(model(batch)[0] * g_values)
        d_x, *d_variables = tape.gradient(value, [batch, *(v.value for v in model.trainable_variables)])
        expected = {"x": d_x[0].numpy()}
        given = {"x": x, "g": g_values}
        for level, (layer, own) in enumerate(zip(ex.layers, model.layers, strict=True), 1):
            for array, variable in zip(layer.arrays(*ex.stack.source_shapes(level)), own.weights, strict=True):
                given[f"{array.letter}{level}"] = variable.numpy().reshape(array.indexed)
                for found, trained in zip(d_variables, model.trainable_variables, strict=True):
                    if trained is variable:
                        expected[f"{array.letter}{level}"] = found.numpy().reshape(array.indexed)
        numbers = {
            IndexedBase(name)[index]: mpmath.mpf(float(values[index]))
            for name, values in given.items()
            for index in np.ndindex(values.shape)
        }
        for symbol, values in expected.items():
            gradient = ex.gradient(symbol)
            assert gradient.shape == values.shape
            for index in np.ndindex(values.shape):
                found = float(in_mpmath(gradient[index], numbers))
                assert found == pytest.approx(float(values[index]), rel=1e-4, abs=1e-5), (made, symbol, index)
