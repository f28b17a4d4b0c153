"""The one kernel slides along the whole input with the rows it is the sum of, and what Keras computes with all layers
stands below its outputs.

This module knows the boards of one kernel and pieces; when it has slid a story says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from convexplain.board.marks import SMALL, Cue, Draft
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers.one_kernel import OneKernel
from convexplain.stories.many_layers.tiled import Rows
from convexplain.stories.many_layers.walked import addend
from convexplain.stories.many_layers.ways import Joined

ROOM, TALLEST, ALL = 84.0, 48.0, 240.0
"""The room below the outputs, and, in a film, of a row and of all rows at most."""


class Slid(OneKernel):
    """The inputs, below them the one kernel and its rows, its outputs, and below these Keras's."""

    def __init__(self, field: Rows) -> None:
        self.field, low = field, bench.is_low(field.form)
        self.each = min(TALLEST, ALL / max(1, len(field.rows))) * (0.6 if low else 1.0)
        """The height of a row, which has room for numbers in a film alone."""
        super().__init__(field.cone)

    def _zone(self, level: int) -> float:
        """The inputs have room for the rows below the kernel, the outputs for what Keras gives below them."""
        return (
            ROOM if level == self.level else super()._zone(level) + self.each * len(self.field.rows) * self.is_written
        )

    def _sums(self, cell: Cell, shown: Sequence[Joined]) -> Iterator[str]:
        """What an output is the sum of, each weight times its input, as the story has said it; last come biases."""
        made, texts = self.numbers[self.level][cell], [f"{n.weight.text}·{phrases.times(n.sample)}" for n in shown]
        biases = self.cone.script.written(made.value - sum(own.product.value for own in shown))
        said = phrases.added([*texts, *[biases.text] * bool(biases.value)], made.text)
        yield from [said] * (len(shown) == len(self.cone.ways.joined))
        yield from super()._sums(cell, shown)

    def _lay_rows(self, draft: Draft) -> None:
        """The rows that the one kernel is the sum of, below it; below them how the output comes about."""
        field, y = self.field, self.top + self.high + 10 + self.each / 2
        every, rows = {key[1:]: mark for key, mark in draft.marks.items() if key[0] == "joined"}, field.rows
        across = max((mark.width for mark in every.values() if mark.kind == "bar"), default=0.0)
        for place, row in enumerate(rows if self.is_written else ()):
            for piece in row.pieces:
                x, number = every[*piece.cells[0], "digits"].x, piece.weight._replace(about=None)
                box, said = (x, y + place * self.each, across, self.each - 8), addend(number) * (self.each > SMALL + 12)
                field.tile(draft, piece.key, number, field.role(row.channel), box, (0.0, 0.0), said)
        if rows and self.is_written:
            at, size = y + (len(rows) - 1) / 2 * self.each, self.form.small
            field.name(draft, ("rows",), "rows", self.form.margin, at, size=size, role="quiet")
            added = [key for key in draft.marks if key[0] == "added"]
            draft.change(added, y=draft.marks[added[0]].y + len(rows) * self.each + 12)

    def lay_all(self, said: str, cell: Cell, is_every: bool) -> Draft:
        """The kernel where it makes an output: the others are asked for, or all are there, and below them Keras's."""
        draft = self.lay_at(said, "one kernel", cell, True)
        key, name = ("name", "level", self.cone.base), "input" if not self.cone.base else f"layer {self.cone.base}"
        mark, (kernel, called) = draft.marks[key], (("name", "kernel"), ("name", "joined"))
        draft.marks[key] = words(name, mark.left, mark.y, mark.size, align=-1)
        draft.marks[kernel] = draft.marks.pop(called).at(role="kernel")
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

    def slides(self, cell: Cell, to: Cell) -> list[Cue]:
        """The rows slide with the kernel."""
        first, slide, *others = super().slides(cell, to)
        return [first, slide._replace(keys=(*slide.keys, ("way",))), *others]
