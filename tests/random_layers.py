"""Random settings of one layer, for hypothesis: every padding, stride, dilation, group count, bias and activation."""

import os

import numpy as np
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from convexplain.layers import Conv1D

EXAMPLES = int(os.environ.get("CONVEXPLAIN_SETTINGS", "1000"))
"""How many settings the long tests draw: ``CONVEXPLAIN_SETTINGS=20000 pytest -m long tests`` looks further."""


def drawn(count):
    """Hypothesis's settings for ``count`` examples, the same ones in every run."""
    return settings(
        max_examples=count, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )


@st.composite
def layers(draw, most_steps=12):
    """(layer, (steps, channels)) with sizes small enough to be looked at one by one."""
    groups = draw(st.sampled_from([1, 1, 1, 2, 3]))
    channels = groups * draw(st.integers(1, 3))
    strides, dilation_rate = draw(st.sampled_from([(1, 1), (1, 1), (2, 1), (3, 1), (1, 2), (1, 3)]))
    padding = draw(st.sampled_from(["valid", "same", "causal"]))
    kernel_size = draw(st.integers(1, 5))
    layer = Conv1D(
        groups * draw(st.integers(1, 3)),
        kernel_size,
        strides=strides,
        padding=padding,
        data_format=draw(st.sampled_from(["channels_last", "channels_last", "channels_first"])),
        dilation_rate=dilation_rate,
        groups=groups,
        activation=draw(st.sampled_from([None, "relu"])),
        use_bias=draw(st.booleans()),
    )
    shortest = layer.span if padding == "valid" else 1
    return layer, (draw(st.integers(shortest, max(shortest, most_steps))), channels)


def weights_of(layer, channels, draw):
    """Weights in the order of Keras's ``get_weights``, each array made by ``draw(shape)``."""
    return [np.asarray(draw(shape), dtype=np.float32) for shape in layer.weight_shapes(channels)]


def any_float32(rng, shape, low=-149, high=60):
    """Finite float32 of every size: signs, zeros, subnormals, and exponents far apart."""
    exponent = rng.integers(low, high, shape)
    value = np.ldexp(rng.choice([-1.0, 1.0], shape) * rng.uniform(1, 2, shape), exponent)
    return np.where(rng.random(shape) < 0.1, 0, value).astype(np.float32)
