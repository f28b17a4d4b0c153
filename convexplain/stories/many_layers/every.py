"""The last boards of one kernel: it slides along the whole input, every output appears below, then Keras's numbers.

This module knows what a field's columns have merged to, and pieces; whether it is told a story says.
"""

from __future__ import annotations

from collections.abc import Collection

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import DIGIT, SMALL, Board, Cue, Draft, plate
from convexplain.board.pieces import Axis
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.many_layers.formulas import change, lit
from convexplain.stories.many_layers.gathered import addends
from convexplain.stories.many_layers.landing import Lines
from convexplain.stories.many_layers.merged import Merged

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
        count = f"{len(self.samples)} {style.MINUS} {len(self.samples) - last} + 1 = {last + 1}"
        said = f"Slid along, it fits in {count} places: {phrases.spelled(last + 1)} outputs."
        on = worked[-1] if worked else self.told.step
        draft, lasts = self._draft(said, last, range(last + 1)), SLIDE * (last - on)
        cues = [Cue((("joined",), ("kernel", "card"), ("ruler",)), motion.MOVE, lasts)]
        for step in sorted({*range(last + 1)} - made):
            key = self.field.cone.key(level, Cell(step, self.told.channel))
            late = motion.passes((step - on) / (last - on)) * lasts
            cues.append(Cue((key, ("coming", step)), motion.MOVE, 0.4, "", (), late))
        found.append(draft.board("every", said, 4, cues))
        return found if lines.found.answer is None else [*found, self._answer(lines.who)]

    def _answer(self, who: str) -> Board:
        """What both layers give, run by another, and what the one kernel gives."""
        field, draft, high, last = self.field, Draft(self.form), self.field.kernel, len(self.outputs) - 1
        asked = [self.script.asked(step, self.told.channel) for step in range(last + 1)]
        same = "the same" if asked == [own.value for own in self.outputs] else "its"
        said = f"{who} runs the two layers: {same} {phrases.spelled(last + 1)} outputs."
        pieces.caption(draft, said)
        field.ruler(draft, self.axis, ())
        y, thick, text = self._input(draft), max(0.62 * high, 1.3 * SMALL), DIGIT * field.larger
        gap = min(64.0, (field.bottom - y - 2 * thick - 12 - high - 2 * text) / 4)
        y = self.merged.layers(draft, self.axis, y, thick) - 12 + gap + text / 2
        field.name(draft, ("keras",), who, y)
        for step, answer in enumerate(asked):
            number = self.script.written(answer).text if answer is not None else ""
            draft.put("keras", ("keras", step, "digits"), words(number, self.axis.x(step), y, field.larger))
        y += text / 2 + 2 * gap + high / 2
        self.merged.strip(draft, y, high, field.cone.shown, True, self.axis, last - self.told.step)
        y += high / 2 + gap + text / 2
        field.name(draft, ("level", field.level), f"output *y*{field.level}", y)
        for step, own in enumerate(self.outputs):
            key = (*field.cone.key(field.level, Cell(step, self.told.channel)), "digits")
            mark = words(own.text, self.axis.x(step), y, field.larger, "kernel", about=own.about)
            draft.put("outputs", key, mark)
        return draft.board("keras", said, 4, [Cue((("layer",),), motion.ENTER), Cue((("keras",),), motion.ENTER + 1)])

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

    def _input(self, draft: Draft) -> float:
        """The whole input; where the kernel may begin below it."""
        field, (up, down) = self.field, benches.extent(number.value for number in self.samples)
        foot = benches.TOP + field.pad + up * self.unit
        for step, number in enumerate(self.samples):
            key, at = field.cone.key(field.base, Cell(step, 0)), (self.axis.x(step), foot)
            field.bar(draft, key, number, at, 0.6 * self.axis.pitch, self.unit, "sample")
        field.line(draft, field.base, self.axis.right, foot, self.axis.left)
        return foot + down * self.unit + 24

    @property
    def unit(self) -> float:
        """The height of a number 1, of the input and of the outputs."""
        field, rows = (
            self.field,
            [benches.extent(number.value for number in own) for own in (self.samples, self.outputs)],
        )
        below = DIGIT * field.size + 14 if rows[1][1] else 0.0
        room = field.bottom - 28 - below - benches.TOP - 2 * field.pad - field.kernel - 48
        return min(field.unit, room / sum(map(sum, rows)))

    def _draft(self, said: str, on: int, made: Collection[int]) -> Draft:
        """The input, the kernel ``on`` a step, and the outputs that are ``made``."""
        draft, field, key = Draft(self.form), self.field, self.field.cone.key
        pieces.caption(draft, said)
        parts = field.formula.merged(slides=True)
        pieces.formula(draft, parts, lit(parts, "*t*"))
        wide, unit, high, moved = 0.6 * self.axis.pitch, self.unit, field.kernel, on - self.told.step
        field.ruler(draft, self.axis, [own.cell.step + moved for own in field.cone.shown])
        y = self._input(draft) + high / 2
        self.merged.strip(draft, y, high, field.cone.shown, True, self.axis, moved)
        last = y + high / 2 + field.pad + 24 + benches.extent(own.value for own in self.outputs)[0] * unit
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
