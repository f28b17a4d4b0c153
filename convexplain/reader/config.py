"""From Keras's description of a model to the layers of a stack.

The description is what ``config.json`` holds and what Keras gives for an object: nested dictionaries with a module, a
class name and a config. This module knows the few classes that can be explained, and follows a graph where it is a
chain. It takes every value as hostile; it looks nothing up by name and makes no arrays.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

from convexplain.layers import Conv1D, quoted
from convexplain.stack import MOST_NUMBERS, Stack, describe

MOST_LAYERS = 1000

EXPLAINED = "Conv1D layers, one after another, in Sequential and Functional models, in float32"

# Where each class may come from: its public module, or the one it stands in, which some versions of Keras write.
_MODULES = {
    "Conv1D": {"keras.layers", "keras.src.layers.convolutional.conv1d"},
    "InputLayer": {"keras.layers", "keras.src.layers.core.input_layer"},
    "Sequential": {"keras", "keras.models", "keras.src.models.sequential"},
    "Functional": {"keras", "keras.models", "keras.src.models.functional"},
    "DTypePolicy": {"keras", "keras.dtype_policies", "keras.src.dtype_policies.dtype_policy"},
    "FloatDTypePolicy": {"keras", "keras.dtype_policies", "keras.src.dtype_policies.dtype_policy"},
}
# How a weights file calls the group of a layer, whatever the layer's own name.
_GROUPS = {"Conv1D": "conv1d", "InputLayer": "input_layer", "Sequential": "sequential", "Functional": "functional"}

# LoRA's factors are merged into the kernel that a layer computes with and that Keras saves: they decide nothing here.
_LORA = {"lora_rank", "lora_alpha"}
_ARGUMENTS = set(inspect.signature(Conv1D).parameters)

_Axes = tuple[int | None, int | None]


@dataclass(frozen=True)
class Found:
    """One layer of the chain: its record, the group of its arrays in a weights file, and the Keras layer, if any."""

    layer: Conv1D
    group: str
    live: Any


@dataclass
class _Chain:
    """What was met on the way through a description: the layers, and (level, axes) wherever axes were declared."""

    found: list[Found] = field(default_factory=list)
    declared: list[tuple[int, _Axes]] = field(default_factory=list)


def outline(description: Any, live: Any = None) -> tuple[Stack, tuple[Found, ...]]:
    """The stack that ``description`` stands for, and its layers one by one.

    ``live`` is the Keras object that was described, if there is one. Raises ``ValueError`` for what is not a chain of
    layers that can be explained, with every size known and none absurd.
    """
    chain = _Chain()
    _collect(description, live, "", chain)
    if not chain.found:
        raise ValueError(f"a model must have a layer that computes. Explained are {EXPLAINED}. Received: none")
    return _stack(chain), tuple(chain.found)


def _stack(chain: _Chain) -> Stack:
    layers = [found.layer for found in chain.found]
    if len({layer.data_format for layer in layers}) > 1:
        raise ValueError("all layers must have the same data_format. Received: both channels_last and channels_first")
    # Keras gives the axes in the order of its data; a stack has (steps, channels) always.
    order = -1 if layers[0].data_format == "channels_first" else 1
    declared = [(level, axes[::order]) for level, axes in chain.declared]
    inputs = [shape for level, shape in declared if level == 0]
    if not inputs:
        raise ValueError(
            "a model must be built: call it once, or give it an Input(shape=(steps, channels)). "
            "Received: no input shape"
        )
    steps, channels = inputs[0]
    if steps is None or channels is None:
        raise ValueError(
            "the number of steps and of channels must be known: give both, as in Input(shape=(20, 1)). "
            f"Received: steps={steps}, channels={channels}"
        )
    stack = Stack((steps, channels), layers)
    _check_sizes(stack)
    for level, shape in declared:
        if any(size not in (None, actual) for size, actual in zip(shape, stack.shapes[level], strict=True)):
            raise ValueError(
                f"an inner model must fit the level it reads, {stack.shapes[level]}. Received: an input of {shape}"
            )
    return stack


def _check_sizes(stack: Stack) -> None:
    """Refuse more weights than memory holds, before anything is allocated for them."""
    weights = 0
    for number, (layer, (_, channels)) in enumerate(zip(stack.layers, stack.shapes, strict=False), 1):
        weights += sum(map(prod, layer.weight_shapes(channels)))
        if weights > MOST_NUMBERS:
            raise ValueError(
                f"{describe(layer, number)}: a network must have at most {MOST_NUMBERS} weights. Received: {weights}"
            )


def _collect(description: Any, live: Any, group: str, chain: _Chain) -> None:
    """Append what ``description`` holds to ``chain``, in the order in which the data pass."""
    number = len(chain.found) + 1
    kind, config = _opened(description, f"layer {number}")
    if kind == "InputLayer":
        chain.declared.append((len(chain.found), _input_axes(config)))
    elif kind == "Conv1D":
        if number > MOST_LAYERS:
            raise ValueError(f"a model must have at most {MOST_LAYERS} layers. Received: more")
        if not chain.found and not chain.declared:  # without an Input, a built layer knows what it was built for
            chain.declared.extend((0, axes) for axes in _built_axes(description))
        chain.found.append(Found(_conv1d(config, live, number), group, live))
    else:
        _require_float32(config.get("dtype"), f"the model {quoted(config.get('name'))}")
        inner = _sequence(config, live) if kind == "Sequential" else _graph_chain(config, live, inside=bool(group))
        met: Counter[str] = Counter()
        for entry, entry_live in inner:
            name = _GROUPS[_opened(entry, f"layer {len(chain.found) + 1}")[0]]
            path = f"{group}/layers/{name}" if group else f"layers/{name}"
            _collect(entry, entry_live, f"{path}_{met[name]}" if met[name] else path, chain)
            met[name] += 1


def _opened(description: Any, what: str) -> tuple[str, Mapping[str, Any]]:
    """The class and the config of a described object, which must be one of the classes that are explained."""
    entry = _mapping(description, what)
    config = entry.get("config")
    if isinstance(config, Mapping) and isinstance(config.get("name"), str):
        what += f" ({quoted(config['name'])})"
    given, module, registered = (entry.get(key) for key in ("class_name", "module", "registered_name"))
    name = "Functional" if given == "Model" else given  # the name by which Keras makes a Functional model
    if not isinstance(name, str) or name not in _GROUPS:
        raise ValueError(f"{what} must be of a class that is explained: {EXPLAINED}. Received: {quoted(given)}")
    if not isinstance(module, str) or module not in _MODULES[name] or registered not in (None, given):
        raise ValueError(
            f"{what} must be Keras's own {name}, of the module {min(_MODULES[name], key=len)}. "
            f"Received: module {quoted(module)}, registered name {quoted(registered)}"
        )
    return name, _mapping(config, f"the config of {what}")


def _conv1d(config: Mapping[str, Any], live: Any, number: int) -> Conv1D:
    """The record of one layer. The activation of a live one is the function it calls, not what Keras writes for it."""
    what = f"layer {number} ({quoted(_text(config.get('name'), f'the name of layer {number}'))})"
    unknown = sorted(set(config) - _ARGUMENTS - _LORA)
    if unknown:
        raise ValueError(f"{what} must have the arguments of Conv1D only. Received: {quoted(unknown[0])}")
    if not {"filters", "kernel_size"} <= set(config):
        raise ValueError(f"{what} must have filters and kernel_size. Received: {quoted(', '.join(config), 80)}")
    _require_float32(config.get("dtype"), what)
    for argument, kinds in (("use_bias", bool), ("data_format", (str, type(None))), ("padding", str)):
        value = config.get(argument, True if argument == "use_bias" else "")
        if not isinstance(value, kinds):
            raise ValueError(f"{what}: {argument} must be as Keras writes it. Received: {argument}={quoted(value)}")
    settings = {key: value for key, value in config.items() if key not in _LORA and key != "dtype"}
    if live is not None:
        settings["activation"] = live.activation
    try:
        return Conv1D(**settings)
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None


def _sequence(config: Mapping[str, Any], live: Any) -> list[tuple[Any, Any]]:
    """The layers of a Sequential model, each with the Keras layer it describes."""
    described = _list(config.get("layers"), "the layers of a Sequential model")
    inputs = [isinstance(entry, Mapping) and entry.get("class_name") == "InputLayer" for entry in described]
    if any(inputs[1:]):
        raise ValueError("an input must come first in a Sequential model. Received: an InputLayer after another layer")
    if live is None:
        return [(entry, None) for entry in described]
    lives = [None] * sum(inputs) + list(live.layers)  # which leaves the InputLayer out
    if len(lives) != len(described):  # Keras describes a layer once, however often it is called
        raise ValueError("a Sequential model must call each layer once. Received: one of them called twice")
    return list(zip(described, lives, strict=True))


def _graph_chain(config: Mapping[str, Any], live: Any, inside: bool) -> list[tuple[Any, Any]]:
    """The layers of a Functional model in the order of the data, each with the Keras layer it describes.

    A model that is called ``inside`` another must have one output; otherwise levels in between may be outputs too.
    """
    layers: dict[str, Any] = {}
    reader: dict[str, str] = {}  # of each layer's output
    start = None
    for entry in _list(config.get("layers"), "the layers of a Functional model"):
        name = _text(_mapping(entry, "a layer").get("name"), "the name of a layer")
        kind, _ = _opened(entry, "a layer")
        calls = _list(entry.get("inbound_nodes"), f"the calls of layer {quoted(name)}")
        if name in layers:
            raise ValueError(f"each layer of a model must have its own name. Received: {quoted(name)} twice")
        layers[name] = entry
        if kind == "InputLayer":
            if start is not None or calls:
                raise _not_a_chain(f"an input beside the first, {quoted(name)}")
            start = name
        else:
            if len(calls) != 1:
                raise _not_a_chain(f"layer {quoted(name)}, called {len(calls)} times")
            source = _source(calls[0], name)
            if source in reader:
                raise _not_a_chain(f"{quoted(reader[source])} and {quoted(name)}, which both read {quoted(source)}")
            reader[source] = name
    if start is None or _ends(config.get("input_layers"), "input_layers") != [(start, 0, 0)]:
        raise _not_a_chain("not one input")
    order = [start]
    while order[-1] in reader:
        order.append(reader.pop(order[-1]))
    if len(order) != len(layers):
        raise _not_a_chain("a layer that no data reach")
    outputs = _ends(config.get("output_layers"), "output_layers")
    possible = {(name, 0, 0) for name in (order[-1:] if inside else order)}
    if (order[-1], 0, 0) not in outputs or not possible.issuperset(outputs):
        raise _not_a_chain("outputs that are not the levels of a chain")
    lives = {} if live is None else {layer.name: layer for layer in live.layers}
    return [(layers[name], lives.get(name)) for name in order]


def _not_a_chain(received: str) -> ValueError:
    return ValueError(
        "a Functional model must be a chain: one input, and each layer called once, on the output of the one before "
        f"(levels in between may be outputs too, but not of an inner model). Received: {received}"
    )


def _source(call: Any, name: str) -> str:
    """The layer whose output a call of layer ``name`` reads, written as ``{"args": [tensor], "kwargs": {...}}``."""
    what = f"the call of layer {quoted(name)}"
    args = _list(_mapping(call, what).get("args"), what)
    options = _mapping(call.get("kwargs"), what)
    if len(args) != 1 or any(value is not None and not isinstance(value, bool) for value in options.values()):
        raise _not_a_chain(f"layer {quoted(name)}, which reads something else beside")
    tensor = _mapping(args[0], what)
    if tensor.get("class_name") != "__keras_tensor__":
        raise ValueError(f"{what} must read a layer's output. Received: {quoted(tensor.get('class_name'))}")
    sources = _ends(_mapping(tensor.get("config"), what).get("keras_history"), what)
    if len(sources) != 1 or sources[0][1:] != (0, 0):
        raise _not_a_chain(f"layer {quoted(name)}, which reads another than the first output of a first call")
    return sources[0][0]


def _ends(value: Any, what: str) -> list[tuple[str, int, int]]:
    """Tensors as (layer, call, output). Versions of Keras write one alone, a list, or a dictionary of them."""
    entries = list(value.values()) if isinstance(value, Mapping) else _list(value, what)
    if entries and isinstance(entries[0], str):
        entries = [entries]
    ends = []
    for entry in entries:
        parts = _list(entry, what)
        if len(parts) != 3 or not isinstance(parts[0], str) or any(type(part) is not int for part in parts[1:]):
            raise ValueError(f"{what} must name tensors as [layer, call, output]. Received: {quoted(parts)}")
        ends.append((parts[0], parts[1], parts[2]))
    return ends


def _input_axes(config: Mapping[str, Any]) -> _Axes:
    name = quoted(config.get("name"))
    _require_float32(config.get("dtype"), f"the input {name}")
    if config.get("sparse") or config.get("ragged"):
        raise ValueError(f"the input {name} must be dense. Received: sparse or ragged")
    return _axes(config.get("batch_shape"), f"the input {name}")


def _built_axes(description: Mapping[str, Any]) -> list[_Axes]:
    """The input axes that a built layer remembers; none for one that was never built."""
    built = description.get("build_config")
    shape = built.get("input_shape") if isinstance(built, Mapping) else None
    return [] if shape is None else [_axes(shape, "the input of layer 1")]


def _axes(batch_shape: Any, what: str) -> _Axes:
    """The two axes after the batch, in Keras's order; None where a size is not known."""
    axes = _list(batch_shape, f"the shape of {what}")
    if len(axes) != 3:
        raise ValueError(f"{what} must have three axes: batch, steps, channels. Received: {len(axes)}")
    for size in axes[1:]:
        if size is not None and (type(size) is not int or size <= 0):
            raise ValueError(f"{what} must have positive integers as sizes. Received: {quoted(repr(size))}")
    return axes[1], axes[2]


def _require_float32(dtype: Any, what: str) -> None:
    """Refuse every dtype but float32, which is written as a name, or as a policy that may be shared between layers."""
    name = dtype
    if isinstance(dtype, Mapping):
        policy, settings = dtype.get("class_name"), dtype.get("config")
        known = policy in ("DTypePolicy", "FloatDTypePolicy") and dtype.get("module") in list(_MODULES[policy])
        name = settings.get("name") if known and isinstance(settings, Mapping) else policy
    if name not in (None, "float32"):
        raise ValueError(f"{what} must compute in float32, which alone is explained. Received: dtype {quoted(name)}")


def _text(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{what} must be a text. Received: {quoted(type(value).__name__)}")
    return value


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{what} must be described by a dictionary. Received: {quoted(type(value).__name__)}")
    return value


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{what} must be a list. Received: {quoted(type(value).__name__)}")
    return list(value)
