"""Words that would cross others on the way between two boards give way: nothing is ever written over something else.

A story says where things stand and when they move, for networks that nobody has seen; what lies on the way it cannot
know. So of two texts that would cross, the one that travels further goes where it stands and comes anew where it will
stand; where both stand, the one that comes waits until the other is gone. This module knows the acts of a transition
and what is seen of them, no story and no medium.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from convexplain.board.marks import Key, Mark
from convexplain.board.motion import Act, Transition, at

MOMENTS = 30
"""How often a way is looked at."""
FAINT, NEAR = 0.25, 1.0
"""Words that are fainter are not read; by how many units two may touch."""
ROUNDS = 24
"""How often words give way, at most: what makes room for one text may bring another into the way."""
TALL = 0.36
"""How far letters reach above and below the middle of their line, in their size."""
Box: TypeAlias = "tuple[float, float, float, float]"
"""What words cover: left, top, right, bottom."""


def legible(way: Transition, kept: tuple[str, ...] = ()) -> Transition:
    """The way on which no words cross others. Two texts whose keys both begin with one of ``kept``, and a copy and what
    it parts from, may.
    """
    acts = {act.key: act for act in way.acts}
    duration = way.duration
    for _ in range(ROUNDS):
        pairs = list(crossings(acts, duration, kept))
        if not pairs:
            break
        for one, other in pairs:
            first, second = sorted((acts[one], acts[other]), key=_travels, reverse=True)
            if _travels(first):
                acts[first.key] = _standing(first)
                continue
            early, late = sorted((first, second), key=lambda act: (act.start, act.end))
            if early.how == late.how == "anew":  # both go, then both come
                acts[early.key] = replace(early, start=late.start, end=late.end)
            elif late.after is None or early.before is None:
                acts[early.key] = _waiting(early, late)
            else:
                acts[late.key] = _waiting(late, early)
        duration = max([duration, *(act.end for act in acts.values())])
    return replace(way, acts=tuple(acts.values()), duration=duration)


def crossings(acts: Mapping[Key, Act], duration: float, kept: tuple[str, ...] = ()) -> Iterator[tuple[Key, Key]]:
    """The pairs of texts that lie over each other at some moment."""
    texts = [act for act in acts.values() if act.how != "turn" and any(m.kind == "words" for m in _ends(act))]
    if not texts:
        return
    left, top, right, bottom = np.array([_swept(act) for act in texts]).T
    moving = np.array([act.how != "still" for act in texts])
    wide = np.minimum.outer(right, right) - np.maximum.outer(left, left) > NEAR
    high = np.minimum.outer(bottom, bottom) - np.maximum.outer(top, top) > NEAR
    seen: dict[int, list[Box | None]] = {}
    for i, j in np.argwhere(np.triu(wide & high & (moving[:, None] | moving), 1)).tolist():
        one, other = texts[i], texts[j]
        if _alike(one, other) or _parted(one, other) or (one.key[0] in kept and other.key[0] in kept):
            continue
        for place in (i, j):
            if place not in seen:
                seen[place] = [_covered(at(texts[place], duration * n / MOMENTS)) for n in range(1, MOMENTS)]
        if any(a and b and _over(a, b) for a, b in zip(seen[i], seen[j], strict=True)):
            yield one.key, other.key


def _ends(act: Act) -> list[Mark]:
    return [mark for mark in (act.before, act.after, act.other) if mark is not None]


def _swept(act: Act) -> Box:
    """What an act covers in all its time: words that become others are as wide as they were until half-way."""
    boxes, half = [_box(mark) for mark in _ends(act)], max(mark.width for mark in _ends(act)) / 2
    left, top = min(mark.x for mark in _ends(act)) - half, min(box[1] for box in boxes)
    right, bottom = max(mark.x for mark in _ends(act)) + half, max(box[3] for box in boxes)
    return left, top - (right - left) / 4 * (act.how == "arc"), right, bottom


def _box(mark: Mark) -> Box:
    half = TALL * mark.size
    return mark.left, mark.y - half, mark.right, mark.y + half


def _covered(mark: Mark | None) -> Box | None:
    return _box(mark) if mark is not None and mark.kind == "words" and mark.text and mark.alpha > FAINT else None


def _over(one: Box, other: Box) -> bool:
    wide, high = min(one[2], other[2]) - max(one[0], other[0]), min(one[3], other[3]) - max(one[1], other[1])
    return wide > NEAR and high > NEAR


def _alike(one: Act, other: Act) -> bool:
    """Whether two texts move as one, so that what is clear at both ends is clear on the way."""
    if (one.start, one.end, one.how) != (other.start, other.end, other.how):
        return False
    first, second = _shift(one), _shift(other)
    return first is not None and first == second


def _shift(act: Act) -> tuple[float, float] | None:
    """How far a text moves that is written the same at both ends; None for others."""
    before, after = act.before, act.after
    if before is None or after is None or before.runs != after.runs or before.size != after.size:
        return None
    return after.x - before.x, after.y - before.y


def _parted(one: Act, other: Act) -> bool:
    """Whether one of two marks is a copy that parts from the other."""
    return any(a.after is not None and a.after.copy_of == b.key for a, b in ((one, other), (other, one)))


def _travels(act: Act) -> float:
    """How far words go; 0 for those that stand, or come anew where they will stand."""
    ends = _ends(act)
    if act.how in ("still", "anew") or len(ends) < 2:
        return 0.0
    return float(np.hypot(ends[0].x - ends[1].x, ends[0].y - ends[1].y))


def _standing(act: Act) -> Act:
    """An act without a way: where it stands at both ends it goes and comes anew, else it fades."""
    if act.other is None:
        return replace(act, how="anew")
    return replace(act, other=None, how="fade")


def _waiting(act: Act, until: Act) -> Act:
    """An act that begins when another has ended."""
    late = max(0.0, until.end - act.start)
    return replace(act, start=act.start + late, end=act.end + late)
