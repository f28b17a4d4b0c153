"""Every usual mistake is refuted wherever it differs from the right layer, and named; every right layer is accepted."""

import numpy as np
import pytest
from any_layer import any_layer, real_numbers
from hypothesis import given
from hypothesis import strategies as st
from layer_table import TABLE
from random_layers import EXAMPLES, drawn, layers, weights_of

import convexplain as cx
from convexplain.check import mistaken_cells, mistaken_norms, mistaken_sums, mistakes
from convexplain.check.mistakes import MISTAKES, right
from convexplain.check.verify import verify
from convexplain.layers import LAYERS, Cell, Conv1D
from convexplain.network import Network

pytestmark = pytest.mark.long

CONVOLUTION = list(mistakes.of(Conv1D(1, 1)))

# Settings that show what the table of layers hides: square ones, and several activations.
SETTINGS = [
    (cx.Conv1D(4, 3, padding="same", groups=2, dilation_rate=2, activation="relu"), [(9, 4)]),
    (cx.Conv1D(2, 4, padding="same"), [(9, 1)]),
    (cx.Conv1D(2, 3, strides=2, padding="causal"), [(8, 1)]),
    (cx.Conv1D(4, 1), [(4, 2)]),
    (cx.Conv1D(3, 2), [(9, 3)]),
    (cx.Conv1D(3, 2, activation="softmax"), [(4, 2)]),
    (cx.Conv1D(3, 2, activation="hard_sigmoid"), [(4, 2)]),
    (cx.DepthwiseConv1D(4, strides=3, padding="same", depth_multiplier=2, activation="relu"), [(10, 2)]),
    (cx.DepthwiseConv1D(2, padding="same", dilation_rate=3, depth_multiplier=2), [(9, 2)]),
    (cx.SeparableConv1D(3, 4, padding="same", depth_multiplier=2, activation="relu"), [(10, 2)]),
    (cx.SeparableConv1D(3, 2, dilation_rate=2), [(10, 2)]),
    (cx.Conv1DTranspose(2, 4, strides=1, padding="same", activation="relu"), [(6, 2)]),
    (cx.Conv1DTranspose(3, 2), [(2, 2)]),
    (cx.Dense(4), [(4, 4)]),
    (cx.Dense(3, activation="tanh"), [(4, 2)]),
    (cx.Dense(3, activation="softmax"), [(4, 2)]),
    (cx.BatchNormalization(), [(3, 3)]),
    (cx.GlobalMaxPooling1D(), [(3, 3)]),
    (cx.GlobalAveragePooling1D(), [(3, 3)]),
    (cx.GlobalAveragePooling1D(), [(3, 4)]),
    (cx.MaxPooling1D(4, strides=2, padding="same"), [(7, 2)]),
    (cx.AveragePooling1D(4, strides=3, padding="same"), [(8, 2)]),
    (cx.Activation("softmax"), [(3, 4)]),
    (cx.Activation("sigmoid"), [(3, 4)]),
    (cx.Activation("hard_sigmoid"), [(3, 4)]),
    (cx.Activation("elu"), [(3, 4)]),
    (cx.Concatenate(), [(3, 2), (3, 2)]),
    (cx.Concatenate(), [(3, 2), (3, 1), (3, 2)]),
]

IDENTITIES = {"Identity", "ActivityRegularization", "GaussianNoise"} | {kind for kind in LAYERS if "Dropout" in kind}


def each_mistake():
    """Each mistake in all its kinds of layers; in one of those that sum products, where there are more than two:
    convolutions of any setting are tried below.
    """
    for name, kinds, _ in [*mistaken_norms.ROWS, *mistaken_cells.ROWS]:
        yield from ((kind, name) for kind in kinds)
    for name, kinds, _ in [*mistaken_sums.ROWS, *mistaken_sums.ROUNDED]:
        yield from ((kind, name) for kind in (kinds if len(kinds) == 2 else kinds[-1:]))


def judge(layer, shapes, oracle):
    """The verdict on one layer whose weights are not known."""
    (level,) = verify(Network(cx.Graph(shapes, [(layer, tuple(range(len(shapes))))])), oracle).levels
    return level


def shows(layer, shapes, mistaken):
    """Whether a mistake shows at all in this setting, by more than rounding may hide: asked of other numbers."""
    rng = np.random.default_rng(0)
    for sizes in ("usual", "small"):
        weights, inputs = real_numbers(rng, layer, shapes, sizes)
        batch = [x[None] for x in inputs]
        given = batch if layer.sources != (1, 1) else batch[0]
        expected, made = right(layer, weights, given), mistaken(layer, weights, given)
        if (np.abs(expected - made) > 2.0**-13 * np.abs(expected).max()).any():
            return True
    return False


def differs(layer, shape, mistaken, seed=0):
    """Whether a mistake shows at all in this setting: asked of other numbers than the probes."""
    rng = np.random.default_rng(seed)
    for bias_scale in (1, 60, 4000) * 3:
        x = rng.integers(-4000, 4000, (20, *shape)).astype(np.float32)
        weights = weights_of(layer, shape[1], lambda size: rng.integers(-4000, 4000, size))
        weights[1:] = [bias * bias_scale for bias in weights[1:]]
        if not np.array_equal(mistaken(layer, weights, x), right(layer, weights, x)):
            return True
    return False


def test_every_kind_of_layer_has_three_mistakes_at_least():
    for kind in LAYERS:
        layer = next(layer for layer, _ in TABLE if type(layer).__name__ == kind)
        assert (len(mistakes.of(layer)) >= 3) is (kind not in IDENTITIES), kind
    assert len(CONVOLUTION) >= 29


@pytest.mark.parametrize(("kind", "name"), list(each_mistake()))
def test_a_mistake_is_refuted_and_named(kind, name):
    rng, mistaken = np.random.default_rng(0), MISTAKES[name]
    settings = [row for row in [*SETTINGS, *TABLE] if type(row[0]).__name__ == kind]
    settings += [any_layer(rng, kind) for _ in range(20)]
    layer, shapes = next(row for row in settings if shows(*row, mistaken))
    level = judge(layer, shapes, mistaken)
    assert not level.ok
    assert level.discrepancy is not None, (layer, shapes, level.faults)
    assert name in level.discrepancy.split(", or "), (layer, shapes)


def check_setting(layer, shape, names, seed):
    """The right layer passes; each mistake passes if, and only if, nothing can tell it from the right layer."""
    assert judge(layer, [shape], right).ok
    for name in names:
        level = judge(layer, [shape], MISTAKES[name])
        assert level.ok is not differs(layer, shape, MISTAKES[name], seed), (name, level)
        if not level.ok:
            assert name in level.discrepancy.split(", or ")


SUMMED = [name for name in CONVOLUTION if not name.startswith(("the activation is", "the softmax", "the hard"))]
names = st.lists(st.sampled_from(SUMMED), min_size=4, max_size=4, unique=True)


@given(layers(), names, st.integers(0, 1000))
@drawn(15)
def test_mistakes_are_refuted_wherever_they_differ(setting, names, seed):
    check_setting(*setting, names, seed)


@pytest.mark.long
@given(layers(most_steps=30), names, st.integers(0, 2**32 - 1))
@drawn(max(1, EXAMPLES // 15))
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

    level = judge(layer, [shape], wrong)
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
    level = judge(causal, [(steps, 2)], padded_as_in_keras_own_tests)
    assert not level.ok
    assert level.discrepancy.split(", or ")[0] == name
    for right_setting in (Conv1D(2, taps, padding="causal"), Conv1D(2, taps, strides=strides, padding="same")):
        assert judge(right_setting, [(steps, 2)], padded_as_in_keras_own_tests).ok
