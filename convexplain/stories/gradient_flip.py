"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. A sample that is raised moves the outputs that read
it, each by its tap, and each of these moves the loss by its ``g``: so ``g[i - k]`` comes back through tap k over the
same edge, and the kernel is turned over. The gradient is a true convolution. It answers "where does the flip come from,
then?" and "what is the gradient of a Conv1D with respect to its input?". Circles and rows keep their places until both
readings stand beside each other.
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Draft, Format, Key
from convexplain.stories import bench, phrases, raised
from convexplain.stories.reading import MOST, SLOPE, Reading
from convexplain.stories.script import Refuted, Script
from convexplain.stories.trellis import ROWS
from convexplain.style import MINUS

FIGURE = ("products", "turn", "gradient", "pair")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling(Reading):
    def boards(self) -> tuple[Board, ...]:
        told = [self.ask(), self.gather(), self.products(), *self.others()]
        if 1 < len(self.inside) <= ROWS:
            told += [self.rows(), self.turn()]
        told += [self.loss(), self.reach(), self.chain(), self.gradient(), *self.slide(), *self.check()]
        return (*told, *self.pair())

    # forward

    def ask(self) -> Board:
        said = "Conv1D does not flip its kernel. So where does the flip of convolution come from?"
        draft = self.draft(said)
        self.lay_x(draft)
        self.lay_y(draft, [], coming=self.at.outputs)
        return draft.board("ask", said, 3)

    def reading(self, said: str, t: int) -> Draft:
        """The samples that an output reads, and what it reads beyond their ends."""
        read = [tap.step for tap in self.reads(t).taps]
        outer = [tap.step for tap in self.reads(t).taps if tap.padded]
        draft = self.draft(said, read, [t], outer)
        self.lay_x(draft, read)
        self.at.lay_zeros(draft, outer, True)
        return draft

    def gather(self) -> Board:
        taps, said = len(self.part.taps), f"Forward: *y*[{self.t}] reads *x*[{self.part.taps[0].step}], times the tap"
        said += " *w*[0] of the kernel."
        if taps > 1:
            said = f"Forward: *y*[{self.t}] reads {phrases.count(taps, 'sample')}, each times a tap *w*[*k*] of the "
            said += f"kernel: *k* = {', '.join(map(str, range(taps))) if taps < 4 else f'0, 1, ⋯ {taps - 1}'}."
        draft = self.reading(said, self.t)
        self.at.lay_edges(draft, self.fan)
        self.at.lay_taps(draft, self.fan, True)
        self.lay_y(draft, [], coming=self.at.outputs)
        if self.script.shown.units:
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(self.script.shown.units)) + ".")
        kernel = self.at.weight(0)[:3]
        return draft.board("gather", said, 4, [Cue((kernel,), beat=motion.ENTER + 1)])

    def products(self) -> Board:
        sum_ = self.made(self.t)
        said = f"*y*[{self.t}] = {sum_}." if sum_ else f"The products add up to *y*[{self.t}]."
        draft = self.reading(said, self.t)
        self.lay_formula(draft, "ahead")
        self.lay_y(draft, [], coming=[t for t in self.at.outputs if t != self.t])
        self.lay_products(draft, self.t, False)
        addends: list[Key] = [("product", self.t, tap.k) for tap in self.part.taps]
        return draft.board("products", said, 4, bench.one_by_one(addends, self.y_key(self.t)))

    def others(self) -> list[Board]:
        """The kernel on its way along x: each output is written when it stands over it."""
        told, boards, before = self.others_on(self.at.axis), [], [self.t]
        for place, t in enumerate(told):
            is_last, sum_ = place == len(told) - 1, self.made(t)
            said = f"*y*[{t}] = {sum_}." if sum_ else f"The kernel slides on: *y*[{t}]."
            if is_last:
                said += " The kernel slides along as it stands."
            rest = [n for n in self.at.outputs if is_last and n not in told and n not in before]
            draft = self.reading(said, t)
            self.lay_formula(draft, "ahead")
            self.lay_y(draft, [*before, *rest], coming=[n for n in self.at.outputs if n != t])
            self.lay_products(draft, t, True)
            addends: list[Key] = [("product", t, tap.k) for tap in self.reads(t).taps]
            cues = [*self._slid(addends, self.y_key(t)), Cue(tuple(map(self.y_key, rest)), beat=motion.ENTER + 2)]
            boards.append(draft.board(f"output {place}", said, 2.5 if is_last else 1, cues))
            before = [*before, t]
        return boards

    def _slid(self, addends: list[Key], total: Key, new: Collection[int] = ()) -> list[Cue]:
        """The kernel slides, ``new`` taps come; then products in quick succession, and their sum."""
        cues = [Cue((("edge", "slid"),), beat=motion.MOVE, lasts=motion.LASTS["move"])]
        come = tuple((*self.at.weight(k), part) for k in new for part in ("tile", "digits", "name"))
        cues.append(Cue(come, beat=motion.MOVE + 0.5, lasts=0.4))
        for place, key in enumerate(addends):
            cues.append(Cue(((*key, "bar"),), beat=motion.ENTER, lasts=0.5, after=0.3 * min(place, 3)))
        return [*cues, Cue(((*total, "bar"),), beat=motion.ENTER + 1, lasts=0.4)]

    # the order of the taps

    def rows(self) -> Board:
        """The kernels of all outputs that read the told sample, below one another."""
        each = ", ".join(f"*y*[{t}] with *w*[{k}]" for t, k in self.broom)
        said = f"{phrases.sentence(phrases.count(len(self.inside), 'output'))} read *x*[{self.i}]: {each}."
        draft = self.draft(said, [self.i], [back.step for back in self.inside])
        self.at.lay_rows(draft, self.i, self.broom)
        self.lay_y(draft, self.at.outputs, [back.step for back in self.inside])
        cues = [Cue((("column",),), beat=motion.ENTER + len(self.broom), lasts=0.6)]
        for place, (t, _) in enumerate(self.broom):
            tiles = [key for key in draft.marks if key[4:6] == ("of", t)]
            cues.append(Cue((("row", t), ("name", "row", t), *tiles), beat=motion.ENTER + place, lasts=0.7))
        return draft.board("rows", said, 4, cues)

    def turn(self) -> Board:
        """Each framed tap on the edge of the output that reads through it."""
        names = ", ".join(f"*w*[{k}]" for _, k in self.broom)
        said = f"Each framed tap belongs to one output. From left to right they stand turned over: {names}."
        draft = self.draft(said, [self.i], [back.step for back in self.inside])
        self.at.lay_rows(draft, self.i, self.broom)
        self.at.lay_edges(draft, self.broom)
        self.at.lay_taps(draft, self.broom, False)
        self.lay_y(draft, self.at.outputs, [back.step for back in self.inside])
        cues = []
        for place, (t, k) in enumerate(self.broom):
            tap = self.at.weight(k)
            draft.change([(*tap, "tile")], copy_of=(*tap, "of", t, "tile"))
            cues.append(Cue((self.at.edge(t, k), (*tap, "tile")), beat=motion.MOVE + place, lasts=0.9))
            cues.append(Cue(((*tap, "digits"), (*tap, "name")), beat=motion.MOVE + place, lasts=0.3, after=0.6))
        return draft.board("turn", said, 3.5, cues)

    # how much the loss changes

    def loss(self) -> Board:
        said = "Training lowers a loss *L*: all *y*, each times a chosen *g*. "
        said += "The layer before made *x*: how must *x* change?"
        draft, back = self.lower(said, False), self.back
        shares = {t: back.share(t) for t in self.at.outputs}
        exact = all(raised.is_written(number.text, number.value) for number in (*shares.values(), back.loss))
        if self.is_scaled or not exact or not self.at.size_of([number.text for number in shares.values()]):
            return draft.board("loss", said, 4)
        terms = {}
        for place, (t, number) in enumerate(shares.items()):
            text = number.text if not place or number.value < 0 else f"+{number.text}"
            terms[t] = raised.unset(text, made_of=(self.y_key(t),), about=number.about)
        sign = "= " if len(shares) == back.steps else "⋯ = "
        total = raised.unset(f"{sign}{back.loss.text}", SLOPE, about=back.loss.about)
        raised.lay_line(draft, self.at, ("loss",), terms, total, "loss *L*", SLOPE)
        return draft.board("loss", said, 4, self._in_turn([("loss", t) for t in terms], ("loss", "total")))

    def reach(self) -> Board:
        said = (
            f"What does *x*[{self.i}] do to *L*? Raise it by *h*: each output that reads it moves by its tap times *h*."
        )
        return self.raising(said).board("reach", said, 4, [Cue((("more", *self.x_key(self.i)),), beat=motion.MOVE)])

    def chain(self) -> Board:
        """What the moves of the outputs make of the loss."""
        slope = self.back.slope(self.i)
        moves = [raised.times_h(back.weight) for back in self.inside]
        moves[1:] = [f"({move})" if move.startswith(MINUS) else move for move in moves[1:]]
        moved = " + ".join(f"{move} × {back.upstream.text}" for move, back in zip(moves, self.inside, strict=True))
        said = f"Times *g* = d*L*/d*y*: {moved} = {raised.times_h(slope)}. "
        said += f"*L* changes {slope.text} times as much as *x*[{self.i}]: d*L*/d*x*[{self.i}] = {slope.text}."
        if self.is_scaled or not slope.value or len(self.inside) > 3:
            said = (
                f"Each move reaches *L* times its *g*. How much *L* changes with *x*[{self.i}] is d*L*/d*x*[{self.i}]."
            )
        draft = self.raising(said)
        texts = {back.step: raised.times_h(back.product, place > 0) for place, back in enumerate(self.inside)}
        if self.is_scaled or not slope.value or not self.at.size_of(texts.values()):
            return draft.board("chain", said, 4)
        terms = {t: raised.unset(text, "lit", made_of=(("more", *self.y_key(t)),)) for t, text in texts.items()}
        total = raised.unset(f"= {raised.times_h(slope)}", "lit")
        raised.lay_line(draft, self.at, ("move",), terms, total, "*L* moves", "lit")
        return draft.board("chain", said, 5, self._in_turn([("move", t) for t in terms], ("move", "total")))

    def _in_turn(self, terms: list[Key], total: Key) -> list[Cue]:
        """Terms one after the other, then their sum."""
        cues = [Cue((key,), beat=motion.ENTER + 0.5 * min(place, 4)) for place, key in enumerate(terms)]
        return [*cues, Cue((total,), beat=motion.ENTER + 3)]

    # backward

    def returned(self, said: str, i: int, before: list[int], slides: bool) -> Draft:
        """What comes back to a sample, beside the gradients of those ``before``."""
        draft = self.draft(said, [i], [back.step for back in self.inside_of(i)])
        self.lay_slopes(draft, before)
        self.lay_g(draft)
        self.at.lay_zeros(draft, self.gaps)
        self.lay_returns(draft, i, slides)
        self.lay_formula(draft, "back")
        return draft

    def gradient(self) -> Board:
        sum_ = self.sum_of(self.i)
        said = f"d*L*/d*x*[{self.i}] = {sum_}." if sum_ else "Each *g* comes back over its edges, times the taps."
        if 0 < len(sum_) < 32:
            said = f"The same, read back over the edges: the gradient {said}"
        draft = self.returned(said, self.i, [], False)
        addends: list[Key] = [("return", self.i, back.k) for back in self.inside]
        cues = [Cue(tuple(("g", t, "bar") for t in self.at.outputs), beat=motion.MOVE, lasts=0.9)]
        cues.append(Cue((("formula",),), beat=motion.ENTER))
        return draft.board("gradient", said, 4, [*cues, *bench.one_by_one(addends, ("slope", self.i))])

    def slide(self) -> list[Board]:
        """The turned kernel on its way along g: each total is written when it stands below it."""
        if len(self.broom) < 2:
            return []
        told = [i for i in self.at.samples if i != self.i and self.is_in_view(i)][:MOST]
        boards, is_said, before = [], False, [self.i]
        for place, i in enumerate(told):
            sum_, found = self.sum_of(i), self.inside_of(i)
            said = f"d*L*/d*x*[{i}] = {sum_}." if sum_ else "The turned kernel slides along *g*."
            if len(found) == 1 < len(self.broom) and not is_said:
                said = f"The turned kernel slides along. Only *y*[{found[0].step}] reads *x*[{i}]: {said}"
                is_said = True
            draft = self.returned(said, i, before, True)
            addends: list[Key] = [("return", i, back.k) for back in found]
            hold = 2.5 if "Only" in said else 1
            new = {back.k for back in found} - {back.k for back in self.inside_of(before[-1])}
            boards.append(draft.board(f"slide {place}", said, hold, self._slid(addends, ("slope", i), new)))
            before = [*before, i]
        return boards

    # the check, and the end

    def check(self) -> list[Board]:
        """The gradient of every sample in view, and what others find."""
        if not self.back.is_convolution:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        asked = self.back.asked
        if asked is not None and asked != self.back.slopes:
            raise Refuted("Keras must find this gradient. Received: other numbers")
        flips = "SciPy's `convolve(g, w)` computes that sum, and gives d*L*/d*x*; Keras's forward layer does not flip."
        if len(self.broom) < 2:
            flips = "One tap has nothing to turn over: SciPy's `convolve(g, w)` gives the same gradient."
        rows = {} if asked is None else {"Keras": list(asked)}
        boards = [
            self.compared("convolution", "Convolution is defined with the same minus: so it flips its kernel.", {})
        ]
        if asked is not None:
            said = f"{self.script.check.library}, the library that runs such networks, finds the same d*L*/d*x*."
            boards.append(self.compared("keras", said, rows))
        return [*boards, self.compared("check", flips, {**rows, "SciPy": self.scipy()})]

    def compared(self, name: str, said: str, rows: dict[str, list[Fraction]]) -> Board:
        """The formula of the gradient and that of convolution, and what others find, below the gradient."""
        draft = self.draft(said)
        self.lay_slopes(draft, self.at.samples)
        self.lay_g(draft)
        self.at.lay_zeros(draft, self.gaps)
        self.lay_found(draft, rows)
        self.lay_formulas(draft, "back", "convolution")
        if rows:
            for key in [key for key in draft.marks if key[:2] in (("node", "below"), ("name", "below"))]:
                del draft.marks[key]
        come = [Cue(((who,), ("name", who)), beat=motion.ENTER + 1) for who in rows]
        come.append(Cue((("formula", "convolution"),), beat=motion.ENTER))
        if (way := ("formula", "back", "way")) not in draft.marks:  # it leaves before the rest takes its place
            come += [Cue((way[:2],), beat=motion.MOVE), Cue((way,), beat=motion.LEAVE)]
        return draft.board(name, said, 4, come)

    def pair(self) -> list[Board]:
        """The fan of an output, and beside it that of the told sample."""
        t = self.faced()
        panels = self.halves(t) if t is not None and len(self.broom) > 1 else []
        if t is None or not panels:
            return []
        ahead, back = self.reads(t).taps, self.broom
        orders = [", ".join(map(str, order)) for order in ([tap.k for tap in ahead], [k for _, k in back])]
        said = f"Forward, an output meets taps {orders[0]}; backward, a sample meets {orders[1]}: turned over."
        draft = Draft(self.form)
        pieces.caption(draft, said)
        self.lay_ahead(draft, panels[0], t)
        self.lay_back(draft, panels[1])
        self.lay_formulas(draft, "ahead", "back")
        new: tuple[Key, ...] = tuple(key for key in draft.marks if "ahead" in key)
        lines = tuple(key for key in new if key[0] == "edge")
        cues = [Cue(new, beat=motion.ENTER, lasts=0.6), Cue(lines, beat=motion.ENTER + 0.5, lasts=0.8)]
        return [draft.board("pair", said, 5, cues)]
