"""The order in which Keras keeps the layers of a Functional model, found from who reads whom.

A weights file counts layers in this order, and levels are numbered in it, so it is found here as Keras finds it when it
loads a model, whatever order the description has. This module knows names of layers and numbers of calls alone.

Source: ``map_graph`` in ``keras/src/ops/function.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

Node: TypeAlias = "tuple[str, int]"
"""One call of a layer: its name, and which call."""


def layer_order(reads: Mapping[Node, Sequence[Node]], outputs: Sequence[Node]) -> list[str]:
    """The names of the layers, inputs among them, from those that are furthest from an output to the last.

    ``reads`` are the calls that each call reads, none for an input; there must be no circle. Layers that are equally
    far stand in the order in which a search from the outputs meets them.
    """
    finished, met = _searched(reads, outputs)
    calls: dict[Node, int] = {}
    layers: dict[str, int] = {}
    for node in reversed(finished):
        name, _ = node
        # A layer that is called at several distances is as far away as the furthest of them.
        distance = max(calls.get(node, 0), layers.get(name, 0))
        layers[name] = calls[node] = distance
        for read in reads[node]:
            calls[read] = max(distance + 1, calls.get(read, 0))
    return sorted(layers, key=lambda name: (-layers[name], met[name]))


def _searched(reads: Mapping[Node, Sequence[Node]], outputs: Sequence[Node]) -> tuple[list[Node], dict[str, int]]:
    """The calls in the order in which a search into the depth leaves them, and the layers in that in which it comes
    by.
    """
    finished: dict[Node, None] = {}
    met: dict[str, int] = {}
    for output in outputs:
        open_calls: list[tuple[Node, Iterator[Node]]] = []
        following: Node | None = output
        while following is not None or open_calls:
            if following is not None and following not in finished:
                met.setdefault(following[0], len(met))
                open_calls.append((following, iter(reads[following])))
            if not open_calls:
                break
            node, left = open_calls[-1]
            following = next(left, None)
            if following is None:
                finished[node] = None
                open_calls.pop()
    return list(finished), met
