"""Keras models and layers that exist already, as networks.

Objects are told by their exact class: a subclass may compute anything. Keras itself describes them, as it does when it
saves a file, so that one reading of descriptions serves both. Keras is not imported here: whoever has such an object
has imported it.
"""

from __future__ import annotations

import sys
from typing import Any

from convexplain.graph import describe
from convexplain.layers import Array
from convexplain.names import quoted
from convexplain.network import Network, check_weights
from convexplain.reader.config import Outline, Wanted, outline
from convexplain.reader.kinds import is_exact


def is_keras(source: Any) -> bool:
    """Whether ``source`` is an instance of a class that Keras made, or of one derived from it."""
    return any(base.__module__.split(".")[0] in ("keras", "tf_keras") for base in type(source).__mro__)


def read_object(source: Any, wanted: Wanted | None = None) -> Network:
    """The network of a built Keras model or layer; its ``live`` holds the Keras layers. Otherwise ``ValueError``."""
    kind = type(source)
    if not is_exact(source) or not hasattr(source, "get_config") or not hasattr(source, "built"):
        raise ValueError(
            "a Keras object must be a Sequential or Functional model or a layer, not of a class derived from them, "
            f"which may compute anything. Received: {quoted(kind.__qualname__)} of {quoted(kind.__module__)}"
        )
    if not source.built:
        raise ValueError(
            "a Keras model or layer must be built: call it once, or give it an Input(shape=(steps, channels)). "
            f"Received: {kind.__name__} {quoted(source.name)}, not built"
        )
    module = "keras" if hasattr(source, "layers") else "keras.layers"
    try:
        config = source.get_config()
    except Exception as error:  # of a user's own layer, say, that has no get_config
        raise ValueError(
            "every layer of a Keras model must say what it is, as for saving. "
            f"Received: {kind.__name__} {quoted(source.name)}, {type(error).__name__}: {quoted(error, 120)}"
        ) from None
    description = {"module": module, "class_name": kind.__name__, "config": config}
    if not hasattr(source, "layers"):
        description["build_config"] = {"input_shape": _input_shape(source)}
    found = outline(description, source, wanted)
    lives = tuple(part.live for part in found.parts)
    weights = check_weights(found.stack, _weights(found))
    return Network(found.stack, weights, live=lives, until=None if wanted is None else wanted.until)


def _input_shape(layer: Any) -> Any:
    """The shape, batch first, that a layer was built for, or several; of a layer in a model, that of its call there."""
    try:
        read = layer.input
    except AttributeError:  # it was called on data only, or built by hand
        return (layer.get_build_config() or {}).get("input_shape")
    return [tuple(one.shape) for one in read] if isinstance(read, (list, tuple)) else tuple(read.shape)


def _weights(found: Outline) -> list[list[Any]]:
    """The arrays of every layer as numpy arrays."""
    stack = found.stack
    return [
        [_array(part.holder, array, describe(part.layer, number)) for array in part.layer.arrays(*shapes)]
        for number, part in enumerate(found.parts, stack.input_count)
        if stack.owner(number) == number and (shapes := stack.source_shapes(number))
    ]


def _array(live: Any, array: Array, what: str) -> Any:
    """One array of a Keras layer, asked for by name: LoRA's factors are merged into ``layer.kernel`` alone."""
    values = getattr(live, array.name.replace(" ", "_"), None)
    if values is None:
        raise ValueError(f"{what} must have its weights: call the model once. Received: no {array.name}")
    return sys.modules["keras"].ops.convert_to_numpy(values)
