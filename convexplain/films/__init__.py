"""Films: a story played by manim, written as one file.

This module knows where a story's film is found and how manim is told to render it: in a folder of its own, silently,
and moved into place when it is whole. It draws nothing, and imports manim only when it renders.
"""

from __future__ import annotations

import importlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from convexplain import files, parts
from convexplain.layers import quoted

if TYPE_CHECKING:
    from convexplain.script import Script
    from convexplain.story import Frame

QUALITIES = {"low": (854, 480, 15), "medium": (1280, 720, 30), "high": (1920, 1080, 60)}
"""Width and height in pixels, frames per second."""

SUFFIXES = (".mp4", ".webm")
"""Animated images are made by ``plots.animate``: manim's GIFs are seventy times the size of its films."""


def check_path(path: str | os.PathLike[str]) -> Path:
    """The path of a film that may be written. ``ValueError`` for an unknown suffix or a file of another kind in its
    place.
    """
    return files.check_target(path, SUFFIXES)


def scene_of(story: str) -> Any:
    """The film of a story: ``KernelFlip`` in the module ``kernel_flip``. :class:`convexplain.MissingPart` without
    manim.
    """
    parts.require("manim")
    parts.require("typst")
    module = importlib.import_module(f"convexplain.films.{story}")
    return getattr(module, "".join(word.capitalize() for word in story.split("_")))


def render(
    script: Script,
    path: str | os.PathLike[str],
    quality: str = "medium",
    pacing: str = "teach",
    on_frame: Callable[[Frame], None] | None = None,
) -> str:
    """Render a script's story as a film and return the path written.

    ``path`` ends in .mp4 or .webm. ``quality`` is low (480 lines, 15 frames/s), medium (720, 30) or high (1080, 60);
    ``pacing`` teach, normal or fast. ``on_frame`` is called after every frame of the story. ``ValueError`` for
    anything else; a film that fails leaves nothing behind, and what was at ``path`` before stays.
    """
    target = check_path(path)
    if quality not in QUALITIES:
        raise ValueError(f"quality must be one of {', '.join(QUALITIES)}. Received: quality={quoted(quality)}")
    scene = scene_of(script.story.name)
    from manim import tempconfig

    width, height, rate = QUALITIES[quality]
    with tempfile.TemporaryDirectory(prefix="convexplain-") as folder:
        settings = {
            "media_dir": folder,
            "output_file": "film",
            "format": target.suffix.lower()[1:],
            "pixel_width": width,
            "pixel_height": height,
            "frame_rate": rate,
            "disable_caching": True,
            "max_inflight_encoders": 4,
            "progress_bar": "none",
            "verbosity": "ERROR",
            "renderer": "cairo",
            "save_sections": False,
            "dry_run": False,
            "preview": False,
            "write_all": False,
            "from_animation_number": 0,
            "upto_animation_number": -1,
        }
        with tempconfig(settings):
            scene(script, pacing=pacing, on_frame=on_frame).render()
        (film,) = (found for found in Path(folder).rglob(f"film{target.suffix.lower()}"))
        with files.replacing(target) as draft:
            shutil.copyfile(film, draft)
    return str(target)
