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
        measured, limit = (_shown(number, figure.unit) for number in (figure.measured, figure.limit))
        print(f"{figure.what:<72} {measured:>8} {figure.unit:<6} limit {limit}")
    return 0 if all(figure.measured < figure.limit for figure in figures) else 1


def _shown(number: float, unit: str) -> str:
    """A number with three digits; a ratio below one half as a fraction, which says how many times faster."""
    return f"1/{1 / number:.3g}" if unit == "times" and 0 < number < 0.5 else f"{number:.3g}"
