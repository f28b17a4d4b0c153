"""collapse: the stacked copies are the one kernel, and it gives what two layers give exactly where it is said to."""

from fractions import Fraction

import numpy as np
import pytest
from networks import DEEP, known, network
from test_laws import told, violations

from convexplain import evaluation, examples
from convexplain.algebra.collapse import collapse
from convexplain.layers import Conv1D
from convexplain.stack import Stack
from convexplain.stories import script
from convexplain.stories.pair import Chain
from convexplain.stories.slabs import TOTAL
from convexplain.style import read

BARE = {"use_bias": False}
SMALL, NOTEBOOK = examples.network("collapse"), examples.network("notebook")
NETWORKS = {
    "small": lambda: SMALL,
    "same twice": lambda: pair((8, 1), [1, 3, "same"], [1, 3, "same"]),
    "causal twice": lambda: pair((8, 1), [1, 3, "causal"], [1, 2, "causal"], seed=1),
    "one tap, then three": lambda: pair((6, 1), [2, 1, "valid"], [1, 3, "valid"], seed=2),
    "three taps, then one": lambda: pair((6, 1), [2, 3, "same"], [1, 1, "same"], seed=3),
    "longer than the signal": lambda: pair((4, 1), [2, 5, "same"], [1, 5, "same"], seed=4),
}
"""Two layers of one input channel and one filter, without biases: the whole network is told."""


def pair(shape, *layers, seed=0):
    """A stack of layers [filters, taps, padding] with small whole numbers."""
    made = [Conv1D(filters, taps, padding=padding, **BARE) for filters, taps, padding in layers]
    return known(network(shape, *made, seed=seed))


def boards(network):
    (film, _), written = told("collapse", network)
    return {board.name: board for board in film.boards}, written


@pytest.mark.parametrize("name", [*NETWORKS, "relu between and after", "same, two channels", "groups", "strides"])
def test_the_laws_hold(name):
    network = NETWORKS[name]() if name in NETWORKS else known(DEEP[name]())
    assert violations(*told("collapse", network)) == []


@pytest.mark.parametrize("name", NETWORKS)
def test_one_kernel_and_two_layers(name):
    network = NETWORKS[name]()
    written, algebra = script.write("collapse", network), collapse(network)
    chain = written.pair.chain
    assert list(chain.effective) == algebra.kernel_values[:, 0, 0].tolist()
    assert [chain.two(step) for step in range(chain.steps)] == network.recorded.outputs[-1][:, 0].tolist()
    one = [chain.one(step) for step in range(chain.steps)]
    exact = set(algebra.exact_steps)
    assert all(one[step] == chain.two(step) for step in exact)
    assert set(chain.differing).isdisjoint(exact)


@pytest.mark.parametrize("network", [SMALL, NOTEBOOK], ids=["small", "notebook"])
def test_the_kernel_is_the_convolution_of_the_two(network):
    chain = script.write("collapse", network).pair.chain
    total = sum(np.convolve(chain.first[m], chain.second[m]) for m in chain.first)
    assert list(chain.effective) == list(total)


@pytest.mark.parametrize("settings", [{"padding": "same"}, {"activation": "relu"}, {"padding": "causal"}])
def test_other_settings_give_what_such_layers_give(settings):
    chain = script.write("collapse", SMALL).pair.chain.with_settings(**settings)
    padding = settings.get("padding", "valid")
    layers = [Conv1D(1, 3, padding=padding, activation=settings.get("activation"), **BARE)]
    layers.append(Conv1D(1, 2, padding=padding, **BARE))
    _, outputs = evaluation.level_values(Stack((6, 1), layers), SMALL.weights, SMALL.x)
    assert [chain.two(step) for step in range(chain.steps)] == outputs[:, 0].tolist()


def test_a_wrong_copy_is_noticed(monkeypatch):
    right = Chain.part
    monkeypatch.setattr(Chain, "part", lambda chain, m: tuple(tap + Fraction(1, 8) for tap in right(chain, m)))
    with pytest.raises(ArithmeticError, match="the stacked copies must be the effective kernel"):
        boards(SMALL)


def test_slide_scale_stack():
    found, _ = boards(SMALL)

    def row(board, after):
        return [found[board].marks["copy", 0, after, k, "digits"].text for k in range(3)]

    def terms(*taps, at):
        return [f"{tap}·x[{at + place}]" for place, tap in enumerate(taps)]

    first = ("1", "+2", "\N{MINUS SIGN}1")
    assert row("first", 0) == row("slide", 0) == row("scale", 0) == terms(*first, at=1)
    assert row("slide", 1) == terms(*first, at=2)
    assert row("scale", 1) == row("stack", 1) == terms("2", "+4", "\N{MINUS SIGN}2", at=2)
    taps = [found["layers"].marks["copy", 0, 0, k, "digits"].text for k in range(3)]
    assert taps == ["× 1", "× 2", "× (\N{MINUS SIGN}1)"]
    assert ("card", "place", 1) in found["first"].marks
    assert ("card", "place", 1) not in found["slide"].marks
    marks = found["slide"].marks
    for after in range(2):
        for k, step in enumerate(range(after + 1, after + 4)):
            assert marks["copy", 0, after, k, "bar"].x == marks["x", 0, step, "bar"].x
    assert [found["scale"].marks["kernel", 2, 0, after, "digits"].text for after in range(2)] == ["1 ×", "2 ×"]
    sums = [found["stack"].marks["effective", j, "digits"].text for j in range(4)]
    assert sums == terms("1", "+4", "+3", "\N{MINUS SIGN}2", at=1)
    names = [found["stack"].marks["name", *key].text for key in (("reads", 1), ("made",))]
    assert names == ["h[2] =", "y[1] ="]


def test_a_number_comes_with_its_row():
    found, _ = boards(SMALL)
    said = {
        name: [("value", row) in found[name].marks for row in (0, 1, TOTAL)]
        for name in ("first", "slide", "scale", "stack")
    }
    assert said == {
        "first": [True, False, False],
        "slide": [True, True, False],
        "scale": [True, True, False],
        "stack": [True, True, True],
    }


@pytest.mark.parametrize("name", ["slide", "scale", "stack"])
def test_a_row_ends_in_what_it_adds_up_to(name):
    found, written = boards(SMALL)
    marks, chain = found[name].marks, written.pair.chain
    x = [read(marks[key].text) if key in marks else 0 for key in (("x", 0, i, "digits") for i in range(6))]
    assert x == [0, *chain.x[1:5], 0]

    def total(taps):
        terms = [mark.text.split("·") for mark in taps]
        return sum(read(tap.lstrip("+")) * x[int(at[2])] for tap, at in terms)

    for after in range(2):
        told = [mark for key, mark in marks.items() if key[:3] == ("copy", 0, after) and key[-1] == "digits"]
        assert marks["value", after].text == f"= {total(told)}"
    if name == "stack":
        assert total(marks["effective", j, "digits"] for j in range(4)) == 8
        assert marks["value", TOTAL].text == "= 8"


def test_one_unit_one_ruler_and_the_samples_stay():
    found, _ = boards(SMALL)
    before = [*found][: [*found].index("same")]
    bars = [found[name].marks["x", 0, 2, "bar"] for name in before if name not in ("named", "convolution")]
    assert len({(bar.x, bar.foot, bar.height) for bar in bars}) == 1
    wide = ("same", "beyond", "differs")  # seen from farther away, with the zeros at both ends
    units = {(name in wide, m.unit) for name in found for m in found[name].marks.values() if m.kind == "bar" and m.unit}
    assert len(units) == 2
    lines = {board.marks["baseline", "row", 2].y for board in found.values() if ("baseline", "row", 2) in board.marks}
    assert len(lines) == 1, "the outputs stand at one height"


@pytest.mark.parametrize(("board", "step"), [("layers", 1), ("relu", 0)])
def test_taps_and_what_they_read_make_what_their_edges_lead_to(board, step):
    marks = boards(SMALL)[0][board].marks
    x, h, y = (
        {
            key[2]: read(mark.text)
            for key, mark in marks.items()
            if key[0] in (row, f"{row} relu") and key[-1] == "digits"
        }
        for row in ("x", "y1", "y2")
    )
    first = [read(marks["copy", 0, 0, k, "digits"].text.strip("× ()")) for k in range(3)]
    second = [read(marks["kernel", 2, 0, k, "digits"].text.strip("× ()")) for k in range(2)]
    made = sum(tap * x[step + k] for k, tap in enumerate(first))
    assert h[step] == (max(0, made) if board == "relu" else made)
    assert y[step] == sum(tap * h[step + k] for k, tap in enumerate(second))


def test_products_add_up_to_what_their_edges_lead_to():
    found, _ = boards(SMALL)
    for name, step in {"one": 0, "slid": 1, "every": 2, "check": 2, "close": 2}.items():
        marks = found[name].marks
        made = [read(mark.text) for own, mark in marks.items() if own[0] == "product"]
        assert sum(made) == read(marks["y2", 0, step, "digits"].text), name
        assert len([own for own in marks if own[0] == "edge"]) == len(made), name
        if name in ("one", "slid", "every"):
            assert [read(marks["given", t].text) for t in range(3)] == [2, 8, 7]


def test_the_formula_is_that_of_a_column():
    found, written = boards(SMALL)
    named, board, chain = found["named"], found["convolution"], written.pair.chain
    assert named.caption == "With names, column *j* = 1 is *w*2[0]·*w*1[1] + *w*2[1]·*w*1[0] = 2 + 2 = 4."
    for marks in (named.marks, board.marks):
        meeting = [marks["copy", 0, after, k, "name"].text for after, k in ((0, 1), (1, 0))]
        assert meeting == ["w2[0]·w1[1]", "w2[1]·w1[0]"]
        assert marks["effective", 1, "name"].text == "w[1]"
        assert all(mark.about is None for key, mark in marks.items() if key[-1] == "name")
    at = [[marks["name", "k", after].text for after in range(2)] for marks in (named.marks, board.marks)]
    assert at == [["w2[0] = 1", "w2[1] = 2"], ["k = 0", "k = 1"]]
    assert chain.second[0][0] * chain.first[0][1] + chain.second[0][1] * chain.first[0][0] == chain.effective[1]
    rows = [named.marks["name", "kernel", 1, after].text for after in range(2)]
    assert rows == ["kernel 1 w1, × 1", "kernel 1 w1, × 2"]
    assert not [key for key in named.marks if key[0] == "x"], "the ruler counts the taps alone"
    formula = "".join(mark.text for key, mark in board.marks.items() if key[0] == "formula")
    assert formula == "w[j] = ∑k w2[k] w1[j \N{MINUS SIGN} k]"


def test_a_relu_takes_away_what_the_one_kernel_keeps():
    found, _ = boards(SMALL)
    marks = found["relu"].marks
    assert [read(marks[row, 0, t, "digits"].text) for t, row in enumerate(("y2 relu", "y2", "y2"))] == [4, 8, 7]
    assert [key for key in marks if key[0] == "one"] == [("one", 0, "bar"), ("one", 0, "digits")]
    two, one = marks["y2 relu", 0, 0, "bar"], marks["one", 0, "bar"]
    assert read(marks["one", 0, "digits"].text) == 2
    assert two.right < one.left
    assert two.foot == one.foot
    assert marks["name", "relu"].text == "relu: below 0 becomes 0"
    assert found["relu"].caption.endswith("*y*[0] = 1 × 0 + 2 × 2 = 4. The one kernel gives 2.")


def test_keras_numbers_stand_below_those_of_the_one_kernel():
    found, written = boards(SMALL)
    marks = found["check"].marks
    asked = [read(marks["compared", t].text) for t in range(3)]
    assert asked == written.source.recorded.outputs[-1][:, 0].tolist() == [2, 8, 7]
    assert all(marks["compared", t].x == marks["y2", 0, t, "bar"].x for t in range(3))


def test_where_padding_makes_them_differ():
    found, written = boards(SMALL)
    same = written.pair.chain.with_settings("same")
    assert same.differing == (5,)
    assert (same.two(5), same.one(5)) == (3, 5)
    assert found["same"].caption.endswith("adds zeros at the ends of *x*, so that *h* is as long as *x*.")
    assert found["beyond"].caption == "Layer 2 reads a zero, too, for *h*[6]: *y*[5] = 1 × 3 + 2 × 0 = 3."
    said = "For the one kernel *h* goes on, *h*[6] = 1: *y*[5] = 1 × 3 + 2 × 1 = 5, not 3."
    assert found["differs"].caption == said
    zeros = {
        name: {key[1:3] for key in found[name].marks if key[0] == "beyond" and key[-1] == "zero"} for name in found
    }
    ends = {(0, -1), (0, 6)}
    assert (zeros["same"], zeros["beyond"], zeros["differs"]) == (ends, ends | {(1, 6)}, ends | {(1, 6), (0, 7)})
    marks = found["differs"].marks
    assert [read(marks[key].text) for key in (("y2 same", 0, 5, "digits"), ("one", 5, "digits"))] == [3, 5]
    assert marks["y2 same", 0, 5, "bar"].right < marks["one", 5, "bar"].left
    padded, kept = marks["beyond", 1, 6, "zero"], marks["one", "between", 6, "digits"]
    assert (read(padded.text), read(kept.text)) == (0, same.hidden(6, 0, ends=False)) == (0, 1)
    assert padded.right < kept.left
    assert marks["one", 5, "bar"].role == "differs"
    assert [marks["ruler", step].text for step in (6, 7)] == ["6", "7"]


def test_a_number_of_the_same_samples_stays_itself_under_other_padding():
    found, _ = boards(SMALL)
    every, same = (found[name].marks for name in ("every", "same"))
    for t, value in enumerate((2, 8, 7)):
        assert read(every["y2", 0, t, "digits"].text) == read(same["y2", 0, t, "digits"].text) == value
        assert same["y2", 0, t, "bar"].x == same["x", 0, t + 1, "bar"].x


def test_with_one_tap_nothing_is_read_beyond_the_end():
    found, _ = boards(NETWORKS["three taps, then one"]())
    assert "beyond" not in found
    assert "slide" not in found


def test_a_relu_in_between_stays_aside_until_the_end():
    found, written = boards(known(network((8, 1), Conv1D(1, 3, activation="relu", **BARE), Conv1D(1, 2, **BARE))))
    remark = " ".join(mark.text for key, mark in found["layers"].marks.items() if key[0] == "remark")
    assert remark.startswith("The relu between the layers stays aside until the end.")
    assert written.pair.told.differing == written.pair.chain.with_settings(activation="relu").differing
    last = written.source.recorded.outputs[-1][:, 0].tolist()
    assert [written.pair.told.two(step) for step in range(written.shape[0])] == last


def test_one_layer_has_nothing_to_become_one_with():
    with pytest.raises(ValueError, match=r"level 2 or above\. Received: level 1"):
        script.write("collapse", SMALL, level=1).pair  # noqa: B018
