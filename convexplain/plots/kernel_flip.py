"""kernel_flip, drawn with matplotlib: one input, one kernel, three calls, and who turns the kernel over how often.

This module knows where things stand; which tap meets which sample it takes from the story's terms, and every number
from the script. The figure shows all three calls under one ruler, one step of each worked out; the frames show one
stage on which the kernel slides and turns.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np

from convexplain import style
from convexplain.layers import Cell
from convexplain.ledger import Row, add_up
from convexplain.plots.canvas import (
    LINE,
    SMALLEST,
    Box,
    Canvas,
    Columns,
    Marks,
    Stroke,
    Turn,
    choose_columns,
    formula_width,
    measure,
    rounding_note,
    wrap,
)
from convexplain.script import Script
from convexplain.story import Frame, elide
from convexplain.story.kernel_flip import CALLS, Call

MARGIN = 8.0
LABEL = 7.2
FORMULA = 10.0
BESIDE = 430.0
"""Figures narrower than this, in points, have the formulas and the impulse below instead of beside."""

SUBJECT = "Conv1D slides its kernel as it is, scipy.signal.convolve turns it over first"

CODA_LABEL = 18.0
MOST_TERMS = 5
FEWEST = 5
"""Samples that a figure should show."""
ANIMATED_WIDTH = 7.16
"""Inches."""
IMPULSE = style.Format(0)
"""How the numbers of the single 1 are written."""

ORDER = (CALLS[0], CALLS[2], CALLS[1])
"""Equal rows are neighbours."""
TURNED = {
    0: "w slides as it is",
    1: "w turned over once, by convolve",
    2: "w turned over twice: by you, then by convolve",
}
PLACED = {0: "w", 1: "w, turned", 2: "w, turned twice"}

Formula = list[tuple[str, str | None, bool]]


@dataclass(frozen=True, eq=False)
class Answers:
    """What every call answers, exactly, for one input, by call and output step."""

    script: Script
    frames: Mapping[str, Mapping[int, Frame]]
    read: np.ndarray
    known: dict[tuple[str, int], Fraction] = field(default_factory=dict)

    def value(self, call: Call, step: int) -> Fraction:
        """A call's number, added up when it is first asked for."""
        key = (call.name, step)
        if key not in self.known:
            self.known[key] = self.script.total(self.frames[call.name][step], self.read)
        return self.known[key]

    def rows(self, call: Call, step: int) -> tuple[Row, ...]:
        """The products of a call's number."""
        return self.script.rows(self.frames[call.name][step], self.read)

    def differs(self, call: Call, step: int) -> bool:
        """Whether a call's number is not Keras's."""
        return self.value(call, step) != self.value(CALLS[0], step)


def answers(script: Script, read: np.ndarray, impulse: bool) -> Answers:
    """The answers to what is ``read``: the script's own input, or its ``impulse``."""
    frames: dict[str, dict[int, Frame]] = {call.name: {} for call in CALLS}
    for frame in script.story.frames:
        told = frame.name.startswith("impulse ") == impulse
        if told and frame.kind == "step" and frame.cell is not None and frame.call is not None:
            frames[frame.call][frame.cell.step] = frame
    return Answers(script, frames, read)


def draw(script: Script, theme: style.Theme, width: float) -> tuple[Marks, float]:
    """The figure. Marks and height."""
    sheet = Sheet(script, theme, width, wide=width >= BESIDE)
    return sheet.draw()


def states(script: Script, theme: style.Theme, width: float) -> tuple[dict[str, Marks], float, dict[str, Turn]]:
    """The stage at the end of every frame that has its place on it, by the frame's name, its height, and what turns
    over on the way to a frame."""
    stage = Stage(script, theme, width)
    told: dict[str, Marks] = {}
    turns: dict[str, Turn] = {}
    state = State()
    for frame in script.story.frames:
        followed = follow(state, frame, stage)
        if followed is not None:
            state = followed
            told[frame.name] = stage.draw(state)
            if frame.kind == "turn":
                turns[frame.name] = stage.turn(told[frame.name])
    return told, stage.height, turns


@dataclass
class Grid:
    """What the figure and the stage share: the numbers' formats, the columns, and how rows are drawn on them."""

    script: Script
    theme: style.Theme
    width: float

    def __post_init__(self) -> None:
        script, story = self.script, self.script.story
        self.layer = story.stack.layers[story.level - 1]
        self.steps, self.outputs = story.input_shape[0], story.output_shape[0]
        self.answers = answers(script, script.read, impulse=False)
        self.impulse = answers(script, script.impulse, impulse=True)
        self.told = {call.name: self.answers.frames[call.name][story.cell.step] for call in CALLS}
        self.x_format = style.number_format(Fraction(float(value)) for value in script.read.ravel())
        self.w_format = style.number_format(Fraction(float(value)) for value in script.kernel.ravel())
        self.leading_zero = True
        self.size = 9.0
        ends = [
            term.source.step for step in (0, self.outputs - 1) for term in story.stack.terms(story.level, Cell(step, 0))
        ]
        self.first, self.last = min(0, *ends), max(self.steps - 1, *ends)

    @property
    def _formats(self) -> dict[str, style.Format]:
        return {"x": self.x_format, "w": self.w_format, "sums": self.r_format}

    def text(self, chosen: style.Format, value: Fraction) -> str:
        return chosen.text(value, self.leading_zero)

    def choose(self, left: float, room: float, keep: Iterable[int], tail: float, roomy: float) -> Columns:
        """The columns from ``left`` on, in ``room``; ``tail`` of a pitch is kept free on the right for a sum."""
        window = [term.source.step for term in self.told["keras"].terms]

        def fit(shown: tuple[int | None, ...], size: float, leading_zero: bool) -> Columns | None:
            self.size, self.leading_zero = size, leading_zero
            self.r_format = style.number_format(self._results(shown))
            pitch = self._pitch(shown)
            hidden = any(step not in shown for step in window)
            gap = max(pitch, measure("99 more", SMALLEST) + 4) if hidden else max(0.6 * pitch, 12)
            gaps = shown.count(None)
            free = (room - gaps * gap) / (len(shown) - gaps + tail)
            return Columns(shown, left, min(max(pitch, roomy * size), free), gap) if free >= pitch else None

        columns, self.size, self.leading_zero = choose_columns(self.first, self.last, window, keep, fit)
        self.r_format = style.number_format(self._results(columns.shown))
        return columns

    def _results(self, shown: Iterable[int | None]) -> list[Fraction]:
        """All sums on these columns and the products of the told step: they share a format."""
        steps = [step for step in shown if step is not None and 0 <= step < self.outputs]
        values = [self.answers.value(call, step) for call in CALLS for step in steps]
        return values + [row.product for call in CALLS for row in self.script.rows(self.told[call.name])]

    def _pitch(self, shown: tuple[int | None, ...]) -> float:
        """The width that the widest number needs."""
        size = self.size
        steps = [step for step in shown if step is not None and 0 <= step < self.steps]
        texts = {self.text(self.x_format, Fraction(float(self.script.read[step, 0]))) for step in steps}
        texts |= {self.text(self.w_format, Fraction(float(weight))) for weight in self.script.kernel.ravel()}
        results = self._results(shown)
        texts |= {self.text(self.r_format, value) for value in results}
        names = max(measure(f"w[{self.layer.kernel_size - 1}]", SMALLEST, "math"), 2.3 * size)
        sums = max(measure(self.text(self.r_format, abs(value)), size) + size + 2 for value in results)
        return max(max(measure(text, size) for text in texts) + 5, names + 3, sums)

    def output_steps(self, columns: Columns) -> tuple[int, ...]:
        """The output steps that have a place."""
        return tuple(step for step in columns.steps if 0 <= step < self.outputs)

    def tint(self, tap: int) -> str:
        """The tint of a tap."""
        return style.tap_colour(self.theme, tap, self.layer.kernel_size)

    # rows

    def ruler(
        self, canvas: Canvas, prefix: str, columns: Columns, y: float, length: int, now: int | None = None
    ) -> None:
        """The index of every step that has a place."""
        theme, size = self.theme, max(self.size - 1, SMALLEST)
        canvas.words(f"{prefix}t", columns.left - 6, y, "t", size + 1, theme.muted, align="right", font="math")
        for step in columns.steps:
            if 0 <= step < length:
                canvas.words(
                    f"{prefix}t = {step}",
                    columns.x(step),
                    y,
                    str(step),
                    size,
                    theme.ink if step == now else theme.muted,
                )
        self._dots(canvas, f"{prefix}t", columns, y, length)

    def samples(
        self,
        canvas: Canvas,
        prefix: str,
        columns: Columns,
        y: float,
        height: float,
        read: np.ndarray,
        taps: Mapping[int, int] | None = None,
        accent: int | None = None,
    ) -> None:
        """The input row; ``taps`` says which tap reads which step now: all others are pale. ``accent`` is outlined."""
        theme, size = self.theme, self.size
        canvas.words(f"{prefix}x", columns.left - 6, y, "x", LABEL + 1, align="right", font="mono")
        for step in columns.steps:
            name, pale = f"{prefix}x[{step}]", 1.0 if taps is None or step in taps else 0.45
            tint = self.tint(taps[step]) if taps is not None and step in taps else theme.edge
            if 0 <= step < self.steps:
                text = self.text(
                    IMPULSE if read is not self.script.read else self.x_format, Fraction(float(read[step, 0]))
                )
                canvas.cell(name, columns.x(step), y, columns.pitch, height, text, size, ink_alpha=pale, line=0.8)
            else:
                canvas.cell(
                    name,
                    columns.x(step),
                    y,
                    columns.pitch,
                    height,
                    "0",
                    size,
                    theme.ground,
                    theme.muted,
                    theme.muted,
                    dashed=True,
                    layer=1,
                    ink_alpha=pale,
                )
            if taps is not None and step in taps:
                frame = Box(columns.x(step), y, columns.pitch - 3, height - 3, "none", tint, 2.0, layer=3)
                canvas.add(f"{prefix}window w[{taps[step]}]", frame)
            elif step == accent:
                frame = Box(columns.x(step), y, columns.pitch - 2.4, height - 2.4, "none", theme.active, 1.8, layer=3)
                canvas.add(f"{prefix}the 1", frame)
        self._dots(canvas, f"{prefix}x", columns, y, self.steps)

    def kernel_row(
        self,
        canvas: Canvas,
        prefix: str,
        columns: Columns,
        y: float,
        height: float,
        rows: Sequence[Row],
        label: str,
        arrow_y: float | None,
        origin: str | None = None,
    ) -> None:
        """The kernel under the samples that its taps meet, each with its index, and the arrow of k."""
        shown = [row for row in rows if row.term.source.step in columns.steps]
        canvas.words(f"{prefix}label", columns.left - 6, y, label, LABEL, align="right", font="mono")
        for row in shown:
            tap = row.term.weight[0]
            x = columns.x(row.term.source.step)
            self.tap_cell(
                canvas,
                f"{prefix}w[{tap}]",
                x,
                y,
                columns.pitch,
                height,
                tap,
                self.text(self.w_format, row.weight),
                f"{origin}w[{tap}]" if origin is not None else None,
            )
        for x, more in self.hidden(rows, columns).items():
            canvas.words(f"{prefix}w gap {x:.0f}", x, y, f"{len(more)} more", SMALLEST, self.theme.muted)
        if arrow_y is not None and len(shown) > 1:
            self._arrow(canvas, prefix, columns, arrow_y, shown)

    def _arrow(self, canvas: Canvas, prefix: str, columns: Columns, y: float, shown: Sequence[Row]) -> None:
        """From the place of the first tap towards that of the last: the direction of k."""
        by_tap = sorted(shown, key=lambda row: row.term.weight[0])
        start, end = columns.x(by_tap[0].term.source.step), columns.x(by_tap[-1].term.source.step)
        forward = 1 if end > start else -1
        way = "right" if forward > 0 else "left"
        letter = 0.75 * self.size
        middle = (start + end) / 2
        half = min(abs(end - start) / 2, 1.1 * columns.pitch) - letter / 2
        canvas.add(
            f"{prefix}k {way}",
            Stroke(middle - forward * half, y, middle + forward * half, y, self.theme.lit, 1.5, head=True),
        )
        canvas.words(
            f"{prefix}k {way} name",
            middle + forward * (half + 0.6 * letter),
            y - 0.5,
            "k",
            self.size,
            self.theme.lit,
            font="math",
        )

    def tap_cell(
        self,
        canvas: Canvas,
        name: str,
        x: float,
        y: float,
        width: float,
        height: float,
        tap: int,
        text: str,
        origin: str | None = None,
    ) -> None:
        """A kernel cell: the weight, and below it in the same cell which one it is."""
        theme, tint = self.theme, self.tint(tap)
        canvas.cell(
            name,
            x,
            y,
            width,
            height,
            text,
            self.size,
            style.mix(tint, theme.ground, 0.26),
            tint,
            line=1.5,
            drop=-0.19 * height,
            origin=origin,
        )
        canvas.words(
            f"{name} index",
            x,
            y + 0.25 * height,
            f"w[{tap}]",
            SMALLEST,
            style.mix(tint, theme.ink, 0.3),
            font="math",
            origin=f"{origin} index" if origin else None,
            layer=4,
        )

    def products(
        self, canvas: Canvas, prefix: str, columns: Columns, y: float, rows: Sequence[Row], kernel: str | None = None
    ) -> float:
        """The products under their taps, and their sum; its right edge is returned."""
        size = self.size
        addends = [
            (columns.x(row.term.source.step), row.product, f"w[{row.term.weight[0]}]")
            for row in rows
            if row.term.source.step in columns.steps
        ]
        addends += [(x, add_up(more), f"gap {x:.0f}") for x, more in self.hidden(rows, columns).items()]
        addends.sort()
        right = None
        for x, value, key in addends:
            text = self.text(self.r_format, value if right is None else abs(value))
            if right is not None:
                sign = style.MINUS if value < 0 else "+"
                middle = (right + x - measure(text, size) / 2) / 2
                canvas.words(f"{prefix}sign {key}", middle, y, sign, size)
            origin = f"{kernel}{key} number" if kernel is not None else None
            right = canvas.addend(f"{prefix}product {key}", x, y, text, size, origin=origin)
        assert right is not None
        total = add_up(rows)
        relation = self.r_format.relation([value for _, value, _ in addends], total)
        canvas.words(f"{prefix}equals", right + 0.9 * size, y, relation, size)
        start = right + 1.7 * size
        return start + canvas.words(f"{prefix}total", start, y, self.text(self.r_format, total), size, align="left")

    def hidden(self, rows: Sequence[Row], columns: Columns) -> dict[float, list[Row]]:
        """The products whose step is left out, by the middle of their gap."""
        hidden: dict[float, list[Row]] = {}
        for row in rows:
            if row.term.source.step not in columns.steps:
                hidden.setdefault(columns.x(row.term.source.step), []).append(row)
        return hidden

    def output_row(
        self,
        canvas: Canvas,
        prefix: str,
        call: Call,
        columns: Columns,
        y: float,
        height: float,
        answers: Answers,
        filled: Iterable[int],
        compared: bool,
        origin: str | None = None,
        now: int | None = None,
        dim: float = 1.0,
    ) -> None:
        """What a call answers; where it differs from Keras and is compared, the cell has a thick outline."""
        theme, filled = self.theme, set(filled)
        impulse = answers is self.impulse
        for step in self.output_steps(columns):
            name = f"{prefix}{call.name}[{step}]"
            value = answers.value(call, step)
            differs = compared and step in filled and answers.differs(call, step)
            edge = theme.differs if differs else theme.active if step == now else theme.edge
            line = 1.8 if differs or step == now else 0.8
            chosen = self.r_format if not impulse else self.w_format if value else IMPULSE
            text = self.text(chosen, value) if step in filled else ""
            met = [row for row in answers.rows(call, step) if row.sample] if impulse else []
            x = columns.x(step)
            if met and text:
                tap = met[0].term.weight[0]
                self.tap_cell(canvas, name, x, y, columns.pitch, height, tap, text)
                canvas.change(name, edge=edge, line=line, layer=3 if differs else 2)
            else:
                fill = theme.output if text else theme.ground
                canvas.cell(
                    name,
                    x,
                    y,
                    columns.pitch,
                    height,
                    text,
                    self.size,
                    fill,
                    edge,
                    line=line,
                    layer=3 if differs else 2,
                    alpha=dim,
                )
                if text and origin is not None and step == now:
                    canvas.change(f"{name} number", origin=origin)
        self._dots(canvas, f"{prefix}{call.name}", columns, y, self.outputs)

    def comparison(
        self,
        canvas: Canvas,
        prefix: str,
        call: Call,
        other: Call,
        columns: Columns,
        y: float,
        answers: Answers,
        steps: Iterable[int],
    ) -> None:
        """= or ≠ between two rows, from the exact values."""
        for step in self.output_steps(columns):
            if step in set(steps):
                equal = answers.value(call, step) == answers.value(other, step)
                name = f"{prefix}{call.name} and {other.name}[{step}]"
                canvas.words(
                    name,
                    columns.x(step),
                    y,
                    "=" if equal else "≠",
                    self.size + 1.5,
                    self.theme.ink if equal else self.theme.differs,
                )

    def _dots(self, canvas: Canvas, name: str, columns: Columns, y: float, length: int) -> None:
        for number, x in enumerate(columns.gaps(0, length - 1)):
            canvas.words(f"{name} gap {number}", x, y, "⋯", self.size, self.theme.muted)

    # formulas and words

    def formula(self, call: Call, doubled: bool = False) -> Formula:
        """The sum a call computes; the sign before k is lit. ``doubled``: with both turns of the kernel still in it."""
        layer = self.layer
        step, tap = style.index_parts(layer.strides, layer.dilation_rate, layer.left_pad(self.steps))
        left = "y" if call.turns != 1 else r"(x \ast w)"
        parts: Formula = [(rf"{left}[t] \ = \ ", None, False), (r"\sum_k \, w[k] \; x[", None, False)]
        if doubled:
            parts[1] = (r"\sum_k \, w[K - 1 - k] \; x[", None, False)
        elif call.turns % 2 == 0:
            return [*parts, (rf"{step} \ ", None, False), ("+", None, True), (rf"\ {tap}]", None, False)]
        before = f"{step} + K - 1" if layer.dilation_rate == 1 else f"{step} + {layer.dilation_rate}(K - 1"
        after = "k]" if layer.dilation_rate == 1 else "k)]"
        return [*parts, (rf"{before} \ ", None, False), ("-", None, True), (rf"\ {after}", None, False)]

    def why(self) -> str:
        """What K - 1 does, with numbers in the place of t and k."""
        row = self.script.rows(self.told["convolve"])[-1]
        tap, source = row.term.weight[0], row.term.source.step
        step = self.script.story.cell.step
        plain = self.layer.strides == 1 and self.layer.dilation_rate == 1 and not self.layer.left_pad(self.steps)
        if not plain:
            return f"w[{tap}] meets x[{source}]"
        return f"w[{tap}] meets x[{step} + {self.layer.kernel_size} {style.MINUS} 1 {style.MINUS} {tap}] = x[{source}]"

    def scipy_note(self) -> str:
        """How scipy is to be called so that it reads the same windows."""
        layer = self.layer
        said = 'convolve is scipy.signal.convolve, mode="valid"'
        if layer.padding != "valid":
            said += f", on x padded as '{layer.padding}'"
        if layer.dilation_rate > 1:
            said += ", zeros between the taps"
        if layer.strides > 1:
            said += f", [::{layer.strides}]"
        return said

    def mirrored(self) -> bool:
        """Whether the kernel is its own mirror image, so that nothing can differ."""
        weights = self.script.kernel[:, 0, 0]
        return bool(np.array_equal(weights, weights[::-1]))


@dataclass
class Sheet(Grid):
    """The figure: all three calls at once."""

    wide: bool = True
    height: float = field(init=False)

    def draw(self) -> tuple[Marks, float]:
        """The marks and the height."""
        theme = self.theme
        canvas = Canvas(self.width, theme)
        left = MARGIN + max(measure(call.label, LABEL, "mono") for call in CALLS) + 6
        formula = max(formula_width(self.formula(call), FORMULA) for call in CALLS)
        room = self.width - MARGIN - left - (formula + 14 if self.wide else 0)
        told = self.script.story.cell.step
        columns = self.choose(left, room, [told], 1.2, 3.6)
        samples = [step for step in columns.steps if 0 <= step < self.steps]
        if self.wide and (
            self.hidden(self.script.rows(self.told["keras"]), columns) or len(samples) < min(self.steps, FEWEST)
        ):
            # Better the formulas below than taps or samples left out.
            self.wide = False
            columns = self.choose(left, self.width - MARGIN - left, [told], 1.2, 3.6)
        size = self.size
        cell_height, tap_height = 1.9 * size, 15.0 + size
        titled = SMALLEST + 1
        y = MARGIN + titled / 2
        canvas.words("told title", columns.left, y, self._told_title(), titled, theme.muted, align="left")
        y += titled / 2 + 0.6 * size + size / 2
        self.ruler(canvas, "", columns, y, self.steps)
        y += size / 2 + 4 + cell_height / 2
        self.samples(canvas, "", columns, y, cell_height, self.script.read)
        y += cell_height / 2
        side = columns.right + 1.2 * columns.pitch + 10 if self.wide else MARGIN
        for call in ORDER:
            y = self._call(canvas, call, columns, y, tap_height, side)
        y += 0.9 * size
        canvas.add("rule", Stroke(MARGIN, y, self.width - MARGIN, y, theme.edge, 0.5))
        y += 0.9 * size
        bottom = self._answers(canvas, columns, y, tap_height, side)
        y = bottom + 1.2 * size
        y = self._notes(canvas, y)
        return canvas.marks, y

    def _told_title(self) -> str:
        """Which output the upper part works out, and what K is."""
        step, taps = self.script.story.cell.step, self.layer.kernel_size
        output = f"{'first ' if step == 0 else ''}output, t = {step}"
        return f"{output}; K = {taps} {'tap' if taps == 1 else 'taps'}"

    def _call(self, canvas: Canvas, call: Call, columns: Columns, y: float, height: float, side: float) -> float:
        """One call: its kernel where it stands first, the products, the formula. The bottom is returned."""
        size = self.size
        rows = self.script.rows(self.told[call.name])
        arrow_y = y + 10
        y = arrow_y + 6 + height / 2
        prefix = f"{call.name} "
        self.kernel_row(canvas, prefix, columns, y, height, rows, call.label, arrow_y)
        products_y = y + height / 2 + 0.95 * size
        right = self.products(canvas, prefix, columns, products_y, rows) + 18
        said = TURNED[call.turns]
        widest = max(*(formula_width(self.formula(call), FORMULA) for call in CALLS), measure(said, SMALLEST + 1))
        if not self.wide and right + widest < self.width - MARGIN:
            side = right
        if side > MARGIN:
            canvas.formula(f"{prefix}formula", side, y - 2, self.formula(call), FORMULA)
            canvas.words(
                f"{prefix}turned", side, y + 1.3 * FORMULA + 3, said, SMALLEST + 1, self.theme.muted, align="left"
            )
            if call.turns == 1 and self.layer.kernel_size > 1:
                canvas.words(
                    "why", side, y + 2.3 * FORMULA + 4, self.why(), SMALLEST + 1, self.theme.muted, align="left"
                )
            return max(products_y + 0.6 * size, y + (2.8 if call.turns == 1 else 1.7) * FORMULA + 4)
        y = products_y + 2.2 * size
        width = max(formula_width(self.formula(call), FORMULA) for call in CALLS)
        at = columns.left if columns.left + width < self.width - MARGIN else MARGIN
        type_size = max(SMALLEST, min(FORMULA, FORMULA * (self.width - MARGIN - at) / width))
        canvas.formula(f"{prefix}formula", at, y, self.formula(call), type_size)
        return y + 1.5 * size

    def _answers(self, canvas: Canvas, columns: Columns, y: float, height: float, side: float) -> float:
        """All outputs of all calls, and beside or below them what they answer to a single 1."""
        titles = ("every output", "the same calls on a single 1 (framed)")
        titled = SMALLEST + 1
        canvas.words("answer title", columns.left, y + titled / 2, titles[0], titled, self.theme.muted, align="left")
        second = (
            self._second(columns, side + CODA_LABEL, self.width - MARGIN - side - CODA_LABEL) if self.wide else None
        )
        beside = second is not None
        rows_top = y + titled + 0.6 * self.size + self.size + 6
        if beside:
            rows_top += self.size + 4 + 1.9 * self.size
        self.ruler(canvas, "answer ", columns, rows_top - 5 - self.size / 2, self.outputs)
        bottom = self._rows(canvas, "answer ", columns, rows_top, height, self.answers, labels=True)
        if second is None:
            second = columns, self.size, self.leading_zero
            y = bottom + 1.8 * self.size
        before = self.size, self.leading_zero
        coda, self.size, self.leading_zero = second
        left = coda.left if beside else MARGIN
        canvas.words("coda title", coda.left, y + titled / 2, titles[1], titled, self.theme.muted, align="left")
        y += titled + 0.6 * before[0] + self.size / 2
        at = int(np.flatnonzero(self.script.impulse[:, 0])[0])
        self.ruler(canvas, "coda ", coda, y, self.steps)
        y += self.size / 2 + 4 + 0.95 * before[0]
        self.samples(canvas, "coda ", coda, y, 1.9 * before[0], self.script.impulse, accent=at)
        y += 0.95 * before[0] + 1.5 * before[0]
        bottom = max(
            bottom,
            self._rows(canvas, "coda ", coda, rows_top if beside else y, height, self.impulse, labels=not beside),
        )
        self.size, self.leading_zero = before
        for line in wrap(self._because(), SMALLEST + 0.5, self.width - MARGIN - left):
            bottom += 1.35 * (SMALLEST + 0.5)
            canvas.words(f"because {line}", left, bottom, line, SMALLEST + 0.5, self.theme.muted, align="left")
        return bottom

    def _because(self) -> str:
        """Why the impulse comes out as it does."""
        last = self.layer.kernel_size - 1
        if self.mirrored():
            return "This kernel is its own mirror image: nothing can differ."
        return f"Sliding, w[{last}] reaches the 1 first: Conv1D returns w reversed, convolve returns w."

    def _second(self, columns: Columns, left: float, room: float) -> tuple[Columns, float, bool] | None:
        """The columns of the impulse in ``room``, with the size of its digits; None when it needs more."""
        window = [term.source.step for term in self.told["keras"].terms]
        numbers = [self.text(IMPULSE, Fraction(number)) for number in (0, 1)]

        def fit(shown: tuple[int | None, ...], size: float, leading_zero: bool) -> Columns | None:
            texts = [self.w_format.text(Fraction(float(weight)), leading_zero) for weight in self.script.kernel.ravel()]
            pitch = max(measure(text, size) for text in texts + numbers)
            pitch = max(pitch, measure(f"w[{self.layer.kernel_size}]", SMALLEST, "math")) + 4
            gap, gaps = (0.7 * pitch if None in shown else 0.0), shown.count(None)
            free = (room - gaps * gap) / (len(shown) - gaps)
            return Columns(shown, left, min(columns.pitch, free), gap) if free >= pitch and size <= self.size else None

        same = fit(columns.shown, self.size, self.leading_zero)
        if same is not None:
            return same, self.size, self.leading_zero
        try:
            return choose_columns(self.first, self.last, window, [], fit)
        except ValueError:
            return None

    def _rows(
        self, canvas: Canvas, prefix: str, columns: Columns, y: float, height: float, answers: Answers, labels: bool
    ) -> float:
        """The three calls' answers under each other, = or ≠ between them. The bottom is returned."""
        gap = 1.5 * self.size
        above: Call | None = None
        for call in ORDER:
            if above is not None:
                self.comparison(canvas, prefix, above, call, columns, y + gap / 2, answers, range(self.outputs))
                y += gap
            middle = y + height / 2
            if labels:
                canvas.words(
                    f"{prefix}{call.name} label",
                    columns.left - 6,
                    middle,
                    call.label,
                    LABEL,
                    align="right",
                    font="mono",
                )
            self.output_row(canvas, prefix, call, columns, middle, height, answers, range(self.outputs), compared=True)
            y += height
            above = call
        return y

    def _notes(self, canvas: Canvas, y: float) -> float:
        """Powers of ten, how scipy was called, and the check in the corner. The height of the figure is returned."""
        if canvas.powers(self._formats, MARGIN, y):
            y += LINE + 1
        note = "; ".join(filter(None, (self.scipy_note(), rounding_note(self._formats.values()))))
        return canvas.corner(y, note, str(self.script.check), self.width - 2 * MARGIN) + LINE


@dataclass(frozen=True)
class State:
    """What stands on the stage."""

    rows: tuple[Call, ...] = CALLS[:2]
    """The calls of the ledger, from above."""
    call: Call | None = None
    """Whose kernel is on the stage."""
    turns: int = 0
    """How often it has been turned over so far."""
    step: int = 0
    worked: Frame | None = None
    """The step whose products are shown."""
    filled: frozenset[tuple[str, int]] = frozenset()
    """(call, step) of the outputs that are written."""
    formulas: frozenset[str] = frozenset()
    doubled: bool = False
    """Whether the formula of the reversed kernel still has both its turns."""
    compared: bool = False
    impulse: bool = False
    start: bool = False
    check: bool = False
    caption: str = ""


def follow(state: State, frame: Frame, stage: Stage) -> State | None:
    """The state at the end of ``frame`` when ``state`` was before it; None when the frame has no place on the stage."""
    call = next((call for call in CALLS if call.name == frame.call), None)
    state = replace(state, caption=frame.caption, worked=None, start=False)
    match frame.kind:
        case "take" if call is not None:
            opens = call not in state.rows
            state = replace(
                state,
                rows=ORDER if opens else state.rows,
                compared=state.compared and not opens,
                call=call,
                turns=0,
                step=stage.script.story.cell.step,
            )
            return replace(state, formulas=state.formulas | {call.name}) if call.turns == 0 else state
        case "turn" if call is not None:
            turns = state.turns + 1
            complete = turns == call.turns
            formulas = state.formulas | ({call.name} if complete else set())
            return replace(state, turns=turns, formulas=formulas, doubled=complete and turns == 2)
        case "same":
            return replace(state, doubled=False)
        case "step" | "start" if call is not None and frame.cell is not None:
            if not stage.has_place(frame):
                return None
            return replace(
                state,
                call=call,
                turns=call.turns,
                step=frame.cell.step,
                worked=frame,
                start=frame.kind == "start",
                filled=state.filled | {(call.name, frame.cell.step)},
                doubled=False,
            )
        case "compare":
            return replace(state, compared=True, filled=stage.every(state))
        case "impulse":
            return replace(state, impulse=True, filled=frozenset(), compared=False, call=None)
        case "why":
            return replace(state, compared=True, filled=stage.every(state))
        case "check":
            return replace(state, compared=True, check=True, filled=stage.every(state))
        case _:
            return state


@dataclass
class Stage(Grid):
    """Where everything stands in the frames: input, sliding kernel, products, and the ledger of the calls."""

    columns: Columns = field(init=False)
    height: float = field(init=False)

    def __post_init__(self) -> None:
        super().__post_init__()
        left = MARGIN + max(measure(call.label, LABEL, "mono") for call in CALLS) + 6
        panel = max(formula_width(self.formula(call), FORMULA) for call in CALLS) + 14
        told = self.script.story.cell.step
        self.columns = self.choose(left, self.width - MARGIN - left - panel, [told], 1.2, 3.6)
        size = self.size
        self.panel = self.columns.right + 1.2 * self.columns.pitch + 14
        self.cell_height, self.tap_height = 2.1 * size, 16.0 + size
        self.ruler_y = MARGIN + size / 2
        self.samples_y = self.ruler_y + size / 2 + 4 + self.cell_height / 2
        bottom = self.samples_y + self.cell_height / 2
        self.arrow_y = bottom + 11
        self.kernel_y = self.arrow_y + 7 + self.tap_height / 2
        self.products_y = self.kernel_y + self.tap_height / 2 + 1.3 * size
        ledger = self.products_y + 3.2 * size
        taps = min(self.layer.kernel_size, len(self._shown(self.told["keras"])))
        reach = (taps * self.columns.pitch) ** 2 + self.tap_height**2
        room = (ledger - bottom) / 2 - 3
        self._turn = (bottom + ledger) / 2 - self.kernel_y, min(1.0, room / (reach**0.5 / 2))
        self.between = 1.5 * size
        self.row_y = [ledger + self.tap_height / 2 + number * (self.tap_height + self.between) for number in range(3)]
        self.powers_y = self.row_y[-1] + self.tap_height / 2 + 10
        self.caption_y = self.powers_y + (13 if any(chosen.power for chosen in self._formats.values()) else 6)
        self.height = self.caption_y + 6 + MARGIN

    def has_place(self, frame: Frame) -> bool:
        """Whether a step stands on the columns, its window as much as the first one's."""
        assert frame.cell is not None
        return frame.cell.step in self.columns.steps and len(self._shown(frame)) >= len(self._shown(self.told["keras"]))

    def every(self, state: State) -> frozenset[tuple[str, int]]:
        """All outputs of the calls that have rows: those that were left out come with them."""
        return frozenset((call.name, step) for call in state.rows for step in self.output_steps(self.columns))

    def _shown(self, frame: Frame) -> list[Row]:
        return [row for row in self.script.rows(frame) if row.term.source.step in self.columns.steps]

    def turn(self, marks: Marks) -> Turn:
        """How the kernel turns over on the way to a state: in the plane, between the input and the ledger."""
        names = frozenset(name for name in marks if "kernel w[" in name)
        return Turn(names, *self._turn)

    def draw(self, state: State) -> Marks:
        """The marks of a state."""
        canvas = Canvas(self.width, self.theme)
        columns = self.columns
        read = self.script.impulse if state.impulse else self.script.read
        rows = self._rows_now(state, read)
        here = None if state.worked is None else state.step
        self.ruler(canvas, "", columns, self.ruler_y, self.steps, here)
        taps = {row.term.source.step: row.term.weight[0] for row in rows} if state.worked is not None else None
        accent = int(np.flatnonzero(read[:, 0])[0]) if state.impulse else None
        self.samples(canvas, "", columns, self.samples_y, self.cell_height, read, taps, accent)
        self._shelf(canvas)
        if state.call is not None:
            prefix = f"{state.call.name} kernel "
            self.kernel_row(
                canvas,
                prefix,
                columns,
                self.kernel_y,
                self.tap_height,
                rows,
                PLACED[state.turns],
                self.arrow_y,
                "shelf ",
            )
            if state.worked is not None:
                self.products(canvas, "", columns, self.products_y, rows, prefix)
                self._terms(canvas, state, rows)
        self._ledger(canvas, state)
        canvas.powers(self._formats, MARGIN, self.powers_y)
        caption = state.caption
        if state.check:
            caption = str(self.script.check)
        if caption:
            canvas.caption(self.caption_y, caption, 11.0, self.width - 2 * MARGIN)
        return canvas.marks

    def _rows_now(self, state: State, read: np.ndarray) -> tuple[Row, ...]:
        if state.call is None:
            return ()
        if state.worked is not None:
            return self.script.rows(state.worked, read)
        return self.script.rows(self.told["convolve" if state.turns % 2 else "keras"], read)

    def _shelf(self, canvas: Canvas) -> None:
        """The kernel as it is handed over."""
        rows = self.script.rows(self.told["keras"])
        shown = self._shown(self.told["keras"])
        said = f"{len(rows) - len(shown)} more" if len(shown) < len(rows) else ""
        room = self.width - MARGIN - self.panel - 14 - (measure(said, SMALLEST) + 4 if said else 0)
        width = min(self.columns.pitch, room / max(1, len(shown)))
        x = self.panel + 14
        canvas.words("shelf label", x - 5, self.samples_y, "w", LABEL + 1, align="right", font="mono")
        for row in shown:
            tap = row.term.weight[0]
            text = self.text(self.w_format, row.weight)
            self.tap_cell(canvas, f"shelf w[{tap}]", x + width / 2, self.samples_y, width, self.tap_height, tap, text)
            x += width
        if said:
            canvas.words("shelf more", x + 4, self.samples_y, said, SMALLEST, self.theme.muted, align="left")

    def _terms(self, canvas: Canvas, state: State, rows: Sequence[Row]) -> None:
        """Which entries are multiplied, one product a line, in the order of the taps."""
        ordered = sorted(rows, key=lambda row: row.term.weight[0])
        size = FORMULA
        top, bottom = self.samples_y + self.tap_height / 2 + 12, self.row_y[0] - self.tap_height / 2 - 12
        places = elide(len(ordered), max(3, min(MOST_TERMS, int((bottom - top) / (1.35 * size)))))
        name = r"(x \ast w)" if state.call is not None and state.call.turns % 2 else "y"
        left = rf"{name}[{state.step}]"
        at = self.panel + measure(r"(x \ast w)[99]", size, "math") + 8
        y = top
        canvas.words("terms left", at - 10, y, left, size, align="right", font="math")
        for number, place in enumerate(places):
            canvas.words(f"terms sign {number}", at - 3, y, "+" if number else "=", size, font="math")
            if place is None:
                canvas.words("terms more", at + 6, y, r"\cdots", size, align="left", font="math")
            else:
                tap, source = ordered[place].term.weight[0], ordered[place].term.source
                tint = style.mix(self.tint(tap), self.theme.ink, 0.6)
                x = at + 6
                x += canvas.words(f"terms w[{tap}]", x, y, rf"w[{tap}]", size, tint, align="left", font="math") + 2
                sample = "0" if ordered[place].term.padded else rf"x[{source.step}]"
                canvas.words(f"terms x {tap}", x, y, sample, size, align="left", font="math")
            y += 1.35 * size
        if state.start:
            canvas.words("why", self.panel, bottom + 2, self.why(), SMALLEST + 1, self.theme.lit, align="left")

    def _ledger(self, canvas: Canvas, state: State) -> None:
        columns = self.columns
        found = self.impulse if state.impulse else self.answers
        above: Call | None = None
        for call, y in zip(state.rows, self.row_y, strict=False):
            now = state.call is call or state.call is None or state.compared
            dim = 1.0 if now else 0.55
            canvas.words(
                f"{call.name} label", columns.left - 6, y, call.label, LABEL, align="right", font="mono", alpha=dim
            )
            filled = [step for name, step in state.filled if name == call.name]
            here = state.step if state.worked is not None and state.call is call else None
            self.output_row(
                canvas,
                "",
                call,
                columns,
                y,
                self.tap_height if state.impulse else self.cell_height,
                found,
                filled,
                state.compared,
                "total",
                here,
            )
            if call.name in state.formulas:
                doubled = state.doubled and call.turns == 2
                parts = self.formula(call, doubled)
                size = FORMULA * min(1.0, (self.width - MARGIN - self.panel) / formula_width(parts, FORMULA))
                name = f"{call.name} formula{' twice' if doubled else ''}"
                canvas.formula(name, self.panel, y, parts, max(SMALLEST, size), dim)
            if above is not None and state.compared:
                middle = y - (self.tap_height + self.between) / 2
                self.comparison(canvas, "", above, call, columns, middle, found, filled)
            above = call
