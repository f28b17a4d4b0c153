"""What gradient_flip tells of a layer: one of its outputs, a sample that several outputs read, and where else it looks.

This module knows which output and which samples are told, on which axis, and which numbers stand in which row; it lays
nothing out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from convexplain import style
from convexplain.board import calculator
from convexplain.board.marks import Draft, Format, Key, Role
from convexplain.board.pieces import Axis, Number
from convexplain.stories.script import Script

CLOSE, FEW = 12, 6
"""The most places of an axis on which all samples are told, and the least of one on which only some are."""
WIDE, REACH, ASIDE = 0.36, 0.62, 1.5
"""Of its place, how wide a bar is; how far from the one circle to the others taps on a card lie; and so many places at
most has a card beside the axis.
"""
EFFECT: Role = "channel 1"
"""Of what the score is made of: factors, and the effects of samples on it."""

Fan = Sequence[tuple[int, int]]
"""Edges, each (output step, k)."""


class Row(NamedTuple):
    """A row of bars, ``above`` the edges or below them: how its keys begin, its numbers by step, and the marks that
    each is made ``of``.
    """

    key: Key
    role: Role
    above: bool
    numbers: dict[int, Number]
    of: dict[int, tuple[Key, ...]]


class Card(NamedTuple):
    """The kernel on the edges of an output, ``ahead``, or turned over on those of a sample, some of which may lead to
    no output; without a name the edges alone.
    """

    name: str
    fan: Fan
    ahead: bool = False

    def tap(self, k: int) -> Key:
        """The key of a tap on it."""
        return ("w1", 0, 0, k, self.name)


class Reading:
    """The script's output ``t`` and a sample ``i`` that several outputs read, ``beside`` its lines if it may be, in one
    format; ``samples``, ``outputs`` and ``every`` edge are those in view. The kernel lies ``ahead`` on the output and
    ``turned`` on the sample. It slides from the ``first`` sample, where the same taps lie on fewer lines, or from
    this one to the ``last``. On ``all`` edges, or ``none``, lies no card.
    """

    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.back, self.layer = script, form, script.backward, script.layer
        back = self.back
        self.is_plain = back.is_whole and not script.shown.units  # then sums are worked out
        self.t, self.i = script.cell.step, back.fullest(script.cell.step)
        self.turns = len(back.fan(self.i)) > 1
        self.axis = replace(self._axis(), share=WIDE)
        self.samples = [i for i in self.axis.shown if 0 <= i < back.samples]
        self.outputs = [t for t in range(back.steps) if self.axis.has(back.place(t))]
        self.every = [edge for i in self.samples for edge in back.fan(i) if self.shows(edge)]

        taps, fan = range(self.layer.kernel_size), back.fan(self.i)
        order = [k for _, k in fan]
        around = {i: back.around(i) for i in self.samples if back.fan(i) and self.shows(*back.fan(i))}
        slid = {i: all_ for i, all_ in around.items() if [k for _, k in all_] == order and self._fits(i, all_)}
        self.first = next((i for i in self.samples[:1] if i < self.i and i in slid and slid[i] != back.fan(i)), None)
        ends = sorted({self.i, *slid})
        self.last = ends[-1] if ends[-1] > self.i or self.first is not None else ends[0]
        self.ahead, self.turned = Card("ahead", [(self.t, k) for k in taps], True), Card("turned", fan)
        self.slid = {i: Card("turned", all_) for i, all_ in slid.items()}
        self.slid[self.i] = self.turned
        self.all, self.none = Card("", self.every, True), Card("", ())
        self.beside = self.turns and back.beside(self.t, self.i)

        outputs = {t: script.output(t, 0) for t in self.outputs}
        reads = {t: tuple(("x", 0, i, "bar") for i in back.reads(t)) for t in outputs}
        self.x = Row(("x", 0), "sample", True, {i: back.signal[i] for i in self.samples}, {})
        self.y = Row(("y1", 0), "output", False, outputs, reads)
        self.factors = {t: back.upstream(t) for t in self.outputs}
        score = sum((self.product(t, one).value for t, one in outputs.items()), Fraction(0))
        self.total = script.written(score)
        self.slopes = Row(("slope",), EFFECT, True, {i: back.slope(i) for i in self.samples}, {})

    def _axis(self) -> Axis:
        """An axis of all samples and outputs and of all that outputs read or, where these are too many, of the told."""
        form, back, self.aside = self.form, self.back, 0.0
        room, names = form.width - 2 * form.margin, 4.4 * form.small
        all_ = {*range(back.samples), *map(back.place, range(back.steps)), *back.readers}
        first, places = min(all_), max(all_) - min(all_) + 1
        if places <= CLOSE:
            lies = min([self._lies(0, t) for t, _ in back.around(0)], default=0.0)
            if 0 < (aside := first - 0.15 - lies) <= ASIDE:
                self.aside, names = aside, max(names, room * aside / (places + aside))
            draft = Draft(replace(form, names=form.margin + names))
            return Axis.over(draft, range(first, max(all_) + 1), back.samples, 300.0)
        told = map(back.place, (self.t, *(t for t, _ in back.fan(self.i))))
        draft = Draft(replace(form, names=form.margin + names))
        return Axis.near(draft, [self.i, *back.reads(self.t), *told], back.samples, FEW)

    def _lies(self, i: int, t: int) -> float:
        """Where on the axis the tap lies between a sample and an output."""
        return i + REACH * (self.back.place(t) - i)

    def _fits(self, i: int, fan: Fan) -> bool:
        """Whether a card on a sample stays on the board."""
        lies, shown = [self._lies(i, t) for t, _ in fan], self.axis.shown
        return shown[0] - self.aside - 0.16 <= min(lies) and max(lies) <= shown[-1] + 0.16

    def product(self, t: int, number: Number) -> Number:
        """A number of an output, times its factor."""
        return self.script.written(number.value * self.back.upstream(t).value)

    def made(self) -> dict[int, str]:
        """What the effects of samples are the sums of, where a calculator finds the same."""
        fans = {i: [self.product(t, self.back.weights[k]).text for t, k in self.back.fan(i)] for i in self.samples}
        said = {i: "".join([fan[0], *map(style.signed, fan[1:])]) for i, fan in fans.items() if fan}
        exact = all(calculator.value(text) == self.slopes.numbers[i].value for i, text in said.items())
        return said if exact and not self.script.shown.units else {}

    def shows(self, *fan: tuple[int, int]) -> bool:
        """Whether edges are there, and both their ends in view."""
        has = self.axis.has
        return all(t in self.outputs and has(self.back.source(t, k)) and has(self.back.place(t)) for t, k in fan)


def plus(number: Number) -> Number:
    """A number with its sign."""
    return number._replace(text=style.signed(number.text))


def is_exact(number: Number) -> bool:
    """Whether a number is written as it is."""
    return calculator.value(number.text) == number.value
