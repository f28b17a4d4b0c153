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


def _shape(chains: Sequence[np.ndarray] | np.ndarray, role: Role, light: float, stroke: float = 0.0) -> Shape:
    return Shape(np.concatenate(chains), tuple(map(len, chains)), role, light, stroke)


def shapes(mark: Mark) -> Iterator[Shape]:
    """The shapes of a mark, from the lowest to the uppermost."""
    yield from _PAINTED[mark.kind](mark)


def bricks(mark: Mark) -> np.ndarray:
    """Where the bricks of a bar begin and end, (bricks, 2), as shares of its height from its foot. One for a plain bar.

    A brick is one unit high; the last one of a bar that is no whole number of units is lower.
    """
    if mark.unit < SMALLEST_BRICK or mark.height <= mark.unit * 1.02:
        return np.array([[0.0, 1.0]])
    place, gap = np.arange(math.ceil(mark.height / mark.unit - 0.02)), min(mark.unit * THIN, JOINT) / 2
    begin = place * mark.unit + gap * (place > 0)
    end = np.minimum((place + 1) * mark.unit, mark.height) - gap * (place < place[-1])
    return np.stack([begin, np.maximum(begin, end)], axis=1) / mark.height


def _bar(mark: Mark) -> Iterator[Shape]:
    if mark.height <= 0 or mark.width <= 0:
        return
    tip_left, tip_right, foot_right, foot_left = np.array(mark.corners if mark.base > 0 else mark.corners[::-1])
    stroke, ends = (mark.size or 3.0) if mark.hollow else 0.0, bricks(mark)
    inset = min(stroke / 2 / mark.height, 0.5) if len(ends) > 1 else 0.0
    radius = min(mark.radius, mark.width / 2, mark.unit * THIN if mark.unit >= SMALLEST_BRICK else math.inf)
    begin = ends[:, :1] + inset
    end = np.maximum(begin, ends[:, 1:] - inset)
    left, right = tip_left - foot_left, tip_right - foot_right
    sides = (foot_left + left * end, foot_right + right * end, foot_right + right * begin, foot_left + left * begin)
    chains = rounded(np.stack(sides, axis=1), np.minimum(radius, (end - begin) * mark.height / 2))
    yield _shape(chains, mark.role, mark.light, stroke)


def _plate(mark: Mark) -> Iterator[Shape]:
    corners = np.array(mark.corners)
    chain = rounded(corners, mark.radius)
    if not mark.hollow and mark.light > 0:
        yield _shape([chain], mark.role, mark.light)
    if mark.hatch > 0 and len(lines := _hatching(corners)):
        yield _shape(lines, mark.role, mark.hatch, 2.0)
    if mark.edge > 0:
        yield from _stroked(chain, mark, mark.edge, mark.size or 3.0)


def _line(mark: Mark) -> Iterator[Shape]:
    points = np.array(mark.corners)
    before, tip = points[-2:]
    if mark.head and (length := math.dist(tip, before)):
        ahead = (tip - before) / length
        across = np.array([-ahead[1], ahead[0]]) * mark.head * 0.45
        back = tip - ahead * min(mark.head, length)
        points = np.vstack([points[:-1], back])
        yield _shape([straight(np.array([tip, back + across, back - across, tip]))], mark.role, mark.light)
    yield from _stroked(points if mark.curve else straight(points), mark, mark.light, mark.size)


def _dot(mark: Mark) -> Iterator[Shape]:
    chain = rounded(np.array(mark.corners), mark.width / 2)
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


_PAINTED = {"bar": _bar, "plate": _plate, "line": _line, "dot": _dot, "words": _words}


@lru_cache(maxsize=5000)
def _letters(runs: tuple[tuple[str, str], ...]) -> tuple[np.ndarray, tuple[int, ...]]:
    """The outlines of words of size 1 from their left end, y upwards from the baseline."""
    pen, chains = 0.0, []
    for text, font in runs:
        for letter in text:
            advance, outlines = glyph(letter, font)
            chains += [outline * scale(font) + (pen, 0.0) for outline in outlines]
            pen += advance * scale(font)
    return np.concatenate(chains) if chains else np.empty((0, 2)), tuple(map(len, chains))


def rounded(corners: np.ndarray, radius: float | np.ndarray) -> np.ndarray:
    """Closed outlines through corners (..., n, 2), each corner rounded by ``radius``, a number for each outline."""
    following = np.roll(corners, -1, axis=-2)
    length = np.linalg.norm(following - corners, axis=-1, keepdims=True)
    reach = np.asarray(radius, dtype=float)[..., np.newaxis]
    step = (following - corners) / np.maximum(length, 1e-9) * np.minimum(reach, length / 2)
    enter, leave, following = corners - np.roll(step, 1, axis=-2), corners + step, following - step
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
    around = np.stack(parts, axis=-2).reshape(*corners.shape[:-2], -1, 2)
    return np.concatenate([enter[..., :1, :], around], axis=-2)


def straight(points: np.ndarray) -> np.ndarray:
    """Straight lines through points, as a chain."""
    start, end = points[:-1], points[1:]
    parts = np.stack([start + (end - start) / 3, start + (end - start) * (2 / 3), end], axis=1)
    return np.concatenate([points[:1], parts.reshape(-1, 2)])


def dashes(chain: np.ndarray, length: float) -> Iterator[np.ndarray]:
    """The dashes along a chain, each as long as the gap after it; the first begins where the chain does."""
    share = np.linspace(0, 1, FINE + 1)[1:]
    walked = np.concatenate([chain[:1], *(along(chain[i : i + 4], share) for i in range(0, len(chain) - 1, 3))])
    way = np.cumsum([0.0, *np.hypot(*np.diff(walked, axis=0).T)])
    for begin in np.arange(0.0, way[-1], 2 * length):
        end = min(begin + length, way[-1])
        stops = [begin, *way[(way > begin) & (way < end)], end]
        yield straight(np.stack([np.interp(stops, way, values) for values in walked.T], axis=1))


def along(curve: np.ndarray, share: np.ndarray) -> np.ndarray:
    """The points of a cubic curve at shares of it, (shares, 2)."""
    rest = 1 - share
    return np.stack([rest**3, 3 * rest**2 * share, 3 * rest * share**2, share**3], axis=1) @ curve


def _hatching(corners: np.ndarray) -> np.ndarray:
    """Slanted lines inside a convex outline, (lines, 4, 2)."""
    sums, following = corners.sum(axis=1), np.roll(corners, -1, axis=0)
    numbers = np.arange(math.ceil(sums.min() / HATCH), math.floor(sums.max() / HATCH) + 1)
    here = sums - numbers[:, np.newaxis] * HATCH
    there = following.sum(axis=1) - numbers[:, np.newaxis] * HATCH
    crossed = (here < 0) != (there < 0)
    crossed &= crossed.sum(axis=1, keepdims=True) == 2
    share = here / np.where(crossed, here - there, 1.0)
    ends = (corners + (following - corners) * share[..., np.newaxis])[crossed].reshape(-1, 2, 2)
    ends = ends[np.hypot(*(ends[:, 1] - ends[:, 0]).T) > 1]
    return ends[:, :1] + (ends[:, 1:] - ends[:, :1]) * (np.arange(4) / 3)[:, np.newaxis]
