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
from convexplain import examples, style
from convexplain.check.verify import landing
from convexplain.layers import Conv1D
from convexplain.numbers import exact
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
    return "".join(
        board.marks[*key, kind].text for kind in ("digits", "times", "sample") if (*key, kind) in board.marks
    )


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
        tap, met = w2[at[0], at[1], 0] * w1[at[2], 0, at[1]], int(x[t + at[0] + at[2], 0])
        assert tiles[at] == f"{'+' * bool(tap > 0)}{style.number(Fraction(float(tap)), 0)}·{met}"
    assert len(tiles) == 12
    assert sum(map(spoken, tiles.values())) == style.read(found["second"].marks["y2", t, 0, "digits"].text)


def test_a_tile_that_changes_its_sign_turns_over():
    (story, _), _ = told("closed_form", NETWORK)
    way = next(way for way in story.transitions if way.after.name == "multiplied")
    tiles = [{at: spoken(text) for at, text in tiled(board).items()} for board in (way.before, way.after)]
    changed = {at for at, value in tiles[0].items() if (value < 0) != (tiles[1][at] < 0)}
    assert changed == {(0, 1, k, 0) for k in range(3)}, "those that are multiplied by -2"
    turned = [act.key for act in way.acts if act.how == "turn"]
    assert {key[1:-1] for key in turned} == changed
    assert {key[-1] for key in turned} == {"bar", "digits", "slot", "times", "sample"}


def test_the_question_says_which_inputs_the_output_sees():
    found, written = boards()
    step = written.cell.step
    marks = found["question"].marks
    assert (
        found["question"].caption
        == "Two layers make the output −4 from these four inputs. Could one layer do the same?"
    )
    ends = [mark.x for key, mark in marks.items() if key[:2] == ("note", "gap")]
    assert len(ends) == 2, "the input goes on before and after"
    assert ends[0] < marks["x", step, 0, "bar"].left < marks["x", step + 3, 0, "bar"].right < ends[1]
    assert sorted(key[1] for key in marks if key[0] == "x" and key[-1] == "bar") == list(range(step, step + 4))
    for part, said in (("name", "layer 1"), ("second", "layer 2")):
        box, name, does = (marks["layer", part, *more] for more in (("card",), (), ("does",)))
        assert (name.text, does.text) == (said, "multiply by kernels, add up")
        assert name.y == does.y == box.y
        assert box.left < name.left < name.right < does.left < does.right < box.right
    assert box.right < marks["name", "output"].left, "it stands by the layers, and not by the one kernel"
    assert not any(key[0] in ("way", "tap") for key in marks), "the layers' numbers come when they are told"


def test_the_next_layers_kernels_lie_on_what_the_rows_give_and_each_number_then_multiplies_a_row():
    found, written = boards()
    second, factors = (found[name].marks for name in ("second", "factors"))
    total = 0
    for channel in range(2):
        tiles = [second["tap", k, channel, "bar"] for k in range(2)]
        assert tiles[0].right < tiles[1].left
        assert tiles[0].y == tiles[1].y == second["name", "channel", channel].y
        for k, tile in enumerate(tiles):
            said, met = written_in(found["second"], "tap", k, channel), second["row", k, channel, "digits"]
            assert written.value(tile.about) == written.value(("weight", 2, k, channel, 0))
            assert said == second["tap", k, channel, "digits"].text + "·"
            assert tile.left < met.left < met.right < tile.right
            total += spoken(said + met.text)
            after, row = factors["tap", k, channel, "bar"], factors["row", k, channel, "card"]
            assert (after.about, after.y) == (tile.about, pytest.approx(row.y))
            assert row.right < after.left < after.right < factors["row", k, channel, "equals"].left
    assert total == written.value(second["y2", *written.cell, "digits"].about)
    for name, board in found.items():
        named = [mark.text for key, mark in board.marks.items() if key[:2] == ("name", "channel")]
        assert named == ["kernel"] * 2 * (name in ("rows", "second", "factors"))


def test_of_many_the_next_layers_numbers_stand_between_what_rows_give_and_the_products():
    found, written = boards(NOTEBOOK)
    taps, channels, _filters = NOTEBOOK.weights[1][0].shape
    assert "factors" not in found
    for name, board in found.items():
        every = {key: mark for key, mark in board.marks.items() if key[0] == "tap" and key[-1] == "bar"}
        assert len(every) == taps * channels * (name == "second")
        for key, mark in every.items():
            assert written.value(mark.about) == written.value(("weight", 2, *key[1:3], written.cell.channel))
            given, made = (board.marks[kind, *key[1:]] for kind in ("row", "product"))
            assert given.right < mark.left < mark.right < made.left


def added_up(board, row):
    """The tiles of a row added up, each a number times the sample that stands above it."""
    above = {mark.x: board.marks[*key[:-1], "digits"] for key, mark in board.marks.items() if key[0] == "x"}
    own = {at: text for at, text in tiled(board).items() if at[:2] == row}
    for at in own:
        met, sample = board.marks["way", *at, "sample"], above[board.marks["way", *at, "bar"].x]
        assert (met.about, met.text.strip("()")) == (sample.about, sample.text)
        assert met.x == board.marks["way", *at, "slot"].x
    return sum(map(spoken, own.values()))


def test_a_row_is_its_taps_times_the_inputs_above_and_then_a_number_of_the_next_layer():
    found, written = boards()
    sums, factors, multiplied = (found[name].marks for name in ("rows", "factors", "multiplied"))
    added = 0
    for row in {at[:2] for at in tiled(found["rows"])}:
        inner = added_up(found["rows"], row)
        assert inner == style.read(sums["row", *row, "digits"].text)
        tap = style.read(factors["tap", *row, "digits"].text)
        assert tap == written.value(("weight", 2, *row, 0))
        product = style.read(multiplied["product", *row, "digits"].text.strip("+"))
        assert multiplied["product", *row, "digits"] == factors["product", *row, "digits"], "the results stay the same"
        assert product == tap * inner == added_up(found["multiplied"], row)
        added += product
    assert added == style.read(factors["y2", *written.cell, "digits"].text) == -4


def test_what_is_seen_is_worked_out_and_the_output_stands_still():
    found, written = boards()
    said = "Layer 1 slides its two kernels along: inputs times kernel give a number in each place."
    assert found["rows"].caption == said
    assert found["second"].caption.endswith(" these add up to the output: 2·(−1) + 1·2 − 2·4 + 1·4 = −4.")
    assert found["kernel"].caption.endswith(" so their numbers add up: (2 − 1 + 2 + 1)·1 = 4·1.")
    assert found["combined"].caption.endswith(" makes the same: −12 + 4 − 2 + 6 = −4.")
    places = [board.marks["y2", *written.cell, "digits"].left for board in [*found.values()][:7]]
    assert len(set(places)) == 1
    (bias, _), _ = told("closed_form", known(network((7, 1), Conv1D(2, 2), Conv1D(1, 2), seed=1)))
    rows = next(board for board in bias.boards if board.name == "rows")
    assert rows.caption.endswith(" inputs times kernel, with a bias, give a number in each place.")


def test_the_inputs_come_down_into_the_tiles_and_stay_while_columns_add_up():
    (story, _), _ = told("closed_form", NETWORK)
    ways = {way.after.name: {act.key: act for act in way.acts} for way in story.transitions}
    met = [key for key in ways["rows"] if key[0] == "way" and key[-1] == "sample"]
    assert len(met) == 12
    for key in met:
        come, number = ways["rows"][key], ways["rows"][*key[:-1], "digits"]
        above = come.after.copy_of
        assert come.other is not None, "it is seen to come"
        assert (above[0], above[-1]) in {("x", "digits"), ("way", "sample")}
        assert come.other.y < come.after.y
        assert come.start >= number.end, "into a tile that is there"
    multiplied, columns = (board for board in story.boards if board.name in ("multiplied", "kernel"))
    for row in {at[:2] for at in tiled(columns)}:
        assert added_up(columns, row) == added_up(multiplied, row), "each number still stands with its sample"


def test_tiles_without_room_for_samples_say_their_numbers_alone():
    found, _ = boards(known(network((7, 1), Conv1D(1, 3, use_bias=False), Conv1D(1, 2, use_bias=False), seed=2)))
    assert set(tiled(found["rows"]).values()) == {"+2", "−2", "−3"}


def test_a_bias_is_added_before_a_sum_and_before_the_output():
    found, written = boards(known(network((7, 1), Conv1D(2, 2), Conv1D(1, 2), seed=1)))
    for name, kind in (("rows", "row"), ("multiplied", "product")):
        marks = found[name].marks
        for row in {at[:2] for at in tiled(found[name])}:
            added = added_up(found[name], row)
            added += spoken(marks["row", *row, "bias"].text)
            assert added == style.read(marks[kind, *row, "digits"].text.strip("+"))
    marks = found["factors"].marks
    for row in {at[:2] for at in tiled(found["factors"])}:
        assert marks["row", *row, "bias"].right < marks["bracket", *row, -1].left, "it stands in the bracket"
    marks = found["combined"].marks
    added = [spoken(mark.text) for key, mark in marks.items() if (key[0], key[-1]) == ("times", "digits")]
    total = sum(added) + spoken(marks["equals",].text.removesuffix("="))
    assert total == style.read(marks["y2", *written.cell, "digits"].text)


def test_a_kernel_slides_with_its_taps():
    found, _written = boards()
    marks = found["rows"].marks
    first, slid = ([marks["way", k2, 0, k1, 0, "bar"] for k1 in range(3)] for k2 in range(2))
    assert [bar.height for bar in first] == [bar.height for bar in slid]
    assert len({round(b.x - a.x, 6) for a, b in zip(first, slid, strict=True)}) == 1
    assert [bar.copy_of for bar in slid] == [("way", 0, 0, k1, 0, "bar") for k1 in range(3)]


def test_rows_keep_their_places_until_their_columns_add_up():
    found, written = boards()
    every = [found[name] for name in ("rows", "second", "factors", "multiplied")]
    rows = [{k[1:-1]: m.y for k, m in b.marks.items() if k[0] == "row" and k[-1] == "card"} for b in every]
    assert len(rows[0]) == 4
    assert all(own == rows[0] for own in rows)
    tiles = [{at: (mark.x, mark.y) for at, mark in bars(board).items()} for board in every]
    assert all(own == tiles[0] for own in tiles)
    for (k2, _c, k1, _c0), (at, _) in tiles[-1].items():
        x = found["combined"].marks["joined", written.cell.step + k2 + k1, 0, "bar"].x
        assert at == x, "a tile stands over the number that it is part of"


def test_every_row_is_a_bracket_until_it_is_multiplied():
    found, _written = boards()
    for name, board in found.items():
        brackets = {key[1:] for key in board.marks if key[0] == "bracket"}
        assert brackets == (
            {(k, c, side) for k in range(2) for c in range(2) for side in (1, -1)} if name == "factors" else set()
        )
    marks, tiles = found["factors"].marks, bars(found["factors"])
    for at, tile in tiles.items():
        opens, closes = (marks["bracket", *at[:2], side] for side in (1, -1))
        assert opens.right < tile.left < tile.right < closes.left < closes.right < marks["tap", *at[:2], "bar"].left
        assert opens.top < tile.top < tile.bottom < opens.bottom
    said = {name: found[name].marks["layer", "name"].text for name in ("question", "rows", "second", "multiplied")}
    assert [*said.values()] == ["layer 1", "layer 1", "layer 1", "layers 1 and 2"]
    assert marks["layer", "second"].text == "kernels of layer 2"
    assert marks["layer", "second"].left < marks["tap", 0, 0, "bar"].left < marks["layer", "second"].right


def test_a_board_says_one_remark_of_one_sentence():
    for of in (NETWORK, NOTEBOOK):
        for board in boards(of)[0].values():
            said = " ".join(mark.text for key, mark in board.marks.items() if key[0] == "remark")
            assert len(re.findall(r"[.?!](?: |$)", said)) <= 1, said


def test_a_column_of_tiles_adds_up_to_a_number_of_the_one_kernel():
    found, written = boards()
    marks, tiles = found["kernel"].marks, bars(found["kernel"])
    before = bars(found["multiplied"])
    assert {at: (tile.x, tile.y) for at, tile in tiles.items()} == {at: (t.x, t.y) for at, t in before.items()}
    for own in written.ways(written.cell, 0).joined:
        column = [at for at in tiles if at[0] + at[2] == own.cell.step - written.cell.step]
        assert len(column) == own.paths
        result, face = marks["joined", *own.cell, "bar"], marks["column", *own.cell]
        said = [spoken(marks["way", *at, "digits"].text) for at in column]
        assert sum(said) == own.weight.value == style.read(marks["joined", *own.cell, "digits"].text)
        for at in column:
            assert (tiles[at].light == 1) == (own.cell.step == written.cell.step + 1), "those that are added up are lit"
            assert face.left < tiles[at].left
            assert face.top < tiles[at].top < tiles[at].bottom < face.bottom < result.top
    lit = [key[1:] for key, mark in marks.items() if key[0] == "column" and mark.light > 0.2 and mark.kind == "plate"]
    assert lit == [(written.cell.step + 1, 0)], "the column that the caption adds up"
    assert not any(key[0] == "asked" for key in marks)


def test_the_products_of_the_one_kernel_are_a_staircase_that_ends_at_the_output():
    found, written = boards()
    marks, ways = found["combined"].marks, written.ways(written.cell, 0).joined
    level = marks["baseline", "times"].y
    for own in ways:
        bar, sample = marks["times", *own.cell, "bar"], marks["x", *own.cell, "bar"]
        assert bar.x == sample.x
        assert bar.foot == pytest.approx(level), "each begins where the one before ended"
        assert style.read(marks["times", *own.cell, "digits"].text.strip("+")) == own.sample.value * own.weight.value
        level = bar.tip
    assert marks["y2", *written.cell, "digits"].y == pytest.approx(level)


def test_of_many_the_pluses_climb_and_the_minuses_come_down_to_the_sum():
    found, written = boards(NOTEBOOK)
    marks, tiles = found["kernel"].marks, bars(found["kernel"])
    foot = marks["baseline", "kernel"].y
    for own in written.ways(written.cell, 0).joined:
        column = [tiles[at] for at in tiles if at[0] + at[2] == own.cell.step - written.cell.step]
        plus, minus = ([bar for bar in column if bar.base == base] for base in (1, -1))
        assert len({bar.x for bar in plus}) == len({bar.x for bar in minus}) == 1
        assert max(bar.foot for bar in plus) == pytest.approx(foot)
        assert min(bar.top for bar in plus) == pytest.approx(min(bar.top for bar in minus))
        result = marks["joined", *own.cell, "bar"]
        assert result.tip == pytest.approx(max(bar.bottom for bar in minus))
        assert all(written.value(bar.about) < 0 for bar in minus)
        assert max(bar.x for bar in column) < result.x


def test_the_one_kernel_lies_under_its_inputs_and_adds_up_to_the_output():
    found, written = boards()
    marks, products = found["combined"].marks, []
    for own in written.ways(written.cell, 0).joined:
        tap, sample = (marks[key, *own.cell, "bar"] for key in ("joined", "x"))
        assert tap.x == sample.x
        assert style.read(marks["joined", *own.cell, "digits"].text) == own.weight.value
        products.append(spoken(marks["times", *own.cell, "digits"].text))
    assert products == [-12, 4, -2, 6]
    assert sum(products) == style.read(marks["y2", *written.cell, "digits"].text)
    assert marks["equals",].text == "="


def test_the_output_is_written_as_a_formula_of_the_inputs_it_sees():
    found, written = boards()
    marks = found["combined"].marks
    said = [mark.text for key, mark in marks.items() if key[0] == "letters"]
    every = ["−4·x[2]", "+4·x[3]", "−2·x[4]", "+3·x[5]"]
    assert said == ["x[2]", "x[3]", "x[4]", "x[5]", *every, "=", "y[2]"]
    for step in range(2, 6):
        assert marks["letters", step, 0].x == marks["joined", step, 0, "bar"].x
    assert marks["letters",].left == marks["y2", *written.cell, "digits"].left
    x, y = ([0, 0, *map(int, NETWORK.x[2:, 0])], written.value(("cell", 2, *written.cell)))
    assert -4 * x[2] + 4 * x[3] - 2 * x[4] + 3 * x[5] == y
    assert boards(NOTEBOOK)[0]["combined"].caption.endswith("*y*[7, 5] is the output: step 7, filter 5.")
    long = boards(NOTEBOOK)[0]["combined"].marks["letters",].text
    assert long.count("·") == 3
    assert " + ⋯ " in long


def test_the_one_kernel_slides_and_makes_every_output_as_keras_does():
    found, _written = boards()
    w = [-4, 4, -2, 3]
    for name, step in (("whole", 3), ("keras", 4)):
        marks = found[name].marks
        tiles = [marks["joined", 2 + j, 0, "bar"] for j in range(4)]
        assert [style.read(marks["joined", 2 + j, 0, "digits"].text) for j in range(4)] == w
        assert [tile.x for tile in tiles] == [marks["x", step + j, 0, "bar"].x for j in range(4)]
        assert [style.read(marks["x", t, 0, "digits"].text) for t in range(8)] == [int(own) for (own,) in NETWORK.x]
        assert marks["name", "level", 0].text == "input"
        made = {key[1] for key in marks if key[0] == "y2" and key[-1] == "bar"}
        assert made == ({2, 3} if name == "whole" else set(range(5)))
        assert made == {key[1] for key in marks if key[0] == "same" and key[-1] == "digits"}
        asked = {key[1] for key, mark in marks.items() if key[0] == "y2" and mark.text == "?"}
        assert asked == set(range(5)) - made
        assert not bars(found[name]), "its rows have gone"
        worked = next(mark.text for key, mark in marks.items() if key[0] == "added")
        sums, _, total = worked.rpartition("=")
        assert spoken(sums) == style.read(total.strip()) == style.read(marks["y2", step, 0, "digits"].text)
    for step in range(5):
        value = sum(tap * int(NETWORK.x[step + j, 0]) for j, tap in enumerate(w))
        own, keras = marks["y2", step, 0, "digits"], marks["same", step, "digits"]
        assert style.read(own.text) == style.read(keras.text) == value
        assert keras.x == own.x
        assert keras.top > marks["y2", step, 0, "bar"].bottom
    whole = found["whole"]
    assert whole.caption == "At step 3 the same kernels are at work: both ways make 2."
    assert whole.marks["same", "name"].text == "both layers"
    terms = [mark for key, mark in whole.marks.items() if key[:2] == ("same", "layers") and key[2:] != ("note",)]
    assert spoken("".join(mark.text for mark in terms).removeprefix("=")) == 2
    hues = [mark.role for mark in terms if str(mark.role).startswith("channel")]
    assert sorted(hues) == ["channel 0", "channel 0", "channel 1", "channel 1"], "as layer 1's numbers had them"
    said = "Yes, one kernel does the work of both layers: the library Keras gives the same."
    assert found["keras"].caption == said
    assert marks["same", "name"].text == "layers in Keras"
    assert marks["same", "name"].size == marks["name", "level", 0].size
    assert "slides" not in boards(DEEP["same, two channels"]())[0]["exact"].caption


def test_one_unit_for_samples_and_outputs():
    (film, column), written = told("closed_form", NETWORK)
    rows = ("cell", "weighted", "total")

    def units(board):
        every = [m for m in board.marks.values() if m.kind == "bar" and m.about]
        valued = [(mark, written.value(mark.about)) for mark in every if mark.about[0] in rows and mark.unit]
        return {round(mark.height / float(abs(value)), 6) for mark, value in valued if value}

    assert all(len(units(board)) == 1 for board in (*film.boards, *column.boards))


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
    for name in ("rows", "multiplied"):
        every = sorted(bars(found[name]).values(), key=lambda mark: (mark.x, mark.y))
        for above, below in pairwise(every):
            assert above.x != below.x or above.bottom < below.top


@pytest.mark.parametrize("of", [NOTEBOOK, NETWORK], ids=["notebook", "small"])
def test_the_columns_add_up_to_the_kernel_and_that_gives_the_output(of):
    found, written = boards(of)
    columns: dict[tuple[int, ...], Fraction] = {}
    for at, bar in bars(found["multiplied"]).items():
        cell = (written.cell.step + at[0] + at[2], at[3])
        columns[cell] = columns.get(cell, Fraction(0)) + written.value(bar.about)
    marks = found["combined"].marks
    kernel = {key[1:3]: m for key, m in marks.items() if key[0] == "joined" and key[-1] == "bar"}
    assert columns == {cell: written.value(mark.about) for cell, mark in kernel.items()}
    total = sum(tap * written.value(("cell", 0, *cell)) for cell, tap in columns.items())
    assert total == written.value(marks["y2", *written.cell, "digits"].about)


def test_tiles_of_many_are_as_high_as_their_numbers_are_large():
    found, written = boards(NOTEBOOK)
    for name in ("multiplied", "kernel"):
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
        assert style.read(marks["same", cell.step, "digits"].text) == landed.answer
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
def test_every_output_is_the_sum_that_stands_beside_the_kernel(strides):
    layers = [Conv1D(1, 2, strides=s, use_bias=False) for s in strides]
    found, written = boards(known(network((6, 1), *layers, seed=3)))
    for name in ("whole", "keras"):
        marks = found[name].marks
        ((step, said),) = [(key[1], mark.text) for key, mark in marks.items() if key[0] == "added"]
        sums, _, total = said.replace("(the rest)", "").replace("×", "*").rpartition("=")
        assert spoken(sums) == style.read(total.strip()) == style.read(marks["y2", step, 0, "digits"].text)
    assert {key[1] for key in marks if key[0] == "y2"} == set(range(written.shape[0]))


def test_the_distance_is_the_one_of_the_printed_numbers():
    boards = cx.example("notebook").story("closed_form", cell=(7, 5), level=2).boards
    keras = next(board for board in boards if board.name == "keras")
    texts = [mark.text for mark in keras.marks.values() if mark.text]
    assert "0.361988995" in texts
    assert "Keras: 0.361988991" in texts
    assert "0.000000004 from the exact sum" in keras.caption
