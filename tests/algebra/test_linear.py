"""Networks that add up: expansions, paths, affine maps and matrices of every linear layer, and of graphs of them."""

import numpy as np
import pytest
import sympy
from any_layer import real_numbers
from layer_table import TABLE

import convexplain as cx
from convexplain.numbers.evaluation import evaluate

pytestmark = pytest.mark.long

LINEAR = [(layer, shapes) for layer, shapes in TABLE if layer.is_linear]
IDS = [f"{layer!r} on {', '.join(map(str, shapes))}" for layer, shapes in LINEAR]


def of_one(layer, shapes):
    return cx.explain(cx.Graph(shapes, [(layer, tuple(range(len(shapes))))]))


SHARED = cx.Conv1D(2, 2, padding="causal")
RESIDUAL = cx.Graph(
    [(4, 2)],
    [
        *[(SHARED, 0), (SHARED, 1), (cx.BatchNormalization(), 2), (cx.Add(), (0, 3)), (cx.AveragePooling1D(2), 4)],
        *[(cx.Concatenate(), (5, 5)), (cx.Flatten(), 6), (cx.Dense(2), 7)],
    ],
)
TWO_INPUTS = cx.Graph(
    [(4, 2), (4, 2)],
    [
        *[(cx.DepthwiseConv1D(2), 0), (cx.Conv1DTranspose(2, 2), 1), (cx.Cropping1D((1, 1)), 3)],
        *[(cx.Subtract(), (2, 4)), (cx.SeparableConv1D(2, 2), 5), (cx.GlobalAveragePooling1D(), 6)],
    ],
)
UNEQUAL = cx.Graph(  # unlike channels, and then unlike steps, end unlike numbers of paths
    [(4, 2)],
    [
        *[(cx.Conv1D(2, 2, padding="causal"), 0), (cx.Concatenate(), (0, 1)), (cx.Conv1D(4, 2, groups=2), 2)],
        *[(cx.Permute((2, 1)), 3), (cx.SeparableConv1D(2, 2), 4), (cx.Reshape((2, 3)), 5), (cx.Dense(1), 6)],
    ],
)
GRAPHS = {"residual": RESIDUAL, "two inputs": TWO_INPUTS, "unequal": UNEQUAL}
NETWORKS = [*(of_one(layer, shapes) for layer, shapes in LINEAR), *map(cx.explain, GRAPHS.values())]
NAMES = [*IDS, *GRAPHS]


def some_cells(ex):
    shape = ex.stack.shapes[ex.stack.outputs[0]]
    return {tuple(0 for _ in shape), tuple(size // 2 for size in shape), tuple(size - 1 for size in shape)}


@pytest.mark.parametrize("ex", NETWORKS, ids=NAMES)
def test_the_expansion_is_sympys(ex):
    for cell in some_cells(ex):
        form = sympy.sympify(ex.level(ex.stack.outputs[0]).at(*cell))
        assert ex.expanded(*cell) == sympy.expand(form)


@pytest.mark.parametrize("ex", NETWORKS, ids=NAMES)
def test_paths_are_counted_as_they_are_listed_and_lead_from_inputs_to_the_cell(ex):
    stack = ex.stack
    for cell in some_cells(ex):
        paths = list(ex.paths(*cell))
        assert len(paths) == ex.path_count(*cell)
        for path in paths:
            assert path.cells[-1] == cell
            assert len(path.weights) == len(path.cells) - 1
            if hasattr(path, "levels"):
                assert path.levels[0] < stack.input_count
                assert path.levels[-1] == stack.outputs[0]
                steps = zip(path.levels, path.levels[1:], strict=False)
                assert all(below in stack.sources(level) for below, level in steps)


@pytest.mark.parametrize("ex", NETWORKS, ids=NAMES)
def test_the_collapsed_map_is_the_network(ex):
    one = ex.collapse()
    for cell in some_cells(ex):
        assert sympy.expand(one[cell] - ex.expanded(*cell)) == 0


def test_coefficients_are_sums_over_paths():
    one = cx.explain(RESIDUAL).collapse()
    w1, w8, gamma, var = map(sympy.IndexedBase, ("w1", "w8", "gamma3", "var3"))
    epsilon = sympy.Rational(*float(np.float32(1e-3)).as_integer_ratio())
    found = one.coefficient((1,), (3, 0)) / (w8[4, 1] + w8[6, 1])
    through = sum(w1[1, 0, c] * w1[1, c, 0] for c in range(2)) * gamma[0] / sympy.sqrt(var[0] + epsilon) / 2
    other = sum(w1[1, 0, c] * w1[1, c, 1] for c in range(2)) * gamma[1] / sympy.sqrt(var[1] + epsilon) / 2
    wanted = (sympy.Rational(1, 2) + through) + other * (w8[5, 1] + w8[7, 1]) / (w8[4, 1] + w8[6, 1])
    assert sympy.simplify(found - wanted) == 0
    assert one.coefficient((0,), (3, 0)).has(w8[4, 0])
    assert not one.constant((0,)).has(sympy.IndexedBase("x"))


@pytest.mark.parametrize(("layer", "shapes"), LINEAR, ids=IDS)
def test_a_layers_matrix_in_symbols_and_in_numbers(layer, shapes):
    weights, inputs = real_numbers(np.random.default_rng(5), layer, shapes)
    ex = cx.explain(cx.Graph(shapes, [(layer, tuple(range(len(shapes))))]), weights=[weights])
    level = len(shapes)
    symbolic = ex.matrix(level)
    names = [sympy.IndexedBase(ex.stack.symbol(source)) for source in range(level)]
    samples = [base[index] for base, shape in zip(names, shapes, strict=True) for index in np.ndindex(shape)]
    shape = ex.stack.shapes[level]
    for cell in some_cells(ex):
        row = int(np.ravel_multi_index(cell, shape))
        added = sum((entry * sample for entry, sample in zip(symbolic.row(row), samples, strict=True)), sympy.S.Zero)
        rest = sympy.expand(ex.level(level).at(*cell) - added)
        assert not rest.has(*names)
    numeric = ex.matrix(level, numeric=True)
    assert numeric.shape == symbolic.shape
    flat = np.concatenate([array.astype(np.float64).ravel() for array in inputs])
    zeros = [np.zeros_like(array) for array in inputs]
    apart = [evaluate(layer, weights, one).settled()[0].fractions().astype(np.float64) for one in (inputs, zeros)]
    assert np.allclose(numeric @ flat, (apart[0] - apart[1]).ravel(), rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("network", [RESIDUAL, TWO_INPUTS], ids=["residual", "two inputs"])
def test_the_numbers_of_a_whole_map(network):
    rng = np.random.default_rng(2)
    owners = [level for level in range(network.input_count, network.depth + 1) if network.owner(level) == level]
    arrays = [network.layer(level).arrays(*network.source_shapes(level)) for level in owners]
    weights = [[rng.uniform(0.5, 1, array.shape) for array in own] for own in arrays]
    inputs = [rng.integers(-4, 5, shape) for shape in network.shapes[: network.input_count]]
    ex = cx.explain(network, inputs if len(inputs) > 1 else inputs[0], weights=weights)
    one = ex.collapse()
    flat = np.concatenate([array.ravel() for array in inputs])
    output = ex.levels().values[network.outputs[0]]
    assert np.allclose(one.matrix @ flat + one.constants.ravel(), output.ravel(), rtol=1e-5, atol=1e-5)
    with pytest.raises(ValueError, match="numbers need weights"):
        str(cx.explain(network).collapse().matrix)


@pytest.mark.parametrize(
    ("layers", "where"),
    [
        ([cx.Dense(2), cx.ReLU(), cx.Dense(1)], r"layer 2, ReLU\(\)"),
        ([cx.MaxPooling1D(2), cx.Dense(2)], r"layer 1, MaxPooling1D\(2\)"),
        ([cx.Dense(2, activation="tanh"), cx.Dense(1)], "layer 1, activation='tanh'"),
        ([cx.LayerNormalization()], "layer 1, LayerNormalization"),
    ],
)
def test_it_is_said_where_linearity_ends(layers, where):
    ex = cx.explain(cx.Stack((4, 2), layers))
    for ask in (lambda: ex.expanded(0, 0), ex.collapse):
        with pytest.raises(ValueError, match=f"needs a linear network.*Received: linearity ends at {where}"):
            ask()


def test_paths_go_through_a_function_of_one_cell_and_end_at_a_choice():
    ex = cx.explain(cx.Stack((4, 2), [cx.Conv1D(3, 2, activation="gelu"), cx.ReLU(), cx.Dense(1)]))
    assert ex.path_count(0, 0) == len(list(ex.paths(0, 0))) == 3 * 2 * 2
    chosen = cx.explain(cx.Stack((4, 2), [cx.MaxPooling1D(2), cx.Dense(2)]))
    for ask in (chosen.paths, chosen.path_count):
        with pytest.raises(ValueError, match=r"a path needs layers that add up.*layer 1, MaxPooling1D\(2\)"):
            ask(0, 0)


def test_a_maximum_over_a_single_step_has_one_way():
    for pool in (cx.MaxPooling1D(1), cx.GlobalMaxPooling1D(keepdims=True)):
        assert cx.explain(cx.Stack((1, 3), [cx.Conv1D(2, 1), pool])).path_count(0, 1) == 3


def test_paths_through_many_wide_layers_are_counted_step_by_step():
    layers = [cx.Conv1D(64, 3, padding="same", dilation_rate=1 + number % 4) for number in range(25)]
    normalised = [one for layer in layers for one in (layer, cx.BatchNormalization())]
    alone, beside = (cx.explain(cx.Stack((5000, 64), each)) for each in (layers, normalised))
    assert alone.path_count(2500, 7) == beside.path_count(2500, 7) == (3 * 64) ** 25
    assert alone.path_count(4, 7) == beside.path_count(4, 7) < (3 * 64) ** 25


def test_above_the_budget_the_count_and_the_ways_out_are_said():
    ex = cx.explain(cx.Stack((7, 16), [cx.Conv1D(16, 3), cx.BatchNormalization(), cx.Conv1D(16, 3), cx.Conv1D(16, 3)]))
    with pytest.raises(ValueError, match=r"monomials; at most 100,000.*equation\(4\).*path_count\(0, 0\)"):
        ex.expanded(0, 0)
    assert ex.path_count(0, 0) == (16 * 3) ** 3
    with pytest.raises(ValueError, match="at most 100,000 are written out. With known weights, matrix"):
        ex.collapse()[0, 0]
