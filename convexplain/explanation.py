"""The object a user holds: one network, and every question that can be asked of it.

Each method is one call into the module that knows the answer, imported when it is asked; nothing is computed here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from convexplain.layers import Conv1D
from convexplain.stack import Path, Stack

if TYPE_CHECKING:
    import matplotlib.figure
    import numpy as np
    import sympy

    from convexplain.algebra.closed_form import Level
    from convexplain.ledger import Ledger
    from convexplain.numbers import Network
    from convexplain.verify import Verdict


def explain(source: Any, x: Any = None, *, weights: Sequence[Sequence[Any]] | None = None) -> Explanation:
    """Explain a stack, a Keras model, one built Keras layer, or the path of a ``.keras`` file.

    ``x`` is one input, (steps, channels) or (1, steps, channels). ``weights`` are for a stack: per layer, in the order of Keras's
    ``layer.get_weights()``. A file is read without importing Keras and without running anything it contains. What cannot be explained
    raises a ``ValueError`` that says what is required and what was received; a missing file ``FileNotFoundError``.
    """
    from convexplain import numbers, reader

    network = reader.read(source, weights)
    if x is not None:
        import dataclasses

        network = dataclasses.replace(network, x=numbers.check_input(network.stack, x), recorded=None)
    return Explanation(network)


class Explanation:
    """What one network computes: as formulas, as numbers, as pictures. Made by :func:`explain` and :func:`notebook`."""

    def __init__(self, network: Network) -> None:
        self.network = network

    @property
    def stack(self) -> Stack:
        """The layers and the shapes."""
        return self.network.stack

    @property
    def layers(self) -> tuple[Conv1D, ...]:
        """The layers, first layer first."""
        return self.network.stack.layers

    # formulas

    def equation(self, layer: int) -> sympy.Eq:
        """Layer ``layer`` in index notation, ``Eq(y2[t, f], Sum(w2[k, c, f]*y1[t + k, c], ...))``."""
        from convexplain.algebra.equation import layer_equation

        return layer_equation(self.stack.layer(layer), layer, *self.stack.shapes[layer - 1])

    def level(self, number: int) -> Level:
        """The closed forms of level ``number``: 0 is the input, l the output of layer l."""
        from convexplain.algebra.closed_form import Level

        return Level(self._forms, self.stack.check_level(number))

    def __getitem__(self, cell: tuple[Any, Any]) -> sympy.Expr:
        """Output step t, channel f, as a nested expression in x, w and b."""
        return self.level(self.stack.depth)[cell]

    @cached_property
    def _forms(self) -> Any:
        from convexplain.algebra.closed_form import ClosedForms

        return ClosedForms(self.stack)

    def paths(self, t: int, f: int) -> Iterator[Path]:
        """Every path from a sample to this output: one tap per layer."""
        return self.stack.paths(self.stack.depth, self.stack.check_cell(self.stack.depth, t, f))

    def path_count(self, t: int, f: int) -> int:
        """How many paths make this output, without listing them."""
        return self.stack.path_count(self.stack.depth, self.stack.check_cell(self.stack.depth, t, f))

    def expanded(self, t: int, f: int) -> sympy.Expr:
        """The sum over paths of this output of a linear stack; equal to ``sympy.expand(ex[t, f])``."""
        from convexplain.algebra.expansion import expanded

        return expanded(self.stack, self.stack.check_cell(self.stack.depth, t, f))
