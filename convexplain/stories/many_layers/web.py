"""The web of paths: threads from cell to cell, side by side in the order of the cells they lead to, and as thick as
their taps are large.

This module knows a cone and where its cells stand; which threads are meant a story says.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
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


def drawn(cone: Cone, number: Number, every: Iterable[Number]) -> dict[str, float]:
    """How thick the thread of a number is among those of ``every``, and of a few whether it is dashed."""
    largest = max((abs(float(other.value)) for other in every), default=0.0)
    share = abs(float(number.value)) / largest if largest else 0.0
    few = len(cone.paths) <= FEW
    return dict(size=max(THIN, THICK[few] * share), dash=DASH * (few and number.value < 0))


def threads(cone: Cone, draft: Draft, paths: Sequence[Way], walked: Way | None = None, fade: bool = False) -> None:
    """The threads of some paths; with ``fade`` those of cells that a relu switches off recede, and all but those of one
    that is ``walked``, which begin under its kernels.
    """
    own_edges = edges(cone, [walked] if walked else ())
    every = edges(cone, cone.paths)
    ends, output = _ends(cone, every), cone.at(cone.levels[-1], cone.cell)
    reach = max(
        [1.0, *(abs(start - output) for key, (start, _) in ends.items() if every[key].level == cone.levels[-1])]
    )
    taps = {level: [edge.tap for edge in every.values() if edge.level == level] for level in cone.layers}
    for key, (level, cell, source, tap, _) in edges(cone, paths).items():
        last, own, (x, to) = level == cone.levels[-1], cone.channels[level], ends[key]
        above = cone.disc(level - 1) / 2 if fade and level - 1 > cone.base else 0  # a hollow dot is left free
        rim = cone.disc(level) / 2
        below = math.sqrt(rim**2 - (to - output) ** 2) if last else rim * fade
        is_under = key in own_edges and cone.is_striped
        begin = cone.tapped(level) + cone.strip / 2 if is_under else cone.height(level - 1, source) + above
        start, end = (x, begin), (to, cone.height(level, cell) - below)
        met = [(level - 1, source)] * (level - 1 > cone.base) + [(level, cell)] * (not last)
        meant = not fade or all(cone.is_on(*between) for between in met)
        share = own.index(cell.channel) / (len(own) - 1) if len(own) > 1 else 0.5
        # at the output the farther one comes the later it crosses over, past those that are nearer
        late = 0.36 * ((abs(x - output) / reach if last else share) - 0.5)
        upright = 1.5 * (cone.under(level - 1) - cone.over(level - 1, source)), 1.5 * cone.over(level, cell)
        look: dict[str, Any] = dict(light=FULL, z=1) if meant else dict(light=CONTEXT, z=0)
        look |= drawn(cone, tap, taps[level])
        if walked:
            look = dict(size=PATH, z=1) if key in own_edges else dict(light=CONTEXT, size=tiles.MEANT, z=-1)
        look |= dict(about=("term", level, *cell, *key[-2:]))
        tiles.thread(draft, key, start, end, cone.thread_role(level, cell, source), late=late, upright=upright, **look)


def _ends(cone: Cone, every: Mapping[Key, Edge]) -> dict[Key, tuple[float, float]]:
    """Where threads begin and end: those of one cell side by side, in the order of the cells they lead to."""
    leave, arrive = defaultdict[tuple[int, Cell], list[Key]](list), defaultdict[tuple[int, Cell], list[Key]](list)
    for key, edge in every.items():
        leave[edge.level - 1, edge.source].append(key)
        arrive[edge.level, edge.cell].append(key)
    starts, ends = dict[Key, float](), dict[Key, float]()
    for cells, found in ((leave, starts), (arrive, ends)):
        for (level, cell), keys in cells.items():
            keys.sort(key=lambda key: _across(cone, every[key], found is starts))
            room = 0.5 * cone.slot(cone.close, level) if level == cone.base else 0.6 * cone.disc(level)
            for n, key in enumerate(keys):
                found[key] = cone.at(level, cell) + min(APART, room / len(keys)) * (n - (len(keys) - 1) / 2)
    return {key: (starts[key], ends[key]) for key in every}


def _across(cone: Cone, edge: Edge, is_start: bool) -> float:
    """Where the other end of a thread lies."""
    return cone.at(edge.level, edge.cell) if is_start else cone.at(edge.level - 1, edge.source)
