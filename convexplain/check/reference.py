"""Every kind of layer once more, in plain NumPy, for a second opinion where Keras is not asked.

Written from Keras's documentation alone: this module knows arrays and a layer's arguments; it reads no statement and
takes no index rule from the layers, so that a mistake there is not made here too. It computes in the arithmetic of what
it is given, float32. Shapes are (batch, steps, channels) or (batch, features).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Any

import numpy as np

Weights = Sequence[np.ndarray]


def answer(layer: Any, weights: Weights, x: Any) -> np.ndarray:
    """What ``layer`` makes of x, a batch or a list of them, with ``weights`` as in Keras's ``layer.get_weights()``."""
    kind = type(layer).__name__
    if kind in _MERGING:
        return _MERGING[kind](list(x) if isinstance(x, list) else [x], layer)
    made = _LAYERS[kind](layer, weights, x[0] if isinstance(x, list) else x)
    return activated(layer.activation, made)


def activated(name: str, z: np.ndarray) -> np.ndarray:
    """An activation by Keras's name, of numbers whose last axis are the channels."""
    return _ACTIVATIONS[name](z)


def _softmax(z: np.ndarray, axis: int = -1) -> np.ndarray:
    share = np.exp(z - z.max(axis=axis, keepdims=True))
    return share / share.sum(axis=axis, keepdims=True)


def _log_softmax(z: np.ndarray) -> np.ndarray:
    shifted = z - z.max(axis=-1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))


def _sigmoid(z: np.ndarray) -> np.ndarray:
    small = np.exp(-np.abs(z))
    return np.where(z < 0, small, 1) / (1 + small)


def _elu(z: np.ndarray, alpha: float = 1.0) -> np.ndarray:
    return np.where(z > 0, z, z.dtype.type(alpha) * np.expm1(np.minimum(z, 0)))


def _gelu(z: np.ndarray) -> np.ndarray:
    from scipy.special import erf

    return z * (1 + erf(z * z.dtype.type(0.5**0.5))) / 2


def _gelu_tanh(z: np.ndarray) -> np.ndarray:
    factor, cubic = (z.dtype.type(number) for number in ((2 / np.pi) ** 0.5, 0.044715))
    return z * (1 + np.tanh(factor * (z + cubic * z * z * z))) / 2


def _hard_sigmoid(z: np.ndarray) -> np.ndarray:
    return np.clip(z + 3, 0, 6) / 6


_ACTIVATIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "linear": lambda z: z,
    "relu": lambda z: np.maximum(z, 0),
    "relu6": lambda z: np.clip(z, 0, 6),
    "leaky_relu": lambda z: np.where(z > 0, z, z.dtype.type(0.2) * z),
    "elu": _elu,
    "selu": lambda z: z.dtype.type(1.0507009873554805) * _elu(z, 1.6732632423543772),
    "sigmoid": _sigmoid,
    "tanh": np.tanh,
    "softplus": lambda z: np.maximum(z, 0) + np.log1p(np.exp(-np.abs(z))),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "silu": lambda z: z * _sigmoid(z),
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "hard_sigmoid": _hard_sigmoid,
    "hard_silu": lambda z: z * _hard_sigmoid(z),
    "exponential": np.exp,
    "softmax": _softmax,
    "log_softmax": _log_softmax,
}


def _windows(layer: Any, x: np.ndarray, size: int, fill: float) -> np.ndarray:
    """The samples of each window, (batch, output steps, taps, channels); ``fill`` is what stands around the input."""
    steps, stride, apart = x.shape[1], layer.strides, getattr(layer, "dilation_rate", 1)
    reach = (size - 1) * apart + 1
    before = after = 0
    if layer.padding == "same":
        missing = max((-(-steps // stride) - 1) * stride + reach - steps, 0)
        before, after = missing // 2, missing - missing // 2
    padded = np.pad(x, ((0, 0), (before, after), (0, 0)), constant_values=fill)
    starts = np.arange(0, padded.shape[1] - reach + 1, stride)
    return padded[:, starts[:, None] + apart * np.arange(size)]


def _biased(layer: Any, weights: Weights, sums: np.ndarray) -> np.ndarray:
    return sums + weights[-1] if layer.use_bias else sums


def _depthwise(layer: Any, kernel: np.ndarray, x: np.ndarray) -> np.ndarray:
    made = np.einsum("btkc,kcm->btcm", _windows(layer, x, layer.kernel_size, 0), kernel)
    return made.reshape(*made.shape[:2], -1)


def _transposed(layer: Any, weights: Weights, x: np.ndarray) -> np.ndarray:
    """Each step adds its kernel, and what is too much is cut off at both ends."""
    kernel, (batch, steps, _) = weights[0], x.shape
    taps, filters, _ = kernel.shape
    stride, apart = layer.strides, layer.dilation_rate
    reach = (taps - 1) * apart + 1
    same = layer.padding == "same"
    if layer.output_padding is not None:
        length = (steps - 1) * stride + (reach % 2 if same else reach) + layer.output_padding
    else:
        length = steps * stride if same else (steps - 1) * stride + max(reach, stride)
    cut = max((-(-length // stride) - 1) * stride + reach - length, 0) // 2 if same else 0
    whole = np.zeros((batch, max((steps - 1) * stride + reach, cut + length), filters), dtype=x.dtype)
    for step, tap in np.ndindex(steps, taps):
        whole[:, step * stride + tap * apart] += x[:, step] @ kernel[tap].T
    return _biased(layer, weights, whole[:, cut : cut + length])


def _batch_normalization(layer: Any, weights: Weights, x: np.ndarray) -> np.ndarray:
    arrays = list(weights)
    sizes = [1] * x.ndim
    place = layer.axis if layer.axis > 0 else x.ndim + layer.axis
    sizes[place] = x.shape[place]
    gamma = arrays.pop(0).reshape(sizes) if layer.scale else x.dtype.type(1)
    beta = arrays.pop(0).reshape(sizes) if layer.center else x.dtype.type(0)
    mean, variance = (array.reshape(sizes) for array in arrays)
    return gamma * (x - mean) / np.sqrt(variance + x.dtype.type(layer.epsilon)) + beta


def _layer_normalization(layer: Any, weights: Weights, x: np.ndarray) -> np.ndarray:
    arrays = list(weights)
    places = sorted(axis if axis > 0 else x.ndim + axis for axis in layer.axis)
    sizes = [size if place in places else 1 for place, size in enumerate(x.shape)]
    apart = x - x.mean(axis=tuple(places), keepdims=True)
    variance = (apart**2).mean(axis=tuple(places), keepdims=True)
    made = apart / np.sqrt(variance + x.dtype.type(layer.epsilon))
    made = made * arrays.pop(0).reshape(sizes) if layer.scale else made
    return made + arrays.pop(0).reshape(sizes) if layer.center else made


def _average(layer: Any, x: np.ndarray) -> np.ndarray:
    windows = _windows(layer, x, layer.pool_size, np.nan)
    there = ~np.isnan(windows)
    return np.where(there, windows, 0).sum(axis=2) / there.sum(axis=2).astype(x.dtype)


def _relu(layer: Any, x: np.ndarray) -> np.ndarray:
    """Above the threshold as it is, capped; below it a slope from the threshold on."""
    slope, threshold = x.dtype.type(layer.negative_slope), x.dtype.type(layer.threshold)
    most = np.inf if layer.max_value is None else layer.max_value
    above = np.minimum(x, x.dtype.type(most))
    return np.where(x > threshold if layer.threshold else x >= 0, above, slope * (x - threshold))


def _prelu(layer: Any, weights: Weights, x: np.ndarray) -> np.ndarray:
    return np.where(x > 0, x, weights[0] * x)


def _leave(x: np.ndarray, before: int, after: int) -> np.ndarray:
    return x[:, before : x.shape[1] - after]


_LAYERS: dict[str, Callable[[Any, Weights, np.ndarray], np.ndarray]] = {
    "DepthwiseConv1D": lambda layer, w, x: _biased(layer, w, _depthwise(layer, w[0], x)),
    "SeparableConv1D": lambda layer, w, x: _biased(layer, w, _depthwise(layer, w[0], x) @ w[1][0]),
    "Conv1DTranspose": _transposed,
    "Dense": lambda layer, w, x: _biased(layer, w, x @ w[0]),
    "BatchNormalization": _batch_normalization,
    "LayerNormalization": _layer_normalization,
    "TrueDivide": lambda layer, w, x: x / x.dtype.type(layer.divisor),
    "Rescaling": lambda layer, w, x: x * x.dtype.type(layer.scale) + x.dtype.type(layer.offset),
    "MaxPooling1D": lambda layer, w, x: _windows(layer, x, layer.pool_size, -np.inf).max(axis=2),
    "AveragePooling1D": lambda layer, w, x: _average(layer, x),
    "GlobalMaxPooling1D": lambda layer, w, x: x.max(axis=1, keepdims=layer.keepdims),
    "GlobalAveragePooling1D": lambda layer, w, x: x.mean(axis=1, keepdims=layer.keepdims),
    "ZeroPadding1D": lambda layer, w, x: np.pad(x, ((0, 0), tuple(layer.padding), (0, 0))),
    "Cropping1D": lambda layer, w, x: _leave(x, *layer.cropping),
    "UpSampling1D": lambda layer, w, x: np.repeat(x, layer.size, axis=1),
    "Flatten": lambda layer, w, x: x.reshape(len(x), -1),
    "Reshape": lambda layer, w, x: x.reshape(len(x), *layer.target_shape),
    "GetItem": lambda layer, w, x: x[(slice(None), *layer.slices)],
    "Permute": lambda layer, w, x: x.transpose(0, *layer.dims),
    "RepeatVector": lambda layer, w, x: np.repeat(x[:, None], layer.n, axis=1),
    "Activation": lambda layer, w, x: x,
    "ReLU": lambda layer, w, x: _relu(layer, x),
    "LeakyReLU": lambda layer, w, x: np.where(x > 0, x, x.dtype.type(layer.negative_slope) * x),
    "PReLU": _prelu,
    "ELU": lambda layer, w, x: _elu(x, layer.alpha),
    "Softmax": lambda layer, w, x: _softmax(x, layer.axis),
    **{
        name: lambda layer, w, x: x
        for name in (
            *("Identity", "Dropout", "SpatialDropout1D", "AlphaDropout", "GaussianDropout", "GaussianNoise"),
            "ActivityRegularization",
        )
    },
}

_MERGING: dict[str, Callable[[list[np.ndarray], Any], np.ndarray]] = {
    "Add": lambda xs, layer: reduce(_widened(np.add), xs),
    "Subtract": lambda xs, layer: _widened(np.subtract)(*xs),
    "Multiply": lambda xs, layer: reduce(_widened(np.multiply), xs),
    "Average": lambda xs, layer: reduce(_widened(np.add), xs) / xs[0].dtype.type(len(xs)),
    "Maximum": lambda xs, layer: reduce(_widened(np.maximum), xs),
    "Minimum": lambda xs, layer: reduce(_widened(np.minimum), xs),
    "Concatenate": lambda xs, layer: np.concatenate(xs, axis=layer.axis),
}


def _widened(operation: Callable[..., np.ndarray]) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
    """An operation on batches of which one may have no time axis: it is then the same at every step."""

    def done(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        most = max(a.ndim, b.ndim)
        wide = [x if x.ndim == most else x[:, None] for x in (a, b)]
        return operation(*wide)

    return done
