"""A network as one board: its levels from the inputs to the output as a table with a drawing of each.

This module knows the columns and where they stand; what stands in them :mod:`convexplain.display.network` says, and
what was checked a verdict. It is a board like those of the stories, so every medium draws it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING, NamedTuple

from convexplain.board.marks import CONTEXT, SMALL, SUPPORT, Board, Draft, Format, line, plate
from convexplain.board.pieces import wrapped
from convexplain.board.text import advance, runs_of, words
from convexplain.display.network import LevelRow, level_rows, parameter_count, steps_seen, texts
from convexplain.graph import Graph
from convexplain.names import quoted

if TYPE_CHECKING:
    from convexplain.check.verdict import Check, Verdict

NAME, TITLE = "network", "What is this network made of?"
PITCH, TOP = (50.0, 140.0), 40.0
"""From row to row, at least and at most, and from the edge to the heads."""
HIGH = 0.72
"""The drawing of the level with the most channels, as a share of a row."""
SKETCH = 90.0, 420.0
"""The narrowest and the widest drawing of the longest level."""
MOST_ON_PAPER = 24
"""Levels of a figure; of a longer network the first ones and the last."""
LEGEND = (
    "shape: steps × channels; sees: input steps that one output depends on (coloured); terms: numbers it is made of, "
    "padding counted"
)


class Column(NamedTuple):
    """A column: its head, its text in each row, and whether it is set to the right."""

    head: str
    cells: Sequence[str]
    is_number: bool = True

    @property
    def width(self) -> float:
        """How wide its longest text is."""
        return max(advance(runs_of(text)) for text in (self.head, *self.cells)) * SMALL


def found(stack: Graph, verdict: Verdict | None, check: Check | None) -> tuple[str, dict[int, str]]:
    """The head of the column of what was found, and what was found of each level; nothing where nothing was asked.

    A verdict says of each layer how its index map is known; a check alone, whether its numbers lie in their bounds.
    """
    if verdict is not None:
        known: dict[int, str] = {}
        for level in verdict.levels:
            known[level.number] = level.index_map if level.ok and known.get(level.number) != "refuted" else "refuted"
        return "verdict", known
    if check is None:
        return "", {}
    named = dict(enumerate(check.distances, stack.input_count))
    said = {level: "no answer" if one is None else "other" if one.beyond else "same" for level, one in named.items()}
    return "numbers", said


def note(verdict: Verdict | None, check: Check | None) -> str:
    """What was asked, whom, and what a word in the last column means."""
    if verdict is not None:
        asked = f"Checked against {verdict.oracles[0].partition(', ')[0]}: "
        if not verdict.ok:
            return f"{asked}a layer that is refuted has other numbers than its formula; verify() says which."
        return f"{asked}proved or probed says how it is known which weight meets which sample."
    return "" if check is None else f"{check.line[0].upper()}{check.line[1:]}."


def board(
    stack: Graph, form: Format, head: str = "", checked: Mapping[int, str] | None = None, said: str = ""
) -> Board:
    """The network on a board of this format: on paper as high as it needs, elsewhere as many levels as have room."""
    lines = [_summary(stack), *([said] if said else []), LEGEND]
    foot = [text for one in lines for text in wrapped(one, (form.width - 2 * form.margin) / SMALL)]
    room = form.height - TOP - 40 * len(foot) - 50
    rows = level_rows(stack, MOST_ON_PAPER if form.points else max(5, int(room / PITCH[0]) - 1))
    pitch = PITCH[0] if form.points else min(PITCH[1], room / (len(rows) + 1))
    if form.points:
        form = replace(form, height=TOP + pitch * (len(rows) + 0.5) + 30 + 40 * len(foot))
    draft = Draft(form)
    columns = _columns(stack, rows, head, checked or {})
    _fit(stack, rows, columns, draft, pitch)
    for place, text in enumerate(foot):
        y = form.height - 40 * (len(foot) - place) + 12
        role = "ink" if place == 0 else "quiet"
        draft.put("network", ("caption", place), words(text, form.margin, y, SMALL, role, align=-1))
    return draft.board(NAME, f"{_summary(stack)} {said}".strip(), hold=4.0)


def _summary(stack: Graph) -> str:
    layers, total, seen = len(stack.layers), parameter_count(stack), steps_seen(stack, stack.outputs[0])
    sees = "" if seen is None else f"; one output sees {seen:,} input step{'s' * (seen != 1)}"
    return f"{layers:,} layer{'s' * (layers != 1)}, {total:,} parameter{'s' * (total != 1)}{sees}."


def _columns(stack: Graph, rows: Sequence[LevelRow | None], head: str, checked: Mapping[int, str]) -> dict[str, Column]:
    """The columns after the drawing; the layers' own is cut to the room there is."""
    told = [texts(row) if row else ("",) * 8 for row in rows]
    shapes = [" × ".join(f"{size:,}" for size in row.shape) if row else "" for row in rows]
    found = {"number": Column("", [row[0] for row in told]), "layer": Column("layer", [row[1] for row in told], False)}
    if not stack.is_chain:
        found["reads"] = Column("reads", [row[3] for row in told], False)
    found["shape"] = Column("shape", shapes)
    found["parameters"] = Column("weights", [row[5] for row in told])
    found["sees"] = Column("sees", [row[6] for row in told])
    found["terms"] = Column("terms", [row[7] for row in told])
    if head:
        found["found"] = Column(head, [checked.get(row.number, "") if row else "" for row in rows], False)
    return found


def _fit(stack: Graph, rows: Sequence[LevelRow | None], columns: dict[str, Column], draft: Draft, pitch: float) -> None:
    """Put the drawing and the columns side by side over the width of the board."""
    form = draft.format
    gap = 22.0 if form.is_narrow else 30.0
    room = form.width - 2 * form.margin - gap * len(columns)
    room -= sum(column.width for name, column in columns.items() if name != "layer")
    wide = max(SKETCH[0], min(SKETCH[1], room - max(map(_long, rows))))
    columns["layer"] = Column("layer", ["" if row is None else _cut(row, room - wide) for row in rows], False)
    spare = room - wide - columns["layer"].width
    wide, spare = min(SKETCH[1], wide + spare), max(0.0, wide + spare - SKETCH[1]) / len(columns)

    def y_of(place: int) -> float:
        """The middle of a row; the heads are row 0."""
        return TOP + pitch * place

    for place, row in enumerate(rows):
        if row is not None:
            _sketch(draft, stack, row, form.margin, y_of(place + 1), wide, pitch)
    x = form.margin + wide
    for name, column in columns.items():
        x += gap + (spare if name != "number" else 0.0)
        left, right = x, x + column.width
        for place, text in enumerate((column.head, *column.cells)):
            if text:
                role = "quiet" if place == 0 or name == "number" else "differs" if text in _BAD else "ink"
                at, align = (right, 1.0) if column.is_number else (left, -1.0)
                draft.put("network", (name, place), words(text, at, y_of(place), SMALL, role, align=align))
        x = right
    for place, row in enumerate(rows, 1):
        if row is None:
            left = stack.depth + 2 - len(rows)
            at = form.margin + wide + 2 * gap + columns["number"].width + spare
            draft.put(
                "network", ("left out",), words(f"⋮ {left:,} more levels", at, y_of(place), SMALL, "quiet", align=-1)
            )
    rule = TOP + 25
    draft.put("network", ("rule",), line("line", form.margin, rule, form.width - form.margin, rule))


_BAD = ("refuted", "other", "no answer")


def _long(row: LevelRow | None) -> float:
    return 0.0 if row is None else advance(runs_of(_cut(row, inf))) * SMALL


def _code(layer: str) -> str:
    return layer if layer == "input" else f"`{layer.removesuffix('()')}`"


def _cut(row: LevelRow, room: float) -> str:
    """A layer as it is typed, with as many of its arguments as there is room for."""
    if row.name and not row.reads:
        name = quoted(row.name)[1:-1].replace("`", "'")
        widths = range(len(name), 0, -1)
        tried = [f"{row.layer} {name}", *(f"{row.layer} {name[:count]}…" for count in widths), row.layer]
        return next(text for text in tried if text == row.layer or advance(runs_of(text)) * SMALL <= room)
    kind, _, arguments = row.layer.partition("(")
    parts = arguments.removesuffix(")").split(", ")
    tried = [row.layer, *(f"{kind}({', '.join(parts[:count])}, …)" for count in range(len(parts) - 1, 0, -1))]
    for text in (*tried, f"{kind}(…)", *(f"{kind[:count]}…" for count in range(len(kind) - 1, 3, -1))):
        if advance(runs_of(_code(text))) * SMALL <= room:
            return _code(text)
    return _code(f"{kind[:3]}…")


def _sketch(draft: Draft, stack: Graph, row: LevelRow, left: float, y: float, wide: float, pitch: float) -> None:
    """A level as a block, steps to the right and channels down, all on one scale; dark is what the output in the middle
    depends on."""
    sizes = [shape if len(shape) == 2 else (1, shape[0]) for shape in stack.shapes]
    longest, most = max(size[0] for size in sizes), max(size[1] for size in sizes)
    steps, channels = sizes[row.number]
    step = wide / longest
    width, height = max(steps * step, 4.0), max(HIGH * pitch * channels / most, 4.0)
    start = left + (wide - width) / 2
    block = plate("sample", start, y - height / 2, start + width, y + height / 2, light=CONTEXT, radius=2.0)
    draft.put("network", ("level", row.number), block)
    seen = stack.sight(stack.outputs[0]).get(row.number)
    if seen is None:
        return
    first, last = max(seen[0], 0), min(seen[1], steps - 1)
    if first <= last:
        own = row.number == stack.outputs[0]
        at, end = start + width * first / steps, start + width * (last + 1) / steps
        end = max(end, at + 4.0)
        tall = max(height / channels, 4.0) if own else height
        role = "output" if own else "kernel"
        dark = plate(role, at, y - tall / 2, end, y + tall / 2, light=1.0 if own else SUPPORT, radius=2.0, z=1.0)
        draft.put("network", ("seen", row.number), dark)
