"""How large what stands on a trellis may be: circles, numbers and the tiles of taps.

What is written is the same in all formats: what has no room in the narrowest is left out. This module knows a reading
and the measure of text; it puts no mark.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import product
from typing import NamedTuple

from convexplain.board import edges
from convexplain.board.marks import COLUMN, SMALL, TEXT, Format
from convexplain.board.text import advance, runs_of
from convexplain.stories import bench
from convexplain.stories.both_ways.reading import Reading, names_of
from convexplain.stories.script import Script

REACH, BETWEEN = 0.62, 6.0
"""How far from the one circle to the others taps on a card lie, where their lines are apart; and two rows of taps from
each other.
"""
MOST = 24
"""So many taps rest on their edges at most."""


class Look(NamedTuple):
    """Width and height of a tile, the sizes of its number and of its name, 0 for none, the number's ``sign``, and how
    many rows of tiles there are on a card.
    """

    width: float
    height: float
    number: float = 0.0
    name: float = 0.0
    sign: str = ""
    rows: int = 1

    @property
    def whole(self) -> float:
        """The height of all rows."""
        return self.rows * self.height + (self.rows - 1) * BETWEEN


class Sized(Reading):
    """A reading with the sizes of what is drawn of it: ``node`` is the radius of a circle, ``reach`` how far taps on a
    card lie from the one circle to the other, ``sizes`` those of their numbers. Rows of circles are ``is_named``.
    ``look`` is that of the tiles on the card, ``rests`` that on the edges of all outputs.
    """

    is_named, reach = True, REACH

    def __init__(self, script: Script, form: Format) -> None:
        super().__init__(script, form)
        pitch, count = self.axis.pitch, self.layer.kernel_size
        self.tight, self.text = (0.7, SMALL) if bench.is_low(form) else (1.0, TEXT)
        self.tints = [edges.tint(k, count) for k in range(count)]
        numbered = widest(map(str, self.axis.shown)) * SMALL + 18
        self.is_numbered = max(numbered, 44.0) <= 0.84 * pitch
        self.node = max(30.0 * self.tight, numbered / 2) if self.is_numbered else min(9.0, 0.3 * pitch)
        self.sizes = [self.text, SMALL]
        self.look, self.rests = self.looks()
        if self.last is not None and not self.look.number:  # numbers are worth more than an end
            self.cards.remove(self.over)
            look, rests = self.looks()
            if look.number:
                self.look, self.rests, self.last = look, rests, None

    @property
    def narrow(self) -> float:
        """How far places lie apart in the narrowest format."""
        names = names_of(COLUMN) * self.is_named
        return min(250.0, (COLUMN.width - 2 * COLUMN.margin - names) / len(self.axis.steps))

    @property
    def free(self) -> float:
        """How wide a tile on a card may be, in places: the outermost one stays beside the names, and on the board."""

        def beside(t: int, k: int, share: float) -> float:
            sample, output = self.axis.x(self.back.source(t, k)), self.axis.x(self.back.place(t))
            x = sample + (output - sample) * share
            return 2 * min(x - self.axis.left, self.axis.right - x) / self.axis.pitch

        shares = [(card, 1 - self.reach if card.ahead else self.reach) for card in self.cards]
        return min(beside(*edge, share) for card, share in shares for edge in card.fan)

    def looks(self) -> tuple[Look, Look | None]:
        """The look of the tiles on the card: as large as there is room for, also in the narrowest format, and small
        without a number; and of those that rest on the edges of all outputs, None where they have no room. Tiles on the
        card have names where these have room.
        """
        taps, apart = len(self.tints), self.layer.dilation_rate
        wide, name = widest(weight.text for weight in self.back.weights), widest([f"*w*[{taps - 1}]"])
        free, gap = self.free, apart * self.axis.pitch * self.reach

        def rows(em: float, pitch: float) -> int:
            room = apart * self.reach * pitch
            return next((n for n in (1, 2) if em * SMALL + 17 <= min(n * room, free * pitch)), 0)

        sign = "×" if rows(wide + widest(["×"]), self.narrow) == 1 else ""
        wide, size = wide + widest([sign]), self.form.small
        if not rows(wide, self.narrow):
            return Look(min(36.0, 0.5 * gap, free * self.axis.pitch), 26.0 * self.tight), None
        few = taps <= 3 and taps * len(self.outputs) <= MOST and self.is_numbered
        fits = few and sign and wide * SMALL + 22 <= self.layer.strides * self.narrow
        rests = Look(0.9 * wide * size + 16 * self.tight, size, max(SMALL, 0.9 * size), sign=sign) if fits else None
        if rows(wide, self.axis.pitch) == 2:
            return Look(wide * SMALL + 12, 1.25 * SMALL, SMALL, sign=sign, rows=2), rests
        room = min(gap, free * self.axis.pitch)
        for is_named, size in product((1, 0), self.sizes):
            named = is_named * max(SMALL, 0.4 * size)
            width = max(1.5 * size, min(wide * size + 40, room - 12), name * named + 12)
            if max(width, wide * size + 0.4 * size) + 4 <= room:
                break
        return Look(width, max(1.25 * size, 0.7 * size + 1.9 * named), size, named, sign), rests

    def size_of(self, texts: Iterable[str]) -> float:
        """The size of numbers that have a place each; 0 where they have no room in the narrowest format."""
        if (wide := widest(texts)) * SMALL + 10 > self.narrow:
            return 0.0
        return self.text if wide * self.text + 16 <= self.axis.pitch else SMALL


def widest(texts: Iterable[str]) -> float:
    """The advance of the widest text, in em."""
    return max((advance(runs_of(text)) for text in texts), default=0.0)
