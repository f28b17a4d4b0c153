"""The web of paths from close by: samples, dots, and threads from cell to cell, side by side in the order of the cells
they lead to.

Levels stand below each other, and the output at the bottom. This module knows a cone; which cells and threads are meant
a story says.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any

from convexplain.board import pieces, tiles
from convexplain.board.marks import CONTEXT, FULL, SMALL, TEXT, Draft, Format, Key, Role, bar
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers.cone import Cone, Edge
from convexplain.stories.many_layers.views import wide
from convexplain.stories.many_layers.ways import Joined, Way
from convexplain.stories.script import Script
from convexplain.style import MINUS

FEW, THICK = 40, (2.5, 4.0)
"""So many paths are few; and how thick threads are among many and among few."""
APART, BESIDE, ABOVE = 30.0, 40.0, 30.0
"""Threads of one cell are at most so far apart; so far from the output is a calculation beside it, and above a dot its
kernel.
"""
SIZES = (TEXT, 36.0, SMALL)
"""How large numbers in tiles and dots are."""
DOT, MOST_SAID = 56.0, 48.0
"""Dots with less room stand below each other; a number that is written into the output's dot is at most so wide, in the
smallest size.
"""


def inscribed(role: Role) -> dict[str, Any]:
    """How words look on a tile of a role: dark on the hue of a channel, which is bright in every theme, like the
    ground on what is darker on paper.
    """
    return dict(role="dark") if str(role).startswith("channel") else dict(role="ink", light=0.0)


class Web(Cone):
    """What one output sees from close by, and the threads of all paths to it."""

    def __init__(self, script: Script, form: Format, base: int) -> None:
        super().__init__(script, form, base)
        self.out, count = self.close.x(script.level, script.cell), len(self.levels) - 1
        """Where the output stands; below are the heights of all."""
        up, down = bench.extent(values := [number.value for number in self.samples.values()])
        high, more, below = (0.13, 0.1, 80.0) if bench.is_low(form) else (0.15, 0.25, 104.0)
        if self.is_striped:  # weights have their place between the last kernel and the output
            more, below = -0.25, below - 48.0
        self.unit = bench.unit_of(high * form.height, up + down, values, 44.0 if self.is_striped else 50.0)
        self.foot = bench.TOP + 48.0 * self.close.is_ruled + up * self.unit
        self.top = self.foot + down * self.unit + 6
        self.bead = 92.0 if self.is_said else 60.0
        for under in (below, 172.0)[not self.has_aside(form) :]:
            bottom = form.height - 156.0 - under
            self.share = (bottom - self.top - 14) / (count + more)
            self.heights = {n: self.top + 14 + self.share * (at + more * (at > 0)) for at, n in enumerate(self.levels)}
            if bottom - self.tapped(self.levels[-1]) > 80:
                break
        self.is_left = under < 172  # whether a calculation stands beside the output, or under it
        self.work = bottom if self.is_left else form.height - 214.0  # its middle

    # places

    @property
    def is_said(self) -> bool:
        """Whether the output's number has room in its dot."""
        return all(wide(self.script.output(*cell).text) < MOST_SAID for cell in (self.cell, self.next or self.cell))

    def has_aside(self, form: Format) -> bool:
        """Whether a format has room for the told path's products beside the output."""
        told, axis = self.told, self.close.axis
        share = (self.out - axis.left) / (axis.right - axis.left)
        widest = wide(f"{phrases.times(*told.taps)} = {told.weight.text}") if told else 0
        room = (1 - share) * (form.width - form.margin - form.names) - self.bead / 2 - BESIDE
        return len(self.layers) < 4 and widest < room

    @property
    def sizes(self) -> tuple[float, ...]:
        """How large a calculation beside the output is."""
        return (SMALL,) if self.form.points else (TEXT, self.form.small, SMALL)

    @property
    def aside(self) -> float:
        """Where a calculation begins: beside the output, or at the left."""
        return self.out + self.bead / 2 + BESIDE if self.is_left else self.form.names

    def at(self, level: int, cell: Cell) -> float:
        """Where a cell stands from close by."""
        return self.close.x(level, cell)

    def lane(self, level: int) -> float:
        """How far the channels of a level between stand below each other: not at all where dots have room abreast."""
        many = len(self.channels[level]) - 1
        if not self.base < level < self.script.level or many < 2 or self.close.slot(level) >= DOT:
            return 0.0
        return max(6.0, min(0.14 * self.share, 2 * (self.share - self.strip - self.bead / 2 - 30.0) / many, DOT))

    def over(self, level: int, cell: Cell) -> float:
        """How far a cell stands below the first of its channels."""
        return self.lane(level) * self.channels[level].index(cell.channel)

    def under(self, level: int) -> float:
        """How far the last channel of a level stands below the first."""
        return self.lane(level) * (len(self.channels[level]) - 1)

    def height(self, level: int, cell: Cell) -> float:
        """Where a dot stands from close by, or a sample ends."""
        if level == self.base:
            return self.foot + 3 + max(0.0, -float(self.samples[cell].value)) * self.unit
        return self.heights[level] + self.over(level, cell) - self.under(level) / 2

    def tapped(self, level: int) -> float:
        """Where the tap of a path lies that leads to a level: below the cell that it is multiplied with."""
        free = -4.0 if level - 1 == self.base else (self.under(level - 1) + self.disc(level - 1)) / 2 + 16
        return self.heights[level - 1] + free + self.strip / 2

    @property
    def weighed(self) -> float:
        """Where a path's weight lies on its thread: below the last tap of the path; 0 where that has no room."""
        top, y = self.levels[-1], self.tapped(self.levels[-1]) + self.strip + 26
        return y if self.is_striped and self.heights[top] - self.bead / 2 - y > self.strip / 2 + 40 else 0.0

    def disc(self, level: int) -> float:
        """How wide the dot of a cell is."""
        share, most = 1.1 if self.lane(level) else 0.7, self.form.height / 15
        return self.bead if level == self.script.level else min(most, share * self.close.slot(level))

    # cells

    def lay_samples(self, draft: Draft, lit: Collection[Cell] | None = None, is_next: bool = False) -> None:
        """The samples, with numbers where these fit in every format; others than ``lit`` recede. Or the next's."""
        size = self.close.size(self.base, self.samples.values())
        view, numbers = (self.beside, self.then) if is_next else (self.close, self.near)
        view.lay_name(draft, self.base, self.foot)
        view.lay_row(draft, self.base, numbers, self.foot, self.unit, size, lit)
        if not size and lit is not None and len(lit) == 1:
            (cell,), said = lit, SMALL if self.form.is_narrow else TEXT
            pieces.digits(draft, self.key(self.base, cell), self.near[cell].text, size=said)
            pieces.lift(draft, [self.key(self.base, cell) for cell in self.near])

    def lay_dots(self, draft: Draft, lit: Collection[tuple[int, Cell]] = (), off: bool = False) -> None:
        """The output, and the cells between as dots; where some are ``lit``, others are faint. With ``off``, what a
        relu switches off is hollow.
        """
        for level in self.levels[1:-1]:
            self.close.lay_name(draft, level, self.heights[level] + 11)
            cells = [cell for cell in self.read[level] if self.close.has(level, cell)]
            numbers = [self.script.number(("cell", level, *cell)) for cell in cells]
            sizes, texts = SIZES[-1:] if self.form.points else SIZES, [number.text for number in numbers]
            has_room = self.close.size(level, numbers, 1.6) and max(map(wide, texts)) < MOST_SAID - 8
            size = bench.fitting(self.disc(level) - 20, texts, sizes) * bool(has_room)
            for cell in cells:
                is_lit, is_hollow = (level, cell) in lit if lit else None, off and not self.is_on(level, cell)
                self._dot(draft, level, cell, self.at(level, cell), size, is_lit, is_hollow)
        self.lay_output(draft)

    def lay_output(self, draft: Draft, to: Cell | None = None) -> None:
        """The output as a dot, with its number where that fits in every format; or ``to`` is the next."""
        self.close.lay_name(draft, self.levels[-1], self.heights[self.levels[-1]] + 11)
        self._dot(draft, self.levels[-1], to or self.cell, self.out, TEXT * self.is_said)

    def _dot(
        self, draft: Draft, level: int, cell: Cell, x: float, size: float, lit: bool | None = None, hollow: bool = False
    ) -> None:
        """A cell that threads pass, to a renderer a bar, which it was. Its number goes where the paths through it are
        told, as weights know nothing of it; that of what is off says why.
        """
        y, width, role = self.height(level, cell), self.disc(level), self.role(level, cell.channel)
        key, number = self.key(level, cell), self.script.number(("cell", level, *cell))
        look = dict[str, Any](light=CONTEXT if lit is False else FULL, hollow=hollow, size=3.0 * hollow, z=2)
        mark = bar(role, x, y + width / 2, width, width, about=number.about, **look)
        draft.put("dot", (*key, "bar"), mark.at(radius=width / 2))
        if size and (lit is None or hollow):
            look = dict[str, Any](role="quiet") if hollow else inscribed(role)
            written = words(number.text, x, y, size, about=number.about, rides=(*key, "bar"), z=3)
            draft.put("dot", (*key, "digits"), written.at(**look))

    # threads

    @cached_property
    def every(self) -> list[Edge]:
        """All threads."""
        return self.edges(self.paths)

    @cached_property
    def column(self) -> float:
        """How wide above a dot a number of its kernel is, and below it the weight of a path that takes it; 0 where some
        format has no room for all of them.
        """
        if not self.weighed:
            return 0.0
        low = self.levels[1]
        taps = [edge.number for edge in self.every if edge.level == low]
        weights = [way.weight._replace(text="+" + way.weight.text.lstrip(MINUS)) for way in self.paths]
        parts = len(taps) // len(self.read[low])
        return min(0.92 * self.close.slot(low) / parts, 110.0) * bool(self.close.size(low, taps + weights, parts))

    @property
    def above(self) -> float:
        """Where the middles of these kernels are."""
        low = self.levels[1]
        return self.heights[low] - self.disc(low) / 2 - ABOVE - self.strip / 2

    @cached_property
    def hangs(self) -> dict[Way, float]:
        """Where the weight of each path hangs: under its number of the kernel above the dot."""
        ends = self.placed(self.every)
        return {way: ends[self.edges([way])[0].key, False] for way in self.paths}

    def thick(self, alone: bool = False) -> float:
        """How thick threads are, like few where they are ``alone``."""
        return THICK[len(self.paths) <= FEW or alone]

    def threads(
        self, draft: Draft, paths: Sequence[Way], fade: bool = False, lit: Sequence[Way] = (), on: Sequence[Way] = ()
    ) -> None:
        """The threads of some paths, one alone thick; with ``fade`` those of cells that a relu switches off recede, and
        those of no path that is ``lit`` where any is. Where weights hang on threads these end at the last kernel, and
        those of some paths go ``on``, one each.
        """
        alone, top, meant = len(paths) == 1, self.levels[-1], self.edges(lit)
        every = self.edges(paths) if alone else self.every
        ends, xs = self.placed(every), [self.at(top - 1, edge.source) for edge in every if edge.level == top]
        for edge in self.edges(paths):
            level, cell, source, key, own = edge.level, edge.cell, edge.source, edge.key, self.channels[edge.level]
            x, end, start = ends[key, True], ends[key, False], self.height(level - 1, source)
            is_on = not fade or (self.is_on(level - 1, source) and self.is_on(level, cell))
            is_meant, between = is_on and (not lit or edge in meant), level - 1 > self.base
            look = dict[str, Any](size=self.thick(alone), light=FULL if is_meant else CONTEXT, z=int(is_meant))
            if between and (fade or self.column):  # a hollow dot is left free
                start += self.disc(level - 1) / 2
            if level == top and self.column:
                under = x, self.tapped(level) - self.strip / 2
                tiles.thread(draft, ("stem", *key), (x, start), under, edge.role, **look)
                continue
            share = own.index(cell.channel) / (len(own) - 1) if len(own) > 1 else 0.5
            to, late = (end, self.height(level, cell) - self.disc(level) / 2 * fade), 0.5 * (share - 0.5)
            late *= 1 if x > end else -1  # of those that go the same way none crosses another at once
            if level == top:
                to, late = self._landing(xs, x)
            if self.column:  # at its tap, from which it leads on to the dot
                to, low = (end, self.above - self.strip / 2), (end, self.above + self.strip / 2)
                dot = self.at(level, cell), self.height(level, cell) - self.disc(level) / 2
                tiles.thread(draft, ("stem", *key, "low"), low, dot, edge.role, **look)
            upright = 1.5 * (self.under(level - 1) - self.over(level - 1, source)), 1.5 * self.over(level, cell)
            about = ("term", level, *cell, *edge.at)
            tiles.thread(draft, key, (x, start), to, edge.role, late, upright, about=about, **look)
        for way in on if self.column else ():
            self._hang(draft, way, way in (lit or self.paths) and (way.is_on or not fade))

    def _hang(self, draft: Draft, way: Way, is_meant: bool) -> None:
        """The thread of a path from the number it takes of the last kernel on, through the place of its weight."""
        x, edge, high = self.hangs[way], self.edges([way])[-1], self.strip - 8
        look = dict[str, Any](size=self.thick(), light=FULL if is_meant else CONTEXT, z=int(is_meant))
        start = self.at(edge.level - 1, edge.source), self.tapped(edge.level) + self.strip / 2
        under, (to, late) = (x, self.weighed + high / 2), self._landing([*self.hangs.values()], x)
        tiles.thread(draft, ("stem", *edge.key, "low", *way.at), start, under, edge.role, 0.0, (0.0, high), **look)
        tiles.thread(draft, (*edge.key, *way.at), under, to, edge.role, late, **look)

    def strand(self, draft: Draft, key: Key, own: Joined, y: float, **look: Any) -> None:
        """The one thread that is left of a sample's paths, from a height under the sample to the output."""
        x = self.at(self.base, own.cell)
        to, late = self._landing([self.at(self.base, other.cell) for other in self.shown], x)
        tiles.thread(draft, key, (x, y), to, "kernel", late, z=-1, **look)

    def _landing(self, xs: Sequence[float], x: float) -> tuple[tuple[float, float], float]:
        """Where on the output's rim the thread from an x ends, of those from ``xs`` side by side, and how late it
        crosses over: the farther it comes the later, past those that are nearer.
        """
        place, reach = sorted(xs).index(x) - (len(xs) - 1) / 2, max(abs(x - self.out) for x in xs)
        end = self.out + min(APART, 0.65 * self.bead / len(xs)) * place
        rim = math.sqrt((self.bead / 2) ** 2 - (end - self.out) ** 2)
        return (end, self.heights[self.levels[-1]] - rim), 0.36 * (abs(x - self.out) / max(1.0, reach) - 0.5)

    def placed(self, every: Sequence[Edge]) -> dict[tuple[Key, bool], float]:
        """Where threads begin (True) and end: those of a cell side by side, in the order of the cells they lead to."""
        found = dict[tuple[Key, bool], float]()
        for is_start in (True, False):
            met = defaultdict[tuple[int, Cell], list[tuple[float, Key]]](list)
            for edge in every:
                both = (edge.level - 1, edge.source), (edge.level, edge.cell)
                met[both[not is_start]].append((self.at(*both[is_start]), edge.key))
            for (level, cell), keys in met.items():
                room = 0.5 * self.close.slot(level) if level == self.base else 0.6 * self.disc(level)
                is_tap = self.column > 0 and level == self.levels[1] and not is_start
                apart = self.column if is_tap else min(APART, room / len(keys))
                for n, (_, key) in enumerate(sorted(keys, key=lambda pair: pair[0])):
                    found[key, is_start] = self.at(level, cell) + apart * (n - (len(keys) - 1) / 2)
        return found
