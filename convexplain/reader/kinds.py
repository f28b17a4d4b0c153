"""From one described layer to the records that state what it computes.

This module knows which classes and operations of Keras are explained, where each may come from, and how its arguments
are written; it knows nothing of how layers read each other. It looks nothing up by name and makes no arrays.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from convexplain import layers
from convexplain.layers import ACTIVATIONS, LAYERS, Layer, activation_name
from convexplain.names import quoted
from convexplain.reader.values import mapping, require_float32, text

EXPLAINED = (
    "Conv1D, DepthwiseConv1D, SeparableConv1D, Conv1DTranspose, Dense, BatchNormalization, LayerNormalization, "
    "Rescaling, pooling, padding, cropping, upsampling, reshaping, slicing, merging and activation layers, and "
    "dropout, in float32"
)

MODELS = {
    "Sequential": {"keras", "keras.models", "keras.src.models.sequential"},
    "Functional": {"keras", "keras.models", "keras.src.models.functional"},
}
"""Models that are opened, and the modules each may come from."""

_OPERATIONS = "keras.src.ops."
_FUNCTIONS = "keras.src.activations.activations"

# What is written for LoRA, whose factors are merged into the kernel that a layer computes with and that Keras saves;
# and for quantisation, which another dtype would say.
_UNSAID = {"lora_rank", "lora_alpha", "dtype"}
_SWITCHES = {"use_bias", "center", "scale", "keepdims", "rms_scaling", "renorm", "synchronized"}
_MOST_ENTRIES = 8
"""No argument of a layer of one dimension is a longer list."""

Given: TypeAlias = "tuple[Any, ...]"
"""What an operation is given besides levels: the place of a number among its two operands, and that number; or an
index: of each axis a number, a slice's (start, stop, step), or an ellipsis.
"""

RANDOM = {"Dropout", "SpatialDropout1D", "AlphaDropout", "GaussianDropout", "GaussianNoise", "BatchNormalization"}
"""Layers that compute something else in training."""

_BENT = ("ReLU", "LeakyReLU", "PReLU", "ELU", "Softmax", "Activation")
# Activations given as layers that are those given by name.
_NAMED: dict[Layer, str] = {
    layers.ReLU(): "relu",
    layers.ReLU(max_value=6): "relu6",
    layers.LeakyReLU(negative_slope=0.2): "leaky_relu",
    layers.ELU(): "elu",
    layers.Softmax(): "softmax",
}


@dataclass(frozen=True, eq=False)
class Entry:
    """A layer or an operation as it is described, in its place."""

    name: str | None
    class_name: Any
    module: Any
    registered: Any
    config: Mapping[str, Any]
    build: Any
    """What it remembers of the shapes it was built for."""
    live: Any
    """The Keras object that was described, if there is one."""

    @property
    def operation(self) -> Operation | None:
        """What is known of it, when it is an operation that is explained."""
        key = self.module, self.class_name
        return OPERATIONS.get(key) if all(isinstance(part, str) for part in key) else None

    @property
    def kind(self) -> type[Layer] | None:
        """The record's class, when it is a layer of a class that is explained."""
        known = isinstance(self.class_name, str) and self.operation is None and not is_operation(self.module)
        return LAYERS.get(self.class_name) if known and self.class_name not in layers.OPERATIONS else None


@dataclass(frozen=True, eq=False)
class Part:
    """What one level of a network is made by."""

    layer: Layer
    group: str
    """Where a weights file has its arrays."""
    live: Any = None
    """The Keras layer that computes exactly this level, if there is one."""
    holder: Any = None
    """The Keras layer that has the weights, if there is one."""
    is_operation: bool = False
    """Whether it is an operation, which takes the batch for an axis like any other."""


@dataclass(frozen=True)
class Operation:
    """An operation on tensors, ``a + b`` or ``keras.ops.relu(a)``, and the layer that does the same."""

    reads: str
    """What it is given: "one" tensor, "two" operands of which one may be a number, "several" tensors in a list, or one
    tensor and what is "indexed".
    """
    record: Callable[..., Layer]
    """The layer, from the operation's config; with a number among two operands also from its place and the number, with
    an index also from that.
    """


def opened(description: Any, what: str, live: Any = None) -> Entry:
    """A described object, its class not yet judged."""
    entry = mapping(description, what)
    config = mapping(entry.get("config"), f"the config of {what}")
    own = entry.get("name", config.get("name"))
    return Entry(
        None if own is None else text(own, f"the name of {what}"),
        entry.get("class_name"),
        entry.get("module"),
        entry.get("registered_name"),
        config,
        entry.get("build_config"),
        live,
    )


def is_operation(module: Any) -> bool:
    """Whether a module holds Keras's operations, which are no layers: a weights file does not count them."""
    return isinstance(module, str) and (module.startswith(_OPERATIONS) or module == _FUNCTIONS)


def group_name(class_name: Any) -> str:
    """How a weights file calls the group of a layer, whatever the layer's own name: ``MaxPooling1D`` is
    ``max_pooling1d``.
    """
    name = re.sub(r"\W+", "", class_name) if isinstance(class_name, str) else ""
    name = re.sub(r"(.)([A-Z][a-z]+)", r"\1_\2", name)
    return re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower()


def parts(entry: Entry, group: str, given: Given = ()) -> tuple[Part, ...]:
    """The levels of a layer with its arrays in ``group``: one, or two when its activation is a layer with settings of
    its own.

    ``given`` is what an operation is given besides levels. ``ValueError`` for what is not explained.
    """
    operation = entry.operation
    if operation is not None:
        return (_operation(entry, operation, given),)
    kind = _own_class(entry)
    settings = _settings(entry, kind)
    if "activation" in entry.config:
        bent = _activation(entry, group)
        if isinstance(bent, Part):
            if kind is layers.Activation:
                return (replace(bent, layer=_renamed(bent.layer, entry.name), live=entry.live),)
            before = Part(_made(kind, settings | {"activation": "linear"}), group, holder=entry.live)
            return before, bent
        settings["activation"] = bent
    return (Part(_made(kind, settings), group, entry.live, entry.live),)


def _own_class(entry: Entry) -> type[Layer]:
    """The class of a layer, which must be explained and Keras's own."""
    kind = entry.kind
    if kind is None:
        raise ValueError(f"it must be of a class that is explained: {EXPLAINED}. Received: {quoted(entry.class_name)}")
    require_own(entry, {"keras.layers"})
    if entry.live is not None and ("call" in vars(entry.live) or not entry.live.built):
        raise ValueError("it must be built, and call what its class calls. Received: other")
    return kind


def require_own(entry: Entry, modules: set[str]) -> None:
    """``ValueError`` unless a class is Keras's own; of an object, the very class that Keras has."""
    name, module = entry.class_name, entry.module
    if not isinstance(module, str) or module not in modules or entry.registered not in (None, name):
        raise ValueError(
            f"it must be Keras's own {name}, of the module {min(modules, key=len)}. "
            f"Received: module {quoted(module)}, registered name {quoted(entry.registered)}"
        )
    if entry.live is not None and not is_exact(entry.live):
        raise ValueError(
            f"it must be Keras's own {name}, not of a class derived from it, which may compute anything. "
            f"Received: {quoted(type(entry.live).__qualname__)} of {quoted(type(entry.live).__module__)}"
        )


def is_exact(live: Any) -> bool:
    """Whether an object is of the very class that Keras has under its name, and not of a derived one."""
    kind = type(live)
    homes = ("keras.layers", "keras.models", "keras.src.models.functional", kind.__module__)
    keras = [sys.modules.get(home) for home in homes if home.split(".")[0] == "keras"]
    return kind.__module__.startswith("keras.") and any(getattr(home, kind.__name__, None) is kind for home in keras)


def _settings(entry: Entry, kind: type[Layer]) -> dict[str, Any]:
    """The arguments of a layer, each of a form that Keras writes."""
    require_float32(entry.config.get("dtype"), "it")
    settings = {}
    for key, value in entry.config.items():
        if key in _UNSAID or (key == "quantization_config" and value is None):
            continue
        if key in _SWITCHES and kind is not layers.Rescaling and not isinstance(value, bool):
            raise ValueError(f"{key} must be true or false. Received: {key}={quoted(value)}")
        if isinstance(value, (list, tuple)) and len(value) > _MOST_ENTRIES:
            raise ValueError(f"{key} must have at most {_MOST_ENTRIES} entries. Received: {len(value)}")
        settings[key] = value
    if kind is layers.Conv1DTranspose and entry.live is not None:
        # Earlier versions of Keras leave it out of what they say of a layer.
        settings["output_padding"] = entry.live.output_padding
    return settings


def _made(kind: type[Layer], settings: Mapping[str, Any]) -> Layer:
    """The record with these arguments."""
    parameters = inspect.signature(kind).parameters.values()
    needed = [p.name for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD]
    missing = [name for name in needed if name not in settings]
    if missing:
        raise ValueError(f"{kind.__name__} needs {missing[0]}. Received: {quoted(', '.join(settings), 80)}")
    try:
        return kind(**settings)
    except TypeError as error:
        unknown = re.search(r"argument '(.*)'", str(error))
        received = quoted(unknown[1] if unknown else error)
        raise ValueError(f"it must have the arguments of {kind.__name__} only. Received: {received}") from None


def _activation(entry: Entry, group: str) -> str | Part:
    """The activation of a layer: its name, or the layer that it is.

    Of an object it is the function that is called, not what Keras writes for it.
    """
    written = entry.config["activation"]
    live = None if entry.live is None else entry.live.activation
    if not isinstance(written, Mapping):
        return activation_name(written if live is None else live)
    kind, named = written.get("class_name"), written.get("config")
    if kind == "function" and written.get("module") == "builtins" and isinstance(named, str):
        return activation_name(named if live is None else live)
    if kind not in _BENT:
        name, module = named if kind == "function" else kind, written.get("module")
        received = f"{quoted(name)} of the module {quoted(module)}" if name and module else "a function without a name"
        raise ValueError(
            f"activation must be one of {', '.join(ACTIVATIONS)}, or an activation layer. Received: {received}"
        )
    inner = opened(written, "an activation", live)
    made = parts(inner, f"{group}/activation")
    if len(made) != 1:
        raise ValueError("an activation must be one function. Received: one within another")
    (part,) = made
    layer = part.layer
    name = layer.activation if isinstance(layer, layers.Activation) else _NAMED.get(layer)
    return part if name is None else name


def _operation(entry: Entry, operation: Operation, given: Given) -> Part:
    """The layer that does what an operation does."""
    if entry.registered not in (None, entry.class_name) or (entry.live is not None and not is_exact(entry.live)):
        raise ValueError(f"it must be Keras's own operation. Received: registered name {quoted(entry.registered)}")
    try:
        made = operation.record(entry.config, *given)
    except KeyError as error:
        raise ValueError(f"{entry.class_name} needs {error.args[0]}. Received: none") from None
    return Part(_renamed(made, entry.name), "", is_operation=True)


def _renamed(layer: Any, name: str | None) -> Layer:
    return replace(layer, name=name)


def _named(name: str) -> Operation:
    return Operation("one", lambda config: layers.Activation(name))


def _gelu(config: Mapping[str, Any]) -> Layer:
    return layers.Activation("gelu" if config["approximate"] is False else "gelu_tanh")


def _log_softmax(config: Mapping[str, Any]) -> Layer:
    if config["axis"] != -1:
        raise ValueError(f"its axis must be the last, -1. Received: axis={quoted(config['axis'])}")
    return layers.Activation("log_softmax")


def _item(config: Mapping[str, Any], *index: Any) -> Layer:
    if index[:1] not in (((None, None, None),), (...,)):
        raise ValueError(f"its index must leave the batch whole. Received: {quoted(index)}")
    return layers.GetItem(index if index[0] is ... else index[1:])


def _over_steps(kind: Any) -> Operation:
    """A mean or a maximum along the steps."""

    def made(config: Mapping[str, Any]) -> Layer:
        axis, keepdims = config["axis"], config["keepdims"]
        along = axis[0] if isinstance(axis, (list, tuple)) and len(axis) == 1 else axis
        if along not in (1, -2) or isinstance(along, bool) or config.get("initial") is not None:
            raise ValueError(f"its axis must be the steps, 1. Received: axis={quoted(axis)}")
        return kind(keepdims=keepdims is True)

    return Operation("one", made)


def _divided(place: int, number: float) -> Layer:
    if place == 0:
        raise ValueError(f"it must divide a tensor by a number. Received: the number {quoted(number)} divided by one")
    return layers.TrueDivide(number)


def _two(kind: Any, with_number: Callable[[int, float], Layer] | None = None) -> Operation:
    """An operation on two tensors, where there is a ``kind`` of layer for it, or on a tensor and a number."""

    def made(config: Mapping[str, Any], *number: Any) -> Layer:
        if not number and kind is not None:
            return kind()
        if not number:
            raise ValueError("one of its operands must be a number. Received: two tensors")
        if with_number is None:
            raise ValueError(f"both operands must be tensors. Received: the number {quoted(number[1])}")
        return with_number(*number)

    return Operation("two", made)


_NUMPY, _NN = "keras.src.ops.numpy", "keras.src.ops.nn"
OPERATIONS: dict[tuple[str, str], Operation] = {
    (_NUMPY, "Add"): _two(layers.Add, lambda place, number: layers.Rescaling(1.0, number)),
    (_NUMPY, "Subtract"): _two(
        layers.Subtract,
        lambda place, number: layers.Rescaling(-1.0, number) if place == 0 else layers.Rescaling(1.0, -number),
    ),
    (_NUMPY, "Multiply"): _two(layers.Multiply, lambda place, number: layers.Rescaling(number)),
    (_NUMPY, "TrueDivide"): _two(None, _divided),
    (_NUMPY, "Divide"): _two(None, _divided),
    (_NUMPY, "Negative"): Operation("one", lambda config: layers.Rescaling(-1.0)),
    (_NUMPY, "Maximum"): _two(layers.Maximum),
    (_NUMPY, "Minimum"): _two(layers.Minimum),
    (_NUMPY, "Concatenate"): Operation("several", lambda config: layers.Concatenate(config["axis"])),
    (_NUMPY, "GetItem"): Operation("indexed", _item),
    (_NUMPY, "Mean"): _over_steps(layers.GlobalAveragePooling1D),
    (_NUMPY, "Max"): _over_steps(layers.GlobalMaxPooling1D),
    (_NUMPY, "Tanh"): _named("tanh"),
    (_NUMPY, "Exp"): _named("exponential"),
    (_NN, "Elu"): Operation("one", lambda config: layers.ELU(config["alpha"])),
    (_NN, "LeakyRelu"): Operation("one", lambda config: layers.LeakyReLU(negative_slope=config["negative_slope"])),
    (_NN, "Softmax"): Operation("one", lambda config: layers.Softmax(config["axis"])),
    (_NN, "LogSoftmax"): Operation("one", _log_softmax),
    (_NN, "Gelu"): Operation("one", _gelu),
    (_FUNCTIONS, "ReLU"): Operation(
        "one", lambda config: layers.ReLU(config["max_value"], config["negative_slope"], config["threshold"])
    ),
} | {
    (_NN, "".join(word.capitalize() for word in name.split("_"))): _named(name)
    for name in ("relu", "relu6", "sigmoid", "silu", "softplus", "softsign", "selu", "hard_sigmoid", "hard_silu")
}
"""Operations that are explained, by module and class."""
