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
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.many_layers.tiled import LIE, NAMES, Rows, Sum
from convexplain.stories.many_layers.walked import addend, times, wide
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
        said, low, half = (f"layer {self.base + 1}", self.upper), self.last, self.tap / 2 + 12
        ends = [(self.axis.left - 4, self.axis.right + 4), (self.beside - half, self.beside + half)]
        for place in range(min(2, self.level - self.base)):
            (left, right), key = ends[place], ("layer", place)
            draft.put("layers", (*key, "card"), plate("sample", left, self.top, right, low, light=0.5 * CARD, z=-4))
            inside = asked and wide(said[place], self.form.small) < right - left - 8
            x, y = (left + right) / 2, (self.top + low) / 2 if inside else self.top - 0.75 * self.form.small
            size = benches.fitting(2 * (self.end - x), said[place:], (self.form.small, SMALL))
            mark = words(said[place], x, y, size, "ink" if asked else "quiet")
            draft.put("layers", (*key, "name"), mark)
        if not asked:
            return
        (_, first), (second, _) = ends
        x, y, out = (ends[0][0] + first) / 2, (self.top + low) / 2, self.beside
        ways = [
            (x, self.top - NAMES + 10, x, self.top - 12),
            (first + 12, y, second - 12, y),
            (out, low + 10, out, self.low - 44),
        ]
        if not self.rows:
            ways[1:] = [(first + 12, y, out - 8, y), (out, y, out, self.low - 44)]
        for place, points in enumerate(ways):
            head = 0.0 if not self.rows and place == 1 else 18.0
            draft.put("layers", ("tie", place), line("quiet", *points, size=4, head=head))

    def names(self, draft: Draft) -> None:
        """The kernels that the rows are, where they are several."""
        for channel in self.channels if len(self.channels) > 1 else ():
            ys = [y for row, y in zip(self.rows, self.places, strict=False) if row.channel == channel]
            text, room = f"{self.kernel_name} {channel}", self.left - self.form.margin - GAP
            size = benches.fitting(room, [text], [self.form.small, SMALL, 0.0])
            if size and self.row * len(ys) > 28:
                at, role = (self.form.margin, sum(ys) / len(ys)), self.role(channel)
                self.name(draft, ("channel", channel), text, *at, size=size, role=role)

    def given(self, draft: Draft, multiplied: bool = False) -> None:
        """What each row adds up to, at its end."""
        numbers = [row.product if multiplied else row.inner for row in self.rows]
        largest = max(abs(number.value) for number in numbers)
        widest = max(wide(number.text, self.size) for number in numbers)
        for row, number, y in zip(self.rows, numbers, self.places, strict=False):
            key = ("product", *row.at) if multiplied else row.key
            made = tuple((*piece.key, "bar") for piece in row.pieces)
            if not self.is_written:
                width = 0.16 * (self.end - self.axis.right)
                box = (self.sums - width / 2, y, width, min(LIE, 0.9 * self.row))
                self.tile(draft, key, number, self.role(row.channel), box, largest, made_of=made)
                continue
            mark = words(number.text, self.sums, y, self.size, align=1, about=number.about, made_of=made)
            draft.put("sums", (*key, "digits"), mark)
            at = (self.sums - widest - GAP, y, self.size)
            draft.put("sums", ("equals", *row.at), words(self._added(row, multiplied), *at, "quiet", 1))

    def above(self, draft: Draft) -> None:
        """What the next layer multiplies the sums with, and what else is added, over the output."""
        largest = max(abs(row.weight.value) for row in self.rows)
        texts = [times(row.weight, row.inner) for row in self.rows]
        said = [*texts[:1], *map(pieces.signed, texts[1:])]
        size = min(benches.fitting(self.tap - 12, said, (PARTIAL, TEXT, SMALL)), self.sized([]))
        high = self.row - 10 if self.row > 40 else 0.9 * self.row
        for row, y, text in zip(self.rows, self.places, said, strict=False):
            key: Key = ("tap", *row.at)
            box = (self.beside, y, self.tap, high)
            self.tile(draft, key, row.weight, self.role(row.channel), box, largest, text, size)
            for kind in ("bar", "digits"):
                if row.pieces and (*key, kind) in draft.marks:
                    draft.change([(*key, kind)], goes_into=(*row.pieces[0].key, kind))

    def others(self, draft: Draft, done: bool = False) -> None:
        """What the output is the sum of besides the rows that are shown: others, and the biases; ``done``, besides the
        one kernel's products.
        """
        ways, x, y = self.cone.ways, self.beside + self.tap / 2, self.middle + PARTIAL
        count = len(ways.joined) - len(self.cone.shown) if done else self.count - len(self.rows)
        ys = [y + LIE * n for n in range(2)] if done else self.places[len(self.rows) :]
        for (key, number, _), y in zip(self.cone.rest if done else self.rest, ys, strict=False):
            said = f"{count:,} more" if key == ("rest",) else "bias"
            mark = words(addend(number), x, y, SMALL, align=1, about=number.about)
            draft.put("rest", (*key, "digits"), mark)
            pieces.note(draft, key, said, mark.left - GAP, y, 1)

    def output(self, draft: Draft, done: bool = False) -> None:
        """The output under the layers' boxes, and its name; or, ``done``, what the one kernel gives, at its end."""
        number, name = self.total, "output" if self.script.layer.is_linear else "sum"
        y = self.middle if done else self.low
        room, sizes = self.end - self.axis.right - wide(name, self.form.small) - 3 * GAP, (self.larger, TEXT, SMALL)
        size = benches.fitting(room, [number.text], ((HERO, PARTIAL, TEXT, SMALL) if done else sizes))
        mark = words(number.text, self.beside, y, size, about=number.about)
        mark = mark.at(x=min(mark.x, self.end - mark.width / 2))
        if done and self.is_written:
            said = " ".join([*(addend(number) for _, number, _ in self.cone.rest), "="])
            sign = words(said, self.axis.right + 2 * GAP, y, self.larger, "quiet", -1)
            draft.put("output", ("equals",), sign)
            draft.put("output", (*self.key, "digits"), mark.at(x=sign.right + 2 * GAP + mark.width / 2))
            return
        draft.put("output", (*self.key, "digits"), mark)
        self.name(draft, ("output",), name, mark.left - GAP, y, 1, size=self.form.small, role="quiet")
        if done:
            self.others(draft, True)

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
        self.name(draft, ("kernel",), "one kernel", self.form.margin, y, size=self.form.small, role="kernel")
        for own, x, text in zip(every, xs, texts, strict=True):
            if own in made:
                key, box, column = ("joined", *own.cell), (x, y, width, high), self.column(own)
                origin = (*column[0].key, "bar") if column and not large else None
                self.tile(draft, key, own.weight, "kernel", box, largest, text, size, copy_of=origin)
            elif wide("?", size) < 0.5 * width:
                asked = plate("kernel", x - width / 2, y - high / 2, x + width / 2, y + high / 2, edge=1.0, light=0.0)
                draft.put("kernel", ("asked", *own.cell, "box"), asked.at(hollow=True, size=3, dash=14.0, radius=8.0))
                draft.put("kernel", ("asked", *own.cell, "digits"), words("?", x, y, size, "kernel"))
        if wide("?", size) >= 0.5 * width and not made:  # one for all
            draft.put("kernel", ("asked", "digits"), words("?", sum(across) / 2, y, TEXT, "kernel"))

    @property
    def high(self) -> float:
        """How high the one kernel is when it is large."""
        return 2.4 * self.row if self.is_written else self.low + self.kernel / 2 - self.top

    @property
    def middle(self) -> float:
        """Where the middle of the one kernel is when it is large."""
        return (self.top - NAMES / 2 + self.low + self.kernel / 2) / 2

    def added(self, draft: Draft, own: Joined) -> None:
        """At the right how the numbers of a column add up to a tap, where all are seen and have room."""
        column, room = self.column(own), self.end - self.axis.right - 3 * GAP
        if not self.is_written or not 1 < own.paths == len(column):
            return
        said = phrases.added([piece.weight.text for piece in column], own.weight.text)
        for text in (said, said.replace(" ", "")):
            if size := benches.fitting(room, [text], (PARTIAL, 60.0, TEXT, 40.0, SMALL, 0.0)):
                x, y = (self.axis.right + self.end) / 2, (self.top + self.last) / 2
                made = tuple((*piece.key, "bar") for piece in column)
                draft.put("added", ("added",), words(text, x, y, size, "kernel", made_of=made))
                return

    def falling(self, draft: Draft) -> None:
        """Says of the tiles of each column that they fall into its tap when they leave."""
        for key in [key for key in draft.marks if key[0] == "way"]:
            own = next(own for own in self.cone.shown if any(piece.key == key[:-1] for piece in self.column(own)))
            draft.change([key], goes_into=("joined", *own.cell, key[-1]))

    def fall(self) -> list[Cue]:
        """How the columns fall together into the one kernel, one just after the other, while it grows."""
        cues = [Cue((("row",), ("asked",), ("name", "channel"), ("added",), ("band",)), staging.LEAVE, 0.4)]
        every, told = self.cone.shown, self.told if self.rows else None
        for n, own in enumerate(every):
            late, key = min(0.25 * n, 2.5 * n / len(every)), ("joined", *own.cell)
            cues.append(Cue(tuple(piece.key for piece in self.column(own)), staging.MOVE, 1.0, after=late))
            if own == told:
                cues.append(Cue(((*key, "digits"),), staging.MOVE, late + 1.3, "anew"))
            else:
                cues.append(Cue((key,), staging.MOVE, 0.4, "fade", (), late + 0.7))
        cues.append(Cue((self.key, ("name", "output"), ("rest",), ("bias",), ("note",)), staging.MOVE, 0.9))
        return [*cues, Cue((("equals",),), staging.MOVE, 0.4, after=0.9)]

    def steps(self, draft: Draft, who: str) -> list[Cue]:
        """The one kernel at every step, a row each: tap times sample, the output, and what another answers."""
        every, step, cues, small = self.every, self.script.cell.step, list[Cue](), self.form.small
        field = self.whole()
        field.samples(draft)
        size = benches.fitting(field.slot - 16, [text for own in every for text in own.terms], (field.size, SMALL))
        pitch = min(120.0, (field.bottom - field.top) / len(every))
        high, room = min(1.3 * field.row, pitch - 14), field.end - field.axis.right
        kinds: dict[int, Key] = {own.step: ("times", own.step) for own in every} | {step: ("joined",)}
        texts, ends = [own.output.text for own in every], (field.axis.right + 0.48 * room, field.end - 0.08 * room)
        large = benches.fitting(0.28 * room, texts, [field.larger, field.size, SMALL])
        draft.put("keras", ("keras", "name"), words(who, ends[1], field.top - 0.5 * NAMES, small, align=1))
        for place, own in enumerate(every):
            y, told = field.top + (place + 0.5) * pitch, own.step == step
            if told:
                field.name(draft, ("kernel",), "one kernel", field.form.margin, y, size=small, role="kernel")
            # The kernel slides on from the row that is nearer to the told one.
            near = every[place + (own.step < step) - (own.step > step)]
            for met, before, text in zip(own.joined, near.joined, own.terms, strict=True):
                tile, copy = (*kinds[own.step], *met.cell), (*kinds[near.step], *before.cell)
                box, number = (field.x(met.cell), y, field.slot - 8, high), met.weight._replace(about=None)
                look: dict[str, Any] = {} if told else {"copy_of": (*copy, "bar"), "z": -1 - motion.LIFT}
                field.tile(draft, tile, number, "kernel", box, Fraction(1), text, size, **look)
                if not told:
                    draft.change([(*tile, "digits")], copy_of=(*copy, "digits"))
            sign = ("equals",) if told else ("times", own.step, "sign")
            draft.put("times", sign, words("=", field.axis.right + 0.12 * room, y, field.size, "quiet"))
            key = self.cone.key(field.level, Cell(own.step, self.script.cell.channel))
            draft.put(
                "digits",
                (*key, "digits"),
                words(own.output.text, ends[0], y, large, "kernel", 1, about=own.output.about),
            )
            draft.put("keras", ("keras", own.step, "digits"), words(own.output.text, ends[1], y, large, align=1))
            beat = staging.ENTER + (own.step if own.step > step else step - own.step)
            cues.append(Cue((("times", own.step),), beat, 0.8, "down first"))
            cues.append(Cue((("times", own.step, "sign"), (*key, "digits"), ("keras", own.step)), beat, 0.3, after=0.6))
        for cell in {own.cell for own in field.seen} - {own.cell for own in self.cone.shown}:
            cues.append(Cue((self.cone.key(self.base, cell),), staging.MOVE, 0.4, after=0.5))
        cues.append(Cue((("keras", "name"),), staging.ENTER, 0.3))
        return [*cues, Cue((("joined",), ("equals",), ("name", "kernel"), (*self.key, "digits")), staging.MOVE, 0.9)]
