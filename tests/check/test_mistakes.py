"""Every usual mistake is refuted wherever it differs from the right layer, and named; every right layer is accepted."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_layers import EXAMPLES, drawn, layers, weights_of

from convexplain.check.mistakes import MISTAKES, right
from convexplain.check.verify import verify
from convexplain.layers import Cell, Conv1D
from convexplain.network import Network
from convexplain.stack import Stack

# Settings in which each mistake shows: the table of mutations that must never pass.
SHOWING = {
    "the kernel is flipped along the taps": ((9, 1), Conv1D(2, 3)),
    "the padding stands on the other side": ((9, 1), Conv1D(2, 4, padding="same")),
    "the padding is that of scipy's mode='same'": ((9, 1), Conv1D(2, 4, padding="same")),
    "the padding goes around to the other end": ((9, 1), Conv1D(2, 3, padding="same")),
    "the padding repeats the edge": ((9, 1), Conv1D(2, 3, padding="same")),
    'the causal padding is as much as "same" needs': ((8, 1), Conv1D(2, 3, strides=2, padding="causal")),
    "the windows start one step late": ((9, 1), Conv1D(2, 3)),
    "the windows start one step early": ((9, 1), Conv1D(2, 3)),
    "the dilation is ignored": ((9, 1), Conv1D(2, 3, dilation_rate=2)),
    "the dilation is larger by one": ((9, 1), Conv1D(2, 3, dilation_rate=2)),
    "the strides are ignored": ((9, 1), Conv1D(2, 3, strides=2)),
    "the strides keep the last of each stride instead of the first": ((9, 1), Conv1D(2, 3, strides=3)),
    "the input channels are in reverse order": ((9, 3), Conv1D(2, 3)),
    "the channels are not summed, only the first is read": ((9, 3), Conv1D(2, 3)),
    "the groups are swapped": ((9, 4), Conv1D(4, 3, groups=2)),
    "the groups are ignored, all filters read the first channels": ((9, 4), Conv1D(4, 3, groups=2)),
    "the groups take every so many-th channel instead of neighbours": ((9, 4), Conv1D(4, 3, groups=2)),
    "the filters are permuted across the groups": ((9, 4), Conv1D(4, 3, groups=2)),
    "the kernel's channel and filter axes are swapped": ((9, 3), Conv1D(3, 2)),
    "the kernel array is read in the order (filters, channels, taps)": ((9, 2), Conv1D(3, 4)),
    "the bias is added along the steps instead of the channels": ((4, 2), Conv1D(4, 1)),
    "the bias is forgotten": ((9, 1), Conv1D(2, 3)),
    "the bias is added twice": ((9, 1), Conv1D(2, 3)),
    "the bias is added after the activation": ((9, 1), Conv1D(2, 3, activation="relu")),
    "the activation is forgotten": ((9, 1), Conv1D(2, 3, activation="relu")),
    "relu is applied to a layer that has no activation": ((9, 1), Conv1D(2, 3)),
    "the channels are averaged instead of summed": ((9, 3), Conv1D(2, 3)),
    "samples and weights are rounded to bfloat16 (8 significant bits)": ((9, 1), Conv1D(2, 3)),
    "samples and weights are rounded to float16 or TF32 (11 significant bits)": ((9, 1), Conv1D(2, 3)),
}


def judge(layer, shape, oracle):
    """The verdict on one layer whose weights are not known."""
    (level,) = verify(Network(Stack(shape, [layer])), oracle).levels
    return level


def differs(layer, shape, mistaken, seed=0):
    """Whether a mistake shows at all in this setting: asked of other numbers than the probes."""
    rng = np.random.default_rng(seed)
    for bias_scale in (1, 60, 4000) * 5:
        x = rng.integers(-4000, 4000, (20, *shape)).astype(np.float32)
        weights = weights_of(layer, shape[1], lambda size: rng.integers(-4000, 4000, size))
        weights[1:] = [bias * bias_scale for bias in weights[1:]]
        if not np.array_equal(mistaken(layer, weights, x), right(layer, weights, x)):
            return True
    return False


def test_there_is_a_showing_setting_for_every_mistake():
    assert list(SHOWING) == list(MISTAKES)
    assert len(MISTAKES) >= 12


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_refuted_and_named(name):
    shape, layer = SHOWING[name]
    assert differs(layer, shape, MISTAKES[name])
    level = judge(layer, shape, MISTAKES[name])
    assert not level.ok
    assert name in level.discrepancy.split(", or ")


def check_setting(layer, shape, names, seed):
    """The right layer passes; each mistake passes if, and only if, nothing can tell it from the right layer."""
    assert judge(layer, shape, right).ok
    for name in names:
        level = judge(layer, shape, MISTAKES[name])
        assert level.ok is not differs(layer, shape, MISTAKES[name], seed), (name, level)
        if not level.ok:
            assert name in level.discrepancy.split(", or ")


names = st.lists(st.sampled_from(list(MISTAKES)), min_size=4, max_size=4, unique=True)


@given(layers(), names, st.integers(0, 1000))
@drawn(100)
def test_mistakes_are_refuted_wherever_they_differ(setting, names, seed):
    check_setting(*setting, names, seed)


@pytest.mark.long
@given(layers(most_steps=30), names, st.integers(0, 2**32 - 1))
@drawn(EXAMPLES)
def test_mistakes_are_refuted_wherever_they_differ_in_many_settings(setting, names, seed):
    check_setting(*setting, names, seed)


@pytest.mark.parametrize(("step", "filter"), [(0, 0), (3, 1), (5, 2)])
def test_one_wrong_term_in_one_output_is_refuted(step, filter):
    """The smallest fault there is: a single product of a single output read from the neighbouring sample."""
    layer, shape = Conv1D(3, 3, padding="same"), (6, 2)
    term = layer.terms(shape, Cell(step, filter))[4]
    assert not term.padded

    def wrong(layer, weights, x):
        y = right(layer, weights, x)
        neighbour = x[:, (term.source.step + 1) % 6, term.source.channel]
        y[:, step, filter] += weights[0][term.weight] * (neighbour - x[:, term.source.step, term.source.channel])
        return y

    level = judge(layer, shape, wrong)
    assert (level.ok, level.index_map, level.discrepancy) == (False, "refuted", None)
    assert level.cells_equal < level.cells


def padded_as_in_keras_own_tests(layer, weights, x):
    """The reference ``np_conv1d`` of Keras's conv_test.py for one group: causal pads what "same" needs, on the left."""
    kernel, bias = weights
    steps, taps, stride = x.shape[1], len(kernel), layer.strides
    rest = steps % stride or stride
    total = max(taps - rest, 0)
    before = total if layer.padding == "causal" else total // 2
    padded = np.pad(x, ((0, 0), (before, total - before), (0, 0)))
    starts = range(0, padded.shape[1] - taps + 1, stride)
    return np.stack([np.einsum("nkc,kcf->nf", padded[:, s : s + taps], kernel) for s in starts], axis=1) + bias


@pytest.mark.parametrize(("steps", "taps", "strides"), [(8, 3, 2), (9, 4, 3), (10, 5, 2), (12, 5, 3)])
def test_the_mistake_in_keras_own_reference_is_named_in_its_own_words(steps, taps, strides):
    name = 'the causal padding is as much as "same" needs'
    causal = Conv1D(2, taps, strides=strides, padding="causal")
    level = judge(causal, (steps, 2), padded_as_in_keras_own_tests)
    assert not level.ok
    assert level.discrepancy.split(", or ")[0] == name
    for right_setting in (Conv1D(2, taps, padding="causal"), Conv1D(2, taps, strides=strides, padding="same")):
        assert judge(right_setting, (steps, 2), padded_as_in_keras_own_tests).ok
