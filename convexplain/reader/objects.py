"""Keras models and layers that exist already, as networks.

Objects are told by the module and name of their exact class: a subclass may compute anything. Keras itself describes them, as it does
when it saves a file, so that one reading of descriptions serves both. Keras is not imported: whoever has such an object has it loaded.
"""

from __future__ import annotations

import sys
from typing import Any

from convexplain.layers import quoted
from convexplain.numbers import Network, check_weights
from convexplain.reader.config import EXPLAINED, outline
from convexplain.stack import describe

_CLASSES = {
    "keras.src.layers.convolutional.conv1d.Conv1D": "keras.layers",
    "keras.src.models.sequential.Sequential": "keras",
    "keras.src.models.functional.Functional": "keras",
}


def is_keras(source: Any) -> bool:
    """Whether ``source`` is an instance of a class that Keras made, or of one derived from it."""
    return any(base.__module__.split(".")[0] in ("keras", "tf_keras") for base in type(source).__mro__)


def read_object(source: Any) -> Network:
    """The network of a built Keras model or layer; ``live`` holds its layers. ``ValueError`` for what cannot be explained."""
    module = _own_class(source)
    if not source.built:
        raise ValueError(
            "a Keras model or layer must be built: call it once on data, or give it an Input(shape=(steps, channels)). "
            f"Received: {type(source).__name__} {quoted(source.name)}, not built"
        )
    description = {"module": module, "class_name": type(source).__name__, "config": source.get_config()}
    if not hasattr(source, "layers"):
        description["build_config"] = {"input_shape": _input_shape(source)}
    stack, found = outline(description, source)
    lives = tuple(layer.live for layer in found)
    for number, (layer, live) in enumerate(zip(stack.layers, lives, strict=True), 1):
        if _own_class(live) != "keras.layers" or "call" in vars(live) or not live.built:
            raise ValueError(
                f"{describe(layer, number)} must be built, and Keras's own Conv1D. Received: another state"
            )
    return Network(stack, check_weights(stack, [_weights(live) for live in lives]), live=lives)


def _own_class(source: Any) -> str:
    """The public module of a class that is explained."""
    kind = type(source)
    module = _CLASSES.get(f"{kind.__module__}.{kind.__qualname__}")
    if module is None:
        raise ValueError(
            f"the class must be Keras's own, not derived from it. Explained are {EXPLAINED}, or one such layer. "
            f"Received: {quoted(kind.__qualname__)} of the module {quoted(kind.__module__)}"
        )
    return module


def _input_shape(layer: Any) -> Any:
    """The shape, batch first, that a layer was built for; of a layer that belongs to a model, the one it is called on there."""
    try:
        return tuple(layer.input.shape)
    except AttributeError:  # called on data only, or built by hand
        return (layer.get_build_config() or {}).get("input_shape")


def _weights(layer: Any) -> list[Any]:
    """Kernel and bias as numpy arrays: ``layer.kernel`` has LoRA's factors merged in, which ``get_weights`` gives apart."""
    to_numpy = sys.modules["keras"].ops.convert_to_numpy
    return [to_numpy(layer.kernel), *([to_numpy(layer.bias)] if layer.use_bias else [])]
