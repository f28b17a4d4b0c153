"""The numbers a picture shows: short ones that are true to a calculator, or the full ones, rounded as they are written.

Short: the told layers are computed anew on weights and samples that are rounded to a short grid, so that every product
and every sum is exact as printed. Full: the network's own numbers, with ≈ where their written digits do not add up.
A story asks the same questions of both. This module joins a network, its ledger, the grid and the check; it knows no
story and draws nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from convexplain import style
from convexplain.check import oracles, verify
from convexplain.check.verdict import Check
from convexplain.layers import Cell
from convexplain.names import check_name, quoted
from convexplain.network import Levels, Network
from convexplain.numbers import exact, grid
from convexplain.numbers.grid import Decimals
from convexplain.numbers.ledger import Ledger, Row, evaluate, ledger
from convexplain.stack import Stack

NUMBERS = ("short", "full")
MOST_DECIMALS = 3
"""Factors with more decimals share a power of ten."""
_MOST_VALUES = 1_000
"""How many numbers of a level decide how full numbers are written."""
_WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")

Form = style.Exact | style.Format


@dataclass(frozen=True, eq=False, repr=False)
class Shown:
    """The numbers of some levels of a network, told one after the other, as pictures show them. Made by :func:`show`.

    Numbers are asked for by what a mark is about: ``("cell", level, step, channel)``, ``("weight", layer, k, c, f)``,
    ``("bias", layer, f)``, ``("term", layer, step, filter, k, c)``, ``("partial", layer, step, filter, channel)``,
    ``("total", layer, step, filter)``.
    """

    network: Network
    """What the ledger reads: the network itself, or with the told layers' weights as decimals (Fractions)."""
    levels: Levels
    """What the ledger reads: (steps, channels) each. The outputs of the last told level are exact Fractions, and with
    short numbers those of all told levels and of the one below. Other levels are as the network has them.
    """
    told: tuple[int, ...]
    numbers: str
    """"short" or "full"."""
    is_rounded: bool
    """Whether short numbers are others than the network's own."""
    moved: Fraction
    """By how much rounding moves an output of the last told level, at most."""
    largest: Fraction
    """The largest output of the last told level, before rounding."""
    weight_forms: Mapping[int, Form]
    level_forms: Mapping[int, Form]
    """How the numbers of told layers and levels are written; others as suits them, see :meth:`level_form`."""
    rounding: tuple[tuple[str, str, str], ...]
    """What was rounded: (name in words, name in code, to what)."""
    integers: Network | None
    """The told layers of rounded numbers as an ordinary network of integers, powers of ten left out."""
    own_check: Callable[[], Check | None]
    """What is known of the network itself, at full precision; None when nobody was asked."""

    def __repr__(self) -> str:
        return f"Shown(told={self.told}, numbers={self.numbers!r}, is_rounded={self.is_rounded})"

    # numbers

    def ledger(self, level: int, cell: tuple[int, int]) -> Ledger:
        """The products behind an output of a told level, computed once and held against the level's own values.

        ``ValueError`` for other levels.
        """
        at = self.network.stack.check_cell(self.network.stack.check_level(level), *cell)
        if (level, at) not in self._ledgers:
            if level not in self.told:
                raise ValueError(f"a ledger must be of a told level, {self.told}. Received: level {level}")
            found, values = ledger(self.network, self.levels, level, at), self.levels.values[level]
            # Two ways to the same number: term by term here, all outputs at once there.
            if values.dtype == object and found.output != values[at]:
                raise ArithmeticError(f"y{level}{list(at)} must be {values[at]}. Received: {found.output}")
            self._ledgers[level, at] = found
        return self._ledgers[level, at]

    def value(self, about: tuple[Any, ...]) -> Fraction:
        """The exact number that a mark stands for."""
        kind, level, *index = about
        if kind == "cell":
            return exact.fraction(self.levels.values[level][tuple(index)])
        if kind in ("weight", "bias"):
            return exact.fraction(self.network.weights[level - 1][kind == "bias"][tuple(index)])  # type: ignore[index]
        step, filter, *rest = index
        found = self.ledger(level, (step, filter))
        if kind == "total":
            return found.total
        if kind == "partial":
            return next(partial.total for partial in found.partial_sums if partial.channel == rest[0])
        if kind == "term":
            return self.row(about).product
        raise ValueError(f"a number must be about a cell, weight, bias, term, partial or total. Received: {kind!r}")

    def row(self, term: tuple[Any, ...]) -> Row:
        """The product that a mark about a term stands for, with its factors."""
        _, level, step, filter, *tap = term
        return next(row for row in self.ledger(level, (step, filter)).rows if row.term.weight == (*tap, filter))

    # how they are written

    def weight_form(self, layer: int) -> Form:
        """How the weights of a layer are written."""
        if layer not in self._forms[0]:
            self._forms[0][layer] = style.number_format(_some(self.network.weights[layer - 1][0]))  # type: ignore[index]
        return self._forms[0][layer]

    def level_form(self, level: int) -> Form:
        """How the cells of a level are written, and with them the products, sums and biases that make them."""
        if level not in self._forms[1]:
            self._forms[1][level] = style.number_format(_some(self.levels.values[level]))
        return self._forms[1][level]

    def form(self, about: tuple[Any, ...]) -> Form:
        """How the number of a mark is written."""
        return self.weight_form(about[1]) if about[0] == "weight" else self.level_form(about[1])

    def text(self, about: tuple[Any, ...]) -> str:
        """The number of a mark as it is printed."""
        return self.form(about).text(self.value(about))

    def write(self, level: int, value: Fraction) -> str:
        """A sum that no mark has a name for, such as a running one, as it is printed beside the level's cells."""
        return self.level_form(level).text(value)

    def power_weight(self, layer: int) -> int:
        """The power of ten that the written weights of a layer share; 0 for none."""
        return self.weight_form(layer).power

    def power_level(self, level: int) -> int:
        """The power of ten that the written cells, products and sums of a level share; 0 for none."""
        return self.level_form(level).power

    # what the picture says of them

    @property
    def units(self) -> tuple[str, ...]:
        """The powers of ten that written numbers share, a clause each: "samples in units of 0.0000001"."""
        several = len(self.told) > 1
        named = [("samples", style.feature(self.told[0] - 1), self.power_level(self.told[0] - 1))]
        for layer in self.told:
            named.append(("weights", style.kernel(layer), self.power_weight(layer)))
            named.append(("products and sums", style.feature(layer), self.power_level(layer)))
        return tuple(
            f"{code if several else words} in units of {style.everyday(Fraction(10) ** power)}"
            for words, code, power in named
            if power
        )

    @cached_property
    def note(self) -> str | None:
        """What a picture of rounded numbers says of itself, in one sentence; None when nothing is rounded."""
        if not self.is_rounded:
            return None
        said = f"{_rounding(self.rounding, len(self.told))} before anything is computed"
        check = self.own_check()
        if check is None or not check.ok:
            return said
        found = check.of(self.told[-1:])
        who = found.library.partition(" ")[0]
        agrees = f"agrees to {style.everyday(found.error)}" if found.error else "gives exactly the same"
        return f"{said}; with the full numbers {who} {agrees}"

    def check(self, oracle: oracles.Oracle = oracles.scipy) -> Check:
        """Compare the numbers that are shown with another way to compute them.

        Integers below 2**24 have no rounding in float32: a right oracle gives every one of them exactly.
        """
        return verify.check(self.network if self.integers is None else self.integers, oracle)

    @cached_property
    def _ledgers(self) -> dict[tuple[int, Cell], Ledger]:
        """The ledgers that were asked for."""
        return {}

    @cached_property
    def _forms(self) -> tuple[dict[int, Form], dict[int, Form]]:
        """The forms of weights and of levels that were asked for."""
        return dict(self.weight_forms), dict(self.level_forms)


def show(
    network: Network,
    levels: int | Sequence[int],
    numbers: str = "short",
    cell: tuple[int, int] | None = None,
    known: Levels | None = None,
    check: Check | None = None,
) -> Shown:
    """The numbers of told levels, "short" or "full"; ``levels`` is one, or several one after the other.

    ``cell`` is the told output of the last level, whose products have a say in how full numbers are written. ``known``
    are the network's own values, where they are at hand, and ``check`` what is known of them; without it, what Keras
    once answered. ``ValueError`` for a network without weights, for numbers that are not finite, for levels that do
    not follow each other.

    >>> from convexplain.examples import network
    >>> shown = show(network("notebook"), levels=2)
    >>> shown.text(("weight", 2, 0, 0, 1)), shown.text(("cell", 1, 10, 0)), shown.text(("term", 2, 10, 1, 0, 0))
    ('0.18', '−0.3', '−0.054')
    """
    check_name("numbers", numbers, NUMBERS)
    told = _told(network.stack, levels)
    known = evaluate(network) if known is None else known
    for level in (told[0] - 1, *told):
        if not np.isfinite(known.values[level]).all():
            raise ValueError(f"the numbers of a picture must be finite. Received: others in level {level}")

    @lru_cache(maxsize=1)
    def own_check() -> Check | None:
        return check if check is not None or network.recorded is None else verify.check(network)

    made = _short(network, known, told, own_check) if numbers == "short" else _full(network, known, told, own_check)
    return made if numbers == "short" or cell is None else _with_products(made, Cell(*cell))


def in_layer(shown: Shown, source: Network, known: Levels) -> Shown:
    """The same weights and samples, as they are shown, in another layer: ``source`` is that layer alone, at full
    precision, on the samples that the told layer reads, and ``known`` its values.
    """
    if shown.numbers == "full":
        return show(source, 1, "full", known=known)
    (layer,), level = source.stack.layers, shown.told[-1]
    below, weights = shown.levels.values[level - 1], shown.network.weights[level - 1]  # type: ignore[index]
    outputs: Any = exact.correlate(layer, below.astype(object), weights[0].astype(object))
    outputs = outputs + weights[1] if layer.use_bias else outputs
    outputs = outputs if layer.is_linear else outputs * (outputs > 0)
    pairs = zip(outputs.flat, known.values[1].flat, strict=True)
    return replace(
        shown,
        network=replace(source, weights=(weights,), x=below),
        levels=Levels((below, outputs), shown.levels.source),
        told=(1,),
        largest=exact.fraction(np.abs(known.values[1]).max()),
        moved=max(abs(exact.fraction(ours) - exact.fraction(theirs)) for ours, theirs in pairs),
        weight_forms={1: shown.weight_form(level)},
        level_forms={0: shown.level_form(level - 1), 1: shown.level_form(level)},
        integers=None,
        own_check=lambda: None,
    )


def _told(stack: Stack, levels: int | Sequence[int]) -> tuple[int, ...]:
    """Told levels, one after the other."""
    given = [levels] if isinstance(levels, (int, np.integer)) else list(levels)
    told = tuple(stack.check_level(level, lowest=1) for level in given)
    if not told or told != tuple(range(told[0], told[0] + len(told))):
        raise ValueError(f"told levels must follow each other, such as (1, 2). Received: {quoted(levels)}")
    return told


def _short(network: Network, known: Levels, told: tuple[int, ...], own_check: Callable[[], Check | None]) -> Shown:
    """The told levels on their shortest grids."""
    first, last = told[0], told[-1]
    layers, stack = network.stack.layers[first - 1 : last], network.stack
    own: Any = network.weights[first - 1 : last]  # type: ignore[index]
    grids = grid.shortest(layers, own, known.values[first - 1 : last + 1])
    made = grid.evaluate(layers, grids)
    changed = [grids[0][0].apart(known.values[first - 1])]
    for ons, arrays in zip(grids[1:], own, strict=True):
        changed += [on.apart(array) for on, array in zip(ons, arrays, strict=True)]
    is_rounded = any(changed)
    values = list(known.values)
    values[first - 1 : last + 1] = [level.fractions() for level in made]
    source = known.source
    shorter, rounding, integers = network, [], None
    if is_rounded:
        weights: Any = list(network.weights)  # type: ignore[arg-type]
        weights[first - 1 : last] = [tuple(on.fractions() for on in ons) for ons in grids[1:]]
        shorter = Network(stack, tuple(weights), values[0] if first == 1 else network.x)
        integers = _integers(stack, told, grids, made)
        names = [("samples", style.feature(first - 1))]
        for layer, ons in zip(told, grids[1:], strict=True):
            names += [("weights", style.kernel(layer)), ("biases", style.bias(layer))][: len(ons)]
        flat = [on for ons in grids for on in ons]
        rounding = [(*name, _fineness(on)) for name, on, change in zip(names, flat, changed, strict=True) if change]
        source = _rounding(rounding, len(told)).rstrip(",")
    powers = [_power(made[0])]
    for ons in grids[1:]:
        powers.append(powers[-1] + _power(ons[0]))
    return Shown(
        network=shorter,
        levels=Levels(tuple(values), source),
        told=told,
        numbers="short",
        is_rounded=is_rounded,
        moved=made[-1].apart(known.values[last]) if is_rounded else Fraction(0),
        largest=exact.fraction(np.abs(known.values[last]).max()),
        weight_forms={layer: _exactly(ons[0], _power(ons[0])) for layer, ons in zip(told, grids[1:], strict=True)},
        level_forms={first - 1 + i: _exactly(level, powers[i]) for i, level in enumerate(made)},
        rounding=tuple(rounding),
        integers=integers,
        own_check=own_check,
    )


def _full(network: Network, known: Levels, told: tuple[int, ...], own_check: Callable[[], Check | None]) -> Shown:
    """The told levels as they are; the outputs of the last one are its exact sums."""
    last = told[-1]
    own: Any = network.weights[last - 1]  # type: ignore[index]
    outputs = exact.exact_values(network.stack.layers[last - 1], own, exact.scaled(known.values[last - 1])).fractions()
    return Shown(
        network=network,
        levels=Levels((*known.values[:last], outputs, *known.values[last + 1 :]), known.source),
        told=told,
        numbers="full",
        is_rounded=False,
        moved=Fraction(0),
        largest=np.abs(outputs).max(),
        weight_forms={},
        level_forms={},
        rounding=(),
        integers=None,
        own_check=own_check,
    )


def _with_products(shown: Shown, cell: Cell) -> Shown:
    """Full numbers whose outputs are written in a way that suits the products of one of them too."""
    level = shown.told[-1]
    found = shown.ledger(level, cell)
    values = [row.product for row in found.rows] + [partial.total for partial in found.partial_sums] + [found.total]
    form = style.number_format([*values, *_some(shown.levels.values[level])])
    return replace(shown, level_forms={**shown.level_forms, level: form})


def _some(array: np.ndarray) -> Iterator[Fraction]:
    """Numbers of an array that decide how all are written: at even distances, and the largest."""
    flat = array.ravel()
    yield exact.fraction(np.abs(flat).max())
    yield from map(exact.fraction, flat[:: -(-flat.size // _MOST_VALUES)])


def _integers(stack: Stack, told: tuple[int, ...], grids: grid.Grids, made: Sequence[Decimals]) -> Network:
    """The told layers on their grids as a network of integers: float32 where it holds them, else float64."""
    weights = [
        tuple(map(_as_floats, grid.in_integers(below, own)[0])) for below, own in zip(made, grids[1:], strict=False)
    ]
    layers = stack.layers[told[0] - 1 : told[-1]]
    return Network(Stack(stack.shapes[told[0] - 1], layers), tuple(weights), _as_floats(made[0].integers))


def _as_floats(integers: np.ndarray) -> np.ndarray:
    wide = integers.astype(np.float64)
    with np.errstate(over="ignore"):
        narrow = wide.astype(np.float32)
    return narrow if np.array_equal(narrow, wide) else wide


def _power(on: Decimals) -> int:
    """The power of ten that decimals share: none when they are short to write without."""
    largest = on.largest()
    is_short = largest < style.LONGEST and -on.coarsest() <= MOST_DECIMALS
    return 0 if is_short else style.exponent_of(largest)


def _exactly(on: Decimals, power: int) -> style.Exact:
    return style.Exact(max(0, power - on.coarsest()), power)


def _fineness(on: Decimals) -> str:
    """To what numbers were rounded, in words."""
    if _power(on) or on.exponent > 0:
        return _count(style.exponent_of(on.largest()) - on.exponent + 1, "digit")
    return _count(-on.exponent, "decimal") if on.exponent else "whole numbers"


def _count(number: int, what: str) -> str:
    return f"{_WORDS[number] if number < len(_WORDS) else number} {what}{'s' * (number != 1)}"


def _rounding(rounded: Sequence[tuple[str, str, str]], depth: int) -> str:
    """What was rounded to what; what was rounded alike is named together."""
    alike: dict[str, list[str]] = {}
    for words, code, fineness in rounded:
        alike.setdefault(fineness, []).append(words if depth == 1 else code)
    if len(alike) == 1:
        return f"the numbers shown are rounded to {next(iter(alike))}"
    the = "the " if depth == 1 else ""
    said = [f"{the}{_joined(names)} to {fineness}" for fineness, names in alike.items()]
    return f"the numbers shown are rounded, {', '.join(said)},"


def _joined(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + " and " * (len(names) > 1) + names[-1]
