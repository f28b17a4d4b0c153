"""What all plots share: marks placed in points, and matplotlib painting them.

This module knows matplotlib, type and geometry; it knows no story, no layer and no number's meaning. A picture is a
table of marks by name (``y1[0, 3]``), each an immutable record in points with y running down, so that two states of a
picture can be compared, tested and interpolated before anything is painted. Nothing of pyplot's global state and none
of a user's settings take part.
"""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

import matplotlib
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import FancyArrowPatch, FancyBboxPatch, Rectangle
from matplotlib.textpath import TextToPath

from convexplain import style
from convexplain.story import elide

POINTS_PER_INCH = 72
SMALLEST = 7.0
"""The smallest lettering, in points: what journals ask for."""
LINE = 9.0
"""From line to line of the smallest lettering."""
FAMILIES = {"serif": "STIXGeneral", "mono": "DejaVu Sans Mono", "math": "STIXGeneral"}
"""All come with matplotlib, so that a picture is the same on every machine."""
DIGIT_HEIGHT = {"serif": 0.66, "mono": 0.73, "math": 0.66}
"""Height of a digit over the type size."""

SETTINGS: Any = {
    "svg.hashsalt": "convexplain",
    "svg.fonttype": "path",
    "pdf.fonttype": 42,
    "savefig.bbox": None,
    "savefig.transparent": False,
    "savefig.facecolor": "auto",
    # Hinted letters are wider or narrower than measured, which shows in a line of several pieces.
    "text.hinting": "none",
    "text.antialiased": True,
    "path.sketch": None,
    "path.effects": [],
}
"""What a user's own settings must not change."""


@dataclass(frozen=True)
class Box:
    """A cell's plate. ``x`` and ``y`` are its centre, ``corner`` the radius of round corners, ``angle`` in degrees."""

    x: float
    y: float
    width: float
    height: float
    fill: str
    """"none" for a frame."""
    edge: str
    line: float = 0.8
    dashed: bool = False
    corner: float = 0.0
    angle: float = 0.0
    alpha: float = 1.0
    layer: int = 2
    origin: str | None = None
    """The mark that this one comes from, when it is new in a picture."""


@dataclass(frozen=True)
class Words:
    """A text. ``y`` is its baseline; ``font`` one of serif, mono, math (TeX without dollar signs). Never rotated."""

    x: float
    y: float
    text: str
    size: float
    colour: str
    align: str = "center"
    font: str = "serif"
    alpha: float = 1.0
    layer: int = 4
    origin: str | None = None

    @property
    def width(self) -> float:
        """How wide it is set."""
        return measure(self.text, self.size, self.font)


@dataclass(frozen=True)
class Stroke:
    """A line through two points, with an arrow head at the second when ``head``."""

    x: float
    y: float
    x2: float
    y2: float
    colour: str
    line: float = 1.0
    head: bool = False
    alpha: float = 1.0
    layer: int = 3
    origin: str | None = None


Mark = Box | Words | Stroke
Marks = dict[str, Mark]


@cache
def _font(font: str) -> FontProperties:
    return FontProperties(family=FAMILIES[font], math_fontfamily="stix")


@lru_cache(maxsize=4096)
def measure(text: str, size: float, font: str = "serif") -> float:
    """The width of a text, in points."""
    prop = _font(font).copy()
    prop.set_size(size)
    source = f"${text}$" if font == "math" else text
    width, _, _ = TextToPath().get_text_width_height_descent(source, prop, ismath=font == "math")
    return float(width)


MONO_SHARE = 0.86
"""The mono font is wide: in a line of words it is set this much smaller."""


def _line_width(pieces: Iterable[tuple[str, str]], size: float) -> float:
    return sum(_advance(piece, size * MONO_SHARE if font == "mono" else size, font) for piece, font in pieces)


def _advance(text: str, size: float, font: str) -> float:
    """The width of a piece of a line with the blanks at its ends."""
    return measure(f"|{text}|", size, font) - measure("||", size, font)


class Picture(Figure):
    """A matplotlib figure that shows itself in a notebook without pyplot."""

    subject: str = ""
    """What it shows, and of which kernel: saved with the file."""
    marks: Mapping[str, Mark]

    def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
        buffer = io.BytesIO()
        with matplotlib.rc_context(SETTINGS):
            self.savefig(buffer, format="png", dpi=200)
        width, height = self.get_size_inches()
        return buffer.getvalue(), {"width": round(width * 100), "height": round(height * 100)}


class Canvas:
    """A picture in the making: marks are added by name, and a name is given once."""

    def __init__(self, width: float, theme: style.Theme) -> None:
        self.width = width
        self.theme = theme
        self.marks: Marks = {}
        self.bottom = 0.0

    def add(self, name: str, mark: Mark) -> None:
        """Add a mark under its name."""
        if name in self.marks:
            raise KeyError(f"there is a mark of this name already: {name}")
        self.marks[name] = mark

    def change(self, name: str, **fields: Any) -> None:
        """Give a mark that is there other fields."""
        self.marks[name] = replace(self.marks[name], **fields)

    def words(
        self, name: str, x: float, y: float, text: str, size: float, colour: str | None = None, **options: Any
    ) -> float:
        """Add a text in the middle of line ``y``; its width is returned."""
        font = options.get("font", "serif")
        baseline = y + DIGIT_HEIGHT[font] * size / 2
        mark = Words(x, baseline, text, size, colour or self.theme.ink, **options)
        self.add(name, mark)
        return mark.width

    def addend(self, name: str, x: float, y: float, text: str, size: float, **options: Any) -> float:
        """Add a number with its digits in the middle of ``x``; a minus hangs out on the left, so that what stands
        between two numbers has the same room everywhere. The right edge is returned."""
        hang = measure(text, size) - measure(text.removeprefix(style.MINUS), size)
        width = self.words(name, x - hang / 2, y, text, size, **options)
        return x + (width - hang) / 2

    def cell(
        self,
        name: str,
        x: float,
        y: float,
        width: float,
        height: float,
        text: str = "",
        size: float = 8.0,
        fill: str | None = None,
        edge: str | None = None,
        ink: str | None = None,
        alpha: float = 1.0,
        ink_alpha: float | None = None,
        origin: str | None = None,
        drop: float = 0.0,
        **options: Any,
    ) -> None:
        """Add a box, and its number under ``name + " number"``; ``drop`` moves the number down from the middle."""
        theme = self.theme
        layer = options.pop("layer", 2)
        self.add(
            name,
            Box(
                x,
                y,
                width,
                height,
                fill or theme.cell,
                edge or theme.edge,
                alpha=alpha,
                layer=layer,
                origin=origin,
                **options,
            ),
        )
        if text:
            source = f"{origin} number" if origin else None
            alpha = alpha if ink_alpha is None else ink_alpha
            self.words(f"{name} number", x, y + drop, text, size, ink, alpha=alpha, layer=layer + 2, origin=source)

    def formula(
        self,
        name: str,
        x: float,
        y: float,
        parts: Sequence[tuple[str, str | None, bool]],
        size: float,
        alpha: float = 1.0,
    ) -> float:
        """Add a line of mathematics from parts (TeX, colour, lit); a lit part is boxed. Its right edge is returned."""
        for number, (tex, colour, lit) in enumerate(parts):
            width = measure(tex, size, "math")
            colour = self.theme.lit if lit else colour
            if lit:
                # A sum sign hangs below the line with its index.
                tall, sunk = (1.95, 0.22) if "sum" in tex else (1.25, 0.0)
                box = (x + width / 2, y + sunk * size, width + 2.5, tall * size)
                fill = style.mix(self.theme.lit, self.theme.ground, 0.14)
                self.add(f"{name} lit {number}", Box(*box, fill, self.theme.lit, 0.8, corner=1.5, layer=1, alpha=alpha))
            self.words(f"{name} {number}", x, y, tex, size, colour, align="left", font="math", alpha=alpha)
            x += width
        return x

    def powers(self, formats: Mapping[str, style.Format], x: float, y: float) -> bool:
        """Say which numbers are written over a power of ten; whether there are any."""
        scaled = {name: chosen.power for name, chosen in formats.items() if chosen.power}
        tex = r", \ ".join(
            rf"\mathrm{{{name}}} \times 10^{{{power}}}".replace(" y", r"\ y") for name, power in scaled.items()
        )
        if scaled:
            self.words("powers", x, y, tex, SMALLEST, self.theme.muted, align="left", font="math")
        return bool(scaled)

    def corner(self, y: float, note: str, check: str, room: float) -> float:
        """Set a note on the left and the check on the right of line ``y``, on lines of their own where they would meet.

        The last line is returned.
        """
        left, right, beside = _corner_lines(note, check, room)
        muted, edge = self.theme.muted, (self.width - room) / 2
        for number, line in enumerate(left):
            self.words(f"note {number}", edge, y + number * LINE, line, SMALLEST, muted, align="left")
        y += 0 if beside else len(left) * LINE
        for number, line in enumerate(right):
            self.words(f"check {number}", self.width - edge, y + number * LINE, line, SMALLEST, muted, align="right")
        return y + (len(right) - 1) * LINE

    def caption(self, y: float, text: str, size: float, room: float) -> None:
        """Add the caption in the middle of line ``y``, code in backticks, smaller where it is wider than ``room``."""
        pieces = [(piece, "mono" if number % 2 else "serif") for number, piece in enumerate(text.split("`")) if piece]
        size = max(SMALLEST, size * min(1.0, room / _line_width(pieces, size)))
        x = (self.width - _line_width(pieces, size)) / 2
        baseline = y + DIGIT_HEIGHT["serif"] * size / 2
        for number, (piece, font) in enumerate(pieces):
            own = size * MONO_SHARE if font == "mono" else size
            mark = Words(x, baseline, piece, own, self.theme.ink, align="left", font=font)
            # Another text is another mark, so that one caption never changes into the next letter by letter.
            self.add(f"caption {number}: {text}", mark)
            x += _advance(piece, own, font)

    def paint(self, height: float, subject: str) -> Picture:
        """The picture as a matplotlib figure of ``height`` points."""
        return paint(self.marks, self.width, height, self.theme, subject)


def wrap(text: str, size: float, room: float) -> list[str]:
    """A text in as few lines of ``room`` as it takes; no lines for no text."""
    lines: list[str] = []
    for word in text.split():
        if lines and measure(f"{lines[-1]} {word}", size) <= room:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def _corner_lines(note: str, check: str, room: float) -> tuple[list[str], list[str], bool]:
    """The lines of a note and of a check, and whether the two have one line together."""
    left, right = wrap(note, SMALLEST, room), wrap(check, SMALLEST, room)
    beside = len(left) == len(right) == 1 and measure(note, SMALLEST) + measure(check, SMALLEST) + 20 < room
    return left, right, beside


def corner_height(note: str, check: str, room: float) -> float:
    """The height of what ``Canvas.corner`` sets."""
    left, right, beside = _corner_lines(note, check, room)
    return LINE * (len(right) + (0 if beside else len(left)))


def rounding_note(formats: Iterable[style.Format]) -> str:
    """What a reader must know who multiplies or adds what is written; nothing when all numbers are whole."""
    if any(chosen.decimals or chosen.power for chosen in formats):
        return "numbers are rounded for display; sums use exact values"
    return ""


def formula_width(parts: Iterable[tuple[str, str | None, bool]], size: float) -> float:
    """The width of a line of mathematics."""
    return sum(measure(tex, size, "math") for tex, _, _ in parts)


@dataclass(frozen=True)
class Columns:
    """The places of a time axis from left to right: a step in each, ``None`` for steps left out (``story.elide``)."""

    shown: tuple[int | None, ...]
    left: float
    pitch: float
    gap: float
    """The width of a place that stands for steps left out."""

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps that are shown."""
        return tuple(step for step in self.shown if step is not None)

    @property
    def right(self) -> float:
        """The right edge of the last place."""
        return self.left + self._width(len(self.shown))

    def x(self, step: int) -> float:
        """The middle of the place of a step, or of the gap it is left out in."""
        if step in self.shown:
            place = self.shown.index(step)
        else:
            later = [place for place, other in enumerate(self.shown) if other is not None and other > step]
            place = later[0] - 1 if later else len(self.shown) - 1
        return self.left + self._width(place) + (self.pitch if self.shown[place] is not None else self.gap) / 2

    def gaps(self, first: int, last: int) -> tuple[float, ...]:
        """The middles of the gaps that leave out steps from ``first`` to ``last``."""
        hidden = (step for step in range(first, last + 1) if step not in self.shown)
        return tuple(dict.fromkeys(self.x(step) for step in hidden))

    def _width(self, places: int) -> float:
        return sum(self.gap if step is None else self.pitch for step in self.shown[:places])


SIZES = ((9.0, True), (8.5, True), (8.0, True), (7.5, True), (SMALLEST, True), (SMALLEST, False))
"""Sizes of digits that are tried, in points, and whether 0.25 keeps its zero."""
MOST_PLACES = 24
SURROUNDINGS = 2
"""How many steps beside those that must be shown a picture should have, before its digits are made smaller."""


def choose_columns(
    first: int,
    last: int,
    window: Sequence[int],
    also: Iterable[int],
    fit: Callable[[tuple[int | None, ...], float, bool], Columns | None],
) -> tuple[Columns, float, bool]:
    """As many steps from ``first`` to ``last`` as fit, with the largest digits: the columns, size and leading zero.

    The steps of the ``window`` and ``also`` are shown; of a long window the first and last taps. ``fit`` makes columns
    of some places, or says that their numbers are too wide. ``ValueError`` when nothing fits.
    """
    for taps in [len(window), *(fewer for fewer in (7, 5, 3) if fewer < len(window))]:
        shown_taps = [index for index in elide(len(window), taps) if index is not None]
        keep = sorted({*(window[index] for index in shown_taps), *also})
        if len(keep) > MOST_PLACES:
            continue
        for size, leading_zero in SIZES:
            enough = min(last - first + 1, len(keep) + SURROUNDINGS) if (size, leading_zero) != SIZES[-1] else 0
            for shown in _choices(first, last, keep):
                columns = fit(shown, size, leading_zero)
                if columns is not None:
                    if len(columns.steps) >= enough:
                        return columns, size, leading_zero
                    break
    raise ValueError(
        f"the width must give room for a window of {len(window)} taps and its numbers. "
        f"Received: too little for {last - first + 1} steps"
    )


def _choices(first: int, last: int, keep: Sequence[int]) -> Iterator[tuple[int | None, ...]]:
    """Ever fewer places for the steps from ``first`` to ``last``; at last only those to ``keep``, without the ends."""
    whole = last - first + 1
    inside = tuple(step - first for step in keep)
    before: tuple[int | None, ...] = ()
    for most in range(min(whole, MOST_PLACES), 0, -1):
        shown = tuple(None if place is None else place + first for place in elide(whole, most, inside))
        if shown != before:
            yield shown
        before = shown
    ends = elide(keep[-1] - keep[0] + 1, len(keep), tuple(step - keep[0] for step in keep))
    bare = tuple(None if place is None else place + keep[0] for place in ends)
    yield (*([None] if keep[0] > first else []), *bare, *([None] if keep[-1] < last else []))


def paint(marks: Mapping[str, Mark], width: float, height: float, theme: style.Theme, subject: str) -> Picture:
    """Marks as a matplotlib figure of ``width`` by ``height`` points. Each artist's gid is its mark's name."""
    picture = Picture(figsize=(width / POINTS_PER_INCH, height / POINTS_PER_INCH), dpi=100, facecolor=theme.ground)
    picture.subject = subject
    picture.marks = dict(marks)
    with matplotlib.rc_context(SETTINGS):
        axes = picture.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        axes.set_xlim(0, width)
        axes.set_ylim(height, 0)
        for name, mark in marks.items():
            if mark.alpha > 0:
                artist = _ARTISTS[type(mark)](axes, mark)
                artist.set_gid(name)
    return picture


def _paint_box(axes: Any, box: Box) -> Any:
    left, top = box.x - box.width / 2, box.y - box.height / 2
    options: dict[str, Any] = {
        "facecolor": box.fill,
        "edgecolor": box.edge,
        "linewidth": box.line,
        "alpha": box.alpha,
        "zorder": box.layer,
        "linestyle": (0, (2.2, 1.6)) if box.dashed else "solid",
        "joinstyle": "miter",
        "clip_on": False,
    }
    if box.corner:
        shape = f"round,pad=0,rounding_size={box.corner}"
        patch: Any = FancyBboxPatch((left, top), box.width, box.height, boxstyle=shape, mutation_aspect=1, **options)
    else:
        patch = Rectangle((left, top), box.width, box.height, angle=-box.angle, rotation_point="center", **options)
    return axes.add_patch(patch)


def _paint_words(axes: Any, words: Words) -> Any:
    math_ = words.font == "math"
    return axes.text(
        words.x,
        words.y,
        f"${words.text}$" if math_ else words.text,
        color=words.colour,
        alpha=words.alpha,
        horizontalalignment=words.align,
        verticalalignment="baseline",
        fontproperties=_font(words.font),
        fontsize=words.size,
        zorder=words.layer,
        parse_math=math_,
        usetex=False,
        clip_on=False,
        rotation=0,
    )


def _paint_stroke(axes: Any, stroke: Stroke) -> Any:
    head = f"-|>,head_length={2.2 * stroke.line},head_width={1.3 * stroke.line}" if stroke.head else "-"
    arrow = FancyArrowPatch(
        (stroke.x, stroke.y),
        (stroke.x2, stroke.y2),
        arrowstyle=head,
        mutation_scale=1,
        shrinkA=0,
        shrinkB=0,
        color=stroke.colour,
        linewidth=stroke.line,
        alpha=stroke.alpha,
        zorder=stroke.layer,
        clip_on=False,
        joinstyle="miter",
        capstyle="butt",
    )
    return axes.add_patch(arrow)


_ARTISTS: dict[type, Any] = {Box: _paint_box, Words: _paint_words, Stroke: _paint_stroke}

_MOVING = ("x", "y", "x2", "y2", "width", "height", "size", "line", "corner", "angle", "alpha")


@dataclass(frozen=True)
class Turn:
    """A row that turns over in the plane on the way to a state: which marks, and how far it moves down and shrinks
    meanwhile, so that it has room."""

    names: frozenset[str] = frozenset()
    drop: float = 0.0
    shrink: float = 1.0


NO_TURN = Turn()
GONE, NEW = 0.25, 0.75
"""Until when what goes is there, and from when what is new. Longer fades would make files of many colours."""


def between(before: Mapping[str, Mark], after: Mapping[str, Mark], share: float, turn: Turn = NO_TURN) -> Marks:
    """The picture when ``share`` of the way from one state to the next is gone.

    What is in both moves from place to place; what is new leaves its origin; what has none comes at the end, half there
    first, when what goes is long gone. What turns goes half round its middle, boxes turning with it and digits upright.
    """
    eased = (1 - math.cos(math.pi * share)) / 2
    marks: Marks = {}
    pivot = _middle(before, turn.names)
    for name, mark in before.items():
        if name in after:
            moved = _move(mark, after[name], eased)
            marks[name] = _turn(moved, mark, after[name], eased, turn, pivot) if name in turn.names else moved
        elif share < GONE:
            marks[name] = mark
    for name, mark in after.items():
        if name in before:
            continue
        source = before.get(mark.origin) if mark.origin else None
        if source is not None and type(source) is type(mark):
            start = replace(mark, x=source.x, y=source.y)
            marks[name] = replace(_move(start, mark, eased), layer=mark.layer + 4)
        elif share > NEW:
            marks[name] = replace(mark, alpha=mark.alpha / 2)
    return marks


def _move(before: Mark, after: Mark, share: float) -> Mark:
    if type(before) is not type(after):
        return after
    names = [name for name in _MOVING if name in after.__dataclass_fields__]
    moved: dict[str, Any] = {name: _blend(getattr(before, name), getattr(after, name), share) for name in names}
    for name in ("colour", "fill", "edge"):
        if name in after.__dataclass_fields__:
            moved[name] = _blend_colour(getattr(before, name), getattr(after, name), share)
    if share < 0.5 and isinstance(before, Words):
        moved |= {"text": before.text, "font": before.font}
    return replace(after, **moved)


def _middle(marks: Mapping[str, Mark], names: Iterable[str]) -> tuple[float, float]:
    boxes = [mark for name, mark in marks.items() if name in names and isinstance(mark, Box)]
    if not boxes:
        return 0.0, 0.0
    xs, ys = [box.x for box in boxes], [box.y for box in boxes]
    return (min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2


def _turn(moved: Mark, before: Mark, after: Mark, share: float, turn: Turn, pivot: tuple[float, float]) -> Mark:
    """A mark of a row that has turned ``share`` of half a turn about its middle; a text keeps its place in its box."""
    height = math.sin(math.pi * share)
    scale = 1 - (1 - turn.shrink) * height
    angle = math.pi * share
    x, y = before.x - pivot[0], before.y - pivot[1]
    if isinstance(before, Box):
        turned_x, turned_y = math.cos(angle) * x + math.sin(angle) * y, math.cos(angle) * y - math.sin(angle) * x
    else:
        turned_x, turned_y = math.cos(angle) * x, y - math.sin(angle) * x
    options: dict[str, Any] = {
        "x": pivot[0] + scale * turned_x,
        "y": pivot[1] + scale * turned_y + turn.drop * height,
        "layer": after.layer + 4,
    }
    if isinstance(moved, Box):
        options |= {"angle": 180 * share % 180, "width": moved.width * scale, "height": moved.height * scale}
    elif isinstance(moved, Words) and isinstance(before, Words):
        options |= {"size": moved.size * scale, "text": before.text}
    return replace(moved, **options)


def _blend_colour(before: str, after: str, share: float) -> str:
    if "none" in (before, after):
        return after
    return style.mix(after, before, share)


def _blend(before: float, after: float, share: float) -> float:
    return before + (after - before) * share
