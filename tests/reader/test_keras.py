"""What is read equals what Keras has, in objects and in files; what Keras would compute otherwise is refused."""

from __future__ import annotations

import json
import random
import zipfile
from pathlib import Path

import fuzzing
import handmade
import numpy as np
import pytest

import convexplain as cx
from convexplain import reader
from convexplain.numbers.evaluation import level_values

pytestmark = pytest.mark.keras


@pytest.fixture(scope="module")
def keras():
    import os

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    keras.utils.set_random_seed(1)
    return keras


def conv(*arguments, **settings):
    """A layer whose bias is not zero, so that a lost bias is seen."""
    import keras

    return keras.layers.Conv1D(*arguments, **{"bias_initializer": "random_normal"} | settings)


def notebook(keras):
    inputs = keras.Input(shape=(20, 1))
    level_1 = conv(4, 5, use_bias=False, name="conv_1")(inputs)
    level_2 = conv(8, 5, use_bias=False, name="conv_2")(level_1)
    return keras.Model(inputs=[inputs], outputs=[level_1, level_2])


def sequential(keras):
    return keras.Sequential(
        [keras.Input((20, 3)), conv(4, 5, activation="relu"), conv(6, 3, padding="causal", strides=2)]
    )


def built(keras):
    model = keras.Sequential([conv(4, 5, groups=2), conv(8, 3)])
    model.build((None, 20, 2))
    return model


def called(keras):
    model = keras.Sequential([conv(4, 5, dilation_rate=2)])
    model(np.zeros((2, 20, 1), np.float32))
    return model


def nested(keras):
    inner = keras.Sequential([conv(3, 3), keras.Sequential([conv(2, 3), conv(2, 1)]), conv(4, 1)])
    return keras.Sequential([keras.Input((20, 1)), conv(4, 5), inner, conv(5, 2)])


def functional_in_functional(keras):
    inputs = keras.Input((16, 4))
    inner = keras.Model(inputs, conv(2, 3)(conv(3, 3)(inputs)))
    inputs = keras.Input((20, 1))
    return keras.Model(inputs, keras.Sequential([conv(2, 2), conv(2, 2)])(inner(conv(4, 5)(inputs))))


def middle_of_a_model(keras):
    inputs = keras.Input((20, 1))
    level_1 = conv(2, 3)(inputs)
    level_3 = conv(3, 3)(conv(2, 3)(level_1))
    keras.Model(inputs, level_3)
    return keras.Model(level_1, level_3)


def channels_first(keras):
    layers = [conv(4, 5, data_format="channels_first"), conv(2, 3, data_format="channels_first", padding="same")]
    return keras.Sequential([keras.Input((1, 20)), *layers])


def shared_policy(keras):
    policy = keras.dtype_policies.DTypePolicy("float32")
    return keras.Sequential([keras.Input((20, 1)), conv(4, 5, dtype=policy), conv(4, 5, dtype=policy)])


def trained(keras):
    model = keras.Sequential([keras.Input((20, 1)), conv(4, 5, kernel_regularizer="l2", kernel_constraint="max_norm")])
    model.compile("adam", "mse")
    model.fit(np.ones((4, 20, 1)), np.zeros((4, 16, 4)), verbose=0)
    return model


def lora(keras):
    model = keras.Sequential([keras.Input((20, 1)), conv(4, 5), conv(3, 2)])
    layer = model.layers[0]
    layer.enable_lora(2)
    layer.lora_kernel_b.assign(np.ones((2, 4)))
    return model


def named_ends(keras):
    inputs = keras.Input((9, 2), name="series")
    return keras.Model({"series": inputs}, {"level": conv(2, 3, activation=keras.activations.relu)(inputs)})


def branches(keras):
    inputs, layers = keras.Input((20, 4)), keras.layers
    level = conv(4, 3, padding="same")(inputs)
    other = layers.Dropout(0.5)(conv(4, 5, padding="same", activation=layers.LeakyReLU(0.1))(level), training=False)
    joined = layers.Concatenate()([layers.Add()([level, other]), inputs + level, keras.ops.tanh(other)])
    return keras.Model(inputs, [layers.Dense(2)(layers.GlobalMaxPooling1D()(joined)), other])


def shared(keras):
    inputs, layer = keras.Input((20, 3)), conv(3, 3, padding="same")
    return keras.Model(inputs, layer(keras.layers.ReLU()(layer(layer(inputs)))))


def in_two_models(keras):
    first = conv(4, 1)
    return keras.Sequential([keras.Input((9, 4)), first, keras.Sequential([first, conv(2, 1)])])


def one_model_twice(keras):
    inputs = keras.Input((12, 2))
    level = conv(3, 3)(inputs)
    inner = keras.Model(inputs, [keras.layers.GlobalMaxPooling1D()(level), level], name="inner")
    left, right = keras.Input((12, 2), name="left"), keras.Input((12, 2), name="right")
    (most, _), (other, level) = inner(right), inner([left])
    head = keras.Sequential([keras.layers.Dense(2)], name="head")
    return keras.Model([right, left], [head(keras.layers.Subtract()([most, other])), conv(1, 1)(level), inner(left)[1]])


def two_outputs_of_an_inner_model(keras):
    inner = keras.Input((20, 1))
    level = conv(1, 3)(inner)
    two = keras.Model(inner, [level, conv(2, 3)(level)])
    inputs = keras.Input((20, 1))
    return keras.Model(inputs, conv(1, 2)(two(inputs)[0]) + 0 * keras.layers.Cropping1D((1, 0))(two(inputs)[0]))


def bent(keras):
    model = keras.Sequential([keras.Input((9, 2)), conv(3, 2, activation=keras.layers.PReLU(shared_axes=[1]))])
    model(np.zeros((1, 9, 2)))  # which makes the slopes
    model.layers[0].activation.alpha.assign([[0.5, 0.25, -1.0]])
    return model


MODELS = [
    branches,
    shared,
    in_two_models,
    one_model_twice,
    two_outputs_of_an_inner_model,
    bent,
    notebook,
    sequential,
    built,
    called,
    nested,
    functional_in_functional,
    middle_of_a_model,
    channels_first,
    shared_policy,
    trained,
    lora,
    named_ends,
]


def convolutions(model):
    """The Conv1D layers of a model in the order of the data, its inner models opened."""
    for layer in model.layers:
        if type(layer).__name__ == "Conv1D":
            yield layer
        elif hasattr(layer, "layers"):
            yield from convolutions(layer)


def assert_same(network, model, keras):
    """The weights are those the model computes with, and the network computes what the model does."""
    stack = network.stack
    if all(type(layer).__name__ == "Conv1D" for layer in stack.layers):
        assert_same_convolutions(network, model, keras)
    if not model.built or any(getattr(layer, "data_format", None) == "channels_first" for layer in stack.layers):
        return
    rng = np.random.default_rng(0)
    x = [rng.normal(size=shape).astype("float32") for shape in stack.shapes[: stack.input_count]]
    levels = [*x, *level_values(stack, network.weights, *x)]
    named = hasattr(model, "operations") and isinstance(model.input, dict)
    given = {name: array[None] for name, array in zip(stack.input_names, x, strict=True)} if named else x
    if not named:
        given = [array[None] for array in x] if len(x) > 1 else x[0][None]
    elif len(x) == 1:
        given = dict.fromkeys(model.input, x[0][None])
    answers = [np.array(keras.ops.convert_to_numpy(answer))[0] for answer in keras.tree.flatten(model(given))]
    for answer, level in zip(answers[-len(stack.outputs) :], stack.outputs, strict=True):
        if stack.is_chain:  # its output is its last level; the model may give its levels in another order
            assert any(
                np.allclose(one, levels[level], 1e-3, 1e-4) for one in answers if one.shape == levels[level].shape
            )
        else:
            assert np.allclose(answer, levels[level], 1e-3, 1e-4)


def assert_same_convolutions(network, model, keras):
    layers = list({id(layer): layer for layer in convolutions(model)}.values())
    stack = network.stack
    owned = [level for level in range(stack.input_count, stack.depth + 1) if stack.owner(level) == level]
    assert len(layers) == len(owned)
    for level, layer in zip(owned, layers, strict=True):
        record = stack.layer(level)
        used = [layer.kernel, layer.bias] if layer.use_bias else [layer.kernel]
        read = [array.tolist() for array in network.arrays(level)]
        assert read == [np.array(keras.ops.convert_to_numpy(w)).tolist() for w in used]
        config = layer.get_config()
        for argument in ("filters", "padding", "data_format", "groups", "activation", "use_bias", "name"):
            assert getattr(record, argument) == config[argument]
        for argument in ("kernel_size", "strides", "dilation_rate"):
            assert (getattr(record, argument),) == tuple(config[argument])
    if model.built and stack.is_chain and len(owned) == stack.depth:
        order = -1 if stack.layers[0].data_format == "channels_first" else 1
        sizes = [layers[0].input.shape, *[layer.output.shape for layer in layers]]
        assert tuple(tuple(shape[1:][::order]) for shape in sizes) == stack.shapes


@pytest.mark.parametrize("make", MODELS)
def test_an_object_is_read_as_it_is(make, keras):
    model = make(keras)
    network = reader.read(model)
    assert_same(network, model, keras)
    for record, live in zip(network.stack.layers, network.live, strict=True):
        assert live is None or type(live).__name__ == type(record).__name__
    assert network.path is None


@pytest.mark.parametrize("make", MODELS)
def test_a_file_is_read_as_keras_loads_it(make, keras, tmp_path):
    path = str(tmp_path / "model.keras")
    make(keras).save(path)
    assert_same(reader.read(path), keras.saving.load_model(path), keras)


@pytest.mark.parametrize("name", handmade.MODELS)
def test_keras_loads_the_files_made_by_hand(name, keras, tmp_path):
    path = str(handmade.write(tmp_path / "model.keras", handmade.MODELS[name]().members()))
    assert_same(reader.read(path), keras.saving.load_model(path), keras)


@pytest.mark.parametrize("version", ["3.0.5", "3.3.3", "3.8.0"])
def test_a_file_of_an_earlier_version_is_read_as_keras_loads_it(version, keras):
    path = str(Path(__file__).with_name("data") / f"keras-{version}.keras")
    assert_same(reader.read(path), keras.saving.load_model(path), keras)


def test_a_random_description_is_read_as_keras_loads_it_or_refused(keras, tmp_path):
    path = tmp_path / "model.keras"
    valid = [make().members() for make in handmade.MODELS.values()]
    read = 0
    for seed in range(400):
        chance = random.Random(seed)
        handmade.write(path, fuzzing.damaged_json(chance, chance.choice(valid)))
        try:
            network = reader.read(path)
        except ValueError:
            continue
        try:
            model = keras.saving.load_model(path)
        except Exception:  # Keras refuses it too, in one of its many ways
            continue
        assert_same(network, model, keras)
        read += 1
    assert read >= 40


def test_one_layer_is_read_with_the_shape_it_was_built_for(keras):
    layer = conv(3, 2)
    layer(np.zeros((1, 9, 2), np.float32))
    network = reader.read(layer)
    assert network.stack.shapes == ((9, 2), (8, 3))
    assert [array.tolist() for array in network.weights[0]] == [array.tolist() for array in layer.get_weights()]
    assert network.live == (layer,)
    assert reader.read(notebook(keras).layers[2]).stack.shapes == ((16, 4), (12, 8))


def refusals(keras):
    """Objects that compute what is not explained, or may, and what the refusal says."""
    layers, inputs = keras.layers, keras.Input((20, 1))

    class Derived(layers.Conv1D):
        def call(self, inputs):
            return 2 * super().call(inputs)

    class Conv1D(layers.Conv1D):
        pass

    class Model(keras.Model):
        def call(self, inputs):
            return inputs

    def relu(x):
        return 2 * x

    Conv1D.__module__ = "keras.layers"
    same = conv(1, 3, padding="same")
    before = conv(1, 3, padding="same")(inputs)
    patched = keras.Sequential([keras.Input((20, 1)), conv(4, 5)])
    patched.layers[0].call = lambda inputs: inputs
    replaced = keras.Sequential([keras.Input((20, 1)), conv(4, 5)])
    replaced.layers[0].activation = relu
    unfit = keras.Sequential([keras.Input((20, 1)), conv(4, 5)])
    unfit.layers[0].bias.assign([0, np.nan, 0, 0])
    own = keras.Sequential([keras.Input((20, 1)), conv(4, 5)])
    own.call = lambda inputs: inputs
    flat = keras.Input((1,))

    class Bent(layers.ReLU):
        pass

    class ReLU(layers.ReLU):
        pass

    ReLU.__module__ = "keras.layers"

    def one(*settings, steps=20, **more):
        return keras.Sequential([keras.Input((steps, 1)), *[conv(4, 5, **setting) for setting in settings]], **more)

    return {
        "an unbuilt model": (keras.Sequential([conv(4, 5)]), "call it once"),
        "an unbuilt layer": (conv(4, 5), "call it once"),
        "unknown steps": (one({}, steps=None), "steps="),
        "another layer": (keras.Sequential([keras.Input((20, 1)), layers.LSTM(3)]), "layer 1 \\('lstm.*'LSTM'"),
        "a layer that is not explained alone": (layers.EinsumDense("ab,bc->ac", 3), "EinsumDense"),
        "a derived layer": (keras.Sequential([keras.Input((20, 1)), Derived(4, 5)]), "'Derived'"),
        "a derived layer in disguise": (keras.Sequential([keras.Input((20, 1)), Conv1D(4, 5)]), "derived"),
        "a derived layer alone": (Derived(4, 5), "derived"),
        "a derived model": (Model(), "derived"),
        "a call of its own": (patched, "call what its class calls"),
        "an inner model with a call of its own": (
            keras.Sequential([keras.Input((20, 1)), own]),
            "what its class calls",
        ),
        "a function called relu": (one({"activation": relu}), "activation must be"),
        "an activation put in later": (replaced, "activation must be"),
        "another activation": (one({"activation": "mish"}), "activation must be"),
        "another activation layer": (one({"activation": Bent()}), "'Bent'"),
        "an activation layer in disguise": (one({"activation": ReLU()}), "derived"),
        "an activation without weights": (one({"activation": layers.PReLU()}), "must be built"),
        "another dtype": (one({"dtype": "mixed_float16"}), "float32"),
        "another dtype of the input": (
            keras.Sequential([keras.Input((20, 1), dtype="float64"), conv(1, 2)]),
            "float32",
        ),
        "a layer twice in a row": (keras.Sequential([keras.Input((20, 1)), same, same]), "called twice"),
        "an operation": (keras.Model(inputs, keras.ops.sin(before)), "'Sin'"),
        "a constant": (keras.Model(inputs, before + np.ones((20, 1), "float32")), "layer's output"),
        "dropout at work": (keras.Model(inputs, layers.Dropout(0.5)(before, training=True)), "as at inference"),
        "an operation on a batch": (keras.Model([inputs, flat], inputs + flat), "as many axes"),
        "two inputs, one of integers": (
            keras.Model([inputs, keras.Input((20, 1), dtype="int32")], before),
            "float32",
        ),
        "both data formats": (
            keras.Sequential([keras.Input((20, 1)), conv(4, 5), conv(2, 3, data_format="channels_first")]),
            "data_format",
        ),
        "weights that are not finite": (unfit, "must be finite"),
        "a tensor": (inputs, "Received: 'KerasTensor'"),
        "a class": (layers.Conv1D, "Received: the class 'Conv1D'"),
    }


def test_what_is_not_explained_is_refused(keras):
    for name, (source, says) in refusals(keras).items():
        with pytest.raises(ValueError, match=says) as refusal:
            reader.read(source)
        assert "Received: " in str(refusal.value), name


def test_what_a_layer_does_not_say_of_itself_is_asked(keras, monkeypatch):
    kind = keras.layers.Conv1DTranspose
    layer = kind(2, 4, strides=3, output_padding=1)
    layer(np.zeros((1, 5, 2)))
    whole = kind.get_config
    said = lambda self: {key: value for key, value in whole(self).items() if key != "output_padding"}  # noqa: E731
    monkeypatch.setattr(kind, "get_config", said)
    assert reader.read(layer).stack.layers[0].output_padding == 1


def test_a_layer_that_does_not_say_what_it_is_is_refused(keras):
    @keras.saving.register_keras_serializable()
    class Silent(keras.layers.Layer):
        def __init__(self, scale):
            super().__init__()
            self.scale = scale

        def get_config(self):
            raise NotImplementedError("nothing is said")

        def call(self, inputs):
            return inputs

    model = keras.Sequential([keras.Input((9, 2)), conv(2, 3), Silent(2)])
    with pytest.raises(ValueError, match="must say what it is.*NotImplementedError: 'nothing is said'"):
        reader.read(model)


def test_a_model_has_its_own_weights(keras):
    with pytest.raises(ValueError, match="have their own"):
        reader.read(notebook(keras), [[1], [2]])


def test_the_description_by_hand_has_what_keras_writes(keras, tmp_path):
    path = tmp_path / "model.keras"
    notebook(keras).save(path)
    with zipfile.ZipFile(path) as archive:
        written = json.loads(archive.read("config.json"))
    by_hand = handmade.notebook().config
    assert written.keys() == by_hand.keys()
    for ours, theirs in zip(by_hand["config"]["layers"], written["config"]["layers"], strict=True):
        assert ours.keys() == theirs.keys()
        assert ours["config"].keys() == theirs["config"].keys()


@pytest.mark.parametrize("call", ["eager", "predict"])
@pytest.mark.parametrize("name", ["first layer", "größe", "a:b", "(1)"])
def test_a_file_with_any_name_that_keras_allows_is_read_and_verified(keras, tmp_path, name, call):
    model = keras.Sequential([keras.Input((8, 1)), conv(2, 3, name=name)])
    model.save(tmp_path / "m.keras")
    ex = cx.explain(tmp_path / "m.keras")
    assert ex.stack.layer(1).name == name
    assert ex.verify(call=call).ok
    assert cx.explain(model).verify(call=call).ok


def test_what_cannot_be_explained_is_named_as_far_as_it_has_a_name(keras, tmp_path):
    bent = keras.Sequential([keras.Input((9, 2)), keras.layers.Dense(2, activation=lambda z: 2 * z)])
    with pytest.raises(ValueError, match=r"or an activation layer\. Received: a function without a name"):
        reader.read(bent)

    own = type("Own", (keras.Model,), {"call": lambda self, inputs: inputs})()
    own(np.zeros((1, 9, 2), np.float32))
    own.save(tmp_path / "own.keras")
    with pytest.raises(ValueError, match=r"explained: the model .*must be Sequential.*Received: 'Own'") as refused:
        reader.read(tmp_path / "own.keras")
    assert "None" not in str(refused.value)

    model = keras.Sequential([keras.Input((None, 2)), conv(3, 3)])
    model.save_weights(tmp_path / "m.weights.h5")
    with pytest.raises(ValueError, match="Received: weights alone"):
        reader.read(tmp_path / "m.weights.h5")


def test_an_input_that_is_no_sample_of_an_open_model_is_said_to_be_wrong_not_missing(keras):
    model = keras.Sequential([keras.Input((None, 2)), conv(3, 3)])
    for shape in ((5, 9, 2), (9,)):
        with pytest.raises(ValueError, match=r"x must be one sample, of the shape \(steps, 2\).*Received: \("):
            cx.explain(model, x=np.zeros(shape))
