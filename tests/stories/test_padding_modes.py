"""padding_modes: the zeros it draws are those that Keras adds, and what it says of them is so."""

from dataclasses import replace

import numpy as np
import pytest

import convexplain as cx
from convexplain import examples
from convexplain.evaluation import level_values
from convexplain.network import Network, Recorded, check_input, check_weights
from convexplain.stories import script
from convexplain.stories.one_channel.bands import paddings
from convexplain.stories.told import tell

EXAMPLE = examples.network("padding_modes")


def network(layer, steps):
    stack = cx.Stack((steps, 1), [layer])
    weights = check_weights(stack, [[np.arange(1, layer.kernel_size + 1, dtype=float).reshape(-1, 1, 1)]])
    x = check_input(stack, np.arange(1, steps + 1, dtype=float).reshape(-1, 1))
    return Network(stack, weights, x, Recorded(level_values(stack, weights, x), "exact sums"))


def boards(told=EXAMPLE, cell=None):
    return {board.name: board for board in tell(script.write("padding_modes", told, cell)).boards}


def drawn_zeros(board):
    """The steps outside the signal whose zeros are drawn."""
    return {key[1] for key in board.marks if key[0] == "zero"}


@pytest.mark.parametrize("mode", ["valid", "same", "causal"])
def test_the_zeros_that_are_drawn_make_a_valid_layer_of_every_other(mode):
    found = boards()
    zeros = drawn_zeros(found[mode])
    before, after = sum(step < 0 for step in zeros), sum(step >= 6 for step in zeros)
    padded = np.pad(EXAMPLE.x, ((before, after), (0, 0)))
    stack = cx.Stack(padded.shape, [cx.Conv1D(1, 3, use_bias=False)])
    (expected,) = level_values(stack, EXAMPLE.weights, padded)
    told = paddings(script.write("padding_modes", EXAMPLE))[mode]
    shown = [told.output(t, 0).value for t in range(told.shape[0])]
    assert shown == list(expected[:, 0])
    assert found["all"].marks["count", mode, len(expected)].text == str(len(expected))


def test_the_same_number_stands_one_step_apart():
    found = boards(cell=(2, 0))["all"]
    steps = {"valid": 1, "same": 2, "causal": 3}
    numbers = [found.marks["y", mode, step, "digits"].text for mode, step in steps.items()]
    columns = [found.marks["y", mode, step, "bar"].x for mode, step in steps.items()]
    assert numbers == ["4", "4", "4"]
    assert np.diff(columns) == pytest.approx(2 * [found.marks["ruler", 1].x - found.marks["ruler", 0].x])
    assert "one step apart" in found.caption
    assert sum(key[0] == "link" for key in found.marks) == 4 + 5


@pytest.mark.parametrize(
    ("name", "mode", "above", "many"), [("shifted", "same", "valid", 4), ("all", "causal", "same", 5)]
)
def test_each_row_comes_out_of_the_one_above_one_step_later(name, mode, above, many):
    """What a row has from the one above falls back, and a line leads to it; what is its own is lit."""
    told = tell(script.write("padding_modes", EXAMPLE))
    way = next(way for way in told.transitions if way.after.name == name)
    acts, marks = {act.key: act for act in way.acts}, way.after.marks
    for step in range(6):
        act, is_own = acts["y", mode, step, "bar"], not 0 < step <= many
        assert act.before is None
        assert act.other == (None if is_own else marks["y", above, step - 1, "bar"])
        assert (act.after.light == 1) == is_own == (("link", mode, step) not in marks)


def test_a_causal_output_stands_under_the_last_step_that_it_reads():
    found = boards()
    for name, step in (("causal", 0), ("later", 3), ("last", 5)):
        marks = found[name].marks
        assert marks["y", "causal", step, "bar"].x == marks["w1", 0, 0, 2, "bar"].x
    said = found["causal"].caption.partition(": ")[2]
    sum_, result = said.rstrip(".").replace("\N{MINUS SIGN}", "-").replace("×", "*").split(" = ")
    assert eval(sum_) == int(result) == -2


def test_the_zeros_in_front_have_their_steps_where_p_is_told():
    found = boards()
    for name, texts in (("same", []), ("p", ["\N{MINUS SIGN}1"]), ("last", ["\N{MINUS SIGN}2", "\N{MINUS SIGN}1"])):
        marks = found[name].marks
        shown = sorted(key[1] for key in marks if key[0] == "ruler" and isinstance(key[1], int) and key[1] < 0)
        assert [marks["ruler", step].text for step in shown] == texts
        assert all(marks["ruler", step].x == marks["zero", step].x for step in shown)


def test_the_edges_lead_from_the_covered_samples_to_the_step_of_their_output():
    for name, mode in (("valid", "valid"), ("p", "same"), ("causal", "causal"), ("dilated", "same dilation 2")):
        board = boards()[name]
        ends = {mark.points[2] for key, mark in board.marks.items() if key[0] == "edge"}
        begins = [board.marks["edge", k].points[0] for k in range(3)]
        assert begins == [board.marks["w1", 0, 0, k, "bar"].x for k in range(3)]
        (knot,) = ends
        assert knot in [mark.x for key, mark in board.marks.items() if key[:2] == ("y", mode) and key[-1] == "bar"]


def test_the_window_hangs_over_the_edge_and_its_sum_is_written():
    """The sum that is written is that of the padded samples and the kernel; p comes only after it."""
    found = boards()
    names = list(found)
    assert names.index("valid") < names.index("border") < names.index("same") < names.index("p")
    said = found["border"].caption.partition(": ")[2].rstrip(".").replace("\N{MINUS SIGN}", "-").replace("×", "*")
    sum_, result = said.split(" = ")
    assert eval(sum_) == int(result) == np.dot([0, *EXAMPLE.x[:2, 0]], EXAMPLE.weights[0][0][:, 0, 0])
    assert drawn_zeros(found["border"]) == {-1}
    counted = [name for name in names if any(key[0] == "name" and "pad" in key for key in found[name].marks)]
    assert counted[0] == "p"


def test_of_a_long_sum_the_product_with_the_zero_is_written():
    notebook = boards(examples.network("notebook"))["border"].caption
    assert notebook.partition(": ")[2].startswith("0 × ")
    assert notebook.endswith(" = 0.")


@pytest.mark.parametrize("name", ["valid", "same", "causal", "dilated"])
def test_every_output_of_one_band_has_its_number(name):
    board = boards()[name]
    bars = {key[:3] for key in board.marks if key[0] == "y" and key[-1] == "bar"}
    assert bars
    assert bars == {key[:3] for key in board.marks if key[0] == "y" and key[-1] == "digits"}
    assert ("w1", 0, 0, 0, "bar") in board.marks, "the kernel stays in sight"


def test_strides_leave_the_last_sample_unread_where_keras_gives_it_no_weight():
    """The outputs do not change when the dim sample does; they do when the one before it changes."""
    found = boards()["strides"]
    stack = cx.Stack((6, 1), [cx.Conv1D(1, 3, strides=2, use_bias=False)])
    for step in range(6):
        changed = np.array(EXAMPLE.x)
        changed[step] += 1
        before, after = (level_values(stack, EXAMPLE.weights, x)[0] for x in (EXAMPLE.x, changed))
        assert np.array_equal(before, after) == (found.marks["x", 0, step, "bar"].light < 1)
    assert found.caption.endswith("No window reads step 5.")


def test_strides_are_told_after_all_paddings_and_their_zero_before_the_sum_that_needs_it():
    found = boards()
    names = list(found)
    order = ["valid", "same", "causal", "all", "needs", "span", "odd", "summed", "dilation", "check"]
    assert [name for name in names if name in order] == order
    assert found["needs"].caption == "`same` with strides 2: 6 samples / 2 = 3 windows."
    assert found["span"].caption == (
        "Its windows start at 0, 2, 4 and read seven steps, one more than there are samples."
    )
    assert found["odd"].caption.endswith("Half of one, rounded down, is none: none in front, one behind.")
    assert [drawn_zeros(found[name]) for name in ("needs", "span", "odd", "summed")] == [set(), set(), {6}, {6}]
    for name in ("needs", "span", "odd"):
        assert not any(key[0] == "y" for key in found[name].marks)
    sum_, result = found["summed"].caption.partition(": ")[2].rstrip(".").split(" = ")
    assert eval(sum_.replace("\N{MINUS SIGN}", "-").replace("×", "*")) == int(result) == 5


@pytest.mark.parametrize(("name", "gap"), [("strides", "stride"), ("summed", "stride"), ("dilated", "dilation")])
def test_the_formula_has_the_gap_that_is_told(name, gap):
    assert [mark.text for key, mark in boards()[name].marks.items() if key[0] == "formula" and key[-1] == gap] == ["2"]


def test_a_bracket_spans_the_steps_that_strided_windows_read():
    marks = boards()["span"].marks
    steps = [key[1] for key in marks if key[0] == "ruler" and isinstance(key[1], int)]
    bracket = marks["ruler", "span"]
    assert sorted(steps) == list(range(7))
    assert all(
        bracket.left < marks["ruler", step].left and marks["ruler", step].right < bracket.right for step in steps
    )


@pytest.mark.parametrize(
    ("taps", "left", "right", "said"),
    [(4, 1, 2, "is one: one in front, two"), (2, 0, 1, "is none: none in front, one")],
)
def test_the_odd_zero_goes_right(taps, left, right, said):
    board = boards(network(cx.Conv1D(1, taps, padding="same", use_bias=False), 9), (4, 0))["odd"]
    zeros = drawn_zeros(board)
    assert (sum(step < 0 for step in zeros), sum(step >= 9 for step in zeros)) == (left, right)
    assert board.caption.endswith(f"rounded down, {said} behind.")


def test_a_dilated_layer_adds_a_zero_for_each_step_of_its_window_but_one_and_half_are_in_front():
    found = boards()
    assert drawn_zeros(found["dilation"]) == {-2}, "the step between two taps is not read"
    assert drawn_zeros(found["dilated"]) == {-2, -1, 6, 7}
    assert found["dilated"].caption == "A window of five steps needs four zeros, half in front: *p* = 2."


def test_it_says_of_strided_layers_that_other_windows_are_read():
    strided = network(cx.Conv1D(1, 3, strides=2, padding="causal", use_bias=False), 9)
    found = boards(strided, (2, 0))
    assert "numbers differ" in found["all"].caption
    assert "strides" not in found


def test_one_tap_needs_no_zero():
    found = boards(network(cx.Conv1D(1, 1, use_bias=False), 5))
    assert "No zeros are needed" in found["all"].caption
    assert not any(map(drawn_zeros, found.values()))


def test_all_that_is_shown_was_compared_with_keras():
    found = boards()["check"]
    assert found.caption == "The library Keras 3.15.1 gives exactly the same numbers: 16 outputs compared."
    for mode, count in (("valid", 4), ("same", 6), ("causal", 6)):
        for t in range(count):
            assert found.marks["keras", "y", mode, t].text == found.marks["y", mode, t, "digits"].text
    wrong = {layer: answer + (layer.padding == "causal") for layer, answer in EXAMPLE.recorded.siblings.items()}
    with pytest.raises(script.Refuted):
        boards(replace(EXAMPLE, recorded=replace(EXAMPLE.recorded, siblings=wrong)))
