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
from itertools import product, starmap
from typing import Self, TypeAlias

from convexplain.board import pieces
from convexplain.board.marks import CARD, DIGIT, FULL, SMALL, Draft, Format, Key, plate
from convexplain.board.text import words
from convexplain.stories import bench, phrases
from convexplain.stories.both_ways import edges
from convexplain.stories.both_ways.edges import Edge
from convexplain.stories.both_ways.nodes import BEHIND, STANDS, TALL, Look, Part, lay_node, lay_thread, lay_tile
from convexplain.stories.both_ways.reading import REACH, Card, Fan, Reading, Row, plus, widest
from convexplain.stories.script import Script

DIM, HEAD = 0.3, 24.0
"""The light of a bar that is not meant now, and how long the head of a line is that is read."""
SIGNAL, FALL, LARGEST = 0.22, 0.075, 90.0
"""Of the picture's height, how high rows of bars are, and how far the result is from the factors; and the most units a
brick is high.
"""
LARGER, MOST = 1.3, 24
"""So many times as large at most is what is seen by itself; and so many taps at most rest on their edges."""
Lit: TypeAlias = "Collection[int] | None"
"""The steps that are meant; all when None."""


class Trellis(Reading):
    """Where rows, edges and the card stand: the ``base`` of bars, ``high`` and ``low``, at which edges begin and end,
    and how high a ``node`` is; ``ahead`` by themselves, then as a ``whole`` with the later layers, and ``back``, where
    the gradient stands in place of the samples and lines are read ``up``, from the factors. ``clear`` of the ends are
    the edges; so far along them ``lies`` the card, whose tiles have a ``look``; those at ``rests`` lie on all edges.
    The card on a sample is named ``by`` two words. ``sink`` is where the result stands, ``place`` which picture it is.
    """

    least: Trellis
    by, up, lies, place = ("turned", "kernel"), False, REACH, 0

    def __init__(self, script: Script, form: Format) -> None:
        super().__init__(script, form)
        self.tints = [edges.tint(k, self.layer.kernel_size) for k in range(self.layer.kernel_size)]
        self.near, self.clear, self.gap = (far * self.tight for far in (12.0, 22.0, 16.0))
        self.sized = 0.85 * self.large
        self.dot = min(30.0 * self.tight, 0.6 * self.layer.strides * self.axis.pitch)
        self._measure_heights()
        self.first, self.last = self.least.first, self.least.last
        self.look = self._look()
        if not self.look.number:  # numbers are worth more than an end
            self.first, self.last = None, self.i
            self.look = self._look()
        self.rests = self._rests()

    # sizes

    def _measure_heights(self) -> None:
        """Where rows stand. Samples and gradient share a baseline."""
        told = self.x.numbers[self.i].value
        self.is_seen_to_grow = self.back.is_whole and told >= 0
        samples = *(one.value for one in self.x.numbers.values()), told + self.is_seen_to_grow
        rows = bench.extent(samples), bench.extent(one.value for one in self.slopes.numbers.values())
        self.top, self.ground = pieces.RULER + 1.6 * self.text, bench.bottom_of(self.form, 46.0 * self.tight)
        self.chip, high = TALL * self.size or 0.54 * self.text, self.ground - self.top
        self.node = TALL * self.size if self.values or self.changes else self.dot
        room, most, tiny = SIGNAL * high, LARGEST if self.back.is_whole else math.inf, 1e-99
        units = [min(most, room / (sum(row) + tiny)) for row in rows]
        (up, down), (rise, falls) = ([unit * far for far in row] for unit, row in zip(units, rows, strict=True))
        share = min(1.0, room / (max(up, rise) + max(down, falls) + tiny))
        self.units = {self.x.key: share * units[0], self.slopes.key: share * units[1]}
        self.base = self.top + 22 + DIGIT * self.large + share * max(up, rise)
        later = self.node + self.gap + self.chip + FALL * high + TALL * self.sized
        alone, whole = self.ground - self.node - 1.8 * self.text, self.ground - later
        self.seen = {"whole": (share * down, whole), "back": (share * falls, whole + self.node + self.gap)}
        self.high, self.low = self.base + share * down, alone
        xs = [self.x_of(False, t) for t in self.outputs]
        self.sink = sum(xs) / len(xs), self.ground - TALL * self.sized / 2

    def standing(self, name: str) -> Self:
        """Where rows stand on other boards."""
        own, (falls, own.low) = copy(self), self.seen[name]
        own.high, own.up = self.base + falls, name == "back"
        own.node, own.gap = (0.0, 0.0) if own.up else (self.node, self.gap)
        return own

    def _look(self) -> Look:
        """The look of the tiles on cards: as large as there is room for, and small without a number."""
        slid = [self.slid[i] for i in (self.first, self.last) if i is not None]
        xs = [self.tap_at(card, *edge)[0] for card in (self.ahead, self.turned, *slid) for edge in card.fan]
        beside = 2 * min([min(x, self.form.width - x) for x in xs]) - 2 * self.near - 4
        room = min(self.layer.dilation_rate * self.axis.pitch * REACH - 8, 0.8 * self.axis.pitch, beside)
        for is_factor, size in product([True, False], [0.85 * self.large, self.text, SMALL]):
            look = Look(0.0, 1.25 * size, size, is_factor)
            width = widest(map(look.text, self.back.weights)) * size + 13
            alike = self.least is self or (self.least.look.number and self.least.look.is_factor == is_factor)
            if width <= room and alike:
                return look._replace(width=min(max(width + 8, 2 * size), room))
        return Look(max(2.0, min(36.0, 0.8 * room)), 0.54 * self.text)

    def _rests(self) -> Look | None:
        """The look of the tiles on the edges of all outputs, and at which ``shares`` of these they lie: around each
        output, or where they have no room there, each k at its own height; None where they have no room at all.
        """
        count, size, pitch = len(self.tints), self.form.small, self.axis.pitch
        wide = widest(f"×{weight.text}" for weight in self.back.weights)
        few = count <= 3 and count * len(self.outputs) <= MOST and self.look.number
        fits = self.least.rests if self.least is not self else 0.9 * wide * size + 8 <= self.layer.strides * pitch
        leans = [abs(self.x_of(True, i) - self.x_of(False, self.t)) for i in self.back.reads(self.t)]
        if max(leans) < 1.1 * pitch and wide * self.text + 12 <= 0.46 * pitch:
            most = max(self.text, min(0.8 * self.large, (0.43 * pitch - 12) / wide))
            self.shares, look = [0.4 if lean < 1 else 0.75 for lean in leans], (12, 1.25 * most, most)
        else:
            self.shares = [(1 + k / max(1, count - 1)) / 3 for k in range(count)]
            look = 8, size + (size - SMALL) / 2, max(SMALL, 0.9 * size)
        return Look(wide * look[2] + look[0], *look[1:], self.look.is_factor) if few and fits else None

    # places

    def end_of(self, above: bool, step: int) -> tuple[float, float]:
        """Where the edges of a sample begin, or those of an output end."""
        return self.x_of(above, step), self.high if above else self.low

    def tap_at(self, card: Card, t: int, k: int) -> tuple[float, float]:
        """The middle of a tap on a card."""
        share = 1 - self.lies if card.ahead else self.lies
        return edges.between(self.end_of(True, self.back.source(t, k)), self.end_of(False, t), share)

    def lay_name(self, draft: Draft, key: str, markup: str, y: float) -> None:
        """The name of a row, about the height y, once: at the left margin, or in a second picture beside the row."""
        if self.place:
            end = max(mark.right for mark in draft.marks.values() if mark.top < y < mark.bottom)
            mark = words(markup, end + 24.0, y, self.form.small, "quiet", -1)
            if mark.right < self.form.width - 8:
                draft.put("name", ("name", "beside", key), mark)
        elif ("name", key) not in draft.marks:
            pieces.name(draft, (key,), markup, y + 0.34 * self.form.small)

    def alone(self, card: Card, place: int, count: int) -> Trellis:
        """A card and what it joins by themselves, larger, in the middle of one of ``count`` parts of the board where
        they have room.
        """
        own, (outputs, _) = copy(self), zip(*card.fan, strict=True) if card.fan else ((), ())
        own.samples = [i for i in self.samples if i in {self.back.source(*edge) for edge in card.fan}]
        own.outputs = [t for t in self.outputs if t in outputs]
        own.base = own.high = self.top + 24.0 * self.tight
        own.low, own.clear, own.up = self.ground - 1.1 * self.chip, 2 * self.clear, not card.ahead
        own.dot, own.node, own.gap, own.place = min(40.0 * self.tight, 0.6 * self.axis.pitch), 0.0, 0.0, place
        part, (left, right) = (self.form.width - 2 * self.names) / count, own.reach(card)
        larger = min(LARGER, 0.95 * part / (right - left))
        if larger >= 1:
            (width, height, number, is_factor), own.axis = self.look, replace(self.axis, pitch=larger * self.axis.pitch)
            if larger * number * 0.5 / REACH >= SMALL:  # in the middle of lines, both kernels at one height
                own.lies, larger = 0.5, larger * 0.5 / REACH
            own.look = Look(larger * width, larger * height, larger * number, is_factor)
            left, right = own.reach(card)
            own.axis = replace(own.axis, left=own.axis.left + self.names + (place + 0.5) * part - (left + right) / 2)
        return own

    def is_left_of(self, other: Trellis) -> bool:
        """Whether all its ends are, above and below."""
        rows = ((True, self.samples, other.samples), (False, self.outputs, other.outputs))
        return all(self.x_of(up, i) < other.x_of(up, j) for up, own, theirs in rows for i, j in product(own, theirs))

    def reach(self, card: Card) -> tuple[float, float]:
        """Where a card and its edges begin and end, from left to right."""
        half = self.look.width / 2 + self.near
        taps = [self.tap_at(card, *edge)[0] for edge in card.fan] or [0.0]
        ends = [self.x_of(*end) for t, k in card.fan for end in ((True, self.back.source(t, k)), (False, t))] or [0.0]
        return min(min(taps) - half, min(ends) - self.dot), max(max(taps) + half, max(ends) + self.dot)

    # rows

    def lay_row(self, draft: Draft, row: Row, lit: Lit, there: Lit = None) -> None:
        """Bars in their places, those that are ``there``, with their numbers; what is not lit is dim."""
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
            size = self.size if parts else self.dot
            lay_node(draft, ("node", "below", t), self.x_of(False, t), y, size, parts, lit is None or t in lit)

    def lay_factors(self, draft: Draft, lit: Lit = None) -> None:
        """The factors of outputs, as tiles under their nodes."""
        low, wide = self.low + self.node, widest(f"×{one.text}" for one in self.factors.values()) + 0.6
        y, look = low + self.gap + self.chip / 2, Look(max(wide * self.size, self.chip), self.chip, self.size, True)
        for t in self.outputs:
            x, meant = self.x_of(False, t), lit is None or t in lit
            lay_tile(draft, ("factor", t), "bias", self.factors[t], x, y, look, meant)
            if not self.up:
                lay_thread(draft, ("thread", t, "in"), (x, low - self.node / 2), (x, low + self.gap), meant)
        self.lay_name(draft, "factors", "factors", y)

    def lay_result(self, draft: Draft, lit: Lit = None, changed: bool = False) -> None:
        """What later layers make of all outputs, beside it how; or, where it has ``changed``, by how much."""
        (x, y), number = self.sink, self.slopes.numbers[self.i]
        parts: list[Part] = [(("result", "digits"), self.total, "ink")] * self.sums
        parts += [(("result", "change"), plus(number), "lit")] * (changed and self.grows)
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
        """A card on its edges, which then have heads, and all ``others``, thin, where they are few. What leads to no
        output ends in the air, or at its tap.
        """
        meant = [self.edge(*edge) for edge in card.fan]
        behind = [self.edge(*edge) for edge in others if not (card.ahead and edge in card.fan)]
        if not card.ahead:  # over the lines that stay it has its own, which slide with it
            for n, (t, k) in enumerate(card.fan):
                end = meant[n].end if self.names < meant[n].end[0] < self.form.width else self.tap_at(card, t, k)
                key, (start, end) = "up" if self.up else "turned", (meant[n].start, end)[:: -1 if self.up else 1]
                meant[n] = meant[n]._replace(key=("edge", 1, key, k), start=start, end=end)
        drawn, own = [*(behind if len(behind) <= edges.MANY else ()), *meant], {edge.key for edge in meant}
        edges.lay(draft, drawn, own, gap=self.clear, size=edges.THICK if len(meant) <= edges.MANY else edges.THIN)
        draft.change({edge.key for edge in drawn} - own, light=BEHIND)
        if card.name and card.fan:
            draft.change(own, head=HEAD)
            self._lay_taps(draft, card)

    # taps

    def lay_rest(self, draft: Draft, there: Fan, lit: Fan) -> None:
        """The taps on edges, some ``lit``, where there is room, each k at its own height: none covers another."""
        for t, k in there if self.rests else ():
            edge = self.edge(t, k)
            at = edges.between(edge.start, edge.end, self.shares[k])
            self._lay_tap(draft, ("w1", 0, 0, k, t), *at, self.rests or self.look, (t, k) in lit)

    def _lay_taps(self, draft: Draft, card: Card) -> None:
        """The kernel on a card, or turned over, each tap on its line."""
        places = {k: self.tap_at(card, t, k) for t, k in card.fan}
        for k, place in places.items():
            self._lay_tap(draft, card.tap(k), *place, self.look)
        xs, y = [x for x, _ in places.values()], next(iter(places.values()))[1]
        wide, high = self.look.width / 2 + self.near, self.look.height / 2 + self.near
        face = plate("kernel", min(xs) - wide, y - high, max(xs) + wide, y + high, light=CARD, z=-1.5)
        is_turned = not card.ahead and len(card.fan) > 1
        draft.put("card", ("card", card.name), face.at(hatch=bench.HATCHED * is_turned))
        if face.left > self.names and not self.place:
            over, name = self.by if is_turned else ("", "kernel")
            self.lay_name(draft, "kernel", name, y)
            if over:
                self.lay_name(draft, "turned", over, y - 1.1 * self.form.small)

    def _lay_tap(self, draft: Draft, key: Key, x: float, y: float, look: Look, lit: bool = True) -> None:
        lay_tile(draft, key, self.tints[key[3]], self.back.weights[key[3]], x, y, look, lit)

    def lay_veil(self, draft: Draft, card: Card) -> None:
        """What of a card is over the edge, and meets nothing, is dim."""
        places = {t: draft.marks[*card.tap(k), "tile"].x for t, k in card.fan}
        inside = [x for t, x in places.items() if 0 <= t < self.back.steps]
        beyond = [x for t, x in places.items() if not 0 <= t < self.back.steps]
        if inside and beyond:
            face, after = draft.marks["card", card.name], max(inside) < min(beyond)
            ends = (max(inside) + min(beyond), 2 * face.right) if after else (2 * face.left, max(beyond) + min(inside))
            look, side = {"role": "line", "light": 0.001, "alpha": 1 - STANDS}, "after" if after else "before"
            veil = plate("line", ends[0] / 2, face.top, ends[1] / 2, face.bottom, radius=0.0, z=2.0)
            draft.put("veil", ("veil", side), veil.at(**look))
            for k in (k for t, k in card.fan if not 0 <= t < self.back.steps):
                up = draft.marks["edge", 1, "up", k]
                draft.put("veil", ("cover", side, k), up.at(**look, size=up.size + 2, z=-0.5, about=None))
