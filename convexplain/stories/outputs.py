"""A filter at home and on its way: its output goes under the step where its window begins, then the filter slides.

The boards of channel_summation where outputs stand on the ruler. This module knows the channels of a script's cell and
pieces; what the sums are made of was told before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board import motion, pieces
from convexplain.board.marks import PARTIAL, SMALL, TEXT, Board, Cue, Draft
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import levels
from convexplain.stories.channels import BETWEEN, Channels, is_whole


def boards(row: Channels) -> Iterator[Board]:
    """The told output at home, the next one with its sums, and all of them."""
    start = row.cell.step
    yield _slid(row, "home", "It stands where its window begins.", start, [start], 2)
    others = [step for step in row.shown if step > start] or [step for step in row.shown if step != start]
    if others:
        said = "One step on, the same taps meet other samples."
        if others[0] != start + 1:
            said = f"At *t* = {others[0]} the same taps meet other samples."
        yield _slid(row, "next", said, others[0], [start, others[0]], 1)
    if len(row.shown) > 2:
        said = phrases.places(row.script.layer, row.read, row.steps)
        yield _slid(row, "outputs", said, row.shown[-1], row.shown, 3)


def _slid(row: Channels, name: str, said: str, at: int, done: Sequence[int], hold: float = 1.5) -> Board:
    """The filter over an output's window, and the outputs that are done under the beginnings of theirs."""
    draft = row.draft(said, None, ("t", "t of x"))
    row.ruler(draft, row.wide, at)
    outputs = [row.script.output(step, row.cell.channel) for step in row.shown]
    texts = [number.text for number in outputs]
    size = benches.fitting(row.wide.pitch - 16, texts, (PARTIAL, TEXT, SMALL)) if row.writes(texts) else 0.0
    top = _stacked(draft, row, at)
    reach = [number.value for number in outputs] + levels(addend[1].value for addend in row.addends())
    up, down = benches.extent(reach)
    above, bottom = top + (54 if row.bias else 0) + max(size, SMALL) + 30, row.form.height - 160
    unit = benches.unit_of(bottom - above, up + down, reach)
    foot = bottom - down * unit
    row.foot(draft, *benches.columns(row.window(at)[0], row.wide), top, 44)
    pieces.baseline(draft, ("floor",), row.wide.left, row.wide.right, foot)
    array = phrases.array(row.script.level, row.script.source.stack.depth)
    pieces.name(draft, (row.here,), f"output {array}", foot, "ink")
    whole = is_whole(*outputs)
    for step, output in zip(row.shown, outputs, strict=True):
        if step in done:
            x, key = row.wide.x(row.column(step)), row.y(step)
            made = row.weights()
            pieces.column(draft, key, output, x, foot, row.wide.bar, unit, "output", bricks=whole, made_of=made)
            if size or step == at:
                pieces.digits(draft, key, output.text, size=size or SMALL)
    home = Cue((row.y(at), ("floor",)), beat=motion.LEAVE + 0.7, how="down first")
    return draft.board(name, said, hold, [home] if name in ("home", "next") else [])


def _stacked(draft: Draft, row: Channels, at: int) -> float:
    """The filter over a window as low rigs; returns where they end."""
    room, many = row.form.height - 256, len(row.parts)
    size = SMALL if row.writes_taps and many <= 2 and not row.form.is_narrow else 0.0
    share = 0.42 if row.form.is_narrow else 0.6
    height = min(205.0 if size else 170.0, share * room / many - BETWEEN)
    top = row.stack(draft, row.wide, row.window(at), benches.TOP, height, size)
    # A column has no room for these numbers. They repeat what was written before, so they are no marks of their own.
    arrays = (row.below, f"w{row.script.level}")
    draft.change([key for key in draft.marks if key[0] in arrays and key[-1] == "digits"], about=None)
    row.label(draft, height)
    return top
