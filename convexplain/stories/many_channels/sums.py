"""Sums as they are written beside the pictures of channel_summation: each addend in its role, in a line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from math import inf

from convexplain.board import staging
from convexplain.board.marks import FULL, Cue, Draft, Format, Key, Mark
from convexplain.board.text import words
from convexplain.stories import phrases
from convexplain.stories.many_channels.channels import Output, Term, hue, inked
from convexplain.stories.many_channels.shares import width
from convexplain.stories.script import Correlation, Tap

LINE = 1.2
"""From line to line, in em."""


def factors(tap: Tap) -> str:
    """A tap times its sample, in the order of the formula: ``2 × 3``."""
    return f"{tap.weight.text} × {phrases.times(tap.sample)}"


def of_channel(part: Correlation, is_full: bool) -> list[Term]:
    """The products of a channel, with their factors if ``is_full``, and their sum."""
    added = [factors(tap) if is_full else tap.product.text for tap in part.taps]
    return [(text, hue(part)) for text in (*added, part.partial.text)]


def laid(form: Format, every: Sequence[Term], size: float) -> list[Mark]:
    """Some addends and their total as a sum is written, from the origin on; nothing where there is but one addend."""
    found = list[Mark]()
    for place, (text, role) in enumerate(every if len(every) > 2 else ()):
        said = f" {text[0]} {text[1:]}" if text[:1] in "−+" else f" + {text}"
        said = text if not place else f" = {text}" if place == len(every) - 1 else said
        found.append(words(said, found[-1].right if found else 0.0, 0.0, size, inked(form, role), align=-1))
    return found


def write(draft: Draft, key: Key, every: Sequence[Term], x: float, y: float, size: float, light: float = FULL) -> None:
    """Some addends in a ``light``, and their total, from an x on."""
    for place, mark in enumerate(laid(draft.format, every, size)):
        own = FULL if place == len(every) - 1 else light
        draft.put("count", ("count", *key, place), mark.at(x=x + mark.x, y=y, light=own))


def measured(form: Format, every: Sequence[Output], size: float) -> tuple[float, float]:
    """How far into a line such as ``t = 0: 7 − 2 + 1 = 6`` its sum begins, and how far the longest one reaches; of a
    single number there is none.
    """
    begin = max((width(f"*t* = {one.step}:", size) for one in every), default=0.0) + 0.3 * size
    lines = [laid(form, one.terms, size) for one in every]
    return begin, begin + max((line[-1].right if line else inf for line in lines), default=inf)


def listed(draft: Draft, every: Sequence[Output], done: Collection[int], x: float, y: float, size: float) -> None:
    """How outputs are added, a line for each from a y on, those ``done`` written."""
    begin, _ = measured(draft.format, every, size)
    for place, one in enumerate(every):
        if one.step in done:
            key, middle = ("sum", *one.cell), y + LINE * size * (place + 0.5)
            draft.put("count", ("count", *key, "t"), words(f"*t* = {one.step}:", x, middle, size, "quiet", align=-1))
            write(draft, key, one.terms, x + begin, middle, size)


def passed(one: Output, beat: float, late: float) -> Iterator[Cue]:
    """An output that comes as its window passes; its sum is written as it grows, the total once it stands."""
    total = ("count", "sum", *one.cell, len(one.addends))
    yield Cue(((*one.key, "bar"), ("place", "output", *one.cell), total[:-1]), beat, after=late)
    yield Cue((total,), beat, after=late + staging.LASTS["grow"])


def added(one: Output, beat: float) -> Iterator[Cue]:
    """An output that ends its sums: that of each channel is written twice at once, there, and where it is added."""
    sum_, worked = ("count", "sum", *one.cell), ("count", "worked", *one.cell)
    yield Cue((sum_,), beat)
    for place in range(len(one.parts)):
        yield Cue(((*worked, place), (*sum_, place), (*sum_, place + 1)), beat, after=0.6 * place)
    yield Cue(((*one.key, "bar"), ("place", "output", *one.cell)), beat + 1)
    yield Cue(((*sum_, len(one.addends)),), beat + 2)
