"""The formula of one output of a stack, from nested to expanded, as parts with keys.

A letter is followed by the number of its layer, as in code; the index that is written is the layers' own, one put into
the other; a sum says which taps and channels it is over. This module knows how a formula reads, and beside which
captions it has room.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from convexplain import style
from convexplain.board import pieces, staging
from convexplain.board.marks import SMALL, Cue, Draft, Format
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


class StackFormula:
    """The formula of output step ``t`` of a level in the cells of level ``base``. Taps have no indices; sums, and the
    sample that taps meet, have them where there is room and no layer has groups.
    """

    def __init__(self, script: Any, base: int) -> None:
        self.layers, self.shapes = script.source.stack.layers, script.source.stack.shapes
        self.level, self.base, self.t = script.level, base, script.cell.step
        self.numbers = tuple(range(script.level, base, -1))
        """The layers, the output's first."""
        self.channel = ", *c*" * (self.shapes[base][1] > 1)
        """Behind the step of a sample its channel, where there are several."""
        self.is_indexed = all(self.layers[number - 1].groups == 1 for number in self.numbers)
        self.is_indexed &= sum(advance(runs_of(part.markup)) * SMALL for part in self.expanded(True)) <= MOST

    @property
    def above(self) -> str:
        """The layers that read the numbers above the base: ``layer 2``, ``layers 2 and 3``."""
        first, apart = self.base + 2, self.level - self.base - 2
        return f"layers {first} {'to' if apart > 1 else 'and'} {self.level}" if apart > 0 else f"layer {first}"

    # letters

    def name(self, letter: str, number: int) -> str:
        """A letter with its layer's number, which a single layer needs not."""
        return f"*{letter}*{number}" if len(self.numbers) > 1 or letter == "y" else f"*{letter}*"

    def k(self, layer: int) -> str:
        """The letter of a layer's own taps."""
        return self.name("k", layer)

    def _channels(self, numbers: tuple[int, ...]) -> list[str]:
        """The letters of the channels that some layers read, where they are several; those of the base are ``c``."""
        read = [number - 1 for number in numbers if self.shapes[number - 1][1] > 1]
        is_one = len(self.numbers) < 3 and not self.channel
        return ["*c*" if level == self.base or is_one else f"*c*{level}" for level in read]

    # indices

    def start(self, level: int, step: int | None = None, second: int = 0) -> int:
        """The step of a level that first taps read, for the output or another step; in one layer the ``second`` tap."""
        step = self.t if step is None else step
        for number in range(self.level, level, -1):
            step = self.layers[number - 1].source_step(self.shapes[number - 1][0], step, int(number == second))
        return step

    def index(self, level: int) -> str:
        """The step of a level that is read, in t and the taps above it."""
        return " + ".join([style.number(Fraction(self.start(level)), 0), *self.steps(level)])

    def steps(self, level: int, *taps: int) -> list[str]:
        """How far each layer above a level steps, in its letter ``2k2``, or with some taps, ``2·1``."""
        above, dot = range(self.level, level, -1), "·" * bool(taps)
        factors = [self.start(level, second=number) - self.start(level) for number in above]
        own = zip(factors, taps or map(self.k, above), strict=True)
        return [f"{factor}{dot}{tap}" if factor != 1 else f"{tap}" for factor, tap in own]

    def later(self, step: int) -> str:
        """A step of the base as it is read at any step ``t`` of the output, where no zeros are added: ``t + 1``."""
        apart, by = self.start(self.base, 1), step - self.start(self.base)
        return f"{'' if apart == 1 else apart}*t*{f' + {by}' * (by > 0)}"

    def counted(self) -> str:
        """What the letters below the sum of the upper of two layers count; nothing where it has none."""
        taps, channels = self.k(self.level), self._channels(self.numbers[:1])
        said = f"*w*{self.level}[{', '.join([taps, *channels])}]: {taps} counts the taps of layer {self.level}"
        said += f", {channels[0]} the channels of layer {self.level - 1}." if channels else "."
        return said if self.is_indexed and len(self.numbers) == 2 else ""

    @property
    def met(self) -> str:
        """The taps of all layers, as the index that they add up to: ``k2 + k1``."""
        return " + ".join(self.steps(self.base))

    # parts

    def _cell(self, level: int, index: str = "") -> list[Part]:
        array = self.name("y", level) if level else "*x*"
        return parts_of("x" if level == self.base else "inner", array + index)

    def _products(self, numbers: tuple[int, ...], prefix: str = "") -> list[Part]:
        """The taps of some layers, in one sum over all of them."""
        taps = [part for number in numbers for part in parts_of(f"{prefix}w{number}", f"{self.name('w', number)} ")]
        name, letters = f"{prefix}sum {max(numbers, default=0)}", [*map(self.k, numbers), *self._channels(numbers)]
        each = [
            (Part(f"{name} before {k}", ", ", 1), Part(f"{name} over {k}", k, 1)) for k in letters * self.is_indexed
        ]
        over = [*sum(each, ())[1:], Part(f"{name} over {letters}", " ", 1)] if each else []
        return [Part(name, "∑"), *over, *taps] if numbers else []

    def _biases(self, numbers: tuple[int, ...], above: bool = True) -> list[Part]:
        """What the biases of some layers give, multiplied by the taps of those ``above``, and a plus."""
        found: list[Part] = []
        for number in (number for number in numbers if self.layers[number - 1].use_bias):
            prefix = f"{'bias' if above else 'own'} {number} "
            found += self._products(tuple(n for n in self.numbers if n > number), prefix) if above else []
            found += parts_of(f"{prefix}b", f"{self.name('b', number)} + ")
        return found

    def _output(self, inside: list[Part], t: str = "") -> list[Part]:
        at = [Part("y at", "["), *parts_of(f"y at {t}", t), Part("y at ]", "]")] if t else []
        left = [*parts_of("y", self.name("y", self.level)), *at, Part("y is", " = ")]
        if (activation := self.layers[self.level - 1].activation) != "linear":
            inside = [Part("act", f"{activation}("), *inside, Part("act close", ")")]
        return [*left, *inside]

    def _inner(self) -> list[Part]:
        last = self.numbers[-1:]
        return [*self._biases(last, False), *self._products(last), *self._cell(self.base)]

    def given(self) -> list[Part]:
        """The numbers of the level above the base, in those of the base."""
        return [*parts_of("inner", self.name("y", self.base + 1)), Part("equals", " = "), *self._inner()]

    def closed(self, is_nested: bool = False) -> list[Part]:
        """In the numbers of the level above the base; where it is nested, with the sums of that level in brackets."""
        upper, inner = self.numbers[:-1], [Part("open", "("), *self._inner(), Part("close", ")")]
        inner = inner if is_nested else self._cell(self.base + 1)
        return self._output([*self._biases(upper), *self._products(upper), *inner])

    def expanded(self, is_indexed: bool = False) -> list[Part]:
        """Without brackets: one sum of products, of samples with an index or without."""
        sample = self._cell(self.base, f"[{self.index(self.base)}{self.channel}]" * is_indexed)
        inside = [*self._biases(self.numbers), *self._products(self.numbers), *sample]
        return self._output(inside, str(self.t) * is_indexed)

    def column(self, is_indexed: bool, at: str = "*j*", channel: str = "*c*") -> list[Part]:
        """A tap of the merged kernel: products of taps; where it ``is_indexed`` those that meet one number."""
        own = f", {channel}" * bool(self.channel)
        left = [Part("tap", "*w*["), Part(f"at {at}", at), Part("tap ]", f"{own}] "), Part("equals", "= ")]
        inner = "".join(f", {letter}" for letter in self._channels(self.numbers[:-1]))
        met = [*parts_of("met", f"{self.met} = ", small=True), Part(f"met at {at}", at, 1)] if is_indexed else []
        met += parts_of("met in", f"{inner} ", small=True) if is_indexed else []
        taps = [part for number in self.numbers for part in parts_of(f"w{number}", f"{self.name('w', number)} ")]
        return [*left, Part(f"sum {self.numbers[0]}", "∑"), *met, *taps]

    def merged(self, is_every: bool = False) -> list[Part]:
        """As the sum that it is, a tap for each number of the base from the first one on; of one or of every step."""
        own, start = f"*j*{self.channel}", self.start(self.base)
        first = self.later(start) if is_every else style.number(Fraction(start), 0)
        over = parts_of(f"of {self.numbers[0]}", f"{own} ", small=True) if self.is_indexed else []
        tail = parts_of("b", " + *b*") if any(self.layers[n - 1].use_bias for n in self.numbers) else []
        tap, array = (f"[{own}] ", "[") if self.is_indexed else (" ", "")
        read = [*parts_of(f"x at {first}", first), *parts_of("x own", f" + {own}]")] if self.is_indexed else []
        inside = [*parts_of("w", f"*w*{tap}"), *self._cell(self.base, array), *read, *tail]
        t = ("*t*" if is_every else str(self.t)) * self.is_indexed
        return self._output([Part(f"sum {self.numbers[0]}", "∑"), *over, *inside], t)


def spoken(form: Format, said: str, parts: Sequence[Part], meant: Iterable[str] = ()) -> tuple[Draft, list[Part]]:
    """A board with a caption, and a formula that has room beside it, else none. Where what is said is short, the
    formula's sample may stand in the half of the line that is the caption's.
    """
    own = [part for part in parts if part.name.partition(" ")[0] != "x"]
    for shown, longest in ((parts, () if form.is_narrow else own), (parts, ()), ((), ())):
        draft = Draft(form)
        pieces.caption(draft, said)
        pieces.formula(draft, shown, meant, longest=longest)
        if draft.marks["caption",].size >= SMALL:
            break
    return draft, list(shown)


def change(before: list[Part], after: list[Part]) -> list[Cue]:
    """How one formula becomes another: what goes leaves, what stays moves while there is no caption, new parts come."""
    old, new = ({("formula", part.name) for part in parts} for parts in (before, after))
    cues = [Cue((("formula",),), staging.LEAVE - 1, 0.3), Cue((("caption",), ("remark", "more")), staging.LEAVE, 0.9)]
    cues.append(Cue(tuple(sorted(old & new)), staging.LEAVE, 0.2, "", (), 0.35))
    return [*cues, Cue(tuple(sorted(new - old)), staging.LEAVE, 0.3, "", (), 0.6)]
