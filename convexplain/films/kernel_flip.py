"""The film of kernel_flip: one input, one sliding kernel, and below them a row of outputs for each call.

This module draws the frames of ``story.kernel_flip`` with manim. Where a cell stands follows from its index and from
the terms of the frame; what a number is, from the script. Time runs to the right on one grid, so that y[t] stands under
x[t] where strides are 1; long axes and long kernels are shown with a gap, of which the dots speak.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    PI,
    RIGHT,
    UP,
    Animation,
    AnimationGroup,
    Arrow,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    Rectangle,
    RoundedRectangle,
    Transform,
    TransformFromCopy,
    UpdateFromAlphaFunc,
    VGroup,
    VMobject,
    rate_functions,
)

from convexplain import style
from convexplain.films.stage import (
    DIGITS,
    RULER,
    SAFE_X,
    SMALL,
    THEME,
    Cell,
    Columns,
    Row,
    Stage,
    Words,
)
from convexplain.ledger import Row as Product
from convexplain.script import Script
from convexplain.story import Frame
from convexplain.story.frames import with_gaps
from convexplain.story.kernel_flip import CALLS, Call, comparison

LEFT_EDGE, GRID_WIDTH, ROW_WIDTH, MORE = -3.30, 6.05, 4.90, 1.15
"""Where the grid begins; how wide the input and a row of outputs may be; the room for how many are not shown."""
WIDEST_PITCH, NARROWEST_PITCH = 0.90, 0.50
SMALLEST_TYPE, MARGIN = 19.0, 0.06

RULER_Y, INPUT_Y, KERNEL_Y, PRODUCTS_Y = 3.44, 2.82, 1.46, 0.20
TURNING_Y, TURNING_RADIUS = 1.00, 1.34
OUTPUT_STEPS_Y, ROWS_Y, ROW_HEIGHT = -0.51, (-0.91, -1.74, -2.57), 0.52
"""The index of the outputs, and the three rows of outputs under it."""
ARROW_OFFSET, ARROW_LENGTH = 0.70, 1.24
SHELF_LEFT, SHELF_RIGHT = 3.48, 6.38
TERMS_X, TERMS_Y, TERMS_PITCH, TERMS_SIZE, LINES = 4.45, 1.72, 0.50, 38.0, 5
EQUALS_X, LEFT_HAND_SIDE, FORMULA_SIZE = 2.15, 1.55, 32.0
"""Where the formulas' equals signs stand, unless the rows are so long that they must stand further right."""
NAME, ARRAY = 27.0, 34.0
"""Size of the names of calls and of arrays."""
DIM = 0.4

CALL = {call.name: call for call in CALLS}
TURNED = ("w", "w, turned", "w, turned twice")


@dataclass(frozen=True)
class Layout:
    """What is shown of long axes, and how large."""

    columns: Columns
    taps: tuple[int | None, ...]
    outputs: tuple[int, ...]
    """The steps whose output cells are shown; the rest is behind the dots."""
    size: float
    """Size of the digits."""
    sums: bool
    """Whether products and operators fit into one line; else products are signed and the total follows a sum sign."""


def lay_out(script: Script, texts: Sequence[str], products: Sequence[str]) -> Layout:
    """The layout with as many taps and output steps as fit; ``texts`` are all numbers that stand in a column."""
    story = script.story
    steps, outputs = story.input_shape[0], story.output_shape[0]
    first = story.stack.terms(story.level, story.cell)
    taps = len(first)
    widest = max(_width(text, SMALLEST_TYPE) for text in texts)
    least = max(NARROWEST_PITCH, widest + MARGIN, _index_width(taps - 1) * SMALLEST_TYPE + MARGIN)
    plain = [text for text in texts if "e" not in text] or texts
    rows = {step: story.stack.terms(story.level, story.cell._replace(step=step)) for step in range(min(outputs, 12))}
    few = tuple(range(taps)) if taps < 6 else (0, 1, taps - 2, taps - 1)
    most = outputs if outputs <= 6 else min(max(4, taps), len(rows))
    for shown in dict.fromkeys((tuple(range(taps)), few, (0, taps - 1))):
        for count in range(most, 0, -1):
            if len(shown) == taps > 5 and count < min(2, outputs):
                continue
            windows = [[rows[step][tap].source.step for tap in shown] for step in range(count)]
            wanted = {source for window in windows for source in window} | set(range(min(count, steps)))
            for places in (with_gaps(wanted | {steps - 1}), (*with_gaps(wanted), None)):
                columns = Columns(places, LEFT_EDGE, 1.0)
                offsets = {tuple(columns.x(source) - columns.x(window[0]) for source in window) for window in windows}
                row = ROW_WIDTH - MORE * (count < outputs)
                pitch = min(WIDEST_PITCH, GRID_WIDTH / len(places), row / (places.index(count - 1) + 1))
                if pitch >= least and len(offsets) == 1:
                    size = min(DIGITS, *((pitch - MARGIN) / _width(text, 1.0) for text in plain))
                    return Layout(
                        columns=Columns(places, LEFT_EDGE, pitch),
                        taps=with_gaps(set(shown)),
                        outputs=tuple(range(count)),
                        size=size,
                        sums=all(
                            text.lstrip(style.MINUS).isdigit()
                            and pitch >= _width(text.lstrip(style.MINUS), size) + 0.42
                            for text in products
                        ),
                    )
    raise ValueError(
        "the film of kernel_flip must find room for one window of the kernel, at least its first and its last tap. "
        f"Received: {story.stack.layers[story.level - 1]!r} on {steps} steps"
    )


def _under_the_input(window: np.ndarray, shelf: np.ndarray, left: float) -> np.ndarray:
    """An outline on its way from the shelf to the first window, with this much of the way ``left`` (manim plays a
    transformation of a copy from its end): first down, then to the left, so that it covers no sample.
    """
    if not len(window):
        return window
    here, there = window.mean(axis=0), shelf.mean(axis=0)
    way = np.array([1 - (1 - left) ** 2, left**3, left])
    return here + way * (there - here) + (1 - left) * (window - here) + left * (shelf - there)


def _text(value: Fraction, shown: style.Format) -> str:
    """A number in a column: without a leading zero, and nothing as a single zero."""
    return shown.text(value, leading_zero=False) if value else "0"


def _index_width(tap: int) -> float:
    """About how wide w[k] is, for each unit of size."""
    return 0.0142 + 0.0054 * len(str(tap))


def _width(text: str, size: float) -> float:
    """About how wide a number is: digits are half an em wide, a minus three quarters, a point a quarter."""
    ems = sum({style.MINUS: 0.78, ".": 0.28}.get(letter, 0.5) for letter in text)
    return ems * 0.0106 * size


class Plate(VGroup):
    """The kernel: cells that slide and turn together while their digits stay upright, and the arrow of k."""

    def __init__(
        self,
        cells: dict[int, tuple[VMobject, VMobject, VMobject]],
        offsets: dict[int, float],
        arrow: tuple[VMobject, VMobject],
        dots: VGroup,
        height: float,
    ) -> None:
        """``cells`` by tap: box, number, index; ``offsets`` of their middles from the middle of the plate; ``arrow``:
        shaft and letter, which the film adds when it wants to be seen.
        """
        self.cells, self.offsets, self.arrow, self.dots, self.tall = cells, offsets, arrow, dots, height
        self.angle, self.size, self.turns = 0.0, 1.0, 0
        half = max(abs(offset) for offset in offsets.values()) or 0.01
        self.bar = Line([-half, 0, 0], [half, 0, 0], stroke_color=THEME.edge, stroke_width=2)
        self.radius = float(np.hypot(half + height / 2, height / 2))
        super().__init__(self.bar, *(VGroup(*parts) for parts in cells.values()), dots)

    @property
    def middle(self) -> np.ndarray:
        """The middle of the plate."""
        return np.array(self.bar.get_center())

    def place(self, middle: np.ndarray, angle: float, size: float = 1.0) -> None:
        """Stand at ``middle``, turned by ``angle``, ``size`` times as large: only the boxes and the arrow rotate."""
        spin, grow = angle - self.angle, size / self.size
        self.angle, self.size = angle, size
        along = np.array([np.cos(angle), np.sin(angle), 0.0]) * size
        below = np.array([np.sin(angle), -np.cos(angle), 0.0]) * size
        self.bar.rotate(spin).scale(grow).move_to(middle)
        for tap, (box, number, index) in self.cells.items():
            at = middle + self.offsets[tap] * along
            box.rotate(spin).scale(grow).move_to(at)
            number.scale(grow).move_to(at + 0.155 * self.tall * size * UP)
            index.scale(grow).move_to(at + 0.26 * self.tall * size * DOWN)
        for dot in self.dots:
            dot.scale(grow).move_to(middle)
        shaft, letter = self.arrow
        shaft.rotate(spin).scale(grow).move_to(middle + ARROW_OFFSET * below)
        letter.scale(grow).move_to(middle + ARROW_OFFSET * below + (ARROW_LENGTH / 2 + 0.22) * along)

    def journey(self, middle: np.ndarray, turn: float = 0.0, size: float = 1.0, dip: float = 0.0) -> Animation:
        """Move to ``middle``, turning by ``turn`` on the way; ``dip`` is how far down each half turn takes place."""
        start, angle, before = self.middle, self.angle, self.size
        small = min(1.0, TURNING_RADIUS / self.radius) if dip else 1.0

        def go(plate: Any, alpha: float) -> None:
            low = abs(np.sin(alpha * turn)) if dip else 0.0
            at = start + alpha * (middle - start) + low * dip * DOWN
            plate.place(at, angle + alpha * turn, before + alpha * (size - before) + low * (small - 1))

        return UpdateFromAlphaFunc(self, go, rate_func=rate_functions.ease_in_out_sine)


class Formula(VGroup):
    """The sum of a call on its row: glyphs by what they mean, and boxes around the signs that are lit."""

    def __init__(self, parts: dict[str, VGroup]) -> None:
        self.parts = parts
        self.boxes = VGroup()
        super().__init__(*parts.values(), self.boxes)

    def light(self, *names: str) -> VGroup:
        """Light these signs; the boxes are returned, to be faded in."""
        for name in names:
            self.parts[name].set_color(THEME.lit)
            side = self.parts[name].width
            box = RoundedRectangle(
                corner_radius=0.06, width=1.4 * side, height=1.6 * side, stroke_color=THEME.lit, stroke_width=1.5,
                fill_color=THEME.lit, fill_opacity=0.2,
            )  # fmt: skip
            self.boxes.add(box.move_to(self.parts[name]))
        return self.boxes

    def shine(self, level: float) -> list[Animation]:
        """Animations that show it at this strength."""
        boxes = [self.boxes.animate.set_fill(opacity=0.2 * level).set_stroke(opacity=level)] if len(self.boxes) else []
        return [*(part.animate.set_fill(opacity=level) for part in self.parts.values()), *boxes]


class Outputs(Row):
    """The outputs of one call; ``more`` says how many are not shown."""

    def __init__(self, cells: dict[int, Cell], columns: Columns, y: float, label: Words, more: VMobject) -> None:
        super().__init__(cells, columns, y, label)
        self.more = more
        self.add(more)
        for cell in self:
            cell.frame.set_z_index(1)

    def clear(self) -> VGroup:
        """Take the numbers out of the cells; they are returned, to be faded out."""
        numbers = VGroup()
        for cell in self:
            if cell.number is not None:
                numbers.add(cell.let_go())
        return numbers


@dataclass
class Sum:
    """One output written out: products under the samples, what stands between them, and the total."""

    products: list[tuple[Product, VMobject]]
    """Each product with its own sign: a minus belongs to its number until the sum is written."""
    operators: VGroup
    total: VMobject
    minuses: list[tuple[VMobject, VMobject]]
    """The minus of a product that is not the first, and where it stands as an operator."""

    def add_up(self) -> list[Animation]:
        """Animations that make a sum of the products: the other signs and the total come."""
        return [
            FadeIn(self.operators),
            FadeIn(self.total),
            *(Transform(minus, operator) for minus, operator in self.minuses),
        ]


class KernelFlip(Stage):
    """One input, one sliding kernel, three calls: who turns the kernel over, and how often."""

    story_name = "kernel_flip"
    example = "kernel_flip"

    # what is there from the first frame on

    def opening(self) -> None:
        script, story = self.script, self.script.story
        self.layer = story.stack.layers[story.level - 1]
        self.steps, self.outputs = story.input_shape[0], story.output_shape[0]
        self.taps = len(story.stack.terms(story.level, story.cell))
        self.read: np.ndarray | None = None
        """The input that is read when it is not the network's: the single 1."""
        self.totals: dict[tuple[str, int], Fraction] = {}
        """Every output of the act that is playing, exact, by call and step."""
        near = [
            frame for frame in story.frames if frame.kind == "step" and frame.cell is not None and frame.cell.step < 12
        ]
        products = [row.product for frame in near for row in script.rows(frame)]
        totals = [script.total(frame) for frame in near]
        near_steps = [row.term.source.step for frame in near for row in script.rows(frame)]
        samples = [Fraction(float(value)) for value in script.read.ravel()]
        weights = [Fraction(float(value)) for value in script.kernel.ravel()]
        self.sample_format, self.weight_format = style.number_format(samples), style.number_format(weights)
        self.sum_format = style.number_format([*products, *totals])
        written = [_text(value, self.sum_format) for value in products]
        texts = [
            *(_text(value, self.sample_format) for value in samples[: max(near_steps) + 1]),
            *(_text(value, self.weight_format) for value in weights),
            *(_text(value, self.sum_format) for value in totals),
            *written,
        ]
        self.layout = lay_out(script, texts, written)
        self.columns, self.size = self.layout.columns, self.layout.size
        self.pitch = self.columns.pitch
        self.height = float(np.clip(self.pitch, 0.68, 0.90))

        self.input = self._input(samples)
        self.shelf = self._shelf(weights)
        self.output_steps = self._output_steps()
        self.rows: dict[str, Outputs] = {}
        self.formulas: dict[str, Formula] = {}
        self.signs: dict[str, VGroup] = {}
        self.window: dict[int, VMobject] = {}
        self.plate: Plate | None = None
        self.plate_label: Words | None = None
        self.terms = VGroup()
        for call, y in zip(CALLS[:2], ROWS_Y, strict=False):
            self.rows[call.name] = self._row(call, y)
        ruler = self.ruler(self.columns, self.steps, RULER_Y)
        self.add(self.input, ruler, self.shelf, self.output_steps, *self.rows.values())
        self.caption_at_once(story.frames[0].caption)

    def _input(self, samples: list[Fraction]) -> Row:
        """The input on its columns; places outside it are padding, dashed, with a zero."""
        cells = {}
        for step in self.columns.steps:
            inside = 0 <= step < self.steps
            text = _text(samples[step], self.sample_format) if inside else "0"
            number = self._digits(text, THEME.ink if inside else THEME.muted)
            cells[step] = Cell(number, self.pitch, 0.84, dashed=not inside)
        row = Row(cells, self.columns, INPUT_Y, self._label("x", self.sample_format), self.dots())
        if self.columns.shown[-1] is None:
            hidden = self.steps - 1 - max(self.columns.steps)
            row.add(
                self.say(f"… {hidden} more", SMALLEST_TYPE, THEME.muted).sit(
                    self.columns.right - self.pitch, RULER_Y - 0.1, LEFT
                )
            )
        return row

    def _digits(self, text: str, colour: str) -> VMobject:
        """A number that stands in a column."""
        number = self.number(text, size=self.size, colour=colour)
        return number.scale(min(1.0, (self.pitch - MARGIN) / number.width))

    def _label(self, array: str, shown: style.Format, size: float = ARRAY) -> Words:
        """The name of an array, with the power of ten its numbers are given in."""
        unit = f" (e{shown.power})" if shown.power else ""
        return self.fitting(f"`{array}{unit}`", size, SAFE_X + LEFT_EDGE - 0.3)

    def _tint(self, tap: int) -> str:
        return style.tap_colour(THEME, tap, self.taps)

    def _shelf(self, weights: list[Fraction]) -> VGroup:
        """The kernel as it is handed over; it stays where it is, and copies of it slide."""
        shown = tuple(range(self.taps)) if self.taps < 6 else (0, 1, None, self.taps - 2, self.taps - 1)
        wide = min(0.62, (SHELF_RIGHT - SHELF_LEFT) / len(shown))
        texts = [_text(weight, self.weight_format) for weight in weights]
        size = min(34.0, *((wide - MARGIN) / _width(texts[tap], 1.0) for tap in shown if tap is not None))
        columns = Columns(shown, SHELF_LEFT + (SHELF_RIGHT - SHELF_LEFT - wide * len(shown)) / 2, wide)
        cells = {
            tap: Cell(self.number(texts[tap], size=size, colour=self._tint(tap)), wide, 0.62, edge=self._tint(tap))
            for tap in shown
            if tap is not None
        }
        row = Row(cells, columns, INPUT_Y, self._label("w", self.weight_format), self.dots())
        count = self.math(f"K = {self.taps}", RULER, THEME.muted)
        return VGroup(row, count.move_to([(columns.left + columns.right) / 2, INPUT_Y - 0.55, 0]))

    def _output_steps(self) -> Row:
        """The index of the outputs, above their rows."""
        numbers = {step: self.number(step, 0, SMALL, THEME.muted) for step in self.layout.outputs}
        row = Row(numbers, self.columns, OUTPUT_STEPS_Y, Words(*self.math("t", SMALL, THEME.muted)))
        return row.set_z_index(-5)

    def _row(self, call: Call, y: float) -> Outputs:
        """The outputs of one call, empty."""
        cells = {step: Cell(None, self.pitch, ROW_HEIGHT) for step in self.layout.outputs}
        stride = f"[::{self.layer.strides}]" if self.layer.strides > 1 and call.turns else ""
        name = call.label if call.turns else f"Keras {call.label}"
        hidden = self.outputs - len(cells)
        more = VGroup()
        if hidden:
            x = self.columns.x(self.layout.outputs[-1]) + self.pitch / 2
            more = self.fitting(f"… {hidden} more", SMALLEST_TYPE, MORE, THEME.muted).sit(x + 0.12, y - 0.08, LEFT)
        return Outputs(cells, self.columns, y, self._label(name + stride, self.sum_format, NAME), more)

    # formulas

    def _formula(self, turns: int, lhs: str, y: float) -> Formula:
        """The sum of a call on its row; after an odd number of turns k runs backwards."""
        before, tap = style.index_parts(self.layer.strides, self.layer.dilation_rate, self.layer.left_pad(self.steps))
        rate = self.layer.dilation_rate
        parts = {
            "lhs": lhs,
            "eq": "=",
            "sum": "scripts(sum)_k",
            "wl": "w bracket.l",
            "we": "K - 1" * (turns > 1),
            "ws": "-" * (turns > 1),
            "wk": "k",
            "wr": "bracket.r",
            "xl": "x bracket.l",
            "xt": before,
            "xe": (f"+ {rate}(K - 1)" if rate > 1 else "+ K - 1") * (turns > 0),
            "xs": "-" if turns else "+",
            "xk": tap,
            "xr": "bracket.r",
        }
        space = {"ws": " med ", "xs": " med ", "wr": " thin "}
        spaced = [
            f"{space.get(n, '') if n[1:] == 's' else ''}{{{{ {part} : {n} }}}}{space.get(n, ' ')}"
            for n, part in parts.items()
            if part
        ]
        formula = self.math("".join(spaced), FORMULA_SIZE)
        group = Formula({name: VGroup(*formula.select(name)) for name, part in parts.items() if part})
        equals, row = group.parts["eq"], self.rows["keras"]
        x = max(EQUALS_X, max(cell.get_right()[0] for cell in (*row, row.more)) + LEFT_HAND_SIDE)
        group.shift((x - equals.get_x()) * RIGHT + (y - equals.get_y()) * UP)
        room = (SAFE_X - x) / (group.get_right()[0] - x)
        if room < 1:
            group.scale(room, about_point=equals.get_center())
        return group

    # frames

    def tell_question(self, frame: Frame) -> None:
        self.pause(1.6)

    def tell_calls(self, frame: Frame) -> None:
        self.pause(2.0)

    def tell_take(self, frame: Frame) -> None:
        """A copy of w leaves the shelf; the row of its call is bright, the others are dim."""
        call = CALL[frame.call or ""]
        self._clear_step()
        if call.turns == 2:
            self._open_middle_row(call)
        self._bring_plate(1.1)
        arrow = VGroup(*self._plate.arrow)
        formula = self._formula(0, "y[t]", ROWS_Y[0]) if call.turns == 0 else VGroup()
        if isinstance(formula, Formula):
            formula.light("xs")
        self.play(FadeIn(arrow), FadeIn(formula), *self._emphasize(call.name), run_time=0.6)
        self._plate.add(*self._plate.arrow)
        self.remove(arrow)
        if isinstance(formula, Formula):
            self.formulas[call.name] = formula
        self.pause(0.5)

    def tell_turn(self, frame: Frame) -> None:
        """Half a turn in the plane, digits upright; after the last one the formula takes it in."""
        call, plate = CALL[frame.call or ""], self._plate
        is_last = plate.turns + 1 == call.turns
        small = min(1.0, TURNING_RADIUS / plate.radius)
        turning = np.array([plate.middle[0], TURNING_Y, 0])
        if plate.turns == 0:
            self.play(plate.journey(turning, size=small), run_time=0.8)
        changes: list[Animation] = []
        formula, source = None, self.formulas["keras"]
        if is_last:
            formula = self._formula(
                call.turns, "(x * w)[t]" if call.turns == 1 else "", self.rows[call.name][0].get_y()
            )
            shared = [name for name in formula.parts if name in source.parts]
            changes = [TransformFromCopy(source.parts[name], formula.parts[name]) for name in shared]
        relabel = self._relabel(plate.turns + 1)
        self.play(
            plate.journey(turning, turn=PI, size=small), *relabel, *changes, run_time=2.4 if call.turns == 1 else 1.6
        )
        plate.turns += 1
        if formula is None:
            self.pause(0.4)
            return
        added = [part for name, part in formula.parts.items() if name not in source.parts]
        boxes = formula.light("xs", *(["ws"] if call.turns == 2 else []))
        self.play(*(FadeIn(part) for part in (*added, boxes)), run_time=0.5)
        self.remove(*formula.parts.values(), boxes)
        self.add(formula)
        self.formulas[call.name] = formula
        self.play(plate.journey(np.array([plate.middle[0], KERNEL_Y, 0])), run_time=0.7)
        self.pause(0.8)

    def tell_same(self, frame: Frame) -> None:
        """K - 1 - k stands twice in the formula; called k, both minus signs and both K - 1 go."""
        old = self.formulas["reversed"]
        new = self._formula(0, "", self.rows["reversed"][0].get_y())
        self.pause(1.4)
        leaving = [old.parts[name] for name in old.parts if name not in new.parts]
        self.play(*(FadeOut(part) for part in leaving), FadeOut(old.boxes), run_time=0.6)
        self.remove(old)
        self.add(*(old.parts[name] for name in new.parts))
        self.play(*(Transform(old.parts[name], new.parts[name]) for name in new.parts), run_time=0.9)
        self.remove(*old.parts.values())
        self.add(new)
        self.play(FadeIn(new.light("xs")), run_time=0.3)
        self.formulas["reversed"] = new
        self.pause(0.9)

    def tell_step(self, frame: Frame) -> None:
        """One output: in full the first time a call meets its window, quicker later; steps left out light the dots."""
        assert frame.cell is not None
        step, name = frame.cell.step, frame.call or ""
        self.totals[name, step] = self.script.total(frame, self.read)
        if step not in self.layout.outputs:
            if step == self.outputs - 1:
                self.play(self.rows[name].more.animate.set_color(THEME.ink), run_time=0.4)
            return
        in_coda = self.read is not None
        if step == 0 and in_coda:
            self._begin_coda(CALL[name])
        if step == 0 and not in_coda and name != "reversed":
            self._step_in_full(frame)
        else:
            self._step(frame)

    def tell_start(self, frame: Frame) -> None:
        """Numbers stand in for k: tap by tap, the index of the sample that is met."""
        strides, rate, pad = self.layer.strides, self.layer.dilation_rate, self.layer.left_pad(self.steps)
        reach = f"{self.taps} - 1" if rate == 1 else f"{rate} ({self.taps} - 1)"
        lines = VGroup()
        for row, y in self._listed(frame):
            if row is None:
                lines.add(self.math("dots.v", TERMS_SIZE).move_to([0, y, 0]))
                continue
            tap = row.term.weight[0]
            before, after = style.index_parts(
                strides, rate, pad, "0" if strides == 1 else " dot 0", f"{tap}" if rate == 1 else f" dot {tap}"
            )
            line = self.math(
                f"k = {tap} : quad {before} + {reach} med {{{{ - : sign }}}} med {after} = "
                f"{{{{ {row.term.source.step} : index }}}}",
                TERMS_SIZE,
            )
            line.select("sign").set_color(THEME.lit)
            line.select("index").set_color(THEME.lit)
            lines.add(line.move_to([0, y, 0]))
        lines.scale(min(1.0, 3.9 / lines.width))
        for line in lines:
            line.shift((SAFE_X - line.get_right()[0]) * RIGHT)
        self.play(FadeOut(self.terms), run_time=0.3)
        self.terms = VGroup()
        for line in lines:
            self.play(FadeIn(line), run_time=0.4)
            self.pause(1.2 / len(lines))
        self.pause(1.4)
        self.play(*(FadeOut(line) for line in lines), run_time=0.3)

    def tell_compare(self, frame: Frame) -> None:
        """Signs between two rows, from the exact numbers; then how many differ."""
        self._clear_step()
        self.play(*self._emphasize(None), run_time=0.4)
        if frame.call == "convolve":
            self._compare("keras", "convolve")
            self.caption(self._comparison())
        else:
            self._compare("keras", "reversed")
            self._compare("reversed", "convolve")
        self.pause(1.8)

    def tell_impulse(self, frame: Frame) -> None:
        """The input becomes a single 1; the rows are empty again."""
        self.read = self.script.impulse
        self.totals = {}
        old = VGroup(*(cell.let_go() for cell in self.input))
        leaving = [row.clear() for row in self.rows.values()]
        self.play(
            *(FadeOut(thing) for thing in (old, *leaving, *self.signs.values())),
            *(cell.frame.animate.set_stroke(THEME.edge, 2) for row in self.rows.values() for cell in row),
            *(row.more.animate.set_color(THEME.muted) for row in self.rows.values()),
            run_time=0.6,
        )
        self.signs = {}
        fresh = VGroup()
        for step, cell in self.input.cells.items():
            inside = 0 <= step < self.steps
            sample = Fraction(float(self.read[step, 0])) if inside else Fraction(0)
            number = self._digits(style.number(sample, 0), THEME.ink if inside else THEME.muted)
            cell.hold(number)
            fresh.add(cell.let_go())
            if sample:
                self.one = cell
        ring = self._ring(self.one, THEME.ink)
        self.play(FadeIn(fresh), FadeIn(ring), run_time=0.6)
        self.remove(fresh)
        for cell, number in zip(self.input, fresh, strict=True):
            cell.hold(number)
        self.pause(1.0)
        self.play(FadeOut(ring), run_time=0.3)

    def tell_why(self, frame: Frame) -> None:
        """The coda's rows are set against each other."""
        self._clear_step()
        self.play(*self._emphasize(None), run_time=0.4)
        self._compare("keras", "reversed")
        self._compare("reversed", "convolve")
        self.pause(2.0)
        self.caption(self._comparison())
        self.pause(1.4)

    # the kernel

    @property
    def _plate(self) -> Plate:
        assert self.plate is not None
        return self.plate

    def _bring_plate(self, run_time: float) -> None:
        """A fresh copy of w comes from the shelf to the first window."""
        story = self.script.story
        terms = [term for term in story.stack.terms(story.level, story.cell) if term.weight[0] in self.layout.taps]
        places = {term.weight[0]: self.columns.x(term.source.step) for term in terms}
        middle = (min(places.values()) + max(places.values())) / 2
        shelf, cells, flights = self.shelf[0], {}, []
        for term in terms:
            tap, colour = term.weight[0], self._tint(term.weight[0])
            text = _text(Fraction(float(self.script.kernel[term.weight])), self.weight_format)
            box = Rectangle(
                width=self.pitch, height=self.height, stroke_color=colour, stroke_width=4, fill_color=THEME.cell,
                fill_opacity=1,
            )  # fmt: skip
            number = self._digits(text, colour)
            index = self.math(f"w[{tap}]", min(SMALL, self.size, (self.pitch - MARGIN) / _index_width(tap)), colour)
            cells[tap] = (box, number, index)
            if tap in shelf.cells:
                flights.append((shelf[tap].box, box))
                flights.append((shelf[tap].number, number))
        shaft = Arrow(
            ARROW_LENGTH / 2 * LEFT, ARROW_LENGTH / 2 * RIGHT, buff=0, stroke_width=6, color=THEME.lit,
            max_tip_length_to_length_ratio=0.2,
        )  # fmt: skip
        dots = VGroup(self.dots()) if None in self.layout.taps else VGroup()
        offsets = {tap: place - middle for tap, place in places.items()}
        plate = Plate(cells, offsets, (shaft, self.math("k", 34.0, THEME.lit)), dots, self.height)
        plate.place(np.array([middle, KERNEL_Y, 0]), 0.0)
        flying = [target for _, target in flights]
        waiting = [part for parts in cells.values() for part in parts if part not in flying]
        self.plate, self.plate_label = plate, self._kernel_label(0)
        self.play(
            *(TransformFromCopy(source, target, path_func=_under_the_input) for source, target in flights),
            run_time=run_time,
        )
        self.play(*(FadeIn(part) for part in (*waiting, *dots, self.plate_label)), run_time=0.3)
        self.remove(*flying, *waiting, *dots)
        self.add(plate)

    def _kernel_label(self, turns: int) -> Words:
        label = self.fitting(f"`{TURNED[turns]}`", ARRAY if turns == 0 else NAME, SAFE_X + LEFT_EDGE - 0.25)
        return label.sit(LEFT_EDGE - 0.25, KERNEL_Y - 0.08, RIGHT)

    def _relabel(self, turns: int) -> list[Animation]:
        """The label says how often the kernel is turned; the old one leaves before the new one comes."""
        old, self.plate_label = self.plate_label, self._kernel_label(turns)
        return [
            FadeOut(old, rate_func=rate_functions.squish_rate_func(rate_functions.smooth, 0.0, 0.3)),
            FadeIn(self.plate_label, rate_func=rate_functions.squish_rate_func(rate_functions.smooth, 0.4, 0.7)),
        ]

    def _begin_coda(self, call: Call) -> None:
        """A fresh kernel for a call, turned as often as it turns."""
        self._clear_step()
        self._bring_plate(0.7)
        plate = self._plate
        turning = []
        if call.turns:
            dip = KERNEL_Y - TURNING_Y
            turning = [plate.journey(plate.middle, turn=call.turns * PI, dip=dip), *self._relabel(call.turns)]
        plate.add(*plate.arrow)
        self.play(*turning, *self._emphasize(call.name), run_time=0.9 if call.turns else 0.3)
        plate.turns = call.turns

    # one output

    def _by_tap(self, frame: Frame) -> list[Product]:
        """The products of a frame that are shown, in the order of k."""
        return sorted(self._by_source(frame), key=lambda row: row.term.weight[0])

    def _by_source(self, frame: Frame) -> list[Product]:
        """The products of a frame that are shown, from left to right."""
        return [row for row in self.script.rows(frame, self.read) if row.term.weight[0] in self.layout.taps]

    @property
    def _shown(self) -> style.Format:
        """How products and outputs are written: those of the single 1 are taps."""
        return self.sum_format if self.read is None else self.weight_format

    def _listed(self, frame: Frame) -> list[tuple[Product | None, float]]:
        """The products that are listed in the panel on the right, at most five lines, and the height of each line;
        ``None`` stands for those left out.
        """
        by_tap = {row.term.weight[0]: row for row in self._by_tap(frame)}
        rows = [None if tap is None else by_tap[tap] for tap in self.layout.taps]
        if len(rows) > LINES:
            rows[LINES - 1 :] = [None]
        return [(row, TERMS_Y - TERMS_PITCH * place) for place, row in enumerate(rows)]

    def _sum(self, frame: Frame) -> Sum:
        """The written sum of a frame; its terms are those shown, its sign is that of all terms."""
        rows = self._by_source(frame)
        every = self.script.rows(frame, self.read)
        total = self.script.total(frame, self.read)
        places = [self.columns.x(row.term.source.step) for row in rows]
        shown = self._shown
        sign = shown.relation([row.product for row in every], total)
        products, operators, minuses = [], VGroup(), []
        for place, row in enumerate(rows):
            colour = THEME.muted if row.term.padded or not row.product else self._tint(row.term.weight[0])
            text = _text(row.product, shown)
            number = self._digits(text, colour).move_to([places[place], PRODUCTS_Y, 0])
            if self.layout.sums:
                digits = self._digits(text.lstrip(style.MINUS), colour)
                digits.move_to([places[place], PRODUCTS_Y, 0])
                number.align_to(digits, RIGHT)
                if place:
                    middle = (places[place - 1] + places[place]) / 2
                    if row.product < 0:
                        minuses.append((number[0], self._symbol("-", middle)))
                    else:
                        operators.add(self._symbol("+", middle))
            products.append((row, number))
        end = places[-1] + self.pitch / 2
        if self.layout.sums:
            operators.add(self._symbol("=", end))
        else:
            equals = self.math(f"inline(sum) {sign}", 34.0)
            operators.add(equals.move_to([end + 0.15 + equals.width / 2, PRODUCTS_Y, 0]))
        if None in self.layout.taps:
            operators.add(self.dots().move_to([(places[0] + places[-1]) / 2, PRODUCTS_Y, 0]))
        value = self.number(_text(total, shown), size=max(self.size, 30.0))
        start = operators.get_right()[0] + 0.2 if not self.layout.sums else end + 0.28
        value.move_to([start + value.width / 2, PRODUCTS_Y, 0])
        return Sum(products, operators, value, minuses)

    def _symbol(self, symbol: str, x: float) -> VMobject:
        """An operator between two columns."""
        return self.math(symbol, 38.0).move_to([x, PRODUCTS_Y, 0])

    def _step_in_full(self, frame: Frame) -> None:
        """Tap by tap in the order of k: sample and tap come down, become a product; the products add up."""
        written = self._sum(frame)
        targets = {row.term.weight[0]: number for row, number in written.products}
        self._add_terms(frame)
        self.play(*self._at(frame), FadeIn(self.terms), run_time=0.5)
        quick = min(1.0, 3 / len(targets))
        pairs = self._pairs(frame)
        for row in self._by_tap(frame):
            tap, source = row.term.weight[0], self.input[row.term.source.step]
            self.window[tap] = self._ring(source, self._tint(tap))
            lit = [line.animate.set_opacity(1) for line in self.terms if line.tap == tap]
            self.play(FadeIn(self.window[tap]), *lit, run_time=0.2 * quick)
            pair = pairs[tap]
            weight, sample, signs = pair
            self.play(
                TransformFromCopy(self._plate.cells[tap][1], weight),
                TransformFromCopy(source.number, sample),
                FadeIn(signs),
                run_time=0.55 * quick,
            )
            self.remove(*pair)
            self.play(*self._merge(pair, targets[tap]), run_time=0.35 * quick)
        self.play(*written.add_up(), run_time=0.4)
        self.pause(1.2)
        self._dock(frame, written, 0.5)

    def _pairs(self, frame: Frame) -> dict[int, VGroup]:
        """Tap, sample and the signs around them before they are multiplied, by tap: in all products beside each other
        and equally large, or, where columns are too narrow for that, in all one above the other.
        """
        rows = self._by_tap(frame)
        beside = [self._beside(row) for row in rows]
        scale = min(1.0, (self.pitch - 0.16) / max(pair.width for pair in beside))
        readable = scale * self.size >= SMALLEST_TYPE
        pairs = {}
        for row, pair in zip(rows, beside, strict=True):
            pair = pair.scale(scale) if readable else self._stacked(row)
            pairs[row.term.weight[0]] = pair.move_to([self.columns.x(row.term.source.step), PRODUCTS_Y, 0])
        return pairs

    def _factors(self, row: Product) -> tuple[VMobject, VMobject]:
        """Copies of the numbers of a product's tap and sample."""
        sample = self.input[row.term.source.step].number.copy().set_opacity(1)
        return self._plate.cells[row.term.weight[0]][1].copy(), sample

    def _beside(self, row: Product) -> VGroup:
        """Tap and sample beside each other, a negative one in brackets; the third part is what stands around them."""
        weight, sample = self._factors(row)
        times = self.math("dot", 38.0)
        line, signs = VGroup(), VGroup(times)
        for number, value in ((weight, row.weight), (sample, row.sample)):
            factor = VGroup(number)
            if value < 0:
                brackets = [self.math(f"paren.{side}", self.size) for side in ("l", "r")]
                signs.add(*brackets)
                factor = VGroup(brackets[0], number, brackets[1]).arrange(RIGHT, buff=0.03)
            line.add(factor)
        VGroup(line[0], times, line[1]).arrange(RIGHT, buff=0.08)
        return VGroup(weight, sample, signs)

    def _stacked(self, row: Product) -> VGroup:
        """Tap and sample one above the other."""
        weight, sample = self._factors(row)
        times = self.math("times", SMALLEST_TYPE)
        VGroup(weight, times, sample).arrange(DOWN, buff=0.04)
        return VGroup(weight, sample, times)

    def _merge(self, factors: VGroup, product: VMobject) -> list[Animation]:
        """The factors run together, and in their place stands the product."""
        soon = rate_functions.squish_rate_func(rate_functions.smooth, 0.5, 1.0)
        return [*(FadeOut(factor, target_position=product) for factor in factors), FadeIn(product, rate_func=soon)]

    def _step(self, frame: Frame) -> None:
        """The window slides; all products at once; their sum is held and written under its t."""
        assert frame.cell is not None
        first, in_coda = frame.cell.step == 0, self.read is not None
        pace, hold = (0.45, 0.3) if in_coda else (1.0, 0.8)
        if frame.call == "reversed":
            pace, hold = (0.25, 0.0) if in_coda else (0.4, 0.2)
        elif in_coda and first:
            hold = 1.0
        elif frame.cell.step > 1 and not in_coda:
            pace, hold = 0.6, 0.4
        if self.terms:
            self.play(FadeOut(self.terms), run_time=0.2)
            self.terms = VGroup()
        rings = []
        if self.window:
            shift = self._middle(frame) - self._plate.middle
            rings = [ring.animate.shift(shift) for ring in self.window.values()]
        else:
            self.window = {
                row.term.weight[0]: self._ring(self.input[row.term.source.step], self._tint(row.term.weight[0]))
                for row in self._by_source(frame)
            }
            rings = [FadeIn(ring) for ring in self.window.values()]
        self.play(self._plate.journey(self._middle(frame)), *rings, *self._at(frame), run_time=0.5 * pace)
        written = self._sum(frame)
        copies = []
        for row, _ in written.products:
            sample = self.input[row.term.source.step].number.copy().set_z_index(-1)
            weight = self._plate.cells[row.term.weight[0]][1].copy().set_z_index(-1)
            copies.append(VGroup(sample, weight))
        merging = [self._merge(copy, number) for copy, (_, number) in zip(copies, written.products, strict=True)]
        self.play(*(animation for merge in merging for animation in merge), run_time=0.6 * pace)
        self.play(*written.add_up(), run_time=0.25 * pace)
        self.pause(hold)
        self._dock(frame, written, 0.4 * pace)

    def _dock(self, frame: Frame, written: Sum, run_time: float) -> None:
        """The addends run into the total, and the total flies before the rows above into its own cell."""
        assert frame.cell is not None
        row, step = self.rows[frame.call or ""], frame.cell.step
        gathering = [number for _, number in written.products]
        self.play(
            *(FadeOut(number, target_position=written.total) for number in gathering),
            FadeOut(written.operators),
            run_time=0.8 * run_time,
        )
        colour = THEME.ink
        if self.read is not None:
            hit = [row.term.weight[0] for row in self.script.rows(frame, self.read) if row.product]
            colour = self._tint(hit[0]) if hit else THEME.muted
        final = self._digits(_text(self.totals[frame.call or "", step], self._shown), colour).move_to(row[step].box)
        tile = self.tile(written.total).set_z_index(2)
        landing = self.tile(final.copy())
        self.play(Transform(tile, landing), run_time=run_time)
        self.remove(tile)
        row[step].hold(final)

    def _middle(self, frame: Frame) -> np.ndarray:
        """Where the plate stands for a step: between the samples its first and its last tap read."""
        places = [self.columns.x(row.term.source.step) for row in self._by_source(frame)]
        return np.array([(places[0] + places[-1]) / 2, KERNEL_Y, 0])

    def _at(self, frame: Frame) -> list[Animation]:
        """Light what a step is about: its samples, its t, its output cell."""
        assert frame.cell is not None
        lit = {row.term.source.step for row in self._by_source(frame)}
        step, row = frame.cell.step, self.rows[frame.call or ""]
        samples = [
            cell.number.animate.set_opacity(1.0 if source in lit else DIM) for source, cell in self.input.cells.items()
        ]
        steps = [
            number.animate.set_color(THEME.active if at == step else THEME.muted)
            for at, number in self.output_steps.cells.items()
        ]
        cells = [
            cell.frame.animate.set_stroke(*((THEME.active, 3) if at == step else (THEME.edge, 2)))
            for at, cell in row.cells.items()
        ]
        return [*samples, *steps, *cells]

    def _ring(self, cell: Cell, colour: str) -> VMobject:
        """A frame inside a cell of the input."""
        ring = Rectangle(width=self.pitch - 0.06, height=0.78, stroke_color=colour, stroke_width=5)
        return ring.move_to(cell.box)

    def _add_terms(self, frame: Frame) -> None:
        """The terms of a step in the panel on the right, pale: tap and sample by their names."""
        assert frame.cell is not None
        name = "y" if frame.call == "keras" else "(x * w)"
        self.terms = VGroup()
        for place, (row, y) in enumerate(self._listed(frame)):
            lead = "+" if place else f"{name}[{frame.cell.step}] ="
            if row is None:
                line = self.math("{{ + : lead }} med dots.c", TERMS_SIZE)
            else:
                tap, source = row.term.weight[0], row.term.source
                sample = "dot 0" if row.term.padded else f"thin x bracket.l {{{{ {source.step} : index }}}} bracket.r"
                line = self.math(
                    f"{{{{ {lead} : lead }}}} med {{{{ w bracket.l {tap} bracket.r : tap }}}} {sample}", TERMS_SIZE
                )
                line.select("tap").set_color(self._tint(tap))
                if not row.term.padded:
                    line.select("index").set_color(THEME.lit)
            line.tap = None if row is None else row.term.weight[0]
            line.shift((TERMS_X - line.select("lead").get_right()[0]) * RIGHT + (y - line.get_y()) * UP)
            self.terms.add(line.set_opacity(DIM))

    def _clear_step(self) -> None:
        """The kernel, its window and its label leave; the samples and the output's t are as at the beginning."""
        leaving = [*self.window.values(), *self.terms]
        leaving += [thing for thing in (self.plate, self.plate_label) if thing is not None]
        if not leaving:
            return
        samples = [cell.number.animate.set_opacity(1.0) for cell in self.input]
        steps = [number.animate.set_color(THEME.muted) for number in self.output_steps]
        frames = [
            cell.frame.animate.set_stroke(THEME.edge, 2)
            for row in self.rows.values()
            for cell in row
            if cell.frame.get_stroke_width() == 3 and not self.signs
        ]
        self.play(*(FadeOut(thing) for thing in leaving), *samples, *steps, *frames, run_time=0.4)
        self.window, self.terms, self.plate, self.plate_label = {}, VGroup(), None, None

    # the rows

    def _emphasize(self, bright: str | None) -> list[Animation]:
        """One call's row in full strength, labels and formulas of the others pale; numbers stay readable."""
        animations: list[Animation] = []
        for name, row in self.rows.items():
            level = 1.0 if bright in (None, name) else DIM
            if row.label is not None:
                animations.append(row.label.animate.set_opacity(level))
            if name in self.formulas:
                animations += self.formulas[name].shine(level)
        return animations

    def _open_middle_row(self, call: Call) -> None:
        """The row that differs moves down, and an empty one opens between it and Keras's."""
        lower = self.rows["convolve"]
        down = (ROWS_Y[2] - ROWS_Y[1]) * UP
        self.play(*(FadeOut(signs) for signs in self.signs.values()), run_time=0.3)
        self.signs = {}
        self.play(lower.animate.shift(down), self.formulas["convolve"].animate.shift(down), run_time=0.8)
        row = self._row(call, ROWS_Y[1])
        self.play(FadeIn(row), run_time=0.4)
        self.rows[call.name] = row

    def _compare(self, upper: str, lower: str) -> None:
        """= or != between the shown outputs of two rows, one after another; what differs gets a thick outline."""
        signs, changes = VGroup(), []
        for step in self.layout.outputs:
            equal = self.totals[upper, step] == self.totals[lower, step]
            colour = THEME.ink if equal else THEME.differs
            above, below = self.rows[upper][step].box, self.rows[lower][step].box
            sign = self.math("=" if equal else "!=", SMALL, colour)
            signs.add(sign.set_stroke(colour, 1.4).move_to((above.get_bottom() + below.get_top()) / 2))
            changes.append(
                AnimationGroup(FadeIn(sign), self.rows[lower][step].frame.animate.set_stroke(colour, 3 if equal else 4))
            )
        self.play(LaggedStart(*changes, lag_ratio=0.4), run_time=1.2)
        self.add(*self.rows.values())
        self.signs[lower] = signs

    def _comparison(self) -> str:
        """How many outputs of Keras and of convolve differ, hidden ones too, from the exact numbers."""
        differing = sum(self.totals["keras", step] != self.totals["convolve", step] for step in range(self.outputs))
        kernel = self.script.kernel
        return comparison(differing, self.outputs, bool((kernel == kernel[::-1]).all()))
