"""sliding_window: what it says of a kernel and a signal is so, in the numbers and in the picture."""

from dataclasses import replace

import numpy as np
import pytest

from convexplain import examples
from convexplain.board import motion
from convexplain.board.marks import COLUMN, FILM
from convexplain.stories import response, script
from convexplain.stories.places import Track
from convexplain.stories.told import tell

EXAMPLE = examples.network("sliding_window")


def boards(network=EXAMPLE, cell=None, form=FILM, level=1):
    return {board.name: board for board in tell(script.write("sliding_window", network, cell, level), form).boards}


def test_one_window_is_the_kernel_and_another_its_opposite():
    track = Track(script.write("sliding_window", EXAMPLE), FILM)
    best, worst = response.ends(track)
    assert (response.offset(best, 1), response.offset(worst, -1)) == (3, -1)
    assert (best.output.value, worst.output.value) == (10, -10)
    others = [place for place in track.places if place not in (best, worst)]
    assert all(response.offset(place, sign) is None for place in others for sign in (1, -1))


@pytest.mark.parametrize("form", [FILM, COLUMN], ids=lambda form: form.name)
@pytest.mark.parametrize(("name", "step", "sign"), [("fit", 1, 1), ("opposite", 6, -1)])
def test_the_lifted_outline_meets_the_tip_of_every_sample(name, step, sign, form):
    board = boards(form=form)[name]
    heights = board.marks["shape", step].points[1::4]
    samples = [board.marks["x", 0, step + k, "bar"] for k in range(4)]
    assert heights == pytest.approx([mark.tip if mark.kind == "bar" else mark.y for mark in samples])


def test_it_says_of_no_other_data_that_the_kernel_fits():
    changed = np.array(EXAMPLE.x)
    changed[2] += 1
    for network in (replace(EXAMPLE, x=changed, recorded=None), examples.network("notebook")):
        told = script.write("sliding_window", with_exact_answers(network), (0, 0), 1)
        captions = " ".join(board.caption for board in tell(told).boards)
        assert "has the shape of" not in captions
        assert "look like" not in captions


def with_exact_answers(network):
    from convexplain.evaluation import level_values
    from convexplain.network import Recorded

    outputs = level_values(network.stack, network.weights, network.x)
    return replace(network, recorded=Recorded(outputs, "exact sums"))


def test_every_output_stands_under_the_start_of_its_window():
    found = boards()["slid"]
    for t in range(9):
        assert found.marks["y", t, "bar"].x == found.marks["x", 0, t, "bar"].x


def test_an_output_grows_when_its_window_is_there():
    told = tell(script.write("sliding_window", EXAMPLE, (0, 0)))
    way = next(way for way in told.transitions if way.after.name == "slid")
    frame = next(act for act in way.acts if act.key == ("rig", "w1", 0, 0, "frame"))
    for t in range(2, 9):
        act = next(act for act in way.acts if act.key == ("y", t, "bar"))
        window, there = motion.at(frame, act.start), way.after.marks["x", 0, t, "bar"].x
        assert window.left + 0.45 * 118 == pytest.approx(there, abs=25)


def test_layers_with_gaps_are_derived_and_compared_with_keras():
    told = script.write("sliding_window", EXAMPLE)
    strides, dilation = told.sibling(strides=2), told.sibling(dilation_rate=2)
    assert [strides.output(t, 0).value for t in range(5)] == [told.output(t, 0).value for t in range(0, 9, 2)]
    assert [dilation.output(t, 0).value for t in range(6)] == [9, 12, -3, -5, -5, -13]
    assert all(other.check.library.startswith("Keras") and not other.check.error for other in (strides, dilation))
    assert told.sibling(dilation_rate=4) is None, "a span of 13 steps has no room in 12"


def test_a_sibling_that_keras_does_not_give_is_refuted():
    recorded = EXAMPLE.recorded
    wrong = {layer: answer + (layer.strides > 1) for layer, answer in recorded.siblings.items()}
    told = script.write("sliding_window", replace(EXAMPLE, recorded=replace(recorded, siblings=wrong)))
    with pytest.raises(script.Refuted, match="must pass the check"):
        told.sibling(strides=2)


def test_every_layer_that_is_shown_is_compared_with_keras_beside_its_bars():
    found = boards()["check"]
    assert "20 outputs compared" in found.caption
    for key, count in ((), 9), (("strides 2",), 5), (("dilation 2",), 6):
        for t in range(count):
            bar, dot = found.marks["y", *key, t, "bar"], found.marks["keras", *key, t]
            assert dot.y == pytest.approx(bar.tip if bar.kind == "bar" else bar.y)
    assert sum(key[0] == "keras" for key in found.marks) == 20


@pytest.mark.parametrize("name", ["slide", "first", "slid", "largest", "least", "strides", "dilation"])
def test_no_sample_is_lit_before_the_window_is_there(name):
    way = next(way for way in tell(script.write("sliding_window", EXAMPLE)).transitions if way.after.name == name)
    arrives = next(act.end for act in way.acts if act.key == ("rig", "w1", 0, 0, "frame"))
    for act in way.acts:
        if act.key[:2] == ("x", 0) and act.key[-1] == "bar" and act.before.light < act.after.light:
            later = motion.sample(way, 1)["rig", "w1", 0, 0, "frame"]
            covered = later.left < act.after.x < later.right
            everyone = all(mark.light == 1 for key, mark in way.after.marks.items() if key[:2] == ("x", 0))
            assert not covered or everyone or act.start >= arrives


def test_it_ends_on_the_shape_where_there_is_most_and_least_of_it():
    found = tell(script.write("sliding_window", EXAMPLE)).boards[-1]
    assert [key[1] for key in found.marks if key[0] == "shape"] == [1, 6]
    assert [found.marks["y", t, "digits"].text for t in (1, 6)] == ["10", "\N{MINUS SIGN}10"]
