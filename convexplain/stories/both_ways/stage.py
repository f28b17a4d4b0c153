"""The one stage of gradient_flip: rows, edges and the kernel on its card, each in its place on all boards.

This module lays out a reading on its trellis; what happens, in which order, the story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction

from convexplain.board import motion, pieces
from convexplain.board.marks import Cue, Draft, Key, Role
from convexplain.board.pieces import Number
from convexplain.board.text import advance, words
from convexplain.stories.both_ways.reading import Reading, signed
from convexplain.stories.both_ways.trellis import Fan
from convexplain.stories.one_channel import sliding
from convexplain.style import MINUS

SLOPE: Role = "channel 1"
"""Of what says how much the loss changes: a hue of its own, for it stands in the same rows as signal and output."""
BESIDE = 26.0
"""So many em of a caption have room beside a formula."""
PARTS = ("tile", "digits", "name")
"""Of a tap."""
Places = Mapping[Key, tuple[float, Number, Key]]
"""Where numbers stand, and what each is made of."""


class Stage(Reading):
    """A reading, and how it is laid out."""

    def stage(
        self,
        said: str,
        samples: Collection[int] | None = None,
        outputs: Collection[int] | None = None,
        lit: Fan | None = (),
        raised: bool = False,
        loss: str = "",
        gradient: Collection[int] | None = None,
    ) -> Draft:
        """A board with its words, rows and edges: which ``samples`` and ``outputs``, all when None, and edges are
        ``lit``, no edge is there when None, and what is written behind the ``loss``. When ``raised`` the told sample
        is, and the outputs have moved. With a ``gradient``, that of some samples, g has the places of the outputs; what
        there is of it, that of the samples.
        """
        draft, at, back, ahead = Draft(self.form), self.at, self.back, gradient is None
        pieces.caption(draft, said)
        if not at.is_numbered:
            pieces.ruler(draft, at.axis, "*i*", samples or ())
        at.lay_nodes(draft, True, at.samples, samples)
        at.lay_nodes(draft, False, at.outputs, outputs)
        at.lay_edges(draft, lit or (), self.every if lit is not None else ())
        at.lay_follows(draft, ahead, loss, max(" + ?", self.grown, key=len), SLOPE)
        sample, ten = self.x_key(self.i), signed(self.script.written(back.ten, self.script.level - 1))
        if gradient:
            of = {i: tuple(("g", t, "bar") for t, _ in self.back_fan(i)) for i in gradient}
            slopes = {i: back.slope(i) for i in at.samples}
            at.lay_row(draft, True, "d*L*/d*x*", ("slope",), SLOPE, slopes, None, of)
        else:
            at.lay_row(draft, True, "signal *x*", self.x_key(), "sample", {i: self.x[i] for i in at.samples}, samples)
            if raised:
                at.lay_more(draft, sample, ten, (*sample, "bar"), self._more(self.x[self.i], ten))
        if ahead:
            at.lay_row(draft, False, "output *y*", self.y_key(), "output", {t: self.y(t) for t in at.outputs}, outputs)
            for one in self.returns if raised else ():
                if one.weight.value:
                    move, of_sample = self.move(one), ("more", *sample)
                    at.lay_more(draft, self.y_key(one.step), move, of_sample, self._more(self.y(one.step), move))
        else:
            told = {t: back.upstream(t) for t in at.outputs}
            at.lay_row(draft, False, "*g* = d*L*/d*y*", ("g",), SLOPE, told, None, {t: (("follows", t),) for t in told})
        if raised and not (ahead and self.says_more):
            self._lay_moves(draft)
        return draft

    @property
    def says_more(self) -> bool:
        """Whether a number that has changed says by how much: where it is worked out, and there is room."""
        return self.is_plain and self.at.size_of([Number(Fraction(-10), f"{MINUS}13 + 3")]) > 0

    def _more(self, number: Number, more: Number) -> str:
        """A number that has changed, and by how much, where there is room; nothing where there is none."""
        return f"{number.text} {more.text[0]} {more.text[1:]}" if self.says_more else ""

    @property
    def grown(self) -> str:
        """How the loss grows with the told sample; nothing where a power of ten is left aside."""
        more = signed(self.script.written(self.back.slope(self.i).value * self.back.ten)).text
        return "" if self.script.shown.power_level(self.script.level) else f" {more[0]} {more[1:]}"

    def lay_rig(self, draft: Draft, ahead: bool, step: int, strands: bool = True) -> None:
        """The kernel on its card where it makes an output or a gradient, with its lines and its window or without."""
        at = self.at
        if strands:
            at.lay_strands(draft, ahead, step, self.fan(step) if ahead else self.back_fan(step))
        at.lay_name(draft, ("taps",), "tap *w*[*k*]", sum(at.card(ahead)) / 2)
        at.lay_card(draft, ahead, step, self.taps_of(ahead))

    def lay_outside(self, draft: Draft, i: int | None = None) -> None:
        """Zeros where no output is, all or those under the kernel that makes the gradient of a sample."""
        places = [place for place in self.gaps if i is None or place in self.under(False, i).values()]
        beyond = [t for t in range(-self.layer.span, self.back.steps + self.layer.span) if self.back.place(t) in places]
        self.at.lay_zeros(draft, places)
        self.at.lay_nodes(draft, False, beyond)

    def _lay_moves(self, draft: Draft) -> None:
        """By how much the told sample moves each output, over its bar, where there is room."""
        at, moves = self.at, {one.step: self.move(one) for one in self.returns if one.step in self.at.outputs}
        places = {("move", t): (at.end(False, t)[0], move, (*self.y_key(t), "bar")) for t, move in moves.items()}
        highest = min(
            mark.top for key, mark in draft.marks.items() if key[0] == "g" or self.y_key() in (key[:2], key[1:3])
        )
        if (y := at.low + at.node + at.near + at.text / 2) + at.text / 2 < highest:
            self._lay_numbers(draft, "moves", "*y* grows by", y, places, "lit")

    def lay_products(self, draft: Draft, i: int) -> None:
        """What each tap of the turned kernel brings to a sample, below its g."""
        taps, under, y = self.taps_of(False), self.under(False, i), self.at.floor + 0.8 * self.at.text
        met = {k: (self.at.axis.x(under[k]), product, (*taps[k], "tile")) for k, (_, product) in self.met(i).items()}
        places = {("return", i, k): one for k, one in met.items()}
        self._lay_numbers(draft, "products", "tap × *g*", y, places, SLOPE)

    def _lay_numbers(self, draft: Draft, key: str, name: str, y: float, places: Places, role: Role = "ink") -> None:
        """Numbers in a row, where they have room, each in its place and made of something."""
        size = self.at.size_of(number for _, number, _ in places.values())
        for own, (x, number, of) in places.items() if size else ():
            draft.put(key, own, words(number.text, x, y, size, role, about=number.about).at(made_of=(of,)))
        if size:
            self.at.lay_name(draft, (key,), name, y, role)

    def passing(self, ahead: bool, start: int, end: int) -> list[Cue]:
        """The card slides from one output or sample to another; the gradients that it makes come as it passes."""
        at, count = self.at, max(1, abs(end - start))
        lasts = max(2.0, sliding.SLIDE * count)
        rig = [(*tap, part) for tap in self.taps_of(ahead).values() for part in PARTS]
        cues = [Cue((("card",), ("strand",), ("node",), *rig), beat=motion.MOVE, lasts=lasts)]
        for i in () if ahead else at.samples:
            share = min(1.0, abs(i - start) / count) if (i - start) * (end - start) > 0 else 1.0
            cues.append(Cue((("slope", i, "bar"),), motion.MOVE, 0.4, after=motion.passes(share) * lasts))
        return [*cues, Cue((("return", end),), beat=motion.ENTER, lasts=0.7)]

    def lay_formula(self, draft: Draft, way: str) -> None:
        """The formula of a way to read in the text line, where the caption leaves room; its sign is yellow."""
        if sum(advance(mark.runs) for key, mark in draft.marks.items() if key[0] == "caption") <= BESIDE:
            pieces.formula(draft, self.formulas[way], ("sign",), longest=self.formulas["backward"], key=(way,))

    def lay_found(self, draft: Draft, who: str, found: Sequence[Fraction]) -> None:
        """What somebody else finds, each number below the gradient that it is."""
        at, written = self.at, self.script.written
        numbers = {i: written(found[i], about=self.back.slope(i).about) for i in at.samples}
        places = {(who, i): (at.axis.x(i), number, ("slope", i, "bar")) for i, number in numbers.items()}
        self._lay_numbers(draft, who, who, (at.high + at.node + at.card(False)[0]) / 2, places)


def flown(keys: Iterable[Key], beat: float, lasts: float, after: float = 0.0) -> list[Cue]:
    """Taps fly, and their names come when they have arrived."""
    tiles = tuple((*key, part) for key in keys for part in PARTS[:2])
    names = tuple((*key[:-1], "name") for key in tiles)
    return [Cue(tiles, beat=beat, lasts=lasts, after=after), Cue(names, beat=beat + 0.5)]
