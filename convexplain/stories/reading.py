"""What the boards of gradient_flip are laid out with: a layer read from both ends, on one trellis.

This module knows which output and which sample are told, on which axis, and the rows and the kernel of each reading;
what happens, in which order, the story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from convexplain.board import pieces
from convexplain.board.marks import COLUMN, PARTIAL, SMALL, TEXT, Draft, Format, Key, Mark, Role
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench, phrases, raised
from convexplain.stories.backward import Return
from convexplain.stories.script import Correlation, Script
from convexplain.stories.trellis import Addend, Reach, Trellis, half_of, names_of

CLOSE, FEW = 12, 9
"""The most places of an axis on which all samples are told, and the least of one on which only some are."""
UPSTREAM = "*g* = d*L*/d*y*"
SLOPE: Role = "channel 1"
"""Of what says how much the loss changes: a hue of its own, for it stands in the same rows as signal and output."""
MOST = 7
"""So many samples are told one by one."""
OTHERS = 3
"""So many outputs besides the told one."""


class Reading:
    """The script's output and a sample that it shares edges with, in one format."""

    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.back = script, form, script.backward
        self.t = script.cell.step
        self.part = self.reads(self.t)
        self.i = self.back.fullest(self.t)
        self.inside = self.inside_of(self.i)
        self.x = script.signal(self.part.source)
        axis = self._axis()
        seen = [i for i in axis.shown if i in self.x]
        above = [n.value for i in seen for n in (self.x[i], self.back.slope(i))]
        above += [level for i in seen for level in bench.levels(back.product.value for back in self.inside_of(i))]
        outputs = [t for t in range(self.back.steps) if axis.has(self.back.place(t))]
        below = [number.value for t in outputs for number in (self.y(t), self.back.upstream(t))]
        for t in (self.t, *self.others_on(axis)):
            below += bench.levels(tap.product.value for tap in self.reads(t).taps)
        whole = all(value.denominator == 1 for value in (*above, *below))
        self.at = Trellis.fit(form, axis, self.back, Reach(bench.extent(above), bench.extent(below)), whole)

    def _axis(self) -> Axis:
        """An axis of all samples and outputs, where there is room; else of what is told and steps around it."""
        draft, length = Draft(replace(self.form, names=self.form.margin + names_of(self.form))), self.back.samples
        told = [*(tap.step for tap in self.part.taps), self.i, self.back.place(self.t)]
        all_ = [*told, *range(length), *(self.back.place(t) for t in range(self.back.steps))]
        if max(all_) - min(all_) < CLOSE:
            return Axis.over(draft, range(min(all_), max(all_) + 1), length)
        told += [self.back.place(back.step) for back in self.inside]
        return Axis.near(draft, told, length, FEW)

    def reads(self, t: int) -> Correlation:
        """What an output reads, tap by tap."""
        (part,) = self.script.correlations(self.script.cell._replace(step=t))
        return part

    def others_on(self, axis: Axis) -> list[int]:
        """Outputs besides the told one whose edges are all on an axis: a few."""
        found = [t for t in range(self.back.steps) if t != self.t and axis.has(self.back.place(t))]
        return [t for t in found if all(axis.has(tap.step) for tap in self.reads(t).taps)][:OTHERS]

    def inside_of(self, i: int) -> list[Return]:
        """What comes back to a sample, from the first output that reads it to the last."""
        return sorted((back for back in self.back.returns(i) if not back.outside), key=lambda back: back.step)

    # keys and rows

    def y(self, t: int) -> Number:
        return self.script.output(t, self.script.cell.channel)

    def x_key(self, i: int) -> Key:
        return ("x", self.part.source, i)

    def y_key(self, t: int) -> Key:
        return (f"y{self.script.level}", self.script.cell.channel, t)

    def draft(
        self,
        caption: str,
        samples: Collection[int] | None = None,
        outputs: Collection[int] | None = None,
        beyond: Collection[int] = (),
    ) -> Draft:
        """A board with its words and the nodes of both rows: which ``samples`` and ``outputs`` are meant, and which
        nodes there are ``beyond`` the ends of the samples.
        """
        draft, at = Draft(self.form), self.at
        pieces.caption(draft, caption)
        if not at.is_numbered:
            pieces.ruler(draft, at.axis, "*i*", samples or ())
        at.lay_nodes(draft, True, [*at.samples, *beyond], samples)
        at.lay_nodes(draft, False, at.outputs, outputs)
        return draft

    def lay_x(self, draft: Draft, lit: Collection[int] | None = None) -> None:
        bars = {self.x_key(i): (i, self.x[i]) for i in self.at.samples}
        self.at.lay_row(draft, "top", "signal *x*", bars, "sample", lit)

    def lay_y(
        self, draft: Draft, steps: Collection[int], lit: Collection[int] | None = None, coming: Collection[int] = ()
    ) -> None:
        """The outputs of some ``steps``; those that are ``coming`` have empty places."""
        bars = {self.y_key(t): (t, self.y(t)) for t in steps}
        parents = {}
        for t in steps:
            sources = [self.back.source(t, k) for k in range(self.script.layer.kernel_size)]
            parents[self.y_key(t)] = tuple((*self.x_key(i), "bar") for i in sources if i in self.at.samples)
        among = [self.y(t).text for t in self.at.outputs]
        self.at.lay_row(draft, "bottom", "output *y*", bars, "output", lit, parents, among)
        self.at.lay_places(draft, [t for t in coming if t not in steps])

    def lay_g(self, draft: Draft, lit: Collection[int] | None = None) -> None:
        bars: Mapping[Key, tuple[int, Number]] = {("g", t): (t, self.back.upstream(t)) for t in self.at.outputs}
        self.at.lay_row(draft, "bottom", UPSTREAM, bars, SLOPE, lit)

    def lay_factors(self, draft: Draft, lit: Collection[int] | None = None) -> None:
        """What the outputs are multiplied by to make the loss."""
        numbers = {t: self.back.upstream(t) for t in self.at.outputs}
        self.at.lay_factors(draft, numbers, UPSTREAM, SLOPE, numbers if lit is None else lit)

    def lay_slopes(self, draft: Draft, steps: Iterable[int]) -> None:
        bars: Mapping[Key, tuple[int, Number]] = {("slope", i): (i, self.back.slope(i)) for i in steps}
        among = [self.back.slope(i).text for i in self.at.samples]
        self.at.lay_row(draft, "top", "d*L*/d*x*", bars, SLOPE, among=among)

    def lay_ahead(self, draft: Draft, at: Trellis, t: int) -> None:
        """Forward in a panel: an output, its fan, and what it reads."""
        taps = self.reads(t).taps
        fan = [(t, tap.k) for tap in taps]
        at.lay_nodes(draft, True, [tap.step for tap in taps])
        at.lay_nodes(draft, False, [t])
        samples = {(*self.x_key(tap.step), *at.more): (tap.step, tap.sample) for tap in taps}
        at.lay_row(draft, "top", "signal *x*", samples, "sample")
        at.lay_row(draft, "bottom", "output *y*", {(*self.y_key(t), *at.more): (t, self.y(t))}, "output")
        at.lay_edges(draft, fan)
        at.lay_taps(draft, fan, True)

    def lay_back(self, draft: Draft, at: Trellis) -> None:
        """Backward in a panel: the told sample, its fan, and what comes back to it."""
        steps = [step for step, _ in self.broom]
        at.lay_nodes(draft, True, [self.i])
        at.lay_nodes(draft, False, steps)
        at.lay_row(draft, "top", "d*L*/d*x*", {("slope", self.i): (self.i, self.back.slope(self.i))}, SLOPE)
        at.lay_row(draft, "bottom", UPSTREAM, {("g", t): (t, self.back.upstream(t)) for t in steps}, SLOPE)
        at.lay_edges(draft, self.broom)
        at.lay_taps(draft, self.broom, False)

    # fans

    @property
    def fan(self) -> list[tuple[int, int]]:
        """The edges of the told output."""
        return [(self.t, tap.k) for tap in self.part.taps]

    @property
    def outer(self) -> list[int]:
        """The places beyond the signal that the told output reads."""
        return [tap.step for tap in self.part.taps if tap.padded]

    @property
    def broom(self) -> list[tuple[int, int]]:
        """The edges of the told sample."""
        return [(back.step, back.k) for back in self.inside]

    def faced(self) -> int | None:
        """An output that reads the signal alone: the one with the told sample's number, or one near it."""
        whole = [t for t in range(self.back.steps) if not any(tap.padded for tap in self.reads(t).taps)]
        return min(whole, key=lambda t: abs(t - self.i), default=None)

    def halves(self, t: int) -> list[Trellis]:
        """A panel for the fan of an output, and one for that of the told sample."""
        ahead = [self.back.place(t), *(tap.step for tap in self.reads(t).taps)]
        back = [self.i, *(self.back.place(step) for step, _ in self.broom)]
        return Trellis.halves(self.at, [range(min(own), max(own) + 1) for own in (ahead, back)])

    @property
    def gaps(self) -> list[int]:
        """The places between outputs that strides leave empty."""
        taken = {self.back.place(t) for t in self.at.outputs}
        return [
            p for p in range(min(taken, default=0), max(taken, default=0)) if p not in taken and self.at.axis.has(p)
        ]

    @property
    def is_scaled(self) -> bool:
        """Whether a power of ten is left aside, so that rows cannot be compared number by number."""
        return bool(self.script.shown.power_level(self.script.level))

    def is_in_view(self, i: int) -> bool:
        """Whether some outputs read a sample, and all of them are in view."""
        found = self.inside_of(i)
        return bool(found) and all(self.at.axis.has(self.back.place(back.step)) for back in found)

    # sums

    def lay_returns(self, draft: Draft, i: int, slides: bool) -> None:
        """What comes back to a sample and adds up to its gradient, and the kernel, which ``slides`` there."""
        at = self.at
        found = [back for back in self.inside_of(i) if at.axis.has(self.back.place(back.step))]
        fan = [(back.step, back.k) for back in found]
        at.lay_edges(draft, fan, {k: at.edge(t, k) for t, k in self.broom} if slides else None)
        at.lay_taps(draft, fan, False)
        addends = []
        for back in found:
            g, weight = ("g", back.step, "bar"), (*at.weight(back.k), "tile")
            addends.append(Addend(("return", i, back.k), back.product, at.tint(back.k), g, (weight, g)))
        texts = [self.back.slope(n).text for n in at.samples]
        at.lay_sum(draft, True, i, addends, (("slope", i), self.back.slope(i)), SLOPE, texts)

    def lay_products(self, draft: Draft, t: int, slides: bool) -> None:
        """The edges and taps of an output, and the products that add up to it; the kernel ``slides`` there."""
        at, taps = self.at, self.reads(t).taps
        at.lay_edges(
            draft, [(t, tap.k) for tap in taps], {k: at.edge(step, k) for step, k in self.fan} if slides else None
        )
        at.lay_taps(draft, [(t, tap.k) for tap in taps], True)
        addends = []
        for tap in taps:
            sample, weight = (*self.x_key(tap.step), "bar"), (*at.weight(tap.k), "tile")
            if tap.padded:
                sample = ("nothing", True, tap.step, "bar")
            addends.append(Addend(("product", t, tap.k), tap.product, at.tint(tap.k), sample, (weight, sample)))
        texts = [self.y(n).text for n in at.outputs]
        at.lay_sum(draft, False, t, addends, (self.y_key(t), self.y(t)), "output", texts)

    def worked(self, pairs: Sequence[tuple[Number, Number]], total: Number) -> str:
        """A sum of products as it is worked out, where that is short: ``2 × 1 + 1 × 2 + 1 × (−1) = 3``."""
        if self.is_scaled or len(pairs) > 5:
            return ""
        said = " + ".join(f"{_inner(a, n)} × {_inner(b, 1)}" for n, (a, b) in enumerate(pairs)) + f" = {total.text}"
        return said if advance(runs_of(said)) <= 21.0 else ""

    def made(self, t: int) -> str:
        """An output as it is worked out."""
        return self.worked([(tap.sample, tap.weight) for tap in self.reads(t).taps], self.y(t))

    def sum_of(self, i: int) -> str:
        """A gradient as it is worked out."""
        return self.worked([(back.upstream, back.weight) for back in self.inside_of(i)], self.back.slope(i))

    def scipy(self) -> list[Fraction]:
        """What SciPy finds, for every sample; 0 for those that no output reads."""
        found = list(self.back.full[self.back.first :])[: self.back.samples]
        return [*found, *[Fraction(0)] * (self.back.samples - len(found))]

    def lay_found(self, draft: Draft, rows: Mapping[str, Sequence[Fraction]]) -> None:
        """What others find, one row a name, each number below the gradient that it is."""
        at = self.at
        numbers = {i: self.back.slope(i) for i in at.samples}
        size = at.size_of([number.text for number in numbers.values()])
        top, bottom = at.high + at.node, at.low + at.node
        for place, (who, found) in enumerate(rows.items()):
            y = top + (place + 1) * (bottom - top) / 3
            at.lay_name(draft, (who,), who, y)
            for i, number in numbers.items() if size else ():
                if found[i] == number.value:
                    mark = words(number.text, at.axis.x(i), y, size, about=number.about)
                    draft.put("check", (who, i), mark.at(made_of=(("slope", i, "bar"),)))

    # a little more

    def lower(self, said: str, changed: bool) -> Draft:
        """The told sample's edges, outputs, and what these are multiplied by to make the loss."""
        lit = [back.step for back in self.inside]
        draft = self.draft(said, [self.i], lit if changed else None)
        self.at.lay_edges(draft, self.broom)
        self.at.lay_taps(draft, self.broom, False)
        self.lay_x(draft, [self.i])
        self.lay_y(draft, self.at.outputs, lit if changed else None)
        self.lay_factors(draft, lit if changed else None)
        return draft

    def raising(self, said: str) -> Draft:
        """The told sample raised by a little, and the outputs that move with it."""
        draft, at = self.lower(said, True), self.at
        largest = max(float(abs(back.weight.value)) for back in self.inside)
        once = raised.little(self.form) / max(1.0, largest / 2)
        sample = self.x_key(self.i)
        raised.lay_more(draft, sample, at.bar, once)
        risen = {sample: f"{self.x[self.i].text} + *h*"}
        for back in self.inside:
            if back.weight.value:
                parents: tuple[Key, ...] = (("more", *sample),)
                raised.lay_more(draft, self.y_key(back.step), at.bar, once, back.weight.value, parents)
                risen[self.y_key(back.step)] = raised.risen(self.y(back.step), back.weight)
        size = at.size_of(risen.values())
        if size and not self.is_scaled:
            raised.lay_risen(draft, risen, size)
        return draft

    # formulas

    def lay_formula(self, draft: Draft, way: str) -> None:
        """The formula of a ``way`` to read, "ahead" or "back", in the line below the rows."""
        start = self.at.axis.left + 0.5 * (self.at.axis.pitch - self.at.bar)
        size = TEXT if bench.is_low(self.form) else PARTIAL
        self._lay_formulas(
            draft, {way: start}, self.form.width - self.form.margin - start - 12, size, ("ahead", "back")
        )

    def lay_formulas(self, draft: Draft, *ways: str) -> None:
        """Two formulas beside each other, each in its half."""
        half, margin = half_of(self.form), self.form.margin
        starts = dict(zip(ways, (margin, self.form.width - margin - half), strict=True))
        self._lay_formulas(draft, starts, half, TEXT, ways)

    def _lay_formulas(
        self, draft: Draft, starts: Mapping[str, float], room: float, largest: float, among: Sequence[str]
    ) -> None:
        """Formulas that begin at their ``starts``, as large as the longest of those ``among`` which they are told can
        be. Where several have no room beside each other in the narrowest format, they do not say which way is read.
        """
        layer, samples, at = self.script.layer, self.back.samples, self.at
        formulas = {
            "ahead": [pieces.Part("way", "forward: "), *phrases.layer_formula(layer, samples, channels=False)],
            "back": [pieces.Part("way", "backward: "), *phrases.gradient_formula(layer, samples)],
            "convolution": phrases.convolution_formula(),
        }
        if len(starts) > 1 and max(_reach(formulas[way], SMALL) for way in among) > half_of(COLUMN):
            formulas = {way: [part for part in parts if part.name != "way"] for way, parts in formulas.items()}
        reach = {size: max(_reach(formulas[way], size) for way in among) for size in (largest, TEXT, SMALL)}
        size = next((size for size in reach if reach[size] <= room), SMALL)
        for way, x in starts.items():
            for part in formulas[way]:
                mark = _set(part, size)
                lower = 0.3 * size if part.small else 0.0
                role = {"sign": "lit", "way": "quiet"}.get(part.name, "formula")
                said = mark.at(x=x + mark.width / 2, y=(at.factors + at.last) / 2 + lower, role=role)
                draft.put("formula", ("formula", way, part.name), said)
                x += mark.width


def _set(part: pieces.Part, size: float) -> Mark:
    """A sign of a formula, without its place."""
    return words(part.markup, 0, 0, SMALL if part.small else size)


def _reach(formula: Sequence[pieces.Part], size: float) -> float:
    """How far a formula reaches."""
    return sum(_set(part, size).width for part in formula)


def _inner(number: Number, place: int) -> str:
    """A factor, in brackets where its minus would stand behind another sign."""
    return f"({number.text})" if place and number.value < 0 else number.text
