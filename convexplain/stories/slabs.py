"""Slide, scale, stack: copies of one kernel, one for each tap of another, that add up to the kernel of both.

Under the samples each row is a copy of the first kernel, in the columns that it meets; it reads as the sum that a
number between the layers is, and ends in that number. The last row is the kernel that the columns add up to. Each row
has an empty place until it is told. This module knows two layers as numbers and pieces; which of it stands on which
board a story says.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from convexplain import style
from convexplain.board import pieces
from convexplain.board.marks import CARD, DIGIT, PARTIAL, SMALL, TEXT, Draft, Key, Role, plate
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench
from convexplain.stories.cascade import TOP, VALUES, Cascade, first_role, middle_role, narrowest, over, second_role
from convexplain.stories.pair import Chain, Pair

ROWS = 4
"""The most rows that stand below each other; of more, the first ones and the last."""
TOTAL = -1
"""The row of what the columns add up to."""
UNDER = 20.0
"""Below the bars of a row."""


@dataclass(frozen=True)
class Slabs:
    """The rows under the samples that output ``step`` reads, by the taps of the second kernel, and the total."""

    signal: Cascade
    """The samples and their ruler."""
    step: int
    feet: Mapping[int, float] = field(default_factory=dict)

    @classmethod
    def fit(cls, rows: Cascade, step: int, most: float) -> Slabs:
        """Rows that fill the board under the samples of ``rows``, in one unit of at most ``most`` for all."""
        own = cls(rows, step)
        x = [rows.chain.sample(i) for i in rows.samples]
        taps = [rows.pair.first(rows.m, k).value for k in own.taps]
        reach = {a: bench.extent([*own.numbers(a), *taps, rows.pair.second(rows.m, a).value]) for a in own.rows}
        reach[TOTAL] = bench.extent([number.value for _, number in own.total.values()])
        above, top = (own.size or 0) + 24, TOP + over(rows.form)
        up, down = bench.extent(x)
        rest = 0.0 if not own.left_out else 84.0 if bench.is_low(rows.form) else 44.0
        room = bench.bottom_of(rows.form, 20.0) - top - 14 - rest - (above + UNDER) * len(reach)
        total = up + down + sum(map(sum, reach.values()))
        values = [*x, *taps, *(value for a in own.rows for value in own.numbers(a))]
        unit = min(most, bench.unit_of(room, total, values))
        spare = max(0.0, room - unit * total) / len(reach)
        y = top + (up + down) * unit + 14
        feet = {}
        for row, (up_, down_) in reach.items():
            y += above + up_ * unit + 0.7 * spare + (rest if own.left_out and row == own.rows[-1] else 0.0)
            feet[row] = y
            y += down_ * unit + UNDER + 0.3 * spare
        signal = replace(rows, unit=unit, feet={0: top + up * unit}, zones={})
        return replace(own, signal=signal, feet=feet)

    # what there is

    @property
    def pair(self) -> Pair:
        """The two layers."""
        return self.signal.pair

    @property
    def chain(self) -> Chain:
        """The two layers on one channel."""
        return self.signal.chain

    @property
    def m(self) -> int:
        """The middle channel whose copies are shown."""
        return self.signal.m

    @property
    def unit(self) -> float:
        """The height of a number 1."""
        return self.signal.unit

    @property
    def taps(self) -> range:
        """The taps of the first kernel."""
        return range(self.chain.layers[0].kernel_size)

    @property
    def rows(self) -> tuple[int, ...]:
        """The taps of the second kernel whose copies are shown."""
        return shown(range(self.chain.layers[1].kernel_size))

    @property
    def left_out(self) -> int:
        """How many copies are not shown."""
        return int(self.chain.layers[1].kernel_size) - len(self.rows)

    @property
    def several(self) -> bool:
        """Whether there are other channels between the layers."""
        return len(self.pair.middles) > 1

    @property
    def role(self) -> Role:
        """The role of what the columns add up to."""
        return middle_role(self.pair, self.m) if self.several else "ink"

    def x(self, j: int) -> float:
        """Where a column stands, counted from the first sample that the output reads."""
        return self.signal.axis.x(self.chain.start(self.step) + j)

    def numbers(self, after: int) -> list[Fraction]:
        """The taps of a scaled copy."""
        return [self.pair.copy(self.m, after, k).value for k in self.taps]

    @cached_property
    def total(self) -> dict[int, tuple[Key, Number]]:
        """The sums of the columns: of all middle channels when there is one, of the shown one else."""
        columns = range(self.chain.span)
        if self.several:
            return {j: (("part", self.m, j), self.pair.part(self.m, j)) for j in columns}
        return {j: (("effective", j), self.pair.effective(j)) for j in columns}

    def reads(self, after: int) -> int:
        """The step between that tap ``after`` of the second kernel reads."""
        return self.chain.reads(1, self.step, after)

    def value(self, after: int, scaled: bool = False) -> Number:
        """What a row adds up to: a number between, or that times its tap."""
        value = self.chain.hidden(self.reads(after), self.m, ends=False)
        return self.pair.output(value * self.pair.second(self.m, after).value) if scaled else self.pair.hidden(value)

    @property
    def made(self) -> Number:
        """What two layers make of all rows."""
        return self.pair.output(self.chain.two(self.step))

    @property
    def columns(self) -> list[list[tuple[int, int]]]:
        """The taps (of the second kernel, of the first) that meet in each column."""
        columns: list[list[tuple[int, int]]] = [[] for _ in range(self.chain.span)]
        for after, k in itertools.product(range(self.chain.layers[1].kernel_size), self.taps):
            columns[self.chain.offset(after, k)].append((after, k))
        return columns

    @property
    def meeting(self) -> tuple[int, list[tuple[int, int]]]:
        """The first column where copies meet, and the taps that meet there."""
        j = next((j for j, column in enumerate(self.columns) if len(column) > 1), 0)
        return j, self.columns[j]

    # texts

    def fits(self, texts: Sequence[str]) -> float:
        """The size of numbers in their columns; 0 where they have no room in the narrowest format."""
        widest = max((advance(runs_of(text)) for text in texts), default=0.0)
        if widest * SMALL + 8 > narrowest(self.signal.axis):
            return 0.0
        fitting = widest * TEXT + 10 <= self.signal.axis.pitch and not bench.is_low(self.signal.form)
        return TEXT if fitting else SMALL

    @cached_property
    def size(self) -> float:
        """The size of the numbers of all rows."""
        return self.fits([self._longest(number) if self.is_worded else number.text for number in self._all])

    @cached_property
    def is_worded(self) -> bool:
        """Whether each tap has room for the sample that it meets: ``2·x[3]``."""
        return bool(self.fits([self._longest(number) for number in self._all]))

    def _longest(self, number: Number) -> str:
        return f"{style.signed(number.text)}·*x*[{len(self.chain.x) - 1}]"

    @cached_property
    def _all(self) -> list[Number]:
        pair, m = self.pair, self.m
        numbers = [pair.first(m, k) for k in self.taps] + [pair.copy(m, a, k) for a in self.rows for k in self.taps]
        return numbers + [sum_of(j) for j in range(self.chain.span) for sum_of in (pair.effective, self._part)]

    def _part(self, j: int) -> Number:
        return self.pair.part(self.m, j)

    def _term(self, number: Number, j: int, leads: bool) -> str:
        i = self.chain.start(self.step) + j
        read = f"*x*[{i}]" if 0 <= i < len(self.chain.x) else "0"
        return f"{number.text if leads else style.signed(number.text)}·{read}"

    def term(self, number: Number, j: int, leads: bool = True) -> str:
        """A tap, with the sample of its column where there is room: a term of a sum that it ``leads`` or not."""
        return self._term(number, j, leads) if self.is_worded else number.text

    def worked(self, after: int) -> str:
        """A number between as it is worked out: ``1 × 2 + 2 × (−1) = 0``; empty where that is long."""
        parts = []
        for k in self.taps:
            i = self.chain.reads(0, self.reads(after), k)
            x = self.pair.x(i) if 0 <= i < len(self.chain.x) else Number(Fraction(0), "0")
            parts.append(f"{self.pair.first(self.m, k).text} × {_bracketed(x)}")
        lead = parts[0]
        for part in parts[1:]:
            lead += f" {style.MINUS} {part[1:]}" if part.startswith(style.MINUS) else f" + {part}"
        said = f"{lead} = {self.value(after).text}"
        return said if len(said) < 40 and self.signal.samples else ""

    # rows

    def lay(
        self,
        draft: Draft,
        told: Collection[int] | None = None,
        scaled: bool = False,
        total: bool = False,
        symbols: bool = False,
    ) -> None:
        """The samples, and under them the copies of the first kernel: those ``told`` (all when None); the others are
        empty places. They may be ``scaled`` by the second kernel's taps, which then stand before them. With ``total``
        the last row is told; with ``symbols`` there are no numbers, rows and columns are counted.
        """
        rows = self.signal
        told = self.rows if told is None else told
        window = [self.chain.start(self.step) + j for j in range(self.chain.span)]
        meant = window if scaled or symbols else rows.read([self.reads(a) for a in told])
        if symbols:
            self.count_columns(draft)
        else:
            rows.lay_ruler(draft)
            rows.lay_samples(draft, meant)
            rows.lay_zeros(draft, [i for i in window if not 0 <= i < len(self.chain.x)])
        if total:
            self._lay_bands(draft)
        for after in self.rows:
            if after in told:
                self._lay_copy(draft, after, scaled, total, symbols)
            else:
                self._lay_place(draft, after)
            self._lay_name(draft, after, scaled, symbols)
            if not symbols and after in told:
                self._lay_value(draft, after, scaled)
        if self.left_out:
            y = self._box(self.rows[-1])[1] - (52 if bench.is_low(rows.form) else 20)
            pieces.note(draft, ("rest",), f"⋯ {self.left_out} more", rows.form.margin, y, -1)
        if total:
            self._lay_total(draft, symbols)
        else:
            self._lay_place(draft, TOTAL)
        if not symbols and not self.several:
            self._lay_made(draft, total)

    def count_columns(self, draft: Draft) -> None:
        """The columns as the taps of a kernel, counted from 0."""
        form, axis = self.signal.form, self.signal.axis
        draft.put("ruler", ("taps", "name"), words("*j*", form.margin, pieces.RULER, SMALL, "ink", align=-1))
        for j in range(self.chain.span):
            if axis.pitch > 30 or j % 5 == 0:
                draft.put("ruler", ("taps", j), words(str(j), self.x(j), pieces.RULER, SMALL, "quiet"))

    def _lay_bands(self, draft: Draft) -> None:
        """The columns, from the first row that stands in each into the last."""
        half = self.signal.axis.bar / 2 + 16
        for j, through in enumerate(self.columns):
            top = min((self._box(after)[1] for after, _ in through if after in self.rows), default=self.feet[TOTAL])
            band = plate("ink", self.x(j) - half, top, self.x(j) + half, self.feet[TOTAL], light=0.07, z=-4)
            draft.put("band", ("band", j), band)

    def _box(self, row: int) -> tuple[float, float, float, float]:
        """The card of a row."""
        half, foot = 0.46 * self.signal.axis.pitch, self.feet[row]
        if row == TOTAL:
            values, columns = [n.value for _, n in self.total.values()], [0, self.chain.span - 1]
        else:
            values, columns = self.numbers(row), [self.chain.offset(row, k) for k in self.taps]
            values = [*values, *(self.pair.first(self.m, k).value for k in self.taps)]
        up, down = bench.extent(values)
        left, right = self.x(min(columns)) - half, self.x(max(columns)) + half
        return left, foot - up * self.unit - (self.size or 0) - 10, right, foot + down * self.unit + UNDER - 6

    def _lay_place(self, draft: Draft, row: int) -> None:
        """An empty place for a row that is not told yet, or that is not there."""
        empty = plate("quiet", *self._box(row), light=0.0, edge=0.5, size=3, hollow=True, dash=14, z=-3)
        draft.put("card", ("card", "place", row), empty)

    def _lay_copy(self, draft: Draft, after: int, scaled: bool, total: bool, symbols: bool) -> None:
        pair, m, first = self.pair, self.m, self.rows[0]
        role = first_role(pair, m)
        whole = ("card", "copy", first) if after != first else None
        card = plate(role, *self._box(after), light=CARD, z=-3, copy_of=whole)
        draft.put("card", ("card", "copy", after), card)
        foot = self.feet[after]
        pieces.baseline(draft, ("copy", after), card.left + 14, card.right - 14, foot, role)
        draft.change([("baseline", "copy", after)], light=0.5)
        numbers = {k: pair.copy(m, after, k) if scaled else pair.first(m, k) for k in self.taps}
        for k, number in numbers.items():
            own, j = ("copy", m, after, k), self.chain.offset(after, k)
            parents: dict[str, Any] = {"copy_of": self._first(after, k, "bar")}
            if scaled:
                parents["made_of"] = (("kernel", 2, m, after, "bar"),)
            if total:
                parents["goes_into"] = (*self.total[j][0], "bar")
            self._column(draft, own, number, j, foot, role, **parents)
            if self.size and not symbols:
                alone = not scaled and after in self.rows[:2]  # of many that fly at once the numbers come later
                origin = self._first(after, k, "digits") if alone else None
                pieces.digits(draft, own, self.term(number, j, not k), size=self.size, copy_of=origin)

    def _first(self, after: int, k: int, part: str) -> Key | None:
        """What a copy is a copy of."""
        return ("copy", self.m, self.rows[0], k, part) if after != self.rows[0] else None

    def _column(self, draft: Draft, key: Key, number: Number, j: int, foot: float, role: Role, **parents: Any) -> None:
        bricks = all(number.value.denominator == 1 for number in self._all)
        width = self.signal.axis.bar
        pieces.column(draft, key, number, self.x(j), foot, width, self.unit, role, True, bricks, **parents)

    def _lay_name(self, draft: Draft, after: int, tap: bool, symbols: bool) -> None:
        """Which number between a row is; before it the tap of the second kernel that it meets, as a factor;
        with ``symbols`` which tap that is.
        """
        form, foot, left = self.signal.form, self.feet[after], self.signal.axis.left
        size = self._name_size
        y, right = foot - 0.338 * size, left - 20
        if not symbols:
            name = words(self._named(after), right, y, size, "ink", align=1)
            draft.put("name", ("name", "reads", after), name)
            right = name.left - 10
        if symbols:
            self._name_scaled(draft, after, y)
        elif after == self.rows[0]:
            self._name_first(draft, y, foot, tap)
        if not tap:
            return
        number, role = self.pair.second(self.m, after), second_role(self.pair, self.m, after)
        key = ("kernel", 2, self.m, after)
        x = max(form.margin + 22, left - 80 - self._widest * size)
        bricks = all(number.value.denominator == 1 for number in self._all)
        pieces.column(draft, key, number, x, foot, 44, self.unit, role, True, bricks)
        stacked = not symbols and self._widest * size > left - 40 - x
        if after == self.rows[0]:
            up, down = bench.extent([number.value])
            said = f"kernel 2{' *w*2' * symbols}"
            title = words(said, form.margin, foot - max(up * self.unit, DIGIT * size) - 30, SMALL, role, align=-1)
            if title.y < self.signal.feet[0] + SMALL - 3:
                title = title.at(y=foot + down * self.unit + 30)
            if not bench.is_low(form) or (title.y < foot and not stacked):
                draft.put("name", ("name", "kernel", 2), title)
        if self._has_factors:
            if symbols:
                named = words(f"*w*2[{after}] = {number.text}", left - 20, y, size, role, align=1)
                draft.put("name", ("name", "k", after), named)
                return
            right, above = (left - 20, 1.05 * size) if stacked else (right, 0.0)
            factor = words(
                f"{number.text} ×", right, y - above, size, role, align=1, about=number.about, rides=(*key, "bar")
            )
            draft.put("digits", (*key, "digits"), factor)

    @property
    def _has_factors(self) -> bool:
        """Whether the taps of the second kernel have room as factors, in the narrowest format too."""
        widest = max(advance(runs_of(f"{self.pair.second(self.m, a).text} ×")) for a in self.rows)
        return widest * SMALL <= 140

    def _named(self, after: int) -> str:
        step = str(self.reads(after)).replace("-", style.MINUS)
        return f"*h*[{step}]{' =' * self.is_worded}"

    @cached_property
    def _widest(self) -> float:
        """The most room, in em, that a tap of the second kernel takes with what it is multiplied with."""
        texts = {a: f"{self.pair.second(self.m, a).text} ×" for a in self.rows}
        return max(advance(runs_of(text)) + advance(runs_of(self._named(a))) for a, text in texts.items()) + 0.3

    @cached_property
    def _name_size(self) -> float:
        """The size of names before their rows."""
        form, left = self.signal.form, self.signal.axis.left
        return TEXT if not bench.is_low(form) and self._widest * TEXT <= left - form.margin - 80 else SMALL

    def _name_scaled(self, draft: Draft, after: int, y: float) -> None:
        """What a row is made of, at its right where there is room: the first kernel, times a tap of the second."""
        form, role, right = self.signal.form, first_role(self.pair, self.m), self._box(after)[2]
        times = bench.factor(self.pair.second(self.m, after))
        said = bench.longest(form.width - form.margin - right - 24, [f"kernel 1 *w*1, {times}", f"*w*1, {times}", ""])
        if said:
            beside = words(said, right + 20, y, SMALL, role, align=-1)
            draft.put("name", ("name", "kernel", 1, after), beside)

    def _name_first(self, draft: Draft, y: float, foot: float, tap: bool) -> None:
        """The name of the first kernel, right of its first copy; without room there, at the left while that is free."""
        role, right = first_role(self.pair, self.m), self._box(self.rows[0])[2]
        beside = words("kernel 1", right + 20, y, SMALL, role, align=-1)
        if beside.right < self.signal.axis.right:
            draft.put("name", ("name", "kernel", 1), beside)
        elif not tap:
            pieces.name(draft, ("kernel", 1), "kernel 1", foot, role)

    def _lay_value(self, draft: Draft, after: int, scaled: bool) -> None:
        """What a row adds up to, at its end."""
        inside = 0 <= self.reads(after) < self.chain.middle
        number = self.value(after, scaled) if inside else Number(Fraction(0), "0")
        self._put_value(draft, after, number.text, self.feet[after], middle_role(self.pair, self.m))

    def _lay_made(self, draft: Draft, total: bool) -> None:
        """The output: its name before the last row, and its number at the end of it, when that is told."""
        foot, left, size = self.feet[TOTAL], self.signal.axis.left, self._name_size
        said = words(f"*y*[{self.step}] =", left - 20, foot - 0.338 * size, size, "ink", align=1)
        other = draft.marks.get(("name", "card", "one"))
        if other is None or said.left > other.right + 12:
            draft.put("name", ("name", "made"), said)
        if total:
            self._put_value(draft, TOTAL, self.made.text, foot, "ink")

    def _put_value(self, draft: Draft, row: int, text: str, foot: float, role: Role) -> None:
        size = self._value_size
        if size:
            y = foot - 0.338 * size
            draft.put("value", ("value", row), words(f"= {text}", self.signal.axis.right + 24, y, size, role, align=-1))

    @cached_property
    def _value_size(self) -> float:
        """The size of what rows add up to; 0 where they have no room, or are not told."""
        texts = [self.value(a, scaled).text for a in self.rows for scaled in (True, False)] + [self.made.text]
        low = bench.is_low(self.signal.form)
        room = self.signal.form.width - (16 if low else 40) - self.signal.axis.right - 24
        sizes = (TEXT, SMALL) if low else (PARTIAL, TEXT, SMALL)
        widest = max(advance(runs_of(f"= {text}")) for text in texts)
        return next((size for size in sizes if widest * size <= min(room, VALUES * 1.4)), 0.0)

    def _lay_total(self, draft: Draft, symbols: bool) -> None:
        """The kernel that the columns add up to: each of its taps is the sum of those above it."""
        foot = self.feet[TOTAL]
        card = plate(self.role, *self._box(TOTAL), light=CARD, z=-3)
        draft.put("card", ("card", "one"), card)
        pieces.baseline(draft, ("card", "one"), card.left + 14, card.right - 14, foot, self.role)
        name = "sum" if self.several else f"one kernel{' *w*' * symbols}"
        pieces.name(draft, ("card", "one"), name, foot, "ink")
        pairs = [(after, k) for after in self.rows for k in self.taps]
        for j, (key, number) in self.total.items():
            above = tuple(("copy", self.m, *at, "bar") for at in pairs if self.chain.offset(*at) == j)
            # The last addend comes down with what it meets.
            self._column(draft, key, number, j, foot, self.role, made_of=above, copy_of=above[-1] if above else None)
            if self.size and not symbols:
                pieces.digits(draft, key, self.term(number, j, not j), size=self.size)


def _bracketed(number: Number) -> str:
    return f"({number.text})" if number.value < 0 else number.text


def shown(of: Sequence[int], most: int = ROWS) -> tuple[int, ...]:
    """Those of a series that are shown: all, or the first ones and the last."""
    return tuple(of) if len(of) <= most else (*of[: most - 1], of[-1])
