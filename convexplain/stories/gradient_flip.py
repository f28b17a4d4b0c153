"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. A sample that is raised moves the outputs that read
it, each by its tap, and each of these moves the loss by its ``g``: so ``g[i - k]`` comes back through tap k over the
same edge, and the kernel is turned over. The gradient is a true convolution. It answers "where does the flip come from,
then?" and "what is the gradient of a Conv1D with respect to its input?". Circles, edges and rows never move;
what comes back takes the places of what went.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import product

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import FILM, Board, Cue, Draft, Format, Key
from convexplain.stories import phrases
from convexplain.stories.both_ways.opened import opened
from convexplain.stories.both_ways.reading import ASKED, FEWER, Card
from convexplain.stories.both_ways.trellis import Lit, Trellis
from convexplain.stories.script import Refuted, Script

FIGURE = {1: ("sum", "answer"), 2: ("output", "upstream", "sum", "answer")}
"""The boards of the composed figure, by how many panels stand side by side."""
DOT = 22.0
"""The width of a dot that says what others find, where it has room."""
FOUND = "check"
"""The board whose caption is what was found besides the outputs: the gradient."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling(Trellis):
    """First what boards have in common, then the boards in their order."""

    def boards(self) -> tuple[Board, ...]:
        self.few, self.opened = self.is_plain and self.layer.kernel_size <= FEWER, opened(self)
        told = [self.ask(), self.output(), self.every_output(), self.error(), self.upstream(), self.why(), self.moved()]
        return (*told, self.sum(), self.along(), *self.ends(), self.every_sample(), self.check(), self.answer())

    def stage(
        self, said: str, card: Card, whole: bool = False, loss: str | None = "", gradient: Lit = None, at: Lit = None
    ) -> Draft:
        """A board with its words, rows and edges, and the taps of its ``card``. Meant are the edges of the card and
        what they join (outputs ``at`` some steps, where none is), or the ``whole`` rows. ``loss`` is written behind the
        error; without it the rest of the network is not there yet. With a ``gradient``, that of some samples, g has the
        places of the outputs; with that of none the sample of the card is raised.
        """
        draft, ahead, read = Draft(self.form), gradient is None, {self.back.source(*edge) for edge in card.fan}
        samples, outputs = (None, None) if whole else (read, {t for t, _ in card.fan} or at)
        pieces.caption(draft, said)
        self.lay_circles(draft, samples, outputs, read)
        self.lay_edges(draft, card)
        if loss is not None:
            self.lay_follows(draft, ahead, loss)
        if gradient:
            self.lay_row(draft, self.slopes, samples, gradient)
        else:
            self.lay_row(draft, self.x, samples)
        self.lay_row(draft, self.y if ahead else self.g, outputs)
        if card.fan and not (ahead or gradient):
            self.lay_raised(draft)
        if card.keys:
            self.lay_card(draft, card)
        return draft

    def over_all(self, said: str, ahead: bool) -> tuple[Draft, list[Cue]]:
        """A board with all rows, of all lines or of those up to a sample, and, where they have room, the taps on them:
        those of a card stay on their lines.
        """
        card, gradient, key = (self.ahead, None, ()) if ahead else (self.laid, self.samples, ("back",))
        read = self.all if ahead else self.slid._replace(keys={})
        draft = self.stage(said, read, True, loss=None if ahead else "", gradient=gradient)
        self.lay_rest(draft, read.fan, *key)
        resting = {self.tap(k, t, *key): card.keys[k] for t, k in card.fan if self.rests and (t, k) in self.every}
        joined(draft, "copy_of", resting)
        joined(draft, "goes_into", {self.tap(k, t, "back"): self.up.keys[k] for t, k in self.up.fan})
        rest = Cue(tuple(self.tap(k, t, *key) for t, k in self.every), beat=staging.ENTER)
        return draft, [rest, *flown(resting, 1.0)]

    def ask(self) -> Board:
        lines = phrases.count(self.layer.kernel_size, "line leads", "lines lead")
        said = f"{phrases.sentence(lines)} down into an output, each through a tap of *w*."
        said += " What if they are read upwards?"
        draft = self.stage(said, self.ahead, whole=True, loss=None)
        if self.script.shown.units:
            pieces.remark(draft, ("units",), phrases.sentence(", ".join(self.script.shown.units)) + ".")
        return draft.board("ask", said, 4)

    def output(self) -> Board:
        """The told output."""
        (read,) = self.script.correlations(self.script.cell)
        pairs = [(tap.weight, tap.sample) for tap in read.taps]
        made = self.worked(pairs, self.script.output(self.t, 0))
        said = f"Output {self.t} {'adds' if self.layer.kernel_size > 1 else 'is'} tap × sample"
        said += f": {made}." if made else " for every line."
        draft = self.stage(said, self.ahead, loss=None)
        return draft.board("output", said, 4)

    def every_output(self) -> Board:
        """The taps lie on the lines of all outputs, or their colours where they have no room."""
        said = "Every output *t* has the same taps *w*[*k*]."
        said = said if self.back.steps > 1 else "The only output has the taps *w*[*k*]."
        draft, cues = self.over_all(said, True)
        self.lay_formula(draft, True)
        return draft.board("lines", said, 3, cues)

    def error(self) -> Board:
        """What becomes of the outputs."""
        said = "Later layers make an answer of *y*; *L* says how wrong it is. Training lowers *L*."
        draft = self.stage(said, self.none)
        self.lay_rest(draft, ())
        return draft.board("error", said, 3)

    def upstream(self) -> Board:
        """What the rest of the network says of each output: of one it is shown."""
        worth = f" = {self.back.upstream(self.one).text}" * bool(self.gained)
        told = f"A small step of *y*[{self.one}] moves *L* by *g*[{self.one}]{worth} times as much."
        told += " The later layers hand *g* back."
        draft = self.stage(told, self.none, loss=self.gained, gradient=(), at={self.one})
        self.lay_rest(draft, ())
        self.lay_moves(draft, {self.one: self.one_step})
        comes = *(("g", t, "bar") for t in self.outputs), ("name", "g"), ("follows", "name", False)
        fades = *(("y1", 0, t, "bar") for t in self.outputs), ("baseline", "y1")
        cues = [Cue(comes, staging.LEAVE, after=0.3), Cue(fades, staging.LEAVE, 1.2)]  # until g stands
        cues += [Cue((("move",), ("name", "moves")), staging.MOVE), Cue((("loss", "more"),), staging.ENTER + 1)]
        return draft.board("upstream", told, 3, cues)

    def why(self) -> Board:
        """What training asks of a sample."""
        asks = f"The layers before learn by this: by how much does a small step of *x*[{self.i}] move *L*?"
        draft = self.stage(asks, self.turned._replace(keys={}), loss=ASKED, gradient=())
        self.lay_rest(draft, self.turned.fan)
        joined(draft, "goes_into", {self.tap(k, t): self.turned.keys[k] for t, k in self.turned.fan})
        return draft.board("why", asks, 3)

    def moved(self) -> Board:
        """The outputs move, each by its tap."""
        own, taps, turned = ("outputs", "their taps", ", turned over") if self.turns else ("output", "its tap", "")
        by = f"{self.named([k for _, k in self.turned.fan])} times as much: {taps}" if self.few else taps
        moves = f"A small step of *x*[{self.i}] moves its {own} by {by}{turned}."
        draft = self.stage(moves, self.turned, loss=ASKED, gradient=())
        self.lay_moves(draft, self.moves)
        lasts = 1.8 if self.rests else 0.8
        cues = [Cue((("card",), ("name", "taps")), staging.MOVE, 0.4, after=lasts - 0.4)]
        cues.append(Cue((("move",), ("name", "moves")), staging.ENTER))
        for t, k in self.turned.fan:  # along their lines, and so into their new order
            cues += arriving(self.tap(k, t), self.turned.keys[k], lasts)
        return draft.board("reach", moves, 2.5, cues)

    def sum(self) -> Board:
        made, name = self.sum_of(self.i), f"d*L*/d*x*[{self.i}]"
        step = f"small step of *x*[{self.i}] moves *L*"
        said = f"A {step} by {made} times as much: {name}." if made else ""
        said = said or f"{name}, by how much a {step}, adds tap × *g*."
        draft = self.stage(said, self.turned._replace(rises=True), loss=self.grown, gradient={self.i})
        self.lay_products(draft, self.i, self.turned)
        cues = [Cue((("loss",), ("slope", self.i)), beat=staging.ENTER + 1)]
        for n, one in enumerate(self.returns):  # the old lines have left; then it rises
            after = 0.15 * min(n, FEWER)
            cues.append(Cue((("return", self.i, one.k),), staging.ENTER, 0.5, after=after))
            cues.append(Cue((("edge", 1, "up", one.k),), staging.ENTER, 0.8, after=after + 0.4))
        return draft.board("sum", said, 2.5, cues)

    def slides(self, name: str, said: str, card: Card, to: int) -> Board:
        """A board to which the card slides from the samples before; then the gradient grows."""
        draft = self.stage(said, card, gradient={self.i, self.end, to})
        if to == self.end:
            self.lay_formula(draft, False, str(to))
        self.lay_products(draft, to, card)
        slide: list[Key] = [card.keys[k] for k in card.keys if k in self.turned.keys]  # others leave, or come after
        slide += [("card",)] * (len(card.fan) == len(self.turned.fan))  # else another card comes
        cues = [
            Cue((("node",), ("g",), ("slope", self.i), *slide), beat=staging.MOVE, lasts=1.5),
            Cue((("slope", to, "bar"),), beat=staging.ENTER + 0.5),
        ]
        return draft.board(name, said, 2.5, cues)

    def along(self) -> Board:
        """The next sample."""
        made = self.sum_of(self.end)
        said = f"Sample {self.end}{f': {made}' if made else ' adds tap × *g*'}."
        said += "".join(f" Tap *w*[{k}] meets *g*[{t}]." for t, k in self.slid.fan[:1])
        return self.slides("along", said, self.slid, self.end)

    def ends(self) -> list[Board]:
        """The sample at an end, which has fewer lines."""
        if self.last is None:
            return []
        made, lines = self.sum_of(self.last), phrases.count(len(self.over.fan), "line")
        said = f"Sample {self.last} has {lines}{': ' * bool(made)}{made}. Where no *g* is, nothing is added."
        return [self.slides("ends", said, self.over, self.last)]

    def every_sample(self) -> Board:
        """What lies on the lines of a sample adds up to its gradient."""
        said = "*w* turned over, slid along *g*, summed: this is a convolution."
        said = said if self.turns else "The gradient: *w* times *g*, summed."
        draft, cues = self.over_all(said, False)
        self.lay_formula(draft, False)
        for n, i in enumerate({*self.samples} - {self.i, self.end, self.last}):
            cues.append(Cue((("slope", i, "bar"),), beat=staging.ENTER + 1, after=min(0.15 * n, 1.0)))
        return draft.board("every", said, 2.5, cues)

    def check(self) -> Board:
        """The gradient of every sample in view, with what others find."""
        asked = self.back.asked
        if self.back.slopes != self.back.convolved:
            raise Refuted("the gradient must be the convolution of g and w. Received: other numbers")
        if asked is not None and asked[0] > asked[1]:
            raise Refuted("Keras must find this gradient. Received: other numbers")
        zeros = ", with zeros in its gaps," if self.layer.strides > 1 or self.layer.dilation_rate > 1 else ""
        same = asked is not None and not (asked[0] or self.script.shown.is_rounded)
        keras, full = f"{self.script.check.library}'s gradient and " * same, ""
        if asked and not same:
            apart = f"to {style.everyday(asked[0])}" if asked[0] else "exactly"
            full = f"; with the full numbers Keras's agrees {apart}"
        gives = f"give{' exactly' if same else 's'} the same {phrases.count(self.back.samples, 'number')}"
        said = f"{keras}SciPy's `convolve(g, w)`{zeros} {gives}{full}."
        draft, _ = self.over_all("• " * same + said.replace("SciPy", "◦ SciPy"), False)  # each name after its dot
        for side, i in product((-1, 1) if same else (1,), self.samples):  # a dot on each side of a gradient's tip
            mark, key, width = draft.marks["slope", i, "bar"], ("found", side, i), min(DOT, 0.1 * self.axis.pitch)
            x = mark.x + side * min(mark.width / 2 + 26, 0.36 * self.axis.pitch)
            pieces.compared(draft, key, x, mark.tip if mark.kind == "bar" else mark.y)
            draft.change([key], role="ink", width=width, height=width, hollow=side > 0, size=3.0)
        return draft.board("check", said, 5, [Cue((("found",),), beat=staging.MOVE)])

    def answer(self) -> Board:
        """The lines of a sample: the farther right its output, the smaller the k that is left."""
        index = phrases.index(self.layer, self.back.samples)
        said = f"A line has *i* = {index}. For one *i*, the larger *t* the smaller *k*: turned over."
        said = said if self.turns else "Down a line its tap multiplies *x*, up the same line *g*."
        if self.opened:
            orders = [f"as {self.named([k for _, k in card.fan])}" for card in (self.down, self.up)]
            down, up = orders if self.few else ("in their order", "turned over")
            said = f"Same weights: down to output {self.down.fan[0][0]} {down}; up to sample {self.end} {up}."
            draft = Draft(self.form)
            pieces.caption(draft, said)
            self.opened.lay(draft)
        else:
            draft = self.stage(said, self.up._replace(keys={}), gradient=self.samples)
            self.lay_card(draft, self.up, "again")
            if index == "*t* + *k*":
                self.lay_formula(draft, False)
        taps = self.down.keys.values() if self.opened and self.rests else ()
        opens = [key for key in draft.marks if {"edge", "above", "below"} & {*key[:2]}]
        made = *(("formula", "beside", True, part) for part in ("y", "t", "equals")), ("name", "taps", True)
        late = ("formula", "beside"), ("name", "taps", False)  # where lines and names have passed
        cues = [
            Cue((("caption",),), lasts=0.5),
            Cue(late, staging.MOVE, after=0.8),
            Cue(made, staging.LEAVE, after=0.2),
        ]
        cues += [Cue((("follows",), ("loss",)), staging.LEAVE + 0.5), *flown(taps, 1.5, [*opens, ("edge",)])]
        for t, k in self.up.fan if self.rests else ():
            cues += arriving(self.tap(k, t, "back"), self.up.keys[k], 1.5)
        return draft.board("answer", said, 4, cues)


def joined(draft: Draft, how: str, taps: Mapping[Key, Key]) -> None:
    """Taps that are there fly from others (``copy_of``), or go into them."""
    for (own, other), part in product(taps.items(), ("tile", "digits")):
        if (*own, part) in draft.marks:
            draft.change([(*own, part)], **{how: (*other, part)})


def arriving(small: Key, large: Key, lasts: float) -> list[Cue]:
    """A small tap goes along its line and becomes a large one."""
    return [Cue((small,), staging.MOVE, lasts), Cue((large,), staging.MOVE, 0.4 * lasts, after=0.6 * lasts)]


def flown(keys: Iterable[Key], lasts: float, lines: Iterable[Key] = (("edge",),)) -> list[Cue]:
    """Taps fly, as long as their lines move, and their names come as they have arrived."""
    taps = tuple(keys)
    names = tuple((*key, "name") for key in taps)
    return [Cue((*taps, *lines), staging.MOVE, lasts), Cue(names, staging.ENTER, 0.4)]
