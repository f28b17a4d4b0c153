"""What every renderer is told, and what follows from it: a theme's colours, and the course of boards in time.

This module knows boards and seconds, and no medium.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from convexplain import style
from convexplain.board.marks import Board
from convexplain.board.motion import Transition
from convexplain.board.staging import transition, whole
from convexplain.board.text import plain
from convexplain.names import check_name

PACINGS = {"teach": 1.0, "normal": 0.6, "fast": 0.3}
"""What every transition and every hold is multiplied with."""
READ = {"teach": 12.0, "normal": 17.0, "fast": 30.0}
"""How many letters of a caption are read in a second; subtitles for adults have 17 at most."""
LAST_HOLD = 2.5
"""How long the last board stays at least, in seconds at any pacing."""


class Step(NamedTuple):
    """One board of a course: the way to it (None to the first), and how many seconds it stays."""

    way: Transition | None
    board: Board
    hold: float

    @property
    def lasts(self) -> float:
        """How many seconds the way and the stay take."""
        return self.hold + (self.way.duration if self.way is not None else 0.0)


def course(boards: Sequence[Board], pacing: str) -> tuple[Step, ...]:
    """Boards in time, each there until its caption is read. All holds and ways are whole frames at 15, 30 and 60 frames
    a second, but the last board's when that has few words.
    """
    check_name("pacing", pacing, PACINGS)
    if not boards:
        raise ValueError("boards must hold at least one board. Received: none")
    pace = PACINGS[pacing]
    ways = [None, *(transition(before, after, pace) for before, after in pairwise(boards))]
    holds = [*(whole(board.hold * pace) for board in boards[:-1]), LAST_HOLD]
    to_read = (len(plain(board.caption)) / READ[pacing] for board in boards)  # it comes as the way begins
    left = (whole(seconds - (way.duration if way else 0.0)) for seconds, way in zip(to_read, ways, strict=True))
    return tuple(map(Step, ways, boards, map(max, holds, left)))


def palette(theme: str) -> style.Palette:
    """The colours of a theme."""
    return style.PALETTES[check_name("theme", theme, style.PALETTES)]
