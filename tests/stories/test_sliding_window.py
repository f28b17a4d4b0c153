"""sliding_window: what it says of a kernel and a signal is so, in the numbers and in the picture."""

import re
from dataclasses import replace

import numpy as np
import pytest

from convexplain import examples
from convexplain.board import motion
from convexplain.board.marks import COLUMN, FILM
from convexplain.stories import script
from convexplain.stories.one_channel import response
from convexplain.stories.one_channel.places import Track
from convexplain.stories.told import tell

EXAMPLE = examples.network("sliding_window")


def boards(network=EXAMPLE, cell=None, form=FILM, level=1):
    return {board.name: board for board in tell(script.write("sliding_window", network, cell, level), form).boards}


def test_one_window_is_the_kernel_and_another_its_opposite():
    track = Track(script.write("sliding_window", EXAMPLE), FILM)
    best, worst = response.ends(track)
    assert (response.offset(best, 1), response.offset(worst, -1)) == (2, 3)
    assert (best.output.value, worst.output.value) == (6, -6)
    others = [place for place in track.places if place not in (best, worst)]
    assert all(response.offset(place, sign) is None for place in others for sign in (1, -1))


@pytest.mark.parametrize("form", [FILM, COLUMN], ids=lambda form: form.name)
@pytest.mark.parametrize(("name", "step", "sign"), [("fit", 7, 1), ("opposite", 2, -1)])
def test_the_lifted_outline_meets_the_tip_of_every_sample(name, step, sign, form):
    board = boards(form=form)[name]
    heights = board.marks["shape", step].points[1::4]
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


def test_every_output_stands_under_the_start_of_its_window():
    found = boards()["slid"]
    for t in range(8):
        assert found.marks["y", t, "bar"].x == found.marks["x", 0, t, "bar"].x


def test_an_output_grows_when_its_window_is_there():
    told = tell(script.write("sliding_window", EXAMPLE, (0, 0)))
    way = next(way for way in told.transitions if way.after.name == "slid")
    frame = next(act for act in way.acts if act.key == ("rig", "w1", 0, 0, "frame"))
    for t in range(2, 8):
        act = next(act for act in way.acts if act.key == ("y", t, "bar"))
        window, there = motion.at(frame, (act.start + act.end) / 2), way.after.marks["x", 0, t, "bar"].x
        assert window.left + 0.45 * 148 == pytest.approx(there, abs=25)


def test_layers_with_gaps_are_derived_and_compared_with_keras():
    told = script.write("sliding_window", EXAMPLE)
    strides, dilation = told.sibling(strides=2), told.sibling(dilation_rate=2)
    assert [strides.output(t, 0).value for t in range(4)] == [told.output(t, 0).value for t in range(0, 8, 2)]
    assert [dilation.output(t, 0).value for t in range(6)] == [1, -2, -5, 2, 4, -1]
    assert [number(boards()["dilated"].marks["y", "dilation 2", t, "digits"]) for t in range(6)] == [
        1,
        -2,
        -5,
        2,
        4,
        -1,
    ]
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


@pytest.mark.parametrize("name", ["slide", "slid", "largest", "least", "strides", "dilation"])
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


def test_all_windows_with_strides_are_visited_and_the_marks_agree_with_the_formula():
    found = boards()
    for name, t in (("strides", 0), ("strided", 3)):
        marks = found[name].marks
        assert marks["ruler", "at"].x == marks["ruler", 2 * t].x == marks["w1", 0, 0, 0, "bar"].x
        assert marks["formula", f"t of x, {t}"].text == f"·{t}"
    notes = {key[2]: mark.role for key, mark in found["strided"].marks.items() if key[:2] == ("note", "strides 2")}
    assert notes == {0: "quiet", 1: "quiet", 2: "quiet", 3: "lit"}


def test_outputs_that_strides_skip_fall_back_and_then_leave():
    found = boards()
    lit = [t for t in range(8) if found["strides"].marks["y", t, "bar"].light == 1]
    assert lit == [0, 2, 4, 6]
    way = next(way for way in tell(script.write("sliding_window", EXAMPLE)).transitions if way.after.name == "strided")
    bars = {act.key: act for act in way.acts if act.key[0] == "y" and act.key[-1] == "bar"}
    assert {key for key, act in bars.items() if act.after is None} == {("y", t, "bar") for t in range(8)}
    for t in range(4):
        kept = bars["y", "strides 2", t, "bar"]
        assert kept.other == way.before.marks["y", 2 * t, "bar"]
        assert (kept.other.x, kept.other.y) == (kept.after.x, kept.after.y)


def test_dilation_begins_at_the_first_place_and_ends_at_the_last():
    found = boards()
    firsts = [found[name].marks["w1", 0, 0, 0, "bar"].x for name in ("dilation", "dilated")]
    assert firsts == [found["dilated"].marks["ruler", step].x for step in (0, 5)]


def test_a_fitting_window_is_its_mean_and_the_kernel_and_the_mean_adds_nothing():
    """Each sample is two parts, in its column; the products of either part and their sum are those of a calculator."""
    found, (kernel,) = boards(), EXAMPLE.weights
    taps = kernel[0][:, 0, 0]
    parts = {"mean": (7, [2, 2, 2], 0), "shape": (7, list(taps), 6), "opposite shape": (2, list(-taps), -6)}
    for name, (step, part, total) in parts.items():
        marks = found[name].marks
        row = "rest" if total else "mean"
        assert [number(marks[row, step + k, "digits"]) for k in range(3)] == part
        assert [number(marks["part", name, k, "digits"]) for k in range(3)] == list(part * taps)
        assert sum(part * taps) == total
        end = ("y", step) if total else response.NOTHING
        last, bar = marks["part", name, 2, "bar"], marks[*end, "bar"]
        assert number(marks[*end, "digits"]) == total
        assert (bar.tip if total else bar.y) == pytest.approx(last.tip), "the products lead to what they add up to"
        said = found[name].caption.replace("\N{MINUS SIGN}", "-").replace("×", "*")
        sum_, result = re.search(r"([-(\d][-\d *+()]+) = (-?\d)", said).groups()
        assert eval(sum_) == int(result) == total
        assert not any(key[:2] == ("x", 0) for key in marks), "a part is not called the signal"
    assert list(np.add([2, 2, 2], taps)) == list(EXAMPLE.x[7:, 0])
    assert list(3 - taps) == list(EXAMPLE.x[2:5, 0])
    for name, mean in (("fit", 2), ("opposite", 3)):
        sum_, result = found[name].caption.rstrip(".").split(", ")[1].split(" = ")
        assert eval(sum_) == int(result) == mean


def test_the_samples_are_split_into_their_mean_and_the_rest_on_one_board():
    board = boards()["split"]
    texts = [board.marks["rest", step, "digits"].text.replace("\N{MINUS SIGN}", "-") for step in (7, 8, 9)]
    assert [eval(text) for text in texts] == list(EXAMPLE.x[7:, 0])
    assert [board.marks["name", part].text for part in ("mean", "rest")] == ["mean", "rest"]
    for step in (7, 8, 9):
        mean, rest = board.marks["mean", step, "bar"], board.marks["rest", step, "bar"]
        assert (mean.tip, rest.z > mean.z) == (rest.foot, True)
        assert rest.light > mean.light


def test_the_staircase_of_the_rest_begins_at_the_zero_that_the_mean_has_added():
    marks = boards()["shape"].marks
    zero, first = marks[*response.NOTHING, "bar"], marks["part", "shape", 0, "bar"]
    assert marks[*response.NOTHING, "digits"].text == "0"
    assert zero.y == first.foot
    assert zero.x < first.x


def number(mark):
    return int(mark.text.replace("\N{MINUS SIGN}", "-"))


def test_the_parts_of_a_sample_end_at_its_tip():
    """The rest stands on the mean, and ends where the kernel's lifted outline is."""
    found = boards()
    for name, step in (("shape", 7), ("opposite shape", 2)):
        marks = found[name].marks
        bars = [marks["rest", step + k, "bar"] for k in range(3)]
        assert [bar.foot for bar in bars] == pytest.approx([marks["shape", step, "base"].y] * 3)
        assert [bar.tip for bar in bars] == pytest.approx(marks["shape", step].points[1::4])


def test_one_unit_serves_the_kernel_one_each_window_that_is_worked_out_and_one_all_others():
    units = {name: {m.unit for m in board.marks.values() if m.unit} for name, board in boards().items()}
    large = {"fit", "split", "mean", "shape", "opposite", "opposite shape"}
    parts = [("kernel", "window", "fit", "split", "opposite"), ("product", "products", "output"), ("mean", "shape")]
    parts.append(name for name in tuple(units)[5:] if name not in large)
    assert [len(set().union(*(units[name] for name in part))) for part in parts] == [1, 1, 1, 1]
