"""What the boards of gradient_flip are laid out with: a layer read from both ends, on one trellis.

This module knows which output and which sample are told, on which axis, and the rows, sums and formulas of each way to
read; what happens, in which order, the story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from convexplain import style
from convexplain.board import pieces
from convexplain.board.marks import PARTIAL, SMALL, Draft, Format, Key, Role
from convexplain.board.pieces import Axis, Number, Part
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench, phrases
from convexplain.stories.both_ways.backward import Return
from convexplain.stories.both_ways.trellis import SHARE, Fan, Trellis, names_of
from convexplain.stories.script import Correlation, Script

CLOSE, FEW = 12, 9
"""The most places of an axis on which all samples are told, and the least of one on which only some are."""
UPSTREAM, DOWNSTREAM = "*g* = d*L*/d*y*", "d*L*/d*x*"
SLOPE: Role = "channel 1"
"""Of what says how much the loss changes: a hue of its own, for it stands in the same rows as signal and output."""
BESIDE = 26.0
"""So many em of a caption have room beside a formula."""


class Reading:
    """The script's output and a sample that several outputs read, in one format."""

    def __init__(self, script: Script, form: Format) -> None:
        self.script, self.form, self.back = script, form, script.backward
        self.t = script.cell.step
        self.source = self.reads(self.t).source
        self.i = self.back.fullest(self.t)
        self.x = script.signal(self.source)
        self.returns = self.returns_of(self.i)
        axis = self._axis()
        seen, back = [i for i in axis.shown if i in self.x], self.back
        outputs = [t for t in range(back.steps) if axis.has(back.place(t))]
        above = [n.value for i in seen for n in (self.x[i], back.slope(i))] + [self.x[self.i].value + back.ten]
        below = [n.value for t in outputs for n in (self.y(t), back.upstream(t))]
        below += [self.y(one.step).value + self.move(one).value for one in self.returns if one.step in outputs]
        self.at = Trellis.fit(form, axis, back, bench.extent(above), bench.extent(below))

    def _axis(self) -> Axis:
        """An axis of all samples and outputs and, where there is room, of all places on which the turned kernel lies;
        else of what is told and steps around it.
        """
        draft, length = Draft(replace(self.form, names=self.form.margin + names_of(self.form))), self.back.samples
        told = [*(tap.step for tap in self.reads(self.t).taps), self.back.place(self.t), self.i]
        told += [self.back.place(back.step) for back in self.returns]
        all_ = [*told, *range(length), *(self.back.place(t) for t in range(self.back.steps))]
        for needed in ([*all_, *(place for i in range(length) for place in self.laid(i).values())], all_):
            if max(needed) - min(needed) < CLOSE:
                return Axis.over(draft, range(min(needed), max(needed) + 1), length, 300.0)
        return Axis.near(draft, [*told, *self.laid(self.i).values()], length, FEW)

    # who reads what

    def reads(self, t: int) -> Correlation:
        """What an output reads, tap by tap."""
        (part,) = self.script.correlations(self.script.cell._replace(step=t))
        return part

    def fan(self, t: int) -> Fan:
        """The edges of an output."""
        return [(t, k) for k in range(self.back.layer.kernel_size)]

    @property
    def every(self) -> Fan:
        """The edges of all outputs in view."""
        return [edge for t in self.at.outputs for edge in self.fan(t)]

    def returns_of(self, i: int) -> list[Return]:
        """What comes back to a sample, in the order of the outputs it comes from."""
        return sorted((back for back in self.back.returns(i) if not back.outside), key=lambda back: back.step)

    def back_fan(self, i: int) -> Fan:
        """The edges of a sample, from left to right."""
        return [(back.step, back.k) for back in self.returns_of(i)]

    @property
    def gaps(self) -> list[int]:
        """The places in view at which no output stands: beyond the ends, and between two where there are strides."""
        taken = {self.back.place(t) for t in range(self.back.steps)}
        return [place for place in self.at.axis.shown if place not in taken]

    @property
    def beyond(self) -> list[int]:
        """The steps of outputs in view that there are none of."""
        steps = range(-self.back.layer.span, self.back.steps + self.back.layer.span)
        return [t for t in steps if not 0 <= t < self.back.steps and self.back.place(t) in self.gaps]

    @property
    def is_plain(self) -> bool:
        """Whether all numbers are whole, and no power of ten is left aside: then sums are worked out."""
        return self.back.is_whole and not self.script.shown.power_level(self.script.level)

    @property
    def is_simple(self) -> bool:
        """Whether tap k of the sample i belongs to the output i - k."""
        return all(step == self.i - k for step, k in self.back_fan(self.i))

    # numbers

    def y(self, t: int) -> Number:
        return self.script.output(t, self.script.cell.channel)

    def move(self, back: Return) -> Number:
        """By how much an output moves when the told sample is raised."""
        return self.script.written(back.weight.value * self.back.ten)

    def worked(self, pairs: Sequence[tuple[Number, Number]], total: Number) -> str:
        """A sum of products as it is worked out, where that is short: ``2 × 1 + 1 × 2 + 1 × (−1) = 3``."""
        if not self.is_plain:
            return ""
        said = " + ".join(f"{_inner(a, n)} × {_inner(b, 1)}" for n, (a, b) in enumerate(pairs)) + f" = {total.text}"
        return said if advance(runs_of(said)) <= BESIDE - 7 else ""

    def made(self, t: int) -> str:
        """An output as it is worked out."""
        return self.worked([(tap.weight, tap.sample) for tap in self.reads(t).taps], self.y(t))

    def laid(self, i: int) -> dict[int, int]:
        """Where the turned kernel lies when it writes the gradient of a sample, from left to right: of each tap k the
        place.
        """
        return {k: i - self.back.source(0, k) for k in reversed(range(self.back.layer.kernel_size))}

    def scipy(self) -> list[Fraction]:
        """What SciPy finds, for every sample; 0 for those that no output reads."""
        found = list(self.back.full[self.back.first :])[: self.back.samples]
        return [*found, *[Fraction(0)] * (self.back.samples - len(found))]

    # keys and rows

    def x_key(self, i: int) -> Key:
        return ("x", self.source, i)

    def y_key(self, t: int) -> Key:
        return (f"y{self.script.level}", self.script.cell.channel, t)

    def draft(self, caption: str) -> Draft:
        """A board with its words."""
        draft = Draft(self.form)
        pieces.caption(draft, caption)
        return draft

    def lay_nodes(
        self,
        draft: Draft,
        samples: Collection[int] | None = None,
        outputs: Collection[int] | None = None,
        outer: Sequence[int] = (),
        beyond: Sequence[int] = (),
    ) -> None:
        """The nodes of both rows: which ``samples`` and ``outputs`` are meant, all when None; those of steps that are
        none are ``outer`` ones above, and lie ``beyond`` below.
        """
        if not self.at.is_numbered:
            pieces.ruler(draft, self.at.axis, "*i*", samples or ())
        self.at.lay_nodes(draft, True, [*self.at.samples, *outer], samples)
        self.at.lay_nodes(draft, False, [*self.at.outputs, *beyond], outputs)

    def lay_x(self, draft: Draft, lit: Collection[int] | None = None) -> None:
        bars = {self.x_key(i): (i, self.x[i]) for i in self.at.samples}
        self.at.lay_row(draft, True, "signal *x*", bars, "sample", lit)

    def lay_y(self, draft: Draft, steps: Collection[int], lit: Collection[int] | None = None, told: int = -1) -> None:
        """The outputs of some ``steps``; the others have empty places, but the ``told`` one."""
        bars = {self.y_key(t): (t, self.y(t)) for t in steps}
        parents = {}
        for t in steps:
            sources = [self.back.source(*edge) for edge in self.fan(t)]
            parents[self.y_key(t)] = tuple((*self.x_key(i), "bar") for i in sources if i in self.at.samples)
        among = [self.y(t).text for t in self.at.outputs]
        self.at.lay_row(draft, False, "output *y*", bars, "output", lit, parents, among)
        self.at.lay_places(draft, False, [t for t in self.at.outputs if t not in steps and t != told])

    def lay_g(self, draft: Draft, zeros: bool = True) -> None:
        """What each output is told, and ``zeros`` where there is none."""
        bars: Mapping[Key, tuple[int, Number]] = {("g", t): (t, self.back.upstream(t)) for t in self.at.outputs}
        self.at.lay_row(draft, False, UPSTREAM, bars, SLOPE)
        self.at.lay_zeros(draft, self.gaps if zeros else [])

    def lay_slopes(self, draft: Draft, steps: Iterable[int]) -> None:
        """The gradients of some samples."""
        bars: Mapping[Key, tuple[int, Number]] = {("slope", i): (i, self.back.slope(i)) for i in steps}
        parents = {("slope", i): tuple(("g", t, "bar") for t, _ in self.back_fan(i)) for i in steps}
        among = [self.back.slope(i).text for i in self.at.samples]
        self.at.lay_row(draft, True, DOWNSTREAM, bars, SLOPE, None, parents, among)

    # between the rows

    def lay_indices(self, draft: Draft, t: int, k: int) -> None:
        """The letters of the indices beside what they count: a tap, and the circles at both ends of its edge."""
        at, tile = self.at, draft.marks.get((*self.at.tap(k, t), "tile"))
        if tile is None or not at.is_numbered:
            return
        size = SMALL if bench.is_low(self.form) else PARTIAL
        ends = {"k": (tile.left, tile.y, 1)}
        ends |= {"t": (at.end(False, t)[0] - at.node, at.low, 1), "i": (at.end(True, self.i)[0] + at.node, at.high, -1)}
        for letter, (x, y, align) in ends.items():
            mark = words(f"*{letter}*", x - align * 16, y, size, "lit", align=align)
            draft.put("index", ("index", letter), mark)

    @property
    def band(self) -> tuple[float, float]:
        """From the nodes of the samples to the numbers of g: what is free where there are no edges."""
        at, digits = self.at, 54 if bench.is_low(self.form) else 76
        most = max(float(self.back.upstream(t).value) for t in at.outputs)
        return at.high + at.node, at.floor - most * at.unit - digits

    def formula_of(self, way: str) -> list[Part]:
        """The formula of a way to read."""
        layer, samples = self.script.layer, self.back.samples
        if way == "backward":
            return phrases.gradient_formula(layer, samples)
        return phrases.layer_formula(layer, samples, channels=False)

    def lay_formula(self, draft: Draft, way: str) -> None:
        """The formula of a way to read in the text line, where the caption leaves room; its sign is yellow."""
        parts, backward = self.formula_of(way), self.formula_of("backward")
        if sum(advance(mark.runs) for key, mark in draft.marks.items() if key[0] == "caption") <= BESIDE:
            pieces.formula(draft, parts, ("sign",), longest=backward, key=(way,))

    def lay_found(self, draft: Draft, rows: Mapping[str, Sequence[Fraction]]) -> None:
        """What others find, one row a name, each number below the gradient that it is."""
        at, numbers = self.at, {i: self.back.slope(i) for i in self.at.samples}
        size = at.size_of([number.text for number in numbers.values()])
        top, bottom = self.band
        for place, (who, found) in enumerate(rows.items()):
            y = top + (0.3 + 0.4 * place) * (bottom - top)
            at.lay_name(draft, (who,), who, y)
            for i, number in numbers.items() if size else ():
                if found[i] == number.value:
                    mark = words(number.text, at.axis.x(i), y, size, about=number.about)
                    draft.put("check", (who, i), mark.at(made_of=(("slope", i, "bar"),)))

    # a little more

    def raised(self, draft: Draft, key: Key, number: Number, more: Number, made_of: tuple[Key, ...] = ()) -> None:
        """A bar that is raised, or lowered, by something ``more``; its number says so."""
        signed, fits = style.signed(more.text), self.is_plain and self.at.size_of(["−3 + 3"])
        said = f"{number.text} {signed[0]} {signed[1:]}" if fits else ""
        self.at.lay_more(draft, key, more, said, made_of or ((*key, "bar"),))

    def raise_sample(self, draft: Draft, reaches: bool = True) -> None:
        """The told sample is raised; where it ``reaches`` them the outputs move with it."""
        sample = self.x_key(self.i)
        self.raised(draft, sample, self.x[self.i], self.script.written(self.back.ten))
        for back in self.returns if reaches else ():
            if back.weight.value and back.step in self.at.outputs:
                self.raised(draft, self.y_key(back.step), self.y(back.step), self.move(back), (("more", *sample),))

    # the told sample and what reads it

    def lay_loss(self, draft: Draft) -> None:
        """The loss, and that it changes."""
        self.at.lay_beside(draft, {("*L*",): ("*L*", SLOPE), (" + ?",): (" + ?", "lit")}, "*L* + ?")

    def below(self, said: str, lit: Fan | None = None, rest: Fan = (), reaches: bool = False) -> Draft:
        """The told sample, raised, and the outputs that read it, moved where it ``reaches`` them, with the edges that
        are ``lit``, all of its own if None, beside the ``rest``.
        """
        draft, lit = self.draft(said), self.back_fan(self.i) if lit is None else lit
        self.lay_nodes(draft, [self.i], [t for t, _ in lit])
        self.lay_x(draft, [self.i])
        self.lay_y(draft, self.at.outputs, [t for t, _ in lit])
        self.at.lay_edges(draft, lit, rest)
        self.raise_sample(draft, reaches)
        return draft

    def lay_back(self, draft: Draft, lit: int | None = None) -> None:
        """The taps on the edges of the told sample, near the outputs."""
        taps = {(t, k): self.at.tap(k, t) for t, k in self.back_fan(self.i)}
        self.at.lay_taps(draft, taps, 1 - SHARE, lit)


def _inner(number: Number, place: int) -> str:
    """A factor, in brackets where its minus would stand behind another sign."""
    return f"({number.text})" if place and number.value < 0 else number.text
