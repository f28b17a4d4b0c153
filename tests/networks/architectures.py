"""Published networks, built with Keras from their published settings, with shorter inputs and fewer channels where the
architecture allows it.

Each row of :data:`NETWORKS` is a function from the module ``keras`` to a model with random weights, normalisations that
have seen data among them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

NETWORKS = {}


def network(build: Any) -> Any:
    NETWORKS[build.__name__] = build
    return build


def trained(model: Any, seed: int = 0) -> Any:
    """The model with biases, normalisations and slopes that are not as they were initialised."""
    chance = np.random.default_rng(seed)
    for variable in model.variables:
        name = variable.path.rsplit("/", 1)[-1]
        if name in ("gamma", "moving_variance"):
            variable.assign(chance.uniform(0.5, 1.5, variable.shape))
        elif name in ("beta", "moving_mean", "bias", "alpha"):
            variable.assign(chance.uniform(-0.5, 0.5, variable.shape))
    return model


@network
def fcn(keras: Any) -> Any:
    """keras.io, time-series classification from scratch: three convolutions, each normalised."""
    layers = keras.layers
    inputs = x = keras.Input((60, 1))
    for _ in range(3):
        x = layers.Conv1D(filters=16, kernel_size=3, padding="same")(x)
        x = layers.BatchNormalization()(x)
        x = layers.ReLU()(x)
    return keras.Model(inputs, layers.Dense(2, activation="softmax")(layers.GlobalAveragePooling1D()(x)))


@network
def autoencoder(keras: Any) -> Any:
    """keras.io, timeseries anomaly detection using an autoencoder."""
    layers, same = keras.layers, {"padding": "same", "activation": "relu"}
    return keras.Sequential(
        [
            layers.Input(shape=(72, 1)),
            layers.Conv1D(filters=32, kernel_size=7, strides=2, **same),
            layers.Dropout(rate=0.2),
            layers.Conv1D(filters=16, kernel_size=7, strides=2, **same),
            layers.Conv1DTranspose(filters=16, kernel_size=7, strides=2, **same),
            layers.Dropout(rate=0.2),
            layers.Conv1DTranspose(filters=32, kernel_size=7, strides=2, **same),
            layers.Conv1DTranspose(filters=1, kernel_size=7, padding="same"),
        ]
    )


@network
def wavenet(keras: Any) -> Any:
    """WaveNet (van den Oord and others, 2016): gated causal convolutions, dilated, with skips."""
    layers = keras.layers
    inputs = keras.Input((40, 1))
    x, skips = layers.Conv1D(8, 2, padding="causal")(inputs), []
    for dilation in (1, 2, 4, 8):
        settings = {"padding": "causal", "dilation_rate": dilation}
        gate = layers.Conv1D(8, 2, activation="sigmoid", **settings)(x)
        z = layers.Multiply()([layers.Conv1D(8, 2, activation="tanh", **settings)(x), gate])
        skips.append(layers.Conv1D(8, 1)(z))
        x = layers.Add()([x, skips[-1]])
    x = layers.Activation("relu")(layers.Add()(skips))
    x = layers.Conv1D(8, 1, activation="relu")(x)
    return keras.Model(inputs, layers.Conv1D(16, 1, activation="softmax")(x))


@network
def tcn(keras: Any) -> Any:
    """Temporal convolutional network (Bai, Kolter and Koltun, 2018): residual blocks of two causal convolutions."""
    layers = keras.layers
    inputs = x = keras.Input((32, 2))
    for filters, dilation in ((6, 1), (6, 2), (8, 4)):
        short = x
        for _ in range(2):
            x = layers.Conv1D(filters, 3, padding="causal", dilation_rate=dilation, activation="relu")(x)
            x = layers.SpatialDropout1D(0.1)(x)
        if short.shape[-1] != filters:
            short = layers.Conv1D(filters, 1, padding="same")(short)
        x = layers.Activation("relu")(layers.add([x, short]))
    return keras.Model(inputs, layers.Dense(1)(layers.Cropping1D((31, 0))(x)))


@network
def resnet(keras: Any) -> Any:
    """ResNet for time series (Wang, Yan and Oates, 2016): sums that are operations, ``a + b``."""
    layers = keras.layers
    inputs = x = keras.Input((32, 2))
    for filters in (8, 16):
        short = layers.BatchNormalization()(layers.Conv1D(filters, 1, padding="same")(x))
        for kernel_size in (8, 5, 3):
            x = layers.BatchNormalization()(layers.Conv1D(filters, kernel_size, padding="same")(x))
            x = x if kernel_size == 3 else layers.Activation("relu")(x)
        x = keras.activations.relu(x + short)
    return keras.Model(inputs, layers.Dense(3, activation="softmax")(layers.GlobalAveragePooling1D()(x)))


@network
def inception_time(keras: Any) -> Any:
    """InceptionTime (Ismail Fawaz and others, 2020): three kernels of different lengths and a pool side by side."""
    layers = keras.layers
    inputs = x = keras.Input((48, 1))
    short = inputs
    for depth in range(3):
        narrow = layers.Conv1D(4, 1, padding="same", use_bias=False)(x) if x.shape[-1] > 1 else x
        ways = [layers.Conv1D(4, 41 // 2**i, padding="same", use_bias=False)(narrow) for i in range(3)]
        pooled = layers.MaxPooling1D(3, strides=1, padding="same")(x)
        ways.append(layers.Conv1D(4, 1, padding="same", use_bias=False)(pooled))
        x = layers.Activation("relu")(layers.BatchNormalization()(layers.Concatenate(axis=2)(ways)))
        if depth == 2:
            short = layers.BatchNormalization()(layers.Conv1D(16, 1, padding="same", use_bias=False)(short))
            x = layers.Activation("relu")(layers.Add()([short, x]))
    return keras.Model(inputs, layers.Dense(4, activation="softmax")(layers.GlobalAveragePooling1D()(x)))


@network
def m5(keras: Any) -> Any:
    """M5 (Dai and others, 2017): a very deep network on raw audio, whose first kernel has 80 taps."""
    layers = keras.layers
    model = keras.Sequential([keras.Input((2000, 1))])
    for filters, kernel_size, strides in ((16, 80, 4), (16, 3, 1), (32, 3, 1), (64, 3, 1)):
        model.add(layers.Conv1D(filters, kernel_size, strides=strides, padding="same"))
        model.add(layers.BatchNormalization())
        model.add(layers.Activation("relu"))
        model.add(layers.MaxPooling1D(4))
    model.add(layers.GlobalAveragePooling1D())
    model.add(layers.Dense(10, activation="log_softmax"))
    return model


@network
def melgan(keras: Any) -> Any:
    """The discriminator of MelGAN (Kumar and others, 2019): grouped convolutions with long kernels; every level of
    features is an output. LeakyReLU is the layers' activation, itself a layer.
    """
    layers = keras.layers

    def bent() -> Any:
        return layers.LeakyReLU(negative_slope=0.2) if len(outputs) % 2 else layers.LeakyReLU(negative_slope=0.1)

    outputs: list[Any] = []
    inputs = x = keras.Input((128, 1))
    x = layers.ZeroPadding1D(7)(x)
    for filters, kernel_size, strides, groups in ((8, 15, 1, 1), (32, 41, 4, 4), (64, 41, 4, 16), (64, 5, 1, 1)):
        padding = "valid" if groups == 1 and not outputs else "same"
        x = layers.Conv1D(filters, kernel_size, strides, padding, groups=groups, activation=bent())(x)
        outputs.append(x)
    return keras.Model(inputs, [*outputs, layers.Conv1D(1, 3, padding="same")(x)])


@network
def keyword_spotter(keras: Any) -> Any:
    """DS-CNN (Zhang and others, 2017), over time alone: depthwise-separable convolutions, fused and in two layers."""
    layers = keras.layers
    inputs = keras.Input((49, 10))
    x = layers.Conv1D(16, 10, strides=2, padding="same")(inputs)
    x = layers.ReLU(max_value=6.0)(layers.BatchNormalization()(x))
    for number in range(3):
        if number % 2:
            x = layers.SeparableConv1D(16, 3, padding="same", depth_multiplier=2)(x)
        else:
            x = layers.BatchNormalization()(layers.DepthwiseConv1D(3, padding="same", use_bias=False)(x))
            x = layers.Conv1D(16, 1, activation="relu6")(x)
        x = layers.PReLU(shared_axes=[1])(layers.BatchNormalization(scale=False)(x))
    x = layers.Dropout(0.4)(layers.AveragePooling1D(25, padding="same")(x))
    return keras.Model(inputs, layers.Dense(12, activation="softmax")(layers.Flatten()(x)))


@network
def siamese(keras: Any) -> Any:
    """Two signals, one encoder: a model within the model that is called twice, and layers that are shared."""
    layers = keras.layers
    signal = keras.Input((30, 2))
    x = layers.MaxPooling1D(2)(layers.Conv1D(6, 5, activation="elu")(signal))
    x = layers.GlobalMaxPooling1D()(layers.Conv1D(8, 3, activation="softplus")(x))
    encoder = keras.Model(signal, layers.LayerNormalization()(x), name="encoder")
    left, right = keras.Input((30, 2), name="left"), keras.Input((30, 2), name="right")
    shared = layers.Dense(4, activation="gelu")
    ends = [shared(encoder(side)) for side in (left, right)]
    apart = layers.Subtract()(ends)
    alike = layers.Multiply()([apart, apart])
    head = keras.Sequential([layers.Dense(3, activation="silu"), layers.Dense(1, activation="sigmoid")], name="head")
    return keras.Model([left, right], head(layers.Concatenate()([alike, layers.Maximum()(ends)])))


@network
def unet(keras: Any) -> Any:
    """U-Net (Ronneberger, Fischer and Brox, 2015) in one dimension: down, and up again beside what was there before."""
    layers = keras.layers

    def twice(x: Any, filters: int) -> Any:
        for _ in range(2):
            x = layers.Conv1D(filters, 3, padding="same", activation="relu")(x)
        return x

    inputs = x = keras.Input((32, 1))
    kept = []
    for filters in (4, 8):
        kept.append(twice(x, filters))
        x = layers.MaxPooling1D(2)(kept[-1])
    x = layers.Dropout(0.5)(twice(x, 16))
    for filters in (8, 4):
        x = layers.Conv1D(filters, 2, padding="same", activation="relu")(layers.UpSampling1D(2)(x))
        x = twice(layers.concatenate([kept.pop(), x], axis=-1), filters)
    return keras.Model(inputs, layers.Conv1D(1, 1, activation="sigmoid")(x))


@network
def idioms(keras: Any) -> Any:
    """What is written in many ways: operations, numbers among the operands, activations as layers, a layer that is
    called at two depths, an inner model with names for its inputs and outputs, inputs and outputs by name.
    """
    layers, ops = keras.layers, keras.ops
    one, two = keras.Input((10, 3), name="one"), keras.Input((10, 3), name="two")
    inner = keras.Model({"one": one, "two": two}, {"sum": one + two, "most": ops.maximum(one, two)}, name="inner")
    left, right = keras.Input((10, 3), name="right"), keras.Input((10, 3), name="left")
    made = inner({"one": left, "two": layers.Rescaling(0.5, offset=-1)(right)})
    shared = layers.Conv1D(3, 3, padding="same", activation=layers.ReLU(max_value=4.0, negative_slope=0.125))
    x = shared(layers.Permute((2, 1))(layers.Permute((2, 1))(made["sum"])))
    x = shared(x) * made["most"] - 0.5
    x = layers.Activation(keras.activations.hard_silu)(1 - 2 * x)
    x = ops.concatenate([ops.silu(x), ops.gelu(x, approximate=True), ops.leaky_relu(x)], axis=1)
    x = layers.Reshape((-1, 9))(layers.GaussianNoise(0.1)(x))
    ends = {"mean": ops.mean(x, axis=1), "most": ops.max(x, axis=1, keepdims=True)}
    ends["repeated"] = layers.RepeatVector(2)(ops.softmax(ends["mean"]))
    return keras.Model({"right": left, "left": right}, ends)


@network
def forecaster(keras: Any) -> Any:
    """A causal network whose last step is the forecast, with slices as people write them: each time step from two on,
    every other one, backwards, some channels, one of them.
    """
    layers = keras.layers
    inputs = keras.Input((24, 2))
    x = -(inputs / 255.0)
    for dilation in (1, 2, 4):
        before = layers.Conv1D(4, 1)(x)
        x = before + layers.Conv1D(4, 3, dilation_rate=dilation, padding="causal", activation="relu")(x)
    last, early = x[:, -1], x[:, 2:-1:2, :][:, ::-1, 1:]
    mixed = keras.ops.concatenate([last, early[..., 0], early[:, 3, :2]], axis=-1)
    return keras.Model(inputs, layers.Dense(2, name="forecast")(mixed))


def transformer(keras: Any) -> Any:
    """keras.io, timeseries classification with a transformer model: one block, which is not explained."""
    layers = keras.layers
    inputs = keras.Input((20, 3))
    x = layers.Conv1D(8, 3, padding="same", name="embedded")(inputs)
    attended = layers.MultiHeadAttention(key_dim=4, num_heads=2, dropout=0.1, name="attention")(x, x)
    x = layers.LayerNormalization(epsilon=1e-6)(layers.Dropout(0.1)(attended) + x)
    y = layers.Conv1D(8, 1)(layers.Conv1D(4, 1, activation="relu")(x))
    return keras.Model(inputs, layers.GlobalAveragePooling1D()(layers.LayerNormalization(epsilon=1e-6)(y) + x))
