"""The calls that kernel_flip compares, and what each makes of the same samples and the same kernel.

A call turns the kernel over a number of times before it slides it. This module pairs taps and samples accordingly,
from the ledger's own terms, asks SciPy, and says what a comparison has found; it lays nothing out.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from convexplain import style
from convexplain.board.marks import Key
from convexplain.board.pieces import Number
from convexplain.layers import Cell
from convexplain.stories import phrases
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import Place, Y
from convexplain.stories.script import Script

KERAS, CONVOLVE, REVERSED = 0, 1, 2
"""The calls, by how often the kernel is turned over by the time it slides: ``Conv1D``, ``convolve``, and ``convolve``
on the kernel that was turned over by hand. An odd one is turned.
"""
FUNCTIONS = ("Conv1D", "convolve")
BACKWARDS = "w[::-1]"
"""How the kernel is typed that is handed over turned."""
LISTED = 4
"""The most numbers that a caption lists."""


def row(call: int) -> Key:
    """What the keys of a call's outputs begin with."""
    return (FUNCTIONS[1], *Y) if call else Y


def code_of(layer: Any, kernel: str = BACKWARDS) -> str:
    """What is typed behind ``convolve`` with a ``kernel``, the one that gives the layer's outputs if none. Where zeros
    are put into the signal or the kernel first, SciPy is handed other arrays than those of the picture: the kernel
    alone is named.
    """
    if layer.padding != "valid" or layer.dilation_rate > 1:
        return f"(…, {kernel})"
    return f'(x, {kernel}, mode="valid")' + (f"[::{layer.strides}]" if layer.strides > 1 else "")


def place(script: Script, call: int, step: int) -> Place:
    """What a call multiplies for output ``step``, by the steps it reads, and the sum."""
    own = places.place(script, step)
    if call % 2 == 0:
        return own
    taps = [
        at._replace(k=tap.k, weight=tap.weight, product=script.written(tap.weight.value * at.sample.value))
        for at, tap in zip(own.taps, reversed(own.taps), strict=True)
    ]
    return Place(step, own.home, script.turned(Cell(step, script.cell.channel)), tuple(taps))


def is_mirror(at: Place) -> bool:
    """Whether a kernel reads the same from both ends, so that turning it over changes nothing."""
    weights = [tap.weight.value for tap in at.taps]
    return weights == weights[::-1]


def total(at: Place) -> str:
    """The sum of a place, added up where that is short."""
    products = [tap.product for tap in at.taps]
    is_short = 1 < len(products) <= LISTED and sum(product.value for product in products) == at.output.value
    return phrases.added([product.text for product in products], at.output.text) if is_short else at.output.text


def meeting(one: Place, other: Place) -> str:
    """What the turned kernel makes of the window of which ``Conv1D`` has made ``one`` output."""
    if is_mirror(one):
        return f"This kernel is its own mirror image: {other.output.text} again."
    if one.output.value == other.output.value:
        return f"The kernel’s ends meet other samples, and the sum is still the same: {total(other)}."
    return f"The kernel’s ends meet other samples: {total(other)}, not {one.output.text}."


def comparison(script: Script, pairs: Sequence[tuple[Place, Place]]) -> str:
    """What comparing two rows of numbers has found, of which ``pairs`` are drawn."""
    apart = [abs(one.output.value - other.output.value) for one, other in pairs]
    differing = len(apart) - apart.count(Fraction(0))
    drawn = "" if len(pairs) == script.shape[0] else " shown"
    if is_mirror(pairs[0][0]):
        return "This kernel is its own mirror image: no number differs."
    if not differing:
        return f"For this signal no number{drawn} differs."
    said = (
        f"{phrases.spelled(differing)} of {phrases.spelled(len(pairs))} numbers{drawn} differ{'s' * (differing == 1)}"
    )
    if differing == len(pairs):
        said = (
            f"all {phrases.spelled(differing)} numbers{drawn} differ" if differing > 1 else f"the number{drawn} differs"
        )
        by = [script.written(value).text for value in apart]
        said += f", by {', '.join(by[:-1])} and {by[-1]}" if 1 < len(by) <= LISTED else ""
    return f"{phrases.sentence(said)}: `{FUNCTIONS[0]}` does not turn the kernel."


class Single(NamedTuple):
    """A signal that is a single 1 among zeros, and what ``Conv1D`` and ``convolve`` make of it at some places."""

    step: int
    signal: dict[int, Number]
    ours: list[Place]
    theirs: list[Place]


def single(script: Script, shown: Sequence[Place]) -> Single | None:
    """A single 1 that meets every tap at one of the places ``shown``, one after the other. None where there is no such
    sample, and where the kernel reads the same from both ends.
    """
    every, steps = {tap.k for tap in shown[0].taps}, range(script.read_shape[0])
    met = [step for step in steps if {tap.k for at in shown for tap in at.taps if tap.step == step} == every]
    if not met or is_mirror(shown[0]):
        return None
    one, nothing, rows = met[len(met) // 2], Number(Fraction(0), "0"), list[list[Place]]()
    signal = {step: Number(Fraction(1), "1") if step == one else nothing for step in steps}
    for call in (KERAS, CONVOLVE):
        made = [place(script, call, at.step) for at in shown]
        for number, at in enumerate(made):
            products = [tap.weight if tap.step == one else nothing for tap in at.taps]
            pairs = zip(at.taps, products, strict=True)
            taps = (tap._replace(sample=signal.get(tap.step, nothing), product=product) for tap, product in pairs)
            total = next((product for product in products if product.value), nothing)
            made[number] = Place(at.step, at.home, total, tuple(taps))
        rows.append(made)
    return Single(one, signal, *rows)


def agreement(script: Script) -> str:
    """What comparing ``scipy.signal.convolve`` on the reversed kernel has found, with what Keras answered, or with the
    exact sums where it was not asked.
    """
    import scipy

    from convexplain.check import oracles

    weights: Any = script.source.weights
    answer, asked = oracles.scipy(script.layer, weights[0], script.known.values[0][None]), script.source.recorded
    steps = range(script.shape[0])
    ours = [script.full(step, 0) if asked is None else script.asked(step, 0) or Fraction(0) for step in steps]
    largest = max(abs(Fraction(float(answer[0, step, 0])) - ours[step]) for step in steps)
    many = f"{len(ours):,} output{'s' * (len(ours) != 1)}"
    found = f"largest difference {style.everyday(largest)}" if largest else "no difference"
    whose = f"{script.check.library}’s" if asked else "the same"
    return f"SciPy {scipy.__version__} with `{BACKWARDS}` gives {whose} numbers: {many}, {found}."
