"""A network as a table of its levels, in words.

This module knows which columns such a table has; what stands in them the network's graph says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, NamedTuple

from convexplain.graph import Graph
from convexplain.names import quoted

if TYPE_CHECKING:
    from convexplain.explanation import Explanation

SHORT = 12
"""Levels of a table in a REPL."""
MOST_ROWS = 200
"""Levels of a table; a longer network is told from both ends."""
_WIDEST = 44
"""Letters of a layer with its settings."""


class LevelRow(NamedTuple):
    """What a table says of one level."""

    number: int
    layer: str
    """The layer with its settings as Python text; "input" for an input."""
    name: str
    reads: tuple[str, ...]
    """The levels it reads, as formulas call them."""
    shape: tuple[int, ...]
    parameters: int
    """Numbers in its layer's weights; 0 where they are those of another level's layer."""
    shared: int | None
    """The level whose weights it shares, if it does."""
    receptive_field: int | None
    """Steps of the input that one cell depends on; None where no input has steps."""
    terms: int
    """Cells that one cell is made of, padding counted."""


HEADS = ("", "layer", "name", "reads", "shape", "parameters", "sees", "terms")


def level_rows(stack: Graph, most: int = MOST_ROWS) -> list[LevelRow | None]:
    """A row per level, inputs first, in the model's own order of layers; None stands for those left out, where there
    are more than ``most``.

    >>> from convexplain.layers import Conv1D
    >>> from convexplain.stack import Stack
    >>> for row in level_rows(Stack((20, 1), [Conv1D(4, 5), Conv1D(8, 5)])):
    ...     print(row.number, row.layer, row.reads, row.shape, row.parameters, row.receptive_field, row.terms)
    0 input () (20, 1) 0 1 0
    1 Conv1D(4, 5) ('x',) (16, 4) 24 5 5
    2 Conv1D(8, 5) ('y1',) (12, 8) 168 9 20
    """
    levels = range(stack.depth + 1)
    if len(levels) <= most:
        return [_row(stack, level) for level in levels]
    ends = [*levels[: most - most // 4]], [*levels[len(levels) - most // 4 :]]
    return [*(_row(stack, level) for level in ends[0]), None, *(_row(stack, level) for level in ends[1])]


def _row(stack: Graph, level: int) -> LevelRow:
    if level < stack.input_count:
        name = stack.input_names[level] if stack.input_count > 1 else ""
        return LevelRow(level, "input", name, (), stack.shapes[level], 0, None, 1, 0)
    layer, owner = stack.layer(level), stack.owner(level)
    return LevelRow(
        level,
        repr(layer),
        layer.name or "",
        tuple(stack.symbol(source) for source in stack.sources(level)),
        stack.shapes[level],
        stack.parameter_count(level) if owner == level else 0,
        None if owner == level or not stack.parameter_count(level) else owner,
        steps_seen(stack, level),
        stack.term_count(level),
    )


def steps_seen(stack: Graph, level: int) -> int | None:
    """Steps of the input behind one cell of a level; None where no input has steps."""
    has_steps = any(len(shape) == 2 for shape in stack.shapes[: stack.input_count])
    return stack.receptive_field(level) if has_steps else None


def texts(row: LevelRow | None) -> tuple[str, ...]:
    """A row as it is written."""
    if row is None:
        return ("...", *[""] * (len(HEADS) - 1))
    layer = row.layer if len(row.layer) <= _WIDEST else f"{row.layer[: _WIDEST - 3]}..."
    reads = ", ".join(row.reads) if len(row.reads) <= 4 else f"{', '.join(row.reads[:3])} and {len(row.reads) - 3} more"
    parameters = f"those of {row.shared}" if row.shared is not None else f"{row.parameters:,}" if row.parameters else ""
    seen = "–" if row.receptive_field is None else f"{row.receptive_field:,}"
    numbers = (seen, f"{row.terms:,}") if row.reads else ("", "")
    name = quoted(row.name)[1:-1] if row.name else ""
    return (str(row.number), layer, name, reads, str(row.shape), parameters, *numbers)


def summarize(stack: Graph) -> str:
    """The network as a table: a line per level, from the inputs to the last one, and what its columns are."""
    ends = "" if stack.outputs == (stack.depth,) else f"; outputs are the levels {', '.join(map(str, stack.outputs))}"
    return "\n".join(
        [
            *_columns([HEADS, *map(texts, level_rows(stack))]),
            f"{parameter_count(stack):,} parameters; levels are numbered in the model's own order of layers, "
            f"inputs first{ends}",
            "shapes are (steps, channels) or (features,); sees: steps of the input behind one output;",
            "terms: cells that one output is made of, padding counted",
        ]
    )


def summary(explanation: Explanation) -> str:
    """A network in a REPL: its levels in a few lines, and what can be asked next."""
    from convexplain.display.asks import asks

    stack = explanation.stack
    count, total = len(stack.layers), parameter_count(stack)
    numbers = "formulas and numbers" if explanation.network.weights is not None else "formulas, no weights"
    told = [texts(row) for row in level_rows(stack, SHORT)]
    wide = max(len(row[6]) for row in told)
    rows = [(*row[:5], f"sees {row[6]:>{wide}}" if row[6].strip("–") else "") for row in told]
    found = [group[0].code for group in asks(explanation).values()][:2]
    return "\n".join(
        [
            f"{count:,} layer{'s' * (count != 1)}, {total:,} parameter{'s' * (total != 1)}: {numbers}",
            *_columns(rows, hidden={3} if stack.is_chain else set()),
            f"ask {', '.join(found)}, ...; all: dir(ex)",
        ]
    )


def _columns(rows: list[tuple[str, ...]], hidden: Collection[int] = ()) -> Iterator[str]:
    """Rows of words in columns; those that are empty below their head are left out."""
    columns = [place for place in range(len(rows[0])) if place not in hidden and any(row[place] for row in rows[1:])]
    widths = {place: max(len(row[place]) for row in rows) for place in columns}
    for row in rows:
        # Numbers stand under one another by their last digit.
        cells = [
            row[place].rjust(widths[place]) if place >= 5 else row[place].ljust(widths[place]) for place in columns
        ]
        yield "  ".join(cells).rstrip()


def parameter_count(stack: Graph) -> int:
    """How many numbers the weights of all layers are, those of a shared layer counted once."""
    made = range(stack.input_count, stack.depth + 1)
    return sum(stack.parameter_count(level) for level in made if stack.owner(level) == level)
