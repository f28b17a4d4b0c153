"""Signals and kernels below each other on one ruler and in one unit: what is read, what reads it, what that makes.

A signal is a row of bars on its baseline. A kernel is a card in the columns that it reads; its taps are tiles with the
factors that they are (bars where numbers have no room), and under the card stand its products, one a column, that add
up to what it makes. The first row and the last keep their places, whatever stands between them. This module knows
numbers with their places; which of it stands on which board a story says.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from convexplain import style
from convexplain.board import marks, pieces, staging, tiles
from convexplain.board.marks import CARD, CONTEXT, DIGIT, SMALL, TEXT, Cue, Draft, Format, Key, Role
from convexplain.board.pieces import Axis
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench, phrases
from convexplain.stories.two_layers.bands import Band, Bar

LEFT, RIGHT, BROADEST = 80.0, 150.0, 310.0
"""The room between the names and the first place, and right of the last one, where sums stand; the broadest place."""
PAD, GROUND = 8.0, 36.0
"""From the bars of a kernel to the lower edge of its card, and from the last row to the text line."""
HALF = 0.46
"""Half the width of a column of a card, in steps."""
LEADS = 30.0
"""The height of the edges from products to the number that they add up to."""


@dataclass(frozen=True)
class Sheet:
    """Bands below each other. Without bands it is what all sheets of a story have in common."""

    form: Format
    axis: Axis
    below: float = 0.0
    """The room under the last row."""
    size: float = 0.0
    """Of taps and of the products below them; 0 where not all have room in the narrowest format."""
    tile: float = 1.6
    """The height of a tap, in the size of its number."""
    unit: float = math.inf
    """The height of a number 1; without bands the largest there may be."""
    scales: Mapping[str, Fraction] = field(default_factory=dict)
    """Where kinds of numbers are too different for one unit: by how much bars of each are higher."""
    bands: tuple[Band, ...] = ()
    where: Any = 0
    """Where the kernels stand: elsewhere their products are others."""

    def of(self, bands: Collection[Band], where: Any) -> Sheet:
        """Bands that fill the board; what is left of it lies under kernels, so that each stands at what it reads. The
        level between stands close under the first kernel, and so at one height.
        """
        sizes = dict[str, float]()  # of all signals of a kind
        for kind in {band.kind for band in bands if not band.is_kernel}:
            texts = [text for band in bands if band.kind == kind for text in band.texts]
            sizes[kind] = self.size or fitting(self.form, self.axis, texts, spare=30.0)
        rows = [replace(band, size=sizes.get(band.kind, self.size), tile=self.tile) for band in bands]
        heights = [(self._above(band), self._below(band, band is rows[-1])) for band in rows]
        room = bench.bottom_of(self.form, GROUND + self.below) - bench.TOP - sum(map(sum, heights))
        drawn = [() if band.sink else (band, *band.also) for band in rows]  # what a row has room for as bars
        values = [[b.number.value * self.scales.get(a.kind, 1) for a in own for b in a.bars.values()] for own in drawn]
        extents = [bench.extent(numbers) for numbers in values]
        reach = sum(map(sum, extents))
        unit = min(self.unit, bench.unit_of(room, reach, itertools.chain(*values)))
        evenly = rows[-1].is_kernel and "h" not in sizes  # copies that add up; elsewhere a kernel is near what it reads
        pairs = itertools.pairwise(rows)
        parted = [evenly or a.is_kernel != (b.kind == "h" and a.kind != "w") for a, b in pairs]
        parted.append(not evenly and rows[-1].is_kernel)  # as much under the last one
        spare, y, own = max(0.0, room - unit * reach) / max(1, sum(parted)), bench.TOP, list[Band]()
        for band, (above, below), (up, down), parts in zip(rows, heights, extents, parted, strict=True):
            foot = y + above + up * unit
            bottom = foot + band.sink + down * unit + PAD
            line = bottom + 10.0 + DIGIT * (self.size or SMALL) / 2
            under = (line + DIGIT * self.size / 2 if self.size else bottom) + 14.0
            own.append(replace(band, top=y + 1.0, foot=foot, bottom=bottom, line=line, under=under))
            y = foot + down * unit + below + spare * parts
        return replace(self, unit=unit, bands=tuple(own), where=where)

    def filled(self, bands: Collection[Band], where: Any, below: float = 0.0) -> Sheet:
        """The same with numbers of kernels as large and tiles as high as there is room for, and more room ``below``."""
        texts = [text for band in bands for text in band.texts if band.is_kernel]
        size = self.size and fitting(self.form, self.axis, texts, spare=24.0)
        own = replace(self, size=size, below=self.below + below)
        *high, low = (replace(own, tile=tile).of(bands, where) for tile in (3.2, 2.4, 2.0, self.tile))
        return next((sheet for sheet in high if own.size and sheet.unit >= low.unit), low)

    def _above(self, band: Band) -> float:
        """The room over the baseline of tiles, or over the bars of a band for their numbers and the edge of a card."""
        if band.is_kernel:
            return PAD + (self.tile * band.size - band.sink or 32.0)
        return pieces.ABOVE + DIGIT * band.size + 16.0 if band.size else pieces.ABOVE + 30.0  # for its name

    def _below(self, band: Band, is_last: bool) -> float:
        """The room under the bars of a band."""
        if not band.is_kernel:
            return 14.0 * (not is_last) + band.leads * LEADS
        products = DIGIT * self.size + 26.0 if band.products and self.size else 10.0
        return band.sink + PAD + products + band.leads * LEADS

    @property
    def em(self) -> float:
        """The size of names and sums where they have room: that of the numbers, or larger."""
        return SMALL if bench.is_low(self.form) else TEXT

    @property
    def half(self) -> float:
        """Half the width of a column of a card."""
        return HALF * self.axis.pitch

    @property
    def left(self) -> float:
        """Where the first place begins."""
        return self.axis.x(self.axis.shown[0]) - self.axis.pitch / 2

    def ends(self, kernel: Band) -> tuple[float, float]:
        """Where the products of a kernel begin and end, or its bars."""
        xs = [self.axis.x(at) for at in kernel.products or kernel.bars]
        return min(xs) - self.half, max(xs) + self.half

    # what is seen

    def lay(self, draft: Draft) -> None:
        """All bands that are made, and of signals that are not their places; products where they have room."""
        for band in self.bands:
            foot, there = band.foot, [at for at in band.bars if band.made is None or at in band.made]
            if not band.is_kernel:
                last = max(band.bars, default=self.axis.shown[-1])
                pieces.baseline(draft, band.key, self.left, self.axis.x(last) + self.axis.pitch / 2, foot)
            elif there:
                self._lay_card(draft, band)
            else:
                continue
            if band.name:
                key, role = (("card", *band.key), band.role) if band.is_kernel else (band.key, "ink")
                self.lay_name(draft, key, band.name, foot, role, 1.0 if band.is_meant else 0.6)
            for place in there:
                self._lay_bar(draft, band, place, band.bars[place])
            for place, product in band.at_work.items() if self.size else ():
                mark = words(pieces.signed(product.text), self.axis.x(place), band.line, self.size)
                draft.put("product", ("product", *band.bars[place].key, self.where), mark)

    def _lay_bar(self, draft: Draft, band: Band, place: int, bar: Bar) -> None:
        """A tap, or a bar with its number over it; an outline around a zero beyond the ends."""
        x, foot, is_lit = self.axis.x(place), band.foot, band.lit is None or place in band.lit
        self.lay_number(draft, band, bar, (x, foot), is_lit=is_lit)
        if not band.is_kernel and band.size:
            pieces.digits(draft, bar.key, bar.number.text, band.size, "ink" if is_lit else "quiet")
        if bar.is_beyond:
            half = max(self.axis.bar / 2, min(16.0, self.axis.pitch / 2 - 3))
            box = x - half, foot - 32.0 - DIGIT * band.size, x + half, foot
            look = dict[str, Any](light=0.0, edge=0.5, size=3, hollow=True, dash=10.0)
            draft.marks[*bar.key, "bar"] = marks.plate("quiet", *box, **look)

    def lay_number(
        self, draft: Draft, band: Band, own: Bar, at: tuple[float, float], wide: float = 0.0, is_lit: bool = True
    ) -> None:
        """A number of a row at a point of its baseline: a tile with the factor that it is, or a bar."""
        number, role, wide = own.number, band.role, wide or 2 * self.half - 6
        if band.sink:
            x, y, is_on = at[0], at[1] - DIGIT * self.size / 2, is_lit and bool(number.value)
            if number.value:  # a zero is its number alone
                tiles.tile(draft, own.key, number, role, x, y, wide, self.tile * self.size)
            said = "dark" if is_on and str(role).startswith("channel") else "ink" if is_lit else "quiet"
            shown = number.text if band.kind == "bare" else phrases.factor(number)
            text = words(shown, x, y, self.size, said, z=1, about=number.about, rides=(*own.key, "bar"))
            draft.put("digits", (*own.key, "digits"), text.at(light=float(not is_on or said == "dark")))
        else:
            values = (bar.number.value for row in self.bands for bar in row.bars.values())
            bricks = not self.scales and bench.whole(values)
            width = max(0.3 * self.axis.bar, min(wide, self.axis.bar))
            unit = self.unit * float(self.scales.get(band.kind, 1))
            pieces.column(draft, own.key, number, *at, width, unit, role, bricks)
        for key in keys_of(draft, own.key):
            light = draft.marks[key].light if is_lit or key[-1] == "digits" else CONTEXT
            origin = (*own.copy_of[:-1], key[-1]) if own.copy_of else None
            draft.change([key], light=light, made_of=own.made_of, copy_of=origin)

    def lay_empty(self, draft: Draft, band: Band, key: Key, place: int) -> None:
        """A place beside the tiles of a kernel: a 0."""
        x, y, half = self.axis.x(place), (band.top + band.bottom) / 2, self.half - 3
        look = dict[str, Any](light=0.0, edge=0.5, size=3, hollow=True, dash=14.0, radius=8.0)
        box = marks.plate("quiet", x - half, band.top + PAD, x + half, band.bottom - PAD, **look)
        draft.put("empty", (*key, "box"), box)
        draft.put("empty", (*key, "digits"), words("0", x, y, self.size, "quiet"))

    def _lay_card(self, draft: Draft, band: Band) -> None:
        """The card of a kernel."""
        key, (left, right) = ("card", *band.key), self.ends(replace(band, products=None))
        light = CARD if band.is_meant else CARD / 2
        draft.put("card", key, marks.plate(band.role, left - 4, band.top, right + 4, band.bottom, light=light, z=-3))
        if not self.size:
            pieces.baseline(draft, key, left + 10, right - 10, band.foot, band.role)
            draft.change([("baseline", *key)], light=light * 3)

    def lay_total(self, draft: Draft, kernel: Band) -> None:
        """What the products of a kernel add up to, at their right, where it has room."""
        sign = "=" if style.is_sum([n.text for n in (kernel.products or {}).values()], kernel.total) else "≈"
        said, left = f"{sign} {kernel.total}", self.ends(kernel)[1] + 20
        room = self.form.width - min(30, self.form.margin) - left
        if size := bench.fitting(room, [said], (self.size, SMALL, 0.0)):
            mark = words(said, left, kernel.line, size, align=-1)
            draft.put("value", ("value", *kernel.key, self.where), mark)

    def lay_name(self, draft: Draft, key: Key, text: str, foot: float, role: Role, light: float = 1.0) -> None:
        """The name of a row at the left margin."""
        mark = words(text, self.form.margin, foot - DIGIT * self.em / 2, self.em, role, align=-1, light=light)
        draft.put("name", ("name", *key), mark)

    def lay_work(self, draft: Draft, n: int, place: int, begin: float = staging.MOVE) -> list[Cue]:
        """How a kernel that ``begin``s to slide makes a number; those before come as it passes, by layer 2 slowly."""
        if self.bands[n].products:
            self.lay_light(draft, n)
            self.lay_fan(draft, n, self.bands[n + 1].bars[place].key)
        bars, made, then = self.bands[n].bars, self.bands[n + 1].bars, begin + 1
        is_second = begin > staging.MOVE
        come = [("product", *bars[at].key, self.where) for at in self.bands[n].at_work]
        cues = [Cue((key,), then + min(2, nth) * is_second) for nth, key in enumerate(come)]
        cues.append(Cue((("edge", *self.bands[n].key, self.where),), then + 3 * is_second, 0.4, "fade"))
        if is_second:
            cues += [Cue(row_of(draft, self.bands[n]), begin), Cue(keys_of(draft, ("band",)), then)]
        for nth, (at, bar) in enumerate(made.items()):
            is_told, late = at == place, staging.LASTS["move"] * nth / len(made)
            beat, lasts, after = (then + 4 * is_second, None, 0.0) if is_told else (begin, 0.4, late)
            beat -= 0.5 * (is_second and not nth)  # it stands there before it slides
            cues.append(Cue((bar.key,), beat, lasts, after=after))
        return cues

    def lay_fan(self, draft: Draft, n: int, key: Key) -> None:
        """Edges from the products of a kernel to the number that they make in the row below."""
        band, look = self.bands[n], dict[str, Any](size=3.0, z=-1.0)
        name = ("edge", *band.key, self.where)
        x, ends = draft.marks[*key, "bar"].x, [draft.marks[own] for own in keys_of(draft, key)]
        tops = (own.y - DIGIT * own.size / 2 - 14 if own.text else own.top - 8 for own in ends)
        meeting = band.under + LEADS / 2
        for at in band.at_work:
            way = (self.axis.x(at), band.under, self.axis.x(at), meeting, x, meeting)
            draft.put("edge", (*name, at), marks.line(band.role, *way, **look))
        draft.put("edge", (*name, "down"), marks.line(band.role, x, meeting, x, min(tops), **look))

    def lay_light(self, draft: Draft, n: int) -> None:
        """A faint light behind what the products of a kernel are made of, from the signal on."""
        top = [above.top for above in self.bands[:n] if not above.is_kernel][-1]
        for at in (band := self.bands[n]).at_work:
            pieces.band(draft, ("band", *band.bars[at].key), self.axis.x(at), top, band.under, 2 * self.half, "ink")


def keys_of(draft: Draft, *starts: Key) -> tuple[Key, ...]:
    """The keys on a board that begin so: a cue for them leaves alone what goes."""
    return tuple(key for key in draft.marks if any(key[: len(start)] == start for start in starts))


def row_of(draft: Draft, band: Band) -> tuple[Key, ...]:
    """The keys of a row: its card or baseline, its name, its bars with their numbers and the light on them."""
    key, bars = ("card", *band.key) if band.is_kernel else band.key, [bar.key for bar in band.bars.values()]
    return keys_of(draft, key, ("baseline", *key), ("name", *key), *bars, *(("band", *own) for own in bars))


def together(draft: Draft, *bands: Band, after: float = 0.0) -> Cue:
    """Rows and the ruler come and move at once, while what stood there goes: the board is never empty."""
    rows = [key for band in bands for key in row_of(draft, band)]
    return Cue((("ruler",), *rows), staging.LEAVE, how="fade", after=after)


def fitting(form: Format, axis: Axis, texts: Iterable[str], spare: float = 60.0) -> float:
    """The size at which numbers fit with room to ``spare``; 0 where the narrowest format has none."""
    widest = max((advance(runs_of(text)) for text in texts), default=0.0)
    if widest * SMALL + 16 > 2 * HALF * axis.least:
        return 0.0
    return TEXT if widest * TEXT + spare <= 2 * HALF * axis.pitch and not bench.is_low(form) else SMALL


def ruled(form: Format, axis: Axis) -> Axis:
    """An axis with room at its left for factors and at its right for sums, and with wide bars; what is left out before
    it stands in the room at its left.
    """
    beside, after = (72.0, 104.0) if form.is_narrow else (LEFT, RIGHT)
    left = form.names + beside
    pitch = min(BROADEST, (form.width - form.margin - after - left) / len(axis.shown))
    before = (axis.right - axis.left) / axis.pitch - len(axis.shown)
    least = pitch if form is marks.COLUMN else ruled(marks.COLUMN, axis).pitch
    return replace(axis, left=left - before * pitch, pitch=pitch, widest=0.42 * pitch, share=0.42, least=least)
