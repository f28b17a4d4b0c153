"""Who reads whom: a described model as calls of its layers, in the order in which they can be made.

This module follows Sequential and Functional models, within one another and shared between several places, and checks
every name and number by which one layer refers to another; what a layer computes it does not know. A model that is
described once may be called often, so that a short description can ask for endless calls: whoever makes them counts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any, NamedTuple

from convexplain.names import quoted
from convexplain.reader.kinds import (
    EXPLAINED,
    MODELS,
    RANDOM,
    Entry,
    Given,
    group_name,
    is_operation,
    opened,
    require_own,
)
from convexplain.reader.order import Node, layer_order
from convexplain.reader.values import (
    Axes,
    End,
    axes,
    ends,
    index,
    is_tensor,
    listed,
    mapping,
    require_float32,
    tensor,
    tensors,
    text,
)

MOST_LAYERS = 1000
"""Layers of a model, those of its inner models counted with it; and levels of a network."""
MOST_READS = 10 * MOST_LAYERS
"""How many levels all layers together may read."""


class Source(NamedTuple):
    """What a call reads: an input of the model (``step`` is None), or an output of an earlier call."""

    step: int | None
    place: int


@dataclass(frozen=True, eq=False)
class Step:
    """One call of a layer or of an inner model."""

    target: Entry | Model
    reads: tuple[Source, ...]
    given: Given
    fault: str | None
    """Why the call is not explained, if it is not."""


@dataclass(frozen=True, eq=False)
class Input:
    """An input of a model."""

    name: str
    axes: Axes | None
    """As they are declared; None where nothing is."""
    fault: str | None = None
    """Why it cannot be explained, if it cannot."""


@dataclass(frozen=True, eq=False)
class Model:
    """A model, its layers called in order."""

    entry: Entry
    inputs: tuple[Input, ...]
    keys: tuple[str, ...] | None
    """The names of the inputs where the model takes them in a dictionary."""
    steps: tuple[Step, ...]
    outputs: tuple[Source, ...]
    layers: tuple[Entry | Model, ...] = ()
    """In the order in which Keras keeps them, without the inputs."""
    fault: str | None = None
    """Why the model as a whole is not explained, if it is not."""


@dataclass
class _Call:
    """A call as it is described."""

    reads: list[End]
    """In the order of the inputs of what is called."""
    order: list[Node]
    """The calls it reads, in the order in which they are written."""
    given: Given = ()
    fault: str | None = None


@dataclass
class _Met:
    """What was met in a description so far."""

    count: int = 0
    reads: int = 0
    shared: dict[Any, Entry | Model] = field(default_factory=dict)


def model_of(description: Any, live: Any = None) -> Model:
    """The model that is described; one layer alone is a model too. ``live`` is the object that was described.

    ``ValueError`` for a description that is none, or of a graph that has no order; a layer or a call that is only not
    explained says so in its ``fault``.
    """
    entry = opened(description, "the model", live)
    if entry.class_name in ("Model", *MODELS):
        return _model(entry, _Met())
    if entry.kind is None:
        named = "" if entry.name is None else f" {quoted(entry.name)}"
        raise ValueError(
            f"the model{named} must be Sequential or Functional, or a layer of a class that is "
            f"explained: {EXPLAINED}. Received: {quoted(entry.class_name)}"
        )
    shape = entry.build.get("input_shape") if isinstance(entry.build, Mapping) else None
    nested = isinstance(shape, (list, tuple)) and bool(shape) and all(isinstance(one, (list, tuple)) for one in shape)
    shapes: Sequence[Any] = shape if nested else [shape]  # type: ignore[assignment]
    if len(shapes) > MOST_READS:
        raise ValueError(f"a layer must read at most {MOST_READS} levels. Received: {len(shapes)}")
    names = [f"x{number}" for number in range(1, len(shapes) + 1)] if nested else ["x"]
    inputs = [
        Input(name, None if one is None else axes(one, f"the input {name}"))
        for name, one in zip(names, shapes, strict=True)
    ]
    reads = tuple(Source(None, place) for place in range(len(inputs)))
    return Model(entry, tuple(inputs), None, (Step(entry, reads, (), None),), (Source(0, 0),))


def _model(entry: Entry, met: _Met) -> Model:
    """A Sequential or a Functional model."""
    name = "Sequential" if entry.class_name == "Sequential" else "Functional"
    fault = None
    try:
        require_own(entry, MODELS[name])
        if entry.live is not None and "call" in vars(entry.live):
            raise ValueError("it must call what its class calls. Received: other")
        require_float32(entry.config.get("dtype"), "it")
    except ValueError as error:
        fault = str(error)
    return (_sequential if name == "Sequential" else _functional)(entry, met, fault)


def groups_of(model: Model) -> dict[Entry, str]:
    """Where a weights file has the arrays of each layer: classes are counted in each model, and a layer that stands in
    several places is where it is met first.
    """
    groups: dict[Entry, str] = {}
    _place(model, "", groups, set())
    return groups


def _place(model: Model, group: str, groups: dict[Entry, str], met: set[int]) -> None:
    counted: Counter[str] = Counter()
    for target in model.layers:
        entry = target.entry if isinstance(target, Model) else target
        if is_operation(entry.module):
            continue
        name = group_name(entry.class_name)
        numbered = f"{name}_{counted[name]}" if counted[name] else name
        counted[name] += 1
        path = f"{group}/layers/{numbered}" if group else f"layers/{numbered}"
        if isinstance(target, Model) and id(target) not in met:
            met.add(id(target))
            _place(target, path, groups, met)
        groups.setdefault(entry, path)


def _held(described: list[Any], lives: list[Any], met: _Met) -> list[Entry | Model]:
    """The layers of a model, inner models opened. Keras gives the descriptions of a layer that stands in several places
    the same number.
    """
    met.count += len(described)
    if met.count > 2 * MOST_LAYERS:
        raise ValueError(f"a model must have at most {MOST_LAYERS} layers. Received: more")
    held: list[Entry | Model] = []
    for one, live in zip(described, lives, strict=True):
        entry = opened(one, "a layer", live)
        number = one.get("shared_object_id") if live is None else id(live)
        known = met.shared.get(number) if type(number) is int else None
        if known is None:
            is_model = entry.class_name in ("Model", *MODELS)
            held.append(_model(entry, met) if is_model else entry)
            if type(number) is int:
                met.shared[number] = held[-1]
            continue
        first = known.entry if isinstance(known, Model) else known
        if (first.class_name, first.name) != (entry.class_name, entry.name):
            raise ValueError(
                f"a shared layer must be one layer. Received: {quoted(first.name)} and {quoted(entry.name)}"
            )
        held.append(known)
    return held


def _is_input(described: Any) -> bool:
    return isinstance(described, Mapping) and described.get("class_name") == "InputLayer"


def _input(entry: Entry) -> Input:
    name = text(entry.name, "the name of an input")
    fault = None
    try:
        require_own(entry, {"keras.layers", "keras.src.layers.core.input_layer"})
        require_float32(entry.config.get("dtype"), f"the input {quoted(name)}")
        if entry.config.get("sparse") or entry.config.get("ragged"):
            raise ValueError(f"the input {quoted(name)} must be dense. Received: sparse or ragged")
        return Input(name, axes(entry.config.get("batch_shape"), f"the input {quoted(name)}"))
    except ValueError as error:
        fault = str(error)
    return Input(name, None, fault)


# Sequential


def _sequential(entry: Entry, met: _Met, fault: str | None) -> Model:
    described = listed(entry.config.get("layers"), "the layers of a Sequential model")
    inputs = [_is_input(one) for one in described]
    if any(inputs[1:]):
        raise ValueError("an input must come first in a Sequential model. Received: an InputLayer after another layer")
    lives = [None] * len(described)
    if entry.live is not None:
        lives = [None] * sum(inputs) + list(entry.live.layers)  # which leaves the InputLayer out
        if len(lives) != len(described):  # Keras describes a layer once, however often it is called
            raise ValueError("a Sequential model must call each layer once. Received: one of them called twice")
    held = _held(described, lives, met)
    own = _input(held.pop(0)) if inputs and inputs[0] else Input("x", _built_axes(entry, held))  # type: ignore[arg-type]
    steps = []
    for number, target in enumerate(held):
        met.reads += 1
        step = Step(target, (Source(number - 1 if number else None, 0),), (), None)
        steps.append(step if not isinstance(target, Model) else _fitting(step, target, 1))
    outputs = (Source(len(steps) - 1 if steps else None, 0),)
    return Model(entry, (own,), None, tuple(steps), outputs, tuple(held), fault)


def _fitting(step: Step, target: Model, count: int) -> Step:
    """The call of an inner model, which must have as many inputs as it is given levels, and an output."""
    if len(target.inputs) != count:
        fault = f"an inner model must be called on all of its inputs, {len(target.inputs)}. Received: {count}"
        return Step(target, step.reads, (), fault)
    return step


def _built_axes(entry: Entry, held: list[Any]) -> Axes | None:
    """The axes that a Sequential model without an input remembers, or its first layer does."""
    shape = entry.config.get("build_input_shape")
    if shape is None and held:
        first = held[0].entry if isinstance(held[0], Model) else held[0]
        shape = first.build.get("input_shape") if isinstance(first.build, Mapping) else None
    return None if shape is None else axes(shape, "the input of layer 1")


# Functional


def _functional(entry: Entry, met: _Met, fault: str | None) -> Model:
    described = [mapping(one, "a layer") for one in listed(entry.config.get("layers"), "the layers of a model")]
    names = [text(one.get("name"), "the name of a layer") for one in described]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise ValueError(f"each layer of a model must have its own name. Received: {quoted(twice[0])} twice")
    lives = {} if entry.live is None else {layer.name: layer for layer in entry.live.operations}
    held = dict(zip(names, _held(described, [lives.get(name) for name in names], met), strict=True))
    inputs = {name: _input(held.pop(name)) for name, one in zip(names, described, strict=True) if _is_input(one)}  # type: ignore[arg-type]
    first, keys = ends(entry.config.get("input_layers"), "an input of a model")
    if sorted(first) != sorted(End(name, 0, 0) for name in inputs):
        raise ValueError(
            "the inputs of a Functional model must be its input layers, once each. "
            f"Received: {len(first)} inputs and {len(inputs)} input layers"
        )
    calls = {}
    for name, one in zip(names, described, strict=True):
        made = listed(one.get("inbound_nodes"), f"the calls of layer {quoted(name)}")
        if name in inputs:
            if made:
                raise ValueError(f"an input must read nothing. Received: {quoted(name)}, which is called")
            continue
        if not made:
            raise ValueError(f"each layer of a model must be called. Received: {quoted(name)}, which is not")
        calls[name] = [_call(held[name], call, f"the call of layer {quoted(name)}") for call in made]
        met.reads += sum(len(call.reads) for call in calls[name])
        if met.reads > MOST_READS:
            raise ValueError(f"the layers of a model must read at most {MOST_READS} levels. Received: more")
    places = {name: place for place, (name, _, _) in enumerate(first)}
    # An order must be there at all before Keras's own can be looked for.
    _, found = _ordered(list(calls), held, calls, places)
    last = [_counted(end, held) for end in ends(entry.config.get("output_layers"), "an output of a model")[0]]
    if not last or not all(end in found for end in last):
        received = next((quoted(list(end)) for end in last if end not in found), "none")
        raise ValueError(f"a Functional model must have outputs, of its own layers. Received: {received}")
    reads = {(name, number): call.order for name, made in calls.items() for number, call in enumerate(made)}
    layers = layer_order(reads | {(name, 0): [] for name in inputs}, [end[:2] for end in last])
    layers = [name for name in layers if name not in inputs]
    order, found = _ordered(layers, held, calls, places)
    steps = []
    for name, number in order:
        call, target = calls[name][number], held[name]
        step = Step(target, tuple(found[end] for end in call.reads), call.given, call.fault)
        if isinstance(target, Model) and call.fault is None:
            step = _fitting(step, target, len(step.reads))
        steps.append(step)
    outputs = tuple(found[end] for end in last)
    if len(order) < len(reads) or not _all_used(steps, outputs):
        raise ValueError("every call of a layer must lead to an output of the model. Received: one that does not")
    ordered = tuple(inputs[name] for name, _, _ in first)
    return Model(entry, ordered, keys, tuple(steps), outputs, tuple(held[name] for name in layers), fault)


def _counted(end: End, held: Mapping[str, Entry | Model]) -> End:
    """An output of a model. Keras counts the calls of an inner Functional model from 1 here, and here alone."""
    target = held.get(end.layer)
    is_functional = isinstance(target, Model) and target.entry.class_name != "Sequential"
    return end._replace(call=end.call - 1) if is_functional else end


def _ordered(
    layers: list[str], held: Mapping[str, Entry | Model], calls: Mapping[str, list[_Call]], inputs: Mapping[str, int]
) -> tuple[list[Node], _Found]:
    """The calls of some layers, each after those it reads; and where every output comes from.

    As Keras makes them: layer after layer, each called as often as it can be, over and over until all are called.
    """
    found = _Found({End(name, 0, 0): Source(None, place) for name, place in inputs.items()})
    order: list[Node] = []
    made = dict.fromkeys(layers, 0)
    waiting = layers
    while waiting:
        before = len(order)
        for name in waiting:
            while made[name] < len(calls[name]) and all(end in found for end in calls[name][made[name]].reads):
                found.add(name, made[name], held[name], len(order))
                order.append((name, made[name]))
                made[name] += 1
        if len(order) == before:
            raise ValueError(
                "a Functional model must have an order in which its layers can be called. Received: "
                f"{quoted(waiting[0])}, which reads what is nowhere, or what is made of its own output"
            )
        waiting = [name for name in waiting if made[name] < len(calls[name])]
    return order, found


class _Found:
    """Where the outputs of calls come from: (layer, call, output) -> source."""

    def __init__(self, inputs: dict[End, Source]) -> None:
        self._inputs = inputs
        self._steps: dict[Node, tuple[int, float]] = {}

    def add(self, name: str, call: int, target: Entry | Model, step: int) -> None:
        """The outputs of a call; a layer that is not explained may have any number of them."""
        count = len(target.outputs) if isinstance(target, Model) else 1 if target.kind or target.operation else inf
        self._steps[name, call] = step, count

    def __contains__(self, end: End) -> bool:
        _, count = self._steps.get(end[:2], (0, 0))
        return end in self._inputs or 0 <= end.output < count

    def __getitem__(self, end: End) -> Source:
        return self._inputs.get(end) or Source(self._steps[end[:2]][0], end.output)


def _all_used(steps: Sequence[Step], outputs: Sequence[Source]) -> bool:
    """Whether every call leads to an output: Keras would leave another out."""
    used = {source.step for source in outputs}
    for number in range(len(steps) - 1, -1, -1):
        if number not in used:
            return False
        used.update(source.step for source in steps[number].reads)
    return True


# One call


def _call(target: Entry | Model, described: Any, what: str) -> _Call:
    """A call, ``{"args": [...], "kwargs": {...}}``. One that is not explained has its reads and a fault."""
    if isinstance(described, (list, tuple)):
        raise ValueError(f"{what} must be as Keras 3 writes it: save the model with Keras 3. Received: a list")
    call = mapping(described, what)
    args, options = listed(call.get("args"), what), dict(mapping(call.get("kwargs"), what))
    met = list(tensors([args, options], what))
    order = [end[:2] for end in met]
    try:
        if not args and "inputs" in options:
            args = [options.pop("inputs")]
        _require_plain(target, options)
        reads, given = _arguments(target, args, what)
        return _Call(reads, order, given)
    except ValueError as error:
        return _Call(met, order, fault=str(error))


def _require_plain(target: Entry | Model, options: Mapping[str, Any]) -> None:
    """``ValueError`` for an option that decides anything at inference."""
    for name, value in options.items():
        harmless = name == "training" and isinstance(target, Entry) and target.class_name not in RANDOM
        if not harmless and _decides(value):
            raise ValueError(
                f"it must be called on levels alone, as at inference. Received: {quoted(name)}={quoted(value)}"
            )


def _decides(value: Any) -> bool:
    """Whether there is anything in an option but None and False: of several masks, say, each may be None."""
    inside = [value]
    while inside:
        held = inside.pop()
        if is_tensor(held):
            return True
        if isinstance(held, (Mapping, list, tuple)):
            inside += held.values() if isinstance(held, Mapping) else held
        elif held is not None and held is not False:
            return True
    return False


def _arguments(target: Entry | Model, args: list[Any], what: str) -> tuple[list[End], Given]:
    """What a call reads, in the order of the target's inputs; and what else it is given."""
    if isinstance(target, Model):
        return _to_model(target, args, what), ()
    operation = target.operation
    if operation is None and target.kind is None:
        return list(tensors(args, what)), ()
    reads = operation.reads if operation else "one" if target.kind.sources == (1, 1) else "several"  # type: ignore[union-attr]
    if reads == "two" and len(args) == 2:
        numbers = [(place, value) for place, value in enumerate(args) if _is_number(value)]
        if len(numbers) <= 1:
            return [tensor(one, what) for one in args if not _is_number(one)], numbers[0] if numbers else ()
    elif reads == "indexed" and len(args) == 2:
        return [tensor(args[0], what)], index(args[1])
    elif len(args) == 1 and reads == "several" and isinstance(args[0], (list, tuple)):
        return [tensor(one, what) for one in args[0]], ()
    elif len(args) == 1 and reads == "one" and not isinstance(args[0], (list, tuple)):
        return [tensor(args[0], what)], ()
    wanted = {
        "one": "one level",
        "two": "two levels, or a level and a number",
        "several": "a list of levels",
        "indexed": "a level and an index",
    }[reads]
    raise ValueError(f"it must be called on {wanted}. Received: {len(args)} arguments, otherwise arranged")


def _is_number(value: Any) -> bool:
    return not isinstance(value, bool) and isinstance(value, (int, float)) and isfinite(value)


def _to_model(target: Model, args: list[Any], what: str) -> list[End]:
    """What an inner model is given: a level, a list of them, or a dictionary by the names of its inputs."""
    if len(args) != 1:
        raise ValueError(f"an inner model must be called on one argument. Received: {len(args)}")
    (given,) = args
    if isinstance(given, Mapping) and not is_tensor(given):
        names = [own.name for own in target.inputs]
        for keys in (target.keys, names):
            if keys is not None and sorted(given) == sorted(keys):
                return [tensor(given[key], what) for key in keys]
        raise ValueError(
            f"an inner model must be given its inputs by name, {quoted(', '.join(target.keys or names), 80)}. "
            f"Received: {quoted(', '.join(map(str, given)), 80)}"
        )
    return [tensor(one, what) for one in (given if isinstance(given, (list, tuple)) else [given])]
