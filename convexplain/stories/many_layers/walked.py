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
    rides: Key | None = None


def lay_sum(
    draft: Draft,
    key: Key,
    terms: Sequence[Term],
    left: float,
    right: float,
    y: float,
    sizes: Sequence[float] = (TEXT, SMALL, 0.0),
    align: float = -1.0,
) -> None:
    """A sum in one line, at the left of a room or (``align`` 1) at its right, in the first size that fits; in the last
    one its words are left out, and nothing is written where that is 0.
    """
    size, widths, names = 0.0, [0.0], True
    for size in sizes:
        names = size != sizes[-1]
        widths = [max(_wide(term.text, size), _wide(term.name, SMALL) if names else 0.0) for term in terms]
        if sum(widths) <= right - left:
            break
    x, low = left if align < 0 else right - sum(widths), y + (38.0 if draft.format.is_narrow else 62.0)
    for place, (term, width) in enumerate(zip(terms, widths, strict=True) if size else ()):
        mark = words(term.text, x + width / 2, y, size, term.role, about=term.about)
        own = term.key or (*key, place)
        draft.put("sum", own, mark.at(copy_of=term.copy_of, rides=term.rides))
        if term.name and names:
            draft.put("sum", (*own, "name"), words(term.name, x + width / 2, low, SMALL, "quiet", rides=own))
        x += width


def _wide(text: str, size: float) -> float:
    return advance(runs_of(text)) * size


def calculate(cone: Cone, draft: Draft, terms: Sequence[Term], signs: Iterable[str], is_far: bool = False) -> None:
    """A calculation below the picture: numbers with signs between them, each with its word; the last is the result.
    One that ``is_far`` ends at the right, where many threads leave room.
    """
    form, written = cone.form, [*terms[:1]]
    for term, sign in zip(terms[1:], signs, strict=True):
        assert term.key is not None
        written += [Term(f"   {sign}   ", "quiet", "", (*term.key, "sign", sign), rides=term.key), term]
    y = form.height - (202.0 if form.is_narrow else 240.0)
    sizes = (TEXT, SMALL, SMALL) if form.is_narrow else (PARTIAL, TEXT, SMALL, SMALL)
    align = 1.0 if is_far and cone.is_left else -1.0
    lay_sum(draft, (), written, cone.aside(), form.width - form.margin, y, sizes, align)


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
            kernel, wide = taps.places(cone, level, to.step, to.channel), 0.94 * cone.slot(cone.close, level - 1)
            xs = [cone.x(cone.close, level - 1, own.source) or 0.0 for own in kernel]
            taps.lay_strip(draft, cone.form, kernel, xs, y, min(wide, 170.0), tap_key(tap))
            if not cone.form.is_narrow:
                pieces.name(draft, ("kernel", level), f"layer {level} kernel", y + 11)
                if cone.lines(level) > 1 and len(cone.levels) == 3:
                    pieces.note(draft, ("kernel", level), "for this channel", cone.form.margin, y + 40)
            continue
        size = SMALL if cone.form.is_narrow else TEXT
        width, x = advance(runs_of(tap.text)) * size + 32, cone.x(cone.close, level - 1, source) or 0.0
        role = cone.thread_role(level, to, source)
        taps.lay_tap(draft, tap_key(tap), tap, role, (x, y), (width, high - 8), size)


def lay_kernels(cone: Cone, draft: Draft) -> None:
    """The kernels of all layers at the left, each above the level that it gives, where there is room for strips."""
    if not cone.is_striped or cone.form.is_narrow or len(cone.levels) != 3:
        return
    wide, high, heights = 62.0, taps.height(cone.form) + taps.BETWEEN, cone.heights()
    for level in cone.levels[1:]:
        y = (heights[level] + heights[level - 1] - high * (cone.lines(level) - 1)) / 2 + 8
        for place, filter in enumerate(sorted({cell.channel for cell in cone.read[level]})):
            step = cone.read[level][0].step
            kernel = sorted(taps.places(cone, level, step, filter), key=lambda place: place.source)
            # Where they have no room they are left out: they are about nothing.
            kernel = [place._replace(number=place.number._replace(about=None)) for place in kernel]
            xs = [cone.form.margin + 6 + wide * (n + 0.5) for n in range(len(kernel))]
            taps.lay_strip(draft, cone.form, kernel, xs, y + high * place, wide)


def lay_taps(cone: Cone, draft: Draft, ways: Sequence[Way]) -> None:
    """The taps of several paths on their threads, beside the cell between two layers, where the threads lie apart;
    nothing where two would lie over each other.
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
        laid.append((tap, cone.thread_role(level, cell, source), (x, y), width))
    for (*_, (x, y), width), (*_, (x2, y2), width2) in combinations(laid, 2):
        if abs(x - x2) < (width + width2) / 2 + 4 and abs(y - y2) < high:
            return
    for tap, role, at, width in laid:  # where they have no room they are left out: they are about nothing
        taps.lay_tap(draft, tap_key(tap), tap._replace(about=None), role, at, (width, high), size)


def weigh(cone: Cone, draft: Draft, way: Way) -> None:
    """The taps of a path, and what they multiply to: its weight."""
    terms = []
    for tap in way.taps:
        _, layer, k, *_ = tap_key(tap)
        flown = (*tap_key(tap), "digits") if len(way.taps) < 3 else None  # past a third it would fly over numbers
        terms.append(Term(bracketed(tap), "ink", f"layer {layer}, tap {k}", ("factor", layer), tap.about, flown))
    if len(terms) > 1:
        terms.append(Term(way.weight.text, "ink", "the path’s weight", ("weight",), way.weight.about))
    calculate(cone, draft, terms, [*["×"] * (len(way.taps) - 1), *["="] * (len(way.taps) > 1)])


def give(cone: Cone, draft: Draft, way: Way) -> None:
    """A path's sample and its weight, and what they multiply to."""
    name = f"layer {cone.base}, step {way.cells[0].step}" if cone.base else f"sample {way.cells[0].step}"
    key = ("weight",) if len(way.taps) > 1 else ("factor", cone.script.level)
    home = (*cone.key(cone.base, way.cells[0]), "digits")
    flown = home if cone.is_striped and len(cone.levels) == 3 else None  # past more it would fly over numbers
    sample = Term(bracketed(way.sample), "ink", name, ("factor", "x"), way.sample.about, flown)
    weight = Term(bracketed(way.weight), "ink", "the path’s weight", key, way.weight.about)
    product = Term(way.product.text, "ink", "what it adds", ("product", "digits"), way.product.about)
    calculate(cone, draft, [sample, weight, product], ["×", "="])


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
    terms = [
        Term(f"{number:,}", "ink", name, (key, "all" if place == last else place))
        for place, (number, name) in enumerate(counted)
    ]
    calculate(cone, draft, terms, [*[sign] * (last - 1), *["="] * (last > 0)], True)
