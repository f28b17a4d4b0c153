"""A filter at home and on its way: its output goes under the step where its window begins, then the filter slides.

The boards of channel_summation where outputs stand on the ruler. This module knows the channels of a script's cell and
pieces; what the sums are made of was told before.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Key, Role
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.bench import levels
from convexplain.stories.channels import BETWEEN, Channels, hue, is_whole


def boards(row: Channels) -> Iterator[Board]:
    """The told output at home, the next one with its sums, and all of them."""
    start = row.cell.step
    yield _slid(row, "home", "It stands where its window begins.", start, [start], 2)
    others = [step for step in row.shown if step > start] or [step for step in row.shown if step != start]
    if start > 0 and row.is_held:
        yield _slid(row, "first", "At *t* = 0 it makes the first output.", 0, [0, start], 2)
    before = [0, start] if row.is_held else [start]
    if others and row.is_held:
        said = "The filter slides: new sums" + (", the same bias." if row.bias else ".")
        yield _slid(row, "slide", said, others[0], [*before, others[0]], 2.5, sums=True)
    if others:
        yield _slid(row, "next", "The next output.", others[0], [*before, others[0]], 1)
    if len(row.shown) > 2:
        said = phrases.places(row.script.layer, row.read, row.steps)
        yield _slid(row, "outputs", said, row.shown[-1], row.shown, 3)


def another(row: Channels) -> Iterator[Board]:
    """Another filter of the layer over the same window, and all that it gives."""
    if row.filters == 1 or not row.is_held:
        return
    f = 1 if row.cell.channel == 0 else 0
    other = Channels(replace(row.script, cell=Cell(row.cell.step, f)), row.form)
    lit, own = ("f", "f of w", "f of b"), " and bias" if row.bias else ""
    yield one(other, "another", f"Filter *f* = {f} has its own kernels{own}.", lit, True)
    if len(row.shown) > 1:
        said = f"It slides too: {phrases.count(len(row.shown), 'output')} of its own."
        yield _slid(other, "its outputs", said, row.shown[-1], row.shown, 2.5, lit=lit, filters=True)


def one(row: Channels, name: str, said: str, lit: Sequence[str], filters: bool = False) -> Board:
    """One output with the sums it is made of, where there is room for them beside the signal."""
    return _slid(row, name, said, row.cell.step, [row.cell.step], 3, True, lit, filters)


def _addends(row: Channels, at: int) -> list[tuple[Key, Number, Role]]:
    """What output ``at`` is the sum of."""
    correlations = row.script.correlations(Cell(at, row.cell.channel))
    found: list[tuple[Key, Number, Role]] = [
        (("partial", part.channel), correlations[part.channel].partial, hue(part)) for part in row.parts
    ]
    return [*found, (("bias",), row.bias, "bias")] if row.bias else found


def _slid(
    row: Channels,
    name: str,
    said: str,
    at: int,
    done: Sequence[int],
    hold: float = 1.5,
    sums: bool = False,
    lit: Sequence[str] = ("t", "t of x"),
    filters: bool = False,
) -> Board:
    """The filter over an output's window, and the outputs that are done under the beginnings of theirs."""
    draft, addends = row.draft(said, None, lit, filters), _addends(row, at)
    pieces.ruler(draft, row.wide, lit=[row.column(at)])
    outputs = [row.script.output(step, row.cell.channel) for step in row.shown]
    texts = [number.text for number in outputs]
    size = benches.fitting(row.wide.pitch - 16, texts, (PARTIAL, TEXT, SMALL)) if row.writes(texts) else 0.0
    if row.is_held:
        size = SMALL if row.form.is_narrow else TEXT
        row.lay(draft, row.window(at))
        row.works_out(draft, at)
        rows, top = row.held
        foot, unit, right = rows[0].floor, rows[0].unit, row.wide.x(row.read - 1) + 0.5 * row.wide.pitch
    else:
        top = _stacked(draft, row, at)
        reach = [number.value for number in outputs] + levels(addend[1].value for addend in addends)
        up, down = benches.extent(reach)
        above, bottom = top + (54 if row.bias else 0) + size + 24, row.form.height - 160
        unit = benches.unit_of(bottom - above, up + down, reach)
        foot, right = bottom - down * unit, row.wide.right
    row.foot(draft, *benches.columns(row.window(at)[0], row.wide), top, 40 if row.is_held else 44)
    pieces.baseline(draft, ("floor",), row.wide.left, right, foot)
    array = phrases.array(row.script.level, row.script.source.stack.depth)
    label = f"*y*, *f* = {row.cell.channel}" if filters else f"output {array}"
    pieces.name(draft, (row.here,), label, foot, "ink")
    whole = is_whole(*outputs)
    for step, output in zip(row.shown, outputs, strict=True):
        if step in done and not (sums and step == at):
            x, key = row.wide.x(row.column(step)), row.y(step)
            made = row.weights()
            pieces.column(draft, key, output, x, foot, row.wide.bar, unit, "output", bricks=whole, made_of=made)
            if size or step == at:
                pieces.digits(draft, key, output.text, size=size or SMALL)
            if row.is_held:
                _terms(draft, row, step, step == at and name in ("home", "next"))
    if sums:
        _sum(draft, row, at, foot, unit)
    return draft.board(name, said, hold, _cues(row, name, addends, at))


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


def _terms(draft: Draft, row: Channels, step: int, is_new: bool) -> None:
    """What an output is the sum of, below it, in the colours of its addends."""
    mark, said = draft.marks[(*row.y(step), "bar")], []
    for key, number, role in _addends(row, step):
        said.append((key, number.text if number.text[:1] in "−+" else f"+{number.text}", role))
    gap = 12.0
    if sum(advance(runs_of(text)) * SMALL + gap for _, text, _ in said) > row.wide.pitch:
        return
    wide = sum(advance(runs_of(text)) * SMALL for _, text, _ in said) + gap * (len(said) - 1)
    x, y = mark.x - wide / 2, mark.bottom + 14 + DIGIT * SMALL / 2
    for key, text, role in said:
        own = words(text, x, y, SMALL, role, align=-1, copy_of=(*key, "digits") if is_new else None)
        draft.put("terms", ("term", *row.y(step), *key), own)
        x += own.width + gap


def _sum(draft: Draft, row: Channels, at: int, foot: float, unit: float) -> None:
    """An output as it is made, beside the signal: the channels, then the bias, head to tail, and their sum."""
    addends = _addends(row, at)
    slots = [row.slot(place) for place in range(len(addends) + 1)]
    apart, output = slots[1] - slots[0], row.script.output(at, row.cell.channel)
    width, room = min(row.wide.bar, 0.72 * apart), apart - 8
    sizes = (SMALL,) if row.form.is_narrow else (TEXT, SMALL)
    pieces.baseline(draft, ("sums",), slots[0] - apart / 2 + 8, slots[-1] + apart / 2 - 8, foot)
    stairs = [(*addend, x) for addend, x in zip(addends, slots, strict=False)]
    weights = {part.channel: [(*row.w(part), tap.k, "bar") for tap in part.taps] for part in row.parts}
    made_of = {("partial", c): tuple(key for key in keys if key in draft.marks) for c, keys in weights.items()}
    text = benches.fitting(room, [f"+{addend[1].text}" for addend in addends], sizes)
    whole, end = is_whole(output, *(addend[1] for addend in addends)), slots[-1] - width / 2
    pieces.staircase(draft, ("output",), stairs, foot, unit, width, made_of, size=text, bricks=whole, until=end)
    row.lower(draft, [addend[0] for addend in addends])
    made = tuple((*addend[0], "bar") for addend in addends)
    large = benches.fitting(room, [output.text], (PARTIAL, *sizes) if sizes[0] == TEXT else sizes)
    key = row.y(at)
    pieces.column(draft, key, output, slots[-1], foot, width, unit, "output", bricks=whole, made_of=made)
    pieces.digits(draft, key, output.text, size=large)


def _cues(row: Channels, name: str, addends: Sequence[tuple[Key, Number, Role]], at: int) -> list[Cue]:
    """An output goes home before the filter moves on; the filter slides before sums are made, in turn."""
    if name in ("home", "next"):
        added = tuple(key for key, _, _ in addends)
        home = Cue((row.y(at), ("floor",)), beat=motion.LEAVE + 0.7, how="down first")
        return [Cue((*added, ("baseline", "sums")), beat=motion.MOVE), home] if row.is_held else [home]
    if name in ("outputs", "its outputs", "first"):
        return []
    beat = motion.ENTER + 1
    cues = [Cue((("worked", *row.y(at)),), beat=motion.ENTER)]
    own: Key = () if name == "output" else ("bar",)  # what stood already takes its number along
    cues += [Cue(((*key, *own),), beat=beat + 0.6 * place) for place, (key, _, _) in enumerate(addends)]
    return [*cues, Cue(((*row.y(at), "bar"),), beat=beat + 0.6 * len(addends))]
