"""Four views of one operator, each equal to the others."""

import numpy as np
import pytest
import sympy
from stacks import evaluated, exact_values, integer_data, random_stack

import convexplain as cx
from convexplain.numbers.exact import exact_sums, scaled

z = sympy.Symbol("z")


@pytest.mark.parametrize("seed", range(30))
def test_the_matrix_holds_the_taps(seed):
    stack = random_stack(seed)
    weights, x = integer_data(stack, seed)
    ex = cx.explain(stack, weights=weights)
    values = exact_values(weights, x)
    for number in range(1, stack.depth + 1):
        written, numeric = ex.matrix(number), ex.matrix(number, numeric=True)
        name = "x" if number == 1 else f"y{number - 1}"
        below = sympy.Matrix([sympy.IndexedBase(name)[index] for index in np.ndindex(stack.shapes[number - 1])])
        layer = stack.layers[number - 1]
        for row, cell in zip(list(written * below), np.ndindex(stack.shapes[number]), strict=True):
            value = row + (sympy.IndexedBase(f"b{number}")[cell[1]] if layer.use_bias else 0)
            value = value if layer.is_linear else sympy.Max(0, value)
            assert value == ex.level(number).at(*cell, depth=1)
        assert written.shape == numeric.shape
        dense = numeric.toarray()
        assert {(i, j): int(dense[i, j]) for i, j in written.todok()} == {
            index: int(evaluated(entry, values)) for index, entry in written.todok().items()
        }
        assert np.count_nonzero(dense) <= len(written.todok())


@pytest.mark.parametrize("seed", range(30))
def test_the_matrix_multiplies_as_the_layer(seed):
    stack = random_stack(seed)
    weights, x = integer_data(stack, seed)
    sums = exact_sums(stack.layers[0], scaled(x), scaled(weights[0][0]))
    product = cx.explain(stack, weights=weights).matrix(1, numeric=True) @ x.ravel().astype(np.float64)
    assert np.array_equal(product, (sums.integers * 2.0**sums.exponent).astype(np.float64).ravel())


@pytest.mark.parametrize("seed", range(40))
def test_polynomials_collapse_and_frequency_response_agree(seed):
    stack = random_stack(seed, linear=True)
    weights, x = integer_data(stack, seed)
    ex = cx.explain(stack, weights=weights)
    operator, collapsed, values = ex.polynomial(), ex.collapse(), exact_values(weights, x)
    frequencies = np.array([-2.0, 0.0, 0.5, 3.0])
    response = ex.frequency_response(frequencies)
    assert response.shape == (4, *operator.shape)
    assert operator.strides == collapsed.strides
    for c, f in np.ndindex(operator.shape):
        taps = sum(collapsed.kernel[j, c, f] * z ** (j - collapsed.left_pad) for j in range(collapsed.span))
        assert sympy.expand(taps - operator[c, f]) == 0
        wave = evaluated(operator.frequency_response()[c][f], values)
        expected = [complex(wave.subs("omega", float(frequency))) for frequency in frequencies]
        assert np.allclose(response[:, c, f], expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("padding", ["valid", "causal"])
def test_dilation_puts_a_power_for_z(padding):
    plain, dilated = (
        cx.explain(cx.Stack((20, 2), [cx.Conv1D(2, 3, padding=padding, dilation_rate=rate)])).polynomial(1)
        for rate in (1, 4)
    )
    for index in np.ndindex(plain.shape):
        assert plain.dilated(4)[index] == dilated[index]


def test_layers_multiply():
    ex = cx.explain(cx.Stack((20, 2), [cx.Conv1D(2, 3, strides=2), cx.Conv1D(3, 2)]))
    w1, w2 = map(sympy.IndexedBase, ("w1", "w2"))
    expected = sum(
        sum(w1[k, 1, m] * z**k for k in range(3)) * sum(w2[k, m, 2] * z ** (2 * k) for k in range(2)) for m in range(2)
    )
    assert sympy.expand((ex.polynomial(1) @ ex.polynomial(2))[1, 2] - expected) == 0


def test_a_constant_goes_through_as_the_sum_of_the_taps():
    ex = cx.notebook()
    response = ex.frequency_response(0)
    assert np.allclose(response[0], ex.collapse().kernel_values.sum(axis=0))


def test_the_response_is_scipys():
    from scipy.signal import freqz

    ex = cx.notebook()
    frequencies = np.linspace(0, np.pi, 7)
    for filter in range(8):
        # freqz takes taps as delays, Keras as advances: the conjugate for real taps.
        _, expected = freqz(ex.collapse().kernel_values[:, 0, filter], worN=frequencies)
        assert np.allclose(ex.frequency_response(frequencies)[:, 0, filter], expected.conj())


def test_what_cannot_be_asked():
    relu = cx.explain(cx.Stack((9, 1), [cx.Conv1D(1, 2, activation="relu"), cx.Conv1D(1, 2)]))
    with pytest.raises(ValueError, match="linearity ends at layer 1"):
        relu.polynomial()
    with pytest.raises(ValueError, match="linearity ends at layer 1"):
        relu.frequency_response(0)
    assert relu.polynomial(1).shape == (1, 1)
    with pytest.raises(ValueError, match="without weights"):
        relu.matrix(1, numeric=True)
    for ask in (relu.matrix, relu.polynomial):
        with pytest.raises(IndexError, match="Received: layer 3"):
            ask(3)
    with pytest.raises(IndexError, match="Received"):
        relu.polynomial(1)[1, 0]
    wide = cx.explain(cx.Stack((500, 64), [cx.Conv1D(64, 3)]))
    with pytest.raises(ValueError, match="6,119,424 entries.*numeric=True"):
        wide.matrix(1)


@pytest.mark.parametrize("omega", [sympy.Symbol("w"), [0, sympy.Symbol("w")], "w", 1j, None, float("inf")])
def test_a_frequency_is_a_number(omega):
    with pytest.raises(ValueError, match=r"omega must be a number or an array of them.*Received: .*polynomial\(\)"):
        cx.notebook().frequency_response(omega)
