"""Where one kernel does the work of all layers: under the samples of the told output, then at every output it is the
same for; and Keras's numbers below them.

The boards after the paths: samples, the one kernel and outputs, each a row. This module knows a cone and pieces; it
compares nothing itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from fractions import Fraction

from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, PARTIAL, SMALL, SUPPORT, TEXT, Board, Cue, Draft, Key, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.many_layers import gathered, taps
from convexplain.stories.many_layers.cone import STEP, Cone, Placed, Row, is_whole, stacked

MOST_ADDED = 6
"""With more addends no sum is written."""


def boards(cone: Cone) -> Iterator[Board]:
    """The kernel and its output, close; one output after the other, where it is the same at all of them; the check."""
    onward = Onward(cone)
    if cone.told is not None:
        yield onward.output()
        if cone.is_sliding:
            yield from onward.every()
    yield onward.check()


class Onward:
    """The samples, the one kernel and the outputs."""

    def __init__(self, cone: Cone) -> None:
        self.cone, self.script, self.form = cone, cone.script, cone.form
        self.steps, self.told = cone.script.shape[0], cone.cell.step
        self.outputs = cone.numbers(cone.wide, cone.script.level)

    def lay(self, said: str, axis: Axis, at: int | None, known: Collection[int], full: bool = False) -> Draft:
        """The samples on an axis, the kernel on those of the output ``at`` (None for no kernel), and the outputs that
        are ``known``; at full precision in the check.
        """
        cone, low, base = self.cone, self.form.is_narrow, self.cone.base
        draft = Draft(self.form)
        pieces.caption(draft, said)
        pieces.ruler(draft, axis, STEP, lit=[at] if at is not None and axis is cone.wide and not full else ())
        met = self.script.ways(Cell(at, cone.cell.channel), base).joined if at is not None else ()
        met = tuple(own for own in met if cone.is_shown(base, own.cell)) if axis is cone.close else met
        samples = {own.cell: own.sample for own in met} if axis is cone.close else cone.numbers(axis, base)
        outputs = {c: n for c, n in self.outputs.items() if known and (axis is cone.wide or c.step == at)}
        size = cone.size(axis, base, [*samples.values(), *(own.weight for own in met)])
        large = cone.size(axis, self.script.level, outputs.values())
        gap, under, is_added = 20.0 if low else 36.0, 66.0 if low else 112.0, not full and bool(self._added(at))
        weights = [] if size else [own.weight for own in met]  # where all have room they are tiles, else bars
        rows = [Row(list(samples.values()), size + 26.0, gap)]
        high = (size + 26.0) * (1.0 if weights or low else 2.0 if axis is cone.close else 1.3)
        high, low_gap = high if size or weights else taps.height(self.form), under if size or full else gap
        rows += [Row(weights, high, low_gap if is_added else gap)] * bool(met)
        rows += [Row(list(outputs.values()), large + 26.0, gap if is_added else low_gap)] * bool(known)
        first, *others = stacked(self.form, rows)
        cone.named(draft, base, first.foot)
        covered = {own.cell for own in met} if met else None
        cone.row(draft, axis, base, samples, first.foot, first.unit, 0.0, covered, SUPPORT)
        for cell, number in samples.items() if size else ():
            pieces.digits(draft, cone.key(base, cell), number.text, size=size)
        if met:
            self._lay_kernel(draft, axis, met, at, others[0], size, not weights)
        if known:
            shown = {cell: number for cell, number in outputs.items() if cell.step in known}
            self._lay_outputs(draft, axis, shown, others[-1], large, full)
            if axis is cone.wide and met and not full:
                self._lay_outlines(draft, others[-1])
        if is_added:
            self._lay_products(draft, axis, met, at, others[0].foot + under / 2)
            self._lay_sum(draft, self._added(at), others[-1].foot) if axis is cone.close else None
        if any(place.unit != first.unit for place in others) and not full:
            pieces.remark(draft, ("scales",), "Each row is drawn to a scale of its own.")
        if self.script.shown.note and full and not low:
            pieces.remark(draft, ("rounded",), f"{phrases.sentence(self.script.shown.note)}.")
        return draft

    def _lay_kernel(
        self,
        draft: Draft,
        axis: Axis,
        met: Sequence[gathered.Joined],
        at: int | None,
        place: Placed,
        size: float,
        as_tiles: bool,
    ) -> None:
        """The one kernel under the samples it has ``met``, as bars, or as tiles with their numbers that slide."""
        cone, slot, (top, foot, bottom, unit) = self.cone, self.cone.slot(axis, self.cone.base), place
        width, xs = (
            0.94 * slot if as_tiles else min(pieces.WIDEST, 0.75 * slot),
            [cone.at(axis, own.cell) for own in met],
        )
        left, right, middle = min(xs) - slot / 2 - 3, max(xs) + slot / 2 + 3, (top + foot) / 2
        pieces.card(draft, ("kernel",), left, right, top, bottom if as_tiles else bottom + 18, "kernel")
        pieces.name(draft, ("kernel",), "one kernel", middle + 11 if as_tiles else foot)
        if not as_tiles:
            pieces.baseline(draft, ("kernel",), left + 6, right - 6, foot)
        sizes = (PARTIAL, size) if foot - top > 1.25 * PARTIAL and axis is cone.close else (size,)
        weights = [own.weight._replace(text=benches.factor(own.weight)) for own in met]
        if axis is not cone.close or not cone.size(axis, cone.base, weights):
            weights = [own.weight for own in met]
        inside = benches.fitting(width - 16, [weight.text for weight in weights], (*sizes, SMALL))
        shift = (at or 0) - self.told if cone.is_sliding else 0
        for own, weight, x in zip(met, weights, xs, strict=True):
            key = ("joined", own.cell.step - shift, own.cell.channel)
            if as_tiles:
                taps.lay_tap(draft, key, weight, "kernel", (x, middle), (width - 4, foot - top - 8), inside)
                continue
            bricks = is_whole(own.weight) and unit > 14
            pieces.column(draft, key, own.weight, x, foot, width, unit, "kernel", bricks=bricks)

    def _lay_outputs(
        self, draft: Draft, axis: Axis, outputs: dict[Cell, Number], place: Placed, size: float, full: bool
    ) -> None:
        """Outputs as bars; in the check with Keras's number in a row below, or as a dot beside the tip."""
        cone, level, row = self.cone, self.script.level, self.form.height - 156.0 - (20 if self.form.is_narrow else 30)
        exact = {cell: number._replace(value=self.script.full(*cell)) for cell, number in outputs.items()}
        pieces.name(draft, ("level", level), "output", place.foot, "ink")
        cone.row(draft, axis, level, exact if full else outputs, place.foot, place.unit, size)
        made = tuple(("joined", *own.cell, "bar") for own in cone.shown)
        draft.change([(*cone.key(level, cell), "bar") for cell in outputs], made_of=made)
        if not full or self.script.source.recorded is None:
            return
        is_number = size > 0 and is_whole(*outputs.values(), *exact.values())
        dots = "" if is_number else "dots: "
        pieces.name(draft, ("asked",), f"{dots}{self.script.check.library}", row + 11, "ink")
        for cell in outputs:
            key, asked = cone.key(level, cell), self.script.asked(*cell) or Fraction(0)
            mark = draft.marks[(*key, "bar")]
            if is_number:
                said = words(self.script.written(asked).text, mark.x, row, size)
                draft.put("asked", (*key, "asked"), said.at(copy_of=(*key, "digits")))
            else:
                pieces.compared(draft, (*key, "asked"), mark.right + 12, place.foot - float(asked) * place.unit)

    def _lay_outlines(self, draft: Draft, place: Placed) -> None:
        """What the layers gave, for the one kernel to fill."""
        axis, level = self.cone.wide, self.script.level
        half = min(pieces.WIDEST, 0.75 * self.cone.slot(axis, level)) / 2
        for cell, number in self.outputs.items():
            x, ends = self.cone.x(axis, level, cell) or 0.0, sorted((0.0, -float(number.value) * place.unit))
            face = plate("output", x - half, place.foot + ends[0], x + half, place.foot + ends[1], edge=0.6, light=0.0)
            draft.put("outline", ("outline", cell.step), face.at(hollow=True, size=3, radius=4.0, z=-1))

    def _added(self, at: int | None) -> str:
        """How the output ``at`` comes about, as a sum; nothing where that has no room, or is not all."""
        cone, rest = self.cone, gathered.addends(self.cone)
        if at is None or cone.told is None or not self.script.layer.is_linear:
            return ""
        met = self.script.ways(Cell(at, cone.cell.channel), cone.base).joined
        numbers = [own.product for own in met if cone.is_sliding or cone.is_shown(cone.base, own.cell)]
        addends = [number._replace(text=gathered.addend(number)) for number in numbers]
        if len(numbers) + len(rest) > MOST_ADDED or not cone.size(cone.wide, cone.base, addends):
            return ""
        texts = [*(own.text for own in numbers), *(f"{number.text} ({key[0]})" for key, number, _ in rest)]
        return phrases.added(texts, self.script.output(at, cone.cell.channel).text)

    def _lay_products(self, draft: Draft, axis: Axis, met: Iterable[gathered.Joined], at: int | None, y: float) -> None:
        """What each sample adds, below its weight."""
        cone, close = self.cone, axis is self.cone.close
        products = [own.product._replace(text=gathered.addend(own.product)) for own in met]
        size = cone.size(axis, cone.base, products, PARTIAL if close else TEXT)
        for place, (own, number) in enumerate(zip(met, products, strict=True)):
            mark = words(number.text, cone.at(axis, own.cell), y, size, about=number.about)
            made = ((*cone.key(cone.base, own.cell), "bar"),)
            draft.put("sum", ("sum", at, place, "close" if close else "wide"), mark.at(made_of=made))

    def _lay_sum(self, draft: Draft, said: str, foot: float) -> None:
        """Beside the output what it is the sum of."""
        left, largest = draft.marks[self._output(self.told)].right + 40, TEXT if self.form.is_narrow else PARTIAL
        size = benches.fitting(self.form.width - self.form.margin - left, [said], (largest, TEXT, SMALL, 0.0))
        if size:
            mark = words(said, left, foot - DIGIT * size / 2 - 14, size, align=-1)
            draft.put("sum", ("added",), mark.at(made_of=tuple(key for key in draft.marks if key[0] == "sum")))

    def _adding(self, at: int, lasts: float) -> list[Cue]:
        """One product after the other, then the output."""
        sums = [Cue((("sum", at, n),), motion.ENTER, lasts, "", (), lasts * n) for n in range(MOST_ADDED)]
        return [*sums, Cue((self._output(at), ("added",)), motion.ENTER + 1)] if self._added(at) else []

    def output(self) -> Board:
        """The told output, made by the weights that the stacks have become."""
        several, many = len(self.cone.levels) - 1, phrases.count(len(self.cone.ways.joined), "weight")
        is_plain = several > 1 and all(layer.is_linear and not layer.use_bias for layer in self.cone.layers.values())
        how = "each sample times its weight, added up"
        how += "" if self.cone.ways.bias is None else " with the biases"
        said = f"{many} do the work of {_layers(several)}: {how}"
        said = f"For this input {said}" if self.cone.ways.off else phrases.sentence(said)
        said += "." if self.script.layer.is_linear else f", then {self.script.layer.activation}."
        if is_plain:
            said = phrases.sentence(f"{_layers(several)} only multiply and add, so {many} do the same.")
        names = (("name", "kernel"), ("name", "level", self.script.level))  # each goes with what it names
        cues = [Cue(names, motion.MOVE), *self._adding(self.told, 0.6)]
        draft = self.lay(said, self.cone.close, self.told, {self.told})
        if is_plain and not any(key[0] == "remark" for key in draft.marks):
            pieces.remark(draft, ("why",), "No bias is added, and no activation stands between them.")
        return draft.board("output", said, 4, cues)

    def every(self) -> Iterator[Board]:
        """The whole input, and the kernel at all its places: at the first ones, then on to the last; each output is
        made where it stands.
        """
        said, wide = f"{phrases.sentence(_layers(len(self.cone.levels) - 1))} gave the outlines", self.cone.wide
        said += ": does the same kernel fill them at every step?"
        yield self.lay(said, wide, self.told, {self.told}).board("whole", said, 3)
        stops = sorted({0, 1, self.steps - 1} - ({self.told} if not self.told else set()))
        known, at = {self.told}, self.told
        for stop in stops:
            passed = range(min(at, stop), max(at, stop) + 1)
            new = sorted((step for step in passed if step not in known), reverse=stop < at)
            known.update(new)
            lasts = max(1.0, 0.4 * len(passed))
            cues = [*self._adding(stop, 0.3), Cue((("outline",),), motion.LEAVE, 0.4)]
            moving = (("joined",), ("kernel",), ("baseline", "kernel"), self.cone.key(self.cone.base, Cell(0, 0))[:1])
            cues += [Cue(moving, motion.MOVE, lasts), Cue((("ruler",),), motion.MOVE, 0.3, after=lasts - 0.3)]
            for step in new if len(new) > 1 else []:
                late = motion.passes(abs(step - at) / abs(stop - at)) * lasts
                cues.append(Cue((self._output(step),), motion.MOVE, 0.3, after=late))
            cues += [Cue((self._output(stop),), motion.ENTER + 1)] if len(new) == 1 else []
            name = {0: "first", self.steps - 1: "last"}.get(stop, f"step {stop}")
            said = self._said(stop)
            yield self.lay(said, wide, stop, known).board(name, said, 2 if name == f"step {stop}" else 3, cues)
            at = stop

    def _said(self, at: int) -> str:
        """What the kernel gives at a step; where no sum is written, at the last one why there are so many."""
        if added := self._added(at):
            same = f"as {_layers(len(self.cone.levels) - 1)} gave"
            return f"Step {at}: {added}, {same if at + 1 < self.steps else 'and every outline is filled'}."
        if at + 1 < self.steps:
            return f"Step {at}: the same weights on {'the next' if at else 'the first'} samples."
        outputs, span = phrases.count(self.steps, "output"), len(self.cone.places)
        if self.cone.steps - span + 1 != self.steps:
            return f"All {outputs} come from one kernel."
        many = f"{phrases.spelled(span)} samples fit in {phrases.spelled(self.cone.steps)}"
        return phrases.sentence(f"{many} at {phrases.spelled(self.steps)} places: {outputs} from one kernel.")

    def _output(self, step: int) -> Key:
        """The key of an output's bar."""
        return (*self.cone.key(self.script.level, Cell(step, self.cone.cell.channel)), "bar")

    def check(self) -> Board:
        """Keras's numbers, in the place where the outputs stand."""
        said, at = f"{_compared(self.cone)}.", self.steps - 1 if self.cone.is_sliding and self.cone.told else None
        draft = self.lay(said, self.cone.wide, at, {cell.step for cell in self.outputs}, True)
        dots = [key for key in draft.marks if key[-1] == "asked" and key[0] != "name"]
        return draft.board("check", said, 4, [Cue(tuple(dots), motion.ENTER + 1, how="down first")])


def _compared(cone: Cone) -> str:
    """Who ran what, and how well it agrees; a small count in words: it is no number of the picture."""
    line, steps, layers = cone.script.check_words(), cone.script.shape[0], len(cone.levels) - 1
    who, _, how = line.partition(" gives ")
    if cone.base or not who.startswith("Keras"):
        return line
    ran = _layers(layers)
    ran += ", not the one kernel" if cone.is_sliding and layers > 1 else ""
    if how == f"exactly the same numbers: {steps} outputs compared":
        return f"The library Keras ran {ran}: exactly the same {phrases.count(steps, 'output')}"
    return f"The library Keras ran {ran}: {how.replace(': ', ', ')}"


def _layers(count: int) -> str:
    return {1: "the layer", 2: "both layers"}.get(count, f"all {phrases.count(count, 'layer')}")
