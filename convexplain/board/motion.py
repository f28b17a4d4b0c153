"""What is seen at any moment on the way from one board to the next.

:func:`sample` is the only motion there is: every medium paints what it gives. This module knows marks and seconds, no
story and no medium; ``board.js`` repeats its arithmetic for the browser, and a test holds the two together. What moves
when, and how, is staged in :mod:`convexplain.board.staging`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from convexplain.board.marks import Board, Key, Mark, Role

LIFT = 100.0
"""How far a copy rises above the marks it flies over."""
DEPTH = 2600.0
"""How far the eye is from a card that turns, in units."""
COMES = 0.4
"""The share of its time in which a card comes to where it turns."""


@dataclass(frozen=True, slots=True)
class Act:
    """What one key does in a transition. ``before`` is None for what enters, ``after`` for what leaves.

    ``other`` is where a copy flies from, or what a leaving mark flies into. ``how``: ``still``; ``move`` (straight),
    ``down first``, ``across first``, ``arc``; ``anew`` (goes, then comes: what enters comes in the second half);
    ``fade``; ``grow`` (a bar from its foot, a line from its beginning);
    ``turn`` (about the vertical axis through ``at`` = (x, y), like a page; a third number is how far it comes to there
    before, a fourth how far it goes back from the eye to be edge-on: with half its width nothing of it gets larger).
    """

    key: Key
    before: Mark | None
    after: Mark | None
    start: float
    end: float
    how: str
    other: Mark | None = None
    at: tuple[float, ...] = ()

    @property
    def lowest(self) -> float:
        """The z below which the mark never is: what lies there, and stands still, need be painted only once."""
        return min(mark.z for mark in (self.before, self.after) if mark is not None)


@dataclass(frozen=True)
class Transition:
    """All acts between two boards. Every key of either board is in exactly one act; times are in seconds."""

    before: Board
    after: Board
    acts: tuple[Act, ...]
    duration: float


def sample(way: Transition, share: float) -> dict[Key, Mark]:
    """What is seen at ``share`` (0 to 1) of a transition's time. 0 and 1 are the boards themselves, exactly."""
    if share <= 0:
        return dict(way.before.marks)
    if share >= 1:
        return dict(way.after.marks)
    now = share * way.duration
    seen = {}
    for act in way.acts:
        mark = at(act, now)
        if mark is not None:
            seen[act.key] = mark
    return seen


def at(act: Act, now: float) -> Mark | None:
    """The mark of one act at a time in seconds; None while it is not there."""
    if act.how == "still" or now <= act.start:
        return act.before
    if now >= act.end:
        return act.after
    part = (now - act.start) / (act.end - act.start)
    if act.how == "turn":
        return _turned(act, part)
    share = ease(part)
    if act.before is None:
        assert act.after is not None
        if act.other is not None:
            mark = between(act.other, act.after, share, act.how)
            return mark.at(z=act.after.z + LIFT, about=act.after.about)
        if act.how == "grow":
            return _grown(act.after, share)
        return act.after.at(alpha=act.after.alpha * (max(0.0, 2 * share - 1) if act.how == "anew" else share))
    if act.after is None:
        if act.other is not None:
            mark = between(act.before, act.other, share, act.how)
            fading = min(1.0, 2 - 2 * share)
            return replace(act.before, x=mark.x, y=mark.y, alpha=act.before.alpha * fading, z=act.before.z + LIFT)
        return act.before.at(alpha=act.before.alpha * (1 - share))
    return between(act.before, act.after, share, act.how)


def ease(share: float) -> float:
    """Slow in, slow out: the one easing there is."""
    return min(1.0, share * share * share * (share * (6 * share - 15) + 10))


def passes(share: float) -> float:
    """The share of its time at which what moves has come so far: the inverse of :func:`ease`."""
    low, high = 0.0, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if ease(middle) < share else (low, middle)
    return high


NUMBERS = (
    *("x", "y", "width", "height", "size", "alpha", "light", "squeeze", "unit", "edge", "radius", "hatch", "dash"),
    "head",
)
"""The fields of a mark that pass evenly from one board to the next."""


def between(before: Mark, after: Mark, share: float, how: str = "move") -> Mark:
    """The mark on the way from one place to another. A bar moves by its foot and its tip, so that one that changes
    sign turns over through zero; words that change fade out before half and in after it.
    """
    if before.kind != after.kind or how == "anew":
        mark = before if share < 0.5 else after
        return mark.at(alpha=mark.alpha * abs(2 * share - 1))
    changes: dict[str, Any] = {name: _mid(getattr(before, name), getattr(after, name), share) for name in NUMBERS}
    if how in ("down first", "across first") and before.kind != "line":
        first, then = ease(min(1.0, 2 * share)), ease(max(0.0, 2 * share - 1))
        down, across = (first, then) if how == "down first" else (then, first)
        changes["x"], changes["y"] = _mid(before.x, after.x, across), _mid(before.y, after.y, down)
    elif how == "arc":
        down = share
        changes["y"] -= math.sin(math.pi * share) * abs(after.x - before.x) / 4
    else:
        down = share
    changes["role"] = _role(before.role, after.role, share)
    changes["z"] = max(before.z, after.z) + (LIFT if how in ("arc", "down first", "across first") else 0.0)
    if before.kind == "bar":
        if before.base == after.base:
            changes["base"] = before.base
        else:
            foot, tip = _mid(before.foot, after.foot, down), _mid(before.tip, after.tip, down)
            changes |= {"y": (foot + tip) / 2, "height": abs(foot - tip), "base": 1 if foot >= tip else -1}
        if not before.unit or not after.unit:
            changes["unit"] = after.unit if share >= 0.5 else before.unit
    if len(before.points) == len(after.points):
        changes["points"] = tuple(_mid(a, b, share) for a, b in zip(before.points, after.points, strict=True))
    elif before.kind == "line":
        mark = before if share < 0.5 else after
        return mark.at(alpha=mark.alpha * abs(2 * share - 1))
    else:
        changes["points"] = ()
    if before.kind == "words" and before.runs != after.runs:
        shown = before if share < 0.5 else after
        changes |= {"alpha": shown.alpha * abs(2 * share - 1), "width": shown.width, "size": shown.size}
        if abs(before.left - after.left) < 1 or abs(before.right - after.right) < 1:
            changes["x"] = shown.x  # words of one line go on beginning, or ending, where they did
        return replace(shown, **changes)
    return replace(after, **changes)


def _mid(before: float, after: float, share: float) -> float:
    return before if before == after else before + (after - before) * share


def _role(before: Role, after: Role, share: float) -> Role:
    if before == after:
        return after
    if isinstance(before, tuple):
        before = before[1]
    if isinstance(after, tuple):
        after = after[1]
    return (before, after, share)


def _grown(mark: Mark, share: float) -> Mark:
    """A mark on its way from nothing: a bar from its foot, a line from its beginning, others from a third of size."""
    if mark.kind == "bar":
        return mark.at(height=mark.height * share, y=mark.foot - mark.base * mark.height * share / 2)
    if mark.kind == "line":
        return mark.at(points=_curve(mark.points, share) if mark.curve else _part(mark.points, share))
    return mark.at(alpha=mark.alpha * share)


def _part(points: tuple[float, ...], share: float) -> tuple[float, ...]:
    """The first ``share`` of a line's length; it keeps its number of points."""
    corners = list(zip(points[::2], points[1::2], strict=True))
    lengths = [math.dist(a, b) for a, b in pairwise(corners)]
    left = share * sum(lengths)
    drawn = [corners[0]]
    for length, (start, end) in zip(lengths, pairwise(corners), strict=True):
        part = min(1.0, left / length) if length else 1.0
        left = max(0.0, left - length)
        drawn.append((start[0] + (end[0] - start[0]) * part, start[1] + (end[1] - start[1]) * part))
        if part < 1:
            drawn += [drawn[-1]] * (len(corners) - len(drawn))
            break
    return tuple(value for corner in drawn for value in corner)


def _curve(points: tuple[float, ...], share: float) -> tuple[float, ...]:
    """A cubic curve from its beginning to ``share``, cut by de Casteljau's rule."""
    corners = list(zip(points[::2], points[1::2], strict=True))
    drawn = [corners[0]]
    while len(corners) > 1:
        corners = [(_mid(a[0], b[0], share), _mid(a[1], b[1], share)) for a, b in pairwise(corners)]
        drawn.append(corners[0])
    return tuple(value for corner in drawn for value in corner)


def _turned(act: Act, part: float) -> Mark | None:
    """A mark of a card at a part of its time. It comes to a vertical axis and turns about it: before the edge it is the
    mark it was, after it the one it will be, seen in perspective.
    """
    axis_x, axis_y, came, back = (*act.at, 0.0, 0.0)[:4]
    first = COMES if came else 0.0
    share, way = ease(max(0.0, part - first) / (1 - first)), ease(min(1.0, part / first)) if came else 1.0
    angle = math.pi * share
    if share < 0.5:
        mark, cos, sin = act.before, math.cos(angle), math.sin(angle)
    else:
        mark, cos, sin = act.after, -math.cos(angle), -math.sin(angle)
    if mark is None:
        return None
    own, here = axis_x - came * (share < 0.5), axis_x - came * (1 - way)

    def closer(x: float) -> float:
        return DEPTH / (DEPTH + (x - own) * sin + back * abs(sin))

    def seen(x: float, y: float) -> tuple[float, float]:
        return here + (x - own) * cos * closer(x), axis_y + (y - axis_y) * closer(x)

    if mark.kind == "words" or mark.kind == "dot":
        (x, y), near = seen(mark.x, mark.y), closer(mark.x)
        seen_as = dict(width=mark.width * cos * near, height=mark.height * near, size=mark.size * near)
        return mark.at(x=x, y=y, squeeze=mark.squeeze * cos, **seen_as)
    line = zip(mark.points[::2], mark.points[1::2], strict=True)
    corners = list(line) if mark.kind == "line" else list(outline(mark))
    return mark.at(points=tuple(value for corner in corners for value in seen(*corner)))


def outline(mark: Mark) -> Iterator[tuple[float, float]]:
    """The corners of a plate or a bar, from the upper left one clockwise."""
    yield mark.left, mark.top
    yield mark.right, mark.top
    yield mark.right, mark.bottom
    yield mark.left, mark.bottom
