"""What a benchmark gives: figures, each with the limit it must stay under, printed as a table."""

from collections.abc import Callable
from typing import NamedTuple


class Figure(NamedTuple):
    """A measured number and the limit it must stay under."""

    what: str
    measured: float
    limit: float
    unit: str


def show(measure: Callable[[], list[Figure]]) -> int:
    """Print the figures; the exit status says whether all keep their limits."""
    figures = measure()
    for figure in figures:
        print(f"{figure.what:<62} {figure.measured:8.3f} {figure.unit:<6} limit {figure.limit:g}")
    return 0 if all(figure.measured < figure.limit for figure in figures) else 1
