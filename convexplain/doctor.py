"""What is installed, what works, and what installs the rest.

This module asks the parts of the package whether they can do their work; it mends nothing.
"""

from __future__ import annotations

import platform
import re
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import NamedTuple

from convexplain.system import parts

LIBRARIES = ("numpy", "sympy", "scipy", "matplotlib", "keras", "tensorflow", "manim")
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Finding(NamedTuple):
    """One part: whether it is there and works, what is known of it, and whether anything but tests needs it."""

    name: str
    works: bool
    about: str
    """Its version, or what to do."""
    needed: bool = True


def examine() -> Iterator[Finding]:
    """One finding after the other, the quick ones first."""
    yield Finding("python", True, f"{platform.python_version()}, {platform.machine()}")
    yield from map(_library, LIBRARIES)
    yield _fonts()
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    about = found or "not installed, for tests of the page alone: apt-get install --no-install-recommends chromium"
    yield Finding("chromium", found is not None, about, needed=False)
    if parts.is_installed("manim"):
        yield _film()


def _library(name: str) -> Finding:
    """Whether a library can be imported, in a version that is not too old."""
    try:
        found = version(name)
        parts.require(name)
    except PackageNotFoundError:
        return Finding(name, False, f"not installed: {parts.INSTALL[name]}")
    except (parts.MissingPart, ValueError) as error:
        return Finding(name, False, str(error))
    lowest = _lowest().get(name, "0")
    if _numbers(found) < _numbers(lowest):
        newer = parts.INSTALL[name].replace("install", "install --upgrade", 1)
        return Finding(name, False, f"{found} is too old, {lowest} is the lowest: {newer}")
    return Finding(name, True, found)


def _lowest() -> dict[str, str]:
    """The lowest version of each library that the package allows."""
    found = (re.match(r"([\w-]+)>=([\d.]+)", one) for one in requires("convexplain") or ())
    return {one[1]: one[2] for one in found if one}


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, re.findall(r"\d+", version)[:3]))


def _fonts() -> Finding:
    from convexplain.board.text import FONTS, font_path

    missing = [font for font in FONTS if not Path(font_path(font)).is_file()]
    if missing:
        return Finding("fonts", False, f"matplotlib's own are missing: {', '.join(missing)}; pip install matplotlib")
    return Finding("fonts", True, "matplotlib's own")


def _film() -> Finding:
    """Whether a film of a moment can really be rendered."""
    from convexplain.board.marks import FILM, Draft, dot
    from convexplain.render import film

    boards = []
    for place in (600.0, 700.0):
        draft = Draft(FILM)
        draft.put("doctor", ("dot",), dot("ink", place, 540.0))
        boards.append(draft.board(f"at {place:g}", "", hold=0.1))
    with tempfile.TemporaryDirectory(prefix="convexplain-") as folder:
        try:
            film.render(tuple(boards), Path(folder) / "film.mp4", quality="low", pacing="fast")
        except Exception as error:  # whatever keeps manim from working is what is to be told
            return Finding("a film", False, f"cannot be rendered: {error}")
    return Finding("a film", True, "can be rendered")
