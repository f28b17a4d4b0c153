"""The one stage of gradient_flip: rows, edges and the kernel on its card, each in its place on all boards.

This module lays out a reading on its trellis; what happens, in which order, the story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from itertools import product

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
        lit: Fan = (),
        raised: bool = False,
        loss: str = "",
        gradient: Collection[int] | None = None,
    ) -> Draft:
        """A board with its words, rows and edges: which ``samples`` and ``outputs``, all when None, and edges are
        ``lit``, and what is written behind the ``loss``. When ``raised`` the told sample is, and the outputs have
        moved. With a ``gradient``, that of some samples, g has the places of the outputs; what there is of it, that of
        the samples.
        """
        draft, at, back, ahead = Draft(self.form), self.at, self.back, gradient is None
        pieces.caption(draft, said)
        if not at.is_numbered:
            pieces.ruler(draft, at.axis, "*i*", samples or ())
        at.lay_nodes(draft, True, at.samples, samples)
        at.lay_nodes(draft, False, at.outputs, outputs)
        at.lay_edges(draft, lit, self.every)
        at.lay_follows(draft, ahead, loss, max(" + ?", self.grown, key=len), SLOPE)
        sample, ten = self.x_key(self.i), signed(self.script.written(back.ten, self.script.level - 1))
        if gradient:
            of = {i: tuple(("g", t, "bar") for t, _ in self.back_fan(i)) for i in gradient}
            slopes, meant = {i: back.slope(i) for i in at.samples}, samples if len(of) == len(at.samples) else None
            at.lay_row(draft, True, "d*L*/d*x*", ("slope",), SLOPE, slopes, meant, of)
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
            ports = {t: (("follows", t),) for t in told}
            at.lay_row(draft, False, "*g* = d*L*/d*y*", ("g",), SLOPE, told, outputs if gradient else None, ports)
        if raised and not (ahead and self.says_more):
            moves = {one.step: (self.move(one), (*self.y_key(one.step), "bar")) for one in self.returns}
            self.lay_under(draft, "move", "*y* grows by", {t: one for t, one in moves.items() if t in at.outputs})
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

    def lay_rig(self, draft: Draft, ahead: bool, step: int) -> None:
        """The kernel on its card where it makes an output or a gradient, with its lines and its window."""
        fan = self.fan(step) if ahead else self.back_fan(step)
        if fan:
            self.at.lay_strands(draft, ahead, fan)
            self.at.lay_card(draft, ahead, fan, self.taps_of(ahead))

    def spread(self, draft: Draft, fan: Fan, card: Mapping[int, Key], *key: str) -> list[Cue]:
        """The taps on the lines of all outputs, and how they fly there from the ``card`` on the lines of a fan."""
        self.at.lay_rest(draft, self.every, self.every, *key)
        resting = {self.at.tap(k, t, *key): card[k] for t, k in fan if (t, k) in self.every}
        for own, part in product(resting, PARTS[:2]):
            draft.change([(*own, part)], copy_of=(*resting[own], part))
        return [*flown(card.values(), 1.0, True), *flown(resting, 1.0)]

    def lay_under(self, draft: Draft, key: str, name: str, numbers: Mapping[int, tuple[Number, Key]]) -> None:
        """A number, made of something, under the circle of each output, over its bar, where there is room."""
        at, rows = self.at, (("g",), self.y_key(), ("more", *self.y_key()))
        highest = min(mark.top for own, mark in draft.marks.items() if any(own[: len(row)] == row for row in rows))
        if at.under + at.text / 2 < highest:
            places = {(key, t): (at.end(False, t)[0], *number) for t, number in numbers.items()}
            self.lay_numbers(draft, f"{key}s", name, at.under, places, "lit")

    def lay_products(self, draft: Draft, i: int) -> None:
        """What each tap of the turned kernel brings to a sample, below its g."""
        at, taps, y = self.at, self.taps_of(False), self.at.floor + 0.8 * self.at.text
        places = {
            ("return", i, one.k): (at.end(False, one.step)[0], signed(one.product), (*taps[one.k], "tile"))
            for one in self.back.returns(i)
        }
        self.lay_numbers(draft, "products", "tap × *g*", y, places, SLOPE)

    def lay_numbers(self, draft: Draft, key: str, name: str, y: float, places: Places, role: Role = "ink") -> None:
        """Numbers in a row, where they have room, each in its place and made of something."""
        size = self.at.size_of(number for _, number, _ in places.values())
        for own, (x, number, of) in places.items() if size else ():
            draft.put(key, own, words(number.text, x, y, size, role, about=number.about).at(made_of=(of,)))
        if size:
            self.at.lay_name(draft, (key,), name, y, role)

    def passing(self, ahead: bool, start: int, end: int) -> list[Cue]:
        """The card slides from one output or sample to another; its lines leave before and come after."""
        lasts = max(1.5, sliding.SLIDE * abs(end - start))
        rig = [(*tap, part) for tap in self.taps_of(ahead).values() for part in PARTS]
        return [Cue((("strand",),), how="fade"), Cue((("card",), ("node",), *rig), beat=motion.MOVE, lasts=lasts)]

    def lay_formula(self, draft: Draft, way: str) -> None:
        """The formula of a way to read in the text line, where the caption leaves room; its sign is yellow."""
        if sum(advance(mark.runs) for key, mark in draft.marks.items() if key[0] == "caption") <= BESIDE:
            pieces.formula(draft, self.formulas[way], ("sign",), longest=self.formulas["backward"], key=(way,))
        parts = [key for key in draft.marks if key[0] == "formula" and self.form.is_narrow]
        begins = min((draft.marks[key].left for key in parts), default=0.0)
        for key in parts:  # below the caption it begins where that does
            draft.change([key], x=draft.marks[key].x - begins + self.form.margin)

    def lay_found(self, draft: Draft, name: str) -> None:
        """What others find, as a dot beside the tip of each gradient, and its ``name``."""
        for i in self.at.samples:
            mark = draft.marks["slope", i, "bar"]
            x = min(mark.right + 14, mark.x + 0.4 * self.at.axis.pitch)
            pieces.compared(draft, ("found", i), x, mark.tip if mark.kind == "bar" else mark.y)
        self.at.lay_name(draft, ("found",), f"• {name}", self.at.foot - 2 * self.form.small, "kernel")


def flown(keys: Iterable[Key], lasts: float, away: bool = False) -> list[Cue]:
    """Taps fly, and their names come as they arrive, or go as they fly ``away`` from their card."""
    tiles = tuple((*key, part) for key in keys for part in PARTS[:2])
    names = tuple((*key[:-1], "name") for key in tiles)
    after = 0.0 if away else 0.7 * lasts
    return [Cue(tiles, beat=motion.MOVE, lasts=lasts), Cue(names, beat=motion.MOVE, lasts=0.3 * lasts, after=after)]
