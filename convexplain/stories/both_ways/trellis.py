"""The trellis: a row of samples above, a row of outputs below, and between them the edges of one filter on one channel.

All rows have one unit. Edges end in nodes with their steps in them and never move. The kernel lies on a card, each
tap on its line: below the samples that it reads or, turned over, above the outputs that read a sample. A band at the
foot is what follows the layer, and at its end the error. This module knows a layer read from both ends and pieces;
which of it stands on which board a story says.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from convexplain import style
from convexplain.board import edges, pieces
from convexplain.board.edges import Edge
from convexplain.board.marks import CARD, COLUMN, FULL, SMALL, TEXT, Draft, Format, Key, Role, bar, dot, plate
from convexplain.board.pieces import Axis, Number
from convexplain.board.text import advance, runs_of, words
from convexplain.stories import bench
from convexplain.stories.both_ways.backward import Backward

DIM, STANDS, FACE = 0.3, 0.5, 0.36
"""The light of a bar that is not meant now, and of such a tap; and of the face of a tap's tile."""
REACH = 0.59
"""How far from the one circle to the other taps on a card lie; those of a second row lie farther."""
REST, MEANS = "the rest of the network", "*L* grows by *g* if *y* grows by 1"
FOLLOWS = {
    True: (f"{REST} makes *y* one number:", REST, "⋯"),
    False: (
        *(
            f"{who} gives *g*{how}: {MEANS}"
            for who in (REST, "the rest")
            for how in (" (here chosen)", " (chosen)", "")
        ),
        *(MEANS, f"{REST} gives *g*", "gives *g*", "⋯"),
    ),
}
"""What stands between the outputs and the error, ahead or back, in the words that there is room for."""
LOSS, BAND, AWAY = "error *L*", 0.2, 24.0
"""The name of the error, the light of the band it stands in, and how far it stands from its ends."""
MOST, CROWD = 24, 31
"""So many taps rest on their edges at most, and the edges of so many are thick at most."""
WIDE = 0.32
"""Of its place, how wide a bar is."""
TIGHT = 0.7
"""Of a film's clearances, those on paper."""

Fan = Sequence[tuple[int, int]]
"""Edges, each (output step, k)."""
Extents = tuple[tuple[float, float], tuple[float, float]]
"""How far the numbers above the edges and those below them reach over and under zero."""


def names_of(form: Format) -> float:
    """The room of the rows' names, left of the axis."""
    return 5.25 * form.small


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
    between: float = 6.0

    @property
    def whole(self) -> float:
        """The height of all rows."""
        return self.rows * self.height + (self.rows - 1) * self.between


class Trellis:
    """Where rows, edges and the card stand, the same on all boards: ``foot`` and ``floor`` are the baselines of samples
    and outputs, ``high`` and ``low`` the middles of their nodes. Gradients have a ``scale`` of their own where not all
    numbers are bricks. What is written is the same in all formats: ``narrow`` is how far places lie apart in the
    narrowest.
    """

    def __init__(self, form: Format, axis: Axis, back: Backward, signals: Extents, gradients: Extents) -> None:
        self.form, self.axis, self.back = form, axis, back
        tight, self.text = (TIGHT, SMALL) if bench.is_low(form) else (1.0, TEXT)
        self.samples = [i for i in axis.shown if 0 <= i < back.samples]
        self.outputs = [t for t in range(back.steps) if axis.has(back.place(t))]
        self.narrow = min(250.0, (COLUMN.width - 2 * COLUMN.margin - names_of(COLUMN)) / len(axis.steps))
        self.look, count = self._look(26.0 * tight), back.layer.kernel_size
        self.tints = [edges.tint(k, count) for k in range(count)]
        self.thick = edges.THICK if count <= CROWD else edges.THIN
        node, numbered = 30.0 * tight, _widest(map(str, axis.shown)) * SMALL + 18
        self.is_numbered = max(numbered, 44.0) <= 0.84 * axis.pitch
        self.node = max(node, numbered / 2) if self.is_numbered else min(9.0, 0.3 * axis.pitch)
        self.near, gap, digits = 12.0 * tight, 22.0 * tight, 56.0 * tight
        top, made = 28.0 if self.is_numbered else 90.0, 72.0 * tight
        self.follows = bench.bottom_of(form, gap)
        self.bottom = self.follows - 60.0 * tight - self.near
        far = self.node + 36 + self.look.whole - self.look.height / 2
        self.apart = max(240.0 * tight, far / (1 - REACH))
        room = self.bottom - made - top - 2 * digits - 2 * gap - 2 * self.node - self.apart
        ratio = sum(map(sum, signals)) / max(1e-40, sum(map(sum, gradients)))
        self.scale = 1.0 if back.is_whole and back.ten == 1 else ratio
        rows = zip(signals, gradients, strict=True)
        above, below = ([max(x, self.scale * g) for x, g in zip(*row, strict=True)] for row in rows)
        unit = room / max(1e-40, sum(above) + sum(below))
        self.unit = min(unit, 60.0) if back.is_whole else unit
        self.foot = top + max(digits + above[0] * self.unit, 2.4 * form.small)
        self.window = self.foot - signals[0][0] * self.unit - digits
        self.high = self.foot + above[1] * self.unit + gap + self.node
        self.floor = self.bottom - made - below[1] * self.unit
        self.low = self.floor - max(below[0] * self.unit + digits + gap + self.node, 3.5 * form.small)
        self.under = self.low + self.node + 2 * self.near + self.text / 2

    def end(self, above: bool, step: int) -> tuple[float, float]:
        """The middle of a node: where a sample or an output stands."""
        return self.axis.x(step if above else self.back.place(step)), self.high if above else self.low

    def shows(self, *fan: tuple[int, int]) -> bool:
        """Whether both ends of edges are in view."""
        return all(self.axis.has(self.back.source(t, k)) and self.axis.has(self.back.place(t)) for t, k in fan)

    def size_of(self, numbers: Iterable[Number]) -> float:
        """The size of numbers that have a place each; 0 where they have no room in the narrowest format."""
        if (widest := _widest(number.text for number in numbers)) * SMALL + 10 > self.narrow:
            return 0.0
        return self.text if widest * self.text + 16 <= self.axis.pitch else SMALL

    def lay_row(
        self,
        draft: Draft,
        above: bool,
        name: str,
        key: Key,
        role: Role,
        numbers: Mapping[int, Number],
        lit: Collection[int] | None = None,
        made_of: Mapping[int, tuple[Key, ...]] | None = None,
    ) -> None:
        """Bars in their places, those that are not lit dim; of gradients only those that are ``made_of`` something."""
        unit = self.unit * (self.scale if made_of is not None else 1.0)
        foot, half, size = self.foot if above else self.floor, self.axis.pitch / 2, self.size_of(numbers.values())
        xs, side, own = [self.end(above, step)[0] for step in numbers], "top" if above else "bottom", made_of or {}
        pieces.baseline(draft, (side,), min(xs) - half, max(xs) + half, foot)
        self.lay_name(draft, (*key, "row"), name, foot - 0.65 * self.form.small, role)
        for step in numbers if made_of is None else own:
            meant, number, x = lit is None or step in lit, numbers[step], self.end(above, step)[0]
            wide = WIDE * self.axis.pitch
            mark = pieces.column(draft, (*key, step), number, x, foot, wide, unit, role, True, self.back.is_whole)
            draft.marks[*key, step, "bar"] = mark.at(light=FULL if meant else DIM, made_of=own.get(step, ()))
            if size and (meant or made_of is not None):
                pieces.digits(draft, (*key, step), number.text, size=size, role="ink" if meant else "context")

    def lay_name(self, draft: Draft, key: Key, markup: str, y: float, role: Role = "ink") -> None:
        """The name of a row, about the height y."""
        pieces.name(draft, key, markup, y + 0.34 * self.form.small, role)

    def lay_zeros(self, draft: Draft, places: Iterable[int]) -> None:
        """Zeros that are read beyond the ends of the samples."""
        for place in places:
            draft.put("nothing", ("nothing", place, "bar"), dot("quiet", self.axis.x(place), self.foot))
            if self.is_numbered:
                pieces.digits(draft, ("nothing", place), "0", size=self.text, role="quiet")

    def lay_more(self, draft: Draft, key: Key, more: Number, of: Key, said: str) -> None:
        """What is added to a bar, or goes: an outline. Its number becomes what is ``said``, or goes."""
        mark, rise, own = draft.marks[(*key, "bar")], float(more.value) * self.unit, (*key, "digits")
        tip, base = (mark.tip, mark.base) if mark.kind == "bar" else (mark.y, 1 if rise > 0 else -1)
        goes, wide = rise * base < 0, mark.width if mark.kind == "bar" else WIDE * self.axis.pitch
        if goes and mark.kind == "bar" and abs(rise) < mark.height:
            left = mark.height - abs(rise)  # what goes is empty
            draft.change([(*key, "bar")], height=left, y=mark.foot - base * left / 2)
        added = bar("lit", mark.x, tip, wide, rise, made_of=(of,), z=1, hollow=goes, size=4.0)
        added = added.at(unit=self.unit if self.back.is_whole and not goes else 0.0)
        draft.put("more", ("more", *key), added)
        if draft.marks.pop(own, None) and said:
            size = self.size_of([Number(more.value, said)])
            y = min(mark.top, added.top) - pieces.ABOVE - 0.34 * size
            draft.put("digits", own, words(said, mark.x, y, size, about=mark.about, rides=(*key, "bar")))

    def lay_follows(self, draft: Draft, ahead: bool, loss: str, longest: str, role: Role) -> None:
        """A band for what follows the layer, a dot where each output enters it, and at its end the error with what is
        said behind it: there the ``longest`` would fit too.
        """
        band, name, key, small = ("follows", "band"), ("follows", "name", ahead), ("loss",), self.form.small
        left, right, top = self.axis.left, self.axis.right, self.bottom + self.near
        y, x = (top + self.follows) / 2, right - AWAY - self.text * _widest([LOSS + longest])
        draft.put("follows", band, plate("quiet", left, top, right, self.follows, light=BAND, z=-4))
        for t in self.outputs:
            draft.put("follows", ("follows", t), dot("quiet", self.end(False, t)[0], top))
        said = bench.longest((x - left - 2 * AWAY) * SMALL / small, FOLLOWS[ahead])
        draft.put("follows", name, words(said, x - AWAY, y, small, "quiet", 1, rides=band))
        mark = draft.put("loss", key, words(LOSS, x, y, self.text, role, -1, made_of=(band,)))
        if loss:
            draft.put("loss", (*key, "more"), words(loss, mark.right, y, self.text, "lit", -1, rides=key))

    def lay_nodes(self, draft: Draft, above: bool, steps: Iterable[int], lit: Collection[int] | None = None) -> None:
        """The circles in which edges end, with their steps; all are ``lit`` when None, hollow where nothing is."""
        row, count = ("above", self.back.samples) if above else ("below", self.back.steps)
        for step in steps:
            meant, exists = lit is None or step in lit, 0 <= step < count
            key, (x, y) = ("node", row, step), self.end(above, step)
            mark = dot("ink" if meant else "context", x, y, 2 * self.node)
            draft.put("node", key, mark if exists else mark.at(role="quiet", hollow=True, size=3.0))
            if self.is_numbered:
                said, light = str(step).replace("-", style.MINUS), 0.0 if meant and exists else 1.0
                size = bench.fitting(1.5 * self.node, [said], (self.form.small, SMALL))
                text = words(said, x, y, size, "ink" if exists else "quiet", light=light)
                draft.put("node", (*key, "index"), text.at(rides=key, z=0.5))
        if self.is_numbered and ("name", row) not in draft.marks:
            self.lay_name(draft, (row,), "sample *i*" if above else "output *t*", self.high if above else self.low)

    def lay_edges(self, draft: Draft, fan: Fan, rest: Fan) -> None:
        """Edges that are meant, and the ``rest``, thin, where they are few."""
        meant = [edge for edge in fan if self.shows(edge)]
        others = [edge for edge in rest if edge not in meant]
        drawn = [self._edge(*edge) for edge in (*(others if len(others) <= edges.MANY else ()), *meant)]
        edges.lay(draft, drawn, {self.key(*edge) for edge in meant}, gap=self.node + 5, size=self.thick)

    def key(self, t: int, k: int) -> Key:
        """The key of an edge, whichever way it is read."""
        return ("edge", self.back.level, t, k)

    def _edge(self, t: int, k: int) -> Edge:
        source, about = self.back.source(t, k), self.back.weight(k).about
        nowhere = not (0 <= source < self.back.samples and 0 <= t < self.back.steps)
        return Edge(self.key(t, k), self.tints[k], self.end(True, source), self.end(False, t), nowhere, about)

    def tap(self, k: int, *at: Any) -> Key:
        """The key of a tap of the kernel, or of the one ``at`` an output's edge."""
        return (f"w{self.back.level}", self.back.channel, self.back.filter, k, *at)

    @property
    def rests(self) -> Look | None:
        """The look of taps that rest on the edges of all outputs; None where they have no room."""
        count, sign, size = len(self.tints), self.look.sign, self.form.small
        widest = _widest(sign + self.back.weight(k).text for k in range(count))
        fits = widest * SMALL + 14 <= self.back.place(1) * self.narrow and self.is_numbered and self.look.number
        few = count <= 3 and count * len(self.outputs) <= MOST
        return Look(widest * size + 10, 1.15 * size, size, sign=sign) if fits and few else None

    def lay_rest(self, draft: Draft, fan: Fan, lit: Fan, *key: str) -> None:
        """The taps of a fan on their edges, where there is room, each k at its own height: none covers another."""
        look, last = self.rests, max(1, len(self.tints) - 1)
        for t, k in fan if look else ():
            edge = self._edge(t, k)
            place = edges.between(edge.start, edge.end, 0.74 - 0.48 * k / last)
            self._lay_tap(draft, self.tap(k, t, *key), *place, look or self.look, (t, k) in lit)
        if look:
            self._lay_kernel(draft, "kernel *w*")

    def _lay_tap(self, draft: Draft, key: Key, x: float, y: float, look: Look, lit: bool = True) -> None:
        """A tap as a tile with its name and its number in it, where they have room."""
        k, tile, half, high, light = key[3], (*key, "tile"), look.width / 2, look.height / 2, FULL if lit else STANDS
        number, more = self.back.weight(k), dict[str, Any](light=light, rides=tile, z=1.5)
        face = plate(self.tints[k], x - half, y - high, x + half, y + high, z=1.0, about=number.about)
        draft.put("tap", tile, face.at(light=FACE * light, edge=light, size=4.0, radius=0.2 * look.height))
        if look.number:
            said = words(look.sign + number.text, x, y + 0.5 * look.name, look.number, about=number.about, **more)
            draft.put("tap", (*key, "digits"), said)
        if look.name:
            draft.put("tap", (*key, "name"), words(f"*w*[{k}]", x, y - high + 0.7 * look.name, look.name, **more))

    def lay_card(self, draft: Draft, ahead: bool, fan: Fan, keys: Mapping[int, Key], key: Key = ()) -> None:
        """The kernel on a card, each tap on its line of a fan: below the samples or, turned over, above the outputs."""
        look, xs, high = self.look, list[float](), self.look.whole + 2 * self.near
        away = (1 - REACH) * (self.low - self.high) - look.whole + look.height / 2 - self.near
        top = self.high + away if ahead else self.low - away - high
        for t, k in fan:
            y = top + self.near + look.height / 2 + (k % look.rows) * (look.height + look.between)
            edge, share = self._edge(t, k), (y - self.high) / (self.low - self.high)
            xs.append(edges.between(edge.start, edge.end, share)[0])
            self._lay_tap(draft, keys[k], xs[-1], y, look)
        half, turned = look.width / 2 + self.near, not ahead and len(self.tints) > 1
        face = plate("kernel", min(xs) - half, top, max(xs) + half, top + high, light=CARD, z=-1.5)
        draft.put("card", ("card", ahead, "face", *key), face.at(hatch=pieces.HATCHED if turned else 0.0))
        self._lay_kernel(draft, "*w* turned" if turned else "kernel *w*")

    def _lay_kernel(self, draft: Draft, name: str) -> None:
        """What the row of the taps is called."""
        self.lay_name(draft, ("taps",), name, (self.high + self.low) / 2)

    def lay_strands(self, draft: Draft, ahead: bool, fan: Fan) -> None:
        """The lines of the card, on the edges of a ``fan``, and the window over what is multiplied."""
        lines = [self._edge(t, k)._replace(key=("strand", ahead, k, t)) for t, k in fan]
        edges.lay(draft, lines, gap=self.node + 5, size=self.thick)
        half, away = 0.47 * self.axis.pitch, self.node + 14
        xs = [(line.start if ahead else line.end)[0] for line in lines]
        top, bottom = (self.window - 6, self.high + away) if ahead else (self.low - away, self.bottom)
        window = plate("kernel", min(xs) - half, top, max(xs) + half, bottom, light=0.0, edge=FULL, size=3)
        draft.put("card", ("card", ahead, "frame"), window.at(z=-2, hollow=True))

    def _look(self, small: float) -> Look:
        """The look of the tiles on the card: as large as there is room for, also in the narrowest format; without a
        number they are ``small``.
        """
        last = self.back.layer.kernel_size - 1
        step = (self.back.source(0, last) - self.back.source(0, 0)) // last if last else 1
        texts, name = [self.back.weight(k).text for k in range(last + 1)], _widest([f"*w*[{last}]"])
        gap, narrow, widest = step * self.axis.pitch, step * self.narrow, _widest(texts)

        def rows(em: float, gap: float) -> int:
            return next((n for n in (1, 2) if em * SMALL + 20 <= n * REACH * gap), 0)

        sign = "×" if rows(widest + _widest(["×"]), narrow) == 1 else ""
        widest += _widest([sign])
        if not rows(widest, narrow):
            gap *= REACH
            named = SMALL * (name * SMALL + 20 <= gap)
            return Look(name * SMALL + 12, 1.4 * SMALL, name=SMALL) if named else Look(min(36.0, 0.5 * gap), small)
        if rows(widest, gap) == 2:
            return Look(widest * SMALL + 12, 1.25 * SMALL, SMALL, sign=sign, rows=2)
        gap *= REACH
        for size, named in ((self.text, SMALL), (SMALL, SMALL), (SMALL, 0.0)):
            width = max(1.5 * size, min(widest * size + 20, gap - 12), name * named + 16)
            if max(width, widest * size + 12) + 8 <= gap:
                break
        return Look(width, 1.25 * size + 1.1 * named, size, named, sign)


def _widest(texts: Iterable[str]) -> float:
    """The advance of the widest text, in em."""
    return max((advance(runs_of(text)) for text in texts), default=0.0)
