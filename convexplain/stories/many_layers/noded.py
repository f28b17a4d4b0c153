"""The numbers between the inputs and the output as dots, and threads to and from them: what layers are before anything
is worked out.

A dot is what opens into a row, and below it hangs the number that the next layer multiplies it with. This module knows
rows and their places; when a dot opens a story says.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

from convexplain.board import pieces, tiles
from convexplain.board.marks import CARD, DIGIT, SMALL, TEXT, Draft, Key, Role, plate
from convexplain.board.text import words
from convexplain.stories import bench
from convexplain.stories.many_layers.tiled import GAP, NAMES, NARROWEST, SIZES, Row, Rows, fits
from convexplain.stories.many_layers.web import FEW, THICK

BETWEEN, APART, FAN, TAP = 0.6, 24.0, 54.0, 0.8
"""Between the dots of two steps, in dots; how far threads of one place are apart, and spread, at most; how wide a
number of the next layer is, in dots, at most.
"""
FIRST, LAST = 0.4, 0.64
"""The heights of dots and of what hangs below them, between the samples and the one kernel."""

Ends: TypeAlias = list[tuple[Key, float, list[float], Role]]
"""Where threads end: how their keys begin, the place, the places that they come from, and their hue."""


class Nodes(Rows):
    """Rows, and each number that they make as a dot."""

    @cached_property
    def nodes(self) -> list[Row]:
        """Of each number of the next layer one row, step by step."""
        found = {(row.step, row.channel): row for row in reversed(self.rows)}
        return [found[cell] for cell in sorted(found)]

    @cached_property
    def _dots(self) -> list[float]:
        """Where the dots stand, in their pitch, and last where they end: those of a step stand closer together."""
        steps = sorted({row.step for row in self.nodes})
        places = [n + 0.5 + BETWEEN * steps.index(row.step) for n, row in enumerate(self.nodes)]
        return [*places, places[-1] + 0.5]

    @cached_property
    def is_hung(self) -> bool:
        """Whether each dot says its number, and below it hangs the one of the next layer that multiplies it: where it
        is in one row alone, and all have room, in every format.
        """
        if not (self.is_written and 0 < len(self.nodes) == self.count):
            return False
        pitch, factors = NARROWEST / self._dots[-1], (f"×{row.weight.text}" for row in self.rows)
        return fits(pitch / 2, (row.inner.text for row in self.rows)) and fits(0.86 * TAP * pitch, factors)

    @property
    def middle(self) -> float:
        """The height of the dots, or of the one kernel where a single layer is told."""
        return self._between(FIRST if self.is_hung else 0.54)

    def _between(self, share: float) -> float:
        """A height between the samples and the one kernel."""
        return self.foot + share * (self.low - self.foot)

    def layers(self, first: int) -> str:
        """All from one on: ``layer 2``, ``layers 2 and 3``, ``layers 2 to 4``."""
        between = "and" if self.level - first == 1 else "to"
        return f"layers {first} {between} {self.level}" if self.level > first else f"layer {first}"

    def web(self, draft: Draft) -> None:
        """Threads from the inputs to a dot for each number of the next layer, or to the place of the one kernel, and
        from there to the output, which stands.
        """
        output, shown = draft.marks[*self.key, "digits"], [self.x(own.cell) for own in self.cone.shown]
        ends: Ends = self._laid(draft) if self.rows else [(("edge", x), x, [x], "kernel") for x in shown]
        on: Ends = [((*key, "out"), self.form.within(output.x, FAN), [x], role) for key, x, _, role in ends]
        _bundle(draft, ends, self.top - NAMES, self.middle)
        _bundle(
            draft, on, self._between(LAST) if self.is_hung else self.middle, output.y - DIGIT * output.size / 2 - GAP
        )

    def factor(self, draft: Draft, row: Row, x: float, y: float, width: float, sign: str = "×") -> None:
        """The number that the next layer multiplies a row with: as a factor or, without the ``sign``, as one before a
        bracket.
        """
        size = min(
            bench.fitting(0.86 * width, [f"{sign}{own.weight.text}" for own in self.rows], SIZES), self.sized([])
        )
        scale = self.scale(self.tall, [own.weight for own in self.rows])
        box, key = (x, y, width, self.tall), ("tap", *row.at)
        self.tile(draft, key, row.weight, "output", box, scale, sign + row.weight.text, size)

    def _laid(self, draft: Draft) -> Ends:
        """The dots, with their numbers where these are written, and what is left out; and where threads end."""
        y, small, ends, texts = self.middle, self.form.small, Ends(), [row.inner.text for row in self.nodes]
        pitch = (self.axis.right - self.axis.left) / self._dots[-1]
        half = min(36.0, 0.35 * pitch)
        size, low = bench.fitting(1.6 * half, texts, (TEXT, small, SMALL)), self._between(LAST)
        for row, place in zip(self.nodes, self._dots[:-1], strict=True):
            x, role, about = self.axis.left + place * pitch, self.role(row.channel), row.inner.about
            ends.append((("edge", *row.at), x, [self.x(piece.cells[0]) for piece in row.pieces], role))
            dot = plate(role, x - half, y - half, x + half, y + half, radius=half, about=about, z=-3)
            key = row.key if row is self.first[row.channel] else ("dot", *row.at)  # the first opens into its row
            draft.put("dot", (*key, "card"), dot.at(light=CARD, edge=1.0, size=4.0) if self.is_hung else dot)
            if self.is_hung:
                draft.put("dot", (*row.key, "digits"), words(row.inner.text, x, y, size, role, about=about))
                tiles.thread(draft, ("edge", *row.at, "on"), (x, y), (x, low), role, size=THICK[True], z=-4)
                self.factor(draft, row, x, low, min(self.tap, TAP * pitch))
        if more := self.count - len(self.rows):
            pieces.note(draft, ("rest",), f"{more:,} more", self.axis.right + GAP, y)
        names = [("name", f"layer {self.base + 1}", y)] + [("second", self.layers(self.base + 2), low)] * self.is_hung
        for name, said, y in names:
            draft.put("layers", ("layer", name), words(said, self.form.margin, y, small, "quiet", -1))
        return ends


def _bundle(draft: Draft, ends: Ends, top: float, bottom: float) -> None:
    """Threads from one height to another, side by side where several begin or end."""
    every = [((*key, n), x, to, role) for key, to, read, role in ends for n, x in enumerate(read)]
    above, below = [(x, to) for _, x, to, _ in every], [(to, x) for _, x, to, _ in every]
    for key, x, to, role in every:
        start, end = (x + _aside(above, x, to), top), (to + _aside(below, to, x), bottom)
        tiles.thread(draft, key, start, end, role, size=THICK[len(every) <= FEW], z=-4)


def _aside(every: list[tuple[float, float]], x: float, to: float) -> float:
    """How far aside of its place a thread ends, of all with both their places: not near the next place."""
    others, places = sorted(other for own, other in every if own == x), sorted({own for own, _ in every})
    room = min([FAN, *(0.6 * (after - own) for own, after in pairwise(places))])
    return min(APART, room / len(others)) * (others.index(to) - (len(others) - 1) / 2)
