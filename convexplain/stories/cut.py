"""A kernel on a fan of edges: each tap lies on its own edge, in sight of it, so that geometry tells their order.

This module knows edges, numbers and pieces; which fan is cut a story says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

from convexplain.board import edges, pieces
from convexplain.board.marks import COLUMN, DIGIT, SMALL, TEXT, Draft, Key, Role, line
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench

SHARE = 0.35
"""How far from the open end of its fan a tap lies, of the length of its edge."""
LABEL = 10.0
"""From a tap to its number."""


class Cut(NamedTuple):
    """A tap on its edge, from the sample that it reads to its output."""

    key: Key
    number: Number
    role: Role
    start: tuple[float, float]
    end: tuple[float, float]


def lay_cut(
    draft: Draft,
    key: Key,
    cuts: Sequence[Cut],
    axis: Axis,
    unit: float,
    ahead: bool,
    second: Key = (),
) -> None:
    """Taps on one baseline ``key``, near the beginning of their edges when a fan is read from its output (``ahead``),
    near their ends when it is read from a sample. ``second`` is what is added to the keys of a copy of a kernel that
    lies there already.
    """
    at = {cut.key: edges.between(cut.start, cut.end, SHARE if ahead else 1 - SHARE) for cut in cuts}
    order = sorted(cuts, key=lambda cut: at[cut.key][0])
    half, y = _half(axis.pitch), at[order[0].key][1]
    texts, size = _texts(order, axis, bench.is_low(draft.format))
    ends = at[order[0].key][0] - half - 14, y, at[order[-1].key][0] + half + 14, y
    draft.put("cut", (*key, *second), line("kernel", *ends, light=0.5, z=-0.5, copy_of=key if second else None))
    bricks = all(cut.number.value.denominator == 1 for cut in cuts)
    for cut in order:
        own, x = (*cut.key, *second), at[cut.key][0]
        origin = (*cut.key, "bar") if second else None
        mark = pieces.column(draft, own, cut.number, x, y, 2 * half, unit, cut.role, bricks=bricks, copy_of=origin)
        if texts:
            # Two names, for taps pass each other on the way from one fan to another: their digits go and come.
            # They stand left of the foot, for edges run to the right.
            name = (*own, "digits" if ahead else "factor")
            middle = y - DIGIT * size / 2 - 8
            text = words(texts[cut.key], x - half - LABEL, middle, size, align=1, about=mark.about)
            draft.put("cut", name, text.at(rides=(*own, "bar")))


def _texts(order: Sequence[Cut], axis: Axis, low: bool) -> tuple[Mapping[Key, str], float]:
    """What stands beside taps that lie side by side, and its size: factors, or bare numbers, or nothing where there is
    no room for them in the narrowest format.
    """
    factors, bare = ({cut.key: said(cut.number) for cut in order} for said in (bench.factor, lambda n: n.text))
    wide = [max(abs(a.start[0] - b.start[0]), abs(a.end[0] - b.end[0])) for a, b in pairwise(order)]
    apart = (1 - SHARE) * min(wide, default=axis.pitch) / axis.pitch

    def has_room(texts: Mapping[Key, str], size: float, pitch: float) -> bool:
        return _widest(texts.values()) * size + 2 * _half(pitch) + LABEL + 6 <= apart * pitch

    narrowest = (COLUMN.width - COLUMN.margin - COLUMN.names) / len(axis.steps)
    texts = next((texts for texts in (factors, bare) if has_room(texts, SMALL, narrowest)), {})
    large = bool(texts) and not low and has_room(texts, TEXT, axis.pitch)
    return texts, TEXT if large else SMALL


def _widest(texts: Iterable[str]) -> float:
    """The advance of the widest text, in em."""
    return max((advance(runs_of(text)) for text in texts), default=0.0)


def _half(pitch: float) -> float:
    """Half the width of a tap on its edge."""
    return min(26.0, 0.13 * pitch)
