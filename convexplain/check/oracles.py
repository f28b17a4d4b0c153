"""Other ways to compute a layer: Keras, SciPy and NumPy, exact integers, PyTorch.

This module knows who else can compute a layer and how to ask them; it knows nothing of what their answers are compared
with. An oracle is any callable ``oracle(layer, weights, x) -> y``: ``layer`` is the record with Keras's argument names,
``weights`` are ordered as in Keras's ``layer.get_weights()``, x is (batch, steps, channels) or (batch, features), for a
layer that reads several levels a list of these, as in Keras, and y is the same of the output, also for a layer whose
data format is channels_first. Each is imported when it is asked.
"""

from __future__ import annotations

import logging
import os
import pickle
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from functools import cache, lru_cache, partial
from typing import Any, BinaryIO, cast

import numpy as np

from convexplain.check import reference
from convexplain.layers import LAYERS, OPERATIONS, Conv1D, GetItem, Layer
from convexplain.layers.statement import Shape
from convexplain.names import check_name, nearest, quoted
from convexplain.numbers import evaluation
from convexplain.system import parts

__all__ = ["BACKENDS", "CALLS", "Oracle", "exact", "keras", "keras_backend", "scipy", "torch"]

Oracle = Callable[[Any, Sequence[np.ndarray], Any], Any]
CALLS = ("eager", "predict")
"""How a Keras layer is asked: called on a tensor as in a notebook, or through ``Model.predict``, which compiles it.
They differ.
"""
BACKENDS = parts.BACKENDS


def __getattr__(name: str) -> Any:
    near = "" if name.startswith("_") else nearest(name, __all__)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}{near}")


def keras(layer: Layer, weights: Sequence[np.ndarray], x: Any, call: str = "eager") -> np.ndarray:
    """Keras's own layer on the CPU, with its record's arguments. ``call`` is "eager" or "predict".

    >>> import convexplain as cx
    >>> kernel, x = np.array([[[1]], [[2]], [[-1]]]), np.array([[[2], [3], [1], [0]]])
    >>> keras(cx.Conv1D(1, 3, use_bias=False), [kernel], x).ravel()         # needs TensorFlow
    array([7., 5.], dtype=float32)

    ``ValueError`` for another ``call``, :class:`convexplain.MissingPart` when Keras is not installed.
    """
    return _ask(*_made(layer, _shapes(x), call), weights, x, call)


def keras_called(call: str) -> Oracle:
    """:func:`keras` with its ``call`` chosen."""
    return lambda layer, weights, x: keras(layer, weights, x, call)


def like(live: Any, call: str = "eager", **altered: Any) -> Oracle:
    """An oracle that asks a new layer of a live Keras layer's own class and configuration, whatever the record says;
    ``altered`` are settings that it has instead. It has no name of its user's, for TensorFlow compiles few names.
    """
    own = live.get_config().items()
    config = {key: value for key, value in own if key not in ("lora_rank", "name")} | altered
    made: dict[tuple[Shape, ...], tuple[Any, Any]] = {}

    def keras(layer: Layer, weights: Sequence[np.ndarray], x: Any) -> np.ndarray:
        shapes = _shapes(x)
        if shapes not in made:
            made[shapes] = _build(type(live).from_config(config), shapes, call)
        return _ask(*made[shapes], weights, x, call)

    return keras


def itself(live: Any, call: str = "eager") -> Oracle:
    """An oracle that is a live Keras layer, with the weights it has; those it is given are ignored."""
    if call == "predict":
        # A copy is compiled, so that the user's own layer does not become part of another model.
        copy = like(live, call)
        return lambda layer, weights, x: copy(layer, own_weights(live, layer, _shapes(x)), x)
    return lambda layer, weights, x: _ask(live, None, None, x, call)


def own_weights(live: Any, layer: Layer, shapes: Sequence[Shape]) -> list[np.ndarray]:
    """The arrays that a live Keras layer, which ``layer`` records, computes with."""
    to_numpy = parts.require("keras").ops.convert_to_numpy
    return [to_numpy(getattr(live, array.name.replace(" ", "_"))) for array in layer.arrays(*shapes)]


def scipy(layer: Layer, weights: Sequence[np.ndarray], x: Any) -> np.ndarray:
    """``scipy.signal.convolve`` on reversed kernels, as in the notebook: one call per filter and channel, summed over
    the channels. Layers that are no Conv1D are computed by NumPy, see :mod:`convexplain.check.reference`.

    Padded and dilated with zeros by hand, since SciPy's own ``mode="same"`` is shifted for even kernels; direct,
    since an FFT's error is of another kind; then every ``strides``-th number is kept.

    >>> import convexplain as cx
    >>> kernel, x = np.array([[[1]], [[2]], [[-1]]]), np.array([[[2], [3], [1], [0]]])
    >>> scipy(cx.Conv1D(1, 3, use_bias=False), [kernel], x).ravel()         # 1*2 + 2*3 - 1*1, 1*3 + 2*1 - 1*0
    array([7, 5])
    """
    if not isinstance(layer, Conv1D):
        return reference.answer(layer, weights, x)
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


def exact(layer: Layer, weights: Sequence[np.ndarray], x: Any) -> np.ndarray:
    """The exact numbers, each rounded once to the nearest float32; roots and functions are enclosed far below that.

    >>> import convexplain as cx
    >>> kernel, x = np.float32([[[0.1]], [[0.2]]]), np.float32([[[0.3], [0.4]]])
    >>> exact(cx.Conv1D(1, 2, use_bias=False), [kernel], x).ravel()
    array([0.11000001], dtype=float32)
    """
    inputs = [np.asarray(array) for array in levels_of(x)]
    return evaluation.evaluate(layer, weights, inputs, _shapes(x)).to_float32()


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

    def __call__(self, layer: Layer, weights: Sequence[np.ndarray], x: Any) -> np.ndarray:
        """The answer of a layer made from its record, called eagerly."""
        inputs: Any = [np.asarray(array) for array in levels_of(x)]
        return _Worker.of(self.name).ask(
            layer, [np.asarray(array) for array in weights], inputs if isinstance(x, list) else inputs[0]
        )


def keras_backend(name: str) -> KerasBackend:
    """The oracle that is Keras on another backend: "tensorflow", "jax", "torch" or "numpy".

    >>> keras_backend("cntk")
    Traceback (most recent call last):
        ...
    ValueError: the backend must be one of 'tensorflow', 'jax', 'torch', 'numpy'. Received: 'cntk'

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
        return "exact numbers, rounded once to float32"
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
    return reference.activated(layer.activation, sums + weights[1] if layer.use_bias else sums)


def levels_of(x: Any) -> list[Any]:
    """What an oracle is given, as a list of levels, each with a batch before its shape."""
    return list(x) if isinstance(x, list) else [x]


def _shapes(x: Any) -> tuple[Shape, ...]:
    return tuple(np.shape(level)[1:] for level in levels_of(x))


_UNSTATED: dict[str, dict[str, Any]] = {
    **{name: {"rate": 0.5} for name in ("Dropout", "SpatialDropout1D", "AlphaDropout", "GaussianDropout")},
    "GaussianNoise": {"stddev": 0.5},
}
"""Arguments that Keras asks for and that decide nothing at inference, which no record has."""


@lru_cache(maxsize=64)
def _made(layer: Layer, shapes: tuple[Shape, ...], call: str) -> tuple[Any, Any]:
    """A built Keras layer with the record's arguments for inputs of ``shapes``, and a model around it for predict."""
    module = parts.require("keras")
    if type(layer).__name__ in OPERATIONS:
        return _build(module.layers.Lambda(partial(_operated, layer)), shapes, call)
    kind = next(base.__name__ for base in type(layer).__mro__ if LAYERS.get(base.__name__) is base)
    settings: Any = {field.name: getattr(layer, field.name) for field in fields(layer) if field.name != "name"}  # type: ignore[arg-type]
    if settings.get("activation") == "gelu_tanh":
        settings["activation"] = partial(module.activations.gelu, approximate=True)
    return _build(getattr(module.layers, kind)(**settings, **_UNSTATED.get(kind, {})), shapes, call)


def _operated(layer: Any, level: Any) -> Any:
    """The operation on Keras's own tensor."""
    return level[(slice(None), *layer.slices)] if isinstance(layer, GetItem) else level / layer.divisor


def _is_turned(made: Any) -> bool:
    return getattr(made, "data_format", "channels_last") == "channels_first"


def _build(made: Any, shapes: Sequence[Shape], call: str) -> tuple[Any, Any]:
    """The layer, built for inputs of ``shapes``, and a model around it when it is to be asked through predict."""
    check_name("call", call, CALLS)
    module = parts.require("keras")
    turned = [shape[::-1] if _is_turned(made) else shape for shape in shapes]
    if call == "eager":
        batched = [(None, *shape) for shape in turned]
        made.build(batched if len(batched) > 1 else batched[0])
        return made, None
    inputs = [module.Input(shape) for shape in turned]
    return made, module.Model(inputs, made(inputs if len(inputs) > 1 else inputs[0]))


def _ask(made: Any, model: Any, weights: Any, x: Any, call: str) -> np.ndarray:
    """The answer, with a batch, of a built layer, given its weights unless they are None."""
    module = parts.require("keras")
    if weights is not None:
        made.set_weights([np.asarray(array, dtype=np.float32) for array in weights])
    samples = [np.asarray(level, dtype=np.float32) for level in levels_of(x)]
    if _is_turned(made):
        samples = [level.swapaxes(1, -1) for level in samples]
    # On a GPU TensorFlow may round the factors of a product to TF32.
    with module.device("cpu"), _retracing_unsaid(), _said_plainly():
        if call == "predict":
            answer = model.predict(samples if len(samples) > 1 else samples[0], verbose=0, batch_size=len(samples[0]))
        else:
            tensors = [module.ops.convert_to_tensor(level) for level in samples]
            answer = module.ops.convert_to_numpy(made(tensors if isinstance(x, list) else tensors[0]))
    return answer.swapaxes(1, -1) if _is_turned(made) and answer.ndim == 3 else answer


@contextmanager
def _said_plainly() -> Iterator[None]:
    """What TensorFlow cannot do on every CPU is said in a sentence that tells what to do."""
    try:
        yield
    except Exception as error:
        if "NHWC" not in str(error):
            raise
        raise RuntimeError(
            "on this CPU TensorFlow needs TF_ENABLE_ONEDNN_OPTS=1 in the environment for data_format='channels_first'"
        ) from None


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
