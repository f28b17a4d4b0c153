"""What is seen at any moment on the way from one board to the next.

:func:`sample` is the only motion there is: every medium paints what it gives. This module knows marks and seconds, no
story and no medium; ``board.js`` repeats its arithmetic for the browser, and a test holds the two together. What moves
when, and how, is staged in :mod:`convexplain.board.staging`.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass, replace
from itertools import repeat
from typing import Any

import numpy as np

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
    ``down first``, ``across first``; ``back first`` (across by the first number of ``at`` in the share of its time that
    is the second, then to where it will be); ``across last`` (so far from there in that share, then across);
    ``anew`` (goes, then comes: what enters comes in the second half); ``fade``; ``grow`` (a bar from its foot, a line
    from its beginning);
    ``turn`` (about the vertical axis through ``at`` = (x, y), like a page; a third number is how far it comes to there
    before, a fourth how far it goes back from the eye to be edge-on: with half its width nothing of it gets larger; a
    fifth how far down it comes to there while it turns).
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
    marks = ((act.key, at(act, share * way.duration)) for act in way.acts)
    return {key: mark for key, mark in marks if mark is not None}


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
    if act.how in ("back first", "across last"):
        (aside, turns), is_back = act.at, act.how == "back first"
        back = _beside(act.before, aside) if is_back else _beside(act.after, -aside)
        if part < turns:
            return between(act.before, back, ease(part / turns))
        return between(back, act.after, ease((part - turns) / (1 - turns)))
    return between(act.before, act.after, share, act.how)


def _beside(mark: Mark, aside: float) -> Mark:
    points = tuple(value + aside * (n % 2 == 0) for n, value in enumerate(mark.points))
    return mark.at(x=mark.x + aside, points=points)


def ease(share: float) -> float:
    """Slow in, slow out: the one easing there is."""
    return min(1.0, share * share * share * (share * (6 * share - 15) + 10))


def passes(share: float) -> float:
    """The share of its time at which what moves has come so far: the inverse of :func:`ease`."""
    parts = 2**40
    return bisect_left(range(parts), share, key=lambda part: ease(part / parts)) / parts


NUMBERS = (
    *("x", "y", "width", "height", "size", "alpha", "light", "squeeze", "unit", "edge", "radius", "hatch", "dash"),
    "head",
)
"""The fields of a mark that pass evenly from one board to the next."""


def between(before: Mark, after: Mark, share: float, how: str = "move") -> Mark:
    """The mark on the way from one place to another. A bar moves by its foot and its tip, so that one that changes
    sign turns over through zero; words that change fade out before half and in after it.
    """
    shown, crossing = before if share < 0.5 else after, abs(2 * share - 1)
    is_aligned = len(before.points) == len(after.points)
    if how == "anew" or before.kind != after.kind or (before.kind == "line" and not is_aligned):
        return shown.at(alpha=shown.alpha * crossing)
    changes: dict[str, Any] = {name: _mid(getattr(before, name), getattr(after, name), share) for name in NUMBERS}
    down, is_bent = share, how in ("down first", "across first")
    if is_bent and before.kind != "line":
        first, then = ease(min(1.0, 2 * share)), ease(max(0.0, 2 * share - 1))
        down, across = (first, then) if how == "down first" else (then, first)
        changes |= {"x": _mid(before.x, after.x, across), "y": _mid(before.y, after.y, down)}
    changes["role"] = _role(before.role, after.role, share)
    changes["z"] = max(before.z, after.z) + LIFT * is_bent
    changes["points"] = tuple(map(_mid, before.points, after.points, repeat(share))) if is_aligned else ()
    if before.kind == "bar":
        if before.base != after.base:
            foot, tip = _mid(before.foot, after.foot, down), _mid(before.tip, after.tip, down)
            changes |= {"y": (foot + tip) / 2, "height": abs(foot - tip), "base": 1 if foot >= tip else -1}
        if (not before.unit or not after.unit) and shown.height:  # its bricks stay as many while it has them
            changes["unit"] = shown.unit * changes["height"] / shown.height
    if before.kind != "words" or before.runs == after.runs:
        return replace(after, **changes)
    if abs(before.left - after.left) < 1 or abs(before.right - after.right) < 1:
        changes["x"] = shown.x  # words of one line go on beginning, or ending, where they did
    return replace(shown, **changes | {"alpha": shown.alpha * crossing, "width": shown.width, "size": shown.size})


def _mid(before: float, after: float, share: float) -> float:
    return before if before == after else before + (after - before) * share


def _role(before: Role, after: Role, share: float) -> Role:
    if before == after:
        return after
    begin, end = (role[1] if isinstance(role, tuple) else role for role in (before, after))
    return (begin, end, share)


def _grown(mark: Mark, share: float) -> Mark:
    """A mark on its way from nothing: a bar from its foot, a line from its beginning; others fade in."""
    if mark.kind == "bar":
        return mark.at(height=mark.height * share, y=mark.foot - mark.base * mark.height * share / 2)
    if mark.kind == "line":
        drawn = (_curve if mark.curve else _part)(np.array(mark.corners), share)
        return mark.at(points=tuple(np.ravel(drawn).tolist()))
    return mark.at(alpha=mark.alpha * share)


def _part(corners: np.ndarray, share: float) -> np.ndarray:
    """The first ``share`` of a line's length; it keeps its number of points."""
    way = np.cumsum([0.0, *np.hypot(*np.diff(corners, axis=0).T)])
    reached = np.minimum(way, share * way[-1])
    return np.stack([np.interp(reached, way, values) for values in corners.T], axis=1)


def _curve(corners: np.ndarray, share: float) -> list[np.ndarray]:
    """A cubic curve from its beginning to ``share``, cut by de Casteljau's rule."""
    drawn = [corners[0]]
    while len(corners) > 1:
        corners = corners[:-1] + (corners[1:] - corners[:-1]) * share
        drawn.append(corners[0])
    return drawn


def _turned(act: Act, part: float) -> Mark | None:
    """A mark of a card at a part of its time. It comes to a vertical axis and turns about it: before the edge it is the
    mark it was, after it the one it will be, seen in perspective.
    """
    axis_x, axis_y, came, back, down = (*act.at, 0.0, 0.0, 0.0)[:5]
    first = COMES if came else 0.0
    share, way = ease(max(0.0, part - first) / (1 - first)), ease(min(1.0, part / first)) if came else 1.0
    mark, side = (act.before, 1) if share < 0.5 else (act.after, -1)
    if mark is None:
        return None
    cos, sin = side * math.cos(math.pi * share), side * math.sin(math.pi * share)
    own, here = axis_x - came * (share < 0.5), axis_x - came * (1 - way)
    own_y, here_y = axis_y - down * (share < 0.5), axis_y - down * (1 - ease(part))

    def closer(x: float) -> float:
        return DEPTH / (DEPTH + (x - own) * sin + back * abs(sin))

    def seen(x: float, y: float) -> tuple[float, float]:
        return here + (x - own) * cos * closer(x), here_y + (y - own_y) * closer(x)

    if mark.kind in ("words", "dot"):
        (x, y), near = seen(mark.x, mark.y), closer(mark.x)
        seen_as = dict(width=mark.width * cos * near, height=mark.height * near, size=mark.size * near)
        return mark.at(x=x, y=y, squeeze=mark.squeeze * cos, **seen_as)
    return mark.at(points=tuple(value for corner in mark.corners for value in seen(*corner)))
