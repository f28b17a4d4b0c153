"""The last boards of one kernel: it slides along the whole input, every output appears below, then Keras's numbers.

This module knows what a field's columns have merged to, and pieces; whether it is told a story says.
"""

from __future__ import annotations

from collections.abc import Collection

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import CARD, DIGIT, Board, Cue, Draft, plate
from convexplain.board.pieces import Axis
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.formulas import change, lit
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
        left = 186.0 if self.form.is_narrow else self.form.margin + 270.0
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
        """The whole input, the kernel at some steps, then slid to the last, and another's numbers for all outputs."""
        last, level = len(self.outputs) - 1, self.field.level
        worked = [step for step in range(min(2, last)) if step != self.told.step]
        found, made = [self._whole()], {self.told.step}
        for step in worked:
            made.add(step)
            found.append(self._worked(step, made))
        reach = len(self.samples) - last
        count = f"{len(self.samples)} {style.MINUS} {reach} + 1 = {last + 1}"
        said = f"Slid along, it fits in {count} places: {phrases.spelled(last + 1)} outputs."
        on = worked[-1] if worked else self.told.step
        draft, lasts = self._draft(said, last, range(last + 1)), SLIDE * (last - on)
        cues = [Cue((("joined",), ("kernel", "card"), ("ruler",)), motion.MOVE, lasts)]
        for step in sorted({*range(last + 1)} - made):
            key = self.field.cone.key(level, Cell(step, self.told.channel))
            late = motion.passes((step - on) / (last - on)) * lasts
            cues.append(Cue((key, ("coming", step)), motion.MOVE, 0.4, "", (), late))
        found.append(draft.board("every", said, 4, cues))
        if lines.found.answer is None:
            return found
        count = phrases.spelled(len(self.outputs))
        what = ", which runs such networks," if lines.who == "Keras" and not self.form.is_narrow else ""
        asked = [self.script.asked(step, self.told.channel) for step in range(len(self.outputs))]
        said = f"{lines.who}{what} ran both layers: its {count} numbers."
        if asked == [own.value for own in self.outputs]:
            said = f"Yes, one kernel does it: {lines.who}{what} got the same from both layers."
        draft = self._draft(said, last, range(last + 1), False)
        for step, answer in enumerate(asked):
            text = self.script.written(answer).text if answer is not None else ""
            mark = words(text, self.axis.x(step), self._keras, self.field.size)
            draft.put("keras", ("keras", step, "digits"), mark)
        right, half = self.axis.x(last) + self.axis.pitch / 2, DIGIT * self.field.size / 2 + 14
        face = plate("sample", self.axis.left, self._keras - half, right, self._keras + half, light=CARD, z=-3)
        draft.put("keras", ("keras", "card"), face)
        self.field.name(draft, ("keras",), lines.who, self._keras)
        low, way = draft.marks["name", "level", level].y, f"layer {level - 1}, then layer {level}"
        for name, by, y in (("one", "one kernel *w*", low), ("both", way, self._keras)):
            mark = words(by, right + 40, y, self.field.size, "kernel" if name == "one" else "ink", -1)
            if mark.right < self.axis.right + 12:
                draft.put("keras", ("keras", name, "name"), mark)
        return [*found, draft.board("keras", said, 4, [Cue((("keras",),), motion.ENTER)])]

    def _whole(self) -> Board:
        """The whole input: what is seen closes up as one piece, then the other samples come."""
        cone, said = self.field.cone, "The same kernel slides along the whole input."
        draft, told = self._draft(said, self.told.step, {self.told.step}), cone.key(self.field.level, self.told)
        before, after = (self.field.formula.merged(slides=slides) for slides in (False, True))
        cues = [Cue((("share",),), motion.LEAVE, 0.4), Cue((("joined",), ("kernel", "card"), told), motion.MOVE, 0.9)]
        cues.append(Cue((("coming",),), motion.ENTER, 0.6))
        return draft.board("whole", said, 3, [*change(before, after, motion.LEAVE - 3), *cues])

    def _worked(self, step: int, made: set[int]) -> Board:
        """The kernel at a step, and the output that it gives there."""
        cone, level = self.field.cone, self.field.level
        numbers = [
            self.script.written(own.weight.value * self.samples[step + n].value) for n, own in enumerate(cone.shown)
        ]
        said = f"At step {step}: {phrases.added([own.text for own in numbers], self.outputs[step].text)}."
        draft = self._draft(said, step, made)
        cues = [Cue((("joined",), ("kernel", "card"), ("ruler",)), motion.MOVE, SLIDE * 2)]
        cues.append(Cue((("coming", step),), motion.ENTER, 0.4))
        cues.append(Cue((cone.key(level, Cell(step, self.told.channel)),), motion.ENTER, 0.6))
        return draft.board(f"step {step}", said, 3, cues)

    @property
    def _keras(self) -> float:
        """Where another's numbers stand, below the bars."""
        return self.field.bottom - 8

    def _draft(self, said: str, on: int, made: Collection[int], slides: bool = True) -> Draft:
        """The input, the kernel ``on`` a step, and the outputs that are ``made``; where it ``slides`` its formula."""
        draft, field, key = Draft(self.form), self.field, self.field.cone.key
        pieces.caption(draft, said)
        if slides:
            parts = field.formula.merged(slides=True)
            pieces.formula(draft, parts, lit(parts, "*t*"))
        wide, high = 0.6 * self.axis.pitch, self.field.kernel
        rows = [benches.extent(number.value for number in own) for own in (self.samples, self.outputs)]
        below = DIGIT * field.size + 14 if rows[1][1] else 0.0
        room = self._keras - DIGIT * field.size / 2 - 28 - below - benches.TOP - 2 * field.pad - high - 48
        unit = min(field.unit, room / sum(map(sum, rows)))
        moved = on - self.told.step
        field.ruler(draft, self.axis, [own.cell.step + moved for own in field.cone.shown] if slides else ())
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
