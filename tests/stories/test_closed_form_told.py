"""closed_form: the tiles are the formula's products, and the number line is where Keras's number is."""

import re
from fractions import Fraction
from math import prod

import numpy as np
import pytest
from networks import DEEP, network
from test_laws import told, violations

from convexplain import exact, examples, style
from convexplain.board import motion
from convexplain.check.verify import landing
from convexplain.layers import Cell, Conv1D
from convexplain.stories import script
from convexplain.stories.formulas import StackFormula

NETWORK, NOTEBOOK = examples.network("two_layers"), examples.network("notebook")


def boards(of=NETWORK, cell=None):
    (story, _), written = told("closed_form", of)
    return {board.name: board for board in story.boards}, written


def tiles(board, name="bar"):
    return {key[1:-1]: mark for key, mark in board.marks.items() if key[0] == "way" and key[-1] == name}


@pytest.mark.parametrize("name", DEEP)
def test_the_laws_hold_on_deep_networks(name):
    assert violations(*told("closed_form", DEEP[name]())) == []


def test_every_product_of_the_expansion_is_a_tile_and_they_add_up():
    found, written = boards()
    products = {at: style.read(mark.text) for at, mark in tiles(found["multiplied"], "digits").items()}
    (w1,), (w2,), x = NETWORK.weights[0], NETWORK.weights[1], NETWORK.x
    t = written.cell.step
    expected = {
        (k2, c, k1, 0): w2[k2, c, 0] * w1[k1, 0, c] * x[t + k2 + k1, 0]
        for k2 in range(2)
        for c in range(2)
        for k1 in range(3)
    }
    assert products == expected
    assert sum(products.values()) == style.read(found["sum"].marks["y2", t, 0, "sum"].text)


def test_a_row_is_its_tap_times_what_its_bracket_holds():
    found, _written = boards()
    inner, opened = tiles(found["opened"], "inner"), found["opened"].marks
    for at in {at[:2] for at in inner}:
        bracket = sum(style.read(mark.text) for own, mark in inner.items() if own[:2] == at)
        tap = style.read(opened["tap", *at, "digits"].text.removesuffix(" ×"))
        assert tap * bracket == style.read(opened["product", *at, "digits"].text)
        assert bracket == style.read(found["terms"].marks["row", *at, "digits"].text)


def test_the_tiles_that_turn_over_are_those_behind_a_minus():
    found, written = boards(NOTEBOOK)
    before, after = tiles(found["opened"]), tiles(found["multiplied"])
    for at, tile in after.items():
        tap = written.value(("weight", 2, *at[:2], written.cell.channel))
        if tile.kind == before[at].kind == "bar":
            assert (tile.light != before[at].light) == (tap < 0)
        turned = any(cue.how == "turn" and cue.keys == (("way", *at, "bar"),) for cue in found["multiplied"].cues)
        assert turned == (tap < 0)


def test_the_stacks_end_at_the_output():
    found, written = boards(NOTEBOOK)
    board = found["stacked"]
    lanes = [mark for key, mark in board.marks.items() if key[0] == "way"]
    output = board.marks["y2", *written.cell, "bar"]
    unit = output.height / float(abs(written.output(*written.cell).value))
    climbed = sum(mark.height * (1 if mark.light == 1 else -1) for mark in lanes)
    assert len(lanes) == sum(bool(written.value(mark.about)) for mark in lanes)
    assert climbed / unit == pytest.approx(float(written.output(*written.cell).value), rel=0.2)  # joints are left out


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
    ticks = {
        Fraction(key[2]): mark.x for key, mark in marks.items() if key[:2] == ("tick", "nearest") and len(key) == 3
    }
    at = [value for value, x in ticks.items() if abs(x - marks["keras",].x) < 0.01]
    assert at == [landed.answer], "Keras's dot stands on its own float32 number"


def test_the_ticks_are_neighbours_in_float32():
    values = exact.floats_between(Fraction(1) - Fraction(1, 2**22), Fraction(1) + Fraction(1, 2**21), 100)
    steps = [np.nextafter(np.float32(a), np.float32(2)) for a in map(float, values[:-1])]
    assert [Fraction(float(step)) for step in steps] == values[1:]
    assert exact.floats_between(Fraction(0), Fraction(1), 100) == []
    assert exact.spacing(Fraction(1)) == Fraction(1, 2**23)


def test_the_formula_stops_where_linearity_ends():
    found, _written = boards(DEEP["relu between and after"]())
    assert found["opened"].caption == "Layer 1 ends in relu: the formula stops there."
    assert "multiplied" not in found
    assert {mark.about[1] for mark in tiles(found["opened"]).values() if mark.about} == {2}


@pytest.mark.parametrize(
    "layers",
    [
        (Conv1D(2, 3), Conv1D(1, 2)),
        (Conv1D(2, 3, strides=2), Conv1D(1, 3, padding="causal", dilation_rate=2)),
        (Conv1D(2, 3, padding="same"), Conv1D(2, 3, strides=2, padding="same"), Conv1D(1, 2)),
    ],
    ids=["valid", "strides and dilation", "three with padding"],
)
def test_the_index_of_the_formula_is_the_layers_own(layers):
    of = network((23, 1), *layers)
    written = script.write("closed_form", of, (2, 0))
    form = StackFormula(written, 0)
    index = re.sub(r"(\d)\*k", r"\1 * k", form.index(0).replace("*k*_", "*k").replace("−", "-"))
    index = re.sub(r"(?<![\d ])\*k|(?<= )\*k", "k", index)
    for way in of.stack.paths(len(layers), Cell(2, 0)):
        taps = {f"k{n}": tap[0] for n, tap in enumerate(way.weights, 1)}
        assert eval(index, taps) == way.cells[0].step


def test_wide_stacks_count_and_sum_what_they_leave_out():
    found, written = boards(DEEP["wide"]())
    assert re.fullmatch(r"16 products, tap times number, make one output, 8 are drawn\.", found["terms"].caption)
    rows = [mark for key, mark in found["sum"].marks.items() if key[0] == "product" and key[-1] == "bar"]
    assert len(rows) == 8
    rest = found["sum"].marks["rest", "bar"]
    shown = sum(written.value(mark.about) for mark in rows)
    bias = written.bias(written.cell).value
    unit = found["sum"].marks["bias", "bar"].width / float(abs(bias))
    assert rest.width / unit == pytest.approx(float(abs(written.total(written.cell).value - shown - bias)))


def test_the_taps_of_two_channels_are_shown_and_give_what_is_said():
    found, written = boards()
    for name, at in (("open", (0, 0)), ("open next", (0, 1))):
        marks = found[name].marks
        taps = {key[2]: style.read(m.text.strip("× ()")) for key, m in marks.items() if key[:2] == ("kernel", at[1])}
        row = {key[2]: style.read(mark.text) for key, mark in tiles(found[name], "inner").items() if key[:2] == at}
        samples = {k: NETWORK.x[written.cell.step + at[0] + k, 0] for k in taps}
        assert {k: tap * samples[k] for k, tap in taps.items()} == row
        assert f"{style.number(int(sum(row.values())), 0)} " in found[name].caption


def test_tiles_keep_their_numbers_while_they_are_sorted():
    (story, _), _written = told("closed_form", NETWORK)
    way = next(way for way in story.transitions if way.after.name == "stacked")
    for share in (0.1, 0.3, 0.5, 0.7, 0.9):
        marks = motion.sample(way, share)
        bars = {key[:-1] for key, mark in marks.items() if key[0] == "way" and key[-1] == "bar"}
        assert bars == {key[:-1] for key in marks if key[0] == "way" and key[-1] == "digits"}
