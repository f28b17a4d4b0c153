"""Every row of the table: the statement read as index notation, as closed forms, as numbers and as ledgers agrees with
itself.
"""

import copy
import re
import tracemalloc
from fractions import Fraction

import mpmath
import numpy as np
import pytest
import sympy
from layer_table import IDS, REFUSED, TABLE, tried

import convexplain as cx
from convexplain.check import bounds
from convexplain.layers.index import Range
from convexplain.numbers.evaluation import evaluate, level_values

ROWS = [pytest.param(layer, shapes, id=name) for (layer, shapes), name in zip(TABLE, IDS, strict=True)]


def network_of(layer, shapes, seed=0):
    """An explanation of one layer on its inputs, with small integers for all numbers."""
    graph = cx.Graph(shapes, [(layer, tuple(range(len(shapes))))])
    weights, inputs = tried(layer, shapes, np.random.default_rng(seed))
    return cx.explain(graph, inputs[0] if len(inputs) == 1 else inputs, weights=[weights])


def some_cells(shape):
    """The corners of a level, and some cells between."""
    cells = list(np.ndindex(*shape))
    return [cells[place] for place in sorted({0, len(cells) // 3, len(cells) // 2, len(cells) - 1})]


@pytest.mark.parametrize(("layer", "shapes"), ROWS)
def test_the_equation_at_numbers_is_the_closed_form(layer, shapes):
    ex = network_of(layer, shapes)
    names = [sympy.Symbol(r.name) for r in ex.stack.stated(len(shapes)).axes]
    right = ex.equation(len(shapes)).rhs
    for cell in some_cells(ex.stack.shapes[-1]):
        assert right.subs(dict(zip(names, cell, strict=True))).doit() == ex[cell]


@pytest.mark.parametrize(("layer", "shapes"), ROWS)
def test_the_closed_form_in_numbers_is_the_level_and_the_ledger(layer, shapes):
    ex = network_of(layer, shapes)
    values = {}
    arrays = layer.arrays(*shapes)
    for array, numbers in zip(arrays, ex.network.weights[0], strict=True):
        base = sympy.IndexedBase(f"{array.letter}{len(shapes)}")
        values |= {base[place]: sympy.Integer(int(n)) for place, n in np.ndenumerate(numbers.reshape(array.indexed))}
    for level, numbers in enumerate(ex.network.inputs):
        base = sympy.IndexedBase(ex.stack.symbol(level))
        values |= {base[place]: sympy.Integer(int(n)) for place, n in np.ndenumerate(numbers)}
    level = evaluate(layer, ex.network.weights[0], ex.network.inputs)
    for cell in some_cells(ex.stack.shapes[-1]):
        form, ledger = ex[cell].xreplace(values), ex.ledger(*cell)
        if level.is_exact:
            assert Fraction(int(form.p), int(form.q)) == level.fraction(cell) == ledger.output
            assert ledger.radius == 0
        else:
            number = Fraction(str(sympy.N(form, 60)))
            middle, radius = level.settled()
            room = Fraction(int(radius.integers[cell])) * Fraction(2) ** radius.exponent + Fraction(1, 10**50)
            assert abs(number - Fraction(int(middle.integers[cell])) * Fraction(2) ** middle.exponent) <= room
            assert abs(number - ledger.output) <= ledger.radius + Fraction(1, 10**50)


@pytest.mark.parametrize(("layer", "shapes"), ROWS)
def test_rows_of_a_ledger_make_its_total(layer, shapes):
    ex = network_of(layer, shapes)
    for cell in some_cells(ex.stack.shapes[-1]):
        ledger = ex.ledger(*cell)
        there = [row.product for row in ledger.rows if not row.term.padded]
        if ledger.operation == "sum":
            made = sum((row.product for row in ledger.rows), ledger.bias or Fraction(0))
            assert abs(made - ledger.total) <= ledger.radius + Fraction(1, 2**60)
            assert ledger.radius or made == ledger.total
        elif ledger.operation in ("largest", "smallest") and len(there) > 1:
            assert ledger.total == (max if ledger.operation == "largest" else min)(there)
        assert str(ledger)


def read_as_python(label, ex):
    """What a label of a ledger is worth: as code, in 50 digits, its decimals as the float32 they denote."""
    level = len(ex.stack.shapes) - 1
    named = {array.letter + str(level): array.indexed for array in ex.stack.layer(level).arrays(*ex.stack.shapes[:-1])}
    functions = ("sqrt", "exp", "log", "tanh", "erf", "pi", "mpf")
    scope = {"max": max, "min": min, **{name: getattr(mpmath, name) for name in functions}}
    scope["heaviside"] = lambda z: int(z > 0)
    scope |= {
        name: np.vectorize(mpmath.mpf, otypes=[object])(numbers.reshape(shape))
        for (name, shape), numbers in zip(named.items(), ex.network.weights[0], strict=True)
    }
    for number, numbers in enumerate(ex.network.inputs):
        scope[ex.stack.symbol(number)] = np.vectorize(mpmath.mpf, otypes=[object])(numbers)
    code = re.sub(r"\d+\.\d+(e-\d+)?", lambda found: repr(float(np.float32(found[0]))), label.replace("−", "-"))
    with mpmath.workdps(50):
        return Fraction(str(mpmath.mpf(eval(re.sub(r"(\d+)/(\d+)", r"(mpf(\1)/\2)", code), scope))))


@pytest.mark.parametrize(("layer", "shapes"), ROWS)
def test_what_numbers_of_a_ledger_are_called_is_what_they_are_worth(layer, shapes):
    ex = network_of(layer, shapes)
    near = Fraction(1, 2**60)
    for cell in some_cells(ex.stack.shapes[-1]):
        ledger = ex.ledger(*cell)
        for row, (weight, sample) in zip(ledger.rows, ledger.names, strict=True):
            assert not weight or abs(read_as_python(weight, ex) - row.weight) < near
            assert row.term.padded or read_as_python(sample, ex) == row.sample
        if ledger.bias is not None and ledger.bias_name != "constant":
            assert abs(read_as_python(ledger.bias_name, ex) - ledger.bias) < near
        if "[" in ledger.function:
            assert abs(read_as_python(ledger.function, ex) - ledger.total) < near + ledger.radius
        for name, value in ledger.entries:
            assert read_as_python(name, ex) == value


def test_a_normalisation_says_what_is_multiplied_and_added():
    layer = cx.BatchNormalization()
    weights = [np.float32([number]) for number in (2, 5, -3, 0.25)]
    ledger = cx.explain(cx.Stack((1, 1), [layer]), np.ones((1, 1)), weights=[weights]).ledger(0, 0)
    weight, bias = "gamma1[0] / sqrt(var1[0] + 0.001)", "beta1[0] − gamma1[0]*mean1[0] / sqrt(var1[0] + 0.001)"
    assert (ledger.names, ledger.bias_name) == (((weight, "x[0, 0]"),), bias)
    told = ledger.to_dict()
    assert (told["rows"][0]["names"], told["rows"][0]["weight"], told["bias_name"]) == ([weight, "x[0, 0]"], [], bias)
    assert [(name, number["value"]) for name, number in told["entries"].items()] == [
        ("gamma1[0]", 2.0),
        ("beta1[0]", 5.0),
        ("mean1[0]", -3.0),
        ("var1[0]", 0.25),
    ]
    for shown in (str(ledger), ledger._repr_html_()):
        assert {weight, bias, "mean1[0]", "var1[0]"} <= set(re.split(r"</?code>|  +| \* x| = ", shown))


@pytest.mark.parametrize(
    ("layer", "function"),
    [
        (cx.PReLU(), "max(0, x[0, 0]) + alpha1[0, 0]*min(0, x[0, 0])"),
        (cx.ReLU(max_value=6, negative_slope=0.1), "min(6, max(0, x[0, 0])) + 0.1*min(0, x[0, 0])"),
        (cx.Softmax(), "exp(x[0, 0]) / (exp(x[0, 0]) + exp(x[0, 1]))"),
        (cx.LayerNormalization(), "LayerNormalization()"),
    ],
)
def test_a_function_is_named(layer, function):
    ledger = network_of(layer, [(3, 2)]).ledger(0, 0)
    assert ledger.function == ledger.to_dict()["function"] == function
    for shown in (str(ledger), ledger._repr_html_()):
        assert function in shown
        assert all(name in shown for name, _ in ledger.entries)
    assert [name for name, _ in ledger.entries] == {
        "PReLU": ["alpha1[0, 0]"],
        "LayerNormalization": ["gamma1[0]", "beta1[0]"],
    }.get(type(layer).__name__, [])


@pytest.mark.parametrize(("layer", "shapes"), ROWS)
def test_a_batch_is_evaluated_row_by_row(layer, shapes):
    rng = np.random.default_rng(1)
    weights, first = tried(layer, shapes, rng)
    _, second = tried(layer, shapes, rng)
    both = evaluate(layer, weights, [np.stack(pair) for pair in zip(first, second, strict=True)], shapes)
    for row, inputs in enumerate((first, second)):
        assert np.array_equal(both.to_float32()[row], evaluate(layer, weights, inputs).to_float32())


@pytest.mark.parametrize(("layer", "shapes"), ROWS)
def test_a_layer_says_what_it_is_and_is_equal_to_itself_under_another_name(layer, shapes):
    assert repr(layer).startswith(type(layer).__name__)
    other = copy.copy(layer)
    object.__setattr__(other, "name", "other")
    assert other == layer
    assert hash(other) == hash(layer)


@pytest.mark.parametrize("block", [64, 1000])
def test_blocks_give_the_same_sums(monkeypatch, block):
    from convexplain.numbers import walk

    for layer, shapes in TABLE:
        weights, inputs = tried(layer, shapes, np.random.default_rng(2))
        batch = [np.stack([x, 2 * x, -x]) for x in inputs]
        for given in (inputs, batch):
            whole = evaluate(layer, weights, given, shapes).to_float32()
            with monkeypatch.context() as patched:
                patched.setattr(walk, "_BLOCK_BYTES", block)
                assert np.array_equal(evaluate(layer, weights, given, shapes).to_float32(), whole)


def test_a_batch_that_is_larger_than_a_block_is_cut_along_its_rows():
    """Nothing but the rows of a flat level is kept by both the larger factor and the result."""
    rows, size = 900, 4000
    x = np.arange(rows * size).reshape(rows, size) % 7 - 3
    kernel = np.arange(2 * size).reshape(size, 2) % 5 - 2
    asked = bounds.form(cx.Dense(2, use_bias=False), [kernel], [x], [(size,)])
    tracemalloc.start()
    try:
        value, bound = bounds.outcome(asked)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert np.array_equal(value, x @ kernel)
    assert not bound.any()
    assert peak < 6 * x.nbytes


def test_index_arithmetic_is_the_same_for_integers_arrays_and_symbols():
    a, b = Range("a", 7), Range("b", 3)
    for index in (3 * a - b + 2, (a + 5) // 3, (a * 3 + b) // 3, (a + 1) % 4 - 2 * (b // 2), (6 * a + b) % 3):
        values = index.at({"a": np.arange(7)[:, None], "b": np.arange(3)})
        low, high = index.bounds()
        symbolic = index.at({"a": sympy.Symbol("a"), "b": sympy.Symbol("b")})
        for p, q in np.ndindex(7, 3):
            number = index.at({"a": p, "b": q})
            assert np.broadcast_to(values, (7, 3))[p, q] == number == sympy.sympify(symbolic).subs({"a": p, "b": q})
            assert low <= number <= high
    assert (a * 3 + b) // 3 == a + 0
    assert (a * 3 + b) % 3 == b + 0


def random_weights(layer, shape, seed=0):
    return tried(layer, [shape], np.random.default_rng(seed))[0]


def values(layers, weights, shape, x):
    return level_values(cx.Stack(shape, layers), weights, x)[-1]


def test_layers_that_are_each_other():
    rng = np.random.default_rng(3)
    x = rng.integers(-4, 5, (12, 2)).astype(np.float32)
    depthwise, pointwise = rng.integers(-4, 5, (3, 2, 2)), rng.integers(-4, 5, (1, 4, 3))
    separable = values(
        [cx.SeparableConv1D(3, 3, depth_multiplier=2, use_bias=False)], [[depthwise, pointwise]], x.shape, x
    )
    apart = [cx.DepthwiseConv1D(3, depth_multiplier=2, use_bias=False), cx.Conv1D(3, 1, use_bias=False)]
    assert np.array_equal(separable, values(apart, [[depthwise], [pointwise]], x.shape, x))
    grouped = cx.Conv1D(4, 3, groups=2, use_bias=False)
    kernel = depthwise.reshape(3, 1, 4)
    assert np.array_equal(values([grouped], [[kernel]], x.shape, x), values(apart[:1], [[depthwise]], x.shape, x))
    dense = rng.integers(-4, 5, (2, 3))
    assert np.array_equal(
        values([cx.Dense(3, use_bias=False)], [[dense]], x.shape, x),
        values([cx.Conv1D(3, 1, use_bias=False)], [[dense[None]]], x.shape, x),
    )
    mean = np.full((4, 2, 1), 0.25)
    assert np.array_equal(
        values([cx.AveragePooling1D(4)], [[]], x.shape, x),
        values([cx.DepthwiseConv1D(4, strides=4, use_bias=False)], [[mean]], x.shape, x),
    )
    for whole, window in (
        (cx.GlobalMaxPooling1D(), cx.MaxPooling1D(12)),
        (cx.GlobalAveragePooling1D(), cx.AveragePooling1D(12)),
    ):
        assert np.array_equal(values([whole], [[]], x.shape, x), values([window], [[]], x.shape, x)[0])
    there_and_back = [
        cx.Flatten(),
        cx.Reshape((12, 2)),
        cx.ZeroPadding1D((2, 3)),
        cx.Cropping1D((2, 3)),
        cx.Permute((2, 1)),
    ]
    assert np.array_equal(values(there_and_back, [[]] * 5, x.shape, x), x.T)
    repeated = values([cx.UpSampling1D(3), cx.AveragePooling1D(3)], [[], []], x.shape, x)
    assert np.array_equal(repeated, x)


@pytest.mark.parametrize("setting", [{}, {"strides": 2}, {"strides": 3}, {"dilation_rate": 2}], ids=str)
@pytest.mark.parametrize("padding", ["valid", "same"])
def test_a_transposed_convolution_is_the_transpose_of_a_convolution(setting, padding):
    rng = np.random.default_rng(4)
    kernel = rng.integers(-4, 5, (3, 2, 4))
    up = cx.Conv1DTranspose(2, 3, padding=padding, use_bias=False, **setting)
    narrow = rng.integers(-4, 5, (5, 4)).astype(np.float32)
    wide = values([up], [[kernel]], narrow.shape, narrow)
    other = rng.integers(-4, 5, wide.shape).astype(np.float32)
    down = cx.Conv1D(4, 3, padding=padding, use_bias=False, **setting)
    assert np.vdot(wide, other) == np.vdot(narrow, values([down], [[kernel]], other.shape, other))


@pytest.mark.parametrize(("kind", "valid", "invalid"), REFUSED, ids=str)
def test_what_keras_refuses_is_refused_in_one_sentence(kind, valid, invalid):
    kind(**valid)
    with pytest.raises(ValueError, match=r"^[^\n]+ Received: [^\n]+$"):
        kind(**valid | invalid)


@pytest.mark.parametrize("kind", [cx.BatchNormalization, cx.LayerNormalization])
def test_a_negative_epsilon_is_refused(kind):
    """Keras takes it, and gives NaN where a variance is smaller."""
    assert kind(epsilon=0).epsilon == 0
    with pytest.raises(ValueError, match=r"epsilon must be a finite number from 0 up\. Received: epsilon='-1'"):
        kind(epsilon=-1)


def test_what_does_not_decide_the_result_is_dropped_and_an_unknown_argument_is_refused():
    named = cx.Dense(2, kernel_initializer="zeros", trainable=False, dtype="float32", name="head")
    assert named == cx.Dense(2)
    assert named.name == "head"
    with pytest.raises(TypeError, match="'sparkle'"):
        cx.Dense(2, sparkle=1)
    with pytest.raises(ValueError, match="float32"):
        cx.Dense(2, dtype="float16")


@pytest.mark.parametrize(
    ("layer", "shapes"),
    [
        (cx.Conv1D(2, 3), [(4,)]),
        (cx.MaxPooling1D(5), [(4, 1)]),
        (cx.Cropping1D((2, 2)), [(4, 1)]),
        (cx.Reshape((3, 3)), [(4, 2)]),
        (cx.Permute((2, 1)), [(4,)]),
        (cx.RepeatVector(2), [(4, 1)]),
        (cx.GetItem((4,)), [(4, 1)]),
        (cx.GetItem((0, 0)), [(4, 1)]),
        (cx.GetItem((0, 0, 0)), [(4, 1)]),
        (cx.GetItem((slice(2, 2),)), [(4, 1)]),
        (cx.Add(), [(4, 2), (3, 2)]),
        (cx.Concatenate(), [(4, 2), (3, 2)]),
        (cx.Concatenate(axis=3), [(4, 2), (4, 2)]),
        (cx.BatchNormalization(axis=2), [(4,)]),
        (cx.Softmax(axis=0), [(4, 2)]),
        (cx.Conv1DTranspose(1, 2, strides=2, padding="same", output_padding=0), [(4, 1)]),
    ],
    ids=str,
)
def test_a_level_that_does_not_fit_is_refused_with_the_layers_place(layer, shapes):
    with pytest.raises(ValueError, match=rf"^layer {len(shapes)}: [^\n]+ Received: "):
        cx.Graph(shapes, [(layer, tuple(range(len(shapes))))])
