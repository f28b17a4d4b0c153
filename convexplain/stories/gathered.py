"""The paths to one output, gathered by the sample they start at: as stacks of plus and minus, as one kernel.

The layout of boards on which every column is a sample. This module knows a cone and pieces; which of it stands on which
board a story says.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from convexplain.board import motion, pieces, tiles
from convexplain.board.marks import FULL, PARTIAL, SMALL, TEXT, Cue, Draft, Key, Role, line
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.board.tiles import Brick
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.cone import MOST_TILES, Cone, is_whole
from convexplain.stories.walked import bracketed
from convexplain.stories.ways import Joined, Way


def drawn(cone: Cone) -> list[Way]:
    """The paths that are drawn as tiles: those that are on, where there are not too many."""
    on = [way for way in cone.paths if way.is_on]
    return on if len(on) <= MOST_TILES else []


def hue(cone: Cone, way: Way) -> Role:
    """The hue of a path: of the channel it passes last."""
    return cone.thread_role(cone.script.level, way.cells[-1], way.cells[-2])


def ways_of(cone: Cone, cell: Cell) -> list[Way]:
    """The drawn paths that start at a sample."""
    return [way for way in drawn(cone) if way.cells[0] == cell]


def in_order(cone: Cone, paths: Iterable[Way]) -> list[Way]:
    """The paths of one sample in the order of the dots they pass."""
    return sorted(paths, key=lambda way: (cone.x(cone.close, cone.levels[1], way.cells[1]) or 0.0, way.at))


def passed(cone: Cone, way: Way) -> Key:
    """The dot that a path passes last."""
    return (*cone.key(cone.script.level - 1, way.cells[-2]), "bar")


def foot_line(cone: Cone) -> float:
    """The y of the line of numbers under the columns."""
    return cone.form.height - 156 - 40


def quick(place: int, count: int, lasts: float) -> float:
    """The seconds of one of many like it: the first two slowly, the others in three seconds together, or less."""
    return lasts if place < 2 else min(0.45 * lasts, 3.0 / max(1, count - 2))


def block_cues(cone: Cone) -> list[Cue]:
    """One sample after the other, the one farthest from the output first, so that no thread passes a block that stands:
    each block comes from the dot that its path passes, at the end of its thread. What a dot led to goes with the last
    of these.
    """
    end = cone.x(cone.close, cone.script.level, cone.cell) or 0.0
    ordered = sorted(cone.shown, key=lambda own: -abs(cone.at(cone.close, own.cell) - end))
    cues, gone, pause, late = list[Cue](), dict[Key, float](), min(0.9, 2.4 / len(ordered)), 0.0
    for own in ordered:
        ways = in_order(cone, ways_of(cone, own.cell))[::-1]
        for way in ways:
            (thread, *_), *below = cone.edges([way])
            cues.append(Cue((thread, ("way", *way.at, "bar")), motion.MOVE, 0.9, after=late))
            gone |= {key: late for key, *_ in below}
            late += pause / (2 * len(ways))
        late += pause / 2
    rest = [(name, "level", level) for name in ("name", "note") for level in cone.levels[1:]]
    last = (*cone.key(cone.script.level, cone.cell), "bar")
    cues += [Cue((key,), motion.MOVE, 0.4, after=when) for key, when in gone.items()]
    return [
        *cues,
        Cue((*rest, last, (*last[:-1], "digits")), motion.MOVE, 0.5, after=max(0.0, late - pause)),
        Cue(tuple(("way", *way.at, "taps") for way in drawn(cone)), motion.ENTER + 1),
    ]


def lay_stacks(cone: Cone, draft: Draft, summed: bool) -> None:
    """The weights of each sample's paths as a two-lane stack of blocks, each with what it is the product of; when
    ``summed``, the weight that the stack ends at beside it, written below.
    """
    axis, paths = cone.close, drawn(cone)
    highest = max(float(own.plus) for own in cone.shown)
    lowest = min(min(float(own.plus + own.minus), 0.0) for own in cone.shown)
    gap = 34 if cone.form.is_narrow else 60
    top, bottom = cone.top + (14 if cone.form.is_narrow else 44), foot_line(cone) - gap
    unit = benches.unit_of(bottom - top, highest - lowest, [way.weight.value for way in paths], 88.0)
    foot, slot = bottom + lowest * unit, cone.slot(axis, cone.base)
    width = min(0.3 * slot, pieces.WIDEST)
    stacks = {own: _bricks(own, ways_of(cone, own.cell), cone) for own in cone.shown}
    pieces.baseline(draft, ("kernel",), axis.left, axis.right, foot)
    pieces.name(draft, ("kernel",), "weights", foot)
    for own, stack in stacks.items():
        apart = (width + 14) / 2 if stack and summed else 0.0  # stack and sum stand about their sample together
        x = cone.at(axis, own.cell) - apart
        _, end = tiles.lanes(draft, stack, x, foot, unit, width)
        draft.change([(*brick.key, "bar") for brick in stack], z=2)  # a thread ends behind its block
        lane = tiles.reach(stack, width) if stack else 0.0
        written = unit > 40 and is_whole(*(brick.number for brick in stack))
        if written:
            for brick in stack:
                mark = draft.marks[(*brick.key, "bar")]
                light = 0.0 if brick.number.value > 0 else FULL
                inside = benches.fitting(width - 8, [brick.number.text], (TEXT, SMALL)) if unit > 46 else SMALL
                shown = words(brick.number.text, mark.x, mark.y, inside, light=light, rides=(*brick.key, "bar"), z=3)
                draft.put("stacks", (*brick.key, "digits"), shown)
        if not summed:
            _lay_origins(cone, draft, own, written)
            continue
        key, at = ("joined", *own.cell), x + lane + 14 + width / 2
        made = tuple((*brick.key, "bar") for brick in stack)
        bricks = is_whole(own.weight)
        pieces.column(draft, key, own.weight, at, foot, width, unit, "kernel", bricks=bricks, made_of=made)
        if own.minus and own.weight.value:
            left = x - lane + (width + 10 if own.plus else 0)
            reach = line("quiet", left, end, at + width / 2, end, dash=5, size=2, z=1, rides=(*key, "bar"))
            draft.put("stacks", (*key, "link"), reach)
    if summed:
        _lay_sums(cone, draft, stacks)


def _lay_origins(cone: Cone, draft: Draft, own: Joined, written: bool) -> None:
    """From a sample to the stack of its blocks the threads that they came on, and where it is ``written`` beside each
    block the taps that it is the product of.
    """
    start = (cone.at(cone.close, own.cell), cone.heights()[cone.base])
    for sign in (1, -1) if len(cone.levels) == 3 else ():
        lane = [way for way in in_order(cone, ways_of(cone, own.cell)) if way.weight.value * sign > 0]
        marks = [draft.marks["way", *way.at, "bar"] for way in lane]
        for place, (way, mark) in enumerate(zip(lane, marks, strict=True)):
            key, level, to, source = next(iter(cone.edges([way])))
            end = mark.left + mark.width * (place + 1) / (len(lane) + 1), min(other.top for other in marks) + 4
            role, about = cone.thread_role(level, to, source), ("term", level, *to, *key[-2:])
            tiles.thread(draft, key, start, end, role, cone.thickness, z=-1, about=about)
            draft.change([("way", *way.at, "bar")], copy_of=passed(cone, way))
            side = 1 if own.plus and (sign < 0 or not own.minus) else -1
            x, said = mark.x + side * (mark.width / 2 + 12), " × ".join(map(bracketed, way.taps))
            shown = words(said, x, mark.y, 40.0, align=-side, rides=("way", *way.at, "bar"))
            if written and not cone.form.is_narrow and shown.right < cone.form.width - 4:
                draft.put("stacks", ("way", *way.at, "taps"), shown)


def _lay_sums(cone: Cone, draft: Draft, stacks: dict[Joined, list[Brick]]) -> None:
    """Below each stack what it adds up to, as a sum where there is room for that; of the told path's sample alone where
    there is none for all.
    """
    slot, y, narrow = cone.slot(cone.close, cone.base), foot_line(cone), cone.form.is_narrow
    every = cone.size(cone.close, cone.base, (own.weight for own in stacks)) > 0
    written = [own for own in stacks if every or (cone.told is not None and own.cell == cone.told.cells[0])]
    room, sizes = slot if every else 3 * slot, (TEXT, SMALL) if narrow else (PARTIAL, TEXT, SMALL)
    size = benches.fitting(room, [own.weight.text for own in written], sizes)
    added = {own: [brick.number.text for brick in stack] for own, stack in stacks.items()}
    texts = {own: phrases.added(numbers, "") if len(numbers) > 1 else "" for own, numbers in added.items()}
    is_told = every and all(text for numbers in added.values() for text in numbers)
    sums = [f"{text}{own.weight.text}" for own, text in texts.items()]
    sized = benches.fitting(1.1 * slot, sums, (TEXT, 42.0, 38.0, SMALL, 0.0)) if is_told else 0.0
    for own in written:
        terms, key = texts[own] if sized else "", ("joined", *own.cell)
        wide = advance(runs_of(f"{terms}{own.weight.text}")) * (sized or size)
        right = cone.at(cone.close, own.cell) + wide / 2
        shown = words(own.weight.text, right, y, sized or size, "kernel", 1, about=own.weight.about)
        draft.put("stacks", (*key, "sum"), shown.at(rides=(*key, "bar")))
        if terms:
            draft.put("stacks", (*key, "terms"), words(terms, shown.left, y, sized, align=1, rides=(*key, "bar")))
    said = "added up" if sized else "sums" if every else "sum"
    pieces.note(draft, ("joined",), said, cone.form.margin, y)


def _bricks(own: Joined, paths: Iterable[Way], cone: Cone) -> list[Brick]:
    """The bricks of a sample's stack, what adds first, hue by hue, and what those that are not drawn add up to."""
    ordered = sorted(in_order(cone, paths), key=lambda way: (way.weight.value < 0, way.cells[-2].channel))
    stack = [Brick(("way", *way.at), way.weight, hue(cone, way)) for way in ordered if way.weight.value]
    for sign, total in ((1, own.plus), (-1, own.minus)):
        rest = total - sum((brick.number.value for brick in stack if brick.number.value * sign > 0), Fraction(0))
        if rest:
            stack.append(Brick(("way", "rest", *own.cell, sign), Number(rest, ""), "bias"))
    return stack


def sum_cues(cone: Cone) -> list[Cue]:
    """The told path's sample first, then the others at once."""
    assert cone.told is not None
    told = ("joined", *cone.told.cells[0], "bar")
    others = [("joined", *own.cell, "bar") for own in cone.shown]
    return [Cue(tuple(others), motion.ENTER + 1, 0.8), Cue((told,), motion.ENTER, 0.8)]


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
