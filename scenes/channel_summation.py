"""The film of channel_summation: ``manim render scenes/channel_summation.py ChannelSummation``.

``ChannelSummation`` tells it with small integers, ``Notebook`` with the second layer of the notebook's model.
"""

from convexplain.films import channel_summation


class ChannelSummation(channel_summation.ChannelSummation):
    """Two channels, two filters, three taps, a bias."""


class Notebook(channel_summation.ChannelSummation):
    """Four channels, eight filters, five taps, real numbers."""

    example = "notebook"
    cell = (0, 4)
