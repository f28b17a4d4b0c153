"""Which output a picture tells, and how much room its numbers take.

This module compares outputs by their products and by how long they are to write; it knows no layout.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from convexplain.layers import Cell
from convexplain.numbers import exact
from convexplain.stories.shown import Shown

MOST_CELLS, MOST_TERMS = 48, 4_000
"""How many outputs, and how many products of them, are written out to find the one with the shortest numbers."""


def telling_cell(shown: Shown, level: int | None = None, cells: Iterable[tuple[int, int]] | None = None) -> Cell:
    """The output of a told level (the last one when None) that is easiest to follow, of ``cells`` or of all.

    First come outputs that a relu passes on, with the fewest products that are zero (padding counts as zero; with
    several told levels the products are those of whole paths), that are not small, in the middle half of the signal;
    of these the one whose numbers have the fewest digits. Full numbers are best told of the cell that short ones have
    chosen.

    >>> from convexplain.examples import network
    >>> from convexplain.stories.shown import show
    >>> telling_cell(show(network("notebook"), levels=2))
    Cell(step=7, channel=5)
    """
    level = shown.told[-1] if level is None else level
    values, stack = shown.levels.values, shown.network.stack
    steps, filters = stack.shapes[level]
    met = (values[shown.told[0] - 1] != 0).astype(np.float64)
    for layer in range(shown.told[0], level + 1):
        kernel = (shown.network.weights[layer - 1][0] != 0).astype(np.float64)  # type: ignore[index]
        met = exact.correlate(stack.layers[layer - 1], met, kernel)
        met = met * (values[layer] != 0) if layer < level else met
    sizes = np.abs(values[level].astype(np.float64))
    step, filter = np.indices((steps, filters)).reshape(2, -1)
    off = np.abs(2 * step - (steps - 1))
    merits = (2 * off > steps - 1, (3 * sizes < sizes.max()).ravel(), -met.ravel(), (sizes == 0).ravel())
    keys = np.array([filter, off, *merits], dtype=np.float64)
    order = np.lexsort(keys)
    if cells is not None:
        wanted = np.zeros((steps, filters), dtype=bool)
        for cell in cells:
            wanted[stack.check_cell(level, *cell)] = True
        order = order[wanted.ravel()[order]]
        if not len(order):
            raise ValueError("a telling cell must be one of some cells. Received: none")
    best = order[(keys[2:, order] == keys[2:, order[:1]]).all(axis=0)]
    few = max(4, min(MOST_CELLS, MOST_TERMS // len(stack.terms(level, Cell(0, 0)))))
    looked_at = [Cell(int(step[at]), int(filter[at])) for at in best[:few]]
    return min(looked_at, key=lambda cell: _digits(shown, level, cell))


def _digits(shown: Shown, level: int, cell: Cell) -> int:
    """How many digits are written to tell one output."""
    found = shown.ledger(level, cell)
    here, below, weights = shown.level_form(level), shown.level_form(level - 1), shown.weight_form(level)
    texts = [here.text(value) for value in (*(partial.total for partial in found.partial_sums), found.total)]
    for row in found.rows:
        texts += [weights.text(row.weight), below.text(row.sample), here.text(row.product)]
    return sum(letter.isdigit() for text in texts for letter in text)
