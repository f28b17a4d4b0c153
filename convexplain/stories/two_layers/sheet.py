"""Signals and kernels below each other on one ruler and in one unit: what is read, what reads it, what that makes.

A signal is a row of bars on its baseline. A kernel is a card in the columns that it reads; its taps are bars with a
times sign, and under the card stand its products, one a column, that add up to what it makes. Taps are bars, products
are numbers: nothing else is. The first row and the last keep their places, whatever stands between them. This module
knows numbers with their places; which of it stands on which board a story says.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import Any

from convexplain import style
from convexplain.board import edges, marks, motion, pieces
from convexplain.board.marks import CARD, CONTEXT, DIGIT, FULL, SMALL, TEXT, Cue, Draft, Format, Key, Role, line, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench

TOP = 86.0
"""Where the picture begins, below the ruler."""
LEFT, RIGHT = 150.0, 130.0
"""The room between the names and the first place, and right of the last one, where sums stand."""
WIDEST = 76.0
"""No bar is wider, so that one of a single brick is still seen as a bar."""
PAD, GROUND = 12.0, 36.0
"""From the bars of a kernel to the lower edge of its card, and from the last row to the text line."""
HALF = 0.46
"""Half the width of a column of a card, in steps."""
LEADS = 30.0
"""The height of the edges from products to the number that they add up to."""


@dataclass(frozen=True)
class Band:
    """A signal, or a kernel when it has ``products``, if only none: its bars by place, with their keys."""

    key: Key
    name: str
    role: Role
    bars: Mapping[int, tuple[Key, Number]]
    products: Mapping[int, Number] | None = None
    also: Sequence[Fraction] = ()
    """Other numbers that this row has room for: those of other boards."""
    made: bool = True
    """Whether it is there; else the places of a signal are empty."""
    lit: Collection[int] | None = None
    """The places that are meant, all when None; the others fall back in light."""
    hollow: Collection[int] = ()
    """The places of which only the outline stands there."""
    worked: bool = True
    """Of a kernel: whether its products are written."""
    leads: float = 0
    """Of a kernel: how much room there is for edges to the row below, or for what else parts it from that."""
    start: Any = 0
    """Of a kernel: where it stands; its products elsewhere are others."""

    @property
    def is_kernel(self) -> bool:
        """Whether it is a kernel on a card."""
        return self.products is not None

    @property
    def is_meant(self) -> bool:
        """Whether it is not context as a whole."""
        return self.lit is None or bool(self.lit)

    @cached_property
    def extent(self) -> tuple[float, float]:
        """How far its numbers reach above and below zero."""
        return bench.extent([*(number.value for _, number in self.bars.values()), *self.also])

    def worked_out(self, axis: Axis) -> dict[Key, tuple[int, Number]]:
        """Its products in view with their places, by key; none where they are not written."""
        found = {at: product for at, product in (self.products or {}).items() if self.worked and axis.has(at)}
        return {("product", *self.bars[at][0], self.start): (at, product) for at, product in found.items()}


@dataclass(frozen=True)
class Sheet:
    """Where bands stand, from the top: their baselines. One without bands is what all sheets of a story have in common,
    so that a row keeps its place and its unit.
    """

    form: Format
    axis: Axis
    below: float = 0.0
    """The room under the last row."""
    size: float = 0.0
    """Of the numbers in their columns; 0 where they have no room in the narrowest format."""
    is_worked: bool = False
    """Whether products have room below their taps."""
    unit: float = math.inf
    """The height of a number 1; without bands the largest there may be."""
    bands: tuple[Band, ...] = ()
    feet: tuple[float, ...] = ()

    def of(self, bands: Iterable[Band]) -> Sheet:
        """Bands that fill the board."""
        own = replace(self, bands=tuple(bands))
        heights = [(own._above(n), own._below(n)) for n in range(len(own.bands))]
        room = bench.bottom_of(self.form, GROUND + self.below) - TOP - sum(map(sum, heights))
        reach = sum(sum(band.extent) for band in own.bands)
        values = [value for band in own.bands for value in (*(n.value for _, n in band.bars.values()), *band.also)]
        unit = min(self.unit, bench.unit_of(room, reach, values))
        spare = max(0.0, room - unit * reach) / max(1, len(own.bands) - 1)
        y, feet = TOP, list[float]()
        for band, (above, below) in zip(own.bands, heights, strict=True):
            feet.append(y + above + band.extent[0] * unit)
            y = feet[-1] + band.extent[1] * unit + below + spare
        return replace(own, unit=unit, feet=tuple(feet))

    def _above(self, n: int) -> float:
        """The room over the bars of a band, for their numbers and the edge of a card."""
        size = self.written(n)[0]
        card = 16.0 if self.bands[n].is_kernel else 8.0
        return pieces.ABOVE + DIGIT * size + card if size else card + 6.0

    def _below(self, n: int) -> float:
        """The room under the bars of a band."""
        band, *under = self.bands[n:]
        if not band.is_kernel:
            return 14.0 * bool(under)
        line = 0.0 if not (band.products and self.is_worked) else DIGIT * self.size + 20.0
        return PAD + max(line, 10.0) + band.leads * LEADS

    @property
    def em(self) -> float:
        """The size of names and sums where they have room: that of the numbers, or larger."""
        return SMALL if bench.is_low(self.form) else TEXT

    @property
    def half(self) -> float:
        """Half the width of a column of a card."""
        return HALF * self.axis.pitch

    @property
    def bricks(self) -> bool:
        """Whether all numbers are whole."""
        return all(number.value.denominator == 1 for band in self.bands for _, number in band.bars.values())

    def written(self, n: int) -> tuple[float, dict[int, str]]:
        """The numbers over the bars of a band and their size; 0 where they have no room. Where not all numbers of the
        story have room taps are written without a sign.
        """
        band = self.bands[n]
        is_factor = band.is_kernel and self.size > 0
        texts = {at: bench.factor(own) if is_factor else own.text for at, (_, own) in band.bars.items()}
        return self.size or fitting(self.form, self.axis, texts.values()), texts

    def line(self, n: int) -> float:
        """The y of the products of a kernel, where they have room."""
        return self.bottom(n) + 10.0 + DIGIT * (self.size or SMALL) / 2

    def bottom(self, n: int) -> float:
        """The lower edge of the card of a kernel."""
        return self.feet[n] + self.bands[n].extent[1] * self.unit + PAD

    def top(self, n: int) -> float:
        """The upper edge of a card, or where a signal begins."""
        return self.feet[n] - self.bands[n].extent[0] * self.unit - self._above(n) + 1.0

    # what is seen

    def lay(self, draft: Draft, origin: Mapping[Key, Mapping[str, Any]] | None = None) -> None:
        """All bands, and the zeros that kernels read beyond the ends of a signal. ``origin`` says where bars come from,
        by key.
        """
        for n, band in enumerate(self.bands):
            foot, key, role = self.feet[n], band.key, band.role
            if band.is_kernel and not band.made:
                continue
            if band.is_kernel:
                self._lay_card(draft, n)
            else:
                last = max(filter(self.axis.has, band.bars), default=self.axis.shown[-1])
                pieces.baseline(draft, key, self.axis.left, self.axis.x(last) + self.axis.pitch / 2, foot)
            if band.name:
                named: tuple[Key, Role] = (("card", *key), role) if band.is_kernel else (key, "ink")
                self.lay_name(draft, named[0], band.name, foot, named[1], 1.0 if band.is_meant else 0.6)
            for place, (own, number) in band.bars.items():
                if band.made and self.axis.has(place):
                    self._lay_bar(draft, n, place, own, number, (origin or {}).get(own, {}))
                elif self.axis.has(place):
                    x, half, up = self.axis.x(place), self.axis.bar / 2, min(40.0, max(20.0, 2 * self.unit))
                    look: dict[str, Any] = {"light": 0.0, "edge": 0.5, "size": 3, "hollow": True, "dash": 10.0}
                    draft.put("place", ("place", *own), plate("quiet", x - half, foot - up, x + half, foot, **look))
            for own, (place, product) in band.worked_out(self.axis).items() if self.is_worked else ():
                said = style.signed(product.text)
                draft.put("product", own, words(said, self.axis.x(place), self.line(n), self.size))
        self._lay_zeros(draft)

    def _lay_bar(self, draft: Draft, n: int, place: int, key: Key, number: Number, origin: Mapping[str, Any]) -> None:
        """A bar with its number over it."""
        band, x = self.bands[n], self.axis.x(place)
        lit = band.lit is None or place in band.lit
        look: dict[str, Any] = {"bricks": self.bricks, "light": FULL if lit else CONTEXT, **origin}
        pieces.column(draft, key, number, x, self.feet[n], self.axis.bar, self.unit, band.role, **look)
        if place in band.hollow and number.value:
            draft.change([(*key, "bar")], hollow=True, unit=0.0)
        size, said = self.written(n)
        if size:
            copied = (*origin["copy_of"][:-1], "digits") if origin.get("copy_of") else None
            role: Role = "ink" if lit else "quiet"
            mark = pieces.digits(draft, key, said[place], size=size, role=role, copy_of=copied)
            if band.is_kernel and number.value < 0:  # its brackets reach lower than digits
                draft.change([(*key, "digits")], y=mark.y - 6)

    def _lay_zeros(self, draft: Draft) -> None:
        """The zeros that kernels read beyond the ends of a signal: the second one in the row above it, all others in
        the first row.
        """
        for at, reader in enumerate(self.bands):
            n = at - 1 if reader.key[0] == "kernel" else 0
            reads = reader.is_kernel and reader.is_meant and reader.made
            read = reader.bars if reads and self.bands[n].is_meant and not self.bands[n].is_kernel else ()
            for place in sorted(filter(self.axis.has, {*read} - {*self.bands[n].bars})):
                key, x, foot = ("beyond", *self.bands[n].key, place), self.axis.x(place), self.feet[n]
                if (*key, "place") in draft.marks:
                    continue
                edges.empty(draft, key, x, foot, lit=False)
                draft.change([(*key, "place")], role="ink", light=FULL)
                draft.put("beyond", (*key, "zero"), words("0", x, foot - 20 - DIGIT * SMALL / 2, self.size or SMALL))
                if n == 0 and self.axis.pitch > 60:
                    step = str(place).replace("-", style.MINUS)
                    draft.put("ruler", ("ruler", place), words(step, x, pieces.RULER, self.form.small, "quiet"))

    def _lay_card(self, draft: Draft, n: int) -> None:
        """The card of a kernel."""
        band = self.bands[n]
        xs = [self.axis.x(place) for place in band.bars if self.axis.has(place)]
        box = (min(xs) - self.half - 4, self.top(n), max(xs) + self.half + 4, self.bottom(n))
        light = CARD if band.is_meant else CARD / 2
        draft.put("card", ("card", *band.key), plate(band.role, *box, light=light, z=-3))
        pieces.baseline(draft, ("card", *band.key), box[0] + 14, box[2] - 14, self.feet[n], band.role)
        draft.change([("baseline", "card", *band.key)], light=light * 3)

    def lay_values(self, draft: Draft, texts: Mapping[int, str]) -> None:
        """What the products of kernels add up to, at the right of them, by band; nothing where they have no room."""
        room, axis = self.form.width - 36 - self.axis.right, self.axis
        widest = max((advance(runs_of(f"= {text}")) for text in texts.values()), default=0.0)
        size = next((size for size in (self.size, SMALL) if 0 < widest * size <= room), 0.0)
        for n, text in texts.items() if size else ():
            band, left, y = self.bands[n], axis.right, self.feet[n] - DIGIT * size / 2
            sign = "="
            if self.is_worked:
                left, y = axis.x(max(filter(axis.has, band.bars))) + self.half, self.line(n)
                sign = "=" if style.is_sum([n.text for n in (band.products or {}).values()], text) else "≈"
            mark = words(f"{sign} {text}", left + 20 + 0.08 * axis.pitch, y, size, align=-1)
            draft.put("value", ("value", *band.key, band.start), mark)

    def lay_beside(self, draft: Draft, key: Key, n: int, text: str) -> None:
        """A sum of numbers beside the card of a kernel, where it has room: at its right, or else at its left."""
        card, size = draft.marks["card", *self.bands[n].key], self.em
        named = draft.marks.get(("name", "card", *self.bands[n].key))
        long, y, begin = advance(runs_of(text)) * size, card.y, named.right + 24 if named else self.form.margin
        if card.right + 24 + long <= self.form.width - self.form.margin:
            draft.put("value", ("value", *key), words(text, card.right + 24, y, size, align=-1))
        elif begin + long <= card.left - 24:
            draft.put("value", ("value", *key), words(text, card.left - 24, y, size, align=1))

    def lay_name(self, draft: Draft, key: Key, text: str, foot: float, role: Role, light: float = 1.0) -> None:
        """The name of a row at the left margin, as large as it can be."""
        room = self.axis.left - self.form.margin - 16
        size = self.em if advance(runs_of(text)) * self.em <= room else SMALL
        mark = words(text, self.form.margin, foot - DIGIT * size / 2, size, role, align=-1, light=light)
        draft.put("name", ("name", *key), mark)

    def lay_columns(self, draft: Draft, first: int, last: int, places: Iterable[int], role: Role = "ink") -> None:
        """What stands in some columns, from band ``first`` down to the products of the ``last``: on a faint light, or
        in a frame when it is ``lit``.
        """
        frame: dict[str, Any] = {"light": 0.0, "edge": FULL, "size": 3, "hollow": True, "z": -2}
        look = frame if role == "lit" else {"light": 0.06, "z": -4}
        end = self.line(last) + DIGIT * self.size / 2 + 8 if self.is_worked else self.bottom(last) + 6 * (role == "lit")
        for nth, place in enumerate(places):
            if self.axis.has(place):
                x = self.axis.x(place)
                column = plate(role, x - self.half, self.top(first), x + self.half, end, **look)
                draft.put("band", ("band", first, nth), column)

    def lay_fan(self, draft: Draft, n: int, place: int) -> list[Cue]:
        """Edges from the products of a kernel to the bar of the signal under it that they add up to; how that comes
        about is returned.
        """
        band, made, name = self.bands[n], self.bands[n + 1], ("edge", *self.bands[n].key, self.bands[n].start)
        products = band.worked_out(self.axis)
        cues = [Cue((key,), beat=motion.ENTER + min(2, at)) for at, key in enumerate(products)]
        if not products or not self.axis.has(place) or place not in made.bars:
            return cues
        key, x = made.bars[place][0], self.axis.x(place)
        bar, digits = draft.marks[(*key, "bar")], draft.marks.get((*key, "digits"))
        start = self.line(n) + DIGIT * self.size / 2 + 10 if self.is_worked else self.bottom(n) + 8
        top = min(bar.top, bar.foot) - 8 if digits is None else digits.y - DIGIT * digits.size / 2 - 10
        meeting = start + LEADS / 2
        for at, _ in products.values():
            way = (self.axis.x(at), start, self.axis.x(at), meeting, x, meeting)
            draft.put("edge", (*name, at), line(band.role, *way, size=3.0, z=-1.0))
        draft.put("edge", (*name, "down"), line(band.role, x, meeting, x, top, size=3.0, z=-1.0))
        return [*cues, Cue((name,), beat=motion.ENTER + 3), Cue((key,), beat=motion.ENTER + 4)]


def keys_of(draft: Draft, *starts: Key) -> tuple[Key, ...]:
    """The keys on a board that begin so: a cue for them leaves alone what goes."""
    return tuple(key for key in draft.marks if any(key[: len(start)] == start for start in starts))


def fitting(form: Format, axis: Axis, texts: Iterable[str]) -> float:
    """The size of numbers in the columns of an axis; 0 where they have no room in the narrowest format."""
    widest = max((advance(runs_of(text)) for text in texts), default=0.0)
    if widest * SMALL + 6 > 2 * HALF * ruled(marks.COLUMN, axis).pitch:
        return 0.0
    return TEXT if widest * TEXT + 16 <= axis.pitch and not bench.is_low(form) else SMALL


def ruled(form: Format, axis: Axis) -> Axis:
    """An axis with room at its left for factors and at its right for sums, and with wide bars."""
    left = form.names + (72.0 if form.is_narrow else LEFT)
    room = form.width - form.margin - (104.0 if form.is_narrow else RIGHT) - left
    pitch = min(310.0, room * axis.pitch / (axis.right - axis.left))
    return replace(axis, left=left, pitch=pitch, widest=WIDEST, share=0.42)
