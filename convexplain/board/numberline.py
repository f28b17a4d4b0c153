"""Number lines, each a closer look at the one above: bars, ticks, a bracket, and dots on them.

This module knows places on a line; which numbers stand there, and how they are written, it is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from convexplain.board.marks import CARD, SMALL, Draft, Key, Mark, Role, bar, dot, line, plate
from convexplain.board.text import words


@dataclass(frozen=True)
class NumberLine:
    """A stretch of the number line: from ``low`` at x = ``left`` to ``high`` at x = ``right``."""

    name: str
    low: Fraction
    high: Fraction
    left: float
    right: float
    y: float

    def x(self, value: Fraction) -> float:
        """Where a number stands."""
        return self.left + float((value - self.low) / (self.high - self.low)) * (self.right - self.left)


def lay(draft: Draft, on: NumberLine) -> None:
    """The line itself."""
    draft.put("number line", ("axis", on.name), line("quiet", on.left, on.y, on.right, on.y, size=3, z=-1))


def rays(draft: Draft, on: NumberLine, start: tuple[float, float]) -> None:
    """Two lines from the point that a line is a closer look at, to its ends."""
    for side, x in (("low", on.left), ("high", on.right)):
        ray = line("context", *start, x, on.y - 10, size=3, z=-4)
        draft.put("number line", ("ray", on.name, side), ray)


def tick(draft: Draft, on: NumberLine, value: Fraction, height: float, text: str = "") -> None:
    """A tick across the line, its number below."""
    x, key = on.x(value), ("tick", on.name, str(value))
    draft.put("number line", key, line("quiet", x, on.y - height / 2, x, on.y + height / 2, size=2, z=-1))
    below = words(text, x, on.y + height / 2 + 30, SMALL, "quiet")
    if text and below.left > max(8, on.left - 40) and below.right < min(draft.format.width - 8, on.right + 40):
        draft.put("number line", (*key, "digits"), below.at(rides=key))


def lying(draft: Draft, on: NumberLine, key: Key, value: Fraction, role: Role, height: float, **more: Any) -> Mark:
    """A number as a bar that lies on the line, from zero."""
    ends = sorted((on.x(Fraction(0)), on.x(value)))
    mark = bar(role, sum(ends) / 2, on.y - 4, max(1.0, ends[1] - ends[0]), height, **more)
    return draft.put("number line", key, mark)


def stroke(draft: Draft, on: NumberLine, key: Key, value: Fraction, role: Role, rise: float, drop: float) -> Mark:
    """A number as a stroke through the line."""
    x = on.x(value)
    return draft.put("number line", key, line(role, x, on.y + drop, x, on.y - rise, size=6, z=1))


def landed(draft: Draft, on: NumberLine, key: Key, value: Fraction, role: Role) -> Mark:
    """A number as a dot on the line."""
    return draft.put("number line", key, dot(role, on.x(value), on.y, 30.0, z=2))


def bracket(draft: Draft, on: NumberLine, key: Key, low: Fraction, high: Fraction, role: Role, half: float) -> None:
    """A stretch between two square brackets."""
    left, right, top, bottom = on.x(low), on.x(high), on.y - half, on.y + half
    face = plate(role, left, top, right, bottom, light=CARD, z=-3, radius=0.0)
    draft.put("number line", (*key, "face"), face)
    for side, x, inwards in (("left", left, 22.0), ("right", right, -22.0)):
        mark = line(role, x + inwards, top, x, top, x, bottom, x + inwards, bottom, size=5)
        draft.put("number line", (*key, side), mark)
