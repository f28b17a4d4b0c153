"""closed_form: the bars are the formula's taps, and the number line is where Keras's number is."""

import re
from fractions import Fraction
from itertools import pairwise
from math import prod

import numpy as np
import pytest
from networks import DEEP, known, network
from test_laws import told, violations

import convexplain as cx
from convexplain import exact, examples, style
from convexplain.check.verify import landing
from convexplain.layers import Conv1D
from convexplain.stories import script

NETWORK, NOTEBOOK = examples.network("two_layers"), examples.network("notebook")


def boards(of=NETWORK):
    """The boards of an output amid the signal, so that inputs are not numbered like their bars."""
    cell = (2, 0) if of is NETWORK else (7, 5) if of is NOTEBOOK else None
    (story, _), written = told("closed_form", of, cell=cell)
    return {board.name: board for board in story.boards}, written


def spoken(text):
    """The value of a calculation as it is written."""
    return eval(text.replace("−", "-").replace("·", "*").removesuffix("="))


def bars(board, name="bar"):
    return {key[1:-1]: mark for key, mark in board.marks.items() if key[0] == "way" and key[-1] == name}


def written_in(board, *key):
    """What a tile says: its number, and what that is multiplied by."""
    return "".join(board.marks[*key, kind].text for kind in ("digits", "sample") if (*key, kind) in board.marks)


def tiled(board):
    return {at: written_in(board, "way", *at) for at in bars(board, "digits")}


@pytest.mark.parametrize("of", [NETWORK, NOTEBOOK], ids=["two_layers", "notebook"])
def test_the_output_is_the_one_that_paths_has_told(of):
    assert script.write("closed_form", of).cell == script.write("paths", of).cell


@pytest.mark.long
@pytest.mark.parametrize("name", DEEP)
def test_the_laws_hold_on_deep_networks(name):
    assert violations(*told("closed_form", DEEP[name]())) == []


def test_every_product_of_the_expansion_is_a_tile_and_they_give_the_output():
    found, written = boards()
    tiles = tiled(found["multiplied"])
    (w1,), (w2,), x = NETWORK.weights[0], NETWORK.weights[1], NETWORK.x
    t, taps, ones = written.cell.step, range(3), range(2)
    for at in ((k2, c, k1, 0) for k2 in ones for c in ones for k1 in taps):
        tap = w2[at[0], at[1], 0] * w1[at[2], 0, at[1]]
        assert tiles[at] == f"{'+' * bool(tap > 0)}{style.number(Fraction(float(tap)), 0)}"
    assert len(tiles) == 12
    products = (spoken(text) * int(x[t + at[0] + at[2], 0]) for at, text in tiles.items())
    assert sum(products) == style.read(found["second"].marks["y2", t, 0, "digits"].text)


def test_a_tile_that_changes_its_sign_turns_over():
    (story, _), _ = told("closed_form", NETWORK)
    way = next(way for way in story.transitions if way.after.name == "multiplied")
    tiles = [{at: spoken(text) for at, text in tiled(board).items()} for board in (way.before, way.after)]
    changed = {at for at, value in tiles[0].items() if (value < 0) != (tiles[1][at] < 0)}
    assert changed == {(0, 1, k, 0) for k in range(3)}, "those that are multiplied by -2"
    turned = [act.key for act in way.acts if act.how == "turn"]
    assert {key[1:-1] for key in turned} == changed
    assert {key[-1] for key in turned} == {"bar", "digits"}


def test_the_question_says_which_inputs_the_output_sees():
    found, written = boards()
    step = written.cell.step
    marks = found["question"].marks
    assert (
        found["question"].caption
        == "Two layers make the output 5 from four of eight inputs. Could one layer do the same?"
    )
    ends = [mark.x for key, mark in marks.items() if key[:2] == ("note", "gap")]
    assert len(ends) == 2, "the input goes on before and after"
    assert ends[0] < marks["x", step, 0, "bar"].left < marks["x", step + 3, 0, "bar"].right < ends[1]
    assert sorted(key[1] for key in marks if key[0] == "x" and key[-1] == "bar") == list(range(step, step + 4))
    for layer in (0, 1):
        box, name = (marks["layer", layer, part] for part in ("card", "name"))
        assert (name.x, name.y) == (box.x, box.y)
        assert box.left < name.left < name.right < box.right
    assert not any(key[0] in ("way", "tap") for key in marks), "the layers' numbers come when they are told"


@pytest.mark.parametrize("of", [NETWORK, NOTEBOOK], ids=["small", "notebook"])
def test_the_numbers_of_the_next_layer_stand_beside_their_rows_until_each_goes_into_all_tiles_of_one(of):
    found, written = boards(of)
    (taps, channels, _filters), wide = of.weights[1][0].shape, len(of.weights[0][0])
    for name, each in (("question", 0), ("rows", 0), ("sums", 0), ("second", 1 + wide), ("multiplied", 0)):
        marks = found[name].marks
        every = {key: mark for key, mark in marks.items() if key[0] == "tap" and key[-1] == "bar"}
        assert len(every) == taps * channels * each
        for key, mark in every.items():
            assert written.value(mark.about) == written.value(("weight", 2, *key[1:3], written.cell.channel))
            assert mark.y == pytest.approx(found["second"].marks["row", *key[1:3], "card"].y, abs=60)
            assert marks["layer", 1, "card"].left < mark.left < mark.right < marks["layer", 1, "card"].right
            assert mark.goes_into == (("way", *key[1:3], key[3] - 1, 0, "bar") if key[3] else None)
    marks = found["second"].marks
    given = {key[2]: mark.text for key, mark in marks.items() if key[:2] == ("name", "channel")}
    assert given == {channel: f"kernel {channel}" for channel in range(channels)}


def added_up(board, written, row):
    """The tiles of a row, each times the sample that stands above it, added up."""
    above = {
        mark.x: written.value(mark.about) for key, mark in board.marks.items() if (key[0], key[-1]) == ("x", "bar")
    }
    own = {at: spoken(text) for at, text in tiled(board).items() if at[:2] == row}
    return sum(value * above[board.marks["way", *at, "bar"].x] for at, value in own.items())


def test_a_row_is_its_taps_times_the_inputs_above_and_then_a_number_of_the_next_layer():
    found, written = boards()
    sums, second, multiplied = (found[name].marks for name in ("sums", "second", "multiplied"))
    added = 0
    for row in {at[:2] for at in tiled(found["sums"])}:
        inner = added_up(found["sums"], written, row)
        assert inner == style.read(sums["row", *row, "digits"].text)
        tap = style.read(second["tap", *row, 0, "digits"].text.strip("×()"))
        assert tap == written.value(("weight", 2, *row, 0))
        given = second["product", *row, "digits"], multiplied["product", *row, "digits"]
        assert given[0] == given[1], "the results stay the same"
        product = style.read(second["product", *row, "digits"].text.strip("+"))
        assert product == tap * inner == added_up(found["multiplied"], written, row)
        added += product
    assert added == style.read(second["y2", *written.cell, "digits"].text) == 5


def test_the_first_row_is_worked_out_and_the_output_stands_still():
    found, written = boards()
    assert found["rows"].caption.endswith(" along the input: a row for each place, here two.")
    assert found["second"].caption.endswith(" All added up: 4 + 4 − 8 + 5 = 5.")
    assert found["sums"].caption.endswith(": −1·1 + 1·1 + 1·2 = 2.")
    assert found["multiplied"].caption.endswith(": 2·(−1·1 + 1·1 + 1·2) = −2·1 + 2·1 + 2·2.")
    assert found["column"].caption.endswith(": 2 + 1 − 4 − 1 = −2.")
    places = [board.marks["y2", *written.cell, "digits"].right for board in [*found.values()][:8]]
    assert len(set(places)) == 1
    (bias, _), _ = told("closed_form", known(network((7, 1), Conv1D(2, 2), Conv1D(1, 2), seed=1)))
    assert next(board for board in bias.boards if board.name == "sums").caption.endswith("added up, with a bias.")


def test_a_bias_is_added_before_a_sum_and_before_the_output():
    found, written = boards(known(network((7, 1), Conv1D(2, 2), Conv1D(1, 2), seed=1)))
    for name, kind in (("sums", "row"), ("multiplied", "product")):
        marks = found[name].marks
        for row in {at[:2] for at in tiled(found[name])}:
            added = added_up(found[name], written, row)
            added += spoken(marks["row", *row, "equals"].text.removesuffix("="))
            assert added == style.read(marks[kind, *row, "digits"].text.strip("+"))
    marks = found["combined"].marks
    added = [
        spoken(written_in(found["combined"], *key[:-1])) for key in marks if (key[0], key[-1]) == ("joined", "bar")
    ]
    total = sum(added) + spoken(marks["equals",].text.removesuffix("="))
    assert total == style.read(marks["y2", *written.cell, "digits"].text)


def test_a_kernel_slides_with_its_taps():
    found, _written = boards()
    marks = found["rows"].marks
    first, slid = ([marks["way", k2, 0, k1, 0, "bar"] for k1 in range(3)] for k2 in range(2))
    assert [bar.height for bar in first] == [bar.height for bar in slid]
    assert len({round(b.x - a.x, 6) for a, b in zip(first, slid, strict=True)}) == 1
    assert [bar.copy_of for bar in slid] == [("way", 0, 0, k1, 0, "bar") for k1 in range(3)]


def test_rows_keep_their_places_over_the_kernel():
    found, written = boards()
    every = [found[name] for name in ("rows", "sums", "second", "multiplied", "column", "kernel")]
    rows = [{k[1:-1]: m.y for k, m in b.marks.items() if k[0] == "row" and k[-1] == "card"} for b in every]
    assert len(rows[0]) == 4
    assert all(own == rows[0] for own in rows)
    tiles = [{at: (mark.x, mark.y) for at, mark in bars(board).items()} for board in every]
    assert all(own == tiles[0] for own in tiles)
    for (k2, _c, k1, _c0), (at, _) in tiles[5].items():
        x = found["kernel"].marks["joined", written.cell.step + k2 + k1, 0, "bar"].x
        assert at == x, "a tile stands over the number that it is part of"


def test_the_boxes_of_the_layers_stay_where_they_are():
    found, _written = boards()
    for layer in (0, 1):
        own = [found[name].marks["layer", layer, "card"] for name in ("question", "rows", "sums", "second")]
        assert all(box == own[0] for box in own)
    both = found["multiplied"].marks["layer", 0, "card"]
    assert ("layer", 1, "card") not in found["multiplied"].marks, "it goes with its numbers"
    first = found["rows"].marks["layer", 0, "card"]
    assert (both.left, both.right) == (first.left, own[0].right), "into one box"
    assert found["column"].marks["layer", 0, "card"] == first, "which closes when the results have gone"
    box = found["rows"].marks["layer", 0, "card"]
    for key, mark in found["rows"].marks.items():
        if key[0] == "way" and key[-1] == "bar":
            assert box.left <= mark.left < mark.right <= box.right
            assert box.top <= mark.top < mark.bottom <= box.bottom


def test_a_board_says_one_remark_of_one_sentence():
    for of in (NETWORK, NOTEBOOK):
        for board in boards(of)[0].values():
            said = " ".join(mark.text for key, mark in board.marks.items() if key[0] == "remark")
            assert len(re.findall(r"[.?!](?: |$)", said)) <= 1, said


def test_a_column_is_added_up_below_a_rule():
    found, written = boards()
    marks, tiles, digits = found["column"].marks, bars(found["column"]), bars(found["column"], "digits")
    for own in written.ways(written.cell, 0).joined:
        j = own.cell.step - written.cell.step
        column = sorted((at for at in digits if at[0] + at[2] == j), key=lambda at: tiles[at].y)
        taps = [style.read(digits[at].text.strip("+")) for at in column]
        assert all(tiles[at].x == marks["x", *own.cell, "bar"].x for at in column)
        assert all((tiles[at].light > 0.5) == (j == 2) for at in column)
        assert (len(column), sum(taps)) == (own.paths, own.weight.value)
    rule, tile = marks["column", "rule"], marks["joined", 4, 0, "bar"]
    assert rule.left < tile.left < tile.right < rule.right
    assert max(mark.bottom for mark in tiles.values()) < rule.y < tile.top
    assert tile.copy_of == ("way", 1, 1, 1, 0, "bar"), "it comes out of its column"
    assert style.read(marks["joined", 4, 0, "digits"].text) == -2


def test_the_one_kernel_lies_under_its_inputs_and_adds_up_to_the_output():
    found, written = boards()
    marks, products = found["combined"].marks, []
    for own in written.ways(written.cell, 0).joined:
        tap, sample = (marks[key, *own.cell, "bar"] for key in ("joined", "x"))
        assert tap.x == sample.x
        products.append(spoken(written_in(found["combined"], "joined", *own.cell)))
    assert products == [-4, 4, -4, 9]
    assert sum(products) == style.read(marks["y2", *written.cell, "digits"].text)
    assert marks["equals",].text == "="


def test_all_columns_are_added_up_before_their_tiles_leave():
    found, written = boards()
    marks = found["kernel"].marks
    for own in written.ways(written.cell, 0).joined:
        column = [m for at, m in bars(found["kernel"], "digits").items() if at[0] + at[2] == own.cell.step - 2]
        assert sum(style.read(mark.text.strip("+")) for mark in column) == own.weight.value
        assert style.read(marks["joined", *own.cell, "digits"].text) == own.weight.value


def test_the_output_is_written_as_a_formula_of_the_inputs_it_sees():
    found, written = boards()
    marks = found["combined"].marks
    said = [mark.text for key, mark in marks.items() if key[0] == "letters"]
    every = ["−4", "·x[2]", "+4", "·x[3]", "−2", "·x[4]", "+3", "·x[5]"]
    assert said == ["x[2]", "x[3]", "x[4]", "x[5]", *every, "= y[2]"]
    for step in range(2, 6):
        factor, name = (marks["letters", step, 0, part] for part in ("factor", "name"))
        assert factor.copy_of == ("joined", step, 0, "digits"), "it comes out of its tile"
        assert factor.right == pytest.approx(name.left)
        assert (factor.left + name.right) / 2 == pytest.approx(marks["joined", step, 0, "bar"].x)
    assert marks["letters",].right == marks["y2", *written.cell, "digits"].right
    x, y = ([0, 0, *map(int, NETWORK.x[2:, 0])], written.value(("cell", 2, *written.cell)))
    assert -4 * x[2] + 4 * x[3] - 2 * x[4] + 3 * x[5] == y
    assert found["combined"].caption.endswith("*x*[2] is the leftmost input, *y*[2] the output.")
    assert boards(NOTEBOOK)[0]["combined"].caption.endswith("*y*[7, 5] is the output: step 7, filter 5.")
    long = boards(NOTEBOOK)[0]["combined"].marks["letters",].text
    assert long.count("·") == 3
    assert " + ⋯ " in long


def test_the_one_kernel_serves_every_step_and_keras_gives_the_same():
    found, written = boards()
    marks, w = found["keras"].marks, [-4, 4, -2, 3]
    for step in range(5):
        value = sum(tap * int(NETWORK.x[step + j, 0]) for j, tap in enumerate(w))
        assert (
            style.read(marks["y2", step, 0, "digits"].text) == style.read(marks["keras", step, "digits"].text) == value
        )
        kind = ("joined",) if step == written.cell.step else ("times", step)
        said = [written_in(found["keras"], *kind, step + j, 0) for j in range(4)]
        factors = [tuple(map(style.read, text.removeprefix("+").split("·"))) for text in said]
        assert [tap for tap, _ in factors] == w
        assert sum(tap * sample for tap, sample in factors) == value
        tiles, samples = ([marks[*key, step + j, 0, "bar"].x for j in range(4)] for key in (kind, ("x",)))
        assert tiles == samples
    assert [style.read(marks["x", t, 0, "digits"].text) for t in range(8)] == [int(own) for (own,) in NETWORK.x]
    said = "Yes: slid along the input, the one kernel gives what both layers give in the library Keras."
    assert found["keras"].caption == said
    assert not any(key[:2] == ("note", "gap") for key in marks), "all inputs are seen"
    assert marks["keras", "run"].text == "both layers in"
    assert "slide on" not in boards(DEEP["same, two channels"]())[0]["exact"].caption


def test_one_unit_for_samples_and_outputs():
    (film, column), written = told("closed_form", NETWORK)
    rows = ("cell", "weighted", "total")

    def units(boards):
        every = [m for board in boards for m in board.marks.values() if m.kind == "bar" and m.about]
        valued = [(mark, written.value(mark.about)) for mark in every if mark.about[0] in rows and mark.unit]
        return {round(mark.height / float(abs(value)), 6) for mark, value in valued if value}

    assert len(units(film.boards)) == 1
    assert all(len(units([board])) <= 1 for board in column.boards)


def test_what_is_below_zero_hangs_from_the_line_of_its_row():
    found, written = boards(NOTEBOOK)
    for name in ("rows", "multiplied"):
        for at, tile in bars(found[name]).items():
            value, line = written.value(tile.about), found[name].marks["row", *at[:2], "card"]
            assert tile.kind == ("bar" if value else "dot")
            assert not value or tile.base == (1 if value > 0 else -1)
            assert (tile.foot if value else tile.y) == pytest.approx(line.y)


def test_bars_of_rows_do_not_meet():
    found, _written = boards(NOTEBOOK)
    for name in ("rows", "multiplied", "kernel"):
        every = sorted(bars(found[name]).values(), key=lambda mark: (mark.x, mark.y))
        for above, below in pairwise(every):
            assert above.x != below.x or above.bottom < below.top


@pytest.mark.parametrize("of", [NOTEBOOK, NETWORK], ids=["notebook", "small"])
def test_the_columns_add_up_to_the_kernel_and_that_gives_the_output(of):
    found, written = boards(of)
    columns: dict[tuple[int, ...], Fraction] = {}
    for at, bar in bars(found["column"]).items():
        cell = (written.cell.step + at[0] + at[2], at[3])
        columns[cell] = columns.get(cell, Fraction(0)) + written.value(bar.about)
    marks = found["combined"].marks
    kernel = {key[1:3]: m for key, m in marks.items() if key[0] == "joined" and key[-1] == "bar"}
    assert columns == {cell: written.value(mark.about) for cell, mark in kernel.items()}
    total = sum(tap * written.value(("cell", 0, *cell)) for cell, tap in columns.items())
    assert total == written.value(marks["y2", *written.cell, "digits"].about)


def test_tiles_of_many_are_as_high_as_their_numbers_are_large():
    found, written = boards(NOTEBOOK)
    for name in ("multiplied", "column"):
        every = [(mark.height, abs(written.value(mark.about))) for mark in bars(found[name]).values()]
        largest = max(every, key=lambda own: own[1])
        for height, value in every:
            if value and height > 2:
                assert height / largest[0] == pytest.approx(float(value / largest[1]))


@pytest.mark.parametrize(("of", "level"), [(NOTEBOOK, 2), (NETWORK, 2)], ids=["notebook", "small"])
def test_the_exact_sum_is_that_of_all_paths_at_full_precision(of, level):
    found, written = boards(of)
    stack, cell = of.stack, written.cell
    every = [
        prod(Fraction(float(of.weights[n][0][tap])) for n, tap in enumerate(path.weights))
        * Fraction(float(of.x[path.cells[0]]))
        for path in stack.paths(level, cell)
    ]
    landed = landing(of, level, cell)
    assert landed.exact == sum(every)
    assert landed.answer == Fraction(float(of.recorded.outputs[-1][cell]))
    assert abs(landed.answer - landed.exact) <= landed.bound
    marks = found["keras"].marks
    if not landed.bound:
        assert style.read(marks["keras", cell.step, "digits"].text) == landed.answer
        return
    ticks = {Fraction(key[2]): mark.x for key, mark in marks.items() if key[:2] == ("tick", "near") and len(key) == 3}
    at = [value for value, x in ticks.items() if abs(x - marks["keras",].x) < 0.01]
    assert at == [landed.answer], "Keras's dot stands on its own float32 number"


@pytest.mark.parametrize("scale", [1.0, 2.0**-10, 2.0**20 + 1, 0.1])
def test_where_nothing_is_rounded_every_order_gives_the_exact_sum(scale):
    random = np.random.default_rng(1)
    kernel = random.integers(-9, 10, (5, 2, 1)).astype(np.float32) * np.float32(scale)
    x = random.integers(-9, 10, (5, 2)).astype(np.float32)
    held = exact.is_held(Conv1D(1, 5, use_bias=False), [kernel], exact.scaled(x))
    products = (kernel[:, :, 0] * x).ravel()
    whole = sum(Fraction(float(k)) * Fraction(float(n)) for k, n in zip(kernel.ravel(), x.ravel(), strict=True))
    sums = set()
    for _ in range(50):
        total = np.float32(0)
        for product in random.permutation(products):
            total += product
        sums.add(Fraction(float(total)))
    assert held.item() == (scale in (1.0, 2.0**-10))
    assert not held.item() or sums == {whole}


def test_what_is_exact_is_said_and_what_is_rounded_is_looked_at_closely():
    assert not {"ticks", "bound"} & set(boards()[0])
    assert list(boards(NOTEBOOK)[0])[-3:] == ["full", "keras", "bound"]


def test_the_ticks_are_neighbours_in_float32():
    values = exact.floats_between(Fraction(1) - Fraction(1, 2**22), Fraction(1) + Fraction(1, 2**21), 100)
    steps = [np.nextafter(np.float32(a), np.float32(2)) for a in map(float, values[:-1])]
    assert [Fraction(float(step)) for step in steps] == values[1:]
    assert exact.floats_between(Fraction(0), Fraction(1), 100) == []
    assert exact.spacing(Fraction(1)) == Fraction(1, 2**23)


def test_the_formula_stops_where_linearity_ends():
    found, _written = boards(DEEP["relu between and after"]())
    assert found["question"].marks["remark", "more", 0].text.startswith("Layer 1 ends in relu")
    assert "multiplied" not in found
    assert {key[0] for key in found["combined"].marks} >= {"y1", "y2"}
    assert "x" not in {key[0] for key in found["combined"].marks}


def test_wide_stacks_count_and_sum_what_they_leave_out():
    found, written = boards(DEEP["wide"]())
    marks = found["second"].marks
    rows = [mark for key, mark in found["multiplied"].marks.items() if key[0] == "product" and key[-1] == "bar"]
    assert len(rows) == 8
    assert marks["note", "rest"].text == "8 more"
    shown, bias = sum(written.value(mark.about) for mark in rows), written.bias(written.cell).value
    rest = written.total(written.cell).value - shown - bias
    assert [style.read(marks[key, "digits"].text.strip("+")) for key in ("rest", "bias")] == [rest, bias]


@pytest.mark.parametrize("strides", [(1, 1), (2, 1), (1, 2)], ids=str)
def test_every_output_is_the_sum_that_stands_before_it(strides):
    layers = [Conv1D(1, 2, strides=s, use_bias=False) for s in strides]
    found, written = boards(known(network((6, 1), *layers, seed=3)))
    marks, told = found["keras"].marks, written.cell.step
    for step in range(written.shape[0]):
        kind = ("joined",) if step == told else ("times", step)
        length = len(kind) + 3
        keys = [key for key in marks if key[: len(kind)] == kind and len(key) == length and key[-1] == "bar"]
        terms = [written_in(found["keras"], *key[:-1]).strip("+") for key in keys]
        factors = [[style.read(text.strip("()")) for text in term.split("·")] for term in terms]
        assert sum(tap * sample for tap, sample in factors) == style.read(marks["y2", step, 0, "digits"].text)
        assert [marks["x", *key[-3:-1], "bar"].x for key in keys] == [marks[key].x for key in keys]


def test_the_distance_is_the_one_of_the_printed_numbers():
    boards = cx.example("notebook").story("closed_form", cell=(7, 5), level=2).boards
    keras = next(board for board in boards if board.name == "keras")
    texts = [mark.text for mark in keras.marks.values() if mark.text]
    assert "0.361988995" in texts
    assert "Keras: 0.361988991" in texts
    assert "0.000000004 from the exact sum" in keras.caption
