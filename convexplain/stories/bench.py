"""The workbench several stories share: one channel's signal, the kernel that lies on it, and the staircase of products
below, all on one ruler and in one unit.

This module knows correlations (numbers with their texts) and pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from convexplain.board import pieces
from convexplain.board.marks import CONTEXT, FULL, SMALL, TEXT, Draft, Format, Key, Role
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories.script import Tap

TOP = 100.0
"""Where the picture begins, below the ruler."""
GAP = 22.0
"""Between a frame and what stands in it, and between signal and kernel."""
INDEX = 46.0
"""The room for the indices of the taps, in the card of a kernel."""


def extent(numbers: Iterable[Fraction]) -> tuple[float, float]:
    """How far numbers reach above and below zero, both positive."""
    values = [float(number) for number in numbers]
    return max([0.0, *values]), -min([0.0, *values])


def is_low(form: Format) -> bool:
    """Whether a board is on paper: it is lower than a film's, and rows stand closer."""
    return form.height < 1000


def bottom_of(form: Format, gap: float = 0.0) -> float:
    """Where a picture ends that leaves a gap to the text line."""
    return form.height - (100.0 if form.is_narrow else 72.0) - 26.0 - gap


def unit_of(room: float, reach: float, values: Iterable[Fraction], largest: float = 44.0) -> float:
    """The height of a number 1 where ``reach`` units must fit into a room. Bricks are no larger than ``largest``; bars
    of numbers that are not whole fill the room.
    """
    whole = all(value.denominator == 1 for value in values)
    unit = room / reach if reach > 0 else largest
    return max(1e-40, min(unit, largest) if whole else unit)


def levels(addends: Iterable[Fraction]) -> list[Fraction]:
    """Where a staircase stands after each addend, from 0 on."""
    reached = [Fraction(0)]
    for addend in addends:
        reached.append(reached[-1] + addend)
    return reached


@dataclass(frozen=True)
class Bench:
    """The heights of one channel's rows."""

    axis: Axis
    unit: float
    top: float
    foot: float
    """The baseline of the signal."""
    middle: float
    """Where the card of the kernel begins."""
    kernel: float
    """The baseline of the kernel."""
    bottom: float
    """Where the card ends."""
    floor: float
    """The baseline of the staircase."""
    size: float = TEXT
    """Of the worked numbers."""
    low: float = 0.0
    """The unit of products and outputs, where it is not that of the others."""
    base: float = 0.0
    """The baseline of the outputs, where they have a row of their own below the staircase."""

    @property
    def lowest(self) -> float:
        """The unit of products and outputs."""
        return self.low or self.unit

    @classmethod
    def fit(
        cls,
        form: Format,
        axis: Axis,
        samples: Sequence[Fraction],
        weights: Sequence[Fraction],
        sums: Sequence[Fraction],
        size: float = TEXT,
        top: float = TOP,
        largest: float = 44.0,
        below: float = 0.0,
        under: float = 0.0,
        between: float = 40.0,
        uneven: float = math.inf,
        outputs: Sequence[Fraction] = (),
        hanging: float = 0.0,
        gap: float = 0.0,
        over: float = 0.0,
    ) -> Bench:
        """Rows that fill the height between ``top`` and the text line with one unit for all of them; ``sums`` are the
        levels that the staircases reach, ``size`` that of the worked numbers, ``below`` the room under the taps,
        ``between`` that between the card and the numbers of the lowest row, ``under`` that under this row. Where it
        would be more than ``uneven`` times as high as the others, or they as it, both have half of the height.
        ``outputs`` have a row of their own below the staircases, of which the numbers ``hanging`` have room;
        ``gap`` is that around what stands in a frame, ``over`` that of a number over its bar, where they are not the
        usual ones.
        """
        bottom = form.height - 156.0 - under
        gap = gap or GAP * (0.6 if form.is_narrow else 1.0)
        above = (over or gap + 6) + size
        (s_up, s_down), (w_up, w_down) = extent(samples), extent(weights)
        (t_up, t_down), (o_up, o_down) = extent(sums), extent(outputs)
        lower = bool(sums) + bool(outputs)
        room = bottom - top - 2 * above - 2 * gap - lower * (above + between) - below - hanging - 8
        given, made = s_up + s_down + w_up + w_down, t_up + t_down + o_up + o_down
        values = [*samples, *weights, *sums, *outputs]
        unit = low = unit_of(room, given + made, values, largest)
        if made and not given / uneven <= made <= given * uneven:
            unit, low = unit_of(room / 2, given, values, largest), unit_of(room / 2, made, values, largest)
        foot = top + above + s_up * unit
        middle = foot + s_down * unit + gap
        kernel = middle + above + w_up * unit
        end, base = kernel + w_down * unit + gap + below, bottom - o_down * low - 8
        floor = base - t_down * low
        if outputs:  # what room is left stands evenly between the card and the two rows
            left = floor - hanging - o_up * low - above - between - (end + between + above + t_up * low)
            floor = end + between + above + t_up * low + left / 2
        return cls(axis, unit, top, foot, middle, kernel, end, floor, size, low, base)


def fitting(room: float, texts: Iterable[str], sizes: Sequence[float] = (TEXT, SMALL)) -> float:
    """The first of some sizes at which the longest of some texts fits into a room; the last when none does."""
    longest = max((advance(runs_of(text)) for text in texts), default=0.0)
    return next((size for size in sizes if longest * size <= room), sizes[-1])


def longest(room: float, texts: Sequence[str]) -> str:
    """The first of some texts that fits into a room as a small remark; the last when none does."""
    return next((text for text in texts if advance(runs_of(text)) * SMALL <= room), texts[-1])


def window_axis(draft: Draft, taps: Sequence[Tap], length: int, most: int, extra: int) -> Axis:
    """An axis for the columns that taps read, of at most about ``most`` places, with ``extra`` ones after them: a
    stretch of the signal, or, where the window is too long, its columns alone with gaps between them.
    """
    steps = [tap.step for tap in taps]
    span = max(steps) - min(steps) + 1
    if span <= max(len(taps), most - 2) and not any(tap.more for tap in taps):
        return Axis.near(draft, steps, length, max(most, span + extra), extra)
    places: list[int | None] = [None] if min(steps) > 0 else []
    for tap, after in zip(taps, [*taps[1:], None], strict=True):
        places.append(tap.step)
        if after is not None and after.step - tap.step > 1 and not (tap.more or after.more):
            places.append(None)
    empty = range(max(length, max(steps) + 1), max(length, max(steps) + 1) + extra)
    return Axis.over(draft, [*places, *empty], length)


def columns(taps: Iterable[Tap], axis: Axis) -> tuple[float, float]:
    """The left and right edge of a window over the columns that taps read."""
    xs = [axis.x(tap.step) for tap in taps]
    half = axis.pitch * 0.45
    return min(xs) - half, max(xs) + half


def factor(number: Number, spaced: bool = False) -> str:
    """A weight as the factor it is. What is negative stands in brackets; what has decimals is long enough without,
    where it is not ``spaced``.
    """
    if number.value.denominator != 1 and not spaced:
        return f"×{number.text}"
    return f"× ({number.text})" if number.value < 0 else f"× {number.text}"


def worked(number: Number, weight: Number) -> str:
    """A product before its result: ``3 × 2 =``."""
    return f"{number.text} {factor(weight, spaced=True)} ="


def lay_signal(
    draft: Draft,
    bench: Bench,
    key: Key,
    numbers: Mapping[int, Number],
    taps: Sequence[Tap],
    role: Role,
) -> None:
    """The signal, and the places that ``taps`` read besides it: those of the padding, and what is summed."""
    numbers = {step: number for step, number in numbers.items() if not any(t.more and t.step == step for t in taps)}
    bricks = all(number.value.denominator == 1 for number in numbers.values())
    pieces.signal(draft, key, numbers, bench.axis, bench.foot, bench.unit, role, None, (), bench.size, bricks)
    for tap in taps:
        if tap.padded or tap.more:
            at = (*key, tap.step)
            pieces.column(draft, at, tap.sample, bench.axis.x(tap.step), bench.foot, 12, bench.unit, "context")


def lay_kernel(
    draft: Draft,
    bench: Bench,
    key: Key,
    taps: Sequence[Tap],
    role: Role,
    tints: Mapping[int, Role] | None = None,
    written: bool = True,
    lit: Collection[int] | None = None,
    turned: bool = False,
) -> None:
    """The rig over the columns that taps read: frame, card, and the weights in the same columns. ``key`` is that of
    the kernel, (array, c, f); ``lit`` the taps that are meant, all when None.
    """
    left, right = columns(taps, bench.axis)
    pieces.rig(draft, ("rig", *key), left, right, bench.top, bench.middle, bench.bottom, role, turned=turned)
    pieces.baseline(draft, ("rig", *key), left + 16, right - 16, bench.kernel, role)
    draft.change([("baseline", "rig", *key)], light=0.6)
    bricks = all(tap.weight.value.denominator == 1 for tap in taps)
    for tap in taps:
        at, tint = (*key, tap.k), (tints or {}).get(tap.k, role)
        meant = FULL if lit is None or tap.k in lit else CONTEXT
        x = bench.axis.x(tap.step)
        pieces.column(
            draft, at, tap.weight, x, bench.kernel, bench.axis.bar, bench.unit, tint, light=meant, bricks=bricks
        )
        if written and meant == FULL:
            pieces.digits(draft, at, tap.weight.text if tap.more else factor(tap.weight), size=bench.size)


def lay_products(
    draft: Draft,
    bench: Bench,
    key: Key,
    kernel: Key,
    signal: Key,
    taps: Sequence[Tap],
    role: Role,
    tints: Mapping[int, Role] | None = None,
    until: float | None = None,
    written: bool = True,
) -> float:
    """The staircase of products below their columns; each is a copy of its sample, made of it and its weight."""
    steps, parents, copies = [], {}, {}
    for tap in taps:
        own = (*key, tap.k)
        steps.append((own, tap.product, (tints or {}).get(tap.k, role), bench.axis.x(tap.step)))
        parents[own] = ((*kernel, tap.k, "bar"), (*signal, tap.step, "bar"))
        copies[own] = (*signal, tap.step, "bar")
    pieces.baseline(draft, (*key, "floor"), bench.axis.left, bench.axis.right, bench.floor)
    bricks = all(step[1].value.denominator == 1 for step in steps)
    said = None if written else ()
    return pieces.staircase(
        draft,
        steps,
        bench.floor,
        bench.lowest,
        bench.axis.bar,
        parents,
        copies,
        said,
        bench.size,
        bricks,
        until,
    )


def number_taps(
    draft: Draft, bench: Bench, key: Key, taps: Sequence[Tap], lit: Collection[int] = (), named: bool = True
) -> None:
    """The index of each tap, at the lower edge of the kernel's card, and its name beside them."""
    y, small = bench.bottom - INDEX / 2 - 2, draft.format.small
    if named:
        left = min(bench.axis.x(tap.step) for tap in taps) - bench.axis.pitch / 2
        draft.put("index", (*key, "k"), words("*k*", left - 24, y, small, "lit" if lit else "quiet"))
    for tap in taps:
        x = bench.axis.x(tap.step)
        mark = words("⋯" if tap.more else str(tap.k), x, y, small, "lit" if tap.k in lit else "quiet")
        draft.put("index", (*key, tap.k, "index"), mark)
