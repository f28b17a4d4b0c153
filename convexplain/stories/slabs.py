"""Slide, scale, stack: copies of one kernel, one for each tap of another, that add up to the kernel of both.

A column is a sample that an output reads; a row is a copy of the first kernel, under the samples that it meets, and
reads as the sum that it is. All rows of a board have one unit. This module knows two layers as numbers and pieces;
which of it stands on which board a story says.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from convexplain import style
from convexplain.board import pieces
from convexplain.board.marks import CARD, COLUMN, DIGIT, SMALL, TEXT, Draft, Format, Key, Role, plate
from convexplain.board.pieces import Axis, Number, Part
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench
from convexplain.stories.cascade import first_role, second_role
from convexplain.stories.pair import Pair

ROWS = 4
"""The most rows that stand below each other; of more, the first ones and the last."""
LEFT = 120.0
"""The room of a tap of the second kernel, left of the columns."""
TOP = 92.0


@dataclass(frozen=True)
class Slabs:
    """The columns of the samples that output ``step`` reads, and the rows that stand in them."""

    form: Format
    pair: Pair
    m: int
    """The middle channel whose copies are shown."""
    step: int

    @property
    def axis(self) -> Axis:
        """The columns, counted from the first sample of the window."""
        left = self.form.names + LEFT
        span = self.pair.chain.span
        pitch = min(310.0, (self.form.width - self.form.margin - left) / span)
        return Axis(tuple(range(span)), left, pitch, span)

    @property
    def bottom(self) -> float:
        """Where the picture ends."""
        return bench.bottom_of(self.form, 32.0)

    @property
    def rows(self) -> tuple[int, ...]:
        """The taps of the second kernel whose copies are shown."""
        return shown(range(self.pair.chain.layers[1].kernel_size))

    def fits(self, texts: Sequence[str], share: float = 1.0) -> float:
        """The size of numbers in a share of their columns; 0 where they have no room in the narrowest format."""
        widest = max((advance(runs_of(text)) for text in texts), default=0.0)
        narrowest = min(250.0, (COLUMN.width - COLUMN.margin - COLUMN.names - LEFT) / self.pair.chain.span)
        if widest * SMALL + 8 > narrowest * share:
            return 0.0
        return TEXT if widest * TEXT + 10 <= self.axis.pitch * share and not bench.is_low(self.form) else SMALL

    def reads(self, after: int) -> int:
        """The step between that tap ``after`` of the second kernel reads."""
        return self.pair.chain.reads(1, self.step, after)

    @cached_property
    def is_worded(self) -> bool:
        """Whether each tap has room for the sample that it meets: ``2·x[3]``."""
        pair, last = self.pair, self.pair.chain.span - 1
        taps = range(pair.chain.layers[0].kernel_size)
        numbers = [pair.first(self.m, k) for k in taps] + [pair.copy(self.m, a, k) for a in self.rows for k in taps]
        numbers += [sum_of(j) for j in self.axis.shown for sum_of in (pair.effective, self._part)]
        return bool(self.fits([self._term(number, last, False) for number in numbers]))

    def _part(self, j: int) -> Number:
        return self.pair.part(self.m, j)

    def _term(self, number: Number, j: int, leads: bool) -> str:
        """A tap times the sample of its column, as a term of a sum that it ``leads`` or not."""
        i = self.pair.chain.start(self.step) + j
        read = f"*x*[{i}]" if 0 <= i < len(self.pair.chain.x) else "0"
        return f"{number.text if leads else style.signed(number.text)}·{read}"

    def term(self, number: Number, j: int) -> str:
        """A tap with the sample of its column, as a sentence has it."""
        return self._term(number, j, True)

    @property
    def meeting(self) -> tuple[int, list[tuple[int, int]]]:
        """The first column where copies meet, and the taps (of the second kernel, of the first) that meet there."""
        chain = self.pair.chain
        columns: list[list[tuple[int, int]]] = [[] for _ in range(chain.span)]
        for after, k in itertools.product(*(range(layer.kernel_size) for layer in chain.layers[::-1])):
            columns[chain.offset(after, k)].append((after, k))
        j = next((j for j, column in enumerate(columns) if len(column) > 1), 0)
        return j, columns[j]

    def lay_steps(self, draft: Draft) -> None:
        """Which samples the columns are: their names, or where there is no room for these their steps."""
        chain, columns = self.pair.chain, self.axis
        first = chain.start(self.step)
        if self.is_worded:
            for j in columns.shown:
                name = words(f"*x*[{first + j}]", columns.x(j), pieces.RULER, SMALL, "ink")
                draft.put("ruler", ("both", "one", "reads", j), name)
            return
        steps = tuple(first + j for j in columns.shown)
        strided = chain.start(1) - chain.start(0) != 1
        pieces.ruler(draft, Axis(steps, columns.left, columns.pitch, len(chain.x)), "*i*" if strided else "*t*")

    def lay_taps(self, draft: Draft) -> None:
        """The columns as the taps of a kernel, counted from 0."""
        draft.put("ruler", ("taps", "name"), words("*j*", self.form.margin, pieces.RULER, SMALL, "quiet", align=-1))
        for j in self.axis.shown:
            if self.axis.pitch > 30 or j % 5 == 0:
                draft.put("ruler", ("taps", j), words(str(j), self.axis.x(j), pieces.RULER, SMALL, "quiet"))

    def lay_formula(self, draft: Draft) -> None:
        """The one kernel's taps by those of the two kernels, each in its hue."""
        chain = self.pair.chain
        step = chain.offset(1, 0) if chain.layers[1].kernel_size > 1 else 1
        parts = [Part("W", "*w*["), Part("j", "*j*"), Part("equals", "] = "), Part("sum k", "∑")]
        parts += [Part("k of sum", "*k* ", small=True), Part("w2", "*w*"), Part("2", "2")]
        parts += [Part("k of w2", "[*k*] "), Part("w1", "*w*"), Part("1", "1"), Part("open", "[")]
        parts += [Part("j of w1", "*j*"), Part("sign", f" {style.MINUS} ")]
        pieces.formula(draft, [*parts, Part("k of w1", f"{step if step != 1 else ''}*k*]")])
        hues: dict[str, Role] = {"w2": second_role(self.pair, self.m, 0), "w1": first_role(self.pair, self.m)}
        hues |= {"2": hues["w2"], "1": hues["w1"], "j": "lit", "j of w1": "lit", "W": "ink"}
        for name, role in hues.items():
            draft.change([("formula", name)], role=role)

    # rows

    def lay_rows(
        self,
        draft: Draft,
        copies: int | None = None,
        taps: bool = False,
        scaled: bool = False,
        total: Mapping[int, tuple[Key, Number]] | None = None,
        role: Role = "ink",
        symbols: bool = False,
    ) -> None:
        """The samples, and under them a copy of the first kernel for each number between that the output reads: the
        first ``copies`` of them (all when None). With ``taps`` the second kernel's stand before their rows, and copies
        may be ``scaled`` by them. A ``total`` is the kernel that the columns add up to, below them; with ``symbols``
        taps have their names in place of numbers, and the samples are gone.
        """
        (self.lay_taps if symbols else self.lay_steps)(draft)
        chain, m, axis = self.pair.chain, self.m, self.axis
        places = {j: chain.start(self.step) + j for j in axis.shown if 0 <= chain.start(self.step) + j < len(chain.x)}
        x = {j: self.pair.x(i) for j, i in places.items()}
        first = [self.pair.first(m, k) for k in range(chain.layers[0].kernel_size)]
        made = {after: [self.pair.copy(m, after, k) for k in range(len(first))] for after in self.rows}
        most = [number for row in (x.values(), first, *made.values()) for number in row]
        worded = self.is_worded and not symbols
        named = {(a, k): f"*w*2[{a}] *w*1[{k}]" if symbols else "" for a in self.rows for k in range(len(first))}
        symbolic = symbols and bool(self.fits([*named.values()]))
        written = (
            [*named.values()] if symbolic else [self._term(n, chain.span - 1, False) for n in most] if worded else []
        )
        size = self.fits([*(n.text for n in most), *written])
        above, below = (size or 0) + 24, 26.0 if total is None else 20.0
        reach = [] if symbols else [bench.extent(number.value for number in x.values())]
        for after in self.rows:
            copy = made[after] if total is not None else (*made[after], *first)
            reach.append(bench.extent(number.value for number in (*copy, self.pair.second(m, after))))
        if total is not None:
            reach.append(bench.extent(number.value for _, number in total.values()))
        values = [n.value for row in (x.values(), first, *made.values()) for n in row]
        left_out = chain.layers[1].kernel_size - len(self.rows)
        rest = 56.0 if left_out else 0.0
        room = self.bottom - TOP - (above + below) * len(reach) - rest
        unit = bench.unit_of(room, sum(map(sum, reach)), values, 66.0)
        spare = max(0.0, room - unit * sum(map(sum, reach))) / len(reach)
        bricks, y = all(value.denominator == 1 for value in values), TOP
        feet = []
        for place, (up, down) in enumerate(reach, int(symbols)):
            y += (rest if place == len(self.rows) else 0.0) + spare / 2
            feet.append(y + above + up * unit)
            y = feet[-1] + down * unit + below + spare / 2
        if not symbols:
            own_foot = feet.pop(0)
            pieces.baseline(draft, ("row", 0), axis.left, axis.right, own_foot)
            pieces.name(draft, ("row", 0), "input *x*", own_foot, "ink")
            for j, number in x.items():
                key = self.pair.sample_key(places[j])
                pieces.column(draft, key, number, axis.x(j), own_foot, axis.bar, unit, "sample", True, bricks)
                if size:
                    pieces.digits(draft, key, number.text, size=size)
        for after, foot in zip(self.rows[:copies], feet, strict=False):
            numbers = made[after] if scaled else first
            up, down = bench.extent(number.value for number in numbers)
            hue = first_role(self.pair, m)
            columns = [chain.offset(after, k) for k in range(len(first))]
            self._lay_card(draft, after, columns, foot, up * unit + above - 12, down * unit + 16, hue)
            for k, (number, j) in enumerate(zip(numbers, columns, strict=True)):
                origin = ("copy", m, self.rows[0], k, "bar") if after != self.rows[0] else None
                made_of = (("kernel", 2, m, after, "bar"),) if scaled else ()
                parents: dict[str, Any] = {"copy_of": origin, "made_of": made_of}
                if total is not None:
                    parents["goes_into"] = (*total[j][0], "bar")
                own = ("copy", m, after, k)
                pieces.column(draft, own, number, axis.x(j), foot, axis.bar, unit, hue, True, bricks, **parents)
                if size:
                    signed = total is not None and after != self.rows[0]
                    said = style.signed(number.text) if signed else number.text
                    said = self._term(number, j, not k) if worded else said
                    pieces.digits(draft, own, named[after, k] if symbolic else said, size=size)
            self._lay_name(draft, after, foot, unit, bricks, taps, symbols)
            if left_out and after == self.rows[-1]:
                y = foot - reach[len(self.rows) - int(symbols)][0] * unit - above - 10
                pieces.note(draft, ("rest",), f"⋯ {left_out} more", self.form.margin, y, -1)
        if total is not None:
            stacked: dict[int, tuple[Key, ...]] = {
                j: tuple(
                    ("copy", m, after, k, "bar")
                    for after in self.rows
                    for k in range(len(first))
                    if chain.offset(after, k) == j
                )
                for j in axis.shown
            }
            self._lay_total(draft, total, feet[-1], unit, reach[-1], role, bricks, stacked, symbols)

    def _lay_total(
        self,
        draft: Draft,
        total: Mapping[int, tuple[Key, Number]],
        foot: float,
        unit: float,
        reach: tuple[float, float],
        role: Role,
        bricks: bool,
        parents: Mapping[int, tuple[Key, ...]],
        symbols: bool,
    ) -> None:
        """The kernel that the columns add up to: each of its taps is the sum of those above it."""
        axis, (up, down) = self.axis, reach
        said = {j: number.text for j, (_, number) in total.items()}
        if symbols and self.fits(names := [f"*w*[{j}] = {text}" for j, text in said.items()]):
            said = dict(zip(said, names, strict=True))
        elif self.is_worded and not symbols:
            said = {j: self._term(number, j, not j) for j, (_, number) in total.items()}
        size = self.fits([*said.values()])
        left, right = axis.left + 4, axis.right - 4
        card = plate(role, left, foot - up * unit - (size or 12) - 14, right, foot + down * unit + 16, light=CARD, z=-3)
        draft.put("card", ("card", "one"), card)
        pieces.baseline(draft, ("card", "one"), left + 14, right - 14, foot, role)
        whole = len(self.pair.middles) == 1
        pieces.name(draft, ("card", "one"), f"one kernel{' *w*' * symbols}" if whole else "sum", foot, "ink")
        if whole and not symbols:
            large = SMALL if bench.is_low(self.form) else TEXT
            made = words(f"*y*[{self.step}] =", axis.left - 20, foot - 0.338 * large, large, "ink", align=1)
            if made.left > draft.marks["name", "card", "one"].right + 12:
                draft.put("name", ("name", "made"), made)
        for j, (key, number) in total.items():
            pieces.column(draft, key, number, axis.x(j), foot, axis.bar, unit, role, True, bricks, made_of=parents[j])
            if size:
                pieces.digits(draft, key, said[j], size=size)

    def _lay_name(
        self, draft: Draft, after: int, foot: float, unit: float, bricks: bool, tap: bool, symbols: bool
    ) -> None:
        """Which number between a row is; before it the tap of the second kernel that it meets, as a factor."""
        number, size = self.pair.second(self.m, after), SMALL if bench.is_low(self.form) else TEXT
        y = foot - 0.338 * size
        equals = " =" if self.is_worded else ""
        read = f"*k* = {after}" if symbols else f"*h*[{self.reads(after)}]{equals}"
        name = words(read, self.axis.left - 20, y, size, "ink", align=1)
        draft.put("name", ("name", "k" if symbols else "reads", after), name)
        if after == self.rows[0]:
            self._name_first(draft, after, y, foot, tap)
        if not tap:
            return
        key, role = ("kernel", 2, self.m, after), second_role(self.pair, self.m, after)
        texts = {a: f"*w*2[{a}]," if symbols else f"{self.pair.second(self.m, a).text} ×" for a in self.rows}
        last = "*k* = 0" if symbols else f"*h*[{self.pair.chain.middle}]{equals}"
        widest = max(advance(runs_of(text)) for text in texts.values()) + advance(runs_of(last))
        x = max(self.form.margin + 22, self.axis.left - 30 - widest * size - 50)
        pieces.column(draft, key, number, x, foot, 40, unit, role, True, bricks)
        if after == self.rows[0]:
            up = max(float(number.value) * unit, DIGIT * size)
            above = words("kernel 2", self.form.margin, foot - up - 30, SMALL, role, align=-1)
            over = draft.marks.get(("name", "row", 0))
            if above.y > (over.y if over is not None else pieces.RULER) + SMALL:
                draft.put("name", ("name", "kernel", 2), above)
        if widest * SMALL <= COLUMN.names + LEFT - 90:
            look: dict[str, Any] = {"rides": (*key, "bar")} | ({} if symbols else {"about": number.about})
            factor = words(texts[after], name.left - 10, y, size, "ink", align=1, **look)
            draft.put("digits", (*key, "name" if symbols else "digits"), factor)

    def _name_first(self, draft: Draft, after: int, y: float, foot: float, tap: bool) -> None:
        """The name of the first kernel, right of its first copy; without room there, at the left while that is free."""
        role, card = first_role(self.pair, self.m), draft.marks["card", "copy", after]
        beside = words("kernel 1", card.right + 20, y, SMALL, role, align=-1)
        if beside.right < self.form.width - 6:
            draft.put("name", ("name", "kernel", 1), beside)
        elif not tap:
            pieces.name(draft, ("kernel", 1), "kernel 1", foot, role)

    def _lay_card(
        self, draft: Draft, after: int, columns: Sequence[int], foot: float, up: float, down: float, role: Role
    ) -> None:
        half = 0.46 * self.axis.pitch
        left, right = self.axis.x(columns[0]) - half, self.axis.x(columns[-1]) + half
        origin = ("card", "copy", self.rows[0]) if after != self.rows[0] else None
        card = plate(role, left, foot - up, right, foot + down, light=CARD, z=-3, copy_of=origin)
        draft.put("card", ("card", "copy", after), card)
        pieces.baseline(draft, ("copy", after), left + 14, right - 14, foot, role)
        draft.change([("baseline", "copy", after)], light=0.5)

    def lay_kernels(self, draft: Draft, kernels: Sequence[tuple[str, Role, Mapping[int, tuple[Key, Number]]]]) -> None:
        """Kernels below each other, each on a card with its name; one in ink is what the others add up to."""
        numbers = [number for _, _, taps in kernels for _, number in taps.values()]
        size = self.fits([number.text for number in numbers])
        above, extents = (size or 12) + 30, [bench.extent(n.value for _, n in taps.values()) for _, _, taps in kernels]
        room, total = self.bottom - TOP - (above + 46) * len(kernels), sum(map(sum, extents))
        unit = bench.unit_of(room, total, [number.value for number in numbers], 72.0)
        spare = max(0.0, room - unit * total) / len(kernels)
        bricks, y = all(number.value.denominator == 1 for number in numbers), TOP
        for (said, role, taps), (up, down) in zip(kernels, extents, strict=True):
            foot = y + above + up * unit + spare / 2
            y = foot + down * unit + 46 + spare / 2
            left, right = self.axis.left + 4, self.axis.right - 4
            card = plate(role, left, foot - up * unit - above + 10, right, foot + down * unit + 26, light=CARD, z=-3)
            own: Key = ("card", "one" if role == "ink" else said)
            draft.put("card", own, card)
            pieces.baseline(draft, own, left + 16, right - 16, foot, role)
            pieces.name(draft, own, said, foot, role)
            for j, (key, number) in taps.items():
                into: Key | None = (*kernels[-1][2][j][0], "bar") if role != "ink" and kernels[-1][1] == "ink" else None
                x = self.axis.x(j)
                pieces.column(draft, key, number, x, foot, self.axis.bar, unit, role, True, bricks, goes_into=into)
                if size:
                    pieces.digits(draft, key, number.text, size=size)


def shown(of: Sequence[int], most: int = ROWS) -> tuple[int, ...]:
    """Those of a series that are shown: all, or the first ones and the last."""
    return tuple(of) if len(of) <= most else (*of[: most - 1], of[-1])
