"""Every story as a scene: ``manim render -qm scenes/stories.py KernelFlip``.

A variant changes class attributes only: the example, the level and cell that are told, pacing, theme, numbers.
"""

from convexplain.scene import StoryScene


class SlidingWindow(StoryScene):
    """What one filter does, and what it responds to."""

    story = "sliding_window"


class KernelFlip(StoryScene):
    """Conv1D slides the kernel as it is; convolve turns it over first."""

    story = "kernel_flip"


class KernelFlipNotebook(KernelFlip):
    """The same of the notebook's first layer: 20 samples, 5 taps, real numbers."""

    example, level = "notebook", 1


class ChannelSummation(StoryScene):
    """Each channel has its own kernel, and the channels are summed."""

    story = "channel_summation"


class ChannelSummationNotebook(ChannelSummation):
    """Four channels, eight filters, five taps; output step 10 of filter 1."""

    example, level, cell = "notebook", 2, (10, 1)


class PaddingModes(StoryScene):
    """valid, same and causal under one ruler, on white, quickly."""

    story, theme, pacing = "padding_modes", "light", "fast"


class Paths(StoryScene):
    """Every way from a sample to one output."""

    story = "paths"


class ClosedForm(StoryScene):
    """The formula of one output, and Keras's number inside its bound."""

    story = "closed_form"


class Collapse(StoryScene):
    """Two linear layers are one."""

    story = "collapse"


class GradientFlip(StoryScene):
    """The same edges read forward and backward."""

    story = "gradient_flip"
