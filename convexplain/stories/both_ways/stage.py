"""The one stage of gradient_flip: rows, edges and the kernel on its card, each in its place on all boards.

This module puts on a board what belongs together, and says how it comes and goes; what happens, in which order, the
story says.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import Any

from convexplain.board import motion, pieces
from convexplain.board.marks import Cue, Draft, Key
from convexplain.stories import phrases
from convexplain.stories.both_ways.reading import GROWTH, Card, Fan, signed
from convexplain.stories.both_ways.trellis import Lit, Numbers, Trellis


class Stage(Trellis):
    """A reading, and how it is laid out."""

    def stage(
        self, said: str, lit: Fan, whole: bool = False, raised: bool = False, loss: str = "", gradient: Lit = None
    ) -> Draft:
        """A board with its words, rows and edges. Meant are the edges that are ``lit`` and what they join, or the
        ``whole`` rows. ``loss`` is written behind the error. When ``raised`` the told sample is, and the outputs have
        moved. With a ``gradient``, that of some samples, g has the places of the outputs; what there is of it, that of
        the samples.
        """
        draft, ahead, read = Draft(self.form), gradient is None, {self.back.source(*edge) for edge in lit}
        samples, outputs = (None, None) if whole else (read, {t for t, _ in lit})
        pieces.caption(draft, said)
        if not self.is_numbered:
            pieces.ruler(draft, self.axis, "*i*", samples or ())
        outer = sorted(i for i in read - {*self.samples} if self.axis.has(i))
        self.lay_nodes(draft, True, [*self.samples, *outer], samples)
        self.lay_nodes(draft, False, self.outputs, outputs)
        self.lay_edges(draft, lit)
        self.lay_follows(draft, ahead, loss)
        if gradient:
            self.lay_row(draft, self.slopes, samples if {*gradient} == {*self.samples} else None, gradient)
        else:
            self.lay_row(draft, self.x, samples)
        self.lay_row(draft, self.y if ahead else self.g, outputs if ahead or gradient else None)
        if raised:
            self.lay_raised(draft, ahead)
        return draft

    def lay_raised(self, draft: Draft, ahead: bool) -> None:
        """The told sample is raised, and the outputs have moved; what they say has a row where it has no room there."""
        told = (*self.x.key, self.i)
        self.lay_more(draft, self.x, self.i, self.ten, (*told, "bar"))
        for t, move in self.moves.items():
            if ahead and move.value:
                self.lay_more(draft, self.y, t, move, ("more", *told))
        if not (ahead and self.says_more):
            places = {("move", t): (t, move, (*self.y.key, t, "bar")) for t, move in self.moves.items()}
            self.lay_under(draft, "moves", "*y* grows by", places)

    def rigged(self, said: str, card: Card, **more: Any) -> Draft:
        """A board with the kernel on its card and its window, where it makes an output or a gradient."""
        draft = self.stage(said, card.fan, **more)
        self.lay_card(draft, card, window=True)
        return draft

    def over_all(self, said: str, ahead: bool) -> tuple[Draft, list[Cue]]:
        """A board with all lines and, where they have room, the taps on them, to where they fly from their card."""
        card, gradient, key = (self.ahead, None, ()) if ahead else (self.slid, self.samples, ("back",))
        draft = self.stage(said, self.every, True, gradient=gradient)
        self.lay_rest(draft, self.every, *key)
        resting = {self.tap(k, t, *key): card.keys[k] for t, k in card.fan if self.rests and (t, k) in self.every}
        for own, part in product(resting, ("tile", "digits")):
            draft.change([(*own, part)], copy_of=(*resting[own], part))
        return draft, [*flown(card.keys.values(), 1.0, True), *flown(resting, 1.0)]

    def lay_under(self, draft: Draft, key: str, name: str, numbers: Numbers) -> None:
        """Numbers under the circles of outputs, over their bars, where there is room."""
        bars = (mark for own, mark in draft.marks.items() if own[0] in ("g", "y1") or own[:2] == ("more", "y1"))
        if self.under + self.text / 2 < min(mark.top for mark in bars):
            self.lay_numbers(draft, key, name, self.under, numbers, "lit")

    def lay_products(self, draft: Draft, i: int) -> None:
        """What each tap of the turned kernel brings to a sample, below its g."""
        taps, y = self.turned.keys, self.floor + 0.8 * self.text
        back = self.back.returns(i)
        places = {("return", i, one.k): (one.step, signed(one.product), (*taps[one.k], "tile")) for one in back}
        self.lay_numbers(draft, "products", "tap × *g*", y, places, GROWTH)

    def lay_formula(self, draft: Draft, ahead: bool) -> None:
        """The formula of a way to read in the text line; its sign is yellow."""
        backward = phrases.gradient_formula(self.layer, self.back.samples)
        parts = phrases.layer_formula(self.layer, self.back.samples, channels=False) if ahead else backward
        pieces.formula(draft, parts, ("sign",), longest=backward, key=("forward" if ahead else "backward",))


def flown(keys: Iterable[Key], lasts: float, away: bool = False) -> list[Cue]:
    """Taps fly, and their names come as they arrive, or go as they fly ``away`` from their card."""
    taps = tuple(keys)
    names, after = tuple((*key, "name") for key in taps), 0.0 if away else 0.7 * lasts
    return [
        Cue((*taps, ("edge",)), beat=motion.MOVE, lasts=lasts),
        Cue(names, beat=motion.MOVE, lasts=0.3 * lasts, after=after),
    ]
