"""Figures and animations with matplotlib, drawn from a script.

This module knows where a story's drawing is found, and how pictures become files that are the same byte for byte each
time. A drawing is a module here of the story's name, with ``draw`` (marks and height of the figure) and ``states``
(those of every frame).
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from convexplain import style
from convexplain.files import check_target, replacing
from convexplain.layers import quoted
from convexplain.script import Script
from convexplain.story import Frame

STILL = (".pdf", ".svg", ".png")
ANIMATED = (".gif", ".webp")
THEMES = {"light": style.LIGHT, "dark": style.DARK}
WIDTH = 7.16
"""Two columns of an IEEE paper, in inches. One column is 3.5; NeurIPS and ICLR have 5.5, JMLR 6.0."""
DPI = 300


def figure(script: Script, theme: str = "light", width: float | None = None) -> Any:
    """The figure of a script's story for a paper, as a ``matplotlib.figure.Figure``.

    ``width`` in inches, 7.16 when None; the height follows. Lettering has 7 points or more. Raises ``ValueError`` for
    an unknown theme and for a width that leaves no room for the numbers.
    """
    from convexplain.plots.canvas import paint

    drawing, chosen, points = _drawing(script), _theme(theme), _points(width)
    marks, height = drawing.draw(script, chosen, points)
    return paint(marks, points, height, chosen, subject(script))


def frame(script: Script, at: str | Frame, theme: str = "light", width: float | None = None) -> Any:
    """One frame of a script's story as a ``matplotlib.figure.Figure``: what stands at its end.

    ``at`` is the frame or its name, ``width`` in inches, that of the animation when None.

    ``KeyError`` for a name the story does not have, ``ValueError`` for a step that is left out on the time axis.
    """
    from convexplain.plots.canvas import paint

    found = script.story.frame(at if isinstance(at, str) else at.name)
    drawing, chosen = _drawing(script), _theme(theme)
    points = _points(drawing.ANIMATED_WIDTH if width is None else width)
    told, height, _ = drawing.states(script, chosen, points)
    if found.name not in told:
        raise ValueError(
            f"the frame must be one of a step that is shown: {', '.join(told)}. Received: {quoted(found.name)}"
        )
    return paint(told[found.name], points, height, chosen, subject(script))


def check_path(path: str | os.PathLike[str], suffixes: tuple[str, ...] = (*STILL, *ANIMATED)) -> Path:
    """The path as one that may be written, or ``ValueError``; see :func:`convexplain.files.check_target`."""
    return check_target(path, suffixes)


def save(figure: Any, path: str | os.PathLike[str]) -> str:
    """Write a figure as PDF, SVG or PNG, whole or not at all, the same bytes each time; the path is returned.

    The file's metadata says what it shows and of which kernel. ``ValueError`` for another kind of file.
    """
    import matplotlib

    from convexplain.plots.canvas import SETTINGS

    target = check_path(path, STILL)
    said = getattr(figure, "subject", "")
    metadata: dict[str, dict[str, str | None]] = {
        ".pdf": {"Title": said, "Subject": said, "Creator": "convexplain", "Producer": None, "CreationDate": None},
        ".svg": {"Title": said, "Description": said, "Creator": "convexplain", "Date": None},
        ".png": {"Title": said, "Description": said, "Software": "convexplain"},
    }
    suffix = target.suffix.lower()
    with replacing(target) as draft, matplotlib.rc_context(SETTINGS):
        figure.savefig(draft, format=suffix[1:], dpi=DPI, metadata=metadata[suffix])
    return str(target)


def animate(
    script: Script,
    path: str | os.PathLike[str],
    pacing: str = "normal",
    on_frame: Callable[[Frame], None] | None = None,
    theme: str = "dark",
) -> str:
    """Write a script's story as an animated GIF or WebP, whole or not at all, the same bytes each time.

    The path is returned. The frames are the film's, by name; those of steps that are left out on a long axis are left
    out. ``pacing`` is "teach", "normal" or "fast"; the last frame stays 2.5 s. ``on_frame`` is called after each frame.
    ``ValueError`` for another kind of file, pacing or theme.
    """
    from convexplain.plots.motion import write

    target = check_path(path, ANIMATED)
    drawing, chosen = _drawing(script), _theme(theme)
    points = _points(drawing.ANIMATED_WIDTH)
    told, height, turns = drawing.states(script, chosen, points)
    with replacing(target) as draft:
        write(draft, script, told, turns, (points, height), chosen, pacing, on_frame, subject(script))
    return str(target)


def subject(script: Script) -> str:
    """What a picture of a script shows, and of which kernel."""
    story = script.story
    layer = story.stack.layers[story.level - 1]
    steps, channels = story.input_shape
    return (
        f"{story.name}: {_drawing(script).SUBJECT}. {layer!r} on ({steps}, {channels}), "
        f"kernel {style.kernel(story.level)} of shape {script.kernel.shape}, {script.check}"
    )


def _drawing(script: Script) -> Any:
    return importlib.import_module(f"convexplain.plots.{script.story.name}")


def _theme(name: str) -> style.Theme:
    if name not in THEMES:
        raise ValueError(f"theme must be one of {', '.join(map(repr, THEMES))}. Received: theme={quoted(name)}")
    return THEMES[name]


def _points(width: float | None) -> float:
    from math import isfinite

    from convexplain.plots.canvas import POINTS_PER_INCH

    inches = WIDTH if width is None else float(width)
    if not (isfinite(inches) and 2 <= inches <= 40):
        raise ValueError(f"width must be a number of inches from 2 to 40. Received: width={quoted(width)}")
    return inches * POINTS_PER_INCH
