"""Networks that Keras saved once, with an input and its answers: read here without Keras, and computed."""

import json
from pathlib import Path

import numpy as np
import pytest
import sympy

import convexplain as cx

FILES = sorted(Path(__file__).with_name("data").glob("*.keras"))


def recorded(path):
    """The input by name, and the answers."""
    said = json.loads(path.with_suffix(".json").read_text())
    arrays = [np.array(array, dtype=np.float32) for array in said["x"]]
    return arrays, [np.array(answer) for answer in said["answers"]]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_saved_network_gives_the_answers_that_keras_gave(path):
    x, answers = recorded(path)
    ex = cx.explain(path, x if len(x) > 1 else x[0])
    values = ex.levels().values
    assert len(answers) == len(ex.stack.outputs)
    for level, answer in zip(ex.stack.outputs, answers, strict=True):
        assert np.allclose(values[level], answer, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_saved_network_has_equations_ledgers_and_closed_forms_at_every_level(path):
    x, _ = recorded(path)
    ex = cx.explain(path, x if len(x) > 1 else x[0])
    values = ex.levels().values
    for level in range(ex.stack.input_count, ex.stack.depth + 1):
        cell = tuple(size // 2 for size in ex.stack.shapes[level])
        assert ex.equation(level).lhs.base.name == f"y{level}"
        assert ex.level(level).at(*cell, depth=1).free_symbols
        ledger = ex.ledger(*cell, level=level)
        assert float(ledger.output) == pytest.approx(float(values[level][cell]), rel=1e-5, abs=1e-6)


def test_the_levels_of_two_signals_and_one_encoder():
    ex = cx.explain(FILES[[path.stem for path in FILES].index("keras-3.15.1-siamese")])
    stack = ex.stack
    assert stack.input_names == ("left", "right")
    kinds = [type(layer).__name__ for layer in stack.layers]
    encoder = ["Conv1D", "MaxPooling1D", "Conv1D", "GlobalMaxPooling1D", "LayerNormalization"]
    rest = ["Dense", "Dense", "Subtract", "Multiply", "Maximum", "Concatenate", "Dense", "Dense"]
    assert kinds == [*encoder, *encoder, *rest]
    assert [stack.owner(level) for level in (7, 9, 13)] == [2, 4, 12]
    form = ex.level(9).at(0, 0, depth=1)
    assert {str(base) for base in form.atoms(sympy.IndexedBase)} == {"w4", "b4", "y8"}


def test_a_saved_network_is_read_up_to_a_layer_by_its_name_or_that_of_an_inner_model():
    path = next(path for path in FILES if path.stem == "keras-3.15.1-idioms")
    whole = cx.explain(path)
    ended = cx.explain(path, until="permute")
    assert ended.stack == whole.stack.up_to(ended.stack.depth)
    assert type(ended.layers[-1]).__name__ == "Permute"
    inner = cx.explain(path, until="inner")
    assert type(inner.layers[-1]).__name__ == "Maximum"  # the first of the inner model's outputs, by their names
    with pytest.raises(ValueError, match=r"'conv1d', which 2 have: the levels \d+, \d+$"):
        cx.explain(path, until="conv1d")
    with pytest.raises(ValueError, match="Did you mean 'permute'"):
        cx.explain(path, until="permuted")
    with pytest.raises(IndexError, match=r"from 2 to 25"):
        cx.explain(path, until=1)
