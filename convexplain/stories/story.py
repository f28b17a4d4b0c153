"""A story that is told: its boards in one format, and any moment between two of them.

This module joins boards and motion; it knows no number and no medium.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from convexplain.board import motion
from convexplain.board.marks import Board, Format, Key, Mark
from convexplain.board.motion import Transition


@dataclass(frozen=True, eq=False)
class Story:
    """The boards of one story in one format."""

    name: str
    format: Format
    boards: tuple[Board, ...]
    subject: str = ""
    """What it shows, of which layer and kernel."""

    @cached_property
    def transitions(self) -> tuple[Transition, ...]:
        """The way from each board to the next, at teaching pace."""
        return tuple(
            motion.transition(before, after) for before, after in zip(self.boards, self.boards[1:], strict=False)
        )

    def sample(self, n: int, s: float) -> dict[Key, Mark]:
        """The marks on the way from board n to board n + 1 at share ``s``, 0 to 1. ``IndexError`` for another n,
        ``ValueError`` for another share.
        """
        if not 0 <= n < len(self.transitions):
            raise IndexError(f"n must be from 0 to {len(self.transitions) - 1}, a way between boards. Received: {n}")
        if not 0 <= s <= 1:
            raise ValueError(f"the share must be from 0 to 1. Received: {s}")
        return motion.sample(self.transitions[n], s)
