"""The usual wrong implementations of a convolutional layer, by name.

Each is the right one with one thing changed: a layer whose index rule differs, or arrays that were altered on their
way in or out. There is no second implementation of the rule here. This module knows the layers' terms; it knows
nothing of who made which mistake. The sums are float64, hence exact for the integers of a probe.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import numpy as np

from convexplain.exact import correlate
from convexplain.layers import Conv1D

Weights = Sequence[np.ndarray]
Mistake = Callable[[Conv1D, Weights, np.ndarray], np.ndarray]


def right(layer: Conv1D, weights: Weights, x: np.ndarray) -> np.ndarray:
    """The layer as it should be, x (batch, steps, channels)."""
    return activate(layer, add_bias(layer, weights, sums(layer, weights, x)))


def sums(layer: Conv1D, weights: Weights, x: np.ndarray) -> np.ndarray:
    """The sums of products, in float64."""
    return correlate(layer, np.asarray(x, dtype=np.float64), np.asarray(weights[0], dtype=np.float64))


def add_bias(layer: Conv1D, weights: Weights, value: np.ndarray) -> np.ndarray:
    """The bias on the channels of (batch, steps, channels), if the layer has one."""
    return value + np.asarray(weights[1], dtype=np.float64) if layer.use_bias else value


def activate(layer: Conv1D, value: np.ndarray) -> np.ndarray:
    """The layer's activation."""
    return value if layer.is_linear else np.maximum(value, 0)


def _altered(layer: Conv1D, **rules: Callable[..., Any]) -> Conv1D:
    """The layer's record with other index rules; each is given as a function without ``self``."""
    methods = {name: staticmethod(rule) for name, rule in rules.items()}
    other: Conv1D = object.__new__(type("Altered", (type(layer),), methods))
    for field in fields(layer):
        object.__setattr__(other, field.name, getattr(layer, field.name))
    return other


def _steps(rule: Callable[..., Any]) -> Mistake:
    """A mistake in the step that a tap reads: ``rule(layer, steps, step, tap)``."""
    return lambda layer, weights, x: right(
        _altered(layer, source_step=lambda steps, step, tap: rule(layer, steps, step, tap)), weights, x
    )


def _channels(rule: Callable[..., Any]) -> Mistake:
    """A mistake in the channel that a filter reads: ``rule(layer, channels, channel, filter)``."""
    return lambda layer, weights, x: right(
        _altered(layer, source_channel=lambda channels, channel, filter: rule(layer, channels, channel, filter)),
        weights,
        x,
    )


def _kernel(change: Callable[[Conv1D, np.ndarray], np.ndarray]) -> Mistake:
    """A mistake in the kernel array, (taps, channels // groups, filters) before and after."""
    return lambda layer, weights, x: right(layer, [change(layer, np.asarray(weights[0])), *weights[1:]], x)


def _right_pad(layer: Conv1D, steps: int) -> int:
    """How many zeros the last window reads after the last sample."""
    return max(0, layer.source_step(steps, layer.output_steps(steps) - 1, layer.kernel_size - 1) - (steps - 1))


def _same_padding(layer: Conv1D, steps: int) -> int:
    """How many zeros padding "same" needs in all."""
    same = Conv1D(1, layer.kernel_size, layer.strides, "same", dilation_rate=layer.dilation_rate)
    return same.left_pad(steps) + _right_pad(same, steps)


def _bias_along_time(layer: Conv1D, weights: Weights, x: np.ndarray) -> np.ndarray:
    value = sums(layer, weights, x)
    if layer.use_bias and value.shape[1] == layer.filters:
        return activate(layer, value + np.asarray(weights[1], dtype=np.float64)[:, None])
    return right(layer, weights, x)


def _bias_forgotten(layer: Conv1D, weights: Weights, x: np.ndarray) -> np.ndarray:
    return activate(layer, sums(layer, weights, x))


def _bias_twice(layer: Conv1D, weights: Weights, x: np.ndarray) -> np.ndarray:
    return activate(layer, add_bias(layer, weights, add_bias(layer, weights, sums(layer, weights, x))))


def _bias_after_activation(layer: Conv1D, weights: Weights, x: np.ndarray) -> np.ndarray:
    return add_bias(layer, weights, activate(layer, sums(layer, weights, x)))


def _activation_forgotten(layer: Conv1D, weights: Weights, x: np.ndarray) -> np.ndarray:
    return add_bias(layer, weights, sums(layer, weights, x))


def _relu_added(layer: Conv1D, weights: Weights, x: np.ndarray) -> np.ndarray:
    return np.maximum(right(layer, weights, x), 0)


def _averaged(layer: Conv1D, weights: Weights, x: np.ndarray) -> np.ndarray:
    return activate(layer, add_bias(layer, weights, sums(layer, weights, x) / np.shape(weights[0])[1]))


def _rounding(bits: int) -> Mistake:
    """A mistake that rounds samples and weights to ``bits`` significant bits (ties to even) first."""

    def shorten(array: np.ndarray) -> np.ndarray:
        mantissa, exponent = np.frexp(np.asarray(array, dtype=np.float64))
        return np.ldexp(np.rint(np.ldexp(mantissa, bits)), exponent - bits)

    return lambda layer, weights, x: right(layer, [shorten(weights[0]), *weights[1:]], shorten(x))


def _interleave(value: np.ndarray, groups: int) -> np.ndarray:
    """The channels (group, filter of the group) in the order (filter of the group, group)."""
    return value.reshape(*value.shape[:-1], groups, -1).swapaxes(-1, -2).reshape(value.shape)


MISTAKES: dict[str, Mistake] = {
    "the kernel is flipped along the taps": _kernel(lambda layer, kernel: kernel[::-1]),
    "the padding stands on the other side": _steps(
        lambda layer, steps, step, tap: (
            layer.source_step(steps, step, tap) + layer.left_pad(steps) - _right_pad(layer, steps)
        )
    ),
    "the padding is that of scipy's mode='same'": _steps(
        lambda layer, steps, step, tap: (
            layer.source_step(steps, step, tap)
            + (layer.left_pad(steps) - layer.span // 2 if layer.padding == "same" else 0)
        )
    ),
    "the padding goes around to the other end": _steps(
        lambda layer, steps, step, tap: layer.source_step(steps, step, tap) % steps
    ),
    "the padding repeats the edge": _steps(
        lambda layer, steps, step, tap: np.clip(layer.source_step(steps, step, tap), 0, steps - 1)
    ),
    'the causal padding is as much as "same" needs': _steps(
        lambda layer, steps, step, tap: (
            layer.source_step(steps, step, tap)
            + (layer.left_pad(steps) - _same_padding(layer, steps) if layer.padding == "causal" else 0)
        )
    ),
    "the windows start one step late": _steps(lambda layer, steps, step, tap: layer.source_step(steps, step, tap) + 1),
    "the windows start one step early": _steps(lambda layer, steps, step, tap: layer.source_step(steps, step, tap) - 1),
    "the dilation is ignored": _steps(lambda layer, steps, step, tap: layer.source_step(steps, step, 0) + tap),
    "the dilation is larger by one": _steps(lambda layer, steps, step, tap: layer.source_step(steps, step, tap) + tap),
    "the strides are ignored": _steps(lambda layer, steps, step, tap: layer.source_step(steps, 0, tap) + step),
    "the strides keep the last of each stride instead of the first": _steps(
        lambda layer, steps, step, tap: layer.source_step(steps, step, tap) + layer.strides - 1
    ),
    "the input channels are in reverse order": _kernel(lambda layer, kernel: kernel[:, ::-1]),
    "the channels are not summed, only the first is read": _kernel(
        lambda layer, kernel: kernel * (np.arange(kernel.shape[1]) == 0)[:, None]
    ),
    "the groups are swapped": _channels(
        lambda layer, channels, channel, filter: layer.source_channel(channels, channel, layer.filters - 1 - filter)
    ),
    "the groups are ignored, all filters read the first channels": _channels(
        lambda layer, channels, channel, filter: layer.source_channel(channels, channel, 0 * filter)
    ),
    "the groups take every so many-th channel instead of neighbours": _channels(
        lambda layer, channels, channel, filter: (
            channel * layer.groups + layer.source_channel(channels, 0, filter) // (channels // layer.groups)
        )
    ),
    "the filters are permuted across the groups": lambda layer, weights, x: activate(
        layer, add_bias(layer, weights, _interleave(sums(layer, weights, x), layer.groups))
    ),
    "the kernel's channel and filter axes are swapped": _kernel(
        lambda layer, kernel: kernel.transpose(0, 2, 1) if kernel.shape[1] == kernel.shape[2] else kernel
    ),
    "the kernel array is read in the order (filters, channels, taps)": _kernel(
        lambda layer, kernel: np.ascontiguousarray(kernel).reshape(kernel.shape[::-1]).transpose(2, 1, 0)
    ),
    "the bias is added along the steps instead of the channels": _bias_along_time,
    "the bias is forgotten": _bias_forgotten,
    "the bias is added twice": _bias_twice,
    "the bias is added after the activation": _bias_after_activation,
    "the activation is forgotten": _activation_forgotten,
    "relu is applied to a layer that has no activation": _relu_added,
    "the channels are averaged instead of summed": _averaged,
    "samples and weights are rounded to bfloat16 (8 significant bits)": _rounding(8),
    "samples and weights are rounded to float16 or TF32 (11 significant bits)": _rounding(11),
}
"""What went wrong, in words -> an oracle that does so; where the setting hides the mistake, it gives the right
answer. The order is that in which a person would look, since several may explain one answer.
"""
