"""The one kernel slides along the whole input, and what Keras computes with all layers stands below its outputs.

This module knows the boards of one kernel and pieces; when it has slid a story says.
"""

from __future__ import annotations

from collections.abc import Sequence

from convexplain.board.marks import SMALL, Draft
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import phrases
from convexplain.stories.many_layers.folded import Folded
from convexplain.stories.many_layers.one_kernel import ROOM, OneKernel
from convexplain.stories.many_layers.ways import Joined


class Slid(OneKernel):
    """The inputs, below them the one kernel and the formula of every output, these, and below them Keras's."""

    def __init__(self, field: Folded) -> None:
        self.field = field
        super().__init__(field.cone)

    def _zone(self, level: int) -> float:
        """The outputs have room for what Keras gives below them."""
        return ROOM if level == self.level else super()._zone(level)

    def _lay_sum(self, draft: Draft, cell: Cell, shown: Sequence[Joined], xs: Sequence[float]) -> None:
        """The formula of every output, below the kernel."""
        field, called = self.field, list[str]()
        for own, then in zip(*(self.cone.joined(Cell(step, cell.channel)) for step in (0, 1)), strict=True):
            first, further = own.cell.step, then.cell.step - own.cell.step
            step = f"{further if further > 1 else ''}*t*{f' + {first}' if first else ''}"
            called.append(field.letter(self.cone.base, own.cell, step))
        y = (self.top + self.high + self.rows[self.level].top) / 2
        field.formula(draft, called, field.letter(self.level, cell, "*t*"), y)

    def lay_all(self, said: str, cell: Cell, is_every: bool) -> Draft:
        """The kernel where it makes an output: the others are asked for, or all are there, and below them Keras's."""
        draft = self.lay_at(said, "one kernel", cell, True)
        key, name = ("name", "level", self.cone.base), "input" if not self.cone.base else f"layer {self.cone.base}"
        for own, text, role in ((key, name, "ink"), (("ruler", "name"), "step *t*", "quiet")):
            mark = draft.marks[own]
            draft.marks[own] = words(text, mark.left, mark.y, mark.size, role, -1)
        draft.change([("name", "joined")], role="kernel")
        if is_every:
            who = self.cone.script.check.library.partition(" ")[0]
            self.lay_same(draft, f"{phrases.layers(self.level - self.cone.base)} in {who}", who)
            return draft
        foot, size = self.rows[self.level].foot, self.size or SMALL
        for own in (self.cone.key(self.level, other) for other in self.numbers[self.level] if other != cell):
            asked = words("?", draft.marks.pop((*own, "bar")).x, foot - size, size, "quiet")
            draft.marks[*own, "digits"] = asked
        return draft
