"""Ways: the paths from the samples of a level to one output, with their numbers, and what those of one sample give.

A path multiplies one tap a layer and the sample it starts at. What a sample's paths add up to is found by one walk down
from the output, so that millions of paths cost no more than the cells they pass; single paths are listed only as far as
they are drawn. A relu passes a path on or switches it off, by the cell's own sign. This module knows a script's numbers
and the layers' terms; it lays nothing out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import TYPE_CHECKING, NamedTuple

from convexplain.board.pieces import Number
from convexplain.layers import Cell

if TYPE_CHECKING:
    from convexplain.stories.script import Script

KINDS = ("path", "way", "joined", "share")
"""What marks of this module's numbers are about: ``("path", level, step, filter, k, c, k, c, ...)``, taps and channels
from the output down: the product of a path's taps and its sample; ``("way", ...)`` of its taps alone; ``("joined",
level, step, filter, base, t, c)``: what the ways from cell (t, c) of level ``base`` add up to; ``("share", ...)``: that
times the cell.
"""


class Way(NamedTuple):
    """One path. Cells and taps are given from the sample to the output."""

    at: tuple[int, ...]
    """Its name: tap and channel in each layer's kernel, from the output down."""
    cells: tuple[Cell, ...]
    taps: tuple[Number, ...]
    sample: Number
    weight: Number
    """The product of its taps."""
    product: Number
    """The product of its taps and its sample."""
    is_on: bool
    """Whether every relu on it passes it on."""


class Joined(NamedTuple):
    """The paths of one sample. ``plus`` and ``minus`` are what the positive and the negative ways add up to."""

    cell: Cell
    count: int
    plus: Fraction
    minus: Fraction
    weight: Number
    sample: Number
    product: Number


@dataclass(frozen=True)
class Ways:
    """All paths from level ``base`` to one output."""

    base: int
    joined: tuple[Joined, ...]
    """One for every cell of the base that a path starts at, step by step."""
    count: int
    off: int
    """How many of the paths a relu switches off."""
    bias: Fraction | None
    """What the paths that start at a bias give; None when no layer has one."""

    @property
    def total(self) -> Fraction:
        """The sum of all paths: the output, before its activation."""
        return sum((own.product.value for own in self.joined), self.bias or Fraction(0))


class _Reached(NamedTuple):
    """What has come down to a cell: sums of positive and negative ways, the paths that are on, and all of them."""

    plus: Fraction = Fraction(0)
    minus: Fraction = Fraction(0)
    on: int = 0
    count: int = 0

    def through(self, weight: Fraction) -> _Reached:
        plus, minus = self.plus * weight, self.minus * weight
        return _Reached(max(plus, minus), min(plus, minus), self.on, self.count)

    def joined(self, other: _Reached) -> _Reached:
        return _Reached(*(a + b for a, b in zip(self, other, strict=True)))


def lowest(script: Script, activations: tuple[str, ...] = ("linear", "relu")) -> int:
    """The lowest level from which paths lead to the told level through layers with these activations alone; the told
    level's own does not count.
    """
    base = script.level - 1
    while base and script.network.stack.layers[base - 1].activation in activations:
        base -= 1
    return base


def is_on(script: Script, level: int, cell: Cell) -> bool:
    """Whether a cell between base and output passes on what it is given."""
    return script.network.stack.layers[level - 1].is_linear or script.value(("cell", level, *cell)) > 0


def ways(script: Script, cell: Cell, base: int) -> Ways:
    """All paths from level ``base`` to a cell of the told level."""
    stack = script.network.stack
    reached = {cell: _Reached(plus=Fraction(1), on=1, count=1)}
    bias: Fraction | None = None
    for level in range(script.level, base, -1):
        below: dict[Cell, _Reached] = {}
        for own, come in reached.items():
            if level < script.level and not is_on(script, level, own):
                come = _Reached(count=come.count)
            if stack.layers[level - 1].use_bias:
                given = (come.plus + come.minus) * script.value(("bias", level, own.channel))
                bias = given + (bias or Fraction(0))
            for term in stack.terms(level, own):
                if not term.padded:
                    passed = come.through(script.value(("weight", level, *term.weight)))
                    below[term.source] = below.get(term.source, _Reached()).joined(passed)
        reached = below
    joined = []
    for source, come in sorted(reached.items()):
        about = (script.level, *cell, base, *source)
        sample = script.number(script.value(("cell", base, *source)), ("cell", base, *source))
        weight = script.number(come.plus + come.minus, ("joined", *about))
        product = script.number(weight.value * sample.value, ("share", *about))
        joined.append(Joined(source, come.count, come.plus, come.minus, weight, sample, product))
    count = sum(come.count for come in reached.values())
    return Ways(base, tuple(joined), count, count - sum(come.on for come in reached.values()), bias)


def walk(script: Script, cell: Cell, base: int, keep: Callable[[int, Cell], bool]) -> Iterator[Way]:
    """The paths that pass only cells (level, cell) that are kept, in the order of the layers' terms."""
    stack = script.network.stack

    def down(level: int, own: Cell) -> Iterator[tuple[tuple[int, ...], tuple[Cell, ...], tuple[Number, ...]]]:
        if level == base:
            yield (), (own,), ()
            return
        for term in stack.terms(level, own):
            if not term.padded and keep(level - 1, term.source):
                about = ("weight", level, *term.weight)
                tap = script.number(script.value(about), about)
                for at, cells, taps in down(level - 1, term.source):
                    yield (*term.weight[:2], *at), (*cells, own), (*taps, tap)

    for at, cells, taps in down(script.level, cell):
        about = (script.level, *cell, *at)
        sample = script.number(script.value(("cell", base, *cells[0])), ("cell", base, *cells[0]))
        weight = script.number(prod((tap.value for tap in taps), start=Fraction(1)), ("way", *about))
        product = script.number(weight.value * sample.value, ("path", *about))
        passed = all(is_on(script, base + n, c) for n, c in enumerate(cells[1:-1], 1))
        yield Way(at, cells, taps, sample, weight, product, passed)


def value(script: Script, about: tuple[int | str, ...]) -> Fraction:
    """The exact number that one of :data:`KINDS` stands for."""
    kind, level, step, filter, *rest = about
    cell = Cell(step, filter)
    if kind in ("joined", "share"):
        base, *source = rest
        found = next(own for own in script.ways(cell, base).joined if own.cell == tuple(source))
        return found.weight.value if kind == "joined" else found.product.value
    base = level - len(rest) // 2  # type: ignore[operator]
    found_way = next(way for way in walk(script, cell, base, lambda *_: True) if way.at == tuple(rest))
    return found_way.weight.value if kind == "way" else found_way.product.value
