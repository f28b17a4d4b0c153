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
from convexplain.board.marks import PARTIAL, SMALL, TEXT, Draft, Format, Key, Role
from convexplain.board.pieces import Axis, Number, Part
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench, phrases
from convexplain.stories.backward import Return
from convexplain.stories.script import Correlation, Script
from convexplain.stories.trellis import Addend, Fan, Trellis, names_of

CLOSE, FEW = 12, 9
"""The most places of an axis on which all samples are told, and the least of one on which only some are."""
UPSTREAM, DOWNSTREAM = "*g* = d*L*/d*y*", "d*L*/d*x*"
SLOPE: Role = "channel 1"
"""Of what says how much the loss changes: a hue of its own, for it stands in the same rows as signal and output."""
ORDERS: Mapping[str, Key] = {"forward": (), "backward": ("back",), "convolution": ("defined",)}
"""What the keys of the taps behind each formula have besides."""
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
        above += [level for i in seen for level in bench.levels(one.product.value for one in self.returns_of(i))]
        below = [n.value for t in outputs for n in (self.y(t), back.upstream(t))]
        below += [self.y(one.step).value + self.move(one).value for one in self.returns if one.step in outputs]
        below += [self.y(self.returns[0].step).value + back.ten]
        below += [level for t in outputs for level in bench.levels(tap.product.value for tap in self.reads(t).taps)]
        self.at = Trellis.fit(form, axis, back, bench.extent(above), bench.extent(below))

    def _axis(self) -> Axis:
        """An axis of all samples and outputs and, where a sample would be read by it, the output that is missing before
        the first, where there is room; else of what is told and steps around it.
        """
        draft, length = Draft(replace(self.form, names=self.form.margin + names_of(self.form))), self.back.samples
        told = [*(tap.step for tap in self.reads(self.t).taps), self.i, self.back.place(self.t)]
        all_ = [*told, *range(length), *(self.back.place(t) for t in range(self.back.steps))]
        if any(0 <= self.back.source(-1, k) < length for k in range(self.back.layer.kernel_size)):
            all_ += [self.back.place(-1)] * (max(all_) - self.back.place(-1) < CLOSE)
        if max(all_) - min(all_) < CLOSE:
            return Axis.over(draft, range(min(all_), max(all_) + 1), length, 300.0)
        return Axis.near(draft, [*told, *(self.back.place(back.step) for back in self.returns)], length, FEW)

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
        return [back for back in self.back_to(i) if not back.outside]

    def back_to(self, i: int) -> list[Return]:
        """What comes back to a sample, and zeros from outputs that are none, from left to right."""
        return sorted(self.back.returns(i), key=lambda back: back.step)

    def back_fan(self, i: int, outside: bool = False) -> Fan:
        """The edges of a sample, from left to right, those from ``outside`` the outputs too."""
        return [(back.step, back.k) for back in self.back_to(i) if outside or not back.outside]

    @property
    def clear_output(self) -> int | None:
        """An output whose edges lie clear of the told sample's: the told one, or one near it."""
        found = [t for t in self.back.clear(self.i) if t in self.at.outputs and self.at.shows_all(self.fan(t))]
        return min(found, key=lambda t: abs(t - self.t), default=None)

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

    def sum_of(self, i: int) -> str:
        """A gradient as it is worked out, with what comes from outputs that are none and in view."""
        return self.worked([(one.weight, one.upstream) for one in self.seen(i)], self.back.slope(i))

    def seen(self, i: int) -> list[Return]:
        """What comes back to a sample over edges in view."""
        return [one for one in self.back_to(i) if self.at.shows(one.step, one.k)]

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

    def lay_g(self, draft: Draft, lit: Collection[int] | None = None) -> None:
        """What each output sends back, and zeros where there is none."""
        bars: Mapping[Key, tuple[int, Number]] = {("g", t): (t, self.back.upstream(t)) for t in self.at.outputs}
        self.at.lay_row(draft, False, UPSTREAM, bars, SLOPE, lit)
        self.at.lay_zeros(draft, self.gaps)

    def lay_slopes(self, draft: Draft, steps: Iterable[int]) -> None:
        """The gradients of some samples."""
        bars: Mapping[Key, tuple[int, Number]] = {("slope", i): (i, self.back.slope(i)) for i in steps}
        parents = {("slope", i): tuple(("g", t, "bar") for t, _ in self.back_fan(i)) for i in steps}
        among = [self.back.slope(i).text for i in self.at.samples]
        self.at.lay_row(draft, True, DOWNSTREAM, bars, SLOPE, None, parents, among)

    # sums

    def lay_products(self, draft: Draft, t: int) -> None:
        """The products that add up to an output."""
        addends = []
        for tap in self.reads(t).taps:
            sample = (*(("nothing", True, tap.step) if tap.padded else self.x_key(tap.step)), "bar")
            parents = (*self.at.tap(tap.k, True), "tile"), sample
            addends.append(Addend(("product", t, tap.k), tap.product, parents))
        texts = [self.y(n).text for n in self.at.outputs]
        self.at.lay_sum(draft, False, t, addends, (self.y_key(t), self.y(t)), "output", texts)

    def lay_returns(self, draft: Draft, i: int, until: int | None = None) -> None:
        """What comes back to a sample and adds up to its gradient; the first of it where there is an ``until``."""
        addends = []
        for back in self.seen(i):
            source: Key = ("nothing", False, self.back.place(back.step)) if back.outside else ("g", back.step)
            parents = (*self.at.tap(back.k, False), "tile"), (*source, "bar")
            addends.append(Addend(("return", i, back.k), back.product, parents))
        texts = [self.back.slope(n).text for n in self.at.samples]
        self.at.lay_sum(draft, True, i, addends, (("slope", i), self.back.slope(i)), SLOPE, texts, until)

    # between the rows

    def lay_ways(self, draft: Draft) -> None:
        """The kernel as it is and turned over, each on a card, where the board has room for both."""
        at, taps, shown = self.at, list(range(self.back.layer.kernel_size)), self.at.samples
        if not 1 < len(taps) <= len(shown) / 2 or at.narrow < 60:
            return
        look, y = at.look(0.88, PARTIAL), (at.foot + at.floor) / 2
        half, apart = 0.85 * look.height, 0.88 * at.axis.pitch
        for name, order, places in (
            ("Conv1D", taps, shown[: len(taps)]),
            ("convolution", taps[::-1], shown[-len(taps) :]),
        ):
            x = (at.axis.x(places[0]) + at.axis.x(places[-1])) / 2
            reach = [x + apart * (n - (len(taps) - 1) / 2) for n in range(len(taps))]
            for k, place in zip(order, reach, strict=True):
                at.lay_tap(draft, at.tap(k, order is taps), place, y, None, look)
            left, right = reach[0] - look.width / 2 - 24, reach[-1] + look.width / 2 + 24
            pieces.card(draft, ("way", name), left, right, y - half, y + half, "kernel")
            size = SMALL if bench.is_low(self.form) else TEXT
            draft.put("way", ("way", name), words(name, (left + right) / 2, y - half - 0.8 * size, size))

    @property
    def band(self) -> tuple[float, float]:
        """From the nodes of the samples to the numbers of g: what is free where there are no edges."""
        most = max(float(self.back.upstream(t).value) for t in self.at.outputs)
        return self.at.high + self.at.node, self.at.floor - most * self.at.unit - (
            54 if bench.is_low(self.form) else 76
        )

    @property
    def formulas(self) -> dict[str, list[Part]]:
        """The formula of each way to read, and what convolution is."""
        layer, samples = self.script.layer, self.back.samples
        return {
            "forward": phrases.layer_formula(layer, samples, channels=False),
            "backward": phrases.gradient_formula(layer, samples),
            "convolution": phrases.convolution_formula(),
        }

    def lay_formula(self, draft: Draft, way: str, k: bool = False) -> None:
        """The formula of a way to read in the text line: its sign is yellow, and its ``k`` where one tap is meant."""
        caption = sum(advance(mark.runs) for key, mark in draft.marks.items() if key[0] == "caption")
        if caption <= BESIDE:
            formulas = self.formulas
            lit = ("sign", *(("k", "k of g", "k of x", "k of sum") if k else ()))
            pieces.formula(draft, formulas[way], lit, longest=formulas["backward"], key=(way,))

    def lay_formulas(self, draft: Draft, ways: Collection[str]) -> None:
        """The formulas of some ``ways`` below one another between the rows, their equals signs in a column, and behind
        each the kernel in the order in which it meets what it is multiplied by, where there is room.
        """
        at, formulas = self.at, self.formulas
        before = {way: _reach(parts[: _equals(parts)], 1.0) for way, parts in formulas.items()}
        after = {way: _reach(parts[_equals(parts) :], 1.0) for way, parts in formulas.items()}
        name = SMALL if bench.is_low(self.form) else TEXT
        left = max(at.axis.left, self.form.margin + advance(runs_of("convolution")) * name + 40)
        room, reach = self.form.width - self.form.margin - left, max(before.values()) + max(after.values())
        top, tall = self.band[0], (self.band[1] - self.band[0]) / 3
        size = next((size for size in (PARTIAL, TEXT) if reach * size <= room and 1.1 * size <= tall), SMALL)
        for place, way in enumerate(way for way in formulas if way in ways):
            parts = formulas[way]
            y = top + (place + 0.5) * tall
            x = left + (max(before.values()) - before[way]) * size
            draft.put("name", ("name", "formula", way), words(way, self.form.margin, y, name, align=-1))
            for part in parts:
                em = SMALL if part.small else size
                role = "lit" if part.name == "sign" else "ink"
                mark = words(part.markup, x, y + 0.3 * size * bool(part.small), em, role, align=-1)
                draft.put("formula", ("formula", "each", way, part.name), mark)
                x += mark.width
            taps, look = list(range(self.back.layer.kernel_size)), at.look(0.5)
            look = look._replace(height=1.25 * look.number, name=0.0)
            if look.number and x + (len(taps) + 0.1) * 0.5 * at.axis.pitch <= self.form.width - self.form.margin:
                for n, k in enumerate(taps if way == "forward" else taps[::-1]):
                    key, right = (*at.tap(k, True), *ORDERS[way]), self.form.width - self.form.margin - look.width / 2
                    at.lay_tap(draft, key, right - (len(taps) - 1 - n) * 0.5 * at.axis.pitch, y, None, look)
                    draft.change([(*key, part) for part in ("tile", "digits")], about=None)

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

    def compared(self, said: str) -> Draft:
        """The rows of the gradient and of g, without edges."""
        draft = self.draft(said)
        self.at.lay_nodes(draft, True, self.at.samples)
        self.lay_slopes(draft, self.at.samples)
        self.lay_g(draft)
        return draft

    # a little more

    def raise_output(self, draft: Draft, t: int) -> None:
        """One output is raised."""
        said = f"{self.y(t).text} + {self.script.written(self.back.ten).text}" if self.is_plain else ""
        self.at.lay_more(draft, self.y_key(t), self.script.written(self.back.ten), said, ((*self.y_key(t), "bar"),))

    def raising(self, draft: Draft) -> None:
        """The told sample is raised, and the outputs move with it."""
        sample, ten = self.x_key(self.i), self.script.written(self.back.ten)
        size = self.at.size_of(["−3 + 3"]) if self.is_plain else 0.0
        said = f"{self.x[self.i].text} + {ten.text}" if size else ""
        self.at.lay_more(draft, sample, ten, said, ((*sample, "bar"),))
        for back in self.returns:
            if back.weight.value and back.step in self.at.outputs:
                move = self.move(back)
                signed = style.signed(move.text)
                said = f"{self.y(back.step).text} {signed[0]} {signed[1:]}" if size else ""
                self.at.lay_more(draft, self.y_key(back.step), move, said, (("more", *sample),))


def _equals(parts: Sequence[Part]) -> int:
    """The place of the part that begins the right side."""
    return [part.name for part in parts].index("equals") + 1


def _reach(parts: Sequence[Part], size: float) -> float:
    """How far parts reach; small ones as far as they do where the others are ``size``."""
    return sum(advance(runs_of(part.markup)) * (SMALL * size / TEXT if part.small else size) for part in parts)


def _inner(number: Number, place: int) -> str:
    """A factor, in brackets where its minus would stand behind another sign."""
    return f"({number.text})" if place and number.value < 0 else number.text
