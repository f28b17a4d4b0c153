"""The paths to one output, gathered by the sample they start at: the towers of their weights, one sum each, and what
the samples times these give.

The layout of boards on which every column is a sample. This module knows a cone and pieces; which of it stands on which
board a story says.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from convexplain.board import motion, pieces, tiles
from convexplain.board.marks import CONTEXT, FULL, MINUS, PARTIAL, SMALL, TEXT, Cue, Draft, Key, Role, bar
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.board.tiles import JOINT, Brick
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.many_layers import taps
from convexplain.stories.many_layers.cone import MOST_TILES, NARROWEST, Cone
from convexplain.stories.many_layers.walked import bracketed
from convexplain.stories.many_layers.ways import Joined, Way

MOST_TALL, MOST_TILED, MOST_LINES, MOST_ADDED = 60.0, (2, 4), 5, 10
"""A tile of a tower is at most so high; towers of at most so many are tiles with their numbers in every format, where a
calculation stands below the output and where it stands beside it; at most so many weights stand below each other beside
the threads; and with more addends no sum names them all.
"""


def quick(place: int, count: int, lasts: float) -> float:
    """The seconds of one of many like it: the first two slowly, the others in three seconds together, or less."""
    return lasts if place < 2 else min(0.45 * lasts, 3.0 / max(1, count - 2))


def factored(way: Way) -> str:
    """``2 × (−2) =``"""
    return " × ".join(map(bracketed, way.taps)) + " ="


def addend(number: Number) -> str:
    """A number as an addend of a tower."""
    return f"+{number.text}" if number.value > 0 and number.text else number.text


class Towers:
    """The weights of each sample's paths, one above the other under their sample, below these what they add up to, and
    what that times the sample adds to the output.

    Where all can be written they are tiles of one height with their numbers, else bars as high as their numbers are
    large, dim where these are below zero.
    """

    def __init__(self, cone: Cone) -> None:
        self.cone, self.form, low = cone, cone.form, benches.is_low(cone.form)
        on = [way for way in cone.paths if way.is_on]
        drawn = on if len(on) <= MOST_TILES else []  # in the order of the dots they pass
        drawn.sort(key=lambda way: (cone.at(cone.levels[1], way.cells[1]), way.at))
        self.ways = {own: [way for way in drawn if way.cells[0] == own.cell] for own in cone.shown}
        self.stacks = {own: _bricks(own, ways, cone) for own, ways in self.ways.items()}
        self.told = next(own for own in cone.shown if cone.told is not None and own.cell == cone.told.cells[0])
        bricks, most = [brick for stack in self.stacks.values() for brick in stack], max(map(len, self.stacks.values()))
        numbers = [brick.number._replace(text=addend(brick.number)) for brick in bricks]
        numbers += [own.weight for own in cone.shown]
        has_room = most <= MOST_TILED[cone.is_left] and cone.size(cone.close, cone.base, numbers) > 0
        self.is_written = has_room and all(brick.number.text for brick in bricks)
        self.texts, slot = [number.text for number in numbers], cone.slot(cone.close, cone.base)
        needed = max(_wide(text) for text in self.texts) + 16
        self.width = 0.92 * slot if cone.form.is_narrow else min(170.0, max(0.44 * slot, min(0.92 * slot, needed)))
        beside = slot / 0.84 / len(cone.channels[cone.base]) - self.width - 24
        widest = max((_wide(factored(way)) for way in drawn), default=0.0)
        self.is_factored = self.is_written and len(cone.levels) == 3 and not self.form.is_narrow and widest <= beside
        self.added = cone.heights[cone.script.level] - (62 if low else 150)
        self.bottom, top = self.added - (22 if low else 40), cone.top + (14 if low else 56)
        self.high, gap = (40.0, 6.0) if low else (80.0, 14.0)
        room = self.bottom - top - gap
        self.tall = min(MOST_TALL, (room - self.high) / max(1, most))
        heights = [sum(abs(float(brick.number.value)) for brick in stack) for stack in self.stacks.values()]
        up, down = benches.extent(own.weight.value for own in cone.shown)
        self.unit = (room - SMALL - 14) / (max(heights) + up + down or 1.0)
        self.floor = self.bottom - self.high - gap if self.is_written else top + max(heights) * self.unit
        self.foot = self.bottom - down * self.unit
        # the told sample's weights beside its threads: as products of two taps, where every format has room for these
        ways = self.ways[self.told]
        widest = max((_wide(factored(way) + way.weight.text) for way in ways), default=0.0)
        self.is_worked = 1 < len(ways) < MOST_LINES and widest < 0.3 * NARROWEST and len(cone.levels) == 3
        self.is_worked = self.is_worked and any(way.weight.value for way in ways)
        self.size = TEXT if self.is_worked and not cone.form.is_narrow else SMALL
        self.columns = 1 if self.is_worked else len({way.cells[-2].channel for way in ways}) or 1
        self.pitch = (max((_wide(way.weight.text) for way in ways), default=0.0) / SMALL + 1.1) * self.size
        left, dots = cone.form.width - cone.form.margin - self.columns * self.pitch - 30, [cone.aside]
        dots += [cone.at(cone.levels[1], way.cells[1]) for way in ways]
        self.has_grid = cone.is_left and 0 < -(-len(ways) // self.columns) < MOST_LINES and left > max(dots)

    def _rise(self, brick: Brick) -> float:
        return self.tall if self.is_written else abs(float(brick.number.value)) * self.unit

    def lay(self, draft: Draft, meant: bool = True) -> None:
        """All towers with their sums; where they are not ``meant`` any more the weights fall back, not the sums."""
        cone, middle = self.cone, self.bottom - self.high / 2
        pieces.name(draft, ("paths",), "weights", self.floor - self.tall / 2 + 11 if self.is_written else self.floor)
        pieces.name(draft, ("kernel",), "their sum", middle + 11 if self.is_written else self.foot)
        if not self.is_written:
            pieces.baseline(draft, ("kernel",), cone.close.left, cone.close.right, self.foot)
            if meant and any(brick.number.value < 0 for stack in self.stacks.values() for brick in stack):
                pieces.remark(draft, ("scales",), "Dim: below zero.")
        for own in self.stacks:
            self._tower(draft, own, meant)
            self._sum(draft, own)
        self._strands(draft, self.bottom if meant else self.added + 24)

    def _tower(self, draft: Draft, own: Joined, meant: bool) -> None:
        """The weights of a sample's paths, from the top down as their sum is written, hanging on their threads; left of
        each tile, where there is room for all, the taps that it is the product of.
        """
        cone, ways, x = self.cone, self.ways[own], self.cone.at(self.cone.base, own.cell)
        level = self.floor - sum(map(self._rise, self.stacks[own]))
        sizes = (TEXT, SMALL) if self.tall > 1.2 * TEXT else (SMALL,)
        size, taken = benches.fitting(self.width - 12, self.texts, sizes), {way.at: factored(way) for way in ways}
        role, light = ("ink", 0.0) if meant else ("quiet", FULL)
        start = (x, cone.top + (2 if benches.is_low(self.form) else 14))
        for place, way in enumerate(ways if len(cone.levels) == 3 else ()):
            key, to_level, to, source = next(iter(cone.edges([way])))
            end = (x + self.width * ((place + 1) / (len(ways) + 1) - 0.5), level)
            hue, about = cone.thread_role(to_level, to, source), ("term", to_level, *to, *key[-2:])
            tiles.thread(draft, key, start, end, hue, cone.thickness, z=-1, about=about)
        for brick in self.stacks[own]:
            number, key, rise = brick.number, (*brick.key, "bar"), self._rise(brick)
            shade = (FULL if number.value > 0 or self.is_written else MINUS + 0.14) * (1.0 if meant else CONTEXT)
            joint, y = JOINT if rise > 4 * JOINT else 0.0, level + rise / 2
            mark = bar(brick.role, x, level + rise, self.width, rise - joint, light=shade, about=number.about)
            draft.put("tower", key, mark.at(radius=min(6.0, rise / 4), z=4))
            if self.is_written:
                text = words(addend(number), x, y, size, role, light=light, rides=key, z=5)
                draft.put("tower", (*brick.key, "digits"), text.at(about=number.about))
            if self.is_factored:
                beside = words(taken[brick.key[1:]], mark.left - 12, y, SMALL, "quiet", align=1, rides=key, z=5)
                draft.put("tower", (*brick.key, "taps"), beside)
            level += rise

    def _sum(self, draft: Draft, own: Joined) -> None:
        """The one weight of a sample."""
        x, key = self.cone.at(self.cone.base, own.cell), ("joined", *own.cell)
        made = tuple((*brick.key, "bar") for brick in self.stacks[own])
        if self.is_written:
            sizes = [size for size in (PARTIAL, TEXT) if 1.1 * size < self.high]
            size, y = benches.fitting(self.width - 12, self.texts, [*sizes, SMALL]), self.bottom - self.high / 2
            taps.lay_tap(draft, key, own.weight, "kernel", (x, y), (self.width, self.high), size)
            parts = [part for part in ((*key, "bar"), (*key, "digits")) if part in draft.marks]
            draft.change(parts[:-1], made_of=made, z=4)
            draft.change(parts[-1:], z=5)
            return
        cone = self.cone
        pieces.column(draft, key, own.weight, x, self.foot, self.width, self.unit, "kernel", made_of=made)
        size = cone.size(cone.close, cone.base, (other.weight for other in cone.shown))
        if size := size or SMALL * (own is self.told):
            pieces.digits(draft, key, own.weight.text, size=size)

    def _strands(self, draft: Draft, top: float) -> None:
        """The one thread of each sample that is left, from below its weight to the output."""
        cone, level = self.cone, self.cone.script.level
        to = cone.at(level, cone.cell), cone.heights[level] - cone.disc(level) / 2
        for own in self.stacks if not benches.is_low(self.form) else ():
            role = dict(light=CONTEXT if not own.weight.value else FULL, z=-1)
            tiles.thread(
                draft,
                ("strand", *own.cell),
                (self.cone.at(self.cone.base, own.cell), top),
                to,
                "kernel",
                cone.thickness,
                **role,
            )

    def cues(self) -> list[Cue]:
        """One sample after the other its threads draw in, those that no other needs go, and its weights come, as their
        sum is written, and it. The told sample's weights, where they stand already, move below it.
        """
        cone, order = self.cone, [self.told, *(own for own in self.stacks if own is not self.told)]
        cues = [Cue((("name", "paths"), ("name", "kernel"), ("baseline", "kernel")), motion.MOVE, 0.5)]
        last = dict[Key, int]()  # when the lower threads and the dots are needed no more
        for n, own in enumerate(order):
            for way in self.ways[own]:
                passed = zip(cone.levels[1:-1], way.cells[1:-1], strict=True)
                last |= dict.fromkeys([key for key, *_ in cone.edges([way])][1:], n)
                last |= {(*cone.key(level, cell), "bar"): n for level, cell in passed}
        parts = ("digits", "taps")[: self.is_written + self.is_factored]
        for n, own in enumerate(order):
            beat, lasts, many = motion.ENTER + 2 * n, quick(n, len(order), 0.6), len(self.stacks[own])
            upper = tuple(next(iter(cone.edges([way])))[0] for way in self.ways[own])
            gone = tuple(key for key, place in last.items() if place == n)
            cues.append(Cue((*upper, *gone) if len(cone.levels) == 3 else (), beat, lasts + 0.4))
            is_moved, key = own is self.told and self.has_grid, ("joined", *own.cell)
            for place, brick in enumerate(self.stacks[own]):
                late = 0.0 if is_moved else lasts + 0.9 * lasts * place * min(1.0, 4 / many)
                written = [(*brick.key, part) for part in parts]
                if is_moved:
                    cues.append(Cue(((*brick.key, "bar"), *written), beat, lasts + 0.4))
                else:  # the numbers once the tile has grown
                    cues.append(Cue(((*brick.key, "bar"),), beat, lasts, after=late))
                    cues.append(Cue(tuple(written), beat, 0.3, after=late + 0.8 * lasts))
            cues.append(Cue(((*key, "bar"), (*key, "digits")), beat + (not is_moved), lasts + 0.4 * is_moved))
        return [*cues, Cue((("strand",),), motion.ENTER + 2 * len(order), 0.8)]

    # the told sample's weights, beside the threads they belong to

    def lay_grid(self, draft: Draft) -> None:
        """The weights of the told sample's paths at the right, in the order of the dots they pass: each as the product
        of its taps, one below the other, where there is room for that, else a line for each step; and their sum.
        """
        columns, pitch, size, ways, form = self.columns, self.pitch, self.size, self.ways[self.told], self.form
        high, bottom = size + (10.0 if benches.is_low(form) else 18.0 if self.is_worked else 24.0), form.height - 152.0
        added = phrases.added([way.weight.text for way in ways], "").strip() if self.is_worked else "their sum"
        added = added if len(ways) == self.told.on else f"the sum of all {phrases.spelled(self.told.on)}"
        lines = [(("way", *way.at), way.weight, self.cone.hue(way), factored(way)) for way in ways]
        lines += [((), self.told.weight, "kernel", "")] * (-len(ways) % columns + columns - 1)
        lines.append((("joined", *self.told.cell), self.told.weight, "kernel", added))
        for place, (key, number, role, said) in enumerate(lines):
            x = form.width - form.margin - pitch * (columns - place % columns - 0.5)
            y = bottom - high * (len(lines) // columns - place // columns - 0.5)
            if key:  # where they have no room they are left out: they are about nothing
                room = (pitch - 0.3 * size, high - 10)
                taps.lay_tap(draft, key, number._replace(about=None), role, (x, y), room, size)
            if said and (self.is_worked or place + 1 == len(lines)):
                draft.put("grid", (*key, "taps"), words(said, x - room[0] / 2 - 14, y, size, align=1))

    def grid_cues(self) -> list[Cue]:
        """One weight after the other: its path, what is multiplied, then the tile it makes; at last their sum."""
        cues, beat, lit, ways = list[Cue](), motion.MOVE + 1, set[Key](), self.ways[self.told]
        for place, way in enumerate(ways):
            lasts, key = quick(place, len(ways), 0.7), ("way", *way.at)
            edges = tuple(edge for edge, *_ in self.cone.edges([way]) if edge not in lit)
            lit.update(edges)
            cues.append(Cue((*edges, *(("on", *edge) for edge in edges)), beat + place, lasts))
            cues.append(Cue(((*key, "taps"),), beat + place, 0.5 * lasts, after=lasts))
            cues.append(Cue(((*key, "bar"), (*key, "digits")), beat + place, 0.5 * lasts, after=1.5 * lasts))
        return [*cues, Cue((("joined",),), beat + len(ways) + 0.5, 0.7)]

    # what the samples times their weights add up to

    def lay_total(self, draft: Draft) -> float:
        """What each sample adds, below its weight, where there is room for all, else what the told one adds; beside the
        output their sum, with the biases, or the told one and all the rest; and what an activation makes of it. Returns
        where that ends.
        """
        cone, script, form, rest = self.cone, self.cone.script, self.form, addends(self.cone)
        products = {own: own.product._replace(text=addend(own.product)) for own in self.stacks}
        size = cone.size(cone.close, cone.base, products.values())
        pieces.name(draft, ("adds",), "× sample", self.added + 11)
        for own, number in products.items() if size else [(self.told, products[self.told])]:
            made = (("joined", *own.cell, "bar"), (*cone.key(cone.base, own.cell), "bar"))
            x = cone.at(cone.base, own.cell)
            mark = words(number.text, x, self.added, size or SMALL, about=number.about, made_of=made)
            draft.put("sum", ("adds", *own.cell), mark)
        layer, total, told = script.layer, script.total(cone.cell), self.told.product
        every, names = [own.product.text for own in self.stacks], {"rest": "the rest", "bias": "biases"}
        every += [f"{number.text} ({names[key[0]]})" for key, number, _ in rest]
        few = [told.text, f"{script.written(total.value - told.value).text} (the rest)"]
        then = "" if layer.is_linear else f",   {layer.activation}: {script.output(*cone.cell).text}"
        short, said = (phrases.added(texts, total.text) + then for texts in (few, every))
        room = form.width - form.margin - cone.aside
        said = said if len(every) <= MOST_ADDED and _wide(said) <= room else short
        sizes = (TEXT, SMALL, 0.0) if form.is_narrow else (PARTIAL, TEXT, SMALL, 0.0)
        y = cone.heights[script.level] + (0 if cone.is_left else 46 if form.is_narrow else 90)
        mark = words(said, cone.aside, y, benches.fitting(room, [said], sizes), align=-1)
        mark = mark.at(made_of=tuple(key for key in draft.marks if key[0] == "adds"))
        return draft.put("sum", ("added",), mark).right if mark.size else cone.aside

    def total_cues(self) -> list[Cue]:
        """What each sample adds, one after the other; then their sum."""
        many = len(self.stacks)
        cues = [Cue((("strand",),), motion.MOVE, 0.4), Cue((("added",),), motion.ENTER + 1, 0.6)]
        return cues + [
            Cue((("adds", *own.cell),), motion.ENTER, 0.5, after=0.5 * n * min(1, 6 / many))
            for n, own in enumerate(self.stacks)
        ]


def _wide(text: str) -> float:
    """How wide words are in the smallest size."""
    return advance(runs_of(text)) * SMALL


def _bricks(own: Joined, paths: Iterable[Way], cone: Cone) -> list[Brick]:
    """The weights of a sample's paths, and what those that are not drawn add up to."""
    stack = [Brick(("way", *way.at), way.weight, cone.hue(way)) for way in paths if way.weight.value]
    for sign, total in ((1, own.plus), (-1, own.minus)):
        rest = total - sum((brick.number.value for brick in stack if brick.number.value * sign > 0), Fraction(0))
        if rest:
            stack.append(Brick(("way", "rest", *own.cell, sign), Number(rest, ""), "bias"))
    return stack


def addends(cone: Cone) -> list[tuple[Key, Number, Role]]:
    """What the output is the sum of besides the samples that are shown: those that are not, and the biases."""
    rest: list[tuple[Key, Number, Role]] = []
    others = [own for own in cone.ways.joined if own not in cone.shown]
    if others:
        total = sum((own.product.value for own in others), Fraction(0))
        rest.append((("rest",), cone.script.written(total), "bias"))
    if cone.ways.bias is not None:
        rest.append((("bias",), cone.script.written(cone.ways.bias), "bias"))
    return rest
