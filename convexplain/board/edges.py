"""Edges: which sample meets which tap for which output, drawn as lines from one row to the row below.

An edge always runs from what is read to what is computed, also where a story reads it from its other end: so it keeps
its key and its place. Its tint is its tap's. This module knows points and roles; which edges there are, a layer says
and a story passes on.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from typing import Any, NamedTuple

from convexplain.board.marks import CONTEXT, FULL, SMALL, Draft, Key, Mark, Role, dot, line
from convexplain.board.text import words

THICK, THIN = 6.0, 2.0
"""Of an edge that is meant, and of one that stands by."""
NODE = 18.0
"""The width of the dot at which edges end."""

MANY, MOST = 60, 200
"""From so many edges on, those that stand by are faint; of still more, only the outer ones of each fan are drawn."""


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
    draft: Draft,
    edges: Iterable[Edge],
    lit: Collection[Key] | None = None,
    rest: Role = "context",
    gap: float = 0.0,
    curve: bool = False,
    size: float = THICK,
) -> None:
    """Edges as lines that begin and end ``gap`` units from their ends. Those ``lit`` (all when None) are thick and have
    their tint; the others are thin and all of one role. A curve leaves and arrives vertically.
    """
    for edge in edges:
        meant = lit is None or edge.key in lit
        start, end = shortened(edge.start, edge.end, gap)
        points: tuple[float, ...] = (*start, *end)
        if curve:
            middle = (start[1] + end[1]) / 2
            points = (*start, start[0], middle, end[0], middle, *end)
        mark = line(
            edge.role if meant else rest,
            *points,
            size=size if meant else THIN,
            light=FULL,
            dash=8.0 if edge.padded else 0.0,
            curve=curve,
            z=-1.0 if meant else -2.0,
            about=edge.about,
        )
        draft.put("edge", edge.key, mark)


def at_rest(taps: Sequence[int], fans: int) -> tuple[int, ...]:
    """The taps whose edges are drawn where nothing is meant: all, or those at either end of a fan."""
    return tuple(taps) if len(taps) * fans <= MOST else (taps[0], taps[-1])


def node(draft: Draft, key: Key, x: float, y: float, role: Role = "ink", lit: bool = True, **more: Any) -> Mark:
    """The dot in which edges meet."""
    return draft.put("node", key, dot(role if lit else "context", x, y, NODE if lit else 0.7 * NODE, **more))


def empty(draft: Draft, key: Key, x: float, y: float, above: bool = True, lit: bool = True) -> None:
    """A place outside the signal, where an edge reads a zero: a hollow dot with a quiet 0."""
    role = "quiet" if lit else "context"
    draft.put("empty", (*key, "place"), dot(role, x, y, 12, hollow=True, light=FULL if lit else 2 * CONTEXT))
    if lit:
        at = y - 30 if above else y + 30
        draft.put("empty", (*key, "zero"), words("0", x, at, SMALL, "quiet", rides=(*key, "place")))


def shortened(
    start: tuple[float, float], end: tuple[float, float], gap: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """The stretch between two points without ``gap`` units at either end."""
    length = math.dist(start, end)
    share = min(0.5, gap / length) if length else 0.0
    return between(start, end, share), between(end, start, share)


def between(start: tuple[float, float], end: tuple[float, float], share: float) -> tuple[float, float]:
    """The point at a share of the way: where the number of an edge stands, beside it."""
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share
