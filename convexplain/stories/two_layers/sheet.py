"""Signals and kernels below each other on one ruler and in one unit: what is read, what reads it, what that makes.

A signal is a row of bars on its baseline. A kernel is a card in the columns that it reads; its taps are bars with a
times sign, and under the card stand its products, one a column, that add up to what it makes. Taps are bars, products
are numbers: nothing else is. This module knows numbers with their places; which of it stands on which board a story
says.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from convexplain import style
from convexplain.board import edges, motion, pieces
from convexplain.board.edges import Edge
from convexplain.board.marks import (
    CARD,
    COLUMN,
    DIGIT,
    FULL,
    PARTIAL,
    SMALL,
    TEXT,
    Cue,
    Draft,
    Format,
    Key,
    Role,
    plate,
)
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench

TOP = 86.0
"""Where the picture begins, below the ruler."""
LEFT, RIGHT = 84.0, 170.0
"""The room between the names and the first place, and right of the last one, where sums stand."""
PAD = 12.0
"""From the bars of a kernel to the lower edge of its card."""


@dataclass(frozen=True)
class Band:
    """A signal, or a kernel when it has ``products``: its bars by place, with their keys."""

    key: Key
    name: str
    role: Role
    bars: Mapping[int, tuple[Key, Number]]
    products: Mapping[int, Number] | None = None
    also: tuple[Fraction, ...] = ()
    """Other numbers that this row has room for: those of other boards."""
    names: Mapping[int, str] | None = None
    """What is written under its bars, by place."""

    @property
    def is_kernel(self) -> bool:
        """Whether it is a kernel on a card."""
        return self.products is not None

    @cached_property
    def extent(self) -> tuple[float, float]:
        """How far its numbers reach above and below zero."""
        return bench.extent([*(number.value for _, number in self.bars.values()), *self.also])


@dataclass(frozen=True)
class Sheet:
    """Where the bands stand, from the top: their baselines."""

    form: Format
    axis: Axis
    bands: tuple[Band, ...]
    unit: float = 1.0
    feet: tuple[float, ...] = ()

    @classmethod
    def fit(
        cls,
        form: Format,
        axis: Axis,
        bands: Sequence[Band],
        below: float = 0.0,
        most: float = math.inf,
        top: float = TOP,
        count: int | None = None,
    ) -> Sheet:
        """Bands that fill the board from ``top`` on but for what stands ``below`` them, in a unit of at most ``most``;
        between a kernel and a signal there is room for edges. After ``count`` of them there is no room for others.
        """
        own, bands = cls(form, axis, tuple(bands)), bands[:count]
        fixed = [own._above(n) for n in range(len(bands))] + [own._below(n) for n in range(len(bands))]
        room = bench.bottom_of(form, 26.0 + below) - top - sum(fixed)
        reach = sum(sum(band.extent) for band in bands)
        values = [value for band in bands for value in (*(n.value for _, n in band.bars.values()), *band.also)]
        unit = min(most, bench.unit_of(room, reach, values))
        spare = max(0.0, room - unit * reach) / max(1, len(bands) - 1)
        y, feet = top, []
        for n, band in enumerate(bands):
            y += own._above(n) + band.extent[0] * unit
            feet.append(y)
            y += band.extent[1] * unit + own._below(n) + spare
        return replace(own, unit=unit, feet=tuple(feet))

    def _above(self, n: int) -> float:
        """The room over the bars of a band, for their numbers and the edge of a card."""
        digits = 36.0 if bench.is_low(self.form) else 86.0 if n and self.leads(n - 1) else 46.0
        return digits * (self.size > 0 or not self.bands[n].is_kernel) + 10.0

    def _below(self, n: int) -> float:
        """The room under the bars of a band."""
        low = bench.is_low(self.form)
        products = self.is_worked * (44.0 if low else 88.0 if self.leads(n) else 58.0)
        kernel = PAD + products + self.leads(n) * (54.0 if low else 98.0)
        return self._naming(n) + (kernel if self.bands[n].is_kernel else 14.0 + 14.0 * (self._naming(n) > 0))

    def _naming(self, n: int) -> float:
        """The room for names under the bars of a band."""
        return 0.0 if self.bands[n].names is None else 36.0 if bench.is_low(self.form) else 50.0

    def leads(self, n: int) -> bool:
        """Whether edges lead from a kernel to a signal below it."""
        return n + 1 < len(self.bands) and not self.bands[n + 1].is_kernel

    # sizes

    @cached_property
    def size(self) -> float:
        """The size of the numbers in their columns; 0 where they have no room in the narrowest format."""
        texts = [bench.factor(n) if band.is_kernel else n.text for band in self.bands for _, n in band.bars.values()]
        return fitting(self.form, self.axis, texts)

    @cached_property
    def is_worked(self) -> bool:
        """Whether products have room below their taps."""
        texts = [style.signed(n.text) for band in self.bands for n in (band.products or {}).values()]
        return bool(texts) and bool(self.size) and bool(fitting(self.form, self.axis, texts))

    @property
    def bricks(self) -> bool:
        """Whether all numbers are whole."""
        return all(number.value.denominator == 1 for band in self.bands for _, number in band.bars.values())

    @property
    def half(self) -> float:
        """Half the width of a column of a card."""
        return 0.46 * self.axis.pitch

    def line(self, n: int) -> float:
        """The y of the products of a kernel."""
        return self.bottom(n) + (24.0 if bench.is_low(self.form) else 46.0 if self.leads(n) else 30.0)

    def bottom(self, n: int) -> float:
        """The lower edge of the card of a kernel."""
        return self.feet[n] + self.bands[n].extent[1] * self.unit + self._naming(n) + PAD

    def top(self, n: int) -> float:
        """The upper edge of a card, or where a signal begins."""
        return self.feet[n] - self.bands[n].extent[0] * self.unit - self._above(n) + 1.0

    # what is seen

    def lay_signal(self, draft: Draft, n: int, hollow: Collection[int] = (), told: Collection[int] = ()) -> None:
        """A signal. Of the ``hollow`` places only the outline stands there; those ``told`` have large numbers."""
        band = self.bands[n] if ("card", *self.bands[n].key) in draft.marks else self._lay_line(draft, n)
        for place, (key, number) in band.bars.items():
            self._column(draft, key, number, place, self.feet[n], band.role)
            if place in hollow and number.value:
                draft.change([(*key, "bar")], hollow=True, size=3, dash=9.0, unit=0.0)
            if self.size:
                fits = self.size == TEXT and advance(runs_of(number.text)) * PARTIAL < self.axis.pitch
                pieces.digits(draft, key, number.text, size=PARTIAL if place in told and fits else self.size)

    def lay_places(self, draft: Draft, n: int) -> None:
        """A signal that is still to be made: its name and empty places."""
        band, foot = self._lay_line(draft, n), self.feet[n]
        for place in band.bars:
            x, half, up = self.axis.x(place), self.axis.bar / 2, min(90.0, 2 * self.unit)
            box = plate("quiet", x - half, foot - up, x + half, foot, light=0.0, edge=0.5, size=3, hollow=True, dash=10)
            draft.put("place", ("place", *band.bars[place][0]), box)

    def _lay_line(self, draft: Draft, n: int) -> Band:
        """The name and the baseline of a signal."""
        band, foot = self.bands[n], self.feet[n]
        pieces.baseline(draft, band.key, self.axis.left, self.axis.right, foot)
        self.lay_name(draft, band.key, band.name, foot, "ink")
        return band

    def lay_zeros(self, draft: Draft) -> None:
        """The zeros that kernels read beyond the ends of the first signal."""
        read = {place for band in self.bands if band.is_kernel for place in band.bars}
        for place in sorted(read - {*self.bands[0].bars}):
            if self.axis.has(place):
                key, x, foot = ("beyond", *self.bands[0].key, place), self.axis.x(place), self.feet[0]
                edges.empty(draft, key, x, foot, lit=False)
                draft.change([(*key, "place")], role="ink", light=FULL)
                draft.put("beyond", (*key, "zero"), words("0", x, foot - 20 - DIGIT * SMALL / 2, self.size or SMALL))

    def lay_card(self, draft: Draft, n: int, empty: bool = False) -> None:
        """The card of a kernel; an ``empty`` place when it does not stand there yet."""
        band = self.bands[n]
        xs = [self.axis.x(place) for place in band.bars if self.axis.has(place)]
        box = (min(xs) - self.half, self.top(n), max(xs) + self.half, self.bottom(n))
        if empty:
            place = plate("quiet", *box, light=0.0, edge=0.5, size=3, hollow=True, dash=14, z=-3)
            draft.put("card", ("card", "place", *band.key), place)
            return
        draft.put("card", ("card", *band.key), plate(band.role, *box, light=CARD, z=-3))
        pieces.baseline(draft, ("card", *band.key), box[0] + 14, box[2] - 14, self.feet[n], band.role)
        draft.change([("baseline", "card", *band.key)], light=0.5)

    def lay_kernel(self, draft: Draft, n: int, origin: Mapping[Key, Mapping[str, Any]] | None = None) -> None:
        """A kernel on its card; ``origin`` says where bars come from, by key."""
        band = self.bands[n]
        self.lay_card(draft, n)
        for place, (key, number) in band.bars.items():
            if self.axis.has(place):
                self._column(draft, key, number, place, self.feet[n], band.role, **(origin or {}).get(key, {}))
                if self.size:
                    mark = pieces.digits(draft, key, bench.factor(number), size=self.size)
                    if number.value < 0:  # its brackets reach lower than digits
                        draft.change([(*key, "digits")], y=mark.y - 6)

    def lay_products(self, draft: Draft, n: int) -> list[Key]:
        """The products of a kernel under its taps, the first without a plus. Their keys are returned."""
        band, laid = self.bands[n], list[Key]()
        texts = [style.signed(product.text) for product in (band.products or {}).values()]
        size = fitting(self.form, self.axis, texts, self.leads(n))
        for place, product in (band.products or {}).items():
            if self.axis.has(place) and self.is_worked:
                key: Key = ("product", *band.bars[place][0])
                said = style.signed(product.text) if laid and product.value else product.text
                draft.put("product", key, words(said, self.axis.x(place), self.line(n), size, "ink"))
                laid.append(key)
        return laid

    def lay_values(self, draft: Draft, texts: Mapping[int, str]) -> None:
        """What the products of kernels add up to, at the right of them, by band; nothing where they have no room."""
        room, axis = self.form.width - 36 - self.axis.right, self.axis
        texts = {n: f"{self._relation(n, text)} {text}" for n, text in texts.items()}
        widest = max((advance(runs_of(text)) for text in texts.values()), default=0.0)
        size = next((size for size in (self.size or TEXT, SMALL) if widest * size <= room), 0.0)
        for n, text in texts.items() if size else ():
            last = axis.x(max(filter(axis.has, self.bands[n].bars))) + self.half if self.is_worked else axis.right
            mark = words(text, last + 20 + 0.08 * axis.pitch, self.reading(n, size), size, align=-1)
            draft.put("value", ("value", *self.bands[n].key), mark)

    def _relation(self, n: int, total: str) -> str:
        """The sign before what the products of a kernel add up to: ``=``, where a calculator finds it so."""
        worked = [product.text for product in (self.bands[n].products or {}).values()] if self.is_worked else []
        return "=" if not worked or style.is_sum(worked, total) else "≈"

    def reading(self, n: int, size: float) -> float:
        """The y at which a kernel is read as a sum: the line of its products, or that of its bars where it has none."""
        return self.line(n) if self.is_worked else self.feet[n] - DIGIT * size / 2

    def lay_names(self, draft: Draft, n: int, lit: Collection[int] = ()) -> None:
        """The names of the bars of a band under them, those ``lit`` in yellow."""
        band, y = self.bands[n], self.feet[n] + self.bands[n].extent[1] * self.unit + 0.5 * self._naming(n) + 6
        size = fitting(self.form, self.axis, (band.names or {}).values())
        for place, said in (band.names or {}).items():
            if size and self.axis.has(place):
                mark = words(said, self.axis.x(place), y, size, "lit" if place in lit else band.role)
                draft.put("names", ("names", *band.bars[place][0]), mark)

    def lay_name(self, draft: Draft, key: Key, text: str, foot: float, role: Role) -> None:
        """The name of a row at the left margin, as large as it can be."""
        room = self.axis.left - self.form.margin - 16
        size = TEXT if not bench.is_low(self.form) and advance(runs_of(text)) * TEXT <= room else SMALL
        mark = words(text, self.form.margin, foot - DIGIT * size / 2, size, role, align=-1)
        draft.put("name", ("name", *key), mark)

    def lay_bands(self, draft: Draft, n: int, places: Iterable[int], last: int | None = None) -> None:
        """What stands in one column, from band ``n`` down to the products of the ``last`` one, on a faint light."""
        end = len(self.bands) - 1 if last is None else last
        bottom = self.line(end) + (36 if self.leads(end) else 28) if self.is_worked else self.feet[end]
        for nth, place in enumerate(places, sum(key[0] == "band" for key in draft.marks)):
            if self.axis.has(place):
                x, bands = self.axis.x(place), [*enumerate(self.bands)][n : end + 1]
                top = self.top(next(i for i, band in bands if place in band.bars or not band.is_kernel))
                band = plate("ink", x - self.half, top, x + self.half, bottom, light=0.06, z=-4)
                draft.put("band", ("band", nth), band)

    def lay_making(
        self,
        draft: Draft,
        place: int | None,
        name: str,
        hollow: Collection[int] = (),
        told: Collection[int] = (),
    ) -> list[Cue]:
        """A signal, a kernel that reads it, its products, and the signal whose ``place`` they make; that is not there
        yet when it is None. How it comes about is returned.
        """
        last, cues = len(self.bands) - 1, list[Cue]()
        self.lay_signal(draft, 0)
        self.lay_zeros(draft)
        if last == 2:
            band = self.bands[1]
            self.lay_kernel(draft, 1)
            self.lay_name(draft, ("card", *band.key), band.name, self.feet[1], band.role)
            self.lay_bands(draft, 0, band.bars, 1)
            products = self.lay_products(draft, 1)
            cues = [Cue((key,), beat=motion.ENTER + min(3, n)) for n, key in enumerate(products)]
        if place is None:
            self.lay_places(draft, last)
            return cues
        self.lay_signal(draft, last, hollow, told=told or (place,))
        if last == 2:
            cues.append(Cue(tuple(self.lay_fan(draft, place, name)), beat=motion.ENTER + 4))
        return cues

    def lay_fan(self, draft: Draft, place: int, name: str) -> list[Key]:
        """Edges from the products of the kernel between two signals to the bar of the lower one that they add up to."""
        _, band, made = self.bands
        if not self.axis.has(place) or place not in made.bars:
            return []
        x, bar = self.axis.x(place), draft.marks.get((*made.bars[place][0], "bar"))
        meeting = self.feet[2] - made.extent[0] * self.unit - self._above(2) - 4
        start = self.line(1) + (22 if bench.is_low(self.form) else 40) if self.is_worked else self.bottom(1) + 8
        drawn = [
            Edge(("edge", name, at), band.role, (self.axis.x(at), start), (x, meeting), not product.value)
            for at, product in (band.products or {}).items()
            if self.axis.has(at)
        ]
        taken = edges.at_rest(range(len(drawn)), 1)
        edges.lay(draft, [drawn[i] for i in taken], curve=True)
        if bar is not None:
            digits = draft.marks.get((*made.bars[place][0], "digits"))
            top = min(bar.top, bar.foot) - 8 if digits is None else digits.y - DIGIT * digits.size / 2 - 24
            if top - meeting > 16:
                edges.lay(draft, [Edge(("edge", name, "down"), band.role, (x, meeting), (x, top))])
        return [key for key in draft.marks if key[:2] == ("edge", name)]

    def _column(self, draft: Draft, key: Key, number: Number, place: int, foot: float, role: Role, **more: Any) -> None:
        if self.axis.has(place):
            x, width = self.axis.x(place), self.axis.bar
            pieces.column(draft, key, number, x, foot, width, self.unit, role, bricks=self.bricks, **more)


def fitting(form: Format, axis: Axis, texts: Iterable[str], large: bool = False) -> float:
    """The size of numbers in the columns of an axis; 0 where they have no room in the narrowest format."""
    widest = max((advance(runs_of(text)) for text in texts), default=0.0)
    if widest * SMALL + 6 > narrowest(axis):
        return 0.0
    sizes = (PARTIAL, TEXT) if large else (TEXT,)
    fits = [size for size in sizes if widest * size + 16 <= axis.pitch and not bench.is_low(form)]
    return fits[0] if fits else SMALL


def ruled(form: Format, axis: Axis) -> Axis:
    """An axis with room at its left for factors and at its right for sums, and with wide bars."""
    left = form.names + (72.0 if form.is_narrow else LEFT)
    room = form.width - form.margin - (104.0 if form.is_narrow else RIGHT) - left
    pitch = min(310.0, room * axis.pitch / (axis.right - axis.left))
    return replace(axis, left=left, pitch=pitch, widest=120.0)


def narrowest(axis: Axis) -> float:
    """The width of a place where the same axis stands in a column of a page."""
    return ruled(COLUMN, axis).pitch
