"""The terms of a layer, and what a layer refuses, each invalid case beside its valid neighbour."""

import itertools

import pytest
import sympy

import convexplain as cx
from convexplain import Cell, Conv1D

SETTINGS = [
    dict(strides=strides, padding=padding, dilation_rate=dilation)
    for strides, padding, dilation in itertools.product((1, 2, 3), ("valid", "same", "causal"), (1, 2, 3))
    if strides == 1 or dilation == 1
]


def taps_met(layer, steps, step):
    """The (tap, step read) pairs of an output of a layer with one channel, padding left out."""
    return [(term.weight[0], term.source.step) for term in layer.terms((steps, 1), Cell(step, 0)) if not term.padded]


def test_valid_reads_as_many_samples_as_taps():
    layer = Conv1D(1, 3)
    assert taps_met(layer, 6, 2) == [(0, 2), (1, 3), (2, 4)]
    assert layer.output_shape((6, 1)) == (4, 1)


def test_the_odd_zero_of_same_goes_to_the_right():
    layer = Conv1D(1, 4, padding="same")
    assert [layer.left_pad(6), layer.output_steps(6)] == [1, 6]
    assert taps_met(layer, 6, 0) == [(1, 0), (2, 1), (3, 2)]
    assert taps_met(layer, 6, 5) == [(0, 4), (1, 5)]


def test_causal_reads_no_later_sample():
    layer = Conv1D(1, 3, padding="causal", dilation_rate=2)
    assert taps_met(layer, 6, 3) == [(1, 1), (2, 3)]
    for step in range(6):
        assert max(source for _, source in taps_met(layer, 6, step)) == step


def test_strides_skip_starts_and_dilation_skips_samples():
    assert taps_met(Conv1D(1, 3, strides=2), 7, 1) == [(0, 2), (1, 3), (2, 4)]
    assert taps_met(Conv1D(1, 3, dilation_rate=2), 7, 1) == [(0, 1), (1, 3), (2, 5)]


def test_terms_go_channel_by_channel_tap_by_tap():
    terms = Conv1D(1, 2).terms((3, 2), Cell(0, 0))
    assert [term.weight for term in terms] == [(0, 0, 0), (1, 0, 0), (0, 1, 0), (1, 1, 0)]
    assert [term.source for term in terms] == [(0, 0), (1, 0), (0, 1), (1, 1)]


def test_filters_of_a_group_share_its_channels():
    layer = Conv1D(6, 1, groups=3)
    reads = {f: [term.source.channel for term in layer.terms((1, 6), Cell(0, f))] for f in range(6)}
    assert reads == {0: [0, 1], 1: [0, 1], 2: [2, 3], 3: [2, 3], 4: [4, 5], 5: [4, 5]}
    weights = [term.weight for term in layer.terms((1, 6), Cell(0, 5))]
    assert weights == [(0, 0, 5), (0, 1, 5)]


def test_padded_terms_stay_in_the_list():
    terms = Conv1D(1, 3, padding="same").terms((4, 1), Cell(0, 0))
    assert [(term.source.step, term.padded) for term in terms] == [(-1, True), (0, False), (1, False)]


# Degenerate identities: settings that must agree with a simpler one.


@pytest.mark.parametrize("strides", [1, 2, 3])
def test_one_tap_makes_all_paddings_equal(strides):
    layers = [Conv1D(2, 1, strides=strides, padding=padding) for padding in ("valid", "same", "causal")]
    shapes = {layer.output_shape((7, 2)) for layer in layers}
    assert len(shapes) == 1
    ((steps, _),) = shapes
    for step in range(steps):
        assert len({layer.terms((7, 2), Cell(step, 1)) for layer in layers}) == 1


@pytest.mark.parametrize("dilation", [1, 2, 3])
def test_causal_is_valid_on_a_left_padded_input(dilation):
    causal, valid = (Conv1D(1, 3, padding=padding, dilation_rate=dilation) for padding in ("causal", "valid"))
    pad = causal.span - 1
    assert causal.output_steps(8) == valid.output_steps(8 + pad)
    for step in range(8):
        shifted = [(tap, source - pad) for tap, source in taps_met(valid, 8 + pad, step) if source >= pad]
        assert taps_met(causal, 8, step) == shifted


@pytest.mark.parametrize("padding", ["valid", "same", "causal"])
def test_dilation_is_a_kernel_with_zeros_between_its_taps(padding):
    dilated, dense = Conv1D(1, 3, padding=padding, dilation_rate=3), Conv1D(1, 7, padding=padding)
    assert dilated.output_shape((9, 1)) == dense.output_shape((9, 1))
    for step in range(dilated.output_steps(9)):
        spread = [(tap // 3, source) for tap, source in taps_met(dense, 9, step) if tap % 3 == 0]
        assert taps_met(dilated, 9, step) == spread


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
def test_valid_reads_no_padding_and_causal_always_reads_its_own_step(setting):
    for taps, steps in itertools.product((1, 2, 3, 4), (1, 2, 5, 8)):
        layer = Conv1D(1, taps, **setting)
        for step in range(layer.output_steps(steps)):
            met = taps_met(layer, steps, step)
            if layer.padding == "valid":
                assert len(met) == taps
            if layer.padding == "causal":
                assert met[-1] == (taps - 1, step * layer.strides)


def test_a_window_may_lie_wholly_in_the_padding():
    assert taps_met(Conv1D(1, 2, padding="same", dilation_rate=3), 1, 0) == []


# What Keras takes, and what it refuses.


@pytest.mark.parametrize(
    ("valid", "invalid", "message"),
    [
        (dict(filters=1), dict(filters=0), "filters must be a positive integer"),
        (dict(filters=1), dict(filters=-1), "filters must be a positive integer"),
        (dict(filters=1), dict(filters=True), "filters must be a positive integer"),
        (dict(filters=1), dict(filters=1.0), "filters must be a positive integer"),
        (dict(filters=1), dict(filters=None), "filters must be a positive integer"),
        (dict(kernel_size=(3,)), dict(kernel_size=(3, 3)), "kernel_size must be a positive integer"),
        (dict(kernel_size=3), dict(kernel_size="3"), "kernel_size must be a positive integer"),
        (dict(strides=(2,)), dict(strides=0), "strides must be a positive integer"),
        (dict(padding="SAME"), dict(padding="full"), "padding must be one of 'valid', 'same', 'causal'"),
        (dict(padding="same"), dict(padding=None), "padding must be one of"),
        (dict(data_format="channels_first"), dict(data_format="first"), "data_format must be one of"),
        (dict(strides=2), dict(strides=2, dilation_rate=2), "strides > 1 together with dilation_rate > 1"),
        (dict(filters=4, groups=2), dict(filters=3, groups=2), "filters must be a multiple of groups"),
        (dict(groups=1), dict(groups=0), "groups must be a positive integer"),
        (dict(activation="relu"), dict(activation="mish"), "activation must be one of None, 'linear', 'relu'"),
        (dict(activation=None), dict(activation=abs), "activation must be one of"),
        (dict(dtype="float32"), dict(dtype="float16"), "dtype must be float32"),
    ],
    ids=str,
)
def test_invalid_settings_are_refused_beside_valid_ones(valid, invalid, message):
    base = dict(filters=2, kernel_size=3)
    Conv1D(**base | valid)
    with pytest.raises(ValueError, match=message) as error:
        Conv1D(**base | invalid)
    assert "Received" in str(error.value)
    assert "\n" not in str(error.value)


def test_keras_arguments_that_change_nothing_are_dropped():
    plain = Conv1D(4, 5)
    full = Conv1D(
        4,
        5,
        1,
        "valid",
        None,
        1,
        1,
        None,
        True,
        "ones",
        "zeros",
        "l2",
        None,
        None,
        "non_neg",
        None,
        name="a",
        trainable=False,
    )
    assert plain == full
    assert hash(plain) == hash(full)
    assert full.name == "a"


def test_an_unknown_argument_is_a_type_error_as_in_python():
    with pytest.raises(TypeError):
        Conv1D(4, 5, stride=2)


def test_repr_is_the_call_that_makes_the_record():
    layer = Conv1D(4, 5, padding="same", groups=2, activation="relu", use_bias=False)
    assert repr(layer) == "Conv1D(4, 5, padding='same', groups=2, activation='relu', use_bias=False)"
    assert eval(repr(layer), {"Conv1D": Conv1D}) == layer


def test_a_record_cannot_be_changed():
    with pytest.raises(AttributeError):
        Conv1D(4, 5).filters = 3


def test_channels_must_fit_the_groups():
    assert Conv1D(4, 3, groups=2).output_shape((5, 6)) == (3, 4)
    with pytest.raises(ValueError, match="multiple of groups. Received: channels=5, groups=2"):
        Conv1D(4, 3, groups=2).output_shape((5, 5))


def test_a_valid_window_must_fit():
    assert Conv1D(1, 3, dilation_rate=2).output_shape((5, 1)) == (1, 1)
    with pytest.raises(ValueError, match="span of the kernel, 5 steps"):
        Conv1D(1, 3, dilation_rate=2).output_shape((4, 1))
    with pytest.raises(ValueError, match=r"span of the window, 5 steps.*Received: steps=3, pool_size=5$"):
        cx.MaxPooling1D(5).output_shape((3, 2))


def test_sizes_may_be_symbols_in_the_same_lines_of_arithmetic():
    n, taps, stride, t, k = sympy.symbols("n K s t k")
    for padding in ("valid", "same", "causal"):
        symbolic = Conv1D(2, taps, strides=stride, padding=padding)
        rule = symbolic.source_step(n, t, k)
        for numbers in itertools.product((4, 7), (1, 2, 3), (1, 2)):
            concrete = Conv1D(2, numbers[1], strides=numbers[2], padding=padding)
            point = dict(zip((n, taps, stride), numbers, strict=True)) | {t: 1, k: 0}
            assert rule.subs(point) == concrete.source_step(numbers[0], 1, 0)
            assert sympy.sympify(symbolic.output_steps(n)).subs(point) == concrete.output_steps(numbers[0])


def test_a_symbol_that_cannot_be_a_size_is_refused():
    Conv1D(sympy.Symbol("F", positive=True), 3)
    with pytest.raises(ValueError, match="cannot be one"):
        Conv1D(sympy.Symbol("F", negative=True), 3)
