"""Words that would cross others on the way between two boards give way: nothing is ever written over something else.

A story says where things stand and when they move, for networks that nobody has seen; what lies on the way it cannot
know. So of two texts that would cross, the one that travels further goes where it stands and comes anew where it will
stand; where both stand, the one that comes waits until the other is gone. This module knows the acts of a transition
and what is seen of them, no story and no medium.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

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
NOTHING: Box = (math.inf, math.inf, -math.inf, -math.inf)
"""What is covered by words that are not read."""


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
            if _travels(first):  # without a way: what stands at both ends comes anew, other words fade
                acts[first.key] = replace(first, other=None, how="anew" if first.other is None else "fade")
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
    swept = np.array([_swept(act) for act in texts]).reshape(-1, 4)
    moving = np.array([act.how != "still" for act in texts], bool)
    seen: dict[int, np.ndarray] = {}
    for i, j in np.argwhere(np.triu(_over(swept[:, None], swept) & (moving[:, None] | moving), 1)).tolist():
        one, other = texts[i], texts[j]
        if _alike(one, other) or _parted(one, other) or (one.key[0] in kept and other.key[0] in kept):
            continue
        for place in {i, j} - seen.keys():
            seen[place] = np.array([_covered(at(texts[place], duration * n / MOMENTS)) for n in range(1, MOMENTS)])
        if _over(seen[i], seen[j]).any():
            yield one.key, other.key


def _ends(act: Act) -> list[Mark]:
    return [mark for mark in (act.before, act.after, act.other) if mark is not None]


def _swept(act: Act) -> Box:
    """What an act covers in all its time: words that become others are as wide as they were until half-way."""
    ends = _ends(act)
    half, xs = max(mark.width for mark in ends) / 2, [mark.x for mark in ends]
    _, tops, _, bottoms = zip(*map(_box, ends), strict=True)
    return min(xs) - half, min(tops), max(xs) + half, max(bottoms)


def _box(mark: Mark) -> Box:
    half = TALL * mark.size
    return mark.left, mark.y - half, mark.right, mark.y + half


def _covered(mark: Mark | None) -> Box:
    return _box(mark) if mark is not None and mark.kind == "words" and mark.text and mark.alpha > FAINT else NOTHING


def _over(some: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Whether boxes (..., 4) lie over others."""
    begin, end = np.maximum(some[..., :2], others[..., :2]), np.minimum(some[..., 2:], others[..., 2:])
    return (end - begin > NEAR).all(axis=-1)


def _alike(one: Act, other: Act) -> bool:
    """Whether two texts move as one, so that what is clear at both ends is clear on the way."""
    return (course := _course(one)) is not None and course == _course(other)


def _course(act: Act) -> tuple[Any, ...] | None:
    """When, how and how far a text moves that is written the same at both ends; None for others."""
    before, after = act.before, act.after
    if before is None or after is None or before.runs != after.runs or before.size != after.size:
        return None
    return act.start, act.end, act.how, after.x - before.x, after.y - before.y


def _parted(one: Act, other: Act) -> bool:
    """Whether one of two marks is a copy that parts from the other."""
    return any(a.after is not None and a.after.copy_of == b.key for a, b in ((one, other), (other, one)))


def _travels(act: Act) -> float:
    """How far words go; 0 for those that stand, or come anew where they will stand."""
    ends = [(mark.x, mark.y) for mark in _ends(act)]
    return 0.0 if act.how in ("still", "anew") or len(ends) < 2 else math.dist(*ends[:2])


def _waiting(act: Act, until: Act) -> Act:
    """An act that begins when another has ended."""
    late = max(0.0, until.end - act.start)
    return replace(act, start=act.start + late, end=act.end + late)
