"""Short grids: exact rounding, and the shortest grid that still tells the same layer."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_layers import any_float32, drawn, layers, weights_of

import convexplain as cx
from convexplain.numbers import exact, grid
from convexplain.numbers.grid import Decimals


def moved(layer, own, x, grids):
    """By how much an output moves, and the largest one: by Fractions of exact values, not by the search's own sums."""
    outputs = exact.exact_values(layer, own, exact.scaled(x)).fractions()
    return np.abs(grid.evaluate([layer], grids)[1].fractions() - outputs).max(), np.abs(outputs).max()


@pytest.mark.parametrize(
    ("value", "exponent", "integer"),
    [(0.125, -2, 13), (-0.125, -2, -13), (2.5, 0, 3), (0.1, -1, 1), (1.25e8, 7, 13), (1e-45, -46, 14), (0, -3, 0)],
)
def test_rounding_is_that_of_school(value, exponent, integer):
    assert grid.rounded(np.array([value], dtype=np.float32), exponent).integers.tolist() == [integer]


@given(seed=st.integers(0, 10**6), exponent=st.integers(-60, 30))
@drawn(200)
def test_no_number_moves_by_more_than_half_a_step(seed, exponent):
    array = any_float32(np.random.default_rng(seed), (7, 2))
    on = grid.rounded(array, exponent)
    assert on.apart(array) <= Fraction(10) ** exponent / 2
    apart = [
        abs(own - Fraction(float(value))) for own, value in zip(on.fractions().ravel(), array.ravel(), strict=True)
    ]
    assert on.apart(array) == max(apart)
    finer = Decimals(on.on(exponent - 3), exponent - 3)
    assert (finer.fractions() == on.fractions()).all()
    assert (finer.fractions() == Decimals(finer.integers, finer.exponent).fractions()).all()
    assert finer.coarsest() >= exponent or not on.integers.any()


@pytest.mark.parametrize(
    ("values", "exponent"),
    [
        ([3, -12, 9999], 0),
        ([0.1, 0.25], -2),
        ([200, 400], 2),
        ([12.34], -2),
        ([1.5e-7, 2e-8], -8),
        ([1.2e30], 29),
        ([0, 0], 0),
        ([0.125], None),
        ([12345], None),
        ([1.25e-7], None),
        ([1, 1e-6], None),
    ],
    ids=str,
)
def test_which_numbers_are_short_as_they_are(values, exponent):
    assert grid.own_grid(np.array(values, dtype=np.float32)) == exponent


def test_two_decimals_are_the_notebooks_grid_and_one_is_another_layer():
    ex = cx.notebook()
    layer, own, below = ex.stack.layers[1], ex.network.weights[1], ex.levels().values[1]
    (on,), (kernel,) = grid.shortest([layer], [own], ex.levels().values[1:])
    assert (on.exponent, kernel.exponent) == (-2, -2)
    for decimals, least, most in ((2, 0.0105, 0.0106), (1, 0.118, 0.1184)):
        grids = ((grid.rounded(below, -decimals),), (grid.rounded(own[0], -decimals),))
        found, largest = moved(layer, own, below, grids)
        assert least < found <= most
        assert 0.57 < largest < 0.58


@given(setting=layers(), seed=st.integers(0, 10**6), sizes=st.tuples(st.integers(-12, 12), st.integers(-12, 12)))
@drawn(150)
def test_the_grid_is_the_shortest_that_moves_no_output_by_more_than_a_twentieth(setting, seed, sizes):
    layer, shape = setting
    rng = np.random.default_rng(seed)
    x = (rng.standard_normal(shape) * 10.0 ** sizes[0]).astype(np.float32)
    own = weights_of(layer, shape[1], lambda size: rng.standard_normal(size) * 10.0 ** sizes[1])
    levels = (x, exact.exact_values(layer, own, exact.scaled(x)).to_float32())
    grids = grid.shortest([layer], [own], levels)

    def share(grids):
        """Of the sums before the activation, in Fractions."""
        linear = replace_activation(layer)
        found, _ = moved(linear, own, x, grids)
        largest = moved(layer, own, x, grids)[1] or moved(linear, own, x, grids)[1]
        size = np.abs(exact.exact_values(linear, list(map(np.abs, own)), exact.scaled(np.abs(x))).fractions()).max()
        return found / max(largest, size / 2**20)

    assert share(grids) <= Fraction(1, 20) + Fraction(1, 10**8)
    flat, arrays = [on for ons in grids for on in ons], [x, *own]
    for which, (on, array) in enumerate(zip(flat, arrays, strict=True)):
        # An array that has one digit left, at its largest number, cannot have less.
        if grid.own_grid(array) is None and on.exponent < grid.exponent_of(Fraction(float(np.abs(array).max()))):
            coarser = [*flat[:which], grid.rounded(array, on.exponent + 1), *flat[which + 1 :]]
            assert share(((coarser[0],), tuple(coarser[1:]))) > Fraction(1, 20) - Fraction(1, 10**8)


def replace_activation(layer):
    """The layer without its activation."""
    linear = cx.Conv1D(1, 1)
    for key, value in vars(layer).items():
        object.__setattr__(linear, key, "linear" if key == "activation" else value)
    return linear


def test_what_cancels_keeps_digits_that_count_and_no_more():
    layer = cx.Conv1D(1, 2, use_bias=False)
    own = [np.array([[[1 / 3]], [[-1 / 3]]], dtype=np.float32)]
    x = np.full((6, 1), 0.7654321, dtype=np.float32)
    flat = grid.shortest([layer], [own], (x, np.zeros((5, 1), dtype=np.float32)))
    assert not grid.evaluate([layer], flat)[1].integers.any()
    assert all(on.exponent >= -1 for ons in flat for on in ons)
    nearly = np.array([[1 / 3], [2 / 3]], dtype=np.float32)
    twice = [np.array([[[2]], [[-1]]], dtype=np.float32)]
    (on,), _ = grid.shortest([layer], [twice], (nearly, np.zeros((1, 1), dtype=np.float32)))
    assert -8 <= on.exponent <= -6
    slow = np.array([[1013.21], [1013.25], [1013.18]], dtype=np.float32)
    steps = exact.exact_values(layer, own, exact.scaled(slow)).to_float32()
    (on,), _ = grid.shortest([layer], [own], (slow, steps))
    assert on.exponent == -2
