"""The turned kernel on a card: it lies over g, its products go up to the sample that they are of, and it slides along.

This module knows a reading and lays the kernel over it; what leads there, and what it means, the story says.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from convexplain import style
from convexplain.board import edges, motion
from convexplain.board.marks import COLUMN, DIGIT, HERO, PARTIAL, SMALL, TEXT, Board, Cue, Draft, Key, line
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench
from convexplain.stories.both_ways.reading import Reading
from convexplain.stories.one_channel import sliding


class Returning(Reading):
    """A reading, and the kernel on a card."""

    # what the kernel meets

    @property
    def back_taps(self) -> dict[int, Key]:
        """The keys of the turned kernel: of each tap the one on an edge of the told sample, if there is one."""
        steps = {k: t for t, k in self.back_fan(self.i)}
        return {k: self.at.tap(k, steps.get(k, "back")) for k in range(self.back.layer.kernel_size)}

    @property
    def strands(self) -> dict[int, Key]:
        """The keys of the lines from its taps to the sample: those edges."""
        return {k: self.at.key(tap[4], k) for k, tap in self.back_taps.items()}

    def met(self, i: int) -> dict[int, tuple[Number, Number]]:
        """What each tap of the turned kernel meets for a sample, and their product; zeros where there is no output."""
        found, zero = {back.k: back for back in self.back.returns(i)}, self.script.written(Fraction(0))
        return {k: (found[k].upstream, found[k].product) if k in found else (zero, zero) for k in self.laid(i)}

    def sum_of(self, i: int) -> str:
        """A gradient as it is worked out, zeros and all."""
        return self.worked([(self.back.weight(k), g) for k, (g, _) in self.met(i).items()], self.back.slope(i))

    # the kernel on a card

    def lay_calls(self, draft: Draft, formulas: bool = False) -> bool:
        """The kernel as it is and turned over, each on a card, as large as the board, and below it the formula that has
        it so, if there is room for both.
        """
        taps, form, low = range(self.back.layer.kernel_size), self.form, bench.is_low(self.form)
        pitch, narrow = ((one.width - 2 * one.margin) / (2 * len(taps) + 0.3) for one in (form, COLUMN))
        pitch = min(pitch, 150.0 if low else 240.0)
        look = self.at.look(pitch, narrow, HERO, "")
        if len(taps) < 2 or narrow < 45:
            return False
        sizes, room = (TEXT, SMALL) if low else (PARTIAL, TEXT), min(len(taps) * pitch, 0.46 * form.width)
        for side, name, how in ((-1, "forward", "as they are"), (1, "backward", "turned over")):
            middle = form.width / 2 + side * (len(taps) / 2 + 0.15) * pitch
            keys = self.back_taps if side > 0 else {k: self.at.tap(k) for k in taps}
            xs = {key: middle - side * (k - (len(taps) - 1) / 2) * pitch for k, key in keys.items()}
            card = self.at.lay_card(draft, xs, side < 0, 0.34 * form.height, None, look)
            for place, (said, size) in enumerate(zip((name, how), sizes, strict=True)):
                mark = words(said, card.x, card.bottom + (1.2 * place + 1) * sizes[0], size)
                draft.put("call", ("call", name, place), mark)
            if formulas:
                self.lay_parts(draft, name, card.x, card.bottom + 3.7 * sizes[0], room)
        return True

    def lay_parts(self, draft: Draft, way: str, middle: float, y: float, room: float) -> None:
        """The formula of a way to read about a place, as large as the room; its sign is yellow."""
        parts = {one: self.formula_of(one) for one in ("forward", "backward")}
        reach = {one: sum(advance(runs_of(part.markup)) for part in own) for one, own in parts.items()}
        size = min(PARTIAL, room / max(reach.values()))  # both as large as the longer one can be
        left = middle - reach[way] * size / 2
        for part in parts[way] if size >= SMALL else ():
            em, role = self.form.small if part.small else size, "lit" if part.name == "sign" else "ink"
            mark = words(part.markup, left, y + 0.3 * size * bool(part.small), em, role, align=-1, about=part.about)
            left = draft.put("formula", ("sum", way, part.name), mark).right

    def lay_turned(self, draft: Draft, i: int, made: bool = True) -> None:
        """The turned kernel as it lies over g, and the products of a sample that are ``made``, and lines to it."""
        at, step, low = self.at, self.back.layer.dilation_rate, bench.is_low(self.form)
        look = at.look(step * at.axis.pitch, step * at.narrow)._replace(apart=at.axis.pitch)
        xs = {k: at.axis.x(place) for k, place in self.laid(i).items()}
        y = at.low - at.node - look.height / 2 - 30
        card = at.lay_card(draft, {self.back_taps[k]: x for k, x in xs.items()}, False, y, at.floor + 20, look)
        products = {k: product for k, (_, product) in self.met(i).items()}
        texts = {k: style.signed(product.text) for k, product in products.items()}
        size, gap = at.size_of(texts.values(), PARTIAL) if look.number else 0.0, 8 if low else 16
        there = [k for _, k in self.back_fan(i)]
        for k, x in xs.items():
            if size and made:
                mark = words(texts[k], x, card.top - gap - DIGIT * size / 2, size, about=products[k].about)
                draft.put("product", ("return", i, k), mark.at(made_of=((*self.back_taps[k], "tile"),)))
            y = card.top - gap - made * (gap + DIGIT * size)
            strand = line(at.tint(k), at.axis.x(i), at.high + at.node + 6, x, y, size=edges.THICK, z=-1.0)
            draft.put("strand", self.strands[k], strand.at(dash=8.0 * (k not in there)))

    # it slides

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

    def returned(self, said: str, i: int, before: Iterable[int], zeros: bool = True) -> Draft:
        """What each output is told, below, with ``zeros`` where there is none, and the gradients of samples, above; one
        of them is meant.
        """
        draft = self.draft(said)
        self.lay_nodes(draft, [i], [back.step for back in self.returns_of(i)], beyond=self.beyond * zeros)
        self.lay_slopes(draft, before)
        self.lay_g(draft, zeros)
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
        cues = [Cue((*self.back_taps.values(), *self.strands.values(), ("card",)), beat=motion.MOVE, lasts=lasts)]
        left, reached = ({t for t, _ in self.back_fan(i)} for i in (start, end))
        for name, old, new in (("above", {start}, {end}), ("below", left, reached)):
            # what is left gets dark as the card starts, what is reached lights up as it comes
            for steps, after in ((old - new, 0.0), (new - old, lasts - 0.6)):
                nodes = tuple(("node", name, step) for step in steps)
                cues.append(Cue(nodes, beat=motion.MOVE, lasts=0.6, after=after))
        for i in self.at.samples:
            after = motion.passes(min(1.0, abs(i - start) / count)) * lasts
            cues.append(Cue((("slope", i, "bar"),), beat=motion.MOVE, lasts=0.4, after=after))
        last = Cue((("slope", end, "bar"),), beat=motion.ENTER + 1)
        return [*cues, Cue((("return", end),), beat=motion.ENTER, lasts=0.7), last]
