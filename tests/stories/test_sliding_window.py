"""sliding_window: what it says of a kernel and a signal is so, in the numbers and in the picture."""

import re
from dataclasses import replace

import numpy as np
import pytest

from convexplain import examples
from convexplain.board import motion
from convexplain.board.marks import COLUMN, FILM
from convexplain.layers import Conv1D
from convexplain.network import Network
from convexplain.stack import Stack
from convexplain.stories import script
from convexplain.stories.one_channel import response
from convexplain.stories.one_channel.sliding import Stage
from convexplain.stories.told import tell

EXAMPLE = examples.network("sliding_window")


def boards(network=EXAMPLE, cell=None, form=FILM, level=1):
    return {board.name: board for board in tell(script.write("sliding_window", network, cell, level), form).boards}


def test_one_window_is_the_kernel_and_another_its_opposite():
    track = Stage(script.write("sliding_window", EXAMPLE), FILM)
    best, worst = response.ends(track)
    assert (response.offset(best, 1), response.offset(worst, -1)) == (2, 3)
    assert (best.output.value, worst.output.value) == (6, -6)
    others = [place for place in track.places if place not in (best, worst)]
    assert all(response.offset(place, sign) is None for place in others for sign in (1, -1))


@pytest.mark.parametrize("form", [FILM, COLUMN], ids=lambda form: form.name)
@pytest.mark.parametrize(("name", "step", "sign"), [("fit", 7, 1), ("opposite", 2, -1)])
def test_the_lifted_outline_meets_the_tip_of_every_sample(name, step, sign, form):
    board = boards(form=form)[name]
    heights = board.marks["shape",].points[1::4]
    samples = [board.marks["x", 0, step + k, "bar"] for k in range(3)]
    assert heights == pytest.approx([mark.tip if mark.kind == "bar" else mark.y for mark in samples])


def test_it_says_of_no_other_data_that_the_kernel_fits():
    changed = np.array(EXAMPLE.x)
    changed[8] += 1
    for network in (replace(EXAMPLE, x=changed, recorded=None), examples.network("notebook")):
        told = script.write("sliding_window", with_exact_answers(network), (0, 0), 1)
        captions = " ".join(board.caption for board in tell(told).boards)
        assert "has the kernel’s shape" not in captions
        assert "look like" not in captions


def with_exact_answers(network):
    from convexplain.evaluation import level_values
    from convexplain.network import Recorded

    outputs = level_values(network.stack, network.weights, network.x)
    return replace(network, recorded=Recorded(outputs, "exact sums"))


def test_every_output_stands_under_the_start_of_its_window_left_of_its_products():
    for name, board in boards().items():
        for key, mark in board.marks.items():
            if key[-1] != "bar" or key[0] not in ("y", "product", "part"):
                continue
            step = key[-2] if key[0] == "y" else place_of(board) + key[-2]
            apart = mark.x - board.marks["x", 0, step, "bar"].x
            assert abs(apart) == pytest.approx(0.235 * PITCH), (name, key)
            assert (apart < 0) == (key[0] == "y" and key[1] != "dilation 2"), (name, key)


PITCH = 148.4


def place_of(board):
    """The step that the window begins at."""
    x = board.marks["w1", 0, 0, 0, "bar"].x
    return next(step for step in range(10) if board.marks["x", 0, step, "bar"].x == x)


def test_an_output_grows_when_its_window_is_there():
    told = tell(script.write("sliding_window", EXAMPLE, (0, 0)))
    way = next(way for way in told.transitions if way.after.name == "slid")
    frame = next(act for act in way.acts if act.key == ("rig", "w1", 0, 0, "frame"))
    for t in range(2, 7):
        act = next(act for act in way.acts if act.key == ("y", t, "bar"))
        window, there = motion.at(frame, (act.start + act.end) / 2), way.after.marks["x", 0, t, "bar"].x
        assert window.left + 0.45 * PITCH == pytest.approx(there, abs=PITCH / 4)


def test_products_lead_to_their_output_and_fly_into_it():
    for name, board in boards().items():
        made = [key for key in board.marks if key[0] in ("product", "part") and key[-1] == "bar"]
        output = board.marks.get(("y", place_of(board), "bar"))
        if made and output and name != "mean":
            assert board.marks[max(made)].tip == pytest.approx(output.tip), name
        assert all(board.marks[key].goes_into == ("y", place_of(board), "bar") for key in made)


def test_layers_with_gaps_are_derived_and_compared_with_keras():
    told = script.write("sliding_window", EXAMPLE)
    strides, dilation = told.sibling(strides=2), told.sibling(dilation_rate=2)
    assert [strides.output(t, 0).value for t in range(4)] == [told.output(t, 0).value for t in range(0, 8, 2)]
    assert [dilation.output(t, 0).value for t in range(6)] == [1, -2, -5, 2, 4, -1]
    shown = boards()["dilation"].marks
    assert [number(shown["y", "dilation 2", t, "digits"]) for t in range(6)] == [1, -2, -5, 2, 4, -1]
    assert all(other.check.library.startswith("Keras") and not other.check.error for other in (strides, dilation))
    assert told.sibling(dilation_rate=5) is None, "a span of 11 steps has no room in 10"


def test_a_sibling_that_keras_does_not_give_is_refuted():
    recorded = EXAMPLE.recorded
    wrong = {layer: answer + (layer.strides > 1) for layer, answer in recorded.siblings.items()}
    told = script.write("sliding_window", replace(EXAMPLE, recorded=replace(recorded, siblings=wrong)))
    with pytest.raises(script.Refuted, match="must pass the check"):
        told.sibling(strides=2)


def test_the_end_has_keras_numbers_below_ours_and_counts_all_that_was_compared():
    found = boards()["check"]
    assert found.caption.endswith("8 outputs compared, and 10 with strides or dilation.")
    for t in range(8):
        ours, theirs = found.marks["y", t, "digits"], found.marks["keras", "y", t]
        assert theirs.text == ours.text
        assert theirs.x == ours.x
        assert theirs.top > found.marks["y", t, "bar"].bottom


def test_numbers_that_are_rounded_are_compared_by_dots_at_the_tips_of_full_bars():
    found = boards(examples.network("notebook"), (4, 0))["check"]
    for t in range(16):
        bar, dot = found.marks["y", t, "bar"], found.marks["keras", "y", t]
        assert dot.kind == "dot"
        assert dot.y == pytest.approx(bar.tip, abs=0.01)


@pytest.mark.parametrize("name", ["slide", "slid", "between", "opposite", "strides", "dilation"])
def test_no_sample_is_lit_before_the_window_is_there(name):
    way = next(way for way in tell(script.write("sliding_window", EXAMPLE)).transitions if way.after.name == name)
    arrives = next(act.end for act in way.acts if act.key == ("rig", "w1", 0, 0, "frame"))
    for act in way.acts:
        if act.before is None or act.after is None:  # a signal that comes back is lit as a whole
            continue
        if act.key[:2] == ("x", 0) and act.key[-1] == "bar" and act.before.light < act.after.light:
            later = motion.sample(way, 1)["rig", "w1", 0, 0, "frame"]
            covered = later.left < act.after.x < later.right
            everyone = all(mark.light == 1 for key, mark in way.after.marks.items() if key[:2] == ("x", 0))
            assert not covered or everyone or act.start >= arrives


def test_every_sum_stands_under_its_output():
    for name, row in (("slid", ("y",)), ("dilation", ("y", "dilation 2"))):
        marks = boards()[name].marks
        notes = {key[-1]: mark.text for key, mark in marks.items() if key[:2] == ("note", "sums")}
        assert len(notes) == (8 if name == "slid" else 6)
        for t, text in notes.items():
            assert eval(text.replace("\N{MINUS SIGN}", "-")) == number(marks[*row, t, "digits"])


def test_outputs_that_strides_skip_fall_back_and_the_others_have_their_new_steps():
    marks = boards()["strides"].marks
    assert [t for t in range(8) if marks["y", t, "bar"].light == 1] == [0, 2, 4, 6]
    names = {key[-1]: mark.text for key, mark in marks.items() if key[:2] == ("note", "strides 2")}
    assert names == {0: "y[0]", 2: "y[1]", 4: "y[2]", 6: "y[3]"}
    assert place_of(boards()["strides"]) in names


def test_with_padding_strides_may_begin_at_another_window():
    """With padding "same" and an even length, strides 2 begin at the first sample, where no zero is read."""
    layer = Conv1D(1, 3, padding="same", use_bias=False)
    network = with_exact_answers(Network(Stack((6, 1), [layer]), EXAMPLE.weights, EXAMPLE.x[:6]))
    marks = boards(network)["strides"].marks
    other = script.write("sliding_window", network).sibling(strides=2)
    kept = [t for t in range(6) if marks["y", t, "bar"].light == 1]
    assert kept == [1, 3, 5]
    assert [number(marks["y", t, "digits"]) for t in kept] == [other.output(t, 0).value for t in range(3)]


def test_a_fitting_window_is_its_mean_and_the_kernel_and_the_mean_adds_nothing():
    """Each sample is two parts, in its column; the products of either part and their sum are those of a calculator."""
    found, (kernel,) = boards(), EXAMPLE.weights
    taps = kernel[0][:, 0, 0]
    for name, part, total in (("mean", [2, 2, 2], 0), ("rest", list(taps), 6)):
        marks = found[name].marks
        assert [number(marks["part", name, k, "digits"]) for k in range(3)] == list(part * taps)
        assert sum(part * taps) == total
        assert marks["part", name, 2, "bar"].tip == pytest.approx(
            marks["y", 7, "bar"].foot - total * marks["y", 7, "bar"].unit
        )
        texts = [marks["x", 0, step, "digits"].text.replace("\N{MINUS SIGN}", "-") for step in (7, 8, 9)]
        assert [eval(text) for text in texts] == list(EXAMPLE.x[7:, 0])
        said = found[name].caption.replace("\N{MINUS SIGN}", "-")
        for sum_, result in re.findall(r"([-(\d][-\d /+()]+) = (-?\d)", said):
            assert eval(sum_) == int(result)
    assert list(np.add([2, 2, 2], taps)) == list(EXAMPLE.x[7:, 0])


def number(mark):
    return int(mark.text.replace("\N{MINUS SIGN}", "-"))


def test_the_parts_of_a_sample_end_at_its_tip():
    """The rest stands on the mean, and ends where the kernel's lifted outline is."""
    found = boards()
    level = found["rest"].marks["shape", "base"].y
    rest = [found["rest"].marks["rest", 7 + k, "bar"] for k in range(3)]
    assert [found["mean"].marks["mean", 7 + k, "bar"].tip for k in range(3)] == pytest.approx([level] * 3)
    assert [bar.foot for bar in rest] == pytest.approx([level] * 3)
    assert [bar.tip for bar in rest] == pytest.approx(found["rest"].marks["shape",].points[1::4])


@pytest.mark.parametrize("example", ["sliding_window", "notebook"])
def test_one_stage_serves_all_boards_from_the_first_product_on(example):
    network = EXAMPLE if example == "sliding_window" else with_exact_answers(examples.network(example))
    _, _, *found = boards(network, (0, 0)).values()
    for row in ("x", 0), ("w1", 0, 0), ("y",):
        feet = {board.marks["baseline", *(("rig", *row) if row[0] == "w1" else row)].y for board in found}
        assert len(feet) == 1, row
    heights = {}
    for board in found:
        for key, mark in board.marks.items():
            if key[0] in ("x", "w1", "y") and mark.kind == "bar" and board.name not in ("check", "answer"):
                heights.setdefault(key, set()).add(round(mark.height, 6))
    assert all(len(set(each)) == 1 for each in heights.values())
