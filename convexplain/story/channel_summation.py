"""channel_summation: each channel is correlated with its own kernel row; the partial sums and the bias add up to one
output.

First one output cell in full, then the steps of one output row, then whole rows: the partial rows of all channels add
up to one. Then every other filter, which reads the same input with its own kernel rows.

Kinds of frames: ``input``, ``filter`` (its kernel rows and bias), ``place`` (the kernel rows under the window),
``products`` and ``partial`` (of one channel), ``sum`` (partial sums and bias), ``write`` (into the output row),
``slide`` (another step, all channels), ``fit`` (why so many steps), ``column`` (one step's partial sums add up),
``row`` (another filter's row), ``formula``, ``check``.
"""

from __future__ import annotations

from convexplain import style
from convexplain.layers import Cell, Conv1D
from convexplain.stack import Stack
from convexplain.story.frames import Frame, Story


def tell(stack: Stack, level: int, cell: Cell) -> Story:
    """The frames for ``cell`` of ``level``: that cell in full, then its row, then the other filters."""
    layer = stack.layers[level - 1]
    (read, channels), (steps, filters) = stack.shapes[level - 1], stack.shapes[level]
    terms = stack.terms(level, cell)
    own = list(dict.fromkeys(term.source.channel for term in terms))
    row = [Cell(step, cell.channel) for step in range(steps)]
    others = [at for at in row if at != cell]
    output = style.entry(style.feature(level), ":", cell.channel)
    with_bias = " and the bias" if layer.use_bias else ""

    frames = [
        Frame("input", "input", f"The input: {_count(channels, 'channel')}, {_count(read, 'step')} each"),
        Frame(
            "filter",
            "filter",
            f"A filter: one kernel row for every channel{', and one bias' if layer.use_bias else ''}",
        ),
        Frame("place", "place", f"One output number: place the kernel at t = {cell.step}", cell, terms),
    ]
    for channel in own:
        lit = tuple(term for term in terms if term.source.channel == channel)
        said = f"Channel {channel}: tap times sample, {_count(len(lit), 'product')}"
        frames.append(Frame(f"products {channel}", "products", said, cell, lit, channel))
        frames.append(Frame(f"partial {channel}", "partial", "They add up to one partial sum", cell, lit, channel))
    said = f"{'The partial sums' if len(own) > 1 else 'The partial sum'}{with_bias}: one output number"
    frames.append(Frame("sum", "sum", said, cell, terms))
    frames.append(Frame("write", "write", f"It is written under t = {cell.step}", cell, terms, done=(cell,)))
    done = [cell]
    for at in others:
        done.append(at)
        said = "The window slides: each channel fills its own row of partial sums"
        frames.append(Frame(f"slide {at.step}", "slide", said, at, stack.terms(level, at)))
    frames.append(Frame("fit", "fit", _why_so_many(layer, read, steps), row[-1]))
    for index, at in enumerate(row):
        said = f"Column by column the rows add up: {output}"
        frames.append(Frame(f"column {at.step}", "column", said, at, done=tuple(row[: index + 1])))
    for filter in range(filters):
        if filter != cell.channel:
            cells = tuple(Cell(step, filter) for step in range(steps))
            said = f"Filter {filter}: its own kernel rows{' and bias' if layer.use_bias else ''}"
            frames.append(Frame(f"row {filter}", "row", said, cells[0], stack.terms(level, cells[0]), done=cells))
    frames.append(
        Frame("formula", "formula", "Taps are summed inside a channel, then channels are summed", cell, terms)
    )
    frames.append(Frame("check", "check", "", cell, terms))
    return Story("channel_summation", stack, level, cell, tuple(frames))


def _why_so_many(layer: Conv1D, read: int, steps: int) -> str:
    """Why there are that many output steps: in how many places the window fits."""
    if layer.strides > 1:
        return f"The window moves {layer.strides} steps at a time: {_count(steps, 'place')}, {_count(steps, 'output')}"
    covered = layer.span - 1 + steps
    zeros = f"With {_count(covered - read, 'zero')}, " if covered > read else ""
    return f"{zeros}{covered} {style.MINUS} {layer.span} + 1 = {_count(steps, 'place')} for the window"


def _count(number: int, unit: str) -> str:
    return f"{number} {unit}" if number == 1 else f"{number} {unit}s"
