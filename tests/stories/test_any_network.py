"""Every story keeps the laws on networks that nobody chose: stacks of random layers, told as a user's own would be, of
the output that a story chooses and of any other.

``CONVEXPLAIN_NETWORKS=500 pytest -m long tests/stories/test_any_network.py`` looks further than the suite does.
"""

import os

import numpy as np
import pytest
from networks import network
from test_laws import told, violations

from convexplain.board.marks import COLUMN, FILM
from convexplain.layers import Conv1D
from convexplain.stories import STORIES, script
from convexplain.stories.programme import programme
from convexplain.stories.told import tell
from convexplain.stories.within import run

NETWORKS = int(os.environ.get("CONVEXPLAIN_NETWORKS", "5"))


def stack(seed):
    """The shape of an input, and layers that can read it, all drawn from a seed."""
    draw = np.random.default_rng(seed)

    def one(*values):
        return values[draw.integers(len(values))]

    channels = first = one(1, 1, 1, 2, 3, 6, 20)
    layers, least = [], 1
    for _ in range(one(1, 1, 1, 2, 2, 3)):
        kernel_size, groups = one(1, 2, 3, 3, 4, 5, 7, 12), one(1, 1, 1, channels)
        strides, dilation_rate = one((1, 1), (1, 1), (1, 1), (2, 1), (3, 1), (1, 2), (1, 3))
        filters = one(1, 1, 2, 3, 8, 30) if groups == 1 else groups * one(1, 1, 2, 3)
        layers.append(
            Conv1D(
                filters,
                kernel_size,
                strides=strides,
                padding=one("valid", "valid", "same", "causal"),
                dilation_rate=dilation_rate,
                groups=groups,
                activation=one(None, None, "relu", "tanh"),
                use_bias=one(True, False),
            )
        )
        least += (kernel_size - 1) * dilation_rate
        channels = filters
    steps = max(one(6, 8, 12, 20, 40, 100), least * int(np.prod([layer.strides for layer in layers[:-1]])))
    return network((steps, first), *layers, seed=seed, whole=one(True, False), scale=one(1.0, 1.0, 1.0, 1e-3, 50.0))


def anywhere(name, own, seed):
    """A level of a network that a story may be told of and one of its outputs, drawn from a seed."""
    draw, least = np.random.default_rng(seed), min(STORIES[name].levels, 2)
    levels = [level for level in range(1, own.stack.depth + 1) if len(run(own.stack, level, least)) == least]
    level = int(draw.choice(levels or [programme(own.stack)[name]]))
    steps, channels = own.stack.shapes[level]
    return level, (int(draw.choice([0, steps - 1, draw.integers(steps)])), int(draw.integers(channels)))


@pytest.mark.long
@pytest.mark.parametrize("of", ["the output it chooses", "any output"])
@pytest.mark.parametrize("seed", range(NETWORKS))
def test_the_laws_hold(seed, of):
    own, found = stack(seed), {}
    for name in programme(own.stack):
        level, cell = anywhere(name, own, seed) if of == "any output" else (None, None)
        found[name] = told(name, own, level, cell)
    assert [f"{name}: {line}" for name, pair in found.items() for line in violations(*pair)] == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(NETWORKS))
def test_the_laws_of_pictures_hold_for_full_numbers(seed):
    """Sums of these are rounded as they are written: a calculator is not asked."""
    own, found = stack(100 + seed), {}
    for name, level in programme(own.stack).items():
        written = script.write(name, own, None, level, "full")
        lines = violations([tell(written, form) for form in (FILM, COLUMN)], written)
        found[name] = [line for line in lines if not line.startswith("numbers")]
    assert not any(found.values()), found
