"""Both ways to one output, side by side: the one kernel on the samples, and the second kernel on what lies between.

Each way is a column a product: the number that is read, its factor on a card, the product on a staircase. Both have one
unit and one floor, so that equal sums are equally high. This module knows two layers as numbers and pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from convexplain import style
from convexplain.board import motion, pieces
from convexplain.board.marks import CARD, COLUMN, HERO, PARTIAL, SMALL, TEXT, Cue, Draft, Format, Key, Role, plate
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench
from convexplain.stories.cascade import middle_role, second_role
from convexplain.stories.pair import Pair

MOST = 24
"""The most products of the second way that stand beside each other; of more, the sums through the middle channels."""


@dataclass(frozen=True)
class Column:
    """One product: what is read, the factor, and what they make."""

    sample: Key | None
    read: Number
    weight: Key | None
    factor: Number
    product: Key
    made: Number
    role: Role
    reads: Role


class _Rows(NamedTuple):
    """The baselines of both ways, and the card of their factors."""

    unit: float
    foot: float
    middle: float
    kernel: float
    end: float
    floor: float
    size: float
    whole: bool


@dataclass(frozen=True)
class Both:
    """The two ways to output ``step``."""

    form: Format
    pair: Pair
    step: int

    @property
    def one(self) -> list[Column]:
        """The products of the one kernel."""
        pair, chain = self.pair, self.pair.chain
        columns = []
        for j in range(chain.span):
            i = chain.start(self.step) + j
            inside = 0 <= i < len(chain.x)
            key: Key | None = pair.sample_key(i)
            read = pair.x(i) if inside else Number(Fraction(0), "0")
            weight = pair.effective(j)
            made = pair.output(weight.value * read.value)
            at = ("effective", j), weight, ("term", "one", j), made
            columns.append(Column(key if inside else ("outside", i), read, *at, "ink", "sample"))
        return columns

    @property
    def two(self) -> list[Column]:
        """The products of the second kernel, or, of many, the sum through each middle channel."""
        pair, chain = self.pair, self.pair.chain
        through = chain.through(self.step)
        if len(through) > MOST:
            return [self._sum(m, sum((p for other, _, p in through if other == m), Fraction(0))) for m in pair.middles]
        columns = []
        for m, k, product in through:
            s = chain.reads(1, self.step, k)
            read, role = pair.hidden(chain.hidden(s, m)), second_role(pair, m, k)
            at = ("kernel", 2, m, k), pair.second(m, k), ("term", "two", m, k), pair.output(product)
            columns.append(Column((f"y{pair.level - 1}", m, s), read, *at, role, middle_role(pair, m)))
        return columns

    def _sum(self, m: int, value: Fraction) -> Column:
        """What comes through a middle channel, as one column without its products."""
        none = Number(Fraction(0), "")
        role = middle_role(self.pair, m)
        return Column(None, none, None, none, ("term", "two", m), self.pair.output(value), role, role)

    def lay(self, draft: Draft) -> None:
        """Both ways, in the room that they need."""
        ways = [self.one, self.two]
        columns = [column for way in ways for column in way]
        count = len(columns) + 2.9
        room = self.form.width - 2 * self.form.margin
        pitch = min(210.0, room / count)
        rows = self._rows(columns, pitch, count)
        x = self.form.margin + (room - pitch * count) / 2
        for name, way in zip(("one", "two"), ways, strict=True):
            x = self._way(draft, name, way, rows, x, pitch) + 1.1 * pitch

    def cues(self) -> tuple[Cue, ...]:
        """How both come about: what is read and the factors, then the products one by one, then the sums."""
        ways = {"one": self.one, "two": self.two}
        start = motion.ENTER + 1
        cues = [bench.one_by_one([c.product for c in way], self.total(name), start) for name, way in ways.items()]
        return tuple(cue for own in cues for cue in own)

    def total(self, name: str) -> Key:
        """The key of the sum of a way: the output itself, or what the one kernel makes of it."""
        return ("one", self.step) if name == "one" else (f"y{self.pair.level}", self.pair.filter, self.step)

    def _rows(self, columns: Sequence[Column], pitch: float, count: float) -> _Rows:
        """One unit for all, and the baselines."""
        s_up, s_down = bench.extent(column.read.value for column in columns)
        w_up, w_down = bench.extent(column.factor.value for column in columns)
        one = [column.made.value for column in columns if column.product[1] == "one"]
        two = [column.made.value for column in columns if column.product[1] == "two"]
        t_up, t_down = bench.extent([*bench.levels(one), *bench.levels(two)])
        size = self._size(columns, pitch, count)
        above, low = (size or 8) + (18 if bench.is_low(self.form) else 26), bench.is_low(self.form)
        top, bottom = 84.0, bench.bottom_of(self.form, 72.0 if low else 106.0)
        numbers = [n for c in columns for n in (c.read.value, c.factor.value, c.made.value)]
        room = bottom - top - 3 * above - (80 if low else 110) - (0 if size else 40)
        unit = bench.unit_of(room, s_up + s_down + w_up + w_down + t_up + t_down, numbers)
        foot = top + above + s_up * unit
        middle = foot + s_down * unit + 22
        kernel = middle + above + w_up * unit
        whole = all(number.denominator == 1 for number in numbers)
        return _Rows(unit, foot, middle, kernel, kernel + w_down * unit + 22, bottom - t_down * unit, size, whole)

    def _way(self, draft: Draft, name: str, way: Sequence[Column], rows: _Rows, left: float, pitch: float) -> float:
        """One way from its left end on; where its sum stands is returned."""
        bar, unit = min(pieces.WIDEST, 0.56 * pitch), rows.unit
        xs = [left + pitch * (place + 0.5) for place in range(len(way))]
        right, total = xs[-1] + pitch / 2, xs[-1] + 1.1 * pitch
        pieces.baseline(draft, ("both", name, "floor"), left, total + bar, rows.floor)
        if way[0].weight is not None:
            role = "sample" if name == "one" else "kernel" if len(self.pair.middles) == 1 else "context"
            card = plate(role, left + 4, rows.middle, right - 4, rows.end, light=CARD, z=-3)
            own: Key = ("card", "one") if name == "one" else ("card", "both", name)
            draft.put("card", own, card)
            pieces.baseline(draft, own, left + 14, right - 14, rows.kernel, role)
            draft.change([("baseline", *own)], light=0.5)
            pieces.baseline(draft, ("row", 0) if name == "one" else ("both", name, "read"), left, right, rows.foot)
        for column, x in zip(way, xs, strict=True):
            if column.sample is None or column.weight is None:
                continue
            pieces.column(draft, column.sample, column.read, x, rows.foot, bar, unit, column.reads, True, rows.whole)
            pieces.column(draft, column.weight, column.factor, x, rows.kernel, bar, unit, column.role, True, rows.whole)
            if rows.size:
                pieces.digits(draft, column.sample, column.read.text, size=rows.size)
                pieces.digits(draft, column.weight, bench.factor(column.factor), size=rows.size)
        self._name_reads(draft, name, xs, total, pitch)
        steps = [(c.product, c.made, c.role, x) for c, x in zip(way, xs, strict=True)]
        made = {c.product: tuple((*key, "bar") for key in (c.weight, c.sample) if key) for c in way}
        origins = {c.product: (*c.sample, "bar") for c in way if c.sample}
        written, until = None if rows.size else (), total - bar / 2
        size = rows.size or SMALL
        pieces.staircase(
            draft, ("both", name), steps, rows.floor, unit, bar, made, origins, written, size, rows.whole, until=until
        )
        result = self.pair.output(self.pair.chain.one(self.step) if name == "one" else self.pair.chain.two(self.step))
        key, parents = self.total(name), tuple((*c.product, "bar") for c in way)
        into = (*self.total("two"), "bar") if name == "one" and result.value == self.pair.chain.two(self.step) else None
        pieces.column(
            draft,
            key,
            result,
            total,
            rows.floor,
            bar,
            unit,
            "output",
            True,
            rows.whole,
            made_of=parents,
            goes_into=into,
        )
        widest, sizes = advance(runs_of(result.text)), (HERO, PARTIAL, TEXT)[bench.is_low(self.form) :]
        large = next((size for size in sizes if widest * size < 1.3 * pitch), SMALL)
        digits = pieces.digits(draft, key, result.text, size=large)
        edge = self.form.width - 6 - digits.width / 2
        draft.change([(*key, "digits")], x=min(digits.x, edge))
        y = bench.bottom_of(self.form, 38.0 if bench.is_low(self.form) else 54.0)
        pieces.note(
            draft,
            ("both", name),
            f"{'one kernel on *x*' if name == 'one' else 'kernel 2 on *h*'}: *y*[{self.step}]",
            (left + total) / 2,
            y,
            0,
            "ink",
        )
        return total

    def _name_reads(self, draft: Draft, name: str, xs: Sequence[float], total: float, pitch: float) -> None:
        """Which number stands in a column, above it, and which one the sum is, below it."""
        chain = self.pair.chain
        if name == "one":
            texts = [f"*x*[{chain.start(self.step) + j}]" for j in range(chain.span)]
        else:
            texts = [f"*h*[{chain.reads(1, self.step, k)}]" for _, k, _ in chain.through(self.step)]
        if len(texts) != len(xs) or not bench.fitting(pitch - 12, texts, (SMALL, 0.0)):
            return
        for place, (text, x) in enumerate(zip(texts, xs, strict=True)):
            draft.put("ruler", ("both", name, "reads", place), words(text, x, pieces.RULER, SMALL, "ink"))

    def _size(self, columns: Sequence[Column], pitch: float, count: float) -> float:
        """The size of the worked numbers; 0 where they have no room in the narrowest format."""
        texts = [t for c in columns for t in (c.read.text, bench.factor(c.factor), style.signed(c.made.text))]
        widest = max(advance(runs_of(text)) for text in texts)
        if widest * SMALL + 6 > (COLUMN.width - 2 * COLUMN.margin) / count:
            return 0.0
        return TEXT if widest * TEXT + 10 <= pitch and not bench.is_low(self.form) else SMALL
