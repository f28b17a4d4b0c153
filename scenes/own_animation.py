"""A story with an animation of one's own between two boards: ``manim render -qm scenes/own_animation.py Pointed``."""

from manim import Indicate

from convexplain.scene import StoryScene


class Pointed(StoryScene):
    """channel_summation, with the output that is told pointed at when it has been made."""

    story, is_pointed_at = "channel_summation", False

    def tell(self, step):
        """As told, and then the output swells for a moment: marks are mobjects by their keys."""
        super().tell(step)
        outputs = [key for key, mark in step.board.marks.items() if mark.about and mark.about[:2] == ("total", 1)]
        if outputs and not self.is_pointed_at:
            self.is_pointed_at = True
            self.play(*(Indicate(self.group[key], color="#F5E14A") for key in outputs))
