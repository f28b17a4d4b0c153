"""What the boards of gradient_flip are laid out with: a layer read from both ends, on one trellis.

This module knows which output and which sample are told, on which axis, and the rows, sums and formulas of each way to
read; what happens, in which order, the story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from convexplain import style
from convexplain.board import edges, pieces
from convexplain.board.marks import COLUMN, DIGIT, HERO, PARTIAL, SMALL, TEXT, Draft, Format, Key, Role, line
from convexplain.board.pieces import Axis, Number, Part
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench, phrases
from convexplain.stories.backward import Return
from convexplain.stories.script import Correlation, Script
from convexplain.stories.trellis import Fan, Trellis, names_of

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
        return [back for back in self.back_to(i) if not back.outside]

    def back_to(self, i: int) -> list[Return]:
        """What comes back to a sample, and zeros from outputs that are none, from left to right."""
        return sorted(self.back.returns(i), key=lambda back: back.step)

    def back_fan(self, i: int, outside: bool = False) -> Fan:
        """The edges of a sample, from left to right, those from ``outside`` the outputs too."""
        return [(back.step, back.k) for back in self.back_to(i) if outside or not back.outside]

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
        taps, start = range(self.back.layer.kernel_size), i + self.back.first
        return {k: start - self.back.layer.dilation_rate * k for k in reversed(taps)}

    @property
    def back_taps(self) -> dict[int, Key]:
        """The keys of the turned kernel: of each tap the one on an edge of the told sample, if there is one."""
        steps = {k: t for t, k in self.back_fan(self.i)}
        return {k: self.at.tap(k, steps.get(k, "back")) for k in range(self.back.layer.kernel_size)}

    def met(self, i: int) -> dict[int, tuple[Number, Number]]:
        """What each tap of the turned kernel meets for a sample, and their product; zeros where there is no output."""
        found, zero = {back.k: back for back in self.back.returns(i)}, self.script.written(Fraction(0))
        return {k: (found[k].upstream, found[k].product) if k in found else (zero, zero) for k in self.laid(i)}

    def sum_of(self, i: int) -> str:
        """A gradient as it is worked out, zeros and all."""
        return self.worked([(self.back.weight(k), g) for k, (g, _) in self.met(i).items()], self.back.slope(i))

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

    # the kernel on a card

    def lay_calls(self, draft: Draft, formulas: bool = False) -> bool:
        """The kernel as it is and turned over, each on a card, as large as the board, and below it the formula that has
        it so, if there is room for both.
        """
        taps, form, low = range(self.back.layer.kernel_size), self.form, bench.is_low(self.form)
        pitch, narrow = ((one.width - 2 * one.margin) / (2 * len(taps) + 0.3) for one in (form, COLUMN))
        pitch = min(pitch, 150.0 if low else 240.0)
        look = self.at.look(pitch, narrow, HERO, "")
        if len(taps) < 2 or narrow < 45:
            return False
        sizes, ahead = (TEXT, SMALL) if low else (PARTIAL, TEXT), {k: self.at.tap(k) for k in taps}
        for side, name, how in ((-1, "forward", "as they are"), (1, "backward", "turned over")):
            middle = form.width / 2 + side * (len(taps) / 2 + 0.15) * pitch
            xs, keys = {k: middle - side * (k - (len(taps) - 1) / 2) * pitch for k in taps}, self.back_taps
            card = self.at.lay_card(draft, xs, ahead if side < 0 else keys, side < 0, 0.34 * form.height, None, look)
            for place, (said, size) in enumerate(zip((name, how), sizes, strict=True)):
                mark = words(said, card.x, card.bottom + (1.2 * place + 1) * sizes[0], size)
                draft.put("call", ("call", name, place), mark)
            if formulas:
                self.lay_parts(
                    draft, name, card.x, card.bottom + 3.7 * sizes[0], min(len(taps) * pitch, 0.46 * form.width)
                )
        return True

    def lay_parts(self, draft: Draft, way: str, middle: float, y: float, room: float) -> None:
        """The formula of a way to read about a place, as large as the room; its sign is yellow."""
        small, sizes, reaches = self.form.small, [PARTIAL], {}
        for one in ("forward", "backward"):  # both as large as the longer one can be
            parts = self.formula_of(one)
            reaches[one] = [
                sum(advance(runs_of(p.markup)) for p in parts if bool(p.small) is small_ones)
                for small_ones in (False, True)
            ]
            sizes.append((room - reaches[one][1] * small) / reaches[one][0])
        size = min(sizes)
        left = middle - (reaches[way][0] * size + reaches[way][1] * small) / 2
        for part in self.formula_of(way) if size >= SMALL else ():
            em, role = small if part.small else size, "lit" if part.name == "sign" else "ink"
            mark = words(part.markup, left, y + 0.3 * size * bool(part.small), em, role, align=-1, about=part.about)
            left = draft.put("formula", ("sum", way, part.name), mark).right

    def lay_turned(self, draft: Draft, i: int, made: bool = True) -> None:
        """The turned kernel as it lies over g, and the products of a sample that are ``made``, and lines to it."""
        at, step, low = self.at, self.back.layer.dilation_rate, bench.is_low(self.form)
        look = at.look(step * at.axis.pitch, step * at.narrow)._replace(apart=at.axis.pitch)
        xs = {k: at.axis.x(place) for k, place in self.laid(i).items()}
        y = at.low - at.node - look.height / 2 - 30
        card = at.lay_card(draft, xs, self.back_taps, False, y, at.floor + 20, look)
        texts = {k: style.signed(product.text) for k, (_, product) in self.met(i).items()}
        size, gap = at.size_of(texts.values(), PARTIAL) if look.number else 0.0, 8 if low else 16
        steps = {k: t for t, k in self.back_fan(i)}
        for k, x in xs.items():
            if size and made:
                mark = words(texts[k], x, card.top - gap - DIGIT * size / 2, size, about=self.met(i)[k][1].about)
                draft.put("product", ("return", i, k), mark.at(made_of=((*self.back_taps[k], "tile"),)))
            y = card.top - gap - made * (gap + DIGIT * size)
            strand = line(at.tint(k), at.axis.x(i), at.high + at.node + 6, x, y, size=edges.THICK, z=-1.0)
            draft.put("strand", ("strand", k), strand.at(copy_of=at.key(steps[k], k) if k in steps else None))

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

    # between the rows

    @property
    def band(self) -> tuple[float, float]:
        """From the nodes of the samples to the numbers of g: what is free where there are no edges."""
        most = max(float(self.back.upstream(t).value) for t in self.at.outputs)
        return self.at.high + self.at.node, self.at.floor - most * self.at.unit - (
            54 if bench.is_low(self.form) else 76
        )

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


def _inner(number: Number, place: int) -> str:
    """A factor, in brackets where its minus would stand behind another sign."""
    return f"({number.text})" if place and number.value < 0 else number.text
