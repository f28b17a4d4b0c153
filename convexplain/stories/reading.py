"""What the boards of gradient_flip are laid out with: a layer read from both ends, on one trellis.

This module knows which output and which sample are told, on which axis, and the rows and the kernel of each reading;
what happens, in which order, the story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from convexplain.board import pieces
from convexplain.board.marks import PARTIAL, SMALL, TEXT, Draft, Format, Key, Mark, Role
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench, phrases, raised
from convexplain.stories.backward import Return
from convexplain.stories.script import Correlation, Script
from convexplain.stories.trellis import Addend, Reach, Trellis, names_of

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

    def lay_ends(self, draft: Draft, t: int, is_right: bool, both: bool) -> None:
        """What stands at the ends of two fans: of the told sample's, and of that of the output t, where ``both`` are
        there. The rows have the names of the left one.
        """
        at, back = self.at, self.back
        top: dict[Key, tuple[int, Number]] = {("slope", self.i): (self.i, back.slope(self.i))}
        bottom: dict[Key, tuple[int, Number]] = {("g", step): (step, back.upstream(step)) for step, _ in self.broom}
        samples = {self.x_key(tap.step): (tap.step, tap.sample) for tap in self.reads(t).taps if both}
        outputs = {self.y_key(t): (t, self.y(t))} if both else {}
        names = ("signal *x*", "output *y*") if is_right else ("d*L*/d*x*", UPSTREAM)
        roles: tuple[Role, Role] = ("ink", "ink") if is_right else (SLOPE, SLOPE)
        other: dict[Key, Role] = {**dict.fromkeys(samples, "sample"), **dict.fromkeys(outputs, "output")}
        at.lay_row(draft, "top", names[0], top | samples, SLOPE, other=other)
        at.lay_row(draft, "bottom", names[1], bottom | outputs, SLOPE, other=other)
        draft.change([("name", "top")], role=roles[0])
        draft.change([("name", "bottom")], role=roles[1])
        if both and not is_right and not bench.is_low(self.form):
            x = min(at.x(True, tap.step) for tap in self.reads(t).taps) - 0.5 * at.bar - 20
            draft.put("name", ("name", "top", "second"), words("*x*", x, at.foot - 16, TEXT, "ink", align=1))
            draft.put("name", ("name", "bottom", "second"), words("*y*", x, at.floor - 16, TEXT, "ink", align=1))

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

    def facing(self) -> list[tuple[int, int]]:
        """The fan of an output that stands in view clear of the told sample's edges: of the told one, if that does."""
        taps, clear = range(self.script.layer.kernel_size), self.back.clear(self.i)
        for t in sorted(clear, key=lambda t: abs(t - self.t)):
            if all(map(self.at.axis.has, [self.back.place(t), *(self.back.source(t, k) for k in taps)])):
                return [(t, k) for k in taps]
        return []

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
        room = (at.low - at.high - 2 * at.node) / 2
        for place, (who, found) in enumerate(rows.items()):
            y = at.high + at.node + (place + 0.5) * room
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

    def lay_formula(self, draft: Draft, way: str, beside: bool = False, is_right: bool = False) -> None:
        """The formula of a ``way`` to read, "ahead" or "back", in the line below the rows; ``beside`` another one, it
        stands below its own fan, at the left or at the right.
        """
        layer, samples, at = self.script.layer, self.back.samples, self.at
        both = {
            "ahead": [pieces.Part("way", "forward: "), *phrases.layer_formula(layer, samples, channels=False)],
            "back": [pieces.Part("way", "backward: "), *phrases.gradient_formula(layer, samples)],
        }
        start = at.axis.left + (0.0 if beside else 0.5 * (at.axis.pitch - at.bar))
        room = (self.form.width - self.form.margin - start) / (2.0 if beside else 1.0) - 12
        for size in (TEXT if beside or bench.is_low(self.form) else PARTIAL, TEXT, SMALL):
            if max(_reach(formula, size) for formula in both.values()) <= room:
                formula = both[way]
                break
        else:
            formula = both[way][1:]
        parts, reach = [_set(part, size) for part in formula], _reach(formula, size)
        x = self.form.width - self.form.margin - reach if is_right else start
        for part, mark in zip(formula, parts, strict=True):
            lower, role = (0.3 * size if part.small else 0.0), {"sign": "lit", "way": "quiet"}.get(part.name, "formula")
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
