"""Networks that are no chain: numbers of levels, shared layers, several inputs, and what is refused."""

import numpy as np
import pytest
import sympy
from sympy import IndexedBase

import convexplain as cx


def residual():
    """A residual block whose convolution is called twice, pooled and classified."""
    shared = cx.Conv1D(2, 3, padding="same", activation="relu", name="shared")
    calls = [(shared, 0), (cx.BatchNormalization(), 1), (cx.Add(), (0, 2)), (shared, 3), (cx.MaxPooling1D(), 4)]
    return cx.Graph([(6, 2)], [*calls, (cx.GlobalAveragePooling1D(), 5), (cx.Dense(2, activation="softmax"), 6)])


def numbers(graph, seed=0):
    rng = np.random.default_rng(seed)
    made = range(graph.input_count, graph.depth + 1)
    return [
        [
            rng.integers(1 if array.letter == "var" else -3, 4, array.shape)
            for array in graph.layer(n).arrays(*graph.source_shapes(n))
        ]
        for n in made
        if graph.owner(n) == n
    ]


def test_levels_are_numbered_in_order_inputs_first():
    graph = residual()
    assert graph.shapes == ((6, 2), (6, 2), (6, 2), (6, 2), (6, 2), (3, 2), (2,), (2,))
    assert [graph.sources(level) for level in range(8)] == [(), (0,), (1,), (0, 2), (3,), (4,), (5,), (6,)]
    assert (graph.depth, graph.outputs, graph.input_count) == (7, (7,), 1)
    two = cx.Graph([(4, 1), (4, 1)], [(cx.Conv1D(1, 2), 1), (cx.Conv1D(1, 2), 0), (cx.Subtract(), (3, 2))])
    assert [two.symbol(level) for level in range(5)] == ["x1", "x2", "y2", "y3", "y4"]
    w2, w3, x1, x2 = map(IndexedBase, ("w2", "w3", "x1", "x2"))
    b2, b3 = IndexedBase("b2")[0], IndexedBase("b3")[0]
    right = b3 + w3[0, 0, 0] * x1[1, 0] + w3[1, 0, 0] * x1[2, 0]
    left = b2 + w2[0, 0, 0] * x2[1, 0] + w2[1, 0, 0] * x2[2, 0]
    assert sympy.expand(cx.explain(two)[1, 0] - right + left) == 0


def test_a_shared_layer_has_one_set_of_symbols_and_of_weights():
    graph = residual()
    assert [graph.owner(level) for level in range(1, 8)] == [1, 2, 3, 1, 5, 6, 7]
    ex = cx.explain(graph, np.ones((6, 2)), weights=numbers(graph))
    assert "w1" in str(ex.equation(4))
    assert "w4" not in str(ex.equation(4))
    assert ex.network.weights[0] is ex.network.weights[3]
    assert ex.ledger(0, 1, level=4).bias_name == "b1[1]"


def test_each_level_is_the_closed_form_of_its_layer_in_the_levels_it_reads():
    graph = residual()
    ex = cx.explain(graph)
    for level in range(1, 8):
        for cell in ((0, 1), (2, 0)) if len(graph.shapes[level]) == 2 else ((0,), (1,)):
            names = sympy.symbols("t f")[-len(cell) :]
            form = ex.level(level).at(*cell, depth=1)
            assert ex.equation(level).rhs.subs(dict(zip(names, cell, strict=True))).doit() == form
    assert ex[1] == ex.level(7)[1] == ex.level(7).at(1)
    bases = {str(base) for base in ex.level(5)[0, 0].atoms(IndexedBase)}
    assert bases == {"x", "w1", "b1", "gamma2", "beta2", "mean2", "var2"}


def test_a_deep_cell_builds_only_what_it_reads():
    layers = [cx.Conv1D(3, 3, padding="same") if n % 2 else cx.LeakyReLU() for n in range(40)]
    ex = cx.explain(cx.Stack((5000, 3), layers))
    ex.level(40).at(2500, 1, depth=3)
    assert len(ex._forms._built) < 40
    with pytest.raises(ValueError, match=r"more than 100,000 .* level\(40\)\.at\(2500, 1, depth=\.\.\.\)"):
        ex[2500, 1]


def test_a_padded_cell_is_zero_in_every_layer_above_it():
    ex = cx.explain(cx.Stack((2, 1), [cx.ZeroPadding1D(2), cx.LeakyReLU(), cx.Conv1D(1, 2), cx.MaxPooling1D(5)]))
    assert ex.level(1)[0, 0] == ex.level(2)[0, 0] == 0
    assert ex.level(3)[0, 0] == IndexedBase("b3")[0]
    assert ex.level(3)[1, 0] == ex.level(3).at(1, 0, depth=3)
    assert ex[0, 0].has(IndexedBase("x")[1, 0])


def test_several_inputs_are_a_list_or_a_dictionary():
    graph = cx.Graph([(3, 2), (2,)], [(cx.Add(), (0, 1))], names=["signal", "offset"])
    signal, offset = np.arange(6).reshape(3, 2), np.array([10, 20])
    for x in ([signal, offset], {"offset": offset[None], "signal": signal}):
        ex = cx.explain(graph, x, weights=[[]])
        assert np.array_equal(ex.levels().values[2], signal + offset)
    for wrong in ([signal], {"signal": signal}, [offset, signal]):
        with pytest.raises(ValueError, match="Received"):
            cx.explain(graph, wrong, weights=[[]])


def test_until_ends_the_network_at_a_layer():
    graph = residual()
    ex = cx.explain(graph, np.ones((6, 2)), weights=numbers(graph), until=3)
    assert ex.stack.shapes == graph.shapes[:4]
    assert ex.level(3)[0, 0] == cx.explain(graph).level(3)[0, 0]
    stack = cx.Stack((9, 1), [cx.Conv1D(2, 3, name="first"), cx.Flatten(name="row")])
    assert cx.explain(stack, until="first").stack == cx.Stack((9, 1), stack.layers[:1])
    for wrong, said in (("second", "which no layer has"), ("shared", r"which 2 have: the levels \d, \d$")):
        with pytest.raises(ValueError, match=f"until must be the name of one layer.*{said}"):
            cx.explain(graph, until=wrong)
    with pytest.raises(ValueError, match="which no layer has. Did you mean 'first'"):
        cx.explain(stack, until="frist")
    with pytest.raises(IndexError):
        cx.explain(graph, until=9)


def test_receptive_fields():
    assert residual().receptive_field(2) == 3
    assert residual().receptive_field(4) == 5
    assert residual().receptive_field(5) == 6
    convolutions = [cx.Conv1D(1, 3, strides=2), cx.Conv1D(1, 2, dilation_rate=3), cx.AveragePooling1D(2)]
    assert cx.Stack((60, 1), convolutions).receptive_field() == 11
    assert cx.Stack((60, 1), [cx.GlobalMaxPooling1D()]).receptive_field() == 60


@pytest.mark.parametrize(
    ("inputs", "calls", "message"),
    [
        ([], [(cx.Flatten(), 0)], "at least one input"),
        ([(4, 1)], [], "at least one layer"),
        ([(4, 1)], [(cx.Flatten(), 1)], "levels before its own"),
        ([(4, 1)], [(cx.Flatten(), -1)], "levels before its own"),
        ([(4, 1)], [(cx.Flatten(), (0, 0))], "must read 1 level"),
        ([(4, 1)], [(cx.Subtract(), (0,))], "must read 2 levels"),
        ([(4, 1)], [(cx.Add(), ())], "at least one level"),
        ([(4, 1)], [("Flatten", 0)], "a layer of convexplain"),
        ([(4, 1)], [cx.Flatten()], "a layer and the levels it reads"),
        ([(4, 1)], [(cx.Flatten(), "0")], "must be integers"),
        ([(4, 1, 1)], [(cx.Flatten(), 0)], "positive integers"),
        ([(4, 1)], [(cx.Conv1D(1, 2, data_format="channels_first"), 0), (cx.Dense(1), 1)], "channels_first"),
    ],
)
def test_what_is_no_network_is_refused(inputs, calls, message):
    with pytest.raises(ValueError, match=f"{message}.*Received"):
        cx.Graph(inputs, calls)


@pytest.mark.keras
@pytest.mark.parametrize(
    "layers",
    [
        [cx.Flatten(data_format="channels_first"), cx.Dense(2, activation="softmax")],
        [cx.GlobalAveragePooling1D(data_format="channels_first"), cx.BatchNormalization(), cx.Dense(2)],
    ],
    ids=repr,
)
def test_a_classifier_with_channels_first_is_told_and_agrees_with_keras(layers):
    """What stands on a level without steps has no channels to ask for."""
    convolution = cx.Conv1D(3, 2, data_format="channels_first")
    assert cx.explain(cx.Stack((6, 2), [convolution, *layers])).verify().ok
    from keras import Sequential
    from keras import layers as kinds

    same = [getattr(kinds, type(layer).__name__)(**settings(layer)) for layer in (convolution, *layers)]
    model = Sequential([kinds.Input((2, 6)), *same])
    assert cx.explain(model).verify().ok


def settings(layer):
    """Keras's arguments of a layer."""
    return {name: value for name, value in vars(layer).items() if name != "name"}


@pytest.mark.parametrize(
    ("layer", "received"),
    [
        (cx.BatchNormalization(axis=1), r"must not ask where the channels are. Received: BatchNormalization\(axis=1\)"),
        (cx.Flatten(), "must have the same data_format, or .* Received: channels_last after channels_first"),
    ],
)
def test_a_layer_that_channels_first_rules_out_is_named_with_what_to_do(layer, received):
    with pytest.raises(ValueError, match=f"layer 2: .*{received}; explain\\(..., until=1\\) ends before it, or build"):
        cx.Stack((6, 2), [cx.Conv1D(3, 2, data_format="channels_first"), layer])


def test_a_cell_is_addressed_by_as_many_numbers_as_its_level_has_axes():
    ex = cx.explain(residual())
    for wrong in ((0, 0), (2,), ("0",)):
        with pytest.raises(IndexError, match="Received"):
            ex[wrong]
    with pytest.raises(IndexError, match=r"\[step, channel\]"):
        ex.level(5)[0]
