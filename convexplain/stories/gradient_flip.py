"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. Backward every sample gathers ``g[i - k]`` through the
same tap over the same edge, so that its kernel is turned over: the gradient is a true convolution. It answers "where
does the flip come from, then?" and "what is the gradient of a Conv1D with respect to its input?".
"""

from __future__ import annotations

from dataclasses import replace

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, TEXT, Board, Cue, Draft, Format, dot
from convexplain.stories import bench, phrases, raised
from convexplain.stories.reading import CLOSE, SLOPE, Reading
from convexplain.stories.script import Refuted, Script
from convexplain.stories.trellis import Addend

FIGURE = ("products", "gradient", "turn", "check")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling(Reading):
    def boards(self) -> tuple[Board, ...]:
        told = [self.gather(), self.products(), self.forward(), self.reach(), self.nudge(), self.loss()]
        said = "Back: each *g* returns over its edge, times the same tap."
        told += [self.returned("return", said, False), self.gradient(), *self.turn(), *self.slide(), *self.ends()]
        return (*told, self.all(), self.check())

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
        said = "All outputs do the same, no flip: a cross-correlation."
        draft = self.draft(said)
        self.lay_x(draft)
        self.trellis.lay_edges(draft)
        self.lay_y(draft, True)
        self.formula(draft)
        return draft.board("forward", said, 2)

    def reach(self) -> Board:
        """What a little more of a sample does to the outputs, in the measure of the taps."""
        change = "changes" if len(self.inside) == 1 else "change, each"
        many = f"{phrases.count(len(self.inside), 'output')} {change} by its tap times *h*"
        said = f"Raise *x*[{self.i}] by a little *h*: {many}."
        draft = self.draft(said, "*i*", [self.i])
        self.lay_x(draft, [self.i])
        width, largest = self.trellis.axis.bar, max(float(abs(back.weight.value)) for back in self.inside)
        once = raised.little(self.form) / max(1.0, largest / 2)
        raised.lay_more(draft, self.x_key(self.i), width, once)
        self.trellis.lay_edges(draft, self.keys(self.broom))
        self.trellis.lay_taps(draft, self.broom, False)
        self.lay_y(draft, lit=[back.step for back in self.inside])
        risen = {self.x_key(self.i): raised.risen(self.x[self.i])}
        for back in self.inside:
            if back.weight.value:
                parents = (("more", *self.x_key(self.i)),)
                raised.lay_more(draft, self.y_key(back.step), width, once, back.weight.value, parents)
                risen[self.y_key(back.step)] = raised.risen(self.y(back.step), back.weight)
        self.write(draft, risen)
        return draft.board("reach", said, 3, [Cue((("more", *self.x_key(self.i)),), beat=motion.MOVE + 0.5)])

    def nudge(self) -> Board:
        g = self.back.upstream(self.raised)
        by = "in proportion" if self.is_scaled else f"by {'' if g.value == 1 else g.text}*h*"
        said = f"The loss *L* is one number made of all outputs. Raise *y*[{self.raised}] by *h*: *L* rises {by}."
        return self.lost(said, self.trellis.low).board("nudge", said, 3)

    def loss(self) -> Board:
        g, trellis = self.back.upstream(self.raised).text, self.trellis
        said = f"That factor is *g*[{self.raised}] = {g}. Each output has one (here chosen): *g* is the gradient."
        largest = max(float(self.back.upstream(t).value) for t in trellis.outputs)
        draft = self.lost(said, trellis.low - largest * trellis.unit - TEXT - 30)
        self.lay_g(draft, between=True)
        draft.change([("g", self.raised, "bar")], copy_of=("loss", "more"))
        return draft.board("loss", said, 3)

    def lost(self, said: str, start: float) -> Draft:
        """The outputs, one of them raised, and the loss at the end of their strands, which begin at ``start``."""
        draft, key, g = self.draft(said, lit=[self.raised]), self.y_key(self.raised), self.back.upstream(self.raised)
        self.lay_y(draft)
        raised.lay_more(draft, key, self.trellis.axis.bar, raised.LARGER * raised.little(self.form))
        self.write(draft, {key: raised.risen(self.y(self.raised))})
        gain = "" if self.is_scaled else f"+{'' if g.value == 1 else g.text}*h*"
        raised.lay_loss(draft, self.trellis, self.raised, ("more", *key), gain, start)
        return draft

    def gradient(self) -> Board:
        much = f"changes {self.back.slope(self.i).text} times as much as *x*[{self.i}]"
        if self.is_scaled:
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
        fan = self.trellis.fan_beside(self.t, self.i)
        said = f"Seen from *y*[{fan[0][0]}], *k* runs right; seen from *x*[{self.i}], left: that is the flip."
        draft = self.draft(said, "step")
        trellis = self.trellis.alone()
        pieces.name(draft, ("ends", True), "samples", trellis.high + 10, "quiet")
        pieces.name(draft, ("ends", False), "outputs", trellis.low + 10, "quiet")
        trellis.lay_edges(draft, self.keys([*fan, *self.broom]), [fan[0][0]], named=False)
        trellis.lay_taps(draft, self.broom, False)
        trellis.lay_taps(draft, fan, True, second=True)
        ahead, back = phrases.reads(self.script.layer, self.back.samples)
        trellis.lay_order(draft, fan, True, ahead)
        trellis.lay_order(draft, self.broom, False, back)
        return [draft.board("turn", said, 3)]

    def ends(self) -> list[Board]:
        """The last sample that is read, when some of its edges lead to no output."""
        returns = self.back.returns(self.back.last)
        beyond = [(back.step, back.k) for back in returns if back.outside]
        inside = phrases.count(len(returns) - len(beyond), "output")
        said = f"*x*[{self.back.last}] is read by {inside} only: where there is none, *g* is 0."
        if not beyond:
            return []
        near, is_one = self.trellis, self.is_one
        self.trellis = replace(near, axis=self.end_axis)
        draft = self.draft(said, "*i*", [self.back.last])
        self.lay_slid(draft, self.back.last, is_one)
        self.backward_formula(draft)
        self.trellis = near
        return [draft.board("ends", said, 3)]

    def slide(self) -> list[Board]:
        """The turned kernel on its way along g: each total is written when it stands below it."""
        if len(self.broom) < 2:
            return []
        said = "The turned kernel slides along *g* and makes each d*L*/d*x* as it passes."
        until = self.back.last if self.is_one else self.i + 1
        passed = [i for i in self.trellis.samples if i < until and self.is_told_in_view(i)]
        boards = []
        for place, i in enumerate(passed[-(CLOSE if len(passed) <= CLOSE else 3) :]):
            draft = self.draft(said, "*i*", [i])
            self.lay_slid(draft, i)
            self.backward_formula(draft)
            boards.append(draft.board(f"slide {place}", said, 0.5))
        return boards

    def all(self) -> Board:
        between = ", zeros between its taps," if self.script.layer.dilation_rate != 1 else ""
        gaps = ", zeros in its gaps" if self.trellis.is_spread else ""
        said = f"A turned kernel{between} slid along *g*{gaps}: a true convolution."
        if self.script.layer.kernel_size == 1:
            said = "One tap has nothing to turn over: each *g* times it."
        draft = self.draft(said, "*i*", [self.rest])
        self.lay_slid(draft, self.rest, every=True)
        self.backward_formula(draft)
        return draft.board("all", said, 2)

    def check(self) -> Board:
        if not self.back.is_convolution:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        first, count = self.back.first, min(self.back.samples, len(self.back.full) - self.back.first)
        cut = "" if len(self.back.full) == count else f"[{first}:{first + count}]"
        said = f'`scipy.signal.convolve(g, w, mode="full"){cut}` gives the same: the rings.'
        draft = self.draft(said, "*i*", [self.rest])
        self.lay_slid(draft, self.rest, every=True)
        for i in self.trellis.samples:
            if i < count:
                mark = draft.marks[("slope", i, "bar")]
                y = self.trellis.foot - float(self.back.full[first + i]) * self.trellis.unit
                size = min(20.0, 0.15 * self.trellis.axis.pitch)
                x = mark.x + self.trellis.axis.bar / 2 + size
                draft.put("check", ("scipy", i), dot("ink", x, y, size, hollow=True))
        pieces.remark(draft, ("check",), self.remark)
        return draft.board("check", said, 3)
