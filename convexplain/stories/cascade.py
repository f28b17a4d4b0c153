"""Three rows on one ruler: a signal, what the first of two layers makes of it, and what the second makes of that.

Between the rows a kernel hangs under what it reads, and its edges lead to what it makes; where there are but two rows
it is the one kernel, with its products. All rows have one unit, and room at their left for factors and at their right
for sums; the outputs stand at one height. This module knows two layers as numbers and pieces; which of it stands on
which board a story says.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

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
LOW_CARD, HIGH_CARD = 40.0, 54.0
"""The height of a card with nothing but numbers, on paper and in a film."""
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
        most: float = math.inf,
    ) -> Cascade:
        """Rows that fill the board but for what stands ``below`` them, in a unit of at most ``most``. Between rows
        there is room for a card and its edges, and where there are but two for products, too.
        """
        blank = cls(form, axis, pair, chain, m)
        values = {
            0: [chain.sample(i) for i in blank.samples],
            1: [chain.hidden(s, m, ends) for s in blank.places for ends in (True, False)],
            2: [value for t in blank.outputs for value in (chain.two(t), chain.one(t))],
        }
        taps = [] if 1 in rows else [*chain.effective]
        reach = [bench.extent(values[row]) for row in rows]
        low, pairs = bench.is_low(form), len(rows) - 1
        digits, gap = over(form), 8.0 if low else 10.0
        bottom = bench.bottom_of(form, (54.0 if low else 70.0) + below)  # the numbers of a library stand there
        total, card = sum(map(sum, reach)), sum(bench.extent(taps))
        zone = (LOW_CARD + 36.0 if low else HIGH_CARD + 66.0) if 1 in rows else 2 * MARGIN + (136.0 if low else 212.0)
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
        most: float = math.inf,
    ) -> Cascade:
        """Rows near an output, all that it reads in view, and what is around it where there is room."""
        seed = cls(form, Axis((), 0, 0, 0), pair, chain, m)
        middle = seed.window(step)
        samples = [chain.reads(0, s, k) for s in middle for k in range(chain.layers[0].kernel_size)]
        needed = [*samples, *map(seed.middle_place, middle), seed.output_place(step)]
        reach = max(needed) - min(needed)
        axis = Axis.near(Draft(form), needed, len(chain.x), CLOSE if reach < CLOSE else WIDE)
        return cls.fit(form, ruled(form, axis), pair, chain, m, rows, below, most)

    def beyond(self, step: int, chain: Chain, m: int, most: float) -> Cascade:
        """The whole signal with the zeros at its ends, where an output of other settings reads beyond the end of the
        level between, of its channel ``m``; of a long one as many places as there are.
        """
        seed = replace(self, chain=chain)
        first = chain.start(step)
        needed = {
            *range(first, first + chain.span),
            seed.output_place(step),
            *map(seed.middle_place, seed.window(step)),
        }
        low, high = min(needed), max(needed)
        whole = range(
            min(chain.start(0), 0, low), max(chain.start(chain.steps - 1) + chain.span, len(chain.x), high + 1)
        )
        if len(whole) <= CLOSE:
            low, high = whole[0], whole[-1]
        for _ in range(max(0, len(self.axis.steps) - (high - low + 1))):
            low, high = (low - 1, high) if high >= len(chain.x) - 1 else (low, high + 1)
        axis = ruled(self.form, replace(self.axis, steps=tuple(range(low, high + 1))), sums=False)
        return Cascade.fit(self.form, axis, self.pair, chain, m, (*self.feet,), most=most)

    # places

    def window(self, step: int) -> list[int]:
        """The steps between that an output reads."""
        return [self.chain.reads(1, step, k) for k in range(self.chain.layers[1].kernel_size)]

    def read(self, middle: Sequence[int]) -> list[int]:
        """The samples that some steps between read."""
        taps = range(self.chain.layers[0].kernel_size)
        return sorted({self.chain.reads(0, s, k) for s in middle if 0 <= s < self.chain.middle for k in taps})

    def zeros(self, middle: Sequence[int]) -> list[int]:
        """The places beyond the samples that some steps between read."""
        return [i for i in self.read(middle) if not 0 <= i < len(self.chain.x)]

    def lay_ruler(self, draft: Draft) -> None:
        """The ruler; with strides it counts samples alone."""
        pieces.ruler(draft, self.axis, "*i*" if self.output_place(1) != 1 else "*t*")
        if self.axis.pitch > 60:  # the places of the zeros, too
            for step in [step for step in self.axis.shown if not 0 <= step < self.axis.length]:
                said = str(step).replace("-", style.MINUS)
                draft.put("ruler", ("ruler", step), words(said, self.axis.x(step), pieces.RULER, SMALL, "quiet"))

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
        """The key of a bar of a row. Under other settings a number that is made of the same samples stays itself,
        wherever it then stands; one that they change has its own key: the old leaves, then it comes.
        """
        if row == 0:
            return self.pair.sample_key(step)
        told, lower, other = self.pair.chain, self.chain.layers[0], ""
        if self.chain not in (told, self.pair.told):
            whole, steps = replace(self, chain=told), range((told.middle, told.steps)[row - 1])
            same = next((s for s in steps if whole._reads(row, s) == self._reads(row, step)), None)
            if same is not None and whole._made(row, same) == self._made(row, step):
                step = same
            else:
                other = f" {lower.padding if lower.is_linear else 'relu'}"
        return (f"y{self.pair.level - 2 + row}{other}", (self.m, self.pair.filter)[row - 1], step)

    def _reads(self, row: int, step: int) -> int:
        """The first sample that a number is made of."""
        return self.chain.start(step) if row == 2 else self.chain.reads(0, step, 0)

    def _made(self, row: int, step: int) -> Fraction:
        return self.chain.two(step) if row == 2 else self.chain.hidden(step, self.m)

    def edge(self, layer: int, step: int, k: int) -> Key:
        """The key of an edge of the first (0) or the second (1) layer."""
        return ("edge", self.pair.level - 1 + layer, step, k, self.m)

    def replacing(self, draft: Draft, last: Collection[Key], goes: float, after: float = 0.4) -> list[Cue]:
        """What of the ``last`` board is not told any more stands until the beat at which it ``goes``; the others move,
        and ``after`` so many seconds of that all else comes, a number after its bar.
        """
        told = [key for key, mark in draft.marks.items() if key[0] not in ("ruler", "caption") and mark.rides is None]
        cues = [Cue(tuple(key for key in last if key not in draft.marks), beat=goes)]
        cues.append(Cue(tuple(key for key in told if key in last), beat=motion.MOVE))
        return [*cues, Cue(tuple(key for key in told if key not in last), beat=motion.MOVE, after=after)]

    def staged(self) -> Cue:
        """The one kernel slides with its card; what it reads and makes moves at the same time."""
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

    def lay_zeros(self, draft: Draft, steps: Iterable[int], row: int = 0) -> None:
        """The zeros that are read beyond the ends of a row."""
        for step in steps:
            place = self.middle_place(step) if row else step
            if self.axis.has(place):
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

    def lay_ghost(self, draft: Draft, step: int, number: Number, role: Role) -> None:
        """A number of the level between that is not there: a dashed outline."""
        x, foot = self.axis.x(self.middle_place(step)), self.feet[1]
        ghost = bar(role, x, foot, self.axis.bar, float(number.value) * self.unit, hollow=True, size=3, dash=9.0)
        draft.put("ghost", (*self.key(1, step), "ghost"), ghost)

    def lay_outputs(
        self,
        draft: Draft,
        made: Collection[int] | None = None,
        full: Mapping[int, Number] | None = None,
        lit: Collection[int] | None = None,
    ) -> None:
        """What the two layers give, those that are ``made`` or all; ``full`` numbers where others are to be seen.
        Those not ``lit`` are stems.
        """
        numbers = full or {t: self.pair.output(self.chain.two(t)) for t in self.outputs}
        bars = {t: (self.output_place(t), numbers[t]) for t in self.outputs if made is None or t in made}
        self._row(draft, 2, "output *y*", bars, "output", lit)

    @property
    def pair_width(self) -> float:
        """How wide each of two bars is that stand side by side."""
        return min(0.8 * self.axis.widest, 0.38 * self.axis.pitch)

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
        if widest * SMALL + 5 > narrowest(self.axis):
            return 0.0
        fits = widest * TEXT + 16 <= self.axis.pitch and not bench.is_low(self.form)
        return TEXT if fits else SMALL

    # kernels

    def ends(self, layer: int, step: int, k: int) -> tuple[tuple[float, float], tuple[float, float]]:
        """Where an edge begins and ends: under the card of its kernel, and over what is made."""
        start = self.axis.x(self.place_of(layer, step, k))
        end = self.axis.x(self.output_place(step) if layer else self.middle_place(step))
        high, low = self.zones[layer]
        return (start, high + self.card), (end, low)

    @property
    def card(self) -> float:
        """The height of a card with nothing but numbers."""
        return LOW_CARD if bench.is_low(self.form) else HIGH_CARD

    def lay_kernel(self, draft: Draft, layer: int, step: int, first: int = 0) -> None:
        """The kernel of layer 0 or 1 as a card under what ``step`` reads, with its taps as factors, and its edges.
        That of layer 0 is the copy that tap ``first`` of the second kernel reads.
        """
        steps = range(self.chain.layers[layer].kernel_size)
        taken = edges.at_rest(steps, 1)
        shown = [k for k in taken if self.axis.has(self.place_of(layer, step, k))]
        number = self.pair.second if layer else self.pair.first
        roles: dict[int, Role] = {k: second_role(self.pair, self.m, k) for k in steps} if layer else {}
        own = first_role(self.pair, self.m)
        factors = {k: bench.factor(number(self.m, k)) for k in shown}
        size = self.size([*factors.values()])
        high, half = self.zones[layer][0], 0.46 * self.axis.pitch
        xs = {k: self.axis.x(self.place_of(layer, step, k)) for k in shown}
        name: Key = ("layer", layer + 1)
        pieces.name(draft, name, f"kernel {layer + 1}", high + self.card / 2 + 11, roles.get(0, own))
        if not shown:
            return
        left, right = min(xs.values()) - half, max(xs.values()) + half
        card = plate(roles.get(0, own), left, high, right, high + self.card, light=CARD, z=-3)
        draft.put("card", ("card", "kernel", 2) if layer else ("card", "copy", first), card)
        drawn = []
        for k in shown:
            if size:
                key: Key = ("kernel", 2, self.m, k) if layer else ("copy", self.m, first, k)
                said = words(factors[k], xs[k], card.y, size, "ink", about=number(self.m, k).about)
                draft.put("digits", (*key, "digits"), said)
            drawn.append(Edge(self.edge(layer, step, k), roles.get(k, own), *self.ends(layer, step, k)))
        edges.lay(draft, drawn, gap=6)

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
        reach = [float(value) for t in under for value in (self.chain.one(t), self.chain.two(t))]
        low = self.feet[2] - max(0.0, *reach) * self.unit
        aside = self.pair_width / 2 + 4 if step in self.chain.differing else 0.0
        end = (self.axis.x(place) + aside, low - (50.0 if bench.is_low(self.form) else 74.0))
        for j, (tap, product, x) in enumerate(zip(taps, made, xs, strict=True)):
            own: Key = ("effective", j)
            pieces.column(draft, own, tap, x, foot, self.axis.bar, self.unit, "ink", True, bricks)
            edge: Key = ("edge", "one", step, j)
            if size:
                factor = pieces.digits(draft, own, factors[j], size=size)
                if tap.value < 0:  # its brackets reach lower than digits
                    draft.change([(*own, "digits")], y=factor.y - 8)
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


def over(form: Format) -> float:
    """The room for the numbers over a row."""
    return 40.0 if bench.is_low(form) else 52.0


def ruled(form: Format, axis: Axis, sums: bool = True) -> Axis:
    """An axis with room at its left for factors and at its right for ``sums``."""
    narrow = form.is_narrow
    left = form.names + (72.0 if narrow else FACTORS)
    room = form.width - form.margin - sums * (84.0 if narrow else VALUES) - left
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
