"""Published networks, saved by Keras, read without it: every level is what Keras's own layer makes of the levels below,
and the outputs are the model's own.
"""

import dataclasses

import numpy as np
import pytest
from architectures import NETWORKS, trained, transformer

import convexplain as cx
from convexplain import reader
from convexplain.check import verify

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def keras():
    import os

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    keras = pytest.importorskip("keras")
    keras.utils.set_random_seed(1)
    return keras


@pytest.mark.parametrize("name", NETWORKS)
def test_a_published_network_is_read_from_its_file_and_computes_what_keras_computes(name, keras, tmp_path):
    keras.utils.clear_session()
    model = trained(NETWORKS[name](keras))
    path = tmp_path / f"{name}.keras"
    model.save(path)
    network, live = reader.read(path), reader.read(model)
    stack = network.stack
    assert stack == live.stack
    assert [layer.name for layer in stack.layers] == [layer.name for layer in live.stack.layers]
    if name not in ("siamese", "idioms", "melgan"):  # without inner models, shared layers and activations apart
        own = getattr(model, "operations", model.layers)
        expected = [layer.name for layer in own if type(layer).__name__ != "InputLayer"]
        assert [layer.name for layer in stack.layers] == expected
    for ours, theirs in zip(network.weights, live.weights, strict=True):
        assert all(np.array_equal(one, other) for one, other in zip(ours, theirs, strict=True))

    rng = np.random.default_rng(0)
    x = [rng.normal(size=shape).astype("float32") for shape in stack.shapes[: stack.input_count]]
    told = dataclasses.replace(live, x=tuple(x) if len(x) > 1 else x[0])
    verdict = verify.verify(told)
    assert verdict.ok, verdict
    assert all(level.index_map == "proved" for level in verdict.levels if level.layer.startswith(("Conv1D", "Dense")))
    assert all(level.local.error <= level.local.bound and level.local.skipped == 0 for level in verdict.levels)
    levels = [*x, *verify.record(told).outputs]
    for level in range(stack.input_count, stack.depth + 1):
        assert levels[level].shape == stack.shapes[level]
    batch = [array[None] for array in x]
    if len(batch) == 1:
        given = batch[0]
    else:
        given = dict(zip(stack.input_names, batch, strict=True)) if isinstance(model.input, dict) else batch
    answers = keras.tree.flatten(model(given))
    # A chain has one output, its last level; a model may give those in between, too.
    ends = [levels[level] for level in stack.outputs]
    for answer, end in zip(answers[-len(ends) :], ends, strict=True):
        assert np.abs(np.asarray(answer)[0] - end).max() <= 1e-6 * (np.abs(end).max() + 1)


@pytest.mark.parametrize("name", NETWORKS)
def test_a_published_network_has_equations_ledgers_and_closed_forms(name, keras, tmp_path):
    path = tmp_path / f"{name}.keras"
    trained(NETWORKS[name](keras)).save(path)
    ex = cx.explain(path, until=None)
    for level in range(ex.stack.input_count, ex.stack.depth + 1):
        cell = tuple(size // 2 for size in ex.stack.shapes[level])
        assert ex.equation(level).lhs.has(*ex.equation(level).lhs.indices)
        form, ledger = ex.level(level).at(*cell, depth=1), ex.ledger(*cell, level=level)
        assert form.free_symbols
        assert len(ledger.rows) >= 1


def test_a_transformer_is_refused_by_name_and_explained_up_to_there(keras, tmp_path):
    path = tmp_path / "transformer.keras"
    transformer(keras).save(path)
    for source in (path, keras.saving.load_model(path)):
        with pytest.raises(ValueError, match=r"layer 2 \('attention'\).*explained: Conv1D.*'MultiHeadAttention'") as no:
            cx.explain(source)
        assert "until=1 explains what comes before it" in str(no.value)
        assert len(str(no.value)) < 500
        for last in ("embedded", 1):
            assert cx.explain(source, until=last).stack == cx.Stack((20, 3), [cx.Conv1D(8, 3, padding="same")])
