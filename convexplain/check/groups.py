"""Which samples an output is made of, where they are normalised together: softmax, a layer normalisation.

Such an output is no sum of samples, so impulses prove nothing of it. Each sample is changed alone, all others at random
numbers of ours: every output of its group must change, and every other one must stay as it is, bit for bit. Both times
the oracle is asked about as many rows at the same places, so that nothing but the sample differs. Samples of different
groups, changed together, then show that outputs change as they should, each within its own bound. This module knows how
that is asked; it knows no kind of layer.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np

from convexplain.check import roles
from convexplain.check.asking import ROWS_KEPT, Asked, Findings, WrongAnswer, ask, block, compare, counted, expected
from convexplain.check.impulses import neutral
from convexplain.layers import stated

Levels: TypeAlias = "list[np.ndarray]"

GROUPS = (
    "where samples are normalised together, an output that stays as it is, bit for bit, when one sample alone is "
    "changed among random numbers of ours, does not depend on that sample"
)
"""What the proof takes for granted."""
_LEAST_DRAWS, _MOST_DRAWS = 2, 8
"""How often all is done with other random numbers: again where some change was too small to be told from rounding."""


def prove_groups(asked: Asked, findings: Findings, memory: int, seconds: float) -> None:
    """Show which samples an output depends on, by changing each sample alone, several times among other numbers."""
    layer, shapes = asked.layer, asked.shapes
    weights = [neutral(array, part) for array, part in roles.arrays(layer, shapes)]
    most, started = block(asked, memory), time.monotonic()
    pairs = roles.pairs(stated(layer, *shapes))
    told, changed = (np.zeros(len(pairs.cells), dtype=bool) for _ in range(2))
    rng, draw = np.random.default_rng(4), 0
    reason = "" if most else f"one question takes more than the {memory >> 20:,} MB allowed"
    while not reason and draw < _MOST_DRAWS and (draw < _LEAST_DRAWS or not told.all()):
        base = [rng.uniform(-1, 1, shape).astype(np.float32) for shape in shapes]
        moves = [(rng.choice((-1, 1), shape) * rng.uniform(1, 2, shape)).astype(np.float32) for shape in shapes]
        try:
            if not _compare_together(asked, findings, weights, base, moves, pairs, told, most):
                return
            left = seconds - (time.monotonic() - started)
            reason = _change_alone(asked, weights, base, moves, pairs, changed, most, left)
        except WrongAnswer as fault:
            findings.faults.append(f"one sample changed: {fault}")
            return
        draw += 1
    if not reason and not told.all():
        reason = "a changed sample gives answers that float32 may not tell from those before"
    if not reason and not changed.all():
        still = int(np.count_nonzero(~changed))
        findings.faults.append(f"one sample changed: {counted(still, 'output')} of its group must change with it")
        return
    findings.index_map = "probed" if reason else "proved"
    samples = counted(sum(map(math.prod, shapes)), "sample")
    findings.index_map_how = (
        f"random numbers, each output within its own bound; no proof, since {reason}"
        if reason
        else f"by independence: {samples}, each changed alone among random numbers, {draw} times, changes every output "
        "of its group and no other, bit for bit; what is made of a group is held against bounds on random numbers"
    )


def _blocks(count: int, most: int) -> Iterator[slice]:
    """Rows in blocks; a small first one shows how long the rest will take."""
    start, size = 0, min(most, 8)
    while start < count:
        yield slice(start, min(start + size, count))
        start, size = start + size, most


def _compare_together(
    asked: Asked,
    findings: Findings,
    weights: Levels,
    base: Levels,
    moves: Levels,
    pairs: roles.Pairs,
    told: np.ndarray,
    most: int,
) -> bool:
    """Whether outputs are right where a sample of each group is changed; which changes show is entered in ``told``."""
    rows = roles.rows(stated(asked.layer, *asked.shapes), math.prod(map(math.prod, asked.shapes)))
    starts = np.cumsum([0, *map(math.prod, asked.shapes)])
    before, around = expected(asked, weights, [level[None] for level in base])
    for part in _blocks(len(rows), most):
        some = rows[part]
        levels = [np.repeat(level[None], len(some), axis=0) for level in base]
        place_of = np.full(starts[-1], -1)
        for place, row in enumerate(some):
            at: Any = (place, *row.cells)
            levels[row.source][at] += moves[row.source][row.cells]
            place_of[starts[row.source] + np.ravel_multi_index(row.cells, asked.shapes[row.source])] = place
        if not compare("samples changed", asked, weights, levels, findings, ROWS_KEPT):
            return False
        value, bound = expected(asked, weights, levels)
        apart = (np.abs(value - before) > bound + around).reshape(len(some), -1)
        here = place_of[pairs.cells] >= 0
        told[here] |= apart[place_of[pairs.cells[here]], pairs.outputs[here]]
    return True


def _change_alone(
    asked: Asked,
    weights: Levels,
    base: Levels,
    moves: Levels,
    pairs: roles.Pairs,
    changed: np.ndarray,
    most: int,
    seconds: float,
) -> str:
    """Ask about each sample changed alone; which outputs change is entered in ``changed``. Why not all were asked
    about, or nothing. :class:`WrongAnswer` where an output changes that has no part in it.
    """
    sizes = list(map(math.prod, asked.shapes))
    starts, started, count = np.cumsum([0, *sizes]), time.monotonic(), sum(sizes)
    for part in _blocks(count, most):
        cells = np.arange(count)[part]
        levels = [np.repeat(level[None], len(cells), axis=0) for level in base]
        before = ask(asked.oracle, asked.layer, weights, levels).reshape(len(cells), -1)
        for source, level in enumerate(levels):
            rows = np.flatnonzero((cells >= starts[source]) & (cells < starts[source + 1]))
            own = cells[rows] - starts[source]
            level.reshape(len(cells), -1)[rows, own] += moves[source].ravel()[own]
        after = ask(asked.oracle, asked.layer, weights, levels).reshape(len(cells), -1)
        moved = before != after
        first, last = np.searchsorted(pairs.cells, [cells[0], cells[-1] + 1])
        at = pairs.cells[first:last] - cells[0], pairs.outputs[first:last]
        changed[first:last] |= moved[at]
        moved[at] = False
        if moved.any():
            row, output = np.argwhere(moved)[0]
            place = [int(n) for n in np.unravel_index(output, asked.layer.output_shape(*asked.shapes))]
            raise WrongAnswer(
                f"output {place} must stay as it is, bit for bit, for a sample outside its group. Received: "
                f"{before[row, output]:.9g} before and {after[row, output]:.9g} after"
            )
        elapsed = time.monotonic() - started
        needed = elapsed * count / (cells[-1] + 1)
        # The first question may be slow, as where a function is compiled for it.
        if cells[-1] + 1 < count and needed > seconds and elapsed > seconds / 8:
            return (
                f"all {count:,} samples, each changed alone, would take {needed:.0f} s of {max(seconds, 0):.0f} s left"
            )
    return ""
