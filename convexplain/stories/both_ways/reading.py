"""What gradient_flip tells of a layer: one of its outputs, a sample that several outputs read, and where else it looks.

This module knows which output and which samples are told, on which axis, which numbers stand in which row, and which of
these have room; it lays nothing out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import product
from typing import NamedTuple

from convexplain import style
from convexplain.board import calculator
from convexplain.board.marks import NARROWEST, PARTIAL, SMALL, TEXT, Draft, Format, Key, Role, paper
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of
from convexplain.stories import bench
from convexplain.stories.both_ways.backward import CLOSE
from convexplain.stories.script import Script

FEW = 6
"""The least places of an axis on which only some samples are told."""
WIDE, REACH, HALF, ASIDE = 0.36, 0.64, 0.37, 1.5
"""Of its place, how wide a bar is; how far from the one end to the others taps on a card lie; half of a tile at the end
of a card, with what is beside it; and so many places at most has a card beside the axis, left and right.
"""
NEAR, GAP, APART = 0.08, 0.25, 0.5
"""In em: from a number to its factor and its sign, from one to the next at least, and from all to what they make."""
NARROW = paper(NARROWEST)
"""What has no room there is left out of all formats."""
EFFECT: Role = "channel 1"
"""Of factors, and of the effects of samples on the sum with them."""

Fan = Sequence[tuple[int, int]]
"""Edges, each (output step, k)."""


class Row(NamedTuple):
    """A row of bars, ``above`` the edges or below them: how its keys begin, and its numbers by step."""

    key: Key
    role: Role
    above: bool
    numbers: dict[int, Number]


class Card(NamedTuple):
    """The kernel on the edges of an output, ``ahead``, or turned over on those of a sample, some of which may lead to
    no output: they are dim, or the card is lit as a ``whole``. Without a name the edges alone.
    """

    name: str
    fan: Fan
    ahead: bool = False
    whole: bool = False

    def tap(self, k: int) -> Key:
        """The key of a tap on it."""
        return ("w1", 0, 0, k, self.name)


class Reading:
    """The script's output ``t`` and a sample ``i`` that several outputs read, ``beside`` its lines if it may be, in one
    format; ``samples``, ``outputs`` and ``every`` edge are those in view. The kernel lies ``ahead`` on the output and
    ``turned`` on the sample. It slides from the ``first`` sample, where the same taps lie on fewer lines, or from
    this one to the ``last``. On ``all`` edges, on those it ``meets``, and on ``none`` lies no card. ``changed`` are the
    outputs when the sample has grown by 1, and ``grown`` is what all make then, in place of their ``total``. ``times``
    is the size of the row of numbers, 0 for no room; ``values`` of outputs, ``pairs`` of changes and factors, and
    ``sums`` may have room. ``least`` is the same in the narrowest format.
    """

    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.back, self.layer = script, form, script.backward, script.layer
        back = self.back
        self.t, self.i = script.cell.step, back.fullest(script.cell.step)
        self.turns = len(back.fan(self.i)) > 1
        self.axis = replace(self._axis(), share=WIDE)
        self.samples = [i for i in self.axis.shown if 0 <= i < back.samples]
        self.outputs = [t for t in range(back.steps) if self.axis.has(back.place(t))]
        self.every = [(t, k) for i in self.samples for t, k in back.fan(i) if t in self.outputs]

        self.least = self if form.width <= NARROW.width else type(self)(script, NARROW)
        self.names = form.margin + widest(["samples", "changes"]) * form.small
        self.tight, self.text, self.large = (0.7, SMALL, TEXT) if bench.is_low(form) else (1.0, TEXT, PARTIAL)

        taps, fan = range(self.layer.kernel_size), back.fan(self.i)
        order = [k for _, k in fan]
        seen = (i for i in self.samples if back.fan(i) and all(t in self.outputs for t, _ in back.fan(i)))
        around = {i: back.around(i) for i in seen}
        slid = {i: all_ for i, all_ in around.items() if [k for _, k in all_] == order and self._fits(i, all_)}
        self.first = next((i for i in self.samples[:1] if i < self.i and i in slid and slid[i] != back.fan(i)), None)
        ends = sorted({self.i, *slid})
        self.last = ends[-1] if ends[-1] > self.i or self.first is not None else ends[0]
        self.ahead, self.turned = Card("ahead", [(self.t, k) for k in taps], True), Card("turned", fan)
        self.slid = {i: Card("turned", all_) for i, all_ in slid.items()}
        self.slid[self.i] = self.turned
        self.all, self.meets, self.none = Card("", self.every, True), Card("", fan, True), Card("", ())
        self.beside = self.turns and back.beside(self.t, self.i)

        outputs = {t: script.output(t, 0) for t in self.outputs}
        self.x = Row(("x", 0), "sample", True, {i: back.signal[i] for i in self.samples})
        self.y = Row(("y1", 0), "output", False, outputs)
        self.factors = Row(("factor",), EFFECT, False, {t: back.upstream(t) for t in outputs})
        self.slopes = Row(("slope",), EFFECT, True, {i: back.slope(i) for i in self.samples})
        self.total = script.written(sum((self.product(t, one).value for t, one in outputs.items()), Fraction(0)))
        self.grown = script.written(self.total.value + back.slopes[self.i])
        changed = {t: script.written(outputs[t].value + back.weights[k].value) for t, k in fan}
        self.changed = changed if all(map(is_exact, [*outputs.values(), *changed.values()])) else {}
        self._measure_row()

    def _axis(self) -> Axis:
        """An axis of all samples and outputs and of all that outputs read or, where these are too many, of the told. At
        both ends it leaves room to a card on the last samples, which leads to no output there.
        """
        form, back, self.aside = self.form, self.back, (0.0, 0.0)
        small = replace(form, names=form.margin + 3.6 * form.small, margin=form.margin / 4)
        all_ = {*range(back.samples), *map(back.place, range(back.steps)), *back.readers}
        first, last = min(all_), max(all_)
        if last - first < CLOSE:
            left = max([first - 0.5 + HALF - self._lies(0, t) for t, _ in back.around(0)], default=0.0)
            end = back.samples - 1
            right = max([self._lies(end, t) + HALF - last - 0.5 for t, _ in back.around(end)], default=0.0)
            if max(left, right) <= ASIDE:
                self.aside = max(0.0, left), max(0.0, right)
            pitch = min(300.0, (form.width - small.names - small.margin) / (last - first + 1 + sum(self.aside)))
            return Axis(tuple(range(first, last + 1)), small.names + self.aside[0] * pitch, pitch, back.samples)
        told = map(back.place, (self.t, *(t for t, _ in back.fan(self.i))))
        return Axis.near(Draft(small), [self.i, *back.reads(self.t), *told], back.samples, FEW)

    def _lies(self, i: int, t: int) -> float:
        """Where on the axis the tap lies between a sample and an output."""
        return i + REACH * (self.back.place(t) - i)

    def _fits(self, i: int, fan: Fan) -> bool:
        """Whether a card on a sample stays on the board."""
        lies, (left, right), shown = [self._lies(i, t) for t, _ in fan], self.aside, self.axis.shown
        return shown[0] - left - 0.15 <= min(lies) and max(lies) <= shown[-1] + right + 0.15

    def product(self, t: int, number: Number) -> Number:
        """A number of an output, times its factor."""
        return self.script.written(number.value * self.back.upstream(t).value)

    def made(self) -> dict[int, str]:
        """What the effects of samples are the sums of, where a calculator finds the same."""
        fans = {i: [self.product(t, self.back.weights[k]).text for t, k in self.back.fan(i)] for i in self.samples}
        said = {i: "".join([fan[0], *map(style.signed, fan[1:])]) for i, fan in fans.items() if fan}
        exact = all(calculator.value(text) == self.slopes.numbers[i].value for i, text in said.items())
        return said if exact and not self.script.shown.units else {}

    def x_of(self, above: bool, step: int) -> float:
        """Where a sample or an output stands, or would stand beyond the ends."""
        at, begin = step if above else self.back.place(step), self.axis.shown[0]
        return self.axis.x(begin) + (at - begin) * self.axis.pitch

    def joined(self, card: Card) -> tuple[set[int], set[int]]:
        """The samples and the outputs that the edges of a card join."""
        return {self.back.source(*edge) for edge in card.fan}, {t for t, _ in card.fan}

    def _measure_row(self) -> None:
        """What has room in the row of numbers, each with a factor at its right, and the size of all that have it."""
        ys, taps, factors = self.y.numbers, self.back.weights, self.factors.numbers.values()
        by = widest(f"×{one.text}" for one in factors) + NEAR
        options = [(self.changed, True, True), *(({}, *has) for has in product((True, False), (True, False)))]
        for (self.changed, self.values, pairs), is_centred in product(options, (False, True)):
            self.pairs = pairs and not self.script.shown.units
            numbers = [*[*ys.values(), *self.changed.values()] * self.values, *(taps * self.pairs)]
            signed = widest(plus(one).text for one in numbers) + NEAR * self.values
            body = widest(one.text.lstrip(style.MINUS) for one in numbers)
            self.half = (signed + by) / 2 - by if is_centred else body / 2
            self.right = self.half + by
            self.times = self.row_size(signed - self.half, self.right)
            if self.times:
                break
        sums = [self.total, self.grown, *self.slopes.numbers.values()]
        made = [self.product(t, one) for t, y in ys.items() for one in (y, *taps)]
        beyond = self.right + APART + widest(f"= {one.text}" for one in sums)
        with_sum = self.row_size(signed - self.half, beyond, self.right) if self.changed else 0.0
        self.sums = with_sum > 0 and len(ys) == self.back.steps and all(map(is_exact, made + sums))
        self.times = with_sum if self.sums else self.times

    def row_size(self, left: float, last: float, right: float | None = None) -> float:
        """The size of numbers that reach so many em to the left and to the right of where lines end, the ``last`` one;
        0 where the narrowest format has no room.
        """
        pitch, wide = self.layer.strides * self.axis.pitch, left + (last if right is None else right) + GAP
        xs = [self.x_of(False, t) for t in self.outputs]
        sizes = [self.large, self.text, SMALL] if self.least is self or self.least.row_size(left, last, right) else []
        has = (size for size in sizes if wide * size <= pitch and left * size < xs[0] - self.names - 4)
        return next((size for size in has if last * size <= self.form.width - 4 - xs[-1]), 0.0)

    def size_of(self, wide: float) -> float:
        """The size of numbers of so many em that have a place each, large where they leave room between them; 0 where
        the narrowest format has no room.
        """
        if wide * SMALL + 10 > self.least.axis.pitch:
            return 0.0
        if wide * self.large <= 0.55 * self.axis.pitch:
            return self.large
        return self.text if wide * self.text + 16 <= self.axis.pitch else SMALL


def plus(number: Number) -> Number:
    """A number with its sign."""
    return number._replace(text=style.signed(number.text))


def is_exact(number: Number) -> bool:
    """Whether a number is written as it is."""
    return calculator.value(number.text) == number.value


def widest(texts: Iterable[str]) -> float:
    """The advance of the widest text, in em."""
    return max((advance(runs_of(text)) for text in texts), default=0.0)
