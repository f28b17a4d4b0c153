"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. A sample that is raised moves the outputs that read
it, each by its tap, and each of these moves the loss by its ``g``: so ``g[i - k]`` comes back through tap k over the
same edge, and the kernel is turned over. The gradient is a true convolution. It answers "where does the flip come from,
then?" and "what is the gradient of a Conv1D with respect to its input?". Circles, edges and rows never move;
what comes back takes the places of what went.
"""

from __future__ import annotations

from fractions import Fraction

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Format
from convexplain.board.pieces import Number
from convexplain.stories import phrases
from convexplain.stories.both_ways.reading import ASKED, FEWER
from convexplain.stories.both_ways.stage import Stage, flown
from convexplain.stories.one_channel import sliding
from convexplain.stories.script import Refuted, Script

FIGURE = {1: ("output", "sum"), 2: ("output", "reach", "sum", "along")}
"""The boards of the composed figure, by how many panels stand side by side."""
FOUND = "check"
"""The board whose caption is what was found besides the outputs: the gradient."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling(Stage):
    def boards(self) -> tuple[Board, ...]:
        self.few = self.is_plain and self.layer.kernel_size <= FEWER
        self.grown_by = self.script.written(self.back.ten, self.script.level - 1).text
        self.turned_taps = self.named([k for _, k in self.turned.fan])
        told = [self.ask(), self.output(), self.every_output(), self.why(), *self.turn(), *self.moved()]
        return (*told, self.sum(), self.along(), self.every_sample(), self.check(), self.answer())

    def ask(self) -> Board:
        taps = range(self.layer.kernel_size)
        ahead, back = (self.named(taps), self.named(taps[::-1])) if self.few else ("it is", "turned over")
        said = f"Forward, *x* to *y*, Conv1D's kernel is taken as {ahead}; backward, {back}. Why?"
        said = said if self.turns else "Forward, Conv1D multiplies each sample by its tap *w*. What comes back?"
        draft = self.rigged(said, self.ahead, whole=True)
        if self.script.shown.units:
            draft.marks = {key: mark for key, mark in draft.marks.items() if key[0] not in ("follows", "loss")}
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(self.script.shown.units)) + ".")
        return draft.board("ask", said, 4)

    def output(self) -> Board:
        """The told output."""
        (read,) = self.script.correlations(self.script.cell)
        pairs = [(tap.weight, tap.sample) for tap in read.taps]
        made = self.worked(pairs, self.script.output(self.t, 0))
        said = f"*y*[{self.t}] adds tap *w*[*k*] × sample" + (f": {made}." if made else " for every *k*.")
        draft = self.rigged(said, self.ahead)
        self.lay_formula(draft, True)
        return draft.board("output", said, 4)

    def every_output(self) -> Board:
        """The taps lie on the lines of all outputs, or their colours where they have no room."""
        said = "On the lines of every output lie the same taps: the kernel *w*."
        draft, cues = self.over_all(said, True)
        return draft.board("lines", said, 3, cues)

    def why(self) -> Board:
        """What training asks."""
        grows = f"if *x*[{self.i}] grows by {self.grown_by}, by how much does *L* grow?"
        asks = f"Backward, to train any layer before: {grows}"
        draft = self.stage(asks, self.turned.fan, loss=ASKED)
        self.lay_rest(draft, self.turned.fan)
        return draft.board("why", asks, 4)

    def turn(self) -> list[Board]:
        """The taps on the lines of the told sample, from left to right."""
        if len(self.returns) < 2:
            return []
        said = f"From left to right the taps on its lines are {self.turned_taps}: turned over."
        cues = flown(self.turned.keys.values(), 1.2)
        return [self.rigged(said, self.turned, loss=ASKED).board("turn", said, 2.5, cues)]

    def moved(self) -> list[Board]:
        """The outputs move, each by its tap, and what each move is worth."""
        times = "" if self.back.ten == 1 else f"{self.grown_by} × "
        by = times + (self.turned_taps if self.few and not times else "their taps")
        moves = f"Let *x*[{self.i}] grow by {self.grown_by}: the outputs that read it move by {by}. And *L*?"
        here = [self.back.upstream(t).text for t in self.outputs]
        given = f"; here we chose {', '.join(here)}." if self.is_plain and len(here) <= FEWER else "."
        told = f"If *y*[*t*] grows by 1, *L* grows by *g*[*t*]. The rest gives it{given}"
        reach = self.rigged(moves, self.turned, raised=True, loss=ASKED)
        upstream = self.rigged(told, self.turned, raised=True, loss=ASKED, gradient=())
        y, numbers = self.y.key, (("move",), ("name", "moves"))
        cues = [
            Cue((("more",),), beat=motion.MOVE, lasts=0.9),
            Cue((y, ("more", *y)), beat=motion.MOVE + 1, lasts=1.2),
            Cue(numbers, beat=motion.ENTER + 1),
        ]
        bars = [(*y, t, "bar") for t in self.outputs]
        leave = [
            Cue(numbers, beat=motion.LEAVE + 0.5),
            Cue((*bars, ("more", *y), ("name", "g")), beat=motion.MOVE, lasts=0.7),
            Cue((("g",),), beat=motion.ENTER, lasts=0.9),
        ]
        return [reach.board("reach", moves, 2.5, cues), upstream.board("upstream", told, 3, leave)]

    def sum(self) -> Board:
        made, name = self.sum_of(self.i), f"d*L*/d*x*[{self.i}]"
        grows = f"*x*[{self.i}] grows by 1"
        said = f"If {grows}, *L* grows by {made}: this is {name}." if made else ""
        said = said or f"{name}, by how much *L* grows if {grows}, adds tap × *g*."
        draft = self.rigged(said, self.turned, raised=True, loss=self.grown, gradient=())
        self.lay_products(draft, self.i)
        cues = [Cue((("loss",),), beat=motion.ENTER + 1)]
        for n, one in enumerate(self.returns):
            cues.append(Cue((("return", self.i, one.k),), motion.ENTER, 0.7, after=0.4 * min(n, FEWER)))
        return draft.board("sum", said, 3, cues)

    def along(self) -> Board:
        """The card slides to the next sample."""
        texts = [one.product.text for one in self.back.returns(self.end)]
        is_short = self.sum_of(self.end) and len(texts) > 1
        worked = f": {phrases.added(texts, self.back.slope(self.end).text)}" if is_short else ""
        said = "At" if self.end == self.i else "The same at"
        said += f" sample {self.end}{worked}. d*L*/d*x* is the gradient."
        draft = self.rigged(said, self.slid, gradient={self.i, self.end})
        self.lay_products(draft, self.end)
        self.lay_formula(draft, False)
        cues = [Cue((("slope", self.i, "bar"), ("name", "slope")), beat=motion.LEAVE + 0.5)]
        rig = (("card",), ("node",), ("edge",), *self.slid.keys.values())
        cues.append(Cue(rig, beat=motion.MOVE, lasts=max(1.5, sliding.SLIDE * (self.end - self.i))))
        cues.append(Cue((("slope", self.end, "bar"),), beat=motion.ENTER + 1))
        return draft.board("along", said, 3.5, cues)

    def every_sample(self) -> Board:
        """What lies on the lines of a sample adds up to its gradient."""
        said = f"Every sample adds tap × *g* over its lines: a convolution{', *w* turned over' * self.turns}."
        draft, cues = self.over_all(said, False)
        return draft.board("every", said, 3, [*cues, Cue((("slope",),), beat=motion.ENTER + 1)])

    def check(self) -> Board:
        """The gradient of every sample in view, with what others find."""
        asked = self.back.asked
        if self.back.slopes != self.back.convolved:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        if asked not in (None, self.back.slopes):
            raise Refuted("Keras must find this gradient. Received: other numbers")
        zeros = ", with zeros in its gaps," if self.layer.strides > 1 or self.layer.dilation_rate > 1 else ""
        said = f"SciPy's `convolve(g, w)`{zeros} agrees" + ": it turns *w* over, too" * self.turns
        said = f"{said}." if asked is None else f"{self.script.check.library} finds this gradient; {said}."
        draft, _ = self.over_all(said, False)
        for i in self.samples:  # a dot beside the tip of each gradient
            mark = draft.marks["slope", i, "bar"]
            x = min(mark.right + 14, mark.x + 0.4 * self.axis.pitch)
            pieces.compared(draft, ("found", i), x, mark.tip if mark.kind == "bar" else mark.y)
        who = "SciPy" if asked is None else "Keras, SciPy"
        self.lay_name(draft, ("found",), f"• {who}", self.foot - 2 * self.form.small, "kernel")
        return draft.board("check", said, 5, [Cue((("found",), ("name", "found")), beat=motion.MOVE)])

    def answer(self) -> Board:
        """The lines of a sample: the farther right its output, the smaller the k that is left."""
        fan, index = self.slid.fan, phrases.index(self.layer, self.back.samples)
        steps, taps = ([str(edge[n]) for edge in fan] for n in (0, 1))
        said = f"A line has *i* = {index}. At sample {self.end}, "
        if 1 < len(fan) <= FEWER:
            said += f"*t* rises {', '.join(steps)}, so *k* falls {', '.join(taps)}: turned over."
        else:
            said += "as *t* rises *k* falls: *w* is turned over." if self.turns else "*k* is 0."
        draft = self.stage(said, fan, gradient=self.samples)
        card = self.slid._replace(keys={k: self.tap(k, t, "back") for t, k in fan})
        self.lay_card(draft, card, "again")
        if index == "*t* + *k*":
            end, node = Fraction(self.end), ("node", "below")
            sums = {("sum", t): (t, Number(end, f"{t} + {k}"), (*node, t)) for t, k in fan}
            self.lay_under(draft, "sums", f"*t* + *k* = {self.end}", sums)
        draft.change([("name", row) for row in ("above", "below") if ("name", row) in draft.marks], role="lit")
        return draft.board("answer", said, 4, flown(card.keys.values(), 1.0))
