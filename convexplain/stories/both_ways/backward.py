"""A layer read from its other end: for one sample the outputs that read it, and what each gives back.

Who reads a sample is found by the layer's own index rule, never solved for; the products are exact. A layer alone has
no error: a next one stands for that, which adds up its outputs, each times a small factor, its ``g``. This module knows
the script of a layer with one filter on one channel; it lays nothing out.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from convexplain.board.marks import About
from convexplain.board.pieces import Number
from convexplain.numbers.exact import ROUNDOFF_BITS

if TYPE_CHECKING:
    from convexplain.stories.script import Script

UPSTREAM = (1, 3, 2, 1)
"""The factors of outputs, over and over, times a power of ten: no zero, and no three are the same read backwards."""
CLOSE = 12
"""The most places of an axis on which all samples are told."""


class Backward:
    """The gradient with respect to the samples of a layer. ``ten`` is the power of ten that written outputs share;
    ``is_whole`` says that all numbers are whole, and so are their products.
    """

    def __init__(self, script: Script) -> None:
        self.script, self.layer, self.signal = script, script.layer, script.signal(0)
        (self.samples, _), (self.steps, _) = script.read_shape, script.shape
        self.weights = [script.number(("weight", 1, k, 0, 0)) for k in range(self.layer.kernel_size)]
        self.ten = Fraction(10) ** script.shown.power_level(script.level)
        self.is_whole = all(number.value.denominator == 1 for number in (*self.signal.values(), *self.weights))

    def source(self, step: int, k: int) -> int:
        """The sample that tap ``k`` reads for an output step, inside the signal or not."""
        return int(self.layer.source_step(self.samples, step, k))

    def place(self, step: int) -> int:
        """The step of the samples' ruler under which an output stands, so that edges of one tap are parallel: in the
        middle of what it reads where all samples are told, or as the padding has it.
        """
        middle = (self.layer.kernel_size - 1) // 2 if self.samples <= CLOSE else 0
        return max(self.source(step, middle), self.source(step, 0) - self.source(0, 0))

    @cached_property
    def readers(self) -> dict[int, list[tuple[int, int]]]:
        """The edges of every sample that is read, those of the padding included: each (output step, k)."""
        found: dict[int, list[tuple[int, int]]] = {}
        for step in range(self.steps):
            for k in range(self.layer.kernel_size):
                found.setdefault(self.source(step, k), []).append((step, k))
        return found

    def fan(self, sample: int) -> list[tuple[int, int]]:
        """The edges of a sample, from left to right."""
        return self.readers.get(sample, [])

    def around(self, sample: int) -> list[tuple[int, int]]:
        """The edges of a sample with those to outputs beyond the ends, where no g is, from left to right."""
        taps = range(self.layer.kernel_size)
        beyond = range(-self.layer.span, self.steps + self.layer.span)
        return [(step, k) for step in beyond for k in taps if self.source(step, k) == sample]

    def upstream(self, step: int) -> Number:
        """The factor ``g`` of an output step: how much of it a next layer takes."""
        return self.script.written(UPSTREAM[step % len(UPSTREAM)] * self.ten, about=("upstream", 1, step, 0))

    def reads(self, step: int) -> list[int]:
        """The samples that an output reads, those of the padding included."""
        return [self.source(step, k) for k in range(self.layer.kernel_size)]

    def beside(self, told: int, i: int) -> bool:
        """Whether the edges of a sample and those of an output neither meet nor cross."""
        sides = {j < i for j in self.reads(told)} | {told < step for step, _ in self.fan(i)}
        return len(sides) == 1 and i not in self.reads(told)

    def fullest(self, told: int) -> int:
        """A sample that most outputs read, if it may be not through zeros alone, with its edges beside those of an
        output; the nearest, and of two the last.
        """

        def rank(i: int) -> tuple[int, bool, bool, int, int]:
            through = any(self.weights[k].value for _, k in self.fan(i))
            return len(self.fan(i)), through, self.beside(told, i), -min(abs(i - j) for j in self.reads(told)), i

        return max(range(self.samples), key=rank)

    @cached_property
    def slopes(self) -> tuple[Fraction, ...]:
        """The gradient at every sample: each output's g goes back over its edges, and what arrives adds up."""
        return self._back([one.value for one in self.weights], [self.upstream(t).value for t in range(self.steps)])

    def _back(self, taps: Sequence[Fraction], sent: Sequence[Fraction]) -> tuple[Fraction, ...]:
        fans = map(self.fan, range(self.samples))
        return tuple(sum((taps[k] * sent[step] for step, k in fan), Fraction(0)) for fan in fans)

    def slope(self, sample: int) -> Number:
        """The gradient at a sample."""
        return self.script.written(self.slopes[sample], about=("slope", 1, sample, 0))

    @property
    def asked(self) -> tuple[Fraction, Fraction] | None:
        """How far the gradient that Keras's backend found for this loss lies at most from the exact one, both of the
        network's full numbers, and how far any sum of these products in float32 may; None where it was not asked, or
        for another loss.
        """
        source = self.script.source
        found, told = source.recorded and source.recorded.gradient, [self.upstream(t).value for t in range(self.steps)]
        if not found or found.slopes.shape[0] != self.samples or [Fraction(float(g)) for g in found.g] != told:
            return None
        taps = [Fraction(float(weight)) for weight in source.weights[0][0][:, 0, 0]]  # type: ignore[index]
        exact, sizes = self._back(taps, told), self._back([*map(abs, taps)], told)
        apart = (abs(Fraction(float(slope)) - own) for slope, own in zip(found.slopes[:, 0, 0], exact, strict=True))
        roundings = len(taps) * Fraction(2) ** -ROUNDOFF_BITS
        return max(apart), max(sizes) * roundings / (1 - roundings)

    @cached_property
    def convolved(self) -> tuple[Fraction, ...]:
        """What ``scipy.signal.convolve(g, w, mode="full")`` gives, exactly, of g and w with zeros between their numbers
        where the layer has strides or a dilation: cut to the samples, and 0 for those beyond it, which no output reads.
        """
        import numpy as np
        from scipy.signal import convolve

        def spread(numbers: Sequence[Number], every: int) -> Any:
            array = np.full((len(numbers) - 1) * every + 1, Fraction(0), dtype=object)
            array[::every] = [number.value for number in numbers]
            return array

        g = spread([self.upstream(step) for step in range(self.steps)], self.layer.strides)
        w, first = spread(self.weights, self.layer.dilation_rate), -self.source(0, 0)
        cut = convolve(g, w, mode="full", method="direct")[first : first + self.samples]
        return (*cut, *[Fraction(0)] * (self.samples - len(cut)))

    def value(self, about: About) -> Fraction:
        """The exact number that something stands for: an ``"upstream"`` or a ``"slope"``."""
        kind, _, at, _ = about
        return (self.upstream if kind == "upstream" else self.slope)(at).value
