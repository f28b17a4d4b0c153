"""What stands around the rows of an output, and the one kernel that they fold into: asked for, and added up.

The rows are brackets: the next layer's numbers come before them and go into them. The one kernel waits below; then the
columns become staircases, and what these end at is the one kernel. This module knows rows and pieces; which of it
stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cached_property
from typing import Any

from convexplain.board import motion, pieces, staging
from convexplain.board.marks import CARD, DIGIT, HERO, MINUS, PARTIAL, SMALL, TEXT, Cue, Draft, Key, Role, line, plate
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers.gathered import paced
from convexplain.stories.many_layers.tiled import GAP, LIE, NAMES, SIZES, Row, Rows, fits
from convexplain.stories.many_layers.views import wide
from convexplain.stories.many_layers.walked import addend
from convexplain.stories.many_layers.ways import Joined, Way

STEPS, BELOW = 7, 110.0
"""From how many addends on they have no step of a staircase each, and the room below the one kernel for its formula."""


class Folded(Rows):
    """Rows that fold into one kernel."""

    # the layers

    def layers(self, first: int) -> str:
        """All from one on: ``layer 2``, ``layers 2 and 3``, ``layers 2 to 4``."""
        between = "and" if self.level - first == 1 else "to"
        return f"layers {first} {between} {self.level}" if self.level > first else f"layer {first}"

    def box(self, draft: Draft) -> None:
        """The layers as one box that nobody has looked into."""
        left, right = self.left - self.brace, self.axis.right + self.brace
        card = plate("sample", left, self.top, right, self.last, light=0.5 * CARD, z=-4)
        draft.put("layers", ("layer", "card"), card)
        said = self.layers(self.base + 1)
        size = bench.fitting(card.width - 16, [said], (TEXT, SMALL))
        draft.put("layers", ("layer", "name"), words(said, card.x, card.y, size, "quiet"))

    def names(self, draft: Draft, state: str) -> None:
        """The layers over their numbers, and the kernels that the rows are, where they are several."""
        y, small = self.top - 0.75 * self.form.small, self.form.small
        said = self.layers(self.base + 1) if state == "multiplied" else f"layer {self.base + 1}"
        draft.put("layers", ("layer", "name"), words(said, self.axis.left, y, small, "quiet", -1))
        if state == "second":
            right, said = self.beside + self.tap / 2, self.layers(self.base + 2)
            size = bench.fitting(right - self.form.margin, [said], (small, SMALL))
            mark = words(said, right, y, size, "quiet", 1, goes_into=("layer", "name"))
            draft.put("layers", ("layer", "second"), mark)
        for channel in sorted(self.first) if len(self.first) > 1 else ():
            ys = [y for row, y in zip(self.rows, self.places, strict=False) if row.channel == channel]
            text, room = f"{self.kernel_name} {channel}", self.beside - self.tap / 2 - self.form.margin - GAP
            size = bench.fitting(room, [text], [small, SMALL, 0.0])
            if size and self.row * len(ys) > 28:
                role = self.role(channel)
                self.name(draft, ("channel", channel), text, self.form.margin, sum(ys) / len(ys), size=size, role=role)

    def before(self, draft: Draft) -> None:
        """The numbers of the next layer, one before each row in its bracket, and below each a copy for each tile."""
        size = min(bench.fitting(self.tap - 12, [row.weight.text for row in self.rows], SIZES), self.sized([]))
        scale, half = self.scale(self.tall, [row.weight for row in self.rows]), self.tap / 2 + 6
        card = plate("output", self.beside - half, self.top, self.beside + half, self.last, light=CARD, z=-4)
        draft.put("layers", ("tap", "card"), card)
        for row, y in zip(self.rows, self.places, strict=False):
            for n, piece in enumerate([None, *row.pieces]):
                # Copies, small ones where there are few, fly over tiles, below what these say.
                share = 0.5 if piece and self.is_written else 1.0
                look: dict[str, Any] = {"goes_into": (*piece.key, "bar"), "z": 1 - motion.LIFT} if piece else {}
                key, box = ("tap", *row.at, n), (self.beside, y, share * self.tap, share * self.tall)
                self.tile(draft, key, row.weight, "output", box, scale, "" if piece else row.weight.text, size, **look)
            for side, x in ((1, self.left - self.brace / 2), (-1, self.close)) if self.is_written else ():
                half, end, bend = self.row / 2, x + 0.2 * side * self.brace, x - 0.4 * side * self.brace
                points = (end, y - half, bend, y - half / 2, bend, y + half / 2, end, y + half)
                draft.put("rows", ("bracket", *row.at, side), line("ink", *points, size=4, curve=True))

    def given(self, draft: Draft, state: str) -> None:
        """What each row adds up to, what the next layer makes of it, and, at last, what it gives the output."""
        inner = [row.inner for row in self.rows]
        products = [row.product._replace(text=pieces.signed(row.product.text)) for row in self.rows]
        for row, product, y in zip(self.rows, products, self.places, strict=False):
            if self.is_written:
                self._write(draft, row, y, state)
                continue
            if state != "multiplied":
                self._lie(draft, row.key, row.inner, inner, (self.sums, y), row.pieces[-1].key if row.pieces else ())
            if state != "sums":
                self._lie(draft, ("product", *row.at), product, products, (self.out, y), ("tap", *row.at, 0))
        if state != "sums":
            self._added(draft)

    def _write(self, draft: Draft, row: Row, y: float, state: str) -> None:
        """What a row gives, as an equation: its bias in the bracket, ``=``, the sum, its factor before it; or both."""
        key, x, size = row.key, self.sums, self.size
        draft.put("sums", (*key, "equals"), words("=", x - GAP, y, size, "quiet", 1))
        if bias := self.bias(row, state == "multiplied"):
            draft.put("sums", (*key, "bias"), words(bias, self.close - GAP, y, size, "quiet", 1))
        made: Key = ("product", *row.at, "digits")
        if state == "multiplied":
            said = pieces.signed(row.product.text)
            draft.put("sums", made, words(said, x, y, size, align=-1, about=row.product.about))
            return
        said = phrases.times(row.inner) if state == "second" else row.inner.text
        if state == "second":
            by = words(f"{row.weight.text}·", x, y, size, align=-1, goes_into=made)
            draft.put("sums", ("by", *row.at, "digits"), by.at(copy_of=("tap", *row.at, 0, "digits")))
            x = by.right
        mark = words(said, x, y, size, self.role(row.channel), -1, about=row.inner.about, goes_into=made)
        draft.put("sums", (*key, "digits"), mark)

    def _lie(
        self, draft: Draft, key: Key, number: Number, like: list[Number], at: tuple[float, float], tile: Key
    ) -> None:  # fmt: skip
        """A number that ends at a place as a bar, as large as among others like it, which comes out of one."""
        (right, y), width = at, 0.16 * self.aside
        box = right - width / 2, y, width, min(LIE, 0.9 * self.row)
        self.tile(draft, key, number, self.role(key[2]), box, self.scale(box[3], like), copy_of=(*tile, "bar"))

    def _added(self, draft: Draft) -> None:
        """The rule under what gives the output: the rows, others and the biases."""
        x, align = (self.sums, -1) if self.is_written else (self.out, 1)
        for (part, number, _), y in zip(self.rest, self.places[len(self.rows) :], strict=False):
            mark = words(addend(number), x, y, SMALL, align=align, about=number.about)
            draft.put("rest", (*part, "digits"), mark)
            said = f"{self.count - len(self.rows):,} more" if part == ("rest",) else "bias"
            pieces.note(draft, part, said, mark.left - GAP, y, 1)
        left, y = x - GAP if self.is_written else x - 0.24 * self.aside, self.low - self.kernel / 2 - self.apart / 2
        draft.put("sums", ("product", "rule"), line("quiet", left, y, self.out, y, size=3))

    def output(self, draft: Draft, y: float | None = None, is_equal: bool = False) -> None:
        """The output below what it is the sum of, or at a height; before it its name, or, where the one kernel that
        ``is_equal`` to it is written, the sign between them.
        """
        text, is_equal, y = self.total.text, is_equal and self.is_written, self.low if y is None else y
        key: Key = ("equals",) if is_equal else ("name", "output")
        before, at = (self.sign, self.larger) if is_equal else (self.noun, self.form.small)
        x, align = (self.sums, -1) if self.is_written else (self.out, 1)
        room = self.out - (self.sums if self.is_written else self.axis.right + wide(before, at) + 3 * GAP)
        size = bench.fitting(room, [text], (*[HERO] * is_equal, self.larger, TEXT, SMALL))
        mark = words(text, x, y, size, align=align, about=self.total.about)
        draft.put("output", (*self.key, "digits"), mark)
        draft.put("output", key, words(before, mark.left - GAP, y, at, "quiet", 1))

    # the one kernel

    def column(self, own: Joined) -> list[Way]:
        """The tiles under a sample that add something, from the highest row down."""
        every = (piece for row in self.rows for piece in row.pieces if piece.cells[0] == own.cell)
        return [piece for piece in every if piece.weight.value]

    @cached_property
    def is_many(self) -> bool:
        """Whether some column has so many addends that those of each sign stand one on the other."""
        return max(len(self.column(own)) for own in self.cone.shown) >= STEPS

    def asked(self, draft: Draft) -> None:
        """The one kernel in its place under the rows, with nothing but places for its numbers."""
        every, high, y = self.cone.shown, self.kernel, self.low
        xs, reach, half = [self.x(own.cell) for own in every], self.slot / 2 + 2, high / 2 + 6
        pieces.card(draft, ("asked",), min(xs) - reach, max(xs) + reach, y - half, y + half, "kernel")
        self.name(draft, ("kernel",), "one kernel", self.form.margin, y, size=self.form.small, role="kernel")
        width = self.slot - min(12.0, 0.2 * self.slot)
        size = bench.fitting(width - 20, ["?"], [size for size in SIZES if 1.3 * size < high] or [SMALL])
        for own, x in zip(every, xs, strict=True):
            box = plate("kernel", x - width / 2, y - high / 2, x + width / 2, y + high / 2, edge=1.0, light=0.0)
            box = box.at(hollow=True, size=3, dash=14.0, radius=8.0, goes_into=("joined", *own.cell, "bar"))
            draft.put("kernel", ("asked", *own.cell, "box"), box)
            if wide("?", size) < 0.5 * width:
                draft.put("kernel", ("asked", *own.cell, "digits"), words("?", x, y, size, "kernel"))

    def _stack(self, own: Joined) -> list[tuple[Key, Number, Role]]:
        """What a column adds up; with many addends first those above zero, so that they climb and then come down."""
        stack = [(piece.key, piece.weight, self.role(piece.cells[1].channel)) for piece in self.column(own)]
        if rest := own.weight.value - sum(number.value for _, number, _ in stack):
            stack.append((("way", "rest", *own.cell), Number(rest, ""), "bias"))
        return sorted(stack, key=lambda one: one[1].value < 0) if self.is_many else stack

    def lay_kernel(self, draft: Draft, stacked: bool = False) -> float:
        """The one kernel under its samples, times these; ``stacked``, each number at the end of its staircase. Returns
        the height of the output beside it: that of its line where the formula leaves room.
        """
        every = self.cone.shown
        stacks = {own: self._stack(own) if stacked else [] for own in every}
        reached = [level for stack in stacks.values() for level in bench.levels(n.value for _, n, _ in stack)]
        up, down = bench.extent(values := [*reached, *(own.weight.value for own in every)])
        most, size = max(map(len, stacks.values())), (TEXT if not stacked else self.form.small) * self.is_written
        top, low = self.top + 16 + (DIGIT * size + pieces.ABOVE) * self.is_written, self.bottom - BELOW * (not stacked)
        unit = bench.unit_of(low - top, up + down, values, 80.0)
        foot, bricks = (top + low + (up - down) * unit) / 2, bench.whole(values)
        pieces.baseline(draft, ("kernel",), self.axis.left, self.axis.right, foot)
        self.name(draft, ("kernel",), "one kernel", self.form.margin, foot, size=self.form.small, role="kernel")
        pitch = self.slot / (3.3 if self.is_many else most + 2)
        width = 0.84 * pitch if stacked else min(140.0, 0.56 * self.slot)
        for own, stack in stacks.items():
            *xs, x = self._places(own, stack, pitch)
            small = bench.fitting(pitch - 4, [addend(n) for _, n, _ in stack], (self.form.small, SMALL, 0.0))
            steps, small = [(*one, x) for one, x in zip(stack, xs, strict=True)], small * self.is_written
            pieces.staircase(draft, steps, foot, unit, width, size=small, bricks=bricks)
            for key, number, _ in stack:
                draft.change(
                    [own for own in [(*key, "digits")] if own in draft.marks], about=None
                )  # not in all formats
                draft.change([(*key, "bar")] * (self.is_many and number.value < 0), light=MINUS)
            pieces.column(draft, ("joined", *own.cell), own.weight, x, foot, width, unit, "kernel", bricks)
            if self.is_written:
                self._say(draft, own, [key for key, *_ in stack])
        return min(foot, low - 0.4 * HERO)

    def _places(self, own: Joined, stack: Sequence[Any], pitch: float) -> list[float]:
        """Where the addends of a column stand, each in a slot of its own, or in two lanes; and last their sum."""
        x, many = self.x(own.cell), len(stack)
        if self.is_many or not many:
            return [*(x - pitch * (number.value >= 0) for _, number, _ in stack), x + pitch * bool(many)]
        first = x - (many / 2 + 0.25) * pitch
        return [first + pitch * place for place in (*range(many), many + 0.5)]

    def _say(self, draft: Draft, own: Joined, beside: Collection[Key]) -> None:
        """A number of the one kernel, over the bars ``beside`` it; where there are none, times its sample."""
        key, size = ("joined", *own.cell), bench.fitting(self.slot / 2, ["+00"], (TEXT, SMALL))
        mark = pieces.digits(draft, key, addend(own.weight), size, "kernel")
        if beside:
            pieces.lift(draft, [*beside, key])
            return
        times = words(f"·{phrases.times(own.sample)}", 0, mark.y, size, rides=(*key, "bar"))
        draft.change([(*key, "digits")], x=mark.x - times.width / 2)
        sample = (*self.cone.key(self.base, own.cell), "digits")
        draft.put("digits", (*key, "sample"), times.at(x=mark.x + mark.width / 2, copy_of=sample))

    def stacks(self, told: Joined) -> list[Cue]:
        """How columns become staircases, the ``told`` one first: one addend after the other, then what they end at."""
        others = [own for own in self.cone.shown if own is not told]
        cues = [Cue((("row",), ("name", "channel")), staging.MOVE, 0.6)]
        cues.append(
            Cue(tuple((*row.key, part) for row in self.rows for part in ("equals", "bias")), staging.LEAVE, 0.4)
        )
        for own, beat, lasts in paced([told, *others], 2.4, staging.MOVE):
            stack, each = self._stack(own), 0.4 * lasts
            for place, (key, *_) in enumerate(stack):
                late = (lasts - each) * place / max(1, len(stack) - 1)
                cues.append(Cue((key,), beat, each, after=late))
            result = ("joined", *own.cell), ("asked", *own.cell)
            cues.append(Cue(result, beat, each, after=lasts))
        return cues

    def grows(self) -> list[Cue]:
        """How the one kernel is left: its staircases go, and then it stands in their place; last comes its formula."""
        cues = [Cue((("way",), ("layer",)), staging.MOVE, 0.9)]
        written = ((*piece.key, "digits") for row in self.rows for piece in row.pieces)
        cues.append(Cue(tuple(written), staging.LEAVE, 0.4))
        cues.append(Cue((("joined",), ("baseline",), ("name",), self.key), staging.MOVE, 1.4))
        names = ("letters", "x"), ("name", "letters")
        cues += [Cue((("letters",),), staging.ENTER + 2, 0.5), Cue(names, staging.ENTER, 0.5)]
        for own in self.cone.shown:
            cues.append(Cue((("joined", *own.cell, "sample"),), staging.ENTER, 0.8))
            cues.append(Cue((("letters", *own.cell, "factor"),), staging.ENTER + 1, 0.8))
        return cues

    def letters(self, draft: Draft) -> None:
        """The output as a formula, in columns under the one kernel where it fits these, and how it calls the samples;
        of many the ends.
        """
        shown, layer, y = self.cone.shown, self.script.layer, self.bottom - BELOW / 2
        called, made = [self.letter(self.base, own.cell) for own in shown], self.letter(self.level, self.script.cell)
        xs = [self.x(own.cell) for own in shown]
        is_wide = bench.fitting(self.slot - 8, called, (self.form.small, 0.0)) or len(shown) == 1
        for x, text in list(zip(xs, called, strict=True))[:: 1 if is_wide else len(shown) - 1]:
            mark = words(text, x, self.top - NAMES / 2, self.form.small, "quiet")
            draft.put("letters", ("letters", "x", text), mark)
        every = [f"{addend(own.weight)}·{text}" for own, text in zip(shown, called, strict=True)]
        if self.is_written and fits(self.slot - 8, every):
            size = min(bench.fitting(self.slot - 8, every, SIZES), self.larger)
            for own, x, text, name in zip(shown, xs, every, called, strict=True):
                key, factor = ("letters", *own.cell), text.removesuffix(f"·{name}")
                mark = words(factor, x - wide(text, size) / 2, y, size, align=-1)
                draft.put("letters", (*key, "factor"), mark.at(copy_of=("joined", *own.cell, "digits")))
                draft.put("letters", (*key, "name"), words(f"·{name}", mark.right, y, size, align=-1))
            draft.put("letters", ("letters", "sign"), words(self.sign, self.sums - GAP, y, size, align=1))
            draft.put("letters", ("letters",), words(made, self.sums, y, size, align=-1))
            self.name(draft, ("letters",), "formula", self.form.margin, y, size=self.form.small, role="quiet")
            return
        addends = [f"{own.weight.text}·{text}" for own, text in zip(shown, called, strict=True)]
        bias = [number.text for key, number, _ in self.cone.rest if key == ("bias",)]
        many = [[*addends, *bias]] * (len(shown) == len(self.cone.ways.joined))
        many += [[*addends[:n], "⋯", *addends[max(n, len(addends) - 1) :], *bias] for n in (2, 1)] + [[addends[0], "⋯"]]
        every, act = [phrases.added(some, made) for some in many], layer.activation
        every = every if layer.is_linear else [f"{act}({said.replace(' =', ') =')}" for said in every]
        said = bench.longest((room := self.end - self.form.margin) * SMALL / TEXT, every)
        size = bench.fitting(room, [said], (PARTIAL, 56.0, TEXT, SMALL))
        x = min(self.axis.left, self.end - wide(said, size))
        draft.put("letters", ("letters",), words(said, x, y, size, align=-1))
