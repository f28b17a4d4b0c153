"""The way from one board to the next: which marks move, appear and go, when, and how; and what is seen at any moment.

Two boards are joined by key. A key in both moves; a new one is a copy that flies from its parent, or grows where it
stands from what it is made of; one that is gone leaves, or flies into another. :func:`sample` is the only motion there
is: every medium paints what it gives. This module knows marks and seconds, no story and no medium; ``board.js`` repeats
its arithmetic for the browser, and a test holds the two together.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import pairwise, product
from typing import Any

from convexplain.board.marks import Board, Cue, Key, Mark, Role

LEAVE, MOVE, ENTER, NUMBER = 0.0, 1.0, 2.0, 0.5
"""The beats of a transition that a story does not stage: what leaves, what moves, what enters; a number half a beat
after the mark it rides on.
"""
LASTS = {"leave": 0.4, "sign": 0.2, "move": 0.9, "copy": 0.9, "grow": 0.7, "draw": 0.6, "fade": 0.4, "turn": 2.4}
"""Seconds of each way to change, at teaching pace; a sign of a formula is gone before those beside it close up."""
TEXT_LINE = ("caption", "formula")
"""Keys that begin so are the words below the picture: they change first, so that they are read before it moves."""
RATE = 15
"""Durations are whole frames at this rate, and so at 30 and 60 frames a second."""
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
    ``down first``, ``across first``, ``arc``; ``fade``; ``grow`` (a bar from its foot, a line from its beginning);
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


def transition(before: Board, after: Board, pace: float = 1.0) -> Transition:
    """The way from ``before`` to ``after``; ``pace`` multiplies its seconds."""
    plans = {key: _plan(key, before, after) for key in _order(before, after)}
    begun = _by_beginning(plans, {len(start) for cue in after.cues for start in cue.keys})
    for cue in after.cues:
        for key in (key for start in cue.keys for key in begun.get(start, ())):
            if plans[key].how != "still" or cue.how == "turn":
                plans[key] = plans[key].cued(cue)
    for key, plan in plans.items():  # a number follows the mark it rides on, wherever a story has put that
        ridden = plan.act.after.rides if plan.act.after is not None and plan.act.before is None else None
        if ridden in plans and not plan.is_cued and plans[ridden].act.before is None:
            bar = plans[ridden]
            late = bar.after + bar.lasts if bar.after else 0.0
            plans[key] = replace(plan, beat=bar.beat + (0 if late else NUMBER), after=late)
    lengths: dict[float, float] = {}
    for plan in plans.values():
        if plan.how not in ("still", "swap"):
            lengths[plan.beat] = max(lengths.get(plan.beat, 0.0), plan.later(pace) + whole(plan.lasts * pace))
    starts, clock = {}, 0.0
    for beat in sorted(lengths):
        starts[beat], clock = clock, clock + lengths[beat]
    acts = []
    for plan in plans.values():
        start = starts.get(plan.beat, 0.0) + plan.later(pace)
        end = start + whole(plan.lasts * pace)
        acts.append(
            plan.act if plan.how in ("still", "swap") else replace(plan.act, start=start, end=end, how=plan.how)
        )
    taken: dict[Key, float] = {}
    for act in acts:
        if act.before is None and act.after is not None and act.after.copy_of is not None:
            taken[act.after.copy_of] = max(taken.get(act.after.copy_of, 0.0), act.start)
    acts = [
        replace(act, start=taken[act.key], end=taken[act.key]) if act.key in taken and act.after is None else act
        for act in acts
    ]
    return Transition(before, after, tuple(acts), clock)


def _order(before: Board, after: Board) -> list[Key]:
    """All keys in the order they are painted: that of ``after``, so that nothing changes places when it is reached;
    each that leaves stays next to the one it stood on.
    """
    leaving: dict[Key | None, list[Key]] = {}
    last: Key | None = None
    for key in before.marks:
        if key in after.marks:
            last = key
        else:
            leaving.setdefault(last, []).append(key)
    return [*leaving.get(None, []), *(k for key in after.marks for k in (key, *leaving.get(key, [])))]


def _by_beginning(keys: Iterable[Key], lengths: Iterable[int]) -> dict[Key, list[Key]]:
    """Keys by how they begin, for beginnings of some lengths."""
    found: dict[Key, list[Key]] = {}
    for key, length in product(keys, lengths):
        if length <= len(key):
            found.setdefault(key[:length], []).append(key)
    return found


@dataclass(frozen=True, slots=True)
class _Plan:
    """An act before the clock is known."""

    act: Act
    how: str
    beat: float = 0.0
    lasts: float = 0.0
    is_cued: bool = False
    after: float = 0.0

    def later(self, pace: float) -> float:
        """How many seconds after its beat it begins."""
        return whole(self.after * pace) if self.after else 0.0

    def cued(self, cue: Cue) -> _Plan:
        how = cue.how or self.how
        return _Plan(
            replace(self.act, at=cue.at or self.act.at),
            how if self.how != "swap" else "swap",
            self.beat if cue.beat is None else cue.beat,
            (LASTS["turn"] if cue.how == "turn" else self.lasts) if cue.lasts is None else cue.lasts,
            self.is_cued or cue.beat is not None,
            cue.after,
        )


def _plan(key: Key, before: Board, after: Board) -> _Plan:
    """The default staging: what leaves, then what moves, then what enters; each in the way its kind and parents say."""
    old, new = before.marks.get(key), after.marks.get(key)

    def plan(how: str, beat: float, lasts: str, other: Mark | None = None) -> _Plan:
        return _Plan(Act(key, old, new, 0.0, 0.0, how, other), how, beat, LASTS[lasts])

    if old is not None and new is not None:
        if old == new:
            return plan("still", 0.0, "fade")
        words_change = old.kind == "words" and old.runs != new.runs and new.rides is None
        return plan("move", LEAVE if words_change or key[0] in TEXT_LINE else MOVE, "move")
    if old is not None:
        if any(m.copy_of == key for k, m in after.marks.items() if k not in before.marks):
            return plan("swap", LEAVE, "fade")
        target = after.marks.get(old.goes_into) if old.goes_into is not None else None
        if target is not None:
            return plan("move", MOVE, "move", target)
        return plan("fade", LEAVE, "sign" if key[0] in TEXT_LINE else "leave")
    assert new is not None
    if key[0] in TEXT_LINE:
        return plan("fade", LEAVE + 0.5, "fade")
    if new.copy_of is not None:
        parent = after.marks.get(new.copy_of) or before.marks.get(new.copy_of)
        if parent is not None:
            return plan("move", ENTER, "copy", parent)
    if new.kind in ("bar", "line"):
        return plan("grow", ENTER, "grow" if new.kind == "bar" else "draw")
    return plan("fade", ENTER, "fade")


def whole(seconds: float) -> float:
    """Seconds as a whole number of frames, at least one, at every rate of a film."""
    return max(1, round(seconds * RATE)) / RATE


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
        return _grown(act.after, share) if act.how == "grow" else act.after.at(alpha=act.after.alpha * share)
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
    if before.kind != after.kind:
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
