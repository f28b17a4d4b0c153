"""Index notation: law 3 for random settings, symbols as sizes, and what is refused."""

import pytest
from stacks import random_stack
from sympy import Eq, IndexedBase, Sum, Symbol, symbols
from sympy.abc import C, F, K, d, n, s

import convexplain as cx

pytestmark = pytest.mark.long

t, f, k, c = symbols("t f k c")


def in_numbers(equation, step, filter):
    return equation.rhs.subs({t: step, f: filter}).doit()


def test_the_equation_of_the_contract():
    w2, y1, y2 = map(IndexedBase, ("w2", "y1", "y2"))
    expected = Eq(y2[t, f], Sum(w2[k, c, f] * y1[t + k, c], (c, 0, 3), (k, 0, 4)))
    assert cx.notebook().equation(2) == expected


@pytest.mark.parametrize("seed", range(40))
def test_numbers_for_t_and_f_give_the_closed_form(seed):
    stack = random_stack(seed)
    ex = cx.explain(stack)
    for number in range(1, stack.depth + 1):
        steps, filters = stack.shapes[number]
        for step in {0, steps // 2, steps - 1}:
            cell = (step, seed % filters)
            assert in_numbers(ex.equation(number), *cell) == ex.level(number).at(*cell, depth=1)


@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
def test_more_than_a_hundred_taps(padding):
    ex = cx.explain(cx.Stack((130, 1), [cx.Conv1D(1, 120, padding=padding, activation="relu")]))
    for step in {0, ex.stack.shapes[-1][0] - 1}:
        assert in_numbers(ex.equation(1), step, 0) == ex[step, 0]


def test_a_window_that_jumps_over_every_sample():
    ex = cx.explain(cx.Stack((3, 1), [cx.Conv1D(1, 2, padding="same", dilation_rate=7)]))
    for step in range(3):
        assert in_numbers(ex.equation(1), step, 0) == ex[step, 0] == IndexedBase("b1")[0]


@pytest.mark.parametrize("groups", [2, 3])
def test_groups_read_their_own_channels(groups):
    ex = cx.explain(cx.Stack((3, 6), [cx.Conv1D(6, 2, groups=groups)]))
    for filter in range(6):
        assert in_numbers(ex.equation(1), 1, filter) == ex[1, filter]


def test_limits_are_plain_where_no_window_meets_the_padding():
    for padding, steps in [("valid", 9), ("same", 9), ("causal", 9)]:
        equation = cx.equation(cx.Conv1D(1, 1, padding=padding, use_bias=False), steps, 1)
        assert equation.rhs.limits == ((c, 0, 0), (k, 0, 0))


def test_symbols_as_sizes():
    b1, w1, x, y1 = map(IndexedBase, ("b1", "w1", "x", "y1"))
    written = cx.equation(cx.Conv1D(F, K), steps=n, channels=C)
    assert written == Eq(y1[t, f], Sum(w1[k, c, f] * x[t + k, c], (c, 0, C - 1), (k, 0, K - 1)) + b1[f])
    strided = cx.equation(cx.Conv1D(F, K, s, dilation_rate=d, use_bias=False), steps=n, channels=C)
    assert strided.rhs.function == w1[k, c, f] * x[s * t + d * k, c]


@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
@pytest.mark.parametrize(("strides", "dilation"), [(1, 1), (2, 1), (1, 2), (3, 1)])
def test_symbols_replaced_by_numbers_give_the_closed_form(padding, strides, dilation):
    written = cx.equation(cx.Conv1D(F, K, s, padding, dilation_rate=d), steps=n, channels=C)
    for steps, taps in [(5, 2), (6, 3), (7, 1)]:
        layer = cx.Conv1D(2, taps, strides, padding, dilation_rate=dilation)
        ex = cx.explain(cx.Stack((steps, 2), [layer]))
        numbers = {F: 2, K: taps, s: strides, d: dilation, n: steps, C: 2}
        for step in {0, ex.stack.shapes[-1][0] - 1}:
            assert in_numbers(written.subs(numbers), step, 1) == ex[step, 1]


def test_integers_as_sizes():
    layer = cx.Conv1D(8, 5, padding="same")
    assert cx.equation(layer, steps=20, channels=4) == cx.explain(cx.Stack((20, 4), [layer])).equation(1)


@pytest.mark.parametrize("size", [2.5, 0, -3, "n", None, Symbol("h", integer=False), Symbol("q", negative=True)])
def test_a_size_that_is_none_is_refused(size):
    with pytest.raises(ValueError, match=r"steps must be a positive integer\. Received"):
        cx.equation(cx.Conv1D(8, 5), steps=size, channels=4)
    with pytest.raises(ValueError, match=r"channels must be a positive integer\. Received"):
        cx.equation(cx.Conv1D(8, 5), steps=20, channels=size)
    with pytest.raises(ValueError, match=r"kernel_size must be a positive integer\. Received"):
        cx.Conv1D(8, size)


def test_a_size_named_as_an_index_is_refused():
    with pytest.raises(ValueError, match="kernel_size must not be written with the symbol k, which is the tap"):
        cx.equation(cx.Conv1D(8, k), steps=n, channels=C)
    with pytest.raises(ValueError, match="steps must not be written with the symbol t"):
        cx.equation(cx.Conv1D(8, K), steps=2 * t, channels=C)


def test_what_keras_refuses_is_refused():
    with pytest.raises(ValueError, match="at least as long as the span"):
        cx.equation(cx.Conv1D(8, 5), steps=4, channels=4)
    with pytest.raises(ValueError, match="multiple of groups"):
        cx.equation(cx.Conv1D(8, 5, groups=2), steps=9, channels=3)
    with pytest.raises(ValueError, match=r"needs a convexplain\.Conv1D"):
        cx.equation("Conv1D", steps=9, channels=3)


@pytest.mark.parametrize("layer", [0, 3, "1"])
def test_a_layer_that_does_not_exist_is_refused(layer):
    with pytest.raises(IndexError, match="Received"):
        cx.notebook().equation(layer)
