"""Every oracle against exact integers, over the settings that layers have; and what a missing part says."""

import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_layers import any_float32, drawn, layers, weights_of

from convexplain.check import oracles
from convexplain.layers import Cell, Conv1D
from convexplain.numbers import exact
from convexplain.system import parts

SETTINGS = [
    ((7, 1), Conv1D(2, 3)),
    ((7, 2), Conv1D(2, 4, padding="same", activation="relu")),
    ((9, 4), Conv1D(6, 3, strides=2, padding="same", groups=2)),
    ((9, 2), Conv1D(2, 3, strides=3, padding="causal", use_bias=False)),
    ((3, 2), Conv1D(2, 5, padding="same", dilation_rate=2)),
    ((2, 1), Conv1D(1, 4, padding="causal", dilation_rate=3)),
    ((9, 3), Conv1D(3, 2, groups=3, dilation_rate=2, activation="relu", data_format="channels_first")),
    ((5, 2), Conv1D(4, 1)),
]


def integers(layer, shape, seed=0, batch=3):
    """A batch of integers and integer weights, whose sums float32 holds exactly."""
    rng = np.random.default_rng(seed)
    x = rng.integers(-99, 100, (batch, *shape)).astype(np.float32)
    return weights_of(layer, shape[1], lambda size: rng.integers(-99, 100, size)), x


def by_terms(layer, weights, x):
    """The outputs in Python integers, term by term."""
    batch, steps, channels = x.shape
    y = np.empty((batch, layer.output_steps(steps), layer.filters))
    for row, step, filter in np.ndindex(y.shape):
        terms = [term for term in layer.terms((steps, channels), Cell(step, filter)) if not term.padded]
        value = sum(int(weights[0][term.weight]) * int(x[row][term.source]) for term in terms)
        value += int(weights[1][filter]) if layer.use_bias else 0
        y[row, step, filter] = value if layer.is_linear else max(0, value)
    return y


def check(oracle, layer, shape, seed=0):
    weights, x = integers(layer, shape, seed)
    y = oracle(layer, weights, x)
    assert np.array_equal(y, by_terms(layer, weights, x))
    assert y.dtype == np.float32


@pytest.mark.parametrize("oracle", [oracles.exact, oracles.scipy])
@given(layers(most_steps=9), st.integers(0, 2**32 - 1))
@drawn(100)
def test_scipy_and_exact_integers(oracle, setting, seed):
    check(oracle, *setting, seed)


def test_exact_rounds_once():
    layer, rng = Conv1D(3, 4, padding="same", activation="relu"), np.random.default_rng(0)
    weights = weights_of(layer, 2, lambda size: any_float32(rng, size, -20, 20))
    x = any_float32(rng, (2, 6, 2), -20, 20)
    y = oracles.exact(layer, weights, x)
    for row in range(2):
        value = exact.exact_values(layer, weights, exact.scaled(x[row]))
        assert y[row].tolist() == value.to_float32().tolist()


def test_scipy_makes_the_notebooks_calls():
    from scipy.signal import convolve

    rng = np.random.default_rng(0)
    x, kernel = rng.random((1, 16, 4), np.float32), rng.random((5, 4, 8), np.float32)
    y = oracles.scipy(Conv1D(8, 5, use_bias=False), [kernel], x)
    for i in range(8):
        total = sum(convolve(x[0, :, j], kernel[::-1, j, i], mode="valid", method="direct") for j in range(4))
        assert np.array_equal(y[0, :, i], total)


@pytest.mark.keras
@pytest.mark.parametrize("call", oracles.CALLS)
@pytest.mark.parametrize(("shape", "layer"), SETTINGS)
def test_keras(call, shape, layer):
    check(oracles.keras_called(call), layer, shape)


@pytest.mark.keras
@pytest.mark.parametrize("call", oracles.CALLS)
def test_layers_like_a_live_one_and_the_live_one_itself(call):
    import keras

    for shape, layer in SETTINGS:
        live = keras.layers.Conv1D(
            layer.filters,
            layer.kernel_size,
            strides=layer.strides,
            padding=layer.padding,
            data_format=layer.data_format,
            dilation_rate=layer.dilation_rate,
            groups=layer.groups,
            activation=layer.activation,
            use_bias=layer.use_bias,
        )
        live.build((None, *(shape[::-1] if layer.data_format == "channels_first" else shape)))
        weights, x = integers(layer, shape)
        live.set_weights(weights)
        unread = [np.full_like(array, np.nan) for array in weights]
        # The record is not looked at: it may be what was read wrongly.
        assert np.array_equal(oracles.like(live, call)(None, weights, x), by_terms(layer, weights, x))
        assert np.array_equal(oracles.itself(live, call)(layer, unread, x), by_terms(layer, weights, x))


def test_torch():
    pytest.importorskip("torch")
    for shape, layer in SETTINGS:
        check(oracles.torch, layer, shape)


@pytest.mark.keras
@pytest.mark.parametrize("backend", oracles.BACKENDS)
def test_other_backends_of_keras(backend):
    if not parts.is_installed(*parts.keras_and_backend(backend)):
        pytest.skip(f"Keras on {backend} is not installed")
    for shape, layer in SETTINGS:
        if layer.data_format == "channels_last":
            check(oracles.keras_backend(backend), layer, shape)


@pytest.mark.keras
def test_an_error_in_another_process_arrives_here():
    backend = os.environ.get("KERAS_BACKEND", "tensorflow")
    with pytest.raises(RuntimeError, match="ValueError"):
        oracles.keras_backend(backend)(Conv1D(1, 3), [np.zeros((2, 1, 1)), np.zeros(1)], np.zeros((1, 4, 1)))


def test_unknown_words_are_refused():
    with pytest.raises(ValueError, match=r"the backend must be one of .* Received: 'theano'"):
        oracles.keras_backend("theano")


def test_a_missing_part_says_what_installs_it(monkeypatch):
    monkeypatch.setitem(parts.INSTALL, "a_part_that_is_not_there", "pip install it")
    with pytest.raises(
        parts.MissingPart, match="this needs a_part_that_is_not_there, which is not installed: pip install it"
    ):
        parts.require("a_part_that_is_not_there")
    assert not parts.is_installed("numpy", "a_part_that_is_not_there")
    assert parts.is_installed("numpy")


def test_a_part_that_lacks_its_own_parts_names_them(tmp_path, monkeypatch):
    (tmp_path / "half_a_part.py").write_text("import a_part_that_is_not_there\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(parts.INSTALL, "half_a_part", "pip install it")
    with pytest.raises(
        parts.MissingPart, match="half_a_part, which cannot be imported without a_part_that_is_not_there"
    ):
        parts.require("half_a_part")


def test_a_broken_part_is_told_from_one_that_is_not_installed(tmp_path, monkeypatch):
    (tmp_path / "broken_part.py").write_text("raise ImportError('undefined symbol (ABI)')\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(parts.INSTALL, "broken_part", "pip install it")
    said = "broken_part, which is there but cannot be imported; .*--force-reinstall it.*'undefined symbol .ABI.'"
    with pytest.raises(parts.MissingPart, match=said):
        parts.require("broken_part")


def test_a_mistyped_backend_is_answered_with_those_there_are(monkeypatch):
    monkeypatch.setenv("KERAS_BACKEND", "tenserflow")
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    with pytest.raises(ValueError, match=r"KERAS_BACKEND must be one of 'tensorflow', 'jax'.* mean 'tensorflow'\?"):
        parts.require("keras")


def test_without_keras_the_default_oracle_says_so():
    code = """
import sys
sys.modules["keras"] = None
import numpy as np
from convexplain.system import parts
from convexplain.check import oracles, verify
from convexplain.layers import Conv1D
from convexplain.network import Network
from convexplain.stack import Stack
try:
    verify.verify(Network(Stack((4, 1), [Conv1D(1, 2)])))
except parts.MissingPart as error:
    print(error)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=_environment(), check=True)
    assert run.stdout.strip() == 'this needs keras, which is not installed: pip install "tensorflow>=2.18" "keras>=3.5"'


@pytest.mark.keras
def test_keras_is_asked_without_a_word_on_the_terminal():
    code = """
import numpy as np
from convexplain.check import oracles
from convexplain.layers import Conv1D
for steps in range(3, 12):
    for call in oracles.CALLS:
        oracles.keras(Conv1D(1, 2), [np.ones((2, 1, 1)), np.ones(1)], np.ones((1, steps, 1)), call)
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=_environment(), check=True)
    assert (run.stdout, run.stderr) == ("", "")


def _environment():
    unset = {"TF_CPP_MIN_LOG_LEVEL"}
    return {key: value for key, value in os.environ.items() if key not in unset} | {
        "PYTHONPATH": os.pathsep.join(sys.path)
    }
