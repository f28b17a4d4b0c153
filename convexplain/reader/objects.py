"""Keras models and layers that exist already, as networks.

Objects are told by the module and name of their exact class: a subclass may compute anything. Keras itself describes
them, as it does when it saves a file, so that one reading of descriptions serves both. Keras is not imported here:
whoever has such an object has imported it.
"""

from __future__ import annotations

import sys
from typing import Any

from convexplain.layers import quoted
from convexplain.network import Network, check_weights
from convexplain.reader.config import outline
from convexplain.stack import describe

_PUBLIC_MODULES = {
    "keras.src.layers.convolutional.conv1d.Conv1D": "keras.layers",
    "keras.src.models.sequential.Sequential": "keras",
    "keras.src.models.functional.Functional": "keras",
}


def is_keras(source: Any) -> bool:
    """Whether ``source`` is an instance of a class that Keras made, or of one derived from it."""
    return any(base.__module__.split(".")[0] in ("keras", "tf_keras") for base in type(source).__mro__)


def read_object(source: Any) -> Network:
    """The network of a built Keras model or layer; its ``live`` holds the Keras layers. Otherwise ``ValueError``."""
    module = _public_module(source)
    if not source.built:
        raise ValueError(
            "a Keras model or layer must be built: call it once, or give it an Input(shape=(steps, channels)). "
            f"Received: {type(source).__name__} {quoted(source.name)}, not built"
        )
    description = {"module": module, "class_name": type(source).__name__, "config": source.get_config()}
    if not hasattr(source, "layers"):
        description["build_config"] = {"input_shape": _input_shape(source)}
    stack, found = outline(description, source)
    lives = tuple(layer.live for layer in found)
    if len(set(map(id, lives))) != len(lives):
        raise ValueError("a model must call each layer once. Received: one of them called twice")
    for number, (layer, live) in enumerate(zip(stack.layers, lives, strict=True), 1):
        _public_module(live)
        if "call" in vars(live) or not live.built:
            raise ValueError(f"{describe(layer, number)} must be built, and call what its class calls. Received: other")
    return Network(stack, check_weights(stack, [_weights(live) for live in lives]), live=lives)


def _public_module(source: Any) -> str:
    """The module in which Keras shows the class of ``source``; ``ValueError`` for a class that is not explained."""
    kind = type(source)
    module = _PUBLIC_MODULES.get(f"{kind.__module__}.{kind.__qualname__}")
    if module is None:
        raise ValueError(
            "a Keras object must be a Sequential or Functional model or a Conv1D layer, not of a class derived from "
            f"them, which may compute anything. Received: {quoted(kind.__qualname__)} of {quoted(kind.__module__)}"
        )
    return module


def _input_shape(layer: Any) -> Any:
    """The shape, batch first, that a layer was built for; of a layer in a model, the one it is called on there."""
    try:
        return tuple(layer.input.shape)
    except AttributeError:  # it was called on data only, or built by hand
        return (layer.get_build_config() or {}).get("input_shape")


def _weights(layer: Any) -> list[Any]:
    """Kernel and bias as numpy arrays. LoRA's factors are merged into ``layer.kernel``, apart in ``get_weights``."""
    to_numpy = sys.modules["keras"].ops.convert_to_numpy
    return [to_numpy(layer.kernel), *([to_numpy(layer.bias)] if layer.use_bias else [])]
