"""From Keras's description of a model to the layers of a stack.

The description is what ``config.json`` holds and what Keras gives for an object: nested dictionaries with a module, a class name and a
config. This module knows the few classes that can be explained, and follows a graph where it is a chain. It takes every value as
hostile; it looks nothing up by name and makes no arrays.
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import prod
from typing import Any

from convexplain.layers import Conv1D, quoted
from convexplain.stack import Stack, describe

MOST_NUMBERS = 2**24
"""The most weights of a network, and the most numbers in a level: 64 MB of float32. More is a mistake, or an attack on memory."""

MOST_LAYERS = 1000

EXPLAINED = "Conv1D layers, one after another, in Sequential and Functional models, in float32"

# Where each class that is explained may come from: its public module, and the one it stands in, which some versions of Keras write.
_MODULES = {
    "Conv1D": {"keras.layers", "keras.src.layers.convolutional.conv1d"},
    "InputLayer": {"keras.layers", "keras.src.layers.core.input_layer"},
    "Sequential": {"keras", "keras.models", "keras.src.models.sequential"},
    "Functional": {"keras", "keras.models", "keras.src.models.functional"},
    "DTypePolicy": {"keras", "keras.dtype_policies", "keras.src.dtype_policies.dtype_policy"},
    "FloatDTypePolicy": {"keras", "keras.dtype_policies", "keras.src.dtype_policies.dtype_policy"},
}
_GROUPS = {"Conv1D": "conv1d", "InputLayer": "input_layer", "Sequential": "sequential", "Functional": "functional"}

# LoRA's factors are merged into the kernel that a layer computes with and that Keras saves, so its settings decide nothing here.
_LORA = {"lora_rank", "lora_alpha"}
_ARGUMENTS = set(inspect.signature(Conv1D).parameters)


@dataclass(frozen=True)
class Found:
    """One layer of the chain: its record, the group of a weights file that holds its arrays, and the Keras layer, if there is one."""

    layer: Conv1D
    group: str
    live: Any


@dataclass
class _Chain:
    """What was met on the way through a description: the layers, and the shapes declared for the level before layer ``index``."""

    found: list[Found] = field(default_factory=list)
    declared: list[tuple[int, tuple[int | None, int | None]]] = field(default_factory=list)


def outline(description: Any, live: Any = None) -> tuple[Stack, tuple[Found, ...]]:
    """The stack that ``description`` stands for, and its layers one by one. ``live`` is the Keras object that was described, if any."""
    chain = _Chain()
    _collect(description, live, "", chain)
    if not chain.found:
        raise ValueError(f"a model must have a layer that computes. Explained are {EXPLAINED}. Received: no such layer")
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
            "a model must be built: call it once, or give it an Input(shape=(steps, channels)). Received: no input shape"
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
    """Refuse what no memory holds, before anything is allocated for it."""
    weights = 0
    for number, (layer, before, after) in enumerate(zip(stack.layers, stack.shapes, stack.shapes[1:], strict=False), 1):
        weights += sum(map(prod, layer.weight_shapes(before[1])))
        largest = max(prod(before), prod(after), weights)
        if largest > MOST_NUMBERS:
            raise ValueError(
                f"{describe(layer, number)}: a network must have at most {MOST_NUMBERS} weights, and as many numbers in a level. "
                f"Received: {largest}"
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
        if (
            not chain.found and not chain.declared
        ):  # a layer without an Input before it knows its input's shape once it is built
            chain.declared.extend((0, axes) for axes in _built_axes(description))
        chain.found.append(Found(_conv1d(config, live, number), group, live))
    else:
        _require_float32(config.get("dtype"), f"the model {quoted(config.get('name'))}")
        in_order = _sequence if kind == "Sequential" else _graph_chain
        taken: Counter[str] = Counter()
        for inner, inner_live in in_order(config, live, number):
            name = _GROUPS[_opened(inner, f"layer {len(chain.found) + 1}")[0]]
            path = f"{group}/layers/{name}" if group else f"layers/{name}"
            _collect(inner, inner_live, f"{path}_{taken[name]}" if taken[name] else path, chain)
            taken[name] += 1


def _opened(description: Any, what: str) -> tuple[str, Mapping[str, Any]]:
    """The class and the config of a described object, one of those that are explained."""
    entry = _mapping(description, what)
    name, module = entry.get("class_name"), entry.get("module")
    if name == "Model":  # what Keras calls a Functional model when it is not loading one
        name = "Functional"
    if not isinstance(name, str) or name not in _GROUPS:
        raise ValueError(f"{what} must be of a class that is explained: {EXPLAINED}. Received: {quoted(name)}")
    if not isinstance(module, str) or module not in _MODULES[name] or entry.get("registered_name") not in (None, name):
        raise ValueError(
            f"{what} must be Keras's own {name}, of the module {min(_MODULES[name], key=len)}. "
            f"Received: module {quoted(module)}, registered name {quoted(entry.get('registered_name'))}"
        )
    return name, _mapping(entry.get("config"), f"the config of {what}")


def _conv1d(config: Mapping[str, Any], live: Any, number: int) -> Conv1D:
    """The record of one layer. Of a live layer the activation is the function it calls, whatever Keras would write down for it."""
    name = _name(config.get("name"), f"layer {number}")
    what = f"layer {number} ({quoted(name)})"
    unknown = sorted(set(map(str, config)) - _ARGUMENTS - _LORA)
    if unknown:
        raise ValueError(f"{what} must have the arguments of Conv1D only. Received: {quoted(unknown[0])}")
    if not {"filters", "kernel_size"} <= set(config):
        raise ValueError(f"{what} must have filters and kernel_size. Received: {quoted(', '.join(sorted(config)), 80)}")
    _require_float32(config.get("dtype"), what)
    for argument, kinds in (("use_bias", bool), ("data_format", (str, type(None))), ("padding", str)):
        if argument in config and not isinstance(config[argument], kinds):
            raise ValueError(
                f"{what}: {argument} must be as Keras writes it. Received: {argument}={quoted(config[argument])}"
            )
    settings = {key: value for key, value in config.items() if key not in _LORA and key != "dtype"}
    if live is not None:
        settings["activation"] = live.activation
    try:
        return Conv1D(**settings)
    except ValueError as error:
        raise ValueError(f"{what}: {error}") from None


def _sequence(config: Mapping[str, Any], live: Any, number: int) -> list[tuple[Any, Any]]:
    """The layers of a Sequential model, each with the Keras layer it describes."""
    described = _list(config.get("layers"), "the layers of a Sequential model")
    for position, entry in enumerate(described):
        if position and isinstance(entry, Mapping) and entry.get("class_name") == "InputLayer":
            raise ValueError(
                "an input must come first in a Sequential model. Received: an InputLayer after another layer"
            )
    if live is None:
        return [(entry, None) for entry in described]
    lives = list(live.layers)  # without the InputLayer
    return list(zip(described, [None] * (len(described) - len(lives)) + lives, strict=True))


def _graph_chain(config: Mapping[str, Any], live: Any, number: int) -> list[tuple[Any, Any]]:
    """The layers of a Functional model in the order of the data, each with the Keras layer it describes; only a chain has one."""
    layers: dict[str, Any] = {}
    follower: dict[str, str] = {}
    start = None
    for entry in _list(config.get("layers"), "the layers of a Functional model"):
        kind, _ = _opened(entry, "a layer of a Functional model")
        name = _name(entry.get("name"), "a layer of a Functional model")
        if name in layers:
            raise ValueError(f"each layer of a model must have its own name. Received: {quoted(name)} twice")
        layers[name] = entry
        calls = _list(entry.get("inbound_nodes"), f"the calls of layer {quoted(name)}")
        if kind == "InputLayer":
            if calls or start is not None:
                raise _not_a_chain(
                    f"more than one input, {quoted(start)} and {quoted(name)}"
                    if start
                    else "an input that reads another"
                )
            start = name
            continue
        if len(calls) != 1:
            raise _not_a_chain(f"layer {quoted(name)}, called {len(calls)} times")
        before = _source(calls[0], name)
        if before in follower:
            raise _not_a_chain(
                f"the layers {quoted(follower[before])} and {quoted(name)}, which both read {quoted(before)}"
            )
        follower[before] = name
    if start is None or [start] != [name for name, _, _ in _ends(config.get("input_layers"), "input_layers")]:
        raise ValueError(
            "a Functional model must have exactly one input, an InputLayer of its own. Received: another description"
        )
    order = [start]
    while order[-1] in follower:
        order.append(follower.pop(order[-1]))
    outputs = {name for name, _, _ in _ends(config.get("output_layers"), "output_layers")}
    if len(order) != len(layers) or not outputs <= set(order) or order[-1] not in outputs:
        raise _not_a_chain("layers between which no data pass, or an output that no layer gives")
    lives = {} if live is None else {layer.name: layer for layer in live.layers}
    return [(layers[name], lives.get(name)) for name in order]


def _not_a_chain(received: str) -> ValueError:
    return ValueError(
        "a Functional model must be a chain: one input, and each layer called once, on the output of the one before "
        f"(levels in between may be outputs too). Received: {received}"
    )


def _source(call: Any, name: str) -> str:
    """The layer whose one output a call reads, the call being written as ``{"args": [tensor], "kwargs": {...}}``."""
    what = f"the call of layer {quoted(name)}"
    call = _mapping(call, what)
    args = _list(call.get("args"), f"the arguments of {what}")
    options = _mapping(call.get("kwargs"), f"the options of {what}")
    if len(args) != 1 or any(value is not None and not isinstance(value, bool) for value in options.values()):
        raise _not_a_chain(f"layer {quoted(name)}, which reads more than one tensor")
    tensor = _mapping(args[0], f"the argument of {what}")
    history = _mapping(tensor.get("config"), f"the argument of {what}").get("keras_history")
    if tensor.get("class_name") != "__keras_tensor__":
        raise ValueError(f"{what} must read the output of a layer. Received: {quoted(tensor.get('class_name'))}")
    ((source, node, output),) = _ends(history, f"the argument of {what}")
    if (node, output) != (0, 0):
        raise _not_a_chain(f"layer {quoted(name)}, which reads one of several outputs of {quoted(source)}")
    return source


def _ends(value: Any, what: str) -> list[tuple[str, int, int]]:
    """Tensors by (layer, call, output): one alone, a list, or a dictionary of them, as different versions of Keras write them."""
    entries = list(value.values()) if isinstance(value, Mapping) else _list(value, what)
    if entries and isinstance(entries[0], str):
        entries = [entries]
    ends = []
    for entry in entries:
        parts = _list(entry, what)
        if len(parts) != 3 or not isinstance(parts[0], str) or any(type(part) is not int for part in parts[1:]):
            raise ValueError(
                f"{what} must name tensors as [layer, call, output]. Received: {quoted(type(entry).__name__)}"
            )
        ends.append((parts[0], parts[1], parts[2]))
    return ends


def _input_axes(config: Mapping[str, Any]) -> tuple[int | None, int | None]:
    name = quoted(config.get("name"))
    _require_float32(config.get("dtype"), f"the input {name}")
    if config.get("sparse") or config.get("ragged"):
        raise ValueError(f"the input {name} must be dense. Received: sparse or ragged")
    return _axes(config.get("batch_shape"), f"the input {name}")


def _built_axes(description: Mapping[str, Any]) -> list[tuple[int | None, int | None]]:
    """The input axes that a built layer remembers: one pair, or none for a layer that was never built."""
    built = description.get("build_config")
    shape = built.get("input_shape") if isinstance(built, Mapping) else None
    return [] if shape is None else [_axes(shape, "the input of layer 1")]


def _axes(batch_shape: Any, what: str) -> tuple[int | None, int | None]:
    """The two axes after the batch, in Keras's order; None where a size is not known."""
    axes = _list(batch_shape, f"the shape of {what}")
    if len(axes) != 3:
        raise ValueError(f"{what} must have three axes: batch, steps, channels. Received: {len(axes)}")
    for size in axes[1:]:
        if size is not None and (type(size) is not int or size <= 0):
            raise ValueError(f"{what} must have positive integers as sizes. Received: {quoted(size)}")
    return axes[1], axes[2]


def _require_float32(dtype: Any, what: str) -> None:
    """Refuse every dtype and dtype policy but float32, written as a name or as a described policy."""
    name = dtype
    if isinstance(dtype, Mapping):
        policy = dtype.get("class_name")
        known = isinstance(policy, str) and "Policy" in policy and dtype.get("module") in _MODULES.get(policy, ())
        settings = dtype.get("config")
        name = settings.get("name") if known and isinstance(settings, Mapping) else policy
    if name not in (None, "float32"):
        raise ValueError(
            f"{what} must compute in float32, the only dtype that is explained. Received: dtype {quoted(name)}"
        )


def _name(value: Any, what: str) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{what} must have a name. Received: {quoted(type(value).__name__)}")
    return value


def _mapping(value: Any, what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise ValueError(f"{what} must be described by a dictionary. Received: {quoted(type(value).__name__)}")
    return value


def _list(value: Any, what: str) -> list[Any]:
    if not isinstance(value, (list, tuple)):
        raise ValueError(f"{what} must be a list. Received: {quoted(type(value).__name__)}")
    return list(value)
