"""The one stage of gradient_flip: rows, edges and the kernel on its card, each in its place on all boards.

This module lays out a reading on its trellis; what happens, in which order, the story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from fractions import Fraction

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import PARTIAL, SMALL, TEXT, Cue, Draft, Key, Role
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories.both_ways.reading import Reading
from convexplain.stories.both_ways.trellis import Fan
from convexplain.stories.one_channel import sliding

SLOPE: Role = "channel 1"
"""Of what says how much the loss changes: a hue of its own, for it stands in the same rows as signal and output."""
BESIDE = 26.0
"""So many em of a caption have room beside a formula."""
Row = Sequence[tuple[str, Role]]
"""Words in one line, each (markup, role)."""
PARTS = ("tile", "digits", "name")
"""Of a tap."""


class Stage(Reading):
    """A reading, and how it is laid out."""

    def stage(
        self,
        said: str,
        samples: Collection[int] | None = None,
        outputs: Collection[int] | None = None,
        lit: Fan | None = (),
        made: Collection[int] | None = None,
        raised: int = 0,
        slopes: Collection[int] | None = None,
    ) -> Draft:
        """A board with its words, rows and edges: which ``samples`` and ``outputs``, all when None, and edges are
        ``lit``, no edge is there when None, and which outputs are ``made``. ``raised`` says that the told sample is, 1,
        and that the outputs have moved, 2. With ``slopes``, those of some samples, rows share their places with g's.
        """
        draft, at, side = Draft(self.form), self.at, 0 if slopes is None else -1
        made, shown = at.outputs if made is None else made, (samples, outputs) if slopes is None else ((), ())
        pieces.caption(draft, said)
        if not at.is_numbered:
            pieces.ruler(draft, at.axis, "*i*", samples or ())
        at.lay_nodes(draft, True, at.samples, samples)
        at.lay_nodes(draft, False, at.outputs, outputs)
        at.lay_edges(draft, lit or (), self.every if lit is not None else ())
        xs = [(self.x_key(i), i, self.x[i], shown[0] is None or i in shown[0], ()) for i in at.samples]
        at.lay_row(draft, True, "signal *x*", xs, "sample", (self.x[i].text for i in at.samples), side)
        of = {t: tuple((*self.x_key(i), "bar") for i in self.under(True, t).values()) for t in made}
        ys = [(self.y_key(t), t, self.y(t), shown[1] is None or t in shown[1], of[t]) for t in made]
        at.lay_row(draft, False, "output *y*", ys, "output", (self.y(t).text for t in at.outputs), side)
        at.lay_places(draft, [t for t in at.outputs if t not in made])
        sample, ten = self.x_key(self.i), self.script.written(self.back.ten, self.script.level - 1)
        if raised:
            at.lay_more(draft, sample, ten, (*sample, "bar"), self._more(self.x[self.i], ten), side)
        for one in self.returns if raised > 1 else ():
            if one.weight.value and one.step in made:
                more = self._more(self.y(one.step), self.move(one))
                at.lay_more(draft, self.y_key(one.step), self.move(one), ("more", *sample), more, side)
        if slopes is not None:
            self._lay_gradient(draft, slopes)
        return draft

    def _more(self, number: Number, more: Number) -> str:
        """A number that has changed, and by how much where there is room."""
        signed, fits = style.signed(more.text), self.is_plain and self.at.size_of(["−3 + 3"])
        return f"{number.text} {signed[0]} {signed[1:]}" if fits else number.text

    def _lay_gradient(self, draft: Draft, steps: Collection[int]) -> None:
        """What each output is told, and the gradients of some samples."""
        at, back = self.at, self.back
        told = [(("g", t), t, back.upstream(t), True, ()) for t in at.outputs]
        at.lay_row(draft, False, "*g* = d*L*/d*y*", told, SLOPE, (back.upstream(t).text for t in at.outputs), 1)
        of = {i: tuple(("g", t, "bar") for t, _ in self.back_fan(i)) for i in steps}
        found = [(("slope", i), i, back.slope(i), True, of[i]) for i in steps]
        at.lay_row(draft, True, "d*L*/d*x*", found, SLOPE, (back.slope(i).text for i in at.samples), 1)

    # the kernel on its card

    def lay_rig(self, draft: Draft, ahead: bool, step: int, strands: bool = True) -> None:
        """The kernel on its card, where it makes an output or the gradient of a sample, and the strands there."""
        at, places = self.at, self.under(ahead, step)
        if strands:
            at.lay_strands(draft, places, ahead, step, self.fan(step) if ahead else self.back_fan(step))
        at.lay_name(draft, ("taps",), "tap *w*[*k*]", at.card(ahead)[1])
        at.lay_card(draft, places, self.taps_of(ahead), ahead)

    def lay_outside(self, draft: Draft, i: int | None = None) -> None:
        """Zeros where no output is, all or those under the kernel that makes the gradient of a sample."""
        places = [place for place in self.gaps if i is None or place in self.under(False, i).values()]
        beyond = [t for t in range(-self.layer.span, self.back.steps + self.layer.span) if self.back.place(t) in places]
        self.at.lay_zeros(draft, places, side=1)
        self.at.lay_nodes(draft, False, beyond)

    def lay_products(self, draft: Draft, i: int) -> None:
        """What each tap of the turned kernel brings to a sample, below its g."""
        at, taps, products = self.at, self.taps_of(False), {k: product for k, (_, product) in self.met(i).items()}
        texts = {k: style.signed(product.text) for k, product in products.items()}
        size, y = at.size_of(texts.values()), at.bottom - (21.0 if at.is_low else 28.0)
        for k, place in self.under(False, i).items() if size else ():
            mark = words(texts[k], at.axis.x(place), y, size, SLOPE, about=products[k].about)
            draft.put("product", ("return", i, k), mark.at(made_of=((*taps[k], "tile"),)))
        if size:
            at.lay_name(draft, ("products",), "tap × *g*", y, SLOPE)

    def passing(self, ahead: bool, start: int, end: int) -> list[Cue]:
        """The card slides from one output or sample to another; what it makes comes as it passes."""
        at, count, key = self.at, max(1, abs(end - start)), self.y_key if ahead else lambda step: ("slope", step)
        lasts = max(2.0, sliding.SLIDE * count)
        rig = [(*tap, part) for tap in self.taps_of(ahead).values() for part in PARTS]
        cues = [Cue((("card",), ("strand",), ("node",), *rig), beat=motion.MOVE, lasts=lasts)]
        for step in at.outputs if ahead else at.samples:
            share = min(1.0, abs(step - start) / count) if (step - start) * (end - start) > 0 else 1.0
            cues.append(Cue(((*key(step), "bar"),), motion.MOVE, 0.4, after=motion.passes(share) * lasts))
        return [*cues, Cue((("return", end),), beat=motion.ENTER, lasts=0.7), Cue((key(end),), beat=motion.ENTER + 1)]

    def lay_beside(self, draft: Draft, name: str, rows: Sequence[Row], longest: str, y: float = 0.0) -> None:
        """Large words in rows, right of the outputs and of the turned kernel, on the outputs' baseline or from the
        height ``y`` on: as large as the ``longest`` can be, where the row of samples is longer.
        """
        at, places = self.at, [*map(self.back.place, self.at.outputs), *self.under(False, self.i).values()]
        left, reach = at.axis.x(max(places)) + 0.6 * at.axis.pitch, advance(runs_of(longest))
        size = next((size for size in (PARTIAL, TEXT, SMALL) if left + reach * size <= at.axis.right), 0.0)
        for place, row in enumerate(rows if size else ()):
            x, middle = left, y + place * (42 if at.is_low else 84) if y else at.floor - 0.34 * size
            for n, (markup, role) in enumerate(row):
                x = draft.put("beside", ("beside", name, place, n), words(markup, x, middle, size, role, -1)).right

    def lay_loss(self, draft: Draft, is_known: bool = False) -> None:
        """The loss, and that it changes, or by how much, where no power of ten is left aside."""
        signed = style.signed(self.script.written(self.back.slope(self.i).value * self.back.ten).text)
        if not is_known or not self.script.shown.power_level(self.script.level):
            grown = f" {signed[0]} {signed[1:]}"
            self.lay_beside(draft, "loss", [[("*L*", SLOPE), (grown if is_known else " + ?", "lit")]], f"*L*{grown}")

    def lay_rules(self, draft: Draft, *rules: tuple[str, str, str]) -> None:
        """Index rules (letter, sign, what it is) right of the outputs' circles; the signs are yellow."""
        at, rows, step = self.at, list[Row](), 42 if self.at.is_low else 84
        for letter, sign, own in rules:
            before, _, after = own.partition(f" {sign} ")
            rows.append([(f"{letter} = {before}", "ink"), (f" {sign} ", "lit"), (after, "ink")])
        longest = max(("".join(markup for markup, _ in row) for row in rows), key=lambda row: advance(runs_of(row)))
        self.lay_beside(draft, "rule", rows, longest, at.low - step * (at.floor - at.low < 2 * step + 60))

    def lay_formula(self, draft: Draft, way: str) -> None:
        """The formula of a way to read in the text line, where the caption leaves room; its sign is yellow."""
        if sum(advance(mark.runs) for key, mark in draft.marks.items() if key[0] == "caption") <= BESIDE:
            pieces.formula(draft, self.formulas[way], ("sign",), longest=self.formulas["backward"], key=(way,))

    def lay_formulas(self, draft: Draft) -> None:
        """The formulas of both ways, left of the card, or that of the gradient in the text line."""
        at, left, apart = self.at, self.at.axis.left + 40, 0.4 * (self.at.low - self.at.high)
        reach = max(advance(runs_of("".join(part.markup for part in parts))) for parts in self.formulas.values())
        size = min(PARTIAL, (draft.marks["card", False, "face"].left - left - 40) / reach)
        if size < SMALL:
            return self.lay_formula(draft, "backward")
        del draft.marks["name", "taps"]
        for row, (way, parts) in enumerate(self.formulas.items()):
            x, y = left, (at.high + at.low) / 2 + (row - 0.5) * apart
            at.lay_name(draft, (way,), way, y)
            for part in parts:
                em, role = self.form.small if part.small else size, "lit" if part.name == "sign" else "ink"
                mark = words(part.markup, x, y + 0.3 * size * bool(part.small), em, role, align=-1, about=part.about)
                x = draft.put("formula", ("sum", way, part.name), mark).right

    def lay_found(self, draft: Draft, rows: Mapping[str, Sequence[Fraction]]) -> None:
        """What others find, one row a name, each number below the gradient that it is."""
        at, written, top = self.at, self.script.written, self.at.high + self.at.node
        size = at.size_of(self.back.slope(i).text for i in at.samples)
        for place, (who, found) in enumerate(rows.items()):
            y = top + (0.3 + 0.42 * place) * (at.card(False)[0] - top)
            at.lay_name(draft, (who,), who, y)
            for i in at.samples if size else ():
                mark = words(written(found[i]).text, at.axis.x(i), y, size, about=self.back.slope(i).about)
                draft.put("check", (who, i), mark.at(made_of=(("slope", i, "bar"),)))


def flown(keys: Iterable[Key], beat: float, lasts: float) -> list[Cue]:
    """Taps fly, and their names come when they have arrived."""
    tiles = tuple((*key, part) for key in keys for part in PARTS[:2])
    return [Cue(tiles, beat=beat, lasts=lasts), Cue(tuple((*key[:-1], "name") for key in tiles), beat=beat + 0.5)]
