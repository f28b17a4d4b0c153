"""Closed forms: equal to what sympy builds from the same sums, and the budget that keeps them readable."""

from itertools import product

import numpy as np
import pytest
import sympy
from layer_table import IDS, TABLE
from stacks import evaluated, exact_values, integer_data, random_cell, random_stack
from sympy import Add, IndexedBase, Max, Mul

import convexplain as cx
from convexplain.algebra.closed_form import ClosedForms
from convexplain.algebra.printing import text
from convexplain.algebra.written import added
from convexplain.layers import statement as st
from convexplain.numbers.evaluation import level_values


def built_by_sympy(stack, level, cell):
    """The closed form, from sympy's own Add, Mul and Max."""
    if level == 0:
        return IndexedBase("x")[cell]
    layer = stack.layers[level - 1]
    terms = [
        Mul(IndexedBase(f"w{level}")[term.weight], built_by_sympy(stack, level - 1, term.source))
        for term in stack.terms(level, cell)
        if not term.padded
    ]
    if layer.use_bias:
        terms.append(IndexedBase(f"b{level}")[cell.channel])
    return Max(0, Add(*terms)) if layer.activation == "relu" else Add(*terms)


@pytest.mark.parametrize("seed", range(60))
def test_equal_to_what_sympy_builds(seed):
    stack, cell = random_stack(seed), random_cell(random_stack(seed), seed)
    written = cx.explain(stack)[cell]
    expected = built_by_sympy(stack, stack.depth, cell)
    assert written == expected
    assert hash(written) == hash(expected)
    assert written.args == expected.args
    assert sympy.srepr(written) == sympy.srepr(expected)


@pytest.mark.parametrize("seed", range(40))
def test_entries_are_put_into_a_long_sum_as_sympy_adds_them(seed):
    rng, x = np.random.default_rng(seed), IndexedBase("x")
    entries = [x[step, channel] for step in range(8) for channel in range(5)]

    def multiple(entry):
        return sympy.Rational(int(rng.integers(-3, 4)), int(rng.choice([1, 1, 2, 256]))) * entry

    others = [sympy.Integer(3), x[0, 0] * IndexedBase("w")[1], x[1, 1] ** 2, sympy.sqrt(x[1, 1])]
    long = Add(*map(multiple, entries), *others[: seed % 5])
    few = [multiple([*entries, x[9, 9]][rng.integers(41)]) for _ in range(1 + seed % 2)]
    for parts in ([*few, long], [long, *few], [-few[0], long, few[0]], [long, long]):
        written, expected = added(parts), Add(*parts)
        assert written == expected
        assert hash(written) == hash(expected)
        assert written.args == expected.args


def test_more_than_nine_layers_are_ordered_as_sympy_orders_names():
    taps = [2 if number in (2, 10, 11) else 1 for number in range(1, 13)]
    stack = cx.Stack((6, 1), [cx.Conv1D(1, size, use_bias=number % 3 == 0) for number, size in enumerate(taps)])
    cell = cx.Cell(1, 0)
    ex = cx.explain(stack)
    assert ex[cell] == built_by_sympy(stack, 12, cell)
    expected = sympy.expand(ex[cell])
    assert ex.expanded(*cell) == expected
    assert ex.expanded(*cell).args == expected.args


@pytest.mark.parametrize("seed", range(20))
def test_evaluated_with_integers_it_is_the_level(seed):
    stack = random_stack(seed)
    weights, x = integer_data(stack, seed)
    values, levels = exact_values(weights, x), [x, *level_values(stack, weights, x)]
    ex = cx.explain(stack)
    for number, level in enumerate(levels):
        cell = tuple(size - 1 for size in level.shape)
        assert evaluated(ex.level(number)[cell], values) == int(level[cell])


def test_entries_are_plain_and_shared():
    entry = cx.explain(cx.Stack((4, 1), [cx.Conv1D(1, 2, use_bias=False)])).level(0)[3, 0]
    expected = IndexedBase("x")[3, 0]
    assert entry == expected
    assert hash(entry) == hash(expected)
    assert entry.assumptions0 == expected.assumptions0
    assert entry.is_commutative
    assert entry.is_zero is None
    assert entry.func(*entry.args) == entry


def test_depth_keeps_what_lies_below_as_symbols():
    level = cx.notebook().level(2)
    assert level.at(0, 3, depth=0) == IndexedBase("y2")[0, 3]
    assert {str(entry.base) for entry in level.at(0, 3, depth=1).atoms(sympy.Indexed)} == {"w2", "y1"}
    assert level.at(0, 3, depth=2) == level[0, 3] == cx.notebook()[0, 3]


@pytest.mark.parametrize("depth", [-1, 3, 1.0, True, "1"])
def test_a_depth_that_is_none_is_refused(depth):
    with pytest.raises(ValueError, match="depth must be an integer from 0 to 2"):
        cx.notebook().level(2).at(0, 0, depth=depth)


@pytest.mark.parametrize("cell", [(12, 0), (0, 8), (-1, 0), (0.0, 0), (0,), 0, (0, 0, 0), (True, 0)])
def test_a_cell_outside_the_level_is_refused(cell):
    with pytest.raises(IndexError, match="Received"):
        cx.notebook()[cell]


@pytest.mark.parametrize("number", [3, -1, 1.5])
def test_a_level_that_does_not_exist_is_refused(number):
    with pytest.raises(IndexError, match="Received"):
        cx.notebook().level(number)


def test_above_the_budget_the_size_and_the_ways_out_are_said():
    ex = cx.explain(cx.Stack((20, 64), [cx.Conv1D(64, 3)] * 3))
    with pytest.raises(ValueError, match=r"7,114,944 products.*depth.*equation.*ledger"):
        ex[0, 0]
    assert len(ex.level(3).at(0, 0, depth=1).args) == 64 * 3 + 1
    assert len(ex.level(3).at(0, 0, depth=2).args) == 64 * 3 + 1


def test_relu_of_nothing_is_zero():
    stack = cx.Stack((2, 1), [cx.Conv1D(1, 2, padding="same", dilation_rate=5, use_bias=False, activation="relu")])
    assert cx.explain(stack)[0, 0] == 0


def test_very_deep_stacks_are_refused_without_being_walked():
    ex = cx.explain(cx.Stack((2, 1), [cx.Conv1D(1, 1) for _ in range(1500)]))
    assert ex.path_count(0, 0) == 1
    assert ex.collapse().is_exact
    for ask in (lambda: ex[0, 0], lambda: ex.expanded(0, 0), lambda: ex.gradient("x")[0, 0]):
        with pytest.raises(ValueError, match="1500.*at most 60"):
            ask()
    assert len(ex.level(1500).at(0, 0, depth=1).args) == 2
    wide = cx.explain(cx.Stack((100, 1), [cx.Conv1D(64, 2) for _ in range(40)]))
    with pytest.raises(ValueError, match=r"about 10\*\*\d\d products"):
        wide[0, 0]


@pytest.mark.parametrize(("layer", "shapes"), TABLE, ids=IDS)
def test_a_cell_in_index_notation_is_its_closed_form(layer, shapes):
    level = cx.explain(cx.Graph(shapes, [(layer, tuple(range(len(shapes))))])).level(len(shapes))
    for cell in (tuple(0 for _ in level.shape), tuple(size - 1 for size in level.shape)):
        equation = level.equation(*cell)
        assert equation.lhs == IndexedBase(f"y{level.number}")[cell]
        assert sympy.sympify(equation.rhs).doit() == level.at(*cell, depth=1)


def test_a_cell_of_very_many_is_written_at_once_in_index_notation():
    level = cx.explain(cx.Stack((5000, 512), [cx.LayerNormalization()])).level(1)
    form = level.equation(4999, 7)
    assert text(form).startswith("y1[4999, 7] = gamma1[7]*(x[4999, 7] - sum(j=0..511) x[4999, j]/512)/sqrt(")
    with pytest.raises(IndexError, match="must be from 1 to 1"):
        cx.explain(cx.Stack((3, 1), [cx.Identity()])).level(0).equation(0, 0)


@pytest.mark.parametrize(
    ("layer", "shapes"), [pytest.param(*row, id=name) for row, name in zip(TABLE, IDS, strict=True)]
)
def test_the_size_that_is_forecast_is_that_of_the_largest_cell(layer, shapes):
    graph, level = cx.Graph(shapes, [(layer, tuple(range(len(shapes))))]), len(shapes)
    forms = ClosedForms(graph)
    cells = list(product(*map(range, graph.shapes[level])))
    largest = max(sum(st.cells_read(forms.grounded(level, cell)).values()) for cell in cells)
    # Of a wide kernel on a short signal some taps are absent at every step.
    assert largest <= forms.forecast(level, 1) <= 1.5 * largest


def test_whether_it_is_written_is_forecast_of_branches_and_of_depth():
    grown = cx.Graph(
        [(4, 1)], [call for n in range(40) for call in ((cx.ReLU(), 2 * n), (cx.Add(), (2 * n, 2 * n + 1)))]
    )
    level = cx.explain(grown).level(80)
    assert [level.is_written(depth) for depth in (1, 20, 40, None)] == [True, True, False, False]
    for depth in (20, 40):
        if level.is_written(depth):
            level.at(0, 0, depth=depth)
        else:
            with pytest.raises(ValueError, match="at most 100,000"):
                level.at(0, 0, depth=depth)
