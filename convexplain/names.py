"""Names that were typed: the one that is meant, or a sentence with the nearest right one.

This module knows words alone.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any, Literal, get_args, get_origin

StoryName = (
    Literal[
        "sliding_window",
        "kernel_flip",
        "channel_summation",
        "padding_modes",
        "paths",
        "closed_form",
        "collapse",
        "gradient_flip",
    ]
    | str
)
FilmName = Literal["all"] | StoryName
FigureName = StoryName | Literal["network"]
ExampleName = (
    Literal[
        "sliding_window",
        "kernel_flip",
        "channel_summation",
        "padding_modes",
        "collapse",
        "gradient_flip",
        "two_layers",
        "notebook",
    ]
    | str
)
WidthName = Literal["ieee", "ieee-wide", "neurips", "elsevier", "elsevier-wide"] | str
FormatName = Literal["film", "page"] | WidthName
Theme = Literal["dark", "light"] | str
PageTheme = Literal["dark", "light", "auto"] | str
Quality = Literal["low", "medium", "full", "high"] | str
Pacing = Literal["teach", "normal", "fast"] | str
Numbers = Literal["short", "full"] | str
Call = Literal["eager", "predict", "both"] | str
"""The words that may be typed, for editors and for completion; a test holds each against the table it stands for. They
are strings, of which a caller may have any: what is not one of these words is answered when it is asked.
"""


def words(annotation: Any) -> list[str]:
    """The words that an annotation lists.

    >>> words(PageTheme)
    ['dark', 'light', 'auto']
    """
    if get_origin(annotation) is Literal:
        return list(get_args(annotation))
    return [word for part in get_args(annotation) for word in words(part)]


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
    name = nearest_name(value, known)
    return f". Did you mean {name!r}?" if name else ""


def nearest_name(value: Any, known: Iterable[str]) -> str | None:
    """The known name that is nearest to what was typed; None where none is near."""
    plain = {name.lower().replace("-", "_"): name for name in known}
    typed = str(value).lower().replace("-", "_").replace(" ", "_")
    found = get_close_matches(typed, plain, n=1, cutoff=0.5)
    found = found or [name for name in plain if len(typed) > 2 and (typed in name or name in typed)][:1]
    return plain[found[0]] if found else None


def quoted(text: Any, limit: int = 40) -> str:
    """A name from outside, for an error message: in quotes, no longer than ``limit`` characters, and escaped where it
    cannot be printed: control characters, those that turn the direction of writing, halves of characters.

    >>> quoted("größe"), quoted("conv\\n\\u202e")
    ("'größe'", "'conv\\\\n\\\\u202e'")
    """
    text = str(text)
    return repr(text if len(text) <= limit else text[: limit - 3] + "...")
