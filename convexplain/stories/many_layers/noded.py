"""The numbers between the inputs and the output as dots, and threads to and from them: what layers are before anything
is worked out.

A dot is what opens into a row. This module knows rows and their places; when one opens a story says.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import NamedTuple, TypeAlias

from convexplain.board import pieces, tiles
from convexplain.board.marks import CARD, DIGIT, SMALL, TEXT, Draft, Key, Role, plate
from convexplain.board.text import words
from convexplain.stories import bench
from convexplain.stories.many_layers.tiled import GAP, NAMES, NARROWEST, Row, Rows, fits
from convexplain.stories.many_layers.views import wide
from convexplain.stories.many_layers.web import FEW, THICK

BETWEEN, APART, FAN = 0.6, 24.0, 54.0
"""Between the dots of two steps, in dots; how far threads of one place are apart, and spread, at most."""

Thread: TypeAlias = tuple[Key, float, float, Role]
"""Its key, where it begins and where it ends, and its hue."""


class End(NamedTuple):
    """Where threads end: how their keys begin, its place, the places that they come from, and their hue."""

    key: Key
    x: float
    read: list[float]
    role: Role


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
        return (self.foot + self.low) / 2

    def web(self, draft: Draft) -> None:
        """Threads from the inputs to a dot for each number of the next layer, or to the place of the one kernel, and
        from there to the output, which stands.
        """
        output, shown = draft.marks[*self.key, "digits"], [self.x(own.cell) for own in self.cone.shown]
        ends = self._dots(draft) if self.rows else [End(("edge", x), x, [x], "kernel") for x in shown]
        to: list[Thread] = [((*end.key, n), x, end.x, end.role) for end in ends for n, x in enumerate(end.read)]
        on: list[Thread] = [((*end.key, "out"), end.x, output.x, end.role) for end in ends]
        _bundle(draft, to, self.top - NAMES, self.middle)
        _bundle(draft, on, self.middle, output.y - DIGIT * output.size / 2 - GAP)

    def _dots(self, draft: Draft) -> list[End]:
        """The dots, with their numbers where these are written, and what is left out."""
        y, small, steps = self.middle, self.form.small, sorted({row.step for row in self.nodes})
        places = [n + BETWEEN * steps.index(row.step) for n, row in enumerate(self.nodes)]
        pitch, texts = (self.axis.right - self.axis.left) / (places[-1] + 1), [row.inner.text for row in self.nodes]
        is_said, high = self.is_written and fits(NARROWEST / (places[-1] + 1) - 24, texts), min(72.0, 0.7 * pitch)
        size = bench.fitting(0.8 * high, texts, (TEXT, small, SMALL))
        half, ends = max([high, *(wide(text, size) + 20 for text in texts * is_said)]) / 2, list[End]()
        for row, place in zip(self.nodes, places, strict=True):
            x, role, about = self.axis.left + (place + 0.5) * pitch, self.role(row.channel), row.inner.about
            ends.append(End(("edge", *row.at), x, [self.x(piece.cells[0]) for piece in row.pieces], role))
            dot = plate(role, x - half, y - high / 2, x + half, y + high / 2, radius=high / 2, about=about)
            draft.put("dot", (*row.key, "card"), dot.at(light=CARD, edge=1.0, size=4.0) if is_said else dot)
            if is_said:
                draft.put("dot", (*row.key, "digits"), words(row.inner.text, x, y, size, role, about=about))
        if more := self.count - len(self.rows):
            pieces.note(draft, ("rest",), f"{more:,} more", self.axis.right + GAP, y)
        draft.put("layers", ("layer", "name"), words(f"layer {self.base + 1}", self.form.margin, y, small, "quiet", -1))
        return ends


def _bundle(draft: Draft, every: Sequence[Thread], top: float, bottom: float) -> None:
    """Threads from one height to another, side by side where several begin or end."""
    for key, x, to, role in every:
        ends = [sorted(own[2] for own in every if own[1] == x), sorted(own[1] for own in every if own[2] == to)]
        aside = [_aside(ends[0].index(to), len(ends[0])), _aside(ends[1].index(x), len(ends[1]))]
        tiles.thread(
            draft, key, (x + aside[0], top), (to + aside[1], bottom), role, size=THICK[len(every) <= FEW], z=-4
        )


def _aside(place: int, many: int) -> float:
    """How far aside of its place one of many threads begins or ends."""
    return min(APART, FAN / many) * (place - (many - 1) / 2)
