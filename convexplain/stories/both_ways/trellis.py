"""The trellis: a row of samples above, a row of outputs below, and between them the edges of one filter on one channel.

All rows have one unit. Edges end in nodes with their steps in them and never move; the taps of the kernel are tiles
that lie on the edges of one fan: in which order they lie is a matter of geometry. This module knows a layer read from
both ends and pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any, NamedTuple

from convexplain import style
from convexplain.board import edges, pieces
from convexplain.board.edges import Edge
from convexplain.board.marks import (
    CARD,
    COLUMN,
    DIGIT,
    FULL,
    HERO,
    PARTIAL,
    SMALL,
    TEXT,
    Draft,
    Format,
    Key,
    Mark,
    Role,
    bar,
    dot,
    plate,
)
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench
from convexplain.stories.both_ways.backward import Backward

DIM, STANDS = 0.3, 0.5
"""The light of a bar that is not meant now, and of such a tap."""
SHARE, FACE = 0.34, 0.36
"""How far from the open end of its fan a tap lies, of the length of its edge; the light of its tile."""
MOST = 24
"""So many taps rest on their edges at most."""

Fan = Sequence[tuple[int, int]]
"""Edges, each (output step, k)."""


def names_of(form: Format) -> float:
    """The room of the rows' names, left of the axis."""
    return 150.0 if bench.is_low(form) else 210.0


class Look(NamedTuple):
    """Width and height of a tile, the sizes of its number and of the name above it, 0 for none, how far tiles lie
    ``apart``, and the ``sign`` before each number.
    """

    width: float
    height: float
    number: float
    name: float
    apart: float
    sign: str = ""


@dataclass(frozen=True)
class Trellis:
    """Where rows and edges stand: the same on all boards."""

    form: Format
    axis: Axis
    back: Backward
    unit: float
    node: float
    """The radius of the circles in which edges end."""
    foot: float
    """The baseline of the samples."""
    high: float
    """The middle of their nodes."""
    low: float
    """The middle of the outputs' nodes."""
    floor: float
    """The baseline of the outputs."""
    narrow: float
    """How far places lie apart in the narrowest format: what is written is the same in all."""

    @classmethod
    def fit(
        cls, form: Format, axis: Axis, back: Backward, above: tuple[float, float], below: tuple[float, float]
    ) -> Trellis:
        """A trellis that fills the board, where the rows of samples and of outputs reach so many units up and down."""
        low, numbered = bench.is_low(form), _widest(map(str, axis.shown)) * SMALL + 18
        node = (22.0 if low else 36.0) if max(numbered, 44.0) <= 0.84 * axis.pitch else min(9.0, 0.3 * axis.pitch)
        node = max(node, numbered / 2) if node > 9 else node
        top = (14.0 if low else 24.0) if node > 9 else 90.0
        digits, gap, edge, most = (46.0, 10.0, 206.0, 230.0) if low else (62.0, 28.0, 330.0, 380.0)
        room = bench.bottom_of(form, 34.0 if low else 58.0) - top - 2 * digits - 2 * gap - 4 * node
        units = max(1e-9, sum(above) + sum(below))
        unit = min((room - edge) / units, 60.0) if back.is_whole else (room - edge) / units
        edge = min(room - units * unit, most)
        spare = (room - units * unit - edge) / 2
        foot = top + digits + above[0] * unit + spare
        high = foot + above[1] * unit + gap + node
        end = high + edge + 2 * node
        floor = end + node + gap + digits + below[0] * unit + spare
        narrow = (COLUMN.width - 2 * COLUMN.margin - names_of(COLUMN)) / len(axis.steps)
        return cls(form, axis, back, unit, node, foot, high, end, floor, min(250.0, narrow))

    # places

    @property
    def is_numbered(self) -> bool:
        """Whether nodes have their steps in them."""
        return self.node > 9

    @property
    def bar(self) -> float:
        """How wide a bar is."""
        return 0.58 * self.axis.pitch

    @property
    def outputs(self) -> list[int]:
        """The outputs that are in view."""
        return [t for t in range(self.back.steps) if self.axis.has(self.back.place(t))]

    @property
    def samples(self) -> list[int]:
        """The samples that are in view."""
        return [i for i in self.axis.shown if 0 <= i < self.back.samples]

    def x(self, above: bool, step: int) -> float:
        """Where a sample or an output stands."""
        return self.axis.x(step if above else self.back.place(step))

    def end(self, above: bool, step: int) -> tuple[float, float]:
        """The middle of a node."""
        return self.x(above, step), self.high if above else self.low

    def tint(self, k: int) -> Role:
        """The role of a tap and its edges."""
        return edges.tint(k, self.back.layer.kernel_size)

    def shows(self, t: int, k: int) -> bool:
        """Whether both ends of an edge are in view."""
        return self.axis.has(self.back.source(t, k)) and self.axis.has(self.back.place(t))

    def shows_all(self, fan: Fan) -> bool:
        """Whether there are edges, all of them in view."""
        return bool(fan) and all(self.shows(*edge) for edge in fan)

    def size_of(self, texts: Collection[str], size: float = TEXT) -> float:
        """The size of numbers in their columns; 0 where they have no room in the narrowest format."""
        if _widest(texts) * SMALL + 10 > self.narrow:
            return 0.0
        sizes = () if bench.is_low(self.form) else (size, TEXT)
        return next((size for size in sizes if _widest(texts) * size + 16 <= self.axis.pitch), SMALL)

    # rows

    def lay_row(
        self,
        draft: Draft,
        above: bool,
        name: str,
        bars: Mapping[Key, tuple[int, Number]],
        role: Role,
        lit: Collection[int] | None = None,
        made_of: Mapping[Key, tuple[Key, ...]] | None = None,
        among: Iterable[str] = (),
    ) -> None:
        """Bars over their places, key by key (step, number). Those that are not ``lit`` are dim and have no digits.
        ``among`` are numbers that the row will have besides.
        """
        foot, half = self.foot if above else self.floor, self.axis.pitch / 2
        xs = [self.x(above, step) for step in (self.samples if above else self.outputs)]
        pieces.baseline(draft, ("top" if above else "bottom",), min(xs) - half, max(xs) + half, foot)
        y = foot - 0.4 * self.form.small
        self.lay_name(draft, ("top" if above else "bottom",), name, y, role if role != "output" else "ink")
        size = self.size_of([*(number.text for _, number in bars.values()), *among])
        for key, (step, number) in bars.items():
            meant, parents = lit is None or step in lit, (made_of or {}).get(key, ())
            own: dict[str, Any] = {"light": FULL if meant else DIM, "made_of": parents, "bricks": self.back.is_whole}
            pieces.column(draft, key, number, self.x(above, step), foot, self.bar, self.unit, role, **own)
            if meant and size:
                pieces.digits(draft, key, number.text, size=size)

    def lay_name(self, draft: Draft, key: Key, markup: str, y: float, role: Role = "ink") -> None:
        """The name of a row, about the height y: large where it has room left of the first place."""
        room = self.axis.left - self.form.margin
        size = bench.fitting(room, [markup], (*([] if bench.is_low(self.form) else [TEXT]), self.form.small))
        draft.put("name", ("name", *key), words(markup, self.form.margin, y, size, role, align=-1))

    def lay_places(self, draft: Draft, above: bool, steps: Iterable[int]) -> None:
        """Empty places where numbers will stand."""
        half, high, foot = self.bar / 2, 1.5 * self.unit, self.foot if above else self.floor
        high = high if self.back.is_whole else 0.3 * (self.floor - self.low - self.node)
        for step in steps:
            x = self.x(above, step)
            place = plate("quiet", x - half, foot - high, x + half, foot, light=0.0, hollow=True, z=-2)
            draft.put("place", ("place", above, step), place.at(edge=0.5, size=2.0, dash=8.0))

    def lay_zeros(self, draft: Draft, places: Iterable[int], above: bool = False) -> None:
        """Zeros where a row has no number: beyond its ends, and in the gaps that strides leave."""
        for place in places:
            key, foot = ("nothing", above, place), self.foot if above else self.floor
            draft.put("nothing", (*key, "bar"), dot("quiet", self.axis.x(place), foot))
            if self.size_of(["0"]):
                pieces.digits(draft, key, "0", size=self.size_of(["0"]), role="quiet")

    def lay_beside(
        self, draft: Draft, parts: Mapping[Key, tuple[str, Role]], longest: str, y: float | None = None
    ) -> None:
        """A few large words, key by key, right of the outputs, on their baseline or about the height ``y``: as large as
        the ``longest`` can be, where the row of samples is longer.
        """
        left, reach = max(self.x(False, t) for t in self.outputs) + 0.6 * self.axis.pitch, advance(runs_of(longest))
        size = next((size for size in (PARTIAL, TEXT, SMALL) if left + reach * size <= self.axis.right), 0.0)
        y = self.floor - 0.5 * DIGIT * size if y is None else y
        for key, (markup, role) in parts.items() if size else ():
            left = draft.put("beside", ("beside", *key), words(markup, left, y, size, role, align=-1)).right

    def lay_more(self, draft: Draft, key: Key, more: Number, said: str, made_of: tuple[Key, ...]) -> None:
        """What is added on the tip of a bar, or goes from it: filled, or an outline. Its number becomes what is
        ``said``.
        """
        mark, rise = draft.marks[(*key, "bar")], float(more.value) * self.unit
        tip, base = (mark.tip, mark.base) if mark.kind == "bar" else (mark.y, 1 if rise > 0 else -1)
        goes, unit = rise * base < 0, self.unit if self.back.is_whole else 0.0
        if goes and mark.kind == "bar" and abs(rise) < mark.height:
            left = mark.height - abs(rise)  # what goes is empty
            draft.change([(*key, "bar")], height=left, y=mark.foot - base * left / 2)
        added = bar("lit", mark.x, tip, mark.width, rise, made_of=made_of, z=1, hollow=goes, size=4.0)
        draft.put("more", ("more", *key), added.at(unit=0.0 if goes else unit))
        if (digits := draft.marks.get((*key, "digits"))) is not None:
            y = digits.y - (rise if not goes and base > 0 else 0.0)
            text = words(said or digits.text or "", digits.x, y, digits.size, about=digits.about, rides=digits.rides)
            draft.marks[(*key, "digits")] = text

    # nodes and edges

    def lay_nodes(self, draft: Draft, above: bool, steps: Iterable[int], lit: Collection[int] | None = None) -> None:
        """The circles in which edges end, with their steps in them; all are meant where ``lit`` is None. Those of steps
        that are none are hollow.
        """
        name, count = ("above", self.back.samples) if above else ("below", self.back.steps)
        for step in steps:
            meant, exists = lit is None or step in lit, 0 <= step < count
            key, (x, y) = ("node", name, step), self.end(above, step)
            mark = dot("ink" if meant else "context", x, y, 2 * self.node)
            draft.put("node", key, mark if exists else mark.at(role="quiet", hollow=True, size=3.0))
            if self.is_numbered:
                light = 0.0 if meant and exists else 1.0
                said = str(step).replace("-", style.MINUS)
                size = bench.fitting(1.5 * self.node, [said], (self.form.small, SMALL))
                text = words(said, x, y, size, "ink" if exists else "quiet", light=light)
                draft.put("node", (*key, "index"), text.at(rides=key, z=0.5))
        if self.is_numbered:
            self.lay_name(draft, (name,), "sample *i*" if above else "output *t*", self.high if above else self.low)

    def lay_edges(self, draft: Draft, fan: Fan, rest: Fan = ()) -> None:
        """Edges that are meant, and the ``rest``, thin, where they are few. Those that end where nothing is are
        dashed.
        """
        meant = [(t, k) for t, k in fan if self.shows(t, k)]
        rest = [(t, k) for t, k in rest if self.shows(t, k) and (t, k) not in meant]
        drawn = [self._edge(t, k) for t, k in (rest if len(rest) <= edges.MANY else [])]
        drawn = [edge for edge in drawn if not edge.padded] + [self._edge(t, k) for t, k in meant]
        size = edges.THICK if len(meant) <= 31 else 4.0 if len(meant) <= edges.MANY else edges.THIN
        edges.lay(draft, drawn, {self.key(t, k) for t, k in meant}, gap=self.node + 5, size=size)

    def key(self, t: int, k: int) -> Key:
        """The key of an edge, whichever way it is read."""
        return ("edge", self.back.level, t, k)

    def _edge(self, t: int, k: int) -> Edge:
        about = ("weight", self.back.level, k, self.back.channel, self.back.filter)
        source = self.back.source(t, k)
        nowhere = not (0 <= source < self.back.samples and 0 <= t < self.back.steps)
        return Edge(self.key(t, k), self.tint(k), self.end(True, source), self.end(False, t), nowhere, about)

    # taps

    def tap(self, k: int, *at: Any) -> Key:
        """The key of a tap of the kernel, of the one ``at`` an output's edge, or "back" where there is no such edge."""
        return (f"w{self.back.level}", self.back.channel, self.back.filter, k, *at)

    def lay_taps(self, draft: Draft, taps: Mapping[tuple[int, int], Key], share: float, lit: int | None = None) -> None:
        """Taps on edges, key by edge, at a share of their way; where one is ``lit`` the others are dim."""
        for (t, k), key in taps.items():
            if self.shows(t, k):
                place = edges.between(self.end(True, self.back.source(t, k)), self.end(False, t), share)
                self.lay_tap(draft, key, *place, None if lit is None else k == lit, self._look)

    def lay_rest(self, draft: Draft, fan: Fan, lit: Fan) -> bool:
        """The taps of a fan as they rest on their edges, each k at its own height so that none covers another; false
        where they have no room. Those that are not ``lit`` are dim.
        """
        count, sign, size = self.back.layer.kernel_size, self._look.sign, self.form.small
        widest = _widest([sign + self.back.weight(k).text for k in range(count)])
        look = Look(widest * size + 10, 1.15 * size, size, 0.0, 0.0, sign)
        rests = self.is_numbered and self._look.number and count <= 3 and len(fan) <= MOST
        if not rests or widest * SMALL + 14 > self.back.layer.strides * self.narrow:
            return False
        for t, k in filter(lambda edge: self.shows(*edge), fan):
            share = 0.68 - 0.36 * k / max(1, count - 1)
            place = edges.between(self.end(True, self.back.source(t, k)), self.end(False, t), share)
            self.lay_tap(draft, self.tap(k, t), *place, None if (t, k) in lit else False, look)
        return True

    def lay_tap(self, draft: Draft, key: Key, x: float, y: float, lit: bool | None, look: Look) -> None:
        """A tap as a tile with its name and its number in it, where they have room: one that is meant among others,
        ``lit``, or not.
        """
        k, tile, number, half, high = key[3], (*key, "tile"), self.back.weight(key[3]), look.width / 2, look.height / 2
        light, more = FULL if lit is not False else STANDS, dict[str, Any](rides=tile, z=1.5)
        face = plate(self.tint(k), x - half, y - high, x + half, y + high, light=FACE * light, edge=light, size=4.0)
        draft.put("tap", tile, face.at(about=number.about, radius=0.2 * look.height, z=1.0))
        if look.number:
            said = look.sign + number.text
            text = words(said, x, y + 0.5 * look.name, look.number, light=light, about=number.about, **more)
            draft.put("tap", (*key, "digits"), text)
        if look.name:
            text = words(f"*w*[{k}]", x, y - high + 0.7 * look.name, look.name, light=light, **more)
            draft.put("tap", (*key, "name"), text)

    def lay_card(
        self, draft: Draft, xs: Mapping[Key, float], ahead: bool, y: float, end: float | None, look: Look
    ) -> Mark:
        """The kernel on a card, each tap, key by key, about its x, and the window that reaches from there to the y
        ``end``, if any: ``ahead``, or hatched, turned over.
        """
        for key, x in xs.items():
            self.lay_tap(draft, key, x, y, None, look)
        half, high = 0.45 * look.apart, look.height / 2 + 18
        left, right = min(xs.values()) - half, max(xs.values()) + half
        if end is not None:
            top, bottom = min(end, y - high), max(end, y + high)
            frame = plate("kernel", left, top, right, bottom, light=0.0, edge=FULL, size=3, z=-2, hollow=True)
            draft.put("card", ("card", ahead, "frame"), frame)
        card = plate("kernel", left, y - high, right, y + high, light=CARD, z=-3)
        return draft.put("card", ("card", ahead, "face"), card.at(hatch=0.0 if ahead else pieces.HATCHED))

    @property
    def _look(self) -> Look:
        """The look of tiles on the fan of an output or of a sample."""
        sources = [self.back.source(0, k) for k in range(self.back.layer.kernel_size)]
        apart = (1 - SHARE) * min((b - a for a, b in pairwise(sources)), default=1)
        look, room = self.look(apart * self.axis.pitch, apart * self.narrow), SHARE * (self.low - self.high)
        if look.height <= 2 * (room - self.node - 6) or not look.number:
            return look
        return look._replace(height=1.25 * look.number, name=0.0)

    def look(self, gap: float, narrow: float, largest: float = TEXT, sign: str = "×") -> Look:
        """The look of tiles that lie so far apart, in the ``narrow``est format, too, with numbers that are no larger
        than the ``largest``, each behind the ``sign`` if it has room; 0 is the size of what has no room in this format
        or, of a number, in the narrowest.
        """
        taps, low, sizes = range(self.back.layer.kernel_size), bench.is_low(self.form), (HERO, PARTIAL, TEXT, SMALL)
        texts, name = [self.back.weight(k).text for k in taps], _widest([f"*w*[{len(taps) - 1}]"])
        sign = sign if (_widest(texts) + _widest([sign])) * SMALL + 20 <= narrow else ""
        widest = _widest(texts) + _widest([sign])
        if widest * SMALL + 20 > narrow:
            if name * SMALL + 30 <= gap:
                return Look(name * SMALL + 16, 1.4 * SMALL, 0.0, SMALL, gap)
            return Look(min(36.0, 0.5 * gap), 18.0 if low else 26.0, 0.0, 0.0, gap)
        largest = (TEXT if largest > TEXT else SMALL) if low else largest
        for size, named in product([size for size in sizes if size <= largest], (PARTIAL, TEXT, self.form.small, 0.0)):
            width = max(1.5 * size, min(widest * size + 24, gap - 20), name * named + 16)
            if max(width, widest * size + 12) + 12 <= gap and named < max(size, TEXT):
                break
        return Look(width, 1.25 * size + 1.1 * named, size, named, gap, sign)


def _widest(texts: Iterable[str]) -> float:
    """The advance of the widest text, in em."""
    return max((advance(runs_of(text)) for text in texts), default=0.0)
