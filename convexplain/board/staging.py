"""The way from one board to the next: which marks move, appear and go, when, and how.

Two boards are joined by key. A key in both moves; a new one is a copy that flies from its parent, or grows where it
stands from what it is made of; one that is gone leaves, or flies into another. A board's cues change beats, seconds and
ways; then words that would cross others give way to them. What is seen on the way :mod:`convexplain.board.motion` says.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product

from convexplain.board.legible import legible
from convexplain.board.marks import Board, Cue, Key, Mark
from convexplain.board.motion import Act, Transition

LEAVE, MOVE, ENTER, NUMBER = 0.0, 1.0, 2.0, 0.5
"""The beats of a transition that a story does not stage: what leaves, what moves, what enters; a number half a beat
after the mark it rides on.
"""
LASTS = {"leave": 0.4, "sign": 0.2, "move": 0.9, "copy": 0.9, "grow": 0.7, "draw": 0.6, "fade": 0.4, "turn": 2.4}
"""Seconds of each way to change, at teaching pace; a sign of a formula is gone before those beside it close up."""
TEXT_LINE = ("caption", "formula")
"""Keys that begin so are the words below the picture: they change first, so that they are read before it moves."""
OVERLAP = 0.2
"""Seconds by which a beat begins before the one before it has ended: by the one easing nothing is seen to move then."""
RATE = 15
"""Durations are whole frames at this rate, and so at 30 and 60 frames a second."""


def transition(before: Board, after: Board, pace: float = 1.0) -> Transition:
    """The way from ``before`` to ``after``; ``pace`` multiplies its seconds."""
    return legible(_staged(before, after, pace), TEXT_LINE)


def _staged(before: Board, after: Board, pace: float) -> Transition:
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
    starts, clock, early = {}, 0.0, 0.0
    for beat in sorted(lengths):
        starts[beat] = clock - early
        clock, early = starts[beat] + lengths[beat], min(whole(OVERLAP * pace), whole(lengths[beat] / 2))
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
