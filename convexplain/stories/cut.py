"""The taps of a kernel as tiles with their numbers in them: on the edges of a fan, or in rows below one another.

This module knows tiles, numbers and places; which taps lie where a story says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from convexplain.board.marks import SMALL, TEXT, Draft, Key, Role, plate
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words

SHARE = 0.36
"""How far from the open end of its fan a tap lies, of the length of its edge."""
FACE = 0.36
"""The light of a tile's face; its outline has all of it, as its edge has."""


class Tap(NamedTuple):
    """A tap where it lies: ``name`` is ``*w*[0]``."""

    key: Key
    number: Number
    role: Role
    x: float
    y: float
    name: str


@dataclass(frozen=True)
class Look:
    """How large tiles are."""

    size: float
    """Of their numbers; 0 where they have none."""
    width: float
    height: float
    named: float
    """The size of the names beside them; 0 for none."""

    @classmethod
    def fit(cls, low: bool, apart: float, narrowest: float, numbers: Sequence[str], name: str) -> Look:
        """Tiles that lie ``apart``, and as far as ``narrowest`` in the narrowest format, for what is written is the
        same in all.
        """
        widest = max(advance(runs_of(text)) for text in numbers)
        if widest * SMALL + 20 > narrowest:
            return cls(0.0, min(36.0, 0.5 * apart), 18.0 if low else 26.0, 0.0)
        size = TEXT if not low and widest * TEXT + 26 <= apart else SMALL
        width = max(1.3 * size, widest * size + 14)
        named = SMALL if width + advance(runs_of(name)) * SMALL + 16 <= apart else 0.0
        return cls(size, width, 1.18 * size, named)


def lay_taps(draft: Draft, taps: Iterable[Tap], look: Look) -> None:
    """Each tap as a tile with its number in it and its name at its left."""
    for tap in taps:
        half, high = look.width / 2, look.height / 2
        face = plate(tap.role, tap.x - half, tap.y - high, tap.x + half, tap.y + high, light=FACE, edge=1.0)
        tile, about = (*tap.key, "tile"), tap.number.about
        draft.put("tap", tile, face.at(size=4.0, about=about, radius=0.2 * look.height, z=1.0))
        if look.size:
            said = words(tap.number.text, tap.x, tap.y, look.size, about=about, rides=tile, z=1.5)
            draft.put("tap", (*tap.key, "digits"), said)
        if look.named:
            name = words(tap.name, tap.x - half - 11, tap.y, look.named, "formula", align=1, rides=tile, z=1.5)
            draft.put("tap", (*tap.key, "name"), name)
