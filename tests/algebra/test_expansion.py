"""The sum over paths: equal to sympy's expansion in every respect, and refused where there is none."""

import pytest
import sympy
from stacks import random_cell, random_stack

import convexplain as cx


@pytest.mark.parametrize("seed", range(50))
def test_equal_to_sympys_expansion(seed):
    stack = random_stack(seed, linear=True)
    ex, cell = cx.explain(stack), random_cell(stack, seed)
    written, expected = ex.expanded(*cell), sympy.expand(ex[cell])
    assert written == expected
    assert written.args == expected.args
    assert hash(written) == hash(expected)
    assert sympy.srepr(written) == sympy.srepr(expected)


@pytest.mark.parametrize("seed", range(20))
def test_paths_and_their_count_are_its_monomials(seed):
    stack = random_stack(seed, linear=True)
    ex, cell = cx.explain(stack), random_cell(stack, seed)
    paths = list(ex.paths(*cell))
    x = sympy.IndexedBase("x")
    monomials = [
        sympy.Mul(x[path.cells[0]], *(sympy.IndexedBase(f"w{l}")[w] for l, w in enumerate(path.weights, 1)))
        for path in paths
    ]
    with_samples = [term for term in sympy.Add.make_args(ex.expanded(*cell)) if term.has(x)]
    assert ex.path_count(*cell) == len(paths) == len(with_samples)
    assert set(monomials) == set(with_samples)
    assert all(path.cells[-1] == cell for path in paths)


def test_a_hundred_paths_make_each_output_of_the_notebooks_model():
    ex = cx.notebook()
    assert {ex.path_count(t, f) for t in range(12) for f in range(8)} == {100}
    assert len(ex.expanded(0, 3).args) == 100


def test_nothing_but_padding_is_zero():
    ex = cx.explain(cx.Stack((2, 1), [cx.Conv1D(1, 2, padding="same", dilation_rate=5, use_bias=False)]))
    assert ex.expanded(0, 0) == 0
    assert ex.path_count(0, 0) == 0


def test_above_the_budget_the_count_and_the_ways_out_are_said():
    ex = cx.explain(cx.Stack((20, 64), [cx.Conv1D(64, 3)] * 3))
    with pytest.raises(ValueError, match=r"7,114,945 monomials.*equation.*ledger.*path_count"):
        ex.expanded(0, 0)
    assert ex.path_count(0, 0) == (64 * 3) ** 3


def test_a_relu_ends_linearity():
    ex = cx.explain(
        cx.Stack((9, 1), [cx.Conv1D(2, 3), cx.Conv1D(2, 3, activation="relu", name="second"), cx.Conv1D(2, 3)])
    )
    with pytest.raises(ValueError, match=r"linearity ends at layer 2 \('second'\), activation='relu'"):
        ex.expanded(0, 0)
    with pytest.raises(IndexError, match="Received"):
        ex.expanded(9, 0)
