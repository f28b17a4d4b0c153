"""gradient_flip: what returns to a sample is its gradient, and every edge is read from both ends."""

import math
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
    numbers |= {w[k, 0, 0]: back.weights[k].value for k in range(net.stack.layers[0].kernel_size)}
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
    """The key of tap ``k`` on its edge to sample 2 of the small network."""
    return ("w1", 0, 0, k, 2 - k, *part)


def across(points, y):
    """Where a line is at a height."""
    x, top, to_x, low = points
    return x + (to_x - x) * (y - top) / (low - top)


def test_the_taps_lie_on_the_edges_that_end_at_the_sample_turned_over():
    found, _ = boards(NETWORKS["small"]())
    for name in ("why", "reach"):
        marks = found[name].marks
        for k in range(3):
            tile = marks[tap(k, "tile")]
            assert across(marks["edge", 1, 2 - k, k].points, tile.y) == pytest.approx(tile.x)
        assert sorted(range(3), key=lambda k: marks[tap(k, "tile")].x) == [2, 1, 0]
    assert len({found["reach"].marks[tap(k, "tile")].y for k in range(3)}) == 1
    ahead = found["output"].marks
    assert sorted(range(3), key=lambda k: ahead["w1", 0, 0, k, "tile"].x) == [0, 1, 2]


def lines(marks):
    """The lines that are meant, by tap."""
    return [(key[3], mark) for key, mark in marks.items() if key[0] == "edge" and mark.role != "context"]


def test_a_tap_lies_on_its_line_on_all_boards():
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        for board in story.boards:
            for key, tile in board.marks.items():
                if key[-1] == "tile" and tile.edge == 1:
                    off = [abs(across(line.points, tile.y) - tile.x) for k, line in lines(board.marks) if k == key[3]]
                    assert min(off) < 1, (story.format.name, board.name, key)


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
        (0, 2),
        (1, 1),
        (2, 0),
    }
    assert lit <= {*found["reach"].marks} & {*found["sum"].marks} & {*found["along"].marks} & {*found["ends"].marks}


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
    marks, i = found["reach"].marks, 2
    moved = {key[3]: mark for key, mark in marks.items() if key[:2] == ("more", "y1")}
    once = marks["more", "x", 0, i].height
    signs = {t: -1 if mark.hollow else 1 for t, mark in moved.items()}
    taps = {t: written.value(("weight", 1, i - t, 0, 0)) for t in (0, 1, 2)}
    assert {t: signs[t] * mark.height / once for t, mark in moved.items()} == taps == {0: -1, 1: 2, 2: 1}


def test_each_output_is_told_its_g():
    found, written = boards(NETWORKS["small"]())
    marks, names = found["upstream"].marks, [*found]
    assert names.index("reach") == names.index("upstream") - 1 == names.index("sum") - 2
    assert all(marks["g", t, "digits"].role == "ink" for t in range(4))
    assert [marks["g", t, "digits"].text for t in range(4)] == ["×1", "×1", "×2", "×2"], "a factor, unlike an output"
    assert [written.backward.upstream(t).value for t in range(4)] == [1, 1, 2, 2]
    assert "(here chosen)" in marks["follows", "name", False].text
    assert "later layers find it in the same way" in found["upstream"].caption


def test_each_row_has_one_bar_a_step_over_its_circle():
    found, _ = boards(NETWORKS["small"]())
    for name in ("upstream", "sum", "along", "every", "answer"):
        marks = found[name].marks
        for t in range(4):
            assert marks["g", t, "bar"].x == marks["node", "below", t].x
            assert ("y1", 0, t, "bar") not in marks
            assert ("y1", 0, t, "digits") not in marks
    for i in range(6):
        assert found["every"].marks["slope", i, "bar"].x == marks["node", "above", i].x
        assert (("x", 0, i, "bar") in found["sum"].marks) != (("x", 0, i, "bar") in found["along"].marks)


def test_g_comes_from_what_follows():
    found, _ = boards(NETWORKS["small"]())
    before, after = found["reach"].marks, found["upstream"].marks
    assert "gives *g*" not in before["follows", "name", True].text
    assert after["follows", "name", False].text.startswith("the rest of the network gives g")
    for t in range(4):
        (port,) = (after[key] for key in after["g", t, "bar"].made_of)
        assert port.x == before["y1", 0, t, "bar"].x
        assert after["follows", "band"].top == pytest.approx(port.y)


def test_on_paper_g_is_told_too():
    story = told("gradient_flip", NETWORKS["small"]())[0][1]
    said = {board.name: board.marks["follows", "name", False].text for board in story.boards[-4:]}
    assert all("L grows by g if y grows by 1" in text for text in said.values())


def test_the_band_reaches_below_all_places():
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        for board in story.boards:
            band, loss = board.marks["follows", "band"], board.marks["loss",]
            assert all(band.left < mark.x < band.right for key, mark in board.marks.items() if key[0] == "node")
            assert band.left < loss.left < loss.right < band.right - 20


def test_what_g_multiplies_stands_over_it():
    found, _ = boards(NETWORKS["small"]())
    for name in ("upstream", "sum"):
        marks = found[name].marks
        for t, move in ((0, f"{MINUS}1"), (1, "+2"), (2, "+1")):
            assert (marks["move", t].text, marks["move", t].role) == (move, "lit")
            assert marks["move", t].x == marks["g", t, "bar"].x
            assert marks["move", t].bottom < marks["g", t, "digits"].top
    assert not [key for key in found["along"].marks if key[0] in ("move", "more")]


def test_the_answer_lights_the_lines_of_an_output_and_of_a_sample():
    found, _ = boards(NETWORKS["small"]())
    marks = found["answer"].marks
    lit = {key[2:] for key, mark in marks.items() if key[0] == "edge" and mark.role != "context"}
    assert lit == {(1, 0), (1, 1), (1, 2), (2, 1), (3, 0)}
    bars = {key[:-1] for key, mark in marks.items() if key[-1] == "bar" and mark.light == 1}
    assert bars == {("slope", 3), ("g", 1), ("g", 2), ("g", 3)}


def test_every_line_of_the_answer_is_worked_out():
    found, _ = boards(NETWORKS["small"]())
    marks = found["answer"].marks
    for t, k in ((1, 2), (2, 1), (3, 0)):
        assert marks["sum", t].text == f"{t} + {k}"
        assert marks["sum", t].x == marks["node", "below", t].x
    assert marks["name", "sums"].text == "t + k = 3"


def test_the_taps_are_read_down_and_up_one_above_the_other():
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        answer = story.boards[-1]
        marks, said = answer.marks, answer.caption
        ahead, back = marks["card", True, "face", "again"], marks["card", False, "face", "again"]
        assert ahead.bottom < back.top
        for face, order in ((ahead, ["×1", "×2", f"×{MINUS}1"]), (back, [f"×{MINUS}1", "×2", "×1"])):
            here = [mark for key, mark in marks.items() if key[0] == "w1" and key[-1] == "digits"]
            here = [mark for mark in here if face.top < mark.y < face.bottom]
            assert [mark.text for mark in sorted(here, key=lambda mark: mark.x)] == order
        assert (marks["name", "taps", True].text, marks["name", "taps", False].text) == ("read down", "read up")
        assert f"Down to output 1: 1, 2, {MINUS}1. Up to sample 3: {MINUS}1, 2, 1, turned over." == said


def test_where_taps_have_no_room_one_card_is_read():
    found, _ = boards(examples.network("notebook"))
    assert len([key for key in found["answer"].marks if key[:1] == ("card",)]) == 1
    assert (
        found["answer"].caption
        == "A line has *i* = *t* + *k*. For one *i*, the larger *t* the smaller *k*: turned over."
    )


@pytest.mark.parametrize("name", ["small", "same", "strides 2"])
def test_at_an_end_a_sample_has_fewer_lines(name):
    found, written = boards(NETWORKS[name]())
    marks, back = found["ends"].marks, written.backward
    (sample,) = {key[1] for key in marks if key[0] == "return"}
    assert sample in (0, back.samples - 1)
    assert 0 < len(lines(marks)) == len(back.returns(sample)) < len(lines(found["sum"].marks))
    assert written.value(marks["slope", sample, "bar"].about) == back.slope(sample).value


def test_over_the_end_the_taps_that_no_output_reads_through_are_weak():
    found, _ = boards(NETWORKS["small"]())
    marks = found["ends"].marks
    light = {k: marks[tap(k, "tile")].edge for k in range(3)}
    assert light[2] == 1 > light[1] == light[0]
    assert f"{MINUS}1 × 2 = {MINUS}2. So 4 *g* make 6" in found["ends"].caption


def test_the_loss_grows_by_the_gradient():
    found, written = boards(NETWORKS["small"]())
    for name, board in found.items():
        marks = board.marks
        assert marks["loss",].text == "error L"
        said = marks["loss", "more"].text if ("loss", "more") in marks else ""
        asked = name in ("why", "reach", "upstream")
        assert said == (" + ?" if asked else " + 3" if name == "sum" else "")
    assert written.backward.slope(2).value == 3


def test_raised_numbers_say_by_how_much():
    found, _ = boards(NETWORKS["small"]())
    marks = found["reach"].marks
    was, more = ("y1", 0), ("move",)
    assert [marks[*was, t, "digits"].text for t in (0, 1, 2)] == ["4", "3", "1"]
    assert [(marks[*more, t].text, marks[*more, t].role) for t in (0, 1, 2)] == [
        (f"{MINUS}1", "lit"),
        ("+2", "lit"),
        ("+1", "lit"),
    ]
    assert all(marks[*was, t, "digits"].right < marks[*more, t].left for t in (0, 1, 2))
    assert (marks["x", 0, 2, "digits"].text, marks["move", "x", 0, 2].text) == ("1", "+1")


def test_what_an_output_loses_is_empty():
    found, _ = boards(NETWORKS["small"]())
    marks, whole = found["reach"].marks, found["why"].marks
    left, gone = marks["y1", 0, 0, "bar"], marks["more", "y1", 0, 0]
    assert gone.hollow
    assert left.foot == whole["y1", 0, 0, "bar"].foot
    assert left.height + gone.height == pytest.approx(whole["y1", 0, 0, "bar"].height)
    assert left.tip == pytest.approx(gone.bottom)


@pytest.mark.parametrize(("name", "t"), [("ask", 0), ("output", 0)])
def test_forward_the_window_lies_over_what_it_multiplies(name, t):
    found, _ = boards(NETWORKS["small"]())
    marks = found[name].marks
    assert not marks["card", True, "face"].hatch
    xs = [marks["x", 0, t + k, "bar"].x for k in range(3)]
    assert xs == [marks["node", "above", t + k].x for k in range(3)]
    assert xs[0] - marks["card", True, "frame"].left == pytest.approx(marks["card", True, "frame"].right - xs[-1])
    assert [(t + k, mark.points[0]) for k, mark in lines(marks)] == [
        (t + k, pytest.approx(x, abs=40)) for k, x in enumerate(xs)
    ]


def test_the_turned_kernel_lies_over_what_it_multiplies():
    found, written = boards(NETWORKS["small"]())
    marks, lies = found["sum"].marks, {2: 0, 1: 1, 0: 2}
    assert marks["card", False, "face"].hatch
    for k, t in lies.items():
        assert marks["node", "below", t].x == marks["return", 2, k].x
    assert [marks[tap(k, "digits")].text for k in lies] == [f"×{MINUS}1", "×2", "×1"]
    assert [marks["return", 2, k].text for k in lies] == [f"{MINUS}1", "+2", "+2"]
    assert written.value(found["along"].marks["slope", 2, "bar"].about) == 3
    times = "\N{MULTIPLICATION SIGN}"
    assert f"{MINUS}1 {times} 1 + 2 {times} 1 + 1 {times} 2 = 3" in found["sum"].caption
    assert "If *x*[2] grows by 1, *L* grows by" in found["sum"].caption
    frame, high = marks["card", False, "frame"], marks["g", 1, "digits"]
    assert frame.top < high.top < marks["g", 1, "bar"].bottom < marks["return", 2, 2].bottom < frame.bottom


BACK = [("reach", False, 2), ("sum", False, 2), ("along", False, 3), ("ends", False, 5)]


@pytest.mark.parametrize(("name", "ahead", "to"), [("output", True, 0), *BACK])
def test_lines_lead_from_circle_to_circle(name, ahead, to):
    for story in told("gradient_flip", NETWORKS["small"]())[0]:
        marks = next(board.marks for board in story.boards if board.name == name)
        for k, mark in lines(marks):
            ends = ("node", "above", to + k * ahead), ("node", "below", to - k * (not ahead))
            for x, y, key in zip(mark.points[::2], mark.points[1::2], ends, strict=True):
                far = math.dist((x, y), (marks[key].x, marks[key].y))
                assert far == pytest.approx(marks[key].width / 2 + 5), story.format.name
            assert not mark.dash


def test_question_and_answer_show_the_kernel_either_way():
    found, _ = boards(NETWORKS["small"]())
    for name, keys, order in (
        ("ask", [("w1", 0, 0, k) for k in range(3)], ["×1", "×2", f"×{MINUS}1"]),
        ("answer", [("w1", 0, 0, k, 3 - k, "back") for k in range(3)], [f"×{MINUS}1", "×2", "×1"]),
    ):
        taps = sorted((found[name].marks[(*key, "digits")] for key in keys), key=lambda mark: mark.x)
        assert [mark.text for mark in taps] == order
    marks = found["answer"].marks
    assert marks["card", False, "face", "again"].hatch > found["ask"].marks["card", True, "face"].hatch == 0
    assert f"Conv1D's kernel is taken as 1, 2, {MINUS}1; backward, {MINUS}1, 2, 1. Why?" in found["ask"].caption


def test_the_question_is_asked_of_a_whole_picture():
    found, _ = boards(NETWORKS["small"]())
    marks = found["ask"].marks
    assert [marks["x", 0, i, "digits"].text for i in range(6)] == ["1", "2", "1", "1", "2", "1"]
    assert [marks["y1", 0, t, "digits"].text for t in range(4)] == ["4", "3", "1", "4"]


def test_numbers_that_have_changed_say_so():
    for name in ("small", "same", "strides 2"):
        found, _ = boards(NETWORKS[name]())
        marks = found["reach"].marks
        raised = [key for key in marks if key[0] == "more"]
        assert raised
        for _, *key in raised:
            more = marks.get(("move", *key) if key[0] == "x" else ("move", key[-1]))
            assert (*key, "digits") not in marks or more.text[0] in f"+{MINUS}", (name, key)
        assert not [key for key in found["why"].marks if key[0] == "more"]


def test_training_asks_first():
    found, _ = boards(NETWORKS["small"]())
    names, marks = list(found), found["why"].marks
    assert names.index("error") == names.index("why") - 1 == names.index("reach") - 2
    assert "Training compares the answer with the right one" in found["error"].caption
    assert marks["loss", "more"].text == " + ?"
    assert "*x*[2] grows by 1, by how much does *L* grow" in found["why"].caption


@pytest.mark.parametrize("name", NETWORKS)
def test_every_sample_has_the_gradient_that_its_lines_make(name):
    found, written = boards(NETWORKS[name]())
    told = [found[board].marks for board in ("sum", "along", "every")]
    made = [{key[1] for key in marks if key[0] == "slope" and key[-1] == "bar"} for marks in told]
    assert all(before <= after for before, after in pairwise(made))
    assert {i for i in range(written.backward.samples) if ("node", "above", i) in told[-1]} == made[-1]
    for marks in told[:-1]:
        products = {key[1:]: mark for key, mark in marks.items() if key[0] == "return"}
        ((i, *_),) = {key[:1] for key in products}
        assert {k for _, k in products} == {one.k for one in written.backward.returns(i)}
        said = sum(Fraction(mark.text.replace(MINUS, "-")) for mark in products.values())
        assert said == written.backward.slope(i).value


def test_taps_rest_on_the_lines_of_every_sample():
    found, _ = boards(NETWORKS["small"]())
    for name in ("lines", "every", "check"):
        assert len([key for key in found[name].marks if key[-1] == "tile"]) == 12
    said = found["along"].caption
    times = "×"
    assert f"{MINUS}1 {times} 1 + 2 {times} 2 + 1 {times} 2 = 5" in said
    assert "gradient" in said


def test_convolution_has_the_minus_of_the_gradient():
    found, _ = boards(NETWORKS["small"]())
    assert [*found][-5:] == ["along", "ends", "every", "check", "answer"]
    sign = found["every"].marks["formula", "backward", "sign"]
    assert (sign.text.strip(), sign.role) == (MINUS, "lit")
    assert "convolution" in found["every"].caption


def test_an_output_is_worked_out_with_its_taps():
    found, written = boards(NETWORKS["small"]())
    times = "\N{MULTIPLICATION SIGN}"
    assert f"1 {times} 1 + 2 {times} 2 + ({MINUS}1) {times} 1 = 4" in found["output"].caption
    assert found["output"].marks["y1", 0, 0, "digits"].text == written.output(0, 0).text == "4"


@pytest.mark.parametrize("name", NETWORKS)
def test_backward_nothing_stands_where_no_output_is(name):
    found, written = boards(NETWORKS[name]())
    for board in found.values():
        steps = {key[2] for key in board.marks if key[:2] == ("node", "below")}
        assert steps <= {*range(written.backward.steps)}


def test_one_tap_has_nothing_to_turn_over():
    found, _ = boards(one(5, 1))
    assert all("turned" not in board.caption for board in found.values())


def test_what_others_find_stands_beside_the_gradient():
    found, written = boards(NETWORKS["small"]())
    marks = found["check"].marks
    for i, slope in enumerate(written.backward.slopes):
        bar = marks["slope", i, "bar"]
        assert marks["slope", i, "digits"].text == str(slope).replace("-", MINUS)
        assert marks["found", i].y == bar.tip
        assert marks["found", i].left > bar.right
    assert "SciPy" in found["check"].caption
    assert marks["name", "found"].text.endswith("Keras, SciPy")
    assert boards(NETWORKS["same"]())[0]["check"].marks["name", "found"].text == "• SciPy", "Keras was not asked"


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
