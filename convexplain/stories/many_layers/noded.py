"""The numbers between the inputs and the output as dots, and threads to and from them: what layers are before anything
is worked out.

A dot is what opens into a row. This module knows rows and their places; when one opens a story says.
"""

from __future__ import annotations

from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

from convexplain.board import pieces, tiles
from convexplain.board.marks import CARD, DIGIT, SMALL, TEXT, Draft, Key, Role, plate
from convexplain.board.text import words
from convexplain.stories import bench
from convexplain.stories.many_layers.tiled import GAP, NAMES, NARROWEST, Row, Rows, fits
from convexplain.stories.many_layers.web import FEW, THICK

BETWEEN, APART, FAN = 0.6, 24.0, 54.0
"""Between the dots of two steps, in dots; how far threads of one place are apart, and spread, at most."""

Ends: TypeAlias = list[tuple[Key, float, list[float], Role]]
"""Where threads end: how their keys begin, the place, the places that they come from, and their hue."""


class Nodes(Rows):
    """Rows, and each number that they make as a dot."""

    @cached_property
    def nodes(self) -> list[Row]:
        """Of each number of the next layer one row, step by step."""
        found = {(row.step, row.channel): row for row in reversed(self.rows)}
        return [found[cell] for cell in sorted(found)]

    @property
    def middle(self) -> float:
        """The height of the dots, or of the one kernel where a single layer is told."""
        return 0.46 * self.foot + 0.54 * self.low

    def web(self, draft: Draft) -> None:
        """Threads from the inputs to a dot for each number of the next layer, or to the place of the one kernel, and
        from there to the output, which stands.
        """
        output, shown = draft.marks[*self.key, "digits"], [self.x(own.cell) for own in self.cone.shown]
        ends: Ends = self._dots(draft) if self.rows else [(("edge", x), x, [x], "kernel") for x in shown]
        on: Ends = [((*key, "out"), self.form.within(output.x, FAN), [x], role) for key, x, _, role in ends]
        _bundle(draft, ends, self.top - NAMES, self.middle)
        _bundle(draft, on, self.middle, output.y - DIGIT * output.size / 2 - GAP)

    def _dots(self, draft: Draft) -> Ends:
        """The dots, with their numbers where these are written, and what is left out."""
        y, small, steps, ends = self.middle, self.form.small, sorted({row.step for row in self.nodes}), Ends()
        places = [n + BETWEEN * steps.index(row.step) for n, row in enumerate(self.nodes)]
        many, texts = places[-1] + 1, [row.inner.text for row in self.nodes]
        is_said, pitch = (
            self.is_written and fits(NARROWEST / many / 2, texts),
            (self.axis.right - self.axis.left) / many,
        )
        half = min(36.0, 0.35 * pitch)
        size = bench.fitting(1.6 * half, texts, (TEXT, small, SMALL))
        for row, place in zip(self.nodes, places, strict=True):
            x, role, about = self.axis.left + (place + 0.5) * pitch, self.role(row.channel), row.inner.about
            ends.append((("edge", *row.at), x, [self.x(piece.cells[0]) for piece in row.pieces], role))
            dot = plate(role, x - half, y - half, x + half, y + half, radius=half, about=about)
            draft.put("dot", (*row.key, "card"), dot.at(light=CARD, edge=1.0, size=4.0) if is_said else dot)
            if is_said:
                draft.put("dot", (*row.key, "digits"), words(row.inner.text, x, y, size, role, about=about))
        if more := self.count - len(self.rows):
            pieces.note(draft, ("rest",), f"{more:,} more", self.axis.right + GAP, y)
        draft.put("layers", ("layer", "dots"), words(f"layer {self.base + 1}", self.form.margin, y, small, "quiet", -1))
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
