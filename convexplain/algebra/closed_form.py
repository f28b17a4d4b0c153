"""The closed form of one output: its layer's statement at numbers, written into itself down to the inputs or to a
chosen depth.

This module knows sympy and the statements of a network's layers; it knows no numbers. What it builds is equal,
structure and hash included, to what sympy builds from the same sums and products. A Conv1D, whose sums may have many
thousand products, is written down in sympy's order at once, from its terms; every other layer record by record.
"""

from __future__ import annotations

from itertools import islice, product, takewhile
from typing import Any, TypeAlias

from sympy import Add, Eq, Expr, S

from convexplain.algebra import symbols
from convexplain.algebra.budget import DEPTH_BUDGET, SIZE_BUDGET, counted
from convexplain.algebra.written import weight, written
from convexplain.graph import Graph, as_cell
from convexplain.layers import Cell, Conv1D
from convexplain.layers import statement as st
from convexplain.stack import Stack

_MOST_OFFERED = 2_000
"""Cells that a completion lists."""


_Met: TypeAlias = "tuple[Cell, int, int]"
"""A term of a convolution: the cell it reads, and the tap and the channel of its kernel."""


class Level:
    """The closed forms of one level's outputs, each built when it is asked for.

    ``level[t, f]`` is the full closed form (``level[f]`` where there is no time axis), ``level.at(t, f, depth=d)``
    writes the last ``d`` layers out and keeps what lies below as y symbols (x for inputs).

    >>> import convexplain as cx
    >>> level = cx.example("collapse").level(2)
    >>> level.number, level.shape              # (steps, channels)
    (2, (3, 1))
    >>> level.at(0, 0, depth=1)
    w2[0, 0, 0]*y1[0, 0] + w2[1, 0, 0]*y1[1, 0]

    ``IndexError`` for a cell outside the level, ``ValueError`` above the size budget.
    """

    def __init__(self, forms: ClosedForms, number: int) -> None:
        self._forms = forms
        self.number = number

    @property
    def shape(self) -> tuple[int, ...]:
        """(steps, channels) of the level, or (features,)."""
        return self._forms.stack.shapes[self.number]

    @property
    def height(self) -> int:
        """The most layers on a way from an input to the level: the depth of a full closed form.

        >>> import convexplain as cx
        >>> cx.notebook().level(2).height
        2
        """
        return self._forms.height(self.number)

    def deepest(self, *indices: Any, most: int) -> int:
        """How many layers, one at least, can be written out of an output with at most ``most`` products.

        >>> import convexplain as cx
        >>> cx.example("collapse").level(2).deepest(0, 0, most=60), cx.notebook().level(2).deepest(0, 3, most=60)
        (2, 1)

        ``IndexError`` for a cell outside the level.
        """
        cell = self._forms.stack.check_cell(self.number, *indices)
        deeper = range(2, min(self.height, DEPTH_BUDGET) + 1)
        fitting = takewhile(lambda depth: self._forms.size(self.number, cell, depth) <= most, deeper)
        return max(fitting, default=1)

    __iter__ = None
    """Outputs are addressed by [t, f], not walked."""

    def __getitem__(self, cell: Any) -> Expr:
        """The full closed form of ``[step, channel]``, or ``[feature]`` where there is no time axis.

        >>> import convexplain as cx
        >>> cx.example("kernel_flip").level(1)[1, 0]
        w1[0, 0, 0]*x[1, 0] + w1[1, 0, 0]*x[2, 0] + w1[2, 0, 0]*x[3, 0]

        ``IndexError`` for a cell outside the level, ``ValueError`` above the size budget.
        """
        indices = cell if isinstance(cell, tuple) else (cell,)
        if len(indices) != len(self.shape):
            wanted = "[step, channel]" if len(self.shape) == 2 else "[feature]"
            raise IndexError(f"an output is addressed by {wanted}. Received: {cell!r:.40}")
        return self.at(*indices)

    def _ipython_key_completions_(self) -> list[Any]:
        cells = islice(product(*map(range, self.shape)), _MOST_OFFERED)
        return list(cells) if len(self.shape) > 1 else [feature for (feature,) in cells]

    def _repr_latex_(self) -> str | None:
        from convexplain.algebra.equation import level_equation
        from convexplain.display.forms import latex_of, shown

        stack = self._forms.stack
        if self.number < stack.input_count:
            return latex_of(self[(0,) * len(self.shape)])
        return shown(level_equation(stack, self.number))

    def at(self, *indices: Any, depth: int | None = None) -> Expr:
        """Output step ``t``, channel ``f``, with the last ``depth`` layers written out (all of them when None).

        >>> import convexplain as cx
        >>> cx.notebook().level(2).at(0, 3, depth=0)
        y2[0, 3]

        ``IndexError`` for a cell outside the level; ``ValueError`` above the size budget, and for a depth that is
        negative or more than there are layers.
        """
        return self._forms.at(self.number, self._forms.stack.check_cell(self.number, *indices), depth)

    def is_written(self, depth: int | None = None) -> bool:
        """Whether :meth:`at` writes every output of this level out, or may refuse one as too large: forecast from the
        sizes of the layers alone.

        >>> import convexplain as cx
        >>> level = cx.explain(cx.Stack((99, 64), [cx.Conv1D(64, 9)] * 3)).level(3)
        >>> level.is_written(), level.is_written(depth=1)
        (False, True)
        """
        forms, height = self._forms, self._forms.height(self.number)
        depth = height if depth is None else min(depth, height)
        return depth <= DEPTH_BUDGET and forms.forecast(self.number, depth) <= SIZE_BUDGET

    def equation(self, *indices: Any) -> Eq:
        """Output step ``t``, channel ``f``, of the last layer alone, its sums in index notation: for cells that are
        made of very many.

        >>> import convexplain as cx
        >>> from convexplain.algebra.printing import text
        >>> level = cx.explain(cx.Stack((9, 256), [cx.LayerNormalization(scale=False, center=False)])).level(1)
        >>> print(text(level.equation(3, 5)))
        y1[3, 5] = (x[3, 5] - sum(j=0..255) x[3, j]/256)/sqrt(sum(c=0..255) (x[3, c] - sum(j=0..255) x[3, j]/256)**2/256
        + 0.001)

        ``IndexError`` for a cell outside the level, and for an input.
        """
        from convexplain.algebra.equation import cell_equation

        stack = self._forms.stack
        return cell_equation(
            stack,
            stack.check_level(self.number, lowest=stack.input_count),
            stack.check_cell(self.number, *indices),
        )

    def __repr__(self) -> str:
        if len(self.shape) == 1:
            return f"<level {self.number}: {self.shape[0]} features; [f] gives a closed form>"
        steps, channels = self.shape
        return f"<level {self.number}: {steps} steps, {channels} channels; [t, f] gives a closed form>"


class ClosedForms:
    """Builds and keeps the closed forms of one network's cells."""

    def __init__(self, stack: Graph) -> None:
        self.stack: Any = stack
        self._built: dict[tuple[int, int, Any], Expr] = {}
        self._grounded: dict[tuple[int, Any, bool], st.Value] = {}
        self._forecast: dict[tuple[int, int], int] = {}
        self._counted: dict[tuple[int, int, Any], int] = {}
        self._read: dict[tuple[int, Any], dict[st.Read, int]] = {}
        self._met: dict[tuple[int, Any, int], list[_Met]] = {}

    def at(self, level: int, cell: Any, depth: int | None = None) -> Expr:
        """The closed form of ``cell``, ``depth`` layers deep."""
        most = self.height(level)
        if depth is None:
            depth = most
        if isinstance(depth, bool) or not hasattr(depth, "__index__") or not 0 <= depth <= most:
            raise ValueError(
                f"depth must be an integer from 0 to {most}, the layers below it. Received: depth={depth!r:.40}"
            )
        place = ", ".join(map(str, cell))
        if depth > DEPTH_BUDGET:
            raise ValueError(
                f"the closed form of this output is nested {depth} layers deep; at most {DEPTH_BUDGET} "
                f"are written out. Use level({level}).at({place}, depth=...) for its last layers, "
                f"equation({level}) for index notation, or ledger for its numbers"
            )
        size = self._size(level, cell, depth)
        if size is None or size > SIZE_BUDGET:
            raise ValueError(
                f"the closed form of this output has {f'more than {SIZE_BUDGET:,}' if size is None else counted(size)} "
                f"products; at most {SIZE_BUDGET:,} are written out. Use level({level}).at({place}, depth=...) for its "
                f"last layers, equation({level}) for index notation, or ledger for its numbers"
            )
        with symbols.uncollected():
            return self._build(level, cell, depth)

    def height(self, level: int) -> int:
        """The most layers on a way from an input to ``level``."""
        heights: list[int] = []
        for number in range(level + 1):
            heights.append(1 + max((heights[source] for source in self.stack.sources(number)), default=-1))
        return heights[level]

    def _size(self, level: int, cell: Any, depth: int) -> int | None:
        """The products of the closed form, shared parts counted each time; None for more than the budget.

        In a stack of convolutions it is known from the shapes; elsewhere it is counted.
        """
        stack = self.stack
        below = range(level, level - depth, -1)
        if below and isinstance(stack, Stack) and all(isinstance(stack.layer(number), Conv1D) for number in below):
            return stack.product_count(level, cell, depth)
        size = self._count(level, cell, depth)
        return None if size > SIZE_BUDGET else size

    def _count(self, level: int, cell: Any, depth: int) -> int:
        """The products of the closed form, counted until there are too many: each that is met is one more, so that
        counting ends soon."""
        if depth == 0 or level < self.stack.input_count:
            return 0
        key = (level, depth, cell)
        if key not in self._counted:
            sources, size = self.stack.sources(level), 0
            for read, times in self._reads(level, cell).items():
                size += times * (1 + self._count(sources[read.source], as_cell(read.indices), depth - 1))
                if size > SIZE_BUDGET:
                    break
            self._counted[key] = size
        return self._counted[key]

    def forecast(self, level: int, depth: int) -> int:
        """The most products that a closed form of ``level`` may have, padding counted and shared parts each time."""
        if depth == 0 or level < self.stack.input_count:
            return 0
        if (level, depth) not in self._forecast:
            sources = self.stack.sources(level)
            self._forecast[level, depth] = st.most(
                self.stack.stated(level).value, lambda source: 1 + self.forecast(sources[source], depth - 1)
            )
        return self._forecast[level, depth]

    def _reads(self, level: int, cell: Any) -> dict[st.Read, int]:
        """The cells that a cell reads, and how often each stands in its statement."""
        if (level, cell) not in self._read:
            self._read[level, cell] = st.cells_read(self.grounded(level, cell))
        return self._read[level, cell]

    def size(self, level: int, cell: Any, depth: int | None = None) -> int:
        """The products of the closed form of a cell, the whole one or ``depth`` layers deep; more than the budget where
        there are too many to count.
        """
        size = self._size(level, cell, self.height(level) if depth is None else depth)
        return SIZE_BUDGET + 1 if size is None else size

    def grounded(self, level: int, cell: Any, body: bool = False) -> st.Value:
        """The statement of ``cell`` at its numbers, padding dropped; with ``body`` before the activation."""
        key = (level, cell, body)
        if key not in self._grounded:
            stated = self.stack.stated(level)
            point = dict(zip((r.name for r in stated.axes), cell, strict=True))
            value = stated.body if body else stated.value
            self._grounded[key] = st.ground(value, point, stated.sizes) or st.ZERO
        return self._grounded[key]

    def _build(self, level: int, cell: Any, depth: int) -> Expr:
        if depth == 0 or level < self.stack.input_count:
            return symbols.entries(symbols.base(self.stack.symbol(level)))[tuple(cell)]
        key = (level, depth, cell)
        built = self._built.get(key)
        if built is None:
            built = self._built[key] = self._written(level, cell, depth)
        return built

    def _written(self, level: int, cell: Any, depth: int) -> Expr:
        layer = self.stack.layer(level)
        if isinstance(layer, Conv1D) and layer.activation in ("linear", "relu"):
            return symbols.activate(layer.activation, self.sum_at(level, cell, depth))
        return self._write(self.grounded(level, cell), level, depth)

    def _write(self, value: st.Value, level: int, depth: int) -> Expr:
        """A grounded value of the layer of ``level``."""
        known: dict[int, Expr] = {}

        def write(part: st.Value) -> Expr:
            if isinstance(part, st.Total):  # the same sum may stand in many places
                if id(part) not in known:
                    known[id(part)] = write(part.body)
                return known[id(part)]
            leaf = self.leaf(part, level, depth)
            return written(part, write) if leaf is None else leaf

        return write(value)

    def leaf(self, value: st.Value, level: int, depth: int) -> Expr | None:
        """An entry or a read of the layer of ``level``; None for any other value."""
        match value:
            case st.Entry(_, indices):
                return symbols.entries(weight(value, self.stack.owner(level)))[indices]
            case st.Read(source, indices):
                return self._build(self.stack.sources(level)[source], as_cell(indices), depth - 1)
        return None

    def sum_at(self, level: int, cell: Any, depth: int) -> Expr:
        """The closed form of ``cell``, ``depth`` layers deep (at least one), before the activation."""
        layer = self.stack.layer(level)
        if not isinstance(layer, Conv1D):
            return self._write(self.grounded(level, cell, body=True), level, depth)
        (source,), (step, filter) = self.stack.sources(level), cell
        met = self._terms(level, step, filter)
        flat = depth == 1 or source < self.stack.input_count
        if flat:
            addends = self._entry_products(level, source, met, filter)
        else:
            addends = self._form_products(level, source, met, filter, depth)
        if layer.use_bias:
            addends.append(symbols.entries(symbols.bias(self.stack.owner(level)))[filter,])
        if not flat and not isinstance(self.stack.layer(source), Conv1D):
            # Forms below other layers may share terms: sympy collects them.
            return Add(*addends)
        return symbols.total(addends)

    def _terms(self, level: int, step: int, filter: int) -> list[_Met]:
        """Where the terms of a convolution's output stand, padding left out, in the order of the cells they read. The
        filters of a group read the same cells.
        """
        layer, shape = self.stack.layer(level), self.stack.shapes[self.stack.sources(level)[0]]
        key = level, step, filter // (layer.filters // layer.groups)
        if key not in self._met:
            terms = [term for term in layer.terms(shape, Cell(step, filter)) if not term.padded]
            self._met[key] = sorted((term.source, term.weight[0], term.weight[1]) for term in terms)
        return self._met[key]

    def _entry_products(self, level: int, source: int, met: list[_Met], filter: int) -> list[Expr]:
        """The terms as products of two entries, in sympy's order: by the entry of the level below, which has fewer
        indices."""
        below = symbols.entries(symbols.base(self.stack.symbol(source)))
        kernel = symbols.entries(symbols.kernel(self.stack.owner(level)))
        return [symbols.product(below[cell], kernel[tap, channel, filter]) for cell, tap, channel in met]

    def _form_products(self, level: int, source: int, met: list[_Met], filter: int, depth: int) -> list[Expr]:
        """The terms as products of a kernel entry and the closed form below it, in sympy's order.

        Distinct kernel entries make distinct products, so there is nothing to collect, only to sort. sympy orders sums
        by their length and then by what stands in them, which for windows that follow each other is mostly the order of
        their steps and channels: sorted that way first, the slow comparison is made about once a term.
        """
        kernel = symbols.entries(symbols.kernel(self.stack.owner(level)))
        forms = [(kernel[tap, channel, filter], self._build(source, cell, depth - 1)) for cell, tap, channel in met]
        if not isinstance(self.stack.layer(source), Conv1D):
            return [weight * form for weight, form in forms]
        there = [(weight, form) for weight, form in forms if form is not S.Zero]
        there.sort(key=_by_length)
        return sorted((symbols.times(weight, form) for weight, form in there), key=symbols.sympy_order)


def _by_length(factors: tuple[Expr, Expr]) -> int:
    return len(factors[1].args)
