"""Stories as manim scenes: ``manim render scenes/kernel_flip.py KernelFlip``.

A variant changes class attributes only; a scene of your own extends :meth:`tell` to do more where a board stands. This
module joins stories and the film's scene, and is imported by who has manim.
"""

from __future__ import annotations

from typing import Any

import convexplain
from convexplain.board.marks import Board
from convexplain.render.scene import BoardScene
from convexplain.render.settings import Step
from convexplain.stories import find

__all__ = ["StoryScene"]


class StoryScene(BoardScene):
    """A story of an example, or of your own network: override :meth:`explanation` for that.

    ``story`` is its name, ``example`` the example it is told with (its own when None), ``level`` and ``cell`` what is
    told of it (what suits it when None), ``numbers`` "short" or "full"; ``pacing`` and ``theme`` as everywhere. While a
    board stands, ``self.group`` holds its marks by their keys: ``self.group["y1", 3, 0, "bar"]``.
    """

    story = "kernel_flip"
    example: str | None = None
    level: int | None = None
    cell: tuple[int, int] | None = None
    numbers = "short"

    def __init__(self, **options: Any) -> None:
        super().__init__(boards=self.told(), **options)

    def explanation(self) -> Any:
        """What is told."""
        return convexplain.example(self.example or find(self.story).example or self.story)

    def told(self) -> tuple[Board, ...]:
        """The boards."""
        return self.explanation().story(self.story, self.cell, self.level, numbers=self.numbers).boards

    def tell(self, step: Step) -> None:
        """Go to a board, and stay."""
        super().tell(step)
