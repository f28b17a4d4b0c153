"""One path, walked through the taps it takes; sums as they are written; and how many paths there are.

This module knows a cone and pieces; on which board it stands a story says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations
from math import prod
from typing import NamedTuple

from convexplain.board import motion, pieces, tiles
from convexplain.board.marks import PARTIAL, SMALL, TEXT, About, Cue, Draft, Key, Role
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench as benches
from convexplain.stories import taps
from convexplain.stories.cone import Cone
from convexplain.stories.ways import Way

PATH = 9.0
"""The thickness of the one path."""


# sums


def bracketed(number: Number) -> str:
    """A factor of a written product: what is negative stands in brackets."""
    return f"({number.text})" if number.value < 0 else number.text


def lay_terms(
    draft: Draft,
    key: Key,
    parts: Sequence[tuple[str, Role]],
    left: float,
    right: float,
    y: float,
    sizes: tuple[float, ...] = (TEXT, SMALL, 0.0),
    align: float = -1.0,
) -> None:
    """A sum in parts, each in its own role, at the left of a room or (``align`` 1) at its right; nothing where it has
    no room.
    """
    size = benches.fitting(right - left, ["".join(text for text, _ in parts)], sizes)
    if align > 0:
        left = right - sum(advance(runs_of(text)) for text, _ in parts) * size
    for place, (text, role) in enumerate(parts if size else ()):
        draft.put("sum", (*key, place), words(text, left, y, size, role, align=-1))
        left += advance(runs_of(text)) * size


class Entry(NamedTuple):
    """One number of a calculation, with the word that stands below it."""

    key: Key
    text: str
    name: str = ""
    about: About | None = None
    copy_of: Key | None = None


def calculate(cone: Cone, draft: Draft, entries: Sequence[Entry], signs: Iterable[str], is_far: bool = False) -> None:
    """A calculation below the picture: numbers with signs between them, each with its word; the last is the result.
    One that ``is_far`` ends at the right, where many threads leave room.
    """
    form, first, bottom = cone.form, cone.aside(), cone.form.height - 156.0
    y, below = (bottom - 46, bottom - 8) if form.is_narrow else (bottom - 84, bottom - 22)
    room = form.width - form.margin - first
    named, gap, widths = True, 0.0, [0.0]
    for size, wide, named in ((PARTIAL, 1.5, True), (TEXT, 1.5, True), (SMALL, 1.5, True), (SMALL, 1.2, False)):
        if form.is_narrow and size == PARTIAL:
            continue
        gap, names = wide * size, [entry.name if named else "" for entry in entries]
        texts = [advance(runs_of(entry.text)) * size for entry in entries]
        widths = [max(a, advance(runs_of(name)) * SMALL) for a, name in zip(texts, names, strict=True)]
        if sum(widths) + gap * (len(widths) - 1) <= room:
            break
    x, end = first + (room - sum(widths) - gap * (len(widths) - 1) if is_far and cone.is_left else 0.0), 0.0
    for place, (entry, width, sign) in enumerate(zip(entries, widths, ["", *signs], strict=True)):
        middle = x + width / 2
        mark = words(entry.text, middle, y, size, about=entry.about)
        mark = draft.put("calculation", entry.key, mark.at(copy_of=entry.copy_of))
        if place:
            written = words(sign, (end + mark.left) / 2, y, size, "quiet", rides=entry.key)
            draft.put("calculation", (*entry.key, "sign", sign), written)
        if entry.name and named:
            said = words(entry.name, middle, below, SMALL, "quiet", rides=entry.key)
            draft.put("calculation", (*entry.key, "name"), said)
        x, end = x + width + gap, mark.right


# one path


def tap_key(tap: Number) -> Key:
    """The key of a tap in its kernel."""
    assert tap.about is not None
    return ("tap", *tap.about[1:])


def lay(cone: Cone, draft: Draft, way: Way) -> None:
    """The threads of a path, each with the tap it takes under the cell it comes from, where there is room in the whole
    kernel.
    """
    cone.threads(draft, [way], PATH)
    high = taps.height(cone.form)
    for (key, level, to, source), tap in zip(cone.edges([way]), way.taps, strict=True):
        halo = draft.marks[key].at(size=3 * PATH, alpha=0.25, z=-1, about=None)
        draft.put("thread", ("halo", *key), halo)
        y = cone.heights()[level - 1] + high / 2 + (0 if level - 1 == cone.base else cone.disc(level - 1) / 2 + 14)
        if cone.is_striped:
            own, wide = taps.places(cone, level, to.step, to.channel), 0.94 * cone.slot(cone.close, level - 1)
            taps.lay_strip(
                draft,
                cone.form,
                own,
                lambda at, n=level - 1: cone.x(cone.close, n, at) or 0.0,
                y,
                min(wide, 170.0),
                tap_key(tap),
            )
            if not cone.form.is_narrow:
                pieces.name(draft, ("kernel", level), f"kernel of layer {level}", y + 11)
            continue
        size = SMALL if cone.form.is_narrow else TEXT
        width, x = advance(runs_of(tap.text)) * size + 32, cone.x(cone.close, level - 1, source) or 0.0
        role = cone.thread_role(level, to, source)
        taps.lay_tap(draft, tap_key(tap), tap, role, (x, y), (width, high - 8), size)


def lay_taps(cone: Cone, draft: Draft, ways: Sequence[Way]) -> None:
    """The taps of several paths on their threads, beside the cell between two layers, where the threads lie apart;
    nothing where two would lie over each other.
    """
    size = SMALL if cone.form.is_narrow else TEXT
    found = {edge[0]: (edge, tap) for way in ways for edge, tap in zip(cone.edges([way]), way.taps, strict=True)}
    aside, high, laid = 0.96 * size + (cone.disc(cone.levels[1]) / 2), 1.36 * size, []
    for (key, level, cell, source), tap in found.values():
        points = tiles.along(draft.marks[key])
        start, end = points[0][1], points[-1][1]
        y = max((start + end) / 2, end - aside) if level - 1 == cone.base else min((start + end) / 2, start + aside)
        x, y = min(points, key=lambda point: abs(point[1] - y))
        width = advance(runs_of(tap.text)) * size + (18 if cone.form.is_narrow else 32)
        laid.append((tap, cone.thread_role(level, cell, source), (x, y), width))
    for (*_, (x, y), width), (*_, (x2, y2), width2) in combinations(laid, 2):
        if abs(x - x2) < (width + width2) / 2 + 4 and abs(y - y2) < high:
            return
    for tap, role, at, width in laid:  # where they have no room they are left out: they are about nothing
        taps.lay_tap(draft, tap_key(tap), tap._replace(about=None), role, at, (width, high), size)


def weigh(cone: Cone, draft: Draft, way: Way) -> None:
    """The taps of a path, and what they multiply to: its weight."""
    entries = []
    for tap in way.taps:
        _, layer, k, *_ = tap_key(tap)
        flown = (*tap_key(tap), "digits") if len(way.taps) < 3 else None  # past a third it would fly over numbers
        entries.append(Entry(("factor", layer), bracketed(tap), f"layer {layer}, tap {k}", tap.about, flown))
    if len(entries) > 1:
        entries.append(Entry(("weight",), way.weight.text, "the path’s weight", way.weight.about))
    calculate(cone, draft, entries, [*["×"] * (len(way.taps) - 1), *["="] * (len(way.taps) > 1)])


def give(cone: Cone, draft: Draft, way: Way) -> None:
    """A path's sample and its weight, and what they multiply to."""
    name = f"layer {cone.base}, step {way.cells[0].step}" if cone.base else f"sample {way.cells[0].step}"
    key = ("weight",) if len(way.taps) > 1 else ("factor", cone.script.level)
    sample = (
        (*cone.key(cone.base, way.cells[0]), "digits") if cone.is_striped and len(cone.levels) == 3 else None
    )  # past more it would fly over numbers
    entries = [
        Entry(("factor", "x"), bracketed(way.sample), name, way.sample.about, sample),
        Entry(key, bracketed(way.weight), "the path’s weight", way.weight.about),
        Entry(("product", "digits"), way.product.text, "what it adds", way.product.about),
    ]
    calculate(cone, draft, entries, ["×", "="])


def cues(cone: Cone, way: Way) -> list[Cue]:
    """The kernels come; the path is walked thread by thread; then the taps it took are multiplied."""
    found, beat = [Cue((("strip",), ("tap",), ("name", "kernel")), motion.ENTER - 0.5, 0.7)], motion.ENTER
    for key, *_ in cone.edges([way]):
        found.append(Cue((key, ("halo", *key)), beat, 1.2))
        beat += 1
    for tap in way.taps:
        factor = ("factor", tap_key(tap)[1])
        found += [Cue((factor,), beat, 1.2), Cue(((*factor, "sign"), (*factor, "name")), beat, after=1.0)]
    return [*found, Cue((("weight",),), beat + 1)]


# how many


def factors(cone: Cone) -> list[tuple[int, str]]:
    """What the number of paths is the product of; nothing where some start in the padding."""
    found = []
    for level in cone.levels[1:]:
        layer, channels = cone.layers[level], cone.script.source.stack.shapes[level - 1][1]
        own = channels // layer.groups
        found += [(own, "channels")] if own > 1 else []
        found.append((layer.kernel_size, f"tap{'s' * (layer.kernel_size > 1)} of layer {level}"))
    is_product = prod(number for number, _ in found) == cone.ways.count
    return found if is_product and len(found) > 1 else []


def count(cone: Cone, draft: Draft, counted: Sequence[tuple[int, str]], sign: str, key: str = "count") -> None:
    """A calculation with counted things; the last is the result."""
    last = len(counted) - 1
    entries = [
        Entry((key, "all" if place == last else place), f"{number:,}", name)
        for place, (number, name) in enumerate(counted)
    ]
    calculate(cone, draft, entries, [*[sign] * (last - 1), *["="] * (last > 0)], True)
