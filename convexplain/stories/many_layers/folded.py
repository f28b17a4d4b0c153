"""What stands around the rows of an output, and the one kernel that they fold into: asked for, and added up.

What rows give the next layer's kernels lie on; then their numbers come after the rows, which are brackets, and go into
these. The one kernel waits below; then the columns add up to it, and it gives with the samples what the rows gave. This
module knows rows and pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Sequence

from convexplain.board import pieces, staging
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
        """The first layer and the next ones as boxes, which say what a layer does."""
        left, right, small = self.left - self.brace, self.axis.right + self.brace, self.form.small
        every = [("name", f"layer {self.base + 1}"), ("second", self.layers(self.base + 2))][: 1 + bool(self.rows)]
        high = (self.last - self.top) / len(every)
        for place, (key, said) in enumerate(every):
            top, does = self.top + high * place, "multiply by kernels, add up"
            card = plate("sample", left, top, right, top + high - GAP, light=0.5 * CARD, z=-4)
            draft.put("layers", ("layer", key, "card"), card)
            size = bench.fitting(card.width - 2 * GAP, [whole := f"{said}:  {does}"], (TEXT, small, SMALL))
            x = wide(whole, size) / 2
            draft.put("layers", ("layer", key), words(said, card.x - x, card.y, size, "quiet", -1))
            draft.put("layers", ("layer", key, "does"), words(does, card.x + x, card.y, size, align=1))

    def names(self, draft: Draft, state: str) -> None:
        """The layers over their numbers, as far as these are there, and the kernels that rows are at first."""
        y, small, left = self.top - 0.75 * self.form.small, self.form.small, self.form.margin
        said = self.layers(self.base + 1) if state == "multiplied" else f"layer {self.base + 1}"
        draft.put("layers", ("layer", "name"), words(said, self.axis.left, y, small, "quiet", -1))
        if state in ("second", "factors"):
            x, align = (self.beside, -1) if self.is_written else (self.factor, 1)
            said = f"kernels of {self.layers(self.base + 2)}" if self.is_written else self.layers(self.base + 2)
            mark = words(said, x, y, small, "quiet", align, goes_into=("layer", "name"))
            draft.put("layers", ("layer", "second"), mark)
        size = bench.fitting(self.left - left - GAP, [self.kernel_name], (small, SMALL, 0.0))
        for channel, rows in self.kernels.items() if state != "multiplied" else ():
            if size and self.row * len(rows) > 28:
                key, role = ("channel", channel), self.role(channel)
                self.name(draft, key, self.kernel_name, left, self.middle[channel], size=size, role=role)

    def given(self, draft: Draft, state: str) -> None:
        """What each row adds up to, what the next layer makes of it, and, at last, what it gives the output."""
        for row, y in zip(self.rows, self.places, strict=False):
            (self._write if self.is_written else self._lie)(draft, row, y, state)
        for channel, rows in self.kernels.items() if self.is_written and state == "second" else ():
            self._lay_next(draft, channel, rows)
        if state != "sums":
            self._added(draft)

    def _lay_next(self, draft: Draft, channel: int, rows: Sequence[Row]) -> None:
        """A kernel of the next layer on what the rows of a channel give."""
        across, role = (self.end - self.beside) / self.most, self.role(channel)
        for place, row in enumerate(rows):
            key = self._tap(draft, row, self.beside + across * (place + 0.5), self.middle[channel], across - 12)
            self.meets(draft, key, row.inner, (*row.key, "digits"), role)

    def _tap(self, draft: Draft, row: Row, x: float, y: float, width: float) -> Key:
        """The number of the next layer that multiplies a row as a tile about a point. Returns its key."""
        key, box, size = ("tap", *row.at), (x, y, width, self.tall), min(self.size, self.sized([]))
        self.tile(draft, key, row.weight, "output", box, (0.0, 0.0), row.weight.text, size)
        return key

    def _write(self, draft: Draft, row: Row, y: float, state: str) -> None:
        """What a row gives, as an equation: its bias in the bracket, its factor after that, ``=``, the sum."""
        x, size, made = self.sums, self.size, row.product
        if state == "second":
            return
        mark = words(pieces.signed(made.text), x, y, size, align=-1, about=made.about)
        if state == "sums":
            mark = words(row.inner.text, x, y, size, self.role(row.channel), -1, about=row.inner.about)
        draft.put("sums", (*(row.key if state == "sums" else ("product", *row.at)), "digits"), mark)
        draft.put("sums", (*row.key, "equals"), words("=", x - GAP, y, size, "quiet", 1))
        if bias := self.bias(row, state == "multiplied"):
            draft.put("sums", (*row.key, "bias"), words(bias, self.close - GAP, y, size, "quiet", 1))
        if state == "factors":
            self._tap(draft, row, self.factor, y, self.tap)
            draft.put("sums", ("by", *row.at), words("·", self.factor - self.tap / 2 - 10, y, size, "quiet"))
        for side, x in ((1, self.left - self.brace / 2), (-1, self.close)) if state == "factors" else ():
            half, end, bend = self.row / 2, x + 0.2 * side * self.brace, x - 0.4 * side * self.brace
            points = (end, y - half, bend, y - half / 2, bend, y + half / 2, end, y + half)
            draft.put("rows", ("bracket", *row.at, side), line("ink", *points, size=4, curve=True))

    def _lie(self, draft: Draft, row: Row, y: float, state: str) -> None:
        """What a row gives, as bars: its sum, its factor and the product, each as large as among others like it."""
        tap, made, width, high = ("tap", *row.at), ("product", *row.at), 0.16 * self.aside, min(LIE, 0.9 * self.row)
        every = [("inner", row.key, self.sums), ("weight", tap, self.factor), ("product", made, self.end)]
        origins = {made: tap, row.key: row.pieces[-1].key if row.pieces else ()}
        for kind, key, right in {"sums": every[:1], "second": every}.get(state, every[2:]):
            role, box = "output" if key == tap else self.role(row.channel), (right - width / 2, y, width, high)
            scale = self.scale(high, [getattr(other, kind) for other in self.rows])
            self.tile(draft, key, getattr(row, kind), role, box, scale, copy_of=(*origins.get(key, ()), "bar"))

    def _added(self, draft: Draft) -> None:
        """The rule under what gives the output: the rows, others and the biases."""
        x, align = (self.sums, -1) if self.is_written else (self.end, 1)
        for (part, number, _), y in zip(self.rest, self.places[len(self.rows) :], strict=False):
            mark = words(addend(number), x, y, SMALL, align=align, about=number.about)
            draft.put("rest", (*part, "digits"), mark)
            said = f"{self.count - len(self.rows):,} more" if part == ("rest",) else "bias"
            pieces.note(draft, part, said, mark.left - GAP, y, 1)
        left, y = self.beside if self.is_written else x - 0.24 * self.aside, 2 * self.made - self.last
        draft.put("sums", ("product", "rule"), line("quiet", left, y, self.end, y, size=3))

    def output(self, draft: Draft, y: float | None = None, is_equal: bool = False) -> None:
        """The output below what it is the sum of, or at a height ``y``; before it its name, or, where the one kernel
        that ``is_equal`` to it is written, the sign between them.
        """
        text, is_equal, y = self.total.text, is_equal and self.is_written, self.made if y is None else y
        key: Key = ("equals",) if is_equal else ("name", "output")
        before, at = (self.sign, self.larger) if is_equal else (self.noun, self.form.small)
        x, align = (self.sums, -1) if self.is_written else (self.end, 1)
        room = self.end - (self.sums if self.is_written else self.axis.right + wide(before, at) + 3 * GAP)
        size = bench.fitting(room, [text], (*[HERO] * is_equal, self.larger, TEXT, SMALL))
        mark = words(text, x, y, size, align=align, about=self.total.about)
        draft.put("output", (*self.key, "digits"), mark)
        draft.put("output", key, words(before, mark.left - GAP, y, at, "quiet", 1))

    # the one kernel

    def column(self, own: Joined) -> list[Way]:
        """The tiles under a sample that add something, from the highest row down."""
        every = (piece for row in self.rows for piece in row.pieces if piece.cells[0] == own.cell)
        return [piece for piece in every if piece.weight.value]

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
            left, top, look = x - width / 2, y - high / 2, dict(edge=0.6, light=0.0, radius=8.0, hollow=True)
            mark = plate("kernel", left, top, left + width, top + high, size=3, dash=14.0, **look)
            draft.put("asked", ("asked", *own.cell, "box"), mark.at(goes_into=(*key, "bar")))
            if wide(text, size) < 0.5 * width:
                draft.put("kernel", ("asked", *own.cell, "digits"), words(text, x, y, size, "kernel"))

    def columns(self, draft: Draft, told: Joined) -> float:
        """What meets the same sample is a column, the ``told`` one lit; below each is what it adds up to. Returns the
        height of the output.
        """
        self.samples(draft)
        self.strips(draft, "columns", told.cell)
        for own in self.cone.shown:
            x, across, y = self.x(own.cell), self.slot / 2, self.low - self.kernel / 2 - self.apart / 2
            face = plate("sample", x - across, self.top - NAMES + 16, x + across, y - 12, radius=10.0, z=-3)
            draft.put("columns", ("column", *own.cell), face.at(light=(2 if own == told else 0.6) * CARD))
            draft.put("columns", ("column", *own.cell, "rule"), line("quiet", x - across, y, x + across, y, size=3))
        self.one(draft, self.low, True)
        return self.made

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
        top, low = y + self.kernel / 2 + 24 + high, self.bottom - BELOW - high
        up, down = bench.extent(reached := bench.levels(own.product.value for own in shown))
        unit = min(bench.unit_of(low - top, up + down, reached, 80.0), self.unit)
        self.samples(draft, unit if unit > self.unit / 3 else self.unit)
        foot, size = (top + low + (up - down) * unit) / 2, bench.fitting(self.slot - 8, ["+00"], (self.size, SMALL))
        steps = [(("times", *own.cell), own.product, "kernel", self.x(own.cell)) for own in shown]
        pieces.baseline(draft, ("times",), self.axis.left, self.axis.right, foot)
        until, width = self.sums - 2 * GAP - wide(self.sign, self.larger), min(140.0, 0.56 * self.slot)
        pieces.staircase(draft, steps, foot, unit, width, size=size, bricks=bench.whole(reached), until=until)
        for key in (step[0] for step in steps if step[1].value < 0):  # it says at its end how far it goes
            draft.marks.pop((*key, "down"), None)
            draft.change([(*key, "digits")], y=draft.marks[*key, "bar"].bottom + high - DIGIT * size / 2)
        return min(max(foot - float(reached[-1]) * unit, top), low - 0.4 * HERO)

    def adds(self, told: Joined) -> list[Cue]:
        """How columns add up, the ``told`` one first: one addend after the other, then what they give."""
        others = [own for own in self.cone.shown if own is not told]
        cues = [Cue((("column",),), staging.MOVE, 0.6, "fade")]
        for own, beat, lasts in paced([told, *others], 2.0):
            stack, each = [] if self.is_written else self._stack(own), 0.4 * lasts
            for place, (key, *_) in enumerate(stack):
                late = (lasts - each) * place / max(1, len(stack) - 1)
                cues.append(Cue((key,), beat, each, after=late))
            late = 0.9 * lasts * bool(stack)
            cues.append(Cue((("asked", *own.cell),), beat, 0.5 * each, "fade", after=late))
            cues.append(Cue((("joined", *own.cell),), beat, each, after=late + 0.5 * each))
        return cues

    def grows(self) -> list[Cue]:
        """How the one kernel is left: its columns go, and it comes to its inputs; last comes its formula."""
        last = staging.ENTER + len(self.cone.shown)
        cues = [Cue((("way",), ("layer",), ("column",)), staging.LEAVE, 0.6)]
        cues.append(Cue((("joined",), ("baseline", "kernel"), ("name",)), staging.MOVE, 1.2))
        cues.append(Cue((self.key, ("equals",), ("name", "output")), last, 0.9))
        cues.append(Cue((("letters",), ("name", "letters")), last + 1, 0.5))
        cues.append(Cue((("letters", "x"), ("baseline", "times")), staging.MOVE, 0.4, "fade"))
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
            size = min(bench.fitting(self.slot - 8, every, SIZES[1:]), self.larger)
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
