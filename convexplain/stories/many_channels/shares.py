"""How rows of bars share a height, and where bars stand in a row: of numbers, texts and edges; it knows no channel."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import NamedTuple, TypeAlias

from convexplain.board.marks import DIGIT, SMALL
from convexplain.board.pieces import ABOVE, Axis, Number
from convexplain.board.text import advance, runs_of
from convexplain.stories import bench

TOP, GAP, SHARE = 84.0, 7.0, 0.55
"""Where the picture begins, below the ruler; between a frame and what is in it; of a step, how wide a bar is."""
At: TypeAlias = "tuple[float, float, float, float]"
"""Where a bar stands: its x, its baseline, its width, and the height of a number 1."""


def width(text: str, size: float = SMALL) -> float:
    """How wide a text is."""
    return advance(runs_of(text)) * size


def above(size: float) -> float:
    """The room of a number over its bar."""
    return ABOVE + DIGIT * size + GAP


def reach(numbers: Iterable[Number]) -> tuple[float, float]:
    """How far numbers reach above and below zero, both positive."""
    return bench.extent(number.value for number in numbers)


class Shares(NamedTuple):
    """Rows of bars that have equal shares of a height: how far each reaches up and down in units, and the room over and
    under its bars.
    """

    top: float
    bottom: float
    reaches: Sequence[tuple[float, float]]
    over: float = 0.0
    under: float = 0.0

    @property
    def high(self) -> float:
        """The height of a row."""
        return (self.bottom - self.top) / len(self.reaches)

    def unit(self, most: float) -> float:
        """The largest unit, at most ``most``, at which each row has room."""
        tall = max(map(sum, self.reaches))
        return max(1e-40, min(most, (self.high - self.over - self.under) / tall)) if tall else most

    def feet(self, unit: float) -> list[float]:
        """The baselines; bars stand in the middle of their room."""
        free = [(self.high + self.over - self.under + (up - down) * unit) / 2 for up, down in self.reaches]
        return [self.top + self.high * n + foot for n, foot in enumerate(free)]


class Slot(NamedTuple):
    """Where a number stands as a bar: in the middle of its width, on a baseline, in a unit; the size of what is written
    over it, and the y of the name under it.
    """

    x: float
    pitch: float
    floor: float
    unit: float
    size: float
    under: float = 0.0

    @classmethod
    def row(cls, begin: float, pitch: float, many: int, *more: float) -> list[Slot]:
        """So many slots from an x on."""
        return [cls(begin + pitch * (place + 0.5), pitch, *more) for place in range(many)]

    @property
    def bar(self) -> float:
        """How wide a bar is."""
        return min(150.0, SHARE * self.pitch)

    @property
    def at(self) -> At:
        """Where the bar stands."""
        return self.x, self.floor, self.bar, self.unit


def fit(axis: Axis, left: float, right: float) -> Axis:
    """The axis between two edges."""
    pitch = min(250.0, (right - left) / ((axis.right - axis.left) / axis.pitch))
    return replace(axis, left=left, pitch=pitch, share=SHARE, widest=120.0)


def fitted(room: Callable[[float], float], most: float) -> float:
    """The largest unit, at most ``most``, at which ``room(unit)``, what is left of the height, is not negative."""
    if room(most) >= 0:
        return most
    low, high = 1e-40, most
    for _ in range(100):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if room(middle) >= 0 else (low, middle)
    return low
