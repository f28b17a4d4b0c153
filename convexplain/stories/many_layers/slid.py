"""The one kernel slides along the whole input, and what Keras computes with all layers stands below its outputs.

This module knows the boards of one kernel and pieces; when it has slid a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

from convexplain.board.marks import SMALL, TEXT, Draft
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import phrases
from convexplain.stories.many_layers import walked
from convexplain.stories.many_layers.one_kernel import OneKernel
from convexplain.stories.many_layers.walked import Term
from convexplain.stories.many_layers.ways import Joined

ROOM = 84.0
"""The room below the outputs."""


class Slid(OneKernel):
    """The inputs, below them the one kernel, its outputs, and below these those of the layers."""

    sizes = (TEXT, SMALL)

    def _zone(self, level: int) -> float:
        """The outputs have room for what Keras gives below them."""
        return ROOM if level == self.level else super()._zone(level)

    def _sums(self, cell: Cell, shown: Sequence[Joined]) -> Iterator[str]:
        """What an output is the sum of, each weight times its input, as the story has said it; last come biases."""
        yield from [self._products(shown, self.numbers[self.level][cell])] * (len(shown) == len(self.cone.ways.joined))
        yield from super()._sums(cell, shown)

    def _products(self, shown: Sequence[Joined], made: Number) -> str:
        """A number as the sum of products and, where there are any, biases."""
        texts = [f"{own.weight.text}·{phrases.times(own.sample)}" for own in shown]
        biases = self.cone.script.written(made.value - sum(own.product.value for own in shown))
        return phrases.added([*texts, *[biases.text] * bool(biases.value)], made.text)

    def lay_layers(self, draft: Draft, cell: Cell) -> None:
        """How the layers make an output, beside it: numbers of the first, in their hues, times those of the next."""
        script, made, mark = self.cone.script, self.numbers[self.level][cell], draft.marks["same", cell.step, "digits"]
        joined = sorted(script.ways(cell, self.cone.base + 1).joined, key=lambda own: own.cell.channel)
        hues, terms = (self.cone.role(self.cone.base + 1, own.cell.channel) for own in joined), [Term("= ", "quiet")]
        for sign in self._products(joined, made).rpartition(" = ")[0].split():
            factor, times, number = sign.partition("·")
            terms.append(Term(f"{factor}{times or ' '}", "quiet"))
            if times:
                terms.append(Term(f"{number} ", next(hues)))
        right = self.form.width - self.form.margin
        end = walked.lay_sum(draft, ("same", "layers"), terms, mark.right + 16, right, mark.y, (mark.size, 0.0))
        note = words(f"in colour: what layer {self.cone.base + 1} gives", right, mark.y, self.form.small, "quiet", 1)
        if ("same", "layers", 0) in draft.marks and end + 40 < note.left:
            draft.put("same", ("same", "layers", "note"), note)

    def lay_all(self, said: str, cell: Cell, made: Collection[Cell], who: str = "") -> Draft:
        """The kernel where it makes an output: those that are not ``made`` are asked for; below them are the layers',
        in the end as ``who`` has them.
        """
        draft = self.lay_at(said, "one kernel", cell, True)
        key, name = ("name", "level", self.cone.base), "input" if not self.cone.base else f"layer {self.cone.base}"
        mark, (kernel, called) = draft.marks[key], (("name", "kernel"), ("name", "joined"))
        draft.marks[key] = words(name, mark.left, mark.y, mark.size, align=-1)
        draft.marks[kernel] = draft.marks.pop(called).at(role="kernel")
        count = self.level - self.cone.base
        layers = f"layer{'s' * (count > 1)}"
        names = (f"{layers} in {who}", who) if who else (phrases.layers(count), layers)
        self.lay_same(draft, *names, size=self.form.small)
        foot, size = self.rows[self.level].foot, self.size or SMALL
        for other in self.numbers[self.level].keys() - made:
            own = self.cone.key(self.level, other)
            draft.marks[*own, "digits"] = words("?", draft.marks.pop((*own, "bar")).x, foot - size, size, "quiet")
            del draft.marks["same", other.step, "digits"]
        return draft
