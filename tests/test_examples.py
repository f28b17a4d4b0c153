"""The recorded examples: Keras still gives what was recorded, for the recorded draw and for fresh ones."""

import numpy as np
import pytest

import convexplain as cx
from convexplain import examples


def test_the_table():
    small = ["sliding_window", "kernel_flip", "channel_summation", "padding_modes", "collapse", "gradient_flip"]
    assert list(examples.EXAMPLES) == [*small, "two_layers", "notebook"]
    with pytest.raises(
        ValueError, match="the example must be one of 'sliding_window', 'kernel_flip', 'channel_summation'"
    ):
        cx.example("nothing")


def test_the_notebooks_model_is_the_notebooks():
    stack = cx.notebook().stack
    assert stack == cx.Stack((20, 1), [cx.Conv1D(4, 5, use_bias=False), cx.Conv1D(8, 5, use_bias=False)])
    assert [layer.name for layer in stack.layers] == ["conv_1", "conv_2"]


@pytest.mark.parametrize("name", ["sliding_window", "kernel_flip", "channel_summation"])
def test_small_examples_hide_nothing(name):
    network = examples.network(name)
    kernel = network.weights[0][0]
    assert (kernel != kernel[::-1]).any(axis=0).all(), "a symmetric kernel row hides the flip"
    rows = cx.example(name).ledger(0, 0).rows
    assert all(row.sample for row in rows), "a zero in the first window hides the product"


def test_all_paths_of_the_two_layers_can_be_multiplied_by_hand():
    network = examples.network("two_layers")
    (w1,), (w2,) = network.weights
    assert all((kernel != kernel[::-1]).any() for kernel in (*w1[:, 0].T, *w2[:, :, 0].T)), "a flip would hide"
    paths = list(cx.example("two_layers").paths(2, 0))
    products = [w1[a] * w2[b] * network.x[cells[0]] for (a, b), cells in paths]
    assert len(paths) == 12
    assert all(products)
    assert sum(products) == network.recorded.outputs[1][2, 0] == -4


@pytest.mark.parametrize("name", examples.EXAMPLES)
def test_recorded_numbers_pass_the_check(name):
    from convexplain.check.verify import check

    found = check(examples.network(name))
    assert found.ok
    assert found.error <= found.bound
    assert found.oracle.startswith("Keras ")


def test_a_wrong_record_is_refuted():
    from dataclasses import replace

    from convexplain.check.verify import check
    from convexplain.network import Recorded

    network = examples.network("notebook")
    for level in (0, 1):
        outputs = [output.copy() for output in network.recorded.outputs]
        outputs[level][3, 2] += 1e-5
        assert not check(replace(network, recorded=Recorded(tuple(outputs), "a fault"))).ok
    with pytest.raises(cx.Refuted, match="must pass the check before they are drawn"):
        cx.Explanation(replace(network, recorded=Recorded(tuple(outputs), "a fault"))).story("channel_summation")


@pytest.mark.keras
@pytest.mark.parametrize("name", examples.EXAMPLES)
def test_keras_still_gives_the_recorded_outputs(name):
    from convexplain.check.verify import record

    recorded = examples.network(name)
    network = cx.explain(recorded.stack, recorded.x, weights=recorded.weights).network
    for level, (then, now) in enumerate(zip(recorded.recorded.outputs, record(network).outputs, strict=True), 1):
        bounds = [
            [float(cx.example(name).ledger(t, f, level=level).bound) for f in range(then.shape[1])]
            for t in range(then.shape[0])
        ]
        assert (np.abs(then - now) <= 2 * np.array(bounds)).all()


@pytest.mark.keras
@pytest.mark.parametrize("name", examples.EXAMPLES)
def test_keras_still_gives_the_recorded_siblings(name):
    from convexplain.data.record import ask_siblings

    network = examples.network(name)
    now = ask_siblings(network.stack.layers[0], list(network.weights[0]), network.x[None])
    assert len(now) >= 8
    for layer, then in network.recorded.siblings.items():
        assert np.abs(then - now[repr(layer)]).max() < 1e-6


@pytest.mark.keras
def test_the_seed_draws_the_recorded_notebook():
    from convexplain.data.record import draw_notebook

    model, x = draw_notebook()
    network = examples.network("notebook")
    assert np.array_equal(x[0], network.x)
    for layer, (kernel,) in zip(model.layers[1:], network.weights, strict=True):
        assert np.array_equal(layer.get_weights()[0], kernel)


@pytest.mark.keras
def test_the_verdict_holds_for_fresh_draws():
    import keras

    for seed in (1, 2):
        keras.utils.set_random_seed(seed)
        outputs = [keras.Input(shape=(20, 1))]
        for filters in (4, 8):
            outputs.append(keras.layers.Conv1D(filters, 5, use_bias=False)(outputs[-1]))
        ex = cx.explain(keras.Model(inputs=outputs[0], outputs=outputs[1:]))
        verdict = ex.verify()
        assert verdict.ok, str(verdict)
        assert all(level.error <= level.bound for level in verdict.levels)


@pytest.mark.keras
def test_the_notebooks_own_checks():
    """Layer 1 by one convolve per filter, layer 2 by a sum over channels; the filter count comes from the kernel."""
    from scipy.signal import convolve

    network = examples.network("notebook")
    (w1,), (w2,) = network.weights
    y1, y2 = network.recorded.outputs
    x = network.x[:, 0]
    first = np.stack([convolve(x, w1[::-1, 0, i], "valid", "direct") for i in range(w1.shape[2])], axis=1)
    assert np.abs(first - y1).max() < 1e-6
    second = np.stack(
        [
            sum(convolve(y1[:, j], w2[::-1, j, i], "valid", "direct") for j in range(w2.shape[1]))
            for i in range(w2.shape[2])
        ],
        axis=1,
    )
    assert np.abs(second - y2).max() < 1e-6
