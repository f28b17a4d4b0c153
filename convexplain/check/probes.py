"""Questions with known answers that tell which weight meets which sample, put to an oracle with weights of our own.

This module knows exact sums and how to question an oracle; it knows nothing of a network's real numbers, of how an
oracle computes, and of any tolerance: an answer is equal, bit for bit, or it is wrong.

*Impulses* prove the index map. All products of a sample and a weight lie in [P, 2P) with P = 2**23, so one product is
never a sum of two, and zero is no product at all. The weights are primes that divide no sample, so within one row
every product tells its two factors. Where there are more weights than primes, the weights are numbered, and asked
once for each digit of their number. *Integers* of both signs, with sums that float32 holds exactly, then check the
whole layer, activation included.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import NamedTuple

import numpy as np

from convexplain import exact, parts
from convexplain.check.oracles import Oracle
from convexplain.layers import Conv1D, quoted

MEMORY = 256 << 20
"""Bytes that the arrays of one question may take."""
SECONDS = 60.0
"""Time for the proofs of a network's index maps."""
BILINEAR = (
    "each output is the activation of a bias plus products of a weight and a sample of the same input, each taken a "
    "whole number of times, never negative"
)
"""What the proof takes for granted."""

_EXACT = 1 << exact.ROUNDOFF_BITS
_SYMBOLS = np.array([p for p in range(1 << 11, 3276) if all(p % d for d in range(2, 58))], dtype=np.int64)
"""Primes of 12 bits: an oracle that rounds its factors to fewer is found out too."""
_AMPLITUDES = np.array([a for a in range(1 << 12, 5 << 10) if (a % _SYMBOLS).all()], dtype=np.int64)
_RANDOM_PROBES = 16
_LEAST_CELLS = 256
_ROWS_KEPT = 4


class Answer(NamedTuple):
    """A question, (batch, steps, channels) with its weights, and the oracle's answer to it."""

    weights: Sequence[np.ndarray]
    x: np.ndarray
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
    """That the bias belongs to the channels: "proved", "none" or "refuted"."""
    cells_equal: int = 0
    cells: int = 0
    """Outputs of the integer probe, and how many of them are equal."""
    faults: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    """The answers to the bias and integer probes, and the first rows of impulses that were answered wrongly."""


def examine(
    layer: Conv1D, shape: tuple[int, int], oracle: Oracle, memory: int = MEMORY, seconds: float = SECONDS
) -> Findings:
    """Put all probes to ``oracle`` for ``layer`` on inputs of ``shape`` (steps, channels)."""
    findings = Findings()
    prove_index_map(layer, shape, oracle, findings, memory, seconds)
    if layer.use_bias:
        prove_bias(layer, shape, oracle, findings)
    probe_integers(layer, shape, oracle, findings)
    return findings


def ask(oracle: Oracle, layer: Conv1D, weights: Sequence[np.ndarray], x: np.ndarray, finite: bool = True) -> np.ndarray:
    """The oracle's answer for x (batch, steps, channels). :class:`WrongAnswer` when it is not one: an error, a wrong
    shape, NaN, ...
    """
    shape = (len(x), layer.output_steps(x.shape[1]), layer.filters)
    try:
        # Copies, so that an oracle which works in place cannot change the question.
        y = np.asarray(oracle(layer, [np.array(array) for array in weights], np.array(x)))
    except parts.MissingPart:
        raise
    except Exception as error:
        raise WrongAnswer(f"it raised {type(error).__name__}: {quoted(error, 120)}") from None
    if y.shape != shape:
        raise WrongAnswer(f"the answer must have the shape {shape}. Received: {y.shape}")
    if y.dtype.kind != "f":
        raise WrongAnswer(f"the answer must hold floating-point numbers. Received: dtype {quoted(y.dtype)}")
    if finite and not np.isfinite(y).all():
        bad = np.count_nonzero(~np.isfinite(y))
        raise WrongAnswer(f"the answer must be finite. Received: {bad:,} of {y.size:,} numbers NaN or infinite")
    return y


def prove_index_map(
    layer: Conv1D, shape: tuple[int, int], oracle: Oracle, findings: Findings, memory: int, seconds: float
) -> None:
    """Show by impulses which weight meets which sample; by random probes where that exceeds ``memory`` (bytes) or
    ``seconds``.
    """
    kernel_shape = layer.weight_shapes(shape[1])[0]
    rows = impulse_rows(layer, shape)
    kernels = list(_kernels_of_digits(kernel_shape))
    outputs = layer.output_steps(shape[0]) * layer.filters
    # The question and its copy, both answers and their comparison, and what an oracle makes of the windows.
    row_bytes = 4 * (2 * math.prod(shape) + 4 * outputs + layer.output_steps(shape[0]) * layer.kernel_size * shape[1])
    if row_bytes > memory:
        reason = f"one row of impulses takes {row_bytes >> 20:,} MB of the {memory >> 20:,} MB allowed"
        return _probe_index_map(layer, shape, oracle, findings, reason)
    started, done = time.monotonic(), 0
    while done < len(rows):
        # A small first block shows how long the rest will take; a quarter of the memory is for blocks of windows.
        block = rows[done : done + max(1, min(memory * 3 // 4 // row_bytes, 8 if not done else len(rows)))]
        x = np.zeros((len(block), *shape), dtype=np.float32)
        for row, (steps, channels) in enumerate(block):
            x[row, steps, channels] = _AMPLITUDES[: len(steps)]
        for kernel in kernels:
            if (
                _compare("impulses", layer, oracle, [kernel, *_zero_bias(layer)], x, findings, _ROWS_KEPT)
                < len(block) * outputs
            ):
                return
        done += len(block)
        elapsed = time.monotonic() - started
        expected = elapsed * len(rows) / done
        if done < len(rows) and expected > seconds and elapsed > seconds / 8:
            reason = f"all {len(rows):,} rows of impulses would take {expected:.0f} s of the {seconds:.0f} s allowed"
            return _probe_index_map(layer, shape, oracle, findings, reason)
    findings.index_map = "proved"
    findings.index_map_how = (
        f"{_counted(math.prod(kernel_shape), 'weight')} and {_counted(math.prod(shape), 'sample')}, by "
        f"{_counted(len(rows), 'row')} of impulses" + (f", asked {len(kernels)} times" if len(kernels) > 1 else "")
    )


def impulse_rows(layer: Conv1D, shape: tuple[int, int]) -> list[tuple[np.ndarray, np.ndarray]]:
    """All samples, as (steps, channels), in rows of which no output may read two.

    The steps of one window differ by multiples of the dilation rate, fewer than ``kernel_size`` of them, and its
    channels belong to one group: so a row takes every ``kernel_size``-th block of ``dilation_rate`` steps, in one
    channel of each group.
    """
    steps, channels = shape
    turn = np.arange(steps) // layer.dilation_rate % layer.kernel_size
    rows = []
    for own in range(channels // layer.groups):
        read = np.unique(layer.source_channel(channels, own, np.arange(layer.filters)))
        for taken in range(int(turn.max()) + 1):
            step, channel = (axis.ravel() for axis in np.meshgrid(np.flatnonzero(turn == taken), read, indexing="ij"))
            for start in range(0, len(step), len(_AMPLITUDES)):
                chosen = slice(start, start + len(_AMPLITUDES))
                rows.append((step[chosen], channel[chosen]))
    return rows


def prove_bias(layer: Conv1D, shape: tuple[int, int], oracle: Oracle, findings: Findings) -> None:
    """Show with samples of zero that every output has its own channel's bias."""
    kernel = next(_kernels_of_digits(layer.weight_shapes(shape[1])[0]))
    bias = (_EXACT // 2 + np.arange(layer.filters)).astype(np.float32)
    x = np.zeros((2, *shape), dtype=np.float32)
    equal = _compare("bias alone", layer, oracle, [kernel, bias], x, findings)
    findings.bias = "proved" if equal == _cells(layer, x) else "refuted"


def probe_integers(layer: Conv1D, shape: tuple[int, int], oracle: Oracle, findings: Findings) -> None:
    """Compare the layer on integers of both signs whose sums stay below 2**24 in any order, bias and activation
    included.
    """
    kernel_shape, *bias_shape = layer.weight_shapes(shape[1])
    # Room for the bias twice: an oracle that makes that mistake is still exact, and can be told.
    largest_bias = _EXACT // 4
    largest = max(1, math.isqrt((_EXACT - 1 - 2 * largest_bias) // math.prod(kernel_shape[:2])))
    rng = np.random.default_rng(1)

    def draw(largest: int, size: tuple[int, ...]) -> np.ndarray:
        return (rng.integers(1, largest + 1, size) * rng.choice((-1, 1), size)).astype(np.float32)

    batch = max(2, -(-_LEAST_CELLS // (layer.output_steps(shape[0]) * layer.filters)))
    x = draw(largest, (batch, *shape))
    weights = [draw(largest, kernel_shape), *(draw(largest_bias, size) for size in bias_shape)]
    findings.cells = _cells(layer, x)
    findings.cells_equal = _compare("integers", layer, oracle, weights, x, findings)
    # The same question with every number a small fraction, which is still exact: an oracle that cuts off fractions or
    # small numbers gives itself away.
    sample, product = np.float32(2.0**-15), np.float32(2.0**-30)
    small = [weights[0] * sample, *(bias * product for bias in weights[1:])]
    _compare("integers scaled by a power of two", layer, oracle, small, x * sample, findings)


def right_answer(layer: Conv1D, weights: Sequence[np.ndarray], x: np.ndarray) -> np.ndarray:
    """The layer's outputs for integers whose sums float32 holds exactly, x (batch, steps, channels)."""
    sums = np.empty((len(x), layer.output_steps(x.shape[1]), layer.filters), dtype=np.float32)
    # Rows with impulses in the same channels, one of each group, are summed together, over these channels alone.
    held, which = np.unique(x.any(axis=1), axis=0, return_inverse=True)
    for number in range(len(held)):
        rows = np.flatnonzero(which.ravel() == number)
        sums[rows] = exact.correlate(layer, x[rows], weights[0])
    value = sums + weights[1] if layer.use_bias else sums
    return value if layer.is_linear else np.maximum(value, 0)


def _probe_index_map(layer: Conv1D, shape: tuple[int, int], oracle: Oracle, findings: Findings, reason: str) -> None:
    """In place of a proof: random samples and weights, at which a wrong bilinear form rarely has the right value
    (Schwartz, Zippel).
    """
    kernel_shape = layer.weight_shapes(shape[1])[0]
    values = math.isqrt((_EXACT - 1) // math.prod(kernel_shape[:2])) + 1
    rng = np.random.default_rng(0)
    for _ in range(_RANDOM_PROBES):
        kernel, x = (rng.integers(0, values, size).astype(np.float32) for size in (kernel_shape, (1, *shape)))
        if _compare("random integers", layer, oracle, [kernel, *_zero_bias(layer)], x, findings, 1) < _cells(layer, x):
            return
    missed = exact.round_up((1 - (1 - Fraction(1, values)) ** 2) ** _RANDOM_PROBES)
    findings.index_map = "probed"
    findings.index_map_how = (
        f"{_RANDOM_PROBES} random probes miss a wrong output with a probability of at most {missed:.0e}; no proof, "
        f"since {reason}"
    )


def _kernels_of_digits(shape: tuple[int, ...]) -> Iterator[np.ndarray]:
    """Kernels of symbols: the first digit of each weight's number, then the next, until no two weights agree in all."""
    number = np.arange(math.prod(shape))
    yield _SYMBOLS[number % len(_SYMBOLS)].reshape(shape).astype(np.float32)
    while (number := number // len(_SYMBOLS)).any():
        yield _SYMBOLS[number % len(_SYMBOLS)].reshape(shape).astype(np.float32)


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def _zero_bias(layer: Conv1D) -> list[np.ndarray]:
    return [np.zeros(layer.filters, dtype=np.float32)] if layer.use_bias else []


def _cells(layer: Conv1D, x: np.ndarray) -> int:
    """The number of outputs for x (batch, steps, channels)."""
    return len(x) * layer.output_steps(x.shape[1]) * layer.filters


def _compare(
    what: str,
    layer: Conv1D,
    oracle: Oracle,
    weights: Sequence[np.ndarray],
    x: np.ndarray,
    findings: Findings,
    rows_kept: int | None = None,
) -> int:
    """How many outputs the oracle gets right; a wrong one is entered as a fault.

    The answer is kept, or only up to ``rows_kept`` rows of it that are wrong.
    """
    try:
        y = ask(oracle, layer, weights, x)
    except WrongAnswer as fault:
        findings.faults.append(f"{what}: {fault}")
        return 0
    expected = right_answer(layer, weights, x)
    wrong = y != expected
    rows = np.arange(len(x)) if rows_kept is None else np.flatnonzero(wrong.any(axis=(1, 2)))[:rows_kept]
    if len(rows):
        findings.answers.append(Answer(weights, x[rows], y[rows]))
    count = np.count_nonzero(wrong)
    if count:
        row, step, channel = np.argwhere(wrong)[0]
        findings.faults.append(
            f"{what}: output [{step}, {channel}] must be {expected[row, step, channel]:.9g}. "
            f"Received: {y[row, step, channel]:.9g} ({count:,} of {wrong.size:,} outputs differ)"
        )
    return wrong.size - int(count)
