"""Words: their fonts, their advance and their outlines, the same in every medium.

Text is placed by advance and baseline, glyph after glyph without kerning, so that it is the same wherever it is
painted. A few signs of markup choose the font: ``*x*`` is italic (a letter of mathematics), a backquoted word is what
is typed in code. This module knows matplotlib's bundled fonts and nothing else of it.
"""

from __future__ import annotations

import re
import threading
from functools import cache, lru_cache
from typing import Any

import numpy as np

from convexplain.board.calculator import honest
from convexplain.board.marks import DIGIT, Mark, Role

FONTS = {"roman": "STIXGeneral.ttf", "italic": "STIXGeneralItalic.ttf", "mono": "DejaVuSansMono.ttf"}
"""Fonts that matplotlib ships, the same on every machine."""
MONO = 40 / 48
"""A word of code is set smaller than the words around it, for the font is wide."""
_LOCK = threading.Lock()
_MARKUP = re.compile(r"\*([^*]+)\*|`([^`]+)`")


def runs_of(markup: str) -> tuple[tuple[str, str], ...]:
    """Marked-up words as runs (text, font).

    >>> runs_of("signal *x* of `Conv1D`")
    (('signal ', 'roman'), ('x', 'italic'), (' of ', 'roman'), ('Conv1D', 'mono'))
    """
    runs, end = [], 0
    for found in _MARKUP.finditer(markup):
        if found.start() > end:
            runs.append((markup[end : found.start()], "roman"))
        runs.append((found[1], "italic") if found[1] else (found[2], "mono"))
        end = found.end()
    if end < len(markup) or not runs:
        runs.append((markup[end:], "roman"))
    return tuple(runs)


def markup_of(runs: tuple[tuple[str, str], ...]) -> str:
    """Runs as the marked-up words they were.

    >>> markup_of(runs_of("signal *x* of `Conv1D`"))
    'signal *x* of `Conv1D`'
    """
    signs = {"italic": "*", "mono": "`"}
    return "".join(f"{signs.get(font, '')}{text}{signs.get(font, '')}" for text, font in runs)


def plain(markup: str) -> str:
    """The words without their markup."""
    return "".join(text for text, _ in runs_of(markup))


@lru_cache(maxsize=20_000)
def advance(runs: tuple[tuple[str, str], ...]) -> float:
    """How far words reach, in em."""
    return sum(glyph(letter, font)[0] * scale(font) for text, font in runs for letter in text)


def scale(font: str) -> float:
    """The size of a font among words of size 1."""
    return MONO if font == "mono" else 1.0


@cache
def glyph(letter: str, font: str) -> tuple[float, list[np.ndarray]]:
    """A letter's advance in em, and its closed outlines in em, y upwards from the baseline: chains of cubic curves (see
    :class:`convexplain.board.shapes.Shape`). A letter that the font does not have is taken from the roman one.
    """
    if font != "roman" and not has(letter, font):
        return glyph(letter, "roman")
    from matplotlib.ft2font import LoadFlags
    from matplotlib.path import Path

    with _LOCK:  # a face holds one letter at a time
        face = _face(font)
        loaded = face.load_char(ord(letter), flags=LoadFlags.NO_SCALE | LoadFlags.NO_HINTING)
        vertices, codes = face.get_path()
    em = face.units_per_EM
    path: Any = Path(vertices * (64 / em), codes)
    chains: list[list[np.ndarray]] = []
    for curve, _ in path.iter_bezier(simplify=False):
        match list(curve.control_points):
            case [point]:
                chains.append([point])
            case [start, end]:
                if not np.allclose(start, end):
                    chains[-1] += [start + (end - start) / 3, start + (end - start) * 2 / 3, end]
            case [start, handle, end]:
                chains[-1] += [(start + 2 * handle) / 3, (end + 2 * handle) / 3, end]
            case [_, *points]:
                chains[-1] += points
    return loaded.horiAdvance / em, [np.array(chain) for chain in chains]


def has(letter: str, font: str) -> bool:
    """Whether a font has a letter."""
    return bool(_face(font).get_char_index(ord(letter)))


@cache
def _face(font: str) -> Any:
    from matplotlib.ft2font import FT2Font

    return FT2Font(font_path(font))


def font_path(font: str) -> str:
    """The file of a font."""
    from matplotlib import get_data_path

    return f"{get_data_path()}/fonts/ttf/{FONTS[font]}"


def words(
    markup: str,
    x: float,
    y: float,
    size: float,
    role: Role = "ink",
    align: float = 0.0,
    whole: bool = True,
    **more: Any,
) -> Mark:
    """Words as a mark. ``x`` is their middle (``align`` 0), their left end (-1) or their right end (1); ``y`` the
    middle of their digits. Arithmetic in them is taken at its word (:mod:`convexplain.board.calculator`), where they
    are a ``whole`` text and no line of one.
    """
    runs = runs_of(honest(markup) if whole else markup)
    width, text = advance(runs) * size, "".join(text for text, _ in runs)
    return Mark("words", role, x - align * width / 2, y, width, DIGIT * size, text=text, size=size, runs=runs, **more)


def baseline(mark: Mark) -> float:
    """The y that words stand on."""
    return mark.y + DIGIT * mark.size / 2
