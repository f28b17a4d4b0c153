"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. A sample that is raised moves the outputs that read
it, each by its tap, and each of these moves the loss by its ``g``: so ``g[i - k]`` comes back through tap k over the
same edge, and the kernel is turned over. The gradient is a true convolution. It answers "where does the flip come from,
then?" and "what is the gradient of a Conv1D with respect to its input?". Circles, edges and rows never move;
what comes back has the places of what went, which stands beside it.
"""

from __future__ import annotations

from collections.abc import Collection

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, FULL, PARTIAL, Board, Cue, Draft, Format
from convexplain.board.pieces import Part
from convexplain.stories import phrases
from convexplain.stories.both_ways.stage import Stage, flown
from convexplain.stories.both_ways.trellis import DIM
from convexplain.stories.script import Refuted, Script
from convexplain.style import MINUS

FIGURE = {1: ("output", "sum"), 2: ("output", "why", "sum", "check")}
"""The boards of the composed figure, by how many panels stand side by side."""
FEW = 4
"""So many taps and outputs are named one by one."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling(Stage):
    def boards(self) -> tuple[Board, ...]:
        self.turns = self.layer.kernel_size > 1
        self.grows = f"*x*[{self.i}] grows by {self.script.written(self.back.ten, self.script.level - 1).text}"
        self.steps, self.taps = [one.step for one in self.returns], [one.k for one in self.returns]
        whole = [t for t in self.at.outputs if t == self.t or self.at.shows(*self.fan(t))]
        self.first, self.last = whole[0], whole[-1]
        told = [self.ask(), self.output(), *self.slid(), *self.asked(), *self.turned(), *self.reached()]
        return (*told, self.sum(), *self.slides(), self.check(), self.answer())

    def forward(self, said: str, t: int, made: Collection[int]) -> Draft:
        """The kernel under the samples that an output reads."""
        taps = self.reads(t).taps
        outer = [tap.step for tap in taps if tap.padded and self.at.axis.has(tap.step)]
        draft = self.stage(said, [tap.step for tap in taps if not tap.padded], [t], made=made)
        self.at.lay_nodes(draft, True, outer, outer)
        self.at.lay_zeros(draft, outer, True)
        self.lay_rig(draft, True, t)
        if made:
            self.lay_formula(draft, "forward")
        return draft

    def ask(self) -> Board:
        said = "Forward, Conv1D takes its taps *w* as they are; backward, turned over. Why?"
        said = said if self.turns else "Forward, Conv1D multiplies each sample by its tap *w*. What comes back?"
        draft = self.forward(said, self.first, [])
        if self.script.shown.units:
            draft.marks = {key: mark for key, mark in draft.marks.items() if key[0] != "follows"}
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(self.script.shown.units)) + ".")
        return draft.board("ask", said, 4)

    def output(self) -> Board:
        """The told output; those before it come as the kernel passes."""
        count, made = phrases.count(self.layer.kernel_size, "product"), self.made(self.t)
        said = f"*y*[{self.t}] adds " + (f"tap × sample: {made}." if made else f"up {count}, each tap × sample.")
        draft = self.forward(said, self.t, [t for t in self.at.outputs if self.first <= t <= self.t])
        return draft.board("output", said, 4, self.passing(True, self.first, self.t))

    def slid(self) -> list[Board]:
        """The kernel slides to the last output, and then its taps lie on all lines."""
        boards, t = list[Board](), self.last
        if t != self.t:
            said = "It slides on as it stands" + (f": *y*[{t}] = {self.made(t)}." if self.made(t) else ".")
            draft = self.forward(said, t, self.at.outputs)
            boards = [draft.board("slid", said, 4, self.passing(True, self.t, t))]
        if self.at.rests:
            said = f"On the lines of every output lie the same {phrases.count(self.layer.kernel_size, 'tap')}."
            draft, taps = self.stage(said, lit=self.every), [self.at.tap(k, t) for _, k in self.fan(t)]
            self.at.lay_rest(draft, self.every, self.every)
            for *kernel, _ in taps:
                for part in ("tile", "digits"):
                    draft.change([(*kernel, t, part)], copy_of=(*kernel, part))
            cues = [*flown(taps, motion.MOVE, 0.9), Cue((("strand",),), beat=motion.MOVE, lasts=0.9)]
            boards.append(draft.board("lines", said, 3, cues))
        return boards

    def asked(self) -> list[Board]:
        """What comes after the layer, and what training asks."""
        what = "The rest of the network makes *y* one number, the error *L*. Training lowers *L*."
        asks = f"To train what made *x*, ask: if {self.grows}, by how much does *L* grow?"
        fan, cues = self.back_fan(self.i), [Cue((("more",),), beat=motion.MOVE, lasts=0.9)]
        loss, why = self.stage(what, loss=""), self.stage(asks, [self.i], self.steps, fan, raised=1, loss=" + ?")
        self.at.lay_rest(loss, self.every, ())
        self.at.lay_rest(why, self.every, fan)
        return [loss.board("loss", what, 4), why.board("why", asks, 3, cues)]

    def backward(
        self, said: str, raised: int, loss: str = " + ?", gradient: Collection[int] | None = None, i: int | None = None
    ) -> Draft:
        """The told sample, or another, and the outputs that read it, with the turned kernel over them."""
        i = self.i if i is None else i
        draft = self.stage(said, [i], [t for t, _ in self.back_fan(i)], raised=raised, loss=loss, gradient=gradient)
        self.lay_rig(draft, False, i)
        if gradient is not None:
            self.lay_outside(draft, i if raised else None)
        if gradient:
            self.lay_products(draft, i)
            self.lay_formula(draft, "backward")
        return draft

    def turned(self) -> list[Board]:
        """The taps on the lines of the told sample, from left to right, and why they lie so."""
        if len(self.steps) < 2:
            return []
        order = [one.weight.text if self.is_plain else f"*w*[{one.k}]" for one in self.returns]
        names = ", ".join(order if len(order) <= FEW else [*order[:2], "⋯", order[-1]])
        said = f"From left to right the taps on its lines are turned over: {names}."
        cues = [Cue((("edge",), ("strand",)), beat=motion.MOVE, lasts=0.9)]
        for n, (t, k) in enumerate(reversed(self.back_fan(self.i))):
            cues += flown([self.at.tap(k, t)], motion.MOVE, 1.0, 0.5 * min(n, FEW))
        return [self.backward(said, 1).board("turn", said, 2.5, cues), self.rule()]

    def rule(self) -> Board:
        """Which sample a tap joins to which output, read from either end."""
        ahead, back = (rule[4:-1] for rule in phrases.reads(self.layer, self.back.samples))
        said = f"Tap *k* joins output *t* to sample *i* = {ahead}, so *t* = {back}"
        if len(self.taps) <= FEW and all(t + k == self.i for t, k in zip(self.steps, self.taps, strict=True)):
            ks, ts = (", ".join(map(str, reversed(found))) for found in (self.taps, self.steps))
            said += f" = {ts} for *k* = {ks}"
        draft = self.backward(f"{said}.", 1)
        draft.change([("name", row) for row in ("above", "taps", "below") if ("name", row) in draft.marks], role="lit")
        rules = ("*i*", ahead.partition(" + ")), ("*t*", back.partition(f" {MINUS} "))
        rows = [[Part("is", f"{of} = {first}"), Part("sign", sign), Part("k", k)] for of, (first, sign, k) in rules]
        self.lay_lines(draft, self.at.axis.left, rows, PARTIAL)
        return draft.board("rule", f"{said}.", 4, [Cue((("sum", 1),), beat=motion.ENTER + 1)])

    def reached(self) -> list[Board]:
        moves = f"{self.grows}: each output that reads it moves by its tap."
        here = [self.back.upstream(t).text for t in self.at.outputs]
        told = "If *y*[*t*] grows by 1, *L* grows by *g*[*t*]. The rest of the network gives it"
        told += f": here {', '.join(here)}." if self.is_plain and len(here) <= FEW else "."
        reach, upstream = self.backward(moves, 2), self.backward(told, 2, gradient=[])
        cues = [Cue((self.y_key(), ("more", *self.y_key())), beat=motion.MOVE, lasts=1.2)]
        return [reach.board("reach", moves, 2.5), upstream.board("upstream", told, 3, cues)]

    def sum(self) -> Board:
        means = "*L* grows by it." if self.back.ten == 1 else "how steep *L* is."
        said = f"{self.sum_of(self.i) or 'Tap × *g*, added up'} = d*L*/d*x*[{self.i}]: {means}{self.unturned}"
        draft = self.backward(said, 2, self.grown, [self.i])
        cues = [Cue((("loss",),), beat=motion.ENTER + 1), Cue((("slope", self.i, "bar"),), beat=motion.ENTER + 2)]
        for n, k in enumerate(self.met(self.i)):
            cues.append(Cue((("return", self.i, k),), motion.ENTER, 0.7, after=0.4 * min(n, FEW)))
        return draft.board("sum", said, 3, cues)

    def slides(self) -> list[Board]:
        """The card slides to the left end, and then over all."""
        boards, start, self.end = list[Board](), self.whole[0], self.whole[-1]
        if start != self.i:
            outside = not all(g.value for g, _ in self.met(start).values())
            said = "Slide it to the left" + ": where no output is, *g* is 0" * outside
            said += f": {self.sum_of(start)}." if self.sum_of(start) else "."
            made = [*range(min(start, self.i), max(start, self.i) + 1)]
            draft = self.backward(said, 0, "", made, start)
            boards.append(draft.board("start", said, 3, self.passing(False, self.i, start)))
        full = "A full convolution: *w*, turned over, slides out at both ends."
        full = full if self.turns else "Slide, multiply, add: a convolution."
        draft = self.backward(full, 0, "", self.at.samples, self.end)
        return [*boards, draft.board("along", full, 2, self.passing(False, start, self.end))]

    def check(self) -> Board:
        """The gradient of every sample in view, with what others find."""
        asked, convolved = self.back.asked, self.back.convolved
        if self.back.slopes != convolved:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        if asked not in (None, self.back.slopes):
            raise Refuted("Keras must find this gradient. Received: other numbers")
        rows = {"SciPy": convolved} if asked is None else {"Keras": asked, "SciPy": convolved}
        first = f"GradientTape ({self.script.check.library}) agrees with " * (asked is not None)
        said = f"{first}SciPy's `convolve(g, w)`" + ", which turns *w* over, too" * self.turns
        said += ", agrees." if asked is None else "."
        draft = self.stage(said, lit=None, loss="", gradient=self.at.samples)
        self.lay_rig(draft, False, self.end, False)
        self.lay_outside(draft)
        self.lay_found(draft, rows)
        come = [Cue(((who,), ("name", who)), beat=motion.MOVE + place) for place, who in enumerate(rows)]
        return draft.board("check", said, 5, come)

    def answer(self) -> Board:
        """The lines of an output and those of a sample: the two readings."""
        said = f"Read from the other end, a line's + becomes {MINUS}" + ", and *w* turns over" * self.turns
        i, t = self.apart(self.first), self.first
        read, reading = {*self.under(True, t).values()}, {step for step, _ in self.back_fan(i)}
        fans = sorted({*self.fan(t), *self.back_fan(i)})
        draft = self.stage(f"{said}.", {*read, i}, {t, *reading}, fans, loss="", gradient=self.at.samples)
        near = {*map(self.x_key, read), self.y_key(t), ("slope", i), *(("g", step) for step in reading)}
        for *key, part in draft.marks:
            if part == "bar":
                draft.change([(*key, part)], light=FULL if tuple(key) in near else DIM)
            elif part == "digits" and tuple(key) not in near:
                draft.change([(*key, part)], role="context")
        self.lay_rig(draft, False, i, False)
        if self.at.rests:
            again = {k: self.at.tap(k, "again") for k in self.taps_of(True)}
            self.at.lay_card(draft, True, t, again, ("again",))
        if self.lay_lines(draft, self.form.margin, [*self.formulas.values()]):
            del draft.marks["name", "taps"]
        else:
            self.lay_formula(draft, "backward")
        return draft.board("answer", f"{said}.", 3.5, [Cue((("edge",),), beat=motion.MOVE, lasts=0.9)])
