"""The trellis: a row of samples, a row of outputs, between them the edges of one filter on one channel, and below them
the later layers: a factor for each output, and one result.

Edges begin under the bars of samples and end at the nodes of outputs, threads lead on through the factors to the
result. The kernel lies on a card, each tap on its line: those of an output or, turned over, those of a sample. This
module knows a reading and pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from copy import copy
from dataclasses import replace
from fractions import Fraction
from itertools import starmap
from typing import Self, TypeAlias

from convexplain.board import pieces
from convexplain.board.marks import CARD, DIGIT, FULL, SMALL, SUPPORT, Draft, Format, Key, plate
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.stories import bench, phrases
from convexplain.stories.both_ways import edges
from convexplain.stories.both_ways.edges import Edge
from convexplain.stories.both_ways.nodes import STANDS, TALL, Look, Part, lay_node, lay_thread, lay_tile
from convexplain.stories.both_ways.reading import Card, Fan, Reading, Row, plus, widest
from convexplain.stories.script import Script

DIM, HEAD = 0.3, 24.0
"""The light of a bar that is not meant now, and how long the head of a line is that is read."""
SIGNAL, FALL, LARGEST = 0.18, 0.06, 90.0
"""Of the picture's height, how high rows of bars are, and how far the result is from the factors; and the most units a
brick is high.
"""
MOST = 24
"""So many taps at most rest on their edges."""
MIDDLE, LOW, FAR = 0.5, 0.58, 0.62
"""How far along its lines a card lies: level with one that is read the other way; with room for what its lines bring;
and where tiles have more room.
"""
NOTHING = Number(Fraction(0), "0")
"""The factor of an output that is not there."""
Lit: TypeAlias = "Collection[int] | None"
"""The steps that are meant; all when None."""


class Trellis(Reading):
    """Where rows, edges and the card stand: the ``base`` of bars, ``high`` and ``low``, at which edges begin and end,
    and how high a ``node`` is; ``ahead`` by themselves, then as a ``whole`` with the later layers, and ``back``, where
    the gradient stands in place of the samples and lines are read ``up``, from the factors. ``clear`` of the ends are
    the edges; so far along them ``lies`` the card, whose tiles have a ``look``; those at ``rests`` lie on all edges.
    The card on a sample is named ``by`` two words. ``sink`` is where the result stands.
    """

    least: Trellis
    lies: float
    by, up, is_second = ("turned", "kernel"), False, False

    def __init__(self, script: Script, form: Format) -> None:
        super().__init__(script, form)
        self.tints = [edges.tint(k, self.layer.kernel_size) for k in range(self.layer.kernel_size)]
        self.near, self.clear, self.gap = (far * self.tight for far in (12.0, 22.0, 16.0))
        self.sized = 0.85 * self.large
        self.dot = min(30.0 * self.tight, 0.6 * self.layer.strides * self.axis.pitch)
        self._measure_heights()
        self.first, self.last = self.least.first, self.least.last
        self.lies = MIDDLE if self.least is self else self.least.lies
        self.look = self._look()
        if not self.look.number:
            self.lies = FAR
            self.look = self._look()
        if not self.look.number:  # numbers are worth more than an end
            self.first, self.last = None, self.i
            self.look = self._look()
        self.rests = self._rests()
        ends = [t for i in (self.first, self.last) if i is not None for t, _ in self.slid[i].fan]
        self.beyond = sorted({t for t in ends if not 0 <= t < self.back.steps})

    # sizes

    def _measure_heights(self) -> None:
        """Where rows stand: where lines are read back all is lower, for rows above, and there is no result below."""
        told = self.x.numbers[self.i].value
        self.is_seen_to_grow = self.back.is_whole and told >= 0
        samples = *(one.value for one in self.x.numbers.values()), told + self.is_seen_to_grow
        rows = bench.extent(samples), bench.extent(one.value for one in self.slopes.numbers.values())
        self.top, self.ground = pieces.RULER + 2.1 * self.text, bench.bottom_of(self.form, 46.0 * self.tight)
        self.chip, high = TALL * self.size or 0.54 * self.text, self.ground - self.top
        self.node = TALL * self.size if self.values or self.changes else self.dot
        room, most, tiny = SIGNAL * high, LARGEST if self.back.is_whole else math.inf, 1e-99
        units = [min(most, room / (sum(row) + tiny)) for row in rows]
        (up, down), (rise, falls) = ([unit * far for far in row] for unit, row in zip(units, rows, strict=True))
        share = min(1.0, room / (max(up, rise) + max(down, falls) + tiny))
        self.units = {self.x.key: share * units[0], self.slopes.key: share * units[1]}
        self.base = self.top + 22 + DIGIT * self.large + share * max(up, rise)
        later = self.node + self.gap + self.chip + FALL * high + TALL * self.sized
        back = self.base + 0.9 * self.text, share * falls, self.ground - 1.6 * self.text - self.chip
        self.seen = {"whole": (self.base, share * down, self.ground - later), "back": back}
        self.high, self.low = self.base + share * down, self.ground - self.node - 1.8 * self.text
        xs = [self.x_of(False, t) for t in self.outputs]
        self.sink = sum(xs) / len(xs), self.ground - TALL * self.sized / 2

    def standing(self, name: str) -> Self:
        """Where rows stand on other boards."""
        own, (base, falls, low) = copy(self), self.seen[name]
        own.base, own.high, own.low, own.up = base, base + falls, low, name == "back"
        if own.up:
            own.node, own.gap, own.lies = 0.0, 0.0, max(LOW, self.lies)
        return own

    def _look(self) -> Look:
        """The look of the tiles on cards: as large as there is room for, and small without a number."""
        slid = [self.slid[i] for i in (self.first, self.last) if i is not None]
        xs = [self.tap_at(card, *edge)[0] for card in (self.ahead, self.turned, *slid) for edge in card.fan]
        beside = 2 * min([min(x, self.form.width - x) for x in xs]) - 2 * self.near - 4
        room = min(self.layer.dilation_rate * self.axis.pitch * self.lies - 8, 0.8 * self.axis.pitch, beside)
        for size in (0.85 * self.large, self.text, SMALL):
            width = widest(one.text for one in self.back.weights) * size + 10
            if width <= room and (self.least is self or self.least.look.number):
                return Look(min(max(width + 8, 2 * size), room), 1.25 * size, size)
        return Look(max(2.0, min(36.0, 0.8 * room)), 0.54 * self.text)

    def _rests(self) -> Look | None:
        """The look of tiles around each output, if they have room, and at which ``shares`` of its edges they lie."""
        pitch, wide = self.axis.pitch, widest(one.text for one in self.back.weights)
        leans = [abs(self.x_of(True, i) - self.x_of(False, self.t)) for i in self.back.reads(self.t)]
        self.shares = [0.4 if lean < 1 else 0.75 for lean in leans]
        few = len(leans) <= 3 and len(leans) * len(self.outputs) <= MOST and self.look.number
        fits = max(leans) < 1.1 * pitch and wide * self.text + 12 <= 0.46 * pitch
        fits = fits if self.least is self else bool(self.least.rests)
        size = max(self.text, min(0.8 * self.large, (0.43 * pitch - 12) / wide))
        return Look(wide * size + 12, 1.25 * size, size) if few and fits else None

    # places

    def end_of(self, above: bool, step: int) -> tuple[float, float]:
        """Where the edges of a sample begin, or those of an output end."""
        return self.x_of(above, step), self.high if above else self.low

    def tap_at(self, card: Card, t: int, k: int) -> tuple[float, float]:
        """The middle of a tap on a card."""
        share = 1 - self.lies if card.ahead else self.lies
        return edges.between(self.end_of(True, self.back.source(t, k)), self.end_of(False, t), share)

    def lay_name(self, draft: Draft, key: str, markup: str, y: float, after: float = 0.0) -> None:
        """The name of a row, about the height y, once: at the left margin, in a second picture, or ``after`` a card."""
        role = "ink" if after else "quiet"
        if self.is_second:
            after = max(mark.right for mark in draft.marks.values() if mark.top < y < mark.bottom)
        mark = words(markup, after + 24.0, y, self.form.small, role, -1)
        if after and mark.right <= self.form.width - 4:
            draft.put("name", ("name", "beside", key), mark)
        elif not after and ("name", key) not in draft.marks:
            pieces.name(draft, (key,), markup, y + 0.34 * self.form.small)

    def alone(self, card: Card, place: int, count: int) -> Self:
        """A card and what it joins, as wide as has room in the middle of one of ``count`` parts of the board."""
        own, (left, right), part = copy(self), self.face(card, True), (self.form.width - 2 * self.names) / count
        larger = min(FAR / MIDDLE, part / (right - left))
        smaller = min(1.0, larger * MIDDLE / self.lies)
        own.least = own if self.least is self else self.least.alone(card, place, count)
        own.samples = [i for i in self.samples if i in {self.back.source(*edge) for edge in card.fan}]
        own.outputs = [t for t in self.outputs if t in dict(card.fan)]
        own.high, own.low = pieces.RULER + 1.2 * self.text + self.chip, self.ground - self.chip
        own.node, own.gap, own.up, own.clear = self.chip * card.ahead, 0.0, not card.ahead, 1.6 * self.clear
        own.by, own.is_second, own.lies, own.dot = ("", "kernel"), place > 0, MIDDLE, smaller * self.dot
        width, height, number = (smaller * far for far in self.look)
        own.look = Look(width, height, number if number >= SMALL and own.least.look.number else 0.0)
        own.axis = replace(self.axis, pitch=larger * self.axis.pitch)
        middle = sum(own.face(card, True)) / 2
        own.axis = replace(own.axis, left=own.axis.left + self.names + (place + 0.5) * part - middle)
        texts, made = [*map(phrases.factor, self.factors.values())], [number.text for number in self.y.values()]
        ends = [row[i].text for row in (self.x.numbers, self.slopes.numbers) for i in row]
        least, most = map(own.row_size, (widest(texts), widest([*texts, *made, *ends])))
        most = min(most, own.row_size(widest(ends), self.layer.dilation_rate))
        own.values, own.size = (True, most) if self.values and most else (False, least)
        return own

    def face(self, card: Card, joins: bool = False) -> tuple[float, float]:
        """Where a card begins and ends, by itself or with what it ``joins``."""
        wide, taps = self.look.width + 2 * self.near, [self.tap_at(card, *edge)[0] for edge in card.fan] or [0.0]
        ends = [self.x_of(*end) for t, k in card.fan for end in ((True, self.back.source(t, k)), (False, t))] * joins
        all_ = [*((x, wide) for x in taps), *((x, self.axis.pitch) for x in ends)]
        return min(x - far / 2 for x, far in all_), max(x + far / 2 for x, far in all_)

    @property
    def mirrored(self) -> bool:
        """Whether the kernel as it is has room left of the turned one, in all formats."""
        own = self.least
        is_aside = own.turns and own.look.number and own.back.beside(own.t, own.i)
        return bool(is_aside) and own.face(own.ahead)[1] + own.near < own.face(own.turned)[0]

    # rows

    def lay_row(self, draft: Draft, row: Row, lit: Lit, there: Lit = None) -> None:
        """Bars in their places, those that are ``there``, with their numbers; what is not lit is dim."""
        self.lay_name(draft, row.name, row.name, self.base - 0.34 * self.form.small)
        half, unit = self.axis.pitch / 2, self.units[row.key]
        size = self.size_of(widest(one.text for one in row.numbers.values()))
        xs = {step: self.x_of(True, step) for step in row.numbers}
        pieces.baseline(draft, ("above",), min(xs.values()) - half, max(xs.values()) + half, self.base)
        for step in xs if there is None else sorted(there):
            key, number, meant = (*row.key, step), row.numbers[step], lit is None or step in lit
            place, light = (xs[step], self.base, self.axis.bar, unit), FULL if meant else DIM
            pieces.column(draft, key, number, *place, row.role, bricks=self.back.is_whole, light=light)
            if size and meant:
                pieces.digits(draft, key, number.text, size=size)

    def lay_steps(self, draft: Draft, lit: Collection[int] = ()) -> None:
        """The ruler, where not all samples are told: else no step is spoken of."""
        if len(self.samples) < self.back.samples:
            pieces.ruler(draft, self.axis, "step", lit)

    def lay_ends(self, draft: Draft, row: Row) -> None:
        """Samples, or what is the gradient of one, by themselves: where lines begin, or end."""
        for i, (x, y) in ((i, self.end_of(True, i)) for i in self.samples):
            parts: list[Part] = [((*row.key, i, "digits"), row.numbers[i], "ink")] * self.values
            node = ("node", row.key[0], i), x, y - self.chip / 2, self.size if parts else self.dot
            lay_node(draft, *node, parts)
            draft.change(node[:1], role=row.role)
        self.lay_name(draft, row.name, row.name, self.high - self.chip / 2)

    # where lines end, and what later layers make of it

    def lay_outputs(self, draft: Draft, lit: Lit = None, changed: bool = False) -> None:
        """The nodes of outputs, where they have room with their numbers and with those by which they ``changed``."""
        y, has = self.low + self.node / 2, self.node > self.dot
        self.lay_name(draft, "below", "outputs", y)
        for t in self.outputs:
            change = self.changes.get(t) if changed else None
            is_said = has and self.values and (self.both or not change)
            parts: list[Part] = [(("y1", 0, t, "digits"), self.y[t], "ink")] * bool(is_said)
            parts += [(("change", t), plus(change), "lit")] if change else []
            node = ("node", "below", t), self.x_of(False, t), y, self.size if parts else self.dot
            lay_node(draft, *node, parts, lit is None or t in lit)

    def lay_factors(self, draft: Draft, lit: Lit = None, beyond: Collection[int] = ()) -> None:
        """The factors of outputs, as tiles under their nodes; read up they are what the taps multiply, and ``beyond``
        the ends they are zeros.
        """
        low, wide = self.low + self.node, widest(map(phrases.factor, self.factors.values()))
        y, look = low + self.gap + self.chip / 2, Look(max((wide + 0.6) * self.size, self.chip), self.chip, self.size)
        for t in (*self.outputs, *beyond):
            x, meant = self.form.within(self.x_of(False, t), look.width), lit is None or t in lit
            factor = self.factors.get(t, NOTHING)
            lay_tile(draft, ("factor", t), "bias", factor._replace(text=phrases.factor(factor)), x, y, look, meant)
            if not self.up:
                lay_thread(draft, ("thread", t, "in"), (x, low - self.node / 2), (x, low + self.gap), meant)
        draft.change([("factor", t, "tile") for t in beyond], light=0.0, edge=FULL, dash=10.0)
        draft.change([("factor", t, "digits") for t in beyond if look.number], light=SUPPORT)
        self.lay_name(draft, "factors", "factors", y)

    def lay_result(self, draft: Draft, lit: Lit = None, changed: bool = False) -> None:
        """What later layers make of all outputs, beside it how; or, where it has ``changed``, by how much."""
        (x, y), number = self.sink, self.slopes.numbers[self.i]
        parts: list[Part] = [(("result", "digits"), self.total, "ink")] * self.sums
        if changed and self.grows:
            parts += [(("result", "change"), plus(number), "lit")]
        node = lay_node(draft, ("result",), x, y, self.sized if parts else self.dot, parts, lit != ())
        self.lay_name(draft, "result", "result", y)
        for t in self.outputs:
            begin = self.x_of(False, t), self.low + self.node + self.gap + self.chip
            lay_thread(draft, ("thread", t), begin, (x, node.top), lit is None or t in lit)
        made = [(self.y[t], self.factors[t]) for t in self.outputs if lit is None and self.sums]
        if changed and self.grows:
            made = [(self.back.weights[k], self.factors[t]) for t, k in self.turned.fan]
        if made and self.back.is_whole:
            said = f"{number.text * changed} = {' + '.join(starmap(phrases.times, made))}".strip()
            self.lay_worked(draft, "result", said, node.right + 0.6 * self.text, y, -1)

    def lay_worked(self, draft: Draft, key: str, text: str, x: float, y: float, align: float = 0.0) -> None:
        """How something is made, about a place or from it on, where that has room."""
        mark = words(text, x, y, self.text, "ink", align)
        if mark.width <= self.form.width - 8 - (x if align else self.names):
            draft.put("worked", ("worked", key), mark.at(x=self.form.within(mark.x, mark.width, self.names)))

    # edges

    def edge(self, t: int, k: int) -> Edge:
        """An edge, whichever way it is read."""
        source = self.back.source(t, k)
        padded, ends = not 0 <= source < self.back.samples, (self.end_of(True, source), self.end_of(False, t))
        return Edge(("edge", 1, t, k), self.tints[k], *ends, padded, self.back.weights[k].about)

    def lay_card(self, draft: Draft, card: Card, others: Fan) -> None:
        """A card on its edges, which then have heads, and all ``others``, thin, where they are few."""
        meant = [self.edge(*edge) for edge in card.fan]
        behind = [self.edge(*edge) for edge in others if not (card.ahead and edge in card.fan)]
        if not card.ahead:  # over the lines that stay it has its own, which slide with it
            for n, (_, k) in enumerate(card.fan):
                key, (start, end) = "up" if self.up else "turned", (meant[n].start, meant[n].end)[:: 1 - 2 * self.up]
                meant[n] = meant[n]._replace(key=("edge", 1, key, k), start=start, end=end)
        drawn, own = [*(behind if len(behind) <= edges.MANY else ()), *meant], {edge.key for edge in meant}
        edges.lay(draft, drawn, own, gap=self.clear, size=edges.THICK if len(meant) <= edges.MANY else edges.THIN)
        if card.name and card.fan:
            draft.change(own, head=HEAD)
            self.lay_taps(draft, card)

    # taps

    def lay_rest(self, draft: Draft, lit: Fan) -> None:
        """The taps on all edges, some ``lit``, where there is room."""
        for t, k in self.every if self.rests else ():
            at = edges.between(self.end_of(True, self.back.source(t, k)), self.end_of(False, t), self.shares[k])
            self._lay_tap(draft, ("w1", 0, 0, k, t), at, self.rests or self.look, (t, k) in lit)

    def lay_taps(self, draft: Draft, card: Card, lit: bool = True) -> None:
        """The kernel on a card, or turned over, each tap on its line, and what it is called."""
        for t, k in card.fan:
            self._lay_tap(draft, card.tap(k), self.tap_at(card, t, k), self.look, lit)
        (left, right), (_, y), high = self.face(card), self.tap_at(card, *card.fan[0]), self.look.height / 2 + self.near
        is_turned = not card.ahead and len(card.fan) > 1
        look = {"light": CARD * (1 if lit else STANDS), "hatch": bench.HATCHED * is_turned, "z": -1.5}
        draft.put("card", ("card", card.name), plate("kernel", left, y - high, right, y + high, **look))
        over, name = self.by if is_turned else ("", "kernel")
        beside = self.mirrored and not self.up  # the other kernel is between
        if over and (beside or left > self.names):
            self.lay_name(draft, "turned", over, y - 1.1 * self.form.small * (not beside), right * beside)
        if lit and left > self.names and not self.is_second:
            self.lay_name(draft, "kernel", name, y)

    def _lay_tap(self, draft: Draft, key: Key, at: tuple[float, float], look: Look, lit: bool) -> None:
        lay_tile(draft, key, self.tints[key[3]], self.back.weights[key[3]], *at, look, lit)
