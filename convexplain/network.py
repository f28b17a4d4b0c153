"""A network's numbers: its weights, one input, and the values of every level.

This module knows shapes and, when numbers come, numpy; it knows nothing of where numbers come from (see ``reader`` and
``examples``) and nothing of formulas. All arrays are float32, as Keras computes, but for short numbers, which are exact
Fractions (see ``shown``); features are (steps, channels) also for a channels_first layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

from convexplain.graph import Graph, describe
from convexplain.layers import Conv1D
from convexplain.names import nearest, quoted

if TYPE_CHECKING:
    import numpy as np

Weights: TypeAlias = "tuple[tuple[np.ndarray, ...], ...]"
"""For each level that a layer makes, what Keras's ``layer.get_weights()`` gives; of a shared layer, at each call."""


class RecordedGradient(NamedTuple):
    """How much one number changes with each sample: what Keras's backend answered once for L = sum of g times the
    outputs of one filter of the first layer, for each filter by itself.

    >>> import convexplain as cx
    >>> recorded = cx.notebook().network.recorded.gradient
    >>> recorded.g.shape, recorded.slopes.shape                 # (steps,), (steps, channels, filters)
    ((16,), (20, 1, 4))
    """

    g: np.ndarray
    """(steps,): by how much L changes with each output of the filter."""
    slopes: np.ndarray
    """(steps, channels, filters): by how much it changes with each sample of the input."""


@dataclass(frozen=True)
class Recorded:
    """What Keras answered once: the output of every layer, each fed with Keras's own output of the layer before.

    >>> import convexplain as cx
    >>> recorded = cx.notebook().network.recorded
    >>> [output.shape for output in recorded.outputs]           # (steps, filters)
    [(16, 4), (12, 8)]
    >>> recorded.source
    'Keras 3.15.1, TensorFlow 2.21.0, called eagerly'
    """

    outputs: tuple[np.ndarray, ...]
    source: str
    """Which Keras, which backend, which call."""
    siblings: Mapping[Conv1D, np.ndarray] = field(default_factory=dict)
    """What it answered for the first layer's weights in layers that move, stretch or pad in another way."""
    gradient: RecordedGradient | None = None


@dataclass(frozen=True, eq=False)
class Network:
    """A stack or a graph with as many of its numbers as are known.

    >>> import convexplain as cx
    >>> network = cx.example("kernel_flip").network
    >>> network.stack, network.x.shape, len(network.inputs)
    (Stack((5, 1), [Conv1D(1, 3, use_bias=False)]), (5, 1), 1)
    """

    stack: Any
    """A :class:`~convexplain.stack.Stack`, or a :class:`~convexplain.graph.Graph` that is no chain."""
    weights: Weights | None = None
    x: Any = None
    """The input, (steps, channels) or (features,); a tuple of them where there are several."""
    recorded: Recorded | None = None
    live: tuple[Any, ...] | None = None
    """The Keras layers this was read from, one for each level that a layer makes, when it was read from objects. None
    stands where no Keras layer computes just that level: for an operation such as ``a + b``, and for what a layer makes
    before an activation that is a layer with settings of its own.
    """
    path: str | None = None
    """The file this was read from."""
    until: int | str | None = None
    """The layer that a model or a file was read up to, when it was ended."""

    def __repr__(self) -> str:
        count = len(self.stack.layers)
        known = [name for name in ("weights", "x", "recorded") if getattr(self, name) is not None]
        return f"<network of {count} layer{'s' * (count != 1)}: .stack{''.join(f', .{name}' for name in known)}>"

    @property
    def inputs(self) -> tuple[np.ndarray, ...] | None:
        """The inputs, one after another; None when they are not known."""
        if self.x is None:
            return None
        return self.x if isinstance(self.x, tuple) else (self.x,)

    def arrays(self, level: int) -> tuple[np.ndarray, ...]:
        """The weights of the layer that makes ``level``, in the order of Keras's ``layer.get_weights()``.

        >>> import convexplain as cx
        >>> [array.shape for array in cx.notebook().network.arrays(2)]        # kernel (taps, channels, filters)
        [(5, 4, 8)]

        ``ValueError`` without weights.
        """
        if self.weights is None:
            raise ValueError("numbers need weights. Received: a network alone")
        return self.weights[level - self.stack.input_count]


def check_weights(stack: Graph, weights: Sequence[Sequence[Any]]) -> Weights:
    """Weights as float32 arrays, or a ``ValueError`` that names the layer and the shapes required and received.

    One list per layer is given, of a shared layer one for all its calls; the result has one per level that is made.
    """
    try:
        given = list(weights)
    except TypeError:
        raise ValueError(f"weights must hold one list per layer. Received: {quoted(type(weights).__name__)}") from None
    made = range(stack.input_count, stack.depth + 1)
    owners = [level for level in made if stack.owner(level) == level]
    if len(given) != len(owners):
        raise ValueError(f"weights must hold one list per layer, {len(owners)} in all. Received: {len(given)}")
    checked = {level: _checked_arrays(stack, level, arrays) for level, arrays in zip(owners, given, strict=True)}
    return tuple(checked[stack.owner(level)] for level in made)


def _checked_arrays(stack: Graph, level: int, arrays: Any) -> tuple[np.ndarray, ...]:
    layer = stack.layer(level)
    what = describe(layer, level)
    required = layer.arrays(*stack.source_shapes(level))
    given = list(arrays) if isinstance(arrays, (list, tuple)) else [arrays]
    if len(given) != len(required):
        wanted = " and ".join(f"{array.name} {array.shape}" for array in required) or "none"
        raise ValueError(f"{what} must have {len(required)} weight arrays: {wanted}. Received: {len(given)}")
    checked = tuple(
        _array(f"the {array.name} of {what}", values, array.shape)
        for array, values in zip(required, given, strict=True)
    )
    for array, values in zip(required, checked, strict=True):
        if array.letter == "var" and (values < 0).any():
            raise ValueError(f"the {array.name} of {what} must not be negative. Received: {values.min()}")
    return checked


def check_input(stack: Graph, x: Any) -> Any:
    """One input as a float32 array of its shape; one with a batch of 1 before it is taken too. Of a network with
    several inputs, a tuple of them, from a list in their order or a dictionary by their names. A single input has the
    model's name for it, and may always be called "x".

    ``ValueError`` for any other shape.
    """
    if stack.input_count == 1 and not isinstance(x, dict):
        return _checked_input("the input x", x, stack.shapes[0])
    if isinstance(x, dict):
        if stack.input_count == 1 and set(x) == {"x"}:
            x = {stack.input_names[0]: x["x"]}
        if set(x) != set(stack.input_names):
            names = f"name{'s' * (stack.input_count > 1)} {', '.join(map(quoted, stack.input_names))}"
            raise ValueError(
                f"the input x must be given by the {names}. Received: {quoted(', '.join(map(str, x)), 80)}"
            )
        given = [x[name] for name in stack.input_names]
    else:
        given = list(x) if isinstance(x, (list, tuple)) else [x]
    if len(given) != stack.input_count:
        raise ValueError(f"x must hold {stack.input_count} inputs, in order or by name. Received: {len(given)}")
    shapes = stack.shapes[: stack.input_count]
    checked = tuple(
        _checked_input(f"the input {stack.symbol(level)}", array, shape)
        for level, (array, shape) in enumerate(zip(given, shapes, strict=True))
    )
    return checked[0] if stack.input_count == 1 else checked


def _checked_input(what: str, x: Any, shape: tuple[int, ...]) -> np.ndarray:
    array = _as_array(what, x)
    if array.ndim == len(shape) + 1 and array.shape[0] == 1:
        array = array[0]
    return _array(what, array, shape)


@dataclass(frozen=True, eq=False)
class Levels:
    """The values of every level: the inputs, then each layer's output, (steps, channels) float32.

    >>> import convexplain as cx
    >>> levels = cx.notebook().levels()
    >>> [values.shape for values in levels.values]
    [(20, 1), (16, 4), (12, 8)]
    """

    values: tuple[np.ndarray, ...]
    source: str
    """Who computed them."""

    def __repr__(self) -> str:
        shapes = [f"level {number}: {values.shape}" for number, values in enumerate(self.values)]
        shown = shapes if len(shapes) <= 6 else [*shapes[:4], "...", shapes[-1]]
        return f"<{', '.join(shown)}; .values[level][step, channel] is a number, by {self.source}>"


def not_one(last: str, levels: Sequence[int], known: Iterable[str]) -> str:
    """What is said of a name that no layer has, or that several levels have."""
    if not levels:
        return f"{quoted(last)}, which no layer has{nearest(last, known)}"
    more = ", ..." if len(levels) > 6 else ""
    return f"{quoted(last)}, which {len(levels)} have: the levels {', '.join(map(str, levels[:6]))}{more}"


def until(network: Network, last: int | str) -> Network:
    """The network up to one layer, given by its name or the number of its level.

    ``ValueError`` for a name that no layer has, or several have.
    """
    stack = network.stack
    if isinstance(last, str):
        named = [level for level in range(stack.input_count, stack.depth + 1) if stack.layer(level).name == last]
        if len(named) != 1:
            known = filter(None, (layer.name for layer in stack.layers))
            raise ValueError(
                "until must be the name of one layer, or the number of its level. "
                f"Received: {not_one(last, named, known)}"
            )
        level = named[0]
    else:
        level = stack.check_level(last, lowest=stack.input_count)
    kept = stack.up_to(level)
    count = len(kept.layers)
    return Network(
        kept,
        None if network.weights is None else network.weights[:count],
        network.x,
        None if network.recorded is None else Recorded(network.recorded.outputs[:count], network.recorded.source),
        None if network.live is None else network.live[:count],
        network.path,
        last,
    )


def sample_inputs(stack: Graph, seed: int = 0) -> tuple[np.ndarray, ...]:
    """Seeded inputs, uniform in [0, 1), for when none are given."""
    import numpy as np

    rng = np.random.default_rng(seed)
    return tuple(rng.random(shape, dtype=np.float32) for shape in stack.shapes[: stack.input_count])


def sample_input(stack: Graph, seed: int = 0) -> np.ndarray:
    """The seeded input of a network that has one."""
    (x,) = sample_inputs(stack, seed)
    return x


def _as_array(what: str, value: Any) -> np.ndarray:
    """numpy's reading of a value; a ragged one is refused."""
    import numpy as np

    try:
        return np.asarray(value)
    except ValueError:
        raise ValueError(f"{what} must be an array. Received: rows of different lengths") from None


def _array(what: str, value: Any, shape: tuple[int, ...]) -> np.ndarray:
    import numpy as np

    array = _as_array(what, value)
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{what} must hold real numbers. Received: dtype {quoted(array.dtype)}")
    if array.shape != tuple(shape):
        raise ValueError(f"{what} must have the shape {tuple(shape)}. Received: {array.shape}")
    with np.errstate(over="ignore"):
        array = array.astype(np.float32)
    if not np.isfinite(array).all():
        bad = int(array.size - np.isfinite(array).sum())
        raise ValueError(f"{what} must be finite in float32. Received: {bad} of {array.size} entries NaN or infinite")
    array.setflags(write=False)
    return array
