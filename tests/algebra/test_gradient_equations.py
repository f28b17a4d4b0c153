"""Gradients in index notation: in numbers they are the closed forms, for every layer and for graphs of them."""

import mpmath
import numpy as np
import pytest
import sympy
from layer_table import IDS, TABLE
from stacks import in_mpmath
from sympy import Heaviside, Indexed, IndexedBase

import convexplain as cx

pytestmark = pytest.mark.long


def of_one(layer, shapes):
    return cx.explain(cx.Graph(shapes, [(layer, tuple(range(len(shapes))))]))


class Numbers:
    """Numbers for every entry: seeded ones for inputs, weights and upstream gradients, computed ones for the rest, from
    the equations and the closed forms.
    """

    def __init__(self, ex, equations):
        self.ex, self.known = ex, {}
        self.equations = {equation.lhs.base: equation for equation in equations}

    def of(self, entry):
        if entry not in self.known:
            self.known[entry] = self._number(entry.base, tuple(map(int, entry.indices)))
        return self.known[entry]

    def _number(self, base, index):
        name = str(base)
        if base in self.equations:
            equation = self.equations[base]
            return self.value(equation.rhs.subs(dict(zip(equation.lhs.indices, index, strict=True))).doit())
        if name.startswith("y"):
            return self.value(self.ex.level(int(name[1:]))[index])
        low = 1 if name.startswith("var") else -97
        return mpmath.mpf(int(np.random.default_rng([sum(map(ord, name)), *index]).integers(low, 98))) / 31

    def value(self, form):
        form = sympy.sympify(form)
        return in_mpmath(form, {entry: self.of(entry) for entry in form.atoms(Indexed)})


def agrees(ex, symbol, most=2):
    gradient = ex.gradient(symbol)
    numbers = Numbers(ex, gradient.equations)
    drawn = np.random.default_rng(0).permutation(int(np.prod(gradient.shape)))[:most]
    ends = {0, int(np.prod(gradient.shape)) - 1}
    for place in {*drawn.tolist(), *ends}:
        index = tuple(map(int, np.unravel_index(place, gradient.shape)))
        found = numbers.of(IndexedBase(f"d{symbol}")[index])
        expected = numbers.value(gradient[index])
        assert abs(found - expected) < 1e-10 * max(1, abs(expected)), (symbol, index)


UNSOLVED = {
    "MaxPooling1D": "it compares the numbers of a window",
    "GlobalMaxPooling1D": "it compares the numbers of a window",
}


@pytest.mark.parametrize(("layer", "shapes"), TABLE, ids=IDS)
def test_every_layer_in_index_notation_is_its_closed_form(layer, shapes):
    ex = of_one(layer, shapes)
    symbols = [ex.stack.symbol(level) for level in range(len(shapes))]
    symbols += [f"{array.letter}{len(shapes)}" for array in layer.arrays(*shapes)]
    for symbol in symbols:
        why = UNSOLVED.get(type(layer).__name__)
        if why or (getattr(layer, "strides", 1) > 1 and getattr(layer, "dilation_rate", 1) > 1):
            with pytest.raises(ValueError, match=f"index notation.*Received: .*{why or 'is not solved'}"):
                ex.gradient(symbol).equations  # noqa: B018
        else:
            agrees(ex, symbol)


SHARED = cx.Conv1D(1, 2, padding="same", activation="tanh")
GRAPH = cx.Graph(
    [(4, 1), (4, 1)],
    [
        *[(SHARED, 0), (SHARED, 1), (cx.BatchNormalization(), 2), (cx.Add(), (3, 4)), (cx.ReLU(), 5)],
        *[(cx.AveragePooling1D(2, strides=1, padding="same"), 6), (cx.Concatenate(), (6, 7))],
        *[(cx.Flatten(), 8), (cx.Dense(2, activation="sigmoid"), 9)],
    ],
)


@pytest.mark.parametrize("symbol", ["x1", "x2", "w2", "b2", "gamma4", "var4", "w10", "b10"])
def test_a_graph_with_a_shared_layer_and_branches_is_its_closed_form(symbol):
    agrees(cx.explain(GRAPH), symbol)


def test_an_output_that_is_read_again_adds_what_comes_from_outside():
    graph = cx.Graph([(4, 1)], [(cx.Conv1D(1, 2), 0), (cx.Conv1D(1, 2, activation="relu"), 1)], outputs=(1, 2))
    ex = cx.explain(graph)
    assert [str(equation.lhs) for equation in ex.gradient("x").equations] == ["dy1[i, c]", "dx[i, c]"]
    for symbol in ("x", "w1", "b2"):
        agrees(ex, symbol)


def test_what_comes_out_is_short():
    i, c, f, m, k, t = sympy.symbols("i c f m k t")
    g, d1, w1, y1, x = map(IndexedBase, ("g", "d1", "w1", "y1", "x"))
    depthwise = of_one(cx.DepthwiseConv1D(3, depth_multiplier=2), [(9, 2)]).gradient("x").equation.rhs
    assert depthwise.function == g[i - k, 2 * c + m] * d1[k, c, m]
    dense = of_one(cx.Dense(3, activation="relu"), [(5, 2)])
    assert dense.gradient("x").equation.rhs == sympy.Sum(g[i, f] * Heaviside(y1[i, f], 0) * w1[c, f], (f, 0, 2))
    assert dense.gradient("w1").equation.rhs.function == g[t, f] * Heaviside(y1[t, f], 0) * x[t, c]
    assert of_one(cx.Flatten(), [(4, 3)]).gradient("x").equation.rhs == g[3 * i + c]
    assert of_one(cx.Concatenate(), [(4, 3), (4, 2)]).gradient("x2").equation.rhs == g[i, c + 3]
    transposed = of_one(cx.Conv1DTranspose(2, 3, strides=2), [(4, 2)]).gradient("x").equation.rhs
    assert transposed.function == g[2 * i + k, f] * w1[k, f, c]
    assert str(of_one(cx.Conv1DTranspose(2, 3, strides=2), [(4, 2)]).gradient("w1").equation.lhs) == "dw1[k, f, c]"
