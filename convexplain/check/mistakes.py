"""The usual wrong implementations of every kind of layer, by name.

Each is the right one with one thing changed, see :mod:`convexplain.check.altered`: there is no second implementation of
a layer here. What went wrong is said in words that hold for every kind of layer they are used of. This module knows how
a mistake is an oracle, and which ones a kind of layer has; it knows nothing of who made which.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from convexplain.check import bounds, mistaken_cells, mistaken_norms, mistaken_sums
from convexplain.check.altered import Change, Question
from convexplain.check.oracles import levels_of
from convexplain.layers import LAYERS, Layer


@dataclass(frozen=True)
class Mistake:
    """One thing that goes wrong in layers of some kinds. As an oracle it gives the right answer where the setting hides
    it.
    """

    name: str
    changes: Mapping[str, Change]
    """What it changes, by the kind of layer."""

    def outcome(self, layer: Layer, weights: Sequence[np.ndarray], inputs: Sequence[np.ndarray]) -> bounds.Outcome:
        """What it gives, and how far float32 may lie from that; ``inputs`` are levels, each with a batch."""
        question = Question(layer, weights, inputs)
        form = self.changes[kind(layer)](question)
        return bounds.outcome(question.form() if form is None else form)

    def __call__(self, layer: Layer, weights: Sequence[np.ndarray], x: Any) -> np.ndarray:
        """What it gives, as an oracle's answer in float64: exact for the integers of a probe."""
        value, bound = self.outcome(layer, weights, [np.asarray(level) for level in levels_of(x)])
        return np.where(np.isfinite(bound), value, np.inf)


def right(layer: Layer, weights: Sequence[np.ndarray], x: Any) -> np.ndarray:
    """The layer as it should be, as an oracle's answer in float64."""
    return bounds.outcome(Question(layer, weights, [np.asarray(level) for level in levels_of(x)]).form()).value


def of(layer: Layer) -> dict[str, Mistake]:
    """The usual mistakes of a layer's kind, by name, in the order in which a person would look, since several may
    explain one answer.
    """
    return {name: mistake for name, mistake in MISTAKES.items() if kind(layer) in mistake.changes}


def kind(layer: Layer) -> str:
    """The name of a layer's kind, also where its class is derived from it."""
    return next(base.__name__ for base in type(layer).__mro__ if LAYERS.get(base.__name__) is base)


def _table(rows: Iterable[tuple[str, Iterable[str], Change]]) -> dict[str, Mistake]:
    found: dict[str, dict[str, Change]] = {}
    for name, kinds, change in rows:
        found.setdefault(name, {}).update(dict.fromkeys(kinds, change))
    return {name: Mistake(name, changes) for name, changes in found.items()}


MISTAKES: dict[str, Mistake] = _table(
    [*mistaken_sums.ROWS, *mistaken_norms.ROWS, *mistaken_cells.ROWS, *mistaken_sums.ROUNDED]
)
"""What went wrong, in words, for all kinds of layers together."""
