"""Where one kernel does the work of all layers: under the samples of the told output, then at every output it is the
same for; and Keras's numbers below them.

The boards after the paths: samples, the one kernel and outputs, each a row. This module knows a cone and pieces; it
compares nothing itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from fractions import Fraction

from convexplain.board import motion, pieces
from convexplain.board.marks import PARTIAL, SMALL, SUPPORT, TEXT, Board, Cue, Draft, Key
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import gathered, phrases, taps
from convexplain.stories.cone import STEP, Cone, Placed, Row, is_whole, stacked
from convexplain.stories.walked import Term, bracketed, lay_sum

MOST_TOLD = 6
"""Of more outputs the first two and the last are told."""


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
        bottom, gap, under = self.form.height - 156.0, 20.0 if low else 36.0, 66.0 if low else 112.0
        weights = [] if size else [own.weight for own in met]  # where all have room they are tiles, else bars
        rows = [Row(list(samples.values()), size + 26.0, gap)]
        high = (size + 26.0) * (1.0 if weights or low else 2.0 if axis is cone.close else 1.3)
        rows += [Row(weights, high if size or weights else taps.height(self.form), gap)] * bool(met)
        rows += [Row(list(outputs.values()), large + 26.0, under if size or full else gap)] * bool(known)
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
            if not full and size:
                self._lay_sum(draft, met, at, bottom - (20 if low else 30))
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
        inside = benches.fitting(width - 16, [own.weight.text for own in met], sizes)
        shift = (at or 0) - self.told if cone.is_sliding else 0
        for own, x in zip(met, xs, strict=True):
            key = ("joined", own.cell.step - shift, own.cell.channel)
            if as_tiles:
                taps.lay_tap(draft, key, own.weight, "kernel", (x, middle), (width - 4, foot - top - 8), inside)
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

    def _lay_sum(self, draft: Draft, met: Iterable[gathered.Joined], at: int | None, y: float) -> None:
        """How the output ``at`` comes about: each sample times its weight, and the biases."""
        if not self.script.layer.is_linear or at is None:
            return
        addends = [
            [Term(f"{bracketed(own.sample)} × ", "sample"), Term(bracketed(own.weight), "kernel")] for own in met
        ]
        addends += [[Term(bracketed(number), role)] for _, number, role in gathered.addends(self.cone)]
        terms = [term for addend in addends for term in (Term(" + ", "quiet"), *addend)][1:]
        terms.append(Term(f" = {self.script.output(at, self.cone.cell.channel).text}"))
        sizes = (TEXT, SMALL, 0.0) if self.form.is_narrow else (PARTIAL, TEXT, SMALL, 0.0)
        lay_sum(draft, ("sum", at), terms, self.form.names + 8, self.form.width - self.form.margin, y, sizes)

    def output(self) -> Board:
        """The told output, made by the weights that the stacks have become."""
        several, many = len(self.cone.levels) - 1, phrases.count(len(self.cone.ways.joined), "weight")
        said = f"{many} do the work of {_layers(several)}: each sample times its weight, added up"
        said = f"For this input {said}" if self.cone.ways.off else phrases.sentence(said)
        said += "" if self.cone.ways.bias is None else " with the biases"
        said += "." if self.script.layer.is_linear else f", then {self.script.layer.activation}."
        names = (("name", "kernel"), ("name", "level", self.script.level))  # each goes with what it names
        cues = [Cue(names, motion.MOVE), Cue((("sum", self.told),), motion.ENTER, 1.2)]
        return self.lay(said, self.cone.close, self.told, {self.told}).board("output", said, 4, cues)

    def every(self) -> Iterator[Board]:
        """The whole input, and the kernel at all its places: at the first ones, then on to the last; each output is
        made where it stands.
        """
        said, wide = "The layers’ taps are the same at every step, so this one kernel serves them all.", self.cone.wide
        yield self.lay(said, wide, self.told, {self.told}).board("whole", said, 2)
        every = range(self.steps) if self.steps <= MOST_TOLD else {0, 1, self.steps - 1}
        stops = sorted(set(every) - ({self.told} if not self.told else set()))
        known, at = {self.told}, self.told
        for stop in stops:
            passed = range(min(at, stop), max(at, stop) + 1)
            new = sorted((step for step in passed if step not in known), reverse=stop < at)
            known.update(new)
            lasts = max(1.0, 0.4 * len(passed))
            cues = [Cue((("sum", stop),), motion.ENTER, 0.8)]
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
        """What the kernel does at a step, before its sum stands; at the last one why there are so many."""
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
