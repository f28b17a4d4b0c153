"""The formulas of the two ways to read a layer: in the text line, at both of its ends, or beside the cards.

Their signs are yellow: the plus forward, the minus backward. This module knows a layer and the room of a board.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from convexplain.board import pieces
from convexplain.board.marks import SMALL, Draft, Format
from convexplain.board.pieces import Part
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.both_ways.sizes import widest

WIDEST = 0.28
"""Of a board, how wide a formula beside a card may be."""


def both(layer: Any, samples: int, i: str = "*i*") -> tuple[list[Part], list[Part]]:
    """The formulas forward and backward, this one of the sample ``i``."""
    return phrases.layer_formula(layer, samples, channels=False), phrases.gradient_formula(layer, samples, i)


def room_beside(layer: Any, samples: int, form: Format) -> float:
    """The room of both formulas at the left margin, 0 where they have none."""
    width = max(_width(parts, form) for parts in both(layer, samples))
    return 0.0 if form.is_narrow or width > WIDEST * form.width else form.margin + width + 40


def lay_beside(draft: Draft, ahead: bool, parts: Iterable[Part], y: float) -> None:
    """A formula at the left margin."""
    x = draft.format.margin
    for part in parts:
        down, role = 14 * min(1.4, part.small), "lit" if part.name == "sign" else "formula"
        mark = words(part.markup, x, y + down, _em(part, draft.format), role, -1)
        x = draft.put("formula", ("formula", "beside", ahead, part.name), mark).right


def _width(parts: Iterable[Part], form: Format) -> float:
    return sum(widest([part.markup]) * _em(part, form) for part in parts)


def _em(part: Part, form: Format) -> float:
    return SMALL if part.small else 36.0 if form.is_narrow else 1.2 * form.small


def lay(draft: Draft, layer: Any, samples: int, ahead: bool, i: str = "*i*") -> None:
    """A formula in the text line, where the caption leaves room; an ``i`` that is a number is yellow."""
    forward, backward = both(layer, samples, i)
    said, found = draft.marks["caption",], dict(draft.marks)
    key = ("forward" if ahead else "backward", *[i] * i.isdecimal())
    lit = ("sign", *("i", "i of g") * i.isdecimal())
    pieces.formula(draft, forward if ahead else backward, lit, longest=backward, key=key)
    if draft.marks["caption",].size < min(said.size, SMALL):
        draft.marks = found


def lay_ends(draft: Draft, layer: Any, samples: int) -> None:
    """The formula backward in the text line; where that is a line of its own, the one forward at its other end."""
    lay(draft, layer, samples, False)
    form, (forward, _) = draft.format, both(layer, samples)
    others = [mark.left for key, mark in draft.marks.items() if key[0] == "formula"]
    if form.is_narrow and form.margin + _width(forward, form) + 40 < min(others, default=0.0):
        lay_beside(draft, True, forward, form.height - 36.0)
