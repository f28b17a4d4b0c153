"""The paths of one sample: the weight of each as the product of its taps.

This module knows a cone, threads that stand already and the room beside them; which sample is told a story says.
"""

from __future__ import annotations

from convexplain.board import motion
from convexplain.board.marks import SMALL, TEXT, Cue, Draft
from convexplain.board.text import advance, runs_of
from convexplain.stories.many_layers import taps
from convexplain.stories.many_layers.cone import NARROWEST, Cone
from convexplain.stories.many_layers.gathered import factored, hue, in_order, quick
from convexplain.stories.many_layers.walked import Term, bracketed, lay_sum, tap_key
from convexplain.stories.many_layers.ways import Way

MOST_LINES = 5


def is_worked(cone: Cone, paths: list[Way]) -> bool:
    """Whether every format has room to write each weight as the product of two taps, one below the other."""
    widest = max(advance(runs_of(factored(way) + way.weight.text)) for way in paths) * SMALL
    has_room = cone.is_left and 1 < len(paths) < MOST_LINES and widest < 0.3 * NARROWEST
    return has_room and len(cone.levels) == 3 and any(way.weight.value for way in paths)


def lay_weights(cone: Cone, draft: Draft, paths: list[Way]) -> None:
    """The weights of one sample's paths at the right, in the order of the dots they pass: each as the product of its
    taps, one below the other, where there is room for that, else a line for each step.
    """
    form, ordered, worked = cone.form, in_order(cone, paths), is_worked(cone, paths)
    size, high = (SMALL, 46.0) if form.is_narrow else (TEXT, 78.0) if worked else (SMALL, 56.0)
    columns = 1 if worked else len({way.cells[-2].channel for way in paths})
    lines, bottom, right = -(-len(paths) // columns), form.height - 156.0, form.width - form.margin
    wide = max(advance(runs_of(way.weight.text)) for way in paths) * size + 0.8 * size
    pitch = wide + 0.3 * size
    if not cone.is_left or lines > MOST_LINES or right - columns * pitch < cone.aside() + 0.18 * form.width:
        return
    for place, way in enumerate(ordered):
        y = bottom - high * (lines + worked - place // columns - 0.5)
        x = right - pitch * (columns - place % columns - 0.5)
        key = ("tile", *way.at)
        number = way.weight._replace(about=None)  # where they have no room they are left out
        taps.lay_tap(draft, key, number, hue(cone, way), (x, y), (wide, high - 10), size)
        if not worked:
            continue
        first, second = (Term(bracketed(tap), copy_of=(*tap_key(tap), "digits")) for tap in way.taps)
        terms = [first, Term(" × "), second, Term(" = ")]
        lay_sum(draft, (*key, "work"), terms, 0.0, x - wide / 2 - 14, y, (size,), 1)


def weight_cues(cone: Cone, paths: list[Way]) -> list[Cue]:
    """One weight after the other: what is multiplied, then the tile it makes."""
    cues, start, last = list[Cue](), motion.ENTER + 1, cone.layers[cone.levels[1]].kernel_size - 1
    for k in range(last + 1) if cone.is_striped else ():  # from the last tap on, so that none flies over another
        cues.append(Cue((("tap", cone.levels[1], k),), motion.MOVE, after=0.6 * (last - k)))
    for place, way in enumerate(in_order(cone, paths)):
        lasts, key = quick(place, len(paths), 0.7), ("tile", *way.at)
        cues.append(Cue(((*key, "work"),), start + place, 0.9 * lasts))
        cues.append(Cue(((*key, "work", 1), (*key, "work", 3)), start + place, 0.3 * lasts, after=0.9 * lasts))
        cues.append(Cue(((*key, "bar"), (*key, "digits")), start + place + 0.3, lasts))
    return cues
