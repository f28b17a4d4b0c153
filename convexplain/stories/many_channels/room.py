"""How much room the rows of channel_summation have: widths, heights, units, and in which sizes numbers are written.

One or two short channels and their kernels have the whole height; products, sums and outputs have a column of their
own beside them, and all is in one unit. Else each channel stands over its kernel above, and below them the row of
products, which becomes that of the outputs; of several channels the one that is spoken of is open, the others are
low; all are when their sums are added, which then have the whole width. A long signal is seen from near, its window
alone, while one output is told, and then whole. This module measures and draws nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from functools import cached_property, partial
from itertools import product
from typing import Any, NamedTuple

from convexplain.board.marks import DIGIT, HERO, PARTIAL, SMALL, TEXT
from convexplain.board.pieces import Axis, Number, signed
from convexplain.stories import bench, phrases
from convexplain.stories.bench import extent, levels
from convexplain.stories.many_channels import sums
from convexplain.stories.many_channels.channels import (
    GAP,
    SHARE,
    TOP,
    Channels,
    Shares,
    Slot,
    above,
    reach,
    slots_from,
    telling,
    width,
)

FOOT, BETWEEN = 46.0, 24.0
"""The height of a filter's foot; between the steps and a column beside them."""
BRICK, LARGE, FEWEST = 60.0, 110.0, 7.0
"""The largest unit of whole numbers, that of channels alone, and the least at which one serves all rows."""
LOW = 62.0
"""How high the bars of a low channel are."""
TALL, FLAT = 200.0, 6.0
"""How high no bar of an open channel is; how many times as high a bar is as one that is flat."""


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
        self.larger = (PARTIAL, *self.sizes) if film else (40.0, SMALL)
        self.hero = HERO if film else TEXT
        """The sizes of numbers in rows, of sums, and of the output."""
        least, longest = self.sizes[-2:][0], max((number.text for number in numbers), key=width)
        wanted = max(470.0 if film else 330.0, self.many * (width(longest, least) + 9))
        self.side = self.end - min(wanted, 0.42 * (self.end - form.names))
        """Where the sums of channels begin, beside the steps."""
        edge = self.side - (20.0 if film else 4.0)
        self.first = _fit(row.wide, row.wider, edge)
        samples, taps = self._given()
        given = [*(number.text for number in samples), *map(phrases.factor, taps)]
        products = [tap.product for part in self.parts for tap in part.taps]
        added = [signed(number.text) for number in (*numbers, self.told.total)]
        slots, room = max(len(row.taps) + 1, len(added), len(row.outputs)), self.end - row.left - BETWEEN
        self.pitch = min(250.0, room / (slots + len(row.wide.steps)))
        every = [*given, *added, *(signed(number.text) for number in (*products, *self.results))]
        self.is_column = len(row.parts) <= 2 and row.close is row.wide and _size(every, self.pitch - 8, self.sizes) > 0
        """Whether products, sums and outputs stand in a column beside the steps, and of that the pitch."""
        if self.is_column:
            self.side, edge = self.end - slots * self.pitch, self.end - slots * self.pitch - BETWEEN
        is_sum = self.is_column and linear
        self.names = [("sum" if is_sum and one.key[0] == "partial" else one.name, one.role) for one in self.addends]
        self.names.append((f"{row.output}[{self.told.step}]" if linear else "sum", "output"))
        """The names of the sums and of the output, in their roles."""
        self.near = _fit(row.close, row.left, edge)
        self.far = self.near if row.close is row.wide else _fit(row.wide, row.left, self.end)
        """The steps as one output is told, as all are, and before any is."""
        self.is_worked = self.near is self.far and linear and row.whole and not row.rest
        """Whether each output is worked out."""
        near, far, slot = self.near.pitch - 8, self.far.pitch - 12, (self.end - self.side) / self.many - 8
        across = (self.end - row.left) / len(added) - 16
        if self.is_column:
            near = far = slot = across = self.pitch - 8
        self.size = {
            "focus": _size(given, near, self.sizes),
            "open": _size(given, far, self.sizes[1:] or self.sizes) * self.is_column,
            "products": _size([signed(number.text) for number in products], near, self.sizes),
            "outputs": _size([number.text for number in self.results], far, self.sizes),
            "sums": _size([number.text for number in numbers[: self.many]], slot, self.larger),
            "across": _size(added[:-1], across, self.larger),
        }
        """The sizes of numbers, 0 where they have no room."""
        self.under = self.gap + FOOT
        """The room of a filter's foot."""
        self.text = self.side + ((1 - SHARE) / 2 * self.pitch if self.is_column else 16)
        """Where sums begin that are written."""
        self.extra = 0.0
        """How much further apart rows stand than they must."""
        if self.is_column:
            self._lay_column(numbers)
        else:
            self._lay(numbers, products)

    def _lay_column(self, numbers: Sequence[Number]) -> None:
        """The rows of the channels over the whole height; beside them for each channel a share for its products and
        their sum, at the foot the sums head to tail, then the outputs. All have one unit, where there is room.
        """
        row, size, bottom, (*all_,) = self.row, self.size, self.row.bottom, range(len(self.parts))
        text, name = sums.LINE * self.spelled[0] + 6, 1.7 * self.form.small
        stairs = [levels(tap.product.value for tap in part.taps) for part in self.parts]
        stairs[0].append(telling(self.parts[0]).product.value)  # which stands alone at first
        reaches = list(map(extent, stairs))
        told = Shares(TOP, bottom, reaches, above(max(size["products"], size["sums"])) + text, name)
        up, down = extent([*levels(number.value for number in numbers), *(number.value for number in self.results)])
        lines = sums.LINE * self.sizes[-1] * len(row.outputs) * (self.is_worked and len(numbers) > 1)
        foot = Shares(TOP + len(all_) * text + lines, bottom, [(up, down)], above(self.hero) + 8, name)

        def free(unit: float) -> float:
            return bottom - self.under - self._rows("open", all_, unit)[-1].bottom

        most = BRICK if row.whole else 1e30
        unit, right = _fitted(free, min(most, TALL / self._tallest)), min(told.unit(most), foot.unit(most))
        if row.whole and min(unit, right) >= FEWEST:
            unit = right = min(unit, right)
        self.extra = free(unit) / (4 * len(all_))
        self.rows = dict.fromkeys(("focus", "open", "closed"), [self._rows("open", all_, unit)] * len(all_))
        self.stairs_at, self.partials = list[list[Slot]](), list[Slot]()
        for floor, (_, low), part in zip(told.feet(right), reaches, self.parts, strict=True):
            under = floor + low * right + 0.4 * name
            *own, last = slots_from(self.side, self.pitch, len(part.taps) + 1, floor, right, size["products"], under)
            self.stairs_at.append(own)
            self.partials.append(last._replace(size=size["sums"]))
        at = (floor := bottom - 0.7 * name - down * right, right)
        self.across = slots_from(self.side, self.pitch, len(numbers) + 1, *at, size["across"], bottom - 0.3 * name)
        outputs = slots_from(self.side, self.pitch, len(row.outputs), *at, size["outputs"], bottom - 0.3 * name)
        self.made = dict(zip(row.outputs, outputs, strict=True))
        self.high, self.over = told.high, floor - up * right - above(self.hero)

    def _lay(self, numbers: Sequence[Number], products: Sequence[Number]) -> None:
        """The rows of the channels, one or all open or none, and what stands below them: products beside sums, outputs,
        addends. Open channels have one unit, and so has all below them where there is room; else the channels have a
        share of what is free.
        """
        size, under, total, whole = self.size, 1.3 * self.form.small, float(self.told.total.value), self.row.whole
        every = [n for part in self.parts for n in levels(tap.product.value for tap in part.taps)]
        stairs = extent([*every, telling(self.parts[0]).product.value])
        sums_, results = reach(part.partial for part in self.parts), reach(self.results)
        added = extent(levels(number.value for number in numbers))
        foot, hero = self.under + 2 * self.gap, above(self.hero) + 14
        all_ = range(len(self.parts))
        opened: dict[str, Sequence[Collection[int]]] = {"open": [all_], "closed": [[]], "focus": [[n] for n in all_]}
        tops: dict[str, Sequence[tuple[float, float]]] = {
            "focus": [(stairs[0], self.gap + 12 + above(size["products"])), (sums_[0], self.gap + above(size["sums"]))],
            "open": [(results[0], foot + above(size["outputs"] or SMALL))],
            "closed": [(added[0], foot + above(size["across"]) + 24), (max(0.0, total), foot + hero)],
        }
        downs = {"focus": stairs[1], "open": results[1], "closed": added[1]}
        """How far what is below reaches up, in units, and what it needs besides, the most of some; and how far down."""

        def floor(kind: str, low: float) -> float:
            return self.row.bottom - downs[kind] * low - under * (kind != "open")

        def left(kind: str, unit: float, low: float) -> float:
            most = max(self._rows(kind, some, unit)[-1].bottom for some in opened[kind])
            return floor(kind, low) - most - max(far * low + besides for far, besides in tops[kind])

        most, shares = min(BRICK if whole else 1e30, TALL / self._tallest), {"focus": 0.5, "open": 0.35}
        unit = _fitted(lambda unit: min(left(kind, unit, unit) for kind in shares), most)
        if is_apart := not whole or unit < FEWEST:
            kept = {kind: share * max(0.0, left(kind, 1e-40, 1e-40)) for kind, share in shares.items()}
            unit = _fitted(lambda unit: min(left(kind, unit, 1e-40) - kept[kind] for kind in shares), most)
        self.rows = {kind: [self._rows(kind, some, unit) for some in opened[kind]] for kind in opened}
        """The rows of the channels: those in which one is open, those where all are, and those where none is."""
        alike, largest = () if is_apart else shares, BRICK if whole else 1e30
        lows = {kind: unit if kind in alike else _fitted(partial(left, kind, unit), largest) for kind in opened}
        at = {kind: (floor(kind, low), low) for kind, low in lows.items()}
        names, begin = self.row.bottom - DIGIT * self.form.small / 2, self.row.left
        self.stairs_at = [
            [Slot(self.near.x(tap.step), self.near.pitch, *at["focus"], size["products"], names) for tap in part.taps]
            for part in self.parts
        ]
        """Where the products of each channel stand."""
        pitch, many = (self.end - self.side) / self.many, len(numbers) + 1
        self.partials = slots_from(self.side, pitch, self.many, *at["focus"], size["sums"], names)
        self.across = slots_from(begin, (self.end - begin) / many, many, *at["closed"], size["across"], names)
        """The sums of channels beside their products, and the addends of the output beside or below all channels."""
        homes = {step: self.far.x(self.row.script.home(step)) for step in self.row.outputs}
        self.made = {step: Slot(x, self.far.pitch, *at["open"], size["outputs"]) for step, x in homes.items()}
        """Where the outputs stand, by their step."""
        self.over = self.rows["open"][0][-1].bottom + self.under + 4
        """Where their room begins."""

    @cached_property
    def spelled(self) -> tuple[float, bool]:
        """The size in which the sum of each channel, in some lines, has room, 0 for none; and whether with factors."""
        row, room = self.row, self.end - self.text
        outputs = row.outputs.values() if self.is_worked else [self.told]
        every, high = [part for one in outputs for part in one.parts], 1.3 * TEXT
        if not self.is_column:
            focus = (rows[n] for n, rows in enumerate(self.rows["focus"]))
            high = min(row.bottom - row.top for row in (*focus, *self.rows["open"][0]))
        is_short = not row.whole or any(tap.more for part in every for tap in part.taps)
        for is_full, size in product((True, False)[is_short:], self.sizes if self.is_column else self.larger):
            laid = [mark for part in every for mark in sums.laid(self.form, sums.of_channel(part, is_full), room, size)]
            tall = max((mark.y for mark in laid), default=0.0) + sums.LINE * size
            if tall <= high and all(mark.right <= room for mark in laid):
                return size, is_full
        return 0.0, False

    @cached_property
    def large(self) -> list[Row]:
        """The rows of the channels where there is nothing else."""
        reaches = [reach(self.row.signals[part.channel].values()) for part in self.parts]
        size = self.size["open"] if self.near.steps == self.first.steps else 0.0
        shares = Shares(TOP, self.row.bottom, reaches, above(size) * bool(size) + GAP, GAP)
        unit, high = shares.unit(LARGE if self.row.whole else 1e30), shares.high
        ends = [TOP + high * (n + 1) for n in range(len(reaches))]
        feet = zip(ends, shares.feet(unit), strict=True)
        return [Row(unit, size, end - high, foot, end, end, end, end) for end, foot in feet]

    @cached_property
    def _reaches(self) -> dict[bool, list[tuple[tuple[float, float], tuple[float, float]]]]:
        """How far each channel reaches above and below zero, of the steps that are shown far away (True) or near by,
        and how far its kernel.
        """
        found: dict[bool, list[Any]] = {True: [], False: []}
        for is_far, axis in ((True, self.far), (False, self.near)):
            for part in self.parts:
                elided = {tap.step for tap in part.taps if tap.more} if axis is self.near else set()
                signal = self.row.signals[part.channel].items()
                up, down = reach(tap.weight for tap in part.taps)
                reached = reach(n for step, n in signal if axis.has(step) and step not in elided)
                found[is_far].append((reached, (up * self.times, down * self.times)))
        return found

    @cached_property
    def _tallest(self) -> float:
        """How far a channel or a kernel reaches above or below zero."""
        return max([1e-30, *(far for reaches in self._reaches[False] for ends in reaches for far in ends)])

    @cached_property
    def times(self) -> float:
        """How many times as high as a channel's a kernel's number 1 is: only where one of them were flat, and no bricks
        are counted, not as high.
        """
        high = [max((abs(float(n.value)) for n in every), default=0.0) for every in self._given()]
        is_flat = not self.row.whole and min(high) and not 1 / FLAT <= high[1] / high[0] <= FLAT
        return high[0] / high[1] / 2 if is_flat else 1.0

    def _given(self) -> tuple[list[Number], list[Number]]:
        """The samples and the taps that are shown while one output is told."""
        signals = [signal.items() for signal in self.row.signals.values()]
        samples = [number for signal in signals for step, number in signal if self.row.close.has(step)]
        return samples, [tap.weight for part in self.parts for tap in part.taps]

    @cached_property
    def _low(self) -> float:
        """The unit of a low channel."""
        reaches = [sum(map(sum, ends)) for ends in self._reaches[False]]
        return (LOW if self.row.is_film else 0.7 * LOW) / max(1e-40, *reaches)

    def _rows(self, kind: str, opened: Collection[int], unit: float) -> list[Row]:
        """The rows of the channels, those at the ``opened`` places in a ``unit`` and with numbers: each as high as its
        names at least; the taps' indices are below the first open one, and below numbers.
        """
        found, top, gap = list[Row](), TOP, self.gap
        for place, reaches in enumerate(self._reaches[kind == "open"]):
            is_open, rooms = place in opened, list[tuple[float, float]]()
            own, size = (unit, self.size[kind]) if is_open else (self._low, 0.0)
            apart = (1.6 if self.is_column else 1) * gap
            for up, down in reaches:
                up, down = up * own + above(size) * bool(size), down * own
                spare = max(0.0, (1.05 if is_open else 0.55) * self.form.small - up - down) / 2
                rooms.append((up + spare + self.extra, down + spare + self.extra))
            foot = top + gap + rooms[0][0]
            middle = foot + rooms[0][1] + apart
            kernel = middle + apart + rooms[1][0]
            index = kernel + rooms[1][1] + gap
            bottom = index + (SMALL + gap - 2) * (is_open and (self.is_column or place == min(opened)))
            found.append(Row(own, size, top, foot, middle, kernel, index, bottom, not is_open))
            top = bottom + gap
        return found


def _size(texts: Sequence[str], room: float, sizes: Sequence[float]) -> float:
    """The first of some sizes at which the longest of some texts has room; 0 when there is none."""
    return bench.fitting(room, texts, (*sizes, 0.0))


def _fit(axis: Axis, left: float, right: float) -> Axis:
    """The axis between two edges."""
    pitch = min(250.0, (right - left) / ((axis.right - axis.left) / axis.pitch))
    return replace(axis, left=left, pitch=pitch, share=SHARE, widest=120.0)


def _fitted(room: Callable[[float], float], most: float) -> float:
    """The largest unit, at most ``most``, at which ``room(unit)``, what is left of the height, is not negative."""
    if room(most) >= 0:
        return most
    low, high = 1e-40, most
    for _ in range(100):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if room(middle) >= 0 else (low, middle)
    return low
