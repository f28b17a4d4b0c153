"""The trellis: a row of samples above, a row of outputs below, and between them the edges of one filter on one channel.

Sample, output and gradient have one unit here. Edges end in nodes with their steps in them; each tap of the kernel lies
on its own edge of a fan: in which order they lie is a matter of geometry. This module knows a layer read from both ends
and pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from convexplain import style
from convexplain.board import edges, pieces
from convexplain.board.edges import Edge
from convexplain.board.marks import (
    CARD,
    COLUMN,
    DIGIT,
    FULL,
    SMALL,
    SUPPORT,
    TEXT,
    Draft,
    Format,
    Key,
    Role,
    dot,
    plate,
)
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench, cut
from convexplain.stories.backward import Backward
from convexplain.stories.cut import Look, Tap

ROWS = 4
"""So many kernels have room below one another over the samples, in every format."""
DIM = 0.3
"""The light of a bar that is not meant now."""


def names_of(form: Format) -> float:
    """The room of the rows' names, left of the axis."""
    return 150.0 if bench.is_low(form) else 210.0


class Addend(NamedTuple):
    """One bar of a staircase: what it is, its tint, and what it comes from."""

    key: Key
    number: Number
    role: Role
    copy_of: Key
    made_of: tuple[Key, ...]


class Reach(NamedTuple):
    """How far the rows' bars reach, above and below zero, in units."""

    top: tuple[float, float]
    bottom: tuple[float, float]


@dataclass(frozen=True)
class Trellis:
    """Where rows and edges stand: the same on all boards."""

    form: Format
    axis: Axis
    back: Backward
    look: Look
    node: float
    """The radius of the circles in which edges end."""
    unit: float
    top: float
    """Where the picture begins."""
    foot: float
    """The baseline of the samples."""
    high: float
    """The middle of their nodes."""
    low: float
    """The middle of the outputs' nodes."""
    floor: float
    """The baseline of the outputs."""
    factors: float
    """The middle of what the outputs are multiplied by."""
    last: float
    """The middle of the line below: of the loss, or of a formula."""
    start: float
    """Where the names of the rows begin."""
    narrow: float
    """How far places lie apart in the narrowest format."""
    more: Key = ()
    """What the keys of a second panel have besides."""
    is_half: bool = False
    """Whether it is one of two panels: there the taps have their names in them."""

    @classmethod
    def fit(cls, form: Format, axis: Axis, back: Backward, reach: Reach, whole: bool) -> Trellis:
        """A trellis that fills the board."""
        low, numbered = bench.is_low(form), _widest(map(str, axis.shown)) * SMALL + 18
        node = (22.0 if low else 28.0) if max(numbered, 44.0) <= 0.84 * axis.pitch else min(9.0, 0.3 * axis.pitch)
        node = max(node, numbered / 2) if node > 9 else node
        top = (14.0 if low else 24.0) if node > 9 else 90.0
        bottom = bench.bottom_of(form, 14.0 if low else 22.0)
        digits, gap, edge, most, line = (46.0, 8.0, 130.0, 170.0, 44.0) if low else (62.0, 14.0, 222.0, 300.0, 84.0)
        (up, down), (rise, fall) = reach
        room = bottom - top - 3 * digits - 2 * gap - 2 * node - line
        units = max(1e-9, up + down + rise + fall)
        unit = min((room - edge) / units, 44.0) if whole else (room - edge) / units
        spare = room - units * unit
        edge, spare = min(spare, most), max(0.0, spare - most) / 3
        foot = top + digits + spare + up * unit
        high = foot + down * unit + gap + node
        end = high + edge
        floor = end + node + gap + spare + digits + rise * unit
        factors = floor + fall * unit + 0.56 * digits
        last = factors + 0.5 * digits + spare + 0.5 * line
        places, narrow = (foot, high, end, floor, factors, last), _narrowest(axis)
        look = _look(form, axis.pitch, narrow, back)
        return cls(form, axis, back, look, node, unit, top, *places, form.margin, narrow)

    @classmethod
    def halves(cls, whole: Trellis, steps: Sequence[Sequence[int]]) -> list[Trellis]:
        """Two panels beside each other with the heights of the ``whole``, each over its own steps; none where they have
        no room in the narrowest format.
        """
        form, back, most = whole.form, whole.back, max(map(len, steps))
        room, names = half_of(form), names_of(form)
        pitch, narrow = (room - names) / most, (half_of(COLUMN) - names_of(COLUMN)) / most
        if (
            not whole.is_numbered
            or max(_widest(str(step) for own in steps for step in own) * SMALL + 18, 44) > 0.84 * narrow
        ):
            return []
        look, found = replace(_look(form, pitch, narrow, back, named=True), named=0.0), []
        for place, own in enumerate(steps):
            start = form.margin + place * (form.width - 2 * form.margin - room)
            axis = Axis(tuple(own), start + names, pitch, back.samples)
            more: Key = () if place else ("ahead",)
            found.append(replace(whole, axis=axis, look=look, start=start, narrow=narrow, more=more, is_half=True))
        return found

    # places

    @property
    def is_numbered(self) -> bool:
        """Whether nodes have their steps in them."""
        return self.node > 9

    @property
    def bar(self) -> float:
        """How wide a bar is."""
        return min(132.0, 0.54 * self.axis.pitch)

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

    def edge(self, t: int, k: int) -> Key:
        """The key of an edge, whichever way it is read."""
        return ("edge", self.back.level, t, k, *self.more)

    def weight(self, k: int) -> Key:
        """The key of a tap."""
        return (f"w{self.back.level}", self.back.channel, self.back.filter, k, *self.more)

    def tint(self, k: int) -> Role:
        """The role of a tap and its edges."""
        return edges.tint(k, self.back.layer.kernel_size)

    def size_of(self, texts: Collection[str], size: float = TEXT) -> float:
        """The size of numbers in their columns; 0 where they have no room in the narrowest format, for what is written
        is the same in all.
        """
        if _widest(texts) * SMALL + 10 > self.narrow:
            return 0.0
        large = _widest(texts) * size + 16 <= self.axis.pitch and not bench.is_low(self.form)
        return size if large else SMALL

    # rows

    def lay_row(
        self,
        draft: Draft,
        row: str,
        name: str,
        bars: Mapping[Key, tuple[int, Number]],
        role: Role,
        lit: Collection[int] | None = None,
        made_of: Mapping[Key, tuple[Key, ...]] | None = None,
        among: Iterable[str] = (),
    ) -> None:
        """Bars over their places, key by key (step, number), in the ``row`` of samples ("top") or of outputs
        ("bottom"). Those that are not ``lit`` are dim and have no digits. ``among`` are numbers that the row will have
        besides.
        """
        above = row == "top"
        foot = self.foot if above else self.floor
        xs = [self.x(above, step) for step in (self.samples if above else self.outputs)]
        half = self.axis.pitch / 2
        left, right = (self.axis.left, self.axis.right) if self.is_half else (min(xs) - half, max(xs) + half)
        pieces.baseline(draft, (row, *self.more), left, right, foot)
        self.lay_name(
            draft,
            (row,),
            name,
            foot - (0.4 if bench.is_low(self.form) else 0.9) * SMALL,
            role if role != "output" else "ink",
        )
        numbers = [number for _, number in bars.values()]
        bricks = all(number.value.denominator == 1 for number in numbers)
        size = self.size_of([*(number.text for number in numbers), *among])
        for key, (step, number) in bars.items():
            meant, parents = lit is None or step in lit, (made_of or {}).get(key, ())
            x, light = self.x(above, step), FULL if meant else DIM
            pieces.column(
                draft, key, number, x, foot, self.bar, self.unit, role, bricks=bricks, light=light, made_of=parents
            )
            if meant and size:
                pieces.digits(draft, key, number.text, size=size)

    def lay_name(self, draft: Draft, key: Key, markup: str, y: float, role: Role = "ink") -> None:
        """The name of a row, about the height y: large where it has room left of the first place."""
        room = self.axis.left - self.start
        size = TEXT if advance(runs_of(markup)) * TEXT <= room and not bench.is_low(self.form) else SMALL
        draft.put("name", ("name", *key, *self.more), words(markup, self.start, y, size, role, align=-1))

    def lay_factors(
        self, draft: Draft, numbers: Mapping[int, Number], name: str, role: Role, lit: Collection[int]
    ) -> None:
        """What the outputs are multiplied by, below them."""
        texts = {t: f"\N{MULTIPLICATION SIGN} {number.text}" for t, number in numbers.items()}
        self.lay_name(draft, ("factors",), name, self.factors, role)
        for t, number in numbers.items() if (size := self.size_of(texts.values())) else ():
            light = FULL if t in lit else SUPPORT
            mark = words(texts[t], self.x(False, t), self.factors, size, role, about=number.about, light=light)
            draft.put("factors", ("g", t, "digits"), mark)

    def lay_places(self, draft: Draft, steps: Iterable[int]) -> None:
        """Empty places where outputs will stand."""
        half, high = self.bar / 2, min(1.5 * self.unit, 0.3 * (self.floor - self.low - self.node))
        for t in steps:
            x = self.x(False, t)
            place = plate("quiet", x - half, self.floor - high, x + half, self.floor, light=0.0, hollow=True, z=-2)
            draft.put("place", ("place", t), place.at(edge=0.5, size=2.0, dash=8.0))

    def lay_zeros(self, draft: Draft, places: Iterable[int], above: bool = False) -> None:
        """Zeros where a row has no number: beyond its ends, and in the gaps that strides leave."""
        for place in places:
            key, foot = ("nothing", above, place), self.foot if above else self.floor
            draft.put("nothing", (*key, "bar"), dot("quiet", self.axis.x(place), foot))
            if self.size_of(["0"]):
                pieces.digits(draft, key, "0", size=self.size_of(["0"]), role="quiet")

    def lay_sum(
        self,
        draft: Draft,
        above: bool,
        step: int,
        addends: Sequence[Addend],
        total: tuple[Key, Number],
        role: Role,
        among: Sequence[str],
    ) -> None:
        """Slim bars head to tail and, at their end, their sum, all in the column of what they add up to. ``among`` are
        the numbers of the row.
        """
        foot, (key, number) = self.foot if above else self.floor, total
        pitch, low = self.axis.pitch, bench.is_low(self.form)
        left = self.x(above, step) - 0.47 * pitch
        slot, width = min(0.59 / len(addends), 0.24) * pitch, 0.3 * pitch
        xs = [left + slot * (place + 0.5) for place in range(len(addends))]
        bricks = all(addend.number.value.denominator == 1 for addend in addends)
        pieces.staircase(
            draft,
            ("sum", above),
            [(a.key, a.number, a.role, x) for a, x in zip(addends, xs, strict=True)],
            foot,
            self.unit,
            0.8 * slot,
            {a.key: a.made_of for a in addends},
            {a.key: a.copy_of for a in addends},
            (),
            SMALL,
            bricks,
        )
        parents = tuple((*a.key, "bar") for a in addends)
        x = min(left + 0.94 * pitch, left + slot * len(addends) + 0.05 * pitch + width) - width / 2
        pieces.column(draft, key, number, x, foot, width, self.unit, role, bricks=bricks, made_of=parents)
        signed, room = [style.signed(a.number.text) for a in addends], 0.94 * pitch - slot * len(addends)
        if size := self.size_of(among):
            text = pieces.digits(draft, key, number.text, size=size)
            draft.change([(*key, "digits")], x=min(text.x, left + 0.97 * pitch - 4 - text.width / 2))
            room -= text.width - 4
        if not low and room >= 0 and _widest(signed) * SMALL + 4 <= slot:
            for addend, said in zip(addends, signed, strict=True):
                mark = draft.marks[(*addend.key, "bar")]
                y = mark.top - 10 - DIGIT * SMALL / 2
                draft.put("sum", (*addend.key, "signed"), words(said, mark.x, y, SMALL, rides=(*addend.key, "bar")))

    # nodes and edges

    def lay_nodes(self, draft: Draft, above: bool, steps: Iterable[int], lit: Collection[int] | None = None) -> None:
        """The circles in which edges end, with their steps in them; all are meant where ``lit`` is None. Those of steps
        that are none are hollow.
        """
        name, count = ("above", self.back.samples) if above else ("below", self.back.steps)
        for step in steps:
            meant, exists = lit is None or step in lit, 0 <= step < count
            key, (x, y) = ("node", name, step, *self.more), self.end(above, step)
            mark = dot("ink" if meant else "context", x, y, 2 * self.node)
            draft.put("node", key, mark if exists else mark.at(role="quiet", hollow=True, size=3.0))
            if self.is_numbered:
                text = words(
                    str(step), x, y, SMALL, "ink" if exists else "quiet", light=0.0 if meant and exists else 1.0
                )
                draft.put("node", (*key, "index"), text.at(rides=key, z=0.5))
        if self.is_numbered:
            y = self.high if above else self.low
            self.lay_name(draft, (name,), "*i*" if above else "*t*", y, "formula")

    def lay_edges(
        self,
        draft: Draft,
        fan: Iterable[tuple[int, int]],
        sliding: Mapping[int, Key] | None = None,
    ) -> None:
        """Edges (output step, k). Those that end where nothing is are dashed. They slide along the rows from
        others, tap by tap.
        """
        drawn = {(t, k): self._edge(t, k) for t, k in fan if self.axis.has(self.back.source(t, k))}
        size = edges.THICK if len(drawn) <= 31 else 4.0 if len(drawn) <= edges.MANY else edges.THIN
        if sliding is not None:
            drawn = {(t, k): edge._replace(key=("edge", "slid", k)) for (t, k), edge in drawn.items()}
        edges.lay(draft, drawn.values(), None, gap=self.node + 5, size=size)
        for (_, k), edge in drawn.items():
            draft.change([edge.key], copy_of=(sliding or {}).get(k))

    def _edge(self, t: int, k: int) -> Edge:
        about = ("weight", self.back.level, k, self.back.channel, self.back.filter)
        source = self.back.source(t, k)
        nowhere = not (0 <= source < self.back.samples and 0 <= t < self.back.steps)
        return Edge(self.edge(t, k), self.tint(k), self.end(True, source), self.end(False, t), nowhere, about)

    # taps

    def tap(self, k: int, x: float, y: float, more: Key = ()) -> Tap:
        """A tap at a place; ``more`` is what its key has besides."""
        number, name = self.back.weight(k), f"*w*[{k}]"
        number = number._replace(text=name) if self.is_half else number
        return Tap((*self.weight(k), *more), number, self.tint(k), x, y, name)

    def lay_taps(self, draft: Draft, fan: Iterable[tuple[int, int]], ahead: bool) -> None:
        """The kernel on a fan of edges (output step, k), near the end at which they part."""
        taps = []
        for t, k in fan:
            start, end = self.end(True, self.back.source(t, k)), self.end(False, t)
            x, y = edges.between(start, end, cut.SHARE if ahead else 1 - cut.SHARE)
            taps.append(self.tap(k, x, y))
        cut.lay_taps(draft, taps, self.look)

    def lay_rows(self, draft: Draft, sample: int, fan: Sequence[tuple[int, int]]) -> None:
        """The whole kernel of each output that reads a sample, one below the other over the samples that it reads, and
        the sample's column framed.
        """
        bare, height = replace(self.look, named=0.0), self.high - self.node - 14 - self.top
        row, half, look = height / len(fan), 0.5 * self.look.width, self.look
        for place, (t, meant) in enumerate(fan):
            y, taps = self.top + (place + 0.5) * row, []
            for k in range(self.back.layer.kernel_size):
                if self.axis.has(source := self.back.source(t, k)):
                    taps.append(self.tap(k, self.axis.x(source), y, ("of", t)))
            tall = min(0.94 * row, self.look.height + 24)
            left = min(tap.x for tap in taps) - half - 40
            right = min(max(tap.x for tap in taps) + half + 40, self.form.width - 4)
            face = plate("kernel", left, y - tall / 2, right, y + tall / 2, light=CARD, z=-3, radius=12.0)
            draft.put("card", ("row", t, "card"), face)
            self.lay_name(draft, ("row", t), f"*y*[{t}]", y)
            cut.lay_taps(draft, [tap for tap in taps if tap.key[3] != meant], bare)
            cut.lay_taps(draft, [tap for tap in taps if tap.key[3] == meant], look)
        x, wide = self.axis.x(sample), half + 16
        named = advance(runs_of("*w*[0]")) * look.named + 11 if look.named else 0.0
        box = (x - wide - named, self.top - 8, x + wide, self.top + height)
        frame = plate("lit", *box, light=0.0, edge=1.0, size=4, hollow=True, z=3)
        draft.put("frame", ("column", "frame"), frame.at(radius=18.0))


def _look(form: Format, pitch: float, narrow: float, back: Backward, named: bool = False) -> Look:
    """Tiles that have room beside each other on the fans of an output and of a sample, in this format and in the
    narrowest; with their names in them where they are ``named``, else with their numbers.
    """
    taps = range(back.layer.kernel_size)
    apart = min((b - a for a, b in pairwise([back.source(0, k) for k in taps])), default=1)
    numbers = [f"*w*[{k}]" if named else back.weight(k).text for k in taps]
    gap, narrowest = ((1 - cut.SHARE) * apart * each for each in (pitch, narrow))
    return Look.fit(bench.is_low(form), gap, narrowest, numbers, f"*w*[{len(numbers) - 1}]")


def half_of(form: Format) -> float:
    """The width of one of two panels."""
    return (form.width - 2 * form.margin) / 2 - (12.0 if bench.is_low(form) else 30.0)


def _narrowest(axis: Axis) -> float:
    """How far places lie apart in the narrowest format."""
    return min(250.0, (COLUMN.width - 2 * COLUMN.margin - names_of(COLUMN)) / len(axis.steps))


def _widest(texts: Iterable[str]) -> float:
    """The advance of the widest text, in em."""
    return max((advance(runs_of(text)) for text in texts), default=0.0)
