"""What a benchmark measures: two ways to the same result, and how much faster one of them is.

A benchmark module is named ``bench_<subject>.py`` and has a function ``measure()`` that yields a ``Ratio`` for each
comparison, or a ``Duration`` where there is nothing to compare with. Nothing is asserted: the machine may be busy.
"""

import time
from dataclasses import dataclass


@dataclass(frozen=True)
class Ratio:
    """``seconds`` for one of ours, ``other_seconds`` for the same by another way, and the ratio that is aimed at."""

    what: str
    seconds: float
    other: str
    other_seconds: float
    goal: float

    @property
    def ratio(self):
        return self.other_seconds / self.seconds


@dataclass(frozen=True)
class Duration:
    """``seconds`` for something that has no counterpart, and the duration that is aimed at."""

    what: str
    seconds: float
    goal: float


def best(action, times=3, prepare=lambda: None):
    """The shortest of ``times`` durations of ``action``, in seconds, each after ``prepare``; and its last result."""
    shortest, result = float("inf"), None
    for _ in range(times):
        prepare()
        start = time.perf_counter()
        result = action()
        shortest = min(shortest, time.perf_counter() - start)
    return shortest, result
