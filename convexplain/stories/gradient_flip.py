"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. A next layer adds up the outputs, each times a factor.
A sample that grows lets the outputs that read it change, each by its tap, and each of these changes the sum by its
factor: so ``g[i - k]`` comes back through tap k over the same edge, and the kernel is turned over. The effects of the
samples, the gradient, are a true convolution. It answers "where does the flip come from, then?" and "what is the
gradient of a Conv1D with respect to its input?".
"""

from __future__ import annotations

from itertools import product

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.stories import phrases
from convexplain.stories.both_ways.reading import EFFECT, Card, is_exact, plus
from convexplain.stories.both_ways.trellis import Lit, Trellis
from convexplain.stories.script import Refuted, Script

FIGURE = {1: ("sum", "answer"), 2: ("next", "reach", "sum", "answer")}
"""The boards of the composed figure, by how many panels stand side by side."""
FOUND = "check"
"""The board whose caption is what was found besides the outputs: the gradient."""

SLIDES = ("card",), ("w1",), ("edge", 1, "turned")
"""The kernel with its lines."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling(Trellis):
    """First what boards have in common, then the boards in their order."""

    def boards(self) -> tuple[Board, ...]:
        forward = self.ask(), self.output(), self.every_output(), self.next()
        back = self.turned_over(), self.sum(), *self.ends(), self.every_sample()
        return (*forward, *back, self.check(), self.answer())

    def stage(self, said: str, card: Card, above: str, below: str, falls: float = 0.0) -> Draft:
        """Words, edges, the names of what stands ``above`` and ``below``, and a ``card`` on its edges."""
        draft = Draft(self.form)
        pieces.caption(draft, said)
        role = "quiet" if above == "samples" else EFFECT
        self.lay_name(draft, "above", above, self.base - 0.34 * self.form.small, role)
        self.lay_name(draft, "below", below, self.rows[0])
        self.lay_card(draft, card, self.every, falls)
        return draft

    def forward(self, said: str, card: Card, *lit: Lit, has_outputs: bool = True) -> Draft:
        """A board of the signal and of the outputs, ``lit`` if said, else those a ``card`` joins."""
        draft, (above, below) = self.stage(said, card, "samples", "outputs"), lit or self.joined(card)
        pieces.ruler(draft, self.axis, "step")
        self.lay_row(draft, self.x, above)
        self.lay_outputs(draft, below)
        if has_outputs:
            self.lay_row(draft, self.y, below)
        return draft

    def back_to(self, said: str, i: int, samples: Lit = None, found: str = "") -> Draft:
        """A board of the factors, and of the effects of some ``samples``, where their bars stood: the sample ``i`` is
        told, or all, which others have ``found``; then the kernel lies over the factors.
        """
        every, fan = samples is None, self.back.fan(i)
        below = "" if found else "changes" if self.pairs and fan else "outputs"
        near, effects = {i, *(self.back.place(t) for t, _ in fan)}, self.slopes.numbers
        falls = max(-effects[j].value for j in samples or effects if min(near) <= j <= max(near))
        draft = self.stage(said, self.slid[i], "effects", below, float(falls) * self.units[self.slopes.key])
        draft.change([key for key in draft.marks if key[0] == "edge"], head=0.0)  # what is added up goes the other way
        self.lay_factors(draft, None if every else {t for t, _ in fan}, row=0 if found else 1)
        self.lay_row(draft, self.slopes, None if every else {i}, samples)
        texts = {step: f"= {number.text}" for step, number in effects.items()} if found else self.made()
        if not found:
            self.lay_changes(draft, i, is_summed=self.sums)
        if not (every and self.lay_over(draft, found or "sums", texts, "ink" if found else "formula")):
            pieces.ruler(draft, self.axis, "step", [i] * (not every))
        return draft

    def lay_changes(self, draft: Draft, i: int, is_summed: bool) -> None:
        """Over the factors by how much outputs change with a sample, by their taps; below, their products."""
        name, changes = f"change {i}", {t: plus(self.back.weights[k]) for t, k in self.back.fan(i)}
        for t, k in self.back.fan(i) if self.pairs else ():
            self.lay_number(draft, key := ("before", name, t), 0, t, changes[t])
            draft.change([key], copy_of=(*self.turned.tap(k), "digits") if i == self.i else None)
        if is_summed:
            self.lay_sum(draft, name, changes, plus(self.slopes.numbers[i]), EFFECT)

    def ask(self) -> Board:
        flip = "Yet the reverse order hides in it." if self.turns else "How does a sample meet it?"
        said = f"Keras's layer `Conv1D` slides its kernel as it is. {flip}"
        draft = self.forward(said, self.ahead, None, None)
        if self.script.shown.units:
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(self.script.shown.units)) + ".")
        return draft.board("ask", said, 4)

    def output(self) -> Board:
        """The told output."""
        said = "Each line multiplies a sample by a tap, a number of the kernel. The output is the sum."
        draft = self.forward(said, self.ahead)
        (read,) = self.script.correlations(self.script.cell)
        if len(read.taps) > 1:
            made = " + ".join(phrases.times(tap.sample, tap.weight) for tap in read.taps)
            self.lay_worked(draft, self.y, self.t, made)
        return draft.board("output", said, 4, [Cue((self.x.key, self.y.key), staging.MOVE, 0.6)])

    def every_output(self) -> Board:
        """The taps lie on the lines of all outputs, or their colours where they have no room."""
        said = "Every output has the same taps on its lines."
        draft = self.forward(said, self.all, None, None)
        self.lay_rest(draft)
        flown = [(t, k) for t, k in self.ahead.fan if self.rests and (t, k) in self.every]
        for (t, k), part in product(flown, ("tile", "digits")):
            draft.change([("w1", 0, 0, k, t, part)], copy_of=(*self.ahead.tap(k), part))
        rest = tuple(("w1", 0, 0, k, t) for t, k in self.every if (t, k) not in flown)
        moved = tuple(("w1", 0, 0, k, t) for t, k in flown)
        return draft.board("lines", said, 3, [Cue(rest, staging.ENTER), Cue((*moved, ("edge",)), staging.MOVE, 1.0)])

    def next(self) -> Board:
        """One number of all outputs."""
        said = "A next layer multiplies the outputs by factors of its own, and adds them up."
        draft = self.forward(said, self.none, (), None, has_outputs=not self.times)
        self.lay_rest(draft, lit=False)
        self.lay_factors(draft)
        if self.sums and len(self.outputs) == self.back.steps:
            self.lay_sum(draft, "next", self.y.numbers, self.total, "ink")
        factors = ("factor",), ("name", "factors"), ("name", "products")
        cues = [Cue((self.x.key, self.y.key), staging.MOVE, 0.6), Cue(factors, staging.MOVE, 0.6, after=0.4)]
        return draft.board("next", said, 4, [*cues, Cue((("product",), ("total",)), staging.ENTER)])

    def turned_over(self) -> Board:
        """Along the lines of a sample the taps gather in a row, which is turned over: by so much its outputs change."""
        outputs = phrases.count(len(self.turned.fan), "output")
        own = f"{outputs} change by their taps, in reverse order" if self.turns else "its output changes by its tap"
        said = f"The sample at step {self.i} grows by 1. {phrases.sentence(own)}."
        below = "changes" if self.pairs and self.turned.fan and not self.aside_by else "outputs"
        draft = self.stage(said, self.turned, "samples", below)
        pieces.ruler(draft, self.axis, "step", [self.i])
        self.lay_row(draft, self.x, {self.i})
        self.lay_growth(draft, self.i)
        self.lay_outputs(draft, None if self.aside_by else (), {t for t, _ in self.turned.fan})
        self.lay_factors(draft, ())
        self.lay_changes(draft, self.i, is_summed=False)
        for (t, k), part in product(self.turned.fan if self.rests else (), ("tile", "digits")):
            draft.change([(*self.turned.tap(k), part)], copy_of=("w1", 0, 0, k, t, part))
        gather = tuple(self.turned.tap(k) for _, k in self.turned.fan)
        cues = [Cue((("edge", 1, "turned"),), staging.LEAVE), Cue(gather, staging.MOVE, 1.5)]
        cues += [Cue((("card",),), staging.MOVE, 0.4, after=1.1), Cue((("grows",),), staging.LEAVE)]
        before = self.y.key, ("product",), ("total",), ("name", "products"), ("name", "below")
        cues += [Cue(before, staging.MOVE, 0.8, after=0.7)]
        return draft.board("reach", said, 4, [*cues, Cue((("before", f"change {self.i}"),), staging.ENTER, 1.0)])

    def sum(self) -> Board:
        """By how much a sample changes the sum."""
        number = self.slopes.numbers[self.i]
        is_said = is_exact(number) and not self.script.shown.units
        made = "Times their factors, the changes add" if self.turns else "Times its factor, the change adds"
        grown = self.script.written(self.total.value + number.value)
        is_seen = len(self.outputs) == self.back.steps and is_exact(grown)
        made += f" {number.text}{f': {self.total.text} becomes {grown.text}' * is_seen}." if is_said else " up."
        said = f"{made} This is the effect of the sample."
        draft = self.back_to(said, self.i, {self.i})
        effects = ("slope",), ("name", "above"), ("grows",)
        cues = [Cue((("product",), ("total",)), staging.ENTER), Cue(effects, staging.ENTER + 1)]
        return draft.board("sum", said, 4, [*cues, Cue((self.x.key,), staging.ENTER + 1, 0.6)])

    def ends(self) -> list[Board]:
        """The first sample, which has fewer lines."""
        if self.first is None:
            return []
        count = len(self.back.fan(self.first))
        own, others = phrases.count(count, "line"), "taps lead" if self.turned.fan[count + 1 :] else "tap leads"
        said = f"At the edge, the sample at step {self.first} has only {own}. The other {others} to no output."
        draft = self.back_to(said, self.first, {self.i, self.first})
        cues = [Cue(SLIDES, staging.MOVE, 1.5), Cue((("slope", self.first),), staging.ENTER + 1)]
        return [draft.board("first", said, 3, cues)]

    def every_sample(self) -> Board:
        """The card slides along, and what comes back to each sample adds up."""
        said = "The kernel slides along the factors and adds up, like SciPy's `convolve`."
        if self.turns:
            is_dense = self.layer.strides == self.layer.dilation_rate == 1
            said = "The turned kernel slides along. SciPy's `convolve` turns, slides and adds up like this."
            if is_dense:
                said = "SciPy's `convolve(factors, kernel)` turns the kernel and slides it like this."
        draft = self.back_to(said, self.last)
        begin = self.i if self.first is None else self.first
        ways = {i: min(1.0, max(0.0, (i - begin) / ((self.last - begin) or 1))) for i in self.samples}
        grow = [Cue((("slope", i), ("over", i)), staging.MOVE, 0.5, after=2.5 * way) for i, way in ways.items()]
        grow += [Cue((("name", "over"),), staging.MOVE)]
        return draft.board("every", said, 4, [Cue(SLIDES, staging.MOVE, 3.0), *grow])

    def check(self) -> Board:
        """The gradient of every sample in view, with what others find."""
        asked = self.back.asked
        if self.back.slopes != self.back.convolved:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        if asked is not None and asked[0] > asked[1]:
            raise Refuted("Keras must find this gradient. Received: other numbers")
        same = asked is not None and not (asked[0] or self.script.shown.is_rounded)
        whose = "Keras and SciPy find" if same else "SciPy finds"
        said = f"Networks learn by such effects, called a gradient. {whose} the same."
        if asked and not same:
            to = f" with the full numbers, to {style.everyday(asked[0])}" if asked[0] else ""
            said += f" Keras agrees{to}."
        draft = self.back_to(said, self.i, found="Keras, SciPy" if same else "SciPy")
        return draft.board("check", said, 5, [Cue((*SLIDES, ("factor",), ("name", "factors")), staging.MOVE, 1.5)])

    def answer(self) -> Board:
        """The kernel as an output reads it, beside it as a sample does, where all else has left."""
        meets = "An output meets the taps in order, a sample" if self.beside else "A sample meets the taps"
        said = f"{meets} in reverse order. That is the whole flip."
        said = said if self.turns else "The same line, read from its other end, has the same tap."
        down = self.ahead._replace(name="down")
        cards, draft = [*([down] if self.beside else []), self.slid[self.i]], Draft(self.form)
        pieces.caption(draft, said)
        for place, card in enumerate(cards):
            alone = self.alone(card, place, len(cards))
            alone.lay_ends(draft)
            alone.lay_name(draft, "above", "samples", alone.high)
            alone.lay_name(draft, "below", "outputs", alone.low)
            alone.lay_card(draft, card, ())
        moves = tuple(key for key in draft.marks if key[0] in ("edge", "card", "w1", "name"))
        gone = ("slope",), ("factor",), ("over",), ("baseline",), ("name", "factors")
        late = *(down.tap(k) for _, k in down.fan), ("card", "down")
        cues = [Cue(moves, staging.MOVE, 1.5), Cue(gone, staging.MOVE, 0.8), Cue((("node",),), staging.MOVE, after=0.6)]
        cues += [Cue(late, staging.MOVE, 0.6, after=0.9)]
        return draft.board("answer", said, 4, cues)
