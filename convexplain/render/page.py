"""The page: one or several stories as one HTML file that needs nothing else, or as a string for a notebook.

The file holds the boards as data, the letters they use, and a script that draws them and moves from one to the next
(``page.js``; ``board.js`` repeats :func:`convexplain.board.motion.sample`). Nothing is fetched from anywhere, and the
file forbids it. This module knows how boards become data and how a file is put together; it lays nothing out.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import zlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from io import BytesIO
from string import Template
from typing import Any

from convexplain import style
from convexplain.board import motion, shapes, staging, text
from convexplain.board.marks import DIGIT, Board
from convexplain.names import check_name, quoted
from convexplain.render import packing
from convexplain.system.files import check_target, write_text

THEMES = {"dark": ("dark",), "light": ("light",), "auto": ("dark", "light")}
"""The palettes of a theme. With two the reader's own setting chooses."""
SINGLE, SEVERAL = 104, 144
"""The room that ``page.css`` gives the controls below a picture, in pixels; with the names of the stories above."""
CONTROLS = "0123456789 /.×−="
"""What the controls show besides names and captions."""


@dataclass(frozen=True)
class Story:
    """What a page tells: ``name`` for its address, ``title`` in words, its boards, and what was checked, in a line."""

    name: str
    title: str
    boards: tuple[Board, ...]
    note: str = ""


def write(
    stories: Iterable[Story],
    path: str | os.PathLike[str],
    *,
    theme: str = "dark",
    title: str = "",
    on_story: Callable[[Story], None] | None = None,
) -> str:
    """Write stories as one self-contained HTML file, whole or not at all, the same bytes each time.

    The path is returned. ``theme`` is "dark", "light" or "auto" (the reader's own setting), ``title`` that of the first
    story when empty. ``on_story`` is called after each story. ``ValueError`` for another kind of file or theme, for no
    story or no board, and for names that are given twice.
    """
    target = check_target(path, (".html",))
    return str(write_text(target, _page(tuple(stories), theme, title, on_story)))


def inline(stories: Iterable[Story], *, theme: str = "dark") -> str:
    """The same page as an ``<iframe>``, for a notebook: it also lives in an exported copy without a kernel."""
    stories = tuple(stories)
    page = _page(stories, theme, "", None)
    shape = stories[0].boards[0].format
    room = SINGLE if len(stories) == 1 else SEVERAL
    return (
        f'<div style="max-width:1100px"><div style="position:relative;'
        f'padding-bottom:calc({100 * shape.height / shape.width:g}% + {room}px)">'
        f'<iframe srcdoc="{escape(page)}" title="{escape(stories[0].title)}" sandbox="allow-scripts" '
        f'style="position:absolute;inset:0;width:100%;height:100%;border:0"></iframe></div></div>'
    )


def _page(stories: tuple[Story, ...], theme: str, title: str, on_story: Callable[[Story], None] | None) -> str:
    _check(stories, theme)
    told = []
    for story in stories:
        told.append(packing.packed(story.name, story.title, story.note, story.boards))
        if on_story is not None:
            on_story(story)
    palettes = [style.PALETTES[name] for name in THEMES[theme]]
    data = {"mark": packing.UNCHANGED, "constants": _constants(), "palettes": palettes, "stories": told}
    css, script = _style(palettes, _letters(told, title)), _source("board.js") + "\n" + _source("page.js")
    policy = "; ".join(
        [
            "default-src 'none'",
            f"script-src '{_hash(script)}'",
            f"style-src '{_hash(css)}'",
            "font-src data:",
            "base-uri 'none'",
            "form-action 'none'",
        ]
    )
    return Template(_source("page.html")).substitute(
        policy=policy,
        scheme=" ".join(THEMES[theme]),
        description=escape(" ".join(f"{story.title}. {story.note}".strip() for story in stories)),
        title=escape(title or stories[0].title),
        style=css,
        captions="".join(_captions(story) for story in stories),
        data=base64.b64encode(zlib.compress(_json(data).encode(), 9)).decode(),
        script=script,
    )


def _check(stories: tuple[Story, ...], theme: str) -> None:
    check_name("theme", theme, THEMES)
    if not stories:
        raise ValueError("a page needs at least one story. Received: none")
    _check_names("a page's stories", [story.name for story in stories])
    for story in stories:
        if not story.boards:
            raise ValueError(f"a story needs at least one board. Received: none in {quoted(story.name)}")
        _check_names(f"the boards of {quoted(story.name)}", [board.name for board in story.boards])


def _check_names(owner: str, names: Sequence[str]) -> None:
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"{owner} must have different names, for they are addresses. Received: {quoted(twice)} twice")


def _constants() -> dict[str, Any]:
    """What ``board.js`` shares with the board."""
    return {
        "numbers": motion.NUMBERS,
        "rate": staging.RATE,
        "lift": motion.LIFT,
        "depth": motion.DEPTH,
        "comes": motion.COMES,
        "digit": DIGIT,
        "joint": shapes.JOINT,
        "thin": shapes.THIN,
        "smallest": shapes.SMALLEST_BRICK,
        "hatch": shapes.HATCH,
        "finest": shapes.FINEST,
        "round": shapes.ROUND,
    }


def _json(data: Any) -> str:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_opened)


def _opened(palette: style.Palette) -> dict[str, Any]:
    return {"ground": palette.ground, "roles": dict(palette.roles), "taps": palette.taps, "channels": style.CHANNELS}


def _source(name: str) -> str:
    """A file beside this one, without the comments and the indentation of its lines."""
    lines = (files("convexplain.render") / name).read_text(encoding="utf-8").splitlines()
    return "\n".join(line for line in map(str.strip, lines) if line and not line.startswith("//"))


def _hash(source: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}"


def _captions(story: Story) -> str:
    """What stands for a story where no script runs."""
    items = "".join(f"<li>{escape(board.caption)}</li>" for board in story.boards)
    return f"<h2>{escape(story.title)}</h2><ol>{items}</ol>"


def _style(palettes: Sequence[style.Palette], letters: Mapping[str, set[str]]) -> str:
    """The fonts, the colours of the ground and the controls, and ``page.css``."""
    faces = [
        f"@font-face{{font-family:{font};src:url(data:font/woff;base64,{subset(font, some)})}}"
        for font, some in letters.items()
        if some
    ]
    roots = []
    for palette in palettes:
        colours = {"ground": palette.ground} | {name: palette.roles[name] for name in ("ink", "quiet", "line", "lit")}
        roots.append(":root{" + ";".join(f"--{name}:{colour}" for name, colour in colours.items()) + "}")
    if len(roots) > 1:
        roots[1] = f"@media (prefers-color-scheme:light){{{roots[1]}}}"
    return "\n".join([*faces, f":root{{--mono:{text.MONO:.5f}}}", *roots, _source("page.css")])


def _letters(told: Sequence[Mapping[str, Any]], title: str) -> dict[str, set[str]]:
    """The letters that a page sets in each font. A letter that a font does not have is taken from the roman one."""
    letters: dict[str, set[str]] = {font: set() for font in text.FONTS}
    letters["roman"].update(CONTROLS, title)
    letters["mono"].update(CONTROLS)
    for story in told:
        letters["roman"].update(story["title"], story["note"], *(board["name"] for board in story["boards"]))
        letters["mono"].update(*story["things"]["columns"].get("name", ()))
        for runs in story["changes"]["columns"].get("runs", ()):
            for run, font in runs:
                letters[font].update(run)
    for font in letters:
        letters["roman"] |= {letter for letter in letters[font] if not text.has(letter, font)}
    return letters


def subset(font: str, letters: Iterable[str]) -> str:
    """A font with these letters only, as WOFF in base64: the same bytes each time."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    face = TTFont(text.font_path(font), recalcTimestamp=False)
    options = Options(hinting=False, layout_features=[], name_IDs=[0, 13], notdef_outline=True)
    options.drop_tables += ["FFTM", "GDEF", "GPOS", "GSUB"]
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(letters)))
    subsetter.subset(face)
    face.flavor = "woff"
    file = BytesIO()
    face.save(file)
    return base64.b64encode(file.getvalue()).decode()
