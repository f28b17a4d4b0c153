"""padding_modes: the zeros it draws are those that Keras adds, and what it says of them is so."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import convexplain as cx
from convexplain import examples
from convexplain.network import Network, Recorded, check_input, check_weights
from convexplain.numbers.evaluation import level_values
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


def lit_outputs(board, mode):
    """The steps of the outputs of a row that are in the light."""
    return [
        key[-2] for key, mark in board.marks.items() if key[:2] == ("y", mode) and key[-1] == "bar" and mark.light == 1
    ]


def zeros_of(board):
    """The steps outside the signal at which zeros stand."""
    return {key[1] for key in board.marks if key[0] == "zero" and key[-1] == "place"}


def worked(board, mode):
    """The output beside which a sum is written, which is the value of that sum."""
    parts = [mark.text for key, mark in board.marks.items() if key[:2] == ("sum", mode)]
    text = "".join(parts).strip().replace("\N{MINUS SIGN}", "-").replace("×", "*")
    output = next(mark.text for key, mark in board.marks.items() if key[:2] == ("y", mode) and key[-1] == "digits")
    assert text.startswith("= ")
    assert eval(text[2:]) == int(output.replace("\N{MINUS SIGN}", "-"))
    return int(output)


@pytest.mark.parametrize("mode", MODES)
def test_the_zeros_in_the_light_make_a_valid_layer_of_every_other(mode):
    found = boards()
    zeros = zeros_of(found[mode])
    before, after = sum(step < 0 for step in zeros), sum(step >= 6 for step in zeros)
    padded = np.pad(EXAMPLE.x, ((before, after), (0, 0)))
    stack = cx.Stack(padded.shape, [cx.Conv1D(1, 3, use_bias=False)])
    (expected,) = level_values(stack, EXAMPLE.weights, padded)
    told = paddings(script.write("padding_modes", EXAMPLE))[mode]
    shown = [told.output(t, 0).value for t in range(told.shape[0])]
    assert shown == list(expected[:, 0])
    assert found["all"].marks["count", mode].text == str(len(expected))


def floors(board):
    """The heights of the rows of outputs."""
    return [board.marks["baseline", "y", mode].y for mode in MODES]


def test_every_row_has_its_place_from_the_first_board_on():
    """From board to board nothing is lost, except what strides pass over. Bars keep their places and their heights."""
    told = tell(script.write("padding_modes", EXAMPLE)).boards
    for before, after in pairwise(told):
        bars = {key for key in before.marks if key[-1] == "bar" and key[0] in "xy"}
        if told.index(after) > [board.name for board in told].index("all"):
            bars = {key for key in bars if key[0] == "x"}
        assert bars <= set(after.marks)
        for key in bars:
            old, new = before.marks[key], after.marks[key]
            assert (old.x, old.y, old.height) == (new.x, new.y, new.height)
        stays = [key for key in before.marks.keys() & after.marks.keys() if key[0] == "ruler" or key == ("counted",)]
        assert all((before.marks[key].right, before.marks[key].y) == places(after, key) for key in stays)
    for board in told:
        rows = [key[2] for key in sorted(board.marks, key=lambda key: board.marks[key].y) if key[:2] == ("name", "y")]
        assert rows == MODES
        lines = [board.marks["baseline", "y", mode] for mode in rows]
        assert len({(line.left, line.right) for line in lines}) == 1


def test_all_rows_are_as_high_as_the_samples_on_every_board():
    """What is told is in the light; what rests is the same picture, pale."""
    for board in boards().values():
        marks = board.marks
        units = {mark.unit for key, mark in marks.items() if key[0] in "xy" and key[-1] == "bar"}
        assert max(units) == pytest.approx(min(units))
        lines = floors(board)
        assert np.diff(lines) == pytest.approx(lines[1] - lines[0])
    for mode in MODES:
        lit = {other: bool(lit_outputs(boards()[mode], other)) for other in MODES}
        assert lit == {other: other == mode for other in MODES}


def places(board, key):
    """Where words end, and how high they stand."""
    return pytest.approx((board.marks[key].right, board.marks[key].y))


def test_outputs_are_counted_when_their_row_is_full():
    found = boards()
    for name, said in (
        ("kernel", ["?", "?", "?"]),
        ("output", ["?", "?", "?"]),
        ("valid", ["4", "?", "?"]),
        ("same border", ["4", "?", "?"]),
        ("same", ["4", "6", "?"]),
        ("causal", ["4", "6", "6"]),
        ("valid strides", ["2", "?", "?"]),
        ("causal strides", ["2", "?", "3"]),
        ("same strides", ["2", "3", "3"]),
    ):
        marks = found[name].marks
        assert marks["counted",].bottom < marks["count", "valid"].top
        assert [marks["count", mode].text for mode in MODES] == said
        assert len({marks["count", mode].right for mode in MODES} | {marks["counted",].right}) == 1


@pytest.mark.parametrize(("mode", "sum_", "steps"), [("same", "12 + 4 = 16", 16), ("causal", "12 + 4 = 16", 16)])
def test_each_zero_gives_a_window_more_than_valid_has(mode, sum_, steps):
    board = boards(examples.network("notebook"))[mode]
    assert board.caption.startswith(f"Each zero gives one more place: {sum_}.")
    assert board.marks["count", "valid"].text == "12"
    assert int(board.marks["count", mode].text) == steps == 12 + len(zeros_of(board))


def test_the_same_number_stands_one_step_apart():
    found = boards()["all"]
    steps = {"valid": 1, "same": 2, "causal": 3}
    numbers = [found.marks["y", mode, step, "digits"].text for mode, step in steps.items()]
    columns = [found.marks["y", mode, step, "bar"].x for mode, step in steps.items()]
    assert numbers == ["4", "4", "4"]
    assert np.diff(columns) == pytest.approx(2 * [found.marks["ruler", 1].x - found.marks["ruler", 0].x])
    assert found.caption == "One window gives 4 in all rows, under its start, its middle, its end."


def test_of_an_even_kernel_same_is_in_no_middle():
    found = boards(network(cx.Conv1D(1, 4, use_bias=False), 9))
    assert found["all"].caption == "One window gives 50 in all rows, at steps 2, 3, 5."


def legs(board):
    """What a window gives in the rows: x and the lower end of each leg."""
    return {(mark.x, mark.bottom) for key, mark in board.marks.items() if key[0] == "leg" and key[-1] != "cell"}


def test_what_one_window_gives_is_in_the_light_and_has_a_leg_in_each_row():
    board, steps = boards()["all"], {"valid": 1, "same": 2, "causal": 3}
    marks = board.marks
    assert {mode: lit_outputs(board, mode) for mode in MODES} == {m: [step] for m, step in steps.items()}
    assert len({marks["y", mode, step, "digits"].text for mode, step in steps.items()}) == 1
    ends = {(marks["y", m, step, "bar"].x, marks["baseline", "y", m].y + 14) for m, step in steps.items()}
    assert legs(board) == ends
    frame = marks["rig", "w1", 0, 0, "frame"]
    assert [marks["leg", mode].top for mode in MODES] == pytest.approx(3 * [frame.top])
    assert [x for x, _ in sorted(ends)] == [marks["w1", 0, 0, k, "bar"].x for k in range(3)]


def test_a_causal_output_stands_under_the_last_step_that_it_reads():
    found = boards()
    marks = found["causal"].marks
    assert marks["y", "causal", 5, "bar"].x == marks["w1", 0, 0, 2, "bar"].x
    said = "Each zero gives one more place: 4 + 2 = 6. No output reads a later sample."
    assert found["causal"].caption == said
    assert lit_outputs(found["causal"], "causal") == [*range(6)]


def test_zeros_have_their_steps_and_stand_beside_the_samples_while_their_rows_are_lit():
    found, both = boards(), {-1, 6}
    every = {"same border": both, "same": both, "causal border": {-2, -1}, "causal": {-2, -1}}
    every |= {"causal strides": {-2, -1}, "same strides": {6}, "check": {6}}  # a zero less
    for name, board in found.items():
        marks, zeros = board.marks, every.get(name, set())
        assert zeros_of(board) == {key[1] for key in marks if key[0] == "zero" and key[-1] == "step"} == zeros
        for step in zeros:
            text, place = marks["zero", step, "step"], marks["zero", step, "place"]
            assert (text.text, text.y) == (str(step).replace("-", "\N{MINUS SIGN}"), marks["ruler", 0].y)
            assert place.bottom == pytest.approx(marks["baseline", "x", 0].y)
            assert text.x == pytest.approx(place.x)


TOLD = {mode: mode for mode in MODES} | {f"{mode} border": mode for mode in MODES[1:]}


@pytest.mark.parametrize("example", ["padding_modes", pytest.param("notebook", marks=pytest.mark.long)])
@pytest.mark.parametrize("name", TOLD)
def test_a_leg_leads_from_the_window_to_its_output(name, example):
    """It is the column of a cell of the window, brighter on the card: the first, the middle one or the last."""
    board, mode = boards(examples.network(example))[name], TOLD[name]
    marks, taps = board.marks, 3 if example == "padding_modes" else 5
    leg, cell, output = (
        marks["leg", mode],
        marks["leg", mode, "cell"],
        marks["y", mode, lit_outputs(board, mode)[-1], "bar"],
    )
    card, frame = marks["rig", "w1", 0, 0, "card"], marks["rig", "w1", 0, 0, "frame"]
    own = marks["w1", 0, 0, {"valid": 0, "same": taps // 2, "causal": taps - 1}[mode], "bar"]
    assert leg.x == cell.x == output.x == pytest.approx(own.x)
    assert (leg.top, cell.top, cell.bottom) == pytest.approx((frame.top, card.top, card.bottom))
    assert leg.bottom > output.bottom
    assert cell.light > card.light
    assert card.z < cell.z < own.z
    assert leg.z < min(mark.z for mark in marks.values() if mark is not leg)
    assert not [key for key in marks if key[0] == "leg" and key[1] != mode]


PURPOSES = {
    "same": "`same` wants an output below each sample, under the window's middle: a zero at each end.",
    "causal": "`causal` reads no later sample: outputs are under the window's end, so two zeros in front.",
}


@pytest.mark.parametrize(("mode", "zeros"), [("same", 1), ("causal", 2)])
def test_a_window_begins_as_many_steps_before_its_output_as_zeros_are_in_front(mode, zeros):
    """It stands there once, with the sum of the padded samples and the kernel, before it goes through."""
    found = boards()
    board, names = found[f"{mode} border"], [*found]
    assert names.index(f"{mode} border") + 1 == names.index(mode)
    assert {step for step in zeros_of(board) if step < 0} == {*range(-zeros, 0)}
    kernel, output = board.marks["w1", 0, 0, 0, "bar"], board.marks["y", mode, 0, "bar"]
    pitch = board.marks["ruler", 1].x - board.marks["ruler", 0].x
    assert output.x - kernel.x == pytest.approx(zeros * pitch)
    window = [*[0] * zeros, *EXAMPLE.x[: 3 - zeros, 0]]
    assert worked(board, mode) == np.dot(window, EXAMPLE.weights[0][0][:, 0, 0])
    assert board.caption == PURPOSES[mode]


def test_the_first_output_is_a_sum_of_products_that_is_written_beside_it():
    board = boards()["output"]
    assert worked(board, "valid") == np.dot(EXAMPLE.x[:3, 0], EXAMPLE.weights[0][0][:, 0, 0])
    assert board.marks["w1", 0, 0, 0, "bar"].x == board.marks["y", "valid", 0, "bar"].x


def high(board, *key):
    """How high a number 1 is in the row of a number."""
    return board.marks[*key, "bar"].height / int(board.marks[*key, "digits"].text)


@pytest.mark.parametrize(
    ("told", "is_one"),
    [(EXAMPLE, True), (network(cx.Conv1D(1, 3, dilation_rate=2, use_bias=False), 9), False)],
)
def test_outputs_have_the_unit_of_the_samples_on_all_boards_or_on_none(told, is_one):
    found = boards(told)
    for name in ("valid", "all"):
        of_outputs, of_samples = high(found[name], "y", "valid", 0), high(found[name], "x", 0, 0)
        assert (of_outputs == pytest.approx(of_samples)) == is_one


def test_no_symbol_is_written():
    """No formula, no index: the idea needs none."""
    for board in boards().values():
        assert not any(key[0] == "formula" or key[-1] in ("index", "k", "p") for key in board.marks)
        assert not any(mark.role == "lit" for mark in board.marks.values())


def test_the_leg_slides_with_the_window():
    for way in tell(script.write("padding_modes", EXAMPLE)).transitions:
        acts = {act.key: act for act in way.acts}
        if way.after.name in MODES:
            leg, frame = acts["leg", way.after.name], acts["rig", "w1", 0, 0, "frame"]
            assert (leg.start, leg.end, leg.how) == (frame.start, frame.end, frame.how)


def test_a_long_sum_is_not_written():
    notebook = boards(examples.network("notebook"))
    assert not any(key[0] in ("sum", "remark", "note") for board in notebook.values() for key in board.marks)


@pytest.mark.parametrize("name", [*MODES, "all", "check"])
def test_every_output_has_its_number(name):
    board = boards()[name]
    bars = {key[:-1] for key in board.marks if key[0] == "y" and key[-1] == "bar"}
    assert bars
    assert bars == {key[:-1] for key in board.marks if key[0] == "y" and key[-1] == "digits"}
    assert ("w1", 0, 0, 0, "bar") in board.marks, "the kernel stays in sight"


@pytest.mark.long
@pytest.mark.parametrize("mode", MODES)
def test_strides_leave_the_last_sample_unread_where_keras_gives_it_no_weight(mode):
    """The outputs do not change when that sample does, which stands beside the window, back."""
    board, unread = boards()[f"{mode} strides"], []
    for step in range(6):
        stack = cx.Stack((6, 1), [cx.Conv1D(1, 3, strides=2, padding=mode, use_bias=False)])
        changed = np.array(EXAMPLE.x)
        changed[step] += 1
        before, after = (level_values(stack, EXAMPLE.weights, x)[0] for x in (EXAMPLE.x, changed))
        unread += [step] if np.array_equal(before, after) else []
    assert unread == ([] if mode == "same" else [5])
    assert [step for step in range(6) if board.marks["x", 0, step, "bar"].light < 1] == unread
    right = board.marks["rig", "w1", 0, 0, "frame"].right
    assert (right < board.marks["x", 0, 5, "bar"].left) == bool(unread)


MISSED = "the last sample is missed"
STAYS = "Every second output stays"


@pytest.mark.long
@pytest.mark.parametrize(
    ("taps", "steps", "valid", "causal"),
    [
        (3, 6, f"One step is left: {MISSED}", "two zeros: three places. The last sample is missed"),
        (31, 500, STAYS, f"30 zeros: 250 places. {STAYS}"),  # the end is not in view
        (4, 8, STAYS, "three zeros: four places. The last sample is missed"),
        (4, 9, f"One step is left: {MISSED}", f"three zeros: five places. {STAYS}"),
        (2, 7, f"One step is left: {MISSED}", f"one zero: four places. {STAYS}"),
        (3, 7, STAYS, f"two zeros: four places. {STAYS}"),
    ],
)
def test_it_says_which_strided_rows_never_read_the_last_sample(taps, steps, valid, causal):
    """Then that sample stands back, after the last window of such a row."""
    found = boards(network(cx.Conv1D(1, taps, use_bias=False), steps), (2, 0))
    assert found["valid strides"].caption == f"Strides of 2: the window moves by two. {valid}."
    assert found["causal strides"].caption == f"`causal` starts at its {causal}."
    for board in (found["valid strides"], found["causal strides"]):
        marks, is_missed = board.marks, "miss" in board.caption
        right, last = marks["rig", "w1", 0, 0, "frame"].right, marks["x", 0, steps - 1, "bar"]
        assert steps > 100 or (last.light < 1) == (right < last.left) == is_missed


def keras(mode, **gaps):
    """The outputs of the example with a padding and strides or dilation."""
    stack = cx.Stack((6, 1), [cx.Conv1D(1, 3, padding=mode, use_bias=False, **gaps)])
    return list(level_values(stack, EXAMPLE.weights, EXAMPLE.x)[0][:, 0])


def texts(board, mode):
    """The numbers of a row that are in the light, as they are written."""
    return [board.marks["y", mode, step, "digits"].text for step in lit_outputs(board, mode)]


KEPT = {"valid": [0, 2], "same": [1, 3, 5], "causal": [0, 2, 4]}


@pytest.mark.parametrize("mode", MODES)
def test_strided_outputs_stay_where_the_same_windows_give_them_without_strides(mode):
    found = boards()
    board, old, expected = found[f"{mode} strides"], found[mode], keras(mode, strides=2)
    assert board.marks["count", mode].text == str(len(expected))
    assert lit_outputs(board, mode) == KEPT[mode]
    assert [int(text.replace("\N{MINUS SIGN}", "-")) for text in texts(board, mode)] == expected
    assert {key[2] for key in board.marks if key[:2] == ("y", mode)} == {*KEPT[mode]}
    kept = {key: mark for key, mark in board.marks.items() if key[:2] == ("y", mode)}
    assert all(old.marks[key].at(about=None) == mark.at(about=None) for key, mark in kept.items())
    assert board.marks["baseline", "y", mode] == old.marks["baseline", "y", mode], "in the place of its padding"


def test_each_padding_waits_for_its_turn():
    """What strides leave of one is seen by itself; what is not told yet rests."""
    found = boards()
    before, turns = found["causal"].marks, ["valid", "causal", "same"]
    for name in turns:
        marks, rest = found[f"{name} strides"].marks, turns[turns.index(name) + 1 :]
        rests = [key for key in before if key[0] == "y" and key[1] in rest and key[-1] == "bar"]
        assert bool(rests) == bool(rest)
        assert all(marks[key].at(light=1) == before[key].at(light=1) for key in rests)
        assert [mode for mode in MODES if lit_outputs(found[f"{name} strides"], mode)] == [name]
        last = KEPT[name][-1]
        assert legs(found[f"{name} strides"]) == {(marks["x", 0, last, "bar"].x, marks["baseline", "y", name].y + 14)}


@pytest.mark.parametrize(("mode", "starts"), [("valid", [0]), ("causal", [-2, 0]), ("same", [0, 2])])
def test_strides_are_seen(mode, starts):
    """The window goes back to a place and from there on, two steps at once; an arrow leads from each to the next."""
    board = boards()[f"{mode} strides"]
    marks = board.marks
    frame, pitch = marks["rig", "w1", 0, 0, "frame"], marks["ruler", 1].x - marks["ruler", 0].x
    assert [key for key in marks if key[0] == "past" and len(key) == 3] == [("past", mode, start) for start in starts]
    edges = [marks["past", mode, start] for start in starts]
    assert np.diff([mark.left for mark in [*edges, frame]]) == pytest.approx(2 * pitch)
    for edge, after in pairwise([*edges, frame]):
        arrow = marks["past", mode, starts[edges.index(edge)], "on"]
        assert (arrow.left - edge.left, after.left - arrow.right) == pytest.approx((14, 14))
        assert arrow.head > 0
    (slide,) = (cue for cue in board.cues if cue.how == "back first")
    (way,) = (way for way in tell(script.write("padding_modes", EXAMPLE)).transitions if way.after.name == board.name)
    before = way.before.marks["rig", "w1", 0, 0, "frame"]
    assert before.left + slide.at[0] == pytest.approx(edges[0].left)
    (moves,) = (act for act in way.acts if act.key == ("rig", "w1", 0, 0, "frame"))
    assert moves.how == "back first", "even where it ends where it was"
    zeros = {act.key[1]: act for act in way.acts if act.key[-1] == "place" and act.after}
    assert all(act.start >= moves.end - 0.3 if step > 0 else act.end < moves.end for step, act in zeros.items())
    lights = [act.start for act in way.acts if act.key[:2] == ("y", mode) and act.key[-1] == "bar" and act.after]
    assert lights == sorted(lights)
    assert lights[0] < lights[-1]


def test_without_a_zero_in_front_same_keeps_the_outputs_of_other_steps():
    board = boards()["same strides"]
    marks = board.marks
    assert marks["w1", 0, 0, 2, "bar"].x == pytest.approx(marks["zero", 6].x)
    assert legs(board) == {(marks["x", 0, 5, "bar"].x, marks["baseline", "y", "same"].y + 14)}
    said = "`same` wants half of six: three. The last window sticks out, so one zero goes behind."
    assert board.caption == said


def test_the_boards():
    early = ["kernel", "output", "valid", "same border", "same", "causal border", "causal"]
    assert [*boards()] == [*early, "all", "valid strides", "causal strides", "same strides", "check"]


@pytest.mark.parametrize(
    ("taps", "steps", "sides", "said"),
    [
        (3, 6, (0, 1), "six: three. The last window sticks out, so one zero goes behind."),
        (5, 6, (1, 2), "six: three. Their windows take three zeros: the odd one goes behind."),
        (3, 30, (0, 1), "30: 15. The last window sticks out, so one zero goes behind."),
        (9, 30, (3, 4), "30: 15. Their windows take seven zeros: the odd one goes behind."),
        (4, 9, (1, 2), "nine, rounded up: five. Every second output stays."),
        (2, 9, (0, 1), "nine, rounded up: five. Every second output stays."),
        (3, 7, (1, 1), "seven, rounded up: four. Every second output stays."),
        (2, 8, (0, 0), "eight: four. Every second output stays."),
        (4, 8, (1, 1), "eight: four. Every second output stays."),
        (2, 2, (0, 0), "two: one. Every second output stays."),
    ],
)
def test_with_strides_the_odd_zero_goes_behind(taps, steps, sides, said):
    """Where fewer zeros stand in front `same` has other windows; else it keeps every second output, too."""
    told = EXAMPLE if (taps, steps) == (3, 6) else network(cx.Conv1D(1, taps, padding="same", use_bias=False), steps)
    found, strided = boards(told), paddings(script.write("padding_modes", told), strides=2)["same"]
    last = strided.reads(strided.shape[0] - 1)[-1]
    assert (-strided.start(0), max(0, last - (steps - 1))) == sides
    many = -(-steps // 2)
    assert steps + sum(sides) == 2 * (many - 1) + taps or not sum(sides)
    board, fewer = found["same strides"], "stays" not in said
    assert board.caption == f"`same` wants half of {said}"
    assert board.marks["count", "same"].text == str(many)
    assert (lit := lit_outputs(board, "same")) == lit_outputs(found["check"], "same")
    assert {*lit} <= {*range(fewer, steps, 2)}
    assert steps > 9 or len(lit) == many
    assert zeros_of(board) == {*range(-sides[0], 0), *range(steps, steps + sides[1])}
    assert sum(step < 0 for step in zeros_of(found["same"])) == sides[0] + fewer


def test_told_with_strides_same_says_which_outputs_it_wants():
    strided = network(cx.Conv1D(1, 5, strides=3, padding="same", use_bias=False), 10)
    said = "`same` wants an output below every third sample, under the window's middle: two zeros at each end."
    assert boards(strided)["same border"].caption == said


@pytest.mark.parametrize(
    ("layer", "steps", "said"),
    [
        (cx.Conv1D(1, 3, use_bias=False), 3, "one place, so one output"),
        (cx.Conv1D(1, 3, use_bias=False), 4, "two places, so two outputs"),
        (cx.Conv1D(1, 3, dilation_rate=2, use_bias=False), 9, "five places, so five outputs"),
        (cx.Conv1D(1, 3, strides=2, use_bias=False), 9, "four places, so four outputs"),
    ],
)
def test_it_says_how_many_places_the_window_has_on_the_samples(layer, steps, said):
    found = boards(network(layer, steps))
    assert found["valid"].caption == f"`valid` adds no zeros. The window has {said}."


def test_it_says_of_strided_layers_that_other_windows_are_read():
    strided = network(cx.Conv1D(1, 3, strides=2, padding="causal", use_bias=False), 9)
    found = boards(strided, (2, 0))
    assert "numbers differ" in found["all"].caption
    assert not any(name.endswith("strides") for name in found)


def test_one_tap_needs_no_zero():
    found = boards(network(cx.Conv1D(1, 1, use_bias=False), 5))
    assert "No zeros are needed" in found["all"].caption
    assert not any(key[0] == "zero" for board in found.values() for key in board.marks)
    assert [found["check"].marks["count", mode].text for mode in MODES] == ["5", "5", "5"]


@pytest.mark.parametrize(
    ("taps", "said"),
    [(2, "One zero gives one more place: 8 + 1 = 9"), (4, "Each zero gives one more place: 6 + 3 = 9")],
)
def test_same_says_how_many_places_its_zeros_give(taps, said):
    found = boards(network(cx.Conv1D(1, taps, use_bias=False), 9))
    assert found["same"].caption == f"{said}. Now each sample has its output."
    assert ("same border" in found) == (taps > 2), "no window begins before the samples"


def test_the_question_is_asked_in_words():
    board = boards()["kernel"]
    assert board.caption == "How many outputs do six samples give? The library Keras has three ways."
    assert board.marks["callout", "window"].text == "window: three samples, one output"
    assert board.marks["counted",].text == "outputs"


def test_all_that_is_shown_was_compared_with_keras():
    found = boards()["check"]
    assert found.caption == "Keras 3.15.1 computes exactly the 8 outputs with strides and the 16 without."
    assert not any(key[0] in ("count", "counted") for key in found.marks)
    assert found.marks["keras",].text == "Keras"
    for mode in MODES:
        assert lit_outputs(found, mode) == KEPT[mode], "those with strides"
        own = found.marks["keras", mode]
        assert own.text == str([int(value) for value in keras(mode, strides=2)]) == f"[{', '.join(texts(found, mode))}]"
        assert own.left > found.marks["baseline", "y", mode].right
        assert own.top < found.marks["baseline", "y", mode].y < own.bottom + 10
    before = boards()["same strides"].marks
    stay = [key for key in found.marks if key[0] in ("x", "w1", "rig", "baseline", "y") and key in before]
    assert all((before[key].x, before[key].y) == (found.marks[key].x, found.marks[key].y) for key in stay)
    wrong = {layer: answer + (layer.padding == "causal") for layer, answer in EXAMPLE.recorded.siblings.items()}
    with pytest.raises(script.Refuted):
        boards(replace(EXAMPLE, recorded=replace(EXAMPLE.recorded, siblings=wrong)))


@pytest.mark.long
@pytest.mark.parametrize(("taps", "strides", "steps"), [(5, 3, 100), (12, 2, 100), (7, 3, 57), (80, 4, 500)])
def test_of_a_long_signal_every_padding_has_a_window_in_view(taps, strides, steps):
    """And of strided layers it does not say that they keep the length."""
    found = boards(network(cx.Conv1D(1, taps, strides=strides, padding="same", use_bias=False), steps))
    assert all(lit_outputs(found["check"], mode) for mode in MODES)
    assert "each sample" not in found["same"].caption


def test_outputs_stand_on_even_lines_so_far_apart_that_no_bar_hangs_into_the_next_row():
    marks = boards()["all"].marks
    lines = [marks["baseline", "y", mode].y for mode in MODES]
    assert np.diff(lines) == pytest.approx(lines[1] - lines[0])
    hanging = max(mark.bottom for key, mark in marks.items() if key[:2] == ("y", "valid") and key[-1] == "bar")
    assert hanging < min(mark.top for key, mark in marks.items() if key[:2] == ("y", "same"))


def test_one_tap_does_not_add_up():
    found = boards(network(cx.Conv1D(1, 1, use_bias=False), 5))
    assert found["output"].caption == "The sample times the kernel is the first output, at the first step."
