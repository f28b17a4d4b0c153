"""The field of all products behind one output: a row for each bracket of its formula, a column for each sample.

A row is a tap, a bracket and their product; the bracket holds a number of the layer below, closed, or its own products
as tiles. The rows' products, head to tail, reach the output; so do the tiles, sorted by sample. This module knows a
cone and pieces; which state stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any, NamedTuple

from convexplain import style
from convexplain.board import pieces, tiles
from convexplain.board.marks import CONTEXT, FULL, PARTIAL, SMALL, SUPPORT, TEXT, Cue, Draft, Key, Role, line
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.layers import Cell
from convexplain.stories import bench as benches
from convexplain.stories.cone import Cone, is_whole
from convexplain.stories.ways import Way, walk

MOST_ROWS, FEW_ROWS, NARROWEST = 24, 7, 584.0
"""How many rows a board has room for, with how many their numbers are written, and the width of the columns in the
narrowest format.
"""


class Piece(NamedTuple):
    """One product of a bracket, before and after what stands outside is multiplied in."""

    key: Key
    source: Cell
    inner: Number
    product: Number


class Row(NamedTuple):
    """One bracket. ``taps`` are those outside it, the output's layer first; ``weight`` is their product."""

    at: tuple[int, ...]
    channel: int
    """Which hue it has."""
    taps: tuple[Number, ...]
    weight: Number | None
    inner: Number
    pieces: tuple[Piece, ...]
    product: Number

    @property
    def key(self) -> Key:
        return ("row", *self.at)


class Field:
    """The rows of one output, in one format."""

    def __init__(self, cone: Cone) -> None:
        self.cone, self.script, self.form = cone, cone.script, cone.form
        self.base, self.level = cone.base, cone.script.level
        every = list(self._rows())
        self.rows = every[:MOST_ROWS]
        self.total = self.script.total(self.script.cell)
        left, right = (424.0, 1414.0) if not self.form.is_narrow else (250.0, 834.0)
        self.outside = left - (84.0 if not self.form.is_narrow else 62.0)
        """The x of the line that the taps outside stand on."""
        self.after = right + 40.0
        """Where the products begin."""
        pitch = min(330.0, (right - left) / len(cone.places))
        self.axis = Axis(tuple(cone.places), left, pitch, cone.steps)
        self.foot = benches.TOP + self._head
        """The baseline of the samples."""

    # what there is

    def _rows(self) -> Iterator[Row]:
        if self.level - self.base == 1:
            yield from self._channels()
            return
        for way in walk(self.script, self.script.cell, self.base + 1, self.cone.is_shown):
            taps = tuple(reversed(way.taps))
            yield Row(way.at, self._hue(way), taps, way.weight, way.sample, self._pieces(way), way.product)

    def _hue(self, way: Way) -> int:
        return way.cells[-2].channel

    def _pieces(self, way: Way) -> tuple[Piece, ...]:
        """The products in the bracket that a way ends at."""
        level, cell, found = self.base + 1, way.cells[0], []
        for term in self.script.source.stack.terms(level, cell):
            if not term.padded and self.cone.is_shown(self.base, term.source):
                k, c, _ = term.weight
                inner = self.script.number(("term", level, *cell, k, c))
                about = ("path", self.level, *self.script.cell, *way.at, k, c)
                product = self.script.written(way.weight.value * inner.value)._replace(about=about)
                found.append(Piece(("way", *way.at, k, c), term.source, inner, product))
        return tuple(found)

    def _channels(self) -> Iterator[Row]:
        """Of a single layer: a bracket for each channel, with nothing outside."""
        for part in self.script.correlations(self.script.cell):
            if part.source in self.cone.channels[self.base]:
                found = [
                    Piece(("way", tap.k, part.channel), Cell(tap.step, part.source), tap.product, tap.product)
                    for tap in part.taps
                    if not tap.padded and self.cone.is_shown(self.base, Cell(tap.step, part.source))
                ]
                yield Row((part.channel,), part.source, (), None, part.partial, tuple(found), part.partial)

    @property
    def count(self) -> int:
        """How many brackets there are, those that are not shown included."""
        if self.level - self.base == 1:
            return len(self.script.correlations(self.script.cell))
        return self.script.ways(self.script.cell, self.base + 1).count

    @property
    def rest(self) -> list[tuple[Key, Number, Role]]:
        """What the output is the sum of besides the rows that are shown: other rows, and the biases of its layer."""
        found: list[tuple[Key, Number, Role]] = []
        bias = self.script.bias(self.script.cell)
        shown = sum((row.product.value for row in self.rows), Fraction(0))
        others = self.total.value - shown - (bias.value if bias is not None else 0)
        if others:
            found.append((("rest",), self.script.written(others), "bias"))
        if bias is not None:
            found.append((("bias",), bias, "bias"))
        return found

    # where it stands

    @property
    def _head(self) -> float:
        """The height of the samples' row above its baseline."""
        return 96.0 if not self.form.is_narrow else 80.0

    @property
    def top(self) -> float:
        """Where the rows begin."""
        return self.foot + self.down + (66.0 if not self.form.is_narrow else 52.0)

    @property
    def unit(self) -> float:
        """The height of a number 1 of the samples."""
        values = [own.sample.value for own in self.cone.shown]
        up, down = benches.extent(values)
        return benches.unit_of(self._head - 44, up + down, values, 30.0)

    @property
    def down(self) -> float:
        """How far samples hang below their baseline."""
        return benches.extent(own.sample.value for own in self.cone.shown)[1] * self.unit

    @property
    def bottom(self) -> float:
        """Where the rows end; below stands the output."""
        return self.form.height - 156.0 - (92.0 if not self.form.is_narrow else 64.0)

    @property
    def pitch(self) -> float:
        """From one row to the next."""
        groups = len({row.channel for row in self.rows})
        count = len(self.rows) + len(self.rest)
        return min(140.0, (self.bottom - self.top - 14.0 * groups) / max(1, count))

    def y(self, place: int) -> float:
        """The middle of a row, by its number; those after the rows are the rest."""
        channels = [row.channel for row in self.rows[: place + 1]]
        groups = sum(a != b for a, b in pairwise(channels)) + (place >= len(self.rows))
        return self.top + (place + 0.5) * self.pitch + 14.0 * groups

    @property
    def height(self) -> float:
        """The height of a tile."""
        return 0.78 * self.pitch

    def is_written(self) -> bool:
        """Whether the numbers of rows and products are written."""
        texts = [piece.product.text for row in self.rows for piece in row.pieces]
        short = max(map(len, texts), default=0) <= 4
        return self._is_few() and short and len(self.cone.places) * len(self.cone.channels[self.base]) <= 6

    def _is_few(self) -> bool:
        """Whether there are so few rows that each has room for a number."""
        return len(self.rows) + len(self.rest) <= FEW_ROWS

    @property
    def _size(self) -> float:
        """Of the numbers in a row."""
        return TEXT if self.pitch > 60 and not self.form.is_narrow else SMALL

    def x(self, cell: Cell) -> float:
        """Where a sample stands: its channel has a part of its step's column."""
        channels = self.cone.channels[self.base]
        part = self.axis.pitch * 0.92 / len(channels)
        return self.axis.x(cell.step) + (channels.index(cell.channel) - (len(channels) - 1) / 2) * part

    def tile_width(self) -> float:
        """The width of a tile."""
        return 0.87 * self.axis.pitch / max(1, len(self.cone.channels[self.base]))

    def role(self, row: Row) -> Role:
        """The hue of a row."""
        level = max(self.base, self.level - 1)
        role = self.cone.role(level, row.channel)
        return "kernel" if role == "sample" else role

    # what is laid

    def samples(self, draft: Draft, lit: Collection[Cell] | None = None) -> None:
        """The samples over their columns; the numbers of all where there is room for them, else of the ``lit`` ones."""
        fits = self.axis.pitch > 1.25 * SMALL * advance(runs_of(str(self.cone.steps)))
        pieces.ruler(draft, self.axis, lit={cell.step for cell in lit or ()} if fits else ())
        said = self.cone.shown if self.is_written() else []
        for own in self.cone.shown:
            key, width = self.cone.key(self.base, own.cell), 0.55 * self.tile_width()
            role, bricks = self.cone.role(self.base, own.cell.channel), is_whole(own.sample)
            pieces.column(draft, key, own.sample, self.x(own.cell), self.foot, width, self.unit, role, True, bricks)
            if lit is not None and own.cell not in lit:
                draft.change([(*key, "bar")], light=CONTEXT)
            if own in said:
                mark = draft.marks[(*key, "bar")]
                text = words(own.sample.text, mark.right + 12, mark.y, SMALL, align=-1, about=own.sample.about)
                draft.put("samples", (*key, "digits"), text.at(rides=(*key, "bar")))
        columns, meant = len(self.cone.places) * len(self.cone.channels[self.base]), lit or ()
        texts = [own.sample.text for own in self.cone.shown if own.cell in meant]
        if not said and benches.fitting(NARROWEST / columns - 6, texts, (SMALL, 0.0)):
            for own in self.cone.shown:
                if own.cell in meant:
                    pieces.digits(draft, self.cone.key(self.base, own.cell), own.sample.text, SMALL)
        pieces.baseline(draft, ("level", self.base), self.axis.left, self.axis.right, self.foot)
        name = "input" if not self.base else f"layer {self.base}"
        pieces.name(draft, ("level", self.base), name, self.foot)

    def kernel(self, draft: Draft, row: Row) -> None:
        """The taps of one bracket, each under the sample that it meets, where there is room for them."""
        y = self.foot + self.down + (38.0 if not self.form.is_narrow else 25.0)
        found = []
        for piece in row.pieces:
            k, c = piece.key[-2:]
            number = self.script.number(("weight", self.base + 1, k, *self._entry(row, c)))
            found.append((piece, benches.factor(number) if self.is_written() else number.text, number.about))
        columns = len(self.cone.places) * len(self.cone.channels[self.base])
        texts = [text for _, text, _ in found]
        if not benches.fitting(2 * NARROWEST / columns - 12, texts, (SMALL, 0.0)):
            return
        fits = benches.fitting(self.axis.pitch * len(self.cone.places) / columns - 6, texts, (SMALL, 0.0))
        pieces.note(draft, ("kernel",), "times", self.form.margin, y, -1, self.role(row))
        for place, (piece, text, about) in enumerate(found):
            step = 0.0 if fits else (-12.0, 12.0)[place % 2]
            mark = words(text, self.x(piece.source), y + step, SMALL, self.role(row), about=about)
            draft.put("kernel", ("kernel", row.channel, *piece.key[-2:], "digits"), mark)

    def _entry(self, row: Row, channel: int) -> tuple[int, int]:
        """Where in a tap of the lowest layer's kernel a bracket's numbers are: its own channel, and the filter."""
        if self.level - self.base == 1:
            return channel, self.script.cell.channel
        assert row.inner.about is not None
        return channel, row.inner.about[-1]

    def heads(self, draft: Draft, products: bool = False) -> None:
        """What stands in the three columns of the field."""
        y = self.top - 28
        level = self.base + 1
        inner = f"numbers of layer {level}" if level < self.level else "sums"
        middle = (self.axis.left + self.axis.right) / 2
        pieces.note(draft, ("inner",), inner, middle, y, 0)
        if any(row.weight is not None for row in self.rows):
            align = 1 if self._is_few() else 0
            pieces.note(draft, ("taps",), "taps", self.outside if not self._is_few() else self.axis.left - 26, y, align)
        if products:
            pieces.note(draft, ("products",), "products", self.after, y, -1)

    def names(self, draft: Draft) -> None:
        """The channels' names, each beside the middle of its rows."""
        for channel in dict.fromkeys(row.channel for row in self.rows):
            places = [place for place, row in enumerate(self.rows) if row.channel == channel]
            y = (self.y(places[0]) + self.y(places[-1])) / 2
            role = self.role(self.rows[places[0]])
            said = f"channel {channel}" if role != "kernel" else f"layer {max(1, self.level - 1)}"
            pieces.note(draft, ("channel", channel), said, self.form.margin, y, -1, role)

    def taps(self, draft: Draft, lit: Collection[Row] | None = None, gone: Collection[Row] = ()) -> None:
        """What stands outside each bracket, as a number where there is room, else as a bar on a line of their own;
        nothing where it is ``gone``.
        """
        largest = max((abs(row.weight.value) for row in self.rows if row.weight is not None), default=Fraction(0))
        unit = 46.0 / float(largest) if largest else 1.0
        for place, row in enumerate(self.rows):
            if row.weight is None or row in gone:
                continue
            key, y, meant = ("tap", *row.at), self.y(place), lit is None or row in lit
            into = (*row.pieces[0].key, "bar") if row.pieces else None
            if self._is_few():
                text = words(
                    benches.factor(row.weight).removeprefix("× ") + " ×", self.axis.left - 26, y, self._size, align=1
                )
                role = "ink" if meant else "context"
                draft.put("taps", (*key, "digits"), text.at(role=role, about=_about(row), goes_into=into))
            else:
                self._lying(draft, key, row.weight, self.role(row), (self.outside, y), unit, 0.56 * self.pitch, meant)
                draft.change([(*key, "bar")], goes_into=into)
        if not self._is_few() and any(row.weight is not None and row not in gone for row in self.rows):
            ends = self.y(0) - self.pitch / 2, self.y(len(self.rows) - 1) + self.pitch / 2
            draft.put("taps", ("tap", "line"), line("line", self.outside, ends[0], self.outside, ends[1], z=-1))

    def _lying(
        self,
        draft: Draft,
        key: Key,
        number: Number,
        role: Role,
        at: tuple[float, float],
        unit: float,
        height: float,
        meant: bool = True,
    ) -> float:
        """A number as a bar that lies, from a place to the right or, when negative, to the left; where it ends."""
        x, y = at
        end = x + float(number.value) * unit
        light = tiles.light_of(number.value) if meant else CONTEXT
        tiles.tile(draft, key, number, role, (x + end) / 2, y, abs(end - x), height, light=light)
        return end

    def brackets(
        self,
        draft: Draft,
        lit: Collection[Row] | None = None,
        opened: Collection[Row] = (),
        gone: Collection[Row] = (),
    ) -> None:
        """Brackets, each one number over the columns that it reads; those ``opened`` hold their products, those
        ``gone`` are no more.
        """
        for place, row in enumerate(self.rows):
            if row in gone:
                continue
            y, role, meant = self.y(place), self.role(row), lit is None or row in lit
            left, right = self.span(row)
            shade = SUPPORT if meant else CONTEXT
            tiles.brackets(draft, ("brackets", *row.at), left - 8, right + 8, y, self.height, role, shade)
            if row in opened:
                self._open(draft, row, y, role, meant)
                continue
            light = tiles.light_of(row.inner.value) * (0.62 if meant else 0.3)
            value = abs(row.inner.value) or Fraction(1)
            card = row.inner._replace(value=value)
            tiles.tile(draft, row.key, card, role, (left + right) / 2, y, right - left, self.height, light=light)
            if self._is_few():
                text = words(row.inner.text, (left + right) / 2, y, self._size, "ink" if meant else "context")
                draft.put("closed", (*row.key, "digits"), text.at(about=row.inner.about))

    def _open(self, draft: Draft, row: Row, y: float, role: Role, meant: bool = True) -> None:
        for piece in row.pieces:
            alive = meant and (row.weight is None or bool(row.weight.value))
            more: dict[str, Any] = dict(copy_of=(*row.key, "bar"))
            self._tile(draft, piece, piece.inner, role, y, alive, "inner", **more)

    def _tile(
        self, draft: Draft, piece: Piece, number: Number, role: Role, y: float, meant: bool, name: str, **more: Any
    ) -> None:
        light = tiles.light_of(number.value) if meant else CONTEXT
        x = self.x(piece.source)
        tiles.tile(draft, piece.key, number, role, x, y, self.tile_width(), self.height, light=light, **more)
        if self.is_written() and number.value:
            bright = number.value > 0 and meant
            text = words(addend(number), x, y, self._size, light=0.0 if bright else FULL, about=number.about)
            draft.put("tile", (*piece.key, name), text.at(rides=(*piece.key, "bar")))

    def turns(self, row: Row, place: int, beat: float, lasts: float) -> list[Cue]:
        """How a row is multiplied: what stands outside goes into it, its numbers change, and its tiles become what
        they are now; where that is negative, they turn over, without their numbers.
        """
        assert row.weight is not None
        how = "turn" if row.weight.value < 0 else ""
        lasts = lasts if how else 0.7 * lasts
        cues = [Cue((("brackets", *row.at),), beat + 0.4, 0.3), Cue((("tap", *row.at),), beat, 0.5 * lasts)]
        for piece in row.pieces:
            at = (self.x(piece.source), self.y(place)) if how else ()
            cues.append(Cue(((*piece.key, "bar"),), beat, lasts, how, at))
            gone = beat - 0.5 if how or piece == row.pieces[0] else beat + 0.4  # the factor flies over the first
            cues += [Cue(((*piece.key, "inner"),), gone, 0.3), Cue(((*piece.key, "digits"),), beat + 0.5, 0.3)]
        return cues

    def multiplied(self, draft: Draft, rows: Collection[Row]) -> None:
        """The products of some rows, with everything multiplied in."""
        for place, row in enumerate(self.rows):
            for piece in row.pieces if row in rows else ():
                self._tile(draft, piece, piece.product, self.role(row), self.y(place), True, "digits")

    def span(self, row: Row) -> tuple[float, float]:
        """The left and the right edge of the columns that a bracket reads."""
        xs, half = [self.x(piece.source) for piece in row.pieces], self.tile_width() / 2
        return min(xs, default=self.axis.left) - half, max(xs, default=self.axis.left) + half

    def products(self, draft: Draft) -> None:
        """What each row gives, head to tail from the top down, and where they end: the output."""
        every = [(("product", *row.at), row.product, self.role(row)) for row in self.rows] + self.rest
        reached = benches.levels(number.value for _, number, _ in every)
        low, high = float(min(reached)), float(max(reached))
        room = self.form.width - self.form.margin - self.after - (90.0 if self.is_written() else 20.0)
        unit = room / (high - low) if high > low else 1.0
        zero = self.after - low * unit
        last = len(every)
        for place, (key, number, role) in enumerate(every):
            y, x = self.y(place), zero + float(reached[place]) * unit
            made = (("row", *key[1:], "bar"),) if place < len(self.rows) else ()
            self._lying(draft, key, number, role, (x, y), unit, 0.56 * self.pitch)
            draft.change([(*key, "bar")], made_of=made)
            end = zero + float(reached[place + 1]) * unit
            below = self.y(place + 1) if place + 1 < last else self.bottom + 40
            link = line("quiet", end, y + 0.28 * self.pitch, end, below - 0.28 * self.pitch, dash=5, size=2, z=-1)
            draft.put("products", (*key, "link"), link.at(rides=(*key, "bar")))
            if self.is_written():
                mark = words(
                    addend(number), self.form.width - self.form.margin, y, self._size, align=1, about=number.about
                )
                draft.put("products", (*key, "digits"), mark.at(rides=(*key, "bar")))
        for place, (key, *_) in enumerate(self.rest, len(self.rows)):
            more = f"{self.count - len(self.rows):,} more" if key == ("rest",) else "bias"
            beside = 150.0 if key == ("bias",) and len(self.rest) > 1 else 0.0
            pieces.note(draft, ("row", *key), more, self.form.margin + beside, self.y(place))
        key, y = self.cone.key(self.level, self.script.cell), self.form.height - 156.0 - 44
        self._lying(draft, key, self.total, "output", (zero, y), unit, 40.0)
        parents = tuple((*key, "bar") for key, *_ in every)
        draft.change([(*key, "bar")], made_of=parents, light=FULL)
        draft.put("products", ("zero",), line("line", zero, self.top, zero, y + 26, z=-2))
        mark = words(self.total.text, min(zero, zero + float(self.total.value) * unit) - 20, y, PARTIAL, align=1)
        draft.put("products", (*key, "sum"), mark.at(about=self.total.about, rides=(*key, "bar")))


def addend(number: Number) -> str:
    """A number as an addend; a zero has no sign."""
    return style.signed(number.text) if number.value else number.text


def _about(row: Row) -> Any:
    return row.taps[0].about if len(row.taps) == 1 else (row.weight.about if row.weight else None)
