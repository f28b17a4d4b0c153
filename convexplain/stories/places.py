"""All places of a window along a signal: the signal, the rig over one place, and below the outputs, each under its own
step; several stories about one channel share them.

This module knows scripts and pieces; which place is meant, and what is said of it, a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from convexplain.board import pieces
from convexplain.board.marks import TEXT, Draft, Format, Key, line
from convexplain.board.pieces import Axis, Number
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.bench import Bench
from convexplain.stories.script import Script, Tap


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


def axis(draft: Draft, script: Script, step: int, most: int) -> Axis:
    """An axis of all samples and all zeros around them; where they are more than ``most``, of those near the window of
    output ``step``.
    """
    length, told = script.read_shape[0], place(script, step)
    first, last = place(script, 0).taps[0].step, place(script, script.shape[0] - 1).taps[-1].step
    steps = range(min(0, first), max(length - 1, last) + 1)
    if len(steps) <= most:
        return Axis.over(draft, steps, length)
    return Axis.near(draft, [told.home, *(tap.step for tap in told.taps)], length, most)


def in_view(script: Script, shown: Axis, step: int) -> list[Place]:
    """The places around output ``step`` whose windows an axis shows in full."""
    found = [place(script, step)]
    for way in (-1, 1):
        at = step + way
        while 0 <= at < script.shape[0]:
            other = place(script, at)
            if not all(shown.has(read) for read in (other.home, *(tap.step for tap in other.taps))):
                break
            found.append(other)
            at += way
    return sorted(found)


@dataclass(frozen=True)
class Rows(Bench):
    """A bench without numbers over signal and kernel; its lowest row holds the outputs."""

    low: float = 0.0
    """The unit of the outputs, where it is not that of the others."""

    @classmethod
    def over(
        cls,
        form: Format,
        axis: Axis,
        samples: Iterable[Fraction],
        weights: Iterable[Fraction],
        outputs: Iterable[Fraction],
        size: float = TEXT,
        share: float = 1.0,
        below: float = 0.0,
    ) -> Rows:
        """Rows that fill the height. The outputs have a smaller unit of their own when they would need more than
        ``share`` of it; ``below`` is the room under them.
        """
        samples, weights, outputs = list(samples), list(weights), list(outputs)
        bottom, gap = form.height - 156.0 - below, benches.GAP * (0.6 if form.is_narrow else 1.0)
        (s_up, s_down), (w_up, w_down) = benches.extent(samples), benches.extent(weights)
        t_up, t_down = benches.extent(outputs)
        room = bottom - benches.TOP - (4 * gap + size + 70)
        rows, lowest = s_up + s_down + w_up + w_down, t_up + t_down
        unit = low = benches.unit_of(room, rows + lowest, [*samples, *weights, *outputs])
        if lowest * low > share * room:
            low = share * room / lowest
            unit = benches.unit_of((1 - share) * room, rows, [*samples, *weights])
        foot = benches.TOP + gap + s_up * unit
        middle = foot + s_down * unit + gap
        kernel = middle + gap + w_up * unit
        end = kernel + w_down * unit + gap
        return cls(axis, unit, benches.TOP, foot, middle, kernel, end, bottom - t_down * low - 8, size, low)


def lay_outputs(
    draft: Draft,
    rows: Rows,
    key: Key,
    places: Sequence[Place],
    lit: Collection[int] | None = None,
    written: Collection[int] = (),
    made_of: Mapping[int, tuple[Key, ...]] | None = None,
    copy_of: Mapping[int, Key] | None = None,
) -> None:
    """The lowest row: outputs, each under its own step. Those ``lit`` (all when None) are bars."""
    pieces.baseline(draft, key, rows.axis.left, rows.axis.right, rows.floor)
    bricks = all(place.output.value.denominator == 1 for place in places)
    for step, home, output, _ in places:
        at, meant = (*key, step), lit is None or step in lit
        made, copied = (made_of or {}).get(step, ()), (copy_of or {}).get(step)
        x, width = rows.axis.x(home), rows.axis.bar
        pieces.column(
            draft, at, output, x, rows.floor, width, rows.low, "output", meant, bricks, made_of=made, copy_of=copied
        )
        if step in written and rows.size:
            pieces.digits(draft, at, output.text, size=rows.size)


def thread(draft: Draft, rows: Rows, key: Key, place: Place) -> None:
    """A thin line from a window to its output: what the output speaks of."""
    digits, bar = draft.marks.get((*key, place.step, "digits")), draft.marks[*key, place.step, "bar"]
    x, end = rows.axis.x(place.home), (bar if digits is None else digits).top - 10
    draft.put("thread", ("thread", *key), line("kernel", x, rows.bottom, x, end, size=2, z=-1))


def silhouette(
    draft: Draft, rows: Rows, key: Key, taps: Sequence[Tap], level: float, sign: int = 1, copy_of: Key | None = None
) -> None:
    """The outline of a kernel's taps, from tip to tip over the y ``level``; upside down for a ``sign`` of -1."""
    half, points = rows.axis.pitch / 2, []
    for tap in taps:
        x, y = rows.axis.x(tap.step), level - sign * float(tap.weight.value) * rows.unit
        points += [x - half, y, x + half, y]
    draft.put("silhouette", key, line("kernel", *points, size=6, z=2, copy_of=copy_of))
