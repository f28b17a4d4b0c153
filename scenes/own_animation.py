"""A story with an animation of one's own between two boards: ``manim render -qm scenes/own_animation.py Pointed``."""

from manim import Indicate

from convexplain.scene import StoryScene


class Pointed(StoryScene):
    """channel_summation, with its output pointed at when it has been made."""

    story = "channel_summation"

    def tell(self, step):
        """As told, and then the largest bar swells for a moment: marks are mobjects by their keys."""
        super().tell(step)
        if step.board.name == "output":
            total = next(key for key, mark in step.board.marks.items() if mark.about and mark.about[0] == "total")
            self.play(Indicate(self.group[total], color="#F5E14A"))
