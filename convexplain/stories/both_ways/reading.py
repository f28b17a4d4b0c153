"""What gradient_flip tells of a layer: one of its outputs, a sample that several outputs read, and their sums in words.

This module knows which output and which sample are told, on which axis, and what each edge carries either way; it lays
nothing out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from convexplain import style
from convexplain.board.marks import Draft, Format, Key
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of
from convexplain.stories import bench, phrases
from convexplain.stories.both_ways.backward import Return
from convexplain.stories.both_ways.trellis import Fan, Trellis, names_of
from convexplain.stories.script import Correlation, Script

CLOSE, FEW = 12, 9
"""The most places of an axis on which all samples are told, and the least of one on which only some are."""
FEWER = 4
"""So many taps are named one by one."""
LONGEST = 19.0
"""So many em of a caption has a sum that is worked out in it."""


class Reading:
    """The script's output and a sample that several outputs read, in one format."""

    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.back, self.layer = script, form, script.backward, script.layer
        self.t, back = script.cell.step, script.backward
        self.source = self.reads(self.t).source
        self.is_plain = back.is_whole and not script.shown.power_level(script.level)  # then sums are worked out
        self.x, self.i = script.signal(self.source), back.fullest(self.t)
        self.returns = back.returns(self.i)
        axis = self._axis()
        outputs = [t for t in range(back.steps) if axis.has(back.place(t))]
        signal = bench.extent([*(self.x[i].value for i in axis.shown if i in self.x), self.x[self.i].value + back.ten])
        moved = [self.y(one.step).value + self.move(one).value for one in self.returns if one.step in outputs]
        signals = signal, bench.extent([*(self.y(t).value for t in outputs), *moved])
        slopes = bench.extent(back.slope(i).value for i in axis.shown if i in self.x)
        self.at = Trellis(form, axis, back, signals, (slopes, bench.extent(back.upstream(t).value for t in outputs)))
        self.every = [edge for i in self.at.samples for edge in self.back_fan(i) if self.at.shows(edge)]
        forward = phrases.layer_formula(self.layer, back.samples, channels=False)
        self.end = self._end()
        self.formulas = {"forward": forward, "backward": phrases.gradient_formula(self.layer, back.samples)}

    def _axis(self) -> Axis:
        """An axis of all samples and outputs and of all that outputs read or, where these are too many, of the told."""
        draft, back = Draft(replace(self.form, names=self.form.margin + names_of(self.form))), self.back
        told = [back.place(t) for t in (self.t, *(one.step for one in self.returns))]
        told += [self.i, *(back.source(*edge) for edge in self.fan(self.t))]
        all_ = {*told, *range(back.samples), *map(back.place, range(back.steps))}
        all_ |= {back.source(*edge) for t in range(back.steps) for edge in self.fan(t)}
        if max(all_) - min(all_) < CLOSE:
            return Axis.over(draft, range(min(all_), max(all_) + 1), back.samples, 300.0)
        return Axis.near(draft, told, back.samples, FEW)

    def reads(self, t: int) -> Correlation:
        """What an output reads, tap by tap."""
        (part,) = self.script.correlations(self.script.cell._replace(step=t))
        return part

    def fan(self, t: int) -> Fan:
        """The edges of an output."""
        return [(t, k) for k in range(self.layer.kernel_size)]

    def back_fan(self, i: int) -> Fan:
        """The edges of a sample, from left to right."""
        return [(back.step, back.k) for back in self.back.returns(i)]

    def y(self, t: int) -> Number:
        """An output."""
        return self.script.output(t, self.script.cell.channel)

    def move(self, back: Return) -> Number:
        """By how much an output moves when the told sample is raised."""
        return signed(self.script.written(back.weight.value * self.back.ten))

    def made(self, t: int) -> str:
        """An output as it is worked out."""
        return self._worked([(tap.weight, tap.sample) for tap in self.reads(t).taps], self.y(t))

    def sum_of(self, i: int) -> str:
        """A gradient as it is worked out."""
        return self._worked([(back.weight, back.upstream) for back in self.back.returns(i)], self.back.slope(i))

    def named(self, taps: Sequence[int]) -> str:
        """Taps in an order, by their numbers if those tell them apart, else by their names."""
        texts = [self.back.weight(k).text for k in taps]
        names = texts if self.is_plain and texts != texts[::-1] else [f"*w*[{k}]" for k in taps]
        return ", ".join(names if len(names) <= FEWER else [*names[:2], "⋯", names[-1]])

    def _end(self) -> int:
        """Where the card slides to: a later sample in view, read through the same taps, the next one if it may be."""
        taps = [one.k for one in self.returns]
        later = [i for i in self.at.samples if i > self.i and [k for _, k in self.back_fan(i)] == taps]
        return next((i for i in later if self.at.shows(*self.back_fan(i))), self.i)

    def _worked(self, pairs: Sequence[tuple[Number, Number]], total: Number) -> str:
        """A sum of products as it is worked out, where that is short: ``2 × 1 + 1 × 2 + 1 × (−1) = 3``."""
        texts = (" × ".join(f"({n.text})" if n.value < 0 else n.text for n in pair) for pair in pairs)
        said = f"{' + '.join(texts)} = {total.text}"
        if pairs and pairs[0][0].value < 0:  # the first needs no brackets
            said = said.replace("(", "", 1).replace(")", "", 1)
        return said if pairs and self.is_plain and advance(runs_of(said)) <= LONGEST else ""

    def x_key(self, *i: int) -> Key:
        """The key of a sample, or how all begin."""
        return ("x", self.source, *i)

    def y_key(self, *t: int) -> Key:
        """The key of an output, or how all begin."""
        return (f"y{self.script.level}", self.script.cell.channel, *t)

    def taps_of(self, ahead: bool) -> dict[int, Key]:
        """The keys of the taps on the card: of the turned kernel those on the edges of the told sample."""
        if ahead:
            return {k: self.at.tap(k) for k in range(self.layer.kernel_size)}
        return {one.k: self.at.tap(one.k, one.step) for one in self.returns}


def signed(number: Number) -> Number:
    """A number as an addend."""
    return number._replace(text=style.signed(number.text))
