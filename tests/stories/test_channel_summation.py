"""A layer of few short numbers is told in full, whichever of its outputs is told and however it pads, moves or adds."""

import pytest
from networks import network
from test_laws import violations

from convexplain import examples
from convexplain.board.marks import COLUMN, FILM
from convexplain.layers import Conv1D
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


@pytest.mark.parametrize("name", SMALL)
def test_the_laws_hold_of_small_layers(name):
    made = SMALL[name]()
    written = script.write("channel_summation", made, None, made.stack.depth)
    stories = [tell(written, form) for form in (FILM, COLUMN)]
    assert "home" in [board.name for board in stories[0].boards]
    assert violations(stories, written) == []


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
    assert boards["output"]["y1", 0, 0, "bar"].unit > 72
