"""What the columns of a field add up to: one kernel, asked for, filled tap by tap, and laid on the input.

The kernel is one strip of tiles that stands in the middle while it is meant, waits below the rows, and lies under the
samples when it meets them; then tap times sample climbs to the output. This module knows a field and pieces; which of
it stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from fractions import Fraction

from convexplain.board import motion, pieces
from convexplain.board.marks import CARD, DIGIT, HERO, MINUS, PARTIAL, SMALL, TEXT, Cue, Draft, Key, Role, line, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.stories import bench as benches
from convexplain.stories import phrases
from convexplain.stories.many_layers import beside
from convexplain.stories.many_layers.cone import is_whole
from convexplain.stories.many_layers.field import Field
from convexplain.stories.many_layers.gathered import addends, quick
from convexplain.stories.many_layers.rows import Piece, Row
from convexplain.stories.many_layers.ways import Joined

_TILE = ("bar", "digits")
TALLEST = 84.0
"""No tile of a stack is higher."""


class Merged:
    """The columns of a field, merged."""

    def __init__(self, field: Field) -> None:
        self.field, self.cone, self.form = field, field.cone, field.form

    @property
    def told(self) -> Joined:
        """The sample whose column is told first: one that many rows read, and no 0 or 1, which hides a product."""
        return max(self.cone.shown, key=lambda o: (o.paths, o.weight.value != 0, abs(o.sample.value) not in (0, 1)))

    @property
    def worked(self) -> list[Joined]:
        """The columns that are told one by one: a second, as high as the first, where its numbers are written."""
        others = [own for own in self.cone.shown if own is not self.told and 1 < own.paths == self.told.paths]
        return [self.told, *(others[:1] if self.field.is_written else [])]

    def column(self, own: Joined) -> list[tuple[Row, Piece]]:
        """The taps under a sample, from the highest row down, with their rows."""
        return [(row, piece) for row in self.field.rows for piece in row.pieces if piece.source == own.cell]

    @property
    def high(self) -> float:
        """The height of the kernel while it is meant."""
        return min(2.1 * self.field.kernel, 0.36 * (self.field.bottom - self.field.top))

    # the kernel as a strip

    def strip(
        self,
        draft: Draft,
        y: float,
        high: float,
        made: Collection[Joined],
        factors: bool = False,
        axis: Axis | None = None,
        moved: int = 0,
        named: bool = False,
    ) -> None:
        """The kernel about a height: tiles of the taps that are ``made``, as ``factors`` where samples meet them, and
        dashed places of those to come; taps may be ``named`` by their index. On an ``axis`` of one channel it may be
        ``moved`` by some steps.
        """
        field = self.field
        xs = [axis.x(own.cell.step + moved) if axis else field.x(own.cell) for own in self.cone.shown]
        slot = axis.pitch if axis else field.slot
        wide = slot - 12
        largest = max((abs(own.weight.value) for own in self.cone.shown), default=Fraction(1))
        texts = [benches.factor(own.weight) if factors else own.weight.text for own in self.cone.shown]
        sizes = [size for size in (HERO, PARTIAL, TEXT, SMALL) if 1.4 * size < high]
        size = benches.fitting(wide - 16, ["?", *texts] if field.is_written else ["?"], sizes or [SMALL])
        names = [("*w*[{}]" if named else "*j* = {}").format(field.index(own.cell)) for own in self.cone.shown]
        fits = high > 80 and field.is_written and benches.fitting(wide - 16, names, (self.form.small, 0.0)) > 0
        has_index = fits and (factors or named)
        left, right = min(xs) - slot / 2 - 2, max(xs) + slot / 2 + 2
        face = plate("kernel", left, y - high / 2 - 6, right, y + high / 2 + 6, light=CARD, z=-3)
        draft.put("kernel", ("kernel", "card"), face)
        field.name(draft, ("kernel",), "one kernel *w*", y, "kernel")
        for own, text, name, x in zip(self.cone.shown, texts, names, xs, strict=True):
            key = ("joined", *own.cell)
            if own in made:
                tiles = tuple((*piece.key, "bar") for _, piece in self.column(own))
                box = (x, y, wide, high)
                said: tuple[tuple[str, float], ...] = ((text, size),)
                if has_index:
                    said = (text, min(size, TEXT)), (name, self.form.small)
                field.tile(draft, key, own.weight, "kernel", box, largest, True, said, made_of=tiles)
                continue
            asked = plate("kernel", x - wide / 2, y - high / 2, x + wide / 2, y + high / 2, edge=1.0, light=0.0)
            asked = asked.at(hollow=True, size=3, dash=14.0, radius=8.0)
            draft.put("kernel", ("asked", *own.cell, "box"), asked)
            if words("?", 0, 0, size).width < wide:
                draft.put("kernel", ("asked", *own.cell, "digits"), words("?", x, y, size, "kernel"))

    def waiting(self, draft: Draft, made: Collection[Joined] = (), named: bool = False) -> None:
        """The kernel below the rows."""
        self.strip(draft, self.field.low, self.field.kernel, made, named=named)

    def layers(self, draft: Draft, axis: Axis, y: float, thick: float) -> float:
        """The layers, one below the other, from a height on; where the next one would begin."""
        for layer in reversed(self.field.formula.numbers):
            face = plate("sample", axis.left + 2, y, axis.right - 2, y + thick, light=CARD, z=-3)
            draft.put("layers", ("layer", layer, "card"), face)
            if thick > SMALL:
                name = words(f"layer {layer}", face.x, face.y, self.field.size if thick > 60 else SMALL)
                draft.put("layers", ("layer", layer, "name"), name)
            y += thick + 12
        return y

    def asked(self, draft: Draft) -> float:
        """The layers, one below the other, and the kernel that is asked for instead; the middle of both."""
        field, top = self.field, self.field.top - 30
        thick = min(field.kernel, 0.36 * (field.bottom - top) / len(field.formula.numbers) - 12)
        low = self.layers(draft, field.axis, top, thick)
        upper, middle = (top + low) / 2 - 6, (low + field.bottom + 12) / 2
        self.strip(draft, middle, min(1.1 * self.high, field.bottom - low - 60), ())
        left, right, end = field.axis.right + 16, (field.right + field.end) / 2, (upper + middle) / 2
        for y, role, dash in ((upper, "quiet", 0.0), (middle, "kernel", 14.0)):
            to = end + (HERO if not self.form.is_narrow else PARTIAL) * (0.55 if y > end else -0.55)
            points = (left, y, right, y, right, y, right, to)
            draft.put("layers", ("tie", role), line(role, *points, size=4, dash=dash, curve=True, z=-1))
        return end

    def sums(self, draft: Draft) -> None:
        """The tiles of every column, closed up, and below them the tap that they add up to."""
        field, high, narrow = self.field, self.high, self.form.is_narrow
        names = [f"*w*[{field.index(own.cell)}]" for own in self.cone.shown]
        size = benches.fitting(field.slot - 12, names, (SMALL if narrow else TEXT, SMALL, 0.0))
        y = field.bottom - (size + 24 if size else 10.0) - high / 2
        self.strip(draft, y, high, self.cone.shown)
        top, floor, largest, tall = field.top - 16, y - high / 2 - 20, *self._stacked()
        tall = min(TALLEST, (floor - top) / tall) if field.is_written else (floor - top) / tall
        inside = SMALL if DIGIT * field.size > 0.7 * tall else field.size
        for own, name in zip(self.cone.shown, names, strict=True):
            x, level, into = field.x(own.cell), floor, ("joined", *own.cell, "bar")
            for row, (key, _, _, number) in reversed(self.column(own)):
                share = 1.0 if field.is_written else float(abs(number.value) / largest)
                box = (x, level - tall * share / 2, field.slot - 12, tall - 5 if field.is_written else 0.94 * tall)
                written, role = ((beside.addend(number), inside),), field.role(row.channel)
                field.tile(draft, key, number, role, box, largest, True, written, goes_into=into)
                level -= tall * share
            if size:
                below = words(name, x, y + high / 2 + 0.5 * size + 14, size, "kernel")
                draft.put("sum", ("joined", *own.cell, "name"), below)
        if field.is_deep:
            seen, every, left = sum(len(row.pieces) for row in field.rows), self.cone.ways, field.axis.right + 40
            said = f"{seen} of {every.count:,} products" if seen < every.count else phrases.count(seen, "product")
            beside.spell(draft, ("products",), said, left, floor - (floor - top) / 4, field.size, "ink", -1)
            taps = phrases.count(len(every.joined), "tap")
            beside.spell(draft, ("taps",), taps, left, y, field.size, "kernel", -1)

    def _stacked(self) -> tuple[Fraction, float]:
        """The largest product, and how high the highest column is in tiles as high as that one's."""
        columns = [[abs(piece.product.value) for _, piece in self.column(own)] for own in self.cone.shown]
        largest = max((value for column in columns for value in column), default=Fraction(0)) or Fraction(1)
        return largest, max(len(c) if self.field.is_written else float(sum(c) / largest) for c in columns) or 1.0

    def added(self, own: Joined) -> str:
        """The numbers of a column as a sum is written."""
        return phrases.added([piece.product.text for _, piece in self.column(own)], own.weight.text)

    def merging(self) -> list[Cue]:
        """How columns close up, and then each leaves its tap; where numbers are written their taps are made already."""
        moving = tuple((*piece.key, kind) for own in self.cone.shown for _, piece in self.column(own) for kind in _TILE)
        strip, written = (("kernel", "card"), ("name", "kernel"), ("joined",)), self.field.is_written
        cues = [Cue(moving, motion.MOVE, 1.4), Cue(strip, motion.ENTER if written else motion.MOVE, 1.4)]
        done = self.cone.shown if written or not self.field.is_deep else self.worked
        for n, own in enumerate(self.cone.shown):
            key, lasts = ("joined", *own.cell), quick(0 if len(self.cone.shown) <= 6 else n, len(self.cone.shown), 0.7)
            tile = ((*key, "bar"),) if own not in done else ()
            cues.append(Cue(tile, motion.ENTER + n, lasts))
            words = [(*key, "name"), *((*own, "digits") for own in [key] if tile)]
            cues.append(Cue(tuple(words), motion.ENTER + n + written, 0.3, "", (), 0 if written else 0.5 * lasts))
        return cues

    # the kernel meets the input

    def meets(self, draft: Draft) -> None:
        """The kernel under the samples, and the staircase of tap times sample up to the output."""
        field, rest, narrow, every = self.field, addends(self.cone), self.form.is_narrow, self.cone.shown
        field.samples(draft, [own.cell for own in every])
        self.strip(draft, field.beneath, field.kernel, every, True)
        top, unit = field.beneath + field.kernel / 2 + 20, field.unit
        room = field.bottom - 8 - top - DIGIT * field.size - 24
        if not field.is_written:
            unit = (room - field.foot_room) / sum(field.climbed) if sum(field.climbed) else 1.0
            pieces.remark(draft, ("scales",), "Each row has its own scale.")
        floor = top + room - field.climbed[1] * unit
        floor -= max(0.0, 0.5 * (room - sum(field.climbed) * unit - field.foot_room))
        end = field.end - (100 if not narrow else 90)
        pitch = (end - field.axis.right) / (len(rest) + 1)
        wide = min(140.0, 0.56 * field.slot, 0.6 * pitch)
        pieces.baseline(draft, ("level", field.level), field.axis.left, end + 60, floor)
        made, copies = dict[Key, tuple[Key, ...]](), dict[Key, Key]()
        steps = list[tuple[Key, Number, Role, float]]()
        for own in every:
            key: Key = ("share", *own.cell)
            steps.append((key, own.product, "output", field.x(own.cell)))
            copies[key] = (*self.cone.key(field.base, own.cell), "bar")
            made[key] = (("joined", *own.cell, "bar"), copies[key])
        steps += [(key, n, role, field.axis.right + (at + 0.7) * pitch) for at, (key, n, role) in enumerate(rest)]
        whole = is_whole(*(number for _, number, *_ in steps)) and unit > 8
        pieces.staircase(draft, steps, floor, unit, wide, made, copies, (), SMALL, whole, until=end - wide / 2)
        for key, number, *_ in steps:
            mark = draft.marks[(*key, "bar")]
            if number.value < 0 and not field.is_written:
                draft.change([(*key, "bar")], light=MINUS + 0.14)
            if field.is_written:
                pieces.digits(draft, key, beside.addend(number), field.size)
                if number.value < 0:
                    y = mark.bottom + 14 + DIGIT * field.size / 2
                    draft.change([(*key, "digits")], y=y)
        if whole:
            self._arrows(draft, steps)
        for key, *_ in rest:
            pieces.note(draft, key, key[0], draft.marks[(*key, "bar")].x, floor + field.climbed[1] * unit + 40, 0)
        total = field.script.output(*field.script.cell)
        parents = tuple((*key, "bar") for key, *_ in steps)
        room = 2 * min(self.form.width - 4 - end, end - steps[-1][3] - 0.6 * wide)
        sizes = (HERO, PARTIAL, TEXT, SMALL) if not narrow else (PARTIAL, TEXT, SMALL)
        big = benches.fitting(room, [total.text], sizes)
        key, width = self.cone.key(field.level, field.script.cell), min(pieces.WIDEST, 1.2 * wide)
        name = f"*y*{field.level}[{field.script.cell.step}]"
        foot = floor + max(0.0, -float(total.value) * unit) + 0.5 * field.size + 14
        beside.spell(draft, ("output",), name, end, foot, field.size, "formula")
        pieces.result(draft, key, total, end, floor, unit, width, "output", big, whole, parents)

    def _arrows(self, draft: Draft, steps: Iterable[tuple[Key, Number, Role, float]]) -> None:
        """Where each addend goes: an arrowhead in the tip of its bar, and the levels between them."""
        for key, number, *_ in steps:
            if (*key, "link") in draft.marks:
                draft.change([(*key, "link")], size=4)
            if number.value:
                mark, way = draft.marks[(*key, "bar")], 1 if number.value > 0 else -1
                tip, half = mark.tip + 8 * way, min(14.0, mark.width / 4)
                points = (mark.x - half, tip + half * way, mark.x, tip, mark.x + half, tip + half * way)
                head = line("output", *points, size=5, light=0.0, z=3, rides=(*key, "bar"))
                draft.put("staircase", (*key, "arrow"), head)

    def stairs(self) -> list[Cue]:
        """The kernel rises to the samples, the products fall one after the other, and the output grows."""
        keys: list[Key] = [("share", *own.cell) for own in self.cone.shown] + [key for key, *_ in addends(self.cone)]
        total = self.cone.key(self.field.level, self.field.script.cell)
        cues = [Cue((("joined",), ("kernel", "card"), ("name", "kernel"), ("baseline", "level")), motion.MOVE, 1.2)]
        for place, key in enumerate(keys):
            beat, after = (motion.ENTER + place, 0.0) if place else (motion.MOVE, 0.7)
            cues.append(Cue(((*key, "bar"),), beat, quick(place, len(keys), 0.9), "down first", (), after))
            cues.append(Cue((("note", *key),), motion.ENTER + place, 0.3))
        return [*cues, Cue((total, ("letter", "output")), motion.ENTER + len(keys), 0.9)]
