"""The trellis: a row of samples above, a row of outputs below, and between them the edges of one filter on one channel.

Sample, tap, output and gradient have one unit here. Each tap of the kernel lies on its own edge of a fan: in
which order they lie is a matter of geometry. This module knows a layer read from both ends and
pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple

from convexplain.board import edges, pieces
from convexplain.board.edges import Edge
from convexplain.board.marks import (
    COLUMN,
    DIGIT,
    HERO,
    PARTIAL,
    SMALL,
    TEXT,
    Draft,
    Format,
    Key,
    Role,
    dot,
    line,
)
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench
from convexplain.stories.backward import Backward
from convexplain.stories.cut import Cut, lay_cut


class Addend(NamedTuple):
    """One bar of a staircase: what it is, its tint, what it comes from, and how it is worked out."""

    key: Key
    number: Number
    role: Role
    copy_of: Key
    made_of: tuple[Key, ...]
    work: str
    """``3 × 2 =``"""


@dataclass(frozen=True)
class Trellis:
    """Where rows and edges stand."""

    form: Format
    axis: Axis
    back: Backward
    unit: float
    foot: float
    """The baseline of the samples."""
    high: float
    """Where edges begin."""
    low: float
    """Where they end."""
    floor: float
    """The baseline of the outputs."""

    @classmethod
    def fit(
        cls,
        form: Format,
        axis: Axis,
        back: Backward,
        above: Iterable[Fraction],
        below: Iterable[Fraction],
        taps: Sequence[Fraction],
        spare: float = 0.0,
    ) -> Trellis:
        """A trellis that fills the board but for some ``spare`` height of a film under it: ``above`` and ``below`` are
        the levels that bars of its two rows reach.
        """
        up, down = bench.extent(above)
        rise, fall = bench.extent(below)
        low = bench.is_low(form)
        edge, digits, gap = (150.0, 50.0, 32.0) if low else (256.0, 104.0, 34.0)
        top, bottom = 84.0, bench.bottom_of(form, 16.0 if form.is_narrow else 34.0 + spare)
        reach = max(1e-9, up + down + rise + fall)
        most = 0.26 * edge / max(1e-9, *bench.extent(taps))
        most = min(most, 44.0) if all(tap.denominator == 1 for tap in taps) else most
        over = under = digits
        for _ in range(2):  # there is room for a bar with its number, and for the large number of a sum
            room = bottom - top - edge - over - under - 2 * gap
            unit = min(most, room / reach)
            over, under = (max(digits, 1.05 * (PARTIAL if low else HERO) - extent * unit) for extent in (up, rise))
            under += 24.0 if back.place(1) != 1 else 0.0  # there the outputs' steps stand
        room = bottom - top - edge - over - under - 2 * gap
        unit, reach = min(most, room / reach), up + down + rise + fall
        spare = room - unit * reach
        foot = top + over + up * unit + spare / 3
        high = foot + down * unit + gap
        end = high + edge + spare / 3
        return cls(form, axis, back, unit, foot, high, end, end + gap + under + rise * unit)

    def alone(self) -> Trellis:
        """The edges over the whole height, with taps as large as they can be, and no row above or below."""
        taps = [self.back.weight(k).value for k in range(self.back.layer.kernel_size)]
        high, low = 150.0 if bench.is_low(self.form) else 176.0, bench.bottom_of(self.form, 88.0)
        unit = 0.22 * (low - high) / max(1e-9, *bench.extent(taps))
        unit = min(unit, 80.0) if all(tap.denominator == 1 for tap in taps) else unit
        return replace(self, unit=unit, high=high, low=low)

    # places

    @property
    def outputs(self) -> list[int]:
        """The outputs that are in view."""
        return [t for t in range(self.back.steps) if self.axis.has(self.back.place(t))]

    @property
    def samples(self) -> list[int]:
        """The samples that are in view."""
        return [i for i in self.axis.shown if 0 <= i < self.back.samples]

    @property
    def is_spread(self) -> bool:
        """Whether outputs do not stand under their own steps."""
        return self.back.place(1) != 1

    def top(self, i: int) -> tuple[float, float]:
        """Where the edges of a sample begin."""
        return self.axis.x(i), self.high

    def end(self, t: int) -> tuple[float, float]:
        """Where the edges of an output end."""
        return self.axis.x(self.back.place(t)), self.low

    def edge(self, t: int, k: int) -> Key:
        """The key of an edge, whichever way it is read."""
        return ("edge", self.back.level, t, k)

    def weight(self, k: int) -> Key:
        """The key of a tap."""
        return (f"w{self.back.level}", self.back.channel, self.back.filter, k)

    def tint(self, k: int) -> Role:
        """The role of a tap and its edges."""
        return edges.tint(k, self.back.layer.kernel_size)

    def size_of(self, texts: Collection[str]) -> float:
        """The size of numbers in their columns; 0 where they have no room in the narrowest format, for what is written
        is the same in all.
        """
        if _widest(texts) * SMALL + 10 > (COLUMN.width - COLUMN.margin - COLUMN.names) / len(self.axis.steps):
            return 0.0
        large = _widest(texts) * TEXT + 16 <= self.axis.pitch and not bench.is_low(self.form)
        return TEXT if large else SMALL

    def fan_beside(self, told: int, sample: int) -> list[tuple[int, int]]:
        """The fan (output step, k) of an output in view that stands clear of a sample's edges: that of the ``told`` one
        where it does, or where none does.
        """
        taps = range(self.back.layer.kernel_size)
        places = [sample, *(self.back.place(back.step) for back in self.back.returns(sample) if not back.outside)]
        for t in sorted(self.outputs, key=lambda t: (t != told, -t)):
            sources = [self.back.source(t, k) for k in taps]
            own = [*sources, self.back.place(t)]
            seen = all(self.axis.has(i) and 0 <= i < self.back.samples for i in sources)
            if seen and (min(own) > max(places) or max(own) < min(places)):
                return [(t, k) for k in taps]
        return [(told, k) for k in taps]

    # rows

    def lay_row(
        self,
        draft: Draft,
        name: str,
        above: bool,
        bars: Mapping[Key, tuple[int, Number]],
        role: Role,
        lit: Collection[int] | None = None,
        made_of: Mapping[Key, tuple[Key, ...]] | None = None,
        between: bool = False,
    ) -> None:
        """Bars over their places, key by key (step, number). Those that are not ``lit`` are stems without digits. A
        row ``between`` stands over that of the outputs, where edges end.
        """
        foot = self.foot if above else self.low if between else self.floor
        row = "top" if above else "between" if between else "bottom"
        pieces.baseline(draft, (row,), self.axis.left, self.axis.right, foot)
        pieces.name(draft, (row,), name, foot)
        numbers = [number for _, number in bars.values()]
        bricks = all(number.value.denominator == 1 for number in numbers)
        size = self.size_of([number.text for number in numbers])
        for key, (step, number) in bars.items():
            x, meant = self.axis.x(step if above else self.back.place(step)), lit is None or step in lit
            parents = (made_of or {}).get(key, ())
            pieces.column(draft, key, number, x, foot, self.axis.bar, self.unit, role, meant, bricks, made_of=parents)
            if meant and size:
                pieces.digits(draft, key, number.text, size=size)

    def lay_gaps(self, draft: Draft) -> None:
        """Zeros at the places of the lower row that strides leave empty."""
        taken = {self.back.place(t) for t in self.outputs}
        for place in range(min(taken, default=0), max(taken, default=0)):
            if place not in taken and self.axis.has(place):
                key = ("gap", place, "bar")
                draft.put("gap", key, dot("quiet", self.axis.x(place), self.floor))
                pieces.digits(draft, key[:-1], "0", size=SMALL, role="quiet")

    def lay_sum(
        self,
        draft: Draft,
        above: bool,
        step: int,
        addends: Sequence[Addend],
        total: tuple[Key, Number],
        role: Role,
        done: bool = True,
    ) -> None:
        """Slim bars head to tail, worked out over them where there is room, and at their end, in its own column, their
        sum; ``done`` says whether it is there yet.
        """
        foot, (key, number) = self.foot if above else self.floor, total
        middle, low = self.axis.x(step if above else self.back.place(step)), bench.is_low(self.form)
        narrowest = COLUMN.width - COLUMN.margin - COLUMN.names
        signed = _widest([f"+{addend.number.text}" for addend in addends])
        said = signed * SMALL + 14 <= 0.55 * narrowest / len(addends)
        rooms = middle - self.axis.left, self.axis.right - middle
        reach = advance(runs_of(number.text))
        apart = max(self.axis.bar, reach * (SMALL if low else TEXT)) / 2 + 12
        plain, work = signed * (SMALL if low else TEXT) + 14, _widest([addend.work for addend in addends]) * SMALL + 10
        side = -1 if rooms[0] >= min(rooms[1], apart + max(plain, 0.0 if low else work) * len(addends)) else 1
        room = (rooms[0 if side < 0 else 1] - apart) / len(addends)
        type_size = TEXT if said and not low and plain <= room else SMALL
        worked = said and not low and work <= room
        slot = min(room, work if worked else max(48.0, signed * type_size + 14) if said else 40.0)
        near = middle + side * apart
        xs = [near + side * slot * (len(addends) - place - 0.5) for place in range(len(addends))]
        bricks = all(addend.number.value.denominator == 1 for addend in addends)
        pieces.staircase(
            draft,
            ("sum", above),
            [(a.key, a.number, a.role, x) for a, x in zip(addends, xs, strict=True)],
            foot,
            self.unit,
            min(0.72 * slot, 0.8 * self.axis.bar),
            {a.key: a.made_of for a in addends},
            {a.key: a.copy_of for a in addends},
            None if said else (),
            type_size,
            bricks,
            until=middle + side * self.axis.bar / 2 if done else None,
        )
        for addend, x in zip(addends, xs, strict=True) if worked else ():
            y = draft.marks[(*addend.key, "digits")].y - 46
            text = words(addend.work, x, y, SMALL, "ink", rides=(*addend.key, "bar"))
            draft.put("sum", (*addend.key, "work"), text)
        if done:
            parents = tuple((*a.key, "bar") for a in addends)
            mark = pieces.column(
                draft, key, number, middle, foot, self.axis.bar, self.unit, role, bricks=bricks, made_of=parents
            )
            end = self.form.width - self.form.margin - mark.right if side < 0 else mark.left - self.axis.left
            size = next((size for size in (HERO, PARTIAL) if reach * size + 18 <= end and not low), 0.0)
            if not size:
                pieces.digits(draft, key, number.text, size=SMALL if low else TEXT)
                return
            y, x = min(mark.y, foot - 14 - DIGIT * size / 2), mark.x - side * (mark.width / 2 + 18)
            text = words(number.text, x, y, size, align=side, about=number.about, rides=(*key, "bar"))
            draft.put("sum", (*key, "digits"), text)

    # edges

    def lay_edges(
        self,
        draft: Draft,
        lit: Collection[Key] | None = None,
        zeros: Collection[int] = (),
        beyond: Iterable[tuple[int, int]] = (),
        named: bool = True,
    ) -> None:
        """The edges of all outputs in view; those of the outputs in ``zeros`` also where they read a padding's zero,
        and those of ``beyond`` (output step, k), which lead to no output. Where nothing is meant (``lit`` empty) all
        are at rest, where all are (None) they are thinner. With strides the outputs' steps stand below their nodes.
        """
        drawn, taps = [], range(self.back.layer.kernel_size)
        resting = taps if lit is None else edges.at_rest(taps, len(self.outputs))
        for t in self.outputs:
            for k in taps:
                if k not in resting and (lit is None or self.edge(t, k) not in lit):
                    continue
                source = self.back.source(t, k)
                padded = not 0 <= source < self.back.samples
                if self.axis.has(source) and (not padded or t in zeros):
                    drawn.append(self._edge(t, k, padded))
                    if padded and ("outside", source, "place") not in draft.marks:
                        edges.empty(draft, ("outside", source), *self.top(source), lit=named)
        for t, k in beyond:
            drawn.append(self._edge(t, k, True))
            edges.empty(draft, ("nowhere", t), *self.end(t), above=False)
        size = edges.THICK if lit is not None else edges.THIN if len(drawn) > edges.MANY else 4.0
        edges.lay(draft, drawn, lit, gap=14, size=size)
        if len(drawn) > edges.MANY:
            draft.change([edge.key for edge in drawn if lit is not None and edge.key not in lit], light=0.4)
        ends = {end for edge in drawn if lit is None or edge.key in lit for end in (edge.start, edge.end)}
        for i in self.samples:
            edges.node(draft, ("node", "above", i), *self.top(i), lit=self.top(i) in ends)
        for t in self.outputs:
            meant = self.end(t) in ends
            x, y = self.end(t)
            edges.node(draft, ("node", "below", t), x, y, lit=meant)
            if self.is_spread and named:
                draft.put("node", ("node", "below", t, "t"), words(str(t), x, y + 28, SMALL, "quiet"))

    def _edge(self, t: int, k: int, dashed: bool) -> Edge:
        about = ("weight", self.back.level, k, self.back.channel, self.back.filter)
        return Edge(self.edge(t, k), self.tint(k), self.top(self.back.source(t, k)), self.end(t), dashed, about)

    def lay_order(self, draft: Draft, fan: Sequence[tuple[int, int]], ahead: bool, said: str) -> None:
        """An arrow from the first tap of a fan to the last, at the ends that they are read from: the way of k, which is
        written beside it; ``said``, what is read there, stands at its beginning.
        """
        key = ("order", "ahead" if ahead else "back")
        fan = sorted(fan, key=lambda edge: edge[1])
        ends = [self.top(self.back.source(t, k)) if ahead else self.end(t) for t, k in fan]
        (start, y), (end, _) = ends[0], ends[-1]
        y += -20 if ahead else 20
        if self.axis.pitch > 40:
            for (_, k), (x, _) in zip(fan, ends, strict=True):
                draft.put("order", (*key, k), words(str(k), x, y + (-26 if ahead else 26), SMALL, "lit", rides=key))
        way = 1 if end > start else -1
        tip = end + way * min(0.3 * self.axis.pitch, 60.0)
        tip = min(tip, self.form.width - 40.0)
        draft.put("order", key, line("lit", start, y, tip, y, head=18, size=3))
        read = words(said, start - way * 24, y, SMALL, "lit", way, rides=key)
        if read.left > self.form.margin + 4 * SMALL and read.right < self.form.width - 8:
            draft.put("order", (*key, "read"), read)
        draft.put("order", (*key, "k"), words("*k*", tip + way * 12, y, SMALL, "lit", -way, rides=key))

    def lay_taps(self, draft: Draft, fan: Iterable[tuple[int, int]], ahead: bool, second: bool = False) -> None:
        """The kernel on a fan of edges (output step, k). ``second`` makes it a copy of the one that lies there."""
        cuts = [
            Cut(self.weight(k), self.back.weight(k), self.tint(k), self.top(self.back.source(t, k)), self.end(t))
            for t, k in fan
        ]
        lay_cut(draft, ("taps",), cuts, self.axis, self.unit, ahead, second=("second",) if second else ())
        if not second:
            mark = draft.marks[(*cuts[0].key, "bar")]
            pieces.name(draft, ("kernel",), "kernel *w*", mark.foot if mark.kind == "bar" else mark.y, "kernel")


def _widest(texts: Iterable[str]) -> float:
    """The advance of the widest text, in em."""
    return max((advance(runs_of(text)) for text in texts), default=0.0)
