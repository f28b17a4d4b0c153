"""The paths to one output, gathered by the sample they start at: the towers of their weights, one sum each, and what
the samples times these give.

The layout of boards on which every column is a sample. This module knows a cone and pieces; which of it stands on which
board a story says.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from convexplain import style
from convexplain.board import motion, pieces, tiles
from convexplain.board.marks import CONTEXT, FULL, MINUS, PARTIAL, SMALL, TEXT, Cue, Draft, Key, Role, bar
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.board.tiles import JOINT, Brick
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.many_layers import taps
from convexplain.stories.many_layers.cone import MOST_TILES, NARROWEST, Cone
from convexplain.stories.many_layers.walked import Term, bracketed, lay_sum, wide
from convexplain.stories.many_layers.ways import Joined, Way

MOST_TALL, MOST_TILED, MOST_LINES, MOST_ADDED = 60.0, (2, 4), 5, 6
"""A tile of a tower is at most so high; towers of at most so many are tiles with their numbers in every format, where a
calculation stands below the output and where it stands beside it; at most so many weights stand below each other beside
the threads; and with more addends no sum names them all.
"""


def hue(cone: Cone, way: Way) -> Role:
    """The hue of a path: of the channel it passes last."""
    return cone.thread_role(cone.script.level, way.cells[-1], way.cells[-2])


def in_order(cone: Cone, paths: Iterable[Way]) -> list[Way]:
    """The paths of one sample in the order of the dots they pass."""
    return sorted(paths, key=lambda way: (cone.x(cone.close, cone.levels[1], way.cells[1]) or 0.0, way.at))


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
        self.cone, self.form = cone, cone.form
        on = [way for way in cone.paths if way.is_on]
        drawn = on if len(on) <= MOST_TILES else []
        self.ways = {own: in_order(cone, (way for way in drawn if way.cells[0] == own.cell)) for own in cone.shown}
        self.stacks = {own: _bricks(own, ways, cone) for own, ways in self.ways.items()}
        self.told = next(own for own in cone.shown if cone.told is not None and own.cell == cone.told.cells[0])
        low, self.slot = self.form.is_narrow, cone.slot(cone.close, cone.base)
        self.added = cone.heights()[cone.script.level] - (62 if low else 150)
        self.bottom, top = self.added - (22 if low else 40), cone.top + (14 if low else 56)
        bricks, most = [brick for stack in self.stacks.values() for brick in stack], max(map(len, self.stacks.values()))
        numbers = [brick.number._replace(text=addend(brick.number)) for brick in bricks]
        numbers += [own.weight for own in cone.shown]
        self.texts = [number.text for number in numbers]
        is_exact = all(brick.number.text for brick in bricks)
        self.is_written = (
            is_exact and most <= MOST_TILED[cone.is_left] and cone.size(cone.close, cone.base, numbers) > 0
        )
        needed = max(advance(runs_of(text)) for text in self.texts) * SMALL + 16
        self.width = 0.92 * self.slot if low else min(170.0, max(0.44 * self.slot, min(0.92 * self.slot, needed)))
        self.high, gap = (40.0 if low else 80.0), 6.0 if low else 14.0
        room = self.bottom - top - gap
        self.tall = min(MOST_TALL, (room - self.high) / max(1, most))
        heights = [sum(abs(float(brick.number.value)) for brick in stack) for stack in self.stacks.values()]
        up, down = benches.extent(own.weight.value for own in cone.shown)
        self.unit = (room - SMALL - 14) / (max(heights) + up + down or 1.0)
        self.floor = self.bottom - self.high - gap if self.is_written else top + max(heights) * self.unit
        self.foot = self.bottom - down * self.unit

    def x(self, own: Joined) -> float:
        """Where a sample's tower stands."""
        return self.cone.at(self.cone.close, own.cell)

    def _rise(self, brick: Brick) -> float:
        return self.tall if self.is_written else abs(float(brick.number.value)) * self.unit

    def _size(self, sizes: tuple[float, ...]) -> float:
        return benches.fitting(self.width - 12, self.texts, sizes)

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
        self._strands(draft, self.bottom)

    def _tower(self, draft: Draft, own: Joined, meant: bool) -> None:
        """The weights of a sample's paths, from the top down as their sum is written, hanging on their threads."""
        x, stack = self.x(own), self.stacks[own]
        size = self._size((TEXT, SMALL) if self.tall > 1.2 * TEXT else (SMALL,))
        level = self.floor - sum(map(self._rise, stack))
        self._threads(draft, own, level)
        role, light = ("ink", 0.0) if meant else ("quiet", FULL)
        for brick in stack:
            value, key, rise = brick.number.value, (*brick.key, "bar"), self._rise(brick)
            shade = (FULL if value > 0 or self.is_written else MINUS + 0.14) * (1.0 if meant else CONTEXT)
            joint = JOINT if rise > 4 * JOINT else 0.0
            mark = bar(brick.role, x, level + rise, self.width, rise - joint, light=shade, about=brick.number.about)
            draft.put("tower", key, mark.at(radius=min(6.0, rise / 4), z=2))
            if self.is_written:
                right = x + advance(runs_of(addend(brick.number))) * size / 2
                text = words(
                    brick.number.text, right, level + rise / 2, size, role, align=1, light=light, rides=key, z=3
                )
                draft.put("tower", (*brick.key, "digits"), text.at(about=brick.number.about))
                if value > 0:
                    plus = words("+", text.left, text.y, size, role, align=1, light=light, rides=key, z=3)
                    draft.put("tower", (*brick.key, "plus"), plus)
            level += rise
        self._factors(draft, own)

    def _factors(self, draft: Draft, own: Joined) -> None:
        """Left of each tile the taps that it is the product of, where there is room for all."""
        cone, every = self.cone, [factored(way) for ways in self.ways.values() for way in ways]
        if not self.is_written or len(cone.levels) != 3 or self.form.is_narrow:
            return
        room = self.slot / 0.84 / max(1, len(cone.channels[cone.base])) - self.width - 24
        if max(advance(runs_of(text)) for text in every) * SMALL > room:
            return
        for way in self.ways[own]:
            if (mark := draft.marks.get(("way", *way.at, "bar"))) is not None:
                said = words(
                    factored(way), mark.left - 12, mark.y, SMALL, "quiet", align=1, rides=("way", *way.at, "bar")
                )
                draft.put("tower", ("way", *way.at, "taps"), said)

    def _threads(self, draft: Draft, own: Joined, end: float) -> None:
        """From a sample to its tower the threads of its paths, side by side."""
        cone, paths = self.cone, self.ways[own]
        for place, way in enumerate(paths if len(cone.levels) == 3 else ()):
            key, level, to, source = next(iter(cone.edges([way])))
            x = self.x(own) + self.width * ((place + 1) / (len(paths) + 1) - 0.5)
            role, about = cone.thread_role(level, to, source), ("term", level, *to, *key[-2:])
            start = (self.x(own), cone.heights()[cone.base])
            tiles.thread(draft, key, start, (x, end), role, cone.thickness, z=-1, about=about)

    def _sum(self, draft: Draft, own: Joined) -> None:
        """The one weight of a sample."""
        x, key = self.x(own), ("joined", *own.cell)
        made = tuple((*brick.key, "bar") for brick in self.stacks[own])
        if self.is_written:
            size, y = self._size((PARTIAL, TEXT, SMALL)[self.form.is_narrow * 2 :]), self.bottom - self.high / 2
            taps.lay_tap(draft, key, own.weight, "kernel", (x, y), (self.width, self.high), size)
            if own.weight.value:
                draft.change([(*key, "bar")], made_of=made)
            return
        cone = self.cone
        pieces.column(draft, key, own.weight, x, self.foot, self.width, self.unit, "kernel", made_of=made)
        size = cone.size(cone.close, cone.base, (other.weight for other in cone.shown))
        if size := size or SMALL * (own is self.told):
            pieces.digits(draft, key, own.weight.text, size=size)

    def _strands(self, draft: Draft, top: float) -> None:
        """The one thread of each sample that is left, from below its weight to the output."""
        cone, level = self.cone, self.cone.script.level
        to = cone.x(cone.close, level, cone.cell) or 0.0, cone.heights()[level] - cone.disc(level) / 2
        for own in self.stacks if to[1] - top > 30 else ():
            role = dict(light=CONTEXT if not own.weight.value else FULL, z=-1)
            tiles.thread(draft, ("strand", *own.cell), (self.x(own), top), to, "kernel", cone.thickness, **role)

    def cues(self) -> list[Cue]:
        """One sample after the other its threads draw in, those that no other needs go, and its weights come, as their
        sum is written, and it. The told sample's weights, where they stand already, move below it.
        """
        cone, order = self.cone, [self.told, *(own for own in self.stacks if own is not self.told)]
        cues = [Cue((("name", "paths"), ("name", "kernel"), ("baseline", "kernel")), motion.MOVE, 0.5)]
        last = {key: n for n, own in enumerate(order) for way in self.ways[own] for key in self._passed(way)}
        for n, own in enumerate(order):
            beat, lasts, many = motion.ENTER + 2 * n, quick(n, len(order), 0.6), len(self.stacks[own])
            upper = tuple(next(iter(cone.edges([way])))[0] for way in self.ways[own])
            gone = tuple(key for key, place in last.items() if place == n)
            cues.append(Cue((*upper, *gone) if len(cone.levels) == 3 else (), beat, lasts + 0.4))
            stands = own is self.told and self.has_grid
            for place, brick in enumerate(self.stacks[own]):
                late = 0.0 if stands else lasts + 0.9 * lasts * place * min(1.0, 4 / many)
                moved = ("bar", *(("digits",) if self.is_written else ()))
                cues.append(Cue(tuple((*brick.key, part) for part in moved), beat, lasts + 0.4 * stands, after=late))
                beside = ("taps",) if self.is_written and not self.form.is_narrow else ()
                cues.append(
                    Cue(tuple((*brick.key, part) for part in beside), beat, lasts if stands else 0.3, "", (), late)
                )
                cues.append(Cue(((*brick.key, "plus"),), beat, 0.3, after=late + lasts))
            key = ("joined", *own.cell)
            cues.append(Cue(((*key, "bar"), (*key, "digits")), beat + (not stands), lasts + 0.4 * stands))
        return [*cues, Cue((("strand",),), motion.ENTER + 2 * len(order), 0.8)]

    def _passed(self, way: Way) -> list[Key]:
        """What a path passes below its first thread: the lower threads and the dots, each by its key."""
        cells = zip(self.cone.levels[1:-1], way.cells[1:-1], strict=True)
        lower = [key for key, *_ in self.cone.edges([way])][1:]
        return [*lower, *((*self.cone.key(level, cell), "bar") for level, cell in cells)]

    # the told sample's weights, beside the threads they belong to

    @property
    def is_worked(self) -> bool:
        """Whether every format has room to write each weight as the product of two taps, one below the other."""
        paths = self.ways[self.told]
        widest = max((advance(runs_of(factored(way) + way.weight.text)) for way in paths), default=0.0) * SMALL
        has_room = 1 < len(paths) < MOST_LINES and widest < 0.3 * NARROWEST
        return has_room and len(self.cone.levels) == 3 and any(way.weight.value for way in paths)

    @property
    def has_grid(self) -> bool:
        """Whether the weights of the told sample have room beside its threads."""
        paths = self.ways[self.told]
        columns = 1 if self.is_worked else len({way.cells[-2].channel for way in paths}) or 1
        lines = -(-len(paths) // columns)
        dots = [self.cone.x(self.cone.close, self.cone.levels[1], way.cells[1]) or 0.0 for way in paths]
        left = self.form.width - self.form.margin - columns * self._pitch - 30
        return self.cone.is_left and 0 < lines < MOST_LINES and left > max(self.cone.aside(), *dots)

    @property
    def _pitch(self) -> float:
        size = SMALL if self.form.is_narrow or not self.is_worked else TEXT
        return max(advance(runs_of(way.weight.text)) for way in self.ways[self.told]) * size + 1.1 * size

    def lay_grid(self, draft: Draft) -> None:
        """The weights of the told sample's paths at the right, in the order of the dots they pass: each as the product
        of its taps, one below the other, where there is room for that, else a line for each step; and their sum.
        """
        if not self.has_grid:
            return
        form, ways, worked = self.form, self.ways[self.told], self.is_worked
        size, high = (SMALL, 42.0) if form.is_narrow else (TEXT, 66.0) if worked else (SMALL, 56.0)
        columns = 1 if worked else len({way.cells[-2].channel for way in ways})
        lines, pitch = -(-len(ways) // columns) + 1, self._pitch
        bottom, right, wide = (
            form.height - (152.0 if form.is_narrow else 150.0),
            form.width - form.margin,
            pitch - 0.3 * size,
        )
        for place, way in enumerate(ways):
            y, x = bottom - high * (lines - place // columns - 0.5), right - pitch * (columns - place % columns - 0.5)
            number, key = way.weight._replace(about=None), ("way", *way.at)  # where they have no room they are left out
            taps.lay_tap(draft, key, number, hue(self.cone, way), (x, y), (wide, high - 10), size)
            if worked:
                draft.put("grid", (*key, "taps"), words(factored(way), x - wide / 2 - 14, y, size, align=1))
        y, x = bottom - 0.5 * high, right - pitch / 2
        weight = self.told.weight._replace(about=None)
        taps.lay_tap(draft, ("joined", *self.told.cell), weight, "kernel", (x, y), (wide, high - 10), size)
        said = phrases.added([way.weight.text for way in ways], "") if worked else "their sum"
        draft.put("grid", ("grid", "sum"), words(said.strip(), x - wide / 2 - 14, y, size, align=1))

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
        return [*cues, Cue((("grid",), ("joined",)), beat + len(ways) + 0.5, 0.7)]

    # what the samples times their weights add up to

    def lay_products(self, draft: Draft) -> None:
        """What each sample adds, below its weight, where there is room for all; else what the told one adds."""
        products = [own.product._replace(text=addend(own.product)) for own in self.stacks]
        size = self.cone.size(self.cone.close, self.cone.base, products)
        for own, number in zip(self.stacks, products, strict=True):
            if size or own is self.told:
                made = (("joined", *own.cell, "bar"), (*self.cone.key(self.cone.base, own.cell), "bar"))
                mark = words(number.text, self.x(own), self.added, size or SMALL, about=number.about, made_of=made)
                draft.put("sum", ("adds", *own.cell), mark)
        pieces.name(draft, ("adds",), "× sample", self.added + 11)
        strands = [key for key in draft.marks if key[0] == "strand"]
        for key in strands:
            del draft.marks[key], draft.owners[key]
        self._strands(draft, self.added + 24)

    def _sum_terms(self, each: bool) -> list[Term]:
        """What the output is the sum of: ``each`` sample and the biases, or the told sample and all the rest."""
        cone, total = self.cone, self.cone.script.total(self.cone.cell)
        shown, rest = (list(self.stacks), addends(cone)) if each else ([self.told], [])
        if not each:
            rest = [(("rest",), cone.script.written(total.value - self.told.product.value), "bias")]
        terms = [Term(own.product.text, key=("added", *own.cell), copy_of=("adds", *own.cell)) for own in shown]
        words_of = {"rest": "the rest", "bias": "biases"}
        terms += [Term(number.text, name=f" ({words_of[key[0]]})", key=("added", *key)) for key, number, _ in rest]
        written = list[Term]()
        for place, term in enumerate(terms):
            is_minus = place and term.text.startswith(style.MINUS)
            written += [Term(f" {style.MINUS if is_minus else '+'} ", "quiet")] * bool(place)
            text, origin = term.text.removeprefix(style.MINUS if is_minus else ""), None if is_minus else term.copy_of
            written += [
                term._replace(text=text, name="", copy_of=origin),
                *[Term(term.name, "quiet")] * bool(term.name),
            ]
        layer, output = cone.script.layer, cone.script.output(*cone.cell)
        written += [Term(" = ", "quiet"), Term(total.text, key=("added", "total"))]
        made = [Term(f",   {layer.activation}: {output.text}", key=("added", "output"))]
        return [*written, *made * (not layer.is_linear)]

    def lay_total(self, draft: Draft) -> float:
        """Beside the output what it is the sum of, and what an activation makes of it. Returns where that ends."""
        cone, form, low = self.cone, self.form, self.form.is_narrow
        room, terms = form.width - form.margin - cone.aside(), self._sum_terms(True)
        if len(self.stacks) + len(addends(cone)) > MOST_ADDED or wide(terms, SMALL) > room:
            terms = self._sum_terms(False)
        y = cone.heights()[cone.script.level] + (0 if cone.is_left else 46 if low else 90)
        sizes = (TEXT, SMALL, 0.0) if low else (PARTIAL, TEXT, SMALL, 0.0)
        return lay_sum(draft, ("added", "sign"), terms, cone.aside(), form.width - form.margin, y, sizes)

    def total_cues(self) -> list[Cue]:
        """What each sample adds, one after the other; then these fly into the sum, and it."""
        cues, shown, beat = [Cue((("strand",),), motion.MOVE, 0.4)], list(self.stacks), motion.ENTER
        for n, own in enumerate(shown):
            cues.append(Cue((("adds", *own.cell),), beat, quick(n, len(shown), 0.5), after=0.5 * n))
            cues.append(Cue((("added", *own.cell),), beat + 1, 0.8, after=0.5 * n))
        cues.append(Cue((("added", "sign"), ("added", "rest"), ("added", "bias")), beat + 2, 0.4))
        return [*cues, Cue((("added", "total"), ("added", "output")), beat + 3, 0.6)]


def _bricks(own: Joined, paths: Iterable[Way], cone: Cone) -> list[Brick]:
    """The weights of a sample's paths, and what those that are not drawn add up to."""
    stack = [Brick(("way", *way.at), way.weight, hue(cone, way)) for way in paths if way.weight.value]
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
