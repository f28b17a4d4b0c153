"""From Keras's description of a model to the network it stands for: its levels, in order, and their sizes.

This module makes the calls of :mod:`convexplain.reader.calls` one by one, so that every level has its number, and asks
:mod:`convexplain.reader.kinds` for the layer of each. It knows where a network may be ended and where unknown sizes
come from; it knows nothing of files and makes no arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from math import prod
from typing import Any

from convexplain.graph import MOST_NUMBERS, Graph, Shape, describe, is_channels_first
from convexplain.layers import check_size
from convexplain.names import quoted
from convexplain.network import not_one
from convexplain.reader.calls import MOST_LAYERS, MOST_READS, Input, Model, Source, Step, groups_of, model_of
from convexplain.reader.kinds import EXPLAINED, Entry, Given, Part, parts
from convexplain.reader.values import Axes
from convexplain.stack import Stack


@dataclass(frozen=True)
class Wanted:
    """What a user says of a network beside its source."""

    until: int | str | None = None
    """The last level, by the name of its layer or by its number."""
    steps: int | None = None
    """The number of steps, where the model leaves it open."""
    x: Any = None
    """The input, or several; its shape gives what the model leaves open."""


@dataclass(frozen=True)
class Outline:
    """A network without numbers, and what makes each level that is no input."""

    stack: Graph
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class _Level:
    """A level that a layer makes; or one that is not explained, with the reason."""

    name: str | None
    reads: tuple[int, ...]
    part: Part | None
    fault: str | None = None


@dataclass
class _Levels:
    """The levels of a network as its calls are made: first the inputs, then one after another."""

    inputs: tuple[Input, ...]
    groups: dict[Entry, str] = field(default_factory=dict)
    """Where a weights file has the arrays of each layer."""
    made: list[_Level] = field(default_factory=list)
    declared: list[tuple[int, Axes]] = field(default_factory=list)
    """Levels with the sizes that are declared for them."""
    named: dict[str, list[int]] = field(default_factory=dict)
    """The levels that the calls of a layer or an inner model end with, by its name."""
    calls: int = 0
    reads: int = 0
    known: dict[Any, tuple[Part, ...]] = field(default_factory=dict)
    """What was made of each entry, so that a layer that is called twice is one."""

    def add(self, level: _Level) -> int:
        """The number of a new level."""
        if len(self.made) == MOST_LAYERS:
            raise ValueError(f"a model must have at most {MOST_LAYERS} layers. Received: more")
        self.made.append(level)
        return len(self.inputs) + len(self.made) - 1

    def name(self, name: str | None, level: int) -> None:
        """Say that a call of what has this name ends with a level."""
        if name is not None and level not in self.named.setdefault(name, []):
            self.named[name].append(level)


def outline(description: Any, live: Any = None, wanted: Wanted | None = None) -> Outline:
    """The network that ``description`` stands for.

    ``live`` is the Keras object that was described, if there is one. Raises ``ValueError`` for what cannot be
    explained, for a size that is not known, and for an absurd one.
    """
    wanted = wanted or Wanted()
    model = model_of(description, live)
    if model.fault is not None:
        raise ValueError(f"the model {quoted(model.entry.name)}: {model.fault}")
    names = model.keys or [own.name for own in model.inputs]
    levels = _Levels(
        tuple(replace(own, name=name) for own, name in zip(model.inputs, names, strict=True)), groups_of(model)
    )
    outputs = tuple(_call(model, range(len(model.inputs)), levels))
    if not levels.made:
        raise ValueError(f"a model must have a layer that computes: {EXPLAINED}. Received: none")
    if wanted.until is not None:
        levels = _ended(levels, _last(levels, wanted.until))
        outputs = (len(levels.inputs) + len(levels.made) - 1,)
    _require_explained(levels)
    made = tuple(level.part for level in levels.made if level.part is not None)
    stack = _network(levels, made, outputs, wanted)
    _check_sizes(stack)
    return Outline(stack, made)


# The levels


def _call(model: Model, given: Sequence[int], levels: _Levels) -> list[int]:
    """Make the calls of a model on some levels; the levels that are its outputs."""
    levels.declared += [
        (level, own.axes) for own, level in zip(model.inputs, given, strict=True) if own.axes is not None
    ]
    ends: list[list[int]] = []

    def level(source: Source) -> int:
        if source.step is None:
            return given[source.place]
        own = ends[source.step]
        # One level stands for all outputs of a layer that is not explained.
        return own[source.place] if source.place < len(own) else own[0]

    for step in model.steps:
        levels.calls, levels.reads = levels.calls + 1, levels.reads + len(step.reads)
        if max(levels.calls, levels.reads) > MOST_READS:
            raise ValueError(f"the layers of a network must read at most {MOST_READS} levels. Received: more")
        ends.append(_made(step, tuple(map(level, step.reads)), levels))
    return [level(source) for source in model.outputs]


def _made(step: Step, reads: tuple[int, ...], levels: _Levels) -> list[int]:
    """Make one call; the levels that are its outputs."""
    target, fault = step.target, step.fault
    if isinstance(target, Model):
        fault = fault or target.fault or next((own.fault for own in target.inputs if own.fault), None)
        if fault is None:
            outputs = _call(target, reads, levels)
            levels.name(target.entry.name, outputs[0])
            return outputs
    entry = target.entry if isinstance(target, Model) else target
    made: tuple[Part, ...] = ()
    try:
        if fault is not None:
            raise ValueError(fault)
        made = _parts(entry, step.given, levels)
    except ValueError as error:
        reads = (levels.add(_Level(entry.name, reads, None, str(error))),)
    for part in made:
        reads = (levels.add(_Level(part.layer.name, reads, part)),)
        levels.name(part.layer.name if part is not made[0] else None, reads[0])
    levels.name(entry.name, reads[0])
    return list(reads)


def _parts(entry: Entry, given: Given, levels: _Levels) -> tuple[Part, ...]:
    if (entry, given) not in levels.known:
        levels.known[entry, given] = parts(entry, levels.groups.get(entry, ""), given)
    return levels.known[entry, given]


def _require_explained(levels: _Levels) -> None:
    first = len(levels.inputs)
    for number, level in enumerate(levels.made, first):
        if level.fault is not None:
            named = f" ({quoted(level.name)})" if level.name else ""
            before = f"; until={number - 1} explains what comes before it" if number > first else ""
            raise ValueError(f"layer {number}{named}: {level.fault}{before}")
    for own in levels.inputs:
        if own.fault is not None:
            raise ValueError(own.fault)


# Where a network ends


def _last(levels: _Levels, until: int | str) -> int:
    """The level that ``until`` means. ``ValueError`` for a name that no layer has, or several calls have."""
    if isinstance(until, str):
        found = levels.named.get(until, [])
        if len(found) != 1:
            raise ValueError(
                "until must be the name of one layer that is called once, or the number of its level. "
                f"Received: {not_one(until, found, levels.named)}"
            )
        return found[0]
    first, last = len(levels.inputs), len(levels.inputs) + len(levels.made) - 1
    if type(until) is not int or not first <= until <= last:
        raise IndexError(f"the layer must be from {first} to {last}. Received: until={quoted(until)}")
    return until


def _ended(levels: _Levels, last: int) -> _Levels:
    """The levels up to the last one; only those it is made of where another cannot be explained."""
    first = len(levels.inputs)
    kept = set(range(last + 1))
    if any(level.fault for level in levels.made[: last - first]) or any(own.fault for own in levels.inputs):
        kept = {last}
        for number in range(last, first - 1, -1):
            if number in kept:
                kept.update(levels.made[number - first].reads)
    new = {number: place for place, number in enumerate(sorted(kept))}
    return _Levels(
        tuple(own for number, own in enumerate(levels.inputs) if number in kept),
        levels.groups,
        [
            replace(level, reads=tuple(new[read] for read in level.reads))
            for number, level in enumerate(levels.made, first)
            if number in kept
        ],
        [(new[number], axes) for number, axes in levels.declared if number in kept],
    )


# Their sizes


def _network(levels: _Levels, made: tuple[Part, ...], outputs: tuple[int, ...], wanted: Wanted) -> Graph:
    """The network of these levels: a stack where each reads the one before."""
    layers = [part.layer for part in made]
    # Keras gives the axes in the order of its data; a level has (steps, channels) always.
    order = -1 if is_channels_first(layers, len(levels.inputs)) else 1
    declared = [(level, axes[::order]) for level, axes in levels.declared]
    shapes = _input_shapes(levels.inputs, declared, wanted)
    reads = [level.reads for level in levels.made]
    is_chain = len(shapes) == 1 and all(own == (number,) for number, own in enumerate(reads))
    names = [own.name for own in levels.inputs]
    stack: Graph
    if is_chain and len(set(map(id, layers))) == len(layers):
        stack = Stack(shapes[0], layers, *names)
    else:
        stack = Graph(shapes, list(zip(layers, reads, strict=True)), outputs, names)
    for number, part in enumerate(made, stack.input_count):
        shapes = list(stack.source_shapes(number))
        if part.is_operation and len(set(map(len, shapes))) > 1:
            raise ValueError(
                f"{describe(part.layer, number)}: an operation must read levels of as many axes each. "
                f"Received: {', '.join(map(str, shapes[:6]))}"
            )
    for level, axes in declared:
        shape = stack.shapes[level]
        if len(axes) != len(shape) or any(own not in (None, size) for own, size in zip(axes, shape, strict=True)):
            raise ValueError(f"an inner model must fit the level it reads, {shape}. Received: an input of {axes}")
    return stack


def _input_shapes(inputs: Sequence[Input], declared: list[tuple[int, Axes]], wanted: Wanted) -> list[Shape]:
    """The shapes of the inputs; what a model leaves open is taken from ``steps`` and from ``x``."""
    open_steps, shapes = False, []
    steps = None if wanted.steps is None else check_size("steps", wanted.steps)
    for place, own in enumerate(inputs):
        axes = next((axes for level, axes in declared if level == place), None)
        if axes is None:
            raise ValueError(
                "a model must be built: call it once, or give it an Input(shape=(steps, channels)). "
                "Received: no input shape"
            )
        if len(axes) == 2 and axes[0] is None:
            open_steps, axes = True, (steps, axes[1])
        given = _shape(wanted.x, own.name, place, len(inputs))
        if len(given) == len(axes) + 1 and given[0] == 1:
            given = given[1:]
        if len(given) == len(axes):
            axes = tuple(size or other for size, other in zip(axes, given, strict=True))
        if None in axes:
            of = f" of the input {quoted(own.name)}" if len(inputs) > 1 else ""
            if given:
                sizes = ", ".join(str(size or name) for name, size in zip(_names(axes), axes, strict=True))
                raise ValueError(
                    f"x{of} must be one sample, of the shape ({sizes}), or a batch of one. Received: {given}"
                )
            raise ValueError(
                f"the number of steps and of channels{of} must be known: give an input x=, or steps=, or both sizes in "
                f"the model, as in Input(shape=(20, 1)). Received: {_told(axes)}"
            )
        shapes.append(axes)
    if steps is not None and not open_steps:
        raise ValueError(
            f"steps= is for a model that leaves the number of steps open. Received: steps={steps} for an input of "
            f"{', '.join(map(str, shapes[:6]))}"
        )
    return shapes  # type: ignore[return-value]


def _told(axes: Axes) -> str:
    return ", ".join(f"{name}={size}" for name, size in zip(_names(axes), axes, strict=True))


def _names(axes: Axes) -> tuple[str, ...]:
    return ("steps", "channels") if len(axes) == 2 else ("features",)


def _shape(x: Any, name: str, place: int, count: int) -> tuple[int, ...]:
    """The shape of one of the inputs that are given; () where it is not given, or has none: then it is refused later,
    by whoever reads its numbers.
    """
    import numpy as np

    if isinstance(x, dict):
        x = x.get(name, x.get("x") if count == 1 else None)
    elif count > 1:
        x = x[place] if isinstance(x, (list, tuple)) and place < len(x) else None
    try:
        return () if x is None else np.shape(x)
    except ValueError:
        return ()


def _check_sizes(stack: Graph) -> None:
    """Refuse more weights than memory holds, before anything is allocated for them."""
    weights = 0
    for number, layer in enumerate(stack.layers, stack.input_count):
        if stack.owner(number) == number:
            weights += sum(prod(array.shape) for array in layer.arrays(*stack.source_shapes(number)))
        if weights > MOST_NUMBERS:
            raise ValueError(
                f"{describe(layer, number)}: a network must have at most {MOST_NUMBERS} weights. Received: {weights}"
            )
