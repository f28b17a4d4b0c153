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
from convexplain.layers import quoted
from convexplain.network import Network, check_weights
from convexplain.reader.line import is_line, read_line

SUPPORTED = (
    "a convexplain.Graph, a convexplain.Stack, a Keras model, a built Keras layer, a path to a .keras file, or a line "
    "such as '20x1 conv:4,k5'"
)


def read(source: Any, weights: Sequence[Sequence[Any]] | None = None) -> Network:
    """The network that ``source`` describes.

    ``weights`` are for a stack or a graph: per layer, in the order of Keras's ``layer.get_weights()``; models and files
    have their own. ``ValueError`` for what cannot be explained, ``FileNotFoundError`` for a path where nothing is.
    """
    if isinstance(source, Graph):
        return Network(source, None if weights is None else check_weights(source, weights))
    if weights is not None:
        raise ValueError(
            "weights= belongs to a convexplain.Stack; models and files have their own. "
            f"Received: weights= together with {_kind(source)}"
        )
    if is_line(source):
        return read_line(source)
    if isinstance(source, (str, os.PathLike)):
        from convexplain.reader.archive import read_file

        return read_file(source)
    from convexplain.reader.objects import is_keras, read_object

    if is_keras(source):
        return read_object(source)
    raise ValueError(f"the network must be {SUPPORTED}. Received: {_kind(source)}")


def _kind(source: Any) -> str:
    if isinstance(source, (str, os.PathLike)):
        return "a path"
    name = getattr(source, "__name__", None) if isinstance(source, type) else None
    return f"the class {quoted(name)}" if name else f"an object of the class {quoted(type(source).__name__)}"
