"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. A sample that is raised moves the outputs that read
it, each by its tap, and each of these moves the loss by its ``g``: so ``g[i - k]`` comes back through tap k over the
same edge, and the kernel is turned over. The gradient is a true convolution. It answers "where does the flip come from,
then?" and "what is the gradient of a Conv1D with respect to its input?". Edges, circles and rows never move.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fractions import Fraction

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Draft, Format, Key
from convexplain.stories import bench, phrases
from convexplain.stories.reading import ORDERS, SLOPE, UPSTREAM, Reading
from convexplain.stories.script import Refuted, Script
from convexplain.stories.trellis import Fan
from convexplain.style import MINUS

FIGURE = ("products", "turn", "gradient", "check")
FEW = 4
"""So many products come back one by one."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling(Reading):
    def boards(self) -> tuple[Board, ...]:
        forward = [self.ask(), self.gather(), self.products(), *self.slid()]
        return (*forward, *self.turned(), *self.loss(), *self.backward(), *self.check())

    # forward

    def ask(self) -> Board:
        said = "Conv1D takes its kernel as it is; convolution turns it over. Where does that flip come from?"
        draft = self.draft(said)
        self.lay_x(draft)
        self.lay_y(draft, [])
        self.lay_ways(draft)
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

    def products(self) -> Board:
        said = f"*y*[{self.t}] = {self.made(self.t)}." if self.made(self.t) else f"Added up: *y*[{self.t}]."
        return self.added("products", said, self.t, [], [])

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
        """The products of an output and their sum, beside the outputs of ``before``; then come the ``rest``."""
        draft = self.reading(said, t, [*before, *rest])
        self.lay_formula(draft, "forward")
        self.lay_products(draft, t)
        addends: list[Key] = [("product", t, tap.k) for tap in self.reads(t).taps]
        cues = self._slid(addends, self.y_key(t), list(map(self.y_key, rest)))
        return draft.board(name, said, 4, cues if before else bench.one_by_one(addends, self.y_key(t)))

    def _slid(self, addends: list[Key], total: Key, rest: list[Key]) -> list[Cue]:
        """The kernel slides; then products in quick succession, and their sum; then the rest of the row."""
        cues = [Cue((("edge",),), beat=motion.MOVE, lasts=motion.LASTS["move"])]
        for place, key in enumerate(addends):
            cues.append(Cue(((*key, "bar"),), beat=motion.ENTER, lasts=0.6, after=0.4 * min(place, 3)))
        cues.append(Cue(((*total, "bar"),), beat=motion.ENTER + 1, lasts=0.5))
        return [*cues, Cue(tuple(rest), beat=motion.ENTER + 2)]

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
        said = f"Now from the other end: *x*[{self.i}] is read by {phrases.count(len(steps), 'output')}{which}."
        ahead = self.fan(self.clear_output) if self.clear_output is not None else []
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
        said, cues = f"From left to right the taps on its edges stand turned over: {names}.", []
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
        texts = {"slope": f"Training lowers a loss *L*. Say it rises by {g} times what *y*[{t}] does: *g*[{t}] = {g}."}
        if ten == "1":
            texts["slope"] = f"Training lowers a loss *L*. Say: raise *y*[{t}] by 1, and *L* rises by *g*[{t}] = {g}."
        texts["loss"] = f"Each output has its *g*, chosen here: {loss}"
        texts["reach"] = f"Raise *x*[{self.i}] by {ten}: each output that reads it moves by its tap."
        texts["chain"] = f"Each move reaches *L* times its *g*. Together that is d*L*/d*x*[{self.i}]"
        texts["chain"] += f": {moved}." if moved else "."
        boards, every = [], {t: back.upstream(t) for t in self.at.outputs}
        signed = style.signed(slope.text)
        more = f" {signed[0]} {signed[1:]}"
        for name, said in texts.items():
            is_raised, beside = name in ("reach", "chain"), {f"*L* = {whole.text}": SLOPE}
            factors = {t: every[t]} if name == "slope" else every
            meant = [one.step for one in self.returns] if is_raised else [*factors]
            draft = self.below(said, outputs=meant)
            self.at.lay_factors(draft, factors, UPSTREAM, SLOPE, meant)
            if name == "slope":
                self.raise_output(draft, t)
                beside = {"*L*": SLOPE, f" + {g}": "lit"} if ten == "1" else {}
            elif is_raised:
                self.raising(draft)
            if is_short:
                beside |= {more: "lit"} if name == "chain" else {}
                self.at.lay_beside(draft, beside, f"*L* = {whole.text}{more}")
            raised = self.y_key(t) if name == "slope" else self.x_key(self.i)
            boards.append(draft.board(name, said, 4, [Cue((("more", *raised),), beat=motion.MOVE, lasts=0.9)]))
        return boards

    # backward

    def backward(self) -> list[Board]:
        """Each output's g goes back over its edges: one by one to the told sample, then to all."""
        i, shown = self.i, self.seen(self.i)
        said = "Now backward, over the same edges: each sample collects the *g* of its outputs."
        draft = self.returned(said, i, [])
        self.at.lay_places(draft, True, [i])
        cues = [Cue(tuple(("g", t, "bar") for t in self.at.outputs), beat=motion.LEAVE, lasts=0.9)]
        boards = [draft.board("upstream", said, 3, cues)]
        for place, back in enumerate(shown if len(shown) <= FEW else []):
            index = f"[{i} {MINUS} {back.k}]" if self.is_simple else f"[{back.step}]"
            product = self.worked([(back.weight, back.upstream)], back.product)
            said = f"*k* = {back.k}: *w*[{back.k}] *g*{index}" + (f" = {product}." if product else " comes back.")
            cues = [Cue((("return", i),), beat=motion.ENTER, lasts=1.2)]
            boards.append(self.sent(f"return {place}", said, i, [], cues, back.k, place + 1))
        said = f"Added up: d*L*/d*x*[{i}]"
        if self.is_plain and len(shown) == len(self.returns) <= FEW:
            said += f" = {phrases.added([back.product.text for back in shown], self.back.slope(i).text)}, as before"
        addends: list[Key] = [("return", i, back.k) for back in shown]
        boards.append(self.sent("gradient", f"{said}.", i, [], bench.one_by_one(addends, ("slope", i))))
        return [*boards, *self.slides()]

    def sent(
        self,
        name: str,
        said: str,
        i: int,
        before: list[int],
        cues: Iterable[Cue],
        k: int | None = None,
        until: int | None = None,
    ) -> Board:
        """What comes back to a sample, all of it or ``until`` tap ``k``."""
        draft = self.returned(said, i, before, k)
        self.lay_returns(draft, i, until)
        self.lay_formula(draft, "backward", k is not None)
        return draft.board(name, said, 3, cues)

    def returned(self, said: str, i: int, before: list[int], k: int | None = None) -> Draft:
        """The edges of a sample, read back, or that of a tap ``k``; beside the gradients of those ``before``."""
        draft, back_fan = self.draft(said), self.back_fan(i, True)
        meant = [edge for edge in back_fan if k in (None, edge[1])]
        self.lay_nodes(draft, [i], [step for step, _ in meant], beyond=self.beyond)
        self.lay_slopes(draft, before)
        self.lay_g(draft, None if k is None else [step for step, _ in meant])
        self.at.lay_edges(draft, meant, back_fan)
        self.at.lay_taps(draft, back_fan, False, k)
        return draft

    def slides(self) -> list[Board]:
        """The turned kernel slides to either end, or to the next sample; the gradients of all others follow."""
        told = [i for i in self.at.samples if i != self.i and self.at.shows_all(self.back_fan(i))]
        full = [i for i in told if self.at.shows_all(self.back_fan(i, True))]
        ends = [i for i in full if self.back_fan(i) != self.back_fan(i, True)]
        left = [i for i in ends if self.seen(i)[0].outside]
        whole = [i for i in told if len(self.back_fan(i)) == len(self.returns)]
        first = left[-1:] or sorted(whole, key=lambda i: (i < self.i, abs(i - self.i)))[:1]
        chosen = dict.fromkeys([*first, *ends[-1:]])
        boards, before = [], [self.i]
        for place, i in enumerate(chosen):
            where = "Where no output is, *g* is 0" if i in ends else "The turned kernel slides on"
            said = f"{where}: d*L*/d*x*[{i}]" + (f" = {self.sum_of(i)}." if self.sum_of(i) else ".")
            is_last = place == len(chosen) - 1
            rest = [n for n in self.at.samples if n not in before and n != i] if is_last else []
            addends: list[Key] = [("return", i, back.k) for back in self.seen(i)]
            cues = self._slid(addends, ("slope", i), [("slope", n) for n in rest])
            boards.append(self.sent(f"slide {place}", said, i, [*before, *rest], cues))
            before.append(i)
        return boards

    # the check, and the end

    def check(self) -> list[Board]:
        """The formulas, and the gradient of every sample in view with what others find."""
        if not self.back.is_convolution:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        asked = self.back.asked
        if asked is not None and asked != self.back.slopes:
            raise Refuted("Keras must find this gradient. Received: other numbers")
        boards = []
        for name, said in {
            "ways": "Read forward, the edges add *k*. Read backward, they subtract it, and the kernel turns over.",
            "convolution": "Convolution adds up all *w*[*k*] *g*[*t*] with *k* + *t* = *i*. So "
            f"*t* = *i* {MINUS} *k*: its flip is the way back.",
        }.items():
            draft, come, ways = self.compared(said), [], [*ORDERS][: 2 if name == "ways" else 3]
            self.lay_formulas(draft, ways)
            for place, way in enumerate(ways):
                tiles = [(*self.at.tap(k, True), *ORDERS[way]) for k in range(self.back.layer.kernel_size)]
                taps = [(*tile, part) for tile in tiles if way != "backward" for part in ("tile", "digits")]
                words = ("formula", "each", way), ("name", "formula", way)
                come.append(Cue((*words, *taps), beat=motion.ENTER + place))
            boards.append(draft.board(name, said, 5, come))
        rows = {} if asked is None else {"Keras": list(asked)}
        keras = f"{self.script.check.library}, which runs such networks, finds this d*L*/d*x*; " if rows else ""
        said = f"{keras}SciPy's `convolve(g, w)` finds {'it too' if rows else 'the same d*L*/d*x*'}."
        draft = self.compared(said)
        self.lay_found(draft, rows := {**rows, "SciPy": self.scipy()})
        come = [Cue(((who,), ("name", who)), beat=motion.MOVE + place) for place, who in enumerate(rows)]
        return [*boards, draft.board("check", said, 5, come)]
