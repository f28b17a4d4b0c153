"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. A sample that is raised moves the outputs that read
it, each by its tap, and each of these moves the loss by its ``g``: so ``g[i - k]`` comes back through tap k over the
same edge, and the kernel is turned over. The gradient is a true convolution. It answers "where does the flip come from,
then?" and "what is the gradient of a Conv1D with respect to its input?".
"""

from __future__ import annotations

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, FILM, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Format, Key
from convexplain.board.text import words
from convexplain.stories import bench, phrases, raised
from convexplain.stories.reading import MOST, SLOPE, Reading
from convexplain.stories.script import Refuted, Script
from convexplain.stories.trellis import Trellis
from convexplain.style import MINUS

FIGURE = ("products", "turn", "gradient", "pair")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling(Reading):
    def boards(self) -> tuple[Board, ...]:
        told = [self.gather(), self.products(), self.forward()]
        if 1 < len(self.inside) <= MOST:
            told += [self.read(), self.rows(), self.turn()]
        told += [self.loss(), self.reach(), self.chain(), self.gradient(), *self.slide(), self.check()]
        return (*told, *self.pair())

    # forward

    def gathering(self, said: str, lit: bool = True) -> Draft:
        """The told output's fan, and the taps on it."""
        read = [tap.step for tap in self.part.taps]
        draft = self.draft(said, self.at, read, [self.t], (self.outer, ()))
        self.lay_x(draft, self.at, read)
        self.at.lay_zeros(draft, self.outer, True)
        self.at.lay_edges(draft, self.fan)
        self.at.lay_taps(draft, self.fan, True)
        return draft

    def gather(self) -> Board:
        many = phrases.count(len(self.part.taps), "sample")
        said = f"Forward: *y*[{self.t}] reads {many}, each times one number of the kernel *w*, a tap."
        draft = self.gathering(said)
        self.at.lay_row(draft, "bottom", "output *y*", {}, "output")
        if self.script.shown.units:
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(self.script.shown.units)) + ".")
        return draft.board("gather", said, 4)

    def products(self) -> Board:
        sum_ = self.worked([(tap.sample, tap.weight) for tap in self.part.taps], self.y(self.t))
        said = f"*y*[{self.t}] = {sum_}." if sum_ else f"The products add up to *y*[{self.t}]."
        draft = self.gathering(said)
        self.formula(draft)
        self.at.lay_row(draft, "bottom", "output *y*", {}, "output")
        self.lay_products(draft, self.at)
        addends: list[Key] = [("product", tap.k) for tap in self.part.taps]
        return draft.board("products", said, 4, bench.one_by_one(addends, self.y_key(self.t)))

    def forward(self) -> Board:
        said = "Every output does the same: the kernel stands as it is, no flip."
        draft = self.draft(said, self.at)
        self.lay_x(draft, self.at)
        self.at.lay_edges(draft, self.every(self.at))
        self.lay_y(draft, self.at, made=True)
        self.formula(draft)
        others = [t for t in self.at.outputs if t != self.t]
        edges = [self.at.edge(t, k) for t, k in self.every(self.at)]
        cues = []
        for place, t in enumerate(others):
            beat = motion.ENTER + 0.5 * min(place, 4)
            cues.append(Cue(tuple(key for key in edges if key[2] == t), beat=beat, lasts=0.4))
            cues.append(Cue(((*self.y_key(t), "bar"),), beat=beat + 0.25, lasts=0.4))
        return draft.board("forward", said, 3, cues)

    # the order of the taps

    def read(self) -> Board:
        """The edges of the told sample, out of all."""
        said = f"Now from the other end: which outputs read *x*[{self.i}], and through which taps?"
        at = self.at.alone()
        draft = self.draft(said, at, [self.i], [back.step for back in self.inside])
        at.lay_edges(draft, self.broom)
        return draft.board("read", said, 2.5)

    def rows(self) -> Board:
        """The kernels of all outputs that read the told sample, below one another."""
        said = f"{phrases.sentence(phrases.count(len(self.inside), 'output'))} read *x*[{self.i}], "
        said += "each through another tap: the framed ones."
        at = self.at.alone()
        draft = self.draft(said, at, [self.i], [back.step for back in self.inside])
        at.lay_rows(draft, self.i, self.broom)
        rows = (("row",), at.weight(0)[:3], ("column",))
        return draft.board("rows", said, 4, [Cue((*rows, ("edge",)), beat=motion.MOVE, lasts=0.8)])

    def turn(self) -> Board:
        """Each tap on its way to the output that reads through it."""
        names = ", ".join(f"*w*[{k}]" for _, k in self.broom)
        said = f"Each tap goes to its output, and there they stand in the other order: {names}."
        at = self.at.alone()
        draft = self.draft(said, at, [self.i], [back.step for back in self.inside])
        at.lay_edges(draft, self.broom)
        at.lay_taps(draft, self.broom, False)
        cues = []
        for place, (t, k) in enumerate(self.broom):
            moves = tuple((*at.weight(k), part) for part in ("tile", "digits", "name"))
            cues.append(Cue((at.edge(t, k),), beat=motion.MOVE + place, lasts=0.6))
            cues.append(Cue(moves, beat=motion.MOVE + place, lasts=0.9, after=0.3))
        return draft.board("turn", said, 4, cues)

    # how much the loss changes

    def lower(self, said: str, changed: bool) -> Draft:
        """The told sample's edges, outputs, and what these are multiplied by to make the loss."""
        lit = [back.step for back in self.inside]
        draft = self.draft(said, self.under, [self.i], lit if changed else None)
        self.under.lay_edges(draft, self.broom)
        self.under.lay_taps(draft, self.broom, False)
        self.lay_y(draft, self.under, lit if changed else None)
        self.lay_g(draft, self.under, "second", factors=True)
        return draft

    def loss(self) -> Board:
        said = "The loss *L* is one number made of all outputs: here each *y* times a factor *g*, added up."
        draft, back = self.lower(said, False), self.back
        shares = {t: back.share(t) for t in self.under.outputs}
        exact = all(raised.is_written(number.text, number.value) for number in (*shares.values(), back.loss))
        if self.is_scaled or not exact or not self.under.size_of([number.text for number in shares.values()]):
            return draft.board("loss", said, 4)
        terms = {}
        for place, (t, number) in enumerate(shares.items()):
            text = number.text if not place or number.value < 0 else f"+{number.text}"
            terms[t] = raised.unset(text, made_of=(self.y_key(t),), about=number.about)
        sign = "= " if len(shares) == back.steps else "⋯ = "
        total = raised.unset(f"{sign}{back.loss.text}", SLOPE, about=back.loss.about)
        raised.lay_line(draft, self.under, ("loss",), terms, total, "loss *L*", SLOPE)
        return draft.board("loss", said, 4, self._in_turn([("loss", t) for t in terms], ("loss", "total")))

    def raising(self, said: str) -> Draft:
        """The told sample raised by a little, and the outputs that move with it."""
        draft, at = self.lower(said, True), self.under
        largest = max(float(abs(back.weight.value)) for back in self.inside)
        once = raised.little(self.form) / max(1.0, largest / 2)
        x, y = at.end(True, self.i)
        text = words(f"*x*[{self.i}] + *h*", x, y - at.node - 12 - 0.34 * TEXT, TEXT if at.node > 26 else SMALL, "lit")
        reach = self.form.width - 8 - text.width / 2
        draft.put("more", ("more", *self.x_key(self.i)), text.at(x=min(max(x, 8 + text.width / 2), reach)))
        risen = {}
        for back in self.inside:
            if back.weight.value:
                parents: tuple[Key, ...] = (("more", *self.x_key(self.i)),)
                raised.lay_more(draft, self.y_key(back.step), at.bar, once, back.weight.value, parents)
                risen[self.y_key(back.step)] = raised.risen(self.y(back.step), back.weight)
        size = at.size_of(risen.values())
        if size and not self.is_scaled:
            raised.lay_risen(draft, risen, size)
        return draft

    def reach(self) -> Board:
        said = f"Raise *x*[{self.i}] by a little *h*: each output that reads it moves by its tap times *h*."
        return self.raising(said).board("reach", said, 4, [Cue((("more", *self.x_key(self.i)),), beat=motion.MOVE)])

    def chain(self) -> Board:
        """What the moves of the outputs make of the loss."""
        slope = self.back.slope(self.i)
        moves = [raised.times_h(back.weight) for back in self.inside]
        moves[1:] = [f"({move})" if move.startswith(MINUS) else move for move in moves[1:]]
        moved = " + ".join(f"{move} × {back.upstream.text}" for move, back in zip(moves, self.inside, strict=True))
        said = f"Each move reaches *L* times its *g*: {moved} = {raised.times_h(slope)}. "
        said += f"So d*L*/d*x*[{self.i}] = {slope.text}."
        if self.is_scaled or not slope.value or len(self.inside) > 3:
            said = f"Each move reaches *L* times its *g*: added up, this is d*L*/d*x*[{self.i}]."
        draft = self.raising(said)
        texts = {back.step: raised.times_h(back.product, place > 0) for place, back in enumerate(self.inside)}
        if self.is_scaled or not slope.value or not self.under.size_of(texts.values()):
            return draft.board("chain", said, 4)
        terms = {t: raised.unset(text, "lit", made_of=(("more", *self.y_key(t)),)) for t, text in texts.items()}
        total = raised.unset(f"= {raised.times_h(slope)}", "lit")
        raised.lay_line(draft, self.under, ("move",), terms, total, "*L* moves by", "lit")
        return draft.board("chain", said, 5, self._in_turn([("move", t) for t in terms], ("move", "total")))

    def _in_turn(self, terms: list[Key], total: Key) -> list[Cue]:
        """Terms one after the other, then their sum."""
        cues = [Cue((key,), beat=motion.ENTER + 0.5 * min(place, 4)) for place, key in enumerate(terms)]
        return [*cues, Cue((total,), beat=motion.ENTER + 3)]

    # backward

    def returned(self, name: str, said: str, at: Trellis, i: int, before: list[int], hold: float) -> Board:
        """What comes back to a sample, beside the gradients of those ``before``."""
        found = self.seen(at, i)
        beyond = [back.step for back in found if back.outside]
        draft = self.draft(said, at, [i], [back.step for back in found], ((), beyond))
        self.lay_slopes(draft, at, before)
        self.lay_g(draft, at, "bottom")
        at.lay_zeros(draft, [*(self.back.place(t) for t in beyond), *self.gaps])
        self.lay_returns(draft, at, i, name != "gradient")
        self.backward_formula(draft)
        addends: list[Key] = [("return", i, back.k) for back in found if not back.outside]
        slow = 0.6 if name == "gradient" else 0.0
        cues = [Cue((("edge", "slid"),), beat=motion.MOVE, lasts=motion.LASTS["move"])]
        for place, key in enumerate(addends):
            cues.append(Cue(((*key, "bar"),), beat=motion.ENTER + slow * min(place, 3), lasts=0.5 + slow / 2))
        cues.append(Cue((("slope", i, "bar"),), beat=motion.ENTER + 3, lasts=0.4))
        return draft.board(name, said, hold, cues)

    def gradient(self) -> Board:
        sum_ = self.sum_of(self.i)
        said = f"d*L*/d*x*[{self.i}] = {sum_}." if sum_ else "Each *g* comes back over its edges, times the taps."
        if 0 < len(sum_) < 32:
            said = f"Back over the same edges: {said}"
        is_near = all(self.at.axis.has(self.back.place(back.step)) for back in self.back.returns(self.i))
        return self.returned("gradient", said, self.at if is_near else self.wide, self.i, [], 4)

    def slide(self) -> list[Board]:
        """The turned kernel on its way along g: each total is written when it stands below it."""
        if len(self.broom) < 2:
            return []
        told = [i for i in self.at.samples if i != self.i and self.is_in_view(i)][:MOST]
        boards, is_said, before = [], False, [self.i]
        for place, i in enumerate(told):
            sum_, ends = self.sum_of(i), any(back.outside for back in self.back.returns(i))
            said = f"d*L*/d*x*[{i}] = {sum_}." if sum_ else "The turned kernel slides along *g*."
            if ends and not is_said:
                said += " Beyond its ends *g* is 0."
                is_said = True
            hold = 2.5 if "Beyond" in said else 1
            boards.append(self.returned(f"slide {place}", said, self.wide, i, before, hold))
            before = [*before, i]
        return boards

    # the check, and the end

    def check(self) -> Board:
        """The gradient of every sample in view, and what others find."""
        if not self.back.is_convolution:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        asked = self.back.asked
        if asked is not None and asked != self.back.slopes:
            raise Refuted("Keras must find this gradient. Received: other numbers")
        said = "A turned kernel slid along *g*: SciPy's `convolve(g, w)` gives the same gradient."
        if asked is not None:
            said = "Keras, the library that runs such networks, finds the same gradient; so does SciPy."
        if len(self.broom) < 2 and asked is None:
            said = "One tap has nothing to turn over: SciPy's `convolve(g, w)` gives the same gradient."
        rows = {"SciPy": self.scipy()} if asked is None else {"Keras": list(asked), "SciPy": self.scipy()}
        draft, at = Draft(self.form), self.at
        pieces.caption(draft, said)
        at.lay_nodes(draft, True, at.samples)
        self.lay_slopes(draft, at, at.samples)
        numbers = {i: self.back.slope(i) for i in at.samples}
        size = at.size_of([number.text for number in numbers.values()], PARTIAL)
        step = (at.floor - at.high - at.node) / (len(rows) + 0.5)
        for place, (name, found) in enumerate(rows.items()):
            y = at.high + at.node + (place + 0.75) * step
            pieces.name(draft, (name,), name, y + DIGIT * SMALL / 2, "ink")
            for i, number in numbers.items() if size else ():
                if found[i] == number.value:
                    mark = words(number.text, at.axis.x(i), y, size, about=number.about)
                    draft.put("check", (name, i), mark.at(made_of=(("slope", i, "bar"),)))
        cues = [Cue(((name,), ("name", name)), beat=motion.ENTER + place) for place, name in enumerate(rows)]
        pieces.remark(draft, ("check",), self.remark)
        return draft.board("check", said, 4, cues)

    def pair(self) -> list[Board]:
        """The told sample's fan, and the fan of an output that faces it."""
        facing = self.facing()
        if len(self.broom) < 2 or not facing:
            return []
        t, taps = facing[0][0], [f"*w*[{k}]" for _, k in self.broom]
        back = f"Read from *x*[{self.i}], the kernel is turned over: {', '.join(taps[:MOST])}."
        ahead = f"Swung over to *y*[{t}], the kernel stands as it is. The flip is at home in the gradient."
        layer, room = self.script.layer, 60.0 if bench.is_low(self.form) else 96.0
        boards = []
        for name, said in (("seen", back), ("pair", ahead)):
            both, at = name == "pair", self.at.alone(room, room)
            samples = [self.i, *(self.back.source(t, k) for k in range(layer.kernel_size) if both)]
            draft = self.draft(said, at, samples, [*(step for step, _ in self.broom), *([t] if both else ())])
            at.lay_edges(draft, self.broom)
            at.lay_taps(draft, self.broom, False)
            is_right = self.at.x(False, t) > self.at.x(True, self.i)
            formula, y = phrases.gradient_formula(layer, self.back.samples), at.low + at.node + room / 2 + 6
            self.lay_large(draft, "back", formula, y, not is_right)
            if both:
                at.lay_edges(draft, facing, swung={k: at.edge(step, k) for step, k in self.broom})
                at.lay_taps(draft, facing, True, second=True)
                formula = phrases.layer_formula(layer, self.back.samples, channels=False)
                self.lay_large(draft, "ahead", formula, at.high - at.node - room / 2 - 6, is_right)
            boards.append(
                draft.board(name, said, 5 if both else 3, self._swung(at, facing) if both else self._turned())
            )
        return boards

    def _turned(self) -> list[Cue]:
        """The check goes while the edges come."""
        gone = (("check",), ("slope",), ("Keras",), ("SciPy",), ("baseline",))
        come = (("edge",), self.at.weight(0)[:3], ("node", "below"))
        return [Cue(gone, beat=motion.MOVE, lasts=0.7), Cue(come, beat=motion.MOVE, lasts=0.8, after=0.2)]

    def _swung(self, at: Trellis, facing: list[tuple[int, int]]) -> list[Cue]:
        """Edges and taps swing over in one motion."""
        keys = [at.edge(t, k) for t, k in facing] + [(*at.weight(k), "second", "tile") for _, k in facing]
        return [Cue(tuple(keys), beat=motion.ENTER, lasts=2.0)]
