"""channel_summation, drawn with matplotlib: kernel rows under input rows, partial sums, and the rows that add up.

This module knows where things stand; which products there are it takes from the story's terms, and every number from
the script's ledgers. One sheet serves the figure and the frames: a state says what of it is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np

from convexplain import style
from convexplain.layers import Cell, Term
from convexplain.ledger import Ledger, Row, add_up
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
    corner_height,
    formula_width,
    measure,
    rounding_note,
)
from convexplain.script import Script
from convexplain.story import Frame, elide
from convexplain.story.frames import with_gaps

MARGIN = 8.0
LABEL = 7.5
FORMULA = 10.0
MOST_CHANNELS = 4
MOST_FILTERS = 4
ANIMATED_WIDTH = 5.5
"""Inches: narrower than a figure, so that digits are large."""
PANEL = 190.0
"""What the formula needs beside the rows; where there is less it stands below them."""

SUBJECT = "how one output of a Conv1D layer is computed, channel by channel"


@dataclass(frozen=True)
class State:
    """What of the sheet is there, and what of it is meant now."""

    at: Cell
    """Where the kernel stands, and whose partial sums are shown."""
    cell: Cell
    """The output that is meant."""
    placed: bool = False
    kernel: bool = False
    lit: int | None = None
    """The only channel that is bright; None for all."""
    products: frozenset[int] = frozenset()
    """Channels whose products are shown."""
    totals: frozenset[int] = frozenset()
    """Channels whose products are added up."""
    partials: frozenset[tuple[int, int]] = frozenset()
    """(step, channel) of the partial sums that stand in their rows."""
    biased: frozenset[int] = frozenset()
    """Steps at which the bias stands in its row."""
    outputs: frozenset[Cell] = frozenset()
    strip: bool = False
    written: bool = False
    formula: bool = False
    check: bool = False
    caption: str | None = None


def draw(script: Script, theme: style.Theme, width: float) -> tuple[Marks, float]:
    """The figure: one output in full, the rows of its filter adding up, the formula and the check. Marks and height."""
    sheet = Sheet(script, theme, width, filters=(script.story.cell.channel,), captioned=False)
    steps = sheet.output_steps
    cell = script.story.cell
    every = frozenset(sheet.own)
    state = State(
        cell,
        cell,
        placed=True,
        kernel=True,
        products=every,
        totals=every,
        partials=frozenset((step, channel) for step in steps for channel in every),
        biased=frozenset(steps),
        outputs=frozenset(Cell(step, cell.channel) for step in steps),
        strip=True,
        written=True,
        formula=True,
        check=True,
    )
    return sheet.draw(state), sheet.height


def states(script: Script, theme: style.Theme, width: float) -> tuple[dict[str, Marks], float, dict[str, Turn]]:
    """The sheet at the end of every frame that has its place on it, by the frame's name, its height, and what turns
    over on the way to a frame: nothing here."""
    story = script.story
    own = [term.source.channel for term in story.stack.terms(story.level, story.cell)]
    filters = [
        filter
        for filter in range(story.output_shape[1])
        if [term.source.channel for term in story.stack.terms(story.level, Cell(story.cell.step, filter))] == own
    ]
    places = elide(len(filters), MOST_FILTERS, (filters.index(story.cell.channel),))
    shown = tuple(filters[place] for place in places if place is not None)
    sheet = Sheet(script, theme, width, filters=shown, captioned=True)
    told: dict[str, Marks] = {}
    state = State(story.cell, story.cell)
    for frame in story.frames:
        followed = follow(state, frame, sheet)
        if followed is not None:
            state = followed
            told[frame.name] = sheet.draw(state)
    return told, sheet.height, {}


def follow(state: State, frame: Frame, sheet: Sheet) -> State | None:
    """The state at the end of ``frame`` when ``state`` was before it; None when the frame has no place on the sheet."""
    cell = frame.cell or sheet.script.story.cell
    if cell.step not in sheet.columns.steps or (
        frame.channel is not None and frame.channel not in sheet.shown_channels
    ):
        return None
    every = frozenset(sheet.own)
    whole = frozenset((step, channel) for step in sheet.output_steps for channel in every)
    state = replace(state, caption=frame.caption, cell=cell, lit=None, written=False)
    match frame.kind:
        case "filter":
            return replace(state, kernel=True)
        case "place":
            return replace(state, placed=True, strip=True)
        case "products" if frame.channel is not None:
            return replace(state, lit=frame.channel, products=state.products | {frame.channel})
        case "partial" if frame.channel is not None:
            partials = state.partials | {(cell.step, frame.channel)}
            return replace(state, lit=frame.channel, totals=state.totals | {frame.channel}, partials=partials)
        case "sum":
            partials = state.partials | {(cell.step, channel) for channel in every}
            return replace(state, partials=partials, biased=state.biased | {cell.step}, written=True)
        case "write":
            return replace(state, outputs=state.outputs | set(frame.done), written=True)
        case "slide":
            if sheet.hidden_taps(cell) > sheet.hidden_taps(sheet.script.story.cell):
                return None
            partials = state.partials | {(cell.step, channel) for channel in every}
            return replace(state, at=cell, partials=partials, products=every, totals=every)
        case "fit":
            return replace(state, partials=whole)
        case "column":
            return replace(
                state,
                partials=whole,
                products=frozenset(),
                totals=frozenset(),
                placed=False,
                biased=state.biased | {cell.step},
                outputs=state.outputs | set(frame.done),
            )
        case "row":
            if cell.channel not in sheet.filters:
                return None
            return replace(
                state,
                at=Cell(sheet.script.story.cell.step, cell.channel),
                partials=whole,
                biased=frozenset(sheet.output_steps),
                outputs=state.outputs | set(frame.done),
                products=frozenset(),
                totals=frozenset(),
                placed=True,
                strip=False,
            )
        case "formula":
            return replace(
                state,
                at=cell,
                partials=whole,
                biased=frozenset(sheet.output_steps),
                formula=True,
                strip=True,
                written=True,
                placed=True,
                products=every,
                totals=every,
            )
        case "check":
            return replace(state, check=True, caption="", written=True)
        case _:
            return state


@dataclass
class Band:
    """The rows of one channel, or of several that are left out."""

    channels: tuple[int, ...]
    own: bool
    """Whether the told filter reads them."""
    y: float = 0.0
    sum_y: float = 0.0

    @property
    def channel(self) -> int:
        return self.channels[0]

    @property
    def gap(self) -> bool:
        return len(self.channels) > 1 or not self.own


@dataclass
class Sheet:
    """Where everything stands, for one script, theme and width."""

    script: Script
    theme: style.Theme
    width: float
    filters: tuple[int, ...]
    """The output rows, the told one among them."""
    captioned: bool
    columns: Columns = field(init=False)
    height: float = field(init=False)

    def __post_init__(self) -> None:
        story, script = self.script.story, self.script
        self._hidden_totals: dict[tuple[Cell, int], Fraction] = {}
        self.layer = story.stack.layers[story.level - 1]
        self.terms = story.stack.terms(story.level, story.cell)
        self.own = tuple(dict.fromkeys(term.source.channel for term in self.terms))
        self.index_in_group = {term.source.channel: term.weight[1] for term in self.terms}
        self.bands = self._choose_bands()
        self.shown_channels = tuple(band.channel for band in self.bands if band.own and not band.gap)
        self.x_name = style.feature(story.level - 1)
        self.w_name, self.b_name = style.kernel(story.level), style.bias(story.level)
        self.y_name = style.feature(story.level)
        self.x_format = style.number_format(
            Fraction(float(value)) for value in script.read[:, list(self.shown_channels)].ravel()
        )
        self.w_format = style.number_format(Fraction(float(value)) for value in self._shown_weights())
        self._choose_columns()
        self._place_rows()

    # what is shown

    def hidden_taps(self, cell: Cell) -> int:
        """How many taps of a window meet steps that are left out."""
        return sum(term.source.step not in self.columns.steps for term in self._terms(cell, self.own[0]))

    def _choose_bands(self) -> list[Band]:
        channels = self.script.story.input_shape[1]
        places = elide(len(self.own), MOST_CHANNELS)
        bands: list[Band] = []
        for number, place in enumerate(places):
            if place is None:
                first, last = places[number - 1], places[number + 1]
                bands.append(Band(self.own[first + 1 : last], own=True))  # type: ignore[operator]
            else:
                bands.append(Band((self.own[place],), own=True))
        others = tuple(channel for channel in range(channels) if channel not in self.own)
        for group in (
            tuple(channel for channel in others if channel < self.own[0]),
            tuple(channel for channel in others if channel > self.own[-1]),
        ):
            if group:
                bands.append(Band(group, own=False))
        return sorted(bands, key=lambda band: band.channels)

    def ledger(self, step: int, filter: int) -> Ledger:
        return self.script.ledger(Cell(step, filter))

    def _results(self, columns: Iterable[int | None]) -> list[Fraction]:
        """Every number of the sums on these columns: they share a format, for they are added to each other."""
        values: list[Fraction] = []
        steps = self.script.story.output_shape[0]
        for step in columns:
            if step is not None and 0 <= step < steps:
                for filter in self.filters:
                    ledger = self.ledger(step, filter)
                    values += [
                        partial.total for partial in ledger.partial_sums if partial.channel in self.shown_channels
                    ]
                    values += [self._hidden_total(ledger, band) for band in self.bands if band.own and band.gap]
                    values += [ledger.total, ledger.output, ledger.bias or Fraction(0)]
        for partial in self.ledger(*self.script.story.cell).partial_sums:
            if partial.channel in self.shown_channels:
                values += [row.product for row in partial.rows]
        return values

    def _hidden_total(self, ledger: Ledger, band: Band) -> Fraction:
        """What the channels of a band that is left out add up to."""
        key = (ledger.cell, band.channel)
        if key not in self._hidden_totals:
            hidden = (partial.rows for partial in ledger.partial_sums if partial.channel in band.channels)
            self._hidden_totals[key] = add_up(row for rows in hidden for row in rows)
        return self._hidden_totals[key]

    def _choose_columns(self) -> None:
        """As many steps as fit: the window of the told cell, its own step, the ends, and what room is left."""
        story = self.script.story
        steps, outputs = story.input_shape[0], story.output_shape[0]
        ends = [
            term.source.step
            for step in (0, outputs - 1)
            for term in self._terms(Cell(step, story.cell.channel), self.own[0])
        ]
        window = [term.source.step for term in self._terms(story.cell, self.own[0])]
        names = [
            style.entry(self.x_name, ":", self.own[-1]),
            style.entry(self.w_name, ":", self.own[-1], story.cell.channel),
        ]
        names.append(style.entry(self.y_name, *story.cell))
        self.left = (
            MARGIN + max(*(measure(name, LABEL, "mono") for name in names), measure("Σ channel 00", LABEL + 0.5)) + 6
        )
        last = max(steps - 1, *ends)
        self.columns, self.size, self.leading_zero = choose_columns(
            min(0, *ends), last, window, [story.cell.step], self._fit
        )
        if not self.captioned:
            self.columns = self._with_last_output(self.columns, {*window, story.cell.step})
        self.r_format = style.number_format(self._results(self.columns.shown))

    def _with_last_output(self, columns: Columns, needed: set[int]) -> Columns:
        """The columns with a place for the last output, so that its row ends as the input's does; for it up to three
        steps beside those ``needed`` and the ends may go. As they are where that is not enough."""
        steps, last = set(columns.steps), self.script.story.output_shape[0] - 1
        if last in steps or None in (columns.shown[0], columns.shown[-1]):
            return columns
        first = min(steps)
        spare = sorted(steps - needed - {first, max(steps)})
        for gone in range(min(3, len(spare)) + 1):
            kept = {step - first for step in steps - set(spare[len(spare) - gone :]) | {last}}
            shown = tuple(None if place is None else place + first for place in with_gaps(kept))
            found = self._fit(shown, self.size, self.leading_zero)
            if found is not None:
                return found
        return columns

    def _fit(self, shown: tuple[int | None, ...], size: float, leading_zero: bool) -> Columns | None:
        """The columns when all their numbers fit, each with room for a sign before it; else None."""
        self.leading_zero = leading_zero
        results = self._results(shown)
        self.r_format = style.number_format(results)
        read = self.script.read
        samples = read[[step for step in shown if step is not None and 0 <= step < len(read)]][:, self.shown_channels]
        texts = {self.text(self.x_format, Fraction(float(value))) for value in samples.ravel()}
        texts |= {self.text(self.w_format, Fraction(float(value))) for value in self._shown_weights()}
        texts |= {self.text(self.r_format, value) for value in results}
        signed = {self.text(self.r_format, abs(value)) for value in results}
        pitch = max(max(measure(text, size) for text in texts) + 5, 2.3 * size)
        pitch = max(pitch, max(measure(text, size) for text in signed) + 0.95 * size + 3)
        hidden = any(term.source.step not in shown for term in self.terms)
        gap = max(pitch, measure("99 more", SMALLEST) + 4) if hidden else max(0.6 * pitch, 12)
        gaps = shown.count(None)
        # The sum of the last window's products stands right of the columns.
        room = self.width - MARGIN - self.left - gaps * gap
        free = room / (len(shown) - gaps + 1.5)
        return Columns(shown, self.left, min(max(pitch, 3.3 * size), free), gap) if free >= pitch else None

    def _shown_weights(self) -> np.ndarray:
        """The weights that a frame may show, for their format."""
        own = [self.index_in_group[channel] for channel in self.shown_channels]
        return self.script.kernel[:, own][:, :, list(self.filters)].ravel()

    def text(self, chosen: style.Format, value: Fraction) -> str:
        return chosen.text(value, self.leading_zero)

    @property
    def adds(self) -> bool:
        """Whether there is more than one number to be added up to an output."""
        return len(self.own) + self.layer.use_bias > 1

    @property
    def output_steps(self) -> tuple[int, ...]:
        """The output steps that have a place."""
        return tuple(step for step in self.columns.steps if 0 <= step < self.script.story.output_shape[0])

    @property
    def _shown_filter(self) -> str:
        """Which filter the figure shows, of how many, and that there is no bias where the formula has none."""
        filters, own = self.script.story.output_shape[1], self.script.story.cell.channel
        among = {1: "the only one", 2: "of 0 and 1"}.get(filters, f"of 0 to {filters - 1}")
        bias = "" if self.layer.use_bias else "; this layer has no bias"
        return f"filter shown: f = {own} ({among}){bias}"

    @property
    def _note(self) -> str:
        return rounding_note((self.x_format, self.w_format, self.r_format))

    # where it stands

    def _place_rows(self) -> None:
        size = self.size
        self.cell_height = 1.62 * size
        y = MARGIN + size / 2
        self.ruler_y = y
        y += size / 2 + 4
        for band in self.bands:
            if band.gap:
                band.y = y + 0.6 * size
                y += 1.2 * size + 6
            else:
                band.y = y + self.cell_height / 2
                # More room follows than there is inside, so that a kernel row is read with its own channel.
                y += 2 * self.cell_height + 1.5 + 0.42 * size + 1.4 * size + 0.75 * size
        y += 0.35 * size
        for band in self.bands:
            if band.own:
                band.sum_y = y + self.cell_height / 2
                y += self.cell_height + 2
        if self.layer.use_bias:
            self.bias_y = y + self.cell_height / 2
            y += self.cell_height + 2
        if not self.layer.is_linear:
            y += 0.3 * size
            self.total_y = y + self.cell_height / 2
            y += self.cell_height + 2
        y += 0.45 * size
        self.output_y = {}
        for filter in self.filters:
            self.output_y[filter] = y + self.cell_height / 2
            y += self.cell_height + 2
        self.grid_bottom = y
        self.panel = self.columns.right + 1.6 * self.columns.pitch
        self.beside = self.width - MARGIN - self.panel >= PANEL
        if self.adds:
            y += 0.8 * size
            self.written_y = y + 0.7 * size
            y += (0.1 + 1.9 * self._written_lines()) * size
        if not self.beside:
            y += 0.5 * FORMULA
            self.formula_y = y + FORMULA
            lines = 1 if self._formula_width() <= self.width - 2 * MARGIN else 2
            y += (2.5 * lines + 0.2) * FORMULA
            self.legend_y = y + 0.1 * SMALLEST
            y += 1.4 * SMALLEST + (0 if self.captioned else LINE)
        else:
            self.formula_y = MARGIN + 2.2 * FORMULA
            self.legend_y = self.formula_y + 4.6 * FORMULA
        self.note_y = y + LINE / 2
        if any(chosen.power for chosen in (self.x_format, self.w_format, self.r_format)):
            y += LINE
        self.check_y = y + LINE / 2
        y += corner_height(self._note, str(self.script.check), self.width - 2 * MARGIN)
        if self.captioned:
            y += 6
            self.caption_y = y + 7
            y += 14
        self.height = y + MARGIN / 2

    # drawing

    def draw(self, state: State) -> Marks:
        """The marks of a state."""
        canvas = Canvas(self.width, self.theme)
        self._ruler(canvas, state)
        for band in self.bands:
            if band.gap:
                self._gap_band(canvas, band, state)
            else:
                self._band(canvas, band, state)
        self._sums(canvas, state)
        if state.written and self.adds:
            self._written(canvas)
        if state.formula:
            self._formula(canvas)
        if state.check:
            canvas.corner(self.check_y, self._note, str(self.script.check), self.width - 2 * MARGIN)
        if self.captioned and state.caption:
            canvas.caption(self.caption_y, state.caption, 11.0, self.width - 2 * MARGIN)
        return canvas.marks

    def _ruler(self, canvas: Canvas, state: State) -> None:
        theme, columns, size = self.theme, self.columns, self.size
        steps = self.script.story.input_shape[0]
        canvas.words("t", columns.left - 6, self.ruler_y, "t", size, theme.muted, align="right", font="math")
        for step in columns.steps:
            if 0 <= step < steps:
                now = state.strip and step == state.cell.step
                canvas.words(
                    f"t = {step}",
                    columns.x(step),
                    self.ruler_y,
                    str(step),
                    max(size - 1, SMALLEST) + now,
                    theme.ink if now else theme.muted,
                )
        for number, x in enumerate(columns.gaps(0, steps - 1)):
            canvas.words(f"t gap {number}", x, self.ruler_y, "⋯", size, theme.muted)
        if state.strip:
            top, bottom = self.ruler_y - size / 2 - 3, self.grid_bottom - 0.5
            tint = style.mix(theme.ink, theme.ground, 0.07)
            canvas.add("strip", _box(columns.x(state.cell.step), (top + bottom) / 2, columns.pitch, bottom - top, tint))

    def _band(self, canvas: Canvas, band: Band, state: State) -> None:
        theme, columns, size, height = self.theme, self.columns, self.size, self.cell_height
        channel = band.channel
        hue = style.channel_colour(channel)
        dim = 0.35 if state.lit not in (None, channel) else 1.0
        corner = 0.32 * height if channel % 2 else 0.0
        read = {term.source.step for term in self._terms(state.at, channel)} if state.placed else set()
        canvas.words(
            f"{self.x_name}[:, {channel}]",
            columns.left - 6,
            band.y,
            style.entry(self.x_name, ":", channel),
            LABEL,
            self._label_colour(hue),
            align="right",
            font="mono",
            alpha=dim,
        )
        steps = self.script.story.input_shape[0]
        for step in columns.steps:
            name = style.entry(self.x_name, step, channel)
            if 0 <= step < steps:
                value = Fraction(float(self.script.read[step, channel]))
                pale = 0.45 if state.placed and step not in read else 1.0
                canvas.cell(
                    name,
                    columns.x(step),
                    band.y,
                    columns.pitch - 1.5,
                    height,
                    self.text(self.x_format, value),
                    size,
                    style.mix(hue, theme.ground, 0.16),
                    style.mix(hue, theme.ground, 0.5 + 0.5 * pale),
                    corner=corner,
                    alpha=dim,
                    ink_alpha=dim * pale,
                    line=1.3 if step in read else 0.7,
                )
            else:
                pale = 0.45 if state.placed and step not in read else 1.0
                canvas.cell(
                    name,
                    columns.x(step),
                    band.y,
                    columns.pitch - 1.5,
                    height,
                    "0",
                    size,
                    theme.ground,
                    theme.muted,
                    theme.muted,
                    corner=corner,
                    dashed=True,
                    alpha=dim * pale,
                )
        for number, x in enumerate(columns.gaps(0, steps - 1)):
            canvas.words(f"{self.x_name}[:, {channel}] gap {number}", x, band.y, "⋯", size, theme.muted, alpha=dim)
        if state.kernel:
            self._kernel_row(canvas, band, state, dim, corner)

    def _kernel_row(self, canvas: Canvas, band: Band, state: State, dim: float, corner: float) -> None:
        theme, columns, size, height = self.theme, self.columns, self.size, self.cell_height
        channel, filter = band.channel, state.at.channel
        hue = style.channel_colour(channel)
        y = band.y + height + 1.5
        own = self.index_in_group[channel]
        rows = [row for row in self._rows(state.at) if row.term.source.channel == channel]
        shown = [row for row in rows if row.term.source.step in columns.steps]
        canvas.words(
            f"{self.w_name}[:, {own}]",
            columns.left - 6,
            y,
            style.entry(self.w_name, ":", own, filter),
            LABEL,
            self._label_colour(hue),
            align="right",
            font="mono",
            alpha=dim,
        )
        ink = _readable(hue)
        for row in shown:
            tap = row.term.weight[0]
            canvas.cell(
                f"{self.w_name}[{tap}, {own}]",
                columns.x(row.term.source.step),
                y,
                columns.pitch - 1.5,
                height,
                self.text(self.w_format, row.weight),
                size,
                hue,
                hue,
                ink,
                corner=corner,
                alpha=dim,
            )
        hidden = self._hidden(rows)
        for x, more in hidden.items():
            canvas.words(
                f"{self.w_name}[:, {own}] gap {x:.0f}", x, y, f"{len(more)} more", SMALLEST, theme.muted, alpha=dim
            )
        if state.placed and shown:
            left = columns.x(shown[0].term.source.step) - columns.pitch / 2 - 0.8
            right = columns.x(shown[-1].term.source.step) + columns.pitch / 2 + 0.8
            now = state.lit == channel
            colour = theme.active if now or state.lit is None else theme.edge
            frame = _box(
                (left + right) / 2,
                band.y + height / 2 + 0.75,
                right - left,
                2 * height + 4.6,
                "none",
                colour,
                1.5 if now else 0.9,
                corner and corner + 2,
            )
            canvas.add(f"window {channel}", replace(frame, layer=3, alpha=dim))
        if channel in state.products:
            self._products(canvas, band, state, rows, hidden, dim)

    def _products(
        self, canvas: Canvas, band: Band, state: State, rows: list[Row], hidden: dict[float, list[Row]], dim: float
    ) -> None:
        columns, size, height = self.columns, self.size, self.cell_height
        channel, own = band.channel, self.index_in_group[band.channel]
        y = band.y + 1.5 * height + 1.5 + 0.42 * size + 0.75 * size
        addends = [
            (columns.x(row.term.source.step), row.product, f"{row.term.weight[0]}")
            for row in rows
            if row.term.source.step in columns.steps
        ]
        addends += [(x, add_up(more), f"gap {x:.0f}") for x, more in hidden.items()]
        addends.sort()
        right = None
        for x, value, key in addends:
            text = self.text(self.r_format, value if right is None else abs(value))
            if right is not None:
                middle = (right + x - measure(text, size) / 2) / 2
                sign = style.MINUS if value < 0 else "+"
                canvas.words(f"sign {key}, {channel}", middle, y, sign, size, alpha=dim)
            name, origin = f"product {key}, {channel}", f"{self.w_name}[{key}, {own}] number"
            right = canvas.addend(name, x, y, text, size, alpha=dim, origin=origin)
        if channel in state.totals and right is not None:
            ledger = self.script.ledger(state.at)
            total = next(partial.total for partial in ledger.partial_sums if partial.channel == channel)
            relation = self.r_format.relation([value for _, value, _ in addends], total)
            canvas.words(f"equals {channel}", right + 0.8 * size, y, relation, size, alpha=dim)
            self._chip(canvas, f"total {channel}", right + 1.6 * size, y, total, channel, dim)

    def _chip(
        self, canvas: Canvas, name: str, left: float, y: float, value: Fraction, channel: int, dim: float
    ) -> None:
        """A partial sum in the colour of its row, so that the two are seen to be the same."""
        size, hue = self.size, style.channel_colour(channel)
        text = self.text(self.r_format, value)
        width = measure(text, size) + 5
        canvas.cell(
            name,
            left + width / 2,
            y,
            width,
            1.35 * size,
            text,
            size,
            style.mix(hue, self.theme.ground, 0.38),
            hue,
            line=1.0,
            corner=0.4 * size if channel % 2 else 0.0,
            alpha=dim,
        )

    def _gap_band(self, canvas: Canvas, band: Band, state: State) -> None:
        theme, columns = self.theme, self.columns
        first, last = band.channels[0], band.channels[-1]
        names = style.entry(self.x_name, ":", first)
        if last > first:
            names += f" to {style.entry(self.x_name, ':', last)}"
        count = len(band.channels)
        said = f"⋯  {count} more {'channel' if count == 1 else 'channels'}: {names}"
        if not band.own:
            said += ", read by other filters"
        width = columns.right - columns.left - 1.5
        dim = 0.5 if state.lit is not None else 1.0
        canvas.add(
            f"channels {first} to {last}",
            replace(
                _box((columns.left + columns.right) / 2, band.y, width, 1.25 * self.size, theme.cell, theme.edge, 0.6),
                alpha=dim,
            ),
        )
        canvas.words(
            f"channels {first} to {last} text",
            (columns.left + columns.right) / 2,
            band.y,
            said,
            max(self.size - 0.5, SMALLEST),
            theme.muted,
            alpha=dim,
        )

    def _sums(self, canvas: Canvas, state: State) -> None:
        theme, columns, size, height = self.theme, self.columns, self.size, self.cell_height
        label_size = LABEL + 0.5
        outputs = self.script.story.output_shape[0]
        width = columns.pitch - 1.5
        filter = state.at.channel
        if not state.placed and not state.partials:
            return
        for band in self.bands:
            if not band.own:
                continue
            hue = None if band.gap else style.channel_colour(band.channel)
            label = f"Σ {len(band.channels)} more" if band.gap else f"Σ channel {band.channel}"
            canvas.words(label, columns.left - 6, band.sum_y, label, label_size, self._label_colour(hue), align="right")
            corner = 0.32 * height if not band.gap and band.channel % 2 else 0.0
            for step in self.output_steps:
                name = f"{label}[{step}]"
                edge = style.mix(hue or theme.muted, theme.ground, 0.6)
                if any((step, channel) in state.partials for channel in band.channels):
                    fill = style.mix(hue or theme.muted, theme.ground, 0.38 if hue else 0.2)
                    text = self.text(self.r_format, self._partial(step, filter, band))
                    origin = (
                        f"total {band.channel} number"
                        if band.channel == state.lit and step == state.cell.step
                        else None
                    )
                    canvas.cell(
                        name,
                        columns.x(step),
                        band.sum_y,
                        width,
                        height,
                        text,
                        size,
                        fill,
                        hue or theme.muted,
                        line=1.4,
                        corner=corner,
                    )
                    if origin:
                        canvas.change(f"{name} number", origin=origin)
                else:
                    canvas.cell(
                        name,
                        columns.x(step),
                        band.sum_y,
                        width,
                        height,
                        "",
                        size,
                        theme.ground,
                        edge,
                        line=0.7,
                        corner=corner,
                    )
            self._row_gaps(canvas, label, band.sum_y, outputs)
        if self.layer.use_bias:
            self._bias_row(canvas, state)
        if not self.layer.is_linear:
            canvas.words("sum", columns.left - 6, self.total_y, "sum", label_size, theme.ink, align="right")
            for step in self.output_steps:
                written = Cell(step, filter) in state.outputs
                text = self.text(self.r_format, self.ledger(step, filter).total) if written else ""
                canvas.cell(
                    f"sum[{step}]", columns.x(step), self.total_y, width, height, text, size, theme.ground, theme.edge
                )
            self._row_gaps(canvas, "sum", self.total_y, outputs)
        for at, y in self.output_y.items():
            label = style.entry(self.y_name, ":", at)
            pale = 1.0 if at == filter else 0.55
            canvas.words(label, columns.left - 6, y, label, LABEL, align="right", font="mono", alpha=pale)
            for step in self.output_steps:
                cell = Cell(step, at)
                written = cell in state.outputs
                text = self.text(self.r_format, self.ledger(step, at).output) if written else ""
                now = cell == state.cell and state.strip
                edge = theme.active if now and written else theme.muted if written else theme.edge
                canvas.cell(
                    style.entry(self.y_name, step, at),
                    columns.x(step),
                    y,
                    width,
                    height,
                    text,
                    size,
                    theme.output if written else theme.ground,
                    edge,
                    line=1.8 if now and written else 1.2 if written else 0.7,
                    alpha=pale,
                )
            self._row_gaps(canvas, label, y, outputs)
        canvas.powers(
            {self.x_name: self.x_format, self.w_name: self.w_format, f"sums, {self.y_name}": self.r_format},
            MARGIN,
            self.note_y,
        )

    def _row_gaps(self, canvas: Canvas, label: str, y: float, length: int) -> None:
        for number, x in enumerate(self.columns.gaps(0, length - 1)):
            canvas.words(f"{label} gap {number}", x, y, "⋯", self.size, self.theme.muted)

    def _bias_row(self, canvas: Canvas, state: State) -> None:
        theme, columns = self.theme, self.columns
        filter = state.at.channel
        canvas.words(
            "bias", columns.left - 6, self.bias_y, style.entry(self.b_name, filter), LABEL, align="right", font="mono"
        )
        for step in self.output_steps:
            if step in state.biased:
                text = self.text(self.r_format, self.ledger(step, filter).bias or Fraction(0))
                canvas.cell(
                    f"{self.b_name}[{step}]",
                    columns.x(step),
                    self.bias_y,
                    columns.pitch - 1.5,
                    self.cell_height,
                    text,
                    self.size,
                    theme.bias,
                    theme.bias,
                    _readable(theme.bias),
                )
        self._row_gaps(canvas, "bias", self.bias_y, self.script.story.output_shape[0])

    def _pieces(self) -> list[tuple[str, str, float, str | None, bool]]:
        """The told cell's sum, by pieces: name, text, width, a chip's colour, and whether its corners are round."""
        size, ledger = self.size + 0.5, self.script.ledger(self.script.story.cell)
        addends: list[tuple[Fraction, str, bool]] = []
        for band in self.bands:
            if band.own:
                colour = self.theme.muted if band.gap else style.channel_colour(band.channel)
                partial = self._partial(self.script.story.cell.step, self.script.story.cell.channel, band)
                addends.append((partial, colour, not band.gap and band.channel % 2 == 1))
        if ledger.bias is not None:
            addends.append((ledger.bias, self.theme.bias, False))
        pieces: list[tuple[str, str, float, str | None, bool]] = [("equals", "=", 1.3 * size, None, False)]
        if not self.layer.is_linear:
            pieces.append(("max", "max(0,", measure("max(0,", size) + 4, None, False))
        for number, (value, hue, odd) in enumerate(addends):
            if number:
                pieces.append((f"sign {number}", style.MINUS if value < 0 else "+", 1.1 * size, None, False))
            text = self.text(self.r_format, value if number == 0 else abs(value))
            pieces.append((str(number), text, measure(text, size) + 5 + 0.2 * size, hue, odd))
        if not self.layer.is_linear:
            pieces.append(("close", ")", 0.7 * size, None, False))
        relation = self.r_format.relation([value for value, _, _ in addends], ledger.total)
        pieces.append(("relation", relation, 1.2 * size, None, False))
        total = self.text(self.r_format, ledger.output)
        pieces.append(("total", total, measure(total, size) + 4, None, False))
        return pieces

    def _written(self, canvas: Canvas) -> None:
        """The partial sums of the told cell, the bias and their total in one line, or two where it is narrow."""
        theme, size = self.theme, self.size + 0.5
        y, start = self.written_y, self.columns.left - 2
        name = style.entry(self.y_name, *self.script.story.cell)
        canvas.words("written name", self.columns.left - 6, y, name, LABEL, align="right", font="mono")
        x = start
        for name, text, width, hue, odd in self._pieces():
            if x + width > self.width - MARGIN:
                x, y = start + 1.3 * size, y + 1.9 * size
            middle = x + width / 2
            if hue is None:
                canvas.words(f"written {name}", middle, y, text, size)
            else:
                fill = hue if hue == theme.bias else style.mix(hue, theme.ground, 0.38)
                canvas.cell(
                    f"written {name}",
                    middle,
                    y,
                    width - 0.2 * size,
                    1.45 * size,
                    text,
                    size,
                    fill,
                    hue,
                    _readable(fill),
                    line=1.0,
                    corner=0.4 * size if odd else 0.0,
                )
            x += width

    def _written_lines(self) -> int:
        x, lines = self.columns.left - 2, 1
        for _, _, width, _, _ in self._pieces():
            if x + width > self.width - MARGIN:
                x, lines = self.columns.left - 2 + 1.3 * (self.size + 0.5), lines + 1
            x += width
        return lines

    def _partial(self, step: int, filter: int, band: Band) -> Fraction:
        ledger = self.ledger(step, filter)
        if band.gap:
            return self._hidden_total(ledger, band)
        return next(partial.total for partial in ledger.partial_sums if partial.channel == band.channel)

    def _formula_parts(self) -> tuple[list[Any], list[Any]]:
        """The two halves of the formula: up to the equals sign, and after it."""
        layer, story = self.layer, self.script.story
        filter = "f" if layer.groups == 1 else str(story.cell.channel)
        first = self.own[0] - self.index_in_group[self.own[0]]
        channel = f"c + {first}" if first else "c"
        y, w, b, x = map(self._array, (self.y_name, self.w_name, self.b_name, self.x_name))
        left = [(rf"{y}[t, {filter}] \ = \ ", None, False)]
        right = [] if layer.is_linear else [(r"\max(0, \ ", None, False)]
        right += [
            (r"\sum_c", None, True),
            (r"\ \sum_k \ ", None, False),
            (rf"{w}[k, c, {filter}] \, {x}[{self._index()}, \, {channel}]", None, False),
        ]
        if layer.use_bias:
            right.append((rf" \ + \ {b}[{filter}]", None, False))
        if not layer.is_linear:
            right.append((r" \ )", None, False))
        return left, right

    def _formula_width(self) -> float:
        left, right = self._formula_parts()
        return formula_width([*left, *right], FORMULA)

    def _index(self) -> str:
        layer = self.layer
        return " + ".join(
            style.index_parts(layer.strides, layer.dilation_rate, layer.left_pad(self.script.story.input_shape[0]))
        )

    def _array(self, name: str) -> str:
        """An array's name in TeX: the number of its layer is an index."""
        return f"{name[0]}_{{{name[1:]}}}" if name[1:] else name

    def _row_formulas(self, canvas: Canvas) -> None:
        """Beside each row that is added, what it is; a bracket joins the channels to the sum over c."""
        filter = self.script.story.cell.channel
        size = FORMULA - 0.5
        start = self.columns.x(self.output_steps[-1]) + self.columns.pitch / 2 + 2.2 * size
        own = [band for band in self.bands if band.own]
        lines = {
            f"Σ channel {band.channel}": r"{\sum}_k \, "
            rf"{self._array(self.w_name)}[k, {self.index_in_group[band.channel]}, {filter}]"
            rf" \, {self._array(self.x_name)}[{self._index()}, \, {band.channel}]"
            for band in own
            if not band.gap
        }
        right = start + max(measure(tex, size, "math") for tex in lines.values()) + 6
        if right + 40 > self.width - MARGIN:
            return
        for number, band in enumerate(own):
            tex = r"\cdots" if band.gap else lines[f"Σ channel {band.channel}"]
            hue = self.theme.muted if band.gap else self._label_colour(style.channel_colour(band.channel))
            canvas.words(f"row formula {number}", start, band.sum_y, tex, size, hue, align="left", font="math")
            if number:
                canvas.words(f"row sign {number}", start - 0.8 * size, band.sum_y, "+", size)
        if self.layer.use_bias:
            canvas.words("row sign bias", start - 0.8 * size, self.bias_y, "+", size)
            bias = rf"{self._array(self.b_name)}[{filter}]"
            canvas.words("row formula bias", start, self.bias_y, bias, size, align="left", font="math")
        y = self.output_y[filter]
        output = rf"{self._array(self.y_name)}[t, {filter}]"
        if not self.layer.is_linear:
            output = rf"\max(0, \, sum) \, = \, {output}"
        canvas.words("row sign output", start - 0.8 * size, y, "=", size)
        canvas.words("row formula output", start, y, output, size, align="left", font="math")
        if len(own) > 1:
            top, bottom = own[0].sum_y - 0.4 * self.cell_height, own[-1].sum_y + 0.4 * self.cell_height
            lit = self.theme.lit
            for name, line in {
                "top": (right, top, right + 4, top),
                "bottom": (right, bottom, right + 4, bottom),
                "side": (right + 4, top, right + 4, bottom),
            }.items():
                canvas.add(f"bracket {name}", Stroke(*line, lit, 1.2))
            canvas.words(
                "bracket sum", right + 9, (top + bottom) / 2, r"\sum_c", FORMULA + 1, lit, align="left", font="math"
            )

    def _formula(self, canvas: Canvas) -> None:
        if self.beside:
            self._row_formulas(canvas)
        left, right = self._formula_parts()
        start = self.panel if self.beside else MARGIN
        room = self.width - MARGIN - start
        y = self.formula_y
        if self._formula_width() <= room:
            canvas.formula("formula", start, y, [*left, *right], FORMULA)
            lit_at = start + formula_width(left, FORMULA)
        else:
            canvas.formula("formula left", start, y, left, FORMULA)
            y += 2.4 * FORMULA
            canvas.formula("formula", start, y, right, FORMULA)
            lit_at = start
        theme = self.theme
        legend = (
            "c  input channel: the sum that joins the channels",
            "k  tap        t  step        f  filter, one output channel",
        )
        if self.beside:
            canvas.words("legend 0", lit_at, y + 2.0 * FORMULA, legend[0], 8, theme.lit, align="left")
            canvas.words("legend 1", lit_at, y + 3.3 * FORMULA, legend[1], SMALLEST + 0.5, theme.muted, align="left")
            at, below, size = lit_at, y + 4.6 * FORMULA, SMALLEST + 0.5
        else:
            at, below, size = MARGIN, self.legend_y + LINE, SMALLEST
            shift = canvas.words("legend 0", MARGIN, self.legend_y, legend[0], SMALLEST + 0.2, theme.lit, align="left")
            if MARGIN + shift + 20 + measure(legend[1], SMALLEST) < self.width - MARGIN:
                canvas.words(
                    "legend 1", MARGIN + shift + 20, self.legend_y, legend[1], SMALLEST, theme.muted, align="left"
                )
        if not self.captioned:
            canvas.words("shown filter", at, below, self._shown_filter, size, align="left")

    # helpers

    def _terms(self, cell: Cell, channel: int) -> list[Term]:
        story = self.script.story
        return [term for term in story.stack.terms(story.level, cell) if term.source.channel == channel]

    def _rows(self, cell: Cell) -> tuple[Row, ...]:
        return self.script.ledger(cell).rows

    def _hidden(self, rows: list[Row]) -> dict[float, list[Row]]:
        """The products whose step is left out, by the middle of their gap."""
        hidden: dict[float, list[Row]] = {}
        for row in rows:
            if row.term.source.step not in self.columns.steps:
                hidden.setdefault(self.columns.x(row.term.source.step), []).append(row)
        return hidden

    def _label_colour(self, hue: str | None) -> str:
        if hue is None:
            return self.theme.ink
        return style.mix(hue, self.theme.ink, 0.55 if self.theme is style.LIGHT else 1.0)


def _box(
    x: float,
    y: float,
    width: float,
    height: float,
    fill: str,
    edge: str | None = None,
    line: float = 0.0,
    corner: float = 0.0,
) -> Any:
    return Box(x, y, width, height, fill, edge or fill, line, corner=corner, layer=0)


def _readable(fill: str) -> str:
    """Dark or light digits, whichever stands out more on ``fill``."""
    red, green, blue = (int(fill[i : i + 2], 16) / 255 for i in (1, 3, 5))
    return "#0B0D10" if 0.3 * red + 0.59 * green + 0.11 * blue > 0.42 else "#FFFFFF"
