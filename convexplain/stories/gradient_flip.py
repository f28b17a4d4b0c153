"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. Later layers add up the outputs, each times a factor.
A sample that grows lets the outputs that read it change, each by its tap, and each of these changes the sum by its
factor: so ``g[i - k]`` comes back through tap k over the same edge, and the kernel is turned over. The effects of the
samples, the gradient, are a true convolution. It answers "where does the flip come from, then?" and "what is the
gradient of a Conv1D with respect to its input?".
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import product

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import DIGIT, FILM, FULL, MINUS, Board, Cue, Draft, Format
from convexplain.board.pieces import Number
from convexplain.board.text import words
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
        forward, back = (self.ask(), self.output(), self.every_output(), self.next(), self.grow()), self.lower()
        return (*forward, self.turned_over(), back.sum(), *back.every_sample(), back.check(), self.answer())

    def stage(self, said: str, card: Card, above: str, below: str, falls: float = 0.0) -> Draft:
        """Words, edges, the names of what stands ``above`` and ``below``, and a ``card`` on its edges."""
        draft = Draft(self.form)
        pieces.caption(draft, said)
        role = "quiet" if above == "samples" else EFFECT
        self.lay_name(draft, "above", above, self.base - 0.34 * self.form.small, role)
        self.lay_name(draft, "below", below, self.row)
        self.lay_card(draft, card, self.every, falls)
        return draft

    def forward(self, said: str, card: Card, *lit: Lit) -> Draft:
        """A board of the signal and of the outputs, ``lit`` if said, else those a ``card`` joins."""
        draft, (above, below) = self.stage(said, card, "samples", "outputs"), lit or self.joined(card)
        self.lay_steps(draft, [self.i] * (card is self.meets))
        self.lay_row(draft, self.x, above)
        self.lay_outputs(draft, below, {})
        self.lay_row(draft, self.y, below)
        return draft

    def back_to(self, said: str, i: int, samples: Lit, lit: Lit = None, below: str = "") -> Draft:
        """The effects of some ``samples``, all when None, where their bars stood, over the factors, some of them
        ``lit``; the kernel is on ``i``. The factors are alone or times what is named ``below``.
        """
        there = self.samples if samples is None else samples
        near = {i, *(self.back.place(t) for t, _ in self.back.fan(i))}
        falls = max(-self.slopes.numbers[j].value for j in there if min(near) <= j <= max(near))
        card = self.slid[i]._replace(whole=lit is None)
        draft = self.stage(said, card, "effects", below, float(falls) * self.units[self.slopes.key])
        draft.change([key for key in draft.marks if key[0] == "edge"], head=0.0)  # what is added up goes the other way
        self.lay_row(draft, self.slopes, None, samples)
        self.lay_row(draft, self.factors, lit)
        self.lay_factors(draft, lit, alone=not below)
        return draft

    def lay_changes(self, draft: Draft) -> None:
        """How outputs change with the sample, on what stays of their bars; what goes is dark."""
        unit, (_, lit) = self.units[self.y.key], self.joined(self.meets)
        bricks = self.back.is_whole and self.units[self.x.key] == unit
        self.lay_row(draft, self.y, lit, [t for t in self.outputs if not (self.moves and t in lit)])
        for t, k in self.meets.fan if self.moves else ():
            was, now = (value := self.y.numbers[t].value), value + self.back.weights[k].value
            kept = min(was, now, key=abs) if was * now > 0 else Fraction(0)
            for key, begin, end in ((*self.y.key, t), 0, kept), (("gone", t), kept, was), (("change", t), kept, now):
                place = self.x_of(False, t), self.foots[self.y.key] - float(begin) * unit, self.axis.bar, unit
                role, light = "output" if key[0] == "y1" else "lit", MINUS if key[0] == "gone" else FULL
                if begin != end:
                    pieces.column(draft, key, Number(end - begin, ""), *place, role, bricks=bricks, light=light)

    def lay_growth(self, draft: Draft) -> None:
        """In place of the sample's number the 1 by which it grows; on it a brick, where it has room."""
        unit, value = self.units[self.x.key], self.x.numbers[self.i].value
        bar, foot = draft.marks[(*self.x.key, self.i, "bar")], self.base - float(value) * unit
        draft.marks.pop((*self.x.key, self.i, "digits"), None)
        if self.back.is_whole and value >= 0 and foot - unit >= self.top + 22.0 + DIGIT * self.large:
            one, bricks = Number(Fraction(1), "1"), bar.unit > 0
            bar = pieces.column(draft, ("grows",), one, bar.x, foot, self.axis.bar, unit, "lit", bricks=bricks)
        said = words("+1", bar.x, 0.0, self.large, "ink")
        beside = [mark for key, mark in draft.marks.items() if key[-1] == "bar" and key[0] in ("grows", self.x.key[0])]
        tops = (mark.top for mark in beside if abs(mark.x - bar.x) < (mark.width + said.width) / 2)
        said = said.at(y=min(tops) - 22.0 - DIGIT * self.large / 2)
        draft.put("grows", ("grows", "digits"), said.at(x=self.form.within(bar.x, said.width, self.names + 8)))

    def ask(self) -> Board:
        said = "A convolution turns its kernel over. Where in Keras's `Conv1D` does that happen?"
        said = said if self.turns else "Keras's layer `Conv1D` slides its kernel as it is. How does a sample meet it?"
        draft = self.forward(said, self.ahead, None, None)
        if self.script.shown.units:
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(self.script.shown.units)) + ".")
        return draft.board("ask", said, 4)

    def output(self) -> Board:
        """The told output."""
        said = "Each line multiplies a sample by a tap, a number of the kernel. The output is the sum."
        draft = self.forward(said, self.ahead)
        (read,), digits = self.script.correlations(self.script.cell), draft.marks.get((*self.y.key, self.t, "digits"))
        if len(read.taps) > 1 and self.back.is_whole and digits and not self.script.shown.units:
            made = " + ".join(phrases.times(tap.sample, tap.weight) for tap in read.taps)
            mark = words(f"= {made}", digits.right + 0.3 * digits.size, digits.y, self.text, "ink", -1)
            if mark.right <= self.form.width - self.form.margin:
                draft.put("worked", ("worked", *self.y.key, self.t), mark)
        return draft.board("output", said, 4, [Cue((self.x.key, self.y.key), staging.MOVE, 0.6)])

    def every_output(self) -> Board:
        """The taps lie on the lines of all outputs, or their colours where they have no room."""
        said = "Every output has the same taps on its lines."
        draft = self.forward(said, self.all, None, None)
        self.lay_rest(draft, self.every)
        own = [
            (self.ahead.tap(k), ("w1", 0, 0, k, t)) for t, k in self.ahead.fan if self.rests and (t, k) in self.every
        ]
        for (tap, copy), part in product(own, ("tile", "digits")):
            draft.change([(*copy, part)], copy_of=(*tap, part))
        moved = *(copy for _, copy in own), ("edge",)
        return draft.board("lines", said, 3, [Cue((("w1",),), staging.ENTER), Cue(moved, staging.MOVE, 1.0)])

    def next(self) -> Board:
        """One number of all outputs."""
        total = f": {self.total.text}" * self.sums
        said = f"Later layers make one result of the outputs, here a sum with factors{total}."
        draft = self.forward(said, self.none, (), None)
        self.lay_rest(draft, self.every, lit=False)
        self.lay_factors(draft)
        self.lay_sum(draft, "next", self.total)
        cues = [Cue((self.x.key, ("edge",)), staging.MOVE, 0.6)]
        return draft.board("next", said, 4, [*cues, Cue((("total",),), staging.ENTER + 1)])

    def grow(self) -> Board:
        """What training asks of a sample."""
        said = "Training asks how much the result depends on each number. Let a sample grow by 1."
        draft = self.forward(said, self.meets, {self.i}, None)
        self.lay_rest(draft, self.meets.fan)
        self.lay_growth(draft)
        self.lay_factors(draft)
        self.lay_sum(draft, "next", self.total)
        return draft.board("grow", said, 4, [Cue((("grows",),), staging.MOVE, 0.8)])

    def turned_over(self) -> Board:
        """Along the lines of a sample the taps gather in a row, which is turned over: by so much its outputs change."""
        own = "outputs change by the taps on its lines, in reverse order" if self.turns else "output changes by its tap"
        said = f"Its {own}{f': {self.total.text} becomes {self.grown.text}' * self.sums}."
        draft = self.stage(said, self.turned, "samples", "outputs")
        self.lay_steps(draft, [self.i])
        self.lay_row(draft, self.x, {self.i})
        self.lay_growth(draft)
        self.lay_changes(draft)
        self.lay_outputs(draft, None if self.changed else (), self.changed)
        self.lay_factors(draft)
        self.lay_sum(draft, "next", self.grown)
        for (t, k), part in product(self.turned.fan if self.rests else (), ("tile", "digits")):
            draft.change([(*self.turned.tap(k), part)], copy_of=("w1", 0, 0, k, t, part))
        gather = tuple(self.turned.tap(k) for _, k in self.turned.fan)
        cues = [Cue((("edge", 1, "turned"),), staging.LEAVE), Cue(gather, staging.MOVE, 1.5)]
        cues += [Cue((("card",),), staging.MOVE, 0.4, after=1.1)]
        changes = self.y.key, ("change",), ("gone",), ("total",)
        return draft.board("reach", said, 4, [*cues, Cue(changes, staging.ENTER, 0.8)])

    def sum(self) -> Board:
        """By how much a sample changes the result; in place of the outputs their factors are bars."""
        number, fan = self.slopes.numbers[self.i], self.back.fan(self.i) if self.pairs else ()
        add = "The changes, times their factors, add up to" if self.turns else "The change, times its factor, is"
        is_said = is_exact(number) and not self.script.shown.units
        said = f"{add} {f'{number.text}: ' * is_said}the effect of the sample."
        draft = self.back_to(said, self.i, {self.i}, {t for t, _ in self.back.fan(self.i)}, "changes" * bool(fan))
        self.lay_steps(draft, [self.i])
        for t, k in fan:
            self.lay_number(draft, ("before", t), t, plus(self.back.weights[k]))
        if fan:
            self.lay_sum(draft, "change", number, EFFECT)
        cues = [Cue((("name",), ("times",)), staging.MOVE), Cue((("slope",),), staging.ENTER + 1)]
        return draft.board("sum", said, 4, cues)

    def every_sample(self) -> Iterator[Board]:
        """The card slides along the factors, from the first sample where it is seen there, and the effects add up."""
        made, at = self.made(), self.i
        if self.first is not None:
            said, at = "So it goes for every sample. Over the edge, the kernel meets nothing.", self.first
            there = [self.i, at]
            draft = self.back_to(said, at, there, {t for t, _ in self.back.fan(at)})
            self.lay_over(draft, {i: made[i] for i in there if i in made}, "sums")
            yield draft.board("first", said, 3, self.slide(self.i, at))
        is_dense = self.layer.strides == self.layer.dilation_rate == 1
        call = "convolve(factors, kernel)" if is_dense else "convolve"
        does = "turns the kernel and slides it" if self.turns else "slides the kernel"
        said = f"SciPy's `{call}` does just this: it {does}."
        draft = self.back_to(said, self.last, None)
        self.lay_over(draft, made, "sums")
        yield draft.board("every", said, 4, self.slide(at, self.last))

    def slide(self, begin: int, end: int) -> list[Cue]:
        """The card slides from sample to sample; each effect comes when it is there."""
        ways = {i: min(1.0, max(0.0, (i - begin) / ((end - begin) or 1))) for i in self.samples}
        grow = [Cue((("slope", i), ("over", "sums", i)), staging.MOVE, 0.5, after=2.5 * way) for i, way in ways.items()]
        return [Cue(SLIDES, staging.MOVE, 3.0), *grow, Cue((("name", "sums"),), staging.MOVE)]

    def check(self) -> Board:
        """The gradient of every sample in view, with what others find."""
        asked = self.back.asked
        if self.back.slopes != self.back.convolved:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        if asked is not None and asked[0] > asked[1]:
            raise Refuted("Keras must find this gradient. Received: other numbers")
        same = asked is not None and not (asked[0] or self.script.shown.is_rounded)
        whose = "Keras, asked for it, and `convolve` find" if same else "SciPy's `convolve` finds"
        said = f"These effects are called the gradient. {whose} the same."
        if asked and not same:
            to = f" with the full numbers, to {style.everyday(asked[0])}" if asked[0] else ""
            said += f" Keras agrees{to}."
        draft, finds = self.back_to(said, self.i, None), {i: f"= {one.text}" for i, one in self.slopes.numbers.items()}
        self.lay_over(draft, finds, *["Keras"] * same, "SciPy")
        return draft.board("check", said, 5, [Cue(SLIDES, staging.MOVE, 1.5)])

    def answer(self) -> Board:
        """The kernel as an output reads it, beside it as a sample does, where all else has left."""
        meets = "an output meets the taps in order, a sample" if self.beside else "a sample meets the taps"
        said = f"So the flip is in the gradient: {meets} in reverse."
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
        gone = ("slope",), ("factor",), ("over",), ("baseline",), ("name",)
        late = *(down.tap(k) for _, k in down.fan), ("card", "down")
        cues = [Cue(gone, staging.MOVE, 0.8), Cue(moves, staging.MOVE, 1.5), Cue((("node",),), staging.MOVE, after=0.6)]
        cues += [Cue(late, staging.MOVE, 0.6, after=0.9)]
        return draft.board("answer", said, 4, cues)
