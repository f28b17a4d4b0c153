"""What a mark looks like, as curves: the outlines that a renderer fills or strokes, with their roles.

Every outline is a chain of cubic curves in the board's units. A medium that has rectangles and letters of its own (the
page, a figure's text) draws those from the mark itself; the others paint what is here. This module knows marks and
curves, no colour and no medium.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from convexplain.board.marks import Mark, Role
from convexplain.board.motion import outline
from convexplain.board.text import baseline, glyph, scale

JOINT, SEAM = 3.0, 11.0
"""The gap between two bricks of a bar, and the wider one between repeats of a factor."""
SMALLEST_BRICK = 8.0
"""Bricks lower than this are not told apart: such a bar is plain."""
HATCH = 16.0
"""The distance of two hatching lines."""
ROUND = 0.5523
"""The handle of a cubic curve that passes for a quarter of a circle, in radii."""


class Shape(NamedTuple):
    """Outlines of one colour: filled, or stroked when ``stroke`` is their thickness.

    Each of ``curves`` is an array (3 n + 1, 2): a point, then two handles and a point for each of its n curves.
    """

    curves: tuple[np.ndarray, ...]
    role: Role
    light: float
    stroke: float = 0.0
    dash: float = 0.0


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
    edges = []
    for i in range(count):
        begin, end = i * mark.unit, min((i + 1) * mark.unit, mark.height)
        begin += _gap(mark, i) / 2 if i else 0.0
        end -= _gap(mark, i + 1) / 2 if i + 1 < count else 0.0
        edges.append((begin / mark.height, max(begin, end) / mark.height))
    return edges


def _gap(mark: Mark, joint: int) -> float:
    widest = mark.unit / 3
    return min(widest, SEAM if mark.seam and joint % mark.seam == 0 else JOINT)


def _bar(mark: Mark) -> Iterator[Shape]:
    corners = list(zip(mark.points[::2], mark.points[1::2], strict=True)) if mark.points else list(outline(mark))
    if mark.base > 0:
        (tip_left, tip_right, foot_right, foot_left) = corners
    else:
        (foot_left, foot_right, tip_right, tip_left) = corners
    if mark.height <= 0 or mark.width <= 0:
        return
    radius = min(mark.radius, mark.width / 2)
    stroke = (mark.size or 3.0) if mark.hollow else 0.0
    inset = min(stroke / 2 / mark.height, 0.5) if len(bricks(mark)) > 1 else 0.0
    pieces = []
    for begin, end in bricks(mark):
        begin, end = begin + inset, max(begin + inset, end - inset)
        left, right = _mid(foot_left, tip_left, begin), _mid(foot_right, tip_right, begin)
        upper_left, upper_right = _mid(foot_left, tip_left, end), _mid(foot_right, tip_right, end)
        height = (end - begin) * mark.height
        pieces.append(rounded([upper_left, upper_right, right, left], min(radius, height / 2)))
    yield Shape(tuple(pieces), mark.role, mark.light, stroke)


def _plate(mark: Mark) -> Iterator[Shape]:
    corners = list(zip(mark.points[::2], mark.points[1::2], strict=True)) if mark.points else list(outline(mark))
    curve = rounded(corners, mark.radius, sharp={"": (), "right": (2, 3), "left": (3, 4)}[mark.corner])
    if not mark.hollow and mark.light > 0:
        yield Shape((curve,), mark.role, mark.light)
    if mark.hatch > 0:
        yield Shape(tuple(_hatching(corners)), mark.role, mark.hatch, 2.0)
    if mark.edge > 0:
        yield Shape((curve,), mark.role, mark.edge, mark.size or 3.0, mark.dash)


def _line(mark: Mark) -> Iterator[Shape]:
    points = np.asarray(mark.points).reshape(-1, 2)
    if mark.curve:
        yield Shape((points,), mark.role, mark.light, mark.size, mark.dash)
        return
    if mark.head:
        tip, before = points[-1].copy(), points[-2]
        length = math.dist(tip, before)
        if length > 0:
            along = (tip - before) / length
            across = np.array([-along[1], along[0]]) * mark.head * 0.45
            back = tip - along * min(mark.head, length)
            points = np.vstack([points[:-1], back])
            yield Shape((_chain(np.array([tip, back + across, back - across, tip])),), mark.role, mark.light)
    yield Shape((_chain(points),), mark.role, mark.light, mark.size, mark.dash)


def _dot(mark: Mark) -> Iterator[Shape]:
    corners = list(outline(mark))
    curve = rounded(corners, mark.width / 2)
    yield Shape((curve,), mark.role, mark.light, (mark.size or 3.0) if mark.hollow else 0.0)


def _words(mark: Mark) -> Iterator[Shape]:
    x, y, curves = -mark.width / 2 / (mark.squeeze or 1e-9), baseline(mark), []
    for text, font in mark.runs:
        size = mark.size * scale(font)
        for letter in text:
            for curve in letter_curves(letter, font):
                placed = curve * (size, -size) + (x, 0.0)
                curves.append(placed * (mark.squeeze, 1.0) + (mark.x, y))
            x += glyph(letter, font)[0] * size
    if curves:
        yield Shape(tuple(curves), mark.role, mark.light)


_PAINTED = {"bar": _bar, "plate": _plate, "line": _line, "dot": _dot, "words": _words}


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


def rounded(corners: list[tuple[float, float]], radius: float, sharp: Collection[int] = ()) -> np.ndarray:
    """A closed outline through corners, each rounded by ``radius``; those of the numbers in ``sharp`` are not."""
    points = np.asarray(corners, dtype=float)
    if radius <= 0:
        return _chain(np.vstack([points, points[:1]]))
    chain: list[np.ndarray] = []
    count = len(points)
    for i, corner in enumerate(points):
        before, after = points[i - 1], points[(i + 1) % count]
        reach = 0.0 if i in sharp else radius
        enter = corner + _toward(corner, before, reach)
        leave = corner + _toward(corner, after, reach)
        chain += _straight(chain[-1], enter) if chain else [enter]
        if reach:
            chain += [enter + (corner - enter) * ROUND, leave + (corner - leave) * ROUND, leave]
    chain += _straight(chain[-1], chain[0])
    return np.array(chain)


def _toward(start: np.ndarray, end: np.ndarray, reach: float) -> np.ndarray:
    length = math.dist(start, end)
    return (end - start) * (min(reach, length / 2) / length) if length else np.zeros(2)


def _straight(start: np.ndarray, end: np.ndarray) -> list[np.ndarray]:
    return [start + (end - start) / 3, start + (end - start) * 2 / 3, end]


def _chain(points: np.ndarray) -> np.ndarray:
    """Straight lines through points, as cubic curves."""
    chain = [points[0]]
    for point in points[1:]:
        chain += _straight(chain[-1], point)
    return np.array(chain)


def _mid(start: tuple[float, float], end: tuple[float, float], share: float) -> tuple[float, float]:
    return start[0] + (end[0] - start[0]) * share, start[1] + (end[1] - start[1]) * share


def _hatching(corners: list[tuple[float, float]]) -> Iterator[np.ndarray]:
    """Slanted lines inside a convex outline."""
    sums = [x + y for x, y in corners]
    first = math.ceil(min(sums) / HATCH)
    for number in range(first, math.floor(max(sums) / HATCH) + 1):
        crossings = []
        for (x0, y0), (x1, y1) in zip(corners, [*corners[1:], corners[0]], strict=True):
            here, there = x0 + y0 - number * HATCH, x1 + y1 - number * HATCH
            if (here < 0) != (there < 0):
                crossings.append(_mid((x0, y0), (x1, y1), here / (here - there)))
        if len(crossings) == 2 and math.dist(*crossings) > 1:
            yield _chain(np.array(crossings))
