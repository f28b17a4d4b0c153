"""The trellis: a row of samples above, a row of outputs below, and between them the edges of one filter on one channel.

Bars stand at circles, where edges end. The kernel lies on a card, each tap on its line: those of an output or, turned
over, those of a sample. This module knows a reading and pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from copy import copy
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import Any, NamedTuple, TypeAlias

from convexplain.board import edges, pieces
from convexplain.board.edges import Edge
from convexplain.board.marks import (
    CARD,
    FULL,
    NARROWEST,
    SMALL,
    TEXT,
    Draft,
    Format,
    Key,
    Role,
    dot,
    paper,
    plate,
)
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench
from convexplain.stories.both_ways.reading import EFFECT, REACH, Card, Fan, Reading, Row, is_exact, plus
from convexplain.stories.script import Script

DIM, STANDS, FACE, BEHIND = 0.3, 0.5, 0.36, 0.6
"""The light of a bar that is not meant now, and of such a tap; of the face of a tap's tile; of a line that is not."""
HEAD = 20.0
"""How long the head of a line is that is read."""
LINES, ROW = 0.48, 1.4
"""Of the picture's height, how far samples and outputs are apart; from a row of numbers to the next, in their size."""
MOST = 24
"""So many taps rest on their edges at most."""
NARROW = paper(NARROWEST)
"""What has no room there is left out of all formats."""
Lit: TypeAlias = "Collection[int] | None"
"""The steps that are meant; all when None."""


class Look(NamedTuple):
    """Width and height of a tile, the size of its number, 0 for none, and that number's ``sign``."""

    width: float
    height: float
    number: float = 0.0
    sign: str = ""


class Trellis(Reading):
    """Where rows, edges and the card stand, the same on all boards but the last: ``high`` and ``low`` are the middles
    of the circles of samples and outputs, and edges end ``clear`` of circles. Below these, in ``rows``, are numbers of
    outputs, their factors, and what both give. The signal has the unit of the outputs, unless one of the two would be
    flat. ``look`` is that of the tiles on the card, ``rests`` that on the edges of all outputs, ``times`` the size of
    the rows, 0 for no room; ``values`` of outputs, ``pairs`` of changes and factors, and ``sums`` may have room.
    ``least`` is the same in the narrowest format.
    """

    def __init__(self, script: Script, form: Format) -> None:
        super().__init__(script, form)
        count = self.layer.kernel_size
        self.least = self if form.width <= NARROW.width else Trellis(script, NARROW)
        tight, self.text = (0.7, SMALL) if bench.is_low(form) else (1.0, TEXT)
        self.tints = [edges.tint(k, count) for k in range(count)]
        self.node = min(15.0 * tight, 0.3 * self.axis.pitch)
        self.near, self.gap, self.digits, self.clear = 12.0 * tight, 30.0 * tight, 56.0 * tight, 1.8 * self.node
        self.names = form.margin + widest(["outputs"]) * form.small
        self.top, self.ground = bench.TOP, bench.bottom_of(form, 44.0 * tight)
        self.low = self.ground - self.node - (2 * ROW + 1.3) * self.text
        self.high = self.low - LINES * (self.ground - self.top)
        self.rows = [self.low + self.node + (0.9 + ROW * place) * self.text for place in range(3)]
        above = self.high - self.node - self.gap - self.top
        self.rooms = above - self.digits, self.ground - self.low - 2 * self.node - self.digits
        self.units = {**self._units(self.x, self.y), **self._units(self.slopes)}
        self.first, self.last = self.least.first, self.least.last
        self.look = self._look()
        if not self.look.number:  # numbers are worth more than an end
            self.first, self.last = None, self.i
            self.look = self._look()
        self.rests = self._rests()
        crossed = {t: f"×{one.text}" for t, one in self.factors.items()}
        has_room = self.size_of(widest(crossed.values()) / self.layer.strides)
        self.by = crossed if has_room else {t: one.text for t, one in self.factors.items()}
        self._measure_rows()

    # sizes

    def _units(self, *rows: Row) -> dict[Key, float]:
        """The unit of rows, above and below: the same, unless one of them would be flat."""
        reaches = [sum(bench.extent(number.value for number in row.numbers.values())) for row in rows]
        own = [room / reach if reach else 60.0 for room, reach in zip(self.rooms, reaches, strict=False)]
        if max(reaches) > 10 * min(reaches) > 0:
            return {row.key: unit for row, unit in zip(rows, own, strict=True)}
        return {row.key: min(*own, 60.0 if self.back.is_whole else min(own)) for row in rows}

    def joined(self, card: Card) -> tuple[set[int], set[int]]:
        """The samples and the outputs that the edges of a card join."""
        return {self.back.source(*edge) for edge in card.fan}, {t for t, _ in card.fan}

    def _look(self) -> Look:
        """The look of the tiles on cards: as large as there is room for, and small without a number."""
        slid = [self.slid[i] for i in (self.first, self.last) if i is not None]
        wide = widest(weight.text for weight in self.back.weights)
        xs = [self.tap_at(card, *edge)[0] for card in (self.ahead, self.turned, *slid) for edge in card.fan]
        beside = 2 * min([min(x, self.form.width - x) for x in xs]) - 2 * self.near - 4
        room = min(self.layer.dilation_rate * self.axis.pitch * REACH - 4, 0.8 * self.axis.pitch, beside)
        for sign, size in product(["×", ""], [self.text, SMALL]):
            width = (wide + widest([sign])) * size + 13
            alike = self.least is self or (self.least.look.number and self.least.look.sign == sign)
            if width <= room and alike:
                return Look(min(max(width + 20, 2 * size), room), 1.6 * size, size, sign)
        return Look(max(2.0, min(36.0, 0.8 * room)), 0.54 * self.text)

    def _rests(self) -> Look | None:
        """The look of the tiles on the edges of all outputs; None where they have no room."""
        count, size, more = len(self.tints), self.form.small, self.form.small - SMALL
        width = (widest(weight.text for weight in self.back.weights) + widest(["×"])) * 0.9 * size + 12 + more
        few = count <= 3 and count * len(self.outputs) <= MOST and self.look.number
        fits = few and (self.least.rests if self.least is not self else width <= self.layer.strides * self.axis.pitch)
        return Look(width, size + more / 2, max(SMALL, 0.9 * size), self.look.sign) if fits else None

    def _measure_rows(self) -> None:
        """Which numbers have room in the rows below the outputs, and the size of all that have."""
        ys, taps, strides = self.y.numbers, self.back.weights, self.layer.strides
        made = [self.product(t, one) for t, y in ys.items() for one in (y, *taps)]
        sums = [self.total, *self.slopes.numbers.values()]
        rows = [[one.text for one in row] for row in (ys.values(), map(plus, taps), map(plus, made))]
        sizes = [self.size_of(widest(row) / strides) for row in (self.by.values(), *rows)]
        self.times = min(size for size in sizes if size) if sizes[0] else 0.0
        self.values, self.pairs, self.sums = (self.times > 0 and size > 0 for size in sizes[1:])
        self.pairs = self.pairs and not self.script.shown.units
        wide, total = widest(rows[2]) / 2 + 0.5, widest(f"= {plus(one).text}" for one in sums)
        self.apart = max(wide * self.times, strides * self.axis.pitch - total / 2 * self.times)
        ends = self.end_of(False, max(self.outputs, default=0))[0] + (wide + total) * self.times
        has_room = ends <= self.form.width - 4 and (self.least is self or self.least.sums)
        self.sums = self.sums and self.pairs and has_room and all(map(is_exact, [*made, *sums]))

    def size_of(self, wide: float) -> float:
        """The size of numbers of so many em that have a place each; 0 where the narrowest format has no room."""
        if wide * SMALL + 10 > self.least.axis.pitch:
            return 0.0
        return self.text if wide * self.text + 16 <= self.axis.pitch else SMALL

    # places

    def end_of(self, above: bool, step: int) -> tuple[float, float]:
        """The middle of a circle: where a sample or an output stands, or would stand beyond the ends."""
        at, begin = step if above else self.back.place(step), self.axis.shown[0]
        return self.axis.x(begin) + (at - begin) * self.axis.pitch, self.high if above else self.low

    def tap_at(self, card: Card, t: int, k: int) -> tuple[float, float]:
        """The middle of a tap on a card."""
        share = 1 - REACH if card.ahead else REACH
        return edges.between(self.end_of(True, self.back.source(t, k)), self.end_of(False, t), share)

    def foot(self, row: Row) -> float:
        """The baseline of a row: with all that hangs from it over the circles of samples, or at the foot."""
        hangs = bench.extent(number.value for number in row.numbers.values())[1] * self.units[row.key]
        return (self.high - self.node - self.gap if row.above else self.ground) - hangs

    def lay_name(self, draft: Draft, key: str, markup: str, y: float, role: Role = "quiet") -> None:
        """The name of a row, about the height y, once."""
        if ("name", key) not in draft.marks:
            pieces.name(draft, (key,), markup, y + 0.34 * self.form.small, role)

    def alone(self, card: Card, place: int, count: int) -> Trellis:
        """A card and what it joins by themselves, larger, in the middle of one of ``count`` parts of the board where
        they have room.
        """
        own, (samples, outputs) = copy(self), self.joined(card)
        own.samples, own.outputs = [i for i in self.samples if i in samples], [t for t in self.outputs if t in outputs]
        own.clear, own.high, own.low = 1.8 * self.clear, self.top + self.digits, self.ground - self.digits
        xs = [x for t, k in card.fan for x in (own.tap_at(card, t, k)[0], *(end[0] for end in own.edge(t, k)[2:4]))]
        part = (self.form.width - self.form.margin - self.names) / count
        if xs and max(xs) - min(xs) + self.look.width + 2 * self.near <= part:
            aside = self.names + (place + 0.5) * part - (max(xs) + min(xs)) / 2
            own.axis = replace(self.axis, left=self.axis.left + aside)
        return own

    # rows

    def lay_row(self, draft: Draft, row: Row, lit: Lit, there: Lit = None) -> None:
        """Bars in their places, those that are ``there``; what is not lit is dim, and only of effects written."""
        foot, half, effect = self.foot(row), self.axis.pitch / 2, row.role == EFFECT
        size = self.size_of(widest(number.text for number in row.numbers.values()))
        xs = [self.end_of(row.above, step)[0] for step in row.numbers]
        pieces.baseline(draft, row.key, min(xs) - half, max(xs) + half, foot)
        unit = self.units[row.key]
        bricks = self.back.is_whole and (effect or self.units[self.x.key] == self.units[self.y.key])
        if effect:
            self.lay_name(draft, "effects", "effects", foot - 0.34 * self.form.small, EFFECT)
        for (step, number), x in zip(row.numbers.items(), xs, strict=True):
            if there is not None and step not in there:
                continue
            key, meant = (*row.key, step), lit is None or step in lit
            look: dict[str, Any] = dict(light=FULL if meant else DIM, made_of=row.of.get(step, ()))
            pieces.column(draft, key, number, x, foot, self.axis.bar, unit, row.role, bricks=bricks, **look)
            if size and (meant or effect):
                pieces.digits(draft, key, number.text, size=size, role="ink" if meant else "quiet")

    def lay_worked(self, draft: Draft, row: Row, step: int, said: str) -> None:
        """How a number comes about, beside it, where it has room."""
        if self.is_plain and (digits := draft.marks.get((*row.key, step, "digits"))):
            mark = words(f"= {said}", digits.right + 0.3 * digits.size, digits.y, digits.size, "ink", -1)
            if mark.right <= self.form.width - self.form.margin:
                draft.put("worked", ("worked", *row.key, step), mark.at(rides=(*row.key, step, "digits")))

    def lay_growth(self, draft: Draft, i: int) -> None:
        """In place of a sample's number the 1 by which it grows; on it a brick, where it has room."""
        unit, value = self.units[self.x.key], self.x.numbers[i].value
        bar, foot = draft.marks[(*self.x.key, i, "bar")], self.foot(self.x) - float(value) * unit
        draft.marks.pop((*self.x.key, i, "digits"), None)
        if self.back.is_whole and value >= 0 and foot - unit >= self.top + self.digits:
            one, bricks = Number(Fraction(1), "1"), bar.unit > 0
            bar = pieces.column(draft, ("grows",), one, bar.x, foot, self.axis.bar, unit, "lit", bricks=bricks)
        y = bar.top - pieces.ABOVE - self.text / 3
        draft.put("grows", ("grows", "digits"), words("+1", bar.x, y, self.text, "ink"))

    def lay_over(self, draft: Draft, key: str, title: str, texts: dict[int, str], role: Role) -> bool:
        """On the line of the ruler a text over each effect, with a title; whether they have room."""
        size = min(self.size_of(widest(texts.values())), self.form.small)
        if size:
            self.lay_name(draft, key, title, pieces.RULER, "formula")
        for i, text in texts.items() if size else ():
            mark = words(text, self.axis.x(i), pieces.RULER, size, role, about=self.slopes.numbers[i].about)
            draft.put("over", (key, i), mark)
        return size > 0

    # rows of numbers below the outputs

    def lay_number(
        self, draft: Draft, key: Key, row: int, t: int, number: Number, role: Role = "ink", copy_of: Key | None = None
    ) -> None:
        """A number in a row, under the circle of an output."""
        mark = words(number.text, self.end_of(False, t)[0], self.rows[row], self.times, role, about=number.about)
        draft.put("row", key, mark.at(x=bench.within(self.form, mark.x, mark.width), copy_of=copy_of))

    def lay_factors(self, draft: Draft) -> None:
        """Below each output its factor."""
        self.lay_name(draft, "factors", "factors", self.rows[1], EFFECT)
        for t, number in self.factors.items() if self.times else ():
            self.lay_number(draft, ("factor", t), 1, t, number._replace(text=self.by[t]), EFFECT)

    def lay_sum(self, draft: Draft, name: str, numbers: dict[int, Number], total: Number, role: Role) -> None:
        """Below factors what numbers give with them, and the ``total``: the score, or an effect on it."""
        self.lay_name(draft, said := "score" if name == "score" else "effect", said, self.rows[2], EFFECT)
        for t, number in numbers.items():
            self.lay_number(draft, ("product", name, t), 2, t, plus(self.product(t, number)))
        mark = words(f"= {total.text}", 0.0, self.rows[2], self.times, role, about=total.about)
        x = self.end_of(False, max(self.outputs))[0] + self.apart + mark.width / 2
        draft.put("total", ("total", name), mark.at(x=bench.within(self.form, x, mark.width)))

    # edges

    def lay_circles(self, draft: Draft, samples: Lit, outputs: Lit) -> None:
        """The circles of all samples and outputs."""
        above = [("above", i, samples) for i in self.samples]
        for row, step, lit in (*above, *(("below", t, outputs) for t in self.outputs)):
            key, (x, y) = ("node", row, step), self.end_of(row == "above", step)
            light = FULL if lit is None or step in lit else STANDS
            draft.put("node", key, dot("ink", x, y, 2 * self.node, light=light))
        self.lay_name(draft, "above", "samples", self.high)
        self.lay_name(draft, "below", "outputs", self.low)

    def edge(self, t: int, k: int) -> Edge:
        """An edge, whichever way it is read."""
        source = self.back.source(t, k)
        padded, ends = not 0 <= source < self.back.samples, (self.end_of(True, source), self.end_of(False, t))
        return Edge(("edge", 1, t, k), self.tints[k], *ends, padded, self.back.weights[k].about)

    def lay_card(self, draft: Draft, card: Card, others: Fan, lit: bool = True) -> None:
        """A card on its edges, with heads unless they are all, and all ``others``, thin, where they are few. What leads
        to no output ends at its tap; it is thin, as all are when the card is not ``lit``.
        """
        meant, there = [self.edge(*edge) for edge in card.fan], {k for t, k in card.fan if 0 <= t < self.back.steps}
        behind = [self.edge(*edge) for edge in others if not (card.ahead and edge in card.fan)]
        if not card.ahead:  # the lines of each sample are its own, over those that stay: none slides with the card
            keys = [("edge", 1, "turned", k, self.back.source(t, k)) for t, k in card.fan]
            ends = [e.end if e.key[3] in there else self.tap_at(card, *e.key[2:]) for e in meant]
            meant = [e._replace(key=key, end=end) for e, key, end in zip(meant, keys, ends, strict=True)]
        drawn, own = [*(behind if len(behind) <= edges.MANY else ()), *meant], {edge.key for edge in meant}
        size = edges.THICK if len(meant) <= edges.MANY else edges.THIN
        edges.lay(draft, drawn, own, gap=self.clear, size=size)
        draft.change({edge.key for edge in drawn} - own, light=BEHIND)
        if card is not self.all:
            draft.change(own, head=HEAD)
        draft.change({key for key in own if key[3] not in there or not lit}, light=STANDS, size=edges.THIN, head=0.0)
        if card.name and card.fan:
            self._lay_taps(draft, card, lit)

    # taps

    def lay_rest(self, draft: Draft, lit: bool = True) -> None:
        """The taps on all edges, where there is room, each k at its own height: none covers another."""
        for t, k in self.every if self.rests else ():
            edge, share = self.edge(t, k), (1 + k / max(1, len(self.tints) - 1)) / 3
            at = edges.between(edge.start, edge.end, share)
            self._lay_tap(draft, ("w1", 0, 0, k, t), *at, self.rests or self.look, lit)

    def _lay_taps(self, draft: Draft, card: Card, lit: bool) -> None:
        """The kernel on a card, or turned over, each tap on its line, and dim where there is none."""
        places = {k: self.tap_at(card, t, k) for t, k in card.fan}
        for t, k in card.fan:
            self._lay_tap(draft, card.tap(k), *places[k], self.look, lit and 0 <= t < self.back.steps)
        xs, y = [x for x, _ in places.values()], next(iter(places.values()))[1]
        wide, high = self.look.width / 2 + self.near, self.look.height / 2 + self.near
        face = plate("kernel", min(xs) - wide, y - high, max(xs) + wide, y + high, light=CARD, z=-1.5)
        draft.put("card", ("card", card.name), face)
        if face.left > self.names:
            self.lay_name(draft, "kernel", "kernel", y)

    def _lay_tap(self, draft: Draft, key: Key, x: float, y: float, look: Look, lit: bool = True) -> None:
        """A tap as a tile with its number in it, where it has room."""
        k, tile, half, high, light = key[3], (*key, "tile"), look.width / 2, look.height / 2, FULL if lit else STANDS
        number = self.back.weights[k]
        face = plate(self.tints[k], x - half, y - high, x + half, y + high, z=1.0, about=number.about)
        draft.put("tap", tile, face.at(light=FACE * light, edge=light, size=4.0, radius=0.2 * look.height))
        if look.number:
            said = words(look.sign + number.text, x, y, look.number, about=number.about, light=light)
            draft.put("tap", (*key, "digits"), said.at(rides=tile, z=1.5))


def widest(texts: Iterable[str]) -> float:
    """The advance of the widest text, in em."""
    return max((advance(runs_of(text)) for text in texts), default=0.0)
