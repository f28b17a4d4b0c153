"""One product of a window near by: how it comes from its sample, what joins both, and which part of the formula writes
it; for stories about one channel.

This module knows taps and pieces; what their products make, a story says.
"""

from __future__ import annotations

from collections.abc import Iterable

from convexplain.board import motion, pieces
from convexplain.board.marks import Cue, Draft, Key, Role
from convexplain.stories.bench import Bench
from convexplain.stories.script import Tap

LISTED = 4
"""The most products that a caption adds up."""
PRODUCTS = ("w", "k", "w ]", "x", "stride", "t of x", "sign", "dilation", "k of x", "pad", "x ]")
"""The parts of the formula that write one product."""


def join(draft: Draft, bench: Bench, product: Key, tap: Tap, tint: Role) -> None:
    """A sample, its tap and their product belong together."""
    end = draft.marks[*product, "bar"].bottom
    pieces.band(draft, product, bench.axis.x(tap.step), bench.foot, end, bench.axis.bar, tint)


def falling(key: Key, taps: Iterable[Tap]) -> Iterable[Cue]:
    """A product comes from its sample: first down through its tap, one after the other."""
    for number, tap in enumerate(taps):
        own, lasts = (*key, tap.k), max(0.6, 1.3 - 0.2 * number)
        yield Cue(((*own, "bar"), (*own, "band")), motion.ENTER + number, lasts, "down first")
