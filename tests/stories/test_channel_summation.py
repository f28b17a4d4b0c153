"""A layer of few short numbers is told in full, whichever of its outputs is told and however it pads, moves or adds."""

import pytest
from networks import network
from test_laws import violations

from convexplain import examples
from convexplain.board.marks import COLUMN, FILM
from convexplain.board.motion import transition
from convexplain.layers import Cell, Conv1D
from convexplain.stories import phrases, script
from convexplain.stories.told import tell

SMALL = {
    "one channel": lambda: network((6, 1), Conv1D(1, 3), seed=1),
    "no bias": lambda: network((6, 2), Conv1D(2, 3, use_bias=False), seed=2),
    "strides 2": lambda: network((6, 2), Conv1D(1, 2, strides=2), seed=3),
    "dilation 2": lambda: network((5, 2), Conv1D(2, 2, dilation_rate=2), seed=4),
    "four taps": lambda: network((6, 2), Conv1D(2, 4), seed=5),
    "one tap": lambda: network((4, 2), Conv1D(1, 1), seed=6),
    "second layer": lambda: network((7, 1), Conv1D(2, 2), Conv1D(2, 3), seed=7),
}


@pytest.mark.long
@pytest.mark.parametrize("name", SMALL)
def test_the_laws_hold_of_small_layers(name):
    made = SMALL[name]()
    written = script.write("channel_summation", made, None, made.stack.depth)
    stories = [tell(written, form) for form in (FILM, COLUMN)]
    assert "filter" in [board.name for board in stories[0].boards]
    assert violations(stories, written) == []


@pytest.mark.long
@pytest.mark.parametrize("cell", [(1, 0), (3, 1)])
def test_the_laws_hold_of_every_output(cell):
    written = script.write("channel_summation", examples.network("channel_summation"), cell)
    assert violations([tell(written, form) for form in (FILM, COLUMN)], written) == []


def test_it_begins_with_a_first_output():
    assert script.write("channel_summation", examples.network("channel_summation")).cell == (0, 0)


def test_every_output_of_every_filter_stands_at_the_end_beside_what_was_asked():
    written = script.write("channel_summation", examples.network("channel_summation"))
    last = tell(written, FILM).boards[-1].marks
    for step in range(4):
        for f in range(2):
            said = written.output(step, f).text
            assert last["wall", "y1", step, f].text == said == last["y1", step, f, "asked"].text


def test_all_is_told_on_one_stage():
    """From the first kernel to the last board but the filters side by side: one unit, one baseline for products, sums
    and the outputs they become, and every sample where it was.
    """
    _, boards = _boards()
    stage = [board.marks for name, board in boards.items() if name not in ("input", "filters", "check")]
    (unit,) = {round(mark.unit, 6) for marks in stage for key, mark in marks.items() if mark.unit}
    assert unit >= 28
    for key in (("x", c, step, "bar") for c in range(2) for step in range(6)):
        assert len({(marks[key].x, marks[key].y, marks[key].height) for marks in stage}) == 1
    total, home = boards["output"].marks["total", 0, "bar"], boards["output"].marks["y1", 0, 0, "bar"]
    assert total.foot == home.foot == boards["product"].marks["product", 0, 0, "bar"].foot
    assert home == boards["slide 1"].marks["y1", 0, 0, "bar"].at(copy_of=home.copy_of)
    assert boards["partial 1"].marks["partial", 0, 0, "bar"] == boards["partial 0"].marks["partial", 0, 0, "bar"]


def _boards(cell=None):
    told = script.write("channel_summation", examples.network("channel_summation"), cell)
    return told, {board.name: board for board in tell(told, FILM).boards}


def test_both_filters_are_worked_out_side_by_side():
    """Of the same window: each channel's sum beside its kernel, and where they are added."""
    told, boards = _boards()
    marks = boards["filters"].marks
    for f in range(2):
        parts = told.correlations(Cell(0, f))
        for place, part in enumerate(parts):
            said = "".join(marks["count", "worked", 0, f, place, n].text for n in range(4))
            assert said.endswith(f"= {part.partial.text}")
        added = [*(part.partial.text for part in parts), told.bias(Cell(0, f)).text]
        assert _written(marks, 0, f) == phrases.added(added, told.output(0, f).text)
        assert [marks["y1", t, f, "bar"].light == 1 for t in range(4)] == [True, False, False, False]


def test_the_parts_of_the_formula_come_with_what_they_stand_for():
    _, boards = _boards()
    acts = {act.key: act for act in transition(boards["filter"], boards["output"]).acts}
    for name, key in (("sum c", ("partial", 0, 1, "bar")), ("b", ("bias", 0, "bar")), ("y", ("total", 0, "bar"))):
        assert acts["formula", name].start == acts[key].start
        assert boards["output"].marks["formula", name].role == "lit"


def test_products_are_as_large_as_there_is_room_until_their_sums_are_added():
    """In one unit with these; and where outputs have no sums beside them each channel's is written at its kernel."""
    told = script.write("channel_summation", examples.network("notebook"), None, 2)
    boards = {board.name: board.marks for board in tell(told, FILM).boards}
    before, after = (boards[name]["partial", 0, 0, "bar"].height for name in ("partial 3", "filter"))
    assert before > 3 * after
    (first, *_), marks = told.correlations(told.cell), boards["partial 0"]
    for number, key in ((first.partial, ("partial", 0, 0)), (first.taps[0].product, ("product", 0, 0))):
        assert marks[*key, "bar"].height == pytest.approx(float(number.value) * before / float(first.partial.value))
    for place, part in enumerate(told.correlations(Cell(1, told.cell.channel))):
        assert boards["slide 1"]["count", "part", 1, told.cell.channel, place].text == f"sum {part.partial.text}"


def _written(marks, step, f):
    """How an output is worked out."""
    return "".join(
        mark.text
        for key, mark in sorted(marks.items(), key=str)
        if key[:4] == ("count", "sum", step, f) and key[4] != "t"
    )


def test_every_sum_can_be_read_once_the_filter_has_passed():
    told, boards = _boards()
    for step in range(4):
        added = [part.partial.text for part in told.correlations(Cell(step, 0))]
        said = _written(boards["outputs"].marks, step, 0)
        assert said.startswith(added[0])
        assert said.endswith(f"= {told.output(step, 0).text}")


def test_no_total_is_written_before_its_bar_stands():
    _, boards = _boards()
    order = list(boards)
    for name in order[2:-2]:
        way = transition(boards[order[order.index(name) - 1]], boards[name])
        new = {act.key: act for act in way.acts if act.before is None}
        totals = [(key, act) for key, act in new.items() if key[0] == "count" and act.after.text.startswith(" =")]
        for key, act in totals:
            bar = new.get(("y1", *key[2:4], "bar") if key[1] == "sum" else ("partial", 0, key[4], "bar"))
            assert bar is None or act.start >= bar.end - 1e-9, (name, key)


def test_what_is_added_flies_into_its_sum():
    """The sums and the bias into the line that adds them."""
    _, boards = _boards()
    line, (before, after) = {("count", "sum", 0, 0, place) for place in range(3)}, (boards["output"], boards["slide 1"])
    gone = [(*key, "bar") for key in (("partial", 0, 0), ("partial", 0, 1), ("bias", 0))]
    assert not after.marks.keys() & {*gone}
    assert {before.marks[key].goes_into for key in gone} == line <= after.marks.keys()


def test_a_sum_grows_once_its_products_stand():
    """Each at the end of its staircase, and the products are gone before those of the next channel come."""
    _, boards = _boards()
    order = list(boards)
    for place in range(2):
        name = f"partial {place}"
        way = transition(boards[order[order.index(name) - 1]], boards[name])
        acts = {act.key: act for act in way.acts}
        products = [acts["product", place, k, "bar"] for k in range(3)]
        assert acts["partial", 0, place, "bar"].start >= max(act.end for act in products)
        gone = [act for key, act in acts.items() if key[0] == "product" and key[1] != place]
        assert all(act.end <= min(product.start for product in products) for act in gone)
