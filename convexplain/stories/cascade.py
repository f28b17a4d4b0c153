"""Three rows on one ruler: a signal, what the first of two layers makes of it, and what the second makes of that.

Between the rows lie the edges of both layers, and where a story says so, the card of a kernel cuts a fan of them. All
three rows have one unit. This module knows two layers as numbers and pieces; which of it stands on which board a story
says.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from convexplain.board import edges, pieces
from convexplain.board.edges import Edge
from convexplain.board.marks import CARD, COLUMN, DIGIT, FULL, SMALL, TEXT, Draft, Format, Key, Role, bar, line, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench
from convexplain.stories.pair import Chain, Pair

CLOSE, WIDE = 9, 24
"""The most places of an axis where numbers stand, and where only bars do."""
MARGIN = 20.0
"""From a tap to the edge of its card."""


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
    ) -> Cascade:
        """Rows that fill the board but for what stands ``below`` them. Between rows there is room for edges, and for a
        card where there are but two.
        """
        blank = cls(form, axis, pair, chain, m)
        values = {
            0: [chain.sample(i) for i in blank.samples],
            1: [chain.hidden(s, m, ends) for s in blank.places for ends in (True, False)],
            2: [value for t in blank.outputs for value in (chain.two(t), chain.one(t))],
        }
        taps = [*chain.first[m], *chain.second[m]] if 1 in rows else [*chain.effective]
        reach = [bench.extent(values[row]) for row in rows]
        low, pairs = bench.is_low(form), len(rows) - 1
        digits, gap = (42.0, 12.0) if low else (62.0, 22.0)
        # Under a last row of outputs stands what the one kernel gives where it differs.
        top, bottom = 84.0, bench.bottom_of(form, (48.0 if low else 72.0) + below)
        total = sum(map(sum, reach))
        card = sum(bench.extent(taps)) if len(rows) == 2 else 0.0
        zone = (58.0 if low else 128.0) if len(rows) > 2 else 2 * MARGIN + (100.0 if low else 160.0)
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
        around: bool = True,
    ) -> Cascade:
        """Rows near an output, all that it reads in view, and what is ``around`` it where there is room."""
        seed = cls(form, Axis((), 0, 0, 0), pair, chain, m)
        middle = seed.window(step)
        samples = [chain.reads(0, s, k) for s in middle for k in range(chain.layers[0].kernel_size)]
        needed = [*samples, *map(seed.middle_place, middle), seed.output_place(step)]
        reach = max(needed) - min(needed)
        most = (CLOSE if reach < CLOSE else WIDE) if around else reach + 1
        return cls.fit(form, Axis.near(Draft(form), needed, len(chain.x), most), pair, chain, m, rows, below)

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

    def lay_ruler(self, draft: Draft, output: int | None = None) -> None:
        """The ruler; with ``output`` that step is lit. With strides it counts samples alone, and nothing is lit."""
        spread = self.output_place(1) != 1
        lit = [] if spread or output is None else [output]
        pieces.ruler(draft, self.axis, "*i*" if spread else "*t*", lit)

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

    # rows

    def lay_samples(self, draft: Draft, lit: Collection[int] | None = None) -> None:
        """The signal."""
        self._row(draft, 0, "input *x*", {i: (i, self.pair.x(i)) for i in self.samples}, "sample", lit)

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

    def lay_one(self, draft: Draft, lit: Collection[int] | None = None) -> None:
        """An outline around each output, as high as the one kernel has it; where they differ in another colour, with
        its number below.
        """
        wrong = [self.pair.output(self.chain.one(t)) for t in self.outputs if self.chain.one(t) != self.chain.two(t)]
        size = self.size([number.text for number in wrong])
        for t in self.outputs if lit is None else lit:
            number, x, foot = self.pair.output(self.chain.one(t)), self.axis.x(self.output_place(t)), self.feet[2]
            differs = self.chain.one(t) != self.chain.two(t)
            rise = float(number.value) * self.unit
            rise += 9.0 if rise > 0 else -9.0 if rise < 0 else 4.0
            role = "differs" if differs else "quiet"
            outline = bar(role, x, foot, self.axis.bar + 22, rise, hollow=True, size=4)
            draft.put("one", ("one", t, "bar"), outline)
            filled, digits = draft.marks[(*self.key(2, t), "bar")], (*self.key(2, t), "digits")
            if digits in draft.marks and outline.top < filled.top:
                draft.change([digits], y=draft.marks[digits].y - (filled.top - outline.top))
            if differs and size:
                y = max(foot, outline.bottom, filled.bottom) + 14 + DIGIT * size / 2
                draft.put(
                    "one", ("one", t, "digits"), words(number.text, x, y, size, "differs", rides=("one", t, "bar"))
                )

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
        pieces.name(draft, ("row", row), name, foot)
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

    def lay_card(self, draft: Draft, layer: int, step: int) -> None:
        """The kernel of a layer as a card under the numbers that one of its outputs reads, tap under number; the edges
        of that output begin below it.
        """
        taps = range(self.chain.layers[layer].kernel_size)
        places = [self.place_of(layer, step, k) for k in taps]
        numbers = [self.pair.second(self.m, k) if layer else self.pair.first(self.m, k) for k in taps]
        tints = [second_role(self.pair, self.m, k) if layer else first_role(self.pair, self.m) for k in taps]
        role: Role = tints[0] if not layer else "kernel" if len(self.pair.middles) == 1 else f"channel {self.m}"
        keys = [self.weight(layer, k) for k in taps]
        kernel = list(zip(keys, numbers, tints, strict=True))
        bottom = self._card(draft, ("card", layer + 1), f"kernel {layer + 1}", role, places, kernel, layer)
        for k in taps:
            if bottom and (edge := self.edge(layer, step, k)) in draft.marks:
                moved = draft.marks[edge]
                points = (self.axis.x(places[k]), bottom + 6, *moved.points[2:])
                draft.marks[edge] = line(moved.role, *points, size=moved.size, z=moved.z)

    def lay_one_card(self, draft: Draft, step: int) -> None:
        """The one kernel as a card under the samples that an output reads, and its edges to the output."""
        places = [self.chain.start(step) + j for j in range(self.chain.span)]
        taps = [(("effective", j), self.pair.effective(j), "ink") for j in range(self.chain.span)]
        bottom = self._card(draft, ("card", "one"), "one kernel", "ink", places, taps, 1)
        if bottom:
            end = (self.axis.x(self.output_place(step)), self.zones[1][1])
            drawn = [
                Edge(("edge", "one", step, j), "ink", (self.axis.x(place), bottom), end)
                for j, place in enumerate(places)
            ]
            edges.lay(draft, drawn, None, gap=6, size=4.0)

    def _card(
        self,
        draft: Draft,
        key: Key,
        name: str,
        role: Role,
        places: Sequence[int],
        taps: Sequence[tuple[Key, Number, Role]],
        zone: int,
    ) -> float:
        """Taps (key, number, role) under their places of the ruler, on a card; its lower end, or 0 when places are out
        of view.
        """
        if not all(map(self.axis.has, places)):
            return 0.0
        xs, numbers = [self.axis.x(place) for place in places], [number for _, number, _ in taps]
        up, down = (self.unit * reach for reach in bench.extent(number.value for number in numbers))
        high, _ = self.zones[zone]
        size = self.size([bench.factor(number) for number in numbers])
        foot = high + MARGIN + (size + 6 if size else 0) + up
        bottom, half = foot + down + MARGIN, 0.45 * self.axis.pitch
        card = plate(role, xs[0] - half, high, xs[-1] + half, bottom, light=CARD, z=-0.5, corner="left")
        draft.put("card", key, card)
        pieces.name(draft, key, name, foot, role)
        bricks = all(number.value.denominator == 1 for number in numbers)
        for (own, number, tint), x in zip(taps, xs, strict=True):
            pieces.column(draft, own, number, x, foot, self.axis.bar, self.unit, tint, True, bricks)
            if size:
                pieces.digits(draft, own, bench.factor(number), size=size)
        return bottom

    def lay_factors(self, draft: Draft, layer: int, pairs: Sequence[tuple[int, int]]) -> None:
        """The taps of one edge or two (step, k), as factors on their outer sides."""
        pairs = [pair for pair in pairs if self.edge(layer, *pair) in draft.marks]
        numbers = [self.pair.second(self.m, k) if layer else self.pair.first(self.m, k) for _, k in pairs]
        size = self.size([bench.factor(number) for number in numbers])
        if not size or len(pairs) > 2:
            return
        ends = [self.ends(layer, *pair) for pair in pairs]
        for pair, number, (start, end) in zip(pairs, numbers, ends, strict=True):
            x, y = edges.between(start, end, 0.5)
            side = -1 if any(start[0] + end[0] < other[0] + below[0] for other, below in ends) else 1
            slant = (start[0] > end[0]) - (start[0] < end[0])
            at = (x + 20 * side, y + 12 * side * slant)
            text = words(bench.factor(number), *at, size, "ink", align=-side, about=number.about)
            draft.put("factor", (*self.edge(layer, *pair), "factor"), text)

    def place_of(self, layer: int, step: int, k: int) -> int:
        """The step of the ruler of what a tap reads."""
        source = self.chain.reads(layer, step, k)
        return self.middle_place(source) if layer else source

    def lay_nothing(self, draft: Draft, step: int, said: bool = True) -> None:
        """The zero that the second layer reads where the first has no output."""
        x, foot = self.axis.x(self.middle_place(step)), self.feet[1]
        edges.empty(draft, ("beyond", step), x, foot, lit=False)
        draft.change([("beyond", step, "place")], role="ink" if said else "quiet", light=FULL)
        if said:
            draft.put("beyond", ("beyond", step, "zero"), words("0", x, foot - 40, TEXT, "ink"))


def first_role(pair: Pair, m: int) -> Role:
    """The role of the first kernel, which reads the samples: a hue that nothing else has, or its channel's."""
    return "channel 2" if len(pair.middles) == 1 else (f"channel {m}", "ink", 0.5)


def middle_role(pair: Pair, m: int) -> Role:
    """The role of a channel between the layers."""
    return "sample" if len(pair.middles) == 1 else f"channel {m}"


def second_role(pair: Pair, m: int, k: int) -> Role:
    """The role of a tap of the second kernel, and of the copy that it makes."""
    taps = pair.chain.layers[1].kernel_size
    if len(pair.middles) == 1:
        return edges.tint(k, taps)
    return (f"channel {m}", "ink", round(0.6 * k / max(1, taps - 1), 3))
