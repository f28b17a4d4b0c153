"""What gradient_flip tells of a layer: one of its outputs, a sample that several outputs read, and where else it looks.

This module knows which output and which samples are told, on which axis, which numbers stand in which row, and which of
these have room; it lays nothing out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from convexplain.board import calculator, pieces
from convexplain.board.marks import NARROWEST, PARTIAL, SMALL, TEXT, Draft, Format, Key, Role, paper
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of
from convexplain.stories import bench, phrases
from convexplain.stories.both_ways.backward import CLOSE
from convexplain.stories.script import Script

FEW = 6
"""The least places of an axis on which only some samples are told."""
WIDE, HALF, ASIDE = 0.36, 0.3, 1
"""Of its place, how wide a bar is, and how wide half of a factor with what is beside it; and so many places at most are
there beside the axis, left and right, for zeros beyond the outputs.
"""
GAP, ROUND = 0.25, 0.8
"""In em: between what stands in a row, and what the node of an output is wider than its number."""
NARROW = paper(NARROWEST)
"""What has no room there is left out of all formats."""
Fan = Sequence[tuple[int, int]]
"""Edges, each (output step, k)."""


class Row(NamedTuple):
    """A row of bars above the edges: its name, how its keys begin, and its numbers by sample."""

    name: str
    key: Key
    role: Role
    numbers: dict[int, Number]


class Card(NamedTuple):
    """The kernel on the edges of an output, ``ahead``, or turned over on those of a sample, some of which may lead to
    no output. Without a name the edges alone.
    """

    name: str
    fan: Fan
    ahead: bool = False

    def tap(self, k: int) -> Key:
        """The key of a tap on it."""
        return ("w1", 0, 0, k, self.name)


class Reading:
    """The script's output ``t`` and a sample ``i`` that several outputs read, beside its lines if it may be, in one
    format; ``samples``, ``outputs`` and ``every`` edge are those in view. The kernel lies ``ahead`` on the output and
    ``turned`` on the sample. It slides from the ``first`` sample, where the same taps lie on fewer lines, or from
    this one to the ``last``. On ``all`` edges, on those it ``meets``, and on ``none`` lies no card. All outputs, each
    times its factor, make a ``total``; ``changes`` are those of outputs when the sample grows by 1. ``size`` is that
    of the numbers in the nodes of outputs, 0 for no room; ``values`` of outputs and ``changes`` may have room, and
    ``both`` side by side; ``sums`` and ``grows`` say that the total and what it grows by are written. ``least`` is the
    same in the narrowest format.
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
        self.names = form.margin + widest(["samples", "outputs"]) * form.small
        self.tight, self.text, self.large = (0.7, SMALL, TEXT) if bench.is_low(form) else (1.0, TEXT, PARTIAL)

        taps, fan, shown = range(self.layer.kernel_size), back.fan(self.i), self.axis.shown
        order, (left, right) = [k for _, k in fan], (shown[0] - self.aside[0], shown[-1] + self.aside[1])
        seen = (i for i in self.samples if back.fan(i) and {t for t, _ in back.fan(i)} <= {*self.outputs})
        around = {i: back.around(i) for i in seen}
        slid = {i: all_ for i, all_ in around.items() if [k for _, k in all_] == order}
        slid = {i: all_ for i, all_ in slid.items() if all(left <= back.place(t) <= right for t, _ in all_)}
        self.first = next((i for i in self.samples[:1] if i < self.i and i in slid and slid[i] != back.fan(i)), None)
        ends = sorted({self.i, *slid})
        self.last = ends[-1] if ends[-1] > self.i or self.first is not None else ends[0]
        self.ahead, self.turned = Card("ahead", [(self.t, k) for k in taps], True), Card("turned", fan)
        self.slid = {i: Card("turned", all_) for i, all_ in slid.items()}
        self.slid[self.i] = self.turned
        self.all, self.meets, self.none = Card("", self.every, True), Card("", fan, True), Card("", ())

        self.x = Row("samples", ("x", 0), "sample", {i: back.signal[i] for i in self.samples})
        self.slopes = Row("gradient", ("slope",), "lit", {i: back.slope(i) for i in self.samples})
        self.y = {t: script.output(t, 0) for t in self.outputs}
        self.factors = {t: back.upstream(t) for t in self.outputs}
        self.total = script.written(sum((self.product(t, one).value for t, one in self.y.items()), Fraction(0)))
        self._measure_nodes()

    def _axis(self) -> Axis:
        """An axis of all samples and outputs and of all that outputs read or, where these are too many, of the told. At
        both ends it leaves room to the zeros that a card on the last samples meets there.
        """
        form, back, self.aside = self.form, self.back, (0, 0)
        small = replace(form, names=form.margin + 3.6 * form.small, margin=form.margin / 2)
        all_ = {*range(back.samples), *map(back.place, range(back.steps)), *back.readers}
        first, last = min(all_), max(all_)
        if last - first < CLOSE:
            places = [first, last, *(back.place(t) for i in (0, back.samples - 1) for t, _ in back.around(i))]
            left, right = first - min(places), max(places) - last
            self.aside = (left, right) if max(left, right) <= ASIDE else (0, 0)
            begin, end = (max(0.0, far - 0.5 + HALF) for far in self.aside)
            pitch = min(300.0, (form.width - small.names - small.margin) / (last - first + 1 + begin + end))
            return Axis(tuple(range(first, last + 1)), small.names + begin * pitch, pitch, back.samples)
        told = map(back.place, (self.t, *(t for t, _ in back.fan(self.i))))
        return Axis.near(Draft(small), [self.i, *back.reads(self.t), *told], back.samples, FEW)

    def product(self, t: int, number: Number) -> Number:
        """A number of an output, times its factor."""
        return self.script.written(number.value * self.back.upstream(t).value)

    def made(self) -> dict[int, list[str]]:
        """What the gradients of samples are the sums of, where a calculator finds the same."""
        fans = {i: [self.product(t, self.back.weights[k]).text for t, k in self.back.fan(i)] for i in self.samples}
        said = {i: [fan[0], *map(pieces.signed, fan[1:])] for i, fan in fans.items() if fan}
        exact = all(calculator.value("".join(fan)) == self.slopes.numbers[i].value for i, fan in said.items())
        return said if exact and not self.script.shown.units else {}

    def x_of(self, above: bool, step: int) -> float:
        """Where a sample or an output stands, or would stand beyond the ends."""
        at, begin = step if above else self.back.place(step), self.axis.shown[0]
        return self.axis.x(begin) + (at - begin) * self.axis.pitch

    def _measure_nodes(self) -> None:
        """What has room in the nodes of outputs, and the size of all numbers there and of the factors below them."""
        factors, ys = [*map(phrases.factor, self.factors.values())], [one.text for one in self.y.values()]
        changes = {t: self.back.weights[k] for t, k in self.turned.fan if not self.script.shown.units}
        pairs = [f"{self.y[t].text}{plus(one).text}" for t, one in changes.items()]
        for self.values, self.both, is_seen in ((1, 1, 1), (1, 0, 1), (0, 0, 1), (0, 0, 0)):
            self.changes = changes if is_seen else {}
            alone = [plus(one).text for one in self.changes.values()]
            self.size = self.row_size(widest([*factors, *alone, *ys * self.values, *pairs * self.both]))
            if self.size:
                break
        slope = self.slopes.numbers[self.i]
        self.grows = bool(self.changes) and is_exact(slope)
        made = [self.total, *(self.product(t, one) for t, one in self.y.items())]
        self.sums = self.grows and bool(self.values) and len(self.y) == self.back.steps and all(map(is_exact, made))

    def row_size(self, wide: float, apart: int = 0) -> float:
        """The size of numbers of so many em in nodes so many steps ``apart``, or as outputs are; 0 where the narrowest
        format has no room.
        """
        sizes = [self.text, SMALL] if self.least is self or self.least.row_size(wide, apart) else []
        pitch, xs = (apart or self.layer.strides) * self.axis.pitch, [self.x_of(False, t) for t in self.outputs]
        room = min([pitch, *(2 * (x - self.names - 4) for x in xs), *(2 * (self.form.width - 4 - x) for x in xs)])
        return next((size for size in sizes if (wide + ROUND + GAP) * size <= room), 0.0)

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
    return number._replace(text=pieces.signed(number.text))


def is_exact(number: Number) -> bool:
    """Whether a number is written as it is."""
    return calculator.value(number.text) == number.value


def widest(texts: Iterable[str]) -> float:
    """The advance of the widest text, in em."""
    return max((advance(runs_of(text)) for text in texts), default=0.0)
