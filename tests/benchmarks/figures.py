"""What a benchmark gives: figures, each with the limit it must stay under, printed as a table."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]


class Figure(NamedTuple):
    """A measured number and the limit it must stay under."""

    what: str
    measured: float
    limit: float
    unit: str


def show(measure: Callable[[], list[Figure]]) -> list[Figure]:
    """Measure the figures, and print them."""
    figures = measure()
    for figure in figures:
        measured, limit = (_shown(number, figure.unit) for number in (figure.measured, figure.limit))
        print(f"{figure.what:<72} {measured:>8} {figure.unit:<6} limit {limit}", flush=True)
    return figures


def status(figures: Iterable[Figure]) -> int:
    """The exit status: 0 when all keep their limits."""
    return 0 if all(figure.measured < figure.limit for figure in figures) else 1


def table(figures: Iterable[Figure]) -> list[str]:
    """The ratios among the figures as the lines of README's table."""
    ratios = [figure for figure in figures if figure.unit == "times"]
    rows = [
        f"| {figure.what} | {_shown(figure.measured, 'times')} | {_shown(figure.limit, 'times')} |" for figure in ratios
    ]
    return ["| what, against what | ratio | limit |", "|---|---|---|", *rows]


def environment() -> dict[str, str]:
    """What a new process is started with: the package of this folder, whose bytecode is kept, as that of an installed
    one is.
    """
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**inherited, "PYTHONPATH": str(ROOT)}


def _shown(number: float, unit: str) -> str:
    """A number with three digits; a ratio below one half as a fraction, which says how many times faster."""
    return f"1/{1 / number:.3g}" if unit == "times" and 0 < number < 0.5 else f"{number:.3g}"
