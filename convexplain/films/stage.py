"""What all films share: the stage a story is played on, its texts, its cells, its caption and its clock.

This module knows manim, the roles of colours and a script's frames; it knows no story, no layer and no arithmetic of
indices. A film gives every kind of frame a method ``tell_<kind>``; the stage calls them in the story's order, sets
each frame's caption, opens a section under its name, and closes with the check. All glyphs come from Typst's built-in
fonts, which are the same on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np
from manim import (
    DOWN,
    LEFT,
    ORIGIN,
    RIGHT,
    UP,
    Animation,
    DashedVMobject,
    FadeIn,
    FadeOut,
    MathTypst,
    Mobject,
    RoundedRectangle,
    Scene,
    Typst,
    VGroup,
    VMobject,
)

from convexplain import examples, style
from convexplain.layers import quoted
from convexplain.script import Script, write
from convexplain.story import Frame

PACINGS = {"teach": 1.0, "normal": 0.6, "fast": 0.3}
"""What every duration is multiplied with; durations are written for ``teach``."""

SAFE_X, SAFE_Y = 6.4, 3.6
"""Half the width and height of the area that every screen shows: 5 % off each side of a frame of 14.22 x 8 units."""

THEME = style.DARK

DIGITS, SMALL, RULER, LABEL, CAPTION = 42.0, 25.0, 28.0, 26.0, 42.0
"""Sizes of type in manim's units; 42 gives digits 41 pixels high at 1080 lines, 19 is the smallest that may be used."""

CAPTION_Y = -3.46
"""The baseline of the caption."""
PROVEN, PROVEN_Y = 22.0, -3.06
"""Size and baseline of the line above the last caption, which says what is proven."""
CAPTION_OUT, CAPTION_IN = 0.15, 0.30
LAST_HOLD = 2.5
"""How long the last picture stays, in seconds at any pacing."""


class Words(VGroup):
    """Glyphs on a baseline: a caption, a label, an array's name."""

    def __init__(self, *glyphs: VMobject, descent: float = 0.0) -> None:
        super().__init__(*glyphs)
        self.descent = descent

    def sit(self, x: float, baseline: float, side: np.ndarray = ORIGIN) -> Words:
        """Put the baseline at ``baseline`` and the middle (or the ``LEFT`` or ``RIGHT`` edge) at ``x``."""
        self.shift((x - self.get_edge_center(side)[0]) * RIGHT)
        return self.shift((baseline - self.get_bottom()[1] - self.descent) * UP)


class Mathematics(VGroup):
    """Glyphs of a formula, its labelled parts by their names."""

    def __init__(self, glyphs: Sequence[VMobject], labels: Mapping[str, Sequence[int]]) -> None:
        super().__init__(*glyphs)
        self.labels = labels

    def select(self, label: str) -> VGroup:
        """The glyphs of a labelled part."""
        return VGroup(*(self.submobjects[place] for place in self.labels[label]))


class Cell(VGroup):
    """One number in a box. ``box`` is the plate, ``frame`` its outline, ``number`` stays upright whatever the box
    does.
    """

    def __init__(
        self,
        number: VMobject | None,
        width: float,
        height: float,
        fill: str = THEME.cell,
        edge: str = THEME.edge,
        stroke: float = 2.0,
        corner: float = 0.0,
        dashed: bool = False,
    ) -> None:
        self.box = RoundedRectangle(
            corner_radius=corner, width=width, height=height, fill_color=fill, fill_opacity=1, stroke_width=0
        )
        outline = RoundedRectangle(
            corner_radius=corner, width=width, height=height, stroke_color=edge, stroke_width=stroke, fill_opacity=0
        )
        self.frame = DashedVMobject(outline, num_dashes=20, dashed_ratio=0.55) if dashed else outline
        self.number = number
        super().__init__(self.box, self.frame)
        if number is not None:
            self.add(number.move_to(self.box))

    def hold(self, number: VMobject) -> Cell:
        """Take a number in, in the middle of the box; it replaces the one that is there."""
        if self.number is not None:
            self.let_go()
        self.number = number
        return self.add(number.move_to(self.box))

    def let_go(self) -> VMobject:
        """Give the number away, so that it can move or fade on its own."""
        number, self.number = self.number, None
        self.remove(number)
        return number


@dataclass(frozen=True)
class Columns:
    """The places of a time axis from left to right: a step in each, or ``None`` for steps left out (see
    ``story.elide``).
    """

    shown: tuple[int | None, ...]
    left: float
    """The left edge of the first place."""
    pitch: float

    def x(self, step: int) -> float:
        """The middle of the place of ``step``, or of the gap it is left out in."""
        if step in self.shown:
            return self._middle(self.shown.index(step))
        later = [place for place, other in enumerate(self.shown) if other is not None and other > step]
        return self._middle(later[0] - 1 if later else len(self.shown) - 1)

    @property
    def steps(self) -> tuple[int, ...]:
        """The steps that are shown."""
        return tuple(step for step in self.shown if step is not None)

    @property
    def gaps(self) -> tuple[float, ...]:
        """The middles of the places that stand for steps left out."""
        return tuple(self._middle(place) for place, step in enumerate(self.shown) if step is None)

    @property
    def right(self) -> float:
        """The right edge of the last place."""
        return self.left + self.pitch * len(self.shown)

    def _middle(self, place: int) -> float:
        return self.left + self.pitch * (place + 0.5)


class Row(VGroup):
    """Cells on columns with a label on the left. ``row[step]`` is the cell of a step; ``len(row)`` the number of cells
    shown.
    """

    def __init__(
        self,
        cells: Mapping[int, VMobject],
        columns: Columns,
        y: float,
        label: Words | None = None,
        gap: VMobject | None = None,
    ) -> None:
        """``cells`` by step; ``label`` is right-aligned before the columns; ``gap`` is what stands where steps are
        left out.
        """
        self.cells = dict(cells)
        self.label = label
        for step, cell in self.cells.items():
            cell.move_to([columns.x(step), y, 0])
        inside = [x for x in columns.gaps if any(cell.get_x() > x for cell in self.cells.values())]
        self.dots = VGroup(*(gap.copy().move_to([x, y, 0]) for x in inside) if gap is not None else ())
        if label is not None:
            label.sit(columns.left - 0.25, y - 0.1, RIGHT)
        super().__init__(*self.cells.values(), self.dots, *([] if label is None else [label]))

    def __getitem__(self, step: Any) -> Any:
        return self.cells[step]

    def __len__(self) -> int:
        return len(self.cells)

    def __iter__(self) -> Any:
        return iter(self.cells.values())


class Stage(Scene):
    """A story on one stage. A film gives it ``opening`` and one ``tell_<kind>`` for each kind of frame of its story.

    The script comes with the constructor (see ``films.render``), or, when manim's own command makes the scene, from
    the class attributes: ``story_name`` told of ``example``, at ``level`` and ``cell`` as in ``Explanation.film``.
    """

    story_name = ""
    example = ""
    level: int | None = None
    cell: tuple[int, int] | None = None
    pacing = "teach"

    def __init__(
        self,
        script: Script | None = None,
        pacing: str | None = None,
        on_frame: Callable[[Frame], None] | None = None,
        measuring: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if script is None:
            script = write(self.story_name, examples.network(self.example), self.cell, self.level)
        chosen = pacing or self.pacing
        if chosen not in PACINGS:
            raise ValueError(f"pacing must be one of {', '.join(PACINGS)}. Received: pacing={quoted(chosen)}")
        self.script = script
        self.pace = PACINGS[chosen]
        self.on_frame = on_frame
        self.measuring = measuring
        """Whether the extent of all visible points is recorded, in every frame of every animation."""
        self.extent = np.array([[np.inf, np.inf], [-np.inf, -np.inf]])
        """The lower left and the upper right corner of everything that was ever visible."""
        self.captions: list[tuple[float, str]] = []
        """Every caption with the time at which it was set."""
        self._caption: Words | None = None

    # the course of a film

    def construct(self) -> None:
        """The opening picture, then frame by frame, then the check and a last hold."""
        self.camera.background_color = THEME.ground
        self.opening()
        for frame in self.script.story.frames:
            if self.shows(frame):
                self.next_section(frame.name)
                if frame.caption:
                    self.caption(self.caption_of(frame))
                self.tell(frame)
            if self.on_frame is not None:
                self.on_frame(frame)
        self.wait(LAST_HOLD)
        self._measure()

    def opening(self) -> None:
        """Set up what is there from the first frame on, with ``add``: it is also the poster."""
        raise NotImplementedError

    def shows(self, frame: Frame) -> bool:
        """Whether a frame is played: one about steps, channels or filters that are left out may not be."""
        return True

    def caption_of(self, frame: Frame) -> str:
        """The frame's clause, with code in backticks."""
        return frame.caption

    def tell(self, frame: Frame) -> None:
        """Play one frame: the method for its kind."""
        getattr(self, f"tell_{frame.kind}")(frame)

    def tell_check(self, frame: Frame) -> None:
        """The last caption, and above it a muted line: who computed the same layer, how far off, how far it may be."""
        found, proven = self.verdict()
        self.play(FadeIn(self.fitting(proven, PROVEN, 2 * SAFE_X, THEME.muted).sit(0, PROVEN_Y)), run_time=0.3)
        self.caption(found)

    def verdict(self) -> tuple[str, str]:
        """What the check has found, and what is proven of it."""
        check = self.script.check
        library, _, how = check.oracle.partition(", ")
        computed = "the same layer, computed by the library itself" + (f" ({how})" if how else "")
        found = f"Checked against {library}: largest difference {style.magnitude(check.error)}"
        return found, f"{computed}; proven bound on rounding {style.magnitude(check.bound)}"

    # time

    def play(self, *animations: Animation, run_time: float | None = None, **options: Any) -> None:
        """Play for ``run_time`` seconds at the pacing ``teach``; without it each animation keeps its own time.

        Nothing to play takes no time.
        """
        self._measure()
        if not animations:
            return
        if run_time is not None:
            options["run_time"] = run_time * self.pace
        super().play(*animations, **options)

    def pause(self, seconds: float) -> None:
        """Let the picture stand, ``seconds`` at the pacing ``teach``."""
        if seconds:
            self.wait(seconds * self.pace)

    # the caption

    def caption(self, text: str) -> None:
        """Set the caption, one clause, code in backticks: the old one leaves before the new one comes."""
        if self.captions and self.captions[-1][1] == text:
            return
        self.captions.append((self.time, text))
        new = self.fitting(text, CAPTION, 2 * SAFE_X).sit(0, CAPTION_Y)
        if self._caption is not None:
            self.play(FadeOut(self._caption), run_time=CAPTION_OUT)
        self._caption = new
        self.play(FadeIn(new), run_time=CAPTION_IN)

    def caption_at_once(self, text: str) -> None:
        """Set the first caption without an animation, so that the poster carries it."""
        self.captions.append((self.time, text))
        self._caption = self.fitting(text, CAPTION, 2 * SAFE_X).sit(0, CAPTION_Y)
        self.add(self._caption)

    def fitting(self, text: str, size: float, width: float, colour: str = THEME.ink) -> Words:
        """The text at ``size``, or as much smaller as it takes to be no wider than ``width``."""
        words = self.say(text, size, colour)
        return words if words.width <= width else self.say(text, size * width / words.width, colour)

    # texts

    def say(self, text: str, size: float = CAPTION, colour: str = THEME.ink) -> Words:
        """Words in Typst's serif; what stands in backticks is code."""
        return _words(text, size).copy().set_color(colour)

    def code(self, text: str, size: float = LABEL, colour: str = THEME.ink) -> Words:
        """Code in Typst's mono."""
        return _words(f"`{text}`", size).copy().set_color(colour)

    def number(
        self, value: Fraction | int | str, digits: int = 0, size: float = DIGITS, colour: str = THEME.ink
    ) -> VMobject:
        """A number with ``digits`` decimals, or one that ``style`` has written already."""
        text = value if isinstance(value, str) else style.number(Fraction(value), digits)
        source = " ".join(_GLYPHS.get(letter, letter) for letter in text) if "e" in text else text
        return _math(source.replace(style.MINUS, "-"), size).copy().set_color(colour)

    def math(self, source: str, size: float = 32.0, colour: str = THEME.ink) -> Mathematics:
        """Typst mathematics; ``{{ part : label }}`` makes a part that ``select(label)`` finds."""
        return _math(source, size).copy().set_color(colour)

    # pieces

    def ruler(self, columns: Columns, length: int, y: float, name: str = "t") -> Row:
        """The index of every shown step of ``length`` steps; padded places have none. ``ruler[step]`` is a number."""
        numbers = {step: self.number(step, 0, RULER, THEME.muted) for step in columns.steps if 0 <= step < length}
        label = Words(*self.math(name, RULER, THEME.muted))
        return Row(numbers, columns, y, label, self.dots(RULER))

    def dots(self, size: float = RULER) -> VMobject:
        """Three dots for what is left out."""
        return self.math("dots.c", size, THEME.muted)

    def tile(self, number: VMobject, colour: str = THEME.cell) -> VGroup:
        """A number on its own ground, fit to fly over others."""
        ground = RoundedRectangle(
            corner_radius=0.08, width=number.width + 0.3, height=number.height + 0.2, fill_color=colour, fill_opacity=1,
            stroke_width=0,
        )  # fmt: skip
        return VGroup(ground.move_to(number), number)

    # the record of what was seen

    def update_self(self, dt: float) -> None:
        """Called by manim once a frame while something moves."""
        super().update_self(dt)
        self._measure()

    def _measure(self) -> None:
        if not self.measuring:
            return
        for points in visible_points(self.mobjects):
            self.extent[0] = np.minimum(self.extent[0], points.min(axis=0)[:2])
            self.extent[1] = np.maximum(self.extent[1], points.max(axis=0)[:2])


_GLYPHS = {"e": 'class("normal", upright(e))', style.MINUS: 'class("normal", minus)'}
"""How a power of ten is written without the space of a difference."""


def visible_points(mobjects: Iterable[Mobject]) -> Iterable[np.ndarray]:
    """The points of every part that is drawn: filled or stroked, and not wholly transparent."""
    for mobject in mobjects:
        for part in mobject.family_members_with_points():
            filled = part.get_fill_opacity() > 0
            if filled or (part.get_stroke_opacity() > 0 and part.get_stroke_width() > 0):
                yield part.points


@lru_cache(maxsize=4096)
def _math(source: str, size: float) -> Mathematics:
    typeset = MathTypst(source, font_size=size)
    places = {id(glyph): place for place, glyph in enumerate(typeset.submobjects)}
    names = set(re.findall(r":\s*([A-Za-z]\w*)\s*}}", source))
    labels = {name: [places[id(glyph)] for glyph in typeset.select(name)] for name in names}
    return Mathematics([_outline(glyph) for glyph in typeset.submobjects], labels)


@lru_cache(maxsize=1024)
def _words(text: str, size: float) -> Words:
    """Text whose every other part, between backticks, is code. A letter x, taken out again, tells the baseline."""
    parts = [part for part in enumerate(text.split("`")) if part[1]]
    body = "".join(f"#{'raw' if place % 2 else 'text'}({_quoted(part)})" for place, part in parts)
    first, *glyphs = Typst('#text("x")' + body, font_size=size).submobjects
    words = Words(*map(_outline, glyphs))
    words.descent = first.get_bottom()[1] - words.get_bottom()[1]
    return words.center()


def _outline(glyph: VMobject) -> VMobject:
    """The shape of a glyph alone: what an imported one carries besides makes each copy fifty times as slow."""
    shape = VMobject(stroke_color=glyph.get_stroke_color(), stroke_width=glyph.get_stroke_width())
    shape.set_points(glyph.points.copy())
    return shape.set_fill(THEME.ink, opacity=glyph.get_fill_opacity())


def _quoted(text: str) -> str:
    """A Typst string: nothing in it is markup."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


__all__ = ["DOWN", "LEFT", "RIGHT", "UP", "Cell", "Columns", "Row", "Stage", "Words"]
