"""The sum over paths: one output of a linear stack, fully expanded.

This module knows sympy's canonical order and which cell reads which; it knows nothing of numbers. With symbolic weights
no two paths give the same monomial, so nothing has to be collected: the sum is written down path by path, already in
the order in which ``sympy.expand`` would leave it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sympy import Expr

from convexplain.algebra import symbols
from convexplain.algebra.closed_form import SIZE_BUDGET
from convexplain.layers import Cell
from convexplain.stack import Stack, describe

Way = tuple[tuple[int, int, int], ...]
"""How one path goes on from some cell to the output: an index (tap, channel, filter) into each kernel on the way."""


def expanded(stack: Stack, cell: Cell) -> Expr:
    """The sum over all paths that end in output ``cell``, equal to ``sympy.expand`` of its closed form by ``==``, args
    and hash.

    Each monomial is one path: the sample (or the bias) it starts at, times one kernel entry per layer. ``ValueError``
    when a layer is not linear, and above the size budget.
    """
    refuse_nonlinear(stack, "an expansion into paths")
    count = stack.monomial_count(stack.depth, cell)
    if count > SIZE_BUDGET:
        raise ValueError(
            f"this output is the sum of {count:,} monomials; at most {SIZE_BUDGET:,} are written out. "
            f"Use equation({stack.depth}) for index notation, ledger({cell.step}, {cell.channel}) for its numbers, "
            f"path_count({cell.step}, {cell.channel}) for the count and paths for one path after another"
        )
    # In a sum, sympy puts fewer factors first and a lone entry last. The later the layer a path starts at, the fewer
    # its factors, so walking from the last layer to the first meets the groups of equal length in sympy's order.
    monomials: list[Expr] = []
    ways: dict[Cell, list[Way]] = {cell: [()]}
    for number in range(stack.depth, 0, -1):
        ways = _through_layer(stack, number, ways)
        if number == 1:
            starts = {tuple(source): met for source, met in ways.items()}
            monomials += _written(symbols.entries(symbols.x), starts, number, stack.depth)
        elif stack.layers[number - 2].use_bias:
            starts = defaultdict(list)
            for source, met in ways.items():
                starts[source.channel,] += met
            monomials += _written(symbols.entries(symbols.bias(number - 1)), starts, number, stack.depth)
    if stack.layers[-1].use_bias:
        monomials.append(symbols.entries(symbols.bias(stack.depth))[cell.channel,])
    return symbols.total(monomials)


def refuse_nonlinear(stack: Stack, what: str) -> None:
    """``ValueError`` that says at which layer linearity ends, unless the stack is linear."""
    for number, layer in enumerate(stack.layers, 1):
        if not layer.is_linear:
            raise ValueError(
                f"{what} needs a linear stack: layers without activation. Received: linearity ends at "
                f"{describe(layer, number)}, activation={layer.activation!r}. active_form(t, f) gives the affine form "
                "that holds at one input"
            )


def _through_layer(stack: Stack, number: int, above: dict[Cell, list[Way]]) -> dict[Cell, list[Way]]:
    """The ways that start below layer ``number``, by the cell they start at, from those that start ``above`` it."""
    ways: dict[Cell, list[Way]] = defaultdict(list)
    for cell, onward in above.items():
        for term in stack.terms(number, cell):
            if not term.padded:
                ways[term.source] += [(term.weight, *way) for way in onward]
    return ways


def _written(starts: symbols.Entries, ways: dict[tuple[int, ...], list[Way]], first: int, last: int) -> Iterator[Expr]:
    """The monomials of the ways through layers ``first`` to ``last``, in sympy's order: by start, then kernel entry by
    kernel entry."""
    layers = range(first, last + 1)
    by_name = sorted(layers, key=str)  # sympy compares names as strings: w10 stands before w2
    kernels = [symbols.entries(symbols.kernel(number)) for number in by_name]
    for start in sorted(ways):
        onward = ways[start]
        if by_name != list(layers):
            onward = [tuple(way[number - first] for number in by_name) for way in onward]
        onward.sort()
        for way in onward:
            yield symbols.product(starts[start], *[kernel[index] for kernel, index in zip(kernels, way, strict=True)])
