"""A stack written on the line, and lines that are wrong."""

import numpy as np
import pytest

import convexplain as cx
from convexplain.reader.line import read_line


def test_the_notebooks_model_on_one_line():
    read = read_line("20x1 conv:4,k5,nobias conv:8,k5,nobias")
    assert read.stack == cx.notebook().stack
    assert [array.shape for arrays in read.weights for array in arrays] == [(5, 1, 4), (5, 4, 8)]


def test_all_settings():
    line = "30X4 conv:8,k3,s2,same,g2,relu depthwise:3,m2,same maxpool:2 flatten dense:3,softmax".lower()
    stack = read_line(line).stack
    assert stack.layers == (
        cx.Conv1D(8, 3, strides=2, padding="same", groups=2, activation="relu"),
        cx.DepthwiseConv1D(3, depth_multiplier=2, padding="same"),
        cx.MaxPooling1D(2),
        cx.Flatten(),
        cx.Dense(3, activation="softmax"),
    )


def test_the_weights_are_the_same_each_time():
    first, second = (read_line("9x2 conv:3,k3 batchnorm") for _ in range(2))
    for one, two in zip(first.weights, second.weights, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))
    assert (first.weights[1][3] > 0).all()


def test_it_is_explained_like_any_other():
    ex = cx.explain("8x1 conv:2,k3")
    assert ex.ledger(0, 1).total
    assert ex.verify(cx.oracles.scipy).ok


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("20x1", "must have a layer after its shape"),
        ("20x1 conv:4", "word 2, 'conv:4': 'kernel_size' must be given"),
        ("20x1 conv:4,k5 cnov:8,k5", r"word 3, 'cnov:8,k5': a layer must be one of .* Did you mean 'conv'\?"),
        ("20x1 conv:4,k5,smae", r"word 2, .* Received: 'smae'. Did you mean 'same'\?"),
        ("20x1 conv:4,k5 conv:99999999999,k5", "word 3, 'conv:99999999999,k5': a level may hold at most"),
        ("20x1 conv:4,k-5", "word 2, 'conv:4,k-5': kernel_size must be a whole number, such as k5. Received: 'k-5'"),
        ("20x1 dense:-3", "word 2, 'dense:-3': units must be a whole number, such as 5. Received: '-3'"),
        ("20×1 conv:4,k5", r"Received: '20×1'. Did you mean 20x1\?"),
        ("20X1", r"Received: '20X1'. Did you mean 20x1\?"),
        ("20x1 conv:4,k5,k3", "kernel_size must be given once"),
        ("20x1 conv:4,k5,s2,d2", "word 2, .*strides > 1 together with dilation_rate > 1"),
        ("4x1 conv:4,k5", "word 2, 'conv:4,k5': layer 1: the input must be at least as long"),
        ("20x1 conv:0,k5", "word 2, 'conv:0,k5': filters must be a positive integer"),
        ("20x3 conv:4,k5,g2", "word 2, .*the number of input channels must be a multiple of groups"),
        ("20x1 maxpool:2,causal", "word 2, .*padding must be one of 'valid', 'same'"),
        ("99999999x99999999 conv:1,k1", "Received"),
        ("5x1 " + "conv:1,k1 " * 300, "at most 200 layers"),
    ],
)
def test_a_wrong_word_is_pointed_at(line, said):
    with pytest.raises(ValueError, match=said):
        cx.explain(line)
