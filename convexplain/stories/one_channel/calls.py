"""The calls that kernel_flip compares, and what each makes of the same samples and the same kernel.

A call turns the kernel over a number of times before it slides it. This module pairs taps and samples accordingly,
from the ledger's own terms, asks SciPy, and says what a comparison has found; it lays nothing out.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from convexplain import style
from convexplain.board.pieces import Number, Part
from convexplain.layers import Cell
from convexplain.stories import phrases
from convexplain.stories.one_channel.places import Place
from convexplain.stories.script import Script

KERAS, CONVOLVE, REVERSED = 0, 1, 2
"""Calls, by how often the kernel is turned over before it slides: ``REVERSED`` is ``convolve`` on a turned one."""
FUNCTIONS = ("Conv1D", "convolve")
BACKWARDS = "w[::-1]"
"""How the kernel is typed that is handed over turned."""
LONGEST, MOST = 28, 7
"""The most signs of a sum in a caption; the most windows that hold a single 1."""


def handed(call: int) -> list[Part]:
    """What a function is handed in a call, as is said behind its name."""
    return [Part("and", ", handed "), Part("handed", f"`{BACKWARDS if call == REVERSED else 'w'}`")]


def met(index: str) -> list[Part]:
    """Which step a tap meets in the windows of a function, as is said behind its name."""
    return [Part("whose", ": *k* meets step "), Part("index", index)]


def turned(script: Script, own: Place) -> Place:
    """What ``convolve`` multiplies where ``Conv1D`` has a place, by the steps it reads, and the sum."""
    taps = [
        at._replace(k=tap.k, weight=tap.weight, product=script.written(tap.weight.value * at.sample.value))
        for at, tap in zip(own.taps, reversed(own.taps), strict=True)
    ]
    return own._replace(output=script.turned(Cell(own.step, script.cell.channel)), taps=tuple(taps))


def is_mirror(at: Place) -> bool:
    """Whether a kernel reads the same from both ends, so that turning it over changes nothing."""
    weights = [tap.weight.value for tap in at.taps]
    return weights == weights[::-1]


def total(at: Place) -> str:
    """The sum of a place, added up where that is short."""
    return at.added if 0 < len(at.added) <= LONGEST else at.output.text


def comparison(script: Script, pairs: Sequence[tuple[Place, Place]]) -> str:
    """What comparing two rows of numbers has found, of which ``pairs`` are drawn."""
    differing, many = sum(one.output.value != other.output.value for one, other in pairs), len(pairs)
    drawn = "" if many == script.shape[0] else " shown"
    if is_mirror(pairs[0][0]):
        return "This kernel is its own mirror image: no number differs."
    if not differing:
        return f"For this signal no number{drawn} differs."
    every = {1: "this number differs"}.get(many, "they differ at every *t*")
    some = f"they differ at {phrases.spelled(differing)} of {phrases.spelled(many)} *t*"
    said = f"{every if differing == many else some}{drawn}"
    return f"`convolve` turns the kernel, `Conv1D` does not: {said}."


def single(*rows: Sequence[Place]) -> tuple[int, list[list[Place]]] | None:
    """The step of a 1 that meets every tap at one of the places, and what each row of them, that of ``Conv1D`` first,
    makes of it in the windows that hold it; None where there is none, the taps are too many, or the kernel is a mirror.
    """
    every, read = {tap.k for tap in rows[0][0].taps}, [tap for at in rows[0] for tap in at.taps if not tap.padded]
    steps = sorted({tap.step for tap in read})
    ones = [step for step in steps if {tap.k for tap in read if tap.step == step} == every]
    if not ones or is_mirror(rows[0][0]) or len(every) > MOST:
        return None
    one = ones[len(ones) // 2]
    return one, [[_alone(at, one) for at in row if one in at.window] for row in rows]


def _alone(at: Place, one: int) -> Place:
    """A place in a signal of zeros with a 1 at a step: what meets that is its output."""
    zero = Number(Fraction(0), "0")
    met = [tap for tap in at.taps if tap.step == one]
    taps = [
        tap._replace(
            sample=Number(Fraction(1), "1") if tap in met else zero, product=tap.weight if tap in met else zero
        )
        for tap in at.taps
    ]
    return at._replace(output=met[0].weight if met else zero, taps=tuple(taps))


def typed(layer: Any) -> tuple[str, str] | None:
    """What a layer's kernel comes to, as it is typed, and what that means; None where it pads or leaves steps out."""
    if (layer.padding, layer.strides, layer.dilation_rate) != ("valid", 1, 1):
        return None
    return f'`Conv1D` = `convolve(x, {BACKWARDS}, mode="valid")`', "valid: only where every tap meets a sample"


def agreement(script: Script) -> str:
    """What comparing ``convolve`` on the reversed kernel has found: with Keras's answer, or with the exact sums."""
    import scipy

    from convexplain.check import oracles

    weights: Any = script.source.weights
    answer, asked = oracles.scipy(script.layer, weights[0], script.known.values[0][None]), script.source.recorded
    steps = range(script.shape[0])
    ours = [script.full(step, 0) if asked is None else script.asked(step, 0) or Fraction(0) for step in steps]
    largest = max(abs(Fraction(float(answer[0, step, 0])) - ours[step]) for step in steps)
    many = f"{len(ours):,} output{'s' * (len(ours) != 1)}"
    found = f"within {style.everyday(largest)}" if largest else "no difference"
    whose = f"{script.check.library} with `w`" if asked else "the exact sums"
    return f"SciPy {scipy.__version__} run with `{BACKWARDS}`, {whose}: {found} in {many}."
