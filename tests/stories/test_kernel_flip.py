"""kernel_flip: what is turned, how often, and what each call makes of it, in the numbers and in the picture."""

from dataclasses import fields, replace
from functools import cache
from itertools import pairwise

import laws
import numpy as np
import pytest
from scipy.signal import convolve

from convexplain import examples
from convexplain.board import motion
from convexplain.board.marks import COLUMN, FILM
from convexplain.layers import Conv1D
from convexplain.network import Network, Recorded, check_input, check_weights
from convexplain.numbers.evaluation import level_values
from convexplain.stack import Stack
from convexplain.stories import kernel_flip, script
from convexplain.stories.one_channel import calls, places
from convexplain.stories.one_channel.calls import CONVOLVE, KERAS
from convexplain.stories.one_channel.track import W
from convexplain.stories.one_channel.turning import ROWS, WRITTEN
from convexplain.stories.script import Script
from convexplain.stories.told import tell

EXAMPLE = examples.network("kernel_flip")
SHARES = (0.3, 0.6)
ALONE = ("single", "kernel", "straight", "backwards")
"""The boards of a single 1."""
LEAVES = {"single": {"y", "convolve"}}
"""What goes that was given, before which board."""


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
    "longer, dilation 2": lambda: network([2, 3, 1, 0, 3, 2, 5, 1, 2, 2], [1, 2, -1], dilation_rate=2),
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


def test_what_was_found_ends_the_story_as_it_is_typed_and_is_true_when_it_is_run():
    samples, weights = [2, 3, 1, 0, 3, 2, 1], [1, 2, -1]
    own = network(samples, weights)
    ours, _, theirs = boards(own)["check"].marks["rule",].text.partition(" = ")
    found = eval(theirs, {"convolve": convolve, "x": np.array(samples), "w": np.array(weights)})
    assert (ours, list(found)) == ("Conv1D", [at.output.value for at in rows(write(own))[0]])
    for settings in ({"strides": 2}, {"padding": "same"}, {"dilation_rate": 2}):
        assert ("rule",) not in boards(network(samples, weights, **settings))["check"].marks, settings


def rows(told):
    """The places of ``Conv1D``, and of ``convolve``."""
    ours = [places.place(told, step) for step in range(told.shape[0])]
    return ours, [calls.turned(told, at) for at in ours]


@pytest.mark.parametrize("name", ["own", "symmetric", "nine taps"])
def test_each_call_gives_what_scipy_gives(name):
    of = EXAMPLE if name == "own" else NETWORKS[name]()
    told, x, w = write(of), of.x[:, 0], of.weights[0][0][:, 0, 0]
    for row, kernel in zip(rows(told), (w[::-1], w), strict=True):
        assert [at.output.value for at in row] == convolve(x, kernel, mode="valid", method="direct").tolist()


def test_turned_twice_is_the_kernel_again_and_once_is_not():
    told = write()
    straight = places.place(told, 0)
    once = calls.turned(told, straight)
    twice = calls.turned(told, once)
    assert [tap.weight.value for tap in once.taps] == [2, -1, 1]
    assert [tap.k for tap in once.taps] == [2, 1, 0]
    assert [tap.sample for tap in once.taps] == [tap.sample for tap in straight.taps]
    assert [(tap.k, tap.weight, tap.sample) for tap in twice.taps] == [
        (tap.k, tap.weight, tap.sample) for tap in straight.taps
    ]


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
    rests = [name for name in told if any(key[0] == "product" for key in told[name].marks)]
    without = ["question", "turn", "handed", "check"]
    assert [name for name in told if name not in rests] == without


def summed(board):
    """What the numbers on the card and those over them make, column by column."""
    said = {key: mark for key, mark in board.marks.items() if key[-1] == "digits"}
    taps = [mark for key, mark in said.items() if key[:3] == ("w1", 0, 0)]
    samples = {round(mark.x): laws.spoken(mark.text) for key, mark in said.items() if key[:2] == ("x", 0)}
    return sum(laws.spoken(mark.text) * samples[round(mark.x)] for mark in taps)


@pytest.mark.parametrize(
    ("name", "output"),
    [
        ("output", ("y", 0)), ("slid", ("y", 2)),
        ("meets", ("convolve", "y", 0)), ("last", ("convolve", "y", 0)), ("differ", ("convolve", "y", 2)),
        ("single", ("one", "convolve", "y", 0)), ("kernel", ("one", "convolve", "y", 2)),
        ("straight", ("one", "y", 0)), ("backwards", ("one", "y", 2)), ("again", ("y", 0)),
        ("theirs", ("convolve", "again", "y", 0)), ("check", ("convolve", "again", "y", 2)),
    ],
)  # fmt: skip
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
            if mark.kind != "bar" or key[0] == "w1" or "w1" in key:
                continue
            others = "convolve" in key or key in (("title", 1, "bar"), ("formula", 1, "bar"))
            assert mark.hollow == others, (board.name, key)


def test_the_hatched_card_is_the_one_that_is_turned_over():
    turning = ("turn", "meets", "last", "differ", "single", "kernel", "handed")
    cards = [board.marks["rig", "w1", 0, 0, "card"] for board in boards().values()]
    assert [card.hatch > 0 for card in cards] == [name in turning for name in boards()]


def test_a_kernel_that_lies_turned_over_is_not_called_the_kernel():
    for name, board in boards().items():
        turned = board.marks["rig", "w1", 0, 0, "card"].hatch > 0
        said = [board.marks[key].text for key in board.marks if key[:4] == ("name", "w1", 0, 0)]
        twice = ["turned", "back: w"] if name in ("theirs", "check") else ["kernel w"]
        by = {"handed": ["turned", "by us"]}.get(name, ["turned by", "convolve"])
        assert said == (by if turned else twice), name
        copy = [board.marks[key].text for key in board.marks if key[:2] == ("name", "written")]
        assert copy == ["kernel w", "as it was"] * (name in ("turn", "handed")), name


def test_the_kernel_lies_unturned_then_turned_by_hand_then_turned_back():
    rests = {"handed": (2, 1, 0), "theirs": (0, 1, 2)}
    for name, taps in rests.items():
        board = boards()[name].marks
        assert [board["w1", 0, 0, k, "bar"].x for k in taps] == [board["x", 0, k, "bar"].x for k in range(3)]
    way = next(way for way in tell(write()).transitions if way.after.name == "theirs")
    assert {act.at[2] for act in way.acts if act.how == "turn"} == {0}, "in its columns"
    for board in (boards()["turn"].marks, boards()["handed"].marks):
        card, copy = (board["rig", *own, "card"] for own in (W, WRITTEN))
        assert (card.hatch > 0, copy.hatch) == (True, 0)
        assert card.bottom < copy.top < copy.bottom < min(mark.top for key, mark in board.items() if key[0] == "y")
        for k in range(3):
            assert board[*WRITTEN, k, "bar"].x == board[*W, 2 - k, "bar"].x
            assert board[*WRITTEN, k, "digits"].text == board[*W, k, "digits"].text
            assert board[*WRITTEN, k, "index"].text == str(k)
    assert [mark.text for mark in board.values() if mark.text].count("w[::-1]") == 1, "in the call"


def test_every_turn_of_the_kernel_is_seen():
    ways = tell(write()).transitions
    turned = [way.after.name for way in ways if any(act.how == "turn" for act in way.acts)]
    assert turned == ["turn", "straight", "handed", "theirs"]
    cards = [board.marks["rig", "w1", 0, 0, "card"] for board in boards().values()]
    hatched = [(before.hatch > 0) != (after.hatch > 0) for before, after in pairwise(cards)]
    assert sum(hatched) == 4, "by `convolve`, back, by hand, and by `convolve` once more"


def test_handed_over_turned_the_calls_begin_anew():
    names = ("handed", "theirs")
    told = [boards()[name].marks for name in names]
    assert all("w[::-1]" in marks["formula", 1, "handed"].text for marks in told)
    hollow = [{key for key in marks if key[0] == "convolve" and key[-1] == "bar"} for marks in told]
    assert [len(keys) for keys in hollow] == [0, 1], "old bars have left before a new one grows"
    assert hollow[1] == {("convolve", "again", "y", 0, "bar")}, "the others are yet to be computed"


def test_a_window_rests_at_each_place_until_its_output_stands():
    ways = {way.after.name: way for way in tell(write()).transitions}
    for name, row in (("slid", ("y",)), ("differ", ("convolve", "y"))):
        before, after = ways[name].before.marks, ways[name].after.marks
        made = [("product", len(row) - 1, 2, k, "bar") for k in range(3)]
        new = [key for key in after if key not in before and key[-1] == "bar"]
        assert sorted(new) == sorted([*made, *((*row, step, "bar") for step in (1, 2))])
        acts = {act.key: act for act in ways[name].acts}
        card, old = acts["rig", *W, "card"], acts["product", len(row) - 1, 0, 0, "bar"]
        assert old.end <= card.start + 0.2 < acts[*row, 1, "bar"].start < card.end
        assert max(acts[key].start for key in made) < acts[*row, 2, "bar"].start
        assert card.after.left < after["x", 0, 2, "bar"].x < card.after.left + card.after.width / 3


def test_both_sums_of_a_window_stand_side_by_side_under_their_step():
    marks = boards()["meets"].marks
    ours, theirs = marks["y", 0, "bar"], marks["convolve", "y", 0, "bar"]
    assert (ours.hollow, theirs.hollow) == (False, True)
    assert [marks[*key, "digits"].text for key in (("y", 0), ("convolve", "y", 0))] == ["2", "3"]
    assert ours.right < theirs.left
    assert (ours.x + theirs.x) / 2 == pytest.approx(marks["x", 0, 0, "bar"].x)
    end = marks["product", 1, 0, 0, "bar"]
    assert marks["baseline", "products"].y - end.tip == pytest.approx(theirs.height), "as high as the staircase"
    assert theirs.foot == marks["baseline", "y"].y


def test_a_kernel_slides_from_left_to_right():
    ways = {way.after.name: way for way in tell(write()).transitions}
    for name in ("slid", "differ", "kernel", "backwards"):
        before, after = (board.marks["rig", "w1", 0, 0, "card"].x for board in (ways[name].before, ways[name].after))
        assert before < after


@pytest.mark.parametrize("name", ["turn", "handed", "theirs"])
def test_a_card_turns_about_its_middle_in_its_window(name):
    way = next(way for way in tell(write()).transitions if way.after.name == name)
    turning = [act for act in way.acts if act.how == "turn"]
    card, window = (next(a for a in way.acts if a.key == ("rig", "w1", 0, 0, part)) for part in ("card", "frame"))
    first, last = (next(act for act in turning if act.key == ("w1", 0, 0, k, "digits")) for k in (0, 2))
    assert first.before.x - card.before.x == pytest.approx(card.after.x - first.after.x)
    assert last.after.x - card.after.x == pytest.approx(first.before.x - card.before.x)
    assert window.how == "still"
    for share in (0.1, 0.3, 0.6, 0.9):
        now = card.start + share * (card.end - card.start)
        number, frame = motion.at(first, now), motion.at(window, now)
        assert 0 < number.squeeze <= 1
        assert number.text == "×1"
        xs = motion.at(card, now).points[::2]
        assert frame.left - 20 < min(xs) < frame.x < max(xs) < frame.right + 20


TURNS = "`convolve` turns the kernel, `Conv1D` does not:"


@pytest.mark.parametrize(
    ("samples", "weights", "board", "said"),
    [
        ([2, 1, 1, 2, 0], [1, 2, -1], "output",
         "`Conv1D` multiplies each sample of *x* by its tap and adds up: 2 + 2 − 1 = 3."),
        ([2, 1, 1, 2, 0], [1, 2, -1], "slid",
         "The kernel slides along as it is. That is called cross-correlation."),
        ([2, 1, 1, 2, 0], [1, 2, -1], "meets",
         "The kernel’s ends now meet other samples: −2 + 2 + 1 = 1, not 3."),
        ([2, 1, 1, 2, 0], [1, 2, -1], "theirs",
         "`convolve` turns it back, and *w* slides as it is: again 2 + 2 − 1 = 3."),
        ([2, 1, 1, 2, 0], [1, 2, -1], "differ", f"{TURNS} they differ at every *t*."),
        ([2, 1, 1, 2, 0], [1, 2, -1], "single",
         "Why turn it? Let *x* be a single 1. Tap 0 meets it first: the output is 1."),
        ([2, 1, 1, 2, 0], [1, 2, -1], "straight", "`Conv1D` does not turn it: tap 2 meets the 1 first."),
        ([2, 1, 1], [1, 2], "straight", "`Conv1D` does not turn it: tap 1 meets the 1 first."),
        ([1, 1, 1, 1, 1, 1], [1, 2, -1], "meets",
         "The kernel’s ends now meet other samples: −1 + 2 + 1 = 2, the same sum."),
        ([2, 1, 0, 1, 3, 1, 0], [1, 2, 3, -1, 1], "last",
         "Turned over, the taps count back: tap 0 meets step *t* + 4, tap 4 meets step *t*."),
        ([2, 1, 1, 2, 0], [1, 2, -1], "again", "How can `convolve` give the same numbers as `Conv1D`?"),
        ([2, 3, 1, 0, 3, 2], [1, 2, 1], "again",
         "Other kernels make a difference. How can `convolve` give the numbers of `Conv1D`?"),
        ([1, 1, 1, 1, 1, 1], [1, 2, -1], "again",
         "Other signals make a difference. How can `convolve` give the numbers of `Conv1D`?"),
        ([2, 3, 1, 0, 3, 2], [1, 2, 1], "differ", "This kernel is its own mirror image: no number differs."),
        ([2, 3, 1, 0, 3, 2], [1, 2, 1], "meets",
         "The kernel’s ends now meet other samples: 2 + 6 + 1 = 9, the same sum."),
        ([1, 1, 1, 1, 1, 1], [1, 2, -1], "differ", "For this signal no number differs."),
        ([1, 1, 1, 1, 1, 2], [1, 2, -1], "differ", f"{TURNS} they differ at one of four *t*."),
        ([2, 3, 1, 4], [1, 2, -1], "differ", f"{TURNS} they differ at every *t*."),
        ([2, 3, 1], [1, 2, -1], "differ", f"{TURNS} this number differs."),
    ],
)  # fmt: skip
def test_captions_are_true_of_the_data(samples, weights, board, said):
    told = tell(script.write("kernel_flip", network(samples, weights), (0, 0), 1))
    assert {board.name: board.caption for board in told.boards}[board] == said


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("own", ["t + k", "t + 2 − k"]),
        ("strides 2", ["2t + k", "2t + 2 − k"]),
        ("dilation 2", ["t + 2k", "t + 4 − 2k"]),
    ],
)
def test_the_turn_is_a_minus_that_counts_back_from_the_last_sample(name, expected):
    of = EXAMPLE if name == "own" else NETWORKS[name]()
    for board in (boards(of)["last"], boards(of, COLUMN)["differ"]):
        assert [board.marks["formula", row, "index"].text for row in range(2)] == expected


def test_the_taps_meet_the_samples_that_they_are_said_to_meet():
    board = boards()["last"]
    assert [board.marks["formula", 1, part].text for part in ("whose", "index")] == [": k meets step ", "t + 2 − k"]
    for k in range(3):
        assert board.marks["w1", 0, 0, k, "bar"].x == pytest.approx(board.marks["x", 0, 2 - k, "bar"].x)
    said = {key[2]: mark.text for key, mark in board.marks.items() if key[:2] == ("ruler", "said")}
    assert said == {0: "t =", 1: "t+1 =", 2: "t+2 ="}


def test_an_output_stands_under_its_step_and_a_pair_on_both_sides_of_it():
    for name, board in boards().items():
        for step in range(3):
            xs = [mark.x for key, mark in board.marks.items() if key[-3:] == ("y", step, "bar")]
            assert not xs or sum(xs) / len(xs) == pytest.approx(board.marks["x", 0, step, "bar"].x), name


def test_what_convolve_is_handed_is_said_where_that_is_not_w():
    said = {name: board.marks["formula", 1, "handed"].text for name, board in boards().items()
            if ("formula", 1, "handed") in board.marks}  # fmt: skip
    assert said == dict.fromkeys(("handed", "theirs", "check"), "w[::-1]")


def stands_on_its_samples(marks):
    """Whether every tap of the kernel is in the column of a sample, and all of them inside the frame."""
    frame = marks["rig", "w1", 0, 0, "frame"]
    taps = [mark for key, mark in marks.items() if key[:-2] == ("w1", 0, 0) and key[-1] == "bar"]
    return all(frame.left < tap.left and tap.right < frame.right for tap in taps)


@pytest.mark.parametrize("name", ["output", "meets", "slid", "last", "differ", "single", "kernel", "check"])
def test_window_and_kernel_are_never_apart(name):
    story = tell(write())
    way = next(way for way in story.transitions if way.after.name == name)
    for share in (0.2, 0.4, 0.5, 0.6, 0.8):
        assert stands_on_its_samples(motion.sample(way, share))


@pytest.mark.parametrize("of", [EXAMPLE, examples.network("notebook")], ids=["own", "notebook"])
def test_the_rows_and_their_unit_are_the_same_on_every_board(of):
    told = [board for name, board in boards(of).items() if of is EXAMPLE or name not in ALONE]
    scales = {
        round(mark.height / abs(float(laws.spoken(digits.text))), 4)
        for board in told
        for key, digits in board.marks.items()
        if key[-1] == "digits" and (mark := board.marks[*key[:-1], "bar"]).kind == "bar" and laws.spoken(digits.text)
    }
    assert len(scales) == 1
    for key in (("name", "x", 0), ("name", "w1", 0, 0), ("name", "products"), ("name", "y")):
        assert len({board.marks[key].y for board in told if key in board.marks}) == 1


def test_what_was_given_stays_until_the_signal_is_another():
    for before, after in pairwise(boards().values()):
        given = {key for key in before.marks if key[-1] == "bar" and key[0] in ("x", "w1", "y", "convolve")}
        gone = {key[0] for key in given if key not in after.marks}
        assert gone == LEAVES.get(after.name, set()), after.name


def test_a_long_signal_is_seen_near_by_and_then_whole():
    told = boards(examples.network("notebook"))
    steps = {name: sum(key[:2] == ("x", 0) and key[-1] == "bar" for key in told[name].marks) for name in told}
    since = list(told)[list(told).index("whole") :]
    assert [name for name in told if steps[name] == 20] == [name for name in since if name not in ALONE]
    assert steps["last"] < 10
    assert len([key for key in told["check"].marks if key[0] == "convolve" and key[-1] == "bar"]) == 16


def test_one_tap_has_no_minus_to_explain_and_needs_no_second_turn():
    told = boards(network([2, -3, 1], [2]))
    assert "turn" in told
    assert {"last", "handed", "theirs", "check"}.isdisjoint(told)
    assert told["meets"].caption.startswith("A single tap, turned over, meets the same sample:")


@pytest.mark.parametrize("form", [FILM, COLUMN], ids=["film", "paper"])
@pytest.mark.parametrize(("scale", "is_said"), [(1, False), (0.0625, True), (64, True)])
def test_a_1_that_is_no_match_for_the_taps_has_a_scale_of_its_own_and_says_so(scale, is_said, form):
    told = boards(network([2, 1, 1, 2, 0], [scale, 2 * scale, -scale]), form)
    for name in ALONE:
        marks = told[name].marks
        assert (("name", "x", 0, "scale") in marks) == is_said
        one, largest = marks["x", 0, 2, "bar"].height, marks[*W, 1, "bar"].height
        assert one == pytest.approx(largest if is_said else largest / 2)
        assert marks["x", 0, 2, "digits"].text == "1"


@pytest.mark.parametrize("form", [FILM, COLUMN], ids=["film", "paper"])
def test_the_numbers_of_a_pair_stay_apart_on_the_board(form):
    marks = boards(network([0.6, 0.5, 1.3, -0.2, -0.7, 0.1, -1.5, -1.3], [-1.09, 0.5, -0.84, -1.8, 0.31, 0.26, 1.35],
                           padding="causal"), form)["meets"].marks  # fmt: skip
    (ours,) = (mark for key, mark in marks.items() if key[0] == "y" and key[-1] == "digits")
    (theirs,) = (mark for key, mark in marks.items() if key[0] == "convolve" and key[-1] == "digits")
    assert ours.right < theirs.left
    assert theirs.right <= form.width - 4


def test_tiny_numbers_say_in_which_units_they_are():
    marks = boards(network([2e-4, 1e-4, 1e-4, 3e-4], [1e-4, 2e-4]))["question"].marks
    said = " ".join(mark.text for key, mark in marks.items() if key[0] == "remark")
    assert "weights in units of 0.0001" in said


@pytest.mark.parametrize("of", [EXAMPLE, examples.network("notebook")], ids=["own", "notebook"])
def test_handed_the_turned_kernel_convolve_stands_as_high_as_conv1d(of):
    check = boards(of)["check"].marks
    for step in range(of.stack.shapes[1][0]):
        ours, theirs = check["y", step, "bar"], check["convolve", "again", "y", step, "bar"]
        assert theirs.tip == ours.tip
        assert theirs.hollow
    assert "run with `w[::-1]`, Keras 3" in calls.agreement(write(of))


@pytest.mark.parametrize("name", ["own", "longer, dilation 2", "real"])
def test_to_a_single_1_the_calls_answer_as_scipy_does(name):
    of = EXAMPLE if name == "own" else NETWORKS[name]()
    told = write(of)
    layer, w = told.layer, told.network.weights[0][0][:, 0, 0]
    kernel = np.zeros(layer.span)
    kernel[:: layer.dilation_rate] = w
    one, answers = calls.single(*rows(told))
    x = np.zeros(told.read_shape[0])
    x[one] = 1
    for row, slid in zip(answers, (kernel[::-1], kernel), strict=True):
        made, steps = [float(at.output.value) for at in row], [at.step for at in row]
        asked = convolve(x, slid, mode="valid", method="direct")
        assert made == pytest.approx([asked[step] for step in steps])
        assert not any(np.delete(asked, steps))
        assert [[float(tap.sample.value) for tap in at.taps] for at in row] == [
            [x[tap.step] for tap in at.taps] for at in row
        ]
        assert all(tap.product.value == tap.weight.value * tap.sample.value for at in row for tap in at.taps)


def made(marks, call):
    """What a call makes of a single 1, by its steps."""
    row = ("one", *ROWS[call])
    return [marks[*row, step, "digits"].text for step in range(3)]


def test_a_single_1_makes_the_kernel_of_convolve_and_backwards_of_conv1d():
    marks = boards()["backwards"].marks
    assert made(marks, KERAS) == ["2", "−1", "1"]
    assert made(boards()["kernel"].marks, CONVOLVE) == ["1", "−1", "2"]
    said = [marks["formula", row, "made"].text for row in (1, 0)]
    assert said == [": w in order", ": w backwards"]


@pytest.mark.parametrize(("name", "call"), [("kernel", CONVOLVE), ("backwards", KERAS)])
def test_what_a_1_makes_has_the_name_the_colour_and_the_height_of_the_tap_that_meets_it(name, call):
    marks = boards()[name].marks
    for step, k in enumerate((0, 1, 2) if call else (2, 1, 0)):
        own, tap = marks["one", *ROWS[call], step, "bar"], marks[*W, k, "bar"]
        assert (own.role, own.base, own.height) == (tap.role, tap.base, pytest.approx(tap.height))
        assert marks["tap", "one", *ROWS[call], step].text == f"tap {k}"
    (met,) = (k for k in range(3) if marks[*W, k, "bar"].x == marks["x", 0, 2, "bar"].x)
    products = {k: marks["product", call, 2, k, "digits"].text for k in range(3)}
    assert products == {0: "+0", 1: "+0", 2: "+0"} | {met: "+2" if call else "+1"}


@pytest.mark.parametrize(("name", "call"), [("kernel", CONVOLVE), ("backwards", KERAS)])
def test_the_outputs_of_a_1_come_step_by_step_as_the_window_passes_it(name, call):
    way = next(way for way in tell(write()).transitions if way.after.name == name)
    acts = {act.key: act for act in way.acts}
    starts = [acts["one", *ROWS[call], step, "bar"].start for step in (1, 2)]
    card = acts["rig", *W, "card"]
    assert card.start < starts[0] < card.end <= starts[1]


@pytest.mark.parametrize("many", [7, 9])
def test_of_a_kernel_that_is_too_long_for_a_card_a_window_no_single_1_is_told(many):
    told = boards(network([1, 2] * many, [1, *[2] * (many - 2), -1]))
    assert ("kernel" in told) == (many == 7)
    assert "handed" in told


def test_a_number_hangs_below_a_product_that_lies_below_the_line_and_no_other():
    told = boards(), boards(network([3, 1, 1, 2, 0], [1, 1, -1]))
    for boards_, below in zip(told, ([False] * 3, [True, True, False]), strict=True):
        marks = boards_["meets"].marks
        products = [[marks["product", 1, 0, k, part].y for part in ("digits", "bar")] for k in range(3)]
        assert [number > bar for number, bar in products] == below


@pytest.mark.parametrize("name", ["symmetric", "strides 2"])
def test_no_single_1_where_it_would_not_show_the_kernel(name):
    told = tell(write(NETWORKS[name]()))
    names = [board.name for board in told.boards]
    assert {"single", "backwards", "kernel"}.isdisjoint(names)
    turned = [way.after.name for way in told.transitions if any(act.how == "turn" for act in way.acts)]
    assert turned == ["turn", "handed", "theirs"]


def test_a_wrong_answer_of_keras_is_seen_in_the_check():
    told = write()
    recorded = told.source.recorded
    outputs = recorded.outputs[0].copy()
    outputs[2] += 1
    source = replace(told.source, recorded=replace(recorded, outputs=(outputs,)))
    found = calls.agreement(replace(told, source=source))
    assert found.endswith("within 1 in 3 outputs.")


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


def test_the_check_moves_the_window_and_adds_what_scipy_gives():
    way = next(way for way in tell(write()).transitions if way.after.name == "check")
    new = {key[:-1] for key in way.after.marks if key not in way.before.marks and key[-1] == "bar"}
    assert {key for key in new if key[0] != "product"} == {("convolve", "again", "y", step) for step in (1, 2)}
    moved = [
        act.key
        for act in way.acts
        if act.before and act.after and (act.before.x, act.before.y) != (act.after.x, act.after.y)
    ]
    assert {key[0] for key in moved} <= {"caption", "rig", "w1", "baseline", "ruler", "y", "convolve"}
    before, after = way.before.marks["y", 1, "bar"], way.after.marks["y", 1, "bar"]
    assert before.foot == after.foot, "it grows on its line"
