"""From what a user has to a network: a stack, a Keras model, one built Keras layer, or the path of a ``.keras`` file.

This package knows how Keras describes and stores a model; it knows nothing of formulas, verdicts or pictures. It
imports neither Keras nor TensorFlow: objects are asked for what they know, and a file is read as untrusted input, by
zip, JSON and HDF5 alone, so that nothing it contains is run.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from convexplain.graph import Graph
from convexplain.names import quoted
from convexplain.network import Network, check_weights
from convexplain.network import until as ended
from convexplain.reader.line import is_line, read_line

SUPPORTED = (
    "a convexplain.Graph, a convexplain.Stack, a Keras model, a built Keras layer, a path to a .keras file, or a line "
    "such as '20x1 conv:4,k5'"
)


def read(
    source: Any,
    weights: Sequence[Sequence[Any]] | None = None,
    *,
    until: int | str | None = None,
    steps: int | None = None,
    x: Any = None,
) -> Network:
    """The network that ``source`` describes.

    ``weights`` are for a stack or a graph: per layer, in the order of Keras's ``layer.get_weights()``; models and files
    have their own. ``until`` ends the network at a layer; what stands after it need not be explained. ``steps``, or the
    shape of the input ``x``, is for a model that leaves the number of steps open. ``ValueError`` for what cannot be
    explained, ``FileNotFoundError`` for a path where nothing is.
    """
    if isinstance(source, Network) and weights is None:
        return _known(source, until, steps)
    if isinstance(source, Graph):
        return _known(Network(source, None if weights is None else check_weights(source, weights)), until, steps)
    if weights is not None:
        raise ValueError(
            "weights= belongs to a convexplain.Stack; models and files have their own. "
            f"Received: weights= together with {_kind(source)}"
        )
    if is_line(source):
        return _known(read_line(source), until, steps)
    if isinstance(source, (str, os.PathLike)):
        from convexplain.reader.archive import read_file
        from convexplain.reader.config import Wanted

        return read_file(source, Wanted(until, steps, x))
    from convexplain.reader.objects import is_keras, read_object

    if is_keras(source):
        from convexplain.reader.config import Wanted

        return read_object(source, Wanted(until, steps, x))
    raise ValueError(f"the network must be {SUPPORTED}. Received: {_kind(source)}")


def read_again(network: Network, model: Any) -> Network:
    """The network of a file once more, from the Keras model that the file gives: ended at the same layer, with inputs
    of the same shapes.
    """
    import numpy as np

    shapes = network.stack.shapes[: network.stack.input_count]
    x: Any = [np.broadcast_to(np.float32(0), shape) for shape in shapes]
    return read(model, until=network.until, x=x if len(x) > 1 else x[0])


def _known(network: Network, until: int | str | None, steps: int | None) -> Network:
    """A network whose sizes are all known, up to a layer."""
    if steps is not None:
        shapes = ", ".join(map(str, network.stack.shapes[: network.stack.input_count]))
        raise ValueError(
            "steps= is for a model that leaves the number of steps open. "
            f"Received: steps={quoted(steps)} for an input of {shapes}"
        )
    return network if until is None else ended(network, until)


def _kind(source: Any) -> str:
    if isinstance(source, (str, os.PathLike)):
        return "a path"
    name = getattr(source, "__name__", None) if isinstance(source, type) else None
    return f"the class {quoted(name)}" if name else f"an object of the class {quoted(type(source).__name__)}"
