"""How much room the rows of channel_summation have: widths, heights, units, and how their numbers are written.

Above, each channel over its kernel; below them the row of products, which becomes that of the outputs; at the right,
beside all of them, how they are added. A long signal is seen from near, its window alone, while one output is told, and
then whole: steps draw together, heights stay. This module measures and draws nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from convexplain.board.marks import COLUMN, DIGIT, PARTIAL, SMALL, TEXT
from convexplain.board.pieces import Axis, signed
from convexplain.stories.bench import extent, levels
from convexplain.stories.many_channels import sums
from convexplain.stories.many_channels.channels import GAP, TOP, Channels, Shares, above, reach, width

FOOT, BESIDE = 46.0, 12.0
"""The height of a filter's foot; from a bar to the number beside it."""
BRICK, LARGE, FEWEST = 60.0, 110.0, 7.0
"""The largest unit of whole numbers, that of channels alone, and the least at which one serves all rows."""
SHARES = (0.42, 0.37, 0.3, 0.2)
"""Of a step, how wide a bar is: the first beside which its number has room."""
EDGES = (0.34, 0.7)
"""Of a step, how far a window reaches to the left and to the right of its bars where numbers stand beside them."""


class Way(NamedTuple):
    """How the numbers of a row are written: in which size, and ``beside`` their bars, ``above`` them, ``across`` their
    baseline, or not at all.
    """

    size: float = 0.0
    side: str = ""

    def room(self, up: float, down: float) -> tuple[float, float]:
        """What bars that reach so far take of the height with their numbers."""
        high = (DIGIT + 0.16) * self.size
        if self.side == "beside":
            return max(up, high), max(down, high) if down else 0.0
        if self.side == "across":
            return max(up, high) if down else up, max(down, high)
        return (up + above(self.size), down) if self.side else (up, down)


class Row(NamedTuple):
    """The heights of a channel: where it begins, its baseline, where its kernel begins, its baseline, and where the
    indices of the taps begin and end.
    """

    unit: float
    top: float
    foot: float
    middle: float
    kernel: float
    indices: float
    bottom: float


class Room:
    """The places of a script's channels and outputs in one format."""

    def __init__(self, row: Channels) -> None:
        self.row, self.form, self.parts, self.told, self.addends = row, row.form, row.parts, row.told, row.told.addends
        form, few, linear, film = row.form, len(row.parts) <= 2, row.script.layer.activation == "linear", row.is_film
        self.end, self.gap = form.width - form.margin, GAP if film else 0.6 * GAP
        self.sizes = (TEXT, 40.0, SMALL) if film else (SMALL,)
        self.larger = (PARTIAL, *self.sizes) if film else self.sizes
        """The sizes of numbers in rows, and of sums."""
        added = [signed(addend.number.text) for addend in self.addends]
        slots, (slot, least) = len(added) + 1, (130.0, 520.0) if film else (92.0, 300.0)
        wanted = slots * max(slot if row.whole else 0.0, max(map(width, added)) + 20)
        self.side = self.end - min(max(least, wanted), 0.48 * (self.end - form.names))
        """Where the sums begin."""
        self.slot = (self.end - self.side) / slots
        names = [addend.name for addend in self.addends]
        self.names = [*names, "output" if linear else "sum"]
        """The names of the sums and of the output, or what short ones there are."""
        if max(map(width, self.names)) > self.slot - 4:
            short = ["rest" if "more" in name else name.rpartition("= ")[2] for name in names]
            self.names = [*short, f"{row.output}[{self.told.step}]"]
        reached = [*levels(addend.number.value for addend in self.addends), self.told.total.value]
        self.tall, self.deep = extent([*reached, *(part.partial.value for part in self.parts)])
        """How far the sums reach above and below zero, from the baseline and head to tail."""
        self.results = [row.script.output(step, self.told.f) for step in row.shown]
        given = [tap.weight.text for part in self.parts for tap in part.taps]
        given += [n.text for signal in row.signals.values() for step, n in signal.items() if row.close.has(step)]
        edge, longest = self.side - (20.0 if film else 4.0), max(map(width, given))
        axes = [_fit(row.close, row.left, edge, share, EDGES[1] - 0.5) for share in SHARES]
        self.near = next((axis for axis in axes if few and longest <= _rooms(axis)["beside"]), axes[0])
        self.far = self.near if row.close is row.wide else _fit(row.wide, row.left, self.end)
        self.first = self.near if row.close is row.wide else _fit(row.wide, row.left, edge)
        """The steps as one output is told, as all are, and before any is."""
        self.is_worked = self.near is self.far and linear and row.whole and not row.rest
        """Whether each output is worked out."""
        self.bar = min(self.near.bar, 0.6 * self.slot)
        products = [signed(tap.product.text) for part in self.parts for tap in part.taps]
        results, small = [number.text for number in self.results], (form.small, SMALL)
        self.ways = {
            "given": _way(given, _rooms(self.near), small) if few else Way(),
            "products": _way(products, _rooms(self.near), small),
            "outputs": _way(results, {"across": self.far.pitch - 12}, self.sizes),
            "sums": _way(added, {"above": self.slot - 16}, self.larger),
        }
        self.under = (self.gap + FOOT) * bool(self.told.bias)
        """The room of a filter's foot."""
        self.unit, self.low = self._units()
        """The unit of channels and kernels, and that of what is made of them."""
        self.rows = self._rows(self.unit)
        self.foot = self.rows[-1].bottom + self.under
        """Where the filter ends."""
        self.floor = row.bottom - self._reached(self.low)[1]
        """The baseline of products, sums, and the outputs that they become."""
        self.made = self._made()
        """The unit of products, and of their sums until these are added."""

    @cached_property
    def column(self) -> dict[str, Way]:
        """What a column of a page writes: other numbers are no marks of their own."""
        return self.ways if self.form == COLUMN else Room(Channels(self.row.script, COLUMN)).ways

    @cached_property
    def spelled(self) -> tuple[float, float]:
        """The sizes in which the sum of each channel, in some lines, and over it the formula have room; 0 for none."""
        row, room, high = self.row, self.end - self.side - 16, min(one.bottom - one.top for one in self.rows)
        steps = row.shown if row.close is row.wide else [row.told.step]
        every = [part for step in steps for part in row.made(step, row.told.f).parts]
        for size in self.larger:
            laid = [mark for part in every for mark in sums.laid(self.form, sums.of_channel(part), room, size)]
            tall = max((mark.y for mark in laid), default=0.0) + sums.LINE * size
            if tall <= high and all(mark.right <= room for mark in laid):
                return size, SMALL * (tall + sums.LINE * SMALL <= high)
        return 0.0, 0.0

    @cached_property
    def large(self) -> list[Row]:
        """The rows of the channels where there is nothing else."""
        reaches = [reach(self.row.signals[part.channel].values()) for part in self.parts]
        shares = Shares(TOP, self.row.bottom, reaches, self.ways["given"].room(0, 0)[0] + GAP, GAP)
        unit, high = shares.unit(LARGE if self.row.whole else 1e30), shares.high
        ends = [TOP + high * (n + 1) for n in range(len(reaches))]
        return [Row(unit, end - high, foot, *[end] * 4) for end, foot in zip(ends, shares.feet(unit), strict=True)]

    def _rows(self, unit: float) -> list[Row]:
        """The rows of the channels in a unit, each as high as its name at least; below one or two the taps' indices."""
        found, top, gap, apart = list[Row](), TOP, self.gap, (1.6 if len(self.parts) <= 2 else 1) * self.gap
        for part in self.parts:
            rooms = list[tuple[float, float]]()
            for numbers in (self.row.signals[part.channel].values(), [tap.weight for tap in part.taps]):
                up, down = reach(numbers)
                up, down = self.ways["given"].room(up * unit, down * unit)
                spare = max(0.0, 1.05 * self.form.small - up - down) / 2
                rooms.append((up + spare, down + spare))
            foot = top + gap + rooms[0][0]
            middle = foot + rooms[0][1] + apart
            kernel = middle + apart + rooms[1][0]
            index, is_numbered = kernel + rooms[1][1] + gap, len(self.parts) <= 2 or not found
            found.append(Row(unit, top, foot, middle, kernel, index, index + (SMALL + gap - 2) * is_numbered))
            top = found[-1].bottom + gap
        return found

    def _reached(self, low: float, beside: float = 0.0) -> tuple[float, float]:
        """The room over and below the baseline of all that is made; sums may stand ``beside`` the last channel."""
        size, side = self.ways["products"]
        up, down = self._products()
        rooms = {"above": above(size), "beside": DIGIT * size + 22 - self.gap - low * self.row.whole}
        way = self.ways["outputs"] if self.ways["outputs"].side else Way(SMALL, "above")
        most, least = reach(self.results)
        given = way.room(most * low, least * low)
        head = above(max(self.ways["sums"].size, self.sizes[0])) - beside
        ups = (up * low + rooms.get(side, 0.0), self.tall * low + head, given[0] + self.under + 8 * bool(self.under))
        return max(ups), max(down * low, self.deep * low + self.form.small, given[1])

    def _left(self, unit: float, low: float) -> float:
        last = self._rows(unit)[-1]
        beside = max(0.0, (last.bottom - last.top) / 2 - self.form.small)
        return self.row.bottom - last.bottom - self.gap - sum(self._reached(low, beside))

    def _units(self) -> tuple[float, float]:
        """One unit for all where there is room; else two: channels and kernels have most of the height."""
        most = BRICK if self.row.whole else 1e30
        both = _fitted(lambda unit: self._left(unit, unit), most)
        if self.row.whole and both >= FEWEST:
            return both, both
        share = max(0.65, len(self.parts) / (len(self.parts) + 1.7)) * (self.row.bottom - TOP)
        unit = _fitted(lambda unit: TOP + share - self._rows(unit)[-1].bottom, most)
        return unit, _fitted(lambda low: self._left(unit, low), most)

    def _made(self) -> float:
        """Products and sums from the baseline have more room than sums head to tail: all that the outputs will have."""
        (up, down), (most, least) = self._products(), reach(part.partial for part in self.parts)
        over = (
            self.floor
            - self.rows[-1].bottom
            - self.gap
            - above(max(self.ways[made].size for made in ("products", "sums")))
        )
        rooms = (over, max(up, most)), (self.row.bottom - self.floor, down), (self.deep * self.low, least)
        unit = min((room / far for room, far in rooms if far and self.unit != self.low), default=0.0)
        return max(self.low, unit)

    def _products(self) -> tuple[float, float]:
        """How far the products of a channel reach above and below zero, head to tail."""
        return extent(n for part in self.parts for n in levels(tap.product.value for tap in part.taps))


def _way(texts: Sequence[str], rooms: dict[str, float], sizes: Sequence[float]) -> Way:
    """The first way in which the longest of some texts has room."""
    longest = max(map(width, texts), default=0.0) / SMALL
    every = ((size, side, room) for side, room in rooms.items() for size in sizes)
    return next((Way(size, side) for size, side, room in every if longest * size <= room), Way())


def _fit(axis: Axis, left: float, right: float, share: float = SHARES[0], more: float = 0.0) -> Axis:
    """The axis between two edges, with some ``more`` steps left free, and bars of a share of a step."""
    pitch = min(250.0, (right - left) / ((axis.right - axis.left) / axis.pitch + more))
    return replace(axis, left=left, pitch=pitch, share=share, widest=84.0)


def _rooms(axis: Axis) -> dict[str, float]:
    """The room of a number beside its bar, inside a window, and above it."""
    return {"beside": EDGES[1] * axis.pitch - axis.bar / 2 - BESIDE - 6, "above": axis.pitch - 12}


def _fitted(room: Callable[[float], float], most: float) -> float:
    """The largest unit, at most ``most``, at which ``room(unit)``, what is left of the height, is not negative."""
    if room(most) >= 0:
        return most
    low, high = 1e-40, most
    for _ in range(100):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if room(middle) >= 0 else (low, middle)
    return low
