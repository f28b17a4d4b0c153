"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. Backward every sample gathers ``g[i - k]`` through the
same tap over the same edge, so that its kernel is turned over: the gradient is a true convolution. It answers "where
does the flip come from, then?" and "what is the gradient of a Conv1D with respect to its input?".
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, SMALL, Board, Cue, Draft, Format, Key, Role, dot
from convexplain.board.pieces import Axis, Number, Part
from convexplain.stories import bench, phrases, raised
from convexplain.stories.script import Refuted, Script
from convexplain.stories.trellis import Addend, Trellis
from convexplain.style import MINUS

FIGURE = ("products", "gradient", "turn", "check")
BOTH = (
    *(Part("ahead", "*x*[*t*"), Part("plus", " + "), Part("k ahead", "*k*]      ")),
    *(Part("back", "*g*[*i*"), Part("minus", f" {MINUS} "), Part("k back", "*k*]")),
)
CLOSE, WIDE = 9, 24
"""The most places of an axis where numbers stand, and where only bars do."""
SLOPE: Role = "channel 1"
"""Of what says how much the loss changes: a hue of its own, for it stands in the same rows as signal and output."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling:
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
        self.remark = ends + phrases.sentence(script.shown.note or f"forward, {script.check_words()}") + "."
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

    def lay_g(self, draft: Draft, lit: Collection[int] | None = None) -> None:
        bars: Mapping[Key, tuple[int, Number]] = {("g", t): (t, self.back.upstream(t)) for t in self.trellis.outputs}
        self.trellis.lay_row(draft, "*g* = d*L*/d*y*", False, bars, SLOPE, lit)

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

    # boards

    def boards(self) -> tuple[Board, ...]:
        told = [self.gather(), self.products(), self.forward(), self.reach(), self.nudge(), self.loss()]
        said = "Back: each *g* returns over its edge, times the same tap."
        told += [self.returned("return", said, False), self.gradient(), *self.turn(), *self.ends()]
        return (*told, self.all(), self.check())

    def formula(self, draft: Draft) -> None:
        formula = phrases.layer_formula(self.script.layer, self.back.samples, channels=False)
        pieces.formula(draft, formula, ("sign",))

    def backward_formula(self, draft: Draft) -> None:
        pieces.formula(draft, phrases.gradient_formula(self.script.layer, self.back.samples), ("sign",))

    def gather(self) -> Board:
        many = phrases.count(len(self.part.taps), "sample")
        draft = self.gathering(said := f"Forward: *y*[{self.t}] reads {many}, each times a tap of the kernel.")
        if self.script.shown.units:
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(self.script.shown.units)) + ".")
        return draft.board("gather", said, 3)

    def gathering(self, said: str) -> Draft:
        """The told output's fan, cut by the kernel."""
        draft = self.draft(said, lit=[self.t])
        self.lay_x(draft, [tap.step for tap in self.part.taps])
        self.trellis.lay_edges(draft, self.keys(self.fan), [self.t])
        self.trellis.lay_taps(draft, self.fan, True)
        self.trellis.lay_row(draft, "output *y*", False, {}, "output")
        return draft

    def products(self) -> Board:
        said, addends = f"The products add up to *y*[{self.t}].", []
        draft = self.gathering(said)
        self.formula(draft)
        for tap in self.part.taps:
            sample, weight = (*self.x_key(tap.step), "bar"), (*self.trellis.weight(tap.k), "bar")
            made = (weight,) if tap.padded else (weight, sample)
            origin = ("outside", tap.step, "place") if tap.padded else sample
            work, key = bench.worked(tap.sample, tap.weight), ("product", tap.k)
            addends.append(Addend(key, tap.product, self.trellis.tint(tap.k), origin, made, work))
        self.trellis.lay_sum(draft, False, self.t, addends, (self.y_key(self.t), self.y(self.t)), "output")
        return draft.board("products", said, 3, bench.one_by_one([a.key for a in addends], self.y_key(self.t)))

    def forward(self) -> Board:
        said = "All outputs do the same: first tap, first sample, no flip."
        draft = self.draft(said)
        self.lay_x(draft)
        self.trellis.lay_edges(draft)
        self.lay_y(draft, True)
        self.formula(draft)
        return draft.board("forward", said, 2)

    def reach(self) -> Board:
        """What a little more of a sample does to the outputs, in the measure of the taps."""
        change = "changes," if len(self.inside) == 1 else "change, each"
        many = f"{phrases.count(len(self.inside), 'output')} {change}"
        said = f"Raise *x*[{self.i}] a little: {many} by its tap times as much."
        draft = self.draft(said, "*i*", [self.i])
        self.lay_x(draft, [self.i])
        width, largest = self.trellis.axis.bar, max(float(abs(back.weight.value)) for back in self.inside)
        once = raised.little(self.form) / max(1.0, largest / 2)
        raised.lay_more(draft, self.x_key(self.i), width, once)
        self.trellis.lay_edges(draft, self.keys(self.broom))
        self.trellis.lay_taps(draft, self.broom, False)
        self.lay_y(draft, lit=[back.step for back in self.inside])
        for back in self.inside:
            if back.weight.value:
                parents = (("more", *self.x_key(self.i)),)
                raised.lay_more(draft, self.y_key(back.step), width, once, back.weight.value, parents)
        return draft.board("reach", said, 3, [Cue((("more", *self.x_key(self.i)),), beat=motion.MOVE + 0.5)])

    def nudge(self) -> Board:
        g = self.back.upstream(self.raised)
        much = "just as much" if g.value == 1 else f"{g.text} times as much"
        if self.script.shown.power_level(self.script.level):
            much = "in proportion"
        said = f"The loss *L* says how wrong *y* is. Raise *y*[{self.raised}] a little: *L* rises {much}."
        draft = self.draft(said, lit=[self.raised])
        self.lay_y(draft)
        raised.lay_more(draft, self.y_key(self.raised), self.trellis.axis.bar, raised.little(self.form))
        raised.lay_loss(draft, self.trellis, self.raised, ("more", *self.y_key(self.raised)))
        return draft.board("nudge", said, 3)

    def loss(self) -> Board:
        g = self.back.upstream(self.raised).text
        draft = self.draft(
            said := f"That factor is *g*[{self.raised}] = {g}. Every output has its own *g* (here chosen)."
        )
        self.lay_g(draft)
        raised.lay_loss(draft, self.trellis, self.raised, ("more", *self.y_key(self.raised)))
        draft.change([("g", self.raised, "bar")], copy_of=("loss", "more"))
        return draft.board("loss", said, 3)

    def gradient(self) -> Board:
        much = f"changes {self.back.slope(self.i).text} times as much as *x*[{self.i}]"
        if self.script.shown.power_level(self.script.level):
            much = f"changes with *x*[{self.i}]"
        return self.returned("gradient", f"What returns adds up: *L* {much}.", True)

    def returned(self, name: str, said: str, done: bool) -> Board:
        draft = self.draft(said, "*i*", [self.i])
        self.trellis.lay_row(draft, "d*L*/d*x*", True, {}, SLOPE)
        self.trellis.lay_edges(draft, self.keys(self.broom))
        self.trellis.lay_taps(draft, self.broom, False)
        self.lay_g(draft, [back.step for back in self.inside])
        addends = []
        for back in self.inside:
            g, weight = ("g", back.step, "bar"), (*self.trellis.weight(back.k), "bar")
            work, tint = bench.worked(back.upstream, back.weight), self.trellis.tint(back.k)
            addends.append(Addend(("return", back.k), back.product, tint, g, (weight, g), work))
        total = (("slope", self.i), self.back.slope(self.i))
        self.trellis.lay_sum(draft, True, self.i, addends, total, SLOPE, done)
        self.backward_formula(draft)
        return draft.board(name, said, 2, bench.one_by_one([a.key for a in addends], ("slope", self.i)))

    def turn(self) -> list[Board]:
        """The kernel seen from both ends, when a sample has edges enough to tell."""
        if len(self.broom) < 2:
            return []
        said = "From an output *k* runs right, from a sample left: that is the flip."
        draft = self.draft(said)
        pieces.formula(draft, BOTH, ("plus", "minus"))
        trellis, fan = self.trellis.alone(), self.trellis.fan_beside(self.t, self.i)
        pieces.name(draft, ("ends", True), "samples", trellis.high + 10, "quiet")
        pieces.name(draft, ("ends", False), "outputs", trellis.low + 10, "quiet")
        trellis.lay_edges(draft, self.keys([*fan, *self.broom]), [fan[0][0]], named=False)
        trellis.lay_taps(draft, self.broom, False)
        trellis.lay_taps(draft, fan, True, second=True)
        trellis.lay_order(draft, fan, True)
        trellis.lay_order(draft, self.broom, False)
        return [draft.board("turn", said, 3)]

    def ends(self) -> list[Board]:
        """The last sample that is read, when some of its edges lead to no output."""
        returns = self.back.returns(self.back.last)
        beyond = [(back.step, back.k) for back in returns if back.outside]
        inside = phrases.count(len(returns) - len(beyond), "output")
        said = f"*x*[{self.back.last}] is read by {inside} only: where there is none, *g* is 0."
        if not beyond:
            return []
        near, self.trellis = self.trellis, replace(self.trellis, axis=self.end_axis)
        draft = self.draft(said, "*i*", [self.back.last])
        self.lay_slopes(draft, [self.back.last])
        fan = [(back.step, back.k) for back in returns]
        self.trellis.lay_edges(draft, self.keys(fan), beyond=beyond)
        self.trellis.lay_taps(draft, fan, False)
        self.lay_g(draft, [back.step for back in returns if not back.outside])
        self.backward_formula(draft)
        self.trellis = near
        return [draft.board("ends", said, 3)]

    def all(self) -> Board:
        between = ", zeros between its taps," if self.script.layer.dilation_rate != 1 else ""
        gaps = ", zeros in its gaps" if self.trellis.is_spread else ""
        said = f"The turned kernel{between} slides along *g*{gaps}: a true convolution."
        if self.script.layer.kernel_size == 1:
            said = "One tap has nothing to turn over: each *g* times it."
        draft = self.draft(said, "*i*")
        self.lay_slopes(draft, self.trellis.samples)
        self.lay_slid(draft)
        self.backward_formula(draft)
        return draft.board("all", said, 2)

    def lay_slid(self, draft: Draft) -> None:
        """All of g, and the turned kernel where it makes the gradient of the told sample."""
        self.trellis.lay_edges(draft, self.keys(self.broom))
        self.trellis.lay_taps(draft, self.broom, False)
        self.lay_g(draft)
        self.trellis.lay_gaps(draft)

    def check(self) -> Board:
        if not self.back.is_convolution:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        first, count = self.back.first, min(self.back.samples, len(self.back.full) - self.back.first)
        cut = "" if len(self.back.full) == count else f"[{first}:{first + count}]"
        said = f'`scipy.signal.convolve(g, w, mode="full"){cut}` gives the same (dots).'
        draft = self.draft(said, "*i*")
        self.lay_slopes(draft, self.trellis.samples)
        self.lay_slid(draft)
        for i in self.trellis.samples:
            if i < count:
                mark = draft.marks[("slope", i, "bar")]
                y = self.trellis.foot - float(self.back.full[first + i]) * self.trellis.unit
                size = min(14.0, 0.2 * self.trellis.axis.pitch)
                x = mark.x + self.trellis.axis.bar / 2 + 1.2 * size
                draft.put("check", ("scipy", i), dot("quiet", x, y, size))
        pieces.remark(draft, ("check",), self.remark)
        return draft.board("check", said, 3)
