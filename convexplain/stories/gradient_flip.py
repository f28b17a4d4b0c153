"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. Later layers make one result of the outputs, in which
each counts with a factor. A sample that grows changes the result along its paths: by the tap of each and by its factor.
So ``g[i - k]`` comes back through tap k over the same edge, and the kernel is turned over. What all samples do, the
gradient, is a true convolution. It answers "where does the flip come from, then?" and "what is the gradient of a
Conv1D with respect to its input?".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from itertools import product
from typing import Any

from convexplain import style
from convexplain.board import motion, pieces, staging
from convexplain.board.marks import DIGIT, FILM, SMALL, Board, Cue, Draft, Format, dot
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.both_ways.reading import Card, widest
from convexplain.stories.both_ways.trellis import Lit, Trellis
from convexplain.stories.script import Refuted, Script

FIGURE = {1: ("sum", "answer"), 2: ("next", "sum", "every", "answer")}
"""The boards of the composed figure, by how many panels stand side by side."""
FOUND = "check"
"""The board whose caption is what was found besides the outputs: the gradient."""

SLIDES = ("card", "turned"), ("w1",), ("edge", 1, "up")
"""The kernel with its lines."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling(Trellis):
    """First what boards have in common, then the boards in their order."""

    def boards(self) -> tuple[Board, ...]:
        whole, back = self.standing("whole"), self.standing("back")
        forward = self.ask(), self.every_output(), whole.next(), whole.grow(), whole.turned_over(), whole.sum()
        return (*forward, back.effect(), *back.every_sample(), back.check(), self.answer())

    def stage(self, said: str, card: Card, above: str) -> Draft:
        """Words, edges, the name of what stands ``above``, and a ``card`` on its edges."""
        draft = Draft(self.form)
        pieces.caption(draft, said)
        self.lay_name(draft, "above", above, self.base - 0.34 * self.form.small)
        self.lay_card(draft, card, self.every)
        return draft

    def forward(self, said: str, card: Card, lit: Lit = None) -> Draft:
        """A board of samples, those ``lit`` or all."""
        draft = self.stage(said, card, "samples")
        self.lay_steps(draft, lit or ())
        self.lay_row(draft, self.x, lit)
        return draft

    def lay_paths(self, draft: Draft, lit: Lit, changed: bool = False) -> None:
        """Outputs, their factors and the result, those ``lit``; they may have ``changed``."""
        self.lay_outputs(draft, lit, changed)
        self.lay_factors(draft, lit)
        self.lay_result(draft, lit, changed)

    def grown(self, said: str, card: Card, changed: bool = False) -> Draft:
        """A board of the sample that grows, and of the paths from it to the result; both may have ``changed``."""
        draft = self.forward(said, card, {self.i})
        self.lay_growth(draft)
        self.lay_paths(draft, {t for t, _ in card.fan}, changed)
        return draft

    def back_to(self, said: str, i: int, there: Collection[int], lit: Lit, rows: Any = None) -> Draft:
        """The gradient of samples that are ``there``, in their places, over the factors, some of them ``lit``; the
        kernel is on ``i``, and is read upwards. Over each is the sum that it is, or ``rows`` of what others find.
        """
        draft = self.stage(said, self.slid[i], "gradient")
        self.lay_row(draft, self.slopes, None, there)
        self.lay_factors(draft, lit)
        self.lay_over(draft, rows or {"sums": {j: said for j, said in self.made().items() if j in there}}, i)
        self.lay_veil(draft, self.slid[i])
        return draft

    def lay_over(self, draft: Draft, rows: Mapping[str, Any], i: int) -> None:
        """Over gradients, where they have room, rows of what each is the sum of, or what others find; else a ruler."""
        wide = widest("".join(parts) for said in rows.values() for parts in said.values())
        size = max(SMALL, min(self.text, 0.75 * self.axis.pitch / wide)) if wide and self.size_of(wide) else 0.0
        if not size:
            self.lay_steps(draft, {i})
            return
        for n, (name, said) in enumerate(rows.items()):
            y = pieces.RULER + 1.1 * self.text * (n - 0.25 * (len(rows) - 1))
            for j, parts in said.items():
                x = self.axis.x(j) - widest(["".join(parts)]) * size / 2
                for part, text in enumerate(parts):
                    x = draft.put("over", ("over", name, j, part), words(text, x, y, size, "ink", -1)).right
            self.lay_name(draft, name, name, y)

    def lay_growth(self, draft: Draft) -> None:
        """In place of the sample's number the 1 by which it grows; on it a brick."""
        unit, value = self.units[self.x.key], self.x.numbers[self.i].value
        bar, foot = draft.marks[(*self.x.key, self.i, "bar")], self.base - float(value) * unit
        draft.marks.pop((*self.x.key, self.i, "digits"), None)
        if self.is_seen_to_grow:
            one, place = Number(Fraction(1), "1"), (bar.x, foot, self.axis.bar, unit)
            bar = pieces.column(draft, ("grows",), one, *place, "lit")
        said = words("+1", bar.x, 0.0, self.large, "ink")
        beside = [mark for key, mark in draft.marks.items() if key[-1] == "bar" and key[0] in ("grows", self.x.key[0])]
        tops = (mark.top for mark in beside if abs(mark.x - bar.x) < (mark.width + said.width) / 2)
        said = said.at(y=min(tops) - 22.0 - DIGIT * self.large / 2)
        draft.put("grows", ("grows", "digits"), said.at(x=self.form.within(bar.x, said.width, self.names + 8)))

    def ask(self) -> Board:
        said = "A convolution turns its kernel: the last number comes first. Does Keras's `Conv1D`?"
        said = said if self.turns else "Keras's layer `Conv1D` slides its kernel as it is. How does a sample meet it?"
        draft = self.forward(said, self.ahead)
        self.lay_outputs(draft)
        if self.script.shown.units:
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(self.script.shown.units)) + ".")
        return draft.board("ask", said, 4)

    def every_output(self) -> Board:
        """The taps lie on the lines of all outputs, or their colours where they have no room; one is worked out."""
        said = "Forward, nothing is turned: outputs add up samples times taps, the kernel's numbers."
        said = said if self.turns else "Outputs add up samples times taps, the kernel's numbers."
        draft = self.forward(said, self.all)
        self.lay_outputs(draft)
        self.lay_rest(draft, self.every, self.ahead.fan)
        own = [edge for edge in self.ahead.fan if self.rests and edge in self.every]
        for (t, k), part in product(own, ("tile", "digits")):
            draft.change([("w1", 0, 0, k, t, part)], copy_of=(*self.ahead.tap(k), part))
        (read,), node = self.script.correlations(self.script.cell), draft.marks["node", "below", self.t]
        if len(read.taps) > 1 and self.back.is_whole and self.values and not self.script.shown.units:
            made = " + ".join(phrases.times(tap.sample, tap.weight) for tap in read.taps)
            self.lay_worked(draft, "below", f"{made} = {self.y[self.t].text}", node.x, node.bottom + 0.9 * self.text)
        moved = *(("w1", 0, 0, k, t) for t, k in own), ("edge",)
        return draft.board("lines", said, 4, [Cue((("w1",),), staging.ENTER), Cue(moved, staging.MOVE, 1.0)])

    def next(self) -> Board:
        """One result of all outputs."""
        said = "Later layers make one result of all outputs: say, each times a factor, added up."
        draft = self.forward(said, self.none, ())
        self.lay_rest(draft, self.every, ())
        self.lay_paths(draft, None)
        cues = [Cue((("factor",),), staging.ENTER), Cue((("result",), ("worked", "result")), staging.ENTER + 0.5)]
        return draft.board("next", said, 4, cues)

    def grow(self) -> Board:
        """What training asks of a sample. Around its outputs are their other taps, too."""
        said = "If an earlier layer made the samples, training asks: what if this one grows by 1?"
        draft = self.grown(said, self.meets)
        self.lay_rest(draft, [edge for edge in self.every if edge[0] in dict(self.meets.fan)], self.meets.fan)
        return draft.board("grow", said, 4, [Cue((("grows",),), staging.MOVE, 0.8)])

    def turned_over(self) -> Board:
        """Along the lines of a sample the taps gather in a row, which is turned over."""
        left, right = (f"×{self.back.weights[k].text}" for k in (-1, 0))
        said = f"The left output reads it with its right tap, {left}, the right one with its left, {right}."
        if not self.look.number or len(self.turned.fan) < self.layer.kernel_size:
            said = "An output further left reads it with a tap further right: so they come in reverse."
        said = said if self.turns else "One output reads this sample, with one tap."
        draft = self.grown(said, self.turned)
        for (t, k), part in product(self.turned.fan if self.rests else (), ("tile", "digits")):
            draft.change([(*self.turned.tap(k), part)], copy_of=("w1", 0, 0, k, t, part))
        gather = tuple(self.turned.tap(k) for _, k in self.turned.fan)
        cues = [Cue((("edge", 1, "turned"),), staging.LEAVE), Cue((("w1",),), staging.MOVE, 0.4)]  # others go late
        cues += [Cue(gather, staging.MOVE, 1.5), Cue((("card",),), staging.MOVE, 0.4, after=1.1)]
        return draft.board("reach", said, 4, cues)

    def sum(self) -> Board:
        """By how much its outputs change, and with them the result."""
        number = self.slopes.numbers[self.i]
        by = f" {'grows' if number.value > 0 else 'changes'} by {number.text}" if self.grows else " changes"
        said = f"Its outputs change by their taps. Times the factors, the result{by}."
        if self.back.is_whole and len(self.changes) == 3:
            ways = "{}, {} and {}".format(*(one.text for one in self.changes.values()))
            said = f"Its three outputs change by {ways}. Times the factors, the result{by}."
        said = said if self.turns else f"Its output changes by this tap, and with its factor the result{by}."
        draft = self.grown(said, self.turned, changed=True)
        first = Cue((("node",), ("y1",)), staging.MOVE, 0.5), Cue((("change",),), staging.MOVE, 0.4, after=0.3)
        then = Cue((("result",),), staging.ENTER, 0.5), Cue((("result", "change"),), staging.ENTER, 0.4, after=0.3)
        return draft.board("sum", said, 4, [*first, *then, Cue((("worked",),), staging.ENTER + 1)])

    def effect(self) -> Board:
        """The circles of outputs go; from the factors the same lines are read up, and what comes up is the gradient."""
        value, text, _ = self.slopes.numbers[self.i]
        more = f"{text} more" if value > 0 else f"a change of {text}"
        said = f"Read back from the factors, the same products: {more} for 1 more is its gradient."
        said = said if self.grows else "What 1 more of this sample does to the result is its gradient."
        outputs = {t for t, _ in self.turned.fan}
        draft = self.back_to(said, self.i, {self.i}, outputs)
        self.lay_result(draft, outputs, changed=True)
        cues = [Cue((("edge", 1, "turned"),), staging.ENTER)]
        for n, (_, k) in enumerate(self.turned.fan):  # line by line, each with what it brings
            cues.append(Cue((("edge", 1, "up", k),), staging.ENTER, 0.6, after=0.3 * n))
            cues.append(Cue((("over", "sums", self.i, n),), staging.ENTER, 0.3, after=0.3 * n + 0.5))
        made = Cue((("grows",), (*self.x.key, self.i), (*self.slopes.key, self.i, "bar")), staging.ENTER + 1)
        return draft.board("effect", said, 3, [*cues, made])

    def every_sample(self) -> Iterator[Board]:
        """The card slides to the first sample, where it is seen there, and to the last, and what it makes adds up."""
        at = self.i
        if self.first is not None:
            said, at = "Factors times taps add up to each gradient. Over the edge, nothing adds to it.", self.first
            (t, k), *more = self.back.fan(at)
            if self.made() and not more:
                made = f"{phrases.times(self.factors[t], self.back.weights[k])} = {self.slopes.numbers[at].text}"
                said = f"Factors times taps add up to each gradient: for the first sample only {made}."
            draft = self.back_to(said, at, {at, self.i}, {t, *dict(more)})
            yield draft.board("first", said, 3, self.slide(self.i, at))
        said = f"The {'turned ' * self.turns}kernel slides along the factors: that is a convolution."
        draft = self.back_to(said, self.last, self.samples, None)
        yield draft.board("every", said, 4, self.slide(at, self.last))

    def slide(self, begin: int, end: int) -> list[Cue]:
        """The card slides from sample to sample; each effect comes when it is there."""
        late = {i: 2.5 * motion.passes(min(1.0, max(0.0, (i - begin) / ((end - begin) or 1)))) for i in self.samples}
        grow = [Cue((("slope", i), ("over", "sums", i)), staging.MOVE, 0.4, after=own) for i, own in late.items()]
        far = ("veil", "after" if end > begin else "before")  # it is there before the card is, and after it
        cues = [
            Cue((("veil",),), staging.ENTER),
            Cue((far, ("factor",)), staging.LEAVE),
            Cue(SLIDES, staging.MOVE, 2.5),
        ]
        return [*cues, *grow]

    def check(self) -> Board:
        """The gradient of every sample in view, with what others find."""
        asked = self.back.asked
        if self.back.slopes != self.back.convolved:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        if asked is not None and asked[0] > asked[1]:
            raise Refuted("Keras must find this gradient. Received: other numbers")
        same = asked is not None and not (asked[0] or self.script.shown.is_rounded)
        turns = " turns the kernel itself and" * (self.turns and (same or not asked))
        said = f"SciPy's `convolve`{turns} finds this gradient" + (", as Keras does." if same else ".")
        if asked and not same:
            said += " Keras agrees" + (f" with the full numbers, to {style.everyday(asked[0])}." if asked[0] else ".")
        found = {i: [one.text] for i, one in self.slopes.numbers.items()}
        self.by = "turned by", "`convolve`"
        draft = self.back_to(said, self.i, self.samples, None, dict.fromkeys(("Keras", "SciPy")[not same :], found))
        if self.sums and self.back.is_whole and self.layer.strides == self.layer.dilation_rate == 1:
            handed = ([int(one.value) for one in row] for row in (self.factors.values(), self.back.weights))
            self.lay_worked(draft, "call", "`convolve({}, {})`".format(*handed), *self.sink)
        return draft.board("check", said, 4, [Cue((*SLIDES, ("veil",)), staging.MOVE, 1.0)])

    def answer(self) -> Board:
        """The kernel as an output reads it, beside it as a sample does, where all else has left."""
        said = "`Conv1D` uses its kernel as it is. The turn comes in training, with the gradient."
        said = said if self.turns else "The same line, read from its other end, has the same tap."
        down = self.ahead._replace(name="down")
        cards, draft = [*([down] if self.beside else []), self.slid[self.i]], Draft(self.form)
        left, *right = (self.least.alone(card, place, len(cards)) for place, card in enumerate(cards))
        if not all(map(left.is_left_of, right)):  # they have no room side by side in some format
            cards = cards[-1:]
        pieces.caption(draft, said)
        for place, card in enumerate(cards):
            alone, role, above, which = self.alone(card, place, len(cards)), "output", "gradient", "gradient: turned"
            if card.ahead:
                role, above, which = "sample", "samples", "forward: as it is"
            for i in alone.samples:
                draft.put("node", ("node", "above", i), dot(role, *alone.end_of(True, i), alone.dot))
            alone.lay_name(draft, "above", above, alone.high)
            (alone.lay_outputs if card.ahead else alone.lay_factors)(draft)
            alone.lay_card(draft, card, ())
            if self.turns:
                x = draft.marks["card", card.name].x
                draft.put("half", ("half", card.name), words(which, x, pieces.RULER, self.text, "ink"))
        own = *(("factor", t) for t, _ in self.turned.fan), *SLIDES, ("name", "above"), ("name", "kernel")
        late = *((key, "down") for key in ("card", "half")), *(down.tap(k) for _, k in down.fan), ("name", "below")
        late = *late, ("node", "below"), *(("edge", 1, *edge) for edge in down.fan)
        return draft.board("answer", said, 4, [Cue(own, staging.MOVE, 1.2), Cue(late, staging.ENTER + 0.5)])
