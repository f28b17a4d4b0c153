"""What one is told while one waits, on standard error: a bar for each thing that is done and the time that is left.
Where standard error is no terminal there is none, but long jobs write plain lines.

This module knows how waiting is told; what is done, and how much of it, it is told by calls (what, done, total).
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

Progress: TypeAlias = "Callable[[str, int, int], None]"
"""Told what is being done, and how many of how many parts of it are done."""

PATIENCE = 5.0
"""Seconds between two plain lines about the same thing."""


@contextmanager
def told(long: bool = False) -> Iterator[Progress]:
    """Tell of everything that is done in this block, by lines where there is no terminal and it takes ``long``."""
    from rich.console import Console

    console = Console(stderr=True)
    if not console.is_terminal:
        yield Lines(lambda line: print(line, file=sys.stderr, flush=True)) if long else lambda what, done, total: None
        return
    from rich.progress import BarColumn, Progress, ProgressColumn, SpinnerColumn, Task, TextColumn
    from rich.text import Text

    class Words(ProgressColumn):
        """How far a thing is, said anew whenever the bars are drawn."""

        def render(self, task: Task) -> Text:
            wait, spent = waits[task.id], task.finished_time
            now = time.monotonic() if spent is None else wait.start + spent
            return Text(wait.words(int(task.completed), task.fields["parts"], now))

    waits: dict[int, Wait] = {}
    known: dict[str, Any] = {}
    columns = (SpinnerColumn(finished_text="✓"), TextColumn("{task.description:<24}"), BarColumn(), Words())
    with Progress(*columns, console=console) as bars:

        def tell(what: str, done: int, total: int) -> None:
            share = total if total > 1 or done else None  # of one thing there is no share: its bar moves to and fro
            if what not in known:
                # The first drawing asks for the words at once.
                waits[len(waits)] = Wait(time.monotonic())
                known[what] = bars.add_task(what, total=share, parts=total)
            bars.update(known[what], completed=done, total=share)

        yield tell


class Wait:
    """How long one thing takes, from the ``start`` on (seconds of any clock).

    >>> wait = Wait(start=100.0)
    >>> wait.words(1, 12, now=130.0)
    '1 of 12'
    >>> wait.words(4, 12, now=160.0)
    '4 of 12, about 80 s left'
    >>> wait.words(12, 12, now=240.0)
    '2 min'
    """

    def __init__(self, start: float) -> None:
        self.start = start
        self._first: tuple[int, float] | None = None

    def words(self, done: int, total: int, now: float) -> str:
        """How far it is: how many of how many, and how long it will take if it goes on like this. The time that the
        first one took, in which libraries are loaded and processes begin, is left out, and nothing is said before two
        more are done.
        """
        spent = now - self.start
        if done >= total:
            return duration(spent)
        if total == 1:
            return f"{duration(spent)} ..."
        if done and self._first is None:
            self._first = done, now
        first, since = self._first or (done, now)
        left = f", about {duration((now - since) / (done - first) * (total - done))} left" if done - first > 1 else ""
        return f"{done} of {total}{left}"


class Lines:
    """Plain lines: one when a thing begins, one when it is done, and now and then one of how far it is.

    >>> tell = Lines(print, clock=iter((0.0, 4.0, 10.0, 11.0, 21.0)).__next__)
    >>> for done in (0, 1, 3, 4, 7):
    ...     tell("figures", done, 7)
    figures ...
    figures: 3 of 7, about 12 s left
    figures: 21 s
    """

    def __init__(self, write: Callable[[str], Any], clock: Callable[[], float] = time.monotonic) -> None:
        self._write, self._clock = write, clock
        self._waits: dict[str, Wait] = {}
        self._said: dict[str, float] = {}

    def __call__(self, what: str, done: int, total: int) -> None:
        now = self._clock()
        if what not in self._waits:
            self._waits[what] = Wait(now)
            self._say(what, f"{what} ...", now)
            return
        words = self._waits[what].words(done, total, now)
        if done >= total or now - self._said[what] >= PATIENCE:
            self._say(what, f"{what}: {words}", now)

    def _say(self, what: str, line: str, now: float) -> None:
        self._write(line)
        self._said[what] = now


def duration(seconds: float) -> str:
    """A time as people say it.

    >>> [duration(seconds) for seconds in (0.04, 3.21, 75, 300, 7800)]
    ['0.0 s', '3.2 s', '75 s', '5 min', '2 h 10 min']
    """
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    if seconds < 99.5:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
