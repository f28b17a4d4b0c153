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
from convexplain.algebra.budget import DEPTH_BUDGET, SIZE_BUDGET, counted
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
    if stack.depth > DEPTH_BUDGET:
        raise ValueError(
            f"a path through this stack has {stack.depth} kernel entries; paths through at most {DEPTH_BUDGET} layers "
            f"are written out. Use equation(l) for index notation, ledger({cell.step}, {cell.channel}) for its "
            f"numbers, or path_count({cell.step}, {cell.channel}) for the count"
        )
    count = stack.monomial_count(stack.depth, cell)
    if count > SIZE_BUDGET:
        raise ValueError(
            f"this output is the sum of {counted(count)} monomials; at most {SIZE_BUDGET:,} are written out. "
            f"Use equation({stack.depth}) for index notation, ledger({cell.step}, {cell.channel}) for its numbers, "
            f"path_count({cell.step}, {cell.channel}) for the count and paths for one path after another"
        )
    # In a sum, sympy puts fewer factors first and a lone entry last. The later the layer a path starts at, the fewer
    # its factors, so walking from the last layer to the first meets the groups of equal length in sympy's order.
    monomials: list[Expr] = []
    with symbols.uncollected():
        for number, ways in ways_down(stack, cell):
            if number > 1:
                monomials += bias_monomials(stack, number - 1, ways)
            else:
                starts = {tuple(source): met for source, met in ways.items()}
                monomials += _written(symbols.entries(symbols.x), starts, stack, 1)
    monomials += lone_bias(stack, cell.channel)
    return symbols.total(monomials)


def ways_down(stack: Stack, cell: Cell, endless: bool = False) -> Iterator[tuple[int, dict[Cell, list[Way]]]]:
    """For each layer, the last one first: its number, and the ways that start below it, by the cell they start at.

    Ways through the padding are left out; in an ``endless`` stack, one whose levels have no first and last step, there
    are none and all stay.
    """
    above: dict[Cell, list[Way]] = {cell: [()]}
    for number in range(stack.depth, 0, -1):
        ways: dict[Cell, list[Way]] = defaultdict(list)
        for upper, onward in above.items():
            for term in stack.terms(number, upper):
                if endless or not term.padded:
                    ways[term.source] += [(term.weight, *way) for way in onward]
        yield number, ways
        above = ways


def bias_monomials(stack: Stack, number: int, ways: dict[Cell, list[Way]]) -> Iterator[Expr]:
    """The monomials that start at the bias of layer ``number``, whose outputs the ``ways`` start at."""
    starts: dict[tuple[int, ...], list[Way]] = defaultdict(list)
    if stack.layers[number - 1].use_bias:
        for source, met in ways.items():
            starts[source.channel,] += met
    return _written(symbols.entries(symbols.bias(number)), starts, stack, number + 1)


def lone_bias(stack: Stack, channel: int) -> list[Expr]:
    """The bias of the last layer, if it has one: it meets no kernel."""
    return [symbols.entries(symbols.bias(stack.depth))[channel,]] if stack.layers[-1].use_bias else []


def kernel_products(stack: Stack, ways: list[Way]) -> Iterator[Expr]:
    """The products of kernel entries along ways through the whole stack, in sympy's order."""
    return _written(None, {(): ways}, stack, 1)


def refuse_nonlinear(stack: Stack, what: str) -> None:
    """``ValueError`` that says at which layer linearity ends, unless the stack is linear."""
    for number, layer in enumerate(stack.layers, 1):
        if not layer.is_linear:
            raise ValueError(
                f"{what} needs a linear stack: layers without activation. Received: linearity ends at "
                f"{describe(layer, number)}, activation={layer.activation!r}. active_form(t, f) gives the affine form "
                "that holds at one input"
            )


def _written(
    starts: symbols.Entries | None, ways: dict[tuple[int, ...], list[Way]], stack: Stack, first: int
) -> Iterator[Expr]:
    """The monomials of ways through the layers from ``first`` up, in sympy's order: by start, then entry by entry.

    Each is the entry of ``starts`` at its start, if there are any, times the kernel entries along the way.
    """
    layers = list(range(first, stack.depth + 1))
    by_name = sorted(layers, key=str)  # sympy compares names as strings: w10 stands before w2
    kernels = [symbols.entries(symbols.kernel(number)) for number in by_name]
    for start in sorted(ways):
        onward = ways[start]
        if by_name != layers:
            onward = [tuple(way[number - first] for number in by_name) for way in onward]
        sample = () if starts is None else (starts[start],)
        for way in sorted(onward):
            yield symbols.product(*sample, *[kernel[index] for kernel, index in zip(kernels, way, strict=True)])
