"""What gradient_flip tells of a layer: one of its outputs, a sample that several outputs read, and their sums in words.

This module knows which output and which sample are told, on which axis, which numbers stand in which row, and what
each edge carries either way; it lays nothing out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from convexplain import style
from convexplain.board.marks import Draft, Format, Key, Role
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of
from convexplain.stories import phrases
from convexplain.stories.script import Script

CLOSE, FEW = 12, 9
"""The most places of an axis on which all samples are told, and the least of one on which only some are."""
FEWER = 4
"""So many taps are named one by one."""
LONGEST = 19.0
"""So many em of a caption has a sum that is worked out in it."""
WIDE = 0.36
"""Of its place, how wide a bar is."""
ASKED = " + ?"
"""How the growth of the error is asked for."""
GROWTH: Role = "channel 1"
"""Of what says how much the loss changes: a hue of its own, for it stands in the same rows as signal and output."""

Fan = Sequence[tuple[int, int]]
"""Edges, each (output step, k)."""


class Row(NamedTuple):
    """A row of bars, ``above`` the edges or below them: how its keys begin, and its numbers by step. Those of a
    gradient are made ``of`` other marks.
    """

    key: Key
    name: str
    role: Role
    above: bool
    numbers: dict[int, Number]
    of: dict[int, tuple[Key, ...]] | None = None


class Card(NamedTuple):
    """The kernel on the edges of an output, or turned over on those of a sample, and the keys of its taps by k. What
    comes back over these ``rises``.
    """

    ahead: bool
    fan: Fan
    keys: dict[int, Key]
    rises: bool = False


class Reading:
    """The script's output ``t`` and a sample ``i`` that several outputs read, in one format. ``end`` is a later sample
    that is read through the same taps, the next one if it may be; ``samples``, ``outputs`` and ``every`` edge are those
    in view. When the sample makes ``one_step`` the outputs make ``moves``, and the loss grows by ``grown``; when the
    output ``one`` alone makes it, by ``gained``: unless a power of ten is left aside. The kernel lies ``ahead``
    on the output, ``turned`` on the sample, ``slid`` to the end and ``over`` the ``last`` sample, with those of its
    taps that have an edge there; where it lies last it is ``laid``. It is read ``up`` the edges of the end, and
    ``down`` those of the output before them. Of ``all`` edges, or of ``none``, no tap lies on a card.
    """

    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.back, self.layer = script, form, script.backward, script.layer
        back, power = self.back, script.shown.power_level(script.level)
        self.is_plain = back.is_whole and not power  # then sums are worked out
        self.t, self.i = script.cell.step, back.fullest(script.cell.step)
        self.returns, self.one_step = back.returns(self.i), signed(script.written(Fraction(1), 0))
        self.turns = len(self.returns) > 1
        self.moves = {one.step: signed(one.weight) for one in self.returns}
        self.one = max(((one.upstream.value, one.step) for one in self.returns), default=(0, self.t))[1]
        growths = signed(back.slope(self.i)).text, signed(back.upstream(self.one)).text
        self.grown, self.gained = ("" if power else f" {more[0]} {more[1:]}" for more in growths)
        taps = range(self.layer.kernel_size)
        self.ahead = Card(True, [(self.t, k) for k in taps], {k: self.tap(k) for k in taps})

        self.axis = replace(self._axis(), share=WIDE)
        self.samples = [i for i in self.axis.shown if 0 <= i < back.samples]
        self.outputs = [t for t in range(back.steps) if self.axis.has(back.place(t))]
        self.every = [edge for i in self.samples for edge in back.fan(i) if self.shows(edge)]
        keys = {k: self.tap(k, t, "turned") for t, k in back.fan(self.i)}
        later = [i for i in self.samples if i > self.i and [k for _, k in back.fan(i)] == [*keys]]
        self.end = next((i for i in later if self.shows(*back.fan(i))), self.i)
        self.turned, self.slid = Card(False, back.fan(self.i), keys), Card(False, back.fan(self.end), keys, True)
        ends = [i for i in (back.samples - 1, 0) if i in self.samples and self.shows(*back.fan(i))]
        self.last = next((i for i in ends if 0 < len(back.fan(i)) < len(keys)), None)
        fan = [] if self.last is None else back.fan(self.last)
        self.over = Card(False, fan, {k: keys.get(k, self.tap(k, t, "turned")) for t, k in fan}, True)
        fan = [(t - 1, k) for t, _ in self.slid.fan[:1] for k in taps]
        self.down = Card(True, fan, {k: self.tap(k, t, "back") for t, k in fan})
        self.laid = self.over if self.last is not None else self.slid
        self.none, self.all = Card(True, (), {}), Card(True, self.every, {})
        self.up = self.slid._replace(keys={k: self.tap(k, t, "up") for t, k in self.slid.fan})
        self.cards = [self.ahead, self.turned, self.slid, self.over]

        self.x = Row(("x", 0), "signal *x*", "sample", True, {i: back.signal[i] for i in self.samples})
        self.y = Row(("y1", 0), "output *y*", "output", False, {t: script.output(t, 0) for t in self.outputs})
        upstream, slopes = {t: back.upstream(t) for t in self.outputs}, {i: back.slope(i) for i in self.samples}
        lines = {i: tuple(("g", t, "bar") for t, _ in back.fan(i)) for i in slopes}
        self.g = Row(("g",), "*g* = d*L*/d*y*", GROWTH, False, upstream, dict.fromkeys(upstream, (("follows", "box"),)))
        self.slopes = Row(("slope",), "d*L*/d*x*", GROWTH, True, slopes, lines)

    def _axis(self) -> Axis:
        """An axis of all samples and outputs and of all that outputs read or, where these are too many, of the told."""
        draft, back = Draft(replace(self.form, names=self.form.margin + names_of(self.form))), self.back
        all_ = {*range(back.samples), *map(back.place, range(back.steps)), *back.readers}
        if max(all_) - min(all_) < CLOSE:
            return Axis.over(draft, range(min(all_), max(all_) + 1), back.samples, 300.0)
        read = [back.source(*edge) for edge in self.ahead.fan]
        return Axis.near(draft, [self.i, *read, *map(back.place, (self.t, *self.moves))], back.samples, FEW)

    def shows(self, *fan: tuple[int, int]) -> bool:
        """Whether edges are there, and both their ends in view."""
        return all(self.axis.has(self.back.source(t, k)) and t in self.outputs for t, k in fan)

    def tap(self, k: int, *at: object) -> Key:
        """The key of a tap of the kernel, or of the one ``at`` an output's edge."""
        return ("w1", 0, 0, k, *at)

    def worked(self, pairs: Iterable[tuple[Number, Number]], total: Number) -> str:
        """A sum of products as it is worked out, where that is short: ``2 × 1 + 1 × 2 + 1 × (−1) = 3``."""
        said = f"{' + '.join(phrases.times(*pair) for pair in pairs)} = {total.text}"
        if said.startswith("("):  # the first needs no brackets
            said = said.replace("(", "", 1).replace(")", "", 1)
        return said if self.returns and self.is_plain and advance(runs_of(said)) <= LONGEST else ""

    def sum_of(self, i: int) -> str:
        """A gradient as it is worked out."""
        return self.worked([(back.weight, back.upstream) for back in self.back.returns(i)], self.back.slope(i))

    def named(self, taps: Sequence[int]) -> str:
        """Taps in an order, by their numbers if those tell in which order they are, else by their names."""
        texts = [weight.text for weight in self.back.weights]
        by_name = not self.is_plain or (self.turns and texts == texts[::-1])
        names = [f"*w*[{k}]" if by_name else texts[k] for k in taps]
        return ", ".join(names if len(names) <= FEWER else [*names[:2], "⋯", names[-1]])


def names_of(form: Format) -> float:
    """The room of the rows' names, left of the axis."""
    return 5.25 * form.small


def signed(number: Number) -> Number:
    """A number as an addend."""
    return number._replace(text=style.signed(number.text))
