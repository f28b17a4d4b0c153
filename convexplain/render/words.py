"""What marks stand for, in words: the names of cells, weights, products and sums, and a board as it is read aloud.

This module knows what ``about`` means and how arrays are called. It knows no place, no colour and no medium: the page's
labels and the text beside a picture both speak as it does.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from convexplain import style
from convexplain.board.marks import About, Board, Key, Mark

_NUMBER = re.compile(r"[×·+=(\s]*([−-]?)\s*(\d[\d.]*(?:e[−-]?\d+)?)\s*\)?")
"""A number as it is drawn: bare, with a sign, or as a factor."""

KINDS = {
    "cell": "numbers",
    "weight": "weights",
    "bias": "biases",
    "term": "products",
    "partial": "partial sums",
    "total": "totals",
}
"""What the first word of an ``about`` means, for several."""


def name(about: About, parents: Iterable[About] = ()) -> str:
    """What a mark stands for, as code writes it: ``w1[2, 0, 3]``; of a product its two factors, where they are known.

    ``parents`` are what the thing is made of.

    >>> name(("term", 1, 0, 0, 2, 0), [("weight", 1, 2, 0, 0), ("cell", 0, 2, 0)])
    'w1[2, 0, 0] × x[2, 0]'
    """
    match about:
        case ("cell", int(level), *place):
            return style.entry(style.feature(level), *place)
        case ("weight", int(layer), *place):
            return style.entry(style.kernel(layer), *place)
        case ("bias", int(layer), *place):
            return style.entry(style.bias(layer), *place)
        case ("term", int(layer), step, filter_, tap, channel):
            factors = {parent[0]: name(parent) for parent in parents if parent[0] in ("weight", "cell")}
            if len(factors) == 2:
                return f"{factors['weight']} × {factors['cell']}"
            weight = style.entry(style.kernel(layer), tap, channel, filter_)
            return f"{weight} × its sample, for {style.entry(style.feature(layer), step, filter_)}"
        case ("partial", int(layer), step, filter_, channel):
            return f"partial sum of channel {channel} for {style.entry(style.feature(layer), step, filter_)}"
        case ("total", int(layer), *place):
            return f"total for {style.entry(style.feature(layer), *place)}"
    return " ".join(map(str, about))


def number(mark: Mark) -> str | None:
    """The number that a mark shows, without what is written around it; None where it shows none.

    >>> from convexplain.board.text import words
    >>> number(words("× (−1)", 0, 0, 48)), number(words("filter 0", 0, 0, 48))
    ('−1', None)
    """
    found = _NUMBER.fullmatch(mark.text or "")
    return found[1] + found[2] if found else None


class Thing(NamedTuple):
    """One cell, weight, product or sum that a story speaks of."""

    name: str
    parents: tuple[About, ...]
    """What it is made of, or a copy of."""
    numbers: tuple[str | None, ...]
    """Its number on each board; None where it is not shown."""


def things(boards: Sequence[Board]) -> dict[About, Thing]:
    """All that boards speak of, in the order in which it comes."""
    about: dict[Key, About] = {}
    parents: dict[About, dict[Key, None]] = {}
    numbers: dict[About, list[str | None]] = {}
    for place, board in enumerate(boards):
        for key, mark in board.marks.items():
            if mark.about is None:
                continue
            about.setdefault(key, mark.about)
            made = mark.made_of or (() if mark.copy_of is None else (mark.copy_of,))
            parents.setdefault(mark.about, {}).update(dict.fromkeys(made))
            shown = numbers.setdefault(mark.about, [None] * len(boards))
            shown[place] = shown[place] or number(mark)
    told = {}
    for thing, keys in parents.items():
        above = tuple(dict.fromkeys(about[key] for key in keys if about.get(key, thing) != thing))
        told[thing] = Thing(name(thing, above), above, tuple(numbers[thing]))
    return told


def description(caption: str, told: Mapping[About, Thing], place: int) -> str:
    """The board at ``place`` in words: its caption, then every number on it by its name."""
    kinds: dict[str, list[str]] = {}
    for about, thing in told.items():
        if thing.numbers[place] is not None:
            kinds.setdefault(KINDS.get(about[0], "also"), []).append(f"{thing.name} = {thing.numbers[place]}")
    return " ".join([caption, *(f"{kind.capitalize()}: {'; '.join(some)}." for kind, some in kinds.items())])
