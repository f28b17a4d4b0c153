"""A stack that is written on the command line: ``20x1 conv:4,k5 conv:8,k5,same,relu``.

The first word is the input, steps x channels; each other word is a layer, with its settings after a colon. This module
knows the words and which argument of which layer each stands for; what the arguments allow, the layers know.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from convexplain import layers
from convexplain.names import nearest, quoted
from convexplain.network import Network, check_weights
from convexplain.stack import Stack

MOST_WORDS = 200
_SHAPE = re.compile(r"\s*\d+x\d+(\s|$)")
_NEAR_SHAPE = re.compile(r"\s*(\d+)[xX×*](\d+)(\s|$)")


class _Kind(NamedTuple):
    """How a word writes a layer: its class by name, the argument of a bare number, and those of a letter before one."""

    layer: str
    bare: str
    letters: dict[str, str]


_WINDOW = {"k": "kernel_size", "s": "strides", "d": "dilation_rate"}
_KINDS = {
    "conv": _Kind("Conv1D", "filters", {**_WINDOW, "g": "groups"}),
    "depthwise": _Kind("DepthwiseConv1D", "kernel_size", {**_WINDOW, "m": "depth_multiplier"}),
    "separable": _Kind("SeparableConv1D", "filters", {**_WINDOW, "m": "depth_multiplier"}),
    "transpose": _Kind("Conv1DTranspose", "filters", _WINDOW),
    "dense": _Kind("Dense", "units", {}),
    "maxpool": _Kind("MaxPooling1D", "pool_size", {"s": "strides"}),
    "avgpool": _Kind("AveragePooling1D", "pool_size", {"s": "strides"}),
    "globalmax": _Kind("GlobalMaxPooling1D", "", {}),
    "globalavg": _Kind("GlobalAveragePooling1D", "", {}),
    "batchnorm": _Kind("BatchNormalization", "", {}),
    "flatten": _Kind("Flatten", "", {}),
    "relu": _Kind("ReLU", "", {}),
    "upsample": _Kind("UpSampling1D", "size", {}),
}
_FLAGS: dict[str, tuple[str, Any]] = {word: ("padding", word) for word in ("same", "valid", "causal")}
_FLAGS |= {"nobias": ("use_bias", False), "bias": ("use_bias", True)}


def is_line(source: Any) -> bool:
    """Whether a source is written as a stack: it begins with a shape, such as ``20x1``, or has a layer, ``conv:4``."""
    if not isinstance(source, str):
        return False
    layer = any(found[1] in _KINDS for found in re.finditer(r"(?:^|\s)(\w+):", source))
    return layer or _NEAR_SHAPE.match(source) is not None


def read_line(line: str, seed: int = 0) -> Network:
    """The stack that a line writes, with weights drawn by a seed as Keras's default initializer does.

    ``ValueError`` that names the word that is wrong.

    >>> read_line("20x1 conv:4,k5,nobias conv:8,k5,nobias").stack.shapes
    ((20, 1), (16, 4), (12, 8))
    >>> read_line("20x1 conv:4,q5")
    Traceback (most recent call last):
    ValueError: word 2, 'conv:4,q5': a setting must be a number, a letter of k, s, d, g with a number, a padding ...
    """
    first, *words = line.split()
    if not _SHAPE.match(first):
        near = _NEAR_SHAPE.match(first)
        raise ValueError(
            "a stack on the line begins with its input, steps x channels, as in 20x1 conv:4,k5. "
            f"Received: {quoted(first)}{f'. Did you mean {near[1]}x{near[2]}?' if near else ''}"
        )
    if len(words) > MOST_WORDS:
        raise ValueError(f"a line must have at most {MOST_WORDS} layers. Received: {len(words)}")
    if not words:
        raise ValueError(f"a line must have a layer after its shape, such as 20x1 conv:4,k5. Received: {quoted(line)}")
    steps, _, channels = first.partition("x")
    made = [_layer(number, word) for number, word in enumerate(words, 2)]
    try:
        stack = Stack((int(steps), int(channels)), made)
    except ValueError as error:
        found = re.search(r"(?:^layer|Received: level) (\d+)", str(error))
        where = f"word {int(found[1]) + 1}, {quoted(words[int(found[1]) - 1])}: " if found else ""
        raise ValueError(f"{where}{error}") from None
    return Network(stack, check_weights(stack, _drawn(stack, seed)))


def _layer(number: int, word: str) -> Any:
    """The layer that a word writes."""
    where = f"word {number}, {quoted(word)}: "
    name, _, said = word.partition(":")
    if name.lower() not in _KINDS:
        near = nearest(name, _KINDS)
        raise ValueError(f"{where}a layer must be one of {', '.join(_KINDS)}. Received: {quoted(name)}{near}")
    kind, settings = _KINDS[name.lower()], {}
    for part in said.lower().split(",") if said else []:
        argument, value = _setting(kind, part, where)
        if argument in settings:
            raise ValueError(f"{where}{argument} must be given once. Received: it again in {quoted(part)}")
        settings[argument] = value
    try:
        return getattr(layers, kind.layer)(**settings)
    except (TypeError, ValueError) as error:
        missing = re.search(r"missing .*?: (.*)", str(error))
        said = f"{missing[1]} must be given, as in conv:4,k5. Received: none" if missing else str(error)
        raise ValueError(f"{where}{said}") from None


def _setting(kind: _Kind, part: str, where: str) -> tuple[str, Any]:
    """The argument that one setting stands for, and its value."""
    letter = part[:1] if part[:1] in kind.letters else ""
    argument, number = kind.letters.get(letter, kind.bare), part[len(letter) :]
    if argument and number.isdecimal():
        return argument, int(number)
    if part in _FLAGS:
        return _FLAGS[part]
    if part in layers.ACTIVATIONS:
        return "activation", part
    if argument and re.fullmatch(r"[+-]?[\d.]+", number):
        raise ValueError(f"{where}{argument} must be a whole number, such as {letter}5. Received: {quoted(part)}")
    letters = f"a letter of {', '.join(kind.letters)} with a number, " if kind.letters else ""
    raise ValueError(
        f"{where}a setting must be a number, {letters}a padding (same, valid, causal), bias, nobias or an activation. "
        f"Received: {quoted(part)}{nearest(part, [*_FLAGS, *layers.ACTIVATIONS])}"
    )


def _drawn(stack: Stack, seed: int) -> list[list[Any]]:
    """Weights for every layer: uniform within Glorot's limits, variances positive, biases small."""
    import numpy as np

    random, drawn = np.random.default_rng(seed), []
    for level, layer in enumerate(stack.layers, 1):
        arrays = []
        for array in layer.arrays(*stack.source_shapes(level)):
            taps = int(np.prod(array.shape[:-2])) if len(array.shape) > 2 else 1
            ends = array.shape[-2:] if len(array.shape) > 1 else (array.shape[-1], array.shape[-1])
            limit = np.sqrt(6 / (taps * sum(ends)))
            values = random.uniform(-limit, limit, array.shape)
            arrays.append((np.abs(values) + 0.5 if array.letter in ("var", "gamma") else values).astype(np.float32))
        drawn.append(arrays)
    return drawn
