"""Gradients in index notation, level by level from the outputs down, for any network.

This module knows the statements of layers and solves their index rules: which outputs a given cell or entry takes part
in. What it finds is a statement again, over the indices of the cell, and written as one. The kernel that is slid
unflipped over the input is met again here, flipped: the gradient with respect to the input is a true convolution.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sympy import Add, Eq, Expr

from convexplain.algebra import adjoint, symbols
from convexplain.algebra.equation import Written, level_equation
from convexplain.algebra.solving import Solved, Unsolved, solved
from convexplain.graph import Graph, describe
from convexplain.layers import Activation, Stated, stated
from convexplain.layers import statement as st
from convexplain.layers.index import Index, Range, as_index

_PLAIN = ("linear", "relu")


def chain(stack: Graph, letter: str, level: int) -> tuple[Eq, ...]:
    """The gradients from the last level down to an array of ``level``, or to the input where there is no letter.

    ``ValueError`` for a layer whose index rule cannot be solved, or which compares the numbers of a window.
    """
    return tuple(_Backward(stack).equations(letter, level))


class _Backward:
    """The gradients of one network's levels."""

    def __init__(self, stack: Graph) -> None:
        self._stack = stack
        made = range(stack.input_count, stack.depth + 1)
        self._alive: set[int] = set()
        for level in sorted((*made, *range(stack.input_count)), reverse=True):
            if level in stack.outputs or any(level in stack.sources(one) for one in made if one in self._alive):
                self._alive.add(level)
        self._readers = {
            level: [one for one in made if level in stack.sources(one) and one in self._alive] for level in self._alive
        }

    def equations(self, letter: str, level: int) -> Iterator[Eq]:
        stack = self._stack
        calls = [one for one in range(stack.input_count, stack.depth + 1) if stack.owner(one) == level]
        starts = [level] if not letter else [one for one in calls if one in self._alive]
        above: set[int] = set()
        for one in range(stack.depth + 1):
            if one in starts or (one >= stack.input_count and above.intersection(stack.sources(one))):
                above.add(one)
        for one in sorted(above & self._alive, reverse=True):
            if one not in stack.outputs or self._readers[one]:
                yield self._of_level(one)
            if one >= stack.input_count and self._is_bent(one) and (letter or one != level):
                yield from self._before_activation(one)
        if letter:
            yield self._of_array(letter, level, starts)

    def _name(self, level: int) -> str:
        """dL/dy of a level: ``g`` where it is given from outside, ``g<level>`` between, ``dx`` for an input."""
        stack = self._stack
        if level in stack.outputs:
            given = "g" if len(stack.outputs) == 1 else f"g{level}"
            return f"dy{level}" if self._readers[level] else given
        return f"d{stack.symbol(level)}" if level < stack.input_count else f"g{level}"

    def _is_bent(self, level: int) -> bool:
        """Whether the gradient before the activation is an equation of its own."""
        layer = self._stack.layer(level)
        return layer.activation not in _PLAIN and not isinstance(self._stack.stated(level).body, st.Read)

    def _of_level(self, level: int) -> Eq:
        shape = self._stack.shapes[level]
        targets = tuple(Range(name, size) for name, size in zip("ic"[-len(shape) :], shape, strict=True))
        terms: list[Expr] = []
        if level in self._stack.outputs:
            given = "g" if len(self._stack.outputs) == 1 else f"g{level}"
            terms.append(symbols.base(given)[tuple(symbols.Symbol(r.name) for r in targets)])
        for reader in self._readers[level]:
            for place in self._places(reader):
                if isinstance(place.leaf, st.Read) and self._stack.sources(reader)[place.leaf.source] == level:
                    terms.append(self._term(reader, place, targets))
        return self._equation(self._name(level), targets, terms)

    def _of_array(self, letter: str, level: int, calls: Sequence[int]) -> Eq:
        found = [
            (call, place)
            for call in calls
            for place in self._places(call)
            if isinstance(place.leaf, st.Entry) and place.leaf.array == letter
        ]
        layer = self._stack.layer(level)
        shapes = {array.letter: array.indexed for array in layer.arrays(*self._stack.source_shapes(level))}
        own = found[0][1].leaf.indices if found else ()
        axes = {r.name for r in self._stack.stated(level).axes}
        names: list[str] = []
        for place, _ in enumerate(shapes[letter]):
            index = as_index(own[place]) if place < len(own) else Index(0)
            bare = len(index.terms) == 1 and index.constant == 0 and isinstance(index.terms[0][0], Range)
            near = sorted(r.name for r in index.ranges() if bare or r.name not in axes)
            names.append(next(name for name in (*near, *"cfkmij") if name not in names))
        targets = tuple(Range(name, size) for name, size in zip(names, shapes[letter], strict=True))
        terms = [self._term(call, place, targets) for call, place in found]
        return self._equation(f"d{letter}{level}", targets, terms)

    def _equation(self, name: str, targets: Sequence[Range], terms: Sequence[Expr]) -> Eq:
        left = symbols.base(name)[tuple(symbols.Symbol(r.name) for r in targets)]
        return Eq(left, Add(*terms), evaluate=False)

    def _before_activation(self, level: int) -> Iterator[Eq]:
        """What goes into the activation, and the gradient there."""
        stack = self._stack
        bare, name = level_equation(stack, level, body=True), f"z{level}"
        yield Eq(symbols.base(name)[bare.lhs.indices], bare.rhs, evaluate=False)
        shape = stack.shapes[level]
        bent = stated(Activation(stack.layer(level).activation), shape)
        targets = bent.axes
        terms = [
            self._written(level, place, targets, [name], self._name(level), bent) for place in adjoint.occurrences(bent)
        ]
        yield self._equation(f"dz{level}", targets, terms)

    def _places(self, level: int) -> tuple[adjoint.Occurrence, ...]:
        """Where cells and entries stand in what a level is, before an activation that has equations of its own."""
        whole = self._stack.stated(level)
        apart = self._is_bent(level) or self._stack.layer(level).activation == "relu"
        value = whole.body if apart else whole.value
        for part in st.walk(value):
            if isinstance(part, (st.Largest, st.Smallest)) and part.over:
                raise self._refused(level, "it compares the numbers of a window")
        return adjoint.occurrences(whole._replace(value=value))

    def _term(self, level: int, place: adjoint.Occurrence, targets: Sequence[Range]) -> Expr:
        names = [self._stack.symbol(source) for source in self._stack.sources(level)]
        upstream = f"dz{level}" if self._is_bent(level) else self._name(level)
        return self._written(level, place, targets, names, upstream, self._stack.stated(level))

    def _written(
        self,
        level: int,
        place: adjoint.Occurrence,
        targets: Sequence[Range],
        names: Sequence[str],
        upstream: str,
        whole: Stated,
    ) -> Expr:
        """One place's part of a gradient: the gradient of every output in which it takes part, times the derivative."""
        factors = [factor({}, lambda value, point: value) for factor in place.factors]
        try:
            found: Solved = solved(place.leaf.indices, targets, whole.axes, place.over)
        except Unsolved:
            raise self._refused(level, "its index rule is not solved for the output") from None
        output, count = tuple(found.values[r.name] for r in whole.axes), len(names)
        parts: list[st.Value] = [st.Read(count, output)]
        if self._stack.layer(level).activation == "relu" and upstream != f"dz{level}" and whole.body is not whole.value:
            parts.append(st.Apply("heaviside", st.Read(count + 1, output)))
        parts += [found.placed(factor) for factor in factors if factor is not None]
        guards = [
            (st.Present(st.Read(count + 2 + at, (index,))), size) for at, (index, size) in enumerate(found.guards)
        ]
        value: st.Value = st.Total(found.over, st.Times((*parts, *(guard for guard, _ in guards))))
        for index in found.places:
            low, high = index.bounds()
            value = st.Case(index, 1, value, st.ZERO) if high > 0 else value
            value = st.Case(index, 0, st.ZERO, value) if low < 0 else value
        shape = tuple(r.size for r in whole.axes)
        reads = (*whole.sizes.reads, shape, shape, *((size,) for _, size in guards))
        spoken = Stated(tuple(targets), value, value, st.Sizes(reads, whole.sizes.arrays))
        bases = [*names, upstream, self._stack.symbol(level), *("guard" for _ in guards)]
        return Written(spoken, bases, self._stack.owner(level)).write(value)

    def _refused(self, level: int, why: str) -> ValueError:
        layer = self._stack.layer(level)
        return ValueError(
            "a gradient in index notation needs layers of sums, products and functions. "
            f"Received: {describe(layer, level)}, {layer!r}: {why}. gradient(symbol)[...] gives it at one index, and "
            "explain(source, until=...) ends the network earlier"
        )
