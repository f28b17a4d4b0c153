"""One table of layers for all tests: settings per kind, each with the shapes of its inputs.

A new kind of layer needs a row here, and nothing else: every law is tried on every row.
"""

from convexplain import layers as L

ACTIVATION_NAMES = tuple(L.ACTIVATIONS)

TABLE = [
    (L.Conv1D(4, 3), [(9, 2)]),
    (L.Conv1D(4, 3, activation="relu"), [(9, 2)]),
    (L.Conv1D(4, 2, strides=2, padding="same", groups=2), [(9, 4)]),
    (L.Conv1D(2, 3, strides=3, padding="causal", use_bias=False), [(8, 3)]),
    (L.Conv1D(2, 3, dilation_rate=2, padding="same", activation="leaky_relu"), [(9, 2)]),
    (L.DepthwiseConv1D(3), [(9, 2)]),
    (L.DepthwiseConv1D(3, strides=2, padding="same", depth_multiplier=3), [(8, 2)]),
    (L.DepthwiseConv1D(2, dilation_rate=2, depth_multiplier=2, use_bias=False, activation="relu6"), [(7, 3)]),
    (L.DepthwiseConv1D(3, padding="same", dilation_rate=3, depth_multiplier=2), [(5, 1)]),
    (L.SeparableConv1D(3, 2), [(6, 2)]),
    (L.SeparableConv1D(3, 3, strides=2, padding="same", depth_multiplier=2), [(8, 2)]),
    (L.SeparableConv1D(2, 2, dilation_rate=2, depth_multiplier=3, use_bias=False, activation="relu"), [(7, 2)]),
    (L.Conv1DTranspose(2, 3), [(5, 2)]),
    (L.Conv1DTranspose(2, 3, strides=2), [(5, 2)]),
    (L.Conv1DTranspose(2, 2, strides=3, use_bias=False), [(4, 3)]),
    (L.Conv1DTranspose(2, 5, strides=2, padding="same"), [(5, 1)]),
    (L.Conv1DTranspose(2, 1, strides=3, padding="same", activation="relu"), [(4, 2)]),
    (L.Conv1DTranspose(3, 4, strides=3, padding="same", output_padding=2), [(4, 2)]),
    (L.Conv1DTranspose(1, 4, strides=3, output_padding=1), [(4, 2)]),
    (L.Conv1DTranspose(2, 3, dilation_rate=2), [(4, 2)]),
    (L.Conv1DTranspose(2, 3, dilation_rate=2, padding="same"), [(6, 2)]),
    (L.Dense(3), [(4, 2)]),
    (L.Dense(3, activation="relu", use_bias=False), [(5,)]),
    (L.Dense(1), [(6,)]),
    (L.BatchNormalization(), [(5, 3)]),
    (L.BatchNormalization(center=False, epsilon=0.1), [(4,)]),
    (L.BatchNormalization(axis=1, scale=False), [(4, 2)]),
    (L.LayerNormalization(), [(4, 3)]),
    (L.LayerNormalization(axis=[1, 2], center=False), [(3, 2)]),
    (L.LayerNormalization(axis=1, scale=False, epsilon=0.5), [(3, 2)]),
    (L.LayerNormalization(), [(4,)]),
    (L.Rescaling(0.5, offset=-3), [(4, 2)]),
    (L.Rescaling(0.1), [(4,)]),
    (L.MaxPooling1D(), [(7, 2)]),
    (L.MaxPooling1D(3, strides=2, padding="same"), [(8, 2)]),
    (L.MaxPooling1D(2, strides=3, padding="same"), [(7, 1)]),
    (L.AveragePooling1D(2), [(7, 2)]),
    (L.AveragePooling1D(3, strides=1, padding="same"), [(6, 2)]),
    (L.AveragePooling1D(4, strides=2), [(9, 1)]),
    (L.AveragePooling1D(5, strides=2, padding="same"), [(7, 2)]),
    (L.GlobalMaxPooling1D(), [(5, 3)]),
    (L.GlobalMaxPooling1D(keepdims=True), [(5, 2)]),
    (L.GlobalAveragePooling1D(), [(4, 3)]),
    (L.GlobalAveragePooling1D(keepdims=True), [(3, 2)]),
    (L.ZeroPadding1D((1, 3)), [(4, 2)]),
    (L.ZeroPadding1D(2), [(3, 1)]),
    (L.Cropping1D((2, 1)), [(6, 2)]),
    (L.Cropping1D((0, 2)), [(6, 2)]),
    (L.UpSampling1D(3), [(4, 2)]),
    (L.Flatten(), [(4, 3)]),
    (L.Flatten(), [(4,)]),
    (L.Reshape((6, 2)), [(4, 3)]),
    (L.Reshape((-1,)), [(4, 3)]),
    (L.Reshape((2, -1)), [(6,)]),
    (L.Permute((2, 1)), [(4, 3)]),
    (L.RepeatVector(3), [(4,)]),
    (L.Identity(), [(3, 2)]),
    (L.Dropout(0.5), [(3, 2)]),
    (L.SpatialDropout1D(0.5), [(3, 2)]),
    (L.AlphaDropout(0.5), [(3, 2)]),
    (L.GaussianDropout(0.5), [(3,)]),
    (L.GaussianNoise(0.5), [(3, 2)]),
    (L.ActivityRegularization(0.5), [(3, 2)]),
    *((L.Activation(name), [(3, 4)]) for name in ACTIVATION_NAMES),
    (L.Dense(3, activation="softmax"), [(4,)]),
    (L.Conv1D(2, 2, activation="tanh"), [(4, 2)]),
    (L.ReLU(), [(3, 2)]),
    (L.ReLU(max_value=2, negative_slope=0.25), [(5, 2)]),
    (L.ReLU(threshold=1), [(5, 2)]),
    (L.ReLU(max_value=3, negative_slope=0.5, threshold=1), [(5, 2)]),
    (L.LeakyReLU(), [(5, 2)]),
    (L.LeakyReLU(negative_slope=0.5), [(5,)]),
    (L.PReLU(), [(5, 2)]),
    (L.PReLU(shared_axes=[1]), [(5, 2)]),
    (L.PReLU(shared_axes=[1, 2]), [(3, 2)]),
    (L.ELU(), [(5, 2)]),
    (L.ELU(alpha=0.5), [(5, 2)]),
    (L.Softmax(), [(3, 4)]),
    (L.Softmax(axis=1), [(3, 2)]),
    (L.Add(), [(3, 2), (3, 2), (3, 2)]),
    (L.Add(), [(3, 2), (1, 2)]),
    (L.Add(), [(3, 2), (2,)]),
    (L.Subtract(), [(3, 2), (3, 2)]),
    (L.Multiply(), [(3, 2), (3, 1)]),
    (L.Average(), [(3, 2), (3, 2), (3, 2)]),
    (L.Maximum(), [(3, 2), (3, 2)]),
    (L.Minimum(), [(4,), (4,), (4,)]),
    (L.Concatenate(), [(3, 2), (3, 1), (3, 3)]),
    (L.Concatenate(axis=1), [(3, 2), (1, 2)]),
    (L.Concatenate(), [(3,), (2,)]),
]

IDS = [f"{layer!r} on {', '.join(map(str, shapes))}" for layer, shapes in TABLE]


def tried(layer, shapes, rng, most=4):
    """Weights in the order of Keras's ``get_weights`` and inputs for a layer: small integers, variances positive."""
    weights = [
        rng.integers(0 if array.letter == "var" else -most, most + 1, array.shape).astype("float32")
        for array in layer.arrays(*shapes)
    ]
    return weights, [rng.integers(-most, most + 1, shape).astype("float32") for shape in shapes]
