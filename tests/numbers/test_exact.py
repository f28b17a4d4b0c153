"""Exact sums against fractions over the terms, rounding against its definition, bounds against their formula."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_layers import any_float32, drawn, layers, weights_of

from convexplain.layers import Cell, Conv1D
from convexplain.numbers import evaluation, exact
from convexplain.stack import Stack

seeds = st.integers(0, 2**32 - 1)


def fractions(numbers):
    return [exact.as_fraction(integer, numbers.exponent) for integer in numbers.integers.ravel().tolist()]


def rows_of(layer, shape, weights, x):
    """For every output cell its products, weights and samples as fractions, from the layer's own terms."""
    steps, filters = layer.output_shape(shape)
    for step in range(steps):
        for filter in range(filters):
            terms = layer.terms(shape, Cell(step, filter))
            factors = [
                (Fraction(float(weights[0][term.weight])), Fraction(0 if term.padded else float(x[term.source])))
                for term in terms
            ]
            yield factors, Fraction(float(weights[1][filter])) if layer.use_bias else Fraction(0)


@given(layers(), seeds)
@drawn(60)
def test_sums_of_floats_of_every_size_are_exact(setting, seed):
    layer, shape = setting
    rng = np.random.default_rng(seed)
    x = any_float32(rng, shape)
    weights = weights_of(layer, shape[1], lambda size: any_float32(rng, size))
    expected = [
        sum((w * s for w, s in factors), Fraction(0)) + bias for factors, bias in rows_of(layer, shape, weights, x)
    ]
    if not layer.is_linear:
        expected = [max(value, Fraction(0)) for value in expected]
    assert fractions(exact.exact_values(layer, weights, exact.scaled(x))) == expected


@given(layers(), seeds)
@drawn(40)
def test_bounds_are_the_formula_and_never_below_it(setting, seed):
    layer, shape = setting
    rng = np.random.default_rng(seed)
    x = any_float32(rng, shape)
    weights = weights_of(layer, shape[1], lambda size: any_float32(rng, size))
    bounds = fractions(exact.error_bounds(layer, weights, exact.scaled(x)))
    for bound, (factors, bias) in zip(bounds, rows_of(layer, shape, weights, x), strict=True):
        n = len(factors) + 1
        gamma = Fraction(n, 2**24 - n)
        magnitude = sum((abs(w * s) for w, s in factors), abs(bias))
        both = sum((abs(w) + abs(s) for w, s in factors), Fraction(0))
        formula = gamma * magnitude + (1 + gamma) * Fraction(1, 2**126) * (both + n)
        assert exact.error_bound(len(factors), magnitude, both) == formula
        assert 0 <= bound - formula < formula / 2**40


def test_windows_hold_the_samples_of_the_terms():
    for layer in (
        Conv1D(2, 4, strides=3, padding="same"),
        Conv1D(2, 3, padding="causal", dilation_rate=2),
        Conv1D(1, 2),
    ):
        x = np.arange(1, 15, dtype=np.float32).reshape(7, 2)
        windows = exact.windows(layer, x)
        assert windows.shape == (layer.output_steps(7), layer.kernel_size, 2)
        for step in range(len(windows)):
            for term in layer.terms((7, 2), Cell(step, 0)):
                expected = 0 if term.padded else x[term.source]
                assert windows[step, term.weight[0], term.source.channel] == expected
        assert np.array_equal(exact.windows(layer, x, slice(1, 3)), windows[1:3])
        assert np.array_equal(exact.windows(layer, np.stack([x, 2 * x])), np.stack([windows, 2 * windows]))


def test_blocks_of_output_steps_give_the_same_sums(monkeypatch):
    layer, rng = Conv1D(4, 3, padding="same", groups=2), np.random.default_rng(0)
    x, kernel = rng.integers(-9, 9, (2, 50, 4)).astype(float), rng.integers(-9, 9, (3, 2, 4)).astype(float)
    whole = exact.correlate(layer, x, kernel)
    monkeypatch.setattr(exact, "_BLOCK_BYTES", 1000)
    assert np.array_equal(exact.correlate(layer, x, kernel), whole)


@pytest.mark.parametrize("zero", [[], [0], [1, 3], [0, 1], [0, 1, 2, 3]])
def test_channels_of_zeros_are_left_out_of_the_work_and_not_of_the_sums(zero):
    layer, rng = Conv1D(6, 3, padding="same", groups=2), np.random.default_rng(0)
    x, kernel = rng.integers(-9, 9, (2, 7, 4)).astype(float), rng.integers(-9, 9, (3, 2, 6)).astype(float)
    x[..., zero] = 0
    assert np.array_equal(exact.correlate(layer, x, kernel), exact.contract(layer, exact.windows(layer, x), kernel))


@given(st.integers(-(2**90), 2**90), st.integers(-250, 60))
@drawn(400)
def test_rounding_gives_the_nearest_float32_and_the_even_one_of_two(integer, exponent):
    value = exact.as_fraction(integer, exponent)
    rounded = exact.Scaled(np.array([integer], dtype=object), exponent).to_float32()[0]
    if np.isinf(rounded):
        assert abs(value) >= 2**128 - 2**103
        return
    distance = abs(Fraction(float(rounded)) - value)
    for neighbour in (np.nextafter(rounded, np.float32(np.inf)), np.nextafter(rounded, np.float32(-np.inf))):
        if np.isfinite(neighbour):
            other = abs(Fraction(float(neighbour)) - value)
            even = int(rounded.view(np.uint32)) % 2 == 0
            assert distance < other or (distance == other and even)


@pytest.mark.parametrize(
    ("integer", "exponent", "rounded"),
    [
        (2**24 + 1, 0, 2.0**24),  # a tie goes to the even one
        (2**24 + 3, 0, 2.0**24 + 4),
        ((2**24 + 1) * 2**40 + 1, -40, 2.0**24 + 2),  # just above the tie
        (1, -150, 0.0),  # half of the smallest subnormal
        (3, -150, 2.0**-148),
        (2**24 - 1, -150, 2.0**-126),  # the largest subnormal and a half rounds up to a normal number
        (2**24 - 1, 104, float(np.finfo(np.float32).max)),
        (2**25 - 1, 103, np.inf),
        (-(2**25 - 1), 103, -np.inf),
        (0, 500, 0.0),
        (-1, 5000, -np.inf),
    ],
)
def test_rounding_at_the_edges(integer, exponent, rounded):
    # The neighbour has too many bits for float64, so that both ways of rounding are taken.
    for numbers in ([integer], [integer, 2**80 + 1]):
        assert exact.Scaled(np.array(numbers, dtype=object), exponent).to_float32()[0] == np.float32(rounded)


@given(st.fractions())
@drawn(200)
def test_a_number_shown_is_never_below_the_number(value):
    shown = exact.round_up(value)
    assert Fraction(shown) >= value
    assert Fraction(np.nextafter(shown, -np.inf)) < value


def test_numbers_survive_the_way_into_integers():
    values = np.array([0, -0.0, 1e-45, -1e-40, 1.17549435e-38, 1, -3, 3.4028235e38], dtype=np.float32)
    assert fractions(exact.scaled(values)) == [Fraction(float(value)) for value in values]
    assert np.array_equal(exact.scaled(values).to_float32(), values)
    assert fractions(exact.scaled(np.zeros(3, np.float32))) == [0, 0, 0]
    assert fractions(exact.scaled(np.array([0.1, 5e-324]))) == [Fraction(0.1), Fraction(5e-324)]


def test_coarser_numbers_are_upper_bounds():
    numbers = exact.Scaled(np.array([2**100 + 1, 1, 0], dtype=object), -7)
    coarse = numbers.coarsened(64)
    assert coarse.integers.tolist() == [2**63 + 1, 1, 0]
    assert all(b >= a for a, b in zip(fractions(numbers), fractions(coarse), strict=True))


def test_levels_feed_each_layer_the_rounded_output_of_the_one_before():
    stack = Stack((3, 1), [Conv1D(1, 2, use_bias=False), Conv1D(1, 2, activation="relu")])
    third = np.float32(1) / np.float32(3)
    weights = [[np.array([[[third]], [[1]]], np.float32)], [np.array([[[3]], [[-1]]], np.float32), np.float32([0.25])]]
    first, second = evaluation.level_values(stack, weights, np.float32([[1], [2], [4]]))
    rounded = [np.float32(Fraction(float(third)) * step + 2 * step) for step in (1, 2)]
    assert first.ravel().tolist() == rounded
    assert second.shape == (1, 1)
    assert second[0, 0] == np.float32(max(0, 3 * Fraction(float(rounded[0])) - Fraction(float(rounded[1])) + 0.25))


def test_too_many_products_have_no_bound():
    with pytest.raises(ValueError, match="fewer than"):
        exact.error_bound(2**24, Fraction(1), Fraction(1))
