"""Folded normalisations: the same formulas, numbers within the bound, and a clear word where nothing can be folded."""

import numpy as np
import pytest
import sympy
from sympy import IndexedBase, Rational, sqrt

import convexplain as cx
from convexplain.algebra.printing import text


def with_weights(network, seed=0):
    """An explanation with random weights, variances positive."""
    rng = np.random.default_rng(seed)
    weights = []
    for level in range(network.input_count, network.depth + 1):
        if network.owner(level) == level:
            arrays = network.layer(level).arrays(*network.source_shapes(level))
            drawn = [rng.normal(size=array.shape) for array in arrays]
            weights.append([abs(v) if a.letter == "var" else v for a, v in zip(arrays, drawn, strict=True)])
    return cx.explain(network, weights=weights)


def outputs_of_both(ex, folded):
    """The output of the network and that of the folded one, at the same inputs."""
    values = ex.levels().values
    inputs = list(values[: ex.stack.input_count])
    other = cx.explain(folded.network, inputs if len(inputs) > 1 else inputs[0])
    return values[ex.stack.outputs[0]], other.levels().values[other.stack.outputs[0]]


BEFORE = [
    (cx.Conv1D(4, 3), (9, 2)),
    (cx.Conv1D(4, 2, strides=2, padding="same", groups=2, use_bias=False), (9, 4)),
    (cx.Conv1D(2, 3, padding="causal", dilation_rate=2), (6, 1)),
    (cx.DepthwiseConv1D(3), (9, 2)),
    (cx.DepthwiseConv1D(3, depth_multiplier=3, use_bias=False), (9, 2)),
    (cx.DepthwiseConv1D(2, depth_multiplier=2, padding="same"), (5, 1)),
    (cx.SeparableConv1D(3, 2, depth_multiplier=2), (6, 2)),
    (cx.Conv1DTranspose(2, 3, strides=2), (5, 2)),
    (cx.Dense(3), (4, 2)),
    (cx.Dense(3, use_bias=False), (5,)),
]
NORMS = [
    [cx.BatchNormalization()],
    [cx.BatchNormalization(scale=False, epsilon=1e-5)],
    [cx.Dropout(0.5), cx.BatchNormalization(center=False), cx.Rescaling(3, -1), cx.BatchNormalization()],
]


@pytest.mark.parametrize("norms", NORMS, ids=lambda norms: "+".join(type(norm).__name__ for norm in norms))
@pytest.mark.parametrize(("layer", "shape"), BEFORE, ids=repr)
def test_a_layer_with_what_is_folded_into_it_is_the_same_formula_and_within_the_bound(layer, shape, norms):
    ex = with_weights(cx.Stack(shape, [layer, *norms, cx.ReLU()]))
    folded = ex.fold()
    (check,) = folded.checks
    assert folded.ok
    assert check.same
    assert check.cells > 1
    assert 0 < check.error <= check.bound < 1e-3
    assert [type(left) for left in folded.network.stack.layers] == [type(layer), cx.ReLU]
    before, after = outputs_of_both(ex, folded)
    assert np.abs(before - after).max() < 1e-4


def test_the_folded_formulas():
    ex = cx.explain(cx.Stack((9, 2), [cx.Conv1D(4, 3), cx.BatchNormalization(epsilon=0.25)]))
    (fold,) = ex.fold()
    w, b, gamma, beta, mean, var = (IndexedBase(name) for name in ("w1", "b1", "gamma2", "beta2", "mean2", "var2"))
    root = sqrt(var[3] + Rational(1, 4))
    assert fold.kernel[2, 1, 3] == w[2, 1, 3] * gamma[3] / root
    assert (fold.bias[3] - (gamma[3] * (b[3] - mean[3]) / root + beta[3])).expand() == 0
    assert fold.kernel.symbol == "W1"
    k, c, f = sympy.symbols("k c f")
    written = fold.kernel.equation
    assert written.lhs == IndexedBase("W1")[k, c, f]
    assert written.rhs.subs({k: 2, c: 1, f: 3}) == fold.kernel[2, 1, 3]
    with pytest.raises(IndexError, match=r"the folded kernel has the shape \(3, 2, 4\)"):
        fold.kernel[3, 0, 0]
    with pytest.raises(ValueError, match="numbers need weights"):
        str(fold.kernel.values)
    assert ex.fold().ok
    assert ex.fold().checks[0].error is None


def test_the_folded_numbers_are_rounded_once():
    ex = with_weights(cx.Stack((9, 2), [cx.Conv1D(4, 3), cx.BatchNormalization()]), seed=3)
    (fold,) = ex.fold()
    (kernel, bias), (gamma, beta, mean, var) = ([a.astype(np.float64) for a in own] for own in ex.network.weights)
    factor = gamma / np.sqrt(var + np.float64(np.float32(1e-3)))
    assert np.allclose(fold.kernel.values, kernel * factor, rtol=1e-14)
    assert np.allclose(fold.bias.values, (bias - mean) * factor + beta, rtol=1e-12, atol=1e-14)
    assert np.array_equal(fold.kernel.weights, fold.kernel.values.astype(np.float32))
    assert fold.kernel.weights.dtype == np.float32


def test_a_wrong_folded_weight_is_refuted():
    ex = with_weights(cx.Stack((9, 2), [cx.Conv1D(4, 3), cx.BatchNormalization()]))
    folded = ex.fold()
    kernel = folded.network.weights[0][0]
    kernel[1, 1, 2] *= np.float32(1 + 2**-16)
    (check,) = folded.checks
    assert check.same
    assert not check.within
    assert not folded.ok
    assert "OUTSIDE" in str(check)


def test_in_a_residual_network_only_what_is_read_alone_is_folded():
    calls = [
        *[(cx.Conv1D(2, 3, padding="same"), 0), (cx.BatchNormalization(), 1), (cx.Add(), (0, 2))],
        *[(cx.Conv1D(2, 3), 3), (cx.BatchNormalization(), 4), (cx.Add(), (4, 5))],
    ]
    ex = with_weights(cx.Graph([(9, 2)], calls))
    folded = ex.fold()
    assert folded.ok
    assert [fold.norms for fold in folded] == [(2,)]
    assert folded.kept == {0: 0, 1: 1, 3: 2, 4: 3, 5: 4, 6: 5}
    stack = folded.network.stack
    assert [stack.sources(level) for level in range(1, 6)] == [(0,), (0, 1), (2,), (3,), (3, 4)]
    before, after = outputs_of_both(ex, folded)
    assert np.abs(before - after).max() < 1e-5


def test_a_shared_encoder_is_folded_once_and_stays_shared():
    conv, norm = cx.Conv1D(2, 3), cx.BatchNormalization()
    calls = [(conv, 0), (conv, 1), (norm, 2), (norm, 3), (cx.Subtract(), (4, 5))]
    ex = with_weights(cx.Graph([(9, 2), (9, 2)], calls))
    folded = ex.fold()
    assert len(folded) == 1
    assert folded.ok
    stack = folded.network.stack
    assert [stack.owner(level) for level in range(2, 5)] == [2, 2, 4]
    before, after = outputs_of_both(ex, folded)
    assert np.abs(before - after).max() < 1e-5
    apart = cx.Graph([(9, 2), (9, 2)], [(conv, 0), (conv, 1), (norm, 2), (cx.Subtract(), (3, 4))])
    with pytest.raises(
        ValueError, match="Received: layer 4, which reads layer 2, a layer that is called without it too"
    ):
        cx.explain(apart).fold()


@pytest.mark.parametrize(
    ("layers", "why"),
    [
        ([cx.Conv1D(2, 2)], "a network without such a layer"),
        ([cx.BatchNormalization()], "layer 1, which reads an input"),
        ([cx.Conv1D(2, 2, activation="relu"), cx.BatchNormalization()], "layer 2, .* after its activation, relu"),
        ([cx.Conv1D(2, 2), cx.ReLU(), cx.BatchNormalization()], "layer 3, which reads layer 2, of which no array"),
        ([cx.Conv1D(2, 2), cx.BatchNormalization(axis=1)], "layer 2, which reads layer 1, of which no array"),
        ([cx.MaxPooling1D(2), cx.BatchNormalization(name="bn")], r"layer 2 \('bn'\), which reads layer 1"),
        ([cx.AveragePooling1D(2), cx.BatchNormalization()], "layer 2, which reads layer 1, of which no array"),
        ([cx.Conv1D(2, 2), cx.Dropout(0.5)], "a network without such a layer"),
    ],
)
def test_where_nothing_can_be_folded_it_is_said_why(layers, why):
    with pytest.raises(ValueError, match=f"a fold needs a layer .* without activation between. Received: {why}"):
        cx.explain(cx.Stack((9, 2), layers)).fold()


def test_it_tells_its_formulas_and_what_was_checked():
    said = repr(with_weights(cx.Stack((9, 2), [cx.Conv1D(4, 3), cx.BatchNormalization()])).fold())
    assert said.startswith("<1 layer folded, 1 left>\nW1[k, c, f] = ")
    assert "y2: the same formula at 3 cells; float32 weights: off by" in said
    equation = cx.explain(cx.Stack((9, 2), [cx.Dense(4), cx.BatchNormalization()])).fold()[0].equations[0]
    assert text(equation).startswith("W1[c, f] = ")
