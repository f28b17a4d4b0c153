"""A story with its numbers, checked: what a figure and a film are drawn from.

This module joins a story's frames, the ledgers of its cells and the result of the check; it draws nothing. Nothing is
drawn from numbers that were refuted: making a script raises first.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import Any

import numpy as np

from convexplain.check import verify
from convexplain.layers import Cell, quoted
from convexplain.ledger import Ledger, Row, add_up, evaluate, ledger, multiply
from convexplain.network import Levels, Network, Recorded
from convexplain.stack import Stack
from convexplain.story import STORIES, Frame, Story


class Refuted(ValueError):
    """A network's numbers are not those of the layers it is said to be made of."""


@dataclass(frozen=True, eq=False)
class Script:
    """The frames of a story, the numbers behind each, and the check they have passed."""

    story: Story
    network: Network
    levels: Levels
    check: verify.Check

    @property
    def read(self) -> np.ndarray:
        """The values of the level that is read, (steps, channels)."""
        return self.levels.values[self.story.level - 1]

    @property
    def kernel(self) -> np.ndarray:
        """The kernel array, (taps, channels of a group, filters)."""
        return self.network.weights[self.story.level - 1][0]  # type: ignore[index]

    def ledger(self, cell: Cell) -> Ledger:
        """The products behind an output cell of the story's level."""
        return self._ledgers(cell)

    def rows(self, frame: Frame, read: np.ndarray | None = None) -> tuple[Row, ...]:
        """The products a frame lights, in its order; with another input than the network's when ``read`` is given."""
        return multiply(frame.terms, self.kernel, self.read if read is None else read)

    def total(self, frame: Frame, read: np.ndarray | None = None) -> Fraction:
        """The sum of the products a frame lights."""
        return add_up(self.rows(frame, read))

    @property
    def impulse(self) -> np.ndarray:
        """An input of the same shape that is zero but for a single 1, at the last sample the told cell reads."""
        impulse = np.zeros_like(self.read)
        sources = [term.source for term in self.story.stack.terms(self.story.level, self.story.cell) if not term.padded]
        impulse[sources[-1] if sources else (0, 0)] = 1
        return impulse

    @property
    def _ledgers(self) -> Any:
        return _ledger_of(self)


@lru_cache(maxsize=8)
def _ledger_of(script: Script) -> Any:
    return lru_cache(maxsize=None)(lambda cell: ledger(script.network, script.levels, script.story.level, cell))


def write(name: str, network: Network, cell: tuple[int, int] | None = None, level: int | None = None) -> Script:
    """The script of story ``name`` for one output cell (step, channel) of ``level``, the last one when None.

    Raises ``ValueError`` for an unknown story or a network without weights, ``IndexError`` for a cell or level out of
    range, :class:`Refuted` when the numbers do not pass the check.
    """
    if name not in STORIES:
        raise ValueError(f"the story must be one of {', '.join(STORIES)}. Received: {quoted(name)}")
    level = network.stack.check_level(network.stack.depth if level is None else level, lowest=1)
    at = network.stack.check_cell(level, *((0, 0) if cell is None else _pair(cell)))
    told = STORIES[name]
    if told.one_channel:
        network = narrow(network, level, at.channel)
        level, at = 1, Cell(at.step, 0)
    levels = evaluate(network)
    check = verify.check(network)
    if not check.ok:
        raise Refuted(f"the numbers must pass the check before they are drawn. Received: {check}")
    return Script(told.tell(network.stack, level, at), network, levels, check)


def _pair(cell: Any) -> tuple[Any, Any]:
    """(step, channel), or an ``IndexError``."""
    if not isinstance(cell, (tuple, list, np.ndarray)) or len(cell) != 2:
        raise IndexError(f"a cell must be two numbers, (step, channel). Received: {quoted(repr(cell))}")
    return cell[0], cell[1]


def narrow(network: Network, level: int, filter: int, channel: int | None = None) -> Network:
    """One filter of one layer reading one channel (the first its group reads), as a network of its own: no bias, no
    activation.
    """
    levels = evaluate(network)
    layer, (steps, channels) = network.stack.layers[level - 1], network.stack.shapes[level - 1]
    own = 0 if channel is None else channel
    source = layer.source_channel(channels, own, filter)
    one = _alone(layer)
    kernel = network.weights[level - 1][0][:, own : own + 1, filter : filter + 1]  # type: ignore[index]
    recorded = None
    if network.recorded is not None and channels == layer.groups and not layer.use_bias and layer.is_linear:
        recorded = Recorded((network.recorded.outputs[level - 1][:, filter : filter + 1],), network.recorded.source)
    return Network(Stack((steps, 1), [one]), ((kernel,),), levels.values[level - 1][:, source : source + 1], recorded)


def _alone(layer: Any) -> Any:
    """The layer with one filter, one group, no bias and no activation."""
    return type(layer)(
        1,
        layer.kernel_size,
        layer.strides,
        layer.padding,
        dilation_rate=layer.dilation_rate,
        use_bias=False,
        name=layer.name,
    )
