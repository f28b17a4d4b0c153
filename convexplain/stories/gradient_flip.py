"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. A sample that grows lets the outputs that read it
grow, each by its tap, and each of these moves the network's error by its effect: so ``g[i - k]`` comes back through
tap k over the same edge, and the kernel is turned over. The effects of the samples, the gradient, are a true
convolution. It answers "where does the flip come from, then?" and "what is the gradient of a Conv1D with respect to its
input?".
"""

from __future__ import annotations

from copy import copy
from itertools import product

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.both_ways.reading import Card
from convexplain.stories.both_ways.trellis import Lit, Trellis
from convexplain.stories.script import Refuted, Script

FIGURE = {1: ("sum", "answer"), 2: ("reach", "effect", "sum", "answer")}
"""The boards of the composed figure, by how many panels stand side by side."""
FOUND = "check"
"""The board whose caption is what was found besides the outputs: the gradient."""
SLIDES = ("card",), ("w1",), ("edge", 1, "up")
"""The keys of the card, which slides with its lines to another sample."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling(Trellis):
    """First what boards have in common, then the boards in their order."""

    def boards(self) -> tuple[Board, ...]:
        forward = self.ask(), self.output(), self.every_output()
        back = self.turned_over(), self.effect(), self.sum(), *self.ends(), self.every_sample()
        return (*forward, *back, self.check(), self.answer())

    def stage(self, said: str, card: Card, whole: bool = False) -> Draft:
        """A board with its words, circles and edges, and the taps of its ``card``. Meant are the edges of the card and
        what they join, or ``whole`` rows.
        """
        draft = Draft(self.form)
        pieces.caption(draft, said)
        self.lay_circles(draft, *((None, None) if whole else self.joined(card)))
        self.lay_card(draft, card, self.every)
        return draft

    def forward(self, said: str, card: Card, whole: bool = False, outputs: Lit = None) -> Draft:
        """A board of the signal and of some outputs."""
        draft, lit = self.stage(said, card, whole), (None, None) if whole else self.joined(card)
        pieces.ruler(draft, self.axis, "step")
        self.lay_row(draft, self.x, lit[0])
        if outputs is None or outputs:
            self.lay_row(draft, self.y, lit[1], outputs)
        self.lay_name(draft, "taps", "kernel", self.tap_at(self.ahead, self.t, 0)[1])
        return draft

    def back_to(self, said: str, i: int, samples: Lit = None, found: str = "") -> Draft:
        """A board of the effects of all outputs, and of some ``samples``: the sample ``i`` is told, or all, which
        others have ``found``.
        """
        every = samples is None
        draft = self.stage(said, self.slid[i], every)
        self.lay_row(draft, self.g, None if every and not found else {t for t, _ in self.back.fan(i) if not found})
        self.lay_row(draft, self.slopes, None if every else {i}, samples)
        if found:
            self.lay_found(draft, self.slopes, found)
        else:
            pieces.ruler(draft, self.axis, "step", [i] * (not every))
            self.lay_products(draft, i, True)
        return draft

    def ask(self) -> Board:
        said = "`Conv1D` slides its kernel as it is. Its training slides it turned over. Why?"
        said = said if self.turns else "`Conv1D` slides its kernel as it is. Does its training turn it over?"
        draft = self.forward(said, self.ahead, True, outputs=())
        if self.script.shown.units:
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(self.script.shown.units)) + ".")
        return draft.board("ask", said, 4)

    def output(self) -> Board:
        """The told output."""
        said = "Each line multiplies a sample by a tap, a number of the kernel. The output is the sum."
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
        pieces.ruler(draft, self.axis, "step", [self.i])
        self.lay_products(draft, self.i, False)
        x, y = self.end_of(True, self.i)
        draft.put("grows", ("grows",), words("+1", x, y - self.node - 12 - self.text / 2, self.text, "lit"))
        return draft

    def turned_over(self) -> Board:
        """Along the lines of a sample the taps gather in a row, which is turned over."""
        outputs = phrases.count(len(self.turned.fan), "output")
        own = f"{outputs} change by the taps, in turned order" if self.turns else "its output changes by the tap"
        said = f"When the sample at step {self.i} grows by 1, {own}."
        draft = self.grows(said)
        for (t, k), part in product(self.turned.fan if self.rests else (), ("tile", "digits")):
            draft.change([(*self.turned.tap(k), part)], copy_of=("w1", 0, 0, k, t, part))
        gather = tuple(self.turned.tap(k) for _, k in self.turned.fan)
        cues = [Cue((("edge", 1, "turned"),), staging.LEAVE), Cue(gather, staging.MOVE, 1.5)]
        cues += [Cue((("card",),), staging.MOVE, 0.4, after=1.1)]
        return draft.board("reach", said, 3, [*cues, Cue((("product",),), staging.ENTER + 1, 0.7)])

    def effect(self) -> Board:
        """What the rest of the network makes of each output."""
        said = "An output that grows has an effect on the error of the network. Say, for growth by 1, this much."
        draft = self.grows(said)
        self.lay_row(draft, self.g, None)
        return draft.board("effect", said, 4)

    def sum(self) -> Board:
        """What comes back to a sample."""
        said = "The layer before learns from the effect of its samples: tap times effect, back along the lines."
        draft = self.back_to(said, self.i, {self.i})
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
        said = f"The sample at step {self.first} has only {lines}. The other taps lead to no output."
        draft = self.back_to(said, self.first, {self.i, self.first})
        return [
            draft.board(
                "first", said, 3, [Cue(SLIDES, staging.MOVE, 1.5), Cue((("slope", self.first),), staging.ENTER + 1)]
            )
        ]

    def every_sample(self) -> Board:
        """The card slides along, and what comes back to each sample adds up."""
        said = "The kernel, turned over, slides along the effects. To turn, slide and add up is a convolution."
        said = said if self.turns else "The kernel slides along the effects and adds up. That is a convolution."
        draft = self.back_to(said, self.last)
        begin = self.i if self.first is None else self.first
        ways = {i: (i - begin) / ((self.last - begin) or 1) for i in self.samples if i not in (self.i, self.first)}
        grow = [  # when the card has come there
            Cue((("slope", i),), staging.MOVE, 0.5, after=2.5 * min(1.0, max(0.0, way))) for i, way in ways.items()
        ]
        return draft.board("every", said, 4, [Cue(SLIDES, staging.MOVE, 3.0), *grow])

    def check(self) -> Board:
        """The gradient of every sample in view, with what others find."""
        asked = self.back.asked
        if self.back.slopes != self.back.convolved:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        if asked is not None and asked[0] > asked[1]:
            raise Refuted("Keras must find this gradient. Received: other numbers")
        same = asked is not None and not (asked[0] or self.script.shown.is_rounded)
        how = ", which turns its kernel," * (same or not asked)
        if self.layer.strides * self.layer.dilation_rate > 1:
            how = ", with zeros in the gaps,"
        said = f"{'Keras and ' * same}SciPy's `convolve`{how} {'find' if same else 'finds'} the same"
        if asked and not same:
            said += f", and Keras with the full numbers, to {style.everyday(asked[0])}" if asked[0] else ", Keras too"
        said = f"These effects are called the gradient. {said}."
        draft = self.back_to(said, self.last, found="Keras, SciPy" if same else "SciPy")
        return draft.board("check", said, 5)

    def answer(self) -> Board:
        """The kernel as an output reads it, beside it as a sample does, where all else has left."""
        meets = "An output meets the taps in order, a sample" if self.beside else "A sample meets the taps"
        said = f"The lines stay. {meets} in turned order."
        said = said if self.turns else "The same line, read from its other end, has the same tap."
        down = self.ahead._replace(name="down")
        cards, draft, alone = [*([down] if self.beside else []), self.slid[self.i]], Draft(self.form), copy(self)
        alone.high, alone.low = self.top + self.digits, self.ground - self.digits
        pieces.caption(draft, said)
        joined = [self.joined(card) for card in cards]
        alone.lay_circles(draft, *(set().union(*steps) for steps in zip(*joined, strict=True)))
        for card in cards:
            alone.lay_card(draft, card, ())
        moves = tuple(key for key in draft.marks if key[0] in ("edge", "node", "card", "w1", "name"))
        late = *(down.tap(k) for _, k in down.fan), ("card", "down")
        return draft.board("answer", said, 4, [Cue(moves, staging.MOVE, 1.5), Cue(late, staging.ENTER, 0.6)])
