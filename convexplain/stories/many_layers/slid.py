"""The one kernel slides along the whole input, and what Keras computes with all layers stands below its outputs.

This module knows the boards of one kernel and pieces; when it has slid a story says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board.marks import SMALL, Draft
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers.one_kernel import OneKernel
from convexplain.stories.many_layers.ways import Joined

ROOM = 84.0
"""The room below the outputs."""


class Slid(OneKernel):
    """The inputs, below them the one kernel, its outputs, and below these Keras's."""

    def _zone(self, level: int) -> float:
        """The outputs have room for what Keras gives below them."""
        return ROOM if level == self.level else super()._zone(level)

    def _sums(self, cell: Cell, shown: Sequence[Joined]) -> Iterator[str]:
        """What an output is the sum of, each weight times its input, as the story has said it; last come biases."""
        made, texts = self.numbers[self.level][cell], [f"{n.weight.text}·{phrases.times(n.sample)}" for n in shown]
        biases = self.cone.script.written(made.value - sum(own.product.value for own in shown))
        said = phrases.added([*texts, *[biases.text] * bool(biases.value)], made.text)
        yield from [said] * (len(shown) == len(self.cone.ways.joined))
        yield from super()._sums(cell, shown)

    def lay_all(self, said: str, cell: Cell, is_every: bool) -> Draft:
        """The kernel where it makes an output: the others are asked for, or all are there, and below them Keras's."""
        draft = self.lay_at(said, "one kernel", cell, True)
        key, name = ("name", "level", self.cone.base), "input" if not self.cone.base else f"layer {self.cone.base}"
        mark, (kernel, called) = draft.marks[key], (("name", "kernel"), ("name", "joined"))
        draft.marks[key] = words(name, mark.left, mark.y, mark.size, align=-1)
        draft.marks[kernel] = draft.marks.pop(called).at(role="kernel")
        if is_every:
            who, count = self.cone.script.check.library.partition(" ")[0], self.level - self.cone.base
            self.lay_same(draft, who)
            mark, size = draft.marks["same", "name"], self.form.small
            room = min(own.left for key, own in draft.marks.items() if key[::2] == ("same", "digits")) - mark.left - 16
            names = (f"{phrases.count(count, 'layer')} in {who}", f"layer{'s' * (count > 1)} in {who}", who)
            said = bench.longest(room, names, size)
            draft.marks["same", "name"] = words(said, mark.left, mark.y, size, align=-1)
            return draft
        foot, size = self.rows[self.level].foot, self.size or SMALL
        for own in (self.cone.key(self.level, other) for other in self.numbers[self.level] if other != cell):
            asked = words("?", draft.marks.pop((*own, "bar")).x, foot - size, size, "quiet")
            draft.marks[*own, "digits"] = asked
        return draft
