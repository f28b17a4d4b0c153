"""The trellis: a row of samples above, a row of outputs below, and between them the edges of one filter on one channel.

All rows have one unit. Edges end in nodes with their steps in them and never move. The kernel lies on a card with a
window: below the samples that it reads or, turned over, above the outputs that read a sample; its strands lead to the
other row. This module knows a layer read from both ends and pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from convexplain import style
from convexplain.board import edges, pieces
from convexplain.board.edges import Edge
from convexplain.board.marks import CARD, COLUMN, FULL, SMALL, TEXT, Draft, Format, Key, Role, bar, dot, line, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench
from convexplain.stories.both_ways.backward import Backward

DIM, STANDS, FACE = 0.3, 0.5, 0.36
"""The light of a bar that is not meant now, and of such a tap; and of the face of a tap's tile."""
MOST, CROWD = 24, 31
"""So many taps rest on their edges at most, and the edges of so many are thick at most."""
WHOLE, HALVES, STEMS = (0.0, 0.58), ((-0.215, 0.4), (0.215, 0.4)), ((-0.44, 0.1), (0.0, 0.52))
"""Where a bar stands in its place, and how wide it is: alone, beside another's, or if that one's numbers are wide."""

Fan = Sequence[tuple[int, int]]
"""Edges, each (output step, k)."""
Column = tuple[Key, int, Number, bool, tuple[Key, ...]]
"""A bar of a row: its key, its step, its number, whether it is lit, and what it is made of."""


def names_of(form: Format) -> float:
    """The room of the rows' names, left of the axis."""
    return 150.0 if bench.is_low(form) else 210.0


class Look(NamedTuple):
    """Width and height of a tile, the sizes of its number and of its name, 0 for none, and the number's ``sign``."""

    width: float
    height: float
    number: float = 0.0
    name: float = 0.0
    sign: str = ""


class Trellis:
    """Where rows, edges and the card stand, the same on all boards: ``foot`` and ``floor`` are the baselines of samples
    and outputs, ``high`` and ``low`` the middles of their nodes. What is written is the same in all formats: ``narrow``
    is how far places lie apart in the narrowest.
    """

    def __init__(
        self, form: Format, axis: Axis, back: Backward, above: tuple[float, float], below: tuple[float, float]
    ) -> None:
        self.form, self.axis, self.back, self.is_low = form, axis, back, bench.is_low(form)
        self.samples = [i for i in axis.shown if 0 <= i < back.samples]
        self.outputs = [t for t in range(back.steps) if axis.has(back.place(t))]
        self.narrow = min(250.0, (COLUMN.width - 2 * COLUMN.margin - names_of(COLUMN)) / len(axis.steps))
        self.halves = HALVES if self.size_of((back.slope(i).text for i in self.samples), 0.5) else STEMS
        self.look, count = self._look(), back.layer.kernel_size
        self.tints, self.thick = (
            [edges.tint(k, count) for k in range(count)],
            edges.THICK if count <= CROWD else edges.THIN,
        )
        node, numbered = 20.0 if self.is_low else 30.0, _widest(map(str, axis.shown)) * SMALL + 18
        self.is_numbered = max(numbered, 44.0) <= 0.84 * axis.pitch
        self.node = max(node, numbered / 2) if self.is_numbered else min(9.0, 0.3 * axis.pitch)
        self.top = 90.0 if not self.is_numbered else 10.0 if self.is_low else 20.0
        self.bottom = bench.bottom_of(form, 14.0 if self.is_low else 22.0)
        digits, gap, made, strands = (46.0, 8.0, 42.0, 84.0) if self.is_low else (62.0, 14.0, 52.0, 136.0)
        room = self.bottom - made - self.top - 2 * digits - 4 * gap - 4 * self.node - 24 - strands - self.look.height
        unit = room / max(1e-9, sum(above) + sum(below))
        self.unit = min(unit, 60.0) if back.is_whole else unit
        self.foot = self.top + max(digits + above[0] * self.unit, 2.4 * form.small)
        self.high = self.foot + above[1] * self.unit + gap + self.node
        self.floor = self.bottom - made - below[1] * self.unit
        self.low = self.floor - max(below[0] * self.unit + digits + gap + self.node, 3 * form.small)

    # places

    def x(self, above: bool, step: int, side: int = 0) -> float:
        """Where a sample or an output stands: its place, or one side of it."""
        return self.axis.x(step if above else self.back.place(step)) + self.aside(side)[0]

    def aside(self, side: int) -> tuple[float, float]:
        """How far from its place a bar stands at one side of it, and how wide it is."""
        share, wide = self.halves[side > 0] if side else WHOLE
        return share * self.axis.pitch, wide * self.axis.pitch

    def end(self, above: bool, step: int) -> tuple[float, float]:
        """The middle of a node."""
        return self.x(above, step), self.high if above else self.low

    def shows(self, *fan: tuple[int, int]) -> bool:
        """Whether both ends of edges are in view."""
        return all(self.axis.has(self.back.source(t, k)) and self.axis.has(self.back.place(t)) for t, k in fan)

    def size_of(self, texts: Iterable[str], share: float = 1.0) -> float:
        """The size of numbers that have a ``share`` of a place; 0 where they have no room in the narrowest format."""
        if (widest := _widest(texts)) * SMALL + 10 > share * self.narrow:
            return 0.0
        return TEXT if not self.is_low and widest * TEXT + 16 <= share * self.axis.pitch else SMALL

    # rows

    def lay_row(
        self, draft: Draft, above: bool, name: str, bars: Iterable[Column], role: Role, texts: Iterable[str], side: int
    ) -> None:
        """Bars in their places, those that are not lit dim; ``texts`` are all numbers that the row ever has."""
        foot, half, row = self.foot if above else self.floor, self.axis.pitch / 2, "top" if above else "bottom"
        xs = [self.x(above, step) for step in (self.samples if above else self.outputs)]
        if side <= 0:
            pieces.baseline(draft, (row,), min(xs) - half, max(xs) + half, foot)
        y, size = foot - (0.65 + 1.3 * (side > 0)) * self.form.small, self.size_of(texts)
        self.lay_name(draft, (row, side > 0), name, y, role if role != "output" else "ink")
        for key, step, number, lit, parents in bars:
            x, wide = self.x(above, step, side), self.aside(side)[1]
            own: dict[str, Any] = {"light": FULL if lit else DIM, "made_of": parents, "bricks": self.back.is_whole}
            pieces.column(draft, key, number, x, foot, wide, self.unit, role, **own)
            if lit and size:
                pieces.digits(draft, key, number.text, size=size)

    def lay_name(self, draft: Draft, key: Key, markup: str, y: float, role: Role = "ink") -> None:
        """The name of a row, about the height y."""
        pieces.name(draft, key, markup, y + 0.34 * self.form.small, role)

    def lay_places(self, draft: Draft, steps: Iterable[int]) -> None:
        """Empty places where outputs will stand."""
        half, high = self.aside(0)[1] / 2, 1.5 * self.unit if self.back.is_whole else 0.3 * (self.floor - self.low)
        for step in steps:
            x = self.x(False, step)
            place = plate("quiet", x - half, self.floor - high, x + half, self.floor, light=0.0, hollow=True, z=-2)
            draft.put("place", ("place", step), place.at(edge=0.5, size=2.0, dash=8.0))

    def lay_zeros(self, draft: Draft, places: Iterable[int], above: bool = False, side: int = 0) -> None:
        """Zeros where a row has no number: beyond its ends, and in the gaps that strides leave."""
        for place in places:
            key, foot = ("nothing", above, place), self.foot if above else self.floor
            draft.put("nothing", (*key, "bar"), dot("quiet", self.x(True, place, side), foot))
            if size := self.size_of(["0"]):
                pieces.digits(draft, key, "0", size=size, role="quiet")

    def lay_more(self, draft: Draft, key: Key, more: Number, of: Key, said: str, side: int) -> None:
        """What is added to a bar, or goes: an outline. Its number becomes what is ``said``, or the change."""
        mark, rise, own = draft.marks[(*key, "bar")], float(more.value) * self.unit, (*key, "digits")
        tip, base = (mark.tip, mark.base) if mark.kind == "bar" else (mark.y, 1 if rise > 0 else -1)
        goes, unit = rise * base < 0, self.unit if self.back.is_whole else 0.0
        if goes and mark.kind == "bar" and abs(rise) < mark.height:
            left = mark.height - abs(rise)  # what goes is empty
            draft.change([(*key, "bar")], height=left, y=mark.foot - base * left / 2)
        added = bar("lit", mark.x, tip, self.aside(side)[1], rise, made_of=(of,), z=1, hollow=goes, size=4.0)
        draft.put("more", ("more", *key), added.at(unit=0.0 if goes else unit))
        said = style.signed(more.text) if side else said
        if draft.marks.pop(own, None) or (side and self.size_of([said], self.halves[0][1])):
            size = self.size_of([said], self.halves[0][1] if side else 1.0)
            y, role = min(mark.top, added.top) - pieces.ABOVE - 0.34 * size, "lit" if side else "ink"
            about = None if side else mark.about
            draft.put("digits", own, words(said, mark.x, y, size, role, about=about, rides=(*key, "bar")))

    # nodes and edges

    def lay_nodes(self, draft: Draft, above: bool, steps: Iterable[int], lit: Collection[int] | None = None) -> None:
        """The circles in which edges end, with their steps; all are ``lit`` when None, hollow where nothing is."""
        row, count = ("above", self.back.samples) if above else ("below", self.back.steps)
        for step in steps:
            meant, exists = lit is None or step in lit, 0 <= step < count
            key, (x, y) = ("node", row, step), self.end(above, step)
            mark = dot("ink" if meant else "context", x, y, 2 * self.node)
            draft.put("node", key, mark if exists else mark.at(role="quiet", hollow=True, size=3.0))
            if self.is_numbered:
                said, light = str(step).replace("-", style.MINUS), 0.0 if meant and exists else 1.0
                size = bench.fitting(1.5 * self.node, [said], (self.form.small, SMALL))
                text = words(said, x, y, size, "ink" if exists else "quiet", light=light)
                draft.put("node", (*key, "index"), text.at(rides=key, z=0.5))
        if self.is_numbered and ("name", row) not in draft.marks:
            self.lay_name(draft, (row,), "sample *i*" if above else "output *t*", self.high if above else self.low)

    def lay_edges(self, draft: Draft, fan: Fan, rest: Fan = ()) -> None:
        """Edges that are meant, and the ``rest``, thin, where they are few. Dashed ones end where nothing is."""
        meant = [edge for edge in fan if self.shows(edge)]
        others = [edge for edge in rest if self.shows(edge) and edge not in meant]
        drawn = [self._edge(*edge) for edge in (others if len(others) <= edges.MANY else [])]
        drawn = [edge for edge in drawn if not edge.padded] + [self._edge(*edge) for edge in meant]
        edges.lay(draft, drawn, {self.key(*edge) for edge in meant}, gap=self.node + 5, size=self.thick)

    def key(self, t: int, k: int) -> Key:
        """The key of an edge, whichever way it is read."""
        return ("edge", self.back.level, t, k)

    def _edge(self, t: int, k: int) -> Edge:
        source, about = self.back.source(t, k), self.back.weight(k).about
        nowhere = not (0 <= source < self.back.samples and 0 <= t < self.back.steps)
        return Edge(self.key(t, k), self.tints[k], self.end(True, source), self.end(False, t), nowhere, about)

    # taps

    def tap(self, k: int, *at: Any) -> Key:
        """The key of a tap of the kernel, of the one ``at`` an output's edge, or "back" where there is no such edge."""
        return (f"w{self.back.level}", self.back.channel, self.back.filter, k, *at)

    @property
    def rests(self) -> Look | None:
        """The look of taps that rest on the edges of all outputs; None where they have no room."""
        count, sign, size = len(self.tints), self.look.sign, self.form.small
        widest = _widest(sign + self.back.weight(k).text for k in range(count))
        fits = widest * SMALL + 14 <= self.back.place(1) * self.narrow
        if not (fits and self.is_numbered and self.look.number and count <= 3 and count * len(self.outputs) <= MOST):
            return None
        return Look(widest * size + 10, 1.15 * size, size, sign=sign)

    def lay_rest(self, draft: Draft, fan: Fan, lit: Fan) -> None:
        """The taps of a fan on their edges, where there is room, each k at its own height: none covers another."""
        look, last = self.rests, max(1, len(self.tints) - 1)
        for t, k in filter(self.shows, fan) if look else ():
            place = edges.between(self.end(True, self.back.source(t, k)), self.end(False, t), 0.68 - 0.36 * k / last)
            self._lay_tap(draft, self.tap(k, t), *place, look or self.look, (t, k) in lit)

    def _lay_tap(self, draft: Draft, key: Key, x: float, y: float, look: Look, lit: bool = True) -> None:
        """A tap as a tile with its name and its number in it, where they have room."""
        k, tile, half, high, light = key[3], (*key, "tile"), look.width / 2, look.height / 2, FULL if lit else STANDS
        number, more = self.back.weight(k), dict[str, Any](light=light, rides=tile, z=1.5)
        face = plate(self.tints[k], x - half, y - high, x + half, y + high, z=1.0, about=number.about)
        draft.put("tap", tile, face.at(light=FACE * light, edge=light, size=4.0, radius=0.2 * look.height))
        if look.number:
            said = words(look.sign + number.text, x, y + 0.5 * look.name, look.number, about=number.about, **more)
            draft.put("tap", (*key, "digits"), said)
        if look.name:
            draft.put("tap", (*key, "name"), words(f"*w*[{k}]", x, y - high + 0.7 * look.name, look.name, **more))

    # the card

    def card(self, ahead: bool) -> tuple[float, float, float]:
        """Top, middle and bottom of the card: below the samples, or above the outputs."""
        near = 8.0 if self.is_low else 12.0
        high = near + self.look.height / 2
        middle = self.high + self.node + near + high if ahead else self.low - self.node - near - high
        return middle - high, middle, middle + high

    def lay_card(self, draft: Draft, places: Mapping[int, int], keys: Mapping[int, Key], ahead: bool) -> None:
        """The kernel on a card, and the window over what it multiplies: ``ahead``, or hatched, turned over."""
        (top, y, bottom), xs = self.card(ahead), [self.axis.x(place) for place in places.values()]
        for k, x in zip(places, xs, strict=True):
            self._lay_tap(draft, keys[k], x, y, self.look)
        left, right = min(xs) - 0.45 * self.axis.pitch, max(xs) + 0.45 * self.axis.pitch
        window = plate("kernel", left, self.top if ahead else top, right, bottom if ahead else self.bottom, light=0.0)
        draft.put("card", ("card", ahead, "frame"), window.at(edge=FULL, size=3, z=-2, hollow=True))
        card = plate("kernel", left, top, right, bottom, light=CARD, z=-3)
        draft.put("card", ("card", ahead, "face"), card.at(hatch=0.0 if ahead else pieces.HATCHED))

    def lay_strands(self, draft: Draft, places: Mapping[int, int], ahead: bool, step: int, fan: Fan) -> None:
        """The lines from the card to the circle that is made, on the edges of a ``fan``, or else dashed."""
        (top, _, bottom), (to, y), away = self.card(ahead), self.end(not ahead, step), self.node + 6
        edge = {k: self.key(t, k) for t, k in fan}
        for k, place in places.items():
            x, about = self.axis.x(place), self.back.weight(k).about
            ends = (x, bottom, to, y - away) if ahead else (to, y + away, x, top)
            strand = line(self.tints[k], *ends, size=self.thick, z=-1.0, about=about, dash=8.0 * (k not in edge))
            draft.put("strand", ("strand", ahead, k), strand.at(copy_of=None if ahead else edge.get(k)))

    def _look(self) -> Look:
        """The look of the tiles on the card: as large as there is room for, also in the narrowest format."""
        last = self.back.layer.kernel_size - 1
        step = (self.back.source(0, last) - self.back.source(0, 0)) // last if last else 1
        texts, name = [self.back.weight(k).text for k in range(last + 1)], _widest([f"*w*[{last}]"])
        gap, narrow, widest = step * self.axis.pitch, step * self.narrow, _widest(texts)
        sign = "×" if (widest + _widest(["×"])) * SMALL + 20 <= narrow else ""
        widest += _widest([sign])
        if widest * SMALL + 20 > narrow:
            if name * SMALL + 30 <= gap:
                return Look(name * SMALL + 16, 1.4 * SMALL, name=SMALL)
            return Look(min(36.0, 0.5 * gap), 18.0 if self.is_low else 26.0)
        large = [] if self.is_low else [(TEXT, self.form.small), (TEXT, SMALL)]
        for size, named in (*large, (SMALL, SMALL), (SMALL, 0.0)):
            width = max(1.5 * size, min(widest * size + 24, gap - 20), name * named + 16)
            if max(width, widest * size + 12) + 12 <= gap:
                break
        return Look(width, 1.25 * size + 1.1 * named, size, named, sign)


def _widest(texts: Iterable[str]) -> float:
    """The advance of the widest text, in em."""
    return max((advance(runs_of(text)) for text in texts), default=0.0)
