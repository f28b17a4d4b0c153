"""The last boards of one kernel: it slides along the whole input, every output appears below, then Keras's numbers.

This module knows what a field's columns have merged to, and pieces; whether it is told a story says.
"""

from __future__ import annotations

from collections.abc import Collection

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, Board, Cue, Draft, plate
from convexplain.board.pieces import Axis
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.formulas import lit
from convexplain.stories.gathered import addends
from convexplain.stories.landing import Lines
from convexplain.stories.merged import Merged

SLIDE = 0.55
"""Seconds for each step that the kernel slides."""
MOST_STEPS = 10
"""With more steps of input its numbers have no room."""


class Every:
    """Every output of the told filter, by the one kernel."""

    def __init__(self, merged: Merged) -> None:
        self.field, self.merged, self.script = merged.field, merged, merged.field.script
        self.form, self.told = self.field.form, self.script.cell
        base, (steps, _) = self.field.base, self.script.source.stack.shapes[self.field.base]
        self.samples = [self.script.number(("cell", base, step, 0)) for step in range(steps)]
        self.outputs = [self.script.output(step, self.told.channel) for step in range(self.script.shape[0])]
        left = 170.0 if self.form.is_narrow else self.form.margin + 270.0
        right = self.form.width - self.form.margin - 12
        self.axis = Axis(tuple(range(steps)), left, (right - left) / steps, steps)

    @property
    def is_told(self) -> bool:
        """Whether the same kernel gives every output: where no edge cuts it, and nothing is added."""
        layers = [self.script.source.stack.layers[number - 1] for number in self.field.formula.numbers]
        plain = all(layer.padding == "valid" and layer.strides == 1 for layer in layers) and layers[0].is_linear
        single = self.script.source.stack.shapes[self.field.base][1] == 1 and len(self.outputs) > 1
        few = len(self.samples) <= MOST_STEPS
        return (
            bool(self.field.cone.shown)
            and self.field.is_seen
            and plain
            and single
            and few
            and not addends(self.field.cone)
        )

    def boards(self, lines: Lines) -> list[Board]:
        """The kernel at the first step, then slid to the last, and another's numbers for all outputs."""
        found, level = [self._start()], self.field.level
        last = len(self.outputs) - 1
        reach = len(self.samples) - last
        count = f"{len(self.samples)} {style.MINUS} {reach} + 1 = {last + 1}"
        said = f"Slid along, it fits in {count} places: {phrases.spelled(last + 1)} outputs."
        draft, lasts = self._draft(said, last, range(last + 1)), SLIDE * last
        parts = self.field.formula.merged(slides=True)
        pieces.formula(draft, parts, lit(parts, "*t*"))
        cues = [Cue((("joined",), ("kernel", "card"), ("ruler",)), motion.MOVE, lasts)]
        for step in range(1, last + 1):
            key = self.field.cone.key(level, Cell(step, self.told.channel))
            late = motion.passes(step / last) * lasts
            cues.append(Cue((key, ("coming", step)), motion.MOVE, 0.4, "", (), late))
        found.append(draft.board("every", said, 4, cues))
        if lines.found.answer is None:
            return found
        count = phrases.spelled(len(self.outputs))
        what = ", the library that runs such networks," if lines.who == "Keras" else ""
        asked = [self.script.asked(step, self.told.channel) for step in range(len(self.outputs))]
        same = "the same" if asked == [own.value for own in self.outputs] else "its"
        said = f"{lines.who}{what} ran both layers: {same} {count} numbers."
        draft = self._draft(said, last, range(last + 1), False)
        for step, answer in enumerate(asked):
            text = self.script.written(answer).text if answer is not None else ""
            mark = words(text, self.axis.x(step), self._keras, self.field.size, "lit")
            draft.put("keras", ("keras", step, "digits"), mark)
        self.field.name(draft, ("keras",), lines.who, self._keras, "lit")
        return [*found, draft.board("keras", said, 4, [Cue((("keras",),), motion.ENTER)])]

    def _start(self) -> Board:
        """The whole input comes, and the kernel goes to its first step."""
        cone, base = self.field.cone, self.field.base
        products = zip((own.weight.value for own in cone.shown), self.samples, strict=False)
        added = [self.script.written(weight * sample.value).text for weight, sample in products]
        said = f"At the first step: {phrases.added(added, self.outputs[0].text)}."
        draft, told = self._draft(said, 0, {0, self.told.step}), cone.key(self.field.level, self.told)
        staying = (("joined",), ("kernel", "card"), told)
        cues = [Cue((("share",),), motion.LEAVE, 0.4), Cue(staying, motion.MOVE, 1.0)]
        cues.append(Cue((("coming",),), motion.MOVE, 0.6))
        seen = {own.cell.step for own in cone.shown}
        coming = tuple(cone.key(base, Cell(step, 0)) for step in self.axis.shown if step not in seen)
        cues.append(Cue(coming, motion.MOVE, 0.6, "", (), 0.6))
        if self.told.step:
            cues.append(Cue((cone.key(self.field.level, Cell(0, self.told.channel)),), motion.ENTER, 0.6))
        return draft.board("start", said, 1, cues)

    @property
    def _keras(self) -> float:
        """Where another's numbers stand, below the bars."""
        return self.field.bottom - DIGIT * self.field.size / 2

    def _draft(self, said: str, on: int, made: Collection[int], lit_steps: bool = True) -> Draft:
        """The input, the kernel ``on`` a step, and the outputs that are ``made``."""
        draft, field, key = Draft(self.form), self.field, self.field.cone.key
        pieces.caption(draft, said)
        wide, high = 0.6 * self.axis.pitch, self.field.kernel
        rows = [benches.extent(number.value for number in own) for own in (self.samples, self.outputs)]
        below = DIGIT * field.size + 14 if rows[1][1] else 0.0
        room = self._keras - DIGIT * field.size / 2 - 20 - below - benches.TOP - 2 * field.pad - high - 48
        unit = min(field.unit, room / sum(map(sum, rows)))
        moved = on - self.told.step
        field.ruler(draft, self.axis, [own.cell.step + moved for own in field.cone.shown] if lit_steps else ())
        foot = benches.TOP + field.pad + rows[0][0] * unit
        for step, number in enumerate(self.samples):
            at = self.axis.x(step), foot
            field.bar(draft, key(field.base, Cell(step, 0)), number, at, wide, unit, "sample")
        field.line(draft, field.base, self.axis.right, foot, self.axis.left)
        y = foot + rows[0][1] * unit + 24 + high / 2
        self.merged.strip(draft, y, high, field.cone.shown, True, self.axis, moved)
        last = y + high / 2 + field.pad + 24 + rows[1][0] * unit
        right = self.axis.x(len(self.outputs) - 1) + self.axis.pitch / 2
        field.line(draft, field.level, right, last, self.axis.left)
        kernel = tuple(("joined", *own.cell, "bar") for own in field.cone.shown)
        for step, number in enumerate(self.outputs):
            own, x = key(field.level, Cell(step, self.told.channel)), self.axis.x(step)
            if step in made:
                read = tuple((*key(field.base, Cell(step + n, 0)), "bar") for n in range(len(kernel)))
                side = "below" if number.value < 0 else "above"
                made_of = (*kernel, *read)
                field.bar(draft, own, number, (x, last), wide, unit, "output", side=side, made_of=made_of)
            else:
                place = plate("output", x - wide / 2, last - 2 * unit, x + wide / 2, last, edge=0.4, light=0.0, size=3)
                draft.put("coming", ("coming", step), place.at(hollow=True, dash=12.0, radius=6.0))
        return draft
