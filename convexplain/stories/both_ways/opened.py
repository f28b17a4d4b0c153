"""The two readings alone: the kernel as an output reads it, beside it as a sample does, with what they read and make.

Where all else has left, circles lie as far apart as there is room for, and the tiles are larger.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain.board.marks import HERO, PARTIAL, SMALL, TEXT, Draft, Key
from convexplain.board.pieces import Axis, Part
from convexplain.board.text import words
from convexplain.stories.both_ways.reading import Row
from convexplain.stories.both_ways.sizes import widest
from convexplain.stories.both_ways.trellis import Trellis

APART = 0.7
"""How far from the one circle to the other taps on a card lie where nothing else is."""
WIDEST = 0.28
"""Of a board, how wide a formula beside a card may be."""


def opened(shut: Trellis) -> Opened | None:
    """The two readings of a trellis; None where it has not all lines of both, or their taps no room for numbers."""
    read = {shut.back.source(*edge) for edge in shut.down.fan}
    whole = len(shut.slid.fan) == shut.layer.kernel_size and read <= {*shut.samples}
    alone = Opened(shut) if shut.turns and whole and shut.shows(*shut.down.fan) else None
    return alone if alone and alone.look.number else None


class Opened(Trellis):
    """A trellis of the lines of one output and of one sample. Its formulas stand beside the cards, from the left margin
    to ``beside``, or, where that is 0, in the text line, that forward where there is room.
    """

    def __init__(self, shut: Trellis) -> None:
        vars(self).update(vars(shut))
        self.cards, self.every, both = [self.down, self.slid], [], [*self.down.fan, *self.slid.fan]
        self.outputs = sorted({t for t, _ in both})
        self.samples = sorted({self.back.source(*edge) for edge in both})
        self.rim = self.node + 14  # there heads that meet lie beside each other
        width = max(map(self.width, self.formulas()))
        has_room = not self.form.is_narrow and width <= WIDEST * self.form.width
        self.beside = self.form.margin + width + 40 if has_room else 0.0
        ends = {*self.samples, *map(self.back.place, self.outputs)}
        draft = Draft(replace(self.form, names=max(self.axis.left, self.beside)))
        self.axis = Axis.over(draft, [*range(min(ends), max(ends) + 1), None], self.back.samples, 400.0)
        away = 2 * self.node + 56 * self.tight
        self.high, self.low, self.reach = self.top + away, self.ground - away, APART
        self.sizes = [HERO, 108.0, 88.0, PARTIAL, TEXT, SMALL]
        self.look, _ = self.looks()

    def end_of(self, above: bool, step: int) -> tuple[float, float]:
        """The middle of a node: what is read up stands apart from what is read down."""
        (x, y), up = super().end_of(above, step), step == self.end if above else step != self.down.fan[0][0]
        return x + up * (self.axis.right - self.axis.place(len(self.axis.steps) - 2) - self.axis.pitch / 2), y

    def lay(self, draft: Draft) -> None:
        """Both readings, each with its formula, over a caption."""
        self.lay_circles(draft, None, None, ())
        self.lay_told(draft)
        for card, parts in zip(self.cards, self.formulas(), strict=True):
            self.lay_edges(draft, card)
            y = self.lay_card(draft, card) + 1.2 * self.form.small
            if self.beside:
                self.lay_beside(draft, card.ahead, parts, y)
        if not self.beside:
            self.lay_formula(draft, False)
            parts, lefts = self.formulas()[0], [mark.left for key, mark in draft.marks.items() if key[0] == "formula"]
            if self.form.is_narrow and self.form.margin + self.width(parts) + 40 < min(lefts, default=0.0):
                self.lay_beside(draft, True, parts, self.form.height - 36.0)

    def em(self, part: Part) -> float:
        """The size of a sign of a formula."""
        return SMALL if part.small else 36.0 if self.form.is_narrow else 1.2 * self.form.small

    def width(self, parts: list[Part]) -> float:
        """How wide a formula is."""
        return sum(widest([part.markup]) * self.em(part) for part in parts)

    def lay_beside(self, draft: Draft, ahead: bool, parts: list[Part], y: float) -> None:
        """A formula at the left margin."""
        x = self.form.margin
        for part in parts:
            down, role = 14 * min(1.4, part.small), "lit" if part.name == "sign" else "formula"
            mark = words(part.markup, x, y + down, self.em(part), role, -1)
            x = draft.put("formula", ("formula", "beside", ahead, part.name), mark).right

    def lay_told(self, draft: Draft) -> None:
        """What is read and what it makes, over the circles of samples and below those of outputs, where it has room."""
        told = dict[Key, tuple[Row, int, str]]()
        for card, read, made in ((self.down, self.x, self.y), (self.slid, self.g, self.slopes)):
            for ends in ((t, self.back.source(t, k)) for t, k in card.fan):
                for row in (read, made):
                    step, name = ends[row.above], row.name.split(" = ")[0].split()[-1]
                    told[*row.key, step, "told"] = row, step, f"{name}[{step}] = {row.numbers[step].text}"
        size, away = self.size_of(said for *_, said in told.values()), self.node + 40 * self.tight
        for key, (row, step, said) in told.items() if size else ():
            x, y = self.end_of(row.above, step)
            draft.put("told", key, words(said, x, y - away if row.above else y + away, size, row.role))
