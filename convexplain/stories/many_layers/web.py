"""The web of paths: threads from cell to cell, side by side in the order of the cells they lead to, and as thick as
their taps are large.

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
from convexplain.stories.many_layers.ways import Way

FEW, THICK, THIN, DASH = 40, (6.0, 10.0), 1.2, 10.0
"""Fewer paths than these are drawn with thicker threads: how thick the largest tap of a layer is among many and among
few; how thin the smallest; and how long the dashes are of what is below zero among few.
"""
APART, PATH = 16.0, 9.0
"""Threads of one cell are at most so far apart; and how thick those of one path are that is walked."""


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


def drawn(cone: Cone, number: Number, every: Iterable[Number]) -> dict[str, Any]:
    """How thick the thread of a number is among those of ``every``, and of a few whether it is dashed."""
    largest, few = max([0.0, *(abs(float(other.value)) for other in every)]), len(cone.paths) <= FEW
    share = abs(float(number.value)) / (largest or 1.0)
    return dict(size=max(THIN, THICK[few] * share), dash=DASH * (few and number.value < 0))


def threads(
    cone: Cone, draft: Draft, paths: Sequence[Way], size: float = 0.0, fade: bool = False, lit: Collection[Key] = ()
) -> None:
    """The threads of some paths; those of a ``size`` begin under the kernels, where these are seen; with ``fade`` those
    of cells that a relu switches off recede, and those that are not ``lit`` where any is.
    """
    every, top = edges(cone, paths if size else cone.paths), cone.levels[-1]
    ends, output = _ends(cone, every), cone.at(top, cone.cell)
    reach = max([1.0, *(abs(ends[key, True] - output) for key, edge in every.items() if edge.level == top)])
    taps = {level: [edge.tap for edge in every.values() if edge.level == level] for level in cone.layers}
    for key, (level, cell, source, tap, _) in edges(cone, paths).items():
        last, own, rim = level == top, cone.channels[level], cone.disc(level) / 2
        start, end = cone.height(level - 1, source), ends[key, False]
        if size and cone.is_striped:
            start = cone.tapped(level) + cone.strip / 2
        elif fade and level - 1 > cone.base:  # a hollow dot is left free
            start += cone.disc(level - 1) / 2
        below = math.sqrt(rim**2 - (end - output) ** 2) if last else rim * fade
        meant = (not lit or key in lit) and (not fade or (cone.is_on(level - 1, source) and cone.is_on(level, cell)))
        share = own.index(cell.channel) / (len(own) - 1) if len(own) > 1 else 0.5
        # at the output the farther one comes the later it crosses over, past those that are nearer
        late = 0.36 * ((abs(ends[key, True] - output) / reach if last else share) - 0.5)
        upright = 1.5 * (cone.under(level - 1) - cone.over(level - 1, source)), 1.5 * cone.over(level, cell)
        look = dict(light=FULL, z=1) if meant else dict(light=CONTEXT, z=0)
        look |= dict(size=size) if size else drawn(cone, tap, taps[level])
        tiles.thread(
            draft, key, (ends[key, True], start), (end, cone.height(level, cell) - below),
            cone.thread_role(level, cell, source), late=late, upright=upright,
            about=("term", level, *cell, *key[-2:]), **look,
        )  # fmt: skip


def _ends(cone: Cone, every: Mapping[Key, Edge]) -> dict[tuple[Key, bool], float]:
    """Where threads begin (True) and end: those of one cell side by side, in the order of the cells they lead to."""
    found = dict[tuple[Key, bool], float]()
    for is_start in (True, False):
        met = defaultdict[tuple[int, Cell], list[tuple[float, Key]]](list)
        for key, edge in every.items():
            both = (edge.level - 1, edge.source), (edge.level, edge.cell)
            met[both[not is_start]].append((cone.at(*both[is_start]), key))
        for (level, cell), keys in met.items():
            room = 0.5 * cone.slot(cone.close, level) if level == cone.base else 0.6 * cone.disc(level)
            for n, (_, key) in enumerate(sorted(keys, key=lambda pair: pair[0])):
                apart = min(APART, room / len(keys)) * (n - (len(keys) - 1) / 2)
                found[key, is_start] = cone.at(level, cell) + apart
    return found
