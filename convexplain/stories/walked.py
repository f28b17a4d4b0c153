"""One path, walked: its taps beside its threads, its product beside the output, its symbols; and how many paths there
are.

This module knows a cone and pieces; on which board it stands a story says.
"""

from __future__ import annotations

from math import prod

from convexplain.board import motion, tiles
from convexplain.board.marks import HERO, PARTIAL, SMALL, TEXT, Cue, Draft, Key
from convexplain.board.pieces import Number, Part
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench as benches
from convexplain.stories.cone import Cone
from convexplain.stories.formulas import parts_of
from convexplain.stories.ways import Way


def lay(cone: Cone, draft: Draft, way: Way) -> None:
    """The threads of a path and its dots; beside each thread the tap that it is."""
    cone.threads(draft, [way], tiles.MEANT)
    heights = list(cone.heights().values())
    gap = heights[-1] - heights[-2]
    size = next((size for size in (PARTIAL, TEXT) if gap > 2.6 * size + 20), SMALL)
    for (key, *_), tap in zip(cone.edges([way]), way.taps, strict=True):
        thread = draft.marks[key]
        points = tiles.along(thread)
        x, y = points[len(points) // 2]
        across, down = thread.points[-2] - thread.points[0], thread.points[-1] - thread.points[1]
        flat = min(1.0, abs(across) / max(1.0, down))  # beside the thread, on the side it turns away from
        drop = (-0.75 if across > 0 else 0.75) * flat - 0.3 * (1 - flat)
        # The product's digits stand in the last row: no tap reaches down to them.
        lowest = heights[-1] - 0.36 * (HERO + size) - 0.15 * gap
        beside = y + drop * min(size, 0.35 * gap)
        if beside > lowest:
            beside = lowest
            x = max(x, *(at for at, height in points if abs(height - beside) < 0.4 * size)) - 10
        mark = words(benches.factor(tap, spaced=True), x + 26, beside, size, align=-1, about=tap.about)
        draft.put("walked", ("along", *key), mark)


def write(cone: Cone, draft: Draft, key: Key, number: Number, sign: str = "") -> None:
    """A result beside the output's dot, on the side where there is more room."""
    out = draft.marks[(*cone.key(cone.script.level, cone.cell), "bar")]
    left, right = out.left - 24 - cone.form.names, cone.form.width - cone.form.margin - out.right - 24
    sizes = (HERO, PARTIAL, TEXT) if not cone.form.is_narrow else (PARTIAL, TEXT)
    size = benches.fitting(max(left, right), [sign + number.text], sizes)
    x, align = (out.right + 24, -1) if right >= left else (out.left - 24, 1)
    draft.put("walked", key, words(sign + number.text, x, out.y, size, align=align, about=number.about))


def monomial(cone: Cone, way: Way) -> list[Part]:
    """The symbols of a path, the output's layer first: ``w2[0, 1, 0] w1[2, 0, 1] x[4, 0]``."""
    parts = []
    for tap in reversed(way.taps):
        assert tap.about is not None
        layer, *index = tap.about[1:]
        parts += parts_of(f"w{layer}", f"*w*_{layer}[{', '.join(map(str, index))}]  ")
    array = f"*y*_{cone.base}" if cone.base else "*x*"
    return [*parts, *parts_of("x", f"{array}[{', '.join(map(str, way.cells[0]))}]")]


def cues(cone: Cone, way: Way) -> list[Cue]:
    """The path is walked thread by thread, each tap's number and symbol after its thread; then its product."""
    found, beat = [], motion.ENTER
    for place, (key, *_) in enumerate(cone.edges([way])):
        symbols = parts_of(f"w{cone.levels[place + 1]}", "*w*_0[]  ")
        written = tuple(("formula", part.name) for part in symbols)
        found += [Cue((key,), beat), Cue((("along", *key), *written), beat + 1)]
        beat += 2
    return [*found, Cue((("product",), ("note", "indices")), beat)]


def factors(cone: Cone) -> list[tuple[int, str]]:
    """What the number of paths is the product of; nothing where some start in the padding."""
    found = []
    for level in cone.levels[1:]:
        layer, channels = cone.layers[level], cone.script.source.stack.shapes[level - 1][1]
        own = channels // layer.groups
        found += [(own, "channels")] if own > 1 else []
        found.append((layer.kernel_size, "taps" if layer.kernel_size > 1 else "tap"))
    is_product = prod(number for number, _ in found) == cone.ways.count
    return found if is_product and len(found) > 1 else []


def count(cone: Cone, draft: Draft, entries: list[tuple[int, str]], sign: str) -> None:
    """A calculation with counted things, each with its name, where the threads leave room; the last is the result."""
    form, size = cone.form, TEXT if cone.form.is_narrow else PARTIAL
    widths = [max(advance(runs_of(f"{number:,}")) * size, advance(runs_of(name)) * SMALL) for number, name in entries]
    pitch = max(widths) + 0.7 * size
    out, right = draft.marks[(*cone.key(cone.script.level, cone.cell), "bar")], form.width - form.margin
    first = right - pitch * len(entries) if right - out.x > out.x - form.names else form.names
    y, end = form.height - 156 - 80, 0.0
    for place, (number, name) in enumerate(entries):
        last, x = place == len(entries) - 1, first + (place + 0.5) * pitch
        mark = draft.put("count", ("count", "all" if last else place), words(f"{number:,}", x, y, size))
        if place:
            written = words("=" if last else sign, (end + mark.left) / 2, y, size, "quiet")
            draft.put("count", ("count", place, "sign"), written)
        draft.put("count", ("count", place, "name"), words(name, x, y + 0.5 * size + 28, SMALL, "quiet"))
        end = mark.right
