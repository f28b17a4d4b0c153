"""One path, walked through the taps it takes; sums as they are written; and how many paths there are.

This module knows a cone and pieces; on which board it stands a story says.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import prod
from typing import NamedTuple

from convexplain.board import motion, pieces, tiles
from convexplain.board.marks import CONTEXT, PARTIAL, SMALL, TEXT, About, Cue, Draft, Key, Role
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories.many_layers import taps
from convexplain.stories.many_layers.cone import Cone
from convexplain.stories.many_layers.ways import Way

PATH = 9.0
"""The thickness of the one path."""


# sums


def bracketed(number: Number) -> str:
    """A factor of a written product: what is negative stands in brackets."""
    return f"({number.text})" if number.value < 0 else number.text


class Term(NamedTuple):
    """One sign or number of a sum, with the word that stands below it."""

    text: str
    role: Role = "ink"
    name: str = ""
    key: Key | None = None
    about: About | None = None
    copy_of: Key | None = None


def lay_sum(
    draft: Draft,
    key: Key,
    terms: Sequence[Term],
    left: float,
    right: float,
    y: float,
    sizes: Sequence[float] = (TEXT, SMALL, 0.0),
    align: float = -1.0,
) -> float:
    """A sum in one line, at the left of a room or (``align`` 1) at its right, in the first size that fits; in the last
    of several its words are left out, and nothing is written where that is 0. Returns where it ends.
    """
    size, widths = 0.0, [0.0]
    for place, size in enumerate(sizes):
        terms = terms if not place or place + 1 < len(sizes) else [term._replace(name="") for term in terms]
        widths = [max(_wide(term.text, size), _wide(term.name, SMALL)) for term in terms]
        if sum(widths) <= right - left:
            break
    x, low = left if align < 0 else right - sum(widths), y + (38.0 if draft.format.is_narrow else 62.0)
    for place, (term, width) in enumerate(zip(terms, widths, strict=True) if size else ()):
        own = term.key or (*key, place)
        mark = words(term.text, x + width / 2, y, size, term.role, about=term.about, copy_of=term.copy_of)
        draft.put("sum", own, mark)
        if term.name:
            draft.put("sum", (*own, "name"), words(term.name, x + width / 2, low, SMALL, "quiet", rides=own))
        x += width
    return x


def _wide(text: str, size: float) -> float:
    return advance(runs_of(text)) * size


# one path


def tap_key(tap: Number) -> Key:
    """The key of a tap in its kernel."""
    assert tap.about is not None
    return ("tap", *tap.about[1:])


def _keys(cone: Cone, way: Way) -> list[Key]:
    """The keys of the taps that a path takes: in their kernels, or where these have no room its own."""
    return [tap_key(tap) if cone.is_striped else ("tap", *way.at, n) for n, tap in enumerate(way.taps)]


def lay(cone: Cone, draft: Draft, way: Way, passed: Sequence[Way] = ()) -> None:
    """The threads of a path, each with the tap it takes under the cell it comes from, where there is room in the whole
    kernel. What was walked before falls back.
    """
    cone.threads(draft, [*passed, way], PATH)
    own = {edge[0] for edge in cone.edges([way])}
    draft.change([edge[0] for edge in cone.edges(passed) if edge[0] not in own], light=CONTEXT, size=tiles.MEANT, z=-1)
    high = taps.height(cone.form)
    for (key, level, to, source), tap, own_key in zip(cone.edges([way]), way.taps, _keys(cone, way), strict=True):
        halo = draft.marks[key].at(size=3 * PATH, alpha=0.25, z=-1, about=None)
        draft.put("thread", ("halo", *key), halo)
        y = cone.heights()[level - 1] + high / 2 + (0 if level - 1 == cone.base else cone.disc(level - 1) / 2 + 14)
        if cone.is_striped:
            kernel, wide = taps.places(cone, level, to), 0.94 * cone.slot(cone.close, level - 1)
            xs = [cone.x(cone.close, level - 1, place.source) or 0.0 for place in kernel]
            taps.lay_strip(draft, kernel, xs, y, min(wide, 170.0), {tap_key(tap)})
            if not cone.form.is_narrow:
                pieces.name(draft, ("kernel", level), f"layer {level} kernel", y + 11)
                if len(taps.filters(cone, level)) > 1:
                    pieces.note(draft, ("kernel", level), "for this channel", cone.form.margin, y + 40)
            continue
        size = SMALL if cone.form.is_narrow else TEXT
        width, x = advance(runs_of(tap.text)) * size + 32, cone.x(cone.close, level - 1, source) or 0.0
        role = cone.thread_role(level, to, source)
        taps.lay_tap(draft, own_key, tap, role, (x, y), (width, high - 8), size)
    taps.park(cone, draft, False)


def lay_taps(cone: Cone, draft: Draft, ways: Sequence[Way]) -> None:
    """Copies of the taps of several paths on their threads, beside the cell between two layers, where the threads lie
    apart; nothing where two would lie over each other.
    """
    size = SMALL if cone.form.is_narrow else TEXT
    found = {edge[0]: (edge, tap) for way in ways for edge, tap in zip(cone.edges([way]), way.taps, strict=True)}
    aside, high, laid = 0.96 * size + (cone.disc(cone.levels[1]) / 2), 1.36 * size, []
    for (key, level, cell, source), tap in found.values():
        points = tiles.along(draft.marks[key], 200)
        start, end = points[0][1], points[-1][1]
        y = max((start + end) / 2, end - aside) if level - 1 == cone.base else min((start + end) / 2, start + aside)
        x, y = min(points, key=lambda point: abs(point[1] - y))
        width = advance(runs_of(tap.text)) * size + (18 if cone.form.is_narrow else 32)
        laid.append((("on", *key), tap, cone.thread_role(level, cell, source), (x, y), width))
    for (*_, (x, y), width), (*_, (x2, y2), width2) in combinations(laid, 2):
        if abs(x - x2) < (width + width2) / 2 + 4 and abs(y - y2) < high:
            return
    for own, tap, role, at, width in laid:  # where they have no room they are left out: they are about nothing
        taps.lay_tap(draft, own, tap._replace(about=None), role, at, (width, high), size, copy_of=tap_key(tap))


def multiply(cone: Cone, draft: Draft, way: Way) -> None:
    """The taps of a path and what they multiply to, its weight; below this its sample times the weight. The numbers are
    copies of those that are seen; past two layers they would fly over others.
    """
    form, few, origins = cone.form, len(way.taps) < 3, [(*key, "digits") for key in _keys(cone, way)]
    said = [
        Term(bracketed(tap), about=tap.about, copy_of=origin if few else None)
        for tap, origin in zip(way.taps, origins, strict=True)
    ]
    factors = [term._replace(key=("factor", *way.at, n)) for n, term in enumerate(said)]
    home = (*cone.key(cone.base, way.cells[0]), "digits") if few else None
    weight = Term(way.weight.text, about=way.weight.about, key=("weight", *way.at))
    again = weight._replace(text=bracketed(way.weight), key=("factor", *way.at, "weight"), copy_of=weight.key)
    sample = Term(bracketed(way.sample), about=way.sample.about, key=("factor", *way.at, "x"), copy_of=home)
    product = Term(way.product.text, about=way.product.about, key=("product", *way.at))
    lines = [(factors, weight, "the path’s weight"), ([sample, again], product, "what the path adds to the output")]
    if len(factors) == 1:
        lines = [([sample, *factors], product, lines[1][2])]
    size, name = SMALL if form.is_narrow else TEXT, SMALL if form.is_narrow else form.small
    for place, (given, made, what) in enumerate(lines, 2 - len(lines)):
        y = form.height - (204.0 - 36 * place if form.is_narrow else 256.0 - 70 * place)
        terms = [t for n, factor in enumerate(given) for t in (*[Term(" × ", "quiet")] * bool(n), factor)]
        key = ("work", *way.at, place)
        end = lay_sum(draft, key, [*terms, Term(" = ", "quiet"), made], cone.aside(), form.width, y, (size,))
        note = words(what, end + 0.8 * size, y, name, "quiet", align=-1)
        if note.right < form.width - form.margin:
            draft.put("note", (*key, "what"), note)


def cues(cone: Cone, way: Way) -> list[Cue]:
    """The kernels come; the path is walked thread by thread; then the taps it took are multiplied, then its sample and
    what they gave.
    """
    found = [Cue((("strip",), ("tap",)), motion.MOVE), Cue((("name", "kernel"), ("note", "kernel")), motion.MOVE)]
    beat = motion.ENTER
    if not cone.is_striped:
        found.append(Cue((("tap", *way.at),), beat - 0.5, 0.7))
    for key, *_ in cone.edges([way]):
        found.append(Cue((key, ("halo", *key)), beat, 1.2))
        beat += 1
    for place in (0, 1):
        found.append(Cue((("work", *way.at, place),), beat + 1.2, 0.3))
        names = [*range(len(way.taps))] if place == (len(way.taps) == 1) else ["x", "weight"]
        names = ["x", *names] if place and len(way.taps) == 1 else names
        found += [Cue((("factor", *way.at, name),), beat + 0.2 * n, 1.0) for n, name in enumerate(names)]
        found.append(Cue((("factor", *way.at, "weight"),), beat + 0.2, 1.0, "down first"))
        found.append(Cue((("product" if place else "weight", *way.at),), beat + 1.2, 0.4))
        beat += 2
    return found


# how many


def factors(cone: Cone) -> list[tuple[int, str]]:
    """What the number of paths is the product of; nothing where some start in the padding."""
    found = []
    for level, layer in cone.layers.items():
        own = cone.script.source.stack.shapes[level - 1][1] // layer.groups
        found += [(own, "channels")] if own > 1 else []
        found.append((layer.kernel_size, f"tap{'s' * (layer.kernel_size > 1)} of layer {level}"))
    is_product = prod(number for number, _ in found) == cone.ways.count
    return found if is_product and len(found) > 1 else []


def count(cone: Cone, draft: Draft, counted: Sequence[tuple[int, str]], sign: str, key: str = "count") -> None:
    """A calculation with counted things, each with its word; the last is the result."""
    form, last, terms = cone.form, len(counted) - 1, list[Term]()
    for place, (number, name) in enumerate(counted):
        terms += [Term(f"  {'=' if place == last else sign}  ", "quiet")] * bool(place)
        terms.append(Term(f"{number:,}", "ink", name, (key, "all" if place == last else place)))
    y, right = form.height - (202.0 if form.is_narrow else 240.0), form.width - form.margin
    sizes = (TEXT, SMALL, SMALL) if form.is_narrow else (PARTIAL, TEXT, SMALL, SMALL)
    lay_sum(draft, (key, "sign"), terms, cone.aside(), right, y, sizes, 1.0 if cone.is_left else -1.0)
