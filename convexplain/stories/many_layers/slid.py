"""The one kernel slides along the whole input with the rows it is the sum of, and what Keras computes with all layers
stands below its outputs.

This module knows the boards of one kernel and pieces; when it has slid a story says.
"""

from __future__ import annotations

from collections.abc import Sequence

from convexplain.board.marks import SMALL, Draft
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers.folded import Folded
from convexplain.stories.many_layers.one_kernel import ROOM, OneKernel
from convexplain.stories.many_layers.walked import addend
from convexplain.stories.many_layers.ways import Joined

TALLEST, ALL = 48.0, 208.0
"""How high a row is at most in a film, and all rows."""


class Slid(OneKernel):
    """The inputs, below them the one kernel, its rows and the formula of every output, these, and Keras's."""

    def __init__(self, field: Folded) -> None:
        self.field, count = field, len(field.rows)
        self.each = min(TALLEST, ALL / max(1, count)) * (0.6 if bench.is_low(field.form) else 1.0)
        """The height of a row; in a film it has room for its numbers."""
        super().__init__(field.cone)
        self.low = self.top + self.high + 8 + self.each * count
        """Where the rows end."""

    def _zone(self, level: int) -> float:
        """The inputs have room for the rows as well, the outputs for what Keras gives below them."""
        return ROOM if level == self.level else super()._zone(level) + self.each * len(self.field.rows)

    def _lay_sum(self, draft: Draft, cell: Cell, shown: Sequence[Joined], xs: Sequence[float]) -> None:
        """The formula of every output, below the kernel."""
        field, called = self.field, list[str]()
        for own, then in zip(*(self.cone.joined(Cell(step, cell.channel)) for step in (0, 1)), strict=True):
            first, further = own.cell.step, then.cell.step - own.cell.step
            step = f"{further if further > 1 else ''}*t*{f' + {first}' if first else ''}"
            called.append(field.letter(self.cone.base, own.cell, step))
        field.formula(draft, called, field.letter(self.level, cell, "*t*"), (self.low + self.rows[self.level].top) / 2)

    def _lay_rows(self, draft: Draft) -> None:
        """The rows that the one kernel is the sum of, under its numbers."""
        field, form, y = self.field, self.form, self.low - self.each / 2
        for row in reversed(field.rows if self.is_written else ()):
            for piece in row.pieces:
                whole, number = draft.marks["joined", *piece.cells[0], "bar"], piece.weight._replace(about=None)
                box, said = (whole.x, y, whole.width, self.each - 8), addend(number) * (self.each > SMALL + 8)
                field.tile(draft, piece.key, number, field.role(row.channel), box, (0.0, 0.0), said)
            y -= self.each
        if field.rows and self.is_written:
            room, at = form.names - form.margin, self.low - self.each * len(field.rows) / 2
            said = bench.longest(room * SMALL / form.small, [field.layers(field.base + 1), "rows"])
            field.name(draft, ("rows",), said, form.margin, at, size=form.small, role="quiet")

    def lay_all(self, said: str, cell: Cell, is_every: bool) -> Draft:
        """The kernel where it makes an output: the others are asked for, or all are there, and below them Keras's."""
        draft = self.lay_at(said, "one kernel", cell, True)
        key, name = ("name", "level", self.cone.base), "input" if not self.cone.base else f"layer {self.cone.base}"
        for own, text, role in ((key, name, "ink"), (("ruler", "name"), "step *t*", "quiet")):
            mark = draft.marks[own]
            draft.marks[own] = words(text, mark.left, mark.y, mark.size, role, -1)
        draft.change([("name", "joined")], role="kernel")
        self._lay_rows(draft)
        if is_every:
            who = self.cone.script.check.library.partition(" ")[0]
            self.lay_same(draft, f"{phrases.layers(self.level - self.cone.base)} in {who}", who)
            return draft
        foot, size = self.rows[self.level].foot, self.size or SMALL
        for own in (self.cone.key(self.level, other) for other in self.numbers[self.level] if other != cell):
            asked = words("?", draft.marks.pop((*own, "bar")).x, foot - size, size, "quiet")
            draft.marks[*own, "digits"] = asked
        return draft
