"""All filters of a layer on one board: what each gives, side by side, and beside what Keras gives.

The layout of boards where a filter is one row of small bars. This module knows the channels of a script's cell and
pieces; which of it stands where a story says.
"""

from __future__ import annotations

from convexplain.board import pieces
from convexplain.board.marks import CONTEXT, FULL, Board, Draft
from convexplain.board.pieces import Axis, Number
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.channels import Channels, hue, is_whole

MOST_FILTERS = 8
"""What a board has room for."""


def _grid(row: Channels) -> tuple[list[int], float]:
    """The filters that are shown, and the height of a row."""
    filters, own = list(range(row.filters)), row.cell.channel
    if row.filters > MOST_FILTERS:
        filters = sorted({own, *[f for f in filters if f != own][: MOST_FILTERS - 1]})
    return filters, (row.form.height - 156 - benches.TOP) / len(filters)


def _outputs(row: Channels, draft: Draft, left: float, pitch: float, checked: bool) -> float:
    """The outputs of every filter, a row each; the told one in full light. Or, ``checked``, all of them at full
    precision, with Keras's numbers beside them. Returns the unit.
    """
    filters, height = _grid(row)
    cells = [(step, f) for f in filters for step in row.shown]
    numbers = {cell: row.script.output(*cell) for cell in cells}
    if checked:
        numbers = {cell: Number(row.script.full(*cell), "", about=number.about) for cell, number in numbers.items()}
    inputs = [] if checked else [number.value for signal in row.signals.values() for number in signal.values()]
    up, down = benches.extent([number.value for number in numbers.values()] + inputs)
    unit = benches.unit_of(height - 22, up + down, [number.value for number in numbers.values()])
    whole = is_whole(*numbers.values()) and unit > 16
    for place, f in enumerate(filters):
        foot = benches.TOP + height * place + 11 + up * unit
        pieces.baseline(draft, (row.here, f), left, left + pitch * len(row.shown), foot)
        told = checked or f == row.cell.channel
        light, made, width = FULL if told else 2 * CONTEXT, row.weights() if told else (), min(60.0, 0.62 * pitch)
        for step, x in zip(row.shown, _xs(row, left, pitch), strict=True):
            key, number = row.y(step, f), numbers[step, f]
            pieces.column(draft, key, number, x, foot, width, unit, "output", True, whole, light=light, made_of=made)
            if checked and (asked := row.script.asked(step, f)) is not None:
                pieces.compared(draft, (*key, "asked"), x + width / 2 + 8, foot - float(asked) * unit)
        lit = "lit" if f == row.cell.channel and not checked else "quiet"
        pieces.note(draft, ("filter", f), str(f), left + pitch * len(row.shown) + 24, foot, -1, lit)
    return unit


def _xs(row: Channels, left: float, pitch: float) -> list[float]:
    return [left + pitch * (place + 0.5) for place in range(len(row.shown))]


def side_by_side(row: Channels) -> Board:
    """Every filter reads the same channels with kernels of its own."""
    many = phrases.count(row.filters, "filter")
    said = phrases.sentence(f"{many} read the same {phrases.count(row.script.read_shape[1], 'channel')}.")
    if row.filters == 1:
        said = "One filter gives one output signal."
    draft = row.draft(said, None, ("f", "f of w", "f of b"), filters=True)
    form, steps = row.form, row.wide.shown
    gap, card = (300.0, 110.0) if not form.is_narrow else (190.0, 70.0)
    room = form.width - 2 * form.margin - gap - card - 60
    pitch = min(100.0, room / (len(steps) + len(row.shown)))
    left = form.width - form.margin - 60 - pitch * len(row.shown)
    filters, height = _grid(row)
    unit = _outputs(row, draft, left, pitch, False)
    tall = (form.height - 156 - benches.TOP) / len(row.parts)
    axis = Axis(steps, form.margin + pitch / 2, pitch, row.read)
    up, _ = benches.extent(number.value for signal in row.signals.values() for number in signal.values())
    own = filters.index(row.cell.channel)
    for place, part in enumerate(row.parts):
        foot = benches.TOP + tall * (place + 0.5) + up * unit / 2
        whole = is_whole(*row.signals[part.channel].values()) and unit > 16
        pieces.signal(draft, row.x(part), row.signals[part.channel], axis, foot, unit, hue(part), bricks=whole)
        at = axis.right + 16
        taps = Axis(tuple(range(len(part.taps))), at + card / len(part.taps) / 2, card / len(part.taps), 0)
        reach = max(abs(float(tap.weight.value)) for tap in part.taps) or 1.0
        scale = min(unit, 0.3 * tall / reach)
        middle = benches.TOP + tall * (place + 0.5)
        pieces.card(
            draft, ("rig", *row.w(part)), at - 6, at + card + 6, middle - 0.36 * tall, middle + 0.36 * tall, hue(part)
        )
        for number, tap in enumerate(part.taps):
            x, key = taps.x(number), (*row.w(part), tap.k)
            pieces.column(
                draft, key, tap.weight, x, middle, 0.6 * taps.pitch, scale, (str(hue(part)), "ink", 0.5), bricks=False
            )
        for other, f in enumerate(filters):
            end = benches.TOP + height * (other + 0.5) + (place - len(row.parts) / 2) * 5
            told = other == own
            pieces.strand(draft, ("strand", part.channel, f), at + card + 8, middle, left - 10, end, hue(part), told)
    pieces.note(draft, ("channels",), "channels", form.margin, pieces.RULER)
    pieces.note(draft, ("kernels",), f"filter {row.cell.channel}", axis.right + 10, pieces.RULER, -1, "lit")
    pieces.note(draft, ("filters",), "outputs, *f*", form.width - form.margin, pieces.RULER, 1)
    return draft.board("filters", said, 3)


def compared(row: Channels) -> Board:
    """The outputs of all filters at full precision, and Keras's numbers beside them."""
    draft = Draft(row.form)
    said = f"{row.script.check_words()}."
    pieces.caption(draft, said)
    left = row.form.names
    _outputs(row, draft, left, (row.form.width - row.form.margin - 60 - left) / len(row.shown), True)
    pieces.legend(draft, [("output", "bar", "formula"), ("kernel", "dot", row.script.check.library)])
    if row.script.shown.note:
        pieces.remark(draft, ("rounded",), phrases.sentence(row.script.shown.note) + ".")
    return draft.board("check", said, 2.5)
