"""Keras's own numbers for every level of a network, and how far correct ones may lie from the exact ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from convexplain.evaluation import evaluate


def keras_levels(network: Any, inputs: list[np.ndarray]) -> list[np.ndarray]:
    """The inputs, then what each live Keras layer makes of the levels it reads; operations, which are no layers, are
    computed exactly and rounded.
    """
    stack, levels = network.stack, list(inputs)
    first = any(getattr(layer, "data_format", None) == "channels_first" for layer in stack.layers)
    for level, live in enumerate(network.live, stack.input_count):
        read = [levels[source] for source in stack.sources(level)]
        if live is None:
            levels.append(evaluate(stack.layer(level), network.arrays(level), read).to_float32())
            continue
        batch = [(array.T if first else array)[None] for array in read]
        answer = np.asarray(live(batch if stack.layer(level).sources != (1, 1) else batch[0]))[0]
        levels.append(answer.T if first else answer)
    return levels


def affine_bound(stack: Any, level: int, weights: Any, inputs: Any) -> Any:
    """How far a sum of products may be rounded away in float32, in any order; None for a layer that is no such sum."""
    layer = stack.layer(level)
    if not weights or type(layer).__name__ not in ("Conv1D", "Conv1DTranspose", "Dense", "DepthwiseConv1D"):
        return None
    if layer.activation not in ("linear", "relu", "relu6", "leaky_relu"):
        return None
    sizes = evaluate(layer, [np.abs(array) for array in weights], [np.abs(x) for x in inputs], body=True)
    return (weights[0].size + 4) * 2.0**-24 * sizes.to_float32()
