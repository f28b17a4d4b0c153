"""A linear stack as one layer: the exact steps by comparison of formulas, the numbers by exact evaluation."""

import numpy as np
import pytest
import sympy
from stacks import as_rational, evaluated, exact_values, float_data, integer_data, random_stack

import convexplain as cx
from convexplain.numbers.evaluation import level_values


@pytest.mark.parametrize("seed", range(60))
def test_exact_on_those_steps_and_on_no_others(seed):
    stack = random_stack(seed, linear=True)
    ex = cx.explain(stack)
    collapsed = ex.collapse()
    for step in range(stack.shapes[-1][0]):
        filter = step % 2
        equal = sympy.expand(collapsed[step, filter]) == ex.expanded(step, filter)
        assert equal == (step in collapsed.exact_steps)


@pytest.mark.parametrize("seed", range(30))
def test_the_numbers_are_those_of_the_formulas(seed):
    stack = random_stack(seed, linear=True)
    weights, x = float_data(stack, seed)
    collapsed = cx.explain(stack, weights=weights).collapse()
    values = exact_values(weights, x)
    numbers = collapsed.kernel_numbers
    scale = sympy.Integer(2) ** numbers.exponent
    for index in np.ndindex(collapsed.kernel.shape):
        exact = numbers.integers[index] * scale
        assert evaluated(collapsed.kernel[index], values) == exact
        assert float(collapsed.kernel_values[index]) == float(exact)
    for filter in range(2):
        exact = collapsed.bias_numbers.integers[filter] * sympy.Integer(2) ** collapsed.bias_numbers.exponent
        assert evaluated(collapsed.bias[filter], values) == exact
        assert float(collapsed.bias_values[filter]) == float(exact)


@pytest.mark.parametrize("seed", range(30))
def test_the_single_layer_runs_as_the_stack_does(seed):
    stack = random_stack(seed, linear=True)
    weights, x = integer_data(stack, seed)
    collapsed = cx.explain(stack, weights=weights).collapse()
    if collapsed.layer is None:
        # One padding throughout is Keras's own, but for same, whose zeros add up differently.
        assert {layer.padding for layer in stack.layers} not in ({"valid"}, {"causal"})
        return
    single = cx.Stack(stack.input_shape, [collapsed.layer])
    arrays = [collapsed.kernel_values, *([collapsed.bias_values] if collapsed.use_bias else [])]
    (alone,) = level_values(single, [[np.float32(array) for array in arrays]], x)
    steps = list(collapsed.exact_steps)
    assert np.array_equal(alone[steps], level_values(stack, weights, x)[-1][steps])


def layers(padding, bias, count=3, taps=3):
    return cx.explain(
        cx.Stack((12, 1), [cx.Conv1D(2, taps, padding=padding, use_bias=bias) for _ in range(count)])
    ).collapse()


def test_everywhere_for_valid():
    assert layers("valid", True).exact_steps == tuple(range(6))
    assert layers("valid", True).is_exact


def test_everywhere_for_causal_without_bias_and_not_at_the_start_with_it():
    assert layers("causal", False).is_exact
    assert layers("causal", True).exact_steps == tuple(range(4, 12))


def test_not_at_the_edges_for_same():
    assert layers("same", False).exact_steps == tuple(range(2, 10))
    assert layers("same", False, count=1).is_exact
    assert layers("same", False, taps=1).is_exact


def test_strides_multiply_and_zero_taps_are_written_out():
    stack = cx.Stack(
        (40, 1), [cx.Conv1D(1, 2, dilation_rate=3), cx.Conv1D(1, 2, strides=2), cx.Conv1D(1, 2, strides=3)]
    )
    collapsed = cx.explain(stack).collapse()
    assert (collapsed.strides, collapsed.span, collapsed.kernel.shape) == (6, stack.receptive_field(), (7, 1, 1))
    used = [tap for tap in range(7) if collapsed.kernel[tap, 0, 0] != 0]
    assert used == [0, 1, 2, 3, 4, 5, 6]
    dilated = cx.explain(cx.Stack((20, 1), [cx.Conv1D(1, 3, dilation_rate=4)])).collapse()
    assert [tap for tap in range(9) if dilated.kernel[tap, 0, 0] != 0] == [0, 4, 8]


def test_the_effective_kernel_of_two_layers():
    collapsed = cx.explain(cx.Stack((9, 1), [cx.Conv1D(2, 2), cx.Conv1D(1, 2)])).collapse()
    w1, w2, b1, b2 = map(sympy.IndexedBase, ("w1", "w2", "b1", "b2"))
    assert collapsed.kernel[1, 0, 0] == sum(w1[1, 0, c] * w2[0, c, 0] + w1[0, 0, c] * w2[1, c, 0] for c in range(2))
    assert collapsed.bias[0] == sum(b1[c] * w2[k, c, 0] for c in range(2) for k in range(2)) + b2[0]
    assert collapsed.layer == cx.Conv1D(1, 3)


def test_what_it_says_of_itself():
    assert repr(cx.notebook().collapse()) == (
        "<one layer: kernel (9, 1, 8), strides 1, left padding 0, no bias; exact at every output step>"
    )
    assert "exact at output steps 2 to 9 of 0 to 11>" in repr(layers("same", False))
    assert "no bias" not in repr(layers("same", True))


def test_its_equation_in_numbers_is_its_formula():
    collapsed = layers("same", False)
    t, f, W = sympy.Symbol("t"), sympy.Symbol("f"), sympy.IndexedBase("W")
    written = collapsed.equation.rhs.subs({t: 5, f: 1}).doit()
    by_kernel = {W[j, 0, 1]: collapsed.kernel[j, 0, 1] for j in range(collapsed.span)}
    assert sympy.expand(written.xreplace(by_kernel)) == sympy.expand(collapsed[5, 1])


def test_many_channels_are_refused_as_formulas_and_given_as_numbers():
    stack = cx.Stack((9, 1), [cx.Conv1D(64, 3, use_bias=False), cx.Conv1D(64, 3, use_bias=False), cx.Conv1D(8, 3)])
    weights, x = integer_data(stack, 0, low=-1, high=2)
    collapsed = cx.explain(stack, weights=weights).collapse()
    with pytest.raises(ValueError, match="110,592 ways.*kernel_numbers"):
        collapsed.kernel[0, 0, 0]
    value = np.tensordot(x[:7], collapsed.kernel_values, axes=2) + collapsed.bias_values
    assert np.array_equal(value, level_values(stack, weights, x)[-1][0])


def test_what_cannot_be_asked():
    with pytest.raises(ValueError, match="linearity ends at layer 1, activation='relu'"):
        cx.explain(cx.Stack((9, 1), [cx.Conv1D(2, 2, activation="relu"), cx.Conv1D(1, 2)])).collapse()
    collapsed = layers("valid", True)
    with pytest.raises(ValueError, match="without weights"):
        _ = collapsed.kernel_values
    for index in [(7, 0, 0), (0, 1, 0), (0, 0), (0, 0, -1), (0.5, 0, 0)]:
        with pytest.raises(IndexError, match=r"has the shape \(7, 1, 2\)"):
            collapsed.kernel[index]
    with pytest.raises(IndexError, match="Received"):
        collapsed.bias[2]


def test_the_notebooks_numbers():
    collapsed = cx.notebook().collapse()
    w1, w2 = (arrays[0] for arrays in cx.notebook().network.weights)
    exact = sum(
        as_rational(w1[4, 0, c]) * as_rational(w2[3, c, 0]) + as_rational(w1[3, 0, c]) * as_rational(w2[4, c, 0])
        for c in range(4)
    )
    assert float(exact) == collapsed.kernel_values[7, 0, 0]
