"""The paths to one output, gathered by the sample they start at: the towers of their weights, and one sum each.

The layout of boards on which every column is a sample. This module knows a cone and pieces; which of it stands on which
board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction

from convexplain.board import motion, pieces, tiles
from convexplain.board.marks import (
    CARD,
    FULL,
    HERO,
    MINUS,
    PARTIAL,
    SMALL,
    TEXT,
    Cue,
    Draft,
    Key,
    Role,
    bar,
    plate,
)
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.board.tiles import JOINT, Brick
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.many_layers import taps
from convexplain.stories.many_layers.cone import MOST_TILES, Cone
from convexplain.stories.many_layers.walked import bracketed
from convexplain.stories.many_layers.ways import Joined, Way

MOST_TALL, MOST_TILED, GAP, STRAND = 84.0, (2, 5), 14.0, 140.0
"""A tile of a tower is at most so high; towers of at most so many are tiles with their numbers in every format, where a
calculation stands below the output and where it stands beside it; what is between a tower and its sum; how much longer
its threads are than the room above it.
"""


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


def quick(place: int, count: int, lasts: float) -> float:
    """The seconds of one of many like it: the first two slowly, the others in three seconds together, or less."""
    return lasts if place < 2 else min(0.45 * lasts, 3.0 / max(1, count - 2))


class Towers:
    """The weights of each sample's paths, one above the other under their sample, and below these what they add up to.

    Where all can be written they are tiles of one height with their numbers, else bars as high as their numbers are
    large, dim where these are below zero.
    """

    def __init__(self, cone: Cone) -> None:
        self.cone, self.form = cone, cone.form
        self.stacks = {own: _bricks(own, ways_of(cone, own.cell), cone) for own in cone.shown}
        narrow = self.form.is_narrow
        self.top, self.bottom = cone.top + (24 if narrow else 56), self.form.height - (170 if narrow else 200)
        self.slot = cone.slot(cone.close, cone.base)
        bricks, most = [brick for stack in self.stacks.values() for brick in stack], max(map(len, self.stacks.values()))
        numbers = [brick.number._replace(text=addend(brick.number)) for brick in bricks]
        numbers += [own.weight for own in cone.shown]
        self.texts = [number.text for number in numbers]
        needed = max(advance(runs_of(text)) for text in self.texts) * SMALL + 16
        self.width = 0.92 * self.slot if narrow else min(170.0, max(0.44 * self.slot, min(0.92 * self.slot, needed)))
        self.high = (0.2 if narrow else 0.24) * (self.bottom - self.top)
        room = self.bottom - self.top - (STRAND if not narrow else 0.3 * STRAND)
        self.tall = min(MOST_TALL, (room - self.high - GAP) / max(1, most))
        is_exact = all(brick.number.text for brick in bricks)
        self.is_written = (
            is_exact and most <= MOST_TILED[cone.is_left] and cone.size(cone.close, cone.base, numbers) > 0
        )
        heights = [sum(abs(float(brick.number.value)) for brick in stack) for stack in self.stacks.values()]
        up, down = benches.extent(own.weight.value for own in cone.shown)
        self.unit = (room - GAP - 2 * SMALL) / (max(heights) + up + down or 1.0)
        self.floor = self.bottom - self.high - GAP
        self.floor = self.floor if self.is_written else self.bottom - room + max(heights) * self.unit
        self.foot = self.floor + GAP + SMALL + up * self.unit

    def _size(self, sizes: tuple[float, ...]) -> float:
        return benches.fitting(self.width - 12, self.texts, sizes)

    def x(self, own: Joined) -> float:
        """Where a sample's tower stands."""
        return self.cone.at(self.cone.close, own.cell)

    def lay(self, draft: Draft, made: Collection[Joined]) -> None:
        """The towers that are ``made``, and of the others the threads and the empty places of their sums."""
        cone, middle = self.cone, self.bottom - self.high / 2
        name = self.floor - self.tall / 2 + 11 if self.is_written else self.floor
        pieces.name(draft, ("paths",), "weights", name)
        if not self.is_written and any(brick.number.value < 0 for stack in self.stacks.values() for brick in stack):
            pieces.remark(draft, ("scales",), "Dim: below zero.")
        if not self.is_written:
            pieces.baseline(draft, ("kernel",), cone.close.left, cone.close.right, self.foot)
        pieces.name(draft, ("kernel",), "their sum", middle + 11 if self.is_written else self.foot)
        for own in self.stacks:
            self._threads(draft, own, own in made)
            if own in made:
                self._tower(draft, own)
                self._sum(draft, own)
            elif self.is_written:
                x, half = self.x(own), self.width / 2
                box = plate("kernel", x - half, middle - self.high / 2, x + half, self.bottom, edge=1.0, light=0.0)
                draft.put("sums", ("asked", *own.cell), box.at(hollow=True, size=3, dash=14.0, radius=8.0))

    def _tower(self, draft: Draft, own: Joined) -> None:
        """The weights of a sample's paths, from the top down as their sum is written."""
        x, stack = self.x(own), self.stacks[own]
        size = self._size((TEXT, SMALL) if self.tall > 1.2 * TEXT else (SMALL,))
        level = self._top(own)
        for brick in stack:
            value, key = brick.number.value, (*brick.key, "bar")
            rise = self.tall if self.is_written else abs(float(value)) * self.unit
            light = FULL if value > 0 or self.is_written else MINUS + 0.14
            joint = JOINT if rise > 4 * JOINT else 0.0
            mark = bar(brick.role, x, level + rise, self.width, rise - joint, light=light, about=brick.number.about)
            tile = ("tile", *brick.key[1:])
            draft.put("tower", key, mark.at(radius=min(6.0, rise / 4), copy_of=(*tile, "bar"), z=2))
            if self.is_written:
                right = x + advance(runs_of(addend(brick.number))) * size / 2
                text = words(brick.number.text, right, level + rise / 2, size, align=1, light=0.0, rides=key, z=3)
                text = text.at(about=brick.number.about, copy_of=(*tile, "digits"))
                draft.put("tower", (*brick.key, "digits"), text)
                if value > 0:
                    plus = words("+", text.left, text.y, size, align=1, light=0.0, rides=key, z=3)
                    draft.put("tower", (*brick.key, "plus"), plus)
            level += rise
        self._factors(draft, own)

    def _top(self, own: Joined) -> float:
        stack = self.stacks[own]
        rise = sum(self.tall if self.is_written else abs(float(b.number.value)) * self.unit for b in stack)
        return self.floor - rise

    def _factors(self, draft: Draft, own: Joined) -> None:
        """Left of each tile the taps that it is the product of, where there is room for all."""
        every = [way for other in self.stacks for way in ways_of(self.cone, other.cell)]
        if not self.is_written or len(self.cone.levels) != 3 or self.form.is_narrow:
            return
        room = self.slot / 0.84 / max(1, len(self.cone.channels[self.cone.base])) - self.width - 24
        if max(advance(runs_of(factored(way))) for way in every) * SMALL > room:
            return
        for way in ways_of(self.cone, own.cell):
            if (mark := draft.marks.get(("way", *way.at, "bar"))) is not None:
                said = words(factored(way), mark.left - 12, mark.y, SMALL, align=1, rides=("way", *way.at, "bar"))
                draft.put("tower", ("way", *way.at, "taps"), said)

    def _threads(self, draft: Draft, own: Joined, meant: bool) -> None:
        """From a sample to its tower the threads of its paths, side by side."""
        cone, paths = self.cone, in_order(self.cone, ways_of(self.cone, own.cell))
        start, end = (self.x(own), cone.heights()[cone.base]), self._top(own)
        for place, way in enumerate(paths if len(cone.levels) == 3 else ()):
            key, level, to, source = next(iter(cone.edges([way])))
            x = self.x(own) + self.width * ((place + 1) / (len(paths) + 1) - 0.5)
            role, about = cone.thread_role(level, to, source), ("term", level, *to, *key[-2:])
            light = FULL if meant else CARD
            tiles.thread(draft, key, start, (x, end), role, cone.thickness, z=-1, about=about, light=light)

    def _sum(self, draft: Draft, own: Joined) -> None:
        """The one weight of a sample."""
        x, key = self.x(own), ("joined", *own.cell)
        made = tuple((*brick.key, "bar") for brick in self.stacks[own])
        if self.is_written:
            sizes = tuple(size for size in (HERO, PARTIAL, TEXT) if 1.25 * size < self.high)
            size, y = self._size((*sizes, SMALL)), self.bottom - self.high / 2
            taps.lay_tap(draft, key, own.weight, "kernel", (x, y), (self.width, self.high), size)
            if own.weight.value:
                draft.change([(*key, "bar")], made_of=made)
        else:
            cone = self.cone
            pieces.column(draft, key, own.weight, x, self.foot, self.width, self.unit, "kernel", made_of=made)
            told = is_told(cone, own)
            if size := cone.size(cone.close, cone.base, (other.weight for other in cone.shown)) or SMALL * told:
                pieces.digits(draft, key, own.weight.text, size=size)

    def cues(self, made: Sequence[Joined]) -> list[Cue]:
        """The threads draw in; then one sample after the other its weights come, as their sum is written, and it."""
        threads = tuple(key for key, level, *_ in self.cone.edges(self.cone.paths) if level == self.cone.levels[1])
        empty = (("asked",), ("name", "kernel"))
        cues, beat = [Cue(threads, motion.MOVE, 1.0), Cue(empty, motion.ENTER + 1, 0.5)], motion.ENTER
        for n, own in enumerate(made):
            lasts = quick(n, len(made), 0.8 if len(made) == 1 else 0.5)
            for place, brick in enumerate(self.stacks[own]):
                late = 0.9 * lasts * place * min(1.0, 4 / len(self.stacks[own]))
                cues.append(Cue(((*brick.key, "bar"), (*brick.key, "digits")), beat, lasts, after=late))
                beside = ((*brick.key, "taps"), (*brick.key, "plus"))
                cues.append(Cue(beside, beat, 0.3, after=late + lasts))
            key = ("joined", *own.cell)
            cues.append(Cue(((*key, "bar"), (*key, "digits"), ("asked", *own.cell)), beat + 1, lasts))
            beat += 2
        return cues


def is_told(cone: Cone, own: Joined) -> bool:
    """Whether a sample is the told one."""
    return cone.told is not None and own.cell == cone.told.cells[0]


def factored(way: Way) -> str:
    """``2 × (−2) =``"""
    return " × ".join(map(bracketed, way.taps)) + " ="


def addend(number: Number) -> str:
    """A number as an addend of a tower."""
    return f"+{number.text}" if number.value > 0 and number.text else number.text


def _bricks(own: Joined, paths: Iterable[Way], cone: Cone) -> list[Brick]:
    """The weights of a sample's paths in the order of the dots they pass, and what those that are not drawn add up
    to.
    """
    stack = [Brick(("way", *way.at), way.weight, hue(cone, way)) for way in in_order(cone, paths) if way.weight.value]
    for sign, total in ((1, own.plus), (-1, own.minus)):
        rest = total - sum((brick.number.value for brick in stack if brick.number.value * sign > 0), Fraction(0))
        if rest:
            stack.append(Brick(("way", "rest", *own.cell, sign), Number(rest, ""), "bias"))
    return stack


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
