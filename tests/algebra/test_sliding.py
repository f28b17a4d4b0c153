"""Layers that do the same at every step: polynomials and frequency responses against what impulses give."""

import numpy as np
import pytest
from any_layer import real_numbers
from layer_table import TABLE
from sympy import Indexed, Symbol, lambdify

import convexplain as cx
from convexplain.numbers.evaluation import level_values

z = Symbol("z")
OMEGA = np.array([-2.5, 0.0, 0.3, 1.0, np.pi])


def same_everywhere(layer, shapes):
    """By hand: which linear layers of the table do not do the same at every step, and why."""
    other = ("Flatten", "Reshape", "Permute", "RepeatVector", "UpSampling1D", "GlobalAveragePooling1D")
    if type(layer).__name__ in other or any(len(shape) == 1 for shape in shapes):
        return False
    if type(layer).__name__ == "GetItem":
        return layer.index[0] is ...
    if len({steps for steps, _ in shapes}) > 1:  # the one step of a level is read at every step of the other
        return False
    if type(layer).__name__ == "Conv1DTranspose":
        return layer.strides == 1
    return getattr(layer, "axis", -1) not in (1, -2)


LINEAR = [(layer, shapes) for layer, shapes in TABLE if layer.is_linear]
SLIDING = [row for row in LINEAR if same_everywhere(*row)]
OTHERS = [row for row in LINEAR if not same_everywhere(*row)]


def graph_of(layer, shapes):
    return cx.Graph(shapes, [(layer, tuple(range(len(shapes))))])


SHARED = cx.Conv1D(3, 2, padding="causal")
RESIDUAL = cx.Graph(
    [(60, 2)],
    [
        *[(SHARED, 0), (cx.Conv1D(3, 1), 0), (cx.BatchNormalization(), 1), (cx.Add(), (2, 3))],
        *[(cx.AveragePooling1D(3, strides=1, padding="same"), 4), (cx.Concatenate(), (5, 4)), (cx.Dense(2), 6)],
    ],
)
DECIMATED = cx.Graph(
    [(61, 2)],
    [
        *[(cx.DepthwiseConv1D(3, strides=2, depth_multiplier=2), 0), (cx.Conv1D(4, 2, strides=2, padding="same"), 0)],
        *[(cx.Cropping1D((1, 0)), 2), (cx.Subtract(), (1, 3)), (cx.SeparableConv1D(2, 3, dilation_rate=2), 4)],
        (cx.AveragePooling1D(2), 5),
    ],
)
TWO_INPUTS = cx.Graph(
    [(60, 2), (60, 1)],
    [
        *[(cx.Conv1D(2, 3, padding="same"), 0), (cx.ZeroPadding1D((2, 0)), 1), (cx.Cropping1D((0, 2)), 3)],
        *[(cx.Conv1DTranspose(2, 3, padding="same"), 4), (cx.Average(), (2, 5))],
    ],
)
NETWORKS = [RESIDUAL, DECIMATED, TWO_INPUTS]


def seeded(graph, seed=0):
    rng = np.random.default_rng(seed)
    weights = [
        real_numbers(rng, graph.layer(n), graph.source_shapes(n))[0] if graph.owner(n) == n else None
        for n in range(graph.input_count, graph.depth + 1)
    ]
    return [
        own if own is not None else weights[graph.owner(n) - graph.input_count]
        for n, own in enumerate(weights, graph.input_count)
    ]


def by_impulses(compute, shapes, strides, omega=OMEGA):
    """The response, from what impulses in the middle of the signals add to the output: y[t] = h[p - strides*t]."""
    found = []
    zeros = [np.zeros(shape, np.float32) for shape in shapes]
    rest = compute(zeros).astype(np.float64)
    for place, (steps, channels) in enumerate(shapes):
        for channel in range(channels):
            total = 0
            for at in range(steps // 2, steps // 2 + strides):
                lit = [array.copy() for array in zeros]
                lit[place][at, channel] = 1
                y = compute(lit).astype(np.float64) - rest
                ahead = at - strides * np.arange(len(y))
                total = total + np.exp(1j * np.multiply.outer(omega, ahead)) @ y
            found.append(total)
    return np.stack(found, axis=1)


def check(ex, compute):
    response, operator = ex.frequency_response(OMEGA), ex.polynomial()
    expected = by_impulses(compute, ex.stack.shapes[: ex.stack.input_count], operator.strides)
    assert response.shape == expected.shape == (len(OMEGA), *operator.shape)
    assert np.allclose(response, expected, rtol=0, atol=2e-5 * abs(expected).max())
    numbers = {}
    for level in range(ex.stack.input_count, ex.stack.depth + 1):
        arrays = ex.stack.layer(level).arrays(*ex.stack.source_shapes(level))
        for array, values in zip(arrays, ex.network.arrays(level), strict=True):
            numbers[f"{array.letter}{ex.stack.owner(level)}"] = values.reshape(array.indexed)
    for c, f in np.ndindex(operator.shape):
        told = operator[c, f]
        at = {entry: float(numbers[str(entry.base)][tuple(map(int, entry.indices))]) for entry in told.atoms(Indexed)}
        given = lambdify(z, told.xreplace(at))(np.exp(1j * OMEGA))
        assert np.allclose(given, response[:, c, f], rtol=1e-12, atol=1e-12 * abs(response).max())


@pytest.mark.parametrize(("layer", "shapes"), SLIDING, ids=[f"{layer!r}" for layer, _ in SLIDING])
def test_a_layer_is_what_impulses_say(layer, shapes):
    graph = graph_of(layer, [(40, shape[1]) for shape in shapes])
    weights = seeded(graph)
    check(cx.explain(graph, weights=weights), lambda x: level_values(graph, weights, *x)[-1])


@pytest.mark.parametrize("graph", NETWORKS, ids=["residual", "decimated", "two inputs"])
def test_a_graph_is_what_impulses_say(graph):
    weights = seeded(graph, 1)
    check(cx.explain(graph, weights=weights), lambda x: level_values(graph, weights, *x)[-1])


@pytest.mark.keras
def test_a_graph_is_what_impulses_through_keras_say():
    keras = pytest.importorskip("keras")
    layers = keras.layers
    keras.utils.set_random_seed(3)
    inputs = keras.Input((64, 2))
    x = layers.DepthwiseConv1D(3, padding="same", depth_multiplier=2)(inputs)
    x = layers.BatchNormalization()(x)
    x = layers.concatenate([x, layers.AveragePooling1D(2, strides=1, padding="same")(inputs)])
    x = layers.add([layers.Dense(6)(x), layers.Conv1D(6, 3, padding="causal", dilation_rate=2)(x)])
    model = keras.Model(inputs, layers.SeparableConv1D(2, 3, strides=2)(x))
    for variable in model.variables:
        variable.assign(np.random.default_rng(1).uniform(0.5, 1.5, variable.shape))
    check(cx.explain(model), lambda x: np.asarray(model(x[0][None]))[0])


def test_a_response_is_scipys_for_a_moving_average_of_a_filter():
    from scipy.signal import freqz

    taps, gain = np.array([1.0, -2.0, 0.5], np.float32), 2.0
    layers = [cx.Conv1D(1, 3, use_bias=False), cx.Rescaling(gain), cx.AveragePooling1D(4, strides=1)]
    ex = cx.explain(cx.Stack((20, 1), layers), weights=[[taps.reshape(3, 1, 1)], [], []])
    _, expected = freqz(np.convolve(taps[::-1], np.full(4, gain / 4))[::-1], worN=OMEGA)
    assert np.allclose(ex.frequency_response(OMEGA)[:, 0, 0], expected.conj())


def test_layers_of_any_kind_multiply():
    layers = [cx.SeparableConv1D(2, 3, strides=2), cx.BatchNormalization(), cx.DepthwiseConv1D(2), cx.Dense(2)]
    ex = cx.explain(cx.Stack((20, 2), layers))
    product = ex.polynomial(1)
    for number in (2, 3, 4):
        product = product @ ex.polynomial(number)
    whole = ex.polynomial()
    assert (whole.shape, whole.strides) == (product.shape, product.strides) == ((2, 2), 2)
    assert all((whole[index] - product[index]).expand() == 0 for index in np.ndindex(whole.shape))


@pytest.mark.parametrize(("layer", "shapes"), OTHERS, ids=[f"{layer!r} on {shapes}" for layer, shapes in OTHERS])
def test_a_linear_layer_that_does_not_do_the_same_is_named_with_what_else_can_be_asked(layer, shapes):
    ex = cx.explain(graph_of(layer, shapes))
    for ask in (ex.polynomial, lambda: ex.frequency_response(0)):
        with pytest.raises(ValueError, match=r"Received: layer \d.*: (it does not|there is no).*collapse\(\) has"):
            ask()
    with pytest.raises(ValueError, match=r"matrix\(\d\) has its coefficients"):
        ex.polynomial(len(shapes))


def test_what_is_in_the_way_is_named():
    pooled = cx.explain(cx.Stack((20, 1), [cx.Conv1D(2, 3), cx.MaxPooling1D(2), cx.Flatten(), cx.Dense(1)]))
    ends = r"linearity ends at layer 2, MaxPooling1D\(2\): it is not linear. explain\(source, until=1\).*active_form"
    for ask in (pooled.polynomial, lambda: pooled.frequency_response(0)):
        with pytest.raises(ValueError, match=ends):
            ask()
    assert pooled.polynomial(1).shape == (1, 2)
    with pytest.raises(ValueError, match=r"MaxPooling1D\(2\): it is not linear. Use equation\(2\)"):
        pooled.polynomial(2)
    uneven = cx.Graph(
        [(9, 1)], [(cx.Conv1D(1, 3, strides=3), 0), (cx.Conv1D(1, 7), 0), (cx.Add(), (1, 2)), (cx.Dense(1), 3)]
    )
    with pytest.raises(ValueError, match="branches that meet there move by 1 and 3 input steps"):
        cx.explain(uneven).polynomial()
    deep = cx.explain(cx.Stack((90, 8), [cx.Conv1D(8, 3, padding="same")] * 7))
    with pytest.raises(ValueError, match="products; at most 100,000"):
        deep.polynomial()
    with pytest.raises(ValueError, match="without weights"):
        deep.frequency_response(0)
