"""channel_summation: how several channels become one number, and what a filter is.

Each channel is correlated with its own kernel: taps times samples, stacked head to tail, end at the channel's partial
sum. The partial sums and the bias, stacked the same way, end at the output. Then the filter slides, and then there are
several filters. It answers "how do several channels become one number?", "what is a filter?" and "why so many
outputs?".
"""

from __future__ import annotations

from convexplain.board.marks import FILM, Board, Format
from convexplain.stories.many_channels.alone import Alone
from convexplain.stories.many_channels.along import Along
from convexplain.stories.many_channels.channels import Channels
from convexplain.stories.many_channels.stage import Stage
from convexplain.stories.many_channels.wall import Wall
from convexplain.stories.script import Script

FIGURE = {
    1: ("partial 0", "output"),
    2: ("partial 0", "output", "outputs", "filters"),
    3: ("kernel", "partial 0", "partial 1", "output", "outputs", "filters"),
}
"""The boards of the composed figure, by how many panels stand side by side."""


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    row = Channels(script, form)
    stage = Stage(row)
    return (*Alone(row, stage).boards(), *Along(row, stage).boards(), *Wall(row).boards())
