"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. A sample that is raised moves the outputs that read
it, each by its tap, and each of these moves the loss by its ``g``: so ``g[i - k]`` comes back through tap k over the
same edge, and the kernel is turned over. The gradient is a true convolution. It answers "where does the flip come from,
then?" and "what is the gradient of a Conv1D with respect to its input?". Circles, edges and rows never move;
what comes back takes the places of what went.
"""

from __future__ import annotations

from collections.abc import Collection

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, FULL, Board, Cue, Draft, Format
from convexplain.stories import phrases
from convexplain.stories.both_ways.reading import FEWER
from convexplain.stories.both_ways.stage import PARTS, Stage, flown
from convexplain.stories.both_ways.trellis import DIM
from convexplain.stories.script import Refuted, Script

FIGURE = {1: ("output", "sum"), 2: ("output", "reach", "sum", "along")}
"""The boards of the composed figure, by how many panels stand side by side."""
CHECKED = "check"
"""The board whose caption is what was checked."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling(Stage):
    def boards(self) -> tuple[Board, ...]:
        self.turns = self.layer.kernel_size > 1
        self.few = self.is_plain and self.layer.kernel_size <= FEWER
        self.grown_by = self.script.written(self.back.ten, self.script.level - 1).text
        self.steps = [one.step for one in self.returns]
        self.turned_taps = self.named([one.k for one in self.returns])
        told = [self.ask(), self.output(), self.every_output(), *self.asked(), *self.turned(), *self.reached()]
        return (*told, self.sum(), self.along(), self.check(), self.answer())

    def forward(self, said: str, t: int, all_: bool = False) -> Draft:
        """The kernel under the samples that an output reads, which are meant, or ``all_`` that there are."""
        taps = self.reads(t).taps
        outer = [tap.step for tap in taps if tap.padded and self.at.axis.has(tap.step)]
        draft = self.stage(said, *((None, None) if all_ else ([tap.step for tap in taps if not tap.padded], [t])))
        self.at.lay_nodes(draft, True, outer, outer)
        self.at.lay_zeros(draft, outer, True)
        self.lay_rig(draft, True, t)
        return draft

    def ask(self) -> Board:
        taps = range(self.layer.kernel_size)
        ahead, back = (self.named(taps), f"as {self.named(taps[::-1])}") if self.few else ("they are", "turned over")
        said = f"Forward, Conv1D takes its taps as {ahead}; backward, {back}. Why?"
        said = said if self.turns else "Forward, Conv1D multiplies each sample by its tap *w*. What comes back?"
        draft = self.forward(said, self.t, True)
        if self.script.shown.units:
            draft.marks = {key: mark for key, mark in draft.marks.items() if key[0] not in ("follows", "loss")}
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(self.script.shown.units)) + ".")
        return draft.board("ask", said, 4)

    def output(self) -> Board:
        """The told output."""
        count, made = phrases.count(self.layer.kernel_size, "product"), self.made(self.t)
        said = f"Forward, *y*[{self.t}] adds " + (f"tap × sample: {made}." if made else f"{count}, tap × sample.")
        draft = self.forward(said, self.t)
        self.lay_formula(draft, "forward")
        return draft.board("output", said, 4)

    def every_output(self) -> Board:
        """The taps lie on the lines of all outputs or, where they have no room, the kernel slides to the last."""
        if not self.at.rests:
            said = "It slides on as it stands: the same taps for every output."
            t = [t for t in self.at.outputs if t == self.t or self.at.shows(*self.fan(t))][-1]
            return self.forward(said, t).board("slid", said, 4, self.passing(True, self.t, t))
        said = f"On the lines of every output lie the same {phrases.count(self.layer.kernel_size, 'tap')}."
        draft, taps = self.stage(said, lit=self.every), [self.at.tap(k, self.t) for _, k in self.fan(self.t)]
        self.at.lay_rest(draft, self.every, self.every)
        for *kernel, t in taps:
            resting = [(*kernel, t, part) for part in PARTS if (*kernel, t, part) in draft.marks]
            for key in resting:
                draft.change([key], copy_of=(*kernel, key[-1]))
        cues = [*flown(taps, motion.MOVE, 0.9), Cue((("strand",),), beat=motion.MOVE, lasts=0.9)]
        return draft.board("lines", said, 3, cues)

    def asked(self) -> list[Board]:
        """What comes after the layer, and what training asks."""
        what = "The rest of the network makes *y* one number, the error *L*. Training lowers *L*."
        asks = f"To train what made *x*, ask: if *x*[{self.i}] grows by {self.grown_by}, by how much does *L* grow?"
        fan = self.back_fan(self.i)
        loss, why = self.stage(what), self.stage(asks, [self.i], self.steps, fan, loss=" + ?")
        self.at.lay_rest(loss, self.every, ())
        self.at.lay_rest(why, self.every, fan)
        return [loss.board("loss", what, 4), why.board("why", asks, 3)]

    def backward(self, said: str, raised: bool, gradient: Collection[int] | None = None, i: int | None = None) -> Draft:
        """The told sample, or another, and the outputs that read it, with the turned kernel over them."""
        i, grown = self.i if i is None else i, self.grown if raised else ""
        loss = grown if gradient else " + ?"
        draft = self.stage(said, [i], [t for t, _ in self.back_fan(i)], (), raised, loss, gradient)
        self.lay_rig(draft, False, i)
        if gradient is not None:
            self.lay_outside(draft, i if raised else None)
        if gradient:
            self.lay_products(draft, i)
            self.lay_formula(draft, "backward")
        return draft

    def turned(self) -> list[Board]:
        """The taps on the lines of the told sample, from left to right."""
        if len(self.steps) < 2:
            return []
        said = f"From left to right the taps on its lines are {self.turned_taps}: turned over."
        cues = [Cue((("edge",), ("strand",)), beat=motion.MOVE, lasts=0.9)]
        for n, (t, k) in enumerate(reversed(self.back_fan(self.i))):
            cues += flown([self.at.tap(k, t)], motion.MOVE, 1.0, 0.5 * min(n, FEWER))
        return [self.backward(said, False).board("turn", said, 2.5, cues)]

    def reached(self) -> list[Board]:
        """The outputs move, each by its tap, and what each move is worth."""
        times = "" if self.back.ten == 1 else f"{self.grown_by} × "
        by = times + (self.turned_taps if self.few and not times else "their taps")
        moves = f"Let *x*[{self.i}] grow by {self.grown_by}: the outputs that read it move by {by}. And *L*?"
        here = [self.back.upstream(t).text for t in self.at.outputs]
        given = f": here, say, {', '.join(here)}." if self.is_plain and len(here) <= FEWER else "."
        told = f"If *y*[*t*] grows by 1, *L* grows by *g*[*t*]. The rest gives it{given}"
        reach, upstream = self.backward(moves, True), self.backward(told, True, [])
        cues = [Cue((("more",),), beat=motion.MOVE, lasts=0.9)]
        cues.append(Cue((self.y_key(), ("more", *self.y_key())), beat=motion.MOVE + 1, lasts=1.2))
        cues.append(Cue((("move",), ("name", "moves")), beat=motion.ENTER + 1))
        return [reach.board("reach", moves, 2.5, cues), upstream.board("upstream", told, 3)]

    def sum(self) -> Board:
        made, name = self.sum_of(self.i), f"d*L*/d*x*[{self.i}]"
        said = f"Backward, {name} adds tap × *g*, *w* turned over."
        if made:
            grows = f"If *x*[{self.i}] grows by 1, *L* grows by" if self.back.ten == 1 else "Backward:"
            said = f"{grows} {made} = {name}."
        draft = self.backward(said, True, [self.i])
        cues = [Cue((("loss",),), beat=motion.ENTER + 1), Cue((("slope", self.i, "bar"),), beat=motion.ENTER + 2)]
        for n, k in enumerate(self.met(self.i)):
            cues.append(Cue((("return", self.i, k),), motion.ENTER, 0.7, after=0.4 * min(n, FEWER)))
        return draft.board("sum", said, 3, cues)

    def along(self) -> Board:
        """The card slides over all."""
        self.end = self.whole[-1]
        said = "It slides on: a convolution, *w* turned over" if self.turns else "Slide, multiply, add: a convolution"
        said += "; beyond *y*, *g* is 0." if not all(g.value for g, _ in self.met(self.end).values()) else "."
        draft = self.backward(said, False, self.at.samples, self.end)
        return draft.board("along", said, 3, self.passing(False, self.i, self.end))

    def check(self) -> Board:
        """The gradient of every sample in view, with what others find."""
        asked, convolved = self.back.asked, self.back.convolved
        if self.back.slopes != convolved:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        if asked not in (None, self.back.slopes):
            raise Refuted("Keras must find this gradient. Received: other numbers")
        said = "SciPy's `convolve(g, w)` agrees" + ": it turns *w* over, too" * self.turns
        said = f"{said}." if asked is None else f"{self.script.check.library} finds this gradient; {said}."
        draft, who = self.stage(said, lit=None, gradient=self.at.samples), "SciPy" if asked is None else "Keras"
        self.lay_rig(draft, False, self.end, False)
        self.lay_outside(draft)
        self.lay_found(draft, who, asked or convolved)
        return draft.board("check", said, 5, [Cue(((who,), ("name", who)), beat=motion.MOVE)])

    def answer(self) -> Board:
        """The lines of an output and those of a sample, and why their taps lie the other way round."""
        apart, t = self.apart(self.t), self.t
        i = self.i if apart is None else apart
        ahead, back = (rule[4:-1] for rule in phrases.reads(self.layer, self.back.samples))
        said = f"A line has *i* = {ahead}. From its other end *t* = {back}"
        taps = f"the taps read {self.named(range(self.layer.kernel_size)[::-1])}" if self.few else "*w* is turned over"
        said += f": so {taps}." if self.turns else "."
        read, reading = {*self.under(True, t).values()}, {step for step, _ in self.back_fan(i)}
        fans = sorted({*self.fan(t), *self.back_fan(i)})
        draft = self.stage(said, {*read, i}, {t, *reading}, fans, gradient=self.at.samples)
        near = {("slope", i), *(("g", step) for step in reading)}
        for *key, part in draft.marks:
            if part == "bar":
                draft.change([(*key, part)], light=FULL if tuple(key) in near else DIM)
            elif part == "digits" and tuple(key) not in near:
                draft.change([(*key, part)], role="context")
        self.lay_rig(draft, False, i, False)
        self.lay_products(draft, i)
        if apart is not None:
            again = {k: self.at.tap(k, "again") for k in self.taps_of(True)}
            self.at.lay_card(draft, True, t, again, ("again",))
        draft.change([("name", row) for row in ("above", "taps", "below") if ("name", row) in draft.marks], role="lit")
        return draft.board("answer", said, 3.5, [Cue((("edge",),), beat=motion.MOVE, lasts=0.9)])
