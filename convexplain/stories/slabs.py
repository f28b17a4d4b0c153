"""Slide, scale, stack: copies of one kernel, one for each tap of another, that add up to the kernel of both.

A column is a sample of the window, counted from its first; a row is a copy. All rows of a board have one unit. This
module knows two layers as numbers and pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from convexplain import style
from convexplain.board import pieces
from convexplain.board.marks import CARD, COLUMN, SMALL, TEXT, Draft, Format, Key, Role, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of
from convexplain.stories import bench
from convexplain.stories.cascade import first_role, middle_role, second_role
from convexplain.stories.pair import Pair

ROWS = 4
"""The most rows that stand below each other; of more, the first ones and the last."""
LEFT = 120.0
"""The room of a tap of the second kernel, left of the columns."""
TOP = 92.0


@dataclass(frozen=True)
class Slabs:
    """The columns of a window, and the rows that stand in them."""

    form: Format
    pair: Pair
    m: int
    """The middle channel whose copies are shown."""

    @property
    def axis(self) -> Axis:
        """The columns."""
        left = self.form.names + LEFT
        span = self.pair.chain.span
        pitch = min(250.0, (self.form.width - self.form.margin - left) / span)
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

    def header(self, draft: Draft) -> None:
        """Which sample a column is: x at the start of the window plus j."""
        chain = self.pair.chain
        stride = chain.start(1) - chain.start(0)
        pieces.ruler(draft, self.axis, f"*x*[{index(stride, chain.start(0), '*j*')}]")

    # rows

    def lay_copies(self, draft: Draft, slid: bool = False, scaled: bool = False, copies: bool = True) -> None:
        """The first kernel on top and a copy of it for each tap of the second: as it is, slid, and scaled."""
        chain, m, axis = self.pair.chain, self.m, self.axis
        taps = range(chain.layers[0].kernel_size)
        first = [self.pair.first(m, k) for k in taps]
        made = {after: [self.pair.copy(m, after, k) for k in taps] for after in self.rows}
        size = self.fits([number.text for row in (first, *made.values()) for number in row])
        above, below = (size or 0) + 24, 24.0
        reach = [bench.extent([n.value for n in first])]
        for after in self.rows:
            few = len(self.rows) < ROWS  # few rows keep their places while they are scaled
            numbers = [*(made[after] if scaled or few else ()), *(first if not scaled or few else ())]
            reach.append(bench.extent([*(n.value for n in numbers), self.pair.second(m, after).value]))
        values = [n.value for row in (first, *made.values()) for n in row]
        # Over the first copy stands the name of the second kernel, over the last what is left out.
        over = [0.0, 34.0, *[0.0] * (len(reach) - 2)]
        left_out = chain.layers[1].kernel_size - len(self.rows)
        over[-1] += 40.0 if left_out else 0.0
        room = self.bottom - TOP - (above + below) * len(reach) - sum(over)
        unit = bench.unit_of(room, sum(map(sum, reach)), values, 66.0)
        spare = max(0.0, room - unit * sum(map(sum, reach))) / len(reach)
        bricks, y = all(value.denominator == 1 for value in values), TOP
        for place, (up, down) in enumerate(reach):
            top = y + over[place] + spare / 2
            foot = top + above + up * unit
            y = foot + down * unit + below + spare / 2
            if place == 0:
                self._card(draft, ("card", 1), range(len(first)), foot, up * unit + above - 12, down * unit + 16)
                columns = [chain.offset(0, k) for k in taps]
                self._row(draft, ("kernel", 1, m), first, columns, foot, unit, first_role(self.pair, m), size, bricks)
                pieces.name(draft, ("kernel", 1), "kernel 1", foot, "ink")
                continue
            after = self.rows[place - 1]
            self._tap(draft, after, foot, unit, bricks)
            if place == 1:
                role = "kernel" if len(self.pair.middles) == 1 else middle_role(self.pair, m)
                pieces.note(draft, ("kernel", 2), "kernel 2", self.form.margin, top - 12, -1, role)
            if left_out and place == len(self.rows):
                pieces.note(draft, ("rest",), f"⋯ {left_out} more", self.form.margin, top - 14, -1)
            if not copies:
                continue
            pieces.baseline(draft, ("copy", after), axis.left, axis.right, foot)
            key, role = ("copy", m, after), second_role(self.pair, m, after)
            numbers = made[after] if scaled else first
            columns = [chain.offset(after if slid else 0, k) for k in taps]
            self._row(draft, key, numbers, columns, foot, unit, role, size, bricks, not scaled)

    def _row(
        self,
        draft: Draft,
        key: Key,
        numbers: Sequence[Number],
        columns: Sequence[int],
        foot: float,
        unit: float,
        role: Role,
        size: float,
        bricks: bool,
        copied: bool = False,
    ) -> None:
        for k, (number, j) in enumerate(zip(numbers, columns, strict=True)):
            origin = ("kernel", 1, self.m, k, "bar") if copied else None
            made = (("kernel", 1, self.m, k, "bar"), ("kernel", 2, self.m, key[-1], "bar")) if key[0] == "copy" else ()
            own = (*key, k)
            pieces.column(
                draft,
                own,
                number,
                self.axis.x(j),
                foot,
                self.axis.bar,
                unit,
                role,
                True,
                bricks,
                copy_of=origin,
                made_of=made,
            )
            if size:
                pieces.digits(draft, own, number.text, size=size)

    def _tap(self, draft: Draft, after: int, foot: float, unit: float, bricks: bool) -> None:
        """A tap of the second kernel at the left of its row, with its factor and what it reads."""
        chain, number = self.pair.chain, self.pair.second(self.m, after)
        key, x = ("kernel", 2, self.m, after), self.form.names + 22
        pieces.column(draft, key, number, x, foot, 36, unit, second_role(self.pair, self.m, after), True, bricks)
        if advance(runs_of(bench.factor(number))) * SMALL <= LEFT - 50:
            mark = pieces.digits(draft, key, bench.factor(number), size=SMALL, side="beside")
            draft.change([(*key, "digits")], y=foot - 20 if number.value >= 0 else foot + 20, x=mark.x)
        stride = chain.reads(1, 1, 0) - chain.reads(1, 0, 0)
        said = f"*h*[{index(stride, chain.reads(1, 0, after))}]"
        pieces.name(draft, ("reads", after), said, foot)

    def _card(self, draft: Draft, key: Key, columns: Sequence[int], foot: float, up: float, down: float) -> None:
        half = 0.45 * self.axis.pitch
        left, right = self.axis.x(columns[0]) - half, self.axis.x(columns[-1]) + half
        card = plate("sample", left, foot - up, right, foot + down, light=CARD, z=-3, corner="left")
        draft.put("card", key, card)

    # columns

    def lay_stacks(
        self,
        draft: Draft,
        stacks: Mapping[int, Sequence[tuple[Key, Number, Role]]],
        results: Mapping[int, tuple[Key, Number, Role]],
    ) -> None:
        """What stands in a column, head to tail in slim slots, and its sum at the end."""
        axis = self.axis
        levels = [level for j in stacks for level in bench.levels(number.value for _, number, _ in stacks[j])]
        levels += [number.value for _, number, _ in results.values()]
        up, down = bench.extent(levels)
        unit = bench.unit_of(self.bottom - TOP - 110, up + down, levels, 88.0)
        spare = max(0.0, self.bottom - TOP - 110 - unit * (up + down)) / 2
        foot = TOP + 80 + up * unit + spare
        bricks = all(level.denominator == 1 for level in levels)
        pieces.baseline(draft, ("stack",), axis.left, axis.right, foot)
        slots = max(map(len, stacks.values())) + 1
        slot = 0.92 * axis.pitch / slots
        texts = [style.signed(number.text) for stack in stacks.values() for _, number, _ in stack]
        small, large = self.fits(texts, 0.92 / slots), self.fits([n.text for _, n, _ in results.values()], 1.6 / slots)
        for j, stack in stacks.items():
            left = axis.x(j) - slot * (len(stack) + 1) / 2
            xs = [left + slot * (place + 0.5) for place in range(len(stack) + 1)]
            steps = [(key, number, role, x) for (key, number, role), x in zip(stack, xs, strict=False)]
            written = None if small else ()
            pieces.staircase(
                draft, ("column", j), steps, foot, unit, 0.8 * slot, None, None, written, small or SMALL, bricks
            )
            key, number, role = results[j]
            made = tuple((*own, "bar") for own, _, _ in stack)
            pieces.column(draft, key, number, xs[-1], foot, 0.8 * slot, unit, role, True, bricks, made_of=made)
            if large:
                pieces.digits(draft, key, number.text, size=large)

    def lay_kernels(self, draft: Draft, kernels: Sequence[tuple[str, Role, Mapping[int, tuple[Key, Number]]]]) -> None:
        """Kernels below each other, each on a card with its name."""
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
            draft.put("card", ("card", said), card.at(corner="left"))
            pieces.baseline(draft, ("card", said), left + 16, right - 16, foot, role)
            pieces.name(draft, ("card", said), said, foot, role)
            for j, (key, number) in taps.items():
                pieces.column(draft, key, number, self.axis.x(j), foot, self.axis.bar, unit, role, True, bricks)
                if size:
                    pieces.digits(draft, key, number.text, size=size)


def index(stride: int, start: int, tap: str = "") -> str:
    """An index that rises with t: ``2t + j − 1``, ``t + 1``."""
    said = "*t*" if stride == 1 else f"{stride}*t*"
    said += f" + {tap}" if tap else ""
    if not start:
        return said
    return f"{said} + {start}" if start > 0 else f"{said} {style.MINUS} {-start}"


def shown(of: Sequence[int], most: int = ROWS) -> tuple[int, ...]:
    """Those of a series that are shown: all, or the first ones and the last."""
    return tuple(of) if len(of) <= most else (*of[: most - 1], of[-1])
