"""The way from one board to the next: which marks move, appear and go, when, and how.

Two boards are joined by key. A key in both moves; a new one is a copy that flies from its parent, or grows where it
stands from what it is made of; one that is gone leaves, or flies into another. A board's cues change beats, seconds and
ways; then words that would cross others give way to them. What is seen on the way :mod:`convexplain.board.motion` says.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, replace

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
STAY = 4
"""One in so many marks stays, at least, where a picture goes on: where fewer do, it goes, and another comes."""
RATE = 15
"""Durations are whole frames at this rate, and so at 30 and 60 frames a second."""


def is_scene(before: Mapping[Key, Mark], after: Mapping[Key, Mark]) -> bool:
    """Whether the marks of one board are another picture after those of the one before: few of them stay."""
    return STAY * len(before.keys() & after.keys()) < min(len(before), len(after))


def transition(before: Board, after: Board, pace: float = 1.0) -> Transition:
    """The way from ``before`` to ``after``; ``pace`` multiplies its seconds."""
    return legible(_staged(before, after, pace), TEXT_LINE)


def _staged(before: Board, after: Board, pace: float) -> Transition:
    plans = {key: _plan(key, before, after) for key in _order(before, after)}
    for cue in after.cues:
        starts, lengths = set(cue.keys), {len(start) for start in cue.keys}
        for key, plan in plans.items():
            is_meant = any(key[:length] in starts for length in lengths)
            if is_meant and (plan.act.how != "still" or cue.how in ("turn", "back first")):
                plans[key] = plan.cued(cue)
    for key, plan in plans.items():  # a number follows the mark it rides on, wherever a story has put that
        ridden = plan.act.after.rides if plan.act.after is not None and plan.act.before is None else None
        if ridden in plans and not plan.is_cued and plans[ridden].act.before is None:
            bar = plans[ridden]
            late = bar.after + bar.lasts if bar.after else 0.0
            plans[key] = replace(plan, beat=bar.beat + (0 if late else NUMBER), after=late)
    seconds, begins, clock, early = defaultdict[float, float](float), dict[float, float](), 0.0, 0.0
    for plan in plans.values():
        seconds[plan.beat] = max(seconds[plan.beat], sum(plan.span(pace)))
    for beat in sorted(beat for beat in seconds if seconds[beat]):
        begins[beat] = clock - early
        clock, early = begins[beat] + seconds[beat], min(whole(OVERLAP * pace), whole(seconds[beat] / 2))
    acts, taken = list[Act](), defaultdict[Key, float](float)
    for plan in plans.values():
        late, lasts = plan.span(pace)
        start = begins[plan.beat] + late if lasts else 0.0
        acts.append(replace(plan.act, start=start, end=start + lasts))
        if plan.act.before is None and plan.act.after is not None and plan.act.after.copy_of is not None:
            taken[plan.act.after.copy_of] = max(taken[plan.act.after.copy_of], start)
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


@dataclass(frozen=True, slots=True)
class _Plan:
    """An act before the clock is known."""

    act: Act
    beat: float
    lasts: float
    is_cued: bool = False
    after: float = 0.0

    def span(self, pace: float) -> tuple[float, float]:
        """How many seconds after its beat it begins, and how many it takes: none where nothing is seen to change."""
        if self.act.how in ("still", "swap"):
            return 0.0, 0.0
        return whole(self.after * pace) if self.after else 0.0, whole(self.lasts * pace)

    def cued(self, cue: Cue) -> _Plan:
        how = self.act.how if self.act.how == "swap" else cue.how or self.act.how
        return _Plan(
            replace(self.act, at=cue.at or self.act.at, how=how),
            self.beat if cue.beat is None else cue.beat,
            (LASTS["turn"] if cue.how == "turn" else self.lasts) if cue.lasts is None else cue.lasts,
            self.is_cued or cue.beat is not None,
            cue.after,
        )


def _plan(key: Key, before: Board, after: Board) -> _Plan:
    """The default staging: what leaves, then what moves, then what enters; each in the way its kind and parents say."""
    old, new = before.marks.get(key), after.marks.get(key)

    def plan(how: str, beat: float, lasts: str, other: Mark | None = None) -> _Plan:
        return _Plan(Act(key, old, new, 0.0, 0.0, how, other), beat, LASTS[lasts])

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
