"""``.keras`` files made by hand: the zip, the JSON and the HDF5 that Keras 3.15 writes, without Keras.

A test marked ``keras`` lets Keras load each of them, so that they stay what they claim to be.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, field
from typing import Any

import h5py
import numpy as np

FLOAT32 = {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"}, "registered_name": None}
SHARED = FLOAT32 | {"shared_object_id": 140569453841360}


@dataclass
class Model:
    """A description, and for every group of the weights file the name of its layer and its arrays."""

    config: dict[str, Any]
    groups: dict[str, tuple[str, list[np.ndarray]]] = field(default_factory=dict)

    def image(self, named: bool = True, **options: Any) -> bytes:
        """``model.weights.h5``; Keras 3.0 did not write the names of the layers into it."""
        buffer = io.BytesIO()
        with h5py.File(buffer, "w", **options) as file:
            for path, (name, arrays) in self.groups.items():
                group = file.create_group(f"{path}/vars".lstrip("/"))
                if named:
                    group.attrs["name"] = name
                for index, array in enumerate(arrays):
                    group[str(index)] = array
        return buffer.getvalue()

    def members(self) -> dict[str, bytes]:
        """The members of the zip, in Keras's order."""
        metadata = {"keras_version": "3.15.1", "date_saved": "2026-01-01@00:00:00"}
        return {
            "metadata.json": json.dumps(metadata).encode(),
            "config.json": json.dumps(self.config).encode(),
            "model.weights.h5": self.image(),
        }

    @property
    def weights(self) -> list[list[np.ndarray]]:
        """What ``layer.get_weights()`` gives, layer by layer; groups are kept in the order of the data."""
        return [arrays for _, arrays in self.groups.values() if arrays]


def write(path: Any, members: dict[str, bytes] | list[tuple[str, bytes]], compression: int = zipfile.ZIP_STORED) -> Any:
    """A zip at ``path``, and the path."""
    with zipfile.ZipFile(path, "w", compression) as archive:
        for name, content in members.items() if isinstance(members, dict) else members:
            archive.writestr(name, content)
    return path


def input_layer(shape: tuple[int | None, ...], name: str = "input_layer", **settings: Any) -> dict[str, Any]:
    config = {"batch_shape": [None, *shape], "dtype": "float32", "sparse": False, "ragged": False, "name": name}
    return entry("keras.layers", "InputLayer", config | {"optional": False} | settings)


def conv1d(name: str, filters: int, kernel_size: int, channels: int, **settings: Any) -> dict[str, Any]:
    """A layer built for ``channels`` channels, on a number of steps that decides nothing."""
    config = {
        "name": name,
        "trainable": True,
        "dtype": SHARED,
        "filters": filters,
        "kernel_size": [kernel_size],
        "strides": [1],
        "padding": "valid",
        "data_format": "channels_last",
        "dilation_rate": [1],
        "groups": 1,
        "activation": "linear",
        "use_bias": True,
        "kernel_initializer": entry(
            "keras.initializers", "GlorotUniform", {"seed": None, "input_axes": None, "output_axes": None}
        ),
        "bias_initializer": entry("keras.initializers", "Zeros", {}),
        "kernel_regularizer": None,
        "bias_regularizer": None,
        "activity_regularizer": None,
        "kernel_constraint": None,
        "bias_constraint": None,
    }
    shape = [None, 99, channels] if settings.get("data_format") != "channels_first" else [None, channels, 99]
    return entry("keras.layers", "Conv1D", config | settings) | {"build_config": {"input_shape": shape}}


def sequential(layers: list[dict[str, Any]], name: str = "sequential") -> dict[str, Any]:
    config = {"name": name, "trainable": True, "dtype": FLOAT32, "layers": layers}
    return entry("keras", "Sequential", config) | {"compile_config": {}}


def functional(layers: list[dict[str, Any]], outputs: list[str], name: str = "functional") -> dict[str, Any]:
    """A chain in the order of ``layers``, the first an input."""
    names = [layer["config"]["name"] for layer in layers]
    called = [layers[0] | {"name": names[0], "inbound_nodes": []}]
    for layer, own, source in zip(layers[1:], names[1:], names, strict=False):
        call = {"args": [read(source)], "kwargs": {}}
        called.append(layer | {"name": own, "inbound_nodes": [call]})
    ends = [[output, 0, 0] for output in outputs]
    config = {"name": name, "trainable": True, "layers": called, "input_layers": [[names[0], 0, 0]]}
    config |= {"output_layers": ends if len(ends) > 1 else ends[0]}
    description = entry("keras.src.models.functional", "Functional", config) | {"registered_name": "Functional"}
    return description | {"build_config": {"input_shape": None}, "compile_config": {}}


def layer(class_name: str, name: str, *built: list[int | None], **settings: Any) -> dict[str, Any]:
    """A layer of any class, built for inputs of these shapes."""
    described = entry("keras.layers", class_name, {"name": name, "trainable": True, "dtype": SHARED} | settings)
    shapes = list(built)
    return described | ({"build_config": {"input_shape": shapes[0] if len(shapes) == 1 else shapes}} if built else {})


def graph(
    layers: list[tuple[dict[str, Any], list[Any]]], inputs: Any, outputs: Any, name: str = "functional"
) -> dict[str, Any]:
    """A Functional model: each layer with the arguments of each of its calls."""
    described = [
        one | {"name": one["config"]["name"], "inbound_nodes": [{"args": list(args), "kwargs": {}} for args in calls]}
        for one, calls in layers
    ]
    config = {"name": name, "trainable": True, "layers": described, "input_layers": inputs, "output_layers": outputs}
    description = entry("keras.src.models.functional", "Functional", config) | {"registered_name": "Functional"}
    return description | {"build_config": {"input_shape": None}, "compile_config": {}}


def read(layer: str, call: int = 0, output: int = 0) -> dict[str, Any]:
    """The output of a call, as the argument of another."""
    tensor = {"shape": [None, 99, 1], "dtype": "float32", "keras_history": [layer, call, output]}
    return {"class_name": "__keras_tensor__", "config": tensor}


def entry(module: str, class_name: str, config: dict[str, Any]) -> dict[str, Any]:
    return {"module": module, "class_name": class_name, "config": config, "registered_name": None}


def arrays(*shapes: tuple[int, ...], seed: int = 0) -> list[np.ndarray]:
    random = np.random.default_rng(seed)
    return [random.standard_normal(shape, dtype=np.float32) for shape in shapes]


def notebook() -> Model:
    """The notebook's model: both levels are outputs."""
    layers = [
        input_layer((20, 1)),
        conv1d("conv_1", 4, 5, 1, use_bias=False),
        conv1d("conv_2", 8, 5, 4, use_bias=False),
    ]
    groups = {
        "layers/conv1d": ("conv_1", arrays((5, 1, 4), seed=1)),
        "layers/conv1d_1": ("conv_2", arrays((5, 4, 8), seed=2)),
        "layers/input_layer": ("input_layer", []),
        "": ("functional", []),
    }
    return Model(functional(layers, ["conv_1", "conv_2"]), groups)


def single(**settings: Any) -> Model:
    """``Sequential([Input((20, 2)), Conv1D(4, 3, ...)])``."""
    settings = {"name": "conv", "filters": 4, "kernel_size": 3, "channels": 2} | settings
    shapes = [(3, 2 // settings.get("groups", 1), 4), (4,)][: 2 if settings.get("use_bias", True) else 1]
    channels_first = settings.get("data_format") == "channels_first"
    inputs = input_layer((2, 20) if channels_first else (20, 2))
    groups = {"layers/conv1d": (settings["name"], arrays(*shapes)), "": ("sequential", [])}
    return Model(sequential([inputs, conv1d(**settings)]), groups)


def nested() -> Model:
    """Conv1D, a Sequential of two, a Functional of one, Conv1D: counted anew in each container."""
    inner = sequential(
        [input_layer((16, 4), "in_1"), conv1d("a", 3, 3, 4), conv1d("b", 2, 3, 3, activation="relu")], "inner"
    )
    chain = functional([input_layer((12, 2), "in_2"), conv1d("c", 6, 1, 2)], ["c"], "chain")
    layers = [input_layer((20, 1)), conv1d("first", 4, 5, 1), inner, chain, conv1d("last", 5, 2, 6, padding="causal")]
    groups = {
        "layers/conv1d": ("first", arrays((5, 1, 4), (4,), seed=1)),
        "layers/sequential/layers/conv1d": ("a", arrays((3, 4, 3), (3,), seed=2)),
        "layers/sequential/layers/conv1d_1": ("b", arrays((3, 3, 2), (2,), seed=3)),
        "layers/functional/layers/conv1d": ("c", arrays((1, 2, 6), (6,), seed=4)),
        "layers/conv1d_1": ("last", arrays((2, 6, 5), (5,), seed=5)),
        "": ("sequential", []),
    }
    return Model(sequential(layers), groups)


def called() -> Model:
    """A Sequential without an Input: the shape is what its first layer was built for."""
    layer = conv1d("conv", 4, 3, 2) | {"build_config": {"input_shape": [None, 20, 2]}}
    description = sequential([layer])
    description["config"]["build_input_shape"] = [None, 20, 2]
    return Model(description, {"layers/conv1d": ("conv", arrays((3, 2, 4), (4,)))})


def residual() -> Model:
    """A residual block: a branch, a sum that is an operation and one that is a layer, a normalisation, a pool and a
    head; one activation is a layer with a setting of its own.
    """
    bent = layer("LeakyReLU", "leaky_re_lu", negative_slope=0.1)
    steps = [None, 12, 4]
    add = {"module": "keras.src.ops.numpy", "class_name": "Add", "config": {"name": "add"}, "registered_name": "Add"}
    layers = [
        (input_layer((12, 4), "x"), []),
        (conv1d("conv", 4, 3, 4, padding="same", activation=bent), [[read("x")]]),
        (layer("BatchNormalization", "norm", steps, axis=-1, epsilon=0.01), [[read("conv")]]),
        (add, [[read("norm"), read("x")]]),
        (layer("Add", "sum", steps, steps, steps), [[[read("add"), read("conv"), read("x")]]]),
        (layer("MaxPooling1D", "pool", pool_size=[2], strides=[2], padding="valid"), [[read("sum")]]),
        (layer("GlobalAveragePooling1D", "mean", keepdims=False), [[read("pool")]]),
        (layer("Dense", "head", [None, 4], units=3, activation="softmax", quantization_config=None), [[read("mean")]]),
    ]
    norm = [*arrays((4,), (4,), (4,), seed=2), np.abs(arrays((4,), seed=3)[0])]
    groups = {
        "layers/conv1d": ("conv", arrays((3, 4, 4), (4,), seed=1)),
        "layers/batch_normalization": ("norm", norm),
        "layers/dense": ("head", arrays((4, 3), (3,), seed=4)),
        "": ("functional", []),
    }
    return Model(graph(layers, ["x", 0, 0], ["head", 0, 0]), groups)


def siamese() -> Model:
    """Two inputs, one inner model that is called on both, an inner model at the end, and two outputs."""
    encoder = graph(
        [
            (input_layer((9, 2), "signal"), []),
            (conv1d("conv", 3, 3, 2), [[read("signal")]]),
            (layer("GlobalMaxPooling1D", "most", keepdims=False), [[read("conv")]]),
        ],
        ["signal", 0, 0],
        [["most", 0, 0], ["conv", 0, 0]],
        "encoder",
    )
    head = sequential(
        [input_layer((3,), "features"), layer("Dense", "dense", [None, 3], units=2), layer("Activation", "bent")],
        "head",
    )
    head["config"]["layers"][2]["config"]["activation"] = "tanh"
    layers = [
        (input_layer((9, 2), "left"), []),
        (input_layer((9, 2), "right"), []),
        (encoder, [[read("left")], [[read("right")]]]),
        (layer("Subtract", "apart", [None, 3], [None, 3]), [[[read("encoder"), read("encoder", 1)]]]),
        (head, [[read("apart")]]),
    ]
    groups = {
        "layers/functional/layers/conv1d": ("conv", arrays((3, 2, 3), (3,), seed=1)),
        "layers/sequential/layers/dense": ("dense", arrays((3, 2), (2,), seed=2)),
        "": ("functional", []),
    }
    outputs = {"apart": ["head", 0, 0], "levels": ["encoder", 2, 1]}
    return Model(graph(layers, {"right": ["right", 0, 0], "left": ["left", 0, 0]}, outputs), groups)


def unet() -> Model:
    """Down and up again, with a layer that is called at two depths."""
    steps = [None, 8, 2]
    layers = [
        (input_layer((8, 2), "x"), []),
        (layer("Conv1D", "conv", steps, filters=2, kernel_size=[3], padding="same"), [[read("x")], [read("up")]]),
        (layer("AveragePooling1D", "down", pool_size=[2], strides=[2], padding="same"), [[read("conv")]]),
        (layer("UpSampling1D", "up", size=2), [[read("down")]]),
        (layer("Concatenate", "both", steps, steps, axis=-1), [[[read("conv", 1), read("conv")]]]),
        (layer("SeparableConv1D", "last", [None, 8, 4], filters=1, kernel_size=[1]), [[read("both")]]),
        (layer("Flatten", "row", data_format="channels_last"), [[read("last")]]),
    ]
    groups = {
        "layers/conv1d": ("conv", arrays((3, 2, 2), (2,), seed=1)),
        "layers/separable_conv1d": ("last", arrays((1, 4, 1), (1, 4, 1), (1,), seed=2)),
    }
    return Model(graph(layers, ["x", 0, 0], ["row", 0, 0]), groups)


MODELS = {
    "residual": residual,
    "siamese": siamese,
    "unet": unet,
    "notebook": notebook,
    "nested": nested,
    "called": called,
    "single": single,
    "relu": lambda: single(activation="relu", padding="same", strides=[2]),
    "grouped": lambda: single(groups=2, use_bias=False, dilation_rate=[3]),
    "channels_first": lambda: single(data_format="channels_first"),
    "lora": lambda: single(lora_rank=2, lora_alpha=2),
    "dtype in words": lambda: single(dtype="float32"),
}
