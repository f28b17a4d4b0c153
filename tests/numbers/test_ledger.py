"""The products behind an output, against numpy's own arithmetic on integers and against the notebook's calls."""

import random
import re
from fractions import Fraction

import numpy as np
import pytest
from test_stack import random_stack

import convexplain as cx
from convexplain.numbers import evaluation
from convexplain.numbers.ledger import evaluate


def integer_network(seed):
    """A random small stack with integer weights and input, so that every float32 sum is exact."""
    stack = random_stack(random.Random(seed))
    rng = np.random.default_rng(seed)
    weights = [
        [rng.integers(-4, 5, shape) for shape in layer.weight_shapes(channels)]
        for layer, (_, channels) in zip(stack.layers, stack.shapes, strict=False)
    ]
    return cx.explain(stack, rng.integers(-4, 5, stack.input_shape), weights=weights)


def test_the_small_example_by_hand():
    ledger = cx.example("channel_summation").ledger(0, 0)
    assert [[row.product for row in partial.rows] for partial in ledger.partial_sums] == [[2, 6, -1], [3, -1, -4]]
    assert [partial.total for partial in ledger.partial_sums] == [7, -2]
    assert (ledger.bias, ledger.total, ledger.keras, ledger.error) == (1, 6, 6, 0)


def test_the_notebooks_ledger_holds_keras_numbers_within_the_bound():
    ex = cx.notebook()
    for t in range(12):
        for f in range(8):
            ledger = ex.ledger(t, f)
            assert len(ledger.rows) == 20
            assert ledger.error <= ledger.bound
            assert sum(partial.total for partial in ledger.partial_sums) == ledger.total


def test_samples_of_a_later_layer_are_keras_own_outputs():
    ex = cx.notebook()
    row = ex.ledger(4, 3).rows[7]
    assert row.sample == Fraction(float(ex.network.recorded.outputs[0][row.term.source]))
    assert row.weight == Fraction(float(ex.network.weights[1][0][row.term.weight]))


@pytest.mark.parametrize("seed", range(20))
def test_ledgers_of_integers_equal_the_levels(seed):
    ex = integer_network(seed)
    for level in range(1, ex.stack.depth + 1):
        steps, channels = ex.stack.shapes[level]
        for t in range(steps):
            for f in range(channels):
                ledger = ex.ledger(t, f, level=level)
                assert ledger.output == Fraction(float(ex.levels().values[level][t, f]))
                assert sum(row.product for row in ledger.rows) + (ledger.bias or 0) == ledger.total


@pytest.mark.parametrize("seed", range(10))
def test_the_closed_form_with_the_weights_values_is_the_ledgers_total(seed):
    ex = integer_network(seed)
    symbols = {}
    for number, arrays in enumerate(ex.network.weights, 1):
        for name, array in zip((f"w{number}", f"b{number}"), arrays, strict=False):
            symbols[name] = array
    symbols["x"] = ex.network.x
    steps, channels = ex.stack.shapes[-1]
    for t in range(steps):
        for f in range(channels):
            form = ex[t, f]
            values = {
                entry: int(symbols[str(entry.base)][tuple(int(i) for i in entry.indices)])
                for entry in form.free_symbols
                if hasattr(entry, "indices")
            }
            assert form.xreplace(values) == ex.ledger(t, f).output


def test_relu_is_applied_after_the_bias():
    stack = cx.Stack((2, 1), [cx.Conv1D(2, 1, activation="relu")])
    ex = cx.explain(stack, [[1], [2]], weights=[[[[[1, -3]]], [-2, 1]]])
    assert [ex.ledger(t, f).output for t in (0, 1) for f in (0, 1)] == [0, 0, 0, 0]
    assert [ex.ledger(t, f).total for t in (0, 1) for f in (0, 1)] == [-1, -2, 0, -5]


def test_padded_products_are_listed_as_zero():
    stack = cx.Stack((3, 1), [cx.Conv1D(1, 3, padding="same", use_bias=False)])
    ex = cx.explain(stack, [[5], [6], [7]], weights=[[[[[1]], [[2]], [[3]]]]])
    ledger = ex.ledger(0, 0)
    assert [(row.term.padded, row.product) for row in ledger.rows] == [(True, 0), (False, 10), (False, 18)]
    assert "(padding)" in str(ledger)


def test_the_table_adds_up_or_says_about():
    text = str(cx.example("channel_summation").ledger(0, 0))
    assert re.search(r"channel 0 += +7\n", text)
    assert re.search(r"total += +6\n", text)
    notebook = str(cx.notebook().ledger(0, 3))
    assert notebook.count("\n") > 24
    assert "≈" in notebook or "=" in notebook
    assert all(len(line) <= 100 for line in notebook.splitlines())
    products = notebook.splitlines()[1:-1]
    assert len({len(line) for line in products}) == 1  # the last digits stand below each other


def test_a_ledger_computes_the_levels_up_to_its_own_once(monkeypatch):
    ones = [np.ones((2, 1, 1)), np.zeros(1)]
    ex = cx.explain(cx.Stack((9, 1), [cx.Conv1D(1, 2) for _ in range(4)]), weights=[ones] * 4)
    made = []
    whole = evaluation.evaluate
    monkeypatch.setattr(evaluation, "evaluate", lambda *given: made.append(given[0]) or whole(*given))
    before = [str(ex.ledger(0, 0, level=level)) for level in (1, 1, 2)]
    assert made == list(ex.stack.layers[:2])
    values = ex.levels().values
    assert made == list(ex.stack.layers)
    assert len(values) == ex.stack.depth + 1
    assert [str(ex.ledger(0, 0, level=level)) for level in (1, 1, 2)] == before


def test_without_weights_there_are_no_numbers():
    ex = cx.explain(cx.Stack((20, 1), [cx.Conv1D(4, 5)]))
    with pytest.raises(ValueError, match="numbers need weights"):
        ex.ledger(0, 0)
    with pytest.raises(IndexError, match="Received"):
        cx.notebook().ledger(12, 0)
    with pytest.raises(IndexError, match=r"by \[step, channel\]\. Received: no index$"):
        cx.notebook().ledger()
    with pytest.raises(IndexError, match="layer must be from 1 to 2"):
        cx.notebook().ledger(0, 0, level=3)


def test_values_without_keras_are_correctly_rounded_exact_sums():
    recorded = cx.notebook()
    ours = evaluate(cx.explain(recorded.stack, recorded.network.x, weights=recorded.network.weights).network)
    for own, keras in zip(ours.values, recorded.levels().values, strict=True):
        assert own.dtype == np.float32
        assert np.abs(own - keras).max() < 1e-6
    assert "exact" in ours.source


@pytest.mark.parametrize("size", [1e-9, 1e-39, 3e30])
def test_no_number_of_a_table_but_zero_is_shown_as_zero(size):
    stack = cx.Stack((3, 1), [cx.Conv1D(1, 2, activation="relu")])
    ledger = cx.explain(stack, np.ones((3, 1)), weights=[[np.full((2, 1, 1), -size), np.zeros(1)]]).ledger(0, 0)
    table = str(ledger)
    assert "0.0000000" not in table
    assert f"−{float(ledger.rows[0].product) * -1:.6e}" in table
    assert re.search(r"relu\(total\) += +0\n", table)
    assert all(len(line) <= 100 for line in table.splitlines())
