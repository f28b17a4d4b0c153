"""What gradient_flip tells of a layer: one of its outputs, a sample that several outputs read, and their sums in words.

This module knows which output and which sample are told, on which axis, which numbers stand in which row, and what
each edge carries either way; it lays nothing out.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
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
    """The kernel on the edges of an output, ``ahead``, or turned over on those of a sample; without a name the edges
    alone. What comes back over these ``rises``.
    """

    name: str
    fan: Fan
    ahead: bool = False
    rises: bool = False

    def tap(self, k: int) -> Key:
        """The key of a tap on it."""
        return ("w1", 0, 0, k, self.name)


class Reading:
    """The script's output ``t`` and a sample ``i`` that several outputs read, in one format. ``end`` is a later sample
    that is read through the same taps, the next one if it may be; ``samples``, ``outputs`` and ``every`` edge are those
    in view. A sample that ``rises`` moves the outputs that read it. The kernel lies ``ahead`` on the output; it is
    ``turned`` on the sample, ``slid`` to the end and ``over`` the ``last`` sample, beyond whose outputs g is 0. It is
    read ``down`` the edges of the output before the end's. Of ``all`` edges, or of ``none``, no tap lies on a card.
    """

    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.back, self.layer = script, form, script.backward, script.layer
        back, power = self.back, script.shown.power_level(script.level)
        self.is_plain = back.is_whole and not power  # then sums are worked out
        self.t, self.i = script.cell.step, back.fullest(script.cell.step)
        self.returns = back.returns(self.i)
        self.turns = len(self.returns) > 1
        taps = range(self.layer.kernel_size)
        self.ahead = Card("ahead", [(self.t, k) for k in taps], True)

        self.axis = replace(self._axis(), share=WIDE)
        self.samples = [i for i in self.axis.shown if 0 <= i < back.samples]
        self.outputs = [t for t in range(back.steps) if self.axis.has(back.place(t))]
        self.every = [edge for i in self.samples for edge in back.fan(i) if self.shows(edge)]
        fan = back.fan(self.i)
        order = [k for _, k in fan]
        later = [i for i in self.samples if i > self.i and [k for _, k in back.fan(i)] == order]
        self.end = next((i for i in later if self.shows(*back.fan(i))), self.i)
        self.turned, self.slid = Card("turned", fan), Card("turned", back.fan(self.end), rises=True)
        ends = [i for i in (back.samples - 1, 0) if i in self.samples and 0 < len(back.fan(i)) < len(fan)]
        around = ((i, back.around(i)) for i in ends)
        whole = {i: all_ for i, all_ in around if [k for _, k in all_] == order and self.has(*all_)}
        self.last = next(iter(whole), None)
        self.over = Card("turned", () if self.last is None else whole[self.last], rises=True)
        self.down = Card("down", [(t - 1, k) for t, _ in self.slid.fan[:1] for k in taps], True)
        self.none, self.all = Card("", (), True), Card("", self.every, True)
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
        return Axis.near(
            draft, [self.i, *read, *map(back.place, (self.t, *(one.step for one in self.returns)))], back.samples, FEW
        )

    def shows(self, *fan: tuple[int, int]) -> bool:
        """Whether edges are there, and both their ends in view."""
        return self.has(*fan) and all(t in self.outputs for t, _ in fan)

    def has(self, *fan: tuple[int, int]) -> bool:
        """Whether the places of both ends of edges are in view."""
        return all(self.axis.has(self.back.source(t, k)) and self.axis.has(self.back.place(t)) for t, k in fan)

    def rises(self, raised: Row) -> dict[int, Number]:
        """What is added to a row when the told sample is raised by its power of ten: to it, and to its outputs."""
        if raised is self.x:
            return {self.i: signed(self.script.written(self.back.ten, 0))}
        moves = {one.step: one.weight.value * self.back.ten for one in self.returns}
        return {t: signed(self.script.written(move, 1)) for t, move in moves.items()}

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
    return 4.8 * form.small


def signed(number: Number) -> Number:
    """A number as an addend."""
    return number._replace(text=style.signed(number.text))
