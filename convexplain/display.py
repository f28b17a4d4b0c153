"""How the objects of the package show themselves: in a terminal, in a notebook.

This module knows words, tables and HTML; what an object holds it is given, and nothing is computed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from convexplain.graph import Graph
from convexplain.layers import quoted

if TYPE_CHECKING:
    from convexplain.explanation import Explanation

HEADS = ("", "layer", "reads", "writes")


def network_rows(stack: Graph) -> list[tuple[str, str, str, str]]:
    """A row per level that a layer makes: its number, what the layer is, what it reads and the shape it writes.

    Where a layer reads anything but the level before it, the levels read are named by their symbols.
    """
    rows = []
    for number, layer in enumerate(stack.layers, stack.input_count):
        name = f" {quoted(layer.name)}" if layer.name else ""
        sources = stack.sources(number)
        reads = [str(shape) for shape in stack.source_shapes(number)]
        if not stack.is_chain:
            reads = [f"{stack.symbol(source)} {shape}" for source, shape in zip(sources, reads, strict=True)]
        shared = "" if stack.owner(number) == number else f", the layer of level {stack.owner(number)}"
        rows.append((str(number), f"{layer!r}{name}{shared}", ", ".join(reads), str(stack.shapes[number])))
    return rows


def network_html(explanation: Explanation, most: int = 12) -> str:
    """The network as a table for a notebook: a row per layer, the first ``most`` of them, with its equation."""
    from html import escape

    from convexplain.algebra.printing import latex

    rows = network_rows(explanation.stack)
    lines = []
    for number, row in enumerate(rows[:most], explanation.stack.input_count):
        formula = latex(explanation.equation(number))
        lines.append(f"<tr>{''.join(f'<td>{escape(text)}</td>' for text in row)}<td>${escape(formula)}$</td></tr>")
    if len(rows) > most:
        lines.append(f"<tr><td></td><td>... {len(rows) - most} more layers</td></tr>")
    heads = "".join(f"<th>{head}</th>" for head in (*HEADS, "computes"))
    return f"<table><tr>{heads}</tr>{''.join(lines)}</table>"


def summarize(stack: Graph) -> str:
    """The network as a table: a line per layer, with the shapes it reads and writes."""
    rows = [HEADS, *network_rows(stack)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    cells = f"shapes are (steps, channels); one output depends on {stack.receptive_field()} steps of the input"
    return "\n".join([*lines, cells])
