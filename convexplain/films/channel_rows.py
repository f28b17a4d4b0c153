"""What the film of channel_summation is made of: its plan of places, its cells, and the groups that move together.

This module knows which part of a layer is shown and where it stands; it moves nothing and knows no number's value. What
is too long is left out by ``elide``.
"""

from __future__ import annotations

from dataclasses import dataclass

from manim import VGroup, VMobject

from convexplain import style
from convexplain.films.stage import THEME, Cell, Columns, Words
from convexplain.layers import Cell as Output
from convexplain.script import Script
from convexplain.story import elide

MOST_STEPS, MOST_CHANNELS, MOST_FILTERS, MOST_TAPS = 16, 4, 8, 8
"""How many places a film gives to steps, channels, filters and the taps of one window."""

PALE = 0.5
"""The share of its colour that a cell keeps when it takes no part."""
LEAST_INK = 0.7
"""The share of their colour that the digits of a pale cell keep, so that they can still be read."""
BEHIND, LOWEST = -1, -2
"""Layers below everything else: what passes behind the rows, and the strip that marks the step."""

DARK_DIGITS = "#0B0D10"


@dataclass(frozen=True)
class Plan:
    """Where everything stands, in manim's units, and what is left out."""

    beside: bool
    """Whether all channels are open at once and the filters stand beside them as cards."""
    channels: tuple[int | None, ...]
    """The channels a filter reads that have a row of their own; ``None`` stands for those left out."""
    hidden: tuple[int, ...]
    unread: int
    """How many channels belong to other groups."""
    filters: tuple[int | None, ...]
    columns: Columns
    outputs: tuple[int, ...]
    """The output steps whose whole window is in view."""
    width: float
    height: float
    digits: float
    """The size of numbers in cells."""
    label: float
    biased: bool

    def x_y(self, place: int, opened: int | None = None) -> float:
        """The height of an input row when channel row ``opened`` has its kernel row and products below it."""
        if self.beside:
            return 2.95 - 1.66 * place
        return 3.0 - 0.42 * place - (0.84 if opened is not None and place > opened else 0.0)

    def w_y(self, place: int) -> float:
        """The height of the kernel row of an open channel."""
        return self.x_y(place) - (0.51 if self.beside else 0.4)

    def product_y(self, place: int) -> float:
        """The height of the products of an open channel."""
        return self.x_y(place) - (1.03 if self.beside else 0.83)

    @property
    def rows(self) -> int:
        """How many rows the input takes, the band of unread channels included."""
        return len(self.channels) + bool(self.unread)

    def sum_y(self, place: int) -> float:
        """The height of a row of partial sums."""
        top = self.x_y(self.rows - 1) - (1.7 if self.beside else 1.5)
        return top - (0.5 if self.beside else 0.4) * place

    @property
    def bias_y(self) -> float:
        """The height of the bias row."""
        return self.sum_y(len(self.channels))

    def y_y(self, place: int = 0) -> float:
        """The height of an output row."""
        above = self.bias_y if self.biased else self.sum_y(len(self.channels) - 1)
        return above - (0.56 if self.beside else 0.48) - 0.5 * place

    def sum_line(self) -> tuple[float, float]:
        """Where the written sum of one output begins, and its height."""
        if self.beside:
            last = self.columns.x(self.outputs[-1]) if self.outputs else self.columns.left
            return last + 0.7 * self.columns.pitch, self.y_y()
        return self.columns.left, self.y_y() - 0.62

    def page_y(self, place: int) -> float:
        """The height of an output row on the page of all filters."""
        return self.x_y(self.rows - 1) - 0.72 - 0.46 * place


def make_plan(script: Script) -> Plan:
    """What is shown of a script's layer, and where."""
    story = script.story
    layer = story.stack.layers[story.level - 1]
    (read, channels), (steps, filters) = story.input_shape, story.output_shape

    def window(step: int) -> list[int]:
        terms = story.stack.terms(story.level, Output(step, story.cell.channel))
        return [term.source.step for term in terms if term.weight[1] == 0]

    own = list(dict.fromkeys(term.source.channel for term in story.stack.terms(story.level, story.cell)))
    shown = tuple(None if place is None else own[place] for place in elide(len(own), MOST_CHANNELS))
    first, last = min(0, *window(0)), max(read - 1, *window(steps - 1))
    told = window(story.cell.step)
    keep = [story.cell.step, *(told[tap] for tap in elide(len(told), MOST_TAPS) if tap is not None)]
    places = elide(last - first + 1, MOST_STEPS, tuple(sorted({step - first for step in keep})))
    seen = tuple(None if place is None else place + first for place in places)
    outputs = tuple(
        step
        for step in seen
        if step is not None and 0 <= step < steps and window(step)[0] in seen and window(step)[-1] in seen
    )
    beside = len(own) <= 2 and filters <= 2 and layer.groups == 1 and len(seen) <= 8 and layer.kernel_size <= 3
    left, room, widest = (-4.45, 5.16, 0.86) if beside else (-4.5, 9.92, 0.72)
    pitch = min(widest, room / len(seen))
    return Plan(
        beside=beside,
        channels=shown,
        hidden=tuple(channel for channel in own if channel not in shown),
        unread=channels - len(own),
        filters=elide(filters, MOST_FILTERS, keep=(story.cell.channel,)),
        columns=Columns(seen, left, pitch),
        outputs=outputs,
        width=pitch - 0.04,
        height=0.46 if beside else 0.37,
        digits=36.0 if beside else 27.0,
        label=26.0 if beside else 24.0,
        biased=layer.use_bias,
    )


class Number(Cell):
    """A cell whose colours can go pale while it stays opaque, so that nothing ever shows through its digits."""

    def __init__(
        self, text: str, glyphs: VMobject | None, fill: str, edge: str, ink: str, size: tuple[float, float],
        stroke: float = 2.0, corner: float = 0.0, dashed: bool = False,
    ) -> None:  # fmt: skip
        self.text = text
        self.colours = (fill, edge, ink)
        super().__init__(glyphs, *size, fill, edge, stroke, corner, dashed)
        if glyphs is not None:
            glyphs.set_color(ink)

    def shade(self, share: float) -> Number:
        """Keep only ``share`` of the colours; 1 is full."""
        fill, edge, ink = self.colours
        plate = style.mix(fill, THEME.ground, share)
        self.box.set_fill(plate)
        self.frame.set_stroke(style.mix(edge, THEME.ground, share))
        if self.number is not None:
            # What is dark on a bright plate would be lost on the pale one.
            ink = "#FFFFFF" if ink == DARK_DIGITS and share < 1 else ink
            self.number.set_color(style.mix(ink, plate, max(share, LEAST_INK)))
        return self


@dataclass
class Card:
    """A filter as a card: its kernel rows by place and tap, their labels, its bias, and the words on it."""

    frame: VMobject
    rows: dict[int, dict[int | None, VMobject]]
    labels: dict[int, Words]
    bias: Number | None
    rest: VGroup

    def __post_init__(self) -> None:
        self.traces: list[VMobject] = []
        self.homes: dict[int, dict[int | None, VMobject]] = {}

    @property
    def everything(self) -> VGroup:
        """All parts, to be dealt at once."""
        weights = [weight for row in self.rows.values() for weight in row.values()]
        return VGroup(
            self.frame, self.rest, *self.labels.values(), *weights, *([] if self.bias is None else [self.bias])
        )


@dataclass
class Thumb:
    """A filter as a small picture: its squares by place and tap."""

    squares: dict[tuple[int, int], VMobject]
    frame: VMobject
    """Shown around the filter that is at work."""
    label: VMobject
    extra: list[VMobject]

    @property
    def everything(self) -> VGroup:
        """Picture and label, without the frame."""
        return VGroup(*self.squares.values(), self.label, *self.extra)


@dataclass
class Products:
    """A signed line of products on its columns."""

    numbers: list[VMobject]
    signs: list[VMobject | None]
    """The operator before each number; None before a first one that is not negative."""
    relation: str
    y: float

    @property
    def terms(self) -> list[VGroup]:
        """Each number with the operator before it: a product is never seen without its sign."""
        return [
            VGroup(number) if sign is None else VGroup(sign, number)
            for sign, number in zip(self.signs, self.numbers, strict=True)
        ]

    @property
    def left(self) -> float:
        """The left edge of the line."""
        return float(min(term.get_left()[0] for term in self.terms))

    @property
    def right(self) -> float:
        """The right edge of the line."""
        return float(max(part.get_right()[0] for part in self.numbers))

    def group(self) -> VGroup:
        """Everything of the line."""
        return VGroup(*(part for term in self.terms for part in term))


def digits_on(fill: str) -> str:
    """Dark or light digits, whichever stands out more on ``fill``."""
    red, green, blue = (int(fill[place : place + 2], 16) / 255 for place in (1, 3, 5))
    return DARK_DIGITS if 0.3 * red + 0.59 * green + 0.11 * blue > 0.42 else "#FFFFFF"
