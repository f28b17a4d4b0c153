"""The titles of the whole film: a question, what is known by then, and the pictures that were understood so far.

Below a title stands a place for each question. When a section ends, its picture shrinks into its place and stays there,
without words; at the end those that answer the film's question grow again. This module knows marks, and nothing of what
the pictures tell.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from convexplain.board import pieces, staging
from convexplain.board.marks import CARD, FILM, FULL, HERO, SMALL, TEXT, Board, Cue, Draft, Key, Mark, plate
from convexplain.board.text import words

ROW = 4
"""So many places stand side by side."""
GAP = 36.0
"""Between two places."""
TOP = 440.0
"""The y at which the first row of places begins."""
BELOW = -200.0
"""A place lies below all that stories lay on a board."""
THINNEST = 1.5
"""No line of a small picture is thinner."""
CARDS = Cue((("place",), ("seen",)), staging.MOVE, 0.6)


class Place(NamedTuple):
    """Where a picture stands: its middle and its size."""

    x: float
    y: float
    width: float
    height: float


def places(count: int) -> list[Place]:
    """Places in rows, as large as the room below a title lets them be.

    >>> [round(place.x) for place in places(3)]
    [372, 960, 1548]
    """
    row = max(1, min(count, ROW))
    width = (FILM.width - 2 * FILM.margin + GAP) / row - GAP
    height = min(width * (9 / 16 if count > row else 0.75), FILM.height - FILM.margin - TOP)
    return [
        Place(
            FILM.margin + width / 2 + (number % row) * (width + GAP),
            TOP + height / 2 + number // row * (height + GAP),
            width,
            height,
        )
        for number in range(count)
    ]


def title(large: str, small: str = "", seen: Sequence[Board | None] = ()) -> Board:
    """A question over a place for each of ``seen``: the picture of a section, or None where it is to come; the first of
    those is the one that is asked about.
    """
    draft = _told(large, small)
    asked = next((number for number, board in enumerate(seen) if board is None), None)
    for number, (place, board) in enumerate(zip(places(len(seen)), seen, strict=True)):
        _card(draft, number, place, number == asked)
        if board is not None:
            _lay(draft, number, board, place)
    return draft.board(f"title {large}", " ".join([large, *small.splitlines()]), 2.5, _comes(large, small))


def into(last: Board, picture: Board, title: Board, number: int, count: int) -> Board:
    """A title as it is come to from the ``last`` board of a section: its marks, but the small picture has the keys of
    the board, whose marks go there, above all others.
    """
    own = {key: mark.at(z=mark.z + 20) for key, mark in _small(picture, places(count)[number]).items()}
    marks = {key: mark for key, mark in title.marks.items() if key[:2] != ("seen", number)}
    gone = tuple(key for key in last.marks if key not in own)
    cues = Cue(tuple(own), staging.MOVE, 1.3), Cue(gone, staging.LEAVE, staging.LASTS["leave"]), CARDS, *title.cues
    return Board(title.name, title.caption, marks | own, FILM, title.hold, cues)


def opening(large: str, small: str, picture: Board | None) -> Board:
    """The first question, over a picture of what it asks for: cards, and what stands above them."""
    draft = _told(large, small)
    if picture is not None:
        low = max((mark.bottom for mark in picture.marks.values() if mark.kind == "plate"), default=0.0)
        above = {key: mark for key, mark in picture.marks.items() if mark.bottom <= low}
        _lay(draft, 0, replace(picture, marks=above), places(1)[0])
    return draft.board(f"title {large}", " ".join([large, *small.splitlines()]), 2.5, _comes(large, small))


def answer(large: str, seen: Mapping[int, tuple[Board, str]], made: str) -> Board:
    """The answer, over the pictures of those places that give it, large, each with what it says; and how all of it was
    ``made``.
    """
    draft = _told(large, "")
    for (number, (board, said)), place in zip(seen.items(), places(len(seen)), strict=True):
        _card(draft, number, place, False)
        _lay(draft, number, board, place)
        draft.put("said", ("said", number), words(said, place.x, place.y + place.height / 2 + 72, TEXT))
    draft.put("made", ("made",), words(made, FILM.margin, FILM.height - 64, SMALL, "quiet", align=-1))
    cues = Cue((("place",), ("seen",)), staging.MOVE, 1.3), *_comes(large)
    return draft.board(f"title {large}", " ".join([large, *(said for _, said in seen.values())]), 3, cues)


def _told(large: str, small: str) -> Draft:
    draft = Draft(FILM)
    size = min(HERO, 1500 / max(1.0, words(large, 0, 0, 1.0).width))
    draft.put("asks", ("asks", large), words(large, FILM.margin, 180, size, align=-1))
    if small:
        room = (FILM.width - 2 * FILM.margin) / TEXT
        lines = [text for line in small.splitlines() for text in pieces.wrapped(line, room)]
        for row, text in enumerate(lines):
            mark = words(text, FILM.margin, 290 + 58 * row, TEXT, "quiet", align=-1)
            draft.put("asks", ("asks", small, row), mark)
    return draft


def _comes(large: str, small: str = "") -> tuple[Cue, ...]:
    """A title comes when the one before it has gone."""
    return (Cue((("asks", large), ("asks", small)), staging.ENTER, 0.4, after=0.2),)


def _card(draft: Draft, number: int, place: Place, is_asked: bool) -> None:
    """What a picture stands on; one that is asked for has a kernel's colour."""
    x, y, width, height = place
    box = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
    draft.put("place", ("place", number), plate("quiet", *box, light=CARD / 3, z=BELOW))
    if is_asked:
        draft.put("place", ("place", number, "edge"), plate("kernel", *box, light=0.0, edge=FULL, size=3, hollow=True))
        draft.put("place", ("place", number, "asked"), words("?", x, y, HERO, "kernel"))


def _lay(draft: Draft, number: int, board: Board, place: Place) -> None:
    """A picture in its place, under keys that no story has."""
    for key, mark in _small(board, place).items():
        draft.put("seen", ("seen", number, *key), mark)


def _small(board: Board, place: Place) -> dict[Key, Mark]:
    """The marks of a board without its words and the signs beside those, as large as a place has room for."""
    marks = {key: mark for key, mark in board.marks.items() if _is_seen(mark)}
    if not marks:
        return {}
    left, right = min(m.left for m in marks.values()), max(m.right for m in marks.values())
    top, bottom = min(m.top for m in marks.values()), max(m.bottom for m in marks.values())
    scale = min((place.width - GAP) / (right - left), (place.height - GAP) / (bottom - top))
    middle = ((left + right) / 2, (top + bottom) / 2)
    return {key: _scaled(mark, scale, middle, (place.x, place.y)) for key, mark in marks.items()}


def _is_seen(mark: Mark) -> bool:
    is_sign = mark.about is None and mark.kind != "dot" and max(mark.width, mark.height) < SMALL
    return mark.kind != "words" and mark.alpha > 0 and not is_sign


def _scaled(mark: Mark, scale: float, old: tuple[float, float], new: tuple[float, float]) -> Mark:
    """A mark ``scale`` times as large, the point ``old`` at ``new``; it stands for nothing, and comes from nowhere."""
    lengths = {name: getattr(mark, name) * scale for name in ("width", "height", "unit", "radius", "dash", "head")}
    return mark.at(
        x=new[0] + (mark.x - old[0]) * scale,
        y=new[1] + (mark.y - old[1]) * scale,
        size=max(THINNEST, mark.size * scale) if mark.size else 0.0,
        points=tuple(new[n % 2] + (value - old[n % 2]) * scale for n, value in enumerate(mark.points)),
        about=None,
        copy_of=None,
        made_of=(),
        goes_into=None,
        rides=None,
        **lengths,
    )
