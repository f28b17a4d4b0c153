"""All filters of a layer on one board: what each gives, side by side, and beside what Keras gives.

The layout of boards where a filter is one row of small bars. This module knows the channels of a script's cell and
pieces; which of it stands where a story says.
"""

from __future__ import annotations

from typing import NamedTuple

from convexplain.board import pieces
from convexplain.board.marks import CONTEXT, FULL, Board, Draft, Role
from convexplain.board.pieces import Axis, Number
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.channels import MOST_TAPS, Channels, hue, is_whole

MOST_FILTERS = 8
"""What a board has room for."""


def side_by_side(row: Channels) -> Board:
    """Every filter reads the same channels with kernels of its own, and gives a signal of its own."""
    channels = phrases.count(row.script.read_shape[1], "channel")
    many = phrases.count(row.filters, "filter")
    said = phrases.sentence(f"{many} read the same {channels}, each with its own kernels.")
    if row.filters == 1:
        said = "One filter gives one output signal."
    draft, form = row.draft(said, None, ("f", "f of w", "f of b"), filters=True), row.form
    filters, bottom = _shown(row), form.height - 156
    height = (bottom - benches.TOP) / len(filters)
    strand, card = (220.0, 300.0) if not form.is_narrow else (120.0, 190.0)
    steps, room = row.wide.shown, form.width - 2 * form.margin - strand - card - 100
    pitch = min(90.0, room / (len(steps) + len(row.shown)))
    inputs = Axis(steps, form.margin, pitch, row.read)
    left = form.width - form.margin - 50 - pitch * len(row.shown)
    numbers = {(step, f): row.script.output(step, f) for f in filters for step in row.shown}
    samples = [number.value for signal in row.signals.values() for number in signal.values()]
    up, down = benches.extent([number.value for number in numbers.values()] + samples)
    unit = benches.unit_of(0.86 * height, up + down, [number.value for number in numbers.values()])
    tall = (bottom - benches.TOP) / len(row.parts)
    middles = [benches.TOP + tall * (place + 0.5) for place in range(len(row.parts))]
    for part, y in zip(row.parts, middles, strict=True):
        signal = row.signals[part.channel]
        whole = is_whole(*signal.values()) and unit > 16
        pieces.signal(draft, row.x(part), signal, inputs, y + (up - down) * unit / 2, unit, hue(part), bricks=whole)
    for place, f in enumerate(filters):
        top, told = benches.TOP + height * place, f == row.cell.channel
        foot = top + 0.07 * height + up * unit
        kernels = Rect(left - card - 40, left - 40, top + 0.08 * height, top + 0.92 * height)
        _kernels(row, draft, f, kernels, FULL if told else 2 * CONTEXT)
        for part, y in zip(row.parts, middles, strict=True):
            key, end = ("strand", part.channel, f), top + 0.5 * height + 5 * (part.channel - row.parts[0].channel)
            pieces.strand(draft, key, inputs.right + 14, y, kernels.left - 8, min(end, kernels.bottom), hue(part), told)
        pieces.baseline(draft, (row.here, f), left, left + pitch * len(row.shown), foot)
        whole = is_whole(*numbers.values()) and unit > 16
        for step, x in zip(row.shown, _xs(row, left, pitch), strict=True):
            light, made = FULL if told else 2 * CONTEXT, row.weights() if told else ()
            width = min(60.0, 0.62 * pitch)
            key, number = row.y(step, f), numbers[step, f]
            pieces.column(draft, key, number, x, foot, width, unit, "output", True, whole, light=light, made_of=made)
        pieces.note(draft, ("filter", f), str(f), form.width - form.margin, foot, 1, "lit" if told else "quiet")
    pieces.note(draft, ("channels",), "channels", form.margin, pieces.RULER)
    pieces.note(draft, ("kernels",), "filters", left - card - 40, pieces.RULER)
    pieces.note(draft, ("filters",), "outputs, *f*", form.width - form.margin, pieces.RULER, 1)
    return draft.board("filters", said, 3)


class Rect(NamedTuple):
    """A place on a board."""

    left: float
    right: float
    top: float
    bottom: float


def _shown(row: Channels) -> list[int]:
    """The filters that have room, the told one among them."""
    own, every = row.cell.channel, list(range(row.filters))
    return every if len(every) <= MOST_FILTERS else sorted({own, *[f for f in every if f != own][: MOST_FILTERS - 1]})


def _kernels(row: Channels, draft: Draft, f: int, place: Rect, light: float) -> None:
    """A filter as a card: its kernels, one for every channel that is shown, side by side."""
    told = f == row.cell.channel
    parts = row.script.correlations(Cell(row.cell.step, f))
    taps = {shown.channel: row.script.elide(parts[shown.channel], MOST_TAPS) for shown in row.parts}
    up, down = benches.extent(tap.weight.value for own in taps.values() for tap in own)
    unit = min(40.0 if up + down > 1 else 1e12, 0.8 * (place.bottom - place.top) / max(1e-12, up + down))
    foot = place.top + 0.1 * (place.bottom - place.top) + up * unit
    pieces.card(draft, ("filter", f), place.left, place.right, place.top, place.bottom, "bias", 0.1)
    wide = (place.right - place.left - 20) / len(row.parts)
    for number, part in enumerate(row.parts):
        pitch = (wide - 16) / len(taps[part.channel])
        for k, tap in enumerate(taps[part.channel]):
            x = place.left + 18 + wide * number + pitch * (k + 0.5)
            key = (*row.w(part), tap.k) if told else (f"w{row.script.level}", part.channel, f, tap.k)
            pale: Role = (str(hue(part)), "ink", 0.25)
            pieces.column(draft, key, tap.weight, x, foot, 0.7 * pitch, unit, pale, bricks=False, light=light)


def _xs(row: Channels, left: float, pitch: float) -> list[float]:
    return [left + pitch * (place + 0.5) for place in range(len(row.shown))]


def compared(row: Channels) -> Board:
    """The told filter's outputs at full precision, with Keras's numbers beside them; what was compared in all."""
    draft, form = Draft(row.form), row.form
    pieces.caption(draft, f"{row.script.check_words()}.")
    pieces.ruler(draft, row.wide)
    values = {step: row.script.full(step, row.cell.channel) for step in row.shown}
    up, down = benches.extent(values.values())
    top, bottom = benches.TOP + 30, form.height - 250
    unit = benches.unit_of(bottom - top, up + down, values.values(), 60.0)
    foot, width = bottom - down * unit, row.wide.bar
    pieces.baseline(draft, ("floor",), row.wide.left, row.wide.right, foot)
    for step, value in values.items():
        x, key = row.wide.x(row.column(step)), row.y(step)
        number = Number(value, "", ("cell", row.script.level, *(step, row.cell.channel)))
        whole = all(value.denominator == 1 for value in values.values())
        pieces.column(draft, key, number, x, foot, width, unit, "output", bricks=whole, made_of=row.weights())
        if (asked := row.script.asked(step, row.cell.channel)) is not None:
            pieces.compared(draft, (*key, "asked"), x + width / 2 + 12, foot - float(asked) * unit)
    pieces.legend(draft, [("output", "bar", "formula"), ("kernel", "dot", row.script.check.library)])
    if row.script.shown.is_rounded:
        said = "Here nothing is rounded. Before, samples and weights were, so that sums are exact as printed."
        pieces.remark(draft, ("rounded",), said)
    return draft.board("check", phrases.sentence(f"{row.script.check_words()}."), 2.5)
