"""What stands around the rows of an output, and the one kernel that they fold into: asked for, filled, and slid.

The layers are boxes that stay: in that of the first the rows come, in that of the next what it multiplies their sums
with. The one kernel waits below; when the columns have fallen into it, it grows, and then it slides along all samples.
This module knows rows and pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import Any

from convexplain.board import motion, pieces, staging
from convexplain.board.marks import CARD, HERO, PARTIAL, SMALL, TEXT, Cue, Draft, Key, line, plate
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.many_layers.tiled import LIE, NAMES, Rows, Sum
from convexplain.stories.many_layers.walked import addend, bracketed, wide
from convexplain.stories.many_layers.ways import Joined

GAP = 16.0
"""Between a sign and its number."""


class Folded(Rows):
    """Rows that fold into one kernel."""

    # the layers

    @property
    def is_deep(self) -> bool:
        """Whether several layers read the rows' sums."""
        return self.level - self.base > 2

    @property
    def upper(self) -> str:
        """These layers: ``layer 2``, ``layers 2 and 3``, ``layers 2 to 4``."""
        first, between = self.base + 2, "and" if self.level - self.base == 3 else "to"
        return f"layers {first} {between} {self.level}" if self.is_deep else f"layer {first}"

    def boxes(self, draft: Draft, asked: bool = False) -> None:
        """The boxes of the layers with their names over them; where it is ``asked``, in them, and the way from
        the samples through them to the output.
        """
        said, low, half = (f"layer {self.base + 1}", self.upper), self.last, self.tap / 2 + 8
        ends = [(self.axis.left - 4, self.axis.right + 4), (self.beside - half, self.beside + half)]
        ends = ends[: self.level - self.base]
        for place, (left, right) in enumerate(ends):
            key = ("layer", place)
            draft.put("layers", (*key, "card"), plate("sample", left, self.top, right, low, light=0.5 * CARD, z=-4))
            inside = asked and wide(said[place], self.form.small) < right - left - 8
            x, y = (left + right) / 2, (self.top + low) / 2 if inside else self.top - 0.75 * self.form.small
            size = benches.fitting(2 * (self.end - x), said[place:], (self.form.small, SMALL))
            mark = words(said[place], x, y, size, "ink" if asked else "quiet")
            draft.put("layers", (*key, "name"), mark)
        if not asked:
            return
        x, y, out = (ends[0][0] + ends[0][1]) / 2, (self.top + low) / 2, self.out - 0.25 * self.larger
        ways: list[tuple[float, ...]] = [(x, self.top - NAMES + 10, x, self.top - 12)]
        ways += [(ends[0][1] + 12, y, ends[1][0] - 12, y)] if self.rows else []
        ways += [(ends[-1][1] + 12, y, out, y, out, self.low - 44)]
        for place, points in enumerate(ways):
            draft.put("layers", ("tie", place), line("quiet", *points, size=4, head=18.0))

    def names(self, draft: Draft, of_rows: bool = True) -> None:
        """The one kernel that is asked for, and the kernels that the rows are, where they are several."""
        self.name(draft, ("kernel",), "one kernel", self.form.margin, self.low, size=self.form.small, role="kernel")
        for channel in self.channels if of_rows and len(self.channels) > 1 else ():
            ys = [y for row, y in zip(self.rows, self.places, strict=False) if row.channel == channel]
            text, room = f"{self.kernel_name} {channel}", self.left - self.form.margin - GAP
            size = benches.fitting(room, [text], [self.form.small, SMALL, 0.0])
            if size and self.row * len(ys) > 28:
                at, role = (self.form.margin, sum(ys) / len(ys)), self.role(channel)
                self.name(draft, ("channel", channel), text, *at, size=size, role=role)

    def given(self, draft: Draft, multiplied: bool = False) -> None:
        """What each row adds up to, at its end; once it is ``multiplied``, what its bias is then."""
        for row, y in zip(self.rows, self.places, strict=False):
            if not multiplied:
                made = tuple((*piece.key, "bar") for piece in row.pieces)
                self._sum(draft, row.key, row.inner, [own.inner for own in self.rows], (self.sums, y), made)
            if self.is_written and (said := self.after(row, multiplied)):
                x = self.sums - max(wide(own.inner.text, self.size) for own in self.rows) - GAP
                draft.put("sums", (*row.key, "equals"), words(said, x, y, self.size, "quiet", 1))

    def products(self, draft: Draft) -> None:
        """What each row gives the output, over a rule under which these are added up."""
        texts = [row.product.text for row in self.rows]
        texts[1:] = map(pieces.signed, texts[1:])
        numbers = [row.product._replace(text=text) for row, text in zip(self.rows, texts, strict=True)]
        for row, number, y in zip(self.rows, numbers, self.places, strict=False):
            key: Key = ("product", *row.at)
            self._sum(draft, key, number, numbers, (self.out, y), (("tap", *row.at, "bar"), (*row.key, "digits")))
            if self.is_written:
                x = self.out - max(wide(text, self.size) for text in texts) - GAP
                draft.put("sums", (*key, "equals"), words("=", x, y, self.size, "quiet", 1))
        self.others(draft)
        y, half = self.low - self.kernel / 2 - self.apart / 2, 0.12 * (self.end - self.axis.right)
        draft.put("sums", ("product", "rule"), line("quiet", self.out - 2 * half, y, self.out + 8, y, size=3))

    def _sum(
        self, draft: Draft, key: Key, number: Number, like: list[Number], at: tuple[float, float], made: tuple[Key, ...]
    ) -> None:  # fmt: skip
        """A number that ends at a place: written, or a tile as large as it is among others like it."""
        (right, y), width = at, 0.16 * (self.end - self.axis.right)
        if self.is_written:
            mark = words(number.text, right, y, self.size, align=1, about=number.about, made_of=made)
            draft.put("sums", (*key, "digits"), mark)
            return
        box, largest = (right - width / 2, y, width, min(LIE, 0.9 * self.row)), max(abs(own.value) for own in like)
        self.tile(draft, key, number, self.role(key[2]), box, largest, made_of=made)

    def above(self, draft: Draft) -> None:
        """What the next layer multiplies the sums with."""
        largest = max(abs(row.weight.value) for row in self.rows)
        texts = [f"×{bracketed(row.weight)}" for row in self.rows]
        size = min(benches.fitting(self.tap - 8, texts, (PARTIAL, TEXT, SMALL)), self.sized([]))
        high = self.row - 10 if self.row > 40 else 0.9 * self.row
        for row, y, text in zip(self.rows, self.places, texts, strict=False):
            key: Key = ("tap", *row.at)
            self.tile(draft, key, row.weight, "output", (self.beside, y, self.tap, high), largest, text, size)
            for kind in ("bar", "digits"):
                if row.pieces and (*key, kind) in draft.marks:
                    draft.change([(*key, kind)], goes_into=(*row.pieces[-1].key, kind))

    def others(self, draft: Draft) -> None:
        """What the output is the sum of besides the rows that are shown: others, and the biases."""
        for (key, number, _), y in zip(self.rest, self.places[len(self.rows) :], strict=False):
            mark = words(addend(number), self.out, y, SMALL, align=1, about=number.about)
            draft.put("rest", (*key, "digits"), mark)
            said = f"{self.count - len(self.rows):,} more" if key == ("rest",) else "bias"
            pieces.note(draft, key, said, mark.left - GAP, y, 1)

    def output(self, draft: Draft, done: bool = False) -> None:
        """The output under the layers, its name before it; or, ``done``, what the one kernel gives, its name below."""
        name, small = "output" if self.script.layer.is_linear else "sum", self.form.small
        left = self.axis.right + 2 * GAP
        y, (x, align) = self.middle if done else self.low, (self.out, 1.0)
        if done and self.is_written:
            said = " ".join([*(addend(number) for _, number, _ in self.cone.rest), "="])
            sign = draft.put("output", ("equals",), words(said, left, y, self.larger, "quiet", -1))
            left, x, align = sign.right + 2 * GAP, sign.right + 2 * GAP, -1.0
        room, text = x - left - GAP - wide(name, small) if align > 0 else self.end - left, self.total.text
        size = benches.fitting(room, [text], (*[HERO] * done, self.larger, TEXT, SMALL))
        mark = words(text, x, y, size, align=align, about=self.total.about)
        draft.put("output", (*self.key, "digits"), mark)
        at = (mark.left - GAP, y, 1) if align > 0 else (mark.left, y + 0.5 * size + small, -1)
        self.name(draft, ("output",), name, *at, size=small, role="quiet")

    def letters(self, draft: Draft) -> None:
        """The output as a formula, over the one kernel, and how it calls the samples; of many the ends."""
        shown, number, layer = self.cone.shown, draft.marks[*self.key, "digits"], self.script.layer
        called, made = [self._letter(self.base, c.cell) for c in shown], self._letter(self.level, self.script.cell)
        places = [(number.x, number.y - 0.5 * number.size - self.form.small, made)] * layer.is_linear
        names = [(self.x(own.cell), self.top - NAMES / 2, text) for own, text in zip(shown, called, strict=True)]
        is_wide = benches.fitting(self.slot - 8, called, (self.form.small, 0.0)) or len(shown) == 1
        for place, (x, y, text) in enumerate([*places, *(names if is_wide else names[:: len(names) - 1])]):
            draft.put("letters", ("letters", place), words(text, x, y, self.form.small, "quiet"))
        terms = [f"{own.weight.text}·{text}" for own, text in zip(shown, called, strict=True)]
        bias = [number.text for key, number, _ in self.cone.rest if key == ("bias",)]
        many = [[*terms, *bias]] * (len(shown) == len(self.cone.ways.joined))
        many += [[*terms[:n], "⋯", *terms[max(n, len(terms) - 1) :], *bias] for n in (2, 1)] + [[terms[0], "⋯"]]
        every, act = [phrases.added(some, made) for some in many], layer.activation
        every = every if layer.is_linear else [f"{act}({said.replace(' =', ') =')}" for said in every]
        said = benches.longest((room := self.end - self.form.margin) * SMALL / TEXT, every)
        size = benches.fitting(room, [said], (PARTIAL, 56.0, TEXT, SMALL))
        x, y = min(self.axis.left, self.end - wide(said, size)), (self.top + self.middle - self.high / 2) / 2
        draft.put("letters", ("letters",), words(said, x, y, size, align=-1))

    def _letter(self, level: int, cell: Cell) -> str:
        """A number of a level in a formula: ``x[2]``, with its channel where there are several."""
        array = phrases.array(level, 1 if not self.base else level + 1)
        return f"{array}[{cell.step}{f', {cell.channel}' * (self.cone.shapes[level][1] > 1)}]"

    # the one kernel

    def strip(self, draft: Draft, made: Collection[Joined] = (), large: bool = False) -> None:
        """The kernel in its place: its taps that are ``made``, and places of the others; ``large`` when all are, and
        times their samples.
        """
        high, every = self.high if large else self.kernel, self.cone.shown
        y, width = self.middle if large else self.low, self.slot - min(12.0, 0.2 * self.slot)
        largest = max((abs(own.weight.value) for own in every), default=Fraction(1))
        texts = Sum(0, self.total, tuple(every)).terms if large else [own.weight.text for own in every]
        sizes = [size for size in (PARTIAL, 56.0, TEXT, 40.0, SMALL) if 1.3 * size < high]
        size = benches.fitting(width - 20, ["?", *texts] if self.is_written else ["?"], sizes or [SMALL])
        xs = [self.x(own.cell) for own in every]
        across = min(xs) - self.slot / 2 - 2, max(xs) + self.slot / 2 + 2
        pieces.card(draft, ("kernel",), *across, y - high / 2 - 6, y + high / 2 + 6, "kernel")
        if large:
            self.name(draft, ("kernel",), "one kernel", self.form.margin, y, size=self.form.small, role="kernel")
        for own, x, text in zip(every, xs, texts, strict=True):
            if own in made:
                key, box = ("joined", *own.cell), (x, y, width, high)
                self.tile(draft, key, own.weight, "kernel", box, largest, text, size)
            else:
                asked = plate("kernel", x - width / 2, y - high / 2, x + width / 2, y + high / 2, edge=1.0, light=0.0)
                draft.put("kernel", ("asked", *own.cell, "box"), asked.at(hollow=True, size=3, dash=14.0, radius=8.0))
                if wide("?", size) < 0.5 * width:
                    draft.put("kernel", ("asked", *own.cell, "digits"), words("?", x, y, size, "kernel"))

    @property
    def high(self) -> float:
        """How high the one kernel is when it is large."""
        room = self.low + self.kernel / 2 - self.top - 130
        return min(2.4 * self.row, room) if self.is_written else room

    @property
    def middle(self) -> float:
        """Where the middle of the one kernel is when it is large."""
        return self.low + self.kernel / 2 - self.high / 2

    def added(self, draft: Draft, own: Joined) -> None:
        """At the right how the numbers of a column add up to a tap, where all are seen and have room."""
        column, room = self.column(own), self.end - self.axis.right - 3 * GAP
        if not self.is_written or not 1 < own.paths == len(column):
            return
        said = phrases.added([piece.weight.text for piece in column], own.weight.text)
        said = benches.longest(room, [said, said.replace(" ", "")])
        if size := benches.fitting(room, [said], (PARTIAL, 60.0, TEXT, 40.0, SMALL, 0.0)):
            x, y = (self.axis.right + self.end) / 2, (self.top + self.last) / 2
            made = tuple((*piece.key, "bar") for piece in column)
            draft.put("added", ("added",), words(said, x, y, size, "kernel", made_of=made))

    def fall(self) -> list[Cue]:
        """How the rows fall into the one kernel, the lowest first, before it grows."""
        grows: tuple[Key, ...] = (("joined",), ("kernel",), ("name", "kernel"), self.key, ("name", "output"))
        cues, lasts = [Cue(grows, staging.MOVE + 1, 0.9)], min(0.6, 2.8 / max(1, len(self.rows)))
        for n, row in enumerate(reversed(self.rows)):
            cues.append(Cue((row.key, *(piece.key for piece in row.pieces)), staging.MOVE, lasts, after=n * lasts))
        return [*cues, Cue((("equals",), ("letters",)), staging.MOVE + 2)]

    def steps(self, draft: Draft, who: str) -> list[Cue]:
        """The one kernel at every step, a row each: tap times sample, the output, and what another answers."""
        every, step, cues, small = self.every, self.script.cell.step, list[Cue](), self.form.small
        field = self.whole()
        field.samples(draft)
        said = [text for own in every for text in own.terms]
        size = benches.fitting(field.slot - 32, said, (field.size, 40.0, SMALL))
        pitch = min(120.0, (field.bottom - field.top) / len(every))
        high, room = min(1.3 * field.row, pitch - 14), field.end - field.axis.right
        kinds: dict[int, Key] = {own.step: ("times", own.step) for own in every} | {step: ("joined",)}
        texts, ends = [own.output.text for own in every], (field.axis.right + 0.48 * room, field.end - 0.08 * room)
        large = benches.fitting(0.28 * room, texts, [field.larger, field.size, SMALL])
        many = phrases.count(self.level - self.base, "layer")
        named = benches.longest(room * SMALL / small, [f"{who}, {many}", who])
        draft.put("keras", ("keras", "name"), words(named, ends[1], field.top - 0.5 * NAMES, small, align=1))
        for place, own in enumerate(every):
            y, told = field.top + (place + 0.5) * pitch, own.step == step
            if told:
                field.name(draft, ("kernel",), "one kernel", field.form.margin, y, size=small, role="kernel")
            # The kernel slides on from the row that is nearer to the told one.
            near = every[place + (own.step < step) - (own.step > step)]
            for met, before, text in zip(own.joined, near.joined, own.terms, strict=True):
                tile, copy = (*kinds[own.step], *met.cell), (*kinds[near.step], *before.cell)
                box, number = (field.x(met.cell), y, field.slot - 6, high), met.weight._replace(about=None)
                look: dict[str, Any] = {} if told else {"copy_of": (*copy, "bar"), "z": -1 - motion.LIFT}
                field.tile(draft, tile, number, "kernel", box, Fraction(1), text, size, **look)
                if not told:
                    draft.change([(*tile, "digits")], copy_of=(*copy, "digits"))
            sign = ("equals",) if told else ("times", own.step, "sign")
            draft.put("times", sign, words("=", field.axis.right + 0.12 * room, y, field.size, "quiet"))
            key = self.cone.key(field.level, Cell(own.step, self.script.cell.channel))
            made = words(own.output.text, ends[0], y, large, "kernel", 1, about=own.output.about)
            draft.put("digits", (*key, "digits"), made)
            draft.put("keras", ("keras", own.step, "digits"), words(own.output.text, ends[1], y, large, align=1))
            beat = staging.ENTER + (own.step if own.step > step else step - own.step)
            cues.append(Cue((("times", own.step),), beat, 0.8, "down first"))
            cues.append(Cue((("times", own.step, "sign"), (*key, "digits"), ("keras", own.step)), beat, 0.3, after=0.6))
        for cell in {own.cell for own in field.seen} - {own.cell for own in self.cone.shown}:
            cues.append(Cue((self.cone.key(self.base, cell),), staging.MOVE, 0.4, after=0.5))
        cues.append(Cue((("keras", "name"),), staging.ENTER, 0.3))
        return [*cues, Cue((("joined",), ("equals",), ("name", "kernel"), (*self.key, "digits")), staging.MOVE, 0.9)]
