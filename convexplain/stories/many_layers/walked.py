"""What is drawn close by: kernels as strips of tiles that lie where they read, one path, walked through the numbers it
takes of kernels, how many paths there are, and sums as they are written.

This module knows a cone and pieces; on which board it stands a story says.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from convexplain import style
from convexplain.board import pieces, staging, tiles
from convexplain.board.marks import DIGIT, FULL, PARTIAL, SMALL, TEXT, About, Cue, Draft, Key, Mark, Role
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers.cone import Cone, Edge
from convexplain.stories.many_layers.views import View, wide
from convexplain.stories.many_layers.ways import Way
from convexplain.stories.many_layers.web import SIZES, Web, inscribed

ASIDE, BETWEEN, APART = 0.06, 6.0, 14.0
"""The light of a tap that is not meant, what is between two strips, and between a remark and the caption besides."""


# sums


def addend(number: Number) -> str:
    """A number as an addend; a zero has no sign."""
    return f"+{number.text}" if number.value > 0 and number.text else number.text


class Term(NamedTuple):
    """One sign or number of a sum."""

    text: str
    role: Role = "ink"
    key: Key | None = None
    about: About | None = None


def lay_sum(
    draft: Draft, key: Key, terms: Sequence[Term], x: float, right: float, y: float, sizes: Sequence[float]
) -> float:
    """A sum in one line in the first size that fits, if that is not 0. Returns where it ends."""
    size = bench.fitting(right - x, ["".join(term.text for term in terms)], sizes)
    for place, term in enumerate(terms if size else ()):
        mark = words(term.text, x, y, size, term.role, align=-1, about=term.about)
        draft.put("sum", term.key or (*key, place), mark)
        x += wide(term.text, size)
    return x


def worked(cone: Cone, level: int, cell: Cell) -> list[Term]:
    """How a cell comes about: what its taps read, times these, added up."""
    terms, layer, number = list[Term](), cone.layers[level], cone.script.number
    for tap in cone.taps(level, cell):
        sample, hue = number(("cell", level - 1, *tap.source)), "ink" if cone.form.points else tap.role
        terms += [Term(" + ", "quiet")] * bool(terms)
        terms.append(Term(phrases.times(sample, tap.number), hue))
    if layer.use_bias:
        terms.append(Term(f" + {phrases.times(number(('bias', level, cell.channel)))} (bias)"))
    terms.append(Term(f" = {number(('total', level, *cell)).text}"))
    return terms + [Term(f",   {layer.activation}: {number(('cell', level, *cell)).text}")] * (not layer.is_linear)


def remark(draft: Draft, key: Key, *texts: str) -> None:
    """The first of some remarks, most of them only shorter, that has room below all that is shown."""
    form, at = draft.format, pieces.caption_line(draft)
    gaps = {"words": 0.0, "bar": APART, "dot": APART}
    marks = (mark for mark in draft.marks.values() if mark.kind in gaps and mark.y < at - 48)
    low = max(mark.bottom + gaps[mark.kind] for mark in marks)
    lines = 1 + int((at - 68 - low - SMALL / 2) // 40)
    lines = 2 - (("caption", 1) in draft.marks) if form.is_narrow else lines
    room = form.width - 2 * form.margin
    for said, size in ((text, size) for text in filter(None, texts) for size in (form.small, SMALL)):
        many = len(pieces.wrapped(said, room / size))
        if many <= lines and (many == 1 or size == SMALL):
            pieces.remark(draft, key, said, size)
            for place in range(many if not form.points else 0):  # apart from the caption
                own = ("remark", *key, place)
                draft.change([own], y=draft.marks[own].y - APART)
            return


# kernels as strips of tiles


def lay_strip(
    draft: Draft, view: View, level: int, cell: Cell, y: float, lit: Collection[Key] | None = None, apart: float = 0.0,
    copied: float = 0.0,
) -> None:  # fmt: skip
    """The kernels of a cell about a height, under what they read, in one strip or each so far ``apart`` below the one
    before; only taps that are ``lit`` are meant, all when None. They may be copies so high, for the cell's step.
    """
    taps, high, rim = view.cone.taps(level, cell), copied or view.cone.strip, 4 if copied else 8
    # How wide the tile of a tap is, and how large the numbers in such tiles.
    width = min(0.94 * view.slot(level - 1), 170.0 if view.is_close else math.inf)
    sizes = SIZES if high > TEXT and width > 70 else SIZES[-1:]
    size = bench.fitting(width - 28, (tap.number.text for tap in taps), sizes)
    lines = [[tap for tap in taps if tap.source.channel == c] for c in view.cone.channels[level - 1]]
    for place, own in enumerate(lines if apart else [taps]):
        xs, at = [view.x(level - 1, tap.source) for tap in own], y + apart * place
        left, right = min(xs) - width / 2 - 6, max(xs) + width / 2 + 6
        role = own[0].role if len({tap.role for tap in own}) == 1 else "sample"
        key = ("strip", level, cell.channel, place, *[cell.step] * bool(copied))
        pieces.card(draft, key, left, right, at - high / 2, at + high / 2, role)
        for edge, x in zip(own, xs, strict=True):
            meant, step, room = lit is None or edge.tap in lit, cell.step if copied else None, (width - 4, high - rim)
            lay_tap(draft, edge.tap, edge.number, edge.role, (x, at), room, size, meant, step)


def lay_tap(
    draft: Draft, key: Key, number: Number, role: Role, at: tuple[float, float], room: tuple[float, float], size: float,
    meant: bool = True, step: int | None = None,
) -> None:  # fmt: skip
    """A weight as a tile with its number in it, about a point; a zero is its number alone. It may be a step's copy."""
    look, rides = dict[str, Any](role="ink" if meant else "quiet"), None
    parent, key = (None, key) if step is None else (key, (*key, step))
    if number.value:
        seen = dict[str, Any](light=FULL if meant else ASIDE, z=2, copy_of=parent and (*parent, "bar"))
        tiles.tile(draft, key, number, role, *at, *room, **seen)
        look, rides = inscribed(role) if meant else look, (*key, "bar")
    written = words(number.text, *at, size, z=3, about=number.about, rides=rides)
    draft.put("tap", (*key, "digits"), written.at(**look, copy_of=parent and (*parent, "digits")))


# one path


def lay_kernels(cone: Web, draft: Draft, lit: Sequence[Way], hung: Sequence[Way]) -> None:
    """The kernel of the output, above each dot a copy of the one that makes it, at the ends of its threads, and the
    weights of the paths that are ``hung`` on theirs. Where some paths are ``lit`` the rest recedes.
    """
    (low, top), ends, form = cone.layers, cone.placed(cone.every), cone.form
    meant, (width, high), y = cone.edges(lit or cone.paths), (cone.column - 4, cone.strip - 8), cone.tapped(top)
    lay_strip(draft, cone.close, top, cone.cell, y, {edge.tap for edge in meant})
    every = [edge for edge in cone.every if edge.level == low]
    weights = {way: way.weight._replace(text=addend(way.weight)) for way in cone.paths}
    texts = [number.text for number in (*(edge.number for edge in every), *weights.values())]
    size = bench.fitting(width - 12, texts, SIZES if high > TEXT else SIZES[-1:])
    for edge in every:
        at, is_meant = (ends[edge.key, False], cone.above), edge in meant
        lay_tap(draft, edge.tap, edge.number, edge.role, at, (width, high), size, is_meant, edge.cell.step)
    for way in hung:
        at, role = (cone.hangs[way], cone.weighed), cone.edges([way])[-1].role
        lay_tap(draft, way.key, weights[way], role, at, (width, high), size, not lit or way in lit)
    for level, middle in ((top, y), (low, cone.above)):
        names = f"{cone.kernels(level)} of layer {level}", cone.kernels(level)
        name = bench.longest((cone.close.axis.left - form.margin - 8) * SMALL / form.small, names)
        pieces.name(draft, ("kernel", level), name, middle + 11)
    if hung:
        pieces.name(draft, ("paths",), "weight" if len(hung) == 1 else "weights", cone.weighed + 11)


def rewritten(draft: Draft) -> Cue:
    """Numbers in tiles that get bright or recede go and come again, so that each is read on its tile."""
    return Cue(tuple(key for key in draft.marks if key[0] in ("tap", "way") and key[-1] == "digits"), how="anew")


def lay_alone(cone: Web, draft: Draft, edge: Edge, key: Key) -> None:
    """A tap alone under its cell, and beside it, where that has room, of which layer it is."""
    level, high, small, form = edge.level, cone.strip, cone.form.small, cone.form
    x, y, room = cone.at(level - 1, edge.source), cone.tapped(level), (wide(edge.number.text, small) + 32, high - 8)
    side = 1.0 if cone.at(level, edge.cell) > x else -1.0  # the thread goes there
    if y + high / 2 > cone.height(level, edge.cell) - cone.disc(level) / 2:  # no room above the dot
        x = max(x - side * ((cone.disc(level) + room[0]) / 2 + 12), form.names + room[0] / 2)
    at = form.within(x, room[0]), y
    lay_tap(draft, key, edge.number, edge.role, at, room, small)
    named = words(f"kernel of layer {level}", at[0] - side * (room[0] / 2 + 16), y, small, "quiet", side)
    if form.names < named.left and named.right < form.width - form.margin and not _covers(draft, named):
        draft.put("note", ("note", "tap", key[-1]), named)


def _covers(draft: Draft, said: Mark) -> bool:
    """Whether words would lie over a cell."""
    cells = (mark for mark in draft.marks.values() if mark.kind == "bar")
    near = (mark for mark in cells if abs(mark.x - said.x) < (mark.width + said.width) / 2)
    return any(abs(mark.y - said.y) < (mark.height + DIGIT * said.size) / 2 for mark in near)


def multiply(cone: Web, draft: Draft, way: Way) -> None:
    """The taps of a path and what they multiply to, its weight: beside that on its thread, and then beside the output
    what the path adds to it; else beside the output.
    """
    left, right = max(cone.aside, _past(draft, cone.work - 0.6 * TEXT) + 24), cone.form.width - cone.form.margin
    key, y, terms = ("work", *way.at), cone.work, list[Term]()
    for place, tap in enumerate(way.taps):
        terms += [Term(" × ", "quiet")] * bool(place)
        terms.append(Term(phrases.times(tap), "ink", ("factor", *way.at, place), tap.about))
    terms, text = [*terms, Term(" = ", "quiet")], f"{phrases.times(*way.taps)} = "
    if cone.column:
        tile, product = draft.marks[*way.key, "digits"].at(width=cone.column), phrases.times(way.sample, way.weight)
        added = [Term("this path adds ", "quiet"), Term(f"{product} = {way.product.text}")] * way.is_on
        has_room = wide("".join(term.text for term in added)) < right - left
        lay_sum(draft, ("adds", *way.at), added[not has_room :], left, right, y, cone.sizes)
        left, y = tile.left - 6 - wide(text, cone.sizes[0]), cone.weighed
        if left < cone.close.axis.left:  # no room before it
            left, terms = tile.right + 6, [terms[-1], *terms[:-1]]
    else:
        terms.append(Term(way.weight.text, "ink", (*way.key, "digits"), way.weight.about))
    lay_sum(draft, key, terms, left, right, y, cone.sizes)


def cues(cone: Web, way: Way) -> list[Cue]:
    """The path is walked thread by thread; then the taps it took are multiplied."""
    found = [Cue((("strip",), ("tap",), ("name", "kernel")), staging.ENTER - 0.5, 0.6, "fade")]
    beats = range(int(staging.ENTER), int(staging.ENTER) + len(way.taps))
    for beat, edge in zip(beats, cone.edges([way]), strict=True):
        late = 0.3 * (beat > staging.ENTER)
        found += [Cue((("stem", *edge.key),), beat, 0.3), Cue((edge.key,), beat, 1.2, after=late)]
        found.append(Cue((("stem", *edge.key, "low"),), beat, 0.3, after=late + 0.9 * (beat == staging.ENTER)))
    taken = enumerate(("factor", *way.at, place) for place in range(len(way.taps)))
    found += [Cue((key,), beat + 1 + 0.1 * place, 1.0) for place, key in taken]
    return [*found, Cue((("work", *way.at), way.key), beat + 2, 0.4, "fade"), Cue((("adds", *way.at),), beat + 3, 0.4)]


def _past(draft: Draft, top: float) -> float:
    """Where threads end to the right that come below a height."""
    met = (place for key, mark in draft.marks.items() if key[0] == "edge" for place in tiles.along(mark))
    return max((x for x, y in met if y > top), default=0.0)


# how many


def count(cone: Web, draft: Draft, off: bool = False) -> None:
    """How many paths there are, as a product where none starts in the padding and that has room; or how many are on."""
    form, many, key = cone.form, cone.ways.count, ("count", "off" if off else "all")
    said, parts = f"{many:,} path{'s' * (many > 1)}", dict[Key, tuple[int, str]]()
    for place, level in enumerate(reversed(cone.layers)):
        read = len(cone.script.source.stack.terms(level, cone.read[level][0]))
        noun = "dot" if level - 1 > cone.base else cone.noun
        of = f" of layer {level - 1}" * (noun == "dot") + " each" * bool(place)
        parts[(*key, place)] = read, f"{noun}{'s' * (read > 1)}{of}"
    is_made = len(parts) > 1 and math.prod(number for number, _ in parts.values()) == many
    parts[key] = many, said.partition(" ")[2]
    right = form.width - form.margin
    if off:
        on = f"{many - cone.ways.off:,} on"
        said = bench.longest(right - cone.aside, [f"{said} {style.MINUS} {cone.ways.off:,} off = {on}", on])
    sizes = (PARTIAL, TEXT, SMALL)[form.is_narrow :]
    if off or not is_made or not any(_lay_product(cone, draft, key, parts, size) for size in sizes[:2]):
        lay_sum(draft, key, [Term(said, key=key)], cone.aside, right, cone.work, sizes)


def _lay_product(cone: Web, draft: Draft, key: Key, parts: Mapping[Key, tuple[int, str]], size: float) -> bool:
    """Factors and what they make, by key, with what each counts below it, at the right of the web; whether that has
    room.
    """
    sign, first, y = wide("×", size) + 0.7 * size, next(iter(parts)), cone.work - 0.4 * size
    widths = {own: max(wide(f"{number:,}", size), wide(what)) for own, (number, what) in parts.items()}
    x = cone.form.width - cone.form.margin - sum(widths.values()) - sign * (len(parts) - 1)
    if x < max(cone.aside, _past(draft, y - 0.5 * size) + 40):
        return False
    for own, (number, what) in parts.items():
        if own != first:
            draft.put("sum", (*own, "sign"), words("=" if own == key else "×", x - sign / 2, y, size, "quiet"))
        draft.put("sum", own, words(f"{number:,}", x + widths[own] / 2, y, size))
        draft.put("sum", (*own, "what"), words(what, x + widths[own] / 2, y + 0.42 * size + 28, SMALL, "quiet"))
        x += widths[own] + sign
    return True
