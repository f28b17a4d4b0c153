"""Boards as manim's mobjects, addressed by key, and the scene that plays them.

    class Mine(BoardScene):
        boards = story.boards

A mark's outlines come from ``board.shapes`` and its motion from ``board.motion``; this module only hands them to manim,
and knows nothing of files. Text is made of outlines, so neither Pango's fonts, Typst nor LaTeX take part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
from matplotlib.colors import to_rgb

from convexplain.board.marks import Board, Format, Key, Mark
from convexplain.board.motion import Transition, at
from convexplain.board.shapes import Shape, shapes
from convexplain.render.settings import Step, course, palette
from convexplain.style import Palette
from convexplain.system import parts

manim: Any = parts.require("manim")

NUDGE = 1e-6
"""Seconds that keep manim from making whole frames one more or one less; and how far apart in z two marks of one layer
are, so that they are painted in the board's order.
"""


class MarkGroup(manim.VGroup):
    """A mark: one mobject for each of its shapes. ``mark`` is what it shows, None while it is not there."""

    def __init__(self, key: Key, format: Format, colours: Palette) -> None:
        super().__init__()
        self.key, self.format, self.colours = key, format, colours
        self.mark: Mark | None = None

    def show(self, mark: Mark | None) -> MarkGroup:
        """Look like a mark; None hides it."""
        self.mark = mark
        alpha = mark.alpha if mark is not None else 0.0
        painted = tuple(shapes(mark)) if mark is not None and alpha > 0 else ()
        while len(self.submobjects) < len(painted):
            self.add(manim.VMobject())
        for part, shape in zip_longest(self.submobjects, painted):
            if shape is None:
                part.points = np.zeros((0, 3))
            else:
                self._paint(part, shape, alpha)
        return self.stack(self.z_index)

    def stack(self, z: float) -> MarkGroup:
        """Stand at a height. The shapes differ by less than marks do: manim forgets the order of those that it meets
        after a play has begun.
        """
        self.z_index = z
        for place, part in enumerate(self.submobjects):
            part.z_index = z + place * NUDGE / 8
        return self

    def _paint(self, part: Any, shape: Shape, alpha: float) -> None:
        config = manim.config  # the board fills the frame
        unit = min(config.frame_height / self.format.height, config.frame_width / self.format.width)
        curves = shape.points[_curves(shape.sizes)]
        part.points = np.zeros((len(curves), 3))
        part.points[:, :2] = (curves - (self.format.width / 2, self.format.height / 2)) * (unit, -unit)
        colour = to_rgb(self.colours.colour(shape.role, shape.light))
        part.fill_rgbas = np.array([[*colour, 0.0 if shape.stroke else alpha]])
        part.stroke_rgbas = np.array([[*colour, alpha if shape.stroke else 0.0]])
        part.stroke_width = 100 * shape.stroke * unit  # manim's hundredth of a unit


class BoardGroup(manim.VGroup):
    """A board's marks as mobjects: ``group["y1", 3, 0, "bar"]`` is that of a key.

    In a scene, add them one by one, ``scene.add(*group)``: then manim paints those that stand still only once.
    """

    def __init__(self, board: Board, theme: str = "dark") -> None:
        super().__init__()
        self.format, self.colours = board.format, palette(theme)
        self._made: dict[Key, MarkGroup] = {}
        self.become_board(board)

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, int | slice):
            return super().__getitem__(key)
        key = key if isinstance(key, tuple) else (key,)
        if key not in self.places:
            raise KeyError(f"the key must be that of a mark of the board {self.board.name!r}. Received: {key!r}")
        return self.mobject(key)

    def select(self, *start: Any) -> Any:
        """The marks whose keys begin so: ``group.select("w1")`` is a kernel with all its numbers."""
        return manim.VGroup(*(mark for mark in self.submobjects if mark.key[: len(start)] == start))

    def become_board(self, board: Board) -> BoardGroup:
        """Show a board: its marks and no others, in its order."""
        self.board = board
        self.hold_keys(board.marks)
        for key, mark in board.marks.items():
            self.mobject(key).show(mark).stack(self.height(key, mark.z))
        return self

    def hold_keys(self, keys: Iterable[Key]) -> None:
        """Have the marks of these keys, in this order; new ones are not seen yet."""
        self.places = {key: place for place, key in enumerate(keys)}
        self.submobjects = [self.mobject(key) for key in self.places]

    def mobject(self, key: Key) -> MarkGroup:
        """The mobject of a key, whether it is on the board or was or will be."""
        if key not in self._made:
            self._made[key] = MarkGroup(key, self.format, self.colours)
        return self._made[key]

    def height(self, key: Key, z: float) -> float:
        """The z of a mobject: that of its mark, less a trifle that keeps the board's order; so what others put into the
        same layer stands in front.
        """
        return z - (len(self.places) - self.places[key]) * NUDGE


class BoardTransition(manim.Animation):
    """The way of a group to another board, for ``scene.play``. Only the marks that change take part."""

    def __init__(
        self, group: BoardGroup, way: Transition, on_frame: Callable[[], None] | None = None, **options: Any
    ) -> None:
        self.group, self.way, self.on_frame = group, way, on_frame
        self.changes = [(group.mobject(act.key), act) for act in way.acts if act.how != "still"]
        # manim tells plays apart by attributes it can read, and uses an old recording when they are the same.
        self.told = "" if manim.config.disable_caching else repr(way.acts)
        options = {"run_time": max(way.duration, 2 * NUDGE) - NUDGE} | options
        super().__init__(manim.VGroup(*(mobject for mobject, _ in self.changes)), introducer=True, **options)

    def _setup_scene(self, scene: Any) -> None:
        """The marks stand in the scene one by one: a group of some of them would tear the layers apart."""
        self.group.hold_keys(act.key for act in self.way.acts)
        if scene is not None:
            present = set(scene.mobjects)
            scene.add(*(mobject for mobject in self.group.submobjects if mobject not in present))

    def create_starting_mobject(self) -> Any:
        """Nothing is compared with the start, so it is not copied."""
        return self.mobject

    def begin(self) -> None:
        """manim paints only once what lies below all that moves: each mark says how low it will ever be."""
        super().begin()
        for act in self.way.acts:
            self.group.mobject(act.key).stack(self.group.height(act.key, act.lowest))

    def interpolate_mobject(self, alpha: float) -> None:
        """Show the marks as they are at a share of the time."""
        if self.on_frame is not None:
            self.on_frame()
        now = alpha * self.way.duration
        for mobject, act in self.changes:
            mark = at(act, now)
            if mark is not mobject.mark:
                mobject.show(mark)
            if mark is not None:
                mobject.stack(self.group.height(act.key, mark.z))

    def clean_up_from_scene(self, scene: Any) -> None:
        """What has left is taken out of the scene."""
        super().clean_up_from_scene(scene)
        scene.remove(*(self.group.mobject(act.key) for act in self.way.acts if act.after is None))
        self.group.become_board(self.way.after)


class BoardCamera(manim.Camera):
    """A camera that stands still: an outline that is as it was on the last frame is not handed to cairo curve by curve
    again. Most are: what stands above the lowest mark that moves is painted on every frame.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._paths: Any = WeakKeyDictionary()

    def set_cairo_context_path(self, ctx: Any, vmobject: Any) -> BoardCamera:
        """Make the outline of a mobject the path of the context."""
        points, path = self._paths.get(vmobject, (None, None))
        if np.array_equal(points, vmobject.points):
            ctx.new_path()
            ctx.append_path(path)
        else:
            super().set_cairo_context_path(ctx, vmobject)
            self._paths[vmobject] = vmobject.points.copy(), ctx.copy_path()
        return self


class BoardScene(manim.Scene):
    """A scene that plays boards. A scene of your own names its ``boards``; it may extend :meth:`tell` to do more where
    a board stands, with the marks in ``self.group``.
    """

    boards: Sequence[Board] = ()
    pacing = "teach"
    theme = "dark"

    def __init__(
        self,
        boards: Sequence[Board] | None = None,
        pacing: str | None = None,
        theme: str | None = None,
        on_board: Callable[[Board], None] | None = None,
        on_frame: Callable[[], None] | None = None,
        **options: Any,
    ) -> None:
        self.boards = self.boards if boards is None else boards
        self.pacing, self.theme = pacing or self.pacing, theme or self.theme
        self.on_board, self.on_frame = on_board, on_frame
        self.course = course(self.boards, self.pacing)
        """Each board with the way to it and how long it stays."""
        self.ground = palette(self.theme).ground
        super().__init__(**{"camera_class": BoardCamera} | options)

    def setup(self) -> None:
        """The ground, and the group of the first board."""
        self.camera.background_color = self.ground
        self.group = BoardGroup(self.boards[0], self.theme)

    def construct(self) -> None:
        """One board after the other."""
        for step in self.course:
            self.tell(step)

    def tell(self, step: Step) -> None:
        """Go to a board, in a section of its name, and stay."""
        self.next_section(step.board.name)
        if step.way is None:
            self.add(*self.group)
        elif step.way.duration:
            self.play(BoardTransition(self.group, step.way, self.on_frame))
        self.wait(step.hold + NUDGE, frozen_frame=True)
        if self.on_board is not None:
            self.on_board(step.board)
        if self.on_frame is not None:
            self.on_frame()


@lru_cache(maxsize=5000)
def _curves(sizes: tuple[int, ...]) -> np.ndarray:
    """Where the points of chains stand when every curve brings its own beginning, as manim stores them."""
    starts = np.cumsum((0, *sizes[:-1]))
    firsts = np.concatenate([np.arange(start, start + size - 1, 3) for start, size in zip(starts, sizes, strict=True)])
    return (firsts[:, np.newaxis] + np.arange(4)).ravel()
