"""Other ways to compute a layer: Keras, SciPy, exact integers, PyTorch.

This module knows who else can compute a convolution and how to ask them; it knows nothing of what their answers are
compared with. An oracle is any callable ``oracle(layer, weights, x) -> y``: ``layer`` is the record with Keras's
argument names, ``weights`` are ordered as in Keras's ``layer.get_weights()``, x is (batch, steps, channels), y is
(batch, output steps, filters), also for a layer whose data format is channels_first. Each is imported when it is
asked.
"""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, lru_cache, partial
from typing import Any, BinaryIO, cast

import numpy as np

from convexplain import exact as _exact
from convexplain import parts
from convexplain.layers import Conv1D, quoted
from convexplain.names import check_name

__all__ = ["BACKENDS", "CALLS", "Oracle", "exact", "keras", "keras_backend", "scipy", "torch"]

Oracle = Callable[[Conv1D, Sequence[np.ndarray], np.ndarray], Any]
CALLS = ("eager", "predict")
"""How a Keras layer is asked: called on a tensor as in a notebook, or through ``Model.predict``, which compiles it.
They differ.
"""
BACKENDS = ("tensorflow", "jax", "torch", "numpy")


def keras(layer: Conv1D, weights: Sequence[np.ndarray], x: np.ndarray, call: str = "eager") -> np.ndarray:
    """Keras's own layer on the CPU, with its record's arguments. ``call`` is "eager" or "predict".

    >>> import convexplain as cx
    >>> kernel, x = np.array([[[1]], [[2]], [[-1]]]), np.array([[[2], [3], [1], [0]]])
    >>> keras(cx.Conv1D(1, 3, use_bias=False), [kernel], x).ravel()         # needs TensorFlow
    array([7., 5.], dtype=float32)

    ``ValueError`` for another ``call``, :class:`convexplain.MissingPart` when Keras is not installed.
    """
    return _ask(*_made(layer, x.shape[1:], call), layer.data_format, weights, x, call)


def keras_called(call: str) -> Oracle:
    """:func:`keras` with its ``call`` chosen."""
    return lambda layer, weights, x: keras(layer, weights, x, call)


def like(live: Any, call: str = "eager") -> Oracle:
    """An oracle that asks a new layer of a live Keras layer's own class and configuration, whatever the record says."""
    config = {key: value for key, value in live.get_config().items() if key != "lora_rank"}
    made: dict[tuple[int, ...], tuple[Any, Any]] = {}

    def keras(layer: Conv1D, weights: Sequence[np.ndarray], x: np.ndarray) -> np.ndarray:
        if x.shape[1:] not in made:
            made[x.shape[1:]] = _build(type(live).from_config(config), live.data_format, x.shape[1:], call)
        return _ask(*made[x.shape[1:]], live.data_format, weights, x, call)

    return keras


def itself(live: Any, call: str = "eager") -> Oracle:
    """An oracle that is a live Keras layer, with the weights it has; those it is given are ignored."""
    if call == "predict":
        # A copy is compiled, so that the user's own layer does not become part of another model.
        copy, own = like(live, call), own_weights(live)
        return lambda layer, weights, x: copy(layer, own, x)
    return lambda layer, weights, x: _ask(live, None, live.data_format, None, x, call)


def own_weights(live: Any) -> list[np.ndarray]:
    """The kernel, and the bias if it has one, that a live Keras layer computes with."""
    to_numpy = parts.require("keras").ops.convert_to_numpy
    return [to_numpy(array) for array in ((live.kernel, live.bias) if live.use_bias else (live.kernel,))]


def scipy(layer: Conv1D, weights: Sequence[np.ndarray], x: np.ndarray) -> np.ndarray:
    """``scipy.signal.convolve`` on reversed kernels, as in the notebook: one call per filter and channel, summed over
    the channels.

    Padded and dilated with zeros by hand, since SciPy's own ``mode="same"`` is shifted for even kernels; direct,
    since an FFT's error is of another kind; then every ``strides``-th number is kept.

    >>> import convexplain as cx
    >>> kernel, x = np.array([[[1]], [[2]], [[-1]]]), np.array([[[2], [3], [1], [0]]])
    >>> scipy(cx.Conv1D(1, 3, use_bias=False), [kernel], x).ravel()         # 1*2 + 2*3 - 1*1, 1*3 + 2*1 - 1*0
    array([7, 5])
    """
    from scipy.signal import convolve

    batch, steps, channels = x.shape
    kernel = weights[0]
    outputs = layer.output_steps(steps)
    padded = _padded(layer, x)
    dilated = np.zeros((layer.span, *kernel.shape[1:]), dtype=kernel.dtype)
    dilated[:: layer.dilation_rate] = kernel
    y = np.zeros((batch, outputs, layer.filters), dtype=np.result_type(x, kernel))
    for row, filter, channel in np.ndindex(batch, layer.filters, channels // layer.groups):
        source = layer.source_channel(channels, channel, filter)
        flipped = dilated[::-1, channel, filter]
        y[row, :, filter] += convolve(padded[row, :, source], flipped, mode="valid", method="direct")[
            : outputs * layer.strides : layer.strides
        ]
    return _finish(layer, weights, y)


def exact(layer: Conv1D, weights: Sequence[np.ndarray], x: np.ndarray) -> np.ndarray:
    """The exact sums, each rounded once to the nearest float32.

    >>> import convexplain as cx
    >>> kernel, x = np.float32([[[0.1]], [[0.2]]]), np.float32([[[0.3], [0.4]]])
    >>> exact(cx.Conv1D(1, 2, use_bias=False), [kernel], x).ravel()
    array([0.11000001], dtype=float32)
    """
    return _exact.exact_values(layer, weights, _exact.scaled(np.asarray(x))).to_float32()


def torch(layer: Conv1D, weights: Sequence[np.ndarray], x: np.ndarray) -> np.ndarray:
    """``torch.nn.functional.conv1d`` on the CPU, with zeros padded by hand.

    :class:`convexplain.MissingPart` when PyTorch is not installed.
    """
    module = parts.require("torch")
    padded = _padded(layer, x)
    answer = module.nn.functional.conv1d(
        module.from_numpy(np.ascontiguousarray(padded.transpose(0, 2, 1))),
        module.from_numpy(np.ascontiguousarray(weights[0].transpose(2, 1, 0))),
        stride=layer.strides,
        dilation=layer.dilation_rate,
        groups=layer.groups,
    )
    return _finish(layer, weights, answer.numpy().transpose(0, 2, 1)[:, : layer.output_steps(x.shape[1])])


@dataclass(frozen=True)
class KerasBackend:
    """Keras on one backend, in a process of its own, for a process has only one. Made by :func:`keras_backend`."""

    name: str

    def __call__(self, layer: Conv1D, weights: Sequence[np.ndarray], x: np.ndarray) -> np.ndarray:
        """The answer of a layer made from its record, called eagerly."""
        return _Worker.of(self.name).ask(layer, [np.asarray(array) for array in weights], np.asarray(x))


def keras_backend(name: str) -> KerasBackend:
    """The oracle that is Keras on another backend: "tensorflow", "jax", "torch" or "numpy".

    >>> keras_backend("theano")
    Traceback (most recent call last):
        ...
    ValueError: the backend must be one of 'tensorflow', 'jax', 'torch', 'numpy'. Received: 'theano'. ...

    ``ValueError`` for another backend, :class:`convexplain.MissingPart` when it is not installed.
    """
    check_name("the backend", name, BACKENDS)
    for part in parts.keras_and_backend(name):
        if not parts.is_installed(part):
            raise parts.MissingPart(f"Keras on {name} needs {part}, which is not installed: {parts.INSTALL[part]}")
    return KerasBackend(name)


def describe(oracle: Oracle, call: str | None = None) -> str:
    """Who an oracle is, with versions, for a verdict."""
    if call is not None:
        manner = "called eagerly" if call == "eager" else "called through predict"
        return f"{_keras_versions()}, CPU, float32, {manner}"
    if oracle is scipy:
        import scipy as module

        return f"SciPy {module.__version__}, scipy.signal.convolve on the reversed kernel, direct"
    if oracle is exact:
        return "exact integers, rounded once to float32"
    if oracle is torch:
        return f"PyTorch {parts.require('torch').__version__}, conv1d, CPU, float32"
    if isinstance(oracle, KerasBackend):
        return f"Keras on {oracle.name} in a process of its own, CPU, float32, called eagerly"
    inner = oracle.func if isinstance(oracle, partial) else oracle
    return f"the callable {quoted(getattr(inner, '__name__', type(inner).__name__))}"


def _keras_versions() -> str:
    module = parts.require("keras")
    backend = module.backend.backend()
    version = getattr(sys.modules.get(backend), "__version__", "")
    name = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch", "numpy": "NumPy"}.get(backend, backend)
    return f"Keras {module.__version__}, {name} {version}".rstrip()


def _padded(layer: Conv1D, x: np.ndarray) -> np.ndarray:
    """x (batch, steps, channels) with the zeros that stand before and after it, as many as the last window reads."""
    steps = x.shape[1]
    last = layer.source_step(steps, layer.output_steps(steps) - 1, layer.kernel_size - 1)
    return np.pad(x, ((0, 0), (layer.left_pad(steps), max(0, last - (steps - 1))), (0, 0)))


def _finish(layer: Conv1D, weights: Sequence[np.ndarray], sums: np.ndarray) -> np.ndarray:
    """The bias and the activation, in the sums' own arithmetic."""
    value = sums + weights[1] if layer.use_bias else sums
    return value if layer.is_linear else np.maximum(value, 0)


@lru_cache(maxsize=16)
def _made(layer: Conv1D, shape: tuple[int, int], call: str) -> tuple[Any, Any]:
    """A built Keras layer with the record's arguments for inputs of ``shape`` (steps, channels), and a model around
    it for predict.
    """
    made = parts.require("keras").layers.Conv1D(
        filters=layer.filters,
        kernel_size=layer.kernel_size,
        strides=layer.strides,
        padding=layer.padding,
        data_format=layer.data_format,
        dilation_rate=layer.dilation_rate,
        groups=layer.groups,
        activation=layer.activation,
        use_bias=layer.use_bias,
    )
    return _build(made, layer.data_format, shape, call)


def _build(made: Any, data_format: str, shape: tuple[int, ...], call: str) -> tuple[Any, Any]:
    """The layer, built for inputs of ``shape`` (steps, channels), and a model around it when it is to be asked
    through predict.
    """
    check_name("call", call, CALLS)
    module = parts.require("keras")
    shape = shape[::-1] if data_format == "channels_first" else shape
    if call == "eager":
        made.build((None, *shape))
        return made, None
    return made, module.Sequential([module.Input(shape), made])


def _ask(made: Any, model: Any, data_format: str, weights: Any, x: np.ndarray, call: str) -> np.ndarray:
    """The answer (batch, output steps, filters) of a built layer, given its weights unless they are None."""
    module = parts.require("keras")
    if weights is not None:
        made.set_weights([np.asarray(array, dtype=np.float32) for array in weights])
    samples = np.asarray(x, dtype=np.float32)
    if data_format == "channels_first":
        samples = samples.transpose(0, 2, 1)
    # On a GPU TensorFlow may round the factors of a product to TF32.
    with module.device("cpu"), _retracing_unsaid():
        if call == "predict":
            answer = model.predict(samples, verbose=0, batch_size=len(samples))
        else:
            answer = module.ops.convert_to_numpy(made(module.ops.convert_to_tensor(samples)))
    return answer.transpose(0, 2, 1) if data_format == "channels_first" else answer


@contextmanager
def _retracing_unsaid() -> Iterator[None]:
    """TensorFlow does not warn that a layer is compiled for each shape it is asked about."""
    logger = logging.getLogger("tensorflow")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


class _Worker:
    """A process that holds Keras on one backend and answers one layer at a time."""

    def __init__(self, backend: str) -> None:
        paths = os.pathsep.join(filter(None, sys.path))
        self._process = subprocess.Popen(
            [sys.executable, "-c", "from convexplain.check.oracles import _serve; _serve()"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "KERAS_BACKEND": backend, "PYTHONPATH": paths},
        )

    @classmethod
    @cache
    def of(cls, backend: str) -> _Worker:
        """The one worker for ``backend``; it ends when this process does, for its input ends then."""
        return cls(backend)

    def ask(self, *question: Any) -> Any:
        """The worker's answer, or the error it met."""
        to, back = cast(BinaryIO, self._process.stdin), cast(BinaryIO, self._process.stdout)
        pickle.dump(question, to)
        to.flush()
        answer = pickle.load(back)
        if isinstance(answer, Exception):
            raise answer
        return answer


def _serve() -> None:
    """Answers questions (layer, weights, x) from standard input until it ends: what a worker process runs."""
    # Whatever a backend prints must not come between the answers.
    out: BinaryIO = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            question = pickle.load(sys.stdin.buffer)
        except EOFError:
            return
        try:
            answer: Any = keras(*question)
        except Exception as error:
            answer = RuntimeError(f"{type(error).__name__}: {error}")
        pickle.dump(answer, out)
        out.flush()
