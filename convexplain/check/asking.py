"""A question about a layer, its answer, and what was found so far: what every probe is made with.

This module knows how an oracle is asked, what answers a right one may give by the bounds on the layer's statement, and
how a wrong one is entered; which questions are asked is the business of :mod:`convexplain.check.probes` and
:mod:`convexplain.check.groups`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np

from convexplain.check import bounds, roles
from convexplain.check.oracles import Oracle
from convexplain.layers import stated
from convexplain.layers.statement import Shape
from convexplain.names import quoted
from convexplain.system import parts

ROWS_KEPT = 4
"""Rows of a question that are kept where they are answered wrongly."""


class Answer(NamedTuple):
    """A question about a layer, its weights and the levels it reads, each with a batch, and the oracle's answer."""

    layer: Any
    weights: Sequence[np.ndarray]
    inputs: Sequence[np.ndarray]
    y: np.ndarray


class WrongAnswer(ValueError):
    """An answer that no right oracle gives; the message says why."""


@dataclass
class Findings:
    """What the probes have found about one layer so far."""

    index_map: str = "refuted"
    """Which weight meets which sample: "proved", "probed" or "refuted"."""
    index_map_how: str = ""
    bias: str = "none"
    """Where the other weights belong, the bias for one: "proved", "probed", "none" or "refuted"."""
    cells_equal: int = 0
    cells: int = 0
    """Outputs of the probes of integers and real numbers that float32 does not round, and how many are equal."""
    cells_within: int = 0
    cells_bounded: int = 0
    """Outputs of these that it rounds, and how many lie within their bounds."""
    faults: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    """The answers to all probes but impulses, and the first rows of impulses that were answered wrongly."""
    assumptions: list[str] = field(default_factory=list)


class Asked(NamedTuple):
    """Who is asked about which layer on levels of which shapes."""

    layer: Any
    shapes: tuple[Shape, ...]
    oracle: Oracle

    @property
    def outputs(self) -> int:
        """How many outputs one row has."""
        return math.prod(self.layer.output_shape(*self.shapes))


def ask(oracle: Oracle, layer: Any, weights: Sequence[np.ndarray], inputs: Any, finite: bool = True) -> np.ndarray:
    """The oracle's answer for levels, each with a batch. :class:`WrongAnswer` when it is not one: an error, a wrong
    shape, NaN, ...
    """
    shape = (len(inputs[0]), *layer.output_shape(*(x.shape[1:] for x in inputs)))
    # Copies, so that an oracle which works in place cannot change the question.
    given: Any = [np.array(x) for x in inputs]
    try:
        with np.errstate(all="ignore"):
            copies = [np.array(array) for array in weights]
            y = np.asarray(oracle(layer, copies, given[0] if layer.sources == (1, 1) else given))
    except parts.MissingPart:
        raise
    except Exception as error:
        raise WrongAnswer(f"it raised {type(error).__name__}: {quoted(error, 130)}") from None
    if y.shape != shape:
        raise WrongAnswer(f"the answer must have the shape {shape}. Received: {y.shape}")
    if y.dtype.kind != "f":
        raise WrongAnswer(f"the answer must hold floating-point numbers. Received: dtype {quoted(y.dtype)}")
    if finite and not np.isfinite(y).all():
        bad = np.count_nonzero(~np.isfinite(y))
        raise WrongAnswer(f"the answer must be finite. Received: {bad:,} of {y.size:,} numbers NaN or infinite")
    return y


def row_bytes(asked: Asked) -> int:
    """The question and its copy, the answers and their comparison, and what an oracle makes of the windows."""
    samples = sum(map(math.prod, asked.shapes))
    return 8 * (2 * samples + 6 * asked.outputs) + 4 * roles.windows(stated(asked.layer, *asked.shapes))


def block(asked: Asked, memory: int) -> int:
    """How many rows may be asked at once; a quarter of the memory is for blocks of windows."""
    size = row_bytes(asked)
    return 0 if size > memory else max(1, memory * 3 // 4 // size)


def counted(count: int, what: str) -> str:
    """``1 row``, ``12 rows``."""
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def expected(asked: Asked, weights: Sequence[np.ndarray], inputs: Sequence[np.ndarray]) -> bounds.Outcome:
    """What a right answer is, and how far float32 may lie from it."""
    return bounds.outcome(bounds.form(asked.layer, weights, inputs, asked.shapes))


def compare(
    what: str,
    asked: Asked,
    weights: Sequence[np.ndarray],
    inputs: Sequence[np.ndarray],
    findings: Findings,
    rows_kept: int | None = None,
    counted: bool = False,
) -> bool:
    """Whether the oracle gets all outputs right; a wrong one is entered as a fault.

    The answer is kept, or only up to ``rows_kept`` rows of it that are wrong.
    """
    value, bound = expected(asked, weights, inputs)
    sharp = bound == 0
    if counted:
        findings.cells += int(np.count_nonzero(sharp))
        findings.cells_bounded += int(np.count_nonzero(~sharp & np.isfinite(bound)))
    try:
        y = ask(asked.oracle, asked.layer, weights, inputs, finite=bool(np.isfinite(bound).all()))
    except WrongAnswer as fault:
        findings.faults.append(f"{what}: {fault}")
        return False
    with np.errstate(invalid="ignore"):
        # Where a computation may overflow, nothing is said of its answer.
        wrong = ~(np.abs(y - value) <= bound) & np.isfinite(bound)
    axes = tuple(range(1, y.ndim))
    rows = np.arange(len(y)) if rows_kept is None else np.flatnonzero(wrong.any(axis=axes))[:rows_kept]
    if len(rows):
        findings.answers.append(Answer(asked.layer, weights, [x[rows] for x in inputs], y[rows]))
    if counted:
        findings.cells_equal += int(np.count_nonzero(sharp & ~wrong))
        findings.cells_within += int(np.count_nonzero(~sharp & np.isfinite(bound) & ~wrong))
    count = np.count_nonzero(wrong)
    if count:
        place = tuple(np.argwhere(wrong)[0])
        needed = f"{value[place]:.9g}" if sharp[place] else f"within {bound[place]:.2g} of {value[place]:.9g}"
        findings.faults.append(
            f"{what}: output {[int(n) for n in place[1:]]} must be {needed}. "
            f"Received: {y[place]:.9g} ({count:,} of {wrong.size:,} outputs differ)"
        )
    return not count
