"""Random stacks and integer data for the tests of the algebra, the same ones in every run."""

import random
from fractions import Fraction

import mpmath
import numpy as np
import sympy

import convexplain as cx


def random_stack(seed, linear=False, most_layers=3, longest=7):
    """A small stack with every padding, stride, dilation, group count, bias and activation among its layers."""
    draw = random.Random(seed)
    while True:
        channels = first = draw.choice([1, 2])
        layers = []
        for _ in range(draw.randint(1, most_layers)):
            layers.append(
                cx.Conv1D(
                    2,
                    draw.randint(1, 3),
                    padding=draw.choice(["valid", "same", "causal"]),
                    groups=draw.choice([1, 1, 2]) if channels == 2 else 1,
                    use_bias=draw.random() < 0.5,
                    activation=None if linear else draw.choice([None, None, "relu"]),
                    **draw.choice([{}, {}, {"strides": 2}, {"strides": 3}, {"dilation_rate": 2}]),
                )
            )
            channels = 2
        try:
            return cx.Stack((draw.randint(1, longest), first), layers)
        except ValueError:
            continue  # a valid window that does not fit


def random_cell(stack, seed):
    """An output of the stack."""
    draw = random.Random(seed)
    steps, channels = stack.shapes[-1]
    return cx.Cell(draw.randrange(steps), draw.randrange(channels))


def integer_data(stack, seed, low=-3, high=4):
    """(weights, x) of small integers in float32."""
    rng = np.random.default_rng(seed)

    def draw(shape):
        return rng.integers(low, high, shape).astype(np.float32)

    weights = [
        [draw(shape) for shape in layer.weight_shapes(channels)]
        for layer, (_, channels) in zip(stack.layers, stack.shapes, strict=False)
    ]
    return weights, draw(stack.input_shape)


def float_data(stack, seed):
    """(weights, x) of normally distributed float32 numbers."""
    rng = np.random.default_rng(seed)
    weights = [
        [rng.normal(size=shape).astype(np.float32) for shape in layer.weight_shapes(channels)]
        for layer, (_, channels) in zip(stack.layers, stack.shapes, strict=False)
    ]
    return weights, rng.normal(size=stack.input_shape).astype(np.float32)


def exact_values(weights, x, **arrays):
    """The exact value of every entry of x, w1, b1, ... and of further ``arrays`` by name, to be substituted."""
    named = {"x": x, **arrays}
    for number, layer_arrays in enumerate(weights, 1):
        named |= {f"{letter}{number}": array for letter, array in zip("wb", layer_arrays, strict=False)}
    return {
        sympy.IndexedBase(name)[index]: as_rational(array[index])
        for name, array in named.items()
        for index in np.ndindex(array.shape)
    }


def as_rational(number):
    """An exact sympy number."""
    fraction = Fraction(number) if isinstance(number, Fraction) else Fraction(float(number))
    return sympy.Rational(fraction.numerator, fraction.denominator)


def evaluated(expression, values):
    """The value of a formula; one that is a number already stays as it is."""
    return sympy.sympify(sympy.sympify(expression).xreplace(values))


_IN_MPMATH = {
    sympy.Add: lambda *parts: mpmath.fsum(parts),
    sympy.Mul: lambda *parts: mpmath.fprod(parts),
    sympy.Pow: mpmath.power,
    sympy.exp: mpmath.exp,
    sympy.log: mpmath.log,
    sympy.tanh: mpmath.tanh,
    sympy.erf: mpmath.erf,
    sympy.Max: max,
    sympy.Min: min,
    sympy.Heaviside: lambda z, at: mpmath.mpf(z > 0) if z else at,
}


def in_mpmath(expression, numbers):
    """The value of a formula at numbers for its entries; sympy's own substitution asks too much on the way."""
    known = {}

    def value(part):
        if part in numbers:
            return numbers[part]
        if part not in known:
            if part.is_number:
                known[part] = mpmath.mpf(part.p) / part.q if part.is_Rational else mpmath.mpmathify(part.evalf(80))
            else:
                known[part] = _IN_MPMATH[part.func](*map(value, part.args))
        return known[part]

    return value(sympy.sympify(expression))
