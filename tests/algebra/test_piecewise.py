"""The affine form at one input of any network of sums and choices: the value of the closed form, the slopes of the
gradient."""

from fractions import Fraction

import mpmath
import numpy as np
import pytest
from any_layer import real_numbers
from layer_table import TABLE
from stacks import in_mpmath
from sympy import IndexedBase

import convexplain as cx

SMOOTH = ("tanh", "sigmoid", "softplus", "softsign", "silu", "gelu", "elu", "selu", "exponential", "soft", "hard_silu")
PIECEWISE = [
    (layer, shapes)
    for layer, shapes in TABLE
    if not any(name in repr(layer) for name in (*SMOOTH, "ELU(", "Softmax", "LayerNorm", "Multiply"))
    or repr(layer).startswith(("ReLU", "LeakyReLU", "PReLU"))
]
IDS = [f"{layer!r} on {', '.join(map(str, shapes))}" for layer, shapes in PIECEWISE]


def numbers_for(given, one):
    """Every entry's number, and an upstream gradient that is 1 at one cell."""
    numbers = {
        IndexedBase(name)[index]: mpmath.mpf(float(values[index]))
        for name, values in given.items()
        for index in np.ndindex(values.shape)
    }
    return numbers | {IndexedBase("g")[one]: mpmath.mpf(1)}


def check(ex, given, cell):
    form = ex.active_form(*cell)
    level = ex.stack.outputs[0]
    with mpmath.workdps(40):
        numbers = numbers_for(given, cell)
        numbers |= {
            IndexedBase("g")[index]: numbers.get(IndexedBase("g")[index], 0)
            for index in np.ndindex(ex.level(level).shape)
        }
        value = in_mpmath(ex.level(level).at(*cell), numbers)
        assert abs(value - mpmath.mpf(form.value.numerator) / form.value.denominator) < 1e-20
        held = in_mpmath(form.expression, numbers)
        assert abs(value - held) < 1e-20
        for source in range(ex.stack.input_count):
            gradient = ex.gradient(ex.stack.symbol(source))
            for index in np.ndindex(ex.stack.shapes[source]):
                slope = form.coefficients.get((source, index), Fraction(0))
                expected = in_mpmath(gradient[index], numbers)
                assert abs(expected - mpmath.mpf(slope.numerator) / slope.denominator) < 1e-20


@pytest.mark.parametrize(("layer", "shapes"), PIECEWISE, ids=IDS)
def test_every_layer_of_sums_and_choices(layer, shapes):
    weights, inputs = real_numbers(np.random.default_rng(11), layer, shapes)
    level = len(shapes)
    ex = cx.explain(
        cx.Graph(shapes, [(layer, tuple(range(level)))]), inputs if level > 1 else inputs[0], weights=[weights]
    )
    given = {ex.stack.symbol(source): array for source, array in enumerate(inputs)}
    for array, values in zip(layer.arrays(*shapes), weights, strict=True):
        given[f"{array.letter}{level}"] = values.reshape(array.indexed)
    check(ex, given, tuple(size - 1 for size in ex.stack.shapes[level]))


def test_a_whole_network():
    calls = [
        *[(cx.Conv1D(2, 3, padding="same"), 0), (cx.BatchNormalization(), 1), (cx.ReLU(), 2), (cx.Add(), (0, 3))],
        *[(cx.MaxPooling1D(2), 4), (cx.Flatten(), 5), (cx.Dense(2, activation="leaky_relu"), 6)],
    ]
    network = cx.Graph([(6, 2)], calls)
    rng = np.random.default_rng(4)
    arrays = [network.layer(level).arrays(*network.source_shapes(level)) for level in range(1, 8)]
    weights = [[rng.uniform(0.25, 1, array.shape).astype(np.float32) for array in own] for own in arrays]
    x = rng.normal(size=(6, 2)).astype(np.float32)
    ex = cx.explain(network, x, weights=weights)
    given = {"x": x}
    for level, (own, drawn) in enumerate(zip(arrays, weights, strict=True), 1):
        given |= {f"{array.letter}{level}": values for array, values in zip(own, drawn, strict=True)}
    check(ex, given, (1,))
    assert "choices behind it; the nearest is" in repr(ex.active_form(1))


def test_what_is_neither_a_sum_nor_a_choice_is_refused():
    for layers, what in (
        ([cx.Dense(2, activation="tanh")], r"layer 1, Dense\(2, activation='tanh'\)"),
        ([cx.Dense(2), cx.LayerNormalization()], "layer 2, LayerNormalization"),
    ):
        shape = cx.Stack((2,), layers).shapes
        weights = [[np.ones(array.shape) for array in layer.arrays(shape[n])] for n, layer in enumerate(layers)]
        with pytest.raises(ValueError, match=f"needs layers of sums, maxima, minima and steps. Received: {what}"):
            cx.explain(cx.Stack((2,), layers), weights=weights).active_form(0)
    with pytest.raises(ValueError, match="needs weights"):
        cx.explain(cx.Stack((2,), [cx.Dense(1)])).active_form(0)
