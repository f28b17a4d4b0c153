"""Which samples an output is made of, where they are normalised together: softmax, a layer normalisation.

Such an output is no sum of samples, so impulses prove nothing of it. One sample of each group is changed, all others at
random numbers of ours: every output must change as it should, within its own bound, until each is told from the one
before. Then all samples of half of the groups are changed, and of the other half, the groups halved by each digit of
their number, so that any two are apart once: the outputs of the others must stay as they are, bit for bit. Both times
the oracle is asked about as many rows at the same places, so that nothing but the samples differs. This module knows
how that is asked; it knows no kind of layer.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from convexplain.check import roles
from convexplain.check.asking import ROWS_KEPT, Asked, Findings, WrongAnswer, ask, block, compare, counted, expected
from convexplain.check.impulses import neutral
from convexplain.layers import stated
from convexplain.layers.statement import Shape

Levels: TypeAlias = "list[np.ndarray]"

GROUPS = (
    "where samples are normalised together, an output that stays as it is, bit for bit, when all samples of other "
    "groups are changed among random numbers of ours, does not depend on them"
)
"""What the proof takes for granted."""
_LEAST_DRAWS, _MOST_DRAWS = 2, 8
"""How often it is done with other random numbers: again where some change was too small to be told from rounding."""


def prove_groups(asked: Asked, findings: Findings, memory: int, seconds: float) -> None:
    """Show which samples an output depends on, by changing one sample of each group, and then other groups."""
    layer, shapes = asked.layer, asked.shapes
    weights = [neutral(array, part) for array, part in roles.arrays(layer, shapes)]
    most, end = block(asked, memory), time.monotonic() + seconds
    pairs = roles.pairs(stated(layer, *shapes))
    labels, apart = _groups(pairs, sum(map(math.prod, shapes)), asked.outputs)
    told = np.zeros(len(pairs.cells), dtype=bool)
    rng, draw = np.random.default_rng(4), 0
    reason: str | None = "" if most else f"one question takes more than the {memory >> 20:,} MB allowed"
    reason = reason if apart else "samples are read by groups that overlap"
    while not reason and draw < _MOST_DRAWS and (draw < _LEAST_DRAWS or not told.all()):
        base = [rng.uniform(-1, 1, shape).astype(np.float32) for shape in shapes]
        moves = [(rng.choice((-1, 1), shape) * rng.uniform(1, 2, shape)).astype(np.float32) for shape in shapes]
        reason = _change_one_of_each(asked, findings, weights, base, moves, pairs, told, most, end)
        if reason is None:
            return
        try:
            if draw < _LEAST_DRAWS:
                _change_others(asked, weights, base, moves, labels, pairs, most)
        except WrongAnswer as fault:
            findings.faults.append(f"other groups changed: {fault}")
            return
        draw += 1
    if not reason and not told.all():
        reason = "a changed sample gives answers that float32 may not tell from those before"
    findings.index_map = "probed" if reason else "proved"
    samples, count = counted(sum(map(math.prod, shapes)), "sample"), int(labels.max()) + 1
    others = f", and all other groups, changed {_LEAST_DRAWS} times, change none, bit for bit" if count > 1 else ""
    findings.index_map_how = (
        f"random numbers, each output within its own bound; no proof, since {reason}"
        if reason
        else f"by independence: {samples} in {counted(count, 'group')}, at random numbers; each sample, changed, "
        f"changes every output of its group within bounds{others}"
    )


def _groups(pairs: roles.Pairs, samples: int, outputs: int) -> tuple[np.ndarray, bool]:
    """The number of each sample's group, -1 where nothing reads it, and whether no output reads two groups."""
    labels, own = np.full(samples, -1), np.full(outputs, -1)
    cells, first = np.unique(pairs.cells, return_index=True)
    labels[cells] = np.unique(pairs.outputs[first], return_inverse=True)[1]
    own[pairs.outputs] = labels[pairs.cells]
    return labels, bool((own[pairs.outputs] == labels[pairs.cells]).all())


def _blocks(count: int, most: int) -> Iterator[slice]:
    """Rows in blocks; a small first one shows how long the rest will take."""
    start, size = 0, min(most, 8)
    while start < count:
        yield slice(start, min(start + size, count))
        start, size = start + size, most


def _change_one_of_each(
    asked: Asked,
    findings: Findings,
    weights: Levels,
    base: Levels,
    moves: Levels,
    pairs: roles.Pairs,
    told: np.ndarray,
    most: int,
    end: float,
) -> str | None:
    """Ask about one changed sample of each group at a time, of those whose changes are not all ``told`` from what was
    before, where they are entered. Why not all were asked about, or nothing; None where an output is wrong.
    """
    starts = np.cumsum([0, *map(math.prod, asked.shapes)])
    untold = np.zeros(starts[-1], dtype=bool)
    untold[pairs.cells[~told]] = True

    def places(row: roles.Row) -> np.ndarray:
        return starts[row.source] + np.ravel_multi_index(row.cells, asked.shapes[row.source])

    every = roles.rows(stated(asked.layer, *asked.shapes), int(starts[-1]))
    rows = [row for row in every if untold[places(row)].any()]
    if not compare("samples as drawn", asked, weights, [level[None] for level in base], findings, ROWS_KEPT):
        return None
    before, around = expected(asked, weights, [level[None] for level in base])
    started = time.monotonic()
    for part in _blocks(len(rows), most):
        some = rows[part]
        levels = [np.repeat(level[None], len(some), axis=0) for level in base]
        place_of = np.full(starts[-1], -1)
        for place, row in enumerate(some):
            at: Any = (place, *row.cells)
            levels[row.source][at] += moves[row.source][row.cells]
            place_of[places(row)] = place
        if not compare("samples changed", asked, weights, levels, findings, ROWS_KEPT):
            return None
        value, bound = expected(asked, weights, levels)
        apart = (np.abs(value - before) > bound + around).reshape(len(some), -1)
        here = place_of[pairs.cells] >= 0
        told[here] |= apart[place_of[pairs.cells[here]], pairs.outputs[here]]
        now = time.monotonic()
        needed, left = (now - started) * len(rows) / part.stop, end - started
        # The first question may be slow, as where a function is compiled for it.
        if part.stop < len(rows) and needed > left and now - started > left / 8:
            return f"all {len(rows):,} rows of changed samples would take {needed:.0f} s of {max(left, 0):.0f} s left"
    return ""


def _change_others(
    asked: Asked,
    weights: Levels,
    base: Levels,
    moves: Levels,
    labels: np.ndarray,
    pairs: roles.Pairs,
    most: int,
) -> None:
    """Ask about halves of the groups changed, and what nothing reads. :class:`WrongAnswer` where an output of a group
    changes that is not.
    """
    digits = range(int(labels.max()).bit_length())
    halves = [(labels >> digit & 1 == side) | (labels < 0) for digit in digits for side in (0, 1)]
    changed = np.array([half for half in (*halves, labels < 0) if half.any()]).reshape(-1, len(labels))
    flat = np.concatenate([level.ravel() for level in base]), np.concatenate([move.ravel() for move in moves])
    own = np.full(asked.outputs, -1)
    own[pairs.outputs] = pairs.cells
    for part in _blocks(len(changed), most):
        before, after = (
            ask(asked.oracle, asked.layer, weights, _levels(numbers, asked.shapes)).reshape(len(changed[part]), -1)
            for numbers in (np.repeat(flat[0][None], len(changed[part]), axis=0), flat[0] + changed[part] * flat[1])
        )
        moved = (before != after) & ~(changed[part][:, own] & (own >= 0))
        if moved.any():
            row, output = np.argwhere(moved)[0]
            place = [int(n) for n in np.unravel_index(output, asked.layer.output_shape(*asked.shapes))]
            raise WrongAnswer(
                f"output {place} must stay as it is, bit for bit, for samples outside its group. Received: "
                f"{before[row, output]:.9g} before and {after[row, output]:.9g} after"
            )


def _levels(numbers: np.ndarray, shapes: Sequence[Shape]) -> Levels:
    """Rows of the samples of all levels as a batch of each level."""
    parts = np.split(numbers, np.cumsum(list(map(math.prod, shapes)))[:-1], axis=1)
    return [part.reshape(-1, *shape) for part, shape in zip(parts, shapes, strict=True)]
