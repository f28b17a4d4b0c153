"""What an output sees: the kernels slide and make row after row, then beams lead from one output back to its samples.

The boards before the paths, on the whole input. Every row has its place and its unit from the first of them on. This
module knows a cone and pieces; a story says what follows.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import product, starmap
from typing import NamedTuple

from convexplain.board import motion, pieces, staging
from convexplain.board.marks import SMALL, TEXT, Board, Cue, Draft, plate
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers import walked
from convexplain.stories.many_layers.cone import Cone
from convexplain.stories.many_layers.walked import lay_sum


class Row(NamedTuple):
    """Where a level stands: from where the room for its numbers begins to the lower end of its bars."""

    top: float
    foot: float
    bottom: float
    unit: float


class Overview:
    """The levels on the whole input."""

    def __init__(self, cone: Cone, levels: Sequence[int] = ()) -> None:
        self.cone, self.view, self.form, self.level = cone, cone.wide, cone.form, cone.script.level
        self.numbers = {level: self._numbers(level) for level in levels or cone.levels}
        self.size = min(self.view.size(level, numbers.values()) for level, numbers in self.numbers.items())
        self.rows = self._stacked()

    def _numbers(self, level: int) -> dict[Cell, Number]:
        """The cells of a level that have a place, with their numbers."""
        every = starmap(Cell, product(range(self.cone.shapes[level][0]), self.cone.channels[level]))
        return {cell: self.cone.script.number(("cell", level, *cell)) for cell in every if self.view.has(level, cell)}

    def _zone(self, level: int) -> float:
        """The room below a row: for the kernels that read it, or for beams."""
        low, strip = bench.is_low(self.form), self.cone.strip + walked.BETWEEN
        if level == self.level:
            return 8.0
        if not self.cone.is_striped:
            return 36.0 if low else 84.0
        return self._lines(level + 1) * strip + (46.0 if low else 56.0) + 16.0 * (level + 1 < self.level)

    def _lines(self, level: int) -> int:
        """How many kernels of a level lie below each other: those of the output each alone."""
        return len(self.cone.channels[level - (level == self.level)])

    def _stacked(self) -> dict[int, Row]:
        """Rows that fill the height: in one unit where numbers are of a size or counted, else with the same room."""
        above, top, rows = 0.7 * self.size + 20.0, bench.TOP - 4.0, dict[int, Row]()
        every = [number.value for numbers in self.numbers.values() for number in numbers.values()]
        extents = {n: bench.extent(own.value for own in numbers.values()) for n, numbers in self.numbers.items()}
        reach = list(map(sum, extents.values()))
        room = self.form.height - 152.0 - bench.TOP - sum(above + self._zone(level) for level in self.numbers)
        unit = bench.unit_of(room, sum(reach), every, 66.0)
        is_one = max(reach) < 6 * min(filter(None, reach), default=1.0) or (unit > 14 and bench.whole(every))
        for level, (up, down) in extents.items():
            own = unit if is_one else max(40.0, room) / len(extents) / (up + down or 1.0)
            foot = top + above + up * own
            rows[level] = Row(top, foot, foot + down * own, own)
            top = rows[level].bottom + self._zone(level)
        return rows

    def boards(self) -> Iterator[Board]:
        """Every level, made by its kernels where these have room; then what one output sees."""
        cone = self.cone
        if cone.is_striped:
            for level in cone.layers:
                yield from self._made(level)
        else:
            many = phrases.sentence(phrases.count(len(cone.layers), "layer"))
            said = f"{many}, one after the other. What does one output see?"
            said = said if len(cone.layers) > 1 else "One layer. What does one of its outputs see?"
            yield self.lay(said).board("levels", said, 3)
        yield self._seen()

    def lay(
        self, said: str, lit: Mapping[int, Collection[Cell]] | None = None,
        kernels: Mapping[int, Sequence[int]] | None = None,
        made: tuple[float, int] = (math.inf, 0),
    ) -> Draft:  # fmt: skip
        """The rows, all or as far as ``made`` (a level, a step); what is ``lit``; ``kernels`` at steps of a level."""
        cone, draft, kernels = self.cone, self.view.draft(said), kernels or {}
        before = -math.inf if len(self.rows) == len(cone.levels) else math.inf  # what made rows is said where all are
        for level, row in self.rows.items():
            shown = {cell: n for cell, n in self.numbers[level].items() if (level, cell.step) <= made}
            self.view.lay_name(draft, level, row.foot, before)
            before = max(before, row.foot)
            self.view.lay_row(draft, level, shown, row.foot, row.unit, self.size, lit[level] if lit else None)
        for level, steps in kernels.items():
            self._lay_kernels(draft, level, steps, lit is not None or level == max(kernels))
        return draft

    # kernels that slide

    def _lay_kernels(self, draft: Draft, level: int, steps: Sequence[int], meant: bool) -> None:
        """The told kernels of a level under the windows of some steps, one below the other; of two they are copies."""
        apart = (self._line(level, 1) - self._line(level, 0)) * (level == self.level)
        every = list(starmap(Cell, product(steps, self.cone.channels[level])))
        each = (self._framed(level - 1) - 20.0) / len(every) if len(steps) > 1 else 0.0
        for place, cell in enumerate(every):
            y = self.rows[level - 1].bottom + 16.0 + each * (place + 0.5) if each else self._line(level, place)
            lit = None if meant else ()
            walked.lay_strip(draft, self.view, level, cell, y, lit, apart, each and each - 2)
        pieces.name(draft, ("kernel", level), self.cone.kernels(level), self._line(level, 0) + 11)

    def _framed(self, level: int) -> float:
        """How far below a row that is seen its frame ends, with the kernels that read it."""
        return self._zone(level) - (14.0 if bench.is_low(self.form) else 44.0) if self.cone.is_striped else 6.0

    def _line(self, level: int, line: float) -> float:
        """The height of the middle of a kernel of a level: they lie one below the other, under the row they read."""
        high = self.cone.strip
        return self.rows[level - 1].bottom + 16.0 + high / 2 + (high + 6) * line

    def _made(self, level: int) -> Iterator[Board]:
        """The kernels of a level where they make its first step, and after they have slid to its last."""
        cone, layer, steps = self.cone, self.cone.layers[level], self.cone.shapes[level][0]
        every, is_last = cone.channels[level], level == self.level
        before = {level - 1: [cone.shapes[level - 1][0] - 1]} if is_last else {}
        more = ", plus a bias" * layer.use_bias + ("" if layer.is_linear else f", then {layer.activation}")
        kernels = "its kernel" if len(every) == 1 else "each of its kernels"
        who = f"Layer {level}" if more else "A layer"
        said = f"{who} multiplies {kernels} with the samples above it and adds up{more}."
        slid = "The kernels slide along. Each makes the bars of its own colour, called a channel."
        slid = slid if len(every) > 1 else "The kernel slides along and makes a row."
        if is_last:
            said = f"Layer {level} does the same with layer {level - 1}{more}."
            if (many := len(cone.channels[level - 1])) > 1:
                which = "both" if many == 2 else "all"
                said = f"Layer {level} reads {which} channels, with a kernel for each. All products add up{more}."
            noun = "kernels slide" if many > 1 else "kernel slides"
            slid = f"Layer {level}'s {noun} along, too. What does one output see?"
        draft = self.lay(said, kernels=before | {level: [0]}, made=(level, 0))
        cues = [Cue((("strip", level), ("tap", level), ("name", "kernel", level)), staging.ENTER, 0.6, "fade")]
        cues += [walked.rewritten(draft)] * is_last
        self._lay_sums(draft, level)
        for n, filter in enumerate(every):
            cues.append(Cue((("sum", level, filter),), staging.ENTER + 1 + 2 * n, 0.6))
            cues.append(Cue((cone.key(level, Cell(0, filter)),), staging.ENTER + 2 + 2 * n, 0.5))
        yield draft.board(f"kernels {level}", said, 4, cues)
        if steps == 1:
            return
        last, lasts = steps - 1, max(2.4, 0.6 * (steps - 1))
        draft = self.lay(slid, kernels=before | {level: [last]}, made=(level, last))
        cues = [Cue((("strip", level), ("tap", level)), staging.MOVE, lasts)]
        for step in range(1, steps):
            late = motion.passes(step / last) * lasts
            keys = tuple(cone.key(level, Cell(step, f)) for f in every)
            cues.append(Cue(keys, staging.MOVE, 0.25, after=late))
        yield draft.board(f"level {level}", slid, 3, cues)

    def _lay_sums(self, draft: Draft, level: int) -> None:
        """How the first numbers of a level come about, each beside its kernel, in the hues of the walked."""
        cone, last = self.cone, max(self.cone.reads(level, 0))
        x, right = self.view.axis.x(last) + 0.5 * self.view.axis.pitch + 24, self.form.width - self.form.margin
        sizes = (SMALL, 0.0) if self.form.is_narrow else (TEXT, SMALL, 0.0)
        for place, filter in enumerate(cone.channels[level]):
            terms = walked.worked(cone, level, Cell(0, filter))
            y = self._line(level, place + (self._lines(level) - len(cone.channels[level])) / 2)
            lay_sum(draft, ("sum", level, filter), terms, x, right, y, sizes)

    # what is seen

    def _counted(self, level: int) -> str:
        """How many samples the output sees, or steps of another level."""
        cells = self.cone.read[level]
        steps = phrases.count(len({cell.step for cell in cells}), "step")
        return f"{steps} of layer {level}" if level else phrases.count(len(cells), "sample")

    def _seen(self) -> Board:
        """What the output sees, in beams, and the kernels through which it does."""
        cone, every = self.cone, {self.level - 1: None, self.cone.base: None}
        through = f", and through layer {self.level - 1} "
        said = f"This output sees {through.join(map(self._counted, every))}."
        read = {level: sorted({cell.step for cell in cone.read[level]}) for level in cone.layers if cone.is_striped}
        draft = self.lay(said, cone.read, {level: own[: 2 if len(own) == 2 else 1] for level, own in read.items()})
        self._lay_beams(draft)
        if ("beam", cone.base) in draft.marks:
            self._lay_field(draft)
            steps = {cell.step for cell in cone.read[cone.base]}
            between = len(steps) <= max(steps) - min(steps)
            walked.remark(draft, ("between",), "The steps between these are not read." * between)
        cues = [Cue((("beam", n),), staging.ENTER + self.level - n, 0.8) for n in cone.levels[:-1]]
        cues += [Cue((("tap", n), ("strip", n)), staging.ENTER + self.level - n + 0.5) for n in [*cone.layers][:-1]]
        return draft.board("field", said, 4, [*cues, Cue((("field",),), staging.ENTER + self.level + 1)])

    def _lay_field(self, draft: Draft) -> None:
        """The name of the receptive field, beside its frame, below the row."""
        frame, row = draft.marks["beam", self.cone.base, "frame"], self.rows[self.cone.base]
        x, y = frame.right + 22, max(row.bottom + 28, (row.bottom + frame.bottom) / 2)
        room = (self.form.width - self.form.margin - x) * SMALL / self.form.small
        if text := bench.longest(room, ("receptive field: what this output sees", "receptive field", "")):
            draft.put("field", ("field", "name"), words(text, x, y, self.form.small, align=-1))

    def _lay_beams(self, draft: Draft) -> None:
        """From all that is seen of a level, with its kernels, a beam to what is seen of the next."""
        cone, view, output = self.cone, self.view, self.cone.key(self.level, self.cone.cell)
        tops = {level: row.top - 8.0 for level, row in self.rows.items()}
        seen = [mark for key, mark in draft.marks.items() if key[:3] == output]
        low = max(mark.bottom for mark in seen) + 6.0
        for level in cone.levels[:-1]:
            top, bottom = tops[level], self.rows[level].bottom + self._framed(level)
            to, upper = tops[level + 1], level + 1
            xs, ends = (view.middles(n, {cell.step for cell in cone.read[n]}) for n in (level, upper))
            if not xs or not ends:
                continue
            aside, half = (0.47 * view.pitch(n) for n in (level, upper))
            left, right = min(xs) - aside, max(xs) + aside
            end = low if upper == self.level else to  # the output lies in it, too
            first, last = min(ends) - half, max(ends) + half
            points = (left, top, right, top, right, bottom, last, to, last, end, first, end, first, to, left, bottom)
            mark = plate("sample", left, top, right, end, light=0.5, alpha=0.3, z=-4, radius=0.0)
            draft.put("beam", ("beam", level), mark.at(points=points))
            if level == cone.base:
                frame = plate("sample", left, top, right, bottom, light=0.0, edge=0.5, size=3, z=-3, hollow=True)
                draft.put("beam", ("beam", level, "frame"), frame)
