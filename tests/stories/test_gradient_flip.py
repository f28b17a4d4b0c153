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
from convexplain.stories.both_ways.backward import Backward
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


@pytest.mark.long
@pytest.mark.parametrize("name", NETWORKS)
def test_the_laws_hold(name):
    assert violations(*told("gradient_flip", NETWORKS[name]())) == []


@pytest.mark.parametrize("name", NETWORKS)
def test_what_returns_adds_up_to_the_gradient(name):
    back = script.write("gradient_flip", NETWORKS[name]()).backward
    for sample in range(back.samples):
        assert sum((one.product.value for one in back.returns(sample)), Fraction(0)) == back.slope(sample).value
    assert back.convolved == back.slopes


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


def tap(k, *part):
    """The key of tap ``k`` on its edge to sample 3 of the small network."""
    return ("w1", 0, 0, k, 3 - k, *part)


def test_the_taps_lie_on_the_edges_that_end_at_the_sample_turned_over():
    found, _ = boards(NETWORKS["small"]())
    for name in ("why", "turn"):
        marks = found[name].marks
        for k in range(3):
            x, y, to_x, to_y = marks["edge", 1, 3 - k, k].points
            tile = marks[tap(k, "tile")]
            if name == "why":
                assert x + (to_x - x) * (tile.y - y) / (to_y - y) == pytest.approx(tile.x)
            else:
                assert tile.x == marks["node", "below", 3 - k].x == pytest.approx(to_x, abs=30)
        assert sorted(range(3), key=lambda k: marks[tap(k, "tile")].x) == [2, 1, 0]
    ahead = found["slid"].marks
    assert sorted(range(3), key=lambda k: ahead["w1", 0, 0, k, "tile"].x) == [0, 1, 2]


def test_backward_lights_lines_and_taps_that_are_there_already():
    found, _ = boards(NETWORKS["small"]())
    for kind, count in (("edge", 12), ("tap", 12)):
        keys = [
            {key for key in found[name].marks if (key[0] == "edge" if kind == "edge" else key[-1] == "tile")}
            for name in ("lines", "why")
        ]
        assert keys[0] == keys[1]
        assert len(keys[0]) == count
    marks = found["why"].marks
    lit = {key for key, mark in marks.items() if key[-1] == "tile" and mark.edge == 1}
    assert lit == {tap(k, "tile") for k in range(3)}
    assert {key[2:] for key, mark in marks.items() if key[0] == "edge" and mark.role != "context"} == {
        (1, 2),
        (2, 1),
        (3, 0),
    }
    assert lit <= {*found["turn"].marks} & {*found["sum"].marks} & {*found["answer"].marks}


def test_nothing_returns_that_has_left():
    for name in NETWORKS:
        film = told("gradient_flip", NETWORKS[name]())[0][0].boards
        for place, (before, after) in enumerate(pairwise(film)):
            left = {key for key, mark in before.marks.items() if mark.kind in ("bar", "plate", "dot")} - {*after.marks}
            assert not any(left & {*board.marks} for board in film[place + 1 :]), (name, after.name)


def test_resting_taps_cover_no_other():
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        marks = next(board.marks for board in story.boards if board.name == "lines")
        tiles = [mark for key, mark in marks.items() if key[-1] == "tile"]
        assert len(tiles) == 12
        for place, one in enumerate(tiles):
            for other in tiles[:place]:
                apart = max(abs(one.x - other.x) - one.width, abs(one.y - other.y) - one.height)
                assert apart > 2, story.format.name


def test_a_raised_sample_moves_outputs_by_their_taps():
    found, written = boards(NETWORKS["small"]())
    marks, i = found["reach"].marks, 3
    moved = {key[3]: mark for key, mark in marks.items() if key[:2] == ("more", "y1")}
    once = marks["more", "x", 0, i].height
    signs = {t: -1 if mark.hollow else 1 for t, mark in moved.items()}
    taps = {t: written.value(("weight", 1, i - t, 0, 0)) for t in (1, 2, 3)}
    assert {t: signs[t] * mark.height / once for t, mark in moved.items()} == taps == {1: -1, 2: 2, 3: 1}


def test_each_output_is_told_its_g():
    found, written = boards(NETWORKS["small"]())
    marks, names = found["upstream"].marks, [*found]
    assert names.index("reach") == names.index("upstream") - 1 == names.index("sum") - 2
    assert [marks["g", t, "digits"].text for t in range(4)] == ["1", "2", "1", "2"]
    assert [written.backward.upstream(t).value for t in range(4)] == [1, 2, 1, 2]


def test_how_the_outputs_have_moved_stays_beside_their_g():
    found, _ = boards(NETWORKS["small"]())
    for name in ("upstream", "sum"):
        marks = found[name].marks
        assert [marks["y1", 0, t, "digits"].text for t in (1, 2, 3)] == [f"{MINUS}1", "+2", "+1"]
        for t in (1, 2, 3):
            moved, g = marks["more", "y1", 0, t], marks["g", t, "bar"]
            assert moved.right <= g.left
            assert marks["node", "below", t].x == pytest.approx((moved.x + g.x) / 2)


def test_the_loss_grows_by_the_gradient():
    found, written = boards(NETWORKS["small"]())
    for name in ("why", "turn", "rule", "reach", "upstream", "sum"):
        marks = found[name].marks
        assert marks["beside", "loss", 0, 0].text == "L"
        assert marks["beside", "loss", 0, 1].text == (" + 2" if name == "sum" else " + ?")
    assert written.backward.slope(3).value == 2
    assert not any(key[0] == "beside" for key in found["start"].marks)


def test_raised_numbers_say_by_how_much():
    found, _ = boards(NETWORKS["small"]())
    marks = found["reach"].marks
    assert [marks["y1", 0, t, "digits"].text for t in (1, 2, 3)] == [f"3 {MINUS} 1", "1 + 2", "4 + 1"]
    assert marks["x", 0, 3, "digits"].text == "1 + 1"


def test_what_an_output_loses_is_empty():
    found, _ = boards(NETWORKS["small"]())
    marks, whole = found["reach"].marks, found["turn"].marks
    left, gone = marks["y1", 0, 1, "bar"], marks["more", "y1", 0, 1]
    assert gone.hollow
    assert left.foot == whole["y1", 0, 1, "bar"].foot
    assert left.height + gone.height == pytest.approx(whole["y1", 0, 1, "bar"].height)
    assert left.tip == pytest.approx(gone.bottom)


@pytest.mark.parametrize(("name", "t"), [("output", 1), ("slid", 3)])
def test_forward_the_kernel_lies_under_what_it_multiplies(name, t):
    found, _ = boards(NETWORKS["small"]())
    marks = found[name].marks
    assert not marks["card", True, "face"].hatch
    for k in range(3):
        x = marks["w1", 0, 0, k, "tile"].x
        assert x == marks["node", "above", t + k].x == marks["x", 0, t + k, "bar"].x


def test_the_turned_kernel_lies_over_what_it_multiplies():
    found, written = boards(NETWORKS["small"]())
    marks, lies = found["sum"].marks, {2: 1, 1: 2, 0: 3}
    assert marks["card", False, "face"].hatch
    for k, t in lies.items():
        assert marks[tap(k, "tile")].x == marks["node", "below", t].x == marks["return", 3, k].x
    assert [marks[tap(k, "digits")].text for k in lies] == [f"×{MINUS}1", "×2", "×1"]
    assert [marks["return", 3, k].text for k in lies] == [f"{MINUS}2", "+2", "+2"]
    assert written.value(marks["slope", 3, "bar"].about) == 2
    times = "\N{MULTIPLICATION SIGN}"
    assert f"{MINUS}1 {times} 2 + 2 {times} 1 + 1 {times} 2 = 2" in found["sum"].caption
    frame, high = marks["card", False, "frame"], marks["g", 1, "digits"]
    assert frame.top < high.top < marks["g", 1, "bar"].bottom < marks["return", 3, 2].bottom < frame.bottom


BACK = [("turn", False, 3), ("sum", False, 3), ("start", False, 0), ("along", False, 5)]


@pytest.mark.parametrize(("name", "ahead", "to"), [("output", True, 1), ("slid", True, 3), *BACK])
def test_strands_lead_from_each_tap_to_what_it_helps_to_make(name, ahead, to):
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        marks = next(board.marks for board in story.boards if board.name == name)
        node, card = marks["node", "below" if ahead else "above", to], marks["card", ahead, "face"]
        for k in range(3):
            x, y, to_x, to_y = marks["strand", ahead, k].points
            tile = marks["w1", 0, 0, k, "tile"] if ahead else marks[tap(k, "tile")]
            if ahead:
                assert (x, to_x) == (tile.x, node.x)
                assert card.bottom == y < to_y < node.top, story.format.name
            else:
                assert (x, to_x) == (node.x, tile.x)
                assert node.bottom < y < to_y == card.top, story.format.name
                assert bool(marks["strand", ahead, k].dash) == (not 0 <= to - k < 4)


def test_question_and_answer_show_the_kernel_either_way():
    found, _ = boards(NETWORKS["small"]())
    for name, keys, order in (
        ("ask", [("w1", 0, 0, k) for k in range(3)], ["×1", "×2", f"×{MINUS}1"]),
        ("answer", [tap(k) for k in range(3)], [f"×{MINUS}1", "×2", "×1"]),
    ):
        taps = sorted((found[name].marks[(*key, "digits")] for key in keys), key=lambda mark: mark.x)
        assert [mark.text for mark in taps] == order
    assert found["answer"].marks["card", False, "face"].hatch > found["ask"].marks["card", True, "face"].hatch == 0
    for way, sign in (("forward", "+"), ("backward", MINUS)):
        mark = found["answer"].marks["sum", way, "sign"]
        assert (mark.text.strip(), mark.role) == (sign, "lit")


def test_training_asks_first():
    found, _ = boards(NETWORKS["small"]())
    names, marks = list(found), found["why"].marks
    assert names.index("why") == names.index("turn") - 1
    assert [key for key in marks if key[0] == "more"] == [("more", "x", 0, 3)]


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
    assert [*found][-3:] == ["along", "check", "answer"]
    sign = found["along"].marks["formula", "backward", "sign"]
    assert (sign.text.strip(), sign.role) == (MINUS, "lit")
    assert "convolution" in found["along"].caption


def test_plus_becomes_minus_on_the_edges_of_the_sample():
    found, _ = boards(NETWORKS["small"]())
    marks = found["rule"].marks
    assert f"t = i {MINUS} k = 3, 2, 1 for k = 0, 1, 2" in found["rule"].caption.replace("*", "")
    for row, sign in enumerate(("+", MINUS)):
        assert (marks["beside", "rule", row, 1].text.strip(), marks["beside", "rule", row, 1].role) == (sign, "lit")
    for row, node in (("above", ("node", "above", 3)), ("below", ("node", "below", 1)), ("taps", tap(2, "tile"))):
        assert marks["name", row].role == "lit"
        assert marks["name", row].y == pytest.approx(marks[node].y, abs=1)


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
    for name, places in (("sum", [5]), ("along", [-2, -1, 1, 3, 5, 7, 8])):
        zeros = [key[2] for key in found[name].marks if key[:2] == ("nothing", False) and key[-1] == "bar"]
        assert sorted(zeros) == places


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
