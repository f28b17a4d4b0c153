"""The numbers of pictures: every product and sum is exact as printed, and whatever breaks that is noticed."""

from dataclasses import replace
from fractions import Fraction

import laws
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from random_layers import any_float32, drawn, layers, weights_of

import convexplain as cx
from convexplain import style
from convexplain.board import pieces
from convexplain.check import oracles, verify
from convexplain.network import Levels
from convexplain.stories.shown import show
from convexplain.stories.telling import telling_cell

pytestmark = pytest.mark.long


def network_of(layers, x, weights):
    return cx.explain(cx.Stack(x.shape, layers), x, weights=weights).network


def false_statements(shown, cells=None):
    """Every product and sum of some outputs that is not exact as printed; all outputs of the told levels when None."""
    for level in shown.told:
        steps, filters = shown.network.stack.shapes[level]
        for step, filter in cells or np.ndindex(steps, filters):
            about = (level, step, filter)
            found = shown.ledger(level, (step, filter))
            partials = []
            for partial in found.partial_sums:
                products = []
                for row in partial.rows:
                    k, c, _ = row.term.weight
                    sample = "0" if row.term.padded else shown.text(("cell", level - 1, *row.term.source))
                    products.append(shown.text(("term", *about, k, c)))
                    factors = [shown.text(("weight", level, *row.term.weight)), sample]
                    if not laws.is_product(factors, products[-1]):
                        yield factors, products[-1]
                partials.append(shown.text(("partial", *about, partial.channel)))
                if not style.is_sum(products, partials[-1]):
                    yield products, partials[-1]
            addends = [
                *partials,
                *([pieces.signed(shown.text(("bias", level, filter)))] if found.bias is not None else []),
            ]
            total, output = shown.text(("total", *about)), shown.text(("cell", *about))
            if not style.is_sum(addends, total):
                yield addends, total
            passed = total if found.activation == "linear" or style.read(total) > 0 else "0"
            if output != passed:
                yield [total], output


@given(
    setting=layers(most_steps=8),
    seed=st.integers(0, 10**6),
    sizes=st.tuples(*[st.integers(-12, 12)] * 3),
    mixed=st.booleans(),
)
@drawn(120)
def test_every_printed_product_and_sum_is_exact(setting, seed, sizes, mixed):
    layer, shape = setting
    rng = np.random.default_rng(seed)
    spread = any_float32 if mixed else lambda rng, size, *_: rng.standard_normal(size)
    x = (spread(rng, shape, -20, 20) * 10.0 ** sizes[0]).astype(np.float32)
    own = weights_of(layer, shape[1], lambda size: spread(rng, size, -20, 20) * 10.0 ** sizes[len(size) // 2])
    shown = show(network_of([layer], x, [own]), 1)
    assert not list(false_statements(shown))
    assert shown.check().ok
    assert style.is_sum([], "0")


@given(seed=st.integers(0, 10**6), size=st.integers(-6, 6))
@drawn(25)
def test_several_told_levels_are_exact_too(seed, size):
    rng = np.random.default_rng(seed)
    told = [cx.Conv1D(2, 3, padding="same", activation="relu"), cx.Conv1D(3, 2, use_bias=False), cx.Conv1D(2, 2)]
    x = rng.standard_normal((8, 2)) * 10.0**size
    weights = [
        weights_of(layer, channels, rng.standard_normal) for layer, channels in zip(told, (2, 2, 3), strict=True)
    ]
    network = network_of(told, x, weights)
    for levels in ((1, 2), (2, 3), (1, 2, 3)):
        shown = show(network, levels)
        assert not list(false_statements(shown))
        assert shown.check().ok
        assert shown.told == levels


SETTINGS = {
    "padded": dict(padding="same", strides=2),
    "dilated": dict(padding="causal", dilation_rate=2),
    "in groups": dict(groups=2),
    "relu": dict(activation="relu"),
}
SIZES = {"tiny": 1e-7, "huge": 1e8, "nearly nothing": 1e-40, "nearly everything": 1e30}


@pytest.mark.parametrize("size", SIZES.values(), ids=SIZES)
@pytest.mark.parametrize("setting", SETTINGS.values(), ids=SETTINGS)
def test_numbers_of_any_size_are_short_to_read(setting, size):
    rng = np.random.default_rng(1)
    layer = cx.Conv1D(4, 3, use_bias=False, **setting)
    x = rng.random((9, 2)) * size
    shown = show(network_of([layer], x, [weights_of(layer, 2, rng.standard_normal)]), 1)
    assert not list(false_statements(shown))
    texts = [shown.text(("cell", 0, *cell)) for cell in np.ndindex(9, 2)]
    texts += [shown.text(("weight", 1, *at)) for at in np.ndindex(layer.weight_shapes(2)[0])]
    assert max(map(len, texts)) <= 5
    # 9.5e7 may be rounded to 1e8.
    assert shown.power_level(0) - style.exponent_of(Fraction(x.max())) in (0, 1)
    assert (shown.power_weight(1), shown.power_level(1)) == (0, shown.power_level(0))
    assert shown.units[0].startswith("samples in units of ")
    assert shown.value(("cell", 0, 0, 0)) == style.read(texts[0]) * Fraction(10) ** shown.power_level(0)


def test_a_unit_is_named_as_a_calculator_shows_it():
    x = np.array([[3.14159e-7], [2.71828e-7], [1.61803e-7]])
    shown = show(network_of([cx.Conv1D(1, 2, use_bias=False)], x, [[[[[1]], [[2]]]]]), 1)
    assert shown.units == ("samples in units of 0.0000001", "products and sums in units of 0.0000001")
    assert "rounded to two digits" in shown.note


@pytest.mark.parametrize("steps", [1, 5])
def test_zero_weights_one_sample_and_mixed_sizes(steps):
    layer = cx.Conv1D(2, 1)
    x = np.linspace(1e-6, 1, steps)[:, None]
    nothing = show(network_of([layer], x, [[np.zeros((1, 1, 2)), np.zeros(2)]]), 1)
    assert (nothing.text(("total", 1, 0, 0)), nothing.moved, nothing.largest) == ("0", 0, 0)
    mixed = show(network_of([layer], x, [[[[[1e-6, 1]]], [1e6, 0]]]), 1)
    assert not list(false_statements(mixed))
    assert (nothing.check().ok, mixed.check().ok) == (True, True)


@pytest.mark.parametrize("name", ["kernel_flip", "channel_summation"])
def test_short_numbers_are_left_as_they_are(name):
    network = cx.example(name).network
    shown = show(network, 1)
    assert shown.network is network
    assert (shown.is_rounded, shown.note, shown.moved, shown.units) == (False, None, 0, ())
    assert not list(false_statements(shown))
    halves = show(network_of([cx.Conv1D(1, 1, use_bias=False)], np.array([[0.25], [1.5]]), [[[[[0.5]]]]]), 1)
    assert not halves.is_rounded
    assert [halves.text(("cell", 1, t, 0)) for t in (0, 1)] == ["0.125", "0.75"]


def test_the_notebook_says_what_was_done_to_its_numbers():
    shown = show(cx.notebook().network, 2)
    assert shown.note == (
        "the numbers shown are rounded to two decimals before anything is computed; "
        "with the full numbers Keras agrees to 0.000000064"
    )
    assert 0.0105 < shown.moved <= 0.0106
    assert [form.decimals for form in (shown.weight_form(2), shown.level_form(1), shown.level_form(2))] == [2, 2, 4]
    # A level that is not told is as the network has it, written as full numbers are.
    assert shown.value(("cell", 0, 0, 0)) == Fraction(float(cx.notebook().network.x[0, 0]))
    assert shown.text(("cell", 0, 0, 0)) == "0.39"
    assert shown.check().error == 0


def test_what_is_rounded_differently_is_named_apart():
    rng = np.random.default_rng(3)
    layer = cx.Conv1D(2, 3)
    weights = [rng.standard_normal((3, 1, 2)), [1, 2]]
    notes = [
        show(network_of([layer], 100 * rng.random((8, 1)), [weights]), 1).note,
        show(network_of([layer], np.arange(8)[:, None], [weights]), 1).note,
    ]
    x, told = rng.random((8, 1)), [layer, cx.Conv1D(1, 2, use_bias=False)]
    notes.append(show(network_of(told, x, [weights, [rng.standard_normal((2, 2, 1))]]), (1, 2)).note)
    assert notes == [
        "the numbers shown are rounded, the samples to whole numbers, the weights to one decimal, "
        "before anything is computed",
        "the numbers shown are rounded to one decimal before anything is computed",
        "the numbers shown are rounded, x and w2 to two decimals, w1 to one decimal, before anything is computed",
    ]


def test_full_numbers_answer_the_same_questions():
    network = cx.notebook().network
    short, full = (show(network, (1, 2), numbers, cell=(6, 1)) for numbers in ("short", "full"))
    for shown in (short, full):
        found = shown.ledger(2, (6, 1))
        assert shown.value(("total", 2, 6, 1)) == shown.value(("cell", 2, 6, 1)) == found.total
        assert shown.write(2, found.total) == shown.text(("cell", 2, 6, 1))
    assert full.network is network
    assert list(false_statements(full, [(6, 1)]))


def test_what_breaks_the_numbers_is_noticed(monkeypatch):
    network = cx.notebook().network
    shown = show(network, 2)
    broken = shown.levels.values[1].copy()
    broken[7, 0] += Fraction(1, 100)
    changed = replace(shown, levels=Levels((shown.levels.values[0], broken, shown.levels.values[2]), "broken"))
    with pytest.raises(ArithmeticError, match=r"y2\[7, 5\] must be"):
        changed.ledger(2, (7, 5))
    assert not shown.check(lambda layer, weights, x: oracles.scipy(layer, [weights[0][::-1]], x)).ok
    monkeypatch.setattr(style.Exact, "text", lambda form, value: style.number(value, 3))
    assert list(false_statements(shown, [(7, 5)]))


def test_the_integers_behind_short_numbers_are_those_numbers():
    shown = show(cx.notebook().network, (1, 2))
    below = shown.integers.x
    for layer, own, unit, level in zip(
        shown.integers.stack.layers, shown.integers.weights, (4, 6), (1, 2), strict=True
    ):
        below = oracles.scipy(layer, own, below[None])[0]
        found = [Fraction(int(value), 10**unit) for value in below.ravel()]
        assert found == list(shown.levels.values[level].ravel())


@pytest.mark.keras
def test_keras_gives_short_numbers_exactly():
    for levels in (2, (1, 2)):
        assert show(cx.notebook().network, levels).check(oracles.keras).error == 0


def test_what_cannot_be_shown_is_refused():
    ex = cx.notebook()
    with pytest.raises(ValueError, match="numbers must be one of 'short', 'full'"):
        show(ex.network, 2, "long")
    with pytest.raises(ValueError, match="follow each other"):
        show(ex.network, (2, 1))
    with pytest.raises(ValueError, match="follow each other"):
        show(ex.network, ())
    with pytest.raises(IndexError, match="Received: layer 3"):
        show(ex.network, 3)
    with pytest.raises(ValueError, match="told level"):
        show(ex.network, 2).ledger(1, (0, 0))
    with pytest.raises(ValueError, match="Received: 'words'"):
        show(ex.network, 2).value(("words", 2, 0, 0))
    with pytest.raises(ValueError, match="numbers need weights"):
        show(cx.explain(cx.Stack((3, 1), [cx.Conv1D(1, 1)])).network, 1)
    infinite = Levels((ex.network.x, np.full((16, 4), np.inf, dtype=np.float32)), "")
    with pytest.raises(ValueError, match="others in level 1"):
        show(ex.network, 1, known=infinite)


def test_the_telling_cell_has_no_zero_product_and_lies_in_the_middle():
    network = cx.notebook().network
    for levels in (1, 2, (1, 2)):
        shown = show(network, levels)
        cell = telling_cell(shown)
        steps, filters = network.stack.shapes[shown.told[-1]]
        assert telling_cell(show(network, levels)) == cell
        assert steps / 4 <= cell.step < 3 * steps / 4
        assert all(row.product for row in shown.ledger(shown.told[-1], cell).rows)
        assert 3 * abs(shown.value(("cell", shown.told[-1], *cell))) >= np.abs(shown.levels.values[-1]).max()
        assert telling_cell(shown, cells=[(0, filters - 1)]) == (0, filters - 1)
    with pytest.raises(IndexError):
        telling_cell(shown, cells=[(12, 0)])
    with pytest.raises(ValueError, match="Received: none"):
        telling_cell(shown, cells=[])


def test_the_telling_cell_avoids_padding_zeros_and_what_a_relu_stops():
    x = np.array([[0], [3], [2], [-4], [5], [1], [2]])
    layer = cx.Conv1D(2, 3, padding="same", use_bias=False, activation="relu")
    shown = show(network_of([layer], x, [[[[[1, 0]], [[2, 1]], [[-1, 1]]]]]), 1)
    cell = telling_cell(shown)
    found = shown.ledger(1, cell)
    assert found.output > 0
    assert all(row.product for row in found.rows)
    assert cell.channel == 0


def test_a_path_that_a_relu_stops_counts_as_zero():
    told = [cx.Conv1D(1, 1, use_bias=False, activation="relu"), cx.Conv1D(1, 2, use_bias=False)]
    x = np.array([[1], [-2], [3], [4], [-5], [6]])
    cell = telling_cell(show(network_of(told, x, [[[[[1]]]], [[[[1]], [[1]]]]]), (1, 2)))
    assert cell == (2, 0)


def test_the_check_line_says_who_was_asked_and_what_was_compared():
    network = cx.notebook().network
    line = "Keras 3.15.1 computes the same outputs: {} compared, largest difference {}"
    assert verify.check_line(network) == line.format(160, "0.000000064")
    assert verify.check_line(network, (1,)) == line.format(64, "0.000000024")
    exactly = verify.check_line(cx.example("kernel_flip").network)
    assert exactly == "Keras 3.15.1 computes exactly the same outputs: 3 compared"
    assert verify.check(network, oracles.scipy).line.startswith("SciPy 1.")
    assert verify.check(network, oracles.scipy).line.endswith("; Keras was not asked")
    wrong = verify.check(network, lambda layer, weights, x: oracles.scipy(layer, weights, x[:, ::-1]))
    assert "computes other outputs" in wrong.line
    assert verify.check(network).proof.endswith("further off than 0.0000013")
