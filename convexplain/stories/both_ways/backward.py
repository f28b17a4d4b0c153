"""A layer read from its other end: for one sample the outputs that read it, and what each gives back.

Who reads a sample is found among the layer's own index rule, never solved for; the products are exact. A layer alone
has no loss: the simplest one is told, the sum of its outputs, each times a small number, its ``g``. This module knows a
script and its layer; it lays nothing out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

from convexplain.board.marks import About
from convexplain.board.pieces import Number

if TYPE_CHECKING:
    from convexplain.stories.script import Script

UPSTREAM = (1, 1, 2, 2, 3)
"""The upstream gradient, over and over, times a power of ten: no zero, and no three are the same read backwards."""


class Return(NamedTuple):
    """What the output ``step`` gives back through tap ``k``: ``weight`` × ``upstream``."""

    k: int
    step: int
    weight: Number
    upstream: Number
    product: Number


class Backward:
    """The gradient with respect to the samples of one channel, through one filter."""

    def __init__(self, script: Script, channel: int = 0) -> None:
        self.script, self.layer, self.channel = script, script.layer, channel
        self.level, self.filter = script.level, script.cell.channel
        (self.samples, _), (self.steps, _) = script.read_shape, script.shape

    @cached_property
    def is_whole(self) -> bool:
        """Whether all its numbers are whole, and so are their products."""
        samples = self.script.signal(self.channel).values()
        taps = (self.weight(k) for k in range(self.layer.kernel_size))
        return all(n.value.denominator == 1 for n in (*samples, *taps)) and self.ten >= 1

    def weight(self, k: int) -> Number:
        """A tap."""
        return self.script.number(("weight", self.level, k, self.channel, self.filter))

    def place(self, step: int) -> int:
        """The step of the samples' ruler under which an output stands, so that edges of one tap are parallel."""
        return int(self.source(step, 0) - self.source(0, 0))

    def source(self, step: Any, k: int) -> Any:
        """The sample that tap ``k`` reads for an output step, or for an array of them, inside the signal or not."""
        return self.layer.source_step(self.samples, step, k)

    def upstream(self, step: int) -> Number:
        """``g`` at an output step: how much the loss changes per unit of it."""
        value = UPSTREAM[step % len(UPSTREAM)] * self.ten
        return self.script.written(value, about=("upstream", self.level, step, self.filter))

    @property
    def asked(self) -> tuple[Fraction, ...] | None:
        """The gradient that Keras's backend found for this loss; None where it was not asked, or for another one."""
        found = self.script.source.recorded and self.script.source.recorded.gradient
        if not found or found.slopes.shape != (self.samples, 1):
            return None
        if any(Fraction(float(g)) != self.upstream(step).value for step, (g,) in enumerate(found.g)):
            return None
        return tuple(Fraction(float(slope)) for (slope,) in found.slopes)

    @cached_property
    def ten(self) -> Fraction:
        """The power of ten of the largest sample, of one near the next power that one."""
        largest = max(abs(sample.value) for sample in self.script.signal(self.channel).values())
        nearly = largest if largest >= 1 else 2 * largest
        return Fraction(10) ** math.floor(math.log10(nearly)) if largest else Fraction(1)

    def returns(self, sample: int) -> list[Return]:
        """What comes back to a sample from the outputs that read it, from left to right."""
        import numpy as np

        steps, found = np.arange(self.steps), []
        for k in range(self.layer.kernel_size):
            for step in map(int, steps[self.source(steps, k) == sample]):  # the output that reads it, if there is one
                weight, g, about = self.weight(k), self.upstream(step), ("return", self.level, sample, self.channel, k)
                found.append(Return(k, step, weight, g, self.script.written(weight.value * g.value, about=about)))
        return sorted(found, key=lambda back: back.step)

    def fullest(self, told: int) -> int:
        """Of the samples that an output reads, or else of those near, the last that most outputs read."""
        read = [int(self.source(told, k)) for k in range(self.layer.kernel_size)]
        inside = [i for i in read if 0 <= i < self.samples]
        near = inside or range(max(0, min(read) - self.layer.span), min(self.samples, max(read) + self.layer.span + 1))
        return max(near, key=lambda i: (len(self.returns(i)), i))

    @cached_property
    def slopes(self) -> tuple[Fraction, ...]:
        """The gradient at every sample: each output's g goes back over its edges, and what arrives adds up."""
        arrived = [Fraction(0)] * self.samples
        sent = [self.upstream(step).value for step in range(self.steps)]
        for k in range(self.layer.kernel_size):
            weight = self.weight(k).value
            for step, g in enumerate(sent):
                if 0 <= (sample := self.source(step, k)) < self.samples:
                    arrived[sample] += weight * g
        return tuple(arrived)

    def slope(self, sample: int) -> Number:
        """The gradient at a sample."""
        return self.script.written(self.slopes[sample], about=("slope", self.level, sample, self.channel))

    @cached_property
    def convolved(self) -> tuple[Fraction, ...]:
        """What ``scipy.signal.convolve(g, w, mode="full")`` gives, exactly, of g and w with zeros between their numbers
        where the layer has strides or a dilation: cut to the samples, and 0 for those beyond it, which no output reads.
        """
        import numpy as np
        from scipy.signal import convolve

        def spread(values: Iterable[Number], places: list[int]) -> Any:
            array = np.full(places[-1] + 1, Fraction(0), dtype=object)
            array[places] = [number.value for number in values]
            return array

        steps, taps, first = range(self.steps), range(self.layer.kernel_size), -self.source(0, 0)
        g = spread(map(self.upstream, steps), [*map(self.place, steps)])
        w = spread(map(self.weight, taps), [self.source(0, k) + first for k in taps])
        cut = convolve(g, w, mode="full", method="direct")[first : first + self.samples]
        return (*cut, *[Fraction(0)] * (self.samples - len(cut)))

    def value(self, about: About) -> Fraction:
        """The exact number that something stands for: an ``"upstream"``, a ``"return"`` or a ``"slope"``."""
        kind, _, at, *rest = about
        if kind == "upstream":
            return self.upstream(at).value
        if kind == "slope":
            return self.slope(at).value
        return next(back.product.value for back in self.returns(at) if back.k == rest[1])
