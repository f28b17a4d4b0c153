"""A scene of one's own, on boards: ``manim render -qm scenes/one_product.py OneProduct``.

``boards`` may be those of any story, ``story.boards``; here they are two small ones. ``self.group`` holds the marks of
the board that stands, by their keys; ``OnPaper`` is the same on white, at twice the speed or so.
"""

from manim import Indicate

from convexplain.board.marks import FILM, TEXT, Draft, bar
from convexplain.board.text import words
from convexplain.render.scene import BoardScene

UNIT = 80.0


def number(draft, name, role, value, x, **more):
    """A bar with its number on it."""
    draft.put("numbers", (name, "bar"), bar(role, x, 800, 160, UNIT * value, unit=UNIT, **more))
    draft.put("numbers", (name, "digits"), words(str(value), x, 766 - UNIT * value, TEXT, rides=(name, "bar")))


factors = Draft(FILM)
number(factors, "weight", "tap 0", 2, 560)
number(factors, "sample", "sample", 3, 960)
product = Draft(FILM, dict(factors.marks))
number(product, "product", "tap 0", 6, 1360, copy_of=("weight", "bar"))


class OneProduct(BoardScene):
    """A weight is laid down as often as the sample says."""

    boards = (factors.board("factors", "A weight and a sample."), product.board("product", "Their product."))

    def tell(self, step):
        """What a story tells, and one movement more."""
        super().tell(step)
        if step.board.name == "product":
            self.play(Indicate(self.group["product", "digits"]))


class OnPaper(OneProduct):
    """The same for a white page."""

    theme = "light"
    pacing = "fast"
