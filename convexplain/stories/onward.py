"""Where one kernel does the work of all layers it slides on: the told output, all of them, and Keras's numbers below.

The boards after the paths, on the whole input. This module knows a cone and pieces; it compares nothing itself.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from fractions import Fraction

from convexplain.board import motion, pieces
from convexplain.board.marks import PARTIAL, SMALL, SUPPORT, TEXT, Board, Cue, Draft, Key, Role
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import gathered, phrases
from convexplain.stories.cone import MOST_STEPS, Cone, columns, is_whole
from convexplain.stories.overview import lay_terms
from convexplain.stories.walked import bracketed
from convexplain.stories.ways import Joined

FEW = 6
"""So many outputs are made one by one."""


def boards(cone: Cone) -> Iterator[Board]:
    """The kernel at one output after the other, where it is the same at all of them; then the check."""
    onward = Onward(cone)
    if cone.is_sliding:
        yield from (*onward.every(), onward.check())
    else:
        yield _alone(cone)


class Onward:
    """The input, the one kernel and the output, each a row, in one unit."""

    def __init__(self, cone: Cone) -> None:
        self.cone, self.script, self.form, self.axis = cone, cone.script, cone.form, cone.wide
        self.steps, self.told = cone.script.shape[0], cone.cell.step

    @property
    def is_written(self) -> bool:
        """Whether every format has room for the number of each output."""
        outputs = [self.script.output(step, self.cone.cell.channel).text for step in range(self.steps)]
        return benches.fitting(0.9 * self.cone.narrowest_pitch, outputs, (SMALL, 0.0)) > 0

    def joined(self, step: int) -> tuple[Joined, ...]:
        """The samples of an output, each with the weight that meets it."""
        return self.script.ways(Cell(step, self.cone.cell.channel), self.cone.base).joined

    def _samples(self) -> dict[Cell, Number]:
        shape, cone = self.script.source.stack.shapes[self.cone.base], self.cone
        cells = (Cell(step, channel) for step in range(shape[0]) for channel in cone.channels[cone.base])
        return {cell: self.script.number(("cell", cone.base, *cell)) for cell in cells}

    def lay(self, said: str, at: int, known: Collection[int], full: bool = False) -> Draft:
        """The kernel on the samples of the output ``at``, and the outputs that are ``known``; at full precision in the
        check.
        """
        cone, axis, low = self.cone, self.axis, self.form.is_narrow
        draft = Draft(self.form)
        pieces.caption(draft, said)
        pieces.ruler(draft, axis, lit=[at] if not full else ())
        samples, met = self._samples(), self.joined(at)
        outputs = {step: self.script.output(step, cone.cell.channel) for step in range(self.steps)}
        texts = [n.text for n in samples.values()] + [benches.factor(own.weight) for own in met]
        share = 0.84 / len(cone.channels[cone.base])
        written = benches.fitting(share * cone.narrowest_pitch, texts, (SMALL, 0.0)) > 0
        out = self.is_written
        size = benches.fitting(share * axis.pitch, texts, (TEXT, SMALL)) if written and not low else SMALL
        reach = (
            benches.extent(n.value for n in samples.values()),
            benches.extent(own.weight.value for own in met),
            benches.extent(n.value for n in outputs.values()),
        )
        over = size + 22 if written else 20.0
        large = min(PARTIAL, 0.5 * axis.pitch) if not low else SMALL
        over_out = large + 26 if out else 20.0
        keras = 62.0 if low else 100.0
        gap, bottom = 20.0 if low else 36.0, self.form.height - 156.0
        room = bottom - benches.TOP - 2 * over - over_out - 2 * gap - keras
        values = [n.value for n in (*samples.values(), *outputs.values())] + [own.weight.value for own in met]
        one = benches.unit_of(room, sum(map(sum, reach)), values)
        whole = all(value.denominator == 1 for value in values) and one > 8
        units = (
            [one] * 3
            if whole
            else [room * part / (sum(own) or 1) for part, own in zip((0.2, 0.3, 0.5), reach, strict=True)]
        )
        foot = benches.TOP + over + reach[0][0] * units[0]
        top = foot + reach[0][1] * units[0] + gap / 2
        middle = top + over + reach[1][0] * units[1]
        end = middle + reach[1][1] * units[1] + gap / 2
        floor = end + over_out + reach[2][0] * units[2]
        pieces.name(draft, ("level", cone.base), "input" if cone.base == 0 else f"layer {cone.base}", foot)
        pieces.baseline(draft, ("level", cone.base), axis.left, axis.right, foot)
        covered, width = {own.cell for own in met}, min(pieces.WIDEST, 0.6 * cone.slot(axis, cone.base))
        for cell, number in samples.items():
            key = cone.key(cone.base, cell)
            role, bricks = cone.role(cone.base, cell.channel), whole and is_whole(number)
            pieces.column(draft, key, number, cone.at(axis, cell), foot, width, units[0], role, True, bricks)
            if cell not in covered:
                draft.change([(*key, "bar")], light=SUPPORT)
            if written:
                pieces.digits(draft, key, number.text, size=size)
        xs, half = [cone.at(axis, own.cell) for own in met], 0.5 * cone.slot(axis, cone.base)
        pieces.card(draft, ("kernel",), min(xs) - half - 6, max(xs) + half + 6, top, end, "kernel")
        pieces.name(draft, ("kernel",), "one kernel", middle)
        pieces.baseline(draft, ("kernel",), min(xs) - half, max(xs) + half, middle)
        for own, place in zip(cone.ways.joined, met, strict=True):
            key, x = ("joined", *own.cell), cone.at(axis, place.cell)
            gathered.lay_weight(draft, key, own.weight, x, middle, width, units[1], whole)
            if written:
                gathered.lay_factor(draft, key, own.weight, size)
        pieces.name(draft, ("level", self.script.level), "output", floor, "ink")
        pieces.baseline(draft, ("floor",), axis.left, axis.right, floor)
        for step in known:
            cell = Cell(step, cone.cell.channel)
            number, key = outputs[step], cone.key(self.script.level, cell)
            at_x = cone.x(axis, self.script.level, cell) or 0.0
            shown = Number(self.script.full(*cell), "", number.about) if full else number
            made = tuple(("joined", *own.cell, "bar") for own in cone.ways.joined)
            bar = min(pieces.WIDEST, 0.6 * axis.pitch)
            pieces.column(draft, key, shown, at_x, floor, bar, units[2], "output", True, whole, made_of=made)
            if out:
                pieces.digits(draft, key, number.text, size=large)
            asked = self.script.asked(*cell)
            if full and asked is not None:
                self._compare(
                    draft,
                    cell,
                    asked,
                    floor - float(asked) * units[2],
                    bottom - (24 if low else 30),
                    large,
                    whole and out,
                )
        if not full and written:
            self._lay_sum(draft, at, bottom - (24 if low else 30))
        if not whole and not full:
            pieces.remark(draft, ("scales",), "Each row is drawn to a scale of its own.")
        if self.script.shown.note and full and not low:
            pieces.remark(draft, ("rounded",), f"{phrases.sentence(self.script.shown.note)}.")
        return draft

    def _lay_sum(self, draft: Draft, at: int, y: float) -> None:
        """How the output ``at`` comes about: each sample times its weight."""
        cone, total = self.cone, self.script.output(at, self.cone.cell.channel)
        if cone.ways.bias is not None or not self.script.layer.is_linear:
            return
        parts: list[tuple[str, Role]] = []
        for own in self.joined(at):
            parts += [(" + ", "quiet")] if parts else []
            parts += [(f"{bracketed(own.sample)} × ", "sample"), (bracketed(own.weight), "kernel")]
        left, right = self.form.names + 8, self.form.width - self.form.margin
        sizes = (TEXT, SMALL, 0.0) if self.form.is_narrow else (PARTIAL, TEXT, SMALL, 0.0)
        lay_terms(draft, ("sum", at), [*parts, (f" = {total.text}", "ink")], left, right, y, sizes)

    def _compare(
        self, draft: Draft, cell: Cell, asked: Fraction, tip: float, row: float, size: float, is_written: bool
    ) -> None:
        """Keras's number in a row below the output, or as a dot beside its tip."""
        key = (*self.cone.key(self.script.level, cell), "asked")
        mark = draft.marks[(*key[:-1], "bar")]
        if not is_written or asked.denominator != 1:
            pieces.compared(draft, key, mark.right + 12, tip)
        else:
            said = words(self.script.written(asked).text, mark.x, row, size)
            draft.put("asked", key, said.at(copy_of=(*key[:-1], "digits")))
        if ("name", "asked") not in draft.marks:
            dots = "" if draft.marks[key].kind == "words" else "dots: "
            pieces.name(draft, ("asked",), f"{dots}{self.script.check.library}", row + 11, "ink")

    def every(self) -> Iterator[Board]:
        """The kernel at the first step and on to the last, step by step where these are few, else by the told one; each
        output is made where it stands.
        """
        stops = range(self.steps) if self.steps <= FEW else sorted({0, self.told, self.steps - 1})
        known, at = set[int](), -1
        for stop in stops:
            new = range(at + 1, stop + 1)
            known.update(new)
            lasts = max(1.0, 0.4 * len(new))
            cues = [Cue((("sum", stop),), motion.ENTER, 0.8)]
            moving = (("joined",), ("kernel",), ("baseline", "kernel"), self.cone.key(self.cone.base, Cell(0, 0))[:1])
            cues += [Cue(moving, motion.MOVE, lasts)] if stop else []
            for step in new if len(new) > 1 else []:
                late = motion.passes((step - at) / len(new)) * lasts
                cues.append(Cue((self._output(step),), motion.MOVE, 0.3, after=max(0.0, late - 0.15)))
            cues += [Cue((self._output(stop),), motion.ENTER + 1)] if len(new) == 1 else []
            name = {self.told: "output", 0: "first", self.steps - 1: "last"}
            long = 3 if stop in (0, self.told, self.steps - 1) else 2
            yield self.lay(self._said(stop), stop, sorted(known)).board(
                name.get(stop, f"step {stop}"), self._said(stop), long, cues
            )
            at = stop

    def _said(self, at: int) -> str:
        """What the kernel does at a step, before its sum stands; at the last one why there are so many."""
        if at == 0:
            biased = "" if self.cone.ways.bias is None else " with the biases"
            then = "" if self.script.layer.is_linear else f", then {self.script.layer.activation}"
            return f"The one kernel at step 0: each sample times its weight, added up{biased}{then}."
        if at == self.told:
            return f"Step {at}: the output that all those paths led to."
        if at + 1 < self.steps:
            return f"Step {at}: the same weights on the next samples."
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
        said = f"{_compared(self.cone)}."
        draft = self.lay(said, self.steps - 1, range(self.steps), True)
        dots = [key for key in draft.marks if key[-1] == "asked" and key[0] != "name"]
        return draft.board("check", said, 4, [Cue(tuple(dots), motion.ENTER + 1, how="down first")])


# where the kernel is not the same everywhere


def _alone(cone: Cone) -> Board:
    """The told filter's outputs at full precision, and Keras's numbers beside them."""
    script, (steps, _) = cone.script, cone.script.shape
    left, right = max(cone.form.names, 250.0), cone.form.width - cone.form.margin  # names of the legend stand left
    axis = Axis(tuple(columns(range(steps), MOST_STEPS)), left, 1.0, steps)
    axis = replace(axis, pitch=min(250.0, (right - left) / (axis.right - axis.left)))
    said = f"{_compared(cone)}."
    draft = Draft(cone.form)
    pieces.caption(draft, said)
    pieces.ruler(draft, axis)
    cells = [Cell(step, cone.cell.channel) for step in axis.shown]
    numbers = {cell: Number(script.full(*cell), "", ("cell", script.level, *cell)) for cell in cells}
    up, down = benches.extent(number.value for number in numbers.values())
    room = cone.form.height - 156 - benches.TOP - 180
    unit = benches.unit_of(room, up + down, [number.value for number in numbers.values()], 66.0)
    foot, whole = max(benches.TOP + 80 + up * unit, 330.0), is_whole(*numbers.values())
    pieces.baseline(draft, ("level", script.level), axis.left, axis.right, foot)
    pieces.name(draft, ("level", script.level), "output", foot, "ink")
    texts = [script.output(*cell).text for cell in cells]
    shown = script.shown.note == "" or script.shown.note is None
    writes = shown and benches.fitting(700.0 / len(cells), texts, (TEXT, 0.0)) > 0
    for cell, number in numbers.items():
        x, key = axis.x(cell.step), cone.key(script.level, cell)
        pieces.column(draft, key, number, x, foot, axis.bar, unit, "output", True, whole)
        if writes:
            pieces.digits(draft, key, script.output(*cell).text, size=PARTIAL if not cone.form.is_narrow else TEXT)
        if (asked := script.asked(*cell)) is not None:
            pieces.compared(draft, (*key, "asked"), x + axis.bar / 2 + 14, foot - float(asked) * unit)
    summed = "sum of paths" if script.layer.is_linear else f"{script.layer.activation} of their sum"
    pieces.legend(draft, [("output", "bar", summed), ("kernel", "dot", script.check.library)])
    if script.shown.note and not cone.form.is_narrow:
        pieces.remark(draft, ("rounded",), f"{phrases.sentence(script.shown.note)}.")
    dots = [(*cone.key(script.level, cell), "asked") for cell in cells]
    return draft.board("check", said, 3, [Cue(tuple(dots), motion.ENTER + 1)])


def _compared(cone: Cone) -> str:
    """Who ran what, and how well it agrees; a small count in words: it is no number of the picture."""
    script, layers = cone.script, len(cone.levels) - 1
    who, _, what = script.check_words().partition(": ")
    number, _, rest = what.partition(" ")
    if cone.base or not number.isdecimal():
        return script.check_words()
    library, gives, how = who.partition(" gives ")
    outputs = f"{phrases.spelled(int(number))} outputs"
    if gives and library.startswith("Keras"):
        ran = {1: "the layer", 2: "both layers"}.get(layers, f"all {phrases.count(layers, 'layer')}")
        kernel = ", not the one kernel" if cone.is_sliding and layers > 1 else ""
        if "exactly" in how and "," not in rest and int(number) == script.shape[0]:
            return f"Keras ran {ran}{kernel}: exactly the same {outputs}"
        known = "" if kernel else ", which runs such networks,"
        who = f"Keras{known} ran {ran}{kernel}: {how}"
    return f"{who}, {phrases.spelled(int(number))} {rest}"
