"""Ways: the paths from the samples of a level to one output, with their numbers, and what those of one sample give.

A path multiplies one tap a layer and the sample it starts at. What a sample's paths add up to is found by one walk down
from the output, so that millions of paths cost no more than the cells they pass; single paths are listed only as far as
they are drawn. A relu passes a path on or switches it off, by the cell's own sign. This module knows a script's numbers
and the layers' terms; it lays nothing out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from operator import add
from typing import TYPE_CHECKING, NamedTuple

from convexplain import style
from convexplain.board.marks import About, Key, Role
from convexplain.board.pieces import Number
from convexplain.layers import Cell

if TYPE_CHECKING:
    from convexplain.stories.script import Script
    from convexplain.stories.shown import Form

KINDS = ("path", "way", "joined", "weighted")
"""What marks of this module's numbers are about: ``("path", level, step, filter, k, c, k, c, ...)``, taps and channels
from the output down: the product of a path's taps and its sample; ``("way", ...)`` of its taps alone; ``("joined",
level, step, filter, base, t, c)``: what the ways from cell (t, c) of level ``base`` add up to; ``("weighted", ...)``:
that times the cell.
"""
STATES = ("sums", "second", "factors", "multiplied", "columns")
"""What rows are on boards, one after the other: taps times samples, with what these add up to, also while the next
layer multiplies that, and then each row; with that multiplied in; and then columns.
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

    @property
    def key(self) -> Key:
        return ("way", *self.at)


class Row(NamedTuple):
    """One number of the level above the base, with the kernel that makes it. ``weight`` is what it is multiplied with:
    a tap, or the product of several.
    """

    at: tuple[int, ...]
    step: int
    channel: int
    """Which kernel it is made with, and so its hue."""
    weight: Number
    inner: Number
    pieces: tuple[Way, ...]
    """The paths that it is on, a tile each."""
    product: Number

    @property
    def key(self) -> Key:
        return ("row", *self.at)

    def numbers(self, state: str) -> list[Number]:
        """Those of its tiles in one of the :data:`STATES`."""
        return [p.weight if state in STATES[3:] else p.taps[0] for p in self.pieces]


class Joined(NamedTuple):
    """The paths of one sample. ``plus`` and ``minus`` are what the positive and the negative ways add up to."""

    cell: Cell
    paths: int
    on: int
    """How many of them no relu switches off."""
    plus: Fraction
    minus: Fraction
    weight: Number
    sample: Number
    product: Number


@dataclass(frozen=True)
class Ways:
    """All paths from a level, the base, to one output."""

    cone: tuple[tuple[Cell, ...], ...]
    """The cells of each level that the output sees, from the base up to the output itself."""
    joined: tuple[Joined, ...]
    """One for every cell of the base that a path starts at, step by step."""
    bias: Fraction | None
    """What the paths that start at a bias give; None when no layer has one."""
    form: Form
    """How products of taps alone are written: as many decimals as it takes, or as suits full numbers."""

    @property
    def count(self) -> int:
        """How many paths there are."""
        return sum(own.paths for own in self.joined)

    @property
    def off(self) -> int:
        """How many of them a relu switches off."""
        return sum(own.paths - own.on for own in self.joined)

    @property
    def total(self) -> Fraction:
        """What all paths and the biases add up to: the output before its activation."""
        return sum((own.product.value for own in self.joined), self.bias or Fraction(0))


class _Reached(NamedTuple):
    """What has come down to a cell: sums of positive and negative ways, the paths that are on, and all of them."""

    plus: Fraction = Fraction(0)
    minus: Fraction = Fraction(0)
    on: int = 0
    paths: int = 0


def lowest(script: Script, activations: tuple[str, ...] = ("linear", "relu")) -> int:
    """The lowest told level with only such activations above it; the output's own does not count."""
    base = script.level - 1
    while base >= script.shown.told[0] and script.source.stack.layers[base - 1].activation in activations:
        base -= 1
    return base


def is_on(script: Script, level: int, cell: Cell) -> bool:
    """Whether a cell between passes on what it is given."""
    return script.source.stack.layers[level - 1].is_linear or script.value(("cell", level, *cell)) > 0


def ways(script: Script, cell: Cell, base: int) -> Ways:
    """All paths from level ``base`` to a cell of the told level."""
    stack = script.source.stack
    reached = {cell: _Reached(plus=Fraction(1), on=1, paths=1)}
    bias: Fraction | None = None
    cone: list[tuple[Cell, ...]] = [(cell,)]
    for level in range(script.level, base, -1):
        below: dict[Cell, _Reached] = {}
        for own, come in reached.items():
            if level < script.level and not is_on(script, level, own):
                come = _Reached(paths=come.paths)
            if stack.layers[level - 1].use_bias:
                given = (come.plus + come.minus) * script.value(("bias", level, own.channel))
                bias = given + (bias or Fraction(0))
            for term in stack.terms(level, own):
                if not term.padded:
                    tap, there = script.value(("weight", level, *term.weight)), below.get(term.source, _Reached())
                    minus, plus = sorted((come.plus * tap, come.minus * tap))
                    below[term.source] = _Reached(*map(add, there, (plus, minus, come.on, come.paths)))
        reached = below
        cone.insert(0, tuple(sorted(reached)))
    form: Form = style.Exact(0, sum(map(script.shown.power_weight, range(base + 1, script.level + 1))))
    if cell != script.cell:
        form = script.ways(script.cell, base).form
    elif script.shown.numbers != "short":
        form = style.number_format([come.plus + come.minus for come in reached.values()])
    joined = []
    for source, come in sorted(reached.items()):
        at = (script.level, *cell, base, *source)
        sample, value = script.number(("cell", base, *source)), come.plus + come.minus
        weight = Number(value, form.text(value), ("joined", *at))
        product = script.written(value * sample.value, about=("weighted", *at))
        joined.append(Joined(source, come.paths, come.on, come.plus, come.minus, weight, sample, product))
    return Ways(tuple(cone), tuple(joined), bias, form)


def others(script: Script, ways: Ways, shown: Iterable[Number]) -> list[tuple[Key, Number, Role]]:
    """What the output is the sum of besides the numbers that are shown: all other paths, and the biases."""
    left = ways.total - (ways.bias or Fraction(0)) - sum(number.value for number in shown)
    rest: list[tuple[Key, Number, Role]] = [(("rest",), script.written(left), "bias")] if left else []
    return rest + ([(("bias",), script.written(ways.bias), "bias")] if ways.bias is not None else [])


def following(script: Script, base: int) -> Cell | None:
    """The output beside the told one, where every output of its channel has the same weights, whatever the input."""
    stack, (step, channel) = script.source.stack, script.cell
    last, found = stack.shapes[script.level][0] - 1, []
    if not last or not all(layer.is_linear for layer in stack.layers[base : script.level - 1]):
        return None
    beside = step + 1 if step < last else step - 1
    for told in (step, 0, beside, last):
        joined = script.ways(Cell(told, channel), base).joined
        found.append([(own.cell.step - joined[0].cell.step, own.cell.channel, own.weight.value) for own in joined])
    return Cell(beside, channel) if all(weights == found[0] for weights in found) else None


def walk(script: Script, cell: Cell, base: int, keep: Callable[[int, Cell], bool]) -> Iterator[Way]:
    """The paths that pass only cells (level, cell) that are kept, in the order of the layers' terms."""
    stack, form = script.source.stack, script.ways(script.cell, base).form

    def down(level: int, own: Cell) -> Iterator[tuple[tuple[int, ...], tuple[Cell, ...], tuple[Number, ...]]]:
        if level == base:
            yield (), (own,), ()
            return
        for term in stack.terms(level, own):
            if not term.padded and keep(level - 1, term.source):
                tap = script.number(("weight", level, *term.weight))
                for at, cells, taps in down(level - 1, term.source):
                    yield (*term.weight[:2], *at), (*cells, own), (*taps, tap)

    for at, cells, taps in down(script.level, cell):
        name, sample = (script.level, *cell, *at), script.number(("cell", base, *cells[0]))
        value = prod((tap.value for tap in taps), start=Fraction(1))
        weight = Number(value, form.text(value), ("way", *name))
        product = script.written(value * sample.value)._replace(about=("path", *name))
        passed = all(is_on(script, base + n, c) for n, c in enumerate(cells[1:-1], 1))
        yield Way(at, cells, taps, sample, weight, product, passed)


def form(script: Script, about: About) -> Form:
    """How one of :data:`KINDS` is written: like the products of taps alone, or like the cells of its level."""
    kind, level, _, _, *rest = about
    if kind in ("path", "weighted"):
        return script.shown.level_form(level)
    return script.ways(script.cell, rest[0] if kind == "joined" else level - len(rest) // 2).form


def value(script: Script, about: About) -> Fraction:
    """The exact number that one of :data:`KINDS` stands for."""
    kind, level, step, filter, *rest = about
    own, product = Cell(step, filter), Fraction(1)
    if kind in ("joined", "weighted"):
        base, *source = rest
        found = next(joined for joined in script.ways(own, base).joined if joined.cell == tuple(source))
        return found.weight.value if kind == "joined" else found.product.value
    for place, tap in enumerate(zip(rest[::2], rest[1::2], strict=True)):
        term = next(term for term in script.source.stack.terms(level - place, own) if term.weight[:2] == tap)
        own, product = term.source, product * script.value(("weight", level - place, *term.weight))
    return product if kind == "way" else product * script.value(("cell", level - len(rest) // 2, *own))
