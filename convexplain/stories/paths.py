"""paths: every way from a sample to one output of a stack of layers.

The cone of what an output sees opens layer by layer. One path is walked, its taps read off along it; all of them are a
fan; gathered under the samples they start at, they add up to one weight each. It answers "what does a second layer
see?" and "how large is the receptive field?".
"""

from __future__ import annotations

from convexplain.board import pieces
from convexplain.board.marks import FILM, PARTIAL, TEXT, Board, Draft, Format
from convexplain.layers import Cell
from convexplain.stories import phrases
from convexplain.stories.cone import Cone
from convexplain.stories.script import Script
from convexplain.stories.ways import lowest

FIGURE = ("field", "all", "joined", "output")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    cone = Cone(script, form, lowest(script))
    boards = [_levels(cone), *_windows(cone), _dots(cone), _path(cone), _all(cone)]
    return tuple(boards)


def _draft(cone: Cone, said: str, wide: bool = False) -> Draft:
    draft = Draft(cone.form)
    pieces.caption(draft, said)
    pieces.ruler(draft, cone.wide if wide else cone.close)
    return draft


def _levels(cone: Cone) -> Board:
    depth = len(cone.levels) - 1
    said = {1: "One layer reads the input.", 2: "Two layers: the second reads what the first wrote."}
    told = said.get(depth, f"{phrases.sentence(phrases.count(depth, 'layer'))}: each reads what the one before wrote.")
    draft = _draft(cone, told, True)
    cone.signals(draft)
    return draft.board("levels", told, 3)


def _windows(cone: Cone) -> list[Board]:
    boards = []
    for depth in range(1, len(cone.levels)):
        level = cone.script.level - depth
        seen = {cell.step for cell in cone.read[level]}
        channels = {cell.channel for cell in cone.read[level]}
        if depth == 1:
            what = phrases.count(len(seen), "step") if level else phrases.count(len(seen), "sample")
            said = f"One output reads its window: {what}"
            said += f" of {phrases.count(len(channels), 'channel')}." if len(channels) > 1 else "."
        else:
            size = phrases.count(cone.layers[level + 1].kernel_size, "step" if level else "sample")
            said = f"Each step of those reads {size}: together {phrases.count(len(seen), '')[:-1]}."
        draft = _draft(cone, said, True)
        lit = {n: cone.read[n] for n in cone.levels if n >= level}
        rows = cone.signals(draft, lit)
        out = draft.marks[(*cone.key(cone.script.level, cone.cell), "bar")]
        below = (out.left, out.right, out.top - 6)
        for n in range(cone.script.level - 1, level - 1, -1):
            cone.frame(draft, n, rows[n], below)
            left, right = cone.span(cone.wide, n)
            below = (left, right, rows[n][0] + 6)
        _, right = cone.span(cone.wide, level)
        y = sum(rows[level]) / 2
        if level == cone.base:
            field = cone.script.source.stack.receptive_field(cone.script.level)
            pieces.callout(draft, ("field",), f"receptive field: {phrases.count(field, 'step')}", right + 60, y, (right, y))
        boards.append(draft.board(f"window {depth}", said, 3))
    return boards


def _dots(cone: Cone) -> Board:
    said = "Closer: each number between is a dot, its channels side by side."
    draft = _draft(cone, said)
    cone.samples(draft)
    cone.dots(draft)
    return draft.board("dots", said, 2)


def _path(cone: Cone) -> Board:
    said = "One path: a sample takes one tap of each layer."
    draft = _draft(cone, said)
    way = cone.told
    cells = {(level, cell) for level, cell in zip(cone.levels, way.cells, strict=True)}
    cone.samples(draft, [way.cells[0]], [way.cells[0]], PARTIAL)
    cone.dots(draft, cells)
    cone.threads(draft, [way], 6)
    return draft.board("path", said, 3)


def _all(cone: Cone) -> Board:
    said = "all"
    draft = _draft(cone, said)
    cone.samples(draft)
    cone.dots(draft)
    cone.threads(draft, cone.paths)
    return draft.board("all", said, 3)
