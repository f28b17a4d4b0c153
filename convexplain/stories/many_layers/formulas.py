"""The formula of one output of a stack, from nested to expanded, as parts with keys.

A letter is followed by the number of its layer, as in code; only the one kernel's taps are counted, by an index. This
module knows how a formula reads, and beside which captions it has room.
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

_LETTERS = re.compile(r"(\*[a-z]\*\d*)")


def parts_of(name: str, text: str, small: bool = False) -> list[Part]:
    """A piece of a formula as parts: each letter, with the number of its layer, is one.

    >>> [part.markup for part in parts_of("w2", "*w*2[*k*2, *c*]")]
    ['*w*2', '[', '*k*2', ', ', '*c*', ']']
    """
    pieces = [piece for piece in _LETTERS.split(text) if piece]
    named = [name, *(f"{name} {place}" for place in range(1, len(pieces)))]
    return [Part(key, piece, small=int(small)) for key, piece in zip(named, pieces, strict=False)]


def lit(parts: Iterable[Part], *letters: str) -> list[str]:
    """The parts that are one of some letters.

    >>> lit(parts_of("w2", "*w*2[*k*2, *c*]"), "*k*2")
    ['w2 2']
    """
    return [part.name for part in parts if part.markup.strip() in letters]


class StackFormula:
    """The formula of output step ``t`` of a level in the cells of level ``base``. The taps of layers have no indices;
    those of the one kernel, and the sample that each meets, have them.
    """

    def __init__(self, script: Any, base: int) -> None:
        self.layers, self.shapes = script.source.stack.layers, script.source.stack.shapes
        self.level, self.base, self.t = script.level, base, script.cell.step
        self.numbers = tuple(range(script.level, base, -1))
        """The layers, the output's first."""
        self.channel = ", *c*" * (self.shapes[base][1] > 1)
        """Behind the step of a sample its channel, where there are several."""

    @property
    def above(self) -> str:
        """The layers that read the numbers above the base: ``layer 2``, ``layers 2 and 3``."""
        first, apart = self.base + 2, self.level - self.base - 2
        return f"layers {first} {'to' if apart > 1 else 'and'} {self.level}" if apart > 0 else f"layer {first}"

    def name(self, letter: str, number: int) -> str:
        """A letter with its layer's number, which a single layer needs not."""
        return f"*{letter}*{number}" if len(self.numbers) > 1 or letter == "y" else f"*{letter}*"

    # indices

    def start(self, step: int | None = None) -> int:
        """The step of the base that first taps read, for the output or another step."""
        step = self.t if step is None else step
        for number in self.numbers:
            step = self.layers[number - 1].source_step(self.shapes[number - 1][0], step, 0)
        return step

    def later(self, step: int) -> str:
        """A step of the base as it is read at any step ``t`` of the output, where no zeros are added: ``t + 1``."""
        apart, by = self.start(1), step - self.start()
        return f"{'' if apart == 1 else apart}*t*{f' + {by}' * (by > 0)}"

    # parts

    def _cell(self, level: int, index: str = "") -> list[Part]:
        array = self.name("y", level) if level else "*x*"
        return parts_of("x" if level == self.base else "inner", array + index)

    def _products(self, numbers: tuple[int, ...], prefix: str = "") -> list[Part]:
        """The taps of some layers, in one sum over all of them."""
        taps = [part for number in numbers for part in parts_of(f"{prefix}w{number}", f"{self.name('w', number)} ")]
        return [Part(f"{prefix}sum {numbers[0]}", "∑"), *taps] if numbers else []

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

    def expanded(self, is_taken: bool = False) -> list[Part]:
        """One sum of products; with the sample ``is_taken`` out of those that have it, which a bracket adds up."""
        taps = self._products(self.numbers)
        taps = [Part("outer", "∑"), Part("open", "("), *taps[:-1], Part("close", ") ")] if is_taken else taps
        return self._output([*self._biases(self.numbers), *taps, *self._cell(self.base)])

    def merged(self, is_every: bool = False) -> list[Part]:
        """As the sum that it is, a tap for each number of the base from the first one on; of one or of every step."""
        own, start = f"*j*{self.channel}", self.start()
        first = self.later(start) if is_every else style.number(Fraction(start), 0)
        over, tap = parts_of("over", f"{own} ", small=True), parts_of("w", f"*w*[{own}] ")
        tail = parts_of("b", " + *b*") if any(self.layers[n - 1].use_bias for n in self.numbers) else []
        read = [*self._cell(self.base, "["), *parts_of("x at", first), *parts_of("x own", f" + {own}]")]
        return self._output([Part("sum", "∑"), *over, *tap, *read, *tail], "*t*" if is_every else str(self.t))


def spoken(form: Format, said: str, parts: Sequence[Part], letters: Iterable[str] = ()) -> tuple[Draft, list[Part]]:
    """A board with a caption, and a formula that has room beside it, else none; some ``letters`` of it are lit. Where
    what is said is short, the formula's sample may stand in the half of the line that is the caption's.
    """
    own = [part for part in parts if part.name.partition(" ")[0] != "x"]
    for shown, longest in ((parts, () if form.is_narrow else own), (parts, ()), ((), ())):
        draft = Draft(form)
        pieces.caption(draft, said)
        pieces.formula(draft, shown, lit(shown, *letters), longest=longest)
        if draft.marks["caption",].size >= SMALL:
            break
    return draft, list(shown)


def whole(parts: Iterable[Part]) -> list[Part]:
    """A formula whose parts are its own: it comes and goes as a whole."""
    said = "".join(part.markup for part in parts)
    return [part._replace(name=f"{part.name} {said}") for part in parts]


def change(before: list[Part], after: list[Part]) -> list[Cue]:
    """How one formula becomes another: it leaves with the caption, before the new one comes."""
    old, new = (tuple(("formula", part.name) for part in parts) for parts in (before, after))
    cues = [Cue(old, staging.LEAVE - 1, 0.3), Cue((("caption",), ("remark", "more")), staging.LEAVE, 0.9)]
    return [*cues, Cue(new, staging.LEAVE, 0.3, "", (), 0.6)]
