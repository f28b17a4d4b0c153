"""Boards as plain data, for a script that draws them elsewhere: small, and nothing is lost but what cannot be seen.

A board is told as what changes from the board before, a way as the acts of the marks that change. What is told of many
marks stands by columns, all values of one field together: they are alike, so that they take half the room once they are
compressed. This module knows boards and the form of the data (``page.js`` unfolds it); it knows no file.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from itertools import pairwise
from typing import Any

import numpy as np

from convexplain.board import motion, staging
from convexplain.board.marks import About, Board, Key, Mark
from convexplain.render import words

PLACES = 2
"""Decimals of all lengths: a hundredth of a unit is not a thousandth of the smallest letter."""


def packed(name: str, title: str, note: str, boards: Sequence[Board]) -> dict[str, Any]:
    """A story as plain data: its keys and things once, the first board whole, then changes, and the acts between.

    Marks name other marks by their place in ``keys`` and what they stand for by its place in ``things``.
    """
    keys, things = _keys(boards), words.things(boards)
    places = {key: place for place, key in enumerate(keys)}
    told = {about: place for place, about in enumerate(things)}
    before: dict[int, dict[str, Any]] = {}
    all_changes, all_acts, heads, ways = [], [], [], []
    for number, board in enumerate(boards):
        marks = {places[key]: _told(mark, places, told) for key, mark in board.marks.items()}
        changed = []
        for place in sorted(marks):
            old = before.get(place, UNCHANGED)
            changes = {name: value for name, value in marks[place].items() if value != old[name]}
            if changes or place not in before:
                changed.append({"place": place, **changes})
        heads.append(
            {
                "name": board.name,
                "caption": board.caption,
                "words": words.description(board.caption, things, number),
                "hold": board.hold,
                **({} if list(marks) == sorted(marks) else {"order": list(marks)}),
                "gone": sorted(before.keys() - marks.keys()),
                "changed": len(changed),
            }
        )
        all_changes += changed
        before = marks
    for pair in pairwise(boards):
        way = staging.transition(*pair)
        acts = _acts(way, places)
        ways.append([_frames(way.duration), len(acts)])
        all_acts += acts
    shape = boards[0].format
    return {
        "name": name,
        "title": title,
        "note": note,
        "width": shape.width,
        "height": shape.height,
        "margin": shape.margin,
        "keys": columns({str(place): part for place, part in enumerate(_plain(key))} for key in keys),
        "things": columns(
            {
                "about": _plain(about),
                "name": thing.name,
                "numbers": thing.numbers,
                "parents": [told[parent] for parent in thing.parents],
            }
            for about, thing in things.items()
        ),
        "boards": heads,
        "changes": columns(all_changes),
        "ways": ways,
        "acts": columns(all_acts),
    }


def columns(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Rows by their columns: ``kinds``, the sets of fields there are; ``rows``, of which kind each row is; and all the
    values of each field, in the order of the rows.

    >>> columns([{"x": 1}, {"x": 2, "y": 3}])
    {'kinds': [['x'], ['x', 'y']], 'rows': [0, 1], 'columns': {'x': [1, 2], 'y': [3]}}
    """
    kinds: dict[tuple[str, ...], int] = {}
    numbers: list[int] = []
    values: dict[str, list[Any]] = {}
    for row in rows:
        numbers.append(kinds.setdefault(tuple(row), len(kinds)))
        for field, value in row.items():
            values.setdefault(field, []).append(value)
    return {"kinds": [list(kind) for kind in kinds], "rows": numbers, "columns": values}


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
    marks = (mark for board in boards for mark in board.marks.values())
    spoken = (key for mark in marks for key in (*mark.made_of, mark.copy_of, mark.goes_into, mark.rides))
    return order + [key for key in dict.fromkeys(spoken) if key is not None and key not in known]


def _told(mark: Mark, places: Mapping[Key, int], told: Mapping[About, int]) -> dict[str, Any]:
    """A mark as plain data, written short, the marks and things that it names by their places."""
    named = {name: getattr(mark, name) for name in ("copy_of", "goes_into", "rides")}
    return {
        **{name: _plain(getattr(mark, name)) for name in TOLD},
        **{name: None if key is None else places[key] for name, key in named.items()},
        "made_of": [places[key] for key in mark.made_of],
        "about": None if mark.about is None else told[mark.about],
    }


def _acts(way: motion.Transition, places: Mapping[Key, int]) -> list[dict[str, Any]]:
    """The acts of what changes; times are in frames."""
    acts: list[dict[str, Any]] = []
    for act in way.acts:
        if act.how == "still":
            continue
        told = {"place": places[act.key], "how": act.how, "start": _frames(act.start), "end": _frames(act.end)}
        if act.other is not None:
            other = act.before.goes_into if act.before is not None else act.after.copy_of if act.after else None
            assert other is not None
            told["other"] = [places[other], int(way.after.marks.get(other) is act.other)]
        if act.at:
            told["at"] = _plain(act.at)
        acts.append(told)
    return acts


def _frames(seconds: float) -> int:
    return round(seconds * staging.RATE)


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


TOLD = tuple(field.name for field in fields(Mark) if field.name != "text")
"""What is told of a mark: its text is what its runs say."""
UNCHANGED = _told(Mark("", "", 0, 0, 0, 0), {}, {})
"""The mark that every new one is told as a change to."""
