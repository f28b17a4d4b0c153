"""Three rows on one ruler: a signal, what the first of two layers makes of it, and what the second makes of that.

Between the rows lie the edges of both layers, and where a story says so, the card of a kernel cuts a fan of them. All
three rows have one unit. This module knows two layers as numbers and pieces; which of it stands on which board a story
says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import NamedTuple

from convexplain import style
from convexplain.board import edges, motion, pieces
from convexplain.board.edges import Edge
from convexplain.board.marks import CARD, COLUMN, DIGIT, FULL, SMALL, TEXT, Cue, Draft, Format, Key, Role, bar, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench
from convexplain.stories.pair import Chain, Pair

CLOSE, WIDE = 9, 24
"""The most places of an axis where numbers stand, and where only bars do."""
MARGIN = 20.0
"""From a tap to the edge of its card."""


class CardTap(NamedTuple):
    """A tap of a card: the step of the ruler of what it reads, and the product that it makes."""

    place: int
    key: Key
    weight: Number
    role: Role
    product: Number
    edge: Key


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
    ) -> Cascade:
        """Rows that fill the board but for what stands ``below`` them. Between rows there is room for edges, and where
        there are but two for a card and its products. Where the signal is to be ``turned`` over there is room for that
        in place of the edges.
        """
        blank = cls(form, axis, pair, chain, m)
        values = {
            0: [chain.sample(i) for i in blank.samples],
            1: [chain.hidden(s, m, ends) for s in blank.places for ends in (True, False)],
            2: [value for t in blank.outputs for value in (chain.two(t), chain.one(t))],
        }
        if turned:
            values = {row: [*own, *(-value for value in own)] for row, own in values.items()}
        taps = [*chain.first[m], *chain.second[m]] if 1 in rows else [*chain.effective]
        reach = [bench.extent(values[row]) for row in rows]
        low, pairs = bench.is_low(form), len(rows) - 1
        digits, gap = (42.0, 12.0) if low else (62.0, 22.0)
        # Under a last row of outputs stands what the one kernel gives where it differs.
        top, bottom = 84.0, bench.bottom_of(form, (48.0 if low else 72.0) + below)
        total = sum(map(sum, reach))
        card = sum(bench.extent(taps)) if len(rows) == 2 else 0.0
        zone = (58.0 if low else 128.0) if len(rows) > 2 else 2 * MARGIN + (136.0 if low else 220.0)
        zone = zone if not turned else 0.0
        room = bottom - top - pairs * (zone + 2 * gap) - len(rows) * digits
        unit = bench.unit_of(room, total + card, [value for row in rows for value in values[row]] + taps)
        zone += card * unit
        spare = max(0.0, room - unit * (total + card)) / max(1, pairs)
        y = top
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
    ) -> Cascade:
        """Rows near an output, all that it reads in view, and what is around it where there is room."""
        seed = cls(form, Axis((), 0, 0, 0), pair, chain, m)
        middle = seed.window(step)
        samples = [chain.reads(0, s, k) for s in middle for k in range(chain.layers[0].kernel_size)]
        needed = [*samples, *map(seed.middle_place, middle), seed.output_place(step)]
        reach = max(needed) - min(needed)
        most = CLOSE if reach < CLOSE else WIDE
        axis = Axis.near(Draft(form), needed, len(chain.x), most)
        first = chain.reads(0, 0, 0)
        if first < 0 in axis.steps and len(axis.steps) - first <= CLOSE:  # the zeros before the signal as well
            axis = Axis.over(Draft(form), [*range(first, 0), *(step for step in axis.shown if step >= 0)], len(chain.x))
        return cls.fit(form, axis, pair, chain, m, rows, below, turned)

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

    def weight(self, layer: int, k: int) -> Key:
        """The key of a tap."""
        return ("kernel", layer + 1, self.m, k)

    def staged(self) -> Cue:
        """Bars and cards of one board go, move and come at one time: no board is empty on the way to the next."""
        kernels = [self.weight(layer, k) for layer in (0, 1) for k in range(self.chain.layers[layer].kernel_size)]
        kernels += [("effective", j) for j in range(self.chain.span)]
        bars = [*kernels, *(self.key(row, step) for row in range(3) for step in self.axis.shown)]
        cards: list[Key] = [("card", 1), ("card", 2), ("card", "one")]
        lines = [("baseline", *key) for key in (*cards, *(("row", row) for row in range(3)))]
        return Cue((*((*key, "bar") for key in bars), *cards, *lines), beat=motion.MOVE)

    # rows

    def lay_samples(self, draft: Draft, lit: Collection[int] | None = None) -> None:
        """The signal."""
        numbers = {i: self.pair.x(i) for i in self.samples}
        for i, number in numbers.items():
            if number.value != self.chain.sample(i):
                numbers[i] = self.pair.hidden(self.chain.sample(i), 2)
        self._row(draft, 0, "input *x*", {i: (i, number) for i, number in numbers.items()}, "sample", lit)

    def lay_zeros(self, draft: Draft, row: int, read: Collection[int] = ()) -> None:
        """The zeros of the padding in view: of the signal (0) all that the first layer reads, and those that are
        ``read`` besides; of the level between (1) those.
        """
        length = self.chain.middle if row else len(self.chain.x)
        steps = set(read)
        if not row:
            taps = range(self.chain.layers[0].kernel_size)
            steps |= {self.chain.reads(0, s, k) for s in range(self.chain.middle) for k in taps}
        for step in sorted(steps):
            place = self.middle_place(step) if row else step
            if not 0 <= step < length and self.axis.has(place):
                key: Key = ("beyond", row, step)
                x, foot = self.axis.x(place), self.feet[row]
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

    def lay_ghost(self, draft: Draft, step: int, number: Number, role: Role, said: bool = False) -> None:
        """A number of the level between that is not there: a dashed outline."""
        x, foot = self.axis.x(self.middle_place(step)), self.feet[1]
        ghost = bar(role, x, foot, self.axis.bar, float(number.value) * self.unit, hollow=True, size=3, dash=9.0)
        draft.put("ghost", (*self.key(1, step), "ghost"), ghost)
        if said and (size := self.size([number.text])):
            y = min(ghost.top, foot) - 14 - DIGIT * size / 2
            draft.put("ghost", (*self.key(1, step), "ghost", "digits"), words(number.text, x, y, size, role))

    def lay_outputs(
        self, draft: Draft, lit: Collection[int] | None = None, full: Mapping[int, Number] | None = None
    ) -> None:
        """What the two layers give; ``full`` numbers where others are to be seen."""
        numbers = full or {t: self.pair.output(self.chain.two(t)) for t in self.outputs}
        bars = {t: (self.output_place(t), numbers[t]) for t in self.outputs}
        self._row(draft, 2, "output *y*", bars, "output", lit)

    def lay_one(self, draft: Draft, given: Mapping[int, Number], named: bool = False) -> None:
        """An outline where the one kernel gives another output than the two layers, ``given`` by step, and its number
        below; or, ``named``, both numbers beside their ends with what gives them.
        """
        size = self.size([number.text for number in given.values()])
        for t, number in given.items():
            x, foot, filled = self.axis.x(self.output_place(t)), self.feet[2], draft.marks[(*self.key(2, t), "bar")]
            rise = float(number.value) * self.unit
            outline = bar("differs", x, foot, self.axis.bar + 22, rise or 4.0, hollow=True, size=4)
            draft.put("one", ("one", t, "bar"), outline)
            if not size:
                continue
            own, digits = ("one", t, "digits"), (*self.key(2, t), "digits")
            if not named:
                y = max(foot, outline.bottom, filled.bottom) + 14 + DIGIT * size / 2
                draft.put("one", own, words(number.text, x, y, size, "differs", rides=("one", t, "bar")))
                continue
            said = {own: (f"{number.text} one kernel", outline.tip), digits: ("", filled.tip)}
            said[digits] = (f"{draft.marks[digits].text} two layers", filled.tip)
            high, low = sorted(said, key=lambda key: said[key][1])
            y = min(said[high][1], said[low][1] - 1.1 * size, foot - 1.5 * size)
            for key, at in ((high, y), (low, max(said[low][1], y + 1.1 * size))):
                role = "differs" if key == own else "ink"
                mark = words(said[key][0], outline.right + 20, at, size, role, align=-1, rides=(*key[:-1], "bar"))
                draft.marks[key] = mark

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
            pieces.column(draft, key, number, self.axis.x(place), foot, self.axis.bar, self.unit, role, meant, bricks)
            if meant and size:
                pieces.digits(draft, key, number.text, size=size)

    def size(self, texts: Collection[str]) -> float:
        """The size of numbers over their columns; 0 where they have no room in the narrowest format."""
        widest = max((advance(runs_of(text)) for text in texts), default=0.0)
        if widest * SMALL + 10 > (COLUMN.width - COLUMN.margin - COLUMN.names) / len(self.axis.steps):
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

    def lay_edges(
        self,
        draft: Draft,
        layer: int,
        lit: Collection[tuple[int, int]],
        dashed: Collection[tuple[int, int]] = (),
        rest: bool = True,
    ) -> None:
        """The edges of a layer: those ``lit`` (step, k), the others at rest or not at all; ``dashed`` ones lead to or
        from what is not there.
        """
        steps = self.places if layer == 0 else self.outputs
        inside = [step for step in steps if layer or 0 <= step < self.chain.middle]
        taps = range(self.chain.layers[layer].kernel_size)
        taken = edges.at_rest(taps, len(inside))
        wanted = [(step, k) for step in inside for k in taken]
        drawn = []
        for step, k in dict.fromkeys([*wanted, *lit, *dashed]):
            source = self.chain.reads(layer, step, k)
            outside = not 0 <= source < (self.chain.middle if layer else len(self.chain.x))
            if (outside or not rest) and (step, k) not in lit and (step, k) not in dashed:
                continue
            if not self.axis.has(self.place_of(layer, step, k)):
                continue
            role = second_role(self.pair, self.m, k) if layer else first_role(self.pair, self.m)
            start, end = self.ends(layer, step, k)
            drawn.append(Edge(self.edge(layer, step, k), role, start, end, (step, k) in dashed))
        keys = [self.edge(layer, *pair) for pair in (*lit, *dashed)]
        edges.lay(draft, drawn, keys, gap=6, size=5.0)
        if len(drawn) > edges.MANY:
            draft.change([edge.key for edge in drawn if edge.key not in keys], light=0.4)

    def lay_card(self, draft: Draft, layer: int, step: int, makes: bool = False) -> list[Cue]:
        """The kernel of a layer as a card under the numbers that one of its outputs reads, tap under number, the
        products below it, and their edges to the output. How it comes about is returned; what it ``makes`` comes last,
        where it is not there yet.
        """
        taps = range(self.chain.layers[layer].kernel_size)
        reads = [self.chain.reads(layer, step, k) for k in taps]
        role = first_role(self.pair, self.m) if not layer else middle_role(self.pair, self.m)
        role = "kernel" if layer and len(self.pair.middles) == 1 else role
        readings = []
        for k, read in zip(taps, reads, strict=True):
            tint = second_role(self.pair, self.m, k) if layer else first_role(self.pair, self.m)
            weight = self.pair.second(self.m, k) if layer else self.pair.first(self.m, k)
            value = self.chain.hidden(read, self.m) if layer else self.chain.sample(read)
            product = self.pair.output(value * weight.value) if layer else self.pair.hidden(value * weight.value)
            at = self.place_of(layer, step, k)
            readings.append(CardTap(at, self.weight(layer, k), weight, tint, product, self.edge(layer, step, k)))
        place = self.output_place(step) if layer else self.middle_place(step)
        made = self.key(layer + 1, step) if makes else None
        low = self._over(self.chain.two(step) if layer else self.chain.hidden(step, self.m, ends=False), layer + 1)
        return self._card(draft, ("card", layer + 1), f"kernel {layer + 1}", role, readings, (place, low), made)

    def _over(self, value: Fraction, row: int) -> float:
        """Where a fan ends over a bar of a row and its number."""
        return self.feet[row] - max(0.0, float(value)) * self.unit - (50.0 if bench.is_low(self.form) else 74.0)

    def lay_one_card(self, draft: Draft, step: int, makes: bool = False) -> list[Cue]:
        """The one kernel as a card under the samples that an output reads, its products and its edges to the output."""
        readings = []
        for j in range(self.chain.span):
            i, weight = self.chain.start(step) + j, self.pair.effective(j)
            product = self.pair.output(weight.value * self.chain.sample(i))
            readings.append(CardTap(i, ("effective", j), weight, "ink", product, ("edge", "one", step, j)))
        place, made = self.output_place(step), ("one", step) if makes else None
        # The fan reaches down to its output where no number of another one lies under it.
        under = [t for t in self.outputs if place <= self.output_place(t) < place + self.chain.span]
        under = [t for t in under if t == step or (*self.key(2, t), "digits") in draft.marks]
        low = self.zones[max(self.zones)][1] if makes else self._over(max(map(self.chain.two, under)), 2)
        return self._card(draft, ("card", "one"), "one kernel", "ink", readings, (place, low), made)

    def _card(
        self,
        draft: Draft,
        key: Key,
        name: str,
        role: Role,
        readings: Sequence[CardTap],
        to: tuple[int, float],
        made: Key | None,
    ) -> list[Cue]:
        """What is read, on a card; how it comes about is returned: products, edges ``to`` a place and a height, and
        last what they have ``made``. Nothing when places are out of view.
        """
        if not all(self.axis.has(reading.place) for reading in readings):
            return []
        xs = [self.axis.x(reading.place) for reading in readings]
        up, down = (self.unit * reach for reach in bench.extent(reading.weight.value for reading in readings))
        high, place, low = self.zones[max(self.zones)][0], *to
        factors = [bench.factor(reading.weight) for reading in readings]
        products = [style.signed(reading.product.text) if reading.product.value else "0" for reading in readings]
        size = self.size([*factors, *products])
        foot = high + MARGIN + (size + 6 if size else 0) + up
        bottom = foot + down + MARGIN
        widths = [max(0.9 * self.axis.pitch, advance(runs_of(factor)) * size + 32) / 2 for factor in factors]
        left, right = xs[0] - widths[0], min(xs[-1] + widths[-1], self.form.width - 4)
        card = plate(role, left, high, right, bottom, light=CARD, z=-2.5)
        draft.put("card", key, card)
        pieces.name(draft, key, name, foot, role)
        pieces.baseline(draft, key, card.left + 14, card.right - 14, foot, role)
        draft.change([("baseline", *key)], light=0.5)
        bricks = all(reading.weight.value.denominator == 1 for reading in readings)
        start, end = bottom + (size + 20 if size else 0), (self.axis.x(place), low)
        drawn = []
        for reading, factor, product, x in zip(readings, factors, products, xs, strict=True):
            own = reading.key
            pieces.column(draft, own, reading.weight, x, foot, self.axis.bar, self.unit, reading.role, True, bricks)
            if size:
                pieces.digits(draft, own, factor, size=size)
                mark = words(product, x, bottom + 16 + DIGIT * size / 2, size)
                draft.put("product", ("product", *reading.edge, "digits"), mark)
            drawn.append(Edge(reading.edge, reading.role, (x, start), end, not reading.product.value))
        edges.lay(draft, drawn, None, gap=6, size=4.0)
        cues = [self.staged()]
        cues += [
            Cue((("product", *reading.edge),), beat=motion.ENTER + min(3, n)) for n, reading in enumerate(readings)
        ]
        cues.append(Cue(tuple(reading.edge for reading in readings), beat=motion.ENTER + 4))
        return [*cues, Cue((made,), beat=motion.ENTER + 5)] if made else cues

    def place_of(self, layer: int, step: int, k: int) -> int:
        """The step of the ruler of what a tap reads."""
        source = self.chain.reads(layer, step, k)
        return self.middle_place(source) if layer else source


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
