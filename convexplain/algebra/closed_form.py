"""The closed form of one output: nested sums of products, down to the input or to a chosen depth.

This module knows sympy and a stack's terms; it knows nothing of numbers. What it builds is equal, structure and hash included, to what
sympy builds from the same sums and products; where all factors are plain entries it writes the sum down in sympy's order at once.
"""

from __future__ import annotations

from typing import Any

from sympy import Add, Expr, Mul

from convexplain.algebra import symbols
from convexplain.layers import Cell
from convexplain.stack import Stack

SIZE_BUDGET = 100_000
"""The largest closed form that is written out, in products. sympy walks nested expressions as trees, so shared parts count each time."""


class Level:
    """The closed forms of one level's outputs, each built when it is asked for.

    ``level[t, f]`` is the full closed form, ``level.at(t, f, depth=d)`` writes the last ``d`` layers out and keeps what lies below as
    y symbols (x at level 0). ``IndexError`` for a cell outside the level, ``ValueError`` above the size budget.
    """

    def __init__(self, forms: ClosedForms, number: int) -> None:
        self._forms = forms
        self.number = number

    @property
    def shape(self) -> tuple[int, int]:
        """(steps, channels) of the level."""
        return self._forms.stack.shapes[self.number]

    def __getitem__(self, cell: tuple[Any, Any]) -> Expr:
        if not isinstance(cell, tuple) or len(cell) != 2:
            raise IndexError(f"an output is addressed by [step, channel]. Received: {cell!r:.40}")
        return self.at(*cell)

    def at(self, t: Any, f: Any, depth: int | None = None) -> Expr:
        """Output step ``t``, channel ``f``, with the last ``depth`` layers written out (all of them when None)."""
        return self._forms.at(self.number, self._forms.stack.check_cell(self.number, t, f), depth)

    def __repr__(self) -> str:
        steps, channels = self.shape
        return f"<level {self.number}: {steps} steps, {channels} channels; [t, f] gives a closed form>"


class ClosedForms:
    """Builds and keeps the closed forms of one stack's cells."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self._built: dict[tuple[int, int, Cell], Expr] = {}

    def at(self, level: int, cell: Cell, depth: int | None = None) -> Expr:
        """The closed form of ``cell``, ``depth`` layers deep."""
        if depth is None:
            depth = level
        if isinstance(depth, bool) or not isinstance(depth, int) or not 0 <= depth <= level:
            raise ValueError(f"depth must be an integer from 0 to {level}, the layers below this level. Received: depth={depth!r:.40}")
        size = self.stack.product_count(level, cell, depth)
        if size > SIZE_BUDGET:
            raise ValueError(
                f"the closed form of this output has {size:,} products; at most {SIZE_BUDGET:,} are written out. "
                f"Use level({level}).at({cell.step}, {cell.channel}, depth=...) for its last layers, equation({level}) for index "
                "notation, or ledger for its numbers"
            )
        return self._build(level, cell, depth)

    def _build(self, level: int, cell: Cell, depth: int) -> Expr:
        if depth == 0:
            return symbols.entry(symbols.output(level), *cell)
        key = (level, depth, cell)
        built = self._built.get(key)
        if built is None:
            layer = self.stack.layers[level - 1]
            kernel = symbols.kernel(level)
            met = [term for term in self.stack.terms(level, cell) if not term.padded]
            addends: list[Expr]
            if depth == 1:
                below = symbols.output(level - 1)
                met.sort(key=lambda term: term.source)
                addends = [symbols.product(symbols.entry(below, *term.source), symbols.entry(kernel, *term.weight)) for term in met]
            else:
                addends = [Mul(symbols.entry(kernel, *term.weight), self._build(level - 1, term.source, depth - 1)) for term in met]
            if layer.use_bias:
                addends.append(symbols.entry(symbols.bias(level), cell.channel))
            value = symbols.total(addends) if depth == 1 and len(addends) > 1 else Add(*addends)
            built = self._built[key] = symbols.activate(layer.activation, value)
        return built
