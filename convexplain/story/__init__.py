"""The frames of each explanation: what is lit, what is added, what is done, and the one clause that says so.

A story knows a stack's terms and integers; it knows no numbers, no colours and no drawing library. Figures and films
draw the same frames under the same names, so that figure n is film frame n is ledger row n. A new story is a module
here that tells it, a module of the same name in ``plots`` and in ``films`` that draws it, and a row in :data:`STORIES`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from convexplain.story import channel_summation, kernel_flip
from convexplain.story.frames import Frame, Story, elide

__all__ = ["STORIES", "Frame", "Story", "Told", "elide"]


@dataclass(frozen=True)
class Told:
    """A row of the table of stories."""

    tell: Callable[..., Story]
    about: str
    """What it shows, in one clause."""
    example: str
    """The small example it is first told with."""
    one_channel: bool = False
    """Whether it is about one filter reading one channel, so that a wider layer is narrowed to that."""


STORIES = {
    "kernel_flip": Told(
        kernel_flip.tell,
        "Keras slides the kernel as it is; convolve turns it over first",
        "kernel_flip",
        one_channel=True,
    ),
    "channel_summation": Told(
        channel_summation.tell,
        "each channel is correlated with its own kernel row, and the channels are summed",
        "channel_summation",
    ),
}
"""Every story by name. The name is also that of its plot, its film and its files."""
