"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. A sample that is raised moves the outputs that read
it, each by its tap, and each of these moves the loss by its ``g``: so ``g[i - k]`` comes back through tap k over the
same edge, and the kernel is turned over. The gradient is a true convolution. It answers "where does the flip come from,
then?" and "what is the gradient of a Conv1D with respect to its input?". Circles, edges and rows never move;
what comes back takes the places of what went.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import product
from typing import Any

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Draft, Format, Key
from convexplain.board.pieces import Number
from convexplain.stories import phrases
from convexplain.stories.both_ways.reading import ASKED, FEWER, Card, Fan
from convexplain.stories.both_ways.trellis import Lit, Trellis
from convexplain.stories.script import Refuted, Script

FIGURE = {1: ("output", "sum"), 2: ("output", "reach", "sum", "answer")}
"""The boards of the composed figure, by how many panels stand side by side."""
FOUND = "check"
"""The board whose caption is what was found besides the outputs: the gradient."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling(Trellis):
    """First what boards have in common, then the boards in their order."""

    def boards(self) -> tuple[Board, ...]:
        self.few = self.is_plain and self.layer.kernel_size <= FEWER
        self.grown_by = self.script.written(self.back.ten, self.script.level - 1).text
        told = [self.ask(), self.output(), self.every_output(), self.error(), self.why(), *self.moved()]
        return (*told, self.sum(), self.along(), *self.ends(), self.every_sample(), self.check(), self.answer())

    def stage(
        self, said: str, lit: Fan, whole: bool = False, raised: bool = False, loss: str = "", gradient: Lit = None
    ) -> Draft:
        """A board with its words, rows and edges. Meant are the edges that are ``lit`` and what they join (all outputs,
        where none is), or the ``whole`` rows. ``loss`` is written behind the error. When ``raised`` the told sample is,
        and the outputs have moved. With a ``gradient``, that of some samples, g has the places of the outputs.
        """
        draft, ahead, read = Draft(self.form), gradient is None, {self.back.source(*edge) for edge in lit}
        samples, outputs = (None, None) if whole else (read, {t for t, _ in lit} or None)
        pieces.caption(draft, said)
        if not self.is_numbered:
            pieces.ruler(draft, self.axis, "*i*", samples or ())
        outer = sorted(i for i in read - {*self.samples} if self.axis.has(i))
        self.lay_nodes(draft, True, [*self.samples, *outer], samples)
        self.lay_nodes(draft, False, self.outputs, outputs)
        self.lay_edges(draft, lit)
        self.lay_follows(draft, ahead, loss)
        if gradient:
            self.lay_row(draft, self.slopes, None if whole else {self.back.source(*edge) for edge in lit[:1]}, gradient)
        else:
            self.lay_row(draft, self.x, samples)
        self.lay_row(draft, self.y if ahead else self.g, outputs if ahead or gradient else None)
        if raised:
            self.lay_raised(draft, ahead)
        return draft

    def rigged(self, said: str, card: Card, **more: Any) -> Draft:
        """A board with the kernel on its card and its window, where it makes an output or a gradient."""
        draft = self.stage(said, card.fan, **more)
        self.lay_card(draft, card, window=True)
        return draft

    def over_all(self, said: str, ahead: bool) -> tuple[Draft, list[Cue]]:
        """A board with all lines and, where they have room, the taps on them, to where they fly from their card."""
        card, gradient, key = (self.ahead, None, ()) if ahead else (self.slid, self.samples, ("back",))
        draft = self.stage(said, self.every, True, gradient=gradient)
        self.lay_rest(draft, self.every, *key)
        resting = {self.tap(k, t, *key): card.keys[k] for t, k in card.fan if self.rests and (t, k) in self.every}
        copied(draft, resting)
        return draft, flown(resting, 1.0)

    def lay_formula(self, draft: Draft, ahead: bool) -> None:
        """The formula of a way to read in the text line; its sign is yellow."""
        backward = phrases.gradient_formula(self.layer, self.back.samples)
        parts = phrases.layer_formula(self.layer, self.back.samples, channels=False) if ahead else backward
        pieces.formula(draft, parts, ("sign",), longest=backward, key=("forward" if ahead else "backward",))

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

    def error(self) -> Board:
        """What becomes of the outputs."""
        said = "Training compares the answer with the right one, then makes *L* smaller."
        draft = self.stage(said, ())
        self.lay_rest(draft, ())
        draft.change([key for key in draft.marks if key[0] == "follows"], role="ink")
        return draft.board("error", said, 3)

    def why(self) -> Board:
        """What training asks of a sample."""
        asks = f"To train the layers before: if *x*[{self.i}] grows by {self.grown_by}, by how much does *L* grow?"
        draft = self.stage(asks, self.turned.fan, loss=ASKED)
        self.lay_rest(draft, self.turned.fan)
        return draft.board("why", asks, 3)

    def moved(self) -> list[Board]:
        """The outputs move, each by its tap, and what each move is worth."""
        times = "" if self.back.ten == 1 else f"{self.grown_by} × "
        taps = f"{self.named([k for _, k in self.turned.fan])}: the taps"
        by = (taps if self.few and not times else f"{times}their taps") + ", turned over" * (len(self.returns) > 1)
        moves = f"Let *x*[{self.i}] grow by {self.grown_by}: its outputs move by {by}."
        told = "If *y*[*t*] grows by 1, *L* grows by *g*[*t*]: later layers find it in the same way."
        reach = self.rigged(moves, self.turned, raised=True, loss=ASKED)
        upstream = self.rigged(told, self.turned, raised=True, loss=ASKED, gradient=())
        x, y, numbers = self.x.key, self.y.key, (*(("move", t) for t in self.moves), ("name", "moves"))
        cues = [*flown(self.turned.keys.values(), 1.0), Cue((x, ("more", *x)), beat=motion.ENTER + 1, lasts=0.7)]
        cues += [Cue((y, ("more", *y)), motion.ENTER + 2, 1.0), Cue(numbers, motion.ENTER + 2, 0.3, after=0.8)]
        bars = [(*y, t, "bar") for t in self.outputs]
        leave = [Cue(numbers, beat=motion.LEAVE + 0.5), Cue((*bars, ("more", *y)), beat=motion.MOVE, lasts=0.7)]
        return [reach.board("reach", moves, 2.5, cues), upstream.board("upstream", told, 2.5, leave)]

    def sum(self) -> Board:
        made, name = self.sum_of(self.i), f"d*L*/d*x*[{self.i}]"
        grows = f"*x*[{self.i}] grows by 1"
        said = f"If {grows}, *L* grows by {made}: this is {name}." if made else ""
        said = said or f"{name}, by how much *L* grows if {grows}, adds tap × *g*."
        draft = self.rigged(said, self.turned, raised=True, loss=self.grown, gradient=())
        self.lay_products(draft, self.i, self.turned)
        cues = [Cue((("loss",),), beat=motion.ENTER + 1)]
        for n, one in enumerate(self.returns):
            cues.append(Cue((("return", self.i, one.k),), motion.ENTER, 0.7, after=0.4 * min(n, FEWER)))
        return draft.board("sum", said, 2.5, cues)

    def slides(self, name: str, said: str, card: Card, to: int) -> Board:
        """A board to which the card slides from the samples before; then the gradient grows."""
        draft = self.rigged(said, card, gradient={self.i, self.end, to})
        self.lay_products(draft, to, card)
        rig = (("card",), ("node",), ("edge",), *card.keys.values())
        there = Cue((("slope", self.i, "bar"), ("name", "slope")), beat=motion.LEAVE + 0.5)
        grows = Cue((("slope", to, "bar"),), beat=motion.ENTER + 1)
        return draft.board(name, said, 2.5, [there, Cue(rig, beat=motion.MOVE, lasts=1.5), grows])

    def along(self) -> Board:
        """The next sample."""
        made = self.sum_of(self.end)
        said = f"The {'sum' if self.end == self.i else 'same'} at sample {self.end}{f': {made}' if made else ''}."
        return self.slides("along", f"{said} d*L*/d*x* is the gradient.", self.slid, self.end)

    def ends(self) -> list[Board]:
        """The sample at an end, which has fewer lines."""
        if self.last is None:
            return []
        made, steps, samples = self.sum_of(self.last), self.back.steps, self.back.samples
        said = f"Sample {self.last}, at an end, has {phrases.count(len(self.back_fan(self.last)), 'line')}"
        said += (f": {made}." if made else ".") + f" So {steps} *g* make {samples} (“full”)." * (steps < samples)
        return [self.slides("ends", said, self.over, self.last)]

    def every_sample(self) -> Board:
        """What lies on the lines of a sample adds up to its gradient."""
        said = f"Every sample adds tap × *g*: a convolution{', *w* turned over' * self.turns}."
        draft, cues = self.over_all(said, False)
        self.lay_formula(draft, False)
        return draft.board("every", said, 2.5, [*cues, Cue((("slope",),), beat=motion.ENTER + 1)])

    def check(self) -> Board:
        """The gradient of every sample in view, with what others find."""
        asked = self.back.asked
        if self.back.slopes != self.back.convolved:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        if asked not in (None, self.back.slopes):
            raise Refuted("Keras must find this gradient. Received: other numbers")
        zeros = ", with zeros in its gaps," if self.layer.strides > 1 or self.layer.dilation_rate > 1 else ""
        keras = "" if asked is None else f"{self.script.check.library}'s own gradient is the same. "
        said = f"{keras}SciPy's `convolve(g, w)`{zeros} gives it, too."
        draft, _ = self.over_all(said, False)
        for i in self.samples:  # a dot beside the tip of each gradient
            mark = draft.marks["slope", i, "bar"]
            x = min(mark.right + 14, mark.x + 0.4 * self.axis.pitch)
            pieces.compared(draft, ("found", i), x, mark.tip if mark.kind == "bar" else mark.y)
        self.lay_name(draft, ("found",), f"• {'Keras, ' * bool(keras)}SciPy", self.foot - 2 * self.form.small, "kernel")
        return draft.board("check", said, 5, [Cue((("found",), ("name", "found")), beat=motion.MOVE)])

    def answer(self) -> Board:
        """The lines of a sample: the farther right its output, the smaller the k that is left."""
        fan, index, cards = self.up.fan, phrases.index(self.layer, self.back.samples), [self.up]
        said = f"A line has *i* = {index}. For one *i*, the larger *t* the smaller *k*{': turned over' * self.turns}."
        if self.both:
            cards = [self.up, self.down]
            up, down = (self.named([k for _, k in card.fan]) for card in cards)
            said = f"Down to output {fan[0][0]}: {down}. Up to sample {self.end}: {up}, turned over."
        draft = self.stage(said, [*dict.fromkeys(edge for card in cards for edge in card.fan)], gradient=self.samples)
        for card in cards:
            self.lay_card(draft, card, "again", small=self.both)
        if self.both:
            copied(draft, {self.down.keys[fan[0][1]]: self.up.keys[fan[0][1]]})
        if index == "*t* + *k*":
            sums = {("sum", t): (t, Number(Fraction(self.end), f"{t} + {k}"), ("node", "below", t)) for t, k in fan}
            self.lay_under(draft, "sums", f"*t* + *k* = {self.end}", sums)
            self.lay_formula(draft, False)
        return draft.board("answer", said, 4, flown([key for card in cards for key in card.keys.values()], 1.0))


def copied(draft: Draft, taps: dict[Key, Key]) -> None:
    """Taps fly from others."""
    for own, part in product(taps, ("tile", "digits")):
        draft.change([(*own, part)], copy_of=(*taps[own], part))


def flown(keys: Iterable[Key], lasts: float) -> list[Cue]:
    """Taps fly, and their names come as they arrive."""
    taps = tuple(keys)
    names = tuple((*key, "name") for key in taps)
    fly = Cue((*taps, ("edge",)), beat=motion.MOVE, lasts=lasts)
    return [fly, Cue(names, beat=motion.MOVE, lasts=0.3 * lasts, after=0.7 * lasts)]
