"""What the columns of a field leave: a stack for each, the tap that it ends at, and these taps as one kernel.

In a column's stack pluses climb on the left and minuses come down beside them; where they end is the tap that stays.
Then the taps meet the samples, and their products climb to the output. This module knows a field and pieces; which of
it stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from functools import cached_property
from typing import NamedTuple

from convexplain import style
from convexplain.board import motion, pieces, tiles
from convexplain.board.marks import (
    DIGIT,
    FULL,
    HERO,
    MINUS,
    PARTIAL,
    SMALL,
    TEXT,
    Cue,
    Draft,
    Key,
    Role,
    bar,
    line,
    plate,
)
from convexplain.board.pieces import Number
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import beside, phrases
from convexplain.stories.beside import BAND
from convexplain.stories.cone import is_whole
from convexplain.stories.field import NARROWEST, Field
from convexplain.stories.gathered import addends, quick
from convexplain.stories.rows import Piece
from convexplain.stories.ways import Joined

LANES, APART = 4.0, 14.0
"""Between the two lanes of a stack, and between it and its tap."""
MOST_WIDE = 70.0
"""No lane is wider."""


class Brick(NamedTuple):
    """One number of a stack."""

    key: Key
    value: Fraction
    about: tuple[object, ...] | None
    role: Role
    text: str = ""


class Merged:
    """The columns of a field, merged."""

    def __init__(self, field: Field) -> None:
        self.field, self.cone, self.form = field, field.cone, field.form

    @property
    def told(self) -> Joined:
        """The sample whose column is told first: one that many rows read."""
        way = self.cone.told
        if way is not None and not self.field.is_written:
            return next(own for own in self.cone.shown if own.cell == way.cells[0])
        return max(self.cone.shown, key=lambda own: (own.paths, own.weight.value != 0))

    # where it stands

    @property
    def line(self) -> float:
        """The y of the sums, below the stacks."""
        if self.field.is_inside:
            return self.foot + self.field.stacked[1] * self.unit + 104
        return self.field.bottom - (30.0 if not self.form.is_narrow else 8.0)

    @cached_property
    def unit(self) -> float:
        """The height of a number 1 of a stack: that of the rows where numbers are written."""
        if self.field.is_written:
            return self.field.unit
        reach = sum(self.field.stacked)
        values = [brick.value for own in self.cone.shown for brick in self.bricks(own)]
        return benches.unit_of(self.line - 40 - self.field.top, reach, values)

    @property
    def foot(self) -> float:
        """The line that stacks stand on."""
        if self.field.is_inside:  # under the samples, where the kernel will be
            high = sum(self.field.stacked) * self.unit + 104 + self.field.pad
            spare = max(0.0, self.field.bottom - 40 - self.field.top - high)
            return self.field.top + self.field.pad + self.field.stacked[0] * self.unit + 0.3 * spare
        above = (52.0 if self.field.is_written else 0.0) + 46.0 if not self.form.is_narrow else 32.0
        return self.line - above - self.field.stacked[1] * self.unit

    @property
    def lane(self) -> float:
        """The width of a lane."""
        return min(self.field.width, MOST_WIDE, (self.field.slot - LANES - APART) / 3)

    @property
    def grown(self) -> Fraction:
        """How much larger stacks are drawn than rows."""
        return style.rounded(Fraction(self.unit / (self.field.unit * float(self.field.grown))), 0)

    def bricks(self, own: Joined) -> list[Brick]:
        """What is stacked for a sample, in that order: pluses from the lowest row up, then minuses from the highest
        down, so that none passes another on its way; what is not shown is a brick as well.
        """
        found = [
            Brick(piece.key, piece.product.value, piece.product.about, self.field.role(row.channel), piece.product.text)
            for row in self.field.rows
            for piece in row.pieces
            if piece.source == own.cell and piece.product.value
        ]
        ordered = [brick for brick in reversed(found) if brick.value > 0] + [b for b in found if b.value < 0]
        for sign, total in ((1, own.plus), (-1, own.minus)):
            rest = total - sum((brick.value for brick in found if brick.value * sign > 0), Fraction(0))
            if rest:
                ordered.append(Brick(("way", "rest", *own.cell, sign), rest, None, "bias"))
        return ordered

    def column(self, own: Joined) -> list[Piece]:
        """The taps under a sample, from the highest row down."""
        return [piece for row in self.field.rows for piece in row.pieces if piece.source == own.cell]

    # stacks

    def stacks(self, draft: Draft, done: Collection[Joined]) -> None:
        """The stacks of some columns, each with the tap that it ends at, and the sum in numbers below."""
        foot, half, told = self.foot, 0.5 * self.field.slot, self.told
        for own in done:
            pieces.baseline(
                draft, ("floor", *own.cell), self.field.x(own.cell) - half, self.field.x(own.cell) + half, foot
            )
        size = self._sum_size()
        if not self.field.is_written and self.grown > 1:
            said = f"drawn {style.number(self.grown, 0)} times as tall"
            pieces.note(draft, ("grown",), said, self.field.axis.right + 24, self.field.top + 16)
        for own in done:
            self._stack(draft, own, foot)
            key, tap = ("joined", *own.cell), own.weight
            if size:
                self._written(draft, own, size)
                continue
            room, single = self.field.slot - 4, (NARROWEST / self._columns - 6)
            fits = benches.fitting(single, [tap.text], (SMALL, 0.0)) > 0
            if fits or own == told or benches.fitting(room, [each.weight.text for each in done], (SMALL, 0.0)):
                about = tap.about if fits or own == told else None
                text = f"= {tap.text}" if self.field.is_written else tap.text
                below = words(text, self.field.x(own.cell), self.line, SMALL, "kernel", about=about)
                draft.put("sum", (*key, "digits"), below)

    @property
    def _columns(self) -> int:
        return len(self.cone.places) * len(self.cone.channels[self.field.base])

    def _stack(self, draft: Draft, own: Joined, foot: float) -> None:
        bricks, width, key = self.bricks(own), self.lane, ("joined", *own.cell)
        lanes = [[b for b in bricks if b.value > 0], [b for b in bricks if b.value < 0]]
        count = sum(map(bool, lanes))
        wide = (count + 1) * width + LANES * (count > 1) + APART * (count > 0)
        x, level = self.field.x(own.cell) - wide / 2 + width / 2, foot
        left = x
        for chosen in filter(None, lanes):
            for brick in chosen:
                rise = float(brick.value) * self.unit
                whole = self.unit if brick.value.denominator == 1 and self.unit > 8 else 0.0
                joint = tiles.JOINT if abs(rise) > 4 * tiles.JOINT and not whole else 0.0
                light = FULL if rise > 0 else MINUS + 0.14
                mark = bar(brick.role, x, level, width, rise, light=light, about=brick.about)
                mark = mark.at(height=abs(rise) - joint, unit=whole, goes_into=(*key, "bar"))
                draft.put("stack", (*brick.key, "bar"), mark)
                if self.field.is_inside and brick.text:
                    self.field.digits(draft, brick.key, style.signed(brick.text))
                    draft.change([(*brick.key, "digits")], about=None)
                    if rise < 0 and whole:  # where it begins, clear of the next minus
                        draft.change([(*brick.key, "digits")], y=level + self.unit / 2, light=FULL)
                level -= rise
            x += width + LANES
        x += (APART - LANES) * (count > 0)
        made = tuple((*brick.key, "bar") for brick in bricks)
        whole = is_whole(own.weight) and self.unit > 8
        pieces.column(draft, key, own.weight, x, foot, width, self.unit, "kernel", True, whole, made_of=made)
        if lanes[1] and own.weight.value:
            start = left if not lanes[0] else left + width + LANES
            reach = line("quiet", start - width / 2, level, x + width / 2, level, dash=5, size=2, z=1)
            draft.put("stack", (*key, "link"), reach.at(rides=(*key, "bar")))

    def band(self, draft: Draft, own: Joined) -> None:
        """From a sample down to the sum of its column."""
        x, half = self.field.x(own.cell), self.field.slot / 2 + 2
        face = plate("kernel", x - half, benches.TOP - 16, x + half, self.field.bottom + 16, light=BAND, z=-5)
        draft.put("band", ("band", *own.cell), face)

    def named(self, draft: Draft) -> None:
        """The name of what the columns leave."""
        drop = DIGIT * SMALL / 2
        pieces.name(draft, ("kernel",), "one kernel *w*", self.line + drop, "kernel")

    def _sum_size(self) -> float:
        """The size at which the numbers of every column are written out; 0 where they have no room."""
        if not self.field.is_written or self.form.is_narrow:
            return 0.0
        texts = [self._said(own) for own in self.cone.shown]
        return benches.fitting(self.field.axis.pitch - 12, texts, (TEXT, SMALL, 0.0))

    def factored(self, own: Joined) -> str:
        """What a column says: all its taps multiply one input, so that their sum does."""
        count, at = len(self.column(own)), f"*x*[{own.cell.step}]"
        who = {1: "One tap meets", 2: "Both meet"}.get(count, f"All {phrases.spelled(count)} meet")
        return f"{who} {at}: ({self._said(own)}) · {at} = {own.weight.text} · {at}"

    def _said(self, own: Joined) -> str:
        texts = [piece.product.text for piece in self.column(own)]
        return phrases.added(texts, "").removesuffix(" = ")

    def _written(self, draft: Draft, own: Joined, size: float) -> None:
        """The numbers of a column, and below them their sum, large."""
        key, x = ("joined", *own.cell), self.field.x(own.cell)
        above = self.line - PARTIAL / 2 - size / 2 - 8
        draft.put("sum", (*key, "sum"), words(self._said(own), x, above, size))
        name = words(f"*w*[{self.field.index(own.cell)}]", x, self.line, TEXT, "kernel")
        room, said = self.field.slot - name.width - 24, f"= {own.weight.text}"
        large = benches.fitting(room, [f"= {each.weight.text}" for each in self.cone.shown], (PARTIAL, TEXT))
        total = words(said, x, self.line, large, "kernel", about=own.weight.about)
        left = x - (total.width + 12 + name.width) / 2
        draft.put("sum", (*key, "name"), name.at(x=left + name.width / 2))
        draft.put("sum", (*key, "digits"), total.at(x=left + name.width + 12 + total.width / 2))

    def cues(self, own: Joined, beat: float, lasts: float) -> list[Cue]:
        """How a column merges: its numbers and its pluses come down, then its minuses; then its tap is what is left."""
        bars = {sign: tuple((*b.key, "bar") for b in self.bricks(own) if b.value * sign > 0) for sign in (1, -1)}
        numbers, key = tuple((*piece.key, "digits") for piece in self.column(own)), ("joined", *own.cell)
        digits = {sign: tuple((*b.key, "digits") for b in self.bricks(own) if b.value * sign > 0) for sign in (1, -1)}
        late = 0.6 * lasts * bool(bars[1])
        return [
            Cue(numbers, beat, lasts),
            Cue((*bars[1], *digits[1]), beat, lasts),
            Cue((*bars[-1], *digits[-1]), beat, lasts, "", (), late),
            Cue(((*key, "sum"),), beat + 0.2, 0.4 * lasts),
            Cue(((*key, "bar"),), beat + 0.3, 0.5 * lasts),
            Cue(((*key, "digits"), (*key, "name"), (*key, "link")), beat + 0.4, min(0.3, lasts)),
        ]

    # one kernel

    def kernel(self, draft: Draft) -> None:
        """The samples, the one kernel under them, and the staircase of tap times sample up to the output."""
        field, rest, narrow = self.field, addends(self.cone), self.form.is_narrow
        pad, every, bottom = field.pad if field.is_written else 16.0, self.cone.shown, field.bottom
        if field.is_written:
            tap = stair = field.unit if field.is_inside else field.last_unit(field.pad)
        top = field.samples(draft, None, tap if field.is_written else 0.0) + 14
        if not field.is_written:
            bottom += 60 if not narrow else 44
            room = bottom - top - 2 * pad - 90
            shares = (0.36, sum(field.joined)), (0.64, sum(field.climbed))
            tap, stair = (room * share / reach if reach else 1.0 for share, reach in shares)
            pieces.remark(draft, ("scales",), "Each row has its own scale.")
        foot = top + pad + field.joined[0] * tap
        low = foot + field.joined[1] * tap + 12
        pieces.card(draft, ("kernel",), field.axis.left + 4, field.axis.right - 4, top, low, "kernel")
        pieces.name(draft, ("kernel",), "one kernel *w*", foot, "kernel")
        texts = [benches.factor(own.weight) for own in every] + [style.signed(own.product.text) for own in every]
        size = SMALL if benches.fitting(NARROWEST / self._columns - 6, texts, (SMALL, 0.0)) else 0.0
        for own in every:
            key, at = ("joined", *own.cell), (field.x(own.cell), foot)
            whole = is_whole(own.weight) and tap > 8
            made = tuple((*piece.key, "bar") for piece in self.column(own))
            pieces.column(draft, key, own.weight, *at, field.width, tap, "kernel", True, whole, made_of=made)
            if size:
                field.digits(draft, key, benches.factor(own.weight))
            if beside.is_roomy(field):
                beside.tap_named(field, draft, key, f"*j* = {field.index(own.cell)}", own.weight, *at)
        self._stairs(draft, rest, bottom - 8 - field.climbed[1] * stair, stair, size)

    def _stairs(
        self, draft: Draft, rest: list[tuple[Key, Number, Role]], floor: float, unit: float, size: float
    ) -> None:
        field = self.field
        pitch = (field.room.total - 60 - field.axis.right) / max(1, len(rest))
        pieces.baseline(draft, ("stairs",), field.axis.left, field.room.total + 50, floor)
        made, copies, steps = {}, {}, []
        for own in self.cone.shown:
            key = ("share", *own.cell)
            steps.append((key, own.product, "output", field.x(own.cell)))
            copies[key] = (*self.cone.key(field.base, own.cell), "bar")
            made[key] = (("joined", *own.cell, "bar"), copies[key])
        extra = [
            (key, number, role, field.axis.right + (n + 0.5) * pitch) for n, (key, number, role) in enumerate(rest)
        ]
        said = [key for key, *_ in steps if size] + [key for key, *_ in extra if field.is_written]
        said = said if not field.is_inside else []
        every, end = [*steps, *extra], field.room.total
        whole = is_whole(*(number for _, number, *_ in every)) and unit > 8
        wide = min(field.width, 0.6 * pitch) if extra else field.width
        pieces.staircase(
            draft, ("share",), steps + extra, floor, unit, wide, made, copies, said, size or SMALL, whole,
            until=end - wide / 2,
        )  # fmt: skip
        for key, number, *_ in every:
            if number.value < 0:
                draft.change([(*key, "bar")], light=MINUS + 0.14)
            if field.is_inside:
                field.digits(draft, key, style.signed(number.text) if number.value else number.text)
        for key, *_ in extra:
            pieces.note(draft, key, key[0], draft.marks[(*key, "bar")].x, floor + 34, 0)
        total = field.script.output(*field.script.cell)
        key, parents = self.cone.key(field.level, field.script.cell), tuple((*key, "bar") for key, *_ in every)
        room = 2 * min(self.form.width - self.form.margin - end, end - field.axis.right - (pitch if extra else 0))
        sizes = (HERO, PARTIAL, TEXT, SMALL) if not self.form.is_narrow else (PARTIAL, TEXT, SMALL)
        big = benches.fitting(room, [total.text], sizes)
        width = min(pieces.WIDEST, 1.2 * field.width)
        pieces.result(draft, key, total, end, floor, unit, width, "output", big, whole, parents)

    def stair_cues(self) -> list[Cue]:
        """The stacks go into their taps, the kernel rises to the samples, the products fall one after the other, and
        the output grows.
        """
        keys: list[Key] = [("share", *own.cell) for own in self.cone.shown] + [key for key, *_ in addends(self.cone)]
        cues = [Cue((("way",), ("joined",)), motion.MOVE, 1.2)]
        parts = ("sum", "link", "name") if self.field.is_written else ("sum", "link", "digits")
        gone: list[Key] = [("joined", *own.cell, part) for own in self.cone.shown for part in parts]
        gone += [(*brick.key, "digits") for own in self.cone.shown for brick in self.bricks(own)]
        cues.append(Cue(tuple(gone), motion.LEAVE, 0.4))
        for place, key in enumerate(keys):
            cues.append(Cue(((*key, "bar"),), motion.ENTER + place, quick(place, len(keys), 0.9), "down first"))
            cues.append(Cue((("note", *key),), motion.ENTER + place, 0.3))
        total = self.cone.key(self.field.level, self.field.script.cell)
        if not self.field.is_written:  # it lies already, and stands up before it is reached
            return [*cues, Cue((total,), motion.MOVE, 1.2)]
        shown = (total,) if self.field.is_seen else ((*total, "bar"),)
        cues += [Cue(((*total, "digits"),), motion.MOVE)] if not self.field.is_seen else []
        return [*cues, Cue(shown, motion.ENTER + len(keys), 0.9)]

    def answer(self, draft: Draft, text: str, who: str) -> None:
        """Another's number for the output, beside it."""
        key = self.cone.key(self.field.level, self.field.script.cell)
        mark, told = draft.marks[(*key, "bar")], draft.marks[(*key, "digits")]
        right, left = self.form.width - self.form.margin, max(mark.right, told.right) + 14
        name = words(who, 0, 0, SMALL, "lit")
        sizes = (told.size, PARTIAL, TEXT, SMALL, 0.0)
        size = benches.fitting(right - left, [text], [size for size in sizes if size <= told.size])
        if size and name.width <= right - left + 8:
            x = right - max(name.width, words(text, 0, 0, size).width) / 2
            draft.put("keras", ("keras", "digits"), words(text, x, told.y, size, "lit"))
            draft.put("keras", ("keras", "name"), name.at(x=x, y=told.y + DIGIT * size / 2 + 34))
