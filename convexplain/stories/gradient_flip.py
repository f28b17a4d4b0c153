"""gradient_flip: the same edges read forward and backward, and where the flip is at home.

Forward every output gathers ``x[t + k]`` through tap k: no flip. A sample that is raised moves the outputs that read
it, each by its tap, and each of these moves the loss by its ``g``: so ``g[i - k]`` comes back through tap k over the
same edge, and the kernel is turned over. The gradient is a true convolution. It answers "where does the flip come from,
then?" and "what is the gradient of a Conv1D with respect to its input?". Circles and rows
never move; the edges of the told sample go along with the card.
"""

from __future__ import annotations

from convexplain.board import motion, pieces
from convexplain.board.marks import FILM, Board, Cue, Draft, Format
from convexplain.stories import phrases
from convexplain.stories.both_ways.returning import Returning
from convexplain.stories.both_ways.trellis import SHARE
from convexplain.stories.script import Refuted, Script
from convexplain.style import MINUS

FIGURE = ("output", "turn", "sum", "check")
FEW = 4
"""So many edges are drawn one by one, and so many products come so."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    return _Telling(script, form).boards()


class _Telling(Returning):
    def boards(self) -> tuple[Board, ...]:
        forward = [self.ask(), self.gather(), self.output(), *self.slid()]
        return (*forward, self.why(), *self.turned(), self.reach(), *self.backward(), self.check(), *self.answer())

    # forward

    def ask(self) -> Board:
        several = self.back.layer.kernel_size > 1
        said = f"Forward, Conv1D takes its numbers *w* as they are; backward{', turned over' * several}. Why?"
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
        at.lay_taps(draft, {(t, k): at.tap(k) for _, k in self.fan(t)}, SHARE)
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
        t = min(near, key=lambda n: (n not in [back.step for back in self.returns], n < self.t, -abs(n - self.t)))
        said = "It slides on as it stands" + (f": *y*[{t}] = {self.made(t)}." if self.made(t) else ".")
        slid = self.added("slid", said, t, [self.t], [n for n in self.at.outputs if n not in (t, self.t)])
        return [slid, *self.all_lines(t)]

    def all_lines(self, t: int) -> list[Board]:
        """The edges of all outputs and the taps on them, where they have room; the kernel was at those of one."""
        said = f"On the lines of every output lie the same {phrases.count(self.back.layer.kernel_size, 'tap')}."
        draft = self.draft(said)
        self.lay_nodes(draft)
        self.lay_x(draft)
        self.lay_y(draft, self.at.outputs)
        self.at.lay_edges(draft, self.every)
        if not self.at.lay_rest(draft, self.every, self.every):
            return []
        flown = tuple(self.at.tap(k, t) for _, k in self.fan(t))
        for *kernel, _ in flown:
            draft.change([(*kernel, t, "tile")], copy_of=(*kernel, "tile"))
            draft.change([(*kernel, t, "digits")], copy_of=(*kernel, "digits"))
        return [draft.board("lines", said, 3, [Cue(flown, beat=motion.MOVE, lasts=0.9)])]

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
        said = f"Training asks backward: if *x*[{self.i}] grows by {ten}, what does the error *L* do?"
        draft = self.below(said, [], self.every)
        self.at.lay_rest(draft, self.every, [])
        self.lay_loss(draft)
        return draft.board("why", said, 4, [Cue((("more",),), beat=motion.MOVE, lasts=0.9)])

    # the same edges from the other end

    def turned(self) -> list[Board]:
        """The edges of the told sample, and on them the taps, from left to right, and why they lie so."""
        fan = self.back_fan(self.i)
        steps, order = [f"*y*[{t}]" for t, _ in fan], [f"*w*[{k}]" for _, k in fan]
        which = f", to {', '.join(steps)}" if len(steps) <= FEW else ""
        said = f"*x*[{self.i}] reaches *L* through {phrases.count(len(steps), 'line')}{which}."
        draft = self.below(said, rest=self.every)
        self.at.lay_rest(draft, self.every, fan)
        self.lay_loss(draft)
        boards = [draft.board("readers", said, 3)]
        if len(steps) < 2:
            return boards
        if self.is_plain:
            order = [one.weight.text for one in self.returns]
        names = ", ".join(order if len(order) <= FEW else [*order[:2], "⋯", order[-1]])
        said, cues = f"From left to right the taps on its lines are turned over: {names}.", []
        for place, (t, k) in enumerate(reversed(fan)):
            tap, beat = self.at.tap(k, t), motion.MOVE + place // 2
            cues.append(Cue((tap,), beat=beat, lasts=1.2))
            cues.append(Cue(((*tap, "name"),), beat=beat + 0.5, lasts=0.4, how="fade"))
        draft = self.below(said, rest=self.every)
        self.lay_back(draft)
        self.lay_loss(draft)
        return [*boards, draft.board("turn", said, 5, cues), *map(self.rule, ("plus", "minus"))]

    def rule(self, name: str) -> Board:
        """Which sample an edge joins to which output, read from either end; one edge is an example."""
        (ahead, back), (t, k) = phrases.reads(self.back.layer, self.back.samples), self.back_fan(self.i)[0]
        letter, own, sign, fan = "i", ahead[4:-1], "+", self.back_fan(self.i)
        said, lit = "Why? Tap *k* joins output *t* to sample", fan[:1]
        here = f", here {self.i} = {t} + {k}"
        if name == "minus":
            letter, own, sign, lit = "t", back[4:-1], MINUS, fan
            said = "Read from the sample:"
            ks, ts = ([str(one[place]) for one in reversed(fan)] for place in (1, 0))
            here = f": for *k* = {', '.join(ks)} it is {', '.join(ts)}, to the left" * (1 < len(fan) <= FEW)
        said += f" *{letter}* = {own}" + (f"{here}." if self.is_simple else ".")
        before, _, after = own.partition(f" {sign} ")
        parts = (f"*{letter}*", " = ", before, f" {sign} ", after)
        draft, rule = self.below(said, lit, fan), {}
        for place, markup in enumerate(parts):
            rule["rule", *[name] * (not self.is_simple), place] = markup, "lit" if place == 3 else "ink"
        self.lay_back(draft, k if name == "plus" else None)
        self.lay_indices(draft, t, k)
        self.at.lay_beside(draft, rule, "".join(parts), self.at.low)
        cues = [Cue((("index", one),), beat=motion.ENTER + place) for place, one in enumerate("kti")]
        return draft.board(name, said, 5, [*cues, Cue((("beside",),), beat=motion.ENTER + 3)] if name == "plus" else [])

    def reach(self) -> Board:
        """The told sample is raised, and the outputs that read it move."""
        ten = self.script.written(self.back.ten).text
        said = f"*x*[{self.i}] grows by {ten}: each output that reads it moves by its tap."
        draft = self.below(said, reaches=True)
        self.lay_back(draft)
        self.lay_loss(draft)
        return draft.board("reach", said, 3)

    # backward

    def backward(self) -> list[Board]:
        """What each output is told takes the place of what it was; the taps go over their g, as a card, and this slides
        along.
        """
        i, several, boards = self.i, self.back.layer.kernel_size > 1, []
        said = "What comes after *y* tells each output its *g*: if it grows by 1, *L* grows by *g*."
        draft = self.returned(said, i, [], False)
        self.at.lay_places(draft, True, [i])
        self.at.lay_edges(draft, self.back_fan(i))
        self.lay_back(draft)
        self.lay_loss(draft)
        cues = [Cue(tuple(("g", t, "bar") for t in self.at.outputs), beat=motion.LEAVE, lasts=0.9)]
        boards.append(draft.board("upstream", said, 4, cues))
        said = f"So each move counts *g* times: the taps sink onto their *g*{', turned over' * several}."
        cues = [Cue((*self.back_taps.values(), *self.strands.values()), beat=motion.MOVE, lasts=1.4)]
        said_on = [(*tap, part) for tap in self.back_taps.values() for part in ("digits", "name")]
        cues.append(Cue(tuple(key for key in said_on if key not in draft.marks), beat=motion.ENTER, lasts=0.4))
        boards.append(self.card("card", said, i, [], cues, False))
        said = f"{self.sum_of(i) or 'Multiplied and added up'}: *L* grows by that"
        came = [Cue((("return", i, k),), beat=motion.ENTER + min(place, FEW)) for place, k in enumerate(self.laid(i))]
        came.append(Cue((("slope", i, "bar"),), beat=motion.ENTER + FEW + 1))
        boards.append(self.card("sum", f"{said}. It is called d*L*/d*x*[{i}].", i, [], came))
        return [*boards, *self.slides()]

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
        said = f"Backward is convolution: {who}`convolve(g, w)` agree{'s' * (not rows)}."
        draft = self.draft(said)
        self.at.lay_nodes(draft, True, self.at.samples)
        self.lay_slopes(draft, self.at.samples)
        self.lay_g(draft)
        self.lay_found(draft, rows := {**rows, "SciPy": self.scipy()})
        come = [Cue(((who,), ("name", who)), beat=motion.MOVE + place) for place, who in enumerate(rows)]
        return draft.board("check", said, 5, come)

    def answer(self) -> list[Board]:
        """The question's two cards again, each with its formula."""
        said = f"The same lines from the other end: + becomes {MINUS}, and *w* turns over."
        draft, at_once = self.draft(said), ((self.at.tap(0)[0],), ("card",), ("call",), ("sum",))
        cues = [Cue(at_once, beat=motion.LEAVE, lasts=0.7, after=0.4)]
        return [draft.board("answer", said, 5, cues)] if self.lay_calls(draft, True) else []
