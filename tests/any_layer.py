"""Random settings of every kind of layer, each with the shapes of its inputs: small enough to be looked at."""

import numpy as np

from convexplain import layers


def _of(rng, *choices):
    return choices[rng.integers(len(choices))]


def _activation(rng):
    return None if rng.random() < 0.5 else _of(rng, *layers.ACTIVATIONS)


def _timed(rng, least=1):
    return (int(rng.integers(least, least + 8)), int(rng.integers(1, 5)))


def _any(rng):
    """(steps, channels) or (features,)."""
    return _timed(rng) if rng.random() < 0.7 else (int(rng.integers(1, 9)),)


def _window(rng, *paddings):
    strides, dilation = _of(rng, (1, 1), (1, 1), (2, 1), (3, 1), (1, 2), (1, 3))
    return {
        "kernel_size": int(rng.integers(1, 6)),
        "strides": strides,
        "dilation_rate": dilation,
        "padding": _of(rng, *paddings),
        "activation": _activation(rng),
        "use_bias": bool(rng.random() < 0.7),
    }


def _conv(rng):
    groups, settings = int(_of(rng, 1, 1, 2, 3)), _window(rng, "valid", "same", "causal")
    layer = layers.Conv1D(groups * int(rng.integers(1, 4)), groups=groups, **settings)
    return layer, [(_timed(rng, layer.span)[0], groups * int(rng.integers(1, 3)))]


def _depthwise(rng):
    layer = layers.DepthwiseConv1D(depth_multiplier=int(rng.integers(1, 4)), **_window(rng, "valid", "same"))
    return layer, [_timed(rng, layer.span)]


def _separable(rng):
    settings = _window(rng, "valid", "same")
    layer = layers.SeparableConv1D(int(rng.integers(1, 4)), depth_multiplier=int(rng.integers(1, 4)), **settings)
    return layer, [_timed(rng, layer.span)]


def _transposed(rng):
    settings, shape = _window(rng, "valid", "same"), _timed(rng)
    extra = int(rng.integers(settings["strides"])) if rng.random() < 0.4 else None
    return layers.Conv1DTranspose(int(rng.integers(1, 4)), output_padding=extra, **settings), [shape]


def _pooling(rng, kind):
    layer = kind(int(rng.integers(1, 6)), strides=_of(rng, None, 1, 2, 3), padding=_of(rng, "valid", "same"))
    return layer, [_timed(rng, layer.span)]


def _merging(rng, kind, most=4):
    steps, channels = shape = _timed(rng)
    low, high = kind.sources
    count = int(rng.integers(max(low, 2), (high or most) + 1))
    narrow = [(steps, 1), (1, channels), (channels,), shape]
    return kind(), [shape, *(_of(rng, shape, *narrow) for _ in range(count - 1))]


def _concatenated(rng):
    axis, shape = _of(rng, -1, 1), _any(rng)
    place = -1 if axis == -1 or len(shape) == 1 else 0
    shapes = []
    for _ in range(rng.integers(2, 5)):
        sizes = list(shape)
        sizes[place] = int(rng.integers(1, 5))
        shapes.append(tuple(sizes))
    return layers.Concatenate(axis=axis), shapes


def _reshaped(rng):
    shape = _any(rng)
    numbers = int(np.prod(shape))
    first = _of(rng, *(n for n in range(1, numbers + 1) if numbers % n == 0))
    return layers.Reshape(_of(rng, (first, -1), (-1,), (first, numbers // first))), [shape]


def _relu(rng):
    most = _of(rng, None, 1.5, 6)
    return layers.ReLU(most, negative_slope=_of(rng, 0.0, 0.1, 0.25), threshold=_of(rng, 0.0, 0.5)), [_any(rng)]


def _prelu(rng):
    return _of(
        rng,
        (layers.PReLU(), [_any(rng)]),
        (layers.PReLU(shared_axes=[1]), [_timed(rng)]),
        (layers.PReLU(shared_axes=[1, 2]), [_timed(rng)]),
    )


def _batch_norm(rng):
    shape = _any(rng)
    settings = {"center": bool(rng.random() < 0.7), "scale": bool(rng.random() < 0.7)}
    axis = _of(rng, -1, 1)
    return layers.BatchNormalization(axis=axis, epsilon=_of(rng, 1e-3, 1e-5, 0.1), **settings), [shape]


def _layer_norm(rng):
    shape = _any(rng)
    axis = _of(rng, -1, 1, [1, 2]) if len(shape) == 2 else -1
    settings = {"center": bool(rng.random() < 0.7), "scale": bool(rng.random() < 0.7)}
    return layers.LayerNormalization(axis=axis, epsilon=_of(rng, 1e-3, 1e-5, 0.1), **settings), [shape]


def _cropped(rng):
    cropping = (int(rng.integers(3)), int(rng.integers(3)))
    return layers.Cropping1D(cropping), [_timed(rng, sum(cropping) + 1)]


def _cut(rng):
    shape = _timed(rng, 2)
    steps = _of(rng, -1, 1, slice(1, None), slice(None, None, 2), slice(None, None, -1), slice(-2, None))
    return layers.GetItem(_of(rng, (steps,), (..., 0), (slice(None), slice(1)))), [shape]


_UNCHANGED = ("Dropout", "SpatialDropout1D", "AlphaDropout", "GaussianDropout", "GaussianNoise")

SETTINGS = {
    "Conv1D": _conv,
    "DepthwiseConv1D": _depthwise,
    "SeparableConv1D": _separable,
    "Conv1DTranspose": _transposed,
    "Dense": lambda rng: (
        layers.Dense(int(rng.integers(1, 5)), activation=_activation(rng), use_bias=bool(rng.random() < 0.7)),
        [_any(rng)],
    ),
    "BatchNormalization": _batch_norm,
    "LayerNormalization": _layer_norm,
    "Rescaling": lambda rng: (layers.Rescaling(_of(rng, 0.1, 1 / 255, 2, -3), _of(rng, 0.0, -1, 0.3)), [_any(rng)]),
    "MaxPooling1D": lambda rng: _pooling(rng, layers.MaxPooling1D),
    "AveragePooling1D": lambda rng: _pooling(rng, layers.AveragePooling1D),
    "GlobalMaxPooling1D": lambda rng: (layers.GlobalMaxPooling1D(keepdims=_of(rng, True, False)), [_timed(rng)]),
    "GlobalAveragePooling1D": lambda rng: (
        layers.GlobalAveragePooling1D(keepdims=_of(rng, True, False)),
        [_timed(rng)],
    ),
    "ZeroPadding1D": lambda rng: (layers.ZeroPadding1D((int(rng.integers(4)), int(rng.integers(4)))), [_timed(rng)]),
    "Cropping1D": _cropped,
    "UpSampling1D": lambda rng: (layers.UpSampling1D(int(rng.integers(1, 4))), [_timed(rng)]),
    "Flatten": lambda rng: (layers.Flatten(), [_any(rng)]),
    "Reshape": _reshaped,
    "Permute": lambda rng: (layers.Permute(_of(rng, (1, 2), (2, 1))), [_timed(rng)]),
    "RepeatVector": lambda rng: (layers.RepeatVector(int(rng.integers(1, 4))), [(int(rng.integers(1, 6)),)]),
    "GetItem": _cut,
    "TrueDivide": lambda rng: (layers.TrueDivide(_of(rng, 255, 3.0, -0.7)), [_any(rng)]),
    "Identity": lambda rng: (layers.Identity(), [_any(rng)]),
    "ActivityRegularization": lambda rng: (layers.ActivityRegularization(), [_any(rng)]),
    **{kind: lambda rng, kind=kind: (layers.LAYERS[kind](0.3), [_timed(rng)]) for kind in _UNCHANGED},
    "Activation": lambda rng: (layers.Activation(_of(rng, *layers.ACTIVATIONS)), [_any(rng)]),
    "ReLU": _relu,
    "LeakyReLU": lambda rng: (layers.LeakyReLU(_of(rng, 0.3, 0.01, 0.5)), [_any(rng)]),
    "PReLU": _prelu,
    "ELU": lambda rng: (layers.ELU(_of(rng, 1.0, 0.3)), [_any(rng)]),
    "Softmax": lambda rng: (layers.Softmax(_of(rng, -1, 1)), [_any(rng)]),
    **{
        kind: lambda rng, kind=kind: _merging(rng, layers.LAYERS[kind])
        for kind in ("Add", "Subtract", "Multiply", "Average", "Maximum", "Minimum")
    },
    "Concatenate": _concatenated,
}
"""A function of a random generator for each kind of layer."""


def any_layer(rng, kind):
    """A layer of this kind and the shapes of its inputs; settings that Keras refuses are drawn again."""
    while True:
        layer, shapes = SETTINGS[kind](rng)
        try:
            layer.output_shape(*shapes)
        except ValueError:
            continue
        return layer, shapes


SIZES = {"usual": (-4, 3), "tiny": (-149, -60), "small": (-40, -10), "large": (10, 40), "all": (-149, 40)}
"""Ranges of exponents from which real numbers are drawn."""


def numbers_of(rng, shape, sizes, positive=False):
    """float32 numbers of some sizes, a few of them zero."""
    low, high = SIZES[sizes]
    value = np.ldexp(rng.uniform(1, 2, shape), rng.integers(low, high, shape)) * rng.choice([-1.0, 1.0], shape)
    value = np.where(rng.random(shape) < 0.1, 0, value).astype(np.float32)
    return np.abs(value) if positive else value


def real_numbers(rng, layer, shapes, sizes="usual"):
    """Weights and inputs of some sizes; variances are not negative."""
    arrays = layer.arrays(*shapes)
    weights = [numbers_of(rng, array.shape, sizes, positive=array.letter == "var") for array in arrays]
    return weights, [numbers_of(rng, shape, sizes) for shape in shapes]
