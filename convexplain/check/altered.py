"""A layer's statement with one thing changed, as a form that is computed like the right one.

What may be changed is a setting, an index rule, an array, a level that is read, or a record of the statement. This
module knows how; which changes are usual mistakes is the business of :mod:`convexplain.check.mistakes`. A change that
does not apply to a layer, or that would make an output of another shape, gives None.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple

import numpy as np

from convexplain.check import bounds, roles
from convexplain.layers.functions import activated
from convexplain.layers.index import Index, Range, as_index
from convexplain.layers.layer import Stated, stated
from convexplain.layers.statement import Case, Read, Shape, Value, rebuilt


class Question(NamedTuple):
    """What is asked of a layer: its weights, and the levels it reads, each with a batch."""

    layer: Any
    weights: Sequence[np.ndarray]
    inputs: Sequence[np.ndarray]

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shapes of the levels, without the batch."""
        return tuple(np.shape(level)[1:] for level in self.inputs)

    @property
    def shape(self) -> Shape:
        """The shape of the first level."""
        return self.shapes[0]

    @property
    def whole(self) -> Stated:
        """The right statement."""
        return stated(self.layer, *self.shapes)

    @property
    def axes(self) -> tuple[Range, ...]:
        """The axes of the output."""
        return self.whole.axes

    @property
    def reads(self) -> list[Read]:
        """What the statement reads, in order."""
        return list(dict.fromkeys(roles.reads(self.whole.body)))

    def form(self) -> bounds.Form:
        """The right form."""
        return bounds.form(self.layer, self.weights, self.inputs, self.shapes)


Change = Callable[[Question], "bounds.Form | None"]


def _of_layer(question: Question, layer: Any) -> bounds.Form | None:
    """The form of another layer on the same numbers."""
    shapes = question.shapes
    if layer.output_shape(*shapes) != question.layer.output_shape(*shapes):
        return None
    arrays = layer.arrays(*shapes)
    if [array.shape for array in arrays] != [array.shape for array in question.layer.arrays(*shapes)]:
        return None
    # A layer that is wrong is not kept among those that are.
    return question.form()._replace(stated=stated.__wrapped__(layer, *shapes))


def settings(choose: Callable[[Question], dict[str, Any] | None]) -> Change:
    """Other settings of the layer; None where there is no such mistake."""

    def change(question: Question) -> bounds.Form | None:
        other = choose(question)
        return None if other is None else _of_layer(question, replace(question.layer, **other))

    return change


def rules(choose: Callable[[Any, int], dict[str, Callable[..., Any]] | None]) -> Change:
    """Other index rules of the layer, from the layer and its input's number of steps; each without ``self``."""

    def change(question: Question) -> bounds.Form | None:
        layer = question.layer
        changed = choose(layer, question.shape[0])
        if changed is None:
            return None
        methods = {name: staticmethod(rule) for name, rule in changed.items()}
        other: Any = object.__new__(type("Altered", (type(layer),), methods))
        for field in fields(layer):
            object.__setattr__(other, field.name, getattr(layer, field.name))
        return _of_layer(question, other)

    return change


def steps(rule: Callable[[Any, int, Any, Any], Any]) -> Change:
    """Another step that a tap reads: ``rule(layer, steps, step, tap)``."""
    return rules(
        lambda layer, _: (
            {"source_step": lambda steps, step, tap: rule(layer, steps, step, tap)}
            if hasattr(layer, "source_step")
            else None
        )
    )


def arrays(choose: Callable[[dict[str, np.ndarray]], dict[str, np.ndarray] | None]) -> Change:
    """Other arrays, by their letters, in Keras's shapes."""

    def change(question: Question) -> bounds.Form | None:
        every = question.layer.arrays(*question.shapes)
        given = {array.letter: np.asarray(own) for array, own in zip(every, question.weights, strict=True)}
        other = choose(given)
        if other is None:
            return None
        weights = [other.get(array.letter, given[array.letter]) for array in every]
        if any(made.shape != array.shape for array, made in zip(every, weights, strict=True)):
            return None
        return bounds.form(question.layer, weights, question.inputs, question.shapes)

    return change


def one_array(letter: str, choose: Callable[[np.ndarray], np.ndarray | None]) -> Change:
    """One other array; its letter may be any of several."""

    def other(given: dict[str, np.ndarray]) -> dict[str, np.ndarray] | None:
        made = {own: choose(given[own]) for own in letter.split() if own in given}
        found = {own: array for own, array in made.items() if array is not None}
        return found or None

    return arrays(other)


def levels(choose: Callable[[Question], Sequence[int] | None]) -> Change:
    """The levels that are read in another order, by their numbers."""

    def change(question: Question) -> bounds.Form | None:
        order = choose(question)
        if order is None:
            return None
        inputs = [question.inputs[place] for place in order]
        shapes = [level.shape[1:] for level in inputs]
        if question.layer.output_shape(*shapes) != question.layer.output_shape(*question.shapes):
            return None
        return bounds.form(question.layer, question.weights, inputs, shapes)

    return change


def values(choose: Callable[[Question], Value | None]) -> Change:
    """Another output, activation included."""

    def change(question: Question) -> bounds.Form | None:
        value = choose(question)
        if value is None:
            return None
        return question.form()._replace(stated=question.whole._replace(body=value, value=value))

    return change


def bodies(choose: Callable[[Question], Value | None]) -> Change:
    """Another sum before the activation."""

    def before(question: Question) -> Value | None:
        body = choose(question)
        return None if body is None else activated(question.layer.activation, body, question.axes[-1])

    return values(before)


def edits(edit: Callable[[Value], Value]) -> Change:
    """A change to every record of the statement that it is meant for, from the inside out; None where it is meant for
    none.
    """

    def all_of(value: Value) -> Value:
        return edit(rebuilt(value, lambda part: all_of(part) if isinstance(part, Value) else part))

    def choose(question: Question) -> Value | None:
        made = all_of(question.whole.value)
        return None if made == question.whole.value else made

    return values(choose)


def reading(choose: Callable[..., Any]) -> Change:
    """Another cell that the layer moves to an output: its indices, from the question and the output's axes."""

    def choose_cell(question: Question) -> Value | None:
        indices = choose(question, *question.axes)
        return None if indices is None else Read(0, tuple(map(as_index, indices)))

    return values(choose_cell)


def clamped(read: Read, size: int) -> Value:
    """A read whose step is the nearest there is."""
    at, rest = as_index(read.indices[0]), read.indices[1:]
    first, last = (Read(read.source, (Index(place), *rest)) for place in (0, size - 1))
    return Case(at, 0, first, Case(at, size, read, last))


def rounded(bits: int) -> Change:
    """Samples and weights rounded to ``bits`` significant bits (ties to even) first; a bias is not."""

    def shorten(array: np.ndarray) -> np.ndarray:
        mantissa, exponent = np.frexp(np.asarray(array, dtype=np.float64))
        return np.ldexp(np.rint(np.ldexp(mantissa, bits)), exponent - bits)

    def change(question: Question) -> bounds.Form | None:
        parts = [part for _, part in roles.arrays(question.layer, question.shapes)]
        weights = [shorten(own) if part == "factor" else own for own, part in zip(question.weights, parts, strict=True)]
        inputs = [shorten(level) for level in question.inputs]
        return bounds.form(question.layer, weights, inputs, question.shapes)

    return change


def substitute_reads(value: Value, change: Callable[[Read], Value]) -> Value:
    """The value with something else in place of each read."""
    if isinstance(value, Read):
        return change(value)
    return rebuilt(value, lambda part: substitute_reads(part, change) if isinstance(part, Value) else part)
