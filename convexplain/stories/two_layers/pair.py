"""Two layers in a row as numbers: what goes through the middle, and the one kernel that does the work of both.

Of the layers one input channel and one filter are told, with every middle channel between them; biases stay aside. The
one kernel is the copies of the first kernel that a story shows: slid, scaled by the taps of the second and stacked; it
is held against SciPy's convolution of the two. This module knows a script and its layers; it lays nothing out.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from convexplain import style
from convexplain.board.marks import About
from convexplain.board.pieces import Number
from convexplain.layers import Conv1D
from convexplain.stories.shown import Form

if TYPE_CHECKING:
    from convexplain.stories.script import Script

Kernels: TypeAlias = "dict[int, tuple[Fraction, ...]]"
"""The taps of kernels, by the channel between."""


class Chain:
    """Two layers on one channel: ``first[m]`` is the kernel of middle channel m, ``second[m]`` that which reads it."""

    def __init__(self, layers: tuple[Conv1D, Conv1D], x: tuple[Fraction, ...], first: Kernels, second: Kernels) -> None:
        self.layers, self.x, self.first, self.second = layers, x, first, second
        self.origin = self.reads(0, 0, 0)
        """The sample that places between are counted from."""
        self.middle = int(layers[0].output_steps(len(x)))
        self.steps = int(layers[1].output_steps(self.middle))
        """The steps of the level between, and of the last one."""
        self.span = self.offset(layers[1].kernel_size - 1, layers[0].kernel_size - 1) + 1
        """The taps of the one kernel."""

    def with_settings(self, padding: str = "", activation: str = "linear", sign: int = 1) -> Chain:
        """The same, or of the opposite of all samples, with another ``padding`` of both layers or a relu in between."""
        lower, upper = (replace(layer, padding=padding or layer.padding) for layer in self.layers)
        x = tuple(sign * value for value in self.x)
        other = Chain((replace(lower, activation=activation), upper), x, self.first, self.second)
        other.origin = self.origin
        return other

    @cached_property
    def opposite(self) -> Chain:
        """The same for the opposite of all samples: of these any kernel makes the opposite outputs."""
        return self.with_settings(activation=self.layers[0].activation, sign=-1)

    # steps and places

    def reads(self, level: int, step: int, k: int) -> int:
        """The step that tap ``k`` of layer 0 or 1 reads, inside or not."""
        return int(self.layers[level].source_step(self.middle if level else len(self.x), step, k))

    def window(self, step: int) -> list[int]:
        """The steps between that an output reads."""
        return [self.reads(1, step, k) for k in range(self.layers[1].kernel_size)]

    def start(self, step: int) -> int:
        """The sample that the first taps of both layers lead to from an output."""
        return self.reads(0, self.reads(1, step, 0), 0)

    def offset(self, after: int, k: int) -> int:
        """How far after the first sample tap ``k`` of the first kernel stands, by tap ``after`` of the second."""
        return self.reads(0, self.reads(1, 0, after), k) - self.start(0)

    def middle_place(self, step: int) -> int:
        """The step of the signal under which a step of the level between stands."""
        return self.reads(0, step, 0) - self.origin

    def output_place(self, step: int) -> int:
        """The step of the signal under which an output stands."""
        return self.middle_place(self.reads(1, step, 0) - self.reads(1, 0, 0))

    # numbers

    @property
    def gaps(self) -> tuple[int, int]:
        """From tap to tap of the first kernel, and from copy to copy: 1 and 1 where the one kernel is a convolution."""
        lower, upper = self.layers
        return lower.dilation_rate, lower.strides * upper.dilation_rate

    @cached_property
    def kernel(self) -> tuple[Fraction, ...]:
        """The one kernel: the copies of the first, each slid and scaled by its tap of the second, stacked."""
        below, rows = (range(layer.kernel_size) for layer in self.layers)
        taps = [Fraction(0)] * self.span
        for m, row, k in itertools.product(self.first, rows, below):
            taps[self.offset(row, k)] += self.second[m][row] * self.first[m][k]
        return tuple(taps)

    @cached_property
    def convolved(self) -> tuple[Fraction, ...]:
        """What SciPy's ``convolve`` makes of the kernels, exactly, with zeros in their gaps."""
        import numpy as np
        from scipy.signal import convolve

        def spread(taps: tuple[Fraction, ...], every: int) -> Any:
            gap = [Fraction(0)] * (every - 1)
            return np.array([*taps[:1], *(value for tap in taps[1:] for value in (*gap, tap))], object)

        inner, leap = self.gaps
        ways = ((spread(self.first[m], inner), spread(self.second[m], leap)) for m in self.first)
        return (*sum(convolve(*way, method="direct") for way in ways),)

    def covered(self, step: int) -> range:
        """The samples under the one kernel where it makes an output, inside or not."""
        return range(self.start(step), self.start(step) + self.span)

    def ended(self, step: int) -> int:
        """The last step between that an output reads, or the nearest where it reads beyond the ends alone."""
        nearest = min(max(self.window(step)[0], 0), self.middle - 1)
        return max({*range(self.middle)} & {*self.window(step)}, default=nearest)

    def sample(self, step: int) -> Fraction:
        """A sample; 0 outside the signal."""
        return self.x[step] if 0 <= step < len(self.x) else Fraction(0)

    def made(self, step: int, m: int) -> Fraction:
        """The middle channel m at a step as the first kernel makes it."""
        taps = enumerate(self.first[m])
        return sum((weight * self.sample(self.reads(0, step, k)) for k, weight in taps), Fraction(0))

    def hidden(self, step: int, m: int) -> Fraction:
        """The middle channel m at a step as layer 2 reads it: it may be a 0 of padding or of a relu instead."""
        is_cut = not 0 <= step < self.middle or (not self.layers[0].is_linear and self.made(step, m) < 0)
        return Fraction(0) if is_cut else self.made(step, m)

    def is_missed(self, step: int, m: int) -> bool:
        """Whether layer 2 reads such a 0 where the first kernel makes another number."""
        return self.hidden(step, m) != self.made(step, m)

    def two(self, step: int) -> Fraction:
        """What the two layers give at a step."""
        read = [(m, k, s) for m in self.second for k, s in enumerate(self.window(step))]
        return sum((self.second[m][k] * self.hidden(s, m) for m, k, s in read), Fraction(0))

    def one(self, step: int) -> Fraction:
        """What the one kernel gives at a step."""
        first = self.start(step)
        return sum((weight * self.sample(first + j) for j, weight in enumerate(self.kernel)), Fraction(0))

    @cached_property
    def differing(self) -> tuple[int, ...]:
        """The steps at which the two layers and the one kernel give different numbers."""
        return tuple(t for t in range(self.steps) if self.one(t) != self.two(t))


class Pair:
    """The last two layers up to the told level, for one input channel and the told filter. Their kernels are told for
    one channel between, ``m``, that which gives most to the outputs.
    """

    def __init__(self, script: Script) -> None:
        stack, level = script.source.stack, script.level
        if level < 2:
            needed = "two layers become one where a Conv1D reads another that has relu or no activation"
            raise ValueError(f"{needed}. Received: {script.within or f'level {level}'}")
        lower, upper = stack.layers[level - 2], stack.layers[level - 1]
        if not (isinstance(lower, Conv1D) and isinstance(upper, Conv1D)):
            raise ValueError(f"two layers that become one must be Conv1D. Received: {lower!r}, then {upper!r}")
        self.script, self.level, self.filter = script, level, script.cell.channel
        (steps, self.channels), (_, between) = stack.shapes[level - 2 : level]
        read = {upper.source_channel(between, c, self.filter): c for c in range(between // upper.groups)}
        self.channel = int(lower.source_channel(self.channels, 0, min(read)))
        read = {m: c for m, c in read.items() if lower.source_channel(self.channels, 0, m) == self.channel}
        below = {m: [("weight", level - 1, k, 0, m) for k in range(lower.kernel_size)] for m in read}
        above = {m: [("weight", level, k, c, self.filter) for k in range(upper.kernel_size)] for m, c in read.items()}
        first, second = ({m: tuple(map(script.value, own)) for m, own in kernels.items()} for kernels in (below, above))
        self.told = Chain((lower, upper), tuple(self.x(step).value for step in range(steps)), first, second)
        """The layers as they are."""
        self.chain = self.told.with_settings()
        """The layers without what stays aside."""
        self.ways = {
            m: Chain((lower, upper), self.chain.x, {m: first[m]}, {m: second[m]}).with_settings() for m in read
        }
        self.m = max(read, key=lambda m: sum(abs(self.ways[m].two(t)) for t in range(self.chain.steps)))
        self._first, self._second = below[self.m], above[self.m]

    # numbers with their texts

    @property
    def units(self) -> str:
        """The powers of ten that written numbers share, by the letters of what they are; nothing where they are 1."""
        shown, level, letters = self.script.shown, self.level, dict[int, list[str]]()
        powers = {letter: shown.power_level(at) for letter, at in zip("yhx", range(level, level - 3, -1), strict=True)}
        powers |= {"u": shown.power_weight(level - 1), "v": shown.power_weight(level), "w": self.form.power}
        for letter in filter(powers.get, "xuhvyw"):
            letters.setdefault(powers[letter], []).append(f"*{letter}*")
        named = (f"{style.everyday(Fraction(10) ** power)} ({', '.join(own)})" for power, own in letters.items())
        return f"Numbers are in units of {', '.join(named)}." if letters else ""

    def x(self, step: int) -> Number:
        """A sample."""
        return self.script.number(("cell", self.level - 2, step, self.channel))

    def first(self, k: int) -> Number:
        """A tap of the first kernel."""
        return self.script.number(self._first[k])

    def second(self, k: int) -> Number:
        """A tap of the second kernel."""
        return self.script.number(self._second[k])

    def weight(self, kind: str, *at: int) -> Number:
        """A product or a sum of taps: ``("copy", m, after, k)`` of the first kernel's copy that tap ``after`` of the
        second scales, ``("part", m, j)`` of the kernel through one channel, ``("effective", j)`` of the one kernel.
        """
        about = (kind, self.level, *at)
        return Number(self.value(about), self.form.text(self.value(about)), about)

    def hidden(self, value: Fraction) -> Number:
        """A number of the level between."""
        return self.script.written(value, self.level - 1)

    def output(self, value: Fraction) -> Number:
        """A product or a sum of the last level."""
        return self.script.written(value, self.level)

    def value(self, about: About) -> Fraction:
        """The exact number that a weight stands for: its kind and its place, with the level between them."""
        kind, _, *at = about
        if kind == "copy":
            m, after, k = at
            return self.chain.first[m][k] * self.chain.second[m][after]
        return (self.chain if kind == "effective" else self.ways[at[0]]).kernel[at[-1]]

    @cached_property
    def form(self) -> Form:
        """How the products of weights are written: exactly, where weights are."""
        shown, chain = self.script.shown, self.chain
        if shown.numbers != "short":
            return style.number_format(chain.kernel)
        power = shown.power_weight(self.level - 1) + shown.power_weight(self.level)
        products = [a * b for m in self.ways for a in chain.first[m] for b in chain.second[m]]
        return style.Exact(max(style.decimal_places(value / Fraction(10) ** power) for value in products), power)
