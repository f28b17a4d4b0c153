"""The kernels of a stack as tiles: in a strip that lies where its kernel reads and slides with the window, or put aside
as a table at the left, where every tap can be looked up.

This module knows the numbers of a script and tiles; where a strip lies it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import TYPE_CHECKING, NamedTuple

from convexplain.board import pieces, tiles
from convexplain.board.marks import CARD, FULL, SMALL, TEXT, Draft, Format, Key, Role, plate
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.layers import Cell

if TYPE_CHECKING:
    from convexplain.stories.cone import Cone

MOST_LINES, ASIDE, BETWEEN = 3, 0.06, 6.0
"""How many strips have room below a row; the light of a tap that is not meant; and what is between two strips."""


class Place(NamedTuple):
    """A tap, and the cell that it stands under."""

    key: Key
    k: int
    source: Cell
    number: Number
    role: Role


def height(form: Format) -> float:
    """How high a strip is."""
    return 38.0 if form.is_narrow else 58.0


def places(cone: Cone, level: int, step: int, filter: int) -> list[Place]:
    """The taps of one filter where it makes a step of a level."""
    found = []
    for term in cone.script.source.stack.terms(level, Cell(step, filter)):
        k, c, f = term.weight
        if term.padded:
            continue
        number = cone.script.number(("weight", level, k, c, f))
        role = cone.thread_role(level, Cell(step, filter), term.source)
        found.append(Place(("tap", level, k, c, f), k, term.source, number, role))
    return found


def is_striped(cone: Cone) -> bool:
    """Whether every format has room for the kernels of all layers as strips with their numbers."""
    stack = cone.script.source.stack
    if cone.base or len(cone.levels) < 3 or not cone.is_aligned or cone.steps > 12:
        return False
    for level, layer in cone.layers.items():
        told = {cell.channel for cell in cone.read[level]}
        if len(told) > MOST_LINES or (level < cone.script.level and len(told) < stack.shapes[level][1]):
            return False
        if layer.padding != "valid" or len(cone.channels[level - 1]) < stack.shapes[level - 1][1]:
            return False
        texts = [p.number.text for f in told for p in places(cone, level, cone.read[level][0].step, f)]
        room = 0.84 * cone.narrowest_pitch / len(cone.channels[level - 1])
        if max(map(_advance, texts)) * SMALL + 8 > room:
            return False
    return True


def _advance(text: str) -> float:
    return advance(runs_of(text))


def lay_strip(
    draft: Draft, form: Format, taps: Sequence[Place], at: Callable[[Cell], float], y: float, width: float
) -> None:
    """One kernel, every tap about the height ``y`` under the cell it reads."""
    high, key = height(form), ("strip", *taps[0].key[1:2], *taps[0].key[-1:])
    xs = [at(tap.source) for tap in taps]
    left, right = min(xs) - width / 2 - 6, max(xs) + width / 2 + 6
    face = plate(taps[0].role, left, y - high / 2, right, y + high / 2, light=CARD, z=-2, radius=8.0)
    draft.put("strip", (*key, "card"), face)
    size = SMALL if form.is_narrow or width < 76 else TEXT
    for tap, x in zip(taps, xs, strict=True):
        lay_tap(draft, tap.key, tap.number, tap.role, (x, y), (width - 4, high - 8), size)


def lay_tables(cone: Cone, draft: Draft, lit: Collection[Key] | None = None) -> None:
    """The whole kernel of every layer at the left, between the rows it leads from and to: a row for each filter and
    channel, a column for each tap. Those that are not ``lit`` (all when None) are numbers alone. Nothing without room.
    """
    if not (found := _tables(cone)):
        return
    heights, (high, wide), form = cone.heights(), _cell(cone), cone.form
    for level, lines in found.items():
        middle = (heights[level - 1] + heights[level]) / 2 - 4
        top = middle - (len(lines) - 1) * high / 2 + (0 if form.is_narrow else 18)
        said = f"kernel{'s' * (len({line[0].key[-1] for line in lines}) > 1)} of layer {level}"
        if not form.is_narrow:
            pieces.name(draft, ("kernel", level), said, top - high / 2 - 12)
        for row, line in enumerate(lines):
            for tap in line:
                at = (form.margin + wide * (tap.k + 0.5), top + high * row)
                meant = lit is None or tap.key in lit
                number = tap.number._replace(about=None)  # a table that has no room is left out
                lay_tap(draft, tap.key, number, tap.role, at, (wide - 4, high - 6), SMALL, meant)


def _cell(cone: Cone) -> tuple[float, float]:
    """How high and how wide a tap of a table is."""
    most = max(layer.kernel_size for layer in cone.layers.values())
    room = cone.form.names - cone.form.margin - 12
    return (40.0 if cone.form.is_narrow else 52.0), min(76.0, room / most)


def _tables(cone: Cone) -> dict[int, list[list[Place]]]:
    """The taps of every layer's kernel, line by line; nothing where one has no room."""
    if not cone.is_striped:
        return {}
    found, heights, (high, wide) = {}, cone.heights(), _cell(cone)
    for level in cone.levels[1:]:
        lines: dict[tuple[int, int], list[Place]] = {}
        for filter in sorted({cell.channel for cell in cone.read[level]}):
            for tap in places(cone, level, cone.read[level][0].step, filter):
                lines.setdefault((filter, tap.source.channel), []).append(tap)
        widest = max(_advance(tap.number.text) for line in lines.values() for tap in line) * SMALL
        if widest + 10 > wide or len(lines) * high + 130 > heights[level] - heights[level - 1]:
            return {}
        found[level] = [lines[key] for key in sorted(lines)]
    return found


def lay_tap(
    draft: Draft,
    key: Key,
    number: Number,
    role: Role,
    at: tuple[float, float],
    room: tuple[float, float],
    size: float,
    meant: bool = True,
) -> None:
    """A weight as a tile with its number in it, about a point; a zero is its number alone."""
    (x, y), seen = at, bool(number.value)
    if seen:
        mark = tiles.tile(draft, key, number, role, x, y, *room, light=tiles.light_of(number.value) if meant else ASIDE)
        draft.marks[(*key, "bar")] = mark.at(z=2)
    bright = meant and number.value > 0
    written = words(number.text, x, y, size, "ink" if meant else "quiet", light=0.0 if bright else FULL, z=3)
    draft.put("tap", (*key, "digits"), written.at(about=number.about, rides=(*key, "bar") if seen else None))
