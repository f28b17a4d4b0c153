"""Two layers in a row as numbers: what goes through the middle, and the one kernel that does the work of both.

Of the layers one input channel and one filter are told, with every middle channel between them; biases stay aside. The
effective kernel is that of :func:`convexplain.algebra.collapse.collapse`, and it is held against the copies of the
first kernel that a story shows: slid, scaled by the taps of the second and stacked. This module knows a script and its
layers; it lays nothing out.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any

from convexplain import style
from convexplain.board.marks import About, Key
from convexplain.board.pieces import Number
from convexplain.layers import Conv1D
from convexplain.network import Network
from convexplain.stack import Stack

if TYPE_CHECKING:
    from convexplain.stories.script import Script


@dataclass(frozen=True, eq=False)
class Chain:
    """Two layers on one channel: ``first[m]`` is the kernel of middle channel m, ``second[m]`` that which reads it."""

    layers: tuple[Conv1D, Conv1D]
    x: tuple[Fraction, ...]
    first: dict[int, tuple[Fraction, ...]]
    second: dict[int, tuple[Fraction, ...]]

    @property
    def middle(self) -> int:
        """The steps of the level between."""
        return int(self.layers[0].output_steps(len(self.x)))

    @property
    def steps(self) -> int:
        """The steps of the last level."""
        return int(self.layers[1].output_steps(self.middle))

    def reads(self, level: int, step: int, k: int) -> int:
        """The step that tap ``k`` of layer 0 or 1 reads, inside or not."""
        return int(self.layers[level].source_step(self.middle if level else len(self.x), step, k))

    def window(self, step: int) -> list[int]:
        """The steps between that an output reads."""
        return [self.reads(1, step, k) for k in range(self.layers[1].kernel_size)]

    def middle_place(self, step: int) -> int:
        """The step of the signal under which a step of the level between stands."""
        return self.reads(0, step, 0) - self.reads(0, 0, 0)

    def output_place(self, step: int) -> int:
        """The step of the signal under which an output stands."""
        return self.middle_place(self.reads(1, step, 0) - self.reads(1, 0, 0))

    def start(self, step: int) -> int:
        """The sample that the first taps of both layers lead to from an output."""
        return self.reads(0, self.reads(1, step, 0), 0)

    def offset(self, after: int, k: int) -> int:
        """Where tap ``k`` of the first kernel meets the samples, seen through tap ``after`` of the second: how far
        after the first sample of the window.
        """
        return self.reads(0, self.reads(1, 0, after), k) - self.start(0)

    @property
    def span(self) -> int:
        """The taps of the one kernel."""
        return self.offset(self.layers[1].kernel_size - 1, self.layers[0].kernel_size - 1) + 1

    def copy(self, m: int, after: int) -> dict[int, Fraction]:
        """The first kernel of a middle channel, slid and scaled by tap ``after`` of the second, by offset."""
        taps = enumerate(self.first[m])
        return {self.offset(after, k): weight * self.second[m][after] for k, weight in taps}

    def part(self, m: int) -> tuple[Fraction, ...]:
        """The copies of one middle channel, stacked."""
        copies = [self.copy(m, after) for after in range(self.layers[1].kernel_size)]
        return tuple(sum((copy.get(j, Fraction(0)) for copy in copies), Fraction(0)) for j in range(self.span))

    @cached_property
    def effective(self) -> tuple[Fraction, ...]:
        """The one kernel. ``ArithmeticError`` when the stacked copies are another one."""
        from convexplain.algebra.collapse import collapse

        kernels = [[[[self.first[m][k] for m in self.first]] for k in range(self.layers[0].kernel_size)]]
        kernels += [[[[self.second[m][k]] for m in self.second] for k in range(self.layers[1].kernel_size)]]
        arrays, scale = zip(*map(_integers, kernels), strict=True)
        plain = [_plain(self.layers[0], len(self.first)), _plain(self.layers[1], 1)]
        network = Network(Stack((len(self.x), 1), plain), tuple((array,) for array in arrays))
        numbers = collapse(network).kernel_numbers
        unit = Fraction(2) ** numbers.exponent / (scale[0] * scale[1])
        kernel = tuple(int(integer) * unit for integer in numbers.integers[:, 0, 0])
        stacked = tuple(map(sum, zip(*(self.part(m) for m in self.first), strict=True)))
        if kernel != stacked:
            raise ArithmeticError(f"the stacked copies must be the effective kernel, {kernel}. Received: {stacked}")
        return kernel

    def sample(self, step: int) -> Fraction:
        """A sample; 0 outside the signal."""
        return self.x[step] if 0 <= step < len(self.x) else Fraction(0)

    def hidden(self, step: int, m: int, ends: bool = True) -> Fraction:
        """The middle channel m at a step, as the second layer reads it: cut by a relu, 0 beyond the ends. Without
        ``ends`` it goes on beyond them, and nothing is cut, as the one kernel has it.
        """
        if ends and not 0 <= step < self.middle:
            return Fraction(0)
        taps = enumerate(self.first[m])
        total = sum((weight * self.sample(self.reads(0, step, k)) for k, weight in taps), Fraction(0))
        return max(total, Fraction(0)) if ends and not self.layers[0].is_linear else total

    def two(self, step: int, middles: Iterable[int] | None = None) -> Fraction:
        """What the two layers give at a step; through some ``middles`` alone where they are given."""
        through = self.second if middles is None else middles
        read = [(m, k, s) for m in through for k, s in enumerate(self.window(step))]
        return sum((self.second[m][k] * self.hidden(s, m) for m, k, s in read), Fraction(0))

    def one(self, step: int, m: int | None = None) -> Fraction:
        """What the one kernel gives at a step, or that through the middle channel m."""
        first, kernel = self.start(step), self.effective if m is None else self.part(m)
        return sum((weight * self.sample(first + j) for j, weight in enumerate(kernel)), Fraction(0))

    def missing(self, step: int, m: int) -> Fraction:
        """By how much the two layers and the one kernel differ at a step, through the middle channel m."""
        return abs(self.one(step, m) - self.two(step, [m]))

    @cached_property
    def differing(self) -> tuple[int, ...]:
        """The steps at which the two layers and the one kernel give different numbers."""
        return tuple(step for step in range(self.steps) if self.one(step) != self.two(step))

    def lost(self, step: int) -> list[int]:
        """The taps of the second kernel that read a 0 where the one kernel reads a number: beyond the ends of the level
        between, or where a relu cuts.
        """
        read = enumerate(self.window(step))
        return [k for k, s in read if any(self.hidden(s, m) != self.hidden(s, m, ends=False) for m in self.first)]

    def with_settings(self, padding: str | None = None, activation: str = "linear") -> Chain:
        """The same kernels and samples with another ``padding`` of the second layer, or a relu in between."""
        lower = _plain(self.layers[0], self.layers[0].filters, activation=activation)
        upper = _plain(self.layers[1], self.layers[1].filters, padding)
        return replace(self, layers=(lower, upper))


class Pair:
    """The last two layers up to the told level, for one input channel and the told filter."""

    def __init__(self, script: Script) -> None:
        stack, level = script.source.stack, script.level
        if level < 2:
            raise ValueError(f"two layers become one at level 2 or above. Received: level {level}")
        lower, upper = stack.layers[level - 2], stack.layers[level - 1]
        if not (isinstance(lower, Conv1D) and isinstance(upper, Conv1D)):
            raise ValueError(f"two layers that become one must be Conv1D. Received: {lower!r}, then {upper!r}")
        self.script, self.level, self.filter = script, level, script.cell.channel
        self.read_channels, self.middle_channels = stack.shapes[level - 2][1], stack.shapes[level - 1][1]
        own = self.middle_channels // upper.groups
        above = {upper.source_channel(self.middle_channels, c, self.filter): c for c in range(own)}
        self.channel = int(lower.source_channel(self.read_channels, 0, min(above)))
        self._above, self._below = {}, {}
        for m, place in above.items():
            for c in range(self.read_channels // lower.groups):
                if lower.source_channel(self.read_channels, c, m) == self.channel:
                    self._above[m], self._below[m] = place, c
        self.middles = tuple(self._above)
        steps = range(stack.shapes[level - 2][0])
        self.told = Chain(
            (lower, upper),
            tuple(script.value(("cell", level - 2, step, self.channel)) for step in steps),
            {m: tuple(self.first(m, k).value for k in range(lower.kernel_size)) for m in self.middles},
            {m: tuple(self.second(m, k).value for k in range(upper.kernel_size)) for m in self.middles},
        )
        self.chain = self.told.with_settings()

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the two layers is left aside: one input channel, no bias, and no relu at the end."""
        lower, upper = self.told.layers
        return self.read_channels == 1 and not (lower.use_bias or upper.use_bias) and upper.is_linear

    @property
    def is_linear(self) -> bool:
        """Whether there is no relu in between."""
        return self.told.layers[0].is_linear

    @property
    def aside(self) -> str:
        """What of the two layers is not told, in a sentence; empty when nothing is left out."""
        layers, filters = self.told.layers, self.script.shape[1]
        said = [f"input channel {self.channel} of {self.read_channels}"] if self.read_channels > 1 else []
        said += [f"filter {self.filter} of {filters}"] if filters > 1 else []
        parts = [f"shown for {' and '.join(said)}"] if said else []
        parts += ["biases stay aside: they become one bias"] if any(layer.use_bias for layer in layers) else []
        text = "; ".join(parts)
        return f"{text[:1].upper()}{text[1:]}." if text else ""

    def sample_key(self, step: int) -> Key:
        """The key of a sample's bar."""
        return (f"y{self.level - 2}" if self.level > 2 else "x", self.channel, step)

    # numbers with their texts

    def x(self, step: int) -> Number:
        """A sample."""
        return self.script.number(("cell", self.level - 2, step, self.channel))

    def first(self, m: int, k: int) -> Number:
        """A tap of the first kernel."""
        return self.script.number(("weight", self.level - 1, k, self._below[m], m))

    def second(self, m: int, k: int) -> Number:
        """A tap of the second kernel."""
        return self.script.number(("weight", self.level, k, self._above[m], self.filter))

    def copy(self, m: int, after: int, k: int) -> Number:
        """A tap of a slid and scaled copy."""
        return self._weight(("copy", self.level, m, after, k))

    def part(self, m: int, j: int) -> Number:
        """A tap of the kernel through one middle channel."""
        return self._weight(("part", self.level, m, j))

    def effective(self, j: int) -> Number:
        """A tap of the one kernel."""
        return self._weight(("effective", self.level, j))

    def hidden(self, value: Fraction) -> Number:
        """A number of the level between."""
        return self.script.written(value, self.level - 1)

    def output(self, value: Fraction) -> Number:
        """A product or a sum of the last level."""
        return self.script.written(value, self.level)

    def _weight(self, about: About) -> Number:
        value = self.value(about)
        return Number(value, self._form.text(value), about)

    def value(self, about: About) -> Fraction:
        """The exact number that something stands for: ``("copy", level, m, after, k)``, ``("part", level, m, j)``,
        ``("effective", level, j)``.
        """
        kind, _, *at = about
        if kind == "copy":
            m, after, k = at
            return self.chain.first[m][k] * self.chain.second[m][after]
        return self.chain.part(at[0])[at[1]] if kind == "part" else self.chain.effective[at[0]]

    @cached_property
    def _form(self) -> Any:
        """How the products of weights are written: exactly, where weights are."""
        shown, kernel = self.script.shown, self.chain.effective
        if shown.numbers != "short":
            return style.number_format(kernel)
        power = shown.power_weight(self.level - 1) + shown.power_weight(self.level)
        chain = self.chain
        products = [a * b for m in self.middles for a in chain.first[m] for b in chain.second[m]]
        return style.Exact(max(style.decimal_places(value / Fraction(10) ** power) for value in products), power)


def _plain(layer: Conv1D, filters: int, padding: str | None = None, activation: str = "linear") -> Conv1D:
    """The layer with one group, no bias, and another padding or activation."""
    padding = padding or layer.padding
    return replace(layer, filters=filters, padding=padding, activation=activation, groups=1, use_bias=False)


def _integers(numbers: Any) -> tuple[Any, int]:
    """A nested list of exact numbers as an array of integers, and by what they are to be divided."""
    import numpy as np

    array = np.array(numbers, dtype=object)
    scale = math.lcm(*(value.denominator for value in array.ravel()))
    return np.vectorize(int, otypes=[object])(array * scale), scale
