"""What a verdict proves: right oracles pass, whatever their order of summation and their weights; wrong ones do not."""

import itertools
import json
import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from layer_table import IDS, TABLE
from random_layers import any_float32, drawn, layers

from convexplain.check import impulses, oracles, roles, verify
from convexplain.check.mistakes import MISTAKES, right
from convexplain.examples import network
from convexplain.layers import Cell, Conv1D, SeparableConv1D, functions, stated, statement
from convexplain.layers.statement import ZERO, Read, ground
from convexplain.network import Network, Recorded, check_weights
from convexplain.numbers import exact
from convexplain.stack import Stack
from convexplain.system import parts

pytestmark = pytest.mark.long

seeds = st.integers(0, 2**32 - 1)


def network_of(shape, layers, draw=None, seed=0):
    """A network with weights made by ``draw(rng, shape)``, normal ones when None."""
    rng = np.random.default_rng(seed)
    stack = Stack(shape, layers)
    draw = draw or (lambda rng, size: rng.normal(size=size))
    weights = [
        [draw(rng, size) for size in layer.weight_shapes(channels)]
        for layer, (_, channels) in zip(layers, stack.shapes, strict=False)
    ]
    return Network(stack, check_weights(stack, weights), draw(rng, shape).astype(np.float32))


def bare(shape, *layers):
    return Network(Stack(shape, layers))


# float32 evaluations that are all right: the order of the sum, FMA and the flushing of subnormals are theirs to choose


def flushed(array):
    return np.where(np.abs(array) < np.finfo(np.float32).tiny, np.float32(0), array)


def float32_oracle(order, fused=False, flush=False):
    """The terms added one by one in float32, shuffled by ``order``; fused: the product is not rounded on its own."""

    def oracle(layer, weights, x):
        batch, steps, channels = x.shape
        kernel, x = (flushed(weights[0]), flushed(x)) if flush else (weights[0], x)
        y = np.zeros((batch, layer.output_steps(steps), layer.filters), np.float32)
        for step, filter in np.ndindex(y.shape[1:]):
            terms = [term for term in layer.terms((steps, channels), Cell(step, filter)) if not term.padded]
            np.random.default_rng(order).shuffle(terms)
            total = np.zeros(batch, np.float32)
            for term in terms:
                product = np.float64(kernel[term.weight]) * x[:, term.source.step, term.source.channel].astype(float)
                if not fused:
                    product = product.astype(np.float32)
                    product = flushed(product) if flush else product
                total = (total.astype(np.float64) + product).astype(np.float32)
                total = flushed(total) if flush else total
            if layer.use_bias:
                total = total + (flushed(weights[1]) if flush else weights[1])[filter]
                total = flushed(total) if flush else total
            y[:, step, filter] = total if layer.is_linear else np.maximum(total, 0)
        return y

    return oracle


@given(layers(most_steps=6), seeds, st.booleans(), st.booleans(), st.sampled_from(["usual", "tiny", "all sizes"]))
@drawn(40)
def test_every_order_of_summation_is_accepted(setting, seed, fused, flush, sizes):
    layer, shape = setting
    low, high = {"usual": (-6, 3), "tiny": (-149, -60), "all sizes": (-149, 40)}[sizes]
    told = network_of(shape, [layer], lambda rng, size: any_float32(rng, size, low, high), seed)
    verdict = verify.verify(told, float32_oracle(seed, fused, flush))
    assert verdict.ok, verdict
    assert verdict.levels[0].error <= verdict.levels[0].bound


def test_weights_of_zero_and_subnormal_weights_hide_no_mistake():
    for size in (0.0, 1e-42):
        told = network_of((6, 2), [Conv1D(2, 2)], lambda rng, shape, size=size: np.full(shape, size))
        for oracle in (oracles.scipy, oracles.exact, right):
            assert verify.verify(told, oracle).ok
        for name in ("the kernel is flipped along the taps", "the bias is forgotten"):
            assert not verify.verify(told, MISTAKES[name]).ok


def test_the_bound_is_sharp_enough_to_see_a_small_error():
    """An oracle that is right in every probe, and on the real numbers off by half or one and a half of one bound."""
    told = network("notebook")

    def off(factor):
        def oracle(layer, weights, x):
            y = oracles.exact(layer, weights, x).astype(np.float64)
            if np.array_equal(weights[0], told.weights[1][0]):
                bounds = exact.error_bounds(layer, weights, exact.scaled(x[0]))
                y[0, 3, 5] += factor * float(exact.as_fraction(int(bounds.integers[3, 5]), bounds.exponent))
            return y

        return oracle

    assert verify.verify(told, off(0.5)).ok
    verdict = verify.verify(told, off(1.5))
    assert [level.ok for level in verdict.levels] == [True, False]
    assert verdict.levels[1].local.beyond == 1
    assert verdict.levels[1].index_map == "proved"
    assert "in 1 outputs further from the exact value" in verdict.levels[1].faults[0]


def test_an_error_that_builds_up_is_held_against_the_bound_from_the_input_on():
    told = network_of((30, 3), [Conv1D(4, 3, activation="relu"), Conv1D(4, 3, padding="same"), Conv1D(2, 5)])
    levels = verify.verify(told, float32_oracle(1)).levels
    exact_level = exact.scaled(told.x)
    below = told.x
    for level, layer, weights in zip(levels, told.stack.layers, told.weights, strict=True):
        exact_level = exact.exact_values(layer, weights, exact_level)
        below = float32_oracle(1)(layer, weights, below[None])[0]
        apart = abs(exact.scaled(below) - exact_level).largest()
        assert abs(level.total.error - apart) <= apart / 2**20
        assert level.total.error <= level.total.bound
        assert level.total.bound >= level.local.bound


def test_what_may_overflow_is_not_compared_and_refutes_nothing():
    told = network_of((5, 1), [Conv1D(1, 2), Conv1D(1, 1)], lambda rng, size: np.full(size, 1e30))
    with np.errstate(over="ignore"):
        verdict = verify.verify(told, float32_oracle(0))
    assert verdict.ok
    assert verdict.levels[0].local.skipped == 4
    assert verdict.levels[1].local.skipped == 4
    assert verdict.levels[1].total is None
    assert "4 outputs not compared" in str(verdict)


# the probes


ROWS = [pytest.param(layer, shapes, id=name) for (layer, shapes), name in zip(TABLE, IDS, strict=True)]


def check_rows(layer, shapes):
    whole = stated(layer, *shapes)
    rows = roles.rows(whole, 900)
    cells = [(row.source, *map(int, cell)) for row in rows for cell in zip(*row.cells, strict=True)]
    assert sorted(cells) == sorted((source, *cell) for source, shape in enumerate(shapes) for cell in np.ndindex(shape))
    lit = [{(row.source, *map(int, cell)) for cell in zip(*row.cells, strict=True)} for row in rows]
    for cell in np.ndindex(layer.output_shape(*shapes)):
        point = dict(zip((r.name for r in whole.axes), cell, strict=True))
        read = {
            (leaf.source, *leaf.indices)
            for leaf in statement.walk(ground(whole.value, point, whole.sizes) or ZERO)
            if isinstance(leaf, Read)
        }
        assert all(len(read & some) <= 1 for some in lit)


@pytest.mark.parametrize(("layer", "shapes"), ROWS)
def test_rows_of_impulses_hold_every_sample_once_and_no_output_reads_two(layer, shapes):
    check_rows(layer, shapes)


@given(layers(most_steps=8))
@drawn(60)
def test_so_do_those_of_convolutions_of_any_setting(setting):
    layer, shape = setting
    check_rows(layer, (shape,))


@pytest.mark.parametrize("factors", [1, 2])
def test_a_product_tells_its_factors(factors):
    symbols, amplitudes = impulses.SYMBOLS[factors], impulses.AMPLITUDES[factors].tolist()
    apart = [symbol for some in symbols for symbol in some.tolist()]
    assert all(symbol % divisor for symbol in apart for divisor in range(2, math.isqrt(symbol) + 1))
    assert len(set(apart)) == len(apart)
    products = [math.prod(chosen) for chosen in itertools.product(amplitudes, *(some.tolist() for some in symbols))]
    assert len(set(products)) == len(products)
    assert max(products) < 2 * min(products)
    assert max(products) < 2**24


@pytest.mark.parametrize("layer", [Conv1D(8, 3), Conv1D(64, 3, groups=2), SeparableConv1D(30, 5, depth_multiplier=3)])
def test_the_digits_of_two_weights_differ(layer):
    questions = list(impulses.symbols(layer, [(9, 8)]))
    for place, array in enumerate(layer.arrays((9, 8))):
        if array.letter != "b":
            told = np.stack([weights[place].ravel() for weights in questions])
            assert len(np.unique(told, axis=1).T) == math.prod(array.shape)


@pytest.mark.parametrize("limit", [{"seconds": 0.0}, {"memory": 2000}])
def test_beyond_a_budget_probes_take_the_place_of_the_proof_and_say_so(limit):
    told = bare((40, 6), Conv1D(6, 3, padding="same"))
    (level,) = verify.verify(told, right, **limit).levels
    assert level.ok
    assert level.index_map == "probed"
    assert "16 random probes miss a wrong output with a probability of at most" in level.index_map_how
    assert "no proof" in level.index_map_how
    for name in ("the kernel is flipped along the taps", "the windows start one step late"):
        assert not verify.verify(told, MISTAKES[name], **limit).ok


def test_a_large_layer_is_proved():
    (level,) = verify.verify(bare((500, 64), Conv1D(64, 3, padding="same")), right).levels
    assert level.index_map == "proved"
    assert "12,288 weights and 32,000 samples" in level.index_map_how


WRONG = {
    "the answer must have the shape": lambda y: y[:, :-1],
    "the answer must hold floating-point numbers": lambda y: y.astype(int),
    "dtype 'complex128'": lambda y: y.astype(complex),
    "dtype 'object'": lambda y: y.astype(object),
    "NaN or infinite": lambda y: y * np.nan,
    "Received: ()": lambda y: None,
    "it raised ZeroDivisionError": lambda y: 1 / 0,
}


@pytest.mark.parametrize("sentence", WRONG)
def test_what_is_no_answer_is_a_refutation_with_a_sentence(sentence):
    told = network_of((6, 2), [Conv1D(2, 3), Conv1D(2, 2)])
    verdict = verify.verify(told, lambda layer, weights, x: WRONG[sentence](right(layer, weights, x)))
    assert not verdict.ok
    assert all(level.index_map == level.bias == "refuted" and level.cells_equal == 0 for level in verdict.levels)
    assert all(sentence in fault for fault in verdict.levels[0].faults if "real" not in fault)
    assert sentence in " ".join(str(verdict).split())


def test_an_oracle_that_works_in_place_changes_only_its_copy():
    def rough(layer, weights, x):
        y = right(layer, weights, x)
        x[:] = 0
        for array in weights:
            array[:] = 7
        return y

    assert verify.verify(network_of((6, 2), [Conv1D(2, 3), Conv1D(2, 2)]), rough).ok


def test_a_missing_part_is_not_a_refutation():
    def absent(layer, weights, x):
        raise parts.MissingPart("this needs more")

    with pytest.raises(parts.MissingPart):
        verify.verify(bare((6, 1), Conv1D(1, 2)), absent)


def test_another_call_is_refused():
    with pytest.raises(ValueError, match=r"call must be one of 'eager', 'predict', 'both'. Received: 'lazy'"):
        verify.verify(bare((6, 1), Conv1D(1, 2)), right, call="lazy")


def test_what_is_no_oracle_is_refused():
    with pytest.raises(ValueError, match=r"oracle must be a callable .* Received: 'scipy'"):
        verify.verify(bare((6, 1), Conv1D(1, 2)), "scipy")


# what is told


def test_a_verdict_for_people_fits_the_page_and_is_escaped():
    def shouting(layer, weights, x):
        raise RuntimeError("\x1b]0;title\x07<script>" * 1000)

    layer = Conv1D(3, 2, name="\x1b[31m<script>alert(1)</script>" * 3000)
    told = network_of((600, 2), [layer, Conv1D(2, 2)])
    for oracle in (right, MISTAKES["the kernel is flipped along the taps"], shouting):
        verdict = verify.verify(told, oracle)
        assert max(map(len, str(verdict).splitlines())) <= 100
        assert "\x1b" not in str(verdict)
        assert "<script>" not in verdict._repr_html_()
        assert repr(verdict) == str(verdict)
        assert bool(verdict) is verdict.ok


def test_a_verdict_for_machines_is_plain():
    told = verify.verify(network("notebook"), oracles.scipy).to_dict()
    assert json.loads(json.dumps(told)) == told
    assert told["ok"] is True
    assert [level["index_map"] for level in told["levels"]] == ["proved", "proved"]
    assert 0 < told["levels"][1]["local"]["error"] <= told["levels"][1]["local"]["bound"]


def test_the_notebooks_own_check_is_told_next_to_the_bound():
    levels = verify.verify(network("notebook"), oracles.exact).levels
    assert all(0 < level.scipy_difference < 1e-6 for level in levels)
    assert [level.scipy_difference for level in verify.verify(network("notebook"), oracles.scipy).levels] == [None] * 2


def test_without_weights_there_are_no_real_numbers():
    verdict = verify.verify(bare((9, 2), Conv1D(2, 3)), right)
    assert verdict.ok
    assert verdict.levels[0].local is verdict.levels[0].total is verdict.levels[0].error is None
    assert len(verdict.assumptions) == 1


# the check that pictures rest on


def test_the_check_uses_what_keras_once_answered():
    told = network("notebook")
    check = verify.check(told)
    assert check.ok
    assert check.oracle == told.recorded.source
    assert 0 < check.error <= check.bound < Fraction(1, 10**5)
    outputs = [output.copy() for output in told.recorded.outputs]
    outputs[1][0, 0] += np.float32(1e-5)
    wrong = verify.check(Network(told.stack, told.weights, told.x, Recorded(tuple(outputs), "someone")))
    assert not wrong.ok
    assert wrong.error > check.error
    assert "not equal to someone" in str(wrong)


def test_the_check_asks_scipy_when_keras_is_not_installed(monkeypatch):
    monkeypatch.setattr(parts, "is_installed", lambda *needed: False)
    check = verify.check(network_of((9, 2), [Conv1D(2, 3, activation="relu"), Conv1D(2, 2)]))
    assert check.ok
    assert "SciPy" in check.oracle


def test_the_check_needs_weights():
    with pytest.raises(ValueError, match="needs weights"):
        verify.check(bare((6, 1), Conv1D(1, 2)))


# Keras itself


@pytest.mark.keras
def test_the_notebooks_verdict_in_both_calls():
    verdict = verify.verify(network("notebook"), call="both")
    assert verdict.ok
    assert [(level.call, level.name) for level in verdict.levels] == [
        (call, name) for call in oracles.CALLS for name in ("conv_1", "conv_2")
    ]
    assert all(level.index_map == "proved" and level.cells_equal == level.cells for level in verdict.levels)
    assert "called eagerly" in verdict.oracles[0]
    assert "predict" in verdict.oracles[1]


@pytest.mark.keras
def test_keras_adds_the_bias_along_time_and_the_verdict_names_it():
    """channels_first, as many filters as output steps, called eagerly: Keras's own fault. Its neighbours are right."""
    verdict = verify.verify(bare((5, 1), Conv1D(5, 1, data_format="channels_first")), call="both")
    eager, predict = verdict.levels
    assert (eager.ok, eager.index_map, eager.bias) == (False, "proved", "refuted")
    assert "a known fault of Keras" in eager.discrepancy
    assert predict.ok
    for shape, layer in (
        ((6, 1), Conv1D(5, 1, data_format="channels_first")),
        ((5, 1), Conv1D(5, 1)),
        ((5, 1), Conv1D(5, 1, data_format="channels_first", use_bias=False)),
    ):
        assert verify.verify(bare(shape, layer)).ok


@pytest.mark.keras
@pytest.mark.parametrize(("call", "count"), [("eager", 60), ("predict", 12)])
def test_keras_is_right_in_every_setting_but_one(call, count):
    """Its fault shows just where channels_first and a bias meet as many filters as output steps, called eagerly."""

    @given(layers(most_steps=8))
    @drawn(count)
    def judged(setting):
        layer, shape = setting
        (level,) = verify.verify(bare(shape, layer), call=call).levels
        meets_the_fault = (
            call == "eager"
            and layer.data_format == "channels_first"
            and layer.use_bias
            and layer.filters == layer.output_steps(shape[0]) > 1
        )
        assert level.ok is not meets_the_fault, level
        assert level.ok or "a known fault of Keras" in level.discrepancy

    judged()


WRONG_FORMULAS = {
    "a step late": {"source_step": lambda self, steps, step, tap: Conv1D.source_step(self, steps, step, tap) + 1},
    "flipped": {
        "source_step": lambda self, steps, step, tap: Conv1D.source_step(self, steps, step, self.kernel_size - 1 - tap)
    },
    "the odd zero to the left": {"left_pad": lambda self, steps: Conv1D.left_pad(self, steps) + 1},
    "the groups swapped": {
        "source_channel": lambda self, channels, channel, filter: (
            (channels // self.groups) * (1 - filter // 2) + channel
        )
    },
}


@pytest.mark.keras
@pytest.mark.parametrize("wrong", WRONG_FORMULAS)
def test_a_wrong_formula_of_ours_is_refuted_by_keras(wrong):
    settings = {"padding": "same", "groups": 2, "activation": "relu"}
    assert verify.verify(bare((8, 4), Conv1D(4, 4, **settings))).ok
    mistaken = type("Mistaken", (Conv1D,), WRONG_FORMULAS[wrong])
    assert not verify.verify(bare((8, 4), mistaken(4, 4, **settings))).ok


@pytest.mark.keras
def test_a_formula_without_its_activation_is_refuted_by_keras(monkeypatch):
    mistaken = type("Mistaken", (Conv1D,), {})(4, 4, activation="relu")
    monkeypatch.setattr(functions, "activated", lambda name, body, axis: body)
    assert not verify.verify(bare((8, 4), mistaken)).ok


@pytest.mark.keras
def test_keras_with_tiny_and_zero_weights_is_accepted():
    for size in (0.0, 1e-42, 1e-30):
        told = network_of(
            (12, 3), [Conv1D(4, 3), Conv1D(2, 3, activation="relu")], lambda rng, s, z=size: z * rng.normal(size=s)
        )
        assert verify.verify(told).ok


@pytest.mark.keras
def test_a_live_model_is_compared_with_its_own_layers():
    import dataclasses

    import keras

    from convexplain.reader import read

    for data_format in ("channels_last", "channels_first"):
        live = keras.Sequential(
            [
                keras.Input((12, 2) if data_format == "channels_last" else (2, 12)),
                keras.layers.Conv1D(4, 3, padding="same", data_format=data_format, activation="relu"),
                keras.layers.Conv1D(3, 4, strides=2, data_format=data_format, bias_initializer="glorot_uniform"),
            ]
        )
        told = read(live)
        assert verify.verify(told).ok
        assert verify.check(told).ok
        # What was read wrongly is found out, be it a setting ...
        misread = dataclasses.replace(told.stack.layers[0], padding="causal")
        wrong = dataclasses.replace(told, stack=Stack(told.stack.input_shape, [misread, told.stack.layers[1]]))
        assert [level.ok for level in verify.verify(wrong).levels] == [False, True]
        # ... or a weight.
        kernel = told.weights[1][0].copy()
        kernel[0, 0, 0] += 0.01
        wrong = dataclasses.replace(told, weights=(told.weights[0], (kernel, told.weights[1][1])))
        levels = verify.verify(wrong).levels
        assert [level.ok for level in levels] == [True, False]
        assert levels[1].index_map == "proved"
        assert "the kernel must be what was read" in levels[1].faults[0]


@pytest.mark.keras
def test_a_file_is_compared_with_what_keras_loads(tmp_path):
    import keras

    from convexplain.reader import read

    path = tmp_path / "model.keras"
    layers = [
        keras.layers.Conv1D(4, 5, dilation_rate=2),
        keras.layers.Conv1D(8, 3, padding="causal", activation="relu"),
    ]
    keras.Sequential([keras.Input((20, 1)), *layers]).save(path)
    told = read(path)
    assert told.live is None
    assert verify.verify(told, call="both").ok
    keras.Sequential([keras.Input((30, 1)), *layers]).save(path)
    with pytest.raises(ValueError, match="Keras must load the network that was read"):
        verify.verify(told)
    path.unlink()
    with pytest.raises(ValueError, match="Keras must be able to load the file"):
        verify.verify(told)
