"""Edges: which sample meets which tap for which output, drawn as lines from one row to the row below.

An edge always runs from what is read to what is computed, also where a story reads it from its other end: so it keeps
its key and its place. Its tint is its tap's. This module knows points and roles; which edges there are, a layer says
and a story passes on.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

from convexplain.board.marks import FULL, Draft, Key, Role, line

THICK, THIN, BEHIND = 6.0, 2.0, 0.5
"""Of an edge that is meant, and of one that stands by; and the light of this."""
MANY = 60
"""From so many edges on, those that stand by are faint."""


class Edge(NamedTuple):
    """One edge. ``padded`` says that nothing stands at its beginning: a zero of the padding is read."""

    key: Key
    """The data's own: ``("edge", level, output step, k)`` where there is one channel."""
    role: Role
    start: tuple[float, float]
    end: tuple[float, float]
    padded: bool = False
    about: tuple[Any, ...] | None = None


def tint(k: int, taps: int) -> Role:
    """The role of a tap of a kernel of ``taps``, in a story with one channel."""
    return f"tap {k / max(1, taps - 1):.3f}"


def lay(
    draft: Draft, edges: Iterable[Edge], lit: Collection[Key] | None = None, gap: float = 0.0, size: float = THICK
) -> None:
    """Edges as lines that begin and end ``gap`` units from their ends. Those ``lit`` (all when None) are thick and have
    their tint; the others are thin and all of one role.
    """
    for edge in edges:
        length = math.dist(edge.start, edge.end)
        share = min(0.5, gap / length) if length else 0.0
        points = (*between(edge.start, edge.end, share), *between(edge.end, edge.start, share))
        meant = lit is None or edge.key in lit
        role, thick, light = (edge.role, size, FULL) if meant else ("context", THIN, BEHIND)
        mark = line(role, *points, size=thick, light=light, z=meant - 2.0, about=edge.about)
        draft.put("edge", edge.key, mark.at(dash=8.0 * edge.padded))


def between(start: tuple[float, float], end: tuple[float, float], share: float) -> tuple[float, float]:
    """The point at a share of the way: where the number of an edge stands, beside it."""
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
