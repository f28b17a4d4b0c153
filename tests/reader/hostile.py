"""Files that are made to do harm, each with what its refusal says.

A case is a function that writes one path; most change one thing of a valid file. ``{elsewhere}`` is a directory with a
secret and with a pipe that nobody writes to: to open the pipe is to wait for ever.
"""

from __future__ import annotations

import io
import json
import os
import struct
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import handmade
import numpy as np

SECRET = "correct horse battery staple"
Write = Callable[[Path, Path], Any]
CASES: dict[str, tuple[str, Write]] = {}


def case(name: str, says: str) -> Callable[[Write], Write]:
    def register(write: Write) -> Write:
        assert name not in CASES
        CASES[name] = says, write
        return write

    return register


def in_config(name: str, says: str, change: Callable[[dict[str, Any]], Any], model: str = "single") -> None:
    """A change of the description of a whole model."""

    def write(path: Path, elsewhere: Path) -> None:
        valid = handmade.MODELS[model]()
        change(valid.config)
        handmade.write(path, valid.members())

    case(name, says)(write)


def in_layer(name: str, says: str, /, **settings: Any) -> None:
    """A change of the settings of the only layer."""
    in_config(name, says, lambda config: config["config"]["layers"][1]["config"].update(settings))


def in_weights(name: str, says: str) -> Callable[[Callable[[h5py.Group, Path], Any]], None]:
    """A change of the group that holds the arrays of the only layer."""

    def register(change: Callable[[h5py.Group, Path], Any]) -> None:
        def write(path: Path, elsewhere: Path) -> None:
            members = handmade.single().members()
            image = io.BytesIO(members["model.weights.h5"])
            with h5py.File(image, "r+") as file:
                change(file["layers/conv1d/vars"], elsewhere)
            handmade.write(path, members | {"model.weights.h5": image.getvalue()})

        case(name, says)(write)

    return register


def in_members(name: str, says: str, **contents: bytes | None) -> None:
    """Other contents of the two members, or none."""

    def write(path: Path, elsewhere: Path) -> None:
        named = {
            {"config": "config.json", "weights": "model.weights.h5"}[key]: value for key, value in contents.items()
        }
        members = handmade.single().members() | named
        handmade.write(path, {member: content for member, content in members.items() if content is not None})

    case(name, says)(write)


def in_bytes(name: str, says: str, change: Callable[[bytes], bytes], compression: int = zipfile.ZIP_STORED) -> None:
    """A change of the bytes of the file."""

    def write(path: Path, elsewhere: Path) -> None:
        handmade.write(path, handmade.single().members(), compression)
        path.write_bytes(change(path.read_bytes()))

    case(name, says)(write)


# Paths.

case("directory", "a directory")(lambda path, _: path.mkdir())
case("SavedModel", "a directory")(lambda path, _: (path.mkdir(), (path / "saved_model.pb").write_bytes(b"")))
case("pipe", "a pipe")(lambda path, _: os.mkfifo(path))
case("device", "a device")(lambda path, _: path.symlink_to("/dev/zero"))
case("link in a circle", "must be readable")(lambda path, _: path.symlink_to(path))
case("link to nothing", "where nothing is")(lambda path, _: path.symlink_to("nothing"))
case("empty", "zip archive")(lambda path, _: path.write_bytes(b""))
case("text", "zip archive")(lambda path, _: path.write_text("import os; os.system('true')"))
case("legacy HDF5", "legacy HDF5")(lambda path, _: path.write_bytes(handmade.single().image()))
case("sparse terabyte", "zip archive")(lambda path, _: (path.write_bytes(b"PK"), os.truncate(path, 2**40)))

# Zip.

in_bytes("truncated", "damaged or truncated", lambda data: data[: len(data) // 2])
in_bytes("without its last byte", "damaged or truncated", lambda data: data[:-1])
in_bytes(
    "damaged content",
    "damaged or truncated",
    lambda data: data.replace(b"conv1d", b"conv2d", 1).replace(b'"filters": 4', b'"filters": 5', 1),
)
in_bytes("encrypted", "not encrypted", lambda data: flagged(data, 1))
in_bytes("strongly encrypted", "damaged|encrypted", lambda data: flagged(data, 0x41))
in_bytes("patched", "damaged", lambda data: flagged(data, 0x20))
in_bytes("later zip version", "damaged", lambda data: data.replace(b"PK\1\2\x14\3\x14", b"PK\1\2\x14\3\xff"))
in_bytes("table of contents of 4 GB", "damaged", lambda data: data[:-10] + struct.pack("<L", 2**32 - 1) + data[-6:])
in_members("no config", "config.json once. Received: 0", config=None)
in_members("no weights", "model.weights.h5 once. Received: 0", weights=None)
in_members("weights of a megabyte of zeros", "damaged", weights=bytes(2**20))
in_members("config of 3 MB", "at most 2097152 bytes", config=b" " * 3 * 2**20)


def flagged(data: bytes, flags: int) -> bytes:
    """With these flags set on every entry of the zip's table of contents."""
    changed = bytearray(data)
    at = data.find(b"PK\1\2")
    while at >= 0:
        changed[at + 8] |= flags
        at = data.find(b"PK\1\2", at + 4)
    return bytes(changed)


@case("duplicate config", "config.json once. Received: 2")
def _(path: Path, elsewhere: Path) -> None:
    members = handmade.single().members()
    handmade.write(path, [*members.items(), ("config.json", members["config.json"])])


@case("duplicate weights", "model.weights.h5 once. Received: 2")
def _(path: Path, elsewhere: Path) -> None:
    members = handmade.single().members()
    handmade.write(path, [*members.items(), ("model.weights.h5", b"")])


@case("members outside", "config.json once. Received: 0")
def _(path: Path, elsewhere: Path) -> None:
    handmade.write(path, {f"../{name}": content for name, content in handmade.single().members().items()})


@case("zip bomb in the config", "must not inflate")
def _(path: Path, elsewhere: Path) -> None:
    members = handmade.single().members()
    handmade.write(path, members | {"config.json": members["config.json"] + b" " * 2**20}, zipfile.ZIP_DEFLATED)


@case("zip bomb in the weights", "must not inflate")
def _(path: Path, elsewhere: Path) -> None:
    members = handmade.single().members()
    handmade.write(path, members | {"model.weights.h5": bytes(100 * 2**20)}, zipfile.ZIP_DEFLATED)


@case("zip bomb that says it is small", "damaged or truncated")
def _(path: Path, elsewhere: Path) -> None:
    members = handmade.single().members()
    weights = bytes(100 * 2**20)
    handmade.write(path, members | {"model.weights.h5": weights}, zipfile.ZIP_DEFLATED)
    path.write_bytes(path.read_bytes().replace(struct.pack("<L", len(weights)), struct.pack("<L", 9000)))


@case("bomb of a kind that Keras does not write", "stored or deflated")
def _(path: Path, elsewhere: Path) -> None:
    handmade.write(path, handmade.single().members(), zipfile.ZIP_LZMA)


@case("a million members", "damaged or truncated")
def _(path: Path, elsewhere: Path) -> None:
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 3, 20, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    table = entry * 10**6
    path.write_bytes(table + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, len(table), 0, 0))


for _version, _says in {
    "2.15.0": "Keras 3.*Received: a file of Keras 2.15.0",
    "2.\x1b[2J": "a file of Keras 2",
}.items():

    @case(f"of Keras {_version!r}", _says)
    def _(path: Path, elsewhere: Path, version: str = _version) -> None:
        metadata = json.dumps({"keras_version": version}).encode()
        handmade.write(path, handmade.single().members() | {"metadata.json": metadata})


# JSON.

in_members("not JSON", "must be JSON", config=b"{'layers': __import__('os')}")
in_members("not UTF-8", "UTF-8", config=b'{"name": "\xff\xfe"}')
in_members("JSON in UTF-16", "must be JSON", config='{"class_name": "Sequential"}'.encode("utf-16"))
in_members("nested lists", "nested at most 200 levels", config=b"[" * 10**6)
in_members("nested dictionaries", "nested at most 200 levels", config=b'{"config":' * 10**5)
in_members("integer of a million digits", "at most 20 digits", config=b"1" * 10**6)
in_members("a million empty lists", "dictionary", config=b"[" + b"[]," * 690_000 + b"[]]")
in_members("a number alone", "dictionary", config=b"3")
in_members("nothing", "must be JSON", config=b"")
_OPENING = b'{"module": "keras", "class_name": "Sequential", "config": {"name": "s", "layers": ['
in_members("models in models in models", "nested at most 200 levels", config=_OPENING * 500 + b"]}}" * 500)


# Classes.

for _class, _module in [
    ("Lambda", "keras.layers"),
    ("LSTM", "keras.layers"),
    ("Conv2D", "keras.layers"),
    ("TFSMLayer", "keras.layers"),
    ("TorchModuleWrapper", "keras.layers"),
    ("Popen", "subprocess"),
    ("os.system", "os"),
    (None, "keras.layers"),
    (["Conv1D"], "keras.layers"),
]:
    in_config(
        f"class {_class}",
        "of a class that is explained",
        lambda config, given=_class, module=_module: config["config"]["layers"][1].update(
            class_name=given, module=module
        ),
    )
for _module in ["os", "builtins", "keras.src.utils", "keras.layers.os", "", None, "__main__", ["keras.layers"], {}]:
    in_config(
        f"module {_module!r}",
        "Keras's own Conv1D",
        lambda config, module=_module: config["config"]["layers"][1].update(module=module),
    )
in_config(
    "custom object", "registered name", lambda c: c["config"]["layers"][1].update(registered_name="Custom>Conv1D")
)
in_config("an input as the model", "of a class that is explained", lambda c: c.update(c["config"]["layers"][0]))
in_config("no layers", "a layer that computes", lambda config: config["config"].update(layers=[]))
in_config("an input alone", "a layer that computes", lambda config: config["config"]["layers"].pop())
in_config("two inputs in a row", "must come first", lambda c: c["config"]["layers"].insert(0, c["config"]["layers"][0]))
in_config("layers as a text", "must be a list", lambda config: config["config"].update(layers="Conv1D"))
in_config("a layer that is a number", "dictionary", lambda config: config["config"]["layers"].append(3))
in_config("no config of the model", "dictionary", lambda config: config.update(config=None))
in_config("the same layer a thousand times", "at most 1000 layers", lambda c: repeat(c, 1500))


def repeat(config: dict[str, Any], times: int) -> None:
    layer = handmade.conv1d("conv", 2, 1, 2)
    config["config"]["layers"][1:] = [{**layer, "config": {"name": "c", "filters": 2, "kernel_size": 1}}] * times


# Settings.

for _value in [0, -1, True, False, "5", 5.0, 1e300, None, [], [5, 5], [[5]], {"a": 5}, float("nan"), float("inf")]:
    in_layer(f"kernel_size {_value!r}", "kernel_size must be a positive integer", kernel_size=_value)
    in_layer(f"filters {_value!r}", "filters must be a positive integer", filters=_value)
    in_layer(f"strides {_value!r}", "strides must be a positive integer", strides=_value)
for _value in [10**12, 10**19]:
    in_layer(f"kernel_size {_value}", "at least as long as the span", kernel_size=_value)
    in_layer(f"padded kernel_size {_value}", "at most 16777216", kernel_size=[_value], padding="same")
    in_layer(f"filters {_value}", "at most 16777216", filters=_value)
in_layer("filters 10**9", "at most 16777216 numbers", filters=10**9)
in_layer("kernel_size of 100 digits", "at most 20 digits", kernel_size=10**99)
in_layer("groups that do not divide", "multiple of groups", groups=3)
in_layer("strides and dilation", "refused by Keras", strides=2, dilation_rate=2)
in_layer("padding", "padding must be one of", padding="reflect")
in_layer("padding as a list", "padding must be", padding=["same"])
in_layer("data_format", "data_format must be", data_format=1)
in_layer("use_bias as a text", "use_bias must be", use_bias="false")
in_layer(
    "an activation without settings",
    "described by a dictionary",
    activation={"module": "keras.layers", "class_name": "ReLU"},
)
in_layer(
    "an activation from elsewhere",
    "Keras's own ReLU",
    activation={"module": "os", "class_name": "ReLU", "config": {}},
)
_BENT: dict[str, Any] = {"module": "keras.layers", "class_name": "Activation", "config": {"activation": "tanh"}}
for _ in range(30):
    _BENT = _BENT | {"config": {"activation": _BENT, "name": "a"}}
in_layer("an activation that is called by a thousand names", "a layer's name", activation=_BENT, name="/")
in_layer("no such argument", "arguments of Conv1D only", rate=3)
in_layer("an argument of the record itself", "arguments of Conv1D only", self=3)
in_layer("a long list", "at most 8 entries", strides=[1] * 9)
in_layer("quantized", "arguments of Conv1D only", quantization_config={"class_name": "Int8QuantizationConfig"})
for _value in [
    "mish",
    "os.system",
    {"class_name": "function", "config": "relu"},
    {"module": "keras.layers", "class_name": "Lambda", "config": {}},
    {"module": "keras.layers", "class_name": "relu", "config": {}},
    {"module": "__main__", "class_name": "function", "config": "relu", "registered_name": "relu"},
    ["relu"],
    1,
    True,
    {},
]:
    in_layer(f"activation {_value!r}", "activation must be one of", activation=_value)
for _value in [
    "float16",
    "bfloat16",
    "float64",
    "int8",
    32,
    ["float32"],
    {"class_name": "DTypePolicy", "config": {"name": "float32"}},
    handmade.FLOAT32 | {"module": "os"},
    handmade.FLOAT32 | {"class_name": "QuantizedDTypePolicy"},
    handmade.FLOAT32 | {"config": {"name": "mixed_bfloat16"}},
]:
    in_layer(f"dtype {_value!r}", "must compute in float32", dtype=_value)
in_config("dtype of the model", "must compute in float32", lambda c: c["config"].update(dtype="mixed_float16"))
in_config(
    "dtype of the input", "must compute in float32", lambda c: c["config"]["layers"][0]["config"].update(dtype="int32")
)
in_config("sparse input", "dense", lambda c: c["config"]["layers"][0]["config"].update(sparse=True))
for _shape, _says in [
    ([None, None, 2], "number of steps and of channels must be known"),
    ([None, 20, None], "number of steps and of channels must be known"),
    ([None, 20], "needs an input of"),
    ([None], "after the batch"),
    ([None, 4, 20, 2], "after the batch"),
    ([None, 10**12, 2], "at most 16777216"),
    ([None, 20, 10**12], "at most 16777216"),
    ([None, 0, 2], "positive integers"),
    ([None, -20, 2], "positive integers"),
    ([None, True, 2], "positive integers"),
    ([None, 20.0, 2], "positive integers"),
    ([None, "20", 2], "positive integers"),
    ("20,2", "must be a list"),
    (None, "must be a list"),
    ([None, 20, 3], "must have the shape"),
]:
    in_config(
        f"input {_shape}", _says, lambda c, shape=_shape: c["config"]["layers"][0]["config"].update(batch_shape=shape)
    )

# Names.

for _name, _value in {
    "path": "../../../etc/passwd",
    "HTML": "<script>alert(1)</script>",
    "LaTeX": r"\input{/etc/passwd}",
    "terminal escape": "\x1b]0;harmed\x07\x1b[2J",
    "newline": "conv\n",
    "right to left": "conv\u202e",
    "half a character": "\ud800",
    "length": "x" * 100_000,
    "emptiness": "",
}.items():
    in_layer(f"name: {_name}", "a layer's name in a file", name=_value)
in_layer("name that is a list", "must be a text", name=["conv"])

# Graphs.


def in_graph(name: str, says: str, change: Callable[[dict[str, Any]], Any]) -> None:
    in_config(name, says, lambda config: change(config["config"]), model="notebook")


def history(config: dict[str, Any], layer: int) -> list[Any]:
    return config["layers"][layer]["inbound_nodes"][0]["args"][0]["config"]["keras_history"]


in_graph("a layer in a circle", "an order", lambda c: history(c, 1).__setitem__(0, "conv_2"))
in_graph("a layer that reads itself", "an order", lambda c: history(c, 2).__setitem__(0, "conv_2"))
in_graph("a layer that reads nothing", "an order", lambda c: history(c, 2).__setitem__(0, "nowhere"))
in_graph("a call that is not made", "an order", lambda c: history(c, 2).__setitem__(1, 1))
in_graph("a call before the first", "an order", lambda c: history(c, 2).__setitem__(1, -1))
in_graph("another output", "an order", lambda c: history(c, 2).__setitem__(2, 1))
in_graph("an output before the first", "an order", lambda c: history(c, 2).__setitem__(2, -1))
in_graph("a branch that does not fit", "must have the shape", lambda c: history(c, 2).__setitem__(0, "input_layer"))
in_graph(
    "a call that leads nowhere",
    "must lead to an output",
    lambda c: c["layers"][2].update(inbound_nodes=c["layers"][2]["inbound_nodes"] * 2),
)
in_graph("the middle as output", "must lead to an output", lambda c: c.update(output_layers=["conv_1", 0, 0]))
in_graph("no call", "must be called", lambda c: c["layers"][2].update(inbound_nodes=[]))
in_graph("calls as a number", "must be a list", lambda c: c["layers"][2].update(inbound_nodes=3))
in_graph("two arguments", "called on one level", lambda c: c["layers"][2]["inbound_nodes"][0]["args"].append(1))
in_graph("a list of levels", "called on one level", lambda c: call(c, 2).update(args=[call(c, 2)["args"]]))
in_graph("half a history", "must be named as", lambda c: history(c, 2).pop())
in_graph("a history in halves", "must be named as", lambda c: history(c, 2).__setitem__(1, 0.5))
in_graph("a constant", "must be a layer's output", lambda c: call(c, 2)["args"][0].update(class_name="__tensor__"))
in_graph("an option", "as at inference", lambda c: call(c, 2)["kwargs"].update(scale=2))
in_graph("a mask", "as at inference", lambda c: call(c, 2)["kwargs"].update(mask=[None, call(c, 2)["args"][0]]))
in_graph("two layers of one name", "own name", lambda c: c["layers"].append(c["layers"][2]))
in_graph("no output", "must have outputs", lambda c: c.update(output_layers=[]))
in_graph("an output from nowhere", "must have outputs", lambda c: c["output_layers"].append(["nowhere", 0, 0]))
in_graph("an output before the first output", "must have outputs", lambda c: c.update(output_layers=["conv_2", 0, -1]))
in_graph("outputs as a number", "must be a list", lambda c: c.update(output_layers=7))
in_graph("no input", "its input layers", lambda c: c.update(input_layers=[]))
in_graph("another input", "its input layers", lambda c: c.update(input_layers=["conv_1", 0, 0]))
in_graph("one input twice", "its input layers", lambda c: c.update(input_layers=[["input_layer", 0, 0]] * 2))
in_graph("two inputs", "its input layers", lambda c: c["layers"].append(c["layers"][0] | {"name": "other"}))
in_graph("an input that reads", "must read nothing", lambda c: c["layers"][0].update(inbound_nodes=[call(c, 1)]))
in_graph(
    "an input with a terminal escape",
    "an input's name",
    lambda c: (
        c["layers"].append(c["layers"][0] | {"name": "\x1b[2J"}),
        c.update(input_layers=[["input_layer", 0, 0], ["\x1b[2J", 0, 0]]),
    ),
)
in_graph("nodes of an older Keras", "Keras 3", lambda c: c["layers"][2].update(inbound_nodes=[[["conv_1", 0, 0, {}]]]))
in_graph(
    "one layer of two kinds",
    "shared layer must be one layer",
    lambda c: [layer.update(shared_object_id=7) for layer in c["layers"][1:]],
)
in_graph("a thousand reads each", "at most 10000 levels", lambda c: many_reads(c, 100))
in_graph("two thousand layers", "at most 1000 layers", lambda c: many_reads(c, 2000))
in_config(
    "inner outputs",
    "must have the shape",
    lambda c: c["config"]["layers"][3]["config"].update(output_layers=[["in_2", 0, 0], ["c", 0, 0]]),
    "nested",
)
in_config(
    "an inner input that does not fit",
    "fit the level",
    lambda c: c["config"]["layers"][2]["config"]["layers"][0]["config"].update(batch_shape=[None, 15, 4]),
    "nested",
)
in_config(
    "an inner input of another kind",
    "fit the level",
    lambda c: c["config"]["layers"][2]["config"]["layers"][0]["config"].update(batch_shape=[None, 64]),
    "nested",
)
in_config(
    "both data formats",
    "same data_format",
    lambda c: c["config"]["layers"][4]["config"].update(data_format="channels_first"),
    "nested",
)


def call(config: dict[str, Any], layer: int) -> dict[str, Any]:
    return config["layers"][layer]["inbound_nodes"][0]


def many_reads(config: dict[str, Any], count: int) -> None:
    """Sums of a thousand times the same level, one upon another."""
    config["layers"][1:] = []
    for number in range(count):
        read = handmade.read("input_layer" if number == 0 else f"add_{number - 1}")
        nodes = [{"args": [[read] * (100 if count < 1000 else 1)], "kwargs": {}}]
        own = {"name": f"add_{number}", "inbound_nodes": nodes * (1 if count > 1000 or number else 2)}
        config["layers"].append(handmade.entry("keras.layers", "Add", {"name": own["name"]}) | own)
    config["output_layers"] = [f"add_{count - 1}", 0, 0]


def doubling(config: dict[str, Any], inner: bool) -> None:
    """Forty models in one another, each of which calls the next one twice: 2**40 calls of the innermost."""
    held = {"config": {"name": "x"}} | handmade.input_layer((20, 1), "x") | {"name": "x", "inbound_nodes": []}
    if inner:
        layer = handmade.entry("keras.layers", "ReLU", {"name": "y"})
        layer |= {"name": "y", "inbound_nodes": [{"args": [handmade.read("x")], "kwargs": {}}]}
        model: dict[str, Any] = {"layers": [held, layer], "output_layers": ["y", 0, 0]}
    else:
        model = {"layers": [held], "output_layers": ["x", 0, 0]}
    for number in range(40):
        name = f"m{number}"
        own = handmade.entry("keras", "Functional", {"name": name, "input_layers": ["x", 0, 0]} | model)
        nodes = [{"args": [handmade.read(*source)], "kwargs": {}} for source in (["x", 0, 0], [name, 0, 0])]
        model = {"layers": [held, own | {"name": name, "inbound_nodes": nodes}], "output_layers": [name, 2, 0]}
    config.update(input_layers=["x", 0, 0], **model)


in_graph("calls without end", "at most 1000 layers", lambda c: doubling(c, True))
in_graph("calls of nothing without end", "at most 10000 levels", lambda c: doubling(c, False))

# HDF5.


@in_weights("external link", "without links")
def _(group: h5py.Group, elsewhere: Path) -> None:
    del group["0"]
    group["0"] = h5py.ExternalLink(str(elsewhere / "pipe"), "/secret")


@in_weights("external link for a group", "without links")
def _(group: h5py.Group, elsewhere: Path) -> None:
    parent = group.parent
    del parent["vars"]
    parent["vars"] = h5py.ExternalLink(str(elsewhere / "pipe"), "/")


@in_weights("soft link", "a link")
def _(group: h5py.Group, elsewhere: Path) -> None:
    group["1"][...] = 7
    group.move("0", "other")
    group["0"] = h5py.SoftLink("/layers/conv1d/vars/other")
    del group["1"]


@in_weights("soft link in a circle", "a link")
def _(group: h5py.Group, elsewhere: Path) -> None:
    del group["0"]
    group["0"] = h5py.SoftLink("/layers/conv1d/vars/0")


@in_weights("external storage", "in the file itself")
def _(group: h5py.Group, elsewhere: Path) -> None:
    del group["0"]
    group.create_dataset("0", (3, 2, 4), "f4", external=[(str(elsewhere / "secret"), 0, 96)])


@in_weights("external storage in a pipe", "in the file itself")
def _(group: h5py.Group, elsewhere: Path) -> None:
    del group["0"]
    group.create_dataset("0", (3, 2, 4), "f4", external=[(str(elsewhere / "pipe"), 0, 96)])


@in_weights("virtual dataset", "in the file itself")
def _(group: h5py.Group, elsewhere: Path) -> None:
    del group["0"]
    layout = h5py.VirtualLayout((3, 2, 4), "f4")
    layout[:] = h5py.VirtualSource(str(elsewhere / "pipe"), "secret", (3, 2, 4))
    group.create_virtual_dataset("0", layout)


@in_weights("virtual dataset without end", "in the file itself")
def _(group: h5py.Group, elsewhere: Path) -> None:
    del group["0"]
    layout = h5py.VirtualLayout((3, 2, 4), "f4", maxshape=(None, 2, 4))
    source = h5py.VirtualSource(str(elsewhere / "pipe"), "secret", (3, 2, 4), maxshape=(None, 2, 4))
    unlimited = (h5py.h5s.UNLIMITED, 2, 4)
    layout[: unlimited[0], :, :] = source[: unlimited[0], :, :]
    group.create_virtual_dataset("0", layout)


@in_weights("external link that nobody asks for", "without links")
def _(group: h5py.Group, elsewhere: Path) -> None:
    group.file.create_group("optimizer")["0"] = h5py.ExternalLink(str(elsewhere / "pipe"), "/secret")


@in_weights("soft link that nobody asks for", "a link")
def _(group: h5py.Group, elsewhere: Path) -> None:
    group.file.create_group("optimizer")["0"] = h5py.SoftLink("/layers")


@in_weights("virtual dataset that nobody asks for", "in the file itself")
def _(group: h5py.Group, elsewhere: Path) -> None:
    layout = h5py.VirtualLayout((3, 2, 4), "f4")
    layout[:] = h5py.VirtualSource(str(elsewhere / "pipe"), "secret", (3, 2, 4))
    group.file.create_group("optimizer").create_virtual_dataset("0", layout)


@in_weights("group that holds itself", "must hold 2 arrays")
def _(group: h5py.Group, elsewhere: Path) -> None:
    group["circle"] = group.file["layers"]


@in_weights("array that was never written", "written, in one piece")
def _(group: h5py.Group, elsewhere: Path) -> None:
    del group["0"]
    group.create_dataset("0", (3, 2, 4), "f4")


@in_weights("400 GB", "must have the shape")
def _(group: h5py.Group, elsewhere: Path) -> None:
    del group["0"]
    space = h5py.h5s.create_simple((100_000, 1_000, 1_000))
    settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    settings.set_alloc_time(h5py.h5d.ALLOC_TIME_LATE)
    h5py.h5d.create(group.id, b"0", h5py.h5t.IEEE_F32LE, space, settings)


@in_weights("400 GB in chunks", "must have the shape")
def _(group: h5py.Group, elsewhere: Path) -> None:
    del group["0"]
    group.create_dataset("0", (100_000, 1_000, 1_000), "f4", chunks=(1000, 1000, 100), compression="gzip")


@in_weights("chunk of 4 GB", "in one piece")
def _(group: h5py.Group, elsewhere: Path) -> None:
    del group["0"]
    group.create_dataset("0", (3, 2, 4), "f4", maxshape=(None, None, None), chunks=(10_000, 1_000, 100))


@in_weights("compressed", "not compressed")
def _(group: h5py.Group, elsewhere: Path) -> None:
    del group["0"]
    group.create_dataset("0", data=np.zeros((3, 2, 4), "f4"), compression="gzip", shuffle=True, fletcher32=True)


for _label, _data in {
    "wrong axes": np.zeros((2, 3, 4), "f4"),
    "flat": np.zeros(24, "f4"),
    "scalar": np.float32(0),
    "no numbers": h5py.Empty("f4"),
    "too large": np.zeros((3, 2, 5), "f4"),
}.items():

    @in_weights(f"shape: {_label}", "must have the shape")
    def _(group: h5py.Group, elsewhere: Path, data: Any = _data) -> None:
        del group["0"]
        group["0"] = data


for _dtype in [
    np.dtype("f8"),
    np.dtype("f2"),
    np.dtype("i4"),
    np.dtype("S4"),
    np.dtype("V4"),
    np.dtype("c8"),
    np.dtype(bool),
    np.dtype([("weight", "f4")]),
    h5py.string_dtype(),
    h5py.vlen_dtype(np.float32),
    h5py.ref_dtype,
    h5py.enum_dtype({"A": 0, "B": 1}),
]:

    @in_weights(f"dtype of an array: {_dtype} {_dtype.metadata}", "must hold float32")
    def _(group: h5py.Group, elsewhere: Path, dtype: np.dtype = _dtype) -> None:
        del group["0"]
        group.create_dataset("0", (3, 2, 4), dtype)


for _number in [np.nan, np.inf, -np.inf]:

    @in_weights(f"weight {_number}", "must be finite")
    def _(group: h5py.Group, elsewhere: Path, number: float = _number) -> None:
        group["0"][0, 0, 0] = number


in_weights("array that is a group", "must be an array")(lambda group, _: (group.pop("0"), group.create_group("0")))
in_weights("array that is a type", "must be an array")(lambda group, _: group.__setitem__("0", group.pop("0").dtype))
in_weights("group that is an array", "form of group")(
    lambda group, _: group.parent.__setitem__("vars", group.parent.pop("vars")["0"][()])
)
in_weights("no kernel", "must hold 2 arrays")(lambda group, _: group.pop("0"))
in_weights("one array more", "must hold 2 arrays")(lambda group, _: group.__setitem__("2", np.zeros(3)))
in_weights("other names", "named by number")(lambda group, _: group.move("0", "kernel"))
in_weights("no group", "nothing there")(lambda group, _: group.parent.pop("vars"))


def in_image(name: str, says: str, change: Callable[[bytearray], Any], image: bytes | None = None) -> None:
    """A change of the bytes of the weights file, which the library that writes them would not make."""

    def write(path: Path, elsewhere: Path) -> None:
        changed = bytearray(image or handmade.single().image())
        change(changed)
        handmade.write(path, handmade.single().members() | {"model.weights.h5": bytes(changed)})

    case(name, says)(write)


def replaced(old: bytes, new: bytes) -> Callable[[bytearray], None]:
    def change(image: bytearray) -> None:
        assert old in image
        image[:] = image.replace(old, new)

    return change


def circle_of_free_blocks(image: bytearray) -> None:
    """Every list of free blocks leads from its first block back to it: HDF5's library follows for ever."""
    at = image.find(b"HEAP\0")
    while at >= 0:
        free, start = struct.unpack_from("<QQ", image, at + 16)
        struct.pack_into("<Q", image, start + free, free)
        at = image.find(b"HEAP\0", at + 1)


def branching_tree(image: bytearray) -> None:
    """Groups are listed by a tree of nine levels, of which every node has the 32 children that are one and the same."""
    old = image.find(b"TREE\0")
    below = len(image)
    image += b"SNOD\1" + bytes(3)
    for level in range(9):
        node = len(image)
        image += b"TREE\0" + struct.pack("<BHQQ", level, 32, 2**64 - 1, 2**64 - 1) + struct.pack("<QQ", 0, below) * 32
        below = node
    image[:] = image.replace(struct.pack("<Q", old), struct.pack("<Q", below))
    struct.pack_into("<Q", image, 40, len(image))


def own_child(image: bytearray) -> None:
    at = image.find(b"TREE\0")
    image[at + 5] = 1
    struct.pack_into("<Q", image, at + 32, at)


def same_names(image: bytearray) -> None:
    at = image.find(b"SNOD\1")
    image[at + 48 : at + 56] = image[at + 8 : at + 16]


def stored_elsewhere() -> bytes:
    image = io.BytesIO(handmade.single().image())
    with h5py.File(image, "r+") as file:
        del file["layers/conv1d/vars/0"]
        file.create_dataset("layers/conv1d/vars/0", (3, 2, 4), "f4", external=[("secret", 0, 96)])
    return image.getvalue()


_FLOAT32 = bytes.fromhex("11201f0004000000")
in_image("circle of free blocks", "damaged", circle_of_free_blocks)
in_image("branching tree", "damaged", branching_tree)
in_image("tree that is its own child", "damaged", own_child)
in_image("two members of one name", "damaged", same_names)
in_image("integers in float's clothes", "must hold float32", replaced(_FLOAT32, b"\x10" + _FLOAT32[1:]))
in_image("floats of another size", "must hold float32", replaced(_FLOAT32, _FLOAT32[:4] + b"\5" + _FLOAT32[5:]))
_HERE, _NOWHERE = b"\3\1" + bytes(8), b"\3\1" + b"\xff" * 8
in_image("storage here and elsewhere", "in one piece", replaced(_NOWHERE, _HERE), stored_elsewhere())
in_image("another superblock", "form of superblock", lambda image: image.__setitem__(8, 2))
in_image("a base address", "damaged", lambda image: image.__setitem__(24, 8))
in_image("less than it says", "damaged", lambda image: image.__delitem__(slice(-8, None)))
in_members("weights that are a text", "damaged or truncated", weights=b"weights")
in_members("half of the weights", "damaged or truncated", weights=handmade.single().image()[:4000])
in_members("no weights at all", "damaged or truncated", weights=b"")
in_members("weights of another model", "nothing there", weights=handmade.Model({}, {}).image())


def write_all(folder: Path, elsewhere: Path) -> dict[str, Path]:
    """Every case as a file in ``folder``."""
    elsewhere.mkdir()
    (elsewhere / "secret").write_bytes((SECRET.encode() * 4)[:96])
    os.mkfifo(elsewhere / "pipe")
    paths = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of zipfile, about duplicate members
        for number, (name, (_, write)) in enumerate(CASES.items()):
            paths[name] = folder / f"{number}.keras"
            write(paths[name], elsewhere)
    return paths
