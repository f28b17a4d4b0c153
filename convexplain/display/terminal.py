"""Words in a terminal: coloured for a person who looks on, plain for a file, a pipe or a test.

This module knows colours by the names a terminal gives them, so that its own theme chooses them, and rich, which is
imported when something is coloured.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from typing import IO

Segment = tuple[str, str]
"""Words and their role, "" for none."""

STYLES = {
    "quiet": "dim",
    "sum": "bold",
    "good": "green",
    "bad": "bold red",
    "channel 0": "cyan",
    "channel 1": "yellow",
    "channel 2": "green",
    "channel 3": "magenta",
    "channel 4": "blue",
    "channel 5": "red",
}


def is_watched(stream: IO[str] | None = None) -> bool:
    """Whether what is written to a stream, standard output when None, is seen in colours."""
    stream = stream or sys.stdout
    return (
        bool(getattr(stream, "isatty", lambda: False)())
        and "NO_COLOR" not in os.environ
        and os.environ.get("TERM") != "dumb"
    )


def is_interactive() -> bool:
    """Whether a person types here and reads what comes back: a REPL in a terminal."""
    return hasattr(sys, "ps1") and is_watched()


def plain(lines: Iterable[Sequence[Segment]]) -> str:
    """Lines of words without colours."""
    return "\n".join("".join(words for words, _ in line).rstrip() for line in lines)


def coloured(lines: Iterable[Sequence[Segment]]) -> str:
    """Lines of words with the codes that colour them."""
    from rich.console import Console
    from rich.text import Text

    console = Console(force_terminal=True, color_system="standard", width=10_000, legacy_windows=False)
    with console.capture() as caught:
        for line in lines:
            console.print(Text.assemble(*((words, STYLES.get(role, "")) for words, role in line)), end="\n")
    return "\n".join(line.rstrip() for line in caught.get().splitlines())
