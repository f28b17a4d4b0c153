"""What a mark looks like, as curves: the outlines that a renderer fills or strokes, with their roles.

Every outline is a chain of cubic curves in the board's units. A medium that has rectangles and letters of its own (the
page, a figure's text) draws those from the mark itself; the others paint what is here. This module knows marks and
curves, no colour and no medium.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from convexplain.board.marks import Mark, Role
from convexplain.board.motion import outline
from convexplain.board.text import baseline, glyph, scale

JOINT = 3.0
"""The gap between two bricks of a bar."""
THIN = 0.12
"""No gap and no corner of a brick is a larger share of its height: a bar of low bricks is still one bar."""
SMALLEST_BRICK = 8.0
"""Bricks lower than this are not told apart: such a bar is plain."""
HATCH = 16.0
"""The distance of two hatching lines."""
ROUND = 0.5523
"""The handle of a cubic curve that passes for a quarter of a circle, in radii."""
FINE = 12
"""How many straight pieces stand for a curve that is cut into dashes."""
FINEST = 1.0
"""Dashes that are shorter are a line: one that turns into dashes begins with endlessly many."""


class Shape(NamedTuple):
    """Outlines of one colour: filled, or stroked when ``stroke`` is their thickness.

    Each outline is a chain of ``3 n + 1`` points: a point, then two handles and a point for each of its n curves.
    """

    points: np.ndarray
    """(points, 2): the chains, one after the other."""
    sizes: tuple[int, ...]
    """How many points each chain has."""
    role: Role
    light: float
    stroke: float = 0.0

    @property
    def curves(self) -> tuple[np.ndarray, ...]:
        """The chains one by one."""
        return tuple(np.split(self.points, np.cumsum(self.sizes)[:-1]))


def _shape(chains: Sequence[np.ndarray], role: Role, light: float, stroke: float = 0.0) -> Shape:
    return Shape(np.concatenate(chains), tuple(map(len, chains)), role, light, stroke)


def shapes(mark: Mark) -> Iterator[Shape]:
    """The shapes of a mark, from the lowest to the uppermost."""
    yield from _PAINTED[mark.kind](mark)


def bricks(mark: Mark) -> list[tuple[float, float]]:
    """The bricks of a bar as shares of its height from its foot: (begin, end) each. One for a plain bar.

    A brick is one unit high; the last one of a bar that is no whole number of units is lower.
    """
    if mark.unit < SMALLEST_BRICK or mark.height <= mark.unit * 1.02:
        return [(0.0, 1.0)]
    count = math.ceil(mark.height / mark.unit - 0.02)
    edges, gap = [], min(mark.unit * THIN, JOINT) / 2
    for i in range(count):
        begin, end = i * mark.unit, min((i + 1) * mark.unit, mark.height)
        begin += gap if i else 0.0
        end -= gap if i + 1 < count else 0.0
        edges.append((begin / mark.height, max(begin, end) / mark.height))
    return edges


def _bar(mark: Mark) -> Iterator[Shape]:
    if mark.height <= 0 or mark.width <= 0:
        return
    corners = _corners(mark)
    if mark.base > 0:
        (tip_left, tip_right, foot_right, foot_left) = corners
    else:
        (foot_left, foot_right, tip_right, tip_left) = corners
    stroke, ends = (mark.size or 3.0) if mark.hollow else 0.0, np.array(bricks(mark))
    many = len(ends) > 1
    inset = min(stroke / 2 / mark.height, 0.5) if many else 0.0
    radius = min(mark.radius, mark.width / 2, mark.unit * THIN if mark.unit >= SMALLEST_BRICK else math.inf)
    begin = ends[:, :1] + inset
    end = np.maximum(begin, ends[:, 1:] - inset)
    left, right = tip_left - foot_left, tip_right - foot_right
    sides = (foot_left + left * end, foot_right + right * end, foot_right + right * begin, foot_left + left * begin)
    chains = rounded(np.stack(sides, axis=1), np.minimum(radius, (end - begin) * mark.height / 2))
    yield Shape(chains.reshape(-1, 2), (chains.shape[1],) * len(chains), mark.role, mark.light, stroke)


def _plate(mark: Mark) -> Iterator[Shape]:
    corners = _corners(mark)
    chain = rounded(corners, mark.radius)
    if not mark.hollow and mark.light > 0:
        yield _shape([chain], mark.role, mark.light)
    if mark.hatch > 0:
        lines = _hatching(corners)
        if len(lines):
            yield Shape(lines.reshape(-1, 2), (4,) * len(lines), mark.role, mark.hatch, 2.0)
    if mark.edge > 0:
        yield from _stroked(chain, mark, mark.edge, mark.size or 3.0)


def _line(mark: Mark) -> Iterator[Shape]:
    points = np.asarray(mark.points).reshape(-1, 2)
    if mark.head:
        tip, before = points[-1], points[-2]
        length = math.dist(tip, before)
        if length > 0:
            along = (tip - before) / length
            across = np.array([-along[1], along[0]]) * mark.head * 0.45
            back = tip - along * min(mark.head, length)
            points = np.vstack([points[:-1], back])
            yield _shape([straight(np.array([tip, back + across, back - across, tip]))], mark.role, mark.light)
    yield from _stroked(points if mark.curve else straight(points), mark, mark.light, mark.size)


def _dot(mark: Mark) -> Iterator[Shape]:
    chain = rounded(_corners(mark), mark.width / 2)
    yield _shape([chain], mark.role, mark.light, (mark.size or 3.0) if mark.hollow else 0.0)


def _words(mark: Mark) -> Iterator[Shape]:
    points, sizes = _letters(mark.runs)
    if sizes:
        placed = points * (mark.size * mark.squeeze, -mark.size) + (mark.left, baseline(mark))
        yield Shape(placed, sizes, mark.role, mark.light)


def _stroked(chain: np.ndarray, mark: Mark, light: float, stroke: float) -> Iterator[Shape]:
    """A chain as it is, or its dashes."""
    chains = tuple(dashes(chain, mark.dash)) if mark.dash >= FINEST else (chain,)
    if chains:
        yield _shape(chains, mark.role, light, stroke)


def _corners(mark: Mark) -> np.ndarray:
    return np.asarray(mark.points).reshape(-1, 2) if mark.points else np.array(list(outline(mark)))


_PAINTED = {"bar": _bar, "plate": _plate, "line": _line, "dot": _dot, "words": _words}


@lru_cache(maxsize=5000)
def _letters(runs: tuple[tuple[str, str], ...]) -> tuple[np.ndarray, tuple[int, ...]]:
    """The outlines of words of size 1 from their left end, y upwards from the baseline."""
    pen, chains = 0.0, []
    for text, font in runs:
        for letter in text:
            chains += [chain * scale(font) + (pen, 0.0) for chain in letter_curves(letter, font)]
            pen += glyph(letter, font)[0] * scale(font)
    return np.concatenate(chains) if chains else np.empty((0, 2)), tuple(map(len, chains))


@lru_cache(maxsize=2000)
def letter_curves(letter: str, font: str) -> tuple[np.ndarray, ...]:
    """The closed outlines of a letter of size 1, y upwards from the baseline."""
    _, vertices, codes = glyph(letter, font)
    outlines: list[np.ndarray] = []
    chain: list[np.ndarray] = []
    i = 0
    while i < len(codes):
        code, point = int(codes[i]), vertices[i]
        if code == 1:  # MOVETO
            if len(chain) > 1:
                outlines.append(np.array(chain))
            chain, i = [point], i + 1
        elif code == 2:  # LINETO
            chain += _straight(chain[-1], point)
            i += 1
        elif code == 3:  # CURVE3
            handle, end = point, vertices[i + 1]
            chain += [(chain[-1] + 2 * handle) / 3, (end + 2 * handle) / 3, end]
            i += 2
        elif code == 4:  # CURVE4
            chain += [point, vertices[i + 1], vertices[i + 2]]
            i += 3
        else:  # CLOSEPOLY
            if len(chain) > 1 and not np.allclose(chain[-1], chain[0]):
                chain += _straight(chain[-1], chain[0])
            i += 1
    if len(chain) > 1:
        outlines.append(np.array(chain))
    return tuple(outlines)


def rounded(corners: np.ndarray, radius: float | np.ndarray) -> np.ndarray:
    """Closed outlines through corners (..., n, 2), each corner rounded by ``radius``, a number for each outline."""
    to_next = _turned_round(corners, 1) - corners
    length = np.sqrt((to_next * to_next).sum(axis=-1, keepdims=True))
    along = to_next / np.maximum(length, 1e-9)
    reach = np.asarray(radius, dtype=float)[..., np.newaxis]
    enter = corners - _turned_round(along, -1) * np.minimum(reach, _turned_round(length, -1) / 2)
    leave = corners + along * np.minimum(reach, length / 2)
    following = _turned_round(enter, 1)
    parts = [
        enter + (corners - enter) * ROUND,
        leave + (corners - leave) * ROUND,
        leave,
        leave + (following - leave) / 3,
        leave + (following - leave) * (2 / 3),
        following,
    ]
    if not reach.any():
        parts = parts[3:]
    around = np.stack(parts, axis=-2)
    around = around.reshape(*corners.shape[:-2], -1, 2)
    return np.concatenate([enter[..., :1, :], around], axis=-2)


def _turned_round(outline: np.ndarray, by: int) -> np.ndarray:
    """What stands ``by`` corners later, for each corner (..., n, values)."""
    return np.concatenate([outline[..., by:, :], outline[..., :by, :]], axis=-2)


def straight(points: np.ndarray) -> np.ndarray:
    """Straight lines through points, as a chain."""
    start, end = points[:-1], points[1:]
    parts = np.stack([start + (end - start) / 3, start + (end - start) * (2 / 3), end], axis=1)
    return np.concatenate([points[:1], parts.reshape(-1, 2)])


def dashes(chain: np.ndarray, length: float) -> Iterator[np.ndarray]:
    """The dashes along a chain, each as long as the gap after it; the first begins where the chain does."""
    walked = np.concatenate([chain[:1], *(_along(chain[i : i + 4]) for i in range(0, len(chain) - 1, 3))])
    way = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(walked, axis=0).T))])
    for begin in np.arange(0.0, way[-1], 2 * length):
        end = min(begin + length, way[-1])
        stops = [begin, *way[(way > begin) & (way < end)], end]
        yield straight(np.stack([np.interp(stops, way, walked[:, axis]) for axis in (0, 1)], axis=1))


def _along(curve: np.ndarray) -> np.ndarray:
    """Points of a cubic curve after its first."""
    share = np.linspace(0, 1, FINE + 1)[1:, np.newaxis]
    return np.hstack([(1 - share) ** 3, 3 * (1 - share) ** 2 * share, 3 * (1 - share) * share**2, share**3]) @ curve


def _straight(start: np.ndarray, end: np.ndarray) -> list[np.ndarray]:
    return [start + (end - start) / 3, start + (end - start) * 2 / 3, end]


def _hatching(corners: np.ndarray) -> np.ndarray:
    """Slanted lines inside a convex outline, (lines, 4, 2)."""
    sums, following = corners.sum(axis=1), _turned_round(corners, 1)
    numbers = np.arange(math.ceil(sums.min() / HATCH), math.floor(sums.max() / HATCH) + 1)
    here = sums - numbers[:, np.newaxis] * HATCH
    there = following.sum(axis=1) - numbers[:, np.newaxis] * HATCH
    crossed = (here < 0) != (there < 0)
    crossed &= crossed.sum(axis=1, keepdims=True) == 2
    share = here / np.where(crossed, here - there, 1.0)
    ends = (corners + (following - corners) * share[..., np.newaxis])[crossed].reshape(-1, 2, 2)
    ends = ends[np.hypot(*(ends[:, 1] - ends[:, 0]).T) > 1]
    return ends[:, :1] + (ends[:, 1:] - ends[:, :1]) * (np.arange(4) / 3)[:, np.newaxis]
