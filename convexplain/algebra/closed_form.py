"""The closed form of one output: nested sums of products, down to the input or to a chosen depth.

This module knows sympy and a stack's terms; it knows nothing of numbers. What it builds is equal, structure and hash
included, to what sympy builds from the same sums and products; where all factors are plain entries it writes the sum
down in sympy's order at once.
"""

from __future__ import annotations

from operator import attrgetter, itemgetter
from typing import Any

from sympy import Expr, S

from convexplain.algebra import symbols
from convexplain.algebra.budget import DEPTH_BUDGET, SIZE_BUDGET, counted
from convexplain.layers import Cell, Term
from convexplain.stack import Stack

_by_source = attrgetter("source")
_by_length_and_source = itemgetter(0, 1)


class Level:
    """The closed forms of one level's outputs, each built when it is asked for.

    ``level[t, f]`` is the full closed form, ``level.at(t, f, depth=d)`` writes the last ``d`` layers out and keeps what
    lies below as y symbols (x at level 0). ``IndexError`` for a cell outside the level, ``ValueError`` above the size
    budget.
    """

    def __init__(self, forms: ClosedForms, number: int) -> None:
        self._forms = forms
        self.number = number

    @property
    def shape(self) -> tuple[int, int]:
        """(steps, channels) of the level."""
        return self._forms.stack.shapes[self.number]

    __iter__ = None
    """Outputs are addressed by [t, f], not walked."""

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
        if isinstance(depth, bool) or not hasattr(depth, "__index__") or not 0 <= depth <= level:
            raise ValueError(
                f"depth must be an integer from 0 to {level}, the layers below it. Received: depth={depth!r:.40}"
            )
        if depth > DEPTH_BUDGET:
            raise ValueError(
                f"the closed form of this output is nested {depth} layers deep; at most {DEPTH_BUDGET} "
                f"are written out. Use level({level}).at({cell.step}, {cell.channel}, depth=...) for its last layers, "
                f"equation({level}) for index notation, or ledger for its numbers"
            )
        size = self.stack.product_count(level, cell, depth)
        if size > SIZE_BUDGET:
            raise ValueError(
                f"the closed form of this output has {counted(size)} products; at most {SIZE_BUDGET:,} are written "
                f"out. Use level({level}).at({cell.step}, {cell.channel}, depth=...) for its last layers, "
                f"equation({level}) for index notation, or ledger for its numbers"
            )
        return self._build(level, cell, depth)

    def _build(self, level: int, cell: Cell, depth: int) -> Expr:
        if depth == 0:
            return symbols.entries(symbols.output(level))[cell]
        key = (level, depth, cell)
        built = self._built.get(key)
        if built is None:
            value = self.sum_at(level, cell, depth)
            built = self._built[key] = symbols.activate(self.stack.layers[level - 1].activation, value)
        return built

    def sum_at(self, level: int, cell: Cell, depth: int) -> Expr:
        """The closed form of ``cell``, ``depth`` layers deep (at least one), before the activation."""
        met = [term for term in self.stack.terms(level, cell) if not term.padded]
        addends = self._entry_products(level, met) if depth == 1 else self._form_products(level, met, depth)
        if self.stack.layers[level - 1].use_bias:
            addends.append(symbols.entries(symbols.bias(level))[cell.channel,])
        return symbols.total(addends)

    def _entry_products(self, level: int, met: list[Term]) -> list[Expr]:
        """The terms as products of two entries, in sympy's order: by the entry of the level below, which has fewer
        indices."""
        below, kernel = symbols.entries(symbols.output(level - 1)), symbols.entries(symbols.kernel(level))
        met.sort(key=_by_source)
        return [symbols.product(below[term.source], kernel[term.weight]) for term in met]

    def _form_products(self, level: int, met: list[Term], depth: int) -> list[Expr]:
        """The terms as products of a kernel entry and the closed form below it, in sympy's order.

        Distinct kernel entries make distinct products, so there is nothing to collect, only to sort. sympy orders sums
        by their length and then by what stands in them, which for windows that follow each other is mostly the order of
        their steps and channels: sorted that way first, the slow comparison is made about once a term.
        """
        kernel = symbols.entries(symbols.kernel(level))
        forms = [(term, self._build(level - 1, term.source, depth - 1)) for term in met]
        products = [
            (len(form.args), term.source, symbols.times(kernel[term.weight], form))
            for term, form in forms
            if form is not S.Zero
        ]
        products.sort(key=_by_length_and_source)
        return sorted((written for _, _, written in products), key=symbols.sympy_order)
