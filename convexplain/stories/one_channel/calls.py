"""The calls that kernel_flip compares, and what each makes of the same samples and the same kernel.

A call turns the kernel over a number of times before it slides it. This module pairs taps and samples accordingly,
from the ledger's own terms, asks SciPy, and says what a comparison has found; it lays nothing out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

from convexplain import style
from convexplain.board.marks import Key
from convexplain.board.pieces import Number
from convexplain.layers import Cell
from convexplain.stories import phrases
from convexplain.stories.one_channel import places
from convexplain.stories.one_channel.places import Place, Y
from convexplain.stories.script import Script, Tap


@dataclass(frozen=True)
class Call:
    """One way to ask for the sums. ``turns`` is how often the kernel is turned over by the time it slides."""

    name: str
    turns: int

    @property
    def function(self) -> str:
        """The function that is called."""
        return CONVOLVE.name if self.is_hollow else self.name

    @property
    def is_hollow(self) -> bool:
        """Whether its bars are outlines: they are not those of the layer."""
        return self.name != KERAS.name

    @property
    def is_turned(self) -> bool:
        """Whether the first sample of a window meets the last tap."""
        return self.turns % 2 == 1

    @property
    def row(self) -> Key:
        """What the keys of its outputs begin with."""
        return (self.name, *Y) if self.is_hollow else Y

    @property
    def look(self) -> dict[str, Any]:
        """How its bars are drawn."""
        return {"hollow": True, "size": 4.0} if self.is_hollow else {}


KERAS = Call("Conv1D", 0)
CONVOLVE = Call("convolve", 1)
REVERSED = Call("reversed", 2)
BACKWARDS = "w[::-1]"
"""How the kernel is typed that is handed over turned."""
LISTED = 4
"""The most numbers that a caption lists."""


def code_of(layer: Any, kernel: str = BACKWARDS) -> str:
    """How the call is typed that is handed a ``kernel``, the one that gives the layer's outputs if none. Where
    zeros are put into the signal or the kernel first, SciPy is handed other arrays than those of the picture: the
    function alone is named, with the kernel.
    """
    if layer.padding != "valid" or layer.dilation_rate > 1:
        return f"{CONVOLVE.name}(…, {kernel})"
    return f'{CONVOLVE.name}(x, {kernel}, mode="valid")' + (f"[::{layer.strides}]" if layer.strides > 1 else "")


def place(script: Script, call: Call, step: int) -> Place:
    """What a call multiplies for output ``step``, by the steps it reads, and the sum."""
    own = places.place(script, step)
    if not call.is_turned:
        return own
    taps = [
        at._replace(k=tap.k, weight=tap.weight, product=script.written(tap.weight.value * at.sample.value))
        for at, tap in zip(own.taps, reversed(own.taps), strict=True)
    ]
    return Place(step, own.home, script.turned(Cell(step, script.cell.channel)), tuple(taps))


def is_mirror(taps: Sequence[Tap]) -> bool:
    """Whether a kernel reads the same from both ends, so that turning it over changes nothing."""
    weights = [tap.weight.value for tap in taps]
    return weights == weights[::-1]


def meeting(one: Place, other: Place) -> str:
    """What the turned kernel makes of the window of which ``Conv1D`` has made ``one`` output."""
    ours, total = one.output.text, other.output.text
    if is_mirror(one.taps):
        return f"This kernel is its own mirror image: {total} again."
    if len(other.taps) <= LISTED and sum(tap.product.value for tap in other.taps) == other.output.value:
        total = phrases.added([tap.product.text for tap in other.taps], total)
    if one.output.value == other.output.value:
        return f"The kernel’s ends meet other samples, and the sum is still the same: {total}."
    return f"The kernel’s ends meet other samples: {total}, not {ours}."


def comparison(pairs: Sequence[tuple[Place, Place]], outputs: int) -> str:
    """What comparing two rows of ``outputs`` numbers has found, of which ``pairs`` are drawn."""
    differing = sum(one.output.value != other.output.value for one, other in pairs)
    drawn = "" if len(pairs) == outputs else " shown"
    if is_mirror(pairs[0][0].taps):
        return "This kernel is its own mirror image: no number differs."
    if not differing:
        return f"For this signal no number{drawn} differs."
    if len(pairs) == 1:
        return f"The only number{drawn} differs."
    if differing == len(pairs):
        return f"All {phrases.spelled(differing)} numbers{drawn} differ."
    many = f"{phrases.spelled(differing)} of {phrases.spelled(len(pairs))} numbers{drawn}"
    return f"{phrases.sentence(many)} {'differs' if differing == 1 else 'differ'}."


def gaps(pairs: Sequence[tuple[Place, Place]], script: Script) -> str:
    """By how much two calls differ at each of a few places; nothing where there is more to list."""
    apart = [script.written(abs(one.output.value - other.output.value)).text for one, other in pairs]
    is_short = 1 < len(apart) <= LISTED and "0" not in apart
    return f", by {', '.join(apart[:-1])} and {apart[-1]}" if is_short else ""


class Single(NamedTuple):
    """A signal that is a single 1 among zeros, and what ``Conv1D`` and ``convolve`` make of it at some places."""

    signal: dict[int, Number]
    ours: list[Place]
    theirs: list[Place]


def single(script: Script, shown: Sequence[Place]) -> Single | None:
    """A single 1 that meets every tap at one of the places ``shown``, one after the other. None where there is no such
    sample, where the kernel reads the same from both ends, and where SciPy gives other numbers than the kernel's own.
    """
    every = {tap.k for tap in shown[0].taps}
    reached = [{tap.k for at in shown for tap in at.taps if tap.step == step} for step in range(script.read_shape[0])]
    steps = [step for step, found in enumerate(reached) if found == every]
    if not steps or script.layer.strides > 1 or is_mirror(shown[0].taps):
        return None
    step, nothing = steps[len(steps) // 2], Number(Fraction(0), "0")
    signal = {at: Number(Fraction(1), "1") if at == step else nothing for at in range(script.read_shape[0])}
    rows, own = list[list[Place]](), script.source.weights[0][0]  # type: ignore[index]
    for call in (KERAS, CONVOLVE):
        answer, row = ask(script, call, signal), list[Place]()
        for at in (place(script, call, told.step) for told in shown):
            taps = tuple(
                tap._replace(sample=signal.get(tap.step, nothing), product=tap.weight if tap.step == step else nothing)
                for tap in at.taps
            )
            met = next((tap for tap in taps if tap.step == step), None)
            if answer[at.step] != (Fraction(float(own[met.k].item())) if met else 0):
                return None
            row.append(Place(at.step, at.home, met.weight if met else nothing, taps))
        rows.append(row)
    return Single(signal, *rows)


def ask(script: Script, call: Call, samples: Mapping[int, Number] | None = None) -> tuple[Fraction, ...]:
    """What ``scipy.signal.convolve`` gives for the layer's own samples or others, and the kernel as a call slides it,
    at full precision.
    """
    from convexplain.check import oracles

    weights = script.source.weights
    assert weights is not None
    kernel, x = weights[0][0], script.known.values[0].copy()
    for step, number in (samples or {}).items():
        x[step, 0] = number.value
    answer = oracles.scipy(script.layer, [kernel[::-1] if call.is_turned else kernel], x[None])
    return tuple(Fraction(float(value)) for value in answer[0, :, 0])


class Agreement(NamedTuple):
    """SciPy's own numbers for the reversed kernel and those of the other side, at full precision, and what was
    found.
    """

    scipy: tuple[Fraction, ...]
    other: tuple[Fraction, ...]
    words: str


def agreement(script: Script) -> Agreement:
    """Run ``scipy.signal.convolve`` on the reversed kernel, and compare it with what Keras answered, or with the exact
    sums where it was not asked.
    """
    import scipy

    theirs, asked = ask(script, REVERSED), script.source.recorded is not None
    steps = range(script.shape[0])
    ours = tuple(script.asked(step, 0) or Fraction(0) if asked else script.full(step, 0) for step in steps)
    largest = max(abs(one - other) for one, other in zip(theirs, ours, strict=True))
    many = f"{len(ours):,} output{'s' * (len(ours) != 1)}"
    found = f"largest difference {style.everyday(largest)}" if largest else "no difference"
    whose = f"{script.check.library}’s" if asked else "the same"
    words = f"SciPy {scipy.__version__} with `{BACKWARDS}` gives {whose} numbers: {many}, {found}."
    return Agreement(theirs, ours, words)
