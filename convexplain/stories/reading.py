"""What the boards of gradient_flip are laid out with: a layer read from both ends, on one trellis.

This module knows which output and which sample are told, on which axis, and the rows and the kernel of each reading;
what happens, in which order, the story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from convexplain.board import pieces
from convexplain.board.marks import SMALL, Draft, Format, Key, Role
from convexplain.board.pieces import Axis, Number
from convexplain.stories import bench, phrases, raised
from convexplain.stories.script import Script
from convexplain.stories.trellis import Trellis

CLOSE, WIDE = 9, 24
"""The most places of an axis where numbers stand, and where only bars do."""
SLOPE: Role = "channel 1"
"""Of what says how much the loss changes: a hue of its own, for it stands in the same rows as signal and output."""


class Reading:
    """The script's output and a sample that it shares edges with, in one format."""

    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.back = script, form, script.backward
        self.t = script.cell.step
        (self.part,) = script.correlations(script.cell)
        self.i = self.back.fullest(self.part.taps[0].step, self.part.taps[-1].step)
        returns = sorted(self.back.returns(self.i), key=lambda back: back.step)
        self.inside = [back for back in returns if not back.outside]
        self.raised = max(self.inside, key=lambda back: back.upstream.value).step
        self.x = script.signal(self.part.source)
        axis, self.end_axis = self._axes()
        seen = {*axis.shown, *self.end_axis.shown} & set(self.x)
        above = [n.value for i in seen for n in (self.x[i], self.back.slope(i))]
        above += bench.levels(back.product.value for back in self.inside)
        outputs = [t for t in range(self.back.steps) if self.back.place(t) in seen]
        below = [n.value for t in outputs for n in (self.y(t), self.back.upstream(t))]
        below += bench.levels(tap.product.value for tap in self.part.taps)
        weights = [tap.weight.value for tap in self.part.taps]
        ends = "" if form.is_narrow else 'With `mode="full"`, *g* goes on as 0 beyond its ends. '
        self.remark = ends + phrases.sentence(script.shown.note or f"for *y*, {script.check_words()}") + "."
        lines = len(pieces.wrapped(self.remark, (form.width - 2 * form.margin) / SMALL))
        self.trellis = Trellis.fit(form, axis, self.back, above, below, weights, 42.0 * lines)

    def _axes(self) -> tuple[Axis, Axis]:
        """Where the story is told, and where the samples end: the same axis when that has room for both."""
        places = [self.back.place(back.step) for back in self.inside]
        told = [*(tap.step for tap in self.part.taps), self.i, self.back.place(self.t), *places]
        ends = [self.back.last, *(self.back.place(back.step) for back in self.back.returns(self.back.last))]
        most = CLOSE if max(told) - min(told) < CLOSE else WIDE
        if max(*told, *ends) - min(*told, *ends) < most:
            axis = Axis.near(Draft(self.form), [*told, *ends], self.back.samples, most)
            return axis, axis
        near, end = (Axis.near(Draft(self.form), places, self.back.samples, most) for places in (told, ends))
        return near, end

    # keys and rows

    def y(self, t: int) -> Number:
        return self.script.output(t, self.script.cell.channel)

    def x_key(self, i: int) -> Key:
        return ("x", self.part.source, i)

    def y_key(self, t: int) -> Key:
        return (f"y{self.script.level}", self.script.cell.channel, t)

    def draft(self, caption: str, index: str = "*t*", lit: Iterable[int] = ()) -> Draft:
        draft = Draft(self.form)
        pieces.caption(draft, caption)
        # With strides the ruler is that of the samples, and outputs have theirs below.
        spread = self.trellis.is_spread and index == "*t*"
        pieces.ruler(draft, self.trellis.axis, "*i*" if spread else index, () if spread else lit)
        return draft

    def lay_x(self, draft: Draft, lit: Collection[int] | None = None) -> None:
        bars = {self.x_key(i): (i, self.x[i]) for i in self.trellis.samples}
        self.trellis.lay_row(draft, "signal *x*", True, bars, "sample", lit)

    def lay_y(self, draft: Draft, made: bool = False, lit: Collection[int] | None = None) -> None:
        bars = {self.y_key(t): (t, self.y(t)) for t in self.trellis.outputs}
        parents = {}
        for t in self.trellis.outputs if made else ():
            sources = [self.back.source(t, k) for k in range(self.script.layer.kernel_size)]
            parents[self.y_key(t)] = tuple((*self.x_key(i), "bar") for i in sources if i in self.trellis.samples)
        self.trellis.lay_row(draft, "output *y*", False, bars, "output", lit, made_of=parents)

    def lay_g(self, draft: Draft, lit: Collection[int] | None = None, between: bool = False) -> None:
        bars: Mapping[Key, tuple[int, Number]] = {("g", t): (t, self.back.upstream(t)) for t in self.trellis.outputs}
        self.trellis.lay_row(draft, "*g* = d*L*/d*y*", False, bars, SLOPE, lit, between=between)

    def lay_slopes(self, draft: Draft, lit: Collection[int]) -> None:
        bars: Mapping[Key, tuple[int, Number]] = {("slope", i): (i, self.back.slope(i)) for i in lit}
        self.trellis.lay_row(draft, "d*L*/d*x*", True, bars, SLOPE)

    @property
    def fan(self) -> list[tuple[int, int]]:
        """The edges of the told output."""
        return [(self.t, tap.k) for tap in self.part.taps]

    @property
    def broom(self) -> list[tuple[int, int]]:
        """The edges of the told sample."""
        return [(back.step, back.k) for back in self.inside]

    def keys(self, pairs: Iterable[tuple[int, int]]) -> list[Key]:
        return [self.trellis.edge(t, k) for t, k in pairs]

    @property
    def is_one(self) -> bool:
        """Whether the samples end on the axis on which the story is told."""
        return self.end_axis is self.trellis.axis

    def write(self, draft: Draft, risen: Mapping[Key, str]) -> None:
        """What raised numbers have become, where that has room and is written without a power of ten."""
        size = self.trellis.size_of(risen.values())
        if size and not self.is_scaled:
            raised.lay_risen(draft, risen, size)

    @property
    def is_scaled(self) -> bool:
        """Whether a power of ten is left aside, so that rows cannot be compared number by number."""
        return bool(self.script.shown.power_level(self.script.level))

    def is_told_in_view(self, i: int) -> bool:
        """Whether some outputs read a sample, and all of them are in view."""
        places = [self.back.place(back.step) for back in self.back.returns(i) if not back.outside]
        return bool(places) and all(map(self.trellis.axis.has, places))

    def fan_of(self, i: int) -> list[tuple[int, int]]:
        """The edges of a sample in view, also those that lead to no output."""
        return [
            (back.step, back.k) for back in self.back.returns(i) if self.trellis.axis.has(self.back.place(back.step))
        ]

    @property
    def rest(self) -> int:
        """The sample at which the slid kernel comes to rest."""
        return self.back.last if self.is_one else self.i

    def lay_slid(self, draft: Draft, i: int, before: bool = True, every: bool = False) -> None:
        """The kernel where it makes the gradient of a sample, with those of the samples ``before`` it, or of every
        one, and what it lies on.
        """
        self.lay_slopes(draft, [n for n in self.trellis.samples if every or n == i or (before and n < i)])
        fan, steps = self.fan_of(i), range(self.back.steps)
        beyond = [(t, k) for t, k in fan if t not in steps]
        self.trellis.lay_edges(draft, self.keys(fan), beyond=beyond)
        self.trellis.lay_taps(draft, fan, False)
        self.lay_g(draft, None if before else [t for t, _ in fan])
        self.trellis.lay_gaps(draft)

    # formulas

    def formula(self, draft: Draft) -> None:
        formula = phrases.layer_formula(self.script.layer, self.back.samples, channels=False)
        pieces.formula(draft, formula, ("sign",))

    def backward_formula(self, draft: Draft) -> None:
        pieces.formula(draft, phrases.gradient_formula(self.script.layer, self.back.samples), ("sign",))
