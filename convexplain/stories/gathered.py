"""The paths to one output, gathered by the sample they start at: as tiles, as stacks of plus and minus, as one kernel.

The layout of boards on which every column is a sample. This module knows a cone and pieces; which of it stands on which
board a story says.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from convexplain.board import motion, pieces, tiles
from convexplain.board.marks import FULL, HERO, PARTIAL, SMALL, TEXT, Cue, Draft, Key, Role, line
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.board.tiles import Brick
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.cone import MOST_TILES, NARROWEST, Cone, is_whole
from convexplain.stories.ways import Joined, Way


def drawn(cone: Cone) -> list[Way]:
    """The paths that are drawn as tiles: those that are on, where there are not too many."""
    on = [way for way in cone.paths if way.is_on]
    return on if len(on) <= MOST_TILES else []


def _hue(cone: Cone, way: Way) -> Role:
    """The hue of a path: of the channel it passes last."""
    return cone.thread_role(cone.script.level, way.cells[-1], way.cells[-2])


def _lanes(cone: Cone) -> tuple[int, ...]:
    """The channels that paths pass last: each has a lane in the column of a sample."""
    level = cone.script.level - 1
    return cone.channels[level] if level > cone.base else (0,)


def lay_tiles(cone: Cone, draft: Draft) -> None:
    """Every path as a tile under its sample, a lane for each channel it passes last, its weight written where there is
    room; under each column, how many there are.
    """
    paths, lanes = drawn(cone), _lanes(cone)
    places: dict[tuple[int, ...], tuple[int, int]] = {}
    rows: dict[tuple[Cell, int], int] = {}
    for way in paths:
        lane = lanes.index(way.cells[-2].channel) if len(cone.levels) > 2 else 0
        row = rows[way.cells[0], lane] = rows.get((way.cells[0], lane), -1) + 1
        places[way.at] = (lane, row)
    slot = cone.slot(cone.close, cone.base) / len(lanes)
    pitch = min(104.0, (cone.form.height - 156 - 130 - cone.top) / (1 + max(rows.values(), default=0)))
    texts = [way.weight.text for way in paths]
    is_written = (
        max(rows.values(), default=0) < 5 and len(paths) > 0 and cone.is_written(text * len(lanes) for text in texts)
    )
    size = benches.fitting(0.9 * slot - 12, texts)
    for way in paths:
        lane, row = places[way.at]
        x = cone.at(cone.close, way.cells[0]) + (lane - (len(lanes) - 1) / 2) * slot
        y = cone.top + 34 + pitch * (row + 0.5)
        _lay_tile(cone, draft, way, (x, y), (0.92 * slot, pitch - 8), size if is_written else 0.0)
    signs = [way.weight.value for way in paths]
    said = (["Faint: a weight below 0."] if min(signs, default=0) < 0 else []) + (["A dot: 0."] if 0 in signs else [])
    if said:
        pieces.remark(draft, ("signs",), " ".join(said))
    _lay_counts(cone, draft)


def _lay_tile(
    cone: Cone,
    draft: Draft,
    way: Way,
    at: tuple[float, float],
    room: tuple[float, float],
    size: float,
    zeros: bool = False,
) -> None:
    """The weight of a path as a tile, from the dot that it passes last; written where it has a ``size``. A zero is a
    dot, with its number only where ``zeros`` have room for it beside.
    """
    key, (x, y) = ("way", *way.at), at
    more: dict[str, Any] = dict(copy_of=_passed(cone, way)) if len(cone.levels) > 2 else {}
    tiles.tile(draft, key, way.weight, _hue(cone, way), x, y, *room, **more)
    if size and (zeros or way.weight.value):
        light = 0.0 if way.weight.value > 0 else FULL
        beside = 0.0 if way.weight.value else size
        shown = words(way.weight.text, x + beside, y, size, light=light, about=way.weight.about)
        draft.put("tile", (*key, "digits"), shown.at(rides=(*key, "bar")))


def lay_fan(cone: Cone, draft: Draft, paths: list[Way]) -> None:
    """The weights of one sample's paths, large, where their threads leave room: a row for each step that they pass
    last, a column for each channel. Only where :func:`has_fan` says so.
    """
    lanes, form = _lanes(cone), cone.form
    steps = sorted({way.cells[-2].step for way in paths})
    left = _fan_left(cone, paths) + 20
    width = min(260.0, (form.width - form.margin - left) / len(lanes))
    top, bottom = cone.heights()[cone.levels[-2]] + 30, form.height - 156.0
    pitch = min(124.0, (bottom - top) / len(steps))
    sizes = [size for size in (PARTIAL, TEXT) if 1.2 * size < pitch]
    size = benches.fitting(0.96 * width - 24, [way.weight.text for way in paths], [*sizes, SMALL])
    for way in paths:
        x = form.width - form.margin - width * (len(lanes) - lanes.index(way.cells[-2].channel) - 0.48)
        y = bottom - pitch * (len(steps) - steps.index(way.cells[-2].step) - 0.5)
        _lay_tile(cone, draft, way, (x, y), (0.96 * width, pitch - 8), size, True)


def _fan_left(cone: Cone, paths: list[Way]) -> float:
    """The right end of what paths of one sample reach below the last dots."""
    xs = [cone.x(cone.close, cone.levels[-2], way.cells[-2]) or 0.0 for way in paths]
    return max(*xs, cone.x(cone.close, cone.script.level, cone.cell) or 0.0)


def has_fan(cone: Cone, paths: list[Way]) -> bool:
    """Whether the weights of one sample's paths have room beside their threads, in every format."""
    if len(cone.levels) != 3 or len(paths) < 2 or len({way.cells[-2].step for way in paths}) > 4:
        return False
    free = len(cone.places) + 1 - (_fan_left(cone, paths) - cone.close.left) / cone.close.pitch
    room = free * NARROWEST / (len(cone.places) + 1) - 20
    return benches.fitting(0.96 * room / len(_lanes(cone)) - 4, [way.weight.text for way in paths], (SMALL, 0.0)) > 0


def _passed(cone: Cone, way: Way) -> Key:
    """The dot that a path passes last."""
    return (*cone.key(cone.script.level - 1, way.cells[-2]), "bar")


def _lay_counts(cone: Cone, draft: Draft) -> None:
    """How many paths that are on start at each step, as a sum."""
    y, axis = foot_line(cone), cone.close
    counts: dict[int, int] = {}
    for own in cone.shown:
        counts[own.cell.step] = counts.get(own.cell.step, 0) + own.on
    keys: list[Key] = [("counted", step) for step in counts]
    numbers, places = [*counts.values()], [axis.x(step) for step in counts]
    if len(cone.shown) == len(cone.ways.joined) > 1:
        keys, numbers = [*keys, ("counted", "all")], [*numbers, cone.ways.count - cone.ways.off]
        places.append(axis.right + axis.pitch / 2)
    size = benches.fitting(0.55 * axis.pitch, [f"{number:,}" for number in numbers], _sizes(cone))
    pieces.note(draft, ("counted",), "paths", cone.form.margin, y)
    marks = [words(f"{number:,}", x, y, size) for number, x in zip(numbers, places, strict=True)]
    for key, mark in zip(keys, marks, strict=True):
        draft.put("counts", key, mark)
    for key, mark, after in zip(keys, marks, marks[1:], strict=False):
        sign = "=" if key == keys[-2] and keys[-1] == ("counted", "all") else "+"
        if after.left - mark.right > 40 and after.x - mark.x < 1.5 * axis.pitch:
            x = (mark.right + after.left) / 2
            draft.put("counts", (*key, "sign"), words(sign, x, y, size, "quiet", rides=key))


def _sizes(cone: Cone) -> tuple[float, ...]:
    """The sizes of numbers under the columns."""
    return (TEXT, SMALL) if cone.form.is_narrow else (PARTIAL, TEXT, SMALL)


def foot_line(cone: Cone) -> float:
    """The y of the line of numbers under the columns."""
    return cone.form.height - 156 - 40


def quick(place: int, count: int, lasts: float) -> float:
    """The seconds of one of many like it: the first two slowly, the others in three seconds together, or less."""
    return lasts if place < 2 else min(0.45 * lasts, 3.0 / max(1, count - 2))


def tile_cues(cone: Cone) -> list[Cue]:
    """The last sample's paths go home first, slowly; then the others, faster. Their sum is written when all are."""
    paths, cues = drawn(cone), []
    for place, own in enumerate(reversed(cone.shown)):
        mine = [("way", *way.at, "bar") for way in paths if way.cells[0] == own.cell]
        first = [
            key for key, level, _, source in cone.edges(cone.paths) if level == cone.base + 1 and source == own.cell
        ]
        beat, lasts = motion.ENTER + place, quick(place, len(cone.shown), 1.2)
        cues.append(Cue((*mine, *first), beat, lasts))
        cues.append(Cue((("counted", own.cell.step),), beat + (0.6 if own == cone.shown[0] else 0)))
    upper = {key for key, level, *_ in cone.edges(cone.paths) if level > cone.base + 1}
    output, last = (*cone.key(cone.script.level, cone.cell), "bar"), motion.ENTER + len(cone.shown)
    equals = ("counted", cone.shown[-1].cell.step, "sign")
    return [*cues, Cue((*upper, output), last - 1, 0.5), Cue((equals, ("counted", "all")), last)]


def lay_stacks(cone: Cone, draft: Draft) -> None:
    """The weights of each sample's paths as a two-lane stack, and the weight it ends at, written below."""
    axis, paths = cone.close, drawn(cone)
    highest = max(float(own.plus) for own in cone.shown)
    lowest = min(min(float(own.plus + own.minus), 0.0) for own in cone.shown)
    gap = 34 if cone.form.is_narrow else 60
    top, bottom = cone.top + gap, foot_line(cone) - gap
    unit = benches.unit_of(bottom - top, highest - lowest, [way.weight.value for way in paths], 64.0)
    foot, slot = bottom + lowest * unit, cone.slot(axis, cone.base)
    pieces.baseline(draft, ("floor",), axis.left, axis.right, foot)
    for own in cone.shown:
        x, width = cone.at(axis, own.cell), 0.29 * slot
        stack = _bricks(own, [way for way in paths if way.cells[0] == own.cell], cone)
        _, end = tiles.lanes(draft, stack, x - 0.17 * slot, foot, unit, width)
        key, made = ("joined", *own.cell), tuple((*brick.key, "bar") for brick in stack)
        at, whole = x + 0.33 * slot, is_whole(own.weight)
        pieces.column(draft, key, own.weight, at, foot, width, unit, "kernel", True, whole, made_of=made)
        if own.minus and own.weight.value:
            reach = line("quiet", x + 0.15 * slot, end, at + width / 2, end, dash=5, size=2, z=1, rides=(*key, "bar"))
            draft.put("stacks", (*key, "link"), reach)
        if unit > 40 and is_whole(*(brick.number for brick in stack)):
            for brick in stack:
                mark = draft.marks[(*brick.key, "bar")]
                light = 0.0 if brick.number.value > 0 else FULL
                inside = benches.fitting(width - 14, [brick.number.text], (TEXT, SMALL)) if unit > 46 else SMALL
                shown = words(brick.number.text, mark.x, mark.y, inside, light=light, rides=(*brick.key, "bar"))
                draft.put("stacks", (*brick.key, "digits"), shown)
    written = writable(cone, (own.weight.text for own in cone.shown))
    room = slot if len(written) > 1 else 3 * slot
    size = benches.fitting(room, [own.weight.text for own in written], _sizes(cone))
    pieces.note(draft, ("joined",), "weights" if len(written) > 1 else "weight", cone.form.margin, foot_line(cone))
    for own in written:
        shown = words(own.weight.text, cone.at(axis, own.cell), foot_line(cone), size, about=own.weight.about)
        draft.put("stacks", ("joined", *own.cell, "sum"), shown.at(rides=("joined", *own.cell, "bar")))


def writable(cone: Cone, texts: Iterable[str]) -> list[Joined]:
    """The samples whose numbers are written: all where there is room for them, else that of the told path."""
    if cone.is_written(texts):
        return list(cone.shown)
    return [own for own in cone.shown if cone.told is not None and own.cell == cone.told.cells[0]]


def _bricks(own: Joined, paths: Iterable[Way], cone: Cone) -> list[Brick]:
    """The bricks of a sample's stack, channel by channel: its paths, and what those that are not drawn add up to. What
    climbs begins with a channel's lowest tile, what comes down with its highest: none passes another on its way.
    """
    stack = [Brick(("way", *way.at), way.weight, _hue(cone, way)) for way in paths if way.weight.value]
    for sign, total in ((1, own.plus), (-1, own.minus)):
        rest = total - sum((brick.number.value for brick in stack if brick.number.value * sign > 0), Fraction(0))
        if rest:
            stack.append(Brick(("way", "rest", *own.cell, sign), Number(rest, ""), "bias"))
    climbing, falling = ([b for b in stack if (b.number.value > 0) == plus] for plus in (True, False))
    return sorted([*climbing[::-1], *falling], key=lambda brick: str(brick.role))


def stack_cues(cone: Cone) -> list[Cue]:
    """The told path's sample first, its pluses, then its minuses; then the others, at once."""
    assert cone.told is not None
    cues = []
    for own in cone.shown:
        told = own.cell == cone.told.cells[0]
        beat = motion.MOVE + (0 if told else 2)
        for plus in (True, False):
            ways = [way for way in drawn(cone) if way.cells[0] == own.cell and (way.weight.value > 0) == plus]
            cues.append(Cue(tuple(("way", *way.at) for way in ways), beat + 0.5 * (told and not plus), 1.2))
        cues.append(Cue((("joined", *own.cell, "bar"),), beat + 1, 0.8))
    return cues


def stair_cues(cone: Cone) -> list[Cue]:
    """The products fall one after the other, the first ones slowly, each with its number after it; then the output
    rises.
    """
    keys: list[Key] = [("share", *own.cell) for own in cone.shown] + [key for key, *_ in addends(cone)]
    cues = []
    for place, key in enumerate(keys):
        cues.append(Cue(((*key, "bar"),), motion.ENTER + place, quick(place, len(keys), 0.9), "down first"))
    return [*cues, Cue(((*cone.key(cone.script.level, cone.cell), "bar"),), motion.ENTER + len(keys))]


def lay_kernel(cone: Cone, draft: Draft, products: bool) -> Axis:
    """The samples, their weights on a card below them, and with ``products`` the staircase of weight times sample up
    to the output.
    """
    rest = addends(cone)
    axis, shown = cone.axis(1 + len(rest)), cone.shown
    under = 52.0 if rest else 0.0
    texts = [f"+{own.product.text}" for own in shown] + [benches.factor(own.weight) for own in shown]
    written = writable(cone, texts)
    largest = SMALL if cone.form.is_narrow else TEXT
    every = len(written) == len(shown)
    size = benches.fitting(cone.slot(axis, cone.base) - 8, texts, (largest, SMALL)) if every else largest
    samples = benches.extent(own.sample.value for own in shown)
    weights = benches.extent(own.weight.value for own in shown)
    stairs = [own.product.value for own in shown] + [number.value for _, number, _ in rest]
    reached = benches.extent(benches.levels(stairs)) if products else (0.0, 0.0)
    whole = is_whole(*(own.product for own in shown))
    bottom, above = cone.form.height - 156.0 - under, size + 26
    room = bottom - benches.TOP - 52 - (3 if products else 2) * above - 40
    values = [number for own in shown for number in (own.sample.value, own.weight.value, own.product.value)]
    unit = benches.unit_of(room, sum(samples + weights + reached), values)
    alike = whole and unit > 14  # lower bricks cannot be counted: then every row has the room it needs
    if not alike:
        bottom, room = bottom - 56, room - 56
        pieces.remark(draft, ("scales",), "Each row is drawn to a scale of its own.")
    units = (unit, unit, unit) if alike else _own_units(room, (samples, weights, reached), products)
    foot = cone.samples(draft, None, [own.cell for own in written], size, axis, units[0])
    middle = foot + samples[1] * units[0] + 20 + above + weights[0] * units[1]
    ends = (foot + samples[1] * units[0] + 20, middle + weights[1] * units[1] + 18)
    pieces.card(draft, ("kernel",), axis.left, axis.right - 0.02 * axis.pitch, *ends, "kernel")
    pieces.name(draft, ("kernel",), "one kernel", middle)
    width = cone.width(axis)
    for own in shown:
        key = ("joined", *own.cell)
        one = is_whole(own.weight)
        pieces.column(draft, key, own.weight, cone.at(axis, own.cell), middle, width, units[1], "kernel", True, one)
        if own in written:
            pieces.digits(draft, key, benches.factor(own.weight), size=size)
    if products:
        floor = bottom - reached[1] * units[2] - 10
        _lay_stairs(cone, draft, axis, rest, floor, units[2], size, written, bottom)
    return axis


def _own_units(room: float, rows: tuple[tuple[float, float], ...], products: bool) -> tuple[float, float, float]:
    """A unit for each row: samples, weights and staircase share the room, the staircase has the most of it."""
    shares = (0.22, 0.28, 0.5) if products else (0.4, 0.6, 0.0)
    samples, weights, stairs = (
        room * share / sum(row) if sum(row) else 1.0 for share, row in zip(shares, rows, strict=True)
    )
    return samples, weights, stairs


def _lay_stairs(
    cone: Cone,
    draft: Draft,
    axis: Axis,
    rest: list[tuple[Key, Number, Role]],
    floor: float,
    unit: float,
    size: float,
    written: list[Joined],
    bottom: float,
) -> None:
    """The products of weights and samples, head to tail, with the other addends, up to the output."""
    pieces.baseline(draft, ("floor",), axis.left, axis.right + (len(rest) + 1) * axis.pitch, floor)
    made, copies, stairs = {}, {}, []
    for own in cone.shown:
        key = ("share", *own.cell)
        stairs.append((key, own.product, "kernel", cone.at(axis, own.cell)))
        copies[key] = (*cone.key(cone.base, own.cell), "bar")
        made[key] = (("joined", *own.cell, "bar"), copies[key])
    first = axis.right + axis.pitch / 2
    end, width = first + len(rest) * axis.pitch, cone.width(axis)
    every = [*stairs, *((key, number, role, first + n * axis.pitch) for n, (key, number, role) in enumerate(rest))]
    said = [("share", *own.cell) for own in written] + [key for key, *_ in rest]
    whole = is_whole(*(number for _, number, *_ in every))
    pieces.staircase(
        draft, ("share",), every, floor, unit, width, made, copies, said, size, whole, until=end - width / 2
    )
    for key, *_ in rest:
        at, number = draft.marks[(*key, "bar")], draft.marks.get((*key, "digits"))
        pieces.note(draft, key, key[0], at.x, bottom + 34, 0)
        if number is not None and number.width > axis.pitch - 10:
            del draft.marks[(*key, "digits")]
    total, parents = cone.script.output(*cone.cell), tuple((*key, "bar") for key, *_ in every)
    key, wide = cone.key(cone.script.level, cone.cell), min(pieces.WIDEST, 0.6 * axis.pitch)
    room = axis.pitch if rest or len(written) > 1 else 2.4 * axis.pitch
    sizes = (PARTIAL, TEXT, SMALL) if cone.form.is_narrow else (HERO, PARTIAL, TEXT, SMALL)
    big = benches.fitting(room, [total.text], sizes)
    pieces.result(draft, key, total, end, floor, unit, wide, "output", big, whole, parents)
    said_total, margin = draft.marks[(*key, "digits")], cone.form.width - cone.form.margin
    if said_total.right > margin:
        draft.change([(*key, "digits")], x=margin - said_total.width / 2)


def addends(cone: Cone) -> list[tuple[Key, Number, Role]]:
    """What the output is the sum of besides the samples that are shown: those that are not, and the biases."""
    rest: list[tuple[Key, Number, Role]] = []
    others = [own for own in cone.ways.joined if own not in cone.shown]
    if others:
        total = sum((own.product.value for own in others), Fraction(0))
        rest.append((("rest",), cone.script.written(total), "bias"))
    if cone.ways.bias is not None:
        rest.append((("bias",), cone.script.written(cone.ways.bias), "bias"))
    return rest
