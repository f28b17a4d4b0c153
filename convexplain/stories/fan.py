"""The paths of one sample: the weight of each as the product of its taps, and why the weights add up: all multiply the
same sample.

This module knows a cone, threads that stand already and the room beside them; which sample is told a story says.
"""

from __future__ import annotations

from collections.abc import Iterable

from convexplain.board import motion, tiles
from convexplain.board.marks import FULL, SMALL, TEXT, Cue, Draft, Role
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.cone import NARROWEST, Cone
from convexplain.stories.gathered import hue, in_order, passed, quick
from convexplain.stories.overview import lay_terms
from convexplain.stories.walked import bracketed
from convexplain.stories.ways import Joined, Way


def _lay_tile(
    cone: Cone, draft: Draft, way: Way, said: str, at: tuple[float, float], room: tuple[float, float], size: float
) -> None:
    """The weight of a path as a tile with its number; a zero is its number alone."""
    key, (x, y) = ("way", *way.at), at
    if way.weight.value:
        tiles.tile(draft, key, way.weight, hue(cone, way), x, y, *room, made_of=(passed(cone, way),))
    shown = words(said, x, y, size, light=0.0 if way.weight.value > 0 else FULL, z=3)
    rides = (*key, "bar") if way.weight.value else None
    draft.put("tile", (*key, "digits"), shown.at(about=way.weight.about, rides=rides))


def lay_weights(cone: Cone, draft: Draft, paths: list[Way]) -> None:
    """The weights of one sample's paths below the picture, in the order of the dots they pass, as the product of two
    taps where there is room for that. Only where :func:`weight_rows` says so.
    """
    rows, written = weight_rows(cone, paths)
    form, low, first = cone.form, cone.form.height - 156.0, _beside(cone, len(paths))
    each, high = -(-len(paths) // rows), 86.0 if form.is_narrow else max(72.0 * rows, 168.0) if cone.is_left else 116.0
    pitch, height = (form.width - form.margin - first) / each, min(high / rows, 84.0)
    texts = [_worked(way) + way.weight.text if written else way.weight.text for way in paths]
    size = benches.fitting(pitch - 66, texts, (TEXT, SMALL)) if height > 1.4 * TEXT and not form.is_narrow else SMALL
    wide = max(advance(runs_of(way.weight.text)) for way in paths) * size
    wide = min(wide + (12 if form.is_narrow else 40), pitch - 6)
    before = max(advance(runs_of(_worked(way))) for way in paths) * size + 10 if written else 0.0
    if cone.is_left:  # as far from the threads as there is room
        pitch = min(pitch, before + wide + (40 if form.is_narrow else 60))
        first = form.width - form.margin - pitch * each + (pitch - before - wide) / 2
    for place, way in enumerate(in_order(cone, paths)):
        y, left = low - height * (rows - place // each - 0.5), first + pitch * (place % each)
        x = left + (pitch + before) / 2
        if written:
            _lay_work(cone, draft, way, x - wide / 2 - 10, y, size)
        _lay_tile(cone, draft, way, way.weight.text, (x, y), (wide, min(height - 8, 1.4 * size)), size)


def _lay_work(cone: Cone, draft: Draft, way: Way, right: float, y: float, size: float) -> None:
    """``2 × (−2) =`` before the weight it gives: the taps come from their threads."""
    x, edges = right - advance(runs_of(_worked(way))) * size, [key for key, *_ in cone.edges([way])]
    parts = [bracketed(way.taps[0]), " × ", bracketed(way.taps[1]), " = "]
    for place, part in enumerate(parts):
        tap = ("along", *edges[place // 2], "digits")
        flown = place % 2 == 0 and tap in draft.marks and not cone.form.is_narrow
        mark = words(part, x, y, size, align=-1, copy_of=tap if flown else None)
        draft.put("work", ("way", *way.at, "work", place), mark)
        x += advance(runs_of(part)) * size


def _lanes(paths: Iterable[Way]) -> set[int]:
    """The channels that paths pass last."""
    return {way.cells[-2].channel for way in paths}


def weight_cues(cone: Cone, paths: list[Way]) -> list[Cue]:
    """One weight after the other: what is multiplied, then the tile it makes."""
    cues = []
    for place, way in enumerate(in_order(cone, paths)):
        lasts = quick(place, len(paths), 0.7)
        work = ("way", *way.at, "work")
        cues.append(Cue((work,), motion.ENTER + place, 0.9 * lasts))
        cues.append(Cue(((*work, 1), (*work, 3)), motion.ENTER + place, 0.3 * lasts, after=0.9 * lasts))
        part = "bar" if way.weight.value else "digits"
        cues.append(Cue((("way", *way.at, part),), motion.ENTER + place + 0.3, lasts))
    return cues


def _beside(cone: Cone, many: int) -> float:
    """Where the weights of so many paths begin: their threads need room before."""
    return cone.aside() + (110.0 if many > 4 and cone.is_left and not cone.form.is_narrow else 0.0)


def _worked(way: Way) -> str:
    """``2 × (−2) =``"""
    return " × ".join(map(bracketed, way.taps)) + " = "


def is_alike(cone: Cone, own: Joined, paths: list[Way]) -> bool:
    """Whether every format has room to write that a sample's paths multiply the same number."""
    if not weight_rows(cone, paths)[0] or sum(way.weight.value for way in paths) != own.weight.value:
        return False
    each = (advance(runs_of(f"{bracketed(own.sample)} × {bracketed(way.weight)}")) * SMALL + 60 for way in paths)
    return cone.is_left and own.sample.value != 0 and sum(each) < 0.7 * NARROWEST


def lay_alike(cone: Cone, draft: Draft, own: Joined, paths: list[Way]) -> None:
    """The sample times the weight of each of its paths, added up; below it, the sample times their sum."""
    form, low = cone.form, cone.form.height - 156.0
    size, lines = (SMALL, (low - 62, low - 18)) if form.is_narrow else (TEXT, (low - 142, low - 56))
    margin, home = form.width - form.margin, (*cone.key(cone.base, own.cell), "digits")
    factors = [f"{bracketed(own.sample)} × "] * len(paths)
    widths = [(advance(runs_of(bracketed(way.weight))) + 0.5) * size for way in in_order(cone, paths)]
    left = x = (
        margin - sum(advance(runs_of(text)) * size for text in factors) - sum(widths) - 1.3 * size * (len(paths) - 1)
    )
    for place, (way, text, wide) in enumerate(zip(in_order(cone, paths), factors, widths, strict=True)):
        if place:
            draft.put("alike", ("alike", place, "plus"), words("+", x + 0.65 * size, lines[0], size, "quiet"))
            x += 1.3 * size
        draft.put("alike", ("alike", place), words(text, x, lines[0], size, "sample", align=-1, copy_of=home))
        x += advance(runs_of(text)) * size + wide
        _lay_tile(cone, draft, way, bracketed(way.weight), (x - wide / 2, lines[0]), (wide, 1.4 * size), size)
    inside = phrases.added([way.weight.text for way in in_order(cone, paths)], "").removesuffix(" = ")
    sample, weight = (f"{bracketed(own.sample)} × ", "sample"), (bracketed(own.weight), "kernel")
    product = f" = {own.product.text}"
    parts: list[tuple[str, Role]] = [("= ", "quiet"), sample, (f"({inside})", "ink"), (" = ", "quiet"), sample, weight]
    parts += [(product, "ink")]
    left = min(left, margin - 1 - advance(runs_of("".join(text for text, _ in parts))) * size)
    lay_terms(draft, ("alike", "sum"), parts, left, margin, lines[1])


def alike_cues(paths: list[Way]) -> list[Cue]:
    """The same sample comes to each weight; then it is written once, and then the weights are added."""
    cues = [Cue((("alike", place),), motion.ENTER + 0.5 * place, 0.7) for place in range(len(paths))]
    once, sum_ = [("alike", "sum", n) for n in range(3)], [("alike", "sum", n) for n in range(3, 7)]
    plus = Cue(tuple(("alike", place, "plus") for place in range(1, len(paths))), motion.ENTER + 0.5 * len(paths), 0.4)
    return [*cues, plus, Cue(tuple(once), motion.ENTER + 4), Cue(tuple(sum_), motion.ENTER + 5)]


def weight_rows(cone: Cone, paths: list[Way]) -> tuple[int, bool]:
    """In how many rows the weights of one sample's paths are written, and whether as products; 0 rows where some format
    has no room for them.
    """
    if len(cone.levels) != 3 or len(paths) < 2:
        return 0, False
    alone = [way.weight.text for way in paths]
    products = [_worked(way) + text for way, text in zip(paths, alone, strict=True)]
    form, narrow = cone.form, 0.84 * NARROWEST if cone.is_left else NARROWEST

    def fit(room: float, rows: int, texts: list[str], more: float, size: float) -> bool:
        return benches.fitting(room / -(-len(paths) // rows) - more, texts, (size, 0.0)) > 0

    for texts, more in ((products, 50.0), (alone, 20.0)):
        if any(fit(narrow, rows, texts, more, SMALL) for rows in (1, 2)):
            if len(paths) <= 4 and cone.is_left and not form.is_narrow:  # one below the other
                return len(paths), texts is products
            room = form.width - form.margin - _beside(cone, len(paths))
            sizes = (SMALL,) if form.is_narrow else (TEXT, SMALL)
            lanes = len(_lanes(paths))
            steps = len(paths) // lanes  # a row for each step
            by_step = steps * lanes == len(paths) and 1 < steps < 4 - form.is_narrow and cone.is_left
            if by_step and fit(room, steps, texts, more + 40.0, SMALL):
                return steps, texts is products
            found = [rows for size in sizes for rows in (1, 2) if fit(room, rows, texts, more, size)]
            return (found or [2])[0], texts is products
    return 0, False
