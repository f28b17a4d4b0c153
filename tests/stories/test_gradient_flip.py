"""gradient_flip: what returns to a sample is its gradient, and every edge is read from both ends."""

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from networks import known, network
from test_laws import told, violations

import convexplain as cx
from convexplain import examples
from convexplain.algebra import symbols
from convexplain.layers import Conv1D
from convexplain.network import RecordedGradient
from convexplain.stories import script
from convexplain.stories.backward import Backward
from convexplain.style import MINUS


def one(steps, taps, seed=0, **settings):
    """One filter on one channel."""
    return known(network((steps, 1), Conv1D(1, taps, use_bias=False, **settings), seed=seed))


NETWORKS = {
    "small": lambda: examples.network("gradient_flip"),
    "same": lambda: one(7, 3, padding="same"),
    "causal, dilation 2": lambda: one(9, 3, seed=1, padding="causal", dilation_rate=2),
    "strides 2": lambda: one(9, 3, seed=2, strides=2),
    "strides 3, a sample unread": lambda: one(8, 2, seed=3, strides=3),
    "same, strides 2": lambda: one(8, 4, seed=4, strides=2, padding="same"),
}


def boards(network):
    (film, _), written = told("gradient_flip", network)
    return {board.name: board for board in film.boards}, written


@pytest.mark.parametrize("name", NETWORKS)
def test_the_laws_hold(name):
    assert violations(*told("gradient_flip", NETWORKS[name]())) == []


@pytest.mark.parametrize("name", NETWORKS)
def test_what_returns_adds_up_to_the_gradient(name):
    back = script.write("gradient_flip", NETWORKS[name]()).backward
    for sample in range(back.samples):
        assert sum((one.product.value for one in back.returns(sample)), Fraction(0)) == back.slope(sample).value
    assert back.is_convolution


@pytest.mark.parametrize("name", NETWORKS)
def test_the_gradient_is_that_of_the_closed_form(name):
    net = NETWORKS[name]()
    back, gradient = script.write("gradient_flip", net).backward, cx.explain(net.stack).gradient("x")
    g, w = symbols.g, symbols.kernel(1)
    numbers = {g[t, 0]: back.upstream(t).value for t in range(back.steps)}
    numbers |= {w[k, 0, 0]: back.weight(k).value for k in range(net.stack.layers[0].kernel_size)}
    for sample in range(back.samples):
        assert Fraction(str(gradient[sample, 0].subs(numbers))) == back.slope(sample).value


def test_edges_keep_their_places_whichever_way_they_are_read():
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        places = {}
        for board in story.boards:
            for key, mark in board.marks.items():
                if key[0] == "edge":
                    places.setdefault(key, set()).add(mark.points)
        assert len([key for key in places if 0 <= key[2] < 4]) == 12
        assert all(len(found) == 1 for found in places.values()), story.format.name


@pytest.mark.parametrize("name", NETWORKS)
def test_circles_and_rows_never_leave_their_places(name):
    for story in told("gradient_flip", NETWORKS[name]())[0]:
        for kind in ("node", "baseline"):
            places = {}
            for board in story.boards:
                for key, mark in board.marks.items():
                    if key[0] == kind and key[-1] != "index" and key[1] != "sum":
                        places.setdefault(key, set()).add((round(mark.x, 6), round(mark.y, 6)))
            assert places
            assert all(len(found) == 1 for found in places.values()), (story.format.name, kind)


def test_no_tap_touches_a_circle():
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        for board in story.boards:
            tiles = [mark for key, mark in board.marks.items() if key[-1] == "tile"]
            for key, dot in board.marks.items():
                if key[0] == "node" and key[-1] != "index":
                    far = [max(abs(t.x - dot.x) - t.width / 2, abs(t.y - dot.y) - t.height / 2) for t in tiles]
                    assert min(far, default=99.0) > dot.width / 2 + 5, (story.format.name, board.name, key)


def test_the_taps_lie_on_the_edges_that_end_at_the_sample_turned_over():
    found, _ = boards(NETWORKS["small"]())
    marks, taps = found["turn"].marks, range(3)
    for k in taps:
        x, y, to_x, to_y = marks["edge", 1, 2 - k, k].points
        tile = marks["w1", 0, 0, k, "back", "tile"]
        assert x + (to_x - x) * (tile.y - y) / (to_y - y) == pytest.approx(tile.x)
        assert tile.copy_of == ("w1", 0, 0, k, "tile")
    back = sorted(taps, key=lambda k: marks["w1", 0, 0, k, "back", "tile"].x)
    ahead = sorted(taps, key=lambda k: marks["w1", 0, 0, k, "tile"].x)
    assert ahead == back[::-1] == [0, 1, 2]
    right = max(marks["w1", 0, 0, k, "back", "tile"].right for k in taps)
    assert right < min(marks["w1", 0, 0, k, "name"].left for k in taps)


def test_a_raised_sample_moves_outputs_by_their_taps():
    found, written = boards(NETWORKS["small"]())
    marks, i = found["reach"].marks, 2
    moved = {key[3]: mark for key, mark in marks.items() if key[:2] == ("more", "y1")}
    once = marks["more", "x", 0, 2].height
    signs = {t: -1 if mark.hollow else 1 for t, mark in moved.items()}
    taps = {t: written.value(("weight", 1, i - t, 0, 0)) for t in range(3)}
    assert {t: signs[t] * mark.height / once for t, mark in moved.items()} == taps == {0: -1, 1: 2, 2: 1}


def test_the_loss_is_the_sum_of_all_outputs_times_their_factors():
    found, written = boards(NETWORKS["small"]())
    marks, back, times = found["loss"].marks, written.backward, "\N{MULTIPLICATION SIGN}"
    assert f"4 {times} 1 + 3 {times} 2 + 1 {times} 1 + 4 {times} 2 = 19" in found["loss"].caption
    assert [marks["factor", t].text for t in range(4)] == ["1", "2", "1", "2"]
    assert [marks["y1", 0, t, "digits"].text for t in range(4)] == ["4", "3", "1", "4"]
    assert sum(back.upstream(t).value * written.output(t, 0).value for t in range(4)) == 19
    assert marks["beside", "*L* = 19"].text == "L = 19"


def test_g_is_what_the_loss_rises_by():
    found, written = boards(NETWORKS["small"]())
    marks, names = found["slope"].marks, list(found)
    assert names.index("slope") == names.index("loss") - 1
    assert [key for key in marks if key[0] == "more"] == [("more", "y1", 0, 1)]
    assert marks["y1", 0, 1, "digits"].text == "3 + 1"
    assert [mark.text for key, mark in marks.items() if key[0] == "factor"] == ["2"]
    assert written.backward.upstream(1).value == 2
    assert {("beside", "*L*"), ("beside", " + 2")} <= {*marks}


def test_each_move_reaches_the_loss_times_its_factor():
    found, written = boards(NETWORKS["small"]())
    times = "\N{MULTIPLICATION SIGN}"
    assert f"{MINUS}1 {times} 1 + 2 {times} 2 + 1 {times} 1 = 4" in found["chain"].caption
    assert {("beside", "*L* = 19"), ("beside", " + 4")} <= {*found["chain"].marks}
    assert written.backward.slope(2).value == 4


def test_raised_numbers_say_by_how_much():
    found, _ = boards(NETWORKS["small"]())
    marks = found["reach"].marks
    assert [marks["y1", 0, t, "digits"].text for t in range(3)] == [f"4 {MINUS} 1", "3 + 2", "1 + 1"]
    assert marks["x", 0, 2, "digits"].text == "1 + 1"


def test_what_an_output_loses_is_empty():
    found, _ = boards(NETWORKS["small"]())
    marks, whole = found["reach"].marks, found["loss"].marks
    left, gone = marks["y1", 0, 0, "bar"], marks["more", "y1", 0, 0]
    assert gone.hollow
    assert left.foot == whole["y1", 0, 0, "bar"].foot
    assert left.height + gone.height == pytest.approx(whole["y1", 0, 0, "bar"].height)
    assert left.tip == pytest.approx(gone.bottom)


def test_the_turned_kernel_lies_over_what_it_multiplies():
    found, written = boards(NETWORKS["small"]())
    marks, lies = found["sum"].marks, {2: 0, 1: 1, 0: 2}
    assert marks["card", False, "face"].hatch
    for k, t in lies.items():
        x = marks["w1", 0, 0, k, "back", "tile"].x
        assert x == marks["node", "below", t].x == marks["g", t, "bar"].x == marks["return", 2, k].x
    assert [marks["w1", 0, 0, k, "back", "digits"].text for k in lies] == [f"×{MINUS}1", "×2", "×1"]
    assert [marks["return", 2, k].text for k in lies] == [f"{MINUS}1", "+4", "+1"]
    assert written.value(marks["slope", 2, "bar"].about) == 4
    times = "\N{MULTIPLICATION SIGN}"
    assert f"{MINUS}1 {times} 1 + 2 {times} 2 + 1 {times} 1 = 4" in found["sum"].caption
    frame, high = marks["card", False, "frame"], marks["g", 1, "digits"]
    assert frame.top < high.top < marks["g", 1, "bar"].bottom < frame.bottom


def test_each_tap_goes_from_its_edge_to_the_end_of_it():
    found, _ = boards(NETWORKS["small"]())
    edges, card = found["upstream"].marks, found["card"].marks
    assert not any(key[0] == "edge" for key in card)
    for k in range(3):
        tile, over = edges["w1", 0, 0, k, "back", "tile"], card["w1", 0, 0, k, "back", "tile"]
        assert abs(over.y - tile.y) < 20, "no tap crosses another's way"
        assert over.x == card["node", "below", 2 - k].x <= tile.x


def test_the_question_shows_both_kernels():
    marks = boards(NETWORKS["small"]())[0]["ask"].marks
    for back, order in ((), ["1", "2", f"{MINUS}1"]), (("back",), [f"{MINUS}1", "2", "1"]):
        taps = sorted((marks["w1", 0, 0, k, *back, "digits"] for k in range(3)), key=lambda mark: mark.x)
        assert [mark.text for mark in taps] == order
    assert marks["card", False, "face"].hatch > marks["card", True, "face"].hatch == 0


def test_training_asks_first():
    found, _ = boards(NETWORKS["small"]())
    names, marks = list(found), found["why"].marks
    assert names.index("why") == names.index("readers") - 1
    assert [key for key in marks if key[0] == "more"] == [("more", "x", 0, 2)]
    assert {("beside", "*L*"), ("beside", " + ?")} <= {*marks}
    assert ("beside", " + ?") in found["reach"].marks, "the outputs have moved, so L has"


@pytest.mark.parametrize("name", NETWORKS)
def test_the_turned_kernel_writes_each_gradient_as_it_passes(name):
    found, written = boards(NETWORKS[name]())
    slid = [found[board].marks for board in ("sum", "start", "along") if board in found]
    made = [{key[1] for key in marks if key[0] == "slope" and key[-1] == "bar"} for marks in slid]
    assert all(before < after for before, after in pairwise(made))
    assert {i for i in range(written.backward.samples) if ("node", "above", i) in slid[-1]} == made[-1]
    for marks in slid:
        products = {key[1:]: mark for key, mark in marks.items() if key[0] == "return"}
        ((i, *_),) = {key[:1] for key in products}
        said = sum(Fraction(mark.text.replace(MINUS, "-")) for mark in products.values())
        assert said == written.value(marks["slope", i, "bar"].about)
        back = written.backward
        for _, k in products:
            zero = products[i, k].about is None
            place = next((one.step for one in back.returns(i) if one.k == k), None)
            assert zero == (place is None), "between two outputs that strides leave apart"


def test_convolution_has_the_minus_of_the_gradient():
    found, _ = boards(NETWORKS["small"]())
    assert [*found][-2:] == ["along", "check"]
    sign = found["along"].marks["formula", "backward", "sign"]
    assert (sign.text.strip(), sign.role) == (MINUS, "lit")
    assert "convolution" in found["along"].caption


def test_plus_becomes_minus_on_the_edges_of_the_sample():
    found, _ = boards(NETWORKS["small"]())
    assert "2 = 0 + 2, 2 = 1 + 1, 2 = 2 + 0" in found["plus"].caption
    assert f"0 = 2 {MINUS} 2, 1 = 2 {MINUS} 1, 2 = 2 {MINUS} 0" in found["minus"].caption
    for name, sign in (("plus", "+"), ("minus", MINUS)):
        assert found[name].marks["beside", f" {sign} "].role == "lit"


def test_two_outputs_are_worked_out_with_their_taps():
    found, written = boards(NETWORKS["small"]())
    times = "\N{MULTIPLICATION SIGN}"
    sums = {1: f"1 {times} 2 + 2 {times} 1 + ({MINUS}1) {times} 1 = 3"}
    sums[3] = f"1 {times} 1 + 2 {times} 2 + ({MINUS}1) {times} 1 = 4"
    for name, t in (("output", 1), ("slid", 3)):
        assert sums[t] in found[name].caption
        assert f"= {written.output(t, 0).text}" in found[name].caption
        assert found[name].marks["y1", 0, t, "digits"].text == written.output(t, 0).text


@pytest.mark.parametrize(("name", "i", "missing"), [("start", 0, {2, 1}), ("along", 5, {1, 0})])
def test_at_either_end_outputs_that_there_are_not_give_nothing_back(name, i, missing):
    found, written = boards(NETWORKS["small"]())
    marks = found[name].marks
    given = {k: marks["return", i, k].text for k in range(3)}
    assert {k for k, text in given.items() if text == "+0"} == missing
    assert {key[2] for key in marks if key[:2] == ("nothing", False)} == {-2, -1, 4, 5}
    assert all(written.value(marks["return", i, k].about) == 0 for k in missing)
    assert name != "start" or "*g* is 0" in found[name].caption


def test_with_strides_zeros_stand_in_the_gaps():
    found, _ = boards(NETWORKS["strides 2"]())
    zeros = [key[2] for key in found["sum"].marks if key[:2] == ("nothing", False) and key[-1] == "bar"]
    assert sorted(zeros) == [-2, -1, 1, 3, 5, 7, 8]


def test_one_tap_has_nothing_to_turn_over():
    found, _ = boards(one(5, 1))
    assert "turn" not in found


def test_keras_and_scipy_stand_below_the_gradient():
    found, written = boards(NETWORKS["small"]())
    marks = found["check"].marks
    for i, slope in enumerate(written.backward.slopes):
        texts = {marks[name, i].text for name in ("Keras", "SciPy")} | {marks["slope", i, "digits"].text}
        assert texts == {str(slope).replace("-", MINUS)}
    assert not any(key[0] == "Keras" for key in boards(NETWORKS["same"]())[0]["check"].marks), "it was not asked"


def test_what_keras_found_for_another_loss_is_left_aside():
    network = NETWORKS["small"]()
    told = network.recorded
    other = replace(
        network, recorded=replace(told, gradient=RecordedGradient(told.gradient.g + 1, told.gradient.slopes))
    )
    assert script.write("gradient_flip", network).backward.asked is not None
    assert script.write("gradient_flip", other).backward.asked is None


def test_a_wrong_gradient_of_keras_is_refuted():
    network = NETWORKS["small"]()
    told = network.recorded
    wrong = replace(
        network, recorded=replace(told, gradient=RecordedGradient(told.gradient.g, told.gradient.slopes + 1))
    )
    with pytest.raises(script.Refuted, match="Keras must find"):
        boards(wrong)


def test_a_wrong_gradient_is_refuted(monkeypatch):
    wrong = tuple(range(6))
    monkeypatch.setattr(Backward, "slopes", wrong)
    with pytest.raises(script.Refuted, match="must be the convolution"):
        boards(NETWORKS["small"]())


@pytest.mark.keras
@pytest.mark.parametrize("name", NETWORKS)
def test_keras_gives_this_gradient(name):
    import keras
    import tensorflow as tf

    net = NETWORKS[name]()
    (layer,), back = net.stack.layers, script.write("gradient_flip", net).backward
    own = keras.layers.Conv1D(
        1, layer.kernel_size, layer.strides, layer.padding, dilation_rate=layer.dilation_rate, use_bias=False
    )
    x = tf.Variable(net.x[np.newaxis])
    own(x)
    own.set_weights([net.weights[0][0]])
    g = np.array([float(back.upstream(t).value) for t in range(back.steps)], np.float32)
    with tf.GradientTape() as tape:
        loss = tf.reduce_sum(own(x)[0, :, 0] * g)
    assert tape.gradient(loss, x).numpy()[0, :, 0].tolist() == [float(value) for value in back.slopes]
