"""Names that were typed: the one that is meant, or a sentence with the nearest right one.

This module knows words alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from convexplain.layers import quoted


def check_name(what: str, value: Any, known: Iterable[str]) -> str:
    """``value`` when it is one of the known names. ``ValueError`` with the nearest right one otherwise.

    >>> check_name("the theme", "dark", ["dark", "light"])
    'dark'
    >>> check_name("the story", "kernelflip", ["kernel_flip", "paths"])
    Traceback (most recent call last):
    ValueError: the story must be one of 'kernel_flip', 'paths'. Received: 'kernelflip'. Did you mean 'kernel_flip'?
    """
    names = list(known)
    if isinstance(value, str) and value in names:
        return value
    raise ValueError(
        f"{what} must be one of {', '.join(map(repr, names))}. Received: {quoted(value)}{nearest(value, names)}"
    )


def nearest(value: Any, known: Iterable[str]) -> str:
    """``. Did you mean 'x'?`` where a known name is near to what was typed, else nothing."""
    plain = {name.lower().replace("-", "_"): name for name in known}
    typed = str(value).lower().replace("-", "_").replace(" ", "_")
    found = get_close_matches(typed, plain, n=1, cutoff=0.5)
    found = found or [name for name in plain if len(typed) > 2 and (typed in name or name in typed)][:1]
    return f". Did you mean {plain[found[0]]!r}?" if found else ""
