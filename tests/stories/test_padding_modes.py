"""padding_modes: the zeros it draws are those that Keras adds, and what it says of them is so."""

from dataclasses import replace
from itertools import pairwise, product

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
MODES = ["valid", "same", "causal"]


def network(layer, steps):
    stack = cx.Stack((steps, 1), [layer])
    weights = check_weights(stack, [[np.arange(1, layer.kernel_size + 1, dtype=float).reshape(-1, 1, 1)]])
    x = check_input(stack, np.arange(1, steps + 1, dtype=float).reshape(-1, 1))
    return Network(stack, weights, x, Recorded(level_values(stack, weights, x), "exact sums"))


def boards(told=EXAMPLE, cell=None):
    return {board.name: board for board in tell(script.write("padding_modes", told, cell)).boards}


def lit_zeros(board):
    """The steps outside the signal whose zeros are in the light."""
    return {key[1] for key, mark in board.marks.items() if key[0] == "zero" and key[-1] == "place" and mark.edge == 1}


def lit_outputs(board, mode):
    """The steps of the outputs of a row that are in the light."""
    return [
        key[-2] for key, mark in board.marks.items() if key[:2] == ("y", mode) and key[-1] == "bar" and mark.light == 1
    ]


def worked(caption):
    """The result that a caption writes, which is the value of the sum before it."""
    said = caption.rpartition(": ")[2].rstrip(".").replace("\N{MINUS SIGN}", "-").replace("×", "*")
    sum_, result = said.split(" = ")
    assert eval(sum_) == int(result)
    return int(result)


@pytest.mark.parametrize("mode", MODES)
def test_the_zeros_in_the_light_make_a_valid_layer_of_every_other(mode):
    found = boards()
    zeros = lit_zeros(found[mode])
    before, after = sum(step < 0 for step in zeros), sum(step >= 6 for step in zeros)
    padded = np.pad(EXAMPLE.x, ((before, after), (0, 0)))
    stack = cx.Stack(padded.shape, [cx.Conv1D(1, 3, use_bias=False)])
    (expected,) = level_values(stack, EXAMPLE.weights, padded)
    told = paddings(script.write("padding_modes", EXAMPLE))[mode]
    shown = [told.output(t, 0).value for t in range(told.shape[0])]
    assert shown == list(expected[:, 0])
    assert found["all"].marks["count", mode].text == str(len(expected))


def test_rows_fill_one_after_the_other_and_stay_where_they_are():
    """From board to board nothing is lost, and no bar changes its place or its size, except where strides leave outputs
    out and the others have to wait, and where taps lie apart: its outputs are others. No column ever moves.
    """
    told = tell(script.write("padding_modes", EXAMPLE)).boards
    for before, after in pairwise(told):
        bars = {key for key in before.marks if key[-1] == "bar" and key[0] in "xy"}
        if after.name in ("valid dilated", "answer"):
            bars = {key for key in bars if key[0] == "x"}
        if after.name == "strides":
            bars = {key for key in bars if key[0] == "x" or (key[1] == "valid" and key[2] % 2 == 0)}
        bars &= set(after.marks) if after.name == "strides" else bars
        assert bars <= set(after.marks)
        for key in bars:
            old, new = before.marks[key], after.marks[key]
            assert (old.x, old.y, old.height) == (new.x, new.y, new.height)
        rulers = before.marks.keys() & after.marks.keys() & {("ruler", step) for step in range(-9, 9)}
        assert all(before.marks[key].x == after.marks[key].x for key in rulers)


def test_outputs_are_counted_when_their_row_is_full():
    found = boards()
    said = [[found[name].marks["count", mode].text for mode in MODES] for name in ("kernel", *MODES)]
    assert said == [["?", "?", "?"], ["4", "?", "?"], ["4", "6", "?"], ["4", "6", "6"]]


def test_the_same_number_stands_one_step_apart():
    found = boards(cell=(3, 0))["all"]
    steps = {"valid": 2, "same": 3, "causal": 4}
    numbers = [found.marks["y", mode, step, "digits"].text for mode, step in steps.items()]
    columns = [found.marks["y", mode, step, "bar"].x for mode, step in steps.items()]
    assert numbers == ["3", "3", "3"]
    assert np.diff(columns) == pytest.approx(2 * [found.marks["ruler", 1].x - found.marks["ruler", 0].x])
    assert found.caption == "Each zero more in front: every number one step later."


def test_what_two_rows_have_is_in_the_light_and_parallel_lines_join_the_outputs_of_each_window():
    """The others are those of windows that one padding has alone."""
    marks = boards()["all"].marks
    assert [lit_outputs(boards()["all"], mode) for mode in MODES] == [[0, 1, 2, 3], [0, 1, 2, 3, 4], [1, 2, 3, 4, 5]]
    links = {key: mark for key, mark in marks.items() if key[0] == "link"}
    assert [key[2] for key in links if key[1] == "same"] == [1, 2, 3, 4]
    assert sorted(key[2] for key in links if key[1] == "causal") == [1, 2, 3, 4, 5]
    for (_, mode, step), link in links.items():
        above, bar = {"same": "valid", "causal": "same"}[mode], marks["y", mode, step, "bar"]
        (x, _, end, _), before = link.points, marks["y", above, step - 1, "bar"]
        assert before.right < x < end < bar.left
        assert marks["y", above, step - 1, "digits"].text == marks["y", mode, step, "digits"].text
        assert end - x == pytest.approx(links["link", "same", 1].width)
        assert (link.light == 1) == (step == {"same": 2, "causal": 3}[mode]), "that of the window is the strongest"
    assert marks["path", "valid", 1].points[0] == marks["y", "valid", 1, "bar"].x == marks["w1", 0, 0, 0, "bar"].x


def test_a_causal_output_stands_under_the_last_step_that_it_reads():
    found = boards()
    marks = found["causal"].marks
    assert marks["y", "causal", 5, "bar"].x == marks["w1", 0, 0, 2, "bar"].x
    assert found["causal"].caption == "`causal`: 2 zeros in front: *y*[*t*] reads no later than step *t*."
    assert lit_outputs(found["causal"], "causal") == [*range(6)]


def test_zeros_have_their_steps():
    """Those that the told row reads, and no others; none where all rows are told."""
    found = boards()
    every = (
        ("border", [-1]),
        ("same", [-1, 6]),
        ("causal", [-2, -1]),
        ("all", []),
        ("span", [6]),
        ("odd", [6]),
        ("strides", []),
        ("causal strides", [-2, -1]),
        ("valid dilated", []),
        ("same dilated", [-2, -1, 6, 7]),
        ("causal dilated", [-4, -3, -2, -1]),
        ("check", []),
    )
    for name, steps in every:
        marks = found[name].marks
        shown = [key[1] for key in marks if key[0] == "ruler" and isinstance(key[1], int) and not 0 <= key[1] < 6]
        assert sorted(shown) == steps
        assert [marks["ruler", step].text for step in steps] == [str(s).replace("-", "\N{MINUS SIGN}") for s in steps]
        assert all(marks["ruler", step].x == marks["zero", step].x for step in steps)


DILATED = [f"{mode} dilated" for mode in MODES]
TOLD = {mode: mode for mode in MODES} | {"p": "same"} | dict(zip(DILATED, MODES, strict=True))


@pytest.mark.parametrize("example", ["padding_modes", pytest.param("notebook", marks=pytest.mark.long)])
@pytest.mark.parametrize("name", TOLD)
def test_a_path_leads_from_the_edges_to_the_number_of_the_output_and_crosses_no_other(name, example):
    marks, mode = boards(examples.network(example))[name].marks, TOLD[name]
    path = next(mark for key, mark in marks.items() if key[0] == "path")
    x, y, turn, corner, end, tip = path.points
    for edge, k in ((mark, key[1]) for key, mark in marks.items() if key[0] == "edge"):
        assert edge.points[0] == marks["w1", 0, 0, k, "bar"].x
        assert edge.points[2:] == pytest.approx((x, y))
    numbers = {key: mark for key, mark in marks.items() if key[0] == "y" and key[-1] == "digits"}
    assert x == turn
    assert y <= corner
    for mark in numbers.values():
        assert not (mark.left < x < mark.right and y < mark.y < max(corner, tip))
    told = min((m for k, m in numbers.items() if k[1] == mode), key=lambda m: abs(m.x - end) + abs(m.y - tip))
    assert (told.x - end, told.top - tip) == pytest.approx((0, 16))
    assert marks[told.rides].light == 1
    assert told.x - x == pytest.approx(
        0 if mode == "valid" else (marks["x", 0, 1, "bar"].x - marks["x", 0, 0, "bar"].x) / 2
    )


def test_the_window_hangs_over_the_edge_and_its_sum_is_written():
    """The sum that is written is that of the padded samples and the kernel; p comes only after it."""
    found = boards()
    names = list(found)
    assert names.index("valid") < names.index("border") < names.index("same") < names.index("p")
    expected = np.dot([0, *EXAMPLE.x[:2, 0]], EXAMPLE.weights[0][0][:, 0, 0])
    assert worked(found["border"].caption) == expected
    assert lit_zeros(found["border"]) == {-1}
    told = [name for name in names if any(key[0] == "name" and key[-1] == "p" for key in found[name].marks)]
    assert told == names[names.index("p") :]
    assert [found["p"].marks["name", "y", mode, "p"].text for mode in MODES] == ["p = 0", "p = 1", "p = ?"]
    assert found["same"].caption.endswith("1 zero in front, 1 behind: 6 + 2 \N{MINUS SIGN} 3 + 1 = 6.")
    assert found["p"].marks["t", "y", "same", 0].text == "y[0]"
    written = [name for name in names if any(key[0] == "formula" for key in found[name].marks)]
    assert written[0] == "p"
    assert "*x*[*t* + *k* \N{MINUS SIGN} *p*] = *x*[0 + 0 \N{MINUS SIGN} 1]: *p* = 1 " in found["p"].caption


@pytest.mark.parametrize(("name", "mode", "zeros"), [("border", "same", 1), ("causal border", "causal", 2)])
def test_a_window_begins_as_many_steps_before_its_output_as_zeros_are_in_front(name, mode, zeros):
    """It stands there once, with its sum, before it goes through."""
    board = boards()[name]
    assert lit_zeros(board) == {*range(-zeros, 0)}
    kernel, output = board.marks["w1", 0, 0, 0, "bar"], board.marks["y", mode, 0, "bar"]
    pitch = board.marks["ruler", 1].x - board.marks["ruler", 0].x
    assert output.x - kernel.x == pytest.approx(zeros * pitch)
    assert str(worked(board.caption)) == board.marks["y", mode, 0, "digits"].text
    said = {"border": "the window begins one step before its output", "causal border": "*p* = 2 zeros in front"}
    assert said[name] in board.caption


def test_no_path_moves_over_numbers_with_the_window():
    """It goes before the window does, and another one comes when that stands."""
    for before, after in pairwise(tell(script.write("padding_modes", EXAMPLE)).boards):
        for key in (key for key in before.marks.keys() & after.marks.keys() if key[0] == "path"):
            assert before.marks[key].points[-2:] == after.marks[key].points[-2:]


def test_of_a_long_sum_the_product_with_the_zero_is_written():
    notebook = boards(examples.network("notebook"))
    assert notebook["border"].caption.rpartition(": ")[2].startswith("0 × ")
    assert notebook["border"].caption.endswith(" = 0.")
    assert not any(key[0] in ("remark", "note") for board in notebook.values() for key in board.marks)


@pytest.mark.parametrize("name", [*MODES, "causal dilated", "check"])
def test_every_output_has_its_number(name):
    board = boards()[name]
    bars = {key[:-1] for key in board.marks if key[0] == "y" and key[-1] == "bar"}
    assert bars
    assert bars == {key[:-1] for key in board.marks if key[0] == "y" and key[-1] == "digits"}
    assert ("w1", 0, 0, 0, "bar") in board.marks, "the kernel stays in sight"


@pytest.mark.long
def test_strides_leave_the_last_sample_unread_where_keras_gives_it_no_weight():
    """The outputs of both do not change when the dim sample does; they do when the one before it changes."""
    found = boards()
    for (mode, name), step in product((("valid", "strides"), ("causal", "causal strides")), range(6)):
        stack = cx.Stack((6, 1), [cx.Conv1D(1, 3, strides=2, padding=mode, use_bias=False)])
        changed = np.array(EXAMPLE.x)
        changed[step] += 1
        before, after = (level_values(stack, EXAMPLE.weights, x)[0] for x in (EXAMPLE.x, changed))
        assert np.array_equal(before, after) == (found[name].marks["x", 0, step, "bar"].light < 1)


@pytest.mark.long
@pytest.mark.parametrize(
    ("taps", "steps", "valid", "causal"),
    [
        (3, 6, " `valid` misses step 5.", "`causal` misses step 5, too"),
        (31, 500, " `valid` misses step 499.", "`causal` misses step 499, too"),
        (4, 8, "", "`causal` misses step 7"),
        (4, 9, " `valid` misses step 8.", "`causal` begins at step \N{MINUS SIGN}3"),
        (3, 7, "", "`causal` begins at step \N{MINUS SIGN}2"),
    ],
)
def test_each_strided_row_says_which_sample_it_never_reads(taps, steps, valid, causal):
    found = boards(network(cx.Conv1D(1, taps, use_bias=False), steps), (2, 0))
    assert found["strides"].caption == f"Strides 2: *y*[*t*] stands under step 2*t*.{valid}"
    assert found["causal strides"].caption == f"{causal}."


def keras(mode, **gaps):
    """The outputs of the example with a padding and strides or dilation."""
    stack = cx.Stack((6, 1), [cx.Conv1D(1, 3, padding=mode, use_bias=False, **gaps)])
    return list(level_values(stack, EXAMPLE.weights, EXAMPLE.x)[0][:, 0])


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", ["strides", "causal strides", "span", "odd"])
def test_strided_outputs_are_every_second_one_of_those_that_stand(name, mode):
    """The rows have them alone, with their own counts; each waits for its turn, and `same`, whose p
    strides change, for the others. The row that is told is in the light.
    """
    marks, expected = boards()[name].marks, keras(mode, strides=2)
    told = {"strides": "valid", "causal strides": "causal"}.get(name, "same")
    if (mode, name) == ("causal", "strides") or (mode == "same" and name != "odd"):
        assert marks["count", mode].text == ("3" if name == "span" else "?")
        assert marks["name", "y", mode, "p"].text == "p = ?"
        assert not any(key[:2] == ("y", mode) for key in marks)
        return
    assert marks["count", mode].text == str(len(expected))
    shown = [key[2] for key in marks if key[:2] == ("y", mode) and key[-1] == "digits"]
    assert lit_outputs(boards()[name], mode) == (shown if mode == told else [])
    assert np.diff(shown).tolist() == [2] * (len(expected) - 1)
    assert [int(marks["y", mode, t, "digits"].text.replace("\N{MINUS SIGN}", "-")) for t in shown] == expected
    zero, pitch = marks["ruler", 0].x, marks["ruler", 1].x - marks["ruler", 0].x
    assert [marks["y", mode, t, "bar"].x for t in shown] == pytest.approx(
        [zero + 2 * t * pitch for t in range(3)][: len(shown)]
    )
    assert marks["name", "y", mode, "p"].text == f"p = {2 * (mode == 'causal')}"
    if mode == told != "same":
        assert [marks["t", "y", mode, step].text for step in shown] == [f"y[{t}]" for t in range(len(expected))]


@pytest.mark.parametrize("example", ["padding_modes", "notebook"])
@pytest.mark.parametrize(
    ("name", "mode"), [("strides", "valid"), ("causal strides", "causal"), ("span", "same"), ("odd", "same")]
)
def test_all_windows_of_a_layer_stand_side_by_side_over_the_steps_that_they_read(name, mode, example):
    """None covers another one. Where numbers have room each has the taps and leads to its output, else a name."""
    told = examples.network(example)
    layer = script.write("padding_modes", told).sibling(padding=mode, strides=2)
    marks = boards(told)[name].marks
    cards = {key[2]: mark for key, mark in marks.items() if key[0] == "window" and len(key) == 3}
    assert [*cards] == [*range(layer.shape[0])]
    zero, pitch = marks["ruler", 0].x, marks["ruler", 1].x - marks["ruler", 0].x
    for t, card in cards.items():
        covered = [step for step in range(-9, 40) if card.left < zero + step * pitch < card.right]
        assert covered == [*layer.reads(t)]
        if example == "notebook":
            assert marks["label", mode, "window", 2, t].text == f"y[{t}]"
            continue
        taps = [marks["window", 2, t, k] for k in range(3)]
        assert [digits.text for digits in taps] == ["\N{MINUS SIGN}1", "1", "1"]
        assert [digits.x for digits in taps] == pytest.approx([zero + step * pitch for step in layer.reads(t)])
    for one, two in pairwise(cards.values()):
        assert one.right < two.left or one.bottom < two.top or two.bottom < one.top
    assert not any(key[0] == "w1" for key in marks), "the kernel is not in the way"
    threads = [mark for key, mark in marks.items() if key[0] == "path"]
    numbers = [mark for key, mark in marks.items() if key[:2] == ("y", mode) and key[-1] == "digits"]
    assert len(threads) == (len(cards) if example == "padding_modes" and name != "span" else 0)
    for thread, card, number in zip(threads, cards.values(), numbers, strict=False):
        (x, y, *_, end, tip) = thread.points
        assert card.left < x < card.right
        assert y == pytest.approx(card.bottom + 10)
        assert max(abs(number.x - end) - number.width / 2, number.top - tip) == pytest.approx(16)


@pytest.mark.parametrize(("name", "t"), [("p", 0), ("causal", 5)])
def test_the_ruler_says_which_t_of_the_formula_is_told(name, t):
    marks = boards()[name].marks
    assert marks["ruler", "said", t, "*t*"].right < marks["ruler", t].left
    lit = [mark.text for key, mark in marks.items() if key[0] == "formula" and key[-1] == "t" and mark.role == "lit"]
    assert lit == ["t"]
    assert all(key[-1] != "t" for board in boards().values() for key in board.marks if key[0] == "y")


def test_strides_are_told_after_all_paddings_and_how_many_zeros_they_need_before_where_they_go():
    found = boards()
    late = ["causal", "all", "strides", "causal strides", "span", "odd", *DILATED, "answer", "check"]
    assert [*found] == ["kernel", "output", "valid", "border", "same", "p", "causal border", *late]
    minus = "\N{MINUS SIGN}"
    said = "`same`: 6 / 2 = 3 windows from step 0: 2 + 2 + 3 = 7 steps."
    assert found["span"].caption == said
    assert found["odd"].caption == f"7 {minus} 6 = 1 zero; half, rounded down, in front: *p* = 0; 1 behind."
    assert (lit_zeros(found["span"]), lit_zeros(found["odd"])) == ({6}, {6})
    assert [found[name].marks["zero", 6].text for name in ("span", "odd")] == ["?", "0"]
    assert boards(network(cx.Conv1D(1, 4, use_bias=False), 9))["span"].caption.endswith(
        f"`: 9 windows from step {minus}1: 8 + 4 = 12 steps."
    )
    strided = boards(network(cx.Conv1D(1, 4, strides=2, padding="same", use_bias=False), 9))["span"]
    said = f"`same`: 9 / 2, rounded up: 5 windows from step {minus}1: 8 + 4 = 12 steps."
    assert strided.caption == said


@pytest.mark.parametrize(("name", "gap"), [("strides", "stride"), ("same dilated", "dilation")])
def test_the_formula_has_the_gap_that_is_told(name, gap):
    assert [mark.text for key, mark in boards()[name].marks.items() if key[0] == "formula" and key[-1] == gap] == ["2"]


def test_brackets_add_up_to_the_steps_that_strided_windows_read():
    """Each begins where a window does; the last one spans the whole of the last window."""
    marks = boards()["span"].marks
    hops, texts = ([m for k, m in marks.items() if k[0] == "hop" and m.kind == kind] for kind in ("line", "words"))
    assert [text.text for text in texts] == ["2", "2", "3"]
    spans = [[step for step in range(7) if hop.left < marks["ruler", step].x < hop.right] for hop in hops]
    assert spans == [[0, 1], [2, 3], [4, 5, 6]]
    assert not any(key[0] == "hop" for key in boards()["odd"].marks)


@pytest.mark.parametrize(
    ("taps", "left", "right", "said"),
    [
        (4, 1, 2, "12 \N{MINUS SIGN} 9 = 3 zeros; half, rounded down, in front: *p* = 1; 2 behind."),
        (2, 0, 1, "10 \N{MINUS SIGN} 9 = 1 zero; half, rounded down, in front: *p* = 0; 1 behind."),
    ],
)
def test_the_odd_zero_goes_right(taps, left, right, said):
    board = boards(network(cx.Conv1D(1, taps, padding="same", use_bias=False), 9), (4, 0))["odd"]
    zeros = lit_zeros(board)
    assert (sum(step < 0 for step in zeros), sum(step >= 9 for step in zeros)) == (left, right)
    assert board.caption == said


def test_a_dilated_layer_adds_a_zero_for_each_step_of_its_window_but_one_and_half_are_in_front():
    found, minus = boards(), "\N{MINUS SIGN}"
    assert lit_zeros(found["same dilated"]) == {-2, -1, 6, 7}
    assert lit_zeros(found["causal dilated"]) == {-4, -3, -2, -1}
    assert found["valid dilated"].caption == f"Dilation 2: three taps span 5 steps. `valid`: 6 {minus} 5 + 1 = 2."
    assert found["same dilated"].caption == f"`same`: 2 zeros in front, 2 behind: 6 + 4 {minus} 5 + 1 = 6."
    assert found["causal dilated"].caption == "`causal`: 4 zeros in front: *y*[*t*] reads no later than step *t*."
    for mode, pad, name in zip(MODES, (0, 2, 4), DILATED, strict=True):
        expected, marks = keras(mode, dilation_rate=2), found[name].marks
        texts = [
            marks["y", mode, "apart", t, "digits"].text.replace("\N{MINUS SIGN}", "-") for t in range(len(expected))
        ]
        assert [int(text) for text in texts] == expected
        assert lit_outputs(found[name], mode) == [*range(len(expected))]
        assert marks["count", mode].text == str(len(expected))
        assert marks["name", "y", mode, "p"].text == f"p = {pad}"


def test_where_no_zero_is_odd_same_has_its_strided_outputs_with_the_others():
    found = boards(network(cx.Conv1D(1, 3, use_bias=False), 7))
    assert not {"span", "odd"} & {*found}
    assert [found["causal strides"].marks["count", mode].text for mode in MODES] == ["3", "4", "4"]
    assert lit_outputs(found["same strides"], "same") == [0, 2, 4, 6]


def test_it_says_of_strided_layers_that_other_windows_are_read():
    strided = network(cx.Conv1D(1, 3, strides=2, padding="causal", use_bias=False), 9)
    found = boards(strided, (2, 0))
    assert "numbers differ" in found["all"].caption
    assert "strides" not in found


def test_one_tap_needs_no_zero():
    found = boards(network(cx.Conv1D(1, 1, use_bias=False), 5))
    assert "No zeros are needed" in found["all"].caption
    assert not any(key[0] == "zero" for board in found.values() for key in board.marks)
    assert [found["answer"].marks["count", mode].text for mode in MODES] == ["5", "5", "5"]


def test_the_question_is_answered_in_words():
    found = boards()
    assert (
        found["kernel"].caption == "6 samples, a kernel of three taps, Keras’s paddings: how many outputs, and where?"
    )
    said = "One output for each window that fits: 6 samples + 0, 2, 2 zeros \N{MINUS SIGN} 3 taps + 1."
    assert found["answer"].caption == said


def test_all_that_is_shown_was_compared_with_keras():
    found = boards()["check"]
    assert found.caption.startswith("The library Keras 3.15.1 gives exactly the same numbers: 16 outputs compared.")
    for mode, count in (("valid", 4), ("same", 6), ("causal", 6)):
        for t in range(count):
            assert found.marks["keras", "y", mode, t].y == pytest.approx(found.marks["y", mode, t, "bar"].tip)
    wrong = {layer: answer + (layer.padding == "causal") for layer, answer in EXAMPLE.recorded.siblings.items()}
    with pytest.raises(script.Refuted):
        boards(replace(EXAMPLE, recorded=replace(EXAMPLE.recorded, siblings=wrong)))


@pytest.mark.long
@pytest.mark.parametrize(("taps", "strides", "steps"), [(5, 3, 100), (12, 2, 100), (7, 3, 57), (80, 4, 500)])
def test_of_a_long_signal_every_padding_has_a_window_in_view(taps, strides, steps):
    """And of strided layers it does not say that they keep the length."""
    found = boards(network(cx.Conv1D(1, taps, strides=strides, padding="same", use_bias=False), steps))
    assert all(lit_outputs(found["answer"], mode) for mode in MODES)
    assert "keeps the length" not in found["answer"].caption
    assert found["answer"].caption == "One output for each window that fits into samples and zeros."


def test_outputs_stand_on_even_lines_so_far_apart_that_no_bar_hangs_into_the_next_row():
    marks = boards()["answer"].marks
    lines = [marks["baseline", "y", mode].y for mode in MODES]
    assert np.diff(lines) == pytest.approx(lines[1] - lines[0])
    hanging = max(mark.bottom for key, mark in marks.items() if key[:2] == ("y", "same") and key[-1] == "bar")
    assert hanging < min(mark.top for key, mark in marks.items() if key[:2] == ("y", "causal"))


def test_one_tap_does_not_add_up():
    found = boards(network(cx.Conv1D(1, 1, use_bias=False), 5))
    assert found["output"].caption.startswith("The window’s one product is the output: ")
