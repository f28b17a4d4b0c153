"""What stands around the rows of an output, and the one kernel that they fold into: asked for, and added up.

The rows are brackets: the next layer's numbers come before them and go into them. The one kernel waits below; then the
columns add up to it, and it gives with the samples what the rows gave. This module knows rows and pieces; which of it
stands on which board a story says.
"""

from __future__ import annotations

from typing import Any

from convexplain.board import motion, pieces, staging
from convexplain.board.marks import CARD, DIGIT, HERO, MINUS, PARTIAL, SMALL, TEXT, Cue, Draft, Key, Role, line, plate
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers.gathered import paced
from convexplain.stories.many_layers.tiled import GAP, LIE, NAMES, SIZES, Rows, fits
from convexplain.stories.many_layers.views import wide
from convexplain.stories.many_layers.walked import addend
from convexplain.stories.many_layers.ways import Joined, Row, Way

BELOW = 110.0
"""The room below the one kernel for its formula."""


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
        """The layers over their numbers, as far as these are there, and the kernels that the rows are until they are
        multiplied.
        """
        y, small = self.top - 0.75 * self.form.small, self.form.small
        said = self.layers(self.base + 1) if state == "multiplied" else f"layer {self.base + 1}"
        draft.put("layers", ("layer", "name"), words(said, self.axis.left, y, small, "quiet", -1))
        if state == "multiplied":
            return
        half, said = self.tap / 2, self.layers(self.base + 2)
        if state == "second":
            size = bench.fitting(self.beside + half - self.form.margin, [said], (small, SMALL))
            mark = words(said, self.beside + half, y, size, "quiet", 1, goes_into=("layer", "name"))
            draft.put("layers", ("layer", "second"), mark)
            pieces.card(draft, ("tap",), self.beside - half - 6, self.beside + half + 6, self.top, self.last, "output")
        left, said = self.form.margin, self.kernel_name
        size = bench.fitting(self.beside - half - left - GAP, [said], (small, SMALL, 0.0))
        for channel in sorted(self.first) if state == "sums" else ():
            ys = [y for row, y in zip(self.rows, self.places, strict=False) if row.channel == channel]
            if size and self.row * len(ys) > 28:
                y, role = sum(ys) / len(ys), self.role(channel)
                self.name(draft, ("channel", channel), said, left, y, size=size, role=role)
        if state == "second" and size and self.level - self.base == 2:
            self.name(draft, ("second",), said, left, (self.top + self.last) / 2, size=size, role="output")

    def before(self, draft: Draft) -> None:
        """The numbers of the next layer, one before each row in its bracket, and below each a copy for each tile."""
        size = min(bench.fitting(self.tap - 12, [row.weight.text for row in self.rows], SIZES), self.sized([]))
        scale = self.scale(self.tall, [row.weight for row in self.rows])
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
            by = words(f"{pieces.signed(row.weight.text)}·", x, y, size, align=-1, goes_into=made)
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

    def asked(self, draft: Draft, key: Key, role: Role, box: tuple[float, float, float, float], into: Key) -> None:
        """A place (x, y, width, height) for a number that is not found yet, which goes ``into`` it."""
        x, y, across, high = box
        mark = plate(role, x - across / 2, y - high / 2, x + across / 2, y + high / 2, edge=0.6, light=0.0, radius=8.0)
        mark = mark.at(hollow=True, size=3, dash=14.0, goes_into=(*into, "bar"))
        draft.put("asked", (*key, "box"), mark)

    def one(self, draft: Draft, y: float, is_found: bool = False) -> None:
        """The one kernel in its place at a height, with nothing but places for its numbers, or with these."""
        every, high = self.cone.shown, self.kernel
        xs, reach, half = [self.x(own.cell) for own in every], self.slot / 2 + 2, high / 2 + 6
        pieces.card(draft, ("joined",), min(xs) - reach, max(xs) + reach, y - half, y + half, "kernel")
        self.name(draft, ("kernel",), "one kernel", self.form.margin, y, size=self.form.small, role="kernel")
        width, texts = self.slot - min(12.0, 0.2 * self.slot), [own.weight.text if is_found else "?" for own in every]
        size = bench.fitting(width - 20, texts, [size for size in SIZES if 1.3 * size < high] or [SMALL])
        for own, x, text in zip(every, xs, texts, strict=True):
            key = ("joined", *own.cell)
            if is_found:
                self.tile(draft, key, own.weight, "kernel", (x, y, width, high), (0.0, 0.0), text, size)
                continue
            self.asked(draft, ("asked", *own.cell), "kernel", (x, y, width, high), key)
            if wide(text, size) < 0.5 * width:
                draft.put("kernel", ("asked", *own.cell, "digits"), words(text, x, y, size, "kernel"))

    def falls(self, draft: Draft) -> None:
        """Below each tile a copy, which falls into the number of the one kernel that it is part of."""
        for piece in (piece for row in self.rows for piece in row.pieces if self.is_written and piece.weight.value):
            mark = draft.marks[*piece.key, "bar"].at(goes_into=("joined", *piece.cells[0], "bar"), z=1 - motion.LIFT)
            draft.put("falls", ("fall", *piece.key[1:], "bar"), mark)

    def columns(self, draft: Draft, told: Joined) -> float:
        """What meets the same sample is a column, the ``told`` one brighter; below each is what it adds up to. Returns
        the height of the output beside them.
        """
        self.samples(draft)
        self.strips(draft, "columns")
        for own in self.cone.shown:
            x, across, y = self.x(own.cell), self.slot / 2, self.low - self.kernel / 2 - self.apart / 2
            face = plate("sample", x - across, self.top - NAMES + 16, x + across, y - 12, radius=10.0, z=-3)
            draft.put("columns", ("column", *own.cell), face.at(light=(2 if own == told else 0.6) * CARD))
            draft.put("columns", ("column", *own.cell, "rule"), line("quiet", x - across, y, x + across, y, size=3))
        self.one(draft, self.low, True)
        return self.low

    def _stack(self, own: Joined) -> list[tuple[Key, Number, Role]]:
        """What a column adds up, first those above zero, so that they climb and then come down."""
        stack = [(piece.key, piece.weight, self.role(piece.cells[1].channel)) for piece in self.column(own)]
        if rest := own.weight.value - sum(number.value for _, number, _ in stack):
            stack.append((("way", "rest", *own.cell), Number(rest, ""), "bias"))
        return sorted(stack, key=lambda one: one[1].value < 0)

    def bars(self, draft: Draft, stacked: bool = False) -> float:
        """The one kernel as bars under its samples; ``stacked``, each beside its addends, which stand one on the other
        in two lanes. Returns the height of the output beside it: that of its line where the formula leaves room.
        """
        self.samples(draft)
        every = self.cone.shown
        stacks = {own: self._stack(own) if stacked else [] for own in every}
        reached = [level for stack in stacks.values() for level in bench.levels(n.value for _, n, _ in stack)]
        up, down = bench.extent(values := [*reached, *(own.weight.value for own in every)])
        top, low = self.top + 16, self.bottom - BELOW * (not stacked)
        unit, bricks = bench.unit_of(low - top, up + down, values, 80.0), bench.whole(values)
        foot, pitch = (top + low + (up - down) * unit) / 2, self.slot / 3.3
        pieces.baseline(draft, ("kernel",), self.axis.left, self.axis.right, foot)
        self.name(draft, ("kernel",), "one kernel", self.form.margin, foot, size=self.form.small, role="kernel")
        width = 0.84 * pitch if stacked else min(140.0, 0.56 * self.slot)
        for own, stack in stacks.items():
            x = self.x(own.cell)
            steps = [(*one, x - pitch * (one[1].value >= 0)) for one in stack]
            pieces.staircase(draft, steps, foot, unit, width, size=0, bricks=bricks)
            draft.change([(*key, "bar") for key, number, _ in stack if number.value < 0], light=MINUS)
            x += pitch * bool(stack)
            pieces.column(draft, ("joined", *own.cell), own.weight, x, foot, width, unit, "kernel", bricks)
        return min(foot, low - 0.4 * HERO)

    def products(self, draft: Draft) -> float:
        """The one kernel under its samples, and under each what the two give, head to tail, in one unit where these are
        not too many. Returns the height of the output: that of the last step where the formula leaves room.
        """
        shown, y, high = self.cone.shown, self.top + self.kernel / 2 + 6, DIGIT * self.size + pieces.ABOVE
        self.one(draft, y, True)
        top, low = y + self.kernel / 2 + 32 + high, self.bottom - BELOW
        up, down = bench.extent(reached := bench.levels(own.product.value for own in shown))
        unit = min(bench.unit_of(low - top, up + down, reached, 80.0), self.unit)
        self.samples(draft, unit if unit > self.unit / 3 else self.unit)
        foot, size = (top + low + (up - down) * unit) / 2, bench.fitting(self.slot - 8, ["+00"], (self.size, SMALL))
        steps = [(("times", *own.cell), own.product, "kernel", self.x(own.cell)) for own in shown]
        pieces.baseline(draft, ("times",), self.axis.left, self.axis.right, foot)
        until, width = self.sums - 2 * GAP - wide(self.sign, self.larger), min(140.0, 0.56 * self.slot)
        pieces.staircase(draft, steps, foot, unit, width, size=size, bricks=bench.whole(reached), until=until)
        return min(max(foot - float(reached[-1]) * unit, top), low - 0.4 * HERO)

    def adds(self, told: Joined) -> list[Cue]:
        """How columns add up, the ``told`` one first: one addend after the other, then what they give."""
        others = [own for own in self.cone.shown if own is not told]
        cues = [Cue((("column",),), staging.MOVE, 0.6, "fade")]
        part, how = ("fall", "fade") if self.is_written else ("way", "")
        for own, beat, lasts in paced([told, *others], 2.0):
            stack, each = self._stack(own), 0.4 * lasts
            for place, (key, *_) in enumerate(stack):
                late = (lasts - each) * place / max(1, len(stack) - 1)
                cues.append(Cue(((part, *key[1:]),), beat, each, after=late))
            cues.append(Cue((("joined", *own.cell), ("asked", *own.cell)), beat, each, how, after=0.9 * lasts))
        return cues

    def grows(self) -> list[Cue]:
        """How the one kernel is left: its columns go, and it comes to its inputs; last comes its formula."""
        last = staging.ENTER + len(self.cone.shown)
        cues = [Cue((("way",), ("layer",), ("column",)), staging.MOVE, 0.9)]
        cues.append(Cue((("joined",), ("baseline", "kernel"), ("name",), self.key), staging.MOVE, 1.2, after=0.2))
        cues.append(Cue((("letters",), ("name", "letters")), last, 0.5))
        cues.append(Cue((("letters", "x"), ("baseline", "times")), staging.MOVE, 0.5, "fade", after=0.5))
        for own, beat, lasts in paced(self.cone.shown, 0.8):
            cues.append(Cue((("times", *own.cell), ("letters", *own.cell)), beat, lasts))
        return cues

    def letters(self, draft: Draft) -> None:
        """The output as a formula, in columns under the one kernel where it fits these, and how it calls the samples;
        of many the ends.
        """
        shown, layer, y = self.cone.shown, self.script.layer, self.bottom - BELOW / 2
        called, made = [self.letter(self.base, own.cell) for own in shown], self.letter(self.level, self.script.cell)
        xs = [self.x(own.cell) for own in shown]
        is_wide = bench.fitting(self.slot - 8, called, (self.form.small, 0.0)) or len(shown) == 1
        for x, text in list(zip(xs, called, strict=True))[:: 1 if is_wide else max(2, len(shown) - 1)]:
            mark = words(text, x, self.top - NAMES / 2, self.form.small, "quiet")
            draft.put("letters", ("letters", "x", text), mark)
        every = [f"{addend(own.weight)}·{text}" for own, text in zip(shown, called, strict=True)]
        if self.is_written and fits(self.slot - 8, every):
            size = min(bench.fitting(self.slot - 8, every, SIZES), self.larger)
            for own, x, text in zip(shown, xs, every, strict=True):
                draft.put("letters", ("letters", *own.cell), words(text, x, y, size))
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
