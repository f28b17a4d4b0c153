"""The film of channel_summation: rows of samples, kernel rows under them, partial sums, and one output row.

This module knows where everything stands and how it moves. It computes no product and no sum: numbers come from the
script's ledgers, places from the steps of their terms. A narrow layer is played with all channels open and its filters
as cards; any other one with one channel open at a time and its filters as thumbnails. Channels that are left out keep
a subtotal, so that the column still adds up.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from functools import cached_property
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    RIGHT,
    UP,
    AnimationGroup,
    BraceBetweenPoints,
    FadeIn,
    FadeOut,
    LaggedStart,
    Line,
    MoveAlongPath,
    Rectangle,
    ReplacementTransform,
    RoundedRectangle,
    Square,
    Succession,
    Transform,
    TransformFromCopy,
    VGroup,
    VMobject,
    smooth,
    there_and_back,
)

from convexplain import style
from convexplain.films.channel_rows import (
    BEHIND,
    DARK_DIGITS,
    LOWEST,
    MOST_STEPS,
    MOST_TAPS,
    PALE,
    Card,
    Number,
    Products,
    Thumb,
    digits_on,
    make_plan,
)
from convexplain.films.stage import SAFE_X, THEME, Cell, Row, Stage, Words
from convexplain.layers import Cell as Output
from convexplain.ledger import PartialSum, add_up
from convexplain.ledger import Row as Product
from convexplain.story import Frame, elide


class ChannelSummation(Stage):
    """Each channel is correlated with its own kernel row; the partial sums and the bias add up to one output."""

    story_name = "channel_summation"
    example = "channel_summation"

    # names and numbers

    @cached_property
    def layer(self) -> Any:
        """The layer that is told."""
        return self.script.story.stack.layers[self.script.story.level - 1]

    @cached_property
    def names(self) -> tuple[str, str, str, str]:
        """The arrays: what is read, kernel, bias, what is written."""
        level = self.script.story.level
        return style.feature(level - 1), style.kernel(level), style.bias(level), style.feature(level)

    def partial(self, cell: Output, channel: int) -> PartialSum:
        """One channel's part of an output."""
        return next(part for part in self.script.ledger(cell).partial_sums if part.channel == channel)

    def visible(self, cell: Output, channel: int) -> list[Product]:
        """The products of a channel whose samples are in view."""
        return [row for row in self.partial(cell, channel).rows if row.term.source.step in self.plan.columns.steps]

    def gap_x(self, cell: Output, channel: int) -> float | None:
        """Where the taps that are left out would stand; None when all are in view."""
        steps = self.plan.columns.steps
        out = [row.term.source.step for row in self.partial(cell, channel).rows if row.term.source.step not in steps]
        return self.plan.columns.x(out[0]) if out else None

    def own_places(self, cell: Output) -> dict[int, int]:
        """The channel a filter reads in every channel row of the plan, in order."""
        order = [part.channel for part in self.script.ledger(cell).partial_sums]
        told = [part.channel for part in self.script.ledger(self.script.story.cell).partial_sums]
        return {place: order[told.index(c)] for place, c in enumerate(self.plan.channels) if c is not None}

    def sum_of(self, cell: Output, place: int) -> Fraction:
        """The partial sum in a row of the plan: a channel's, or that of all channels left out."""
        channel = self.plan.channels[place]
        if channel is not None:
            return self.partial(cell, channel).total
        return add_up(row for hidden in self.plan.hidden for row in self.partial(cell, hidden).rows)

    @cached_property
    def formats(self) -> dict[str, style.Format]:
        """How samples (x), weights (w) and everything that is summed (y) are written."""
        plan, told = self.plan, self.script.story.cell
        filters = [filter for filter in plan.filters if filter is not None]
        cells = [Output(step, told.channel) for step in plan.outputs]
        summed = [self.sum_of(cell, place) for cell in cells for place in range(len(plan.channels))]
        summed += [self.script.ledger(Output(step, filter)).total for step in plan.outputs for filter in filters]
        worked = [Output(step, f) for step in plan.outputs for f in filters] if plan.beside else [told]
        for cell in worked:
            for partial in self.script.ledger(cell).partial_sums:
                if plan.beside or partial.channel in plan.channels:
                    summed += [partial.total, *(row.product for row in partial.rows)]
        summed += [ledger.bias for ledger in map(self.script.ledger, cells) if ledger.bias is not None]
        read = [Fraction(float(v)) for v in self.script.read[: MOST_STEPS * 4].ravel()]
        weights = [Fraction(float(v)) for v in self.script.kernel[..., told.channel].ravel()]
        return {
            "x": style.number_format(read),
            "w": style.number_format(weights),
            "y": style.number_format(summed, plain=True),
        }

    @cached_property
    def sizes(self) -> dict[str, float]:
        """One size of type for all numbers of a kind, so that their widest fits into a cell."""
        plan, told = self.plan, self.script.story.cell
        read = self.script.story.input_shape[0]
        channels = [channel for channel in plan.channels if channel is not None]
        steps = [step for step in plan.columns.steps if 0 <= step < read]
        values = {
            "x": [Fraction(float(self.script.read[step, channel])) for step in steps for channel in channels],
            "w": [row.weight for channel in channels for row in self.partial(told, channel).rows],
            "y": [
                value
                for step in plan.outputs
                for place in range(len(plan.channels))
                for value in (self.sum_of(Output(step, told.channel), place),)
            ],
        }
        for filter in plan.filters:
            if filter is not None:
                values["y"] += [self.script.ledger(Output(step, filter)).output for step in plan.outputs]
        sizes = {}
        for kind, numbers in values.items():
            texts = [text for text in (self.written(kind, value) for value in numbers) if "e" not in text]
            widest = self.number(max(texts, key=len, default="0"), size=plan.digits)
            sizes[kind] = plan.digits * min(1.0, (plan.width - 0.1) / widest.width)
        return sizes

    def written(self, kind: str, value: Fraction) -> str:
        """A number as text."""
        return self.formats[kind].text(value, leading_zero=self.plan.beside)

    def glyphs(self, text: str, width: float, size: float | None = None, colour: str = THEME.ink) -> VMobject:
        """A number no wider than ``width``."""
        number = self.number(text, size=size or self.plan.digits, colour=colour)
        return number.scale(min(1.0, width / number.width))

    # pieces

    def hue(self, channel: int | None) -> str:
        """A channel's colour; grey for those left out."""
        return THEME.muted if channel is None else style.channel_colour(channel)

    def label_hue(self, channel: int | None) -> str:
        """A channel's colour for words: the dark hues are lightened, so that they can be read."""
        hue = self.hue(channel)
        return style.mix(hue, THEME.ink, 0.6) if digits_on(hue) != DARK_DIGITS else hue

    def corner(self, channel: int | None) -> float:
        """Odd channels have round corners."""
        return 0.0 if channel is None or channel % 2 == 0 else 0.4 * self.plan.height

    def cell_of(
        self, kind: str, value: Fraction | None, channel: int | None = None, role: str = "sample",
        width: float | None = None, text: str | None = None, dashed: bool = False,
    ) -> Number:  # fmt: skip
        """A number in the dress of its role: sample, weight, sum, bias or output."""
        hue = self.hue(channel)
        ground = THEME.ground
        fill, edge, ink, stroke = {
            "sample": (style.mix(hue, ground, 0.16), hue, THEME.ink, 2.0),
            "weight": (hue, ground, digits_on(hue), 1.0),
            "sum": (style.mix(hue, ground, 0.38), hue, THEME.ink, 3.5),
            "bias": (THEME.bias, ground, DARK_DIGITS, 1.0),
            "output": (THEME.output, THEME.active, THEME.ink, 3.0),
        }[role]
        width = width or self.plan.width
        if text is None:
            text = "" if value is None else self.written(kind, value)
        number = self.glyphs(text, width - 0.1, self.sizes[kind], ink) if text else None
        corner = self.corner(channel) if role in ("sample", "weight", "sum") else 0.0
        return Number(text, number, fill, edge, ink, (width, self.plan.height), stroke, corner, dashed)

    def outline(self, x: float, y: float, channel: int | None, colour: str) -> VMobject:
        """An empty place that is to be filled."""
        return RoundedRectangle(
            corner_radius=self.corner(channel), width=self.plan.width, height=self.plan.height,
            stroke_color=style.mix(colour, THEME.ground, 0.55), stroke_width=1.5, fill_opacity=0,
        ).move_to([x, y, 0])  # fmt: skip

    def label_at(self, words: Words, y: float) -> Words:
        """A label right-aligned before the columns."""
        words.scale(min(1.0, (SAFE_X + self.plan.columns.left - 0.12) / words.width))
        return words.sit(self.plan.columns.left - 0.14, y - 0.09, RIGHT)

    def kernel_row(self, cell: Output, place: int, y: float) -> dict[int | None, VMobject]:
        """A filter's kernel row under the window of an output, by tap; ``None`` holds the dots for taps left out."""
        channel = self.own_places(cell)[place]
        row: dict[int | None, VMobject] = {}
        for product in self.visible(cell, channel):
            made = self.cell_of("w", product.weight, channel, "weight")
            row[product.term.weight[0]] = made.move_to([self.plan.columns.x(product.term.source.step), y, 0])
        gap = self.gap_x(cell, channel)
        if gap is not None:
            row[None] = self.dots(self.plan.digits).move_to([gap, y, 0])
        return row

    def kernel_label(self, cell: Output, place: int) -> Words:
        """``w1[:, 0, 3]`` in its channel's colour."""
        channel = self.own_places(cell)[place]
        index = self.partial(cell, channel).rows[0].term.weight[1]
        return self.code(style.entry(self.names[1], ":", index, cell.channel), self.plan.label, self.label_hue(channel))

    def window_frame(self, cell: Output, channel: int, ys: Iterable[float], colour: str = THEME.active) -> VMobject:
        """A frame around what a window reads, over rows at several heights."""
        heights = list(ys)
        xs = [self.plan.columns.x(row.term.source.step) for row in self.partial(cell, channel).rows]
        width = max(xs) - min(xs) + self.plan.width + 0.1
        height = max(heights) - min(heights) + self.plan.height + 0.1
        frame = RoundedRectangle(
            corner_radius=self.corner(channel), width=width, height=height, stroke_color=colour, stroke_width=4,
            fill_opacity=0,
        )  # fmt: skip
        return frame.move_to([(max(xs) + min(xs)) / 2, (max(heights) + min(heights)) / 2, 0])

    def product_row(self, cell: Output, channel: int, y: float) -> Products:
        """The products of a channel as one signed line."""
        columns = self.plan.columns
        terms = [(columns.x(row.term.source.step), row.product) for row in self.visible(cell, channel)]
        gap = self.gap_x(cell, channel)
        everything: list[tuple[float, Fraction | None]] = sorted([*terms, *([] if gap is None else [(gap, None)])])
        size = self.plan.digits
        numbers: list[VMobject] = []
        signs: list[VMobject | None] = []
        for place, (x, value) in enumerate(everything):
            if value is None:
                numbers.append(self.dots(size).move_to([x, y, 0]))
            else:
                text = self.written("y", abs(value))
                numbers.append(self.glyphs(text, 0.66 * columns.pitch, self.sizes["y"]).move_to([x, y, 0]))
            negative = value is not None and value < 0 and self.written("y", value).startswith(style.MINUS)
            if negative or place:
                at = x - columns.pitch / 2 if place else numbers[-1].get_left()[0] - 0.13
                signs.append(self.math("-" if negative else "+", size).move_to([at, y, 0]))
            else:
                signs.append(None)
        return Products(
            numbers=numbers,
            signs=signs,
            relation=self.formats["y"].relation([row.product for row in self.partial(cell, channel).rows],
                                                self.partial(cell, channel).total),
            y=y,
        )  # fmt: skip

    # opening and input

    def opening(self) -> None:
        """The input: a ruler and a row for every channel."""
        self.plan = make_plan(self.script)
        plan = self.plan
        self.told = self.script.story.cell
        self.opened: int | None = None
        self.windows: dict[int, VMobject] = {}
        self.kernels: dict[int, dict[int | None, VMobject]] = {}
        self.kernel_labels: dict[int, Words] = {}
        self.products: dict[int, VGroup] = {}
        self.sums: dict[int, dict[int, Number]] = {place: {} for place in range(len(plan.channels))}
        self.biases: dict[int, Number] = {}
        self.outputs: dict[Output, Number] = {}
        self.empties: dict[tuple[str, int, int], VMobject] = {}
        self.line: VGroup | None = None
        self.line_result: Number | None = None
        self.strip: Any = None
        self.column: Any = None
        self.listed: dict[int, float] = {}
        self.notes: list[Words] = []
        self.small_formula: Any = None
        read = self.script.story.input_shape[0]
        self.rule = self.ruler(plan.columns, read, 3.42)
        self.add(self.rule)
        self.x_rows: dict[int, Row] = {}
        for place, channel in enumerate(plan.channels):
            if channel is None:
                first, last = plan.hidden[0], plan.hidden[-1]
                reach = style.entry(self.names[0], ":", first)
                reach += f"` to `{style.entry(self.names[0], ':', last)}" if last > first else ""
                self.band = self.wide_band(f"{len(plan.hidden)} more: `{reach}`", plan.x_y(place))
                self.add(self.band)
            else:
                self.x_rows[place] = self.input_row(channel, plan.x_y(place))
                self.add(self.x_rows[place])
        if plan.unread:
            many = "channel" if plan.unread == 1 else "channels"
            self.unread = self.wide_band(
                f"{plan.unread} more {many}, read by other filters", plan.x_y(len(plan.channels))
            )
            self.add(self.unread)
        self.power_note = self.powers()
        if self.power_note is not None:
            self.add(self.power_note.sit(5.3, -2.98, RIGHT))
        self.caption_at_once(self.caption_of(self.script.story.frames[0]))

    def powers(self) -> Words | None:
        """Which numbers are to be read with a power of ten, and that they are rounded; None when all are integers."""
        kinds = {"x": self.names[0], "w": self.names[1], "y": f"sums and {self.names[3]}"}
        said = [
            f"{name} in units of 1e{style.number(Fraction(self.formats[kind].power), 0)}"
            for kind, name in kinds.items()
            if self.formats[kind].power
        ]
        if any(form.decimals for form in self.formats.values()):
            said.append("numbers are rounded for display; sums use exact values")
        return self.fitting(", ".join(said), 28, 10.5, THEME.muted) if said else None

    def input_row(self, channel: int, y: float) -> Row:
        """A row of samples; a padded place holds a dashed zero."""
        columns = self.plan.columns
        read = self.script.story.input_shape[0]
        cells: dict[int, Cell] = {}
        for step in columns.steps:
            inside = 0 <= step < read
            value = Fraction(float(self.script.read[step, channel])) if inside else None
            cell = self.cell_of("x", value, channel, "sample", text=None if inside else "0", dashed=not inside)
            if not inside:
                cell.shade(0.75)
            cells[step] = cell
        name = self.code(style.entry(self.names[0], ":", channel), self.plan.label, self.label_hue(channel))
        row = Row(cells, columns, y, None, self.dots(self.plan.digits))
        row.label = self.label_at(name, y)
        return row.add(row.label)

    def wide_band(self, text: str, y: float) -> VGroup:
        """A grey band that stands for rows left out."""
        columns = self.plan.columns
        width = columns.right - columns.left - 0.04
        plate = Rectangle(
            width=width, height=self.plan.height - 0.02, fill_color=THEME.cell, fill_opacity=1,
            stroke_color=THEME.edge, stroke_width=1.5,
        ).move_to([(columns.left + columns.right) / 2, y, 0])  # fmt: skip
        words = self.fitting(text, 28, width - 0.4, THEME.muted)
        return VGroup(plate, words.sit(plate.get_x(), y - 0.08))

    def tell_check(self, frame: Frame) -> None:
        """The last caption and the line above it: who computed the same layer, how far off, and how far it may be."""
        check = self.script.check
        library, _, how = check.oracle.partition(", ")
        with_how = f" ({how})" if how else ""
        bound = style.magnitude(check.bound)
        said = f"the same layer, computed by the library itself{with_how}; proven bound on rounding {bound}"
        self.play(FadeIn(self.fitting(said, 28, 12.4, THEME.muted).sit(0, -2.6)), run_time=0.3)
        self.caption(f"Checked against {library}: largest difference {style.magnitude(check.error)}")

    def caption_of(self, frame: Frame) -> str:
        """The frame's clause, with the names of arrays set as code."""
        if frame.kind == "products" and frame.channel in self.plan.hidden:
            many = len(self.plan.hidden)
            return f"{many} more channel{'s do' if many > 1 else ' does'} the same: one subtotal"
        return re.sub(r"[wxyb]\d*\[[^\]]*\]", r"`\g<0>`", frame.caption)

    def shows(self, frame: Frame) -> bool:
        """Whether a frame has its own time: not those of channels, steps and filters that are left out."""
        plan = self.plan
        if frame.kind in ("products", "partial"):
            return frame.channel not in plan.hidden[(1 if frame.kind == "products" else 0) :]
        if frame.kind in ("slide", "column"):
            return frame.cell is not None and frame.cell.step in plan.outputs
        if frame.kind == "row":
            return frame.cell is not None and frame.cell.channel in plan.filters
        return True

    def note(self, *lines: str) -> list[Words]:
        """A few muted words that explain the names: beside the rows, or under them."""
        plan = self.plan
        said = []
        for number, line in enumerate(lines):
            words = self.fitting(line, 32 if plan.beside else 34, 5.2 if plan.beside else 11.0, THEME.muted)
            x, top = (1.1, 2.4) if plan.beside else (plan.columns.left, -1.2)
            said.append(words.sit(x, top - 0.55 * number, LEFT))
        return said

    def tell_input(self, frame: Frame) -> None:
        """The rows stand; the names are introduced."""
        x, first = self.names[0], self.plan.channels[0]
        self.pause(0.4)
        self.notes = self.note(
            f"`{x}[t, c]`: step `t` of channel `c`", f"`{x}[:, {first}]`: all steps of channel {first}"
        )
        self.play(LaggedStart(*map(FadeIn, self.notes), lag_ratio=0.5), run_time=0.7)
        self.pause(1.8)
        self.play(*map(FadeOut, self.notes), run_time=0.3)
        self.notes = []

    # filters

    def tell_filter(self, frame: Frame) -> None:
        """The filters: cards with numbers, or thumbnails of which the told one is shown large first."""
        if self.plan.beside:
            self.deal_cards()
        else:
            self.deal_thumbnails()

    def deal_cards(self) -> None:
        plan = self.plan
        w, b = self.names[1], self.names[2]
        filters = [filter for filter in plan.filters if filter is not None]
        self.cards: dict[int, Card] = {}
        for number, filter in enumerate(filters):
            self.cards[filter] = self.card(filter, 2.34 + 2.72 * number)
        order = sorted(filters, key=lambda filter: filter != self.told.channel)
        for filter in order:
            self.play(FadeIn(self.cards[filter].everything, shift=0.2 * UP), run_time=0.5)
        lines = [f"`{w}[k, c, f]`: tap `k`, channel `c`, filter `f`"]
        if plan.biased:
            lines.append(f"`{b}[f]`: one bias for each filter")
        self.notes = self.note(*lines)
        bottom = min(card.frame.get_bottom()[1] for card in self.cards.values())
        for number, words in enumerate(self.notes):
            words.sit(1.1, bottom - 0.5 - 0.5 * number, LEFT)
        self.play(LaggedStart(*map(FadeIn, self.notes), lag_ratio=0.5), run_time=0.7)
        self.pause(2.2)

    def card(self, filter: int, x: float) -> Card:
        """A filter's kernel rows at the heights of the channels they belong to."""
        plan = self.plan
        cell = Output(self.told.step, filter)
        pitch = min(plan.columns.pitch, 2.56 / self.layer.kernel_size)
        rows: dict[int, dict[int | None, VMobject]] = {}
        labels, others = {}, []
        for place in range(len(plan.channels)):
            rows[place] = self.kernel_row(cell, place, plan.w_y(place))
            taps = list(rows[place].values())
            for tap, weight in enumerate(taps):
                weight.set_x(x + (tap - (len(taps) - 1) / 2) * pitch)
            labels[place] = self.kernel_label(cell, place).sit(x, plan.w_y(place) + 0.32)
            if place == 0:
                head = [self.number(tap or 0, 0, 26, THEME.muted) for tap in rows[place]]
                for number, weight in zip(head, taps, strict=True):
                    number.move_to([weight.get_x(), plan.w_y(0) + 0.72, 0])
                name = self.math("k", 28, THEME.muted).move_to([taps[0].get_x() - 0.3, head[0].get_y(), 0])
                others += [*head, name]
        bottom = plan.w_y(len(plan.channels) - 1) - 0.36
        bias = None
        if plan.biased:
            value = self.script.ledger(cell).bias
            bias = self.cell_of("y", value, role="bias").move_to([taps[-1].get_x(), bottom - 0.2, 0])
            others.append(
                self.code(style.entry(self.names[2], filter), plan.label).sit(
                    bias.get_left()[0] - 0.12, bottom - 0.29, RIGHT
                )
            )
            bottom -= 0.5
        title = self.say(f"filter `{filter}`", 30).sit(x, 3.4)
        frame = RoundedRectangle(
            corner_radius=0.14,
            width=2.66,
            height=3.7 - bottom,
            stroke_color=THEME.muted,
            stroke_width=2,
            fill_opacity=0,
        ).move_to([x, (3.7 + bottom) / 2, 0])
        card = Card(frame, rows, labels, bias, VGroup(title, *others))
        card.homes = {place: {tap: weight.copy() for tap, weight in row.items()} for place, row in rows.items()}
        return card

    def deal_thumbnails(self) -> None:
        plan = self.plan
        self.thumbs: dict[int, Thumb] = {}
        pitch = min(0.78, 6.0 / len(plan.filters))
        self.thumb_dots: list[VMobject] = []
        for number, filter in enumerate(plan.filters):
            y = 3.05 - pitch * number
            if filter is None:
                self.thumb_dots.append(self.math("dots.v", 30, THEME.muted).move_to([5.98, y, 0]))
            else:
                self.thumbs[filter] = self.thumb(filter, 5.98, y)
        large = {place: self.kernel_row(self.told, place, self.large_y(place)) for place in self.own_places(self.told)}
        labels = [self.label_at(self.kernel_label(self.told, place), self.large_y(place)) for place in large]
        first = next(iter(large.values()))
        head = [
            self.number(tap, 0, 24, THEME.muted).move_to([weight.get_x(), self.large_y(-1) - 0.05, 0])
            for tap, weight in first.items()
            if tap is not None
        ]
        name = self.math("k", 26, THEME.muted)
        head.append(name.move_to([plan.columns.left - 0.3, self.large_y(-1) - 0.05, 0]))
        big = VGroup(*(weight for row in large.values() for weight in row.values()))
        w, b = self.names[1], self.names[2]
        lines = [f"`{w}[k, c, f]`: tap `k`, channel `c`, filter `f`; here `f = {self.told.channel}`"]
        if plan.biased:
            lines.append(f"and one bias for each filter, `{b}[f]`")
        notes = self.note(*lines)
        for number, words in enumerate(notes):
            words.sit(plan.columns.left, self.large_y(len(plan.channels)) - 0.25 - 0.5 * number, LEFT)
        rest = VGroup(*labels, *head, *notes)
        self.play(FadeIn(big, shift=0.2 * UP), FadeIn(rest), run_time=1.0)
        self.pause(3.0)
        told = self.thumbs[self.told.channel]
        moves = []
        for place, row in large.items():
            for tap, weight in row.items():
                if tap is not None:
                    moves.append(ReplacementTransform(weight, told.squares[place, tap]))
                else:
                    moves.append(FadeOut(weight))
        loose = [square for key, square in told.squares.items() if key[1] not in large.get(key[0], {})]
        self.play(FadeOut(rest), *moves, *map(FadeIn, [*loose, told.label, *told.extra]), run_time=1.2)
        others = [thumb.everything for filter, thumb in self.thumbs.items() if filter != self.told.channel]
        self.play(
            LaggedStart(*map(FadeIn, [*others, *self.thumb_dots]), lag_ratio=0.15), FadeIn(told.frame), run_time=1.2
        ) if others else self.play(FadeIn(told.frame), run_time=0.4)
        self.remove(*told.squares.values())
        self.add(told.everything)
        count = self.script.story.output_shape[1]
        self.caption(
            f"{count} filters, each with its own kernel rows" if count > 1 else "The only filter of this layer"
        )
        self.pause(1.0)

    def large_y(self, place: int) -> float:
        """Where the kernel rows of the told filter are shown large, once."""
        return self.plan.x_y(self.plan.rows - 1) - 1.35 - 0.42 * place

    def thumb(self, filter: int, x: float, y: float) -> Thumb:
        """A small picture of a filter: a square for each tap of each channel, full colour for its largest weight."""
        plan = self.plan
        cell = Output(self.told.step, filter)
        side = min(0.078, 0.62 / min(self.layer.kernel_size, MOST_TAPS), 0.36 / len(plan.channels))
        taps = [tap for tap in elide(self.layer.kernel_size, MOST_TAPS) if tap is not None]
        weights = {
            (place, row.term.weight[0]): row.weight
            for place, channel in self.own_places(cell).items()
            for row in self.partial(cell, channel).rows
            if row.term.weight[0] in taps
        }
        most = max((abs(weight) for weight in weights.values()), default=Fraction(0)) or Fraction(1)
        squares = {}
        for (place, tap), weight in weights.items():
            share = 0.15 + 0.85 * float(abs(weight) / most)
            colour = style.mix(self.hue(self.own_places(cell)[place]), THEME.ground, share)
            square = Square(side, fill_color=colour, fill_opacity=1, stroke_width=0)
            across = taps.index(tap) - (len(taps) - 1) / 2
            down = (len(plan.channels) - 1) / 2 - place
            squares[place, tap] = square.move_to([x + across * side, y + down * side, 0])
        frame = RoundedRectangle(
            corner_radius=0.04, width=len(taps) * side + 0.1, height=len(plan.channels) * side + 0.1,
            stroke_color=THEME.active, stroke_width=3, fill_opacity=0,
        ).move_to([x, y, 0])  # fmt: skip
        label = self.math(f"f = {filter}", 20, THEME.muted)
        label.move_to([x, y - frame.height / 2 - 0.05 - label.height / 2, 0])
        return Thumb(squares, frame, label, [])

    # one output

    def tell_place(self, frame: Frame) -> None:
        """The kernel rows come under the window; every place that will be filled gets its outline."""
        plan, cell = self.plan, self.told
        if self.notes:
            self.play(*map(FadeOut, self.notes), run_time=0.3)
        if plan.beside:
            self.play(*(self.card_shade(filter, PALE) for filter in self.cards if filter != cell.channel), run_time=0.3)
            self.bring_kernel_rows(cell, 1.0)
        self.strip = self.strip_at(cell.step)
        lit = self.rule_at(cell.step)
        arrivals = [FadeIn(self.strip), *lit]
        if plan.beside:
            self.windows = {place: self.window_of(cell, place) for place in self.own_places(cell)}
            arrivals += [FadeIn(window) for window in self.windows.values()]
            self.small_formula = self.formula()
            left = self.gutter + plan.width / 2 + 0.1
            self.small_formula.scale(min(1.0, (SAFE_X - 0.05 - left) / self.small_formula.width))
            bottom = min(card.frame.get_bottom()[1] for card in self.cards.values())
            self.small_formula.move_to(
                [left + self.small_formula.width / 2, (bottom + self.y_of(self.y_filters[0])) / 2 + 0.1, 0]
            )
            arrivals.append(FadeIn(self.small_formula))
        self.play(*arrivals, FadeIn(VGroup(*self.make_empties(cell.channel))), run_time=0.7)
        self.pause(0.3)

    def bring_kernel_rows(self, cell: Output, seconds: float) -> None:
        """The kernel rows of a card move under the input rows they belong to; outlines stay behind."""
        card = self.cards[cell.channel]
        moves = []
        for place, row in card.rows.items():
            target = self.kernel_row(cell, place, self.plan.w_y(place))
            left = [
                self.outline(
                    weight.get_x(), weight.get_y(), self.plan.channels[place], self.hue(self.plan.channels[place])
                )
                for weight in row.values()
            ]
            card.traces += left
            self.add(*left)
            self.kernels[place] = row
            moves += [weight.animate.move_to(target[tap]) for tap, weight in row.items()]
            label = card.labels[place]
            self.kernel_labels[place] = label
            moves.append(label.animate.move_to(self.label_at(label.copy(), self.plan.w_y(place))))
        self.bring_to_front(*(weight for row in card.rows.values() for weight in row.values()))
        self.play(*moves, run_time=seconds)

    def window_of(self, cell: Output, place: int, strong: bool = False) -> VMobject:
        """The frame around a channel's samples and the kernel row under them."""
        channel = self.own_places(cell)[place]
        frame = self.window_frame(cell, channel, (self.plan.x_y(place), self.plan.w_y(place)))
        return frame if strong else frame.set_stroke(THEME.muted, 2.5)

    def strip_at(self, step: int) -> VMobject:
        """A pale strip through all rows at one step, behind everything."""
        top, bottom = 3.62, self.plan.y_y(len(self.y_filters) - 1) - self.plan.height / 2 - 0.04
        strip = Rectangle(
            width=self.plan.columns.pitch + 0.02,
            height=top - bottom,
            fill_color=THEME.active,
            fill_opacity=0.07,
            stroke_width=0,
        )
        return strip.move_to([self.plan.columns.x(step), (top + bottom) / 2, 0]).set_z_index(LOWEST)

    @property
    def y_filters(self) -> list[int]:
        """The output rows that have a place under the partial sums."""
        if self.plan.beside:
            return [filter for filter in self.plan.filters if filter is not None]
        return [self.told.channel]

    def y_of(self, filter: int) -> float:
        """The height of a filter's output row under the partial sums."""
        return self.plan.y_y(self.y_filters.index(filter))

    def rule_at(self, step: int | None) -> list[Any]:
        """The ruler with one step lit, or none."""
        return [
            number.animate.set_color(THEME.ink if other == step else THEME.muted)
            for other, number in self.rule.cells.items()
        ]

    def make_empties(self, filter: int) -> list[VMobject]:
        """Labels and outlines of partial sums, bias and outputs."""
        plan, made = self.plan, []
        for place, channel in enumerate(plan.channels):
            y = plan.sum_y(place)
            text = f"Σ channel {channel}" if channel is not None else f"Σ {len(plan.hidden)} more"
            made.append(self.label_at(self.say(text, 30 if plan.beside else 26, self.label_hue(channel)), y))
            for step in plan.outputs:
                self.empties["sum", place, step] = self.outline(plan.columns.x(step), y, channel, self.hue(channel))
            made += self.output_dots(y)
        if plan.biased:
            self.bias_label = self.label_at(self.code(style.entry(self.names[2], filter), plan.label), plan.bias_y)
            made.append(self.bias_label)
        for other in self.y_filters:
            name = self.code(style.entry(self.names[3], ":", other), plan.label)
            made.append(self.label_at(name, self.y_of(other)))
            for step in plan.outputs:
                self.empties["y", other, step] = self.outline(plan.columns.x(step), self.y_of(other), None, THEME.muted)
            made += self.output_dots(self.y_of(other))
        self.frame_of_sums = made
        return made + list(self.empties.values())

    def output_dots(self, y: float) -> list[VMobject]:
        """Dots in every place that stands for outputs left out."""
        columns = self.plan.columns
        steps = range(self.script.story.output_shape[0])
        places = {columns.x(step) for step in steps if step not in columns.steps} & set(columns.gaps)
        return [self.dots(self.plan.digits).move_to([x, y, 0]) for x in sorted(places)]

    def open_channel(self, place: int, seconds: float) -> None:
        """One channel's rows move apart, and its kernel row comes out of the thumbnail."""
        plan, cell = self.plan, self.told
        moves = self.close_moves()
        for other, row in self.x_rows.items():
            moves.append(row.animate.shift((plan.x_y(other, place) - row.cells[plan.columns.steps[0]].get_y()) * UP))
        for number, channel in enumerate(plan.channels):
            if channel is None:
                moves.append(self.band.animate.set_y(plan.x_y(number, place)))
        if plan.unread:
            moves.append(self.unread.animate.set_y(plan.x_y(len(plan.channels), place)))
        if moves:
            self.play(*moves, run_time=0.5 * seconds)
        self.opened = place
        weights = self.kernel_row(cell, place, plan.w_y(place))
        label = self.label_at(self.kernel_label(cell, place), plan.w_y(place))
        squares = self.thumbs[cell.channel].squares
        arrivals = [
            TransformFromCopy(squares[place, tap], weight)
            if tap is not None and (place, tap) in squares
            else FadeIn(weight)
            for tap, weight in weights.items()
        ]
        window = self.window_of(cell, place, strong=True)
        self.play(*arrivals, FadeIn(label), run_time=0.6 * seconds)
        self.play(FadeIn(window), run_time=0.2)
        self.kernels[place], self.kernel_labels[place], self.windows[place] = weights, label, window

    def close_moves(self) -> list[Any]:
        """What leaves when an open channel closes; its partial sum stays."""
        if self.opened is None:
            return []
        place = self.opened
        gone = [*self.kernels.pop(place).values(), self.kernel_labels.pop(place), self.windows.pop(place)]
        if place in self.products:
            gone.append(self.products.pop(place))
        return [FadeOut(VGroup(*gone))]

    def focus(self, place: int | None) -> list[Any]:
        """Make one channel's rows bright and the others pale; all bright when None. Unread samples stay pale."""
        changes = []
        for other, row in self.x_rows.items():
            read = {item.term.source.step for item in self.visible(self.at, self.own_places(self.at)[other])}
            lit = place in (None, other)
            for step, cell in row.cells.items():
                share = (1.0 if step in read else 0.62) if lit else PALE
                changes.append(cell.animate.shade(share))
        for other, weights in self.kernels.items():
            changes += [
                weight.animate.shade(1.0 if place in (None, other) else PALE)
                for weight in weights.values()
                if isinstance(weight, Number)
            ]
        for other, window in self.windows.items():
            changes.append(window.animate.set_stroke(*((THEME.active, 4) if other == place else (THEME.muted, 2.5))))
        return changes

    def place_of(self, channel: int) -> int:
        """The row of a channel in the plan: its own, or the band of those left out."""
        channels = self.plan.channels
        return channels.index(channel) if channel in channels else channels.index(None)

    def tell_products(self, frame: Frame) -> None:
        """Copies of tap and sample leave their cells and make a product."""
        assert frame.channel is not None
        place, cell = self.place_of(frame.channel), self.told
        self.at = cell
        if self.plan.channels[place] is None:
            self.tell_hidden(place)
            return
        first = place == 0
        pace = 1.0 if first else 0.55 if self.plan.beside else 0.4
        if not self.plan.beside:
            self.open_channel(place, 1.6 * pace + 0.4)
        self.play(*self.focus(place), *self.light("product"), run_time=0.4)
        self.multiply(cell, place, 1.5 * pace, 0.7 * pace)
        self.pause(0.4 * pace)

    def tell_hidden(self, place: int) -> None:
        """The channels left out: the same, in one sentence, with a partial sum of their own."""
        moves = self.close_moves()
        for other, row in self.x_rows.items():
            moves.append(
                row.animate.shift((self.plan.x_y(other, place) - row.cells[self.plan.columns.steps[0]].get_y()) * UP)
            )
        moves.append(self.band.animate.set_y(self.plan.x_y(place, place)))
        self.opened = None
        self.play(*moves, run_time=0.6)
        total = self.cell_of("y", self.sum_of(self.told, place), None, "sum").set_z_index(BEHIND)
        total.move_to([self.plan.columns.x(self.told.step), self.plan.x_y(place), 0])
        self.settle(total, self.fall(total, [self.plan.columns.x(self.told.step), self.plan.sum_y(place)]), 1.0)
        self.keep_sum(place, self.told, total)
        self.pause(0.5)

    def multiply(self, cell: Output, place: int, fly: float, make: float) -> None:
        """The factors come out from behind their row, side by side, and become the products."""
        channel, y = self.own_places(cell)[place], self.plan.product_y(place)
        rows = self.visible(cell, channel)
        products = self.product_row(cell, channel, y)
        places = [self.plan.columns.x(row.term.source.step) for row in rows]
        at_taps = [any(abs(number.get_x() - x) < 1e-6 for x in places) for number in products.numbers]
        targets = [term for term, at_tap in zip(products.terms, at_taps, strict=True) if at_tap]
        dots = [term for term, at_tap in zip(products.terms, at_taps, strict=True) if not at_tap]
        self.products[place] = products.group()
        flights, becoming = [], []
        for row, target in zip(rows, targets, strict=True):
            tap, step = row.term.weight[0], row.term.source.step
            weight = self.kernels[place][tap].number.copy().set_color(self.hue(channel)).set_z_index(BEHIND)
            sample = self.x_rows[place][step].number.copy().set_color(THEME.ink).set_z_index(BEHIND)
            factors = self.factors(row, channel, target[-1].get_x(), y)
            if factors is None:
                flights.append(self.emerge(target, self.x_rows[place][step], self.kernels[place][tap]))
                continue
            w, x, brackets = factors
            flights.append(
                AnimationGroup(Transform(weight, w), Transform(sample, x), Succession(FadeIn(brackets, run_time=fly)))
            )
            becoming.append(
                AnimationGroup(
                    FadeOut(VGroup(weight, sample, brackets), run_time=0.4 * make), FadeIn(target, run_time=make)
                )
            )
        self.play(LaggedStart(*flights, lag_ratio=0.45), run_time=fly)
        if becoming:
            self.pause(0.5)
            self.play(*becoming, run_time=make)
        self.play(*map(FadeIn, dots), run_time=0.3)
        self.signed = products
        self.add(*self.products[place])

    def emerge(self, product: VGroup, sample: Number, weight: Number) -> Any:
        """Sample and weight light up, and their product comes out from behind them, its sign with it."""
        behind = product.copy().scale(min(1.0, 0.8 * self.plan.width / product.width))
        behind.move_to(weight).set_z_index(BEHIND)
        lit = (cell.frame.animate(rate_func=there_and_back).set_stroke(THEME.active, 5) for cell in (sample, weight))
        return AnimationGroup(*lit, ReplacementTransform(behind, product))

    def factors(self, row: Product, channel: int, x: float, y: float) -> tuple[VMobject, VMobject, VGroup] | None:
        """Tap and sample side by side, negative ones in brackets; None where they would be too small to read."""
        if not self.plan.beside or self.formats["w"].decimals or self.formats["x"].decimals:
            return None
        parts: list[VMobject] = []
        marks: list[VMobject] = []
        numbers = []
        for value, kind, colour in ((row.weight, "w", self.hue(channel)), (row.sample, "x", THEME.ink)):
            number = self.glyphs(self.written(kind, value), 9.0, colour=colour)
            numbers.append(number)
            if kind == "x":
                marks.append(self.math("dot", self.plan.digits))
                parts.append(marks[-1])
            if value < 0:
                marks += [self.math('"("', self.plan.digits), self.math('")"', self.plan.digits)]
                parts += [marks[-2], number, marks[-1]]
            else:
                parts.append(number)
        line = (
            VGroup(*parts)
            .arrange(RIGHT, buff=0.05)
            .scale(min(1.0, (self.plan.columns.pitch - 0.1) / VGroup(*parts).width))
        )
        line.move_to([x, y, 0])
        if line.height < 0.16:
            return None
        return numbers[0], numbers[1], VGroup(*marks)

    def tell_partial(self, frame: Frame) -> None:
        """A frame around the products becomes their sum, and the sum goes down to its row."""
        assert frame.channel is not None
        place, cell = self.place_of(frame.channel), self.told
        pace = 1.0 if place == 0 else 0.5
        if self.small_formula is not None:
            self.play(*self.light("k"), run_time=0.2)
        total = self.add_products(cell, place, pace)
        self.pause(0.5 * pace)
        x = self.plan.columns.x(cell.step)
        moving = total.copy()
        self.settle(
            moving, self.fall(moving, [total.get_x(), self.plan.sum_y(place)], [x, self.plan.sum_y(place)]), 1.1 * pace
        )
        self.keep_sum(place, cell, moving)
        self.pause(0.3 * pace)

    def add_products(self, cell: Output, place: int, pace: float) -> Number:
        """Write ``= total`` after the products; a frame around them becomes the cell of the total."""
        channel, signed = self.own_places(cell)[place], self.signed
        total = self.cell_of("y", self.partial(cell, channel).total, channel, "sum")
        equals = self.math("=" if signed.relation == "=" else "approx", self.plan.digits)
        pitch, left, right = self.plan.columns.pitch, signed.left, signed.right
        limit = 0.9 if self.plan.beside else 5.4
        if right + 0.35 + pitch <= limit:
            equals.move_to([right + 0.27, signed.y, 0])
            total.move_to([right + 0.5 + pitch / 2, signed.y, 0])
        else:
            equals.move_to([left - 0.27, signed.y, 0])
            total.move_to([left - 0.5 - pitch / 2, signed.y, 0])
        around = self.around(signed, channel)
        self.play(FadeIn(around), FadeIn(equals), run_time=0.4 * pace)
        self.become_sum(around, total, 0.9 * pace)
        self.products[place].add(equals, total)
        return total

    def become_sum(self, around: VMobject, total: Number, seconds: float) -> None:
        """A frame around addends becomes the cell of their sum; the number is there when the cell is."""
        number = total.number
        total.remove(number)
        self.play(Transform(around, VGroup(total.box, total.frame)[1]), run_time=0.6 * seconds)
        self.remove(around)
        self.add(total)
        total.add(number)
        self.play(FadeIn(number), run_time=0.4 * seconds)

    def fall(self, mobject: VMobject, *points: Sequence[float]) -> Any:
        """A flight along corners, which may pass behind rows."""
        corners = [mobject.get_center(), *(np.array([x, y, 0.0]) for x, y in points)]
        path = VMobject().set_points_as_corners(
            [c for c, d in zip(corners, [None, *corners], strict=False) if d is None or not np.allclose(c, d)]
        )
        return MoveAlongPath(mobject, path, rate_func=smooth)

    def settle(self, mobject: VMobject, flight: Any, seconds: float) -> None:
        """Fly and come to the front on arrival."""
        self.add(mobject)
        self.play(flight, run_time=seconds)
        mobject.set_z_index(0)

    def keep_sum(self, place: int, cell: Output, number: Number) -> None:
        """Remember a partial sum that has arrived."""
        self.sums[place][cell.step] = number
        empty = self.empties.pop(("sum", place, cell.step), None)
        if empty is not None:
            self.remove(empty)

    # the sum over the channels

    def tell_sum(self, frame: Frame) -> None:
        """Partial sums and bias are copied into a written sum."""
        if not self.plan.beside and self.opened is not None:
            self.close_channels()
        self.play(*self.focus(None), *self.light("c", "b"), run_time=0.4)
        if self.plan.biased:
            self.bring_bias(self.told, 0.8)
        self.write_line(self.told, 0.9)
        self.pause(0.6)

    def close_channels(self) -> None:
        """All input rows stand together again."""
        moves = self.close_moves()
        for other, row in self.x_rows.items():
            moves.append(row.animate.shift((self.plan.x_y(other) - row.cells[self.plan.columns.steps[0]].get_y()) * UP))
        self.opened = None
        self.play(*moves, run_time=0.6)

    @property
    def gutter(self) -> float:
        """Between the columns and what stands beside them: the way of a bias from its card to its row."""
        return self.plan.columns.right + 0.17

    def bring_bias(self, cell: Output, seconds: float) -> None:
        """The filter's bias comes to the column of the step."""
        target = [self.plan.columns.x(cell.step), self.plan.bias_y, 0]
        if self.plan.beside:
            bias: Any = self.cards[cell.channel].bias
            bias = bias.copy()
            flight = self.fall(bias, (self.gutter, bias.get_y()), (self.gutter, self.plan.bias_y), target[:2])
            self.settle(bias, flight, seconds)
        else:
            bias = self.cell_of("y", self.script.ledger(cell).bias, role="bias").move_to(target)
            self.play(TransformFromCopy(self.thumbs[cell.channel].frame, bias), run_time=seconds)
        self.biases[cell.step] = bias

    def addends(self, cell: Output) -> list[tuple[Number, Fraction, int | None, str]]:
        """What a column adds up: its partial sums, then the bias."""
        column: list[tuple[Number, Fraction, int | None, str]] = [
            (self.sums[place][cell.step], self.sum_of(cell, place), channel, "sum")
            for place, channel in enumerate(self.plan.channels)
        ]
        bias = self.script.ledger(cell).bias
        if bias is not None:
            column.append((self.biases[cell.step], bias, None, "bias"))
        return column

    def write_line(self, cell: Output, pace: float) -> None:
        """The written sum of one output: copies of the column, their minus signs turned into operators, = the total."""
        plan, ledger = self.plan, self.script.ledger(cell)
        x, y = plan.sum_line()
        size = plan.digits
        flights, signs, freed, members = [], [], [], VGroup()
        if not plan.beside:
            name = self.label_at(self.code(style.entry(self.names[3], *cell), plan.label), y)
            members.add(name, self.math("=", size).move_to([x + 0.1, y, 0]))
            signs += list(members)
            x += 0.35
        if ledger.activation != "linear":
            name = self.math('"max"(0,', size)
            members.add(name.move_to([x + name.width / 2, y, 0]))
            signs.append(name)
            x += name.width + 0.12
        width = 0.9 * plan.width
        for number, (origin, value, channel, role) in enumerate(self.addends(cell)):
            minus = number > 0 and self.written("y", value).startswith(style.MINUS)
            if number:
                sign = self.math("-" if minus else "+", size).move_to([x + 0.21, y, 0])
                members.add(sign)
                if not minus:
                    signs.append(sign)
                x += 0.42
            tile = self.cell_of("y", abs(value) if number else value, channel, role, width=width)
            tile.move_to([x + width / 2, y, 0])
            x += width
            copy = origin.copy()
            if minus:
                freed.append((copy, sign))
            flights.append(Succession(copy.animate.move_to(tile), run_time=1.0))
            members.add(tile)
            tile.origin = copy
        if ledger.activation != "linear":
            close = self.math('")"', size)
            members.add(close.move_to([x + 0.1, y, 0]))
            signs.append(close)
            x += 0.15
        tiles = [member for member in members if isinstance(member, Number)]
        equals = self.math("=" if self.relation(cell) == "=" else "approx", size).move_to([x + 0.22, y, 0])
        result = self.cell_of("y", ledger.output, role="output").move_to([x + 0.45 + plan.width / 2, y, 0])
        self.play(LaggedStart(*flights, lag_ratio=0.35), run_time=1.5 * pace)
        self.remove(*(tile.origin for tile in tiles))
        self.add(*tiles)
        # A minus steps out of its cell and is the operator from then on: it is there the whole time.
        stepping = [TransformFromCopy(VGroup(copy.number[0]), sign) for copy, sign in freed]
        self.play(*stepping, *map(FadeIn, signs), FadeIn(equals), run_time=0.4 * pace)
        left = tiles[0].get_left()[0]
        around = RoundedRectangle(
            corner_radius=0.08,
            width=x - left + 0.12,
            height=plan.height + 0.14,
            stroke_color=THEME.active,
            stroke_width=3,
            fill_opacity=0,
        ).move_to([(left + x) / 2, y, 0])
        self.play(FadeIn(around), run_time=0.25 * pace)
        self.become_sum(around, result, 0.9 * pace)
        members.add(equals)
        self.line, self.line_result = members, result

    def relation(self, cell: Output) -> str:
        """Whether the column as it is written adds up to the total as it is written."""
        ledger = self.script.ledger(cell)
        return self.formats["y"].relation([value for _, value, _, _ in self.addends(cell)], ledger.total)

    def tell_write(self, frame: Frame) -> None:
        """The total goes to its place in the output row."""
        self.land(self.told, 1.0)
        self.pause(1.2)
        gone = [*self.products.values(), self.line]
        self.products = {}
        self.play(FadeOut(VGroup(*gone)), *self.light(), run_time=0.4)
        self.line = None

    def land(self, cell: Output, seconds: float) -> None:
        """A copy of the result of the written sum goes to its output cell: along the output's own row, over no other.

        A single row has its written sum below it; the copy goes up first, past that line and not over it.
        """
        assert self.line_result is not None
        assert self.line is not None
        result, y = self.line_result, self.y_of(cell.channel)
        x = self.plan.columns.x(cell.step)
        lane = y if self.plan.beside else self.plan.sum_line()[1] + 0.31
        moving = result.copy()
        self.settle(moving, self.fall(moving, [result.get_x(), lane], [x, lane], [x, y]), seconds)
        self.line.add(result)
        self.keep_output(cell, moving)

    def keep_output(self, cell: Output, number: Number) -> None:
        """Remember an output that has arrived."""
        self.outputs[cell] = number
        empty = self.empties.pop(("y", cell.channel, cell.step), None)
        if empty is not None:
            self.remove(empty)

    # the other steps

    def tell_slide(self, frame: Frame) -> None:
        """The window moves; every channel adds to its row of partial sums."""
        assert frame.cell is not None
        order = [step for step in self.plan.outputs if step != self.told.step]
        number = order.index(frame.cell.step)
        if self.plan.beside:
            self.slide_open(frame.cell, number == 0, (0.8, 0.6, 0.5)[min(number, 2)])
        else:
            self.slide_closed(frame.cell, (1.6, 1.0, 0.5, 0.35)[min(number, 3)])

    def slide_open(self, cell: Output, in_full: bool, pace: float) -> None:
        self.at = cell
        moves: list[Any] = [*self.rule_at(cell.step), self.strip.animate.set_x(self.plan.columns.x(cell.step))]
        for place, row in self.kernels.items():
            target = self.kernel_row(cell, place, self.plan.w_y(place))
            moves += [weight.animate.move_to(target[tap]) for tap, weight in row.items()]
            moves.append(Transform(self.windows[place], self.window_of(cell, place)))
        if any(abs(weight.get_x() - target[tap].get_x()) > 1e-6 for tap, weight in row.items()):
            self.play(*moves, run_time=0.8 * pace)
        self.play(*self.focus(None), run_time=0.25 * pace)
        lines, appear = {}, []
        for place, channel in self.own_places(cell).items():
            lines[place] = self.product_row(cell, channel, self.plan.product_y(place))
            for product, target in zip(self.visible(cell, channel), lines[place].terms, strict=True):
                weight = self.kernels[place][product.term.weight[0]]
                appear.append(self.emerge(target, self.x_rows[place][product.term.source.step], weight))
        self.play(*appear, run_time=pace)
        self.pause(0.2 * pace)
        if in_full:
            totals = {}
            for place, line in lines.items():
                self.signed = line
                self.products[place] = line.group()
                totals[place] = self.add_products(cell, place, 0.5)
            self.pause(1.0)
            rest = [part for place in lines for part in self.products.pop(place) if part is not totals[place]]
            self.play(FadeOut(VGroup(*rest)), run_time=0.25)
        else:
            totals = self.close_up(cell, lines, 0.6 * pace)
        self.drop_sums(cell, totals, 1.2 if in_full else 0.8 * pace)

    def close_up(self, cell: Output, lines: dict[int, Products], seconds: float) -> dict[int, Number]:
        """A frame around the products of each channel becomes the cell of their sum."""
        totals, frames, becoming = {}, [], []
        for place, line in lines.items():
            channel = self.own_places(cell)[place]
            totals[place] = self.cell_of("y", self.partial(cell, channel).total, channel, "sum")
            totals[place].move_to([self.plan.columns.x(cell.step), line.y, 0])
            frames.append(self.around(line, channel))
            becoming += [FadeOut(line.group()), Transform(frames[-1], totals[place].frame.copy())]
        self.play(*map(FadeIn, frames), run_time=0.4 * seconds)
        self.play(*becoming, run_time=0.6 * seconds)
        self.remove(*frames)
        return totals

    def drop_sums(self, cell: Output, totals: dict[int, Number], seconds: float) -> None:
        """The partial sums go down to their rows, before the rows they pass."""
        x, flights = self.plan.columns.x(cell.step), []
        for place, total in totals.items():
            self.remove(total)
            self.add(total)
            flights.append(self.fall(total, [x, total.get_y()], [x, self.plan.sum_y(place)]))
        self.play(*flights, run_time=seconds)
        for place, total in totals.items():
            self.keep_sum(place, cell, total)

    def around(self, line: Products, channel: int | None) -> VMobject:
        """A frame around a line of products, in the channel's colour."""
        frame = RoundedRectangle(
            corner_radius=self.corner(channel),
            width=line.right - line.left + 0.2,
            height=self.plan.height,
            stroke_color=self.hue(channel),
            stroke_width=3,
            fill_opacity=0,
        )
        return frame.move_to([(line.left + line.right) / 2, line.y, 0])

    def slide_closed(self, cell: Output, seconds: float) -> None:
        """All windows move one place on; each drops its partial sum, lowest row first."""
        self.at = cell
        plan = self.plan
        new = {
            place: self.window_frame(cell, channel, [plan.x_y(place)]).set_stroke(width=3)
            for place, channel in self.own_places(cell).items()
        }
        moves: list[Any] = [
            *self.rule_at(cell.step),
            self.strip.animate.set_x(plan.columns.x(cell.step)),
            *self.focus(None),
        ]
        if self.windows:
            moves += [Transform(self.windows[place], frame) for place, frame in new.items()]
        else:
            self.windows = new
            moves += [FadeIn(frame) for frame in new.values()]
        self.play(*moves, run_time=0.45 * seconds)
        falling = []
        for place, channel in reversed(list(enumerate(plan.channels))):
            total = self.cell_of("y", self.sum_of(cell, place), channel, "sum").set_z_index(BEHIND)
            total.move_to([plan.columns.x(cell.step), plan.x_y(place), 0])
            self.add(total)
            falling.append(self.fall(total, [plan.columns.x(cell.step), plan.sum_y(place)]))
            self.keep_sum(place, cell, total)
        self.play(LaggedStart(*falling, lag_ratio=0.25), run_time=0.8 * seconds)
        for place in self.sums:
            self.sums[place][cell.step].set_z_index(0)

    def tell_fit(self, frame: Frame) -> None:
        """The window is at its last place: the places are counted on the ruler."""
        lit = [self.rule[step] for step in self.plan.outputs if step in self.rule.cells]
        self.play(
            LaggedStart(*(number.animate.set_color(THEME.ink).scale(1.25) for number in lit), lag_ratio=0.3),
            run_time=1.0,
        )
        self.pause(1.4)
        self.play(*(number.animate.scale(1 / 1.25) for number in lit), run_time=0.3)

    # columns

    def tell_column(self, frame: Frame) -> None:
        """One column of partial sums and bias becomes one output; after the last one the page of all filters opens."""
        assert frame.cell is not None
        self.add_column(frame.cell)
        if not self.plan.beside and frame.cell.step == self.plan.outputs[-1] and len(self.plan.filters) > 1:
            self.turn_to_list()

    def rest_windows(self) -> list[Any]:
        """Windows leave, and what they read goes pale: now the partial sums are at work."""
        cells = [cell for row in self.x_rows.values() for cell in row.cells.values()]
        cells += [weight for row in self.kernels.values() for weight in row.values() if isinstance(weight, Number)]
        moves = [cell.animate.shade(PALE) for cell in cells]
        moves += map(FadeOut, self.windows.values())
        self.windows = {}
        return moves

    def add_column(self, cell: Output) -> None:
        plan = self.plan
        first = cell.step == plan.outputs[0]
        if first:
            self.play(*self.rest_windows(), run_time=0.4)
        if first and plan.biased:
            self.fan_bias(cell)
        x = plan.columns.x(cell.step)
        bottom = plan.bias_y if plan.biased else plan.sum_y(len(plan.channels) - 1)
        around = RoundedRectangle(
            corner_radius=0.06, width=plan.width + 0.12, height=plan.sum_y(0) - bottom + plan.height + 0.12,
            stroke_color=THEME.active, stroke_width=4, fill_opacity=0,
        ).move_to([x, (plan.sum_y(0) + bottom) / 2, 0])  # fmt: skip
        moves: list[Any] = [*self.rule_at(cell.step), self.strip.animate.set_x(x)]
        told = cell.channel == self.told.channel
        waiting = [step for step in plan.outputs if told and step != self.told.step]
        number = waiting.index(cell.step) if cell.step in waiting else 1
        slow = (0.8, 0.6, 0.45, 0.3)[min(number, 3)]
        if self.column is None:
            self.column = around
            self.play(*moves, FadeIn(around), run_time=0.5)
        else:
            self.play(*moves, self.column.animate.move_to(around), run_time=0.45 * slow)
        if cell in self.outputs:
            self.pause(0.6 * slow)
            return
        if told and number == 0:
            self.write_line(cell, 0.7)
            self.pause(0.5)
            self.land(cell, 0.7)
            self.pause(0.3)
            assert self.line is not None
            self.play(FadeOut(self.line), run_time=0.3)
            self.line = None
            return
        result = self.cell_of("y", self.script.ledger(cell).output, role="output").set_z_index(BEHIND)
        result.move_to([x, bottom, 0])
        self.settle(result, self.fall(result, [x, self.y_of(cell.channel)]), 0.8 * slow)
        self.keep_output(cell, result)

    def fan_bias(self, cell: Output) -> None:
        """The same bias stands under every column."""
        if not self.biases:
            self.bring_bias(cell, 0.6)
        origin = next(iter(self.biases.values()))
        moves = []
        for step in self.plan.outputs:
            if step not in self.biases:
                self.biases[step] = origin.copy()
                moves.append(self.biases[step].animate.set_x(self.plan.columns.x(step)))
        if moves:
            self.play(*moves, run_time=0.5)

    # the other filters

    def tell_row(self, frame: Frame) -> None:
        """Another filter: the same input, its own kernel rows and bias, its own output row."""
        assert frame.cell is not None
        if self.plan.beside:
            self.row_open(frame.cell.channel)
        else:
            self.row_listed(frame.cell.channel)

    def clear_sums(self) -> list[VMobject]:
        """Everything between input and output rows, to be taken away."""
        gone: list[VMobject] = [number for row in self.sums.values() for number in row.values()]
        gone += self.biases.values()
        if self.column is not None:
            gone.append(self.column)
        self.column = None
        self.sums = {place: {} for place in self.sums}
        self.biases = {}
        return gone

    def row_open(self, filter: int) -> None:
        plan, old = self.plan, self.at.channel
        gone = self.clear_sums()
        restored = []
        for place in range(len(plan.channels)):
            for step in plan.outputs:
                key = ("sum", place, step)
                self.empties[key] = self.outline(
                    plan.columns.x(step), plan.sum_y(place), plan.channels[place], self.hue(plan.channels[place])
                )
                restored.append(self.empties[key])
        card = self.cards[old]
        home = [
            weight.animate.become(card.homes[place][tap])
            for place, row in card.rows.items()
            for tap, weight in row.items()
        ]
        home += [label.animate.sit(card.frame.get_x(), plan.w_y(place) + 0.32) for place, label in card.labels.items()]
        pale = [number.animate.shade(0.6) for at, number in self.outputs.items() if at.channel == old]
        self.play(FadeOut(VGroup(*gone)), *home, *pale, run_time=0.7)
        self.remove(*card.traces)
        card.traces = []
        name = (
            self.label_at(self.code(style.entry(self.names[2], filter), plan.label), plan.bias_y)
            if plan.biased
            else None
        )
        self.at = cell = Output(plan.outputs[0], filter)
        self.play(
            self.card_shade(filter, 1.0),
            self.card_shade(old, PALE),
            *self.rule_at(cell.step),
            self.strip.animate.set_x(plan.columns.x(cell.step)),
            *map(FadeIn, restored),
            run_time=0.4,
        )
        if name is not None:
            self.remove(self.bias_label)
            self.bias_label = name
            self.add(name)
        self.bring_kernel_rows(cell, 0.9)
        self.windows = {place: self.window_of(cell, place) for place in self.own_places(cell)}
        self.play(*map(FadeIn, self.windows.values()), run_time=0.3)
        for number, step in enumerate(plan.outputs):
            self.slide_open(Output(step, filter), False, (0.85, 0.5, 0.4)[min(number, 2)])
        for step in plan.outputs:
            self.add_column(Output(step, filter))
        leaving = [FadeOut(self.column), FadeOut(self.strip), *self.rule_at(None)]
        self.play(*(number.animate.shade(1.0) for number in self.outputs.values()), *leaving, run_time=0.4)
        self.column = None
        count = len(self.y_filters)
        self.caption(f"{count} filters, {count} output channels")
        self.pause(1.2)

    def card_shade(self, filter: int, share: float) -> Any:
        """A card and everything on it, bright or pale."""
        card = self.cards[filter]
        numbers = [weight for row in card.rows.values() for weight in row.values() if isinstance(weight, Number)]
        numbers += [card.bias] if card.bias is not None else []
        words = [*card.labels.values()]
        labels = [
            w.animate.set_color(style.mix(self.label_hue(c), THEME.ground, max(share, 0.62)))
            for w, c in zip(words, self.plan.channels, strict=True)
        ]
        rest = card.rest.animate.set_color(THEME.ink if share == 1 else THEME.muted)
        return AnimationGroup(*(number.animate.shade(share) for number in numbers), *labels, rest)

    def row_listed(self, filter: int) -> None:
        """On the page of all filters, one more output row beside the filter that makes it."""
        y = self.listed[filter]
        cells = {
            step: self.cell_of("y", self.script.ledger(Output(step, filter)).output, role="output")
            for step in self.plan.outputs
        }
        Row(cells, self.plan.columns, y)
        label = self.label_at(self.code(style.entry(self.names[3], ":", filter), self.plan.label), y)
        thumb = self.thumbs[filter]
        others = [other for other in self.plan.filters if other not in (None, self.told.channel)]
        first = filter == others[0]
        self.play(FadeIn(thumb.frame), FadeIn(label), run_time=0.3 if first else 0.15)
        for step, cell in cells.items():
            self.outputs[Output(step, filter)] = cell
        self.play(
            LaggedStart(*(FadeIn(cell, shift=0.15 * DOWN) for cell in cells.values()), lag_ratio=0.4),
            *map(FadeIn, self.output_dots(y)),
            run_time=1.4 if first else 0.7,
        )
        self.play(FadeOut(thumb.frame), run_time=0.15)
        if filter == others[-1]:
            count = self.script.story.output_shape[1]
            self.caption(f"{count} filters, {count} output channels")
            self.pause(2.0)

    def turn_to_list(self) -> None:
        """The partial sums leave; every filter moves beside the place of its output row."""
        plan = self.plan
        self.listed = {filter: plan.page_y(place) for place, filter in enumerate(plan.filters) if filter is not None}
        told = self.told.channel
        gone = [*self.clear_sums(), *self.empties.values(), *self.frame_of_sums]
        if self.strip is not None:
            gone.append(self.strip)
        self.strip = None
        self.empties = {}
        own = VGroup(*(number for cell, number in self.outputs.items() if cell.channel == told))
        label = self.label_at(self.code(style.entry(self.names[3], ":", told), plan.label), self.listed[told])
        self.play(
            FadeOut(VGroup(*gone, self.thumbs[told].frame)),
            *(cell.animate.shade(1) for row in self.x_rows.values() for cell in row.cells.values()),
            *self.rule_at(None),
            run_time=0.5,
        )
        moves = [own.animate.set_y(self.listed[told]), *map(FadeIn, [label, *self.output_dots(self.listed[told])])]
        scale = min(1.0, 0.4 / self.thumbs[told].frame.height)
        for shown, thumb in self.thumbs.items():
            body = VGroup(*thumb.squares.values())
            moves.append(body.animate.scale(scale).move_to([5.85, self.listed[shown], 0]))
            moves.append(FadeOut(thumb.label))
            thumb.frame.scale(scale).move_to([5.85, self.listed[shown], 0])
        for place, filter in enumerate(plan.filters):
            if filter is None:
                before, after = plan.filters[place - 1], plan.filters[place + 1]
                hidden = [f for f in range(self.script.story.output_shape[1]) if before < f < after]  # type: ignore[operator]
                band = self.wide_band(f"{len(hidden)} more filters, {hidden[0]} to {hidden[-1]}", plan.page_y(place))
                moves += [FadeIn(band), *map(FadeOut, self.thumb_dots)]
        self.play(*moves, run_time=1.0)

    # the formula

    def tell_formula(self, frame: Frame) -> None:
        """One filter, one output: the sum over taps in each channel, and their sum over the channels, in numbers."""
        cell = self.told
        everything = [m for m in self.mobjects if m not in (self._caption, self.small_formula, self.power_note)]
        y_cell = self.outputs[cell].copy()
        self.add(y_cell)
        self.play(*(FadeOut(m) for m in everything), run_time=0.7)
        lines, total = self.worked_lines(cell)
        formula, lit, note = self.general_formula()
        last, result = total
        name, rest = VGroup(*last[:1]), VGroup(*last[1:])
        self.play(*self.raise_formula(formula), ReplacementTransform(y_cell, result), FadeIn(name), run_time=0.9)
        for line in lines:
            self.play(FadeIn(line, shift=0.1 * DOWN), run_time=0.5)
        self.play(FadeIn(rest), run_time=0.5)
        rows = lines[: len(lines) - self.plan.biased]
        right = max(line.get_right()[0] for line in rows) + 0.15
        top, bottom = rows[0].get_top()[1], rows[-1].get_bottom()[1]
        brace = BraceBetweenPoints([right, bottom, 0], [right, top, 0], direction=RIGHT, color=THEME.lit)
        sign = self.math("sum_c", 40, THEME.lit).next_to(brace, RIGHT, buff=0.15)
        self.play(FadeIn(brace), FadeIn(sign), run_time=0.7)
        self.play(TransformFromCopy(sign, formula.select("c")), FadeIn(lit), FadeIn(note), run_time=1.0)
        self.pause(1.2)

    def raise_formula(self, formula: VMobject) -> list[Any]:
        """The formula comes to the head of the page: from the place it stood at, if it was there."""
        if self.small_formula is None:
            return [FadeIn(formula)]
        small, self.small_formula = self.small_formula, None
        return [ReplacementTransform(small, formula)]

    def index_source(self) -> tuple[str, str]:
        """The index of the sample a tap reads: before the sign of the tap, and after it."""
        layer = self.layer
        return style.index_parts(layer.strides, layer.dilation_rate, layer.left_pad(self.script.story.input_shape[0]))

    def subscripted(self, name: str) -> str:
        """An array's name in mathematics: ``w_1``."""
        return f"{name[0]}_{name[1:]}" if name[1:] else name

    def formula(self) -> Any:
        """The layer's formula, with its parts by name: product, k, c, b."""
        x, w, b, y = map(self.subscripted, self.names)
        before, after = self.index_source()
        first_term = self.script.ledger(self.told).partial_sums[0].rows[0].term
        first = first_term.source.channel - first_term.weight[1]
        channel, filter = (
            ("c", "f") if self.layer.groups == 1 else (f"c + {first}" if first else "c", str(self.told.channel))
        )
        inner = "{{ sum_c : c }} med {{ sum_k : k }} med "
        inner += f"{{{{ {w}[k, c, {filter}] dot {x}[{before} + {after}, {channel}] : product }}}}"
        inner += f" med + med {{{{ {b}[{filter}] : b }}}}" if self.plan.biased else ""
        if self.layer.activation != "linear":
            inner = f'"max" \\(0, med {inner} \\)'
        return self.math(f"{y}[t, {filter}] = {inner}", 46)

    def general_formula(self) -> tuple[Any, VMobject, Words]:
        """The layer's formula at the head of a page, its sum over channels lit, and what the lit sum means."""
        formula = self.formula()
        formula.scale(min(1.0, 12.4 / formula.width)).move_to([0, 2.75, 0])
        lit_part = formula.select("c").set_color(THEME.lit)
        lit = RoundedRectangle(
            corner_radius=0.08, width=lit_part.width + 0.16, height=lit_part.height + 0.16, stroke_color=THEME.lit,
            stroke_width=2.5, fill_opacity=0,
        ).move_to(lit_part)  # fmt: skip
        note = self.say("sum over the channels", 30, THEME.lit).sit(lit.get_left()[0], lit.get_bottom()[1] - 0.36, LEFT)
        return formula, lit, note

    def light(self, *parts: str) -> list[Any]:
        """Light parts of the formula that stands beside the rows, and nothing else of it."""
        if self.small_formula is None:
            return []
        names = ("c", "k", "product", *("b" if self.plan.biased else ""))
        return [
            self.small_formula.select(name).animate.set_color(THEME.lit if name in parts else THEME.ink)
            for name in names
        ]

    def worked_lines(self, cell: Output) -> tuple[list[VGroup], tuple[VGroup, Number]]:
        """The told output in numbers: a line for every channel row and the bias, and the line of the total."""
        plan, ledger = self.plan, self.script.ledger(cell)
        x, w, b, y = map(self.subscripted, self.names)
        layer = self.layer
        count = len(plan.channels) + plan.biased + 1
        pitch = min(0.75, 3.6 / count)
        top = 1.1
        lines = []
        for place, channel in enumerate(plan.channels):
            at = top - pitch * place
            value = self.sum_of(cell, place)
            if channel is None:
                head = self.say(f"{len(plan.hidden)} more channels", 30, self.hue(None))
                body, relation = VGroup(), "="
            else:
                rows = self.partial(cell, channel).rows
                first = rows[0].term
                index = f"{first.source.step} + " if first.source.step else ""
                tap = style.index_parts(layer.strides, layer.dilation_rate, 0)[1]
                head = self.math(
                    f"inline(sum_k) {w}[k, {first.weight[1]}, {cell.channel}] dot {x}[{index}{tap}, {channel}]",
                    34,
                    self.hue(channel),
                )
                body, relation = (
                    self.worked_products(cell, channel),
                    self.formats["y"].relation([r.product for r in rows], value),
                )
            lines.append(self.worked_line(head, body, relation, self.cell_of("y", value, channel, "sum"), at))
        if ledger.bias is not None:
            at = top - pitch * len(plan.channels)
            head = self.math(f"{b}[{cell.channel}]", 34)
            lines.append(self.worked_line(head, VGroup(), "=", self.cell_of("y", ledger.bias, role="bias"), at))
        at = top - pitch * (count - 1) - 0.15
        head = self.math(f"{y}[{cell.step}, {cell.channel}]", 34)
        values = [self.sum_of(cell, place) for place in range(len(plan.channels))] + (
            [] if ledger.bias is None else [ledger.bias]
        )
        body = self.written_sum(values)
        if ledger.activation != "linear":
            body = VGroup(self.math('"max"(0,', 34), *body, self.math('")"', 34)).arrange(RIGHT, buff=0.12)
        result = self.cell_of("y", ledger.output, role="output")
        line = self.worked_line(head, body, self.formats["y"].relation(values, ledger.total), result, at)
        line.remove(result)
        rule = Line(
            [-6.0, at + 0.5 * pitch + 0.08, 0],
            [result.get_right()[0], at + 0.5 * pitch + 0.08, 0],
            stroke_color=THEME.edge,
            stroke_width=2,
        )
        line.add(rule)
        return lines, (line, result)

    def worked_line(self, head: VMobject, body: VGroup, relation: str, total: Number, y: float) -> VGroup:
        """Name = numbers = total, on columns."""
        head.scale(min(1.0, 4.4 / head.width)).move_to([-6.0 + min(head.width, 4.4) / 2, y, 0])
        total.move_to([4.05, y, 0])
        parts = VGroup(head, total)
        size = 34
        if len(body):
            body.scale(min(1.0, 4.0 / body.width)).move_to([-1.0 + min(body.width, 4.0) / 2, y, 0])
            parts.add(self.math("=", size).move_to([-1.3, y, 0]), body)
        parts.add(self.math("=" if relation == "=" else "approx", size).move_to([3.3, y, 0]))
        return parts

    def worked_products(self, cell: Output, channel: int) -> VGroup:
        """The products of a channel, with their factors where these are short."""
        rows = self.partial(cell, channel).rows
        if self.formats["w"].decimals or self.formats["x"].decimals or len(rows) > 3:
            shown = [None if place is None else rows[place].product for place in elide(len(rows), 5)]
            return self.written_sum(shown)
        parts = []
        for number, row in enumerate(rows):
            factors = [
                self.written(kind, value).replace(style.MINUS, "-")
                for kind, value in (("w", row.weight), ("x", row.sample))
            ]
            first, second = (f"({text})" if text.startswith("-") else text for text in factors)
            parts.append(f"{'+' if number else ''} {first} dot {second}")
        return VGroup(self.math(" ".join(parts), 34))

    def written_sum(self, values: Sequence[Fraction | None]) -> VGroup:
        """Numbers in a row, their minus signs as operators; dots where there is none."""
        parts: list[VMobject] = []
        for number, value in enumerate(values):
            text = "" if value is None else self.written("y", value)
            minus = text.startswith(style.MINUS)
            if number:
                parts.append(self.math("-" if minus else "+", 34))
            text = text.removeprefix(style.MINUS) if number else text
            parts.append(self.number(text, size=34) if text else self.dots(34))
        return VGroup(*parts).arrange(RIGHT, buff=0.13)
