"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. A sample that is raised moves the outputs that read
it, each by its tap, and each of these moves the loss by its ``g``: so ``g[i - k]`` comes back through tap k over the
same edge, and the kernel is turned over. The gradient is a true convolution. It answers "where does the flip come from,
then?" and "what is the gradient of a Conv1D with respect to its input?". Circles, edges and rows never move;
what comes back takes the places of what went.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.board.text import advance, runs_of
from convexplain.stories import phrases
from convexplain.stories.both_ways.opened import opened
from convexplain.stories.both_ways.reading import FEWER, LONGEST, Card, Row
from convexplain.stories.both_ways.trellis import Lit, Trellis
from convexplain.stories.script import Refuted, Script

FIGURE = {1: ("sum", "answer"), 2: ("output", "reach", "sum", "answer")}
"""The boards of the composed figure, by how many panels stand side by side."""
FOUND = "check"
"""The board whose caption is what was found besides the outputs: the gradient."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling(Trellis):
    """First what boards have in common, then the boards in their order."""

    def boards(self) -> tuple[Board, ...]:
        self.few, self.opened = self.is_plain and self.layer.kernel_size <= FEWER, opened(self)
        self.index = phrases.index(self.layer, self.back.samples)
        told = [self.ask(), self.output(), self.every_output(), self.error(), self.why(), self.moved(), self.upstream()]
        return (*told, self.sum(), self.along(), *self.ends(), self.every_sample(), self.check(), self.answer())

    def stage(
        self,
        said: str,
        card: Card,
        whole: bool = False,
        follows: bool = True,
        given: bool = False,
        gradient: Lit = None,
        raised: Sequence[Row] = (),
    ) -> Draft:
        """A board with its words, rows and edges, and the taps of its ``card``. Meant are the edges of the card and
        what they join, or the ``whole`` rows. The rest of the network ``follows`` or is not there yet.
        When it is ``given``, g has the places of the outputs, and the ``gradient`` of some samples those of the signal;
        rows may be ``raised``.
        """
        draft, read = Draft(self.form), {self.back.source(*edge) for edge in card.fan}
        samples, outputs = (None, None) if whole else (read, {t for t, _ in card.fan})
        if raised:
            samples = {self.i}
        pieces.caption(draft, said)
        self.lay_circles(draft, samples, outputs, read)
        self.lay_edges(draft, card)
        if follows:
            self.lay_follows(draft, not given)
        if gradient:
            self.lay_row(draft, self.slopes, samples, gradient)
        else:
            self.lay_row(draft, self.x, samples)
        self.lay_row(draft, self.g if given else self.y, outputs)
        for row in raised:
            self.lay_raised(draft, row)
        if card.name and card.fan:
            y = self.lay_card(draft, card).y
            self.lay_name(draft, ("taps",), "kernel *w*" if card.ahead or not self.turns else "*w* turned", y)
        return draft

    def ask(self) -> Board:
        said = "A convolution turns *w* over; Conv1D, a layer of Keras, does not. Where does the flip come from?"
        draft = self.stage(said, self.ahead, whole=True, follows=False)
        if self.script.shown.units:
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(self.script.shown.units)) + ".")
        return draft.board("ask", said, 4)

    def output(self) -> Board:
        """The told output."""
        (read,) = self.script.correlations(self.script.cell)
        pairs = [(tap.weight, tap.sample) for tap in read.taps]
        made = self.worked(pairs, self.script.output(self.t, 0))
        said = f"Output {self.t} {'adds' if self.layer.kernel_size > 1 else 'is'} tap × sample"
        said += f": {made}." if made else " for every line."
        draft = self.stage(said, self.ahead, follows=False)
        return draft.board("output", said, 4)

    def every_output(self) -> Board:
        """The taps lie on the lines of all outputs, or their colours where they have no room."""
        taps = ", ".join(f"*w*[{k}] = {weight.text}" for k, weight in enumerate(self.back.weights))
        said = "Every output has the same" if self.back.steps > 1 else "The only output has the"
        said += f" taps: {taps}." if self.few else " taps *w*[*k*]."
        draft = self.stage(said, self.all, True, follows=False)
        self.lay_rest(draft, self.all.fan)
        flown = []
        for t, k in self.ahead.fan if self.rests else ():  # those of the card stay on their lines
            own, other = ("w1", 0, 0, k, t), self.ahead.tap(k)
            if (t, k) in self.every:
                flown.append(own)
                for part in ("tile", "digits"):
                    draft.change([(*own, part)], copy_of=(*other, part))
        self.lay_formula(draft, True)
        rest = Cue(tuple(("w1", 0, 0, k, t) for t, k in self.every if ("w1", 0, 0, k, t) not in flown), staging.ENTER)
        return draft.board("lines", said, 3, [rest, Cue((*flown, ("edge",)), staging.MOVE, 1.0)])

    def error(self) -> Board:
        """What becomes of the outputs."""
        said = "Later layers lead from *y* to an error *L*. Earlier layers learn from how *x* moves *L*."
        draft = self.stage(said, self.none, whole=True)
        self.lay_rest(draft, ())
        return draft.board("error", said, 3)

    def why(self) -> Board:
        """What training asks of a sample: its lines are lit, and the taps that lie on them, where they are."""
        drawn = f", drawn as {self.rises(self.x)[self.i].text}," * self.says_more
        asks = f"By how much does a small step of *x*[{self.i}]{drawn} move *L*?"
        draft = self.stage(asks, self.turned._replace(name=""), raised=[self.x])
        self.lay_rest(draft, self.turned.fan)
        return draft.board("why", asks, 3)

    def moved(self) -> Board:
        """The outputs move, each by its tap: along their lines the taps gather in a row, which is turned over."""
        own, taps = ("outputs", "the taps of *w*, turned over") if self.turns else ("output", "its tap")
        by = f"{self.named([k for _, k in self.turned.fan])}: {taps}" if self.few else taps
        said = f"A step of *x*[{self.i}] moves its {own} by {by}."
        draft = self.stage(said, self.turned, raised=[self.x, self.y])
        for (t, k), part in product(self.turned.fan if self.rests else (), ("tile", "digits")):
            draft.change([(*self.turned.tap(k), part)], copy_of=("w1", 0, 0, k, t, part))
        gather = tuple(self.turned.tap(k) for _, k in self.turned.fan)
        row = ("card",), ("name", "taps"), *((*tap, "name") for tap in gather)
        moves = ("y1",), ("node", "below"), ("more", "y1"), ("product",)
        cues = [Cue(gather, staging.MOVE, 1.5), Cue(row, staging.MOVE, 0.4, after=1.1)]
        return draft.board("reach", said, 2.5, [*cues, Cue(moves, staging.ENTER + 1, 0.7)])

    def upstream(self) -> Board:
        """What the rest of the network says of each output."""
        told = "*g*[*t*]: the change of *L* per small change of *y*[*t*]. Suppose the later layers found these."
        draft = self.stage(told, self.turned, given=True, raised=[self.x])
        self.lay_products(draft, self.i, [self.rises(self.y)[one.step].text for one in self.returns], "lit")
        comes = *(("g", t, "bar") for t in self.outputs), ("name", "g")
        comes = *comes, ("follows", "name", False), ("follows", "arrow", False)
        cues = [Cue((("product",),), staging.LEAVE), Cue(comes, staging.MOVE)]
        return draft.board("upstream", told, 3, cues)

    def sum(self) -> Board:
        made = self.sum_of(self.i) or "the sum of tap × *g*"
        said = f"The same lines backwards: *L* moves by {made} per step of *x*[{self.i}]."
        draft = self.stage(said, self.turned._replace(rises=True), given=True, gradient={self.i})
        self.lay_products(draft, self.i)
        # What a tap moves becomes, at once, what it brings: between the two nothing is read.
        cues = [Cue((("product",),), staging.MOVE, 0.3), Cue((("edge", 1, "up"),), staging.ENTER, 0.8)]
        cues += [Cue((("slope", self.i),), staging.ENTER + 1)]
        return draft.board("sum", said, 2.5, cues)

    def slides(self, name: str, said: str, card: Card, to: int) -> Board:
        """A board to which the card slides from the sample before: the gradient of the new one grows."""
        draft = self.stage(said, card, given=True, gradient={self.i, self.end, to})
        self.lay_products(draft, to)
        if to == self.end:
            self.lay_formula(draft, False, str(to))
        before = (("slope", i) for i in {self.i, self.end} - {to})
        slide = ("node",), ("g",), *before, ("card",), ("w1",)
        cues = [Cue(slide, staging.MOVE, 1.5), Cue((("slope", to, "bar"),), staging.ENTER + 0.5)]
        return draft.board(name, said, 2.5, cues)

    def along(self) -> Board:
        """The next sample."""
        made = self.sum_of(self.end)
        said = f"Sample {self.end}{f': {made}' if made else ' adds tap × *g*'}."
        return self.slides("along", said, self.slid, self.end)

    def ends(self) -> list[Board]:
        """The sample at an end, which has fewer lines."""
        if self.last is None:
            return []
        made, lines = self.sum_of(self.last), phrases.count(len(self.back.fan(self.last)), "real line")
        said = f"Sample {self.last} has {lines}{': ' * bool(made)}{made}. Beyond the ends *g* is 0."
        return [self.slides("ends", said, self.over, self.last)]

    def every_sample(self) -> Board:
        """What lies on the lines of a sample adds up to its gradient."""
        said = "*w* turned over, slid along *g*, summed: this is a convolution."
        said = said if self.turns else "The gradient: *w* times *g*, summed."
        draft = self.stage(said, self.slid, whole=True, given=True, gradient=self.samples)
        self.lay_formula(draft, False)
        made = self.i, self.end, self.last
        left = [i for i in self.samples if i not in made]
        cues = [Cue((("node",), ("g",), ("card",), ("w1",), *(("slope", i) for i in made)), staging.MOVE, 1.5)]
        cues += [Cue((("slope", i, "bar"),), staging.ENTER, after=min(0.2 * n, 1.6)) for n, i in enumerate(left)]
        return draft.board("every", said, 2.5, cues)

    def check(self) -> Board:
        """The gradient of every sample in view, with what others find."""
        asked = self.back.asked
        if self.back.slopes != self.back.convolved:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        if asked is not None and asked[0] > asked[1]:
            raise Refuted("Keras must find this gradient. Received: other numbers")
        zeros = ", with zeros in its gaps," if self.layer.strides > 1 or self.layer.dilation_rate > 1 else ""
        same = asked is not None and not (asked[0] or self.script.shown.is_rounded)
        keras, full = f"{self.script.check.library}'s gradient and " * same, ""
        if asked and not same:
            apart = f"to {style.everyday(asked[0])}" if asked[0] else "exactly"
            full = f"; with the full numbers Keras's agrees {apart}"
        found = ", ".join(number.text for number in self.slopes.numbers.values())
        short = self.back.samples == len(self.samples) and advance(runs_of(found)) <= LONGEST / 2
        gives = f"give{'s' * (not same)} the same"
        gives += f": {found}" if short else f" {phrases.count(self.back.samples, 'number')}"
        said = f"{keras}SciPy's `convolve(g, w)`{zeros} {gives}{full}."
        draft = self.stage(said, self.slid, whole=True, given=True, gradient=self.samples)
        return draft.board("check", said, 5)

    def answer(self) -> Board:
        """The kernel as an output reads it, beside it as a sample does."""
        said = f"A line has *i* = {self.index}. For one *i*, the larger *t* the smaller *k*: turned over."
        if self.turns and self.index == "*t* + *k*":
            said = "Forward no flip; for the gradient, tap *k* leads back to output *i* − *k*: a flip."
        said = said if self.turns else "Down a line its tap multiplies *x*, up the same line *g*."
        if self.opened:
            draft = Draft(self.form)
            pieces.caption(draft, said)
            self.opened.lay(draft)
        else:
            draft = self.stage(said, self.slid, given=True, gradient=self.samples)
            if self.index == "*t* + *k*":
                self.lay_formula(draft, False)
        moves = tuple(key for key in draft.marks if key[0] in ("edge", "node", "card", "w1", "name"))
        new = [key for key in moves if key[-1] == "name"] if not self.look.name else []
        late = *new, *(self.down.tap(k) for _, k in self.down.fan), ("card", "down")
        cues = [Cue((("caption",),), lasts=0.5), Cue((("formula", "above"),), staging.LEAVE, after=0.3)]
        cues += [Cue(moves, staging.MOVE, 1.5), Cue(late, staging.MOVE, 0.4, after=1.1)]
        return draft.board("answer", said, 4, cues)
