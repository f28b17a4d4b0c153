"""What lines join: nodes of outputs and of the result, tiles of numbers to multiply by, and threads on to the result.

This module knows sizes and lights of single marks; where they stand the trellis says.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, TypeAlias

from convexplain.board import tiles
from convexplain.board.marks import FULL, Draft, Key, Mark, Role, plate
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.stories.both_ways import edges
from convexplain.stories.both_ways.reading import ROUND, widest

STANDS, FACE, NODE = 0.5, 0.15, 0.2
"""The light of a tile or a node that is not meant now; of the face of such a tile; and of that of a node's number."""
TALL = 1.4
"""How high tiles and nodes are, in em of their numbers."""
Part: TypeAlias = "tuple[Key, Number, Role]"
"""A number in a node."""


class Look(NamedTuple):
    """Width and height of a tile, and the size of its number, 0 for none."""

    width: float
    height: float
    number: float = 0.0


def lay_tile(draft: Draft, key: Key, role: Role, number: Number, x: float, y: float, look: Look, lit: bool) -> None:
    """A number to multiply by as a tile with its number in it, where it has room: it is the bracket of one below 0."""
    tile, half, high, light = (*key, "tile"), look.width / 2, look.height / 2, FULL if lit else STANDS
    face = plate(role, x - half, y - high, x + half, y + high, z=1.0, about=number.about)
    draft.put("tap", tile, face.at(light=FULL if lit else FACE, edge=light, size=4.0, radius=0.12 * look.height))
    if look.number:
        said = words(number.text, x, y, look.number, about=number.about, light=0.0 if lit else STANDS)
        draft.put("tap", (*key, "digits"), said.at(rides=tile, z=1.5))


def lay_node(draft: Draft, key: Key, x: float, y: float, size: float, parts: Sequence[Part], lit: bool = True) -> Mark:
    """A disc, wide enough for numbers of a size, one after the other; without any a dot so large."""
    wide, light = sum(widest([number.text]) for _, number, _ in parts) * size, FULL if lit else STANDS
    high = (TALL * size if parts else size) / 2
    half = max(high, (wide + ROUND * size) / 2 if parts else 0.0)
    disc = plate("output", x - half, y - high, x + half, y + high, radius=high, size=4.0, edge=light, z=1.0)
    draft.put("node", key, disc.at(light=(NODE if parts else FULL) * light))
    x -= wide / 2
    for own, number, role in parts:
        said = words(number.text, x, y, size, role, -1, about=number.about, light=light, rides=key, z=1.5)
        x = draft.put("node", own, said).right
    return disc


def lay_thread(draft: Draft, key: Key, start: tuple[float, float], end: tuple[float, float], lit: bool) -> None:
    """A line of later layers."""
    role, size, light = ("output", edges.THICK, FULL) if lit else ("context", edges.THIN, edges.BEHIND)
    tiles.thread(draft, key, start, end, role, size=size, light=light, z=lit - 2.0)
