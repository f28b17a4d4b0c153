"""The calls that kernel_flip compares, and what each makes of the same samples and the same kernel.

A call turns the kernel over a number of times before it slides it. This module pairs taps and samples accordingly,
from the ledger's own terms, asks SciPy once, and says what a comparison has found; it lays nothing out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from convexplain.board.pieces import Number
from convexplain.layers import Cell
from convexplain.stories.phrases import count, difference, sentence, spelled
from convexplain.stories.script import Script, Tap


@dataclass(frozen=True)
class Call:
    """One way to ask for the sums. ``turns`` is how often the kernel is turned over by the time it slides."""

    name: str
    code: str
    """As it is typed."""
    turns: int
    hollow: bool
    """Whether its bars are outlines: they are not Keras's."""


KERAS = Call("Conv1D", "Conv1D", 0, False)
CONVOLVE = Call("convolve", "convolve", 1, True)
YOURS = Call("yours", "w[::-1]", 1, True)
"""What is handed over in the third call: turned once, by hand."""
REVERSED = Call("reversed", "convolve(x, w[::-1])", 2, True)


def taps(script: Script, call: Call, step: int) -> tuple[Tap, ...]:
    """The products behind output ``step`` of a call, by the steps they read. Turned oddly often, the first sample meets
    the last tap.
    """
    straight = script.correlations(Cell(step, 0))[0].taps
    if call.turns % 2 == 0:
        return straight
    return tuple(
        place._replace(
            k=mirror.k, weight=mirror.weight, product=script.number(mirror.weight.value * place.sample.value)
        )
        for place, mirror in zip(straight, reversed(straight), strict=True)
    )


def output(script: Script, call: Call, step: int) -> Number:
    """Output ``step`` of a call."""
    if call.turns % 2 == 0:
        return script.output(step, 0)
    return script.number(sum((tap.product.value for tap in taps(script, call, step)), Fraction(0)))


def is_mirror(straight: Sequence[Tap]) -> bool:
    """Whether a kernel reads the same from both ends, so that turning it over changes nothing."""
    weights = [tap.weight.value for tap in straight]
    return weights == weights[::-1]


def comparison(pairs: Iterable[tuple[Number, Number]], mirror: bool, outputs: int) -> str:
    """What comparing two rows of ``outputs`` numbers has found, of which ``pairs`` are drawn."""
    compared = list(pairs)
    differing = sum(one.value != other.value for one, other in compared)
    if mirror:
        return "This kernel is its own mirror image: no output differs."
    if not differing:
        return "For this signal no output differs."
    if outputs == 1:
        return "Another output: the only number differs."
    drawn = "" if len(compared) == outputs else " shown"
    if differing == len(compared):
        return f"Another output: all {spelled(differing)} numbers{drawn} differ."
    return f"Another output: {spelled(differing)} of {spelled(len(compared))} numbers{drawn} differ."


class Echo(NamedTuple):
    """One output when all samples are 0 but one 1: the tap that lies on the 1."""

    step: int
    tap: Tap
    taps: tuple[Tap, ...]
    """The whole kernel in its place, by the steps it reads."""


def echoes(script: Script, call: Call, one: int, steps: Iterable[int]) -> tuple[Echo, ...]:
    """The outputs among ``steps`` that read the sample ``one``, in order of time."""
    found = []
    for step in steps:
        placed = taps(script, call, step)
        found += [Echo(step, tap, placed) for tap in placed if tap.step == one and not tap.padded]
    return tuple(found)


def place_of_one(script: Script, steps: Sequence[int]) -> int:
    """Where a single 1 is read by most of the outputs ``steps``; the last such place."""
    reads = [tap.step for step in steps for tap in taps(script, KERAS, step) if not tap.padded]
    return max(sorted(set(reads)), key=lambda step: (reads.count(step), step))


class Agreement(NamedTuple):
    """SciPy's own numbers for the reversed kernel, and how they compare with the other side's."""

    scipy: tuple[Fraction, ...]
    other: tuple[Fraction, ...]
    words: str


def agreement(script: Script) -> Agreement:
    """Run ``scipy.signal.convolve`` on the reversed kernel, and compare it with what Keras answered, or with the exact
    sums where it was not asked.
    """
    import scipy

    from convexplain.check import oracles

    network = script.network
    assert network.weights is not None
    answer = oracles.scipy(network.stack.layers[0], network.weights[0], script.levels.values[0][None])[0, :, 0]
    theirs = tuple(Fraction(float(value)) for value in answer)
    ours = tuple(Fraction(float(value)) for value in script.levels.values[1][:, 0])
    largest = max(abs(one - other) for one, other in zip(theirs, ours, strict=True))
    who = script.check.library if network.recorded is not None else "exact sums"
    counted = f"{count(len(ours), 'output')} compared"
    words = f"SciPy {scipy.__version__} and {who}: {counted}, {difference(largest)}."
    return Agreement(theirs, ours, sentence(words))
