"""Closed forms of random stacks, evaluated with integers, equal Keras to the bit: every padding, stride, dilation,
group count, bias and activation, one to three layers deep.
"""

import random
from fractions import Fraction

import numpy as np
import pytest
from sympy import Integer
from sympy.tensor.indexed import Indexed

from convexplain.algebra import symbols
from convexplain.algebra.closed_form import ClosedForms
from convexplain.check import oracles
from convexplain.layers import PADDINGS, Cell, Conv1D
from convexplain.stack import Stack

SETTINGS = 360
PARTS = 6
SUBSTITUTED_EVERY = 4
"""One stack in so many is also evaluated by putting numbers into the sympy expressions."""


def random_stack(seed):
    """The stack number ``seed``; paddings, depths and activations take turns, so that all of them come up."""
    rng = random.Random(seed)
    while True:
        layers = []
        channels = rng.randint(1, 4)
        shape = (rng.randint(4, 14), channels)
        for number in range(1 + seed % 3):
            groups = rng.choice([group for group in (1, 2, 3) if channels % group == 0])
            strides, dilation_rate = rng.choice([(1, 1), (2, 1), (3, 1), (1, 2), (1, 3)])
            filters = groups * rng.randint(1, 2)
            layers.append(
                Conv1D(
                    filters,
                    rng.randint(1, 4),
                    strides=strides,
                    padding=PADDINGS[(seed // 3 + number) % 3],
                    dilation_rate=dilation_rate,
                    groups=groups,
                    activation=rng.choice([None, "relu"]),
                    use_bias=rng.random() < 0.6,
                )
            )
            channels = filters
        try:
            return Stack(shape, layers)
        except ValueError:
            continue


def integers_for(stack, seed):
    """Weights and an input of small integers."""
    rng = np.random.default_rng(seed)
    weights = [
        [rng.integers(-3, 4, shape).astype(np.float32) for shape in layer.weight_shapes(channels)]
        for layer, (_, channels) in zip(stack.layers, stack.shapes, strict=False)
    ]
    return weights, rng.integers(-3, 4, stack.input_shape).astype(np.float32)


def evaluated(stack, weights, x):
    """Every level in Python integers, from the stack's own terms; no partial sum leaves what float32 holds exactly."""
    below = {Cell(*index): int(value) for index, value in np.ndenumerate(x)}
    for level, (layer, arrays) in enumerate(zip(stack.layers, weights, strict=True), 1):
        above = {}
        for index in np.ndindex(*stack.shapes[level]):
            cell = Cell(*index)
            addends = [
                int(arrays[0][term.weight]) * below[term.source] for term in stack.terms(level, cell) if not term.padded
            ]
            addends += [int(arrays[1][cell.channel])] if layer.use_bias else []
            assert sum(map(abs, addends)) < 2**24
            above[cell] = sum(addends) if layer.is_linear else max(0, sum(addends))
        below = above
        yield below


def asked(stack, weights, x):
    """Every level from Keras, each layer fed Keras's own output of the layer before."""
    for layer, arrays in zip(stack.layers, weights, strict=True):
        x = oracles.keras(layer, arrays, x[None])[0]
        yield x


def substituted(forms, cell, weights, x):
    """The closed form of an output of the last level with numbers in place of its symbols."""
    form = forms.at(forms.stack.depth, cell)
    arrays = {symbols.x: x}
    for number, (kernel, *bias) in enumerate(weights, 1):
        arrays |= {symbols.kernel(number): kernel} | {symbols.bias(number): array for array in bias}
    return form.xreplace({entry: Integer(int(arrays[entry.base][entry.indices])) for entry in form.atoms(Indexed)})


@pytest.mark.keras
@pytest.mark.parametrize("part", range(PARTS))
def test_closed_forms_equal_keras_to_the_bit(part):
    for seed in range(part, SETTINGS, PARTS):
        stack = random_stack(seed)
        weights, x = integers_for(stack, seed)
        levels = zip(evaluated(stack, weights, x), asked(stack, weights, x), stack.shapes[1:], strict=True)
        for closed, keras, shape in levels:
            assert keras.shape == shape
            assert all(closed[Cell(*index)] == value for index, value in np.ndenumerate(keras)), stack


@pytest.mark.keras
@pytest.mark.parametrize("part", range(PARTS))
def test_numbers_put_into_closed_forms_equal_keras_to_the_bit(part):
    for seed in range(part, SETTINGS, SUBSTITUTED_EVERY * PARTS):
        stack = random_stack(seed)
        weights, x = integers_for(stack, seed)
        *_, keras = asked(stack, weights, x)
        forms = ClosedForms(stack)
        for cell in {
            Cell(0, 0),
            Cell(len(keras) // 2, keras.shape[1] // 2),
            Cell(*np.subtract(keras.shape, 1).tolist()),
        }:
            assert substituted(forms, cell, weights, x) == Fraction(float(keras[cell])), (stack, cell)


def test_the_settings_are_of_every_kind():
    stacks = [random_stack(seed) for seed in range(SETTINGS)]
    layers = [layer for stack in stacks for layer in stack.layers]
    assert len(set(stacks)) >= 300
    assert {stack.depth for stack in stacks} == {1, 2, 3}
    for padding in PADDINGS:
        of_kind = [layer for layer in layers if layer.padding == padding]
        assert {layer.strides for layer in of_kind} == {layer.dilation_rate for layer in of_kind} == {1, 2, 3}
        assert {layer.groups for layer in of_kind} == {1, 2, 3}
        assert {layer.kernel_size for layer in of_kind} == {1, 2, 3, 4}
        assert len({(layer.use_bias, layer.activation) for layer in of_kind}) == 4
