"""One table of layers for all tests: settings per kind, each with the shapes of its inputs.

A new kind of layer needs a row here, and nothing else: every law is tried on every row.
"""

from convexplain import layers

ACTIVATION_NAMES = tuple(layers.ACTIVATIONS)

TABLE = [
    (layers.Conv1D(4, 3), [(9, 2)]),
    (layers.Conv1D(4, 3, activation="relu"), [(9, 2)]),
    (layers.Conv1D(4, 2, strides=2, padding="same", groups=2), [(9, 4)]),
    (layers.Conv1D(2, 3, strides=3, padding="causal", use_bias=False), [(8, 3)]),
    (layers.Conv1D(2, 3, dilation_rate=2, padding="same", activation="leaky_relu"), [(9, 2)]),
    (layers.DepthwiseConv1D(3), [(9, 2)]),
    (layers.DepthwiseConv1D(3, strides=2, padding="same", depth_multiplier=3), [(8, 2)]),
    (layers.DepthwiseConv1D(2, dilation_rate=2, depth_multiplier=2, use_bias=False, activation="relu6"), [(7, 3)]),
    (layers.DepthwiseConv1D(3, padding="same", dilation_rate=3, depth_multiplier=2), [(5, 1)]),
    (layers.SeparableConv1D(3, 2), [(6, 2)]),
    (layers.SeparableConv1D(3, 3, strides=2, padding="same", depth_multiplier=2), [(8, 2)]),
    (layers.SeparableConv1D(2, 2, dilation_rate=2, depth_multiplier=3, use_bias=False, activation="relu"), [(7, 2)]),
    (layers.Conv1DTranspose(2, 3), [(5, 2)]),
    (layers.Conv1DTranspose(2, 3, strides=2), [(5, 2)]),
    (layers.Conv1DTranspose(2, 2, strides=3, use_bias=False), [(4, 3)]),
    (layers.Conv1DTranspose(2, 5, strides=2, padding="same"), [(5, 1)]),
    (layers.Conv1DTranspose(2, 1, strides=3, padding="same", activation="relu"), [(4, 2)]),
    (layers.Conv1DTranspose(3, 4, strides=3, padding="same", output_padding=2), [(4, 2)]),
    (layers.Conv1DTranspose(1, 4, strides=3, output_padding=1), [(4, 2)]),
    (layers.Conv1DTranspose(2, 3, dilation_rate=2), [(4, 2)]),
    (layers.Conv1DTranspose(2, 3, dilation_rate=2, padding="same"), [(6, 2)]),
    (layers.Dense(3), [(4, 2)]),
    (layers.Dense(3, activation="relu", use_bias=False), [(5,)]),
    (layers.Dense(1), [(6,)]),
    (layers.BatchNormalization(), [(5, 3)]),
    (layers.BatchNormalization(center=False, epsilon=0.1), [(4,)]),
    (layers.BatchNormalization(axis=1, scale=False), [(4, 2)]),
    (layers.LayerNormalization(), [(4, 3)]),
    (layers.LayerNormalization(axis=[1, 2], center=False), [(3, 2)]),
    (layers.LayerNormalization(axis=1, scale=False, epsilon=0.5), [(3, 2)]),
    (layers.LayerNormalization(), [(4,)]),
    (layers.Rescaling(0.5, offset=-3), [(4, 2)]),
    (layers.Rescaling(0.1), [(4,)]),
    (layers.MaxPooling1D(), [(7, 2)]),
    (layers.MaxPooling1D(3, strides=2, padding="same"), [(8, 2)]),
    (layers.MaxPooling1D(2, strides=3, padding="same"), [(7, 1)]),
    (layers.AveragePooling1D(2), [(7, 2)]),
    (layers.AveragePooling1D(3, strides=1, padding="same"), [(6, 2)]),
    (layers.AveragePooling1D(4, strides=2), [(9, 1)]),
    (layers.AveragePooling1D(5, strides=2, padding="same"), [(7, 2)]),
    (layers.GlobalMaxPooling1D(), [(5, 3)]),
    (layers.GlobalMaxPooling1D(keepdims=True), [(5, 2)]),
    (layers.GlobalAveragePooling1D(), [(4, 3)]),
    (layers.GlobalAveragePooling1D(keepdims=True), [(3, 2)]),
    (layers.ZeroPadding1D((1, 3)), [(4, 2)]),
    (layers.ZeroPadding1D(2), [(3, 1)]),
    (layers.Cropping1D((2, 1)), [(6, 2)]),
    (layers.Cropping1D((0, 2)), [(6, 2)]),
    (layers.UpSampling1D(3), [(4, 2)]),
    (layers.Flatten(), [(4, 3)]),
    (layers.Flatten(), [(4,)]),
    (layers.Reshape((6, 2)), [(4, 3)]),
    (layers.Reshape((-1,)), [(4, 3)]),
    (layers.Reshape((2, -1)), [(6,)]),
    (layers.Permute((2, 1)), [(4, 3)]),
    (layers.RepeatVector(3), [(4,)]),
    (layers.Identity(), [(3, 2)]),
    (layers.Dropout(0.5), [(3, 2)]),
    (layers.SpatialDropout1D(0.5), [(3, 2)]),
    (layers.AlphaDropout(0.5), [(3, 2)]),
    (layers.GaussianDropout(0.5), [(3,)]),
    (layers.GaussianNoise(0.5), [(3, 2)]),
    (layers.ActivityRegularization(0.5), [(3, 2)]),
    *((layers.Activation(name), [(3, 4)]) for name in ACTIVATION_NAMES),
    (layers.Dense(3, activation="softmax"), [(4,)]),
    (layers.Conv1D(2, 2, activation="tanh"), [(4, 2)]),
    (layers.ReLU(), [(3, 2)]),
    (layers.ReLU(max_value=2, negative_slope=0.25), [(5, 2)]),
    (layers.ReLU(threshold=1), [(5, 2)]),
    (layers.ReLU(max_value=3, negative_slope=0.5, threshold=1), [(5, 2)]),
    (layers.LeakyReLU(), [(5, 2)]),
    (layers.LeakyReLU(negative_slope=0.5), [(5,)]),
    (layers.PReLU(), [(5, 2)]),
    (layers.PReLU(shared_axes=[1]), [(5, 2)]),
    (layers.PReLU(shared_axes=[1, 2]), [(3, 2)]),
    (layers.ELU(), [(5, 2)]),
    (layers.ELU(alpha=0.5), [(5, 2)]),
    (layers.Softmax(), [(3, 4)]),
    (layers.Softmax(axis=1), [(3, 2)]),
    (layers.Add(), [(3, 2), (3, 2), (3, 2)]),
    (layers.Add(), [(3, 2), (1, 2)]),
    (layers.Add(), [(3, 2), (2,)]),
    (layers.Subtract(), [(3, 2), (3, 2)]),
    (layers.Multiply(), [(3, 2), (3, 1)]),
    (layers.Average(), [(3, 2), (3, 2), (3, 2)]),
    (layers.Maximum(), [(3, 2), (3, 2)]),
    (layers.Minimum(), [(4,), (4,), (4,)]),
    (layers.Concatenate(), [(3, 2), (3, 1), (3, 3)]),
    (layers.Concatenate(axis=1), [(3, 2), (1, 2)]),
    (layers.Concatenate(), [(3,), (2,)]),
]

IDS = [f"{layer!r} on {', '.join(map(str, shapes))}" for layer, shapes in TABLE]


REFUSED = [
    (layers.DepthwiseConv1D, dict(kernel_size=3), dict(padding="causal")),
    (layers.DepthwiseConv1D, dict(kernel_size=3), dict(depth_multiplier=0)),
    (layers.SeparableConv1D, dict(filters=2, kernel_size=3), dict(filters=0)),
    (layers.SeparableConv1D, dict(filters=2, kernel_size=3), dict(activation="none of these")),
    (layers.Conv1DTranspose, dict(filters=2, kernel_size=3), dict(padding="causal")),
    (layers.Conv1DTranspose, dict(filters=2, kernel_size=3), dict(output_padding=1)),
    (layers.Conv1DTranspose, dict(filters=2, kernel_size=3), dict(strides=2, dilation_rate=2)),
    (layers.Dense, dict(units=2), dict(units=-1)),
    (layers.MaxPooling1D, dict(), dict(pool_size=0)),
    (layers.AveragePooling1D, dict(pool_size=2), dict(data_format="channels_middle")),
    (layers.ZeroPadding1D, dict(), dict(padding=(1, 2, 3))),
    (layers.ZeroPadding1D, dict(), dict(padding=-1)),
    (layers.Cropping1D, dict(), dict(cropping=(-1, 0))),
    (layers.Permute, dict(dims=(2, 1)), dict(dims=(0, 1))),
    (layers.Reshape, dict(target_shape=(-1, 2)), dict(target_shape=(-1, -1))),
    (layers.ReLU, dict(), dict(negative_slope=-1.0)),
    (layers.ReLU, dict(), dict(threshold=-1.0)),
    (layers.ReLU, dict(), dict(max_value=-1.0)),
    (layers.LeakyReLU, dict(), dict(negative_slope=None)),
    (layers.Dropout, dict(rate=0.5), dict(rate=1.5)),
    (layers.RepeatVector, dict(n=2), dict(n=0)),
]
"""A kind of layer, settings that Keras takes, and others that it refuses."""


def tried(layer, shapes, rng, most=4):
    """Weights in the order of Keras's ``get_weights`` and inputs for a layer: small integers, variances positive."""
    weights = [
        rng.integers(0 if array.letter == "var" else -most, most + 1, array.shape).astype("float32")
        for array in layer.arrays(*shapes)
    ]
    return weights, [rng.integers(-most, most + 1, shape).astype("float32") for shape in shapes]
