"""The web of paths: threads from cell to cell, side by side in the order of the cells they lead to.

This module knows a cone and where its cells stand; which threads are meant a story says.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from convexplain.board import tiles
from convexplain.board.marks import CONTEXT, FULL, Draft, Key
from convexplain.board.pieces import Number
from convexplain.layers import Cell
from convexplain.stories.many_layers.cone import Cone
from convexplain.stories.many_layers.ways import Joined, Way

FEW, THICK = 40, (2.5, 4.0)
"""So many paths are few; and how thick threads are among many and among few."""
APART = 30.0
"""Threads of one cell are at most so far apart."""


class Edge(NamedTuple):
    """A thread: the level and the cell it leads to, the cell it comes from, and the tap it takes, by its key, too."""

    level: int
    cell: Cell
    source: Cell
    tap: Number
    key: Key


def edges(cone: Cone, paths: Iterable[Way]) -> dict[Key, Edge]:
    """The threads of some paths by their keys, each once."""
    found = dict[Key, Edge]()
    for way in paths:
        for n, level in enumerate(cone.levels[1:]):
            cell, end = way.cells[n + 1], 2 * (len(way.taps) - n)
            at = way.at[end - 2 : end]
            edge = Edge(level, cell, way.cells[n], way.taps[n], ("tap", level, *at, cell.channel))
            found.setdefault(("edge", level, *cell, *at), edge)
    return found


def thick(cone: Cone, alone: bool = False) -> float:
    """How thick threads are, like few where they are ``alone``."""
    return THICK[len(cone.paths) <= FEW or alone]


def column(cone: Cone) -> float:
    """How wide above a dot a number of its kernel is; 0 where some format has no room for all of them."""
    low = cone.levels[1]
    taps = [tap.number for cell in cone.read[low] for tap in cone.taps(low, cell)]
    parts = len(taps) // len(cone.read[low])
    has_room = cone.is_striped and cone.close.size(low, taps, parts)
    return 0.92 * cone.close.slot(low) / parts if has_room else 0.0


def above(cone: Cone) -> float:
    """Where the middles of these kernels are."""
    low = cone.levels[1]
    return cone.heights[low] - cone.disc(low) / 2 - 12 - cone.strip / 2


def threads(
    cone: Cone, draft: Draft, paths: Sequence[Way], alone: bool = False, fade: bool = False, lit: Collection[Key] = ()
) -> None:
    """The threads of some paths; one that is ``alone`` begins under the kernels, where these are seen; with ``fade``
    those of cells that a relu switches off recede, and those that are not ``lit`` where any is.
    """
    every, top, ends_above = edges(cone, paths if alone else cone.paths), cone.levels[-1], column(cone) > 0
    ends, output = placed(cone, every), cone.at(top, cone.cell)
    reach = max(abs(ends[key, True] - output) for key, edge in every.items() if edge.level == top)
    for key, (level, cell, source, *_) in edges(cone, paths).items():
        own = cone.channels[level]
        start, end = cone.height(level - 1, source), ends[key, False]
        meant = (not lit or key in lit) and (not fade or (cone.is_on(level - 1, source) and cone.is_on(level, cell)))
        look = dict[str, Any](size=thick(cone, alone), light=FULL if meant else CONTEXT, z=int(meant))
        role, between = cone.thread_role(level, cell, source), level - 1 > cone.base
        if between and (fade or cone.is_striped):  # a hollow dot is left free
            start += cone.disc(level - 1) / 2
        if cone.is_striped and between:
            x = ends[key, True]
            tiles.thread(draft, ("stem", *key), (x, start), (x, cone.tapped(level) - cone.strip / 2), role, **look)
        if cone.is_striped and (between or alone):  # from its tap on, which lies there
            start = cone.tapped(level) + cone.strip / 2
        share = own.index(cell.channel) / (len(own) - 1) if len(own) > 1 else 0.5
        to, late = (end, cone.height(level, cell) - cone.disc(level) / 2 * fade), 0.5 * (share - 0.5)
        late *= 1 if ends[key, True] > end else -1  # of those that go the same way none crosses another at once
        if level == top:
            to, late = _landing(cone, ends[key, True], end, reach)
        if ends_above and not between:  # at its tap
            to = end, above(cone) - cone.strip / 2
        upright = 1.5 * (cone.under(level - 1) - cone.over(level - 1, source)), 1.5 * cone.over(level, cell)
        tiles.thread(
            draft, key, (ends[key, True], start), to, role, late=late, upright=upright,
            about=("term", level, *cell, *key[-2:]), **look,
        )  # fmt: skip


def strand(cone: Cone, draft: Draft, key: Key, own: Joined, y: float, **look: Any) -> None:
    """The one thread that is left of a sample's paths, from a height under the sample to the output."""
    xs = [cone.at(cone.base, other.cell) for other in cone.shown]
    n, output = cone.shown.index(own), cone.at(cone.levels[-1], cone.cell)
    end = output + min(APART, 0.6 * cone.bead / len(xs)) * (n - (len(xs) - 1) / 2)
    to, late = _landing(cone, xs[n], end, max(abs(x - output) for x in xs))
    tiles.thread(draft, key, (xs[n], y), to, "kernel", late=late, z=-1, **look)


def _landing(cone: Cone, x: float, end: float, reach: float) -> tuple[tuple[float, float], float]:
    """Where on the output's rim a thread ends, and how late it crosses over: the farther it comes of all that reach so
    far the later, past those that are nearer.
    """
    output = cone.at(cone.levels[-1], cone.cell)
    rim = math.sqrt((cone.bead / 2) ** 2 - (end - output) ** 2)
    return (end, cone.heights[cone.levels[-1]] - rim), 0.36 * (abs(x - output) / max(1.0, reach) - 0.5)


def placed(cone: Cone, every: Mapping[Key, Edge]) -> dict[tuple[Key, bool], float]:
    """Where threads begin (True) and end: those of one cell side by side, in the order of the cells they lead to."""
    found, wide = dict[tuple[Key, bool], float](), column(cone)
    for is_start in (True, False):
        met = defaultdict[tuple[int, Cell], list[tuple[float, Key]]](list)
        for key, edge in every.items():
            both = (edge.level - 1, edge.source), (edge.level, edge.cell)
            met[both[not is_start]].append((cone.at(*both[is_start]), key))
        for (level, cell), keys in met.items():
            room = 0.5 * cone.close.slot(level) if level == cone.base else 0.6 * cone.disc(level)
            for n, (_, key) in enumerate(sorted(keys, key=lambda pair: pair[0])):
                is_tap = wide > 0 and level == cone.levels[1] and not is_start
                apart = wide if is_tap else min(APART, room / len(keys))
                found[key, is_start] = cone.at(level, cell) + apart * (n - (len(keys) - 1) / 2)
    return found
