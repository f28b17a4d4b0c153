"""A convolution inside a network of any layers is told as it is there, and named."""

import numpy as np
import pytest

import convexplain as cx
from convexplain.stories import within
from convexplain.stories.programme import programme
from convexplain.system import parts


@pytest.fixture(autouse=True)
def without_keras(monkeypatch):
    """Nobody waits for TensorFlow here: SciPy is asked."""
    monkeypatch.setattr(parts, "is_installed", lambda *needed: False)


def network():
    """A residual block on two channels, and a head; the third convolution bends its output by tanh."""
    first, second = cx.Conv1D(2, 3, padding="same", activation="relu", name="first"), cx.Conv1D(2, 2, padding="same")
    calls = [(cx.BatchNormalization(), 0), (first, 1), (second, 2), (cx.Add(), (1, 3))]
    calls += [(cx.Conv1D(3, 2, activation="tanh", name="bent"), 4), (cx.Flatten(), 5), (cx.Dense(2), 6)]
    graph = cx.Graph([(8, 2)], calls)
    rng = np.random.default_rng(0)
    weights = [
        [
            rng.integers(array.letter == "var", 4, array.shape)
            for array in graph.layer(n).arrays(*graph.source_shapes(n))
        ]
        for n in range(1, 8)
    ]
    return cx.explain(graph, rng.integers(-3, 4, (8, 2)), weights=weights)


def test_a_convolution_is_told_on_the_numbers_of_the_level_below():
    ex = network()
    values = ex.levels().values
    story = ex.story("channel_summation", level=2)
    assert np.array_equal(story.script.source.x, values[1])
    assert story.script.within == "layer 2 ('first') of 7, on the numbers of level 1"
    assert story.note.startswith("Layer 2 ('first') of 7, on the numbers of level 1. ")
    assert story.script.within in story.subject
    assert np.array_equal(story.script.known.values[1], values[2])


def test_several_convolutions_one_upon_another_are_told_together():
    told = within.told(network().network, 3, most=3)
    assert [type(layer).__name__ for layer in told.network.stack.layers] == ["Conv1D", "Conv1D"]
    assert told.level == 2
    assert told.within == "layer 2 ('first') and layer 3 of 7, on the numbers of level 1"
    assert within.told(network().network, 3, most=1).level == 1


def test_another_activation_than_relu_is_left_out_and_said():
    told = within.told(network().network)
    assert told.within == "layer 5 ('bent') of 7 before its tanh, on the numbers of level 4"
    assert told.network.stack.layers[0].activation == "linear"


def test_a_chain_of_convolutions_is_told_as_it_is():
    known = cx.notebook().network
    told = within.told(known)
    assert told.network is known
    assert told.level == 2
    assert told.within == ""


def test_the_first_and_the_widest_convolution_are_told():
    assert programme(network().stack) == {
        "sliding_window": 2,
        "kernel_flip": 2,
        "channel_summation": 2,
        "padding_modes": 2,
        "closed_form": 2,
        "gradient_flip": 2,
    }
    assert programme(cx.Stack((9, 2), [cx.Flatten(), cx.Dense(1)])) == {}


@pytest.mark.parametrize(
    ("ask", "says"),
    [
        (
            lambda ex: ex.story("kernel_flip", level=4),
            "layer 4 must be a Conv1D to be told as a story.*levels 2, 3, 5 are",
        ),
        (lambda ex: cx.explain(ex.stack).story("kernel_flip"), "a story needs weights"),
        (lambda ex: cx.explain(cx.Stack((9, 2), [cx.Flatten()])).story("kernel_flip"), "with a Conv1D layer"),
    ],
)
def test_what_is_no_convolution_is_not_told(ask, says):
    with pytest.raises(ValueError, match=says):
        ask(network())


def test_a_level_out_of_range_is_an_index_error():
    with pytest.raises(IndexError):
        network().story("kernel_flip", level=8)
