"""closed_form: the bars are the formula's taps, and the number line is where Keras's number is."""

import re
from fractions import Fraction
from math import prod

import numpy as np
import pytest
from networks import DEEP, known, network
from test_laws import told, violations

import convexplain as cx
from convexplain import exact, examples, style
from convexplain.board.marks import COLUMN, FILM
from convexplain.check.verify import landing
from convexplain.layers import Conv1D
from convexplain.stories import script
from convexplain.stories.many_layers.formulas import StackFormula

NETWORK, NOTEBOOK = examples.network("two_layers"), examples.network("notebook")


def boards(of=NETWORK, cell=None):
    (story, _), written = told("closed_form", of)
    return {board.name: board for board in story.boards}, written


def spoken(text):
    """The value of a calculation as it is written."""
    return eval(text.replace("−", "-").replace("·", "*").removesuffix("="))


def bars(board, name="bar"):
    return {key[1:-1]: mark for key, mark in board.marks.items() if key[0] == "way" and key[-1] == name}


@pytest.mark.long
@pytest.mark.parametrize("name", DEEP)
def test_the_laws_hold_on_deep_networks(name):
    assert violations(*told("closed_form", DEEP[name]())) == []


def test_every_tap_of_the_expansion_is_a_bar_and_they_give_the_output():
    found, written = boards()
    taps = {at: spoken(mark.text) for at, mark in bars(found["multiplied"], "digits").items()}
    (w1,), (w2,), x = NETWORK.weights[0], NETWORK.weights[1], NETWORK.x
    t = written.cell.step
    expected = {(k2, c, k1, 0): w2[k2, c, 0] * w1[k1, 0, c] for k2 in range(2) for c in range(2) for k1 in range(3)}
    assert taps == expected
    total = sum(tap * Fraction(float(x[t + k2 + k1, 0])) for (k2, _c, k1, _), tap in taps.items())
    assert total == style.read(found["nested"].marks["y2", t, 0, "digits"].text)


def test_the_question_says_which_inputs_the_output_sees():
    found, written = boards()
    step = written.cell.step
    marks = found["question"].marks
    said = "The library Keras gets y2[2] = 5 by two layers: which four numbers do it at once?"
    assert found["question"].caption.replace("*", "") == said
    assert [key for key, mark in marks.items() if mark.role == "lit"] == [("ruler", step + j) for j in range(4)]
    lights = [marks["x", t, 0, "bar"].light for t in range(8)]
    assert [t for t, light in enumerate(lights) if light == max(lights)] == list(range(step, step + 4))


@pytest.mark.parametrize("of", [NETWORK, NOTEBOOK], ids=["small", "notebook"])
def test_the_taps_of_the_next_layer_stand_beside_their_rows_until_they_are_multiplied_in(of):
    found, written = boards(of)
    names = [name for name in found if name in ("second", "nested", "into")]
    places = set()
    for key, mark in found["second"].marks.items():
        if key[0] == "tap" and key[-1] == "bar" and len(key) == 4:
            assert written.value(mark.about) == written.value(("weight", 2, *key[1:3], written.cell.channel))
            assert mark.y + mark.height / 2 == pytest.approx(found["second"].marks["row", *key[1:3], "card"].y, abs=60)
            places.add(mark.x)
            assert all(found[name].marks[key] == mark for name in names if key[1:3] != (0, 0) or name != "into")
    assert len(places) == 1
    given = {key[2]: mark.text for key, mark in found["second"].marks.items() if key[:2] == ("name", "channel")}
    assert given == {channel: f"channel {channel}" for channel in range(of.stack.shapes[1][1])}


def test_a_row_is_its_taps_times_the_inputs_above_and_then_a_tap_of_the_next_layer():
    found, written = boards()
    taps, marks = bars(found["nested"], "digits"), found["nested"].marks
    for k2, c in {at[:2] for at in taps}:
        own = {at[2]: style.read(mark.text) for at, mark in taps.items() if at[:2] == (k2, c)}
        inner = sum(tap * Fraction(float(NETWORK.x[written.cell.step + k2 + k1, 0])) for k1, tap in own.items())
        assert inner == style.read(found["second"].marks["row", k2, c, "digits"].text)
        tap = style.read(marks["tap", k2, c, "digits"].text)
        assert tap * inner == style.read(marks["product", k2, c, "digits"].text)


@pytest.mark.parametrize("name", ["rows", "second"])
def test_a_row_is_worked_out_beside_it(name):
    found, written = boards()
    works = {key[1:3]: m.text for key, m in found[name].marks.items() if key[0] == "row" and key[-1] == "work"}
    assert len(works) == 4
    for (k, c), work in works.items():
        assert found[name].marks["row", k, c, "called"].text == f"y1[{written.cell.step + k}, {c}] ="
        assert spoken(work) == style.read(found[name].marks["row", k, c, "digits"].text)


def test_a_kernel_slides_with_its_taps():
    found, _written = boards()
    marks = found["rows"].marks
    first, slid = ([marks["way", k2, 0, k1, 0, "bar"] for k1 in range(3)] for k2 in range(2))
    assert [bar.height for bar in first] == [bar.height for bar in slid]
    assert len({round(b.x - a.x, 6) for a, b in zip(first, slid, strict=True)}) == 1
    assert [bar.copy_of for bar in slid] == [("way", 0, 0, k1, 0, "bar") for k1 in range(3)]


def test_products_say_how_they_are_made_where_their_bracket_opens():
    found, _written = boards()
    opened = {at: mark.text for at, mark in bars(found["into"], "digits").items() if "·" in mark.text}
    assert list(opened) == [(0, 0, k1, 0) for k1 in range(3)]
    for at, text in opened.items():
        assert spoken(text) == style.read(bars(found["multiplied"], "digits")[at].text)
    assert found["into"].caption.split(": ")[1] == "2·(−1) = −2, 2·1 = 2, 2·1 = 2."


def test_rows_keep_their_places_until_they_go_into_the_kernel():
    found, written = boards()
    rows = [
        {key[1:-1]: mark.y for key, mark in found[name].marks.items() if key[0] == "row" and key[-1] == "card"}
        for name in ("rows", "nested", "into", "multiplied", "column", "combined")
    ]
    assert len(rows[0]) == 4
    assert all(own == rows[0] for own in rows)
    tiles = [
        {at: (mark.x, mark.y) for at, mark in bars(found[name]).items()}
        for name in ("rows", "multiplied", "column", "combined")
    ]
    assert all(own == tiles[0] for own in tiles)
    for (k2, _, k1, _), mark in ((at, found["combined"].marks["way", *at, "bar"]) for at in tiles[0]):
        assert mark.goes_into == ("joined", written.cell.step + k2 + k1, 0, "bar")


def test_what_a_row_gives_is_multiplied_beside_it():
    found, _written = boards()
    marks = found["nested"].marks
    for k, c in ((k, c) for k in range(2) for c in range(2)):
        tap = NETWORK.weights[1][0][k, c, 0]
        assert style.read(marks["tap", k, c, "digits"].text.strip(" ×")) == tap
        inner = found["second"].marks["row", k, c, "work"].text.removesuffix(" =")
        assert marks["row", k, c, "work"].text == f"{marks['tap', k, c, 'digits'].text}·({inner}) ="
        assert spoken(marks["row", k, c, "work"].text) == style.read(marks["product", k, c, "digits"].text)
        for kind in ("bar", "digits"):
            assert marks["tap", k, c, kind].goes_into == ("way", k, c, 0, 0, kind)


def test_the_taps_of_the_one_kernel_are_counted_and_no_others():
    found, _written = boards()
    for name, board in found.items():
        counted = {key[2]: mark for key, mark in board.marks.items() if key[:2] == ("name", "met") and len(key) > 2}
        assert bool(counted) == (name in ("combined", "output"))
        assert [mark.text for mark in counted.values()] == [str(n) for n in range(len(counted))]
        assert all(mark.x == board.marks["joined", step, 0, "bar"].x for step, mark in counted.items())


def test_the_boxes_of_the_layers_open_into_rows_and_taps():
    found, _written = boards()
    for layer in (1, 2):
        assert ("layer", layer, "card") in found["question"].marks
    rows, second = found["rows"].marks, found["second"].marks
    for key, mark in second.items():
        if key[0] == "row" and key[-1] == "card":
            box = rows["layer", 1, "card"]
            assert box.left <= mark.left < mark.right <= box.right
            assert box.top <= mark.top < mark.bottom <= box.bottom
        if key[0] == "tap" and key[-1] == "bar":
            box = second["layer", 2, "card"]
            assert (box.x, box.width) == (rows["layer", 2, "card"].x, rows["layer", 2, "card"].width)
            assert box.left <= mark.left < mark.right <= box.right
            assert box.top <= mark.top < mark.bottom <= box.bottom


def test_the_rows_are_worth_the_output_until_their_columns_take_over():
    found, written = boards()
    marks, added = found["multiplied"].marks, 0
    for at in ((k, c) for k in range(2) for c in range(2)):
        worth = style.read(marks["product", *at, "digits"].text)
        assert spoken(marks["row", *at, "work"].text) == worth
        added += worth
    assert added == style.read(marks["y2", *written.cell, "digits"].text) == 5


@pytest.mark.long
def test_the_formula_grows_with_the_picture():
    found, _written = boards()
    said = {
        name: "".join(mark.text for key, mark in board.marks.items() if key[0] == "formula").strip()
        for name, board in found.items()
    }
    assert said["rows"] == "y1 = ∑w1 x"
    assert said["second"] == "y2 = ∑w2 y1"
    assert said["nested"] == said["into"] == "y2 = ∑w2 (∑w1 x)"
    assert said["multiplied"] == "y2 = ∑w2 w1 x"
    assert said["column"] == "y2 = ∑(∑w2 w1) x"
    assert said["combined"] == said["output"] == "y2[2] = ∑j w[j] x[2 + j]"
    two = script.write("closed_form", network((9, 2), Conv1D(2, 2, use_bias=False), Conv1D(1, 2)), (2, 0))
    plain = "".join(part.markup for part in StackFormula(two, 0).closed(True)).replace("*", "")
    assert plain == "y2 = b2 + ∑w2 (∑w1 x)"


def test_a_board_says_one_remark_of_one_sentence():
    for of in (NETWORK, NOTEBOOK):
        for board in boards(of)[0].values():
            said = " ".join(mark.text for key, mark in board.marks.items() if key[0] == "remark")
            assert len(re.findall(r"[.?!](?: |$)", said)) <= 1, said


def test_the_closed_form_is_said_in_numbers():
    found, _written = boards()
    x = [int(step[0]) for step in NETWORK.x]
    left, right = found["keras"].caption.replace("*", "").removesuffix(".").split(": ")[1].split(" = ")
    assert left == "y2[t]"
    for step, value in enumerate((1, -4, 5, 4, 6)):
        assert eval(right.replace("−", "-").replace("·", "*"), {"x": x, "t": step}) == value


@pytest.mark.parametrize(("name", "columns"), [("column", {2}), ("combined", {0, 1, 2, 3})])
def test_a_column_is_added_up_beside_the_rows(name, columns):
    found, written = boards()
    marks, products = found[name].marks, bars(found["multiplied"], "digits")
    tiles, digits = bars(found[name]), bars(found[name], "digits")
    for own in written.ways(written.cell, 0).joined:
        j = own.cell.step - written.cell.step
        column = sorted((at for at in digits if at[0] + at[2] == j), key=lambda at: tiles[at].y)
        for at in column:
            assert tiles[at].x == marks["x", *own.cell, "bar"].x
            assert style.read(digits[at].text) == spoken(products[at].text)
            assert (tiles[at].light > 0.5) == (j in columns)
        assert len(column) == own.paths
        if j in columns:
            assert sum(style.read(digits[at].text) for at in column) == own.weight.value
            assert style.read(marks["joined", *own.cell, "digits"].text) == own.weight.value
        if name == "combined":
            left, worked, value = marks["added", *own.cell].text.split(" = ")
            assert left == f"w[{j}]"
            assert spoken(worked) == style.read(value) == own.weight.value
            assert marks["added", *own.cell].made_of == tuple(("way", *at, "bar") for at in column)


@pytest.mark.parametrize("form", [FILM, COLUMN], ids=["film", "column"])
def test_a_sample_is_taken_out_of_its_products(form):
    story = told("closed_form", NETWORK)[0][form is COLUMN]
    marks = next(board for board in story.boards if board.name == "column").marks
    terms = {key[1:]: mark for key, mark in marks.items() if key[0] == "taken" and isinstance(key[1], int)}
    assert [mark.text for mark in terms.values()] == ["+2·2", "+1·2", "−4·2", "−1·2"]
    assert all(mark.y == marks["row", *at, "card"].y for at, mark in terms.items())
    lines = ([m for key, m in marks.items() if key[:3] == ("taken", "sum", place)] for place in range(2))
    (added, short), (bracket, tap) = zip(*[("".join(m.text for m in line[1:]), line[1]) for line in lines], strict=True)
    assert bracket.role == tap.role == marks["joined", 4, 0, "bar"].role
    assert added.replace(" ", "") == "(2+1−4−1)·2"
    assert short == "−2·2"
    assert sum(spoken(mark.text) for mark in terms.values()) == spoken(added) == spoken(short)


def test_the_one_kernel_lies_under_its_inputs_and_adds_up_to_the_output():
    found, written = boards()
    marks, shares = found["output"].marks, []
    for own in written.ways(written.cell, 0).joined:
        tap, sample, share = (marks[key, *own.cell, "bar"] for key in ("joined", "x", "share"))
        assert tap.x == sample.x == share.x
        shares.append(spoken(marks["share", *own.cell, "digits"].text))
        assert marks["joined", *own.cell, "bar"] == found["combined"].marks["joined", *own.cell, "bar"], "stays"
    assert sum(shares) == style.read(marks["y2", *written.cell, "digits"].text)
    assert [style.read(mark.text) for key, mark in marks.items() if key[-1] == "reached"] == [sum(shares)]


def test_the_one_kernel_serves_every_step_and_keras_gives_the_same():
    found, written = boards()
    marks, w = found["keras"].marks, [-4, 4, -2, 3]
    assert (
        "So an output is four products, in place of 12 in layer 1 and 4 in layer 2."
        in found["combined"].marks["remark", "more", 0].text
    )
    for step in range(5):
        value = sum(tap * int(NETWORK.x[step + j, 0]) for j, tap in enumerate(w))
        assert (
            style.read(marks["y2", step, 0, "digits"].text) == style.read(marks["keras", step, "digits"].text) == value
        )
        kind = ("joined",) if step == written.cell.step else ("times", step)
        said = [marks[*kind, step + j, 0, "digits"] for j in range(4)]
        factors = [tuple(map(style.read, mark.text.removeprefix("+").split("·"))) for mark in said]
        assert [tap for tap, _ in factors] == w
        assert sum(tap * sample for tap, sample in factors) == value
        assert [mark.x for mark in said] == [marks["x", step + j, 0, "bar"].x for j in range(4)]
    assert [style.read(marks["x", t, 0, "digits"].text) for t in range(8)] == [int(own) for (own,) in NETWORK.x]
    padded = DEEP["same, two channels"]()
    assert "every step" not in boards(padded)[0]["output"].caption
    assert "every step" in boards(NOTEBOOK)[0]["output"].caption


def test_rows_are_bracketed_until_their_factor_is_in_them():
    found, _written = boards()

    def kept(name, kind):
        return {key[1:3] for key in found[name].marks if key[0] == kind and len(key) > 3}

    every = {(k, c) for k in range(2) for c in range(2)}
    assert kept("nested", "bracket") == kept("nested", "tap") == every
    assert kept("into", "bracket") == kept("into", "tap") == every - {(0, 0)}
    assert not kept("multiplied", "bracket") | kept("multiplied", "tap")


def test_one_unit_for_samples_and_outputs():
    (film, column), written = told("closed_form", NETWORK)
    rows = ("cell", "weighted", "total")

    def units(boards):
        every = [m for board in boards for m in board.marks.values() if m.kind == "bar" and m.about]
        valued = [(mark, written.value(mark.about)) for mark in every if mark.about[0] in rows and mark.unit]
        return {round(mark.height / float(abs(value)), 6) for mark, value in valued if value}

    assert len(units(film.boards)) == 1
    assert all(len(units([board])) <= 1 for board in column.boards)


def test_what_a_minus_takes_away_is_dim():
    found, written = boards(NOTEBOOK)
    for tile in bars(found["multiplied"]).values():
        value = written.value(tile.about)
        assert tile.kind == ("bar" if value else "dot")
        assert not value or (tile.light > 0.5) == (value > 0)


@pytest.mark.parametrize("of", [NOTEBOOK, NETWORK], ids=["notebook", "small"])
def test_the_columns_add_up_to_the_kernel_and_that_gives_the_output(of):
    found, written = boards(of)
    columns: dict[tuple[int, ...], Fraction] = {}
    for at, bar in bars(found["combined"]).items():
        cell = (written.cell.step + at[0] + at[2], at[3])
        columns[cell] = columns.get(cell, Fraction(0)) + written.value(bar.about)
    kernel = {key[1:3]: m for key, m in found["combined"].marks.items() if key[0] == "joined" and key[-1] == "bar"}
    assert columns == {cell: written.value(mark.about) for cell, mark in kernel.items()}
    total = sum(tap * written.value(("cell", 0, *cell)) for cell, tap in columns.items())
    assert total == written.value(found["output"].marks["y2", *written.cell, "bar"].about)


def test_tiles_of_many_are_as_high_as_their_numbers_are_large():
    found, written = boards(NOTEBOOK)
    for name in ("multiplied", "combined"):
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
    assert {"full", "ticks", "keras", "bound"} <= set(boards(NOTEBOOK)[0])


def test_the_ticks_are_neighbours_in_float32():
    values = exact.floats_between(Fraction(1) - Fraction(1, 2**22), Fraction(1) + Fraction(1, 2**21), 100)
    steps = [np.nextafter(np.float32(a), np.float32(2)) for a in map(float, values[:-1])]
    assert [Fraction(float(step)) for step in steps] == values[1:]
    assert exact.floats_between(Fraction(0), Fraction(1), 100) == []
    assert exact.spacing(Fraction(1)) == Fraction(1, 2**23)


def test_the_formula_stops_where_linearity_ends():
    found, _written = boards(DEEP["relu between and after"]())
    assert found["question"].marks["remark", "more", 0].text.startswith("Layer 1 ends in relu: no formula goes")
    assert "multiplied" not in found
    assert {key[0] for key in found["output"].marks} >= {"y1", "y2"}
    assert "x" not in {key[0] for key in found["output"].marks}


def test_wide_stacks_count_and_sum_what_they_leave_out():
    found, written = boards(DEEP["wide"]())
    rows = [mark for key, mark in found["nested"].marks.items() if key[0] == "product" and key[-1] == "bar"]
    assert len(rows) == 8
    assert found["nested"].marks["note", "row", "rest"].text == "8 more"
    rest = found["nested"].marks["rest", "bar"]
    shown, bias = sum(written.value(mark.about) for mark in rows), written.bias(written.cell).value
    unit = found["nested"].marks["bias", "bar"].height / float(abs(bias))
    assert rest.height / unit == pytest.approx(float(abs(written.total(written.cell).value - shown - bias)))


@pytest.mark.parametrize("strides", [(1, 1), (2, 1), (1, 2)], ids=str)
def test_every_output_is_the_sum_that_stands_before_it(strides):
    layers = [Conv1D(1, 2, strides=s, use_bias=False) for s in strides]
    found, written = boards(known(network((6, 1), *layers, seed=3)))
    marks, told = found["keras"].marks, written.cell.step
    for step in range(written.shape[0]):
        kind = ("joined",) if step == told else ("times", step)
        length = len(kind) + 3
        keys = [key for key in marks if key[: len(kind)] == kind and len(key) == length and key[-1] == "digits"]
        terms = [marks[key].text.strip("+") for key in keys]
        factors = [[style.read(text.strip("()")) for text in term.split("·")] for term in terms]
        assert sum(tap * sample for tap, sample in factors) == style.read(marks["y2", step, 0, "digits"].text)
        assert [marks["x", *key[-3:-1], "bar"].x for key in keys] == [marks[key].x for key in keys]


def test_the_distance_is_the_one_of_the_printed_numbers():
    boards = cx.example("notebook").story("closed_form", level=2).boards
    keras = next(board for board in boards if board.name == "keras")
    texts = [mark.text for mark in keras.marks.values() if mark.text]
    assert "0.361988995" in texts
    assert "Keras: 0.361988991" in texts
    assert "0.000000004 from the exact sum" in keras.caption
