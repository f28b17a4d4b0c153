"""Questions with known answers, put to an oracle with weights of our own: they tell which weight meets which sample.

This module knows how to question an oracle about a layer, by the layer's statement and the bounds on it; it knows
nothing of a network's real numbers, of how an oracle computes, and of any tolerance: where float32 does not round an
answer is equal, bit for bit, or it is wrong; elsewhere it lies within the bound that the statement gives, or is wrong.

*Impulses* prove the index map. Where weights and samples are multiplied and summed, all products lie in [P, 2P), so one
product is never a sum of two, and zero is no product at all; the weights are primes that divide no sample, so within
one row every product tells its factors. Where there are more weights than primes, the weights are numbered, and asked
once for each digit of their number. Where single samples are taken, averaged or compared, samples of distinct sizes
tell which they are. *Integers* of both signs, with sums that float32 holds exactly, then check the whole layer, and
*real numbers* of ours the functions and roots in it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from convexplain.check import bounds, roles
from convexplain.check.asking import ROWS_KEPT, Asked, Findings, block, compare, counted, expected, row_bytes
from convexplain.check.groups import GROUPS, prove_groups
from convexplain.check.impulses import AMPLITUDES, lit, neutral, symbols
from convexplain.check.oracles import Oracle
from convexplain.layers import Layer, stated
from convexplain.layers.statement import Shape
from convexplain.numbers import exact

MEMORY = 256 << 20
"""Bytes that the arrays of one question may take."""
SECONDS = 60.0
"""Time for the proofs of a network's index maps."""
BILINEAR = (
    "each output is the activation of a bias plus products of a weight and a sample of the same input, each taken a "
    "whole number of times, never negative"
)
"""What the proof takes for granted where weights and samples are multiplied and summed."""
CELLS = (
    "where no such products are summed, each output is a weighted sum, a product, an extreme or a growing function of "
    "samples, the same whatever their sizes"
)
"""What it takes for granted elsewhere."""
APART = (
    "a layer sums its products in the same way whatever its activation: where that lets not every positive number "
    "pass, the index map is proved on the layer without it, and the activation by real numbers"
)

_EXACT = 1 << exact.ROUNDOFF_BITS
_RANDOM_PROBES = 16
_LEAST_CELLS = 256


def examine(
    layer: Layer,
    shapes: Sequence[Shape],
    oracle: Oracle,
    memory: int = MEMORY,
    seconds: float = SECONDS,
    bare: Oracle | None = None,
) -> Findings:
    """Put all probes to ``oracle`` for ``layer`` on levels of ``shapes``.

    ``bare`` is asked about the layer without its activation; the oracle itself when None.
    """
    findings = Findings()
    whole = sums = Asked(layer, tuple(shapes), oracle)
    body = stated(layer, *shapes).body
    if layer.activation not in roles.PASSING and roles.sums_products(body):
        sums = Asked(roles.without_activation(layer), tuple(shapes), bare or oracle)
        findings.assumptions.append(APART)
    if roles.sums_products(body) and layer.is_affine:
        findings.assumptions.append(BILINEAR)
        prove_products(sums, findings, memory, seconds)
        others = [array for array, part in roles.arrays(layer, whole.shapes) if part != "factor"]
    else:
        others = [array for array, _ in roles.arrays(layer, whole.shapes)]
        if roles.takes_cells(stated(layer, *shapes).value):
            findings.assumptions.append(CELLS)
            prove_cells(whole, findings, memory, seconds)
        else:
            findings.assumptions.append(GROUPS)
            prove_groups(whole, findings, memory, seconds)
    if others:
        prove_arrays(sums, others, findings)
    probe_integers(whole, findings)
    if findings.cells_bounded or layer.activation not in roles.PASSING or not layer.is_affine:
        probe_reals(whole, findings)
    elif findings.faults:
        # They tell apart what may have gone wrong: functions that large integers do not.
        probe_reals(whole, findings, counted=False)
    if findings.faults and findings.index_map == "probed" and BILINEAR not in findings.assumptions:
        findings.index_map = "refuted"
    return findings


def prove_products(asked: Asked, findings: Findings, memory: int, seconds: float) -> None:
    """Show by impulses which weight meets which sample; by random probes where that exceeds ``memory`` (bytes) or
    ``seconds``.
    """
    layer, shapes = asked.layer, asked.shapes
    factors = [array for array, part in roles.arrays(layer, shapes) if part == "factor"]
    amplitudes = AMPLITUDES[len(factors)]
    rows = roles.rows(stated(layer, *shapes), len(amplitudes))
    questions = list(symbols(layer, shapes))
    most, reason = block(asked, memory), ""
    if not most:
        reason = f"one row of impulses takes {row_bytes(asked) >> 20:,} MB of the {memory >> 20:,} MB allowed"
        return _probe_products(asked, findings, reason)
    started, done = time.monotonic(), 0
    while done < len(rows):
        # A small first block shows how long the rest will take.
        some = rows[done : done + (min(most, 8) if not done else most)]
        inputs = lit(shapes, some, amplitudes)
        for weights in questions:
            if not compare("impulses", asked, weights, inputs, findings, ROWS_KEPT):
                return
        done += len(some)
        elapsed = time.monotonic() - started
        needed = elapsed * len(rows) / done
        if done < len(rows) and needed > seconds and elapsed > seconds / 8:
            reason = f"all {len(rows):,} rows of impulses would take {needed:.0f} s of the {seconds:.0f} s allowed"
            return _probe_products(asked, findings, reason)
    findings.index_map = "proved"
    findings.index_map_how = (
        f"{counted(sum(math.prod(array.shape) for array in factors), 'weight')} and "
        f"{counted(sum(map(math.prod, shapes)), 'sample')}, by {counted(len(rows), 'row')} of impulses"
        + (f", asked {len(questions)} times" if len(questions) > 1 else "")
    )


def _probe_products(asked: Asked, findings: Findings, reason: str) -> None:
    """In place of a proof: random samples and weights, at which a wrong form of the same degree rarely has the right
    value (Schwartz, Zippel).
    """
    layer, shapes = asked.layer, asked.shapes
    products, powers = _most_products(asked)
    values = int((_EXACT - 1) // products) if powers == 1 else _root((_EXACT - 1) // products, powers)
    rng = np.random.default_rng(0)
    for _ in range(_RANDOM_PROBES):
        weights = [
            (rng.integers(0, values + 1, array.shape) * (part == "factor")).astype(np.float32)
            for array, part in roles.arrays(layer, shapes)
        ]
        inputs = [rng.integers(0, values + 1, (1, *shape)).astype(np.float32) for shape in shapes]
        if not compare("random integers", asked, weights, inputs, findings, 1):
            return
    missed = exact.round_up((1 - (1 - Fraction(1, values + 1)) ** powers) ** _RANDOM_PROBES)
    findings.index_map = "probed"
    findings.index_map_how = (
        f"{_RANDOM_PROBES} random probes miss a wrong output with a probability of at most {missed:.0e}; no proof, "
        f"since {reason}"
    )


def prove_cells(asked: Asked, findings: Findings, memory: int, seconds: float) -> None:
    """Show by impulses which sample an output takes, averages or compares: asked twice, of one size and of distinct
    ones.
    """
    layer, shapes = asked.layer, asked.shapes
    whole, amplitudes = stated(layer, *shapes), AMPLITUDES[1]
    rows = roles.rows(whole, len(amplitudes))
    weights = [neutral(array, part) for array, part in roles.arrays(layer, shapes)]
    most, reason = block(asked, memory), ""
    if not most:
        reason = f"one row of impulses takes {row_bytes(asked) >> 20:,} MB of the {memory >> 20:,} MB allowed"
    background = 1.0 if roles.multiplies_levels(layer.body(*shapes)) else 0.0
    scale, started, done = None, time.monotonic(), 0
    while done < len(rows) and not reason:
        some = rows[done : done + (min(most, 8) if not done else most)]
        touched = bounds.outcome(bounds.Form(roles.reading(whole), {}, tuple(lit(shapes, some)))).value > 0
        if scale is None:
            scale = next((s for s in _scales(whole) if _tells(asked, weights, some, s, background, touched)), None)
        if scale is None or not _tells(asked, weights, some, scale, background, touched):
            reason = "different samples give answers that float32 may not tell apart"
            break
        for sizes in (amplitudes[:1].repeat(len(amplitudes)), amplitudes):
            # The rows of a first question are all kept, for what was answered wrongly may be made of them together.
            kept = ROWS_KEPT if done else None
            if not compare("impulses", asked, weights, lit(shapes, some, sizes * scale, background), findings, kept):
                return
        done += len(some)
        needed = (time.monotonic() - started) * len(rows) / done
        if done < len(rows) and needed > seconds:
            reason = f"all {len(rows):,} rows of impulses would take {needed:.0f} s of the {seconds:.0f} s allowed"
    findings.index_map = "probed" if reason else "proved"
    findings.index_map_how = (
        f"random numbers, each output equal or within its own bound; no proof, since {reason}"
        if reason
        else f"{counted(sum(map(math.prod, shapes)), 'sample')}, by {counted(len(rows), 'row')} of impulses, twice"
    )


def _scales(whole: Any) -> tuple[float, ...]:
    """Sizes of impulses at which functions may tell them apart."""
    sign = -1.0 if roles.is_smallest(whole.value) else 1.0
    return tuple(sign * scale for scale in (1.0, 2.0**-13, 2.0**-12, 2.0**-11, 2.0**-10, 2.0**-8, 2.0**-16))


def _tells(asked: Asked, weights: Any, some: Any, scale: float, background: float, touched: np.ndarray) -> bool:
    """Whether an output that reads a sample would be another one if the sample were the next larger one, or were not
    there, beyond what rounding may hide.
    """
    amplitudes = AMPLITUDES[1] * scale
    found = [
        expected(asked, weights, lit(asked.shapes, some, sizes, background))
        for sizes in (amplitudes, np.append(amplitudes[1:], 1.5 * amplitudes[-1]), 0 * amplitudes + background)
    ]
    (value, bound), *others = found
    return all((np.abs(value - other) > bound + around)[touched].all() for other, around in others)


def prove_arrays(asked: Asked, arrays: Sequence[Any], findings: Findings) -> None:
    """Show that every output has the entry that is its own of each of some arrays: a bias, a mean, a slope, ...

    The entries are told apart by their sizes, with samples that let them be seen.
    """
    layer, shapes = asked.layer, asked.shapes
    every = roles.arrays(layer, shapes)
    base = [neutral(array, part) for array, part in every]
    if roles.sums_products(stated(layer, *shapes).body):
        base = next(iter(symbols(layer, shapes)))
    rng = np.random.default_rng(3)
    ramp = [rng.choice((-1.0, 1.0), (2, *shape)) * rng.uniform(1, 2, (2, *shape)) for shape in shapes]
    backgrounds = [*([np.full((2, *shape), sign) for shape in shapes] for sign in (0.0, 1.0, -1.0)), ramp]
    status = "proved"
    for place, (array, part) in enumerate(every):
        if array not in arrays:
            continue
        count = math.prod(array.shape)
        questions, told = [], False
        for inputs in backgrounds:
            levels = [level.astype(np.float32) for level in inputs]
            for coded in _coded(count, part):
                questions = [_with(base, place, sizes.reshape(array.shape)) for sizes, _ in coded]
                nexts = [_with(base, place, sizes.reshape(array.shape)) for _, sizes in coded]
                told = all(_differs(asked, one, other, levels) for one, other in zip(questions, nexts, strict=True))
                if told:
                    break
            if told:
                break
        status = status if told else "probed"
        what = f"{array.name} alone"
        for weights in questions:
            if not compare(what, asked, weights, levels, findings):
                findings.bias = "refuted"
                return
    findings.bias = status


def _coded(count: int, part: str) -> Iterator[list[tuple[np.ndarray, np.ndarray]]]:
    """Ways to give each of ``count`` entries a size of its own: questions, each with the sizes that are asked and those
    of the entries' neighbours.
    """
    number = np.arange(count)
    if part == "addend" and count < _EXACT // 4:
        yield [(_EXACT // 2 + number, _EXACT // 2 + number + 1)]
    sizes = np.append(AMPLITUDES[1], AMPLITUDES[1][-1] + 2) / (1 << 12)
    coded = []
    while True:
        digit = number % (len(sizes) - 1)
        coded.append((sizes[digit], sizes[digit + 1]))
        number = number // (len(sizes) - 1)
        if not number.any():
            break
    yield coded


def _differs(asked: Asked, one: Any, other: Any, inputs: Any) -> bool:
    """Whether every output tells two sets of weights apart, beyond what rounding may hide."""
    (value, bound), (second, around) = (expected(asked, weights, inputs) for weights in (one, other))
    return bool((np.abs(value - second) > bound + around).any(axis=0).all())


def probe_integers(asked: Asked, findings: Findings) -> None:
    """Compare the layer on integers of both signs whose sums stay below 2**24 in any order, bias and activation
    included.
    """
    layer, shapes = asked.layer, asked.shapes
    products, powers = _most_products(asked)
    # Half the room for the products, a quarter twice for the bias: an oracle that makes that mistake is still exact.
    largest = max(1, _root(_EXACT // 2 // products, powers))
    if not roles.is_polynomial(stated(layer, *shapes).value):
        largest = min(largest, 8, _root(max(1, 64 // products), powers))  # no exponential overflows
    most = min(_EXACT // 4, max(1, math.isqrt(products) * largest**powers // 4))
    rng = np.random.default_rng(1)

    def draw(largest: int, size: tuple[int, ...]) -> np.ndarray:
        return (rng.integers(-(-largest // 2), largest + 1, size) * rng.choice((-1, 1), size)).astype(np.float32)

    batch = max(2, -(-_LEAST_CELLS // asked.outputs))
    inputs = [draw(largest, (batch, *shape)) for shape in shapes]
    limits = {"factor": largest, "addend": most, "within": 1 << 10}
    every = roles.arrays(layer, shapes)
    weights = [draw(limits[part], array.shape) for array, part in every]
    weights = [abs(array) if part == "within" else array for array, (_, part) in zip(weights, every, strict=True)]
    compare("integers", asked, weights, inputs, findings, counted=True)
    # The same question with every number a small fraction, which is still exact: an oracle that cuts off fractions or
    # small numbers gives itself away.
    sample = np.float32(2.0**-15)
    powers_of = {"factor": sample, "addend": sample**powers, "within": sample}
    small = [array * powers_of[part] for array, (_, part) in zip(weights, every, strict=True)]
    compare("integers scaled by a power of two", asked, small, [x * sample for x in inputs], findings)


def probe_reals(asked: Asked, findings: Findings, counted: bool = True) -> None:
    """Compare the layer on real numbers of several sizes, each output within its own bound: functions, roots and
    quotients.
    """
    layer, shapes = asked.layer, asked.shapes
    products, powers = _most_products(asked)
    rng = np.random.default_rng(2)
    batch = max(6, -(-_LEAST_CELLS // asked.outputs))
    sizes = np.resize([1.0, 2.0**-5, 2.0**3], batch)
    reach = 4 / math.sqrt(products) if powers > 1 else 4.0
    inputs = [
        (rng.uniform(-reach, reach, (batch, *shape)) * sizes.reshape(-1, *[1] * len(shape))).astype(np.float32)
        for shape in shapes
    ]
    weights = []
    for array, part in roles.arrays(layer, shapes):
        drawn = rng.uniform(0.25, 1, array.shape) * rng.choice((-1, 1), array.shape)
        if part == "within":
            drawn = np.ldexp(abs(drawn), rng.integers(-12, 3, array.shape))
        weights.append(drawn.astype(np.float32))
    compare("real numbers of ours", asked, weights, inputs, findings, counted=counted)


def _root(number: int, degree: int) -> int:
    """The whole part of a root."""
    found = max(1, round(number ** (1 / max(degree, 1))))
    while found > 1 and found**degree > number:
        found -= 1
    return found


def _most_products(asked: Asked) -> tuple[int, int]:
    """The most products that one output is the sum of, and how many numbers each is made of."""
    layer, shapes = asked.layer, asked.shapes
    body = stated(layer, *shapes).value
    if not roles.is_polynomial(body):
        body = stated(layer, *shapes).body
    powers = max(1, roles.degree(body))
    if not roles.sums_products(body):
        return max(1, roles.windows(stated(layer, *shapes)) // asked.outputs) * len(shapes), powers
    ones = [np.ones(array.shape) * (part == "factor") for array, part in roles.arrays(layer, shapes)]
    bare = asked._replace(layer=roles.without_activation(layer)) if layer.activation != "linear" else asked
    found = expected(bare, ones, [np.ones((1, *shape)) for shape in shapes]).value
    return max(1, int(found.max(initial=1))), powers


def _with(arrays: Sequence[np.ndarray], place: int, array: np.ndarray) -> list[np.ndarray]:
    return [array.astype(np.float32) if at == place else own for at, own in enumerate(arrays)]
