"""collapse: the stacked copies are the one kernel, and it gives what two layers give exactly where it is said to."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from networks import DEEP, known, network
from test_laws import told, violations

import convexplain as cx
from convexplain import examples
from convexplain.algebra.collapse import collapse
from convexplain.board.text import plain
from convexplain.check import oracles
from convexplain.layers import Conv1D
from convexplain.numbers import evaluation
from convexplain.stack import Stack
from convexplain.stories import script
from convexplain.stories.two_layers.pair import Chain
from convexplain.style import read

BARE = {"use_bias": False}
SMALL, NOTEBOOK = examples.network("collapse"), examples.network("notebook")
NETWORKS = {
    "small": lambda: SMALL,
    "same twice": lambda: pair((8, 1), [1, 3, "same"], [1, 3, "same"]),
    "causal twice": lambda: pair((8, 1), [1, 3, "causal"], [1, 2, "causal"], seed=1),
    "one tap, then three": lambda: pair((6, 1), [2, 1, "valid"], [1, 3, "valid"], seed=2),
    "three taps, then one": lambda: pair((6, 1), [2, 3, "same"], [1, 1, "same"], seed=3),
    "longer than the signal": lambda: pair((4, 1), [2, 5, "same"], [1, 5, "same"], seed=4),
}
"""Two layers of one input channel and one filter, without biases: the whole network is told."""


def pair(shape, *layers, seed=0):
    """A stack of layers [filters, taps, padding] with small whole numbers."""
    made = [Conv1D(filters, taps, padding=padding, **BARE) for filters, taps, padding in layers]
    return known(network(shape, *made, seed=seed))


def boards(network):
    (film, _), written = told("collapse", network)
    return {board.name: board for board in film.boards}, written


OTHERS = ("relu between and after", "same, two channels", "groups", "strides", "sums of 1e14", "sums of 1e-12")


@pytest.mark.long
@pytest.mark.parametrize("name", [*NETWORKS, *OTHERS])
def test_the_laws_hold(name):
    network = NETWORKS[name]() if name in NETWORKS else known(DEEP[name]())
    assert violations(*told("collapse", network)) == []


@pytest.mark.parametrize("name", NETWORKS)
def test_one_kernel_and_two_layers(name):
    network = NETWORKS[name]()
    written, algebra = script.write("collapse", network), collapse(network)
    chain = written.pair.chain
    assert list(chain.kernel) == algebra.kernel_values[:, 0, 0].tolist()
    assert [chain.two(step) for step in range(chain.steps)] == network.recorded.outputs[-1][:, 0].tolist()
    one = [chain.one(step) for step in range(chain.steps)]
    exact = set(algebra.exact_steps)
    assert all(one[step] == chain.two(step) for step in exact)
    assert set(chain.differing).isdisjoint(exact)


@pytest.mark.parametrize("network", [SMALL, NOTEBOOK], ids=["small", "notebook"])
def test_the_kernel_is_the_convolution_of_the_two(network):
    chain = script.write("collapse", network).pair.chain
    total = sum(np.convolve(chain.first[m], chain.second[m]) for m in chain.first)
    assert list(chain.kernel) == list(total)


@pytest.mark.parametrize("settings", [{"padding": "same"}, {"activation": "relu"}, {"padding": "causal"}])
def test_other_settings_give_what_such_layers_give(settings):
    chain, padding = script.write("collapse", SMALL).pair.chain, settings.get("padding", "valid")
    chain = chain.with_settings(**settings)
    layers = [Conv1D(1, 3, padding=padding, activation=settings.get("activation"), **BARE)]
    layers.append(Conv1D(1, 2, padding=padding, **BARE))
    _, outputs = evaluation.level_values(Stack((6, 1), layers), SMALL.weights, SMALL.x)
    assert [chain.two(step) for step in range(chain.steps)] == outputs[:, 0].tolist()


@pytest.mark.keras
@pytest.mark.parametrize("settings", [{"padding": "same"}, {"activation": "relu"}])
def test_keras_gives_this_where_the_layers_differ_from_one_kernel(settings):
    chain, padding = script.write("collapse", SMALL).pair.chain, settings.get("padding", "valid")
    first, second, one = (Conv1D(1, taps, padding=padding, **BARE) for taps in (3, 2, 4))
    first = replace(first, activation=settings.get("activation", "linear"))
    kernel = np.array(chain.kernel, np.float32)[:, None, None]
    x, chain = SMALL.x[np.newaxis], chain.with_settings(**settings)
    hidden = oracles.keras(first, SMALL.weights[0], x)
    two, one = oracles.keras(second, SMALL.weights[1], hidden), oracles.keras(one, [kernel], x)
    steps = range(chain.steps)
    assert two.ravel().tolist() == [chain.two(step) for step in steps]
    assert one.ravel().tolist() == [chain.one(step) for step in steps]
    assert chain.differing


def test_a_wrong_copy_is_noticed(monkeypatch):
    right = Chain.kernel.func
    wrong = property(lambda chain: tuple(tap + Fraction(1, 8) for tap in right(chain)))
    monkeypatch.setattr(Chain, "kernel", wrong)
    with pytest.raises(script.Refuted, match="the stacked copies must be the convolution of the kernels"):
        boards(SMALL)


def row(board, *key):
    """The numbers of a row of bars, and of its products, as they are printed."""
    keys = [own for own in board.marks if own[: len(key)] == key]
    bars = [read(board.marks[own].text.strip("× ()")) for own in keys if own[-1] == "digits"]
    return bars, [
        read(mark.text.lstrip("+"))
        for own, mark in board.marks.items()
        if own[0] == "product" and own[1 : len(key) + 1] == key
    ]


def test_slide_then_scale_and_stack():
    found, _ = boards(SMALL)
    kernel = [1, 2, -2]
    assert row(found["slide"], "copy", 0, 0) == (kernel, [2, 2, -6])
    assert row(found["slide"], "copy", 0, 1) == (kernel, [1, 6, -4])
    assert row(found["stack"], "copy", 0, 0) == (kernel, [])
    assert row(found["stack"], "copy", 0, 1) == ([2, 4, -4], [])  # taps add up, and the one kernel multiplies
    assert row(found["stack"], "effective") == ([1, 4, 2, -4], [2, 4, 6, -8])
    assert [("card", "one") in found[name].marks for name in ("slide", "stack")] == [False, True]
    assert found["slide"].marks["sum", "output"].text == "1 × (\N{MINUS SIGN}2) + 2 × 3 = 4"  # h[1] and h[2]
    assert found["stack"].marks["value", "one", 1].text == "= 4"
    named = [found[name].marks["name", "copy", 1].text for name in ("slide", "stack")]
    assert named == ["kernel u", "2 × kernel u"]
    for after in range(2):  # a thread leads from each tap of the second kernel to its copy
        marks = found["slide"].marks
        thread, tap, card = (
            marks[key] for key in (("thread", after), ("upright", 0, after, "bar"), ("card", "copy", after))
        )
        assert (thread.y, thread.right) == (pytest.approx(tap.y, abs=1), pytest.approx(card.left))
        assert marks["upright", 0, after, "digits"].text == f"×{after + 1}"
    assert found["slide"].marks["name", "reads", 1, 1].text == "h[2] ="
    assert found["stack"].marks["name", "made", "one", 1].text == "y[1] ="


def test_in_a_column_the_second_kernel_meets_the_first_and_pushed_together_it_lies_turned_over():
    found, written = boards(SMALL)
    column, turned, slid = (found[name].marks for name in ("column", "turn", "convolve"))
    assert sorted(range(2), key=lambda k: column["met", 0, k, "bar"].y) == [0, 1]
    assert [column["name", "card", "copy", k].text for k in range(2)] == ["kernel u"] * 2
    assert not [key for key in column if key[0] == "upright"]  # its numbers are with those that they multiply
    assert [sorted(range(2), key=lambda k: marks["met", 0, k, "bar"].x) for marks in (turned, slid)] == [[1, 0]] * 2
    for marks, rows in ((column, 2), (turned, 1)):  # what stands under each other is multiplied
        total = 0
        for k in range(2):
            tap = marks["met", 0, k, "bar"]
            own = {at: marks["copy", 0, min(k, rows - 1), at, "bar"] for at in range(3)}
            (met,) = (at for at, bar in own.items() if bar.x == pytest.approx(tap.x))
            assert own[met].bottom < tap.top < own[met].bottom + 40
            total += (k + 1) * read(marks["copy", 0, min(k, rows - 1), met, "digits"].text)
        assert total == written.pair.chain.kernel[2] == 2
        assert marks["effective", 2, "bar"].light > marks["effective", 1, "bar"].light  # the number that is told
    assert {column["met", 0, k, "bar"].x for k in range(2)} == {column["effective", 2, "bar"].x}
    assert turned["card", "turned"].hatch > 0
    minus = "\N{MINUS SIGN}"
    said = {"met": f"1 × ({minus}2) + 2 × 2 = 2", "turned": f"2 × 2 + 1 × ({minus}2) = 2"}
    for (key, text), marks in zip(said.items(), (column, turned), strict=True):
        assert marks["sum", key, 2].text == text
    said = "How is *w* made, without *x*? In this column ×1 meets −2 and ×2 meets 2."
    assert found["column"].caption == said
    assert found["turn"].caption == "Slide the second copy onto the first: ×2 lies before ×1. *v* is turned."
    into = {key: mark.goes_into for key, mark in column.items() if mark.goes_into}  # what is met, onto its like
    assert into == {("copy", 0, 1, 1, part): ("copy", 0, 0, 1, part) for part in ("bar", "digits")}
    assert turned["name", "card", "kernel", 2].text == "kernel v: ×1 ×2"  # as it was, to compare


def test_the_turned_kernel_slides_along_the_first_to_the_same_numbers():
    found, written = boards(SMALL)
    turned, slid = (found[name].marks for name in ("turn", "convolve"))
    (way,) = (cue for cue in found["convolve"].cues if cue.how == "back first")  # from the left end to the right one
    assert turned["card", "turned"].left + way.at[0] == pytest.approx(slid["beyond", 0, 0, "box"].left, abs=20)
    sums = [slid["sum", "turned", j].text.replace("\N{MINUS SIGN}", "-") for j in range(4)]
    assert sums == ["0 + 1", "2 + 2", "4 - 2", "-4 + 0"]  # as they lie, from left to right
    kernel = [sum(int(part) for part in text.replace(" + ", " ").replace("- ", "-").split()) for text in sums]
    assert kernel == row(found["convolve"], "effective")[0] == list(written.pair.chain.convolved)
    at = {round(mark.x): read(mark.text) for key, mark in slid.items() if key[-1] == "digits" and key[0] in _UPPER}
    taps = {slid["met", 0, k, "digits"].x: k + 1 for k in range(2)}  # what lies below each other is multiplied
    assert sum(weight * at[round(x)] for x, weight in taps.items()) == kernel[3]
    assert slid["edge", "along", "down"].x == pytest.approx(slid["effective", 3, "bar"].x) == pytest.approx(max(taps))
    assert slid["effective", 0, "bar"].x == pytest.approx(slid["copy", 0, 0, 0, "bar"].x)  # as in the staircase


_UPPER = ("copy", "beyond")


@pytest.mark.parametrize(
    ("name", "is_told"),
    [("same twice", True), ("one tap, then three", False), ("three taps, then one", False)],
)
def test_a_turn_is_seen_where_it_changes_something(name, is_told):
    assert [board in boards(NETWORKS[name]())[0] for board in ALONE] == [is_told] * 3


@pytest.mark.parametrize("name", ["slide", "stack"])
def test_taps_times_samples_are_products_that_add_up_to_the_number_of_the_row(name):
    found, written = boards(SMALL)
    marks, told, places, step = found[name].marks, 0, {}, 1
    for key, mark in marks.items():
        if key[0] == "x" and key[-1] == "bar":
            places[round(mark.x)] = written.pair.chain.sample(key[2])
    for own in (("copy", 0), ("copy", 1), ("one",)):
        if ("value", *own, step) not in marks or ("card", *own) not in marks:
            continue  # the output stands there before its kernel, and the copies after their products
        bars = ("effective",) if own == ("one",) else ("copy", 0, own[1])
        taps = {key: mark for key, mark in marks.items() if key[: len(bars)] == bars and key[-1] == "digits"}
        total = 0
        for key, mark in taps.items():
            product = read(marks["product", *key[:-1], step].text.lstrip("+"))
            assert product == read(mark.text.strip("× ()")) * places.get(round(mark.x), 0)
            total += product
        assert read(marks["value", *own, step].text.strip("= ")) == total
        told += 1
    assert told == {"slide": 2, "stack": 1}[name]


def test_a_column_that_no_copy_reaches_has_no_sum():
    apart = network((8, 1), Conv1D(1, 1, **BARE), Conv1D(1, 2, dilation_rate=2, **BARE))
    assert [key[2] for key in boards(apart)[0]["stack"].marks if key[:2] == ("sum", "column")] == [0, 2]


def test_where_one_kernel_makes_a_row():
    found, _ = boards(SMALL)
    by = {"layers": ("copy",), "second": ("kernel", 2)}
    made = {"layers": ("y1", 0), "second": ("y2", 2)}
    for name, (array, step) in made.items():
        marks = found[name].marks
        _, products = row(found[name], *by[name])
        assert sum(products) == read(marks[array, 0, step, "digits"].text), name
        edges = [own for own in marks if own[:2] == ("edge", by[name][0]) and own[-1] != "down"]
        assert len(edges) == len(products), name


@pytest.mark.parametrize(("name", "made", "given"), [("layers", 1, 0), ("second", 4, 3)])
def test_numbers_are_there_as_far_as_kernels_have_slid(name, made, given):
    marks = boards(SMALL)[0][name].marks
    for level, there in (("y1", made), ("y2", given)):
        assert [key[2] for key in marks if key[0] == level and key[-1] == "bar"] == [*range(there)]
    # kernel 1 stands where it makes the last of them
    assert marks["copy", 0, 0, 0, "bar"].x == marks["x", 0, made - 1, "bar"].x


def test_two_layers_and_the_one_kernel_give_the_same():
    found, _ = boards(SMALL)
    marks = found["answer"].marks
    assert row(found["answer"], "effective") == ([1, 4, 2, -4], [1, 12, 4, -12])
    ones = [marks["y2", 0, t, "digits"].text for t in range(3)]
    assert ones == [found["second"].marks["y2", 0, t, "digits"].text for t in range(3)] == ["1", "4", "5"]
    assert not [key for key, mark in marks.items() if mark.role == "differs"]


ALONE = ("column", "turn", "convolve")
"""The boards of kernels alone."""


def test_samples_keep_their_columns_and_bars_their_unit_until_one_kernel_works():
    film, _ = told("collapse", SMALL)[0]
    signals = {board.name: board.marks for board in film.boards if board.name not in (*ALONE, "relu", "none")}
    near, close = ["layers", "second", "slide", "stack"], ["padding", "missing"]
    for step in range(6):
        found = {name: marks["x", 0, step, "bar"] for name, marks in signals.items() if ("x", 0, step, "bar") in marks}
        assert len({(found[name].x, found[name].y, found[name].unit) for name in near}) == 1
        assert len({(mark.x, mark.width) for name, mark in found.items() if name not in close}) == 1
        assert len({(found[name].x, found[name].width) for name in close if name in found}) == (
            step > 3
        )  # the edge alone
    units = {}
    for name, marks in signals.items():
        (units[name],) = {mark.unit for mark in marks.values() if mark.kind == "bar"} - {0.0}
    assert units["answer"] > units["layers"]
    assert units["padding"] == pytest.approx(units["missing"])
    height = {name: marks["baseline", "row", 1].y for name, marks in signals.items() if ("baseline", "row", 1) in marks}
    assert list(height) == ["layers", "second", "padding"]
    assert height["layers"] == pytest.approx(height["second"])


def test_the_taps_that_meet_are_lit_with_the_sample_they_read():
    found, written = boards(SMALL)
    marks = found["stack"].marks
    sums = [marks["sum", "column", j].text.replace("\N{MINUS SIGN}", "-") for j in range(4)]
    assert sums == ["1", "2 + 2", "-2 + 4", "-4"]  # from top to bottom
    taps = [("copy", 0, 0, 2), ("copy", 0, 1, 1)]
    assert [read(marks[*key, "digits"].text.strip("× ()")) for key in taps] == [-2, 4]
    column = [("x", 0, 3, "bar"), ("sum", "column", 2), ("product", "effective", 2, 1)]
    assert marks[column[-1]].text == "+6"
    assert not [key for key in marks if key[:2] == ("product", "copy")]  # one sum a column
    assert all(marks[key].x == pytest.approx(marks["band", 3, "band"].x) for key in column)
    assert (marks["effective", 2, "digits"].text, marks["product", "effective", 2, 1].text) == ("×2", "+6")
    assert written.pair.chain.sample(3) * (-2 + 4) == 6


OUTPUTS = {
    **NETWORKS,
    "notebook": lambda: NOTEBOOK,
    **{name: DEEP[name] for name in ("strides", "groups")},
}


@pytest.mark.parametrize("name", OUTPUTS)
def test_what_altered_layers_and_the_one_kernel_give_is_what_they_give(name):
    found, written = boards(known(OUTPUTS[name]()))
    told, m = written.pair, written.pair.m
    altered, seen = {"missing": ("same", None), "relu": (None, "relu")}, 0
    for board, (padding, activation) in altered.items():
        if board not in found:
            continue
        padding = padding if not told.chain.differing else None
        two = two_layers(told, m, padding, activation)
        chain = told.ways[m].with_settings(padding or "", activation or "linear")
        steps = {chain.output_place(step): step for step in range(chain.steps)}
        shown = pairs(found[board])
        given = {place: (two[steps[place]], chain.one(steps[place])) for place in shown}
        assert any(made != one for made, one in given.values())
        largest = [max(abs(value) for pair in values.values() for value in pair) for values in (shown, given)]
        for place, made in given.items():  # in one unit
            assert [value / largest[0] for value in shown[place]] == pytest.approx(
                [v / float(largest[1]) for v in map(float, made)]
            )
        seen += 1
    assert seen or name in ("three taps, then one",)


def pairs(board):
    """How far the two bars of outputs reach, by their place; a zero is a dot."""
    height = {
        key: mark.base * mark.height * (mark.kind == "bar") for key, mark in board.marks.items() if key[-1] == "bar"
    }
    singles = {
        key: value for key, value in height.items() if key[0] == "single" and key[1:] in height and key[1] != "y1"
    }
    return {key[-2]: (float(height[key[1:]]), float(value)) for key, value in singles.items()}


def two_layers(told, m, padding, activation):
    """What the last two layers give through one channel between them, by windows of arrays."""
    first, second = told.chain.layers
    samples, taps = (np.array(values, object) for values in (told.chain.x, told.chain.first[m]))
    hidden = slid(samples, taps, first, padding or first.padding)
    if activation:
        hidden = np.array([max(value, Fraction(0)) for value in hidden], object)
    return slid(hidden, np.array(told.chain.second[m], object), second, padding or second.padding)


def slid(values, kernel, layer, padding):
    """One kernel over one signal."""
    span = (len(kernel) - 1) * layer.dilation_rate + 1
    steps = -(-len(values) // layer.strides)
    short = max(0, (steps - 1) * layer.strides + span - len(values)) if padding == "same" else 0
    before = {"same": short // 2, "causal": span - 1, "valid": 0}[padding]
    zeros = [np.array([Fraction(0)] * count, object) for count in (before, short - before if padding == "same" else 0)]
    wide = np.concatenate([zeros[0], values, zeros[1]])
    starts = range(0, len(wide) - span + 1, layer.strides)
    return [sum(wide[start : start + span : layer.dilation_rate] * kernel, Fraction(0)) for start in starts]


def test_behind_a_relu_the_one_kernel_fails():
    found, written = boards(SMALL)
    relu = written.pair.chain.with_settings(activation="relu")
    assert (relu.two(1), relu.one(1), relu.is_missed(1, 0)) == (6, 4, True)
    marks = found["relu"].marks
    assert row(found["relu"], "y1")[0] == [5, -2, 3, 1, 5, 0, 3, 1]  # before the relu and after it
    assert [marks["name", "row", level].text for level in (1, "bent")] == ["middle h", "after relu"]
    assert row(found["relu"], "kernel", 2) == ([1, 2], [0, 6])
    assert written_pairs(found["relu"]) == {0: ["5", "1"], 1: ["6", "4"], 2: ["5"]}
    cut = ("y1", 0, 1, "cut", "bent")
    assert differing(marks) == [("single", "y2", 0, "bent", 1), cut, ("y2", 0, "bent", 1)]
    assert marks[*cut, "bar"].x == marks["y1", 0, 1, "bar"].x  # under what it was
    said = "A relu between the layers turns numbers below 0 into 0. Then w no longer fits."
    assert plain(found["relu"].caption) == said


def test_no_kernel_does_what_a_relu_does():
    found, written = boards(SMALL)
    chain = written.pair.chain  # without a relu they are one kernel
    assert all(chain.opposite.two(step) == -chain.two(step) == -chain.one(step) for step in range(3))
    relu, marks, minus = chain.with_settings(activation="relu"), found["none"].marks, "\N{MINUS SIGN}"
    assert (relu.two(1), relu.opposite.two(1)) == (6, 2)
    assert [row(found["none"], *own)[0] for own in (("x",), ("turned", "x"))] == [[2, 1, 3, 2], [-2, -1, -3, -2]]
    outputs = {"y2": ("y2", 0, "bent", 1), "any": ("any",)}
    given = {own: [marks[*begin, *key, "digits"].text for begin in ((), ("turned",))] for own, key in outputs.items()}
    assert given == {"y2": ["6", "2"], "any": ["6", f"{minus}6"]}
    for name, key in (("output", outputs["y2"]), ("kernel", outputs["any"])):
        assert marks["name", name].x == marks[*key, "bar"].x == marks["turned", *key, "bar"].x
        assert marks[*key, "bar"].role == name
    assert marks["sum", "opposite"].text == f"h is 2, {minus}3. After relu 2, 0: 1 × 2 + 2 × 0 = 2"
    assert [relu.opposite.made(step, 0) for step in (1, 2)] == [2, -3]
    said = f"Any kernel that makes 6 of x makes {minus}6 of {minus}x. Two layers with relu make 2: none fits."
    assert plain(found["none"].caption) == said


def written_pairs(board):
    """The numbers over the bars of each output: one where they are equal."""
    own, texts = [key[1:-1] for key in board.marks if key[0] == "single" and key[-1] == "bar"], {}
    for key in own:
        both = (board.marks.get((*begin, *key, "digits")) for begin in ((), ("single",)))
        texts[key[-1]] = [mark.text for mark in both if mark is not None]
    return texts


def differing(marks):
    return sorted(key[:-1] for key, mark in marks.items() if mark.role == "differs" and key[-1] == "digits")


def test_with_padding_the_one_kernel_fails():
    found, written = boards(SMALL)
    same = written.pair.chain.with_settings("same")
    assert same.differing == (5,)
    assert (same.two(5), same.one(5), same.is_missed(same.window(5)[1], 0)) == (8, 14, True)
    marks = found["padding"].marks  # the zero past the end of each level, and none of the other end
    assert [key[2] for key, mark in marks.items() if key[0] == "x" and mark.hollow] == [6]
    assert row(found["padding"], "x")[0] == [2, 3, 0]
    assert row(found["padding"], "y1")[0] == [8, 0]
    assert row(found["padding"], "copy") == ([1, 2, -2], [2, 6, 0])  # how the last number comes about
    assert marks["copy", 0, 0, 0, "bar"].x == pytest.approx(marks["y1", 0, 4, "bar"].x)
    assert row(found["padding"], "kernel") == ([1, 2], [8, 0])
    assert row(found["padding"], "y2")[0] == [8]
    assert marks["edge", "kernel", 2, ("padding", 4), "down"].x == marks["y2", 0, 4, "bar"].x
    assert marks["edge", "copy", 0, ("padding", 4), "down"].x == marks["y1", 0, 4, "bar"].x
    assert (written_pairs(found["padding"]), differing(marks)) == ({}, [])
    assert plain(found["padding"].caption) == "Padding puts zeros past the end of x and h: the last output is 8."


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("longer than the signal", "before the start of x and h"),
        ("same twice", "past the end of x and h: the last"),
    ],
)
def test_padding_is_told_at_the_edge_where_it_stands(name, said):
    assert plain(boards(NETWORKS[name]())[0]["padding"].caption).startswith(f"Padding puts zeros {said}")


def test_why_they_differ_at_the_edge():
    found, _ = boards(SMALL)
    marks = found["missing"].marks  # all zeros at the signal
    assert row(found["missing"], "x")[0] == [2, 3, 0, 0]
    assert all(marks["x", 0, step, "bar"].hollow for step in (6, 7))
    assert row(found["missing"], "copy") == ([1, 2, -2], [3, 0, 0])  # where u would make a 3
    assert row(found["missing"], "effective") == ([1, 4, 2, -4], [2, 12, 0, 0])  # w reads on to the same sample
    assert marks["effective", 3, "bar"].x == marks["copy", 0, 0, 2, "bar"].x == marks["x", 0, 7, "bar"].x
    where = ("missing", 4)
    assert [marks["value", *own, where].text for own in (("copy", 0), ("one",))] == ["= 3", "= 14"]
    assert marks["sum", "missing"].text == "8 + 2 × 3 = 14"
    assert written_pairs(found["missing"]) == {4: ["8", "14"]}
    assert differing(marks) == [("single", "y2", 0, 4), ("y2", 0, 4)]
    (fan,) = (mark for key, mark in marks.items() if key[0] == "edge" and key[-1] == "down")
    assert fan.x == marks["single", "y2", 0, 4, "bar"].x  # what w makes
    names = marks["name", "row", 0], *(marks["name", "row", 2, nth] for nth in range(2))
    assert [mark.text for mark in names] == ["input x", "two layers", "kernel w"]
    signs = [marks["name", "row", 2, nth, "sign"].role for nth in range(2)]  # a key to the bars
    assert signs == [marks[*begin, "y2", 0, 4, "bar"].role for begin in ((), ("single",))]
    assert [marks["copy", 0, 0, 0, "bar"].light == 1, marks["effective", 0, "bar"].light == 1] == [False, True]
    said = "Where padding gives h a 0, u would make 3. w counts it times v's 2: 8 + 2 × 3 = 14."
    assert plain(found["missing"].caption) == said


@pytest.mark.parametrize("name", ["small", "same twice"])
def test_a_zero_of_padding_takes_away_what_kernel_u_would_make(name):
    found, written = boards(NETWORKS[name]())
    pair = written.pair
    chain = pair.chain if pair.chain.differing else pair.chain.with_settings(padding="same")
    (place,) = {
        key[-2] for key, mark in found["missing"].marks.items() if key[0] == "single" and mark.role == "differs"
    }
    (step,) = (step for step in chain.differing if chain.output_place(step) == place)
    cut = [(k, s) for k, s in enumerate(chain.window(step)) if not 0 <= s < chain.middle]
    assert chain.one(step) - chain.two(step) == sum(pair.second(k).value * chain.made(s, pair.m) for k, s in cut)
    numbers = [chain.two(step), chain.one(step)]
    assert [read(text) for text in written_pairs(found["missing"])[place]] == numbers


def test_only_what_is_the_convolution_is_called_so():
    networks = SMALL, NOTEBOOK, known(DEEP["strides"]())
    said = [[name for name, board in boards(own)[0].items() if "convolution" in board.caption] for own in networks]
    assert said == [["convolve"], ["stack"], []]


def test_the_answer_says_what_was_compared():
    found, written = boards(SMALL)
    said = [mark.text for key, mark in found["answer"].marks.items() if key[0] == "remark"]
    assert written.check_words().endswith("computes exactly the same outputs: 3 compared")
    assert " ".join(said).startswith("Checked: run with both layers, the library Keras ")
    assert " ".join(said).endswith("computes exactly the same outputs: 3 compared.")


def test_with_one_tap_nothing_is_read_beyond_the_end():
    found, _ = boards(NETWORKS["three taps, then one"]())
    assert "padding" not in found
    assert "slide" not in found


def test_a_relu_in_between_stays_aside_until_the_end():
    found, written = boards(known(network((8, 1), Conv1D(1, 3, activation="relu", **BARE), Conv1D(1, 2, **BARE))))
    remark = " ".join(mark.text for key, mark in found["layers"].marks.items() if key[0] == "remark")
    assert remark.startswith("The relu between the layers stays aside until the end.")
    assert written.pair.told.differing == written.pair.chain.with_settings(activation="relu").differing
    last = written.source.recorded.outputs[-1][:, 0].tolist()
    assert [written.pair.told.two(step) for step in range(written.shape[0])] == last


def test_one_layer_has_nothing_to_become_one_with():
    with pytest.raises(ValueError, match=r"a Conv1D reads another .*\. Received: level 1$"):
        script.write("collapse", SMALL, level=1).pair  # noqa: B018


def test_one_of_several_channels_gives_a_part_that_its_products_add_up_to():
    found, _ = boards(examples.network("two_layers"))
    marks = found["second"].marks
    _, products = row(found["second"], "kernel", 2)
    given = {key[2]: read(mark.text) for key, mark in marks.items() if key[0] == "given" and key[-1] == "digits"}
    assert marks["name", "row", 2].text == "part of y"
    assert sum(products) == given[2]
    named = [mark.text for key, mark in found["relu"].marks.items() if key[:2] == ("name", "made")]
    assert named == []  # what one of several channels gives is not called the output


@pytest.mark.parametrize("name", ["sums of 1e14", "sums of 1e-12"])
def test_numbers_of_very_different_kinds_are_all_seen(name):
    found, _ = boards(known(DEEP[name]()))
    for level in ("y1", "y2"):
        rows = [mark for key, mark in found["second"].marks.items() if key[0] == level and key[-1] == "bar"]
        assert max(mark.height for mark in rows) > 20
    said = " ".join(mark.text for key, mark in found["layers"].marks.items() if key[0] == "remark")
    assert "Each kind of bar has its own scale." in said


def test_the_answer_answers_the_question():
    found, _ = boards(SMALL)
    assert "Could one kernel do both?" in found["second"].caption
    assert found["answer"].caption.startswith("One kernel does the work of both layers: *w* makes the same outputs")
    padded = boards(NETWORKS["same twice"]())[0]["answer"].caption
    assert padded == "One kernel does the work of both layers, unless padding puts a 0 between."


def test_exceptions_come_after_the_answer():
    assert [*boards(SMALL)[0]][-5:] == ["answer", "padding", "missing", "relu", "none"]


@pytest.mark.parametrize(("taps", "turns"), [([1, 2], True), ([2, 2], False)])
def test_a_second_kernel_that_is_its_own_mirror_is_not_turned(taps, turns):
    stack = cx.Stack((6, 1), [cx.Conv1D(1, 3, use_bias=False), cx.Conv1D(1, 2, use_bias=False)])
    weights = [[np.reshape([1.0, 2.0, -2.0], (3, 1, 1))], [np.reshape([*map(float, taps)], (2, 1, 1))]]
    story = cx.explain(stack, weights=weights, x=np.reshape([3.0, 2, 1, 3, 2, 3], (6, 1))).story("collapse")
    assert ({*ALONE} <= {board.name for board in story.boards}) is turns
