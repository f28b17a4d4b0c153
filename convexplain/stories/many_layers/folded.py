"""What stands around the rows of an output, and the one kernel that they fold into: asked for, filled, and slid.

The layers are boxes that stay: in that of the first the rows come, in that of the next what it multiplies their sums
with. The one kernel waits below; when the columns are added up, it grows, and then it slides along all samples.
This module knows rows and pieces; which of it stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection
from copy import copy
from dataclasses import replace
from typing import Any, Self

from convexplain.board import motion, pieces, staging
from convexplain.board.marks import CARD, HERO, PARTIAL, SMALL, TEXT, Cue, Draft, Key, line, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers.tiled import LIE, NAMES, SIZES, STATES, Rows, fits, terms
from convexplain.stories.many_layers.views import wide
from convexplain.stories.many_layers.walked import addend
from convexplain.stories.many_layers.ways import Joined, Way

GAP = 16.0
"""Between a sign and its number."""


class Folded(Rows):
    """Rows that fold into one kernel."""

    # the layers

    def layers(self, first: int) -> str:
        """All from one on: ``layer 2``, ``layers 2 and 3``, ``layers 2 to 4``."""
        between = "and" if self.level - first == 1 else "to"
        return f"layers {first} {between} {self.level}" if self.level > first else f"layer {first}"

    def boxes(self, draft: Draft, state: str = "", empty: bool = False) -> None:
        """The boxes of the layers with their names over them, or in them while they are ``empty``. Once the rows are
        multiplied, one box holds both, and closes when the results have gone.
        """
        half, said = self.tap / 2 + 8, [f"layer {self.base + 1}", self.layers(self.base + 2)][: self.level - self.base]
        ends = [(self.axis.left - 4, self.axis.right + 4), (self.beside - half, self.beside + half)]
        if state in STATES[3:]:
            right = ends[state == STATES[3]][1]
            said, ends = [self.layers(self.base + 1)], [(ends[0][0], right)]
        sizes = self.form.small, SMALL
        for place, (left, right) in enumerate(ends[: len(said)]):
            card = plate("sample", left, self.top, right, self.last, light=0.5 * CARD, z=-4)
            draft.put("layers", ("layer", place, "card"), card)
            at, size = (left, self.top - 0.75 * self.form.small), bench.fitting(self.end - left, said[place:], sizes)
            mark = words(said[place], *at, size, "quiet", align=-1)
            if empty and (inside := bench.fitting(2 * half - 8, said, (TEXT, SMALL, 0.0))):
                mark = words(said[place], (left + right) / 2, (self.top + self.last) / 2, inside, "quiet")
            draft.put("layers", ("layer", place, "name"), mark)

    def names(self, draft: Draft, y: float, of_rows: bool = True) -> None:
        """The one kernel, at a height, and the kernels that the rows are, where they are several."""
        self.name(draft, ("kernel",), "one kernel", self.form.margin, y, size=self.form.small, role="kernel")
        for channel in sorted(self.first) if of_rows and len(self.first) > 1 else ():
            ys = [y for row, y in zip(self.rows, self.places, strict=False) if row.channel == channel]
            text, room = f"{self.kernel_name} {channel}", self.left - self.form.margin - GAP
            size = bench.fitting(room, [text], [self.form.small, SMALL, 0.0])
            if size and self.row * len(ys) > 28:
                at, role = (self.form.margin, sum(ys) / len(ys)), self.role(channel)
                self.name(draft, ("channel", channel), text, *at, size=size, role=role)

    def given(self, draft: Draft, multiplied: bool = False) -> None:
        """What each row adds up to, at its end; once it is ``multiplied``, what its bias is then."""
        numbers = [row.inner for row in self.rows]
        for row, y in zip(self.rows, self.places, strict=False):
            if not multiplied:
                last = row.pieces[-1].key if row.pieces else ()
                self._sum(draft, row.key, row.inner, numbers, (self.sums, y), last)
            self._sign(draft, row.key, self.after(row, multiplied), numbers, (self.sums, y))

    def products(self, draft: Draft) -> None:
        """What each row gives the output, and others and the biases, over a rule under which these are added up."""
        numbers = [row.product._replace(text=pieces.signed(row.product.text)) for row in self.rows]
        for row, number, y in zip(self.rows, numbers, self.places, strict=False):
            key: Key = ("product", *row.at)
            self._sum(draft, key, number, numbers, (self.out, y), ("tap", *row.at, 0))
            self._sign(draft, key, "=", numbers, (self.out, y))
        for (part, number, _), y in zip(self.rest, self.places[len(self.rows) :], strict=False):
            mark = words(addend(number), self.out, y, SMALL, align=1, about=number.about)
            draft.put("rest", (*part, "digits"), mark)
            said = f"{self.count - len(self.rows):,} more" if part == ("rest",) else "bias"
            pieces.note(draft, part, said, mark.left - GAP, y, 1)
        self.rule(draft, "product", self.out - 0.24 * self.aside, self.out)

    def rule(self, draft: Draft, name: str, left: float, right: float) -> None:
        """The line under numbers that add up to the one below."""
        y = self.low - self.kernel / 2 - self.apart / 2
        draft.put("sums", (name, "rule"), line("quiet", left, y, right, y, size=3))

    def _sum(
        self, draft: Draft, key: Key, number: Number, like: list[Number], at: tuple[float, float], tile: Key
    ) -> None:  # fmt: skip
        """A number that ends at a place: written, or a tile as large as among others like it, which comes from one."""
        (right, y), width, role = at, 0.16 * self.aside, self.role(key[2])
        if self.is_written:
            role = role if key[0] == "row" else "ink"
            draft.put("sums", (*key, "digits"), words(number.text, right, y, self.size, role, 1, about=number.about))
            return
        box = right - width / 2, y, width, min(LIE, 0.9 * self.row)
        self.tile(draft, key, number, role, box, self.scale(box[3], like), copy_of=(*tile, "bar"))

    def _sign(self, draft: Draft, key: Key, said: str, like: list[Number], at: tuple[float, float]) -> None:
        """What is written before a number that ends at a place, past all others like it."""
        if self.is_written and said:
            x = at[0] - max(wide(own.text, self.size) for own in like) - GAP
            draft.put("sums", (*key, "equals"), words(said, x, at[1], self.size, "quiet", 1))

    def above(self, draft: Draft) -> None:
        """The numbers of the next layer, one for each row, and below each a copy for each tile."""
        texts = [f"×{phrases.times(row.weight)}" for row in self.rows]
        size = min(bench.fitting(self.tap - 8, texts, (PARTIAL, TEXT, SMALL)), self.sized([]))
        scale = self.scale(self.tall, [row.weight for row in self.rows])
        for row, y, text in zip(self.rows, self.places, texts, strict=False):
            for n, piece in enumerate([None, *row.pieces]):
                # Copies, small ones where there are few, fly over tiles, below what these say.
                share = 0.5 if piece and self.is_written else 1.0
                box = self.beside, y, share * (self.tap if self.is_written else 0.8 * self.tap), share * self.tall
                look: dict[str, Any] = {"goes_into": (*piece.key, "bar"), "z": 1 - motion.LIFT} if piece else {}
                key, said = ("tap", *row.at, n), ("" if piece else text, "")
                self.tile(draft, key, row.weight, "output", box, scale, said, size, **look)

    @property
    def noun(self) -> str:
        """What the layers make."""
        return "output" if self.script.layer.is_linear else "sum"

    @property
    def sign(self) -> str:
        """What stands between the one kernel and the output."""
        return " ".join([*(addend(number) for _, number, _ in self.cone.rest), "="])

    def output(self, draft: Draft, done: bool = False) -> None:
        """The output under the layers, its name before it; ``done``, beside the large kernel, and where that is written
        the sign between them.
        """
        y, text, room = self.middle if done else self.low, self.total.text, self.out - self.axis.right
        key: Key = ("equals",) if done and self.is_written else ("name", "output")
        before, at = (self.sign, self.larger) if done and self.is_written else (self.noun, self.form.small)
        size = bench.fitting(room - wide(before, at) - 3 * GAP, [text], (*[HERO] * done, self.larger, TEXT, SMALL))
        mark = words(text, self.out, y, size, align=1, about=self.total.about)
        draft.put("output", (*self.key, "digits"), mark)
        draft.put("output", key, words(before, mark.left - GAP, y, at, "quiet", 1))

    def spread(self) -> Self:
        """The same without the room of a next layer: the columns take it where their numbers are written."""
        field, right = copy(self), self.axis.right
        if self.is_written:
            said = wide(self.sign, self.larger) + GAP + wide(self.total.text, HERO)
            said = max(said, wide(f"{self.sign} {self.letter(self.level, self.script.cell)}", self.larger))
            right = max(right, self.out - said - 3 * GAP)
        share = (right - self.left) / (self.axis.right - self.left)
        field.axis, field.slot = replace(self.axis, pitch=share * self.axis.pitch), share * self.slot
        return field

    def letters(self, draft: Draft) -> None:
        """The output as a formula, in columns under the one kernel where it fits these, else over it, and how it calls
        the samples; of many the ends.
        """
        shown, layer = self.cone.shown, self.script.layer
        called, made = [self.letter(self.base, own.cell) for own in shown], self.letter(self.level, self.script.cell)
        xs, half = [self.x(own.cell) for own in shown], self.high / 2
        y = (self.middle + half + self.bottom if self.is_written else self.top + self.middle - half) / 2
        is_wide = bench.fitting(self.slot - 8, called, (self.form.small, 0.0)) or len(shown) == 1
        for x, text in list(zip(xs, called, strict=True))[:: 1 if is_wide else len(shown) - 1]:
            mark = words(text, x, self.top - NAMES / 2, self.form.small, "quiet")
            draft.put("letters", ("letters", "x", text), mark)
        every = [f"{pieces.signed(own.weight.text)}·{text}" for own, text in zip(shown, called, strict=True)]
        if self.is_written and fits(self.slot - 8, every):
            last = f"{self.sign} {made}"
            size = bench.fitting(self.out - self.axis.right - GAP, [last], SIZES)
            size = min(size, bench.fitting(self.slot - 8, every, SIZES))
            for own, x, text, name in zip(shown, xs, every, called, strict=True):
                key, factor = ("letters", *own.cell), text.removesuffix(f"·{name}")
                mark = words(factor, x - wide(text, size) / 2, y, size, align=-1)
                draft.put("letters", (*key, "factor"), mark.at(copy_of=("joined", *own.cell, "digits")))
                draft.put("letters", (*key, "name"), words(f"·{name}", mark.right, y, size, align=-1))
            draft.put("letters", ("letters",), words(last, self.out, y, size, align=1))
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

    def letter(self, level: int, cell: Cell) -> str:
        """A number of a level in a formula: ``x[2]``, with its channel where there are several."""
        array = phrases.array(level, 1 if not self.base else level + 1)
        return f"{array}[{cell.step}{f', {cell.channel}' * (self.cone.shapes[level][1] > 1)}]"

    # the one kernel

    def column(self, own: Joined) -> list[Way]:
        """The tiles under a sample, from the highest row down."""
        return [piece for row in self.rows for piece in row.pieces if piece.cells[0] == own.cell]

    def strip(self, draft: Draft, made: Collection[Joined] = (), large: bool = False) -> None:
        """The kernel in its place: its taps that are ``made``, and places of the others; ``large`` when all are, and
        times their samples.
        """
        high, every = self.high if large else self.kernel, self.cone.shown
        y, width = self.middle if large else self.low, self.slot - min(12.0, 0.2 * self.slot)
        scale, texts = self.scale(high, [own.weight for own in every]), terms(every)
        sizes = [size for size in SIZES if 1.3 * size < high]
        texts = texts if large else [(tap, "") for tap, _ in texts]
        size = bench.fitting(width - 20, ["?", *map("".join, texts)] if self.is_written else ["?"], sizes or [SMALL])
        self.card(draft, ("kernel",), every, y, high)
        for own, x, text in zip(every, map(self.x, (own.cell for own in every)), texts, strict=True):
            if own in made:
                key, box = ("joined", *own.cell), (x, y, self.wide, high)
                # It comes out of its column, from the lowest tile.
                whence = next((piece.key for piece in reversed(self.column(own)) if piece.weight.value), ())
                look: dict[str, Any] = {"copy_of": (*whence, "bar"), "z": 0.5 - motion.LIFT}
                self.tile(draft, key, own.weight, "kernel", box, scale, text, size, **look)
                if (*key, "sample") in draft.marks:
                    draft.change([(*key, "sample")], copy_of=(*self.cone.key(self.base, own.cell), "digits"))
            else:
                asked = plate("kernel", x - width / 2, y - high / 2, x + width / 2, y + high / 2, edge=1.0, light=0.0)
                draft.put("kernel", ("asked", *own.cell, "box"), asked.at(hollow=True, size=3, dash=14.0, radius=8.0))
                if wide("?", size) < 0.5 * width:
                    draft.put("kernel", ("asked", *own.cell, "digits"), words("?", x, y, size, "kernel"))

    def card(self, draft: Draft, key: Key, every: Collection[Joined], y: float, high: float, whence: Key = ()) -> None:
        """What the one kernel's tiles lie on, below all that flies."""
        xs, reach, half = [self.x(own.cell) for own in every], self.slot / 2 + 2, high / 2 + 6
        pieces.card(draft, key, min(xs) - reach, max(xs) + reach, y - half, y + half, "kernel")
        draft.change([(*key, "card")], z=-2 - motion.LIFT, copy_of=(*whence, "card"))

    @property
    def high(self) -> float:
        """How high the one kernel is when it is large."""
        room = self.low + self.kernel / 2 - self.top - 130
        return min(2.4 * self.row, room) if self.is_written else room

    @property
    def middle(self) -> float:
        """Where the middle of the one kernel is when it is large: under the samples where its numbers are written."""
        return self.top + 24 + self.high / 2 if self.is_written else self.low + self.kernel / 2 - self.high / 2

    def grows(self) -> list[Cue]:
        """How the one kernel grows where the rows stood; each of these leaves when it is reached."""
        grown = [(kind,) for kind in ("joined", "kernel", "name", "baseline", "note")] + [self.key]
        grown += [self.cone.key(self.base, own.cell) for own in self.cone.shown]
        cues = [Cue(tuple(grown), staging.MOVE, 2.0), Cue((("equals",),), staging.MOVE, 0.4, after=1.6)]
        cues.append(Cue((("layer",), ("name", "channel"), ("column",)), staging.MOVE, 0.6))
        for row, y in zip(self.rows, self.places, strict=False):
            share = (self.low - y - self.row - 16) / (self.low - self.middle or 1.0)
            late = 2.0 * motion.passes(max(0.0, min(share, 1.0))) - 0.3
            cues.append(Cue((row.key, *(piece.key for piece in row.pieces)), staging.MOVE, 0.3, after=max(0.0, late)))
        names = ("letters", "x"), ("name", "letters")
        cues += [Cue((("letters",),), staging.ENTER + 2, 0.5), Cue(names, staging.ENTER + 1, 0.5)]
        for own in self.cone.shown:
            cues.append(Cue((("joined", *own.cell, "sample"),), staging.ENTER, 0.8, "across first"))
            cues.append(Cue((("letters", *own.cell, "factor"),), staging.ENTER + 1, 0.8))
        return cues

    def whole(self) -> Self:
        """The same over all samples, where every step is summed up."""
        field, (steps, _) = copy(self), self.cone.shapes[self.base]
        met = {own.cell: own for cell in self.every for own in self.cone.joined(cell)}
        field.seen = [met[cell] for cell in sorted(met)]
        left, right = (110.0, 300.0) if self.form.is_narrow else (150.0, 470.0)
        left += self.form.margin
        field.axis = Axis(tuple(range(steps)), left, (self.end - right - left) / steps, steps)
        field.slot = 0.92 * field.axis.pitch / len(self.cone.channels[self.base])
        return field

    def steps(self, draft: Draft, who: str) -> list[Cue]:
        """The one kernel at every step, a row each: tap times sample, the output, and what another answers."""
        every, step, cues, small = self.every, self.script.cell.step, list[Cue](), self.form.small
        field = self.whole()
        field.samples(draft)
        products = ["".join(said) for cell in every for said in terms(self.cone.joined(cell))]
        size = bench.fitting(field.slot - 28, products, (56.0, field.size, 40.0, SMALL))
        pitch = min(120.0, (field.bottom - field.top) / len(every))
        high, room = min(1.3 * field.row, pitch - 20), field.end - field.axis.right
        outputs = [self.script.output(*cell) for cell in every]
        texts = [output.text for output in outputs]
        kinds: dict[int, Key] = {cell.step: ("times", cell.step) for cell in every} | {step: ("joined",)}
        cards: dict[int, Key] = kinds | {step: ("kernel",)}
        large = bench.fitting(0.2 * room, texts, [field.size, SMALL])
        half, y = max(wide(text, large) for text in texts) / 2, field.top - 0.5 * NAMES
        who = bench.longest(0.46 * room * SMALL / small, [who, who.partition(" ")[0]])
        own, other = field.end - 0.53 * room - wide("one kernel", small) / 2, field.end - wide(who, small) / 2
        field.name(draft, ("kernel",), "one kernel", own, y, 0, size=small, role="kernel")
        draft.put("keras", ("keras", "name"), words(who, other, y, small))
        run = phrases.layers(self.level - self.base)
        draft.put("keras", ("keras", "run"), words(f"{run} in", field.end, y - small, small, align=1))
        for place, (cell, output) in enumerate(zip(every, outputs, strict=True)):
            y, told, joined = field.top + (place + 0.5) * pitch, cell.step == step, self.cone.joined(cell)
            # The kernel slides on from the row that is nearer to the told one.
            near, kind = every[place + (cell.step < step) - (cell.step > step)], kinds[cell.step]
            field.card(draft, cards[cell.step], joined, y, high, cards[near.step])
            for met, before, said in zip(joined, self.cone.joined(near), terms(joined), strict=True):
                tile, parent = (*kind, *met.cell), (*kinds[near.step], *before.cell)
                box, number = (field.x(met.cell), y, field.slot - 6, high), met.weight._replace(about=None)
                look: dict[str, Any] = {} if told else {"copy_of": (*parent, "bar"), "z": -1 - motion.LIFT}
                field.tile(draft, tile, number, "kernel", box, (0.0, 1.0), said, size, **look)
                for part in ("digits", "sample") if not told else ():
                    draft.change([(*tile, part)], copy_of=(*parent, part))
            sign = ("equals",) if told else ("times", cell.step, "sign")
            draft.put("times", sign, words("=", (field.axis.right + own - half) / 2, y, field.size, "quiet"))
            key = self.cone.key(field.level, cell)
            made = words(output.text, own + half, y, large, "kernel", 1, about=output.about)
            draft.put("digits", (*key, "digits"), made)
            draft.put("keras", ("keras", cell.step, "digits"), words(output.text, other + half, y, large, align=1))
            # Of two that part from one, the second waits until the first is away.
            beat, late, past = staging.ENTER + abs(cell.step - step), 0.45 * (cell.step > step), ("times", cell.step)
            cues.append(Cue((past,), beat, 0.8, "down first", after=late))
            result = (*past, "sign"), (*key, "digits"), ("keras", cell.step)
            cues.append(Cue(result, beat, 0.3, after=late + 0.6))
        new = {own.cell for own in field.seen} - {own.cell for own in self.cone.shown}
        cues.append(Cue(tuple(self.cone.key(self.base, cell) for cell in new), staging.MOVE, 0.4, after=0.5))
        cues.append(Cue((("keras", "name"), ("keras", "run")), staging.ENTER, 0.3))
        moves: tuple[Key, ...] = (("joined",), ("kernel",), ("equals",), ("name", "kernel"), (*self.key, "digits"))
        return [*cues, Cue(moves, staging.MOVE, 0.9)]
