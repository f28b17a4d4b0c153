"""kernel_flip: what is turned, how often, and what each call makes of it, in the numbers and in the picture."""

from dataclasses import fields, replace
from functools import cache

import laws
import numpy as np
import pytest
from scipy.signal import convolve

from convexplain import examples
from convexplain.board import motion
from convexplain.board.marks import COLUMN, FILM
from convexplain.evaluation import level_values
from convexplain.layers import Conv1D
from convexplain.network import Network, Recorded, check_input, check_weights
from convexplain.stack import Stack
from convexplain.stories import kernel_flip, script
from convexplain.stories.one_channel import calls, places
from convexplain.stories.one_channel.calls import CONVOLVE, KERAS, REVERSED
from convexplain.stories.script import Script
from convexplain.stories.told import tell

EXAMPLE = examples.network("kernel_flip")
SHARES = (0.3, 0.6)


def network(samples, weights, **settings):
    """One kernel on one signal, with exact answers, so that nobody is asked."""
    stack = Stack((len(samples), 1), [Conv1D(1, len(weights), use_bias=False, **settings)])
    kernel = check_weights(stack, [[np.float32(weights).reshape(-1, 1, 1)]])
    x = check_input(stack, np.float32(samples).reshape(-1, 1))
    return Network(stack, kernel, x, Recorded(level_values(stack, kernel, x), "exact sums"))


NETWORKS = {
    "symmetric": lambda: network([2, 3, 1, 0, 3, 2], [1, 2, 1]),
    "strides 2": lambda: network([2, 3, 1, 0, 3, 2, 1], [1, 2, -1], strides=2),
    "dilation 2": lambda: network([2, 3, 1, 0, 3, 2, 5, 1], [1, 2, -1], dilation_rate=2),
    "nine taps": lambda: network(range(-7, 8), [1, -2, 3, 0, 1, 2, 3, -1, 2]),
    "real": lambda: network(np.sin(np.arange(12)), [0.31, -0.2, 0.05, 0.44]),
}


def write(of=EXAMPLE, cell=None):
    return script.write("kernel_flip", of, cell, 1)


@cache
def boards(of=EXAMPLE, form=FILM):
    return {board.name: board for board in tell(write(of), form).boards}


@pytest.mark.long
@pytest.mark.parametrize("name", NETWORKS)
def test_the_laws_hold(name):
    told = write(NETWORKS[name]())
    stories = [tell(told, form) for form in (FILM, COLUMN)]
    found = [line for story in stories for law in (laws.crossings, laws.outside) for line in law(story, SHARES)]
    found += [line for story in stories for line in (*laws.origins(story), *laws.numbers(story, told))]
    assert [*found, *laws.same_everywhere(stories)] == []


@pytest.mark.parametrize("name", ["own", "symmetric", "nine taps"])
def test_each_call_gives_what_scipy_gives(name):
    of = EXAMPLE if name == "own" else NETWORKS[name]()
    told, x, w = write(of), of.x[:, 0], of.weights[0][0][:, 0, 0]
    for call, kernel in ((CONVOLVE, w), (REVERSED, w[::-1]), (KERAS, w[::-1])):
        outputs = [calls.place(told, call, step).output.value for step in range(told.shape[0])]
        assert outputs == convolve(x, kernel, mode="valid", method="direct").tolist()


def test_turned_twice_is_the_kernel_again_and_once_is_not():
    told = write()
    straight, once, twice = (calls.place(told, call, 0).taps for call in (KERAS, CONVOLVE, REVERSED))
    assert [tap.weight.value for tap in once] == [-1, 2, 1]
    assert [tap.k for tap in once] == [2, 1, 0]
    assert [tap.sample for tap in once] == [tap.sample for tap in straight]
    assert twice == straight


def faults(board):
    """Numbers on a board that are not the products and sums of the numbers they are made of."""
    said = {key[:-1]: laws.spoken(mark.text) for key, mark in board.marks.items() if key[-1] == "digits"}
    for key, mark in board.marks.items():
        parents = [said.get(parent[:-1]) for parent in mark.made_of]
        if not parents or None in parents or key[:-1] not in said:
            continue
        expected = np.prod(parents) if key[0] == "product" else sum(parents)
        if said[key[:-1]] != expected:
            yield key


def test_every_product_and_sum_is_that_of_the_numbers_it_is_made_of():
    told = boards()
    assert [key for board in told.values() for key in faults(board)] == []
    assert sum(key[0] == "product" for key in told["output"].marks if key[-1] == "digits") == 3


def summed(board):
    """What the numbers on the card and those over them make, column by column."""
    said = {key: mark for key, mark in board.marks.items() if key[-1] == "digits"}
    taps = [mark for key, mark in said.items() if key[:3] == ("w1", 0, 0)]
    samples = {round(mark.x): laws.spoken(mark.text) for key, mark in said.items() if key[:2] == ("x", 0)}
    return sum(laws.spoken(mark.text) * samples[round(mark.x)] for mark in taps)


@pytest.mark.parametrize(
    ("name", "output"),
    [("meets", ("convolve", "y", 0)), ("again", ("reversed", "y", 0)), ("along", ("reversed", "y", 3))],
)
def test_the_output_beside_a_card_is_what_the_card_makes_of_its_samples(name, output):
    board = boards()[name]
    assert summed(board) == laws.spoken(board.marks[*output, "digits"].text)


def test_a_wrong_number_is_noticed():
    class Wrong(Script):
        def turned(self, cell):
            number = super().turned(cell)
            return self.written(number.value + 1)

    told = write()
    wrong = Wrong(*(getattr(told, field.name) for field in fields(Script)))
    meets = next(board for board in kernel_flip.tell(wrong) if board.name == "meets")
    assert laws.spoken(meets.marks["convolve", "y", 0, "digits"].text) == summed(meets) + 1


def test_hollow_means_convolve_and_filled_conv1d():
    for board in boards().values():
        for key, mark in board.marks.items():
            if mark.kind != "bar" or key[0] in ("handed", "w1") or "w1" in key:
                continue
            others = key[0] in ("convolve", "reversed") and "y" in key
            others |= key[0] == "title" and key[1] == "convolve"
            assert mark.hollow == others, (board.name, key)


def test_the_hatched_card_is_the_one_that_is_turned_once():
    names = ("output", "home", "slid", "back", "turn", "meets", "last", "turned", "yours", "theirs", "check")
    cards = [boards()[name].marks["rig", "w1", 0, 0, "card"] for name in names]
    turned = [name in ("turn", "meets", "last", "turned", "yours") for name in names]
    assert [card.corner == "right" for card in cards] == turned
    assert [card.hatch > 0 for card in cards] == turned


def test_a_kernel_that_lies_turned_over_is_not_called_the_kernel():
    for name, board in boards().items():
        if name == "yours":  # what was handed over has its own name below
            assert ("name", "w1", 0, 0) not in board.marks
            continue
        turned = board.marks["rig", "w1", 0, 0, "card"].hatch > 0
        assert board.marks["name", "w1", 0, 0].text == ("w turned over" if turned else "kernel w"), name


def test_the_kernel_that_is_handed_over_is_read_backwards_and_turned_back_in_the_window():
    names = list(boards())
    ways = {way.after.name: way for way in tell(write()).transitions}
    turning = {name: any(act.how == "turn" for act in ways[name].acts) for name in names[1:]}
    assert [name for name in names[1:] if turning[name]] == ["turn", "theirs"]
    for name in ("yours", "theirs"):
        marks = boards()[name].marks
        handed = sorted(
            (mark.x, mark.text) for key, mark in marks.items() if key[0] == "handed" and key[-1] == "digits"
        )
        assert [laws.spoken(text) for _, text in handed] == EXAMPLE.weights[0][0].ravel()[::-1].tolist()
        assert marks["handed", "card"].hatch > 0
        indices = sorted(
            (mark.x, mark.text) for key, mark in marks.items() if key[0] == "handed" and key[-1] == "index"
        )
        assert [text for _, text in indices] == ["2", "1", "0"]
        assert marks["handed", "card"].top > marks["rig", "w1", 0, 0, "card"].bottom
        assert marks["handed", "card"].width == pytest.approx(marks["rig", "w1", 0, 0, "card"].width)
    assert marks["rig", "w1", 0, 0, "card"].hatch == 0


@pytest.mark.parametrize("form", [FILM, COLUMN], ids=["film", "paper"])
@pytest.mark.parametrize("samples", [[2, 3, 1, 4], [2, 3, 1]])
def test_the_handed_kernel_has_room_whatever_the_signal_leaves(form, samples):
    marks = boards(network(samples, [1, 2, -1]), form)["theirs"].marks
    way, card = marks["handed", "way"].points, marks["handed", "card"]
    assert marks["rig", "w1", 0, 0, "card"].bottom < way[3] < way[1] - 28 < card.top


def test_a_window_rests_at_each_place_until_its_output_stands():
    ways = {way.after.name: way for way in tell(write()).transitions}
    for names, row in ((("slid 1", "slid 2", "slid"), ("y",)), (("turned 1", "turned 2", "turned"), ("convolve", "y"))):
        for step, name in enumerate(names, 1):
            new = [key for key in ways[name].after.marks if key not in ways[name].before.marks and key[-1] == "bar"]
            assert new == [(*row, step, "bar")]
            frame = ways[name].after.marks["rig", "w1", 0, 0, "card"]
            assert frame.left < ways[name].after.marks["x", 0, step, "bar"].x < frame.left + frame.width / 3


def test_both_sums_of_the_told_window_stand_side_by_side():
    marks = boards()["meets"].marks
    ours, theirs = marks["first", "y", "bar"], marks["convolve", "y", 0, "bar"]
    assert (ours.hollow, theirs.hollow) == (False, True)
    assert [marks[*key, "digits"].text for key in (("first", "y"), ("convolve", "y", 0))] == ["7", "5"]
    assert theirs.right < ours.left
    assert theirs.tip == pytest.approx(marks["product", 0, 0, "bar"].tip)


def test_a_kernel_slides_from_left_to_right():
    ways = {way.after.name: way for way in tell(write()).transitions}
    for name in ("slid 1", "slid 2", "slid", "turned 1", "turned 2", "turned"):
        before, after = (board.marks["rig", "w1", 0, 0, "card"].x for board in (ways[name].before, ways[name].after))
        assert before < after


def test_a_card_turns_about_its_middle_and_its_numbers_stay_upright():
    story = tell(write())
    way = next(way for way in story.transitions if way.after.name == "turn")
    turning = [act for act in way.acts if act.how == "turn"]
    axis = turning[0].at[0]
    first, last = (next(act for act in turning if act.key == ("w1", 0, 0, k, "digits")) for k in (0, 2))
    assert first.before.x - axis == pytest.approx(axis - first.after.x)
    assert first.after.x == pytest.approx(last.before.x)
    moments = [motion.at(first, first.start + share * (first.end - first.start)) for share in (0.1, 0.3, 0.6, 0.9)]
    assert all(0 < mark.squeeze <= 1 and mark.text == "× 1" for mark in moments)


NAMES = "*x*[*t* + *k*] cross-correlates, *x*[*t* + 2 − *k*] convolves."


@pytest.mark.parametrize(
    ("samples", "weights", "board", "said"),
    [
        ([2, 3, 1, 0, 3, 2], [1, 2, -1], "differ", f"All four numbers differ: {NAMES}"),
        ([2, 3, 1, 0, 3, 2], [1, 2, -1], "crossed", "Now 2 × (−1) = −2, 3 × 2 = 6, 1 × 1 = 1: other products."),
        ([2, 3, 1, 0, 3, 2], [1, 2, -1], "meets", "Their sum is −2 + 6 + 1 = 5, not 7."),
        ([2, 3, 1, 0, 3, 2], [1, 2, -1], "turned 1", "One step on: 3 × (−1) + 1 × 2 + 0 × 1 = −1."),
        ([2, 3, 1, 0, 3, 2], [1, 2, 1], "crossed", "Each sample meets the same number as before."),
        ([2, 3, 1, 0, 3, 2], [1, 2, 1], "differ", "This kernel is its own mirror image: no number differs."),
        ([2, 3, 1, 0, 3, 2], [1, 2, 1], "meets", "This kernel is its own mirror image: 9 again."),
        ([1, 1, 1, 1, 1, 1], [1, 2, -1], "differ", "For this signal no number differs."),
        ([1, 1, 1, 1, 1, 2], [1, 2, -1], "differ", f"One of four numbers differs: {NAMES}"),
        ([2, 3, 1], [1, 2, -1], "differ", f"The only number differs: {NAMES}"),
    ],
)
def test_captions_are_true_of_the_data(samples, weights, board, said):
    told = tell(script.write("kernel_flip", network(samples, weights), (0, 0), 1))
    assert {board.name: board.caption for board in told.boards}[board] == said


@pytest.mark.parametrize(
    ("name", "expected"),
    [("own", " − "), ("strides 2", " − "), ("dilation 2", " − ")],
    ids=["own", "strides", "dilation"],
)
def test_the_turn_is_a_minus_that_counts_back_from_the_last_sample(name, expected):
    of = EXAMPLE if name == "own" else NETWORKS[name]()
    formula = {key[-1]: mark for key, mark in boards(of)["turned"].marks.items() if key[:2] == ("formula", "turned")}
    assert formula["sign"].text == expected
    layer, last = of.stack.layers[0], write(of, (0, 0)).reads(0)[-1]
    scale = "" if layer.strides == 1 else "2"
    assert formula["last"].text == f"{scale}t + {last}"


def test_the_taps_meet_the_samples_that_they_are_said_to_meet():
    board = boards()["last"]
    assert board.caption == "Three taps: *k* = 0, 1, 2 meet *x*[*t* + 2], *x*[*t* + 1], *x*[*t*]."
    for k in range(3):
        assert board.marks["w1", 0, 0, k, "bar"].x == pytest.approx(board.marks["x", 0, 2 - k, "bar"].x)
    said = {key[2]: mark.text for key, mark in board.marks.items() if key[:2] == ("ruler", "said")}
    assert said == {0: "= t", 1: "= t + 1", 2: "= t + 2"}


def test_every_code_that_gives_the_layers_outputs_says_valid():
    typed = [m.text for board in boards().values() for m in board.marks.values() if m.text and "convolve(x" in m.text]
    assert typed
    assert all('mode="valid"' in text for text in typed)
    assert 'mode="valid"' in next(board for board in boards().values() if "convolve(x" in str(texts(board))).caption


def texts(board):
    return [mark.text for mark in board.marks.values()]


def stands_on_its_samples(marks):
    """Whether every tap of the kernel is in the column of a sample, and all of them inside the frame."""
    frame = marks["rig", "w1", 0, 0, "frame"]
    taps = [mark for key, mark in marks.items() if key[:-2] == ("w1", 0, 0) and key[-1] == "bar"]
    return all(frame.left < tap.left and tap.right < frame.right for tap in taps)


@pytest.mark.parametrize("name", ["product", "products", "output", "crossed", "meets", "slid", "turned", "along"])
def test_window_and_kernel_are_never_apart(name):
    story = tell(write())
    way = next(way for way in story.transitions if way.after.name == name)
    for share in (0.2, 0.4, 0.5, 0.6, 0.8):
        assert stands_on_its_samples(motion.sample(way, share))


def test_the_rows_and_their_unit_are_the_same_on_every_board():
    """But for the two at the start, where signal and kernel are alone and larger."""
    told = [board for name, board in boards().items() if name not in ("question", "window")]
    assert len({mark.unit for board in told for mark in board.marks.values() if mark.kind == "bar" and mark.unit}) == 1
    for key in (("name", "x", 0), ("name", "w1", 0, 0)):
        assert len({board.marks[key].y for board in told if key in board.marks}) == 1


def test_one_tap_has_no_minus_to_explain():
    names = list(boards(network([2, -3, 1], [2])))
    assert "turn" in names
    assert "last" not in names


@pytest.mark.parametrize("of", [EXAMPLE, examples.network("notebook")], ids=["own", "notebook"])
def test_scipys_numbers_stand_as_high_as_keras(of):
    told = write(of)
    check = tell(told).boards[-1].marks
    steps = [place.step for place in (places.place(told, step) for step in range(told.shape[0]))]
    for step in steps:
        ours, theirs = check["y", step, "bar"], check["reversed", "y", step, "bar"]
        assert theirs.tip == pytest.approx(ours.tip, abs=0.01)
        assert theirs.hollow
        assert theirs.right < ours.left, "as where they are added up"
    assert " gives Keras " in calls.agreement(told).words


def test_a_wrong_answer_of_keras_is_seen_in_the_check():
    told = write()
    recorded = told.source.recorded
    outputs = recorded.outputs[0].copy()
    outputs[2] += 1
    source = replace(told.source, recorded=replace(recorded, outputs=(outputs,)))
    found = calls.agreement(replace(told, source=source))
    assert found.words.endswith("4 outputs, largest difference 1.")


def test_the_filter_that_is_told_is_another_one_turned_over():
    """Of two filters the symmetric one would be told for its short numbers, and hide the flip."""
    stack = Stack((8, 1), [Conv1D(2, 3, use_bias=False)])
    kernel = np.array([[1, 1], [2, 2], [1, 3]], np.float32).reshape(3, 1, 2)
    samples = np.array([[1], [2], [1], [3], [1], [1], [2], [1]], np.float32)
    for kernels, told in (
        (kernel, [1, 2, 3]),
        (kernel[..., ::-1], [1, 2, 3]),
        (kernel[..., :1].repeat(2, 2), [1, 2, 1]),
    ):
        weights = check_weights(stack, [[kernels]])
        answers = Recorded(level_values(stack, weights, samples), "exact sums")
        written = script.write("kernel_flip", Network(stack, weights, samples, answers), None, 1)
        assert written.network.weights[0][0].ravel().tolist() == told


def test_no_step_stands_over_the_sum():
    for name in ("products", "output", "turn", "meets", "last"):
        steps = [key[1] for key in boards()[name].marks if key[0] == "ruler" and len(key) == 2 and key[1] != "name"]
        assert [step for step in steps if step != "at"] == [0, 1, 2], name


def test_each_hollow_bar_comes_when_the_window_is_there():
    way = next(way for way in tell(write()).transitions if way.after.name == "along")
    acts = {act.key: act for act in way.acts}
    starts = [acts["reversed", "y", step, "bar"].start for step in (1, 2, 3)]
    assert starts == sorted(starts)
    assert acts["reversed", "y", 0, "bar"].how == "still"
