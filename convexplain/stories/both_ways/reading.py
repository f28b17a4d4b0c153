"""What gradient_flip tells of a layer: one of its outputs, a sample that several outputs read, and their sums in words.

This module knows which output and which sample are told, on which axis, and what each edge carries either way; it lays
nothing out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

from convexplain import style
from convexplain.board.marks import Draft, Format, Key
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of
from convexplain.stories import bench, phrases
from convexplain.stories.both_ways.backward import Return
from convexplain.stories.both_ways.trellis import REACH, Fan, Trellis, names_of
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
        self.returns = sorted((one for one in back.returns(self.i) if not one.outside), key=lambda one: one.step)
        axis = self._axis()
        outputs = [t for t in range(back.steps) if axis.has(back.place(t))]
        signal = bench.extent([*(self.x[i].value for i in axis.shown if i in self.x), self.x[self.i].value + back.ten])
        moved = [self.y(one.step).value + self.move(one).value for one in self.returns if one.step in outputs]
        signals = signal, bench.extent([*(self.y(t).value for t in outputs), *moved])
        slopes = bench.extent(back.slope(i).value for i in axis.shown if i in self.x)
        self.at = Trellis(form, axis, back, signals, (slopes, bench.extent(back.upstream(t).value for t in outputs)))
        taken = {back.place(t) for t in range(back.steps)}
        self.gaps = [place for place in axis.shown if place not in taken]  # where no output stands
        self.every = [edge for t in outputs for edge in self.fan(t)]
        forward = phrases.layer_formula(self.layer, back.samples, channels=False)
        self.whole = [i for i in self.at.samples if all(map(axis.has, self.under(False, i).values()))]  # of the card
        self.formulas = {"forward": forward, "backward": phrases.gradient_formula(self.layer, back.samples)}

    def _axis(self) -> Axis:
        """An axis of all samples and outputs and of all that outputs read or, where these are too many, of the told."""
        draft, back = Draft(replace(self.form, names=self.form.margin + names_of(self.form))), self.back
        told = [*self.under(True, self.t).values(), back.place(self.t), self.i, *self.under(False, self.i).values()]
        told += [back.place(one.step) for one in self.returns]
        all_ = {*told, *range(back.samples)}
        all_ |= {place for t in range(back.steps) for place in (back.place(t), *self.under(True, t).values())}
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
        return sorted((back.step, back.k) for back in self.back.returns(i) if not back.outside)

    def under(self, ahead: bool, step: int) -> dict[int, int]:
        """Of each tap k its place, from left to right: where an output reads, or turned over, above outputs."""
        taps, source = range(self.layer.kernel_size), self.back.source
        return {k: source(step, k) for k in taps} if ahead else {k: step - source(0, k) for k in reversed(taps)}

    def y(self, t: int) -> Number:
        """An output."""
        return self.script.output(t, self.script.cell.channel)

    def move(self, back: Return) -> Number:
        """By how much an output moves when the told sample is raised."""
        return signed(self.script.written(back.weight.value * self.back.ten))

    def met(self, i: int) -> dict[int, tuple[Number, Number]]:
        """What each tap of the turned kernel meets for a sample, and their product; zeros where there is no output."""
        found, zero = {back.k: back for back in self.back.returns(i)}, self.script.written(Fraction(0))
        met = {k: (found[k].upstream, found[k].product) if k in found else (zero, zero) for k in self.under(False, i)}
        return {k: (g, signed(product)) for k, (g, product) in met.items()}

    def made(self, t: int) -> str:
        """An output as it is worked out."""
        return self._worked([(tap.weight, tap.sample) for tap in self.reads(t).taps], self.y(t))

    def sum_of(self, i: int) -> str:
        """A gradient as it is worked out, zeros and all."""
        return self._worked([(self.back.weight(k), g) for k, (g, _) in self.met(i).items()], self.back.slope(i))

    def named(self, taps: Sequence[int]) -> str:
        """Taps in an order, by their numbers if those tell them apart, else by their names."""
        texts = [self.back.weight(k).text for k in taps]
        names = texts if self.is_plain and texts != texts[::-1] else [f"*w*[{k}]" for k in taps]
        return ", ".join(names if len(names) <= FEWER else [*names[:2], "⋯", names[-1]])

    def apart(self, t: int) -> int | None:
        """A sample whose card lies right of that of an output: of these the first that most outputs read."""

        def end(apex: int, place: int) -> float:
            return apex + REACH * (place - apex)

        right = end(self.back.place(t), max(self.under(True, t).values()))
        behind = [i for i in self.whole if end(i, min(self.under(False, i).values())) - right > REACH]
        return max(behind, key=lambda i: len(self.back_fan(i)), default=None)

    def _worked(self, pairs: Sequence[tuple[Number, Number]], total: Number) -> str:
        """A sum of products as it is worked out, where that is short: ``2 × 1 + 1 × 2 + 1 × (−1) = 3``."""
        factors = [[f"({n.text})" if n.value < 0 else n.text for n in pair] for pair in pairs]
        factors[0][0] = pairs[0][0].text
        said = f"{' + '.join(map(' × '.join, factors))} = {total.text}"
        return said if self.is_plain and advance(runs_of(said)) <= LONGEST else ""

    def x_key(self, *i: int) -> Key:
        """The key of a sample, or how all begin."""
        return ("x", self.source, *i)

    def y_key(self, *t: int) -> Key:
        """The key of an output, or how all begin."""
        return (f"y{self.script.level}", self.script.cell.channel, *t)

    def taps_of(self, ahead: bool) -> dict[int, Key]:
        """The keys of the taps on the card: of the turned kernel those on the edges of the told sample."""
        steps = {one.k: one.step for one in self.returns}
        return {k: self.at.tap(k, *([] if ahead else [steps.get(k, "back")])) for k in range(self.layer.kernel_size)}


def signed(number: Number) -> Number:
    """A number as an addend."""
    return number._replace(text=style.signed(number.text))
