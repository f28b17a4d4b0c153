"""The table of a network: what it says of a level is what the level is."""

from itertools import product

import numpy as np
import pytest
from layers.layer_table import IDS, TABLE

import convexplain as cx
from convexplain.display import HEADS, level_rows, summarize
from convexplain.layers.statement import Read, walk


def two_inputs():
    shared = cx.Conv1D(4, 3, padding="same", name="shared")
    calls = [(shared, 0), (shared, 1), (cx.Concatenate(), (2, 3)), (cx.GlobalMaxPooling1D(), 4), (cx.Dense(2), 5)]
    return cx.Graph([(8, 2), (8, 2)], calls, outputs=[6, 4], names=["left", "right"])


def test_a_row_for_every_level_inputs_first():
    rows = level_rows(two_inputs())
    assert [row.number for row in rows] == list(range(7))
    assert [row.name for row in rows[:3]] == ["left", "right", "shared"]
    assert [row.reads for row in rows] == [(), (), ("x1",), ("x2",), ("y2", "y3"), ("y4",), ("y5",)]
    assert [row.shape for row in rows] == [(8, 2), (8, 2), (8, 4), (8, 4), (8, 8), (8,), (2,)]
    assert [row.parameters for row in rows] == [0, 0, 28, 0, 0, 0, 18]
    assert [row.shared for row in rows] == [None, None, None, 2, None, None, None]
    assert [row.receptive_field for row in rows[2:]] == [3, 3, 3, 10, 10]
    assert [row.terms for row in rows[2:]] == [6, 6, 1, 8, 8]


def test_the_text_says_how_levels_are_numbered_and_which_are_outputs():
    text = summarize(two_inputs())
    lines = text.splitlines()
    assert lines[0].split() == [head for head in HEADS if head]
    assert "those of 2" in lines[4]
    assert "46 parameters; levels are numbered in the model's own order of layers, inputs first" in text
    assert text.splitlines()[8].endswith("outputs are the levels 6, 4")
    assert "outputs" not in summarize(cx.notebook().stack)


def test_a_long_network_is_told_from_both_ends():
    rows = level_rows(cx.Stack((9, 1), [cx.ReLU() for _ in range(99)]), most=20)
    assert len(rows) == 21
    assert rows[15] is None
    assert [row.number for row in (*rows[:15], *rows[16:])] == [*range(15), *range(95, 100)]


def test_names_from_outside_are_escaped():
    assert "\x1b" not in summarize(cx.Stack((9, 1), [cx.ReLU(name="\x1b[2J")]))


@pytest.mark.parametrize(
    ("layer", "shapes"), [pytest.param(*row, id=name) for row, name in zip(TABLE, IDS, strict=True)]
)
def test_terms_are_the_cells_that_the_statement_reads(layer, shapes):
    """Counted one by one, over every value of the ranges that stand in the indices of a read."""
    graph = cx.Graph(shapes, [(layer, tuple(range(len(shapes))))])
    level = len(shapes)
    whole = graph.stated(level)
    point = {r.name: r.size // 2 for r in whole.axes}
    cells = set()
    for read in (part for part in walk(whole.value) if isinstance(part, Read)):
        free = sorted({r for index in read.indices for r in index.ranges()} - set(whole.axes), key=lambda r: r.name)
        for values in product(*(range(r.size) for r in free)):
            at = point | {r.name: value for r, value in zip(free, values, strict=True)}
            cells.add((read.source, *(index.at(at) for index in read.indices)))
    if isinstance(layer, cx.Concatenate):
        cells = {min(cells)}  # which of the levels is read, the place decides
    assert graph.term_count(level) == len(cells)


def test_parameters_are_those_of_the_weights():
    for layer, shapes in TABLE:
        graph = cx.Graph(shapes, [(layer, tuple(range(len(shapes))))])
        counts = [int(np.prod(array.shape)) for array in layer.arrays(*shapes)]
        assert graph.parameter_count(len(shapes)) == sum(counts)
