"""A layer of few short numbers is told in full, whichever of its outputs is told and however it pads, moves or adds."""

import pytest
from networks import network
from test_laws import violations

from convexplain import examples
from convexplain.board.marks import COLUMN, FILM
from convexplain.board.motion import sample, transition
from convexplain.layers import Cell, Conv1D
from convexplain.stories import script
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
    assert "home" in [board.name for board in stories[0].boards]
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


def test_bars_are_tall_where_one_counts():
    """A brick is 24 units or more while channels are told and added, and a step of a row has one width throughout."""
    boards = {
        board.name: board.marks
        for board in tell(script.write("channel_summation", examples.network("channel_summation")), FILM).boards
    }
    for name in ("input", "kernel", "product", "product 1", "partial 0", "partial 1"):
        bars = [
            mark for key, mark in boards[name].items() if mark.kind == "bar" and key[0] in ("x", "product", "partial")
        ]
        told = [mark for mark in bars if mark.width > 100]
        assert told, name
        assert min(mark.unit or 24 for mark in told) >= 24, name


def test_a_brick_is_as_high_on_the_filter_as_beside_it():
    _, boards = _boards()
    units = {mark.unit for name in ("filter", "output") for mark in boards[name].marks.values() if mark.unit}
    assert len({round(unit, 6) for unit in units}) == 1
    assert min(units) > 36
    moved = [boards[name].marks["partial", 0, 0, "bar"] for name in ("filter", "output")]
    assert moved[0] == moved[1]


def _boards(cell=None):
    told = script.write("channel_summation", examples.network("channel_summation"), cell)
    return told, {board.name: board for board in tell(told, FILM).boards}


def test_the_other_filter_lies_on_the_same_samples():
    """Its taps stand under what they multiply, its totals are written out, the outputs before stay as numbers."""
    told, boards = _boards()
    for step, name in enumerate(("its output", "its slide 1", "its slide 2", "its outputs")):
        marks = boards[name].marks
        for part in told.correlations(Cell(step, 1)):
            for tap in part.taps:
                laid, sample = marks["w1", part.channel, 1, tap.k, "bar"], marks["x", part.channel, tap.step, "bar"]
                assert laid.x == pytest.approx(sample.x)
                assert laid.about == tap.weight.about
        said = "".join(mark.text for key, mark in sorted(marks.items(), key=str) if key[:3] == ("count", "sum", step))
        assert said.endswith(f"= {told.output(step, 1).text}")
        assert [marks["y1", t, 0, "digits"].text for t in range(4)] == ["6", "1", "4", "5"]
    assert [boards["its outputs"].marks["y1", t, 1, "digits"].text for t in range(4)] == ["4", "−2", "3", "2"]


def test_no_total_is_written_before_its_bar_stands():
    _, boards = _boards()
    order = list(boards)
    for name in ("partial 0", "partial 1", "slide 1", "last", "its output", "its slide 1", "its outputs"):
        way = transition(boards[order[order.index(name) - 1]], boards[name])
        written = [act for act in way.acts if act.key[0] == "count" and act.before is None and "=" in act.after.text]
        bars = [
            act for act in way.acts if act.key[-1] == "bar" and act.before is None and act.key[0] in ("y1", "partial")
        ]
        assert min(act.start for act in written) >= max(act.end for act in bars), name


def test_a_copy_passes_the_line_in_one_piece():
    """On its way below the level a bar keeps its height: nothing slices it."""
    _, boards = _boards()
    way = transition(boards["copy"], boards["product 2"])
    high = boards["copy"].marks["product", 0, 2, "bar"].height
    for share in (0.2, 0.4, 0.6, 0.8):
        assert sample(way, share)["product", 0, 2, "bar"].height == pytest.approx(high)


def test_channels_are_told_in_the_same_place_and_the_same_way():
    """Their samples and products stand in the same columns, on the same lines; the sum that is done does not move."""
    _, boards = _boards()
    first, second = boards["partial 0"].marks, boards["partial 1"].marks
    for step in range(6):
        assert first["x", 0, step, "bar"].x == second["x", 1, step, "bar"].x
    assert first["baseline", "x", 0] == second["baseline", "x", 1]
    assert first["product", 0, 0, "bar"].foot == pytest.approx(second["product", 1, 0, "bar"].foot)
    assert first["partial", 0, 0, "bar"] == second["partial", 0, 0, "bar"]
    totals = [marks["count", "worked", c, 3] for c, marks in enumerate((first, second))]
    assert [mark.text.strip() for mark in totals] == ["= 7", "= −2"]
    assert totals[0].size == totals[1].size == 48
    for c, marks in enumerate((first, second)):  # written at the bar of the sum, above it where that hangs
        near = marks["partial", 0, c, "bar"]
        assert abs(totals[c].x - near.x) < 200
        assert abs(totals[c].y - near.foot) < 130
    assert not [key for key in second if key[-1] == "link" and second[key].right > second["partial", 0, 0, "bar"].left]
