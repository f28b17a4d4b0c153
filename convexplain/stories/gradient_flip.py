"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. A sample that grows lets the outputs that read it
grow, each by its tap, and each of these moves the network's error by its price: so ``g[i - k]`` comes back through tap
k over the same edge, and the kernel is turned over. The prices of the samples, the gradient, are a true convolution. It
answers "where does the flip come from, then?" and "what is the gradient of a Conv1D with respect to its input?".
"""

from __future__ import annotations

from itertools import product

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.both_ways.reading import Card
from convexplain.stories.both_ways.trellis import Lit, Trellis
from convexplain.stories.script import Refuted, Script

FIGURE = {1: ("sum", "answer"), 2: ("reach", "price", "sum", "answer")}
"""The boards of the composed figure, by how many panels stand side by side."""
FOUND = "check"
"""The board whose caption is what was found besides the outputs: the gradient."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling(Trellis):
    """First what boards have in common, then the boards in their order."""

    def boards(self) -> tuple[Board, ...]:
        forward = self.ask(), self.output(), self.every_output()
        back = self.turned_over(), self.price(), self.sum(), *self.ends(), self.every_sample()
        return (*forward, *back, self.check(), self.answer())

    def stage(self, said: str, card: Card, whole: bool = False) -> Draft:
        """A board with its words, circles and edges, and the taps of its ``card``. Meant are the edges of the card and
        what they join, or ``whole`` rows.
        """
        draft = Draft(self.form)
        pieces.caption(draft, said)
        self.lay_circles(draft, *((None, None) if whole else self.joined(card)))
        self.lay_edges(draft, card, self.every)
        if card.name and card.fan:
            self.lay_card(draft, card)
        return draft

    def forward(self, said: str, card: Card, whole: bool = False, outputs: Lit = None) -> Draft:
        """A board of the signal and of some outputs."""
        draft, lit = self.stage(said, card, whole), (None, None) if whole else self.joined(card)
        self.lay_row(draft, self.x, lit[0])
        if outputs is None or outputs:
            self.lay_row(draft, self.y, lit[1], outputs)
        self.lay_name(draft, "taps", "kernel", self.tap_at(self.ahead, self.t, 0)[1])
        return draft

    def priced(self, said: str, i: int | None, samples: Lit = None) -> Draft:
        """A board of the prices of all outputs, and of some ``samples``: the sample ``i`` is told, or all."""
        draft = self.stage(said, self.slid[self.last if i is None else i], i is None)
        self.lay_row(draft, self.g, None if i is None else {t for t, _ in self.back.fan(i)})
        self.lay_row(draft, self.slopes, None if i is None else {i}, samples)
        if i is not None:
            self.lay_products(draft, i, True)
        return draft

    def ask(self) -> Board:
        said = "Keras's `Conv1D` never turns its kernel over, yet its training does. Why?"
        draft = self.forward(said, self.ahead, True, outputs=())
        if self.script.shown.units:
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(self.script.shown.units)) + ".")
        return draft.board("ask", said, 4)

    def output(self) -> Board:
        """The told output."""
        said = f"Each line multiplies a sample by a tap, a number of the kernel. Output {self.t} is the sum."
        draft = self.forward(said, self.ahead, outputs={self.t})
        (read,) = self.script.correlations(self.script.cell)
        if len(read.taps) > 1:
            made = " + ".join(phrases.times(tap.sample, tap.weight) for tap in read.taps)
            self.lay_worked(draft, self.y, self.t, made)
        return draft.board("output", said, 4)

    def every_output(self) -> Board:
        """The taps lie on the lines of all outputs, or their colours where they have no room."""
        said = "Every output has the same taps on its lines."
        draft = self.forward(said, self.all, True)
        self.lay_rest(draft)
        flown = [(t, k) for t, k in self.ahead.fan if self.rests and (t, k) in self.every]
        for (t, k), part in product(flown, ("tile", "digits")):
            draft.change([("w1", 0, 0, k, t, part)], copy_of=(*self.ahead.tap(k), part))
        rest = tuple(("w1", 0, 0, k, t) for t, k in self.every if (t, k) not in flown)
        moved = tuple(("w1", 0, 0, k, t) for t, k in flown)
        return draft.board("lines", said, 3, [Cue(rest, staging.ENTER), Cue((*moved, ("edge",)), staging.MOVE, 1.0)])

    def grows(self, said: str) -> Draft:
        """The kernel turned over on the lines of a sample, and by how much that and its outputs grow."""
        draft = self.stage(said, self.turned)
        self.lay_products(draft, self.i, False)
        x, y = self.end_of(True, self.i)
        draft.put("grows", ("grows",), words("+1", x, y - self.node - 12 - self.text / 2, self.text, "lit"))
        return draft

    def turned_over(self) -> Board:
        """Along the lines of a sample the taps gather in a row, which is turned over."""
        own = "outputs grow by the taps, in turned order" if self.turns else "output grows by the tap"
        said = f"Now read from sample {self.i}. When it grows by 1, its {own}."
        draft = self.grows(said)
        for (t, k), part in product(self.turned.fan if self.rests else (), ("tile", "digits")):
            draft.change([(*self.turned.tap(k), part)], copy_of=("w1", 0, 0, k, t, part))
        gather = tuple(self.turned.tap(k) for _, k in self.turned.fan)
        cues = [Cue((("edge", 1, "turned"),), staging.LEAVE), Cue(gather, staging.MOVE, 1.5)]
        cues += [Cue((("card",),), staging.MOVE, 0.4, after=1.1)]
        return draft.board("reach", said, 3, [*cues, Cue((("product",),), staging.ENTER + 1, 0.7)])

    def price(self) -> Board:
        """What the rest of the network says of each output."""
        said = "Suppose the error of the network grows by these prices when an output grows by 1."
        draft = self.grows(said)
        self.lay_row(draft, self.g, None)
        return draft.board("price", said, 4)

    def sum(self) -> Board:
        """What comes back to a sample."""
        said = f"Each line adds tap times price to the error. The sum is the price of sample {self.i}."
        draft = self.priced(said, self.i, {self.i})
        if self.turns:
            made = phrases.added([one.product.text for one in self.back.returns(self.i)], "")
            self.lay_worked(draft, self.slopes, self.i, made.removesuffix(" = "))
        cues = [Cue((("product",),), staging.MOVE, 0.3), Cue((("edge", 1, "up"),), staging.MOVE, 0.8)]
        cues += [Cue((("edge", 1, "turned"),), staging.MOVE, 0.4), Cue((("slope",), ("worked",)), staging.ENTER + 1)]
        return draft.board("sum", said, 4, cues)

    def ends(self) -> list[Board]:
        """The first sample, which has fewer lines."""
        if self.first is None:
            return []
        lines = phrases.count(len(self.back.fan(self.first)), "line")
        said = f"Sample {self.first} has only {lines}. The rest of the kernel leads to no output."
        draft = self.priced(said, self.first, {self.i, self.first})
        return [draft.board("first", said, 3, [self.slides(1.5), Cue((("slope", self.first),), staging.ENTER + 1)])]

    def slides(self, lasts: float) -> Cue:
        """The card slides with its lines to another sample."""
        return Cue((("card",), ("w1",), ("edge", 1, "up")), staging.MOVE, lasts)

    def every_sample(self) -> Board:
        """The card slides along, and what comes back to each sample adds up."""
        said = "The turned kernel slides along the prices and adds up. That is a convolution."
        said = said if self.turns else "The kernel slides along the prices and adds up. That is a convolution."
        draft = self.priced(said, None)
        begin = self.i if self.first is None else self.first
        cues = [self.slides(3.0)]
        for i in self.samples:
            if i not in (self.i, self.first):  # it grows when the card has come there
                way = min(1.0, max(0.0, (i - begin) / max(1, self.last - begin)))
                cues.append(Cue((("slope", i),), staging.MOVE, 0.5, after=2.5 * way))
        return draft.board("every", said, 4, cues)

    def check(self) -> Board:
        """The gradient of every sample in view, with what others find."""
        asked = self.back.asked
        if self.back.slopes != self.back.convolved:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        if asked is not None and asked[0] > asked[1]:
            raise Refuted("Keras must find this gradient. Received: other numbers")
        zeros = ", with zeros in the gaps," * (self.layer.strides > 1 or self.layer.dilation_rate > 1)
        same = asked is not None and not (asked[0] or self.script.shown.is_rounded)
        finds = f"{'Keras and ' * same}SciPy's `convolve`{zeros} {'find' if same else 'finds'} the same"
        said = f"These prices are the gradient d*L*/d*x* of the error *L*. {finds}"
        if asked and not same:
            said += f", and Keras with the full numbers, to {style.everyday(asked[0])}" if asked[0] else ", Keras too"
        return self.priced(f"{said}.", None).board("check", f"{said}.", 5)

    def answer(self) -> Board:
        """The kernel as an output reads it, beside it as a sample does, where all else has left."""
        meets = "An output meets its taps in order, a sample" if self.beside else "A sample meets its taps"
        said = f"The kernel never turns. {meets} in turned order."
        said = said if self.turns else "The same line, read from its other end, has the same tap."
        cards = [self.down, self.up] if self.beside else [self.up if self.up.fan else self.ahead]
        alone, draft = self.alone(cards), Draft(self.form)
        pieces.caption(draft, said)
        alone.lay_circles(draft, None, None)
        for card in cards:
            alone.lay_edges(draft, card, ())
            alone.lay_card(draft, card)
        moves = tuple(key for key in draft.marks if key[0] in ("edge", "node", "card", "w1", "name"))
        late = *(self.down.tap(k) for _, k in self.down.fan), ("card", "down")
        return draft.board("answer", said, 4, [Cue(moves, staging.MOVE, 1.5), Cue(late, staging.ENTER, 0.6)])
