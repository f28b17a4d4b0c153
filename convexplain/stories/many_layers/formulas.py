"""A formula as parts with keys, a letter each; with the number of its layer, as in code."""

from __future__ import annotations

import re
from collections.abc import Iterable

from convexplain.board.pieces import Part

_LETTERS = re.compile(r"(\*[a-z]\*\d*)")


def parts_of(name: str, text: str, small: bool = False) -> list[Part]:
    """A piece of a formula as parts: each letter, with the number of its layer, is one.

    >>> [part.markup for part in parts_of("w2", "*w*2[*k*2, *c*]")]
    ['*w*2', '[', '*k*2', ', ', '*c*', ']']
    """
    pieces = [piece for piece in _LETTERS.split(text) if piece]
    named = [name, *(f"{name} {place}" for place in range(1, len(pieces)))]
    return [Part(key, piece, small=int(small)) for key, piece in zip(named, pieces, strict=False)]


def lit(parts: Iterable[Part], *letters: str) -> list[str]:
    """The parts that are one of some letters.

    >>> lit(parts_of("w2", "*w*2[*k*2, *c*]"), "*k*2")
    ['w2 2']
    """
    return [part.name for part in parts if part.markup.strip() in letters]
