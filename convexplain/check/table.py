"""A verdict as text for people: a table of the layers, and below it what does not fit into a row.

This module knows the records of a verdict; it compares nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from textwrap import wrap
from typing import TYPE_CHECKING

from convexplain.names import quoted
from convexplain.style import magnitude

if TYPE_CHECKING:
    from convexplain.check.verdict import LevelVerdict, Verdict

WIDTH = 100
HEADS = ("layer", "output", "index map", "bias", "integers equal", "in bounds", "error", "bound", "vs scipy", "")
LEFT_OUT = {"in bounds": "vs scipy"}
"""Where a column says something, another has no room."""


def table(verdict: Verdict) -> str:
    """The verdict for people, no line longer than 100 columns."""
    lines = []
    for call, who in zip(dict.fromkeys(level.call for level in verdict.levels), verdict.oracles, strict=True):
        levels = [level for level in verdict.levels if level.call == call]
        lines += _wrapped(f"{'Holds' if all(level.ok for level in levels) else 'REFUTED'}: compared with {who}", "  ")
        rows = columns(levels)
        widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
        lines += [
            "  ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)).rstrip() for row in rows
        ]
        for level in levels:
            for note in (*notes(level), *level.faults, *explained(level)):
                lines += _wrapped(f"  {level.number}: {note}", "     ")
    lines += [line for assumption in verdict.assumptions for line in _wrapped(f"assumed: {assumption}", "  ")]
    return "\n".join(lines)


def columns(levels: Sequence[LevelVerdict]) -> list[tuple[str, ...]]:
    """The table of the layers: :data:`HEADS` and a row each, without the columns that say nothing of any layer."""
    rows = [HEADS, *map(texts, levels)]
    told = {HEADS[column] for column in range(len(HEADS)) if any(row[column] for row in rows[1:])}
    told -= {LEFT_OUT[head] for head in told if head in LEFT_OUT}
    kept = [column for column in range(len(HEADS)) if HEADS[column] in told]
    return [tuple(row[column] for column in kept) for row in rows]


def texts(level: LevelVerdict) -> tuple[str, ...]:
    """What the table says of a layer, below :data:`HEADS`."""
    return (
        f"{level.number} {quoted(level.name, 13)[1:-1] if level.name else ''}".rstrip(),
        str(tuple(level.output_shape)),
        level.index_map,
        level.bias,
        _count(level.cells_equal, level.cells) if level.cells or not level.cells_bounded else "",
        _count(level.cells_within, level.cells_bounded) if level.cells_bounded else "",
        "" if level.local is None else magnitude(level.local.error),
        "" if level.local is None else magnitude(level.local.bound),
        "" if level.scipy_difference is None else magnitude(Fraction(level.scipy_difference)),
        "ok" if level.ok else "REFUTED",
    )


def _count(right: int, of: int) -> str:
    return f"all {of:,}" if right == of else f"{right:,} of {of:,}"


def notes(level: LevelVerdict) -> list[str]:
    """How it was found, and what does not fit into the row of a layer."""
    said = [f"index map {level.index_map}: {level.index_map_how}"] if level.index_map != "refuted" else []
    if level.total is not None and level.total != level.local:
        said.append(f"from the input on: error {magnitude(level.total.error)}, bound {magnitude(level.total.bound)}")
    if level.local is not None and level.local.skipped:
        said.append(f"{level.local.skipped:,} outputs not compared: float32 could overflow on them")
    return said


def explained(level: LevelVerdict) -> list[str]:
    """Which usual mistakes make the numbers that were refuted, where any do."""
    return [f"explained exactly by: {level.discrepancy}"] if level.discrepancy else []


def _wrapped(text: str, indent: str) -> list[str]:
    return wrap(text, WIDTH, subsequent_indent=indent, drop_whitespace=True, break_on_hyphens=False)
