"""How much room the rows of channel_summation have: widths, heights, units, and in which sizes numbers are written.

One or two short channels and their kernels have the whole height, and a column beside them has all that is made. Else
channels stand over that; the one that is spoken of is open, the others are low. A long signal is seen from near, its
window alone, while one output is told, and then whole. This module measures and draws nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property, partial
from itertools import product
from typing import NamedTuple

from convexplain.board.marks import DIGIT, HERO, PARTIAL, SMALL, TEXT
from convexplain.board.pieces import Axis, Number, signed
from convexplain.stories import phrases
from convexplain.stories.bench import extent, fitting, levels
from convexplain.stories.many_channels import sums
from convexplain.stories.many_channels.channels import Channels, telling
from convexplain.stories.many_channels.shares import GAP, SHARE, TOP, Shares, Slot, above, fit, fitted, reach, width
from convexplain.stories.script import Correlation

FOOT, NEAR = 46.0, 0.7
"""The height of a filter's foot; products stand on the baseline of their kernel where that leaves them such a share of
their height at least.
"""
BRICK, LARGE, FEWEST = 60.0, 110.0, 7.0
"""The largest unit of whole numbers, that of channels alone, and the least at which one serves all rows."""
WIRE = 20.0
"""How far below a channel's bars, and above the end of its window, what leads to the output leaves that."""
LOW, TALL, FLAT, LIFTED = 62.0, 200.0, 6.0, 18.0
"""How high the bars of a low channel are, and no bar of an open one; how many times as high a bar is as a flat one; how
far above its rows the first sum is written, and below their beginning each other one.
"""


class Row(NamedTuple):
    """The heights of a channel: where it begins, its baseline, where its kernel begins, its baseline, and where the
    indices of the taps begin and end; and the size of its numbers, 0 where there are none.
    """

    unit: float
    size: float
    top: float
    foot: float
    middle: float
    kernel: float
    indices: float
    bottom: float
    is_low: bool = False


class Room:
    """The places of a script's channels and outputs in one format."""

    def __init__(self, row: Channels) -> None:
        self.row, self.form, self.parts, self.told, self.addends = row, row.form, row.parts, row.told, row.told.addends
        form, linear, film = row.form, row.script.layer.activation == "linear", row.is_film
        numbers, self.many = [addend.number for addend in self.addends], len(self.addends) - bool(self.told.bias)
        """How many sums of channels there are."""
        self.results = [one.number for one in row.outputs.values()]
        self.end, self.gap = form.width - form.margin, GAP if film else 0.6 * GAP
        self.sizes = (TEXT, 40.0, SMALL) if film else (SMALL,)
        self.larger, self.hero = ((PARTIAL, *self.sizes), HERO) if film else ((40.0, SMALL), TEXT)
        """The sizes of numbers in rows, of sums, and of the output."""
        between = 60.0 if film else 24.0
        least, longest = self.sizes[-2:][0], max((number.text for number in numbers), key=width)
        wanted = max(470.0 if film else 330.0, self.many * (width(longest, least) + 9))
        self.side = self.end - min(wanted, 0.42 * (self.end - form.names))
        """Where the sums of channels begin, beside the steps."""
        edge = self.side - (20.0 if film else 4.0)
        self.first = fit(row.wide, row.wider, edge)
        signals = [signal.items() for signal in row.signals.values()]
        samples = [number for signal in signals for step, number in signal if row.close.has(step)]
        taps = [tap.weight for part in self.parts for tap in part.taps]
        given = [*(number.text for number in samples), *map(phrases.factor, taps)]
        products = [signed(tap.product.text) for part in self.parts for tap in part.taps]
        added = [signed(number.text) for number in (*numbers, self.told.total)]
        slots, room = max(len(row.taps) + 1, len(added), len(row.outputs)), self.end - row.left - between
        self.pitch = min(250.0, room / (slots + len(row.wide.steps)))
        results, sizes = [signed(number.text) for number in self.results], (*self.sizes, 0.0)
        fits = fitting(self.pitch - 8, [*given, *added, *products, *results], sizes) > 0
        self.is_column = fits and len(row.parts) <= 2 and row.close is row.wide
        """Whether products, sums and outputs stand in a column beside the steps, and of that the pitch."""
        if self.is_column:
            self.side, edge = self.end - slots * self.pitch, self.end - slots * self.pitch - between
        is_sum = self.is_column and linear
        self.names = [("sum" if is_sum and one.key[0] == "partial" else one.name, one.role) for one in self.addends]
        self.names.append((f"{row.output}[{self.told.step}]" if linear else "sum", "output"))
        """The names of the sums and of the output, in their roles."""
        self.near = fit(row.close, row.left, edge)
        self.far = self.near if row.close is row.wide else fit(row.wide, row.left, self.end)
        """The steps as one output is told, as all are, and before any is."""
        self.is_worked = self.is_column and linear and row.whole and not row.rest
        """Whether each output is worked out."""
        near, far, slot = self.near.pitch - 8, self.far.pitch - 12, (self.end - self.side) / self.many - 8
        across, larger = (self.end - row.left) / len(added) - 16, (*self.larger, 0.0)
        if self.is_column:
            near = far = slot = across = self.pitch - 8
        self.size = {
            "focus": fitting(near, given, sizes),
            "open": fitting(far, given, sizes[-3:]) * self.is_column,
            "products": fitting(near, products, sizes),
            "outputs": fitting(far, [number.text for number in self.results], sizes),
            "sums": fitting(slot, [number.text for number in numbers[: self.many]], larger),
            "across": fitting(across, added[:-1], larger),
        }
        """The sizes of numbers, 0 where they have no room."""
        self.under, self.text = self.gap + FOOT, self.side + (1 - SHARE) / 2 * self.pitch
        """The room of a filter's foot, and where sums begin that are written in a column."""
        self.largest = BRICK if row.whole else 1e30
        """The largest unit of products, sums and outputs; channels have at most one in which none is too tall."""
        most = min(self.largest, TALL / self._measure(samples, taps))
        (self._lay_column if self.is_column else self._lay)(numbers, most)

    def _measure(self, samples: Sequence[Number], taps: Sequence[Number]) -> float:
        """How far channels and kernels reach above and below zero; the furthest of what is seen from near is given."""
        high = [max((abs(float(number.value)) for number in some), default=0.0) for some in (samples, taps)]
        is_flat = not self.row.whole and min(high) and not 1 / FLAT <= high[1] / high[0] <= FLAT
        self.times = high[0] / high[1] / 2 if is_flat else 1.0
        """How many times as high a kernel's number 1 is: only where one were flat, and no bricks are counted."""
        axes = {"focus": self.near, "open": self.far, "closed": self.near}
        self._reaches = {kind: [self._reach(part, axis) for part in self.parts] for kind, axis in axes.items()}
        near = self._reaches["focus"]
        self._low = (LOW if self.row.is_film else 0.7 * LOW) / max(1e-40, *(sum(map(sum, reaches)) for reaches in near))
        """The unit of a low channel."""
        return max([1e-30, *(far for reaches in near for ends in reaches for far in ends)])

    def _reach(self, part: Correlation, axis: Axis) -> tuple[tuple[float, float], tuple[float, float]]:
        """How far a channel reaches above and below zero, of the steps that an axis shows, and how far its kernel."""
        up, down = reach(tap.weight for tap in part.taps)
        signal = reach(number for step, number in self.row.signals[part.channel].items() if axis.has(step))
        return signal, (up * self.times, down * self.times)

    def _lay_column(self, numbers: Sequence[Number], most: float) -> None:
        """The channels over the whole height; beside them the products of each and their sum, on the baseline of its
        kernel where they get not much lower by that, at the foot the sums, then the outputs; in one unit, if it fits.
        """
        row, size, bottom, all_ = self.row, self.size, self.row.bottom, range(len(self.parts))
        text, name = sums.LINE * self.spelled[0] + 6, 1.7 * self.form.small
        stairs = [levels(tap.product.value for tap in part.taps) for part in self.parts]
        stairs[0].append(telling(self.parts[0]).product.value)  # which stands alone at first
        reaches = list(map(extent, stairs))
        up, down = extent([*levels(number.value for number in numbers), *(number.value for number in self.results)])
        lines = sums.LINE * self.sizes[-1] * len(row.outputs) * (self.is_worked and len(numbers) > 1)
        foot = Shares(TOP + len(all_) * text + lines, bottom, [(up, down)], above(self.hero) + 8, FOOT)

        def free(unit: float) -> float:
            return bottom - self.under - self._rows("open", all_, unit)[-1].bottom

        def laid(unit: float) -> list[Row]:
            return self._rows("open", all_, unit, free(unit) / (3 * len(all_)))

        def ends(rows: Sequence[Row], unit: float) -> list[tuple[float, float]]:
            """Between which heights the floor of each channel's products may be."""
            found = list[tuple[float, float]]()
            for own, (up, low), part in zip(rows, reaches, self.parts, strict=True):
                begin, sum_ = own.top + text + LIFTED * (own is not rows[0]), max(0.0, float(part.partial.value))
                over = max(up * unit + above(size["products"]), sum_ * unit + above(size["sums"]))
                found.append((begin + over, own.bottom + self.gap - 0.7 * name - low * unit))
            return found

        def left(rows: Sequence[Row], unit: float, is_near: bool) -> float:
            both = zip(rows, ends(rows, unit), strict=True)
            return min(min(own.kernel - high, low - own.kernel) if is_near else low - high for own, (high, low) in both)

        def units(is_near: bool) -> tuple[float, float]:
            unit, end = fitted(free, most), foot.unit(self.largest)
            right = fitted(lambda own: left(laid(own), own, is_near), min(unit, end))
            if row.whole and right >= FEWEST:
                return right, right
            return unit, fitted(lambda own: left(laid(unit), own, is_near), end)

        near, other = units(True), units(False)
        unit, right = near if near[1] >= NEAR * other[1] else other
        rows = laid(unit)
        self.rows = dict.fromkeys(("focus", "open", "closed"), [rows] * len(all_))
        self.stairs_at, self.partials = list[list[Slot]](), list[Slot]()
        each = zip(rows, ends(rows, right), reaches, self.parts, strict=True)
        for own, (high, deep), (_, low), part in each:
            floor, many = min(max(own.kernel, high), deep), len(part.taps)
            under = max((own.indices + own.bottom) / 2 - 3, floor + low * right + 0.4 * name)
            *slots, last = Slot.row(self.side, self.pitch, many + 1, floor, right, size["products"], under)
            self.stairs_at.append(slots)
            self.partials.append(last._replace(size=size["sums"]))
        at, under = (floor := bottom - FOOT - down * right, right), bottom - FOOT / 2
        self.across = Slot.row(self.side, self.pitch, len(numbers) + 1, *at, size["across"], under)
        outputs = Slot.row(self.side, self.pitch, len(row.outputs), *at, size["outputs"], under)
        self.made = dict(zip(row.outputs, outputs, strict=True))
        self.over = floor - up * right - above(self.hero)

    def _lay(self, numbers: Sequence[Number], most: float) -> None:
        """The channels, one or all open or none, and what stands below them: products beside sums, outputs, addends.
        All have one unit where there is room; else the channels have a share of what is free.
        """
        size, under, foot, all_ = self.size, 1.3 * self.form.small, self.under + 2 * self.gap, range(len(self.parts))
        every = [n for part in self.parts for n in levels(tap.product.value for tap in part.taps)]
        stairs = extent([*every, telling(self.parts[0]).product.value])
        added, results = extent(levels(number.value for number in numbers)), reach(self.results)
        partials, total = reach(part.partial for part in self.parts)[0], max(0.0, float(self.told.total.value))
        opened = {"open": [[*all_]], "closed": [list[int]()], "focus": [[n] for n in all_]}
        below = {
            "focus": [
                (*stairs, self.gap + 12 + above(size["products"])),
                (partials, 0.0, self.gap + above(size["sums"])),
            ],
            "open": [(*results, foot + above(size["outputs"] or SMALL))],
            "closed": [(*added, foot + above(size["across"]) + 24), (total, 0.0, foot + above(self.hero) + 14)],
        }
        """How far up and down what is below reaches, in units, and what it needs besides."""

        def floor(kind: str, low: float) -> float:
            return self.row.bottom - below[kind][0][1] * low - under * (kind != "open")

        def left(kind: str, unit: float, low: float) -> float:
            most = max(self._rows(kind, some, unit)[-1].bottom for some in opened[kind])
            return floor(kind, low) - most - max(up * low + besides for up, _, besides in below[kind])

        shares = {"focus": 0.5, "open": 0.35}
        unit = fitted(lambda unit: min(left(kind, unit, unit) for kind in shares), most)
        if is_apart := not self.row.whole or unit < FEWEST:
            kept = {kind: share * max(0.0, left(kind, 1e-40, 1e-40)) for kind, share in shares.items()}
            unit = fitted(lambda unit: min(left(kind, unit, 1e-40) - kept[kind] for kind in shares), most)
        self.rows = {kind: [self._rows(kind, some, unit) for some in opened[kind]] for kind in opened}
        """The rows of the channels: those in which one is open, those where all are, and those where none is."""
        alike = () if is_apart else shares
        lows = {kind: unit if kind in alike else fitted(partial(left, kind, unit), self.largest) for kind in opened}
        at = {kind: (floor(kind, low), low) for kind, low in lows.items()}
        names, begin = self.row.bottom - DIGIT * self.form.small / 2, self.row.left
        self.stairs_at = [
            [Slot(self.near.x(tap.step), self.near.pitch, *at["focus"], size["products"], names) for tap in part.taps]
            for part in self.parts
        ]
        """Where the products of each channel stand."""
        pitch, many = (self.end - self.side) / self.many, len(numbers) + 1
        self.partials = Slot.row(self.side, pitch, self.many, *at["focus"], size["sums"], names)
        self.across = Slot.row(begin, (self.end - begin) / many, many, *at["closed"], size["across"], names)
        """The sums of channels beside their products, and the addends of the output beside or below all channels."""
        homes = {step: self.far.x(self.row.script.home(step)) for step in self.row.outputs}
        self.made = {step: Slot(x, self.far.pitch, *at["open"], size["outputs"]) for step, x in homes.items()}
        """Where the outputs stand, by their step."""
        self.over = self.rows["open"][0][-1].bottom + self.under + 4
        """Where their room begins."""

    @cached_property
    def spelled(self) -> tuple[float, bool]:
        """The size in which the sum of each channel has room in the column, 0 for none; and whether with factors."""
        outputs = self.row.outputs.values() if self.is_worked else [self.told]
        every = [part for one in outputs for part in one.parts]
        is_short = not self.row.whole or any(tap.more for part in every for tap in part.taps)
        for is_full, size in product((True, False)[is_short:], self.sizes * self.is_column):
            lines = (sums.laid(self.form, sums.of_channel(part, is_full), size) for part in every)
            if all(self.text + mark.right <= self.end for line in lines for mark in line):
                return size, is_full
        return 0.0, False

    @cached_property
    def large(self) -> list[Row]:
        """The rows of the channels where there is nothing else."""
        reaches = [reach(self.row.signals[part.channel].values()) for part in self.parts]
        size = self.size["open"] if self.near.steps == self.first.steps else 0.0
        shares = Shares(TOP, self.row.bottom, reaches, above(size) * bool(size) + GAP, 2 * WIRE)
        unit, high = shares.unit(LARGE if self.row.whole else 1e30), shares.high
        ends = [TOP + high * (n + 1) for n in range(len(reaches))]
        feet = zip(ends, shares.feet(unit), strict=True)
        return [Row(unit, size, end - high, foot, end, end, end, end) for end, foot in feet]

    def _rows(self, kind: str, opened: Collection[int], unit: float, extra: float = 0.0) -> list[Row]:
        """The rows of the channels, those at the ``opened`` places in a ``unit`` and with numbers: high as names, and
        above a kernel's bars three times ``extra`` higher; the taps' indices are below the first one and numbers.
        """
        found, top, gap = list[Row](), TOP, self.gap
        for place, reaches in enumerate(self._reaches[kind]):
            is_open, rooms = place in opened, list[float]()
            own, size, least = (unit, self.size[kind], 1.05) if is_open else (self._low, 0.0, 0.55)
            for up, down in reaches:
                up, down = up * own + above(size) * bool(size), down * own
                spare = max(0.0, least * self.form.small - up - down) / 2
                rooms += [up + spare + extra, down + spare + extra]
            apart = (1.6 if self.is_column else 1) * gap
            foot = top + gap + rooms[0]
            middle = foot + rooms[1] + apart
            kernel = middle + apart + rooms[2]
            index = kernel + rooms[3] - extra + gap
            bottom = index + (SMALL + gap - 2) * (is_open and (self.is_column or place == min(opened)))
            found.append(Row(own, size, top, foot, middle, kernel, index, bottom, not is_open))
            top = bottom + gap
        return found
