"""Marks, and the boards they make: the records every story writes and every renderer paints.

A mark says what is seen (kind, place, size), in which role (its colour is the theme's), what it stands for (``about``),
and where it comes from (``copy_of``, ``made_of``) or goes to (``goes_into``) when boards change. Coordinates are units
of the board's format, y growing downwards; type has the same sizes in every format. This module knows no font, no
colour and no medium.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, NamedTuple, TypeAlias

from convexplain.board.calculator import honest

Key: TypeAlias = "tuple[Any, ...]"
"""The data's own name of a mark: ``("y1", 3, 0, "bar")``, ``("w1", k, c, f, "digits")``."""

About: TypeAlias = "tuple[Any, ...]"
"""What a mark stands for: ``("cell", level, step, channel)``, ``("weight", layer, k, c, f)``, ``("bias", layer, f)``,
``("term", layer, step, filter, k, c)``, ``("partial", layer, step, filter, channel)``, ``("total", layer, step,
filter)``.
"""

Role: TypeAlias = "str | tuple[str, str, float]"
"""A row of the theme's table, or, on the way, (from, to, share)."""

HERO, PARTIAL, TEXT, SMALL = 128.0, 72.0, 48.0, 32.0
"""The four sizes of type, em in units: the one result; partial results and results in a row; caption, formula and
worked numbers; what has no room for more, and on paper names, ruler and subscripts (see :attr:`Format.small`).
"""

FULL, SUPPORT, MINUS, CARD, CONTEXT = 1.0, 0.62, 0.34, 0.16, 0.28
"""Light: the share of a role's colour over the ground. What is meant, what it is made of, a number below zero where
hue alone would not tell, the face of a card, what only stands by.
"""

DIGIT = 0.676
"""The height of a digit, in em: what words are centred by."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One visible thing. ``x`` and ``y`` are its centre; of words, the middle of their advance and of their digits.

    Kinds: ``bar`` (a number: a rectangle of bricks), ``plate`` (a card or a frame), ``words``, ``line`` (through
    ``points``), ``dot``.

    >>> mark = bar("output", x=100, foot=50, width=20, rise=30)
    >>> mark.left, mark.top, mark.right, mark.bottom             # y grows downwards
    (90.0, 20.0, 110.0, 50.0)
    >>> mark.foot, mark.tip, mark.corners[0]
    (50.0, 20.0, (90.0, 20.0))
    >>> mark.at(alpha=0.5).alpha
    0.5
    """

    kind: str
    role: Role
    x: float
    y: float
    width: float
    height: float
    text: str | None = None
    size: float = 0.0
    """Of words the em, of lines and edges the thickness."""
    alpha: float = 1.0
    z: float = 0.0
    about: About | None = None
    light: float = FULL
    """The share of the role's colour over the ground."""
    runs: tuple[tuple[str, str], ...] = ()
    """Of words: (text, font) one after the other; font "roman", "italic" or "mono"."""
    squeeze: float = 1.0
    """Of words: how much narrower they are seen, in a card that turns."""
    unit: float = 0.0
    """Of a bar: the height of one brick; 0 for a plain bar."""
    base: int = 1
    """Of a bar: 1 when it stands on its lower edge, -1 when it hangs from its upper one."""
    hollow: bool = False
    """Whether only the outline is drawn."""
    edge: float = 0.0
    """Of a plate: the light of its outline; 0 for none."""
    radius: float = 0.0
    hatch: float = 0.0
    """Of a plate: the light of its hatching (a kernel that is turned once); 0 for none."""
    dash: float = 0.0
    """Of a line or an outline: the length of its dashes; 0 for none."""
    head: float = 0.0
    """Of a line: the length of the arrow's head at its end."""
    curve: bool = False
    """Of a line: whether its four points are those of a cubic curve."""
    points: tuple[float, ...] = ()
    """Of a line: x, y, x, y, ...; of a plate or a bar that turns: its outline."""
    copy_of: Key | None = None
    """Where it flies from when it is new: the mark it is a copy of, or becomes when that mark is gone."""
    made_of: tuple[Key, ...] = ()
    """What it grows from, where it stands, when it is new."""
    goes_into: Key | None = None
    """The mark it flies into when it is gone."""
    rides: Key | None = None
    """The mark whose number it is: it comes just after it and moves with it."""

    def at(self, **changes: Any) -> Mark:
        """The mark with some fields changed."""
        return replace(self, **changes)

    def shrunk(self, share: float) -> Mark:
        """Words that many times as large, from the same left edge on.

        >>> said = Mark("words", "ink", x=60, y=20, width=40, height=10, size=12)
        >>> half = said.shrunk(0.5)
        >>> half.left == said.left, half.width, half.size
        (True, 20.0, 6.0)
        """
        width = self.width * share
        return self.at(size=self.size * share, width=width, height=self.height * share, x=self.left + width / 2)

    @property
    def left(self) -> float:
        """The left edge."""
        return self.x - self.width / 2

    @property
    def right(self) -> float:
        """The right edge."""
        return self.x + self.width / 2

    @property
    def top(self) -> float:
        """The upper edge."""
        return self.y - self.height / 2

    @property
    def bottom(self) -> float:
        """The lower edge."""
        return self.y + self.height / 2

    @property
    def foot(self) -> float:
        """Of a bar: the y of its baseline."""
        return self.y + self.base * self.height / 2

    @property
    def tip(self) -> float:
        """Of a bar: the y of its other end."""
        return self.y - self.base * self.height / 2

    @property
    def corners(self) -> tuple[tuple[float, float], ...]:
        """The points it is drawn through; where it has none of its own, its four corners, from the upper left one on
        clockwise.
        """
        if self.points:
            return tuple(zip(self.points[::2], self.points[1::2], strict=True))
        return (self.left, self.top), (self.right, self.top), (self.right, self.bottom), (self.left, self.bottom)


@dataclass(frozen=True)
class Format:
    """The room a board has: units across and down, and what a unit is on paper.

    >>> FILM.width, FILM.height, FILM.is_narrow
    (1920, 1080, False)
    """

    name: str
    width: float
    height: float
    margin: float
    """Left and right, to the picture."""
    names: float
    """The x where the time axis may begin: names of rows stand left of it."""
    points: float = 0.0
    """Of paper: points of one unit."""

    @property
    def is_narrow(self) -> bool:
        """Whether it is one column of a page: rows get lower and axes are elided sooner."""
        return self.width < 1500

    @property
    def small(self) -> float:
        """The size of names, ruler and indices: on paper the smallest there is.

        >>> FILM.small, COLUMN.small
        (40.0, 32.0)
        """
        return SMALL if self.points else 40.0

    def within(self, x: float, width: float, left: float = 4.0) -> float:
        """The nearest place to an x at which something of a width is on the board, from ``left`` on.

        >>> FILM.within(1900, 100), FILM.within(-10, 100), FILM.within(960, 100)
        (1866.0, 54.0, 960)
        """
        return min(max(x, left + width / 2), self.width - 4 - width / 2)


FILM = Format("film", 1920, 1080, 96, 340)
PAGE = replace(FILM, name="page")
POINT = 7 / SMALL
"""On paper, points of a unit: the smallest type has seven points."""
NARROWEST = 3.3
"""The narrowest column, in inches, that is laid out on its own."""
WIDTHS = {"ieee": 3.5, "ieee-wide": 7.16, "neurips": 5.5, "elsevier": 90 / 25.4, "elsevier-wide": 190 / 25.4}
"""The text widths of some publishers, in inches."""


def paper(inches: float) -> Format:
    """The format of one panel of that width on paper. A very narrow one has the layout of the narrowest column, in
    smaller type.

    >>> paper(2.5).width == paper(NARROWEST).width
    True
    """
    width = max(inches, NARROWEST) * 72 / POINT
    narrow = width < 1500
    return Format("paper", width, 900, 8, 150 if narrow else 270, points=inches * 72 / width)


COLUMN = paper(3.5)
"""One column of a page."""


class Cue(NamedTuple):
    """When and how marks change on the way to a board, where the default does not tell enough.

    ``keys`` are exact keys or beginnings of keys: ``("product",)`` means every key that begins so. ``beat`` orders:
    beats are played from the smallest to the largest, each after the one before. ``lasts`` is in seconds; ``how`` names
    a way (see :mod:`convexplain.board.motion`), ``at`` where it needs a place. ``after`` is how many seconds of the
    beat have passed when it begins: what one long move brings about comes while it lasts.

    >>> Cue((("product",),), beat=1, lasts=0.5).keys
    (('product',),)
    """

    keys: tuple[Key, ...]
    beat: float | None = None
    lasts: float | None = None
    how: str = ""
    at: tuple[float, ...] = ()
    after: float = 0.0


@dataclass(frozen=True)
class Board:
    """One state of a picture: what stands when nothing moves.

    ``name`` is stable and unique within a story: it names the film's section, the page's address and the figure's
    panel. ``hold`` is how long it stays, in seconds at teaching pace; ``cues`` say how it is reached.

    >>> draft = Draft(FILM)
    >>> _ = draft.put("example", ("point",), dot("ink", 100, 200))
    >>> board = draft.board("one point", "A point.")
    >>> board.name, list(board.marks)
    ('one point', [('point',)])
    """

    name: str
    caption: str
    marks: Mapping[Key, Mark]
    format: Format
    hold: float = 1.5
    cues: tuple[Cue, ...] = ()

    def __reduce__(self) -> tuple[Any, ...]:
        """So that a board can be sent to another process, where it is painted."""
        return (Board, (self.name, self.caption, dict(self.marks), self.format, self.hold, self.cues))


@dataclass
class Draft:
    """A board in the making. Each key is given once; the owner says which piece gave it."""

    format: Format
    marks: dict[Key, Mark] = field(default_factory=dict)
    owners: dict[Key, str] = field(default_factory=dict)

    def put(self, owner: str, key: Key, mark: Mark) -> Mark:
        """Add a mark. ``ValueError`` when its key is taken, naming both owners."""
        if key in self.marks:
            raise ValueError(f"the key {key} must be given once. Received: it from {self.owners[key]} and from {owner}")
        self.marks[key], self.owners[key] = mark, owner
        return mark

    def change(self, keys: Iterable[Key], **changes: Any) -> None:
        """Change marks that stand already: what is meant is lit, the rest falls back."""
        for key in keys:
            self.marks[key] = replace(self.marks[key], **changes)

    def board(self, name: str, caption: str, hold: float = 1.5, cues: Iterable[Cue] = ()) -> Board:
        """The board as it stands. Arithmetic in its caption is taken at its word."""
        return Board(name, honest(caption), MappingProxyType(dict(self.marks)), self.format, hold, tuple(cues))


def line(role: Role, *points: float, size: float = 2.0, **more: Any) -> Mark:
    """A line through points x, y, x, y, ...; its place is the middle of the box around them."""
    left, right, top, bottom = min(points[::2]), max(points[::2]), min(points[1::2]), max(points[1::2])
    x, y = (left + right) / 2, (top + bottom) / 2
    return Mark("line", role, x, y, right - left, bottom - top, size=size, points=points, **more)


def bar(role: Role, x: float, foot: float, width: float, rise: float, **more: Any) -> Mark:
    """A bar from the y ``foot``, ``rise`` units up, or down when negative."""
    return Mark("bar", role, x, foot - rise / 2, width, abs(rise), base=-1 if rise < 0 else 1, radius=4.0, **more)


def plate(role: Role, left: float, top: float, right: float, bottom: float, **more: Any) -> Mark:
    """A card or a frame between four edges."""
    more.setdefault("radius", 12.0)
    return Mark("plate", role, (left + right) / 2, (top + bottom) / 2, right - left, bottom - top, **more)


def dot(role: Role, x: float, y: float, width: float = 12.0, **more: Any) -> Mark:
    """A disc: a sample that is zero, an end of an edge."""
    return Mark("dot", role, x, y, width, width, **more)
