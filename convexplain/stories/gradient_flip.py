"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. A sample that is raised moves the outputs that read
it, each by its tap, and each of these moves the loss by its ``g``: so ``g[i - k]`` comes back through tap k over the
same edge, and the kernel is turned over. The gradient is a true convolution. It answers "where does the flip come from,
then?" and "what is the gradient of a Conv1D with respect to its input?". Circles, edges and rows never move; before the
gradient is told the bars stand aside, once, so that those of the gradient have room beside them.
"""

from __future__ import annotations

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, FULL, Board, Cue, Draft, Format, Key
from convexplain.stories import phrases
from convexplain.stories.both_ways.stage import Stage, flown
from convexplain.stories.script import Refuted, Script
from convexplain.style import MINUS

FIGURE = ("output", "turn", "sum", "check")
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
        told = [self.ask(), self.output(), *self.slid(), self.why(), *self.turned(), *self.reached()]
        return (*told, self.sum(), *self.slides(), self.check(), self.answer())

    # forward

    def forward(self, said: str, t: int, made: list[int], strands: bool = True) -> Draft:
        """The kernel under the samples that an output reads."""
        taps = self.reads(t).taps
        outer = [tap.step for tap in taps if tap.padded and self.at.axis.has(tap.step)]
        read = [tap.step for tap in taps if not tap.padded]
        draft = self.stage(said, read if strands else None, [t] if strands else (), made=made)
        self.at.lay_nodes(draft, True, outer, outer)
        self.at.lay_zeros(draft, outer, True)
        self.lay_rig(draft, True, t, strands)
        if strands:
            self.lay_formula(draft, "forward")
        return draft

    def ask(self) -> Board:
        said = "Forward, Conv1D takes its taps *w* as they are; backward, turned over. Why?"
        said = said if self.turns else "Forward, Conv1D multiplies each sample by its tap *w*. What comes back?"
        draft = self.forward(said, self.t, [], False)
        if self.script.shown.units:
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(self.script.shown.units)) + ".")
        return draft.board("ask", said, 4)

    def output(self) -> Board:
        count, made = phrases.count(self.layer.kernel_size, "product"), self.made(self.t)
        said = f"*y*[{self.t}] adds " + (f"tap × sample: {made}." if made else f"up {count}, each tap × sample.")
        draft = self.forward(said, self.t, [self.t])
        return draft.board("output", said, 4, [Cue(((*self.y_key(self.t), "bar"),), beat=motion.ENTER + 1)])

    def slid(self) -> list[Board]:
        """The kernel slides to another output, and then its taps lie on all lines."""
        near = [t for t in self.at.outputs if t != self.t and self.at.shows(*self.fan(t))]
        if not near:
            return []
        t = min(near, key=lambda n: (n not in self.steps, n < self.t, -abs(n - self.t)))
        said = "It slides on as it stands" + (f": *y*[{t}] = {self.made(t)}." if self.made(t) else ".")
        slid = self.forward(said, t, self.at.outputs).board("slid", said, 4, self.passing(True, self.t, t))
        if not self.at.rests:
            return [slid]
        said = f"On the lines of every output lie the same {phrases.count(self.layer.kernel_size, 'tap')}."
        draft, taps = self.stage(said, lit=self.every), [self.at.tap(k, t) for _, k in self.fan(t)]
        self.at.lay_rest(draft, self.every, self.every)
        for *kernel, _ in taps:
            for part in ("tile", "digits"):
                draft.change([(*kernel, t, part)], copy_of=(*kernel, part))
        return [slid, draft.board("lines", said, 3, flown(taps, motion.MOVE, 0.9))]

    # the told sample, and what reads it

    def why(self) -> Board:
        count, fan = phrases.sentence(phrases.count(len(self.steps), "output")), self.back_fan(self.i)
        said = f"Training asks: if {self.grows}, what does the error *L* do?"
        said += f" {count} read{'s' * (len(fan) == 1)} it." * bool(fan)
        draft = self.stage(said, [self.i], self.steps, fan, raised=1)
        self.at.lay_rest(draft, self.every, fan)
        self.lay_loss(draft)
        tiles = [self.at.tap(k, t) for t, k in self.every]
        cues = [Cue((("more",),), beat=motion.MOVE, lasts=0.9), *flown(tiles, motion.MOVE + 0.5, 0.9)]
        cues += [Cue((("edge",), ("node",)), beat=motion.MOVE + 0.5, lasts=0.9)]
        return draft.board("why", said, 4, [*cues, Cue((("beside",),), beat=motion.ENTER + 1)])

    def backward(self, said: str, raised: int, slopes: list[int] | None = None, is_known: bool = False) -> Draft:
        """The told sample and the outputs that read it, with the turned kernel over them."""
        draft = self.stage(said, [self.i], self.steps, raised=raised, slopes=slopes)
        self.lay_rig(draft, False, self.i)
        self.lay_loss(draft, is_known)
        if slopes is not None:
            self.lay_outside(draft, self.i)
        return draft

    def turned(self) -> list[Board]:
        """The taps on the lines of the told sample, from left to right, and why they lie so."""
        if len(self.steps) < 2:
            return []
        order = [one.weight.text if self.is_plain else f"*w*[{one.k}]" for one in self.returns]
        names = ", ".join(order if len(order) <= FEW else [*order[:2], "⋯", order[-1]])
        said = f"From left to right the taps on its lines are turned over: {names}."
        cues = []
        for n, (t, k) in enumerate(self.back_fan(self.i)):
            cues += flown([self.at.tap(k, t)], motion.MOVE + n / 2, 1.2)
            cues.append(Cue((self.at.key(t, k), ("strand", False, k)), beat=motion.MOVE + n / 2, lasts=1.2))
        return [self.backward(said, 1).board("turn", said, 4, cues), self.rule()]

    def rule(self) -> Board:
        """Which sample a tap joins to which output, read from either end."""
        ahead, back = (rule[4:-1] for rule in phrases.reads(self.layer, self.back.samples))
        said = f"Tap *k* joins output *t* to sample *i* = {ahead}, so *t* = {back}"
        if len(self.taps) <= FEW and all(t + k == self.i for t, k in zip(self.steps, self.taps, strict=True)):
            ks, ts = (", ".join(map(str, reversed(found))) for found in (self.taps, self.steps))
            said += f" = {ts} for *k* = {ks}"
        draft = self.backward(f"{said}.", 1)
        draft.change([("name", row) for row in ("above", "taps", "below") if ("name", row) in draft.marks], role="lit")
        self.lay_rules(draft, ("*i*", "+", ahead), ("*t*", MINUS, back))
        cues = [Cue((("beside", "rule", row),), beat=motion.ENTER + row) for row in (0, 1)]
        return draft.board("rule", f"{said}.", 4, cues)

    def reached(self) -> list[Board]:
        moves = f"{self.grows}: each output that reads it moves by its tap."
        told = "What follows tells each output its *g*: if it grows by 1, *L* grows by *g*."
        reach, upstream = self.backward(moves, 2), self.backward(told, 2, [])
        return [reach.board("reach", moves, 3), upstream.board("upstream", told, 3)]

    # backward

    def sum(self) -> Board:
        means = "*L* grows by that. It is" if self.back.ten == 1 else "how steep *L* is,"
        said = f"{self.sum_of(self.i) or 'Tap × *g*, added up'}: {means} called d*L*/d*x*[{self.i}]."
        draft = self.backward(said, 2, [self.i], True)
        self.lay_products(draft, self.i)
        self.lay_formula(draft, "backward")
        come: list[Key] = [("return", self.i, k) for k in list(self.met(self.i))[:FEW]]
        come += [("return",), ("beside",), ("slope", self.i, "bar")]
        cues = [Cue((key,), beat=motion.ENTER + n) for n, key in reversed([*enumerate(come)])]
        return draft.board("sum", said, 4, cues)

    def slides(self) -> list[Board]:
        """The card slides to the left end, and then over all."""
        whole = [i for i in self.at.samples if all(map(self.at.axis.has, self.under(False, i).values()))]
        at, made, boards = self.i, {self.i}, list[Board]()
        for name, end in [*[("start", whole[0])] * (whole[0] != at), ("along", whole[-1])]:
            places, last = self.under(False, end).values(), self.back.place(self.back.steps - 1)
            said = "Slide it to the left"
            said += ": where no output is, *g* is 0" * any(not 0 <= place <= last for place in places)
            said += f": {self.sum_of(end)}." if self.sum_of(end) else "."
            made |= set(range(min(at, end), max(at, end) + 1))
            if name == "along":
                said, made = "Turn over, slide, multiply, add: a full convolution.", {*self.at.samples}
                said = said if self.turns else "Slide, multiply, add: a convolution."
            draft = self.stage(said, [end], [t for t, _ in self.back_fan(end)], slopes=sorted(made))
            self.lay_rig(draft, False, end)
            self.lay_outside(draft)
            self.lay_products(draft, end)
            self.lay_formula(draft, "backward")
            boards.append(draft.board(name, said, 3, self.passing(False, at, end)))
            at = end
        self.end = at
        return boards

    # the check, and the end

    def check(self) -> Board:
        """The gradient of every sample in view, with what others find."""
        asked, convolved = self.back.asked, self.back.convolved
        if self.back.slopes != convolved:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        if asked not in (None, self.back.slopes):
            raise Refuted("Keras must find this gradient. Received: other numbers")
        rows = {"SciPy": convolved} if asked is None else {"Keras": asked, "SciPy": convolved}
        who = f"GradientTape ({self.script.check.library}) and " * (asked is not None)
        said = f"{who}SciPy's `convolve(g, w)` agree{'s' * (asked is None)}."
        draft = self.stage(said, lit=None, slopes=self.at.samples)
        self.lay_rig(draft, False, self.end, False)
        self.lay_outside(draft)
        self.lay_found(draft, rows)
        come = [Cue(((who,), ("name", who)), beat=motion.MOVE + place) for place, who in enumerate(rows)]
        return draft.board("check", said, 5, come)

    def answer(self) -> Board:
        said = f"The same lines from the other end: + becomes {MINUS}" + ", and *w* turns over" * self.turns
        draft = self.stage(f"{said}.", lit=None, slopes=self.at.samples)
        rows = (*map(self.x_key, self.at.samples), *map(self.y_key, self.at.outputs))
        draft.change([(*key, "bar") for key in rows], light=FULL)
        self.lay_rig(draft, False, self.end)
        self.lay_outside(draft)
        self.lay_formulas(draft)
        return draft.board("answer", f"{said}.", 4)
