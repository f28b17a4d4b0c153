"""Normalisations folded into the layer before them: its kernel and its bias with the factors and shifts worked in.

This module knows the records of a statement and which level reads which; it knows no kind of layer. A layer that takes
each number to a multiple of it and adds something, channel by channel, is one layer with a layer before it that has an
array in every product, indexed by that channel.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from convexplain.algebra.folded import Fold, Folded, FoldedArray
from convexplain.graph import Graph, describe
from convexplain.layers import Stated, stated
from convexplain.layers import statement as st
from convexplain.layers.index import Index, Range, as_index
from convexplain.network import Network
from convexplain.stack import Stack

if TYPE_CHECKING:
    import numpy as np

_INDEX_NAMES = {1: "f", 2: "cf", 3: "kcm"}
"""What the indices of an array are called where the layer's statement does not say it, by how many there are."""


def fold(network: Network) -> Folded:
    """Every layer that scales and shifts each channel, folded into the layer before it.

    ``ValueError`` that says why where there is nothing to fold.
    """
    stack, readers = network.stack, _readers(network.stack)
    found: dict[int, tuple[Fold, tuple[int, ...]]] = {}
    reasons: dict[int, str] = {}
    gone: set[int] = set()
    for level in range(stack.input_count, stack.depth + 1):
        if stack.owner(level) != level or level in gone:
            continue
        calls = [call for call in range(level, stack.depth + 1) if stack.owner(call) == level]
        ways = [_followers(stack, readers, call) for call in calls]
        owners = [[stack.owner(norm) for norm in way] for way in ways]
        common = 0
        while all(len(way) > common and way[common] == owners[0][common] for way in owners):
            common += 1
        while common and isinstance(stack.stated(ways[0][common - 1]).value, st.Read):
            common -= 1  # what changes nothing is folded only on the way to something that does
        if common:
            made = _fold(network, level, tuple(ways[0][:common]))
            if isinstance(made, str):
                reasons[ways[0][0]] = made
            else:
                found |= {call: (made, tuple(way[:common])) for call, way in zip(calls, ways, strict=True)}
                gone |= {norm for way in ways for norm in way[:common]}
    if not found:
        raise ValueError(
            "a fold needs a layer that scales and shifts each channel, such as BatchNormalization, right after a layer "
            f"with a kernel and without activation between. Received: {_why_not(stack, readers, reasons)}"
        )
    kept: dict[int, int] = {}
    for level in range(stack.depth + 1):
        if level not in gone:
            kept[level] = len(kept)
    onto = kept | {norm: kept[call] for call, (_, norms) in found.items() for norm in norms}
    folds = {level: made for level, (made, _) in found.items()}
    return Folded(network, tuple(dict.fromkeys(folds.values())), _left(network, folds, kept, onto), kept)


def _left(network: Network, folds: Mapping[int, Fold], kept: Mapping[int, int], onto: Mapping[int, int]) -> Network:
    """The network of the levels that are kept, with folded layers; ``onto`` says which level stands for each."""
    stack = network.stack
    made = [level for level in kept if level >= stack.input_count]
    layers = [folds[level].layer if level in folds else stack.layer(level) for level in made]
    left: Graph
    if isinstance(stack, Stack):
        left = Stack(stack.input_shape, layers)
    else:
        reads = [tuple(onto[source] for source in stack.sources(level)) for level in made]
        outputs = [onto[level] for level in stack.outputs]
        left = Graph(
            stack.shapes[: stack.input_count], list(zip(layers, reads, strict=True)), outputs, stack.input_names
        )
    if network.weights is None:
        return Network(left, None, network.x)
    arrays = {id(fold): _weights(fold, network) for fold in folds.values()}
    weights = [arrays[id(folds[level])] if level in folds else network.arrays(level) for level in made]
    return Network(left, tuple(weights), network.x)


def _readers(stack: Graph) -> dict[int, list[int]]:
    """The levels that read each level."""
    found: dict[int, list[int]] = {level: [] for level in range(stack.depth + 1)}
    for level in range(stack.input_count, stack.depth + 1):
        for source in stack.sources(level):
            found[source].append(level)
    return found


def _followers(stack: Graph, readers: Mapping[int, list[int]], level: int) -> list[int]:
    """The levels after a level, as far as each alone reads the one before it and only scales and shifts it."""
    found: list[int] = []
    if stack.layer(level).activation != "linear":
        return found
    while level not in stack.outputs and len(readers[level]) == 1 and _scales(stack, readers[level][0]):
        (level,) = readers[level]
        found.append(level)
    return found


def _scales(stack: Graph, level: int) -> bool:
    """Whether a layer takes each number of one level to a multiple of it, and adds something."""
    told = stack.stated(level)
    reads = [part for part in st.walk(told.value) if isinstance(part, st.Read)]
    own = tuple(map(as_index, told.axes))
    if len(stack.sources(level)) != 1 or any(tuple(map(as_index, read.indices)) != own for read in reads):
        return False
    return bool(reads) and _factor(told.value) is not None


def _factor(value: st.Value) -> st.Value | None:
    """What the cell of a value is multiplied by: 0 where it holds none, None where it is not only multiplied."""
    if isinstance(value, st.Read):
        return st.ONE
    if not _reads(value):
        return st.ZERO
    if not isinstance(value, (st.Add, st.Times)):
        return None
    found = [(part, factor) for part in value.parts if (factor := _factor(part)) is not None]
    there = [factor for _, factor in found if factor != st.ZERO]
    if len(found) < len(value.parts):
        return None
    if isinstance(value, st.Add):
        return there[0] if len(there) == 1 else st.Add(tuple(there))
    if len(there) > 1:
        return None
    return st.product(part if factor == st.ZERO else factor for part, factor in found)


def _fold(network: Network, level: int, norms: tuple[int, ...]) -> Fold | str:
    """The layer of ``level`` with the layers of ``norms`` folded into it, or why that is not possible."""
    stack = network.stack
    layer, own, shapes = stack.layer(level), stack.stated(level), stack.source_shapes(level)
    told = {norm: stack.stated(norm).value for norm in norms}
    needed = {r for value in told.values() for entry in _entries(value) for r in st.ranges(entry)}
    parts = own.body.parts if isinstance(own.body, st.Add) else (own.body,)
    constant = [part for part in parts if not _reads(part)]
    carrying = set.intersection(*(_carriers(part) for part in parts if _reads(part)))
    places = {letter: place for letter in carrying if (place := _recovered(needed, own, letter))}
    if not places:
        return f"reads {describe(layer, level)}, of which no array can carry its factors"
    letter = min(places)
    if not constant and hasattr(layer, "use_bias"):
        layer = dataclasses.replace(layer, use_bias=True)
        shift = next(iter({array.letter for array in layer.arrays(*shapes)} - own.sizes.arrays.keys()))
    elif len(constant) == 1 and isinstance(constant[0], st.Entry):
        shift = constant[0].array
    else:
        return f"reads {describe(layer, level)}, of which no bias can carry its shift"
    biased = _recovered(needed, stated(layer, *shapes), shift)
    if biased is None:
        return f"reads {describe(layer, level)}, of which no bias can carry its shift"
    given, sizes = _given(network, (level, *norms))
    arrays = {array.letter: array for array in layer.arrays(*shapes)}

    def folded(letter: str, axes: tuple[Range, ...], value: st.Value) -> FoldedArray:
        return FoldedArray(arrays[letter], level, Stated(axes, value, value, st.Sizes((), sizes)), given)

    (axes, at), (bias_axes, bias_at) = places[letter], biased
    kernel: st.Value = st.Entry(f"{letter}{level}", axes)
    bias: st.Value = st.Entry(f"{shift}{level}", bias_axes) if constant else st.ZERO
    for norm, value in told.items():
        value = _named(value, stack.owner(norm))
        kernel = st.product((st.substitute(_factor(value) or st.ZERO, at), kernel))
        bias = _in_place(st.substitute(value, bias_at), bias)
    return Fold(level, norms, layer, folded(letter, axes, kernel), folded(shift, bias_axes, bias))


def _reads(value: st.Value) -> bool:
    return any(isinstance(part, st.Read) for part in st.walk(value))


def _entries(value: st.Value) -> list[st.Entry]:
    return [part for part in st.walk(value) if isinstance(part, st.Entry)]


def _carriers(value: st.Value) -> set[str]:
    """The arrays of which one entry is in every product of a value: a factor of them is a factor of it."""
    match value:
        case st.Entry(array, _):
            return {array}
        case st.Times(parts):
            found = [_carriers(part) for part in parts]
            return {array for own in found for array in own if sum(array in other for other in found) == 1}
        case st.Add(parts):
            return set.intersection(*map(_carriers, parts))
        case st.Total(_, body):
            return _carriers(body)
    return set()


def _recovered(needed: set[Range], told: Stated, letter: str) -> tuple[tuple[Range, ...], dict[str, Index]] | None:
    """The indices of an array as ranges, and each needed axis of the output as an index of them, where it is one."""
    indices = [as_index(index) for index in next(e for e in _entries(told.body) if e.array == letter).indices]
    names = [
        next(iter(index.ranges())).name if _is_plain(index) else other
        for index, other in zip(indices, _INDEX_NAMES[len(indices)], strict=True)
    ]
    own = tuple(Range(name, size) for name, size in zip(names, told.sizes.arrays[letter], strict=True))
    found: dict[str, Index] = {}
    for axis in needed:
        whole = as_index(axis)
        for index, place in zip(indices, own, strict=True):
            if index == whole:
                found[axis.name] = as_index(place)
            for other, rest in zip(indices, own, strict=True):
                if index == whole // rest.size and other == whole % rest.size and place is not rest:
                    found.setdefault(axis.name, place * rest.size + rest)
    return (own, found) if len(found) == len(needed) else None


def _is_plain(index: Index) -> bool:
    return index.constant == 0 and len(index.terms) == 1 and isinstance(index.terms[0][0], Range)


def _mapped(value: st.Value, change: Callable[[st.Value], st.Value | None]) -> st.Value:
    """The value with every part that ``change`` gives something for replaced by it."""
    found = change(value)
    if found is not None:
        return found
    return st.rebuilt(value, lambda part: _mapped(part, change) if isinstance(part, st.Value) else part)


def _named(value: st.Value, owner: int) -> st.Value:
    """The value with the number of its layer in the name of each array."""
    return _mapped(
        value,
        lambda part: st.Entry(f"{part.array}{owner}", part.indices) if isinstance(part, st.Entry) else None,
    )


def _in_place(value: st.Value, inner: st.Value) -> st.Value:
    """The value with ``inner`` in place of its cell."""
    return _mapped(value, lambda part: inner if isinstance(part, st.Read) else None)


def _given(network: Network, levels: Sequence[int]) -> tuple[dict[str, np.ndarray] | None, dict[str, tuple[int, ...]]]:
    """The arrays of some layers and their shapes, by letter and number of the layer."""
    stack = network.stack
    values: dict[str, np.ndarray] = {}
    sizes: dict[str, tuple[int, ...]] = {}
    for level in levels:
        arrays = stack.layer(level).arrays(*stack.source_shapes(level))
        sizes |= {f"{array.letter}{stack.owner(level)}": array.indexed for array in arrays}
        if network.weights is not None:
            values |= {
                f"{array.letter}{stack.owner(level)}": given.reshape(array.indexed)
                for array, given in zip(arrays, network.arrays(level), strict=True)
            }
    return (None if network.weights is None else values), sizes


def _weights(fold: Fold, network: Network) -> tuple[np.ndarray, ...]:
    """The weights of a folded layer, in Keras's order."""
    shapes = network.stack.source_shapes(fold.level)
    before = network.stack.layer(fold.level).arrays(*shapes)
    own = {array.letter: values for array, values in zip(before, network.arrays(fold.level), strict=True)}
    folded = fold.arrays
    letters = [array.letter for array in fold.layer.arrays(*shapes)]
    return tuple(folded[letter].weights if letter in folded else own[letter] for letter in letters)


def _why_not(stack: Graph, readers: Mapping[int, list[int]], reasons: Mapping[int, str]) -> str:
    """Why the first layer that scales and shifts was not folded."""
    for level in range(stack.input_count, stack.depth + 1):
        if not _scales(stack, level) or isinstance(stack.stated(level).value, st.Read):
            continue
        (below,) = stack.sources(level)
        what = describe(stack.layer(level), level)
        if level in reasons:
            return f"{what}, which {reasons[level]}"
        if below < stack.input_count:
            return f"{what}, which reads an input"
        layer = stack.layer(below)
        if layer.activation != "linear":
            return f"{what}, which reads a level after its activation, {layer.activation}"
        if len(readers[below]) > 1 or below in stack.outputs:
            return f"{what}, which is not the only one to read level {below}"
        return f"{what}, which reads {describe(layer, below)}, a layer that is called without it too"
    return "a network without such a layer"
