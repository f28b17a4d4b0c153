"""A filter at home and on its way: its output goes under the step where its window begins, then the filter slides.

The boards of channel_summation where outputs stand on the ruler. This module knows the channels of a script's cell and
pieces; what the sums are made of was told before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board import motion, pieces
from convexplain.board.marks import PARTIAL, SMALL, TEXT, Board, Cue, Draft, Key, Role
from convexplain.board.pieces import Number
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import levels
from convexplain.stories.channels import BETWEEN, Channels, hue, is_whole

SLOT = 1.2
"""How many places the addends of an output and their sum take, under the step they belong to."""


def boards(row: Channels) -> Iterator[Board]:
    """The told output at home, the next one with its sums, and all of them."""
    start = row.cell.step
    yield _slid(row, "home", "It stands where its window begins.", start, [start], 2)
    others = [step for step in row.shown if step > start] or [step for step in row.shown if step != start]
    if others and not row.rest and row.script.layer.activation == "linear":
        texts = [f"+{number.text}" for _, number, _ in _addends(row, others[0])]
        if row.writes(texts, SLOT / (len(texts) + 1)):
            said = "The filter slides: new sums" + (", the same bias." if row.bias else ".")
            yield _slid(row, "slide", said, others[0], [start, others[0]], 2, sums=True)
    if others:
        yield _slid(row, "next", "The next output.", others[0], [start, others[0]], 1)
    if len(row.shown) > 2:
        said = phrases.places(row.script.layer, row.read, row.steps)
        yield _slid(row, "outputs", said, row.shown[-1], row.shown, 3)


def _addends(row: Channels, at: int) -> list[tuple[Key, Number, Role]]:
    """What output ``at`` is the sum of."""
    correlations = row.script.correlations(Cell(at, row.cell.channel))
    found: list[tuple[Key, Number, Role]] = [
        (("partial", part.channel), correlations[part.channel].partial, hue(part)) for part in row.parts
    ]
    return [*found, (("bias",), row.bias, "bias")] if row.bias else found


def _slid(
    row: Channels, name: str, said: str, at: int, done: Sequence[int], hold: float = 1.5, sums: bool = False
) -> Board:
    """The filter over an output's window, and the outputs that are done under the beginnings of theirs."""
    draft, addends = row.draft(said, None, ("t", "t of x")), _addends(row, at)
    pieces.ruler(draft, row.wide, lit=[row.column(at)])
    window, outputs = row.window(at), [row.script.output(step, row.cell.channel) for step in row.shown]
    room, many = row.form.height - 256, len(row.parts)
    size = SMALL if row.writes_taps and many <= 2 and not row.form.is_narrow else 0.0
    share = 0.42 if row.form.is_narrow else 0.6
    height = min(205.0 if size else 170.0, share * room / many - BETWEEN)
    top = row.stack(draft, row.wide, window, benches.TOP, height, size)
    left, right = benches.columns(window[0], row.wide)
    row.foot(draft, left, right, top, 44)
    # A column has no room for these numbers. They repeat what was written before, so they are no marks of their own.
    arrays = (row.below, f"w{row.script.level}")
    draft.change([key for key in draft.marks if key[0] in arrays and key[-1] == "digits"], about=None)
    row.label(draft, height)
    texts = [number.text for number in outputs]
    size = benches.fitting(row.wide.pitch - 16, texts, (PARTIAL, TEXT, SMALL)) if row.writes(texts) else 0.0
    reach = [number.value for number in outputs] + levels(addend[1].value for addend in addends)
    up, down = benches.extent(reach)
    above, bottom = top + (54 if row.bias else 0) + size + 24, row.form.height - 160
    unit = benches.unit_of(bottom - above, up + down, reach)
    foot = bottom - down * unit
    pieces.baseline(draft, ("floor",), row.wide.left, row.wide.right, foot)
    array = phrases.array(row.script.level, row.script.source.stack.depth)
    pieces.name(draft, (row.here,), f"output {array}", foot, "ink")
    whole, start = is_whole(*outputs), row.wide.x(row.column(at))
    apart = SLOT * row.wide.pitch / (len(addends) + 1)
    slots = [start + apart * (place - len(addends) / 2) for place in range(len(addends) + 1)]
    for step, output in zip(row.shown, outputs, strict=True):
        if step in done:
            is_sum, key = sums and step == at, row.y(step)
            x, width = (slots[-1], 0.8 * apart) if is_sum else (row.wide.x(row.column(step)), row.wide.bar)
            made = tuple((*addend[0], "bar") for addend in addends) if is_sum else row.weights()
            pieces.column(draft, key, output, x, foot, width, unit, "output", bricks=whole, made_of=made)
            if size or step == at:
                large = benches.fitting(apart - 4, [output.text], (TEXT, SMALL)) if is_sum else size or SMALL
                pieces.digits(draft, key, output.text, size=large)
    if sums:
        stairs = [(*addend, x) for addend, x in zip(addends, slots, strict=False)]
        weights = {part.channel: [(*row.w(part), tap.k, "bar") for tap in part.taps] for part in row.parts}
        made_of = {("partial", c): tuple(key for key in keys if key in draft.marks) for c, keys in weights.items()}
        text = benches.fitting(apart - 4, [f"+{addend[1].text}" for addend in addends])
        width, end = 0.8 * apart, slots[-1] - 0.4 * apart
        pieces.staircase(draft, ("output",), stairs, foot, unit, width, made_of, size=text, bricks=whole, until=end)
    return draft.board(name, said, hold, _cues(row, draft, name, addends))


def _cues(row: Channels, draft: Draft, name: str, addends: Sequence[tuple[Key, Number, Role]]) -> list[Cue]:
    """At first the output goes home before the filter grows; then the filter slides before sums are made, in turn."""
    if name == "home":
        return [Cue(((row.here,), ("floor",)), beat=motion.LEAVE + 0.7, how="down first")]
    if name != "slide":
        return []
    cues = [Cue(((*key, "bar"),), beat=motion.ENTER + 0.6 * place) for place, (key, _, _) in enumerate(addends)]
    last = [key for key in draft.marks if key[0] == row.here and key[-1] == "bar"][-1]
    return [*cues, Cue((last,), beat=motion.ENTER + 0.6 * len(addends))]
