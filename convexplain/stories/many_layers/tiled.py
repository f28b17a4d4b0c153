"""The numbers behind one output, and their places: a row for each number of the layer below, a column for each sample.

A row is a kernel under the samples that it meets, a tile for each of its numbers, which says it and, where both have
room, its sample; where numbers are not written it is a bar. It is a bracket of the output's formula: after it stands
the number of the layer above, then what it gives; below these is the output, and last the one kernel they add up to.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from itertools import groupby, pairwise
from typing import Any

from convexplain.board import motion, pieces
from convexplain.board.marks import CARD, CONTEXT, DIGIT, PARTIAL, SMALL, TEXT, Draft, Key, Mark, Role, bar, dot, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import words
from convexplain.layers import Cell
from convexplain.stories import bench, phrases
from convexplain.stories.many_layers.cone import Cone
from convexplain.stories.many_layers.views import wide
from convexplain.stories.many_layers.walked import addend, inscribed
from convexplain.stories.many_layers.ways import STATES, Row, Way, others, walk

MOST_ROWS, FEW_ROWS, FEW_STEPS = 24, 7, 7
"""How many rows a board has room for, with how many their numbers are written, and how many outputs it has room for."""
NARROWEST, NARROW_ASIDE, GAP, BRACES = 500.0, 446.0, 16.0, (28.0, 36.0)
"""In the narrowest format, the width of the columns and of what stands right of them; what is between signs; and what a
bracket takes on paper and in a film.
"""
LARGEST, TALLEST, LIE, OUTPUT = 40.0, 0.12, 36.0, 1.0
"""The height of a brick and of a row (a share of the picture's) at most, of a row without tiles, and of the output in
its size.
"""
TOP, NAMES = 60.0, 78.0
"""Where the picture begins, and what lies between samples and rows: the layers' names."""
SIZES = (PARTIAL, 56.0, TEXT, 40.0, SMALL)
"""Of numbers in tiles, and of formulas."""


def fits(room: float, texts: Iterable[str]) -> bool:
    """Whether some texts have room, small."""
    return bench.fitting(room, texts, (SMALL, 0.0)) > 0


class Rows:
    """The rows of one output, in one format; there are none where a single layer is told."""

    def __init__(self, cone: Cone) -> None:
        self.cone, self.script, self.form = cone, cone.script, cone.form
        self.base, self.level = cone.base, cone.script.level
        self.key = cone.key(self.level, self.script.cell)
        """That of the output."""
        self.total, self.rows = self.script.total(self.script.cell), list[Row]()
        self.rest, self.count = cone.rest, 0
        """What the output is the sum of besides what is shown, and how many rows there are."""
        if self.level - self.base > 1:
            to, ways = self.script.cell, self.script.ways(self.script.cell, self.base + 1)
            paths = walk(self.script, to, self.base + 1, cone.close.has)
            self.rows = sorted(map(self._row, paths), key=lambda row: row.channel)[:MOST_ROWS]
            self.count, self.rest = ways.count, others(self.script, ways, [row.product for row in self.rows])
        self.kernels = {channel: list(rows) for channel, rows in groupby(self.rows, lambda row: row.channel)}
        """The rows of each channel: from the first its others slide."""
        self.most = max(map(len, self.kernels.values()), default=0)
        self.kernel_name = "kernel" if cone.shapes[self.base][1] == 1 else "filter"
        self.narrowest = NARROWEST / (max(2, len(cone.places)) * len(cone.channels[self.base]))
        """How wide a column is in the narrowest format."""
        self.is_written, is_even = self._is_short(), all(layer.padding == "valid" for layer in cone.layers.values())
        self.every = self._every() if self.is_written and is_even and self.script.layer.is_linear else list[Cell]()
        self.says_samples = self.is_written and fits(0.92 * self.narrowest - 40, self._said(True))
        """Whether tiles have room for the samples that their numbers are multiplied by."""
        self._spread()
        self._measure()

    # numbers

    def _row(self, way: Way) -> Row:
        """The number that a way starts at, with the taps that give it."""
        found = tuple(path for path in self.cone.paths if path.at[: len(way.at)] == way.at)
        weight = way.taps[0] if len(way.taps) == 1 else way.weight
        return Row(way.at, *way.cells[0], weight, way.sample, found, way.product)

    def _is_short(self) -> bool:
        """Whether numbers are written, in every format: few short ones, and whole samples."""
        shown, rows = self.cone.shown, self.rows
        texts = [*self._said(), *(f"{addend(own.weight)}·{phrases.times(own.sample)}" for own in shown)]
        few = self.count == len(rows) <= FEW_ROWS - len(self.rest) and len(shown) == len(self.cone.ways.joined)
        short = fits(self.narrowest - 16, texts) and self._aside(True)[-1] <= NARROW_ASIDE
        return few and bench.whole(own.sample.value for own in shown) and short

    def _said(self, times: bool = False) -> list[str]:
        """All that tiles of rows say, with the samples their numbers are multiplied by or without."""
        every = (pair for row in self.rows for of in STATES for pair in zip(row.numbers(of), row.pieces, strict=True))
        return [addend(number) + f"·{phrases.times(piece.sample)}" * times for number, piece in every]

    def bias(self, row: Row, multiplied: bool = False) -> str:
        """What is added to the products of a row; nothing without a bias."""
        if not self.cone.layers[self.base + 1].use_bias:
            return ""
        bias = self.script.number(("bias", self.base + 1, row.channel))
        return pieces.signed((self.script.written(bias.value * row.weight.value) if multiplied else bias).text)

    def _every(self) -> list[Cell]:
        """All outputs of the channel, where these are few, short, and Keras's own numbers."""
        steps, cone, script = self.script.shape[0], self.cone, self.script
        cells = [Cell(step, script.cell.channel) for step in range(steps)] if 1 < steps <= FEW_STEPS else []
        same = all(script.asked(*cell) == script.output(*cell).value for cell in cells)
        has_room = cone.wide.size(self.base, (own.sample for own in cone.shown))
        has_room = has_room and cone.wide.size(self.level, (script.output(*cell) for cell in cells))
        return cells if same and has_room and not self.rest else []

    @property
    def noun(self) -> str:
        """What the layers make."""
        return "output" if self.script.layer.is_linear else "sum"

    @property
    def sign(self) -> str:
        """What stands between the one kernel and the output."""
        return " ".join([*(addend(number) for _, number, _ in self.cone.rest), "="])

    def letter(self, level: int, cell: Cell) -> str:
        """A number of a level in a formula: ``x[2]``, with its channel where there are several."""
        array = phrases.array(level, 1 if not self.base else level + 1)
        return f"{array}[{cell.step}{f', {cell.channel}' * (self.cone.shapes[level][1] > 1)}]"

    # places

    def _aside(self, narrow: bool) -> tuple[float, float, float, float]:
        """In a format, how wide biases in brackets are, numbers of the next layer after them, what stands before
        results, and all right of the columns, as wide as the next layer's kernels at work.
        """
        size, larger, small, rim = (SMALL, TEXT, SMALL, 54.0) if narrow else (TEXT, PARTIAL, 40.0, 100.0)
        tap = max([1.6 * size, *(wide(row.weight.text, size) + 36 for row in self.rows)])
        biases = max([0.0, *(wide(self.bias(row), size) + GAP for row in self.rows)])
        before = max(wide(self.sign, larger), wide(self.noun, small), tap + wide("·=", size) + 2 * GAP) + 2 * GAP
        results = [wide(self.total.text, larger), wide(self.letter(self.level, self.script.cell), larger)]
        results += [wide(pieces.signed(row.product.text), size) for row in self.rows]
        met = max([0.0, *(wide(f"{row.weight.text}·{phrases.times(row.inner)}", size) for row in self.rows)])
        return biases, tap, before, BRACES[not narrow] + max(biases + before + max(results), self.most * (met + rim))

    def _spread(self) -> None:
        """Where everything stands from left to right."""
        narrow, margin, self.end = self.form.is_narrow, self.form.margin, self.form.width - self.form.margin
        self.left = margin + (190.0 if narrow else 214.0)
        self.size, self.larger = (SMALL, TEXT) if narrow else (TEXT, PARTIAL)
        self.brace, room = BRACES[not narrow], self.end - self.left
        biases, self.tap, before, self.aside = self._aside(narrow)
        if not self.is_written:
            biases, self.aside = 0.0, room - NARROWEST if narrow else 0.3 * room
            """How wide all is that stands right of the columns."""
        places = tuple(self.cone.places)
        self.axis = Axis(places, self.left, (room - self.aside) / max(2, len(places)), self.cone.steps)
        self.slot = 0.92 * self.axis.pitch / max(1, len(self.cone.channels[self.base]))
        """The width of a sample's column."""
        self.close, self.beside = self.axis.right + biases + self.brace / 2, self.axis.right + self.brace
        """Where brackets close, and where the next layer's kernels begin."""
        self.sums, self.factor = self.end - 0.68 * self.aside, self.end - 0.34 * self.aside
        if self.is_written:
            self.sums = self.close + self.brace / 2 + before
            self.factor = self.sums - wide("=", self.size) - 2.5 * GAP - self.tap / 2
        """Where results begin, and the middle of a number that multiplies a row; of bars, where these end."""

    def _measure(self) -> None:
        """Where everything stands from above to below."""
        high, low = bench.extent(values := [own.sample.value for own in self.cone.shown])
        self.bottom = self.form.height - 172.0
        height, count = self.bottom - TOP, len(self.rows)
        self.unit = bench.unit_of(0.15 * height, high + low, values, LARGEST)
        """The height of a number 1 of the samples."""
        pad = DIGIT * self.size + 20 if self.is_written else 0.0
        self.foot = TOP + pad + high * self.unit
        self.top, self.apart = self.foot + low * self.unit + NAMES + 8, 20.0 if self.form.is_narrow else 30.0
        """The baseline of the samples, where the rows begin, and what lies between them and the one kernel."""
        gap = (14.0 if count + len(self.rest) <= FEW_ROWS else 2.0) / (1 + self.form.is_narrow)
        room = self.bottom - self.top - self.apart - 16 - (LIE + gap) * len(self.rest) - OUTPUT * self.larger
        between = max(gap, 12.0 / (1 + self.form.is_narrow))  # between two kernels
        room -= gap * (count + 1) + between * (len(self.kernels) - 1)
        thick = 0.13 * height
        self.row = min(TALLEST * height, room / (count + 1) if self.is_written else (room - thick) / max(1, count))
        self.kernel = self.row if self.is_written else thick
        gap += max(0.0, room - self.kernel - count * self.row) / (count + 1)
        self.tall = self.row - 10 if self.row > 40 else 0.9 * self.row
        """The height of a row, of the one kernel, and of a tile in a row."""
        y, self.places, self.middle = self.top + 8 - between, list[float](), dict[int, float]()
        """The middle of each row, of the numbers that have no tiles as well, and of the rows of each channel."""
        for channel, rows in self.kernels.items():
            y += between
            self.places += (own := [y + self.row / 2 + (self.row + gap) * place for place in range(len(rows))])
            self.middle[channel], y = (own[0] + own[-1]) / 2, own[-1] + self.row / 2 + gap
        self.places += [y + (LIE + gap) * place + LIE / 2 for place in range(len(self.rest))]
        self.low = self.bottom - self.kernel / 2 - 6
        self.last = self.low - self.kernel / 2 - self.apart
        self.made = self.last - OUTPUT * self.larger / 2
        """The middle of the place of the one kernel, where what is above it ends, and the middle of the output."""

    def x(self, cell: Cell) -> float:
        """Where a sample stands: its channel has a part of its step's column."""
        channels = self.cone.channels[self.base]
        return self.axis.x(cell.step) + (channels.index(cell.channel) - (len(channels) - 1) / 2) * self.slot

    def span(self, row: Row) -> tuple[float, float]:
        """The left and the right edge of the columns that a row reads."""
        xs, half = [self.x(piece.cells[0]) for piece in row.pieces], self.slot / 2
        return (min(xs) - half, max(xs) + half) if xs else (self.left, self.left)

    def role(self, channel: int) -> Role:
        """The hue of a channel."""
        role = self.cone.role(self.base + 1, channel)
        return "kernel" if role == "sample" else role

    # marks

    def name(self, draft: Draft, key: Key, said: str, x: float, y: float, align: float = -1, **look: Any) -> Mark:
        """The name of what stands at a height."""
        return draft.put("name", ("name", *key), words(said, x, y, look.pop("size", self.size), align=align, **look))

    def samples(self, draft: Draft, unit: float = 0.0) -> None:
        """The samples over their columns, in their unit or another."""
        wide = min(140.0, 0.56 * self.slot)
        for own in self.cone.shown:
            role, key = self.cone.role(self.base, own.cell.channel), self.cone.key(self.base, own.cell)
            bricks = own.sample.value.denominator == 1 and self.unit > 8
            pieces.column(draft, key, own.sample, self.x(own.cell), self.foot, wide, unit or self.unit, role, bricks)
            if self.is_written:
                pieces.digits(draft, key, own.sample.text, self.size)
        steps, axis, reach = self.axis.steps, self.axis, wide / 2 + 0.6 * self.form.small
        gaps = [axis.place(place) for place, step in enumerate(steps) if step is None]
        gaps += [axis.left - 36] * bool(steps[0]) + [axis.right + 36] * (steps[-1] != axis.length - 1)
        for place, x in enumerate(gaps):
            if all(abs(x - self.x(own.cell)) > reach for own in self.cone.shown):  # it has room between
                pieces.note(draft, ("gap", place), "⋯", x, self.foot - 20, 0)
        pieces.baseline(draft, ("level", self.base), self.axis.left, self.axis.right, self.foot)
        name = f"layer {self.base}" if self.base else "input"
        self.name(draft, ("level", self.base), name, self.form.margin, self.foot - DIGIT * self.size / 2)

    def tile(
        self, draft: Draft, key: Key, number: Number, role: Role, box: tuple[float, float, float, float],
        scale: tuple[float, float], said: str = "", size: float = SMALL, **more: Any,
    ) -> None:  # fmt: skip
        """A number in a box (x, y, width, height): a tile, and what is ``said`` in it, or a bar."""
        x, y, across, high = box
        value, written = number.value, self.is_written
        light = CARD if written and not value else more.get("light", 1.0)
        more |= {"about": number.about, "light": light}
        foot, rise = y + high / 2, high
        if not written:
            foot, rise = foot - scale[0], math.copysign(max(1.5, scale[1] * float(abs(value))), value)
            if key[0] in ("row", "tap", "product") and "goes_into" not in more:  # beside rows, which have their line
                line = plate(role, x - across / 2 - 6, foot - 1, x + across / 2 + 6, foot + 1, light=2 * CARD, z=-3)
                draft.put("tile", (*key, "line"), line.at(radius=1.0))
        mark = bar(role, x, foot, across, rise, **more).at(radius=min(8.0, abs(rise) / 4))
        none = dot(role, x, foot, min(10.0, high / 2, across), **more)
        draft.put("tile", (*key, "bar"), mark if value or written else none)
        if written and said:
            mark = words(said, x, y, size, z=3, **(inscribed(role) if light > CONTEXT else {}))
            draft.put("digits", (*key, "digits"), mark.at(rides=(*key, "bar"), about=number.about))

    @property
    def wide(self) -> float:
        """How wide a tile is, or a bar of many."""
        return self.slot - min(12.0, 0.2 * self.slot) if self.is_written else 0.72 * self.slot

    def scale(self, high: float, like: Collection[Number]) -> tuple[float, float]:
        """Of bars in a room so high: how far above its end their zero is, and what a 1 is."""
        up, down = bench.extent(own.value for own in like)
        unit = high / (up + down or 1.0)
        return down * unit if up or down else high / 2, unit

    def sized(self, texts: Collection[str]) -> float:
        """The size of what tiles say: with samples, no larger than these are, which come and go."""
        most = min(self.size if self.says_samples else self.larger, self.row / 1.3)
        sizes = [size for size in SIZES if size <= most]
        return bench.fitting(self.slot - 36, texts, sizes or [SMALL])

    def _scaled(self, state: str, high: float) -> tuple[float, float]:
        """The scale of all bars, as large as leaves those of a column apart and all of them on the sheet."""
        numbers = [[number.value for number in row.numbers(state)] for row in self.rows]
        zero, unit = self.scale(high, [number for row in self.rows for number in row.numbers(state)])
        up, down, aside = bench.extent(numbers[0])[0], bench.extent(numbers[-1])[1], (self.row - high) / 2
        rooms = (high, self._apart(state)), (high - zero + aside, up), (zero + aside, down)
        return zero, min([1.5 * unit, *(room / float(reach) for room, reach in rooms if reach)])

    def _apart(self, state: str) -> float:
        """How far the two bars of a column reach that come closest, one down and one up."""
        every = [{p.cells[0]: n.value for p, n in zip(r.pieces, r.numbers(state), strict=True)} for r in self.rows]
        met = ((above[c], below[c]) for above, below in pairwise(every) for c in above.keys() & below.keys())
        return max((bench.extent([below])[0] + bench.extent([above])[1] for above, below in met), default=0.0)

    def strips(self, draft: Draft, state: str, told: Cell | None = None) -> None:
        """Rows of tiles in one of the :data:`STATES`; where they are written those of a ``told`` sample are lit."""
        size, high = self.sized(self._said(self.says_samples)), self.tall
        above = {own.cell: (*self.cone.key(self.base, own.cell), "digits") for own in self.cone.shown}
        zero, _ = scale = self._scaled(state, high)
        for row, y in zip(self.rows, self.places, strict=False):
            (left, right), half, role = self.span(row), self.row / 2, self.role(row.channel)
            is_copy = row is not (parent := self.kernels[row.channel][0])
            face = plate(role, left, y - half, right, y + half, light=0.5 * CARD, edge=CONTEXT, z=-3)
            if not self.is_written:  # what its bars stand on
                face = face.at(y=y + high / 2 - zero, height=2.0, light=2 * CARD, edge=0.0)
            face = face.at(radius=min(10.0, 0.4 * half), copy_of=(*parent.key, "card") if is_copy else None)
            if state != "columns":
                draft.put("rows", (*row.key, "card"), face)
            for piece, number in zip(row.pieces, row.numbers(state), strict=True):
                first = ("way", *parent.at, *piece.key[len(row.at) + 1 :])
                box = self.x(piece.cells[0]), y, self.wide, high
                light = 1.0 if piece.cells[0] == told or not self.is_written else CONTEXT
                self.tile(draft, piece.key, number, role, box, scale, addend(number), size, light=light)
                if self.says_samples:
                    origin, above[piece.cells[0]] = above[piece.cells[0]], (*piece.key, "sample")
                    self.meets(draft, piece.key, piece.sample, (*piece.key, "sample"), copy_of=origin)
                for kind in ("bar", "digits", "times", "slot") if is_copy else ():
                    if (own := (*piece.key, kind)) in draft.marks:
                        draft.change([own], copy_of=(*first, kind))

    def meets(self, draft: Draft, key: Key, number: Number, own: Key, role: Role = "", **look: Any) -> None:
        """At the right of a tile a slot, of a ``role``, in which, with its ``own`` key, the number is that it meets."""
        tile, said = (draft.marks[*key, kind] for kind in ("bar", "digits"))
        met = words(phrases.times(number), 0, said.y, said.size, about=number.about, **look)
        times = words("·", 0, said.y, said.size, said.role, light=said.light, z=said.z)
        room = tile.width - said.width - times.width - 12
        width = max(met.width + 12, min(0.4 * tile.width, room))
        slot = bar(role or tile.role, tile.right - 6 - width / 2, tile.bottom - 6, width, tile.height - 12, z=1)
        left = (tile.left + slot.left - said.width - times.width) / 2
        draft.change([(*key, "digits")], x=left + said.width / 2)
        draft.put("digits", (*key, "times"), times.at(x=left + said.width + times.width / 2))
        draft.put("tile", (*key, "slot"), slot.at(light=CONTEXT * tile.light))
        draft.put("digits", own, met.at(x=slot.x, z=said.z + motion.LIFT))  # over copies that slide from its tile
