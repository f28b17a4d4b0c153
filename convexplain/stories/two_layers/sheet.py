"""Signals and kernels below each other on one ruler and in one unit: what is read, what reads it, what that makes.

A signal is a row of bars on its baseline. A kernel is a card in the columns that it reads; its taps are bars with a
times sign, and under the card stand its products, one a column, that add up to what it makes. Taps are bars, products
are numbers: nothing else is. The first row and the last keep their places, whatever stands between them. This module
knows numbers with their places; which of it stands on which board a story says.
"""

from __future__ import annotations

import itertools
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
    CONTEXT,
    DIGIT,
    FULL,
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
PAD = 10.0
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
    made: Collection[int] | None = None
    """The places whose bars are there, all when None; the others are empty places."""
    lit: Collection[int] | None = None
    """The places that are meant, all when None; the others fall back in light."""
    hollow: Collection[int] = ()
    """The places of which only the outline stands there."""
    worked: bool = True
    """Of a kernel: whether its products are written."""
    step: int = 0
    """Of a kernel: the step that its products make; those of another one are others."""

    @property
    def is_kernel(self) -> bool:
        """Whether it is a kernel on a card."""
        return self.products is not None

    @property
    def is_meant(self) -> bool:
        """Whether it is not context as a whole."""
        return self.lit is None or bool(self.lit)

    def is_lit(self, place: int) -> bool:
        """Whether a place is meant."""
        return self.lit is None or place in self.lit

    @cached_property
    def extent(self) -> tuple[float, float]:
        """How far its numbers reach above and below zero."""
        return bench.extent([*(number.value for _, number in self.bars.values()), *self.also])

    def texts(self) -> list[str]:
        """Its numbers as they are written over their bars."""
        return [bench.factor(number) if self.is_kernel else number.text for _, number in self.bars.values()]


@dataclass(frozen=True)
class Stage:
    """What all sheets of a story have in common, so that a row keeps its place and its unit."""

    form: Format
    axis: Axis
    size: float = 0.0
    """Of the numbers in their columns; 0 where they have no room in the narrowest format."""
    is_worked: bool = False
    """Whether products have room below their taps."""
    most: float = math.inf
    """The largest unit."""
    below: float = 0.0
    """The room under the last row."""

    @property
    def low(self) -> bool:
        """Whether rows stand closer, and no row stands by that is not needed."""
        return bench.is_low(self.form)

    @property
    def half(self) -> float:
        """Half the width of a column of a card."""
        return 0.46 * self.axis.pitch


@dataclass(frozen=True)
class Sheet:
    """Where the bands stand, from the top: their baselines."""

    stage: Stage
    bands: tuple[Band, ...]
    unit: float = 1.0
    feet: tuple[float, ...] = ()

    @classmethod
    def fit(cls, stage: Stage, bands: Sequence[Band]) -> Sheet:
        """Bands that fill the board; between a kernel and a signal there is room for edges."""
        own = cls(stage, tuple(bands))
        heights = [(own._above(n), own._below(n)) for n in range(len(bands))]
        room = bench.bottom_of(stage.form, (26.0 if stage.low else 40.0) + stage.below) - TOP - sum(map(sum, heights))
        reach = sum(sum(band.extent) for band in bands)
        values = [value for band in bands for value in (*(n.value for _, n in band.bars.values()), *band.also)]
        unit = min(stage.most, bench.unit_of(room, reach, values))
        spare = max(0.0, room - unit * reach) / max(1, len(bands) - 1)
        y, feet = TOP, []
        for band, (above, below) in zip(bands, heights, strict=True):
            y += above + band.extent[0] * unit
            feet.append(y)
            y += band.extent[1] * unit + below + spare
        return replace(own, unit=unit, feet=tuple(feet))

    def _above(self, n: int) -> float:
        """The room over the bars of a band, for their numbers and the edge of a card."""
        if self.stage.size > 0 or not self.bands[n].is_kernel:
            return 46.0 if self.stage.low else 56.0
        return 24.0 if self.bands[n].name else 10.0

    def _below(self, n: int) -> float:
        """The room under the bars of a band."""
        low, band = self.stage.low, self.bands[n]
        if not band.is_kernel:
            return 14.0 * (n + 1 < len(self.bands))
        line = self.stage.is_worked and (band.worked or not low)
        return PAD + line * (44.0 if low else 52.0) + self.leads(n) * (20.0 if low else 34.0)

    def leads(self, n: int) -> bool:
        """Whether edges lead from a kernel to a signal below it."""
        return self.bands[n].is_kernel and n + 1 < len(self.bands) and not self.bands[n + 1].is_kernel

    def n(self, key: Key) -> int:
        """The place of a band by its key."""
        return next(n for n, band in enumerate(self.bands) if band.key == key)

    @property
    def bricks(self) -> bool:
        """Whether all numbers are whole."""
        return all(number.value.denominator == 1 for band in self.bands for _, number in band.bars.values())

    def line(self, n: int) -> float:
        """The y of the products of a kernel."""
        return self.bottom(n) + (24.0 if self.stage.low else 27.0)

    def bottom(self, n: int) -> float:
        """The lower edge of the card of a kernel."""
        return self.feet[n] + self.bands[n].extent[1] * self.unit + PAD

    def top(self, n: int) -> float:
        """The upper edge of a card, or where a signal begins."""
        return self.feet[n] - self.bands[n].extent[0] * self.unit - self._above(n) + 1.0

    def reading(self, n: int, size: float) -> float:
        """The y at which a kernel is read as a sum: the line of its products, or that of its bars where it has none."""
        return self.line(n) if self.stage.is_worked else self.feet[n] - DIGIT * size / 2

    # what is seen

    def lay(self, draft: Draft, origin: Mapping[Key, Mapping[str, Any]] | None = None) -> None:
        """All bands, and the zeros that kernels read beyond the ends of a signal. ``origin`` says where bars come from,
        by key.
        """
        for n, band in enumerate(self.bands):
            if band.is_kernel:
                self._lay_card(draft, n)
            else:
                pieces.baseline(draft, band.key, self.stage.axis.left, self.stage.axis.right, self.feet[n])
            key = ("card", *band.key) if band.is_kernel else band.key
            if band.name:
                self.lay_name(
                    draft, key, band.name, self.feet[n], band.role if band.is_kernel else "ink", band.is_meant
                )
            for place, (own, number) in band.bars.items():
                if not self.stage.axis.has(place):
                    continue
                if band.made is None or place in band.made:
                    self.lay_bar(draft, n, place, own, number, **(origin or {}).get(own, {}))
                elif not band.is_kernel:
                    self._lay_place(draft, n, place, own)
            if band.is_kernel and band.worked and band.made is None:
                self._lay_products(draft, n)
        self._lay_zeros(draft)

    def lay_bar(self, draft: Draft, n: int, place: int, key: Key, number: Number, **more: Any) -> None:
        """A bar with its number over it."""
        band, axis, lit = self.bands[n], self.stage.axis, self.bands[n].is_lit(place)
        bar = dict(bricks=self.bricks, light=FULL if lit else CONTEXT, **more)
        pieces.column(draft, key, number, axis.x(place), self.feet[n], axis.bar, self.unit, band.role, **bar)
        if place in band.hollow and number.value:
            draft.change([(*key, "bar")], hollow=True, size=3, dash=9.0, unit=0.0)
        if not self.stage.size:
            return
        said = bench.factor(number) if band.is_kernel else number.text
        mark = pieces.digits(draft, key, said, size=self.stage.size, role="ink" if lit else "quiet")
        if band.is_kernel and number.value < 0:  # its brackets reach lower than digits
            draft.change([(*key, "digits")], y=mark.y - 6)

    def _lay_place(self, draft: Draft, n: int, place: int, key: Key) -> None:
        """An empty place of a signal that is still to be made."""
        x, half, foot = self.stage.axis.x(place), self.stage.axis.bar / 2, self.feet[n]
        up = min(90.0, max(20.0, 2 * self.unit))
        box = plate("quiet", x - half, foot - up, x + half, foot, light=0.0, edge=0.5, size=3, hollow=True, dash=10)
        draft.put("place", ("place", *key), box)

    def _lay_zeros(self, draft: Draft) -> None:
        """The zeros that kernels read beyond the ends of the signal above them."""
        for n, band in enumerate(self.bands):
            under = [] if band.is_kernel else [*itertools.takewhile(lambda other: other.is_kernel, self.bands[n + 1 :])]
            read = {place for other in under if other.is_meant and other.made is None for place in other.bars}
            for place in sorted(filter(self.stage.axis.has, read - {*band.bars})):
                key, x, foot = ("beyond", *band.key, place), self.stage.axis.x(place), self.feet[n]
                edges.empty(draft, key, x, foot, lit=False)
                draft.change([(*key, "place")], role="ink", light=FULL)
                size = self.stage.size or SMALL
                draft.put("beyond", (*key, "zero"), words("0", x, foot - 20 - DIGIT * SMALL / 2, size))
                if n == 0 and self.stage.axis.pitch > 60:
                    step, small = str(place).replace("-", style.MINUS), self.stage.form.small
                    draft.put("ruler", ("ruler", place), words(step, x, pieces.RULER, small, "quiet"))

    def _lay_card(self, draft: Draft, n: int) -> None:
        """The card of a kernel; an empty place when it does not stand there yet."""
        band, axis, half = self.bands[n], self.stage.axis, self.stage.half
        xs = [axis.x(place) for place in band.bars if axis.has(place)]
        box = (min(xs) - half, self.top(n), max(xs) + half, self.bottom(n))
        if band.made is not None:
            place = plate("quiet", *box, light=0.0, edge=0.5, size=3, hollow=True, dash=14, z=-3)
            draft.put("card", ("card", "place", *band.key), place)
            return
        light = CARD if band.is_meant else CARD / 2
        draft.put("card", ("card", *band.key), plate(band.role, *box, light=light, z=-3))
        pieces.baseline(draft, ("card", *band.key), box[0] + 14, box[2] - 14, self.feet[n], band.role)
        draft.change([("baseline", "card", *band.key)], light=light * 3)

    def _lay_products(self, draft: Draft, n: int) -> None:
        """The products of a kernel under its taps, the first without a plus."""
        band, axis = self.bands[n], self.stage.axis
        texts = [style.signed(product.text) for product in (band.products or {}).values()]
        size, first = fitting(self.stage.form, axis, texts), True
        for place, product in (band.products or {}).items():
            if axis.has(place) and self.stage.is_worked and size:
                said = product.text if first or not product.value else style.signed(product.text)
                role = "ink" if band.is_meant else "quiet"
                draft.put(
                    "product",
                    ("product", *band.bars[place][0], band.step),
                    words(said, axis.x(place), self.line(n), size, role),
                )
                first = False

    def lay_values(self, draft: Draft, texts: Mapping[int, str]) -> None:
        """What the products of kernels add up to, at the right of them, by band; nothing where they have no room."""
        stage = self.stage
        room, axis = stage.form.width - 36 - stage.axis.right, stage.axis
        texts = {n: f"{self._relation(n, text)} {text}" for n, text in texts.items()}
        widest = max((advance(runs_of(text)) for text in texts.values()), default=0.0)
        size = next((size for size in (stage.size or TEXT, SMALL) if widest * size <= room), 0.0)
        for n, text in texts.items() if size else ():
            last = axis.x(max(filter(axis.has, self.bands[n].bars))) + stage.half if stage.is_worked else axis.right
            mark = words(text, last + 20 + 0.08 * axis.pitch, self.reading(n, size), size, align=-1)
            draft.put("value", ("value", *self.bands[n].key, self.bands[n].step), mark)

    def _relation(self, n: int, total: str) -> str:
        """The sign before what the products of a kernel add up to: ``=``, where a calculator finds it so."""
        worked = [product.text for product in (self.bands[n].products or {}).values()] if self.stage.is_worked else []
        return "=" if not worked or style.is_sum(worked, total) else "≈"

    def lay_name(self, draft: Draft, key: Key, text: str, foot: float, role: Role, lit: bool = True) -> None:
        """The name of a row at the left margin, as large as it can be."""
        form = self.stage.form
        room = self.stage.axis.left - form.margin - 16
        size = TEXT if not self.stage.low and advance(runs_of(text)) * TEXT <= room else SMALL
        mark = words(text, form.margin, foot - DIGIT * size / 2, size, role, align=-1)
        draft.put("name", ("name", *key), mark if lit else mark.at(light=0.6))

    def lay_columns(self, draft: Draft, first: int, last: int, places: Iterable[int]) -> None:
        """What stands in some columns, from band ``first`` down to the products of the ``last``, on a faint light."""
        end = self.line(last) + (24 if self.stage.low else 26) if self.stage.is_worked else self.feet[last]
        for nth, place in enumerate(places):
            if self.stage.axis.has(place):
                x, bands = self.stage.axis.x(place), [*enumerate(self.bands)][first : last + 1]
                top = self.top(next(i for i, band in bands if place in band.bars or not band.is_kernel))
                column = plate("ink", x - self.stage.half, top, x + self.stage.half, end, light=0.06, z=-4)
                draft.put("band", ("band", first, nth), column)

    def lay_fan(self, draft: Draft, n: int, place: int, name: str) -> list[Cue]:
        """Edges from the products of a kernel to the bar of the signal under it that they add up to; how that comes
        about is returned.
        """
        band, made, axis, low = self.bands[n], self.bands[n + 1], self.stage.axis, self.stage.low
        products = [("product", *band.bars[at][0], band.step) for at in band.products or {} if axis.has(at)]
        cues = [Cue((key,), beat=motion.ENTER + min(3, at)) for at, key in enumerate(products)]
        if not axis.has(place) or place not in made.bars:
            return cues
        if not band.worked:
            return []
        key, x = made.bars[place][0], axis.x(place)
        bar, digits = draft.marks.get((*key, "bar")), draft.marks.get((*key, "digits"))
        start = self.line(n) + (18 if low else 24) if self.stage.is_worked else self.bottom(n) + 6
        meeting = self.feet[n + 1] - made.extent[0] * self.unit - self._above(n + 1) + 4
        drawn = [
            Edge(("edge", name, at), band.role, (axis.x(at), start), (x, meeting), not product.value)
            for at, product in (band.products or {}).items()
            if axis.has(at)
        ]
        edges.lay(draft, [drawn[at] for at in edges.at_rest(range(len(drawn)), 1)], curve=True, size=4.0)
        if bar is not None:
            top = min(bar.top, bar.foot) - 8 if digits is None else digits.y - DIGIT * digits.size / 2 - 12
            if top - meeting > 8:
                edges.lay(draft, [Edge(("edge", name, "down"), band.role, (x, meeting), (x, top))], size=4.0)
        if not band.is_meant:
            draft.change([key for key in draft.marks if key[:2] == ("edge", name)], light=CONTEXT)
        return [*cues, Cue((("edge", name),), beat=motion.ENTER + 4), Cue((key,), beat=motion.ENTER + 5)]


def fitting(form: Format, axis: Axis, texts: Iterable[str]) -> float:
    """The size of numbers in the columns of an axis; 0 where they have no room in the narrowest format."""
    widest = max((advance(runs_of(text)) for text in texts), default=0.0)
    if widest * SMALL + 6 > ruled(COLUMN, axis).pitch:
        return 0.0
    return TEXT if widest * TEXT + 16 <= axis.pitch and not bench.is_low(form) else SMALL


def ruled(form: Format, axis: Axis) -> Axis:
    """An axis with room at its left for factors and at its right for sums, and with wide bars."""
    left = form.names + (72.0 if form.is_narrow else LEFT)
    room = form.width - form.margin - (104.0 if form.is_narrow else RIGHT) - left
    pitch = min(310.0, room * axis.pitch / (axis.right - axis.left))
    return replace(axis, left=left, pitch=pitch, widest=120.0)
