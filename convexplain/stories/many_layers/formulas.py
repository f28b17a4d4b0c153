"""The formula of one output of a stack, from nested to expanded, as parts with keys.

A letter is followed by the number of its layer, as in code; the index that is written is the layers' own, one put into
the other. This module knows how a formula reads; where it stands it is told by no one.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from convexplain import style
from convexplain.board.marks import SMALL, Cue
from convexplain.board.pieces import Part
from convexplain.board.text import advance, runs_of

MOST = 780.0
"""How wide the formula may be in the smallest type."""
_LETTERS = re.compile(r"(\*[a-z]\*\d*)")


def parts_of(name: str, text: str, small: bool = False) -> list[Part]:
    """A piece of a formula as parts: each letter, with the number of its layer, is one.

    >>> [part.markup for part in parts_of("w2", "*w*2[*k*2, *c*]")]
    ['*w*2', '[', '*k*2', ', ', '*c*', ']']
    """
    pieces = [piece for piece in _LETTERS.split(text) if piece]
    named = [name, *(f"{name} {place}" for place in range(1, len(pieces)))]
    return [Part(key, piece, small=int(small)) for key, piece in zip(named, pieces, strict=False)]


def lit(parts: list[Part], *letters: str) -> list[str]:
    """The parts that are one of some letters.

    >>> lit(parts_of("w2", "*w*2[*k*2, *c*]"), "*k*2")
    ['w2 2']
    """
    return [part.name for part in parts if part.markup.strip() in letters]


def _width(parts: list[Part]) -> float:
    return sum(advance(runs_of(part.markup)) * SMALL for part in parts)


class StackFormula:
    """The formula of output step ``t`` of a level in the cells of level ``base``; the filter is not written, and where
    there is no room for them, no index is.
    """

    def __init__(self, script: Any, base: int) -> None:
        self.is_bare = False
        self.stack, self.level, self.base, self.t = script.source.stack, script.level, base, script.cell.step
        self.filter = script.cell.channel
        self.numbers = tuple(range(script.level, base, -1))
        """The layers, the output's first."""
        self.is_bare = max(map(_width, (self.closed(), self.nested(), self.expanded()))) > MOST

    def k(self, layer: int) -> str:
        """The letter of a layer's own taps."""
        return f"*k*{layer}" if len(self.numbers) > 1 else "*k*"

    def c(self, layer: int) -> str:
        """The letter of a layer's own channels, where its kernel has several; with the number of the level that they
        are in, where several layers have them.
        """
        if not self._has_channels(layer):
            return ""
        return f"*c*{layer - 1}" if sum(map(self._has_channels, self.numbers)) > 1 else "*c*"

    def _has_channels(self, layer: int) -> bool:
        return self.stack.shapes[layer - 1][1] > self.stack.layers[layer - 1].groups

    def _channel(self, level: int) -> str:
        """Which channel of a level is read, in the letters of the layers above; nothing where it has but one."""
        if level == self.level or self.stack.shapes[level][1] == 1:
            return ""
        layer, channels, own = self.stack.layers[level], self.stack.shapes[level][1], self.c(level + 1)
        if layer.groups == 1:
            return own
        if level + 1 == self.level:
            first = str(layer.source_channel(channels, 0, self.filter))
        else:
            each, filters = channels // layer.groups, layer.filters // layer.groups
            group = self._channel(level + 1)
            if group.isdecimal():
                first = layer.source_channel(channels, 0, int(group))
                return f"{first} + {own}" if own else str(first)
            group = f"⌊{group}/{filters}⌋" if filters > 1 else group
            first = group if each == 1 else f"{each}·{group}"
        return f"{first} + {own}" if own else first

    def _name(self, letter: str, number: int) -> str:
        """A letter with its layer's number, which a single layer needs not."""
        return f"*{letter}*{number}" if len(self.numbers) > 1 or letter == "y" else f"*{letter}*"

    def index(self, level: int) -> str:
        """The step of a level that is read, in t and the taps above it."""
        factors: list[tuple[int, str]] = []
        for number in self.numbers:
            if number == level:
                break
            layer, (steps, _) = self.stack.layers[number - 1], self.stack.shapes[number - 1]
            first = layer.source_step(steps, 0, 0)
            factors = [(factor * (layer.source_step(steps, 1, 0) - first), k) for factor, k in factors]
            factors.append((layer.source_step(steps, 0, 1) - first, self.k(number)))
        return " + ".join([self._start(level), *(f"{factor if factor != 1 else ''}{k}" for factor, k in factors)])

    def start(self, level: int) -> int:
        """The step of a level that the output's first taps read."""
        step = self.t
        for number in self.numbers:
            if number == level:
                break
            step = self.stack.layers[number - 1].source_step(self.stack.shapes[number - 1][0], step, 0)
        return step

    def _start(self, level: int) -> str:
        start = self.start(level)
        return style.number(Fraction(start), 0) if start < 0 else str(start)

    def _cell(self, name: str, level: int) -> list[Part]:
        """A cell of a level below the output."""
        array = self._name("y", level) if level else "*x*"
        own = self._channel(level)
        if self.is_bare:
            return parts_of(name, array)
        return parts_of(name, f"{array}[{self.index(level)}{', ' + own if own else ''}]")

    def _sum(self, number: int, prefix: str = "") -> list[Part]:
        """The sign of a layer's sum."""
        over = ", ".join(index for index in (self.k(number), self.c(number)) if index)
        below = [] if self.is_bare else parts_of(f"{prefix}of {number}", f"{over} ", small=True)
        return [Part(f"{prefix}sum {number}", "∑"), *below]

    def _tap(self, number: int, prefix: str = "") -> list[Part]:
        """The weight of a layer's tap."""
        indices = ", ".join(index for index in (self.k(number), self.c(number), self._channel(number)) if index)
        written = " " if self.is_bare else f"[{indices}] "
        return parts_of(f"{prefix}w{number}", f"{self._name('w', number)}{written}")

    def _bias(self, number: int, prefix: str = "") -> list[Part]:
        """A layer's bias, and a plus; nothing when it has none."""
        if not self.stack.layers[number - 1].use_bias:
            return []
        channel = "" if self.is_bare else self._channel(number)
        return parts_of(f"{prefix}b{number}", f"{self._name('b', number)}{f'[{channel}]' if channel else ''} + ")

    def _products(self, numbers: tuple[int, ...], prefix: str = "") -> list[Part]:
        """The sums over some layers, then their taps."""
        sums = [part for number in numbers for part in self._sum(number, prefix)]
        return [*sums, *(part for number in numbers for part in self._tap(number, prefix))]

    def _biases(self, numbers: tuple[int, ...]) -> list[Part]:
        """What the biases of some layers give to the output."""
        found: list[Part] = []
        for place, number in enumerate(numbers):
            prefix = f"bias {number} "
            if bias := self._bias(number, prefix):
                found += [*self._products(self.numbers[:place], prefix), *bias]
        return found

    def _output(self, inside: list[Part], at: str = "") -> list[Part]:
        left = parts_of("y", f"{self._name('y', self.level)}{'' if self.is_bare else f'[{at or self.t}]'} = ")
        activation = self.stack.layers[self.level - 1].activation
        if activation == "linear":
            return [*left, *inside]
        return [*left, Part("act", f"{activation}("), *inside, Part("act close", ")")]

    def closed(self) -> list[Part]:
        """In the numbers of the level above the base; of a single layer, in those of the base."""
        upper = self.numbers[:-1] or self.numbers
        return self._output([*self._biases(upper), *self._products(upper), *self._cell("inner", upper[-1] - 1)])

    def nested(self) -> list[Part]:
        """With the sums of that level in brackets."""
        if len(self.numbers) == 1:
            return self.closed()
        upper, last = self.numbers[:-1], self.numbers[-1]
        inner = [*self._bias(last), *self._products((last,)), *self._cell("x", self.base)]
        outer = [*self._biases(upper), *self._products(upper)]
        return self._output([*outer, Part("open", "("), *inner, Part("close", ")")])

    def inner(self) -> list[Part]:
        """The numbers of the level above the base, in those of the base."""
        if len(self.numbers) == 1:
            return self.closed()
        last = self.numbers[-1]
        layer, steps, own = self.stack.layers[last - 1], self.stack.shapes[last - 1][0], self._channel(last)
        first = layer.source_step(steps, 0, 0)
        moves, spread = (layer.source_step(steps, *at) - first for at in ((1, 0), (0, 1)))
        shift = f" {style.MINUS} {-first}" if first < 0 else ""
        index = f"{moves if moves != 1 else ''}*t* + {spread if spread != 1 else ''}{self.k(last)}{shift}"
        channel = self._channel(last - 1)
        read = f"[{index}{', ' + channel if channel else ''}]" if not self.is_bare else ""
        array = self._name("y", last - 1) if last > 1 else "*x*"
        left = f"{self._name('y', last)}" + (f"[*t*{', ' + own if own else ''}]" if not self.is_bare else "")
        taps = [*self._bias(last), *self._products((last,)), *parts_of("x", array + read)]
        return [*parts_of("given", left), Part("equals", " = "), *taps]

    def merged(self, slides: bool = False) -> list[Part]:
        """As the sum that it is: one tap for each number of the base, counted from the first one that is read. One
        that ``slides`` is that of every output, where each reads from its own step on.
        """
        own = ", *c*" if self.stack.shapes[self.base][1] > 1 else ""
        over = [] if self.is_bare else parts_of(f"of {self.numbers[0]}", f"*j*{own} ", small=True)
        at = "" if self.is_bare else f"[*j*{own}]"
        read = "" if self.is_bare else f"[{'*t*' if slides else self._start(self.base)} + *j*{own}]"
        array = self._name("y", self.base) if self.base else "*x*"
        tail = parts_of("b", " + *b*") if any(self.stack.layers[n - 1].use_bias for n in self.numbers) else []
        taps = [
            *parts_of("w", "*w*"),
            *parts_of("at w", f"{at} "),
            *parts_of("x", array),
            *parts_of("at t" if slides else "at x", read),
        ]
        inside = [Part(f"sum {self.numbers[0]}", "∑"), *over, *taps, *tail]
        return self._output(inside, "*t*" if slides else "")

    def column(self, at: str = "*j*", channel: str = "*c*") -> list[Part]:
        """What a tap of the merged kernel is: the products of those taps that meet one number of the base."""
        own = f", {channel}" if self.stack.shapes[self.base][1] > 1 else ""
        left = [
            Part("tap", "*w*"),
            Part("tap [", "["),
            Part("at", at),
            Part("tap ]", f"{own}] "),
            Part("equals", "= "),
        ]
        over = filter(None, map(self.c, self.numbers[:-1]))
        below = [*parts_of("met", f"{self.met} = ", small=True), Part("met at", at, small=1)]
        below += parts_of("met over", "".join(f", {c}" for c in over) + " ", small=True)
        taps = [part for number in self.numbers for part in self._tap(number)]
        return [*left, Part(f"sum {self.numbers[0]}", "∑"), *([] if self.is_bare else below), *taps]

    @property
    def met(self) -> str:
        """The taps of all layers, as the index that they add up to: ``k2 + k1``."""
        return self.index(self.base).partition(" + ")[2]

    def expanded(self) -> list[Part]:
        """Without brackets: one sum of products."""
        every, upper = self.numbers, self.numbers[:-1]
        sums = [part for number in upper for part in self._sum(number)]
        sums += self._sum(every[-1], "out ") if upper else self._sum(every[-1])
        taps = [part for number in every for part in self._tap(number)]
        return self._output([*self._biases(every), *sums, *taps, *self._cell("x", self.base)])


def change(before: list[Part], after: list[Part], beat: float) -> list[Cue]:
    """How one formula becomes another: what goes leaves, then what stays moves, then what is new comes."""
    old, new = {part.name for part in before}, {part.name for part in after}
    stages = (old - new, old & new, new - old)
    return [
        Cue(tuple(("formula", name) for name in sorted(names)), beat + n, 0.4)
        for n, names in enumerate(stages)
        if names
    ]
