"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. Later layers add up the outputs, each times a factor.
A sample that grows lets the outputs that read it change, each by its tap, and each of these changes the sum by its
factor: so ``g[i - k]`` comes back through tap k over the same edge, and the kernel is turned over. The effects of the
samples, the gradient, are a true convolution. It answers "where does the flip come from, then?" and "what is the
gradient of a Conv1D with respect to its input?".
"""

from __future__ import annotations

from collections.abc import Iterator
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
        forward = self.ask(), self.output(), self.every_output(), self.next(), self.grow()
        return (*forward, self.turned_over(), self.sum(), *self.every_sample(), self.check(), self.answer())

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
        pieces.ruler(draft, self.axis, "step", [self.i] * (card is self.meets))
        self.lay_row(draft, self.x, above)
        self.lay_outputs(draft, below, {})
        self.lay_row(draft, self.y, below)
        return draft

    def back_to(self, said: str, i: int, samples: Lit, below: str = "") -> Draft:
        """A board of the effects of some ``samples``, all when None, where their bars stood; the kernel is on ``i``."""
        fan, there = self.back.fan(i), self.samples if samples is None else samples
        near = {i, *(self.back.place(t) for t, _ in fan)}
        falls = max(-self.slopes.numbers[j].value for j in there if min(near) <= j <= max(near))
        draft = self.stage(said, self.slid[i], "effects", below, float(falls) * self.units[self.slopes.key])
        draft.change([key for key in draft.marks if key[0] == "edge"], head=0.0)  # what is added up goes the other way
        self.lay_row(draft, self.slopes, None, samples)
        return draft

    def made_of(self, said: str, i: int, samples: Lit, sums: dict[int, str] | None = None) -> Draft:
        """Below effects the factors, and what the sample ``i`` changes; over them their ``sums``, if they are given."""
        fan = self.back.fan(i)
        draft = self.back_to(said, i, samples, "changes" if self.pairs and fan else "outputs")
        self.lay_factors(draft, None if sums else {t for t, _ in fan})
        self.lay_changes(draft, i)
        for t, k in fan if self.pairs else ():
            self.lay_number(draft, ("before", f"change {i}", t), t, plus(self.back.weights[k]))
        if not self.lay_sums(draft, sums or {}):
            pieces.ruler(draft, self.axis, "step", [i] * (sums is None))
        return draft

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
            self.lay_worked(draft, made)
        return draft.board("output", said, 4, [Cue((self.x.key, self.y.key), staging.MOVE, 0.6)])

    def every_output(self) -> Board:
        """The taps lie on the lines of all outputs, or their colours where they have no room."""
        said = "Every output has the same taps on its lines."
        draft = self.forward(said, self.all, None, None)
        self.lay_rest(draft, self.every)
        flown = [(t, k) for t, k in self.ahead.fan if self.rests and (t, k) in self.every]
        for (t, k), part in product(flown, ("tile", "digits")):
            draft.change([("w1", 0, 0, k, t, part)], copy_of=(*self.ahead.tap(k), part))
        rest = tuple(("w1", 0, 0, k, t) for t, k in self.every if (t, k) not in flown)
        moved = tuple(("w1", 0, 0, k, t) for t, k in flown)
        return draft.board("lines", said, 3, [Cue(rest, staging.ENTER), Cue((*moved, ("edge",)), staging.MOVE, 1.0)])

    def next(self) -> Board:
        """One number of all outputs."""
        said = "Later layers weigh the outputs by factors of their own, and add up"
        said += f". The result is {self.total.text}." if self.sums else " to one result."
        draft = self.forward(said, self.none, (), None)
        self.lay_rest(draft, ())
        self.lay_factors(draft)
        self.lay_sum(draft, "next", self.total)
        cues = [Cue((self.x.key, ("edge",)), staging.MOVE, 0.6)]
        return draft.board("next", said, 4, [*cues, Cue((("total",),), staging.ENTER + 1)])

    def grow(self) -> Board:
        """What a network asks of a sample."""
        result = f"the {self.total.text}" if self.sums else "its result"
        said = f"How much does each sample matter for {result}? Let one grow by 1."
        draft = self.forward(said, self.meets, {self.i}, None)
        self.lay_rest(draft, self.meets.fan)
        self.lay_growth(draft, self.i)
        self.lay_factors(draft)
        self.lay_sum(draft, "next", self.total)
        return draft.board("grow", said, 4, [Cue((("grows",),), staging.MOVE, 0.8)])

    def turned_over(self) -> Board:
        """Along the lines of a sample the taps gather in a row, which is turned over: by so much its outputs change."""
        own = "outputs change by their taps, in reverse order" if self.turns else "output changes by its tap"
        said = f"The sample's {own}{f': {self.total.text} becomes {self.grown.text}' * self.sums}."
        draft = self.stage(said, self.turned, "samples", "outputs")
        pieces.ruler(draft, self.axis, "step", [self.i])
        self.lay_row(draft, self.x, {self.i})
        self.lay_growth(draft, self.i)
        self.lay_changes(draft, self.i, is_on=True)
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
        """By how much a sample changes the sum."""
        number, is_written = self.slopes.numbers[self.i], not self.script.shown.units
        add = "The changes, times their factors, add up to" if self.turns else "The change, times its factor, is"
        is_said = is_written and is_exact(number)
        said = f"{add} {f'{number.text}. This is ' * is_said}the effect of the sample."
        draft = self.made_of(said, self.i, {self.i})
        self.lay_sum(draft, "change", number, EFFECT)
        effects = ("slope",), ("name", "above"), ("grows",)
        cues = [Cue((("before",), ("change",)), staging.MOVE, 0.8), Cue((("total", "change"),), staging.ENTER)]
        cues += [Cue(effects, staging.ENTER + 1), Cue((self.x.key,), staging.ENTER + 1, 0.6)]
        return draft.board("sum", said, 4, cues)

    def every_sample(self) -> Iterator[Board]:
        """The card slides along, from the first sample where it is seen there, and what comes back adds up."""
        made, at = self.made(), self.i
        told = {"first": self.first, "every": self.last}
        for name, end in told.items():
            if end is not None:
                own = phrases.count(len(self.back.fan(end)), "output")
                said = f"So it goes for every sample. The first, at the edge, meets only {own}."
                if name == "every":
                    which = "reversed kernel" if self.turns else "kernel"
                    is_dense = self.layer.strides == self.layer.dilation_rate == 1
                    call = "convolve(factors, kernel)" if is_dense else "convolve"
                    said = f"The {which} slides along: `{call}` of the library SciPy."
                there = self.samples if name == "every" else [at, end]
                draft = self.made_of(said, end, there, {i: made[i] for i in there if i in made})
                yield draft.board(name, said, 4 if name == "every" else 1.5, self.slide(at, end))
                at = end

    def slide(self, begin: int, end: int) -> list[Cue]:
        """The card slides from sample to sample; each effect comes when it is there."""
        ways = {i: min(1.0, max(0.0, (i - begin) / ((end - begin) or 1))) for i in self.samples}
        grow = [Cue((("slope", i), ("over", i)), staging.MOVE, 0.5, after=2.5 * way) for i, way in ways.items()]
        return [Cue(SLIDES, staging.MOVE, 3.0), *grow, Cue((("name", "over"),), staging.MOVE)]

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
        draft = self.back_to(said, self.last, None)
        if not self.lay_sums(draft, self.made()):
            pieces.ruler(draft, self.axis, "step")
        self.lay_found(draft, ["Keras"] * same + ["SciPy"])
        return draft.board("check", said, 5, [Cue((("found",),), staging.ENTER)])

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
