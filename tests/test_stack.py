"""Shapes, receptive field and paths of stacks."""

import random

import numpy as np
import pytest

from convexplain import Cell, Conv1D, Stack

NOTEBOOK = Stack((20, 1), [Conv1D(4, 5, use_bias=False), Conv1D(8, 5, use_bias=False)])


def random_stack(rng, depth=None):
    """A small stack that Keras would build."""
    while True:
        layers = []
        for _ in range(depth or rng.randint(1, 3)):
            strides = rng.choice([1, 1, 2])
            groups = rng.choice([1, 1, 2])
            layers.append(
                Conv1D(
                    groups * rng.randint(1, 2),
                    rng.randint(1, 3),
                    strides=strides,
                    padding=rng.choice(["valid", "same", "causal"]),
                    dilation_rate=rng.choice([1, 2]) if strides == 1 else 1,
                    groups=groups,
                    use_bias=rng.random() < 0.5,
                )
            )
        try:
            return Stack((rng.randint(3, 9), rng.randint(1, 2)), layers)
        except ValueError:
            continue


def test_the_notebooks_model():
    assert NOTEBOOK.shapes == ((20, 1), (16, 4), (12, 8))
    assert NOTEBOOK.receptive_field() == 9
    assert NOTEBOOK.receptive_field(1) == 5
    assert NOTEBOOK.path_count(2, Cell(0, 3)) == 100 == len(list(NOTEBOOK.paths(2, Cell(0, 3))))


def test_a_path_is_one_tap_per_layer():
    for path in NOTEBOOK.paths(2, Cell(4, 3)):
        assert len(path.weights) == 2
        assert len(path.cells) == 3
        assert path.cells[-1] == Cell(4, 3)
        for level, (weight, source, cell) in enumerate(zip(path.weights, path.cells, path.cells[1:], strict=False), 1):
            met = [term for term in NOTEBOOK.terms(level, cell) if term.weight == weight]
            assert [term.source for term in met] == [source]
    assert len(set(NOTEBOOK.paths(2, Cell(4, 3)))) == 100


@pytest.mark.parametrize("seed", range(30))
def test_counts_equal_listing(seed):
    stack = random_stack(random.Random(seed))
    steps, channels = stack.shapes[-1]
    for step in range(steps):
        for channel in range(channels):
            cell = Cell(step, channel)
            assert stack.path_count(stack.depth, cell) == len(list(stack.paths(stack.depth, cell)))


@pytest.mark.parametrize("seed", range(30))
def test_the_receptive_field_holds_every_sample_that_is_read(seed):
    stack = random_stack(random.Random(seed))
    steps, channels = stack.shapes[-1]
    for step in range(steps):
        read = [
            path.cells[0].step for channel in range(channels) for path in stack.paths(stack.depth, Cell(step, channel))
        ]
        assert not read or max(read) - min(read) < stack.receptive_field()


def test_the_receptive_field_is_reached_where_nothing_is_padded():
    stack = Stack((40, 1), [Conv1D(1, 3, strides=2), Conv1D(1, 2, dilation_rate=3), Conv1D(1, 4)])
    read = [path.cells[0].step for path in stack.paths(3, Cell(0, 0))]
    assert stack.receptive_field() == max(read) - min(read) + 1


def test_paths_of_the_time_series_example_are_counted_without_listing():
    stack = Stack((500, 1), [Conv1D(64, 3, padding="same", activation="relu") for _ in range(3)])
    assert stack.path_count(3, Cell(250, 0)) == 3 * (3 * 64) ** 2
    assert stack.monomial_count(3, Cell(250, 0)) == 147_649


def test_paths_from_the_padding_do_not_count():
    stack = Stack((4, 1), [Conv1D(1, 3, padding="same"), Conv1D(1, 3, padding="same")])
    assert [stack.path_count(2, Cell(step, 0)) for step in range(4)] == [5, 8, 8, 5]


@pytest.mark.parametrize(
    "shape", [(20,), (20, 1, 1), (None, 1), (0, 1), (20, -1), (20.0, 1), (True, 1), "20", 20, None], ids=str
)
def test_an_input_shape_is_one_or_two_positive_integers(shape):
    Stack((np.int64(20), 1), NOTEBOOK.layers)
    with pytest.raises(ValueError, match=r"\(steps, channels\). Received: "):
        Stack(shape, NOTEBOOK.layers)


def test_what_keras_cannot_build_names_the_layer():
    with pytest.raises(
        ValueError, match=r"^layer 2 \('tail'\): the number of input channels must be a multiple of groups"
    ):
        Stack((20, 1), [Conv1D(3, 5), Conv1D(4, 5, groups=2, name="tail")])
    with pytest.raises(ValueError, match="layer 2: the input must be at least as long as the span"):
        Stack((6, 1), [Conv1D(1, 5), Conv1D(1, 5)])
    with pytest.raises(ValueError, match="at least one layer"):
        Stack((6, 1), [])
    with pytest.raises(ValueError, match="layer 1 must be a layer of convexplain, .* Received: 'str'"):
        Stack((6, 1), ["Conv1D"])


def test_names_are_escaped_and_shortened_in_messages():
    with pytest.raises(ValueError) as error:
        Stack((2, 1), [Conv1D(1, 5, name="\x1b[31m<script>" + "a" * 100_000)])
    assert "\x1b" not in str(error.value)
    assert len(str(error.value)) < 300


@pytest.mark.parametrize("cell", [(12, 0), (0, 8), (-1, 0), (0, -1), (1.0, 0), (True, 0), ("0", 0), (None, 0)], ids=str)
def test_a_cell_outside_the_level_is_an_index_error(cell):
    NOTEBOOK.check_cell(2, 11, 7)
    with pytest.raises(IndexError, match="Received"):
        NOTEBOOK.check_cell(2, *cell)


@pytest.mark.parametrize("level", [3, -1, 1.0, True, None], ids=str)
def test_a_level_that_does_not_exist_is_an_index_error(level):
    assert NOTEBOOK.check_level(2) == 2
    with pytest.raises(IndexError, match="Received"):
        NOTEBOOK.check_level(level)
