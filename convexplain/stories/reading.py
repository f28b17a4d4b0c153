"""What the boards of gradient_flip are laid out with: a layer read from both ends, on one trellis.

This module knows which output and which sample are told, on which axis, and the rows and the kernel of each reading;
what happens, in which order, the story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from convexplain.board import pieces
from convexplain.board.marks import PARTIAL, SMALL, Draft, Format, Key, Role
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench, phrases
from convexplain.stories.backward import Return
from convexplain.stories.script import Script
from convexplain.stories.trellis import NAMES, Addend, Reach, Trellis

CLOSE, FEW = 12, 9
"""The most places of an axis on which all samples are told, and the least of one on which only some are."""
SLOPE: Role = "channel 1"
"""Of what says how much the loss changes: a hue of its own, for it stands in the same rows as signal and output."""
MOST = 7
"""So many outputs that read a sample are told one by one."""


class Reading:
    """The script's output and a sample that it shares edges with, in one format."""

    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.back = script, form, script.backward
        self.t = script.cell.step
        (self.part,) = script.correlations(script.cell)
        self.i = self.back.fullest(self.t)
        self.inside = self.inside_of(self.i)
        self.x = script.signal(self.part.source)
        near, wide = self._axes()
        seen = set(wide.shown) & set(self.x)
        above = [n.value for i in seen for n in (self.x[i], self.back.slope(i))]
        above += [level for i in seen for level in bench.levels(back.product.value for back in self.inside_of(i))]
        outputs = [t for t in range(self.back.steps) if self.back.place(t) in seen]
        factors = [self.back.upstream(t).value for t in outputs]
        below = [*(self.y(t).value for t in outputs), *factors]
        below += bench.levels(tap.product.value for tap in self.part.taps)
        reach = Reach(bench.extent(above), bench.extent(below), bench.extent(factors)[0])
        self.remark = phrases.sentence(script.shown.note or f"for *y*, {script.check_words()}") + "."
        if self.back.asked is not None:
            self.remark = f"{script.check.library}: `tf.GradientTape` through `Conv1D`; `scipy.signal.convolve(g, w)`: "
            self.remark += f"{len(self.back.asked)} numbers each, all the same."
        lines = len(pieces.wrapped(self.remark, (form.width - 2 * form.margin) / SMALL))
        whole = all(value.denominator == 1 for value in (*above, *below))
        self.at, self.under = Trellis.fit(form, (near, wide), self.back, reach, whole, 42.0 * (lines - 1))
        """Seen from above, samples and outputs; seen from below, outputs and what follows from them."""
        self.wide = replace(self.at, axis=wide)
        """Seen from above and further away: also what lies beyond the ends."""

    def _axes(self) -> tuple[Axis, Axis]:
        """An axis of all samples, and one that shows also what lies beyond their ends, where there is room; else what
        is told, and steps around it, twice.
        """
        draft, length = Draft(replace(self.form, names=self.form.margin + NAMES)), self.back.samples
        told = [*(tap.step for tap in self.part.taps), self.i, self.back.place(self.t)]
        all_ = [*told, *range(length), *(self.back.place(t) for t in range(self.back.steps))]
        every = [*all_, *(self.back.place(back.step) for i in range(length) for back in self.back.returns(i))]
        if max(every) - min(every) < CLOSE:
            near, wide = (Axis.over(draft, range(min(places), max(places) + 1), length) for places in (all_, every))
            return near, wide
        told += [self.back.place(back.step) for back in self.inside]
        axis = Axis.near(draft, told, length, FEW)
        return axis, axis

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
        at: Trellis,
        samples: Collection[int] | None = None,
        outputs: Collection[int] | None = None,
        beyond: tuple[Collection[int], Collection[int]] = ((), ()),
    ) -> Draft:
        """A board with its words and the nodes of both rows: which ``samples`` and ``outputs`` are meant, and which
        nodes there are ``beyond`` the ends of both.
        """
        draft = Draft(self.form)
        pieces.caption(draft, caption)
        if not at.is_numbered:
            pieces.ruler(draft, at.axis, "*i*", samples or ())
        at.lay_nodes(draft, True, [*at.samples, *beyond[0]], samples)
        at.lay_nodes(draft, False, [*at.outputs, *beyond[1]], outputs)
        return draft

    def lay_x(self, draft: Draft, at: Trellis, lit: Collection[int] | None = None) -> None:
        bars = {self.x_key(i): (i, self.x[i]) for i in at.samples}
        at.lay_row(draft, "top", "signal *x*", bars, "sample", lit)

    def lay_y(
        self, draft: Draft, at: Trellis, lit: Collection[int] | None = None, made: bool = False, told: int | None = None
    ) -> None:
        """The outputs but for the ``told`` one, which stands there with its products."""
        bars = {self.y_key(t): (t, self.y(t)) for t in at.outputs if t != told}
        parents = {}
        for t in at.outputs if made else ():
            sources = [self.back.source(t, k) for k in range(self.script.layer.kernel_size)]
            parents[self.y_key(t)] = tuple((*self.x_key(i), "bar") for i in sources if i in at.samples)
        at.lay_row(draft, "bottom", "output *y*", bars, "output", lit, parents)

    def lay_g(
        self, draft: Draft, at: Trellis, row: str, lit: Collection[int] | None = None, factors: bool = False
    ) -> None:
        numbers = {t: self.back.upstream(t) for t in at.outputs}
        bars: Mapping[Key, tuple[int, Number]] = {("g", t): (t, number) for t, number in numbers.items()}
        written: dict[Key, str] = {("g", t): f"× {number.text}" for t, number in numbers.items()} if factors else {}
        at.lay_row(draft, row, "*g* = d*L*/d*y*", bars, SLOPE, lit, written=written)

    def lay_slopes(self, draft: Draft, at: Trellis, steps: Iterable[int]) -> None:
        bars: Mapping[Key, tuple[int, Number]] = {("slope", i): (i, self.back.slope(i)) for i in steps}
        at.lay_row(draft, "top", "d*L*/d*x*", bars, SLOPE, among=[self.back.slope(i).text for i in at.samples])

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

    def every(self, at: Trellis) -> list[tuple[int, int]]:
        """All edges in view between samples and outputs."""
        taps = range(self.script.layer.kernel_size)
        return [(t, k) for t in at.outputs for k in taps if self.back.source(t, k) in at.samples]

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
        """Whether some outputs read a sample, and the places of all its edges are in view."""
        found = self.back.returns(i)
        return any(not back.outside for back in found) and all(
            self.wide.axis.has(self.back.place(back.step)) for back in found
        )

    def seen(self, at: Trellis, i: int) -> list[Return]:
        """What comes back to a sample over the edges in view, from the first output to the last."""
        found = [back for back in self.back.returns(i) if at.axis.has(self.back.place(back.step))]
        return sorted(found, key=lambda back: back.step)

    # sums

    def lay_returns(self, draft: Draft, at: Trellis, i: int, slides: bool) -> None:
        """What comes back to a sample and adds up to its gradient, and the kernel, which ``slides`` there."""
        found = self.seen(at, i)
        fan = [(back.step, back.k) for back in found]
        at.lay_edges(draft, fan, {k: at.edge(t, k) for t, k in self.broom} if slides else None)
        at.lay_taps(draft, fan, False)
        addends = []
        for back in found:
            if not back.outside:
                g, weight = ("g", back.step, "bar"), (*at.weight(back.k), "tile")
                addends.append(Addend(("return", i, back.k), back.product, at.tint(back.k), g, (weight, g)))
        texts = [self.back.slope(n).text for n in at.samples]
        at.lay_sum(draft, True, i, addends, (("slope", i), self.back.slope(i)), SLOPE, texts)

    def lay_products(self, draft: Draft, at: Trellis) -> None:
        """The products that add up to the told output."""
        addends = []
        for tap in self.part.taps:
            sample, weight = (*self.x_key(tap.step), "bar"), (*at.weight(tap.k), "tile")
            if tap.padded:
                sample = ("nothing", True, tap.step, "bar")
            addends.append(Addend(("product", tap.k), tap.product, at.tint(tap.k), sample, (weight, sample)))
        texts = [self.y(t).text for t in at.outputs]
        at.lay_sum(draft, False, self.t, addends, (self.y_key(self.t), self.y(self.t)), "output", texts)

    def worked(self, pairs: Sequence[tuple[Number, Number]], total: Number) -> str:
        """A sum of products as it is worked out, where that is short: ``2 × 1 + 1 × 2 + 1 × (−1) = 3``."""
        if self.is_scaled or len(pairs) > 5:
            return ""
        said = " + ".join(f"{_inner(a, n)} × {_inner(b, 1)}" for n, (a, b) in enumerate(pairs)) + f" = {total.text}"
        return said if advance(runs_of(said)) <= 21.0 else ""

    def sum_of(self, i: int) -> str:
        """A gradient as it is worked out, zeros beyond the ends included."""
        found = sorted(self.back.returns(i), key=lambda back: back.step)
        return self.worked([(back.upstream, back.weight) for back in found], self.back.slope(i))

    def scipy(self) -> list[Fraction]:
        """What SciPy finds, for every sample; 0 for those that no output reads."""
        found = list(self.back.full[self.back.first :])[: self.back.samples]
        return [*found, *[Fraction(0)] * (self.back.samples - len(found))]

    # formulas

    def formula(self, draft: Draft) -> None:
        formula = phrases.layer_formula(self.script.layer, self.back.samples, channels=False)
        pieces.formula(draft, formula, ("sign",))

    def backward_formula(self, draft: Draft) -> None:
        pieces.formula(draft, phrases.gradient_formula(self.script.layer, self.back.samples), ("sign",))

    def lay_large(self, draft: Draft, way: str, formula: list[pieces.Part], y: float, is_right: bool) -> None:
        """The formula of a ``way`` to read, "ahead" or "back", beside its fan: at the left or right end of the
        picture.
        """
        size, reads = SMALL if bench.is_low(self.form) else PARTIAL, {"ahead": "forward: ", "back": "backward: "}
        formula = [pieces.Part("way", reads[way]), *formula]
        parts = [words(part.markup, 0, 0, SMALL if part.small else size) for part in formula]
        reach = sum(mark.width for mark in parts)
        x = self.at.axis.left if not is_right else self.form.width - self.form.margin - reach
        for part, mark in zip(formula, parts, strict=True):
            lower, role = (0.3 * size if part.small else 0.0), {"sign": "lit", "way": "quiet"}.get(part.name, "formula")
            draft.put("formula", ("formula", way, part.name), mark.at(x=x + mark.width / 2, y=y + lower, role=role))
            x += mark.width


def _inner(number: Number, place: int) -> str:
    """A factor, in brackets where its minus would stand behind another sign."""
    return f"({number.text})" if place and number.value < 0 else number.text
