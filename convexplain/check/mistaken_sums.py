"""The usual mistakes in layers that sum products of weights and samples: convolutions of every kind, and Dense.

This module knows what is done wrong in them, as changes of their statements; the words stand beside each.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from convexplain.check import altered, bounds
from convexplain.check.altered import Change, Question, substitute_reads
from convexplain.check.mistaken_cells import softmax_of_all
from convexplain.layers import ACTIVATIONS, Conv1D
from convexplain.layers.functions import ALONG_AN_AXIS, activated, softmax
from convexplain.layers.statement import (
    Add,
    Apply,
    Entry,
    Read,
    Times,
    Total,
    Value,
    largest,
    rebuilt,
    single,
    smallest,
    substitute,
)

_WINDOWS = ("Conv1D", "DepthwiseConv1D", "SeparableConv1D", "MaxPooling1D", "AveragePooling1D")
_SLIDING = ("Conv1D", "DepthwiseConv1D", "SeparableConv1D")
_SUMS = (*_SLIDING, "Conv1DTranspose", "Dense")
_BENT = (*_SUMS, "Activation")

Row = tuple[str, tuple[str, ...], Change]


def _right_pad(layer: Any, steps: int) -> int:
    """How many steps the last window reads after the last sample."""
    return max(0, layer.source_step(steps, layer.output_steps(steps) - 1, layer.kernel_size - 1) - (steps - 1))


def _same_padding(layer: Any, steps: int) -> int:
    """How many zeros padding "same" needs in all."""
    same = Conv1D(1, layer.kernel_size, layer.strides, "same", dilation_rate=layer.dilation_rate)
    return same.left_pad(steps) + _right_pad(same, steps)


def _edge(question: Question) -> Value | None:
    """Where the padding is read, the nearest sample."""
    if not any(question.layer.pads(question.shape[0])):
        return None

    def all_of(value: Value) -> Value:
        if isinstance(value, Read):
            return altered.clamped(value, question.shape[0])
        return rebuilt(value, lambda part: all_of(part) if isinstance(part, Value) else part)

    return all_of(question.whole.value)


def _groups(rule: Any) -> Change:
    """Another channel that a filter reads: ``rule(layer, channels, channel, filter)``."""
    return altered.rules(
        lambda layer, _: {"source_channel": lambda channels, channel, filter: rule(layer, channels, channel, filter)}
    )


def _cut(choose: Any) -> Change:
    """Another number of steps that are cut off before the first output of a transposed convolution:
    ``choose(layer, steps)``.
    """
    return altered.rules(lambda layer, steps: {"left_pad": lambda _: choose(layer, steps)})


def _cut_after(layer: Any, steps: int) -> int:
    """How much of a transposed convolution's full result is cut off at the end."""
    return max(0, (steps - 1) * layer.strides + layer.span - layer.left_pad(steps) - layer.output_steps(steps))


def _bias(question: Question) -> tuple[Entry, Value] | None:
    """The bias and the rest of the sum."""
    body = question.whole.body
    if isinstance(body, Add) and isinstance(body.parts[0], Entry):
        rest = body.parts[1:]
        return body.parts[0], rest[0] if len(rest) == 1 else Add(rest)
    return None


def _with_bias(make: Any) -> Change:
    """Another way to add the bias: ``make(question, bias, sums, activate)``."""

    def choose(question: Question) -> Value | None:
        parts = _bias(question)
        if parts is None:
            return None
        activation, axis = question.layer.activation, question.axes[-1]
        return make(question, *parts, lambda value: activated(activation, value, axis))

    return altered.values(choose)


def _along_steps(question: Question, bias: Entry, sums: Value, activate: Any) -> Value | None:
    if len(question.axes) != 2 or question.axes[0].size != question.axes[1].size:
        return None
    return activate(Entry(bias.array, question.axes[:1]) + sums)


def _activation(name: str) -> Change:
    """Another activation than the layer has, where it has one."""

    def choose(question: Question) -> Value | None:
        own = question.layer.activation
        return None if own in ("linear", name) else activated(name, question.whole.body, question.axes[-1])

    return altered.values(choose)


def _softmax(make: Any) -> Change:
    """Another softmax: ``make(z, axes)``."""
    return altered.values(
        lambda question: make(question.whole.body, question.axes) if question.layer.activation == "softmax" else None
    )


def _before_bias(change: Any) -> Change:
    """Other sums, to which the bias is then added: ``change(question, sums)``."""

    def choose(question: Question) -> Value | None:
        parts = _bias(question)
        bias, sums = parts or (None, question.whole.body)
        made = change(question, sums)
        return made if made is None or bias is None else bias + made

    return altered.bodies(choose)


def _permuted(groups: Any) -> Change:
    """The outputs (group, one of the group) in the order (one of the group, group): ``groups(question)``."""

    def change(question: Question, sums: Value) -> Value | None:
        f, count = question.axes[-1], groups(question)
        if count in (1, f.size):
            return None
        return substitute(sums, {f.name: f % count * (f.size // count) + f // count})

    return _before_bias(change)


def _averaged(question: Question, sums: Value) -> Value:
    channels = question.shape[-1] // getattr(question.layer, "groups", 1)
    return sums / channels


def _activated_within(question: Question) -> Value | None:
    """The activation of what the first of two convolutions gives, and of the second."""
    name, axis = question.layer.activation, question.axes[-1]
    if name == "linear" or name in ALONG_AN_AXIS:
        return None

    def all_of(value: Value) -> Value:
        if isinstance(value, Times) and any(isinstance(part, Total) for part in value.parts):
            parts = (activated(name, part, axis) if isinstance(part, Total) else part for part in value.parts)
            return Times(tuple(parts))
        return rebuilt(value, lambda part: all_of(part) if isinstance(part, Value) else part)

    return activated(name, all_of(question.whole.body), axis)


def _outer(given: dict[str, np.ndarray]) -> dict[str, np.ndarray] | None:
    """A pointwise kernel whose rows are (copy, channel) instead of (channel, copy)."""
    _, channels, copies = given["d"].shape
    rows = given["p"].reshape(1, copies, channels, -1)
    return {"p": rows.swapaxes(1, 2).reshape(given["p"].shape)}


def _reordered(given: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """A pointwise kernel whose rows were put from (channel, copy) into the order (copy, channel)."""
    _, channels, copies = given["d"].shape
    rows = given["p"].reshape(1, channels, copies, -1)
    return {"p": rows.swapaxes(1, 2).reshape(given["p"].shape)}


def _kernels_permuted(question: Question) -> bounds.Form | None:
    """The kernel's filters (group, one of the group) in the order (one of the group, group), groups and bias as they
    are.
    """
    groups, filters = question.layer.groups, question.layer.filters
    if groups in (1, filters):
        return None
    order = np.arange(filters).reshape(groups, -1).T.ravel()
    return altered.one_array("w", lambda kernel: kernel[..., order])(question)


def _mirrored(question: Question) -> Value:
    last = question.shape[-1] - 1
    return substitute_reads(
        question.whole.value, lambda read: Read(read.source, (*read.indices[:-1], -1 * read.indices[-1] + last))
    )


ROWS: list[Row] = [
    (
        "the kernel is flipped along the taps",
        (*_SLIDING, "Conv1DTranspose"),
        altered.one_array("w d", lambda kernel: kernel[::-1] if kernel.ndim == 3 else None),
    ),
    (
        "the padding stands on the other side",
        _WINDOWS,
        altered.steps(
            lambda layer, steps, step, tap: (
                layer.source_step(steps, step, tap) + (layer.left_pad(steps) - _right_pad(layer, steps))
            )
        ),
    ),
    (
        "the padding is that of scipy's mode='same'",
        _SLIDING,
        altered.steps(
            lambda layer, steps, step, tap: (
                layer.source_step(steps, step, tap)
                + (layer.left_pad(steps) - layer.span // 2 if layer.padding == "same" else 0)
            )
        ),
    ),
    (
        "the padding goes around to the other end",
        _SLIDING,
        altered.steps(lambda layer, steps, step, tap: (layer.source_step(steps, step, tap) + 0) % steps),
    ),
    ("the padding repeats the edge", _SLIDING, altered.values(_edge)),
    (
        'the causal padding is as much as "same" needs',
        ("Conv1D",),
        altered.steps(
            lambda layer, steps, step, tap: (
                layer.source_step(steps, step, tap)
                + (layer.left_pad(steps) - _same_padding(layer, steps) if layer.padding == "causal" else 0)
            )
        ),
    ),
    (
        "the windows start one step late",
        _WINDOWS,
        altered.steps(lambda layer, steps, step, tap: layer.source_step(steps, step, tap) + 1),
    ),
    (
        "the windows start one step early",
        _WINDOWS,
        altered.steps(lambda layer, steps, step, tap: layer.source_step(steps, step, tap) - 1),
    ),
    (
        "the dilation is ignored",
        _SLIDING,
        altered.steps(lambda layer, steps, step, tap: layer.source_step(steps, step, 0) + tap),
    ),
    (
        "the dilation is larger by one",
        _SLIDING,
        altered.steps(lambda layer, steps, step, tap: layer.source_step(steps, step, tap) + tap),
    ),
    (
        "the strides are ignored",
        _WINDOWS,
        altered.steps(lambda layer, steps, step, tap: layer.source_step(steps, 0, tap) + step),
    ),
    (
        "the strides keep the last of each stride instead of the first",
        _WINDOWS,
        altered.steps(lambda layer, steps, step, tap: layer.source_step(steps, step, tap) + (layer.strides - 1)),
    ),
    (
        "what is cut off stands on the other side",
        ("Conv1DTranspose",),
        _cut(_cut_after),
    ),
    ("nothing is cut off before the first output", ("Conv1DTranspose",), _cut(lambda layer, steps: 0)),
    ("the outputs come one step late", ("Conv1DTranspose",), _cut(lambda layer, steps: layer.left_pad(steps) - 1)),
    ("the outputs come one step early", ("Conv1DTranspose",), _cut(lambda layer, steps: layer.left_pad(steps) + 1)),
    (
        "the input channels are in reverse order",
        (*_SLIDING, "Dense", "Conv1DTranspose"),
        altered.values(_mirrored),
    ),
    (
        "the channels are not summed, only the first is read",
        ("Conv1D", "Dense"),
        altered.one_array("w", lambda kernel: kernel * (np.arange(kernel.shape[-2]) == 0)[:, None]),
    ),
    (
        "the groups are swapped",
        ("Conv1D",),
        _groups(
            lambda layer, channels, channel, filter: layer.source_channel(
                channels, channel, -1 * filter + (layer.filters - 1)
            )
        ),
    ),
    (
        "the groups are ignored, all filters read the first channels",
        ("Conv1D",),
        _groups(lambda layer, channels, channel, filter: channel),
    ),
    (
        "the groups take every so many-th channel instead of neighbours",
        ("Conv1D",),
        _groups(
            lambda layer, channels, channel, filter: channel * layer.groups + filter // (layer.filters // layer.groups)
        ),
    ),
    (
        "the filters are permuted across the groups",
        ("Conv1D",),
        _permuted(lambda question: question.layer.groups),
    ),
    ("the kernels are permuted across the groups", ("Conv1D",), _kernels_permuted),
    (
        "the depth multiplier is the outer index of the channels",
        ("DepthwiseConv1D",),
        _permuted(lambda question: question.shape[-1]),
    ),
    (
        "the depth multiplier is the outer index of the channels",
        ("SeparableConv1D",),
        altered.arrays(_outer),
    ),
    (
        "the pointwise kernel's rows are put in the order (copy, channel)",
        ("SeparableConv1D",),
        altered.arrays(_reordered),
    ),
    (
        "the pointwise kernel is read in the order of its transpose",
        ("SeparableConv1D",),
        altered.one_array("p", lambda kernel: np.ascontiguousarray(kernel).reshape(kernel.shape[:0:-1]).T[None]),
    ),
    (
        "the kernel's channel and filter axes are swapped",
        ("Conv1D", "Dense", "Conv1DTranspose", "DepthwiseConv1D"),
        altered.one_array(
            "w d", lambda kernel: kernel.swapaxes(-1, -2) if kernel.shape[-1] == kernel.shape[-2] else None
        ),
    ),
    (
        "the kernel array is read in the order (filters, channels, taps)",
        ("Conv1D", "DepthwiseConv1D", "Conv1DTranspose"),
        altered.one_array(
            "w d", lambda kernel: np.ascontiguousarray(kernel).reshape(kernel.shape[::-1]).transpose(2, 1, 0)
        ),
    ),
    (
        "the kernel array is read in the order of its transpose",
        ("Dense",),
        altered.one_array("w", lambda kernel: np.ascontiguousarray(kernel).reshape(kernel.shape[::-1]).T),
    ),
    (
        "the kernel array is read in the order (taps, channels, filters), as in a forward convolution",
        ("Conv1DTranspose",),
        altered.one_array(
            "w",
            lambda kernel: (
                np.ascontiguousarray(kernel).reshape(kernel.shape[0], kernel.shape[2], kernel.shape[1]).swapaxes(1, 2)
            ),
        ),
    ),
    (
        "the activation is applied between the two convolutions, too",
        ("SeparableConv1D",),
        altered.values(_activated_within),
    ),
    (
        "only the first kernel of each channel is used",
        ("DepthwiseConv1D", "SeparableConv1D"),
        altered.one_array("d", lambda kernel: np.repeat(kernel[..., :1], kernel.shape[-1], axis=-1)),
    ),
    ("the bias is added along the steps instead of the channels", _SUMS, _with_bias(_along_steps)),
    ("the bias is forgotten", _SUMS, _with_bias(lambda q, bias, sums, activate: activate(sums))),
    ("the bias is added twice", _SUMS, _with_bias(lambda q, bias, sums, activate: activate(Add((bias, bias, sums))))),
    (
        "the bias is added after the activation",
        _SUMS,
        _with_bias(lambda q, bias, sums, activate: bias + activate(sums)),
    ),
    (
        "the activation is forgotten",
        (*_SUMS, "Activation"),
        altered.values(lambda question: question.whole.body if question.layer.activation != "linear" else None),
    ),
    (
        "relu is applied to a layer that has no activation",
        _SUMS,
        altered.values(lambda question: largest(0, question.whole.body) if question.layer.is_linear else None),
    ),
    (
        "the channels are averaged instead of summed",
        ("Conv1D", "Dense"),
        _before_bias(_averaged),
    ),
    (
        "the softmax is taken over the steps instead of the channels",
        (*_SUMS, "Activation"),
        _softmax(lambda z, axes: softmax(z, axes[0]) if len(axes) == 2 else None),
    ),
    (
        "the softmax is taken over steps and channels together",
        (*_SUMS, "Activation"),
        _softmax(softmax_of_all),
    ),
    (
        "the exponentials are not divided by their sum",
        (*_SUMS, "Activation"),
        _softmax(lambda z, axes: Apply("exp", z)),
    ),
    *(
        (f"the activation is {name}", (*_SUMS, "Activation"), _activation(name))
        for name in ACTIVATIONS
        if name != "linear"
    ),
    (
        "the hard sigmoid is that of Keras 2, 0.2*z + 0.5",
        (*_SUMS, "Activation"),
        altered.values(
            lambda q: (
                smallest(1, largest(0, single(0.2) * q.whole.body + single(0.5)))
                if q.layer.activation == "hard_sigmoid"
                else None
            )
        ),
    ),
]
"""What went wrong, in words, in which kinds of layers, and what it changes."""

ROUNDED: list[Row] = [
    (
        "samples and weights are rounded to bfloat16 (8 significant bits)",
        (*_SUMS, "BatchNormalization", "LayerNormalization"),
        altered.rounded(8),
    ),
    (
        "samples and weights are rounded to float16 or TF32 (11 significant bits)",
        (*_SUMS, "BatchNormalization", "LayerNormalization"),
        altered.rounded(11),
    ),
]
"""The same, of numbers that are rounded first: what is named last."""
