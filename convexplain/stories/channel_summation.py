"""channel_summation: how several channels become one number, and what a filter is.

Each channel is correlated with its own kernel: taps times samples, stacked head to tail, end at the channel's partial
sum. The partial sums and the bias, stacked the same way, end at the output. Then the filter slides, and then there are
several filters. It answers "how do several channels become one number?", "what is a filter?" and "why so many
outputs?".
"""

from __future__ import annotations

from dataclasses import replace

from convexplain.board.marks import FILM, Board, Format
from convexplain.layers import Cell
from convexplain.stories.many_channels.alone import Alone
from convexplain.stories.many_channels.along import Along
from convexplain.stories.many_channels.channels import Channels
from convexplain.stories.many_channels.wall import Wall
from convexplain.stories.script import Script

FIGURE = ("partial 0", "output", "outputs", "filters")


def tell(script: Script, form: Format = FILM) -> tuple[Board, ...]:
    """The boards for the script's cell."""
    row = Channels(script, form)
    alone, wall = Alone(row), Wall(row)
    along, again = Along(row), []
    if wall.is_open and len(wall.filters) > 1:
        other = Channels(replace(script, cell=Cell(script.cell.step, wall.filters[1])), form)
        again = list(Along(other, along).again())
    return (*alone.boards(), *along.boards(), *again, *wall.boards())
