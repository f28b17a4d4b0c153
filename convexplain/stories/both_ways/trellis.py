"""The trellis: a row of samples above, a row of outputs below, and between them the edges of one filter on one channel.

Edges begin under the bars of samples and end over the numbers of outputs. The kernel lies on a card, each tap on its
line: those of an output or, turned over, those of a sample. This module knows a reading and pieces; which of it stands
on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from copy import copy
from dataclasses import replace
from itertools import product
from typing import NamedTuple, TypeAlias, TypeVar

from convexplain import style
from convexplain.board import edges, pieces
from convexplain.board.edges import Edge
from convexplain.board.marks import CARD, DIGIT, FULL, SMALL, Draft, Format, Key, Role, dot, plate
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.stories import bench
from convexplain.stories.both_ways.reading import APART, EFFECT, NEAR, REACH, Card, Fan, Reading, Row, widest
from convexplain.stories.script import Script

DIM, STANDS, FACE, BEHIND = 0.3, 0.4, 0.36, 0.5
"""The light of a bar that is not meant now, and of such a tap; of the face of a tap's tile; of a line that is not."""
HEAD = 24.0
"""How long the head of a line is that is read."""
LINES, INTO, LARGEST = 0.36, 0.25, 60.0
"""Of the picture's height, how far samples and outputs are apart at least; how far effects may hang down between them;
and the most units a brick is high.
"""
LARGER = 1.3
"""So many times as large at most is what is seen by itself."""
MOST = 24
"""So many taps rest on their edges at most."""
Lit: TypeAlias = "Collection[int] | None"
"""The steps that are meant; all when None."""


T = TypeVar("T", bound="Trellis")


class Look(NamedTuple):
    """Width and height of a tile, the size of its number, 0 for none, and that number's ``sign``."""

    width: float
    height: float
    number: float = 0.0
    sign: str = ""


class Trellis(Reading):
    """Where rows, edges and the card stand: ``high`` and ``low`` are where edges begin and end, ``clear`` of them. Bars
    of samples or of effects stand above, on their ``base``, outputs or factors below: first their numbers in one
    ``row``, then their bars, and those of changes where ``moves`` says that they are seen beside them. All have one
    unit, unless some would be flat. Where edges are read back all stands lower by ``shift``: effects are higher than
    samples, and factors lower than outputs. ``look`` is that of the tiles on the card, ``rests`` that on all edges.
    """

    least: Trellis

    def __init__(self, script: Script, form: Format) -> None:
        super().__init__(script, form)
        self.tints = [edges.tint(k, self.layer.kernel_size) for k in range(self.layer.kernel_size)]
        self.near, self.clear = 12.0 * self.tight, 22.0 * self.tight
        self.node = min(40.0 * self.tight, 0.6 * self.axis.pitch)
        self._measure_heights()
        self.first, self.last = self.least.first, self.least.last
        self.look = self._look()
        if not self.look.number:  # numbers are worth more than an end
            self.first, self.last = None, self.i
            self.look = self._look()
        self.rests = self._rests()

    # sizes

    def _measure_heights(self) -> None:
        """Where rows stand, with bars as high as they may be. Where a row would be flat each has its own unit."""
        size, rows = self.times or self.text, (self.x, self.slopes, self.y)
        reaches = [bench.extent(number.value for number in row.numbers.values()) for row in rows]
        ys, taps = {t: one.value for t, one in self.y.numbers.items()}, [one.value for one in self.back.weights]
        moved = bench.extent([*ys.values(), *(ys[t] + taps[k] for t, k in self.turned.fan)])
        self.moves = sum(moved) <= 4 * sum(reaches[2])
        reaches[2] = moved if self.moves else reaches[2]
        highs = [*map(sum, reaches)]
        scales = [1 / high for high in highs] if max(highs) > 10 * min(highs) > 0 else [1.0] * len(rows)
        scaled = [(up * s, down * s) for (up, down), s in zip(reaches, scales, strict=True)]
        (x, hangs), (effect, falls), (y, below) = scaled
        (sent, _), most = bench.extent(one.value for one in self.factors.numbers.values()), max(map(sum, scaled))
        factor = sent if most / 10 <= sent <= most else most / 2  # else they have a unit of their own
        self.top, self.ground = pieces.RULER + 1.6 * self.form.small, bench.bottom_of(self.form, 46.0 * self.tight)
        above, number = self.top + 22.0 + DIGIT * self.large, DIGIT * size + 26.0 * self.tight
        room, into = self.ground - above - number, max(0.0, falls - hangs) / INTO
        apart, ways = LINES * (self.ground - self.top), (x + hangs + y + below, effect + hangs + factor)
        reach = max(ways) + 1e-9
        unit = min((room - apart) / reach, room / (reach + into))
        unit = min(unit, LARGEST) if self.back.is_whole else unit
        self.units = {row.key: unit * scale for row, scale in zip(rows, scales, strict=True)}
        self.units[self.factors.key] = unit * factor / sent
        self.base = above + unit * (x + (reach - ways[0]) / 2)
        self.high, self.low = self.base + unit * hangs, self.base + unit * hangs + room - unit * reach
        self.row, foot = self.low + DIGIT * size / 2 + 6.0 * self.tight, self.low + number
        self.foots = dict(zip(self.units, (self.base, self.base, foot + unit * y, foot + unit * factor), strict=True))
        self.shift = above + unit * (effect + (reach - ways[1]) / 2) - self.base

    def lower(self: T) -> T:
        """Where edges are read back."""
        own = copy(self)
        own.foots = {key: foot + self.shift for key, foot in self.foots.items()}
        own.base, own.high, own.low, own.row = (at + self.shift for at in (self.base, self.high, self.low, self.row))
        return own

    def _look(self) -> Look:
        """The look of the tiles on cards: as large as there is room for, and small without a number."""
        slid = [self.slid[i] for i in (self.first, self.last) if i is not None]
        wide = widest(weight.text for weight in self.back.weights)
        xs = [self.tap_at(card, *edge)[0] for card in (self.ahead, self.turned, *slid) for edge in card.fan]
        beside = 2 * min([min(x, self.form.width - x) for x in xs]) - 2 * self.near - 4
        room = min(self.layer.dilation_rate * self.axis.pitch * REACH - 8, 0.8 * self.axis.pitch, beside)
        for sign, size in product(["×", ""], [0.85 * self.large, self.text, SMALL]):
            width = (wide + widest([sign])) * size + 13
            alike = self.least is self or (self.least.look.number and self.least.look.sign == sign)
            if width <= room and alike:
                return Look(min(max(width + 8, 2 * size), room), 1.4 * size, size, sign)
        return Look(max(2.0, min(36.0, 0.8 * room)), 0.54 * self.text)

    def _rests(self) -> Look | None:
        """The look of the tiles on the edges of all outputs, and at which ``shares`` of these they lie: around each
        output, or where they have no room there, each k at its own height; None where they have no room at all.
        """
        count, size, pitch = len(self.tints), self.form.small, self.axis.pitch
        wide = widest(weight.text for weight in self.back.weights) + widest(["×"])
        few = count <= 3 and count * len(self.outputs) <= MOST and self.look.number
        fits = self.least.rests if self.least is not self else 0.9 * wide * size + 8 <= self.layer.strides * pitch
        leans = [abs(self.x_of(True, i) - self.x_of(False, self.t)) for i in self.back.reads(self.t)]
        if max(leans) < 1.1 * pitch and wide * self.text + 12 <= 0.46 * pitch:
            self.shares, look = [0.4 if lean < 1 else 0.75 for lean in leans], (12, 1.25 * self.text, self.text)
        else:
            self.shares = [(1 + k / max(1, count - 1)) / 3 for k in range(count)]
            look = 8, size + (size - SMALL) / 2, max(SMALL, 0.9 * size)
        return Look(wide * look[2] + look[0], *look[1:], self.look.sign) if few and fits else None

    # places

    def end_of(self, above: bool, step: int) -> tuple[float, float]:
        """Where the edges of a sample begin, or those of an output end."""
        return self.x_of(above, step), self.high if above else self.low

    def tap_at(self, card: Card, t: int, k: int) -> tuple[float, float]:
        """The middle of a tap on a card."""
        share = 1 - REACH if card.ahead else REACH
        return edges.between(self.end_of(True, self.back.source(t, k)), self.end_of(False, t), share)

    def lay_name(self, draft: Draft, key: str, markup: str, y: float, role: Role = "quiet") -> None:
        """The name of a row, about the height y, once."""
        if markup and ("name", key) not in draft.marks:
            pieces.name(draft, (key,), markup, y + 0.34 * self.form.small, role)

    def alone(self, card: Card, place: int, count: int) -> Trellis:
        """A card and what it joins by themselves, larger, in the middle of one of ``count`` parts of the board where
        they have room.
        """
        own, (samples, outputs) = copy(self), self.joined(card)
        own.samples, own.outputs = [i for i in self.samples if i in samples], [t for t in self.outputs if t in outputs]
        own.base = own.high = self.top + 24.0 * self.tight
        own.low, own.clear = self.ground - 36.0 * self.tight, 2 * self.clear
        part, (left, right) = (self.form.width - self.form.margin - self.names) / count, own.reach(card)
        larger = min(LARGER, 0.95 * part / (right - left))
        if larger >= 1:
            (width, height, number, sign), own.axis = self.look, replace(self.axis, pitch=larger * self.axis.pitch)
            own.look = Look(larger * width, larger * height, larger * number, sign)
            left, right = own.reach(card)
            own.axis = replace(own.axis, left=own.axis.left + self.names + (place + 0.5) * part - (left + right) / 2)
        return own

    def reach(self, card: Card) -> tuple[float, float]:
        """Where a card and its edges begin and end, from left to right."""
        half = self.look.width / 2 + self.near
        taps = [self.tap_at(card, *edge)[0] for edge in card.fan] or [0.0]
        ends = [self.x_of(*end) for t, k in card.fan for end in ((True, self.back.source(t, k)), (False, t))] or [0.0]
        return min(min(taps) - half, min(ends) - self.node), max(max(taps) + half, max(ends) + self.node)

    # rows

    def lay_row(self, draft: Draft, row: Row, lit: Lit, there: Lit = None) -> None:
        """Bars in their places, those that are ``there``, over the edges with their numbers; what is not lit is dim."""
        foot, half, unit = self.foots[row.key], self.axis.pitch / 2, self.units[row.key]
        size = self.size_of(widest(number.text for number in row.numbers.values()))
        xs = {step: self.x_of(row.above, step) for step in row.numbers}
        base = min(xs.values()) - half, max(xs.values()) + half
        pieces.baseline(draft, ("above" if row.above else "below",), *base, foot)
        bricks = self.back.is_whole and (row.role == EFFECT or self.units[self.x.key] == self.units[self.y.key])
        for step in xs if there is None else sorted(there):
            key, number, meant = (*row.key, step), row.numbers[step], lit is None or step in lit
            place, light = (xs[step], foot, self.axis.bar, unit), FULL if meant else DIM
            pieces.column(draft, key, number, *place, row.role, bricks=bricks, light=light)
            if size and row.above and meant:
                pieces.digits(draft, key, number.text, size=size)

    def lay_steps(self, draft: Draft, lit: Collection[int] = ()) -> None:
        """The ruler, where not all samples are told: else no step is spoken of."""
        if len(self.samples) < self.back.samples:
            pieces.ruler(draft, self.axis, "step", lit)

    def lay_over(self, draft: Draft, said: Mapping[int, str], *names: str) -> None:
        """Over effects, in place of the ruler, what each is the sum of, or what others find, if they have room."""
        size = min(self.size_of(widest(said.values())), self.text) if said else 0.0
        if not size:
            self.lay_steps(draft)
            return
        for i, text in said.items():
            mark = words(text, self.axis.x(i), pieces.RULER, size, "ink", about=self.slopes.numbers[i].about)
            draft.put("over", ("over", names[0], i), mark)
        first = min(draft.marks["over", names[0], i].left for i in said)
        in_one = self.form.margin + widest([", ".join(names)]) * self.form.small < first - 12
        for n, name in enumerate([", ".join(names)] if in_one else names):
            self.lay_name(draft, names[n], name, pieces.RULER + 1.2 * n * self.form.small)

    # the row of numbers where lines end

    def lay_number(self, draft: Draft, key: Key, t: int, number: Number, light: float = FULL) -> None:
        """A number where lines end: the last digits of all have one place. Then comes a factor."""
        x = self.x_of(False, t) + self.half * self.times
        draft.put("row", key, words(number.text, x, self.row, self.times, "ink", 1, about=number.about, light=light))

    def lay_outputs(self, draft: Draft, lit: Lit, changed: Mapping[int, Number]) -> None:
        """The numbers of outputs, where edges end; where some have ``changed`` as they are now, the others dim."""
        for t, number in self.y.numbers.items() if self.values else ():
            if lit is None or t in lit:
                light = STANDS if changed and t not in changed else FULL
                self.lay_number(draft, (*self.y.key, t, "digits"), t, changed.get(t, number), light)

    def lay_factors(self, draft: Draft, lit: Lit = None, alone: bool = False) -> None:
        """The factors of outputs where lines end, ``alone`` or times what stands there."""
        self.lay_name(draft, "factors", "factors", self.row + 1.2 * self.form.small, EFFECT)
        for t, number in self.factors.numbers.items() if self.times else ():
            x, light = self.x_of(False, t), FULL if lit is None or t in lit else STANDS
            if not alone:
                sign = words("×", x + (self.half + NEAR) * self.times, self.row, self.times, EFFECT, -1, light=light)
                x = draft.put("row", ("times", t), sign).right
            mark = words(number.text, x, self.row, self.times, EFFECT, alone - 1, about=number.about, light=light)
            draft.put("row", ("factor", t, "digits"), mark)

    def lay_sum(self, draft: Draft, name: str, total: Number, role: Role = "ink") -> None:
        """After the last factor what all make, and between outputs a plus, where they have room."""
        if not self.sums:
            return
        x = self.x_of(False, max(self.outputs)) + (self.right + APART) * self.times
        draft.put("total", ("total", name), words(f"= {total.text}", x, self.row, self.times, role, -1))
        for t in self.outputs[1:]:
            mark = draft.marks.get((*self.y.key, t, "digits"))
            if mark is not None and not (mark.text or "").startswith(style.MINUS):
                said = words("+", mark.left - NEAR * self.times, self.row, self.times, "quiet", 1, light=mark.light)
                draft.put("total", ("plus", t), said)

    # edges

    def lay_ends(self, draft: Draft) -> None:
        """Samples and outputs that edges join, as dots."""
        above = [("above", i, "sample") for i in self.samples]
        for row, step, role in (*above, *(("below", t, "output") for t in self.outputs)):
            draft.put("node", ("node", row, step), dot(role, *self.end_of(row == "above", step), self.node))

    def edge(self, t: int, k: int) -> Edge:
        """An edge, whichever way it is read."""
        source = self.back.source(t, k)
        padded, ends = not 0 <= source < self.back.samples, (self.end_of(True, source), self.end_of(False, t))
        return Edge(("edge", 1, t, k), self.tints[k], *ends, padded, self.back.weights[k].about)

    def lay_card(self, draft: Draft, card: Card, others: Fan, falls: float = 0.0) -> None:
        """A card on its edges, with heads unless they are all, and all ``others``, thin, where they are few. What leads
        to no output ends in the air, or at its tap. Where a bar ``falls`` below its baseline, the lines begin below it.
        """
        meant, there = [self.edge(*edge) for edge in card.fan], {k for t, k in card.fan if self.meets_one(card, t)}
        behind = [self.edge(*edge) for edge in others if not (card.ahead and edge in card.fan)]
        if not card.ahead:  # over the lines that stay it has its own, which slide with it
            share = max(0.0, self.base + falls - self.high) / (self.low - self.high)
            for n, (t, k) in enumerate(card.fan):
                begin, end = edges.between(meant[n].start, meant[n].end, share), meant[n].end
                end = end if self.names < end[0] < self.form.width else self.tap_at(card, t, k)
                meant[n] = meant[n]._replace(key=("edge", 1, "turned", k), start=begin, end=end)
        drawn, own = [*(behind if len(behind) <= edges.MANY else ()), *meant], {edge.key for edge in meant}
        size = edges.THICK if len(meant) <= edges.MANY else edges.THIN
        edges.lay(draft, drawn, own, gap=self.clear, size=size)
        draft.change({edge.key for edge in drawn} - own, light=BEHIND)
        if card is not self.all:
            draft.change(own, head=HEAD)
        draft.change({key for key in own if key[3] not in there}, light=STANDS, size=edges.THIN, head=0.0)
        if card.name and card.fan:
            self._lay_taps(draft, card)

    # taps

    def lay_rest(self, draft: Draft, there: Fan, lit: bool = True) -> None:
        """The taps on edges, where there is room, each k at its own height: none covers another."""
        for t, k in there if self.rests else ():
            edge = self.edge(t, k)
            at = edges.between(edge.start, edge.end, self.shares[k])
            self._lay_tap(draft, ("w1", 0, 0, k, t), *at, self.rests or self.look, lit)

    def meets_one(self, card: Card, t: int) -> bool:
        """Whether a line of a card leads to an output, or all are lit."""
        return card.whole or 0 <= t < self.back.steps

    def _lay_taps(self, draft: Draft, card: Card) -> None:
        """The kernel on a card, or turned over, each tap on its line, and dim where there is none."""
        places = {k: self.tap_at(card, t, k) for t, k in card.fan}
        for t, k in card.fan:
            self._lay_tap(draft, card.tap(k), *places[k], self.look, self.meets_one(card, t))
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
