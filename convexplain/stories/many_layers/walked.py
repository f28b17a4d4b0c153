"""One path, walked through the taps it takes; sums as they are written; and how many paths there are.

This module knows a cone and pieces; on which board it stands a story says.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from math import prod
from typing import NamedTuple

from convexplain import style
from convexplain.board import motion, pieces, tiles
from convexplain.board.marks import CONTEXT, SMALL, TEXT, About, Cue, Draft, Key, Role
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench as benches
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
    """One sign or number of a sum."""

    text: str
    role: Role = "ink"
    key: Key | None = None
    about: About | None = None


def wide(text: str, size: float = SMALL) -> float:
    """How wide words are."""
    return advance(runs_of(text)) * size


def lay_sum(
    draft: Draft, key: Key, terms: Sequence[Term], x: float, right: float, y: float, sizes: Sequence[float]
) -> float:
    """A sum in one line from ``x`` on, in the first size that fits; nothing is written where that is 0. Returns where
    it ends.
    """
    size = benches.fitting(right - x, ["".join(term.text for term in terms)], sizes)
    for place, term in enumerate(terms if size else ()):
        mark = words(term.text, x, y, size, term.role, align=-1, about=term.about)
        draft.put("sum", term.key or (*key, place), mark)
        x += wide(term.text, size)
    return x


# one path


def tap_key(tap: Number) -> Key:
    """The key of a tap in its kernel."""
    assert tap.about is not None
    return ("tap", *tap.about[1:])


def lay(cone: Cone, draft: Draft, way: Way, passed: Sequence[Way] = ()) -> None:
    """The threads of a path, each with the tap it takes under the cell it comes from, where there is room in the whole
    kernel. What was walked before falls back.
    """
    cone.threads(draft, [*passed, way], PATH)
    own = {edge[0] for edge in cone.edges([way])}
    draft.change([edge[0] for edge in cone.edges(passed) if edge[0] not in own], light=CONTEXT, size=tiles.MEANT, z=-1)
    high = taps.height(cone.form)
    for n, ((key, level, to, source), tap) in enumerate(zip(cone.edges([way]), way.taps, strict=True)):
        draft.put("thread", ("halo", *key), draft.marks[key].at(size=3 * PATH, alpha=0.25, z=-1, about=None))
        below = 0.0 if level - 1 == cone.base else cone.disc(level - 1) / 2 + 16
        y = cone.heights[level - 1] + high / 2 + below
        if cone.is_striped:
            kernel, width = taps.places(cone, level, to), 0.94 * cone.slot(cone.close, level - 1)
            xs = [cone.at(level - 1, place.source) for place in kernel]
            taps.lay_strip(draft, kernel, xs, y, min(width, 170.0), {tap_key(tap)})
            pieces.name(draft, ("kernel", level), "kernel", y + 11)
            continue
        size, at, role = cone.form.small, (cone.at(level - 1, source), y), cone.thread_role(level, to, source)
        taps.lay_tap(draft, ("tap", *way.at, n), tap, role, at, (wide(tap.text, size) + 32, high - 8), size)
    taps.park(cone, draft, False)


def lay_taps(cone: Cone, draft: Draft, ways: Sequence[Way]) -> None:
    """The taps of several paths on their threads, beside the cell between two layers, where the threads lie
    apart; nothing where two would lie over each other.
    """
    size = cone.form.small
    found = {edge[0]: (edge, tap) for way in ways for edge, tap in zip(cone.edges([way]), way.taps, strict=True)}
    aside, high, laid = 0.96 * size + cone.disc(cone.levels[1]) / 2, 1.36 * size, []
    for (key, level, cell, source), tap in found.values():
        points = tiles.along(draft.marks[key], 200)
        start, end = points[0][1], points[-1][1]
        y = max((start + end) / 2, end - aside) if level - 1 == cone.base else min((start + end) / 2, start + aside)
        x, y = min(points, key=lambda point: abs(point[1] - y))
        width = wide(tap.text, size) + 20
        laid.append((("on", *key), tap, cone.thread_role(level, cell, source), (x, y), width))
    for (*_, (x, y), width), (*_, (x2, y2), width2) in combinations(laid, 2):
        if abs(x - x2) < (width + width2) / 2 + 8 and abs(y - y2) < high:
            return
    for own, tap, role, at, width in laid:  # where they have no room they are left out: they are about nothing
        taps.lay_tap(draft, own, tap._replace(about=None), role, at, (width, high), size)
        kernel = (*tap_key(tap), "bar")  # it comes from where its kernel lies
        if kernel in draft.marks and (*own, "bar") in draft.marks:
            draft.change([(*own, "bar")], copy_of=kernel)


def multiply(cone: Cone, draft: Draft, way: Way) -> None:
    """The taps of a path and what they multiply to, its weight; below this its sample times the weight."""
    form = cone.form
    several, weight, product = len(way.taps) > 1, ("weight", *way.at), ("product", *way.at)
    lines = [(way.taps, weight, way.weight, "the path’s weight")] if several else []
    given = way.sample, way.weight if several else way.taps[0]
    lines.append((given, product, way.product, "what the path adds to the output"))
    texts = [f"{' × '.join(map(bracketed, factors))} = {made.text}" for factors, _, made, _ in lines]
    room = form.width - form.margin - cone.aside - max(wide(what, form.small) for *_, what in lines) - 0.8 * TEXT
    size = benches.fitting(room, texts)
    for line, (factors, key, made, what) in enumerate(lines):
        terms = list[Term]()
        for place, number in enumerate(factors):
            terms += [Term(" × ", "quiet")] * bool(place)
            terms.append(Term(bracketed(number), "ink", ("factor", *way.at, line, place), number.about))
        terms += [Term(" = ", "quiet"), Term(made.text, "ink", key, made.about)]
        y = cone.work + 1.3 * size * (line - (len(lines) - 1) / 2)
        end = lay_sum(draft, ("work", *way.at, line), terms, cone.aside, form.width, y, (size,))
        note = words(what, end + 0.8 * size, y, min(size, form.small), "quiet", align=-1)
        if note.right < form.width - form.margin:
            draft.put("note", ("work", *way.at, line, "what"), note)
    if several:  # it comes from the line above
        draft.change([("factor", *way.at, 1, 1)], copy_of=weight)


def cues(cone: Cone, way: Way) -> list[Cue]:
    """The path is walked thread by thread; then the taps it took are multiplied, then its sample and what they gave."""
    found = [] if cone.is_striped else [Cue((("tap", *way.at),), motion.ENTER - 0.5, 0.7)]
    beat = motion.ENTER
    for beat, (key, *_) in enumerate(cone.edges([way]), int(motion.ENTER)):
        found.append(Cue((key, ("halo", *key)), beat, 1.2))
    for line in (0, 1):
        for place in range(len(way.taps)):
            how = "down first" if line and place else ""  # the weight, past the line that it stands in
            found.append(Cue((("factor", *way.at, line, place),), beat + 1 + 2 * line + 0.1 * place, 1.0, how))
        made = (("work", *way.at, line), ("product" if line or len(way.taps) == 1 else "weight", *way.at))
        found.append(Cue(made, beat + 2 + 2 * line, 0.4))
    return found


# how many


def count(cone: Cone, draft: Draft, off: bool = False) -> None:
    """How many paths there are, as the product of the numbers of taps and channels where none start in the padding; or
    how many of them are on.
    """
    many, factors = cone.ways.count, list[tuple[int, str]]()
    for level, layer in cone.layers.items():
        channels = cone.script.source.stack.shapes[level - 1][1] // layer.groups
        factors += [(channels, "channel")] if channels > 1 else []
        factors.append((layer.kernel_size, "tap"))
    is_product = prod(number for number, _ in factors) == many and len(factors) > 1
    product = " × ".join(f"{number:,} {noun}{'s' * (number > 1)}" for number, noun in factors) + " = "
    form, said = cone.form, f"{many:,} path{'s' * (many > 1)}"
    room = form.width - form.margin - cone.aside
    said = product * (is_product and wide(product + said, SMALL) <= room) + said
    said = f"{many:,} paths {style.MINUS} {cone.ways.off:,} off = {many - cone.ways.off:,} on" if off else said
    pieces.counted(draft, ("off" if off else "all",), said, cone.aside, cone.work, benches.fitting(room, [said]), -1)
