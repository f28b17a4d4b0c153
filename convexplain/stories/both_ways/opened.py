"""The two readings alone: the kernel as an output reads it, beside it as a sample does, with what they read and make.

Where all else has left, each has its half of the board.
"""

from __future__ import annotations

from dataclasses import replace

from convexplain import style
from convexplain.board.marks import HERO, PARTIAL, SMALL, TEXT, Draft, Key
from convexplain.board.pieces import Axis, Part
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.both_ways.reading import Row
from convexplain.stories.both_ways.sizes import REACH, widest
from convexplain.stories.both_ways.trellis import Trellis


def opened(shut: Trellis) -> Opened | None:
    """The two readings of a trellis; None where it has not all lines of both, or their taps no room for numbers."""
    read = {shut.back.source(*edge) for edge in shut.down.fan}
    whole = len(shut.slid.fan) == shut.layer.kernel_size and read <= {*shut.samples}
    if not (shut.turns and whole and shut.shows(*shut.down.fan)):
        return None
    alone = Opened(shut)
    return alone if alone.look.number else None


class Opened(Trellis):
    """A trellis of the lines of one output and, beside them, of those of one sample, each with its formula above it,
    where it has room.
    """

    def __init__(self, shut: Trellis) -> None:
        vars(self).update(vars(shut))
        self.cards, self.every, both = [self.down, self.slid], [], [*self.down.fan, *self.slid.fan]
        self.outputs = sorted({t for t, _ in both})
        self.samples = sorted({self.back.source(*edge) for edge in both})
        self.rim = self.node + 14  # there heads that meet lie beside each other
        ends = [[(self.back.source(*edge), self.back.place(edge[0])) for edge in card.fan] for card in self.cards]
        left, right = ([place for end in card for place in end] for card in ends)
        self.beside = max(left) + 1 - min(right)
        places = range(min(left), max(right) + self.beside + 1)
        names = self.axis.left
        for is_named in (True, False):  # circles need no names with what is read beside each
            self.is_named, left_of = is_named, names if is_named else self.form.margin
            self.axis = Axis.over(Draft(replace(self.form, names=left_of)), places, self.back.samples, 400.0)
            self.told = self.size_of(said for row, _, said in self.said().values() if row in (self.x, self.g))
            if self.told:
                break
        self.middles = [self.axis.x(min(left)) + (max(left) - min(left)) / 2 * self.axis.pitch]
        self.middles += [self.axis.x(max(right) + self.beside) - (max(right) - min(right)) / 2 * self.axis.pitch]
        away = 2 * self.node + 56 * self.tight
        self.high, self.low = self.top + away + 1.6 * self.text, self.ground - away
        self.middle, self.sizes = (self.high + self.low) / 2, [HERO, 108.0, 88.0, PARTIAL, TEXT, SMALL]
        for self.reach in (0.5, REACH):  # midway, or where taps have more room
            self.look, _ = self.looks()
            if self.look.number and self.look.rows == 1:
                break

    def end_of(self, above: bool, step: int) -> tuple[float, float]:
        """The middle of a node: what is read up stands apart from what is read down."""
        (x, y), up = super().end_of(above, step), step == self.end if above else step != self.down.fan[0][0]
        return x + up * self.beside * self.axis.pitch, y

    def lay(self, draft: Draft) -> None:
        """Both readings, each with its formula, over a caption."""
        self.lay_circles(draft, None, None, ())
        self.lay_told(draft)
        if self.is_named:
            self.lay_name(draft, ("taps",), "kernel *w*", self.middle)
        for card, parts, x in zip(self.cards, self.formulas(), self.middles, strict=True):
            self.lay_edges(draft, card)
            self.lay_card(draft, card)
            if sum(map(self.width, parts)) < self.middles[1] - self.middles[0] - 40:
                self.lay_above(draft, card.ahead, parts, x)

    def em(self, part: Part) -> float:
        """The size of a sign of a formula."""
        return SMALL if part.small else self.text

    def width(self, part: Part) -> float:
        """How wide a sign of a formula is."""
        return widest([part.markup]) * self.em(part)

    def lay_above(self, draft: Draft, ahead: bool, parts: list[Part], x: float) -> None:
        """A formula about an x, at the top."""
        x -= sum(map(self.width, parts)) / 2
        for part in parts:
            down, role = 14 * min(1.4, part.small), "lit" if part.name == "sign" else "formula"
            mark = words(part.markup, x, self.top + 0.4 * self.text + down, self.em(part), role, -1)
            x = draft.put("formula", ("formula", "above", ahead, part.name), mark).right

    def said(self) -> dict[Key, tuple[Row, int, str]]:
        """What is read and what it makes, by key: the row and the step of each, and its words. What is read says how
        its step is found, where that is plain.
        """
        said, plain = {}, phrases.index(self.layer, self.back.samples) == "*t* + *k*"
        for card, read, made in ((self.down, self.x, self.y), (self.slid, self.g, self.slopes)):
            for t, k in card.fan:
                for row in (read, made):
                    step = self.back.source(t, k) if row.above else t
                    found = (f"{t}+{k}" if card.ahead else f"{self.end}{style.MINUS}{k}") if plain else str(step)
                    name = row.name.split(" = ")[0].split()[-1]
                    said[*row.key, step, "told"] = row, step, f"{name}[{found if row is read else step}]"
        return said

    def lay_told(self, draft: Draft) -> None:
        """What is read and what it makes, over the circles of samples and below those of outputs, where it has room."""
        away = self.node + 44 * self.tight
        for key, (row, step, said) in self.said().items() if self.told else ():
            x, y = self.end_of(row.above, step)
            own = words(said, x, y - away if row.above else y + away, self.told, row.role)
            least = self.form.margin + own.width / 2
            draft.put("told", key, own.at(x=min(max(x, least), self.form.width - least)))
