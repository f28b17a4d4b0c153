"""The one stage of gradient_flip: rows, edges and the kernel on its card, each in its place on all boards.

This module lays out a reading on its trellis; what happens, in which order, the story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction

from convexplain.board import motion, pieces
from convexplain.board.marks import SMALL, TEXT, Cue, Draft, Key, Role
from convexplain.board.pieces import Number, Part
from convexplain.board.text import advance, runs_of, words
from convexplain.stories.both_ways.reading import Reading, signed
from convexplain.stories.both_ways.trellis import Fan
from convexplain.stories.one_channel import sliding

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
        made: Collection[int] | None = None,
        raised: int = 0,
        loss: str | None = None,
        gradient: Collection[int] | None = None,
    ) -> Draft:
        """A board with its words, rows and edges: which ``samples`` and ``outputs``, all when None, and edges are
        ``lit``, no edge is there when None, and which outputs are ``made``. ``raised`` says that the told sample is, 1,
        and that the outputs have moved, 2; ``loss`` what is written behind the loss, which is not there when None. With
        a ``gradient``, that of some samples, which may be none, g has the places of the outputs, which stand beside it.
        """
        draft, at, back = Draft(self.form), self.at, self.back
        pieces.caption(draft, said)
        if not at.is_numbered:
            pieces.ruler(draft, at.axis, "*i*", samples or ())
        at.lay_nodes(draft, True, at.samples, samples)
        at.lay_nodes(draft, False, at.outputs, outputs)
        at.lay_edges(draft, lit or (), self.every if lit is not None else ())
        at.lay_follows(draft, loss, f"*L*{max(' + ?', self.grown, key=len)}", SLOPE)
        xs = {i: self.x[i] for i in at.samples}
        shown = () if gradient else samples
        at.lay_row(draft, True, "signal *x*", self.x_key(), "sample", xs, shown, row=-1 if gradient else 0)
        sample, ten = self.x_key(self.i), signed(self.script.written(back.ten, self.script.level - 1))
        if raised:
            at.lay_more(draft, sample, ten, (*sample, "bar"), self._more(self.x[self.i], ten))
        ys, made = {t: self.y(t) for t in at.outputs}, at.outputs if made is None else made
        shown, row = (outputs, 0) if gradient is None else ((), -1)
        of = {t: tuple((*self.x_key(i), "bar") for i in self.under(True, t).values()) for t in made}
        at.lay_row(draft, False, "output *y*", self.y_key(), "output", ys, shown, of, row)
        for one in self.returns if raised > 1 else ():
            if one.weight.value and one.step in made:
                move = self.move(one)
                at.lay_more(draft, self.y_key(one.step), move, ("more", *sample), self._more(self.y(one.step), move))
        if gradient is None:
            return draft
        told, slopes = {t: back.upstream(t) for t in at.outputs}, {i: back.slope(i) for i in at.samples}
        at.lay_row(draft, False, "*g* = d*L*/d*y*", ("g",), SLOPE, told, None, {t: (("follows", t),) for t in told}, 1)
        if raised > 1:
            self._lay_moves(draft)
        if gradient:
            of = {i: tuple(("g", t, "bar") for t, _ in self.back_fan(i)) for i in gradient}
            at.lay_row(draft, True, "d*L*/d*x*", ("slope",), SLOPE, slopes, None, of, 1)
        return draft

    def _more(self, number: Number, more: Number) -> str:
        """A number that has changed, and by how much where there is room."""
        fits = self.is_plain and self.at.size_of([number._replace(text="−3 + 3")])
        return f"{number.text} {more.text[0]} {more.text[1:]}" if fits else number.text

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
        """By how much the told sample moves each output, over what g makes of it, where there is room."""
        at, moves = self.at, {one.step: self.move(one) for one in self.returns if one.step in self.at.outputs}
        places = {("move", t): (at.end(False, t)[0], move, (*self.y_key(t), "bar")) for t, move in moves.items()}
        below = [
            mark for key, mark in draft.marks.items() if (key[0] == "g" and len(key) == 3) or key[1:2] == ("bottom",)
        ]
        highest = min(mark.top for mark in below)
        if (y := at.low + at.node + at.near + TEXT / 2) + TEXT / 2 < highest:
            self._lay_numbers(draft, "moves", "*y* grows by", y, places, "lit")

    def lay_products(self, draft: Draft, i: int) -> None:
        """What each tap of the turned kernel brings to a sample, below its g."""
        taps, under, y = self.taps_of(False), self.under(False, i), self.at.bottom - (22.0 if self.at.is_low else 34.0)
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
        """The card slides from one output or sample to another; what it makes comes as it passes."""
        at, count, key = self.at, max(1, abs(end - start)), self.y_key if ahead else lambda step: ("slope", step)
        lasts = max(2.0, sliding.SLIDE * count)
        rig = [(*tap, part) for tap in self.taps_of(ahead).values() for part in PARTS]
        cues = [Cue((("card",), ("strand",), ("node",), *rig), beat=motion.MOVE, lasts=lasts)]
        for step in at.outputs if ahead else at.samples:
            share = min(1.0, abs(step - start) / count) if (step - start) * (end - start) > 0 else 1.0
            cues.append(Cue(((*key(step), "bar"),), motion.MOVE, 0.4, after=motion.passes(share) * lasts))
        return [*cues, Cue((("return", end),), beat=motion.ENTER, lasts=0.7), Cue((key(end),), beat=motion.ENTER + 1)]

    def lay_formula(self, draft: Draft, way: str) -> None:
        """The formula of a way to read in the text line, where the caption leaves room; its sign is yellow."""
        if sum(advance(mark.runs) for key, mark in draft.marks.items() if key[0] == "caption") <= BESIDE:
            pieces.formula(draft, self.formulas[way], ("sign",), longest=self.formulas["backward"], key=(way,))

    def lay_lines(self, draft: Draft, left: float, rows: Sequence[Sequence[Part]], most: float = TEXT) -> bool:
        """Two formulas left of the edges, one beside either card, if there is room; their signs are yellow."""
        small, ys = self.form.small, [sum(self.at.card(ahead)) / 2 for ahead in (True, False)]
        reach = max(advance(runs_of("".join(part.markup for part in row))) for row in rows)
        first = min(mark.left for key, mark in draft.marks.items() if key[0] in ("node", "edge") or key[-1] == "tile")
        size = min(most, (first - 24 - left) / reach, 0.9 * (ys[1] - ys[0]))
        for place, row in enumerate(rows if size >= SMALL else ()):
            x, y = left, ys[place]
            for part in row:
                em, role = small if part.small else size, "lit" if part.name == "sign" else "ink"
                mark = words(part.markup, x, y + 0.3 * size * bool(part.small), em, role, align=-1, about=part.about)
                x = draft.put("formula", ("sum", place, part.name), mark).right
        return size >= SMALL

    def lay_found(self, draft: Draft, rows: Mapping[str, Sequence[Fraction]]) -> None:
        """What others find, one row a name, each number below the gradient that it is."""
        at, written, top = self.at, self.script.written, self.at.high + self.at.node
        for place, (who, found) in enumerate(rows.items()):
            y = top + (0.3 + 0.42 * place) * (at.card(False)[0] - top)
            numbers = {i: written(found[i], about=self.back.slope(i).about) for i in at.samples}
            places = {(who, i): (at.axis.x(i), number, ("slope", i, "bar")) for i, number in numbers.items()}
            self._lay_numbers(draft, who, who, y, places)


def flown(keys: Iterable[Key], beat: float, lasts: float, after: float = 0.0) -> list[Cue]:
    """Taps fly, and their names come when they have arrived."""
    tiles = tuple((*key, part) for key in keys for part in PARTS[:2])
    names = tuple((*key[:-1], "name") for key in tiles)
    return [Cue(tiles, beat=beat, lasts=lasts, after=after), Cue(names, beat=beat + 0.5)]
