"""The trellis: a row of samples above, a row of outputs below, and between them the edges of one filter on one channel.

All rows have one unit. Edges end in nodes with their steps in them and never move. The kernel lies on a card, each
tap on its line: below the samples that it reads or, turned over, above the outputs that read a sample. A band at the
foot is what follows the layer, and at its end the error. This module knows a reading and pieces; which of it stands on
which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

from convexplain import style
from convexplain.board import edges, pieces
from convexplain.board.edges import Edge
from convexplain.board.marks import CARD, COLUMN, FULL, SMALL, TEXT, Draft, Format, Key, Role, bar, dot, plate
from convexplain.board.pieces import Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench
from convexplain.stories.both_ways.reading import ASKED, GROWTH, Card, Fan, Reading, Row, added, names_of, signed
from convexplain.stories.script import Script

DIM, STANDS, FACE, BAND = 0.3, 0.5, 0.36, 0.2
"""The light of a bar that is not meant now, and of such a tap; of the face of a tap's tile, and of the lowest band."""
REACH, BETWEEN = 0.59, 6.0
"""How far from the one circle to the other taps on a card lie, and two rows of them from each other."""
REST, MEANS = "the rest of the network", "*L* grows by *g* if *y* grows by 1"
FOLLOWS = {
    True: (f"{REST} makes *y* one number:", REST, "⋯"),
    False: (
        f"{REST} gives *g* (here chosen): {MEANS}",
        f"the rest gives *g* (chosen): {MEANS}",
        f"the rest gives *g*: {MEANS}",
        MEANS,
        "gives *g*",
    ),
}
"""What stands between the outputs and the error, ahead or back, in the words that there is room for."""
ERROR, AWAY = "error *L*", 24.0
"""The name of the error, and how far it stands from the ends of its band."""
MOST = 24
"""So many taps rest on their edges at most."""

Lit: TypeAlias = "Collection[int] | None"
"""The steps that are meant; all when None."""
Numbers = Mapping[Key, tuple[int, Number, Key]]
"""Numbers by key: the output each stands at, and what it is made of."""


class Look(NamedTuple):
    """Width and height of a tile, the sizes of its number and of its name, 0 for none, the number's ``sign``, and how
    many rows of tiles there are on a card.
    """

    width: float
    height: float
    number: float = 0.0
    name: float = 0.0
    sign: str = ""
    rows: int = 1

    @property
    def whole(self) -> float:
        """The height of all rows."""
        return self.rows * self.height + (self.rows - 1) * BETWEEN


class Trellis(Reading):
    """Where rows, edges and the card stand, the same on all boards: ``foot`` and ``floor`` are the baselines of samples
    and outputs, ``high`` and ``low`` the middles of their nodes. Gradients have a ``scale`` of their own where not all
    numbers are bricks. What is written is the same in all formats: ``narrow`` is how far places lie apart in the
    narrowest.
    """

    def __init__(self, script: Script, form: Format) -> None:
        super().__init__(script, form)
        pitch, count = self.axis.pitch, self.layer.kernel_size
        tight, self.text = (0.7, SMALL) if bench.is_low(form) else (1.0, TEXT)
        self.narrow = min(250.0, (COLUMN.width - 2 * COLUMN.margin - names_of(COLUMN)) / len(self.axis.steps))
        self.tints = [edges.tint(k, count) for k in range(count)]
        numbered = _widest(map(str, self.axis.shown)) * SMALL + 18
        self.is_numbered = max(numbered, 44.0) <= 0.84 * pitch
        self.node = max(30.0 * tight, numbered / 2) if self.is_numbered else min(9.0, 0.3 * pitch)
        self.look, self.rests = self._looks(26.0 * tight)
        self.says_more = self.is_plain and self.size_of([f"{style.MINUS}13 + 3"]) > 0

        self.near, gap, digits = 12.0 * tight, 22.0 * tight, 56.0 * tight
        top, made = 28.0 if self.is_numbered else 90.0, 72.0 * tight
        self.follows = bench.bottom_of(form, gap)
        self.bottom = self.follows - 60.0 * tight - self.near
        apart = max(240.0 * tight, (self.node + 36 + self.look.whole - self.look.height / 2) / (1 - REACH))
        room = self.bottom - made - top - 2 * digits - 2 * gap - 2 * self.node - apart
        signal = bench.extent([*self.x.values, self.x.numbers[self.i].value + self.back.ten])
        moved = [self.y.numbers[t].value + move.value for t, move in self.moves.items()]
        output = bench.extent([*self.y.values, *moved])
        slope, upstream = bench.extent(self.slopes.values), bench.extent(self.g.values)
        ratio = (sum(signal) + sum(output)) / max(1e-40, sum(slope) + sum(upstream))
        self.scale = 1.0 if self.back.is_whole and self.back.ten == 1 else ratio
        above = [max(x, self.scale * g) for x, g in zip(signal, slope, strict=True)]
        below = [max(y, self.scale * g) for y, g in zip(output, upstream, strict=True)]
        unit = room / max(1e-40, sum(above) + sum(below))
        self.unit = min(unit, 60.0) if self.back.is_whole else unit
        self.foot = top + max(digits + above[0] * self.unit, 2.4 * form.small)
        self.window = self.foot - signal[0] * self.unit - digits
        self.high = self.foot + above[1] * self.unit + gap + self.node
        self.floor = self.bottom - made - below[1] * self.unit
        self.low = self.floor - max(below[0] * self.unit + digits + gap + self.node, 3.5 * form.small)
        self.middle = (self.high + self.low) / 2
        self.under = self.low + self.node + 2 * self.near + self.text / 2

    def _looks(self, small: float) -> tuple[Look, Look | None]:
        """The look of the tiles on the card: as large as there is room for, also in the narrowest format, and ``small``
        without a number; and of those that rest on the edges of all outputs, None where they have no room.
        """
        taps, apart = len(self.tints), self.layer.dilation_rate
        widest, name = _widest(weight.text for weight in self.back.weights), _widest([f"*w*[{taps - 1}]"])
        narrow, gap = apart * self.narrow * REACH, apart * self.axis.pitch * REACH

        def rows(em: float, gap: float) -> int:
            return next((n for n in (1, 2) if em * SMALL + 20 <= n * gap), 0)

        sign = "×" if rows(widest + _widest(["×"]), narrow) == 1 else ""
        widest, size = widest + _widest([sign]), self.form.small
        if not rows(widest, narrow):
            return Look(min(36.0, 0.5 * gap), small), None
        few = taps <= 3 and taps * len(self.outputs) <= MOST and self.is_numbered
        fits = few and widest * SMALL + 14 <= self.layer.strides * self.narrow
        rests = Look(widest * size + 10, 1.15 * size, size, sign=sign) if fits else None
        if rows(widest, gap) == 2:
            return Look(widest * SMALL + 12, 1.25 * SMALL, SMALL, sign=sign, rows=2), rests
        for size, named in ((self.text, SMALL), (SMALL, SMALL), (SMALL, 0.0)):
            width = max(1.5 * size, min(widest * size + 20, gap - 12), name * named + 16)
            if max(width, widest * size + 12) + 8 <= gap:
                break
        return Look(width, 1.25 * size + 1.1 * named, size, named, sign), rests

    def end_of(self, above: bool, step: int) -> tuple[float, float]:
        """The middle of a node: where a sample or an output stands."""
        return self.axis.x(step if above else self.back.place(step)), self.high if above else self.low

    def size_of(self, texts: Iterable[str]) -> float:
        """The size of numbers that have a place each; 0 where they have no room in the narrowest format."""
        if (widest := _widest(texts)) * SMALL + 10 > self.narrow:
            return 0.0
        return self.text if widest * self.text + 16 <= self.axis.pitch else SMALL

    def lay_name(self, draft: Draft, key: Key, markup: str, y: float, role: Role = "ink") -> None:
        """The name of a row, about the height y."""
        pieces.name(draft, key, markup, y + 0.34 * self.form.small, role)

    # rows

    def lay_row(self, draft: Draft, row: Row, lit: Lit = None, there: Lit = None) -> None:
        """Bars in their places, those that are ``there``; what is not lit is dim, and only of gradients written."""
        numbers, foot, half = row.numbers, self.foot if row.above else self.floor, self.axis.pitch / 2
        xs, size = [self.end_of(row.above, step)[0] for step in numbers], self.size_of(n.text for n in numbers.values())
        pieces.baseline(draft, ("top" if row.above else "bottom",), min(xs) - half, max(xs) + half, foot)
        self.lay_name(draft, (*row.key, "row"), row.name, foot - 0.65 * self.form.small, row.role)
        unit, of = self.unit * (self.scale if row.of else 1.0), row.of or {}
        for step, x in zip(numbers, xs, strict=True):
            if there is not None and step not in there:
                continue
            key, number, meant = (*row.key, step), numbers[step], lit is None or step in lit
            look: dict[str, Any] = dict(light=FULL if meant else DIM, made_of=of.get(step, ()))
            pieces.column(draft, key, number, x, foot, self.axis.bar, unit, row.role, bricks=self.back.is_whole, **look)
            if size and (meant or row.of):
                pieces.digits(draft, key, number.text, size=size, role="ink" if meant else "context")

    def lay_more(self, draft: Draft, row: Row, step: int, more: Number, of: Key) -> None:
        """What is added to a bar, or goes: an outline. Its number says by how much, where there is room, or goes."""
        key, foot = (*row.key, step), self.foot if row.above else self.floor
        mark, digits = draft.marks[*key, "bar"], (*key, "digits")
        value, rise = (float(number.value) * self.unit for number in (row.numbers[step], more))
        goes = value * rise < 0
        if goes and abs(rise) < abs(value):  # what goes is empty
            draft.change([(*key, "bar")], height=abs(value + rise), y=foot - (value + rise) / 2)
        look: dict[str, Any] = dict(z=1, hollow=goes, size=4.0, unit=self.unit * (self.back.is_whole and not goes))
        outline = bar("lit", mark.x, foot - value, self.axis.bar, rise, made_of=(of,), **look)
        draft.put("more", ("more", *key), outline)
        if draft.marks.pop(digits, None) and self.says_more:
            said = row.numbers[step].text + added(more)
            size = self.size_of([said])
            y = min(mark.top, outline.top) - pieces.ABOVE - 0.34 * size
            draft.put("digits", digits, words(said, mark.x, y, size, about=mark.about, rides=(*key, "bar")))

    def lay_numbers(self, draft: Draft, key: str, name: str, y: float, numbers: Numbers, role: Role) -> None:
        """Numbers in a row, where they have room, each below the circle of an output and made of something."""
        size = self.size_of(number.text for _, number, _ in numbers.values())
        for own, (t, number, of) in numbers.items() if size else ():
            mark = words(number.text, self.end_of(False, t)[0], y, size, role, about=number.about)
            draft.put(key, own, mark.at(made_of=(of,)))
        if size:
            self.lay_name(draft, (key,), name, y, role)

    def lay_raised(self, draft: Draft, ahead: bool) -> None:
        """The told sample is raised, and the outputs have moved; what they say has a row where it has no room there."""
        told = (*self.x.key, self.i)
        self.lay_more(draft, self.x, self.i, self.ten, (*told, "bar"))
        for t, move in self.moves.items():
            if ahead and move.value:
                self.lay_more(draft, self.y, t, move, ("more", *told))
        if not (ahead and self.says_more):
            places = {("move", t): (t, move, (*self.y.key, t, "bar")) for t, move in self.moves.items()}
            self.lay_under(draft, "moves", "*y* grows by", places)

    def lay_under(self, draft: Draft, key: str, name: str, numbers: Numbers) -> None:
        """Numbers under the circles of outputs, over their bars, where there is room."""
        bars = (mark for own, mark in draft.marks.items() if own[0] in ("g", "y1") or own[:2] == ("more", "y1"))
        if self.under + self.text / 2 < min(mark.top for mark in bars):
            self.lay_numbers(draft, key, name, self.under, numbers, "lit")

    def lay_products(self, draft: Draft, i: int) -> None:
        """What each tap of the turned kernel brings to a sample, below its g."""
        taps, y = self.turned.keys, self.floor + 0.8 * self.text
        back = self.back.returns(i)
        places = {("return", i, one.k): (one.step, signed(one.product), (*taps[one.k], "tile")) for one in back}
        self.lay_numbers(draft, "products", "tap × *g*", y, places, GROWTH)

    def lay_follows(self, draft: Draft, ahead: bool, loss: str) -> None:
        """A band for what follows the layer, a dot where each output enters it, and at its end the error with what is
        said behind it: there the longest would fit too.
        """
        band, key, small = ("follows", "band"), ("loss",), self.form.small
        left, right, top = self.axis.left, self.axis.right, self.bottom + self.near
        y, x = (top + self.follows) / 2, right - AWAY - self.text * _widest([ERROR + max(ASKED, self.grown, key=len)])
        draft.put("follows", band, plate("quiet", left, top, right, self.follows, light=BAND, z=-4))
        for t in self.outputs:
            draft.put("follows", ("follows", t), dot("quiet", self.end_of(False, t)[0], top))
        said = bench.longest((x - left - 2 * AWAY) * SMALL / small, FOLLOWS[ahead])
        draft.put("follows", ("follows", "name", ahead), words(said, x - AWAY, y, small, "quiet", 1, rides=band))
        mark = draft.put("loss", key, words(ERROR, x, y, self.text, GROWTH, -1, made_of=(band,)))
        if loss:
            draft.put("loss", (*key, "more"), words(loss, mark.right, y, self.text, "lit", -1, rides=key))

    # edges

    def lay_nodes(self, draft: Draft, above: bool, steps: Iterable[int], lit: Lit = None) -> None:
        """The circles in which edges end, with their steps. Hollow ones beyond the ends of the samples have a zero over
        them.
        """
        row = "above" if above else "below"
        for step in steps:
            meant, exists = lit is None or step in lit, not above or 0 <= step < self.back.samples
            key, zero, (x, y) = ("node", row, step), ("nothing", step), self.end_of(above, step)
            mark = dot("ink" if meant else "context", x, y, 2 * self.node)
            draft.put("node", key, mark if exists else mark.at(role="quiet", hollow=True, size=3.0))
            if not exists:
                draft.put("nothing", (*zero, "bar"), dot("quiet", x, self.foot))
            if self.is_numbered:
                if not exists:
                    pieces.digits(draft, zero, "0", size=self.text, role="quiet")
                said, light = str(step).replace("-", style.MINUS), 0.0 if meant and exists else 1.0
                size = bench.fitting(1.5 * self.node, [said], (self.form.small, SMALL))
                text = words(said, x, y, size, "ink" if exists else "quiet", light=light)
                draft.put("node", (*key, "index"), text.at(rides=key, z=0.5))
        if self.is_numbered:
            self.lay_name(draft, (row,), "sample *i*" if above else "output *t*", self.high if above else self.low)

    def edge(self, t: int, k: int) -> Edge:
        """An edge, whichever way it is read."""
        source = self.back.source(t, k)
        nowhere, ends = not 0 <= source < self.back.samples, (self.end_of(True, source), self.end_of(False, t))
        return Edge(("edge", 1, t, k), self.tints[k], *ends, nowhere, self.back.weights[k].about)

    def lay_edges(self, draft: Draft, fan: Fan) -> None:
        """Edges that are meant, and all others, thin, where they are few."""
        meant = [self.edge(*edge) for edge in fan if self.shows(edge)]
        others = [self.edge(*edge) for edge in self.every if edge not in fan]
        drawn = [*(others if len(others) <= edges.MANY else ()), *meant]
        size = edges.THICK if len(meant) <= edges.MANY else edges.THIN
        edges.lay(draft, drawn, {edge.key for edge in meant}, gap=self.node + 5, size=size)

    # taps

    def lay_rest(self, draft: Draft, lit: Fan, *key: str) -> None:
        """The taps on all edges, where there is room, each k at its own height: none covers another."""
        if not self.rests:
            return
        for t, k in self.every:
            edge, share = self.edge(t, k), 0.74 - 0.48 * k / max(1, len(self.tints) - 1)
            x, y = edges.between(edge.start, edge.end, share)
            self._lay_tap(draft, self.tap(k, t, *key), x, y, self.rests, (t, k) in lit)
        self.lay_name(draft, ("taps",), "kernel *w*", self.middle)

    def lay_card(self, draft: Draft, card: Card, *key: str, window: bool = False) -> None:
        """The kernel on a card, each tap on its line: below the samples or, turned over, above the outputs; and the
        ``window`` over what is multiplied.
        """
        if not card.fan:
            return
        look, ahead, high = self.look, card.ahead, self.look.whole + 2 * self.near
        lines = [self.edge(*edge) for edge in card.fan]
        if window:
            half, away = 0.47 * self.axis.pitch, self.node + 14
            ends = [(line.start if ahead else line.end)[0] for line in lines]
            top, bottom = (self.window - 6, self.high + away) if ahead else (self.low - away, self.bottom)
            frame = plate("kernel", min(ends) - half, top, max(ends) + half, bottom, light=0.0, edge=FULL, size=3)
            draft.put("card", ("card", ahead, "frame"), frame.at(z=-2, hollow=True))
        away = (1 - REACH) * (self.low - self.high) - look.whole + look.height / 2 - self.near
        top, xs = self.high + away if ahead else self.low - away - high, list[float]()
        for line, (_, k) in zip(lines, card.fan, strict=True):
            y = top + self.near + look.height / 2 + (k % look.rows) * (look.height + BETWEEN)
            xs.append(edges.between(line.start, line.end, (y - self.high) / (self.low - self.high))[0])
            self._lay_tap(draft, card.keys[k], xs[-1], y, look)
        half, turned = look.width / 2 + self.near, self.turns and not ahead
        face = plate("kernel", min(xs) - half, top, max(xs) + half, top + high, light=CARD, z=-1.5)
        draft.put("card", ("card", ahead, "face", *key), face.at(hatch=pieces.HATCHED if turned else 0.0))
        self.lay_name(draft, ("taps",), "*w* turned" if turned else "kernel *w*", self.middle)

    def _lay_tap(self, draft: Draft, key: Key, x: float, y: float, look: Look, lit: bool = True) -> None:
        """A tap as a tile with its name and its number in it, where they have room."""
        k, tile, half, high, light = key[3], (*key, "tile"), look.width / 2, look.height / 2, FULL if lit else STANDS
        number, more = self.back.weights[k], dict[str, Any](light=light, rides=tile, z=1.5)
        face = plate(self.tints[k], x - half, y - high, x + half, y + high, z=1.0, about=number.about)
        draft.put("tap", tile, face.at(light=FACE * light, edge=light, size=4.0, radius=0.2 * look.height))
        if look.number:
            said = words(look.sign + number.text, x, y + 0.5 * look.name, look.number, about=number.about, **more)
            draft.put("tap", (*key, "digits"), said)
        if look.name:
            draft.put("tap", (*key, "name"), words(f"*w*[{k}]", x, y - high + 0.7 * look.name, look.name, **more))


def _widest(texts: Iterable[str]) -> float:
    """The advance of the widest text, in em."""
    return max((advance(runs_of(text)) for text in texts), default=0.0)
