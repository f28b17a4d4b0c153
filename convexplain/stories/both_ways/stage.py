"""The one stage of gradient_flip: rows, edges and the kernel on its card, each in its place on all boards.

This module puts on a board what belongs together, and says how it comes and goes; what happens, in which order, the
story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import product
from typing import Any

from convexplain.board import motion, pieces
from convexplain.board.marks import Cue, Draft, Key
from convexplain.board.text import advance
from convexplain.stories import phrases
from convexplain.stories.both_ways.reading import GROWTH, OUTPUT, SIGNAL, SLOPE, UPSTREAM, Card, Fan, signed
from convexplain.stories.both_ways.trellis import Numbers, Trellis
from convexplain.stories.one_channel import sliding

BESIDE = 26.0
"""So many em of a caption have room beside a formula."""
PARTS = ("tile", "digits", "name")
"""Of a tap."""


class Stage(Trellis):
    """A reading, and how it is laid out."""

    def stage(
        self,
        said: str,
        lit: Fan,
        whole: bool = False,
        raised: bool = False,
        loss: str = "",
        gradient: Collection[int] | None = None,
    ) -> Draft:
        """A board with its words, rows and edges. Meant are the edges that are ``lit`` and what they join, or the
        ``whole`` rows. ``loss`` is written behind the error. When ``raised`` the told sample is, and the outputs have
        moved. With a ``gradient``, that of some samples, g has the places of the outputs; what there is of it, that of
        the samples.
        """
        samples = None if whole else {self.back.source(*edge) for edge in lit}
        outputs = None if whole else {t for t, _ in lit}
        draft, ahead, told = Draft(self.form), gradient is None, (*SIGNAL.key, self.i)
        outer = sorted(i for i in {self.back.source(*edge) for edge in lit} - {*self.samples} if self.axis.has(i))
        pieces.caption(draft, said)
        if not self.is_numbered:
            pieces.ruler(draft, self.axis, "*i*", samples or ())
        self.lay_nodes(draft, True, [*self.samples, *outer], samples)
        self.lay_nodes(draft, False, self.outputs, outputs)
        self.lay_edges(draft, lit)
        self.lay_follows(draft, ahead, loss)
        if gradient:
            self.lay_row(draft, SLOPE, samples if {*gradient} == {*self.samples} else None, gradient)
        else:
            self.lay_row(draft, SIGNAL, samples)
        if raised:
            self.lay_more(draft, SIGNAL, self.i, self.ten, (*told, "bar"))
        if ahead:
            self.lay_row(draft, OUTPUT, outputs)
        else:
            self.lay_row(draft, UPSTREAM, outputs if gradient else None)
        moves = self.moves if raised else {}
        for t, move in moves.items() if ahead else ():
            if move.value:
                self.lay_more(draft, OUTPUT, t, move, ("more", *told))
        if raised and not (ahead and self.says_more):
            places = {("move", t): (t, move, (*OUTPUT.key, t, "bar")) for t, move in moves.items()}
            self.lay_under(draft, "moves", "*y* grows by", places)
        return draft

    def rigged(self, said: str, ahead: bool, step: int, **more: Any) -> Draft:
        """A board with the kernel on its card and its window, where it makes an output or a gradient."""
        card = self.card(ahead, step)
        draft = self.stage(said, card.fan, **more)
        self.lay_card(draft, card, window=True)
        return draft

    def spread(self, draft: Draft, card: Card, *key: str) -> list[Cue]:
        """The taps on the lines of all outputs, and how they fly there from a card."""
        self.lay_rest(draft, self.every, *key)
        resting = {self.tap(k, t, *key): card.keys[k] for t, k in card.fan if (t, k) in self.every}
        for own, part in product(resting, PARTS[:2]):
            draft.change([(*own, part)], copy_of=(*resting[own], part))
        edges = Cue((("edge",),), beat=motion.MOVE, lasts=1.0)
        return [*flown(card.keys.values(), 1.0, True), *flown(resting, 1.0), edges]

    def lay_under(self, draft: Draft, key: str, name: str, numbers: Numbers) -> None:
        """Numbers under the circles of outputs, over their bars, where there is room."""
        bars = (mark for own, mark in draft.marks.items() if own[0] in ("g", "y1") or own[:2] == ("more", "y1"))
        if self.under + self.text / 2 < min(mark.top for mark in bars):
            self.lay_numbers(draft, key, name, self.under, numbers, "lit")

    def lay_products(self, draft: Draft, i: int) -> None:
        """What each tap of the turned kernel brings to a sample, below its g."""
        taps, y = self.card(False, i).keys, self.floor + 0.8 * self.text
        places = {
            ("return", i, one.k): (one.step, signed(one.product), (*taps[one.k], "tile"))
            for one in self.back.returns(i)
        }
        self.lay_numbers(draft, "products", "tap × *g*", y, places, GROWTH)

    def passing(self, ahead: bool, start: int, end: int) -> list[Cue]:
        """The card slides from one output or sample to another, and the light from lines to lines."""
        lasts = max(1.5, sliding.SLIDE * abs(end - start))
        rig = [(*tap, part) for tap in self.card(ahead, start).keys.values() for part in PARTS]
        return [Cue((("card",), ("node",), ("edge",), *rig), beat=motion.MOVE, lasts=lasts)]

    def lay_formula(self, draft: Draft, ahead: bool) -> None:
        """The formula of a way to read in the text line, where the caption leaves room; its sign is yellow."""
        backward = phrases.gradient_formula(self.layer, self.back.samples)
        parts = phrases.layer_formula(self.layer, self.back.samples, channels=False) if ahead else backward
        if sum(advance(mark.runs) for key, mark in draft.marks.items() if key[0] == "caption") <= BESIDE:
            pieces.formula(draft, parts, ("sign",), longest=backward, key=("forward" if ahead else "backward",))

    def lay_found(self, draft: Draft, name: str) -> None:
        """What others find, as a dot beside the tip of each gradient, and its ``name``."""
        for i in self.samples:
            mark = draft.marks["slope", i, "bar"]
            x = min(mark.right + 14, mark.x + 0.4 * self.axis.pitch)
            pieces.compared(draft, ("found", i), x, mark.tip if mark.kind == "bar" else mark.y)
        self.lay_name(draft, ("found",), f"• {name}", self.foot - 2 * self.form.small, "kernel")


def flown(keys: Iterable[Key], lasts: float, away: bool = False) -> list[Cue]:
    """Taps fly, and their names come as they arrive, or go as they fly ``away`` from their card."""
    tiles = tuple((*key, part) for key in keys for part in PARTS[:2])
    names = tuple((*key[:-1], "name") for key in tiles)
    after = 0.0 if away else 0.7 * lasts
    return [Cue(tiles, beat=motion.MOVE, lasts=lasts), Cue(names, beat=motion.MOVE, lasts=0.3 * lasts, after=after)]
