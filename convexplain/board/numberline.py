"""A number line that zooms in: marks, ticks and a bracket between two ends.

This module knows places on a line; which numbers stand there, and how they are written, it is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from convexplain.board.marks import FULL, SMALL, TEXT, Draft, Key, Mark, Role, bar, dot, line, plate
from convexplain.board.text import words


@dataclass(frozen=True)
class NumberLine:
    """A stretch of the number line: from ``low`` at x = ``left`` to ``high`` at x = ``right``."""

    low: Fraction
    high: Fraction
    left: float
    right: float
    y: float

    def x(self, value: Fraction) -> float:
        """Where a number stands."""
        return self.left + float((value - self.low) / (self.high - self.low)) * (self.right - self.left)

    def has(self, value: Fraction) -> bool:
        """Whether a number is on the stretch."""
        return self.low <= value <= self.high


def axis(draft: Draft, on: NumberLine) -> None:
    """The line itself."""
    draft.put("number line", ("axis",), line("quiet", on.left, on.y, on.right, on.y, size=3, z=-1))


def tick(draft: Draft, on: NumberLine, key: Key, value: Fraction, text: str = "", height: float = 18.0) -> None:
    """A tick across the line, its number below."""
    x = on.x(value)
    draft.put("number line", ("tick", *key), line("quiet", x, on.y - height / 2, x, on.y + height / 2, size=2, z=-1))
    if text:
        draft.put("number line", ("tick", *key, "digits"), words(text, x, on.y + 46, SMALL, "quiet"))


def pointer(draft: Draft, on: NumberLine, key: Key, value: Fraction, role: Role, height: float = 110.0) -> Mark:
    """A number as a stroke that stands on the line."""
    x = on.x(value)
    return draft.put("number line", key, line(role, x, on.y + 16, x, on.y - height, size=6, z=1))


def landed(draft: Draft, on: NumberLine, key: Key, value: Fraction, role: Role) -> Mark:
    """A number as a dot on the line."""
    return draft.put("number line", key, dot(role, on.x(value), on.y, 30.0, z=2))


def bracket(draft: Draft, on: NumberLine, key: Key, low: Fraction, high: Fraction, role: Role, half: float) -> None:
    """A stretch that is proven, between two square brackets."""
    left, right = on.x(low), on.x(high)
    face = plate(role, left, on.y - half, right, on.y + half, light=0.16, z=-3, radius=0.0)
    draft.put("number line", (*key, "face"), face)
    for side, x, inwards in (("left", left, 22.0), ("right", right, -22.0)):
        top, bottom = on.y - half, on.y + half
        mark = line(role, x + inwards, top, x, top, x, bottom, x + inwards, bottom, size=5)
        draft.put("number line", (*key, side), mark)


def span(draft: Draft, key: Key, left: float, right: float, y: float, markup: str, role: Role) -> None:
    """The distance of two places, with its size over it."""
    draft.put("number line", (*key, "line"), line(role, left, y, right, y, size=5))
    draft.put("number line", key, words(markup, (left + right) / 2, y - 44, TEXT, role))


def lying(draft: Draft, on: NumberLine, key: Key, value: Fraction, role: Role, height: float, **more: Any) -> Mark:
    """A number as a bar from zero along the line, over it."""
    ends = sorted((on.x(Fraction(0)), on.x(value)))
    mark = bar(role, sum(ends) / 2, on.y - 14, max(1.0, ends[1] - ends[0]), height, light=FULL, **more)
    return draft.put("number line", key, mark)
