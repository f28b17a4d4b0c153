"""The workbench several stories share: one channel's signal, the kernel that lies on it, and the staircase of products
below, all on one ruler and in one unit.

This module knows correlations (numbers with their texts) and pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from convexplain.board import pieces
from convexplain.board.marks import CONTEXT, FULL, SMALL, TEXT, Draft, Format, Key, Role, line
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.layers import Cell
from convexplain.stories.script import Script, Tap

TOP = 100.0
"""Where the picture begins, below the ruler."""
GAP = 22.0
"""Between a frame and what stands in it, and between signal and kernel."""
INDEX = 40.0
"""The room for the indices of the taps."""


def extent(numbers: Iterable[Fraction]) -> tuple[float, float]:
    """How far numbers reach above and below zero, both positive."""
    values = [float(number) for number in numbers]
    return max([0.0, *values]), -min([0.0, *values])


def levels(addends: Iterable[Fraction]) -> list[Fraction]:
    """Where a staircase stands after each addend, from 0 on."""
    reached = [Fraction(0)]
    for addend in addends:
        reached.append(reached[-1] + addend)
    return reached


def size_for(texts: Iterable[str], pitch: float) -> float:
    """The size of type at which texts fit into their columns; 0 when not even the smallest does."""
    widest = max((advance(runs_of(text)) for text in texts), default=0.0)
    return next((size for size in (TEXT, SMALL) if widest * size <= 0.94 * pitch), 0.0)


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
    """Of the worked numbers; 0 when there is no room for any."""
    low: float = 0.0
    """The unit of the lowest row, where it is not that of the others."""

    @classmethod
    def fit(
        cls,
        form: Format,
        axis: Axis,
        samples: Sequence[Fraction],
        weights: Sequence[Fraction],
        sums: Sequence[Fraction],
        top: float = TOP,
        bottom: float = 0.0,
        widest: float = 44.0,
        texts: Iterable[str] | None = None,
        bare: bool = False,
        indexed: bool = False,
        share: float = 0.0,
    ) -> Bench:
        """Rows that fill the height between ``top`` and ``bottom`` with one unit for all of them; ``sums`` are the
        levels that the staircases reach. The ``texts`` that stand in columns choose the size of type. On a ``bare``
        bench signal and kernel have no numbers; on an ``indexed`` one the taps have theirs below. The lowest row is in
        a smaller unit of its own when it would need more than ``share`` of the height.
        """
        bottom = bottom or form.height - 156.0
        fitting = (TEXT if axis.pitch > 150 else SMALL) if texts is None else size_for(texts, axis.pitch)
        size = fitting or SMALL
        above = GAP + size + 6
        over = GAP if bare else above
        (s_up, s_down), (w_up, w_down), (t_up, t_down) = extent(samples), extent(weights), extent(sums)
        room = bottom - top - (2 * over + 2 * GAP + above + 40 + INDEX * indexed)
        rows, lowest = s_up + s_down + w_up + w_down, t_up + t_down
        unit = low = min(widest, room / max(1e-9, rows + lowest))
        if share and lowest * unit > share * room:
            low, unit = share * room / lowest, min(widest, (1 - share) * room / max(1e-9, rows))
        foot = top + over + s_up * unit
        middle = foot + s_down * unit + GAP
        kernel = middle + over + w_up * unit
        end = kernel + w_down * unit + GAP + INDEX * indexed
        return cls(axis, unit, top, foot, middle, kernel, end, end + above + 24 + t_up * low, fitting, low)


def columns(taps: Iterable[Tap], axis: Axis) -> tuple[float, float]:
    """The left and right edge of a window over the columns that taps read."""
    xs = [axis.x(tap.step) for tap in taps]
    half = axis.pitch * 0.45
    return min(xs) - half, max(xs) + half


def factor(number: Number) -> str:
    """A weight as the factor it is: a negative one stands in brackets."""
    return f"× ({number.text})" if number.value < 0 else f"× {number.text}"


def lay_signal(
    draft: Draft,
    bench: Bench,
    key: Key,
    numbers: Mapping[int, Number],
    taps: Sequence[Tap],
    role: Role,
    written: bool = True,
) -> None:
    """The signal, with the samples that the window covers as bars and the others as stems."""
    covered = [tap.step for tap in taps if not tap.padded]
    bricks = all(number.value.denominator == 1 for number in numbers.values())
    said = covered if written else []
    lit = covered if taps else None
    pieces.signal(draft, key, numbers, bench.axis, bench.foot, bench.unit, role, lit, said, bench.size, bricks)
    for tap in taps:
        if tap.padded:
            at = (*key, tap.step)
            pieces.column(draft, at, tap.sample, bench.axis.x(tap.step), bench.foot, 12, bench.unit, "context")
            if written:
                pieces.digits(draft, at, "0", size=bench.size, role="quiet")


def lay_kernel(
    draft: Draft,
    bench: Bench,
    key: Key,
    taps: Sequence[Tap],
    role: Role,
    tints: Mapping[int, Role] | None = None,
    written: bool = True,
    lit: Collection[int] | None = None,
    corner: str = "left",
    turned: bool = False,
) -> None:
    """The rig over the columns that taps read: frame, card, and the weights in the same columns. ``key`` is that of
    the kernel, (array, c, f); ``lit`` the taps that are meant, all when None.
    """
    left, right = columns(taps, bench.axis)
    pieces.rig(draft, ("rig", *key), left, right, bench.top, bench.middle, bench.bottom, role, corner, turned)
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
            pieces.digits(draft, at, factor(tap.weight), size=bench.size)


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
    steps, parents, copies, seams = [], {}, {}, {}
    for tap in taps:
        own = (*key, tap.k)
        steps.append((own, tap.product, (tints or {}).get(tap.k, role), bench.axis.x(tap.step)))
        parents[own] = ((*kernel, tap.k, "bar"), (*signal, tap.step, "bar"))
        copies[own] = (*signal, tap.step, "bar")
        whole = tap.sample.value.denominator == 1 and tap.weight.value.denominator == 1
        seams[own] = abs(int(tap.sample.value)) if whole and abs(tap.weight.value) > 1 else 0
    pieces.baseline(draft, (*key, "floor"), bench.axis.left, bench.axis.right, bench.floor)
    bricks = all(step[1].value.denominator == 1 for step in steps)
    said = None if written else ()
    return pieces.staircase(
        draft,
        key,
        steps,
        bench.floor,
        bench.unit,
        bench.axis.bar,
        parents,
        copies,
        said,
        bench.size,
        bricks,
        seams,
        until,
    )


def beside(axis: Axis, taps: Sequence[Tap], form: Format, place: float = 1.5) -> float:
    """Where a sum in the making stands: right of its window, off the ruler by half a step; left of it at the end."""
    last, first = max(axis.x(tap.step) for tap in taps), min(axis.x(tap.step) for tap in taps)
    right = last + place * axis.pitch
    return right if right + axis.bar / 2 <= form.width - form.margin else first - place * axis.pitch


class Place(NamedTuple):
    """A place of the window: the output's step, the step it stands under, its number, and the taps that make it."""

    step: int
    home: int
    output: Number
    taps: tuple[Tap, ...]


def place(script: Script, step: int) -> Place:
    """The place of one output of the told filter, in a layer that reads one channel."""
    cell = Cell(step, script.cell.channel)
    return Place(step, script.home(step), script.output(*cell), script.correlations(cell)[0].taps)


def wide(draft: Draft, script: Script, step: int, most: int) -> Axis:
    """An axis of all samples and all zeros around them; where they are more than ``most``, of those near the window of
    output ``step``.
    """
    length, told = script.read_shape[0], place(script, step)
    first = place(script, 0).taps[0].step
    last = place(script, script.shape[0] - 1).taps[-1].step
    steps = range(min(0, first), max(length - 1, last) + 1)
    if len(steps) <= most:
        return Axis.over(draft, steps, length)
    return Axis.near(draft, [told.home, *(tap.step for tap in told.taps)], length, most)


def in_view(script: Script, axis: Axis, step: int) -> list[Place]:
    """The places around output ``step`` whose windows an axis shows in full."""
    found = [place(script, step)]
    for way in (-1, 1):
        at = step + way
        while 0 <= at < script.shape[0]:
            other = place(script, at)
            if not all(axis.has(shown) for shown in (other.home, *(tap.step for tap in other.taps))):
                break
            found.append(other)
            at += way
    return sorted(found)


def lay_outputs(
    draft: Draft,
    bench: Bench,
    key: Key,
    places: Sequence[Place],
    lit: Collection[int] | None = None,
    written: Collection[int] = (),
    made_of: Mapping[int, tuple[Key, ...]] | None = None,
    copy_of: Mapping[int, Key] | None = None,
) -> None:
    """The lowest row: outputs, each under its own step. Those ``lit`` (all when None) are bars."""
    pieces.baseline(draft, key, bench.axis.left, bench.axis.right, bench.floor)
    bricks = all(place.output.value.denominator == 1 for place in places)
    for step, home, output, _ in places:
        at, meant = (*key, step), lit is None or step in lit
        origin = {"made_of": (made_of or {}).get(step, ()), "copy_of": (copy_of or {}).get(step)}
        x = bench.axis.x(home)
        pieces.column(draft, at, output, x, bench.floor, bench.axis.bar, bench.low, "output", meant, bricks, **origin)
        if step in written and bench.size:
            pieces.digits(draft, at, output.text, size=bench.size)


def thread(draft: Draft, bench: Bench, key: Key, place: Place) -> None:
    """A thin line from a window to its output: what the output speaks of."""
    x, digits = bench.axis.x(place.home), draft.marks.get((*key, place.step, "digits"))
    bar = draft.marks[*key, place.step, "bar"]
    end = bar.top if digits is None else digits.top
    draft.put("thread", ("thread", *key, place.step), line("kernel", x, bench.bottom, x, end - 10, size=2, z=-1))


def number_taps(draft: Draft, bench: Bench, key: Key, taps: Sequence[Tap], lit: Collection[int] = ()) -> None:
    """The index of each tap, at the lower edge of the kernel's card."""
    for tap in taps:
        role = "lit" if tap.k in lit else "quiet"
        mark = words(str(tap.k), bench.axis.x(tap.step), bench.bottom - INDEX / 2 - 2, SMALL, role)
        draft.put("index", (*key, tap.k, "index"), mark)


def silhouette(
    draft: Draft, bench: Bench, key: Key, taps: Sequence[Tap], level: float, sign: int = 1, copy_of: Key | None = None
) -> None:
    """The outline of a kernel's taps, from tip to tip over the y ``level``; upside down for a ``sign`` of -1."""
    half, points = bench.axis.pitch / 2, []
    for tap in taps:
        x, y = bench.axis.x(tap.step), level - sign * float(tap.weight.value) * bench.unit
        points += [x - half, y, x + half, y]
    draft.put("silhouette", key, line("kernel", *points, size=6, z=2, copy_of=copy_of))
