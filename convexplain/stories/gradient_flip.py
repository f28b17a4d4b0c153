"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. A sample that is raised moves the outputs that read
it, each by its tap, and each of these moves the loss by its ``g``: so ``g[i - k]`` comes back through tap k over the
same edge, and the kernel is turned over. The gradient is a true convolution. It answers "where does the flip come from,
then?" and "what is the gradient of a Conv1D with respect to its input?". Edges, circles and rows never move.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fractions import Fraction

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.stories import phrases, sliding
from convexplain.stories.reading import SLOPE, UPSTREAM, Reading
from convexplain.stories.script import Refuted, Script
from convexplain.stories.trellis import Fan
from convexplain.style import MINUS

FIGURE = ("output", "turn", "sum", "check")
FEW = 4
"""So many edges are drawn one by one, and so many products come so."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling(Reading):
    def boards(self) -> tuple[Board, ...]:
        forward = [self.ask(), self.gather(), self.output(), *self.slid()]
        return (*forward, self.why(), *self.turned(), *self.loss(), *self.backward(), self.check())

    @property
    def ahead(self) -> Fan:
        """The edges of an output that stand by, beside those of the told sample."""
        return self.fan(self.clear_output) if self.clear_output is not None else []

    # forward

    def ask(self) -> Board:
        taps = self.back.layer.kernel_size
        said = f"Conv1D multiplies a signal by {phrases.count(taps, 'number')}, *w*; convolution turns "
        said += f"{'them' if taps > 1 else 'it'} over first. Why?"
        draft = self.draft(said)
        if not self.lay_calls(draft):
            self.lay_x(draft)
        if self.script.shown.units:
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(self.script.shown.units)) + ".")
        return draft.board("ask", said, 4)

    def reading(self, said: str, t: int, before: list[int]) -> Draft:
        """The samples that an output reads and the taps between, beside the outputs of ``before``."""
        draft, at, taps = self.draft(said), self.at, self.reads(t).taps
        outer = [tap.step for tap in taps if tap.padded and at.axis.has(tap.step)]
        read = [tap.step for tap in taps if not tap.padded]
        self.lay_nodes(draft, read, [t], outer)
        self.lay_x(draft, read)
        at.lay_zeros(draft, outer, True)
        at.lay_edges(draft, self.fan(t), [edge for n in before for edge in self.fan(n)])
        at.lay_taps(draft, self.fan(t), True)
        self.lay_y(draft, before, None, t)
        return draft

    def gather(self) -> Board:
        taps = len(self.reads(self.t).taps)
        said = f"Forward: *y*[{self.t}] reads {phrases.count(taps, 'sample')}, each times a tap *w*[*k*]."
        draft = self.reading(said, self.t, [])
        self.at.lay_places(draft, False, [self.t])
        self.lay_formula(draft, "forward")
        return draft.board("gather", said, 3, [Cue((("edge",),), beat=motion.MOVE + 0.5)])

    def output(self) -> Board:
        said = f"*y*[{self.t}] = {self.made(self.t)}." if self.made(self.t) else f"Added up: *y*[{self.t}]."
        return self.added("output", said, self.t, [], [])

    def slid(self) -> list[Board]:
        """The kernel slides to another output, and then over all."""
        near = [t for t in self.at.outputs if t != self.t and self.at.shows_all(self.fan(t))]
        if not near:
            return []
        t = self.clear_output if self.clear_output in near else min(near, key=lambda t: (t < self.t, abs(t - self.t)))
        assert t is not None
        said = "It slides on as it stands" + (f": *y*[{t}] = {self.made(t)}." if self.made(t) else ".")
        return [self.added("slid", said, t, [self.t], [n for n in self.at.outputs if n not in (t, self.t)])]

    def added(self, name: str, said: str, t: int, before: list[int], rest: list[int]) -> Board:
        """An output beside those of ``before``; then come the ``rest``."""
        draft = self.reading(said, t, [*before, *rest, t])
        self.lay_formula(draft, "forward")
        cues = [Cue((("edge",),), beat=motion.MOVE, lasts=motion.LASTS["move"])] * bool(before)
        cues.append(Cue(((*self.y_key(t), "bar"),), beat=motion.ENTER))
        rows = tuple(map(self.y_key, rest))
        return draft.board(name, said, 4, [*cues, Cue(rows, beat=motion.ENTER + 1)])

    # why

    def why(self) -> Board:
        """What training asks of the told sample."""
        ten = self.script.written(self.back.ten).text
        said = f"Training lowers the loss *L*, its error: if *x*[{self.i}] grows by {ten}, what does *L* do?"
        draft = self.draft(said)
        self.lay_nodes(draft, [self.i], [])
        self.lay_x(draft, [self.i])
        self.lay_y(draft, self.at.outputs, [])
        self.at.lay_edges(draft, [], self.ahead)
        self.at.lay_taps(draft, self.ahead, True, -1)
        self.raise_sample(draft, False)
        self.at.lay_beside(draft, {"*L*": SLOPE, " + ?": "lit"}, "*L* + ?")
        return draft.board("why", said, 4, [Cue((("more",),), beat=motion.MOVE, lasts=0.9)])

    # the same edges from the other end

    def below(self, said: str, ahead: Fan = (), taps: bool = True, outputs: Collection[int] = ()) -> Draft:
        """The told sample, its edges and the ``outputs`` that are meant, where none are said those that read it, beside
        the edges of an output that are ``ahead``.
        """
        draft, at, back_fan = self.draft(said), self.at, self.back_fan(self.i)
        outputs = outputs or [step for step, _ in back_fan]
        self.lay_nodes(draft, [self.i], outputs)
        self.lay_x(draft, [self.i])
        self.lay_y(draft, at.outputs, outputs)
        at.lay_edges(draft, back_fan, ahead)
        at.lay_taps(draft, ahead, True, -1)
        if taps:
            at.lay_taps(draft, back_fan, False, copies=[k for _, k in ahead])
        return draft

    def turned(self) -> list[Board]:
        """The edges of the told sample, and on them the taps, beside those of an output."""
        steps, order = [f"*y*[{back.step}]" for back in self.returns], [f"*w*[{k}]" for _, k in self.back_fan(self.i)]
        which = f": {', '.join(steps)}" if len(steps) <= FEW else ""
        said = f"*x*[{self.i}] reaches *L* through {phrases.count(len(steps), 'output')}{which}."
        ahead = self.ahead
        one_by_one = [Cue((("edge",),), beat=motion.MOVE, lasts=0.9)]
        for place, edge in enumerate(self.back_fan(self.i)):
            one_by_one.append(Cue((self.at.key(*edge),), beat=motion.ENTER + min(place, FEW), lasts=0.7))
        index = [said[4:-1] for said in phrases.reads(self.back.layer, self.back.samples)]  # that of x and that of g
        boards = [self.below(said, ahead, False).board("readers", said, 3, one_by_one)]
        if len(steps) < 2:
            return boards
        if self.is_plain:
            order = [one.weight.text for one in self.returns]
        names = ", ".join(order if len(order) <= FEW else [*order[:2], "⋯", order[-1]])
        said, cues = f"From left to right the taps on its lines stand turned over: {names}.", []
        for place, (_, k) in enumerate(self.back_fan(self.i)):
            tap = self.at.tap(k, False)
            beat = motion.ENTER + min(place, FEW)
            cues.append(Cue((tap,), beat=beat, lasts=1.4, how="down first" if ahead else ""))
            cues.append(Cue(((*tap, "name"),), beat=beat + 0.5, lasts=0.4, how="fade"))
        boards.append(self.below(said, ahead).board("turn", said, 5, cues))
        for name, letter, own, sign in (("plus", "i", index[0], "+"), ("minus", "t", index[1], MINUS)):
            said = f"Why? Tap *k* joins output *t* and sample *i* = {own}"
            if name == "minus":
                said = f"Read from the sample: *t* = {own}"
            pairs = [(self.i, t, k) if name == "plus" else (t, self.i, k) for t, k in self.back_fan(self.i)]
            sums = ", ".join(f"{one} = {two} {sign} {k}" for one, two, k in pairs)
            said += f". Here {sums}." if self.is_simple and len(pairs) <= FEW - 1 else "."
            draft = self.below(said, ahead)
            before, _, after = own.partition(f" {sign} ")
            parts = {f"*{letter}* = {before}": "ink", f" {sign} ": "lit", after: "ink"}
            self.at.lay_beside(draft, parts, f"*{letter}* = {own}")
            boards.append(draft.board(name, said, 4))
        return boards

    # how much the loss changes

    def loss(self) -> list[Board]:
        """What g is; the loss; the told sample raised; what that makes of the loss."""
        back, slope, ten = self.back, self.back.slope(self.i), self.script.written(self.back.ten).text
        t = self.t if self.t in [one.step for one in self.returns] else self.returns[0].step
        g = back.upstream(t).text
        total = sum((back.upstream(t).value * self.y(t).value for t in range(back.steps)), Fraction(0))
        whole, moves = self.script.written(total), [(self.move(one), one.upstream) for one in self.returns]
        sums = self.worked([(self.y(t), back.upstream(t)) for t in self.at.outputs], whole)
        is_short = bool(sums) and len(self.at.outputs) == back.steps
        moved = self.worked(moves, slope) if ten == "1" else ""
        loss = f"*L* = *y* · *g* = {sums}." if is_short else "*L* is *y* · *g*."
        texts = {"slope": f"Say *L* rises by {g} times what *y*[{t}] does: this number is called *g*[{t}]."}
        if ten == "1":
            texts["slope"] = f"Say: raise *y*[{t}] by 1, and *L* rises by {g}. This number is called *g*[{t}]."
        texts["loss"] = f"Give each output a *g*: {loss}"
        texts["reach"] = f"Raise *x*[{self.i}] by {ten}: each output that reads it moves by its tap."
        texts["chain"] = (
            f"Each move times its *g* changes *L*: {f'{moved} =' if moved else 'the sum is'} d*L*/d*x*[{self.i}]."
        )
        boards, every = [], {t: back.upstream(t) for t in self.at.outputs}
        more = phrases.added(["", slope.text], "").removesuffix(" = ")
        for name, said in texts.items():
            is_raised, beside = name in ("reach", "chain"), {f"*L* = {whole.text}": SLOPE}
            factors = {t: every[t]} if name == "slope" else every
            meant = [one.step for one in self.returns] if is_raised else [*factors]
            draft = self.below(said, outputs=meant)
            self.at.lay_factors(draft, factors, UPSTREAM, SLOPE, meant)
            if name == "slope":
                self.raised(draft, self.y_key(t), self.y(t), self.script.written(back.ten))
                beside = {"*L*": SLOPE, f" + {g}": "lit"} if ten == "1" else {}
            elif is_raised:
                self.raise_sample(draft)
            if is_short:
                beside |= {"reach": {" + ?": "lit"}, "chain": {more: "lit"}}.get(name, {})
                self.at.lay_beside(draft, beside, f"*L* = {whole.text}{more}")
            raised = self.y_key(t) if name == "slope" else self.x_key(self.i)
            boards.append(draft.board(name, said, 4, [Cue((("more", *raised),), beat=motion.MOVE, lasts=0.9)]))
        return boards

    # backward

    def backward(self) -> list[Board]:
        """What the told sample needs stays; its taps go over their g, as a card, and this slides along."""
        i, several, boards = self.i, self.back.layer.kernel_size > 1, []
        said = f"All this took: the *g* of the outputs that read *x*[{i}], and the taps between."
        draft = self.returned(said, i, [])
        self.at.lay_places(draft, True, [i])
        self.at.lay_edges(draft, self.back_fan(i))
        self.at.lay_taps(draft, self.back_fan(i), False)
        cues = [Cue(tuple(("g", t, "bar") for t in self.at.outputs), beat=motion.LEAVE, lasts=0.9)]
        boards.append(draft.board("upstream", said, 3, cues))
        said = f"Each tap moves over its *g*: there the kernel lies like a card{', turned over' * several}."
        cues = [Cue(self.back_taps, beat=motion.MOVE, lasts=1.4), Cue((("edge",),), beat=motion.ENTER)]
        boards.append(self.card("card", said, i, [], cues, False))
        said = "Multiplied and added up" + (f": {self.sum_of(i)}, again" if self.sum_of(i) else ", this is again")
        came = [Cue((("return", i, k),), beat=motion.ENTER + min(place, FEW)) for place, k in enumerate(self.laid(i))]
        came.append(Cue((("slope", i, "bar"),), beat=motion.ENTER + FEW + 1))
        boards.append(self.card("sum", f"{said} d*L*/d*x*[{i}].", i, [], came))
        return [*boards, *self.slides()]

    def card(
        self, name: str, said: str, i: int, before: Iterable[int], cues: Iterable[Cue], made: bool = True
    ) -> Board:
        """The turned kernel over g, where it writes the gradient of a sample, if that is ``made``, beside others."""
        draft = self.returned(said, i, [*before, *[i] * made])
        self.lay_turned(draft, i, made)
        if not made:
            self.at.lay_places(draft, True, [i])
        else:
            self.lay_formula(draft, "backward")
        return draft.board(name, said, 3, cues)

    def returned(self, said: str, i: int, before: Iterable[int]) -> Draft:
        """What each output sends back, below, and the gradients of samples, above; one of them is meant."""
        draft = self.draft(said)
        self.lay_nodes(draft, [i], [back.step for back in self.returns_of(i)], beyond=self.beyond)
        self.lay_slopes(draft, before)
        self.lay_g(draft)
        return draft

    def slides(self) -> list[Board]:
        """The card slides to the left end, and then over all."""
        whole = [i for i in self.at.samples if all(map(self.at.axis.has, self.laid(i).values()))]
        at, made, boards = self.i, {self.i}, []
        turn = "Turn over, s" if self.back.layer.kernel_size > 1 else "S"
        for name, end in (("start", whole[0]), ("along", whole[-1])):
            if end == at and name == "start":
                continue
            outside = any(not 0 <= place <= self.back.place(self.back.steps - 1) for place in self.laid(end).values())
            said = "Slide it to the left" + (": where no output is, *g* is 0" if outside else "")
            said += f": {self.sum_of(end)}." if self.sum_of(end) else "."
            made |= set(range(min(at, end), max(at, end) + 1))
            if name == "along":
                said, made = f"{turn}lide, multiply, add: that is convolution.", {*self.at.samples}
            boards.append(self.card(name, said, end, sorted(made - {end}), self.passing(at, end)))
            at = end
        return boards

    def passing(self, start: int, end: int) -> list[Cue]:
        """The card slides from one sample to another; the gradients between come as it passes, the last one when its
        products are there.
        """
        count = max(1, abs(end - start))
        lasts = max(2.0, sliding.SLIDE * count)
        cues = [Cue((*self.back_taps, ("card",)), beat=motion.MOVE, lasts=lasts)]
        for i in self.at.samples:
            after = motion.passes(min(1.0, abs(i - start) / count)) * lasts
            cues.append(Cue((("slope", i, "bar"),), beat=motion.MOVE, lasts=0.4, after=after))
        last = Cue((("slope", end, "bar"),), beat=motion.ENTER + 1)
        return [*cues, Cue((("return", end),), beat=motion.ENTER, lasts=0.7), last]

    # the check, and the end

    def check(self) -> Board:
        """The gradient of every sample in view, with what others find."""
        if not self.back.is_convolution:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        asked = self.back.asked
        if asked is not None and asked != self.back.slopes:
            raise Refuted("Keras must find this gradient. Received: other numbers")
        rows = {} if asked is None else {"Keras": list(asked)}
        who = f"{self.script.check.library} and " if rows else ""
        said = f"Conv1D backward is convolution: {who}`convolve(g, w)` agree{'s' * (not rows)}."
        draft = self.draft(said)
        self.at.lay_nodes(draft, True, self.at.samples)
        self.lay_slopes(draft, self.at.samples)
        self.lay_g(draft)
        self.lay_found(draft, rows := {**rows, "SciPy": self.scipy()})
        come = [Cue(((who,), ("name", who)), beat=motion.MOVE + place) for place, who in enumerate(rows)]
        return draft.board("check", said, 5, come)
