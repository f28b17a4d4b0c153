"""One path, walked: the taps it passes on its threads, and below the picture what they multiply to; and how many paths
there are.

This module knows a cone and pieces; on which board it stands a story says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import prod
from typing import NamedTuple

from convexplain.board import motion, pieces, tiles
from convexplain.board.marks import PARTIAL, SMALL, TEXT, About, Cue, Draft, Key
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.layers import Cell
from convexplain.stories import taps
from convexplain.stories.cone import Cone
from convexplain.stories.taps import lay_tap
from convexplain.stories.ways import Way

PATH = 9.0
"""The thickness of the one path."""


class Entry(NamedTuple):
    """One number of a calculation, with the word that stands below it."""

    key: Key
    text: str
    name: str = ""
    about: About | None = None
    copy_of: Key | None = None


def lay(cone: Cone, draft: Draft, way: Way) -> None:
    """The threads of a path and its dots. Its kernels lie under what they read, so that it runs through the taps it
    takes; without room for kernels each thread carries its tap.
    """
    cone.threads(draft, [way], PATH if cone.is_striped else tiles.MEANT, striped=cone.is_striped)
    size = SMALL if cone.form.is_narrow else TEXT
    steps = zip(cone.edges([way]), way.taps, way.cells[1:], strict=True)
    for (key, level, _, source), tap, cell in steps:
        role = cone.thread_role(level, cell, source)
        if cone.is_striped:
            halo = draft.marks[key].at(size=3 * PATH, alpha=0.25, z=-1, about=None)
            draft.put("thread", ("halo", *key), halo)
            _lay_kernel(cone, draft, level, cell, source, tap)
            continue
        points = tiles.along(draft.marks[key])
        width = advance(runs_of(tap.text)) * size + (18 if cone.form.is_narrow else 32)
        upper = cone.disc(level - 1) / 2 if level - 1 > cone.base else 0.0
        lower = cone.disc(level) / 2 if level < cone.script.level else 0.0
        middle = (points[0][1] + upper + points[-1][1] - lower) / 2  # between the discs, where the thread is seen
        at = min(points, key=lambda point: abs(point[1] - middle))
        lay_tap(draft, ("along", *key), tap, role, at, (width, 1.36 * size), size)


def _lay_kernel(cone: Cone, draft: Draft, level: int, cell: Cell, source: Cell, tap: Number) -> None:
    """The kernel that a path passes, under what it reads, and the tap of it that the path takes."""
    assert tap.about is not None
    own = taps.places(cone, level, cell.step, cell.channel, [source.channel])
    y, width = cone.strip_y(level), cone.close.pitch - 4
    taps.lay_strip(
        draft,
        cone.form,
        own,
        lambda at: cone.x(cone.close, level - 1, at) or 0.0,
        y,
        width,
        {("tap", *tap.about[1:])},
    )
    if not cone.form.is_narrow:
        pieces.name(draft, ("kernel", level), f"kernel of layer {level}", y + 11, own[0].role)


def lines(cone: Cone) -> tuple[float, float]:
    """The y of the numbers of a calculation below the picture, and of the words under them."""
    bottom = cone.form.height - 156.0
    return (bottom - 46, bottom - 8) if cone.form.is_narrow else (bottom - 84, bottom - 22)


def calculate(cone: Cone, draft: Draft, entries: Sequence[Entry], signs: Iterable[str], is_far: bool = False) -> None:
    """A calculation below the picture: numbers with signs between them, each with its word; the last is the result.
    One that ``is_far`` ends at the right, where many threads leave room.
    """
    form, (y, below) = cone.form, lines(cone)
    first = cone.aside()
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
            draft.put("calculation", (*entry.key, "sign"), written)
        if entry.name and named:
            said = words(entry.name, middle, below, SMALL, "quiet", rides=entry.key)
            draft.put("calculation", (*entry.key, "name"), said)
        x, end = x + width + gap, mark.right


def bracketed(number: Number, first: bool = False) -> str:
    """A factor of a written product: what is negative stands in brackets, where it is not the ``first``."""
    return f"({number.text})" if number.value < 0 and not first else number.text


def weigh(cone: Cone, draft: Draft, way: Way) -> None:
    """The taps of a path, and what they multiply to: its weight."""
    entries = []
    for place, ((key, *_), tap) in enumerate(zip(cone.edges([way]), way.taps, strict=True)):
        assert tap.about is not None
        layer, k = tap.about[1:3]
        name = f"layer {layer}, tap {k}"
        flown: Key | None = ("along", *key, "digits")
        if cone.is_striped:  # past a third kernel it would fly over numbers
            flown = ("tap", *tap.about[1:], "digits") if len(way.taps) < 3 else None
        entries.append(Entry(("factor", layer), bracketed(tap, not place), name, tap.about, flown))
    if len(entries) > 1:
        entries.append(Entry(("weight",), way.weight.text, "the path’s weight", way.weight.about))
    calculate(cone, draft, entries, [*["×"] * (len(way.taps) - 1), *["="] * (len(way.taps) > 1)])


def give(cone: Cone, draft: Draft, way: Way) -> None:
    """The weight of a path and its sample, and what they multiply to."""
    last = len(way.taps) == 1
    whole = cone.script.output(*cone.cell).text if cone.has_values else "output"
    weight = Entry(("factor", cone.script.level) if last else ("weight",), way.weight.text, "the path’s weight")
    name = f"layer {cone.base}, step {way.cells[0].step}" if cone.base else f"sample {way.cells[0].step}"
    sample = Entry(("factor", "x"), bracketed(way.sample), name, way.sample.about)
    product = Entry(("product", "digits"), way.product.text, f"its part of the {whole}", way.product.about)
    calculate(cone, draft, [weight._replace(about=way.weight.about), sample, product], ["×", "="])


def cues(cone: Cone, way: Way) -> list[Cue]:
    """The path is walked thread by thread; after each its tap comes to it, and is written below; then its weight."""
    found, beat = [], motion.ENTER
    for (key, *_), tap in zip(cone.edges([way]), way.taps, strict=True):
        assert tap.about is not None
        kernel = (("strip", tap.about[1]), ("tap", tap.about[1]), ("name", "kernel", tap.about[1]))
        found.append(Cue(kernel, beat - 0.5, 0.7))
        found += [Cue((key, ("halo", *key)), beat, 0.9), Cue((("along", *key),), beat + 1, 1.0)]
        beat += 2
    for tap in way.taps:
        assert tap.about is not None
        factor = ("factor", tap.about[1])
        found += [
            Cue((factor,), beat, 1.2),
            Cue(((*factor, "sign"), (*factor, "name")), beat, after=1.0),
        ]
    return [*found, Cue((("weight",),), beat + 1)]


def left_behind() -> Cue:
    """The kernels of a path leave while its threads grow to the dots they lay under."""
    return Cue((("strip",), ("tap",), ("name", "kernel")), motion.MOVE, 0.5)


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
