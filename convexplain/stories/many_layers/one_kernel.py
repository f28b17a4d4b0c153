"""The whole input once more, with one kernel between the samples and the outputs: what all paths add up to.

The boards after the paths, laid out like those before them. This module knows a cone and pieces; what is said on which
board a story says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product

from convexplain.board import motion, pieces, staging
from convexplain.board.marks import FILM, PARTIAL, SMALL, TEXT, Cue, Draft
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers.cone import Cone
from convexplain.stories.many_layers.overview import Overview
from convexplain.stories.many_layers.views import wide
from convexplain.stories.many_layers.walked import lay_tap
from convexplain.stories.many_layers.ways import Joined

ROOM = 84.0
"""The room below the outputs for those of others."""
AROUND = 1.2
"""How many times as wide as the longest number a tile's place must be."""
TILE, BARS = 84.0, 216.0
"""How high the kernel is in a film, as tiles with their numbers and as bars."""


def _in_sight(cone: Cone, cell: Cell) -> list[Joined]:
    """The samples of an output that have a place on the whole input."""
    return [own for own in cone.joined(cell) if cone.wide.has(cone.base, own.cell)]


class OneKernel(Overview):
    """The samples, below them the weight of each that an output sees, and the outputs."""

    sizes: tuple[float, ...] = (PARTIAL, TEXT, SMALL)
    """Of the kernel's numbers."""

    def __init__(self, cone: Cone) -> None:
        self.told = _in_sight(cone, cone.cell)
        weights = [own.weight for own in self.told]
        self.is_written = cone.wide.size(cone.base, weights, AROUND) > 0
        """Whether weights are tiles with their numbers, like those of a kernel, else they are bars."""
        self.high = (TILE if self.is_written else BARS) * cone.form.height / FILM.height
        super().__init__(cone, (cone.base, cone.script.level))
        self.top = self.rows[cone.base].bottom + 16.0
        seen = (own for cell in (cone.cell, self.far(cone.cell)) for own in _in_sight(cone, cell))
        self.extent = bench.extent(own.weight.value for own in seen)

    def _zone(self, level: int) -> float:
        """The room below the samples for the kernel, and below the outputs for what was compared."""
        low = bench.is_low(self.form)
        if level == self.level:
            return 8.0 if low else ROOM + 36.0
        return self.high + (90.0 if low else 152.0)

    @property
    def next(self) -> Cell | None:
        """The next output, where it has the same weights and as many of its samples are in sight."""
        to = self.cone.next
        return to if to and len(_in_sight(self.cone, to)) == len(self.told) else None

    def lay_at(self, said: str, called: str, cell: Cell, is_every: bool = False) -> Draft:
        """A board with the kernel, ``called`` so, where it makes an output, which is lit, or after it made all."""
        base, shown = self.cone.base, _in_sight(self.cone, cell)
        lit = {base: {own.cell for own in shown}, self.level: {cell}}
        draft = self.lay(said, None if is_every else lit)
        xs = [self.view.x(base, own.cell) for own in shown]
        self._lay_kernel(draft, shown, xs, called)
        sizes = (SMALL,) if self.form.points else (TEXT, self.form.small)
        self.lay_sum(draft, cell, self.view.axis.left, sum(xs) / len(xs), self.top + self.high + 20, sizes)
        return draft

    def _lay_kernel(self, draft: Draft, shown: Sequence[Joined], xs: Sequence[float], called: str) -> None:
        """One weight under each sample; the keys are those of the told output's, so that they slide along."""
        cone, high, slot = self.cone, self.high, self.cone.wide.slot(self.cone.base)
        width, middle, (up, down) = min(0.94 * slot, 170.0), self.top + high / 2, self.extent
        sizes = [size for size in self.sizes if size <= high - 8]
        size = bench.fitting(width - 24, (own.weight.text for own in self.told), sizes)
        unit = (high - SMALL - 14) / (up + down or 1.0)
        foot = self.top + high - down * unit
        for told, own, x in zip(self.told, shown, xs, strict=True):
            key = ("joined", *told.cell)
            if self.is_written:
                lay_tap(draft, key, own.weight, "kernel", (x, middle), (width - 4, high - 8), size)
                continue
            pieces.column(draft, key, own.weight, x, foot, min(pieces.WIDEST, 0.75 * slot), unit, "kernel")
            if cone.is_told(told) and len(cone.channels[cone.base]) < 3:
                pieces.digits(draft, key, own.weight.text, size=SMALL)
        if self.is_written:
            left, right = xs[0] - width / 2 - 6, xs[-1] + width / 2 + 6
            pieces.card(draft, ("joined",), left, right, self.top, self.top + high, "kernel")
        else:
            pieces.lift(draft, [("joined", *own.cell) for own in self.told])
            pieces.baseline(draft, ("kernel",), self.view.axis.left, self.view.axis.right, foot)
        pieces.name(draft, ("joined",), called, middle + 11 if self.is_written else foot)
        if not self.is_written:
            pieces.clear_of_name(draft, ("joined",), [("joined", *own.cell, "digits") for own in self.told])

    def lay_sum(
        self, draft: Draft, cell: Cell, left: float, x: float, y: float, sizes: Sequence[float], right: float = 0.0
    ) -> None:  # fmt: skip
        """How an output comes about, below a height, about an x, from ``left`` on; or before it, without its number, as
        far as ``right``.
        """
        before, right = bool(right), right or self.form.width - self.form.margin
        for text, size in product(self._sums(cell, _in_sight(self.cone, cell)), sizes):
            text = f"{text.rpartition(' = ')[0]} =" if before else text
            if (half := wide(text, size) / 2) <= (right - left) / 2:
                mark = words(text, min(max(x, left + half), right - half), y + size / 2, size)
                made = tuple(("joined", *own.cell, "bar") for own in self.told)
                draft.put("sum", ("added", *cell), mark.at(made_of=made))
                return

    def _sums(self, cell: Cell, shown: Sequence[Joined]) -> Iterator[str]:
        """What an output is the sum of: all samples times their weights, or the told one and the rest."""
        script, pairs = self.cone.script, zip(self.told, shown, strict=True)
        one = [own for told, own in pairs if self.cone.is_told(told)]
        seen, layer = script.ways(cell, self.cone.base), script.layer
        then = f" = {script.written(seen.total).text}"
        then += "" if layer.is_linear else f",   {layer.activation}: {script.output(*cell).text}"
        for some in (shown, one or shown[:1]):
            rest = script.written(seen.total - sum(own.product.value for own in some))
            name = " (biases)" if len(some) == len(seen.joined) else " (the rest)"
            more = [rest] if rest.value else []
            factors = [phrases.times(own.sample, own.weight) for own in some] + [phrases.times(n) + name for n in more]
            products = [own.product.text for own in some] + [n.text + name for n in more]
            yield " + ".join(factors) + then
            yield phrases.added(products, "").removesuffix(" = ") + then

    def lay_same(self, draft: Draft, *names: str, size: float = SMALL) -> None:
        """Below the outputs the same ones, of who is named there: in the first of the ``names`` that has room."""
        y, numbers = self.rows[self.level].bottom + ROOM - SMALL, self.numbers[self.level]
        room = self.view.x(self.level, min(numbers)) - self.form.margin
        room -= max(wide(number.text, self.size or SMALL) for number in numbers.values())
        name = words(bench.longest(room, names, size), self.form.margin, y, size, align=-1)
        draft.put("same", ("same", "name"), name)
        for cell, number in numbers.items():
            mark = words(number.text, self.view.x(self.level, cell), y, self.size or SMALL, about=number.about)
            draft.put("same", ("same", cell.step, "digits"), mark)

    # what moves

    def far(self, cell: Cell) -> Cell:
        """The output that the kernel slides to: as far away as its samples are in sight."""
        last = self.cone.shapes[self.level][0] - 1
        there = [Cell(last if cell.step < last else 0, cell.channel), *filter(None, [self.cone.next])]
        seen = (to for to in there if to in self.numbers[self.level])
        return next((to for to in seen if len(_in_sight(self.cone, to)) == len(self.told)), cell)

    def slides(self, cell: Cell, to: Cell) -> list[Cue]:
        """The kernel slides at one speed, and each output grows as it comes there; at last another sum, and the outputs
        of others.
        """
        key, many = self.cone.key, max(1, abs(to.step - cell.step))
        lasts, way = max(2.4, 0.6 * many), range(cell.step, to.step, 1 if to.step > cell.step else -1)
        gone, made = ("added", *cell), ("added", *to)
        cues = [Cue((gone,), staging.LEAVE, 0.4), Cue((("joined",),), staging.MOVE, lasts, after=staging.OVERLAP)]
        cues.append(Cue((made,), staging.ENTER, 0.4, after=staging.OVERLAP))
        for place, step in enumerate(way, 1):
            late = motion.passes(place / many) * lasts + staging.OVERLAP
            cues.append(Cue((key(self.level, Cell(step + way.step, cell.channel)),), staging.MOVE, 0.25, after=late))
        cues.append(Cue((("same", "name"),), staging.ENTER + 1, 0.4))
        for place, other in enumerate(self.numbers[self.level]):
            cues.append(Cue((("same", other.step),), staging.ENTER + 1, 0.3, after=0.3 + 0.2 * place))
        return cues

    def comes(self, cell: Cell, to: Cell, back: float = 1.6) -> list[Cue]:
        """From close by the kernel comes back to an output, as the rest of the input does, and slides on from there."""
        slides, base = self.slides(cell, to), self.cone.base
        way = back + max(cue.lasts or 0.0 for cue in slides) * (cell != to)
        first, last = (self.view.x(base, _in_sight(self.cone, own)[0].cell) for own in (cell, to))
        late = [cue._replace(how="grow", after=cue.after + back) for cue in slides if cue.beat == staging.MOVE]
        rest = [("baseline",), ("ruler",), *(self.cone.key(base, own) for own in self.numbers[base])]
        rest.append(self.cone.key(self.level, self.cone.cell))
        late.append(Cue((("joined",),), staging.MOVE, way, "across last", (last - first, back / way)))
        return [*slides, *late, Cue((*rest,), staging.MOVE, 0.9, after=0.6)]
