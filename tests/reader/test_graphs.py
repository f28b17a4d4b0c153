"""Graphs in files: where they end, what they leave open, and in which order their levels stand."""

from __future__ import annotations

import handmade
import numpy as np
import pytest
import sympy
from handmade import Model, conv1d, graph, input_layer, layer, read

import convexplain as cx
from convexplain.reader.order import layer_order


def written(path, description, groups=None):
    return handmade.write(path / "model.keras", Model(description, groups or {}).members())


def branches():
    """Two inputs; the one of integers goes through an embedding, which is not explained."""
    layers = [
        (input_layer((None,), "words", dtype="int32"), []),
        (input_layer((None, 2), "signal"), []),
        (layer("Embedding", "embedding", input_dim=9, output_dim=4), [[read("words")]]),
        (conv1d("conv", 4, 3, 2, padding="same"), [[read("signal")]]),
        (layer("Dropout", "dropout", rate=0.5), [[read("embedding")]]),
        (layer("ReLU", "relu"), [[read("conv")]]),
        (layer("LSTM", "rnn", units=4, return_state=True), [[read("relu")]]),
        (layer("Add", "add"), [[[read("rnn", 0, 2), read("dropout")]]]),
    ]
    groups = {"layers/conv1d": ("conv", handmade.arrays((3, 2, 4), (4,)))}
    return graph(layers, [["words", 0, 0], ["signal", 0, 0]], ["add", 0, 0]), groups


def test_what_is_not_explained_is_named_with_what_comes_before_it(tmp_path):
    path = written(tmp_path, *branches())
    with pytest.raises(ValueError, match=r"layer 4 \('embedding'\): it must .*'Embedding'; until=3 explains"):
        cx.explain(path)
    with pytest.raises(ValueError, match=r"layer 5 .'rnn'.*'LSTM'; until=4 explains what comes before it"):
        cx.explain(written(tmp_path, *one_input()))


def one_input():
    description, groups = branches()
    config = description["config"]
    config["layers"] = [one for one in config["layers"] if one["name"] not in ("words", "embedding", "dropout")]
    config["layers"][2:2] = [layer("Dropout", f"d{n}", rate=0.5) | {"name": f"d{n}"} for n in (1, 2)]
    for one, source in zip(config["layers"][2:5], ("conv", "d1", "d2"), strict=True):
        one["inbound_nodes"] = [{"args": [read(source)], "kwargs": {}}]
    config["layers"][-1]["inbound_nodes"] = [{"args": [[read("rnn", 0, 2), read("relu")]], "kwargs": {}}]
    config["input_layers"] = ["signal", 0, 0]
    return description, groups


def test_a_branch_is_explained_beside_one_that_is_not(tmp_path):
    ex = cx.explain(written(tmp_path, *branches()), until="relu", steps=9)
    assert ex.stack == cx.Stack((9, 2), [cx.Conv1D(4, 3, padding="same"), cx.ReLU()])
    assert ex.ledger(4, 1, level=1).rows
    for last in ("rnn", "add", 6):
        with pytest.raises(ValueError, match="'LSTM'; until=2 explains|'Embedding'"):
            cx.explain(written(tmp_path, *branches()), until=last, steps=9)


def test_a_number_of_steps_that_is_left_open_is_taken_from_the_input_or_given(tmp_path):
    path = written(tmp_path, *branches())
    for x in (np.ones((7, 2)), np.ones((1, 7, 2)), np.ones((7, 2)).tolist()):
        assert cx.explain(path, x, until="conv").stack.shapes == ((7, 2), (7, 4))
    assert cx.explain(path, until="conv", steps=5).stack.shapes == ((5, 2), (5, 4))
    assert cx.explain(path, np.ones((5, 2)), until="conv", steps=5).stack.shapes == ((5, 2), (5, 4))
    with pytest.raises(ValueError, match="an input x=, or steps=.*Received: steps=None, channels=2"):
        cx.explain(path, until="conv")
    with pytest.raises(ValueError, match="must have the shape"):
        cx.explain(path, np.ones((7, 3)), until="conv")
    with pytest.raises(ValueError, match="must have the shape"):
        cx.explain(path, np.ones((7, 2)), until="conv", steps=5)
    for steps in (0, -1, 2.5, True, "9"):
        with pytest.raises(ValueError, match="steps must be a positive integer"):
            cx.explain(path, until="conv", steps=steps)
    known = handmade.write(tmp_path / "known.keras", handmade.single().members())
    for source in (known, cx.Stack((20, 2), [cx.Flatten()])):
        with pytest.raises(ValueError, match="leaves the number of steps open. Received: steps='?9"):
            cx.explain(source, steps=9)


def test_each_of_several_inputs_has_its_own_steps(tmp_path):
    layers = [
        (input_layer((None, 2), "a"), []),
        (input_layer((None, 2), "b"), []),
        (layer("Concatenate", "both", axis=1), [[[read("a"), read("b")]]]),
    ]
    path = written(tmp_path, graph(layers, [["b", 0, 0], ["a", 0, 0]], ["both", 0, 0]))
    a, b = np.zeros((3, 2)), np.ones((4, 2))
    for x in ([b, a], {"a": a, "b": b[None]}):
        ex = cx.explain(path, x)
        assert ex.stack.shapes == ((4, 2), (3, 2), (7, 2))
        assert ex.stack.input_names == ("b", "a")
        assert ex.levels().values[2].tolist() == np.concatenate([a, b]).tolist()
    assert cx.explain(path, steps=4).stack.shapes[2] == (8, 2)
    with pytest.raises(ValueError, match="of the input 'a' must be known"):
        cx.explain(path, {"b": b})


def test_one_input_has_the_models_name_for_it(tmp_path):
    layers = [
        (input_layer((None, 2), "ecg"), []),
        (layer("ReLU", "relu"), [[read("ecg")]]),
        (layer("Flatten", "flat"), [[read("relu")]]),
    ]
    path = written(tmp_path, graph(layers, [["ecg", 0, 0]], ["flat", 0, 0]))
    x = np.ones((3, 2))
    for name in ("ecg", "x"):
        ex = cx.explain(path, x={name: x}, until="relu")
        assert (ex.stack.shapes, ex.stack.input_names) == (((3, 2), (3, 2)), ("ecg",))
        assert ex.equation(1).rhs.has(sympy.IndexedBase("x"))
        assert ex.network.inputs[0].tolist() == x.tolist()
    with pytest.raises(ValueError, match=r"the input x must be given by the name 'ecg'. Received: 'emg'"):
        cx.explain(path, x={"emg": x}, steps=3)


def test_a_layer_that_is_called_twice_has_one_set_of_weights(tmp_path):
    ex = cx.explain(handmade.write(tmp_path / "m.keras", handmade.unet().members()))
    kinds = ["Conv1D", "AveragePooling1D", "UpSampling1D", "Conv1D", "Concatenate", "SeparableConv1D", "Flatten"]
    assert [type(one).__name__ for one in ex.layers] == kinds
    assert ex.stack.sources(4) == (3,)
    assert ex.stack.owner(4) == 1
    assert ex.network.weights[0] is ex.network.weights[3]


def test_an_activation_with_settings_of_its_own_is_a_level_of_its_own(tmp_path):
    ex = cx.explain(handmade.write(tmp_path / "m.keras", handmade.residual().members()))
    assert ex.layers[:2] == (cx.Conv1D(4, 3, padding="same"), cx.LeakyReLU(negative_slope=0.1))
    assert [one.name for one in ex.layers[:2]] == ["conv", "leaky_re_lu"]
    assert ex.stack.sources(4) == (3, 0)
    assert ex.stack.sources(5) == (4, 2, 0)  # what reads the layer reads what its activation gives
    for last, count in (("conv", 2), ("leaky_re_lu", 2), ("norm", 3)):
        until = cx.explain(handmade.write(tmp_path / "m.keras", handmade.residual().members()), until=last)
        assert len(until.layers) == count


def test_the_order_of_layers_is_kerass_own():
    # x -> a -> b -> sum, x -> c -> sum: c is as far from the end as b.
    reads = {("x", 0): [], ("a", 0): [("x", 0)], ("b", 0): [("a", 0)], ("c", 0): [("x", 0)]}
    reads["sum", 0] = [("c", 0), ("b", 0)]
    assert layer_order(reads, [("sum", 0)]) == ["x", "a", "c", "b", "sum"]
    reads["sum", 0] = [("b", 0), ("c", 0)]
    assert layer_order(reads, [("sum", 0)]) == ["x", "a", "b", "c", "sum"]
    # A layer called at two depths stands where the deeper call does.
    reads = {("x", 0): [], ("a", 0): [("x", 0)], ("b", 0): [("a", 0)], ("a", 1): [("b", 0)], ("c", 0): [("x", 0)]}
    assert layer_order(reads, [("a", 1), ("c", 0)]) == ["x", "a", "b", "c"]


def test_a_long_chain_of_calls_is_followed_without_recursion():
    reads = {(str(n), 0): [(str(n - 1), 0)] if n else [] for n in range(5000)}
    assert layer_order(reads, [("4999", 0)]) == [str(n) for n in range(5000)]


def sliced(*index):
    """A model that slices its input, (9, 2)."""
    entries = [
        {"class_name": "__slice__", "config": dict(zip(("start", "stop", "step"), one, strict=True))}
        if isinstance(one, tuple)
        else {"class_name": "__ellipsis__", "config": {}}
        if one is ...
        else one
        for one in index
    ]
    item = layer("GetItem", "item") | {"module": "keras.src.ops.numpy", "class_name": "GetItem", "name": "item"}
    item["inbound_nodes"] = [{"args": [read("signal"), entries], "kwargs": {}}]
    description = graph([(input_layer((9, 2), "signal"), [])], ["signal", 0, 0], ["item", 0, 0])
    description["config"]["layers"].append(item)
    return description


WHOLE = (None, None, None)


@pytest.mark.parametrize(
    ("index", "expected"),
    [
        ((WHOLE, -1), cx.GetItem((-1,))),
        ((WHOLE, -1, WHOLE), cx.GetItem((-1, slice(None)))),
        ((WHOLE, (1, None, 3), 0), cx.GetItem((slice(1, None, 3), 0))),
        ((..., 1), cx.GetItem((..., 1))),
        ((WHOLE, ..., (None, None, -1)), cx.GetItem((..., slice(None, None, -1)))),
    ],
)
def test_a_slice_is_read(index, expected, tmp_path):
    ex = cx.explain(written(tmp_path, sliced(*index)))
    assert ex.stack == cx.Stack((9, 2), [expected])
    cut = np.arange(18).reshape(9, 2)[expected.slices]
    assert ex.stack.shapes[1] == cut.shape
    assert [ex[tuple(at)] for at in np.ndindex(cut.shape)] == [
        sympy.IndexedBase("x")[divmod(int(number), 2)] for number in cut.ravel()
    ]


@pytest.mark.parametrize(
    ("index", "why"),
    [
        (((0, 1, None), -1), "leave the batch whole"),
        ((0, -1), "leave the batch whole"),
        ((), "leave the batch whole"),
        ((WHOLE, 9), "within the input"),
        ((WHOLE, 10**12), "whole numbers and slices"),
        ((WHOLE, (0, 10**12, None)), "whole numbers and slices"),
        ((WHOLE, 1.0), "whole numbers and slices"),
        ((WHOLE, True), "whole numbers and slices"),
        ((WHOLE, "steps"), "whole numbers and slices"),
        ((WHOLE, None), "whole numbers and slices"),
        ((WHOLE, [0, 1]), "whole numbers and slices"),
        ((WHOLE, ({"class_name": "__slice__"}, None, None)), "whole numbers and slices"),
        ((WHOLE, (0, 5, 0)), "slice or an integer"),
        ((WHOLE, (5, 5, None)), "leave something"),
        ((WHOLE, 0, 0), "leave an axis"),
        ((WHOLE, 0, 0, 0), "more axes than the input has"),
        ((WHOLE,) * 400, "whole numbers and slices"),
        ((..., ...), "once at most"),
    ],
)
def test_a_slice_that_is_not_one_is_refused_in_a_sentence(index, why, tmp_path):
    with pytest.raises(ValueError, match=rf"^'model.keras' [a-z ]*: layer 1 \('item'\): [^\n]*{why}[^\n]* Received: "):
        cx.explain(written(tmp_path, sliced(*index)))


def test_a_layer_that_says_it_is_a_slice_is_refused(tmp_path):
    description = graph(
        [(input_layer((9, 2), "signal"), []), (layer("GetItem", "item", index=[0]), [[read("signal")]])],
        ["signal", 0, 0],
        ["item", 0, 0],
    )
    with pytest.raises(ValueError, match="'GetItem'"):
        cx.explain(written(tmp_path, description))


def operated(kind, *args):
    """A model whose one layer is an operation on two operands."""
    made = layer(kind, "made") | {"module": "keras.src.ops.numpy", "class_name": kind, "name": "made"}
    made["inbound_nodes"] = [{"args": list(args), "kwargs": {}}]
    description = graph([(input_layer((9, 2), "signal"), [])], ["signal", 0, 0], ["made", 0, 0])
    description["config"]["layers"].append(made)
    return description


@pytest.mark.parametrize(
    ("kind", "args", "expected"),
    [
        ("TrueDivide", [read("signal"), 255], cx.TrueDivide(255)),
        ("Divide", [read("signal"), -0.5], cx.TrueDivide(-0.5)),
        ("Negative", [read("signal")], cx.Rescaling(-1)),
    ],
    ids=str,
)
def test_an_operation_with_a_number_is_read(kind, args, expected, tmp_path):
    assert cx.explain(written(tmp_path, operated(kind, *args))).stack == cx.Stack((9, 2), [expected])


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ([1.0, read("signal")], "divide a tensor by a number"),
        ([read("signal"), read("signal")], "one of its operands must be a number"),
        ([read("signal"), 0], "must not be 0"),
        ([read("signal"), 1e-60], "must not be 0"),
        ([read("signal"), "2"], "two levels, or a level and a number|must be described"),
    ],
    ids=str,
)
def test_a_quotient_that_is_none_is_refused_in_a_sentence(args, why, tmp_path):
    with pytest.raises(ValueError, match=rf"layer 1 \('made'\): [^\n]*({why})[^\n]* Received: "):
        cx.explain(written(tmp_path, operated("TrueDivide", *args)))
