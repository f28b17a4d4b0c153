"""Convolutions inside a network of any layers, as a network of their own that stories can tell.

This module knows what a story needs of a network: Conv1D layers, one after another, with relu or no activation. Of any
other network it takes a run of such layers out, its input the numbers of the level below. It lays nothing out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from convexplain.graph import Graph, describe
from convexplain.layers import Conv1D
from convexplain.network import Levels, Network, Recorded, until
from convexplain.numbers.ledger import evaluate
from convexplain.stack import Stack


class Told(NamedTuple):
    """A network that a story can tell, and the level that is told of it."""

    network: Network
    level: int
    within: str = ""
    """Which layers of which network these are, without a full stop; nothing where it is the network itself."""


def is_told_whole(stack: Graph) -> bool:
    """Whether a network is a chain of convolutions, so that stories tell it as it is."""
    return isinstance(stack, Stack) and all(_is_plain(layer) for layer in stack.layers)


def convolutions(stack: Graph) -> list[int]:
    """The levels that a Conv1D layer makes."""
    return [level for level in range(stack.input_count, stack.depth + 1) if isinstance(stack.layer(level), Conv1D)]


def run(stack: Graph, level: int, most: int) -> list[int]:
    """The levels of convolutions one upon another that end with ``level``: at most so many, and at least that one."""
    found = [level]
    while len(found) < most:
        (below,) = stack.sources(found[0])
        if below < stack.input_count or not _is_plain(stack.layer(below)):
            break
        found.insert(0, below)
    return found


def told(network: Network, level: int | None = None, most: int = 1, known: Levels | None = None) -> Told:
    """The network that a story tells of ``level``: itself, or the run of at most so many convolutions that ends there;
    without a level, with the last convolution.

    ``known`` are the values of the levels, where they are; otherwise those below are computed. ``ValueError`` for a
    level that no convolution makes, ``IndexError`` for one out of range.
    """
    stack = network.stack
    if is_told_whole(stack):
        return Told(network, stack.check_level(stack.depth if level is None else level, lowest=1))
    made = convolutions(stack)
    if level is None and not made:
        raise ValueError("a story must be of a network with a Conv1D layer. Received: one without")
    level = stack.check_level(made[-1] if level is None else level, lowest=stack.input_count)
    layer = stack.layer(level)
    if level not in made:
        near = f"; levels {', '.join(map(str, made[:12]))} are" if made else ""
        raise ValueError(f"{describe(layer, level)} must be a Conv1D to be told as a story. Received: {layer!r}{near}")
    if network.weights is None:
        raise ValueError("a story needs weights: its numbers are those of the network. Received: a network alone")
    levels = run(stack, level, most)
    (source,) = stack.sources(levels[0])
    layers = [stack.layer(number) for number in levels]
    recorded, before = None, ""
    if not _is_plain(layer):
        layers[-1], before = replace(layer, activation="linear"), f" before its {layer.activation}"
    elif network.recorded is not None:
        outputs = tuple(network.recorded.outputs[number - stack.input_count] for number in levels)
        recorded = Recorded(outputs, network.recorded.source)
    weights = tuple(network.arrays(number) for number in levels)
    alone = Network(Stack(stack.shapes[source], layers), weights, _values(network, source, known), recorded)
    names = " and ".join(describe(stack.layer(number), number) for number in levels)
    return Told(alone, len(levels), f"{names} of {stack.depth}{before}, on the numbers of level {source}")


def _values(network: Network, source: int, known: Levels | None) -> Any:
    """The numbers of a level."""
    if known is None and source < network.stack.input_count and network.inputs is not None:
        return network.inputs[source]
    if known is None:
        known = evaluate(until(network, max(source, network.stack.input_count)))
    return known.values[source]


def _is_plain(layer: Any) -> bool:
    return isinstance(layer, Conv1D) and layer.activation in ("linear", "relu")
