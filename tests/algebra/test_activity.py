"""The active affine form: equal to the closed form at the input, its slopes to the gradient; and certain signs."""

from fractions import Fraction

import numpy as np
import pytest
from stacks import as_rational, evaluated, exact_values, float_data, integer_data, random_cell, random_stack
from sympy import IndexedBase

import convexplain as cx


@pytest.mark.parametrize("seed", range(25))
@pytest.mark.parametrize("data", [integer_data, float_data])
def test_equal_to_the_closed_form_and_its_gradient(seed, data):
    stack, cell = random_stack(seed), random_cell(random_stack(seed), seed)
    weights, x = data(stack, seed)
    ex = cx.explain(stack, x, weights=weights)
    form = ex.active_form(*cell)
    one = np.zeros(stack.shapes[-1], dtype=np.float32)
    one[cell] = 1
    values = exact_values(weights, x, g=one)
    assert evaluated(form.expression, values) == evaluated(ex[cell], values) == as_rational(form.value)
    gradient = ex.gradient("x")
    for index in np.ndindex(x.shape):
        slope = form.coefficients.get(cx.Cell(*index), Fraction(0))
        assert evaluated(gradient[index], values) == as_rational(slope)


def unit(weight, x):
    """One relu of one product, with its sum."""
    stack = cx.Stack((1, 1), [cx.Conv1D(1, 1, use_bias=False, activation="relu")])
    return cx.explain(stack, [[x]], weights=[[np.full((1, 1, 1), weight)]]).active_form(0, 0)


def test_signs():
    assert unit(2, 3).units[0].is_active
    assert unit(2, 3).is_certain
    assert not unit(-2, 3).units[0].is_active
    assert unit(-2, 3).is_certain
    assert unit(-2, 3).expression == 0
    assert unit(2, 3).expression == 2 * IndexedBase("x")[0, 0]
    assert not unit(0, 3).units[0].is_active
    assert unit(0, 3).units[0].is_certain


def test_a_sum_that_cancels_is_uncertain():
    stack = cx.Stack((3, 1), [cx.Conv1D(1, 3, use_bias=False, activation="relu")])
    kernel = np.array([1, 1, -1], dtype=np.float32).reshape(3, 1, 1)
    x = np.array([[1e8], [1], [1e8]], dtype=np.float32)
    form = cx.explain(stack, x, weights=[[kernel]]).active_form(0, 0)
    assert form.units[0].value == 1
    assert form.uncertain == form.units
    assert "1 sign depends on rounding" in str(form)
    # In float32, added from the left, this unit is not active: the doubt is justified.
    assert np.float32(np.float32(x[0, 0] + x[1, 0]) - x[2, 0]) == 0


def test_errors_of_the_layers_below_are_carried_along():
    kernel = np.array([1, 1, -1], dtype=np.float32).reshape(3, 1, 1)
    x = np.array([[1e8], [3], [1e8]], dtype=np.float32)
    stack = cx.Stack((3, 1), [cx.Conv1D(1, 3, use_bias=False), cx.Conv1D(1, 1, use_bias=False, activation="relu")])
    form = cx.explain(stack, x, weights=[[kernel], [np.ones((1, 1, 1))]]).active_form(0, 0)
    (second,) = form.units
    assert second.value == 3
    assert not second.is_certain


def test_units_are_those_the_output_depends_on():
    stack = cx.Stack((6, 1), [cx.Conv1D(2, 2, activation="relu"), cx.Conv1D(2, 3), cx.Conv1D(1, 1, activation="relu")])
    weights, x = integer_data(stack, 4)
    form = cx.explain(stack, x, weights=weights).active_form(1, 0)
    met = {(unit.level, unit.cell.step) for unit in form.units}
    assert (3, 1) in met
    assert met <= {(3, 1), (1, 1), (1, 2), (1, 3)}


def test_a_linear_stack_has_no_units():
    form = cx.notebook().active_form(0, 3)
    assert form.units == ()
    assert form.is_certain
    assert len(form.coefficients) == 9


def test_an_input_is_drawn_where_none_is_given():
    stack = random_stack(1)
    weights, _ = integer_data(stack, 1)
    ex = cx.explain(stack, weights=weights)
    assert ex.active_form(0, 0).value == ex.active_form(0, 0).value


def test_what_cannot_be_asked():
    with pytest.raises(ValueError, match="needs weights"):
        cx.explain(random_stack(1)).active_form(0, 0)
    with pytest.raises(IndexError, match="Received"):
        cx.notebook().active_form(12, 0)
