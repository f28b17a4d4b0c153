"""What stories measure by on boards with rows of bars: units, ends, sizes at which texts have room, and columns.

This module knows numbers with their texts and the board's geometry; it puts no mark.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from itertools import pairwise

from convexplain.board.marks import FILM, SMALL, TEXT, Draft, Format
from convexplain.board.pieces import Axis
from convexplain.board.text import advance, runs_of
from convexplain.stories.script import Tap

TOP = 100.0
"""Where the picture begins, below the ruler."""
HATCHED = 0.36
"""The light of a turned kernel's hatching, over the face of its card."""


def extent(numbers: Iterable[Fraction]) -> tuple[float, float]:
    """How far numbers reach above and below zero, both positive."""
    values = [float(number) for number in numbers]
    return max([0.0, *values]), -min([0.0, *values])


def whole(values: Iterable[Fraction]) -> bool:
    """Whether numbers can be counted in bricks."""
    return all(value.denominator == 1 for value in values)


def is_low(form: Format) -> bool:
    """Whether a board is on paper: it is lower than a film's, and rows stand closer."""
    return form.height < 1000


def bottom_of(form: Format, gap: float = 0.0) -> float:
    """Where a picture ends that leaves a gap to the text line."""
    return form.height - (100.0 if form.is_narrow else 72.0) - 26.0 - gap


def unit_of(room: float, reach: float, values: Iterable[Fraction], largest: float = 44.0) -> float:
    """The height of a number 1 where ``reach`` units fit into a room; bricks are no larger than ``largest``."""
    unit = room / reach if reach > 0 else largest
    return max(1e-40, min(unit, largest) if whole(values) else unit)


def units_of(
    room: float, given: float, made: float, values: Collection[Fraction], largest: float, uneven: float
) -> tuple[float, float]:
    """One unit for rows that reach two heights, or half of the room for each where one is so ``uneven`` in it."""
    if made and not given / uneven <= made <= given * uneven:
        return unit_of(room / 2, given, values, largest), unit_of(room / 2, made, values, largest)
    return (unit_of(room, given + made, values, largest),) * 2


def levels(addends: Iterable[Fraction]) -> list[Fraction]:
    """Where a staircase stands after each addend, from 0 on."""
    reached = [Fraction(0)]
    for addend in addends:
        reached.append(reached[-1] + addend)
    return reached


def fitting(room: float, texts: Iterable[str], sizes: Sequence[float] = (TEXT, SMALL)) -> float:
    """The first of some sizes at which the longest of some texts fits into a room; the last when none does."""
    longest = max((advance(runs_of(text)) for text in texts), default=0.0)
    return next((size for size in sizes if longest * size <= room), sizes[-1])


def longest(room: float, texts: Sequence[str], size: float = SMALL) -> str:
    """The first of some texts that fits into a room in a size; the last when none does."""
    return next((text for text in texts if advance(runs_of(text)) * size <= room), texts[-1])


def fullest(*captions: str) -> str:
    """The first of some captions for which one line has room in a film; the last when none has."""
    return longest((FILM.width - 2 * FILM.margin) * SMALL / TEXT, captions)


def window_axis(
    draft: Draft, taps: Sequence[Tap], length: int, most: int, extra: int, also: Collection[int] = ()
) -> Axis:
    """An axis for the columns that taps read, and for steps ``also`` needed, of at most about ``most`` places, with
    ``extra`` ones after them: a stretch of the signal, or, where the window is too long, its columns alone with gaps
    between them.
    """
    steps, more = sorted({*(tap.step for tap in taps), *also}), {tap.step for tap in taps if tap.more}
    span = steps[-1] - steps[0] + 1
    if span <= max(len(steps), most - 2) and not more:
        return Axis.near(draft, steps, length, max(most, span + extra), extra)
    places: list[int | None] = [None] if steps[0] > 0 else []
    for step, after in zip(steps, [*steps[1:], None], strict=True):
        places.append(step)
        if after is not None and after - step > 1 and not more & {step, after}:
            places.append(None)
    empty = range(max(length, steps[-1] + 1), max(length, steps[-1] + 1) + extra)
    return Axis.over(draft, [*places, *empty], length)


def columns(steps: Iterable[int], most: int, kept: Collection[int] = ()) -> list[int | None]:
    """The places of an axis: the whole stretch of some steps where it fits, else with gaps, else as many of the first
    and the last as fit beside those that are ``kept``.
    """
    wanted = sorted(set(steps))
    if wanted[-1] - wanted[0] < most:
        return list(range(wanted[0], wanted[-1] + 1))
    some = (sorted({*kept, *wanted[:ends], *wanted[-ends:]}) for ends in range(6, 0, -1))
    found = map(_spaced, (wanted, *some))
    return next(places for places in found if len(places) <= most)


def _spaced(steps: Sequence[int]) -> list[int | None]:
    """Steps in order, with a gap where some are left out."""
    spaced: list[int | None] = [steps[0]]
    for before, step in pairwise(steps):
        spaced += [step] if step == before + 1 else [None, step]
    return spaced
