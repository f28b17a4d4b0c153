"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. Each output times a factor, added up, is a score. A
sample that grows lets the outputs that read it change, each by its tap, and each of these changes the score by its
factor: so ``g[i - k]`` comes back through tap k over the same edge, and the kernel is turned over. The effects of the
samples, the gradient, are a true convolution. It answers "where does the flip come from, then?" and "what is
the gradient of a Conv1D with respect to its input?".
"""

from __future__ import annotations

from itertools import product

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.stories import phrases
from convexplain.stories.both_ways.reading import EFFECT, Card, plus
from convexplain.stories.both_ways.trellis import STANDS, Lit, Trellis
from convexplain.stories.script import Refuted, Script

FIGURE = {1: ("sum", "answer"), 2: ("score", "reach", "sum", "answer")}
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
        forward = self.ask(), self.output(), self.every_output(), self.score()
        back = self.turned_over(), self.sum(), *self.ends(), self.every_sample()
        return (*forward, *back, self.check(), self.answer())

    def stage(self, said: str, card: Card, above: str, below: str, is_lit: bool = True) -> Draft:
        """Words, edges, the names of what stands ``above`` and ``below``, and a ``card`` on its edges."""
        draft = Draft(self.form)
        pieces.caption(draft, said)
        high = self.base - 0.34 * self.form.small
        self.lay_name(draft, "above", above, high, "quiet" if above == "samples" else EFFECT)
        self.lay_name(draft, "below", below, self.rows[0])
        self.lay_card(draft, card, self.every, is_lit)
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
        """A board of the factors of all outputs, and of the effects of some ``samples``: the sample ``i`` is told, or
        all, which others have ``found``. Samples stand by until their effects come in their places.
        """
        every = samples is None
        below = "" if found else "changes" if self.pairs and self.back.fan(i) else "outputs"
        draft = self.stage(said, self.slid[i], "effects", below, is_lit=not found)
        self.lay_factors(draft)
        self.lay_row(draft, self.slopes, None if every else {i}, samples)
        if samples is not None and self.units[self.x.key] == self.units[self.slopes.key]:
            self.lay_row(draft, self.x, (), {*self.samples} - {*samples})
        if found:
            texts = {step: f"= {number.text}" for step, number in self.slopes.numbers.items()}
            self.lay_over(draft, found, texts, "ink")
            return draft
        self.lay_changes(draft, i, is_summed=self.sums)
        if not (every and self.lay_over(draft, "sums", self.made(), "formula")):
            pieces.ruler(draft, self.axis, "step", [i] * (not every))
        return draft

    def lay_changes(self, draft: Draft, i: int, is_summed: bool) -> None:
        """Over the factors by how much outputs change with a sample, by their taps; below, so the score changes."""
        name, changes = f"change {i}", {t: plus(self.back.weights[k]) for t, k in self.back.fan(i)}
        for t, k in self.back.fan(i) if self.pairs else ():
            tap = (*self.turned.tap(k), "digits") if i == self.i else None
            self.lay_number(draft, ("before", name, t), 0, t, changes[t], copy_of=tap)
        if is_summed:
            self.lay_sum(draft, name, changes, plus(self.slopes.numbers[i]), EFFECT)

    def ask(self) -> Board:
        said = "`Conv1D` slides its kernel as it is. What could turn the kernel over?"
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

    def score(self) -> Board:
        """One number of all outputs."""
        said = "Learning asks how each sample moves a score. Say the score adds outputs times factors."
        draft = self.forward(said, self.none, (), None, has_outputs=not self.times)
        self.lay_rest(draft, lit=False)
        self.lay_factors(draft)
        if self.sums and len(self.outputs) == self.back.steps:
            self.lay_sum(draft, "score", self.y.numbers, self.total, "ink")
        factors = ("factor",), ("name", "factors"), ("name", "score")
        cues = [Cue((self.x.key, self.y.key), staging.MOVE, 0.6), Cue(factors, staging.MOVE, 0.6, after=0.4)]
        return draft.board("score", said, 4, [*cues, Cue((("product",), ("total",)), staging.ENTER)])

    def turned_over(self) -> Board:
        """Along the lines of a sample the taps gather in a row, which is turned over: by so much its outputs change."""
        outputs = phrases.count(len(self.turned.fan), "output")
        own = f"{outputs} change by their taps, in reverse order" if self.turns else "its output changes by its tap"
        said = f"The sample at step {self.i} grows by 1. {phrases.sentence(own)}."
        draft = self.stage(said, self.turned, "samples", "changes" if self.pairs and self.turned.fan else "outputs")
        pieces.ruler(draft, self.axis, "step", [self.i])
        self.lay_row(draft, self.x, {self.i})
        self.lay_growth(draft, self.i)
        self.lay_factors(draft, STANDS)
        self.lay_changes(draft, self.i, is_summed=False)
        for (t, k), part in product(self.turned.fan if self.rests else (), ("tile", "digits")):
            draft.change([(*self.turned.tap(k), part)], copy_of=("w1", 0, 0, k, t, part))
        gather = tuple(self.turned.tap(k) for _, k in self.turned.fan)
        cues = [Cue((("edge", 1, "turned"),), staging.LEAVE), Cue(gather, staging.MOVE, 1.5)]
        cues += [Cue((("card",),), staging.MOVE, 0.4, after=1.1), Cue((("grows",),), staging.LEAVE)]
        before = self.y.key, ("product",), ("total",), ("name", "score"), ("name", "below")
        cues += [Cue(before, staging.MOVE, 0.8, after=0.7)]
        return draft.board("reach", said, 4, [*cues, Cue((("before", f"change {self.i}"),), staging.ENTER, 1.0)])

    def sum(self) -> Board:
        """By how much a sample changes the score."""
        said = "Each change counts with its factor. Their sum is the effect of the sample on the score."
        draft = self.back_to(said, self.i, {self.i})
        effects = ("slope",), ("name", "above"), ("grows",)
        cues = [Cue((("product",), ("total",)), staging.ENTER), Cue(effects, staging.ENTER + 1)]
        return draft.board("sum", said, 4, cues)

    def ends(self) -> list[Board]:
        """The first sample, which has fewer lines."""
        if self.first is None:
            return []
        lines = phrases.count(len(self.back.fan(self.first)), "line")
        said = f"The sample at step {self.first} has only {lines}. The other taps lead to no output."
        draft = self.back_to(said, self.first, {self.i, self.first})
        cues = [Cue(SLIDES, staging.MOVE, 1.5), Cue((("slope", self.first),), staging.ENTER + 1)]
        return [draft.board("first", said, 3, cues)]

    def every_sample(self) -> Board:
        """The card slides along, and what comes back to each sample adds up."""
        said = "The kernel slides along the factors and adds up, like SciPy's `convolve`."
        if self.turns:
            said = "The turned kernel slides along. SciPy's `convolve` turns, slides and adds up like this."
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
        said = f"These effects are called the gradient. {whose} the same."
        if asked and not same:
            said += (
                f" Keras agrees with the full numbers, to {style.everyday(asked[0])}." if asked[0] else " Keras agrees."
            )
        draft = self.back_to(said, self.last, found="Keras, SciPy" if same else "SciPy")
        return draft.board("check", said, 5)

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
        kinds = ("edge", "card", "w1", "name")
        moves = tuple(key for key in draft.marks if key[0] in kinds)
        gone = ("slope",), ("factor",), ("over",), ("baseline",), ("name", "factors")
        late = *(down.tap(k) for _, k in down.fan), ("card", "down")
        cues = [Cue(moves, staging.MOVE, 1.5), Cue(gone, staging.MOVE, 0.8), Cue((("node",),), staging.MOVE, after=0.6)]
        cues += [Cue(late, staging.MOVE, 0.6, after=0.9)]
        return draft.board("answer", said, 4, cues)
