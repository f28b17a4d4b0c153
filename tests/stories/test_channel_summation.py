"""A layer of few short numbers is told in full, whichever of its outputs is told and however it pads, moves or adds."""

import pytest
from networks import network
from test_laws import violations

from convexplain import examples
from convexplain.board.marks import COLUMN, FILM
from convexplain.board.staging import transition
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
            assert last["y1", step, f, "digits"].text == said == last["y1", step, f, "asked"].text


def test_the_rows_stay_where_they_are_from_the_first_kernel_to_the_last_output():
    """All open, numbered, and in one unit with products and sums; columns are wider than what parts them."""
    _, boards = _boards()
    stage = [board.marks for name, board in boards.items() if name not in ("input", "apart", "filters", "check")]
    for place, name in enumerate(("partial 0", "partial 1")):
        marks = boards[name].marks
        unit = marks["x", place, 0, "bar"].unit
        assert {marks["product", place, 0, "bar"].unit, marks["partial", 0, place, "bar"].unit} == {unit}
        assert unit >= 26
        assert marks["partial", 0, place, "bar"].foot == pytest.approx(marks["baseline", "rig", place].y)
        assert all(("x", place, 0, "digits") in marks for marks in stage)
    for key in (("x", c, step, "bar") for c in range(2) for step in range(6)):
        bars = [marks[key] for marks in stage]
        assert len({(bar.x, bar.foot, bar.width, bar.unit) for bar in bars}) == 1
    first, second = (stage[0]["x", 0, step, "bar"] for step in range(2))
    assert first.width > 0.5 * (second.x - first.x)


def test_what_is_added_stands_beside_the_channels_in_their_unit():
    """The sums and the bias head to tail are as large as the products were, and the output goes to its place."""
    _, boards = _boards()
    before, marks, after = (boards[name].marks for name in ("filter", "output", "slide 1"))
    added = [marks[*key, "bar"] for key in (("partial", 0, 0), ("partial", 0, 1), ("bias", 0), ("total", 0))]
    assert {mark.unit for mark in added} == {before["partial", 0, 0, "bar"].unit}
    assert added[0].left > max(marks["x", 0, step, "bar"].right for step in range(6))
    assert added[1].foot == pytest.approx(added[0].tip)
    assert added[2].tip == pytest.approx(added[3].tip)
    assert after["y1", 0, 0, "bar"].copy_of == ("total", 0, "bar")
    assert before["partial", 0, 1, "bar"].at(light=1) == boards["partial 1"].marks["partial", 0, 1, "bar"]


def _boards(cell=None):
    told = script.write("channel_summation", examples.network("channel_summation"), cell)
    return told, {board.name: board for board in tell(told, FILM).boards}


def test_the_outputs_of_the_other_filter_are_added_too_as_the_window_passes():
    """A line for each; the first one from its products on, and no output is there before its window."""
    told, boards = _boards()
    before, marks = boards["apart"].marks, boards["filters"].marks
    for place, said in enumerate(("−1 × 2 + 0 × 3 + 1 × 1 = −1", "2 × 3 − 1 × 1 + 1 × 2 = 7")):
        own = ("count", "worked", 0, 1, place)
        assert "".join(mark.text for key, mark in sorted(before.items(), key=str) if key[:5] == own) == said
        assert not any(key[:2] == own[:2] for key in marks)
    acts = {act.key: act for act in transition(boards["apart"], boards["filters"]).acts}
    starts = [acts["y1", step, 1, "bar"].start for step in range(1, 4)]
    assert starts == sorted(starts)
    assert starts[2] > starts[0]
    assert (before["index", "t", 0].text, marks["index", "t", 0].text) == ("t = 0", "t = 3")
    for step in range(4):
        assert (("y1", step, 1, "bar") in before) == (step == 0)
        for f in range(2):
            parts, bias = told.correlations(Cell(step, f)), told.bias(Cell(step, f)).text
            added = [*(part.partial.text for part in parts), bias]
            assert _written(marks, step, f) == phrases.added(added, told.output(step, f).text)


def test_what_leads_to_the_outputs_leaves_the_window():
    _, boards = _boards()
    for name, frame in (("input", ("rig", 0, "frame")), ("apart", ("wall", 0, "band"))):
        marks = boards[name].marks
        way, window = marks["strand", 0, "from"] if name == "input" else marks["strand", "from", 0], marks[frame]
        assert way.left == pytest.approx(window.right)
        assert marks["baseline", "x", 0].y < way.y < window.bottom


def test_kernels_and_outputs_go_to_their_filter():
    """Nothing of the told filter leaves and enters again: its kernels with their cards, its outputs with numbers."""
    _, boards = _boards()
    before, after = boards["outputs"].marks, boards["filters"].marks
    kept = [("w1", c, 0, k) for c in range(2) for k in range(3)] + [("y1", t, 0) for t in range(4)]
    keys = {(*key, kind) for key in kept for kind in ("bar", "digits")} | {("rig", c, "card") for c in range(2)}
    assert keys <= before.keys() & after.keys()
    assert all(before[key].text == after[key].text for key in keys)


def test_the_parts_of_the_formula_come_with_what_they_stand_for():
    _, boards = _boards()
    acts = {act.key: act for act in transition(boards["filter"], boards["output"]).acts}
    for name, key in (("sum c", ("partial", 0, 1, "bar")), ("b", ("bias", 0, "bar")), ("y", ("total", 0, "bar"))):
        assert acts["formula", name].start == acts[key].start
        assert boards["output"].marks["formula", name].role == "lit"


def test_products_and_sums_are_in_one_unit():
    told = script.write("channel_summation", examples.network("notebook"), None, 2)
    boards = {board.name: board.marks for board in tell(told, FILM).boards}
    (first, *_), marks = told.correlations(told.cell), boards["partial 0"]
    sum_, product = marks["partial", 0, 0, "bar"], marks["product", 0, 0, "bar"]
    assert product.height / sum_.height == pytest.approx(float(first.taps[0].product.value / first.partial.value))


def _written(marks, step, f, kind="sum"):
    """How an output is worked out."""
    return "".join(
        mark.text
        for key, mark in sorted(marks.items(), key=str)
        if key[:4] == ("count", kind, step, f) and key[4] != "t"
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
    for name in order[2:-3]:
        way = transition(boards[order[order.index(name) - 1]], boards[name])
        new = {act.key: act for act in way.acts if act.before is None}
        totals = [(key, act) for key, act in new.items() if key[0] == "count" and act.after.text.startswith(" =")]
        for key, act in totals:
            bar = new.get(("y1", *key[2:4], "bar") if key[1] == "sum" else ("partial", 0, key[4], "bar"))
            assert bar is None or act.start >= bar.end - 1e-9, (name, key)


def test_what_is_added_flies_into_its_sum():
    """The numbers of the sums and the bias into the line that adds them."""
    _, boards = _boards()
    marks, line = boards["output"].marks, [("count", "sum", 0, 0, place) for place in range(3)]
    added = [(*key, "digits") for key in (("partial", 0, 0), ("partial", 0, 1), ("bias", 0))]
    assert [marks[key].copy_of for key in line] == added
    assert {*line} <= boards["slide 1"].marks.keys()
    assert not boards["slide 1"].marks.keys() & {*added}


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


@pytest.mark.parametrize("of", ["channel_summation", "notebook"])
def test_a_number_below_zero_hangs_and_an_addend_that_goes_down_has_an_arrow(of):
    """As in the stories of one channel: hollow means another function there, and nothing here."""
    level = 2 if of == "notebook" else None
    for board in tell(script.write("channel_summation", examples.network(of), None, level), FILM).boards:
        marks = board.marks
        assert not any(mark.hollow for mark in marks.values() if mark.kind == "bar")
        for key in (key for key in marks if key[-1] == "down"):
            arrow, step = marks[key], marks[*key[:-1], "bar"]
            assert (arrow.light, step.base) == (0, -1)
            assert step.top < arrow.points[1] < arrow.points[3] < step.bottom
        products = {key[:-1] for key, mark in marks.items() if key[0] == "product" and mark.kind == "bar"}
        deep = {own for own in products if marks[*own, "bar"].base < 0 and marks[*own, "bar"].height > 16}
        assert deep == {key[:-1] for key in marks if key[0] == "product" and key[-1] == "down"}


def test_keras_has_a_row_of_its_own_below_the_outputs_of_each_filter():
    _, boards = _boards()
    marks = boards["check"].marks
    for f in range(2):
        name, rows = marks["note", "library", f], [marks["y1", step, f, "asked"] for step in range(4)]
        assert name.text == "Keras"
        assert {(mark.y, mark.role) for mark in rows} == {(name.y, "ink")}
