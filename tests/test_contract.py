"""What a user types: the names, the arguments and the laws that do not change."""

import random

import numpy as np
import pytest
import sympy
from test_stack import random_stack

import convexplain as cx

x, g, y1, y2, w1, w2, b1 = (sympy.IndexedBase(name) for name in ["x", "g", "y1", "y2", "w1", "w2", "b1"])
t, f, k, c = sympy.symbols("t f k c")


@pytest.fixture(scope="module")
def ex():
    return cx.notebook()


def test_the_equation(ex):
    expected = sympy.Eq(y2[t, f], sympy.Sum(w2[k, c, f] * y1[t + k, c], (c, 0, 3), (k, 0, 4)))
    assert ex.equation(2) == expected


def test_an_output_is_nested_and_not_expanded(ex):
    form = ex[0, 3]
    assert len(form.args) == 20
    assert all(term.is_Mul and any(factor.is_Add for factor in term.args) for term in form.args)
    assert {str(symbol.base) for symbol in form.free_symbols if hasattr(symbol, "base")} == {"x", "w1", "w2"}


def test_a_level_is_addressed_like_an_output(ex):
    assert ex.level(1)[2, 1] == sympy.Add(*[w1[i, 0, 1] * x[2 + i, 0] for i in range(5)])
    assert ex.level(0)[7, 0] == x[7, 0]
    assert ex.level(2)[0, 3] == ex[0, 3]


def test_depth_writes_only_the_last_layers_out(ex):
    shallow = ex.level(2).at(0, 3, depth=1)
    assert shallow == sympy.Add(*[w2[i, j, 3] * y1[i, j] for i in range(5) for j in range(4)])
    assert ex.level(2).at(0, 3, depth=0) == y2[0, 3]
    assert ex.level(2).at(0, 3, depth=2) == ex[0, 3]
    with pytest.raises(ValueError, match="depth must be an integer from 0 to 2"):
        ex.level(2).at(0, 3, depth=3)


def test_the_expansion_is_sympys(ex):
    expanded = ex.expanded(0, 3)
    reference = sympy.expand(ex[0, 3])
    assert expanded == reference
    assert expanded.args == reference.args
    assert hash(expanded) == hash(reference)
    assert len(expanded.args) == 100 == ex.path_count(0, 3)


def test_the_equation_done_is_the_closed_form_in_the_level_below(ex):
    for level in (1, 2):
        for cell in ((0, 0), (5, 3)):
            done = ex.equation(level).rhs.subs({t: cell[0], f: cell[1]}).doit()
            assert done == ex.level(level).at(*cell, depth=1)


@pytest.mark.parametrize("seed", range(25))
def test_law_3_for_random_stacks(seed):
    stack = random_stack(random.Random(seed))
    ex = cx.explain(stack)
    for level in range(1, stack.depth + 1):
        steps, channels = stack.shapes[level]
        for cell in {(0, 0), (steps - 1, channels - 1), (steps // 2, 0)}:
            done = ex.equation(level).subs({t: cell[0], f: cell[1]}).doit()
            below = ex.level(level).at(*cell, depth=1)
            assert done.rhs == below if isinstance(done, sympy.Eq) else done == sympy.S(below == done)


@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
def test_law_3_for_kernels_of_more_than_a_hundred_taps(padding):
    ex = cx.explain(cx.Stack((150, 1), [cx.Conv1D(1, 120, padding=padding)]))
    for step in (0, ex.stack.shapes[1][0] - 1):
        assert ex.equation(1).rhs.subs({t: step, f: 0}).doit() == ex.level(1)[step, 0]


def test_above_the_size_budget_the_error_names_the_ways_out():
    ex = cx.explain(cx.Stack((500, 64), [cx.Conv1D(64, 3, padding="same") for _ in range(4)]))
    with pytest.raises(ValueError, match=r"[\d,]+ products.*depth.*equation.*ledger"):
        ex[250, 0]
    assert ex.level(4).at(250, 0, depth=1) is not None
    with pytest.raises(ValueError, match="path_count"):
        ex.expanded(250, 0)


def test_without_weights_there_are_formulas(ex):
    stack = cx.Stack((20, 1), [cx.Conv1D(4, 5, use_bias=False), cx.Conv1D(8, 5, use_bias=False)])
    assert cx.explain(stack)[0, 3] == ex[0, 3]


def test_relu_is_a_maximum():
    ex = cx.explain(cx.Stack((3, 1), [cx.Conv1D(1, 2, activation="relu")]))
    assert ex[0, 0] == sympy.Max(0, b1[0] + w1[0, 0, 0] * x[0, 0] + w1[1, 0, 0] * x[1, 0])


def test_input_with_or_without_a_batch_axis():
    stack = cx.Stack((4, 1), [cx.Conv1D(1, 2, use_bias=False)])
    weights = [[np.ones((2, 1, 1))]]
    rows = np.arange(4.0)[:, None]
    with_batch, without = cx.explain(stack, rows[None], weights=weights), cx.explain(stack, rows, weights=weights)
    assert with_batch.ledger(1, 0).output == without.ledger(1, 0).output == 3
    with pytest.raises(ValueError, match=r"the input x must have the shape \(4, 1\). Received: \(4,\)"):
        cx.explain(stack, np.arange(4.0), weights=weights)


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([], "one list per layer, 1 in all. Received: 0"),
        ([[np.ones((2, 1, 1))]], r"layer 1 must have 2 weight arrays: kernel \(2, 1, 1\) and bias \(1,\). Received: 1"),
        ([[np.ones((1, 2, 1)), np.ones(1)]], r"the kernel of layer 1 must have the shape \(2, 1, 1\)"),
        ([[np.full((2, 1, 1), np.nan), np.ones(1)]], "the kernel of layer 1 must be finite"),
        ([[np.full((2, 1, 1), 1e300), np.ones(1)]], "the kernel of layer 1 must be finite in float32"),
        ([[np.full((2, 1, 1), "1"), np.ones(1)]], "the kernel of layer 1 must hold real numbers"),
        ([[np.ones((2, 1, 1)), np.ones(1) * 1j]], "the bias of layer 1 must hold real numbers"),
    ],
    ids=str,
)
def test_weights_that_do_not_fit_are_refused(weights, message):
    stack = cx.Stack((4, 1), [cx.Conv1D(1, 2)])
    cx.explain(stack, weights=[[np.ones((2, 1, 1)), np.ones(1)]])
    with pytest.raises(ValueError, match=message):
        cx.explain(stack, weights=weights)


@pytest.mark.parametrize("source", [None, 3, "nowhere.keras", object, cx.Conv1D(4, 5)], ids=str)
def test_what_cannot_be_explained_raises(source):
    with pytest.raises((ValueError, FileNotFoundError)):
        cx.explain(source)


def test_cells_and_levels_out_of_range_are_index_errors(ex):
    for ask in (
        lambda: ex[12, 0],
        lambda: ex[0, 8],
        lambda: ex[-1, 0],
        lambda: ex[0],
        lambda: ex.level(3),
        lambda: ex.level(-1),
        lambda: ex.level(1)[16, 0],
        lambda: ex.equation(0),
        lambda: ex.equation(3),
        lambda: ex.expanded(12, 0),
        lambda: ex.ledger(0, 8),
        lambda: ex.path_count(12, 0),
    ):
        with pytest.raises(IndexError, match="Received"):
            ask()


def test_the_repr_is_short_and_says_the_shapes(ex):
    assert len(repr(ex)) < 300
    assert "(20, 1)" in repr(ex)
    assert "(12, 8)" in repr(ex)
    assert "<table" in ex._repr_html_()
    hostile = cx.explain(cx.Stack((5, 1), [cx.Conv1D(1, 2, name="<script>alert(1)</script>" + "a" * 100_000)]))
    assert "<script>" not in hostile._repr_html_()
    assert len(hostile._repr_html_()) < 5_000


def cut_off_weights(layer, weights, x):
    return cx.oracles.exact(layer, [np.trunc(array) for array in weights], x)


def cut_off_input(layer, weights, x):
    return cx.oracles.exact(layer, weights, np.trunc(x))


def rounded_output(layer, weights, x):
    return np.rint(cx.oracles.exact(layer, weights, x))


def drop_small_weights(layer, weights, x):
    return cx.oracles.exact(layer, [np.where(np.abs(array) < 1e-3, 0, array) for array in weights], x)


def drop_small_outputs(layer, weights, x):
    y = cx.oracles.exact(layer, weights, x)
    return np.where(np.abs(y) < 0.5, 0, y)


@pytest.mark.parametrize("weights", [None, 0, 1e-40])
@pytest.mark.parametrize(
    "oracle", [cut_off_weights, cut_off_input, rounded_output, drop_small_weights, drop_small_outputs]
)
def test_an_oracle_that_loses_fractions_is_refuted_whatever_the_weights(oracle, weights):
    stack = cx.Stack((12, 4), [cx.Conv1D(6, 3, padding="same", activation="relu", groups=2)])
    arrays = None if weights is None else [[np.full(shape, weights) for shape in stack.layers[0].weight_shapes(4)]]
    assert cx.explain(stack, weights=arrays).verify(oracle=cx.oracles.exact).ok
    assert not cx.explain(stack, weights=arrays).verify(oracle=oracle).ok


def test_numbers_that_overflow_are_named_and_formulas_stay():
    ex = cx.explain(cx.Stack((12, 2), [cx.Conv1D(2, 3, name="big")]), weights=[[np.full((3, 2, 2), 3e38), np.zeros(2)]])
    assert ex[0, 0] is not None
    assert ex.verify(oracle=cx.oracles.exact).ok
    with pytest.raises(ValueError, match=r"layer 1 \('big'\): the outputs must be finite in float32"):
        ex.ledger(0, 0)


@pytest.mark.parametrize("cell", [0, (), (0,), (0, 1, 2), 5, "03", {}], ids=str)
def test_the_cell_of_a_picture_is_two_numbers(ex, cell):
    with pytest.raises(IndexError, match="Received"):
        ex.story("channel_summation", cell=cell)


def test_the_cell_of_a_picture_may_be_an_array(ex):
    assert ex.story("channel_summation", cell=np.array([0, 3])).script.cell == (0, 3)


def test_outputs_are_not_walked(ex):
    for walked in (ex, ex.level(1)):
        with pytest.raises(TypeError):
            list(walked)


def test_layers_share_their_data_format():
    first, last = (cx.Conv1D(2, 2, data_format=name) for name in ("channels_first", "channels_last"))
    cx.Stack((12, 2), [first, first])
    with pytest.raises(ValueError, match="the same data_format"):
        cx.Stack((12, 2), [first, last])
    with pytest.raises(ValueError, match="data_format must be one of"):
        cx.Conv1D(2, 2, data_format="")


def test_sizes_beyond_reason_are_refused_at_once():
    with pytest.raises(ValueError, match="at most 16777216 numbers"):
        cx.Stack((10**12, 10**6), [cx.Conv1D(10**6, 10**6)])


@pytest.mark.parametrize("x", [[[1], [2, 3]], "text", {}], ids=str)
def test_an_input_that_is_no_array_is_refused(x):
    with pytest.raises(ValueError, match="the input x must"):
        cx.explain(cx.Stack((4, 1), [cx.Conv1D(1, 2)]), x)
