"""Sums as they are written beside the pictures of channel_summation: each addend in its role, in a line or more."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TypeAlias

from convexplain.board.marks import Draft, Key, Role
from convexplain.board.text import words
from convexplain.stories.many_channels.channels import Output, hue, inked, width
from convexplain.stories.script import Correlation

LINE = 1.2
"""From line to line, in em."""
Term: TypeAlias = "tuple[str, Role]"
"""What is added, or the total, in its role."""


def of_channel(part: Correlation) -> list[Term]:
    """The products of a channel and their sum."""
    return [(number.text, hue(part)) for number in (*(tap.product for tap in part.taps), part.partial)]


def laid(every: Sequence[Term], wide: float, size: float) -> list[tuple[str, Role, float, int]]:
    """Some addends and their total as a sum is written, in lines of a width: the text of each, its role, where it
    begins and in which line; nothing where there is but one addend.
    """
    found, x, row = list[tuple[str, Role, float, int]](), 0.0, 0
    for place, (text, role) in enumerate(every if len(every) > 2 else ()):
        said = f" {text[0]} {text[1:]}" if text[:1] in "−+" else f" + {text}"
        said = text if not place else f" = {text}" if place == len(every) - 1 else said
        if place and x + width(said, size) > wide:
            said, x, row = said.lstrip(), 0.0, row + 1
        found.append((said, role, x, row))
        x += width(said, size)
    return found


def write(draft: Draft, key: Key, every: Sequence[Term], box: Sequence[float], size: float, many: int = 99) -> None:
    """The first ``many`` of some addends and their total, where they stay, in as many lines as all need. ``box``: left
    end, middle, right end.
    """
    parts = laid(every, box[2] - box[0], size)
    for place, (said, role, x, row) in enumerate(parts[:many]):
        y = box[1] + LINE * size * (row - parts[-1][3] / 2)
        mark = words(said, box[0] + x, y, size, inked(draft, role), align=-1)
        draft.put("count", ("count", *key, place), mark)


def list_outputs(
    draft: Draft, every: Sequence[Output], done: Collection[int], box: Sequence[float], size: float
) -> bool:
    """How outputs are added, a line for each, those ``done`` written. False, and nothing, where one has no room.
    ``box``: left end, top, right end.
    """
    left, top, right = box
    names = [words(f"*t* = {output.step}:", left, 0.0, size, "quiet", align=-1) for output in every]
    begin = max(name.right for name in names) + 0.3 * size
    found = [[*((a.number.text, a.role) for a in output.addends), (output.number.text, "ink")] for output in every]
    lines = [laid(one, right - begin, size) for one in found]
    if not all(line and not line[-1][3] for line in lines):
        return False
    for place, (output, name, one) in enumerate(zip(every, names, found, strict=True)):
        if output.step in done:
            key, y = ("sum", *output.cell), top + LINE * size * (place + 0.5)
            draft.put("count", ("count", *key, "t"), name.at(y=y))
            write(draft, key, one, (begin, y, right), size)
    return True
