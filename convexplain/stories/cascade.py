"""Three rows on one ruler: a signal, what the first of two layers makes of it, and what the second makes of that.

Between the rows lie the edges of both layers; or, where there are but two rows, the card of the one kernel and what it
makes. All rows have one unit, and room at their left for factors and at their right for sums. This module knows two
layers as numbers and pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from convexplain import style
from convexplain.board import edges, motion, pieces
from convexplain.board.edges import Edge
from convexplain.board.marks import (
    CARD,
    COLUMN,
    DIGIT,
    FULL,
    PARTIAL,
    SMALL,
    TEXT,
    Cue,
    Draft,
    Format,
    Key,
    Role,
    bar,
    plate,
)
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench
from convexplain.stories.pair import Chain, Pair

CLOSE, WIDE = 9, 24
"""The most places of an axis where numbers stand, and where only bars do."""
MARGIN = 20.0
"""From a tap to the edge of its card."""
TOP = 84.0
"""Where the picture begins, below the ruler."""
FACTORS, VALUES = 84.0, 170.0
"""The room between the names and the first place, and right of the last one."""


@dataclass(frozen=True)
class Cascade:
    """Where the rows stand: their baselines, and above each but the first the beginning and the end of its edges."""

    form: Format
    axis: Axis
    pair: Pair
    chain: Chain
    m: int
    """The middle channel that is shown."""
    unit: float = 1.0
    feet: Mapping[int, float] = field(default_factory=dict)
    """The baselines of the rows that stand: 0 the signal, 1 the level between, 2 the outputs."""
    zones: Mapping[int, tuple[float, float]] = field(default_factory=dict)
    """Where the edges of layer 0 and 1 begin and end, where both their rows stand."""

    @classmethod
    def fit(
        cls,
        form: Format,
        axis: Axis,
        pair: Pair,
        chain: Chain,
        m: int,
        rows: Sequence[int] = (0, 1, 2),
        below: float = 0.0,
        turned: bool = False,
        most: float = math.inf,
    ) -> Cascade:
        """Rows that fill the board but for what stands ``below`` them, in a unit of at most ``most``. Between rows
        there is room for edges, and where there are but two for a card and its products. Where the signal is to be
        ``turned`` over there is room for that in place of the edges.
        """
        blank = cls(form, axis, pair, chain, m)
        values = {
            0: [chain.sample(i) for i in blank.samples],
            1: [chain.hidden(s, m, ends) for s in blank.places for ends in (True, False)],
            2: [value for t in blank.outputs for value in (chain.two(t), chain.one(t))],
        }
        if turned:
            over = replace(blank, chain=chain.turned)
            values[0] += [-value for value in values[0]]
            values[1] += [over.chain.hidden(s, m, ends) for s in blank.places for ends in (True, False)]
            values[2] = [value for t in blank.outputs for value in (-chain.two(t), over.chain.two(t))]
        taps = [*chain.first[m], *chain.second[m]] if 1 in rows else [*chain.effective]
        reach = [bench.extent(values[row]) for row in rows]
        low, pairs = bench.is_low(form), len(rows) - 1
        digits, gap = (42.0, 12.0) if low else (58.0, 18.0)
        # Under a last row of outputs stands what the one kernel gives where it differs.
        bottom = bench.bottom_of(form, (28.0 if low else 44.0) + below)
        total = sum(map(sum, reach))
        card = sum(bench.extent(taps)) if len(rows) == 2 else 0.0
        bottom -= (40.0 if low else 38.0) if len(rows) == 2 else 0.0  # the numbers of a library stand there
        zone = (52.0 if low else 96.0) if len(rows) > 2 else 2 * MARGIN + (136.0 if low else 212.0)
        zone = zone if not turned else 0.0
        room = bottom - TOP - pairs * (zone + 2 * gap) - len(rows) * digits
        unit = min(most, bench.unit_of(room, total + card, [value for row in rows for value in values[row]] + taps))
        zone += card * unit
        spare = max(0.0, room - unit * (total + card)) / max(1, pairs)
        y = TOP
        feet: dict[int, float] = {}
        zones: dict[int, tuple[float, float]] = {}
        for row, (up, down) in zip(rows, reach, strict=True):
            if feet:
                zones[row - 1] = (y + gap, y + gap + zone + spare)
                y += 2 * gap + zone + spare
            y += digits + up * unit
            feet[row] = y
            y += down * unit
        return replace(blank, unit=unit, feet=feet, zones=zones)

    @classmethod
    def near(
        cls,
        form: Format,
        pair: Pair,
        chain: Chain,
        step: int,
        m: int,
        rows: Sequence[int] = (0, 1, 2),
        below: float = 0.0,
        turned: bool = False,
        most: float = math.inf,
    ) -> Cascade:
        """Rows near an output, all that it reads in view, and what is around it where there is room."""
        seed = cls(form, Axis((), 0, 0, 0), pair, chain, m)
        middle = seed.window(step)
        samples = [chain.reads(0, s, k) for s in middle for k in range(chain.layers[0].kernel_size)]
        needed = [*samples, *map(seed.middle_place, middle), seed.output_place(step)]
        reach = max(needed) - min(needed)
        axis = Axis.near(Draft(form), needed, len(chain.x), CLOSE if reach < CLOSE else WIDE)
        return cls.fit(form, ruled(form, axis), pair, chain, m, rows, below, turned, most)

    def beyond(self, step: int, chain: Chain) -> Cascade:
        """As many places in the same width, where an output of other settings reads beyond the end of the level
        between.
        """
        seed = replace(self, chain=chain)
        first = chain.start(step)
        needed = {*range(first, first + chain.span), seed.output_place(step)}
        low, high = min(needed), max(needed)
        for _ in range(max(0, len(self.axis.steps) - (high - low + 1))):
            low, high = (low - 1, high) if high >= len(chain.x) - 1 else (low, high + 1)
        return replace(seed, axis=ruled(self.form, replace(self.axis, steps=tuple(range(low, high + 1)))))

    # places

    def window(self, step: int) -> list[int]:
        """The steps between that an output reads."""
        return [self.chain.reads(1, step, k) for k in range(self.chain.layers[1].kernel_size)]

    def upper(self, step: int) -> list[tuple[int, int]]:
        """The edges of an output, (step, k)."""
        return [(step, k) for k in range(self.chain.layers[1].kernel_size)]

    def lower(self, middle: Sequence[int]) -> list[tuple[int, int]]:
        """The edges of some steps between, (step, k)."""
        taps = range(self.chain.layers[0].kernel_size)
        return [(s, k) for s in middle if 0 <= s < self.chain.middle for k in taps]

    def read(self, middle: Sequence[int]) -> list[int]:
        """The samples that some steps between read."""
        return sorted({self.chain.reads(0, s, k) for s, k in self.lower(middle)})

    def lay_ruler(self, draft: Draft) -> None:
        """The ruler; with strides it counts samples alone."""
        pieces.ruler(draft, self.axis, "*i*" if self.output_place(1) != 1 else "*t*")

    def middle_place(self, step: int) -> int:
        """The step of the ruler under which a step of the level between stands."""
        return self.chain.reads(0, step, 0) - self.chain.reads(0, 0, 0)

    def output_place(self, step: int) -> int:
        """The step of the ruler under which an output stands."""
        return self.middle_place(self.chain.reads(1, step, 0) - self.chain.reads(1, 0, 0))

    @property
    def samples(self) -> list[int]:
        """The samples in view."""
        return [i for i in self.axis.shown if 0 <= i < len(self.chain.x)]

    @property
    def places(self) -> list[int]:
        """The steps between that are in view, those beyond the ends that an output reads among them."""
        read = {self.chain.reads(1, t, k) for t in self.outputs for k in range(self.chain.layers[1].kernel_size)}
        inside = {s for s in range(self.chain.middle) if self.axis.has(self.middle_place(s))}
        return sorted(inside | {s for s in read if self.axis.has(self.middle_place(s))})

    @property
    def outputs(self) -> list[int]:
        """The outputs in view."""
        return [t for t in range(self.chain.steps) if self.axis.has(self.output_place(t))]

    def outer(self, step: int) -> tuple[int, int]:
        """The first and the last output whose samples are all in view; ``step`` where there is none."""
        span = range(self.chain.span)
        whole = [t for t in self.outputs if all(self.axis.has(self.chain.start(t) + j) for j in span)]
        return (whole[0], whole[-1]) if whole else (step, step)

    # keys and roles

    def key(self, row: int, step: int) -> Key:
        """The key of a bar of a row."""
        if row == 0:
            return self.pair.sample_key(step)
        return (f"y{self.pair.level - 2 + row}", (self.m, self.pair.filter)[row - 1], step)

    def edge(self, layer: int, step: int, k: int) -> Key:
        """The key of an edge of the first (0) or the second (1) layer."""
        return ("edge", self.pair.level - 1 + layer, step, k, self.m)

    def staged(self) -> Cue:
        """Bars and cards of one board go, move and come at one time: no board is empty on the way to the next."""
        kernel: list[Key] = [("effective", j) for j in range(self.chain.span)]
        bars = [*kernel, *(self.key(row, step) for row in range(3) for step in self.axis.shown)]
        lines: list[Key] = [("baseline", "card", "one"), *(("baseline", "row", row) for row in range(3))]
        return Cue((*((*key, "bar") for key in bars), ("card", "one"), *lines), beat=motion.MOVE)

    # rows

    def lay_samples(self, draft: Draft, lit: Collection[int] | None = None) -> None:
        """The signal."""
        numbers = {i: self.pair.x(i) for i in self.samples}
        for i, number in numbers.items():
            if number.value != self.chain.sample(i):
                numbers[i] = self.pair.hidden(self.chain.sample(i), 2)
        self._row(draft, 0, "input *x*", {i: (i, number) for i, number in numbers.items()}, "sample", lit)

    def lay_zeros(self, draft: Draft, steps: Iterable[int]) -> None:
        """The zeros that are read where there are no samples."""
        for step in steps:
            if self.axis.has(step):
                key: Key = ("beyond", 0, step)
                x, foot = self.axis.x(step), self.feet[0]
                edges.empty(draft, key, x, foot, lit=False)
                draft.change([(*key, "place")], role="ink", light=FULL)
                size = self.size(["0"]) or SMALL
                draft.put("beyond", (*key, "zero"), words("0", x, foot - 20 - DIGIT * size / 2, size, "ink"))

    def lay_middle(self, draft: Draft, lit: Collection[int] | None = None, cut: bool = False) -> None:
        """The level between; with ``cut`` what a relu makes of it, with an outline of what it takes away."""
        role = middle_role(self.pair, self.m)
        inside = [s for s in self.places if 0 <= s < self.chain.middle]
        numbers = {s: self.pair.hidden(self.chain.hidden(s, self.m, ends=cut)) for s in inside}
        self._row(
            draft, 1, "middle *h*", {s: (self.middle_place(s), number) for s, number in numbers.items()}, role, lit
        )
        if cut:
            for s in inside:
                whole = self.pair.hidden(self.chain.hidden(s, self.m, ends=False))
                if whole.value < 0:
                    self.lay_ghost(draft, s, whole, role)

    def lay_ghost(self, draft: Draft, step: int, number: Number, role: Role) -> None:
        """A number of the level between that is not there: a dashed outline."""
        x, foot = self.axis.x(self.middle_place(step)), self.feet[1]
        ghost = bar(role, x, foot, self.axis.bar, float(number.value) * self.unit, hollow=True, size=3, dash=9.0)
        draft.put("ghost", (*self.key(1, step), "ghost"), ghost)

    def lay_outputs(
        self, draft: Draft, lit: Collection[int] | None = None, full: Mapping[int, Number] | None = None
    ) -> None:
        """What the two layers give; ``full`` numbers where others are to be seen."""
        numbers = full or {t: self.pair.output(self.chain.two(t)) for t in self.outputs}
        bars = {t: (self.output_place(t), numbers[t]) for t in self.outputs}
        self._row(draft, 2, "output *y*", bars, "output", lit)

    def lay_one(self, draft: Draft, given: Mapping[int, Number], solid: bool = False) -> None:
        """What one kernel gives where it is another output than that of the two layers, ``given`` by step, with its
        number: an outline or, where it is meant itself, a ``solid`` bar. Outputs that are not there turn into it.
        """
        size = self.size([number.text for number in given.values()])
        for t, number in given.items():
            x, foot, own = self.axis.x(self.output_place(t)), self.feet[2], (*self.key(2, t), "bar")
            rise, filled = float(number.value) * self.unit or 4.0, draft.marks.get(own)
            whole = number.value.denominator == 1 and number.value != 0
            look: dict[str, Any] = (
                {"light": 0.6, "unit": self.unit * whole, "z": -0.5} if solid else {"hollow": True, "size": 4}
            )
            outline = bar("differs", x, foot, self.axis.bar + 22 * (not solid), rise, **look)
            draft.put("one", ("one", t, "bar"), outline if filled else outline.at(copy_of=own))
            if size:
                y = max(foot, outline.bottom, filled.bottom if filled else foot) + 14 + DIGIT * size / 2
                said = words(number.text, x, y, size, "differs", rides=("one", t, "bar"))
                draft.put("one", ("one", t, "digits"), said)

    def lay_asked(self, draft: Draft, asked: Mapping[int, Fraction], who: str, written: bool) -> None:
        """What a library gave for some outputs: its numbers ``written`` below their bars, or dots beside their tips."""
        texts = {t: self.pair.output(number).text for t, number in asked.items()} if written else {}
        size = self.size([*texts.values()])
        down = max((draft.marks[(*self.key(2, t), "bar")].bottom for t in asked), default=0.0)
        y = max(self.feet[2], down) + 14 + DIGIT * TEXT / 2
        for t, number in asked.items():
            mark = draft.marks[(*self.key(2, t), "bar")]
            if texts and size:
                draft.put("compared", ("compared", t), words(texts[t], mark.x, y, size, "lit"))
                continue
            pieces.compared(draft, ("compared", t), mark.right + 22, self.feet[2] - float(number) * self.unit)
            draft.change([("compared", t)], role="lit", width=22.0, height=22.0)
        if asked:
            draft.put("name", ("name", "compared"), words(who, self.form.margin, y, SMALL, "lit", align=-1))

    def _row(
        self,
        draft: Draft,
        row: int,
        name: str,
        bars: Mapping[int, tuple[int, Number]],
        role: Role,
        lit: Collection[int] | None,
    ) -> None:
        foot = self.feet[row]
        pieces.baseline(draft, ("row", row), self.axis.left, self.axis.right, foot)
        pieces.name(draft, ("row", row), name, foot, "ink")
        texts = [number.text for _, number in bars.values()]
        size = self.size(texts)
        bricks = all(number.value.denominator == 1 for _, number in bars.values())
        for step, (place, number) in bars.items():
            key, meant = self.key(row, step), lit is None or step in lit
            x, into = self.axis.x(place), (*key, "digits")  # where a bar is gone its number may be told elsewhere
            pieces.column(draft, key, number, x, foot, self.axis.bar, self.unit, role, meant, bricks, goes_into=into)
            if meant and size:
                pieces.digits(draft, key, number.text, size=size)

    def size(self, texts: Collection[str]) -> float:
        """The size of numbers over their columns; 0 where they have no room in the narrowest format."""
        widest = max((advance(runs_of(text)) for text in texts), default=0.0)
        if widest * SMALL + 10 > narrowest(self.axis):
            return 0.0
        fits = widest * TEXT + 16 <= self.axis.pitch and not bench.is_low(self.form)
        return TEXT if fits else SMALL

    # edges

    def ends(self, layer: int, step: int, k: int) -> tuple[tuple[float, float], tuple[float, float]]:
        """Where an edge begins and ends."""
        start = self.axis.x(self.place_of(layer, step, k))
        end = self.axis.x(self.output_place(step) if layer else self.middle_place(step))
        high, low = self.zones[layer]
        return (start, high), (end, low)

    def lay_edges(self, draft: Draft, layer: int, lit: Collection[tuple[int, int]] | None = None) -> None:
        """The edges of a layer: those ``lit`` (step, k), or all; of very many those at either end of their fans."""
        steps = self.places if layer == 0 else self.outputs
        inside = [step for step in steps if layer or 0 <= step < self.chain.middle]
        taken = edges.at_rest(range(self.chain.layers[layer].kernel_size), len(inside))
        drawn = []
        for step, k in lit if lit is not None else [(step, k) for step in inside for k in taken]:
            source = self.chain.reads(layer, step, k)
            outside = not 0 <= source < (self.chain.middle if layer else len(self.chain.x))
            if (outside and lit is None) or not self.axis.has(self.place_of(layer, step, k)):
                continue
            role = second_role(self.pair, self.m, k) if layer else first_role(self.pair, self.m)
            drawn.append(Edge(self.edge(layer, step, k), role, *self.ends(layer, step, k), outside))
        few = len(drawn) <= edges.MANY
        edges.lay(draft, drawn, gap=4, size=(6.0 if lit is not None else 4.0) if few else edges.THIN)

    def lay_layers(self, draft: Draft) -> None:
        """The names of both layers, each beside its edges."""
        for layer, role in enumerate((first_role(self.pair, self.m), second_role(self.pair, self.m, 0))):
            pieces.name(draft, ("layer", layer), f"layer {layer + 1}", sum(self.zones[layer]) / 2 + 12, role)

    def products(self, step: int) -> list[Number]:
        """The products of the one kernel, where it makes an output."""
        start, taps = self.chain.start(step), enumerate(self.chain.effective)
        return [self.pair.output(weight * self.chain.sample(start + j)) for j, weight in taps]

    def lay_one_card(self, draft: Draft, step: int) -> list[Cue]:
        """The one kernel as a card under the samples that an output reads, tap under sample, its products below it,
        and their edges to the output. How it comes about is returned; nothing when places are out of view.
        """
        places = [self.chain.start(step) + j for j in range(self.chain.span)]
        if not all(self.axis.has(place) for place in places):
            return []
        xs, taps = [self.axis.x(place) for place in places], [self.pair.effective(j) for j in range(self.chain.span)]
        made = self.products(step)
        up, down = (self.unit * reach for reach in bench.extent(tap.value for tap in taps))
        high = self.zones[max(self.zones)][0]
        factors = [bench.factor(tap) for tap in taps]
        products = [style.signed(product.text) if product.value else "0" for product in made]
        size = self.size([*factors, *products])
        fits = max(advance(runs_of(text)) for text in products) * PARTIAL + 24 <= self.axis.pitch
        large = PARTIAL if size == TEXT and fits else size
        foot = high + MARGIN + (size + 6 if size else 0) + up
        bottom = foot + down + MARGIN
        half = 0.46 * self.axis.pitch
        card = plate("ink", xs[0] - half, high, xs[-1] + half, bottom, light=CARD, z=-2.5)
        draft.put("card", ("card", "one"), card)
        pieces.name(draft, ("card", "one"), "one kernel", foot, "ink")
        pieces.baseline(draft, ("card", "one"), card.left + 14, card.right - 14, foot, "ink")
        draft.change([("baseline", "card", "one")], light=0.5)
        bricks, drawn = all(tap.value.denominator == 1 for tap in taps), []
        # The fan reaches down to its output where no number of another one lies under it.
        place = self.output_place(step)
        under = [t for t in self.outputs if place <= self.output_place(t) < place + self.chain.span]
        under = [t for t in under if t == step or (*self.key(2, t), "digits") in draft.marks]
        low = self.feet[2] - max(0.0, *(float(self.chain.two(t)) for t in under)) * self.unit
        end = (self.axis.x(place), low - (50.0 if bench.is_low(self.form) else 74.0))
        for j, (tap, product, x) in enumerate(zip(taps, made, xs, strict=True)):
            own: Key = ("effective", j)
            pieces.column(draft, own, tap, x, foot, self.axis.bar, self.unit, "ink", True, bricks)
            edge: Key = ("edge", "one", step, j)
            if size:
                pieces.digits(draft, own, factors[j], size=size)
                mark = words(products[j], x, bottom + 16 + DIGIT * large / 2, large)
                draft.put("product", ("product", *edge, "digits"), mark)
            start = (x, bottom + (DIGIT * large + 34 if size else 0))
            drawn.append(Edge(edge, "ink", start, end, not product.value))
        edges.lay(draft, drawn, None, gap=6, size=5.0)
        cues = [self.staged()]
        cues += [Cue((("product", *edge.key),), beat=motion.ENTER + min(3, n)) for n, edge in enumerate(drawn)]
        return [*cues, Cue(tuple(edge.key for edge in drawn), beat=motion.ENTER + 4)]

    def place_of(self, layer: int, step: int, k: int) -> int:
        """The step of the ruler of what a tap reads."""
        source = self.chain.reads(layer, step, k)
        return self.middle_place(source) if layer else source


def ruled(form: Format, axis: Axis) -> Axis:
    """An axis with room at its left for factors and at its right for sums."""
    narrow = form.is_narrow
    left = form.names + (72.0 if narrow else FACTORS)
    room = form.width - form.margin - (84.0 if narrow else VALUES) - left
    return replace(axis, left=left, pitch=min(310.0, room * axis.pitch / (axis.right - axis.left)))


def narrowest(axis: Axis) -> float:
    """The width of a place where the same axis stands in a column of a page."""
    return ruled(COLUMN, axis).pitch


def first_role(pair: Pair, m: int) -> Role:
    """The role of the first kernel, which reads the samples: a hue that nothing else has, or its channel's."""
    return "channel 2" if len(pair.middles) == 1 else (f"channel {m}", "ink", 0.5)


def middle_role(pair: Pair, m: int) -> Role:
    """The role of a channel between the layers."""
    return "sample" if len(pair.middles) == 1 else f"channel {m}"


def second_role(pair: Pair, m: int, k: int) -> Role:
    """The role of a tap of the second kernel, and of the product that it makes."""
    taps = pair.chain.layers[1].kernel_size
    if len(pair.middles) == 1:
        return "kernel"
    return (f"channel {m}", "ink", round(0.6 * k / max(1, taps - 1), 3))
