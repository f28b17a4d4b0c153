"""What is read from stacks and from whole files equals what was put into them."""

from __future__ import annotations

import html
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import h5py
import handmade
import numpy as np
import pytest

import convexplain as cx
from convexplain import Conv1D, Stack, reader

DATA = Path(__file__).with_name("data")


def as_lists(weights):
    return [[array.tolist() for array in layer] for layer in weights]


def own_weights(network):
    """The arrays of each layer that has any, of a shared one once."""
    stack = network.stack
    owned = [stack.owner(level) == level for level in range(stack.input_count, stack.depth + 1)]
    return [arrays for arrays, own in zip(network.weights, owned, strict=True) if own and arrays]


@pytest.mark.parametrize("name", handmade.MODELS)
def test_a_file_gives_the_stack_and_the_weights_that_were_written(name, tmp_path):
    model = handmade.MODELS[name]()
    network = reader.read(handmade.write(tmp_path / "model.keras", model.members()))
    assert as_lists(own_weights(network)) == as_lists(model.weights)
    assert all(array.dtype == np.float32 for layer in network.weights for array in layer)
    assert network.path == str(tmp_path / "model.keras")
    assert network.x is network.recorded is network.live is None


def test_the_notebooks_model_is_the_stack_it_describes(tmp_path):
    network = reader.read(str(handmade.write(tmp_path / "model.keras", handmade.notebook().members())))
    assert network.stack.shapes == ((20, 1), (16, 4), (12, 8))
    assert network.stack.layers == (
        Conv1D(4, 5, use_bias=False, name="conv_1"),
        Conv1D(8, 5, use_bias=False, name="conv_2"),
    )


def test_nested_models_are_one_chain(tmp_path):
    network = reader.read(handmade.write(tmp_path / "model.keras", handmade.nested().members()))
    assert [layer.name for layer in network.stack.layers] == ["first", "a", "b", "c", "last"]
    assert [layer.activation for layer in network.stack.layers] == ["linear", "linear", "relu", "linear", "linear"]
    assert network.stack.shapes == ((20, 1), (16, 4), (14, 3), (12, 2), (12, 6), (12, 5))


def test_settings_are_read_as_they_stand(tmp_path):
    settings = {"padding": "causal", "dilation_rate": [2], "groups": 2, "activation": "relu", "use_bias": False}
    network = reader.read(handmade.write(tmp_path / "model.keras", handmade.single(**settings).members()))
    expected = Conv1D(4, 3, padding="causal", dilation_rate=2, groups=2, activation="relu", use_bias=False, name="conv")
    assert network.stack == Stack((20, 2), [expected])


def test_channels_first_gives_steps_and_channels_all_the_same(tmp_path):
    members = handmade.single(data_format="channels_first").members()
    network = reader.read(handmade.write(tmp_path / "model.keras", members))
    assert network.stack.shapes == ((20, 2), (18, 4))
    assert network.stack.layers[0].data_format == "channels_first"


@pytest.mark.parametrize("name", ["notebook", "nested"])
@pytest.mark.parametrize("named", [True, False], ids=["with names", "without names"])
def test_weight_groups_are_found_by_class_and_count(name, named, tmp_path):
    model = handmade.MODELS[name]()
    members = model.members() | {"model.weights.h5": model.image(named)}
    assert as_lists(reader.read(handmade.write(tmp_path / "m.keras", members)).weights) == as_lists(model.weights)


def test_a_thousand_layers_are_read(tmp_path):
    # The group of all layers is then a tree of several levels, and "conv1d_10" stands before "conv1d_2".
    layers = [handmade.conv1d(f"layer_{number}", 1, 1, 1, use_bias=False) for number in range(1000)]
    values = [np.full((1, 1, 1), number, np.float32) for number in range(1000)]
    groups = {f"layers/conv1d{f'_{number}' * (number > 0)}": ("", [value]) for number, value in enumerate(values)}
    model = handmade.Model(handmade.sequential([handmade.input_layer((3, 1)), *layers]), groups)
    network = reader.read(handmade.write(tmp_path / "m.keras", model.members()))
    assert [int(kernel.item()) for (kernel,) in network.weights] == list(range(1000))


@pytest.mark.parametrize("layout", ["contiguous", "compact"])
@pytest.mark.parametrize("dtype", [h5py.h5t.IEEE_F32LE, h5py.h5t.IEEE_F32BE], ids=["little end", "big end"])
def test_arrays_are_read_in_either_order_and_from_either_place(layout, dtype, tmp_path):
    members = handmade.single().members()
    image = io.BytesIO(members["model.weights.h5"])
    (kernel, bias), *_ = handmade.single().weights
    with h5py.File(image, "r+") as file:
        group = file["layers/conv1d/vars"]
        del group["0"]
        settings = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        settings.set_layout(h5py.h5d.COMPACT if layout == "compact" else h5py.h5d.CONTIGUOUS)
        h5py.h5d.create(group.id, b"0", dtype, h5py.h5s.create_simple(kernel.shape), settings)
        group["0"][...] = kernel
    path = handmade.write(tmp_path / "m.keras", members | {"model.weights.h5": image.getvalue()})
    assert as_lists(reader.read(path).weights) == as_lists([[kernel, bias]])


@pytest.mark.parametrize(
    ("version", "shapes"),
    [
        ("3.0.5", ((20, 1), (16, 4), (14, 3), (12, 2), (11, 5))),  # a Sequential in a Sequential
        ("3.3.3", ((20, 1), (16, 4), (14, 3), (13, 2))),  # a Functional in a Functional
        ("3.8.0", ((20, 1), (16, 4), (12, 8))),  # the notebook's model
    ],
)
def test_files_that_earlier_versions_wrote(version, shapes):
    network = reader.read(DATA / f"keras-{version}.keras")
    assert network.stack.shapes == shapes


@pytest.mark.parametrize(
    "name",
    [
        "<b>a & 'c'",
        *(
            pytest.param(name, marks=pytest.mark.long)
            for name in ("first layer", "größe", "畳み込み", "[red]*x* `1 + 1 = 3`")
        ),
    ],
)
def test_a_layer_may_have_any_name_that_keras_allows_and_it_is_shown_as_it_is(name, tmp_path):
    layers = [handmade.input_layer((20, 1)), handmade.conv1d(name, 2, 3, 1), handmade.layer("ReLU", "relu")]
    model = handmade.Model(handmade.sequential(layers), {"layers/conv1d": (name, handmade.arrays((3, 1, 2), (2,)))})
    ex = cx.explain(handmade.write(tmp_path / "m.keras", model.members()))
    assert ex.stack.layer(1).name == name
    assert f"  {name}  " in repr(ex)
    assert html.escape(name) in ex._repr_html_()
    assert name in ex.story("kernel_flip").note
    assert ex.page("kernel_flip", tmp_path / "a.html")


def test_the_names_in_the_weights_file_do_not_mislead(tmp_path):
    # Keras goes by class and count alone; here every group bears another layer's name.
    model = handmade.notebook()
    (first, arrays_1), (second, arrays_2) = model.groups["layers/conv1d"], model.groups["layers/conv1d_1"]
    model.groups |= {"layers/conv1d": (second, arrays_1), "layers/conv1d_1": (first, arrays_2)}
    network = reader.read(handmade.write(tmp_path / "m.keras", model.members()))
    assert as_lists(network.weights) == as_lists([arrays_1, arrays_2])


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda config: config.update(input_layers=["input_layer", 0, 0]), id="one input, bare"),
        pytest.param(lambda config: config.update(input_layers={"x": ["input_layer", 0, 0]}), id="named input"),
        pytest.param(lambda config: config.update(output_layers=[["conv_2", 0, 0]]), id="last level only"),
        pytest.param(lambda config: config.update(output_layers={"y": ["conv_2", 0, 0]}), id="named output"),
        pytest.param(lambda config: config.update(output_layers=[["conv_2", 0, 0], ["conv_1", 0, 0]]), id="reversed"),
        pytest.param(lambda config: config["layers"].reverse(), id="layers out of order"),
        pytest.param(lambda config: config["layers"][2]["inbound_nodes"][0]["kwargs"].update(mask=None), id="no mask"),
    ],
)
def test_ways_of_writing_the_same_graph(change, tmp_path):
    model = handmade.notebook()
    change(model.config["config"])
    network = reader.read(handmade.write(tmp_path / "m.keras", model.members()))
    assert [layer.name for layer in network.stack.layers] == ["conv_1", "conv_2"]
    assert as_lists(network.weights) == as_lists(model.weights)


def test_a_compressed_archive_and_foreign_members_are_no_hindrance(tmp_path):
    members = {"README.md": b"x" * 500, "assets/": b""} | handmade.notebook().members()
    network = reader.read(handmade.write(tmp_path / "m.keras", members, zipfile.ZIP_DEFLATED))
    assert as_lists(network.weights) == as_lists(handmade.notebook().weights)


@pytest.mark.parametrize(
    "metadata", [None, b"{", b"[3]", b'{"keras_version": 3}', b"[" * 60_000, b" " * 10**6, b'{"keras_version": "4.0"}']
)
def test_what_is_said_about_the_file_beside_who_wrote_it_is_no_hindrance(metadata, tmp_path):
    members = handmade.notebook().members()
    del members["metadata.json"]
    if metadata is not None:
        members["metadata.json"] = metadata
    assert reader.read(handmade.write(tmp_path / "m.keras", members)).stack.depth == 2


def test_a_link_to_a_file_leads_to_the_file(tmp_path):
    handmade.write(tmp_path / "model.keras", handmade.notebook().members())
    (tmp_path / "link.keras").symlink_to(tmp_path / "model.keras")
    assert reader.read(tmp_path / "link.keras").stack.depth == 2


def test_a_stack_is_read_with_its_weights_and_without():
    stack = Stack((5, 1), [Conv1D(1, 2)])
    assert reader.read(stack).weights is None
    network = reader.read(stack, [[np.ones((2, 1, 1)), [3]]])
    assert as_lists(network.weights) == [[[[[1.0]], [[1.0]]], [3.0]]]
    with pytest.raises(ValueError, match=r"shape \(2, 1, 1\)"):
        reader.read(stack, [[np.ones((1, 2, 1)), [3]]])


@pytest.mark.parametrize(
    "source", [None, 3, b"model.keras", [1], {"class_name": "Sequential"}, object(), Stack, Conv1D(1, 1)]
)
def test_what_is_no_network_is_refused_with_what_is(source):
    with pytest.raises(
        ValueError, match=r"a convexplain.Stack, a Keras model, a built Keras layer, a path to a .keras file"
    ):
        reader.read(source)


def test_a_file_has_its_own_weights(tmp_path):
    path = handmade.write(tmp_path / "model.keras", handmade.notebook().members())
    with pytest.raises(ValueError, match="have their own"):
        reader.read(path, [[1], [2]])


def test_reading_a_file_needs_no_keras_little_time_and_little_memory(tmp_path):
    path = handmade.write(tmp_path / "model.keras", handmade.notebook().members())
    script = """
import json, re, sys, time
start = time.process_time()
import convexplain
explanation = convexplain.explain(sys.argv[1])
explanation.equation(2)
seconds = time.process_time() - start
heavy = sorted({"keras", "tensorflow", "matplotlib", "scipy", "manim", "h5py"} & set(sys.modules))
peak = re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())  # ru_maxrss has the parent's, too
print(json.dumps([heavy, seconds, int(peak[1]) / 1024]))
"""
    answer = subprocess.run([sys.executable, "-c", script, path], capture_output=True, text=True, check=True)
    heavy, seconds, megabytes = json.loads(answer.stdout)
    assert heavy == []
    assert seconds < 1
    assert megabytes < 100
