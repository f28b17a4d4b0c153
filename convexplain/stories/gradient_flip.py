"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. Later layers make one result of outputs, each times
a factor. A sample that grows changes it along its paths: by the tap of each and by its factor. So ``g[i - k]`` comes
back through tap k over the same edge, and the kernel is turned over: the gradient is a true convolution. It answers
"where does the flip come from, then?" and "what is the gradient of a Conv1D with respect to its input?".
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from fractions import Fraction
from itertools import pairwise, product
from typing import Any

from convexplain import style
from convexplain.board import motion, pieces, staging
from convexplain.board.marks import DIGIT, FILM, SMALL, Board, Cue, Draft, Format, Mark
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

    def stage(self, said: str, card: Card | None = None) -> Draft:
        """Words and, on its edges, a ``card``."""
        draft = Draft(self.form)
        pieces.caption(draft, said)
        if card:
            self.lay_card(draft, card, self.every)
        return draft

    def forward(self, said: str, card: Card, lit: Lit = None) -> Draft:
        """A board of samples, those ``lit`` or all."""
        draft = self.stage(said, card)
        self.lay_steps(draft, lit or ())
        self.lay_row(draft, self.x, lit)
        return draft

    def grown(self, said: str, card: Card, changed: bool = False) -> Draft:
        """A board of the sample that grows, and of the paths from it to the result, which may have ``changed``. Beside
        the turned kernel, where it has room, lies the kernel as it is.
        """
        draft = self.forward(said, card, {self.i})
        self.lay_growth(draft)
        outputs = {t for t, _ in card.fan}
        self.lay_outputs(draft, outputs, changed)
        self.lay_factors(draft, outputs)
        self.lay_result(draft, outputs, changed)
        if card.name and self.mirrored:
            self.lay_taps(draft, self.ahead._replace(name="beside"), lit=False)
        return draft

    def back_to(self, said: str, i: int, there: Collection[int], lit: Lit, rows: Any = None) -> Draft:
        """The gradient of samples that are ``there``, in their places, over the factors, some of them ``lit``; the
        kernel is on ``i``, and is read upwards. There may be ``rows`` of what each is the sum of, or what others find.
        """
        draft = self.stage(said, self.slid[i])
        self.lay_row(draft, self.slopes, None, there)
        self.lay_factors(draft, lit, [t for t in self.beyond if lit is None or t in lit])
        if rows:
            self.lay_over(draft, {name: {j: row[j] for j in there if j in row} for name, row in rows.items()}, i)
        return draft

    def lay_products(self, draft: Draft) -> None:
        """Beside the lines of the told sample what each brings, where all have room; else over the gradient."""
        made, size, marks = self.made().get(self.i, []), self.form.small, list[Mark]()
        for (_, k), text in zip(self.turned.fan, made, strict=False):
            (x, low), (to, high) = draft.marks["edge", 1, "up", k].corners
            y, side = draft.marks["card", "turned"].top - 0.6 * size, 1 if x < to - 1 else -1
            marks.append(words(text, to + (x - to) * (y - high) / (low - high) - 14.0 * side, y, size, align=side))
        fits = len(made) <= 3 and all(one.right + 24 <= other.left for one, other in pairwise(marks))
        fits = fits and all(mark.left > 8 and mark.right < self.form.width - 8 for mark in marks)
        for n, mark in enumerate(marks if fits else []):
            draft.put("over", ("over", "sums", self.i, n), mark)
        self.lay_over(draft, {} if fits else {"sums": {self.i: made}}, self.i)

    def lay_over(self, draft: Draft, rows: Mapping[str, Any], i: int) -> None:
        """Rows over gradients, where they have room; else a ruler."""
        wide = widest("".join(parts) for said in rows.values() for parts in said.values())
        size = max(SMALL, min(self.text, 0.75 * self.axis.pitch / wide)) if wide and self.size_of(wide) else 0.0
        if not size:
            self.lay_steps(draft, {i})
        for n, (name, said) in enumerate(rows.items() if size else ()):
            y = pieces.RULER + 1.1 * self.text * (n + (2 - len(rows)) / 2)
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
        taps = ", ".join(weight.text for weight in self.back.weights[::-1])
        said = f"To convolve is to turn the kernel before it slides{f': {taps}' * self.mirrored}. Does `Conv1D`?"
        draft = self.forward(said, self.ahead)
        self.lay_outputs(draft)
        if self.mirrored and len(self.turned.fan) == self.layer.kernel_size:
            self.lay_taps(draft, self.turned._replace(name="asked"), lit=False)
        if self.script.shown.units:
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(self.script.shown.units)) + ".")
        return draft.board("ask", said, 4)

    def every_output(self) -> Board:
        """The taps lie on the lines of all outputs, or their colours where they have no room; one is worked out."""
        said = "Forward, no turn: outputs add up samples times taps, the kernel's numbers."
        draft = self.forward(said, self.all)
        self.lay_outputs(draft)
        self.lay_rest(draft, self.ahead.fan)
        own = [edge for edge in self.ahead.fan if self.rests and edge in self.every]
        for (t, k), part in product(own, ("tile", "digits")):
            draft.change([("w1", 0, 0, k, t, part)], copy_of=(*self.ahead.tap(k), part))
        (read,), node = self.script.correlations(self.script.cell), draft.marks["node", "below", self.t]
        if len(read.taps) > 1 and self.back.is_whole and self.values and not self.script.shown.units:
            made = " + ".join(phrases.times(tap.sample, tap.weight) for tap in read.taps)
            self.lay_worked(draft, "below", f"{made} = {self.y[self.t].text}", node.x, node.bottom + 0.9 * self.text)
        moved = *(("w1", 0, 0, k, t) for t, k in own), ("edge",)
        return draft.board("lines", said, 4, [Cue(moved, staging.MOVE, 1.0)])

    def next(self) -> Board:
        """One result of all outputs."""
        said = "Later layers make one result of all outputs: say, each times a made-up factor, added up."
        draft = self.forward(said, self.none, ())
        self.lay_rest(draft, ())
        self.lay_outputs(draft)
        self.lay_factors(draft)
        self.lay_result(draft)
        cues = [Cue((("factor",),), staging.ENTER), Cue((("result",), ("worked", "result")), staging.ENTER + 0.5)]
        return draft.board("next", said, 4, cues)

    def grow(self) -> Board:
        """What training asks of a sample, and why. Of the taps those on its lines are lit."""
        said = "To steer the result, training asks of earlier layers' numbers: what if one grows by 1?"
        draft = self.grown(said, self.meets)
        self.lay_rest(draft, self.meets.fan)
        return draft.board("grow", said, 4, [Cue((("grows",),), staging.MOVE, 0.8)])

    def turned_over(self) -> Board:
        """Along the lines of a sample the taps gather in a row, which is turned over."""
        is_whole = self.look.number and len(self.turned.fan) == self.layer.kernel_size
        tap = f"its right tap, {self.back.weights[-1].text}" if is_whole else "a tap further right"
        said = f"The left output reads it with {tap}: so here the taps stand in reverse."
        said = said if self.turns else "One output reads this sample, with one tap."
        draft = self.grown(said, self.turned)
        for (t, k), part in product(self.turned.fan if self.rests else (), ("tile", "digits")):
            draft.change([(*self.turned.tap(k), part)], copy_of=("w1", 0, 0, k, t, part))
        gather = tuple(self.turned.tap(k) for _, k in self.turned.fan)
        then = ("card",), ("name", "beside"), *(("w1", 0, 0, k, "beside") for _, k in self.ahead.fan)
        cues = [Cue((("edge",),), staging.MOVE, 0.4, "fade", after=1.1), Cue((("w1",),), staging.MOVE, 0.4)]
        cues += [Cue(gather, staging.MOVE, 1.5), Cue(then, staging.MOVE, 0.4, after=1.1)]
        return draft.board("reach", said, 4, cues)

    def sum(self) -> Board:
        """By how much its outputs change, and with them the result: what is found goes up to the sample."""
        number = self.slopes.numbers[self.i]
        ways, by = "their taps", f" by {number.text}" * self.grows
        if self.back.is_whole and len(self.changes) == 3:
            ways = "{}, {} and {}".format(*(one.text for one in self.changes.values()))
        which = f"outputs change by {ways}" if self.turns else "output changes by this tap"
        said = f"The {which}, the result{by or ', too'}: that is this sample's gradient."
        draft = self.grown(said, self.turned, changed=True)
        if self.grows and not [key for key in draft.marks if key[0] == "ruler"]:
            x, y, found = self.x_of(True, self.i), pieces.RULER + 0.2 * self.large, (*self.slopes.key, self.i, "digits")
            mark = words(number.text, x, y, self.large, "lit", about=number.about, copy_of=("result", "change"))
            draft.put("digits", found, mark.at(x=self.form.within(x, mark.width, self.names + 8)))
            self.lay_name(draft, "gradient", "gradient", y)
        cues = [Cue((("node",), ("y1",)), staging.MOVE, 0.5), Cue((("change",),), staging.MOVE, 0.4, after=0.3)]
        cues += [Cue((("result",),), staging.ENTER, 0.5), Cue((("worked",),), staging.ENTER + 1)]
        cues += [Cue((("result", "change"),), staging.ENTER, 0.4, after=0.3)]
        up = Cue((self.slopes.key, ("name", "gradient")), staging.ENTER + 2, 1.2, "down first")
        return draft.board("sum", said, 4, [*cues, up])

    def effect(self) -> Board:
        """Samples and outputs have left; from the factors the same lines are read up, and each brings its product."""
        fan, brings = self.turned.fan, "the same products"
        if self.made() and len(fan) == 3:
            products = [phrases.times(self.factors[t], self.back.weights[k]) for t, k in fan]
            brings = "{}, {} and {}: again ".format(*products) + self.slopes.numbers[self.i].text
        said = f"Read up from the factors, the same lines bring {brings}."
        draft = self.back_to(said, self.i, {self.i}, {t for t, _ in fan})
        self.lay_products(draft)
        cues = [Cue((("x",), ("grows",), ("name", "samples")), staging.LEAVE + 0.6)]  # when the later layers have left
        for n, (_, k) in enumerate(fan):  # line by line, each with what it brings
            cues.append(Cue((("edge", 1, "up", k),), staging.ENTER, 0.6, after=0.3 * n))
            cues.append(Cue((("over", "sums", self.i, n),), staging.ENTER, 0.3, after=0.3 * n + 0.5))
        return draft.board("effect", said, 3, [*cues, Cue(((*self.slopes.key, self.i, "bar"),), staging.ENTER + 1)])

    def every_sample(self) -> Iterator[Board]:
        """The card slides to the first sample, where it is seen there, and to the last, and what it makes adds up."""
        at = self.i
        if self.first is not None:
            said, at = "Where there is no output, the factor is 0: there the taps add nothing.", self.first
            lit = {t for t, _ in self.slid[at].fan}
            draft = self.back_to(said, at, {at, self.i}, lit, {"sums": self.made()})
            yield draft.board("first", said, 3, self.slide(self.i, at))
        said = f"The {'turned ' * self.turns}kernel slides along the factors: that is a convolution."
        draft = self.back_to(said, self.last, self.samples, None, {"sums": self.made()})
        yield draft.board("every", said, 4, self.slide(at, self.last))

    def slide(self, begin: int, end: int) -> list[Cue]:
        """The card slides from sample to sample; each effect comes when it is there."""
        lasts = min(2.5, 1 + 0.3 * abs(end - begin))
        late = {i: lasts * motion.passes(min(1.0, max(0.0, (i - begin) / ((end - begin) or 1)))) for i in self.samples}
        grow = [Cue((("slope", i), ("over", "sums", i)), staging.MOVE, 0.4, after=own) for i, own in late.items()]
        beyond = tuple(("factor", t) for t in self.beyond)  # they come under lines that end in the air
        zeros = Cue(beyond, staging.MOVE, 0.4, after=lasts - 0.6)
        return [Cue((("factor",),), staging.LEAVE), Cue(SLIDES, staging.MOVE, lasts), zeros, *grow]

    def check(self) -> Board:
        """The gradient of every sample in view, with what others find."""
        asked = self.back.asked
        if self.back.slopes != self.back.convolved:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        if asked is not None and asked[0] > asked[1]:
            raise Refuted("Keras must find this gradient. Received: other numbers")
        same = asked is not None and not (asked[0] or self.script.shown.is_rounded)
        turns = ": it turns its kernel itself" * (self.turns and (same or not asked))
        said = f"SciPy's `convolve` finds this gradient{turns}."
        if same:
            said = f"Keras finds this gradient, SciPy's `convolve` too{turns}."
        elif asked:
            said += " Keras agrees" + (f" with the full numbers, to {style.everyday(asked[0])}." if asked[0] else ".")
        found = {i: [one.text] for i, one in self.slopes.numbers.items()}
        self.by = "turned by", "`convolve`"
        draft = self.back_to(said, self.i, self.samples, None, dict.fromkeys(("Keras", "SciPy")[not same :], found))
        if self.sums and self.back.is_whole and self.layer.strides == self.layer.dilation_rate == 1:
            handed = ([int(one.value) for one in row] for row in (self.factors.values(), self.back.weights))
            call = "`convolve({}, {})`".format(*handed)
            self.lay_worked(draft, "call", call, self.sink[0], self.ground - 0.4 * self.text)
        return draft.board("check", said, 4, [Cue(SLIDES, staging.MOVE, 1.0)])

    def answer(self) -> Board:
        """The kernel as an output reads it, beside it as a sample does, where all else has left."""
        said = "`Conv1D` uses its kernel as it is. The turn comes in training, with the gradient."
        said = said if self.turns else "The same line, read from its other end, has the same tap."
        down, draft = self.ahead._replace(name="down"), self.stage(said)
        for place, card in enumerate([*[down] * self.turns, self.turned]):
            alone, row = self.alone(card, place, 1 + self.turns), self.x if card.ahead else self.slopes
            alone.lay_ends(draft, row)
            (alone.lay_outputs if card.ahead else alone.lay_factors)(draft)
            alone.lay_card(draft, card, ())
            if self.turns:
                which, face = "forward: as it is" if card.ahead else "gradient: turned", draft.marks["card", card.name]
                draft.put("half", ("half", card.name), words(which, face.x, pieces.RULER, self.text, "ink"))
        own = *(("factor", t) for t, _ in self.turned.fan), *SLIDES, (*self.slopes.key, self.i, "digits")
        own = *own, *(("edge", 1, *edge) for edge in down.fan)
        late = ("card", "down"), *(down.tap(k) for _, k in down.fan)
        cues = [Cue((("edge",),), staging.MOVE, 0.4), Cue(own, staging.MOVE, 1.0)]
        return draft.board("answer", said, 4, [*cues, Cue(late, staging.ENTER, after=0.3)])
