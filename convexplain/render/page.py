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
from dataclasses import dataclass, fields
from html import escape
from importlib.resources import files
from io import BytesIO
from string import Template
from typing import Any

import numpy as np

from convexplain import style
from convexplain.board import motion, shapes, text
from convexplain.board.marks import DIGIT, About, Board, Key, Mark
from convexplain.files import check_target, write_text
from convexplain.layers import quoted
from convexplain.names import check_name
from convexplain.render import words

THEMES = {"dark": ("dark",), "light": ("light",), "auto": ("dark", "light")}
"""The palettes of a theme. With two the reader's own setting chooses."""
PLACES = 3
"""Decimals of all lengths: a thousandth of a unit cannot be seen."""
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


def inline(stories: Iterable[Story], *, theme: str = "dark", title: str = "") -> str:
    """The same page as an ``<iframe>``, for a notebook: it also lives in an exported copy without a kernel."""
    stories = tuple(stories)
    page = _page(stories, theme, title, None)
    shape = stories[0].boards[0].format
    room = SINGLE if len(stories) == 1 else SEVERAL
    return (
        f'<div style="max-width:1100px"><div style="position:relative;'
        f'padding-bottom:calc({100 * shape.height / shape.width:g}% + {room}px)">'
        f'<iframe srcdoc="{escape(page)}" title="{escape(title or stories[0].title)}" sandbox="allow-scripts" '
        f'style="position:absolute;inset:0;width:100%;height:100%;border:0"></iframe></div></div>'
    )


def _page(stories: tuple[Story, ...], theme: str, title: str, on_story: Callable[[Story], None] | None) -> str:
    _check(stories, theme)
    told = []
    for story in stories:
        told.append(packed(story))
        if on_story is not None:
            on_story(story)
    palettes = [style.PALETTES[name] for name in THEMES[theme]]
    data = {"mark": _defaults(), "constants": _constants(), "palettes": palettes, "stories": told}
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


def packed(story: Story) -> dict[str, Any]:
    """A story as plain data: its keys and things once, the first board whole, then changes, and the acts between.

    Marks name other marks by their place in ``keys`` and what they stand for by its place in ``things``.
    """
    keys, things = _keys(story.boards), words.things(story.boards)
    places = {key: place for place, key in enumerate(keys)}
    told = {about: place for place, about in enumerate(things)}
    before: dict[int, dict[str, Any]] = {}
    boards = []
    for place, board in enumerate(story.boards):
        marks = {places[key]: _mark(mark, places, told) for key, mark in board.marks.items()}
        boards.append(
            {
                "name": board.name,
                "caption": board.caption,
                "words": words.description(board.caption, things, place),
                "hold": board.hold,
                **({} if list(marks) == sorted(marks) else {"order": list(marks)}),
                "gone": sorted(before.keys() - marks.keys()),
                "changed": [
                    [place, changes]
                    for place, mark in sorted(marks.items())
                    if (changes := _changes(before.get(place, _defaults()), mark)) or place not in before
                ],
            }
        )
        before = marks
    shape = story.boards[0].format
    return {
        "name": story.name,
        "title": story.title,
        "note": story.note,
        "width": shape.width,
        "height": shape.height,
        "margin": shape.margin,
        "keys": _plain(keys),
        "things": [
            {
                "about": _plain(about),
                "name": thing.name,
                "numbers": thing.numbers,
                "parents": [told[parent] for parent in thing.parents],
            }
            for about, thing in things.items()
        ],
        "boards": boards,
        "ways": [_way(motion.transition(*pair), places) for pair in zip(story.boards, story.boards[1:], strict=False)],
    }


def _keys(boards: Iterable[Board]) -> list[Key]:
    """All keys in one order, every board's own where that can be: a board tells its order only where it has another."""
    order: list[Key] = []
    known: set[Key] = set()
    for board in boards:
        end = 0
        for key in board.marks:
            if key in known:
                end = order.index(key) + 1
            else:
                order.insert(end, key)
                known.add(key)
                end += 1
    spoken = (key for board in boards for mark in board.marks.values() for key in _relatives(mark))
    return order + [key for key in dict.fromkeys(spoken) if key not in known]


def _relatives(mark: Mark) -> Iterable[Key]:
    return (*mark.made_of, *(key for key in (mark.copy_of, mark.goes_into, mark.rides) if key is not None))


def _mark(mark: Mark, places: Mapping[Key, int], told: Mapping[About, int]) -> dict[str, Any]:
    values = {field.name: getattr(mark, field.name) for field in fields(mark)}
    for name in ("copy_of", "goes_into", "rides"):
        values[name] = None if values[name] is None else places[values[name]]
    values["made_of"] = [places[key] for key in mark.made_of]
    values["about"] = None if mark.about is None else told[mark.about]
    return {name: _plain(value) for name, value in values.items()}


def _defaults() -> dict[str, Any]:
    """The mark that every new one is told as a change to."""
    return _mark(Mark("", "", 0, 0, 0, 0), {}, {})


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if value != before[name]}


def _way(way: motion.Transition, places: Mapping[Key, int]) -> dict[str, Any]:
    """A transition as the acts of what changes; times are in frames."""
    acts = []
    for act in way.acts:
        if act.how == "still":
            continue
        told: dict[str, Any] = {"place": places[act.key], "how": act.how}
        told |= {"start": _frames(act.start), "end": _frames(act.end)}
        if act.other is not None:
            other = act.before.goes_into if act.before is not None else act.after.copy_of if act.after else None
            assert other is not None
            told["other"] = [places[other], int(way.after.marks.get(other) is act.other)]
        if act.at:
            told["at"] = _plain(act.at)
        acts.append(told)
    return {"frames": _frames(way.duration), "acts": acts}


def _frames(seconds: float) -> int:
    return round(seconds * motion.RATE)


def _plain(value: Any) -> Any:
    """A value as JSON has it: short numbers of Python's own, and lists for tuples."""
    if isinstance(value, (tuple, list)):
        return [_plain(part) for part in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        short = round(float(value), PLACES)
        return int(short) if short.is_integer() else short
    return value


def _constants() -> dict[str, Any]:
    """What ``board.js`` shares with the board."""
    return {
        "numbers": motion.NUMBERS,
        "rate": motion.RATE,
        "lift": motion.LIFT,
        "depth": motion.DEPTH,
        "digit": DIGIT,
        "joint": shapes.JOINT,
        "seam": shapes.SEAM,
        "smallest": shapes.SMALLEST_BRICK,
        "hatch": shapes.HATCH,
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
        letters["mono"].update(*(thing["name"] for thing in story["things"]))
        for board in story["boards"]:
            for _, changes in board["changed"]:
                for run, font in changes.get("runs", ()):
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
