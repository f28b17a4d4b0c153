"""The paths to one output, gathered by the sample they start at: the towers of their weights, one sum each.

The layout of boards on which every column is a sample. This module knows a cone and pieces; which of it stands on which
board a story says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import product
from typing import TypeVar

from convexplain.board import pieces, staging, tiles
from convexplain.board.marks import COLUMN, CONTEXT, FILM, FULL, MINUS, PARTIAL, SMALL, TEXT, Cue, Draft, Key, bar
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.board.tiles import JOINT, Brick
from convexplain.layers import Cell
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers import views
from convexplain.stories.many_layers.cone import Edge
from convexplain.stories.many_layers.views import wide
from convexplain.stories.many_layers.walked import Term, addend, lay_sum, lay_tap
from convexplain.stories.many_layers.ways import Joined
from convexplain.stories.many_layers.web import Web, inscribed

T = TypeVar("T")

MOST_TILES, MOST_TALL, MOST_TILED = 240, 58.0, (2, 4)
"""So many paths have a tile each, more are summed; a tile of a tower is at most so high; towers of at most so many are
tiles with their numbers in every format, where a calculation stands below the output and where it stands beside it.
"""
FAN, HIGH, GAP = 194.0, 84.0, 16.0
"""In a film, how high over the output the sums end, how high these are, and what is between a tower and its sum."""
LEAST, BROAD = 26.0, 0.92
"""The lowest tile that has room for its number; and how broad one is at most, of its place."""
AFTER = 0.7
"""Seconds from one sample to the next, where many follow."""


def tall(cone: Web, most: int) -> float:
    """How high tiles are where towers have at most so many."""
    share = cone.form.height / FILM.height
    room = cone.heights[cone.script.level] - (FAN + HIGH + GAP) * share - (cone.top + 24)
    return min(MOST_TALL, room / max(1, most))


def paced(every: Sequence[T], lasts: float, beat: float = staging.ENTER) -> Iterator[tuple[T, float, float]]:
    """Things alike, one after the other, each with its beat and its seconds: the first two slowly, the others in three
    seconds together, or less.
    """
    fast = min(0.45 * lasts, 3.0 / max(1, len(every) - 2))
    for place, one in enumerate(every):
        yield one, beat + place, lasts if place < 2 else fast


class Towers:
    """The weights of each sample's paths, one above the other under their sample, and below these what they add up to.

    Where all can be written they are tiles of one height with their numbers, else bars as high as their numbers are
    large, faint where these are below zero.
    """

    def __init__(self, cone: Web) -> None:
        self.cone, self.form = cone, cone.form
        on = [way for way in cone.paths if way.is_on]  # in the order of the dots they pass
        on = sorted(on * (len(on) <= MOST_TILES), key=lambda way: (cone.at(cone.levels[1], way.cells[1]), way.at))
        self.ways = {own: [way for way in on if way.cells[0] == own.cell] for own in cone.shown}
        self.stacks = {own: self._bricks(own) for own in cone.shown}
        self.told = next(filter(cone.is_told, cone.shown))
        self.bricks, most = sum(self.stacks.values(), list[Brick]()), max(map(len, self.stacks.values()))
        numbers = [*(brick.number for brick in self.bricks), *(own.weight for own in cone.shown)]
        self.texts = [number.text for number in numbers]
        low, full = (cone if self.form == form else Web(cone.script, form, cone.base) for form in (COLUMN, FILM))
        widest, slots = max(map(wide, self.texts)), (one.close.slot(one.base) for one in (low, full))
        has_room = most <= MOST_TILED[cone.has_aside(COLUMN)] and widest <= BROAD * min(slots)
        has_room &= tall(low, most) >= LEAST
        self.is_written = has_room and all(brick.number.text for brick in self.bricks)
        self._measure(most)
        self._spread()

    def _bricks(self, own: Joined) -> list[Brick]:
        """The weights of a sample's paths, and what those that are not drawn add up to."""
        every = [(way, self.cone.edges([way])[-1].role) for way in self.ways[own] if way.weight.value]
        stack = [Brick(way.key, way.weight._replace(text=addend(way.weight)), role) for way, role in every]
        for sign, total in ((1, own.plus), (-1, own.minus)):
            rest = total - sum((way.weight.value for way, _ in every if way.weight.value * sign > 0), Fraction(0))
            stack += [Brick(("way", "rest", *own.cell, sign), Number(rest, ""), "bias")] if rest else []
        return stack

    def _spread(self) -> None:
        """How wide towers are, as their samples where that does, and how large the numbers in them."""
        slot, widest = self.cone.close.slot(self.cone.base), max(map(wide, self.texts))
        self.width = max(min(views.BROAD, 0.75 * slot), min(BROAD * slot, widest + 16))
        self.large = bench.fitting(self.width - 12, self.texts, (TEXT, SMALL)[self.tall < 1.15 * TEXT :])

    def _measure(self, most: int) -> None:
        """Where towers of at most so many tiles, or of bars, stand, and their sums below them."""
        cone, share = self.cone, self.form.height / FILM.height
        self.bottom, top = cone.heights[cone.script.level] - FAN * share, cone.top + 24
        self.high, self.gap, self.tall = HIGH * share, GAP * share, tall(cone, most)
        room = self.bottom - top - self.gap
        height = max(sum(abs(float(brick.number.value)) for brick in stack) for stack in self.stacks.values())
        up, down = bench.extent(own.weight.value for own in cone.shown)
        self.said = cone.close.size(cone.base, (own.weight for own in self.stacks))
        """How large the sums under bars are written; 0 where only the told one has room."""
        self.unit = (room - (self.said or SMALL) - 14) / (height + up + down or 1.0)
        self.floor = self.bottom - self.high - self.gap if self.is_written else top + height * self.unit
        self.foot = self.bottom - down * self.unit

    def _rise(self, number: Number) -> float:
        return self.tall if self.is_written else abs(float(number.value)) * self.unit

    def lay(self, said: str, to: Cell | None = None) -> Draft:
        """A board with all towers and their sums, and threads from there to the output, or ``to`` the next."""
        cone, written = self.cone, self.is_written
        draft = (cone.beside if to else cone.close).draft(said)
        cone.lay_samples(draft, is_next=to is not None)
        cone.lay_output(draft, to)
        middle = self.bottom - self.high / 2
        tallest = max(sum(self._rise(brick.number) for brick in stack) for stack in self.stacks.values())
        pieces.name(draft, ("paths",), "weights", self.floor - tallest / 2 + 11 if written else self.floor)
        pieces.name(draft, ("joined",), "their sum", middle + 11 if written else self.foot)
        if to and written:
            xs, half = [cone.at(cone.base, own.cell) for own in self.stacks], self.width / 2 + 6
            box = min(xs) - half, max(xs) + half, self.bottom - self.high - 4, self.bottom + 4
            pieces.card(draft, ("joined",), *box, "kernel")
        if not written:
            pieces.baseline(draft, ("kernel",), cone.close.axis.left, cone.close.axis.right, self.foot)
        for own, above in zip(self.stacks, cone.then if to else cone.near, strict=True):
            x, key, weight = cone.at(cone.base, own.cell), ("joined", *own.cell), own.weight
            ends = cone.height(cone.base, above), self._tower(draft, own, x, self.floor)
            for n, edge in enumerate(every := self._left(own)):
                at, role = x + 12.0 * (n - (len(every) - 1) / 2), edge.role if written else "kernel"
                tiles.thread(draft, edge.key, (at, ends[0]), (at, ends[1]), role, z=-1, size=cone.thick())
            if written:
                self._tile(draft, key, x, middle, (self.width, self.high), weight)
            else:
                made = tuple((*brick.key, "bar") for brick in self.stacks[own])
                pieces.column(draft, key, weight, x, self.foot, self.width, self.unit, "kernel", made_of=made, z=4)
                if size := self.said or SMALL * (own is self.told):
                    pieces.digits(draft, key, weight.text, size=size)
            light = FULL if weight.value else CONTEXT
            cone.strand(draft, ("strand", *own.cell), own, self.bottom, light=light, size=cone.thick())
        if not written:
            pieces.lift(draft, [("joined", *own.cell) for own in self.stacks])
            pieces.clear_of_name(draft, ("joined",), [("joined", *own.cell, "digits") for own in self.stacks])
        return draft

    def _left(self, own: Joined) -> list[Edge]:
        """What is left of a sample's paths side by side: their first threads, or one of these over bars."""
        cone, low = self.cone, self.cone.levels[1]
        ways = [way for way in cone.paths if way.is_on and way.cells[0] == own.cell]
        every = [edge for edge in cone.edges(ways) if edge.level == low]
        every.sort(key=lambda edge: cone.at(low, edge.cell))
        return every if self.is_written else every[len(every) // 2 :][:1]

    def _tower(self, draft: Draft, own: Joined, x: float, floor: float) -> float:
        """The weights of a sample's paths, as a sum is written. Returns its top."""
        level = top = floor - sum(self._rise(brick.number) for brick in self.stacks[own])
        for key, number, role in self.stacks[own]:
            rise = self._rise(number)
            shade = FULL if self.is_written or number.value > 0 else MINUS + 0.14
            joint, y = JOINT if rise > 4 * JOINT else 0.0, level + rise / 2
            mark = bar(role, x, level + rise, self.width, rise - joint, light=shade, about=number.about)
            draft.put("tower", (*key, "bar"), mark.at(radius=min(6.0, rise / 4), z=1))
            if self.is_written:
                text = words(number.text, x, y, self.large, about=number.about).at(**inscribed(role))
                draft.put("tower", (*key, "digits"), text.at(rides=(*key, "bar"), z=5))
            level += rise
        return top

    def _tile(self, draft: Draft, key: Key, x: float, y: float, room: tuple[float, float], weight: Number) -> None:
        """The one weight of a sample, as a tile about a point."""
        sizes = [size for size in (PARTIAL, TEXT, SMALL) if size <= room[1]]
        size = bench.fitting(room[0] - 12, self.texts, sizes)
        lay_tap(draft, key, weight, "kernel", (x, y), room, size)
        draft.change({(*key, "bar"), (*key, "digits")} & draft.marks.keys(), z=4)

    def cues(self) -> list[Cue]:
        """The web goes, then one sample after the other, the told one and those from the right on, as a dense web goes,
        or else from the left on: its threads, its weights come, or move below them, then their sum.
        """
        cone, others = self.cone, list(self.stacks) if self.is_written else list(reversed(self.stacks))
        order, low = [self.told, *(own for own in others if own is not self.told)], cone.levels[1]
        shown, is_hung = (cone.key(cone.base, self.told.cell)[:1], ("name", "paths")), cone.column > 0
        cues = [Cue(shown, staging.LEAVE, 0.4)]
        waits = [(n > 0) * 0.5 + AFTER * n * min(1.0, 5 / len(order)) for n in range(len(order))]
        for n, cell in enumerate([*reversed(cone.read[low])] * (not self.is_written)):  # where it is in the way
            gone = (e.key for e in cone.every if (low, cell) in ((e.level, e.cell), (e.level - 1, e.source)))
            late = waits[n * len(order) // len(cone.read[low])]
            cues.append(Cue((cone.key(low, cell), *gone), staging.ENTER, 0.5, after=late))
        for own, wait in zip(order, waits, strict=True):
            key, many, is_moved = ("joined", *own.cell), len(self.stacks[own]), is_hung and own is self.told
            how = ("down first" if is_hung else "fade") * self.is_written  # a tile comes with its number
            for place, brick in enumerate(self.stacks[own]):
                late = wait + (0.1 + 0.45 * place * min(1.0, 4 / many)) * (not is_hung)
                cues.append(Cue((brick.key,), staging.ENTER, 0.5 * (1 + is_hung), how, after=late))
            cues.append(Cue(tuple(edge.key for edge in self._left(own)), staging.ENTER, 1.0, after=wait))
            late, how = wait + 1.0 * (not is_moved), "fade" * (self.is_written and own is not self.told)
            cues.append(Cue((key,), staging.ENTER, 0.5, how, after=late))
        cues.append(Cue((("name", "joined"),), staging.ENTER, 0.4, after=1.0))
        cues.append(Cue((("strand",),), staging.ENTER, 0.8, after=late + 0.3))
        return [*cues, Cue((("joined", *self.told.cell, "taps"),), staging.LEAVE, 0.4)]

    # the told sample's weights

    def lay_told(self, draft: Draft) -> None:
        """Beside the output what the weights of the told sample's paths add up to."""
        cone, told, key = self.cone, self.told, ("joined", *self.told.cell)
        width, right = max(wide(text, TEXT) for text in self.texts) + 30, self.form.width - self.form.margin
        said = ["the sum of their weights", "their sum", ""] if told.on > 1 else ["its weight", ""]
        if told.on > 1 and self.is_written:
            said.insert(0, phrases.added([way.weight.text for way in self.ways[told]], "").rstrip())
        for text, size in product(said, cone.sizes):
            if wide(text, size) <= right - width - 14 - cone.aside:
                break
        x = lay_sum(draft, (*key, "taps"), [Term(text)], cone.aside, right, cone.work, (size,)) + 14 + width / 2
        self._tile(draft, key, x, cone.work, (width, self.high), told.weight)
        # Where they have no room they are left out: they are about nothing.
        draft.change([key for key in draft.marks if key[0] in ("way", "joined")], about=None)
